-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA pricing AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA pricing TO comptoir_app;
GRANT USAGE ON SCHEMA pricing TO comptoir_read;

CREATE TABLE pricing.price (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  price_list_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  min_quantity numeric(19,6) NOT NULL,
  unit_price numeric(19,6) NOT NULL,
  valid daterange NOT NULL,
  withdrawn_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT price_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_valid_key EXCLUDE USING gist (tenant_id WITH =, variant_id WITH =, price_list_id WITH =, min_quantity WITH =, valid WITH &&) WHERE (withdrawn_at IS NULL),
  CONSTRAINT price_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT price_min_quantity_not_negative CHECK (min_quantity >= 0::numeric),
  CONSTRAINT price_unit_price_not_negative CHECK (unit_price >= 0::numeric),
  CONSTRAINT price_price_list_id_fkey FOREIGN KEY (tenant_id, price_list_id) REFERENCES pricing.price_list(tenant_id, id),
  CONSTRAINT price_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE pricing.price IS 'class: tenant. What one of a variant costs on a list from a quantity on, on some days; no two of these share a day. One that was withdrawn counts no more, on no day, and stays to be read.';
CREATE INDEX price_price_list_id ON pricing.price USING btree (tenant_id, price_list_id, id);
CREATE INDEX price_variant_id ON pricing.price USING btree (tenant_id, variant_id);
ALTER TABLE pricing.price ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pricing.price FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE pricing.price TO comptoir_app;
GRANT SELECT ON TABLE pricing.price TO comptoir_read;
GRANT UPDATE (min_quantity, unit_price, valid, withdrawn_at, version, updated_at) ON TABLE pricing.price TO comptoir_app;

CREATE TABLE pricing.price_list (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  currency text NOT NULL,
  includes_tax boolean NOT NULL,
  branch_id uuid,
  channel_id uuid,
  customer_group_id uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  ended_on date,
  CONSTRAINT price_list_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_list_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT price_list_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT price_list_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT price_list_customer_group_id_fkey FOREIGN KEY (tenant_id, customer_group_id) REFERENCES parties.customer_group(tenant_id, id)
);
COMMENT ON TABLE pricing.price_list IS 'class: tenant. Prices in one currency, for a branch, a sales channel and a group of customers, or for all of them where one is empty. These stay as they were made. From the day it ended on none of its prices counts; those of the days before stay to be read.';
CREATE INDEX price_list_branch_id ON pricing.price_list USING btree (tenant_id, branch_id);
CREATE INDEX price_list_channel_id ON pricing.price_list USING btree (tenant_id, channel_id);
CREATE UNIQUE INDEX price_list_code_key ON pricing.price_list USING btree (tenant_id, code) WHERE ended_on IS NULL;
CREATE INDEX price_list_currency ON pricing.price_list USING btree (currency);
CREATE INDEX price_list_customer_group_id ON pricing.price_list USING btree (tenant_id, customer_group_id);
CREATE UNIQUE INDEX price_list_place_key ON pricing.price_list USING btree (tenant_id, branch_id, channel_id, customer_group_id, currency) NULLS NOT DISTINCT WHERE ended_on IS NULL;
ALTER TABLE pricing.price_list ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pricing.price_list FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE pricing.price_list TO comptoir_app;
GRANT SELECT ON TABLE pricing.price_list TO comptoir_read;
GRANT UPDATE (name, version, updated_at, ended_on) ON TABLE pricing.price_list TO comptoir_app;

CREATE VIEW pricing.read_checked_price WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    concat_ws(' '::text, l.code, v.label) AS label,
    p.id,
    l.code AS price_list,
    l.currency,
    p.variant_id,
    p.min_quantity,
    p.unit_price,
    lower(p.valid) AS valid_from,
    upper(p.valid) AS valid_until,
    p.created_at
   FROM pricing.price p
     JOIN pricing.price_list l ON l.tenant_id = p.tenant_id AND l.id = p.price_list_id
     JOIN catalog.read_checked_variant v ON v.tenant_id = p.tenant_id AND v.id = p.variant_id
  WHERE p.withdrawn_at IS NULL AND l.ended_on IS NULL;
COMMENT ON VIEW pricing.read_checked_price IS 'Published: what rules of quality judge of a price.';
GRANT SELECT ON TABLE pricing.read_checked_price TO comptoir_app;
GRANT SELECT ON TABLE pricing.read_checked_price TO comptoir_read;
