-- Up Migration

-- When to order how much: stock policies and alerts. Beside them the views through which other modules read stock.

CREATE VIEW tenants.read_branch WITH (security_invoker = true) AS
  SELECT b.tenant_id, b.id, b.entity_id, b.time_zone, e.currency
  FROM tenants.branch b JOIN tenants.entity e ON e.tenant_id = b.tenant_id AND e.id = b.entity_id
  WHERE b.deleted_at IS NULL;
COMMENT ON VIEW tenants.read_branch IS 'Published for reports about branches: legal entity, its currency, time zone.';

CREATE VIEW catalog.read_variant WITH (security_invoker = true) AS
  SELECT v.tenant_id, v.id, v.product_id, v.sku, p.name, p.category_id, p.is_discontinued, u.code AS unit, u.decimals,
         v.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL AS is_deleted
  FROM catalog.variant v
  JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
  JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id;
COMMENT ON VIEW catalog.read_variant IS 'Published for reports about goods: product, category, unit of a variant, deleted ones included: there may be stock of them.';

CREATE VIEW catalog.read_pack WITH (security_invoker = true) AS
  SELECT k.tenant_id, k.id, k.variant_id, k.quantity FROM catalog.pack k WHERE k.deleted_at IS NULL;
COMMENT ON VIEW catalog.read_pack IS 'Published for what is ordered by the pack.';

CREATE VIEW parties.read_supplier WITH (security_invoker = true) AS
  SELECT r.tenant_id, r.party_id AS id, max(r.lead_time_days) AS lead_time_days
  FROM parties.party_role r JOIN parties.party p ON p.tenant_id = r.tenant_id AND p.id = r.party_id
  WHERE r.role IN ('supplier', 'vendor') AND r.ended_at IS NULL AND p.deleted_at IS NULL
  GROUP BY r.tenant_id, r.party_id;
COMMENT ON VIEW parties.read_supplier IS 'Published for what is ordered: who sells to the tenant, and in how many days.';

CREATE VIEW inventory.read_stock WITH (security_invoker = true) AS
  SELECT c.tenant_id, c.branch_id, c.variant_id, c.quantity AS on_hand, l.reserved, c.quantity - l.reserved AS available, c.created_at
  FROM inventory.cost c CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.reserved), 0) AS reserved FROM inventory.level l
    WHERE l.tenant_id = c.tenant_id AND l.branch_id = c.branch_id AND l.variant_id = c.variant_id) l
  WHERE c.version > 0;
COMMENT ON VIEW inventory.read_stock IS 'Published: what a branch has of a variant in all batches. Its key is that of inventory.cost.';

CREATE VIEW inventory.read_cost WITH (security_invoker = true) AS
  SELECT c.tenant_id, c.branch_id, c.variant_id, c.quantity, c.value FROM inventory.cost c WHERE c.version > 0;
COMMENT ON VIEW inventory.read_cost IS 'Published: of which variants a branch ever had stock, and what it is worth, in the order of the key of inventory.cost.';

CREATE VIEW inventory.read_batch_stock WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.id AS level_id, l.branch_id, l.variant_id, l.batch_id, l.on_hand, l.available, b.number, b.expires_on, b.is_blocked
  FROM inventory.level l LEFT JOIN inventory.batch b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id;
COMMENT ON VIEW inventory.read_batch_stock IS 'Published: what a branch has of a variant in one batch, or in none.';

CREATE VIEW inventory.read_movement WITH (security_invoker = true) AS
  SELECT m.tenant_id, m.branch_id, m.variant_id, m.batch_id, m.level_id, p.kind, m.quantity, m.value, m.effective_on, m.recorded_at
  FROM inventory.movement m LEFT JOIN inventory.posting p ON p.tenant_id = m.tenant_id AND p.id = m.posting_id;
COMMENT ON VIEW inventory.read_movement IS 'Published: what came and went, on which day it counts, and why. Who does not ask why does not read the posting. effective_on is at most a day after recorded_at.';

GRANT SELECT ON tenants.read_branch, catalog.read_variant, catalog.read_pack, parties.read_supplier, inventory.read_stock,
  inventory.read_cost,  inventory.read_batch_stock, inventory.read_movement
  TO comptoir_app, comptoir_read;

CREATE SCHEMA replenishment;
GRANT USAGE ON SCHEMA replenishment TO comptoir_app, comptoir_read;

CREATE TABLE replenishment.policy (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid,
  variant_id uuid,
  branch_key uuid NOT NULL GENERATED ALWAYS AS (coalesce(branch_id, tenant_id)) STORED,
  variant_key uuid NOT NULL GENERATED ALWAYS AS (coalesce(variant_id, tenant_id)) STORED,
  valid daterange NOT NULL,
  minimum_stock numeric(19, 6),
  maximum_stock numeric(19, 6),
  reorder_point numeric(19, 6),
  reorder_quantity numeric(19, 6),
  safety_stock numeric(19, 6),
  economic_order_quantity numeric(19, 6),
  service_level numeric(9, 4),
  supplier_id uuid,
  pack_id uuid,
  lead_time_days numeric(9, 2),
  lead_time_deviation_days numeric(9, 2),
  review_period_days numeric(9, 2),
  target_days_of_supply numeric(9, 2),
  order_cost numeric(19, 6),
  storage_cost_monthly numeric(19, 6),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT policy_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT policy_valid_key UNIQUE (tenant_id, branch_key, variant_key, valid WITHOUT OVERLAPS),
  CONSTRAINT policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant (tenant_id),
  CONSTRAINT policy_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT policy_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT policy_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT policy_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack (tenant_id, id),
  CONSTRAINT policy_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT policy_not_negative CHECK (
    minimum_stock >= 0 AND maximum_stock >= 0 AND reorder_point >= 0 AND safety_stock >= 0 AND lead_time_days >= 0
    AND lead_time_deviation_days >= 0 AND review_period_days >= 0 AND target_days_of_supply >= 0 AND order_cost >= 0
    AND storage_cost_monthly >= 0),
  CONSTRAINT policy_orders_something CHECK (reorder_quantity > 0 AND economic_order_quantity > 0),
  CONSTRAINT policy_service_level_in_range CHECK (service_level BETWEEN 50 AND 99.9999),
  CONSTRAINT policy_pack_of_a_variant CHECK (pack_id IS NULL OR variant_id IS NOT NULL)
);
COMMENT ON TABLE replenishment.policy IS
  'class: tenant. What is wanted of stock on some days: of a variant in a branch, of either, or of everything; what is empty is left to the wider one. branch_key and variant_key are the tenant where these are empty, so that a key can hold them.';
CREATE INDEX policy_branch_id ON replenishment.policy (tenant_id, branch_id, variant_id);
CREATE INDEX policy_variant_id ON replenishment.policy (tenant_id, variant_id);
CREATE INDEX policy_supplier_id ON replenishment.policy (tenant_id, supplier_id);
CREATE INDEX policy_pack_id ON replenishment.policy (tenant_id, pack_id);

CREATE TABLE replenishment.alert (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  open_key text,
  horizon_days integer NOT NULL DEFAULT 0,
  quantity numeric(19, 6) NOT NULL,
  threshold numeric(19, 6),
  expires_on date,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  note text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT alert_open_key UNIQUE (tenant_id, open_key),
  CONSTRAINT alert_key_while_open CHECK ((open_key IS NULL) = (closed_at IS NOT NULL)),
  CONSTRAINT alert_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT alert_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT alert_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id),
  CONSTRAINT alert_acknowledged_by_fkey FOREIGN KEY (tenant_id, acknowledged_by) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT alert_kind_known CHECK (kind IN ('low', 'out', 'negative', 'expiring', 'expired')),
  CONSTRAINT alert_of_a_batch CHECK (kind NOT IN ('expiring', 'expired') OR batch_id IS NOT NULL),
  CONSTRAINT alert_horizon_of_expiring CHECK ((kind = 'expiring') = (horizon_days > 0)),
  CONSTRAINT alert_acknowledged_by_someone CHECK (acknowledged_at IS NULL OR acknowledged_by IS NOT NULL)
);
COMMENT ON TABLE replenishment.alert IS
  'class: tenant. Something about stock that somebody should look at, from when it was seen until it was over; open ones are there once, by open_key, which says what they are about. quantity and threshold are those of when it was opened.';
COMMENT ON COLUMN replenishment.alert.note IS 'personal';
CREATE INDEX alert_open ON replenishment.alert (tenant_id, id) WHERE closed_at IS NULL;
CREATE INDEX alert_branch_id ON replenishment.alert (tenant_id, branch_id, id);
CREATE INDEX alert_open_of_branch ON replenishment.alert (tenant_id, branch_id, kind) WHERE closed_at IS NULL;
CREATE INDEX alert_variant_id ON replenishment.alert (tenant_id, variant_id);
CREATE INDEX alert_batch_id ON replenishment.alert (tenant_id, batch_id);
CREATE INDEX alert_acknowledged_by ON replenishment.alert (tenant_id, acknowledged_by);

CREATE TABLE replenishment.alert_refresh (
  tenant_id uuid NOT NULL,
  refreshed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_refresh_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT alert_refresh_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant (tenant_id)
);
COMMENT ON TABLE replenishment.alert_refresh IS
  'class: tenant. When alerts were last opened and closed; its row is locked while they are, so that this happens once at a time.';

CALL platform.isolate('replenishment.policy');
CALL platform.isolate('replenishment.alert');
CALL platform.isolate('replenishment.alert_refresh');

GRANT SELECT, INSERT, UPDATE ON replenishment.policy, replenishment.alert_refresh TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (open_key, closed_at, acknowledged_at, acknowledged_by, note, version, updated_at) ON replenishment.alert TO comptoir_app;
GRANT SELECT ON ALL TABLES IN SCHEMA replenishment TO comptoir_read;

-- Down Migration

DROP SCHEMA replenishment CASCADE;
DROP VIEW inventory.read_movement, inventory.read_batch_stock, inventory.read_cost, inventory.read_stock;
DROP VIEW parties.read_supplier, catalog.read_pack, catalog.read_variant, tenants.read_branch;
