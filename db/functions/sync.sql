-- Records what became of slips that devices sealed, and moves their registers on. Takes pushes, [{register_id, branch_id, device_id,
-- employee_id, from_sequence, last_sequence, head_hash, notes, slips, exceptions, resolutions, statements}, …]: from_sequence is where the
-- receipts of the register stood when the slips were judged, up to last_sequence the caller may have moved it on, and there and at
-- head_hash, if one is given, it stands from now on, and so does the device; notes [{id, kind, subject_id, session_id, hash, made_at,
-- cashier_id, fault}, …]; slips [{id, session_id, sequence, number, previous_hash,
-- hash, text_hash, made_at, sale_id, fault, detail}, …], exceptions [{id, slip_id, note_id, sale_id, session_id, kind, line, detail}, …],
-- resolutions [{id, slip_id, outcome, reason}, …] of slips that were set aside and that are booked by now, statements [{id, session_id,
-- last_sequence, head_hash}, …], of which one that says what the last one said is left out. Hashes in hex. Returns one row a push, in
-- order: nothing, or register_moved when the register stands elsewhere by now; then nothing of that push is written. The sales are
-- recorded by the caller in the same transaction. Holds the registers, in the order of their ids, after sessions, stock and accounts;
-- the devices are held by the caller.
CREATE OR REPLACE FUNCTION sync.record(p_tenant uuid, p_pushes jsonb) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION sync.record(uuid, jsonb) IS 'The only writer of slips and notes, of their exceptions and of what devices state.';
GRANT EXECUTE ON FUNCTION sync.record(uuid, jsonb) TO comptoir_app;

-- Settles exceptions, or slips that were set aside. Takes [{id, exception_id, slip_id, outcome, reason, actor_id}, …]; a second one
-- of the same thing violates resolution_exception_id_key or resolution_slip_id_key.
CREATE OR REPLACE FUNCTION sync.resolve(p_tenant uuid, p_resolutions jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION sync.resolve(uuid, jsonb) IS 'The only writer of resolutions.';
GRANT EXECUTE ON FUNCTION sync.resolve(uuid, jsonb) TO comptoir_app;

-- Empties what devices noted about a customer, and what could not be done of it.
CREATE OR REPLACE FUNCTION sync.forget_customer(p_tenant uuid, p_customer uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE sync.kept_note k SET sealed = NULL, version = k.version + 1, updated_at = transaction_timestamp()
  FROM sync.note n
  WHERE n.tenant_id = p_tenant AND n.subject_id = p_customer AND k.tenant_id = p_tenant AND k.id = n.id AND k.sealed IS NOT NULL;
END
$$;
COMMENT ON FUNCTION sync.forget_customer(uuid, uuid) IS 'Empties what is personal of the notes about a customer.';
GRANT EXECUTE ON FUNCTION sync.forget_customer(uuid, uuid) TO comptoir_app;
