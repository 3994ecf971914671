-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA payments AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA payments TO comptoir_app;
GRANT USAGE ON SCHEMA payments TO comptoir_read;

CREATE TABLE payments."authorization" (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  tender_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  provider text NOT NULL,
  amount numeric(19,4) NOT NULL,
  currency text NOT NULL,
  refunds_id uuid,
  origin_id uuid,
  status text DEFAULT 'asked'::text NOT NULL,
  provider_reference text,
  reason text,
  actor_id uuid,
  asked_by uuid NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT authorization_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT authorization_amount_positive CHECK (amount > 0::numeric),
  CONSTRAINT authorization_kind_known CHECK (kind = ANY (ARRAY['charge'::text, 'refund'::text])),
  CONSTRAINT authorization_refunds_a_charge CHECK ((kind = 'refund'::text) = (refunds_id IS NOT NULL) AND (kind = 'refund'::text) = (origin_id IS NOT NULL)),
  CONSTRAINT authorization_status_known CHECK (status = ANY (ARRAY['asked'::text, 'unknown'::text, 'approved'::text, 'declined'::text, 'reversing'::text, 'reversed'::text])),
  CONSTRAINT authorization_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT authorization_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT authorization_refunds_id_fkey FOREIGN KEY (tenant_id, refunds_id) REFERENCES payments."authorization"(tenant_id, id),
  CONSTRAINT authorization_tender_id_fkey FOREIGN KEY (tenant_id, tender_id) REFERENCES payments.tender(tenant_id, id)
);
COMMENT ON TABLE payments."authorization" IS 'class: tenant. What a provider of payments is asked for, committed before it is asked; status, provider_reference and reason are what the rows of payments.authorization_event come to. A refund is of a charge, for the sale that it paid: origin_id, as of the payments. asked_by is the credential, a key or a person: only it may ask again with the same id.';
CREATE INDEX authorization_branch_id ON payments."authorization" USING btree (tenant_id, branch_id, created_at, id);
CREATE INDEX authorization_currency ON payments."authorization" USING btree (currency);
CREATE INDEX authorization_refunds_id ON payments."authorization" USING btree (tenant_id, refunds_id);
CREATE INDEX authorization_tender_id ON payments."authorization" USING btree (tenant_id, tender_id);
ALTER TABLE payments."authorization" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments."authorization" FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE payments."authorization" TO comptoir_app;
GRANT SELECT ON TABLE payments."authorization" TO comptoir_read;

CREATE TABLE payments.authorization_event (
  tenant_id uuid NOT NULL,
  authorization_id uuid NOT NULL,
  number integer NOT NULL,
  outcome text NOT NULL,
  source text NOT NULL,
  provider_reference text,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT authorization_event_pkey PRIMARY KEY (tenant_id, authorization_id, number),
  CONSTRAINT authorization_event_outcome_known CHECK (outcome = ANY (ARRAY['asked'::text, 'unknown'::text, 'approved'::text, 'declined'::text, 'reversing'::text, 'reversed'::text, 'contradicted'::text])),
  CONSTRAINT authorization_event_source_known CHECK (source = ANY (ARRAY['request'::text, 'answer'::text, 'lookup'::text, 'callback'::text])),
  CONSTRAINT authorization_event_authorization_id_fkey FOREIGN KEY (tenant_id, authorization_id) REFERENCES payments."authorization"(tenant_id, id)
);
COMMENT ON TABLE payments.authorization_event IS 'class: tenant, append-only. What was asked of a provider and what it said, in order. What comes too late to count is contradicted, with what was said in reason.';
ALTER TABLE payments.authorization_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments.authorization_event FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.authorization_event FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE payments.authorization_event TO comptoir_app;
GRANT SELECT ON TABLE payments.authorization_event TO comptoir_read;
REVOKE TRUNCATE ON TABLE payments.authorization_event FROM comptoir_owner;

CREATE TABLE payments.payment (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  line integer NOT NULL,
  origin_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  session_id uuid,
  tender_id uuid NOT NULL,
  tender_name text NOT NULL,
  amount numeric(19,4) NOT NULL,
  currency text NOT NULL,
  reference text,
  authorization_id uuid,
  reverses_id uuid,
  is_late boolean NOT NULL,
  actor_id uuid,
  made_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT payment_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT payment_amount_has_its_sign CHECK (
CASE kind
    WHEN 'payment'::text THEN amount > 0::numeric
    WHEN 'reversal'::text THEN amount <> 0::numeric
    ELSE amount < 0::numeric
END),
  CONSTRAINT payment_kind_known CHECK (kind = ANY (ARRAY['payment'::text, 'change'::text, 'refund'::text, 'reversal'::text])),
  CONSTRAINT payment_reversal_of_one CHECK ((kind = 'reversal'::text) = (reverses_id IS NOT NULL)),
  CONSTRAINT payment_authorization_id_fkey FOREIGN KEY (tenant_id, authorization_id) REFERENCES payments."authorization"(tenant_id, id),
  CONSTRAINT payment_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT payment_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT payment_reverses_id_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES payments.payment(tenant_id, id),
  CONSTRAINT payment_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session(tenant_id, id),
  CONSTRAINT payment_tender_id_fkey FOREIGN KEY (tenant_id, tender_id) REFERENCES payments.tender(tenant_id, id)
);
COMMENT ON TABLE payments.payment IS 'class: tenant, append-only. What came in, went back as change, was given back or taken back for a document, by tender, with the sign it has for the drawer. tender_name is what the tender was called then; origin_id is the sale that it all began with: what is left to give back of it is the sum of its rows.';
CREATE UNIQUE INDEX payment_authorization_id ON payments.payment USING btree (tenant_id, authorization_id);
CREATE INDEX payment_branch_id ON payments.payment USING btree (tenant_id, branch_id, recorded_at, id);
CREATE INDEX payment_currency ON payments.payment USING btree (currency);
CREATE INDEX payment_document_id ON payments.payment USING btree (tenant_id, document_id);
CREATE INDEX payment_origin_id ON payments.payment USING btree (tenant_id, origin_id);
CREATE INDEX payment_recorded_at ON payments.payment USING btree (tenant_id, recorded_at, id);
CREATE UNIQUE INDEX payment_reverses_id ON payments.payment USING btree (tenant_id, reverses_id);
CREATE INDEX payment_session_id ON payments.payment USING btree (tenant_id, session_id);
CREATE INDEX payment_tender_id ON payments.payment USING btree (tenant_id, tender_id, recorded_at, id);
ALTER TABLE payments.payment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments.payment FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.payment FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE payments.payment TO comptoir_app;
GRANT SELECT ON TABLE payments.payment TO comptoir_read;
REVOKE TRUNCATE ON TABLE payments.payment FROM comptoir_owner;

CREATE TABLE payments.tender (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  provider text,
  needs_reference boolean DEFAULT false NOT NULL,
  opens_drawer boolean DEFAULT false NOT NULL,
  is_active boolean DEFAULT true NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tender_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT tender_code_key UNIQUE (tenant_id, code),
  CONSTRAINT tender_cash_without_provider CHECK (kind <> 'cash'::text OR provider IS NULL),
  CONSTRAINT tender_code_is_a_word CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'::text),
  CONSTRAINT tender_kind_known CHECK (kind = ANY (ARRAY['cash'::text, 'card'::text, 'mobile_wallet'::text, 'bank_transfer'::text, 'other'::text]))
);
COMMENT ON TABLE payments.tender IS 'class: tenant. What customers pay with. Its kind and provider stay, for what was paid is booked by them; one that is not active takes no more.';
ALTER TABLE payments.tender ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payments.tender FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE payments.tender TO comptoir_app;
GRANT SELECT ON TABLE payments.tender TO comptoir_read;
GRANT INSERT (tenant_id, id, code, name, kind, provider, needs_reference, opens_drawer), UPDATE (name, needs_reference, opens_drawer, is_active, version, updated_at) ON TABLE payments.tender TO comptoir_app;

CREATE VIEW payments.read_payment WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    kind,
    document_type,
    document_id,
    session_id,
    branch_id,
    tender_id,
    amount,
    currency,
    made_at,
    recorded_at
   FROM payments.payment p;
COMMENT ON VIEW payments.read_payment IS 'Published: what came in and went back, by tender, with the sign it has for the drawer.';
GRANT SELECT ON TABLE payments.read_payment TO comptoir_app;
GRANT SELECT ON TABLE payments.read_payment TO comptoir_read;

CREATE VIEW payments.read_tender WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    code,
    name
   FROM payments.tender t;
COMMENT ON VIEW payments.read_tender IS 'Published: what tenders are called.';
GRANT SELECT ON TABLE payments.read_tender TO comptoir_app;
GRANT SELECT ON TABLE payments.read_tender TO comptoir_read;

CREATE OR REPLACE FUNCTION payments.ask(p_tenant uuid, p_authorizations jsonb)
 RETURNS TABLE(code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_asked record;
  v_origin uuid;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM payments."authorization" a
  WHERE a.tenant_id = p_tenant AND a.id IN (SELECT r.refunds_id FROM jsonb_to_recordset(p_authorizations) AS r (refunds_id uuid))
  ORDER BY a.id FOR NO KEY UPDATE;
  FOR v_asked IN
    SELECT a.* FROM ROWS FROM (jsonb_to_recordset(p_authorizations) AS (
      id uuid, kind text, tender_id uuid, branch_id uuid, amount numeric, currency text, refunds_id uuid, sale_id uuid, actor_id uuid, asked_by uuid))
      WITH ORDINALITY AS a (id, kind, tender_id, branch_id, amount, currency, refunds_id, sale_id, actor_id, asked_by, position) ORDER BY a.position
  LOOP
    -- Once more where another transaction took the id meanwhile: it is found then.
    LOOP
      SELECT u.origin_id, CASE
        WHEN k.asked_by <> v_asked.asked_by THEN 'already_exists'
        WHEN (k.kind, k.tender_id, k.branch_id, k.amount, k.currency) = (v_asked.kind, v_asked.tender_id, v_asked.branch_id, v_asked.amount, v_asked.currency)
             AND k.refunds_id IS NOT DISTINCT FROM v_asked.refunds_id
             AND (k.kind = 'charge' OR v_asked.sale_id IN (k.origin_id, (SELECT p.document_id FROM payments.payment p
                                                                         WHERE p.tenant_id = p_tenant AND p.authorization_id = k.refunds_id)))
          THEN 'asked_before'
        WHEN k.id IS NOT NULL THEN 'idempotency_key_reused'
        WHEN t.id IS NULL THEN 'tender_not_found'
        WHEN t.provider IS NULL THEN 'tender_without_provider'
        WHEN v_asked.kind = 'charge' AND NOT t.is_active THEN 'tender_inactive'
        WHEN v_asked.kind = 'refund' AND coalesce(c.kind, 'refund') <> 'charge' THEN 'authorization_not_found'
        WHEN c.id IS NOT NULL AND c.status <> 'approved' THEN 'authorization_not_approved'
        WHEN c.id IS NOT NULL AND (c.tender_id, c.currency) IS DISTINCT FROM (v_asked.tender_id, v_asked.currency) THEN 'authorization_differs'
        WHEN c.id IS NOT NULL AND (u.origin_id IS NULL OR v_asked.sale_id IS NULL OR v_asked.sale_id NOT IN (u.origin_id, u.document_id))
          THEN 'paid_sale_not_found'
        WHEN c.amount < v_asked.amount + (SELECT coalesce(sum(o.amount), 0) FROM payments."authorization" o
                                          WHERE o.tenant_id = p_tenant AND o.refunds_id = c.id AND o.status NOT IN ('declined', 'reversed'))
          THEN 'refund_exceeds_paid'
      END INTO v_origin, v_code
      FROM (SELECT 1) one
      LEFT JOIN payments."authorization" k ON k.tenant_id = p_tenant AND k.id = v_asked.id
      LEFT JOIN payments.tender t ON t.tenant_id = p_tenant AND t.id = v_asked.tender_id
      LEFT JOIN payments."authorization" c ON c.tenant_id = p_tenant AND c.id = v_asked.refunds_id
      LEFT JOIN payments.payment u ON u.tenant_id = p_tenant AND u.authorization_id = c.id
        AND NOT EXISTS (SELECT FROM payments.payment r WHERE r.tenant_id = p_tenant AND r.reverses_id = u.id);
      EXIT WHEN v_code IS NOT NULL;
      WITH made AS (
        INSERT INTO payments."authorization" (tenant_id, id, kind, tender_id, branch_id, provider, amount, currency, refunds_id, origin_id, actor_id, asked_by)
        SELECT p_tenant, v_asked.id, v_asked.kind, t.id, v_asked.branch_id, t.provider, v_asked.amount, v_asked.currency, v_asked.refunds_id, v_origin,
               v_asked.actor_id, v_asked.asked_by
        FROM payments.tender t WHERE t.tenant_id = p_tenant AND t.id = v_asked.tender_id
        ON CONFLICT DO NOTHING
        RETURNING id
      )
      INSERT INTO payments.authorization_event (tenant_id, authorization_id, number, outcome, source, actor_id, recorded_at)
      SELECT p_tenant, m.id, 1, 'asked', 'request', v_asked.actor_id, v_now FROM made m;
      EXIT WHEN FOUND;
    END LOOP;
    RETURN QUERY SELECT v_code;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION payments.ask(uuid,jsonb) IS 'The only way an authorization is asked for.';
GRANT EXECUTE ON FUNCTION payments.ask(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION payments.hold(p_tenant uuid, p_asked jsonb)
 RETURNS TABLE(tenders jsonb, paid jsonb, authorizations jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_documents uuid[];
  v_authorizations uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  v_documents := array(SELECT jsonb_array_elements_text(coalesce(p_asked -> 'documents', '[]'))::uuid);
  v_authorizations := array(SELECT jsonb_array_elements_text(coalesce(p_asked -> 'authorizations', '[]'))::uuid);
  IF cardinality(v_documents) > 0 THEN
    PERFORM FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.origin_id = ANY (v_documents) ORDER BY p.id FOR NO KEY UPDATE;
  END IF;
  IF cardinality(v_authorizations) > 0 THEN
    PERFORM FROM payments."authorization" a WHERE a.tenant_id = p_tenant AND a.id = ANY (v_authorizations) ORDER BY a.id FOR NO KEY UPDATE;
  END IF;
  RETURN QUERY
  SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'code', t.code, 'name', t.name, 'kind', t.kind, 'provider', t.provider,
            'needs_reference', t.needs_reference, 'opens_drawer', t.opens_drawer, 'is_active', t.is_active) ORDER BY t.code), '[]')
          FROM payments.tender t WHERE t.tenant_id = p_tenant),
         (SELECT coalesce(jsonb_agg(jsonb_build_object('document_id', o.origin_id, 'tender_id', o.tender_id, 'amount', o.amount::text)
                   ORDER BY o.origin_id, o.tender_id), '[]')
          FROM (SELECT p.origin_id, p.tender_id, sum(p.amount) AS amount FROM payments.payment p
                WHERE p.tenant_id = p_tenant AND p.origin_id = ANY (v_documents) GROUP BY p.origin_id, p.tender_id) o),
         (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'tender_id', a.tender_id, 'branch_id', a.branch_id,
                   'amount', a.amount::text, 'currency', a.currency, 'origin_id', a.origin_id, 'status', a.status,
                   'is_used', p.id IS NOT NULL OR a.kind = 'charge' AND payments.is_given_back(p_tenant, a.id)) ORDER BY a.id), '[]')
          FROM payments."authorization" a
          LEFT JOIN payments.payment p ON p.tenant_id = p_tenant AND p.authorization_id = a.id
          WHERE a.tenant_id = p_tenant AND a.id = ANY (v_authorizations));
END
$function$;
COMMENT ON FUNCTION payments.hold(uuid,jsonb) IS 'Holds what is paid of sales, and authorizations, until the end of the transaction.';
GRANT EXECUTE ON FUNCTION payments.hold(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION payments.is_given_back(p_tenant uuid, p_charge uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT EXISTS (SELECT FROM payments."authorization" r
                 WHERE r.tenant_id = p_tenant AND r.refunds_id = p_charge AND r.status NOT IN ('declined', 'reversed'))
$function$;

CREATE OR REPLACE FUNCTION payments.record(p_tenant uuid, p_documents jsonb)
 RETURNS TABLE(code text, line integer, available numeric)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  c_most_payments CONSTANT integer := 100;
  c_beyond_amounts CONSTANT numeric := 1e15;
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a document
  v_types text[];
  v_documents uuid[];
  v_origins uuid[];
  v_branches uuid[];
  v_sessions uuid[];
  v_currencies text[];
  v_actors uuid[];
  v_made timestamptz[];
  v_is_late boolean[];
  v_may_otherwise boolean[];
  v_payments jsonb[];
  v_faults text[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a payment
  v_of integer[];
  v_ids uuid[];
  v_tenders uuid[];
  v_kinds text[];
  v_amounts numeric[];
  v_references text[];
  v_authorizations uuid[];
  v_reversed uuid[];
  v_given_back uuid[];
  v_of_origin uuid[];
  v_same integer[];
  v_same_authorization integer[];
  v_same_reversal integer[];
  v_payment_faults text[];
  v_is_cash boolean[];
  v_names text[];
  v_key integer[];
  v_total_key integer[];
  -- one element a tender of an origin, and an origin
  v_key_left numeric[];
  v_total_left numeric[];
  -- one element a payment: which of them was the first to take an id, an authorization, a payment to reverse
  v_taken boolean[];
  v_used boolean[];
  v_undone boolean[];
  -- of the document and payment at hand
  v_payment integer := 1;
  v_first integer;
  v_done integer;
  v_code text;
  v_line integer;
  v_cash numeric;
  v_available numeric;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(d.document_type), array_agg(d.document_id), array_agg(coalesce(d.origin_id, d.document_id)), array_agg(d.branch_id),
         array_agg(d.session_id), array_agg(d.currency), array_agg(d.actor_id), array_agg(coalesce(d.made_at, v_now)),
         array_agg(coalesce(d.is_late, false)), array_agg(coalesce(d.may_refund_otherwise, false)), array_agg(coalesce(d.payments, '[]'))
  INTO v_types, v_documents, v_origins, v_branches, v_sessions, v_currencies, v_actors, v_made, v_is_late, v_may_otherwise, v_payments
  FROM (
    SELECT d.*
    FROM ROWS FROM (jsonb_to_recordset(p_documents) AS (
           document_type text, document_id uuid, origin_id uuid, branch_id uuid, session_id uuid, currency text, actor_id uuid, made_at timestamptz,
           is_late boolean, may_refund_otherwise boolean, payments jsonb))
         WITH ORDINALITY AS d (document_type, document_id, origin_id, branch_id, session_id, currency, actor_id, made_at, is_late,
                               may_refund_otherwise, payments, position)
    ORDER BY d.position) d;
  IF v_documents IS NULL THEN RETURN; END IF;

  SELECT array_agg(p.document), array_agg(p.id), array_agg(p.tender_id), array_agg(p.kind), array_agg(p.amount), array_agg(p.reference),
         array_agg(p.authorization_id), array_agg(p.reverses_id),
         array_agg(p.same), array_agg(p.same_authorization), array_agg(p.same_reversal)
  INTO v_of, v_ids, v_tenders, v_kinds, v_amounts, v_references, v_authorizations, v_reversed, v_same, v_same_authorization, v_same_reversal
  FROM (
    SELECT r.*, min(r.row) OVER (PARTITION BY r.id) AS same, min(r.row) OVER (PARTITION BY r.authorization_id) AS same_authorization,
           min(r.row) OVER (PARTITION BY r.reverses_id) AS same_reversal
    FROM (
      SELECT d.position AS document, p.*, row_number() OVER (ORDER BY d.position, p.line) AS row
      FROM unnest(v_payments) WITH ORDINALITY AS d (payments, position),
           ROWS FROM (jsonb_to_recordset(d.payments) AS (
             id uuid, tender_id uuid, kind text, amount numeric, reference text, authorization_id uuid, reverses_id uuid))
           WITH ORDINALITY AS p (id, tender_id, kind, amount, reference, authorization_id, reverses_id, line)) r
    ORDER BY r.row) p;

  -- What it is about, locked: what was paid of the sales that are given back or taken back, and authorizations.
  -- A list of them, as a subquery may be planned to run for each payment of the tenant.
  v_given_back := array(
    SELECT v_origins[m.document] FROM unnest(v_of, v_kinds) AS m (document, kind) WHERE m.kind = 'refund'
    UNION SELECT o.origin_id FROM payments.payment o WHERE o.tenant_id = p_tenant AND o.id = ANY (v_reversed));
  PERFORM FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.origin_id = ANY (v_given_back) ORDER BY p.id FOR NO KEY UPDATE;
  PERFORM FROM payments."authorization" a WHERE a.tenant_id = p_tenant AND a.id = ANY (v_authorizations) ORDER BY a.id FOR NO KEY UPDATE;

  -- What is wrong whatever was paid. Read after the locks.
  SELECT array_agg(CASE WHEN b.id IS NULL THEN 'branch_not_found' WHEN c.code IS NULL THEN 'unknown_currency' END ORDER BY d.position)
  INTO v_faults
  FROM unnest(v_branches, v_currencies) WITH ORDINALITY AS d (branch_id, currency, position)
  LEFT JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = d.branch_id
  LEFT JOIN reference.currency c ON c.code = d.currency;

  SELECT array_agg(CASE
           WHEN o.id IS NOT NULL THEN 'already_exists'
           WHEN t.id IS NULL THEN 'tender_not_found'
           WHEN m.amount IS NULL OR m.amount <> round(m.amount, coalesce(c.minor_unit, 4)) THEN 'wrong_precision'
           WHEN m.amount = 0 OR abs(m.amount) >= c_beyond_amounts
                OR m.kind = 'payment' AND m.amount < 0 OR m.kind IN ('change', 'refund') AND m.amount > 0 THEN 'amount_out_of_range'
           WHEN NOT coalesce(m.kind IN ('payment', 'change', 'refund', 'reversal'), false) OR (m.kind = 'reversal') <> (m.reverses_id IS NOT NULL)
                OR m.kind IN ('change', 'reversal') AND m.authorization_id IS NOT NULL THEN 'kind_unclear'
           WHEN m.kind = 'change' AND t.kind <> 'cash' THEN 'change_not_cash'
           WHEN m.kind = 'payment' AND NOT t.is_active AND NOT v_is_late[m.document] THEN 'tender_inactive'
           WHEN m.kind = 'payment' AND t.needs_reference AND m.reference IS NULL AND NOT v_is_late[m.document] THEN 'reference_required'
           WHEN m.kind IN ('payment', 'refund') AND t.provider IS NOT NULL AND m.authorization_id IS NULL AND NOT v_is_late[m.document]
             THEN 'authorization_required'
           WHEN m.authorization_id IS NOT NULL AND a.id IS NULL THEN 'authorization_not_found'
           WHEN a.status <> 'approved' THEN 'authorization_not_approved'
           WHEN u.id IS NOT NULL OR coalesce(a.kind = 'charge', false) AND payments.is_given_back(p_tenant, a.id) THEN 'authorization_used'
           WHEN (a.kind, a.tender_id, a.branch_id, a.amount, a.currency, a.origin_id) IS DISTINCT FROM
                (CASE m.kind WHEN 'payment' THEN 'charge' ELSE 'refund' END, m.tender_id, v_branches[m.document], abs(m.amount), v_currencies[m.document],
                 CASE m.kind WHEN 'refund' THEN v_origins[m.document] END)
                AND a.id IS NOT NULL THEN 'authorization_differs'
           WHEN m.reverses_id IS NOT NULL AND coalesce(r.kind, 'reversal') = 'reversal' THEN 'payment_not_found'
           WHEN e.id IS NOT NULL THEN 'payment_already_reversed'
           WHEN r.id IS NOT NULL AND (r.tender_id, r.amount, r.currency) IS DISTINCT FROM (m.tender_id, -m.amount, v_currencies[m.document])
             THEN 'reversal_differs'
         END ORDER BY m.position),
         array_agg(coalesce(t.kind = 'cash', false) ORDER BY m.position),
         array_agg(coalesce(r.origin_id, v_origins[m.document]) ORDER BY m.position),
         array_agg(t.name ORDER BY m.position)
  INTO v_payment_faults, v_is_cash, v_of_origin, v_names
  FROM unnest(v_of, v_ids, v_tenders, v_kinds, v_amounts, v_references, v_authorizations, v_reversed)
       WITH ORDINALITY AS m (document, id, tender_id, kind, amount, reference, authorization_id, reverses_id, position)
  LEFT JOIN payments.payment o ON o.tenant_id = p_tenant AND o.id = m.id
  LEFT JOIN payments.tender t ON t.tenant_id = p_tenant AND t.id = m.tender_id
  LEFT JOIN reference.currency c ON c.code = v_currencies[m.document]
  LEFT JOIN payments."authorization" a ON a.tenant_id = p_tenant AND a.id = m.authorization_id
  LEFT JOIN payments.payment u ON u.tenant_id = p_tenant AND u.authorization_id = m.authorization_id
  LEFT JOIN payments.payment r ON r.tenant_id = p_tenant AND r.id = m.reverses_id
  LEFT JOIN payments.payment e ON e.tenant_id = p_tenant AND e.reverses_id = m.reverses_id;

  -- What is left of each sale, by tender and in all.
  SELECT array_agg(dense.key ORDER BY dense.position), array_agg(dense.total_key ORDER BY dense.position)
  INTO v_key, v_total_key
  FROM (SELECT m.position, dense_rank() OVER (ORDER BY m.origin_id, m.tender_id) AS key, dense_rank() OVER (ORDER BY m.origin_id) AS total_key
        FROM unnest(v_of_origin, v_tenders) WITH ORDINALITY AS m (origin_id, tender_id, position)) dense;
  SELECT array_agg(coalesce(s.amount, 0) ORDER BY k.key) INTO v_key_left
  FROM (SELECT DISTINCT m.key, m.origin_id, m.tender_id FROM unnest(v_key, v_of_origin, v_tenders) AS m (key, origin_id, tender_id)) k
  -- Never by the index of tenders, which a plan that was made while nothing was paid would read from end to end.
  LEFT JOIN LATERAL (SELECT sum(p.amount) FILTER (WHERE p.tender_id = k.tender_id) AS amount FROM payments.payment p
                     WHERE p.tenant_id = p_tenant AND p.origin_id = k.origin_id) s ON true;
  SELECT array_agg(coalesce(s.amount, 0) ORDER BY k.key) INTO v_total_left
  FROM (SELECT DISTINCT m.key, m.origin_id FROM unnest(v_total_key, v_of_origin) AS m (key, origin_id)) k
  LEFT JOIN LATERAL (SELECT sum(p.amount) AS amount FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.origin_id = k.origin_id) s ON true;

  -- One document after the other: the first thing that is wrong with it, or its payments applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_documents)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_documents)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_documents)]);
  v_taken := array_fill(false, ARRAY[coalesce(cardinality(v_ids), 0)]);
  v_used := v_taken;
  v_undone := v_taken;
  FOR i IN 1 .. cardinality(v_documents) LOOP
    v_first := v_payment;
    WHILE v_of[v_payment] = i LOOP
      v_payment := v_payment + 1;
    END LOOP;
    v_code := CASE WHEN v_payment - v_first > c_most_payments THEN 'too_many_payments' ELSE v_faults[i] END;
    v_line := NULL;
    v_done := v_first;
    v_cash := 0;
    v_available := NULL;
    WHILE v_code IS NULL AND v_done < v_payment LOOP
      v_line := v_done - v_first + 1;
      v_code := CASE
        WHEN v_payment_faults[v_done] IS NOT NULL THEN v_payment_faults[v_done]
        WHEN v_taken[v_same[v_done]] THEN 'already_exists'
        WHEN v_authorizations[v_done] IS NOT NULL AND v_used[v_same_authorization[v_done]] THEN 'authorization_used'
        WHEN v_reversed[v_done] IS NOT NULL AND v_undone[v_same_reversal[v_done]] THEN 'payment_already_reversed'
        WHEN v_kinds[v_done] = 'change' AND v_cash + v_amounts[v_done] < 0 AND NOT v_is_late[i] THEN 'change_exceeds_cash'
      END;
      IF v_code IS NULL AND v_kinds[v_done] = 'refund' AND NOT v_is_late[i] THEN
        v_available := greatest(CASE WHEN v_may_otherwise[i] THEN v_total_left[v_total_key[v_done]]
                                     ELSE least(v_key_left[v_key[v_done]], v_total_left[v_total_key[v_done]]) END, 0);
        v_code := CASE WHEN v_available + v_amounts[v_done] < 0 THEN 'refund_exceeds_paid' END;
      END IF;
      EXIT WHEN v_code IS NOT NULL;
      v_taken[v_same[v_done]] := true;
      IF v_authorizations[v_done] IS NOT NULL THEN v_used[v_same_authorization[v_done]] := true; END IF;
      IF v_reversed[v_done] IS NOT NULL THEN v_undone[v_same_reversal[v_done]] := true; END IF;
      IF v_is_cash[v_done] AND v_kinds[v_done] IN ('payment', 'change') THEN v_cash := v_cash + v_amounts[v_done]; END IF;
      v_key_left[v_key[v_done]] := v_key_left[v_key[v_done]] + v_amounts[v_done];
      v_total_left[v_total_key[v_done]] := v_total_left[v_total_key[v_done]] + v_amounts[v_done];
      v_done := v_done + 1;
    END LOOP;
    IF v_code IS NULL AND NOT v_is_late[i] THEN
      -- A payment that is taken back is paid anew, or it was given back already.
      SELECT 'refund_exceeds_paid', m.position - v_first + 1, 0 INTO v_code, v_line, v_available
      FROM generate_series(v_first, v_payment - 1) AS m (position)
      WHERE v_kinds[m.position] = 'reversal' AND v_amounts[m.position] < 0 AND v_total_left[v_total_key[m.position]] < 0
      ORDER BY m.position LIMIT 1;
    END IF;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + v_payment - v_first;
    ELSE
      FOR k IN REVERSE v_done - 1 .. v_first LOOP
        v_taken[v_same[k]] := false;
        IF v_authorizations[k] IS NOT NULL THEN v_used[v_same_authorization[k]] := false; END IF;
        IF v_reversed[k] IS NOT NULL THEN v_undone[v_same_reversal[k]] := false; END IF;
        v_key_left[v_key[k]] := v_key_left[v_key[k]] - v_amounts[k];
        v_total_left[v_total_key[k]] := v_total_left[v_total_key[k]] - v_amounts[k];
      END LOOP;
      v_codes[i] := v_code;
      v_lines[i] := v_line;
      IF v_code = 'refund_exceeds_paid' THEN v_left[i] := trim_scale(v_available); END IF;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO payments.payment (tenant_id, id, kind, document_type, document_id, line, origin_id, branch_id, session_id, tender_id, tender_name, amount,
                                currency, reference, authorization_id, reverses_id, is_late, actor_id, made_at, recorded_at)
  SELECT p_tenant, m.id, m.kind, v_types[m.document], v_documents[m.document], m.line, m.origin_id, v_branches[m.document], v_sessions[m.document],
         m.tender_id, m.name, m.amount, v_currencies[m.document], m.reference, m.authorization_id, m.reverses_id, v_is_late[m.document], v_actors[m.document],
         v_made[m.document], v_now
  FROM (SELECT m.*, row_number() OVER (PARTITION BY m.document ORDER BY m.position) AS line
        FROM unnest(v_of, v_ids, v_kinds, v_of_origin, v_tenders, v_names, v_amounts, v_references, v_authorizations, v_reversed)
             WITH ORDINALITY AS m (document, id, kind, origin_id, tender_id, name, amount, reference, authorization_id, reverses_id, position)) m
  WHERE v_codes[m.document] IS NULL
  ORDER BY m.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction recorded one of these ids meanwhile: the next try sees it.
    RAISE EXCEPTION 'a payment was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  RETURN QUERY SELECT r.code, r.line, r.available FROM unnest(v_codes, v_lines, v_left) AS r (code, line, available);
END
$function$;
COMMENT ON FUNCTION payments.record(uuid,jsonb) IS 'The only writer of payments.';
GRANT EXECUTE ON FUNCTION payments.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION payments.record_outcomes(p_tenant uuid, p_outcomes jsonb)
 RETURNS TABLE(code text, status text, has_changed boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_said record;
  v_known record;
  v_last record;
  v_code text;
  v_is_noted boolean;
  v_moves boolean;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM payments."authorization" a
  WHERE a.tenant_id = p_tenant AND a.id IN (SELECT o.authorization_id FROM jsonb_to_recordset(p_outcomes) AS o (authorization_id uuid))
  ORDER BY a.id FOR NO KEY UPDATE;
  FOR v_said IN
    SELECT o.* FROM ROWS FROM (jsonb_to_recordset(p_outcomes) AS (
      authorization_id uuid, outcome text, source text, provider_reference text, reason text, actor_id uuid))
      WITH ORDINALITY AS o (authorization_id, outcome, source, provider_reference, reason, actor_id, position) ORDER BY o.position
  LOOP
    SELECT a.status, a.version, EXISTS (
             SELECT FROM payments.payment p WHERE p.tenant_id = p_tenant AND p.authorization_id = a.id
               AND NOT EXISTS (SELECT FROM payments.payment r WHERE r.tenant_id = p_tenant AND r.reverses_id = p.id))
             OR payments.is_given_back(p_tenant, a.id) AS is_used
    INTO v_known FROM payments."authorization" a WHERE a.tenant_id = p_tenant AND a.id = v_said.authorization_id;
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'authorization_not_found', NULL::text, false;
      CONTINUE;
    END IF;
    v_moves := CASE v_known.status
      WHEN 'asked' THEN v_said.outcome IN ('unknown', 'approved', 'declined', 'reversing')
      WHEN 'unknown' THEN v_said.outcome IN ('approved', 'declined', 'reversing')
      WHEN 'approved' THEN v_said.outcome = 'reversing' AND NOT v_known.is_used
      WHEN 'reversing' THEN v_said.outcome = 'reversed'
      ELSE false
    END;
    v_code := CASE
      WHEN v_moves THEN NULL
      WHEN v_said.outcome = 'reversing' AND v_known.is_used THEN 'authorization_used'
      WHEN v_said.outcome = 'reversing' AND v_known.status = 'declined' THEN 'authorization_not_approved'
      -- What was approved, declined or given up before it was reversed may still be on its way here.
      WHEN v_said.outcome IN ('approved', 'declined') AND v_known.status IN ('approved', 'declined') AND v_said.outcome <> v_known.status
        THEN 'outcome_contradicts'
      WHEN v_said.outcome = 'reversed' AND v_known.status <> 'reversed' THEN 'outcome_contradicts'
    END;
    v_is_noted := v_moves;
    IF v_code = 'outcome_contradicts' THEN
      SELECT e.outcome, e.reason INTO v_last FROM payments.authorization_event e
      WHERE e.tenant_id = p_tenant AND e.authorization_id = v_said.authorization_id ORDER BY e.number DESC LIMIT 1;
      v_is_noted := (v_last.outcome, v_last.reason) IS DISTINCT FROM ('contradicted', v_said.outcome);
    END IF;
    IF v_is_noted THEN
      INSERT INTO payments.authorization_event (tenant_id, authorization_id, number, outcome, source, provider_reference, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_said.authorization_id, v_known.version + 1, CASE WHEN v_moves THEN v_said.outcome ELSE 'contradicted' END, v_said.source,
              v_said.provider_reference, CASE WHEN v_moves THEN v_said.reason ELSE v_said.outcome END, v_said.actor_id, v_now);
      UPDATE payments."authorization" a
      SET version = v_known.version + 1, updated_at = v_now,
          status = CASE WHEN v_moves THEN v_said.outcome ELSE a.status END,
          provider_reference = CASE WHEN v_moves THEN coalesce(v_said.provider_reference, a.provider_reference) ELSE a.provider_reference END,
          reason = CASE WHEN v_moves THEN v_said.reason ELSE a.reason END
      WHERE a.tenant_id = p_tenant AND a.id = v_said.authorization_id;
    END IF;
    RETURN QUERY SELECT v_code, CASE WHEN v_moves THEN v_said.outcome ELSE v_known.status END, v_is_noted;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION payments.record_outcomes(uuid,jsonb) IS 'The only way the status of an authorization changes.';
GRANT EXECUTE ON FUNCTION payments.record_outcomes(uuid,jsonb) TO comptoir_app;
