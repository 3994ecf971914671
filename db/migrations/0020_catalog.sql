-- Up Migration

-- What a tenant sells, uses and makes: products and their variants, how they are counted, packed and scanned, and the
-- terms by which they are found.

CREATE SCHEMA catalog;
GRANT USAGE ON SCHEMA catalog TO comptoir_app, comptoir_read;

CREATE TABLE catalog.unit (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  dimension text NOT NULL,
  size numeric(24, 12) NOT NULL,
  decimals smallint NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT unit_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT unit_code_key UNIQUE (tenant_id, code),
  CONSTRAINT unit_dimension_known CHECK (dimension IN ('count', 'mass', 'volume', 'length', 'area', 'time')),
  CONSTRAINT unit_size_above_zero CHECK (size > 0),
  CONSTRAINT unit_decimals_in_range CHECK (decimals BETWEEN 0 AND 6)
);
COMMENT ON TABLE catalog.unit IS
  'class: tenant. What quantities are counted in, with so many decimals; size is in pieces, kilograms, litres, metres, square metres or hours.';

CREATE TABLE catalog.category (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  parent_id uuid,
  name text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT category_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT category_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES catalog.category (tenant_id, id),
  CONSTRAINT category_not_in_itself CHECK (parent_id <> id)
);
COMMENT ON TABLE catalog.category IS 'class: tenant. A place of products in a tree; the commands see to it that no branch of it bites its tail.';
CREATE INDEX category_parent_id ON catalog.category (tenant_id, parent_id);
CREATE UNIQUE INDEX category_name_key ON catalog.category (tenant_id, parent_id, lower(name)) NULLS NOT DISTINCT WHERE deleted_at IS NULL;

CREATE TABLE catalog.product (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  description text,
  labels jsonb NOT NULL DEFAULT '[]',
  unit_id uuid NOT NULL,
  tax_class_id uuid NOT NULL,
  category_id uuid,
  hsn_code text,
  is_expiry_tracked boolean NOT NULL,
  is_prescription_only boolean NOT NULL,
  is_open_price boolean NOT NULL,
  is_sellable boolean NOT NULL,
  is_discontinued boolean NOT NULL,
  -- What is sellable ranks first, then what has the shortest name.
  search_rank smallint NOT NULL GENERATED ALWAYS AS (length(name) + CASE WHEN is_sellable THEN 0 ELSE 10000 END) STORED,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT product_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT product_unit_id_fkey FOREIGN KEY (tenant_id, unit_id) REFERENCES catalog.unit (tenant_id, id),
  CONSTRAINT product_tax_class_id_fkey FOREIGN KEY (tenant_id, tax_class_id) REFERENCES tax.class (tenant_id, id),
  CONSTRAINT product_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES catalog.category (tenant_id, id),
  CONSTRAINT product_kind_known CHECK (kind IN ('stocked', 'service', 'kit')),
  CONSTRAINT product_labels_are_a_list CHECK (jsonb_typeof(labels) = 'array'),
  CONSTRAINT product_expiry_of_stock CHECK (kind = 'stocked' OR NOT is_expiry_tracked)
);
COMMENT ON TABLE catalog.product IS
  'class: tenant. What is sold, used or made. Kind and unit stay as they were made, for stock and documents are kept in them.';
CREATE INDEX product_unit_id ON catalog.product (tenant_id, unit_id);
CREATE INDEX product_tax_class_id ON catalog.product (tenant_id, tax_class_id);
CREATE INDEX product_category_id ON catalog.product (tenant_id, category_id, id);
CREATE INDEX product_name ON catalog.product (tenant_id, name, id) WHERE deleted_at IS NULL;

CREATE TABLE catalog.variant (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  sku text,
  -- Capital or small, it is the same; a column, for what an index computes no request reaches.
  sku_key text GENERATED ALWAYS AS (upper(sku COLLATE "C")) STORED,
  options jsonb NOT NULL DEFAULT '[]',
  weight_kg numeric(19, 6),
  length_cm numeric(19, 6),
  width_cm numeric(19, 6),
  height_cm numeric(19, 6),
  production_hours numeric(19, 6),
  batch_size_min numeric(19, 6),
  batch_size_max numeric(19, 6),
  cost numeric(19, 6),
  cost_currency text,
  allows_negative_stock boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT variant_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT variant_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product (tenant_id, id),
  CONSTRAINT variant_cost_currency_fkey FOREIGN KEY (cost_currency) REFERENCES reference.currency (code),
  CONSTRAINT variant_options_are_a_list CHECK (jsonb_typeof(options) = 'array'),
  CONSTRAINT variant_measures_not_negative CHECK (
    weight_kg >= 0 AND length_cm >= 0 AND width_cm >= 0 AND height_cm >= 0 AND production_hours >= 0),
  CONSTRAINT variant_batch_size_in_order CHECK (batch_size_min > 0 AND batch_size_max >= batch_size_min),
  CONSTRAINT variant_cost_not_negative CHECK (cost >= 0),
  CONSTRAINT variant_cost_has_a_currency CHECK ((cost IS NULL) = (cost_currency IS NULL))
);
COMMENT ON TABLE catalog.variant IS
  'class: tenant. What of a product is counted, priced and scanned: its one form, or one of several by size, colour or the like.';
CREATE INDEX variant_product_id ON catalog.variant (tenant_id, product_id);
CREATE INDEX variant_cost_currency ON catalog.variant (cost_currency);
CREATE UNIQUE INDEX variant_sku_key ON catalog.variant (tenant_id, sku_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX variant_options_key ON catalog.variant (tenant_id, product_id, lower(options::text)) WHERE deleted_at IS NULL;

CREATE TABLE catalog.pack (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  name text NOT NULL,
  quantity numeric(19, 6) NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT pack_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT pack_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT pack_quantity_above_zero CHECK (quantity > 0)
);
COMMENT ON TABLE catalog.pack IS 'class: tenant. A box, tray or roll that holds so much of a variant, in the unit of its product.';
CREATE INDEX pack_variant_id ON catalog.pack (tenant_id, variant_id);
CREATE UNIQUE INDEX pack_name_key ON catalog.pack (tenant_id, variant_id, name) WHERE deleted_at IS NULL;

CREATE TABLE catalog.barcode (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  pack_id uuid,
  kind text NOT NULL,
  code text NOT NULL,
  key text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT barcode_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT barcode_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT barcode_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack (tenant_id, id),
  CONSTRAINT barcode_kind_known CHECK (kind IN ('ean_8', 'upc_a', 'ean_13', 'itf_14', 'internal', 'in_store'))
);
COMMENT ON TABLE catalog.barcode IS
  'class: tenant. What a scanner reads on a variant or a pack of it. key is what it is looked up by: a GTIN has 14 digits, whatever it was printed as.';
CREATE INDEX barcode_variant_id ON catalog.barcode (tenant_id, variant_id);
CREATE INDEX barcode_pack_id ON catalog.barcode (tenant_id, pack_id);
CREATE UNIQUE INDEX barcode_key_key ON catalog.barcode (tenant_id, key) WHERE deleted_at IS NULL;

CREATE TABLE catalog.kit_line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kit_id uuid NOT NULL,
  component_id uuid NOT NULL,
  quantity numeric(19, 6) NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT kit_line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT kit_line_component_key UNIQUE (tenant_id, kit_id, component_id),
  CONSTRAINT kit_line_kit_id_fkey FOREIGN KEY (tenant_id, kit_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT kit_line_component_id_fkey FOREIGN KEY (tenant_id, component_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT kit_line_quantity_above_zero CHECK (quantity > 0)
);
COMMENT ON TABLE catalog.kit_line IS 'class: tenant. So much of a component is in one of a kit; no component is a kit.';
CREATE INDEX kit_line_component_id ON catalog.kit_line (tenant_id, component_id);

CREATE TABLE catalog.term (
  tenant_id uuid NOT NULL,
  term text NOT NULL,
  rank smallint NOT NULL,
  variant_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT term_pkey PRIMARY KEY (tenant_id, term, rank, variant_id),
  CONSTRAINT term_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id)
);
COMMENT ON TABLE catalog.term IS
  'class: tenant. The words, parts of words and codes by which a variant is found, each by equality; written only by catalog.index_terms, from what the product says, with its search_rank.';
CREATE INDEX term_variant_id ON catalog.term (tenant_id, variant_id);

CALL platform.isolate('catalog.unit');
CALL platform.isolate('catalog.category');
CALL platform.isolate('catalog.product');
CALL platform.isolate('catalog.variant');
CALL platform.isolate('catalog.pack');
CALL platform.isolate('catalog.barcode');
CALL platform.isolate('catalog.kit_line');
CALL platform.isolate('catalog.term');

-- What stock and documents are kept in stays as it was made: kind and unit, size and decimals, of what a variant or a pack is.
GRANT SELECT, INSERT, UPDATE (name, version, updated_at) ON catalog.unit TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (parent_id, name, version, updated_at, deleted_at) ON catalog.category TO comptoir_app;
GRANT SELECT, INSERT,
  UPDATE (name, description, labels, tax_class_id, category_id, hsn_code, is_expiry_tracked, is_prescription_only,
    is_open_price, is_sellable, is_discontinued, version, updated_at, deleted_at)
  ON catalog.product TO comptoir_app;
GRANT SELECT, INSERT,
  UPDATE (sku, options, weight_kg, length_cm, width_cm, height_cm, production_hours, batch_size_min, batch_size_max, cost,
    cost_currency, allows_negative_stock, version, updated_at, deleted_at)
  ON catalog.variant TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (name, quantity, version, updated_at, deleted_at) ON catalog.pack TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (version, updated_at, deleted_at) ON catalog.barcode TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (quantity, version, updated_at, deleted_at) ON catalog.kit_line TO comptoir_app;
GRANT SELECT ON catalog.term TO comptoir_app;
GRANT SELECT ON
  catalog.unit, catalog.category, catalog.product, catalog.variant, catalog.pack, catalog.barcode, catalog.kit_line,
  catalog.term
  TO comptoir_read;

-- Down Migration

DROP SCHEMA catalog CASCADE;
