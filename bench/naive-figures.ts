// Each figure of each report once more, in SQL that stands on the tables of documents alone: lines, payments, counts, movements and
// reservations. It knows none of the views, rollups, costs and quantities of levels that reports are made of; of a level only of which
// branch and goods it is, which a reservation says through it alone. Of one tenant; days are those of its branches.

/** A table of every line that counts with what its document says, which the sums below are made of. */
export const naiveLines = `
  DROP TABLE IF EXISTS public.naive_line;
  CREATE TABLE public.naive_line AS
    SELECT s.id, s.kind, s.branch_id, s.customer_id, s.currency, (s.made_at AT TIME ZONE b.time_zone)::date AS day, l.variant_id, l.quantity,
           l.net, l.tax, l.net + l.tax AS total, l.cost, l.taxes
    FROM sales.line l JOIN sales.sale s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
    JOIN tenants.branch b ON b.tenant_id = s.tenant_id AND b.id = s.branch_id
    UNION ALL
    SELECT d.id, CASE WHEN d.kind = 'credit' THEN 'refund' ELSE d.kind END, d.branch_id, d.customer_id, d.currency, d.effective_on, l.variant_id,
           l.quantity, l.net, l.tax, l.net + l.tax, l.cost,
           CASE WHEN l.tax_rate IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('rate', l.tax_rate, 'base', l.net, 'tax', l.tax)) END
    FROM history.line l JOIN history.document d ON d.tenant_id = l.tenant_id AND d.id = l.document_id
    LEFT JOIN history.reversal r ON r.tenant_id = d.tenant_id AND r.document_id = d.id
    WHERE r.id IS NULL AND l.role <> 'stock_adjustment';
  ANALYZE public.naive_line`

const count = (kind: string) => `count(DISTINCT l.id) FILTER (WHERE l.kind ${kind})`
const sum = (what: string, where: string) => `coalesce(sum(${what}) FILTER (WHERE ${where}), 0)`
const isTrade = "l.kind <> 'adjustment'"
const trade = `
  ${count("= 'sale'")} AS sales, ${count("= 'refund'")} AS refunds, ${count("= 'exchange'")} AS exchanges,
  ${sum('l.total', "l.kind = 'sale'")} AS sold, ${sum('l.total', "l.kind = 'refund'")} AS refunded,
  ${sum('l.total', "l.kind = 'exchange'")} AS exchanged, ${sum('l.total', isTrade)} AS revenue, ${sum('l.net', isTrade)} AS net,
  ${sum('l.tax', isTrade)} AS tax, ${sum('l.total', "l.kind = 'adjustment'")} AS adjusted, sum(l.total) AS with_adjustments`
const margin = `
  ${sum('l.net', isTrade)} AS revenue, ${sum('l.net', `${isTrade} AND l.cost IS NULL`)} AS uncosted, coalesce(sum(l.cost), 0) AS cost,
  ${sum('l.net - l.cost', `${isTrade} AND l.cost IS NOT NULL`)} AS margin`
const ofGoods = 'FROM public.naive_line l WHERE l.variant_id IS NOT NULL'

/** What lies of goods in a branch, out of all that ever came and went. */
const lies =
  'SELECT m.branch_id, m.variant_id, sum(m.quantity) AS quantity, sum(m.value) AS value FROM inventory.movement m GROUP BY 1, 2'
const here = 'JOIN tenants.branch b ON b.id = x.branch_id JOIN tenants.entity e ON e.id = b.entity_id'

/** Rows of `key`, as the report has it, and each of its figures by name. `today` is that of the report. */
export const naiveFigures = {
  'sales-by-month': `SELECT jsonb_build_array(to_char(l.day, 'YYYY-MM'), l.currency) AS key, ${trade} FROM public.naive_line l GROUP BY 1`,
  'sales-by-month by branch': `SELECT jsonb_build_array(to_char(l.day, 'YYYY-MM'), l.branch_id, l.currency) AS key, ${trade}
    FROM public.naive_line l GROUP BY 1`,
  takings: `SELECT jsonb_build_array(t.day, t.branch_id, t.tender_id, t.currency) AS key, sum(t.received) AS received, sum(t.given_back) AS given_back,
      sum(t.corrected) AS corrected, sum(t.received + t.given_back + t.corrected) AS total
    FROM (
      SELECT (p.made_at AT TIME ZONE b.time_zone)::date AS day, p.branch_id, p.tender_id, p.currency,
             CASE WHEN k.is_late OR p.kind = 'refund' THEN 0 ELSE p.amount END AS received,
             CASE WHEN k.is_late OR p.kind <> 'refund' THEN 0 ELSE p.amount END AS given_back,
             CASE WHEN k.is_late THEN p.amount ELSE 0 END AS corrected
      FROM payments.payment p JOIN tenants.branch b ON b.tenant_id = p.tenant_id AND b.id = p.branch_id,
           LATERAL (SELECT p.document_type = 'correction' OR p.reverses_id IS NOT NULL AS is_late) k
      UNION ALL
      SELECT d.effective_on, d.branch_id, '00000000-0000-0000-0000-000000000000', d.currency, CASE WHEN d.kind = 'sale' THEN s.total ELSE 0 END,
             CASE WHEN d.kind = 'sale' THEN 0 ELSE s.total END, 0
      FROM history.document d JOIN (SELECT l.id, sum(l.total) AS total FROM public.naive_line l GROUP BY 1) s ON s.id = d.id
      WHERE d.kind <> 'adjustment') t
    GROUP BY 1`,
  'gross-margin': `SELECT jsonb_build_array(l.variant_id, l.currency) AS key, sum(l.quantity) AS quantity, ${margin} ${ofGoods} GROUP BY 1`,
  'gross-margin by category': `SELECT jsonb_build_array(p.category_id, l.currency) AS key, sum(l.quantity) AS quantity, ${margin}
    FROM public.naive_line l JOIN catalog.variant v ON v.id = l.variant_id JOIN catalog.product p ON p.id = v.product_id GROUP BY 1`,
  'gross-margin-by-day': `SELECT jsonb_build_array(l.day, l.currency) AS key, ${margin} FROM public.naive_line l GROUP BY 1`,
  'gross-margin-by-day by branch': `SELECT jsonb_build_array(l.branch_id, l.currency) AS key, ${margin} FROM public.naive_line l GROUP BY 1`,
  'best-sellers': `SELECT jsonb_build_array(coalesce(s.variant_id, h.variant_id), coalesce(s.currency, h.currency)) AS key,
      coalesce(s.quantity, 0) AS quantity, coalesce(s.revenue, 0) AS revenue, greatest(coalesce(h.quantity, 0), 0) AS on_hand
    FROM (SELECT l.variant_id, l.currency, sum(l.quantity) AS quantity, sum(l.net) AS revenue ${ofGoods} GROUP BY 1, 2) s
    FULL JOIN (SELECT x.variant_id, e.currency AS currency, sum(x.quantity) AS quantity FROM (${lies}) x ${here} GROUP BY 1, 2) h
      ON h.variant_id = s.variant_id AND h.currency = s.currency
    WHERE s.variant_id IS NOT NULL OR h.quantity > 0`,
  'customer-value': `SELECT jsonb_build_array(p.name, l.currency) AS key, ${count("= 'sale'")} AS sales, ${count("<> 'sale'")} AS returns,
      ${sum('l.total', "l.kind = 'sale'")} AS sold, ${sum('l.total', "l.kind <> 'sale'")} AS returned, sum(l.total) AS revenue
    FROM public.naive_line l JOIN parties.party p ON p.id = l.customer_id WHERE ${isTrade} GROUP BY p.id, p.name, l.currency`,
  'tax-summary': `SELECT jsonb_build_array(coalesce(t.j, ''), coalesce(t.n, ''), trim_scale(t.rate)::text, l.currency) AS key,
      ${sum('t.base', 'l.quantity > 0')} AS sold_base, ${sum('t.tax', 'l.quantity > 0')} AS sold_tax,
      ${sum('t.base', 'l.quantity < 0')} AS returned_base, ${sum('t.tax', 'l.quantity < 0')} AS returned_tax, sum(t.base) AS base, sum(t.tax) AS tax
    FROM public.naive_line l, LATERAL (
      SELECT c ->> 'jurisdiction_code', c ->> 'name', (c ->> 'rate')::numeric, (c ->> 'base')::numeric, (c ->> 'tax')::numeric
      FROM jsonb_array_elements(l.taxes) c
      UNION ALL SELECT '', '', 0, l.net, l.tax WHERE jsonb_array_length(l.taxes) = 0) t (j, n, rate, base, tax)
    WHERE l.variant_id IS NOT NULL GROUP BY 1`,
  'stock-value': stockValue('x.branch_id'),
  'stock-value by category': stockValue("coalesce(p.category_id, '00000000-0000-0000-0000-000000000000')"),
  'low-stock': lowStock(),
  'expiring-stock': `SELECT jsonb_build_array(x.branch_id, x.first::text) AS key, count(*) AS batches, sum(x.quantity) AS quantity,
      sum(coalesce(round(x.quantity * x.all_value / nullif(x.all_quantity, 0), 2), 0)) AS value
    FROM (
      SELECT g.branch_id, g.batch_id, g.quantity, a.quantity AS all_quantity, a.value AS all_value,
             CASE WHEN t.expires_on < k.today THEN -1 WHEN t.expires_on - k.today < 31 THEN 0 ELSE 31 + 30 * div(t.expires_on - k.today - 31, 30) END AS first
      FROM (SELECT branch_id, variant_id, batch_id, sum(quantity) AS quantity FROM inventory.movement GROUP BY 1, 2, 3) g
      JOIN inventory.batch t ON t.id = g.batch_id JOIN (${lies}) a ON a.branch_id = g.branch_id AND a.variant_id = g.variant_id
      JOIN tenants.branch b ON b.id = g.branch_id, LATERAL (SELECT (now() AT TIME ZONE b.time_zone)::date AS today) k
      WHERE g.quantity > 0 AND t.expires_on <= k.today + 90) x
    GROUP BY 1`,
  'cash-variances': `SELECT jsonb_build_array(s.opened_by, s.currency) AS key, count(DISTINCT s.id) AS sessions, sum(l.expected) AS expected,
      sum(l.counted) AS counted, sum(CASE WHEN l.counted < l.expected THEN l.counted - l.expected ELSE 0 END) AS short,
      sum(CASE WHEN l.counted > l.expected THEN l.counted - l.expected ELSE 0 END) AS over, sum(l.counted) - sum(l.expected) AS variance
    FROM cash.session s JOIN (SELECT session_id, max(number) AS number FROM cash.count GROUP BY 1) n ON n.session_id = s.id
    JOIN cash.count c ON c.session_id = s.id AND c.number = n.number JOIN cash.count_line l ON l.count_id = c.id
    WHERE s.closed_at IS NOT NULL OR s.reconciliation IS NOT NULL AND NOT s.is_blind GROUP BY s.opened_by, s.currency`,
} as const

/** At the end of a hundred days ago: what had come and gone by then. */
function stockValue(group: string): string {
  return `SELECT jsonb_build_array(${group}, e.currency) AS key, count(*) FILTER (WHERE x.quantity <> 0) AS variants, sum(x.value) AS value
    FROM (SELECT m.branch_id, m.variant_id, coalesce(sum(m.quantity) FILTER (WHERE m.effective_on <= $on), 0) AS quantity,
                 coalesce(sum(m.value) FILTER (WHERE m.effective_on <= $on), 0) AS value FROM inventory.movement m GROUP BY 1, 2) x
    ${here} JOIN catalog.variant v ON v.id = x.variant_id JOIN catalog.product p ON p.id = v.product_id GROUP BY 1`
}

/** The first value of those that may speak, by how near they are. */
function lowStock(): string {
  const reach = 'CASE WHEN q.branch_id IS NULL THEN 1 ELSE 0 END + CASE WHEN q.variant_id IS NULL THEN 2 ELSE 0 END'
  return `WITH placed AS (
      SELECT branch_id, variant_id FROM inventory.movement UNION
      SELECT branch_id, variant_id FROM replenishment.policy WHERE branch_id IS NOT NULL AND variant_id IS NOT NULL AND valid @> CURRENT_DATE
    ), said AS (
      SELECT k.branch_id, k.variant_id, c.rank, c.point
      FROM placed k JOIN replenishment.policy q ON coalesce(q.branch_id, k.branch_id) = k.branch_id AND coalesce(q.variant_id, k.variant_id) = k.variant_id
        AND q.valid @> CURRENT_DATE,
        LATERAL (VALUES (${reach}, q.reorder_point), (10 + ${reach}, q.minimum_stock)) c (rank, point) WHERE c.point IS NOT NULL
      UNION ALL SELECT branch_id, variant_id, 5, threshold FROM replenishment.alert JOIN placed USING (branch_id, variant_id) WHERE closed_at IS NULL AND batch_id IS NULL AND threshold IS NOT NULL
    ), least AS (SELECT DISTINCT ON (branch_id, variant_id) * FROM said ORDER BY branch_id, variant_id, rank
    ), kept AS (
      SELECT v.branch_id, v.variant_id, sum(r.quantity - coalesce(r.ended, 0)) AS quantity
      FROM (SELECT l.level_id, l.quantity, (SELECT sum(e.quantity) FROM inventory.reservation_event e
              WHERE e.reservation_id = l.reservation_id AND e.line = l.line) AS ended FROM inventory.reservation_line l) r
      JOIN inventory.level v ON v.id = r.level_id GROUP BY 1, 2)
    SELECT jsonb_build_array(k.branch_id, k.variant_id) AS key, coalesce(x.quantity, 0) AS on_hand, coalesce(r.quantity, 0) AS reserved,
           coalesce(x.quantity, 0) - coalesce(r.quantity, 0) AS available, k.point AS reorder_point
    FROM least k JOIN catalog.variant v ON v.id = k.variant_id JOIN catalog.product p ON p.id = v.product_id AND NOT p.is_discontinued
    LEFT JOIN (${lies}) x ON x.branch_id = k.branch_id AND x.variant_id = k.variant_id
    LEFT JOIN kept r ON r.branch_id = k.branch_id AND r.variant_id = k.variant_id
    WHERE coalesce(x.quantity, 0) - coalesce(r.quantity, 0) <= k.point`
}
