-- Up Migration

-- Who answers for the money of a register, from the float to the safe. What a session should hold is the balance of the
-- accounts that are kept for it in the books; here is who opened, moved, counted, explained and approved. Only the functions of
-- db/functions/cash.sql write here.

CREATE SCHEMA cash;
GRANT USAGE ON SCHEMA cash TO comptoir_app, comptoir_read;

CREATE TABLE cash.session (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  register_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  entity_id uuid NOT NULL,
  currency text NOT NULL,
  late_of uuid,
  float_amount numeric(19, 4) NOT NULL,
  is_blind boolean NOT NULL,
  variance_threshold numeric(19, 4) NOT NULL,
  pay_out_limit numeric(19, 4) NOT NULL,
  status text NOT NULL DEFAULT 'open',
  reconciliation text,
  offline_transaction_count integer,
  opened_by uuid,
  opened_at timestamptz NOT NULL,
  closed_by uuid,
  closed_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT session_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT session_number_key UNIQUE (tenant_id, number),
  CONSTRAINT session_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT session_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT session_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity (tenant_id, id),
  CONSTRAINT session_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT session_late_of_fkey FOREIGN KEY (tenant_id, late_of) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT session_status_known CHECK (status IN ('open', 'pending_reconciliation', 'closed')),
  CONSTRAINT session_reconciliation_known CHECK (reconciliation IN ('draft', 'escalated', 'closed')),
  CONSTRAINT session_reconciled_once_it_ends CHECK ((status = 'open') = (reconciliation IS NULL) AND (status = 'closed') = (reconciliation IS NOT DISTINCT FROM 'closed')),
  CONSTRAINT session_closed_at_once_closed CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
  CONSTRAINT session_float_not_negative CHECK (float_amount >= 0 AND (late_of IS NULL OR float_amount = 0)),
  CONSTRAINT session_limits_not_negative CHECK (variance_threshold >= 0 AND pay_out_limit >= 0)
);
COMMENT ON TABLE cash.session IS
  'class: tenant. A register at work, from its float to its reconciliation; status is what the last row of cash.step made it. Who sells or moves cash shares its row, who moves it on holds it alone, before stock and accounts. A late session takes what was sold offline before the session of late_of ended. Whether it is counted blind, and its limits, are as they were set when it was opened: who works in it cannot move them.';
CREATE UNIQUE INDEX session_open_key ON cash.session (tenant_id, register_id) WHERE status = 'open' AND late_of IS NULL;
CREATE UNIQUE INDEX session_late_key ON cash.session (tenant_id, late_of) WHERE status = 'open' AND late_of IS NOT NULL;
CREATE INDEX session_register_id ON cash.session (tenant_id, register_id, number);
CREATE INDEX session_branch_id ON cash.session (tenant_id, branch_id, number);
CREATE INDEX session_entity_id ON cash.session (tenant_id, entity_id);
CREATE INDEX session_currency ON cash.session (currency);
CREATE INDEX session_late_of ON cash.session (tenant_id, late_of);

CREATE TABLE cash.movement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  kind text NOT NULL,
  amount numeric(19, 4) NOT NULL,
  against text NOT NULL,
  reason text NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT movement_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT movement_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT movement_kind_known CHECK (kind IN ('pay_in', 'pay_out', 'drop')),
  CONSTRAINT movement_amount_above_zero CHECK (amount > 0)
);
COMMENT ON TABLE cash.movement IS
  'class: tenant, append-only. Cash that came into a drawer or left it and was no sale; its journal has the same id.';
CREATE INDEX movement_session_id ON cash.movement (tenant_id, session_id, id);

CREATE TABLE cash.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  reason text,
  amount_impact numeric(19, 4),
  detail jsonb NOT NULL DEFAULT '{}',
  journal_id uuid,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, session_id, number),
  CONSTRAINT step_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT step_action_known CHECK (action IN ('open', 'close', 'count', 'escalation', 'recount', 'adjustment', 'transaction_fix', 'write_off', 'settle', 'approve')),
  CONSTRAINT step_explains_itself CHECK (reason IS NOT NULL OR action IN ('open', 'close', 'count', 'escalation', 'settle', 'approve'))
);
COMMENT ON TABLE cash.step IS
  'class: tenant, append-only. Who moved a session on or explained a variance, when and why; amount_impact is by how much the variance of the session changed, and detail what else belongs to the action.';

CREATE TABLE cash.count (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,
  notes text,
  actor_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT count_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT count_number_key UNIQUE (tenant_id, session_id, number),
  CONSTRAINT count_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id)
);
COMMENT ON TABLE cash.count IS 'class: tenant, append-only. A count of what a session has; the last one counts.';

CREATE TABLE cash.count_line (
  tenant_id uuid NOT NULL,
  count_id uuid NOT NULL,
  tender_kind text NOT NULL,
  expected numeric(19, 4) NOT NULL,
  counted numeric(19, 4) NOT NULL,
  denominations jsonb NOT NULL DEFAULT '[]',
  recorded_at timestamptz NOT NULL,
  CONSTRAINT count_line_pkey PRIMARY KEY (tenant_id, count_id, tender_kind),
  CONSTRAINT count_line_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES cash.count (tenant_id, id),
  CONSTRAINT count_line_cash_not_negative CHECK (counted >= 0 OR tender_kind <> 'cash'),
  CONSTRAINT count_line_denominations_are_a_list CHECK (jsonb_typeof(denominations) = 'array')
);
COMMENT ON TABLE cash.count_line IS
  'class: tenant, append-only. What was counted of one kind of tender, in which coins and notes, and what the books expected at that moment. What others pay out is below zero where more was given back than taken.';

CREATE TABLE cash.safe_movement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  kind text NOT NULL,
  amount numeric(19, 4) NOT NULL,
  against text NOT NULL,
  reason text NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT safe_movement_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT safe_movement_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT safe_movement_kind_known CHECK (kind IN ('put_in', 'take_out')),
  CONSTRAINT safe_movement_amount_above_zero CHECK (amount > 0)
);
COMMENT ON TABLE cash.safe_movement IS
  'class: tenant, append-only. Cash that came into the safe of a branch or left it, such as for the bank, beside what sessions bring and take; its journal has the same id.';
CREATE INDEX safe_movement_branch_id ON cash.safe_movement (tenant_id, branch_id, id);

CALL platform.isolate('cash.session');
CALL platform.isolate('cash.movement');
CALL platform.isolate('cash.safe_movement');
CALL platform.isolate('cash.step');
CALL platform.isolate('cash.count');
CALL platform.isolate('cash.count_line');
CALL platform.append_only('cash.movement');
CALL platform.append_only('cash.safe_movement');
CALL platform.append_only('cash.step');
CALL platform.append_only('cash.count');
CALL platform.append_only('cash.count_line');

GRANT SELECT ON ALL TABLES IN SCHEMA cash TO comptoir_app, comptoir_read;

-- The money of a session has accounts of its own.
ALTER TABLE ledger.account DROP CONSTRAINT account_holder_type_known;
ALTER TABLE ledger.account ADD CONSTRAINT account_holder_type_known CHECK (holder_type IN ('branch', 'session')) NOT VALID;
ALTER TABLE ledger.account VALIDATE CONSTRAINT account_holder_type_known;
CREATE INDEX account_holder_id ON ledger.account (tenant_id, holder_id) WHERE holder_id IS NOT NULL;

-- Down Migration

DROP INDEX ledger.account_holder_id;
ALTER TABLE ledger.account DROP CONSTRAINT account_holder_type_known;
ALTER TABLE ledger.account ADD CONSTRAINT account_holder_type_known CHECK (holder_type IN ('branch')) NOT VALID;
ALTER TABLE ledger.account VALIDATE CONSTRAINT account_holder_type_known;
DROP SCHEMA cash CASCADE;
