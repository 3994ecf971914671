import { sql } from 'kysely'
import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'
import type { BatchContext, Caller, Scope as Part } from '../platform/operation.ts'
import type { BusinessType } from './features.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

interface Found extends Omit<Caller, 'requestId' | 'permissions' | 'scope' | 'features'> {
  readonly permissions: string[]
  readonly features: string[]
  readonly is_stale: boolean
  readonly is_scoped: boolean
  readonly entity_ids: string[] | null
  readonly region_ids: string[] | null
  readonly branch_ids: string[] | null
}

export interface Credential {
  readonly sessionToken: string | null
  readonly apiKeyHash: Buffer | null
  readonly tenantId: string | null
}

/** Resolves credentials in one prepared read, in order; undefined for one that opens nothing. */
export async function authenticate(pool: pg.Pool, credentials: readonly Credential[]): Promise<(Found | undefined)[]> {
  const { rows } = await pool.query<Found & { position: string }>({
    name: 'authenticate',
    text: `SELECT g.position, f.user_id AS "userId", f.session_id AS "sessionId", f.api_key_id AS "apiKeyId", f.device_id AS "deviceId",
                  f.tenant_id AS "tenantId", f.employee_id AS "employeeId", f.permissions, f.features, f.is_stale, f.is_scoped, f.entity_ids, f.region_ids, f.branch_ids
           FROM unnest($1::text[], $2::bytea[], $3::uuid[]) WITH ORDINALITY AS g (session_token, api_key_hash, tenant_id, position)
           CROSS JOIN LATERAL tenants.authenticate(g.session_token, g.api_key_hash, g.tenant_id) AS f`,
    values: [
      credentials.map(({ sessionToken }) => sessionToken),
      credentials.map(({ apiKeyHash }) => apiKeyHash),
      credentials.map(({ tenantId }) => tenantId),
    ],
  })
  const found = new Map(rows.map(({ position, ...one }) => [position, one]))
  return credentials.map((_, at) => found.get(String(at + 1)))
}

/** Notes that a session is used. One of a till then lasts so many days; null: as long as before. */
export async function touchSession(pool: pg.Pool, sessionToken: string, tillDays: number | null): Promise<void> {
  await pool.query({
    name: 'touch-session',
    text: 'SELECT tenants.touch_session($1, $2)',
    values: [sessionToken, tillDays],
  })
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
  kind: 'tenant' | 'user' | 'api_key' | 'invitation' | 'device',
  key: string,
): Promise<void> {
  await tx.client.query('SELECT tenants.register($1, $2, $3)', [tenantId, kind, key])
}

/** Takes it out again. */
export async function unregister(
  tx: Transaction,
  tenantId: string,
  kind: 'user' | 'api_key' | 'domain' | 'invitation',
  key: string,
): Promise<void> {
  await tx.client.query('SELECT tenants.unregister($1, $2, $3)', [tenantId, kind, key])
}

/** Enters a domain of the tenant; false when another tenant has it. */
export async function claimDomain(tx: Transaction, tenantId: string, domain: string): Promise<boolean> {
  const { rows } = await tx.client.query('SELECT tenants.claim_domain($1, $2) AS claimed', [tenantId, domain])
  return rows[0].claimed
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
  sql<BusinessType>`business_type`.as('business_type'),
  'domain',
  'retention_financial_years',
  'retention_audit_years',
  'anonymisation_days',
  'features',
  'version',
  'created_at',
  'updated_at',
] as const

interface TenantValues {
  legal_name?: string
  locale?: string
  time_zone?: string
  cash_variance_threshold?: string
  business_type?: BusinessType
  domain?: string | null
  features?: string[]
  retention_financial_years?: number
  retention_audit_years?: number
  anonymisation_days?: number
}

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
  row: {
    tenant_id: string
    legal_name: string
    locale: string
    time_zone: string
    business_type: BusinessType
    features: string[]
  },
) {
  return db.insertInto('tenants.tenant').values(row).returning(tenantColumns).executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateTenant({ db, tenantId }: Scope, values: TenantValues) {
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
  'address',
  'is_active',
  'version',
  'created_at',
  'updated_at',
] as const

/** True for an entity that the caller sees: it is theirs, or one of its branches is. */
function isSeen(part: Part | null) {
  if (part === null) return sql<boolean>`true`
  return sql<boolean>`(id = any(${part.entityIds}::uuid[]) OR EXISTS (
    SELECT FROM tenants.branch b
    WHERE b.tenant_id = entity.tenant_id AND b.entity_id = entity.id AND b.id = any(${part.branchIds}::uuid[])))`
}

/** A page of the legal entities that the caller sees, by id, and one row more when there is a next page. */
export function listEntities(
  { db, tenantId, caller }: Scope & { caller: Pick<Caller, 'scope'> },
  limit: number,
  after: string | undefined,
) {
  return db
    .selectFrom('tenants.entity')
    .select(entityColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .where(isSeen(caller.scope))
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

/** One legal entity, if the caller sees it. */
export function findSeenEntity({ db, tenantId, caller }: Scope & { caller: Pick<Caller, 'scope'> }, id: string) {
  return db
    .selectFrom('tenants.entity')
    .select(entityColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .where(isSeen(caller.scope))
    .executeTakeFirst()
}

/** Makes a legal entity. */
export function insertEntity(
  { db, tenantId }: Scope,
  row: {
    id: string
    legal_name: string
    country: string
    currency: string
    tax_number: string | null
    address: string | null
  },
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
  values: { legal_name?: string; tax_number?: string | null; address?: string | null; is_active?: boolean },
) {
  return db
    .updateTable('tenants.entity')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(entityColumns)
    .executeTakeFirstOrThrow()
}

/** Which of these legal entities exist, and whether each is active. */
export async function knownEntities(
  { client, tenantId }: BatchContext,
  ids: readonly string[],
): Promise<Map<string, boolean>> {
  const { rows } = await client.query({
    name: 'known-entities',
    text: 'SELECT id, is_active FROM tenants.entity WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL',
    values: [tenantId, ids],
  })
  return new Map(rows.map((row) => [row.id, row.is_active]))
}

/**
 * The next number of a kind of documents, such as `counts.count`, from 1. Its counter is locked until the commit, so none is
 * skipped; take it after stock and accounts, and make the document in the same transaction.
 */
export async function nextNumber(
  { client, tenantId }: Pick<BatchContext, 'client' | 'tenantId'>,
  name: string,
): Promise<string> {
  const { rows } = await client.query({
    name: 'next-number',
    text: 'SELECT tenants.next_number($1, $2) AS number',
    values: [tenantId, name],
  })
  return rows[0].number
}
