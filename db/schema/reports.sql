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
  lines integer NOT NULL,
  quantity numeric(24,6) NOT NULL,
  net numeric(24,4) NOT NULL,
  cost numeric(24,4) NOT NULL,
  uncosted_net numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT goods_pkey PRIMARY KEY (tenant_id, span, branch_id, day, variant_id, currency),
  CONSTRAINT goods_month_by_its_first_day CHECK (span = 'day'::text OR EXTRACT(day FROM day) = 1::numeric),
  CONSTRAINT goods_span_known CHECK (span = ANY (ARRAY['day'::text, 'month'::text, 'year'::text])),
  CONSTRAINT goods_year_by_its_first_day CHECK (span <> 'year'::text OR EXTRACT(month FROM day) = 1::numeric)
);
COMMENT ON TABLE reports.goods IS 'class: tenant. What was sold of a variant in a branch on a day less what came back, in how many lines, once more in a month and once more in a year, by their first days: a period is read from whole ones, and what is too much is taken off. uncosted_net is revenue of which the cost is not known.';
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
  payments integer NOT NULL,
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
  charges integer NOT NULL,
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
  adjustments bigint NOT NULL,
  adjusted numeric(24,4) NOT NULL,
  uncosted_net numeric(24,4) NOT NULL,
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
        END AS fact_id,
    false AS takes_back
   FROM audit.entry e
  WHERE (e.resource_type = ANY (ARRAY['sale'::text, 'refund'::text, 'exchange'::text])) AND e.severity = 'info'::text
UNION ALL
 SELECT e.tenant_id,
    e.seq,
    e.recorded_at,
    p.id AS fact_id,
    false AS takes_back
   FROM audit.entry e
     JOIN payments.payment p ON p.tenant_id = e.tenant_id AND p.recorded_at = e.recorded_at AND p.document_type = 'correction'::text AND p.session_id =
        CASE
            WHEN e.resource_type = 'cash_session'::text THEN e.resource_id::uuid
            ELSE NULL::uuid
        END
  WHERE e.resource_type = 'cash_session'::text
UNION ALL
 SELECT e.tenant_id,
    e.seq,
    e.recorded_at,
    d.id AS fact_id,
    false AS takes_back
   FROM audit.entry e
     JOIN history.document d ON d.tenant_id = e.tenant_id AND d.recorded_at = e.recorded_at AND d.id =
        CASE
            WHEN e.resource_type = 'history_document'::text THEN e.resource_id::uuid
            ELSE NULL::uuid
        END
  WHERE e.resource_type = 'history_document'::text
UNION ALL
 SELECT e.tenant_id,
    e.seq,
    e.recorded_at,
    r.id AS fact_id,
    true AS takes_back
   FROM audit.entry e
     JOIN history.reversal r ON r.tenant_id = e.tenant_id AND r.recorded_at = e.recorded_at AND r.document_id =
        CASE
            WHEN e.resource_type = 'history_document'::text THEN e.resource_id::uuid
            ELSE NULL::uuid
        END
  WHERE e.resource_type = 'history_document'::text;
COMMENT ON VIEW reports.change IS 'Which facts came with which entry of the audit chain.';
GRANT SELECT ON TABLE reports.change TO comptoir_app;
GRANT SELECT ON TABLE reports.change TO comptoir_read;

CREATE VIEW reports.customer_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
    fact_id,
    document_id,
    branch_id,
    made_at,
    day,
    currency,
    customer_id,
    sign * (kind = 'sale'::text)::integer AS sales,
    sign * (kind <> 'sale'::text)::integer AS returns,
        CASE
            WHEN kind = 'sale'::text THEN total
            ELSE 0::numeric
        END AS sold,
        CASE
            WHEN kind = 'sale'::text THEN 0::numeric
            ELSE total
        END AS returned,
        CASE
            WHEN kind = 'sale'::text AND stands THEN made_at
            ELSE NULL::timestamp with time zone
        END AS first_at,
        CASE
            WHEN kind = 'sale'::text AND stands THEN made_at
            ELSE NULL::timestamp with time zone
        END AS last_at
   FROM reports.fact d
  WHERE customer_id IS NOT NULL AND kind <> 'adjustment'::text;
COMMENT ON VIEW reports.customer_fact IS 'What a document adds to reports.customer.';
GRANT SELECT ON TABLE reports.customer_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.customer_fact TO comptoir_read;

CREATE VIEW reports.document WITH (security_invoker=true) AS
 SELECT s.tenant_id,
    'sales'::text AS source,
    s.id,
    s.kind,
    s.number,
    s.branch_id,
    s.customer_id,
    s.currency,
    s.made_at,
    NULL::date AS day,
    true AS stands
   FROM sales.sale s
UNION ALL
 SELECT d.tenant_id,
    'history'::text AS source,
    d.id,
        CASE d.kind
            WHEN 'credit'::text THEN 'refund'::text
            ELSE d.kind
        END AS kind,
    d.number,
    d.branch_id,
    d.customer_id,
    d.currency,
    COALESCE(d.made_at, ((d.effective_on + '10:00:00'::time without time zone) AT TIME ZONE 'UTC'::text)) AS made_at,
    d.effective_on AS day,
    NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id)) AND (d.kind = 'adjustment'::text OR (EXISTS ( SELECT
           FROM history.line l
          WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND (l.role = ANY (ARRAY['sold'::text, 'returned'::text]))))) AS stands
   FROM history.document d;
COMMENT ON VIEW reports.document IS 'What was sold and given back: kind is sale, refund, exchange, or adjustment, which is no revenue. A document of goods that were lost, and nothing else, does not stand. day is that of the calendar of a shop where it is known, and otherwise that of made_at; ten o''clock in Greenwich is on the same day nearly everywhere.';
GRANT SELECT ON TABLE reports.document TO comptoir_app;
GRANT SELECT ON TABLE reports.document TO comptoir_read;

CREATE VIEW reports.fact WITH (security_invoker=true) AS
 SELECT s.tenant_id,
    'sales'::text AS source,
    s.id AS fact_id,
    s.id AS document_id,
    1 AS sign,
    s.kind,
    s.branch_id,
    s.customer_id,
    s.currency,
    s.net,
    s.tax,
    s.total,
    s.cost,
    0::numeric AS uncosted_net,
    s.made_at,
    NULL::date AS day,
    true AS stands
   FROM sales.sale s
UNION ALL
 SELECT d.tenant_id,
    'history'::text AS source,
    f.id AS fact_id,
    d.id AS document_id,
    f.sign,
        CASE d.kind
            WHEN 'credit'::text THEN 'refund'::text
            ELSE d.kind
        END AS kind,
    d.branch_id,
    d.customer_id,
    d.currency,
    f.sign::numeric * d.net_revenue AS net,
    f.sign::numeric * d.tax AS tax,
    f.sign::numeric * d.total AS total,
    f.sign::numeric *
        CASE
            WHEN d.cost_of_goods IS NOT NULL THEN d.cost_of_goods
            ELSE ( SELECT COALESCE(sum(l.cost), 0::numeric) AS "coalesce"
               FROM history.line l
              WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND (l.role = ANY (ARRAY['sold'::text, 'returned'::text])))
        END AS cost,
    f.sign::numeric *
        CASE
            WHEN d.cost_of_goods IS NOT NULL THEN 0::numeric
            ELSE ( SELECT COALESCE(sum(l.net), 0::numeric) AS "coalesce"
               FROM history.line l
              WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND (l.role = ANY (ARRAY['sold'::text, 'returned'::text])) AND l.cost IS NULL)
        END AS uncosted_net,
    COALESCE(d.made_at, ((d.effective_on + '10:00:00'::time without time zone) AT TIME ZONE 'UTC'::text)) AS made_at,
    d.effective_on AS day,
    NOT (EXISTS ( SELECT
           FROM history.reversal r
          WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id)) AS stands
   FROM ( SELECT o.tenant_id,
            o.id,
            o.id AS document_id,
            1 AS sign
           FROM history.document o
        UNION ALL
         SELECT r.tenant_id,
            r.id,
            r.document_id,
            '-1'::integer AS sign
           FROM history.reversal r) f
     JOIN history.document d ON d.tenant_id = f.tenant_id AND d.id = f.document_id
  WHERE d.kind = 'adjustment'::text OR (EXISTS ( SELECT
           FROM history.line l
          WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND (l.role = ANY (ARRAY['sold'::text, 'returned'::text]))));
COMMENT ON VIEW reports.fact IS 'What documents add to sums, and what taking one back takes off; amounts that go back are below zero. uncosted_net is revenue of which the cost is not known.';
GRANT SELECT ON TABLE reports.fact TO comptoir_app;
GRANT SELECT ON TABLE reports.fact TO comptoir_read;

CREATE VIEW reports.goods_fact WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.fact_id,
    d.document_id,
    d.branch_id,
    d.made_at,
    d.day,
    d.currency,
    l.variant_id,
    d.sign AS lines,
    d.sign::numeric * l.quantity AS quantity,
    d.sign::numeric * l.net AS net,
    d.sign::numeric * COALESCE(l.cost, 0::numeric) AS cost,
        CASE
            WHEN l.cost IS NULL THEN d.sign::numeric * l.net
            ELSE 0::numeric
        END AS uncosted_net
   FROM reports.fact d
     JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.document_id
  WHERE l.stands;
COMMENT ON VIEW reports.goods_fact IS 'What a line adds to reports.goods; what came back is below zero.';
GRANT SELECT ON TABLE reports.goods_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.goods_fact TO comptoir_read;

CREATE VIEW reports.line WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.sale_id AS document_id,
    l.line,
    l.variant_id,
    l.quantity,
    l.net,
    l.tax,
    l.total,
    l.cost,
    l.taxes,
    true AS stands
   FROM sales.line l
UNION ALL
 SELECT l.tenant_id,
    l.document_id,
    l.line,
    l.variant_id,
    l.quantity,
    l.net,
    l.tax,
    l.total,
    l.cost,
        CASE
            WHEN l.tax_rate IS NULL THEN '[]'::jsonb
            ELSE jsonb_build_array(jsonb_build_object('jurisdiction_code', '', 'name', '', 'rate', l.tax_rate, 'base', l.net, 'tax', l.tax))
        END AS taxes,
    l.role = ANY (ARRAY['sold'::text, 'returned'::text]) AS stands
   FROM history.line l;
COMMENT ON VIEW reports.line IS 'The lines of documents; quantity is below zero for what comes back. cost is null where nobody knows. Of earlier sales the rate of a tax is known, and not its name.';
GRANT SELECT ON TABLE reports.line TO comptoir_app;
GRANT SELECT ON TABLE reports.line TO comptoir_read;

CREATE VIEW reports.taking_fact WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    'sales'::text AS source,
        CASE
            WHEN p.document_type = 'correction'::text THEN p.id
            ELSE p.document_id
        END AS fact_id,
    p.document_id,
    p.id AS payment_id,
    p.document_type = 'correction'::text AS is_correction,
    p.branch_id,
    p.made_at,
    NULL::date AS day,
    p.recorded_at,
    p.currency,
    p.tender_id,
    1 AS payments,
        CASE
            WHEN (p.kind = ANY (ARRAY['payment'::text, 'change'::text])) AND p.document_type <> 'correction'::text THEN p.amount
            ELSE 0::numeric
        END AS received,
        CASE
            WHEN p.kind = 'refund'::text AND p.document_type <> 'correction'::text THEN p.amount
            ELSE 0::numeric
        END AS given_back,
        CASE
            WHEN p.kind = 'reversal'::text OR p.document_type = 'correction'::text THEN p.amount
            ELSE 0::numeric
        END AS corrected
   FROM payments.read_payment p
UNION ALL
 SELECT d.tenant_id,
    d.source,
    d.fact_id,
    d.document_id,
    d.fact_id AS payment_id,
    false AS is_correction,
    d.branch_id,
    d.made_at,
    d.day,
    NULL::timestamp with time zone AS recorded_at,
    d.currency,
    '00000000-0000-0000-0000-000000000000'::uuid AS tender_id,
    d.sign AS payments,
        CASE
            WHEN d.kind = 'sale'::text THEN d.total
            ELSE 0::numeric
        END AS received,
        CASE
            WHEN d.kind = 'sale'::text THEN 0::numeric
            ELSE d.total
        END AS given_back,
    0 AS corrected
   FROM reports.fact d
  WHERE d.source = 'history'::text AND d.kind <> 'adjustment'::text;
COMMENT ON VIEW reports.taking_fact IS 'What a payment adds to reports.taking, and a document of earlier sales, whose tender is the nil id.';
GRANT SELECT ON TABLE reports.taking_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.taking_fact TO comptoir_read;

CREATE VIEW reports.tax_fact WITH (security_invoker=true) AS
 SELECT d.tenant_id,
    d.fact_id,
    d.document_id,
    d.branch_id,
    d.made_at,
    d.day,
    d.currency,
    t.jurisdiction_code,
    t.name,
    t.rate,
    d.sign AS charges,
        CASE
            WHEN l.quantity > 0::numeric THEN d.sign::numeric * t.base
            ELSE 0::numeric
        END AS sold_base,
        CASE
            WHEN l.quantity > 0::numeric THEN d.sign::numeric * t.tax
            ELSE 0::numeric
        END AS sold_tax,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE d.sign::numeric * t.base
        END AS returned_base,
        CASE
            WHEN l.quantity > 0::numeric THEN 0::numeric
            ELSE d.sign::numeric * t.tax
        END AS returned_tax
   FROM reports.fact d
     JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.document_id
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
          WHERE l.taxes = '[]'::jsonb) t
  WHERE l.stands;
COMMENT ON VIEW reports.tax_fact IS 'What a tax of a line adds to reports.tax; the name is empty where there was none, or where only its rate is known.';
GRANT SELECT ON TABLE reports.tax_fact TO comptoir_app;
GRANT SELECT ON TABLE reports.tax_fact TO comptoir_read;

CREATE VIEW reports.trade_fact WITH (security_invoker=true) AS
 SELECT tenant_id,
    fact_id,
    document_id,
    branch_id,
    made_at,
    day,
    currency,
    sign * (kind = 'sale'::text)::integer AS sales,
    sign * (kind = 'refund'::text)::integer AS refunds,
    sign * (kind = 'exchange'::text)::integer AS exchanges,
    sign * (kind = 'adjustment'::text)::integer AS adjustments,
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
        CASE
            WHEN kind = 'adjustment'::text THEN total
            ELSE 0::numeric
        END AS adjusted,
    net,
    tax,
    cost,
    uncosted_net
   FROM reports.fact d;
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
    INSERT INTO reports.trade AS r (tenant_id, branch_id, day, currency, sales, refunds, exchanges, sold, refunded, exchanged, net, tax, cost,
      uncosted_net, adjustments, adjusted)
    SELECT p_tenant, f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.currency, sum(f.sales), sum(f.refunds), sum(f.exchanges),
           sum(f.sold), sum(f.refunded), sum(f.exchanged), sum(f.net), sum(f.tax), sum(f.cost), sum(f.uncosted_net), sum(f.adjustments),
           sum(f.adjusted)
    FROM reports.trade_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, told_on, f.currency
    -- Of what is made anew nothing stays that was taken back; of what is added it may be what takes off.
    HAVING p_facts IS NOT NULL OR sum(f.sales) + sum(f.refunds) + sum(f.exchanges) + sum(f.adjustments) <> 0
    ON CONFLICT (tenant_id, branch_id, day, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, refunds = r.refunds + excluded.refunds, exchanges = r.exchanges + excluded.exchanges,
      sold = r.sold + excluded.sold, refunded = r.refunded + excluded.refunded, exchanged = r.exchanged + excluded.exchanged,
      net = r.net + excluded.net, tax = r.tax + excluded.tax, cost = r.cost + excluded.cost, uncosted_net = r.uncosted_net + excluded.uncosted_net,
      adjustments = r.adjustments + excluded.adjustments, adjusted = r.adjusted + excluded.adjusted
  ), goods_of_day AS MATERIALIZED (
    SELECT f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.variant_id, f.currency, sum(f.lines) AS lines,
           sum(f.quantity) AS quantity, sum(f.net) AS net, sum(f.cost) AS cost, sum(f.uncosted_net) AS uncosted_net
    FROM reports.goods_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, told_on, f.variant_id, f.currency
  ), goods AS (
    INSERT INTO reports.goods AS r (tenant_id, span, branch_id, day, variant_id, currency, lines, quantity, net, cost, uncosted_net)
    SELECT p_tenant, s.span, g.branch_id, s.day, g.variant_id, g.currency, sum(g.lines), sum(g.quantity), sum(g.net), sum(g.cost), sum(g.uncosted_net)
    FROM goods_of_day g CROSS JOIN LATERAL (VALUES ('day', g.told_on), ('month', date_trunc('month', g.told_on)::date),
      ('year', date_trunc('year', g.told_on)::date)) AS s (span, day)
    GROUP BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    HAVING p_facts IS NOT NULL OR sum(g.lines) <> 0
    -- Rows that are read together lie together: months and years in some hundred pages, not one for each.
    ORDER BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    ON CONFLICT (tenant_id, span, branch_id, day, variant_id, currency) DO UPDATE SET
      lines = r.lines + excluded.lines, quantity = r.quantity + excluded.quantity, net = r.net + excluded.net, cost = r.cost + excluded.cost,
      uncosted_net = r.uncosted_net + excluded.uncosted_net
  ), tax AS (
    INSERT INTO reports.tax AS r (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate, charges, sold_base, sold_tax, returned_base,
      returned_tax)
    SELECT p_tenant, f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.currency, f.jurisdiction_code, f.name, f.rate,
           sum(f.charges), sum(f.sold_base), sum(f.sold_tax), sum(f.returned_base), sum(f.returned_tax)
    FROM reports.tax_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, told_on, f.currency, f.jurisdiction_code, f.name, f.rate
    HAVING p_facts IS NOT NULL OR sum(f.charges) <> 0
    ON CONFLICT (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate) DO UPDATE SET
      charges = r.charges + excluded.charges, sold_base = r.sold_base + excluded.sold_base, sold_tax = r.sold_tax + excluded.sold_tax,
      returned_base = r.returned_base + excluded.returned_base, returned_tax = r.returned_tax + excluded.returned_tax
  ), customer AS (
    INSERT INTO reports.customer AS r (tenant_id, branch_id, customer_id, currency, sales, returns, sold, returned, first_at, last_at)
    SELECT p_tenant, f.branch_id, f.customer_id, f.currency, sum(f.sales), sum(f.returns), sum(f.sold), sum(f.returned), min(f.first_at), max(f.last_at)
    FROM reports.customer_fact f
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, f.customer_id, f.currency
    HAVING p_facts IS NOT NULL OR sum(f.sales) + sum(f.returns) <> 0
    ON CONFLICT (tenant_id, branch_id, customer_id, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, returns = r.returns + excluded.returns, sold = r.sold + excluded.sold,
      returned = r.returned + excluded.returned, first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)
  ), taking AS (
    INSERT INTO reports.taking AS r (tenant_id, branch_id, day, tender_id, currency, payments, received, given_back, corrected)
    SELECT p_tenant, f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.tender_id, f.currency, sum(f.payments),
           sum(f.received), sum(f.given_back), sum(f.corrected)
    FROM reports.taking_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.source = 'history' AND f.fact_id = ANY (p_facts)
      OR f.source = 'sales' AND (f.document_id = ANY (p_facts) AND NOT f.is_correction OR f.payment_id = ANY (p_facts) AND f.is_correction))
    GROUP BY f.branch_id, told_on, f.tender_id, f.currency
    HAVING p_facts IS NOT NULL OR sum(f.payments) <> 0
    ON CONFLICT (tenant_id, branch_id, day, tender_id, currency) DO UPDATE SET
      payments = r.payments + excluded.payments, received = r.received + excluded.received, given_back = r.given_back + excluded.given_back, corrected = r.corrected + excluded.corrected
  )
  UPDATE reports.cursor c
  SET seq = coalesce(p_until, (SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0), read_at = v_now, is_whole = true,
      version = c.version + 1, updated_at = v_now
  WHERE c.tenant_id = p_tenant;
  IF EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.id = ANY (p_facts)) THEN
    PERFORM reports.clear_taken_back(p_tenant, p_facts, p_until);
  END IF;
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

CREATE OR REPLACE FUNCTION reports.clear_taken_back(p_tenant uuid, p_facts uuid[], p_until bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_branches uuid[];
  v_days date[];
  v_customers uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(DISTINCT d.branch_id), array_agg(DISTINCT s.day), array_agg(DISTINCT d.customer_id) INTO v_branches, v_days, v_customers
  FROM history.reversal r
  JOIN history.document d ON d.tenant_id = p_tenant AND d.id = r.document_id
  CROSS JOIN LATERAL (VALUES (d.effective_on), (date_trunc('month', d.effective_on)::date), (date_trunc('year', d.effective_on)::date)) AS s (day)
  WHERE r.tenant_id = p_tenant AND r.id = ANY (p_facts);

  DELETE FROM reports.trade t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.sales = 0 AND t.refunds = 0 AND t.exchanges = 0
    AND t.adjustments = 0;
  DELETE FROM reports.goods t
  WHERE t.tenant_id = p_tenant AND t.span IN ('day', 'month', 'year') AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.lines = 0;
  DELETE FROM reports.tax t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.charges = 0;
  DELETE FROM reports.taking t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.payments = 0;
  DELETE FROM reports.customer t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.customer_id = ANY (v_customers) AND t.sales = 0 AND t.returns = 0;
  UPDATE reports.customer t SET first_at = told.first_at, last_at = told.last_at
  FROM (
    SELECT f.branch_id, f.customer_id, f.currency, min(f.first_at) AS first_at, max(f.last_at) AS last_at
    FROM reports.customer_fact f
    WHERE f.tenant_id = p_tenant AND f.customer_id = ANY (v_customers) AND NOT EXISTS (
      SELECT FROM reports.change c WHERE c.tenant_id = p_tenant AND c.seq > p_until AND c.recorded_at > transaction_timestamp() - interval '1 day' AND c.fact_id = f.fact_id)
    GROUP BY f.branch_id, f.customer_id, f.currency) told
  WHERE t.tenant_id = p_tenant AND t.branch_id = told.branch_id AND t.customer_id = told.customer_id AND t.currency = told.currency;
END
$function$;
COMMENT ON FUNCTION reports.clear_taken_back(uuid,uuid[],bigint) IS 'For reports.add_facts, after it added what takes documents back.';
