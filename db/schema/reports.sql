-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA reports AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA reports TO comptoir_app;
GRANT USAGE ON SCHEMA reports TO comptoir_read;

CREATE TABLE reports.calendar (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  time_zone text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT calendar_pkey PRIMARY KEY (tenant_id, branch_id),
  CONSTRAINT calendar_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE reports.calendar IS 'class: tenant. In which time zone the days of a branch were told apart in the rollups.';
ALTER TABLE reports.calendar ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.calendar FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.calendar TO comptoir_app;
GRANT SELECT ON TABLE reports.calendar TO comptoir_read;

CREATE TABLE reports.cursor (
  tenant_id uuid NOT NULL,
  seq bigint DEFAULT 0 NOT NULL,
  read_at timestamp with time zone DEFAULT now() NOT NULL,
  is_whole boolean DEFAULT false NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT cursor_pkey PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE reports.cursor IS 'class: tenant. Up to which entry of the audit chain, and since when, the rollups hold what there is. Where they are not whole, reports read documents until they are made anew.';
ALTER TABLE reports.cursor ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.cursor FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.cursor TO comptoir_app;
GRANT SELECT ON TABLE reports.cursor TO comptoir_read;

CREATE TABLE reports.customer (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  currency text NOT NULL,
  sales bigint NOT NULL,
  returns bigint NOT NULL,
  sold numeric(24,4) NOT NULL,
  returned numeric(24,4) NOT NULL,
  first_at timestamp with time zone,
  last_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT customer_pkey PRIMARY KEY (tenant_id, branch_id, customer_id, currency)
);
COMMENT ON TABLE reports.customer IS 'class: tenant. What a customer bought in a branch, and from when to when.';
ALTER TABLE reports.customer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.customer FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.customer TO comptoir_app;
GRANT SELECT ON TABLE reports.customer TO comptoir_read;

CREATE TABLE reports.goods (
  tenant_id uuid NOT NULL,
  span text NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  variant_id uuid NOT NULL,
  currency text NOT NULL,
  sold_quantity numeric(24,6) NOT NULL,
  returned_quantity numeric(24,6) NOT NULL,
  sold_net numeric(24,4) NOT NULL,
  returned_net numeric(24,4) NOT NULL,
  sold_cost numeric(24,4) NOT NULL,
  returned_cost numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT goods_pkey PRIMARY KEY (tenant_id, span, branch_id, day, variant_id, currency),
  CONSTRAINT goods_month_by_its_first_day CHECK (span = 'day'::text OR EXTRACT(day FROM day) = 1::numeric),
  CONSTRAINT goods_span_known CHECK (span = ANY (ARRAY['day'::text, 'month'::text]))
);
COMMENT ON TABLE reports.goods IS 'class: tenant. What was sold of a variant in a branch on a day, and once more in a month, by its first day: a year is read from its months.';
ALTER TABLE reports.goods ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.goods FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.goods TO comptoir_app;
GRANT SELECT ON TABLE reports.goods TO comptoir_read;

CREATE TABLE reports.saved (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  report text NOT NULL,
  name text NOT NULL,
  parameters jsonb NOT NULL,
  is_shared boolean NOT NULL,
  employee_id uuid NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT saved_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT saved_parameters_are_named CHECK (jsonb_typeof(parameters) = 'object'::text),
  CONSTRAINT saved_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id)
);
COMMENT ON TABLE reports.saved IS 'class: tenant. A report with parameters that somebody wants to see again: for themselves, or shared with all who may read it.';
CREATE INDEX saved_employee_id ON reports.saved USING btree (tenant_id, employee_id);
ALTER TABLE reports.saved ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.saved FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.saved TO comptoir_app;
GRANT SELECT ON TABLE reports.saved TO comptoir_read;
GRANT INSERT (tenant_id, id, report, name, parameters, is_shared, employee_id), UPDATE (name, parameters, is_shared, version, updated_at, deleted_at) ON TABLE reports.saved TO comptoir_app;

CREATE TABLE reports.taking (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  tender_id uuid NOT NULL,
  currency text NOT NULL,
  received numeric(24,4) NOT NULL,
  given_back numeric(24,4) NOT NULL,
  corrected numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT taking_pkey PRIMARY KEY (tenant_id, branch_id, day, tender_id, currency)
);
COMMENT ON TABLE reports.taking IS 'class: tenant. What a branch took on a day with a tender, what it gave back, and what was put right later.';
ALTER TABLE reports.taking ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.taking FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.taking TO comptoir_app;
GRANT SELECT ON TABLE reports.taking TO comptoir_read;

CREATE TABLE reports.tax (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  jurisdiction_code text NOT NULL,
  name text NOT NULL,
  rate text NOT NULL,
  sold_base numeric(24,4) NOT NULL,
  sold_tax numeric(24,4) NOT NULL,
  returned_base numeric(24,4) NOT NULL,
  returned_tax numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tax_pkey PRIMARY KEY (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate)
);
COMMENT ON TABLE reports.tax IS 'class: tenant. What was taxed on a day in a branch at which rate; goods without a tax have an empty name.';
ALTER TABLE reports.tax ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.tax FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.tax TO comptoir_app;
GRANT SELECT ON TABLE reports.tax TO comptoir_read;

CREATE TABLE reports.trade (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  sales bigint NOT NULL,
  refunds bigint NOT NULL,
  exchanges bigint NOT NULL,
  sold numeric(24,4) NOT NULL,
  refunded numeric(24,4) NOT NULL,
  exchanged numeric(24,4) NOT NULL,
  net numeric(24,4) NOT NULL,
  tax numeric(24,4) NOT NULL,
  cost numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT trade_pkey PRIMARY KEY (tenant_id, branch_id, day, currency)
);
COMMENT ON TABLE reports.trade IS 'class: tenant. Documents of a day in a branch: how many of each kind, and what they come to.';
ALTER TABLE reports.trade ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reports.trade FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE reports.trade TO comptoir_app;
GRANT SELECT ON TABLE reports.trade TO comptoir_read;

CREATE VIEW reports.change WITH (security_invoker=true) AS
 SELECT e.tenant_id,
    e.seq,
    e.recorded_at,
        CASE
            WHEN e.resource_type = ANY (ARRAY['sale'::text, 'refund'::text, 'exchange'::text]) THEN e.resource_id::uuid
            ELSE NULL::uuid
        END AS fact_id
   FROM audit.entry e
  WHERE (e.resource_type = ANY (ARRAY['sale'::text, 'refund'::text, 'exchange'::text])) AND e.severity = 'info'::text
UNION ALL
 SELECT e.tenant_id,
    e.seq,
    e.recorded_at,
    p.id AS fact_id
   FROM audit.entry e
     JOIN payments.payment p ON p.tenant_id = e.tenant_id AND p.recorded_at = e.recorded_at AND p.document_type = 'correction'::text AND p.session_id =
        CASE
            WHEN e.resource_type = 'cash_session'::text THEN e.resource_id::uuid
            ELSE NULL::uuid
        END
  WHERE e.resource_type = 'cash_session'::text;
COMMENT ON VIEW reports.change IS 'Which facts came with which entry of the audit chain.';
GRANT SELECT ON TABLE reports.change TO comptoir_app;
GRANT SELECT ON TABLE reports.change TO comptoir_read;

CREATE VIEW reports.customer_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
    id AS fact_id,
    id AS document_id,
    branch_id,
    made_at,
    currency,
    customer_id,
    (kind = 'sale'::text)::integer AS sales,
    (kind <> 'sale'::text)::integer AS returns,
        CASE
            WHEN kind = 'sale'::text THEN total
            ELSE 0::numeric
        END AS sold,
        CASE
            WHEN kind = 'sale'::text THEN 0::numeric
            ELSE total
        END AS returned,
        CASE
            WHEN kind = 'sale'::text THEN made_at
            ELSE NULL::timestamp with time zone
        END AS first_at,
        CASE
            WHEN kind = 'sale'::text THEN made_at
            ELSE NULL::timestamp with time zone
        END AS last_at
   FROM reports.document d
  WHERE customer_id IS NOT NULL;
COMMENT ON VIEW reports.customer_fact IS 'What a document adds to reports.customer.';
GRANT SELECT ON TABLE reports.customer_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.customer_fact TO comptoir_read;

CREATE VIEW reports.document WITH (security_invoker=true) AS
 SELECT tenant_id,
    'sales'::text AS source,
    id,
    kind,
    number,
    branch_id,
    customer_id,
    currency,
    net,
    tax,
    total,
    cost,
    made_at
   FROM sales.sale s;
COMMENT ON VIEW reports.document IS 'What was sold and given back: kind is sale, refund or exchange, and amounts that go back are below zero.';
GRANT SELECT ON TABLE reports.document TO comptoir_app;
GRANT SELECT ON TABLE reports.document TO comptoir_read;

CREATE VIEW reports.goods_fact WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.id AS fact_id,
    d.id AS document_id,
    d.branch_id,
    d.made_at,
    d.currency,
    l.variant_id,
        CASE
            WHEN l.quantity > 0::numeric THEN l.quantity
            ELSE 0::numeric
        END AS sold_quantity,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE l.quantity
        END AS returned_quantity,
        CASE
            WHEN l.quantity > 0::numeric THEN l.net
            ELSE 0::numeric
        END AS sold_net,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE l.net
        END AS returned_net,
        CASE
            WHEN l.quantity > 0::numeric THEN l.cost
            ELSE 0::numeric
        END AS sold_cost,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE l.cost
        END AS returned_cost
   FROM reports.document d
     JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id;
COMMENT ON VIEW reports.goods_fact IS 'What a line adds to reports.goods.';
GRANT SELECT ON TABLE reports.goods_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.goods_fact TO comptoir_read;

CREATE VIEW reports.line WITH (security_invoker=true) AS
 SELECT tenant_id,
    sale_id AS document_id,
    line,
    variant_id,
    quantity,
    net,
    tax,
    total,
    cost,
    taxes
   FROM sales.line l;
COMMENT ON VIEW reports.line IS 'The lines of documents; quantity is below zero for what comes back.';
GRANT SELECT ON TABLE reports.line TO comptoir_app;
GRANT SELECT ON TABLE reports.line TO comptoir_read;

CREATE VIEW reports.taking_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
        CASE
            WHEN document_type = 'correction'::text THEN id
            ELSE document_id
        END AS fact_id,
    document_id,
    id AS payment_id,
    document_type = 'correction'::text AS is_correction,
    branch_id,
    made_at,
    recorded_at,
    currency,
    tender_id,
        CASE
            WHEN (kind = ANY (ARRAY['payment'::text, 'change'::text])) AND document_type <> 'correction'::text THEN amount
            ELSE 0::numeric
        END AS received,
        CASE
            WHEN kind = 'refund'::text AND document_type <> 'correction'::text THEN amount
            ELSE 0::numeric
        END AS given_back,
        CASE
            WHEN kind = 'reversal'::text OR document_type = 'correction'::text THEN amount
            ELSE 0::numeric
        END AS corrected
   FROM payments.read_payment p;
COMMENT ON VIEW reports.taking_fact IS 'What a payment adds to reports.taking.';
GRANT SELECT ON TABLE reports.taking_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.taking_fact TO comptoir_read;

CREATE VIEW reports.tax_fact WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.id AS fact_id,
    d.id AS document_id,
    d.branch_id,
    d.made_at,
    d.currency,
    t.jurisdiction_code,
    t.name,
    t.rate,
        CASE
            WHEN l.quantity > 0::numeric THEN t.base
            ELSE 0::numeric
        END AS sold_base,
        CASE
            WHEN l.quantity > 0::numeric THEN t.tax
            ELSE 0::numeric
        END AS sold_tax,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE t.base
        END AS returned_base,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE t.tax
        END AS returned_tax
   FROM reports.document d
     JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id
     CROSS JOIN LATERAL ( SELECT c.value ->> 'jurisdiction_code'::text AS jurisdiction_code,
            c.value ->> 'name'::text AS name,
            trim_scale((c.value ->> 'rate'::text)::numeric)::text AS rate,
            (c.value ->> 'base'::text)::numeric AS base,
            (c.value ->> 'tax'::text)::numeric AS tax
           FROM jsonb_array_elements(l.taxes) c(value)
        UNION ALL
         SELECT ''::text,
            ''::text,
            '0'::text,
            l.net,
            l.tax
          WHERE l.taxes = '[]'::jsonb) t;
COMMENT ON VIEW reports.tax_fact IS 'What a tax of a line adds to reports.tax; the name is empty where there was none.';
GRANT SELECT ON TABLE reports.tax_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.tax_fact TO comptoir_read;

CREATE VIEW reports.trade_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
    id AS fact_id,
    id AS document_id,
    branch_id,
    made_at,
    currency,
    (kind = 'sale'::text)::integer AS sales,
    (kind = 'refund'::text)::integer AS refunds,
    (kind = 'exchange'::text)::integer AS exchanges,
        CASE
            WHEN kind = 'sale'::text THEN total
            ELSE 0::numeric
        END AS sold,
        CASE
            WHEN kind = 'refund'::text THEN total
            ELSE 0::numeric
        END AS refunded,
        CASE
            WHEN kind = 'exchange'::text THEN total
            ELSE 0::numeric
        END AS exchanged,
    net,
    tax,
    cost
   FROM reports.document d;
COMMENT ON VIEW reports.trade_fact IS 'What a document adds to reports.trade.';
GRANT SELECT ON TABLE reports.trade_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.trade_fact TO comptoir_read;

CREATE OR REPLACE FUNCTION reports.add_facts(p_tenant uuid, p_facts uuid[], p_until bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO reports.calendar (tenant_id, branch_id, time_zone)
  SELECT p_tenant, b.id, b.time_zone FROM tenants.branch b WHERE b.tenant_id = p_tenant
  ON CONFLICT (tenant_id, branch_id) DO NOTHING;

  WITH zone AS MATERIALIZED (
    SELECT c.branch_id, c.time_zone FROM reports.calendar c WHERE c.tenant_id = p_tenant
  ), trade AS (
    INSERT INTO reports.trade AS r (tenant_id, branch_id, day, currency, sales, refunds, exchanges, sold, refunded, exchanged, net, tax, cost)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.currency, sum(f.sales), sum(f.refunds), sum(f.exchanges),
           sum(f.sold), sum(f.refunded), sum(f.exchanged), sum(f.net), sum(f.tax), sum(f.cost)
    FROM reports.trade_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.currency
    ON CONFLICT (tenant_id, branch_id, day, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, refunds = r.refunds + excluded.refunds, exchanges = r.exchanges + excluded.exchanges,
      sold = r.sold + excluded.sold, refunded = r.refunded + excluded.refunded, exchanged = r.exchanged + excluded.exchanged,
      net = r.net + excluded.net, tax = r.tax + excluded.tax, cost = r.cost + excluded.cost
  ), goods_of_day AS MATERIALIZED (
    SELECT f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.variant_id, f.currency,
           sum(f.sold_quantity) AS sold_quantity, sum(f.returned_quantity) AS returned_quantity, sum(f.sold_net) AS sold_net,
           sum(f.returned_net) AS returned_net, sum(f.sold_cost) AS sold_cost, sum(f.returned_cost) AS returned_cost
    FROM reports.goods_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.variant_id, f.currency
  ), goods AS (
    INSERT INTO reports.goods AS r (tenant_id, span, branch_id, day, variant_id, currency, sold_quantity, returned_quantity, sold_net, returned_net,
      sold_cost, returned_cost)
    SELECT p_tenant, s.span, g.branch_id, s.day, g.variant_id, g.currency, sum(g.sold_quantity), sum(g.returned_quantity), sum(g.sold_net),
           sum(g.returned_net), sum(g.sold_cost), sum(g.returned_cost)
    FROM goods_of_day g CROSS JOIN LATERAL (VALUES ('day', g.day), ('month', date_trunc('month', g.day)::date)) AS s (span, day)
    GROUP BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    -- Rows that are read together lie together: a year of months in some hundred pages, not one for each.
    ORDER BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    ON CONFLICT (tenant_id, span, branch_id, day, variant_id, currency) DO UPDATE SET
      sold_quantity = r.sold_quantity + excluded.sold_quantity, returned_quantity = r.returned_quantity + excluded.returned_quantity,
      sold_net = r.sold_net + excluded.sold_net, returned_net = r.returned_net + excluded.returned_net,
      sold_cost = r.sold_cost + excluded.sold_cost, returned_cost = r.returned_cost + excluded.returned_cost
  ), tax AS (
    INSERT INTO reports.tax AS r (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate, sold_base, sold_tax, returned_base, returned_tax)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.currency, f.jurisdiction_code, f.name, f.rate,
           sum(f.sold_base), sum(f.sold_tax), sum(f.returned_base), sum(f.returned_tax)
    FROM reports.tax_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.currency, f.jurisdiction_code, f.name, f.rate
    ON CONFLICT (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate) DO UPDATE SET
      sold_base = r.sold_base + excluded.sold_base, sold_tax = r.sold_tax + excluded.sold_tax,
      returned_base = r.returned_base + excluded.returned_base, returned_tax = r.returned_tax + excluded.returned_tax
  ), customer AS (
    INSERT INTO reports.customer AS r (tenant_id, branch_id, customer_id, currency, sales, returns, sold, returned, first_at, last_at)
    SELECT p_tenant, f.branch_id, f.customer_id, f.currency, sum(f.sales), sum(f.returns), sum(f.sold), sum(f.returned), min(f.first_at), max(f.last_at)
    FROM reports.customer_fact f
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, f.customer_id, f.currency
    ON CONFLICT (tenant_id, branch_id, customer_id, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, returns = r.returns + excluded.returns, sold = r.sold + excluded.sold,
      returned = r.returned + excluded.returned, first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)
  ), taking AS (
    INSERT INTO reports.taking AS r (tenant_id, branch_id, day, tender_id, currency, received, given_back, corrected)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.tender_id, f.currency, sum(f.received), sum(f.given_back),
           sum(f.corrected)
    FROM reports.taking_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL
      OR f.document_id = ANY (p_facts) AND NOT f.is_correction OR f.payment_id = ANY (p_facts) AND f.is_correction)
    GROUP BY f.branch_id, day, f.tender_id, f.currency
    ON CONFLICT (tenant_id, branch_id, day, tender_id, currency) DO UPDATE SET
      received = r.received + excluded.received, given_back = r.given_back + excluded.given_back, corrected = r.corrected + excluded.corrected
  )
  UPDATE reports.cursor c
  SET seq = coalesce(p_until, (SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0), read_at = v_now, is_whole = true,
      version = c.version + 1, updated_at = v_now
  WHERE c.tenant_id = p_tenant;
END
$function$;
COMMENT ON FUNCTION reports.add_facts(uuid,uuid[],bigint) IS 'Adds facts to the rollups; only reports.catch_up knows which are not in them.';

CREATE OR REPLACE FUNCTION reports.catch_up(p_tenant uuid, p_most bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_cursor reports.cursor;
  v_head bigint;
  v_until bigint;
  v_facts uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO reports.cursor (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  IF p_most IS NULL THEN
    SELECT c.* INTO v_cursor FROM reports.cursor c WHERE c.tenant_id = p_tenant FOR NO KEY UPDATE;
  ELSE
    SELECT c.* INTO v_cursor FROM reports.cursor c WHERE c.tenant_id = p_tenant FOR NO KEY UPDATE SKIP LOCKED;
    IF v_cursor.tenant_id IS NULL THEN
      RETURN 0;
    END IF;
  END IF;
  IF p_most IS NULL OR NOT v_cursor.is_whole OR EXISTS (
    SELECT FROM reports.calendar c JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = c.branch_id
    WHERE c.tenant_id = p_tenant AND c.time_zone <> b.time_zone)
  THEN
    DELETE FROM reports.trade t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.goods t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.tax t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.customer t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.taking t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.calendar t WHERE t.tenant_id = p_tenant;
    PERFORM reports.add_facts(p_tenant, NULL, NULL);
    RETURN 0;
  END IF;
  v_head := coalesce((SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0);
  v_until := least(v_head, v_cursor.seq + p_most);
  IF v_until > v_cursor.seq THEN
    -- No transaction is older than a day: partitions from before are not looked into.
    v_facts := array(
      SELECT DISTINCT c.fact_id FROM reports.change c
      WHERE c.tenant_id = p_tenant AND c.seq > v_cursor.seq AND c.seq <= v_until AND c.recorded_at > v_cursor.read_at - interval '1 day');
    IF cardinality(v_facts) > 0 THEN
      PERFORM reports.add_facts(p_tenant, v_facts, v_until);
    ELSE
      UPDATE reports.cursor c SET seq = v_until, read_at = v_now, version = c.version + 1, updated_at = v_now WHERE c.tenant_id = p_tenant;
    END IF;
  END IF;
  RETURN v_head - v_until;
END
$function$;
COMMENT ON FUNCTION reports.catch_up(uuid,bigint) IS 'The only writer of rollups, but for what it calls.';
GRANT EXECUTE ON FUNCTION reports.catch_up(uuid,bigint) TO comptoir_app;

CREATE OR REPLACE FUNCTION reports.upset(p_tenant uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE reports.cursor c SET is_whole = false, version = c.version + 1, updated_at = transaction_timestamp() WHERE c.tenant_id = p_tenant AND c.is_whole;
END
$function$;
COMMENT ON FUNCTION reports.upset(uuid) IS 'For who takes documents back.';
GRANT EXECUTE ON FUNCTION reports.upset(uuid) TO comptoir_app;
