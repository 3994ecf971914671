-- Up Migration

-- Goods on their way from one branch of a legal entity to another: what was to go, what left in which batch and at which
-- value, and what became of it. Only transfers.record moves a transfer on.

CREATE SCHEMA transfers;
GRANT USAGE ON SCHEMA transfers TO comptoir_app, comptoir_read;

CREATE TABLE transfers.transfer (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  entity_id uuid NOT NULL,
  currency text NOT NULL,
  from_branch_id uuid NOT NULL,
  to_branch_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'pending',
  notes text,
  expected_on date,
  requested_by uuid,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT transfer_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT transfer_number_key UNIQUE (tenant_id, number),
  CONSTRAINT transfer_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity (tenant_id, id),
  CONSTRAINT transfer_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT transfer_from_branch_id_fkey FOREIGN KEY (tenant_id, from_branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT transfer_to_branch_id_fkey FOREIGN KEY (tenant_id, to_branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT transfer_between_two_branches CHECK (from_branch_id <> to_branch_id),
  CONSTRAINT transfer_state_known CHECK (state IN ('pending', 'in_transit', 'short', 'completed', 'cancelled'))
);
COMMENT ON TABLE transfers.transfer IS
  'class: tenant. Goods that go from one branch of a legal entity to another, valued in its currency; state is what the last row of transfers.step says. Its row is locked before the stock that a step moves.';
COMMENT ON COLUMN transfers.transfer.notes IS 'personal';
CREATE INDEX transfer_entity_id ON transfers.transfer (tenant_id, entity_id);
CREATE INDEX transfer_currency ON transfers.transfer (currency);
CREATE INDEX transfer_from_branch_id ON transfers.transfer (tenant_id, from_branch_id, number);
CREATE INDEX transfer_to_branch_id ON transfers.transfer (tenant_id, to_branch_id, number);
CREATE INDEX transfer_state ON transfers.transfer (tenant_id, state, number);

CREATE TABLE transfers.line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  position integer NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  name text NOT NULL,
  sku text,
  quantity numeric(19, 6) NOT NULL,
  given_quantity numeric(19, 6) NOT NULL,
  pack_id uuid,
  unit_id uuid,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT line_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer (tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT line_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id),
  CONSTRAINT line_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack (tenant_id, id),
  CONSTRAINT line_unit_id_fkey FOREIGN KEY (tenant_id, unit_id) REFERENCES catalog.unit (tenant_id, id),
  CONSTRAINT line_quantity_above_zero CHECK (quantity > 0)
);
COMMENT ON TABLE transfers.line IS
  'class: tenant. What is to go, and what it was called when the line was made; without a batch, what expires first. quantity is in the unit of the product, given_quantity in the pack or unit it was asked for in.';
CREATE INDEX line_transfer_id ON transfers.line (tenant_id, transfer_id, position);
CREATE INDEX line_variant_id ON transfers.line (tenant_id, variant_id);
CREATE INDEX line_batch_id ON transfers.line (tenant_id, batch_id);
CREATE INDEX line_pack_id ON transfers.line (tenant_id, pack_id);
CREATE INDEX line_unit_id ON transfers.line (tenant_id, unit_id);

CREATE TABLE transfers.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  state text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, transfer_id, number),
  CONSTRAINT step_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer (tenant_id, id),
  CONSTRAINT step_action_known CHECK (action IN ('dispatch', 'receive', 'write_off', 'take_back', 'cancel')),
  CONSTRAINT step_state_known CHECK (state IN ('in_transit', 'short', 'completed', 'cancelled'))
);
COMMENT ON TABLE transfers.step IS
  'class: tenant, append-only. Who moved a transfer on, when and why, and the state since. Its id is that of the posting in the stock, or of the journal of a loss.';

CREATE TABLE transfers.part (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  line_id uuid NOT NULL,
  position integer NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  quantity numeric(19, 6) NOT NULL,
  value numeric(19, 4) NOT NULL,
  open_quantity numeric(19, 6) NOT NULL,
  open_value numeric(19, 4) NOT NULL,
  damaged_quantity numeric(19, 6) NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT part_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT part_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer (tenant_id, id),
  CONSTRAINT part_line_id_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES transfers.line (tenant_id, id),
  CONSTRAINT part_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT part_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id),
  CONSTRAINT part_quantity_above_zero CHECK (quantity > 0),
  CONSTRAINT part_open_is_of_it CHECK (open_quantity BETWEEN 0 AND quantity AND open_value BETWEEN 0 AND value),
  CONSTRAINT part_nothing_open_is_worth_nothing CHECK (open_quantity > 0 OR open_value = 0),
  CONSTRAINT part_damaged_is_open CHECK (damaged_quantity BETWEEN 0 AND open_quantity)
);
COMMENT ON TABLE transfers.part IS
  'class: tenant. What left of a line in one batch, or in none, and at which value; open is what is still on the way, and what of it came damaged. Written only by transfers.record.';
CREATE INDEX part_transfer_id ON transfers.part (tenant_id, transfer_id);
CREATE INDEX part_line_id ON transfers.part (tenant_id, line_id);
CREATE INDEX part_variant_id ON transfers.part (tenant_id, variant_id);
CREATE INDEX part_batch_id ON transfers.part (tenant_id, batch_id);
CREATE INDEX part_open ON transfers.part (tenant_id, variant_id) WHERE open_quantity > 0;

CREATE TABLE transfers.outcome (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  step_id uuid NOT NULL,
  part_id uuid NOT NULL,
  kind text NOT NULL,
  quantity numeric(19, 6) NOT NULL,
  value numeric(19, 4) NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT outcome_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT outcome_step_id_fkey FOREIGN KEY (tenant_id, step_id) REFERENCES transfers.step (tenant_id, id),
  CONSTRAINT outcome_part_id_fkey FOREIGN KEY (tenant_id, part_id) REFERENCES transfers.part (tenant_id, id),
  CONSTRAINT outcome_kind_known CHECK (kind IN ('arrived', 'damaged', 'written_off', 'taken_back')),
  CONSTRAINT outcome_quantity_above_zero CHECK (quantity > 0),
  CONSTRAINT outcome_damaged_is_on_the_way CHECK (kind <> 'damaged' OR value = 0)
);
COMMENT ON TABLE transfers.outcome IS
  'class: tenant, append-only. What became of a part, with the value that left the way with it. Damaged is what was seen: the goods stay on the way until they are written off or taken back.';
CREATE INDEX outcome_step_id ON transfers.outcome (tenant_id, step_id);
CREATE INDEX outcome_part_id ON transfers.outcome (tenant_id, part_id);

CREATE VIEW transfers.read_in_transit WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.transfer_id, t.entity_id, t.currency, t.from_branch_id, t.to_branch_id, t.expected_on, p.variant_id, p.batch_id,
         p.open_quantity AS quantity, p.open_value AS value
  FROM transfers.part p JOIN transfers.transfer t ON t.tenant_id = p.tenant_id AND t.id = p.transfer_id
  WHERE p.open_quantity > 0;
COMMENT ON VIEW transfers.read_in_transit IS 'What is on its way, by transfer, variant and batch. Its value is what the account of transfers in transit holds.';

CALL platform.isolate('transfers.transfer');
CALL platform.isolate('transfers.line');
CALL platform.isolate('transfers.step');
CALL platform.isolate('transfers.part');
CALL platform.isolate('transfers.outcome');
CALL platform.append_only('transfers.step');
CALL platform.append_only('transfers.outcome');

GRANT SELECT, INSERT (tenant_id, id, number, entity_id, currency, from_branch_id, to_branch_id, notes, expected_on, requested_by),
  UPDATE (to_branch_id, notes, expected_on, version, updated_at) ON transfers.transfer TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (deleted_at, version, updated_at) ON transfers.line TO comptoir_app;
GRANT SELECT ON transfers.step, transfers.part, transfers.outcome, transfers.read_in_transit TO comptoir_app;
GRANT SELECT ON ALL TABLES IN SCHEMA transfers TO comptoir_read;

-- Down Migration

DROP SCHEMA transfers CASCADE;
