import type pg from 'pg'
import { termsOf } from '../../server/catalog/terms.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'

const batch = 1_000

/** Gives a tenant products of these names with one variant and barcode each, found as if commands had made them. */
export async function fillProducts(
  superuser: pg.ClientBase,
  tenantId: string,
  goods: readonly { name: string; code: string; is_sellable?: boolean }[],
): Promise<void> {
  const [unitId, classId] = [uuidv7(), uuidv7()]
  await superuser.query(
    `INSERT INTO catalog.unit (tenant_id, id, code, name, dimension, size, decimals)
     VALUES ($1, $2, $3, 'Of many', 'count', 1, 0)`,
    [tenantId, unitId, `u${unitId.slice(-12)}`],
  )
  await superuser.query(
    `INSERT INTO tax.class (tenant_id, id, code, name, treatment) VALUES ($1, $2, $3, 'Of many', 'exempt')`,
    [tenantId, classId, `c${classId.slice(-12)}`],
  )
  for (let at = 0; at < goods.length; at += batch) {
    const rows = goods.slice(at, at + batch).map(({ name, code, is_sellable = true }) => ({
      product_id: uuidv7(),
      variant_id: uuidv7(),
      barcode_id: uuidv7(),
      name,
      code,
      is_sellable,
      terms: termsOf({ name, codes: [code] }),
    }))
    await superuser.query('BEGIN')
    await superuser.query('SELECT platform.set_tenant($1)', [tenantId])
    await superuser.query(
      `WITH given AS (
         SELECT * FROM jsonb_to_recordset($2) AS given (product_id uuid, variant_id uuid, barcode_id uuid, name text, code text,
           is_sellable boolean)
       ), product AS (
         INSERT INTO catalog.product (tenant_id, id, kind, name, unit_id, tax_class_id, is_expiry_tracked,
           is_prescription_only, is_open_price, is_sellable, is_discontinued)
         SELECT $1, product_id, 'stocked', name, $3, $4, false, false, false, is_sellable, false FROM given
       ), variant AS (
         INSERT INTO catalog.variant (tenant_id, id, product_id) SELECT $1, variant_id, product_id FROM given
       )
       INSERT INTO catalog.barcode (tenant_id, id, variant_id, kind, code, key)
       SELECT $1, barcode_id, variant_id, 'internal', code, code FROM given`,
      [tenantId, JSON.stringify(rows), unitId, classId],
    )
    await superuser.query('SELECT catalog.index_terms($1, $2)', [tenantId, JSON.stringify(rows)])
    await superuser.query('COMMIT')
  }
  await superuser.query('ANALYZE catalog.product, catalog.variant, catalog.barcode, catalog.term')
}
