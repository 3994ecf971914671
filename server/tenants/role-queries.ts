import { sql } from 'kysely'
import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'
import type { Scope as Part } from '../platform/operation.ts'
import type { BusinessType } from './features.ts'
import { liesWithin } from './staff-queries.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

export interface RolePreset {
  readonly name: string
  readonly business_types: readonly BusinessType[]
  readonly permissions: readonly string[]
}

/** A ready-made role that was added or changed, with what it was and is. */
export interface ChangedPreset {
  readonly id: string
  readonly old_values: object | null
  readonly new_values: object
}

/**
 * Brings the ready-made roles up to this code, in the order given; answers with those that were added or changed. Those that
 * are no more keep what they had. Nobody else may be at it: see `withOwner`.
 */
export async function loadRolePresets(client: pg.ClientBase, presets: readonly RolePreset[]): Promise<ChangedPreset[]> {
  const columns = 'name, business_types, permissions, position'
  const before = await client.query(`SELECT ${columns} FROM tenants.role_preset`)
  const { rows } = await client.query(
    `INSERT INTO tenants.role_preset AS old (name, business_types, permissions, position)
     SELECT new.name, new.business_types, new.permissions, new.position
     FROM ROWS FROM (jsonb_to_recordset($1) AS (name text, business_types text[], permissions text[]))
          WITH ORDINALITY AS new (name, business_types, permissions, position)
     ON CONFLICT (name) DO UPDATE
     SET business_types = excluded.business_types, permissions = excluded.permissions, position = excluded.position,
         version = old.version + 1, updated_at = excluded.updated_at
     WHERE (old.business_types, old.permissions, old.position)
           IS DISTINCT FROM (excluded.business_types, excluded.permissions, excluded.position)
     RETURNING ${columns}`,
    [JSON.stringify(presets)],
  )
  const old = new Map(before.rows.map(({ name, ...values }) => [name, values]))
  return rows.map(({ name, ...values }) => ({ id: name, old_values: old.get(name) ?? null, new_values: values }))
}

/** The ready-made roles that a business type begins with, the owner's first; `folded` as `roleNames` has it. */
export async function presetsOf(
  { db }: Pick<Scope, 'db'>,
  businessType: BusinessType,
): Promise<{ name: string; folded: string }[]> {
  return db
    .selectFrom('tenants.role_preset')
    .select(['name', sql<string>`casefold(name COLLATE pg_catalog.pg_unicode_fast)`.as('folded')])
    .where(sql<boolean>`${businessType} = any(business_types)`)
    .orderBy('position')
    .execute()
}

/** How many active employees hold all permissions in the whole tenant now, without counting one employee or one role. */
export async function countOwners(
  { db, tenantId }: Scope,
  except: { employeeId?: string; roleId?: string },
): Promise<number> {
  const row = await db
    .selectFrom('tenants.employee_role as er')
    .innerJoin('tenants.role as r', (join) =>
      join.onRef('r.tenant_id', '=', 'er.tenant_id').onRef('r.id', '=', 'er.role_id'),
    )
    .leftJoin('tenants.role_preset as d', 'd.name', 'r.preset')
    .innerJoin('tenants.employee as e', (join) =>
      join.onRef('e.tenant_id', '=', 'er.tenant_id').onRef('e.id', '=', 'er.employee_id'),
    )
    .select(sql<number>`count(DISTINCT e.id)::int`.as('owners'))
    .where('er.tenant_id', '=', tenantId)
    .where(sql<boolean>`upper_inf(er.valid)`)
    .where(sql<boolean>`'*' = ANY (coalesce(d.permissions, r.permissions))`)
    .where('r.deleted_at', 'is', null)
    .where('e.status', '=', 'active')
    .where('e.is_scoped', '=', false)
    .where('e.deleted_at', 'is', null)
    .$if(except.employeeId !== undefined, (qb) => qb.where('e.id', '!=', except.employeeId ?? ''))
    .$if(except.roleId !== undefined, (qb) => qb.where('r.id', '!=', except.roleId ?? ''))
    .executeTakeFirstOrThrow()
  return row.owners
}

const roleColumns = ['r.id', 'r.name', 'r.preset', 'r.made_from', 'r.version', 'r.created_at', 'r.updated_at'] as const

/** Roles with the permissions they have now: their own, or those of the ready-made role they follow. */
function roles({ db, tenantId }: Scope) {
  return db
    .selectFrom('tenants.role as r')
    .leftJoin('tenants.role_preset as d', 'd.name', 'r.preset')
    .select(roleColumns)
    .select(sql<string[]>`coalesce(d.permissions, r.permissions)`.as('permissions'))
    .where('r.tenant_id', '=', tenantId)
    .where('r.deleted_at', 'is', null)
}

/** A page of roles by id, and one row more when there is a next page. */
export function listRoles(scope: Scope, limit: number, after: string | undefined) {
  return roles(scope)
    .$if(after !== undefined, (qb) => qb.where('r.id', '>', after ?? ''))
    .orderBy('r.id')
    .limit(limit + 1)
    .execute()
}

/** Those of the given roles that exist. */
export async function findRoles(scope: Scope, ids: readonly string[]) {
  if (ids.length === 0) return []
  return roles(scope).where('r.id', '=', sql<string>`any(${ids}::uuid[])`).execute()
}

/** The permissions of a ready-made role. */
export async function presetPermissions({ db }: Pick<Scope, 'db'>, name: string): Promise<string[]> {
  const row = await db
    .selectFrom('tenants.role_preset')
    .select('permissions')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.permissions
}

/** Makes roles; one whose name is taken is refused by its constraint. */
export async function insertRoles(
  { db, tenantId }: Scope,
  rows: readonly { id: string; name: string; permissions: string[]; preset: string | null }[],
): Promise<void> {
  if (rows.length === 0) return
  await db
    .insertInto('tenants.role')
    .values(rows.map((row) => ({ tenant_id: tenantId, ...row, made_from: row.preset })))
    .execute()
}

/** The names of all roles, as the constraint of the table compares them: folded by the database, which JavaScript cannot. */
export async function roleNames({ db, tenantId }: Scope): Promise<Set<string>> {
  const rows = await db
    .selectFrom('tenants.role')
    .select(sql<string>`casefold(name COLLATE pg_catalog.pg_unicode_fast)`.as('folded'))
    .where('tenant_id', '=', tenantId)
    .execute()
  return new Set(rows.map(({ folded }) => folded))
}

/** Changes the fields given and counts the version up. */
export async function updateRole(
  { db, tenantId }: Scope,
  id: string,
  values: { name?: string; permissions?: string[]; preset?: string | null },
): Promise<void> {
  await db
    .updateTable('tenants.role')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

const apiKeyColumns = [
  'id',
  'name',
  'permissions',
  'expires_at',
  'revoked_at',
  'version',
  'created_at',
  'updated_at',
] as const

/** API keys whose makers are within a part of the tenant. */
function apiKeys({ db, tenantId }: Scope, within: Part | null) {
  return db
    .selectFrom('tenants.api_key')
    .select(apiKeyColumns)
    .where('tenant_id', '=', tenantId)
    .where(sql<boolean>`EXISTS (
      SELECT FROM tenants.employee e
      WHERE e.tenant_id = api_key.tenant_id AND e.id = api_key.employee_id AND ${liesWithin(within)})`)
}

/** A page of the API keys made within a part of the tenant by id, and one row more when there is a next page. */
export function listApiKeys(scope: Scope, within: Part | null, limit: number, after: string | undefined) {
  return apiKeys(scope, within)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** One API key made within a part of the tenant, with the hash of its secret, held until the end of the transaction. */
export function findApiKey(scope: Scope, id: string, within: Part | null) {
  return apiKeys(scope, within).select('secret_hash').where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Makes an API key. */
export function insertApiKey(
  { db, tenantId }: Scope,
  row: { id: string; name: string; permissions: string[]; secret_hash: Buffer; employee_id: string; expires_at: Date },
) {
  return db
    .insertInto('tenants.api_key')
    .values({ tenant_id: tenantId, ...row })
    .returning(apiKeyColumns)
    .executeTakeFirstOrThrow()
}

/** Ends an API key and counts the version up. */
export function revokeApiKey({ db, tenantId }: Scope, id: string) {
  return db
    .updateTable('tenants.api_key')
    .set((eb) => ({ revoked_at: now, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(apiKeyColumns)
    .executeTakeFirstOrThrow()
}

/** What an employee may do now, and whether they work in a branch. */
export interface EmployeeAt {
  readonly permissions: ReadonlySet<string>
  readonly isInScope: boolean
}

/** What employees may do now: nothing those who are not active; without those that there are not. */
export async function permissionsOfEmployees(
  { db, tenantId }: Scope,
  ids: readonly string[],
  branchId: string,
): Promise<ReadonlyMap<string, EmployeeAt>> {
  const rows = await db
    .selectFrom('tenants.employee as e')
    .select([
      'e.id',
      sql<string[]>`CASE WHEN e.status = 'active' AND e.deleted_at IS NULL THEN array(
        SELECT DISTINCT p.permission FROM tenants.employee_role er
        JOIN tenants.role r ON r.tenant_id = er.tenant_id AND r.id = er.role_id AND r.deleted_at IS NULL
        LEFT JOIN tenants.role_preset d ON d.name = r.preset
        CROSS JOIN unnest(coalesce(d.permissions, r.permissions)) AS p (permission)
        WHERE er.tenant_id = e.tenant_id AND er.employee_id = e.id AND er.valid @> transaction_timestamp()) ELSE '{}' END`.as(
        'permissions',
      ),
      sql<boolean>`NOT e.is_scoped OR EXISTS (
        SELECT FROM tenants.employee_scope s
        JOIN tenants.branch b ON b.tenant_id = s.tenant_id AND b.id = ${branchId}
        WHERE s.tenant_id = e.tenant_id AND s.employee_id = e.id AND s.valid @> transaction_timestamp()
          AND (s.branch_id = b.id OR s.entity_id = b.entity_id OR s.region_id = b.region_id))`.as('is_in_scope'),
    ])
    .where('e.tenant_id', '=', tenantId)
    .where('e.id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
  return new Map(
    rows.map(({ id, permissions, is_in_scope: isInScope }) => [id, { permissions: new Set(permissions), isInScope }]),
  )
}
