import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { PaymentKind, ProviderName, TenderKind } from './contract.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** One payment on its way in. */
export interface NewPayment {
  readonly id: string
  readonly tender_id: string
  readonly kind: PaymentKind
  /** With the sign it has for the drawer. */
  readonly amount: string
  readonly reference?: string | null
  readonly authorization_id?: string | null
  /** Of a reversal: what it takes back. */
  readonly reverses_id?: string | null
}

/** What was paid for a document: recorded all or none. */
export interface PaidDocument {
  readonly document_type: string
  readonly document_id: string
  /** The sale that it all began with; the document itself unless given. */
  readonly origin_id?: string | null
  readonly branch_id: string
  readonly session_id: string | null
  readonly currency: string
  readonly actor_id: string | null
  /** When it happened; now unless given. */
  readonly made_at?: string | null
  /** It had happened already, as offline. */
  readonly is_late?: boolean
  readonly may_refund_otherwise?: boolean
  readonly payments: readonly NewPayment[]
}

/** What was wrong: a code, the payment it is about, from 1, and what is left to give back. */
export interface RecordedPayments {
  readonly code: string | null
  readonly line: number | null
  readonly available: string | null
}

/** Records what was paid for documents, each whole or not at all; answers for each, in order. */
export async function recordPayments(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  documents: readonly PaidDocument[],
): Promise<RecordedPayments[]> {
  const { rows } = await client.query({
    name: 'payments-record',
    text: 'SELECT code, line, available FROM payments.record($1, $2)',
    values: [tenantId, JSON.stringify(documents)],
  })
  return rows
}

/** What payments.hold answers with; sales.hold passes the same on. */
export interface HeldPayments {
  readonly tenders: readonly {
    readonly id: string
    readonly code: string
    readonly name: string
    readonly kind: TenderKind
    readonly provider: ProviderName | null
    readonly needs_reference: boolean
    readonly opens_drawer: boolean
    readonly is_active: boolean
  }[]
  /** What is left of sales, by tender. */
  readonly paid: readonly { readonly document_id: string; readonly tender_id: string; readonly amount: string }[]
  readonly authorizations: readonly {
    readonly id: string
    readonly kind: 'charge' | 'refund'
    readonly tender_id: string
    readonly branch_id: string
    readonly amount: string
    readonly currency: string
    /** Of a refund: the sale that its charge paid. */
    readonly origin_id: string | null
    readonly status: string
    readonly is_used: boolean
  }[]
}

/** Holds what payments are about until the end of the transaction and answers with it. */
export async function holdPayments(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  asked: { readonly documents?: readonly string[]; readonly authorizations?: readonly string[] },
): Promise<HeldPayments> {
  const { rows } = await client.query<HeldPayments>({
    name: 'payments-hold',
    text: 'SELECT tenders, paid, authorizations FROM payments.hold($1, $2)',
    values: [tenantId, JSON.stringify(asked)],
  })
  const [held] = rows
  if (!held) throw new Error('payments.hold did not answer')
  return held
}

/** What is left to give back of a sale that is held, by tender, as `settleTenders` takes it. */
export function leftOf({ paid }: Pick<HeldPayments, 'paid'>, documentId: string): ReadonlyMap<string, string> {
  const rows = paid.filter(({ document_id }) => document_id === documentId)
  return new Map(rows.map(({ tender_id, amount }) => [tender_id, amount]))
}

export interface PaymentFilter {
  readonly document_id?: string | undefined
  readonly origin_id?: string | undefined
  readonly session_id?: string | undefined
  readonly branch_id?: string | undefined
  readonly tender_id?: string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly limit: number
}

/** The payments of one tenant, with what took each back. */
function payments({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>) {
  return db
    .selectFrom('payments.payment as p')
    .select([
      'p.id',
      sql<PaymentKind>`p.kind`.as('kind'),
      'p.document_type',
      'p.document_id',
      'p.line',
      'p.origin_id',
      'p.branch_id',
      'p.session_id',
      'p.tender_id',
      'p.amount',
      'p.currency',
      'p.reference',
      'p.authorization_id',
      'p.reverses_id',
      'p.is_late',
      'p.actor_id',
      'p.made_at',
      'p.recorded_at',
      sql<string>`(p.recorded_at AT TIME ZONE 'UTC')::text`.as('recorded_key'),
    ])
    .select((eb) =>
      eb
        .selectFrom('payments.payment as r')
        .select('r.id')
        .where('r.tenant_id', '=', tenantId)
        .whereRef('r.reverses_id', '=', 'p.id')
        .as('reversed_by_id'),
    )
    .where('p.tenant_id', '=', tenantId)
}

/**
 * A page of payments, the latest first, and one row more when there is a next page; of these branches only, unless that is
 * null.
 */
export function listPayments(
  scope: Pick<Scope, 'db' | 'tenantId'>,
  filter: PaymentFilter,
  { branchIds, after }: { branchIds: readonly string[] | null; after: readonly [string, string] | undefined },
) {
  const { document_id, origin_id, session_id, branch_id, tender_id, from, until, limit } = filter
  return payments(scope)
    .$if(branchIds !== null, (qb) => qb.where('p.branch_id', '=', sql<string>`any(${branchIds}::uuid[])`))
    .$if(document_id !== undefined, (qb) => qb.where('p.document_id', '=', document_id ?? ''))
    .$if(origin_id !== undefined, (qb) => qb.where('p.origin_id', '=', origin_id ?? ''))
    .$if(session_id !== undefined, (qb) => qb.where('p.session_id', '=', session_id ?? ''))
    .$if(branch_id !== undefined, (qb) => qb.where('p.branch_id', '=', branch_id ?? ''))
    .$if(tender_id !== undefined, (qb) => qb.where('p.tender_id', '=', tender_id ?? ''))
    .$if(from !== undefined, (qb) => qb.where('p.recorded_at', '>=', sql<Date>`${from}::timestamptz`))
    .$if(until !== undefined, (qb) => qb.where('p.recorded_at', '<', sql<Date>`${until}::timestamptz`))
    .$if(after !== undefined, (qb) =>
      qb.where(
        sql<boolean>`(p.recorded_at, p.id) < (${after?.[0]}::timestamp AT TIME ZONE 'UTC', ${after?.[1]}::uuid)`,
      ),
    )
    .orderBy('p.recorded_at', 'desc')
    .orderBy('p.id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One payment. */
export function findPayment(scope: Pick<Scope, 'db' | 'tenantId'>, id: string) {
  return payments(scope).where('p.id', '=', id).executeTakeFirst()
}
