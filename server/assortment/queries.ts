import type { Transaction } from '../platform/database.ts'

export interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** Where the chain of the tenant stands. What has a number up to this one can be seen. */
export async function chainHead({ client, tenantId }: Scope): Promise<number> {
  const { rows } = await client.query({
    name: 'assortment-chain-head',
    text: 'SELECT to_json(seq) AS seq FROM audit.head WHERE tenant_id = $1',
    values: [tenantId],
  })
  return rows[0]?.seq ?? 0
}

export interface ChangedThing {
  readonly type: string
  readonly id: string
}

/** The things of some types that the entries after one number and up to another are about. */
export async function changedThings(
  { client, tenantId }: Scope,
  { after, through, types }: { readonly after: number; readonly through: number; readonly types: readonly string[] },
): Promise<ChangedThing[]> {
  const { rows } = await client.query({
    name: 'assortment-changed-things',
    text: `SELECT DISTINCT resource_type AS type, resource_id AS id FROM audit.entry
           WHERE tenant_id = $1 AND seq > $2 AND seq <= $3 AND resource_type = ANY ($4::text[])`,
    values: [tenantId, after, through, types],
  })
  return rows
}
