import { sql } from 'kysely'
import type { SalesReport } from '../cash/index.ts'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { SaleFilter } from './read-queries.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

export interface VoidedLine {
  readonly variant_id?: string | null
  readonly name: string
  readonly quantity: string
  readonly total: string
}

const equals = ['branch_id', 'register_id', 'session_id', 'employee_id'] as const

function voids({ db, tenantId }: Scope) {
  return db
    .selectFrom('sales.void as v')
    .innerJoin('reference.currency as c', 'c.code', 'v.currency')
    .select([
      'v.id',
      'v.register_id',
      'v.session_id',
      'v.branch_id',
      'v.employee_id',
      'v.reason',
      'v.currency',
      'c.minor_unit',
      'v.total',
      'v.recorded_at',
    ])
    .where('v.tenant_id', '=', tenantId)
}

/** Baskets that were given up at branches that the caller works with, the latest first, and one more when there is a next page. */
export function listVoids(
  { caller: { scope }, ...context }: Scope & { caller: Pick<Caller, 'scope'> },
  { days, ...filter }: Pick<SaleFilter, 'days' | (typeof equals)[number]>,
  { limit, after }: { limit: number; after: readonly unknown[] | undefined },
) {
  const midnight = (day: string | null) => sql<Date>`(${day}::date::timestamp AT TIME ZONE ${days.timeZone})`
  let query = voids(context)
    .select([
      sql<number>`jsonb_array_length(v.lines)`.as('line_count'),
      sql<string>`(v.recorded_at AT TIME ZONE 'UTC')::text`.as('recorded_key'),
    ])
    .$if(scope !== null, (qb) => qb.where('v.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(days.from !== null, (qb) => qb.where('v.recorded_at', '>=', midnight(days.from)))
    .$if(days.until !== null, (qb) => qb.where('v.recorded_at', '<', midnight(days.until)))
    .$if(after !== undefined, (qb) =>
      qb.where(
        sql<boolean>`(v.recorded_at, v.id) < (${after?.[0]}::timestamp AT TIME ZONE 'UTC', ${after?.[1]}::uuid)`,
      ),
    )
  for (const name of equals) {
    const value = filter[name]
    if (value !== undefined) query = query.where(`v.${name}`, '=', value)
  }
  return query
    .orderBy('v.recorded_at', 'desc')
    .orderBy('v.id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One basket that was given up, with what was in it. */
export function findVoid(scope: Scope, id: string) {
  return voids(scope).select(sql<VoidedLine[]>`v.lines`.as('lines')).where('v.id', '=', id).executeTakeFirst()
}

/** Records a basket that was given up. */
export async function recordVoid(
  { client, tenantId }: Pick<Transaction, 'client'> & Pick<Scope, 'tenantId'>,
  basket: unknown,
): Promise<void> {
  await client.query({
    name: 'sales-record-void',
    text: 'SELECT sales.record_void($1, $2)',
    values: [tenantId, JSON.stringify(basket)],
  })
}

/** Those of these sales that the server made itself at a register. */
export function salesMadeAt({ db, tenantId }: Scope, registerId: string, ids: readonly string[]) {
  return db
    .selectFrom('sales.sale')
    .select(['id', 'session_id', 'total'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('register_id', '=', registerId)
    .where('is_offline', '=', false)
    .execute()
}

interface GivenBy {
  readonly registerId: string
  readonly deviceId: string
}

/** Those of these numbers that a device gave away at a register while the server sold for it. */
export async function numbersGiven(
  { db, tenantId }: Scope,
  { registerId, deviceId }: GivenBy,
  sequences: readonly number[],
): Promise<number[]> {
  const rows = await db
    .selectFrom('sales.sale')
    .select(sql<number>`sequence::float8`.as('sequence'))
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('sequence', '=', sql<string>`any(${sequences.map(String)}::bigint[])`)
    .where('device_id', '=', deviceId)
    .where('is_offline', '=', false)
    .execute()
  return rows.map(({ sequence }) => sequence)
}

/** The last number that a device gave away at a register while the server sold for it, or the one it is looked for after. */
export async function lastNumberGiven(
  { db, tenantId }: Scope,
  { registerId, deviceId }: GivenBy,
  { after, sessionId }: { after: number; sessionId?: string },
): Promise<number> {
  const found = await db
    .selectFrom('sales.sale')
    .select(sql<number>`sequence::float8`.as('sequence'))
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('sequence', '>', String(after))
    .where('device_id', '=', deviceId)
    .where('is_offline', '=', false)
    .$if(sessionId !== undefined, (qb) => qb.where('session_id', '=', sessionId ?? ''))
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.sequence ?? after
}

/** How many receipts a session has, how many of them were paid offline, and the first and the last of their numbers. */
export function receiptsOfSession({ db, tenantId }: Scope, sessionId: string) {
  return db
    .selectFrom('sales.sale')
    .select([
      sql<number>`count(*)::integer`.as('count'),
      sql<number>`(count(*) FILTER (WHERE is_offline))::integer`.as('offline'),
      sql<number | null>`min(sequence)::float8`.as('first'),
      sql<number | null>`max(sequence)::float8`.as('last'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .executeTakeFirstOrThrow()
}

/** The numbers between two that no receipt of a register has, and that are not among `others`, as ranges. */
export async function numbersMissing(
  { db, tenantId }: Scope,
  { registerId, first, last, others }: { registerId: string; first: number; last: number; others: readonly number[] },
) {
  const { rows } = await sql<{ first: number; last: number }>`
    WITH here AS (
      SELECT s.sequence FROM sales.sale s
      WHERE s.tenant_id = ${tenantId} AND s.register_id = ${registerId} AND s.sequence BETWEEN ${first} AND ${last}
      UNION SELECT unnest(${others.map(String)}::bigint[])
    ), step AS (SELECT sequence, lead(sequence) OVER (ORDER BY sequence) AS next FROM here)
    SELECT (sequence + 1)::float8 AS first, (next - 1)::float8 AS last FROM step WHERE next > sequence + 1 ORDER BY 1`.execute(
    db,
  )
  return rows
}

/** What was sold in a session, what came back taken off: four statements, however many receipts there are. */
export async function salesOfSession({ db, tenantId }: Scope, sessionId: string): Promise<SalesReport> {
  const here = sql`s.tenant_id = ${tenantId} AND s.session_id = ${sessionId}`
  const { rows: sums } = await sql<Omit<SalesReport, 'taxes' | 'cashiers' | 'voids'>>`
    SELECT (count(*) FILTER (WHERE s.kind = 'sale'))::integer AS sales,
           (count(*) FILTER (WHERE s.kind = 'refund'))::integer AS refunds,
           (count(*) FILTER (WHERE s.kind = 'exchange'))::integer AS exchanges,
           (count(*) FILTER (WHERE s.is_offline))::integer AS offline,
           (SELECT s.number FROM sales.sale s WHERE ${here} ORDER BY s.sequence LIMIT 1) AS first_number,
           (SELECT s.number FROM sales.sale s WHERE ${here} ORDER BY s.sequence DESC LIMIT 1) AS last_number,
           ${sumOf('gross')}, ${sumOf('discount')}, ${sumOf('net')}, ${sumOf('tax')}, ${sumOf('total')}, ${sumOf('rounding')},
           trim_scale(coalesce(sum(s.total) FILTER (WHERE s.kind = 'refund'), 0)) AS refunded
    FROM sales.sale s WHERE ${here}`.execute(db)
  const { rows: taxes } = await sql<SalesReport['taxes'][number]>`
    SELECT t.name, trim_scale(t.rate) AS rate, trim_scale(sum(t.base)) AS base, trim_scale(sum(t.tax)) AS tax
    FROM sales.sale s CROSS JOIN LATERAL jsonb_to_recordset(s.taxes) AS t (name text, rate numeric, base numeric, tax numeric)
    WHERE ${here} GROUP BY t.name, trim_scale(t.rate) ORDER BY t.name, trim_scale(t.rate)`.execute(db)
  const { rows: cashiers } = await sql<SalesReport['cashiers'][number]>`
    SELECT s.employee_id, count(*)::integer AS receipts, trim_scale(sum(s.total)) AS total
    FROM sales.sale s WHERE ${here} GROUP BY s.employee_id ORDER BY s.employee_id`.execute(db)
  const { rows: voids } = await sql<SalesReport['voids']>`
    SELECT count(*)::integer AS baskets, ${sumOf('total')} FROM sales.void s WHERE ${here}`.execute(db)
  const [summed] = sums
  const [voided] = voids
  if (!summed || !voided) throw new Error('a session was not summed up')
  return { ...summed, taxes, cashiers, voids: voided }
}

function sumOf(column: 'gross' | 'discount' | 'net' | 'tax' | 'total' | 'rounding') {
  return sql`trim_scale(coalesce(sum(${sql.ref(`s.${column}`)}), 0)) AS ${sql.ref(column)}`
}
