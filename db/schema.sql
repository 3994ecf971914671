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

CREATE SCHEMA cash AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA cash TO comptoir_app;
GRANT USAGE ON SCHEMA cash TO comptoir_read;

CREATE TABLE cash.count (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,
  notes text,
  actor_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT count_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT count_number_key UNIQUE (tenant_id, session_id, number),
  CONSTRAINT count_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE cash.count IS 'class: tenant, append-only. A count of what a session has; the last one counts.';
ALTER TABLE cash.count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON cash.count FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON cash.count FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE cash.count TO comptoir_app;
GRANT SELECT ON TABLE cash.count TO comptoir_read;
REVOKE TRUNCATE ON TABLE cash.count FROM comptoir_owner;

CREATE TABLE cash.count_line (
  tenant_id uuid NOT NULL,
  count_id uuid NOT NULL,
  tender_kind text NOT NULL,
  expected numeric(19,4) NOT NULL,
  counted numeric(19,4) NOT NULL,
  denominations jsonb DEFAULT '[]'::jsonb NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT count_line_pkey PRIMARY KEY (tenant_id, count_id, tender_kind),
  CONSTRAINT count_line_cash_not_negative CHECK (counted >= 0::numeric OR tender_kind <> 'cash'::text),
  CONSTRAINT count_line_denominations_are_a_list CHECK (jsonb_typeof(denominations) = 'array'::text),
  CONSTRAINT count_line_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES cash.count(tenant_id, id)
);
COMMENT ON TABLE cash.count_line IS 'class: tenant, append-only. What was counted of one kind of tender, in which coins and notes, and what the books expected at that moment. What others pay out is below zero where more was given back than taken.';
ALTER TABLE cash.count_line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON cash.count_line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON cash.count_line FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE cash.count_line TO comptoir_app;
GRANT SELECT ON TABLE cash.count_line TO comptoir_read;
REVOKE TRUNCATE ON TABLE cash.count_line FROM comptoir_owner;

CREATE TABLE cash.movement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  kind text NOT NULL,
  amount numeric(19,4) NOT NULL,
  against text NOT NULL,
  reason text NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT movement_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT movement_amount_above_zero CHECK (amount > 0::numeric),
  CONSTRAINT movement_kind_known CHECK (kind = ANY (ARRAY['pay_in'::text, 'pay_out'::text, 'drop'::text])),
  CONSTRAINT movement_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE cash.movement IS 'class: tenant, append-only. Cash that came into a drawer or left it and was no sale; its journal has the same id.';
CREATE INDEX movement_session_id ON cash.movement USING btree (tenant_id, session_id, id);
ALTER TABLE cash.movement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON cash.movement FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON cash.movement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE cash.movement TO comptoir_app;
GRANT SELECT ON TABLE cash.movement TO comptoir_read;
REVOKE TRUNCATE ON TABLE cash.movement FROM comptoir_owner;

CREATE TABLE cash.safe_movement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  kind text NOT NULL,
  amount numeric(19,4) NOT NULL,
  against text NOT NULL,
  reason text NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT safe_movement_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT safe_movement_amount_above_zero CHECK (amount > 0::numeric),
  CONSTRAINT safe_movement_kind_known CHECK (kind = ANY (ARRAY['put_in'::text, 'take_out'::text])),
  CONSTRAINT safe_movement_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE cash.safe_movement IS 'class: tenant, append-only. Cash that came into the safe of a branch or left it, such as for the bank, beside what sessions bring and take; its journal has the same id.';
CREATE INDEX safe_movement_branch_id ON cash.safe_movement USING btree (tenant_id, branch_id, id);
ALTER TABLE cash.safe_movement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON cash.safe_movement FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON cash.safe_movement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE cash.safe_movement TO comptoir_app;
GRANT SELECT ON TABLE cash.safe_movement TO comptoir_read;
REVOKE TRUNCATE ON TABLE cash.safe_movement FROM comptoir_owner;

CREATE TABLE cash.session (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  register_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  entity_id uuid NOT NULL,
  currency text NOT NULL,
  late_of uuid,
  float_amount numeric(19,4) NOT NULL,
  is_blind boolean NOT NULL,
  variance_threshold numeric(19,4) NOT NULL,
  pay_out_limit numeric(19,4) NOT NULL,
  status text DEFAULT 'open'::text NOT NULL,
  reconciliation text,
  offline_transaction_count integer,
  opened_by uuid,
  opened_at timestamp with time zone NOT NULL,
  closed_by uuid,
  closed_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT session_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT session_number_key UNIQUE (tenant_id, number),
  CONSTRAINT session_closed_at_once_closed CHECK ((status = 'closed'::text) = (closed_at IS NOT NULL)),
  CONSTRAINT session_float_not_negative CHECK (float_amount >= 0::numeric AND (late_of IS NULL OR float_amount = 0::numeric)),
  CONSTRAINT session_limits_not_negative CHECK (variance_threshold >= 0::numeric AND pay_out_limit >= 0::numeric),
  CONSTRAINT session_reconciled_once_it_ends CHECK ((status = 'open'::text) = (reconciliation IS NULL) AND (status = 'closed'::text) = (NOT reconciliation IS DISTINCT FROM 'closed'::text)),
  CONSTRAINT session_reconciliation_known CHECK (reconciliation = ANY (ARRAY['draft'::text, 'escalated'::text, 'closed'::text])),
  CONSTRAINT session_status_known CHECK (status = ANY (ARRAY['open'::text, 'pending_reconciliation'::text, 'closed'::text])),
  CONSTRAINT session_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT session_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT session_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT session_late_of_fkey FOREIGN KEY (tenant_id, late_of) REFERENCES cash.session(tenant_id, id),
  CONSTRAINT session_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id)
);
COMMENT ON TABLE cash.session IS 'class: tenant. A register at work, from its float to its reconciliation; status is what the last row of cash.step made it. Who sells or moves cash shares its row, who moves it on holds it alone, before stock and accounts. A late session takes what was sold offline before the session of late_of ended. Whether it is counted blind, and its limits, are as they were set when it was opened: who works in it cannot move them.';
CREATE INDEX session_branch_id ON cash.session USING btree (tenant_id, branch_id, number);
CREATE INDEX session_currency ON cash.session USING btree (currency);
CREATE INDEX session_entity_id ON cash.session USING btree (tenant_id, entity_id);
CREATE UNIQUE INDEX session_late_key ON cash.session USING btree (tenant_id, late_of) WHERE status = 'open'::text AND late_of IS NOT NULL;
CREATE INDEX session_late_of ON cash.session USING btree (tenant_id, late_of);
CREATE UNIQUE INDEX session_open_key ON cash.session USING btree (tenant_id, register_id) WHERE status = 'open'::text AND late_of IS NULL;
CREATE INDEX session_register_id ON cash.session USING btree (tenant_id, register_id, number);
CREATE INDEX session_unsettled ON cash.session USING btree (tenant_id, branch_id, opened_at, id) WHERE status <> 'closed'::text;
ALTER TABLE cash.session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON cash.session FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE cash.session TO comptoir_app;
GRANT SELECT ON TABLE cash.session TO comptoir_read;

CREATE TABLE cash.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  reason text,
  amount_impact numeric(19,4),
  detail jsonb DEFAULT '{}'::jsonb NOT NULL,
  journal_id uuid,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, session_id, number),
  CONSTRAINT step_action_known CHECK (action = ANY (ARRAY['open'::text, 'close'::text, 'count'::text, 'escalation'::text, 'recount'::text, 'adjustment'::text, 'transaction_fix'::text, 'write_off'::text, 'settle'::text, 'approve'::text])),
  CONSTRAINT step_explains_itself CHECK (reason IS NOT NULL OR (action = ANY (ARRAY['open'::text, 'close'::text, 'count'::text, 'escalation'::text, 'settle'::text, 'approve'::text]))),
  CONSTRAINT step_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE cash.step IS 'class: tenant, append-only. Who moved a session on or explained a variance, when and why; amount_impact is by how much the variance of the session changed, and detail what else belongs to the action.';
ALTER TABLE cash.step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON cash.step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON cash.step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE cash.step TO comptoir_app;
GRANT SELECT ON TABLE cash.step TO comptoir_read;
REVOKE TRUNCATE ON TABLE cash.step FROM comptoir_owner;

CREATE VIEW cash.read_unsettled WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    number,
    branch_id,
    register_id,
    status,
    reconciliation,
    late_of,
    opened_by,
    opened_at
   FROM cash.session s
  WHERE status <> 'closed'::text;
COMMENT ON VIEW cash.read_unsettled IS 'Published: sessions that are open, or not reconciled yet.';
GRANT SELECT ON TABLE cash.read_unsettled TO comptoir_app;
GRANT SELECT ON TABLE cash.read_unsettled TO comptoir_read;

CREATE VIEW cash.read_variance WITH (security_invoker=true) AS
 SELECT s.tenant_id,
    s.id AS session_id,
    s.number,
    s.branch_id,
    s.currency,
    s.status,
    s.is_blind,
    s.opened_by,
    s.opened_at,
    l.tender_kind,
    l.expected,
    l.counted
   FROM cash.session s
     CROSS JOIN LATERAL ( SELECT c_1.id
           FROM cash.count c_1
          WHERE c_1.tenant_id = s.tenant_id AND c_1.session_id = s.id
          ORDER BY c_1.number DESC
         LIMIT 1) c
     JOIN cash.count_line l ON l.tenant_id = s.tenant_id AND l.count_id = c.id;
COMMENT ON VIEW cash.read_variance IS 'Published: what the last count of a session found of each kind of tender, and what the books expected then.';
GRANT SELECT ON TABLE cash.read_variance TO comptoir_app;
GRANT SELECT ON TABLE cash.read_variance TO comptoir_read;

CREATE OR REPLACE FUNCTION cash.hold(p_tenant uuid, p_sessions uuid[], p_alone boolean)
 RETURNS TABLE(id uuid, number bigint, register_id uuid, branch_id uuid, entity_id uuid, currency text, status text, late_of uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_alone THEN
    RETURN QUERY
    SELECT s.id, s.number, s.register_id, s.branch_id, s.entity_id, s.currency, s.status, s.late_of FROM cash.session s
    WHERE s.tenant_id = p_tenant AND s.id = ANY (p_sessions) ORDER BY s.id FOR NO KEY UPDATE;
  ELSE
    RETURN QUERY
    SELECT s.id, s.number, s.register_id, s.branch_id, s.entity_id, s.currency, s.status, s.late_of FROM cash.session s
    WHERE s.tenant_id = p_tenant AND s.id = ANY (p_sessions) ORDER BY s.id FOR SHARE;
  END IF;
END
$function$;
COMMENT ON FUNCTION cash.hold(uuid,uuid[],boolean) IS 'Holds sessions: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION cash.hold(uuid,uuid[],boolean) TO comptoir_app;

CREATE OR REPLACE FUNCTION cash.move_on(p_tenant uuid, p_step jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT s.* INTO v_step FROM jsonb_to_record(p_step) AS s (
    id uuid, session_id uuid, version integer, action text, reason text, amount_impact numeric, detail jsonb, journal_id uuid,
    actor_id uuid, status text, reconciliation text, offline_transaction_count integer);
  UPDATE cash.session s SET
    status = v_step.status, reconciliation = v_step.reconciliation,
    offline_transaction_count = coalesce(v_step.offline_transaction_count, s.offline_transaction_count),
    closed_by = CASE WHEN v_step.status = 'closed' THEN v_step.actor_id END,
    closed_at = CASE WHEN v_step.status = 'closed' THEN v_now END,
    version = s.version + 1, updated_at = v_now
  WHERE s.tenant_id = p_tenant AND s.id = v_step.session_id AND s.version = v_step.version AND s.status <> 'closed'
    AND NOT (v_step.action IN ('recount', 'adjustment', 'transaction_fix', 'write_off', 'approve') AND (
      s.opened_by IS NOT DISTINCT FROM v_step.actor_id
      OR EXISTS (SELECT FROM cash.count c WHERE c.tenant_id = p_tenant AND c.session_id = s.id AND c.actor_id = v_step.actor_id)));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'session % does not take the step %', v_step.session_id, v_step.action;
  END IF;
  INSERT INTO cash.step (tenant_id, id, session_id, number, action, reason, amount_impact, detail, journal_id, actor_id, recorded_at)
  SELECT p_tenant, v_step.id, v_step.session_id, max(s.number) + 1, v_step.action, v_step.reason, v_step.amount_impact,
         coalesce(v_step.detail, '{}'), v_step.journal_id, v_step.actor_id, v_now
  FROM cash.step s WHERE s.tenant_id = p_tenant AND s.session_id = v_step.session_id;
END
$function$;
COMMENT ON FUNCTION cash.move_on(uuid,jsonb) IS 'The only way a session changes its status.';
GRANT EXECUTE ON FUNCTION cash.move_on(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION cash.open(p_tenant uuid, p_session jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_session record;
  v_number bigint;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT s.* INTO v_session FROM jsonb_to_record(p_session) AS s (
    id uuid, step_id uuid, register_id uuid, branch_id uuid, entity_id uuid, currency text, late_of uuid, float_amount numeric,
    is_blind boolean, variance_threshold numeric, pay_out_limit numeric, actor_id uuid, opened_at timestamptz);
  v_number := tenants.next_number(p_tenant, 'cash.session');
  INSERT INTO cash.session (tenant_id, id, number, register_id, branch_id, entity_id, currency, late_of, float_amount, is_blind,
    variance_threshold, pay_out_limit, opened_by, opened_at)
  VALUES (p_tenant, v_session.id, v_number, v_session.register_id, v_session.branch_id, v_session.entity_id, v_session.currency,
    v_session.late_of, v_session.float_amount, v_session.is_blind, v_session.variance_threshold, v_session.pay_out_limit, v_session.actor_id,
    least(v_session.opened_at, v_now));
  INSERT INTO cash.step (tenant_id, id, session_id, number, action, amount_impact, journal_id, actor_id, recorded_at)
  VALUES (p_tenant, v_session.step_id, v_session.id, 1, 'open', v_session.float_amount,
    CASE WHEN v_session.float_amount > 0 THEN v_session.step_id END, v_session.actor_id, v_now);
  RETURN v_number;
END
$function$;
COMMENT ON FUNCTION cash.open(uuid,jsonb) IS 'The only way a session begins.';
GRANT EXECUTE ON FUNCTION cash.open(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION cash.open_late(p_tenant uuid, p_late jsonb)
 RETURNS TABLE(id uuid, is_new boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_late record;
  v_session cash.session;
  v_id uuid;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT l.* INTO v_late FROM jsonb_to_record(p_late) AS l (session_id uuid, id uuid, step_id uuid, actor_id uuid);
  SELECT s.* INTO v_session FROM cash.session s WHERE s.tenant_id = p_tenant AND s.id = v_late.session_id;
  IF v_session.late_of IS NOT NULL AND v_session.status <> 'open' THEN
    SELECT s.* INTO v_session FROM cash.session s WHERE s.tenant_id = p_tenant AND s.id = v_session.late_of;
  END IF;
  SELECT s.* INTO v_session FROM cash.session s WHERE s.tenant_id = p_tenant AND s.id = v_session.id FOR NO KEY UPDATE;
  IF v_session.id IS NULL OR v_session.status = 'open' THEN
    RETURN;
  END IF;
  SELECT s.id INTO v_id FROM cash.session s
  WHERE s.tenant_id = p_tenant AND s.late_of = v_session.id AND s.status = 'open' FOR SHARE;
  IF v_id IS NULL THEN
    PERFORM cash.open(p_tenant, jsonb_build_object(
      'id', v_late.id, 'step_id', v_late.step_id, 'register_id', v_session.register_id, 'branch_id', v_session.branch_id,
      'entity_id', v_session.entity_id, 'currency', v_session.currency, 'late_of', v_session.id, 'float_amount', 0,
      'is_blind', v_session.is_blind, 'variance_threshold', v_session.variance_threshold, 'pay_out_limit', v_session.pay_out_limit,
      'actor_id', v_late.actor_id));
  END IF;
  RETURN QUERY SELECT coalesce(v_id, v_late.id), v_id IS NULL;
END
$function$;
COMMENT ON FUNCTION cash.open_late(uuid,jsonb) IS 'The only way a late session begins.';
GRANT EXECUTE ON FUNCTION cash.open_late(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION cash.record_count(p_tenant uuid, p_count jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_count record;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT c.* INTO v_count FROM jsonb_to_record(p_count) AS c (id uuid, session_id uuid, notes text, actor_id uuid, lines jsonb);
  INSERT INTO cash.count (tenant_id, id, session_id, number, notes, actor_id, recorded_at)
  SELECT p_tenant, v_count.id, v_count.session_id, coalesce(max(c.number), 0) + 1, v_count.notes, v_count.actor_id, v_now
  FROM cash.count c WHERE c.tenant_id = p_tenant AND c.session_id = v_count.session_id;
  INSERT INTO cash.count_line (tenant_id, count_id, tender_kind, expected, counted, denominations, recorded_at)
  SELECT p_tenant, v_count.id, l.tender_kind, l.expected, l.counted, l.denominations, v_now
  FROM jsonb_to_recordset(v_count.lines) AS l (tender_kind text, expected numeric, counted numeric, denominations jsonb);
END
$function$;
COMMENT ON FUNCTION cash.record_count(uuid,jsonb) IS 'The only writer of what was counted of a session.';
GRANT EXECUTE ON FUNCTION cash.record_count(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION cash.record_movement(p_tenant uuid, p_movement jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO cash.movement (tenant_id, id, session_id, kind, amount, against, reason, actor_id, recorded_at)
  SELECT p_tenant, m.id, m.session_id, m.kind, m.amount, m.against, m.reason, m.actor_id, transaction_timestamp()
  FROM jsonb_to_record(p_movement) AS m (id uuid, session_id uuid, kind text, amount numeric, against text, reason text, actor_id uuid);
END
$function$;
COMMENT ON FUNCTION cash.record_movement(uuid,jsonb) IS 'The only writer of movements of cash.';
GRANT EXECUTE ON FUNCTION cash.record_movement(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION cash.record_safe_movement(p_tenant uuid, p_movement jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO cash.safe_movement (tenant_id, id, branch_id, kind, amount, against, reason, actor_id, recorded_at)
  SELECT p_tenant, m.id, m.branch_id, m.kind, m.amount, m.against, m.reason, m.actor_id, transaction_timestamp()
  FROM jsonb_to_record(p_movement) AS m (id uuid, branch_id uuid, kind text, amount numeric, against text, reason text, actor_id uuid);
END
$function$;
COMMENT ON FUNCTION cash.record_safe_movement(uuid,jsonb) IS 'The only writer of movements of safes.';
GRANT EXECUTE ON FUNCTION cash.record_safe_movement(uuid,jsonb) TO comptoir_app;

CREATE SCHEMA catalog AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA catalog TO comptoir_app;
GRANT USAGE ON SCHEMA catalog TO comptoir_read;

CREATE TABLE catalog.barcode (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  pack_id uuid,
  kind text NOT NULL,
  code text NOT NULL,
  key text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT barcode_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT barcode_kind_known CHECK (kind = ANY (ARRAY['ean_8'::text, 'upc_a'::text, 'ean_13'::text, 'itf_14'::text, 'internal'::text, 'in_store'::text])),
  CONSTRAINT barcode_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack(tenant_id, id),
  CONSTRAINT barcode_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.barcode IS 'class: tenant. What a scanner reads on a variant or a pack of it. key is what it is looked up by: a GTIN has 14 digits, whatever it was printed as.';
CREATE UNIQUE INDEX barcode_key_key ON catalog.barcode USING btree (tenant_id, key) WHERE deleted_at IS NULL;
CREATE INDEX barcode_pack_id ON catalog.barcode USING btree (tenant_id, pack_id);
CREATE INDEX barcode_variant_id ON catalog.barcode USING btree (tenant_id, variant_id);
ALTER TABLE catalog.barcode ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.barcode FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.barcode TO comptoir_app;
GRANT SELECT ON TABLE catalog.barcode TO comptoir_read;
GRANT UPDATE (version, updated_at, deleted_at) ON TABLE catalog.barcode TO comptoir_app;

CREATE TABLE catalog.category (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  parent_id uuid,
  name text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT category_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT category_not_in_itself CHECK (parent_id <> id),
  CONSTRAINT category_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES catalog.category(tenant_id, id)
);
COMMENT ON TABLE catalog.category IS 'class: tenant. A place of products in a tree; the commands see to it that no branch of it bites its tail.';
CREATE UNIQUE INDEX category_name_key ON catalog.category USING btree (tenant_id, parent_id, lower(name)) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE INDEX category_parent_id ON catalog.category USING btree (tenant_id, parent_id);
ALTER TABLE catalog.category ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.category FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.category TO comptoir_app;
GRANT SELECT ON TABLE catalog.category TO comptoir_read;
GRANT UPDATE (parent_id, name, version, updated_at, deleted_at) ON TABLE catalog.category TO comptoir_app;

CREATE TABLE catalog.kit_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kit_id uuid NOT NULL,
  component_id uuid NOT NULL,
  quantity numeric(19,6) NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT kit_line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT kit_line_component_key UNIQUE (tenant_id, kit_id, component_id),
  CONSTRAINT kit_line_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT kit_line_component_id_fkey FOREIGN KEY (tenant_id, component_id) REFERENCES catalog.variant(tenant_id, id),
  CONSTRAINT kit_line_kit_id_fkey FOREIGN KEY (tenant_id, kit_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.kit_line IS 'class: tenant. So much of a component is in one of a kit; no component is a kit.';
CREATE INDEX kit_line_component_id ON catalog.kit_line USING btree (tenant_id, component_id);
ALTER TABLE catalog.kit_line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.kit_line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.kit_line TO comptoir_app;
GRANT SELECT ON TABLE catalog.kit_line TO comptoir_read;
GRANT UPDATE (quantity, version, updated_at, deleted_at) ON TABLE catalog.kit_line TO comptoir_app;

CREATE TABLE catalog.pack (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  name text NOT NULL,
  quantity numeric(19,6) NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT pack_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT pack_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT pack_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.pack IS 'class: tenant. A box, tray or roll that holds so much of a variant, in the unit of its product.';
CREATE UNIQUE INDEX pack_name_key ON catalog.pack USING btree (tenant_id, variant_id, name) WHERE deleted_at IS NULL;
CREATE INDEX pack_variant_id ON catalog.pack USING btree (tenant_id, variant_id);
ALTER TABLE catalog.pack ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.pack FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.pack TO comptoir_app;
GRANT SELECT ON TABLE catalog.pack TO comptoir_read;
GRANT UPDATE (name, quantity, version, updated_at, deleted_at) ON TABLE catalog.pack TO comptoir_app;

CREATE TABLE catalog.product (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  description text,
  labels jsonb DEFAULT '[]'::jsonb NOT NULL,
  unit_id uuid NOT NULL,
  tax_class_id uuid NOT NULL,
  category_id uuid,
  hsn_code text,
  is_expiry_tracked boolean NOT NULL,
  is_prescription_only boolean NOT NULL,
  is_open_price boolean NOT NULL,
  is_sellable boolean NOT NULL,
  is_discontinued boolean NOT NULL,
  search_rank smallint GENERATED ALWAYS AS ((length(name) +
CASE
    WHEN is_sellable THEN 0
    ELSE 10000
END)) STORED NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT product_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT product_expiry_of_stock CHECK (kind = 'stocked'::text OR NOT is_expiry_tracked),
  CONSTRAINT product_kind_known CHECK (kind = ANY (ARRAY['stocked'::text, 'service'::text, 'kit'::text])),
  CONSTRAINT product_labels_are_a_list CHECK (jsonb_typeof(labels) = 'array'::text),
  CONSTRAINT product_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES catalog.category(tenant_id, id),
  CONSTRAINT product_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class(tenant_id, id),
  CONSTRAINT product_unit_id_fkey FOREIGN KEY (tenant_id, unit_id) REFERENCES catalog.unit(tenant_id, id)
);
COMMENT ON TABLE catalog.product IS 'class: tenant. What is sold, used or made. Kind and unit stay as they were made, for stock and documents are kept in them.';
CREATE INDEX product_category_id ON catalog.product USING btree (tenant_id, category_id, id);
CREATE INDEX product_name ON catalog.product USING btree (tenant_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX product_tax_class_id ON catalog.product USING btree (tenant_id, tax_class_id);
CREATE INDEX product_unit_id ON catalog.product USING btree (tenant_id, unit_id);
ALTER TABLE catalog.product ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.product FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.product TO comptoir_app;
GRANT SELECT ON TABLE catalog.product TO comptoir_read;
GRANT UPDATE (name, description, labels, tax_class_id, category_id, hsn_code, is_expiry_tracked, is_prescription_only, is_open_price, is_sellable, is_discontinued, version, updated_at, deleted_at) ON TABLE catalog.product TO comptoir_app;

CREATE TABLE catalog.term (
  tenant_id uuid NOT NULL,
  term text NOT NULL,
  rank smallint NOT NULL,
  variant_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT term_pkey PRIMARY KEY (tenant_id, term, rank, variant_id),
  CONSTRAINT term_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.term IS 'class: tenant. The words, parts of words and codes by which a variant is found, each by equality; written only by catalog.index_terms, from what the product says, with its search_rank.';
CREATE INDEX term_variant_id ON catalog.term USING btree (tenant_id, variant_id);
ALTER TABLE catalog.term ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.term FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE catalog.term TO comptoir_app;
GRANT SELECT ON TABLE catalog.term TO comptoir_read;

CREATE TABLE catalog.unit (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  dimension text NOT NULL,
  size numeric(24,12) NOT NULL,
  decimals smallint NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT unit_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT unit_code_key UNIQUE (tenant_id, code),
  CONSTRAINT unit_decimals_in_range CHECK (decimals >= 0 AND decimals <= 6),
  CONSTRAINT unit_dimension_known CHECK (dimension = ANY (ARRAY['count'::text, 'mass'::text, 'volume'::text, 'length'::text, 'area'::text, 'time'::text])),
  CONSTRAINT unit_size_above_zero CHECK (size > 0::numeric)
);
COMMENT ON TABLE catalog.unit IS 'class: tenant. What quantities are counted in, with so many decimals; size is in pieces, kilograms, litres, metres, square metres or hours.';
ALTER TABLE catalog.unit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.unit FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.unit TO comptoir_app;
GRANT SELECT ON TABLE catalog.unit TO comptoir_read;
GRANT UPDATE (name, version, updated_at) ON TABLE catalog.unit TO comptoir_app;

CREATE TABLE catalog.variant (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  sku text,
  sku_key text GENERATED ALWAYS AS (upper(sku COLLATE "C")) STORED,
  options jsonb DEFAULT '[]'::jsonb NOT NULL,
  weight_kg numeric(19,6),
  length_cm numeric(19,6),
  width_cm numeric(19,6),
  height_cm numeric(19,6),
  production_hours numeric(19,6),
  batch_size_min numeric(19,6),
  batch_size_max numeric(19,6),
  cost numeric(19,6),
  cost_currency text,
  allows_negative_stock boolean DEFAULT false NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT variant_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT variant_batch_size_in_order CHECK (batch_size_min > 0::numeric AND batch_size_max >= batch_size_min),
  CONSTRAINT variant_cost_has_a_currency CHECK ((cost IS NULL) = (cost_currency IS NULL)),
  CONSTRAINT variant_cost_not_negative CHECK (cost >= 0::numeric),
  CONSTRAINT variant_measures_not_negative CHECK (weight_kg >= 0::numeric AND length_cm >= 0::numeric AND width_cm >= 0::numeric AND height_cm >= 0::numeric AND production_hours >= 0::numeric),
  CONSTRAINT variant_options_are_a_list CHECK (jsonb_typeof(options) = 'array'::text),
  CONSTRAINT variant_cost_currency_fkey FOREIGN KEY (cost_currency) REFERENCES reference.currency(code),
  CONSTRAINT variant_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product(tenant_id, id)
);
COMMENT ON TABLE catalog.variant IS 'class: tenant. What of a product is counted, priced and scanned: its one form, or one of several by size, colour or the like.';
CREATE INDEX variant_cost_currency ON catalog.variant USING btree (cost_currency);
CREATE UNIQUE INDEX variant_options_key ON catalog.variant USING btree (tenant_id, product_id, lower(options::text)) WHERE deleted_at IS NULL;
CREATE INDEX variant_product_id ON catalog.variant USING btree (tenant_id, product_id);
CREATE INDEX variant_sku_folded ON catalog.variant USING btree (tenant_id, sku_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX variant_sku_key ON catalog.variant USING btree (tenant_id, sku) WHERE deleted_at IS NULL;
ALTER TABLE catalog.variant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.variant FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.variant TO comptoir_app;
GRANT SELECT ON TABLE catalog.variant TO comptoir_read;
GRANT UPDATE (sku, options, weight_kg, length_cm, width_cm, height_cm, production_hours, batch_size_min, batch_size_max, cost, cost_currency, allows_negative_stock, version, updated_at, deleted_at) ON TABLE catalog.variant TO comptoir_app;

CREATE VIEW catalog.read_category WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    name
   FROM catalog.category c;
COMMENT ON VIEW catalog.read_category IS 'Published: what categories are called, deleted ones included.';
GRANT SELECT ON TABLE catalog.read_category TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_category TO comptoir_read;

CREATE VIEW catalog.read_checked_product WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    p.name AS label,
    p.id,
    p.name,
    p.kind,
    p.category_id,
    u.code AS unit,
    p.hsn_code,
    p.is_expiry_tracked,
    p.is_prescription_only,
    p.is_sellable,
    p.is_discontinued,
    p.created_at
   FROM catalog.product p
     JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
  WHERE p.deleted_at IS NULL;
COMMENT ON VIEW catalog.read_checked_product IS 'Published: what rules of quality judge of a product.';
GRANT SELECT ON TABLE catalog.read_checked_product TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_checked_product TO comptoir_read;

CREATE VIEW catalog.read_checked_variant WITH (security_invoker=true) AS
 SELECT v.tenant_id,
    v.id::text AS key,
    concat_ws(' '::text, p.name, v.sku) AS label,
    v.id,
    v.product_id,
    p.name,
    p.kind,
    v.sku,
    ( SELECT min(b.code) AS min
           FROM catalog.barcode b
          WHERE b.tenant_id = v.tenant_id AND b.variant_id = v.id AND b.deleted_at IS NULL) AS barcode,
    v.cost,
    v.cost_currency,
    v.weight_kg,
    v.allows_negative_stock,
    p.is_expiry_tracked,
    p.is_sellable,
    p.is_discontinued,
    v.created_at
   FROM catalog.variant v
     JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
  WHERE v.deleted_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW catalog.read_checked_variant IS 'Published: what rules of quality judge of a variant.';
GRANT SELECT ON TABLE catalog.read_checked_variant TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_checked_variant TO comptoir_read;

CREATE VIEW catalog.read_pack WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    variant_id,
    quantity
   FROM catalog.pack k
  WHERE deleted_at IS NULL;
COMMENT ON VIEW catalog.read_pack IS 'Published for what is ordered by the pack.';
GRANT SELECT ON TABLE catalog.read_pack TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_pack TO comptoir_read;

CREATE VIEW catalog.read_variant WITH (security_invoker=true) AS
 SELECT v.tenant_id,
    v.id,
    v.product_id,
    v.sku,
    p.name,
    p.category_id,
    p.is_discontinued,
    u.code AS unit,
    u.decimals,
    v.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL AS is_deleted
   FROM catalog.variant v
     JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
     JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id;
COMMENT ON VIEW catalog.read_variant IS 'Published for reports about goods: product, category, unit of a variant, deleted ones included: there may be stock of them.';
GRANT SELECT ON TABLE catalog.read_variant TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_variant TO comptoir_read;

CREATE OR REPLACE FUNCTION catalog.index_terms(p_tenant uuid, p_variants jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  DELETE FROM catalog.term t
  USING jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb),
        catalog.variant v JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
  WHERE t.tenant_id = p_tenant AND t.variant_id = given.variant_id AND v.tenant_id = p_tenant AND v.id = given.variant_id
    AND NOT (given.terms ? t.term AND t.rank = p.search_rank);

  INSERT INTO catalog.term (tenant_id, term, rank, variant_id)
  SELECT p_tenant, term.value, p.search_rank, v.id
  FROM jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb)
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = given.variant_id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ON CONFLICT DO NOTHING;
END
$function$;
COMMENT ON FUNCTION catalog.index_terms(uuid,jsonb) IS 'The only writer of terms.';
GRANT EXECUTE ON FUNCTION catalog.index_terms(uuid,jsonb) TO comptoir_app;

CREATE SCHEMA channels AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA channels TO comptoir_app;
GRANT USAGE ON SCHEMA channels TO comptoir_read;

CREATE TABLE channels.channel (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  market_id uuid,
  commission_rate numeric(19,6) NOT NULL,
  endpoint_url text,
  seller_id text,
  is_sync_enabled boolean NOT NULL,
  sync_minutes integer,
  credentials text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT channel_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT channel_commission_rate_in_percent CHECK (commission_rate >= 0::numeric AND commission_rate <= 100::numeric),
  CONSTRAINT channel_sync_minutes_above_zero CHECK (sync_minutes > 0),
  CONSTRAINT channel_sync_of_what_answers CHECK (NOT is_sync_enabled OR type <> 'retail'::text AND num_nonnulls(endpoint_url, sync_minutes) = 2),
  CONSTRAINT channel_type_known CHECK (type = ANY (ARRAY['marketplace'::text, 'direct'::text, 'retail'::text])),
  CONSTRAINT channel_market_id_fkey FOREIGN KEY (tenant_id, market_id) REFERENCES channels.market(tenant_id, id)
);
COMMENT ON TABLE channels.channel IS 'class: tenant. A way of selling: a marketplace, a shop of the tenant''s own on the web, or over the counter; with what it keeps of a sale, in percent.';
COMMENT ON COLUMN channels.channel.credentials IS 'secret';
CREATE INDEX channel_market_id ON channels.channel USING btree (tenant_id, market_id);
CREATE UNIQUE INDEX channel_name_key ON channels.channel USING btree (tenant_id, name) WHERE deleted_at IS NULL;
ALTER TABLE channels.channel ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON channels.channel FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE channels.channel TO comptoir_app;
GRANT UPDATE (name, market_id, commission_rate, endpoint_url, seller_id, is_sync_enabled, sync_minutes, credentials, version, updated_at, deleted_at) ON TABLE channels.channel TO comptoir_app;
GRANT SELECT (tenant_id, id, name, type, market_id, commission_rate, endpoint_url, seller_id, is_sync_enabled, sync_minutes, version, created_at, updated_at, deleted_at) ON TABLE channels.channel TO comptoir_read;

CREATE TABLE channels.market (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  region text,
  currency text NOT NULL,
  shipping_days numeric(9,2),
  requirements jsonb DEFAULT '[]'::jsonb NOT NULL,
  import_notes text,
  customs_notes text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT market_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT market_requirements_are_a_list CHECK (jsonb_typeof(requirements) = 'array'::text),
  CONSTRAINT market_shipping_days_not_negative CHECK (shipping_days >= 0::numeric),
  CONSTRAINT market_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code)
);
COMMENT ON TABLE channels.market IS 'class: tenant. A part of the world that is sold to: its currency, how many days goods travel, and what is required there.';
CREATE UNIQUE INDEX market_code_key ON channels.market USING btree (tenant_id, code) WHERE deleted_at IS NULL;
CREATE INDEX market_currency ON channels.market USING btree (currency);
ALTER TABLE channels.market ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON channels.market FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE channels.market TO comptoir_app;
GRANT SELECT ON TABLE channels.market TO comptoir_read;
GRANT UPDATE (name, region, currency, shipping_days, requirements, import_notes, customs_notes, version, updated_at, deleted_at) ON TABLE channels.market TO comptoir_app;

CREATE SCHEMA counts AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA counts TO comptoir_app;
GRANT USAGE ON SCHEMA counts TO comptoir_read;

CREATE TABLE counts.count (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  branch_id uuid NOT NULL,
  subject text NOT NULL,
  category_id uuid,
  not_counted_for_days integer,
  is_blind boolean NOT NULL,
  frozen_until timestamp with time zone,
  notes text,
  state text DEFAULT 'open'::text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT count_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT count_number_key UNIQUE (tenant_id, number),
  CONSTRAINT count_state_known CHECK (state = ANY (ARRAY['open'::text, 'submitted'::text, 'approved'::text, 'cancelled'::text])),
  CONSTRAINT count_subject_known CHECK (subject = ANY (ARRAY['everything'::text, 'category'::text, 'variants'::text, 'due'::text])),
  CONSTRAINT count_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT count_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES catalog.category(tenant_id, id)
);
COMMENT ON TABLE counts.count IS 'class: tenant. A stocktaking in a branch; state is what the last row of counts.step made it. Who enters lines shares its row, who moves it on holds it alone, before any stock.';
COMMENT ON COLUMN counts.count.notes IS 'personal';
CREATE INDEX count_branch_id ON counts.count USING btree (tenant_id, branch_id, number);
CREATE INDEX count_category_id ON counts.count USING btree (tenant_id, category_id);
ALTER TABLE counts.count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.count FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE counts.count TO comptoir_app;
GRANT SELECT ON TABLE counts.count TO comptoir_read;

CREATE TABLE counts.entry (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  line_id uuid NOT NULL,
  number integer NOT NULL,
  counted numeric(19,6) NOT NULL,
  expected numeric(19,6) NOT NULL,
  level_version bigint NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT entry_number_key UNIQUE (tenant_id, line_id, number),
  CONSTRAINT entry_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count(tenant_id, id),
  CONSTRAINT entry_line_id_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES counts.line(tenant_id, id)
);
COMMENT ON TABLE counts.entry IS 'class: tenant, append-only. What an employee counted; the last one of a line counts.';
CREATE INDEX entry_actor_id ON counts.entry USING btree (tenant_id, count_id, actor_id);
ALTER TABLE counts.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.entry FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON counts.entry FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE counts.entry TO comptoir_app;
GRANT SELECT ON TABLE counts.entry TO comptoir_read;
REVOKE TRUNCATE ON TABLE counts.entry FROM comptoir_owner;

CREATE TABLE counts.line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid GENERATED ALWAYS AS (COALESCE(batch_id, variant_id)) STORED NOT NULL,
  name text NOT NULL,
  sku text,
  batch_number text,
  expected numeric(19,6) NOT NULL,
  level_version bigint NOT NULL,
  counted numeric(19,6),
  counted_by uuid,
  counted_at timestamp with time zone,
  times_counted integer DEFAULT 0 NOT NULL,
  requires_recount boolean DEFAULT false NOT NULL,
  is_recounted boolean DEFAULT false NOT NULL,
  is_open boolean DEFAULT false NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT line_place_key UNIQUE (tenant_id, count_id, variant_id, place, branch_id),
  CONSTRAINT line_counted_by_somebody CHECK ((counted IS NULL) = (times_counted = 0) AND (counted IS NULL) = (counted_at IS NULL)),
  CONSTRAINT line_counted_not_negative CHECK (counted >= 0::numeric),
  CONSTRAINT line_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT line_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT line_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE counts.line IS 'class: tenant. What a count finds of a variant in one batch, or in none: the last of counts.entry, and expected, what the books said when it was made; level_version is how many movements they knew by then. is_open ends with the count.';
CREATE INDEX line_batch_id ON counts.line USING btree (tenant_id, batch_id);
CREATE INDEX line_branch_id ON counts.line USING btree (tenant_id, branch_id);
CREATE INDEX line_name ON counts.line USING btree (tenant_id, count_id, name, id);
CREATE UNIQUE INDEX line_open_key ON counts.line USING btree (tenant_id, branch_id, variant_id, place) WHERE is_open;
CREATE INDEX line_variant_id ON counts.line USING btree (tenant_id, variant_id);
ALTER TABLE counts.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE counts.line TO comptoir_app;
GRANT SELECT ON TABLE counts.line TO comptoir_read;

CREATE TABLE counts.standing (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid GENERATED ALWAYS AS (COALESCE(batch_id, variant_id)) STORED NOT NULL,
  last_counted_at timestamp with time zone,
  requires_recount boolean DEFAULT false NOT NULL,
  reason text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT standing_pkey PRIMARY KEY (tenant_id, branch_id, variant_id, place),
  CONSTRAINT standing_recount_has_a_reason CHECK (NOT requires_recount OR reason IS NOT NULL),
  CONSTRAINT standing_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT standing_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT standing_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE counts.standing IS 'class: tenant. When what a branch has of a variant, in one batch or in none, was last counted with approval, and whether it is to be counted again.';
CREATE INDEX standing_batch_id ON counts.standing USING btree (tenant_id, batch_id);
CREATE INDEX standing_variant_id ON counts.standing USING btree (tenant_id, variant_id);
ALTER TABLE counts.standing ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.standing FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE counts.standing TO comptoir_app;
GRANT SELECT ON TABLE counts.standing TO comptoir_read;

CREATE TABLE counts.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, count_id, number),
  CONSTRAINT step_action_known CHECK (action = ANY (ARRAY['open'::text, 'submit'::text, 'send_back'::text, 'lift_freeze'::text, 'approve'::text, 'cancel'::text])),
  CONSTRAINT step_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count(tenant_id, id)
);
COMMENT ON TABLE counts.step IS 'class: tenant, append-only. Who moved a count on, when and why.';
ALTER TABLE counts.step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON counts.step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE counts.step TO comptoir_app;
GRANT SELECT ON TABLE counts.step TO comptoir_read;
REVOKE TRUNCATE ON TABLE counts.step FROM comptoir_owner;

CREATE VIEW counts.read_due WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.branch_id,
    l.variant_id,
    l.place,
    l.batch_id,
    s.last_counted_at,
    COALESCE(s.requires_recount, false) AS requires_recount,
    s.reason
   FROM inventory.read_place l
     LEFT JOIN counts.standing s ON s.tenant_id = l.tenant_id AND s.branch_id = l.branch_id AND s.variant_id = l.variant_id AND s.place = l.place
  WHERE l.on_hand <> 0::numeric OR l.reserved <> 0::numeric OR s.requires_recount
UNION ALL
 SELECT s.tenant_id,
    s.branch_id,
    s.variant_id,
    s.place,
    s.batch_id,
    s.last_counted_at,
    s.requires_recount,
    s.reason
   FROM counts.standing s
  WHERE s.requires_recount AND NOT (EXISTS ( SELECT
           FROM inventory.read_place l
          WHERE l.tenant_id = s.tenant_id AND l.branch_id = s.branch_id AND l.variant_id = s.variant_id AND l.place = s.place));
COMMENT ON VIEW counts.read_due IS 'What there is to count: places where something lies or is kept for somebody, and those that are to be counted again.';
GRANT SELECT ON TABLE counts.read_due TO comptoir_app;
GRANT SELECT ON TABLE counts.read_due TO comptoir_read;

CREATE VIEW counts.read_standing WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    variant_id,
    batch_id,
    place,
    last_counted_at,
    requires_recount
   FROM counts.standing s;
COMMENT ON VIEW counts.read_standing IS 'Published: when stock was last counted, and whether it is to be counted again.';
GRANT SELECT ON TABLE counts.read_standing TO comptoir_app;
GRANT SELECT ON TABLE counts.read_standing TO comptoir_read;

CREATE OR REPLACE FUNCTION counts.add_lines(p_tenant uuid, p_count uuid, p_places jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO counts.line (tenant_id, id, count_id, branch_id, variant_id, batch_id, name, sku, batch_number, expected, level_version, is_open)
  SELECT p_tenant, uuidv7(), c.id, c.branch_id, k.variant_id, k.batch_id,
         concat_ws(', ', p.name, (SELECT string_agg(o.value ->> 'value', ', ' ORDER BY o.position)
                                  FROM jsonb_array_elements(v.options) WITH ORDINALITY AS o (value, position))),
         v.sku, b.number, coalesce(l.on_hand, 0), coalesce(l.version, 0), true
  FROM (SELECT DISTINCT k.variant_id, k.batch_id FROM jsonb_to_recordset(p_places) AS k (variant_id uuid, batch_id uuid)) k
  JOIN counts.count c ON c.tenant_id = p_tenant AND c.id = p_count
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = k.variant_id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  LEFT JOIN inventory.batch b ON b.tenant_id = p_tenant AND b.id = k.batch_id
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.branch_id = c.branch_id AND l.variant_id = k.variant_id
                             AND l.place = coalesce(k.batch_id, k.variant_id)
  ORDER BY k.variant_id, coalesce(k.batch_id, k.variant_id)
  ON CONFLICT (tenant_id, count_id, variant_id, place, branch_id) DO NOTHING;
END
$function$;
COMMENT ON FUNCTION counts.add_lines(uuid,uuid,jsonb) IS 'The only way lines come into a count.';
GRANT EXECUTE ON FUNCTION counts.add_lines(uuid,uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.choose(p_tenant uuid, p_branch uuid, p_variants uuid[], p_category uuid, p_is_due boolean, p_counted_before timestamp with time zone)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  WITH RECURSIVE below AS (
    SELECT c.id, 1 AS depth FROM catalog.category c WHERE c.tenant_id = p_tenant AND c.id = p_category
    UNION ALL
    SELECT c.id, b.depth + 1 FROM catalog.category c JOIN below b ON c.parent_id = b.id WHERE c.tenant_id = p_tenant AND b.depth < 100
  ), candidate AS (
    SELECT given.id FROM unnest(p_variants) AS given (id)
    UNION
    SELECT l.variant_id FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.branch_id = p_branch AND p_variants IS NULL
    UNION
    SELECT s.variant_id FROM counts.standing s
    WHERE s.tenant_id = p_tenant AND s.branch_id = p_branch AND s.requires_recount AND p_variants IS NULL
  )
  SELECT k.id FROM candidate k
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = k.id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id AND p.kind = 'stocked'
  WHERE (p_category IS NULL OR p.category_id IN (SELECT b.id FROM below b))
    AND ((v.deleted_at IS NULL AND p.deleted_at IS NULL) OR EXISTS (
      SELECT FROM counts.read_due d WHERE d.tenant_id = p_tenant AND d.branch_id = p_branch AND d.variant_id = k.id))
    AND (NOT p_is_due OR (
      EXISTS (SELECT FROM counts.read_due d WHERE d.tenant_id = p_tenant AND d.branch_id = p_branch AND d.variant_id = k.id
                AND (d.requires_recount OR d.last_counted_at < p_counted_before OR (p_counted_before IS NOT NULL AND d.last_counted_at IS NULL)))
      AND NOT EXISTS (SELECT FROM counts.line o WHERE o.tenant_id = p_tenant AND o.branch_id = p_branch AND o.variant_id = k.id AND o.is_open)));
END
$function$;
GRANT EXECUTE ON FUNCTION counts.choose(uuid,uuid,uuid[],uuid,boolean,timestamp with time zone) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.close_lines(p_tenant uuid, p_count uuid, p_is_approved boolean)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_is_approved THEN
    INSERT INTO counts.standing (tenant_id, branch_id, variant_id, batch_id, last_counted_at)
    SELECT p_tenant, l.branch_id, l.variant_id, l.batch_id, l.counted_at FROM counts.line l
    WHERE l.tenant_id = p_tenant AND l.count_id = p_count AND l.counted IS NOT NULL
    ORDER BY l.branch_id, l.variant_id, l.place
    ON CONFLICT (tenant_id, branch_id, variant_id, place) DO UPDATE
    -- What somebody asked for after it was counted is still asked for.
    SET last_counted_at = excluded.last_counted_at, updated_at = v_now,
        requires_recount = standing.requires_recount AND standing.updated_at > excluded.last_counted_at,
        reason = CASE WHEN standing.requires_recount AND standing.updated_at > excluded.last_counted_at THEN standing.reason END;
  ELSE
    INSERT INTO counts.standing (tenant_id, branch_id, variant_id, batch_id, requires_recount, reason)
    SELECT p_tenant, l.branch_id, l.variant_id, l.batch_id, true, 'count ' || c.number || ' was cancelled'
    FROM counts.line l JOIN counts.count c ON c.tenant_id = p_tenant AND c.id = p_count
    WHERE l.tenant_id = p_tenant AND l.count_id = p_count AND l.requires_recount
    ORDER BY l.branch_id, l.variant_id, l.place
    ON CONFLICT (tenant_id, branch_id, variant_id, place) DO UPDATE
    SET requires_recount = true, reason = excluded.reason, updated_at = v_now;
  END IF;
  UPDATE counts.line l SET is_open = false, updated_at = v_now WHERE l.tenant_id = p_tenant AND l.count_id = p_count;
END
$function$;
COMMENT ON FUNCTION counts.close_lines(uuid,uuid,boolean) IS 'Called by counts.move_on alone.';

CREATE OR REPLACE FUNCTION counts.enter(p_tenant uuid, p_entries jsonb, p_count uuid, p_actor uuid)
 RETURNS TABLE(line_id uuid, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_state text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT c.state INTO v_state FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR SHARE;
  IF v_state IS DISTINCT FROM 'open' THEN
    RETURN QUERY SELECT NULL::uuid, 'count_not_open' FROM jsonb_array_elements(p_entries);
    RETURN;
  END IF;
  PERFORM counts.add_lines(p_tenant, p_count, p_entries);
  PERFORM FROM counts.line l
  JOIN jsonb_to_recordset(p_entries) AS e (variant_id uuid, batch_id uuid)
    ON l.variant_id = e.variant_id AND l.place = coalesce(e.batch_id, e.variant_id)
  WHERE l.tenant_id = p_tenant AND l.count_id = p_count
  ORDER BY l.variant_id, l.place FOR NO KEY UPDATE OF l;

  RETURN QUERY
  WITH found AS MATERIALIZED (
    SELECT l.id AS line_id, l.times_counted + 1 AS number, e.id, e.counted, coalesce(v.on_hand, 0) AS expected,
           coalesce(v.version, 0) AS level_version, e.position
    FROM ROWS FROM (jsonb_to_recordset(p_entries) AS (id uuid, variant_id uuid, batch_id uuid, counted numeric))
         WITH ORDINALITY AS e (id, variant_id, batch_id, counted, position)
    JOIN counts.line l ON l.tenant_id = p_tenant AND l.count_id = p_count AND l.variant_id = e.variant_id
                      AND l.place = coalesce(e.batch_id, e.variant_id)
    LEFT JOIN inventory.level v ON v.tenant_id = p_tenant AND v.branch_id = l.branch_id AND v.variant_id = l.variant_id AND v.place = l.place
  ), kept AS (
    INSERT INTO counts.entry (tenant_id, id, count_id, line_id, number, counted, expected, level_version, actor_id, recorded_at)
    SELECT p_tenant, f.id, p_count, f.line_id, f.number, f.counted, f.expected, f.level_version, p_actor, v_now FROM found f
  ), changed AS (
    UPDATE counts.line l SET counted = f.counted, counted_by = p_actor, counted_at = v_now, expected = f.expected,
      level_version = f.level_version, times_counted = f.number, is_recounted = l.is_recounted OR l.requires_recount,
      requires_recount = false, updated_at = v_now
    FROM found f WHERE l.tenant_id = p_tenant AND l.id = f.line_id
  )
  SELECT f.line_id, NULL::text FROM found f ORDER BY f.position;
END
$function$;
COMMENT ON FUNCTION counts.enter(uuid,jsonb,uuid,uuid) IS 'The only writer of what was counted.';
GRANT EXECUTE ON FUNCTION counts.enter(uuid,jsonb,uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.hold(p_tenant uuid, p_count uuid, p_alone boolean)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_alone THEN
    PERFORM FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR NO KEY UPDATE;
  ELSE
    PERFORM FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR SHARE;
  END IF;
END
$function$;
COMMENT ON FUNCTION counts.hold(uuid,uuid,boolean) IS 'Holds a count: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION counts.hold(uuid,uuid,boolean) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.move_on(p_tenant uuid, p_step jsonb)
 RETURNS TABLE(number integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
  v_state text;
  v_code text;
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT s.* INTO v_step FROM jsonb_to_record(p_step) AS s (id uuid, count_id uuid, action text, reason text, actor_id uuid, recount uuid[]);
  SELECT c.state INTO v_state FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = v_step.count_id FOR NO KEY UPDATE;
  v_code := CASE
    WHEN v_step.action IN ('cancel', 'lift_freeze') AND v_state NOT IN ('open', 'submitted') THEN 'count_closed'
    WHEN v_step.action = 'submit' AND v_state <> 'open' THEN 'count_not_open'
    WHEN v_step.action IN ('send_back', 'approve') AND v_state <> 'submitted' THEN 'count_not_submitted'
    WHEN v_step.action = 'approve' AND (
      EXISTS (SELECT FROM counts.entry e WHERE e.tenant_id = p_tenant AND e.count_id = v_step.count_id AND e.actor_id = v_step.actor_id)
      OR EXISTS (SELECT FROM counts.step s WHERE s.tenant_id = p_tenant AND s.count_id = v_step.count_id AND s.action = 'submit' AND s.actor_id = v_step.actor_id))
      THEN 'count_approved_by_counter'
    WHEN v_step.action IN ('submit', 'approve')
      AND EXISTS (SELECT FROM counts.line l WHERE l.tenant_id = p_tenant AND l.count_id = v_step.count_id AND l.requires_recount) THEN 'recount_required'
  END;
  IF v_code IS NOT NULL THEN
    RETURN QUERY SELECT NULL::integer, v_code;
    RETURN;
  END IF;

  SELECT max(s.number) + 1 INTO v_number FROM counts.step s WHERE s.tenant_id = p_tenant AND s.count_id = v_step.count_id;
  INSERT INTO counts.step (tenant_id, id, count_id, number, action, reason, actor_id, recorded_at)
  VALUES (p_tenant, v_step.id, v_step.count_id, v_number, v_step.action, v_step.reason, v_step.actor_id, v_now);
  UPDATE counts.line l SET requires_recount = true, updated_at = v_now
  WHERE l.tenant_id = p_tenant AND l.count_id = v_step.count_id AND l.id = ANY (v_step.recount);
  IF v_step.action IN ('approve', 'cancel') THEN
    PERFORM counts.close_lines(p_tenant, v_step.count_id, v_step.action = 'approve');
  END IF;
  UPDATE counts.count c SET
    state = CASE v_step.action WHEN 'submit' THEN 'submitted' WHEN 'send_back' THEN 'open' WHEN 'approve' THEN 'approved'
                               WHEN 'cancel' THEN 'cancelled' ELSE c.state END,
    frozen_until = CASE WHEN v_step.action IN ('submit', 'send_back') THEN c.frozen_until END,
    version = c.version + 1, updated_at = v_now
  WHERE c.tenant_id = p_tenant AND c.id = v_step.count_id;
  RETURN QUERY SELECT v_number, NULL::text;
END
$function$;
COMMENT ON FUNCTION counts.move_on(uuid,jsonb) IS 'The only way a count changes its state.';
GRANT EXECUTE ON FUNCTION counts.move_on(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.open(p_tenant uuid, p_count jsonb, p_variants uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count record;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT c.* INTO v_count FROM jsonb_to_record(p_count) AS c (
    id uuid, number bigint, branch_id uuid, subject text, category_id uuid, not_counted_for_days integer, is_blind boolean,
    frozen_until timestamptz, notes text, step_id uuid, actor_id uuid);
  INSERT INTO counts.count (tenant_id, id, number, branch_id, subject, category_id, not_counted_for_days, is_blind, frozen_until, notes)
  VALUES (p_tenant, v_count.id, v_count.number, v_count.branch_id, v_count.subject, v_count.category_id, v_count.not_counted_for_days,
          v_count.is_blind, v_count.frozen_until, v_count.notes);
  INSERT INTO counts.step (tenant_id, id, count_id, number, action, actor_id, recorded_at)
  VALUES (p_tenant, v_count.step_id, v_count.id, 1, 'open', v_count.actor_id, transaction_timestamp());
  PERFORM counts.add_lines(p_tenant, v_count.id, (
    SELECT jsonb_agg(jsonb_build_object('variant_id', k.id, 'batch_id', d.batch_id))
    FROM unnest(p_variants) AS k (id)
    LEFT JOIN counts.read_due d ON d.tenant_id = p_tenant AND d.branch_id = v_count.branch_id AND d.variant_id = k.id));
END
$function$;
COMMENT ON FUNCTION counts.open(uuid,jsonb,uuid[]) IS 'The only way a count begins.';
GRANT EXECUTE ON FUNCTION counts.open(uuid,jsonb,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.require_recount(p_tenant uuid, p_branch uuid, p_variants uuid[], p_reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO counts.standing (tenant_id, branch_id, variant_id, batch_id, requires_recount, reason)
  SELECT p_tenant, p_branch, k.id, d.batch_id, true, p_reason
  FROM (SELECT DISTINCT k.id FROM unnest(p_variants) AS k (id)) k
  LEFT JOIN counts.read_due d ON d.tenant_id = p_tenant AND d.branch_id = p_branch AND d.variant_id = k.id
  ORDER BY k.id, coalesce(d.batch_id, k.id)
  ON CONFLICT (tenant_id, branch_id, variant_id, place) DO UPDATE
  SET requires_recount = true, reason = excluded.reason, updated_at = transaction_timestamp();
END
$function$;
COMMENT ON FUNCTION counts.require_recount(uuid,uuid,uuid[],text) IS 'The only way somebody asks for a recount.';
GRANT EXECUTE ON FUNCTION counts.require_recount(uuid,uuid,uuid[],text) TO comptoir_app;

CREATE SCHEMA fx AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA fx TO comptoir_app;
GRANT USAGE ON SCHEMA fx TO comptoir_read;

CREATE TABLE fx.public_rate (
  source text NOT NULL,
  base text NOT NULL,
  quote text NOT NULL,
  quoted_on date NOT NULL,
  revision integer NOT NULL,
  rate numeric(24,12) NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT public_rate_pkey PRIMARY KEY (source, base, quote, quoted_on, revision),
  CONSTRAINT public_rate_above_zero CHECK (rate > 0::numeric),
  CONSTRAINT public_rate_of_two_currencies CHECK (base <> quote)
);
COMMENT ON TABLE fx.public_rate IS 'class: shared, append-only. Rates that a public source quoted for a day; the highest revision holds. Its writer knows the currencies: two foreign keys would cost two indexes on a quarter of a million rows.';
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON fx.public_rate FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE fx.public_rate TO comptoir_app;
GRANT SELECT ON TABLE fx.public_rate TO comptoir_read;
REVOKE TRUNCATE ON TABLE fx.public_rate FROM comptoir_owner;

CREATE TABLE fx.rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  base text NOT NULL,
  quote text NOT NULL,
  quoted_on date NOT NULL,
  revision integer NOT NULL,
  rate numeric(24,12) NOT NULL,
  source text NOT NULL,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT rate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rate_revision_key UNIQUE (tenant_id, base, quote, quoted_on, revision),
  CONSTRAINT rate_above_zero CHECK (rate > 0::numeric),
  CONSTRAINT rate_of_two_currencies CHECK (base <> quote),
  CONSTRAINT rate_base_fkey FOREIGN KEY (base) REFERENCES reference.currency(code),
  CONSTRAINT rate_quote_fkey FOREIGN KEY (quote) REFERENCES reference.currency(code)
);
COMMENT ON TABLE fx.rate IS 'class: tenant, append-only. Rates that somebody of the tenant entered for a day, and where they had them from; the highest revision of a pair, whichever way round, holds.';
CREATE INDEX rate_base ON fx.rate USING btree (base);
CREATE UNIQUE INDEX rate_pair_key ON fx.rate USING btree (tenant_id, LEAST(base, quote), GREATEST(base, quote), quoted_on, revision);
CREATE INDEX rate_quote ON fx.rate USING btree (quote);
ALTER TABLE fx.rate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON fx.rate FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON fx.rate FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE fx.rate TO comptoir_app;
GRANT SELECT ON TABLE fx.rate TO comptoir_read;
REVOKE TRUNCATE ON TABLE fx.rate FROM comptoir_owner;

CREATE OR REPLACE FUNCTION fx.newest_quotes(p_tenant uuid, p_days date[], p_source text, p_base text)
 RETURNS TABLE(on_day date, base text, quote text, rate numeric, quoted_on date, source text, origin text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  WITH RECURSIVE pair AS (
    (SELECT r.base, r.quote FROM fx.rate r WHERE r.tenant_id = p_tenant ORDER BY r.base, r.quote LIMIT 1)
    UNION ALL
    SELECT n.base, n.quote FROM pair p CROSS JOIN LATERAL (
      SELECT r.base, r.quote FROM fx.rate r
      WHERE r.tenant_id = p_tenant AND (r.base, r.quote) > (p.base, p.quote) ORDER BY r.base, r.quote LIMIT 1) n
  )
  (SELECT DISTINCT ON (d.day, least(p.base, p.quote), greatest(p.base, p.quote))
          d.day, p.base, p.quote, q.rate, q.quoted_on, q.source, 'own'
   FROM unnest(p_days) AS d (day) CROSS JOIN pair p CROSS JOIN LATERAL (
     SELECT r.rate, r.quoted_on, r.source, r.revision FROM fx.rate r
     WHERE r.tenant_id = p_tenant AND r.base = p.base AND r.quote = p.quote AND r.quoted_on <= d.day
     ORDER BY r.quoted_on DESC, r.revision DESC LIMIT 1) q
   ORDER BY d.day, least(p.base, p.quote), greatest(p.base, p.quote), q.quoted_on DESC, q.revision DESC)
  UNION ALL
  SELECT d.day, p_base, c.code, q.rate, q.quoted_on, p_source, 'public'
  FROM unnest(p_days) AS d (day) CROSS JOIN reference.currency c CROSS JOIN LATERAL (
    SELECT r.rate, r.quoted_on FROM fx.public_rate r
    WHERE r.source = p_source AND r.base = p_base AND r.quote = c.code AND r.quoted_on <= d.day
    ORDER BY r.quoted_on DESC, r.revision DESC LIMIT 1) q
$function$;
COMMENT ON FUNCTION fx.newest_quotes(uuid,date[],text,text) IS 'What rates between currencies are resolved from.';
GRANT EXECUTE ON FUNCTION fx.newest_quotes(uuid,date[],text,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION fx.record(p_tenant uuid, p_rates jsonb)
 RETURNS TABLE(revision integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_revisions integer[];
  v_codes text[];
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(j.revision ORDER BY j.position), array_agg(j.code ORDER BY j.position) INTO v_revisions, v_codes
  FROM (
    SELECT r.position,
           1 + coalesce((SELECT max(o.revision) FROM fx.rate o
                         WHERE o.tenant_id = p_tenant AND least(o.base, o.quote) = least(r.base, r.quote)
                           AND greatest(o.base, o.quote) = greatest(r.base, r.quote) AND o.quoted_on = r.quoted_on), 0) AS revision,
           CASE WHEN EXISTS (SELECT FROM fx.rate o WHERE o.tenant_id = p_tenant AND o.id = r.id) THEN 'already_exists'
                WHEN (SELECT count(*) FROM reference.currency c WHERE c.code IN (r.base, r.quote)) < 2 THEN 'unknown_currency' END AS code
    FROM ROWS FROM (jsonb_to_recordset(p_rates) AS (id uuid, base text, quote text, quoted_on date)) WITH ORDINALITY
         AS r (id, base, quote, quoted_on, position)) j;

  INSERT INTO fx.rate (tenant_id, id, base, quote, quoted_on, revision, rate, source, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.base, r.quote, r.quoted_on, v_revisions[r.position], r.rate, r.source, r.actor_id, transaction_timestamp()
  FROM ROWS FROM (jsonb_to_recordset(p_rates) AS (
         id uuid, base text, quote text, quoted_on date, rate numeric, source text, actor_id uuid))
       WITH ORDINALITY AS r (id, base, quote, quoted_on, rate, source, actor_id, position)
  WHERE v_codes[r.position] IS NULL
  ORDER BY r.base, r.quote, r.quoted_on
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < cardinality(array_positions(v_codes, NULL)) THEN
    -- Another transaction recorded one of these days meanwhile: the next try gets the revision after it.
    RAISE EXCEPTION 'a rate was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN QUERY SELECT CASE WHEN r.code IS NULL THEN r.revision END, r.code FROM unnest(v_revisions, v_codes) AS r (revision, code);
END
$function$;
COMMENT ON FUNCTION fx.record(uuid,jsonb) IS 'The only writer of the rates that tenants enter.';
GRANT EXECUTE ON FUNCTION fx.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION fx.record_public(p_tenant uuid, p_rates jsonb, p_correct boolean)
 RETURNS TABLE(recorded integer, corrected integer, differing integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_tenant <> '00000000-0000-0000-0000-000000000000' THEN
    RAISE EXCEPTION 'rates of public sources are recorded by the platform' USING ERRCODE = 'insufficient_privilege';
  END IF;
  WITH changed AS MATERIALIZED (
    SELECT r.source, r.base, r.quote, r.quoted_on, r.rate, l.revision AS corrects
    FROM jsonb_to_recordset(p_rates) AS r (source text, base text, quote text, quoted_on date, rate numeric)
    LEFT JOIN LATERAL (
      SELECT o.revision, o.rate FROM fx.public_rate o
      WHERE o.source = r.source AND o.base = r.base AND o.quote = r.quote AND o.quoted_on = r.quoted_on
      ORDER BY o.revision DESC LIMIT 1) l ON true
    WHERE l.rate IS DISTINCT FROM r.rate
  ), inserted AS (
    INSERT INTO fx.public_rate (source, base, quote, quoted_on, revision, rate, recorded_at)
    SELECT c.source, c.base, c.quote, c.quoted_on, coalesce(c.corrects, 0) + 1, c.rate, transaction_timestamp() FROM changed c
    WHERE c.corrects IS NULL OR p_correct
    ORDER BY c.source, c.base, c.quote, c.quoted_on
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT count(*) FILTER (WHERE c.corrects IS NULL), count(*) FILTER (WHERE c.corrects IS NOT NULL AND p_correct),
         count(*) FILTER (WHERE c.corrects IS NOT NULL AND NOT p_correct), (SELECT count(*) FROM inserted)
  INTO recorded, corrected, differing, v_count
  FROM changed c;
  IF v_count < recorded + corrected THEN
    -- Another process records the same days: the next try finds what it left.
    RAISE EXCEPTION 'rates were recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION fx.record_public(uuid,jsonb,boolean) IS 'The only writer of the rates of public sources.';
GRANT EXECUTE ON FUNCTION fx.record_public(uuid,jsonb,boolean) TO comptoir_app;

CREATE SCHEMA history AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA history TO comptoir_app;
GRANT USAGE ON SCHEMA history TO comptoir_read;

CREATE TABLE history.document (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  source text NOT NULL,
  number text NOT NULL,
  edition integer NOT NULL,
  entity_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  customer_id uuid,
  channel_id uuid,
  original_id uuid,
  is_price_with_tax boolean NOT NULL,
  currency text NOT NULL,
  base_currency text NOT NULL,
  fx_rate numeric(36,18) NOT NULL,
  gross_revenue numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_revenue numeric(19,4) GENERATED ALWAYS AS ((gross_revenue - discount)) STORED NOT NULL,
  tax numeric(19,4) NOT NULL,
  adjustment numeric(19,4) NOT NULL,
  total numeric(19,4) GENERATED ALWAYS AS ((gross_revenue - discount + tax + adjustment)) STORED NOT NULL,
  platform_fees numeric(19,4) NOT NULL,
  shipping_cost numeric(19,4) NOT NULL,
  cost_of_goods numeric(19,4),
  net_profit numeric(19,4) GENERATED ALWAYS AS ((gross_revenue - discount - cost_of_goods - platform_fees - shipping_cost)) STORED,
  base_tax numeric(19,4) NOT NULL,
  base_total numeric(19,4) NOT NULL,
  base_net numeric(19,4) GENERATED ALWAYS AS ((base_total - base_tax)) STORED NOT NULL,
  line_count integer NOT NULL,
  content_sha256 bytea NOT NULL,
  data_quality_score numeric(5,2),
  is_validated boolean NOT NULL,
  validation_notes text,
  note text,
  reference text,
  import_id uuid,
  is_stock_moved boolean NOT NULL,
  journal_id uuid,
  effective_on date NOT NULL,
  made_at timestamp with time zone,
  last_made_at timestamp with time zone,
  actor_id uuid,
  "position" integer NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT document_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT document_number_key UNIQUE (tenant_id, source, number, kind, edition),
  CONSTRAINT document_adjustment_is_no_revenue CHECK (
CASE
    WHEN kind = 'adjustment'::text THEN gross_revenue = 0::numeric AND discount = 0::numeric AND tax = 0::numeric
    ELSE adjustment = 0::numeric
END),
  CONSTRAINT document_kind_known CHECK (kind = ANY (ARRAY['sale'::text, 'refund'::text, 'credit'::text, 'adjustment'::text])),
  CONSTRAINT document_made_in_order CHECK (last_made_at >= made_at),
  CONSTRAINT document_rate_above_zero CHECK (fx_rate > 0::numeric),
  CONSTRAINT document_refund_of_a_sale CHECK ((kind = 'refund'::text) = (original_id IS NOT NULL)),
  CONSTRAINT document_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT document_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT document_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party(tenant_id, id),
  CONSTRAINT document_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT document_original_id_fkey FOREIGN KEY (tenant_id, original_id) REFERENCES history.document(tenant_id, id)
);
COMMENT ON TABLE history.document IS 'class: tenant, append-only. What was sold, given back or adjusted before Comptoir or elsewhere, under the number it had there; amounts of what went back are below zero, and gross_revenue is of goods, without tax, before discounts; an adjustment is no revenue. A refund names the sale it is of, a credit does not know it, an adjustment is of amounts without goods. base_currency is that of the books of the legal entity. A number may come again after all documents of it were reversed: edition counts them. cost_of_goods is null where the cost of some line is not known. reference says where it came from, such as a file and a row. position is its place among those recorded together: what moved last is taken back first. content_sha256 is of all that the document says. Its journal has the same id.';
CREATE INDEX document_branch_id ON history.document USING btree (tenant_id, branch_id, effective_on, id);
CREATE INDEX document_channel_id ON history.document USING btree (tenant_id, channel_id);
CREATE INDEX document_customer_id ON history.document USING btree (tenant_id, customer_id, effective_on);
CREATE INDEX document_effective_on ON history.document USING btree (tenant_id, effective_on, id);
CREATE INDEX document_entity_id ON history.document USING btree (tenant_id, entity_id, effective_on);
CREATE INDEX document_import_id ON history.document USING btree (tenant_id, import_id) WHERE import_id IS NOT NULL;
CREATE INDEX document_number ON history.document USING btree (tenant_id, number);
CREATE INDEX document_original_id ON history.document USING btree (tenant_id, original_id);
ALTER TABLE history.document ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON history.document FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON history.document FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE history.document TO comptoir_app;
GRANT SELECT ON TABLE history.document TO comptoir_read;
REVOKE TRUNCATE ON TABLE history.document FROM comptoir_owner;

CREATE TABLE history.line (
  tenant_id uuid NOT NULL,
  document_id uuid NOT NULL,
  line integer NOT NULL,
  role text NOT NULL,
  variant_id uuid,
  name text,
  sku text,
  quantity numeric(19,6) NOT NULL,
  unit_price numeric(19,6) NOT NULL,
  exact_amount numeric(38,12) GENERATED ALWAYS AS ((quantity * unit_price)) STORED NOT NULL,
  gross numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_discount numeric(19,4) NOT NULL,
  tax_class_id uuid,
  tax_rate numeric(9,6),
  net numeric(19,4) NOT NULL,
  tax numeric(19,4) NOT NULL,
  total numeric(19,4) GENERATED ALWAYS AS ((net + tax)) STORED NOT NULL,
  cost numeric(19,4),
  allocations jsonb,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, document_id, line),
  CONSTRAINT line_allocations_are_a_list CHECK (jsonb_typeof(allocations) = 'array'::text),
  CONSTRAINT line_of_goods CHECK ((role = 'adjustment'::text) = (variant_id IS NULL)),
  CONSTRAINT line_role_known CHECK (role = ANY (ARRAY['sold'::text, 'returned'::text, 'stock_adjustment'::text, 'adjustment'::text])),
  CONSTRAINT line_stock_adjustment_is_free CHECK (role <> 'stock_adjustment'::text OR quantity < 0::numeric AND unit_price = 0::numeric AND net = 0::numeric AND tax = 0::numeric),
  CONSTRAINT line_document_id_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES history.document(tenant_id, id),
  CONSTRAINT line_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE history.line IS 'class: tenant, append-only. A line as the document had it: name as it was printed, quantity below zero for what came back, price with or without tax as the document says. exact_amount is not rounded; gross and discount are in prices of the document, net_discount, net and tax without tax; each is rounded to the minor unit, halves away from zero; tax_rate is in percent, null where the document said none. A stock adjustment is a line below zero that cost nothing on an ordinary invoice: goods that were lost, and no return. allocations say what moved of which batch at which value, where stock was moved.';
CREATE INDEX line_tax_class_id ON history.line USING btree (tenant_id, tax_class_id);
CREATE INDEX line_variant_id ON history.line USING btree (tenant_id, variant_id, document_id);
ALTER TABLE history.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON history.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON history.line FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE history.line TO comptoir_app;
GRANT SELECT ON TABLE history.line TO comptoir_read;
REVOKE TRUNCATE ON TABLE history.line FROM comptoir_owner;

CREATE TABLE history.reversal (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  document_id uuid NOT NULL,
  reason text NOT NULL,
  effective_on date NOT NULL,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT reversal_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT reversal_document_key UNIQUE (tenant_id, document_id),
  CONSTRAINT reversal_document_id_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES history.document(tenant_id, id)
);
COMMENT ON TABLE history.reversal IS 'class: tenant, append-only. A document that was taken back: it counts nowhere any more. The journal that takes back its journal, and the posting that takes back its stock, have the id of the reversal.';
ALTER TABLE history.reversal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON history.reversal FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON history.reversal FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE history.reversal TO comptoir_app;
GRANT SELECT ON TABLE history.reversal TO comptoir_read;
REVOKE TRUNCATE ON TABLE history.reversal FROM comptoir_owner;

CREATE VIEW history.read_document WITH (security_invoker=true) AS
 SELECT tenant_id,
    id AS document_id,
    kind,
    source,
    number,
    entity_id,
    branch_id,
    customer_id,
    channel_id,
    original_id,
    currency,
    gross_revenue,
    discount,
    net_revenue,
    tax,
    adjustment,
    total,
    platform_fees,
    shipping_cost,
    cost_of_goods,
    net_profit,
    base_currency,
    fx_rate,
    base_net,
    base_tax,
    base_total,
    line_count,
    data_quality_score,
    is_validated,
    import_id,
    effective_on,
    made_at
   FROM history.document d
  WHERE NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id));
COMMENT ON VIEW history.read_document IS 'Published: documents that were not reversed.';
GRANT SELECT ON TABLE history.read_document TO comptoir_app;
GRANT SELECT ON TABLE history.read_document TO comptoir_read;

CREATE VIEW history.read_line WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.id AS document_id,
    l.line,
    d.kind,
    l.role,
    d.source,
    d.branch_id,
    d.entity_id,
    d.customer_id,
    d.channel_id,
    l.variant_id,
    l.name,
    l.sku,
    l.quantity,
    l.unit_price,
    l.exact_amount,
    l.tax_rate,
    l.net,
    l.tax,
    l.total,
    l.cost,
    d.currency,
    d.effective_on,
    d.made_at
   FROM history.document d
     JOIN history.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id
  WHERE NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id));
COMMENT ON VIEW history.read_line IS 'Published: lines of documents that were not reversed. Revenue is the net of those whose kind is not adjustment; demand is the quantity of those whose role is sold or returned.';
GRANT SELECT ON TABLE history.read_line TO comptoir_app;
GRANT SELECT ON TABLE history.read_line TO comptoir_read;

CREATE OR REPLACE FUNCTION history.hold(p_tenant uuid, p_ids uuid[], p_for_change boolean)
 RETURNS TABLE(id uuid, kind text, number text, entity_id uuid, branch_id uuid, customer_id uuid, currency text, effective_on date, is_stock_moved boolean, journal_id uuid, counts_on date, is_reversed boolean, refunds jsonb, allocations jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_for_change THEN
    PERFORM FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids) ORDER BY d.id FOR UPDATE;
  ELSE
    PERFORM FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids) ORDER BY d.id FOR KEY SHARE;
  END IF;
  RETURN QUERY
  SELECT d.id, d.kind, d.number, d.entity_id, d.branch_id, d.customer_id, d.currency, d.effective_on, d.is_stock_moved, d.journal_id,
         (SELECT j.effective_on FROM ledger.journal j WHERE j.tenant_id = p_tenant AND j.id = d.journal_id),
         EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.document_id = d.id),
         CASE WHEN p_for_change AND d.kind = 'sale' THEN (
           SELECT jsonb_agg(jsonb_build_object('id', b.id, 'number', b.number) ORDER BY b.number) FROM history.document b
           WHERE b.tenant_id = p_tenant AND b.original_id = d.id
             AND NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.document_id = b.id)) END,
         CASE WHEN p_for_change AND d.is_stock_moved THEN (
           SELECT jsonb_agg(a.value ORDER BY array_position('{returned,sold,stock_adjustment}', l.role) DESC, l.line DESC, a.position DESC) FROM history.line l, jsonb_array_elements(l.allocations) WITH ORDINALITY AS a (value, position)
           WHERE l.tenant_id = p_tenant AND l.document_id = d.id) END
  FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids)
  ORDER BY d.recorded_at DESC, d.position DESC;
END
$function$;
COMMENT ON FUNCTION history.hold(uuid,uuid[],boolean) IS 'Holds documents until the end of the transaction.';
GRANT EXECUTE ON FUNCTION history.hold(uuid,uuid[],boolean) TO comptoir_app;

CREATE OR REPLACE FUNCTION history.post(p_tenant uuid, p_given jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF jsonb_array_length(p_given -> 'postings') > 0 THEN
    RETURN QUERY
    SELECT 'posting', r.position::integer, r.code, r.line, trim_scale(r.available)::text
    FROM ROWS FROM (inventory.record(p_tenant, p_given -> 'postings')) WITH ORDINALITY AS r (code, line, available, position)
    WHERE r.code IS NOT NULL;
    IF FOUND THEN RETURN; END IF;
  END IF;
  IF jsonb_array_length(p_given -> 'journals') > 0 THEN
    RETURN QUERY
    SELECT 'journal', r.position::integer, r.code, NULL::integer, r.detail
    FROM ROWS FROM (ledger.record(p_tenant, p_given -> 'journals')) WITH ORDINALITY AS r (effective_on, code, detail, position)
    WHERE r.code IS NOT NULL;
  END IF;
END
$function$;
COMMENT ON FUNCTION history.post(uuid,jsonb) IS 'Posts for history.record and history.reverse.';

CREATE OR REPLACE FUNCTION history.record(p_tenant uuid, p_given jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO history.document (tenant_id, id, kind, source, number, edition, entity_id, branch_id, customer_id, channel_id, original_id, is_price_with_tax,
    currency, base_currency, fx_rate, gross_revenue, discount, tax, adjustment, platform_fees, shipping_cost, cost_of_goods, base_tax, base_total,
    line_count, content_sha256, data_quality_score, is_validated, validation_notes, note, reference, import_id, is_stock_moved, journal_id, effective_on,
    made_at, last_made_at, actor_id, position, recorded_at)
  SELECT p_tenant, d.id, d.kind, d.source, d.number, d.edition, d.entity_id, d.branch_id, d.customer_id, d.channel_id, d.original_id, d.is_price_with_tax,
    d.currency, d.base_currency, d.fx_rate, d.gross_revenue, d.discount, d.tax, d.adjustment, d.platform_fees, d.shipping_cost, d.cost_of_goods, d.base_tax,
    d.base_total, d.line_count, decode(d.content_sha256, 'hex'), d.data_quality_score, d.is_validated, d.validation_notes, d.note, d.reference, d.import_id,
    d.is_stock_moved, d.journal_id, d.effective_on, d.made_at, d.last_made_at, d.actor_id, d.position, v_now
  FROM jsonb_to_recordset(p_given -> 'documents') AS d (
    id uuid, kind text, source text, number text, edition integer, entity_id uuid, branch_id uuid, customer_id uuid, channel_id uuid, original_id uuid,
    is_price_with_tax boolean, currency text, base_currency text, fx_rate numeric, gross_revenue numeric, discount numeric, tax numeric,
    adjustment numeric, platform_fees numeric, shipping_cost numeric, cost_of_goods numeric, base_tax numeric, base_total numeric, line_count integer,
    content_sha256 text, data_quality_score numeric, is_validated boolean, validation_notes text, note text, reference text, import_id uuid,
    is_stock_moved boolean, journal_id uuid, effective_on date, made_at timestamptz, last_made_at timestamptz, actor_id uuid, position integer)
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < jsonb_array_length(p_given -> 'documents') THEN
    RAISE EXCEPTION 'a document was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO history.line (tenant_id, document_id, line, role, variant_id, name, sku, quantity, unit_price, gross, discount, net_discount, tax_class_id,
    tax_rate, net, tax, cost, allocations, recorded_at)
  SELECT p_tenant, l.document_id, l.line, l.role, l.variant_id, l.name, l.sku, l.quantity, l.unit_price, l.gross, l.discount, l.net_discount, l.tax_class_id,
    l.tax_rate, l.net, l.tax, l.cost, l.allocations, v_now
  FROM jsonb_to_recordset(p_given -> 'lines') AS l (
    document_id uuid, line integer, role text, variant_id uuid, name text, sku text, quantity numeric, unit_price numeric, gross numeric, discount numeric,
    net_discount numeric, tax_class_id uuid, tax_rate numeric, net numeric, tax numeric, cost numeric, allocations jsonb);

  RETURN QUERY SELECT w.* FROM history.post(p_tenant, p_given) w;
END
$function$;
COMMENT ON FUNCTION history.record(uuid,jsonb) IS 'The only writer of documents of earlier sales and their lines.';
GRANT EXECUTE ON FUNCTION history.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION history.reverse(p_tenant uuid, p_given jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO history.reversal (tenant_id, id, document_id, reason, effective_on, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.document_id, r.reason, r.effective_on, r.actor_id, transaction_timestamp()
  FROM jsonb_to_recordset(p_given -> 'reversals') AS r (id uuid, document_id uuid, reason text, effective_on date, actor_id uuid);
  RETURN QUERY SELECT w.* FROM history.post(p_tenant, p_given) w;
END
$function$;
COMMENT ON FUNCTION history.reverse(uuid,jsonb) IS 'The only writer of reversals of documents of earlier sales.';
GRANT EXECUTE ON FUNCTION history.reverse(uuid,jsonb) TO comptoir_app;

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

CREATE TABLE identity.attempt (
  key bytea NOT NULL,
  failures integer NOT NULL,
  lockouts integer DEFAULT 0 NOT NULL,
  locked_until timestamp with time zone,
  failed_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT attempt_pkey PRIMARY KEY (key),
  CONSTRAINT attempt_counts_not_negative CHECK (failures >= 0 AND lockouts >= 0)
);
COMMENT ON TABLE identity.attempt IS 'class: local. Failed attempts at one e-mail address, known or not; key is an HMAC of the address under the server''s secret.';
COMMENT ON COLUMN identity.attempt.key IS 'personal';
CREATE INDEX attempt_failed_at ON identity.attempt USING btree (failed_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.attempt TO comptoir_identity;

CREATE TABLE identity.backup_code (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  used_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT backup_code_pkey PRIMARY KEY (id),
  CONSTRAINT backup_code_code_hash_key UNIQUE (user_id, code_hash),
  CONSTRAINT backup_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.backup_code IS 'class: local. A code in place of the authenticator app, good once; an HMAC of it.';
COMMENT ON COLUMN identity.backup_code.code_hash IS 'secret';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.backup_code TO comptoir_identity;

CREATE TABLE identity.former_password (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  password text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT former_password_pkey PRIMARY KEY (id),
  CONSTRAINT former_password_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.former_password IS 'class: local. argon2id hashes of the last passwords of a person, which may not come back.';
COMMENT ON COLUMN identity.former_password.password IS 'secret';
CREATE INDEX former_password_user_id ON identity.former_password USING btree (user_id, id);
GRANT DELETE, INSERT, SELECT ON TABLE identity.former_password TO comptoir_identity;

CREATE TABLE identity.proof (
  id uuid NOT NULL,
  user_id uuid,
  purpose text NOT NULL,
  token_hash bytea NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone,
  tries integer DEFAULT 0 NOT NULL,
  session_kind text,
  device_name text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT proof_pkey PRIMARY KEY (id),
  CONSTRAINT proof_token_hash_key UNIQUE (token_hash),
  CONSTRAINT proof_purpose_known CHECK (purpose = ANY (ARRAY['second_factor'::text, 'password_reset'::text, 'email_verification'::text])),
  CONSTRAINT proof_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.proof IS 'class: local. A one-time link or challenge. One without a person was asked for by a stranger and opens nothing.';
COMMENT ON COLUMN identity.proof.token_hash IS 'secret';
COMMENT ON COLUMN identity.proof.device_name IS 'personal';
CREATE INDEX proof_expires_at ON identity.proof USING btree (expires_at);
CREATE INDEX proof_user_id ON identity.proof USING btree (user_id, purpose, created_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.proof TO comptoir_identity;

CREATE TABLE identity.second_factor (
  user_id uuid NOT NULL,
  secret text NOT NULL,
  confirmed_at timestamp with time zone,
  last_step bigint DEFAULT 0 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT second_factor_pkey PRIMARY KEY (user_id),
  CONSTRAINT second_factor_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.second_factor IS 'class: local. The sealed secret of an authenticator app; asked for once confirmed_at is set. Codes of last_step and before are used up.';
COMMENT ON COLUMN identity.second_factor.secret IS 'secret';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.second_factor TO comptoir_identity;

CREATE TABLE identity.session (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  ip_address text,
  user_agent text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  kind text DEFAULT 'browser'::text NOT NULL,
  device_name text,
  used_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_token_hash_key UNIQUE (token_hash),
  CONSTRAINT session_kind_known CHECK (kind = ANY (ARRAY['browser'::text, 'till'::text, 'cashier'::text])),
  CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.session IS 'class: local. A signed-in device.';
COMMENT ON COLUMN identity.session.token_hash IS 'secret';
COMMENT ON COLUMN identity.session.ip_address IS 'personal';
COMMENT ON COLUMN identity.session.user_agent IS 'personal';
COMMENT ON COLUMN identity.session.device_name IS 'personal';
CREATE INDEX session_expires_at ON identity.session USING btree (expires_at);
CREATE INDEX session_user_id ON identity.session USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.session TO comptoir_identity;

CREATE TABLE identity.trusted_device (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  device_name text,
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone DEFAULT now() NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT trusted_device_pkey PRIMARY KEY (id),
  CONSTRAINT trusted_device_token_hash_key UNIQUE (token_hash),
  CONSTRAINT trusted_device_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.trusted_device IS 'class: local. A device on which the password alone signs a person in.';
COMMENT ON COLUMN identity.trusted_device.token_hash IS 'secret';
COMMENT ON COLUMN identity.trusted_device.device_name IS 'personal';
COMMENT ON COLUMN identity.trusted_device.ip_address IS 'personal';
COMMENT ON COLUMN identity.trusted_device.user_agent IS 'personal';
CREATE INDEX trusted_device_user_id ON identity.trusted_device USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.trusted_device TO comptoir_identity;

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

CREATE TABLE identity.visit (
  request_id uuid NOT NULL,
  user_id uuid NOT NULL,
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  signed_in boolean NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT visit_pkey PRIMARY KEY (request_id),
  CONSTRAINT visit_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.visit IS 'class: local. Where a request came from that the security log of a person tells of; the log itself is in the audit chain, without it.';
COMMENT ON COLUMN identity.visit.ip_address IS 'personal';
COMMENT ON COLUMN identity.visit.user_agent IS 'personal';
CREATE INDEX visit_of_user ON identity.visit USING btree (user_id, created_at);
CREATE INDEX visit_user_id ON identity.visit USING btree (user_id, user_agent) WHERE signed_in;
GRANT DELETE, INSERT, SELECT ON TABLE identity.visit TO comptoir_identity;

CREATE VIEW identity.read_session WITH (security_invoker=true) AS
 SELECT id,
    user_id,
    token_hash,
    expires_at,
    used_at,
    kind
   FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';

CREATE OR REPLACE FUNCTION identity.end_cashier_sessions(p_sessions uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  DELETE FROM identity.session s WHERE s.id = ANY (p_sessions) AND s.kind = 'cashier';
END
$function$;
COMMENT ON FUNCTION identity.end_cashier_sessions(uuid[]) IS 'Called by tenants.end_cashier_sessions.';

CREATE OR REPLACE FUNCTION identity.open_cashier_session(p_session jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO identity.session (id, user_id, token_hash, expires_at, ip_address, user_agent, kind, used_at)
  SELECT s.id, s.user_id, s.token_hash, s.expires_at, s.address, s.user_agent, 'cashier', transaction_timestamp()
  FROM jsonb_to_record(p_session) AS s (id uuid, user_id uuid, token_hash text, expires_at timestamptz, address text,
                                        user_agent text);
END
$function$;
COMMENT ON FUNCTION identity.open_cashier_session(jsonb) IS 'Called by tenants.open_cashier_session, which binds what it opens.';

CREATE OR REPLACE FUNCTION identity.touch_session(p_session uuid, p_now timestamp with time zone, p_till_days integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  UPDATE identity.session s
  SET used_at = p_now, updated_at = p_now,
      expires_at = CASE WHEN s.kind = 'till' AND p_till_days IS NOT NULL THEN p_now + p_till_days * interval '1 day'
                        ELSE s.expires_at END
  FROM (SELECT id FROM identity.session WHERE id = p_session FOR UPDATE SKIP LOCKED) AS free
  WHERE s.id = free.id;
END
$function$;
COMMENT ON FUNCTION identity.touch_session(uuid,timestamp with time zone,integer) IS 'Called by tenants.touch_session, at most every five minutes a session.';

CREATE SCHEMA images AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA images TO comptoir_app;
GRANT USAGE ON SCHEMA images TO comptoir_read;

CREATE TABLE images.file (
  tenant_id uuid NOT NULL,
  sha256 text NOT NULL,
  type text NOT NULL,
  bytes integer NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  purged_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT file_pkey PRIMARY KEY (tenant_id, sha256),
  CONSTRAINT file_has_a_size CHECK (bytes > 0 AND width > 0 AND height > 0),
  CONSTRAINT file_sha256_in_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'::text),
  CONSTRAINT file_type_known CHECK (type = ANY (ARRAY['image/png'::text, 'image/jpeg'::text, 'image/webp'::text]))
);
COMMENT ON TABLE images.file IS 'class: tenant. A picture by what is in it, kept once however often it is used, as a file of that name. Purged: the file is gone, nobody used it any more.';
ALTER TABLE images.file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON images.file FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE images.file TO comptoir_app;
GRANT SELECT ON TABLE images.file TO comptoir_read;
GRANT UPDATE (purged_at, version, updated_at) ON TABLE images.file TO comptoir_app;

CREATE TABLE images.image (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  variant_id uuid,
  sha256 text NOT NULL,
  alt_texts jsonb DEFAULT '[]'::jsonb NOT NULL,
  "position" integer NOT NULL,
  is_primary boolean NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT image_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT image_alt_texts_are_a_list CHECK (jsonb_typeof(alt_texts) = 'array'::text),
  CONSTRAINT image_position_not_negative CHECK ("position" >= 0),
  CONSTRAINT image_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product(tenant_id, id),
  CONSTRAINT image_sha256_fkey FOREIGN KEY (tenant_id, sha256) REFERENCES images.file(tenant_id, sha256),
  CONSTRAINT image_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE images.image IS 'class: tenant. A picture of a product, or of one variant of it, in the order of position; the primary one stands for it where there is room for one.';
CREATE UNIQUE INDEX image_primary_key ON images.image USING btree (tenant_id, product_id, variant_id) NULLS NOT DISTINCT WHERE is_primary AND deleted_at IS NULL;
CREATE INDEX image_product_id ON images.image USING btree (tenant_id, product_id);
CREATE INDEX image_sha256 ON images.image USING btree (tenant_id, sha256);
CREATE INDEX image_variant_id ON images.image USING btree (tenant_id, variant_id);
ALTER TABLE images.image ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON images.image FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE images.image TO comptoir_app;
GRANT SELECT ON TABLE images.image TO comptoir_read;
GRANT UPDATE (alt_texts, "position", is_primary, version, updated_at, deleted_at) ON TABLE images.image TO comptoir_app;

CREATE SCHEMA imports AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA imports TO comptoir_app;
GRANT USAGE ON SCHEMA imports TO comptoir_read;

CREATE TABLE imports.error (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  import_id uuid NOT NULL,
  run integer NOT NULL,
  row_number integer NOT NULL,
  column_name text,
  field text,
  kind text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  original_value text,
  suggested_value text,
  is_resolved boolean DEFAULT false NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT error_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT error_kind_known CHECK (kind = ANY (ARRAY['missing'::text, 'malformed'::text, 'invalid'::text, 'reference'::text, 'duplicate'::text, 'refused'::text, 'layout'::text])),
  CONSTRAINT error_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import(tenant_id, id)
);
COMMENT ON TABLE imports.error IS 'class: tenant. Something wrong with a row of a file, found by one run over it; values are emptied when the file is purged.';
CREATE INDEX error_import_id ON imports.error USING btree (tenant_id, import_id, run, row_number, id);
ALTER TABLE imports.error ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.error FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.error TO comptoir_app;
GRANT SELECT ON TABLE imports.error TO comptoir_read;
GRANT UPDATE (original_value, suggested_value, is_resolved, version, updated_at) ON TABLE imports.error TO comptoir_app;

CREATE TABLE imports.file (
  tenant_id uuid NOT NULL,
  sha256 text NOT NULL,
  bytes bigint NOT NULL,
  purged_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT file_pkey PRIMARY KEY (tenant_id, sha256),
  CONSTRAINT file_has_a_size CHECK (bytes > 0),
  CONSTRAINT file_sha256_in_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'::text)
);
COMMENT ON TABLE imports.file IS 'class: tenant. A file that is imported, by what is in it, kept once under the data directory in the folder of its tenant. Purged: the file is gone.';
ALTER TABLE imports.file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.file FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.file TO comptoir_app;
GRANT SELECT ON TABLE imports.file TO comptoir_read;
GRANT UPDATE (bytes, purged_at, version, updated_at) ON TABLE imports.file TO comptoir_app;

CREATE TABLE imports.fix (
  tenant_id uuid NOT NULL,
  import_id uuid NOT NULL,
  row_number integer NOT NULL,
  column_name text NOT NULL,
  value text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT fix_pkey PRIMARY KEY (tenant_id, import_id, row_number, column_name),
  CONSTRAINT fix_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import(tenant_id, id)
);
COMMENT ON TABLE imports.fix IS 'class: tenant. What stands in a cell in place of what the file says; emptied when the file is purged.';
ALTER TABLE imports.fix ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.fix FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.fix TO comptoir_app;
GRANT SELECT ON TABLE imports.fix TO comptoir_read;
GRANT UPDATE (value, version, updated_at) ON TABLE imports.fix TO comptoir_app;

CREATE TABLE imports.former (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  old_values jsonb,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT former_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT former_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES imports.provenance(tenant_id, id)
);
COMMENT ON TABLE imports.former IS 'class: tenant. What a thing said before a row changed it, for the undo; it may be personal, so it is emptied when the file is purged.';
ALTER TABLE imports.former ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.former FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.former TO comptoir_app;
GRANT SELECT ON TABLE imports.former TO comptoir_read;
GRANT UPDATE (old_values, version, updated_at) ON TABLE imports.former TO comptoir_app;

CREATE TABLE imports.import (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  target text NOT NULL,
  status text NOT NULL,
  file_name text NOT NULL,
  sha256 text NOT NULL,
  format jsonb NOT NULL,
  looks jsonb NOT NULL,
  signature text NOT NULL,
  mapping jsonb NOT NULL,
  conventions jsonb NOT NULL,
  options jsonb NOT NULL,
  scattered jsonb DEFAULT '{}'::jsonb NOT NULL,
  mode text NOT NULL,
  template_id uuid,
  first_import_id uuid,
  run integer DEFAULT 0 NOT NULL,
  total_rows integer,
  processed_rows integer DEFAULT 0 NOT NULL,
  failed_rows integer DEFAULT 0 NOT NULL,
  created_rows integer DEFAULT 0 NOT NULL,
  updated_rows integer DEFAULT 0 NOT NULL,
  skipped_rows integer DEFAULT 0 NOT NULL,
  cursor_row integer DEFAULT 0 NOT NULL,
  completeness_score numeric(5,2),
  accuracy_score numeric(5,2),
  data_quality_score numeric(5,2),
  preview jsonb,
  fault text,
  check_ms integer,
  dry_run_ms integer,
  commit_ms integer,
  began_at timestamp with time zone,
  worked_at timestamp with time zone,
  committed_at timestamp with time zone,
  undone_at timestamp with time zone,
  expires_at timestamp with time zone NOT NULL,
  expired_at timestamp with time zone,
  employee_id uuid NOT NULL,
  user_id uuid NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT import_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT import_mode_known CHECK (mode = ANY (ARRAY['all_or_nothing'::text, 'good_rows'::text])),
  CONSTRAINT import_status_known CHECK (status = ANY (ARRAY['mapping'::text, 'checking'::text, 'checked'::text, 'trying'::text, 'tried'::text, 'committing'::text, 'committed'::text, 'undoing'::text, 'undone'::text, 'stopped'::text, 'failed'::text, 'repeated'::text])),
  CONSTRAINT import_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT import_first_import_id_fkey FOREIGN KEY (tenant_id, first_import_id) REFERENCES imports.import(tenant_id, id),
  CONSTRAINT import_sha256_fkey FOREIGN KEY (tenant_id, sha256) REFERENCES imports.file(tenant_id, sha256),
  CONSTRAINT import_template_id_fkey FOREIGN KEY (tenant_id, template_id) REFERENCES imports.template(tenant_id, id)
);
COMMENT ON TABLE imports.import IS 'class: tenant. A file on its way in: how it is read, how far it is, and what came of it. Its row is locked by each batch, which moves cursor_row on. scattered: the documents of the file whose rows do not follow one another, with the last row of each.';
CREATE INDEX import_at_work ON imports.import USING btree (tenant_id, worked_at) WHERE status = ANY (ARRAY['checking'::text, 'trying'::text, 'committing'::text, 'undoing'::text]);
CREATE INDEX import_employee_id ON imports.import USING btree (tenant_id, employee_id);
CREATE INDEX import_expires_at ON imports.import USING btree (tenant_id, expires_at) WHERE expired_at IS NULL;
CREATE UNIQUE INDEX import_file_key ON imports.import USING btree (tenant_id, target, sha256) WHERE status = ANY (ARRAY['committing'::text, 'committed'::text, 'undoing'::text, 'stopped'::text]);
CREATE INDEX import_first_import_id ON imports.import USING btree (tenant_id, first_import_id);
CREATE INDEX import_sha256 ON imports.import USING btree (tenant_id, sha256);
CREATE INDEX import_template_id ON imports.import USING btree (tenant_id, template_id);
ALTER TABLE imports.import ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.import FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE imports.import TO comptoir_app;
GRANT SELECT ON TABLE imports.import TO comptoir_read;

CREATE TABLE imports.provenance (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  import_id uuid NOT NULL,
  row_number integer NOT NULL,
  resource text NOT NULL,
  resource_id uuid NOT NULL,
  what text NOT NULL,
  version_after integer,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT provenance_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT provenance_what_known CHECK (what = ANY (ARRAY['created'::text, 'updated'::text, 'skipped'::text])),
  CONSTRAINT provenance_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import(tenant_id, id)
);
COMMENT ON TABLE imports.provenance IS 'class: tenant, append-only. What a row of a file made, changed or found as it is; written only by imports.record.';
CREATE INDEX provenance_import_id ON imports.provenance USING btree (tenant_id, import_id, row_number, id);
CREATE INDEX provenance_resource_id ON imports.provenance USING btree (tenant_id, resource_id);
ALTER TABLE imports.provenance ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.provenance FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON imports.provenance FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE imports.provenance TO comptoir_app;
GRANT SELECT ON TABLE imports.provenance TO comptoir_read;
REVOKE TRUNCATE ON TABLE imports.provenance FROM comptoir_owner;

CREATE TABLE imports.template (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  target text NOT NULL,
  signature text NOT NULL,
  name text NOT NULL,
  mapping jsonb NOT NULL,
  conventions jsonb NOT NULL,
  options jsonb NOT NULL,
  used_count integer DEFAULT 0 NOT NULL,
  succeeded_count integer DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT template_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT template_counts_in_order CHECK (succeeded_count >= 0 AND succeeded_count <= used_count)
);
COMMENT ON TABLE imports.template IS 'class: tenant. How the columns of files with one header line are read, remembered when such a file is imported. signature: the hash of the header line.';
CREATE UNIQUE INDEX template_signature_key ON imports.template USING btree (tenant_id, target, signature) WHERE deleted_at IS NULL;
ALTER TABLE imports.template ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.template FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.template TO comptoir_app;
GRANT SELECT ON TABLE imports.template TO comptoir_read;
GRANT UPDATE (name, mapping, conventions, options, used_count, succeeded_count, version, updated_at, deleted_at) ON TABLE imports.template TO comptoir_app;

CREATE OR REPLACE FUNCTION imports.record(p_tenant uuid, p_import uuid, p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO imports.provenance (tenant_id, id, import_id, row_number, resource, resource_id, what, version_after)
  SELECT p_tenant, r.id, p_import, r.row_number, r.resource, r.resource_id, r.what, r.version_after
  FROM jsonb_to_recordset(p_rows) AS r (id uuid, row_number integer, resource text, resource_id uuid, what text, version_after integer);

  INSERT INTO imports.former (tenant_id, id, old_values)
  SELECT p_tenant, r.id, r.old_values
  FROM jsonb_to_recordset(p_rows) AS r (id uuid, old_values jsonb) WHERE r.old_values IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION imports.record(uuid,uuid,jsonb) IS 'The only writer of provenance.';
GRANT EXECUTE ON FUNCTION imports.record(uuid,uuid,jsonb) TO comptoir_app;

CREATE SCHEMA integrity AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA integrity TO comptoir_app;
GRANT USAGE ON SCHEMA integrity TO comptoir_read;

CREATE TABLE integrity.certificate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  reason text NOT NULL,
  verdict text NOT NULL,
  lines jsonb NOT NULL,
  taken_at timestamp with time zone NOT NULL,
  head_seq bigint NOT NULL,
  head_hash bytea NOT NULL,
  key_id text NOT NULL,
  body text NOT NULL,
  sha256 bytea NOT NULL,
  signature bytea NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT certificate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT certificate_hashes_are_sha_256 CHECK (octet_length(head_hash) = 32 AND octet_length(sha256) = 32),
  CONSTRAINT certificate_head_seq_not_negative CHECK (head_seq >= 0),
  CONSTRAINT certificate_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array'::text),
  CONSTRAINT certificate_reason_known CHECK (reason = ANY (ARRAY['nightly'::text, 'requested'::text])),
  CONSTRAINT certificate_verdict_known CHECK (verdict = ANY (ARRAY['holds'::text, 'broken'::text])),
  CONSTRAINT certificate_key_id_fkey FOREIGN KEY (key_id) REFERENCES audit.signing_key(id)
);
COMMENT ON TABLE integrity.certificate IS 'class: tenant, append-only. What was found of a tenant at one moment: body is the exact text, sha256 its hash, which was signed; the columns beside it are derived from it. head_seq and head_hash are where the audit chain stood at that moment.';
CREATE INDEX certificate_key_id ON integrity.certificate USING btree (key_id);
CREATE INDEX certificate_taken_at ON integrity.certificate USING btree (tenant_id, taken_at, id);
ALTER TABLE integrity.certificate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON integrity.certificate FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON integrity.certificate FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE integrity.certificate TO comptoir_app;
GRANT SELECT ON TABLE integrity.certificate TO comptoir_read;
REVOKE TRUNCATE ON TABLE integrity.certificate FROM comptoir_owner;

CREATE OR REPLACE FUNCTION integrity.record(p_tenant uuid, p_certificates jsonb)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  INSERT INTO integrity.certificate (tenant_id, id, reason, verdict, lines, taken_at, head_seq, head_hash, key_id, body, sha256,
    signature, recorded_at)
  SELECT p_tenant, g.id, g.said ->> 'reason', g.said ->> 'verdict',
         (SELECT coalesce(jsonb_agg(l.value - 'first' ORDER BY l.position), '[]')
          FROM jsonb_array_elements(g.said -> 'lines') WITH ORDINALITY AS l (value, position)),
         (g.said ->> 'taken_at')::timestamptz, (g.said -> 'chain' ->> 'seq')::bigint, decode(g.said -> 'chain' ->> 'hash', 'hex'),
         g.said ->> 'key_id', g.body, sha256(convert_to(g.body, 'UTF8')), decode(g.signature, 'base64'), transaction_timestamp()
  FROM (
    SELECT c.id, c.body, c.body::jsonb AS said, c.signature, c.position
    FROM ROWS FROM (jsonb_to_recordset(p_certificates) AS (id uuid, body text, signature text))
         WITH ORDINALITY AS c (id, body, signature, position)) g
  WHERE (g.said ->> 'tenant_id')::uuid = p_tenant AND (g.said ->> 'id')::uuid = g.id
  ORDER BY g.position
  RETURNING certificate.id;
END
$function$;
COMMENT ON FUNCTION integrity.record(uuid,jsonb) IS 'The only writer of certificates.';
GRANT EXECUTE ON FUNCTION integrity.record(uuid,jsonb) TO comptoir_app;

CREATE SCHEMA inventory AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA inventory TO comptoir_app;
GRANT USAGE ON SCHEMA inventory TO comptoir_jobs;
GRANT USAGE ON SCHEMA inventory TO comptoir_read;

CREATE TABLE inventory.batch (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  number text NOT NULL,
  manufactured_on date,
  expires_on date,
  supplier_id uuid,
  unit_cost numeric(19,6),
  is_blocked boolean DEFAULT false NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  number_in_capitals text COLLATE "C" GENERATED ALWAYS AS (upper(number)) STORED NOT NULL,
  CONSTRAINT batch_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT batch_number_key UNIQUE (tenant_id, variant_id, number),
  CONSTRAINT batch_cost_not_negative CHECK (unit_cost >= 0::numeric),
  CONSTRAINT batch_expires_after_manufacture CHECK (expires_on >= manufactured_on),
  CONSTRAINT batch_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party(tenant_id, id),
  CONSTRAINT batch_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE inventory.batch IS 'class: tenant. What was made together of a variant. expires_on is the last day on which it may be sold; is_blocked is what the last row of inventory.batch_block says.';
CREATE INDEX batch_expires_on ON inventory.batch USING btree (tenant_id, expires_on, id);
CREATE INDEX batch_number ON inventory.batch USING btree (tenant_id, number COLLATE "C");
CREATE INDEX batch_number_in_capitals ON inventory.batch USING btree (tenant_id, number_in_capitals);
CREATE INDEX batch_supplier_id ON inventory.batch USING btree (tenant_id, supplier_id);
ALTER TABLE inventory.batch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.batch FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE inventory.batch TO comptoir_app;
GRANT SELECT ON TABLE inventory.batch TO comptoir_read;
GRANT INSERT (tenant_id, id, variant_id, number, manufactured_on, expires_on, supplier_id, unit_cost), UPDATE (number, manufactured_on, expires_on, supplier_id, version, updated_at) ON TABLE inventory.batch TO comptoir_app;

CREATE TABLE inventory.batch_block (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  batch_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  reason text NOT NULL,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT batch_block_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT batch_block_number_key UNIQUE (tenant_id, batch_id, number),
  CONSTRAINT batch_block_action_known CHECK (action = ANY (ARRAY['block'::text, 'release'::text])),
  CONSTRAINT batch_block_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id)
);
COMMENT ON TABLE inventory.batch_block IS 'class: tenant, append-only. Who blocked or released a batch, when and why.';
ALTER TABLE inventory.batch_block ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.batch_block FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON inventory.batch_block FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE inventory.batch_block TO comptoir_app;
GRANT SELECT ON TABLE inventory.batch_block TO comptoir_read;
REVOKE TRUNCATE ON TABLE inventory.batch_block FROM comptoir_owner;

CREATE TABLE inventory.cost (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  quantity numeric(19,6) DEFAULT 0 NOT NULL,
  value numeric(19,4) DEFAULT 0 NOT NULL,
  last_cost numeric(19,6) DEFAULT 0 NOT NULL,
  version bigint DEFAULT 0 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  frozen_by uuid,
  frozen_until timestamp with time zone,
  CONSTRAINT cost_pkey PRIMARY KEY (tenant_id, branch_id, variant_id),
  CONSTRAINT cost_frozen_until_a_time CHECK ((frozen_by IS NULL) = (frozen_until IS NULL)),
  CONSTRAINT cost_of_nothing_is_nothing CHECK (quantity <> 0::numeric OR value = 0::numeric),
  CONSTRAINT cost_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT cost_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
) WITH (fillfactor=70);
COMMENT ON TABLE inventory.cost IS 'class: tenant. What a branch has of a variant in all batches and what that is worth in the currency of its legal entity; last_cost is what is sold below zero is valued at. Until frozen_until nothing of it moves but what the document frozen_by posts, and what has left already.';
CREATE INDEX cost_frozen_by ON inventory.cost USING btree (tenant_id, frozen_by) WHERE frozen_by IS NOT NULL;
CREATE INDEX cost_variant_id ON inventory.cost USING btree (tenant_id, variant_id);
ALTER TABLE inventory.cost ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.cost FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE inventory.cost TO comptoir_app;
GRANT SELECT ON TABLE inventory.cost TO comptoir_read;

CREATE TABLE inventory.level (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid GENERATED ALWAYS AS (COALESCE(batch_id, variant_id)) STORED NOT NULL,
  on_hand numeric(19,6) DEFAULT 0 NOT NULL,
  reserved numeric(19,6) DEFAULT 0 NOT NULL,
  available numeric(19,6) GENERATED ALWAYS AS ((on_hand - reserved)) STORED NOT NULL,
  version bigint DEFAULT 0 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  is_stocked boolean GENERATED ALWAYS AS (on_hand > 0::numeric) STORED NOT NULL,
  CONSTRAINT level_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT level_place_key UNIQUE (tenant_id, branch_id, variant_id, place),
  CONSTRAINT level_reserved_not_negative CHECK (reserved >= 0::numeric),
  CONSTRAINT level_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT level_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT level_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
) WITH (fillfactor=70);
COMMENT ON TABLE inventory.level IS 'class: tenant. What lies in a branch of a variant in one batch, or in none; version counts its movements. place is the batch, or the variant where there is none, so that a key can hold it.';
CREATE INDEX level_batch_id ON inventory.level USING btree (tenant_id, batch_id);
CREATE INDEX level_stocked_batch ON inventory.level USING btree (tenant_id, branch_id, batch_id) WHERE is_stocked AND batch_id IS NOT NULL;
CREATE INDEX level_variant_id ON inventory.level USING btree (tenant_id, variant_id);
ALTER TABLE inventory.level ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.level FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE inventory.level TO comptoir_app;
GRANT SELECT ON TABLE inventory.level TO comptoir_read;

CREATE TABLE inventory.movement (
  tenant_id uuid NOT NULL,
  level_id uuid NOT NULL,
  level_version bigint NOT NULL,
  posting_id uuid NOT NULL,
  line integer NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  quantity numeric(19,6) NOT NULL,
  previous_quantity numeric(19,6) NOT NULL,
  running_quantity numeric(19,6) NOT NULL,
  unit_cost numeric(19,6) NOT NULL,
  value numeric(19,4) NOT NULL,
  effective_on date NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT movement_pkey PRIMARY KEY (tenant_id, level_id, level_version, recorded_at),
  CONSTRAINT movement_quantity_not_zero CHECK (quantity <> 0::numeric),
  CONSTRAINT movement_quantity_runs CHECK (running_quantity = (previous_quantity + quantity))
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE inventory.movement IS 'class: tenant, append-only. What came or went. level_version counts the movements of its level in the order they were recorded; value is what the stock gained. No foreign keys, as in the ledger: docs/decisions/0015.';
CREATE INDEX movement_batch_id ON ONLY inventory.movement USING btree (tenant_id, batch_id, recorded_at);
CREATE INDEX movement_branch_id ON ONLY inventory.movement USING btree (tenant_id, branch_id, recorded_at);
CREATE INDEX movement_posting_id ON ONLY inventory.movement USING btree (tenant_id, posting_id);
CREATE INDEX movement_recorded_at ON ONLY inventory.movement USING btree (tenant_id, variant_id, recorded_at);
CREATE INDEX movement_variant_id ON ONLY inventory.movement USING btree (tenant_id, branch_id, variant_id, effective_on);
ALTER TABLE inventory.movement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.movement FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON inventory.movement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE inventory.movement TO comptoir_app;
GRANT SELECT ON TABLE inventory.movement TO comptoir_read;
REVOKE TRUNCATE ON TABLE inventory.movement FROM comptoir_owner;

CREATE TABLE inventory.posting (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  document_number text,
  document_on date NOT NULL,
  party_id uuid,
  reason text,
  note text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT posting_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT posting_kind_known CHECK (kind = ANY (ARRAY['receipt'::text, 'sale'::text, 'return'::text, 'adjustment'::text, 'write_off'::text, 'count'::text, 'dispatch'::text, 'arrival'::text, 'supplier_return'::text, 'production'::text])),
  CONSTRAINT posting_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE inventory.posting IS 'class: tenant, append-only. Movements that were recorded together, and the document they stand for. Its id is what makes a repetition a repetition: the table of movements is partitioned and cannot.';
CREATE INDEX posting_document_id ON inventory.posting USING btree (tenant_id, document_id);
CREATE INDEX posting_party_id ON inventory.posting USING btree (tenant_id, party_id);
ALTER TABLE inventory.posting ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.posting FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON inventory.posting FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE inventory.posting TO comptoir_app;
GRANT SELECT ON TABLE inventory.posting TO comptoir_read;
REVOKE TRUNCATE ON TABLE inventory.posting FROM comptoir_owner;

CREATE TABLE inventory.reservation (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  kind text NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  reason text,
  note text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT reservation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT reservation_kind_known CHECK (kind = ANY (ARRAY['order'::text, 'quarantine'::text])),
  CONSTRAINT reservation_reason_of_quarantine CHECK ((kind = 'quarantine'::text) = (reason IS NOT NULL)),
  CONSTRAINT reservation_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE inventory.reservation IS 'class: tenant, append-only. For which document stock is kept, or why it is in quarantine. What is kept, and until when, stands in its lines.';
CREATE INDEX reservation_branch_id ON inventory.reservation USING btree (tenant_id, branch_id, kind, id);
CREATE INDEX reservation_document_id ON inventory.reservation USING btree (tenant_id, document_id);
ALTER TABLE inventory.reservation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.reservation FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON inventory.reservation FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE inventory.reservation TO comptoir_app;
GRANT SELECT ON TABLE inventory.reservation TO comptoir_read;
REVOKE TRUNCATE ON TABLE inventory.reservation FROM comptoir_owner;

CREATE TABLE inventory.reservation_event (
  tenant_id uuid NOT NULL,
  reservation_id uuid NOT NULL,
  line integer NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  quantity numeric(19,6),
  expires_at timestamp with time zone,
  note text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT reservation_event_pkey PRIMARY KEY (tenant_id, reservation_id, line, number),
  CONSTRAINT reservation_event_action_known CHECK (action = ANY (ARRAY['release'::text, 'consume'::text, 'expire'::text, 'block'::text, 'extend'::text])),
  CONSTRAINT reservation_event_says_what CHECK ((action = 'extend'::text) = (expires_at IS NOT NULL) AND (action = 'extend'::text) = (quantity IS NULL)),
  CONSTRAINT reservation_event_line_fkey FOREIGN KEY (tenant_id, reservation_id, line) REFERENCES inventory.reservation_line(tenant_id, reservation_id, line)
);
COMMENT ON TABLE inventory.reservation_event IS 'class: tenant, append-only. What became of a line of a reservation. number is the version of the line that it made.';
ALTER TABLE inventory.reservation_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.reservation_event FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON inventory.reservation_event FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE inventory.reservation_event TO comptoir_app;
GRANT SELECT ON TABLE inventory.reservation_event TO comptoir_read;
REVOKE TRUNCATE ON TABLE inventory.reservation_event FROM comptoir_owner;

CREATE TABLE inventory.reservation_line (
  tenant_id uuid NOT NULL,
  reservation_id uuid NOT NULL,
  line integer NOT NULL,
  item integer NOT NULL,
  level_id uuid NOT NULL,
  quantity numeric(19,6) NOT NULL,
  open numeric(19,6) NOT NULL,
  is_open boolean GENERATED ALWAYS AS (open > 0::numeric) STORED NOT NULL,
  expires_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT reservation_line_pkey PRIMARY KEY (tenant_id, reservation_id, line),
  CONSTRAINT reservation_line_open_within_quantity CHECK (quantity > 0::numeric AND open >= 0::numeric AND open <= quantity),
  CONSTRAINT reservation_line_level_id_fkey FOREIGN KEY (tenant_id, level_id) REFERENCES inventory.level(tenant_id, id),
  CONSTRAINT reservation_line_reservation_id_fkey FOREIGN KEY (tenant_id, reservation_id) REFERENCES inventory.reservation(tenant_id, id)
);
COMMENT ON TABLE inventory.reservation_line IS 'class: tenant. What a reservation keeps of one level, and what of it is still kept; the open lines of a level add up to what is reserved there. item is which of the lines that were asked for it serves. Without expires_at it is in quarantine.';
CREATE INDEX reservation_line_level_id ON inventory.reservation_line USING btree (tenant_id, level_id, is_open);
CREATE INDEX reservation_line_open ON inventory.reservation_line USING btree (tenant_id, expires_at) WHERE is_open;
ALTER TABLE inventory.reservation_line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON inventory.reservation_line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE inventory.reservation_line TO comptoir_app;
GRANT SELECT ON TABLE inventory.reservation_line TO comptoir_read;

CREATE VIEW inventory.read_batch_movement WITH (security_invoker=true) AS
 SELECT m.tenant_id,
    m.batch_id,
    m.recorded_at,
    m.posting_id,
    m.line,
    m.branch_id,
    m.variant_id,
    m.quantity,
    m.effective_on,
    p.kind,
    p.document_type,
    p.document_id,
    p.document_number,
    p.party_id
   FROM inventory.movement m
     JOIN inventory.posting p ON p.tenant_id = m.tenant_id AND p.id = m.posting_id
  WHERE m.batch_id IS NOT NULL;
COMMENT ON VIEW inventory.read_batch_movement IS 'Published for recalls: what moved of a batch, and the document it moved for.';
GRANT SELECT ON TABLE inventory.read_batch_movement TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_batch_movement TO comptoir_read;

CREATE VIEW inventory.read_batch_stock WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.id AS level_id,
    l.branch_id,
    l.variant_id,
    l.batch_id,
    l.on_hand,
    l.available,
    b.number,
    b.expires_on,
    b.is_blocked
   FROM inventory.level l
     LEFT JOIN inventory.batch b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id;
COMMENT ON VIEW inventory.read_batch_stock IS 'Published: what a branch has of a variant in one batch, or in none.';
GRANT SELECT ON TABLE inventory.read_batch_stock TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_batch_stock TO comptoir_read;

CREATE VIEW inventory.read_checked_batch WITH (security_invoker=true) AS
 SELECT b.tenant_id,
    b.id::text AS key,
    concat_ws(' '::text, v.label, b.number) AS label,
    b.id,
    b.variant_id,
    b.number,
    v.is_expiry_tracked,
    b.manufactured_on,
    b.expires_on,
    b.supplier_id,
    b.unit_cost,
    b.is_blocked,
    ( SELECT COALESCE(sum(l.on_hand), 0::numeric) AS "coalesce"
           FROM inventory.level l
          WHERE l.tenant_id = b.tenant_id AND l.batch_id = b.id) AS on_hand,
    b.created_at
   FROM inventory.batch b
     JOIN catalog.read_checked_variant v ON v.tenant_id = b.tenant_id AND v.id = b.variant_id;
COMMENT ON VIEW inventory.read_checked_batch IS 'Published: what rules of quality judge of a batch.';
GRANT SELECT ON TABLE inventory.read_checked_batch TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_checked_batch TO comptoir_read;

CREATE VIEW inventory.read_checked_level WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.id::text AS key,
    concat_ws(' '::text, v.label, b.number) AS label,
    l.id,
    l.branch_id,
    l.variant_id,
    l.batch_id,
    b.number AS batch_number,
    b.expires_on,
    v.is_expiry_tracked,
    l.on_hand,
    l.reserved,
        CASE
            WHEN c.quantity <> 0::numeric THEN round(c.value / c.quantity, 6)
            ELSE NULL::numeric
        END AS unit_cost,
    l.updated_at
   FROM inventory.level l
     JOIN catalog.read_checked_variant v ON v.tenant_id = l.tenant_id AND v.id = l.variant_id
     LEFT JOIN inventory.batch b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id
     LEFT JOIN inventory.cost c ON c.tenant_id = l.tenant_id AND c.branch_id = l.branch_id AND c.variant_id = l.variant_id;
COMMENT ON VIEW inventory.read_checked_level IS 'Published: what rules of quality judge of stock in a place.';
GRANT SELECT ON TABLE inventory.read_checked_level TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_checked_level TO comptoir_read;

CREATE VIEW inventory.read_cost WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    variant_id,
    quantity,
    value
   FROM inventory.cost c
  WHERE version > 0;
COMMENT ON VIEW inventory.read_cost IS 'Published: of which variants a branch ever had stock, and what it is worth, in the order of the key of inventory.cost.';
GRANT SELECT ON TABLE inventory.read_cost TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_cost TO comptoir_read;

CREATE VIEW inventory.read_movement WITH (security_invoker=true) AS
 SELECT m.tenant_id,
    m.branch_id,
    m.variant_id,
    m.batch_id,
    m.level_id,
    p.kind,
    m.quantity,
    m.value,
    m.effective_on,
    m.recorded_at
   FROM inventory.movement m
     LEFT JOIN inventory.posting p ON p.tenant_id = m.tenant_id AND p.id = m.posting_id;
COMMENT ON VIEW inventory.read_movement IS 'Published: what came and went, on which day it counts, and why. Who does not ask why does not read the posting. effective_on is at most a day after recorded_at.';
GRANT SELECT ON TABLE inventory.read_movement TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_movement TO comptoir_read;

CREATE VIEW inventory.read_place WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.branch_id,
    l.variant_id,
    l.batch_id,
    l.place,
    b.number AS batch_number,
    b.expires_on,
    l.on_hand,
    l.reserved,
    l.version,
    c.last_cost
   FROM inventory.level l
     LEFT JOIN inventory.batch b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id
     LEFT JOIN inventory.cost c ON c.tenant_id = l.tenant_id AND c.branch_id = l.branch_id AND c.variant_id = l.variant_id;
COMMENT ON VIEW inventory.read_place IS 'Published for counts: what lies in a branch of a variant in one batch, or in none, how many movements made it so, and what one is worth.';
GRANT SELECT ON TABLE inventory.read_place TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_place TO comptoir_read;

CREATE VIEW inventory.read_stock WITH (security_invoker=true) AS
 SELECT c.tenant_id,
    c.branch_id,
    c.variant_id,
    c.quantity AS on_hand,
    l.reserved,
    c.quantity - l.reserved AS available,
    c.created_at
   FROM inventory.cost c
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(l_1.reserved), 0::numeric) AS reserved
           FROM inventory.level l_1
          WHERE l_1.tenant_id = c.tenant_id AND l_1.branch_id = c.branch_id AND l_1.variant_id = c.variant_id) l
  WHERE c.version > 0;
COMMENT ON VIEW inventory.read_stock IS 'Published: what a branch has of a variant in all batches. Its key is that of inventory.cost.';
GRANT SELECT ON TABLE inventory.read_stock TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_stock TO comptoir_read;

CREATE VIEW inventory.read_stocked_batch WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.branch_id,
    l.variant_id,
    l.batch_id,
    l.on_hand,
    b.expires_on
   FROM inventory.level l
     CROSS JOIN LATERAL ( SELECT b_1.expires_on
           FROM inventory.batch b_1
          WHERE b_1.tenant_id = l.tenant_id AND b_1.id = l.batch_id
         OFFSET 0) b
  WHERE l.is_stocked AND l.batch_id IS NOT NULL;
COMMENT ON VIEW inventory.read_stocked_batch IS 'Published: batches of which there is something in a branch.';
GRANT SELECT ON TABLE inventory.read_stocked_batch TO comptoir_app;
GRANT SELECT ON TABLE inventory.read_stocked_batch TO comptoir_read;

CREATE OR REPLACE FUNCTION inventory."freeze"(p_tenant uuid, p_keys jsonb, p_by uuid, p_until timestamp with time zone)
 RETURNS TABLE(branch_id uuid, variant_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO inventory.cost (tenant_id, branch_id, variant_id)
  SELECT DISTINCT p_tenant, k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)
  ORDER BY k.branch_id, k.variant_id
  ON CONFLICT DO NOTHING;
  PERFORM FROM inventory.cost c
  JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
    ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c;

  RETURN QUERY
  SELECT c.branch_id, c.variant_id
  FROM inventory.cost c
  JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
    ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant AND c.frozen_by <> p_by AND c.frozen_until > v_now
  ORDER BY c.branch_id, c.variant_id;
  IF FOUND THEN RETURN; END IF;

  UPDATE inventory.cost c SET frozen_by = p_by, frozen_until = p_until, updated_at = v_now
  FROM (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
  WHERE c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id;
END
$function$;
COMMENT ON FUNCTION inventory."freeze"(uuid,jsonb,uuid,timestamp with time zone) IS 'The only way stock is frozen.';
GRANT EXECUTE ON FUNCTION inventory."freeze"(uuid,jsonb,uuid,timestamp with time zone) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.block_batches(p_tenant uuid, p_changes jsonb)
 RETURNS TABLE(number integer, code text, freed jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_ids uuid[];
  v_change record;
  v_is_blocked boolean;
  v_number integer;
  v_freed jsonb;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  v_ids := array(SELECT (c.value ->> 'batch_id')::uuid FROM jsonb_array_elements(p_changes) c);
  PERFORM inventory.hold_batches(p_tenant, v_ids);
  FOR v_change IN
    SELECT c.* FROM ROWS FROM (jsonb_to_recordset(p_changes) AS (id uuid, batch_id uuid, action text, reason text, actor_id uuid))
                    WITH ORDINALITY AS c (id, batch_id, action, reason, actor_id, position)
    ORDER BY c.position
  LOOP
    SELECT b.is_blocked INTO v_is_blocked FROM inventory.batch b WHERE b.tenant_id = p_tenant AND b.id = v_change.batch_id;
    IF NOT FOUND THEN
      RETURN QUERY SELECT NULL::integer, 'batch_not_found', NULL::jsonb;
    ELSIF v_is_blocked = (v_change.action = 'block') THEN
      RETURN QUERY SELECT NULL::integer, CASE WHEN v_is_blocked THEN 'already_blocked' ELSE 'not_blocked' END, NULL::jsonb;
    ELSE
      SELECT coalesce(max(o.number), 0) + 1 INTO v_number FROM inventory.batch_block o WHERE o.tenant_id = p_tenant AND o.batch_id = v_change.batch_id;
      INSERT INTO inventory.batch_block (tenant_id, id, batch_id, number, action, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_change.id, v_change.batch_id, v_number, v_change.action, v_change.reason, v_change.actor_id, transaction_timestamp());
      UPDATE inventory.batch b SET is_blocked = v_change.action = 'block', version = b.version + 1, updated_at = transaction_timestamp()
      WHERE b.tenant_id = p_tenant AND b.id = v_change.batch_id;
      SELECT coalesce(jsonb_agg(jsonb_build_object('reservation_id', r.id, 'branch_id', r.branch_id, 'document_type', r.document_type,
               'document_id', r.document_id, 'line', e.line, 'quantity', trim_scale(e.quantity)::text) ORDER BY r.id, e.line), '[]')
      INTO v_freed
      FROM inventory.end_stale_reservations(p_tenant, array(
             SELECT l.id FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.batch_id = v_change.batch_id)) e
      JOIN inventory.reservation r ON r.tenant_id = p_tenant AND r.id = e.reservation_id
      WHERE e.action = 'block';
      RETURN QUERY SELECT v_number, NULL::text, v_freed;
    END IF;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION inventory.block_batches(uuid,jsonb) IS 'The only way batches are blocked and released.';
GRANT EXECUTE ON FUNCTION inventory.block_batches(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.end_reservations(p_tenant uuid, p_changes jsonb)
 RETURNS TABLE(code text, line integer, open numeric, freed jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a change
  v_reservations uuid[];
  v_actions text[];
  v_notes text[];
  v_actors uuid[];
  v_wanted jsonb[];
  v_known boolean[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a part: what a change wants of a line
  v_changes integer[];
  v_part_lines integer[];
  v_quantities numeric[];
  v_place_of integer[];
  v_taken numeric[];
  v_numbers integer[];
  -- one element a place: a line of a reservation
  v_levels uuid[];
  v_open numeric[];
  v_versions integer[];
  -- of the change and part at hand
  v_part integer := 1;
  v_first integer;
  v_done integer;
  v_place integer;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(c.reservation_id ORDER BY c.position), array_agg(c.action ORDER BY c.position), array_agg(c.note ORDER BY c.position),
         array_agg(c.actor_id ORDER BY c.position), array_agg(c.lines ORDER BY c.position),
         array_agg(EXISTS (SELECT FROM inventory.reservation r WHERE r.tenant_id = p_tenant AND r.id = c.reservation_id) ORDER BY c.position)
  INTO v_reservations, v_actions, v_notes, v_actors, v_wanted, v_known
  FROM ROWS FROM (jsonb_to_recordset(p_changes) AS (reservation_id uuid, action text, note text, actor_id uuid, lines jsonb))
       WITH ORDINALITY AS c (reservation_id, action, note, actor_id, lines, position);
  IF v_reservations IS NULL THEN RETURN; END IF;

  SELECT array_agg(p.change), array_agg(p.line), array_agg(p.quantity), array_agg(p.place)
  INTO v_changes, v_part_lines, v_quantities, v_place_of
  FROM (
    SELECT c.position AS change, p.line, p.quantity, dense_rank() OVER (ORDER BY c.reservation_id, p.line) AS place
    FROM unnest(v_reservations, v_wanted) WITH ORDINALITY AS c (reservation_id, lines, position), LATERAL (
      SELECT w.line, w.quantity, w.at
      FROM ROWS FROM (jsonb_to_recordset(c.lines) AS (line integer, quantity numeric)) WITH ORDINALITY AS w (line, quantity, at)
      UNION ALL
      SELECT r.line, NULL, r.line FROM inventory.reservation_line r
      WHERE c.lines IS NULL AND r.tenant_id = p_tenant AND r.reservation_id = c.reservation_id) p
    ORDER BY c.position, p.at) p;

  -- What it is about, locked, without what is over.
  SELECT array_agg(r.level_id ORDER BY k.place) INTO v_levels
  FROM (SELECT DISTINCT p.place, v_reservations[p.change] AS reservation_id, p.line FROM unnest(v_place_of, v_changes, v_part_lines) AS p (place, change, line)) k
  LEFT JOIN inventory.reservation_line r ON r.tenant_id = p_tenant AND r.reservation_id = k.reservation_id AND r.line = k.line;
  PERFORM FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.id = ANY (v_levels)
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, array_remove(v_levels, NULL));
  SELECT array_agg(r.open ORDER BY k.place), array_agg(r.version ORDER BY k.place) INTO v_open, v_versions
  FROM (SELECT DISTINCT p.place, v_reservations[p.change] AS reservation_id, p.line FROM unnest(v_place_of, v_changes, v_part_lines) AS p (place, change, line)) k
  LEFT JOIN inventory.reservation_line r ON r.tenant_id = p_tenant AND r.reservation_id = k.reservation_id AND r.line = k.line;

  -- One change after the other: the first thing that is wrong with it, or its parts applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_reservations)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_reservations)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_reservations)]);
  v_taken := array_fill(0::numeric, ARRAY[coalesce(cardinality(v_changes), 0)]);
  v_numbers := array_fill(NULL::integer, ARRAY[coalesce(cardinality(v_changes), 0)]);
  FOR i IN 1 .. cardinality(v_reservations) LOOP
    v_first := v_part;
    WHILE v_changes[v_part] = i LOOP
      v_part := v_part + 1;
    END LOOP;
    v_code := CASE WHEN NOT v_known[i] THEN 'reservation_not_found' END;
    v_done := v_first;
    WHILE v_code IS NULL AND v_done < v_part LOOP
      v_place := v_place_of[v_done];
      v_code := CASE
        WHEN v_open[v_place] IS NULL THEN 'reservation_line_not_found'
        WHEN v_quantities[v_done] <= 0 THEN 'quantity_zero'
        WHEN v_quantities[v_done] <> round(v_quantities[v_done], 6) THEN 'wrong_precision'
        WHEN v_open[v_place] = 0 AND v_wanted[i] IS NOT NULL THEN 'reservation_over'
        WHEN v_quantities[v_done] > v_open[v_place] THEN 'more_than_reserved'
      END;
      IF v_code IS NOT NULL THEN
        v_lines[i] := v_part_lines[v_done];
        v_left[i] := trim_scale(v_open[v_place]);
        EXIT;
      END IF;
      v_taken[v_done] := coalesce(v_quantities[v_done], v_open[v_place]);
      IF v_taken[v_done] > 0 THEN
        v_open[v_place] := v_open[v_place] - v_taken[v_done];
        v_versions[v_place] := v_versions[v_place] + 1;
        v_numbers[v_done] := v_versions[v_place];
      END IF;
      v_done := v_done + 1;
    END LOOP;
    IF v_code IS NULL AND NOT EXISTS (SELECT FROM unnest(v_taken[v_first:v_part - 1]) AS t (quantity) WHERE t.quantity > 0) THEN
      v_code := 'reservation_over';
    END IF;

    v_codes[i] := v_code;
    IF v_code IS NOT NULL THEN
      FOR k IN v_first .. v_done - 1 LOOP
        IF v_taken[k] > 0 THEN
          v_open[v_place_of[k]] := v_open[v_place_of[k]] + v_taken[k];
          v_versions[v_place_of[k]] := v_versions[v_place_of[k]] - 1;
          v_taken[k] := 0;
        END IF;
      END LOOP;
    END IF;
  END LOOP;

  -- What is written.
  WITH touched AS MATERIALIZED (
    SELECT p.place, min(v_reservations[p.change]::text)::uuid AS reservation_id, min(p.line) AS line, sum(p.taken) AS taken
    FROM unnest(v_place_of, v_changes, v_part_lines, v_taken) AS p (place, change, line, taken)
    WHERE p.taken > 0
    GROUP BY p.place
  ), changed AS (
    UPDATE inventory.reservation_line r SET open = v_open[t.place], version = v_versions[t.place], updated_at = v_now
    FROM touched t WHERE r.tenant_id = p_tenant AND r.reservation_id = t.reservation_id AND r.line = t.line
  )
  UPDATE inventory.level l SET reserved = l.reserved - s.taken, updated_at = v_now
  FROM (SELECT v_levels[t.place] AS id, sum(t.taken) AS taken FROM touched t GROUP BY 1) s
  WHERE l.tenant_id = p_tenant AND l.id = s.id;

  INSERT INTO inventory.reservation_event (tenant_id, reservation_id, line, number, action, quantity, note, actor_id, recorded_at)
  SELECT p_tenant, v_reservations[p.change], p.line, p.number, v_actions[p.change], p.taken, v_notes[p.change], v_actors[p.change], v_now
  FROM unnest(v_changes, v_part_lines, v_numbers, v_taken) AS p (change, line, number, taken)
  WHERE p.taken > 0;

  RETURN QUERY
  SELECT c.code, c.line, c.open,
         (SELECT jsonb_agg(jsonb_build_object('line', p.line, 'item', r.item, 'branch_id', l.branch_id, 'variant_id', l.variant_id, 'batch_id', l.batch_id,
                   'quantity', trim_scale(p.taken)::text) ORDER BY p.position)
          FROM unnest(v_changes, v_part_lines, v_place_of, v_taken) WITH ORDINALITY AS p (change, line, place, taken, position)
          JOIN inventory.level l ON l.tenant_id = p_tenant AND l.id = v_levels[p.place]
          JOIN inventory.reservation_line r ON r.tenant_id = p_tenant AND r.reservation_id = v_reservations[p.change] AND r.line = p.line
          WHERE p.change = c.position AND p.taken > 0)
  FROM unnest(v_codes, v_lines, v_left) WITH ORDINALITY AS c (code, line, open, position)
  ORDER BY c.position;
END
$function$;
COMMENT ON FUNCTION inventory.end_reservations(uuid,jsonb) IS 'The only way what is kept is released, or taken by the document it was kept for.';
GRANT EXECUTE ON FUNCTION inventory.end_reservations(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.end_stale_reservations(p_tenant uuid, p_levels uuid[])
 RETURNS TABLE(reservation_id uuid, line integer, quantity numeric, action text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  WITH stale AS MATERIALIZED (
    SELECT r.reservation_id, r.line, r.level_id, r.open, CASE WHEN r.expires_at > v_now AND t.is_blocked THEN 'block' ELSE 'expire' END AS action
    FROM inventory.reservation_line r
    JOIN inventory.level l ON l.tenant_id = p_tenant AND l.id = r.level_id
    JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = l.branch_id
    LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = l.batch_id
    WHERE r.tenant_id = p_tenant AND r.level_id = ANY (p_levels) AND r.is_open AND r.expires_at IS NOT NULL
      AND (r.expires_at <= v_now OR t.is_blocked OR t.expires_on < (v_now AT TIME ZONE b.time_zone)::date)
  ), ended AS (
    UPDATE inventory.reservation_line r SET open = 0, version = r.version + 1, updated_at = v_now
    FROM stale s WHERE r.tenant_id = p_tenant AND r.reservation_id = s.reservation_id AND r.line = s.line
    RETURNING r.reservation_id, r.line, r.version
  ), freed AS (
    UPDATE inventory.level l SET reserved = l.reserved - s.open, updated_at = v_now
    FROM (SELECT s.level_id, sum(s.open) AS open FROM stale s GROUP BY s.level_id) s
    WHERE l.tenant_id = p_tenant AND l.id = s.level_id
  ), noted AS (
    INSERT INTO inventory.reservation_event (tenant_id, reservation_id, line, number, action, quantity, recorded_at)
    SELECT p_tenant, s.reservation_id, s.line, e.version, s.action, s.open, v_now
    FROM stale s JOIN ended e ON e.reservation_id = s.reservation_id AND e.line = s.line
  )
  SELECT s.reservation_id, s.line, s.open, s.action FROM stale s ORDER BY s.reservation_id, s.line;
END
$function$;
COMMENT ON FUNCTION inventory.end_stale_reservations(uuid,uuid[]) IS 'Ends what must not be kept any longer; for the functions that hold stock.';

CREATE OR REPLACE FUNCTION inventory.expire_reservations(p_tenant uuid)
 RETURNS TABLE(reservation_id uuid, line integer, quantity numeric, action text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_levels uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(l.id) INTO v_levels
  FROM (
    SELECT l.id FROM inventory.level l
    WHERE l.tenant_id = p_tenant AND l.id IN (
      SELECT r.level_id FROM inventory.reservation_line r
      JOIN inventory.level o ON o.tenant_id = p_tenant AND o.id = r.level_id
      JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = o.branch_id
      LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = o.batch_id
      WHERE r.tenant_id = p_tenant AND r.is_open AND r.expires_at IS NOT NULL
        AND (r.expires_at <= v_now OR t.expires_on < (v_now AT TIME ZONE b.time_zone)::date))
    ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE SKIP LOCKED) l;
  RETURN QUERY SELECT s.reservation_id, s.line, s.quantity, s.action FROM inventory.end_stale_reservations(p_tenant, v_levels) s;
END
$function$;
COMMENT ON FUNCTION inventory.expire_reservations(uuid) IS 'Ends the reservations of a tenant whose time is over.';
GRANT EXECUTE ON FUNCTION inventory.expire_reservations(uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.extend_reservations(p_tenant uuid, p_changes jsonb)
 RETURNS TABLE(code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_levels uuid[];
  v_extended uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(l.id) INTO v_levels
  FROM (
    SELECT l.id FROM inventory.level l
    WHERE l.tenant_id = p_tenant AND l.id IN (
      SELECT r.level_id FROM inventory.reservation_line r JOIN jsonb_to_recordset(p_changes) AS c (reservation_id uuid) ON r.reservation_id = c.reservation_id
      WHERE r.tenant_id = p_tenant)
    ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE) l;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, v_levels);

  WITH changed AS (
    UPDATE inventory.reservation_line r
    SET expires_at = least(c.expires_at, (t.expires_on + 1)::timestamp AT TIME ZONE b.time_zone), version = r.version + 1, updated_at = v_now
    FROM jsonb_to_recordset(p_changes) AS c (reservation_id uuid, expires_at timestamptz),
         inventory.level l LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = l.batch_id
           JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = l.branch_id
    WHERE r.tenant_id = p_tenant AND r.reservation_id = c.reservation_id AND r.is_open AND r.expires_at IS NOT NULL
      AND l.tenant_id = p_tenant AND l.id = r.level_id
    RETURNING r.reservation_id, r.line, r.version, r.expires_at
  ), noted AS (
    INSERT INTO inventory.reservation_event (tenant_id, reservation_id, line, number, action, expires_at, actor_id, recorded_at)
    SELECT p_tenant, e.reservation_id, e.line, e.version, 'extend', e.expires_at, c.actor_id, v_now
    FROM changed e JOIN jsonb_to_recordset(p_changes) AS c (reservation_id uuid, actor_id uuid) ON c.reservation_id = e.reservation_id
  )
  SELECT array_agg(DISTINCT e.reservation_id) INTO v_extended FROM changed e;

  RETURN QUERY
  SELECT CASE WHEN c.reservation_id = ANY (v_extended) THEN NULL
              WHEN EXISTS (SELECT FROM inventory.reservation r WHERE r.tenant_id = p_tenant AND r.id = c.reservation_id) THEN 'reservation_over'
              ELSE 'reservation_not_found' END
  FROM ROWS FROM (jsonb_to_recordset(p_changes) AS (reservation_id uuid)) WITH ORDINALITY AS c (reservation_id, position)
  ORDER BY c.position;
END
$function$;
COMMENT ON FUNCTION inventory.extend_reservations(uuid,jsonb) IS 'The only way the end of a reservation is moved.';
GRANT EXECUTE ON FUNCTION inventory.extend_reservations(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.hold(p_tenant uuid, p_keys jsonb)
 RETURNS TABLE(branch_id uuid, variant_id uuid, quantity numeric, value numeric, last_cost numeric, levels jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_levels uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  -- What nobody had yet is held as nothing, so that whoever has it first at the same time waits, and weighs on what is there by then.
  INSERT INTO inventory.cost (tenant_id, branch_id, variant_id)
  SELECT DISTINCT p_tenant, b.id, v.id
  FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)
  JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = k.branch_id
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = k.variant_id
  WHERE NOT EXISTS (SELECT FROM inventory.cost c WHERE c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id)
  ORDER BY b.id, v.id
  ON CONFLICT DO NOTHING;
  PERFORM FROM inventory.cost c JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
               ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c;
  SELECT array_agg(h.id) INTO v_levels
  FROM (
    SELECT l.id FROM inventory.level l JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
                          ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id
    WHERE l.tenant_id = p_tenant
    ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l) h;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, v_levels);
  RETURN QUERY
  SELECT k.branch_id, k.variant_id, coalesce(c.quantity, 0), coalesce(c.value, 0), coalesce(c.last_cost, 0),
         (SELECT coalesce(jsonb_agg(jsonb_build_object('batch_id', l.batch_id, 'on_hand', l.on_hand::text, 'available', l.available::text,
                   'expires_on', b.expires_on, 'is_blocked', coalesce(b.is_blocked, false)) ORDER BY l.place), '[]')
          FROM inventory.level l LEFT JOIN inventory.batch b ON b.tenant_id = p_tenant AND b.id = l.batch_id
          WHERE l.tenant_id = p_tenant AND l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND (l.on_hand <> 0 OR l.reserved <> 0))
  FROM (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
  LEFT JOIN inventory.cost c ON c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  ORDER BY k.branch_id, k.variant_id;
END
$function$;
COMMENT ON FUNCTION inventory.hold(uuid,jsonb) IS 'Holds the stock of variants until the end of the transaction.';
GRANT EXECUTE ON FUNCTION inventory.hold(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.hold_batches(p_tenant uuid, p_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.batch_id = ANY (p_ids)
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE;
  PERFORM FROM inventory.batch b WHERE b.tenant_id = p_tenant AND b.id = ANY (p_ids) ORDER BY b.id FOR NO KEY UPDATE;
END
$function$;
COMMENT ON FUNCTION inventory.hold_batches(uuid,uuid[]) IS 'Holds batches and all that lies of them until the end of the transaction.';
GRANT EXECUTE ON FUNCTION inventory.hold_batches(uuid,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.make_partitions(p_from date, p_until date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  CALL platform.make_partitions('inventory.movement', p_from, p_until);
END
$function$;
COMMENT ON FUNCTION inventory.make_partitions(date,date) IS 'Keeps the partitions of the movements ahead of the calendar; run by a job and by migrate.';
GRANT EXECUTE ON FUNCTION inventory.make_partitions(date,date) TO comptoir_jobs;

CREATE OR REPLACE FUNCTION inventory.record(p_tenant uuid, p_postings jsonb)
 RETURNS TABLE(code text, line integer, available numeric)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  c_most_movements CONSTANT integer := 10000;
  c_beyond_quantities CONSTANT numeric := 1e13;
  c_beyond_values CONSTANT numeric := 1e15;
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a posting
  v_ids uuid[];
  v_kinds text[];
  v_types text[];
  v_documents uuid[];
  v_numbers text[];
  v_document_days date[];
  v_parties uuid[];
  v_notes text[];
  v_reasons text[];
  v_actors uuid[];
  v_movements jsonb[];
  v_same integer[];
  v_exists boolean[];
  v_taken boolean[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a movement
  v_postings integer[];
  v_branches uuid[];
  v_variants uuid[];
  v_batches uuid[];
  v_quantities numeric[];
  v_values numeric[];
  v_unit_costs numeric[];
  v_last_costs numeric[];
  v_may boolean[];
  v_is_sold boolean[];
  v_days date[];
  v_faults text[];
  v_level_of integer[];
  v_cost_of integer[];
  v_starts numeric[];
  v_versions bigint[];
  v_known_before numeric[];
  -- one element a level
  v_level_ids uuid[];
  v_is_new boolean[];
  v_on_hand numeric[];
  v_reserved numeric[];
  v_level_versions bigint[];
  -- one element a cost
  v_cost_is_new boolean[];
  v_cost_quantities numeric[];
  v_cost_values numeric[];
  v_costs_known numeric[];
  v_frozen_by uuid[];
  v_held_levels integer;
  v_held_costs integer;
  -- of the posting and movement at hand
  v_movement integer := 1;
  v_first integer;
  v_done integer;
  v_level integer;
  v_cost integer;
  v_code text;
  v_line integer;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(p.id), array_agg(p.kind), array_agg(p.document_type), array_agg(p.document_id), array_agg(p.document_number), array_agg(p.document_on),
         array_agg(p.party_id), array_agg(p.reason), array_agg(p.note), array_agg(p.actor_id), array_agg(p.movements), array_agg(p.same),
         array_agg(EXISTS (SELECT FROM inventory.posting o WHERE o.tenant_id = p_tenant AND o.id = p.id))
  INTO v_ids, v_kinds, v_types, v_documents, v_numbers, v_document_days, v_parties, v_reasons, v_notes, v_actors, v_movements, v_same, v_exists
  FROM (
    SELECT p.*, min(p.position) OVER (PARTITION BY p.id) AS same
    FROM ROWS FROM (jsonb_to_recordset(p_postings) AS (
           id uuid, kind text, document_type text, document_id uuid, document_number text, document_on date, party_id uuid, reason text, note text,
           actor_id uuid, movements jsonb))
         WITH ORDINALITY AS p (id, kind, document_type, document_id, document_number, document_on, party_id, reason, note, actor_id, movements, position)
    ORDER BY p.position) p;
  IF v_ids IS NULL THEN RETURN; END IF;

  SELECT array_agg(m.posting), array_agg(m.branch_id), array_agg(m.variant_id), array_agg(m.batch_id), array_agg(m.quantity),
         array_agg(m.value), array_agg(m.unit_cost), array_agg(m.last_cost), array_agg(coalesce(m.may_go_below_zero OR m.is_already_sold, false)),
         array_agg(coalesce(m.is_already_sold, false)), array_agg(m.effective_on), array_agg(m.level), array_agg(m.cost)
  INTO v_postings, v_branches, v_variants, v_batches, v_quantities, v_values, v_unit_costs, v_last_costs, v_may, v_is_sold, v_days, v_level_of, v_cost_of
  FROM (
    SELECT p.position AS posting, m.*,
           dense_rank() OVER (ORDER BY m.branch_id, m.variant_id, coalesce(m.batch_id, m.variant_id)) AS level,
           dense_rank() OVER (ORDER BY m.branch_id, m.variant_id) AS cost
    FROM unnest(v_movements) WITH ORDINALITY AS p (movements, position),
         ROWS FROM (jsonb_to_recordset(p.movements) AS (
           branch_id uuid, variant_id uuid, batch_id uuid, quantity numeric, value numeric, unit_cost numeric, last_cost numeric,
           may_go_below_zero boolean, is_already_sold boolean, effective_on date))
         WITH ORDINALITY AS m (branch_id, variant_id, batch_id, quantity, value, unit_cost, last_cost, may_go_below_zero, is_already_sold, effective_on, line)
    ORDER BY p.position, m.line) m;

  -- What it is about, locked. A level that is not there yet is one with nothing in it.
  PERFORM FROM inventory.cost c
  JOIN (SELECT DISTINCT m.branch_id, m.variant_id FROM unnest(v_branches, v_variants) AS m (branch_id, variant_id)) k
    ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c;
  GET DIAGNOSTICS v_held_costs = ROW_COUNT;
  PERFORM FROM inventory.level l
  JOIN (SELECT DISTINCT m.branch_id, m.variant_id, coalesce(m.batch_id, m.variant_id) AS place
        FROM unnest(v_branches, v_variants, v_batches) AS m (branch_id, variant_id, batch_id)) k
    ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place
  WHERE l.tenant_id = p_tenant
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  GET DIAGNOSTICS v_held_levels = ROW_COUNT;

  SELECT array_agg(coalesce(l.id, gen_random_uuid()) ORDER BY k.level), array_agg(l.id IS NULL ORDER BY k.level), array_agg(coalesce(l.on_hand, 0) ORDER BY k.level),
         array_agg(coalesce(l.reserved, 0) ORDER BY k.level), array_agg(coalesce(l.version, 0) ORDER BY k.level)
  INTO v_level_ids, v_is_new, v_on_hand, v_reserved, v_level_versions
  FROM (SELECT DISTINCT m.level, m.branch_id, m.variant_id, coalesce(m.batch_id, m.variant_id) AS place
        FROM unnest(v_level_of, v_branches, v_variants, v_batches) AS m (level, branch_id, variant_id, batch_id)) k
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place;
  SELECT array_agg(c.branch_id IS NULL ORDER BY k.cost), array_agg(coalesce(c.quantity, 0) ORDER BY k.cost), array_agg(coalesce(c.value, 0) ORDER BY k.cost),
         array_agg(coalesce(c.last_cost, 0) ORDER BY k.cost), array_agg(CASE WHEN c.frozen_until > v_now THEN c.frozen_by END ORDER BY k.cost)
  INTO v_cost_is_new, v_cost_quantities, v_cost_values, v_costs_known, v_frozen_by
  FROM (SELECT DISTINCT m.cost, m.branch_id, m.variant_id FROM unnest(v_cost_of, v_branches, v_variants) AS m (cost, branch_id, variant_id)) k
  LEFT JOIN inventory.cost c ON c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id;
  IF cardinality(array_positions(v_is_new, false)) > v_held_levels OR cardinality(array_positions(v_cost_is_new, false)) > v_held_costs THEN
    -- Made by another transaction since they were locked, and so read without a lock: the next try finds and locks it.
    RAISE EXCEPTION 'stock was made meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;

  -- What is wrong with a movement whatever lies there. Read after the locks: who blocks a batch locks its levels.
  SELECT array_agg(CASE
           WHEN m.quantity IS NULL OR m.quantity = 0 THEN 'quantity_zero'
           WHEN m.quantity <> round(m.quantity, 6) OR m.value <> round(m.value, 4) THEN 'wrong_precision'
           WHEN b.id IS NULL THEN 'branch_not_found'
           WHEN v.id IS NULL THEN 'variant_not_found'
           WHEN m.batch_id IS NOT NULL AND t.id IS NULL THEN 'batch_not_found'
           WHEN m.value IS NULL OR m.unit_cost IS NULL OR m.last_cost IS NULL THEN 'cost_missing'
           WHEN m.quantity < 0 AND v_kinds[m.posting] = 'sale' AND NOT m.is_sold AND t.is_blocked THEN 'batch_blocked'
           WHEN m.quantity < 0 AND v_kinds[m.posting] = 'sale' AND NOT m.is_sold AND t.expires_on < (v_now AT TIME ZONE b.time_zone)::date THEN 'batch_expired'
         END ORDER BY m.position),
         array_agg(coalesce(m.effective_on, (v_now AT TIME ZONE b.time_zone)::date) ORDER BY m.position)
  INTO v_faults, v_days
  FROM unnest(v_postings, v_branches, v_variants, v_batches, v_quantities, v_values, v_unit_costs, v_last_costs, v_is_sold, v_days)
       WITH ORDINALITY AS m (posting, branch_id, variant_id, batch_id, quantity, value, unit_cost, last_cost, is_sold, effective_on, position)
  LEFT JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = m.branch_id AND b.deleted_at IS NULL
  LEFT JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = m.variant_id
  LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = m.batch_id AND t.variant_id = m.variant_id;

  -- One posting after the other: the first thing that is wrong with it, or its movements applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_ids)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_ids)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_ids)]);
  v_taken := array_fill(false, ARRAY[cardinality(v_ids)]);
  v_starts := array_fill(NULL::numeric, ARRAY[coalesce(cardinality(v_postings), 0)]);
  v_versions := array_fill(NULL::bigint, ARRAY[coalesce(cardinality(v_postings), 0)]);
  v_known_before := v_starts;
  FOR i IN 1 .. cardinality(v_ids) LOOP
    v_first := v_movement;
    WHILE v_postings[v_movement] = i LOOP
      v_movement := v_movement + 1;
    END LOOP;
    v_code := CASE
      WHEN v_exists[i] OR v_taken[v_same[i]] THEN 'already_exists'
      WHEN v_movement = v_first THEN 'too_few_movements'
      WHEN v_movement - v_first > c_most_movements THEN 'too_many_movements'
    END;
    v_line := NULL;
    v_done := v_first;
    WHILE v_code IS NULL AND v_done < v_movement LOOP
      v_line := v_done - v_first + 1;
      v_code := v_faults[v_done];
      EXIT WHEN v_code IS NOT NULL;
      v_level := v_level_of[v_done];
      v_cost := v_cost_of[v_done];
      v_code := CASE WHEN v_frozen_by[v_cost] <> v_documents[i] AND NOT v_is_sold[v_done] THEN 'stock_frozen' END;
      EXIT WHEN v_code IS NOT NULL;
      v_starts[v_done] := v_on_hand[v_level];
      v_known_before[v_done] := v_costs_known[v_cost];
      v_on_hand[v_level] := v_on_hand[v_level] + v_quantities[v_done];
      v_level_versions[v_level] := v_level_versions[v_level] + 1;
      v_versions[v_done] := v_level_versions[v_level];
      v_cost_quantities[v_cost] := v_cost_quantities[v_cost] + v_quantities[v_done];
      v_cost_values[v_cost] := v_cost_values[v_cost] + v_values[v_done];
      v_costs_known[v_cost] := v_last_costs[v_done];
      v_code := CASE
        WHEN v_quantities[v_done] < 0 AND NOT v_may[v_done] AND v_on_hand[v_level] < v_reserved[v_level] THEN 'insufficient_stock'
        WHEN abs(v_on_hand[v_level]) >= c_beyond_quantities OR abs(v_cost_quantities[v_cost]) >= c_beyond_quantities
             OR abs(v_cost_values[v_cost]) >= c_beyond_values OR v_last_costs[v_done] >= c_beyond_quantities THEN 'stock_out_of_range'
        WHEN v_cost_quantities[v_cost] = 0 AND v_cost_values[v_cost] <> 0 THEN 'cost_out_of_step'
      END;
      v_done := v_done + 1;
    END LOOP;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + 1;
      v_taken[v_same[i]] := true;
    ELSE
      FOR k IN REVERSE v_done - 1 .. v_first LOOP
        v_on_hand[v_level_of[k]] := v_starts[k];
        v_level_versions[v_level_of[k]] := v_level_versions[v_level_of[k]] - 1;
        v_cost_quantities[v_cost_of[k]] := v_cost_quantities[v_cost_of[k]] - v_quantities[k];
        v_cost_values[v_cost_of[k]] := v_cost_values[v_cost_of[k]] - v_values[k];
        v_costs_known[v_cost_of[k]] := v_known_before[k];
      END LOOP;
      v_codes[i] := v_code;
      v_lines[i] := v_line;
      IF v_code = 'insufficient_stock' THEN
        v_left[i] := trim_scale(greatest(v_on_hand[v_level] - v_reserved[v_level], 0));
      END IF;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO inventory.posting (tenant_id, id, kind, document_type, document_id, document_number, document_on, party_id, reason, note, actor_id, recorded_at)
  SELECT p_tenant, p.id, p.kind, p.document_type, p.document_id, p.document_number, p.document_on, p.party_id, p.reason, p.note, p.actor_id, v_now
  FROM unnest(v_ids, v_kinds, v_types, v_documents, v_numbers, v_document_days, v_parties, v_reasons, v_notes, v_actors, v_codes)
       AS p (id, kind, document_type, document_id, document_number, document_on, party_id, reason, note, actor_id, code)
  WHERE p.code IS NULL
  ORDER BY p.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction recorded one of these ids meanwhile, on other stock: the next try sees it.
    RAISE EXCEPTION 'a posting was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  WITH touched AS MATERIALIZED (
    SELECT DISTINCT ON (m.level) m.level, m.branch_id, m.variant_id, m.batch_id
    FROM unnest(v_level_of, v_postings, v_branches, v_variants, v_batches) AS m (level, posting, branch_id, variant_id, batch_id)
    WHERE v_codes[m.posting] IS NULL
    ORDER BY m.level
  ), changed AS (
    UPDATE inventory.level l SET on_hand = v_on_hand[t.level], version = v_level_versions[t.level], updated_at = v_now
    FROM touched t WHERE l.tenant_id = p_tenant AND l.id = v_level_ids[t.level] AND NOT v_is_new[t.level]
    RETURNING 1
  ), made AS (
    INSERT INTO inventory.level (tenant_id, id, branch_id, variant_id, batch_id, on_hand, version)
    SELECT p_tenant, v_level_ids[t.level], t.branch_id, t.variant_id, t.batch_id, v_on_hand[t.level], v_level_versions[t.level]
    FROM touched t WHERE v_is_new[t.level]
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM touched) - (SELECT count(*) FROM changed) - (SELECT count(*) FROM made) INTO v_count;
  IF v_count > 0 THEN
    -- Another transaction made the same level meanwhile: the next try finds and locks it.
    RAISE EXCEPTION 'stock was made twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  WITH touched AS MATERIALIZED (
    SELECT m.cost, m.branch_id, m.variant_id, count(*) AS movements
    FROM unnest(v_cost_of, v_postings, v_branches, v_variants) AS m (cost, posting, branch_id, variant_id)
    WHERE v_codes[m.posting] IS NULL
    GROUP BY m.cost, m.branch_id, m.variant_id
    ORDER BY m.cost
  ), changed AS (
    UPDATE inventory.cost c SET quantity = v_cost_quantities[t.cost], value = v_cost_values[t.cost], last_cost = v_costs_known[t.cost],
                                version = c.version + t.movements, updated_at = v_now
    FROM touched t WHERE c.tenant_id = p_tenant AND c.branch_id = t.branch_id AND c.variant_id = t.variant_id AND NOT v_cost_is_new[t.cost]
    RETURNING 1
  ), made AS (
    INSERT INTO inventory.cost (tenant_id, branch_id, variant_id, quantity, value, last_cost, version)
    SELECT p_tenant, t.branch_id, t.variant_id, v_cost_quantities[t.cost], v_cost_values[t.cost], v_costs_known[t.cost], t.movements
    FROM touched t WHERE v_cost_is_new[t.cost]
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM touched) - (SELECT count(*) FROM changed) - (SELECT count(*) FROM made) INTO v_count;
  IF v_count > 0 THEN
    RAISE EXCEPTION 'stock was valued twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO inventory.movement (tenant_id, level_id, level_version, posting_id, line, branch_id, variant_id, batch_id, quantity,
                                  previous_quantity, running_quantity, unit_cost, value, effective_on, recorded_at)
  SELECT p_tenant, v_level_ids[m.level], m.version, v_ids[m.posting], m.position - min(m.position) OVER (PARTITION BY m.posting) + 1, m.branch_id, m.variant_id,
         m.batch_id, m.quantity, m.start, m.start + m.quantity, m.unit_cost, m.value, m.effective_on, v_now
  FROM unnest(v_postings, v_level_of, v_versions, v_branches, v_variants, v_batches, v_quantities, v_starts, v_unit_costs, v_values, v_days)
       WITH ORDINALITY AS m (posting, level, version, branch_id, variant_id, batch_id, quantity, start, unit_cost, value, effective_on, position)
  WHERE v_codes[m.posting] IS NULL;

  RETURN QUERY SELECT r.code, r.line, r.available FROM unnest(v_codes, v_lines, v_left) AS r (code, line, available);
END
$function$;
COMMENT ON FUNCTION inventory.record(uuid,jsonb) IS 'The only writer of postings, movements, stock and what it is worth.';
GRANT EXECUTE ON FUNCTION inventory.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.reserve(p_tenant uuid, p_reservations jsonb)
 RETURNS TABLE(code text, line integer, available numeric)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  c_most_lines CONSTANT integer := 10000;
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a reservation
  v_ids uuid[];
  v_branches uuid[];
  v_kinds text[];
  v_expiries timestamptz[];
  v_is_at_hand boolean[];
  v_wanted jsonb[];
  v_same integer[];
  v_exists boolean[];
  v_taken boolean[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a line
  v_reservations integer[];
  v_items integer[];
  v_variants uuid[];
  v_batches uuid[];
  v_quantities numeric[];
  v_faults text[];
  v_line_expiries timestamptz[];
  v_level_of integer[];
  -- one element a level
  v_level_ids uuid[];
  v_on_hand numeric[];
  v_reserved numeric[];
  -- of the reservation and line at hand
  v_line integer := 1;
  v_first integer;
  v_done integer;
  v_level integer;
  v_code text;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(r.id), array_agg(r.branch_id), array_agg(r.kind), array_agg(r.expires_at), array_agg(coalesce(r.is_at_hand, false)),
         array_agg(r.lines), array_agg(r.same),
         array_agg(EXISTS (SELECT FROM inventory.reservation o WHERE o.tenant_id = p_tenant AND o.id = r.id))
  INTO v_ids, v_branches, v_kinds, v_expiries, v_is_at_hand, v_wanted, v_same, v_exists
  FROM (
    SELECT r.*, min(r.position) OVER (PARTITION BY r.id) AS same
    FROM ROWS FROM (jsonb_to_recordset(p_reservations) AS (
           id uuid, branch_id uuid, kind text, expires_at timestamptz, is_at_hand boolean, lines jsonb))
         WITH ORDINALITY AS r (id, branch_id, kind, expires_at, is_at_hand, lines, position)
    ORDER BY r.position) r;
  IF v_ids IS NULL THEN RETURN; END IF;

  SELECT array_agg(w.reservation), array_agg(w.item), array_agg(w.variant_id), array_agg(w.batch_id), array_agg(w.quantity), array_agg(w.level)
  INTO v_reservations, v_items, v_variants, v_batches, v_quantities, v_level_of
  FROM (
    SELECT r.position AS reservation, w.*, dense_rank() OVER (ORDER BY r.branch_id, w.variant_id, coalesce(w.batch_id, w.variant_id)) AS level
    FROM unnest(v_branches, v_wanted) WITH ORDINALITY AS r (branch_id, lines, position),
         ROWS FROM (jsonb_to_recordset(r.lines) AS (item integer, variant_id uuid, batch_id uuid, quantity numeric))
         WITH ORDINALITY AS w (item, variant_id, batch_id, quantity, line)
    ORDER BY r.position, w.line) w;

  -- What it is about, locked, without what is over.
  PERFORM FROM inventory.level l
  JOIN (SELECT DISTINCT v_branches[w.reservation] AS branch_id, w.variant_id, coalesce(w.batch_id, w.variant_id) AS place
        FROM unnest(v_reservations, v_variants, v_batches) AS w (reservation, variant_id, batch_id)) k
    ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place
  WHERE l.tenant_id = p_tenant
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  SELECT array_agg(l.id ORDER BY k.level) INTO v_level_ids
  FROM (SELECT DISTINCT w.level, v_branches[w.reservation] AS branch_id, w.variant_id, coalesce(w.batch_id, w.variant_id) AS place
        FROM unnest(v_level_of, v_reservations, v_variants, v_batches) AS w (level, reservation, variant_id, batch_id)) k
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place;
  IF cardinality(array_remove(v_level_ids, NULL)) > v_count THEN
    -- Made by another transaction since the others were locked: the next try finds and locks it.
    RAISE EXCEPTION 'stock was made meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, array_remove(v_level_ids, NULL));
  SELECT array_agg(coalesce(l.on_hand, 0) ORDER BY k.position), array_agg(coalesce(l.reserved, 0) ORDER BY k.position)
  INTO v_on_hand, v_reserved
  FROM unnest(v_level_ids) WITH ORDINALITY AS k (id, position)
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.id = k.id;

  -- What is wrong with a line however much lies there. Read after the locks: who blocks a batch locks its levels.
  SELECT array_agg(CASE
           WHEN coalesce(w.quantity, 0) <= 0 THEN 'quantity_zero'
           WHEN w.quantity <> round(w.quantity, 6) THEN 'wrong_precision'
           WHEN b.id IS NULL THEN 'branch_not_found'
           WHEN v.id IS NULL THEN 'variant_not_found'
           WHEN w.batch_id IS NOT NULL AND t.id IS NULL THEN 'batch_not_found'
           WHEN v_kinds[w.reservation] = 'order' AND t.is_blocked THEN 'batch_blocked'
           WHEN v_kinds[w.reservation] = 'order' AND t.expires_on < (v_now AT TIME ZONE b.time_zone)::date THEN 'batch_expired'
         END ORDER BY w.position),
         array_agg(CASE v_kinds[w.reservation] WHEN 'order' THEN
           least(v_expiries[w.reservation], (t.expires_on + 1)::timestamp AT TIME ZONE b.time_zone) END ORDER BY w.position)
  INTO v_faults, v_line_expiries
  FROM unnest(v_reservations, v_variants, v_batches, v_quantities) WITH ORDINALITY AS w (reservation, variant_id, batch_id, quantity, position)
  LEFT JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = v_branches[w.reservation] AND b.deleted_at IS NULL
  LEFT JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = w.variant_id
  LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = w.batch_id AND t.variant_id = w.variant_id;

  -- One reservation after the other: the first thing that is wrong with it, or its lines applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_ids)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_ids)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_ids)]);
  v_taken := array_fill(false, ARRAY[cardinality(v_ids)]);
  FOR i IN 1 .. cardinality(v_ids) LOOP
    v_first := v_line;
    WHILE v_reservations[v_line] = i LOOP
      v_line := v_line + 1;
    END LOOP;
    v_code := CASE
      WHEN v_exists[i] OR v_taken[v_same[i]] THEN 'already_exists'
      WHEN v_kinds[i] = 'order' AND v_expiries[i] IS NULL THEN 'expiry_missing'
      WHEN v_line = v_first THEN 'too_few_lines'
      WHEN v_line - v_first > c_most_lines THEN 'too_many_lines'
    END;
    v_done := v_first;
    WHILE v_code IS NULL AND v_done < v_line LOOP
      v_level := v_level_of[v_done];
      v_code := v_faults[v_done];
      IF v_code IS NULL AND v_on_hand[v_level] - v_reserved[v_level] < v_quantities[v_done]
         AND (NOT v_is_at_hand[i] OR v_level_ids[v_level] IS NULL) THEN
        v_code := 'insufficient_stock';
      END IF;
      EXIT WHEN v_code IS NOT NULL;
      v_reserved[v_level] := v_reserved[v_level] + v_quantities[v_done];
      v_done := v_done + 1;
    END LOOP;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + 1;
      v_taken[v_same[i]] := true;
    ELSE
      FOR k IN v_first .. v_done - 1 LOOP
        v_reserved[v_level_of[k]] := v_reserved[v_level_of[k]] - v_quantities[k];
      END LOOP;
      v_codes[i] := v_code;
      IF v_done < v_line THEN
        v_lines[i] := v_done - v_first + 1;
      END IF;
      IF v_code = 'insufficient_stock' THEN
        v_left[i] := trim_scale(greatest(v_on_hand[v_level] - v_reserved[v_level], 0));
      END IF;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO inventory.reservation (tenant_id, id, branch_id, kind, document_type, document_id, reason, note, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.branch_id, r.kind, r.document_type, r.document_id, r.reason, r.note, r.actor_id, v_now
  FROM ROWS FROM (jsonb_to_recordset(p_reservations) AS (
         id uuid, branch_id uuid, kind text, document_type text, document_id uuid, reason text, note text, actor_id uuid))
       WITH ORDINALITY AS r (id, branch_id, kind, document_type, document_id, reason, note, actor_id, position)
  WHERE v_codes[r.position] IS NULL
  ORDER BY r.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction made one of these ids meanwhile, of other stock: the next try sees it.
    RAISE EXCEPTION 'a reservation was made twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO inventory.reservation_line (tenant_id, reservation_id, line, item, level_id, quantity, open, expires_at)
  SELECT p_tenant, v_ids[w.reservation], row_number() OVER (PARTITION BY w.reservation ORDER BY w.position), w.item, v_level_ids[w.level],
         w.quantity, w.quantity, w.expires_at
  FROM unnest(v_reservations, v_items, v_level_of, v_quantities, v_line_expiries)
       WITH ORDINALITY AS w (reservation, item, level, quantity, expires_at, position)
  WHERE v_codes[w.reservation] IS NULL;

  UPDATE inventory.level l SET reserved = v_reserved[k.level], updated_at = v_now
  FROM (SELECT DISTINCT w.level FROM unnest(v_level_of, v_reservations) AS w (level, reservation) WHERE v_codes[w.reservation] IS NULL) k
  WHERE l.tenant_id = p_tenant AND l.id = v_level_ids[k.level];

  RETURN QUERY SELECT r.code, r.line, r.available FROM unnest(v_codes, v_lines, v_left) AS r (code, line, available);
END
$function$;
COMMENT ON FUNCTION inventory.reserve(uuid,jsonb) IS 'The only way stock is kept for an order or put into quarantine.';
GRANT EXECUTE ON FUNCTION inventory.reserve(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION inventory.unfreeze(p_tenant uuid, p_by uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM inventory.cost c WHERE c.tenant_id = p_tenant AND c.frozen_by = p_by
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE;
  PERFORM FROM inventory.level l JOIN inventory.cost c ON c.branch_id = l.branch_id AND c.variant_id = l.variant_id
  WHERE l.tenant_id = p_tenant AND c.tenant_id = p_tenant AND c.frozen_by = p_by
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  UPDATE inventory.cost c SET frozen_by = NULL, frozen_until = NULL, updated_at = transaction_timestamp()
  WHERE c.tenant_id = p_tenant AND c.frozen_by = p_by;
END
$function$;
COMMENT ON FUNCTION inventory.unfreeze(uuid,uuid) IS 'The only way a freeze ends before its time.';
GRANT EXECUTE ON FUNCTION inventory.unfreeze(uuid,uuid) TO comptoir_app;

CREATE SCHEMA ledger AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA ledger TO comptoir_app;
GRANT USAGE ON SCHEMA ledger TO comptoir_jobs;
GRANT USAGE ON SCHEMA ledger TO comptoir_read;

CREATE TABLE ledger.account (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  purpose text,
  currency text NOT NULL,
  floor numeric(19,4),
  ceiling numeric(19,4),
  closed_at timestamp with time zone,
  balance numeric(19,4) DEFAULT 0 NOT NULL,
  balance_version bigint DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  holder_type text,
  holder_id uuid,
  CONSTRAINT account_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT account_code_key UNIQUE (tenant_id, entity_id, code),
  CONSTRAINT account_closed_is_empty CHECK (closed_at IS NULL OR balance = 0::numeric),
  CONSTRAINT account_floor_below_ceiling CHECK (floor <= ceiling),
  CONSTRAINT account_holder_complete CHECK ((num_nulls(holder_type, holder_id) = ANY (ARRAY[0, 2])) AND (holder_id IS NULL OR purpose IS NOT NULL)),
  CONSTRAINT account_holder_type_known CHECK (holder_type = ANY (ARRAY['branch'::text, 'session'::text])),
  CONSTRAINT account_type_known CHECK (type = ANY (ARRAY['asset'::text, 'liability'::text, 'equity'::text, 'income'::text, 'expense'::text])),
  CONSTRAINT account_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT account_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book(tenant_id, id)
) WITH (fillfactor=70);
COMMENT ON TABLE ledger.account IS 'class: tenant. balance is debits less credits and balance_version the number of entries so far; floor and ceiling bound the balance. The free space keeps a change of balance out of the indexes.';
CREATE INDEX account_currency ON ledger.account USING btree (currency);
CREATE INDEX account_holder_id ON ledger.account USING btree (tenant_id, holder_id) WHERE holder_id IS NOT NULL;
CREATE UNIQUE INDEX account_holder_key ON ledger.account USING btree (tenant_id, entity_id, purpose, currency, holder_type, holder_id) WHERE holder_id IS NOT NULL;
CREATE UNIQUE INDEX account_purpose_key ON ledger.account USING btree (tenant_id, entity_id, purpose, currency) WHERE holder_id IS NULL;
ALTER TABLE ledger.account ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.account FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE ledger.account TO comptoir_app;
GRANT SELECT ON TABLE ledger.account TO comptoir_read;
GRANT INSERT (tenant_id, id, entity_id, code, name, type, purpose, currency, floor, ceiling, holder_type, holder_id), UPDATE (name, floor, ceiling, closed_at, version, updated_at) ON TABLE ledger.account TO comptoir_app;

CREATE TABLE ledger.book (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  chart text NOT NULL,
  closed_through date,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT book_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT book_closed_through_ends_a_month CHECK (closed_through = (date_trunc('month'::text, closed_through::timestamp without time zone) + '1 mon -1 days'::interval)::date),
  CONSTRAINT book_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES tenants.entity(tenant_id, id)
);
COMMENT ON TABLE ledger.book IS 'class: tenant. The books of a legal entity, under its id. Days up to closed_through take no entries; the row is locked against closing while entries are recorded.';
ALTER TABLE ledger.book ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.book FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE ledger.book TO comptoir_app;
GRANT SELECT ON TABLE ledger.book TO comptoir_read;
GRANT INSERT (tenant_id, id, chart) ON TABLE ledger.book TO comptoir_app;

CREATE TABLE ledger.daily_total (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  effective_on date NOT NULL,
  debit numeric(24,4) NOT NULL,
  credit numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT daily_total_pkey PRIMARY KEY (tenant_id, account_id, effective_on),
  CONSTRAINT daily_total_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.account(tenant_id, id)
) WITH (fillfactor=70);
COMMENT ON TABLE ledger.daily_total IS 'class: tenant. Debits and credits of an account by effective day, both above zero: what balances as of a day are summed from.';
ALTER TABLE ledger.daily_total ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.daily_total FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE ledger.daily_total TO comptoir_app;
GRANT SELECT ON TABLE ledger.daily_total TO comptoir_read;

CREATE TABLE ledger.entry (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  account_version bigint NOT NULL,
  journal_id uuid NOT NULL,
  line smallint NOT NULL,
  amount numeric(19,4) NOT NULL,
  previous_balance numeric(19,4) NOT NULL,
  running_balance numeric(19,4) NOT NULL,
  effective_on date NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  transaction_currency text,
  transaction_amount numeric(19,4),
  fx_rate numeric(36,18),
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, account_id, account_version, recorded_at),
  CONSTRAINT entry_amount_not_zero CHECK (amount <> 0::numeric),
  CONSTRAINT entry_balance_runs CHECK (running_balance = (previous_balance + amount)),
  CONSTRAINT entry_foreign_amount_complete CHECK (num_nulls(transaction_currency, transaction_amount, fx_rate) = ANY (ARRAY[0, 3])),
  CONSTRAINT entry_foreign_amount_same_side CHECK (transaction_amount IS NULL OR sign(transaction_amount) = sign(amount) AND fx_rate > 0::numeric)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE ledger.entry IS 'class: tenant, append-only. One line of a journal. account_version counts the entries of its account in the order they were recorded; balances run in that order. No foreign keys: docs/decisions/0015.';
CREATE INDEX entry_effective_on ON ONLY ledger.entry USING btree (tenant_id, account_id, effective_on, account_version);
CREATE INDEX entry_journal_id ON ONLY ledger.entry USING btree (tenant_id, journal_id);
ALTER TABLE ledger.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.entry FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.entry FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE ledger.entry TO comptoir_app;
GRANT SELECT ON TABLE ledger.entry TO comptoir_read;
REVOKE TRUNCATE ON TABLE ledger.entry FROM comptoir_owner;

CREATE TABLE ledger.journal (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  document_number text,
  document_on date NOT NULL,
  effective_on date NOT NULL,
  description text,
  reverses_id uuid,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT journal_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT journal_reverses_another CHECK (reverses_id <> id),
  CONSTRAINT journal_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book(tenant_id, id),
  CONSTRAINT journal_reverses_id_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES ledger.journal(tenant_id, id)
);
COMMENT ON TABLE ledger.journal IS 'class: tenant, append-only. One balanced set of entries and the document it stands for. effective_on is the day it counts, document_on the day of the document.';
CREATE INDEX journal_document_id ON ledger.journal USING btree (tenant_id, document_id);
CREATE INDEX journal_effective_on ON ledger.journal USING btree (tenant_id, entity_id, effective_on, id);
CREATE UNIQUE INDEX journal_reverses_id_key ON ledger.journal USING btree (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;
ALTER TABLE ledger.journal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.journal FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.journal FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE ledger.journal TO comptoir_app;
GRANT SELECT ON TABLE ledger.journal TO comptoir_read;
REVOKE TRUNCATE ON TABLE ledger.journal FROM comptoir_owner;

CREATE TABLE ledger.period_change (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  action text NOT NULL,
  previous_closed_through date,
  closed_through date,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT period_change_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT period_change_action_known CHECK (action = ANY (ARRAY['close'::text, 'reopen'::text])),
  CONSTRAINT period_change_reopening_has_a_reason CHECK (action = 'close'::text OR reason IS NOT NULL),
  CONSTRAINT period_change_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book(tenant_id, id)
);
COMMENT ON TABLE ledger.period_change IS 'class: tenant, append-only. Who closed or reopened which months of a book, when and why.';
CREATE INDEX period_change_entity_id ON ledger.period_change USING btree (tenant_id, entity_id, id);
ALTER TABLE ledger.period_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.period_change FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.period_change FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE ledger.period_change TO comptoir_app;
GRANT SELECT ON TABLE ledger.period_change TO comptoir_read;
REVOKE TRUNCATE ON TABLE ledger.period_change FROM comptoir_owner;

CREATE VIEW ledger.read_holder_balance WITH (security_invoker=true) AS
 SELECT tenant_id,
    holder_type,
    holder_id,
    purpose,
    id AS account_id,
    currency,
    balance
   FROM ledger.account
  WHERE holder_id IS NOT NULL;
COMMENT ON VIEW ledger.read_holder_balance IS 'Published for those whose things accounts are kept for, to prove that both tie.';
GRANT SELECT ON TABLE ledger.read_holder_balance TO comptoir_app;
GRANT SELECT ON TABLE ledger.read_holder_balance TO comptoir_read;

CREATE OR REPLACE FUNCTION ledger.change_period(p_tenant uuid, p_change jsonb)
 RETURNS TABLE(closed_through date, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_change record;
  v_previous date;
  v_next date;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT * INTO v_change FROM jsonb_to_record(p_change) AS c (id uuid, entity_id uuid, action text, month date, reason text, actor_id uuid);
  PERFORM ledger.shut_gate(p_tenant, v_change.entity_id);
  SELECT b.closed_through INTO v_previous FROM ledger.book b WHERE b.tenant_id = p_tenant AND b.id = v_change.entity_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    v_code := 'books_not_found';
  ELSIF v_change.action = 'close' THEN
    v_next := (v_change.month + interval '1 month')::date - 1;
    v_code := CASE WHEN v_next <= v_previous THEN 'period_already_closed'
                   WHEN v_next >= (transaction_timestamp() AT TIME ZONE 'UTC')::date THEN 'period_not_over' END;
  ELSE
    v_next := v_change.month - 1;
    v_code := CASE WHEN v_previous IS NULL OR v_next >= v_previous THEN 'period_not_closed' END;
  END IF;
  IF v_code IS NULL THEN
    UPDATE ledger.book b SET closed_through = v_next, updated_at = transaction_timestamp() WHERE b.tenant_id = p_tenant AND b.id = v_change.entity_id;
    INSERT INTO ledger.period_change (tenant_id, id, entity_id, action, previous_closed_through, closed_through, reason, actor_id, recorded_at)
    VALUES (p_tenant, v_change.id, v_change.entity_id, v_change.action, v_previous, v_next, v_change.reason, v_change.actor_id, transaction_timestamp());
  END IF;
  RETURN QUERY SELECT CASE WHEN v_code IS NULL THEN v_next ELSE v_previous END, v_code;
END
$function$;
COMMENT ON FUNCTION ledger.change_period(uuid,jsonb) IS 'The only way books are closed and reopened.';
GRANT EXECUTE ON FUNCTION ledger.change_period(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION ledger.fault_of_foreign_amount(p_amount numeric, p_currency text, p_minor_unit smallint, p_foreign_amount numeric, p_foreign_currency text, p_foreign_minor_unit smallint, p_rate numeric)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT CASE
    WHEN p_foreign_minor_unit IS NULL THEN 'unknown_currency'
    WHEN p_foreign_currency = p_currency THEN 'currency_not_foreign'
    WHEN p_foreign_amount <> round(p_foreign_amount, p_foreign_minor_unit) THEN 'wrong_precision'
    WHEN (p_rate > 0 AND sign(p_foreign_amount) = sign(p_amount)
          AND p_amount = round(p_foreign_amount * p_rate, p_minor_unit)) IS NOT TRUE THEN 'foreign_amounts_differ'
  END
$function$;
COMMENT ON FUNCTION ledger.fault_of_foreign_amount(numeric,text,smallint,numeric,text,smallint,numeric) IS 'Holds the two amounts of a line together.';

CREATE OR REPLACE FUNCTION ledger.hold_open(p_tenant uuid, p_books uuid[])
 RETURNS TABLE(id uuid, closed_through date)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM ledger.pass_gate(p_tenant, b.id) FROM (SELECT DISTINCT b.id FROM unnest(p_books) AS b (id) ORDER BY b.id) b;
  RETURN QUERY SELECT b.id, b.closed_through FROM ledger.book b WHERE b.tenant_id = p_tenant AND b.id = ANY (p_books);
END
$function$;
COMMENT ON FUNCTION ledger.hold_open(uuid,uuid[]) IS 'Holds books open and says from which day on.';
GRANT EXECUTE ON FUNCTION ledger.hold_open(uuid,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION ledger.make_partitions(p_from date, p_until date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  CALL platform.make_partitions('ledger.entry', p_from, p_until);
END
$function$;
COMMENT ON FUNCTION ledger.make_partitions(date,date) IS 'Keeps the partitions of the entries ahead of the calendar; run by a job and by migrate.';
GRANT EXECUTE ON FUNCTION ledger.make_partitions(date,date) TO comptoir_jobs;

CREATE OR REPLACE FUNCTION ledger.open_accounts(p_tenant uuid, p_accounts jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO ledger.account (tenant_id, id, entity_id, code, name, type, purpose, currency, holder_type, holder_id, floor)
  SELECT p_tenant, n.id, m.entity_id,
         CASE WHEN length(m.code) + length(n.code) > 31
                OR EXISTS (SELECT FROM ledger.account o WHERE o.tenant_id = p_tenant AND o.entity_id = m.entity_id AND o.code = m.code || '.' || n.code)
              THEN left(m.code, 15) || '.' || upper(right(replace(n.holder_id::text, '-', ''), 16))
              ELSE m.code || '.' || n.code END,
         left(m.name || ' – ' || n.name, 200), m.type, m.purpose, m.currency, n.type, n.holder_id,
         CASE WHEN n.type = 'session' AND m.purpose = 'cash' THEN 0 END
  FROM jsonb_to_recordset(p_accounts) AS n (id uuid, main_id uuid, type text, holder_id uuid, code text, name text)
  JOIN ledger.account m ON m.tenant_id = p_tenant AND m.id = n.main_id
  ORDER BY m.id, n.holder_id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$function$;
COMMENT ON FUNCTION ledger.open_accounts(uuid,jsonb) IS 'Opens accounts of holders within the recording function of a document.';

CREATE OR REPLACE FUNCTION ledger.pass_gate(p_tenant uuid, p_entity uuid)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT pg_advisory_xact_lock_shared(hashtext(p_tenant::text), hashtext(p_entity::text))
$function$;
COMMENT ON FUNCTION ledger.pass_gate(uuid,uuid) IS 'Holds a book open for the time of a transaction.';

CREATE OR REPLACE FUNCTION ledger.record(p_tenant uuid, p_journals jsonb)
 RETURNS TABLE(effective_on date, code text, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  c_most_lines CONSTANT integer := 1000;
  c_beyond_amounts CONSTANT numeric := 1e15;
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_last_day CONSTANT date := (v_now AT TIME ZONE 'UTC')::date + 366;
  -- one element a journal
  v_ids uuid[];
  v_entities uuid[];
  v_document_types text[];
  v_document_ids uuid[];
  v_document_numbers text[];
  v_document_days date[];
  v_descriptions text[];
  v_actors uuid[];
  v_days date[];
  v_if_closed text[];
  v_lines jsonb[];
  v_foreign_amounts jsonb[];
  v_by_product boolean[];
  v_reverses uuid[];
  v_reversible text[];
  v_same_id integer[];
  v_same_reversal integer[];
  v_exists boolean[];
  v_is_reversed boolean[];
  v_id_taken boolean[];
  v_reversal_taken boolean[];
  v_codes text[];
  v_details text[];
  -- one element a book
  v_books uuid[];
  v_closed_through date[];
  -- one element a line
  v_line_journals integer[];
  v_line_account_ids uuid[];
  v_line_amounts numeric[];
  v_line_accounts integer[];
  v_line_balances numeric[];
  v_line_versions bigint[];
  -- of lines made in another currency; null when there is none at all
  v_line_currencies text[];
  v_line_foreign_amounts numeric[];
  v_line_rates numeric[];
  v_line_minor_units smallint[];
  -- one element an account
  v_account_ids uuid[];
  v_account_entities uuid[];
  v_currencies text[];
  v_minor_units smallint[];
  v_closed boolean[];
  v_held boolean[];
  v_floors numeric[];
  v_ceilings numeric[];
  v_balances numeric[];
  v_versions bigint[];
  v_starts numeric[];
  v_started integer[];
  -- of the journal and line at hand
  v_line integer := 1;
  v_first integer;
  v_book integer;
  v_account integer;
  v_amount numeric;
  v_sum numeric;
  v_currency text;
  v_is_mixed boolean;
  v_code text;
  v_detail text;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(j.id), array_agg(j.entity_id), array_agg(j.document_type), array_agg(j.document_id), array_agg(j.document_number),
         array_agg(j.document_on), array_agg(j.description), array_agg(j.actor_id), array_agg(coalesce(j.effective_on, j.document_on)),
         array_agg(j.if_closed), array_agg(CASE WHEN j.reverses_id IS NULL THEN j.lines END),
         array_agg(CASE WHEN j.reverses_id IS NULL THEN j.foreign_amounts END), array_agg(coalesce(j.by_product, false)), array_agg(j.reverses_id), array_agg(j.same_id), array_agg(j.same_reversal),
         array_agg(EXISTS (SELECT FROM ledger.journal o WHERE o.tenant_id = p_tenant AND o.id = j.id))
  INTO v_ids, v_entities, v_document_types, v_document_ids, v_document_numbers, v_document_days, v_descriptions, v_actors, v_days, v_if_closed, v_lines, v_foreign_amounts, v_by_product, v_reverses, v_same_id, v_same_reversal, v_exists
  FROM (
    SELECT j.*, min(j.position) OVER (PARTITION BY j.id) AS same_id,
           min(j.position) FILTER (WHERE j.reverses_id IS NOT NULL) OVER (PARTITION BY j.reverses_id) AS same_reversal
    FROM ROWS FROM (jsonb_to_recordset(p_journals) AS (
           id uuid, entity_id uuid, document_type text, document_id uuid, document_number text, document_on date, effective_on date,
           if_closed text, description text, actor_id uuid, lines jsonb, foreign_amounts jsonb, by_product boolean, reverses_id uuid))
         WITH ORDINALITY AS j (id, entity_id, document_type, document_id, document_number, document_on, effective_on,
           if_closed, description, actor_id, lines, foreign_amounts, by_product, reverses_id, position)
    ORDER BY j.position) j;
  IF v_ids IS NULL THEN RETURN; END IF;

  IF num_nonnulls(VARIADIC v_reverses) = 0 THEN
    SELECT array_agg(l.position), array_agg(l.account_id), array_agg(l.amount), array_agg(l.account)
    INTO v_line_journals, v_line_account_ids, v_line_amounts, v_line_accounts
    FROM (
      SELECT j.position, l.account_id, l.amount, dense_rank() OVER (ORDER BY l.account_id) AS account
      FROM unnest(v_lines) WITH ORDINALITY AS j (lines, position),
           ROWS FROM (jsonb_to_recordset(j.lines) AS (account_id uuid, amount numeric)) WITH ORDINALITY AS l (account_id, amount, line)
      ORDER BY j.position, l.line) l;
  ELSE
    SELECT array_agg(coalesce(o.entity_id, j.entity_id) ORDER BY j.position),
           array_agg(CASE WHEN j.reverses_id IS NULL THEN NULL WHEN o.id IS NULL THEN 'not_found'
                          WHEN o.reverses_id IS NOT NULL THEN 'reversal_not_reversible' END ORDER BY j.position),
           array_agg(EXISTS (SELECT FROM ledger.journal r WHERE r.tenant_id = p_tenant AND r.reverses_id = j.reverses_id) ORDER BY j.position)
    INTO v_entities, v_reversible, v_is_reversed
    FROM unnest(v_entities, v_reverses) WITH ORDINALITY AS j (entity_id, reverses_id, position)
    LEFT JOIN ledger.journal o ON o.tenant_id = p_tenant AND o.id = j.reverses_id;

    SELECT array_agg(l.position), array_agg(l.account_id), array_agg(l.amount), array_agg(l.account),
           array_agg(l.transaction_currency), array_agg(l.transaction_amount), array_agg(l.fx_rate)
    INTO v_line_journals, v_line_account_ids, v_line_amounts, v_line_accounts, v_line_currencies, v_line_foreign_amounts, v_line_rates
    FROM (
      SELECT l.*, dense_rank() OVER (ORDER BY l.account_id) AS account
      FROM (
        SELECT j.position, l.line, l.account_id, l.amount, NULL AS transaction_currency, NULL::numeric AS transaction_amount, NULL::numeric AS fx_rate
        FROM unnest(v_lines) WITH ORDINALITY AS j (lines, position),
             ROWS FROM (jsonb_to_recordset(j.lines) AS (account_id uuid, amount numeric)) WITH ORDINALITY AS l (account_id, amount, line)
        UNION ALL
        SELECT j.position, e.line, e.account_id, -e.amount, e.transaction_currency, -e.transaction_amount, e.fx_rate
        FROM unnest(v_reverses) WITH ORDINALITY AS j (reverses_id, position)
        JOIN ledger.entry e ON e.tenant_id = p_tenant AND e.journal_id = j.reverses_id) l
      ORDER BY l.position, l.line) l;
  END IF;

  IF num_nonnulls(VARIADIC v_foreign_amounts) > 0 THEN
    SELECT array_agg(coalesce(f.currency, l.currency) ORDER BY l.position), array_agg(coalesce(f.amount, l.amount) ORDER BY l.position),
           array_agg(coalesce(f.rate, l.rate) ORDER BY l.position),
           array_agg((SELECT c.minor_unit FROM reference.currency c WHERE c.code = f.currency) ORDER BY l.position)
    INTO v_line_currencies, v_line_foreign_amounts, v_line_rates, v_line_minor_units
    FROM (
      SELECT l.*, row_number() OVER (PARTITION BY l.journal ORDER BY l.position) AS line
      FROM unnest(v_line_journals, v_line_currencies, v_line_foreign_amounts, v_line_rates) WITH ORDINALITY AS l (journal, currency, amount, rate, position)) l
    LEFT JOIN (
      SELECT j.position AS journal, f.line, f.currency, f.amount, f.rate
      FROM unnest(v_foreign_amounts) WITH ORDINALITY AS j (amounts, position),
           jsonb_to_recordset(j.amounts) AS f (line integer, currency text, amount numeric, rate numeric)) f ON f.journal = l.journal AND f.line = l.line;
  END IF;

  -- Assigning to an element of an array that is NULL would make that element its first one.
  v_line_balances := array_fill(NULL::numeric, ARRAY[coalesce(cardinality(v_line_journals), 0)]);
  v_line_versions := array_fill(NULL::bigint, ARRAY[coalesce(cardinality(v_line_journals), 0)]);

  -- What it is about, locked.
  PERFORM ledger.pass_gate(p_tenant, e.id) FROM (SELECT DISTINCT id FROM unnest(v_entities) AS e (id) WHERE id IS NOT NULL ORDER BY id) e;
  SELECT array_agg(b.id), array_agg(b.closed_through) INTO v_books, v_closed_through
  FROM ledger.book b WHERE b.tenant_id = p_tenant AND b.id = ANY (v_entities);

  SELECT array_agg(a.id), array_agg(a.entity_id), array_agg(a.currency), array_agg(a.minor_unit), array_agg(a.closed_at IS NOT NULL),
         array_agg(a.holder_id IS NOT NULL), array_agg(a.floor), array_agg(a.ceiling), array_agg(a.balance), array_agg(a.balance_version)
  INTO v_account_ids, v_account_entities, v_currencies, v_minor_units, v_closed, v_held, v_floors, v_ceilings, v_balances, v_versions
  FROM (
    SELECT a.id, a.entity_id, a.currency, a.closed_at, a.holder_id, a.floor, a.ceiling, a.balance, a.balance_version,
           (SELECT c.minor_unit FROM reference.currency c WHERE c.code = a.currency) AS minor_unit
    FROM ledger.account a
    WHERE a.tenant_id = p_tenant AND a.id = ANY (v_line_account_ids) ORDER BY a.id FOR NO KEY UPDATE) a;

  IF cardinality(v_account_ids) IS DISTINCT FROM (SELECT max(l.account) FROM unnest(v_line_accounts) AS l (account)) THEN
    -- Some account is not there, so that the ranks of the ids are not the positions of the accounts.
    SELECT array_agg(a.position ORDER BY l.position) INTO v_line_accounts
    FROM unnest(v_line_account_ids) WITH ORDINALITY AS l (id, position)
    LEFT JOIN unnest(v_account_ids) WITH ORDINALITY AS a (id, position) ON a.id = l.id;
  END IF;

  -- One journal after the other: the first thing that is wrong with it, or its lines applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_ids)]);
  v_details := v_codes;
  FOR i IN 1 .. cardinality(v_ids) LOOP
    v_first := v_line;
    WHILE v_line_journals[v_line] = i LOOP
      v_line := v_line + 1;
    END LOOP;
    v_code := NULL;
    v_detail := NULL;
    v_book := array_position(v_books, v_entities[i]);

    IF v_exists[i] OR v_id_taken[v_same_id[i]] THEN
      v_code := 'already_exists';
    ELSIF v_reversible[i] IS NOT NULL THEN
      v_code := v_reversible[i];
    ELSIF v_is_reversed[i] OR v_reversal_taken[v_same_reversal[i]] THEN
      v_code := 'already_reversed';
    ELSIF v_book IS NULL THEN
      v_code := 'books_not_found';
    ELSIF v_line - v_first < 2 THEN
      v_code := 'too_few_lines';
    ELSIF v_line - v_first > c_most_lines THEN
      v_code := 'too_many_lines';
    ELSIF v_days[i] IS NULL OR greatest(v_days[i], v_document_days[i]) > v_last_day OR least(v_days[i], v_document_days[i]) < '1970-01-01' THEN
      v_code := 'date_out_of_range';
    ELSIF v_days[i] <= v_closed_through[v_book] THEN
      IF v_if_closed[i] = 'post_in_open_period' THEN
        v_days[i] := v_closed_through[v_book] + 1;
      ELSE
        v_code := 'period_closed';
        v_detail := format('the books are closed through %s', v_closed_through[v_book]);
      END IF;
    END IF;

    v_sum := 0;
    v_currency := NULL;
    v_is_mixed := false;
    FOR k IN v_first .. v_line - 1 LOOP
      EXIT WHEN v_code IS NOT NULL;
      v_account := v_line_accounts[k];
      v_amount := v_line_amounts[k];
      IF v_account IS NULL THEN
        v_code := 'account_not_found';
      ELSIF v_account_entities[v_account] <> v_entities[i] THEN
        v_code := 'account_of_another_entity';
      ELSIF v_closed[v_account] THEN
        v_code := 'account_closed';
      ELSIF v_held[v_account] AND NOT v_by_product[i] THEN
        v_code := 'account_held';
      ELSIF v_amount IS NULL OR v_amount = 0 THEN
        v_code := 'amount_zero';
      ELSIF v_amount <> round(v_amount, v_minor_units[v_account]) THEN
        v_code := 'wrong_precision';
      ELSE
        IF v_line_currencies IS NOT NULL AND v_line_currencies[k] IS NOT NULL AND v_reverses[i] IS NULL THEN
          v_code := ledger.fault_of_foreign_amount(
            v_amount, v_currencies[v_account], v_minor_units[v_account],
            v_line_foreign_amounts[k], v_line_currencies[k], v_line_minor_units[k], v_line_rates[k]);
        END IF;
        v_sum := v_sum + v_amount;
        v_is_mixed := v_is_mixed OR v_currencies[v_account] <> v_currency;
        v_currency := v_currencies[v_account];
        CONTINUE WHEN v_code IS NULL;
      END IF;
      v_detail := format('line %s', k - v_first + 1);
    END LOOP;

    IF v_code IS NULL AND v_is_mixed THEN
      SELECT s.currency, s.sum INTO v_currency, v_sum
      FROM (SELECT v_currencies[v_line_accounts[k]] AS currency, sum(v_line_amounts[k]) AS sum FROM generate_series(v_first, v_line - 1) k GROUP BY 1) s
      ORDER BY s.sum = 0, s.currency LIMIT 1;
    END IF;
    IF v_code IS NULL AND v_sum <> 0 THEN
      v_code := 'journal_unbalanced';
      v_detail := format('debits less credits are %s %s', trim_scale(v_sum), v_currency);
    END IF;

    IF v_code IS NULL THEN
      FOR k IN v_first .. v_line - 1 LOOP
        v_account := v_line_accounts[k];
        IF v_started[v_account] IS DISTINCT FROM i THEN
          v_started[v_account] := i;
          v_starts[v_account] := v_balances[v_account];
        END IF;
        v_line_balances[k] := v_balances[v_account];
        v_balances[v_account] := v_balances[v_account] + v_line_amounts[k];
        v_versions[v_account] := v_versions[v_account] + 1;
        v_line_versions[k] := v_versions[v_account];
      END LOOP;
      -- A balance that is out of its limits may come nearer to them.
      FOR k IN v_first .. v_line - 1 LOOP
        v_account := v_line_accounts[k];
        IF v_balances[v_account] < v_floors[v_account] AND v_balances[v_account] < v_starts[v_account] THEN
          v_code := 'balance_below_floor';
        ELSIF v_balances[v_account] > v_ceilings[v_account] AND v_balances[v_account] > v_starts[v_account] THEN
          v_code := 'balance_above_ceiling';
        ELSIF abs(v_line_amounts[k]) >= c_beyond_amounts OR abs(v_balances[v_account]) >= c_beyond_amounts OR abs(v_line_balances[k] + v_line_amounts[k]) >= c_beyond_amounts THEN
          v_code := 'balance_out_of_range';
        ELSE
          CONTINUE;
        END IF;
        v_detail := format('line %s', k - v_first + 1);
        EXIT;
      END LOOP;
      IF v_code IS NOT NULL THEN
        FOR k IN v_first .. v_line - 1 LOOP
          v_account := v_line_accounts[k];
          v_balances[v_account] := v_balances[v_account] - v_line_amounts[k];
          v_versions[v_account] := v_versions[v_account] - 1;
        END LOOP;
      END IF;
    END IF;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + 1;
      v_id_taken[v_same_id[i]] := true;
      IF v_reverses[i] IS NOT NULL THEN
        v_reversal_taken[v_same_reversal[i]] := true;
      END IF;
    ELSE
      v_codes[i] := v_code;
      v_details[i] := v_detail;
      v_days[i] := NULL;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO ledger.journal (tenant_id, id, entity_id, document_type, document_id, document_number, document_on, effective_on,
                              description, reverses_id, actor_id, recorded_at)
  SELECT p_tenant, j.id, j.entity_id, j.document_type, j.document_id, j.document_number, j.document_on, j.effective_on,
         j.description, j.reverses_id, j.actor_id, v_now
  FROM unnest(v_ids, v_entities, v_document_types, v_document_ids, v_document_numbers, v_document_days, v_days, v_descriptions, v_reverses, v_actors)
       AS j (id, entity_id, document_type, document_id, document_number, document_on, effective_on, description, reverses_id, actor_id)
  WHERE j.effective_on IS NOT NULL
  ORDER BY j.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction recorded one of these ids meanwhile, on other accounts: the next try sees it.
    RAISE EXCEPTION 'a journal was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO ledger.entry (tenant_id, account_id, account_version, journal_id, line, amount, previous_balance, running_balance, effective_on, recorded_at,
                            transaction_currency, transaction_amount, fx_rate)
  SELECT p_tenant, l.account_id, l.version, d.id, l.position - min(l.position) OVER (PARTITION BY l.journal) + 1, l.amount, l.balance,
         l.balance + l.amount, d.effective_on, v_now, l.currency, l.foreign_amount, l.rate
  FROM unnest(v_line_journals, v_line_account_ids, v_line_versions, v_line_amounts, v_line_balances,
              v_line_currencies, v_line_foreign_amounts, v_line_rates)
       WITH ORDINALITY AS l (journal, account_id, version, amount, balance, currency, foreign_amount, rate, position)
  JOIN unnest(v_ids, v_days) WITH ORDINALITY AS d (id, effective_on, position) ON d.position = l.journal
  WHERE d.effective_on IS NOT NULL;

  UPDATE ledger.account a SET balance = n.balance, balance_version = n.version
  FROM unnest(v_account_ids, v_balances, v_versions) AS n (id, balance, version)
  WHERE a.tenant_id = p_tenant AND a.id = n.id AND a.balance_version <> n.version;

  INSERT INTO ledger.daily_total AS t (tenant_id, account_id, effective_on, debit, credit)
  SELECT p_tenant, l.account_id, d.effective_on, sum(greatest(l.amount, 0)), sum(greatest(-l.amount, 0))
  FROM unnest(v_line_journals, v_line_account_ids, v_line_amounts) AS l (journal, account_id, amount)
  JOIN unnest(v_days) WITH ORDINALITY AS d (effective_on, position) ON d.position = l.journal
  WHERE d.effective_on IS NOT NULL
  GROUP BY l.account_id, d.effective_on
  ORDER BY l.account_id, d.effective_on
  ON CONFLICT ON CONSTRAINT daily_total_pkey DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit, updated_at = v_now;

  RETURN QUERY SELECT r.effective_on, r.code, r.detail FROM unnest(v_days, v_codes, v_details) AS r (effective_on, code, detail);
END
$function$;
COMMENT ON FUNCTION ledger.record(uuid,jsonb) IS 'The only writer of journals, entries and balances.';
GRANT EXECUTE ON FUNCTION ledger.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION ledger.shut_gate(p_tenant uuid, p_entity uuid)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT pg_advisory_xact_lock(hashtext(p_tenant::text), hashtext(p_entity::text))
$function$;
COMMENT ON FUNCTION ledger.shut_gate(uuid,uuid) IS 'Waits for those who hold a book open, and lets nobody else in before the end of the transaction.';

CREATE SCHEMA parties AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA parties TO comptoir_app;
GRANT USAGE ON SCHEMA parties TO comptoir_read;

CREATE TABLE parties.address (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  purpose text NOT NULL,
  street text,
  postal_code text,
  city text,
  district text,
  country text NOT NULL,
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT address_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT address_purpose_known CHECK (purpose = ANY (ARRAY['billing'::text, 'delivery'::text, 'other'::text])),
  CONSTRAINT address_country_fkey FOREIGN KEY (country) REFERENCES reference.country(code),
  CONSTRAINT address_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.address IS 'class: tenant. Where a party gets bills and goods.';
COMMENT ON COLUMN parties.address.street IS 'personal';
COMMENT ON COLUMN parties.address.postal_code IS 'personal';
COMMENT ON COLUMN parties.address.city IS 'personal';
COMMENT ON COLUMN parties.address.district IS 'personal';
CREATE INDEX address_country ON parties.address USING btree (country);
CREATE INDEX address_party_id ON parties.address USING btree (tenant_id, party_id);
ALTER TABLE parties.address ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.address FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.address TO comptoir_app;
GRANT SELECT ON TABLE parties.address TO comptoir_read;

CREATE TABLE parties.approval (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_role_id uuid NOT NULL,
  number integer NOT NULL,
  decision text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT approval_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT approval_number_key UNIQUE (tenant_id, party_role_id, number),
  CONSTRAINT approval_decision_known CHECK (decision = ANY (ARRAY['approved'::text, 'rejected'::text, 'suspended'::text])),
  CONSTRAINT approval_refusal_has_a_reason CHECK (decision = 'approved'::text OR reason IS NOT NULL),
  CONSTRAINT approval_party_role_id_fkey FOREIGN KEY (tenant_id, party_role_id) REFERENCES parties.party_role(tenant_id, id)
);
COMMENT ON TABLE parties.approval IS 'class: tenant, append-only. Who approved, rejected or suspended a vendor or retailer, when and why; written only by parties.decide.';
ALTER TABLE parties.approval ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.approval FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON parties.approval FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE parties.approval TO comptoir_app;
GRANT SELECT ON TABLE parties.approval TO comptoir_read;
REVOKE TRUNCATE ON TABLE parties.approval FROM comptoir_owner;

CREATE TABLE parties.contact (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  name text,
  job_title text,
  email text,
  phone text,
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT contact_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT contact_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.contact IS 'class: tenant. A person to ask for at a party.';
COMMENT ON COLUMN parties.contact.name IS 'personal';
COMMENT ON COLUMN parties.contact.job_title IS 'personal';
COMMENT ON COLUMN parties.contact.email IS 'personal';
COMMENT ON COLUMN parties.contact.phone IS 'personal';
CREATE INDEX contact_party_id ON parties.contact USING btree (tenant_id, party_id);
ALTER TABLE parties.contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.contact FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.contact TO comptoir_app;
GRANT SELECT ON TABLE parties.contact TO comptoir_read;

CREATE TABLE parties.customer_group (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT customer_group_pkey PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE parties.customer_group IS 'class: tenant. Customers that are priced and treated alike.';
CREATE UNIQUE INDEX customer_group_code_key ON parties.customer_group USING btree (tenant_id, code) WHERE deleted_at IS NULL;
ALTER TABLE parties.customer_group ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.customer_group FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.customer_group TO comptoir_app;
GRANT SELECT ON TABLE parties.customer_group TO comptoir_read;

CREATE TABLE parties.party (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  name text,
  sort_name text COLLATE "C",
  first_name text,
  last_name text,
  legal_name text,
  email text,
  phone text,
  preferred_locale text,
  note text,
  deleted_at timestamp with time zone,
  anonymised_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT party_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT party_anonymised_is_blank CHECK (anonymised_at IS NULL OR num_nonnulls(name, sort_name, first_name, last_name, legal_name, email, phone, note) = 0),
  CONSTRAINT party_anonymised_is_deleted CHECK (anonymised_at IS NULL OR deleted_at IS NOT NULL),
  CONSTRAINT party_has_a_name CHECK (anonymised_at IS NOT NULL OR num_nonnulls(name, sort_name) = 2),
  CONSTRAINT party_kind_known CHECK (kind = ANY (ARRAY['person'::text, 'organisation'::text]))
);
COMMENT ON TABLE parties.party IS 'class: tenant. A person or an organisation that the tenant deals with. Deleted ones stay for their documents; anonymised ones keep nothing but their id.';
COMMENT ON COLUMN parties.party.name IS 'personal';
COMMENT ON COLUMN parties.party.sort_name IS 'personal';
COMMENT ON COLUMN parties.party.first_name IS 'personal';
COMMENT ON COLUMN parties.party.last_name IS 'personal';
COMMENT ON COLUMN parties.party.legal_name IS 'personal';
COMMENT ON COLUMN parties.party.email IS 'personal';
COMMENT ON COLUMN parties.party.phone IS 'personal';
COMMENT ON COLUMN parties.party.note IS 'personal';
CREATE UNIQUE INDEX party_email_key ON parties.party USING btree (tenant_id, email) WHERE deleted_at IS NULL;
CREATE INDEX party_sort_name ON parties.party USING btree (tenant_id, sort_name, id) WHERE deleted_at IS NULL;
ALTER TABLE parties.party ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.party FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER party_stays_anonymous BEFORE UPDATE ON parties.party FOR EACH ROW WHEN (old.anonymised_at IS NOT NULL) EXECUTE FUNCTION parties.keep_anonymous();
GRANT INSERT, SELECT, UPDATE ON TABLE parties.party TO comptoir_app;
GRANT SELECT ON TABLE parties.party TO comptoir_read;

CREATE TABLE parties.party_role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  role text NOT NULL,
  code text,
  approval text,
  group_id uuid,
  lead_time_days numeric(9,2),
  payment_days integer,
  payment_terms text,
  currency text,
  minimum_order numeric(19,4),
  ended_at timestamp with time zone,
  is_of_open_party boolean DEFAULT true NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT party_role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT party_role_role_key UNIQUE (tenant_id, party_id, role),
  CONSTRAINT party_role_approval_known CHECK (approval = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'suspended'::text])),
  CONSTRAINT party_role_approval_of_traders CHECK ((role = ANY (ARRAY['vendor'::text, 'retailer'::text])) = (approval IS NOT NULL)),
  CONSTRAINT party_role_group_of_buyers CHECK (group_id IS NULL OR (role = ANY (ARRAY['customer'::text, 'retailer'::text]))),
  CONSTRAINT party_role_known CHECK (role = ANY (ARRAY['customer'::text, 'supplier'::text, 'vendor'::text, 'retailer'::text])),
  CONSTRAINT party_role_minimum_has_a_currency CHECK (minimum_order IS NULL OR currency IS NOT NULL),
  CONSTRAINT party_role_terms_not_negative CHECK (lead_time_days >= 0::numeric AND payment_days >= 0 AND minimum_order >= 0::numeric),
  CONSTRAINT party_role_terms_of_sellers CHECK (num_nonnulls(lead_time_days, minimum_order) = 0 OR (role = ANY (ARRAY['supplier'::text, 'vendor'::text]))),
  CONSTRAINT party_role_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT party_role_group_id_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES parties.customer_group(tenant_id, id),
  CONSTRAINT party_role_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.party_role IS 'class: tenant. What a party is to the tenant, and on which terms. Vendors and retailers are approved; approval is that of the last row of parties.approval. Codes are free again when the role ends or the party is deleted, which is_of_open_party repeats, because an index sees one table.';
CREATE INDEX party_role_approval ON parties.party_role USING btree (tenant_id, role, approval, party_id);
CREATE UNIQUE INDEX party_role_code_key ON parties.party_role USING btree (tenant_id, role, code) WHERE ended_at IS NULL AND is_of_open_party;
CREATE INDEX party_role_currency ON parties.party_role USING btree (currency);
CREATE INDEX party_role_group_id ON parties.party_role USING btree (tenant_id, group_id);
ALTER TABLE parties.party_role ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.party_role FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE parties.party_role TO comptoir_app;
GRANT SELECT ON TABLE parties.party_role TO comptoir_read;
GRANT UPDATE (code, group_id, lead_time_days, payment_days, payment_terms, currency, minimum_order, ended_at, is_of_open_party, version, updated_at) ON TABLE parties.party_role TO comptoir_app;

CREATE TABLE parties.tax_number (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  country text NOT NULL,
  scheme text NOT NULL,
  number text,
  deleted_at timestamp with time zone,
  is_of_open_party boolean DEFAULT true NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tax_number_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT tax_number_country_fkey FOREIGN KEY (country) REFERENCES reference.country(code),
  CONSTRAINT tax_number_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.tax_number IS 'class: tenant. What a tax authority calls a party, e.g. its ICE, RFC, NIT, CUIT or VAT number. That of a deleted party, which is_of_open_party repeats, is free again.';
COMMENT ON COLUMN parties.tax_number.number IS 'personal';
CREATE INDEX tax_number_country ON parties.tax_number USING btree (country);
CREATE UNIQUE INDEX tax_number_key ON parties.tax_number USING btree (tenant_id, country, scheme, number) WHERE deleted_at IS NULL AND is_of_open_party;
CREATE INDEX tax_number_party_id ON parties.tax_number USING btree (tenant_id, party_id);
ALTER TABLE parties.tax_number ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.tax_number FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.tax_number TO comptoir_app;
GRANT SELECT ON TABLE parties.tax_number TO comptoir_read;

CREATE TABLE parties.term (
  tenant_id uuid NOT NULL,
  party_id uuid NOT NULL,
  term text COLLATE "C" NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT term_pkey PRIMARY KEY (tenant_id, party_id, term),
  CONSTRAINT term_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.term IS 'class: tenant. What a party is found by, from each of its words on; compared bytewise, because only such operators reach an index under row-level security.';
COMMENT ON COLUMN parties.term.term IS 'personal';
CREATE INDEX term_term ON parties.term USING btree (tenant_id, term, party_id);
ALTER TABLE parties.term ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.term FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE parties.term TO comptoir_app;
GRANT SELECT ON TABLE parties.term TO comptoir_read;

CREATE VIEW parties.read_checked_customer WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    p.name AS label,
    p.id,
    p.kind,
    p.name,
    r.code,
    p.email,
    p.phone,
    r.group_id,
    r.payment_days,
    r.currency,
    p.created_at
   FROM parties.party p
     JOIN parties.party_role r ON r.tenant_id = p.tenant_id AND r.party_id = p.id
  WHERE r.role = 'customer'::text AND r.ended_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW parties.read_checked_customer IS 'Published: what rules of quality judge of a customer.';
GRANT SELECT ON TABLE parties.read_checked_customer TO comptoir_app;
GRANT SELECT ON TABLE parties.read_checked_customer TO comptoir_read;

CREATE VIEW parties.read_checked_supplier WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    p.name AS label,
    p.id,
    p.kind,
    p.name,
    r.code,
    p.email,
    p.phone,
    r.lead_time_days,
    r.payment_days,
    r.currency,
    p.created_at
   FROM parties.party p
     JOIN parties.party_role r ON r.tenant_id = p.tenant_id AND r.party_id = p.id
  WHERE r.role = 'supplier'::text AND r.ended_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW parties.read_checked_supplier IS 'Published: what rules of quality judge of a supplier.';
GRANT SELECT ON TABLE parties.read_checked_supplier TO comptoir_app;
GRANT SELECT ON TABLE parties.read_checked_supplier TO comptoir_read;

CREATE VIEW parties.read_name WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    name
   FROM parties.party p;
COMMENT ON VIEW parties.read_name IS 'Published: what parties are called; null for those who are anonymised.';
GRANT SELECT ON TABLE parties.read_name TO comptoir_app;
GRANT SELECT ON TABLE parties.read_name TO comptoir_read;

CREATE VIEW parties.read_supplier WITH (security_invoker=true) AS
 SELECT r.tenant_id,
    r.party_id AS id,
    max(r.lead_time_days) AS lead_time_days
   FROM parties.party_role r
     JOIN parties.party p ON p.tenant_id = r.tenant_id AND p.id = r.party_id
  WHERE (r.role = ANY (ARRAY['supplier'::text, 'vendor'::text])) AND r.ended_at IS NULL AND p.deleted_at IS NULL
  GROUP BY r.tenant_id, r.party_id;
COMMENT ON VIEW parties.read_supplier IS 'Published for what is ordered: who sells to the tenant, and in how many days.';
GRANT SELECT ON TABLE parties.read_supplier TO comptoir_app;
GRANT SELECT ON TABLE parties.read_supplier TO comptoir_read;

CREATE OR REPLACE FUNCTION parties.decide(p_tenant uuid, p_decisions jsonb)
 RETURNS TABLE(number integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_decision record;
  v_approval text;
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM parties.party_role r
  WHERE r.tenant_id = p_tenant AND r.id IN (SELECT (d.value ->> 'party_role_id')::uuid FROM jsonb_array_elements(p_decisions) d)
  ORDER BY r.id FOR NO KEY UPDATE;
  FOR v_decision IN
    SELECT d.* FROM ROWS FROM (jsonb_to_recordset(p_decisions) AS (id uuid, party_role_id uuid, decision text, reason text, actor_id uuid))
                    WITH ORDINALITY AS d (id, party_role_id, decision, reason, actor_id, position)
    ORDER BY d.position
  LOOP
    SELECT r.approval INTO v_approval FROM parties.party_role r
    WHERE r.tenant_id = p_tenant AND r.id = v_decision.party_role_id AND r.approval IS NOT NULL AND r.ended_at IS NULL;
    IF NOT FOUND THEN
      RETURN QUERY SELECT NULL::integer, 'role_not_found';
    ELSIF v_approval = v_decision.decision THEN
      RETURN QUERY SELECT NULL::integer, 'already_decided';
    ELSE
      SELECT coalesce(max(a.number), 0) + 1 INTO v_number FROM parties.approval a
      WHERE a.tenant_id = p_tenant AND a.party_role_id = v_decision.party_role_id;
      INSERT INTO parties.approval (tenant_id, id, party_role_id, number, decision, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_decision.id, v_decision.party_role_id, v_number, v_decision.decision, v_decision.reason, v_decision.actor_id, transaction_timestamp());
      UPDATE parties.party_role r SET approval = v_decision.decision, version = r.version + 1, updated_at = transaction_timestamp()
      WHERE r.tenant_id = p_tenant AND r.id = v_decision.party_role_id;
      RETURN QUERY SELECT v_number, NULL::text;
    END IF;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION parties.decide(uuid,jsonb) IS 'The only way vendors and retailers are approved, rejected and suspended.';
GRANT EXECUTE ON FUNCTION parties.decide(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION parties.keep_anonymous()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'an anonymised party is not changed' USING ERRCODE = 'restrict_violation';
END
$function$;
COMMENT ON FUNCTION parties.keep_anonymous() IS 'Makes anonymising irreversible.';

CREATE OR REPLACE FUNCTION parties.put_terms(p_tenant uuid, p_party uuid, p_terms text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM parties.term t WHERE t.tenant_id = p_tenant AND t.party_id = p_party AND t.term <> ALL (p_terms);
  INSERT INTO parties.term (tenant_id, party_id, term)
  SELECT p_tenant, p_party, new.term FROM (SELECT DISTINCT unnest(p_terms) AS term) new ORDER BY new.term
  ON CONFLICT DO NOTHING;
END
$function$;
COMMENT ON FUNCTION parties.put_terms(uuid,uuid,text[]) IS 'The only writer of the terms that parties are searched by.';
GRANT EXECUTE ON FUNCTION parties.put_terms(uuid,uuid,text[]) TO comptoir_app;

CREATE SCHEMA payments AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA payments TO comptoir_app;
GRANT USAGE ON SCHEMA payments TO comptoir_read;

CREATE TABLE payments."authorization" (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  tender_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  provider text NOT NULL,
  amount numeric(19,4) NOT NULL,
  currency text NOT NULL,
  refunds_id uuid,
  origin_id uuid,
  status text DEFAULT 'asked'::text NOT NULL,
  provider_reference text,
  reason text,
  actor_id uuid,
  asked_by uuid NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT authorization_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT authorization_amount_positive CHECK (amount > 0::numeric),
  CONSTRAINT authorization_kind_known CHECK (kind = ANY (ARRAY['charge'::text, 'refund'::text])),
  CONSTRAINT authorization_refunds_a_charge CHECK ((kind = 'refund'::text) = (refunds_id IS NOT NULL) AND (kind = 'refund'::text) = (origin_id IS NOT NULL)),
  CONSTRAINT authorization_status_known CHECK (status = ANY (ARRAY['asked'::text, 'unknown'::text, 'approved'::text, 'declined'::text, 'reversing'::text, 'reversed'::text])),
  CONSTRAINT authorization_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT authorization_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT authorization_refunds_id_fkey FOREIGN KEY (tenant_id, refunds_id) REFERENCES payments."authorization"(tenant_id, id),
  CONSTRAINT authorization_tender_id_fkey FOREIGN KEY (tenant_id, tender_id) REFERENCES payments.tender(tenant_id, id)
);
COMMENT ON TABLE payments."authorization" IS 'class: tenant. What a provider of payments is asked for, committed before it is asked; status, provider_reference and reason are what the rows of payments.authorization_event come to. A refund is of a charge, for the sale that it paid: origin_id, as of the payments. asked_by is the credential, a key or a person: only it may ask again with the same id.';
CREATE INDEX authorization_branch_id ON payments."authorization" USING btree (tenant_id, branch_id, created_at, id);
CREATE INDEX authorization_currency ON payments."authorization" USING btree (currency);
CREATE INDEX authorization_refunds_id ON payments."authorization" USING btree (tenant_id, refunds_id);
CREATE INDEX authorization_tender_id ON payments."authorization" USING btree (tenant_id, tender_id);
ALTER TABLE payments."authorization" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments."authorization" FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE payments."authorization" TO comptoir_app;
GRANT SELECT ON TABLE payments."authorization" TO comptoir_read;

CREATE TABLE payments.authorization_event (
  tenant_id uuid NOT NULL,
  authorization_id uuid NOT NULL,
  number integer NOT NULL,
  outcome text NOT NULL,
  source text NOT NULL,
  provider_reference text,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT authorization_event_pkey PRIMARY KEY (tenant_id, authorization_id, number),
  CONSTRAINT authorization_event_outcome_known CHECK (outcome = ANY (ARRAY['asked'::text, 'unknown'::text, 'approved'::text, 'declined'::text, 'reversing'::text, 'reversed'::text, 'contradicted'::text])),
  CONSTRAINT authorization_event_source_known CHECK (source = ANY (ARRAY['request'::text, 'answer'::text, 'lookup'::text, 'callback'::text])),
  CONSTRAINT authorization_event_authorization_id_fkey FOREIGN KEY (tenant_id, authorization_id) REFERENCES payments."authorization"(tenant_id, id)
);
COMMENT ON TABLE payments.authorization_event IS 'class: tenant, append-only. What was asked of a provider and what it said, in order. What comes too late to count is contradicted, with what was said in reason.';
ALTER TABLE payments.authorization_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments.authorization_event FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.authorization_event FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE payments.authorization_event TO comptoir_app;
GRANT SELECT ON TABLE payments.authorization_event TO comptoir_read;
REVOKE TRUNCATE ON TABLE payments.authorization_event FROM comptoir_owner;

CREATE TABLE payments.payment (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  line integer NOT NULL,
  origin_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  session_id uuid,
  tender_id uuid NOT NULL,
  tender_name text NOT NULL,
  amount numeric(19,4) NOT NULL,
  currency text NOT NULL,
  reference text,
  authorization_id uuid,
  reverses_id uuid,
  is_late boolean NOT NULL,
  actor_id uuid,
  made_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT payment_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT payment_amount_has_its_sign CHECK (
CASE kind
    WHEN 'payment'::text THEN amount > 0::numeric
    WHEN 'reversal'::text THEN amount <> 0::numeric
    ELSE amount < 0::numeric
END),
  CONSTRAINT payment_kind_known CHECK (kind = ANY (ARRAY['payment'::text, 'change'::text, 'refund'::text, 'reversal'::text])),
  CONSTRAINT payment_reversal_of_one CHECK ((kind = 'reversal'::text) = (reverses_id IS NOT NULL)),
  CONSTRAINT payment_authorization_id_fkey FOREIGN KEY (tenant_id, authorization_id) REFERENCES payments."authorization"(tenant_id, id),
  CONSTRAINT payment_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT payment_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT payment_reverses_id_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES payments.payment(tenant_id, id),
  CONSTRAINT payment_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id),
  CONSTRAINT payment_tender_id_fkey FOREIGN KEY (tenant_id, tender_id) REFERENCES payments.tender(tenant_id, id)
);
COMMENT ON TABLE payments.payment IS 'class: tenant, append-only. What came in, went back as change, was given back or taken back for a document, by tender, with the sign it has for the drawer. tender_name is what the tender was called then; origin_id is the sale that it all began with: what is left to give back of it is the sum of its rows.';
CREATE UNIQUE INDEX payment_authorization_id ON payments.payment USING btree (tenant_id, authorization_id);
CREATE INDEX payment_branch_id ON payments.payment USING btree (tenant_id, branch_id, recorded_at, id);
CREATE INDEX payment_currency ON payments.payment USING btree (currency);
CREATE INDEX payment_document_id ON payments.payment USING btree (tenant_id, document_id);
CREATE INDEX payment_origin_id ON payments.payment USING btree (tenant_id, origin_id);
CREATE INDEX payment_recorded_at ON payments.payment USING btree (tenant_id, recorded_at, id);
CREATE UNIQUE INDEX payment_reverses_id ON payments.payment USING btree (tenant_id, reverses_id);
CREATE INDEX payment_session_id ON payments.payment USING btree (tenant_id, session_id);
CREATE INDEX payment_tender_id ON payments.payment USING btree (tenant_id, tender_id, recorded_at, id);
ALTER TABLE payments.payment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments.payment FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.payment FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE payments.payment TO comptoir_app;
GRANT SELECT ON TABLE payments.payment TO comptoir_read;
REVOKE TRUNCATE ON TABLE payments.payment FROM comptoir_owner;

CREATE TABLE payments.tender (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  provider text,
  needs_reference boolean DEFAULT false NOT NULL,
  opens_drawer boolean DEFAULT false NOT NULL,
  is_active boolean DEFAULT true NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tender_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT tender_code_key UNIQUE (tenant_id, code),
  CONSTRAINT tender_cash_without_provider CHECK (kind <> 'cash'::text OR provider IS NULL),
  CONSTRAINT tender_code_is_a_word CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'::text),
  CONSTRAINT tender_kind_known CHECK (kind = ANY (ARRAY['cash'::text, 'card'::text, 'mobile_wallet'::text, 'bank_transfer'::text, 'other'::text]))
);
COMMENT ON TABLE payments.tender IS 'class: tenant. What customers pay with. Its kind and provider stay, for what was paid is booked by them; one that is not active takes no more.';
ALTER TABLE payments.tender ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments.tender FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE payments.tender TO comptoir_app;
GRANT SELECT ON TABLE payments.tender TO comptoir_read;
GRANT INSERT (tenant_id, id, code, name, kind, provider, needs_reference, opens_drawer), UPDATE (name, needs_reference, opens_drawer, is_active, version, updated_at) ON TABLE payments.tender TO comptoir_app;

CREATE VIEW payments.read_payment WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    kind,
    document_type,
    document_id,
    session_id,
    branch_id,
    tender_id,
    amount,
    currency,
    made_at,
    recorded_at
   FROM payments.payment p;
COMMENT ON VIEW payments.read_payment IS 'Published: what came in and went back, by tender, with the sign it has for the drawer.';
GRANT SELECT ON TABLE payments.read_payment TO comptoir_app;
GRANT SELECT ON TABLE payments.read_payment TO comptoir_read;

CREATE VIEW payments.read_tender WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    code,
    name
   FROM payments.tender t;
COMMENT ON VIEW payments.read_tender IS 'Published: what tenders are called.';
GRANT SELECT ON TABLE payments.read_tender TO comptoir_app;
GRANT SELECT ON TABLE payments.read_tender TO comptoir_read;

CREATE OR REPLACE FUNCTION payments.ask(p_tenant uuid, p_authorizations jsonb)
 RETURNS TABLE(code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_asked record;
  v_origin uuid;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM payments."authorization" a
  WHERE a.tenant_id = p_tenant AND a.id IN (SELECT r.refunds_id FROM jsonb_to_recordset(p_authorizations) AS r (refunds_id uuid))
  ORDER BY a.id FOR NO KEY UPDATE;
  FOR v_asked IN
    SELECT a.* FROM ROWS FROM (jsonb_to_recordset(p_authorizations) AS (
      id uuid, kind text, tender_id uuid, branch_id uuid, amount numeric, currency text, refunds_id uuid, sale_id uuid, actor_id uuid, asked_by uuid))
      WITH ORDINALITY AS a (id, kind, tender_id, branch_id, amount, currency, refunds_id, sale_id, actor_id, asked_by, position) ORDER BY a.position
  LOOP
    -- Once more where another transaction took the id meanwhile: it is found then.
    LOOP
      SELECT u.origin_id, CASE
        WHEN k.asked_by <> v_asked.asked_by THEN 'already_exists'
        WHEN (k.kind, k.tender_id, k.branch_id, k.amount, k.currency) = (v_asked.kind, v_asked.tender_id, v_asked.branch_id, v_asked.amount, v_asked.currency)
             AND k.refunds_id IS NOT DISTINCT FROM v_asked.refunds_id
             AND (k.kind = 'charge' OR v_asked.sale_id IN (k.origin_id, (SELECT p.document_id FROM payments.payment p
                                                                         WHERE p.tenant_id = p_tenant AND p.authorization_id = k.refunds_id)))
          THEN 'asked_before'
        WHEN k.id IS NOT NULL THEN 'idempotency_key_reused'
        WHEN t.id IS NULL THEN 'tender_not_found'
        WHEN t.provider IS NULL THEN 'tender_without_provider'
        WHEN v_asked.kind = 'charge' AND NOT t.is_active THEN 'tender_inactive'
        WHEN v_asked.kind = 'refund' AND coalesce(c.kind, 'refund') <> 'charge' THEN 'authorization_not_found'
        WHEN c.id IS NOT NULL AND c.status <> 'approved' THEN 'authorization_not_approved'
        WHEN c.id IS NOT NULL AND (c.tender_id, c.currency) IS DISTINCT FROM (v_asked.tender_id, v_asked.currency) THEN 'authorization_differs'
        WHEN c.id IS NOT NULL AND (u.origin_id IS NULL OR v_asked.sale_id IS NULL OR v_asked.sale_id NOT IN (u.origin_id, u.document_id))
          THEN 'paid_sale_not_found'
        WHEN c.amount < v_asked.amount + (SELECT coalesce(sum(o.amount), 0) FROM payments."authorization" o
                                          WHERE o.tenant_id = p_tenant AND o.refunds_id = c.id AND o.status NOT IN ('declined', 'reversed'))
          THEN 'refund_exceeds_paid'
      END INTO v_origin, v_code
      FROM (SELECT 1) one
      LEFT JOIN payments."authorization" k ON k.tenant_id = p_tenant AND k.id = v_asked.id
      LEFT JOIN payments.tender t ON t.tenant_id = p_tenant AND t.id = v_asked.tender_id
      LEFT JOIN payments."authorization" c ON c.tenant_id = p_tenant AND c.id = v_asked.refunds_id
      LEFT JOIN payments.payment u ON u.tenant_id = p_tenant AND u.authorization_id = c.id
        AND NOT EXISTS (SELECT FROM payments.payment r WHERE r.tenant_id = p_tenant AND r.reverses_id = u.id);
      EXIT WHEN v_code IS NOT NULL;
      WITH made AS (
        INSERT INTO payments."authorization" (tenant_id, id, kind, tender_id, branch_id, provider, amount, currency, refunds_id, origin_id, actor_id, asked_by)
        SELECT p_tenant, v_asked.id, v_asked.kind, t.id, v_asked.branch_id, t.provider, v_asked.amount, v_asked.currency, v_asked.refunds_id, v_origin,
               v_asked.actor_id, v_asked.asked_by
        FROM payments.tender t WHERE t.tenant_id = p_tenant AND t.id = v_asked.tender_id
        ON CONFLICT DO NOTHING
        RETURNING id
      )
      INSERT INTO payments.authorization_event (tenant_id, authorization_id, number, outcome, source, actor_id, recorded_at)
      SELECT p_tenant, m.id, 1, 'asked', 'request', v_asked.actor_id, v_now FROM made m;
      EXIT WHEN FOUND;
    END LOOP;
    RETURN QUERY SELECT v_code;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION payments.ask(uuid,jsonb) IS 'The only way an authorization is asked for.';
GRANT EXECUTE ON FUNCTION payments.ask(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION payments.hold(p_tenant uuid, p_asked jsonb)
 RETURNS TABLE(tenders jsonb, paid jsonb, authorizations jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_documents uuid[];
  v_authorizations uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  v_documents := array(SELECT jsonb_array_elements_text(coalesce(p_asked -> 'documents', '[]'))::uuid);
  v_authorizations := array(SELECT jsonb_array_elements_text(coalesce(p_asked -> 'authorizations', '[]'))::uuid);
  IF cardinality(v_documents) > 0 THEN
    PERFORM FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.origin_id = ANY (v_documents) ORDER BY p.id FOR NO KEY UPDATE;
  END IF;
  IF cardinality(v_authorizations) > 0 THEN
    PERFORM FROM payments."authorization" a WHERE a.tenant_id = p_tenant AND a.id = ANY (v_authorizations) ORDER BY a.id FOR NO KEY UPDATE;
  END IF;
  RETURN QUERY
  SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'code', t.code, 'name', t.name, 'kind', t.kind, 'provider', t.provider,
            'needs_reference', t.needs_reference, 'opens_drawer', t.opens_drawer, 'is_active', t.is_active) ORDER BY t.code), '[]')
          FROM payments.tender t WHERE t.tenant_id = p_tenant),
         (SELECT coalesce(jsonb_agg(jsonb_build_object('document_id', o.origin_id, 'tender_id', o.tender_id, 'amount', o.amount::text)
                   ORDER BY o.origin_id, o.tender_id), '[]')
          FROM (SELECT p.origin_id, p.tender_id, sum(p.amount) AS amount FROM payments.payment p
                WHERE p.tenant_id = p_tenant AND p.origin_id = ANY (v_documents) GROUP BY p.origin_id, p.tender_id) o),
         (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'tender_id', a.tender_id, 'branch_id', a.branch_id,
                   'amount', a.amount::text, 'currency', a.currency, 'origin_id', a.origin_id, 'status', a.status,
                   'is_used', p.id IS NOT NULL OR a.kind = 'charge' AND payments.is_given_back(p_tenant, a.id)) ORDER BY a.id), '[]')
          FROM payments."authorization" a
          LEFT JOIN payments.payment p ON p.tenant_id = p_tenant AND p.authorization_id = a.id
          WHERE a.tenant_id = p_tenant AND a.id = ANY (v_authorizations));
END
$function$;
COMMENT ON FUNCTION payments.hold(uuid,jsonb) IS 'Holds what is paid of sales, and authorizations, until the end of the transaction.';
GRANT EXECUTE ON FUNCTION payments.hold(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION payments.is_given_back(p_tenant uuid, p_charge uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT EXISTS (SELECT FROM payments."authorization" r
                 WHERE r.tenant_id = p_tenant AND r.refunds_id = p_charge AND r.status NOT IN ('declined', 'reversed'))
$function$;

CREATE OR REPLACE FUNCTION payments.record(p_tenant uuid, p_documents jsonb)
 RETURNS TABLE(code text, line integer, available numeric)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  c_most_payments CONSTANT integer := 100;
  c_beyond_amounts CONSTANT numeric := 1e15;
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a document
  v_types text[];
  v_documents uuid[];
  v_origins uuid[];
  v_branches uuid[];
  v_sessions uuid[];
  v_currencies text[];
  v_actors uuid[];
  v_made timestamptz[];
  v_is_late boolean[];
  v_may_otherwise boolean[];
  v_payments jsonb[];
  v_faults text[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a payment
  v_of integer[];
  v_ids uuid[];
  v_tenders uuid[];
  v_kinds text[];
  v_amounts numeric[];
  v_references text[];
  v_authorizations uuid[];
  v_reversed uuid[];
  v_given_back uuid[];
  v_of_origin uuid[];
  v_same integer[];
  v_same_authorization integer[];
  v_same_reversal integer[];
  v_payment_faults text[];
  v_is_cash boolean[];
  v_names text[];
  v_key integer[];
  v_total_key integer[];
  -- one element a tender of an origin, and an origin
  v_key_left numeric[];
  v_total_left numeric[];
  -- one element a payment: which of them was the first to take an id, an authorization, a payment to reverse
  v_taken boolean[];
  v_used boolean[];
  v_undone boolean[];
  -- of the document and payment at hand
  v_payment integer := 1;
  v_first integer;
  v_done integer;
  v_code text;
  v_line integer;
  v_cash numeric;
  v_available numeric;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(d.document_type), array_agg(d.document_id), array_agg(coalesce(d.origin_id, d.document_id)), array_agg(d.branch_id),
         array_agg(d.session_id), array_agg(d.currency), array_agg(d.actor_id), array_agg(coalesce(d.made_at, v_now)),
         array_agg(coalesce(d.is_late, false)), array_agg(coalesce(d.may_refund_otherwise, false)), array_agg(coalesce(d.payments, '[]'))
  INTO v_types, v_documents, v_origins, v_branches, v_sessions, v_currencies, v_actors, v_made, v_is_late, v_may_otherwise, v_payments
  FROM (
    SELECT d.*
    FROM ROWS FROM (jsonb_to_recordset(p_documents) AS (
           document_type text, document_id uuid, origin_id uuid, branch_id uuid, session_id uuid, currency text, actor_id uuid, made_at timestamptz,
           is_late boolean, may_refund_otherwise boolean, payments jsonb))
         WITH ORDINALITY AS d (document_type, document_id, origin_id, branch_id, session_id, currency, actor_id, made_at, is_late,
                               may_refund_otherwise, payments, position)
    ORDER BY d.position) d;
  IF v_documents IS NULL THEN RETURN; END IF;

  SELECT array_agg(p.document), array_agg(p.id), array_agg(p.tender_id), array_agg(p.kind), array_agg(p.amount), array_agg(p.reference),
         array_agg(p.authorization_id), array_agg(p.reverses_id),
         array_agg(p.same), array_agg(p.same_authorization), array_agg(p.same_reversal)
  INTO v_of, v_ids, v_tenders, v_kinds, v_amounts, v_references, v_authorizations, v_reversed, v_same, v_same_authorization, v_same_reversal
  FROM (
    SELECT r.*, min(r.row) OVER (PARTITION BY r.id) AS same, min(r.row) OVER (PARTITION BY r.authorization_id) AS same_authorization,
           min(r.row) OVER (PARTITION BY r.reverses_id) AS same_reversal
    FROM (
      SELECT d.position AS document, p.*, row_number() OVER (ORDER BY d.position, p.line) AS row
      FROM unnest(v_payments) WITH ORDINALITY AS d (payments, position),
           ROWS FROM (jsonb_to_recordset(d.payments) AS (
             id uuid, tender_id uuid, kind text, amount numeric, reference text, authorization_id uuid, reverses_id uuid))
           WITH ORDINALITY AS p (id, tender_id, kind, amount, reference, authorization_id, reverses_id, line)) r
    ORDER BY r.row) p;

  -- What it is about, locked: what was paid of the sales that are given back or taken back, and authorizations.
  -- A list of them, as a subquery may be planned to run for each payment of the tenant.
  v_given_back := array(
    SELECT v_origins[m.document] FROM unnest(v_of, v_kinds) AS m (document, kind) WHERE m.kind = 'refund'
    UNION SELECT o.origin_id FROM payments.payment o WHERE o.tenant_id = p_tenant AND o.id = ANY (v_reversed));
  PERFORM FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.origin_id = ANY (v_given_back) ORDER BY p.id FOR NO KEY UPDATE;
  PERFORM FROM payments."authorization" a WHERE a.tenant_id = p_tenant AND a.id = ANY (v_authorizations) ORDER BY a.id FOR NO KEY UPDATE;

  -- What is wrong whatever was paid. Read after the locks.
  SELECT array_agg(CASE WHEN b.id IS NULL THEN 'branch_not_found' WHEN c.code IS NULL THEN 'unknown_currency' END ORDER BY d.position)
  INTO v_faults
  FROM unnest(v_branches, v_currencies) WITH ORDINALITY AS d (branch_id, currency, position)
  LEFT JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = d.branch_id
  LEFT JOIN reference.currency c ON c.code = d.currency;

  SELECT array_agg(CASE
           WHEN o.id IS NOT NULL THEN 'already_exists'
           WHEN t.id IS NULL THEN 'tender_not_found'
           WHEN m.amount IS NULL OR m.amount <> round(m.amount, coalesce(c.minor_unit, 4)) THEN 'wrong_precision'
           WHEN m.amount = 0 OR abs(m.amount) >= c_beyond_amounts
                OR m.kind = 'payment' AND m.amount < 0 OR m.kind IN ('change', 'refund') AND m.amount > 0 THEN 'amount_out_of_range'
           WHEN NOT coalesce(m.kind IN ('payment', 'change', 'refund', 'reversal'), false) OR (m.kind = 'reversal') <> (m.reverses_id IS NOT NULL)
                OR m.kind IN ('change', 'reversal') AND m.authorization_id IS NOT NULL THEN 'kind_unclear'
           WHEN m.kind = 'change' AND t.kind <> 'cash' THEN 'change_not_cash'
           WHEN m.kind = 'payment' AND NOT t.is_active AND NOT v_is_late[m.document] THEN 'tender_inactive'
           WHEN m.kind = 'payment' AND t.needs_reference AND m.reference IS NULL AND NOT v_is_late[m.document] THEN 'reference_required'
           WHEN m.kind IN ('payment', 'refund') AND t.provider IS NOT NULL AND m.authorization_id IS NULL AND NOT v_is_late[m.document]
             THEN 'authorization_required'
           WHEN m.authorization_id IS NOT NULL AND a.id IS NULL THEN 'authorization_not_found'
           WHEN a.status <> 'approved' THEN 'authorization_not_approved'
           WHEN u.id IS NOT NULL OR coalesce(a.kind = 'charge', false) AND payments.is_given_back(p_tenant, a.id) THEN 'authorization_used'
           WHEN (a.kind, a.tender_id, a.branch_id, a.amount, a.currency, a.origin_id) IS DISTINCT FROM
                (CASE m.kind WHEN 'payment' THEN 'charge' ELSE 'refund' END, m.tender_id, v_branches[m.document], abs(m.amount), v_currencies[m.document],
                 CASE m.kind WHEN 'refund' THEN v_origins[m.document] END)
                AND a.id IS NOT NULL THEN 'authorization_differs'
           WHEN m.reverses_id IS NOT NULL AND coalesce(r.kind, 'reversal') = 'reversal' THEN 'payment_not_found'
           WHEN e.id IS NOT NULL THEN 'payment_already_reversed'
           WHEN r.id IS NOT NULL AND (r.tender_id, r.amount, r.currency) IS DISTINCT FROM (m.tender_id, -m.amount, v_currencies[m.document])
             THEN 'reversal_differs'
         END ORDER BY m.position),
         array_agg(coalesce(t.kind = 'cash', false) ORDER BY m.position),
         array_agg(coalesce(r.origin_id, v_origins[m.document]) ORDER BY m.position),
         array_agg(t.name ORDER BY m.position)
  INTO v_payment_faults, v_is_cash, v_of_origin, v_names
  FROM unnest(v_of, v_ids, v_tenders, v_kinds, v_amounts, v_references, v_authorizations, v_reversed)
       WITH ORDINALITY AS m (document, id, tender_id, kind, amount, reference, authorization_id, reverses_id, position)
  LEFT JOIN payments.payment o ON o.tenant_id = p_tenant AND o.id = m.id
  LEFT JOIN payments.tender t ON t.tenant_id = p_tenant AND t.id = m.tender_id
  LEFT JOIN reference.currency c ON c.code = v_currencies[m.document]
  LEFT JOIN payments."authorization" a ON a.tenant_id = p_tenant AND a.id = m.authorization_id
  LEFT JOIN payments.payment u ON u.tenant_id = p_tenant AND u.authorization_id = m.authorization_id
  LEFT JOIN payments.payment r ON r.tenant_id = p_tenant AND r.id = m.reverses_id
  LEFT JOIN payments.payment e ON e.tenant_id = p_tenant AND e.reverses_id = m.reverses_id;

  -- What is left of each sale, by tender and in all.
  SELECT array_agg(dense.key ORDER BY dense.position), array_agg(dense.total_key ORDER BY dense.position)
  INTO v_key, v_total_key
  FROM (SELECT m.position, dense_rank() OVER (ORDER BY m.origin_id, m.tender_id) AS key, dense_rank() OVER (ORDER BY m.origin_id) AS total_key
        FROM unnest(v_of_origin, v_tenders) WITH ORDINALITY AS m (origin_id, tender_id, position)) dense;
  SELECT array_agg(coalesce(s.amount, 0) ORDER BY k.key) INTO v_key_left
  FROM (SELECT DISTINCT m.key, m.origin_id, m.tender_id FROM unnest(v_key, v_of_origin, v_tenders) AS m (key, origin_id, tender_id)) k
  -- Never by the index of tenders, which a plan that was made while nothing was paid would read from end to end.
  LEFT JOIN LATERAL (SELECT sum(p.amount) FILTER (WHERE p.tender_id = k.tender_id) AS amount FROM payments.payment p
                     WHERE p.tenant_id = p_tenant AND p.origin_id = k.origin_id) s ON true;
  SELECT array_agg(coalesce(s.amount, 0) ORDER BY k.key) INTO v_total_left
  FROM (SELECT DISTINCT m.key, m.origin_id FROM unnest(v_total_key, v_of_origin) AS m (key, origin_id)) k
  LEFT JOIN LATERAL (SELECT sum(p.amount) AS amount FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.origin_id = k.origin_id) s ON true;

  -- One document after the other: the first thing that is wrong with it, or its payments applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_documents)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_documents)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_documents)]);
  v_taken := array_fill(false, ARRAY[coalesce(cardinality(v_ids), 0)]);
  v_used := v_taken;
  v_undone := v_taken;
  FOR i IN 1 .. cardinality(v_documents) LOOP
    v_first := v_payment;
    WHILE v_of[v_payment] = i LOOP
      v_payment := v_payment + 1;
    END LOOP;
    v_code := CASE WHEN v_payment - v_first > c_most_payments THEN 'too_many_payments' ELSE v_faults[i] END;
    v_line := NULL;
    v_done := v_first;
    v_cash := 0;
    v_available := NULL;
    WHILE v_code IS NULL AND v_done < v_payment LOOP
      v_line := v_done - v_first + 1;
      v_code := CASE
        WHEN v_payment_faults[v_done] IS NOT NULL THEN v_payment_faults[v_done]
        WHEN v_taken[v_same[v_done]] THEN 'already_exists'
        WHEN v_authorizations[v_done] IS NOT NULL AND v_used[v_same_authorization[v_done]] THEN 'authorization_used'
        WHEN v_reversed[v_done] IS NOT NULL AND v_undone[v_same_reversal[v_done]] THEN 'payment_already_reversed'
        WHEN v_kinds[v_done] = 'change' AND v_cash + v_amounts[v_done] < 0 AND NOT v_is_late[i] THEN 'change_exceeds_cash'
      END;
      IF v_code IS NULL AND v_kinds[v_done] = 'refund' AND NOT v_is_late[i] THEN
        v_available := greatest(CASE WHEN v_may_otherwise[i] THEN v_total_left[v_total_key[v_done]]
                                     ELSE least(v_key_left[v_key[v_done]], v_total_left[v_total_key[v_done]]) END, 0);
        v_code := CASE WHEN v_available + v_amounts[v_done] < 0 THEN 'refund_exceeds_paid' END;
      END IF;
      EXIT WHEN v_code IS NOT NULL;
      v_taken[v_same[v_done]] := true;
      IF v_authorizations[v_done] IS NOT NULL THEN v_used[v_same_authorization[v_done]] := true; END IF;
      IF v_reversed[v_done] IS NOT NULL THEN v_undone[v_same_reversal[v_done]] := true; END IF;
      IF v_is_cash[v_done] AND v_kinds[v_done] IN ('payment', 'change') THEN v_cash := v_cash + v_amounts[v_done]; END IF;
      v_key_left[v_key[v_done]] := v_key_left[v_key[v_done]] + v_amounts[v_done];
      v_total_left[v_total_key[v_done]] := v_total_left[v_total_key[v_done]] + v_amounts[v_done];
      v_done := v_done + 1;
    END LOOP;
    IF v_code IS NULL AND NOT v_is_late[i] THEN
      -- A payment that is taken back is paid anew, or it was given back already.
      SELECT 'refund_exceeds_paid', m.position - v_first + 1, 0 INTO v_code, v_line, v_available
      FROM generate_series(v_first, v_payment - 1) AS m (position)
      WHERE v_kinds[m.position] = 'reversal' AND v_amounts[m.position] < 0 AND v_total_left[v_total_key[m.position]] < 0
      ORDER BY m.position LIMIT 1;
    END IF;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + v_payment - v_first;
    ELSE
      FOR k IN REVERSE v_done - 1 .. v_first LOOP
        v_taken[v_same[k]] := false;
        IF v_authorizations[k] IS NOT NULL THEN v_used[v_same_authorization[k]] := false; END IF;
        IF v_reversed[k] IS NOT NULL THEN v_undone[v_same_reversal[k]] := false; END IF;
        v_key_left[v_key[k]] := v_key_left[v_key[k]] - v_amounts[k];
        v_total_left[v_total_key[k]] := v_total_left[v_total_key[k]] - v_amounts[k];
      END LOOP;
      v_codes[i] := v_code;
      v_lines[i] := v_line;
      IF v_code = 'refund_exceeds_paid' THEN v_left[i] := trim_scale(v_available); END IF;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO payments.payment (tenant_id, id, kind, document_type, document_id, line, origin_id, branch_id, session_id, tender_id, tender_name, amount,
                                currency, reference, authorization_id, reverses_id, is_late, actor_id, made_at, recorded_at)
  SELECT p_tenant, m.id, m.kind, v_types[m.document], v_documents[m.document], m.line, m.origin_id, v_branches[m.document], v_sessions[m.document],
         m.tender_id, m.name, m.amount, v_currencies[m.document], m.reference, m.authorization_id, m.reverses_id, v_is_late[m.document], v_actors[m.document],
         v_made[m.document], v_now
  FROM (SELECT m.*, row_number() OVER (PARTITION BY m.document ORDER BY m.position) AS line
        FROM unnest(v_of, v_ids, v_kinds, v_of_origin, v_tenders, v_names, v_amounts, v_references, v_authorizations, v_reversed)
             WITH ORDINALITY AS m (document, id, kind, origin_id, tender_id, name, amount, reference, authorization_id, reverses_id, position)) m
  WHERE v_codes[m.document] IS NULL
  ORDER BY m.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction recorded one of these ids meanwhile: the next try sees it.
    RAISE EXCEPTION 'a payment was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  RETURN QUERY SELECT r.code, r.line, r.available FROM unnest(v_codes, v_lines, v_left) AS r (code, line, available);
END
$function$;
COMMENT ON FUNCTION payments.record(uuid,jsonb) IS 'The only writer of payments.';
GRANT EXECUTE ON FUNCTION payments.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION payments.record_outcomes(p_tenant uuid, p_outcomes jsonb)
 RETURNS TABLE(code text, status text, has_changed boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_said record;
  v_known record;
  v_last record;
  v_code text;
  v_is_noted boolean;
  v_moves boolean;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM payments."authorization" a
  WHERE a.tenant_id = p_tenant AND a.id IN (SELECT o.authorization_id FROM jsonb_to_recordset(p_outcomes) AS o (authorization_id uuid))
  ORDER BY a.id FOR NO KEY UPDATE;
  FOR v_said IN
    SELECT o.* FROM ROWS FROM (jsonb_to_recordset(p_outcomes) AS (
      authorization_id uuid, outcome text, source text, provider_reference text, reason text, actor_id uuid))
      WITH ORDINALITY AS o (authorization_id, outcome, source, provider_reference, reason, actor_id, position) ORDER BY o.position
  LOOP
    SELECT a.status, a.version, EXISTS (
             SELECT FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.authorization_id = a.id
               AND NOT EXISTS (SELECT FROM payments.payment r WHERE r.tenant_id = p_tenant AND r.reverses_id = p.id))
             OR payments.is_given_back(p_tenant, a.id) AS is_used
    INTO v_known FROM payments."authorization" a WHERE a.tenant_id = p_tenant AND a.id = v_said.authorization_id;
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'authorization_not_found', NULL::text, false;
      CONTINUE;
    END IF;
    v_moves := CASE v_known.status
      WHEN 'asked' THEN v_said.outcome IN ('unknown', 'approved', 'declined', 'reversing')
      WHEN 'unknown' THEN v_said.outcome IN ('approved', 'declined', 'reversing')
      WHEN 'approved' THEN v_said.outcome = 'reversing' AND NOT v_known.is_used
      WHEN 'reversing' THEN v_said.outcome = 'reversed'
      ELSE false
    END;
    v_code := CASE
      WHEN v_moves THEN NULL
      WHEN v_said.outcome = 'reversing' AND v_known.is_used THEN 'authorization_used'
      WHEN v_said.outcome = 'reversing' AND v_known.status = 'declined' THEN 'authorization_not_approved'
      -- What was approved, declined or given up before it was reversed may still be on its way here.
      WHEN v_said.outcome IN ('approved', 'declined') AND v_known.status IN ('approved', 'declined') AND v_said.outcome <> v_known.status
        THEN 'outcome_contradicts'
      WHEN v_said.outcome = 'reversed' AND v_known.status <> 'reversed' THEN 'outcome_contradicts'
    END;
    v_is_noted := v_moves;
    IF v_code = 'outcome_contradicts' THEN
      SELECT e.outcome, e.reason INTO v_last FROM payments.authorization_event e
      WHERE e.tenant_id = p_tenant AND e.authorization_id = v_said.authorization_id ORDER BY e.number DESC LIMIT 1;
      v_is_noted := (v_last.outcome, v_last.reason) IS DISTINCT FROM ('contradicted', v_said.outcome);
    END IF;
    IF v_is_noted THEN
      INSERT INTO payments.authorization_event (tenant_id, authorization_id, number, outcome, source, provider_reference, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_said.authorization_id, v_known.version + 1, CASE WHEN v_moves THEN v_said.outcome ELSE 'contradicted' END, v_said.source,
              v_said.provider_reference, CASE WHEN v_moves THEN v_said.reason ELSE v_said.outcome END, v_said.actor_id, v_now);
      UPDATE payments."authorization" a
      SET version = v_known.version + 1, updated_at = v_now,
          status = CASE WHEN v_moves THEN v_said.outcome ELSE a.status END,
          provider_reference = CASE WHEN v_moves THEN coalesce(v_said.provider_reference, a.provider_reference) ELSE a.provider_reference END,
          reason = CASE WHEN v_moves THEN v_said.reason ELSE a.reason END
      WHERE a.tenant_id = p_tenant AND a.id = v_said.authorization_id;
    END IF;
    RETURN QUERY SELECT v_code, CASE WHEN v_moves THEN v_said.outcome ELSE v_known.status END, v_is_noted;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION payments.record_outcomes(uuid,jsonb) IS 'The only way the status of an authorization changes.';
GRANT EXECUTE ON FUNCTION payments.record_outcomes(uuid,jsonb) TO comptoir_app;

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

CREATE SCHEMA pricing AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA pricing TO comptoir_app;
GRANT USAGE ON SCHEMA pricing TO comptoir_read;

CREATE TABLE pricing.price (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  price_list_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  min_quantity numeric(19,6) NOT NULL,
  unit_price numeric(19,6) NOT NULL,
  valid daterange NOT NULL,
  withdrawn_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT price_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_valid_key EXCLUDE USING gist (tenant_id WITH =, variant_id WITH =, price_list_id WITH =, min_quantity WITH =, valid WITH &&) WHERE (withdrawn_at IS NULL),
  CONSTRAINT price_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT price_min_quantity_not_negative CHECK (min_quantity >= 0::numeric),
  CONSTRAINT price_unit_price_not_negative CHECK (unit_price >= 0::numeric),
  CONSTRAINT price_price_list_id_fkey FOREIGN KEY (tenant_id, price_list_id) REFERENCES pricing.price_list(tenant_id, id),
  CONSTRAINT price_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE pricing.price IS 'class: tenant. What one of a variant costs on a list from a quantity on, on some days; no two of these share a day. One that was withdrawn counts no more, on no day, and stays to be read.';
CREATE INDEX price_price_list_id ON pricing.price USING btree (tenant_id, price_list_id, id);
CREATE INDEX price_variant_id ON pricing.price USING btree (tenant_id, variant_id);
ALTER TABLE pricing.price ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pricing.price FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE pricing.price TO comptoir_app;
GRANT SELECT ON TABLE pricing.price TO comptoir_read;
GRANT UPDATE (min_quantity, unit_price, valid, withdrawn_at, version, updated_at) ON TABLE pricing.price TO comptoir_app;

CREATE TABLE pricing.price_list (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  currency text NOT NULL,
  includes_tax boolean NOT NULL,
  branch_id uuid,
  channel_id uuid,
  customer_group_id uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  ended_on date,
  CONSTRAINT price_list_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_list_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT price_list_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT price_list_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT price_list_customer_group_id_fkey FOREIGN KEY (tenant_id, customer_group_id) REFERENCES parties.customer_group(tenant_id, id)
);
COMMENT ON TABLE pricing.price_list IS 'class: tenant. Prices in one currency, for a branch, a sales channel and a group of customers, or for all of them where one is empty. These stay as they were made. From the day it ended on none of its prices counts; those of the days before stay to be read.';
CREATE INDEX price_list_branch_id ON pricing.price_list USING btree (tenant_id, branch_id);
CREATE INDEX price_list_channel_id ON pricing.price_list USING btree (tenant_id, channel_id);
CREATE UNIQUE INDEX price_list_code_key ON pricing.price_list USING btree (tenant_id, code) WHERE ended_on IS NULL;
CREATE INDEX price_list_currency ON pricing.price_list USING btree (currency);
CREATE INDEX price_list_customer_group_id ON pricing.price_list USING btree (tenant_id, customer_group_id);
CREATE UNIQUE INDEX price_list_place_key ON pricing.price_list USING btree (tenant_id, branch_id, channel_id, customer_group_id, currency) NULLS NOT DISTINCT WHERE ended_on IS NULL;
ALTER TABLE pricing.price_list ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pricing.price_list FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE pricing.price_list TO comptoir_app;
GRANT SELECT ON TABLE pricing.price_list TO comptoir_read;
GRANT UPDATE (name, version, updated_at, ended_on) ON TABLE pricing.price_list TO comptoir_app;

CREATE VIEW pricing.read_checked_price WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    concat_ws(' '::text, l.code, v.label) AS label,
    p.id,
    l.code AS price_list,
    l.currency,
    p.variant_id,
    p.min_quantity,
    p.unit_price,
    lower(p.valid) AS valid_from,
    upper(p.valid) AS valid_until,
    p.created_at
   FROM pricing.price p
     JOIN pricing.price_list l ON l.tenant_id = p.tenant_id AND l.id = p.price_list_id
     JOIN catalog.read_checked_variant v ON v.tenant_id = p.tenant_id AND v.id = p.variant_id
  WHERE p.withdrawn_at IS NULL AND l.ended_on IS NULL;
COMMENT ON VIEW pricing.read_checked_price IS 'Published: what rules of quality judge of a price.';
GRANT SELECT ON TABLE pricing.read_checked_price TO comptoir_app;
GRANT SELECT ON TABLE pricing.read_checked_price TO comptoir_read;

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

CREATE SCHEMA recalls AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA recalls TO comptoir_app;
GRANT USAGE ON SCHEMA recalls TO comptoir_read;

CREATE TABLE recalls.recall (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  severity text NOT NULL,
  reason text NOT NULL,
  authority_reference text,
  supplier_id uuid,
  opened_by uuid,
  opened_at timestamp with time zone NOT NULL,
  outcome text,
  result text,
  closed_by uuid,
  closed_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT recall_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT recall_number_key UNIQUE (tenant_id, number),
  CONSTRAINT recall_closed_with_result CHECK ((closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (result IS NULL)),
  CONSTRAINT recall_outcome_known CHECK (outcome = ANY (ARRAY['released'::text, 'kept_blocked'::text])),
  CONSTRAINT recall_severity_known CHECK (severity = ANY (ARRAY['class_1'::text, 'class_2'::text, 'class_3'::text, 'withdrawal'::text])),
  CONSTRAINT recall_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE recalls.recall IS 'class: tenant. Goods taken back because of what may be wrong with them. Class 1 may cause serious harm or death, class 2 passing harm, class 3 hardly any; a withdrawal is for another reason.';
CREATE INDEX recall_supplier_id ON recalls.recall USING btree (tenant_id, supplier_id);
ALTER TABLE recalls.recall ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON recalls.recall FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE recalls.recall TO comptoir_app;
GRANT SELECT ON TABLE recalls.recall TO comptoir_read;
GRANT UPDATE (outcome, result, closed_by, closed_at, version, updated_at) ON TABLE recalls.recall TO comptoir_app;

CREATE TABLE recalls.recall_batch (
  tenant_id uuid NOT NULL,
  recall_id uuid NOT NULL,
  batch_id uuid NOT NULL,
  was_blocked boolean NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT recall_batch_pkey PRIMARY KEY (tenant_id, recall_id, batch_id),
  CONSTRAINT recall_batch_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT recall_batch_recall_id_fkey FOREIGN KEY (tenant_id, recall_id) REFERENCES recalls.recall(tenant_id, id)
);
COMMENT ON TABLE recalls.recall_batch IS 'class: tenant. A batch that a recall is about; was_blocked when something other than a recall had blocked it before, or another recall ended with it blocked meanwhile, and it stays so when the recall ends.';
CREATE INDEX recall_batch_batch_id ON recalls.recall_batch USING btree (tenant_id, batch_id);
ALTER TABLE recalls.recall_batch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON recalls.recall_batch FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE recalls.recall_batch TO comptoir_app;
GRANT SELECT ON TABLE recalls.recall_batch TO comptoir_read;
GRANT UPDATE (was_blocked, version, updated_at) ON TABLE recalls.recall_batch TO comptoir_app;

CREATE SCHEMA reference AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA reference TO comptoir_app;
GRANT USAGE ON SCHEMA reference TO comptoir_jobs;
GRANT USAGE ON SCHEMA reference TO comptoir_read;

CREATE TABLE reference.country (
  code text NOT NULL,
  alpha_3 text NOT NULL,
  number text NOT NULL,
  name text NOT NULL,
  currency text,
  region text NOT NULL,
  eu_since date,
  eu_until date,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT country_pkey PRIMARY KEY (code),
  CONSTRAINT country_code_is_iso_3166 CHECK (code ~ '^[A-Z]{2}$'::text),
  CONSTRAINT country_left_the_union_after_joining CHECK (eu_since < eu_until OR eu_until IS NULL),
  CONSTRAINT country_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code)
);
COMMENT ON TABLE reference.country IS 'class: shared. ISO 3166-1, and Kosovo; currency is what most is paid in there, eu_since and eu_until the days between which it was a member of the European Union.';
CREATE INDEX country_currency ON reference.country USING btree (currency);
GRANT SELECT ON TABLE reference.country TO comptoir_app;
GRANT SELECT ON TABLE reference.country TO comptoir_read;

CREATE TABLE reference.currency (
  code text NOT NULL,
  number text,
  name text NOT NULL,
  minor_unit smallint NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  symbol text NOT NULL,
  withdrawn_on date,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  cash_step numeric(19,4),
  cash_step_source text,
  CONSTRAINT currency_pkey PRIMARY KEY (code),
  CONSTRAINT currency_cash_step_has_source CHECK ((cash_step IS NULL) = (cash_step_source IS NULL)),
  CONSTRAINT currency_cash_step_positive CHECK (cash_step > 0::numeric),
  CONSTRAINT currency_code_is_iso_4217 CHECK (code ~ '^[A-Z]{3}$'::text),
  CONSTRAINT currency_in_use_has_a_number CHECK (number IS NOT NULL OR withdrawn_on IS NOT NULL),
  CONSTRAINT currency_minor_unit_fits_amounts CHECK (minor_unit >= 0 AND minor_unit <= 4)
);
COMMENT ON TABLE reference.currency IS 'class: shared. ISO 4217, without what nothing is paid in; minor_unit is the number of decimals of an amount. What was withdrawn is kept for documents and rates of its time.';
GRANT SELECT ON TABLE reference.currency TO comptoir_app;
GRANT SELECT ON TABLE reference.currency TO comptoir_read;

CREATE SCHEMA registers AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA registers TO comptoir_app;
GRANT USAGE ON SCHEMA registers TO comptoir_read;

CREATE TABLE registers.device (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  name text NOT NULL,
  credential_hash bytea NOT NULL,
  register_id uuid,
  head_hash bytea,
  revoked_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT device_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT device_credential_hash_key UNIQUE (tenant_id, credential_hash),
  CONSTRAINT device_register_id_key UNIQUE (tenant_id, register_id),
  CONSTRAINT device_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32),
  CONSTRAINT device_revoked_is_unbound CHECK (revoked_at IS NULL OR register_id IS NULL),
  CONSTRAINT device_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT device_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id)
);
COMMENT ON TABLE registers.device IS 'class: tenant. A till that may sell offline, with a credential of its own. register_id is the register it is bound to now, head_hash what its next slip there follows: the head of the register when it was bound, and then its own last slip. Its row is held, before any other, by whoever books what it sealed, binds it or revokes it.';
COMMENT ON COLUMN registers.device.credential_hash IS 'secret';
CREATE INDEX device_branch_id ON registers.device USING btree (tenant_id, branch_id, name);
ALTER TABLE registers.device ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON registers.device FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE registers.device TO comptoir_app;
GRANT INSERT (tenant_id, id, branch_id, name, credential_hash), UPDATE (name, register_id, revoked_at, version, updated_at) ON TABLE registers.device TO comptoir_app;
GRANT SELECT (tenant_id, id, branch_id, name, register_id, head_hash, revoked_at, version, created_at, updated_at) ON TABLE registers.device TO comptoir_read;

CREATE TABLE registers.device_step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  register_id uuid,
  last_sequence bigint,
  head_hash bytea,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT device_step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT device_step_number_key UNIQUE (tenant_id, device_id, number),
  CONSTRAINT device_step_action_known CHECK (action = ANY (ARRAY['enroll'::text, 'bind'::text, 'unbind'::text, 'revoke'::text])),
  CONSTRAINT device_step_binds_to_something CHECK (register_id IS NOT NULL OR (action = ANY (ARRAY['enroll'::text, 'revoke'::text]))),
  CONSTRAINT device_step_tells_where CHECK ((register_id IS NULL) = (last_sequence IS NULL)),
  CONSTRAINT device_step_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device(tenant_id, id),
  CONSTRAINT device_step_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id)
);
COMMENT ON TABLE registers.device_step IS 'class: tenant, append-only. What became of a device, and where the receipts of its register stood when it took them over or gave them back. Written only by registers.record_device_steps.';
CREATE INDEX device_step_register_id ON registers.device_step USING btree (tenant_id, register_id);
ALTER TABLE registers.device_step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON registers.device_step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON registers.device_step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE registers.device_step TO comptoir_app;
GRANT SELECT ON TABLE registers.device_step TO comptoir_read;
REVOKE TRUNCATE ON TABLE registers.device_step FROM comptoir_owner;

CREATE TABLE registers.register (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  is_active boolean DEFAULT true NOT NULL,
  last_sequence bigint DEFAULT 0 NOT NULL,
  head_hash bytea,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT register_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT register_code_key UNIQUE (tenant_id, code),
  CONSTRAINT register_code_is_short CHECK (code ~ '^[A-Z0-9]{1,8}$'::text),
  CONSTRAINT register_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32),
  CONSTRAINT register_last_sequence_not_negative CHECK (last_sequence >= 0),
  CONSTRAINT register_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE registers.register IS 'class: tenant. A till of a branch. last_sequence is that of its last receipt, head_hash the hash of the last slip that a device sealed there; only registers.advance moves them on, and who numbers a receipt holds the row until the commit.';
CREATE INDEX register_branch_id ON registers.register USING btree (tenant_id, branch_id, code);
ALTER TABLE registers.register ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON registers.register FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE registers.register TO comptoir_app;
GRANT SELECT ON TABLE registers.register TO comptoir_read;
GRANT INSERT (tenant_id, id, branch_id, code, name), UPDATE (name, is_active, version, updated_at) ON TABLE registers.register TO comptoir_app;

CREATE OR REPLACE FUNCTION registers.advance(p_tenant uuid, p_registers jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.register r SET
    last_sequence = n.last_sequence,
    head_hash = coalesce(decode(n.head_hash, 'hex'), r.head_hash),
    updated_at = transaction_timestamp()
  FROM jsonb_to_recordset(p_registers) AS n (id uuid, last_sequence bigint, head_hash text)
  WHERE r.tenant_id = p_tenant AND r.id = n.id AND n.last_sequence >= r.last_sequence;
END
$function$;
COMMENT ON FUNCTION registers.advance(uuid,jsonb) IS 'The only writer of where the receipts of a register stand. Called by functions that record receipts.';

CREATE OR REPLACE FUNCTION registers.advance_device(p_tenant uuid, p_device uuid, p_register uuid, p_head_hash bytea)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.device d SET head_hash = p_head_hash, updated_at = transaction_timestamp()
  WHERE d.tenant_id = p_tenant AND d.id = p_device AND d.register_id = p_register;
END
$function$;
COMMENT ON FUNCTION registers.advance_device(uuid,uuid,uuid,bytea) IS 'Moves on what the next slip of a device follows.';

CREATE OR REPLACE FUNCTION registers.hold(p_tenant uuid, p_registers uuid[])
 RETURNS TABLE(id uuid, branch_id uuid, code text, is_active boolean, last_sequence bigint, head_hash bytea, device_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM registers.register r WHERE r.tenant_id = p_tenant AND r.id = ANY (p_registers) ORDER BY r.id FOR NO KEY UPDATE;
  -- Read once they are held: what is read beside a lock may be older than it.
  RETURN QUERY
  SELECT r.id, r.branch_id, r.code, r.is_active, r.last_sequence, r.head_hash, d.id FROM registers.register r
  LEFT JOIN registers.device d ON d.tenant_id = p_tenant AND d.register_id = r.id
  WHERE r.tenant_id = p_tenant AND r.id = ANY (p_registers)
  ORDER BY r.id;
END
$function$;
COMMENT ON FUNCTION registers.hold(uuid,uuid[]) IS 'Holds registers while their receipts are numbered.';
GRANT EXECUTE ON FUNCTION registers.hold(uuid,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION registers.record_device_steps(p_tenant uuid, p_steps jsonb)
 RETURNS SETOF integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.device d SET head_hash = r.head_hash
  FROM jsonb_to_recordset(p_steps) AS s (device_id uuid, action text, register_id uuid)
  JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
  WHERE d.tenant_id = p_tenant AND d.id = s.device_id AND s.action = 'bind';
  RETURN QUERY
  INSERT INTO registers.device_step (tenant_id, id, device_id, number, action, register_id, last_sequence, head_hash, reason, actor_id, recorded_at)
  SELECT p_tenant, s.id, s.device_id,
         coalesce((SELECT max(o.number) FROM registers.device_step o WHERE o.tenant_id = p_tenant AND o.device_id = s.device_id), 0)
           + row_number() OVER (PARTITION BY s.device_id ORDER BY s.position),
         s.action, s.register_id, r.last_sequence, r.head_hash, s.reason, s.actor_id, transaction_timestamp()
  FROM ROWS FROM (jsonb_to_recordset(p_steps) AS (
         id uuid, device_id uuid, action text, register_id uuid, reason text, actor_id uuid))
       WITH ORDINALITY AS s (id, device_id, action, register_id, reason, actor_id, position)
  LEFT JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
  ORDER BY s.position
  RETURNING device_step.number;
END
$function$;
COMMENT ON FUNCTION registers.record_device_steps(uuid,jsonb) IS 'The only writer of what became of devices.';
GRANT EXECUTE ON FUNCTION registers.record_device_steps(uuid,jsonb) TO comptoir_app;

CREATE SCHEMA replenishment AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA replenishment TO comptoir_app;
GRANT USAGE ON SCHEMA replenishment TO comptoir_read;

CREATE TABLE replenishment.alert (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  open_key text,
  horizon_days integer DEFAULT 0 NOT NULL,
  quantity numeric(19,6) NOT NULL,
  threshold numeric(19,6),
  expires_on date,
  opened_at timestamp with time zone NOT NULL,
  closed_at timestamp with time zone,
  acknowledged_at timestamp with time zone,
  acknowledged_by uuid,
  note text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT alert_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT alert_open_key UNIQUE (tenant_id, open_key),
  CONSTRAINT alert_acknowledged_by_someone CHECK (acknowledged_at IS NULL OR acknowledged_by IS NOT NULL),
  CONSTRAINT alert_horizon_of_expiring CHECK ((kind = 'expiring'::text) = (horizon_days > 0)),
  CONSTRAINT alert_key_while_open CHECK ((open_key IS NULL) = (closed_at IS NOT NULL)),
  CONSTRAINT alert_kind_known CHECK (kind = ANY (ARRAY['low'::text, 'out'::text, 'negative'::text, 'expiring'::text, 'expired'::text])),
  CONSTRAINT alert_of_a_batch CHECK ((kind <> ALL (ARRAY['expiring'::text, 'expired'::text])) OR batch_id IS NOT NULL),
  CONSTRAINT alert_acknowledged_by_fkey FOREIGN KEY (tenant_id, acknowledged_by) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT alert_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT alert_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT alert_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE replenishment.alert IS 'class: tenant. Something about stock that somebody should look at, from when it was seen until it was over; open ones are there once, by open_key, which says what they are about. quantity and threshold are those of when it was opened.';
COMMENT ON COLUMN replenishment.alert.note IS 'personal';
CREATE INDEX alert_acknowledged_by ON replenishment.alert USING btree (tenant_id, acknowledged_by);
CREATE INDEX alert_batch_id ON replenishment.alert USING btree (tenant_id, batch_id);
CREATE INDEX alert_branch_id ON replenishment.alert USING btree (tenant_id, branch_id, id);
CREATE INDEX alert_open ON replenishment.alert USING btree (tenant_id, id) WHERE closed_at IS NULL;
CREATE INDEX alert_open_of_branch ON replenishment.alert USING btree (tenant_id, branch_id, kind) WHERE closed_at IS NULL;
CREATE INDEX alert_variant_id ON replenishment.alert USING btree (tenant_id, variant_id);
ALTER TABLE replenishment.alert ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON replenishment.alert FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE replenishment.alert TO comptoir_app;
GRANT SELECT ON TABLE replenishment.alert TO comptoir_read;
GRANT UPDATE (open_key, closed_at, acknowledged_at, acknowledged_by, note, version, updated_at) ON TABLE replenishment.alert TO comptoir_app;

CREATE TABLE replenishment.alert_refresh (
  tenant_id uuid NOT NULL,
  refreshed_at timestamp with time zone NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT alert_refresh_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT alert_refresh_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE replenishment.alert_refresh IS 'class: tenant. When alerts were last opened and closed; its row is locked while they are, so that this happens once at a time.';
ALTER TABLE replenishment.alert_refresh ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON replenishment.alert_refresh FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE replenishment.alert_refresh TO comptoir_app;
GRANT SELECT ON TABLE replenishment.alert_refresh TO comptoir_read;

CREATE TABLE replenishment.policy (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid,
  variant_id uuid,
  branch_key uuid GENERATED ALWAYS AS (COALESCE(branch_id, tenant_id)) STORED NOT NULL,
  variant_key uuid GENERATED ALWAYS AS (COALESCE(variant_id, tenant_id)) STORED NOT NULL,
  valid daterange NOT NULL,
  minimum_stock numeric(19,6),
  maximum_stock numeric(19,6),
  reorder_point numeric(19,6),
  reorder_quantity numeric(19,6),
  safety_stock numeric(19,6),
  economic_order_quantity numeric(19,6),
  service_level numeric(9,4),
  supplier_id uuid,
  pack_id uuid,
  lead_time_days numeric(9,2),
  lead_time_deviation_days numeric(9,2),
  review_period_days numeric(9,2),
  target_days_of_supply numeric(9,2),
  order_cost numeric(19,6),
  storage_cost_monthly numeric(19,6),
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT policy_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT policy_valid_key UNIQUE (tenant_id, branch_key, variant_key, valid WITHOUT OVERLAPS),
  CONSTRAINT policy_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT policy_not_negative CHECK (minimum_stock >= 0::numeric AND maximum_stock >= 0::numeric AND reorder_point >= 0::numeric AND safety_stock >= 0::numeric AND lead_time_days >= 0::numeric AND lead_time_deviation_days >= 0::numeric AND review_period_days >= 0::numeric AND target_days_of_supply >= 0::numeric AND order_cost >= 0::numeric AND storage_cost_monthly >= 0::numeric),
  CONSTRAINT policy_orders_something CHECK (reorder_quantity > 0::numeric AND economic_order_quantity > 0::numeric),
  CONSTRAINT policy_pack_of_a_variant CHECK (pack_id IS NULL OR variant_id IS NOT NULL),
  CONSTRAINT policy_service_level_in_range CHECK (service_level >= 50::numeric AND service_level <= 99.9999),
  CONSTRAINT policy_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT policy_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack(tenant_id, id),
  CONSTRAINT policy_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party(tenant_id, id),
  CONSTRAINT policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id),
  CONSTRAINT policy_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE replenishment.policy IS 'class: tenant. What is wanted of stock on some days: of a variant in a branch, of either, or of everything; what is empty is left to the wider one. branch_key and variant_key are the tenant where these are empty, so that a key can hold them.';
CREATE INDEX policy_branch_id ON replenishment.policy USING btree (tenant_id, branch_id, variant_id);
CREATE INDEX policy_pack_id ON replenishment.policy USING btree (tenant_id, pack_id);
CREATE INDEX policy_supplier_id ON replenishment.policy USING btree (tenant_id, supplier_id);
CREATE INDEX policy_variant_id ON replenishment.policy USING btree (tenant_id, variant_id);
ALTER TABLE replenishment.policy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON replenishment.policy FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE replenishment.policy TO comptoir_app;
GRANT SELECT ON TABLE replenishment.policy TO comptoir_read;

CREATE VIEW replenishment.read_open_alert WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    kind,
    acknowledged_at
   FROM replenishment.alert a
  WHERE closed_at IS NULL;
COMMENT ON VIEW replenishment.read_open_alert IS 'Published: what about stock somebody should look at.';
GRANT SELECT ON TABLE replenishment.read_open_alert TO comptoir_app;
GRANT SELECT ON TABLE replenishment.read_open_alert TO comptoir_read;

CREATE VIEW replenishment.read_policy WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    variant_id,
    valid,
    reorder_point,
    minimum_stock
   FROM replenishment.policy p;
COMMENT ON VIEW replenishment.read_policy IS 'Published: what somebody set for when to order; null where a wider policy speaks.';
GRANT SELECT ON TABLE replenishment.read_policy TO comptoir_app;
GRANT SELECT ON TABLE replenishment.read_policy TO comptoir_read;

CREATE VIEW replenishment.read_threshold WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    variant_id,
    threshold
   FROM replenishment.alert a
  WHERE closed_at IS NULL AND batch_id IS NULL AND threshold IS NOT NULL;
COMMENT ON VIEW replenishment.read_threshold IS 'Published: the reorder points, set or computed, of stock that was low when the alerts were last refreshed.';
GRANT SELECT ON TABLE replenishment.read_threshold TO comptoir_app;
GRANT SELECT ON TABLE replenishment.read_threshold TO comptoir_read;

CREATE SCHEMA reports AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA reports TO comptoir_app;
GRANT USAGE ON SCHEMA reports TO comptoir_read;

CREATE TABLE reports.calendar (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  time_zone text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT calendar_pkey PRIMARY KEY (tenant_id, branch_id),
  CONSTRAINT calendar_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE reports.calendar IS 'class: tenant. In which time zone the days of a branch were told apart in the rollups.';
ALTER TABLE reports.calendar ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.calendar FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.calendar TO comptoir_app;
GRANT SELECT ON TABLE reports.calendar TO comptoir_read;

CREATE TABLE reports.cursor (
  tenant_id uuid NOT NULL,
  seq bigint DEFAULT 0 NOT NULL,
  read_at timestamp with time zone DEFAULT now() NOT NULL,
  is_whole boolean DEFAULT false NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT cursor_pkey PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE reports.cursor IS 'class: tenant. Up to which entry of the audit chain, and since when, the rollups hold what there is. Where they are not whole, reports read documents until they are made anew.';
ALTER TABLE reports.cursor ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.cursor FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.cursor TO comptoir_app;
GRANT SELECT ON TABLE reports.cursor TO comptoir_read;

CREATE TABLE reports.customer (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  currency text NOT NULL,
  sales bigint NOT NULL,
  returns bigint NOT NULL,
  sold numeric(24,4) NOT NULL,
  returned numeric(24,4) NOT NULL,
  first_at timestamp with time zone,
  last_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT customer_pkey PRIMARY KEY (tenant_id, branch_id, customer_id, currency)
);
COMMENT ON TABLE reports.customer IS 'class: tenant. What a customer bought in a branch, and from when to when.';
ALTER TABLE reports.customer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.customer FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.customer TO comptoir_app;
GRANT SELECT ON TABLE reports.customer TO comptoir_read;

CREATE TABLE reports.goods (
  tenant_id uuid NOT NULL,
  span text NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  variant_id uuid NOT NULL,
  currency text NOT NULL,
  sold_quantity numeric(24,6) NOT NULL,
  returned_quantity numeric(24,6) NOT NULL,
  sold_net numeric(24,4) NOT NULL,
  returned_net numeric(24,4) NOT NULL,
  sold_cost numeric(24,4) NOT NULL,
  returned_cost numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT goods_pkey PRIMARY KEY (tenant_id, span, branch_id, day, variant_id, currency),
  CONSTRAINT goods_month_by_its_first_day CHECK (span = 'day'::text OR EXTRACT(day FROM day) = 1::numeric),
  CONSTRAINT goods_span_known CHECK (span = ANY (ARRAY['day'::text, 'month'::text]))
);
COMMENT ON TABLE reports.goods IS 'class: tenant. What was sold of a variant in a branch on a day, and once more in a month, by its first day: a year is read from its months.';
ALTER TABLE reports.goods ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.goods FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.goods TO comptoir_app;
GRANT SELECT ON TABLE reports.goods TO comptoir_read;

CREATE TABLE reports.saved (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  report text NOT NULL,
  name text NOT NULL,
  parameters jsonb NOT NULL,
  is_shared boolean NOT NULL,
  employee_id uuid NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT saved_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT saved_parameters_are_named CHECK (jsonb_typeof(parameters) = 'object'::text),
  CONSTRAINT saved_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE reports.saved IS 'class: tenant. A report with parameters that somebody wants to see again: for themselves, or shared with all who may read it.';
CREATE INDEX saved_employee_id ON reports.saved USING btree (tenant_id, employee_id);
ALTER TABLE reports.saved ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.saved FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.saved TO comptoir_app;
GRANT SELECT ON TABLE reports.saved TO comptoir_read;
GRANT INSERT (tenant_id, id, report, name, parameters, is_shared, employee_id), UPDATE (name, parameters, is_shared, version, updated_at, deleted_at) ON TABLE reports.saved TO comptoir_app;

CREATE TABLE reports.taking (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  tender_id uuid NOT NULL,
  currency text NOT NULL,
  received numeric(24,4) NOT NULL,
  given_back numeric(24,4) NOT NULL,
  corrected numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT taking_pkey PRIMARY KEY (tenant_id, branch_id, day, tender_id, currency)
);
COMMENT ON TABLE reports.taking IS 'class: tenant. What a branch took on a day with a tender, what it gave back, and what was put right later.';
ALTER TABLE reports.taking ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.taking FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.taking TO comptoir_app;
GRANT SELECT ON TABLE reports.taking TO comptoir_read;

CREATE TABLE reports.tax (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  jurisdiction_code text NOT NULL,
  name text NOT NULL,
  rate text NOT NULL,
  sold_base numeric(24,4) NOT NULL,
  sold_tax numeric(24,4) NOT NULL,
  returned_base numeric(24,4) NOT NULL,
  returned_tax numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tax_pkey PRIMARY KEY (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate)
);
COMMENT ON TABLE reports.tax IS 'class: tenant. What was taxed on a day in a branch at which rate; goods without a tax have an empty name.';
ALTER TABLE reports.tax ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.tax FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.tax TO comptoir_app;
GRANT SELECT ON TABLE reports.tax TO comptoir_read;

CREATE TABLE reports.trade (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  sales bigint NOT NULL,
  refunds bigint NOT NULL,
  exchanges bigint NOT NULL,
  sold numeric(24,4) NOT NULL,
  refunded numeric(24,4) NOT NULL,
  exchanged numeric(24,4) NOT NULL,
  net numeric(24,4) NOT NULL,
  tax numeric(24,4) NOT NULL,
  cost numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT trade_pkey PRIMARY KEY (tenant_id, branch_id, day, currency)
);
COMMENT ON TABLE reports.trade IS 'class: tenant. Documents of a day in a branch: how many of each kind, and what they come to.';
ALTER TABLE reports.trade ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.trade FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.trade TO comptoir_app;
GRANT SELECT ON TABLE reports.trade TO comptoir_read;

CREATE VIEW reports.change WITH (security_invoker=true) AS
 SELECT e.tenant_id,
    e.seq,
    e.recorded_at,
        CASE
            WHEN e.resource_type = ANY (ARRAY['sale'::text, 'refund'::text, 'exchange'::text]) THEN e.resource_id::uuid
            ELSE NULL::uuid
        END AS fact_id
   FROM audit.entry e
  WHERE (e.resource_type = ANY (ARRAY['sale'::text, 'refund'::text, 'exchange'::text])) AND e.severity = 'info'::text
UNION ALL
 SELECT e.tenant_id,
    e.seq,
    e.recorded_at,
    p.id AS fact_id
   FROM audit.entry e
     JOIN payments.payment p ON p.tenant_id = e.tenant_id AND p.recorded_at = e.recorded_at AND p.document_type = 'correction'::text AND p.session_id =
        CASE
            WHEN e.resource_type = 'cash_session'::text THEN e.resource_id::uuid
            ELSE NULL::uuid
        END
  WHERE e.resource_type = 'cash_session'::text;
COMMENT ON VIEW reports.change IS 'Which facts came with which entry of the audit chain.';
GRANT SELECT ON TABLE reports.change TO comptoir_app;
GRANT SELECT ON TABLE reports.change TO comptoir_read;

CREATE VIEW reports.customer_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
    id AS fact_id,
    id AS document_id,
    branch_id,
    made_at,
    currency,
    customer_id,
    (kind = 'sale'::text)::integer AS sales,
    (kind <> 'sale'::text)::integer AS returns,
        CASE
            WHEN kind = 'sale'::text THEN total
            ELSE 0::numeric
        END AS sold,
        CASE
            WHEN kind = 'sale'::text THEN 0::numeric
            ELSE total
        END AS returned,
        CASE
            WHEN kind = 'sale'::text THEN made_at
            ELSE NULL::timestamp with time zone
        END AS first_at,
        CASE
            WHEN kind = 'sale'::text THEN made_at
            ELSE NULL::timestamp with time zone
        END AS last_at
   FROM reports.document d
  WHERE customer_id IS NOT NULL;
COMMENT ON VIEW reports.customer_fact IS 'What a document adds to reports.customer.';
GRANT SELECT ON TABLE reports.customer_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.customer_fact TO comptoir_read;

CREATE VIEW reports.document WITH (security_invoker=true) AS
 SELECT tenant_id,
    'sales'::text AS source,
    id,
    kind,
    number,
    branch_id,
    customer_id,
    currency,
    net,
    tax,
    total,
    cost,
    made_at
   FROM sales.sale s;
COMMENT ON VIEW reports.document IS 'What was sold and given back: kind is sale, refund or exchange, and amounts that go back are below zero.';
GRANT SELECT ON TABLE reports.document TO comptoir_app;
GRANT SELECT ON TABLE reports.document TO comptoir_read;

CREATE VIEW reports.goods_fact WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.id AS fact_id,
    d.id AS document_id,
    d.branch_id,
    d.made_at,
    d.currency,
    l.variant_id,
        CASE
            WHEN l.quantity > 0::numeric THEN l.quantity
            ELSE 0::numeric
        END AS sold_quantity,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE l.quantity
        END AS returned_quantity,
        CASE
            WHEN l.quantity > 0::numeric THEN l.net
            ELSE 0::numeric
        END AS sold_net,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE l.net
        END AS returned_net,
        CASE
            WHEN l.quantity > 0::numeric THEN l.cost
            ELSE 0::numeric
        END AS sold_cost,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE l.cost
        END AS returned_cost
   FROM reports.document d
     JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id;
COMMENT ON VIEW reports.goods_fact IS 'What a line adds to reports.goods.';
GRANT SELECT ON TABLE reports.goods_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.goods_fact TO comptoir_read;

CREATE VIEW reports.line WITH (security_invoker=true) AS
 SELECT tenant_id,
    sale_id AS document_id,
    line,
    variant_id,
    quantity,
    net,
    tax,
    total,
    cost,
    taxes
   FROM sales.line l;
COMMENT ON VIEW reports.line IS 'The lines of documents; quantity is below zero for what comes back.';
GRANT SELECT ON TABLE reports.line TO comptoir_app;
GRANT SELECT ON TABLE reports.line TO comptoir_read;

CREATE VIEW reports.taking_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
        CASE
            WHEN document_type = 'correction'::text THEN id
            ELSE document_id
        END AS fact_id,
    document_id,
    id AS payment_id,
    document_type = 'correction'::text AS is_correction,
    branch_id,
    made_at,
    recorded_at,
    currency,
    tender_id,
        CASE
            WHEN (kind = ANY (ARRAY['payment'::text, 'change'::text])) AND document_type <> 'correction'::text THEN amount
            ELSE 0::numeric
        END AS received,
        CASE
            WHEN kind = 'refund'::text AND document_type <> 'correction'::text THEN amount
            ELSE 0::numeric
        END AS given_back,
        CASE
            WHEN kind = 'reversal'::text OR document_type = 'correction'::text THEN amount
            ELSE 0::numeric
        END AS corrected
   FROM payments.read_payment p;
COMMENT ON VIEW reports.taking_fact IS 'What a payment adds to reports.taking.';
GRANT SELECT ON TABLE reports.taking_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.taking_fact TO comptoir_read;

CREATE VIEW reports.tax_fact WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.id AS fact_id,
    d.id AS document_id,
    d.branch_id,
    d.made_at,
    d.currency,
    t.jurisdiction_code,
    t.name,
    t.rate,
        CASE
            WHEN l.quantity > 0::numeric THEN t.base
            ELSE 0::numeric
        END AS sold_base,
        CASE
            WHEN l.quantity > 0::numeric THEN t.tax
            ELSE 0::numeric
        END AS sold_tax,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE t.base
        END AS returned_base,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE t.tax
        END AS returned_tax
   FROM reports.document d
     JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id
     CROSS JOIN LATERAL ( SELECT c.value ->> 'jurisdiction_code'::text AS jurisdiction_code,
            c.value ->> 'name'::text AS name,
            trim_scale((c.value ->> 'rate'::text)::numeric)::text AS rate,
            (c.value ->> 'base'::text)::numeric AS base,
            (c.value ->> 'tax'::text)::numeric AS tax
           FROM jsonb_array_elements(l.taxes) c(value)
        UNION ALL
         SELECT ''::text,
            ''::text,
            '0'::text,
            l.net,
            l.tax
          WHERE l.taxes = '[]'::jsonb) t;
COMMENT ON VIEW reports.tax_fact IS 'What a tax of a line adds to reports.tax; the name is empty where there was none.';
GRANT SELECT ON TABLE reports.tax_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.tax_fact TO comptoir_read;

CREATE VIEW reports.trade_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
    id AS fact_id,
    id AS document_id,
    branch_id,
    made_at,
    currency,
    (kind = 'sale'::text)::integer AS sales,
    (kind = 'refund'::text)::integer AS refunds,
    (kind = 'exchange'::text)::integer AS exchanges,
        CASE
            WHEN kind = 'sale'::text THEN total
            ELSE 0::numeric
        END AS sold,
        CASE
            WHEN kind = 'refund'::text THEN total
            ELSE 0::numeric
        END AS refunded,
        CASE
            WHEN kind = 'exchange'::text THEN total
            ELSE 0::numeric
        END AS exchanged,
    net,
    tax,
    cost
   FROM reports.document d;
COMMENT ON VIEW reports.trade_fact IS 'What a document adds to reports.trade.';
GRANT SELECT ON TABLE reports.trade_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.trade_fact TO comptoir_read;

CREATE OR REPLACE FUNCTION reports.add_facts(p_tenant uuid, p_facts uuid[], p_until bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO reports.calendar (tenant_id, branch_id, time_zone)
  SELECT p_tenant, b.id, b.time_zone FROM tenants.branch b WHERE b.tenant_id = p_tenant
  ON CONFLICT (tenant_id, branch_id) DO NOTHING;

  WITH zone AS MATERIALIZED (
    SELECT c.branch_id, c.time_zone FROM reports.calendar c WHERE c.tenant_id = p_tenant
  ), trade AS (
    INSERT INTO reports.trade AS r (tenant_id, branch_id, day, currency, sales, refunds, exchanges, sold, refunded, exchanged, net, tax, cost)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.currency, sum(f.sales), sum(f.refunds), sum(f.exchanges),
           sum(f.sold), sum(f.refunded), sum(f.exchanged), sum(f.net), sum(f.tax), sum(f.cost)
    FROM reports.trade_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.currency
    ON CONFLICT (tenant_id, branch_id, day, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, refunds = r.refunds + excluded.refunds, exchanges = r.exchanges + excluded.exchanges,
      sold = r.sold + excluded.sold, refunded = r.refunded + excluded.refunded, exchanged = r.exchanged + excluded.exchanged,
      net = r.net + excluded.net, tax = r.tax + excluded.tax, cost = r.cost + excluded.cost
  ), goods_of_day AS MATERIALIZED (
    SELECT f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.variant_id, f.currency,
           sum(f.sold_quantity) AS sold_quantity, sum(f.returned_quantity) AS returned_quantity, sum(f.sold_net) AS sold_net,
           sum(f.returned_net) AS returned_net, sum(f.sold_cost) AS sold_cost, sum(f.returned_cost) AS returned_cost
    FROM reports.goods_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.variant_id, f.currency
  ), goods AS (
    INSERT INTO reports.goods AS r (tenant_id, span, branch_id, day, variant_id, currency, sold_quantity, returned_quantity, sold_net, returned_net,
      sold_cost, returned_cost)
    SELECT p_tenant, s.span, g.branch_id, s.day, g.variant_id, g.currency, sum(g.sold_quantity), sum(g.returned_quantity), sum(g.sold_net),
           sum(g.returned_net), sum(g.sold_cost), sum(g.returned_cost)
    FROM goods_of_day g CROSS JOIN LATERAL (VALUES ('day', g.day), ('month', date_trunc('month', g.day)::date)) AS s (span, day)
    GROUP BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    -- Rows that are read together lie together: a year of months in some hundred pages, not one for each.
    ORDER BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    ON CONFLICT (tenant_id, span, branch_id, day, variant_id, currency) DO UPDATE SET
      sold_quantity = r.sold_quantity + excluded.sold_quantity, returned_quantity = r.returned_quantity + excluded.returned_quantity,
      sold_net = r.sold_net + excluded.sold_net, returned_net = r.returned_net + excluded.returned_net,
      sold_cost = r.sold_cost + excluded.sold_cost, returned_cost = r.returned_cost + excluded.returned_cost
  ), tax AS (
    INSERT INTO reports.tax AS r (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate, sold_base, sold_tax, returned_base, returned_tax)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.currency, f.jurisdiction_code, f.name, f.rate,
           sum(f.sold_base), sum(f.sold_tax), sum(f.returned_base), sum(f.returned_tax)
    FROM reports.tax_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.currency, f.jurisdiction_code, f.name, f.rate
    ON CONFLICT (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate) DO UPDATE SET
      sold_base = r.sold_base + excluded.sold_base, sold_tax = r.sold_tax + excluded.sold_tax,
      returned_base = r.returned_base + excluded.returned_base, returned_tax = r.returned_tax + excluded.returned_tax
  ), customer AS (
    INSERT INTO reports.customer AS r (tenant_id, branch_id, customer_id, currency, sales, returns, sold, returned, first_at, last_at)
    SELECT p_tenant, f.branch_id, f.customer_id, f.currency, sum(f.sales), sum(f.returns), sum(f.sold), sum(f.returned), min(f.first_at), max(f.last_at)
    FROM reports.customer_fact f
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, f.customer_id, f.currency
    ON CONFLICT (tenant_id, branch_id, customer_id, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, returns = r.returns + excluded.returns, sold = r.sold + excluded.sold,
      returned = r.returned + excluded.returned, first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)
  ), taking AS (
    INSERT INTO reports.taking AS r (tenant_id, branch_id, day, tender_id, currency, received, given_back, corrected)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.tender_id, f.currency, sum(f.received), sum(f.given_back),
           sum(f.corrected)
    FROM reports.taking_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL
      OR f.document_id = ANY (p_facts) AND NOT f.is_correction OR f.payment_id = ANY (p_facts) AND f.is_correction)
    GROUP BY f.branch_id, day, f.tender_id, f.currency
    ON CONFLICT (tenant_id, branch_id, day, tender_id, currency) DO UPDATE SET
      received = r.received + excluded.received, given_back = r.given_back + excluded.given_back, corrected = r.corrected + excluded.corrected
  )
  UPDATE reports.cursor c
  SET seq = coalesce(p_until, (SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0), read_at = v_now, is_whole = true,
      version = c.version + 1, updated_at = v_now
  WHERE c.tenant_id = p_tenant;
END
$function$;
COMMENT ON FUNCTION reports.add_facts(uuid,uuid[],bigint) IS 'Adds facts to the rollups; only reports.catch_up knows which are not in them.';

CREATE OR REPLACE FUNCTION reports.catch_up(p_tenant uuid, p_most bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_cursor reports.cursor;
  v_head bigint;
  v_until bigint;
  v_facts uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO reports.cursor (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  IF p_most IS NULL THEN
    SELECT c.* INTO v_cursor FROM reports.cursor c WHERE c.tenant_id = p_tenant FOR NO KEY UPDATE;
  ELSE
    SELECT c.* INTO v_cursor FROM reports.cursor c WHERE c.tenant_id = p_tenant FOR NO KEY UPDATE SKIP LOCKED;
    IF v_cursor.tenant_id IS NULL THEN
      RETURN 0;
    END IF;
  END IF;
  IF p_most IS NULL OR NOT v_cursor.is_whole OR EXISTS (
    SELECT FROM reports.calendar c JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = c.branch_id
    WHERE c.tenant_id = p_tenant AND c.time_zone <> b.time_zone)
  THEN
    DELETE FROM reports.trade t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.goods t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.tax t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.customer t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.taking t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.calendar t WHERE t.tenant_id = p_tenant;
    PERFORM reports.add_facts(p_tenant, NULL, NULL);
    RETURN 0;
  END IF;
  v_head := coalesce((SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0);
  v_until := least(v_head, v_cursor.seq + p_most);
  IF v_until > v_cursor.seq THEN
    -- No transaction is older than a day: partitions from before are not looked into.
    v_facts := array(
      SELECT DISTINCT c.fact_id FROM reports.change c
      WHERE c.tenant_id = p_tenant AND c.seq > v_cursor.seq AND c.seq <= v_until AND c.recorded_at > v_cursor.read_at - interval '1 day');
    IF cardinality(v_facts) > 0 THEN
      PERFORM reports.add_facts(p_tenant, v_facts, v_until);
    ELSE
      UPDATE reports.cursor c SET seq = v_until, read_at = v_now, version = c.version + 1, updated_at = v_now WHERE c.tenant_id = p_tenant;
    END IF;
  END IF;
  RETURN v_head - v_until;
END
$function$;
COMMENT ON FUNCTION reports.catch_up(uuid,bigint) IS 'The only writer of rollups, but for what it calls.';
GRANT EXECUTE ON FUNCTION reports.catch_up(uuid,bigint) TO comptoir_app;

CREATE OR REPLACE FUNCTION reports.upset(p_tenant uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE reports.cursor c SET is_whole = false, version = c.version + 1, updated_at = transaction_timestamp() WHERE c.tenant_id = p_tenant AND c.is_whole;
END
$function$;
COMMENT ON FUNCTION reports.upset(uuid) IS 'For who takes documents back.';
GRANT EXECUTE ON FUNCTION reports.upset(uuid) TO comptoir_app;

CREATE SCHEMA sales AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA sales TO comptoir_app;
GRANT USAGE ON SCHEMA sales TO comptoir_read;

CREATE TABLE sales.line (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  line integer NOT NULL,
  of_line integer,
  variant_id uuid NOT NULL,
  name text NOT NULL,
  sku text,
  barcode text,
  hsn_code text,
  unit_code text NOT NULL,
  quantity numeric(19,6) NOT NULL,
  list_price numeric(19,6),
  unit_price numeric(19,6) NOT NULL,
  price_source text NOT NULL,
  price_id uuid,
  price_reason text,
  discount_reason text,
  gross numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_discount numeric(19,4) NOT NULL,
  net numeric(19,4) NOT NULL,
  tax numeric(19,4) NOT NULL,
  total numeric(19,4) NOT NULL,
  cost numeric(19,4) NOT NULL,
  tax_class_id uuid NOT NULL,
  tax_class_code text NOT NULL,
  taxes jsonb NOT NULL,
  allocations jsonb NOT NULL,
  restock text,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, sale_id, line),
  CONSTRAINT line_adds_up CHECK (total = (net + tax)),
  CONSTRAINT line_allocations_are_a_list CHECK (jsonb_typeof(allocations) = 'array'::text),
  CONSTRAINT line_comes_back_of_a_line CHECK ((of_line IS NULL) = (quantity > 0::numeric) AND (of_line IS NULL) = (restock IS NULL)),
  CONSTRAINT line_price_source_known CHECK (price_source = ANY (ARRAY['list'::text, 'override'::text, 'open'::text, 'barcode'::text, 'slip'::text, 'original'::text])),
  CONSTRAINT line_restock_known CHECK (restock = ANY (ARRAY['shelf'::text, 'quarantine'::text, 'none'::text])),
  CONSTRAINT line_taxes_are_a_list CHECK (jsonb_typeof(taxes) = 'array'::text),
  CONSTRAINT line_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT line_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE sales.line IS 'class: tenant, append-only. A line of a receipt as it was printed: quantity in the unit of the product, below zero for what comes back, then of the line of_line of the original. taxes are base and amount of each tax; allocations say what left of which batch at which value, or what came back: [{variant_id, batch_id, quantity, value}], with the place among those of the original in of.';
CREATE INDEX line_tax_class_id ON sales.line USING btree (tenant_id, tax_class_id);
CREATE INDEX line_variant_id ON sales.line USING btree (tenant_id, variant_id, sale_id);
ALTER TABLE sales.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.line FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.line TO comptoir_app;
GRANT SELECT ON TABLE sales.line TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.line FROM comptoir_owner;

CREATE TABLE sales.prescription (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  line integer NOT NULL,
  number text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT prescription_pkey PRIMARY KEY (tenant_id, sale_id, line),
  CONSTRAINT prescription_line_fkey FOREIGN KEY (tenant_id, sale_id, line) REFERENCES sales.line(tenant_id, sale_id, line)
);
COMMENT ON TABLE sales.prescription IS 'class: tenant. The number of the prescription that a line was sold on, by which a patient is found: apart from what is never changed, and emptied when the customer is anonymised.';
COMMENT ON COLUMN sales.prescription.number IS 'personal';
ALTER TABLE sales.prescription ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.prescription FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE sales.prescription TO comptoir_app;
GRANT SELECT ON TABLE sales.prescription TO comptoir_read;

CREATE TABLE sales.print (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  number integer NOT NULL,
  format text NOT NULL,
  locale text NOT NULL,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT print_pkey PRIMARY KEY (tenant_id, sale_id, number),
  CONSTRAINT print_format_known CHECK (format = ANY (ARRAY['html'::text, 'escpos'::text])),
  CONSTRAINT print_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale(tenant_id, id)
);
COMMENT ON TABLE sales.print IS 'class: tenant, append-only. A print of a receipt, numbered from 1; all but the first are copies.';
ALTER TABLE sales.print ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.print FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.print FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.print TO comptoir_app;
GRANT SELECT ON TABLE sales.print TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.print FROM comptoir_owner;

CREATE TABLE sales.sale (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  number text NOT NULL,
  sequence bigint NOT NULL,
  register_id uuid NOT NULL,
  session_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  entity_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  employee_id uuid,
  customer_id uuid,
  channel_id uuid,
  original_id uuid,
  root_id uuid,
  device_id uuid,
  is_offline boolean NOT NULL,
  is_price_with_tax boolean NOT NULL,
  currency text NOT NULL,
  base_currency text NOT NULL,
  fx_rate numeric(36,18),
  gross numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_discount numeric(19,4) NOT NULL,
  net numeric(19,4) NOT NULL,
  tax numeric(19,4) NOT NULL,
  total numeric(19,4) NOT NULL,
  rounding numeric(19,4) NOT NULL,
  paid numeric(19,4) NOT NULL,
  change numeric(19,4) NOT NULL,
  cost numeric(19,4) NOT NULL,
  platform_fees numeric(19,4) NOT NULL,
  fees_returned numeric(19,4) NOT NULL,
  payment_fees numeric(19,4) NOT NULL,
  shipping_cost numeric(19,4) NOT NULL,
  profit numeric(19,4) GENERATED ALWAYS AS ((net - cost - platform_fees - payment_fees - shipping_cost)) STORED NOT NULL,
  base_total numeric(19,4),
  taxes jsonb NOT NULL,
  data_quality_score numeric(5,2) NOT NULL,
  validation_notes text,
  note text,
  effective_on date NOT NULL,
  made_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT sale_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT sale_sequence_key UNIQUE (tenant_id, register_id, sequence),
  CONSTRAINT sale_adds_up CHECK (total = (net + tax) AND (paid - change) = (total + rounding)),
  CONSTRAINT sale_kind_known CHECK (kind = ANY (ARRAY['sale'::text, 'refund'::text, 'exchange'::text])),
  CONSTRAINT sale_refund_of_a_sale CHECK ((kind = 'sale'::text) = (original_id IS NULL) AND (kind = 'sale'::text) = (root_id IS NULL)),
  CONSTRAINT sale_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT sale_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT sale_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party(tenant_id, id),
  CONSTRAINT sale_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT sale_original_id_fkey FOREIGN KEY (tenant_id, original_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT sale_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT sale_root_id_fkey FOREIGN KEY (tenant_id, root_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT sale_seller_id_fkey FOREIGN KEY (tenant_id, seller_id) REFERENCES sales.seller(tenant_id, id),
  CONSTRAINT sale_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE sales.sale IS 'class: tenant, append-only. A receipt: what was sold, given back or exchanged at a register; amounts of what is given back are below zero. paid is all that was handed over, less what was given back; rounding is what paying in cash added. original_id is the receipt that goods come back of, root_id the sale that it all began with; fees_returned is what of the fees of the original came back; device_id the device that gave it its number, if one did. Its posting and its journal have the same id.';
CREATE INDEX sale_branch_id ON sales.sale USING btree (tenant_id, branch_id, made_at, id);
CREATE INDEX sale_channel_id ON sales.sale USING btree (tenant_id, channel_id);
CREATE INDEX sale_customer_id ON sales.sale USING btree (tenant_id, customer_id, made_at);
CREATE INDEX sale_entity_id ON sales.sale USING btree (tenant_id, entity_id);
CREATE INDEX sale_made_at ON sales.sale USING btree (tenant_id, made_at, id);
CREATE INDEX sale_number ON sales.sale USING btree (tenant_id, number);
CREATE INDEX sale_original_id ON sales.sale USING btree (tenant_id, original_id);
CREATE INDEX sale_root_id ON sales.sale USING btree (tenant_id, root_id);
CREATE INDEX sale_seller_id ON sales.sale USING btree (tenant_id, seller_id);
CREATE INDEX sale_session_id ON sales.sale USING btree (tenant_id, session_id, sequence);
ALTER TABLE sales.sale ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.sale FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.sale FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.sale TO comptoir_app;
GRANT SELECT ON TABLE sales.sale TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.sale FROM comptoir_owner;

CREATE TABLE sales.seller (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  legal_name text NOT NULL,
  tax_number text,
  branch_name text NOT NULL,
  address text,
  phone text,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT seller_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT seller_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE sales.seller IS 'class: tenant, append-only. What the receipts of a branch say of the shop, as it was from then on: a copy of an old receipt says what the receipt said.';
CREATE INDEX seller_branch_id ON sales.seller USING btree (tenant_id, branch_id, recorded_at);
ALTER TABLE sales.seller ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.seller FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.seller FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.seller TO comptoir_app;
GRANT SELECT ON TABLE sales.seller TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.seller FROM comptoir_owner;

CREATE TABLE sales.void (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  register_id uuid NOT NULL,
  session_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  employee_id uuid NOT NULL,
  reason text NOT NULL,
  currency text NOT NULL,
  total numeric(19,4) NOT NULL,
  lines jsonb NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT void_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT void_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array'::text),
  CONSTRAINT void_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT void_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT void_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE sales.void IS 'class: tenant, append-only. A basket that was given up before it was paid, and why; total is what the till showed.';
CREATE INDEX void_branch_id ON sales.void USING btree (tenant_id, branch_id, recorded_at, id);
CREATE INDEX void_recorded_at ON sales.void USING btree (tenant_id, recorded_at, id);
CREATE INDEX void_register_id ON sales.void USING btree (tenant_id, register_id);
CREATE INDEX void_session_id ON sales.void USING btree (tenant_id, session_id);
ALTER TABLE sales.void ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.void FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.void FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.void TO comptoir_app;
GRANT SELECT ON TABLE sales.void TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.void FROM comptoir_owner;

CREATE VIEW sales.read_checked_line WITH (security_invoker=true) AS
 SELECT tenant_id,
    (sale_id || ':'::text) || line AS key,
    name AS label,
    sale_id,
    line,
    variant_id,
    name,
    sku,
    quantity,
    list_price,
    unit_price,
    discount,
    net,
    tax,
    total,
    cost,
    recorded_at
   FROM sales.line l;
COMMENT ON VIEW sales.read_checked_line IS 'Published: what rules of quality judge of a line of a receipt.';
GRANT SELECT ON TABLE sales.read_checked_line TO comptoir_app;
GRANT SELECT ON TABLE sales.read_checked_line TO comptoir_read;

CREATE VIEW sales.read_checked_sale WITH (security_invoker=true) AS
 SELECT tenant_id,
    id::text AS key,
    number AS label,
    id,
    number,
    kind,
    branch_id,
    customer_id,
    channel_id,
    currency,
    net,
    tax,
    total,
    cost,
    data_quality_score,
    effective_on,
    made_at,
    recorded_at
   FROM sales.sale s;
COMMENT ON VIEW sales.read_checked_sale IS 'Published: what rules of quality judge of a receipt.';
GRANT SELECT ON TABLE sales.read_checked_sale TO comptoir_app;
GRANT SELECT ON TABLE sales.read_checked_sale TO comptoir_read;

CREATE VIEW sales.read_sale WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    branch_id,
    kind,
    currency,
    total,
    made_at
   FROM sales.sale s;
COMMENT ON VIEW sales.read_sale IS 'Published: what was sold and given back where and when, with tax.';
GRANT SELECT ON TABLE sales.read_sale TO comptoir_app;
GRANT SELECT ON TABLE sales.read_sale TO comptoir_read;

CREATE VIEW sales.read_status WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
        CASE
            WHEN kind = 'refund'::text OR NOT (EXISTS ( SELECT
               FROM sales.sale r
              WHERE r.tenant_id = s.tenant_id AND r.original_id = s.id)) THEN 'completed'::text
            WHEN (EXISTS ( SELECT
               FROM sales.line l
              WHERE l.tenant_id = s.tenant_id AND l.sale_id = s.id AND l.of_line IS NULL AND l.quantity > (( SELECT COALESCE(- sum(b.quantity), 0::numeric) AS "coalesce"
                       FROM sales.sale r
                         JOIN sales.line b ON b.tenant_id = r.tenant_id AND b.sale_id = r.id AND b.of_line = l.line
                      WHERE r.tenant_id = s.tenant_id AND r.original_id = s.id)))) THEN 'partly_refunded'::text
            ELSE 'refunded'::text
        END AS status
   FROM sales.sale s;
COMMENT ON VIEW sales.read_status IS 'Published: how much of what a receipt sold came back; what was given back stays completed.';
GRANT SELECT ON TABLE sales.read_status TO comptoir_app;
GRANT SELECT ON TABLE sales.read_status TO comptoir_read;

CREATE OR REPLACE FUNCTION sales.forget_customer(p_tenant uuid, p_customer uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE sales.prescription p SET number = NULL, version = p.version + 1, updated_at = transaction_timestamp()
  FROM sales.sale s
  WHERE s.tenant_id = p_tenant AND s.customer_id = p_customer AND p.tenant_id = p_tenant AND p.sale_id = s.id AND p.number IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION sales.forget_customer(uuid,uuid) IS 'Empties what is personal of the sales of a customer.';
GRANT EXECUTE ON FUNCTION sales.forget_customer(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.goods(p_tenant uuid, p_variants uuid[])
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object(
    'variant_id', v.id, 'product_id', v.product_id, 'name', p.name, 'sku', v.sku, 'kind', p.kind, 'options', v.options, 'hsn_code', p.hsn_code,
    'tax_class_id', p.tax_class_id, 'is_expiry_tracked', p.is_expiry_tracked, 'is_prescription_only', p.is_prescription_only,
    'is_open_price', p.is_open_price, 'is_sellable', p.is_sellable, 'is_discontinued', p.is_discontinued,
    'allows_negative_stock', v.allows_negative_stock, 'is_deleted', v.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL,
    'unit', jsonb_build_object('id', u.id, 'code', u.code, 'dimension', u.dimension, 'size', u.size::text, 'decimals', u.decimals),
    'packs', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'quantity', k.quantity::text) ORDER BY k.id), '[]')
              FROM catalog.pack k WHERE k.tenant_id = p_tenant AND k.variant_id = v.id AND k.deleted_at IS NULL)))
  FROM catalog.variant v
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  JOIN catalog.unit u ON u.tenant_id = p_tenant AND u.id = p.unit_id
  WHERE v.tenant_id = p_tenant AND v.id = ANY (p_variants)
$function$;

CREATE OR REPLACE FUNCTION sales.hold(p_tenant uuid, p_wanted jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_wanted record;
  v_sessions jsonb;
  v_goods jsonb;
  v_original_ids uuid[];
  v_registers jsonb;
  v_places jsonb;
  v_days jsonb;
  v_branches uuid[];
  v_entities uuid[];
  v_session_ids uuid[];
  v_bearers jsonb;
  v_variants uuid[];
  v_kit_lines jsonb;
  v_originals jsonb;
  v_stock jsonb;
  v_books jsonb;
  v_settings jsonb;
  v_quotes jsonb;
  v_paid record;
  v_roots uuid[];
  v_minor_units jsonb;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT * INTO v_wanted FROM jsonb_to_record(p_wanted) AS w (
    answers uuid[], sessions uuid[], goods jsonb, batches uuid[], lots text[], authorizations uuid[], channels uuid[], customers uuid[],
    tickets uuid[], registers uuid[], made timestamptz[], settings text[], environment text);

  SELECT jsonb_agg(to_jsonb(s)), array_agg(DISTINCT s.branch_id), array_agg(DISTINCT s.entity_id), array_agg(s.id)
  INTO v_sessions, v_branches, v_entities, v_session_ids
  FROM cash.hold(p_tenant, v_wanted.sessions, false) s;

  v_original_ids := array(SELECT DISTINCT g.original_id FROM jsonb_to_recordset(v_wanted.goods) AS g (original_id uuid) WHERE g.original_id IS NOT NULL);
  IF cardinality(v_original_ids) > 0 THEN
    PERFORM FROM sales.sale s WHERE s.tenant_id = p_tenant AND s.id = ANY (v_original_ids) ORDER BY s.id FOR NO KEY UPDATE;
    v_originals := sales.originals(p_tenant, v_original_ids);
    v_roots := array(SELECT DISTINCT (o.value ->> 'root_id')::uuid FROM jsonb_array_elements(v_originals) o);
  END IF;

  PERFORM FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = ANY (v_wanted.tickets) ORDER BY t.id FOR NO KEY UPDATE;

  SELECT jsonb_agg(jsonb_build_object(
           'seller_id', (SELECT w.id FROM sales.seller w WHERE w.tenant_id = p_tenant AND w.branch_id = b.id
                           AND (w.legal_name, w.tax_number, w.branch_name, w.address, w.phone)
                               IS NOT DISTINCT FROM (e.legal_name, e.tax_number, b.name, coalesce(b.address, e.address), b.phone)
                         ORDER BY w.recorded_at DESC LIMIT 1),
           'id', b.id, 'entity_id', b.entity_id, 'code', b.code, 'name', b.name, 'time_zone', b.time_zone, 'currency', e.currency,
           'currency_number', c.number, 'minor_unit', c.minor_unit, 'cash_step', c.cash_step::text, 'country', e.country, 'today', (v_now AT TIME ZONE b.time_zone)::date))
  INTO v_places
  FROM tenants.branch b
  JOIN tenants.entity e ON e.tenant_id = p_tenant AND e.id = b.entity_id
  JOIN reference.currency c ON c.code = e.currency
  WHERE b.tenant_id = p_tenant AND b.id = ANY (v_branches);
  SELECT jsonb_agg(p.value || jsonb_build_object('today', d.today)) INTO v_days
  FROM jsonb_array_elements(v_places) AS p (value) CROSS JOIN LATERAL (
    SELECT (p.value ->> 'today')::date AS today
    UNION SELECT (m.made_at AT TIME ZONE (p.value ->> 'time_zone'))::date FROM unnest(v_wanted.made) AS m (made_at)) d;

  -- What was scanned, and what is in kits.
  SELECT jsonb_agg(to_jsonb(f)) INTO v_bearers
  FROM (
    SELECT b.key, NULL AS sku, NULL AS sku_key, v.id AS variant_id, b.pack_id, k.quantity::text AS pack_quantity, u.dimension, u.size::text AS unit_size, u.decimals AS unit_decimals
    FROM catalog.barcode b
    JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = b.variant_id
    JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
    JOIN catalog.unit u ON u.tenant_id = p_tenant AND u.id = p.unit_id
    LEFT JOIN catalog.pack k ON k.tenant_id = p_tenant AND k.id = b.pack_id
    WHERE b.tenant_id = p_tenant AND b.deleted_at IS NULL
      AND b.key IN (SELECT g.key FROM jsonb_to_recordset(v_wanted.goods) AS g (key text) WHERE g.key IS NOT NULL)
    UNION ALL
    SELECT NULL, v.sku, v.sku_key, v.id, NULL, NULL, u.dimension, u.size::text, u.decimals
    FROM catalog.variant v
    JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
    JOIN catalog.unit u ON u.tenant_id = p_tenant AND u.id = p.unit_id
    WHERE v.tenant_id = p_tenant AND v.deleted_at IS NULL
      AND v.sku_key IN (SELECT g.sku FROM jsonb_to_recordset(v_wanted.goods) AS g (sku text) WHERE g.sku IS NOT NULL)) f;

  -- Whose goods they are, and in which branch.
  SELECT jsonb_agg(jsonb_build_object('branch_id', f.branch_id, 'variant_id', f.variant_id)) INTO v_goods
  FROM (
    WITH wanted AS (
      SELECT s.branch_id, g.variant_id, g.key, g.sku, g.original_id
      FROM jsonb_to_recordset(v_wanted.goods) AS g (session_id uuid, variant_id uuid, key text, sku text, original_id uuid)
      JOIN jsonb_to_recordset(v_sessions) AS s (id uuid, branch_id uuid) ON s.id = g.session_id
    ), bearer AS (SELECT b.* FROM jsonb_to_recordset(v_bearers) AS b (key text, sku_key text, variant_id uuid))
    SELECT w.branch_id, w.variant_id FROM wanted w WHERE w.variant_id IS NOT NULL
    UNION SELECT w.branch_id, b.variant_id FROM wanted w JOIN bearer b ON b.key = w.key
    UNION SELECT w.branch_id, b.variant_id FROM wanted w JOIN bearer b ON b.sku_key = w.sku
    UNION SELECT w.branch_id, l.variant_id FROM wanted w JOIN sales.line l ON l.tenant_id = p_tenant AND l.sale_id = w.original_id AND l.sale_id = ANY (v_original_ids)
    UNION SELECT w.branch_id, (a.value ->> 'variant_id')::uuid
          FROM wanted w JOIN sales.line l ON l.tenant_id = p_tenant AND l.sale_id = w.original_id AND l.sale_id = ANY (v_original_ids), jsonb_array_elements(l.allocations) a) f;
  v_variants := array(SELECT DISTINCT (g.value ->> 'variant_id')::uuid FROM jsonb_array_elements(v_goods) g);
  SELECT jsonb_agg(jsonb_build_object('kit_id', k.kit_id, 'variant_id', k.component_id, 'quantity', k.quantity::text) ORDER BY k.kit_id, k.component_id)
  INTO v_kit_lines
  FROM catalog.kit_line k WHERE k.tenant_id = p_tenant AND k.kit_id = ANY (v_variants) AND k.deleted_at IS NULL;
  IF v_kit_lines IS NOT NULL THEN
    v_goods := v_goods || (
      SELECT jsonb_agg(DISTINCT jsonb_build_object('branch_id', g.branch_id, 'variant_id', k.variant_id))
      FROM jsonb_to_recordset(v_goods) AS g (branch_id uuid, variant_id uuid)
      JOIN jsonb_to_recordset(v_kit_lines) AS k (kit_id uuid, variant_id uuid) ON k.kit_id = g.variant_id);
    v_variants := array(SELECT DISTINCT (g.value ->> 'variant_id')::uuid FROM jsonb_array_elements(v_goods) g);
  END IF;

  SELECT jsonb_agg(jsonb_build_object('branch_id', h.branch_id, 'variant_id', h.variant_id, 'quantity', h.quantity::text, 'value', h.value::text,
                     'last_cost', h.last_cost::text, 'levels', h.levels))
  INTO v_stock
  FROM inventory.hold(p_tenant, (
    SELECT coalesce(jsonb_agg(DISTINCT g.value), '[]')
    FROM jsonb_array_elements(v_goods) g
    JOIN catalog.variant o ON o.tenant_id = p_tenant AND o.id = ANY (v_variants) AND o.id = (g.value ->> 'variant_id')::uuid
    JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = o.product_id AND p.kind = 'stocked')) h;

  SELECT jsonb_object_agg(o.id, o.closed_through) INTO v_books FROM ledger.hold_open(p_tenant, v_entities) o;

  SELECT jsonb_agg(jsonb_build_object('id', r.id, 'branch_id', r.branch_id, 'code', r.code, 'is_active', r.is_active, 'last_sequence', r.last_sequence::text,
           'device_id', r.device_id))
  INTO v_registers
  FROM registers.hold(p_tenant, array(SELECT DISTINCT (s.value ->> 'register_id')::uuid FROM jsonb_array_elements(v_sessions) s)) r;

  SELECT h.tenders, h.paid, h.authorizations INTO v_paid
  FROM payments.hold(p_tenant, jsonb_build_object(
    'documents', coalesce(to_jsonb(v_roots), '[]'),
    'authorizations', to_jsonb(v_wanted.authorizations))) h;

  v_settings := sales.settings_in_force(p_tenant, v_branches, v_wanted.environment, v_wanted.settings);
  IF EXISTS (SELECT FROM jsonb_array_elements(v_settings) s WHERE s.value ->> 'name' = 'valuation.base-currency' AND s.value ->> 'value' IS NOT NULL) THEN
    SELECT jsonb_agg(jsonb_build_object('base', q.base, 'quote', q.quote, 'rate', q.rate::text, 'quoted_on', q.quoted_on, 'source', q.source,
                       'origin', q.origin, 'on', q.on_day))
    INTO v_quotes
    FROM fx.newest_quotes(p_tenant, array(SELECT DISTINCT (p.value ->> 'today')::date FROM jsonb_array_elements(v_places) p), 'ecb', 'EUR') q;
    SELECT jsonb_object_agg(c.code, c.minor_unit) INTO v_minor_units FROM reference.currency c;
  END IF;

  RETURN jsonb_build_object(
    'now', v_now,
    'answers', (SELECT jsonb_agg(jsonb_build_object('id', k.id, 'request_hash', encode(k.request_hash, 'hex'), 'answer', k.answer))
                FROM platform.idempotency_key k WHERE k.tenant_id = p_tenant AND k.id = ANY (v_wanted.answers)),
    'sessions', v_sessions,
    'registers', v_registers,
    'registers_named', (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'branch_id', r.branch_id))
                        FROM registers.register r WHERE r.tenant_id = p_tenant AND r.id = ANY (v_wanted.registers)),
    'places', v_places,
    'bearers', v_bearers,
    'kit_lines', v_kit_lines,
    'stock', v_stock,
    'books', v_books,
    'originals', v_originals,
    -- Read after what was paid of them is held: whoever gives back of the same sale holds it, too.
    'roots', (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'worth', r.worth::text, 'carried', r.carried::text))
              -- Each by an index of its own: with OR all sales of the tenant were read, for every sale.
              FROM (SELECT o.id, sum(s.total) AS worth, coalesce(sum(s.rounding) FILTER (WHERE s.total < 0), 0) AS carried
                    FROM unnest(v_roots) AS o (id) CROSS JOIN LATERAL (
                      SELECT f.total, f.rounding FROM sales.sale f WHERE f.tenant_id = p_tenant AND f.id = o.id
                      UNION ALL SELECT b.total, b.rounding FROM sales.sale b WHERE b.tenant_id = p_tenant AND b.root_id = o.id) s
                    GROUP BY o.id) r),
    'settings', v_settings,
    'quotes', v_quotes,
    'minor_units', v_minor_units,
    'goods', sales.goods(p_tenant, v_variants),
    'units', (SELECT jsonb_agg(jsonb_build_object('id', u.id, 'code', u.code, 'dimension', u.dimension, 'size', u.size::text, 'decimals', u.decimals))
              FROM catalog.unit u WHERE u.tenant_id = p_tenant),
    'prices', sales.prices(p_tenant, v_variants, v_days),
    'taxes', sales.taxes(p_tenant, v_variants, v_days),
    'batches', (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'variant_id', b.variant_id, 'number', b.number, 'expires_on', b.expires_on,
                  'is_blocked', b.is_blocked))
                FROM inventory.batch b
                WHERE b.tenant_id = p_tenant AND (b.id = ANY (v_wanted.batches) OR b.variant_id = ANY (v_variants) AND b.number = ANY (v_wanted.lots))),
    'tenders', v_paid.tenders,
    'paid', v_paid.paid,
    'authorizations', v_paid.authorizations,
    'tickets', (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'branch_id', t.branch_id, 'state', t.state))
                FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = ANY (v_wanted.tickets)),
    'channels', (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'commission_rate', c.commission_rate::text))
                 FROM channels.channel c WHERE c.tenant_id = p_tenant AND c.deleted_at IS NULL
                   AND (c.id = ANY (v_wanted.channels) OR c.id IN (SELECT (o.value ->> 'channel_id')::uuid FROM jsonb_array_elements(v_originals) o))),
    'customers', (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'group_id', (
                           SELECT r.group_id FROM parties.party_role r
                           WHERE r.tenant_id = p_tenant AND r.party_id = p.id AND r.role = 'customer' AND r.ended_at IS NULL)))
                  FROM parties.party p WHERE p.tenant_id = p_tenant AND p.deleted_at IS NULL AND p.anonymised_at IS NULL
                    AND (p.id = ANY (v_wanted.customers) OR p.id IN (SELECT (o.value ->> 'customer_id')::uuid FROM jsonb_array_elements(v_originals) o))),
    -- Of what was paid already.
    'frozen', CASE WHEN cardinality(v_wanted.made) > 0 THEN (
      SELECT jsonb_agg(jsonb_build_object('branch_id', c.branch_id, 'variant_id', c.variant_id)) FROM inventory.cost c
      WHERE c.tenant_id = p_tenant AND c.branch_id = ANY (v_branches) AND c.variant_id = ANY (v_variants) AND c.frozen_until > v_now) END,
    'ended', jsonb_build_object(
      'customers', (SELECT jsonb_agg(p.id) FROM parties.party p
                    WHERE p.tenant_id = p_tenant AND p.id = ANY (v_wanted.customers)
                      AND (p.deleted_at IS NOT NULL OR p.anonymised_at IS NOT NULL)),
      'channels', (SELECT jsonb_agg(c.id) FROM channels.channel c
                   WHERE c.tenant_id = p_tenant AND c.id = ANY (v_wanted.channels) AND c.deleted_at IS NOT NULL)),
    'accounts', (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'entity_id', a.entity_id, 'currency', a.currency, 'purpose', a.purpose,
                                    'holder_id', a.holder_id, 'code', a.code, 'name', a.name))
                 FROM ledger.account a
                 WHERE a.tenant_id = p_tenant AND a.entity_id = ANY (v_entities) AND a.purpose IS NOT NULL
                   AND (a.holder_id IS NULL OR a.holder_id = ANY (v_branches || v_session_ids))));
END
$function$;
COMMENT ON FUNCTION sales.hold(uuid,jsonb) IS 'Holds and reads all that a batch of receipts is decided on.';
GRANT EXECUTE ON FUNCTION sales.hold(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.names_on(p_tenant uuid, p_sale uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN (
    SELECT jsonb_build_object(
      'legal_name', v.legal_name, 'tax_number', v.tax_number, 'branch_name', v.branch_name, 'address', v.address,
      'phone', v.phone, 'time_zone', b.time_zone, 'locale', t.locale, 'register', r.code, 'cashier', w.display_name,
      'customer', c.name, 'original_number', o.number, 'minor_unit', u.minor_unit)
    FROM sales.sale s
    JOIN tenants.tenant t ON t.tenant_id = p_tenant
    JOIN sales.seller v ON v.tenant_id = p_tenant AND v.id = s.seller_id
    JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = s.branch_id
    JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
    JOIN reference.currency u ON u.code = s.currency
    LEFT JOIN tenants.employee w ON w.tenant_id = p_tenant AND w.id = s.employee_id
    LEFT JOIN parties.party c ON c.tenant_id = p_tenant AND c.id = s.customer_id
    LEFT JOIN sales.sale o ON o.tenant_id = p_tenant AND o.id = s.original_id
    WHERE s.tenant_id = p_tenant AND s.id = p_sale);
END
$function$;
GRANT EXECUTE ON FUNCTION sales.names_on(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.originals(p_tenant uuid, p_sales uuid[])
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object(
    'id', s.id, 'kind', s.kind, 'number', s.number, 'entity_id', s.entity_id, 'branch_id', s.branch_id, 'currency', s.currency,
    'device_id', s.device_id, 'root_id', coalesce(s.root_id, s.id), 'customer_id', s.customer_id, 'channel_id', s.channel_id, 'is_price_with_tax', s.is_price_with_tax, 'base_currency', s.base_currency,
    'fx_rate', s.fx_rate::text, 'total', s.total::text, 'rounding', s.rounding::text, 'fees_taken', (s.platform_fees + s.fees_returned)::text,
    'fees_returned', (SELECT coalesce(sum(r.fees_returned), 0)::text FROM sales.sale r WHERE r.tenant_id = p_tenant AND r.original_id = s.id),
    'lines', (SELECT jsonb_agg(jsonb_build_object(
                'line', l.line, 'of_line', l.of_line, 'variant_id', l.variant_id, 'name', l.name, 'sku', l.sku, 'barcode', l.barcode, 'hsn_code', l.hsn_code,
                'unit_code', l.unit_code, 'quantity', l.quantity::text, 'list_price', l.list_price::text, 'unit_price', l.unit_price::text,
                'gross', l.gross::text, 'discount', l.discount::text, 'net_discount', l.net_discount::text, 'net', l.net::text,
                'tax_class_id', l.tax_class_id, 'tax_class_code', l.tax_class_code, 'taxes', l.taxes, 'allocations', l.allocations,
                'back', (SELECT jsonb_agg(jsonb_build_object(
                           'quantity', b.quantity::text, 'gross', b.gross::text, 'discount', b.discount::text, 'net_discount', b.net_discount::text,
                           'net', b.net::text, 'taxes', b.taxes, 'allocations', b.allocations))
                         FROM sales.sale r JOIN sales.line b ON b.tenant_id = p_tenant AND b.sale_id = r.id
                         WHERE r.tenant_id = p_tenant AND r.original_id = s.id AND b.of_line = l.line)) ORDER BY l.line)
              FROM sales.line l WHERE l.tenant_id = p_tenant AND l.sale_id = s.id)))
  FROM sales.sale s WHERE s.tenant_id = p_tenant AND s.id = ANY (p_sales)
$function$;

CREATE OR REPLACE FUNCTION sales.payments_of(p_tenant uuid, p_sales uuid[])
 RETURNS TABLE(sale_id uuid, payments jsonb)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  SELECT p.document_id, jsonb_agg(jsonb_build_object(
           'id', p.id, 'kind', p.kind, 'tender_id', p.tender_id, 'code', t.code, 'name', p.tender_name,
           'tender_kind', t.kind, 'opens_drawer', t.opens_drawer, 'amount', p.amount::text, 'reference', p.reference,
           'authorization_id', p.authorization_id, 'is_correction', p.document_type = 'correction',
           'is_standing', p.kind <> 'reversal' AND NOT EXISTS (SELECT FROM payments.payment r WHERE r.tenant_id = p_tenant AND r.reverses_id = p.id))
           ORDER BY p.document_type = 'correction', p.recorded_at, p.line)
  FROM payments.payment p
  JOIN payments.tender t ON t.tenant_id = p_tenant AND t.id = p.tender_id
  WHERE p.tenant_id = p_tenant AND p.document_id = ANY (p_sales)
  GROUP BY p.document_id;
END
$function$;
GRANT EXECUTE ON FUNCTION sales.payments_of(uuid,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.prices(p_tenant uuid, p_variants uuid[], p_places jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object(
    'id', p.id, 'variant_id', p.variant_id, 'unit_price', p.unit_price::text, 'min_quantity', p.min_quantity::text, 'includes_tax', l.includes_tax,
    'branch_id', l.branch_id, 'channel_id', l.channel_id, 'customer_group_id', l.customer_group_id, 'currency', l.currency, 'today', d.today))
  FROM (SELECT DISTINCT w.currency, w.today FROM jsonb_to_recordset(p_places) AS w (currency text, today date)) d
  JOIN pricing.price p ON p.tenant_id = p_tenant AND p.variant_id = ANY (p_variants) AND p.valid @> d.today AND p.withdrawn_at IS NULL
  JOIN pricing.price_list l ON l.tenant_id = p_tenant AND l.id = p.price_list_id AND l.currency = d.currency
    AND (l.ended_on IS NULL OR l.ended_on > d.today)
$function$;

CREATE OR REPLACE FUNCTION sales.record(p_tenant uuid, p_receipts jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_count integer;
  v_written integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  IF jsonb_array_length(p_receipts -> 'accounts') > 0 THEN
    v_written := ledger.open_accounts(p_tenant, p_receipts -> 'accounts');
    IF v_written < jsonb_array_length(p_receipts -> 'accounts') THEN
      RAISE EXCEPTION 'an account was opened twice at once' USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;

  IF jsonb_array_length(p_receipts -> 'sellers') > 0 THEN
    INSERT INTO sales.seller (tenant_id, id, branch_id, legal_name, tax_number, branch_name, address, phone, recorded_at)
    SELECT p_tenant, w.id, b.id, e.legal_name, e.tax_number, b.name, coalesce(b.address, e.address), b.phone, v_now
    FROM jsonb_to_recordset(p_receipts -> 'sellers') AS w (id uuid, branch_id uuid)
    JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = w.branch_id
    JOIN tenants.entity e ON e.tenant_id = p_tenant AND e.id = b.entity_id;
  END IF;

  INSERT INTO sales.sale (tenant_id, id, kind, number, sequence, register_id, session_id, branch_id, entity_id, seller_id, employee_id, customer_id, channel_id,
    original_id, root_id, device_id, is_offline, is_price_with_tax, currency, base_currency, fx_rate, gross, discount, net_discount, net, tax, total, rounding,
    paid, change, cost, platform_fees, fees_returned, payment_fees, shipping_cost, base_total, taxes, data_quality_score, validation_notes, note,
    effective_on, made_at, recorded_at)
  SELECT p_tenant, s.id, s.kind, s.number, s.sequence, s.register_id, s.session_id, s.branch_id, s.entity_id, s.seller_id, s.employee_id, s.customer_id,
    s.channel_id, s.original_id, s.root_id, s.device_id, s.is_offline, s.is_price_with_tax, s.currency, s.base_currency, s.fx_rate, s.gross, s.discount, s.net_discount, s.net, s.tax,
    s.total, s.rounding, s.paid, s.change, s.cost, s.platform_fees, s.fees_returned, s.payment_fees, s.shipping_cost, s.base_total, s.taxes,
    s.data_quality_score, s.validation_notes, s.note, s.effective_on, s.made_at, v_now
  FROM ROWS FROM (jsonb_to_recordset(p_receipts -> 'sales') AS (
         id uuid, kind text, number text, sequence bigint, register_id uuid, session_id uuid, branch_id uuid, entity_id uuid, seller_id uuid,
         employee_id uuid, customer_id uuid, channel_id uuid, original_id uuid, root_id uuid, device_id uuid, is_offline boolean, is_price_with_tax boolean, currency text,
         base_currency text, fx_rate numeric, gross numeric, discount numeric, net_discount numeric, net numeric, tax numeric, total numeric,
         rounding numeric, paid numeric, change numeric, cost numeric, platform_fees numeric, fees_returned numeric, payment_fees numeric, shipping_cost numeric,
         base_total numeric, taxes jsonb, data_quality_score numeric, validation_notes text, note text, effective_on date,
         made_at timestamptz)) AS s
  ON CONFLICT ON CONSTRAINT sale_pkey DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < jsonb_array_length(p_receipts -> 'sales') THEN
    RETURN QUERY SELECT 'sale', 1, 'already_exists', NULL::integer, NULL::text;
    RETURN;
  END IF;

  INSERT INTO sales.line (tenant_id, sale_id, line, of_line, variant_id, name, sku, barcode, hsn_code, unit_code, quantity, list_price, unit_price,
    price_source, price_id, price_reason, discount_reason, gross, discount, net_discount, net, tax, total, cost, tax_class_id, tax_class_code, taxes,
    allocations, restock, recorded_at)
  SELECT p_tenant, l.sale_id, l.line, l.of_line, l.variant_id, l.name, l.sku, l.barcode, l.hsn_code, l.unit_code, l.quantity, l.list_price, l.unit_price,
    l.price_source, l.price_id, l.price_reason, l.discount_reason, l.gross, l.discount, l.net_discount, l.net, l.tax, l.total, l.cost, l.tax_class_id,
    l.tax_class_code, l.taxes, l.allocations, l.restock, v_now
  FROM jsonb_to_recordset(p_receipts -> 'lines') AS l (
         sale_id uuid, line integer, of_line integer, variant_id uuid, name text, sku text, barcode text, hsn_code text, unit_code text, quantity numeric,
         list_price numeric, unit_price numeric, price_source text, price_id uuid, price_reason text, discount_reason text, gross numeric,
         discount numeric, net_discount numeric, net numeric, tax numeric, total numeric, cost numeric, tax_class_id uuid, tax_class_code text,
         taxes jsonb, allocations jsonb, restock text);
  INSERT INTO sales.prescription (tenant_id, sale_id, line, number)
  SELECT p_tenant, l.sale_id, l.line, l.number
  FROM jsonb_to_recordset(p_receipts -> 'prescriptions') AS l (sale_id uuid, line integer, number text);

  IF jsonb_array_length(p_receipts -> 'postings') > 0 THEN
    RETURN QUERY
    SELECT 'posting', r.position::integer, r.code, r.line, trim_scale(r.available)::text
    FROM ROWS FROM (inventory.record(p_tenant, p_receipts -> 'postings')) WITH ORDINALITY AS r (code, line, available, position)
    WHERE r.code IS NOT NULL;
    IF FOUND THEN RETURN; END IF;
  END IF;

  RETURN QUERY
  SELECT 'payment', r.position::integer, r.code, r.line, trim_scale(r.available)::text
  FROM ROWS FROM (payments.record(p_tenant, p_receipts -> 'payments')) WITH ORDINALITY AS r (code, line, available, position)
  WHERE r.code IS NOT NULL;
  IF FOUND THEN RETURN; END IF;

  RETURN QUERY
  SELECT 'journal', r.position::integer, r.code, NULL::integer, r.detail
  FROM ROWS FROM (ledger.record(p_tenant, p_receipts -> 'journals')) WITH ORDINALITY AS r (effective_on, code, detail, position)
  WHERE r.code IS NOT NULL;
  IF FOUND THEN RETURN; END IF;

  IF jsonb_array_length(p_receipts -> 'tickets') > 0 THEN
    RETURN QUERY
    SELECT 'ticket', r.position::integer, r.code, NULL::integer, NULL::text
    FROM ROWS FROM (tickets.record(p_tenant, p_receipts -> 'tickets')) WITH ORDINALITY AS r (code, position)
    WHERE r.code IS NOT NULL;
    IF FOUND THEN RETURN; END IF;
  END IF;

  PERFORM registers.advance(p_tenant, p_receipts -> 'registers');

  INSERT INTO platform.idempotency_key (tenant_id, id, request_hash, answer, impersonal_answer)
  SELECT p_tenant, a.id, decode(a.request_hash, 'hex'), a.answer::json, a.impersonal_answer::json
  FROM jsonb_to_recordset(p_receipts -> 'answers') AS a (id uuid, request_hash text, answer text, impersonal_answer text)
  ORDER BY a.id
  ON CONFLICT (tenant_id, id) DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < jsonb_array_length(p_receipts -> 'answers') THEN
    -- Another transaction did the same command meanwhile: the next try finds its answer.
    RAISE EXCEPTION 'a command was done twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  IF jsonb_array_length(p_receipts -> 'entries') > 0 THEN
    PERFORM FROM audit.record(p_tenant, p_receipts -> 'entries');
  END IF;
END
$function$;
COMMENT ON FUNCTION sales.record(uuid,jsonb) IS 'The only writer of receipts.';
GRANT EXECUTE ON FUNCTION sales.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.record_print(p_tenant uuid, p_sale uuid, p_format text, p_locale text, p_actor uuid)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM sales.sale s WHERE s.tenant_id = p_tenant AND s.id = p_sale FOR NO KEY UPDATE;
  SELECT coalesce(max(k.number), 0) + 1 INTO v_number FROM sales.print k WHERE k.tenant_id = p_tenant AND k.sale_id = p_sale;
  INSERT INTO sales.print (tenant_id, sale_id, number, format, locale, actor_id, recorded_at)
  VALUES (p_tenant, p_sale, v_number, p_format, p_locale, p_actor, transaction_timestamp());
  RETURN v_number;
END
$function$;
COMMENT ON FUNCTION sales.record_print(uuid,uuid,text,text,uuid) IS 'The only writer of prints.';
GRANT EXECUTE ON FUNCTION sales.record_print(uuid,uuid,text,text,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.record_void(p_tenant uuid, p_void jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO sales.void (tenant_id, id, register_id, session_id, branch_id, employee_id, reason, currency, total, lines, recorded_at)
  SELECT p_tenant, v.id, v.register_id, v.session_id, v.branch_id, v.employee_id, v.reason, v.currency, v.total, v.lines, transaction_timestamp()
  FROM jsonb_to_record(p_void) AS v (
    id uuid, register_id uuid, session_id uuid, branch_id uuid, employee_id uuid, reason text, currency text, total numeric, lines jsonb);
END
$function$;
COMMENT ON FUNCTION sales.record_void(uuid,jsonb) IS 'The only writer of baskets that were given up.';
GRANT EXECUTE ON FUNCTION sales.record_void(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.settings_in_force(p_tenant uuid, p_branches uuid[], p_environment text, p_names text[])
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object('place_id', b.id, 'id', f.id, 'name', f.name, 'value', f.value, 'sealed', f.sealed, 'source', f.source))
  FROM unnest(p_branches) AS b (id) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (found.name) found.id, found.name, found.value, found.sealed, found.source
    FROM (
      SELECT v.id, v.name, v.value, v.sealed, v.environment, CASE WHEN v.branch_id IS NULL THEN 'tenant' ELSE 'branch' END AS source
      FROM settings.value v
      WHERE v.tenant_id = p_tenant AND v.name = ANY (p_names) AND (v.branch_id IS NULL OR v.branch_id = b.id)
        AND v.environment IN ('', p_environment) AND v.withdrawn_by = 0 AND v.is_set AND v.valid @> transaction_timestamp()
      UNION ALL
      SELECT p.id, p.name, p.value, p.sealed, p.environment, 'platform'
      FROM settings.platform_value p
      WHERE p.name = ANY (p_names) AND p.environment IN ('', p_environment) AND p.withdrawn_by = 0 AND p.is_set
        AND p.valid @> transaction_timestamp()) AS found
    ORDER BY found.name, array_position('{branch,tenant,platform}'::text[], found.source), found.environment DESC) f
$function$;

CREATE OR REPLACE FUNCTION sales.taxes(p_tenant uuid, p_variants uuid[], p_places jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  WITH RECURSIVE standing AS (
    SELECT w.id AS branch_id, w.today, coalesce((SELECT j.codes FROM tax.branch_jurisdiction j WHERE j.tenant_id = p_tenant AND j.id = w.id), ARRAY[w.country]) AS codes
    FROM jsonb_to_recordset(p_places) AS w (id uuid, country text, today date)
  ), place AS (
    SELECT j.code, j.name, j.kind, j.parent_code, j.adds_to_parent, j.needs_inner_place, false AS own, j.rounding, j.rounding_mode, j.rounding_of,
           j.prices_include_tax, j.rule_source
    FROM tax.jurisdiction j
    UNION ALL
    SELECT l.code, l.name, l.kind, l.parent_code, l.adds_to_parent, false, true, NULL, NULL, NULL, NULL, NULL
    FROM tax.local_jurisdiction l
    WHERE l.tenant_id = p_tenant AND NOT EXISTS (SELECT FROM tax.jurisdiction j WHERE j.code = l.code)
  ), path AS (
    SELECT place.* FROM place WHERE place.code IN (SELECT unnest(s.codes) FROM standing s)
    UNION
    SELECT place.* FROM place JOIN path ON place.code = path.parent_code
  )
  SELECT jsonb_build_object(
    'standing', (SELECT jsonb_agg(jsonb_build_object('branch_id', s.branch_id, 'today', s.today, 'codes', s.codes)) FROM standing s),
    'jurisdictions', (SELECT jsonb_agg(to_jsonb(path)) FROM path),
    'own', (SELECT jsonb_agg(jsonb_build_object('today', d.today, 'jurisdiction_code', r.jurisdiction_code, 'class_id', r.class_id, 'name', r.name,
                               'rate', r.rate::text, 'compound', r.compound))
            FROM (SELECT DISTINCT today FROM standing) d JOIN tax.rate r ON r.tenant_id = p_tenant AND r.valid @> d.today AND r.deleted_at IS NULL
            WHERE r.jurisdiction_code IN (SELECT path.code FROM path)),
    'reference', (SELECT jsonb_agg(jsonb_build_object('today', d.today, 'jurisdiction_code', r.jurisdiction_code, 'rate_name', r.name, 'tax', r.tax,
                                     'rate', r.rate::text))
                  FROM (SELECT DISTINCT today FROM standing) d JOIN tax.reference_rate r ON r.valid @> d.today
                  WHERE r.jurisdiction_code IN (SELECT path.code FROM path)),
    'classes', (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'code', c.code, 'treatment', c.treatment, 'rate_name', c.rate_name))
                FROM tax.class c
                WHERE c.tenant_id = p_tenant AND c.id IN (
                  SELECT p.tax_class_id FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
                  WHERE v.tenant_id = p_tenant AND v.id = ANY (p_variants))))
$function$;
COMMENT ON FUNCTION sales.taxes(uuid,uuid[],jsonb) IS 'The taxes that receipts of places are decided on. It reads as whoever asks.';
GRANT EXECUTE ON FUNCTION sales.taxes(uuid,uuid[],jsonb) TO comptoir_app;

CREATE SCHEMA settings AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA settings TO comptoir_app;

CREATE TABLE settings.platform_value (
  id uuid NOT NULL,
  name text NOT NULL,
  environment text DEFAULT ''::text NOT NULL,
  is_set boolean NOT NULL,
  value jsonb,
  sealed text,
  valid tstzrange NOT NULL,
  withdrawn_by integer DEFAULT 0 NOT NULL,
  version integer NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT platform_value_pkey PRIMARY KEY (id),
  CONSTRAINT platform_value_valid_key UNIQUE (name, environment, withdrawn_by, valid WITHOUT OVERLAPS),
  CONSTRAINT platform_value_version_key UNIQUE (name, environment, version),
  CONSTRAINT platform_value_open_or_sealed CHECK (value IS NULL OR sealed IS NULL)
);
COMMENT ON TABLE settings.platform_value IS 'class: shared. One version of a setting of the installation; written by its operator alone, as the owner of the database.';
COMMENT ON COLUMN settings.platform_value.value IS 'personal';
COMMENT ON COLUMN settings.platform_value.sealed IS 'secret';
GRANT SELECT ON TABLE settings.platform_value TO comptoir_app;

CREATE TABLE settings.value (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  branch_id uuid,
  place_id uuid GENERATED ALWAYS AS (COALESCE(branch_id, tenant_id)) STORED NOT NULL,
  environment text DEFAULT ''::text NOT NULL,
  is_set boolean NOT NULL,
  value jsonb,
  sealed text,
  valid tstzrange NOT NULL,
  withdrawn_by integer DEFAULT 0 NOT NULL,
  employee_id uuid NOT NULL,
  version integer NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT value_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT value_valid_key UNIQUE (tenant_id, name, place_id, environment, withdrawn_by, valid WITHOUT OVERLAPS),
  CONSTRAINT value_version_key UNIQUE (tenant_id, name, place_id, environment, version),
  CONSTRAINT value_open_or_sealed CHECK (value IS NULL OR sealed IS NULL),
  CONSTRAINT value_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT value_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE settings.value IS 'class: tenant. One version of a setting of a tenant, or of a branch; where is_set is false, it inherits while this is valid. environment: the installation it is for, empty for any. withdrawn_by: the version that took its place before it began, 0 when it stands.';
COMMENT ON COLUMN settings.value.value IS 'personal';
COMMENT ON COLUMN settings.value.sealed IS 'secret';
CREATE INDEX value_branch_id ON settings.value USING btree (tenant_id, branch_id);
CREATE INDEX value_employee_id ON settings.value USING btree (tenant_id, employee_id);
ALTER TABLE settings.value ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON settings.value FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE settings.value TO comptoir_app;

CREATE SCHEMA sync AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA sync TO comptoir_app;
GRANT USAGE ON SCHEMA sync TO comptoir_read;

CREATE TABLE sync.exception (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  slip_id uuid,
  sale_id uuid,
  branch_id uuid NOT NULL,
  session_id uuid,
  kind text NOT NULL,
  line integer,
  detail text NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  note_id uuid,
  CONSTRAINT exception_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT exception_of_one_thing CHECK (num_nonnulls(slip_id, note_id) = 1 AND (slip_id IS NULL) = (sale_id IS NULL) AND (slip_id IS NULL OR session_id IS NOT NULL)),
  CONSTRAINT exception_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT exception_note_id_fkey FOREIGN KEY (tenant_id, note_id) REFERENCES sync.note(tenant_id, id),
  CONSTRAINT exception_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id),
  CONSTRAINT exception_slip_id_fkey FOREIGN KEY (tenant_id, slip_id) REFERENCES sync.slip(tenant_id, id)
);
COMMENT ON TABLE sync.exception IS 'class: tenant, append-only. What the server would have refused of a receipt that was made offline, or of a note of a device, and is booked all the same; session_id is the session that the receipt is booked in, or that the note opened.';
CREATE INDEX exception_branch_id ON sync.exception USING btree (tenant_id, branch_id, id);
CREATE INDEX exception_note_id ON sync.exception USING btree (tenant_id, note_id);
CREATE INDEX exception_sale_id ON sync.exception USING btree (tenant_id, sale_id);
CREATE INDEX exception_session_id ON sync.exception USING btree (tenant_id, session_id, id);
CREATE INDEX exception_slip_id ON sync.exception USING btree (tenant_id, slip_id);
ALTER TABLE sync.exception ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sync.exception FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sync.exception FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sync.exception TO comptoir_app;
GRANT SELECT ON TABLE sync.exception TO comptoir_read;
REVOKE TRUNCATE ON TABLE sync.exception FROM comptoir_owner;

CREATE TABLE sync.kept_note (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  sealed text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT kept_note_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT kept_note_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES sync.note(tenant_id, id)
);
COMMENT ON TABLE sync.kept_note IS 'class: tenant. The text of a note that was not done as it says, sealed; empty once it is settled, or its customer forgotten.';
COMMENT ON COLUMN sync.kept_note.sealed IS 'personal';
ALTER TABLE sync.kept_note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sync.kept_note FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE sync.kept_note TO comptoir_app;

CREATE TABLE sync.kept_text (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  sealed text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT kept_text_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT kept_text_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES sync.slip(tenant_id, id)
);
COMMENT ON TABLE sync.kept_text IS 'class: tenant. The text of a slip that was set aside, sealed: nobody knows what it says until somebody reads it.';
COMMENT ON COLUMN sync.kept_text.sealed IS 'personal';
ALTER TABLE sync.kept_text ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sync.kept_text FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE sync.kept_text TO comptoir_app;

CREATE TABLE sync.note (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  register_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  kind text,
  subject_id uuid,
  session_id uuid,
  hash bytea NOT NULL,
  made_at timestamp with time zone,
  cashier_id uuid,
  fault text,
  employee_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT note_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT note_done_is_whole CHECK (fault IS NOT NULL OR kind IS NOT NULL AND subject_id IS NOT NULL),
  CONSTRAINT note_hash_is_sha_256 CHECK (octet_length(hash) = 32),
  CONSTRAINT note_kind_known CHECK (kind = ANY (ARRAY['session'::text, 'customer'::text, 'ticket'::text])),
  CONSTRAINT note_session_is_of_a_session CHECK (session_id IS NULL OR NOT kind IS DISTINCT FROM 'session'::text AND subject_id IS NOT NULL),
  CONSTRAINT note_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT note_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device(tenant_id, id),
  CONSTRAINT note_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT note_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE sync.note IS 'class: tenant, append-only. What a device noted beside its receipts, known by the hash of its text: the session, customer or ticket of subject_id, which the device named, and cashier_id the employee at the till. fault is why it was not done as it says. session_id is the session that stands for the one it opened: that itself, or the one that was open there already.';
CREATE INDEX note_branch_id ON sync.note USING btree (tenant_id, branch_id);
CREATE INDEX note_hash ON sync.note USING btree (tenant_id, device_id, hash);
CREATE UNIQUE INDEX note_hash_key ON sync.note USING btree (tenant_id, device_id, hash) WHERE fault IS NULL;
CREATE INDEX note_register_id ON sync.note USING btree (tenant_id, register_id);
CREATE INDEX note_session_id ON sync.note USING btree (tenant_id, session_id);
CREATE INDEX note_subject_id ON sync.note USING btree (tenant_id, subject_id);
ALTER TABLE sync.note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sync.note FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sync.note FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sync.note TO comptoir_app;
GRANT SELECT ON TABLE sync.note TO comptoir_read;
REVOKE TRUNCATE ON TABLE sync.note FROM comptoir_owner;

CREATE TABLE sync.resolution (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  exception_id uuid,
  slip_id uuid,
  outcome text NOT NULL,
  reason text NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT resolution_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT resolution_exception_id_key UNIQUE (tenant_id, exception_id),
  CONSTRAINT resolution_slip_id_key UNIQUE (tenant_id, slip_id),
  CONSTRAINT resolution_of_one_thing CHECK (num_nonnulls(exception_id, slip_id) = 1),
  CONSTRAINT resolution_outcome_known CHECK (outcome = ANY (ARRAY['accepted'::text, 'corrected'::text, 'dismissed'::text])),
  CONSTRAINT resolution_exception_id_fkey FOREIGN KEY (tenant_id, exception_id) REFERENCES sync.exception(tenant_id, id),
  CONSTRAINT resolution_slip_id_fkey FOREIGN KEY (tenant_id, slip_id) REFERENCES sync.slip(tenant_id, id)
);
COMMENT ON TABLE sync.resolution IS 'class: tenant, append-only. Who settled an exception, or a slip that was set aside, and how; each is settled once.';
ALTER TABLE sync.resolution ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sync.resolution FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sync.resolution FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sync.resolution TO comptoir_app;
GRANT SELECT ON TABLE sync.resolution TO comptoir_read;
REVOKE TRUNCATE ON TABLE sync.resolution FROM comptoir_owner;

CREATE TABLE sync.slip (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  register_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  session_id uuid,
  sequence bigint NOT NULL,
  number bigint,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  text_hash bytea NOT NULL,
  made_at timestamp with time zone,
  sale_id uuid,
  fault text,
  detail text,
  employee_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT slip_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT slip_sale_id_key UNIQUE (tenant_id, sale_id),
  CONSTRAINT slip_booked_is_of_a_session CHECK (sale_id IS NULL OR session_id IS NOT NULL AND made_at IS NOT NULL),
  CONSTRAINT slip_booked_is_whole CHECK (sale_id IS NULL OR text_hash = hash),
  CONSTRAINT slip_hashes_are_sha_256 CHECK (octet_length(previous_hash) = 32 AND octet_length(hash) = 32 AND octet_length(text_hash) = 32),
  CONSTRAINT slip_is_booked_or_set_aside CHECK ((sale_id IS NULL) = (fault IS NOT NULL)),
  CONSTRAINT slip_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT slip_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device(tenant_id, id),
  CONSTRAINT slip_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT slip_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE sync.slip IS 'class: tenant, append-only. A slip that a device sealed: booked as the sale of sale_id, once, or set aside for its fault. sequence is the number it was printed with, number the one of the register that it took, if it took one. hash is what it claims, text_hash that of the text that came; they differ where the text was damaged. session_id is the session that it says it was sold in, made_at what the clock of the till said.';
CREATE UNIQUE INDEX slip_booked_key ON sync.slip USING btree (tenant_id, register_id, number) WHERE sale_id IS NOT NULL;
CREATE INDEX slip_hash ON sync.slip USING btree (tenant_id, device_id, register_id, hash);
CREATE UNIQUE INDEX slip_hash_key ON sync.slip USING btree (tenant_id, device_id, register_id, hash) WHERE sale_id IS NOT NULL;
CREATE INDEX slip_previous_hash ON sync.slip USING btree (tenant_id, device_id, register_id, previous_hash);
CREATE INDEX slip_register_id ON sync.slip USING btree (tenant_id, register_id, number);
CREATE INDEX slip_sequence ON sync.slip USING btree (tenant_id, device_id, register_id, sequence);
CREATE INDEX slip_session_id ON sync.slip USING btree (tenant_id, session_id, sequence);
CREATE INDEX slip_set_aside ON sync.slip USING btree (tenant_id, branch_id, id) WHERE fault IS NOT NULL;
ALTER TABLE sync.slip ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sync.slip FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sync.slip FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sync.slip TO comptoir_app;
GRANT SELECT ON TABLE sync.slip TO comptoir_read;
REVOKE TRUNCATE ON TABLE sync.slip FROM comptoir_owner;

CREATE TABLE sync.statement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  register_id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,
  last_sequence bigint NOT NULL,
  head_hash bytea NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT statement_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT statement_number_key UNIQUE (tenant_id, session_id, device_id, number),
  CONSTRAINT statement_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32),
  CONSTRAINT statement_last_sequence_not_negative CHECK (last_sequence >= 0),
  CONSTRAINT statement_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device(tenant_id, id),
  CONSTRAINT statement_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT statement_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE sync.statement IS 'class: tenant, append-only. What a device said at the end of a session: it seals nothing more in it, its last number by then was last_sequence, and the hash of its last slip head_hash. The last one of a device counts.';
CREATE INDEX statement_device_id ON sync.statement USING btree (tenant_id, device_id);
CREATE INDEX statement_register_id ON sync.statement USING btree (tenant_id, register_id);
ALTER TABLE sync.statement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sync.statement FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sync.statement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sync.statement TO comptoir_app;
GRANT SELECT ON TABLE sync.statement TO comptoir_read;
REVOKE TRUNCATE ON TABLE sync.statement FROM comptoir_owner;

CREATE VIEW sync.read_unsettled WITH (security_invoker=true) AS
 SELECT e.tenant_id,
    e.branch_id,
    e.id,
    'exception'::text AS what
   FROM sync.exception e
  WHERE NOT (EXISTS ( SELECT
           FROM sync.resolution o
          WHERE o.tenant_id = e.tenant_id AND o.exception_id = e.id))
UNION ALL
 SELECT s.tenant_id,
    s.branch_id,
    s.id,
    'set_aside'::text AS what
   FROM sync.slip s
  WHERE s.fault IS NOT NULL AND NOT (EXISTS ( SELECT
           FROM sync.resolution o
          WHERE o.tenant_id = s.tenant_id AND o.slip_id = s.id));
COMMENT ON VIEW sync.read_unsettled IS 'Published: exceptions and slips set aside that nobody has settled.';
GRANT SELECT ON TABLE sync.read_unsettled TO comptoir_app;
GRANT SELECT ON TABLE sync.read_unsettled TO comptoir_read;

CREATE OR REPLACE FUNCTION sync.forget_customer(p_tenant uuid, p_customer uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE sync.kept_note k SET sealed = NULL, version = k.version + 1, updated_at = transaction_timestamp()
  FROM sync.note n
  WHERE n.tenant_id = p_tenant AND n.subject_id = p_customer AND k.tenant_id = p_tenant AND k.id = n.id AND k.sealed IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION sync.forget_customer(uuid,uuid) IS 'Empties what is personal of the notes about a customer.';
GRANT EXECUTE ON FUNCTION sync.forget_customer(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION sync.record(p_tenant uuid, p_pushes jsonb)
 RETURNS SETOF text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_push record;
  v_sequence bigint;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM registers.hold(p_tenant, (SELECT array_agg((p.value ->> 'register_id')::uuid) FROM jsonb_array_elements(p_pushes) p));
  FOR v_push IN
    SELECT p.* FROM ROWS FROM (jsonb_to_recordset(p_pushes) AS (
             register_id uuid, branch_id uuid, device_id uuid, employee_id uuid, from_sequence bigint, last_sequence bigint,
             head_hash text, notes jsonb, slips jsonb, exceptions jsonb, resolutions jsonb, statements jsonb))
           WITH ORDINALITY AS p (register_id, branch_id, device_id, employee_id, from_sequence, last_sequence, head_hash, notes, slips,
             exceptions, resolutions, statements, position)
    ORDER BY p.position
  LOOP
    SELECT r.last_sequence INTO v_sequence FROM registers.register r WHERE r.tenant_id = p_tenant AND r.id = v_push.register_id;
    IF v_sequence IS NULL OR v_sequence NOT BETWEEN v_push.from_sequence AND v_push.last_sequence THEN
      RETURN NEXT 'register_moved';
      CONTINUE;
    END IF;
    INSERT INTO sync.slip (tenant_id, id, device_id, register_id, branch_id, session_id, sequence, number, previous_hash, hash,
      text_hash, made_at, sale_id, fault, detail, employee_id, recorded_at)
    SELECT p_tenant, s.id, v_push.device_id, v_push.register_id, v_push.branch_id, s.session_id, s.sequence, s.number,
           decode(s.previous_hash, 'hex'), decode(s.hash, 'hex'), decode(s.text_hash, 'hex'), s.made_at, s.sale_id, s.fault, s.detail,
           v_push.employee_id, v_now
    FROM jsonb_to_recordset(v_push.slips) AS s (id uuid, session_id uuid, sequence bigint, number bigint, previous_hash text,
           hash text, text_hash text, made_at timestamptz, sale_id uuid, fault text, detail text);
    INSERT INTO sync.note (tenant_id, id, device_id, register_id, branch_id, kind, subject_id, session_id, hash, made_at, cashier_id, fault, employee_id,
      recorded_at)
    SELECT p_tenant, n.id, v_push.device_id, v_push.register_id, v_push.branch_id, n.kind, n.subject_id, n.session_id, decode(n.hash, 'hex'),
           n.made_at, n.cashier_id, n.fault, v_push.employee_id, v_now
    FROM jsonb_to_recordset(v_push.notes) AS n (id uuid, kind text, subject_id uuid, session_id uuid, hash text, made_at timestamptz, cashier_id uuid,
           fault text);
    INSERT INTO sync.exception (tenant_id, id, slip_id, note_id, sale_id, branch_id, session_id, kind, line, detail, recorded_at)
    SELECT p_tenant, e.id, e.slip_id, e.note_id, e.sale_id, v_push.branch_id, e.session_id, e.kind, e.line, e.detail, v_now
    FROM jsonb_to_recordset(v_push.exceptions) AS e (id uuid, slip_id uuid, note_id uuid, sale_id uuid, session_id uuid, kind text, line integer, detail text);
    INSERT INTO sync.resolution (tenant_id, id, exception_id, slip_id, outcome, reason, actor_id, recorded_at)
    SELECT p_tenant, o.id, NULL, o.slip_id, o.outcome, o.reason, v_push.employee_id, v_now
    FROM jsonb_to_recordset(v_push.resolutions) AS o (id uuid, slip_id uuid, outcome text, reason text);
    INSERT INTO sync.statement (tenant_id, id, device_id, register_id, session_id, number, last_sequence, head_hash, recorded_at)
    SELECT p_tenant, s.id, v_push.device_id, v_push.register_id, s.session_id, coalesce(o.number, 0) + 1, s.last_sequence,
           decode(s.head_hash, 'hex'), v_now
    FROM jsonb_to_recordset(v_push.statements) AS s (id uuid, session_id uuid, last_sequence bigint, head_hash text)
    LEFT JOIN LATERAL (
      SELECT t.number, t.last_sequence, t.head_hash FROM sync.statement t
      WHERE t.tenant_id = p_tenant AND t.session_id = s.session_id AND t.device_id = v_push.device_id
      ORDER BY t.number DESC LIMIT 1) o ON true
    WHERE (o.last_sequence, o.head_hash) IS DISTINCT FROM (s.last_sequence, decode(s.head_hash, 'hex'));
    PERFORM registers.advance(p_tenant, jsonb_build_array(jsonb_build_object(
      'id', v_push.register_id, 'last_sequence', v_push.last_sequence, 'head_hash', v_push.head_hash)));
    IF v_push.head_hash IS NOT NULL THEN
      PERFORM registers.advance_device(p_tenant, v_push.device_id, v_push.register_id, decode(v_push.head_hash, 'hex'));
    END IF;
    RETURN NEXT NULL;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION sync.record(uuid,jsonb) IS 'The only writer of slips and notes, of their exceptions and of what devices state.';
GRANT EXECUTE ON FUNCTION sync.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION sync.resolve(p_tenant uuid, p_resolutions jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO sync.resolution (tenant_id, id, exception_id, slip_id, outcome, reason, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.exception_id, r.slip_id, r.outcome, r.reason, r.actor_id, transaction_timestamp()
  FROM jsonb_to_recordset(p_resolutions) AS r (id uuid, exception_id uuid, slip_id uuid, outcome text, reason text, actor_id uuid);
  -- Once all that is wrong with a note is settled, nobody needs its text any more.
  UPDATE sync.kept_note k SET sealed = NULL, version = k.version + 1, updated_at = transaction_timestamp()
  WHERE k.tenant_id = p_tenant AND k.sealed IS NOT NULL
    AND k.id IN (SELECT e.note_id FROM jsonb_to_recordset(p_resolutions) AS r (exception_id uuid)
                 JOIN sync.exception e ON e.tenant_id = p_tenant AND e.id = r.exception_id)
    AND NOT EXISTS (SELECT FROM sync.exception e WHERE e.tenant_id = p_tenant AND e.note_id = k.id
                    AND NOT EXISTS (SELECT FROM sync.resolution o WHERE o.tenant_id = p_tenant AND o.exception_id = e.id));
END
$function$;
COMMENT ON FUNCTION sync.resolve(uuid,jsonb) IS 'The only writer of resolutions.';
GRANT EXECUTE ON FUNCTION sync.resolve(uuid,jsonb) TO comptoir_app;

CREATE SCHEMA tax AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA tax TO comptoir_app;
GRANT USAGE ON SCHEMA tax TO comptoir_read;

CREATE TABLE tax.branch_jurisdiction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  codes text[] NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT branch_jurisdiction_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT branch_jurisdiction_somewhere CHECK (array_to_string(codes, ' '::text) ~ '^[A-Z]{2}(-[A-Z0-9]{1,12})*( [A-Z]{2}(-[A-Z0-9]{1,12})*)*$'::text),
  CONSTRAINT branch_jurisdiction_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE tax.branch_jurisdiction IS 'class: tenant. The innermost jurisdictions in which a branch, whose id it has, stands; without a row it is the country of its entity.';
ALTER TABLE tax.branch_jurisdiction ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.branch_jurisdiction FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tax.branch_jurisdiction TO comptoir_app;
GRANT SELECT ON TABLE tax.branch_jurisdiction TO comptoir_read;

CREATE TABLE tax.class (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  treatment text NOT NULL,
  rate_name text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT class_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT class_code_key UNIQUE (tenant_id, code),
  CONSTRAINT class_rate_name_of_taxed CHECK (rate_name IS NULL OR treatment = 'taxed'::text),
  CONSTRAINT class_treatment_known CHECK (treatment = ANY (ARRAY['taxed'::text, 'zero'::text, 'exempt'::text, 'out_of_scope'::text, 'reverse_charge'::text]))
);
COMMENT ON TABLE tax.class IS 'class: tenant. How the tenant''s goods are taxed: the reference rate of which name, or none and why not.';
ALTER TABLE tax.class ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.class FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tax.class TO comptoir_app;
GRANT SELECT ON TABLE tax.class TO comptoir_read;

CREATE TABLE tax.jurisdiction (
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  parent_code text,
  adds_to_parent boolean NOT NULL,
  needs_inner_place boolean NOT NULL,
  rounding text NOT NULL,
  rounding_mode text NOT NULL,
  rounding_of text NOT NULL,
  prices_include_tax boolean NOT NULL,
  rule_source text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT jurisdiction_pkey PRIMARY KEY (code),
  CONSTRAINT jurisdiction_code_is_iso_3166 CHECK (code ~ '^[A-Z]{2}(-[A-Z0-9]{1,12})*$'::text),
  CONSTRAINT jurisdiction_has_parent CHECK ((kind = 'country'::text) = (parent_code IS NULL)),
  CONSTRAINT jurisdiction_kind_known CHECK (kind = ANY (ARRAY['country'::text, 'territory'::text, 'state'::text, 'province'::text, 'county'::text, 'city'::text, 'special'::text])),
  CONSTRAINT jurisdiction_rounding_known CHECK (rounding = ANY (ARRAY['line'::text, 'document'::text])),
  CONSTRAINT jurisdiction_rounding_mode_known CHECK (rounding_mode = ANY (ARRAY['half_up'::text, 'half_even'::text, 'down'::text, 'up'::text])),
  CONSTRAINT jurisdiction_rounding_of_known CHECK (rounding_of = ANY (ARRAY['each'::text, 'combined'::text])),
  CONSTRAINT jurisdiction_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES tax.jurisdiction(code)
);
COMMENT ON TABLE tax.jurisdiction IS 'class: shared. Where a tax is raised, by its code of ISO 3166-1 or -2. Its rates add to those of the place it lies in or stand in for them; a bill is rounded as it says, for the reason in rule_source.';
CREATE INDEX jurisdiction_parent_code ON tax.jurisdiction USING btree (parent_code);
GRANT SELECT ON TABLE tax.jurisdiction TO comptoir_app;
GRANT SELECT ON TABLE tax.jurisdiction TO comptoir_read;

CREATE TABLE tax.local_jurisdiction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  parent_code text NOT NULL,
  adds_to_parent boolean NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT local_jurisdiction_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT local_jurisdiction_code_key UNIQUE (tenant_id, code),
  CONSTRAINT local_jurisdiction_kind_known CHECK (kind = ANY (ARRAY['territory'::text, 'state'::text, 'province'::text, 'county'::text, 'city'::text, 'special'::text]))
);
COMMENT ON TABLE tax.local_jurisdiction IS 'class: tenant. A place of the tenant''s own inside another, such as a county, a city or a district of a US state.';
ALTER TABLE tax.local_jurisdiction ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.local_jurisdiction FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE tax.local_jurisdiction TO comptoir_app;
GRANT SELECT ON TABLE tax.local_jurisdiction TO comptoir_read;

CREATE TABLE tax.rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  jurisdiction_code text NOT NULL,
  class_id uuid NOT NULL,
  valid daterange NOT NULL,
  name text NOT NULL,
  rate numeric(19,6) NOT NULL,
  compound boolean NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT rate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rate_valid_key EXCLUDE USING gist (tenant_id WITH =, jurisdiction_code WITH =, class_id WITH =, valid WITH &&) WHERE (deleted_at IS NULL),
  CONSTRAINT rate_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT rate_in_percent CHECK (rate >= 0::numeric AND rate <= 100::numeric),
  CONSTRAINT rate_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES tax.class(tenant_id, id)
);
COMMENT ON TABLE tax.rate IS 'class: tenant. A rate of the tenant''s own in percent; on its days it stands in for the reference. Once begun it is only ended; before, it may be taken back, and is then without effect.';
CREATE INDEX rate_class_id ON tax.rate USING btree (tenant_id, class_id);
ALTER TABLE tax.rate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.rate FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER rate_keeps_the_past BEFORE UPDATE ON tax.rate FOR EACH ROW EXECUTE FUNCTION tax.keep_the_past();
GRANT INSERT, SELECT, UPDATE ON TABLE tax.rate TO comptoir_app;
GRANT SELECT ON TABLE tax.rate TO comptoir_read;

CREATE TABLE tax.reference_rate (
  jurisdiction_code text NOT NULL,
  name text NOT NULL,
  valid daterange NOT NULL,
  tax text NOT NULL,
  rate numeric(19,6) NOT NULL,
  source text NOT NULL,
  note text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT reference_rate_pkey PRIMARY KEY (jurisdiction_code, name, valid WITHOUT OVERLAPS),
  CONSTRAINT reference_rate_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT reference_rate_in_percent CHECK (rate >= 0::numeric AND rate <= 100::numeric),
  CONSTRAINT reference_rate_name_is_a_word CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'::text),
  CONSTRAINT reference_rate_jurisdiction_code_fkey FOREIGN KEY (jurisdiction_code) REFERENCES tax.jurisdiction(code)
);
COMMENT ON TABLE tax.reference_rate IS 'class: shared. Rates in percent that are known for all tenants, with the days on which they are in force; the tax none says that a place raises none.';
GRANT SELECT ON TABLE tax.reference_rate TO comptoir_app;
GRANT SELECT ON TABLE tax.reference_rate TO comptoir_read;

CREATE OR REPLACE FUNCTION tax.keep_the_past()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_today date := (transaction_timestamp() AT TIME ZONE 'Etc/GMT-14')::date;
BEGIN
  IF lower(OLD.valid) <= v_today AND
     ((NEW.jurisdiction_code, NEW.class_id, NEW.name, NEW.rate, NEW.compound, lower(NEW.valid), NEW.deleted_at)
        IS DISTINCT FROM
      (OLD.jurisdiction_code, OLD.class_id, OLD.name, OLD.rate, OLD.compound, lower(OLD.valid), OLD.deleted_at)
      OR NEW.valid * daterange(NULL, v_today, '[]') IS DISTINCT FROM OLD.valid * daterange(NULL, v_today, '[]')) THEN
    RAISE EXCEPTION 'the past of a rate is not rewritten' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION tax.keep_the_past() IS 'A rate that has begun anywhere stays, and keeps all but the end of its period, which is not before today.';

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
  region_id uuid,
  CONSTRAINT branch_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT branch_code_key UNIQUE (tenant_id, code),
  CONSTRAINT branch_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT branch_region_id_fkey FOREIGN KEY (tenant_id, region_id) REFERENCES tenants.region(tenant_id, id)
);
COMMENT ON TABLE tenants.branch IS 'class: tenant. A place; its time zone decides its business day.';
CREATE INDEX branch_entity_id ON tenants.branch USING btree (tenant_id, entity_id);
CREATE INDEX branch_region_id ON tenants.branch USING btree (tenant_id, region_id);
ALTER TABLE tenants.branch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.branch FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.branch TO comptoir_app;
GRANT SELECT ON TABLE tenants.branch TO comptoir_read;

CREATE TABLE tenants.counter (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  last_number bigint NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT counter_pkey PRIMARY KEY (tenant_id, name)
);
COMMENT ON TABLE tenants.counter IS 'class: tenant. The number that the last document of a kind was given; its row is locked from then to the commit, so none is skipped.';
ALTER TABLE tenants.counter ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.counter FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE tenants.counter TO comptoir_app;
GRANT SELECT ON TABLE tenants.counter TO comptoir_read;

CREATE TABLE tenants.directory (
  kind text NOT NULL,
  key text NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT directory_pkey PRIMARY KEY (kind, key, tenant_id),
  CONSTRAINT directory_kind_known CHECK (kind = ANY (ARRAY['tenant'::text, 'user'::text, 'api_key'::text, 'domain'::text, 'invitation'::text, 'device'::text]))
);
COMMENT ON TABLE tenants.directory IS 'class: local. Answers what must be known before a tenant is set. Ids and hashes only; reached through functions.';
CREATE UNIQUE INDEX directory_domain_key ON tenants.directory USING btree (key) WHERE kind = 'domain'::text;

CREATE TABLE tenants.employee (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid,
  display_name text NOT NULL,
  status text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  is_scoped boolean DEFAULT false NOT NULL,
  invited_email text,
  department text,
  default_entity_id uuid,
  preferred_currency text,
  preferred_locale text,
  CONSTRAINT employee_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_invited_email_key UNIQUE (tenant_id, invited_email),
  CONSTRAINT employee_user_id_key EXCLUDE USING btree (tenant_id WITH =, user_id WITH =) WHERE (deleted_at IS NULL),
  CONSTRAINT employee_address_is_of_the_invited CHECK ((status = 'invited'::text) = (invited_email IS NOT NULL)),
  CONSTRAINT employee_ended_is_deleted CHECK ((status = 'ended'::text) = (deleted_at IS NOT NULL)),
  CONSTRAINT employee_invited_has_no_user CHECK (status = 'ended'::text OR (status = 'invited'::text) = (user_id IS NULL)),
  CONSTRAINT employee_status_known CHECK (status = ANY (ARRAY['invited'::text, 'active'::text, 'suspended'::text, 'ended'::text])),
  CONSTRAINT employee_default_entity_id_fkey FOREIGN KEY (tenant_id, default_entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT employee_preferred_currency_fkey FOREIGN KEY (preferred_currency) REFERENCES reference.currency(code),
  CONSTRAINT employee_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.employee IS 'class: tenant. The place of one person in one tenant; invited until they accept it, ended when they leave. Who comes back has a new one.';
COMMENT ON COLUMN tenants.employee.display_name IS 'personal';
COMMENT ON COLUMN tenants.employee.invited_email IS 'personal';
CREATE INDEX employee_default_entity_id ON tenants.employee USING btree (tenant_id, default_entity_id);
CREATE INDEX employee_preferred_currency ON tenants.employee USING btree (preferred_currency);
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

CREATE TABLE tenants.employee_scope (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  entity_id uuid,
  region_id uuid,
  branch_id uuid,
  valid tstzrange NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT employee_scope_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_scope_branch_key UNIQUE (tenant_id, employee_id, branch_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_entity_key UNIQUE (tenant_id, employee_id, entity_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_region_key UNIQUE (tenant_id, employee_id, region_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_names_one CHECK (num_nonnulls(entity_id, region_id, branch_id) = 1),
  CONSTRAINT employee_scope_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT employee_scope_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT employee_scope_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT employee_scope_region_id_fkey FOREIGN KEY (tenant_id, region_id) REFERENCES tenants.region(tenant_id, id)
);
COMMENT ON TABLE tenants.employee_scope IS 'class: tenant. The legal entities, regions and branches that an employee is confined to, and when; taking one away ends its period.';
CREATE INDEX employee_scope_branch_id ON tenants.employee_scope USING btree (tenant_id, branch_id);
CREATE INDEX employee_scope_employee_id ON tenants.employee_scope USING btree (tenant_id, employee_id);
CREATE INDEX employee_scope_entity_id ON tenants.employee_scope USING btree (tenant_id, entity_id);
CREATE INDEX employee_scope_region_id ON tenants.employee_scope USING btree (tenant_id, region_id);
ALTER TABLE tenants.employee_scope ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.employee_scope FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.employee_scope TO comptoir_app;
GRANT SELECT ON TABLE tenants.employee_scope TO comptoir_read;

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
  address text,
  is_active boolean DEFAULT true NOT NULL,
  CONSTRAINT entity_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT entity_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'::text),
  CONSTRAINT entity_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'::text),
  CONSTRAINT entity_country_fkey FOREIGN KEY (country) REFERENCES reference.country(code),
  CONSTRAINT entity_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT entity_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.entity IS 'class: tenant. A legal person that keeps books in one currency.';
CREATE INDEX entity_country ON tenants.entity USING btree (country);
CREATE INDEX entity_currency ON tenants.entity USING btree (currency);
ALTER TABLE tenants.entity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.entity FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.entity TO comptoir_app;
GRANT SELECT ON TABLE tenants.entity TO comptoir_read;

CREATE TABLE tenants.invitation (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  invited_by uuid NOT NULL,
  token_hash bytea NOT NULL,
  status text DEFAULT 'open'::text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT invitation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT invitation_token_hash_key UNIQUE (tenant_id, token_hash),
  CONSTRAINT invitation_status_known CHECK (status = ANY (ARRAY['open'::text, 'accepted'::text, 'replaced'::text, 'cancelled'::text])),
  CONSTRAINT invitation_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT invitation_invited_by_fkey FOREIGN KEY (tenant_id, invited_by) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE tenants.invitation IS 'class: tenant. A letter that invites somebody to a place: its one-time token, as a hash, and until when it opens.';
COMMENT ON COLUMN tenants.invitation.token_hash IS 'secret';
CREATE INDEX invitation_created_at ON tenants.invitation USING btree (tenant_id, created_at);
CREATE INDEX invitation_employee_id ON tenants.invitation USING btree (tenant_id, employee_id);
CREATE INDEX invitation_invited_by ON tenants.invitation USING btree (tenant_id, invited_by);
ALTER TABLE tenants.invitation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.invitation FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.invitation TO comptoir_app;

CREATE TABLE tenants.region (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT region_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT region_code_key UNIQUE (tenant_id, code),
  CONSTRAINT region_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.region IS 'class: tenant. Branches that somebody looks after together, of one legal entity or of several.';
ALTER TABLE tenants.region ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.region FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.region TO comptoir_app;
GRANT SELECT ON TABLE tenants.region TO comptoir_read;

CREATE TABLE tenants.role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  permissions text[] NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  preset text,
  made_from text,
  CONSTRAINT role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT role_name_key EXCLUDE USING btree (tenant_id WITH =, casefold(name COLLATE pg_unicode_fast) WITH =),
  CONSTRAINT role_follows_what_it_was_made_from CHECK (preset IS NULL OR made_from IS NOT NULL AND preset = made_from),
  CONSTRAINT role_has_one_source CHECK (preset IS NULL OR permissions = '{}'::text[]),
  CONSTRAINT role_made_from_fkey FOREIGN KEY (made_from) REFERENCES tenants.role_preset(name),
  CONSTRAINT role_preset_fkey FOREIGN KEY (preset) REFERENCES tenants.role_preset(name),
  CONSTRAINT role_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.role IS 'class: tenant. A named set of permissions; * grants all of them, later modules included.';
CREATE INDEX role_follows ON tenants.role USING btree (preset);
CREATE INDEX role_made_from ON tenants.role USING btree (made_from);
ALTER TABLE tenants.role ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.role FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.role TO comptoir_app;
GRANT SELECT ON TABLE tenants.role TO comptoir_read;

CREATE TABLE tenants.role_preset (
  name text NOT NULL,
  business_types text[] NOT NULL,
  permissions text[] NOT NULL,
  "position" integer NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT role_preset_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE tenants.role_preset IS 'class: shared. The ready-made roles of this version, loaded from code at every start, and the business types that begin with them.';
GRANT SELECT ON TABLE tenants.role_preset TO comptoir_app;
GRANT SELECT ON TABLE tenants.role_preset TO comptoir_read;

CREATE TABLE tenants.session_tenant (
  session_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  employee_id uuid,
  device_id uuid,
  branch_id uuid,
  CONSTRAINT session_tenant_pkey PRIMARY KEY (session_id),
  CONSTRAINT session_tenant_of_a_cashier_is_whole CHECK (num_nulls(employee_id, device_id, branch_id) = ANY (ARRAY[0, 3]))
);
COMMENT ON TABLE tenants.session_tenant IS 'class: local. The tenant in which a session works when a request names none. That of a cashier works nowhere else, at one device in its branch; a device has one at a time. Ids only; reached through functions.';
CREATE UNIQUE INDEX session_tenant_device_id ON tenants.session_tenant USING btree (tenant_id, device_id) WHERE device_id IS NOT NULL;
CREATE INDEX session_tenant_employee_id ON tenants.session_tenant USING btree (tenant_id, employee_id) WHERE employee_id IS NOT NULL;

CREATE TABLE tenants.tenant (
  tenant_id uuid NOT NULL,
  legal_name text NOT NULL,
  locale text NOT NULL,
  time_zone text NOT NULL,
  cash_variance_threshold numeric(19,4) DEFAULT 50 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  business_type text DEFAULT 'retail'::text NOT NULL,
  domain text,
  features text[] DEFAULT '{ledger,tax}'::text[] NOT NULL,
  retention_financial_years integer DEFAULT 10 NOT NULL,
  retention_audit_years integer DEFAULT 10 NOT NULL,
  anonymisation_days integer DEFAULT 365 NOT NULL,
  CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT tenant_business_type_known CHECK (business_type = ANY (ARRAY['pharmacy'::text, 'retail'::text, 'restaurant'::text, 'service'::text, 'wholesale'::text, 'manufacturing'::text])),
  CONSTRAINT tenant_cash_variance_threshold_not_negative CHECK (cash_variance_threshold >= 0::numeric),
  CONSTRAINT tenant_domain_is_ascii CHECK (domain ~ '^[a-z0-9.-]{1,253}$'::text),
  CONSTRAINT tenant_is_not_the_platform CHECK (tenant_id <> '00000000-0000-0000-0000-000000000000'::uuid),
  CONSTRAINT tenant_retention_in_bounds CHECK (retention_financial_years >= 1 AND retention_financial_years <= 100 AND retention_audit_years >= 1 AND retention_audit_years <= 100 AND anonymisation_days >= 30 AND anonymisation_days <= 3650)
);
COMMENT ON TABLE tenants.tenant IS 'class: tenant. One isolated customer of the installation: a pharmacy, a chain, a marketplace operator.';
ALTER TABLE tenants.tenant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.tenant FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.tenant TO comptoir_app;
GRANT SELECT ON TABLE tenants.tenant TO comptoir_read;

CREATE TABLE tenants.till_pin (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  hash text,
  failures integer DEFAULT 0 NOT NULL,
  locked_until timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  lockouts integer DEFAULT 0 NOT NULL,
  verifier text,
  CONSTRAINT till_pin_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT till_pin_employee_id_key UNIQUE (tenant_id, employee_id),
  CONSTRAINT till_pin_verifier_is_of_a_pin CHECK (verifier IS NULL OR hash IS NOT NULL),
  CONSTRAINT till_pin_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE tenants.till_pin IS 'class: tenant. The PIN of an employee at shared tills, as an argon2id hash, null once cleared, the tries that failed since the last good one, and what a device without a server knows it by, sealed; null until it is set or right again.';
COMMENT ON COLUMN tenants.till_pin.hash IS 'secret';
COMMENT ON COLUMN tenants.till_pin.verifier IS 'secret';
ALTER TABLE tenants.till_pin ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.till_pin FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.till_pin TO comptoir_app;

CREATE VIEW tenants.read_branch WITH (security_invoker=true) AS
 SELECT b.tenant_id,
    b.id,
    b.entity_id,
    b.time_zone,
    e.currency
   FROM tenants.branch b
     JOIN tenants.entity e ON e.tenant_id = b.tenant_id AND e.id = b.entity_id
  WHERE b.deleted_at IS NULL;
COMMENT ON VIEW tenants.read_branch IS 'Published for reports about branches: legal entity, its currency, time zone.';
GRANT SELECT ON TABLE tenants.read_branch TO comptoir_app;
GRANT SELECT ON TABLE tenants.read_branch TO comptoir_read;

CREATE VIEW tenants.read_place WITH (security_invoker=true) AS
 SELECT b.tenant_id,
    b.id,
    b.entity_id,
    b.code,
    b.name,
    b.time_zone,
    e.currency
   FROM tenants.branch b
     JOIN tenants.entity e ON e.tenant_id = b.tenant_id AND e.id = b.entity_id;
COMMENT ON VIEW tenants.read_place IS 'Published for reports about documents: every branch, closed ones too, with its name and calendar.';
GRANT SELECT ON TABLE tenants.read_place TO comptoir_app;
GRANT SELECT ON TABLE tenants.read_place TO comptoir_read;

CREATE OR REPLACE FUNCTION tenants.all_tenants()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'tenant' ORDER BY d.tenant_id $function$;
GRANT EXECUTE ON FUNCTION tenants.all_tenants() TO comptoir_jobs;

CREATE OR REPLACE FUNCTION tenants.authenticate(p_session_token text, p_api_key_hash bytea, p_tenant uuid)
 RETURNS TABLE(user_id uuid, session_id uuid, api_key_id uuid, device_id uuid, tenant_id uuid, employee_id uuid, permissions text[], features text[], is_stale boolean, is_scoped boolean, entity_ids uuid[], region_ids uuid[], branch_ids uuid[])
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now timestamptz := transaction_timestamp();
  v_user uuid;
  v_session uuid;
  v_used_at timestamptz;
  v_kind text;
  v_at tenants.session_tenant;
  v_asked uuid;
  v_key tenants.api_key;
  v_tenant uuid;
  v_employee uuid;
  v_permissions text[];
  v_features text[];
  v_scoped boolean;
  v_entities uuid[];
  v_regions uuid[];
  v_branches uuid[];
  v_kinds integer;
BEGIN
  IF p_session_token IS NOT NULL THEN
    SELECT s.user_id, s.id, s.used_at, s.kind INTO v_user, v_session, v_used_at, v_kind
    FROM identity.read_session s
    WHERE s.token_hash = encode(sha256(convert_to(p_session_token, 'UTF8')), 'hex') AND s.expires_at > v_now;
    IF NOT FOUND THEN
      RETURN;
    END IF;
    SELECT s.* INTO v_at FROM tenants.session_tenant s WHERE s.session_id = v_session;
    IF (v_kind = 'cashier') <> (v_at.device_id IS NOT NULL) THEN
      RETURN;
    END IF;
    v_asked := CASE WHEN v_at.device_id IS NULL THEN coalesce(p_tenant, v_at.tenant_id) ELSE v_at.tenant_id END;
    SELECT CASE WHEN v_asked IS NOT NULL OR count(*) = 1 THEN (array_agg(d.tenant_id))[1] END INTO v_tenant
    FROM tenants.directory d WHERE d.kind = 'user' AND d.key = v_user::text AND (v_asked IS NULL OR d.tenant_id = v_asked);
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
    SELECT e.id, e.user_id, e.is_scoped, t.features INTO v_employee, v_user, v_scoped, v_features
    FROM tenants.employee e JOIN tenants.tenant t ON t.tenant_id = e.tenant_id
    WHERE e.tenant_id = v_tenant AND (e.id = v_key.employee_id OR (v_key.id IS NULL AND e.user_id = v_user))
      AND e.status = 'active' AND e.deleted_at IS NULL;
    IF FOUND THEN
      SELECT coalesce(array_agg(DISTINCT p.permission), '{}') INTO v_permissions
      FROM tenants.employee_role er
      JOIN tenants.role r ON r.tenant_id = er.tenant_id AND r.id = er.role_id AND r.deleted_at IS NULL
      LEFT JOIN tenants.role_preset d ON d.name = r.preset
      CROSS JOIN unnest(coalesce(d.permissions, r.permissions)) AS p (permission)
      WHERE er.tenant_id = v_tenant AND er.employee_id = v_employee AND er.valid @> v_now;
      IF v_key.id IS NOT NULL AND NOT v_key.permissions @> '{*}' THEN
        v_permissions := array(
          SELECT k.permission FROM unnest(v_key.permissions) AS k (permission)
          WHERE v_permissions @> '{*}' OR k.permission = ANY (v_permissions));
      END IF;
      IF v_scoped THEN
        SELECT coalesce(array_agg(s.entity_id) FILTER (WHERE s.entity_id IS NOT NULL), '{}'),
               coalesce(array_agg(s.region_id) FILTER (WHERE s.region_id IS NOT NULL), '{}'),
               coalesce(array_agg(s.branch_id) FILTER (WHERE s.branch_id IS NOT NULL), '{}')
        INTO v_entities, v_regions, v_branches
        FROM tenants.employee_scope s
        WHERE s.tenant_id = v_tenant AND s.employee_id = v_employee AND s.valid @> v_now;
        -- Each by its index, and only where there is something to look for: an OR would read every branch.
        v_kinds := (v_entities <> '{}')::integer + (v_regions <> '{}')::integer + (v_branches <> '{}')::integer;
        IF v_branches <> '{}' THEN
          v_branches := array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.id = ANY (v_branches) AND b.deleted_at IS NULL);
        END IF;
        IF v_entities <> '{}' THEN
          v_entities := array(
            SELECT n.id FROM tenants.entity n WHERE n.tenant_id = v_tenant AND n.id = ANY (v_entities) AND n.deleted_at IS NULL);
          v_branches := v_branches || array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.entity_id = ANY (v_entities) AND b.deleted_at IS NULL);
        END IF;
        IF v_regions <> '{}' THEN
          v_regions := array(
            SELECT g.id FROM tenants.region g WHERE g.tenant_id = v_tenant AND g.id = ANY (v_regions) AND g.deleted_at IS NULL);
          v_branches := v_branches || array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.region_id = ANY (v_regions) AND b.deleted_at IS NULL);
        END IF;
        IF v_kinds > 1 THEN
          v_branches := array(SELECT DISTINCT b.id FROM unnest(v_branches) AS b (id));
        END IF;
      END IF;
      IF v_at.device_id IS NOT NULL THEN
        IF v_employee <> v_at.employee_id OR (v_scoped AND NOT v_at.branch_id = ANY (v_branches)) THEN
          RETURN;
        END IF;
        v_scoped := true;
        v_entities := '{}';
        v_regions := '{}';
        v_branches := array(
          SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.id = v_at.branch_id AND b.deleted_at IS NULL);
      END IF;
    ELSIF v_key.id IS NOT NULL OR v_at.device_id IS NOT NULL THEN
      RETURN;
    ELSE
      SELECT s.user_id INTO v_user FROM identity.read_session s WHERE s.id = v_session;
      v_tenant := NULL;
    END IF;
  END IF;

  IF v_tenant IS NULL AND v_at.device_id IS NOT NULL THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT v_user, v_session, v_key.id, v_at.device_id, v_tenant, v_employee, coalesce(v_permissions, '{}'),
                      coalesce(v_features, '{}'), coalesce(v_used_at < v_now - interval '5 minutes', false),
                      coalesce(v_scoped, false), v_entities, v_regions, v_branches;
END
$function$;
COMMENT ON FUNCTION tenants.authenticate(text,bytea,uuid) IS 'sets the tenant itself: it runs before one is known, and shows a caller nothing but what their credential opens.';
GRANT EXECUTE ON FUNCTION tenants.authenticate(text,bytea,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.claim_domain(p_tenant uuid, p_domain text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.directory (kind, key, tenant_id) VALUES ('domain', p_domain, p_tenant) ON CONFLICT DO NOTHING;
  RETURN EXISTS (
    SELECT FROM tenants.directory d WHERE d.kind = 'domain' AND d.key = p_domain AND d.tenant_id = p_tenant);
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.claim_domain(uuid,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.end_cashier_sessions(p_tenant uuid, p_employee uuid, p_device uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_ended uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  WITH ended AS (
    DELETE FROM tenants.session_tenant s WHERE s.tenant_id = p_tenant AND (s.employee_id = p_employee OR s.device_id = p_device)
    RETURNING s.session_id)
  SELECT array_agg(e.session_id) INTO v_ended FROM ended e;
  PERFORM identity.end_cashier_sessions(v_ended);
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.end_cashier_sessions(uuid,uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.forget_ended_sessions(p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count integer;
BEGIN
  DELETE FROM tenants.session_tenant t WHERE t.session_id = ANY (array(
    SELECT old.session_id FROM tenants.session_tenant old
    WHERE NOT EXISTS (SELECT FROM identity.read_session s WHERE s.id = old.session_id AND s.expires_at > transaction_timestamp())
    LIMIT p_limit));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.forget_ended_sessions(integer) TO comptoir_jobs;

CREATE OR REPLACE FUNCTION tenants.next_number(p_tenant uuid, p_name text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_number bigint;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.counter AS c (tenant_id, name, last_number) VALUES (p_tenant, p_name, 1)
  ON CONFLICT (tenant_id, name) DO UPDATE
  SET last_number = c.last_number + 1, version = c.version + 1, updated_at = transaction_timestamp()
  RETURNING last_number INTO v_number;
  RETURN v_number;
END
$function$;
COMMENT ON FUNCTION tenants.next_number(uuid,text) IS 'The only writer of counters.';
GRANT EXECUTE ON FUNCTION tenants.next_number(uuid,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.open_cashier_session(p_tenant uuid, p_session jsonb)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_user uuid;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  -- Held, so that whoever suspends them comes before or after.
  SELECT e.user_id INTO v_user FROM tenants.employee e
  WHERE e.tenant_id = p_tenant AND e.id = (p_session ->> 'employee_id')::uuid AND e.status = 'active' AND e.deleted_at IS NULL
  FOR SHARE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM tenants.end_cashier_sessions(p_tenant, NULL, (p_session ->> 'device_id')::uuid);
  PERFORM identity.open_cashier_session(p_session || jsonb_build_object('user_id', v_user));
  INSERT INTO tenants.session_tenant (session_id, tenant_id, employee_id, device_id, branch_id)
  SELECT s.id, p_tenant, s.employee_id, s.device_id, s.branch_id
  FROM jsonb_to_record(p_session) AS s (id uuid, employee_id uuid, device_id uuid, branch_id uuid);
  RETURN v_user;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.open_cashier_session(uuid,jsonb) TO comptoir_app;

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

CREATE OR REPLACE FUNCTION tenants.switch_session(p_tenant uuid, p_session uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.session_tenant (session_id, tenant_id) VALUES (p_session, p_tenant)
  ON CONFLICT (session_id) DO UPDATE SET tenant_id = excluded.tenant_id, updated_at = transaction_timestamp()
  WHERE session_tenant.device_id IS NULL;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.switch_session(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.tenant_of_device(p_device uuid)
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'device' AND d.key = p_device::text $function$;
GRANT EXECUTE ON FUNCTION tenants.tenant_of_device(uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.tenant_of_invitation(p_token_hash bytea)
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'invitation' AND d.key = encode(p_token_hash, 'hex') $function$;
GRANT EXECUTE ON FUNCTION tenants.tenant_of_invitation(bytea) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.tenants_of_user(p_user uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'user' AND d.key = p_user::text ORDER BY d.tenant_id $function$;
GRANT EXECUTE ON FUNCTION tenants.tenants_of_user(uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.touch_session(p_session_token text, p_till_days integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_session uuid;
BEGIN
  SELECT s.id INTO v_session FROM identity.read_session s
  WHERE s.token_hash = encode(sha256(convert_to(p_session_token, 'UTF8')), 'hex') AND s.expires_at > transaction_timestamp();
  IF FOUND THEN
    PERFORM identity.touch_session(v_session, transaction_timestamp(), p_till_days);
  END IF;
END
$function$;
COMMENT ON FUNCTION tenants.touch_session(text,integer) IS 'changes nothing but the session whose token is shown.';
GRANT EXECUTE ON FUNCTION tenants.touch_session(text,integer) TO comptoir_app;

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

CREATE SCHEMA tickets AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA tickets TO comptoir_app;
GRANT USAGE ON SCHEMA tickets TO comptoir_read;

CREATE TABLE tickets.step (
  tenant_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  register_id uuid,
  reason text,
  total numeric(19,4),
  sale_id uuid,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, ticket_id, number),
  CONSTRAINT step_action_known CHECK (action = ANY (ARRAY['park'::text, 'change'::text, 'take'::text, 'put_back'::text, 'sell'::text, 'discard'::text])),
  CONSTRAINT step_discard_has_a_reason CHECK (action <> 'discard'::text OR reason IS NOT NULL),
  CONSTRAINT step_sell_has_a_sale CHECK ((action = 'sell'::text) = (sale_id IS NOT NULL)),
  CONSTRAINT step_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT step_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT step_ticket_id_fkey FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets.ticket(tenant_id, id)
);
COMMENT ON TABLE tickets.step IS 'class: tenant, append-only. Who parked, changed, took, put back, sold or discarded a ticket, when, at which register and why; total is what it came to then.';
CREATE INDEX step_register_id ON tickets.step USING btree (tenant_id, register_id);
CREATE INDEX step_sale_id ON tickets.step USING btree (tenant_id, sale_id);
ALTER TABLE tickets.step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tickets.step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON tickets.step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE tickets.step TO comptoir_app;
GRANT SELECT ON TABLE tickets.step TO comptoir_read;
REVOKE TRUNCATE ON TABLE tickets.step FROM comptoir_owner;

CREATE TABLE tickets.ticket (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  branch_id uuid NOT NULL,
  label text,
  customer_id uuid,
  channel_id uuid,
  total numeric(19,4),
  names jsonb NOT NULL,
  lines jsonb NOT NULL,
  discount jsonb,
  discount_reason text,
  state text DEFAULT 'open'::text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT ticket_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT ticket_number_key UNIQUE (tenant_id, number),
  CONSTRAINT ticket_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array'::text AND jsonb_typeof(names) = 'array'::text),
  CONSTRAINT ticket_state_known CHECK (state = ANY (ARRAY['open'::text, 'taken'::text, 'sold'::text, 'discarded'::text])),
  CONSTRAINT ticket_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT ticket_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT ticket_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE tickets.ticket IS 'class: tenant. A basket that waits at a branch, with lines as a checkout takes them, what each is called in names, and the total that the till showed; state is what the last row of tickets.step made it.';
COMMENT ON COLUMN tickets.ticket.label IS 'personal';
COMMENT ON COLUMN tickets.ticket.lines IS 'personal';
CREATE INDEX ticket_branch_id ON tickets.ticket USING btree (tenant_id, branch_id, state, number);
CREATE INDEX ticket_channel_id ON tickets.ticket USING btree (tenant_id, channel_id);
CREATE INDEX ticket_customer_id ON tickets.ticket USING btree (tenant_id, customer_id);
ALTER TABLE tickets.ticket ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tickets.ticket FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE tickets.ticket TO comptoir_app;
GRANT SELECT ON TABLE tickets.ticket TO comptoir_read;

CREATE VIEW tickets.read_waiting WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    created_at
   FROM tickets.ticket t
  WHERE state = 'open'::text;
COMMENT ON VIEW tickets.read_waiting IS 'Published: tickets that are parked and not taken up.';
GRANT SELECT ON TABLE tickets.read_waiting TO comptoir_app;
GRANT SELECT ON TABLE tickets.read_waiting TO comptoir_read;

CREATE OR REPLACE FUNCTION tickets.forget_customer(p_tenant uuid, p_customer uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE tickets.ticket t SET
    label = NULL,
    lines = (SELECT jsonb_agg(l.value - 'prescription' ORDER BY l.position) FROM jsonb_array_elements(t.lines) WITH ORDINALITY AS l (value, position)),
    version = t.version + 1,
    updated_at = transaction_timestamp()
  WHERE t.tenant_id = p_tenant AND t.customer_id = p_customer;
END
$function$;
COMMENT ON FUNCTION tickets.forget_customer(uuid,uuid) IS 'Empties what is personal of the tickets of a customer.';
GRANT EXECUTE ON FUNCTION tickets.forget_customer(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tickets.hold(p_tenant uuid, p_ticket uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = p_ticket FOR NO KEY UPDATE;
END
$function$;
COMMENT ON FUNCTION tickets.hold(uuid,uuid) IS 'Holds a ticket: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION tickets.hold(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tickets.record(p_tenant uuid, p_steps jsonb)
 RETURNS TABLE(code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
  v_content record;
  v_state text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM tickets.ticket t
  WHERE t.tenant_id = p_tenant AND t.id IN (SELECT (s.value ->> 'id')::uuid FROM jsonb_array_elements(p_steps) s)
  ORDER BY t.id FOR NO KEY UPDATE;

  FOR v_step IN
    SELECT s.* FROM ROWS FROM (jsonb_to_recordset(p_steps)
      AS (id uuid, action text, register_id uuid, reason text, sale_id uuid, actor_id uuid, content jsonb)) WITH ORDINALITY AS s
      (id, action, register_id, reason, sale_id, actor_id, content, position)
    ORDER BY s.position
  LOOP
    SELECT c.* INTO v_content FROM jsonb_to_record(v_step.content) AS c (
      number bigint, branch_id uuid, label text, customer_id uuid, channel_id uuid, total numeric(19, 4), names jsonb, lines jsonb,
      discount jsonb, discount_reason text);
    IF v_step.action = 'park' THEN
      INSERT INTO tickets.ticket (tenant_id, id, number, branch_id, label, customer_id, channel_id, total, names, lines, discount, discount_reason)
      VALUES (p_tenant, v_step.id, v_content.number, v_content.branch_id, v_content.label, v_content.customer_id, v_content.channel_id,
              v_content.total, v_content.names, v_content.lines, v_content.discount, v_content.discount_reason);
    ELSE
      SELECT t.state INTO v_state FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
      code := CASE
        WHEN v_state IS NULL THEN 'ticket_not_found'
        WHEN v_state = 'discarded' THEN 'ticket_discarded'
        WHEN v_state = 'sold' THEN 'ticket_sold'
        WHEN v_step.action = 'take' AND v_state = 'taken' THEN 'ticket_taken'
        WHEN v_step.action = 'put_back' AND v_state = 'open' THEN 'ticket_not_taken'
      END;
      IF code IS NOT NULL THEN
        RETURN NEXT;
        CONTINUE;
      END IF;
      UPDATE tickets.ticket t SET
        state = CASE v_step.action WHEN 'take' THEN 'taken' WHEN 'discard' THEN 'discarded' WHEN 'sell' THEN 'sold' ELSE 'open' END,
        label = CASE WHEN v_content.lines IS NULL THEN t.label ELSE v_content.label END,
        customer_id = CASE WHEN v_content.lines IS NULL THEN t.customer_id ELSE v_content.customer_id END,
        channel_id = CASE WHEN v_content.lines IS NULL THEN t.channel_id ELSE v_content.channel_id END,
        total = CASE WHEN v_content.lines IS NULL THEN t.total ELSE v_content.total END,
        names = coalesce(v_content.names, t.names),
        lines = coalesce(v_content.lines, t.lines),
        discount = CASE WHEN v_content.lines IS NULL THEN t.discount ELSE v_content.discount END,
        discount_reason = CASE WHEN v_content.lines IS NULL THEN t.discount_reason ELSE v_content.discount_reason END,
        version = t.version + 1,
        updated_at = v_now
      WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
    END IF;
    INSERT INTO tickets.step (tenant_id, ticket_id, number, action, register_id, reason, total, sale_id, actor_id, recorded_at)
    SELECT p_tenant, t.id, t.version, v_step.action, v_step.register_id, v_step.reason, t.total, v_step.sale_id, v_step.actor_id, v_now
    FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
    code := NULL;
    RETURN NEXT;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION tickets.record(uuid,jsonb) IS 'The only writer of tickets and what was done with them.';
GRANT EXECUTE ON FUNCTION tickets.record(uuid,jsonb) TO comptoir_app;

CREATE SCHEMA transfers AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA transfers TO comptoir_app;
GRANT USAGE ON SCHEMA transfers TO comptoir_read;

CREATE TABLE transfers.line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  "position" integer NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  name text NOT NULL,
  sku text,
  quantity numeric(19,6) NOT NULL,
  given_quantity numeric(19,6) NOT NULL,
  pack_id uuid,
  unit_id uuid,
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT line_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT line_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT line_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack(tenant_id, id),
  CONSTRAINT line_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer(tenant_id, id),
  CONSTRAINT line_unit_id_fkey FOREIGN KEY (tenant_id, unit_id) REFERENCES catalog.unit(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE transfers.line IS 'class: tenant. What is to go, and what it was called when the line was made; without a batch, what expires first. quantity is in the unit of the product, given_quantity in the pack or unit it was asked for in.';
CREATE INDEX line_batch_id ON transfers.line USING btree (tenant_id, batch_id);
CREATE INDEX line_pack_id ON transfers.line USING btree (tenant_id, pack_id);
CREATE INDEX line_transfer_id ON transfers.line USING btree (tenant_id, transfer_id, "position");
CREATE INDEX line_unit_id ON transfers.line USING btree (tenant_id, unit_id);
CREATE INDEX line_variant_id ON transfers.line USING btree (tenant_id, variant_id);
ALTER TABLE transfers.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE transfers.line TO comptoir_app;
GRANT SELECT ON TABLE transfers.line TO comptoir_read;
GRANT UPDATE (deleted_at, version, updated_at) ON TABLE transfers.line TO comptoir_app;

CREATE TABLE transfers.outcome (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  step_id uuid NOT NULL,
  part_id uuid NOT NULL,
  kind text NOT NULL,
  quantity numeric(19,6) NOT NULL,
  value numeric(19,4) NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT outcome_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT outcome_damaged_is_on_the_way CHECK (kind <> 'damaged'::text OR value = 0::numeric),
  CONSTRAINT outcome_kind_known CHECK (kind = ANY (ARRAY['arrived'::text, 'damaged'::text, 'written_off'::text, 'taken_back'::text])),
  CONSTRAINT outcome_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT outcome_part_id_fkey FOREIGN KEY (tenant_id, part_id) REFERENCES transfers.part(tenant_id, id),
  CONSTRAINT outcome_step_id_fkey FOREIGN KEY (tenant_id, step_id) REFERENCES transfers.step(tenant_id, id)
);
COMMENT ON TABLE transfers.outcome IS 'class: tenant, append-only. What became of a part, with the value that left the way with it. Damaged is what was seen: the goods stay on the way until they are written off or taken back.';
CREATE INDEX outcome_part_id ON transfers.outcome USING btree (tenant_id, part_id);
CREATE INDEX outcome_step_id ON transfers.outcome USING btree (tenant_id, step_id);
ALTER TABLE transfers.outcome ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.outcome FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON transfers.outcome FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE transfers.outcome TO comptoir_app;
GRANT SELECT ON TABLE transfers.outcome TO comptoir_read;
REVOKE TRUNCATE ON TABLE transfers.outcome FROM comptoir_owner;

CREATE TABLE transfers.part (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  line_id uuid NOT NULL,
  "position" integer NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  quantity numeric(19,6) NOT NULL,
  value numeric(19,4) NOT NULL,
  open_quantity numeric(19,6) NOT NULL,
  open_value numeric(19,4) NOT NULL,
  damaged_quantity numeric(19,6) DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT part_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT part_damaged_is_open CHECK (damaged_quantity >= 0::numeric AND damaged_quantity <= open_quantity),
  CONSTRAINT part_nothing_open_is_worth_nothing CHECK (open_quantity > 0::numeric OR open_value = 0::numeric),
  CONSTRAINT part_open_is_of_it CHECK (open_quantity >= 0::numeric AND open_quantity <= quantity AND open_value >= 0::numeric AND open_value <= value),
  CONSTRAINT part_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT part_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT part_line_id_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES transfers.line(tenant_id, id),
  CONSTRAINT part_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer(tenant_id, id),
  CONSTRAINT part_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE transfers.part IS 'class: tenant. What left of a line in one batch, or in none, and at which value; open is what is still on the way, and what of it came damaged. Written only by transfers.record.';
CREATE INDEX part_batch_id ON transfers.part USING btree (tenant_id, batch_id);
CREATE INDEX part_line_id ON transfers.part USING btree (tenant_id, line_id);
CREATE INDEX part_open ON transfers.part USING btree (tenant_id, variant_id) WHERE open_quantity > 0::numeric;
CREATE INDEX part_transfer_id ON transfers.part USING btree (tenant_id, transfer_id);
CREATE INDEX part_variant_id ON transfers.part USING btree (tenant_id, variant_id);
ALTER TABLE transfers.part ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.part FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE transfers.part TO comptoir_app;
GRANT SELECT ON TABLE transfers.part TO comptoir_read;

CREATE TABLE transfers.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  state text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, transfer_id, number),
  CONSTRAINT step_action_known CHECK (action = ANY (ARRAY['dispatch'::text, 'receive'::text, 'write_off'::text, 'take_back'::text, 'cancel'::text])),
  CONSTRAINT step_state_known CHECK (state = ANY (ARRAY['in_transit'::text, 'short'::text, 'completed'::text, 'cancelled'::text])),
  CONSTRAINT step_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer(tenant_id, id)
);
COMMENT ON TABLE transfers.step IS 'class: tenant, append-only. Who moved a transfer on, when and why, and the state since. Its id is that of the posting in the stock, or of the journal of a loss.';
ALTER TABLE transfers.step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON transfers.step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE transfers.step TO comptoir_app;
GRANT SELECT ON TABLE transfers.step TO comptoir_read;
REVOKE TRUNCATE ON TABLE transfers.step FROM comptoir_owner;

CREATE TABLE transfers.transfer (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  entity_id uuid NOT NULL,
  currency text NOT NULL,
  from_branch_id uuid NOT NULL,
  to_branch_id uuid NOT NULL,
  state text DEFAULT 'pending'::text NOT NULL,
  notes text,
  expected_on date,
  requested_by uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT transfer_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT transfer_number_key UNIQUE (tenant_id, number),
  CONSTRAINT transfer_between_two_branches CHECK (from_branch_id <> to_branch_id),
  CONSTRAINT transfer_state_known CHECK (state = ANY (ARRAY['pending'::text, 'in_transit'::text, 'short'::text, 'completed'::text, 'cancelled'::text])),
  CONSTRAINT transfer_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT transfer_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT transfer_from_branch_id_fkey FOREIGN KEY (tenant_id, from_branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT transfer_to_branch_id_fkey FOREIGN KEY (tenant_id, to_branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE transfers.transfer IS 'class: tenant. Goods that go from one branch of a legal entity to another, valued in its currency; state is what the last row of transfers.step says. Its row is locked before the stock that a step moves.';
COMMENT ON COLUMN transfers.transfer.notes IS 'personal';
CREATE INDEX transfer_currency ON transfers.transfer USING btree (currency);
CREATE INDEX transfer_entity_id ON transfers.transfer USING btree (tenant_id, entity_id);
CREATE INDEX transfer_from_branch_id ON transfers.transfer USING btree (tenant_id, from_branch_id, number);
CREATE INDEX transfer_state ON transfers.transfer USING btree (tenant_id, state, number);
CREATE INDEX transfer_to_branch_id ON transfers.transfer USING btree (tenant_id, to_branch_id, number);
ALTER TABLE transfers.transfer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.transfer FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE transfers.transfer TO comptoir_app;
GRANT SELECT ON TABLE transfers.transfer TO comptoir_read;
GRANT INSERT (tenant_id, id, number, entity_id, currency, from_branch_id, to_branch_id, notes, expected_on, requested_by), UPDATE (to_branch_id, notes, expected_on, version, updated_at) ON TABLE transfers.transfer TO comptoir_app;

CREATE VIEW transfers.read_in_transit WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.transfer_id,
    t.entity_id,
    t.currency,
    t.from_branch_id,
    t.to_branch_id,
    t.expected_on,
    p.variant_id,
    p.batch_id,
    p.open_quantity AS quantity,
    p.open_value AS value
   FROM transfers.part p
     JOIN transfers.transfer t ON t.tenant_id = p.tenant_id AND t.id = p.transfer_id
  WHERE p.open_quantity > 0::numeric;
COMMENT ON VIEW transfers.read_in_transit IS 'What is on its way, by transfer, variant and batch. Its value is what the account of transfers in transit holds.';
GRANT SELECT ON TABLE transfers.read_in_transit TO comptoir_app;
GRANT SELECT ON TABLE transfers.read_in_transit TO comptoir_read;

CREATE OR REPLACE FUNCTION transfers.record(p_tenant uuid, p_steps jsonb)
 RETURNS TABLE(version integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
  v_version integer;
  v_is_beyond boolean;
  v_open numeric;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM transfers.transfer t
  WHERE t.tenant_id = p_tenant AND t.id IN (SELECT (s.value ->> 'transfer_id')::uuid FROM jsonb_array_elements(p_steps) s)
  ORDER BY t.id FOR NO KEY UPDATE;
  FOR v_step IN
    SELECT s.* FROM ROWS FROM (jsonb_to_recordset(p_steps) AS (
             id uuid, transfer_id uuid, version integer, action text, state text, reason text, actor_id uuid, parts jsonb, outcomes jsonb))
           WITH ORDINALITY AS s (id, transfer_id, version, action, state, reason, actor_id, parts, outcomes, position)
    ORDER BY s.position
  LOOP
    SELECT t.version INTO v_version FROM transfers.transfer t WHERE t.tenant_id = p_tenant AND t.id = v_step.transfer_id;
    SELECT coalesce(bool_or(p.id IS NULL OR o.gone + o.damaged > p.open_quantity), false),
           (SELECT coalesce(sum(q.open_quantity), 0) FROM transfers.part q
            WHERE q.tenant_id = p_tenant AND q.transfer_id = v_step.transfer_id) - coalesce(sum(o.gone), 0)
    INTO v_is_beyond, v_open
    FROM (
      SELECT o.part_id, coalesce(sum(o.quantity) FILTER (WHERE o.kind <> 'damaged'), 0) AS gone,
             coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'damaged'), 0) AS damaged
      FROM jsonb_to_recordset(v_step.outcomes) AS o (part_id uuid, kind text, quantity numeric)
      GROUP BY o.part_id) o
    LEFT JOIN transfers.part p ON p.tenant_id = p_tenant AND p.id = o.part_id AND p.transfer_id = v_step.transfer_id;
    v_code := CASE
      WHEN v_version IS NULL THEN 'transfer_not_found'
      WHEN EXISTS (SELECT FROM transfers.step o WHERE o.tenant_id = p_tenant AND o.id = v_step.id) THEN 'already_exists'
      WHEN v_version <> v_step.version THEN 'version_conflict'
      WHEN v_is_beyond THEN 'transfer_over_receipt'
      WHEN v_step.state IN ('completed', 'cancelled') AND v_open > 0 THEN 'transfer_not_settled'
    END;
    IF v_code IS NOT NULL THEN
      RETURN QUERY SELECT NULL::integer, v_code;
      CONTINUE;
    END IF;

    INSERT INTO transfers.step (tenant_id, id, transfer_id, number, action, state, reason, actor_id, recorded_at)
    SELECT p_tenant, v_step.id, v_step.transfer_id, count(*) + 1, v_step.action, v_step.state, v_step.reason, v_step.actor_id, v_now
    FROM transfers.step o WHERE o.tenant_id = p_tenant AND o.transfer_id = v_step.transfer_id;
    INSERT INTO transfers.part (tenant_id, id, transfer_id, line_id, position, variant_id, batch_id, quantity, value, open_quantity, open_value)
    SELECT p_tenant, p.id, v_step.transfer_id, p.line_id, p.position, p.variant_id, p.batch_id, p.quantity, p.value, p.quantity, p.value
    FROM ROWS FROM (jsonb_to_recordset(v_step.parts) AS (
           id uuid, line_id uuid, variant_id uuid, batch_id uuid, quantity numeric, value numeric))
         WITH ORDINALITY AS p (id, line_id, variant_id, batch_id, quantity, value, position);
    INSERT INTO transfers.outcome (tenant_id, id, step_id, part_id, kind, quantity, value, recorded_at)
    SELECT p_tenant, o.id, v_step.id, o.part_id, o.kind, o.quantity, o.value, v_now
    FROM jsonb_to_recordset(v_step.outcomes) AS o (id uuid, part_id uuid, kind text, quantity numeric, value numeric);

    UPDATE transfers.part p
    SET open_quantity = p.open_quantity - o.gone, open_value = p.open_value - o.value,
        damaged_quantity = least(p.damaged_quantity + o.damaged, p.open_quantity - o.gone), version = p.version + 1, updated_at = v_now
    FROM (
      SELECT o.part_id, coalesce(sum(o.quantity) FILTER (WHERE o.kind <> 'damaged'), 0) AS gone, sum(o.value) AS value,
             coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'damaged'), 0) AS damaged
      FROM jsonb_to_recordset(v_step.outcomes) AS o (part_id uuid, kind text, quantity numeric, value numeric)
      GROUP BY o.part_id) o
    WHERE p.tenant_id = p_tenant AND p.id = o.part_id;
    UPDATE transfers.transfer t SET state = v_step.state, version = t.version + 1, updated_at = v_now
    WHERE t.tenant_id = p_tenant AND t.id = v_step.transfer_id;
    RETURN QUERY SELECT v_version + 1, NULL::text;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION transfers.record(uuid,jsonb) IS 'The only way transfers move on, and the only writer of what became of their goods.';
GRANT EXECUTE ON FUNCTION transfers.record(uuid,jsonb) TO comptoir_app;
