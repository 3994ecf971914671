import { parse } from 'csv-parse/sync'
import type { createClient } from '../server/platform/client.ts'
import { money } from '../server/platform/money.ts'
import type { Operations } from '../server/registry.ts'
import { naiveFigures, naiveLines } from './naive-figures.ts'
import type { Stage } from './stage.ts'

type BenchClient = ReturnType<typeof createClient<Operations>>
type Parameters = Readonly<Record<string, string | boolean>>
type Cells = Readonly<Record<string, string | null>>

/** A report as it is asked for, under a name that its naive figures have too. */
export interface Subject {
  readonly name: keyof typeof naiveFigures
  readonly report: string
  readonly parameters: Parameters
  /** Its rows are more than are shown: they are compared in a file, where these cells tell them apart. */
  readonly inFileBy?: readonly string[]
  /** Its rows are asked for branch by branch. */
  readonly isByBranch?: true
}

/**
 * Compares every figure of every row of reports with a naive recomputation, and gives how many that were. Fails where one differs, where a row
 * is missing or too many, and where a report has a figure that is not recomputed.
 */
export async function compareReports(
  stage: Stage,
  { client, subjects, note }: { client: BenchClient; subjects: readonly Subject[]; note: (line: string) => void },
): Promise<{ figures: number; rows: number }> {
  await stage.query('comptoir', naiveLines)
  const total = { figures: 0, rows: 0 }
  for (const subject of subjects) {
    note(`Recomputing ${subject.name} …`)
    const told = await toldBy(client, subject)
    const sql = naiveFigures[subject.name].replaceAll('$on', `'${told.on}'`)
    const naive = await stage.query<NaiveRow>('comptoir', sql)
    total.rows += told.rows.size
    total.figures += compare(subject.name, told, naive)
  }
  return total
}

/** By the names of its figures, with the key of its row. */
type NaiveRow = Readonly<Record<string, unknown>>

interface Told {
  readonly on: string
  readonly figures: readonly string[]
  /** By the keys of its rows, as JSON. */
  readonly rows: ReadonlyMap<string, Cells>
}

async function toldBy(client: BenchClient, { report, parameters, inFileBy, isByBranch }: Subject): Promise<Told> {
  const branches = isByBranch ? (await client.call('tenants.list-branches', { limit: 200 })).items : [undefined]
  const rows: [key: string, cells: Cells][] = []
  let head: Pick<Told, 'on' | 'figures'> = { on: '', figures: [] }
  for (const branch of branches) {
    const asked = { report, parameters: { ...parameters, ...(branch && { branch_id: branch.id }) } }
    const told = await client.call('reports.run-report', { ...asked, limit: inFileBy ? 1 : 2_000 })
    const figures = told.columns.filter(({ is_figure }) => is_figure).map(({ name }) => name)
    head = { on: `${told.parameters.on ?? told.today}`, figures }
    if (inFileBy) {
      const file = await client.call('reports.export-report', asked)
      if (file.is_truncated) throw new Error(`${report} has more rows than a file takes`)
      const names = told.columns.map(({ name }) => name)
      for (const cells of cellsOf(file.content, names))
        rows.push([JSON.stringify(inFileBy.map((name) => cells[name])), cells])
    } else {
      if (told.is_truncated) throw new Error(`${report} has more rows than are shown`)
      for (const { key, cells } of told.rows) rows.push([Buffer.from(key, 'base64url').toString(), cells])
    }
  }
  const byKey = new Map(rows)
  if (byKey.size !== rows.length) throw new Error(`${report} tells a row twice`)
  return { ...head, rows: byKey }
}

function cellsOf(content: string, names: string[]): Cells[] {
  return parse(Buffer.from(content, 'base64'), { bom: true, from_line: 2, columns: names })
}

/** How many figures were compared. */
function compare(name: string, { figures, rows }: Told, naive: readonly NaiveRow[]): number {
  let compared = 0
  for (const { key: parts, ...wanted } of naive) {
    const key = JSON.stringify(parts)
    const cells = rows.get(key)
    if (!cells) throw new Error(`${name}: no row ${key}, which is ${JSON.stringify(wanted)} by a naive sum`)
    const missing = figures.find((figure) => !(figure in wanted))
    if (missing !== undefined) throw new Error(`${name}: ${missing} is not recomputed`)
    for (const [figure, amount] of Object.entries(wanted)) {
      if (!money(cells[figure] ?? 'NaN').equals(`${amount}`))
        throw new Error(`${name}: ${figure} of ${JSON.stringify(cells)} is ${amount} by a naive sum`)
      compared++
    }
  }
  if (rows.size !== naive.length) throw new Error(`${name}: ${rows.size} rows, ${naive.length} by a naive sum`)
  if (compared === 0) throw new Error(`${name}: nothing to compare`)
  return compared
}
