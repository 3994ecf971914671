-- Up Migration

-- What lies where: stock by branch, variant and batch, what it is worth, and every movement that made it so. Only
-- inventory.record and the functions beside it write stock and movements.

CREATE SCHEMA inventory;
GRANT USAGE ON SCHEMA inventory TO comptoir_app, comptoir_jobs, comptoir_read;

CREATE TABLE inventory.batch (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  number text NOT NULL,
  manufactured_on date,
  expires_on date,
  supplier_id uuid,
  unit_cost numeric(19, 6),
  is_blocked boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT batch_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT batch_number_key UNIQUE (tenant_id, variant_id, number),
  CONSTRAINT batch_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT batch_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT batch_expires_after_manufacture CHECK (expires_on >= manufactured_on),
  CONSTRAINT batch_cost_not_negative CHECK (unit_cost >= 0)
);
COMMENT ON TABLE inventory.batch IS
  'class: tenant. What was made together of a variant. expires_on is the last day on which it may be sold; is_blocked is what the last row of inventory.batch_block says.';
CREATE INDEX batch_supplier_id ON inventory.batch (tenant_id, supplier_id);
CREATE INDEX batch_expires_on ON inventory.batch (tenant_id, expires_on, id);

CREATE TABLE inventory.batch_block (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  batch_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  reason text NOT NULL,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT batch_block_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT batch_block_number_key UNIQUE (tenant_id, batch_id, number),
  CONSTRAINT batch_block_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id),
  CONSTRAINT batch_block_action_known CHECK (action IN ('block', 'release'))
);
COMMENT ON TABLE inventory.batch_block IS 'class: tenant, append-only. Who blocked or released a batch, when and why.';

CREATE TABLE inventory.level (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid NOT NULL GENERATED ALWAYS AS (coalesce(batch_id, variant_id)) STORED,
  on_hand numeric(19, 6) NOT NULL DEFAULT 0,
  reserved numeric(19, 6) NOT NULL DEFAULT 0,
  available numeric(19, 6) NOT NULL GENERATED ALWAYS AS (on_hand - reserved) STORED,
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT level_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT level_place_key UNIQUE (tenant_id, branch_id, variant_id, place),
  CONSTRAINT level_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT level_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT level_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id),
  CONSTRAINT level_reserved_not_negative CHECK (reserved >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE inventory.level IS
  'class: tenant. What lies in a branch of a variant in one batch, or in none; version counts its movements. place is the batch, or the variant where there is none, so that a key can hold it.';
CREATE INDEX level_variant_id ON inventory.level (tenant_id, variant_id);
CREATE INDEX level_batch_id ON inventory.level (tenant_id, batch_id);

CREATE TABLE inventory.cost (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  quantity numeric(19, 6) NOT NULL DEFAULT 0,
  value numeric(19, 4) NOT NULL DEFAULT 0,
  last_cost numeric(19, 6) NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cost_pkey PRIMARY KEY (tenant_id, branch_id, variant_id),
  CONSTRAINT cost_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT cost_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT cost_of_nothing_is_nothing CHECK (quantity <> 0 OR value = 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE inventory.cost IS
  'class: tenant. What a branch has of a variant in all batches and what that is worth in the currency of its legal entity; last_cost is what is sold below zero is valued at.';
CREATE INDEX cost_variant_id ON inventory.cost (tenant_id, variant_id);

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
  recorded_at timestamptz NOT NULL,
  CONSTRAINT posting_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT posting_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT posting_kind_known CHECK (kind IN (
    'receipt', 'sale', 'return', 'adjustment', 'write_off', 'count', 'dispatch', 'arrival', 'supplier_return', 'production'))
);
COMMENT ON TABLE inventory.posting IS
  'class: tenant, append-only. Movements that were recorded together, and the document they stand for. Its id is what makes a repetition a repetition: the table of movements is partitioned and cannot.';
CREATE INDEX posting_document_id ON inventory.posting (tenant_id, document_id);
CREATE INDEX posting_party_id ON inventory.posting (tenant_id, party_id);

CREATE TABLE inventory.movement (
  tenant_id uuid NOT NULL,
  level_id uuid NOT NULL,
  level_version bigint NOT NULL,
  posting_id uuid NOT NULL,
  line integer NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  quantity numeric(19, 6) NOT NULL,
  previous_quantity numeric(19, 6) NOT NULL,
  running_quantity numeric(19, 6) NOT NULL,
  unit_cost numeric(19, 6) NOT NULL,
  value numeric(19, 4) NOT NULL,
  effective_on date NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT movement_pkey PRIMARY KEY (tenant_id, level_id, level_version, recorded_at),
  CONSTRAINT movement_quantity_not_zero CHECK (quantity <> 0),
  CONSTRAINT movement_quantity_runs CHECK (running_quantity = previous_quantity + quantity)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE inventory.movement IS
  'class: tenant, append-only. What came or went. level_version counts the movements of its level in the order they were recorded; value is what the stock gained. No foreign keys, as in the ledger: docs/decisions/0015.';
CREATE INDEX movement_posting_id ON inventory.movement (tenant_id, posting_id);
CREATE INDEX movement_batch_id ON inventory.movement (tenant_id, batch_id, recorded_at);
CREATE INDEX movement_variant_id ON inventory.movement (tenant_id, branch_id, variant_id, effective_on);

CALL platform.isolate('inventory.batch');
CALL platform.isolate('inventory.batch_block');
CALL platform.isolate('inventory.level');
CALL platform.isolate('inventory.cost');
CALL platform.isolate('inventory.posting');
CALL platform.isolate('inventory.movement');
CALL platform.append_only('inventory.batch_block');
CALL platform.append_only('inventory.posting');
CALL platform.append_only('inventory.movement');

GRANT SELECT,
  INSERT (tenant_id, id, variant_id, number, manufactured_on, expires_on, supplier_id, unit_cost),
  UPDATE (number, manufactured_on, expires_on, supplier_id, version, updated_at)
  ON inventory.batch TO comptoir_app;
GRANT SELECT ON inventory.batch_block, inventory.level, inventory.cost, inventory.posting, inventory.movement TO comptoir_app;
GRANT SELECT ON ALL TABLES IN SCHEMA inventory TO comptoir_read;

-- Down Migration

DROP SCHEMA inventory CASCADE;
