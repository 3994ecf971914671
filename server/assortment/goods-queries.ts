import type { ChangedThing, Scope } from './queries.ts'

export interface GoodsPlace {
  readonly branch_id: string
  readonly currency: string
  /** Prices that ended before it are left out. */
  readonly today: string
}

// What a till knows of the variants of `page`, each part of it by an index of its own.
const goodsOfPage = `
  SELECT v.id AS variant_id, v.product_id, p.name, p.labels, v.sku, v.options, p.kind, p.unit_id, p.tax_class_id, p.category_id,
         p.is_expiry_tracked, p.is_prescription_only, p.is_open_price, p.is_sellable, p.is_discontinued, v.allows_negative_stock,
         (SELECT coalesce(json_agg(json_build_object('id', k.id, 'name', k.name, 'quantity', trim_scale(k.quantity)::text) ORDER BY k.id), '[]')
          FROM catalog.pack k WHERE k.tenant_id = $1 AND k.variant_id = v.id AND k.deleted_at IS NULL) AS packs,
         (SELECT coalesce(json_agg(json_build_object('code', b.code, 'key', b.key, 'pack_id', b.pack_id) ORDER BY b.id), '[]')
          FROM catalog.barcode b WHERE b.tenant_id = $1 AND b.variant_id = v.id AND b.deleted_at IS NULL) AS barcodes,
         CASE WHEN p.kind <> 'kit' THEN '[]' ELSE
           (SELECT coalesce(json_agg(json_build_object('variant_id', k.component_id, 'quantity', trim_scale(k.quantity)::text) ORDER BY k.component_id), '[]')
            FROM catalog.kit_line k WHERE k.tenant_id = $1 AND k.kit_id = v.id AND k.deleted_at IS NULL) END AS parts,
         (SELECT coalesce(json_agg(json_build_object('id', c.id, 'price_list_id', c.price_list_id, 'unit_price', trim_scale(c.unit_price)::text,
                   'min_quantity', trim_scale(c.min_quantity)::text, 'valid_from', lower(c.valid), 'valid_through', upper(c.valid) - 1) ORDER BY c.id), '[]')
          FROM pricing.price c JOIN pricing.price_list l ON l.tenant_id = $1 AND l.id = c.price_list_id
          WHERE c.tenant_id = $1 AND c.variant_id = v.id AND c.withdrawn_at IS NULL AND (upper(c.valid) IS NULL OR upper(c.valid) > $4::date)
            AND l.currency = $3 AND (l.branch_id IS NULL OR l.branch_id = $2) AND (l.ended_on IS NULL OR l.ended_on > $4::date)) AS prices,
         (SELECT i.sha256 FROM images.image i
          WHERE i.tenant_id = $1 AND i.product_id = v.product_id AND (i.variant_id IS NULL OR i.variant_id = v.id) AND i.deleted_at IS NULL
          ORDER BY (i.variant_id IS NULL), i.is_primary DESC, i.position, i.id LIMIT 1) AS image
  FROM page JOIN catalog.variant v ON v.tenant_id = $1 AND v.id = page.id
  JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id
  ORDER BY v.id`

/** A page of what a till knows of the variants of the tenant, by id, and one row more when there is a next page. */
export async function listGoods(
  { client, tenantId }: Scope,
  { branch_id, currency, today }: GoodsPlace,
  { limit, after }: { readonly limit: number; readonly after: string | null },
) {
  const { rows } = await client.query({
    name: 'assortment-list-goods',
    text: `WITH page AS MATERIALIZED (
             SELECT v.id FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id AND p.deleted_at IS NULL
             WHERE v.tenant_id = $1 AND v.deleted_at IS NULL AND v.id > coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')
             ORDER BY v.id LIMIT $6)${goodsOfPage}`,
    values: [tenantId, branch_id, currency, today, after, limit + 1],
  })
  return rows
}

/** What a till knows of these variants; those that are deleted are left out. */
export async function findKeptGoods(
  { client, tenantId }: Scope,
  { branch_id, currency, today }: GoodsPlace,
  ids: readonly string[],
) {
  const { rows } = await client.query({
    name: 'assortment-find-goods',
    text: `WITH page AS MATERIALIZED (
             SELECT v.id FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id AND p.deleted_at IS NULL
             WHERE v.tenant_id = $1 AND v.deleted_at IS NULL AND v.id = ANY ($5::uuid[]))${goodsOfPage}`,
    values: [tenantId, branch_id, currency, today, ids],
  })
  return rows
}

/** The variants that things are about: products, variants, packs, barcodes, prices and images. */
export async function variantsOf({ client, tenantId }: Scope, things: readonly ChangedThing[]): Promise<string[]> {
  const idsOf = (wanted: string) => things.flatMap(({ type, id }) => (type === wanted ? [id] : []))
  const { rows } = await client.query({
    name: 'assortment-variants-of',
    text: `SELECT v.id FROM catalog.variant v WHERE v.tenant_id = $1 AND v.id = ANY ($2::uuid[])
           UNION SELECT v.id FROM catalog.variant v WHERE v.tenant_id = $1 AND v.product_id = ANY ($3::uuid[])
           UNION SELECT k.variant_id FROM catalog.pack k WHERE k.tenant_id = $1 AND k.id = ANY ($4::uuid[])
           UNION SELECT b.variant_id FROM catalog.barcode b WHERE b.tenant_id = $1 AND b.id = ANY ($5::uuid[])
           UNION SELECT c.variant_id FROM pricing.price c WHERE c.tenant_id = $1 AND c.id = ANY ($6::uuid[])
           UNION SELECT v.id FROM images.image i JOIN catalog.variant v ON v.tenant_id = $1 AND v.product_id = i.product_id
                 WHERE i.tenant_id = $1 AND i.id = ANY ($7::uuid[])`,
    values: [tenantId, ...['variant', 'product', 'pack', 'barcode', 'price', 'image'].map(idsOf)],
  })
  return rows.map(({ id }: { id: string }) => id)
}
