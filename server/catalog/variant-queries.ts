import { sql } from 'kysely'
import type { z } from 'zod'
import { together } from '../platform/database.ts'
import type { Goods, GoodsUnit } from './goods.ts'
import type { variantName } from './product-contract.ts'
import type { Scope } from './queries.ts'

const now = sql<Date>`transaction_timestamp()`

export interface Option {
  readonly name: string
  readonly value: string
}

export interface Measures {
  readonly weight_kg: string | null
  readonly length_cm: string | null
  readonly width_cm: string | null
  readonly height_cm: string | null
  readonly production_hours: string | null
  readonly batch_size_min: string | null
  readonly batch_size_max: string | null
}

const variantColumns = [
  'id',
  'product_id',
  'sku',
  sql<Option[]>`options`.as('options'),
  'weight_kg',
  'length_cm',
  'width_cm',
  'height_cm',
  'production_hours',
  'batch_size_min',
  'batch_size_max',
  'allows_negative_stock',
  'version',
  'created_at',
  'updated_at',
] as const

/** A variant as it is kept. */
export type VariantRow = Awaited<ReturnType<typeof findVariants>>[number]

/** Those of these variants that there are, by id; with `lock`, held until the end of the transaction. */
export function findVariants({ db, tenantId }: Scope, ids: readonly string[], lock = false) {
  return db
    .selectFrom('catalog.variant')
    .select(variantColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .execute()
}

/** The variants of a product, in the order in which they were made. */
export function variantsOf({ db, tenantId }: Scope, productId: string) {
  return db
    .selectFrom('catalog.variant')
    .select(variantColumns)
    .where('tenant_id', '=', tenantId)
    .where('product_id', '=', productId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
}

/** The variants of these products, held until the end of the transaction, in the order of their ids. */
export function lockVariantsOf({ db, tenantId }: Scope, productIds: readonly string[]) {
  return db
    .selectFrom('catalog.variant')
    .select(variantColumns)
    .where('tenant_id', '=', tenantId)
    .where('product_id', '=', sql<string>`any(${productIds}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}

export interface NewVariant extends Measures {
  readonly id: string
  readonly product_id: string
  readonly sku: string | null
  readonly options: readonly Option[]
  readonly allows_negative_stock: boolean
}

/** Makes variants; answers with them in the order of their ids. */
export async function insertVariants({ db, tenantId }: Scope, rows: readonly NewVariant[]) {
  const made = await db
    .insertInto('catalog.variant')
    .values(rows.map(({ options, ...row }) => ({ tenant_id: tenantId, ...row, options: JSON.stringify(options) })))
    .returning(variantColumns)
    .execute()
  return made.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Changes the fields given and counts the version up. */
export function updateVariant(
  { db, tenantId }: Scope,
  id: string,
  { options, ...values }: Partial<Omit<NewVariant, 'id' | 'product_id'>>,
) {
  return db
    .updateTable('catalog.variant')
    .set((eb) => ({
      ...values,
      ...(options ? { options: JSON.stringify(options) } : {}),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(variantColumns)
    .executeTakeFirstOrThrow()
}

/** Takes variants out of the catalogue, with their packs, barcodes and kit lines. */
export async function endVariants({ client, tenantId }: Scope, ids: readonly string[]): Promise<void> {
  const ended = 'version = version + 1, updated_at = transaction_timestamp(), deleted_at = transaction_timestamp()'
  const where = 'tenant_id = $1 AND deleted_at IS NULL'
  const end = (name: string, text: string) =>
    client.query({ name: `catalog-end-${name}`, text, values: [tenantId, ids] })
  // They travel together, in this order.
  await together([
    end('variants', `UPDATE catalog.variant SET ${ended} WHERE ${where} AND id = ANY ($2::uuid[])`),
    end('packs', `UPDATE catalog.pack SET ${ended} WHERE ${where} AND variant_id = ANY ($2::uuid[])`),
    end('barcodes', `UPDATE catalog.barcode SET ${ended} WHERE ${where} AND variant_id = ANY ($2::uuid[])`),
    end('kit-lines', `UPDATE catalog.kit_line SET ${ended} WHERE ${where} AND kit_id = ANY ($2::uuid[])`),
  ])
}

/** Whether any of these variants is a component of a kit other than those being ended with it. */
export async function isInKit({ client, tenantId }: Scope, ids: readonly string[]): Promise<boolean> {
  const { rows } = await client.query({
    name: 'catalog-is-in-kit',
    text: `SELECT EXISTS (
             SELECT FROM catalog.kit_line WHERE tenant_id = $1 AND component_id = ANY ($2::uuid[]) AND deleted_at IS NULL) AS used`,
    values: [tenantId, ids],
  })
  return rows[0]?.used === true
}

const costColumns = ['id', 'cost', 'cost_currency', 'version', 'created_at', 'updated_at'] as const

/** What a variant costs, if that was set. */
export function findCost({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('catalog.variant')
    .select(costColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** Sets what a variant costs and counts its version up. */
export function putCost(
  { db, tenantId }: Scope,
  id: string,
  { cost, currency }: Record<'cost' | 'currency', string | null>,
) {
  return db
    .updateTable('catalog.variant')
    .set((eb) => ({ cost, cost_currency: currency, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(costColumns)
    .executeTakeFirstOrThrow()
}

/** Counts the version of a variant up: what it consists of was changed. */
export async function touchVariant({ db, tenantId }: Scope, id: string): Promise<void> {
  await db
    .updateTable('catalog.variant')
    .set((eb) => ({ version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** Of variants, the kind of their product and the decimals of its unit. */
export function findComponents({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('catalog.variant as v')
    .innerJoin('catalog.product as p', (join) =>
      join.onRef('p.tenant_id', '=', 'v.tenant_id').onRef('p.id', '=', 'v.product_id'),
    )
    .innerJoin('catalog.unit as u', (join) =>
      join.onRef('u.tenant_id', '=', 'p.tenant_id').onRef('u.id', '=', 'p.unit_id'),
    )
    .select(['v.id', 'p.kind', 'u.decimals'])
    .where('v.tenant_id', '=', tenantId)
    .where('v.id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
}

/** What moving and counting goods needs to know of variants; those that were deleted, too, for there may be stock of them. */
async function findGoods({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>, ids: readonly string[]) {
  const { rows } = await client.query({
    name: 'catalog-find-goods',
    text: `SELECT v.id AS variant_id, v.product_id, p.name, v.sku, p.kind, p.is_expiry_tracked, p.is_sellable, p.is_discontinued,
                  v.allows_negative_stock, (v.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL) AS is_deleted,
                  jsonb_build_object('id', u.id, 'code', u.code, 'dimension', u.dimension, 'size', u.size::text, 'decimals', u.decimals) AS unit,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'quantity', k.quantity::text) ORDER BY k.id), '[]')
                   FROM catalog.pack k WHERE k.tenant_id = $1 AND k.variant_id = v.id AND k.deleted_at IS NULL) AS packs
           -- One after the other by their keys, also where PostgreSQL has no statistics yet and would join all goods with all others.
           FROM (SELECT DISTINCT id FROM unnest($2::uuid[]) AS w (id)) w
           CROSS JOIN LATERAL (SELECT * FROM catalog.variant v WHERE v.tenant_id = $1 AND v.id = w.id OFFSET 0) v
           CROSS JOIN LATERAL (SELECT * FROM catalog.product p WHERE p.tenant_id = $1 AND p.id = v.product_id OFFSET 0) p
           CROSS JOIN LATERAL (SELECT * FROM catalog.unit u WHERE u.tenant_id = $1 AND u.id = p.unit_id OFFSET 0) u`,
    values: [tenantId, ids],
  })
  return rows as Omit<Goods, 'units'>[]
}

/** All units of the tenant. */
export async function findUnits({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>): Promise<GoodsUnit[]> {
  const { rows } = await client.query({
    name: 'catalog-find-units',
    text: 'SELECT id, code, dimension, size, decimals FROM catalog.unit WHERE tenant_id = $1',
    values: [tenantId],
  })
  return rows
}

/** Goods by the ids of their variants; those that there are not are left out. */
export async function readGoods(
  context: Pick<Scope, 'client' | 'tenantId'>,
  variantIds: readonly string[],
): Promise<ReadonlyMap<string, Goods>> {
  const [goods, units] = await Promise.all([findGoods(context, variantIds), findUnits(context)])
  return new Map(
    goods.map((one) => [
      one.variant_id,
      { ...one, units: units.filter(({ dimension }) => dimension === one.unit.dimension) },
    ]),
  )
}

/** What variants are called and told apart by, by id; those that were deleted, too. */
export async function lookUpVariants({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>, ids: readonly string[]) {
  const { rows } = await client.query({
    name: 'catalog-look-up-variants',
    text: `SELECT v.id, v.product_id, p.name, v.sku, p.kind, u.code AS unit_code, u.decimals AS unit_decimals,
                  (SELECT string_agg(o.value ->> 'value', ', ' ORDER BY o.position)
                   FROM jsonb_array_elements(v.options) WITH ORDINALITY AS o (value, position)) AS options,
                  (SELECT b.code FROM catalog.barcode b
                   WHERE b.tenant_id = $1 AND b.variant_id = v.id AND b.pack_id IS NULL AND b.deleted_at IS NULL
                   ORDER BY b.id LIMIT 1) AS barcode,
                  p.is_expiry_tracked, p.is_prescription_only, p.is_open_price, p.is_sellable, p.is_discontinued,
                  (v.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL) AS is_deleted
           FROM catalog.variant v
           JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id
           JOIN catalog.unit u ON u.tenant_id = $1 AND u.id = p.unit_id
           WHERE v.tenant_id = $1 AND v.id = ANY ($2::uuid[])
           ORDER BY v.id`,
    values: [tenantId, ids],
  })
  return rows as Omit<z.input<typeof variantName>, 'image_sha256'>[]
}
