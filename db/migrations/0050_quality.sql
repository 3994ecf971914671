-- Up Migration

-- Rules about the data of a tenant, their runs, and the rows that are kept out because of them. What is judged is read
-- through views of those it belongs to.

CREATE SCHEMA quality;
GRANT USAGE ON SCHEMA quality TO comptoir_app, comptoir_read;

CREATE VIEW catalog.read_checked_product WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.id::text AS key, p.name AS label, p.id, p.name, p.kind, p.category_id, u.code AS unit, p.hsn_code,
         p.is_expiry_tracked, p.is_prescription_only, p.is_sellable, p.is_discontinued, p.created_at
  FROM catalog.product p JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
  WHERE p.deleted_at IS NULL;
COMMENT ON VIEW catalog.read_checked_product IS 'Published: what rules of quality judge of a product.';

CREATE VIEW catalog.read_checked_variant WITH (security_invoker = true) AS
  SELECT v.tenant_id, v.id::text AS key, concat_ws(' ', p.name, v.sku) AS label, v.id, v.product_id, p.name, p.kind, v.sku,
         (SELECT min(b.code) FROM catalog.barcode b WHERE b.tenant_id = v.tenant_id AND b.variant_id = v.id AND b.deleted_at IS NULL) AS barcode,
         v.cost, v.cost_currency, v.weight_kg, v.allows_negative_stock, p.is_expiry_tracked, p.is_sellable, p.is_discontinued, v.created_at
  FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
  WHERE v.deleted_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW catalog.read_checked_variant IS 'Published: what rules of quality judge of a variant.';

CREATE VIEW pricing.read_checked_price WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.id::text AS key, concat_ws(' ', l.code, v.label) AS label, p.id, l.code AS price_list, l.currency, p.variant_id,
         p.min_quantity, p.unit_price, lower(p.valid) AS valid_from, upper(p.valid) AS valid_until, p.created_at
  FROM pricing.price p
  JOIN pricing.price_list l ON l.tenant_id = p.tenant_id AND l.id = p.price_list_id
  JOIN catalog.read_checked_variant v ON v.tenant_id = p.tenant_id AND v.id = p.variant_id
  WHERE p.withdrawn_at IS NULL AND l.ended_on IS NULL;
COMMENT ON VIEW pricing.read_checked_price IS 'Published: what rules of quality judge of a price.';

CREATE VIEW parties.read_checked_customer WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.id::text AS key, p.name AS label, p.id, p.kind, p.name, r.code, p.email, p.phone, r.group_id, r.payment_days,
         r.currency, p.created_at
  FROM parties.party p JOIN parties.party_role r ON r.tenant_id = p.tenant_id AND r.party_id = p.id
  WHERE r.role = 'customer' AND r.ended_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW parties.read_checked_customer IS 'Published: what rules of quality judge of a customer.';

CREATE VIEW parties.read_checked_supplier WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.id::text AS key, p.name AS label, p.id, p.kind, p.name, r.code, p.email, p.phone, r.lead_time_days,
         r.payment_days, r.currency, p.created_at
  FROM parties.party p JOIN parties.party_role r ON r.tenant_id = p.tenant_id AND r.party_id = p.id
  WHERE r.role = 'supplier' AND r.ended_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW parties.read_checked_supplier IS 'Published: what rules of quality judge of a supplier.';

CREATE VIEW inventory.read_checked_batch WITH (security_invoker = true) AS
  SELECT b.tenant_id, b.id::text AS key, concat_ws(' ', v.label, b.number) AS label, b.id, b.variant_id, b.number, v.is_expiry_tracked,
         b.manufactured_on, b.expires_on, b.supplier_id, b.unit_cost, b.is_blocked,
         (SELECT coalesce(sum(l.on_hand), 0) FROM inventory.level l WHERE l.tenant_id = b.tenant_id AND l.batch_id = b.id) AS on_hand,
         b.created_at
  FROM inventory.batch b JOIN catalog.read_checked_variant v ON v.tenant_id = b.tenant_id AND v.id = b.variant_id;
COMMENT ON VIEW inventory.read_checked_batch IS 'Published: what rules of quality judge of a batch.';

CREATE VIEW inventory.read_checked_level WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.id::text AS key, concat_ws(' ', v.label, b.number) AS label, l.id, l.branch_id, l.variant_id, l.batch_id,
         b.number AS batch_number, b.expires_on, v.is_expiry_tracked, l.on_hand, l.reserved,
         CASE WHEN c.quantity <> 0 THEN round(c.value / c.quantity, 6) END AS unit_cost, l.updated_at
  FROM inventory.level l
  JOIN catalog.read_checked_variant v ON v.tenant_id = l.tenant_id AND v.id = l.variant_id
  LEFT JOIN inventory.batch b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id
  LEFT JOIN inventory.cost c ON c.tenant_id = l.tenant_id AND c.branch_id = l.branch_id AND c.variant_id = l.variant_id;
COMMENT ON VIEW inventory.read_checked_level IS 'Published: what rules of quality judge of stock in a place.';

CREATE VIEW sales.read_checked_sale WITH (security_invoker = true) AS
  SELECT s.tenant_id, s.id::text AS key, s.number AS label, s.id, s.number, s.kind, s.branch_id, s.customer_id, s.channel_id, s.currency,
         s.net, s.tax, s.total, s.cost, s.data_quality_score, s.effective_on, s.made_at, s.recorded_at
  FROM sales.sale s;
COMMENT ON VIEW sales.read_checked_sale IS 'Published: what rules of quality judge of a receipt.';

CREATE VIEW sales.read_checked_line WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.sale_id || ':' || l.line AS key, l.name AS label, l.sale_id, l.line, l.variant_id, l.name, l.sku, l.quantity,
         l.list_price, l.unit_price, l.discount, l.net, l.tax, l.total, l.cost, l.recorded_at
  FROM sales.line l;
COMMENT ON VIEW sales.read_checked_line IS 'Published: what rules of quality judge of a line of a receipt.';

GRANT SELECT ON catalog.read_checked_product, catalog.read_checked_variant, pricing.read_checked_price, parties.read_checked_customer,
  parties.read_checked_supplier, inventory.read_checked_batch, inventory.read_checked_level, sales.read_checked_sale, sales.read_checked_line
  TO comptoir_app, comptoir_read;

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
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT rule_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rule_kind_known CHECK (kind IN ('not_null', 'range', 'unique', 'reference', 'freshness', 'row_count_change', 'pattern', 'custom_sql')),
  CONSTRAINT rule_severity_known CHECK (severity IN ('WARN', 'FAIL')),
  CONSTRAINT rule_schedule_known CHECK (schedule IN ('off', 'hourly', 'daily')),
  CONSTRAINT rule_hour_of_a_day CHECK (daily_hour BETWEEN 0 AND 23 AND schedule = 'daily' OR daily_hour IS NULL AND schedule <> 'daily')
);
COMMENT ON TABLE quality.rule IS 'class: tenant. What should be true of the rows of a dataset. daily_hour is in the time zone of the tenant. Removed ones stay for their results.';
CREATE UNIQUE INDEX rule_key_key ON quality.rule (tenant_id, rule_key) WHERE deleted_at IS NULL;

CREATE TABLE quality.run (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  started_by text NOT NULL,
  requested_by uuid,
  dataset text,
  rule_ids uuid[] NOT NULL,
  status text NOT NULL,
  rules_total integer NOT NULL,
  rules_passed integer NOT NULL DEFAULT 0,
  rules_warned integer NOT NULL DEFAULT 0,
  rules_failed integer NOT NULL DEFAULT 0,
  rules_broken integer NOT NULL DEFAULT 0,
  rows_checked bigint NOT NULL DEFAULT 0,
  rows_failed bigint NOT NULL DEFAULT 0,
  judged_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT run_starter_known CHECK (started_by IN ('request', 'schedule', 'import')),
  CONSTRAINT run_status_known CHECK (status IN ('queued', 'done', 'failed')),
  CONSTRAINT run_requested_by_fkey FOREIGN KEY (tenant_id, requested_by) REFERENCES tenants.employee (tenant_id, id)
);
COMMENT ON TABLE quality.run IS 'class: tenant. One look of some rules at the data, all of one moment, judged_at; ended only by quality.record_run and quality.give_up_run.';
CREATE INDEX run_requested_by ON quality.run (tenant_id, requested_by);
CREATE INDEX run_scheduled ON quality.run (tenant_id, created_at) WHERE started_by = 'schedule';

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
  judged_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT result_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT result_rule_key UNIQUE (tenant_id, run_id, rule_id),
  CONSTRAINT result_status_known CHECK (status IN ('passed', 'failed', 'broken')),
  CONSTRAINT result_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES quality.run (tenant_id, id),
  CONSTRAINT result_rule_id_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES quality.rule (tenant_id, id)
);
COMMENT ON TABLE quality.result IS 'class: tenant, append-only. What a run found of a rule, as the rule was then; broken is one that could not be judged. Written only by quality.record_run.';
CREATE INDEX result_rule_id ON quality.result (tenant_id, rule_id, judged_at);

CREATE TABLE quality.failing_row (
  tenant_id uuid NOT NULL,
  result_id uuid NOT NULL,
  number integer NOT NULL,
  key text NOT NULL,
  label text,
  value text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT failing_row_pkey PRIMARY KEY (tenant_id, result_id, number),
  CONSTRAINT failing_row_result_id_fkey FOREIGN KEY (tenant_id, result_id) REFERENCES quality.result (tenant_id, id)
);
COMMENT ON TABLE quality.failing_row IS 'class: tenant. The first rows that a rule found wrong. Written by quality.record_run, emptied with the party it names, removed after the days that a setting says.';
COMMENT ON COLUMN quality.failing_row.label IS 'personal';
COMMENT ON COLUMN quality.failing_row.value IS 'personal';
CREATE INDEX failing_row_key ON quality.failing_row (tenant_id, key);
CREATE INDEX failing_row_created_at ON quality.failing_row (tenant_id, created_at);

CREATE TABLE quality.hold (
  tenant_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  key text NOT NULL,
  dataset text NOT NULL,
  result_id uuid NOT NULL,
  since timestamptz NOT NULL,
  resolved_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT hold_pkey PRIMARY KEY (tenant_id, rule_id, key),
  CONSTRAINT hold_rule_id_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES quality.rule (tenant_id, id),
  CONSTRAINT hold_result_id_fkey FOREIGN KEY (tenant_id, result_id) REFERENCES quality.result (tenant_id, id)
);
COMMENT ON TABLE quality.hold IS 'class: tenant. A row that a rule of severity FAIL keeps out, until a later run finds it right; key * is all of the dataset. Written only by functions.';
CREATE INDEX hold_result_id ON quality.hold (tenant_id, result_id);
CREATE INDEX hold_open ON quality.hold (tenant_id, dataset, key, rule_id) WHERE resolved_at IS NULL;

CREATE VIEW quality.read_held WITH (security_invoker = true) AS
  SELECT h.tenant_id, h.dataset, h.key, h.rule_id, h.since FROM quality.hold h WHERE h.resolved_at IS NULL;
COMMENT ON VIEW quality.read_held IS 'Published: rows that are kept out of forecasts; where the key is *, all rows of the dataset are.';

CALL platform.isolate('quality.rule');
CALL platform.isolate('quality.run');
CALL platform.isolate('quality.result');
CALL platform.isolate('quality.failing_row');
CALL platform.isolate('quality.hold');
CALL platform.append_only('quality.result');

GRANT SELECT, INSERT ON quality.rule TO comptoir_app;
GRANT UPDATE (name, config, severity, is_active, schedule, daily_hour, version, updated_at, deleted_at) ON quality.rule TO comptoir_app;
GRANT SELECT ON quality.run, quality.result, quality.failing_row, quality.hold, quality.read_held TO comptoir_app;
GRANT INSERT (tenant_id, id, started_by, requested_by, dataset, rule_ids, status, rules_total) ON quality.run TO comptoir_app;
GRANT SELECT ON quality.rule, quality.run, quality.result, quality.failing_row, quality.hold, quality.read_held TO comptoir_read;

-- Down Migration

DROP SCHEMA quality CASCADE;
DROP VIEW sales.read_checked_line, sales.read_checked_sale, inventory.read_checked_level, inventory.read_checked_batch,
  parties.read_checked_supplier, parties.read_checked_customer, pricing.read_checked_price, catalog.read_checked_variant,
  catalog.read_checked_product;
