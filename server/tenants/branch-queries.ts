import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { BatchContext, Caller } from '../platform/operation.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const branchColumns = [
  'id',
  'entity_id',
  'code',
  'name',
  'time_zone',
  'address',
  'phone',
  'region_id',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of the branches that the caller works with, by id, and one row more when there is a next page. */
export function listBranches(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  limit: number,
  after: string | undefined,
) {
  return db
    .selectFrom('tenants.branch')
    .select(branchColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(scope !== null, (qb) => qb.where('id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** A page of the branches of a legal entity but for one, by code, and one row more when there is a next page. */
export function branchesOfEntity(
  { db, tenantId }: Scope,
  { entityId, butFor, limit }: { entityId: string; butFor: string; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('tenants.branch')
    .select(['id', 'code', 'name'])
    .where('tenant_id', '=', tenantId)
    .where('entity_id', '=', entityId)
    .where('id', '<>', butFor)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** One branch; with `lock`, held until the end of the transaction. */
export function findBranch({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('tenants.branch')
    .select(branchColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forUpdate())
    .executeTakeFirst()
}

/** The time zones of the branches of the tenant, each once. */
export async function branchTimeZones({ db, tenantId }: Scope): Promise<string[]> {
  const rows = await db
    .selectFrom('tenants.branch')
    .select('time_zone')
    .distinct()
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .execute()
  return rows.map(({ time_zone }) => time_zone)
}

/** A branch as what happens in it is posted: its day, and the books and money of its legal entity. */
export interface PlaceOfBusiness {
  readonly id: string
  readonly entity_id: string
  readonly code: string
  readonly name: string
  readonly time_zone: string
  readonly currency: string
  /** The decimals of the currency. */
  readonly minor_unit: number
}

/** Branches by their ids; those that there are not are left out. */
export async function placesOfBusiness(
  { client, tenantId }: Pick<BatchContext, 'client' | 'tenantId'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PlaceOfBusiness>> {
  const { rows } = await client.query({
    name: 'places-of-business',
    text: `SELECT b.id, b.entity_id, b.code, b.name, b.time_zone, e.currency, c.minor_unit
           FROM tenants.branch b
           JOIN tenants.entity e ON e.tenant_id = $1 AND e.id = b.entity_id
           JOIN reference.currency c ON c.code = e.currency
           WHERE b.tenant_id = $1 AND b.id = ANY ($2::uuid[]) AND b.deleted_at IS NULL`,
    values: [tenantId, ids],
  })
  return new Map(rows.map((row) => [row.id, row]))
}

export interface NewBranch {
  id: string
  entity_id: string
  code: string
  name: string
  time_zone: string
  address: string | null
  phone: string | null
  region_id: string | null
}

/** Inserts branches in order; one whose id or code is taken is left out of the answer. */
export async function insertBranches({ client, tenantId }: BatchContext, rows: readonly NewBranch[]) {
  const column = (name: keyof NewBranch) => rows.map((row) => row[name])
  const inserted = await client.query({
    name: 'insert-branches',
    text: `INSERT INTO tenants.branch (tenant_id, id, entity_id, code, name, time_zone, address, phone, region_id)
           SELECT $1, new.id, new.entity_id, new.code, new.name, new.time_zone, new.address, new.phone, new.region_id
           FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[])
                WITH ORDINALITY AS new (id, entity_id, code, name, time_zone, address, phone, region_id, position)
           ORDER BY new.position
           ON CONFLICT DO NOTHING
           RETURNING id, entity_id, code, name, time_zone, address, phone, region_id, version, created_at, updated_at`,
    values: [
      tenantId,
      column('id'),
      column('entity_id'),
      column('code'),
      column('name'),
      column('time_zone'),
      column('address'),
      column('phone'),
      column('region_id'),
    ],
  })
  return new Map(inserted.rows.map((row) => [row.id as string, row]))
}

/** Which of these branch ids exist. */
export async function knownBranches({ client, tenantId }: BatchContext, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query('SELECT id FROM tenants.branch WHERE tenant_id = $1 AND id = ANY ($2::uuid[])', [
    tenantId,
    ids,
  ])
  return new Set(rows.map((row) => row.id))
}

/** Changes the fields given and counts the version up. */
export function updateBranch(
  { db, tenantId }: Scope,
  id: string,
  values: {
    name?: string
    time_zone?: string
    address?: string | null
    phone?: string | null
    region_id?: string | null
  },
) {
  return db
    .updateTable('tenants.branch')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(branchColumns)
    .executeTakeFirstOrThrow()
}

const regionColumns = ['id', 'code', 'name', 'version', 'created_at', 'updated_at'] as const

/** A page of regions by id, and one row more when there is a next page. */
export function listRegions({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('tenants.region')
    .select(regionColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** One region; with `lock`, held until the end of the transaction. */
export function findRegion({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('tenants.region')
    .select(regionColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forUpdate())
    .executeTakeFirst()
}

/** Which of these regions exist. */
export async function knownRegions({ client, tenantId }: BatchContext, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await client.query(
    'SELECT id FROM tenants.region WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL',
    [tenantId, ids],
  )
  return new Set(rows.map((row) => row.id))
}

/** Makes a region. */
export function insertRegion({ db, tenantId }: Scope, row: { id: string; code: string; name: string }) {
  return db
    .insertInto('tenants.region')
    .values({ tenant_id: tenantId, ...row })
    .returning(regionColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateRegion({ db, tenantId }: Scope, id: string, values: { code?: string; name?: string }) {
  return db
    .updateTable('tenants.region')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(regionColumns)
    .executeTakeFirstOrThrow()
}
