import { Client } from 'pg'
import { createClient } from '../server/platform/client.ts'
import { inOwnTransaction } from '../server/platform/database.ts'
import type { Operations } from '../server/registry.ts'
import { catchUp } from '../server/reports/queries.ts'
import { compareReports, type Subject } from './compare-reports.ts'
import { fillSales, openCounter } from './fill.ts'
import { quantileOf } from './measure.ts'
import { fillPastDocuments } from './past-documents.ts'
import { fillPastDrawers } from './past-drawers.ts'
import { fillPastSales } from './past-sales.ts'
import { discontinueSome, fillPastStock } from './past-stock.ts'
import type { Result } from './report.ts'
import { openShops } from './shops.ts'
import type { Benchmark, Stage } from './stage.ts'

const branches = 3
const goods = 2_000
/** What a busy shop sells in a minute, which is how long the rollups wait. */
const lateSales = 1_000
const plain = { reference: null, ratio: null }
/** How much there is beside the sales: no more than this, and with fewer sales less. */
const most = { goodsInBatches: 2_000, documents: 3_000, sessions: 600 }
const fewest = 100

const always = { from: '2020-01-15', until: '2199-12-20' }
const longAgo = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 10)

const subjects: readonly Subject[] = [
  { name: 'sales-by-month', report: 'sales-by-month', parameters: always },
  { name: 'sales-by-month by branch', report: 'sales-by-month', parameters: { ...always, by_branch: true } },
  { name: 'takings', report: 'takings', parameters: always, isByBranch: true },
  { name: 'gross-margin', report: 'gross-margin', parameters: always },
  { name: 'gross-margin by category', report: 'gross-margin', parameters: { ...always, by: 'category' } },
  { name: 'gross-margin-by-day', report: 'gross-margin-by-day', parameters: always },
  { name: 'gross-margin-by-day by branch', report: 'gross-margin-by-day', parameters: { ...always, by: 'branch' } },
  { name: 'best-sellers', report: 'best-sellers', parameters: always },
  { name: 'customer-value', report: 'customer-value', parameters: {}, inFileBy: ['customer', 'currency'] },
  { name: 'tax-summary', report: 'tax-summary', parameters: always },
  { name: 'stock-value', report: 'stock-value', parameters: {} },
  { name: 'stock-value by category', report: 'stock-value', parameters: { by: 'category', on: longAgo } },
  { name: 'low-stock', report: 'low-stock', parameters: {}, isByBranch: true },
  { name: 'expiring-stock', report: 'expiring-stock', parameters: {} },
  { name: 'cash-variances', report: 'cash-variances', parameters: always },
]

/** How long each report of a year takes, and whether each of its figures is what a naive sum of the documents says. */
export const reportsBenchmark: Benchmark = {
  async run(stage, { sales, seconds, note }) {
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants: 1, sessions: 1 })
    const [shop, cookie] = [shops[0]!, cookies[0]!]
    const client = createClient<Operations>({ url, headers: { cookie, 'comptoir-tenant': shop.tenantId } })
    const counter = await openCounter(stage, url, { shop, cookie, tills: 4, goods })
    await fillSales(stage, [counter], { sales: 10, note })
    await fillPastSales(stage, shop, { sales, branches, note })
    note('Stock, sessions and earlier sales …')
    const documents = wantedOf(most.documents, sales)
    await fillPastStock(stage, shop, { goods: wantedOf(most.goodsInBatches, sales), client })
    await fillPastDrawers(stage, shop, wantedOf(most.sessions, sales))
    await fillPastDocuments(stage, shop, { client, from: 0, until: documents })
    note('Making the rollups …')
    const began = performance.now()
    await makeRollups(stage, shop.tenantId)
    const rebuilt = (performance.now() - began) / 1_000
    await stage.query('comptoir', 'VACUUM ANALYZE')
    await fillPastDocuments(stage, shop, { client, from: documents, until: documents + 20 })
    await fillSales(stage, [counter], { sales: Math.min(lateSales, sales), note })
    await discontinueSome(stage, shop)
    const results: Result[] = [{ name: `rollups of ${sales} sales made anew`, value: rebuilt, unit: 's', ...plain }]
    for (const subject of subjects) {
      note(`${subject.name} …`)
      const { p50, p95 } = await timesOf(client, subject, seconds)
      results.push({ name: `${subject.name} p50`, value: p50, unit: 'ms', ...plain })
      results.push({ name: `${subject.name} p95`, value: p95, unit: 'ms', ...plain })
    }
    const { figures, rows } = await compareReports(stage, { client, subjects, note })
    return [
      ...results,
      { name: 'rows recomputed', value: rows, unit: 'rows', ...plain },
      { name: 'figures equal to a naive recomputation', value: figures, unit: 'figures', ...plain },
    ]
  },
}

function wantedOf(all: number, sales: number): number {
  return Math.min(all, Math.max(fewest, Math.floor(sales / 100)))
}

type BenchClient = ReturnType<typeof createClient<Operations>>

/** milliseconds */
async function timesOf(
  client: BenchClient,
  { report, parameters }: Subject,
  seconds: number,
): Promise<{ p50: number; p95: number }> {
  const ask = () => client.call('reports.run-report', { report, parameters, limit: 200 })
  const times: number[] = []
  const began = performance.now()
  await ask()
  while (times.length < 5 || performance.now() - began < seconds * 1_000) {
    const start = performance.now()
    await ask()
    times.push(performance.now() - start)
  }
  const sorted = Float64Array.from(times).sort()
  return { p50: quantileOf(sorted, 0.5), p95: quantileOf(sorted, 0.95) }
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
