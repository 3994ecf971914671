-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA catalog AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA catalog TO comptoir_app;
GRANT USAGE ON SCHEMA catalog TO comptoir_read;

CREATE TABLE catalog.barcode (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  pack_id uuid,
  kind text NOT NULL,
  code text NOT NULL,
  key text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT barcode_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT barcode_kind_known CHECK (kind = ANY (ARRAY['ean_8'::text, 'upc_a'::text, 'ean_13'::text, 'itf_14'::text, 'internal'::text, 'in_store'::text])),
  CONSTRAINT barcode_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack(tenant_id, id),
  CONSTRAINT barcode_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.barcode IS 'class: tenant. What a scanner reads on a variant or a pack of it. key is what it is looked up by: a GTIN has 14 digits, whatever it was printed as.';
CREATE UNIQUE INDEX barcode_key_key ON catalog.barcode USING btree (tenant_id, key) WHERE deleted_at IS NULL;
CREATE INDEX barcode_pack_id ON catalog.barcode USING btree (tenant_id, pack_id);
CREATE INDEX barcode_variant_id ON catalog.barcode USING btree (tenant_id, variant_id);
ALTER TABLE catalog.barcode ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.barcode FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.barcode TO comptoir_app;
GRANT SELECT ON TABLE catalog.barcode TO comptoir_read;
GRANT UPDATE (version, updated_at, deleted_at) ON TABLE catalog.barcode TO comptoir_app;

CREATE TABLE catalog.category (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  parent_id uuid,
  name text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT category_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT category_not_in_itself CHECK (parent_id <> id),
  CONSTRAINT category_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES catalog.category(tenant_id, id)
);
COMMENT ON TABLE catalog.category IS 'class: tenant. A place of products in a tree; the commands see to it that no branch of it bites its tail.';
CREATE UNIQUE INDEX category_name_key ON catalog.category USING btree (tenant_id, parent_id, lower(name)) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE INDEX category_parent_id ON catalog.category USING btree (tenant_id, parent_id);
ALTER TABLE catalog.category ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.category FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.category TO comptoir_app;
GRANT SELECT ON TABLE catalog.category TO comptoir_read;
GRANT UPDATE (parent_id, name, version, updated_at, deleted_at) ON TABLE catalog.category TO comptoir_app;

CREATE TABLE catalog.kit_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kit_id uuid NOT NULL,
  component_id uuid NOT NULL,
  quantity numeric(19,6) NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT kit_line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT kit_line_component_key UNIQUE (tenant_id, kit_id, component_id),
  CONSTRAINT kit_line_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT kit_line_component_id_fkey FOREIGN KEY (tenant_id, component_id) REFERENCES catalog.variant(tenant_id, id),
  CONSTRAINT kit_line_kit_id_fkey FOREIGN KEY (tenant_id, kit_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.kit_line IS 'class: tenant. So much of a component is in one of a kit; no component is a kit.';
CREATE INDEX kit_line_component_id ON catalog.kit_line USING btree (tenant_id, component_id);
ALTER TABLE catalog.kit_line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.kit_line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.kit_line TO comptoir_app;
GRANT SELECT ON TABLE catalog.kit_line TO comptoir_read;
GRANT UPDATE (quantity, version, updated_at, deleted_at) ON TABLE catalog.kit_line TO comptoir_app;

CREATE TABLE catalog.pack (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  name text NOT NULL,
  quantity numeric(19,6) NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT pack_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT pack_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT pack_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.pack IS 'class: tenant. A box, tray or roll that holds so much of a variant, in the unit of its product.';
CREATE UNIQUE INDEX pack_name_key ON catalog.pack USING btree (tenant_id, variant_id, name) WHERE deleted_at IS NULL;
CREATE INDEX pack_variant_id ON catalog.pack USING btree (tenant_id, variant_id);
ALTER TABLE catalog.pack ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.pack FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.pack TO comptoir_app;
GRANT SELECT ON TABLE catalog.pack TO comptoir_read;
GRANT UPDATE (name, quantity, version, updated_at, deleted_at) ON TABLE catalog.pack TO comptoir_app;

CREATE TABLE catalog.product (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  description text,
  labels jsonb DEFAULT '[]'::jsonb NOT NULL,
  unit_id uuid NOT NULL,
  tax_class_id uuid NOT NULL,
  category_id uuid,
  hsn_code text,
  is_expiry_tracked boolean NOT NULL,
  is_prescription_only boolean NOT NULL,
  is_open_price boolean NOT NULL,
  is_sellable boolean NOT NULL,
  is_discontinued boolean NOT NULL,
  search_rank smallint GENERATED ALWAYS AS ((length(name) +
CASE
    WHEN is_sellable THEN 0
    ELSE 10000
END)) STORED NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT product_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT product_expiry_of_stock CHECK (kind = 'stocked'::text OR NOT is_expiry_tracked),
  CONSTRAINT product_kind_known CHECK (kind = ANY (ARRAY['stocked'::text, 'service'::text, 'kit'::text])),
  CONSTRAINT product_labels_are_a_list CHECK (jsonb_typeof(labels) = 'array'::text),
  CONSTRAINT product_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES catalog.category(tenant_id, id),
  CONSTRAINT product_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class(tenant_id, id),
  CONSTRAINT product_unit_id_fkey FOREIGN KEY (tenant_id, unit_id) REFERENCES catalog.unit(tenant_id, id)
);
COMMENT ON TABLE catalog.product IS 'class: tenant. What is sold, used or made. Kind and unit stay as they were made, for stock and documents are kept in them.';
CREATE INDEX product_category_id ON catalog.product USING btree (tenant_id, category_id, id);
CREATE INDEX product_name ON catalog.product USING btree (tenant_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX product_tax_class_id ON catalog.product USING btree (tenant_id, tax_class_id);
CREATE INDEX product_unit_id ON catalog.product USING btree (tenant_id, unit_id);
ALTER TABLE catalog.product ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.product FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.product TO comptoir_app;
GRANT SELECT ON TABLE catalog.product TO comptoir_read;
GRANT UPDATE (name, description, labels, tax_class_id, category_id, hsn_code, is_expiry_tracked, is_prescription_only, is_open_price, is_sellable, is_discontinued, version, updated_at, deleted_at) ON TABLE catalog.product TO comptoir_app;

CREATE TABLE catalog.term (
  tenant_id uuid NOT NULL,
  term text NOT NULL,
  rank smallint NOT NULL,
  variant_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT term_pkey PRIMARY KEY (tenant_id, term, rank, variant_id),
  CONSTRAINT term_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE catalog.term IS 'class: tenant. The words, parts of words and codes by which a variant is found, each by equality; written only by catalog.index_terms, from what the product says, with its search_rank.';
CREATE INDEX term_variant_id ON catalog.term USING btree (tenant_id, variant_id);
ALTER TABLE catalog.term ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.term FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE catalog.term TO comptoir_app;
GRANT SELECT ON TABLE catalog.term TO comptoir_read;

CREATE TABLE catalog.unit (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  dimension text NOT NULL,
  size numeric(24,12) NOT NULL,
  decimals smallint NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT unit_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT unit_code_key UNIQUE (tenant_id, code),
  CONSTRAINT unit_decimals_in_range CHECK (decimals >= 0 AND decimals <= 6),
  CONSTRAINT unit_dimension_known CHECK (dimension = ANY (ARRAY['count'::text, 'mass'::text, 'volume'::text, 'length'::text, 'area'::text, 'time'::text])),
  CONSTRAINT unit_size_above_zero CHECK (size > 0::numeric)
);
COMMENT ON TABLE catalog.unit IS 'class: tenant. What quantities are counted in, with so many decimals; size is in pieces, kilograms, litres, metres, square metres or hours.';
ALTER TABLE catalog.unit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.unit FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.unit TO comptoir_app;
GRANT SELECT ON TABLE catalog.unit TO comptoir_read;
GRANT UPDATE (name, version, updated_at) ON TABLE catalog.unit TO comptoir_app;

CREATE TABLE catalog.variant (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  sku text,
  sku_key text GENERATED ALWAYS AS (upper(sku COLLATE "C")) STORED,
  options jsonb DEFAULT '[]'::jsonb NOT NULL,
  weight_kg numeric(19,6),
  length_cm numeric(19,6),
  width_cm numeric(19,6),
  height_cm numeric(19,6),
  production_hours numeric(19,6),
  batch_size_min numeric(19,6),
  batch_size_max numeric(19,6),
  cost numeric(19,6),
  cost_currency text,
  allows_negative_stock boolean DEFAULT false NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT variant_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT variant_batch_size_in_order CHECK (batch_size_min > 0::numeric AND batch_size_max >= batch_size_min),
  CONSTRAINT variant_cost_has_a_currency CHECK ((cost IS NULL) = (cost_currency IS NULL)),
  CONSTRAINT variant_cost_not_negative CHECK (cost >= 0::numeric),
  CONSTRAINT variant_measures_not_negative CHECK (weight_kg >= 0::numeric AND length_cm >= 0::numeric AND width_cm >= 0::numeric AND height_cm >= 0::numeric AND production_hours >= 0::numeric),
  CONSTRAINT variant_options_are_a_list CHECK (jsonb_typeof(options) = 'array'::text),
  CONSTRAINT variant_cost_currency_fkey FOREIGN KEY (cost_currency) REFERENCES reference.currency(code),
  CONSTRAINT variant_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product(tenant_id, id)
);
COMMENT ON TABLE catalog.variant IS 'class: tenant. What of a product is counted, priced and scanned: its one form, or one of several by size, colour or the like.';
CREATE INDEX variant_cost_currency ON catalog.variant USING btree (cost_currency);
CREATE UNIQUE INDEX variant_options_key ON catalog.variant USING btree (tenant_id, product_id, lower(options::text)) WHERE deleted_at IS NULL;
CREATE INDEX variant_product_id ON catalog.variant USING btree (tenant_id, product_id);
CREATE INDEX variant_sku_folded ON catalog.variant USING btree (tenant_id, sku_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX variant_sku_key ON catalog.variant USING btree (tenant_id, sku) WHERE deleted_at IS NULL;
ALTER TABLE catalog.variant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON catalog.variant FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE catalog.variant TO comptoir_app;
GRANT SELECT ON TABLE catalog.variant TO comptoir_read;
GRANT UPDATE (sku, options, weight_kg, length_cm, width_cm, height_cm, production_hours, batch_size_min, batch_size_max, cost, cost_currency, allows_negative_stock, version, updated_at, deleted_at) ON TABLE catalog.variant TO comptoir_app;

CREATE VIEW catalog.read_category WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    name
   FROM catalog.category c;
COMMENT ON VIEW catalog.read_category IS 'Published: what categories are called, deleted ones included.';
GRANT SELECT ON TABLE catalog.read_category TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_category TO comptoir_read;

CREATE VIEW catalog.read_checked_product WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    p.name AS label,
    p.id,
    p.name,
    p.kind,
    p.category_id,
    u.code AS unit,
    p.hsn_code,
    p.is_expiry_tracked,
    p.is_prescription_only,
    p.is_sellable,
    p.is_discontinued,
    p.created_at
   FROM catalog.product p
     JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
  WHERE p.deleted_at IS NULL;
COMMENT ON VIEW catalog.read_checked_product IS 'Published: what rules of quality judge of a product.';
GRANT SELECT ON TABLE catalog.read_checked_product TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_checked_product TO comptoir_read;

CREATE VIEW catalog.read_checked_variant WITH (security_invoker=true) AS
 SELECT v.tenant_id,
    v.id::text AS key,
    concat_ws(' '::text, p.name, v.sku) AS label,
    v.id,
    v.product_id,
    p.name,
    p.kind,
    v.sku,
    ( SELECT min(b.code) AS min
           FROM catalog.barcode b
          WHERE b.tenant_id = v.tenant_id AND b.variant_id = v.id AND b.deleted_at IS NULL) AS barcode,
    v.cost,
    v.cost_currency,
    v.weight_kg,
    v.allows_negative_stock,
    p.is_expiry_tracked,
    p.is_sellable,
    p.is_discontinued,
    v.created_at
   FROM catalog.variant v
     JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
  WHERE v.deleted_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW catalog.read_checked_variant IS 'Published: what rules of quality judge of a variant.';
GRANT SELECT ON TABLE catalog.read_checked_variant TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_checked_variant TO comptoir_read;

CREATE VIEW catalog.read_pack WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    variant_id,
    quantity
   FROM catalog.pack k
  WHERE deleted_at IS NULL;
COMMENT ON VIEW catalog.read_pack IS 'Published for what is ordered by the pack.';
GRANT SELECT ON TABLE catalog.read_pack TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_pack TO comptoir_read;

CREATE VIEW catalog.read_variant WITH (security_invoker=true) AS
 SELECT v.tenant_id,
    v.id,
    v.product_id,
    v.sku,
    p.name,
    p.category_id,
    p.is_discontinued,
    u.code AS unit,
    u.decimals,
    v.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL AS is_deleted
   FROM catalog.variant v
     JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
     JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id;
COMMENT ON VIEW catalog.read_variant IS 'Published for reports about goods: product, category, unit of a variant, deleted ones included: there may be stock of them.';
GRANT SELECT ON TABLE catalog.read_variant TO comptoir_app;
GRANT SELECT ON TABLE catalog.read_variant TO comptoir_read;

CREATE OR REPLACE FUNCTION catalog.index_new_terms(p_tenant uuid, p_variants jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO catalog.term (tenant_id, term, rank, variant_id)
  SELECT p_tenant, term.value, p.search_rank, v.id
  FROM jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb)
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = given.variant_id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ORDER BY term.value, p.search_rank, v.id
  ON CONFLICT DO NOTHING;
END
$function$;
COMMENT ON FUNCTION catalog.index_new_terms(uuid,jsonb) IS 'The writer of terms of variants that were just made.';
GRANT EXECUTE ON FUNCTION catalog.index_new_terms(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION catalog.index_terms(p_tenant uuid, p_variants jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  DELETE FROM catalog.term t
  USING jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb),
        catalog.variant v JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
  WHERE t.tenant_id = p_tenant AND t.variant_id = given.variant_id AND v.tenant_id = p_tenant AND v.id = given.variant_id
    AND NOT (given.terms ? t.term AND t.rank = p.search_rank);

  INSERT INTO catalog.term (tenant_id, term, rank, variant_id)
  SELECT p_tenant, term.value, p.search_rank, v.id
  FROM jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb)
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = given.variant_id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ON CONFLICT DO NOTHING;
END
$function$;
COMMENT ON FUNCTION catalog.index_terms(uuid,jsonb) IS 'The writer of terms.';
GRANT EXECUTE ON FUNCTION catalog.index_terms(uuid,jsonb) TO comptoir_app;
