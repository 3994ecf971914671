-- Chains entries of one tenant. Takes [{event, severity, environment, actor_id, session_id, api_key_id, request_id,
-- resource_type, resource_id, input, old_values, new_values, refusal}, …]; returns one row per entry, in order. The head
-- row is the last lock a transaction takes: it is held until commit, so whoever holds it must have nothing left to wait for.
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

  INSERT INTO audit.entry (tenant_id, seq, recorded_at, event, severity, actor_id, session_id, resource_type, resource_id, body, previous_hash, hash)
  SELECT p_tenant, link.seq, v_now, entry.event, coalesce(entry.severity, 'info'), entry.actor_id, entry.session_id,
         entry.resource_type, entry.resource_id, link.body, link.previous_hash, link.hash
  FROM unnest(v_seqs, v_bodies, v_previous, v_hashes) WITH ORDINALITY AS link (seq, body, previous_hash, hash, position)
  JOIN ROWS FROM (jsonb_to_recordset(p_entries) AS (event text, severity text, actor_id uuid, session_id uuid, resource_type text, resource_id text))
       WITH ORDINALITY AS entry (event, severity, actor_id, session_id, resource_type, resource_id, position) USING (position);

  UPDATE audit.head h SET seq = v_seq, hash = v_hash, updated_at = v_now WHERE h.tenant_id = p_tenant;

  RETURN QUERY SELECT link.seq, link.hash FROM unnest(v_seqs, v_hashes) AS link (seq, hash);
END
$$;
COMMENT ON FUNCTION audit.record(uuid, jsonb) IS 'The only writer of the audit chain.';
GRANT EXECUTE ON FUNCTION audit.record(uuid, jsonb) TO comptoir_app;

-- Keeps what verifications of one tenant's chain found. Takes [{id, started_at, finished_at, entries, intact,
-- first_broken_seq, reason}, …]; returns the ids, in order.
CREATE OR REPLACE FUNCTION audit.record_verification(p_tenant uuid, p_verifications jsonb) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION audit.record_verification(uuid, jsonb) IS 'The only writer of what verifications found.';
GRANT EXECUTE ON FUNCTION audit.record_verification(uuid, jsonb) TO comptoir_app;

-- Makes the monthly partitions of the chain from the month of p_from up to and including the month of p_until.
CREATE OR REPLACE FUNCTION audit.make_partitions(p_from date, p_until date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  CALL platform.make_partitions('audit.entry', p_from, p_until, '{"tenant_id, seq", "tenant_id, previous_hash"}');
END
$$;
COMMENT ON FUNCTION audit.make_partitions(date, date) IS 'Keeps the chain''s partitions ahead of the calendar; run by a job and by migrate.';
GRANT EXECUTE ON FUNCTION audit.make_partitions(date, date) TO comptoir_jobs;

-- Makes a public key known, once; returns its id. A key that is known stays as it is.
CREATE OR REPLACE FUNCTION audit.add_signing_key(p_public_key bytea, p_endorsed_by text, p_endorsement bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id text := left(encode(sha256(p_public_key), 'hex'), 16);
BEGIN
  INSERT INTO audit.signing_key (id, public_key, endorsed_by, endorsement)
  VALUES (v_id, p_public_key, p_endorsed_by, p_endorsement) ON CONFLICT (id) DO NOTHING;
  RETURN v_id;
END
$$;
COMMENT ON FUNCTION audit.add_signing_key(bytea, text, bytea) IS 'The only writer of the keys of checkpoints.';
GRANT EXECUTE ON FUNCTION audit.add_signing_key(bytea, text, bytea) TO comptoir_app;

-- Keeps signed checkpoints of one tenant. Takes [{id, body, signature}, …], the signature in base64; returns one row each,
-- in order: whether it was kept. One is not kept when its body speaks of another tenant or of an entry that is not there
-- with that hash, or when the entry has a checkpoint of that reason already.
CREATE OR REPLACE FUNCTION audit.record_checkpoints(p_tenant uuid, p_checkpoints jsonb)
RETURNS TABLE (id uuid, kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION audit.record_checkpoints(uuid, jsonb) IS 'The only writer of checkpoints.';
GRANT EXECUTE ON FUNCTION audit.record_checkpoints(uuid, jsonb) TO comptoir_app;
