import type { Scope } from './queries.ts'

const levelsOfPage = `
  SELECT page.variant_id, (
    SELECT coalesce(json_agg(json_build_object('batch_id', l.batch_id, 'number', b.number, 'expires_on', b.expires_on,
             'is_blocked', coalesce(b.is_blocked, false), 'on_hand', trim_scale(l.on_hand)::text, 'available', trim_scale(l.available)::text)
             ORDER BY l.place), '[]')
    FROM inventory.level l LEFT JOIN inventory.batch b ON b.tenant_id = $1 AND b.id = l.batch_id
    WHERE l.tenant_id = $1 AND l.branch_id = $2 AND l.variant_id = page.variant_id AND (l.on_hand <> 0 OR l.reserved <> 0)) AS levels
  FROM page ORDER BY page.variant_id`

/** A page of what lies in a branch, by variant, and one row more when there is a next page. */
export async function listStock(
  { client, tenantId }: Scope,
  { branch_id, limit, after }: { readonly branch_id: string; readonly limit: number; readonly after: string | null },
) {
  const { rows } = await client.query({
    name: 'assortment-list-stock',
    text: `WITH page AS MATERIALIZED (
             SELECT DISTINCT l.variant_id FROM inventory.level l
             WHERE l.tenant_id = $1 AND l.branch_id = $2 AND l.variant_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
               AND (l.on_hand <> 0 OR l.reserved <> 0)
             ORDER BY l.variant_id LIMIT $4)${levelsOfPage}`,
    values: [tenantId, branch_id, after, limit + 1],
  })
  return rows
}

/**
 * What lies in a branch of the variants whose stock was changed by what has a number after this one: levels and entries bear the
 * time at which their transaction began, so whatever is older than the oldest of these entries was seen before.
 */
export async function stockChangedAfter(
  { client, tenantId }: Scope,
  { branch_id, seq }: { readonly branch_id: string; readonly seq: number },
) {
  const { rows } = await client.query({
    name: 'assortment-stock-changed',
    text: `WITH since AS MATERIALIZED (SELECT min(e.recorded_at) AS began FROM audit.entry e WHERE e.tenant_id = $1 AND e.seq > $3),
           page AS MATERIALIZED (
             SELECT l.variant_id FROM inventory.level l
             WHERE l.tenant_id = $1 AND l.branch_id = $2 AND l.updated_at >= (SELECT since.began FROM since)
             UNION
             SELECT b.variant_id FROM inventory.batch b
             WHERE b.tenant_id = $1 AND b.updated_at >= (SELECT since.began FROM since)
               AND EXISTS (SELECT FROM inventory.level l WHERE l.tenant_id = $1 AND l.branch_id = $2 AND l.batch_id = b.id))${levelsOfPage}`,
    values: [tenantId, branch_id, seq],
  })
  return rows
}
