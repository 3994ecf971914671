import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Column, Table } from './catalogue.ts'

/** A row as text by column, as PostgreSQL would print it; null stays null. */
export type Row = Record<string, string | null>

export interface RowMaker {
  /** Gives the tenant at least one row in every table that has none of it, and shared facts one, in the order the foreign keys ask for. */
  fillAll(tenantId: string): Promise<void>
  /** Some row that the tenant has in a table; made when there is none. */
  someRow(table: Table, tenantId: string): Promise<Row>
  /** Some row that the tenant has in a table and that its checks would let point elsewhere: with `key` in place of its own values. */
  rowToPoint(table: Table, tenantId: string, key: Row): Promise<Row>
  /** The values of a row that could be added for the tenant, all keys new; it is not added. `filled` are not left empty. */
  newRow(table: Table, tenantId: string, filled?: readonly string[]): Promise<Row>
}

/**
 * Makes rows for any table out of the catalogue: types say what a value looks like, foreign keys whose rows it points
 * at, and values that CHECK constraints and partition bounds allow are searched among candidates. It fails with a
 * sentence that says what to add here for a type or a check it does not know. `superuser` is a superuser's session.
 */
export function createRowMaker(superuser: pg.Client, tables: readonly Table[]): RowMaker {
  const byName = new Map(tables.map((table) => [table.name, table]))
  const inTheMaking = new Set<string>()
  return { fillAll, someRow, rowToPoint, newRow }

  async function fillAll(tenantId: string): Promise<void> {
    for (const table of tables)
      if (table.class === 'tenant' || (table.class === 'shared' && table.appendOnly)) await someRow(table, tenantId)
  }

  async function someRow(table: Table, tenantId: string, at = 0): Promise<Row> {
    const own = table.class === 'tenant' ? `WHERE tenant_id = ${literal(tenantId)}` : ''
    const found = await superuser.query(
      `SELECT ${asText(table.columns)} FROM ${table.name} ${own} LIMIT 1 OFFSET ${at}`,
    )
    if (found.rows[0]) return found.rows[0]
    const row = await newRow(table, tenantId)
    try {
      return (await superuser.query(`${insertion(table, row)} RETURNING ${asText(table.columns)}`)).rows[0]
    } catch (cause) {
      throw new Error(`tests/harness/rows.ts cannot make a row of ${table.name}: ${(cause as Error).message}`, {
        cause,
      })
    }
  }

  async function rowToPoint(table: Table, tenantId: string, key: Row): Promise<Row> {
    const pointed = table.columns.map(({ name, type }) =>
      name in key ? `${literal(key[name] ?? null)}::${type} AS "${name}"` : `"${name}"`,
    )
    const isOfTenant = `tenant_id = ${literal(tenantId)}`
    const pointedRows = `SELECT ${pointed.join(', ')} FROM ${table.name} WHERE ${isOfTenant}`
    const keys = table.primaryKey.map((name) => `"${name}"`).join(', ')
    const passing = `SELECT ${keys} FROM (${pointedRows}) p WHERE ${['true', ...passedChecks(table)].join(' AND ')}`
    const { rows } = await superuser.query(
      `SELECT ${asText(table.columns)} FROM ${table.name} WHERE ${isOfTenant} AND (${keys}) IN (${passing}) LIMIT 1`,
    )
    return rows[0] ?? someRow(table, tenantId)
  }

  async function newRow(table: Table, tenantId: string, filled: readonly string[] = []): Promise<Row> {
    inTheMaking.add(table.name)
    const given = await keysOf(table, tenantId)
    inTheMaking.delete(table.name)
    const conditional = [...table.checks, ...table.partialKeys.map(({ predicate }) => predicate)]
    const isChecked = (name: string) => conditional.some((check) => mentions(check, name))
    const needed = table.columns.filter(
      ({ name, made, notNull, default: value }) =>
        name in given || (!made && ((notNull && value === null) || isChecked(name))),
    )
    const isOptional = ({ name, notNull }: Column) => !notNull && !filled.includes(name)
    const sources = needed.map((column, at) => {
      const { [column.name]: key } = given
      // Of several keys, a check may want the others empty.
      const all =
        key === undefined ? candidatesOf(table, column) : [literal(key), ...(isOptional(column) ? ['NULL'] : [])]
      const values = isChecked(column.name) ? all : all.slice(0, 1)
      return `(VALUES ${values.map((value) => `((${value})::${column.type})`).join(', ')}) AS c${at} ("${column.name}")`
    })
    const hasChoice = (name: string) => isChecked(name) && !(name in given)
    const conditions = [
      'true',
      ...passedChecks(table),
      ...newKeys(table, needed, hasChoice),
      ...newPartialKeys(table, needed),
    ].join(' AND ')
    const { rows } = await superuser.query(
      `SELECT ${asText(needed)} FROM ${sources.join(' CROSS JOIN ')} WHERE ${conditions} LIMIT 1`,
    )
    if (!rows[0]) throw new Error(`tests/harness/rows.ts has no values for ${table.name} that satisfy ${conditions}`)
    return rows[0]
  }

  /** The tenant, and what the foreign keys point at; a row of its own kind, or of a circle, is left out. */
  async function keysOf(table: Table, tenantId: string): Promise<Row> {
    const given: Row = table.class === 'tenant' ? { tenant_id: tenantId } : {}
    const times = new Map<string, number>()
    for (const { columns, target, targetColumns } of table.references) {
      const targetTable = byName.get(target)
      if (!targetTable || inTheMaking.has(target)) continue
      // Two columns that name a thing of reference data name two of them, and so do those that a check keeps apart.
      const isApart = table.checks.some((check) => columns.some((one) => one !== 'tenant_id' && mentions(check, one)))
      const at = targetTable.class === 'shared' || isApart ? (times.get(target) ?? 0) : 0
      times.set(target, at + 1)
      const row = await someRow(targetTable, tenantId, at)
      for (const [at, column] of columns.entries()) given[column] ??= row[targetColumns[at] ?? ''] ?? null
    }
    return given
  }
}

/** That all checks are passed: as PostgreSQL sees it, one that comes to NULL is. */
function passedChecks({ checks }: Table): string[] {
  return checks.map((check) => `(${check}) IS NOT FALSE`)
}

/** That no row has a key of the new one, where one of its columns has a choice of values. */
function newKeys(table: Table, columns: readonly Column[], hasChoice: (name: string) => boolean): string[] {
  const sourceOf = (name: string) => columns.findIndex((column) => column.name === name)
  const whole = table.keys.filter((key) => key.every((name) => sourceOf(name) >= 0) && key.some(hasChoice))
  return whole.map((key) => {
    const same = key.map((name) => `k."${name}" = c${sourceOf(name)}."${name}"`)
    return `NOT EXISTS (SELECT FROM ${table.name} k WHERE ${same.join(' AND ')})`
  })
}

/** That no row has a partial key of the new one. */
function newPartialKeys(table: Table, columns: readonly Column[]): string[] {
  const sourceOf = (name: string) => columns.findIndex((column) => column.name === name)
  const whole = table.partialKeys.filter((key) => key.columns.every((name) => sourceOf(name) >= 0))
  return whole.map(({ columns: key, predicate }) => {
    const same = key.map((name) => `k."${name}" = c${sourceOf(name)}."${name}"`)
    const taken = `SELECT FROM ${table.name} k WHERE ${[...same, predicate].join(' AND ')}`
    return `((${predicate}) IS NOT TRUE OR NOT EXISTS (${taken}))`
  })
}

/** The statement that adds a row; columns that the database makes itself are left to it. */
export function insertion(table: Table, row: Row): string {
  const columns = table.columns.filter(({ name, made }) => !made && name in row)
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const values = columns.map(({ name, type }) => `${literal(row[name] ?? null)}::${type}`).join(', ')
  return `INSERT INTO ${table.name} (${names}) VALUES (${values})`
}

/** A value as SQL text. */
export function literal(value: string | null): string {
  return value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`
}

let made = 0

/** SQL expressions, in the order they are tried. */
function candidatesOf(table: Table, column: Column): string[] {
  const usual = [...(column.default === null ? [] : [column.default]), ...(column.notNull ? [] : ['NULL'])]
  const mentioned = table.checks
    .filter((check) => mentions(check, column.name))
    .flatMap((check) => [...check.matchAll(/('(?:[^']|'')*')::(\w+)/g)])
    .filter(([, , cast = '']) => column.type.startsWith(cast) && !column.type.endsWith('[]'))
    .map(([, value = '']) => value)
  return [...usual, ...valuesOf(table, column), ...mentioned]
}

function valuesOf(table: Table, { name, type, labels }: Column): string[] {
  if (labels.length > 0) return labels.map((label) => literal(label))
  if (type.endsWith('[]')) return ["'{}'", "'{1}'", "'{FR}'"]
  // No type and no check says it: only the names that PostgreSQL knows are days told in.
  if (name === 'time_zone') return ["'Europe/Paris'"]
  const values = valuesByType[type.replace(/\(.*?\)/, '')]
  if (!values) throw new Error(`tests/harness/rows.ts needs values of type ${type}, for ${table.name}.${name}`)
  return values(++made).filter((value) => fits(type, value))
}

/** Whether a number has no more digits before the point than its type, as numeric(5,2), takes. */
function fits(type: string, value: string): boolean {
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(type) ?? []
  return precision === undefined || value.replace('-', '').length <= Number(precision) - Number(scale)
}

const numbers = (count: number) => [String(count), '1', '0', '-1', '100']
const times = () => ['transaction_timestamp()', "transaction_timestamp() + interval '1 day'"]
const json = () => [`'{}'`, `'[]'`]
const texts = (count: number) => [
  `'row ${count}'`,
  "'A'",
  "'EUR'",
  "'FR'",
  "'a'",
  `'row_${count}'`,
  "'1'",
  `'row-${count}@example.org'`,
  `encode(sha256('${randomUUID()}'), 'hex')`,
]

// In the order they are tried: what is new in every row comes first.
const valuesByType: Readonly<Record<string, (count: number) => string[]>> = {
  uuid: () => [`'${randomUUID()}'`],
  text: texts,
  'character varying': texts,
  smallint: numbers,
  integer: numbers,
  bigint: numbers,
  numeric: numbers,
  boolean: () => ['false', 'true'],
  bytea: () => [`sha256('${randomUUID()}')`, "'\\x'", "'\\x00'"],
  json,
  jsonb: json,
  date: times,
  'timestamp with time zone': times,
  interval: () => ["interval '1 hour'"],
  inet: () => ["'192.0.2.1'"],
  tstzrange: () => ['tstzrange(transaction_timestamp(), NULL)', "tstzrange('2026-01-01', '2026-02-01')"],
  daterange: (count) => [
    `daterange(current_date + ${count}, current_date + ${count + 1})`,
    'daterange(current_date, NULL)',
    "daterange('2026-01-01', '2026-02-01')",
  ],
  numrange: () => ['numrange(0, 1)'],
  int4range: () => ['int4range(0, 1)'],
}

function mentions(check: string, column: string): boolean {
  return new RegExp(`\\b${column}\\b`).test(check)
}

function asText(columns: readonly Column[]): string {
  return columns.map(({ name }) => `"${name}"::text`).join(', ')
}
