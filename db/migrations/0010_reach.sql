-- Up Migration

-- What kind of business a tenant is, which features it uses, its regions, ready-made roles, and the part of the tenant
-- that an employee works in.

ALTER TABLE tenants.directory
  DROP CONSTRAINT directory_kind_known,
  ADD CONSTRAINT directory_kind_known CHECK (kind IN ('tenant', 'user', 'api_key', 'domain'));
CREATE UNIQUE INDEX directory_domain_key ON tenants.directory (key) WHERE kind = 'domain';

ALTER TABLE tenants.tenant NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.tenant
  ADD COLUMN business_type text NOT NULL DEFAULT 'retail',
  ADD COLUMN domain text,
  ADD COLUMN features text[] NOT NULL DEFAULT '{ledger,tax}',
  ADD COLUMN retention_financial_years integer NOT NULL DEFAULT 10,
  ADD COLUMN retention_audit_years integer NOT NULL DEFAULT 10,
  ADD COLUMN anonymisation_days integer NOT NULL DEFAULT 365,
  ADD CONSTRAINT tenant_business_type_known
    CHECK (business_type IN ('pharmacy', 'retail', 'restaurant', 'service', 'wholesale', 'manufacturing')),
  ADD CONSTRAINT tenant_domain_is_ascii CHECK (domain ~ '^[a-z0-9.-]{1,253}$'),
  ADD CONSTRAINT tenant_retention_in_bounds CHECK (
    retention_financial_years BETWEEN 1 AND 100
    AND retention_audit_years BETWEEN 1 AND 100
    AND anonymisation_days BETWEEN 30 AND 3650);
ALTER TABLE tenants.tenant FORCE ROW LEVEL SECURITY;

ALTER TABLE tenants.entity
  ADD COLUMN address text,
  ADD COLUMN is_active boolean NOT NULL DEFAULT true;

CREATE TABLE tenants.region (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT region_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT region_code_key UNIQUE (tenant_id, code),
  CONSTRAINT region_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant (tenant_id)
);
COMMENT ON TABLE tenants.region IS 'class: tenant. Branches that somebody looks after together, of one legal entity or of several.';

ALTER TABLE tenants.branch NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.region NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.branch
  ADD COLUMN region_id uuid,
  ADD CONSTRAINT branch_region_id_fkey FOREIGN KEY (tenant_id, region_id) REFERENCES tenants.region (tenant_id, id);
ALTER TABLE tenants.branch FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.region FORCE ROW LEVEL SECURITY;
CREATE INDEX branch_region_id ON tenants.branch (tenant_id, region_id);

CREATE TABLE tenants.role_preset (
  name text NOT NULL,
  business_types text[] NOT NULL,
  permissions text[] NOT NULL,
  position integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT role_preset_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE tenants.role_preset IS
  'class: shared. The ready-made roles of this version, loaded from code at every start, and the business types that begin with them.';
GRANT SELECT ON tenants.role_preset TO comptoir_app, comptoir_read;

ALTER TABLE tenants.role NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.role
  ADD COLUMN preset text,
  ADD CONSTRAINT role_preset_fkey FOREIGN KEY (preset) REFERENCES tenants.role_preset (name),
  ADD CONSTRAINT role_has_one_source CHECK (preset IS NULL OR permissions = '{}');
ALTER TABLE tenants.role FORCE ROW LEVEL SECURITY;
CREATE INDEX role_follows ON tenants.role (preset);

ALTER TABLE tenants.employee ADD COLUMN is_scoped boolean NOT NULL DEFAULT false;

CREATE TABLE tenants.employee_scope (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  entity_id uuid,
  region_id uuid,
  branch_id uuid,
  valid tstzrange NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT employee_scope_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_scope_names_one CHECK (num_nonnulls(entity_id, region_id, branch_id) = 1),
  CONSTRAINT employee_scope_entity_key UNIQUE (tenant_id, employee_id, entity_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_region_key UNIQUE (tenant_id, employee_id, region_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_branch_key UNIQUE (tenant_id, employee_id, branch_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT employee_scope_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity (tenant_id, id),
  CONSTRAINT employee_scope_region_id_fkey FOREIGN KEY (tenant_id, region_id) REFERENCES tenants.region (tenant_id, id),
  CONSTRAINT employee_scope_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id)
);
COMMENT ON TABLE tenants.employee_scope IS
  'class: tenant. The legal entities, regions and branches that an employee is confined to, and when; taking one away ends its period.';
CREATE INDEX employee_scope_employee_id ON tenants.employee_scope (tenant_id, employee_id);
CREATE INDEX employee_scope_entity_id ON tenants.employee_scope (tenant_id, entity_id);
CREATE INDEX employee_scope_region_id ON tenants.employee_scope (tenant_id, region_id);
CREATE INDEX employee_scope_branch_id ON tenants.employee_scope (tenant_id, branch_id);

CALL platform.isolate('tenants.region');
CALL platform.isolate('tenants.employee_scope');
GRANT SELECT, INSERT, UPDATE ON tenants.region, tenants.employee_scope TO comptoir_app;
GRANT SELECT ON tenants.region, tenants.employee_scope TO comptoir_read;

-- Down Migration

-- Older text of it answers less, which CREATE OR REPLACE cannot change.
DROP FUNCTION IF EXISTS tenants.authenticate(text, bytea, uuid);
DROP FUNCTION IF EXISTS tenants.claim_domain(uuid, text);
DROP TABLE tenants.employee_scope;
ALTER TABLE tenants.employee DROP COLUMN is_scoped;
ALTER TABLE tenants.role NO FORCE ROW LEVEL SECURITY;
-- A role keeps the permissions it had.
UPDATE tenants.role r SET permissions = p.permissions, preset = NULL FROM tenants.role_preset p WHERE p.name = r.preset;
ALTER TABLE tenants.role DROP COLUMN preset;
ALTER TABLE tenants.role FORCE ROW LEVEL SECURITY;
DROP TABLE tenants.role_preset;
ALTER TABLE tenants.branch DROP COLUMN region_id;
DROP TABLE tenants.region;
ALTER TABLE tenants.entity DROP COLUMN address, DROP COLUMN is_active;
ALTER TABLE tenants.tenant
  DROP COLUMN business_type, DROP COLUMN domain, DROP COLUMN features,
  DROP COLUMN retention_financial_years, DROP COLUMN retention_audit_years, DROP COLUMN anonymisation_days;
DELETE FROM tenants.directory WHERE kind = 'domain';
DROP INDEX tenants.directory_domain_key;
ALTER TABLE tenants.directory
  DROP CONSTRAINT directory_kind_known,
  ADD CONSTRAINT directory_kind_known CHECK (kind IN ('tenant', 'user', 'api_key'));
