-- Up Migration

-- What every later migration stands on: how a tenant is set and read, how a table is isolated, how a table is made
-- append-only, and the answers that make a repeated command happen once.

CREATE SCHEMA IF NOT EXISTS platform;
CREATE EXTENSION IF NOT EXISTS btree_gist;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA platform TO comptoir_app, comptoir_jobs, comptoir_read;

CREATE FUNCTION platform.set_tenant(p_tenant uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SET LOCAL app.tenant_id = %L', p_tenant);
END
$$;
COMMENT ON FUNCTION platform.set_tenant(uuid) IS 'Names the tenant of this transaction; every policy reads it.';

CREATE FUNCTION platform.current_tenant() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;
COMMENT ON FUNCTION platform.current_tenant() IS 'The tenant of this transaction; null, and so no rows, when none was set.';

GRANT EXECUTE ON FUNCTION platform.set_tenant(uuid) TO comptoir_app, comptoir_read;
GRANT EXECUTE ON FUNCTION platform.current_tenant() TO comptoir_app, comptoir_jobs, comptoir_read;

CREATE FUNCTION platform.assert_tenant(p_tenant uuid) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_tenant IS NULL OR p_tenant IS DISTINCT FROM platform.current_tenant() THEN
    RAISE EXCEPTION 'the tenant given is not the tenant of this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;
COMMENT ON FUNCTION platform.assert_tenant(uuid) IS 'First statement of every definer function that writes for a tenant.';
GRANT EXECUTE ON FUNCTION platform.assert_tenant(uuid) TO comptoir_jobs;

CREATE FUNCTION platform.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: correct it with a new row', TG_RELID::regclass USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION platform.refuse_change() IS 'Trigger of append-only tables.';

CREATE PROCEDURE platform.isolate(p_table regclass)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p_table);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s USING (tenant_id = platform.current_tenant()) WITH CHECK (tenant_id = platform.current_tenant())',
    p_table);
END
$$;
COMMENT ON PROCEDURE platform.isolate(regclass) IS 'Row-level security of a tenant table: enabled, forced, one policy.';

CREATE PROCEDURE platform.append_only(p_table regclass)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()', p_table);
  EXECUTE format('REVOKE TRUNCATE ON %s FROM CURRENT_USER', p_table);
END
$$;
COMMENT ON PROCEDURE platform.append_only(regclass) IS 'Refuses UPDATE, DELETE and TRUNCATE to every role, the owner included.';

CREATE TABLE platform.function_file (
  name text PRIMARY KEY,
  sha256 text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE platform.function_file IS 'class: local. Which version of each file of db/functions this database holds.';

CREATE TABLE platform.idempotency_key (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  request_hash bytea NOT NULL,
  answer json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE platform.idempotency_key IS
  'class: tenant. Answers of committed commands, kept 30 days. The id is derived from actor, operation and key, so that one index both finds a row and keeps it unique.';
CREATE INDEX idempotency_key_created_at ON platform.idempotency_key USING brin (created_at);
CALL platform.isolate('platform.idempotency_key');
GRANT SELECT, INSERT ON platform.idempotency_key TO comptoir_app;

-- Down Migration

DROP PROCEDURE platform.make_partitions(regclass, date, date, text[]);
DROP FUNCTION platform.purge_idempotency_keys(uuid, integer);
DROP FUNCTION platform.enqueue(uuid, jsonb);
DROP TABLE platform.idempotency_key;
DROP TABLE platform.function_file;
DROP PROCEDURE platform.append_only(regclass);
DROP PROCEDURE platform.isolate(regclass);
DROP FUNCTION platform.refuse_change();
DROP FUNCTION platform.assert_tenant(uuid);
DROP FUNCTION platform.current_tenant();
DROP FUNCTION platform.set_tenant(uuid);
REVOKE USAGE ON SCHEMA platform FROM comptoir_app, comptoir_jobs, comptoir_read;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
DROP EXTENSION btree_gist;
