import { together } from '../platform/database.ts'
import type { ProductDraft } from './products.ts'
import type { Scope } from './queries.ts'

/** What other products have already. */
export interface Taken {
  readonly ids: Set<string>
  readonly skus: Set<string>
  readonly keys: Set<string>
}

/** Of these ids, SKUs and keys of barcodes, those that are taken. */
export async function readTaken(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  asked: Readonly<Record<keyof Taken, readonly string[]>>,
): Promise<Taken> {
  const { rows } = await client.query<Record<keyof Taken, string[]>>({
    name: 'catalog-read-taken',
    text: `SELECT ARRAY(SELECT id::text FROM catalog.product WHERE tenant_id = $1 AND id = ANY ($2::uuid[])) AS ids,
                  ARRAY(SELECT sku FROM catalog.variant WHERE tenant_id = $1 AND sku = ANY ($3::text[]) AND deleted_at IS NULL) AS skus,
                  ARRAY(SELECT key FROM catalog.barcode WHERE tenant_id = $1 AND key = ANY ($4::text[]) AND deleted_at IS NULL) AS keys`,
    values: [tenantId, asked.ids, asked.skus, asked.keys],
  })
  const [found] = rows
  return { ids: new Set(found?.ids), skus: new Set(found?.skus), keys: new Set(found?.keys) }
}

/** Makes products with their variants and barcodes, in one statement each, in an order in which two of these wait for one another. */
export async function insertProducts(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  drafts: readonly ProductDraft[],
): Promise<void> {
  const insert = async (name: string, text: string, rows: readonly object[]) =>
    rows.length > 0 && client.query({ name: `catalog-insert-${name}`, text, values: [tenantId, JSON.stringify(rows)] })
  await together([
    insert(
      'products',
      `INSERT INTO catalog.product (tenant_id, id, kind, name, description, labels, unit_id, tax_class_id, category_id, hsn_code,
         is_expiry_tracked, is_prescription_only, is_open_price, is_sellable, is_discontinued)
       SELECT $1, p.* FROM jsonb_to_recordset($2) AS p (id uuid, kind text, name text, description text, labels jsonb, unit_id uuid,
         tax_class_id uuid, category_id uuid, hsn_code text, is_expiry_tracked boolean, is_prescription_only boolean,
         is_open_price boolean, is_sellable boolean, is_discontinued boolean)`,
      drafts.map(({ row }) => row),
    ),
    insert(
      'variants',
      `INSERT INTO catalog.variant (tenant_id, id, product_id, sku, options, allows_negative_stock, weight_kg, length_cm, width_cm,
         height_cm, production_hours, batch_size_min, batch_size_max)
       SELECT $1, v.* FROM jsonb_to_recordset($2) AS v (id uuid, product_id uuid, sku text, options jsonb, allows_negative_stock boolean,
         weight_kg numeric, length_cm numeric, width_cm numeric, height_cm numeric, production_hours numeric,
         batch_size_min numeric, batch_size_max numeric)`,
      drafts.flatMap(({ variants }) => variants).toSorted((a, b) => compare(a.sku ?? '', b.sku ?? '')),
    ),
    insert(
      'barcodes',
      `INSERT INTO catalog.barcode (tenant_id, id, variant_id, kind, code, key)
       SELECT $1, b.* FROM jsonb_to_recordset($2) AS b (id uuid, variant_id uuid, kind text, code text, key text)`,
      drafts.flatMap(({ barcodes }) => barcodes).toSorted((a, b) => compare(a.key, b.key)),
    ),
  ])
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
