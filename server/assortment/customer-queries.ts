import type { Scope } from './queries.ts'

const columns = `p.id, p.kind, p.name, r.code, p.email, p.phone, p.preferred_locale, r.group_id
  FROM parties.party p
  JOIN parties.party_role r ON r.tenant_id = $1 AND r.party_id = p.id AND r.role = 'customer' AND r.ended_at IS NULL
  WHERE p.tenant_id = $1 AND p.deleted_at IS NULL AND p.anonymised_at IS NULL`

/** A page of the customers of the tenant, by id, and one row more when there is a next page. */
export async function listCustomers(
  { client, tenantId }: Scope,
  { limit, after }: { readonly limit: number; readonly after: string | null },
) {
  const { rows } = await client.query({
    name: 'assortment-list-customers',
    text: `SELECT ${columns} AND p.id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY p.id LIMIT $3`,
    values: [tenantId, after, limit + 1],
  })
  return rows
}

/** Those of these parties that are customers. */
export async function findCustomers({ client, tenantId }: Scope, ids: readonly string[]) {
  const { rows } = await client.query({
    name: 'assortment-find-customers',
    text: `SELECT ${columns} AND p.id = ANY ($2::uuid[]) ORDER BY p.id`,
    values: [tenantId, ids],
  })
  return rows
}
