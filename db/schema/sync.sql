-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

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
