import { sql } from 'kysely'
import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'
import type { BatchContext, Caller } from '../platform/operation.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

/** Resolves a credential in one prepared read; undefined when it opens nothing. */
export async function authenticate(
  pool: pg.Pool,
  credential: { sessionToken: string | null; apiKeyHash: Buffer | null; tenantId: string | null },
): Promise<(Omit<Caller, 'requestId' | 'permissions' | 'scope' | 'features'> & { permissions: string[] }) | undefined> {
  const { rows } = await pool.query({
    name: 'authenticate',
    text: `SELECT user_id AS "userId", session_id AS "sessionId", api_key_id AS "apiKeyId", tenant_id AS "tenantId",
                  employee_id AS "employeeId", permissions
           FROM tenants.authenticate($1, $2, $3)`,
    values: [credential.sessionToken, credential.apiKeyHash, credential.tenantId],
  })
  return rows[0]
}

/** The ids of the tenants in which a person has a place. */
export async function tenantsOfUser(tx: Transaction, userId: string): Promise<string[]> {
  const { rows } = await tx.client.query('SELECT tenants.tenants_of_user($1) AS id', [userId])
  return rows.map((row) => row.id)
}

/** Every tenant of the installation; as the jobs role only. */
export async function allTenants(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query('SELECT tenants.all_tenants() AS id')
  return rows.map((row) => row.id)
}

/** Enters what must be known before a tenant is set. */
export async function register(
  tx: Transaction,
  tenantId: string,
  kind: 'tenant' | 'user' | 'api_key',
  key: string,
): Promise<void> {
  await tx.client.query('SELECT tenants.register($1, $2, $3)', [tenantId, kind, key])
}

/** Takes it out again. */
export async function unregister(
  tx: Transaction,
  tenantId: string,
  kind: 'user' | 'api_key',
  key: string,
): Promise<void> {
  await tx.client.query('SELECT tenants.unregister($1, $2, $3)', [tenantId, kind, key])
}

/** Forgets stored answers older than 30 days, at most `limit`; returns how many. */
export async function purgeAnswers(tx: Transaction, tenantId: string, limit: number): Promise<number> {
  const { rows } = await tx.client.query('SELECT platform.purge_idempotency_keys($1, $2) AS purged', [tenantId, limit])
  return rows[0].purged
}

const tenantColumns = [
  'tenant_id as id',
  'legal_name',
  'locale',
  'time_zone',
  'cash_variance_threshold',
  'version',
  'created_at',
  'updated_at',
] as const

/** The tenant of the transaction. */
export function findTenant({ db, tenantId }: Scope) {
  return db.selectFrom('tenants.tenant').select(tenantColumns).where('tenant_id', '=', tenantId).executeTakeFirst()
}

/** Locks the tenant's row: who may do what here changes one transaction at a time. */
export function lockTenant({ db, tenantId }: Scope) {
  return db
    .selectFrom('tenants.tenant')
    .select(tenantColumns)
    .where('tenant_id', '=', tenantId)
    .forUpdate()
    .executeTakeFirst()
}

/** Makes the row of a new tenant. */
export function insertTenant(
  { db }: Scope,
  row: { tenant_id: string; legal_name: string; locale: string; time_zone: string },
) {
  return db.insertInto('tenants.tenant').values(row).returning(tenantColumns).executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateTenant(
  { db, tenantId }: Scope,
  values: { legal_name?: string; locale?: string; time_zone?: string; cash_variance_threshold?: string },
) {
  return db
    .updateTable('tenants.tenant')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .returning(tenantColumns)
    .executeTakeFirstOrThrow()
}

const entityColumns = [
  'id',
  'legal_name',
  'country',
  'currency',
  'tax_number',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of legal entities by id, and one row more when there is a next page. */
export function listEntities({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('tenants.entity')
    .select(entityColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** One legal entity; with `lock`, held until the end of the transaction. */
export function findEntity({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('tenants.entity')
    .select(entityColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forUpdate())
    .executeTakeFirst()
}

/** Makes a legal entity. */
export function insertEntity(
  { db, tenantId }: Scope,
  row: { id: string; legal_name: string; country: string; currency: string; tax_number: string | null },
) {
  return db
    .insertInto('tenants.entity')
    .values({ tenant_id: tenantId, ...row })
    .returning(entityColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateEntity(
  { db, tenantId }: Scope,
  id: string,
  values: { legal_name?: string; tax_number?: string | null },
) {
  return db
    .updateTable('tenants.entity')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(entityColumns)
    .executeTakeFirstOrThrow()
}

const branchColumns = [
  'id',
  'entity_id',
  'code',
  'name',
  'time_zone',
  'address',
  'phone',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of branches by id, and one row more when there is a next page. */
export function listBranches({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('tenants.branch')
    .select(branchColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
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

export interface NewBranch {
  id: string
  entity_id: string
  code: string
  name: string
  time_zone: string
  address: string | null
  phone: string | null
}

/** Inserts branches in order; one whose id or code is taken is left out of the answer. */
export async function insertBranches({ client, tenantId }: BatchContext, rows: readonly NewBranch[]) {
  const column = (name: keyof NewBranch) => rows.map((row) => row[name])
  const inserted = await client.query({
    name: 'insert-branches',
    text: `INSERT INTO tenants.branch (tenant_id, id, entity_id, code, name, time_zone, address, phone)
           SELECT $1, new.id, new.entity_id, new.code, new.name, new.time_zone, new.address, new.phone
           FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
                WITH ORDINALITY AS new (id, entity_id, code, name, time_zone, address, phone, position)
           ORDER BY new.position
           ON CONFLICT DO NOTHING
           RETURNING id, entity_id, code, name, time_zone, address, phone, version, created_at, updated_at`,
    values: [
      tenantId,
      column('id'),
      column('entity_id'),
      column('code'),
      column('name'),
      column('time_zone'),
      column('address'),
      column('phone'),
    ],
  })
  return new Map(inserted.rows.map((row) => [row.id as string, row]))
}

/** Which of these entity ids exist. */
export async function knownEntities({ client, tenantId }: BatchContext, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query({
    name: 'known-entities',
    text: 'SELECT id FROM tenants.entity WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL',
    values: [tenantId, ids],
  })
  return new Set(rows.map((row) => row.id))
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
  values: { name?: string; time_zone?: string; address?: string | null; phone?: string | null },
) {
  return db
    .updateTable('tenants.branch')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(branchColumns)
    .executeTakeFirstOrThrow()
}
