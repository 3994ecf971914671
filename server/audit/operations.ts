import { z } from 'zod'
import { type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './contract.ts'
import { type EntryKey, type EntryRow, findEntry, resourceHistory, searchEntries } from './entry-queries.ts'
import { listVerifications } from './verification-queries.ts'

const { permissions, entryCursor, fromAfterUntil } = contract
const afterId = z.tuple([z.uuid()])
const keyOf = ({ recorded_at, seq }: EntryRow) => [recorded_at, seq]

/** Searching the chain of the tenant, and what its verifications found. */
export const auditOperations = [
  query({
    name: 'audit.list-entries',
    route: 'GET /v1/audit/entries',
    summary: 'Entries of the audit chain, newest first; `from` counts, `until` does not.',
    permission: permissions.viewEntries,
    reach: 'tenant',
    input: contract.listEntriesInput,
    output: contract.entryPage,
    refusals: [fromAfterUntil],
    async handle(context, { limit, cursor, ...filter }) {
      contract.assertInOrder(filter)
      const rows = await searchEntries(context, filter, limit, readCursor(cursor, entryCursor)).execute()
      return pageOf(rows, limit)
    },
  }),
  query({
    name: 'audit.get-entry',
    route: 'GET /v1/audit/entries/:seq',
    summary: 'One entry of the audit chain, by its number.',
    permission: permissions.viewEntries,
    reach: 'tenant',
    input: contract.entryBySeq,
    output: contract.entry,
    async handle(context, { seq }) {
      const row = (await findEntry(context, seq).executeTakeFirst()) ?? refuse(platformRefusals.notFound)
      return entryOf(row)
    },
  }),
  query({
    name: 'audit.list-resource-history',
    route: 'GET /v1/audit/resources/:resource_type/:resource_id/entries',
    summary: 'All that was ever done to one thing, oldest first, with old and new values.',
    permission: permissions.viewEntries,
    reach: 'tenant',
    input: contract.resourceHistoryInput,
    output: contract.entryPage,
    async handle(context, { resource_type: type, resource_id: id, limit, cursor }) {
      const after = readCursor(cursor, entryCursor)
      const rows = await resourceHistory(context, { type, id }, limit, after?.[1]).execute()
      if (rows.length === 0 && after === undefined) refuse(platformRefusals.notFound)
      return pageOf(rows, limit)
    },
  }),
  query({
    name: 'audit.list-verifications',
    route: 'GET /v1/audit/verifications',
    summary: 'What the nightly verifications of the audit chain found, newest first.',
    permission: permissions.viewVerifications,
    reach: 'tenant',
    input: contract.listVerificationsInput,
    output: page(contract.verification),
    async handle(context, { intact, limit, cursor }) {
      const [before] = readCursor(cursor, afterId) ?? []
      return toPage(await listVerifications(context, intact, limit, before), limit, (row) => [row.id])
    },
  }),
] as const

/**
 * A page of the entries about one thing in the chain of a tenant, newest first, and one more when there is a next page;
 * for modules that show people what is said about them.
 */
export async function entriesAbout(
  scope: Pick<QueryContext, 'db' | 'tenantId'>,
  about: { resource_type: string; resource_id: string },
  limit: number,
  before: EntryKey | undefined,
) {
  return (await searchEntries(scope, about, limit, before).execute()).map(entryOf)
}

function pageOf(rows: EntryRow[], limit: number) {
  const { items, next_cursor } = toPage(rows, limit, keyOf)
  return { items: items.map(entryOf), next_cursor }
}

/** An entry as its body tells it. A body that somebody ruined is for the verifier; here it tells nothing. */
function entryOf({ seq, recorded_at, severity, hash, body }: EntryRow): z.input<typeof contract.entry> {
  const said = bodyOf(body)
  return {
    seq,
    recorded_at,
    severity,
    hash,
    event: said.event ?? '',
    environment: said.environment ?? null,
    actor_id: said.actor_id ?? null,
    session_id: said.session_id ?? null,
    api_key_id: said.api_key_id ?? null,
    request_id: said.request_id ?? null,
    resource_type: said.resource_type ?? null,
    resource_id: said.resource_id ?? null,
    input: said.input ?? null,
    old_values: said.old_values ?? null,
    new_values: said.new_values ?? null,
    refusal: said.refusal ?? null,
  }
}

function bodyOf(text: string): Partial<z.input<typeof contract.entry>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
