import type { Place, Scope } from './queries.ts'
import type { DocumentPage, DocumentRow } from './report.ts'

const idsOf = (places: readonly Pick<Place, 'id'>[]) => places.map(({ id }) => id)

/** What of which goods lies in these branches, by variant and currency; those of which there is nothing left out. */
export async function readHeldGoods(
  { client, tenantId }: Scope,
  places: readonly Place[],
): Promise<{ readonly key: readonly [string, string]; readonly on_hand: string }[]> {
  const { rows } = await client.query({
    name: 'reports-read-held-goods',
    text: `SELECT ARRAY[c.variant_id::text, p.currency] AS key, sum(c.quantity) AS on_hand
           FROM inventory.read_cost c JOIN unnest($2::uuid[], $3::text[]) AS p (id, currency) ON p.id = c.branch_id
           WHERE c.tenant_id = $1 GROUP BY c.variant_id, p.currency HAVING sum(c.quantity) > 0 ORDER BY 1`,
    values: [tenantId, idsOf(places), places.map(({ currency }) => currency)],
  })
  return rows
}

export interface LowRow {
  readonly branch_id: string
  readonly variant_id: string
  readonly name: string
  readonly sku: string | null
  readonly unit: string
  readonly on_hand: string
  readonly reserved: string
  readonly available: string
  readonly reorder_point: string
  readonly source: 'set' | 'computed'
}

/**
 * Goods of which no more is available than their reorder point, the least first: as it is set by the most specific policy, else as it
 * was computed when the alerts were last refreshed. What is not sold any more is left out.
 */
export async function readLowStock(
  { client, tenantId }: Scope,
  places: readonly (Place & { readonly today: string })[],
): Promise<LowRow[]> {
  const policy = (name: string, branch: string, variant: string) =>
    `LEFT JOIN replenishment.read_policy ${name} ON ${name}.tenant_id = $1 AND ${name}.branch_id ${branch}
       AND ${name}.variant_id ${variant} AND ${name}.valid @> p.today`
  const { rows } = await client.query({
    name: 'reports-read-low-stock',
    text: `WITH place AS (SELECT * FROM unnest($2::uuid[], $3::date[]) AS p (id, today)),
           kept AS (
             SELECT branch_id, variant_id FROM inventory.read_cost WHERE tenant_id = $1 AND branch_id = ANY ($2)
             UNION
             SELECT q.branch_id, q.variant_id FROM replenishment.read_policy q JOIN place p ON p.id = q.branch_id
             WHERE q.tenant_id = $1 AND q.variant_id IS NOT NULL AND q.valid @> p.today)
           SELECT k.branch_id, k.variant_id, v.name, v.sku, v.unit, coalesce(s.on_hand, 0) AS on_hand, coalesce(s.reserved, 0) AS reserved,
                  coalesce(s.available, 0) AS available, r.reorder_point, r.source
           FROM kept k JOIN place p ON p.id = k.branch_id
           JOIN catalog.read_variant v ON v.tenant_id = $1 AND v.id = k.variant_id AND NOT v.is_deleted AND NOT v.is_discontinued
           LEFT JOIN inventory.read_stock s ON s.tenant_id = $1 AND s.branch_id = k.branch_id AND s.variant_id = k.variant_id
           ${policy('here', '= k.branch_id', '= k.variant_id')}
           ${policy('anywhere', 'IS NULL', '= k.variant_id')}
           ${policy('branch', '= k.branch_id', 'IS NULL')}
           ${policy('tenant', 'IS NULL', 'IS NULL')}
           LEFT JOIN replenishment.read_threshold a ON a.tenant_id = $1 AND a.branch_id = k.branch_id AND a.variant_id = k.variant_id
           CROSS JOIN LATERAL (
             SELECT coalesce(here.reorder_point, anywhere.reorder_point, branch.reorder_point, tenant.reorder_point) AS set) o
           CROSS JOIN LATERAL (
             SELECT coalesce(o.set, a.threshold, here.minimum_stock, anywhere.minimum_stock, branch.minimum_stock, tenant.minimum_stock)
                      AS reorder_point,
                    CASE WHEN o.set IS NULL AND a.threshold IS NOT NULL THEN 'computed' ELSE 'set' END AS source) r
           WHERE coalesce(s.available, 0) <= r.reorder_point
           ORDER BY coalesce(s.available, 0) - r.reorder_point, v.name, k.branch_id, k.variant_id`,
    values: [tenantId, idsOf(places), places.map(({ today }) => today)],
  })
  return rows
}

/** What of a variant lies in which batch of a branch, as documents of a figure of its stock. */
export async function readLevels(
  { client, tenantId }: Scope,
  at: { branchId: string; variantId: string; figure: 'on_hand' | 'reserved' | 'available' },
  { limit, after }: DocumentPage,
): Promise<DocumentRow[]> {
  const amount = { on_hand: 's.on_hand', reserved: 's.on_hand - s.available', available: 's.available' }[at.figure]
  const { rows } = await client.query({
    name: `reports-read-levels-${at.figure}`,
    text: `SELECT s.level_id AS id, 'batch' AS kind, s.number, v.name, s.branch_id, s.expires_on AS day, ${amount} AS amount,
                  ARRAY['', s.level_id::text] AS at
           FROM inventory.read_batch_stock s JOIN catalog.read_variant v ON v.tenant_id = $1 AND v.id = s.variant_id
           WHERE s.tenant_id = $1 AND s.branch_id = $2 AND s.variant_id = $3 AND ${amount} <> 0
             AND ($4::uuid IS NULL OR s.level_id > $4)
           ORDER BY s.level_id LIMIT $5`,
    values: [tenantId, at.branchId, at.variantId, after?.[1] ?? null, limit],
  })
  return rows
}

// Each batch has its share of the value of its goods in the branch, rounded by itself, so that batches come to every sum of them.
const expiring = `
  SELECT b.id AS branch_id, b.currency, s.variant_id, s.batch_id, s.on_hand, s.expires_on, s.expires_on - b.today AS days,
         coalesce(round(s.on_hand * c.value / nullif(c.quantity, 0), b.minor_unit), 0) AS value
  FROM unnest($2::uuid[], $3::date[], $4::text[], $5::integer[]) AS b (id, today, currency, minor_unit)
  JOIN inventory.read_stocked_batch s ON s.tenant_id = $1 AND s.branch_id = b.id AND s.expires_on <= b.today + $6::integer
  LEFT JOIN inventory.read_cost c ON c.tenant_id = $1 AND c.branch_id = b.id AND c.variant_id = s.variant_id`

/** A branch on its own day, with the decimals of its currency. */
export interface PlaceToday extends Place {
  readonly today: string
  readonly minor_unit: number
}

const expiringValues = (tenantId: string, places: readonly PlaceToday[], days: number) => [
  tenantId,
  idsOf(places),
  places.map(({ today }) => today),
  places.map(({ currency }) => currency),
  places.map(({ minor_unit }) => minor_unit),
  days,
]

export interface ExpiringRow {
  readonly branch_id: string
  readonly currency: string
  /** The least number of days of its thirty; -1 for what has expired. */
  readonly from_days: number
  readonly batches: string
  readonly quantity: string
  readonly value: string
}

const thirty = 'CASE WHEN e.days < 0 THEN -1 WHEN e.days <= 30 THEN 0 ELSE (e.days - 1) / 30 * 30 + 1 END'

/** Batches that expire within so many days, by branch and thirty days. */
export async function readExpiring(
  { client, tenantId }: Scope,
  places: readonly PlaceToday[],
  days: number,
): Promise<ExpiringRow[]> {
  const { rows } = await client.query({
    name: 'reports-read-expiring',
    text: `SELECT e.branch_id, e.currency, ${thirty} AS from_days, count(*) AS batches, sum(e.on_hand) AS quantity, sum(e.value) AS value
           FROM (${expiring}) e GROUP BY 1, 2, 3 ORDER BY 1, 3`,
    values: expiringValues(tenantId, places, days),
  })
  return rows
}

/** The batches of a row of the above, as documents of a figure. */
export async function readExpiringBatches(
  { client, tenantId }: Scope,
  places: readonly PlaceToday[],
  at: { days: number; fromDays: number; figure: 'batches' | 'quantity' | 'value' },
  { limit, after }: DocumentPage,
): Promise<DocumentRow[]> {
  const amount = { batches: '1', quantity: 'e.on_hand', value: 'e.value' }[at.figure]
  const { rows } = await client.query({
    name: `reports-read-expiring-batches-${at.figure}`,
    text: `SELECT e.batch_id AS id, 'batch' AS kind, b.number, v.name, e.branch_id, e.expires_on AS day, ${amount} AS amount,
                  ARRAY[e.expires_on::text, e.batch_id::text] AS at
           FROM (${expiring}) e
           JOIN inventory.read_batch_stock b ON b.tenant_id = $1 AND b.branch_id = e.branch_id AND b.variant_id = e.variant_id AND b.batch_id = e.batch_id
           JOIN catalog.read_variant v ON v.tenant_id = $1 AND v.id = e.variant_id
           WHERE ${thirty} = $7::integer AND ($8::date IS NULL OR (e.expires_on, e.batch_id) > ($8, $9::uuid))
           ORDER BY e.expires_on, e.batch_id LIMIT $10`,
    values: [...expiringValues(tenantId, places, at.days), at.fromDays, after?.[0] ?? null, after?.[1] ?? null, limit],
  })
  return rows
}
