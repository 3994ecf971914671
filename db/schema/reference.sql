-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA reference AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA reference TO comptoir_app;
GRANT USAGE ON SCHEMA reference TO comptoir_jobs;
GRANT USAGE ON SCHEMA reference TO comptoir_read;

CREATE TABLE reference.country (
  code text NOT NULL,
  alpha_3 text NOT NULL,
  number text NOT NULL,
  name text NOT NULL,
  currency text,
  region text NOT NULL,
  eu_since date,
  eu_until date,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT country_pkey PRIMARY KEY (code),
  CONSTRAINT country_code_is_iso_3166 CHECK (code ~ '^[A-Z]{2}$'::text),
  CONSTRAINT country_left_the_union_after_joining CHECK (eu_since < eu_until OR eu_until IS NULL),
  CONSTRAINT country_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code)
);
COMMENT ON TABLE reference.country IS 'class: shared. ISO 3166-1, and Kosovo; currency is what most is paid in there, eu_since and eu_until the days between which it was a member of the European Union.';
CREATE INDEX country_currency ON reference.country USING btree (currency);
GRANT SELECT ON TABLE reference.country TO comptoir_app;
GRANT SELECT ON TABLE reference.country TO comptoir_read;

CREATE TABLE reference.currency (
  code text NOT NULL,
  number text,
  name text NOT NULL,
  minor_unit smallint NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  symbol text NOT NULL,
  withdrawn_on date,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  cash_step numeric(19,4),
  cash_step_source text,
  CONSTRAINT currency_pkey PRIMARY KEY (code),
  CONSTRAINT currency_cash_step_has_source CHECK ((cash_step IS NULL) = (cash_step_source IS NULL)),
  CONSTRAINT currency_cash_step_positive CHECK (cash_step > 0::numeric),
  CONSTRAINT currency_code_is_iso_4217 CHECK (code ~ '^[A-Z]{3}$'::text),
  CONSTRAINT currency_in_use_has_a_number CHECK (number IS NOT NULL OR withdrawn_on IS NOT NULL),
  CONSTRAINT currency_minor_unit_fits_amounts CHECK (minor_unit >= 0 AND minor_unit <= 4)
);
COMMENT ON TABLE reference.currency IS 'class: shared. ISO 4217, without what nothing is paid in; minor_unit is the number of decimals of an amount. What was withdrawn is kept for documents and rates of its time.';
GRANT SELECT ON TABLE reference.currency TO comptoir_app;
GRANT SELECT ON TABLE reference.currency TO comptoir_read;
