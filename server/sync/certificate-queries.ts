import { sql } from 'kysely'
import type { Scope } from './queries.ts'

/** How many receipts of a session are here, from which to which number, and how many of them were sealed offline. */
export async function readReceipts({ db, tenantId }: Scope, sessionId: string) {
  return db
    .selectFrom('sync.slip as s')
    .select([
      sql<number>`count(*)::integer`.as('count'),
      sql<number>`count(*)::integer`.as('offline'),
      sql<number | null>`min(s.sequence)::float8`.as('first'),
      sql<number | null>`max(s.sequence)::float8`.as('last'),
    ])
    .where('s.tenant_id', '=', tenantId)
    .where('s.session_id', '=', sessionId)
    .where('s.sale_id', 'is not', null)
    .executeTakeFirstOrThrow()
}

/** The numbers of a register between two that neither a receipt nor a slip that was set aside has. */
export async function gapsBetween(
  { db, tenantId }: Scope,
  { registerId, first, last }: { registerId: string; first: number; last: number },
) {
  const { rows } = await sql<{ first: number; last: number }>`
    WITH here AS (
      SELECT s.sequence FROM sync.slip s
      WHERE s.tenant_id = ${tenantId} AND s.register_id = ${registerId} AND s.sequence BETWEEN ${first} AND ${last}
    ), step AS (SELECT sequence, lead(sequence) OVER (ORDER BY sequence) AS next FROM here)
    SELECT (sequence + 1)::float8 AS first, (next - 1)::float8 AS last FROM step WHERE next > sequence + 1 ORDER BY 1`.execute(
    db,
  )
  return rows
}

/** Up to where each device said at the end of a session that it had sealed. */
export function statementsOf({ db, tenantId }: Scope, sessionId: string) {
  return db
    .selectFrom('sync.statement')
    .select(['device_id', sql<number>`max(last_sequence)::float8`.as('last_sequence')])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .groupBy('device_id')
    .execute()
}

/** The last number of a register. */
export async function lastSequenceOf({ db, tenantId }: Scope, registerId: string): Promise<number> {
  const found = await db
    .selectFrom('registers.register')
    .select(sql<number>`last_sequence::float8`.as('last_sequence'))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', registerId)
    .executeTakeFirst()
  return found?.last_sequence ?? 0
}

/**
 * The slips set aside that nobody has settled and that say they are of a session, or say nothing that can be read and came
 * while it was at work.
 */
export function unsettledOf(
  { db, tenantId }: Scope,
  { sessionId, registerId, since }: { sessionId: string; registerId: string; since: Date },
) {
  return db
    .selectFrom('sync.slip as s')
    .leftJoin('sync.resolution as o', (join) =>
      join.onRef('o.tenant_id', '=', 's.tenant_id').onRef('o.slip_id', '=', 's.id'),
    )
    .select(['s.id', sql<number>`s.sequence::float8`.as('sequence'), sql<string>`s.fault`.as('code')])
    .where('s.tenant_id', '=', tenantId)
    .where('s.register_id', '=', registerId)
    .where('s.fault', 'is not', null)
    .where('o.id', 'is', null)
    .where((eb) =>
      eb.or([
        eb('s.session_id', '=', sessionId),
        eb.and([eb('s.session_id', 'is', null), eb('s.received_at', '>=', since)]),
      ]),
    )
    .orderBy('s.sequence')
    .limit(200)
    .execute()
}
