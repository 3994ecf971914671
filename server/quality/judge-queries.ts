import type { Transaction } from '../platform/database.ts'
import type { RuleConfig } from './contract.ts'
import { type ColumnKind, type Dataset, datasetOf } from './datasets.ts'

type Reader = Pick<Transaction, 'client'> & { readonly tenantId: string }

/** A row that is not as a rule says. */
export interface FailingRow {
  readonly key: string
  readonly label: string | null
  readonly value: string | null
}

/** How many rows a rule was asked of, how many were wrong, and those, by their keys, as far as a limit goes. */
export interface JudgedRows {
  readonly checked: string
  readonly failed: string
  readonly rows: readonly FailingRow[]
}

type RowConfig = Extract<RuleConfig, { kind: 'not_null' | 'range' | 'unique' | 'reference' | 'pattern' }>
type When = Extract<RuleConfig, { kind: 'not_null' }>['when']

/** The type of a parameter that is held against a column of a kind. */
const parameterTypes: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  number: 'numeric',
  boolean: 'boolean',
  id: 'uuid',
  day: 'date',
  time: 'timestamptz',
}

const comparisons = { at_least: '>=', above: '>', at_most: '<=', below: '<' } as const

/** A statement in the making: what is bound becomes a parameter, names come from the list of datasets alone. */
interface Making {
  readonly dataset: Dataset
  readonly values: unknown[]
  readonly now: Date
}

/** Judges the rows of a dataset by a rule of a row. Reads `limit` failing rows at most. */
export async function judgeRows(
  { client, tenantId }: Reader,
  { dataset, config, now, limit }: { dataset: Dataset; config: RowConfig; now: Date; limit: number },
): Promise<JudgedRows> {
  const making = { dataset, values: [tenantId], now }
  const { value, fails, from, counts } = judgementOf(making, config)
  const conditions = ['d.tenant_id = $1', ...counts, ...conditionsOf(making, config.when, config.within_days)]
  const text = `
    WITH checked AS MATERIALIZED (
      SELECT d.key, d.label, (${value})::text AS value, ${fails} AS fails
      FROM ${dataset.view} d ${from}
      WHERE ${conditions.join(' AND ')}
    )
    SELECT NULL AS key, NULL AS label, NULL AS value, count(*) AS checked, count(*) FILTER (WHERE fails) AS failed FROM checked
    UNION ALL
    (SELECT key, label, left(value, 200), NULL, NULL FROM checked WHERE fails ORDER BY key LIMIT ${bind(making, limit)})`
  const { rows } = await client.query(text, making.values)
  const counted = rows.find((row) => row.key === null)
  return {
    checked: String(counted?.checked ?? 0),
    failed: String(counted?.failed ?? 0),
    rows: rows.filter((row) => row.key !== null) as FailingRow[],
  }
}

/** How many rows a dataset has of which all is true, and the newest time among them. */
export async function countRows(
  { client, tenantId }: Reader,
  { dataset, when, now }: { dataset: Dataset; when: When; now: Date },
): Promise<{ checked: string; newest: Date | null }> {
  const making = { dataset, values: [tenantId], now }
  const newest = dataset.time === null ? 'NULL::timestamptz' : `max(${columnOf(dataset, dataset.time)})`
  const { rows } = await client.query(
    `SELECT count(*)::text AS checked, ${newest} AS newest FROM ${dataset.view} d
     WHERE ${['d.tenant_id = $1', ...conditionsOf(making, when)].join(' AND ')}`,
    making.values,
  )
  return rows[0]
}

/** How many rows there were when a rule was last judged as it is now; undefined where it never was. */
export async function previousCount(
  { client, tenantId }: Reader,
  { id, version }: { id: string; version: number },
): Promise<string | undefined> {
  const { rows } = await client.query(
    `SELECT rows_checked::text AS checked FROM quality.result
     WHERE tenant_id = $1 AND rule_id = $2 AND rule_version = $3 AND status <> 'broken' ORDER BY judged_at DESC LIMIT 1`,
    [tenantId, id, version],
  )
  return rows[0]?.checked
}

/** Lets one rule fail without the others: what it set and ran into is taken back, and an error is answered. */
export async function apart<T>({ client }: Reader, work: () => Promise<T>): Promise<T | { readonly error: unknown }> {
  await client.query('SAVEPOINT rule_judged')
  try {
    return await work()
  } catch (error) {
    return { error }
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT rule_judged')
  }
}

/** When the transaction began, of which all that it reads is. */
export async function momentOf({ client }: Pick<Reader, 'client'>): Promise<Date> {
  const { rows } = await client.query('SELECT transaction_timestamp() AS moment')
  return rows[0]?.moment
}

/** Bounds every statement from here to the end of the transaction, and lets 100,000 rows be joined and sorted in memory. */
export async function boundStatements({ client }: Reader, timeoutMs: number): Promise<void> {
  await client.query(`SET LOCAL statement_timeout = ${Math.trunc(timeoutMs)}`)
  await client.query("SET LOCAL work_mem = '64MB'")
}

interface Judgement {
  readonly value: string
  readonly fails: string
  /** Joined to the dataset, which is `d`. */
  readonly from: string
  /** Which rows are asked at all: what is empty is for not_null to say. */
  readonly counts: readonly string[]
}

function judgementOf(making: Making, config: RowConfig): Judgement {
  const { dataset } = making
  const filled = (column: string) => `${column} IS NOT NULL`
  if (config.kind === 'not_null') {
    const column = columnOf(dataset, config.column)
    return { value: 'NULL', fails: `${column} IS NULL`, from: '', counts: [] }
  }
  if (config.kind === 'unique') {
    const columns = config.columns.map((one) => foldedOf(dataset, one, config.ignores_case))
    const value = `concat_ws(' ', ${config.columns.map((one) => columnOf(dataset, one)).join(', ')})`
    const fails = `count(*) OVER (PARTITION BY ${columns.join(', ')}) > 1`
    return { value, fails, from: '', counts: columns.map(filled) }
  }
  const column = columnOf(dataset, config.column)
  if (config.kind === 'pattern') {
    const operator = config.ignores_case ? '!~*' : '!~'
    return {
      value: column,
      fails: `${column} ${operator} ${bind(making, config.pattern)}::text`,
      from: '',
      counts: [filled(column)],
    }
  }
  if (config.kind === 'range') {
    const within = boundsOf(config).map(
      ([name, bound]) => `${column} ${comparisons[name]} ${bindAs(making, config.column, bound)}`,
    )
    return { value: column, fails: `NOT (${within.join(' AND ')})`, from: '', counts: [filled(column)] }
  }
  const other = datasetOf(config.of.dataset)
  const named = columnOf(other, config.of.column)
  const from = `LEFT JOIN (SELECT DISTINCT ${named}::text AS value FROM ${other.view} d WHERE d.tenant_id = $1) named ON named.value = ${column}::text`
  return { value: column, fails: 'named.value IS NULL', from, counts: [filled(column)] }
}

/** The bounds that a rule of a range has, by their names. */
export function boundsOf(config: Extract<RuleConfig, { kind: 'range' }>) {
  return (Object.keys(comparisons) as (keyof typeof comparisons)[]).flatMap((name) => {
    const bound = config[name]
    return bound === undefined ? [] : [[name, bound] as const]
  })
}

function conditionsOf(making: Making, when: When, within_days?: number | undefined): string[] {
  const { dataset, now } = making
  const conditions = when.map(({ column, is, value }) => {
    const name = columnOf(dataset, column)
    if (is === 'empty') return `${name} IS NULL`
    if (is === 'filled') return `${name} IS NOT NULL`
    const operator = { equal: '=', not_equal: 'IS DISTINCT FROM', above: '>', below: '<' }[is]
    return `${name} ${operator} ${bindAs(making, column, value ?? '')}`
  })
  if (within_days === undefined || dataset.time === null) return conditions
  const since = `${bind(making, now)}::timestamptz - make_interval(days => ${bind(making, within_days)}::integer)`
  return [...conditions, `${columnOf(dataset, dataset.time)} >= ${since}`]
}

function foldedOf(dataset: Dataset, column: string, ignoresCase: boolean): string {
  const isText = dataset.columns[column]?.kind === 'text'
  return ignoresCase && isText ? `lower(${columnOf(dataset, column)})` : columnOf(dataset, column)
}

/** Nothing but names of the list gets into a statement. */
function columnOf(dataset: Dataset, column: string): string {
  if (!Object.hasOwn(dataset.columns, column)) throw new Error(`${dataset.name} has no column ${column}`)
  return `d.${column}`
}

function bind({ values }: Making, value: unknown): string {
  values.push(value)
  return `$${values.length}`
}

function bindAs(making: Making, column: string, value: string): string {
  const kind = making.dataset.columns[column]?.kind ?? 'text'
  return `${bind(making, value)}::${parameterTypes[kind]}`
}
