-- Up Migration

-- What goods cost where, for whom, in what quantity and when.

CREATE SCHEMA pricing;
GRANT USAGE ON SCHEMA pricing TO comptoir_app, comptoir_read;

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
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  ended_on date,
  CONSTRAINT price_list_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_list_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT price_list_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT price_list_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel (tenant_id, id),
  CONSTRAINT price_list_customer_group_id_fkey
    FOREIGN KEY (tenant_id, customer_group_id) REFERENCES parties.customer_group (tenant_id, id)
);
COMMENT ON TABLE pricing.price_list IS
  'class: tenant. Prices in one currency, for a branch, a sales channel and a group of customers, or for all of them where one is empty. These stay as they were made. From the day it ended on none of its prices counts; those of the days before stay to be read.';
CREATE INDEX price_list_currency ON pricing.price_list (currency);
CREATE INDEX price_list_branch_id ON pricing.price_list (tenant_id, branch_id);
CREATE INDEX price_list_channel_id ON pricing.price_list (tenant_id, channel_id);
CREATE INDEX price_list_customer_group_id ON pricing.price_list (tenant_id, customer_group_id);
CREATE UNIQUE INDEX price_list_code_key ON pricing.price_list (tenant_id, code) WHERE ended_on IS NULL;
CREATE UNIQUE INDEX price_list_place_key
  ON pricing.price_list (tenant_id, branch_id, channel_id, customer_group_id, currency) NULLS NOT DISTINCT WHERE ended_on IS NULL;

CREATE TABLE pricing.price (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  price_list_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  min_quantity numeric(19, 6) NOT NULL,
  unit_price numeric(19, 6) NOT NULL,
  valid daterange NOT NULL,
  withdrawn_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT price_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_valid_key EXCLUDE USING gist (
    tenant_id WITH =, variant_id WITH =, price_list_id WITH =, min_quantity WITH =, valid WITH &&) WHERE (withdrawn_at IS NULL),
  CONSTRAINT price_price_list_id_fkey FOREIGN KEY (tenant_id, price_list_id) REFERENCES pricing.price_list (tenant_id, id),
  CONSTRAINT price_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT price_unit_price_not_negative CHECK (unit_price >= 0),
  CONSTRAINT price_min_quantity_not_negative CHECK (min_quantity >= 0),
  CONSTRAINT price_begins CHECK (lower(valid) IS NOT NULL)
);
COMMENT ON TABLE pricing.price IS
  'class: tenant. What one of a variant costs on a list from a quantity on, on some days; no two of these share a day. One that was withdrawn counts no more, on no day, and stays to be read.';
CREATE INDEX price_price_list_id ON pricing.price (tenant_id, price_list_id, id);
CREATE INDEX price_variant_id ON pricing.price (tenant_id, variant_id);

CALL platform.isolate('pricing.price_list');
CALL platform.isolate('pricing.price');

GRANT SELECT, INSERT, UPDATE (name, ended_on, version, updated_at) ON pricing.price_list TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (min_quantity, unit_price, valid, withdrawn_at, version, updated_at) ON pricing.price TO comptoir_app;
GRANT SELECT ON pricing.price_list, pricing.price TO comptoir_read;

-- Down Migration

DROP SCHEMA pricing CASCADE;
