-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA sales AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA sales TO comptoir_app;
GRANT USAGE ON SCHEMA sales TO comptoir_read;

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
  quantity numeric(19,6) NOT NULL,
  list_price numeric(19,6),
  unit_price numeric(19,6) NOT NULL,
  price_source text NOT NULL,
  price_id uuid,
  price_reason text,
  discount_reason text,
  gross numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_discount numeric(19,4) NOT NULL,
  net numeric(19,4) NOT NULL,
  tax numeric(19,4) NOT NULL,
  total numeric(19,4) NOT NULL,
  cost numeric(19,4) NOT NULL,
  tax_class_id uuid NOT NULL,
  tax_class_code text NOT NULL,
  taxes jsonb NOT NULL,
  allocations jsonb NOT NULL,
  restock text,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, sale_id, line),
  CONSTRAINT line_adds_up CHECK (total = (net + tax)),
  CONSTRAINT line_allocations_are_a_list CHECK (jsonb_typeof(allocations) = 'array'::text),
  CONSTRAINT line_comes_back_of_a_line CHECK ((of_line IS NULL) = (quantity > 0::numeric) AND (of_line IS NULL) = (restock IS NULL)),
  CONSTRAINT line_price_source_known CHECK (price_source = ANY (ARRAY['list'::text, 'override'::text, 'open'::text, 'barcode'::text, 'slip'::text, 'original'::text])),
  CONSTRAINT line_restock_known CHECK (restock = ANY (ARRAY['shelf'::text, 'quarantine'::text, 'none'::text])),
  CONSTRAINT line_taxes_are_a_list CHECK (jsonb_typeof(taxes) = 'array'::text),
  CONSTRAINT line_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT line_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE sales.line IS 'class: tenant, append-only. A line of a receipt as it was printed: quantity in the unit of the product, below zero for what comes back, then of the line of_line of the original. taxes are base and amount of each tax; allocations say what left of which batch at which value, or what came back: [{variant_id, batch_id, quantity, value}], with the place among those of the original in of.';
CREATE INDEX line_tax_class_id ON sales.line USING btree (tenant_id, tax_class_id);
CREATE INDEX line_variant_id ON sales.line USING btree (tenant_id, variant_id, sale_id);
ALTER TABLE sales.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.line FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.line TO comptoir_app;
GRANT SELECT ON TABLE sales.line TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.line FROM comptoir_owner;

CREATE TABLE sales.prescription (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  line integer NOT NULL,
  number text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT prescription_pkey PRIMARY KEY (tenant_id, sale_id, line),
  CONSTRAINT prescription_line_fkey FOREIGN KEY (tenant_id, sale_id, line) REFERENCES sales.line(tenant_id, sale_id, line)
);
COMMENT ON TABLE sales.prescription IS 'class: tenant. The number of the prescription that a line was sold on, by which a patient is found: apart from what is never changed, and emptied when the customer is anonymised.';
COMMENT ON COLUMN sales.prescription.number IS 'personal';
ALTER TABLE sales.prescription ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.prescription FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE sales.prescription TO comptoir_app;
GRANT SELECT ON TABLE sales.prescription TO comptoir_read;

CREATE TABLE sales.print (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  number integer NOT NULL,
  format text NOT NULL,
  locale text NOT NULL,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT print_pkey PRIMARY KEY (tenant_id, sale_id, number),
  CONSTRAINT print_format_known CHECK (format = ANY (ARRAY['html'::text, 'escpos'::text])),
  CONSTRAINT print_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale(tenant_id, id)
);
COMMENT ON TABLE sales.print IS 'class: tenant, append-only. A print of a receipt, numbered from 1; all but the first are copies.';
ALTER TABLE sales.print ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.print FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.print FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.print TO comptoir_app;
GRANT SELECT ON TABLE sales.print TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.print FROM comptoir_owner;

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
  fx_rate numeric(36,18),
  gross numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_discount numeric(19,4) NOT NULL,
  net numeric(19,4) NOT NULL,
  tax numeric(19,4) NOT NULL,
  total numeric(19,4) NOT NULL,
  rounding numeric(19,4) NOT NULL,
  paid numeric(19,4) NOT NULL,
  change numeric(19,4) NOT NULL,
  cost numeric(19,4) NOT NULL,
  platform_fees numeric(19,4) NOT NULL,
  fees_returned numeric(19,4) NOT NULL,
  payment_fees numeric(19,4) NOT NULL,
  shipping_cost numeric(19,4) NOT NULL,
  profit numeric(19,4) GENERATED ALWAYS AS ((net - cost - platform_fees - payment_fees - shipping_cost)) STORED NOT NULL,
  base_total numeric(19,4),
  taxes jsonb NOT NULL,
  data_quality_score numeric(5,2) NOT NULL,
  validation_notes text,
  note text,
  effective_on date NOT NULL,
  made_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT sale_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT sale_sequence_key UNIQUE (tenant_id, register_id, sequence),
  CONSTRAINT sale_adds_up CHECK (total = (net + tax) AND (paid - change) = (total + rounding)),
  CONSTRAINT sale_kind_known CHECK (kind = ANY (ARRAY['sale'::text, 'refund'::text, 'exchange'::text])),
  CONSTRAINT sale_refund_of_a_sale CHECK ((kind = 'sale'::text) = (original_id IS NULL) AND (kind = 'sale'::text) = (root_id IS NULL)),
  CONSTRAINT sale_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT sale_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT sale_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party(tenant_id, id),
  CONSTRAINT sale_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT sale_original_id_fkey FOREIGN KEY (tenant_id, original_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT sale_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT sale_root_id_fkey FOREIGN KEY (tenant_id, root_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT sale_seller_id_fkey FOREIGN KEY (tenant_id, seller_id) REFERENCES sales.seller(tenant_id, id),
  CONSTRAINT sale_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE sales.sale IS 'class: tenant, append-only. A receipt: what was sold, given back or exchanged at a register; amounts of what is given back are below zero. paid is all that was handed over, less what was given back; rounding is what paying in cash added. original_id is the receipt that goods come back of, root_id the sale that it all began with; fees_returned is what of the fees of the original came back; device_id the device that gave it its number, if one did. Its posting and its journal have the same id.';
CREATE INDEX sale_branch_id ON sales.sale USING btree (tenant_id, branch_id, made_at, id);
CREATE INDEX sale_channel_id ON sales.sale USING btree (tenant_id, channel_id);
CREATE INDEX sale_customer_id ON sales.sale USING btree (tenant_id, customer_id, made_at);
CREATE INDEX sale_entity_id ON sales.sale USING btree (tenant_id, entity_id);
CREATE INDEX sale_made_at ON sales.sale USING btree (tenant_id, made_at, id);
CREATE INDEX sale_number ON sales.sale USING btree (tenant_id, number);
CREATE INDEX sale_original_id ON sales.sale USING btree (tenant_id, original_id);
CREATE INDEX sale_root_id ON sales.sale USING btree (tenant_id, root_id);
CREATE INDEX sale_seller_id ON sales.sale USING btree (tenant_id, seller_id);
CREATE INDEX sale_session_id ON sales.sale USING btree (tenant_id, session_id, sequence);
ALTER TABLE sales.sale ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.sale FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.sale FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.sale TO comptoir_app;
GRANT SELECT ON TABLE sales.sale TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.sale FROM comptoir_owner;

CREATE TABLE sales.seller (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  legal_name text NOT NULL,
  tax_number text,
  branch_name text NOT NULL,
  address text,
  phone text,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT seller_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT seller_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE sales.seller IS 'class: tenant, append-only. What the receipts of a branch say of the shop, as it was from then on: a copy of an old receipt says what the receipt said.';
CREATE INDEX seller_branch_id ON sales.seller USING btree (tenant_id, branch_id, recorded_at);
ALTER TABLE sales.seller ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.seller FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.seller FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.seller TO comptoir_app;
GRANT SELECT ON TABLE sales.seller TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.seller FROM comptoir_owner;

CREATE TABLE sales.void (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  register_id uuid NOT NULL,
  session_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  employee_id uuid NOT NULL,
  reason text NOT NULL,
  currency text NOT NULL,
  total numeric(19,4) NOT NULL,
  lines jsonb NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT void_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT void_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array'::text),
  CONSTRAINT void_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT void_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT void_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id)
);
COMMENT ON TABLE sales.void IS 'class: tenant, append-only. A basket that was given up before it was paid, and why; total is what the till showed.';
CREATE INDEX void_branch_id ON sales.void USING btree (tenant_id, branch_id, recorded_at, id);
CREATE INDEX void_recorded_at ON sales.void USING btree (tenant_id, recorded_at, id);
CREATE INDEX void_register_id ON sales.void USING btree (tenant_id, register_id);
CREATE INDEX void_session_id ON sales.void USING btree (tenant_id, session_id);
ALTER TABLE sales.void ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sales.void FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON sales.void FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE sales.void TO comptoir_app;
GRANT SELECT ON TABLE sales.void TO comptoir_read;
REVOKE TRUNCATE ON TABLE sales.void FROM comptoir_owner;

CREATE VIEW sales.read_checked_line WITH (security_invoker=true) AS
 SELECT tenant_id,
    (sale_id || ':'::text) || line AS key,
    name AS label,
    sale_id,
    line,
    variant_id,
    name,
    sku,
    quantity,
    list_price,
    unit_price,
    discount,
    net,
    tax,
    total,
    cost,
    recorded_at
   FROM sales.line l;
COMMENT ON VIEW sales.read_checked_line IS 'Published: what rules of quality judge of a line of a receipt.';
GRANT SELECT ON TABLE sales.read_checked_line TO comptoir_app;
GRANT SELECT ON TABLE sales.read_checked_line TO comptoir_read;

CREATE VIEW sales.read_checked_sale WITH (security_invoker=true) AS
 SELECT tenant_id,
    id::text AS key,
    number AS label,
    id,
    number,
    kind,
    branch_id,
    customer_id,
    channel_id,
    currency,
    net,
    tax,
    total,
    cost,
    data_quality_score,
    effective_on,
    made_at,
    recorded_at
   FROM sales.sale s;
COMMENT ON VIEW sales.read_checked_sale IS 'Published: what rules of quality judge of a receipt.';
GRANT SELECT ON TABLE sales.read_checked_sale TO comptoir_app;
GRANT SELECT ON TABLE sales.read_checked_sale TO comptoir_read;

CREATE VIEW sales.read_sale WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    branch_id,
    kind,
    currency,
    total,
    made_at
   FROM sales.sale s;
COMMENT ON VIEW sales.read_sale IS 'Published: what was sold and given back where and when, with tax.';
GRANT SELECT ON TABLE sales.read_sale TO comptoir_app;
GRANT SELECT ON TABLE sales.read_sale TO comptoir_read;

CREATE VIEW sales.read_status WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
        CASE
            WHEN kind = 'refund'::text OR NOT (EXISTS ( SELECT
               FROM sales.sale r
              WHERE r.tenant_id = s.tenant_id AND r.original_id = s.id)) THEN 'completed'::text
            WHEN (EXISTS ( SELECT
               FROM sales.line l
              WHERE l.tenant_id = s.tenant_id AND l.sale_id = s.id AND l.of_line IS NULL AND l.quantity > (( SELECT COALESCE(- sum(b.quantity), 0::numeric) AS "coalesce"
                       FROM sales.sale r
                         JOIN sales.line b ON b.tenant_id = r.tenant_id AND b.sale_id = r.id AND b.of_line = l.line
                      WHERE r.tenant_id = s.tenant_id AND r.original_id = s.id)))) THEN 'partly_refunded'::text
            ELSE 'refunded'::text
        END AS status
   FROM sales.sale s;
COMMENT ON VIEW sales.read_status IS 'Published: how much of what a receipt sold came back; what was given back stays completed.';
GRANT SELECT ON TABLE sales.read_status TO comptoir_app;
GRANT SELECT ON TABLE sales.read_status TO comptoir_read;

CREATE OR REPLACE FUNCTION sales.forget_customer(p_tenant uuid, p_customer uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE sales.prescription p SET number = NULL, version = p.version + 1, updated_at = transaction_timestamp()
  FROM sales.sale s
  WHERE s.tenant_id = p_tenant AND s.customer_id = p_customer AND p.tenant_id = p_tenant AND p.sale_id = s.id AND p.number IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION sales.forget_customer(uuid,uuid) IS 'Empties what is personal of the sales of a customer.';
GRANT EXECUTE ON FUNCTION sales.forget_customer(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.goods(p_tenant uuid, p_variants uuid[])
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object(
    'variant_id', v.id, 'product_id', v.product_id, 'name', p.name, 'sku', v.sku, 'kind', p.kind, 'options', v.options, 'hsn_code', p.hsn_code,
    'tax_class_id', p.tax_class_id, 'is_expiry_tracked', p.is_expiry_tracked, 'is_prescription_only', p.is_prescription_only,
    'is_open_price', p.is_open_price, 'is_sellable', p.is_sellable, 'is_discontinued', p.is_discontinued,
    'allows_negative_stock', v.allows_negative_stock, 'is_deleted', v.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL,
    'unit', jsonb_build_object('id', u.id, 'code', u.code, 'dimension', u.dimension, 'size', u.size::text, 'decimals', u.decimals),
    'packs', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'quantity', k.quantity::text) ORDER BY k.id), '[]')
              FROM catalog.pack k WHERE k.tenant_id = p_tenant AND k.variant_id = v.id AND k.deleted_at IS NULL)))
  FROM catalog.variant v
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  JOIN catalog.unit u ON u.tenant_id = p_tenant AND u.id = p.unit_id
  WHERE v.tenant_id = p_tenant AND v.id = ANY (p_variants)
$function$;

CREATE OR REPLACE FUNCTION sales.hold(p_tenant uuid, p_wanted jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_wanted record;
  v_sessions jsonb;
  v_goods jsonb;
  v_original_ids uuid[];
  v_registers jsonb;
  v_places jsonb;
  v_days jsonb;
  v_branches uuid[];
  v_entities uuid[];
  v_session_ids uuid[];
  v_bearers jsonb;
  v_variants uuid[];
  v_kit_lines jsonb;
  v_originals jsonb;
  v_stock jsonb;
  v_books jsonb;
  v_settings jsonb;
  v_quotes jsonb;
  v_paid record;
  v_roots uuid[];
  v_minor_units jsonb;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT * INTO v_wanted FROM jsonb_to_record(p_wanted) AS w (
    answers uuid[], sessions uuid[], goods jsonb, batches uuid[], lots text[], authorizations uuid[], channels uuid[], customers uuid[],
    tickets uuid[], registers uuid[], made timestamptz[], settings text[], environment text);

  SELECT jsonb_agg(to_jsonb(s)), array_agg(DISTINCT s.branch_id), array_agg(DISTINCT s.entity_id), array_agg(s.id)
  INTO v_sessions, v_branches, v_entities, v_session_ids
  FROM cash.hold(p_tenant, v_wanted.sessions, false) s;

  v_original_ids := array(SELECT DISTINCT g.original_id FROM jsonb_to_recordset(v_wanted.goods) AS g (original_id uuid) WHERE g.original_id IS NOT NULL);
  IF cardinality(v_original_ids) > 0 THEN
    PERFORM FROM sales.sale s WHERE s.tenant_id = p_tenant AND s.id = ANY (v_original_ids) ORDER BY s.id FOR NO KEY UPDATE;
    v_originals := sales.originals(p_tenant, v_original_ids);
    v_roots := array(SELECT DISTINCT (o.value ->> 'root_id')::uuid FROM jsonb_array_elements(v_originals) o);
  END IF;

  PERFORM FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = ANY (v_wanted.tickets) ORDER BY t.id FOR NO KEY UPDATE;

  SELECT jsonb_agg(jsonb_build_object(
           'seller_id', (SELECT w.id FROM sales.seller w WHERE w.tenant_id = p_tenant AND w.branch_id = b.id
                           AND (w.legal_name, w.tax_number, w.branch_name, w.address, w.phone)
                               IS NOT DISTINCT FROM (e.legal_name, e.tax_number, b.name, coalesce(b.address, e.address), b.phone)
                         ORDER BY w.recorded_at DESC LIMIT 1),
           'id', b.id, 'entity_id', b.entity_id, 'code', b.code, 'name', b.name, 'time_zone', b.time_zone, 'currency', e.currency,
           'currency_number', c.number, 'minor_unit', c.minor_unit, 'cash_step', c.cash_step::text, 'country', e.country, 'today', (v_now AT TIME ZONE b.time_zone)::date))
  INTO v_places
  FROM tenants.branch b
  JOIN tenants.entity e ON e.tenant_id = p_tenant AND e.id = b.entity_id
  JOIN reference.currency c ON c.code = e.currency
  WHERE b.tenant_id = p_tenant AND b.id = ANY (v_branches);
  SELECT jsonb_agg(p.value || jsonb_build_object('today', d.today)) INTO v_days
  FROM jsonb_array_elements(v_places) AS p (value) CROSS JOIN LATERAL (
    SELECT (p.value ->> 'today')::date AS today
    UNION SELECT (m.made_at AT TIME ZONE (p.value ->> 'time_zone'))::date FROM unnest(v_wanted.made) AS m (made_at)) d;

  -- What was scanned, and what is in kits.
  SELECT jsonb_agg(to_jsonb(f)) INTO v_bearers
  FROM (
    SELECT b.key, NULL AS sku, NULL AS sku_key, v.id AS variant_id, b.pack_id, k.quantity::text AS pack_quantity, u.dimension, u.size::text AS unit_size, u.decimals AS unit_decimals
    FROM catalog.barcode b
    JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = b.variant_id
    JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
    JOIN catalog.unit u ON u.tenant_id = p_tenant AND u.id = p.unit_id
    LEFT JOIN catalog.pack k ON k.tenant_id = p_tenant AND k.id = b.pack_id
    WHERE b.tenant_id = p_tenant AND b.deleted_at IS NULL
      AND b.key IN (SELECT g.key FROM jsonb_to_recordset(v_wanted.goods) AS g (key text) WHERE g.key IS NOT NULL)
    UNION ALL
    SELECT NULL, v.sku, v.sku_key, v.id, NULL, NULL, u.dimension, u.size::text, u.decimals
    FROM catalog.variant v
    JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
    JOIN catalog.unit u ON u.tenant_id = p_tenant AND u.id = p.unit_id
    WHERE v.tenant_id = p_tenant AND v.deleted_at IS NULL
      AND v.sku_key IN (SELECT g.sku FROM jsonb_to_recordset(v_wanted.goods) AS g (sku text) WHERE g.sku IS NOT NULL)) f;

  -- Whose goods they are, and in which branch.
  SELECT jsonb_agg(jsonb_build_object('branch_id', f.branch_id, 'variant_id', f.variant_id)) INTO v_goods
  FROM (
    WITH wanted AS (
      SELECT s.branch_id, g.variant_id, g.key, g.sku, g.original_id
      FROM jsonb_to_recordset(v_wanted.goods) AS g (session_id uuid, variant_id uuid, key text, sku text, original_id uuid)
      JOIN jsonb_to_recordset(v_sessions) AS s (id uuid, branch_id uuid) ON s.id = g.session_id
    ), bearer AS (SELECT b.* FROM jsonb_to_recordset(v_bearers) AS b (key text, sku_key text, variant_id uuid))
    SELECT w.branch_id, w.variant_id FROM wanted w WHERE w.variant_id IS NOT NULL
    UNION SELECT w.branch_id, b.variant_id FROM wanted w JOIN bearer b ON b.key = w.key
    UNION SELECT w.branch_id, b.variant_id FROM wanted w JOIN bearer b ON b.sku_key = w.sku
    UNION SELECT w.branch_id, l.variant_id FROM wanted w JOIN sales.line l ON l.tenant_id = p_tenant AND l.sale_id = w.original_id AND l.sale_id = ANY (v_original_ids)
    UNION SELECT w.branch_id, (a.value ->> 'variant_id')::uuid
          FROM wanted w JOIN sales.line l ON l.tenant_id = p_tenant AND l.sale_id = w.original_id AND l.sale_id = ANY (v_original_ids), jsonb_array_elements(l.allocations) a) f;
  v_variants := array(SELECT DISTINCT (g.value ->> 'variant_id')::uuid FROM jsonb_array_elements(v_goods) g);
  SELECT jsonb_agg(jsonb_build_object('kit_id', k.kit_id, 'variant_id', k.component_id, 'quantity', k.quantity::text) ORDER BY k.kit_id, k.component_id)
  INTO v_kit_lines
  FROM catalog.kit_line k WHERE k.tenant_id = p_tenant AND k.kit_id = ANY (v_variants) AND k.deleted_at IS NULL;
  IF v_kit_lines IS NOT NULL THEN
    v_goods := v_goods || (
      SELECT jsonb_agg(DISTINCT jsonb_build_object('branch_id', g.branch_id, 'variant_id', k.variant_id))
      FROM jsonb_to_recordset(v_goods) AS g (branch_id uuid, variant_id uuid)
      JOIN jsonb_to_recordset(v_kit_lines) AS k (kit_id uuid, variant_id uuid) ON k.kit_id = g.variant_id);
    v_variants := array(SELECT DISTINCT (g.value ->> 'variant_id')::uuid FROM jsonb_array_elements(v_goods) g);
  END IF;

  SELECT jsonb_agg(jsonb_build_object('branch_id', h.branch_id, 'variant_id', h.variant_id, 'quantity', h.quantity::text, 'value', h.value::text,
                     'last_cost', h.last_cost::text, 'levels', h.levels))
  INTO v_stock
  FROM inventory.hold(p_tenant, (
    SELECT coalesce(jsonb_agg(DISTINCT g.value), '[]')
    FROM jsonb_array_elements(v_goods) g
    JOIN catalog.variant o ON o.tenant_id = p_tenant AND o.id = ANY (v_variants) AND o.id = (g.value ->> 'variant_id')::uuid
    JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = o.product_id AND p.kind = 'stocked')) h;

  SELECT jsonb_object_agg(o.id, o.closed_through) INTO v_books FROM ledger.hold_open(p_tenant, v_entities) o;

  SELECT jsonb_agg(jsonb_build_object('id', r.id, 'branch_id', r.branch_id, 'code', r.code, 'is_active', r.is_active, 'last_sequence', r.last_sequence::text,
           'device_id', r.device_id))
  INTO v_registers
  FROM registers.hold(p_tenant, array(SELECT DISTINCT (s.value ->> 'register_id')::uuid FROM jsonb_array_elements(v_sessions) s)) r;

  SELECT h.tenders, h.paid, h.authorizations INTO v_paid
  FROM payments.hold(p_tenant, jsonb_build_object(
    'documents', coalesce(to_jsonb(v_roots), '[]'),
    'authorizations', to_jsonb(v_wanted.authorizations))) h;

  v_settings := sales.settings_in_force(p_tenant, v_branches, v_wanted.environment, v_wanted.settings);
  IF EXISTS (SELECT FROM jsonb_array_elements(v_settings) s WHERE s.value ->> 'name' = 'valuation.base-currency' AND s.value ->> 'value' IS NOT NULL) THEN
    SELECT jsonb_agg(jsonb_build_object('base', q.base, 'quote', q.quote, 'rate', q.rate::text, 'quoted_on', q.quoted_on, 'source', q.source,
                       'origin', q.origin, 'on', q.on_day))
    INTO v_quotes
    FROM fx.newest_quotes(p_tenant, array(SELECT DISTINCT (p.value ->> 'today')::date FROM jsonb_array_elements(v_places) p), 'ecb', 'EUR') q;
    SELECT jsonb_object_agg(c.code, c.minor_unit) INTO v_minor_units FROM reference.currency c;
  END IF;

  RETURN jsonb_build_object(
    'now', v_now,
    'answers', (SELECT jsonb_agg(jsonb_build_object('id', k.id, 'request_hash', encode(k.request_hash, 'hex'), 'answer', k.answer))
                FROM platform.idempotency_key k WHERE k.tenant_id = p_tenant AND k.id = ANY (v_wanted.answers)),
    'sessions', v_sessions,
    'registers', v_registers,
    'registers_named', (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'branch_id', r.branch_id))
                        FROM registers.register r WHERE r.tenant_id = p_tenant AND r.id = ANY (v_wanted.registers)),
    'places', v_places,
    'bearers', v_bearers,
    'kit_lines', v_kit_lines,
    'stock', v_stock,
    'books', v_books,
    'originals', v_originals,
    -- Read after what was paid of them is held: whoever gives back of the same sale holds it, too.
    'roots', (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'worth', r.worth::text, 'carried', r.carried::text))
              -- Each by an index of its own: with OR all sales of the tenant were read, for every sale.
              FROM (SELECT o.id, sum(s.total) AS worth, coalesce(sum(s.rounding) FILTER (WHERE s.total < 0), 0) AS carried
                    FROM unnest(v_roots) AS o (id) CROSS JOIN LATERAL (
                      SELECT f.total, f.rounding FROM sales.sale f WHERE f.tenant_id = p_tenant AND f.id = o.id
                      UNION ALL SELECT b.total, b.rounding FROM sales.sale b WHERE b.tenant_id = p_tenant AND b.root_id = o.id) s
                    GROUP BY o.id) r),
    'settings', v_settings,
    'quotes', v_quotes,
    'minor_units', v_minor_units,
    'goods', sales.goods(p_tenant, v_variants),
    'units', (SELECT jsonb_agg(jsonb_build_object('id', u.id, 'code', u.code, 'dimension', u.dimension, 'size', u.size::text, 'decimals', u.decimals))
              FROM catalog.unit u WHERE u.tenant_id = p_tenant),
    'prices', sales.prices(p_tenant, v_variants, v_days),
    'taxes', sales.taxes(p_tenant, v_variants, v_days),
    'batches', (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'variant_id', b.variant_id, 'number', b.number, 'expires_on', b.expires_on,
                  'is_blocked', b.is_blocked))
                FROM inventory.batch b
                WHERE b.tenant_id = p_tenant AND (b.id = ANY (v_wanted.batches) OR b.variant_id = ANY (v_variants) AND b.number = ANY (v_wanted.lots))),
    'tenders', v_paid.tenders,
    'paid', v_paid.paid,
    'authorizations', v_paid.authorizations,
    'tickets', (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'branch_id', t.branch_id, 'state', t.state))
                FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = ANY (v_wanted.tickets)),
    'channels', (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'commission_rate', c.commission_rate::text))
                 FROM channels.channel c WHERE c.tenant_id = p_tenant AND c.deleted_at IS NULL
                   AND (c.id = ANY (v_wanted.channels) OR c.id IN (SELECT (o.value ->> 'channel_id')::uuid FROM jsonb_array_elements(v_originals) o))),
    'customers', (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'group_id', (
                           SELECT r.group_id FROM parties.party_role r
                           WHERE r.tenant_id = p_tenant AND r.party_id = p.id AND r.role = 'customer' AND r.ended_at IS NULL)))
                  FROM parties.party p WHERE p.tenant_id = p_tenant AND p.deleted_at IS NULL AND p.anonymised_at IS NULL
                    AND (p.id = ANY (v_wanted.customers) OR p.id IN (SELECT (o.value ->> 'customer_id')::uuid FROM jsonb_array_elements(v_originals) o))),
    -- Of what was paid already.
    'frozen', CASE WHEN cardinality(v_wanted.made) > 0 THEN (
      SELECT jsonb_agg(jsonb_build_object('branch_id', c.branch_id, 'variant_id', c.variant_id)) FROM inventory.cost c
      WHERE c.tenant_id = p_tenant AND c.branch_id = ANY (v_branches) AND c.variant_id = ANY (v_variants) AND c.frozen_until > v_now) END,
    'ended', jsonb_build_object(
      'customers', (SELECT jsonb_agg(p.id) FROM parties.party p
                    WHERE p.tenant_id = p_tenant AND p.id = ANY (v_wanted.customers)
                      AND (p.deleted_at IS NOT NULL OR p.anonymised_at IS NOT NULL)),
      'channels', (SELECT jsonb_agg(c.id) FROM channels.channel c
                   WHERE c.tenant_id = p_tenant AND c.id = ANY (v_wanted.channels) AND c.deleted_at IS NOT NULL)),
    'accounts', (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'entity_id', a.entity_id, 'currency', a.currency, 'purpose', a.purpose,
                                    'holder_id', a.holder_id, 'code', a.code, 'name', a.name))
                 FROM ledger.account a
                 WHERE a.tenant_id = p_tenant AND a.entity_id = ANY (v_entities) AND a.purpose IS NOT NULL
                   AND (a.holder_id IS NULL OR a.holder_id = ANY (v_branches || v_session_ids))));
END
$function$;
COMMENT ON FUNCTION sales.hold(uuid,jsonb) IS 'Holds and reads all that a batch of receipts is decided on.';
GRANT EXECUTE ON FUNCTION sales.hold(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.names_on(p_tenant uuid, p_sale uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN (
    SELECT jsonb_build_object(
      'legal_name', v.legal_name, 'tax_number', v.tax_number, 'branch_name', v.branch_name, 'address', v.address,
      'phone', v.phone, 'time_zone', b.time_zone, 'locale', t.locale, 'register', r.code, 'cashier', w.display_name,
      'customer', c.name, 'original_number', o.number, 'minor_unit', u.minor_unit)
    FROM sales.sale s
    JOIN tenants.tenant t ON t.tenant_id = p_tenant
    JOIN sales.seller v ON v.tenant_id = p_tenant AND v.id = s.seller_id
    JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = s.branch_id
    JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
    JOIN reference.currency u ON u.code = s.currency
    LEFT JOIN tenants.employee w ON w.tenant_id = p_tenant AND w.id = s.employee_id
    LEFT JOIN parties.party c ON c.tenant_id = p_tenant AND c.id = s.customer_id
    LEFT JOIN sales.sale o ON o.tenant_id = p_tenant AND o.id = s.original_id
    WHERE s.tenant_id = p_tenant AND s.id = p_sale);
END
$function$;
GRANT EXECUTE ON FUNCTION sales.names_on(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.originals(p_tenant uuid, p_sales uuid[])
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object(
    'id', s.id, 'kind', s.kind, 'number', s.number, 'entity_id', s.entity_id, 'branch_id', s.branch_id, 'currency', s.currency,
    'device_id', s.device_id, 'root_id', coalesce(s.root_id, s.id), 'customer_id', s.customer_id, 'channel_id', s.channel_id, 'is_price_with_tax', s.is_price_with_tax, 'base_currency', s.base_currency,
    'fx_rate', s.fx_rate::text, 'total', s.total::text, 'rounding', s.rounding::text, 'fees_taken', (s.platform_fees + s.fees_returned)::text,
    'fees_returned', (SELECT coalesce(sum(r.fees_returned), 0)::text FROM sales.sale r WHERE r.tenant_id = p_tenant AND r.original_id = s.id),
    'lines', (SELECT jsonb_agg(jsonb_build_object(
                'line', l.line, 'of_line', l.of_line, 'variant_id', l.variant_id, 'name', l.name, 'sku', l.sku, 'barcode', l.barcode, 'hsn_code', l.hsn_code,
                'unit_code', l.unit_code, 'quantity', l.quantity::text, 'list_price', l.list_price::text, 'unit_price', l.unit_price::text,
                'gross', l.gross::text, 'discount', l.discount::text, 'net_discount', l.net_discount::text, 'net', l.net::text,
                'tax_class_id', l.tax_class_id, 'tax_class_code', l.tax_class_code, 'taxes', l.taxes, 'allocations', l.allocations,
                'back', (SELECT jsonb_agg(jsonb_build_object(
                           'quantity', b.quantity::text, 'gross', b.gross::text, 'discount', b.discount::text, 'net_discount', b.net_discount::text,
                           'net', b.net::text, 'taxes', b.taxes, 'allocations', b.allocations))
                         FROM sales.sale r JOIN sales.line b ON b.tenant_id = p_tenant AND b.sale_id = r.id
                         WHERE r.tenant_id = p_tenant AND r.original_id = s.id AND b.of_line = l.line)) ORDER BY l.line)
              FROM sales.line l WHERE l.tenant_id = p_tenant AND l.sale_id = s.id)))
  FROM sales.sale s WHERE s.tenant_id = p_tenant AND s.id = ANY (p_sales)
$function$;

CREATE OR REPLACE FUNCTION sales.payments_of(p_tenant uuid, p_sales uuid[])
 RETURNS TABLE(sale_id uuid, payments jsonb)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  SELECT p.document_id, jsonb_agg(jsonb_build_object(
           'id', p.id, 'kind', p.kind, 'tender_id', p.tender_id, 'code', t.code, 'name', p.tender_name,
           'tender_kind', t.kind, 'opens_drawer', t.opens_drawer, 'amount', p.amount::text, 'reference', p.reference,
           'authorization_id', p.authorization_id, 'is_correction', p.document_type = 'correction',
           'is_standing', p.kind <> 'reversal' AND NOT EXISTS (SELECT FROM payments.payment r WHERE r.tenant_id = p_tenant AND r.reverses_id = p.id))
           ORDER BY p.document_type = 'correction', p.recorded_at, p.line)
  FROM payments.payment p
  JOIN payments.tender t ON t.tenant_id = p_tenant AND t.id = p.tender_id
  WHERE p.tenant_id = p_tenant AND p.document_id = ANY (p_sales)
  GROUP BY p.document_id;
END
$function$;
GRANT EXECUTE ON FUNCTION sales.payments_of(uuid,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.prices(p_tenant uuid, p_variants uuid[], p_places jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object(
    'id', p.id, 'variant_id', p.variant_id, 'unit_price', p.unit_price::text, 'min_quantity', p.min_quantity::text, 'includes_tax', l.includes_tax,
    'branch_id', l.branch_id, 'channel_id', l.channel_id, 'customer_group_id', l.customer_group_id, 'currency', l.currency, 'today', d.today))
  FROM (SELECT DISTINCT w.currency, w.today FROM jsonb_to_recordset(p_places) AS w (currency text, today date)) d
  JOIN pricing.price p ON p.tenant_id = p_tenant AND p.variant_id = ANY (p_variants) AND p.valid @> d.today AND p.withdrawn_at IS NULL
  JOIN pricing.price_list l ON l.tenant_id = p_tenant AND l.id = p.price_list_id AND l.currency = d.currency
    AND (l.ended_on IS NULL OR l.ended_on > d.today)
$function$;

CREATE OR REPLACE FUNCTION sales.record(p_tenant uuid, p_receipts jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_count integer;
  v_written integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  IF jsonb_array_length(p_receipts -> 'accounts') > 0 THEN
    v_written := ledger.open_accounts(p_tenant, p_receipts -> 'accounts');
    IF v_written < jsonb_array_length(p_receipts -> 'accounts') THEN
      RAISE EXCEPTION 'an account was opened twice at once' USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;

  IF jsonb_array_length(p_receipts -> 'sellers') > 0 THEN
    INSERT INTO sales.seller (tenant_id, id, branch_id, legal_name, tax_number, branch_name, address, phone, recorded_at)
    SELECT p_tenant, w.id, b.id, e.legal_name, e.tax_number, b.name, coalesce(b.address, e.address), b.phone, v_now
    FROM jsonb_to_recordset(p_receipts -> 'sellers') AS w (id uuid, branch_id uuid)
    JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = w.branch_id
    JOIN tenants.entity e ON e.tenant_id = p_tenant AND e.id = b.entity_id;
  END IF;

  INSERT INTO sales.sale (tenant_id, id, kind, number, sequence, register_id, session_id, branch_id, entity_id, seller_id, employee_id, customer_id, channel_id,
    original_id, root_id, device_id, is_offline, is_price_with_tax, currency, base_currency, fx_rate, gross, discount, net_discount, net, tax, total, rounding,
    paid, change, cost, platform_fees, fees_returned, payment_fees, shipping_cost, base_total, taxes, data_quality_score, validation_notes, note,
    effective_on, made_at, recorded_at)
  SELECT p_tenant, s.id, s.kind, s.number, s.sequence, s.register_id, s.session_id, s.branch_id, s.entity_id, s.seller_id, s.employee_id, s.customer_id,
    s.channel_id, s.original_id, s.root_id, s.device_id, s.is_offline, s.is_price_with_tax, s.currency, s.base_currency, s.fx_rate, s.gross, s.discount, s.net_discount, s.net, s.tax,
    s.total, s.rounding, s.paid, s.change, s.cost, s.platform_fees, s.fees_returned, s.payment_fees, s.shipping_cost, s.base_total, s.taxes,
    s.data_quality_score, s.validation_notes, s.note, s.effective_on, s.made_at, v_now
  FROM ROWS FROM (jsonb_to_recordset(p_receipts -> 'sales') AS (
         id uuid, kind text, number text, sequence bigint, register_id uuid, session_id uuid, branch_id uuid, entity_id uuid, seller_id uuid,
         employee_id uuid, customer_id uuid, channel_id uuid, original_id uuid, root_id uuid, device_id uuid, is_offline boolean, is_price_with_tax boolean, currency text,
         base_currency text, fx_rate numeric, gross numeric, discount numeric, net_discount numeric, net numeric, tax numeric, total numeric,
         rounding numeric, paid numeric, change numeric, cost numeric, platform_fees numeric, fees_returned numeric, payment_fees numeric, shipping_cost numeric,
         base_total numeric, taxes jsonb, data_quality_score numeric, validation_notes text, note text, effective_on date,
         made_at timestamptz)) AS s
  ON CONFLICT ON CONSTRAINT sale_pkey DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < jsonb_array_length(p_receipts -> 'sales') THEN
    RETURN QUERY SELECT 'sale', 1, 'already_exists', NULL::integer, NULL::text;
    RETURN;
  END IF;

  INSERT INTO sales.line (tenant_id, sale_id, line, of_line, variant_id, name, sku, barcode, hsn_code, unit_code, quantity, list_price, unit_price,
    price_source, price_id, price_reason, discount_reason, gross, discount, net_discount, net, tax, total, cost, tax_class_id, tax_class_code, taxes,
    allocations, restock, recorded_at)
  SELECT p_tenant, l.sale_id, l.line, l.of_line, l.variant_id, l.name, l.sku, l.barcode, l.hsn_code, l.unit_code, l.quantity, l.list_price, l.unit_price,
    l.price_source, l.price_id, l.price_reason, l.discount_reason, l.gross, l.discount, l.net_discount, l.net, l.tax, l.total, l.cost, l.tax_class_id,
    l.tax_class_code, l.taxes, l.allocations, l.restock, v_now
  FROM jsonb_to_recordset(p_receipts -> 'lines') AS l (
         sale_id uuid, line integer, of_line integer, variant_id uuid, name text, sku text, barcode text, hsn_code text, unit_code text, quantity numeric,
         list_price numeric, unit_price numeric, price_source text, price_id uuid, price_reason text, discount_reason text, gross numeric,
         discount numeric, net_discount numeric, net numeric, tax numeric, total numeric, cost numeric, tax_class_id uuid, tax_class_code text,
         taxes jsonb, allocations jsonb, restock text);
  INSERT INTO sales.prescription (tenant_id, sale_id, line, number)
  SELECT p_tenant, l.sale_id, l.line, l.number
  FROM jsonb_to_recordset(p_receipts -> 'prescriptions') AS l (sale_id uuid, line integer, number text);

  IF jsonb_array_length(p_receipts -> 'postings') > 0 THEN
    RETURN QUERY
    SELECT 'posting', r.position::integer, r.code, r.line, trim_scale(r.available)::text
    FROM ROWS FROM (inventory.record(p_tenant, p_receipts -> 'postings')) WITH ORDINALITY AS r (code, line, available, position)
    WHERE r.code IS NOT NULL;
    IF FOUND THEN RETURN; END IF;
  END IF;

  RETURN QUERY
  SELECT 'payment', r.position::integer, r.code, r.line, trim_scale(r.available)::text
  FROM ROWS FROM (payments.record(p_tenant, p_receipts -> 'payments')) WITH ORDINALITY AS r (code, line, available, position)
  WHERE r.code IS NOT NULL;
  IF FOUND THEN RETURN; END IF;

  RETURN QUERY
  SELECT 'journal', r.position::integer, r.code, NULL::integer, r.detail
  FROM ROWS FROM (ledger.record(p_tenant, p_receipts -> 'journals')) WITH ORDINALITY AS r (effective_on, code, detail, position)
  WHERE r.code IS NOT NULL;
  IF FOUND THEN RETURN; END IF;

  IF jsonb_array_length(p_receipts -> 'tickets') > 0 THEN
    RETURN QUERY
    SELECT 'ticket', r.position::integer, r.code, NULL::integer, NULL::text
    FROM ROWS FROM (tickets.record(p_tenant, p_receipts -> 'tickets')) WITH ORDINALITY AS r (code, position)
    WHERE r.code IS NOT NULL;
    IF FOUND THEN RETURN; END IF;
  END IF;

  PERFORM registers.advance(p_tenant, p_receipts -> 'registers');

  INSERT INTO platform.idempotency_key (tenant_id, id, request_hash, answer, impersonal_answer)
  SELECT p_tenant, a.id, decode(a.request_hash, 'hex'), a.answer::json, a.impersonal_answer::json
  FROM jsonb_to_recordset(p_receipts -> 'answers') AS a (id uuid, request_hash text, answer text, impersonal_answer text)
  ORDER BY a.id
  ON CONFLICT (tenant_id, id) DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < jsonb_array_length(p_receipts -> 'answers') THEN
    -- Another transaction did the same command meanwhile: the next try finds its answer.
    RAISE EXCEPTION 'a command was done twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  IF jsonb_array_length(p_receipts -> 'entries') > 0 THEN
    PERFORM FROM audit.record(p_tenant, p_receipts -> 'entries');
  END IF;
END
$function$;
COMMENT ON FUNCTION sales.record(uuid,jsonb) IS 'The only writer of receipts.';
GRANT EXECUTE ON FUNCTION sales.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.record_print(p_tenant uuid, p_sale uuid, p_format text, p_locale text, p_actor uuid)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM sales.sale s WHERE s.tenant_id = p_tenant AND s.id = p_sale FOR NO KEY UPDATE;
  SELECT coalesce(max(k.number), 0) + 1 INTO v_number FROM sales.print k WHERE k.tenant_id = p_tenant AND k.sale_id = p_sale;
  INSERT INTO sales.print (tenant_id, sale_id, number, format, locale, actor_id, recorded_at)
  VALUES (p_tenant, p_sale, v_number, p_format, p_locale, p_actor, transaction_timestamp());
  RETURN v_number;
END
$function$;
COMMENT ON FUNCTION sales.record_print(uuid,uuid,text,text,uuid) IS 'The only writer of prints.';
GRANT EXECUTE ON FUNCTION sales.record_print(uuid,uuid,text,text,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.record_void(p_tenant uuid, p_void jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO sales.void (tenant_id, id, register_id, session_id, branch_id, employee_id, reason, currency, total, lines, recorded_at)
  SELECT p_tenant, v.id, v.register_id, v.session_id, v.branch_id, v.employee_id, v.reason, v.currency, v.total, v.lines, transaction_timestamp()
  FROM jsonb_to_record(p_void) AS v (
    id uuid, register_id uuid, session_id uuid, branch_id uuid, employee_id uuid, reason text, currency text, total numeric, lines jsonb);
END
$function$;
COMMENT ON FUNCTION sales.record_void(uuid,jsonb) IS 'The only writer of baskets that were given up.';
GRANT EXECUTE ON FUNCTION sales.record_void(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION sales.settings_in_force(p_tenant uuid, p_branches uuid[], p_environment text, p_names text[])
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT jsonb_agg(jsonb_build_object('place_id', b.id, 'id', f.id, 'name', f.name, 'value', f.value, 'sealed', f.sealed, 'source', f.source))
  FROM unnest(p_branches) AS b (id) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (found.name) found.id, found.name, found.value, found.sealed, found.source
    FROM (
      SELECT v.id, v.name, v.value, v.sealed, v.environment, CASE WHEN v.branch_id IS NULL THEN 'tenant' ELSE 'branch' END AS source
      FROM settings.value v
      WHERE v.tenant_id = p_tenant AND v.name = ANY (p_names) AND (v.branch_id IS NULL OR v.branch_id = b.id)
        AND v.environment IN ('', p_environment) AND v.withdrawn_by = 0 AND v.is_set AND v.valid @> transaction_timestamp()
      UNION ALL
      SELECT p.id, p.name, p.value, p.sealed, p.environment, 'platform'
      FROM settings.platform_value p
      WHERE p.name = ANY (p_names) AND p.environment IN ('', p_environment) AND p.withdrawn_by = 0 AND p.is_set
        AND p.valid @> transaction_timestamp()) AS found
    ORDER BY found.name, array_position('{branch,tenant,platform}'::text[], found.source), found.environment DESC) f
$function$;

CREATE OR REPLACE FUNCTION sales.taxes(p_tenant uuid, p_variants uuid[], p_places jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  WITH RECURSIVE standing AS (
    SELECT w.id AS branch_id, w.today, coalesce((SELECT j.codes FROM tax.branch_jurisdiction j WHERE j.tenant_id = p_tenant AND j.id = w.id), ARRAY[w.country]) AS codes
    FROM jsonb_to_recordset(p_places) AS w (id uuid, country text, today date)
  ), place AS (
    SELECT j.code, j.name, j.kind, j.parent_code, j.adds_to_parent, j.needs_inner_place, false AS own, j.rounding, j.rounding_mode, j.rounding_of,
           j.prices_include_tax, j.rule_source
    FROM tax.jurisdiction j
    UNION ALL
    SELECT l.code, l.name, l.kind, l.parent_code, l.adds_to_parent, false, true, NULL, NULL, NULL, NULL, NULL
    FROM tax.local_jurisdiction l
    WHERE l.tenant_id = p_tenant AND NOT EXISTS (SELECT FROM tax.jurisdiction j WHERE j.code = l.code)
  ), path AS (
    SELECT place.* FROM place WHERE place.code IN (SELECT unnest(s.codes) FROM standing s)
    UNION
    SELECT place.* FROM place JOIN path ON place.code = path.parent_code
  )
  SELECT jsonb_build_object(
    'standing', (SELECT jsonb_agg(jsonb_build_object('branch_id', s.branch_id, 'today', s.today, 'codes', s.codes)) FROM standing s),
    'jurisdictions', (SELECT jsonb_agg(to_jsonb(path)) FROM path),
    'own', (SELECT jsonb_agg(jsonb_build_object('today', d.today, 'jurisdiction_code', r.jurisdiction_code, 'class_id', r.class_id, 'name', r.name,
                               'rate', r.rate::text, 'compound', r.compound))
            FROM (SELECT DISTINCT today FROM standing) d JOIN tax.rate r ON r.tenant_id = p_tenant AND r.valid @> d.today AND r.deleted_at IS NULL
            WHERE r.jurisdiction_code IN (SELECT path.code FROM path)),
    'reference', (SELECT jsonb_agg(jsonb_build_object('today', d.today, 'jurisdiction_code', r.jurisdiction_code, 'rate_name', r.name, 'tax', r.tax,
                                     'rate', r.rate::text))
                  FROM (SELECT DISTINCT today FROM standing) d JOIN tax.reference_rate r ON r.valid @> d.today
                  WHERE r.jurisdiction_code IN (SELECT path.code FROM path)),
    'classes', (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'code', c.code, 'treatment', c.treatment, 'rate_name', c.rate_name))
                FROM tax.class c
                WHERE c.tenant_id = p_tenant AND c.id IN (
                  SELECT p.tax_class_id FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
                  WHERE v.tenant_id = p_tenant AND v.id = ANY (p_variants))))
$function$;
COMMENT ON FUNCTION sales.taxes(uuid,uuid[],jsonb) IS 'The taxes that receipts of places are decided on. It reads as whoever asks.';
GRANT EXECUTE ON FUNCTION sales.taxes(uuid,uuid[],jsonb) TO comptoir_app;
