import type { Dependent } from '../imports/index.ts'
import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** The type of the document by which an undo takes stock out again. */
export const undoDocument = 'import_undo'

export interface ProductGround {
  readonly classes: readonly { id: string; code: string; name: string; rate: string | null }[]
  readonly units: readonly { id: string; code: string; name: string; decimals: number }[]
  readonly categories: readonly { id: string; parent_id: string | null; name: string }[]
  readonly branches: readonly { id: string; code: string; name: string }[]
  readonly priceLists: readonly { id: string; is_for_all: boolean }[]
}

/** What the rows of products may name. The rates of tax classes are those in force in the country of the oldest legal entity. */
export async function readProductGround({ client, tenantId }: Scope, on: string): Promise<ProductGround> {
  const [classes, units, categories, branches, lists] = await Promise.all([
    client.query({
      name: 'imports-tax-classes',
      text: `SELECT c.id, c.code, c.name, CASE WHEN c.treatment = 'zero' THEN '0' ELSE trim_scale(r.rate)::text END AS rate
             FROM tax.class c
             LEFT JOIN LATERAL (
               SELECT r.rate FROM tax.reference_rate r
               WHERE r.name = c.rate_name AND r.valid @> $2::date AND r.jurisdiction_code = (
                 SELECT e.country FROM tenants.entity e WHERE e.tenant_id = $1 ORDER BY e.created_at, e.id LIMIT 1)
               LIMIT 1) AS r ON true
             WHERE c.tenant_id = $1 ORDER BY c.code`,
      values: [tenantId, on],
    }),
    client.query({
      name: 'imports-units',
      text: 'SELECT id, code, name, decimals FROM catalog.unit WHERE tenant_id = $1 ORDER BY code',
      values: [tenantId],
    }),
    client.query({
      name: 'imports-categories',
      text: 'SELECT id, parent_id, name FROM catalog.category WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id',
      values: [tenantId],
    }),
    client.query({
      name: 'imports-branches',
      text: 'SELECT id, code, name FROM tenants.branch WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY code',
      values: [tenantId],
    }),
    client.query({
      name: 'imports-price-lists',
      text: `SELECT id, (branch_id IS NULL AND channel_id IS NULL AND customer_group_id IS NULL) AS is_for_all
             FROM pricing.price_list WHERE tenant_id = $1 AND ended_on IS NULL ORDER BY id`,
      values: [tenantId],
    }),
  ])
  return {
    classes: classes.rows,
    units: units.rows,
    categories: categories.rows,
    branches: branches.rows,
    priceLists: lists.rows,
  }
}

export interface KnownProduct {
  readonly product_id: string
  readonly variant_id: string
  readonly version: number
  readonly sku: string | null
  readonly name: string
  readonly description: string | null
  readonly category_id: string | null
  readonly tax_class_id: string
  readonly unit_id: string
  readonly kind: string
  readonly is_expiry_tracked: boolean
  readonly is_prescription_only: boolean
  readonly barcodes: readonly { key: string; code: string; is_pack: boolean }[]
  readonly price_id: string | null
  readonly price: string | null
  /** The last day of that price; null where it has none, or there is no price. */
  readonly price_through: string | null
}

/** The products with these SKUs, keys of barcodes, or, without a SKU, names; with their prices on a list on a day. */
export async function findKnownProducts(
  { client, tenantId }: Scope,
  { skus, keys, names }: Readonly<Record<'skus' | 'keys' | 'names', readonly string[]>>,
  { priceListId, on }: { priceListId: string | null; on: string },
): Promise<KnownProduct[]> {
  const { rows } = await client.query({
    name: 'imports-known-products',
    text: `SELECT p.id AS product_id, v.id AS variant_id, p.version, v.sku, p.name, p.description, p.category_id, p.tax_class_id, p.unit_id, p.kind,
             p.is_expiry_tracked, p.is_prescription_only,
             (SELECT coalesce(jsonb_agg(jsonb_build_object('key', b.key, 'code', b.code, 'is_pack', b.pack_id IS NOT NULL)), '[]') FROM catalog.barcode b
              WHERE b.tenant_id = $1 AND b.variant_id = v.id AND b.deleted_at IS NULL) AS barcodes,
             r.price_id, r.price, r.price_through
           FROM catalog.variant v
           JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id
           LEFT JOIN LATERAL (
             SELECT r.id AS price_id, trim_scale(r.unit_price)::text AS price, (upper(r.valid) - 1)::text AS price_through FROM pricing.price r
             WHERE r.tenant_id = $1 AND r.price_list_id = $5 AND r.variant_id = v.id AND r.min_quantity = 0 AND r.valid @> $6::date
               AND r.withdrawn_at IS NULL) AS r ON true
           WHERE v.tenant_id = $1 AND v.deleted_at IS NULL AND v.id IN (
             SELECT id FROM catalog.variant WHERE tenant_id = $1 AND sku = ANY ($2::text[]) AND deleted_at IS NULL
             UNION ALL SELECT variant_id FROM catalog.barcode WHERE tenant_id = $1 AND key = ANY ($3::text[]) AND deleted_at IS NULL
             UNION ALL SELECT n.id FROM catalog.product m JOIN catalog.variant n ON n.tenant_id = $1 AND n.product_id = m.id
                       WHERE m.tenant_id = $1 AND m.name = ANY ($4::text[]) AND m.deleted_at IS NULL AND n.deleted_at IS NULL AND n.sku IS NULL)
           ORDER BY v.id`,
    values: [tenantId, skus, keys, names, priceListId, on],
  })
  return rows
}

/** What came in by an import counts, or goes just now. */
export const stands = `i.status IN ('committing', 'committed', 'stopped', 'undoing')`
/** All that came in by an import was taken back, by an undo or because not all of it was right, whatever became of it since. */
const isGone = `i.undone_at IS NOT NULL AND NOT ${stands}`

/** Whether anything moved at a level but by an import or its documents, or by what was taken back. */
const movedOtherwise = (importId: '$2' | '$3') => `EXISTS (
             SELECT FROM inventory.movement m
             JOIN inventory.posting o ON o.tenant_id = $1 AND o.id = m.posting_id
             WHERE m.tenant_id = $1 AND m.level_id = l.id AND o.document_type <> '${undoDocument}' AND NOT EXISTS (
               SELECT FROM imports.provenance p JOIN imports.import i ON i.tenant_id = $1 AND i.id = p.import_id
               WHERE p.tenant_id = $1 AND p.resource_id = m.posting_id AND p.resource = 'posting'
                 AND (p.import_id = ${importId} OR ${isGone}))
             AND NOT EXISTS (
               SELECT FROM history.document d LEFT JOIN history.reversal r ON r.tenant_id = $1 AND r.document_id = d.id
               WHERE d.tenant_id = $1 AND d.id = o.document_id AND (d.import_id = ${importId} OR r.id IS NOT NULL)))`

/** Of these places, those where something moved that did not come by this import: there is no opening stock any more. */
export async function findOpened(
  { client, tenantId }: Scope,
  importId: string,
  places: readonly { branch_id: string; variant_id: string }[],
): Promise<{ branch_id: string; variant_id: string }[]> {
  if (places.length === 0) return []
  const { rows } = await client.query({
    name: 'imports-find-opened',
    text: `SELECT DISTINCT l.branch_id, l.variant_id
           FROM jsonb_to_recordset($2) AS w (branch_id uuid, variant_id uuid)
           JOIN inventory.level l ON l.tenant_id = $1 AND l.branch_id = w.branch_id AND l.variant_id = w.variant_id
           WHERE ${movedOtherwise('$3')}`,
    values: [tenantId, JSON.stringify(places), importId],
  })
  return rows
}

/** What an import put into stock that still lies where it put it: by row, with the day that it counts. */
export async function movementsOfPostings({ client, tenantId }: Scope, postingIds: readonly string[]) {
  const { rows } = await client.query<{
    posting_id: string
    line: number
    branch_id: string
    variant_id: string
    batch_id: string | null
    quantity: string
    document_on: string
  }>({
    name: 'imports-movements-of-postings',
    text: `SELECT m.posting_id, m.line, m.branch_id, m.variant_id, m.batch_id, trim_scale(m.quantity)::text AS quantity, o.document_on
           FROM inventory.movement m JOIN inventory.posting o ON o.tenant_id = $1 AND o.id = m.posting_id
           WHERE m.tenant_id = $1 AND m.posting_id = ANY ($2::uuid[]) ORDER BY m.posting_id, m.line`,
    values: [tenantId, postingIds],
  })
  return rows
}

/** Whether something of goods or of parties came neither by this import nor by one that was taken back. */
export const cameOtherwise = (id: string) => `NOT EXISTS (
             SELECT FROM imports.provenance p JOIN imports.import i ON i.tenant_id = $1 AND i.id = p.import_id
             WHERE p.tenant_id = $1 AND p.resource_id = ${id} AND (p.import_id = $2 OR NOT ${stands}))`

/** The goods whose prices another import replaced that stands, or somebody changed since. */
const replacedPrices = `UNION SELECT r.variant_id, 'changed' FROM brought b
    JOIN pricing.price r ON r.tenant_id = $1 AND r.id = b.resource_id
    CROSS JOIN LATERAL (
      SELECT coalesce(bool_or(i.id <> $2 AND ${stands}), false) AS by_other, count(*) > 0 AS by_import
      FROM pricing.price q
      JOIN imports.provenance p ON p.tenant_id = $1 AND p.resource_id = q.id AND p.resource = 'price'
      JOIN imports.former f ON f.tenant_id = $1 AND f.id = p.id AND f.old_values ->> 'id' = r.id::text
      JOIN imports.import i ON i.tenant_id = $1 AND i.id = p.import_id
      WHERE q.tenant_id = $1 AND q.variant_id = r.variant_id) AS replaced
    WHERE b.resource = 'price'
      AND (replaced.by_other OR r.withdrawn_at IS NULL AND r.version <> b.version_after AND NOT replaced.by_import)`

/**
 * What keeps the products of an import from being taken back: stock that moved or is kept since, sales, kits, and what somebody
 * changed since. Names and reasons, at most so many.
 */
export async function findProductDependents(
  { client, tenantId }: Scope,
  importId: string,
  most: number,
): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>({
    name: 'imports-product-dependents',
    text: `WITH brought AS MATERIALIZED (
             SELECT resource, resource_id, bool_or(what = 'created') AS is_new, max(version_after) AS version_after, min(created_at) AS since
             FROM imports.provenance WHERE tenant_id = $1 AND import_id = $2 GROUP BY resource, resource_id
           ), goods AS MATERIALIZED (
             SELECT v.id AS variant_id, v.created_at, b.since FROM brought b
             JOIN catalog.product p ON p.tenant_id = $1 AND p.id = b.resource_id AND p.deleted_at IS NULL
             JOIN catalog.variant v ON v.tenant_id = $1 AND v.product_id = p.id AND v.deleted_at IS NULL
             WHERE b.resource = 'product' AND b.is_new
           ), placed AS MATERIALIZED (
             SELECT DISTINCT m.branch_id, m.variant_id FROM brought b
             JOIN inventory.movement m ON m.tenant_id = $1 AND m.posting_id = b.resource_id WHERE b.resource = 'posting'
           ), levels AS MATERIALIZED (
             SELECT l.id, l.variant_id, l.reserved FROM inventory.level l WHERE l.tenant_id = $1
               AND (l.variant_id IN (SELECT g.variant_id FROM goods g) OR (l.branch_id, l.variant_id) IN (SELECT d.branch_id, d.variant_id FROM placed d))
           ), found AS (
             SELECT l.variant_id, 'stock_moved' AS reason FROM levels l WHERE ${movedOtherwise('$2')}
             UNION SELECT l.variant_id, 'reserved' FROM levels l WHERE l.reserved <> 0
             UNION SELECT g.variant_id, 'sold' FROM goods g
               WHERE EXISTS (SELECT FROM sales.line s WHERE s.tenant_id = $1 AND s.variant_id = g.variant_id)
                 OR EXISTS (
                   SELECT FROM history.line h JOIN history.read_document d ON d.tenant_id = $1 AND d.document_id = h.document_id
                   WHERE h.tenant_id = $1 AND h.variant_id = g.variant_id AND d.import_id IS DISTINCT FROM $2)
             UNION SELECT g.variant_id, 'in_use' FROM goods g
               WHERE EXISTS (SELECT FROM catalog.kit_line k WHERE k.tenant_id = $1 AND k.component_id = g.variant_id AND k.deleted_at IS NULL)
                 OR EXISTS (SELECT FROM replenishment.policy y WHERE y.tenant_id = $1 AND y.variant_id = g.variant_id)
             UNION SELECT g.variant_id, 'changed' FROM goods g
               WHERE g.created_at > g.since
                 OR EXISTS (SELECT FROM catalog.barcode c WHERE c.tenant_id = $1 AND c.variant_id = g.variant_id
                   AND c.deleted_at IS NULL AND c.created_at > g.since AND ${cameOtherwise('c.id')})
                 OR EXISTS (SELECT FROM pricing.price r WHERE r.tenant_id = $1 AND r.variant_id = g.variant_id
                   AND r.withdrawn_at IS NULL AND r.created_at > g.since AND ${cameOtherwise('r.id')})
             UNION SELECT v.id, 'changed' FROM brought b
               JOIN catalog.product p ON p.tenant_id = $1 AND p.id = b.resource_id AND p.deleted_at IS NULL AND p.version <> b.version_after
               JOIN catalog.variant v ON v.tenant_id = $1 AND v.product_id = p.id WHERE b.resource = 'product'
             ${replacedPrices})
           SELECT DISTINCT coalesce(v.sku || ' ', '') || p.name AS name, f.reason
           FROM found f
           JOIN catalog.variant v ON v.tenant_id = $1 AND v.id = f.variant_id
           JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id
           ORDER BY name, f.reason LIMIT $3`,
    values: [tenantId, importId, most],
  })
  return rows
}

/** The versions of things of the catalogue that an undo ends, by id; what was ended already is left out. */
export async function versionsOf(
  { client, tenantId }: Scope,
  table: 'product' | 'category' | 'barcode',
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map()
  const { rows } = await client.query<{ id: string; version: number }>({
    name: `imports-versions-of-${table}`,
    text: `SELECT id, version FROM catalog.${table} WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL`,
    values: [tenantId, ids],
  })
  return new Map(rows.map(({ id, version }) => [id, version]))
}

/** Of these postings, those that there are. */
export async function postingsThere({ client, tenantId }: Scope, ids: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    name: 'imports-postings-there',
    text: 'SELECT id FROM inventory.posting WHERE tenant_id = $1 AND id = ANY ($2::uuid[])',
    values: [tenantId, ids],
  })
  return rows.map(({ id }) => id)
}

/** Whether categories or products lie in a category. */
export async function findInUse({ client, tenantId }: Scope, categoryId: string): Promise<boolean> {
  const { rows } = await client.query({
    name: 'imports-category-in-use',
    text: `SELECT EXISTS (SELECT FROM catalog.category WHERE tenant_id = $1 AND parent_id = $2 AND deleted_at IS NULL)
               OR EXISTS (SELECT FROM catalog.product WHERE tenant_id = $1 AND category_id = $2 AND deleted_at IS NULL) AS used`,
    values: [tenantId, categoryId],
  })
  return rows[0]?.used === true
}

/**
 * What these prices of imports replaced, by their ids: past prices that came by rows which are taken back as well, what was before
 * those. Without an entry, or with null, nothing was.
 */
export async function pricesBefore({ client, tenantId }: Scope, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, null>()
  const { rows } = await client.query<{ id: string; old: Readonly<Record<string, string | null>> | null }>({
    name: 'imports-prices-before',
    text: `WITH RECURSIVE past AS (
             SELECT w.id, w.id AS at, 0 AS steps, NULL::jsonb AS old FROM unnest($2::uuid[]) AS w (id)
             UNION SELECT b.id, (f.old_values ->> 'id')::uuid, b.steps + 1, f.old_values FROM past b
             JOIN imports.provenance p ON p.tenant_id = $1 AND p.resource_id = b.at AND p.resource = 'price'
             JOIN imports.import i ON i.tenant_id = $1 AND i.id = p.import_id AND (i.status = 'undoing' OR NOT ${stands})
             LEFT JOIN imports.former f ON f.tenant_id = $1 AND f.id = p.id)
           SELECT DISTINCT ON (id) id, old FROM past ORDER BY id, steps DESC`,
    values: [tenantId, ids],
  })
  return new Map(rows.map(({ id, old }) => [id, old]))
}
