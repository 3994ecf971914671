-- Up Migration

-- What can be set: values of settings that the code declares, for the installation, a tenant or a branch.

CREATE SCHEMA settings;
GRANT USAGE ON SCHEMA settings TO comptoir_app;

CREATE TABLE settings.value (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  branch_id uuid,
  place_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(branch_id, tenant_id)) STORED,
  environment text NOT NULL DEFAULT '',
  is_set boolean NOT NULL,
  value jsonb,
  sealed text,
  valid tstzrange NOT NULL,
  withdrawn_by integer NOT NULL DEFAULT 0,
  employee_id uuid NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT value_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT value_valid_key UNIQUE (tenant_id, name, place_id, environment, withdrawn_by, valid WITHOUT OVERLAPS),
  CONSTRAINT value_version_key UNIQUE (tenant_id, name, place_id, environment, version),
  CONSTRAINT value_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT value_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT value_open_or_sealed CHECK (value IS NULL OR sealed IS NULL)
);
COMMENT ON TABLE settings.value IS
  'class: tenant. One version of a setting of a tenant, or of a branch; where is_set is false, it inherits while this is valid. environment: the installation it is for, empty for any. withdrawn_by: the version that took its place before it began, 0 when it stands.';
COMMENT ON COLUMN settings.value.sealed IS 'secret';
CREATE INDEX value_branch_id ON settings.value (tenant_id, branch_id);
CREATE INDEX value_employee_id ON settings.value (tenant_id, employee_id);

CREATE TABLE settings.platform_value (
  id uuid NOT NULL,
  name text NOT NULL,
  environment text NOT NULL DEFAULT '',
  is_set boolean NOT NULL,
  value jsonb,
  sealed text,
  valid tstzrange NOT NULL,
  withdrawn_by integer NOT NULL DEFAULT 0,
  version integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT platform_value_pkey PRIMARY KEY (id),
  CONSTRAINT platform_value_valid_key UNIQUE (name, environment, withdrawn_by, valid WITHOUT OVERLAPS),
  CONSTRAINT platform_value_version_key UNIQUE (name, environment, version),
  CONSTRAINT platform_value_open_or_sealed CHECK (value IS NULL OR sealed IS NULL)
);
COMMENT ON TABLE settings.platform_value IS
  'class: shared. One version of a setting of the installation; written by its operator alone, as the owner of the database.';
COMMENT ON COLUMN settings.platform_value.sealed IS 'secret';

CALL platform.isolate('settings.value');

GRANT SELECT, INSERT, UPDATE ON settings.value TO comptoir_app;
GRANT SELECT ON settings.platform_value TO comptoir_app;

-- Down Migration

DROP SCHEMA settings CASCADE;
