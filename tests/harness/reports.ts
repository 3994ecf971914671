import { type Money, money } from '../../server/platform/money.ts'
import type { TestClient, TestServer } from './server.ts'

/** Figures of a report by the keys of its rows, as JSON; each as it is told, or as its documents come to it. */
export type Table = Record<string, Record<string, string>>

type Parameters = Readonly<Record<string, string | number | boolean>>

/** Runs a report. */
export function runReport({ call }: Pick<TestClient, 'call'>, report: string, parameters: Parameters = {}) {
  return call('reports.run-report', { report, parameters, limit: 2_000 })
}

/** The figures of a report, and what all documents of each come to. A column that the caller may not see is left out. */
export async function tablesOf(
  client: Pick<TestClient, 'call'>,
  report: string,
  parameters: Parameters = {},
): Promise<{ told: Table; summed: Table }> {
  const { rows, columns } = await runReport(client, report, parameters)
  const [told, summed]: [Table, Table] = [{}, {}]
  for (const { key, cells } of rows) {
    const figures = columns.filter(({ name, is_figure }) => is_figure && cells[name] !== null).map(({ name }) => name)
    const at = Buffer.from(key, 'base64url').toString()
    told[at] = Object.fromEntries(figures.map((figure) => [figure, money(cells[figure] ?? '').toFixed()]))
    const sums: Record<string, string> = {}
    for (const figure of figures) sums[figure] = (await sumOf(client, { report, parameters, key, figure })).toFixed()
    summed[at] = sums
  }
  return { told, summed }
}

interface Drilled {
  readonly report: string
  readonly parameters?: Parameters
  readonly key: string
  readonly figure: string
}

/** What the documents of a figure come to, page by page. */
async function sumOf({ call }: Pick<TestClient, 'call'>, asked: Drilled): Promise<Money> {
  const documents = await documentsOf({ call }, asked)
  return documents.reduce((sum, one) => sum.plus(one.amount), money('0'))
}

/** The documents of a figure, three at a time. */
export async function documentsOf({ call }: Pick<TestClient, 'call'>, asked: Drilled) {
  const first = await call('reports.drill-figure', { ...asked, limit: 3 })
  const found = [...first.items]
  for (let cursor = first.next_cursor; cursor !== null; ) {
    const page = await call('reports.drill-figure', { ...asked, limit: 3, cursor })
    found.push(...page.items)
    cursor = page.next_cursor
  }
  return found
}

/** Runs the job that adds to the rollups what was sold since. */
export async function catchUpReports({ product }: Pick<TestServer, 'product'>): Promise<void> {
  const job = product.jobs.find(({ name }) => name === 'reports.catch-up')
  if (!job) throw new Error('the job is not registered')
  await product.runJob(job, {})
}
