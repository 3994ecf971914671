-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA tax AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA tax TO comptoir_app;
GRANT USAGE ON SCHEMA tax TO comptoir_read;

CREATE TABLE tax.branch_jurisdiction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  codes text[] NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT branch_jurisdiction_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT branch_jurisdiction_somewhere CHECK (array_to_string(codes, ' '::text) ~ '^[A-Z]{2}(-[A-Z0-9]{1,12})*( [A-Z]{2}(-[A-Z0-9]{1,12})*)*$'::text),
  CONSTRAINT branch_jurisdiction_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE tax.branch_jurisdiction IS 'class: tenant. The innermost jurisdictions in which a branch, whose id it has, stands; without a row it is the country of its entity.';
ALTER TABLE tax.branch_jurisdiction ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.branch_jurisdiction FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tax.branch_jurisdiction TO comptoir_app;
GRANT SELECT ON TABLE tax.branch_jurisdiction TO comptoir_read;

CREATE TABLE tax.class (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  treatment text NOT NULL,
  rate_name text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT class_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT class_code_key UNIQUE (tenant_id, code),
  CONSTRAINT class_rate_name_of_taxed CHECK (rate_name IS NULL OR treatment = 'taxed'::text),
  CONSTRAINT class_treatment_known CHECK (treatment = ANY (ARRAY['taxed'::text, 'zero'::text, 'exempt'::text, 'out_of_scope'::text, 'reverse_charge'::text]))
);
COMMENT ON TABLE tax.class IS 'class: tenant. How the tenant''s goods are taxed: the reference rate of which name, or none and why not.';
ALTER TABLE tax.class ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.class FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE tax.class TO comptoir_app;
GRANT SELECT ON TABLE tax.class TO comptoir_read;

CREATE TABLE tax.jurisdiction (
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  parent_code text,
  adds_to_parent boolean NOT NULL,
  needs_inner_place boolean NOT NULL,
  rounding text NOT NULL,
  rounding_mode text NOT NULL,
  rounding_of text NOT NULL,
  prices_include_tax boolean NOT NULL,
  rule_source text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT jurisdiction_pkey PRIMARY KEY (code),
  CONSTRAINT jurisdiction_code_is_iso_3166 CHECK (code ~ '^[A-Z]{2}(-[A-Z0-9]{1,12})*$'::text),
  CONSTRAINT jurisdiction_has_parent CHECK ((kind = 'country'::text) = (parent_code IS NULL)),
  CONSTRAINT jurisdiction_kind_known CHECK (kind = ANY (ARRAY['country'::text, 'territory'::text, 'state'::text, 'province'::text, 'county'::text, 'city'::text, 'special'::text])),
  CONSTRAINT jurisdiction_rounding_known CHECK (rounding = ANY (ARRAY['line'::text, 'document'::text])),
  CONSTRAINT jurisdiction_rounding_mode_known CHECK (rounding_mode = ANY (ARRAY['half_up'::text, 'half_even'::text, 'down'::text, 'up'::text])),
  CONSTRAINT jurisdiction_rounding_of_known CHECK (rounding_of = ANY (ARRAY['each'::text, 'combined'::text])),
  CONSTRAINT jurisdiction_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES tax.jurisdiction(code)
);
COMMENT ON TABLE tax.jurisdiction IS 'class: shared. Where a tax is raised, by its code of ISO 3166-1 or -2. Its rates add to those of the place it lies in or stand in for them; a bill is rounded as it says, for the reason in rule_source.';
CREATE INDEX jurisdiction_parent_code ON tax.jurisdiction USING btree (parent_code);
GRANT SELECT ON TABLE tax.jurisdiction TO comptoir_app;
GRANT SELECT ON TABLE tax.jurisdiction TO comptoir_read;

CREATE TABLE tax.local_jurisdiction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  parent_code text NOT NULL,
  adds_to_parent boolean NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT local_jurisdiction_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT local_jurisdiction_code_key UNIQUE (tenant_id, code),
  CONSTRAINT local_jurisdiction_kind_known CHECK (kind = ANY (ARRAY['territory'::text, 'state'::text, 'province'::text, 'county'::text, 'city'::text, 'special'::text]))
);
COMMENT ON TABLE tax.local_jurisdiction IS 'class: tenant. A place of the tenant''s own inside another, such as a county, a city or a district of a US state.';
ALTER TABLE tax.local_jurisdiction ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.local_jurisdiction FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE tax.local_jurisdiction TO comptoir_app;
GRANT SELECT ON TABLE tax.local_jurisdiction TO comptoir_read;

CREATE TABLE tax.rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  jurisdiction_code text NOT NULL,
  class_id uuid NOT NULL,
  valid daterange NOT NULL,
  name text NOT NULL,
  rate numeric(19,6) NOT NULL,
  compound boolean NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT rate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rate_valid_key EXCLUDE USING gist (tenant_id WITH =, jurisdiction_code WITH =, class_id WITH =, valid WITH &&) WHERE (deleted_at IS NULL),
  CONSTRAINT rate_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT rate_in_percent CHECK (rate >= 0::numeric AND rate <= 100::numeric),
  CONSTRAINT rate_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES tax.class(tenant_id, id)
);
COMMENT ON TABLE tax.rate IS 'class: tenant. A rate of the tenant''s own in percent; on its days it stands in for the reference. Once begun it is only ended; before, it may be taken back, and is then without effect.';
CREATE INDEX rate_class_id ON tax.rate USING btree (tenant_id, class_id);
ALTER TABLE tax.rate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tax.rate FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER rate_keeps_the_past BEFORE UPDATE ON tax.rate FOR EACH ROW EXECUTE FUNCTION tax.keep_the_past();
GRANT INSERT, SELECT, UPDATE ON TABLE tax.rate TO comptoir_app;
GRANT SELECT ON TABLE tax.rate TO comptoir_read;

CREATE TABLE tax.reference_rate (
  jurisdiction_code text NOT NULL,
  name text NOT NULL,
  valid daterange NOT NULL,
  tax text NOT NULL,
  rate numeric(19,6) NOT NULL,
  source text NOT NULL,
  note text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT reference_rate_pkey PRIMARY KEY (jurisdiction_code, name, valid WITHOUT OVERLAPS),
  CONSTRAINT reference_rate_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT reference_rate_in_percent CHECK (rate >= 0::numeric AND rate <= 100::numeric),
  CONSTRAINT reference_rate_name_is_a_word CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'::text),
  CONSTRAINT reference_rate_jurisdiction_code_fkey FOREIGN KEY (jurisdiction_code) REFERENCES tax.jurisdiction(code)
);
COMMENT ON TABLE tax.reference_rate IS 'class: shared. Rates in percent that are known for all tenants, with the days on which they are in force; the tax none says that a place raises none.';
GRANT SELECT ON TABLE tax.reference_rate TO comptoir_app;
GRANT SELECT ON TABLE tax.reference_rate TO comptoir_read;

CREATE OR REPLACE FUNCTION tax.keep_the_past()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_today date := (transaction_timestamp() AT TIME ZONE 'Etc/GMT-14')::date;
BEGIN
  IF lower(OLD.valid) <= v_today AND
     ((NEW.jurisdiction_code, NEW.class_id, NEW.name, NEW.rate, NEW.compound, lower(NEW.valid), NEW.deleted_at)
        IS DISTINCT FROM
      (OLD.jurisdiction_code, OLD.class_id, OLD.name, OLD.rate, OLD.compound, lower(OLD.valid), OLD.deleted_at)
      OR NEW.valid * daterange(NULL, v_today, '[]') IS DISTINCT FROM OLD.valid * daterange(NULL, v_today, '[]')) THEN
    RAISE EXCEPTION 'the past of a rate is not rewritten' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION tax.keep_the_past() IS 'A rate that has begun anywhere stays, and keeps all but the end of its period, which is not before today.';
