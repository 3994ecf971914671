-- Up Migration

-- Whom the tenant deals with: customers, suppliers, vendors and retailers, as roles of one party. What names or finds a
-- person stands in columns marked personal, which anonymising empties; the row and its id stay for the documents.

CREATE SCHEMA parties;
GRANT USAGE ON SCHEMA parties TO comptoir_app, comptoir_read;

CREATE TABLE parties.customer_group (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT customer_group_pkey PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE parties.customer_group IS 'class: tenant. Customers that are priced and treated alike.';
CREATE UNIQUE INDEX customer_group_code_key ON parties.customer_group (tenant_id, code) WHERE deleted_at IS NULL;

CREATE TABLE parties.party (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  name text,
  sort_name text COLLATE "C",
  first_name text,
  last_name text,
  legal_name text,
  email text,
  phone text,
  preferred_locale text,
  note text,
  deleted_at timestamptz,
  anonymised_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT party_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT party_kind_known CHECK (kind IN ('person', 'organisation')),
  CONSTRAINT party_has_a_name CHECK (anonymised_at IS NOT NULL OR num_nonnulls(name, sort_name) = 2),
  CONSTRAINT party_anonymised_is_blank
    CHECK (anonymised_at IS NULL OR num_nonnulls(name, sort_name, first_name, last_name, legal_name, email, phone, note) = 0),
  CONSTRAINT party_anonymised_is_deleted CHECK (anonymised_at IS NULL OR deleted_at IS NOT NULL)
);
COMMENT ON TABLE parties.party IS
  'class: tenant. A person or an organisation that the tenant deals with. Deleted ones stay for their documents; anonymised ones keep nothing but their id.';
COMMENT ON COLUMN parties.party.name IS 'personal';
COMMENT ON COLUMN parties.party.sort_name IS 'personal';
COMMENT ON COLUMN parties.party.first_name IS 'personal';
COMMENT ON COLUMN parties.party.last_name IS 'personal';
COMMENT ON COLUMN parties.party.legal_name IS 'personal';
COMMENT ON COLUMN parties.party.email IS 'personal';
COMMENT ON COLUMN parties.party.phone IS 'personal';
COMMENT ON COLUMN parties.party.note IS 'personal';
CREATE UNIQUE INDEX party_email_key ON parties.party (tenant_id, email) WHERE deleted_at IS NULL;
CREATE INDEX party_sort_name ON parties.party (tenant_id, sort_name, id) WHERE deleted_at IS NULL;

CREATE FUNCTION parties.keep_anonymous() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'an anonymised party is not changed' USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION parties.keep_anonymous() IS 'Makes anonymising irreversible.';
CREATE TRIGGER party_stays_anonymous BEFORE UPDATE ON parties.party
  FOR EACH ROW WHEN (OLD.anonymised_at IS NOT NULL) EXECUTE FUNCTION parties.keep_anonymous();

CREATE TABLE parties.party_role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  role text NOT NULL,
  code text,
  approval text,
  group_id uuid,
  lead_time_days numeric(9, 2),
  payment_days integer,
  payment_terms text,
  currency text,
  minimum_order numeric(19, 4),
  ended_at timestamptz,
  is_of_open_party boolean NOT NULL DEFAULT true,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT party_role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT party_role_role_key UNIQUE (tenant_id, party_id, role),
  CONSTRAINT party_role_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT party_role_group_id_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES parties.customer_group (tenant_id, id),
  CONSTRAINT party_role_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT party_role_known CHECK (role IN ('customer', 'supplier', 'vendor', 'retailer')),
  CONSTRAINT party_role_approval_known CHECK (approval IN ('pending', 'approved', 'rejected', 'suspended')),
  CONSTRAINT party_role_approval_of_traders CHECK ((role IN ('vendor', 'retailer')) = (approval IS NOT NULL)),
  CONSTRAINT party_role_group_of_buyers CHECK (group_id IS NULL OR role IN ('customer', 'retailer')),
  CONSTRAINT party_role_terms_of_sellers CHECK (num_nonnulls(lead_time_days, minimum_order) = 0 OR role IN ('supplier', 'vendor')),
  CONSTRAINT party_role_terms_not_negative CHECK (lead_time_days >= 0 AND payment_days >= 0 AND minimum_order >= 0),
  CONSTRAINT party_role_minimum_has_a_currency CHECK (minimum_order IS NULL OR currency IS NOT NULL)
);
COMMENT ON TABLE parties.party_role IS
  'class: tenant. What a party is to the tenant, and on which terms. Vendors and retailers are approved; approval is that of the last row of parties.approval. Codes are free again when the role ends or the party is deleted, which is_of_open_party repeats, because an index sees one table.';
CREATE UNIQUE INDEX party_role_code_key ON parties.party_role (tenant_id, role, code) WHERE ended_at IS NULL AND is_of_open_party;
CREATE INDEX party_role_group_id ON parties.party_role (tenant_id, group_id);
CREATE INDEX party_role_currency ON parties.party_role (currency);
CREATE INDEX party_role_approval ON parties.party_role (tenant_id, role, approval, party_id);

CREATE TABLE parties.approval (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_role_id uuid NOT NULL,
  number integer NOT NULL,
  decision text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT approval_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT approval_number_key UNIQUE (tenant_id, party_role_id, number),
  CONSTRAINT approval_party_role_id_fkey FOREIGN KEY (tenant_id, party_role_id) REFERENCES parties.party_role (tenant_id, id),
  CONSTRAINT approval_decision_known CHECK (decision IN ('approved', 'rejected', 'suspended')),
  CONSTRAINT approval_refusal_has_a_reason CHECK (decision = 'approved' OR reason IS NOT NULL)
);
COMMENT ON TABLE parties.approval IS
  'class: tenant, append-only. Who approved, rejected or suspended a vendor or retailer, when and why; written only by parties.decide.';

CREATE TABLE parties.contact (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  name text,
  job_title text,
  email text,
  phone text,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT contact_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT contact_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party (tenant_id, id)
);
COMMENT ON TABLE parties.contact IS 'class: tenant. A person to ask for at a party.';
COMMENT ON COLUMN parties.contact.name IS 'personal';
COMMENT ON COLUMN parties.contact.job_title IS 'personal';
COMMENT ON COLUMN parties.contact.email IS 'personal';
COMMENT ON COLUMN parties.contact.phone IS 'personal';
CREATE INDEX contact_party_id ON parties.contact (tenant_id, party_id);

CREATE TABLE parties.address (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  purpose text NOT NULL,
  street text,
  postal_code text,
  city text,
  district text,
  country text NOT NULL,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT address_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT address_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT address_country_fkey FOREIGN KEY (country) REFERENCES reference.country (code),
  CONSTRAINT address_purpose_known CHECK (purpose IN ('billing', 'delivery', 'other'))
);
COMMENT ON TABLE parties.address IS 'class: tenant. Where a party gets bills and goods.';
COMMENT ON COLUMN parties.address.street IS 'personal';
COMMENT ON COLUMN parties.address.postal_code IS 'personal';
COMMENT ON COLUMN parties.address.city IS 'personal';
COMMENT ON COLUMN parties.address.district IS 'personal';
CREATE INDEX address_party_id ON parties.address (tenant_id, party_id);
CREATE INDEX address_country ON parties.address (country);

CREATE TABLE parties.tax_number (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  country text NOT NULL,
  scheme text NOT NULL,
  number text,
  deleted_at timestamptz,
  is_of_open_party boolean NOT NULL DEFAULT true,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tax_number_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT tax_number_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT tax_number_country_fkey FOREIGN KEY (country) REFERENCES reference.country (code)
);
COMMENT ON TABLE parties.tax_number IS 'class: tenant. What a tax authority calls a party, e.g. its ICE, RFC, NIT, CUIT or VAT number. That of a deleted party, which is_of_open_party repeats, is free again.';
CREATE UNIQUE INDEX tax_number_key ON parties.tax_number (tenant_id, country, scheme, number) WHERE deleted_at IS NULL AND is_of_open_party;
COMMENT ON COLUMN parties.tax_number.number IS 'personal';
CREATE INDEX tax_number_party_id ON parties.tax_number (tenant_id, party_id);
CREATE INDEX tax_number_country ON parties.tax_number (country);

CREATE TABLE parties.term (
  tenant_id uuid NOT NULL,
  party_id uuid NOT NULL,
  term text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT term_pkey PRIMARY KEY (tenant_id, party_id, term),
  CONSTRAINT term_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party (tenant_id, id)
);
COMMENT ON TABLE parties.term IS
  'class: tenant. What a party is found by, from each of its words on; compared bytewise, because only such operators reach an index under row-level security.';
COMMENT ON COLUMN parties.term.term IS 'personal';
CREATE INDEX term_term ON parties.term (tenant_id, term, party_id);

CALL platform.isolate('parties.customer_group');
CALL platform.isolate('parties.party');
CALL platform.isolate('parties.party_role');
CALL platform.isolate('parties.approval');
CALL platform.isolate('parties.contact');
CALL platform.isolate('parties.address');
CALL platform.isolate('parties.tax_number');
CALL platform.isolate('parties.term');
CALL platform.append_only('parties.approval');

GRANT SELECT, INSERT, UPDATE ON parties.customer_group, parties.party, parties.contact, parties.address, parties.tax_number TO comptoir_app;
GRANT SELECT, INSERT,
  UPDATE (code, group_id, lead_time_days, payment_days, payment_terms, currency, minimum_order, ended_at, is_of_open_party, version, updated_at)
  ON parties.party_role TO comptoir_app;
GRANT SELECT ON parties.approval, parties.term TO comptoir_app;
GRANT SELECT ON ALL TABLES IN SCHEMA parties TO comptoir_read;

-- Down Migration

DROP SCHEMA parties CASCADE;
