import { Client } from 'pg'
import { createClient } from '../server/platform/client.ts'
import { inOwnTransaction } from '../server/platform/database.ts'
import { money } from '../server/platform/money.ts'
import type { Operations } from '../server/registry.ts'
import { catchUp } from '../server/reports/queries.ts'
import { fillSales, openCounter } from './fill.ts'
import { quantileOf } from './measure.ts'
import { fillPastSales } from './past-sales.ts'
import type { Result } from './report.ts'
import { openShops } from './shops.ts'
import type { Benchmark, Stage } from './stage.ts'

const branches = 3
const goods = 2_000
/** What a busy shop sells in a minute, which is how long the rollups wait. */
const lateSales = 1_000
const plain = { reference: null, ratio: null }

interface Subject {
  readonly report: string
  readonly parameters?: Readonly<Record<string, string | boolean>>
  /** Its figures by another road: rows of `key`, as the report has it, and the sums of the figures that are named. */
  readonly naive?: string
}

const documents = `FROM sales.sale s JOIN tenants.branch b ON b.tenant_id = s.tenant_id AND b.id = s.branch_id
  CROSS JOIN LATERAL (SELECT (s.made_at AT TIME ZONE b.time_zone)::date AS day) d`
const lines = `${documents} JOIN sales.line l ON l.tenant_id = s.tenant_id AND l.sale_id = s.id`
const margin = 'sum(l.net) AS revenue, sum(l.cost) AS cost, sum(l.net - l.cost) AS margin'

const subjects: readonly Subject[] = [
  {
    report: 'sales-by-month',
    naive: `SELECT jsonb_build_array(to_char(d.day, 'YYYY-MM'), s.currency) AS key, count(*) FILTER (WHERE s.kind = 'sale') AS sales,
              sum(s.total) AS revenue, sum(s.net) AS net, sum(s.tax) AS tax ${documents} GROUP BY 1`,
  },
  {
    report: 'takings',
    naive: `SELECT jsonb_build_array(d.day, s.branch_id, p.tender_id, p.currency) AS key, sum(p.amount) AS total
            ${documents} JOIN payments.payment p ON p.tenant_id = s.tenant_id AND p.document_id = s.id GROUP BY 1`,
  },
  {
    report: 'gross-margin',
    naive: `SELECT jsonb_build_array(l.variant_id, s.currency) AS key, sum(l.quantity) AS quantity, ${margin} ${lines} GROUP BY 1`,
  },
  {
    report: 'gross-margin',
    parameters: { by: 'category' },
    naive: `SELECT jsonb_build_array(p.category_id, s.currency) AS key, ${margin} ${lines}
            JOIN catalog.variant v ON v.tenant_id = l.tenant_id AND v.id = l.variant_id
            JOIN catalog.product p ON p.tenant_id = l.tenant_id AND p.id = v.product_id GROUP BY 1`,
  },
  {
    report: 'gross-margin-by-day',
    naive: `SELECT jsonb_build_array(d.day, s.currency) AS key, sum(s.net) AS revenue, sum(s.cost) AS cost, sum(s.net - s.cost) AS margin
            ${documents} GROUP BY 1`,
  },
  {
    report: 'best-sellers',
    naive: `SELECT jsonb_build_array(l.variant_id, s.currency) AS key, sum(l.quantity) AS quantity, sum(l.net) AS revenue ${lines} GROUP BY 1`,
  },
  {
    report: 'customer-value',
    naive: `SELECT jsonb_build_array(s.customer_id, s.currency) AS key, count(*) FILTER (WHERE s.kind = 'sale') AS sales, sum(s.total) AS revenue
            ${documents} WHERE s.customer_id IS NOT NULL GROUP BY 1`,
  },
  {
    report: 'tax-summary',
    naive: `SELECT jsonb_build_array(t ->> 'jurisdiction_code', t ->> 'name', trim_scale((t ->> 'rate')::numeric)::text, s.currency) AS key,
              sum((t ->> 'base')::numeric) AS base, sum((t ->> 'tax')::numeric) AS tax ${lines}, jsonb_array_elements(l.taxes) t GROUP BY 1`,
  },
  { report: 'stock-value', parameters: { by: 'category' } },
  { report: 'low-stock' },
  { report: 'expiring-stock' },
  { report: 'cash-variances' },
]

/** How long each report of a year takes, and whether it says what a naive sum of the documents does. */
export const reportsBenchmark: Benchmark = {
  async run(stage, { sales, seconds, note }) {
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants: 1, sessions: 1 })
    const [shop, cookie] = [shops[0]!, cookies[0]!]
    const counter = await openCounter(stage, url, { shop, cookie, tills: 4, goods })
    await fillSales(stage, [counter], { sales: 10, note })
    await fillPastSales(stage, shop, { sales, branches, note })
    note('Making the rollups …')
    const began = performance.now()
    await makeRollups(stage, shop.tenantId)
    const rebuilt = (performance.now() - began) / 1_000
    await stage.query('comptoir', 'VACUUM ANALYZE')
    await fillSales(stage, [counter], { sales: Math.min(lateSales, sales), note })
    const client = createClient<Operations>({ url, headers: { cookie, 'comptoir-tenant': shop.tenantId } })
    const results: Result[] = [{ name: `rollups of ${sales} sales made anew`, value: rebuilt, unit: 's', ...plain }]
    let figures = 0
    for (const subject of subjects) {
      note(`${nameOf(subject)} …`)
      const { p50, p95 } = await timesOf(client, subject, seconds)
      results.push({ name: `${nameOf(subject)} p50`, value: p50, unit: 'ms', ...plain })
      results.push({ name: `${nameOf(subject)} p95`, value: p95, unit: 'ms', ...plain })
      figures += await assertEqual(stage, client, subject)
    }
    return [...results, { name: 'figures equal to a naive sum', value: figures, unit: 'figures', ...plain }]
  },
}

const nameOf = ({ report, parameters = {} }: Subject) => [report, ...Object.values(parameters)].join(' by ')
const isOfDays = ({ report }: Subject) =>
  !['stock-value', 'low-stock', 'expiring-stock', 'customer-value'].includes(report)

type BenchClient = ReturnType<typeof createClient<Operations>>

function rowsOf(client: BenchClient, subject: Subject, limit = 200) {
  const days = isOfDays(subject) ? { from: '2020-01-15', until: '2199-12-20' } : {}
  return client.call('reports.run-report', {
    report: subject.report,
    parameters: { ...days, ...subject.parameters },
    limit,
  })
}

/** milliseconds */
async function timesOf(client: BenchClient, subject: Subject, seconds: number): Promise<{ p50: number; p95: number }> {
  const times: number[] = []
  const began = performance.now()
  await rowsOf(client, subject)
  while (times.length < 5 || performance.now() - began < seconds * 1_000) {
    const start = performance.now()
    await rowsOf(client, subject)
    times.push(performance.now() - start)
  }
  const sorted = Float64Array.from(times).sort()
  return { p50: quantileOf(sorted, 0.5), p95: quantileOf(sorted, 0.95) }
}

/** Compares every row that a report shows with a naive sum; gives how many figures that were. */
async function assertEqual(stage: Stage, client: BenchClient, subject: Subject): Promise<number> {
  if (!subject.naive) return 0
  const wanted = new Map(
    (await stage.query<{ key: unknown }>('comptoir', subject.naive)).map(({ key, ...figures }) => [
      JSON.stringify(key),
      figures as Record<string, string>,
    ]),
  )
  const { rows, is_truncated } = await rowsOf(client, subject, 2_000)
  let compared = 0
  for (const { key, cells } of rows) {
    const figures = wanted.get(Buffer.from(key, 'base64url').toString()) ?? (cells.class === 'slow' ? {} : undefined)
    for (const [name, figure] of Object.entries(figures ?? { row: 'none' })) {
      if (!money(cells[name] ?? 'NaN').equals(figure))
        throw new Error(`${nameOf(subject)}: ${name} of ${JSON.stringify(cells)} is ${figure} by a naive sum`)
      compared++
    }
  }
  const shown = rows.filter(({ cells }) => cells.class !== 'slow').length
  if (!is_truncated && shown !== wanted.size)
    throw new Error(`${nameOf(subject)}: ${shown} rows, ${wanted.size} by a naive sum`)
  return compared
}

async function makeRollups(stage: Stage, tenantId: string): Promise<void> {
  const client = new Client({ connectionString: stage.appUrl() })
  await client.connect()
  try {
    await inOwnTransaction(client, tenantId, (tx) => catchUp({ ...tx, tenantId }, null))
  } finally {
    await client.end()
  }
}
