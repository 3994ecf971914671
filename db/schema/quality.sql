-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA quality AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA quality TO comptoir_app;
GRANT USAGE ON SCHEMA quality TO comptoir_read;

CREATE TABLE quality.failing_row (
  tenant_id uuid NOT NULL,
  result_id uuid NOT NULL,
  number integer NOT NULL,
  key text NOT NULL,
  label text,
  value text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT failing_row_pkey PRIMARY KEY (tenant_id, result_id, number),
  CONSTRAINT failing_row_result_id_fkey FOREIGN KEY (tenant_id, result_id) REFERENCES quality.result(tenant_id, id)
);
COMMENT ON TABLE quality.failing_row IS 'class: tenant. The first rows that a rule found wrong. Written by quality.record_run, emptied with the party it names, removed after the days that a setting says.';
COMMENT ON COLUMN quality.failing_row.label IS 'personal';
COMMENT ON COLUMN quality.failing_row.value IS 'personal';
CREATE INDEX failing_row_created_at ON quality.failing_row USING btree (tenant_id, created_at);
CREATE INDEX failing_row_key ON quality.failing_row USING btree (tenant_id, key);
ALTER TABLE quality.failing_row ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON quality.failing_row FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE quality.failing_row TO comptoir_app;
GRANT SELECT ON TABLE quality.failing_row TO comptoir_read;

CREATE TABLE quality.hold (
  tenant_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  key text NOT NULL,
  dataset text NOT NULL,
  result_id uuid NOT NULL,
  since timestamp with time zone NOT NULL,
  resolved_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT hold_pkey PRIMARY KEY (tenant_id, rule_id, key),
  CONSTRAINT hold_result_id_fkey FOREIGN KEY (tenant_id, result_id) REFERENCES quality.result(tenant_id, id),
  CONSTRAINT hold_rule_id_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES quality.rule(tenant_id, id)
);
COMMENT ON TABLE quality.hold IS 'class: tenant. A row that a rule of severity FAIL keeps out, until a later run finds it right; key * is all of the dataset. Written only by functions.';
CREATE INDEX hold_open ON quality.hold USING btree (tenant_id, dataset, key, rule_id) WHERE resolved_at IS NULL;
CREATE INDEX hold_result_id ON quality.hold USING btree (tenant_id, result_id);
ALTER TABLE quality.hold ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON quality.hold FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE quality.hold TO comptoir_app;
GRANT SELECT ON TABLE quality.hold TO comptoir_read;

CREATE TABLE quality.result (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  run_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  rule_version integer NOT NULL,
  dataset text NOT NULL,
  rule_key text NOT NULL,
  kind text NOT NULL,
  severity text NOT NULL,
  status text NOT NULL,
  rows_checked bigint NOT NULL,
  rows_failed bigint NOT NULL,
  message text NOT NULL,
  judged_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT result_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT result_rule_key UNIQUE (tenant_id, run_id, rule_id),
  CONSTRAINT result_status_known CHECK (status = ANY (ARRAY['passed'::text, 'failed'::text, 'broken'::text])),
  CONSTRAINT result_rule_id_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES quality.rule(tenant_id, id),
  CONSTRAINT result_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES quality.run(tenant_id, id)
);
COMMENT ON TABLE quality.result IS 'class: tenant, append-only. What a run found of a rule, as the rule was then; broken is one that could not be judged. Written only by quality.record_run.';
CREATE INDEX result_rule_id ON quality.result USING btree (tenant_id, rule_id, judged_at);
ALTER TABLE quality.result ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON quality.result FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON quality.result FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE quality.result TO comptoir_app;
GRANT SELECT ON TABLE quality.result TO comptoir_read;
REVOKE TRUNCATE ON TABLE quality.result FROM comptoir_owner;

CREATE TABLE quality.rule (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  dataset text NOT NULL,
  rule_key text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  config jsonb NOT NULL,
  severity text NOT NULL,
  is_active boolean NOT NULL,
  schedule text NOT NULL,
  daily_hour integer,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT rule_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rule_hour_of_a_day CHECK (daily_hour >= 0 AND daily_hour <= 23 AND schedule = 'daily'::text OR daily_hour IS NULL AND schedule <> 'daily'::text),
  CONSTRAINT rule_kind_known CHECK (kind = ANY (ARRAY['not_null'::text, 'range'::text, 'unique'::text, 'reference'::text, 'freshness'::text, 'row_count_change'::text, 'pattern'::text, 'custom_sql'::text])),
  CONSTRAINT rule_schedule_known CHECK (schedule = ANY (ARRAY['off'::text, 'hourly'::text, 'daily'::text])),
  CONSTRAINT rule_severity_known CHECK (severity = ANY (ARRAY['WARN'::text, 'FAIL'::text]))
);
COMMENT ON TABLE quality.rule IS 'class: tenant. What should be true of the rows of a dataset. daily_hour is in the time zone of the tenant. Removed ones stay for their results.';
CREATE UNIQUE INDEX rule_key_key ON quality.rule USING btree (tenant_id, rule_key) WHERE deleted_at IS NULL;
ALTER TABLE quality.rule ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON quality.rule FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE quality.rule TO comptoir_app;
GRANT SELECT ON TABLE quality.rule TO comptoir_read;
GRANT UPDATE (name, config, severity, is_active, schedule, daily_hour, version, updated_at, deleted_at) ON TABLE quality.rule TO comptoir_app;

CREATE TABLE quality.run (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  started_by text NOT NULL,
  requested_by uuid,
  dataset text,
  rule_ids uuid[] NOT NULL,
  status text NOT NULL,
  rules_total integer NOT NULL,
  rules_passed integer DEFAULT 0 NOT NULL,
  rules_warned integer DEFAULT 0 NOT NULL,
  rules_failed integer DEFAULT 0 NOT NULL,
  rules_broken integer DEFAULT 0 NOT NULL,
  rows_checked bigint DEFAULT 0 NOT NULL,
  rows_failed bigint DEFAULT 0 NOT NULL,
  judged_at timestamp with time zone,
  finished_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT run_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT run_starter_known CHECK (started_by = ANY (ARRAY['request'::text, 'schedule'::text, 'import'::text])),
  CONSTRAINT run_status_known CHECK (status = ANY (ARRAY['queued'::text, 'done'::text, 'failed'::text])),
  CONSTRAINT run_requested_by_fkey FOREIGN KEY (tenant_id, requested_by) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE quality.run IS 'class: tenant. One look of some rules at the data, all of one moment, judged_at; ended only by quality.record_run and quality.give_up_run.';
CREATE INDEX run_requested_by ON quality.run USING btree (tenant_id, requested_by);
CREATE INDEX run_scheduled ON quality.run USING btree (tenant_id, created_at) WHERE started_by = 'schedule'::text;
ALTER TABLE quality.run ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON quality.run FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE quality.run TO comptoir_app;
GRANT SELECT ON TABLE quality.run TO comptoir_read;
GRANT INSERT (tenant_id, id, started_by, requested_by, dataset, rule_ids, status, rules_total) ON TABLE quality.run TO comptoir_app;

CREATE VIEW quality.read_demand WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    'sales'::text AS source,
    l.sale_id AS document_id,
    l.line,
    s.branch_id,
    s.customer_id,
    s.channel_id,
    l.variant_id,
    l.quantity,
    l.net,
    s.currency,
    s.effective_on,
    s.made_at
   FROM sales.line l
     JOIN sales.sale s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
  WHERE NOT (EXISTS ( SELECT
           FROM quality.read_held h
          WHERE h.tenant_id = l.tenant_id AND (h.dataset = 'sales_lines'::text AND (h.key = ANY (ARRAY['*'::text, (l.sale_id || ':'::text) || l.line])) OR h.dataset = 'sales'::text AND (h.key = ANY (ARRAY['*'::text, l.sale_id::text])))))
UNION ALL
 SELECT l.tenant_id,
    'history'::text AS source,
    l.document_id,
    l.line,
    l.branch_id,
    l.customer_id,
    l.channel_id,
    l.variant_id,
    l.quantity,
    l.net,
    l.currency,
    l.effective_on,
    l.made_at
   FROM history.read_line l
  WHERE (l.role = ANY (ARRAY['sold'::text, 'returned'::text])) AND NOT (EXISTS ( SELECT
           FROM quality.read_held h
          WHERE h.tenant_id = l.tenant_id AND (h.dataset = 'earlier_lines'::text AND (h.key = ANY (ARRAY['*'::text, (l.document_id || ':'::text) || l.line])) OR h.dataset = 'earlier_documents'::text AND (h.key = ANY (ARRAY['*'::text, l.document_id::text])))));
COMMENT ON VIEW quality.read_demand IS 'Published for forecasts: what was sold, here or earlier, and what came back below zero, a line each, without what rules of severity FAIL hold.';
GRANT SELECT ON TABLE quality.read_demand TO comptoir_app;
GRANT SELECT ON TABLE quality.read_demand TO comptoir_read;

CREATE VIEW quality.read_held WITH (security_invoker=true) AS
 SELECT tenant_id,
    dataset,
    key,
    rule_id,
    since
   FROM quality.hold h
  WHERE resolved_at IS NULL;
COMMENT ON VIEW quality.read_held IS 'Published: rows that are kept out of forecasts; where the key is *, all rows of the dataset are.';
GRANT SELECT ON TABLE quality.read_held TO comptoir_app;
GRANT SELECT ON TABLE quality.read_held TO comptoir_read;

CREATE VIEW quality.read_held_demand WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.sale_id AS document_id,
    l.line,
    s.branch_id,
    l.variant_id,
    l.quantity,
    s.effective_on
   FROM quality.read_held h
     JOIN sales.line l ON l.tenant_id = h.tenant_id AND l.sale_id = NULLIF(split_part(h.key, ':'::text, 1), '*'::text)::uuid AND (h.dataset = 'sales'::text OR l.line = NULLIF(split_part(h.key, ':'::text, 2), ''::text)::integer)
     JOIN sales.sale s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
  WHERE (h.dataset = ANY (ARRAY['sales'::text, 'sales_lines'::text])) AND h.key <> '*'::text AND l.quantity > 0::numeric
UNION
 SELECT l.tenant_id,
    l.sale_id AS document_id,
    l.line,
    s.branch_id,
    l.variant_id,
    l.quantity,
    s.effective_on
   FROM sales.line l
     JOIN sales.sale s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
  WHERE l.quantity > 0::numeric AND (EXISTS ( SELECT
           FROM quality.read_held h
          WHERE h.tenant_id = platform.current_tenant() AND (h.dataset = ANY (ARRAY['sales'::text, 'sales_lines'::text])) AND h.key = '*'::text))
UNION
 SELECT l.tenant_id,
    l.document_id,
    l.line,
    d.branch_id,
    l.variant_id,
    l.quantity,
    d.effective_on
   FROM quality.read_held h
     JOIN history.line l ON l.tenant_id = h.tenant_id AND l.document_id = NULLIF(split_part(h.key, ':'::text, 1), '*'::text)::uuid AND (h.dataset = 'earlier_documents'::text OR l.line = NULLIF(split_part(h.key, ':'::text, 2), ''::text)::integer)
     JOIN history.document d ON d.tenant_id = l.tenant_id AND d.id = l.document_id
  WHERE (h.dataset = ANY (ARRAY['earlier_documents'::text, 'earlier_lines'::text])) AND h.key <> '*'::text AND l.role = 'sold'::text AND d.is_stock_moved AND NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id))
UNION
 SELECT l.tenant_id,
    l.document_id,
    l.line,
    d.branch_id,
    l.variant_id,
    l.quantity,
    d.effective_on
   FROM history.line l
     JOIN history.document d ON d.tenant_id = l.tenant_id AND d.id = l.document_id
  WHERE l.role = 'sold'::text AND d.is_stock_moved AND NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id)) AND (EXISTS ( SELECT
           FROM quality.read_held h
          WHERE h.tenant_id = platform.current_tenant() AND (h.dataset = ANY (ARRAY['earlier_documents'::text, 'earlier_lines'::text])) AND h.key = '*'::text));
COMMENT ON VIEW quality.read_held_demand IS 'Published for replenishment: what left the stock as sold, a line each, that rules of severity FAIL hold.';
GRANT SELECT ON TABLE quality.read_held_demand TO comptoir_app;
GRANT SELECT ON TABLE quality.read_held_demand TO comptoir_read;

CREATE OR REPLACE FUNCTION quality.forget_party(p_tenant uuid, p_party uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE quality.failing_row f SET label = NULL, value = NULL, version = f.version + 1, updated_at = transaction_timestamp()
  WHERE f.tenant_id = p_tenant AND f.key = p_party::text AND num_nonnulls(f.label, f.value) > 0;
END
$function$;
COMMENT ON FUNCTION quality.forget_party(uuid,uuid) IS 'Empties what is personal of the failing rows of a party.';
GRANT EXECUTE ON FUNCTION quality.forget_party(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION quality.free_rows(p_tenant uuid, p_rule uuid)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE quality.hold h SET resolved_at = transaction_timestamp(), updated_at = transaction_timestamp()
  WHERE h.tenant_id = p_tenant AND h.rule_id = p_rule AND h.resolved_at IS NULL;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$function$;
COMMENT ON FUNCTION quality.free_rows(uuid,uuid) IS 'Frees what a rule holds; the caller has the rule locked.';
GRANT EXECUTE ON FUNCTION quality.free_rows(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION quality.give_up_run(p_tenant uuid, p_run uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE quality.run r SET status = 'failed', finished_at = transaction_timestamp(), updated_at = transaction_timestamp()
  WHERE r.tenant_id = p_tenant AND r.id = p_run AND r.status = 'queued';
END
$function$;
COMMENT ON FUNCTION quality.give_up_run(uuid,uuid) IS 'Ends a run that could not be judged.';
GRANT EXECUTE ON FUNCTION quality.give_up_run(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION quality.purge_rows(p_tenant uuid, p_before timestamp with time zone, p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
COMMENT ON FUNCTION quality.purge_rows(uuid,timestamp with time zone,integer) IS 'The only one that removes failing rows.';
GRANT EXECUTE ON FUNCTION quality.purge_rows(uuid,timestamp with time zone,integer) TO comptoir_app;

CREATE OR REPLACE FUNCTION quality.record_run(p_tenant uuid, p_run jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
COMMENT ON FUNCTION quality.record_run(uuid,jsonb) IS 'The only writer of results, of failing rows and of what is held.';
GRANT EXECUTE ON FUNCTION quality.record_run(uuid,jsonb) TO comptoir_app;
