-- Up Migration

-- Earlier sales in reports: documents of history count beside those of the tills, and taking one back takes off what it added.

DROP VIEW reports.taking_fact, reports.customer_fact, reports.tax_fact, reports.goods_fact, reports.trade_fact, reports.change, reports.line, reports.document;
DROP TABLE reports.goods;
DROP FUNCTION IF EXISTS reports.upset(uuid);

-- All sums are made anew: reports read documents until then.
TRUNCATE reports.cursor, reports.calendar, reports.trade, reports.tax, reports.customer, reports.taking;
ALTER TABLE reports.trade
  ADD COLUMN adjustments bigint NOT NULL,
  ADD COLUMN adjusted numeric(24, 4) NOT NULL,
  ADD COLUMN uncosted_net numeric(24, 4) NOT NULL;
ALTER TABLE reports.tax ADD COLUMN charges integer NOT NULL;
ALTER TABLE reports.taking ADD COLUMN payments integer NOT NULL;

CREATE TABLE reports.goods (
  tenant_id uuid NOT NULL,
  span text NOT NULL,
  branch_id uuid NOT NULL,
  day date NOT NULL,
  variant_id uuid NOT NULL,
  currency text NOT NULL,
  lines integer NOT NULL,
  quantity numeric(24, 6) NOT NULL,
  net numeric(24, 4) NOT NULL,
  cost numeric(24, 4) NOT NULL,
  uncosted_net numeric(24, 4) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT goods_pkey PRIMARY KEY (tenant_id, span, branch_id, day, variant_id, currency),
  CONSTRAINT goods_span_known CHECK (span IN ('day', 'month', 'year')),
  CONSTRAINT goods_month_by_its_first_day CHECK (span = 'day' OR extract(day FROM day) = 1),
  CONSTRAINT goods_year_by_its_first_day CHECK (span <> 'year' OR extract(month FROM day) = 1)
);
COMMENT ON TABLE reports.goods IS 'class: tenant. What was sold of a variant in a branch on a day less what came back, in how many lines, once more in a month and once more in a year, by their first days: a period is read from whole ones, and what is too much is taken off. uncosted_net is revenue of which the cost is not known.';
CALL platform.isolate('reports.goods');

-- The documents that reports are about. Another source of such documents is one more SELECT in this view and in each of those that
-- follow. Those that filter nothing are found by the keys of their tables; stands says what counts.
CREATE VIEW reports.document WITH (security_invoker = true) AS
  SELECT s.tenant_id, 'sales'::text AS source, s.id, s.kind, s.number, s.branch_id, s.customer_id, s.currency, s.made_at, NULL::date AS day, true AS stands
  FROM sales.sale s
  UNION ALL
  SELECT d.tenant_id, 'history'::text AS source, d.id, CASE d.kind WHEN 'credit' THEN 'refund' ELSE d.kind END AS kind, d.number, d.branch_id,
         d.customer_id, d.currency, coalesce(d.made_at, (d.effective_on + time '10:00') AT TIME ZONE 'UTC') AS made_at, d.effective_on AS day,
         NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id)
           AND (d.kind = 'adjustment' OR EXISTS (SELECT FROM history.line l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND l.role IN ('sold', 'returned'))) AS stands
  FROM history.document d;
COMMENT ON VIEW reports.document IS
  'What was sold and given back: kind is sale, refund, exchange, or adjustment, which is no revenue. A document of goods that were lost, and nothing else, does not stand. day is that of the calendar of a shop where it is known, and otherwise that of made_at; ten o''clock in Greenwich is on the same day nearly everywhere.';

CREATE VIEW reports.line WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.sale_id AS document_id, l.line, l.variant_id, l.quantity, l.net, l.tax, l.total, l.cost, l.taxes, true AS stands
  FROM sales.line l
  UNION ALL
  SELECT l.tenant_id, l.document_id, l.line, l.variant_id, l.quantity, l.net, l.tax, l.total, l.cost,
         CASE WHEN l.tax_rate IS NULL THEN '[]'::jsonb
           ELSE jsonb_build_array(jsonb_build_object('jurisdiction_code', '', 'name', '', 'rate', l.tax_rate, 'base', l.net, 'tax', l.tax)) END AS taxes,
         l.role IN ('sold', 'returned') AS stands
  FROM history.line l;
COMMENT ON VIEW reports.line IS 'The lines of documents; quantity is below zero for what comes back. cost is null where nobody knows. Of earlier sales the rate of a tax is known, and not its name.';

-- A document of earlier sales that is taken back is a fact of its own, which takes off what the document added: so sums follow the
-- chain, whatever was seen of it when.
CREATE VIEW reports.fact WITH (security_invoker = true) AS
  SELECT s.tenant_id, 'sales'::text AS source, s.id AS fact_id, s.id AS document_id, 1 AS sign, s.kind, s.branch_id, s.customer_id, s.currency, s.net, s.tax, s.total, s.cost,
         0::numeric AS uncosted_net, s.made_at, NULL::date AS day, true AS stands
  FROM sales.sale s
  UNION ALL
  SELECT d.tenant_id, 'history'::text AS source, f.id AS fact_id, d.id AS document_id, f.sign, CASE d.kind WHEN 'credit' THEN 'refund' ELSE d.kind END AS kind, d.branch_id,
         d.customer_id, d.currency, f.sign * d.net_revenue AS net, f.sign * d.tax AS tax, f.sign * d.total AS total,
         f.sign * CASE WHEN d.cost_of_goods IS NOT NULL THEN d.cost_of_goods
           ELSE (SELECT coalesce(sum(l.cost), 0) FROM history.line l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND l.role IN ('sold', 'returned')) END AS cost,
         f.sign * CASE WHEN d.cost_of_goods IS NOT NULL THEN 0
           ELSE (SELECT coalesce(sum(l.net), 0) FROM history.line l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND l.role IN ('sold', 'returned') AND l.cost IS NULL) END AS uncosted_net,
         coalesce(d.made_at, (d.effective_on + time '10:00') AT TIME ZONE 'UTC') AS made_at, d.effective_on AS day,
         NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id) AS stands
  FROM (SELECT o.tenant_id, o.id, o.id AS document_id, 1 AS sign FROM history.document o
        UNION ALL SELECT r.tenant_id, r.id, r.document_id, -1 AS sign FROM history.reversal r) f
  JOIN history.document d ON d.tenant_id = f.tenant_id AND d.id = f.document_id
  WHERE d.kind = 'adjustment'
    OR EXISTS (SELECT FROM history.line l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id AND l.role IN ('sold', 'returned'));
COMMENT ON VIEW reports.fact IS 'What documents add to sums, and what taking one back takes off; amounts that go back are below zero. uncosted_net is revenue of which the cost is not known.';

-- What changes documents holds the head of the chain until its commit, so entries are seen in their order: whoever has read up to
-- one has missed none before it. What an entry does not name is found by the moment of its transaction.
CREATE VIEW reports.change WITH (security_invoker = true) AS
  SELECT e.tenant_id, e.seq, e.recorded_at,
         CASE WHEN e.resource_type IN ('sale', 'refund', 'exchange') THEN e.resource_id::uuid END AS fact_id, false AS takes_back
  FROM audit.entry e
  WHERE e.resource_type IN ('sale', 'refund', 'exchange') AND e.severity = 'info'
  UNION ALL
  SELECT e.tenant_id, e.seq, e.recorded_at, p.id AS fact_id, false AS takes_back
  FROM audit.entry e
  JOIN payments.payment p ON p.tenant_id = e.tenant_id AND p.recorded_at = e.recorded_at AND p.document_type = 'correction'
    AND p.session_id = CASE WHEN e.resource_type = 'cash_session' THEN e.resource_id::uuid END
  WHERE e.resource_type = 'cash_session'
  UNION ALL
  SELECT e.tenant_id, e.seq, e.recorded_at, d.id AS fact_id, false AS takes_back
  FROM audit.entry e
  JOIN history.document d ON d.tenant_id = e.tenant_id AND d.recorded_at = e.recorded_at
    AND d.id = CASE WHEN e.resource_type = 'history_document' THEN e.resource_id::uuid END
  WHERE e.resource_type = 'history_document'
  UNION ALL
  SELECT e.tenant_id, e.seq, e.recorded_at, r.id AS fact_id, true AS takes_back
  FROM audit.entry e
  JOIN history.reversal r ON r.tenant_id = e.tenant_id AND r.recorded_at = e.recorded_at
    AND r.document_id = CASE WHEN e.resource_type = 'history_document' THEN e.resource_id::uuid END
  WHERE e.resource_type = 'history_document';
COMMENT ON VIEW reports.change IS 'Which facts came with which entry of the audit chain.';

-- Facts, each with what it adds to the sums of a rollup of the same columns.
CREATE VIEW reports.trade_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.fact_id, d.document_id, d.branch_id, d.made_at, d.day, d.currency,
         d.sign * (d.kind = 'sale')::integer AS sales, d.sign * (d.kind = 'refund')::integer AS refunds, d.sign * (d.kind = 'exchange')::integer AS exchanges,
         d.sign * (d.kind = 'adjustment')::integer AS adjustments,
         CASE WHEN d.kind = 'sale' THEN d.total ELSE 0 END AS sold, CASE WHEN d.kind = 'refund' THEN d.total ELSE 0 END AS refunded,
         CASE WHEN d.kind = 'exchange' THEN d.total ELSE 0 END AS exchanged, CASE WHEN d.kind = 'adjustment' THEN d.total ELSE 0 END AS adjusted, d.net, d.tax, d.cost, d.uncosted_net
  FROM reports.fact d;
COMMENT ON VIEW reports.trade_fact IS 'What a document adds to reports.trade.';

CREATE VIEW reports.goods_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.fact_id, d.document_id, d.branch_id, d.made_at, d.day, d.currency, l.variant_id, d.sign AS lines,
         d.sign * l.quantity AS quantity, d.sign * l.net AS net, d.sign * coalesce(l.cost, 0) AS cost,
         CASE WHEN l.cost IS NULL THEN d.sign * l.net ELSE 0 END AS uncosted_net
  FROM reports.fact d JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.document_id
  WHERE l.stands;
COMMENT ON VIEW reports.goods_fact IS 'What a line adds to reports.goods; what came back is below zero.';

CREATE VIEW reports.tax_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.fact_id, d.document_id, d.branch_id, d.made_at, d.day, d.currency, t.jurisdiction_code, t.name, t.rate, d.sign AS charges,
         CASE WHEN l.quantity > 0 THEN d.sign * t.base ELSE 0 END AS sold_base, CASE WHEN l.quantity > 0 THEN d.sign * t.tax ELSE 0 END AS sold_tax,
         CASE WHEN l.quantity > 0 THEN 0 ELSE d.sign * t.base END AS returned_base, CASE WHEN l.quantity > 0 THEN 0 ELSE d.sign * t.tax END AS returned_tax
  FROM reports.fact d
  JOIN reports.line l ON l.tenant_id = d.tenant_id AND l.document_id = d.document_id
  CROSS JOIN LATERAL (
    SELECT c.value ->> 'jurisdiction_code' AS jurisdiction_code, c.value ->> 'name' AS name, trim_scale((c.value ->> 'rate')::numeric)::text AS rate,
           (c.value ->> 'base')::numeric AS base, (c.value ->> 'tax')::numeric AS tax
    FROM jsonb_array_elements(l.taxes) c
    -- What nothing is raised on is told too, and what nobody knows the taxes of.
    UNION ALL SELECT '', '', '0', l.net, l.tax WHERE l.taxes = '[]') t
  WHERE l.stands;
COMMENT ON VIEW reports.tax_fact IS 'What a tax of a line adds to reports.tax; the name is empty where there was none, or where only its rate is known.';

CREATE VIEW reports.customer_fact WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.fact_id, d.document_id, d.branch_id, d.made_at, d.day, d.currency, d.customer_id,
         d.sign * (d.kind = 'sale')::integer AS sales, d.sign * (d.kind <> 'sale')::integer AS returns, CASE WHEN d.kind = 'sale' THEN d.total ELSE 0 END AS sold,
         CASE WHEN d.kind = 'sale' THEN 0 ELSE d.total END AS returned,
         CASE WHEN d.kind = 'sale' AND d.stands THEN d.made_at END AS first_at, CASE WHEN d.kind = 'sale' AND d.stands THEN d.made_at END AS last_at
  FROM reports.fact d WHERE d.customer_id IS NOT NULL AND d.kind <> 'adjustment';
COMMENT ON VIEW reports.customer_fact IS 'What a document adds to reports.customer.';

CREATE VIEW reports.taking_fact WITH (security_invoker = true) AS
  SELECT p.tenant_id, 'sales'::text AS source, CASE WHEN p.document_type = 'correction' THEN p.id ELSE p.document_id END AS fact_id, p.document_id, p.id AS payment_id,
         p.document_type = 'correction' AS is_correction, p.branch_id, p.made_at, NULL::date AS day, p.recorded_at, p.currency, p.tender_id, 1 AS payments,
         CASE WHEN p.kind IN ('payment', 'change') AND p.document_type <> 'correction' THEN p.amount ELSE 0 END AS received,
         CASE WHEN p.kind = 'refund' AND p.document_type <> 'correction' THEN p.amount ELSE 0 END AS given_back,
         CASE WHEN p.kind = 'reversal' OR p.document_type = 'correction' THEN p.amount ELSE 0 END AS corrected
  FROM payments.read_payment p
  UNION ALL
  -- With what earlier sales were paid nobody knows.
  SELECT d.tenant_id, d.source, d.fact_id, d.document_id, d.fact_id AS payment_id, false AS is_correction, d.branch_id, d.made_at, d.day,
         NULL::timestamptz AS recorded_at, d.currency, '00000000-0000-0000-0000-000000000000'::uuid AS tender_id, d.sign AS payments,
         CASE WHEN d.kind = 'sale' THEN d.total ELSE 0 END AS received, CASE WHEN d.kind = 'sale' THEN 0 ELSE d.total END AS given_back, 0 AS corrected
  FROM reports.fact d WHERE d.source = 'history' AND d.kind <> 'adjustment';
COMMENT ON VIEW reports.taking_fact IS 'What a payment adds to reports.taking, and a document of earlier sales, whose tender is the nil id.';

GRANT SELECT ON ALL TABLES IN SCHEMA reports TO comptoir_app, comptoir_read;

-- Rules about what came in: documents of earlier sales, their lines, and the rows of files.
CREATE VIEW history.read_checked_document WITH (security_invoker = true) AS
  SELECT d.tenant_id, d.document_id::text AS key, d.number AS label, d.document_id AS id, d.source, d.number, d.kind, d.branch_id, d.customer_id,
         d.channel_id, d.currency, d.net_revenue AS net, d.tax, d.total, d.cost_of_goods AS cost, d.net_profit, d.line_count, d.data_quality_score,
         d.is_validated, d.import_id, d.effective_on, d.made_at
  FROM history.read_document d;
COMMENT ON VIEW history.read_checked_document IS 'Published: what rules of quality judge of a document of earlier sales that was not taken back.';

CREATE VIEW history.read_checked_line WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.document_id || ':' || l.line AS key, l.name AS label, l.document_id, l.line, l.kind, l.role, l.branch_id, l.customer_id,
         l.variant_id, l.name, l.sku, l.quantity, l.unit_price, l.tax_rate, l.net, l.tax, l.total, l.cost, l.effective_on,
         (l.effective_on + time '10:00') AT TIME ZONE 'UTC' AS happened_at
  FROM history.read_line l;
COMMENT ON VIEW history.read_checked_line IS 'Published: what rules of quality judge of a line of such a document.';

CREATE VIEW imports.read_checked_row WITH (security_invoker = true) AS
  SELECT i.tenant_id, i.id || ':' || r.row_number AS key, i.target || ' ' || r.row_number AS label, i.id AS import_id, i.target, r.row_number, r.outcome,
         r.error_code, i.committed_at
  FROM imports.import i
  CROSS JOIN LATERAL (
    SELECT p.row_number, CASE min(array_position('{created,updated,skipped}', p.what)) WHEN 1 THEN 'created' WHEN 2 THEN 'updated' ELSE 'skipped' END AS outcome,
           NULL::text AS error_code
    FROM imports.provenance p WHERE p.tenant_id = i.tenant_id AND p.import_id = i.id GROUP BY p.row_number
    UNION ALL
    SELECT e.row_number, 'rejected', min(e.code)
    FROM imports.error e WHERE e.tenant_id = i.tenant_id AND e.import_id = i.id AND e.run = i.run AND NOT e.is_resolved GROUP BY e.row_number) r
  WHERE i.status IN ('committed', 'stopped');
COMMENT ON VIEW imports.read_checked_row IS 'Published: what rules of quality judge of a row of a file that came in: what became of it, and why it was rejected.';

CREATE VIEW quality.read_demand WITH (security_invoker = true) AS
  SELECT l.tenant_id, 'sales'::text AS source, l.sale_id AS document_id, l.line, s.branch_id, s.customer_id, s.channel_id, l.variant_id, l.quantity, l.net,
         s.currency, s.effective_on, s.made_at
  FROM sales.line l JOIN sales.sale s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
  WHERE NOT EXISTS (
    SELECT FROM quality.read_held h WHERE h.tenant_id = l.tenant_id
      AND (h.dataset = 'sales_lines' AND h.key IN ('*', l.sale_id || ':' || l.line) OR h.dataset = 'sales' AND h.key IN ('*', l.sale_id::text)))
  UNION ALL
  SELECT l.tenant_id, 'history'::text AS source, l.document_id, l.line, l.branch_id, l.customer_id, l.channel_id, l.variant_id, l.quantity, l.net, l.currency,
         l.effective_on, l.made_at
  FROM history.read_line l
  WHERE l.role IN ('sold', 'returned') AND NOT EXISTS (
    SELECT FROM quality.read_held h WHERE h.tenant_id = l.tenant_id
      AND (h.dataset = 'earlier_lines' AND h.key IN ('*', l.document_id || ':' || l.line) OR h.dataset = 'earlier_documents' AND h.key IN ('*', l.document_id::text)));
COMMENT ON VIEW quality.read_demand IS 'Published for forecasts: what was sold, here or earlier, and what came back below zero, a line each, without what rules of severity FAIL hold.';

GRANT SELECT ON history.read_checked_document, history.read_checked_line, imports.read_checked_row, quality.read_demand TO comptoir_app, comptoir_read;

-- Down Migration

DROP VIEW quality.read_demand, imports.read_checked_row, history.read_checked_line, history.read_checked_document;
DROP VIEW reports.taking_fact, reports.customer_fact, reports.tax_fact, reports.goods_fact, reports.trade_fact, reports.change, reports.fact, reports.line, reports.document;
DROP TABLE reports.goods;
-- All sums are made anew: reports read documents until then.
TRUNCATE reports.cursor, reports.calendar, reports.trade, reports.tax, reports.customer, reports.taking;
ALTER TABLE reports.taking DROP COLUMN payments;
ALTER TABLE reports.tax DROP COLUMN charges;
ALTER TABLE reports.trade DROP COLUMN uncosted_net, DROP COLUMN adjusted, DROP COLUMN adjustments;
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

CALL platform.isolate('reports.goods');
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
GRANT SELECT ON ALL TABLES IN SCHEMA reports TO comptoir_app, comptoir_read;
