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

-- Takes what is personal out of the stored answers that name a thing, such as a party that is anonymised. Answers that
-- hold nothing personal have no second version and are not read.
CREATE OR REPLACE FUNCTION platform.forget_answers(p_tenant uuid, p_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE platform.idempotency_key k SET answer = k.impersonal_answer, impersonal_answer = NULL
  WHERE k.tenant_id = p_tenant AND k.impersonal_answer IS NOT NULL AND position(p_id::text IN k.impersonal_answer::text) > 0;
END
$$;
COMMENT ON FUNCTION platform.forget_answers(uuid, uuid) IS 'The only writer of stored answers that are there already.';
GRANT EXECUTE ON FUNCTION platform.forget_answers(uuid, uuid) TO comptoir_app;

-- Makes the monthly partitions of a table from the month of p_from up to and including the month of p_until; makes none
-- twice. p_keys are the keys, as column lists, that hold within a partition beside the keys of the table.
CREATE OR REPLACE PROCEDURE platform.make_partitions(p_table regclass, p_from date, p_until date, p_keys text[] DEFAULT '{}')
LANGUAGE plpgsql AS $$
DECLARE
  v_month date := date_trunc('month', p_from)::date;
  v_schema text;
  v_table text;
  v_name text;
  v_key text;
BEGIN
  SELECT n.nspname, c.relname INTO STRICT v_schema, v_table
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = p_table;
  WHILE v_month <= p_until LOOP
    v_name := format('%s_%s', v_table, to_char(v_month, 'YYYY_MM'));
    IF to_regclass(format('%I.%I', v_schema, v_name)) IS NULL THEN
      -- Built beside its parent and attached: that locks out no writer of the other months.
      EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING CONSTRAINTS)', v_schema, v_name, p_table);
      FOREACH v_key IN ARRAY p_keys LOOP
        EXECUTE format('ALTER TABLE %I.%I ADD UNIQUE (%s)', v_schema, v_name, v_key);
      END LOOP;
      EXECUTE format('COMMENT ON TABLE %I.%I IS %L', v_schema, v_name, format('class: tenant, append-only. Partition of %s.', p_table));
      EXECUTE format('CALL platform.isolate(%L)', format('%I.%I', v_schema, v_name));
      EXECUTE format('REVOKE TRUNCATE ON %I.%I FROM CURRENT_USER', v_schema, v_name);
      EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
        p_table, v_schema, v_name, v_month::timestamp AT TIME ZONE 'UTC', (v_month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
    END IF;
    v_month := (v_month + interval '1 month')::date;
  END LOOP;
END
$$;
COMMENT ON PROCEDURE platform.make_partitions(regclass, date, date, text[]) IS 'For the functions that keep the partitions of one append-only table ahead of the calendar.';
