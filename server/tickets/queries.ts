import { sql } from 'kysely'
import type { z } from 'zod'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { actions, changeTicketInput, states } from './contract.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

type Client = Pick<Transaction, 'client'> & { readonly tenantId: string }

const ticketColumns = [
  'id',
  'number',
  'branch_id',
  'label',
  'customer_id',
  'channel_id',
  'total',
  sql<string[]>`names`.as('names'),
  sql<(typeof states)[number]>`state`.as('state'),
  'version',
  'created_at',
  'updated_at',
] as const

type Basket = z.output<typeof changeTicketInput>

/** What a ticket is about, as a checkout takes it. */
export interface Content {
  readonly label: string | null
  readonly customer_id: string | null
  readonly channel_id: string | null
  readonly total: string | null
  readonly names: readonly string[]
  readonly lines: Basket['lines']
  readonly discount: NonNullable<Basket['discount']> | null
  readonly discount_reason: string | null
}

export type TicketRow = NonNullable<Awaited<ReturnType<typeof findTicket>>>

/** A page of the tickets of branches that the caller works with, the newest first, and one row more when there is a next page. */
export function listTickets(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: { branch_id?: string | undefined; customer_id?: string | undefined; state: string; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('tickets.ticket')
    .select(ticketColumns)
    .where('tenant_id', '=', tenantId)
    .where('state', '=', filter.state)
    .$if(scope !== null, (qb) => qb.where('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(filter.branch_id !== undefined, (qb) => qb.where('branch_id', '=', filter.branch_id ?? ''))
    .$if(filter.customer_id !== undefined, (qb) => qb.where('customer_id', '=', filter.customer_id ?? ''))
    .$if(after !== undefined, (qb) => qb.where('number', '<', after ?? ''))
    .orderBy('number', 'desc')
    .limit(filter.limit + 1)
    .execute()
}

/** One ticket. */
export function findTicket({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('tickets.ticket')
    .select([
      ...ticketColumns,
      sql<Content['lines']>`lines`.as('lines'),
      sql<Content['discount']>`discount`.as('discount'),
      'discount_reason',
    ])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** What was done with a ticket, in order. */
export function stepsOf({ db, tenantId }: Scope, ticketId: string) {
  return db
    .selectFrom('tickets.step')
    .select([
      'number',
      sql<(typeof actions)[number]>`action`.as('action'),
      'register_id',
      'reason',
      'total',
      'sale_id',
      'actor_id',
      'recorded_at',
    ])
    .where('tenant_id', '=', tenantId)
    .where('ticket_id', '=', ticketId)
    .orderBy('number')
    .execute()
}

/** Holds a ticket until the end of the transaction. */
export async function holdTicket({ client, tenantId }: Client, id: string): Promise<void> {
  await client.query({ name: 'tickets-hold', text: 'SELECT tickets.hold($1, $2)', values: [tenantId, id] })
}

/** Empties what is personal of the tickets of a customer. */
export async function forgetCustomer({ client, tenantId }: Client, customerId: string): Promise<void> {
  await client.query({
    name: 'tickets-forget-customer',
    text: 'SELECT tickets.forget_customer($1, $2)',
    values: [tenantId, customerId],
  })
}

export interface NewStep {
  readonly id: string
  readonly action: (typeof actions)[number]
  readonly register_id: string | null
  readonly reason: string | null
  readonly actor_id: string
  /** Null where it stays. */
  readonly content: (Content & { readonly number?: string; readonly branch_id?: string }) | null
}

/** Parks a ticket or moves it on; answers with the code of what is wrong, or null. */
export async function recordStep({ client, tenantId }: Client, step: NewStep): Promise<string | null> {
  const { rows } = await client.query({
    name: 'tickets-record',
    text: 'SELECT code FROM tickets.record($1, $2)',
    values: [tenantId, JSON.stringify([step])],
  })
  return rows[0].code
}
