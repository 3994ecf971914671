import { money } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { later } from '../platform/time.ts'
import type { RuleConfig, Severity } from './contract.ts'
import { type ColumnKind, type Dataset, type DatasetName, datasetOf } from './datasets.ts'
import { describeFault } from './describe-rule.ts'
import { boundsOf, missingValues, unlikePattern } from './judge-queries.ts'
import { type Rule, readRules } from './queries.ts'

/** A row that is not in the database yet. What is not among its values is not judged; null and '' are empty. */
export interface CandidateRow {
  readonly key: string
  /** Decimal strings, YYYY-MM-DD, ISO 8601 times, true and false, by the columns of the dataset. */
  readonly values: Readonly<Record<string, string | null>>
}

/** A row that a rule finds wrong. */
interface RowFault {
  readonly key: string
  readonly rule_id: string
  readonly rule_key: string
  readonly severity: Severity
  readonly column: string
  readonly value: string | null
  readonly message: string
}

/** Values of a column of a dataset that count as there, beside those in the database: what the same file brings. */
export type KnownValues = (dataset: DatasetName, column: string) => ReadonlySet<string> | undefined

type Context = Pick<QueryContext, 'client' | 'db' | 'tenantId' | 'now'>
type Judged = Extract<RuleConfig, { kind: 'not_null' | 'range' | 'unique' | 'reference' | 'pattern' }>
type Found = { readonly row: CandidateRow; readonly column: string; readonly value: string | null }

/**
 * Judges rows before they are written, by the active rules of their dataset that can be judged of a row; `skipped` has the keys of the
 * others, which are judged by a run. Patterns are PostgreSQL's and are matched there; a reference is looked up in the database and in
 * `known`; of keys that must be unique only those within these rows are seen. Reads only; a page of 1,000 rows is one query a rule.
 */
export async function checkRows(
  context: Context,
  { dataset, rows, known }: { dataset: DatasetName; rows: readonly CandidateRow[]; known?: KnownValues },
): Promise<{ faults: RowFault[]; skipped: string[] }> {
  const rules = (await readRules(context, null)).filter((rule) => rule.dataset === dataset)
  const faults: RowFault[] = []
  const skipped: string[] = []
  for (const rule of rules) {
    const { config } = rule
    if (config.kind === 'custom_sql' || config.kind === 'freshness' || config.kind === 'row_count_change') {
      skipped.push(rule.rule_key)
      continue
    }
    const asked = rows.filter((row) => isAsked(row, { config, dataset: datasetOf(dataset), now: context.now }))
    const found = await findFaults(context, { config, asked, dataset: datasetOf(dataset), known })
    faults.push(...found.map((one) => faultOf(rule, one)))
  }
  return { faults, skipped }
}

function findFaults(context: Context, { config, asked, dataset, known }: Asked): Found[] | Promise<Found[]> {
  switch (config.kind) {
    case 'not_null':
      return asked
        .filter((row) => isGiven(row, config.column) && givenValue(row, config.column) === null)
        .map((row) => foundIn(row, config.column))
    case 'range':
      return outOfRange(config, { asked, kind: dataset.columns[config.column]?.kind ?? 'text' })
    case 'unique':
      return doubled(config, asked)
    case 'pattern':
      return unlike(context, config, asked)
    case 'reference':
      return unknown(context, { config, asked, known })
  }
}

interface Asked {
  readonly config: Judged
  readonly asked: readonly CandidateRow[]
  readonly dataset: Dataset
  readonly known: KnownValues | undefined
}

function isAsked(
  row: CandidateRow,
  { config, dataset, now }: { config: Judged; dataset: Dataset; now: Date },
): boolean {
  const { when, within_days } = config
  const isTrue = when.every(({ column, is, value = '' }) => {
    if (!isGiven(row, column)) return false
    const own = givenValue(row, column)
    if (is === 'empty') return own === null
    if (is === 'not_equal' && own === null) return true
    if (own === null) return false
    if (is === 'filled') return true
    const order = compare(own, value, dataset.columns[column]?.kind ?? 'text')
    if (order === undefined) return false
    return { equal: order === 0, not_equal: order !== 0, above: order > 0, below: order < 0 }[is]
  })
  if (!isTrue || within_days === undefined || dataset.time === null) return isTrue
  const at = givenValue(row, dataset.time)
  return at === null || new Date(at) >= later(now, -within_days * 86_400_000)
}

function outOfRange(
  config: Extract<Judged, { kind: 'range' }>,
  { asked, kind }: { asked: readonly CandidateRow[]; kind: ColumnKind },
): Found[] {
  return filled(asked, config.column).filter(({ value }) =>
    boundsOf(config).some(([name, bound]) => {
      const order = compare(value, bound, kind)
      if (order === undefined) return true
      return !{ at_least: order >= 0, above: order > 0, at_most: order <= 0, below: order < 0 }[name]
    }),
  )
}

function doubled(
  { columns, ignores_case }: Extract<Judged, { kind: 'unique' }>,
  asked: readonly CandidateRow[],
): Found[] {
  const keyed = asked.flatMap((row) => {
    const values = columns.map((column) => givenValue(row, column))
    if (values.includes(null)) return []
    const text = JSON.stringify(values)
    return [
      { row, column: columns.join(', '), value: values.join(' '), same: ignores_case ? text.toLowerCase() : text },
    ]
  })
  const times = Map.groupBy(keyed, ({ same }) => same)
  return keyed.filter(({ same }) => (times.get(same)?.length ?? 0) > 1)
}

async function unlike(context: Context, config: Extract<Judged, { kind: 'pattern' }>, asked: readonly CandidateRow[]) {
  const given = filled(asked, config.column)
  const wrong = await unlikePattern(context, config, [...new Set(given.map(({ value }) => value))])
  return given.filter(({ value }) => wrong.has(value))
}

async function unknown(
  context: Context,
  {
    config,
    asked,
    known,
  }: { config: Extract<Judged, { kind: 'reference' }>; asked: readonly CandidateRow[]; known: KnownValues | undefined },
) {
  const set = known?.(config.of.dataset, config.of.column)
  const given = filled(asked, config.column).filter(({ value }) => !set?.has(value))
  const missing = await missingValues(context, config.of, [...new Set(given.map(({ value }) => value))])
  return given.filter(({ value }) => missing.has(value))
}

/** Below zero, zero or above as the first comes before the second; undefined where one of them is no such value. */
function compare(one: string, other: string, kind: ColumnKind): number | undefined {
  if (kind === 'number') {
    if (!decimal.test(one) || !decimal.test(other)) return undefined
    return money(one).comparedTo(money(other))
  }
  if (kind === 'time') {
    const apart = new Date(one).getTime() - new Date(other).getTime()
    return Number.isNaN(apart) ? undefined : apart
  }
  if (one === other) return 0
  return one < other ? -1 : 1
}

const decimal = /^-?\d+(\.\d+)?$/

function filled(rows: readonly CandidateRow[], column: string) {
  return rows.flatMap((row) => {
    const value = givenValue(row, column)
    return value === null ? [] : [{ row, column, value }]
  })
}

function isGiven({ values }: CandidateRow, column: string): boolean {
  return Object.hasOwn(values, column)
}

function givenValue({ values }: CandidateRow, column: string): string | null {
  return (Object.hasOwn(values, column) ? values[column] : null) || null
}

function foundIn(row: CandidateRow, column: string): Found {
  return { row, column, value: null }
}

function faultOf({ id, rule_key, severity, config }: Rule, { row, column, value }: Found): RowFault {
  return { key: row.key, rule_id: id, rule_key, severity, column, value, message: describeFault(config) }
}
