-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA parties AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA parties TO comptoir_app;
GRANT USAGE ON SCHEMA parties TO comptoir_read;

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
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT address_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT address_purpose_known CHECK (purpose = ANY (ARRAY['billing'::text, 'delivery'::text, 'other'::text])),
  CONSTRAINT address_country_fkey FOREIGN KEY (country) REFERENCES reference.country(code),
  CONSTRAINT address_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.address IS 'class: tenant. Where a party gets bills and goods.';
COMMENT ON COLUMN parties.address.street IS 'personal';
COMMENT ON COLUMN parties.address.postal_code IS 'personal';
COMMENT ON COLUMN parties.address.city IS 'personal';
COMMENT ON COLUMN parties.address.district IS 'personal';
CREATE INDEX address_country ON parties.address USING btree (country);
CREATE INDEX address_party_id ON parties.address USING btree (tenant_id, party_id);
ALTER TABLE parties.address ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.address FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.address TO comptoir_app;
GRANT SELECT ON TABLE parties.address TO comptoir_read;

CREATE TABLE parties.approval (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_role_id uuid NOT NULL,
  number integer NOT NULL,
  decision text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT approval_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT approval_number_key UNIQUE (tenant_id, party_role_id, number),
  CONSTRAINT approval_decision_known CHECK (decision = ANY (ARRAY['approved'::text, 'rejected'::text, 'suspended'::text])),
  CONSTRAINT approval_refusal_has_a_reason CHECK (decision = 'approved'::text OR reason IS NOT NULL),
  CONSTRAINT approval_party_role_id_fkey FOREIGN KEY (tenant_id, party_role_id) REFERENCES parties.party_role(tenant_id, id)
);
COMMENT ON TABLE parties.approval IS 'class: tenant, append-only. Who approved, rejected or suspended a vendor or retailer, when and why; written only by parties.decide.';
ALTER TABLE parties.approval ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.approval FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON parties.approval FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE parties.approval TO comptoir_app;
GRANT SELECT ON TABLE parties.approval TO comptoir_read;
REVOKE TRUNCATE ON TABLE parties.approval FROM comptoir_owner;

CREATE TABLE parties.contact (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  name text,
  job_title text,
  email text,
  phone text,
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT contact_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT contact_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.contact IS 'class: tenant. A person to ask for at a party.';
COMMENT ON COLUMN parties.contact.name IS 'personal';
COMMENT ON COLUMN parties.contact.job_title IS 'personal';
COMMENT ON COLUMN parties.contact.email IS 'personal';
COMMENT ON COLUMN parties.contact.phone IS 'personal';
CREATE INDEX contact_party_id ON parties.contact USING btree (tenant_id, party_id);
ALTER TABLE parties.contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.contact FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.contact TO comptoir_app;
GRANT SELECT ON TABLE parties.contact TO comptoir_read;

CREATE TABLE parties.customer_group (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT customer_group_pkey PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE parties.customer_group IS 'class: tenant. Customers that are priced and treated alike.';
CREATE UNIQUE INDEX customer_group_code_key ON parties.customer_group USING btree (tenant_id, code) WHERE deleted_at IS NULL;
ALTER TABLE parties.customer_group ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.customer_group FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.customer_group TO comptoir_app;
GRANT SELECT ON TABLE parties.customer_group TO comptoir_read;

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
  deleted_at timestamp with time zone,
  anonymised_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT party_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT party_anonymised_is_blank CHECK (anonymised_at IS NULL OR num_nonnulls(name, sort_name, first_name, last_name, legal_name, email, phone, note) = 0),
  CONSTRAINT party_anonymised_is_deleted CHECK (anonymised_at IS NULL OR deleted_at IS NOT NULL),
  CONSTRAINT party_has_a_name CHECK (anonymised_at IS NOT NULL OR num_nonnulls(name, sort_name) = 2),
  CONSTRAINT party_kind_known CHECK (kind = ANY (ARRAY['person'::text, 'organisation'::text]))
);
COMMENT ON TABLE parties.party IS 'class: tenant. A person or an organisation that the tenant deals with. Deleted ones stay for their documents; anonymised ones keep nothing but their id.';
COMMENT ON COLUMN parties.party.name IS 'personal';
COMMENT ON COLUMN parties.party.sort_name IS 'personal';
COMMENT ON COLUMN parties.party.first_name IS 'personal';
COMMENT ON COLUMN parties.party.last_name IS 'personal';
COMMENT ON COLUMN parties.party.legal_name IS 'personal';
COMMENT ON COLUMN parties.party.email IS 'personal';
COMMENT ON COLUMN parties.party.phone IS 'personal';
COMMENT ON COLUMN parties.party.note IS 'personal';
CREATE UNIQUE INDEX party_email_key ON parties.party USING btree (tenant_id, email) WHERE deleted_at IS NULL;
CREATE INDEX party_sort_name ON parties.party USING btree (tenant_id, sort_name, id) WHERE deleted_at IS NULL;
ALTER TABLE parties.party ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.party FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER party_stays_anonymous BEFORE UPDATE ON parties.party FOR EACH ROW WHEN (old.anonymised_at IS NOT NULL) EXECUTE FUNCTION parties.keep_anonymous();
GRANT INSERT, SELECT, UPDATE ON TABLE parties.party TO comptoir_app;
GRANT SELECT ON TABLE parties.party TO comptoir_read;

CREATE TABLE parties.party_role (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  role text NOT NULL,
  code text,
  approval text,
  group_id uuid,
  lead_time_days numeric(9,2),
  payment_days integer,
  payment_terms text,
  currency text,
  minimum_order numeric(19,4),
  ended_at timestamp with time zone,
  is_of_open_party boolean DEFAULT true NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT party_role_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT party_role_role_key UNIQUE (tenant_id, party_id, role),
  CONSTRAINT party_role_approval_known CHECK (approval = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'suspended'::text])),
  CONSTRAINT party_role_approval_of_traders CHECK ((role = ANY (ARRAY['vendor'::text, 'retailer'::text])) = (approval IS NOT NULL)),
  CONSTRAINT party_role_group_of_buyers CHECK (group_id IS NULL OR (role = ANY (ARRAY['customer'::text, 'retailer'::text]))),
  CONSTRAINT party_role_known CHECK (role = ANY (ARRAY['customer'::text, 'supplier'::text, 'vendor'::text, 'retailer'::text])),
  CONSTRAINT party_role_minimum_has_a_currency CHECK (minimum_order IS NULL OR currency IS NOT NULL),
  CONSTRAINT party_role_terms_not_negative CHECK (lead_time_days >= 0::numeric AND payment_days >= 0 AND minimum_order >= 0::numeric),
  CONSTRAINT party_role_terms_of_sellers CHECK (num_nonnulls(lead_time_days, minimum_order) = 0 OR (role = ANY (ARRAY['supplier'::text, 'vendor'::text]))),
  CONSTRAINT party_role_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT party_role_group_id_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES parties.customer_group(tenant_id, id),
  CONSTRAINT party_role_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.party_role IS 'class: tenant. What a party is to the tenant, and on which terms. Vendors and retailers are approved; approval is that of the last row of parties.approval. Codes are free again when the role ends or the party is deleted, which is_of_open_party repeats, because an index sees one table.';
CREATE INDEX party_role_approval ON parties.party_role USING btree (tenant_id, role, approval, party_id);
CREATE UNIQUE INDEX party_role_code_key ON parties.party_role USING btree (tenant_id, role, code) WHERE ended_at IS NULL AND is_of_open_party;
CREATE INDEX party_role_currency ON parties.party_role USING btree (currency);
CREATE INDEX party_role_group_id ON parties.party_role USING btree (tenant_id, group_id);
ALTER TABLE parties.party_role ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.party_role FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE parties.party_role TO comptoir_app;
GRANT SELECT ON TABLE parties.party_role TO comptoir_read;
GRANT UPDATE (code, group_id, lead_time_days, payment_days, payment_terms, currency, minimum_order, ended_at, is_of_open_party, version, updated_at) ON TABLE parties.party_role TO comptoir_app;

CREATE TABLE parties.tax_number (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  party_id uuid NOT NULL,
  country text NOT NULL,
  scheme text NOT NULL,
  number text,
  deleted_at timestamp with time zone,
  is_of_open_party boolean DEFAULT true NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tax_number_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT tax_number_country_fkey FOREIGN KEY (country) REFERENCES reference.country(code),
  CONSTRAINT tax_number_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.tax_number IS 'class: tenant. What a tax authority calls a party, e.g. its ICE, RFC, NIT, CUIT or VAT number. That of a deleted party, which is_of_open_party repeats, is free again.';
COMMENT ON COLUMN parties.tax_number.number IS 'personal';
CREATE INDEX tax_number_country ON parties.tax_number USING btree (country);
CREATE UNIQUE INDEX tax_number_key ON parties.tax_number USING btree (tenant_id, country, scheme, number) WHERE deleted_at IS NULL AND is_of_open_party;
CREATE INDEX tax_number_party_id ON parties.tax_number USING btree (tenant_id, party_id);
ALTER TABLE parties.tax_number ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.tax_number FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE parties.tax_number TO comptoir_app;
GRANT SELECT ON TABLE parties.tax_number TO comptoir_read;

CREATE TABLE parties.term (
  tenant_id uuid NOT NULL,
  party_id uuid NOT NULL,
  term text COLLATE "C" NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT term_pkey PRIMARY KEY (tenant_id, party_id, term),
  CONSTRAINT term_party_id_fkey FOREIGN KEY (tenant_id, party_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE parties.term IS 'class: tenant. What a party is found by, from each of its words on; compared bytewise, because only such operators reach an index under row-level security.';
COMMENT ON COLUMN parties.term.term IS 'personal';
CREATE INDEX term_term ON parties.term USING btree (tenant_id, term, party_id);
ALTER TABLE parties.term ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON parties.term FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE parties.term TO comptoir_app;
GRANT SELECT ON TABLE parties.term TO comptoir_read;

CREATE VIEW parties.read_checked_customer WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    p.name AS label,
    p.id,
    p.kind,
    p.name,
    r.code,
    p.email,
    p.phone,
    r.group_id,
    r.payment_days,
    r.currency,
    p.created_at
   FROM parties.party p
     JOIN parties.party_role r ON r.tenant_id = p.tenant_id AND r.party_id = p.id
  WHERE r.role = 'customer'::text AND r.ended_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW parties.read_checked_customer IS 'Published: what rules of quality judge of a customer.';
GRANT SELECT ON TABLE parties.read_checked_customer TO comptoir_app;
GRANT SELECT ON TABLE parties.read_checked_customer TO comptoir_read;

CREATE VIEW parties.read_checked_supplier WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.id::text AS key,
    p.name AS label,
    p.id,
    p.kind,
    p.name,
    r.code,
    p.email,
    p.phone,
    r.lead_time_days,
    r.payment_days,
    r.currency,
    p.created_at
   FROM parties.party p
     JOIN parties.party_role r ON r.tenant_id = p.tenant_id AND r.party_id = p.id
  WHERE r.role = 'supplier'::text AND r.ended_at IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW parties.read_checked_supplier IS 'Published: what rules of quality judge of a supplier.';
GRANT SELECT ON TABLE parties.read_checked_supplier TO comptoir_app;
GRANT SELECT ON TABLE parties.read_checked_supplier TO comptoir_read;

CREATE VIEW parties.read_name WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    name
   FROM parties.party p;
COMMENT ON VIEW parties.read_name IS 'Published: what parties are called; null for those who are anonymised.';
GRANT SELECT ON TABLE parties.read_name TO comptoir_app;
GRANT SELECT ON TABLE parties.read_name TO comptoir_read;

CREATE VIEW parties.read_supplier WITH (security_invoker=true) AS
 SELECT r.tenant_id,
    r.party_id AS id,
    max(r.lead_time_days) AS lead_time_days
   FROM parties.party_role r
     JOIN parties.party p ON p.tenant_id = r.tenant_id AND p.id = r.party_id
  WHERE (r.role = ANY (ARRAY['supplier'::text, 'vendor'::text])) AND r.ended_at IS NULL AND p.deleted_at IS NULL
  GROUP BY r.tenant_id, r.party_id;
COMMENT ON VIEW parties.read_supplier IS 'Published for what is ordered: who sells to the tenant, and in how many days.';
GRANT SELECT ON TABLE parties.read_supplier TO comptoir_app;
GRANT SELECT ON TABLE parties.read_supplier TO comptoir_read;

CREATE OR REPLACE FUNCTION parties.decide(p_tenant uuid, p_decisions jsonb)
 RETURNS TABLE(number integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_decision record;
  v_approval text;
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM parties.party_role r
  WHERE r.tenant_id = p_tenant AND r.id IN (SELECT (d.value ->> 'party_role_id')::uuid FROM jsonb_array_elements(p_decisions) d)
  ORDER BY r.id FOR NO KEY UPDATE;
  FOR v_decision IN
    SELECT d.* FROM ROWS FROM (jsonb_to_recordset(p_decisions) AS (id uuid, party_role_id uuid, decision text, reason text, actor_id uuid))
                    WITH ORDINALITY AS d (id, party_role_id, decision, reason, actor_id, position)
    ORDER BY d.position
  LOOP
    SELECT r.approval INTO v_approval FROM parties.party_role r
    WHERE r.tenant_id = p_tenant AND r.id = v_decision.party_role_id AND r.approval IS NOT NULL AND r.ended_at IS NULL;
    IF NOT FOUND THEN
      RETURN QUERY SELECT NULL::integer, 'role_not_found';
    ELSIF v_approval = v_decision.decision THEN
      RETURN QUERY SELECT NULL::integer, 'already_decided';
    ELSE
      SELECT coalesce(max(a.number), 0) + 1 INTO v_number FROM parties.approval a
      WHERE a.tenant_id = p_tenant AND a.party_role_id = v_decision.party_role_id;
      INSERT INTO parties.approval (tenant_id, id, party_role_id, number, decision, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_decision.id, v_decision.party_role_id, v_number, v_decision.decision, v_decision.reason, v_decision.actor_id, transaction_timestamp());
      UPDATE parties.party_role r SET approval = v_decision.decision, version = r.version + 1, updated_at = transaction_timestamp()
      WHERE r.tenant_id = p_tenant AND r.id = v_decision.party_role_id;
      RETURN QUERY SELECT v_number, NULL::text;
    END IF;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION parties.decide(uuid,jsonb) IS 'The only way vendors and retailers are approved, rejected and suspended.';
GRANT EXECUTE ON FUNCTION parties.decide(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION parties.index_terms(p_tenant uuid, p_parties jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO parties.term (tenant_id, party_id, term)
  SELECT p_tenant, given.party_id, term.value
  FROM jsonb_to_recordset(p_parties) AS given (party_id uuid, terms jsonb)
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ON CONFLICT DO NOTHING;
END
$function$;
COMMENT ON FUNCTION parties.index_terms(uuid,jsonb) IS 'Writes the terms that many new parties are searched by.';
GRANT EXECUTE ON FUNCTION parties.index_terms(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION parties.keep_anonymous()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'an anonymised party is not changed' USING ERRCODE = 'restrict_violation';
END
$function$;
COMMENT ON FUNCTION parties.keep_anonymous() IS 'Makes anonymising irreversible.';

CREATE OR REPLACE FUNCTION parties.put_terms(p_tenant uuid, p_party uuid, p_terms text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM parties.term t WHERE t.tenant_id = p_tenant AND t.party_id = p_party AND t.term <> ALL (p_terms);
  INSERT INTO parties.term (tenant_id, party_id, term)
  SELECT p_tenant, p_party, new.term FROM (SELECT DISTINCT unnest(p_terms) AS term) new ORDER BY new.term
  ON CONFLICT DO NOTHING;
END
$function$;
COMMENT ON FUNCTION parties.put_terms(uuid,uuid,text[]) IS 'Writes the terms that a party is searched by.';
GRANT EXECUTE ON FUNCTION parties.put_terms(uuid,uuid,text[]) TO comptoir_app;
