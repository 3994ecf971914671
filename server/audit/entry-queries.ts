import { sql } from 'kysely'
import type { z } from 'zod'
import type { AuditWriter } from '../platform/audit-entry.ts'
import type { Transaction } from '../platform/database.ts'
import type { Severity } from '../platform/operation.ts'
import type { listEntriesInput } from './contract.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

/** Time, with its microseconds, and number of an entry: the order of every search but those for one resource. */
export type EntryKey = readonly [recordedAt: string, seq: string]

type Filter = Omit<z.output<typeof listEntriesInput>, 'limit' | 'cursor'>

/** One row of the chain: the columns that searches use, and the text that was hashed. */
export interface EntryRow {
  readonly seq: string
  readonly recorded_at: string
  readonly severity: Severity
  readonly body: string
  readonly hash: string
}

// The time is selected as text under its own name: order by the column, with its table, or PostgreSQL sorts the text.
function entries({ db, tenantId }: Scope) {
  return db
    .selectFrom('audit.entry')
    .select([
      'seq',
      sql<string>`to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as('recorded_at'),
      sql<Severity>`severity`.as('severity'),
      'body',
      sql<string>`encode(hash, 'hex')`.as('hash'),
    ])
    .where('tenant_id', '=', tenantId)
}

/** A page of entries, newest first, and one row more when there is a next page. `from` counts, `until` does not. */
export function searchEntries(scope: Scope, filter: Filter, limit: number, before: EntryKey | undefined) {
  const { actor_id, event, severity, resource_type, resource_id, from, until } = filter
  let query = entries(scope)
  if (actor_id !== undefined) query = query.where('actor_id', '=', actor_id)
  if (event !== undefined) query = query.where('event', '=', event)
  // Written out, so that the planner sees whether the index of what is not info serves; the schema knows four of them.
  if (severity !== undefined) query = query.where('severity', '=', sql.lit(severity))
  if (resource_type !== undefined) query = query.where('resource_type', '=', resource_type)
  if (resource_id !== undefined) query = query.where('resource_id', '=', resource_id)
  if (from !== undefined) query = query.where(sql<boolean>`recorded_at >= ${from}::timestamptz`)
  if (until !== undefined) query = query.where(sql<boolean>`recorded_at < ${until}::timestamptz`)
  // Of one resource in the order of the chain, as its history is.
  if (resource_id !== undefined) {
    if (before !== undefined) query = query.where(sql<boolean>`seq < ${before[1]}::bigint`)
    return query.orderBy('seq', 'desc').limit(limit + 1)
  }
  if (before !== undefined)
    query = query.where(sql<boolean>`(recorded_at, seq) < (${before[0]}::timestamptz, ${before[1]}::bigint)`)
  return query
    .orderBy('audit.entry.recorded_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit + 1)
}

/**
 * A page of the entries of one resource, in the order of the chain, and one row more when there is a next page. Not by
 * time: that is when a transaction began, and of two at once the later one may have changed the resource first.
 */
export function resourceHistory(
  scope: Scope,
  resource: { type: string; id: string },
  limit: number,
  after: string | undefined,
) {
  let query = entries(scope).where('resource_type', '=', resource.type).where('resource_id', '=', resource.id)
  if (after !== undefined) query = query.where(sql<boolean>`seq > ${after}::bigint`)
  return query.orderBy('seq').limit(limit + 1)
}

/** One entry by its number. */
export function findEntry(scope: Scope, seq: string) {
  return entries(scope).where('seq', '=', seq)
}

/** Calls audit.record with a JSON list of entries. */
async function recordEntries(tx: Transaction, tenantId: string, entries: string): Promise<void> {
  await tx.client.query({ name: 'audit-record', text: 'SELECT FROM audit.record($1, $2)', values: [tenantId, entries] })
}

/** Appends entries to the chain of a tenant. Takes the chain's head lock, which is held until commit: call it last. */
export const writeAudit: AuditWriter = async (tx, tenantId, entries) => {
  if (entries.length > 0) await recordEntries(tx, tenantId, JSON.stringify(entries))
}
