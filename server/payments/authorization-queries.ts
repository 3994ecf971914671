import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

export type AuthorizationStatus = 'asked' | 'unknown' | 'approved' | 'declined' | 'reversing' | 'reversed'

const columns = [
  'a.id',
  sql<'charge' | 'refund'>`a.kind`.as('kind'),
  'a.tender_id',
  'a.branch_id',
  'a.provider',
  'a.amount',
  'a.currency',
  'a.refunds_id',
  'a.origin_id',
  sql<AuthorizationStatus>`a.status`.as('status'),
  'a.provider_reference',
  'a.reason',
  'a.actor_id',
  'a.version',
  'a.created_at',
  'a.updated_at',
] as const

/** Authorizations of one tenant, with the payment each stands for. */
function authorizations({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>) {
  return db
    .selectFrom('payments.authorization as a')
    .select(columns)
    .select((eb) =>
      eb
        .selectFrom('payments.payment as p')
        .select('p.id')
        .where('p.tenant_id', '=', tenantId)
        .whereRef('p.authorization_id', '=', 'a.id')
        .as('payment_id'),
    )
    .where('a.tenant_id', '=', tenantId)
}

/** One authorization. */
export function findAuthorization(scope: Pick<Scope, 'db' | 'tenantId'>, id: string) {
  return authorizations(scope).where('a.id', '=', id).executeTakeFirst()
}

/** A page of authorizations, the newest first, and one row more when there is a next page; of these branches only, unless null. */
export function listAuthorizations(
  scope: Pick<Scope, 'db' | 'tenantId'>,
  { branch_id, status, is_used, limit }: AuthorizationFilter,
  { branchIds, after }: { branchIds: readonly string[] | null; after: readonly [string, string] | undefined },
) {
  const { tenantId } = scope
  const used = sql<boolean>`EXISTS (SELECT FROM payments.payment p WHERE p.tenant_id = ${tenantId} AND p.authorization_id = a.id)`
  return authorizations(scope)
    .select(sql<string>`(a.created_at AT TIME ZONE 'UTC')::text`.as('created_key'))
    .$if(branchIds !== null, (qb) => qb.where('a.branch_id', '=', sql<string>`any(${branchIds}::uuid[])`))
    .$if(branch_id !== undefined, (qb) => qb.where('a.branch_id', '=', branch_id ?? ''))
    .$if(status !== undefined, (qb) => qb.where('a.status', '=', status ?? ''))
    .$if(is_used !== undefined, (qb) => qb.where(is_used ? used : sql<boolean>`NOT ${used}`))
    .$if(after !== undefined, (qb) =>
      qb.where(sql<boolean>`(a.created_at, a.id) < (${after?.[0]}::timestamp AT TIME ZONE 'UTC', ${after?.[1]}::uuid)`),
    )
    .orderBy('a.created_at', 'desc')
    .orderBy('a.id', 'desc')
    .limit(limit + 1)
    .execute()
}

export interface AuthorizationFilter {
  readonly branch_id?: string | undefined
  readonly status?: AuthorizationStatus | undefined
  readonly is_used?: boolean | undefined
  readonly limit: number
}

/** What was asked of the provider and what it said, in order. */
export function listEvents({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>, authorizationId: string) {
  return db
    .selectFrom('payments.authorization_event')
    .select(['number', 'outcome', 'source', 'provider_reference', 'reason', 'actor_id', 'recorded_at'])
    .where('tenant_id', '=', tenantId)
    .where('authorization_id', '=', authorizationId)
    .orderBy('number')
    .execute()
}

export interface NewAuthorization {
  readonly id: string
  readonly kind: 'charge' | 'refund'
  readonly tender_id: string
  readonly branch_id: string
  readonly amount: string
  readonly currency: string
  /** Of a refund: the charge, and the sale that was paid with it. */
  readonly refunds_id: string | null
  readonly sale_id: string | null
  readonly actor_id: string | null
  /** The credential: a key or a person. */
  readonly asked_by: string
}

/**
 * Asks for authorizations; answers for each, in order, with the code of what is wrong, `asked_before` where the same
 * credential asked for the same.
 */
export async function askFor(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  asked: readonly NewAuthorization[],
): Promise<{ code: string | null }[]> {
  const { rows } = await client.query({
    name: 'payments-ask',
    text: 'SELECT code FROM payments.ask($1, $2)',
    values: [tenantId, JSON.stringify(asked)],
  })
  return rows
}

export interface NewOutcome {
  readonly authorization_id: string
  readonly outcome: Exclude<AuthorizationStatus, 'asked'>
  readonly source: 'request' | 'answer' | 'lookup' | 'callback'
  readonly provider_reference?: string | null
  readonly reason?: string | null
  readonly actor_id?: string | null
}

export interface RecordedOutcome {
  readonly code:
    | 'authorization_not_found'
    | 'authorization_used'
    | 'authorization_not_approved'
    | 'outcome_contradicts'
    | null
  readonly status: AuthorizationStatus | null
  readonly has_changed: boolean
}

/** Records what became of an authorization. */
export async function recordOutcome(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  outcome: NewOutcome,
): Promise<RecordedOutcome> {
  const { rows } = await client.query<RecordedOutcome>({
    name: 'payments-record-outcomes',
    text: 'SELECT code, status, has_changed FROM payments.record_outcomes($1, $2)',
    values: [tenantId, JSON.stringify([outcome])],
  })
  const [recorded] = rows
  if (!recorded) throw new Error('payments.record_outcomes did not answer')
  return recorded
}
