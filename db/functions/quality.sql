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
  v_now timestamptz := transaction_timestamp();
  v_result jsonb;
  v_id uuid;
  v_rule uuid;
  v_dataset text;
  v_held text[];
  v_freed text[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM quality.rule r
  WHERE r.tenant_id = p_tenant AND r.id IN (SELECT (one.value ->> 'rule_id')::uuid FROM jsonb_array_elements(p_run -> 'results') one)
  ORDER BY r.id FOR NO KEY UPDATE;
  PERFORM FROM quality.run r WHERE r.tenant_id = p_tenant AND r.id = v_run AND r.status = 'queued' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;

  INSERT INTO quality.result (tenant_id, id, run_id, rule_id, rule_version, dataset, rule_key, kind, severity, status, rows_checked,
    rows_failed, message, judged_at, recorded_at)
  SELECT p_tenant, o.id, v_run, o.rule_id, o.rule_version, o.dataset, o.rule_key, o.kind, o.severity, o.status, o.rows_checked,
         o.rows_failed, o.message, v_judged_at, v_now
  FROM jsonb_to_recordset(p_run -> 'results') AS o (id uuid, rule_id uuid, rule_version integer, dataset text, rule_key text, kind text,
    severity text, status text, rows_checked bigint, rows_failed bigint, message text);

  -- One rule after the other: a result may name 100,000 rows, and is to be unfolded once.
  FOR v_result IN SELECT one.value FROM jsonb_array_elements(p_run -> 'results') one LOOP
    v_id := (v_result ->> 'id')::uuid;
    v_rule := (v_result ->> 'rule_id')::uuid;
    v_dataset := v_result ->> 'dataset';
    INSERT INTO quality.failing_row (tenant_id, result_id, number, key, label, value)
    SELECT p_tenant, v_id, f.number, f.key, f.label, f.value
    FROM ROWS FROM (jsonb_to_recordset(v_result -> 'rows') AS (key text, label text, value text)) WITH ORDINALITY AS f (key, label, value, number);

    CONTINUE WHEN jsonb_typeof(v_result -> 'held') IS DISTINCT FROM 'array';
    PERFORM FROM quality.rule r
    WHERE r.tenant_id = p_tenant AND r.id = v_rule AND r.version = (v_result ->> 'rule_version')::integer
      AND r.is_active AND r.deleted_at IS NULL AND r.severity = 'FAIL'
      AND NOT EXISTS (
        SELECT FROM quality.result later WHERE later.tenant_id = p_tenant AND later.rule_id = r.id AND later.judged_at > v_judged_at);
    CONTINUE WHEN NOT FOUND;

    v_held := array(SELECT jsonb_array_elements_text(v_result -> 'held'));
    v_freed := array(
      SELECT h.key FROM quality.hold h WHERE h.tenant_id = p_tenant AND h.rule_id = v_rule AND h.resolved_at IS NULL
      EXCEPT SELECT unnest(v_held));
    UPDATE quality.hold h SET resolved_at = v_judged_at, updated_at = v_now
    WHERE h.tenant_id = p_tenant AND h.rule_id = v_rule AND h.key = ANY (v_freed);
    INSERT INTO quality.hold AS h (tenant_id, rule_id, key, dataset, result_id, since)
    SELECT p_tenant, v_rule, k.key, v_dataset, v_id, v_judged_at FROM unnest(v_held) AS k (key) ORDER BY k.key
    ON CONFLICT (tenant_id, rule_id, key) DO UPDATE
      SET resolved_at = NULL, since = excluded.since, result_id = excluded.result_id, dataset = excluded.dataset, updated_at = excluded.since
      WHERE h.resolved_at IS NOT NULL;
  END LOOP;

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
  WHERE f.tenant_id = p_tenant AND (f.result_id, f.number) IN (
    SELECT old.result_id, old.number FROM quality.failing_row old
    WHERE old.tenant_id = p_tenant AND old.created_at < p_before ORDER BY old.created_at LIMIT p_limit);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;
COMMENT ON FUNCTION quality.purge_rows(uuid, timestamptz, integer) IS 'The only one that removes failing rows.';
GRANT EXECUTE ON FUNCTION quality.purge_rows(uuid, timestamptz, integer) TO comptoir_app;
