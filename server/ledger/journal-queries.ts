import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { ForeignAmount } from './convert-lines.ts'

interface Scope extends Transaction {
  readonly tenantId: string
}

/** One journal as ledger.record takes it. A reversal has `reverses_id` in place of entity and lines. */
export interface NewJournal {
  readonly id: string
  readonly entity_id?: string
  readonly document_type: string
  readonly document_id: string
  readonly document_number: string | null
  readonly document_on: string
  readonly effective_on: string | null
  readonly if_closed: 'refuse' | 'post_in_open_period'
  readonly description: string | null
  readonly actor_id: string | null
  readonly reverses_id?: string
  readonly lines?: readonly { readonly account_id: string; readonly amount: string }[]
  /** What lines were in other currencies, apart from them; left out where there is none. */
  readonly foreign_amounts?: readonly ForeignAmount[]
  /** Posted by the product itself, so it may be on accounts that are kept for a holder. */
  readonly by_product?: boolean
}

export interface Recorded {
  /** The day it counts; null when it was refused. */
  readonly effective_on: string | null
  readonly code: string | null
  readonly detail: string | null
}

/** Calls ledger.record: one row a journal, in order. */
export async function recordJournals(
  { client, tenantId }: Scope,
  journals: readonly NewJournal[],
): Promise<Recorded[]> {
  const { rows } = await client.query({
    name: 'ledger-record',
    text: 'SELECT effective_on, code, detail FROM ledger.record($1, $2)',
    values: [tenantId, JSON.stringify(journals)],
  })
  return rows
}

const journalColumns = [
  'j.id',
  'j.entity_id',
  'j.document_type',
  'j.document_id',
  'j.document_number',
  'j.document_on',
  'j.effective_on',
  'j.description',
  'j.reverses_id',
  'r.id as reversed_by_id',
  'j.actor_id',
  'j.recorded_at',
] as const

const entryColumns = [
  'e.journal_id',
  'e.account_id',
  'e.account_version',
  'e.line',
  'e.amount',
  'e.transaction_currency',
  'e.transaction_amount',
  'e.fx_rate',
  'e.previous_balance',
  'e.running_balance',
] as const

function journals({ db, tenantId }: Scope) {
  return db
    .selectFrom('ledger.journal as j')
    .leftJoin('ledger.journal as r', (on) =>
      on.onRef('r.tenant_id', '=', 'j.tenant_id').onRef('r.reverses_id', '=', 'j.id'),
    )
    .select(journalColumns)
    .where('j.tenant_id', '=', tenantId)
}

/** Journals by their ids, each with its entries in the order of its lines. */
export async function findJournals(scope: Scope, ids: readonly string[]) {
  const found = await journals(scope).where('j.id', '=', sql<string>`any(${ids}::uuid[])`).execute()
  const entries = await scope.db
    .selectFrom('ledger.journal as j')
    // Recorded together: the time leaves one month to look in.
    .innerJoin('ledger.entry as e', (on) =>
      on
        .onRef('e.tenant_id', '=', 'j.tenant_id')
        .onRef('e.journal_id', '=', 'j.id')
        .onRef('e.recorded_at', '=', 'j.recorded_at'),
    )
    .select(entryColumns)
    .where('j.tenant_id', '=', scope.tenantId)
    .where('j.id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('e.line')
    .execute()
  const byJournal = Map.groupBy(entries, (entry) => entry.journal_id)
  return found.map((row) => ({
    ...row,
    entries: (byJournal.get(row.id) ?? []).map(({ journal_id, ...entry }) => entry),
  }))
}

/** The legal entities in whose books these journals stand, by their ids. */
export async function entitiesOfJournals(
  { client, tenantId }: Scope,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await client.query({
    name: 'entities-of-journals',
    text: 'SELECT id, entity_id FROM ledger.journal WHERE tenant_id = $1 AND id = ANY ($2::uuid[])',
    values: [tenantId, ids],
  })
  return new Map(rows.map((row) => [row.id, row.entity_id]))
}

/** A page of the journals of a book by effective day, and one row more when there is a next page. */
export function listJournals(
  scope: Scope,
  filter: {
    entity_id: string
    from?: string | undefined
    until?: string | undefined
    document_id?: string | undefined
    limit: number
  },
  after: [day: string, id: string] | undefined,
) {
  const { entity_id, from, until, document_id, limit } = filter
  return journals(scope)
    .where('j.entity_id', '=', entity_id)
    .$if(from !== undefined, (qb) => qb.where('j.effective_on', '>=', from ?? ''))
    .$if(until !== undefined, (qb) => qb.where('j.effective_on', '<=', until ?? ''))
    .$if(document_id !== undefined, (qb) => qb.where('j.document_id', '=', document_id ?? ''))
    .$if(after !== undefined, (qb) =>
      qb.where(sql<boolean>`(j.effective_on, j.id) > (${after?.[0]}::date, ${after?.[1]}::uuid)`),
    )
    .orderBy('j.effective_on')
    .orderBy('j.id')
    .limit(limit + 1)
    .execute()
}

/** Calls ledger.change_period: through which day the books are closed now, and a code when nothing was changed. */
export async function changePeriod(
  { client, tenantId }: Scope,
  change: {
    id: string
    entity_id: string
    action: 'close' | 'reopen'
    month: string
    reason: string | null
    actor_id: string | null
  },
): Promise<{ closed_through: string | null; code: string | null }> {
  const { rows } = await client.query('SELECT closed_through, code FROM ledger.change_period($1, $2)', [
    tenantId,
    JSON.stringify(change),
  ])
  return rows[0]
}

const periodChangeColumns = [
  'id',
  'entity_id',
  sql<'close' | 'reopen'>`action`.as('action'),
  'previous_closed_through',
  'closed_through',
  'reason',
  'actor_id',
  'recorded_at',
] as const

/** One closing or reopening. */
export function findPeriodChange({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('ledger.period_change')
    .select(periodChangeColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

/** A page of the closings and reopenings of a book, oldest first, and one row more when there is a next page. */
export function listPeriodChanges(
  { db, tenantId }: Scope,
  { entity_id, limit }: { entity_id: string; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('ledger.period_change')
    .select(periodChangeColumns)
    .where('tenant_id', '=', tenantId)
    .where('entity_id', '=', entity_id)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}
