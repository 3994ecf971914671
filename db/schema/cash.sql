-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

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
