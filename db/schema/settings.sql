-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA settings AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA settings TO comptoir_app;

CREATE TABLE settings.platform_value (
  id uuid NOT NULL,
  name text NOT NULL,
  environment text DEFAULT ''::text NOT NULL,
  is_set boolean NOT NULL,
  value jsonb,
  sealed text,
  valid tstzrange NOT NULL,
  withdrawn_by integer DEFAULT 0 NOT NULL,
  version integer NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT platform_value_pkey PRIMARY KEY (id),
  CONSTRAINT platform_value_valid_key UNIQUE (name, environment, withdrawn_by, valid WITHOUT OVERLAPS),
  CONSTRAINT platform_value_version_key UNIQUE (name, environment, version),
  CONSTRAINT platform_value_open_or_sealed CHECK (value IS NULL OR sealed IS NULL)
);
COMMENT ON TABLE settings.platform_value IS 'class: shared. One version of a setting of the installation; written by its operator alone, as the owner of the database.';
COMMENT ON COLUMN settings.platform_value.value IS 'personal';
COMMENT ON COLUMN settings.platform_value.sealed IS 'secret';
GRANT SELECT ON TABLE settings.platform_value TO comptoir_app;

CREATE TABLE settings.value (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  branch_id uuid,
  place_id uuid GENERATED ALWAYS AS (COALESCE(branch_id, tenant_id)) STORED NOT NULL,
  environment text DEFAULT ''::text NOT NULL,
  is_set boolean NOT NULL,
  value jsonb,
  sealed text,
  valid tstzrange NOT NULL,
  withdrawn_by integer DEFAULT 0 NOT NULL,
  employee_id uuid NOT NULL,
  version integer NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT value_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT value_valid_key UNIQUE (tenant_id, name, place_id, environment, withdrawn_by, valid WITHOUT OVERLAPS),
  CONSTRAINT value_version_key UNIQUE (tenant_id, name, place_id, environment, version),
  CONSTRAINT value_open_or_sealed CHECK (value IS NULL OR sealed IS NULL),
  CONSTRAINT value_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT value_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE settings.value IS 'class: tenant. One version of a setting of a tenant, or of a branch; where is_set is false, it inherits while this is valid. environment: the installation it is for, empty for any. withdrawn_by: the version that took its place before it began, 0 when it stands.';
COMMENT ON COLUMN settings.value.value IS 'personal';
COMMENT ON COLUMN settings.value.sealed IS 'secret';
CREATE INDEX value_branch_id ON settings.value USING btree (tenant_id, branch_id);
CREATE INDEX value_employee_id ON settings.value USING btree (tenant_id, employee_id);
ALTER TABLE settings.value ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON settings.value FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE settings.value TO comptoir_app;
