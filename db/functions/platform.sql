-- Adds jobs [{task, payload, key, run_at, max_attempts}, …] of one tenant inside the caller's transaction. Owned by the
-- jobs role, because graphile-worker's tables are that role's and under row-level security.
GRANT CREATE ON SCHEMA platform TO comptoir_jobs;
SET LOCAL ROLE comptoir_jobs;
CREATE OR REPLACE FUNCTION platform.enqueue(p_tenant uuid, p_jobs jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM graphile_worker.add_jobs(array(
    SELECT (job.task, (coalesce(job.payload, '{}') || jsonb_build_object('tenant_id', p_tenant))::json, NULL, job.run_at,
            job.max_attempts, CASE WHEN job.key IS NULL THEN NULL ELSE p_tenant || ':' || job.key END, NULL, NULL)::graphile_worker.job_spec
    FROM ROWS FROM (jsonb_to_recordset(p_jobs) AS (task text, payload jsonb, key text, run_at timestamptz, max_attempts smallint))
         WITH ORDINALITY AS job (task, payload, key, run_at, max_attempts, position)
    ORDER BY job.position));
END
$$;
COMMENT ON FUNCTION platform.enqueue(uuid, jsonb) IS 'The only way a request adds a job.';
REVOKE ALL ON FUNCTION platform.enqueue(uuid, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.enqueue(uuid, jsonb) TO comptoir_app;
RESET ROLE;
REVOKE CREATE ON SCHEMA platform FROM comptoir_jobs;

-- Forgets the stored answers of one tenant that are older than 30 days; returns how many. At most p_limit at once.
CREATE OR REPLACE FUNCTION platform.purge_idempotency_keys(p_tenant uuid, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM platform.idempotency_key k
  WHERE k.tenant_id = p_tenant AND k.id = ANY (array(
    SELECT old.id FROM platform.idempotency_key old WHERE old.tenant_id = p_tenant AND old.created_at < transaction_timestamp() - interval '30 days' LIMIT p_limit));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;
GRANT EXECUTE ON FUNCTION platform.purge_idempotency_keys(uuid, integer) TO comptoir_app;
