-- Ends a run. Takes {run_id, judged_at, results: [{id, rule_id, rule_version, dataset, rule_key, kind, severity, status, rows_checked,
-- rows_failed, message, rows: [{key, label, value}], held: [key] | null}]}; held are all keys that are kept out, null leaves those that are.
-- A run is ended once: answers with whether it was this time. A rule that was changed meanwhile, or that a later look was recorded of,
-- holds and frees nothing.
CREATE OR REPLACE FUNCTION quality.record_run(p_tenant uuid, p_run jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_run uuid := (p_run ->> 'run_id')::uuid;
  v_judged_at timestamptz := (p_run ->> 'judged_at')::timestamptz;
  v_holding jsonb;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM quality.rule r
  WHERE r.tenant_id = p_tenant AND r.id IN (SELECT (one.value ->> 'rule_id')::uuid FROM jsonb_array_elements(p_run -> 'results') one)
  ORDER BY r.id FOR NO KEY UPDATE;
  PERFORM FROM quality.run r WHERE r.tenant_id = p_tenant AND r.id = v_run AND r.status = 'queued' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;

  SELECT jsonb_agg(one.value) INTO v_holding
  FROM jsonb_array_elements(p_run -> 'results') one
  JOIN quality.rule r ON r.tenant_id = p_tenant AND r.id = (one.value ->> 'rule_id')::uuid
  WHERE jsonb_typeof(one.value -> 'held') = 'array' AND r.version = (one.value ->> 'rule_version')::integer
    AND r.is_active AND r.deleted_at IS NULL AND r.severity = 'FAIL'
    AND NOT EXISTS (
      SELECT FROM quality.result later WHERE later.tenant_id = p_tenant AND later.rule_id = r.id AND later.judged_at > v_judged_at);

  INSERT INTO quality.result (tenant_id, id, run_id, rule_id, rule_version, dataset, rule_key, kind, severity, status, rows_checked,
    rows_failed, message, judged_at, recorded_at)
  SELECT p_tenant, o.id, v_run, o.rule_id, o.rule_version, o.dataset, o.rule_key, o.kind, o.severity, o.status, o.rows_checked,
         o.rows_failed, o.message, v_judged_at, transaction_timestamp()
  FROM jsonb_to_recordset(p_run -> 'results') AS o (id uuid, rule_id uuid, rule_version integer, dataset text, rule_key text, kind text,
    severity text, status text, rows_checked bigint, rows_failed bigint, message text);

  INSERT INTO quality.failing_row (tenant_id, result_id, position, key, label, value)
  SELECT p_tenant, (one.value ->> 'id')::uuid, row_of.position, row_of.value ->> 'key', row_of.value ->> 'label', row_of.value ->> 'value'
  FROM jsonb_array_elements(p_run -> 'results') one
  CROSS JOIN LATERAL jsonb_array_elements(one.value -> 'rows') WITH ORDINALITY AS row_of (value, position);

  WITH held AS MATERIALIZED (
    SELECT (one.value ->> 'rule_id')::uuid AS rule_id, key.value AS key
    FROM jsonb_array_elements(v_holding) one CROSS JOIN LATERAL jsonb_array_elements_text(one.value -> 'held') key
  )
  UPDATE quality.hold h SET resolved_at = v_judged_at, updated_at = transaction_timestamp()
  WHERE h.tenant_id = p_tenant AND h.resolved_at IS NULL
    AND h.rule_id IN (SELECT (one.value ->> 'rule_id')::uuid FROM jsonb_array_elements(v_holding) one)
    AND NOT EXISTS (SELECT FROM held WHERE held.rule_id = h.rule_id AND held.key = h.key);

  INSERT INTO quality.hold AS h (tenant_id, rule_id, key, dataset, result_id, since)
  SELECT p_tenant, (one.value ->> 'rule_id')::uuid, key.value, one.value ->> 'dataset', (one.value ->> 'id')::uuid, v_judged_at
  FROM jsonb_array_elements(v_holding) one CROSS JOIN LATERAL jsonb_array_elements_text(one.value -> 'held') key
  ON CONFLICT (tenant_id, rule_id, key) DO UPDATE
    SET resolved_at = NULL, since = excluded.since, result_id = excluded.result_id, dataset = excluded.dataset, updated_at = excluded.since
    WHERE h.resolved_at IS NOT NULL;

  UPDATE quality.run r SET status = 'done', judged_at = v_judged_at, finished_at = transaction_timestamp(),
    rules_passed = sum.passed, rules_warned = sum.warned, rules_failed = sum.failed, rules_broken = sum.broken,
    rows_checked = sum.rows_checked, rows_failed = sum.rows_failed, updated_at = transaction_timestamp()
  FROM (
    SELECT count(*) FILTER (WHERE o.status = 'passed') AS passed,
           count(*) FILTER (WHERE o.status = 'failed' AND o.severity = 'WARN') AS warned,
           count(*) FILTER (WHERE o.status = 'failed' AND o.severity = 'FAIL') AS failed,
           count(*) FILTER (WHERE o.status = 'broken') AS broken,
           coalesce(sum(o.rows_checked), 0) AS rows_checked, coalesce(sum(o.rows_failed), 0) AS rows_failed
    FROM quality.result o WHERE o.tenant_id = p_tenant AND o.run_id = v_run) AS sum
  WHERE r.tenant_id = p_tenant AND r.id = v_run;
  RETURN true;
END
$$;
COMMENT ON FUNCTION quality.record_run(uuid, jsonb) IS 'The only writer of results, of failing rows and of what is held.';
GRANT EXECUTE ON FUNCTION quality.record_run(uuid, jsonb) TO comptoir_app;

-- Notes that a run did not come to an end; what is held stays held.
CREATE OR REPLACE FUNCTION quality.give_up_run(p_tenant uuid, p_run uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE quality.run r SET status = 'failed', finished_at = transaction_timestamp(), updated_at = transaction_timestamp()
  WHERE r.tenant_id = p_tenant AND r.id = p_run AND r.status = 'queued';
END
$$;
COMMENT ON FUNCTION quality.give_up_run(uuid, uuid) IS 'Ends a run that could not be judged.';
GRANT EXECUTE ON FUNCTION quality.give_up_run(uuid, uuid) TO comptoir_app;

-- Frees what a rule holds: it is removed, off, or only a warning from now on.
CREATE OR REPLACE FUNCTION quality.free_rows(p_tenant uuid, p_rule uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE quality.hold h SET resolved_at = transaction_timestamp(), updated_at = transaction_timestamp()
  WHERE h.tenant_id = p_tenant AND h.rule_id = p_rule AND h.resolved_at IS NULL;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;
COMMENT ON FUNCTION quality.free_rows(uuid, uuid) IS 'Frees what a rule holds; the caller has the rule locked.';
GRANT EXECUTE ON FUNCTION quality.free_rows(uuid, uuid) TO comptoir_app;

-- Takes what is personal off the failing rows that name a party.
CREATE OR REPLACE FUNCTION quality.forget_party(p_tenant uuid, p_party uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE quality.failing_row f SET label = NULL, value = NULL, version = f.version + 1, updated_at = transaction_timestamp()
  WHERE f.tenant_id = p_tenant AND f.key = p_party::text AND num_nonnulls(f.label, f.value) > 0;
END
$$;
COMMENT ON FUNCTION quality.forget_party(uuid, uuid) IS 'Empties what is personal of the failing rows of a party.';
GRANT EXECUTE ON FUNCTION quality.forget_party(uuid, uuid) TO comptoir_app;

-- Removes failing rows that were kept long enough, at most p_limit; returns how many. The results and their counts stay.
CREATE OR REPLACE FUNCTION quality.purge_rows(p_tenant uuid, p_before timestamptz, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM quality.failing_row f
  WHERE f.tenant_id = p_tenant AND (f.result_id, f.position) IN (
    SELECT old.result_id, old.position FROM quality.failing_row old
    WHERE old.tenant_id = p_tenant AND old.created_at < p_before ORDER BY old.created_at LIMIT p_limit);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;
COMMENT ON FUNCTION quality.purge_rows(uuid, timestamptz, integer) IS 'The only one that removes failing rows.';
GRANT EXECUTE ON FUNCTION quality.purge_rows(uuid, timestamptz, integer) TO comptoir_app;
