-- Up Migration

-- What is taxed where, and how much, on which day. Jurisdictions and reference rates are filled from db/reference; a
-- tenant adds places of its own, such as a county, and rates that stand in for the reference where it has some.

CREATE SCHEMA tax;
GRANT USAGE ON SCHEMA tax TO comptoir_app, comptoir_read;

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
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT jurisdiction_pkey PRIMARY KEY (code),
  CONSTRAINT jurisdiction_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES tax.jurisdiction (code),
  CONSTRAINT jurisdiction_code_is_iso_3166 CHECK (code ~ '^[A-Z]{2}(-[A-Z0-9]{1,12})*$'),
  CONSTRAINT jurisdiction_kind_known
    CHECK (kind IN ('country', 'territory', 'state', 'province', 'county', 'city', 'special')),
  CONSTRAINT jurisdiction_has_parent CHECK ((kind = 'country') = (parent_code IS NULL)),
  CONSTRAINT jurisdiction_rounding_known CHECK (rounding IN ('line', 'document')),
  CONSTRAINT jurisdiction_rounding_mode_known CHECK (rounding_mode IN ('half_up', 'half_even', 'down', 'up')),
  CONSTRAINT jurisdiction_rounding_of_known CHECK (rounding_of IN ('each', 'combined'))
);
COMMENT ON TABLE tax.jurisdiction IS
  'class: shared. Where a tax is raised, by its code of ISO 3166-1 or -2. Its rates add to those of the place it lies in or stand in for them; a bill is rounded as it says, for the reason in rule_source.';
CREATE INDEX jurisdiction_parent_code ON tax.jurisdiction (parent_code);

CREATE TABLE tax.reference_rate (
  jurisdiction_code text NOT NULL,
  name text NOT NULL,
  valid daterange NOT NULL,
  tax text NOT NULL,
  rate numeric(19, 6) NOT NULL,
  source text NOT NULL,
  note text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT reference_rate_pkey PRIMARY KEY (jurisdiction_code, name, valid WITHOUT OVERLAPS),
  CONSTRAINT reference_rate_jurisdiction_code_fkey FOREIGN KEY (jurisdiction_code) REFERENCES tax.jurisdiction (code),
  CONSTRAINT reference_rate_name_is_a_word CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  CONSTRAINT reference_rate_in_percent CHECK (rate BETWEEN 0 AND 100),
  CONSTRAINT reference_rate_begins CHECK (lower(valid) IS NOT NULL)
);
COMMENT ON TABLE tax.reference_rate IS
  'class: shared. Rates in percent that are known for all tenants, with the days on which they are in force; the tax none says that a place raises none.';

GRANT SELECT ON tax.jurisdiction, tax.reference_rate TO comptoir_app, comptoir_read;

CREATE TABLE tax.class (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  treatment text NOT NULL,
  rate_name text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT class_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT class_code_key UNIQUE (tenant_id, code),
  CONSTRAINT class_treatment_known CHECK (treatment IN ('taxed', 'zero', 'exempt', 'out_of_scope', 'reverse_charge')),
  CONSTRAINT class_rate_name_of_taxed CHECK (rate_name IS NULL OR treatment = 'taxed')
);
COMMENT ON TABLE tax.class IS
  'class: tenant. How the tenant''s goods are taxed: the reference rate of which name, or none and why not.';

CREATE TABLE tax.local_jurisdiction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  parent_code text NOT NULL,
  adds_to_parent boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT local_jurisdiction_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT local_jurisdiction_code_key UNIQUE (tenant_id, code),
  CONSTRAINT local_jurisdiction_kind_known
    CHECK (kind IN ('territory', 'state', 'province', 'county', 'city', 'special'))
);
COMMENT ON TABLE tax.local_jurisdiction IS
  'class: tenant. A place of the tenant''s own inside another, such as a county, a city or a district of a US state.';

CREATE TABLE tax.rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  jurisdiction_code text NOT NULL,
  class_id uuid NOT NULL,
  valid daterange NOT NULL,
  name text NOT NULL,
  rate numeric(19, 6) NOT NULL,
  compound boolean NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT rate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rate_valid_key EXCLUDE USING gist
    (tenant_id WITH =, jurisdiction_code WITH =, class_id WITH =, valid WITH &&) WHERE (deleted_at IS NULL),
  CONSTRAINT rate_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES tax.class (tenant_id, id),
  CONSTRAINT rate_in_percent CHECK (rate BETWEEN 0 AND 100),
  CONSTRAINT rate_begins CHECK (lower(valid) IS NOT NULL)
);
COMMENT ON TABLE tax.rate IS
  'class: tenant. A rate of the tenant''s own in percent; on its days it stands in for the reference. Once begun it is only ended; before, it may be taken back, and is then without effect.';
CREATE INDEX rate_class_id ON tax.rate (tenant_id, class_id);

-- The day of the zone where it is latest: what has not begun there has begun in no branch.
CREATE FUNCTION tax.keep_the_past() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION tax.keep_the_past() IS 'A rate that has begun anywhere stays, and keeps all but the end of its period, which is not before today.';
CREATE TRIGGER rate_keeps_the_past BEFORE UPDATE ON tax.rate FOR EACH ROW EXECUTE FUNCTION tax.keep_the_past();

CREATE TABLE tax.branch_jurisdiction (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  codes text[] NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT branch_jurisdiction_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT branch_jurisdiction_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT branch_jurisdiction_somewhere
    CHECK (array_to_string(codes, ' ') ~ '^[A-Z]{2}(-[A-Z0-9]{1,12})*( [A-Z]{2}(-[A-Z0-9]{1,12})*)*$')
);
COMMENT ON TABLE tax.branch_jurisdiction IS
  'class: tenant. The innermost jurisdictions in which a branch, whose id it has, stands; without a row it is the country of its entity.';

CALL platform.isolate('tax.class');
CALL platform.isolate('tax.local_jurisdiction');
CALL platform.isolate('tax.rate');
CALL platform.isolate('tax.branch_jurisdiction');

GRANT SELECT, INSERT, UPDATE ON tax.class, tax.rate, tax.branch_jurisdiction TO comptoir_app;
GRANT SELECT, INSERT ON tax.local_jurisdiction TO comptoir_app;
GRANT SELECT ON tax.class, tax.local_jurisdiction, tax.rate, tax.branch_jurisdiction TO comptoir_read;

-- Down Migration

DROP SCHEMA tax CASCADE;
