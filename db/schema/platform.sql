-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA platform AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA platform TO comptoir_app;
GRANT USAGE ON SCHEMA platform TO comptoir_jobs;
GRANT USAGE ON SCHEMA platform TO comptoir_read;

CREATE TABLE platform.function_file (
  name text NOT NULL,
  sha256 text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT function_file_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE platform.function_file IS 'class: local. Which version of each file of db/functions this database holds.';

CREATE TABLE platform.idempotency_key (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  request_hash bytea NOT NULL,
  answer json NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  impersonal_answer json,
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE platform.idempotency_key IS 'class: tenant. Answers of committed commands, kept 30 days. The id is derived from actor, operation and key, so that one index both finds a row and keeps it unique. impersonal_answer is the answer without what is personal in it, where there is such.';
COMMENT ON COLUMN platform.idempotency_key.answer IS 'personal';
CREATE INDEX idempotency_key_created_at ON platform.idempotency_key USING brin (created_at);
CREATE INDEX idempotency_key_personal ON platform.idempotency_key USING btree (tenant_id) WHERE impersonal_answer IS NOT NULL;
ALTER TABLE platform.idempotency_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON platform.idempotency_key FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE platform.idempotency_key TO comptoir_app;

CREATE TABLE platform.migration (
  id integer DEFAULT nextval('platform.migration_id_seq'::regclass) NOT NULL,
  name character varying(255) NOT NULL,
  run_on timestamp without time zone NOT NULL,
  CONSTRAINT migration_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE platform.migration IS 'class: local. Which migrations this database holds.';
GRANT SELECT ON TABLE platform.migration TO comptoir_app;

CREATE OR REPLACE PROCEDURE platform.append_only(IN p_table regclass)
 LANGUAGE plpgsql
AS $procedure$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()', p_table);
  EXECUTE format('REVOKE TRUNCATE ON %s FROM CURRENT_USER', p_table);
END
$procedure$;
COMMENT ON PROCEDURE platform.append_only(regclass) IS 'Refuses UPDATE, DELETE and TRUNCATE to every role, the owner included.';

CREATE OR REPLACE FUNCTION platform.assert_tenant(p_tenant uuid)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
AS $function$
BEGIN
  IF p_tenant IS NULL OR p_tenant IS DISTINCT FROM platform.current_tenant() THEN
    RAISE EXCEPTION 'the tenant given is not the tenant of this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$function$;
COMMENT ON FUNCTION platform.assert_tenant(uuid) IS 'First statement of every definer function that writes for a tenant.';
GRANT EXECUTE ON FUNCTION platform.assert_tenant(uuid) TO comptoir_jobs;

CREATE OR REPLACE FUNCTION platform.current_tenant()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid;
COMMENT ON FUNCTION platform.current_tenant() IS 'The tenant of this transaction; null, and so no rows, when none was set.';
GRANT EXECUTE ON FUNCTION platform.current_tenant() TO comptoir_app;
GRANT EXECUTE ON FUNCTION platform.current_tenant() TO comptoir_jobs;
GRANT EXECUTE ON FUNCTION platform.current_tenant() TO comptoir_read;

CREATE OR REPLACE FUNCTION platform.enqueue(p_tenant uuid, p_jobs jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM graphile_worker.add_jobs(array(
    SELECT (job.task, (coalesce(job.payload, '{}') || jsonb_build_object('tenant_id', p_tenant))::json, NULL, job.run_at,
            job.max_attempts, CASE WHEN job.key IS NULL THEN NULL ELSE p_tenant || ':' || job.key END, NULL, NULL)::graphile_worker.job_spec
    FROM ROWS FROM (jsonb_to_recordset(p_jobs) AS (task text, payload jsonb, key text, run_at timestamptz, max_attempts smallint))
         WITH ORDINALITY AS job (task, payload, key, run_at, max_attempts, position)
    ORDER BY job.position));
END
$function$;
COMMENT ON FUNCTION platform.enqueue(uuid,jsonb) IS 'The only way a request adds a job.';
ALTER FUNCTION platform.enqueue(uuid,jsonb) OWNER TO comptoir_jobs;
GRANT EXECUTE ON FUNCTION platform.enqueue(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION platform.forget_answers(p_tenant uuid, p_id uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE platform.idempotency_key k SET answer = k.impersonal_answer, impersonal_answer = NULL
  WHERE k.tenant_id = p_tenant AND k.impersonal_answer IS NOT NULL AND position(p_id::text IN k.impersonal_answer::text) > 0;
END
$function$;
COMMENT ON FUNCTION platform.forget_answers(uuid,uuid) IS 'The only writer of stored answers that are there already.';
GRANT EXECUTE ON FUNCTION platform.forget_answers(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE PROCEDURE platform.isolate(IN p_table regclass)
 LANGUAGE plpgsql
AS $procedure$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p_table);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s USING (tenant_id = platform.current_tenant()) WITH CHECK (tenant_id = platform.current_tenant())',
    p_table);
END
$procedure$;
COMMENT ON PROCEDURE platform.isolate(regclass) IS 'Row-level security of a tenant table: enabled, forced, one policy.';

CREATE OR REPLACE PROCEDURE platform.make_partitions(IN p_table regclass, IN p_from date, IN p_until date, IN p_keys text[] DEFAULT '{}'::text[])
 LANGUAGE plpgsql
AS $procedure$
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
$procedure$;
COMMENT ON PROCEDURE platform.make_partitions(regclass,date,date,text[]) IS 'For the functions that keep the partitions of one append-only table ahead of the calendar.';

CREATE OR REPLACE FUNCTION platform.purge_idempotency_keys(p_tenant uuid, p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
GRANT EXECUTE ON FUNCTION platform.purge_idempotency_keys(uuid,integer) TO comptoir_app;

CREATE OR REPLACE FUNCTION platform.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '% is append-only: correct it with a new row', TG_RELID::regclass USING ERRCODE = 'restrict_violation';
END
$function$;
COMMENT ON FUNCTION platform.refuse_change() IS 'Trigger of append-only tables.';

CREATE OR REPLACE FUNCTION platform.set_tenant(p_tenant uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  EXECUTE format('SET LOCAL app.tenant_id = %L', p_tenant);
END
$function$;
COMMENT ON FUNCTION platform.set_tenant(uuid) IS 'Names the tenant of this transaction; every policy reads it.';
GRANT EXECUTE ON FUNCTION platform.set_tenant(uuid) TO comptoir_app;
GRANT EXECUTE ON FUNCTION platform.set_tenant(uuid) TO comptoir_read;
