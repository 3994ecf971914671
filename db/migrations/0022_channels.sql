-- Up Migration

-- Where a tenant sells: markets, and the channels through which it sells there.

CREATE SCHEMA channels;
GRANT USAGE ON SCHEMA channels TO comptoir_app, comptoir_read;

CREATE TABLE channels.market (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  region text,
  currency text NOT NULL,
  shipping_days numeric(9, 2),
  requirements jsonb NOT NULL DEFAULT '[]',
  import_notes text,
  customs_notes text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT market_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT market_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT market_shipping_days_not_negative CHECK (shipping_days >= 0),
  CONSTRAINT market_requirements_are_a_list CHECK (jsonb_typeof(requirements) = 'array')
);
COMMENT ON TABLE channels.market IS
  'class: tenant. A part of the world that is sold to: its currency, how many days goods travel, and what is required there.';
CREATE INDEX market_currency ON channels.market (currency);
CREATE UNIQUE INDEX market_code_key ON channels.market (tenant_id, code) WHERE deleted_at IS NULL;

CREATE TABLE channels.channel (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  market_id uuid,
  commission_rate numeric(19, 6) NOT NULL,
  endpoint_url text,
  seller_id text,
  is_sync_enabled boolean NOT NULL,
  sync_minutes integer,
  credentials text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT channel_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT channel_market_id_fkey FOREIGN KEY (tenant_id, market_id) REFERENCES channels.market (tenant_id, id),
  CONSTRAINT channel_type_known CHECK (type IN ('marketplace', 'direct', 'retail')),
  CONSTRAINT channel_commission_rate_in_percent CHECK (commission_rate BETWEEN 0 AND 100),
  CONSTRAINT channel_sync_minutes_above_zero CHECK (sync_minutes > 0),
  CONSTRAINT channel_sync_of_what_answers
    CHECK (NOT is_sync_enabled OR (type <> 'retail' AND num_nonnulls(endpoint_url, sync_minutes) = 2))
);
COMMENT ON TABLE channels.channel IS
  'class: tenant. A way of selling: a marketplace, a shop of the tenant''s own on the web, or over the counter; with what it keeps of a sale, in percent.';
COMMENT ON COLUMN channels.channel.credentials IS 'secret';
CREATE INDEX channel_market_id ON channels.channel (tenant_id, market_id);
CREATE UNIQUE INDEX channel_name_key ON channels.channel (tenant_id, name) WHERE deleted_at IS NULL;

CALL platform.isolate('channels.market');
CALL platform.isolate('channels.channel');

GRANT SELECT, INSERT,
  UPDATE (name, region, currency, shipping_days, requirements, import_notes, customs_notes, version, updated_at, deleted_at)
  ON channels.market TO comptoir_app;
GRANT SELECT, INSERT,
  UPDATE (name, market_id, commission_rate, endpoint_url, seller_id, is_sync_enabled, sync_minutes, credentials, version,
    updated_at, deleted_at)
  ON channels.channel TO comptoir_app;
GRANT SELECT ON channels.market TO comptoir_read;
GRANT SELECT (tenant_id, id, name, type, market_id, commission_rate, endpoint_url, seller_id, is_sync_enabled, sync_minutes, version, created_at, updated_at, deleted_at)
  ON channels.channel TO comptoir_read;

-- Down Migration

DROP SCHEMA channels CASCADE;
