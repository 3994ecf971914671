-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By schema, then by table with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

-- Default privileges on functions made by comptoir_owner: comptoir_owner EXECUTE.
CREATE EXTENSION btree_gist SCHEMA public;

CREATE SCHEMA audit AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA audit TO comptoir_app;
GRANT USAGE ON SCHEMA audit TO comptoir_jobs;
GRANT USAGE ON SCHEMA audit TO comptoir_read;

CREATE TABLE audit.checkpoint (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  reason text NOT NULL,
  key_id text NOT NULL,
  body text NOT NULL,
  signature bytea NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT checkpoint_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT checkpoint_seq_key UNIQUE (tenant_id, seq, reason),
  CONSTRAINT checkpoint_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT checkpoint_reason_known CHECK (reason = ANY (ARRAY['daily'::text, 'requested'::text, 'retention'::text])),
  CONSTRAINT checkpoint_seq_positive CHECK (seq > 0),
  CONSTRAINT checkpoint_key_id_fkey FOREIGN KEY (key_id) REFERENCES audit.signing_key(id)
);
COMMENT ON TABLE audit.checkpoint IS 'class: tenant, append-only. Where a chain stood: body is the exact text that was signed, the columns beside it are derived from it. Written only by audit.record_checkpoints.';
CREATE INDEX checkpoint_key_id ON audit.checkpoint USING btree (key_id);
ALTER TABLE audit.checkpoint ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON audit.checkpoint FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON audit.checkpoint FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE audit.checkpoint TO comptoir_app;
GRANT SELECT ON TABLE audit.checkpoint TO comptoir_read;
REVOKE TRUNCATE ON TABLE audit.checkpoint FROM comptoir_owner;

CREATE TABLE audit.entry (
  tenant_id uuid NOT NULL,
  seq bigint NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  event text NOT NULL,
  actor_id uuid,
  session_id uuid,
  resource_type text,
  resource_id text,
  body text NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, seq, recorded_at),
  CONSTRAINT entry_hash_is_sha256 CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE audit.entry IS 'class: tenant, append-only. body is the exact text that was hashed; the other columns are derived from it for search.';
ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON audit.entry FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON audit.entry FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE audit.entry TO comptoir_app;
GRANT SELECT ON TABLE audit.entry TO comptoir_read;
REVOKE TRUNCATE ON TABLE audit.entry FROM comptoir_owner;

CREATE TABLE audit.head (
  tenant_id uuid NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT head_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT head_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT head_seq_not_negative CHECK (seq >= 0)
);
COMMENT ON TABLE audit.head IS 'class: tenant. Last sequence number and hash of each chain; its row lock orders the writers. The nil tenant is the platform''s own chain.';
ALTER TABLE audit.head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON audit.head FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE audit.head TO comptoir_app;
GRANT SELECT ON TABLE audit.head TO comptoir_read;

CREATE TABLE audit.signing_key (
  id text NOT NULL,
  public_key bytea NOT NULL,
  endorsed_by text,
  endorsement bytea,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT signing_key_pkey PRIMARY KEY (id),
  CONSTRAINT signing_key_endorsed_whole CHECK ((endorsed_by IS NULL) = (endorsement IS NULL)),
  CONSTRAINT signing_key_is_ed25519 CHECK (octet_length(public_key) = 32),
  CONSTRAINT signing_key_endorsed_by_fkey FOREIGN KEY (endorsed_by) REFERENCES audit.signing_key(id)
);
COMMENT ON TABLE audit.signing_key IS 'class: shared, append-only. Public Ed25519 keys of checkpoints; the id is the beginning of the key''s SHA-256. A key is endorsed by a signature of the one before it.';
CREATE INDEX signing_key_endorsed_by ON audit.signing_key USING btree (endorsed_by);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON audit.signing_key FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE audit.signing_key TO comptoir_app;
GRANT SELECT ON TABLE audit.signing_key TO comptoir_read;
REVOKE TRUNCATE ON TABLE audit.signing_key FROM comptoir_owner;

CREATE OR REPLACE FUNCTION audit.add_signing_key(p_public_key bytea, p_endorsed_by text, p_endorsement bytea)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_id text := left(encode(sha256(p_public_key), 'hex'), 16);
BEGIN
  INSERT INTO audit.signing_key (id, public_key, endorsed_by, endorsement)
  VALUES (v_id, p_public_key, p_endorsed_by, p_endorsement) ON CONFLICT (id) DO NOTHING;
  RETURN v_id;
END
$function$;
COMMENT ON FUNCTION audit.add_signing_key(bytea,text,bytea) IS 'The only writer of the keys of checkpoints.';
GRANT EXECUTE ON FUNCTION audit.add_signing_key(bytea,text,bytea) TO comptoir_app;

CREATE OR REPLACE FUNCTION audit.make_partitions(p_from date, p_until date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_month date := date_trunc('month', p_from)::date;
  v_name text;
BEGIN
  WHILE v_month <= p_until LOOP
    v_name := 'entry_' || to_char(v_month, 'YYYY_MM');
    IF to_regclass('audit.' || v_name) IS NULL THEN
      -- Built beside its parent and attached: that locks out no writer of the other months.
      EXECUTE format('CREATE TABLE audit.%I (LIKE audit.entry INCLUDING CONSTRAINTS)', v_name);
      EXECUTE format('ALTER TABLE audit.%I ADD PRIMARY KEY (tenant_id, seq, recorded_at), ADD UNIQUE (tenant_id, seq), ADD UNIQUE (tenant_id, previous_hash)', v_name);
      EXECUTE format('COMMENT ON TABLE audit.%I IS %L', v_name, 'class: tenant, append-only. Partition of audit.entry.');
      EXECUTE format('CALL platform.isolate(%L)', 'audit.' || v_name);
      EXECUTE format('REVOKE TRUNCATE ON audit.%I FROM CURRENT_USER', v_name);
      EXECUTE format('ALTER TABLE audit.entry ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        v_name, v_month::timestamp AT TIME ZONE 'UTC', (v_month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
    END IF;
    v_month := (v_month + interval '1 month')::date;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION audit.make_partitions(date,date) IS 'Keeps the chain''s partitions ahead of the calendar; run by a job and by migrate.';
GRANT EXECUTE ON FUNCTION audit.make_partitions(date,date) TO comptoir_jobs;

CREATE OR REPLACE FUNCTION audit.record(p_tenant uuid, p_entries jsonb)
 RETURNS TABLE(seq bigint, hash bytea)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_seq bigint;
  v_hash bytea;
  v_now timestamptz := transaction_timestamp();
  v_micros bigint := (extract(epoch FROM v_now) * 1000000)::bigint;
  v_entry jsonb;
  v_body text;
  v_seqs bigint[] := '{}';
  v_bodies text[] := '{}';
  v_previous bytea[] := '{}';
  v_hashes bytea[] := '{}';
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  SELECT h.seq, h.hash INTO v_seq, v_hash FROM audit.head h WHERE h.tenant_id = p_tenant FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO audit.head (tenant_id, seq, hash) VALUES (p_tenant, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT h.seq, h.hash INTO STRICT v_seq, v_hash FROM audit.head h WHERE h.tenant_id = p_tenant FOR UPDATE;
  END IF;

  FOR v_entry IN SELECT e.value FROM jsonb_array_elements(p_entries) WITH ORDINALITY e (value, position) ORDER BY e.position LOOP
    v_seq := v_seq + 1;
    v_body := (v_entry || jsonb_build_object('format', 1, 'tenant_id', p_tenant, 'seq', v_seq, 'time_us', v_micros))::text;
    v_seqs := v_seqs || v_seq;
    v_bodies := v_bodies || v_body;
    v_previous := v_previous || v_hash;
    v_hash := sha256(v_hash || convert_to(v_body, 'UTF8'));
    v_hashes := v_hashes || v_hash;
  END LOOP;

  INSERT INTO audit.entry (tenant_id, seq, recorded_at, event, actor_id, session_id, resource_type, resource_id, body, previous_hash, hash)
  SELECT p_tenant, link.seq, v_now, entry.event, entry.actor_id, entry.session_id, entry.resource_type, entry.resource_id,
         link.body, link.previous_hash, link.hash
  FROM unnest(v_seqs, v_bodies, v_previous, v_hashes) WITH ORDINALITY AS link (seq, body, previous_hash, hash, position)
  JOIN ROWS FROM (jsonb_to_recordset(p_entries) AS (event text, actor_id uuid, session_id uuid, resource_type text, resource_id text))
       WITH ORDINALITY AS entry (event, actor_id, session_id, resource_type, resource_id, position) USING (position);

  UPDATE audit.head h SET seq = v_seq, hash = v_hash, updated_at = v_now WHERE h.tenant_id = p_tenant;

  RETURN QUERY SELECT link.seq, link.hash FROM unnest(v_seqs, v_hashes) AS link (seq, hash);
END
$function$;
COMMENT ON FUNCTION audit.record(uuid,jsonb) IS 'The only writer of the audit chain.';
GRANT EXECUTE ON FUNCTION audit.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION audit.record_checkpoints(p_tenant uuid, p_checkpoints jsonb)
 RETURNS TABLE(id uuid, kept boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  WITH given AS (
    SELECT item.id, item.body, decode(item.signature, 'base64') AS signature, item.position,
           (item.body::jsonb ->> 'tenant_id')::uuid AS tenant_id, (item.body::jsonb ->> 'seq')::bigint AS seq,
           decode(item.body::jsonb ->> 'hash', 'hex') AS hash, item.body::jsonb ->> 'reason' AS reason,
           item.body::jsonb ->> 'key_id' AS key_id
    FROM ROWS FROM (jsonb_to_recordset(p_checkpoints) AS (id uuid, body text, signature text))
         WITH ORDINALITY AS item (id, body, signature, position)
  ), recorded AS (
    INSERT INTO audit.checkpoint (tenant_id, id, seq, hash, reason, key_id, body, signature)
    SELECT p_tenant, g.id, g.seq, g.hash, g.reason, g.key_id, g.body, g.signature
    FROM given g
    WHERE g.tenant_id = p_tenant
      AND EXISTS (SELECT FROM audit.entry e WHERE e.tenant_id = p_tenant AND e.seq = g.seq AND e.hash = g.hash)
    ORDER BY g.position
    ON CONFLICT ON CONSTRAINT checkpoint_seq_key DO NOTHING
    RETURNING checkpoint.id
  )
  SELECT g.id, r.id IS NOT NULL FROM given g LEFT JOIN recorded r ON r.id = g.id ORDER BY g.position;
END
$function$;
COMMENT ON FUNCTION audit.record_checkpoints(uuid,jsonb) IS 'The only writer of checkpoints.';
GRANT EXECUTE ON FUNCTION audit.record_checkpoints(uuid,jsonb) TO comptoir_app;

CREATE SCHEMA identity AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA identity TO comptoir_identity;

CREATE TABLE identity.account (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  account_id text NOT NULL,
  provider_id text NOT NULL,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  scope text,
  password text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (id),
  CONSTRAINT account_provider_key UNIQUE (provider_id, account_id),
  CONSTRAINT account_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.account IS 'class: local. A way in for a person; the password row holds an argon2id hash.';
COMMENT ON COLUMN identity.account.access_token IS 'secret';
COMMENT ON COLUMN identity.account.refresh_token IS 'secret';
COMMENT ON COLUMN identity.account.id_token IS 'secret';
COMMENT ON COLUMN identity.account.password IS 'secret';
CREATE INDEX account_user_id ON identity.account USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.account TO comptoir_identity;

CREATE TABLE identity.session (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  token text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  ip_address text,
  user_agent text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_token_key UNIQUE (token),
  CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.session IS 'class: local. A signed-in device.';
COMMENT ON COLUMN identity.session.token IS 'secret';
COMMENT ON COLUMN identity.session.ip_address IS 'personal';
COMMENT ON COLUMN identity.session.user_agent IS 'personal';
CREATE INDEX session_user_id ON identity.session USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.session TO comptoir_identity;

CREATE TABLE identity."user" (
  id uuid NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  email_verified boolean DEFAULT false NOT NULL,
  image text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT user_pkey PRIMARY KEY (id),
  CONSTRAINT user_email_key UNIQUE (email)
);
COMMENT ON TABLE identity."user" IS 'class: local. One row a human being, whatever the number of tenants they work in.';
COMMENT ON COLUMN identity."user".name IS 'personal';
COMMENT ON COLUMN identity."user".email IS 'personal';
COMMENT ON COLUMN identity."user".image IS 'personal';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity."user" TO comptoir_identity;

CREATE TABLE identity.verification (
  id uuid NOT NULL,
  identifier text NOT NULL,
  value text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT verification_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE identity.verification IS 'class: local. Pending one-time proofs.';
COMMENT ON COLUMN identity.verification.identifier IS 'personal';
COMMENT ON COLUMN identity.verification.value IS 'secret';
CREATE INDEX verification_identifier ON identity.verification USING btree (identifier);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.verification TO comptoir_identity;

CREATE VIEW identity.read_session WITH (security_invoker=true) AS
 SELECT id,
    user_id,
    token,
    expires_at
   FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';

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
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE platform.idempotency_key IS 'class: tenant. Answers of committed commands, kept 30 days. The id is derived from actor, operation and key, so that one index both finds a row and keeps it unique.';
CREATE INDEX idempotency_key_created_at ON platform.idempotency_key USING brin (created_at);
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

CREATE SCHEMA tenants AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA tenants TO comptoir_app;
GRANT USAGE ON SCHEMA tenants TO comptoir_jobs;
GRANT USAGE ON SCHEMA tenants TO comptoir_read;

CREATE TABLE tenants.api_key (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  permissions text[] NOT NULL,
  employee_id uuid NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  revoked_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT api_key_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT api_key_secret_hash_key UNIQUE (tenant_id, secret_hash),
  CONSTRAINT api_key_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE tenants.api_key IS 'class: tenant. A credential of an integration: never more than its permissions, nor than its maker still holds.';
COMMENT ON COLUMN tenants.api_key.secret_hash IS 'secret';
CREATE INDEX api_key_employee_id ON tenants.api_key USING btree (tenant_id, employee_id);
ALTER TABLE tenants.api_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.api_key FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.api_key TO comptoir_app;

CREATE TABLE tenants.branch (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  address text,
  phone text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT branch_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT branch_code_key UNIQUE (tenant_id, code),
  CONSTRAINT branch_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id)
);
COMMENT ON TABLE tenants.branch IS 'class: tenant. A place; its time zone decides its business day.';
CREATE INDEX branch_entity_id ON tenants.branch USING btree (tenant_id, entity_id);
ALTER TABLE tenants.branch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.branch FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.branch TO comptoir_app;
GRANT SELECT ON TABLE tenants.branch TO comptoir_read;

CREATE TABLE tenants.directory (
  kind text NOT NULL,
  key text NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT directory_pkey PRIMARY KEY (kind, key, tenant_id),
  CONSTRAINT directory_kind_known CHECK (kind = ANY (ARRAY['tenant'::text, 'user'::text, 'api_key'::text]))
);
COMMENT ON TABLE tenants.directory IS 'class: local. Answers what must be known before a tenant is set. Ids and hashes only; reached through functions.';

CREATE TABLE tenants.employee (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  display_name text NOT NULL,
  status text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT employee_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_user_id_key UNIQUE (tenant_id, user_id),
  CONSTRAINT employee_status_known CHECK (status = ANY (ARRAY['invited'::text, 'active'::text, 'suspended'::text])),
  CONSTRAINT employee_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.employee IS 'class: tenant. The place of one person in one tenant; invited until they accept it.';
COMMENT ON COLUMN tenants.employee.display_name IS 'personal';
ALTER TABLE tenants.employee ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.employee FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.employee TO comptoir_app;
GRANT SELECT ON TABLE tenants.employee TO comptoir_read;

CREATE TABLE tenants.employee_role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  role_id uuid NOT NULL,
  valid tstzrange NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT employee_role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_role_valid_key UNIQUE (tenant_id, employee_id, role_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_role_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT employee_role_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES tenants.role(tenant_id, id)
);
COMMENT ON TABLE tenants.employee_role IS 'class: tenant. Which employee holds which role, and when; taking a role away ends its period.';
CREATE INDEX employee_role_employee_id ON tenants.employee_role USING btree (tenant_id, employee_id);
CREATE INDEX employee_role_role_id ON tenants.employee_role USING btree (tenant_id, role_id);
ALTER TABLE tenants.employee_role ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.employee_role FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.employee_role TO comptoir_app;
GRANT SELECT ON TABLE tenants.employee_role TO comptoir_read;

CREATE TABLE tenants.entity (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_name text NOT NULL,
  country text NOT NULL,
  currency text NOT NULL,
  tax_number text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT entity_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT entity_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'::text),
  CONSTRAINT entity_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'::text),
  CONSTRAINT entity_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.entity IS 'class: tenant. A legal person that keeps books in one currency.';
ALTER TABLE tenants.entity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.entity FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.entity TO comptoir_app;
GRANT SELECT ON TABLE tenants.entity TO comptoir_read;

CREATE TABLE tenants.role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  permissions text[] NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT role_name_key UNIQUE (tenant_id, name),
  CONSTRAINT role_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.role IS 'class: tenant. A named set of permissions; * grants all of them, later modules included.';
ALTER TABLE tenants.role ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.role FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.role TO comptoir_app;
GRANT SELECT ON TABLE tenants.role TO comptoir_read;

CREATE TABLE tenants.tenant (
  tenant_id uuid NOT NULL,
  legal_name text NOT NULL,
  locale text NOT NULL,
  time_zone text NOT NULL,
  cash_variance_threshold numeric(19,4) DEFAULT 50 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT tenant_cash_variance_threshold_not_negative CHECK (cash_variance_threshold >= 0::numeric),
  CONSTRAINT tenant_is_not_the_platform CHECK (tenant_id <> '00000000-0000-0000-0000-000000000000'::uuid)
);
COMMENT ON TABLE tenants.tenant IS 'class: tenant. One isolated customer of the installation: a pharmacy, a chain, a marketplace operator.';
ALTER TABLE tenants.tenant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.tenant FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.tenant TO comptoir_app;
GRANT SELECT ON TABLE tenants.tenant TO comptoir_read;

CREATE OR REPLACE FUNCTION tenants.all_tenants()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'tenant' ORDER BY d.tenant_id $function$;
GRANT EXECUTE ON FUNCTION tenants.all_tenants() TO comptoir_jobs;

CREATE OR REPLACE FUNCTION tenants.authenticate(p_session_token text, p_api_key_hash bytea, p_tenant uuid)
 RETURNS TABLE(user_id uuid, session_id uuid, api_key_id uuid, tenant_id uuid, employee_id uuid, permissions text[])
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now timestamptz := transaction_timestamp();
  v_user uuid;
  v_session uuid;
  v_key tenants.api_key;
  v_tenant uuid;
  v_employee uuid;
  v_permissions text[];
BEGIN
  IF p_session_token IS NOT NULL THEN
    SELECT s.user_id, s.id INTO v_user, v_session FROM identity.read_session s WHERE s.token = p_session_token AND s.expires_at > v_now;
    IF NOT FOUND THEN
      RETURN;
    END IF;
    SELECT CASE WHEN p_tenant IS NOT NULL OR count(*) = 1 THEN (array_agg(d.tenant_id))[1] END INTO v_tenant
    FROM tenants.directory d WHERE d.kind = 'user' AND d.key = v_user::text AND (p_tenant IS NULL OR d.tenant_id = p_tenant);
  ELSE
    SELECT d.tenant_id INTO v_tenant FROM tenants.directory d WHERE d.kind = 'api_key' AND d.key = encode(p_api_key_hash, 'hex');
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;

  IF v_tenant IS NOT NULL THEN
    PERFORM platform.set_tenant(v_tenant);
    IF p_session_token IS NULL THEN
      SELECT k.* INTO v_key FROM tenants.api_key k
      WHERE k.tenant_id = v_tenant AND k.secret_hash = p_api_key_hash AND k.revoked_at IS NULL AND k.expires_at > v_now;
      IF NOT FOUND THEN
        RETURN;
      END IF;
    END IF;
    SELECT e.id, e.user_id INTO v_employee, v_user FROM tenants.employee e
    WHERE e.tenant_id = v_tenant AND (e.id = v_key.employee_id OR (v_key.id IS NULL AND e.user_id = v_user))
      AND e.status = 'active' AND e.deleted_at IS NULL;
    IF FOUND THEN
      SELECT coalesce(array_agg(DISTINCT p.permission), '{}') INTO v_permissions
      FROM tenants.employee_role er
      JOIN tenants.role r ON r.tenant_id = er.tenant_id AND r.id = er.role_id AND r.deleted_at IS NULL
      CROSS JOIN unnest(r.permissions) AS p (permission)
      WHERE er.tenant_id = v_tenant AND er.employee_id = v_employee AND er.valid @> v_now;
      IF v_key.id IS NOT NULL AND NOT v_key.permissions @> '{*}' THEN
        v_permissions := array(
          SELECT k.permission FROM unnest(v_key.permissions) AS k (permission)
          WHERE v_permissions @> '{*}' OR k.permission = ANY (v_permissions));
      END IF;
    ELSIF v_key.id IS NOT NULL THEN
      RETURN;
    ELSE
      SELECT s.user_id INTO v_user FROM identity.read_session s WHERE s.id = v_session;
      v_tenant := NULL;
    END IF;
  END IF;

  RETURN QUERY SELECT v_user, v_session, v_key.id, v_tenant, v_employee, coalesce(v_permissions, '{}');
END
$function$;
COMMENT ON FUNCTION tenants.authenticate(text,bytea,uuid) IS 'sets the tenant itself: it runs before one is known, and shows a caller nothing but what their credential opens.';
GRANT EXECUTE ON FUNCTION tenants.authenticate(text,bytea,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.register(p_tenant uuid, p_kind text, p_key text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.directory (kind, key, tenant_id) VALUES (p_kind, p_key, p_tenant) ON CONFLICT DO NOTHING;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.register(uuid,text,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.tenants_of_user(p_user uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'user' AND d.key = p_user::text ORDER BY d.tenant_id $function$;
GRANT EXECUTE ON FUNCTION tenants.tenants_of_user(uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.unregister(p_tenant uuid, p_kind text, p_key text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM tenants.directory d WHERE d.kind = p_kind AND d.key = p_key AND d.tenant_id = p_tenant;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.unregister(uuid,text,text) TO comptoir_app;
