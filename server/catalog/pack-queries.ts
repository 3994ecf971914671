import { sql } from 'kysely'
import type { BarcodeKind } from './product-contract.ts'
import type { Scope } from './queries.ts'

const now = sql<Date>`transaction_timestamp()`

const packColumns = ['id', 'variant_id', 'name', 'quantity', 'version', 'created_at', 'updated_at'] as const

/** The packs of a variant, in the order in which they were made. */
export function packsOf({ db, tenantId }: Scope, variantId: string) {
  return db
    .selectFrom('catalog.pack')
    .select(packColumns)
    .where('tenant_id', '=', tenantId)
    .where('variant_id', '=', variantId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
}

/** One pack; with `lock`, held until the end of the transaction. */
export function findPack({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('catalog.pack')
    .select(packColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Makes a pack. */
export function insertPack(
  { db, tenantId }: Scope,
  row: { id: string; variant_id: string; name: string; quantity: string },
) {
  return db
    .insertInto('catalog.pack')
    .values({ tenant_id: tenantId, ...row })
    .returning(packColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updatePack({ db, tenantId }: Scope, id: string, values: { name?: string; quantity?: string }) {
  return db
    .updateTable('catalog.pack')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(packColumns)
    .executeTakeFirstOrThrow()
}

/** Ends a pack and the barcodes it bears. */
export async function endPack({ db, tenantId }: Scope, id: string): Promise<void> {
  const ended = { updated_at: now, deleted_at: now }
  await db
    .updateTable('catalog.pack')
    .set((eb) => ({ ...ended, version: eb('version', '+', 1) }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
  await db
    .updateTable('catalog.barcode')
    .set((eb) => ({ ...ended, version: eb('version', '+', 1) }))
    .where('tenant_id', '=', tenantId)
    .where('pack_id', '=', id)
    .where('deleted_at', 'is', null)
    .execute()
}

const barcodeColumns = [
  'id',
  'variant_id',
  'pack_id',
  sql<BarcodeKind>`kind`.as('kind'),
  'code',
  'version',
  'created_at',
  'updated_at',
] as const

/** The barcodes of variants, in the order in which they were made. */
export function barcodesOf({ db, tenantId }: Scope, variantIds: readonly string[]) {
  return db
    .selectFrom('catalog.barcode')
    .select(barcodeColumns)
    .where('tenant_id', '=', tenantId)
    .where('variant_id', '=', sql<string>`any(${variantIds}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
}

/** One barcode; with `lock`, held until the end of the transaction. */
export function findBarcode({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('catalog.barcode')
    .select(barcodeColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface NewBarcode {
  readonly id: string
  readonly variant_id: string
  readonly pack_id: string | null
  readonly kind: BarcodeKind
  readonly code: string
  readonly key: string
}

/** Makes barcodes. */
export async function insertBarcodes({ db, tenantId }: Scope, rows: readonly NewBarcode[]) {
  if (rows.length === 0) return []
  return db
    .insertInto('catalog.barcode')
    .values(rows.map((row) => ({ tenant_id: tenantId, ...row })))
    .returning(barcodeColumns)
    .execute()
}

/** Ends a barcode: it is free for another variant. */
export function endBarcode({ db, tenantId }: Scope, id: string) {
  return db
    .updateTable('catalog.barcode')
    .set((eb) => ({ version: eb('version', '+', 1), updated_at: now, deleted_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(barcodeColumns)
    .executeTakeFirstOrThrow()
}

/** What is in one of a kit, in the order of the components. */
export function kitLinesOf({ db, tenantId }: Scope, kitId: string) {
  return db
    .selectFrom('catalog.kit_line')
    .select(['component_id as variant_id', 'quantity'])
    .where('tenant_id', '=', tenantId)
    .where('kit_id', '=', kitId)
    .where('deleted_at', 'is', null)
    .orderBy('component_id')
    .execute()
}

/** Makes the lines of a kit those given; a line that comes back is the old row. */
export async function putKitLines(
  { client, tenantId }: Scope,
  kitId: string,
  lines: readonly { id: string; variant_id: string; quantity: string }[],
): Promise<void> {
  await client.query({
    name: 'catalog-end-other-kit-lines',
    text: `UPDATE catalog.kit_line SET version = version + 1, updated_at = transaction_timestamp(), deleted_at = transaction_timestamp()
           WHERE tenant_id = $1 AND kit_id = $2 AND component_id <> ALL ($3::uuid[]) AND deleted_at IS NULL`,
    values: [tenantId, kitId, lines.map((line) => line.variant_id)],
  })
  await client.query({
    name: 'catalog-put-kit-lines',
    text: `INSERT INTO catalog.kit_line AS k (tenant_id, id, kit_id, component_id, quantity)
           SELECT $1, line.id, $2, line.variant_id, line.quantity
           FROM jsonb_to_recordset($3) AS line (id uuid, variant_id uuid, quantity numeric)
           ON CONFLICT (tenant_id, kit_id, component_id) DO UPDATE
           SET quantity = excluded.quantity, version = k.version + 1, updated_at = excluded.updated_at, deleted_at = NULL`,
    values: [tenantId, kitId, JSON.stringify(lines)],
  })
}
