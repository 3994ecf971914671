import { sql } from 'kysely'
import type { TenderKind } from '../payments/index.ts'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { actions, reconciliations, statuses } from './contract.ts'
import type { movementKinds } from './movement-contract.ts'

export interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const sessionColumns = [
  'id',
  'number',
  'register_id',
  'branch_id',
  'entity_id',
  'currency',
  sql<(typeof statuses)[number]>`status`.as('status'),
  sql<(typeof reconciliations)[number] | null>`reconciliation`.as('reconciliation'),
  'float_amount',
  'is_blind',
  'variance_threshold',
  'pay_out_limit',
  'late_of',
  'offline_transaction_count',
  'opened_by',
  'opened_at',
  'closed_by',
  'closed_at',
  'version',
  'created_at',
  'updated_at',
] as const

export type SessionRow = NonNullable<Awaited<ReturnType<typeof findSession>>>

export interface SessionFilter
  extends Partial<Record<'branch_id' | 'register_id' | 'status' | 'reconciliation' | 'late_of', string | undefined>> {
  /** From the first, and until before the last, in a time zone. */
  readonly days: { readonly from: string | null; readonly until: string | null; readonly timeZone: string }
  readonly limit: number
}

const equals = ['branch_id', 'register_id', 'status', 'reconciliation', 'late_of'] as const

/** A page of the sessions of branches that the caller works with, the newest first, and one row more when there is a next page. */
export function listSessions(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: SessionFilter,
  after: string | undefined,
) {
  const { days } = filter
  const midnight = (day: string | null) => sql<Date>`(${day}::date::timestamp AT TIME ZONE ${days.timeZone})`
  let query = db
    .selectFrom('cash.session')
    .select(sessionColumns)
    .where('tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) => qb.where('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(days.from !== null, (qb) => qb.where('opened_at', '>=', midnight(days.from)))
    .$if(days.until !== null, (qb) => qb.where('opened_at', '<', midnight(days.until)))
    .$if(after !== undefined, (qb) => qb.where('number', '<', after ?? ''))
  for (const name of equals) {
    const value = filter[name]
    if (value !== undefined) query = query.where(name, '=', value)
  }
  return query
    .orderBy('number', 'desc')
    .limit(filter.limit + 1)
    .execute()
}

/** What tells these sessions apart, of those in branches that the caller works with. */
export function lookUpSessions(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  ids: readonly string[],
) {
  return db
    .selectFrom('cash.session')
    .select(['id', 'number', 'register_id', 'branch_id', sessionColumns[6], 'opened_by', 'opened_at', 'closed_at'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .$if(scope !== null, (qb) => qb.where('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .orderBy('id')
    .execute()
}

/** One session, wherever the caller works. */
export function findSession({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('cash.session')
    .select(sessionColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Whether a session is open on a register. */
export async function isInSession({ db, tenantId }: Scope, registerId: string): Promise<boolean> {
  const found = await db
    .selectFrom('cash.session')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('status', '=', 'open')
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** What was done with a session, in order. */
export function stepsOf({ db, tenantId }: Scope, sessionId: string) {
  return db
    .selectFrom('cash.step')
    .select([
      'number',
      sql<(typeof actions)[number]>`action`.as('action'),
      'reason',
      'amount_impact',
      sql<Record<string, unknown>>`detail`.as('detail'),
      'journal_id',
      'actor_id',
      'recorded_at',
    ])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .orderBy('number')
    .execute()
}

/** When sessions stopped to sell, of those that did. */
export async function endsOfSessions({ db, tenantId }: Scope, ids: readonly string[]): Promise<Map<string, Date>> {
  const rows = await db
    .selectFrom('cash.step')
    .select(['session_id', 'recorded_at'])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('action', '=', 'close')
    .execute()
  return new Map(rows.map(({ session_id, recorded_at }) => [session_id, recorded_at]))
}

/** The counts of a session, in order. */
export function countsOf({ db, tenantId }: Scope, sessionId: string) {
  return db
    .selectFrom('cash.count')
    .select(['id', 'number', 'notes', 'actor_id', 'recorded_at'])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .orderBy('number')
    .execute()
}

export interface Denomination {
  readonly value: string
  readonly quantity: number
}

/** What was counted in the counts given. */
export function countLinesOf({ db, tenantId }: Scope, countIds: readonly string[]) {
  return db
    .selectFrom('cash.count_line')
    .select([
      'count_id',
      sql<TenderKind>`tender_kind`.as('tender_kind'),
      'expected',
      'counted',
      sql<Denomination[]>`denominations`.as('denominations'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('count_id', '=', sql<string>`any(${countIds}::uuid[])`)
    .orderBy('tender_kind')
    .execute()
}

const movementColumns = [
  'id',
  'session_id',
  sql<(typeof movementKinds)[number]>`kind`.as('kind'),
  'amount',
  'against',
  'reason',
  'actor_id',
  'recorded_at',
] as const

/** A page of the movements of a session by id, and one row more when there is a next page. */
export function listMovements(
  { db, tenantId }: Scope,
  { id, limit }: { id: string; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('cash.movement')
    .select(movementColumns)
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', id)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** What somebody has paid out of a session, but into the safe. */
export async function paidOutBy({ db, tenantId }: Scope, sessionId: string, actorId: string): Promise<string> {
  const { sum } = await db
    .selectFrom('cash.movement')
    .select(sql<string>`coalesce(sum(amount), 0)`.as('sum'))
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .where('actor_id', '=', actorId)
    .where('kind', '=', 'pay_out')
    .where('against', '<>', 'safe')
    .executeTakeFirstOrThrow()
  return sum
}

/** One movement. */
export function findMovement({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('cash.movement')
    .select(movementColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}
