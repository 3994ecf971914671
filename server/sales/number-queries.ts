import { sql } from 'kysely'
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
