-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA channels AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA channels TO comptoir_app;
GRANT USAGE ON SCHEMA channels TO comptoir_read;

CREATE TABLE channels.channel (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  market_id uuid,
  commission_rate numeric(19,6) NOT NULL,
  endpoint_url text,
  seller_id text,
  is_sync_enabled boolean NOT NULL,
  sync_minutes integer,
  credentials text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT channel_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT channel_commission_rate_in_percent CHECK (commission_rate >= 0::numeric AND commission_rate <= 100::numeric),
  CONSTRAINT channel_sync_minutes_above_zero CHECK (sync_minutes > 0),
  CONSTRAINT channel_sync_of_what_answers CHECK (NOT is_sync_enabled OR type <> 'retail'::text AND num_nonnulls(endpoint_url, sync_minutes) = 2),
  CONSTRAINT channel_type_known CHECK (type = ANY (ARRAY['marketplace'::text, 'direct'::text, 'retail'::text])),
  CONSTRAINT channel_market_id_fkey FOREIGN KEY (tenant_id, market_id) REFERENCES channels.market(tenant_id, id)
);
COMMENT ON TABLE channels.channel IS 'class: tenant. A way of selling: a marketplace, a shop of the tenant''s own on the web, or over the counter; with what it keeps of a sale, in percent.';
COMMENT ON COLUMN channels.channel.credentials IS 'secret';
CREATE INDEX channel_market_id ON channels.channel USING btree (tenant_id, market_id);
CREATE UNIQUE INDEX channel_name_key ON channels.channel USING btree (tenant_id, name) WHERE deleted_at IS NULL;
ALTER TABLE channels.channel ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON channels.channel FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE channels.channel TO comptoir_app;
GRANT UPDATE (name, market_id, commission_rate, endpoint_url, seller_id, is_sync_enabled, sync_minutes, credentials, version, updated_at, deleted_at) ON TABLE channels.channel TO comptoir_app;
GRANT SELECT (tenant_id, id, name, type, market_id, commission_rate, endpoint_url, seller_id, is_sync_enabled, sync_minutes, version, created_at, updated_at, deleted_at) ON TABLE channels.channel TO comptoir_read;

CREATE TABLE channels.market (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  region text,
  currency text NOT NULL,
  shipping_days numeric(9,2),
  requirements jsonb DEFAULT '[]'::jsonb NOT NULL,
  import_notes text,
  customs_notes text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT market_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT market_requirements_are_a_list CHECK (jsonb_typeof(requirements) = 'array'::text),
  CONSTRAINT market_shipping_days_not_negative CHECK (shipping_days >= 0::numeric),
  CONSTRAINT market_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code)
);
COMMENT ON TABLE channels.market IS 'class: tenant. A part of the world that is sold to: its currency, how many days goods travel, and what is required there.';
CREATE UNIQUE INDEX market_code_key ON channels.market USING btree (tenant_id, code) WHERE deleted_at IS NULL;
CREATE INDEX market_currency ON channels.market USING btree (currency);
ALTER TABLE channels.market ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON channels.market FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE channels.market TO comptoir_app;
GRANT SELECT ON TABLE channels.market TO comptoir_read;
GRANT UPDATE (name, region, currency, shipping_days, requirements, import_notes, customs_notes, version, updated_at, deleted_at) ON TABLE channels.market TO comptoir_app;
