import { sql } from 'kysely'
import type { Scope } from './queries.ts'

/** The numbers of a register between two that slips took, whether they are booked or set aside. */
export async function numbersTaken(
  { db, tenantId }: Scope,
  { registerId, first, last }: { registerId: string; first: number; last: number },
): Promise<number[]> {
  const rows = await db
    .selectFrom('sync.slip')
    .select(sql<number>`number::float8`.as('number'))
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('number', '>=', String(first))
    .where('number', '<=', String(last))
    .execute()
  return rows.map(({ number }) => number)
}

/** What a device said last at the end of a session: up to where it had sealed. */
export function findStatement({ db, tenantId }: Scope, sessionId: string, deviceId: string) {
  return db
    .selectFrom('sync.statement')
    .select([
      sql<number>`last_sequence::float8`.as('last_sequence'),
      sql<string>`encode(head_hash, 'hex')`.as('head_hash'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .where('device_id', '=', deviceId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The devices that sent slips of a session, and the last number that each printed on one. */
export function sendersOf({ db, tenantId }: Scope, sessionId: string) {
  return db
    .selectFrom('sync.slip')
    .select(['device_id', sql<number>`max(sequence)::float8`.as('last_sequence')])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .groupBy('device_id')
    .execute()
}

/** Whether a slip with this hash is part of the chain of a device at a register. */
export async function isSlipHere(
  { db, tenantId }: Scope,
  { deviceId, registerId, hash }: { deviceId: string; registerId: string; hash: string },
): Promise<boolean> {
  const found = await db
    .selectFrom('sync.slip')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('device_id', '=', deviceId)
    .where('register_id', '=', registerId)
    .where('hash', '=', Buffer.from(hash, 'hex'))
    .where(sql<boolean>`fault IS DISTINCT FROM 'sequence_taken'`)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** When a session ended; null while it is open. */
export async function endOf({ db, tenantId }: Scope, sessionId: string): Promise<Date | null> {
  const found = await db
    .selectFrom('cash.step')
    .select('recorded_at')
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .where('action', '=', 'close')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.recorded_at ?? null
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
        eb.and([eb('s.session_id', 'is', null), eb('s.recorded_at', '>=', since)]),
      ]),
    )
    .orderBy('s.sequence')
    .limit(200)
    .execute()
}
