-- Up Migration

-- What was sold and given back, as the receipt says it: with the names, prices and taxes of that moment, and what it cost. Only
-- sales.record writes here, together with stock, payments, books and the audit chain.

CREATE SCHEMA sales;
GRANT USAGE ON SCHEMA sales TO comptoir_app, comptoir_read;

-- Who sells, as receipts say it: a row for each time that it changed.
CREATE TABLE sales.seller (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  legal_name text NOT NULL,
  tax_number text,
  branch_name text NOT NULL,
  address text,
  phone text,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT seller_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT seller_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id)
);
COMMENT ON TABLE sales.seller IS
  'class: tenant, append-only. What the receipts of a branch say of the shop, as it was from then on: a copy of an old receipt says what the receipt said.';
CREATE INDEX seller_branch_id ON sales.seller (tenant_id, branch_id, recorded_at);

CREATE TABLE sales.sale (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  number text NOT NULL,
  sequence bigint NOT NULL,
  register_id uuid NOT NULL,
  session_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  entity_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  employee_id uuid,
  customer_id uuid,
  channel_id uuid,
  original_id uuid,
  root_id uuid,
  device_id uuid,
  is_offline boolean NOT NULL,
  is_price_with_tax boolean NOT NULL,
  currency text NOT NULL,
  base_currency text NOT NULL,
  fx_rate numeric(36, 18),
  gross numeric(19, 4) NOT NULL,
  discount numeric(19, 4) NOT NULL,
  net_discount numeric(19, 4) NOT NULL,
  net numeric(19, 4) NOT NULL,
  tax numeric(19, 4) NOT NULL,
  total numeric(19, 4) NOT NULL,
  rounding numeric(19, 4) NOT NULL,
  paid numeric(19, 4) NOT NULL,
  change numeric(19, 4) NOT NULL,
  cost numeric(19, 4) NOT NULL,
  platform_fees numeric(19, 4) NOT NULL,
  fees_returned numeric(19, 4) NOT NULL,
  payment_fees numeric(19, 4) NOT NULL,
  shipping_cost numeric(19, 4) NOT NULL,
  profit numeric(19, 4) NOT NULL GENERATED ALWAYS AS (net - cost - platform_fees - payment_fees - shipping_cost) STORED,
  base_total numeric(19, 4),
  taxes jsonb NOT NULL,
  data_quality_score numeric(5, 2) NOT NULL,
  validation_notes text,
  note text,
  effective_on date NOT NULL,
  made_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT sale_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT sale_sequence_key UNIQUE (tenant_id, register_id, sequence),
  CONSTRAINT sale_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT sale_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT sale_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT sale_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity (tenant_id, id),
  CONSTRAINT sale_seller_id_fkey FOREIGN KEY (tenant_id, seller_id) REFERENCES sales.seller (tenant_id, id),
  CONSTRAINT sale_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT sale_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel (tenant_id, id),
  CONSTRAINT sale_original_id_fkey FOREIGN KEY (tenant_id, original_id) REFERENCES sales.sale (tenant_id, id),
  CONSTRAINT sale_root_id_fkey FOREIGN KEY (tenant_id, root_id) REFERENCES sales.sale (tenant_id, id),
  CONSTRAINT sale_kind_known CHECK (kind IN ('sale', 'refund', 'exchange')),
  CONSTRAINT sale_refund_of_a_sale CHECK ((kind = 'sale') = (original_id IS NULL) AND (kind = 'sale') = (root_id IS NULL)),
  CONSTRAINT sale_adds_up CHECK (total = net + tax AND paid - change = total + rounding)
);
COMMENT ON TABLE sales.sale IS
  'class: tenant, append-only. A receipt: what was sold, given back or exchanged at a register; amounts of what is given back are below zero. paid is all that was handed over, less what was given back; rounding is what paying in cash added. original_id is the receipt that goods come back of, root_id the sale that it all began with; fees_returned is what of the fees of the original came back; device_id the device that gave it its number, if one did. Its posting and its journal have the same id.';
CREATE INDEX sale_session_id ON sales.sale (tenant_id, session_id, sequence);
CREATE INDEX sale_branch_id ON sales.sale (tenant_id, branch_id, made_at, id);
CREATE INDEX sale_entity_id ON sales.sale (tenant_id, entity_id);
CREATE INDEX sale_seller_id ON sales.sale (tenant_id, seller_id);
CREATE INDEX sale_customer_id ON sales.sale (tenant_id, customer_id, made_at);
CREATE INDEX sale_channel_id ON sales.sale (tenant_id, channel_id);
CREATE INDEX sale_original_id ON sales.sale (tenant_id, original_id);
CREATE INDEX sale_root_id ON sales.sale (tenant_id, root_id);
CREATE INDEX sale_made_at ON sales.sale (tenant_id, made_at, id);
CREATE INDEX sale_number ON sales.sale (tenant_id, number);

CREATE TABLE sales.line (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  line integer NOT NULL,
  of_line integer,
  variant_id uuid NOT NULL,
  name text NOT NULL,
  sku text,
  barcode text,
  hsn_code text,
  unit_code text NOT NULL,
  quantity numeric(19, 6) NOT NULL,
  list_price numeric(19, 6),
  unit_price numeric(19, 6) NOT NULL,
  price_source text NOT NULL,
  price_id uuid,
  price_reason text,
  discount_reason text,
  gross numeric(19, 4) NOT NULL,
  discount numeric(19, 4) NOT NULL,
  net_discount numeric(19, 4) NOT NULL,
  net numeric(19, 4) NOT NULL,
  tax numeric(19, 4) NOT NULL,
  total numeric(19, 4) NOT NULL,
  cost numeric(19, 4) NOT NULL,
  tax_class_id uuid NOT NULL,
  tax_class_code text NOT NULL,
  taxes jsonb NOT NULL,
  allocations jsonb NOT NULL,
  restock text,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, sale_id, line),
  CONSTRAINT line_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale (tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT line_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class (tenant_id, id),
  CONSTRAINT line_price_source_known CHECK (price_source IN ('list', 'override', 'open', 'barcode', 'slip', 'original')),
  CONSTRAINT line_restock_known CHECK (restock IN ('shelf', 'quarantine', 'none')),
  CONSTRAINT line_comes_back_of_a_line CHECK ((of_line IS NULL) = (quantity > 0) AND (of_line IS NULL) = (restock IS NULL)),
  CONSTRAINT line_adds_up CHECK (total = net + tax),
  CONSTRAINT line_taxes_are_a_list CHECK (jsonb_typeof(taxes) = 'array'),
  CONSTRAINT line_allocations_are_a_list CHECK (jsonb_typeof(allocations) = 'array')
);
COMMENT ON TABLE sales.line IS
  'class: tenant, append-only. A line of a receipt as it was printed: quantity in the unit of the product, below zero for what comes back, then of the line of_line of the original. taxes are base and amount of each tax; allocations say what left of which batch at which value, or what came back: [{variant_id, batch_id, quantity, value}], with the place among those of the original in of.';
CREATE INDEX line_variant_id ON sales.line (tenant_id, variant_id, sale_id);
CREATE INDEX line_tax_class_id ON sales.line (tenant_id, tax_class_id);

CREATE TABLE sales.prescription (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  line integer NOT NULL,
  number text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT prescription_pkey PRIMARY KEY (tenant_id, sale_id, line),
  CONSTRAINT prescription_line_fkey FOREIGN KEY (tenant_id, sale_id, line) REFERENCES sales.line (tenant_id, sale_id, line)
);
COMMENT ON TABLE sales.prescription IS
  'class: tenant. The number of the prescription that a line was sold on, by which a patient is found: apart from what is never changed, and emptied when the customer is anonymised.';
COMMENT ON COLUMN sales.prescription.number IS 'personal';

CREATE TABLE sales.void (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  register_id uuid NOT NULL,
  session_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  employee_id uuid NOT NULL,
  reason text NOT NULL,
  currency text NOT NULL,
  total numeric(19, 4) NOT NULL,
  lines jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT void_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT void_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT void_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT void_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT void_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array')
);
COMMENT ON TABLE sales.void IS
  'class: tenant, append-only. A basket that was given up before it was paid, and why; total is what the till showed.';
CREATE INDEX void_register_id ON sales.void (tenant_id, register_id);
CREATE INDEX void_session_id ON sales.void (tenant_id, session_id);
CREATE INDEX void_branch_id ON sales.void (tenant_id, branch_id, recorded_at, id);
CREATE INDEX void_recorded_at ON sales.void (tenant_id, recorded_at, id);

ALTER TABLE payments.payment
  ADD CONSTRAINT payment_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id);

CALL platform.isolate('sales.seller');
CALL platform.isolate('sales.sale');
CALL platform.isolate('sales.line');
CALL platform.isolate('sales.prescription');
CALL platform.isolate('sales.void');
CALL platform.append_only('sales.seller');
CALL platform.append_only('sales.sale');
CALL platform.append_only('sales.line');
CALL platform.append_only('sales.void');

GRANT SELECT ON ALL TABLES IN SCHEMA sales TO comptoir_app, comptoir_read;

-- Down Migration

ALTER TABLE payments.payment DROP CONSTRAINT payment_session_id_fkey;
DROP SCHEMA sales CASCADE;
