-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA history AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA history TO comptoir_app;
GRANT USAGE ON SCHEMA history TO comptoir_read;

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
  fx_rate numeric(36,18) NOT NULL,
  gross_revenue numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_revenue numeric(19,4) GENERATED ALWAYS AS ((gross_revenue - discount)) STORED NOT NULL,
  tax numeric(19,4) NOT NULL,
  adjustment numeric(19,4) NOT NULL,
  total numeric(19,4) GENERATED ALWAYS AS ((gross_revenue - discount + tax + adjustment)) STORED NOT NULL,
  platform_fees numeric(19,4) NOT NULL,
  shipping_cost numeric(19,4) NOT NULL,
  cost_of_goods numeric(19,4),
  net_profit numeric(19,4) GENERATED ALWAYS AS ((gross_revenue - discount - cost_of_goods - platform_fees - shipping_cost)) STORED,
  base_tax numeric(19,4) NOT NULL,
  base_total numeric(19,4) NOT NULL,
  base_net numeric(19,4) GENERATED ALWAYS AS ((base_total - base_tax)) STORED NOT NULL,
  line_count integer NOT NULL,
  content_sha256 bytea NOT NULL,
  data_quality_score numeric(5,2),
  is_validated boolean NOT NULL,
  validation_notes text,
  note text,
  reference text,
  import_id uuid,
  is_stock_moved boolean NOT NULL,
  journal_id uuid,
  effective_on date NOT NULL,
  made_at timestamp with time zone,
  last_made_at timestamp with time zone,
  actor_id uuid,
  "position" integer NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT document_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT document_number_key UNIQUE (tenant_id, source, number, kind, edition),
  CONSTRAINT document_adjustment_is_no_revenue CHECK (
CASE
    WHEN kind = 'adjustment'::text THEN gross_revenue = 0::numeric AND discount = 0::numeric AND tax = 0::numeric
    ELSE adjustment = 0::numeric
END),
  CONSTRAINT document_kind_known CHECK (kind = ANY (ARRAY['sale'::text, 'refund'::text, 'credit'::text, 'adjustment'::text])),
  CONSTRAINT document_made_in_order CHECK (last_made_at >= made_at),
  CONSTRAINT document_rate_above_zero CHECK (fx_rate > 0::numeric),
  CONSTRAINT document_refund_of_a_sale CHECK ((kind = 'refund'::text) = (original_id IS NOT NULL)),
  CONSTRAINT document_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT document_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT document_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party(tenant_id, id),
  CONSTRAINT document_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT document_original_id_fkey FOREIGN KEY (tenant_id, original_id) REFERENCES history.document(tenant_id, id)
);
COMMENT ON TABLE history.document IS 'class: tenant, append-only. What was sold, given back or adjusted before Comptoir or elsewhere, under the number it had there; amounts of what went back are below zero, and gross_revenue is of goods, without tax, before discounts; an adjustment is no revenue. A refund names the sale it is of, a credit does not know it, an adjustment is of amounts without goods. base_currency is that of the books of the legal entity. A number may come again after all documents of it were reversed: edition counts them. cost_of_goods is null where the cost of some line is not known. reference says where it came from, such as a file and a row. position is its place among those recorded together: what moved last is taken back first. content_sha256 is of all that the document says. Its journal has the same id.';
CREATE INDEX document_branch_id ON history.document USING btree (tenant_id, branch_id, effective_on, id);
CREATE INDEX document_channel_id ON history.document USING btree (tenant_id, channel_id);
CREATE INDEX document_customer_id ON history.document USING btree (tenant_id, customer_id, effective_on);
CREATE INDEX document_effective_on ON history.document USING btree (tenant_id, effective_on, id);
CREATE INDEX document_entity_id ON history.document USING btree (tenant_id, entity_id, effective_on);
CREATE INDEX document_import_id ON history.document USING btree (tenant_id, import_id) WHERE import_id IS NOT NULL;
CREATE INDEX document_number ON history.document USING btree (tenant_id, number);
CREATE INDEX document_original_id ON history.document USING btree (tenant_id, original_id);
ALTER TABLE history.document ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON history.document FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON history.document FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE history.document TO comptoir_app;
GRANT SELECT ON TABLE history.document TO comptoir_read;
REVOKE TRUNCATE ON TABLE history.document FROM comptoir_owner;

CREATE TABLE history.line (
  tenant_id uuid NOT NULL,
  document_id uuid NOT NULL,
  line integer NOT NULL,
  role text NOT NULL,
  variant_id uuid,
  name text,
  sku text,
  quantity numeric(19,6) NOT NULL,
  unit_price numeric(19,6) NOT NULL,
  exact_amount numeric(38,12) GENERATED ALWAYS AS ((quantity * unit_price)) STORED NOT NULL,
  gross numeric(19,4) NOT NULL,
  discount numeric(19,4) NOT NULL,
  net_discount numeric(19,4) NOT NULL,
  tax_class_id uuid,
  tax_rate numeric(9,6),
  net numeric(19,4) NOT NULL,
  tax numeric(19,4) NOT NULL,
  total numeric(19,4) GENERATED ALWAYS AS ((net + tax)) STORED NOT NULL,
  cost numeric(19,4),
  allocations jsonb,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, document_id, line),
  CONSTRAINT line_allocations_are_a_list CHECK (jsonb_typeof(allocations) = 'array'::text),
  CONSTRAINT line_of_goods CHECK ((role = 'adjustment'::text) = (variant_id IS NULL)),
  CONSTRAINT line_role_known CHECK (role = ANY (ARRAY['sold'::text, 'returned'::text, 'stock_adjustment'::text, 'adjustment'::text])),
  CONSTRAINT line_stock_adjustment_is_free CHECK (role <> 'stock_adjustment'::text OR quantity < 0::numeric AND unit_price = 0::numeric AND net = 0::numeric AND tax = 0::numeric),
  CONSTRAINT line_document_id_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES history.document(tenant_id, id),
  CONSTRAINT line_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE history.line IS 'class: tenant, append-only. A line as the document had it: name as it was printed, quantity below zero for what came back, price with or without tax as the document says. exact_amount is not rounded; gross and discount are in prices of the document, net_discount, net and tax without tax; each is rounded to the minor unit, halves away from zero; tax_rate is in percent, null where the document said none. A stock adjustment is a line below zero that cost nothing on an ordinary invoice: goods that were lost, and no return. allocations say what moved of which batch at which value, where stock was moved.';
CREATE INDEX line_tax_class_id ON history.line USING btree (tenant_id, tax_class_id);
CREATE INDEX line_variant_id ON history.line USING btree (tenant_id, variant_id, document_id);
ALTER TABLE history.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON history.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON history.line FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE history.line TO comptoir_app;
GRANT SELECT ON TABLE history.line TO comptoir_read;
REVOKE TRUNCATE ON TABLE history.line FROM comptoir_owner;

CREATE TABLE history.reversal (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  document_id uuid NOT NULL,
  reason text NOT NULL,
  effective_on date NOT NULL,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT reversal_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT reversal_document_key UNIQUE (tenant_id, document_id),
  CONSTRAINT reversal_document_id_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES history.document(tenant_id, id)
);
COMMENT ON TABLE history.reversal IS 'class: tenant, append-only. A document that was taken back: it counts nowhere any more. The journal that takes back its journal, and the posting that takes back its stock, have the id of the reversal.';
ALTER TABLE history.reversal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON history.reversal FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON history.reversal FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE history.reversal TO comptoir_app;
GRANT SELECT ON TABLE history.reversal TO comptoir_read;
REVOKE TRUNCATE ON TABLE history.reversal FROM comptoir_owner;

CREATE VIEW history.read_checked_document WITH (security_invoker=true) AS
 SELECT tenant_id,
    document_id::text AS key,
    number AS label,
    document_id AS id,
    source,
    number,
    kind,
    branch_id,
    customer_id,
    channel_id,
    currency,
    net_revenue AS net,
    tax,
    total,
    cost_of_goods AS cost,
    net_profit,
    line_count,
    data_quality_score,
    is_validated,
    import_id,
    effective_on,
    made_at
   FROM history.read_document d;
COMMENT ON VIEW history.read_checked_document IS 'Published: what rules of quality judge of a document of earlier sales that was not taken back.';
GRANT SELECT ON TABLE history.read_checked_document TO comptoir_app;
GRANT SELECT ON TABLE history.read_checked_document TO comptoir_read;

CREATE VIEW history.read_checked_line WITH (security_invoker=true) AS
 SELECT tenant_id,
    (document_id || ':'::text) || line AS key,
    name AS label,
    document_id,
    line,
    kind,
    role,
    branch_id,
    customer_id,
    variant_id,
    name,
    sku,
    quantity,
    unit_price,
    tax_rate,
    net,
    tax,
    total,
    cost,
    effective_on,
    ((effective_on + '10:00:00'::time without time zone) AT TIME ZONE 'UTC'::text) AS happened_at
   FROM history.read_line l;
COMMENT ON VIEW history.read_checked_line IS 'Published: what rules of quality judge of a line of such a document.';
GRANT SELECT ON TABLE history.read_checked_line TO comptoir_app;
GRANT SELECT ON TABLE history.read_checked_line TO comptoir_read;

CREATE VIEW history.read_document WITH (security_invoker=true) AS
 SELECT tenant_id,
    id AS document_id,
    kind,
    source,
    number,
    entity_id,
    branch_id,
    customer_id,
    channel_id,
    original_id,
    currency,
    gross_revenue,
    discount,
    net_revenue,
    tax,
    adjustment,
    total,
    platform_fees,
    shipping_cost,
    cost_of_goods,
    net_profit,
    base_currency,
    fx_rate,
    base_net,
    base_tax,
    base_total,
    line_count,
    data_quality_score,
    is_validated,
    import_id,
    effective_on,
    made_at
   FROM history.document d
  WHERE NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id));
COMMENT ON VIEW history.read_document IS 'Published: documents that were not reversed.';
GRANT SELECT ON TABLE history.read_document TO comptoir_app;
GRANT SELECT ON TABLE history.read_document TO comptoir_read;

CREATE VIEW history.read_line WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.id AS document_id,
    l.line,
    d.kind,
    l.role,
    d.source,
    d.branch_id,
    d.entity_id,
    d.customer_id,
    d.channel_id,
    l.variant_id,
    l.name,
    l.sku,
    l.quantity,
    l.unit_price,
    l.exact_amount,
    l.tax_rate,
    l.net,
    l.tax,
    l.total,
    l.cost,
    d.currency,
    d.effective_on,
    d.made_at
   FROM history.document d
     JOIN history.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id
  WHERE NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id));
COMMENT ON VIEW history.read_line IS 'Published: lines of documents that were not reversed. Revenue is the net of those whose kind is not adjustment; demand is the quantity of those whose role is sold or returned.';
GRANT SELECT ON TABLE history.read_line TO comptoir_app;
GRANT SELECT ON TABLE history.read_line TO comptoir_read;

CREATE OR REPLACE FUNCTION history.hold(p_tenant uuid, p_ids uuid[], p_for_change boolean)
 RETURNS TABLE(id uuid, kind text, number text, entity_id uuid, branch_id uuid, customer_id uuid, currency text, effective_on date, is_stock_moved boolean, journal_id uuid, counts_on date, is_reversed boolean, refunds jsonb, allocations jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_for_change THEN
    PERFORM FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids) ORDER BY d.id FOR UPDATE;
  ELSE
    PERFORM FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids) ORDER BY d.id FOR KEY SHARE;
  END IF;
  RETURN QUERY
  SELECT d.id, d.kind, d.number, d.entity_id, d.branch_id, d.customer_id, d.currency, d.effective_on, d.is_stock_moved, d.journal_id,
         (SELECT j.effective_on FROM ledger.journal j WHERE j.tenant_id = p_tenant AND j.id = d.journal_id),
         EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.document_id = d.id),
         CASE WHEN p_for_change AND d.kind = 'sale' THEN (
           SELECT jsonb_agg(jsonb_build_object('id', b.id, 'number', b.number) ORDER BY b.number) FROM history.document b
           WHERE b.tenant_id = p_tenant AND b.original_id = d.id
             AND NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.document_id = b.id)) END,
         CASE WHEN p_for_change AND d.is_stock_moved THEN (
           SELECT jsonb_agg(a.value ORDER BY array_position('{returned,sold,stock_adjustment}', l.role) DESC, l.line DESC, a.position DESC) FROM history.line l, jsonb_array_elements(l.allocations) WITH ORDINALITY AS a (value, position)
           WHERE l.tenant_id = p_tenant AND l.document_id = d.id) END
  FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids)
  ORDER BY d.recorded_at DESC, d.position DESC;
END
$function$;
COMMENT ON FUNCTION history.hold(uuid,uuid[],boolean) IS 'Holds documents until the end of the transaction.';
GRANT EXECUTE ON FUNCTION history.hold(uuid,uuid[],boolean) TO comptoir_app;

CREATE OR REPLACE FUNCTION history.post(p_tenant uuid, p_given jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF jsonb_array_length(p_given -> 'postings') > 0 THEN
    RETURN QUERY
    SELECT 'posting', r.position::integer, r.code, r.line, trim_scale(r.available)::text
    FROM ROWS FROM (inventory.record(p_tenant, p_given -> 'postings')) WITH ORDINALITY AS r (code, line, available, position)
    WHERE r.code IS NOT NULL;
    IF FOUND THEN RETURN; END IF;
  END IF;
  IF jsonb_array_length(p_given -> 'journals') > 0 THEN
    RETURN QUERY
    SELECT 'journal', r.position::integer, r.code, NULL::integer, r.detail
    FROM ROWS FROM (ledger.record(p_tenant, p_given -> 'journals')) WITH ORDINALITY AS r (effective_on, code, detail, position)
    WHERE r.code IS NOT NULL;
  END IF;
END
$function$;
COMMENT ON FUNCTION history.post(uuid,jsonb) IS 'Posts for history.record and history.reverse.';

CREATE OR REPLACE FUNCTION history.record(p_tenant uuid, p_given jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO history.document (tenant_id, id, kind, source, number, edition, entity_id, branch_id, customer_id, channel_id, original_id, is_price_with_tax,
    currency, base_currency, fx_rate, gross_revenue, discount, tax, adjustment, platform_fees, shipping_cost, cost_of_goods, base_tax, base_total,
    line_count, content_sha256, data_quality_score, is_validated, validation_notes, note, reference, import_id, is_stock_moved, journal_id, effective_on,
    made_at, last_made_at, actor_id, position, recorded_at)
  SELECT p_tenant, d.id, d.kind, d.source, d.number, d.edition, d.entity_id, d.branch_id, d.customer_id, d.channel_id, d.original_id, d.is_price_with_tax,
    d.currency, d.base_currency, d.fx_rate, d.gross_revenue, d.discount, d.tax, d.adjustment, d.platform_fees, d.shipping_cost, d.cost_of_goods, d.base_tax,
    d.base_total, d.line_count, decode(d.content_sha256, 'hex'), d.data_quality_score, d.is_validated, d.validation_notes, d.note, d.reference, d.import_id,
    d.is_stock_moved, d.journal_id, d.effective_on, d.made_at, d.last_made_at, d.actor_id, d.position, v_now
  FROM jsonb_to_recordset(p_given -> 'documents') AS d (
    id uuid, kind text, source text, number text, edition integer, entity_id uuid, branch_id uuid, customer_id uuid, channel_id uuid, original_id uuid,
    is_price_with_tax boolean, currency text, base_currency text, fx_rate numeric, gross_revenue numeric, discount numeric, tax numeric,
    adjustment numeric, platform_fees numeric, shipping_cost numeric, cost_of_goods numeric, base_tax numeric, base_total numeric, line_count integer,
    content_sha256 text, data_quality_score numeric, is_validated boolean, validation_notes text, note text, reference text, import_id uuid,
    is_stock_moved boolean, journal_id uuid, effective_on date, made_at timestamptz, last_made_at timestamptz, actor_id uuid, position integer)
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < jsonb_array_length(p_given -> 'documents') THEN
    RAISE EXCEPTION 'a document was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO history.line (tenant_id, document_id, line, role, variant_id, name, sku, quantity, unit_price, gross, discount, net_discount, tax_class_id,
    tax_rate, net, tax, cost, allocations, recorded_at)
  SELECT p_tenant, l.document_id, l.line, l.role, l.variant_id, l.name, l.sku, l.quantity, l.unit_price, l.gross, l.discount, l.net_discount, l.tax_class_id,
    l.tax_rate, l.net, l.tax, l.cost, l.allocations, v_now
  FROM jsonb_to_recordset(p_given -> 'lines') AS l (
    document_id uuid, line integer, role text, variant_id uuid, name text, sku text, quantity numeric, unit_price numeric, gross numeric, discount numeric,
    net_discount numeric, tax_class_id uuid, tax_rate numeric, net numeric, tax numeric, cost numeric, allocations jsonb);

  RETURN QUERY SELECT w.* FROM history.post(p_tenant, p_given) w;
END
$function$;
COMMENT ON FUNCTION history.record(uuid,jsonb) IS 'The only writer of documents of earlier sales and their lines.';
GRANT EXECUTE ON FUNCTION history.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION history.reverse(p_tenant uuid, p_given jsonb)
 RETURNS TABLE(part text, item integer, code text, line integer, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO history.reversal (tenant_id, id, document_id, reason, effective_on, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.document_id, r.reason, r.effective_on, r.actor_id, transaction_timestamp()
  FROM jsonb_to_recordset(p_given -> 'reversals') AS r (id uuid, document_id uuid, reason text, effective_on date, actor_id uuid);
  RETURN QUERY SELECT w.* FROM history.post(p_tenant, p_given) w;
END
$function$;
COMMENT ON FUNCTION history.reverse(uuid,jsonb) IS 'The only writer of reversals of documents of earlier sales.';
GRANT EXECUTE ON FUNCTION history.reverse(uuid,jsonb) TO comptoir_app;
