import { sql } from 'kysely'
import type { Scope } from './queries.ts'

/** The numbers of a register between two that slips took which were set aside. */
export async function numbersSetAside(
  { db, tenantId }: Scope,
  { registerId, first, last }: { registerId: string; first: number; last: number },
): Promise<number[]> {
  const rows = await db
    .selectFrom('sync.slip')
    .select(sql<number>`sequence::float8`.as('sequence'))
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('fault', 'is not', null)
    .where('sequence', '>=', String(first))
    .where('sequence', '<=', String(last))
    .execute()
  return rows.map(({ sequence }) => sequence)
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
