import type { Scope } from './queries.ts'

/** Which stock: of a variant in a branch. */
export interface StockKey {
  readonly branch_id: string
  readonly variant_id: string
}

export interface StockRow extends StockKey {
  readonly on_hand: string
  readonly reserved: string
  readonly available: string
  /** Since when there is stock of it here; null where nothing ever moved. */
  readonly stocked_since: string | null
  readonly name: string
  readonly sku: string | null
  readonly category_id: string | null
  readonly unit: string
  readonly decimals: number
  readonly is_discontinued: boolean
  /** Taken out of the catalogue; there may be stock of it all the same. */
  readonly is_deleted: boolean
  readonly time_zone: string
}

export interface StockFilter {
  readonly branchIds: readonly string[]
  readonly variantId?: string | undefined
}

type Reader = Pick<Scope, 'client' | 'tenantId'>

/**
 * The next stocks by branch and variant: all that ever moved, and those that a policy names. Only as much is read of either
 * index as is asked for.
 */
export async function readStock(
  { client, tenantId }: Reader,
  { branchIds, variantId }: StockFilter,
  { limit, after }: { limit: number; after: StockKey | undefined },
): Promise<StockRow[]> {
  const ofVariant = variantId === undefined ? '' : 'AND variant_id = $6'
  const keys = (table: string) => `(SELECT branch_id, variant_id FROM ${table}
    WHERE tenant_id = $1 AND branch_id = ANY ($2::uuid[]) AND (branch_id, variant_id) > ($3::uuid, $4::uuid) ${ofVariant}
    ORDER BY branch_id, variant_id LIMIT $5)`
  const { rows } = await client.query({
    name: `replenishment-read-stock${variantId === undefined ? '' : '-of-variant'}`,
    text: `SELECT k.branch_id, k.variant_id, coalesce(s.on_hand, 0) AS on_hand, coalesce(s.reserved, 0) AS reserved,
                  coalesce(s.available, 0) AS available, (s.created_at AT TIME ZONE b.time_zone)::date AS stocked_since,
                  v.name, v.sku, v.category_id, v.unit, v.decimals, v.is_discontinued, v.is_deleted, b.time_zone
           FROM (${keys('inventory.read_cost')} UNION ${keys('replenishment.policy')} ORDER BY 1, 2 LIMIT $5) k
           JOIN tenants.read_branch b ON b.tenant_id = $1 AND b.id = k.branch_id
           JOIN catalog.read_variant v ON v.tenant_id = $1 AND v.id = k.variant_id
           LEFT JOIN inventory.read_stock s ON s.tenant_id = $1 AND s.branch_id = k.branch_id AND s.variant_id = k.variant_id
           ORDER BY k.branch_id, k.variant_id`,
    values: [
      tenantId,
      branchIds,
      ...(after ? [after.branch_id, after.variant_id] : [first, first]),
      limit,
      ...(variantId === undefined ? [] : [variantId]),
    ],
  })
  return rows
}

const first = '00000000-0000-0000-0000-000000000000'

export interface MovedOn extends StockKey {
  readonly day: string
  readonly sold: string
  readonly change: string
}

/** What these stocks sold and changed by on each day since one, by day; sales that rules of quality hold do not count as sold. */
export async function readMovedDays(
  { client, tenantId }: Reader,
  keys: readonly (StockKey & { readonly since: string })[],
): Promise<MovedOn[]> {
  const { rows } = await client.query({
    name: 'replenishment-read-moved-days',
    text: `WITH held AS MATERIALIZED (
             SELECT h.branch_id, h.variant_id, h.effective_on AS day, sum(h.quantity) AS quantity FROM quality.read_held_demand h
             WHERE h.tenant_id = $1 AND h.variant_id = ANY ($3::uuid[]) AND h.effective_on >= $5::date
             GROUP BY h.branch_id, h.variant_id, h.effective_on
           ), moved AS (
             SELECT m.branch_id, m.variant_id, m.effective_on AS day, sum(m.quantity) AS change,
                    coalesce(-sum(m.quantity) FILTER (WHERE m.kind = 'sale'), 0) AS sold
             FROM unnest($2::uuid[], $3::uuid[], $4::date[]) AS k (branch_id, variant_id, since)
             JOIN inventory.read_movement m ON m.tenant_id = $1 AND m.branch_id = k.branch_id AND m.variant_id = k.variant_id
                                           AND m.effective_on >= k.since AND m.recorded_at >= $5::date - 1
             GROUP BY m.branch_id, m.variant_id, m.effective_on
           )
           SELECT m.branch_id, m.variant_id, m.day, m.change, greatest(m.sold - coalesce(h.quantity, 0), 0) AS sold
           FROM moved m LEFT JOIN held h ON h.branch_id = m.branch_id AND h.variant_id = m.variant_id AND h.day = m.day`,
    values: [
      tenantId,
      keys.map((key) => key.branch_id),
      keys.map((key) => key.variant_id),
      keys.map((key) => key.since),
      // Nothing counts on a day that has not begun when it is recorded: months before are not read.
      keys.map((key) => key.since).toSorted()[0] ?? null,
    ],
  })
  return rows
}

/** What of these stocks is on its way from other branches; those of which nothing is are left out. */
export async function readInTransit(
  { client, tenantId }: Reader,
  keys: readonly StockKey[],
): Promise<(StockKey & { readonly quantity: string })[]> {
  const { rows } = await client.query({
    name: 'replenishment-read-in-transit',
    text: `SELECT k.branch_id, k.variant_id, sum(t.quantity) AS quantity
           FROM unnest($2::uuid[], $3::uuid[]) AS k (branch_id, variant_id)
           JOIN transfers.read_in_transit t ON t.tenant_id = $1 AND t.to_branch_id = k.branch_id AND t.variant_id = k.variant_id
           GROUP BY k.branch_id, k.variant_id`,
    values: [tenantId, keys.map((key) => key.branch_id), keys.map((key) => key.variant_id)],
  })
  return rows
}

/** The branches of the tenant with their time zones, those given alone unless null. */
export async function readBranches(
  { client, tenantId }: Reader,
  ids: readonly string[] | null,
): Promise<{ id: string; time_zone: string }[]> {
  const { rows } = await client.query({
    name: 'replenishment-read-branches',
    text: `SELECT id, time_zone FROM tenants.read_branch
           WHERE tenant_id = $1 AND ($2::uuid[] IS NULL OR id = ANY ($2)) ORDER BY id`,
    values: [tenantId, ids],
  })
  return rows
}

/** How much is in the packs that are there. */
export async function readPackSizes({ client, tenantId }: Reader, ids: readonly string[]): Promise<Pack[]> {
  const { rows } = await client.query({
    name: 'replenishment-read-packs',
    text: 'SELECT id, variant_id, quantity FROM catalog.read_pack WHERE tenant_id = $1 AND id = ANY ($2::uuid[])',
    values: [tenantId, ids],
  })
  return rows
}

export interface Pack {
  readonly id: string
  readonly variant_id: string
  readonly quantity: string
}

export interface BatchRow extends StockKey {
  readonly batch_id: string
  readonly on_hand: string
  readonly expires_on: string
}

/** The batches in a branch of which there is something and whose last day is on or before one. */
export async function readExpiring(
  { client, tenantId }: Reader,
  at: { branchId: string; until: string },
): Promise<BatchRow[]> {
  const { rows } = await client.query({
    name: 'replenishment-read-expiring',
    text: `SELECT branch_id, variant_id, batch_id, on_hand, expires_on FROM inventory.read_batch_stock
           WHERE tenant_id = $1 AND branch_id = $2 AND expires_on <= $3 AND on_hand > 0
           ORDER BY variant_id, batch_id`,
    values: [tenantId, at.branchId, at.until],
  })
  return rows
}
