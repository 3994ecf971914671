-- Up Migration

-- What was sold before, or elsewhere: documents with numbers of their own, of no register, session or drawer. Only
-- history.record and history.reverse write here, together with stock and books where that is asked for.

CREATE SCHEMA history;
GRANT USAGE ON SCHEMA history TO comptoir_app, comptoir_read;

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
  fx_rate numeric(36, 18) NOT NULL,
  gross_revenue numeric(19, 4) NOT NULL,
  discount numeric(19, 4) NOT NULL,
  net_revenue numeric(19, 4) NOT NULL GENERATED ALWAYS AS (gross_revenue - discount) STORED,
  tax numeric(19, 4) NOT NULL,
  adjustment numeric(19, 4) NOT NULL,
  total numeric(19, 4) NOT NULL GENERATED ALWAYS AS (gross_revenue - discount + tax + adjustment) STORED,
  platform_fees numeric(19, 4) NOT NULL,
  shipping_cost numeric(19, 4) NOT NULL,
  cost_of_goods numeric(19, 4),
  net_profit numeric(19, 4) GENERATED ALWAYS AS (gross_revenue - discount - cost_of_goods - platform_fees - shipping_cost) STORED,
  base_tax numeric(19, 4) NOT NULL,
  base_total numeric(19, 4) NOT NULL,
  base_net numeric(19, 4) NOT NULL GENERATED ALWAYS AS (base_total - base_tax) STORED,
  line_count integer NOT NULL,
  content_sha256 bytea NOT NULL,
  data_quality_score numeric(5, 2),
  is_validated boolean NOT NULL,
  validation_notes text,
  note text,
  reference text,
  import_id uuid,
  is_stock_moved boolean NOT NULL,
  journal_id uuid,
  effective_on date NOT NULL,
  made_at timestamptz,
  last_made_at timestamptz,
  actor_id uuid,
  position integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT document_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT document_number_key UNIQUE (tenant_id, source, number, kind, edition),
  CONSTRAINT document_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity (tenant_id, id),
  CONSTRAINT document_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT document_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT document_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel (tenant_id, id),
  CONSTRAINT document_original_id_fkey FOREIGN KEY (tenant_id, original_id) REFERENCES history.document (tenant_id, id),
  CONSTRAINT document_kind_known CHECK (kind IN ('sale', 'refund', 'credit', 'adjustment')),
  CONSTRAINT document_refund_of_a_sale CHECK ((kind = 'refund') = (original_id IS NOT NULL)),
  CONSTRAINT document_adjustment_is_no_revenue CHECK (CASE WHEN kind = 'adjustment' THEN gross_revenue = 0 AND discount = 0 AND tax = 0 ELSE adjustment = 0 END),
  CONSTRAINT document_rate_above_zero CHECK (fx_rate > 0),
  CONSTRAINT document_made_in_order CHECK (last_made_at >= made_at)
);
COMMENT ON TABLE history.document IS
  'class: tenant, append-only. What was sold, given back or adjusted before Comptoir or elsewhere, under the number it had there; amounts of what went back are below zero, and gross_revenue is of goods, without tax, before discounts; an adjustment is no revenue. A refund names the sale it is of, a credit does not know it, an adjustment is of amounts without goods. base_currency is that of the books of the legal entity. A number may come again after all documents of it were reversed: edition counts them. cost_of_goods is null where the cost of some line is not known. reference says where it came from, such as a file and a row. position is its place among those recorded together: what moved last is taken back first. content_sha256 is of all that the document says. Its journal has the same id.';
CREATE INDEX document_effective_on ON history.document (tenant_id, effective_on, id);
CREATE INDEX document_branch_id ON history.document (tenant_id, branch_id, effective_on, id);
CREATE INDEX document_entity_id ON history.document (tenant_id, entity_id, effective_on);
CREATE INDEX document_customer_id ON history.document (tenant_id, customer_id, effective_on);
CREATE INDEX document_channel_id ON history.document (tenant_id, channel_id);
CREATE INDEX document_original_id ON history.document (tenant_id, original_id);
CREATE INDEX document_import_id ON history.document (tenant_id, import_id) WHERE import_id IS NOT NULL;
CREATE INDEX document_number ON history.document (tenant_id, number);

CREATE TABLE history.line (
  tenant_id uuid NOT NULL,
  document_id uuid NOT NULL,
  line integer NOT NULL,
  role text NOT NULL,
  variant_id uuid,
  name text,
  sku text,
  quantity numeric(19, 6) NOT NULL,
  unit_price numeric(19, 6) NOT NULL,
  exact_amount numeric(38, 12) NOT NULL GENERATED ALWAYS AS (quantity * unit_price) STORED,
  gross numeric(19, 4) NOT NULL,
  discount numeric(19, 4) NOT NULL,
  net_discount numeric(19, 4) NOT NULL,
  tax_class_id uuid,
  tax_rate numeric(9, 6),
  net numeric(19, 4) NOT NULL,
  tax numeric(19, 4) NOT NULL,
  total numeric(19, 4) NOT NULL GENERATED ALWAYS AS (net + tax) STORED,
  cost numeric(19, 4),
  allocations jsonb,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, document_id, line),
  CONSTRAINT line_document_id_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES history.document (tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT line_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class (tenant_id, id),
  CONSTRAINT line_role_known CHECK (role IN ('sold', 'returned', 'stock_adjustment', 'adjustment')),
  CONSTRAINT line_of_goods CHECK ((role = 'adjustment') = (variant_id IS NULL)),
  CONSTRAINT line_stock_adjustment_is_free CHECK (role <> 'stock_adjustment' OR quantity < 0 AND unit_price = 0 AND net = 0 AND tax = 0),
  CONSTRAINT line_allocations_are_a_list CHECK (jsonb_typeof(allocations) = 'array')
);
COMMENT ON TABLE history.line IS
  'class: tenant, append-only. A line as the document had it: name as it was printed, quantity below zero for what came back, price with or without tax as the document says. exact_amount is not rounded; gross and discount are in prices of the document, net_discount, net and tax without tax; each is rounded to the minor unit, halves away from zero; tax_rate is in percent, null where the document said none. A stock adjustment is a line below zero that cost nothing on an ordinary invoice: goods that were lost, and no return. allocations say what moved of which batch at which value, where stock was moved.';
CREATE INDEX line_variant_id ON history.line (tenant_id, variant_id, document_id);
CREATE INDEX line_tax_class_id ON history.line (tenant_id, tax_class_id);

CREATE TABLE history.reversal (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  document_id uuid NOT NULL,
  reason text NOT NULL,
  effective_on date NOT NULL,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT reversal_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT reversal_document_key UNIQUE (tenant_id, document_id),
  CONSTRAINT reversal_document_id_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES history.document (tenant_id, id)
);
COMMENT ON TABLE history.reversal IS
  'class: tenant, append-only. A document that was taken back: it counts nowhere any more. The journal that takes back its journal, and the posting that takes back its stock, have the id of the reversal.';

CALL platform.isolate('history.document');
CALL platform.isolate('history.line');
CALL platform.isolate('history.reversal');
CALL platform.append_only('history.document');
CALL platform.append_only('history.line');
CALL platform.append_only('history.reversal');

CREATE VIEW history.read_document WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.id AS document_id, d.kind, d.source, d.number, d.entity_id, d.branch_id, d.customer_id, d.channel_id, d.original_id,
         d.currency, d.gross_revenue, d.discount, d.net_revenue, d.tax, d.adjustment, d.total, d.platform_fees, d.shipping_cost, d.cost_of_goods,
         d.net_profit, d.base_currency, d.fx_rate, d.base_net, d.base_tax, d.base_total, d.line_count, d.data_quality_score, d.is_validated,
         d.import_id, d.effective_on, d.made_at
  FROM history.document d
  WHERE NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id);
COMMENT ON VIEW history.read_document IS 'Published: documents that were not reversed.';

CREATE VIEW history.read_line WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.id AS document_id, l.line, d.kind, l.role, d.source, d.branch_id, d.entity_id, d.customer_id, d.channel_id, l.variant_id,
         l.name, l.sku, l.quantity, l.unit_price, l.exact_amount, l.tax_rate, l.net, l.tax, l.total, l.cost, d.currency, d.effective_on, d.made_at
  FROM history.document d
  JOIN history.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id
  WHERE NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id);
COMMENT ON VIEW history.read_line IS
  'Published: lines of documents that were not reversed. Revenue is the net of those whose kind is not adjustment; demand is the quantity of those whose role is sold or returned.';

GRANT SELECT ON ALL TABLES IN SCHEMA history TO comptoir_app, comptoir_read;

-- Down Migration

DROP SCHEMA history CASCADE;
