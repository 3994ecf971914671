-- Up Migration

-- What documents of a tenant are called among people: 1, 2, 3 of each kind. Taken by tenants.next_number.
CREATE TABLE tenants.counter (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  last_number bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT counter_pkey PRIMARY KEY (tenant_id, name)
);
COMMENT ON TABLE tenants.counter IS
  'class: tenant. The number that the last document of a kind was given; its row is locked from then to the commit, so none is skipped.';
CALL platform.isolate('tenants.counter');
GRANT SELECT ON tenants.counter TO comptoir_app, comptoir_read;

-- Down Migration

DROP FUNCTION IF EXISTS tenants.next_number(uuid, text);
DROP TABLE tenants.counter;
