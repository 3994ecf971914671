-- Up Migration

-- A tenant, its legal entities, its branches, and who may do what there.

CREATE SCHEMA tenants;
GRANT USAGE ON SCHEMA tenants TO comptoir_app, comptoir_jobs, comptoir_read;

CREATE TABLE tenants.directory (
  kind text NOT NULL,
  key text NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT directory_pkey PRIMARY KEY (kind, key, tenant_id),
  CONSTRAINT directory_kind_known CHECK (kind IN ('tenant', 'user', 'api_key'))
);
COMMENT ON TABLE tenants.directory IS
  'class: local. Answers what must be known before a tenant is set. Ids and hashes only; reached through functions.';

CREATE TABLE tenants.tenant (
  tenant_id uuid NOT NULL,
  legal_name text NOT NULL,
  locale text NOT NULL,
  time_zone text NOT NULL,
  cash_variance_threshold numeric(19, 4) NOT NULL DEFAULT 50,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT tenant_cash_variance_threshold_not_negative CHECK (cash_variance_threshold >= 0),
  CONSTRAINT tenant_is_not_the_platform CHECK (tenant_id <> '00000000-0000-0000-0000-000000000000')
);
COMMENT ON TABLE tenants.tenant IS 'class: tenant. One isolated customer of the installation: a pharmacy, a chain, a marketplace operator.';

CREATE TABLE tenants.entity (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_name text NOT NULL,
  country text NOT NULL,
  currency text NOT NULL,
  tax_number text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT entity_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT entity_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant (tenant_id),
  CONSTRAINT entity_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT entity_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE tenants.entity IS 'class: tenant. A legal person that keeps books in one currency.';

CREATE TABLE tenants.branch (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  address text,
  phone text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT branch_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT branch_code_key UNIQUE (tenant_id, code),
  CONSTRAINT branch_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity (tenant_id, id)
);
COMMENT ON TABLE tenants.branch IS 'class: tenant. A place; its time zone decides its business day.';
CREATE INDEX branch_entity_id ON tenants.branch (tenant_id, entity_id);

CREATE TABLE tenants.employee (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  display_name text NOT NULL,
  status text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT employee_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_user_id_key UNIQUE (tenant_id, user_id),
  CONSTRAINT employee_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant (tenant_id),
  CONSTRAINT employee_status_known CHECK (status IN ('invited', 'active', 'suspended'))
);
COMMENT ON TABLE tenants.employee IS 'class: tenant. The place of one person in one tenant; invited until they accept it.';
COMMENT ON COLUMN tenants.employee.display_name IS 'personal';

CREATE TABLE tenants.role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  permissions text[] NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT role_name_key UNIQUE (tenant_id, name),
  CONSTRAINT role_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant (tenant_id)
);
COMMENT ON TABLE tenants.role IS 'class: tenant. A named set of permissions; * grants all of them, later modules included.';

CREATE TABLE tenants.employee_role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  role_id uuid NOT NULL,
  valid tstzrange NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT employee_role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_role_valid_key UNIQUE (tenant_id, employee_id, role_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_role_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT employee_role_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES tenants.role (tenant_id, id)
);
COMMENT ON TABLE tenants.employee_role IS 'class: tenant. Which employee holds which role, and when; taking a role away ends its period.';
CREATE INDEX employee_role_employee_id ON tenants.employee_role (tenant_id, employee_id);
CREATE INDEX employee_role_role_id ON tenants.employee_role (tenant_id, role_id);

CREATE TABLE tenants.api_key (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  permissions text[] NOT NULL,
  employee_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT api_key_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT api_key_secret_hash_key UNIQUE (tenant_id, secret_hash),
  CONSTRAINT api_key_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id)
);
COMMENT ON TABLE tenants.api_key IS
  'class: tenant. A credential of an integration: never more than its permissions, nor than its maker still holds.';
COMMENT ON COLUMN tenants.api_key.secret_hash IS 'secret';
CREATE INDEX api_key_employee_id ON tenants.api_key (tenant_id, employee_id);

CALL platform.isolate('tenants.tenant');
CALL platform.isolate('tenants.entity');
CALL platform.isolate('tenants.branch');
CALL platform.isolate('tenants.employee');
CALL platform.isolate('tenants.role');
CALL platform.isolate('tenants.employee_role');
CALL platform.isolate('tenants.api_key');

GRANT SELECT, INSERT, UPDATE
  ON tenants.tenant, tenants.entity, tenants.branch, tenants.employee, tenants.role, tenants.employee_role, tenants.api_key
  TO comptoir_app;
GRANT SELECT
  ON tenants.tenant, tenants.entity, tenants.branch, tenants.employee, tenants.role, tenants.employee_role
  TO comptoir_read;

-- Down Migration

DROP SCHEMA tenants CASCADE;
