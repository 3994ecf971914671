import type { Shop } from './shops.ts'
import type { Stage } from './stage.ts'

const days = 365
const customers = 20_000
const salesOfChunk = 100_000
const number = new Intl.NumberFormat('en')

/**
 * Gives a shop that has sold something as many sales of the past year, three lines each, as a shop of its kind: few goods sell fast, one in
 * three customers is known, one in twenty brings something back. They are written in SQL past the recording functions, with all that
 * reports read: stock, books and the audit chain know nothing of them.
 */
export async function fillPastSales(
  stage: Stage,
  { tenantId, branch }: Shop,
  { sales, branches, note }: { sales: number; branches: number; note: (line: string) => void },
): Promise<void> {
  const run = (sql: string) => stage.query('comptoir', `SET session_replication_role = replica; ${sql}`)
  await run(
    `INSERT INTO tenants.branch (tenant_id, id, entity_id, code, name, time_zone)
     SELECT '${tenantId}', gen_random_uuid(), '${branch.entity_id}', 'PAST' || n, 'Past ' || n, '${branch.time_zone}'
     FROM generate_series(2, ${branches}) n;
     INSERT INTO parties.party (tenant_id, id, kind, name, sort_name)
     SELECT '${tenantId}', gen_random_uuid(), 'person', 'Customer ' || n, 'customer ' || n FROM generate_series(1, ${customers}) n;
     CREATE TABLE public.past_goods AS
       SELECT row_number() OVER (ORDER BY v.id) AS n, v.id, p.name FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
       WHERE v.tenant_id = '${tenantId}';
     CREATE UNIQUE INDEX ON public.past_goods (n);
     CREATE TABLE public.past_customer AS SELECT row_number() OVER (ORDER BY id) AS n, id FROM parties.party WHERE tenant_id = '${tenantId}' AND kind = 'person';
     CREATE UNIQUE INDEX ON public.past_customer (n);
     CREATE TABLE public.past_branch AS SELECT row_number() OVER (ORDER BY code) AS n, id FROM tenants.branch WHERE tenant_id = '${tenantId}';
     CREATE TABLE public.past_model AS SELECT s.* FROM sales.sale s WHERE s.tenant_id = '${tenantId}' AND s.kind = 'sale' LIMIT 1;
     ANALYZE public.past_goods; ANALYZE public.past_customer; ANALYZE public.past_branch`,
  )
  const [columns] = await stage.query<{ sale: string; line: string; payment: string }>(
    'comptoir',
    `SELECT ${['sales.sale', 'sales.line', 'payments.payment']
      .map(
        (table) => `(SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS ${table.split('.')[1]}`,
      )
      .join(', ')}`,
  )
  for (let from = 0; from < sales; from += salesOfChunk) {
    const until = Math.min(sales, from + salesOfChunk)
    await run(chunkOf(columns!, { from: from + 1, until }))
    note(`${number.format(until)} of ${number.format(sales)} sales of the past`)
  }
  await run(correctionsOf(columns!.payment))
  await stage.query('comptoir', 'VACUUM ANALYZE')
}

/** What a sale, a line and a payment have of their own; all else is as the model has it. */
const sale = {
  ...{ id: 'h.id', kind: 'h.kind', number: "'PAST-' || h.n", sequence: '1000000 + h.n', branch_id: 'h.branch_id' },
  ...{ customer_id: 'h.customer_id', made_at: 'h.made_at', recorded_at: 'h.made_at', taxes: "'[]'" },
  original_id: "CASE WHEN h.kind <> 'sale' THEN m.id END",
  root_id: "CASE WHEN h.kind <> 'sale' THEN m.id END",
  ...{
    gross: 't.total',
    discount: '0',
    net_discount: '0',
    net: 't.net',
    tax: 't.tax',
    total: 't.total',
    cost: 't.cost',
  },
  ...{ rounding: '0', paid: 't.total', change: '0', base_total: 't.total', effective_on: 'h.made_at::date' },
}
const line = {
  ...{
    sale_id: 'l.sale_id',
    line: 'l.line',
    variant_id: 'l.variant_id',
    name: 'l.name',
    sku: 'NULL',
    barcode: 'NULL',
  },
  ...{
    quantity: 'l.quantity',
    unit_price: 'l.price',
    list_price: 'l.price',
    gross: 'l.total',
    discount: '0',
    net_discount: '0',
  },
  ...{
    net: 'l.total - l.tax',
    tax: 'l.tax',
    total: 'l.total',
    cost: 'l.cost',
    allocations: "'[]'",
    recorded_at: 'l.made_at',
  },
  of_line: 'CASE WHEN l.quantity < 0 THEN 1 END',
  restock: "CASE WHEN l.quantity < 0 THEN 'shelf' END",
  taxes: `jsonb_build_array(jsonb_build_object('jurisdiction_code', 'MA', 'name', 'TVA', 'rate', l.rate::text, 'compound', false,
            'base', (l.total - l.tax)::text, 'tax', l.tax::text))`,
}
const payment = {
  ...{
    id: 'gen_random_uuid()',
    document_type: 's.kind',
    document_id: 's.id',
    line: '1',
    origin_id: 's.id',
    branch_id: 's.branch_id',
  },
  kind: "CASE WHEN s.total > 0 THEN 'payment' ELSE 'refund' END",
  ...{
    amount: 's.total',
    made_at: 's.made_at',
    recorded_at: 's.made_at',
    authorization_id: 'NULL',
    reverses_id: 'NULL',
  },
  tender_id:
    '(SELECT id FROM payments.tender d WHERE d.tenant_id = m.tenant_id ORDER BY d.code OFFSET hashtext(s.id::text) & 1 LIMIT 1)',
}

/** One payment in three hundred was put right a day later: it was taken with another tender. */
function correctionsOf(columns: string): string {
  const right = {
    ...{ id: 'gen_random_uuid()', document_type: "'correction'", made_at: "p.made_at + interval '20 hours'" },
    tender_id:
      '(SELECT id FROM payments.tender d WHERE d.tenant_id = p.tenant_id AND d.id <> p.tender_id ORDER BY d.code LIMIT 1)',
  }
  const wrong = { ...right, kind: "'reversal'", amount: '-p.amount', tender_id: 'p.tender_id', reverses_id: 'p.id' }
  const rows = [wrong, right].map(
    (changed) =>
      `SELECT ${pick(columns, changed, 'p')} FROM payments.payment p WHERE p.document_type = 'sale' AND hashtext(p.id::text) % 300 = 0`,
  )
  return `INSERT INTO payments.payment (${columns}) ${rows.join(' UNION ALL ')}`
}

/** Sales by their numbers, with their lines and payments. */
function chunkOf(
  columns: { sale: string; line: string; payment: string },
  { from, until }: { from: number; until: number },
): string {
  return `${basketsOf(from, until)}
    WITH t AS (SELECT sale_id, sum(total) AS total, sum(tax) AS tax, sum(total - tax) AS net, sum(cost) AS cost FROM public.past_line GROUP BY 1)
    INSERT INTO sales.sale (${columns.sale}) SELECT ${pick(columns.sale, sale, 'm')}
    FROM public.past_head h JOIN t ON t.sale_id = h.id CROSS JOIN public.past_model m;
    INSERT INTO sales.line (${columns.line}) SELECT ${pick(columns.line, line, 'm')}
    FROM public.past_line l CROSS JOIN (SELECT o.* FROM sales.line o JOIN public.past_model s ON s.tenant_id = o.tenant_id AND s.id = o.sale_id LIMIT 1) m;
    INSERT INTO payments.payment (${columns.payment}) SELECT ${pick(columns.payment, payment, 'm')}
    FROM public.past_head h CROSS JOIN public.past_model o JOIN sales.sale s ON s.tenant_id = o.tenant_id AND s.id = h.id
    CROSS JOIN (SELECT p.* FROM payments.payment p JOIN public.past_model q ON q.tenant_id = p.tenant_id AND q.id = p.document_id LIMIT 1) m
    WHERE s.total <> 0`
}

/** The columns of a table: what is changed, else as the model has it. */
function pick(names: string, changed: Readonly<Record<string, string>>, model: string): string {
  return names
    .split(',')
    .map((name) => changed[name] ?? `${model}.${name}`)
    .join(', ')
}

/** Who bought what when, in two tables. */
function basketsOf(from: number, until: number): string {
  return `
    DROP TABLE IF EXISTS public.past_head, public.past_line;
    CREATE TABLE public.past_head AS
      SELECT h.n, gen_random_uuid() AS id, CASE WHEN h.n % 20 = 0 THEN 'refund' WHEN h.n % 50 = 1 THEN 'exchange' ELSE 'sale' END AS kind, b.id AS branch_id,
             CASE WHEN h.n % 3 = 0 THEN c.id END AS customer_id,
             now() - interval '1 day' - random() * interval '${days} days' AS made_at
      FROM generate_series(${from}::bigint, ${until}) AS h (n)
      JOIN public.past_branch b ON b.n = 1 + h.n % (SELECT count(*) FROM public.past_branch)
      LEFT JOIN public.past_customer c ON c.n = 1 + (h.n * 7919) % ${customers};
    CREATE TABLE public.past_line AS
      SELECT x.sale_id, x.line, g.id AS variant_id, g.name, x.quantity, x.made_at, p.price, p.rate, round(x.quantity * p.price, 2) AS total,
             round(x.quantity * p.price * p.rate / (100 + p.rate), 2) AS tax, round(x.quantity * p.price * 0.5, 2) AS cost
      FROM (SELECT h.id AS sale_id, l AS line, h.made_at, (CASE WHEN h.kind = 'refund' OR h.kind = 'exchange' AND l = 1 THEN -1 ELSE 1 END) * (1 + floor(random() * 3))::numeric AS quantity,
                   1 + floor(power(random(), 3) * (SELECT count(*) FROM public.past_goods))::bigint AS goods
            FROM public.past_head h, generate_series(1, 3) l) x
      JOIN public.past_goods g ON g.n = x.goods
      CROSS JOIN LATERAL (SELECT (4 + g.n % 27)::numeric AS price, (CASE WHEN g.n % 4 = 0 THEN 10 ELSE 20 END)::numeric AS rate) p;`
}
