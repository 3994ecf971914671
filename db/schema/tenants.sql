-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA tenants AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA tenants TO comptoir_app;
GRANT USAGE ON SCHEMA tenants TO comptoir_jobs;
GRANT USAGE ON SCHEMA tenants TO comptoir_read;

CREATE TABLE tenants.api_key (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  permissions text[] NOT NULL,
  employee_id uuid NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  revoked_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT api_key_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT api_key_secret_hash_key UNIQUE (tenant_id, secret_hash),
  CONSTRAINT api_key_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE tenants.api_key IS 'class: tenant. A credential of an integration: never more than its permissions, nor than its maker still holds.';
COMMENT ON COLUMN tenants.api_key.secret_hash IS 'secret';
CREATE INDEX api_key_employee_id ON tenants.api_key USING btree (tenant_id, employee_id);
ALTER TABLE tenants.api_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.api_key FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.api_key TO comptoir_app;

CREATE TABLE tenants.branch (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  address text,
  phone text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  region_id uuid,
  CONSTRAINT branch_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT branch_code_key UNIQUE (tenant_id, code),
  CONSTRAINT branch_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT branch_region_id_fkey FOREIGN KEY (tenant_id, region_id) REFERENCES tenants.region(tenant_id, id)
);
COMMENT ON TABLE tenants.branch IS 'class: tenant. A place; its time zone decides its business day.';
CREATE INDEX branch_entity_id ON tenants.branch USING btree (tenant_id, entity_id);
CREATE INDEX branch_region_id ON tenants.branch USING btree (tenant_id, region_id);
ALTER TABLE tenants.branch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.branch FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.branch TO comptoir_app;
GRANT SELECT ON TABLE tenants.branch TO comptoir_read;

CREATE TABLE tenants.counter (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  last_number bigint NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT counter_pkey PRIMARY KEY (tenant_id, name)
);
COMMENT ON TABLE tenants.counter IS 'class: tenant. The number that the last document of a kind was given; its row is locked from then to the commit, so none is skipped.';
ALTER TABLE tenants.counter ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.counter FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE tenants.counter TO comptoir_app;
GRANT SELECT ON TABLE tenants.counter TO comptoir_read;

CREATE TABLE tenants.directory (
  kind text NOT NULL,
  key text NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT directory_pkey PRIMARY KEY (kind, key, tenant_id),
  CONSTRAINT directory_kind_known CHECK (kind = ANY (ARRAY['tenant'::text, 'user'::text, 'api_key'::text, 'domain'::text, 'invitation'::text, 'device'::text]))
);
COMMENT ON TABLE tenants.directory IS 'class: local. Answers what must be known before a tenant is set. Ids and hashes only; reached through functions.';
CREATE UNIQUE INDEX directory_domain_key ON tenants.directory USING btree (key) WHERE kind = 'domain'::text;

CREATE TABLE tenants.employee (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid,
  display_name text NOT NULL,
  status text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  is_scoped boolean DEFAULT false NOT NULL,
  invited_email text,
  department text,
  default_entity_id uuid,
  preferred_currency text,
  preferred_locale text,
  CONSTRAINT employee_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_invited_email_key UNIQUE (tenant_id, invited_email),
  CONSTRAINT employee_user_id_key EXCLUDE USING btree (tenant_id WITH =, user_id WITH =) WHERE (deleted_at IS NULL),
  CONSTRAINT employee_address_is_of_the_invited CHECK ((status = 'invited'::text) = (invited_email IS NOT NULL)),
  CONSTRAINT employee_ended_is_deleted CHECK ((status = 'ended'::text) = (deleted_at IS NOT NULL)),
  CONSTRAINT employee_invited_has_no_user CHECK (status = 'ended'::text OR (status = 'invited'::text) = (user_id IS NULL)),
  CONSTRAINT employee_status_known CHECK (status = ANY (ARRAY['invited'::text, 'active'::text, 'suspended'::text, 'ended'::text])),
  CONSTRAINT employee_default_entity_id_fkey FOREIGN KEY (tenant_id, default_entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT employee_preferred_currency_fkey FOREIGN KEY (preferred_currency) REFERENCES reference.currency(code),
  CONSTRAINT employee_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.employee IS 'class: tenant. The place of one person in one tenant; invited until they accept it, ended when they leave. Who comes back has a new one.';
COMMENT ON COLUMN tenants.employee.display_name IS 'personal';
COMMENT ON COLUMN tenants.employee.invited_email IS 'personal';
CREATE INDEX employee_default_entity_id ON tenants.employee USING btree (tenant_id, default_entity_id);
CREATE INDEX employee_preferred_currency ON tenants.employee USING btree (preferred_currency);
ALTER TABLE tenants.employee ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.employee FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.employee TO comptoir_app;
GRANT SELECT ON TABLE tenants.employee TO comptoir_read;

CREATE TABLE tenants.employee_role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  role_id uuid NOT NULL,
  valid tstzrange NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT employee_role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_role_valid_key UNIQUE (tenant_id, employee_id, role_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_role_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT employee_role_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES tenants.role(tenant_id, id)
);
COMMENT ON TABLE tenants.employee_role IS 'class: tenant. Which employee holds which role, and when; taking a role away ends its period.';
CREATE INDEX employee_role_employee_id ON tenants.employee_role USING btree (tenant_id, employee_id);
CREATE INDEX employee_role_role_id ON tenants.employee_role USING btree (tenant_id, role_id);
ALTER TABLE tenants.employee_role ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.employee_role FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.employee_role TO comptoir_app;
GRANT SELECT ON TABLE tenants.employee_role TO comptoir_read;

CREATE TABLE tenants.employee_scope (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  entity_id uuid,
  region_id uuid,
  branch_id uuid,
  valid tstzrange NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT employee_scope_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT employee_scope_branch_key UNIQUE (tenant_id, employee_id, branch_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_entity_key UNIQUE (tenant_id, employee_id, entity_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_region_key UNIQUE (tenant_id, employee_id, region_id, valid WITHOUT OVERLAPS),
  CONSTRAINT employee_scope_names_one CHECK (num_nonnulls(entity_id, region_id, branch_id) = 1),
  CONSTRAINT employee_scope_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT employee_scope_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT employee_scope_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT employee_scope_region_id_fkey FOREIGN KEY (tenant_id, region_id) REFERENCES tenants.region(tenant_id, id)
);
COMMENT ON TABLE tenants.employee_scope IS 'class: tenant. The legal entities, regions and branches that an employee is confined to, and when; taking one away ends its period.';
CREATE INDEX employee_scope_branch_id ON tenants.employee_scope USING btree (tenant_id, branch_id);
CREATE INDEX employee_scope_employee_id ON tenants.employee_scope USING btree (tenant_id, employee_id);
CREATE INDEX employee_scope_entity_id ON tenants.employee_scope USING btree (tenant_id, entity_id);
CREATE INDEX employee_scope_region_id ON tenants.employee_scope USING btree (tenant_id, region_id);
ALTER TABLE tenants.employee_scope ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.employee_scope FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.employee_scope TO comptoir_app;
GRANT SELECT ON TABLE tenants.employee_scope TO comptoir_read;

CREATE TABLE tenants.entity (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  legal_name text NOT NULL,
  country text NOT NULL,
  currency text NOT NULL,
  tax_number text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  address text,
  is_active boolean DEFAULT true NOT NULL,
  CONSTRAINT entity_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT entity_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'::text),
  CONSTRAINT entity_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'::text),
  CONSTRAINT entity_country_fkey FOREIGN KEY (country) REFERENCES reference.country(code),
  CONSTRAINT entity_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT entity_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.entity IS 'class: tenant. A legal person that keeps books in one currency.';
CREATE INDEX entity_country ON tenants.entity USING btree (country);
CREATE INDEX entity_currency ON tenants.entity USING btree (currency);
ALTER TABLE tenants.entity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.entity FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.entity TO comptoir_app;
GRANT SELECT ON TABLE tenants.entity TO comptoir_read;

CREATE TABLE tenants.invitation (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  invited_by uuid NOT NULL,
  token_hash bytea NOT NULL,
  status text DEFAULT 'open'::text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT invitation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT invitation_token_hash_key UNIQUE (tenant_id, token_hash),
  CONSTRAINT invitation_status_known CHECK (status = ANY (ARRAY['open'::text, 'accepted'::text, 'replaced'::text, 'cancelled'::text])),
  CONSTRAINT invitation_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT invitation_invited_by_fkey FOREIGN KEY (tenant_id, invited_by) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE tenants.invitation IS 'class: tenant. A letter that invites somebody to a place: its one-time token, as a hash, and until when it opens.';
COMMENT ON COLUMN tenants.invitation.token_hash IS 'secret';
CREATE INDEX invitation_created_at ON tenants.invitation USING btree (tenant_id, created_at);
CREATE INDEX invitation_employee_id ON tenants.invitation USING btree (tenant_id, employee_id);
CREATE INDEX invitation_invited_by ON tenants.invitation USING btree (tenant_id, invited_by);
ALTER TABLE tenants.invitation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.invitation FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.invitation TO comptoir_app;

CREATE TABLE tenants.region (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT region_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT region_code_key UNIQUE (tenant_id, code),
  CONSTRAINT region_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.region IS 'class: tenant. Branches that somebody looks after together, of one legal entity or of several.';
ALTER TABLE tenants.region ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.region FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.region TO comptoir_app;
GRANT SELECT ON TABLE tenants.region TO comptoir_read;

CREATE TABLE tenants.role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  permissions text[] NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  preset text,
  made_from text,
  CONSTRAINT role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT role_name_key EXCLUDE USING btree (tenant_id WITH =, casefold(name COLLATE pg_unicode_fast) WITH =),
  CONSTRAINT role_follows_what_it_was_made_from CHECK (preset IS NULL OR made_from IS NOT NULL AND preset = made_from),
  CONSTRAINT role_has_one_source CHECK (preset IS NULL OR permissions = '{}'::text[]),
  CONSTRAINT role_made_from_fkey FOREIGN KEY (made_from) REFERENCES tenants.role_preset(name),
  CONSTRAINT role_preset_fkey FOREIGN KEY (preset) REFERENCES tenants.role_preset(name),
  CONSTRAINT role_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE tenants.role IS 'class: tenant. A named set of permissions; * grants all of them, later modules included.';
CREATE INDEX role_follows ON tenants.role USING btree (preset);
CREATE INDEX role_made_from ON tenants.role USING btree (made_from);
ALTER TABLE tenants.role ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.role FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.role TO comptoir_app;
GRANT SELECT ON TABLE tenants.role TO comptoir_read;

CREATE TABLE tenants.role_preset (
  name text NOT NULL,
  business_types text[] NOT NULL,
  permissions text[] NOT NULL,
  "position" integer NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  CONSTRAINT role_preset_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE tenants.role_preset IS 'class: shared. The ready-made roles of this version, loaded from code at every start, and the business types that begin with them.';
GRANT SELECT ON TABLE tenants.role_preset TO comptoir_app;
GRANT SELECT ON TABLE tenants.role_preset TO comptoir_read;

CREATE TABLE tenants.session_tenant (
  session_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  employee_id uuid,
  device_id uuid,
  branch_id uuid,
  CONSTRAINT session_tenant_pkey PRIMARY KEY (session_id),
  CONSTRAINT session_tenant_of_a_cashier_is_whole CHECK (num_nulls(employee_id, device_id, branch_id) = ANY (ARRAY[0, 3]))
);
COMMENT ON TABLE tenants.session_tenant IS 'class: local. The tenant in which a session works when a request names none. That of a cashier works nowhere else, at one device in its branch; a device has one at a time. Ids only; reached through functions.';
CREATE UNIQUE INDEX session_tenant_device_id ON tenants.session_tenant USING btree (tenant_id, device_id) WHERE device_id IS NOT NULL;
CREATE INDEX session_tenant_employee_id ON tenants.session_tenant USING btree (tenant_id, employee_id) WHERE employee_id IS NOT NULL;

CREATE TABLE tenants.tenant (
  tenant_id uuid NOT NULL,
  legal_name text NOT NULL,
  locale text NOT NULL,
  time_zone text NOT NULL,
  cash_variance_threshold numeric(19,4) DEFAULT 50 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  business_type text DEFAULT 'retail'::text NOT NULL,
  domain text,
  features text[] DEFAULT '{ledger,tax}'::text[] NOT NULL,
  retention_financial_years integer DEFAULT 10 NOT NULL,
  retention_audit_years integer DEFAULT 10 NOT NULL,
  anonymisation_days integer DEFAULT 365 NOT NULL,
  CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT tenant_business_type_known CHECK (business_type = ANY (ARRAY['pharmacy'::text, 'retail'::text, 'restaurant'::text, 'service'::text, 'wholesale'::text, 'manufacturing'::text])),
  CONSTRAINT tenant_cash_variance_threshold_not_negative CHECK (cash_variance_threshold >= 0::numeric),
  CONSTRAINT tenant_domain_is_ascii CHECK (domain ~ '^[a-z0-9.-]{1,253}$'::text),
  CONSTRAINT tenant_is_not_the_platform CHECK (tenant_id <> '00000000-0000-0000-0000-000000000000'::uuid),
  CONSTRAINT tenant_retention_in_bounds CHECK (retention_financial_years >= 1 AND retention_financial_years <= 100 AND retention_audit_years >= 1 AND retention_audit_years <= 100 AND anonymisation_days >= 30 AND anonymisation_days <= 3650)
);
COMMENT ON TABLE tenants.tenant IS 'class: tenant. One isolated customer of the installation: a pharmacy, a chain, a marketplace operator.';
ALTER TABLE tenants.tenant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.tenant FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.tenant TO comptoir_app;
GRANT SELECT ON TABLE tenants.tenant TO comptoir_read;

CREATE TABLE tenants.till_pin (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  hash text,
  failures integer DEFAULT 0 NOT NULL,
  locked_until timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  lockouts integer DEFAULT 0 NOT NULL,
  verifier text,
  CONSTRAINT till_pin_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT till_pin_employee_id_key UNIQUE (tenant_id, employee_id),
  CONSTRAINT till_pin_verifier_is_of_a_pin CHECK (verifier IS NULL OR hash IS NOT NULL),
  CONSTRAINT till_pin_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE tenants.till_pin IS 'class: tenant. The PIN of an employee at shared tills, as an argon2id hash, null once cleared, the tries that failed since the last good one, and what a device without a server knows it by, sealed; null until it is set or right again.';
COMMENT ON COLUMN tenants.till_pin.hash IS 'secret';
COMMENT ON COLUMN tenants.till_pin.verifier IS 'secret';
ALTER TABLE tenants.till_pin ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants.till_pin FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tenants.till_pin TO comptoir_app;

CREATE VIEW tenants.read_branch WITH (security_invoker=true) AS
 SELECT b.tenant_id,
    b.id,
    b.entity_id,
    b.time_zone,
    e.currency
   FROM tenants.branch b
     JOIN tenants.entity e ON e.tenant_id = b.tenant_id AND e.id = b.entity_id
  WHERE b.deleted_at IS NULL;
COMMENT ON VIEW tenants.read_branch IS 'Published for reports about branches: legal entity, its currency, time zone.';
GRANT SELECT ON TABLE tenants.read_branch TO comptoir_app;
GRANT SELECT ON TABLE tenants.read_branch TO comptoir_read;

CREATE VIEW tenants.read_place WITH (security_invoker=true) AS
 SELECT b.tenant_id,
    b.id,
    b.entity_id,
    b.code,
    b.name,
    b.time_zone,
    e.currency
   FROM tenants.branch b
     JOIN tenants.entity e ON e.tenant_id = b.tenant_id AND e.id = b.entity_id;
COMMENT ON VIEW tenants.read_place IS 'Published for reports about documents: every branch, closed ones too, with its name and calendar.';
GRANT SELECT ON TABLE tenants.read_place TO comptoir_app;
GRANT SELECT ON TABLE tenants.read_place TO comptoir_read;

CREATE OR REPLACE FUNCTION tenants.all_tenants()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'tenant' ORDER BY d.tenant_id $function$;
GRANT EXECUTE ON FUNCTION tenants.all_tenants() TO comptoir_jobs;

CREATE OR REPLACE FUNCTION tenants.authenticate(p_session_token text, p_api_key_hash bytea, p_tenant uuid)
 RETURNS TABLE(user_id uuid, session_id uuid, api_key_id uuid, device_id uuid, tenant_id uuid, employee_id uuid, permissions text[], features text[], is_stale boolean, is_scoped boolean, entity_ids uuid[], region_ids uuid[], branch_ids uuid[])
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  v_now timestamptz := transaction_timestamp();
  v_user uuid;
  v_session uuid;
  v_used_at timestamptz;
  v_kind text;
  v_at tenants.session_tenant;
  v_asked uuid;
  v_key tenants.api_key;
  v_tenant uuid;
  v_employee uuid;
  v_permissions text[];
  v_features text[];
  v_scoped boolean;
  v_entities uuid[];
  v_regions uuid[];
  v_branches uuid[];
  v_kinds integer;
BEGIN
  IF p_session_token IS NOT NULL THEN
    SELECT s.user_id, s.id, s.used_at, s.kind INTO v_user, v_session, v_used_at, v_kind
    FROM identity.read_session s
    WHERE s.token_hash = encode(sha256(convert_to(p_session_token, 'UTF8')), 'hex') AND s.expires_at > v_now;
    IF NOT FOUND THEN
      RETURN;
    END IF;
    SELECT s.* INTO v_at FROM tenants.session_tenant s WHERE s.session_id = v_session;
    IF (v_kind = 'cashier') <> (v_at.device_id IS NOT NULL) THEN
      RETURN;
    END IF;
    v_asked := CASE WHEN v_at.device_id IS NULL THEN coalesce(p_tenant, v_at.tenant_id) ELSE v_at.tenant_id END;
    SELECT CASE WHEN v_asked IS NOT NULL OR count(*) = 1 THEN (array_agg(d.tenant_id))[1] END INTO v_tenant
    FROM tenants.directory d WHERE d.kind = 'user' AND d.key = v_user::text AND (v_asked IS NULL OR d.tenant_id = v_asked);
  ELSE
    SELECT d.tenant_id INTO v_tenant FROM tenants.directory d WHERE d.kind = 'api_key' AND d.key = encode(p_api_key_hash, 'hex');
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;

  IF v_tenant IS NOT NULL THEN
    PERFORM platform.set_tenant(v_tenant);
    IF p_session_token IS NULL THEN
      SELECT k.* INTO v_key FROM tenants.api_key k
      WHERE k.tenant_id = v_tenant AND k.secret_hash = p_api_key_hash AND k.revoked_at IS NULL AND k.expires_at > v_now;
      IF NOT FOUND THEN
        RETURN;
      END IF;
    END IF;
    SELECT e.id, e.user_id, e.is_scoped, t.features INTO v_employee, v_user, v_scoped, v_features
    FROM tenants.employee e JOIN tenants.tenant t ON t.tenant_id = e.tenant_id
    WHERE e.tenant_id = v_tenant AND (e.id = v_key.employee_id OR (v_key.id IS NULL AND e.user_id = v_user))
      AND e.status = 'active' AND e.deleted_at IS NULL;
    IF FOUND THEN
      SELECT coalesce(array_agg(DISTINCT p.permission), '{}') INTO v_permissions
      FROM tenants.employee_role er
      JOIN tenants.role r ON r.tenant_id = er.tenant_id AND r.id = er.role_id AND r.deleted_at IS NULL
      LEFT JOIN tenants.role_preset d ON d.name = r.preset
      CROSS JOIN unnest(coalesce(d.permissions, r.permissions)) AS p (permission)
      WHERE er.tenant_id = v_tenant AND er.employee_id = v_employee AND er.valid @> v_now;
      IF v_key.id IS NOT NULL AND NOT v_key.permissions @> '{*}' THEN
        v_permissions := array(
          SELECT k.permission FROM unnest(v_key.permissions) AS k (permission)
          WHERE v_permissions @> '{*}' OR k.permission = ANY (v_permissions));
      END IF;
      IF v_scoped THEN
        SELECT coalesce(array_agg(s.entity_id) FILTER (WHERE s.entity_id IS NOT NULL), '{}'),
               coalesce(array_agg(s.region_id) FILTER (WHERE s.region_id IS NOT NULL), '{}'),
               coalesce(array_agg(s.branch_id) FILTER (WHERE s.branch_id IS NOT NULL), '{}')
        INTO v_entities, v_regions, v_branches
        FROM tenants.employee_scope s
        WHERE s.tenant_id = v_tenant AND s.employee_id = v_employee AND s.valid @> v_now;
        -- Each by its index, and only where there is something to look for: an OR would read every branch.
        v_kinds := (v_entities <> '{}')::integer + (v_regions <> '{}')::integer + (v_branches <> '{}')::integer;
        IF v_branches <> '{}' THEN
          v_branches := array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.id = ANY (v_branches) AND b.deleted_at IS NULL);
        END IF;
        IF v_entities <> '{}' THEN
          v_entities := array(
            SELECT n.id FROM tenants.entity n WHERE n.tenant_id = v_tenant AND n.id = ANY (v_entities) AND n.deleted_at IS NULL);
          v_branches := v_branches || array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.entity_id = ANY (v_entities) AND b.deleted_at IS NULL);
        END IF;
        IF v_regions <> '{}' THEN
          v_regions := array(
            SELECT g.id FROM tenants.region g WHERE g.tenant_id = v_tenant AND g.id = ANY (v_regions) AND g.deleted_at IS NULL);
          v_branches := v_branches || array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.region_id = ANY (v_regions) AND b.deleted_at IS NULL);
        END IF;
        IF v_kinds > 1 THEN
          v_branches := array(SELECT DISTINCT b.id FROM unnest(v_branches) AS b (id));
        END IF;
      END IF;
      IF v_at.device_id IS NOT NULL THEN
        IF v_employee <> v_at.employee_id OR (v_scoped AND NOT v_at.branch_id = ANY (v_branches)) THEN
          RETURN;
        END IF;
        v_scoped := true;
        v_entities := '{}';
        v_regions := '{}';
        v_branches := array(
          SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.id = v_at.branch_id AND b.deleted_at IS NULL);
      END IF;
    ELSIF v_key.id IS NOT NULL OR v_at.device_id IS NOT NULL THEN
      RETURN;
    ELSE
      SELECT s.user_id INTO v_user FROM identity.read_session s WHERE s.id = v_session;
      v_tenant := NULL;
    END IF;
  END IF;

  IF v_tenant IS NULL AND v_at.device_id IS NOT NULL THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT v_user, v_session, v_key.id, v_at.device_id, v_tenant, v_employee, coalesce(v_permissions, '{}'),
                      coalesce(v_features, '{}'), coalesce(v_used_at < v_now - interval '5 minutes', false),
                      coalesce(v_scoped, false), v_entities, v_regions, v_branches;
END
$function$;
COMMENT ON FUNCTION tenants.authenticate(text,bytea,uuid) IS 'sets the tenant itself: it runs before one is known, and shows a caller nothing but what their credential opens.';
GRANT EXECUTE ON FUNCTION tenants.authenticate(text,bytea,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.claim_domain(p_tenant uuid, p_domain text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.directory (kind, key, tenant_id) VALUES ('domain', p_domain, p_tenant) ON CONFLICT DO NOTHING;
  RETURN EXISTS (
    SELECT FROM tenants.directory d WHERE d.kind = 'domain' AND d.key = p_domain AND d.tenant_id = p_tenant);
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.claim_domain(uuid,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.end_cashier_sessions(p_tenant uuid, p_employee uuid, p_device uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_ended uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  WITH ended AS (
    DELETE FROM tenants.session_tenant s WHERE s.tenant_id = p_tenant AND (s.employee_id = p_employee OR s.device_id = p_device)
    RETURNING s.session_id)
  SELECT array_agg(e.session_id) INTO v_ended FROM ended e;
  PERFORM identity.end_cashier_sessions(v_ended);
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.end_cashier_sessions(uuid,uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.forget_ended_sessions(p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count integer;
BEGIN
  DELETE FROM tenants.session_tenant t WHERE t.session_id = ANY (array(
    SELECT old.session_id FROM tenants.session_tenant old
    WHERE NOT EXISTS (SELECT FROM identity.read_session s WHERE s.id = old.session_id AND s.expires_at > transaction_timestamp())
    LIMIT p_limit));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.forget_ended_sessions(integer) TO comptoir_jobs;

CREATE OR REPLACE FUNCTION tenants.next_number(p_tenant uuid, p_name text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_number bigint;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.counter AS c (tenant_id, name, last_number) VALUES (p_tenant, p_name, 1)
  ON CONFLICT (tenant_id, name) DO UPDATE
  SET last_number = c.last_number + 1, version = c.version + 1, updated_at = transaction_timestamp()
  RETURNING last_number INTO v_number;
  RETURN v_number;
END
$function$;
COMMENT ON FUNCTION tenants.next_number(uuid,text) IS 'The only writer of counters.';
GRANT EXECUTE ON FUNCTION tenants.next_number(uuid,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.open_cashier_session(p_tenant uuid, p_session jsonb)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_user uuid;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  -- Held, so that whoever suspends them comes before or after.
  SELECT e.user_id INTO v_user FROM tenants.employee e
  WHERE e.tenant_id = p_tenant AND e.id = (p_session ->> 'employee_id')::uuid AND e.status = 'active' AND e.deleted_at IS NULL
  FOR SHARE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM tenants.end_cashier_sessions(p_tenant, NULL, (p_session ->> 'device_id')::uuid);
  PERFORM identity.open_cashier_session(p_session || jsonb_build_object('user_id', v_user));
  INSERT INTO tenants.session_tenant (session_id, tenant_id, employee_id, device_id, branch_id)
  SELECT s.id, p_tenant, s.employee_id, s.device_id, s.branch_id
  FROM jsonb_to_record(p_session) AS s (id uuid, employee_id uuid, device_id uuid, branch_id uuid);
  RETURN v_user;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.open_cashier_session(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.register(p_tenant uuid, p_kind text, p_key text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.directory (kind, key, tenant_id) VALUES (p_kind, p_key, p_tenant) ON CONFLICT DO NOTHING;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.register(uuid,text,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.switch_session(p_tenant uuid, p_session uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.session_tenant (session_id, tenant_id) VALUES (p_session, p_tenant)
  ON CONFLICT (session_id) DO UPDATE SET tenant_id = excluded.tenant_id, updated_at = transaction_timestamp()
  WHERE session_tenant.device_id IS NULL;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.switch_session(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.tenant_of_device(p_device uuid)
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'device' AND d.key = p_device::text $function$;
GRANT EXECUTE ON FUNCTION tenants.tenant_of_device(uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.tenant_of_invitation(p_token_hash bytea)
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'invitation' AND d.key = encode(p_token_hash, 'hex') $function$;
GRANT EXECUTE ON FUNCTION tenants.tenant_of_invitation(bytea) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.tenants_of_user(p_user uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'user' AND d.key = p_user::text ORDER BY d.tenant_id $function$;
GRANT EXECUTE ON FUNCTION tenants.tenants_of_user(uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.touch_session(p_session_token text, p_till_days integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_session uuid;
BEGIN
  SELECT s.id INTO v_session FROM identity.read_session s
  WHERE s.token_hash = encode(sha256(convert_to(p_session_token, 'UTF8')), 'hex') AND s.expires_at > transaction_timestamp();
  IF FOUND THEN
    PERFORM identity.touch_session(v_session, transaction_timestamp(), p_till_days);
  END IF;
END
$function$;
COMMENT ON FUNCTION tenants.touch_session(text,integer) IS 'changes nothing but the session whose token is shown.';
GRANT EXECUTE ON FUNCTION tenants.touch_session(text,integer) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.unregister(p_tenant uuid, p_kind text, p_key text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM tenants.directory d WHERE d.kind = p_kind AND d.key = p_key AND d.tenant_id = p_tenant;
END
$function$;
GRANT EXECUTE ON FUNCTION tenants.unregister(uuid,text,text) TO comptoir_app;
