-- Up Migration

-- Reports: what they are computed from, published by those it belongs to; what was sold, taken and taxed, summed by day as a job
-- keeps it; and reports that somebody saved.

CREATE VIEW tenants.read_place WITH (security_invoker = true) AS
  SELECT b.tenant_id, b.id, b.entity_id, b.code, b.name, b.time_zone, e.currency
  FROM tenants.branch b JOIN tenants.entity e ON e.tenant_id = b.tenant_id AND e.id = b.entity_id;
COMMENT ON VIEW tenants.read_place IS 'Published for reports about documents: every branch, closed ones too, with its name and calendar.';

CREATE VIEW catalog.read_category WITH (security_invoker = true) AS
  SELECT c.tenant_id, c.id, c.name FROM catalog.category c;
COMMENT ON VIEW catalog.read_category IS 'Published: what categories are called, deleted ones included.';

CREATE VIEW parties.read_name WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.id, p.name FROM parties.party p;
COMMENT ON VIEW parties.read_name IS 'Published: what parties are called; null for those who are anonymised.';

CREATE VIEW replenishment.read_policy WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.branch_id, p.variant_id, p.valid, p.reorder_point, p.minimum_stock FROM replenishment.policy p;
COMMENT ON VIEW replenishment.read_policy IS 'Published: what somebody set for when to order; null where a wider policy speaks.';

CREATE VIEW replenishment.read_threshold WITH (security_invoker = true) AS
  SELECT a.tenant_id, a.branch_id, a.variant_id, a.threshold FROM replenishment.alert a
  WHERE a.closed_at IS NULL AND a.batch_id IS NULL AND a.threshold IS NOT NULL;
COMMENT ON VIEW replenishment.read_threshold IS 'Published: the reorder points, set or computed, of stock that was low when the alerts were last refreshed.';

-- The last count of a session says what its cashier had too much or too little.
CREATE VIEW cash.read_variance WITH (security_invoker = true) AS
  SELECT s.tenant_id, s.id AS session_id, s.number, s.branch_id, s.currency, s.status, s.is_blind, s.opened_by, s.opened_at, l.tender_kind, l.expected, l.counted
  FROM cash.session s
  CROSS JOIN LATERAL (
    SELECT c.id FROM cash.count c WHERE c.tenant_id = s.tenant_id AND c.session_id = s.id ORDER BY c.number DESC LIMIT 1) c
  JOIN cash.count_line l ON l.tenant_id = s.tenant_id AND l.count_id = c.id;
COMMENT ON VIEW cash.read_variance IS 'Published: what the last count of a session found of each kind of tender, and what the books expected then.';

CREATE VIEW payments.read_payment WITH (security_invoker = true) AS
  SELECT p.tenant_id, p.id, p.kind, p.document_type, p.document_id, p.session_id, p.branch_id, p.tender_id, p.amount, p.currency, p.made_at, p.recorded_at
  FROM payments.payment p;
COMMENT ON VIEW payments.read_payment IS 'Published: what came in and went back, by tender, with the sign it has for the drawer.';

CREATE VIEW payments.read_tender WITH (security_invoker = true) AS
  SELECT t.tenant_id, t.id, t.code, t.name FROM payments.tender t;
COMMENT ON VIEW payments.read_tender IS 'Published: what tenders are called.';

CREATE SCHEMA reports;
GRANT USAGE ON SCHEMA reports TO comptoir_app, comptoir_read;

-- The documents that reports are about. Another source of such documents is one more SELECT in each of the three views that follow;
-- all else is made of them.
CREATE VIEW reports.document WITH (security_invoker = true) AS
  SELECT s.tenant_id, 'sales'::text AS source, s.id, s.kind, s.number, s.branch_id, s.customer_id, s.currency, s.net, s.tax, s.total, s.cost, s.made_at
  FROM sales.sale s;
COMMENT ON VIEW reports.document IS 'What was sold and given back: kind is sale, refund or exchange, and amounts that go back are below zero.';

CREATE VIEW reports.line WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.sale_id AS document_id, l.line, l.variant_id, l.quantity, l.net, l.tax, l.total, l.cost, l.taxes
  FROM sales.line l;
COMMENT ON VIEW reports.line IS 'The lines of documents; quantity is below zero for what comes back.';

-- What changes documents holds the head of the chain until its commit, so entries are seen in their order: whoever has read up to
-- one has missed none before it. A payment that is put right later is a change of its own, found by the moment of its transaction.
CREATE VIEW reports.change WITH (security_invoker = true) AS
  SELECT e.tenant_id, e.seq, e.recorded_at,
         CASE WHEN e.resource_type IN ('sale', 'refund', 'exchange') THEN e.resource_id::uuid END AS fact_id
  FROM audit.entry e
  WHERE e.resource_type IN ('sale', 'refund', 'exchange') AND e.severity = 'info'
  UNION ALL
  SELECT e.tenant_id, e.seq, e.recorded_at, p.id AS fact_id
  FROM audit.entry e
  JOIN payments.payment p ON p.tenant_id = e.tenant_id AND p.recorded_at = e.recorded_at AND p.document_type = 'correction'
    AND p.session_id = CASE WHEN e.resource_type = 'cash_session' THEN e.resource_id::uuid END
  WHERE e.resource_type = 'cash_session';
COMMENT ON VIEW reports.change IS 'Which facts came with which entry of the audit chain.';

-- Facts, each with what it adds to the sums of a rollup of the same columns.
CREATE VIEW reports.trade_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.id AS fact_id, d.id AS document_id, d.branch_id, d.made_at, d.currency,
         (d.kind = 'sale')::integer AS sales, (d.kind = 'refund')::integer AS refunds, (d.kind = 'exchange')::integer AS exchanges,
         CASE WHEN d.kind = 'sale' THEN d.total ELSE 0 END AS sold, CASE WHEN d.kind = 'refund' THEN d.total ELSE 0 END AS refunded,
         CASE WHEN d.kind = 'exchange' THEN d.total ELSE 0 END AS exchanged, d.net, d.tax, d.cost
  FROM reports.document d;
COMMENT ON VIEW reports.trade_fact IS 'What a document adds to reports.trade.';

CREATE VIEW reports.goods_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.id AS fact_id, d.id AS document_id, d.branch_id, d.made_at, d.currency, l.variant_id,
         CASE WHEN l.quantity > 0 THEN l.quantity ELSE 0 END AS sold_quantity, CASE WHEN l.quantity > 0 THEN 0 ELSE l.quantity END AS returned_quantity,
         CASE WHEN l.quantity > 0 THEN l.net ELSE 0 END AS sold_net, CASE WHEN l.quantity > 0 THEN 0 ELSE l.net END AS returned_net,
         CASE WHEN l.quantity > 0 THEN l.cost ELSE 0 END AS sold_cost, CASE WHEN l.quantity > 0 THEN 0 ELSE l.cost END AS returned_cost
  FROM reports.document d JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id;
COMMENT ON VIEW reports.goods_fact IS 'What a line adds to reports.goods.';

CREATE VIEW reports.tax_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.id AS fact_id, d.id AS document_id, d.branch_id, d.made_at, d.currency, t.jurisdiction_code, t.name, t.rate,
         CASE WHEN l.quantity > 0 THEN t.base ELSE 0 END AS sold_base, CASE WHEN l.quantity > 0 THEN t.tax ELSE 0 END AS sold_tax,
         CASE WHEN l.quantity > 0 THEN 0 ELSE t.base END AS returned_base, CASE WHEN l.quantity > 0 THEN 0 ELSE t.tax END AS returned_tax
  FROM reports.document d
  JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id
  CROSS JOIN LATERAL (
    SELECT c.value ->> 'jurisdiction_code' AS jurisdiction_code, c.value ->> 'name' AS name, trim_scale((c.value ->> 'rate')::numeric)::text AS rate,
           (c.value ->> 'base')::numeric AS base, (c.value ->> 'tax')::numeric AS tax
    FROM jsonb_array_elements(l.taxes) c
    -- What nothing is raised on is told too, and what nobody knows the taxes of.
    UNION ALL SELECT '', '', '0', l.net, l.tax WHERE l.taxes = '[]') t;
COMMENT ON VIEW reports.tax_fact IS 'What a tax of a line adds to reports.tax; the name is empty where there was none.';

CREATE VIEW reports.customer_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.id AS fact_id, d.id AS document_id, d.branch_id, d.made_at, d.currency, d.customer_id,
         (d.kind = 'sale')::integer AS sales, (d.kind <> 'sale')::integer AS returns, CASE WHEN d.kind = 'sale' THEN d.total ELSE 0 END AS sold,
         CASE WHEN d.kind = 'sale' THEN 0 ELSE d.total END AS returned,
         CASE WHEN d.kind = 'sale' THEN d.made_at END AS first_at, CASE WHEN d.kind = 'sale' THEN d.made_at END AS last_at
  FROM reports.document d WHERE d.customer_id IS NOT NULL;
COMMENT ON VIEW reports.customer_fact IS 'What a document adds to reports.customer.';

CREATE VIEW reports.taking_fact WITH (security_invoker = true) AS
  SELECT p.tenant_id, CASE WHEN p.document_type = 'correction' THEN p.id ELSE p.document_id END AS fact_id, p.document_id, p.id AS payment_id,
         p.document_type = 'correction' AS is_correction, p.branch_id, p.made_at, p.recorded_at, p.currency, p.tender_id,
         CASE WHEN p.kind IN ('payment', 'change') AND p.document_type <> 'correction' THEN p.amount ELSE 0 END AS received,
         CASE WHEN p.kind = 'refund' AND p.document_type <> 'correction' THEN p.amount ELSE 0 END AS given_back,
         CASE WHEN p.kind = 'reversal' OR p.document_type = 'correction' THEN p.amount ELSE 0 END AS corrected
  FROM payments.read_payment p;
COMMENT ON VIEW reports.taking_fact IS 'What a payment adds to reports.taking.';

CREATE TABLE reports.cursor (
  tenant_id uuid NOT NULL,
  seq bigint NOT NULL DEFAULT 0,
  read_at timestamptz NOT NULL DEFAULT now(),
  is_whole boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cursor_pkey PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE reports.cursor IS
  'class: tenant. Up to which entry of the audit chain, and since when, the rollups hold what there is. Where they are not whole, reports read documents until they are made anew.';

CREATE TABLE reports.calendar (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  time_zone text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT calendar_pkey PRIMARY KEY (tenant_id, branch_id),
  CONSTRAINT calendar_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id)
);
COMMENT ON TABLE reports.calendar IS 'class: tenant. In which time zone the days of a branch were told apart in the rollups.';

CREATE TABLE reports.trade (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  sales bigint NOT NULL,
  refunds bigint NOT NULL,
  exchanges bigint NOT NULL,
  sold numeric(24, 4) NOT NULL,
  refunded numeric(24, 4) NOT NULL,
  exchanged numeric(24, 4) NOT NULL,
  net numeric(24, 4) NOT NULL,
  tax numeric(24, 4) NOT NULL,
  cost numeric(24, 4) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT trade_pkey PRIMARY KEY (tenant_id, branch_id, day, currency)
);
COMMENT ON TABLE reports.trade IS 'class: tenant. Documents of a day in a branch: how many of each kind, and what they come to.';

CREATE TABLE reports.goods (
  tenant_id uuid NOT NULL,
  span text NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  variant_id uuid NOT NULL,
  currency text NOT NULL,
  sold_quantity numeric(24, 6) NOT NULL,
  returned_quantity numeric(24, 6) NOT NULL,
  sold_net numeric(24, 4) NOT NULL,
  returned_net numeric(24, 4) NOT NULL,
  sold_cost numeric(24, 4) NOT NULL,
  returned_cost numeric(24, 4) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT goods_pkey PRIMARY KEY (tenant_id, span, branch_id, day, variant_id, currency),
  CONSTRAINT goods_span_known CHECK (span IN ('day', 'month')),
  CONSTRAINT goods_month_by_its_first_day CHECK (span = 'day' OR extract(day FROM day) = 1)
);
COMMENT ON TABLE reports.goods IS 'class: tenant. What was sold of a variant in a branch on a day, and once more in a month, by its first day: a year is read from its months.';

CREATE TABLE reports.tax (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  jurisdiction_code text NOT NULL,
  name text NOT NULL,
  rate text NOT NULL,
  sold_base numeric(24, 4) NOT NULL,
  sold_tax numeric(24, 4) NOT NULL,
  returned_base numeric(24, 4) NOT NULL,
  returned_tax numeric(24, 4) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tax_pkey PRIMARY KEY (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate)
);
COMMENT ON TABLE reports.tax IS 'class: tenant. What was taxed on a day in a branch at which rate; goods without a tax have an empty name.';

CREATE TABLE reports.customer (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  currency text NOT NULL,
  sales bigint NOT NULL,
  returns bigint NOT NULL,
  sold numeric(24, 4) NOT NULL,
  returned numeric(24, 4) NOT NULL,
  first_at timestamptz,
  last_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT customer_pkey PRIMARY KEY (tenant_id, branch_id, customer_id, currency)
);
COMMENT ON TABLE reports.customer IS 'class: tenant. What a customer bought in a branch, and from when to when.';

CREATE TABLE reports.taking (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  tender_id uuid NOT NULL,
  currency text NOT NULL,
  received numeric(24, 4) NOT NULL,
  given_back numeric(24, 4) NOT NULL,
  corrected numeric(24, 4) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT taking_pkey PRIMARY KEY (tenant_id, branch_id, day, tender_id, currency)
);
COMMENT ON TABLE reports.taking IS 'class: tenant. What a branch took on a day with a tender, what it gave back, and what was put right later.';

CREATE TABLE reports.saved (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  report text NOT NULL,
  name text NOT NULL,
  parameters jsonb NOT NULL,
  is_shared boolean NOT NULL,
  employee_id uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT saved_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT saved_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT saved_parameters_are_named CHECK (jsonb_typeof(parameters) = 'object')
);
COMMENT ON TABLE reports.saved IS 'class: tenant. A report with parameters that somebody wants to see again: for themselves, or shared with all who may read it.';
CREATE INDEX saved_employee_id ON reports.saved (tenant_id, employee_id);

CALL platform.isolate('reports.cursor');
CALL platform.isolate('reports.calendar');
CALL platform.isolate('reports.trade');
CALL platform.isolate('reports.goods');
CALL platform.isolate('reports.tax');
CALL platform.isolate('reports.customer');
CALL platform.isolate('reports.taking');
CALL platform.isolate('reports.saved');

GRANT SELECT ON tenants.read_place, catalog.read_category, parties.read_name, replenishment.read_policy, replenishment.read_threshold,
  cash.read_variance, payments.read_payment, payments.read_tender
  TO comptoir_app, comptoir_read;
GRANT SELECT ON ALL TABLES IN SCHEMA reports TO comptoir_app, comptoir_read;
GRANT INSERT (tenant_id, id, report, name, parameters, is_shared, employee_id),
  UPDATE (name, parameters, is_shared, version, updated_at, deleted_at)
  ON reports.saved TO comptoir_app;

-- Down Migration

DROP SCHEMA reports CASCADE;
DROP VIEW payments.read_tender, payments.read_payment, cash.read_variance, replenishment.read_threshold, replenishment.read_policy, parties.read_name,
  catalog.read_category, tenants.read_place;
