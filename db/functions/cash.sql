-- Locks sessions until the end of the transaction, in the order of their ids: shared by those who sell and move cash, alone by who
-- moves them on. The first of all locks, before stock, accounts, registers and the audit chain. Sessions that there are not are
-- left out.
CREATE OR REPLACE FUNCTION cash.hold(p_tenant uuid, p_sessions uuid[], p_alone boolean)
RETURNS TABLE (id uuid, number bigint, register_id uuid, branch_id uuid, entity_id uuid, currency text, status text, late_of uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION cash.hold(uuid, uuid[], boolean) IS 'Holds sessions: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION cash.hold(uuid, uuid[], boolean) TO comptoir_app;

-- Opens a session. Takes {id, step_id, register_id, branch_id, entity_id, currency, late_of, float_amount, is_blind,
-- variance_threshold, pay_out_limit, actor_id, opened_at}: opened_at is now unless given, as by a device that opened it offline, and
-- never later; returns its number. A second open session of a register violates session_open_key.
CREATE OR REPLACE FUNCTION cash.open(p_tenant uuid, p_session jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION cash.open(uuid, jsonb) IS 'The only way a session begins.';
GRANT EXECUTE ON FUNCTION cash.open(uuid, jsonb) TO comptoir_app;

-- The late session that takes what comes after a session has ended: the one that is open, or a new one. Takes {session_id, id,
-- step_id, actor_id}; returns its id, and whether it was opened now. Holds the session that it is late for, then the late one, shared.
-- No row: there is no such session, or it is open itself.
CREATE OR REPLACE FUNCTION cash.open_late(p_tenant uuid, p_late jsonb) RETURNS TABLE (id uuid, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION cash.open_late(uuid, jsonb) IS 'The only way a late session begins.';
GRANT EXECUTE ON FUNCTION cash.open_late(uuid, jsonb) TO comptoir_app;

-- Records cash that came into a drawer or left it. Takes {id, session_id, kind, amount, against, reason, actor_id}; the session is
-- held, shared at least.
CREATE OR REPLACE FUNCTION cash.record_movement(p_tenant uuid, p_movement jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO cash.movement (tenant_id, id, session_id, kind, amount, against, reason, actor_id, recorded_at)
  SELECT p_tenant, m.id, m.session_id, m.kind, m.amount, m.against, m.reason, m.actor_id, transaction_timestamp()
  FROM jsonb_to_record(p_movement) AS m (id uuid, session_id uuid, kind text, amount numeric, against text, reason text, actor_id uuid);
END
$$;
COMMENT ON FUNCTION cash.record_movement(uuid, jsonb) IS 'The only writer of movements of cash.';
GRANT EXECUTE ON FUNCTION cash.record_movement(uuid, jsonb) TO comptoir_app;

-- Records a count. Takes {id, session_id, notes, actor_id, lines: [{tender_kind, expected, counted, denominations}, …]}; the session
-- is held alone.
CREATE OR REPLACE FUNCTION cash.record_count(p_tenant uuid, p_count jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION cash.record_count(uuid, jsonb) IS 'The only writer of what was counted of a session.';
GRANT EXECUTE ON FUNCTION cash.record_count(uuid, jsonb) TO comptoir_app;

-- Moves a session on. Takes {id, session_id, version, action, reason, amount_impact, detail, journal_id, actor_id, status,
-- reconciliation, offline_transaction_count}; the session is held alone. Raises where it is not at that version, or where somebody
-- explains or approves what they counted or opened themselves.
CREATE OR REPLACE FUNCTION cash.move_on(p_tenant uuid, p_step jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION cash.move_on(uuid, jsonb) IS 'The only way a session changes its status.';
GRANT EXECUTE ON FUNCTION cash.move_on(uuid, jsonb) TO comptoir_app;

-- Records cash that came into the safe of a branch or left it. Takes {id, branch_id, kind, amount, against, reason, actor_id}.
CREATE OR REPLACE FUNCTION cash.record_safe_movement(p_tenant uuid, p_movement jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO cash.safe_movement (tenant_id, id, branch_id, kind, amount, against, reason, actor_id, recorded_at)
  SELECT p_tenant, m.id, m.branch_id, m.kind, m.amount, m.against, m.reason, m.actor_id, transaction_timestamp()
  FROM jsonb_to_record(p_movement) AS m (id uuid, branch_id uuid, kind text, amount numeric, against text, reason text, actor_id uuid);
END
$$;
COMMENT ON FUNCTION cash.record_safe_movement(uuid, jsonb) IS 'The only writer of movements of safes.';
GRANT EXECUTE ON FUNCTION cash.record_safe_movement(uuid, jsonb) TO comptoir_app;
