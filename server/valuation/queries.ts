import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** Which stock: of a variant in a branch. */
export interface StockKey {
  readonly branch_id: string
  readonly variant_id: string
}

export interface ValuedRow extends StockKey {
  readonly entity_id: string
  readonly category_id: string | null
  readonly name: string
  readonly sku: string | null
  readonly unit: string
  readonly currency: string
  readonly minor_unit: number
  readonly quantity: string
  readonly value: string
}

export interface ValueFilter {
  readonly branchIds: readonly string[]
  readonly variantId?: string | undefined
  readonly on: string
}

/**
 * What came and went after a day, of whatever is joined. Nothing counts on a day that has not begun when it is recorded, so
 * months before are not read.
 */
const later = 'm.effective_on > $2::date AND m.recorded_at >= $2::date - 1'

const first = '00000000-0000-0000-0000-000000000000'

/**
 * The next stocks by branch and variant with quantity and value at the end of a day: what there is now less what came and went
 * since, so that today costs nothing and a day gone by what has moved after it.
 */
export async function readValues(
  { client, tenantId }: Scope,
  { branchIds, variantId, on }: ValueFilter,
  { limit, after }: { limit: number; after: StockKey | undefined },
): Promise<ValuedRow[]> {
  const ofVariant = variantId === undefined ? '' : 'AND variant_id = $7'
  const { rows } = await client.query({
    name: `valuation-read-values${variantId === undefined ? '' : '-of-variant'}`,
    text: `SELECT c.branch_id, c.variant_id, b.entity_id, v.category_id, v.name, v.sku, v.unit, b.currency, r.minor_unit,
                  c.quantity - l.quantity AS quantity, c.value - l.value AS value
           FROM (SELECT branch_id, variant_id, quantity, value FROM inventory.read_cost
                 WHERE tenant_id = $1 AND branch_id = ANY ($3::uuid[]) AND (branch_id, variant_id) > ($4::uuid, $5::uuid) ${ofVariant}
                 ORDER BY branch_id, variant_id LIMIT $6) c
           CROSS JOIN LATERAL (
             SELECT coalesce(sum(m.quantity), 0) AS quantity, coalesce(sum(m.value), 0) AS value FROM inventory.read_movement m
             WHERE m.tenant_id = $1 AND m.branch_id = c.branch_id AND m.variant_id = c.variant_id AND ${later}) l
           JOIN tenants.read_branch b ON b.tenant_id = $1 AND b.id = c.branch_id
           JOIN catalog.read_variant v ON v.tenant_id = $1 AND v.id = c.variant_id
           JOIN reference.currency r ON r.code = b.currency
           ORDER BY c.branch_id, c.variant_id`,
    values: [
      tenantId,
      on,
      branchIds,
      ...(after ? [after.branch_id, after.variant_id] : [first, first]),
      limit,
      ...(variantId === undefined ? [] : [variantId]),
    ],
  })
  return rows
}

export interface BatchRow extends StockKey {
  readonly batch_id: string | null
  readonly number: string | null
  readonly expires_on: string | null
  readonly quantity: string
}

/** What these stocks lay in at the end of a day, those with nothing in them left out. */
export async function readBatches(
  { client, tenantId }: Scope,
  { keys, on }: { keys: readonly StockKey[]; on: string },
): Promise<BatchRow[]> {
  const { rows } = await client.query({
    name: 'valuation-read-batches',
    text: `WITH asked AS (
             SELECT k.branch_id, k.variant_id FROM unnest($3::uuid[], $4::uuid[]) AS k (branch_id, variant_id)
           ), later AS MATERIALIZED (
             SELECT m.level_id, sum(m.quantity) AS quantity
             FROM asked k JOIN inventory.read_movement m
               ON m.tenant_id = $1 AND m.branch_id = k.branch_id AND m.variant_id = k.variant_id AND ${later}
             GROUP BY m.level_id)
           SELECT s.branch_id, s.variant_id, s.batch_id, s.number, s.expires_on, s.on_hand - coalesce(l.quantity, 0) AS quantity
           FROM asked k
           JOIN inventory.read_batch_stock s ON s.tenant_id = $1 AND s.branch_id = k.branch_id AND s.variant_id = k.variant_id
           LEFT JOIN later l ON l.level_id = s.level_id
           WHERE s.on_hand <> coalesce(l.quantity, 0)
           ORDER BY s.expires_on NULLS LAST, s.batch_id`,
    values: [tenantId, on, keys.map((key) => key.branch_id), keys.map((key) => key.variant_id)],
  })
  return rows
}

export interface TotalRow {
  readonly id: string
  readonly currency: string
  readonly minor_unit: number
  readonly variants: number
  readonly value: string
}

const columns = { branch: 'b.id', entity: 'b.entity_id', category: `coalesce(v.category_id, '${first}')` } as const

/** The next totals at the end of a day by branch, legal entity or category, and currency. What has no category comes first. */
export async function readTotals(
  { client, tenantId }: Scope,
  { by, branchIds, on }: { by: keyof typeof columns; branchIds: readonly string[]; on: string },
  { limit, after }: { limit: number; after: readonly [string, string] | undefined },
): Promise<TotalRow[]> {
  const { rows } = await client.query({
    name: `valuation-read-totals-by-${by}`,
    text: `WITH later AS MATERIALIZED (
             SELECT m.branch_id, m.variant_id, sum(m.quantity) AS quantity, sum(m.value) AS value FROM inventory.read_movement m
             WHERE m.tenant_id = $1 AND m.branch_id = ANY ($3::uuid[]) AND ${later}
             GROUP BY m.branch_id, m.variant_id)
           SELECT t.* FROM (
             SELECT ${columns[by]} AS id, b.currency, r.minor_unit, sum(c.value - coalesce(l.value, 0)) AS value,
                    (count(*) FILTER (WHERE c.quantity <> coalesce(l.quantity, 0)))::integer AS variants
             FROM inventory.read_cost c
             JOIN tenants.read_branch b ON b.tenant_id = $1 AND b.id = c.branch_id
             JOIN catalog.read_variant v ON v.tenant_id = $1 AND v.id = c.variant_id
             JOIN reference.currency r ON r.code = b.currency
             LEFT JOIN later l ON l.branch_id = c.branch_id AND l.variant_id = c.variant_id
             WHERE c.tenant_id = $1 AND c.branch_id = ANY ($3::uuid[])
             GROUP BY 1, 2, 3) t
           WHERE $4::uuid IS NULL OR (t.id, t.currency) > ($4, $5)
           ORDER BY t.id, t.currency LIMIT $6`,
    values: [tenantId, on, branchIds, ...(after ?? [null, null]), limit],
  })
  return rows
}

/** Stands for goods without a category. */
export const noCategory = first

export interface BranchRow {
  readonly id: string
  readonly time_zone: string
  readonly currency: string
}

/** The branches of the tenant, those given alone unless null. */
export async function readBranches({ client, tenantId }: Scope, ids: readonly string[] | null): Promise<BranchRow[]> {
  const { rows } = await client.query({
    name: 'valuation-read-branches',
    text: `SELECT id, time_zone, currency FROM tenants.read_branch
           WHERE tenant_id = $1 AND ($2::uuid[] IS NULL OR id = ANY ($2)) ORDER BY id`,
    values: [tenantId, ids],
  })
  return rows
}
