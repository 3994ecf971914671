import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

/** The receipts of a register with these numbers. */
export function receiptsNumbered({ db, tenantId }: Scope, registerId: string, sequences: readonly number[]) {
  return db
    .selectFrom('sales.sale')
    .select(['id', 'session_id', 'is_offline', sql<number>`sequence::float8`.as('sequence')])
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('sequence', '=', sql<string>`any(${sequences.map(String)}::bigint[])`)
    .execute()
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
