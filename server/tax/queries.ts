import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Jurisdiction, Kind, Treatment } from './stack.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const classColumns = [
  'id',
  'code',
  'name',
  sql<Treatment>`treatment`.as('treatment'),
  'rate_name',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of tax classes by code, and one row more when there is a next page. */
export function listClasses({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('tax.class')
    .select(classColumns)
    .where('tenant_id', '=', tenantId)
    .$if(after !== undefined, (qb) => qb.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** Those of these tax classes that there are. */
export function findClasses({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('tax.class')
    .select(classColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
}

/** One tax class, held until the end of the transaction. */
export function lockClass({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('tax.class')
    .select(classColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/** The oldest legal entities first, of a tenant that has no tax class; none of one that has some. */
export async function findEntitiesWithoutClasses({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>) {
  const { rows } = await client.query<{ id: string; country: string }>({
    name: 'tax-entities-without-classes',
    text: `SELECT id, country FROM tenants.entity
           WHERE tenant_id = $1 AND NOT EXISTS (SELECT FROM tax.class WHERE tenant_id = $1)
           ORDER BY created_at, id`,
    values: [tenantId],
  })
  return rows
}

export interface NewClass {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly treatment: Treatment
  readonly rate_name: string | null
}

/** Makes a tax class. */
export function insertClass({ db, tenantId }: Scope, row: NewClass) {
  return db
    .insertInto('tax.class')
    .values({ tenant_id: tenantId, ...row })
    .returning(classColumns)
    .executeTakeFirstOrThrow()
}

/** Makes the tax classes whose code is not taken; answers with those. */
export function insertMissingClasses({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>, rows: readonly NewClass[]) {
  return db
    .insertInto('tax.class')
    .values(rows.map((row) => ({ tenant_id: tenantId, ...row })))
    .onConflict((conflict) => conflict.columns(['tenant_id', 'code']).doNothing())
    .returning(classColumns)
    .execute()
}

/** Changes the name and counts the version up. */
export function updateClass({ db, tenantId }: Scope, id: string, name: string) {
  return db
    .updateTable('tax.class')
    .set((eb) => ({ name, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(classColumns)
    .executeTakeFirstOrThrow()
}

// A place of the reference comes before one of the tenant's with the same code, which was there first.
const places = `
  SELECT code, name, kind, parent_code, adds_to_parent, needs_inner_place, false AS own, rounding, rounding_mode, rounding_of,
         prices_include_tax, rule_source
  FROM tax.jurisdiction
  UNION ALL
  SELECT code, name, kind, parent_code, adds_to_parent, false, true, NULL, NULL, NULL, NULL, NULL
  FROM tax.local_jurisdiction l
  WHERE tenant_id = $1 AND NOT EXISTS (SELECT FROM tax.jurisdiction j WHERE j.code = l.code)`

/** A page of jurisdictions by code, of the reference and the tenant's own, and one row more when there is a next page. */
export async function listJurisdictions(
  { client, tenantId }: Scope,
  { parent_code, limit }: { parent_code?: string | undefined; limit: number },
  after: string | undefined,
): Promise<Jurisdiction[]> {
  const { rows } = await client.query({
    name: 'tax-list-jurisdictions',
    text: `SELECT * FROM (${places}) AS place
           WHERE ($2::text IS NULL OR parent_code = $2) AND ($3::text IS NULL OR code > $3) ORDER BY code LIMIT $4`,
    values: [tenantId, parent_code ?? null, after ?? null, limit + 1],
  })
  return rows
}

/** These jurisdictions and all that they lie in. */
export async function readJurisdictions(
  { client, tenantId }: Scope,
  codes: readonly string[],
): Promise<Jurisdiction[]> {
  const { rows } = await client.query({
    name: 'tax-read-jurisdictions',
    text: `WITH RECURSIVE place AS (${places}), path AS (
             SELECT * FROM place WHERE code = ANY ($2::text[])
             UNION
             SELECT place.* FROM place JOIN path ON place.code = path.parent_code
           )
           SELECT * FROM path`,
    values: [tenantId, codes],
  })
  return rows
}

export interface NewJurisdiction {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly kind: Kind
  readonly parent_code: string
  readonly adds_to_parent: boolean
}

/** Makes a jurisdiction of the tenant's own. */
export async function insertJurisdiction({ db, tenantId }: Scope, row: NewJurisdiction): Promise<void> {
  await db
    .insertInto('tax.local_jurisdiction')
    .values({ tenant_id: tenantId, ...row })
    .execute()
}

/** The innermost jurisdictions that were set for a branch. */
export function findBranchCodes({ db, tenantId }: Scope, branchId: string) {
  return db
    .selectFrom('tax.branch_jurisdiction')
    .select(['codes', 'version'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', branchId)
    .executeTakeFirst()
}

/** Sets the innermost jurisdictions of a branch; answers the version, which was 1 before there were any. */
export async function putBranchCodes(
  { db, tenantId }: Scope,
  branchId: string,
  codes: readonly string[],
): Promise<number> {
  const { version } = await db
    .insertInto('tax.branch_jurisdiction')
    .values({ tenant_id: tenantId, id: branchId, codes: [...codes], version: 2 })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'id']).doUpdateSet((eb) => ({
        codes: eb.ref('excluded.codes'),
        version: eb('tax.branch_jurisdiction.version', '+', 1),
        updated_at: now,
      })),
    )
    .returning('version')
    .executeTakeFirstOrThrow()
  return version
}
