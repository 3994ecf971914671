-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

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
  severity text NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, seq, recorded_at),
  CONSTRAINT entry_hash_is_sha256 CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32),
  CONSTRAINT entry_severity_known CHECK (severity = ANY (ARRAY['info'::text, 'notice'::text, 'warning'::text, 'critical'::text]))
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE audit.entry IS 'class: tenant, append-only. body is the exact text that was hashed; the other columns are derived from it for search.';
CREATE INDEX entry_actor_id ON ONLY audit.entry USING btree (tenant_id, actor_id, recorded_at, seq);
CREATE INDEX entry_event ON ONLY audit.entry USING btree (tenant_id, event, recorded_at, seq);
CREATE INDEX entry_recorded_at ON ONLY audit.entry USING btree (tenant_id, recorded_at, seq);
CREATE INDEX entry_resource ON ONLY audit.entry USING btree (tenant_id, resource_type, resource_id, seq);
CREATE INDEX entry_severity ON ONLY audit.entry USING btree (tenant_id, severity, recorded_at, seq) WHERE severity <> 'info'::text;
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

CREATE TABLE audit.verification (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  started_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone NOT NULL,
  entries bigint NOT NULL,
  intact boolean NOT NULL,
  first_broken_seq bigint,
  reason text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT verification_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT verification_entries_not_negative CHECK (entries >= 0),
  CONSTRAINT verification_names_its_fault CHECK (intact = (reason IS NULL) AND (first_broken_seq IS NULL OR NOT intact))
);
COMMENT ON TABLE audit.verification IS 'class: tenant, append-only. What a verification of the chain found: so many entries hold; if something is wrong, what, and the first entry that does not hold. Written only by audit.record_verification.';
ALTER TABLE audit.verification ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON audit.verification FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON audit.verification FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE audit.verification TO comptoir_app;
GRANT SELECT ON TABLE audit.verification TO comptoir_read;
REVOKE TRUNCATE ON TABLE audit.verification FROM comptoir_owner;

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
BEGIN
  CALL platform.make_partitions('audit.entry', p_from, p_until, '{"tenant_id, seq", "tenant_id, previous_hash"}');
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

  INSERT INTO audit.entry (tenant_id, seq, recorded_at, event, severity, actor_id, session_id, resource_type, resource_id, body, previous_hash, hash)
  SELECT p_tenant, link.seq, v_now, entry.event, coalesce(entry.severity, 'info'), entry.actor_id, entry.session_id,
         entry.resource_type, entry.resource_id, link.body, link.previous_hash, link.hash
  FROM unnest(v_seqs, v_bodies, v_previous, v_hashes) WITH ORDINALITY AS link (seq, body, previous_hash, hash, position)
  JOIN ROWS FROM (jsonb_to_recordset(p_entries) AS (event text, severity text, actor_id uuid, session_id uuid, resource_type text, resource_id text))
       WITH ORDINALITY AS entry (event, severity, actor_id, session_id, resource_type, resource_id, position) USING (position);

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

CREATE OR REPLACE FUNCTION audit.record_verification(p_tenant uuid, p_verifications jsonb)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  INSERT INTO audit.verification (tenant_id, id, started_at, finished_at, entries, intact, first_broken_seq, reason)
  SELECT p_tenant, v.id, v.started_at, v.finished_at, v.entries, v.intact, v.first_broken_seq, v.reason
  FROM ROWS FROM (jsonb_to_recordset(p_verifications) AS (id uuid, started_at timestamptz, finished_at timestamptz,
         entries bigint, intact boolean, first_broken_seq bigint, reason text))
       WITH ORDINALITY AS v (id, started_at, finished_at, entries, intact, first_broken_seq, reason, position)
  ORDER BY v.position
  RETURNING verification.id;
END
$function$;
COMMENT ON FUNCTION audit.record_verification(uuid,jsonb) IS 'The only writer of what verifications found.';
GRANT EXECUTE ON FUNCTION audit.record_verification(uuid,jsonb) TO comptoir_app;
