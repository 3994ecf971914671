import { sql } from 'kysely'
import type { kinds } from './product-contract.ts'
import type { Scope } from './queries.ts'

const now = sql<Date>`transaction_timestamp()`

export interface Label {
  readonly locale: string
  readonly name: string
}

const productColumns = [
  'id',
  sql<(typeof kinds)[number]>`kind`.as('kind'),
  'name',
  'description',
  sql<Label[]>`labels`.as('labels'),
  'unit_id',
  'tax_class_id',
  'category_id',
  'hsn_code',
  'is_expiry_tracked',
  'is_prescription_only',
  'is_open_price',
  'is_sellable',
  'is_discontinued',
  'version',
  'created_at',
  'updated_at',
] as const

/** A product as it is kept. */
export type ProductRow = NonNullable<Awaited<ReturnType<typeof findProduct>>>

/** One product; with `lock`, held until the end of the transaction. */
export function findProduct({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('catalog.product')
    .select(productColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Those of these products that there are, held until the end of the transaction, in the order of their ids. */
export function lockProducts({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('catalog.product')
    .select(productColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}

export interface ProductFilter {
  readonly category_id?: string | undefined
  readonly kind?: string | undefined
  readonly is_sellable?: boolean | undefined
  readonly is_discontinued?: boolean | undefined
  readonly limit: number
}

/** A page of products by name, and one row more when there is a next page. A category stands for those below it, too. */
export function listProducts(
  { db, tenantId }: Scope,
  { category_id, kind, is_sellable, is_discontinued, limit }: ProductFilter,
  after: readonly [name: string, id: string] | undefined,
) {
  return db
    .selectFrom('catalog.product')
    .select(productColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(category_id !== undefined, (qb) => qb.where(inCategory(tenantId, category_id ?? '')))
    .$if(kind !== undefined, (qb) => qb.where('kind', '=', kind ?? ''))
    .$if(is_sellable !== undefined, (qb) => qb.where('is_sellable', '=', is_sellable ?? true))
    .$if(is_discontinued !== undefined, (qb) => qb.where('is_discontinued', '=', is_discontinued ?? true))
    .$if(after !== undefined, (qb) =>
      qb.where((eb) => eb(eb.refTuple('name', 'id'), '>', eb.tuple(after?.[0] ?? '', after?.[1] ?? ''))),
    )
    .orderBy('name')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

function inCategory(tenantId: string, categoryId: string) {
  return sql<boolean>`category_id = ANY (ARRAY(
    WITH RECURSIVE below AS (
      SELECT id, 1 AS depth FROM catalog.category WHERE tenant_id = ${tenantId} AND id = ${categoryId}
      UNION ALL
      SELECT c.id, below.depth + 1 FROM catalog.category c JOIN below ON c.parent_id = below.id
      WHERE c.tenant_id = ${tenantId} AND below.depth < 100
    )
    SELECT id FROM below))`
}

export interface ProductFlags {
  readonly is_expiry_tracked: boolean
  readonly is_prescription_only: boolean
  readonly is_open_price: boolean
  readonly is_sellable: boolean
  readonly is_discontinued: boolean
}

export interface NewProduct extends ProductFlags {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly description: string | null
  readonly labels: readonly Label[]
  readonly unit_id: string
  readonly tax_class_id: string
  readonly category_id: string | null
  readonly hsn_code: string | null
}

/** Makes a product, without variants yet. */
export function insertProduct({ db, tenantId }: Scope, { labels, ...row }: NewProduct) {
  return db
    .insertInto('catalog.product')
    .values({ tenant_id: tenantId, ...row, labels: JSON.stringify(labels) })
    .returning(productColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateProduct(
  { db, tenantId }: Scope,
  id: string,
  { labels, ...values }: Partial<Omit<NewProduct, 'id' | 'kind' | 'unit_id'>>,
) {
  return db
    .updateTable('catalog.product')
    .set((eb) => ({
      ...values,
      ...(labels ? { labels: JSON.stringify(labels) } : {}),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(productColumns)
    .executeTakeFirstOrThrow()
}

/** Takes products out of the catalogue. */
export function endProducts({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .updateTable('catalog.product')
    .set((eb) => ({ version: eb('version', '+', 1), updated_at: now, deleted_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .returning(productColumns)
    .execute()
}

/** Makes the terms of variants those given. */
export async function indexTerms(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  variants: readonly { variant_id: string; terms: readonly string[] }[],
): Promise<void> {
  await client.query({
    name: 'catalog-index-terms',
    text: 'SELECT catalog.index_terms($1, $2)',
    values: [tenantId, JSON.stringify(variants)],
  })
}

/** Gives variants that were just made their terms. */
export async function indexNewTerms(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  variants: readonly { variant_id: string; terms: readonly string[] }[],
): Promise<void> {
  if (variants.length === 0) return
  await client.query({
    name: 'catalog-index-new-terms',
    text: 'SELECT catalog.index_new_terms($1, $2)',
    values: [tenantId, JSON.stringify(variants)],
  })
}
