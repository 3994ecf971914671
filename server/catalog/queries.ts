import { sql } from 'kysely'
import type { Dimension } from '../codes/index.ts'
import type { Transaction } from '../platform/database.ts'

const now = sql<Date>`transaction_timestamp()`

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const unitColumns = [
  'id',
  'code',
  'name',
  sql<Dimension>`dimension`.as('dimension'),
  'size',
  'decimals',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of units by code, and one row more when there is a next page. */
export function listUnits({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('catalog.unit')
    .select(unitColumns)
    .where('tenant_id', '=', tenantId)
    .$if(after !== undefined, (qb) => qb.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** One unit; with `lock`, held until the end of the transaction. */
export function findUnit({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('catalog.unit')
    .select(unitColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface NewUnit {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly dimension: Dimension
  readonly size: string
  readonly decimals: number
}

/** Makes a unit. */
export function insertUnit({ db, tenantId }: Scope, row: NewUnit) {
  return db
    .insertInto('catalog.unit')
    .values({ tenant_id: tenantId, ...row })
    .returning(unitColumns)
    .executeTakeFirstOrThrow()
}

/** Whether the tenant has any unit. */
export async function hasUnits({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>): Promise<boolean> {
  const { rows } = await client.query({
    name: 'catalog-has-units',
    text: 'SELECT EXISTS (SELECT FROM catalog.unit WHERE tenant_id = $1) AS has',
    values: [tenantId],
  })
  return rows[0]?.has === true
}

/** Makes the units whose code is not taken; answers with those. */
export function insertMissingUnits({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>, rows: readonly NewUnit[]) {
  return db
    .insertInto('catalog.unit')
    .values(rows.map((row) => ({ tenant_id: tenantId, ...row })))
    .onConflict((conflict) => conflict.columns(['tenant_id', 'code']).doNothing())
    .returning(unitColumns)
    .execute()
}

/** Changes the name of a unit and counts its version up. */
export function updateUnit({ db, tenantId }: Scope, id: string, name: string) {
  return db
    .updateTable('catalog.unit')
    .set((eb) => ({ name, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(unitColumns)
    .executeTakeFirstOrThrow()
}

const categoryColumns = ['id', 'parent_id', 'name', 'version', 'created_at', 'updated_at'] as const

/** A page of categories by name, and one row more when there is a next page. */
export function listCategories({ db, tenantId }: Scope, limit: number, after: readonly [string, string] | undefined) {
  return db
    .selectFrom('catalog.category')
    .select(categoryColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) =>
      qb.where((eb) => eb(eb.refTuple('name', 'id'), '>', eb.tuple(after?.[0] ?? '', after?.[1] ?? ''))),
    )
    .orderBy('name')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** One category; `lock` holds its place in the tree, or the whole row, until the end of the transaction. */
export function findCategory({ db, tenantId }: Scope, id: string, lock?: 'place' | 'row') {
  return db
    .selectFrom('catalog.category')
    .select(categoryColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock === 'place', (qb) => qb.forShare())
    .$if(lock === 'row', (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Of these categories, those that there are; their place in the tree is held until the end of the transaction. */
export async function lockCategoriesOf(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query({
    name: 'catalog-lock-categories-of',
    text: `SELECT id FROM catalog.category WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL
           ORDER BY id FOR SHARE`,
    values: [tenantId, ids],
  })
  return rows.map((row) => row.id)
}

/** Holds every category of the tenant, in the order of their ids: two moves at once could close a circle. */
export async function lockCategories({ client, tenantId }: Scope): Promise<void> {
  await client.query({
    name: 'catalog-lock-categories',
    text: 'SELECT FROM catalog.category WHERE tenant_id = $1 ORDER BY id FOR NO KEY UPDATE',
    values: [tenantId],
  })
}

/** The ids on the way from a category to the top, itself first. */
export async function pathOfCategory({ client, tenantId }: Scope, id: string): Promise<string[]> {
  const { rows } = await client.query({
    name: 'catalog-path-of-category',
    text: `WITH RECURSIVE path AS (
             SELECT id, parent_id, 1 AS depth FROM catalog.category WHERE tenant_id = $1 AND id = $2
             UNION ALL
             SELECT c.id, c.parent_id, path.depth + 1 FROM catalog.category c
             JOIN path ON c.id = path.parent_id WHERE c.tenant_id = $1 AND path.depth < 100
           )
           SELECT id FROM path ORDER BY depth`,
    values: [tenantId, id],
  })
  return rows.map((row) => row.id)
}

/** How many levels hang below a category, itself counted. */
export async function heightOfCategory({ client, tenantId }: Scope, id: string): Promise<number> {
  const { rows } = await client.query({
    name: 'catalog-height-of-category',
    text: `WITH RECURSIVE below AS (
             SELECT id, 1 AS depth FROM catalog.category WHERE tenant_id = $1 AND id = $2
             UNION ALL
             SELECT c.id, below.depth + 1 FROM catalog.category c
             JOIN below ON c.parent_id = below.id WHERE c.tenant_id = $1 AND c.deleted_at IS NULL AND below.depth < 100
           )
           SELECT max(depth) AS height FROM below`,
    values: [tenantId, id],
  })
  return rows[0]?.height ?? 0
}

/** Whether categories or products lie in a category. */
export async function isCategoryInUse({ client, tenantId }: Scope, id: string): Promise<boolean> {
  const { rows } = await client.query({
    name: 'catalog-is-category-in-use',
    text: `SELECT EXISTS (SELECT FROM catalog.category WHERE tenant_id = $1 AND parent_id = $2 AND deleted_at IS NULL)
               OR EXISTS (SELECT FROM catalog.product WHERE tenant_id = $1 AND category_id = $2 AND deleted_at IS NULL) AS used`,
    values: [tenantId, id],
  })
  return rows[0]?.used === true
}

/** Makes a category. */
export function insertCategory({ db, tenantId }: Scope, row: { id: string; parent_id: string | null; name: string }) {
  return db
    .insertInto('catalog.category')
    .values({ tenant_id: tenantId, ...row })
    .returning(categoryColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up; `deleted` takes it out of the tree. */
export function updateCategory(
  { db, tenantId }: Scope,
  id: string,
  { deleted, ...values }: { name?: string; parent_id?: string | null; deleted?: true },
) {
  return db
    .updateTable('catalog.category')
    .set((eb) => ({
      ...values,
      ...(deleted ? { deleted_at: now } : {}),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(categoryColumns)
    .executeTakeFirstOrThrow()
}
