import { sql } from 'kysely'
import type { SalesReport } from '../cash/index.ts'
import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
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
