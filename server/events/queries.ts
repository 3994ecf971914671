import type pg from 'pg'
import { inReadTransaction, setTenant, type Transaction } from '../platform/database.ts'
import { entryNumber } from './contract.ts'

type Scope = Pick<Transaction, 'client'> & { readonly tenantId: string }

/** Where the audit chains of these tenants end, in one transaction; without an entry, 0. */
export async function readHeads(pool: pg.Pool, tenantIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const [first] = tenantIds
  if (first === undefined) return new Map()
  return inReadTransaction(pool, first, async ({ client }) => {
    // Every statement is sent before the first is answered; each reads one tenant.
    const heads = tenantIds.map(async (tenantId) => {
      const entered = setTenant(client, tenantId)
      const [, { rows }] = await Promise.all([
        entered,
        client.query({
          name: 'events-head',
          text: 'SELECT seq FROM audit.head WHERE tenant_id = $1',
          values: [tenantId],
        }),
      ])
      return [tenantId, entryNumber.parse(rows[0]?.seq ?? '0')] as const
    })
    return new Map(await Promise.all(heads))
  })
}

export interface Range {
  readonly after: number
  readonly until: number
}

// No transaction is older than a day, and partitions before that are not looked into.
const ofRange = `e.tenant_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.recorded_at > transaction_timestamp() - interval '1 day'`
// What was refused changed nothing; of what was not, the severity tells without a look at the body.
const changed = `audit.entry e WHERE ${ofRange} AND NOT (e.severity = 'warning' AND e.body::jsonb ? 'refusal')`

/** True when changes are read of all these entries: none is older than they go back. */
export async function isRecent(pool: pg.Pool, tenantId: string, { after, until }: Range): Promise<boolean> {
  return inReadTransaction(pool, tenantId, async ({ client }) => {
    const { rows } = await client.query({
      name: 'events-recent',
      text: `SELECT count(*) = $3::bigint - $2::bigint AS is_recent FROM audit.entry e WHERE ${ofRange}`,
      values: [tenantId, after, until],
    })
    return rows[0]?.is_recent === true
  })
}

/** The types of what changed within entries of a chain. */
export async function readTypes({ client, tenantId }: Scope, { after, until }: Range): Promise<(string | null)[]> {
  const { rows } = await client.query({
    name: 'events-types',
    text: `SELECT DISTINCT e.resource_type FROM ${changed}`,
    values: [tenantId, after, until],
  })
  return rows.map((row) => row.resource_type)
}

export interface PlacedChange {
  readonly resource_type: string | null
  /** The same for all that one command changed. */
  readonly request: string
  readonly branch_ids: readonly string[]
  readonly entity_ids: readonly string[]
  /** Things that say where it was, if the entry does not. */
  readonly thing_ids: readonly string[]
}

/** What changed within entries of a chain, and where, as far as the entries name places. */
export async function readPlaced({ client, tenantId }: Scope, { after, until }: Range): Promise<PlacedChange[]> {
  const ids = (...paths: string[]) =>
    `ARRAY(SELECT DISTINCT found.id FROM (${paths
      .map((path) => `SELECT jsonb_path_query(e.body, '${path}') #>> '{}' AS id`)
      .join(' UNION ALL ')}) AS found WHERE found.id ~ '^[0-9a-f-]{36}$')`
  const { rows } = await client.query({
    name: 'events-placed',
    text: `SELECT e.resource_type, coalesce(e.body ->> 'request_id', e.seq::text) AS request,
                  ${ids('strict $.**.branch_id', 'strict $.**.from_branch_id', 'strict $.**.to_branch_id')} AS branch_ids,
                  ${ids('strict $.**.entity_id')} AS entity_ids,
                  ${ids('$.resource_id', '$.input.id', 'strict $.**.session_id', 'strict $.**.sale_id')} AS thing_ids
           FROM (SELECT e.seq, e.resource_type, e.body::jsonb - 'session_id' AS body FROM ${changed}) AS e
           ORDER BY e.seq`,
    values: [tenantId, after, until],
  })
  return rows
}

/** The branches that things are in, as pairs. Only what belongs to branches is found. */
export async function readPlacesOf(
  { client, tenantId }: Scope,
  thingIds: readonly string[],
): Promise<{ id: string; branch_id: string }[]> {
  const { rows } = await client.query({
    name: 'events-places',
    text: `SELECT id, branch_id FROM cash.session WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT id, branch_id FROM counts.count WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT id, branch_id FROM sales.sale WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT id, branch_id FROM tickets.ticket WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT id, branch_id FROM sync.exception WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT id, branch_id FROM sync.slip WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT id, branch_id FROM inventory.reservation WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT batch_id, branch_id FROM inventory.level WHERE tenant_id = $1 AND batch_id = ANY ($2::uuid[])
           UNION ALL SELECT id, from_branch_id FROM transfers.transfer WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
           UNION ALL SELECT id, to_branch_id FROM transfers.transfer WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
    values: [tenantId, thingIds],
  })
  return rows
}

/** The legal entities that branches belong to. */
export async function readEntitiesOf(
  { client, tenantId }: Scope,
  branchIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (branchIds.length === 0) return new Map()
  const { rows } = await client.query({
    name: 'events-entities',
    text: 'SELECT id, entity_id FROM tenants.branch WHERE tenant_id = $1 AND id = ANY ($2::uuid[])',
    values: [tenantId, branchIds],
  })
  return new Map(rows.map((row) => [row.id, row.entity_id]))
}
