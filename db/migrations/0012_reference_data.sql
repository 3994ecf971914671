-- Up Migration

-- Where a legal entity may be and what it may keep books in: lists that the files of db/reference fill. They belong to
-- the legal entities that name them, so the currencies move here from the ledger.

CREATE SCHEMA reference;
GRANT USAGE ON SCHEMA reference TO comptoir_app, comptoir_jobs, comptoir_read;

ALTER TABLE ledger.currency SET SCHEMA reference;
ALTER TABLE reference.currency
  ALTER COLUMN number DROP NOT NULL,
  ADD COLUMN symbol text NOT NULL DEFAULT '',
  ADD COLUMN withdrawn_on date,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE reference.currency ADD CONSTRAINT currency_in_use_has_a_number CHECK (number IS NOT NULL OR withdrawn_on IS NOT NULL) NOT VALID;
ALTER TABLE reference.currency VALIDATE CONSTRAINT currency_in_use_has_a_number;
ALTER TABLE reference.currency ALTER COLUMN symbol DROP DEFAULT;
COMMENT ON TABLE reference.currency IS
  'class: shared. ISO 4217, without what nothing is paid in; minor_unit is the number of decimals of an amount. What was withdrawn is kept for documents and rates of its time.';

CREATE TABLE reference.country (
  code text NOT NULL,
  alpha_3 text NOT NULL,
  number text NOT NULL,
  name text NOT NULL,
  currency text,
  region text NOT NULL,
  eu_since date,
  eu_until date,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT country_pkey PRIMARY KEY (code),
  CONSTRAINT country_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT country_code_is_iso_3166 CHECK (code ~ '^[A-Z]{2}$'),
  CONSTRAINT country_left_the_union_after_joining CHECK (eu_since < eu_until OR eu_until IS NULL)
);
COMMENT ON TABLE reference.country IS
  'class: shared. ISO 3166-1, and Kosovo; currency is what most is paid in there, eu_since and eu_until the days between which it was a member of the European Union.';
CREATE INDEX country_currency ON reference.country (currency);
GRANT SELECT ON reference.country TO comptoir_app, comptoir_read;

-- Under forced row-level security the owner, who has no tenant here, would read and validate no row at all.
ALTER TABLE tenants.entity NO FORCE ROW LEVEL SECURITY;
-- Where legal entities are already; db/reference fills in the rest.
INSERT INTO reference.country (code, alpha_3, number, name, region) SELECT DISTINCT country, '', '', country, '' FROM tenants.entity;
ALTER TABLE tenants.entity ADD CONSTRAINT entity_country_fkey FOREIGN KEY (country) REFERENCES reference.country (code) NOT VALID;
ALTER TABLE tenants.entity VALIDATE CONSTRAINT entity_country_fkey;
ALTER TABLE tenants.entity FORCE ROW LEVEL SECURITY;
CREATE INDEX entity_country ON tenants.entity (country);

-- Down Migration

DROP INDEX tenants.entity_country;
ALTER TABLE tenants.entity DROP CONSTRAINT entity_country_fkey;
DROP TABLE reference.country;
ALTER TABLE reference.currency
  DROP CONSTRAINT currency_in_use_has_a_number,
  DROP COLUMN updated_at,
  DROP COLUMN withdrawn_on,
  DROP COLUMN symbol;
UPDATE reference.currency SET number = '' WHERE number IS NULL;
ALTER TABLE reference.currency ALTER COLUMN number SET NOT NULL;
ALTER TABLE reference.currency SET SCHEMA ledger;
COMMENT ON TABLE ledger.currency IS 'class: shared. ISO 4217, without what nothing is paid in; minor_unit is the number of decimals of an amount.';
DROP SCHEMA reference;
