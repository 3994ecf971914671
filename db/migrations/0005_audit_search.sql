-- Up Migration

-- What searching the chain needs, and what the nightly verification found.

-- Of an entry whose body somebody ruined it is a guess: that is for the verifier to tell, not for a migration to fail on.
ALTER TABLE audit.entry ADD COLUMN severity text GENERATED ALWAYS AS (
  CASE WHEN body IS JSON OBJECT AND body::jsonb ->> 'severity' IN ('notice', 'warning', 'critical')
       THEN body::jsonb ->> 'severity' ELSE 'info' END) STORED;
-- New ones are given by audit.record, which has the body's parts at hand.
ALTER TABLE audit.entry ALTER COLUMN severity DROP EXPRESSION;
ALTER TABLE audit.entry ALTER COLUMN severity SET NOT NULL;
ALTER TABLE audit.entry ADD CONSTRAINT entry_severity_known CHECK (severity IN ('info', 'notice', 'warning', 'critical'));

-- Each ends in the order of every search, so that a page is a range of one index a month, read from its end.
CREATE INDEX entry_recorded_at ON audit.entry (tenant_id, recorded_at, seq);
CREATE INDEX entry_event ON audit.entry (tenant_id, event, recorded_at, seq);
CREATE INDEX entry_actor_id ON audit.entry (tenant_id, actor_id, recorded_at, seq);
CREATE INDEX entry_resource ON audit.entry (tenant_id, resource_type, resource_id, recorded_at, seq);
-- Nearly every entry is of severity info; the others are what somebody looks for, and few.
CREATE INDEX entry_severity ON audit.entry (tenant_id, severity, recorded_at, seq) WHERE severity <> 'info';

CREATE TABLE audit.verification (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  entries bigint NOT NULL,
  intact boolean NOT NULL,
  first_broken_seq bigint,
  reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT verification_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT verification_entries_not_negative CHECK (entries >= 0),
  -- A forged checkpoint breaks a chain all of whose links hold.
  CONSTRAINT verification_names_its_fault CHECK (intact = (reason IS NULL) AND (first_broken_seq IS NULL OR NOT intact))
);
COMMENT ON TABLE audit.verification IS
  'class: tenant, append-only. What a verification of the chain found: so many entries hold; if something is wrong, what, and the first entry that does not hold. Written only by audit.record_verification.';
CALL platform.isolate('audit.verification');
CALL platform.append_only('audit.verification');
GRANT SELECT ON audit.verification TO comptoir_app, comptoir_read;

-- Down Migration

DROP FUNCTION audit.record_verification(uuid, jsonb);
DROP TABLE audit.verification;
DROP INDEX audit.entry_recorded_at;
DROP INDEX audit.entry_event;
DROP INDEX audit.entry_actor_id;
DROP INDEX audit.entry_resource;
ALTER TABLE audit.entry DROP COLUMN severity;

-- As it was before the column: taking this migration back leaves an entry too.
CREATE OR REPLACE FUNCTION audit.record(p_tenant uuid, p_entries jsonb)
RETURNS TABLE (seq bigint, hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
