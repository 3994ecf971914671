import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const employeeColumns = [
  'e.id',
  'e.user_id',
  'e.display_name',
  'e.invited_email',
  'e.department',
  'e.default_entity_id',
  'e.preferred_currency',
  'e.preferred_locale',
  'e.version',
  'e.created_at',
  'e.updated_at',
] as const

interface Details {
  readonly department: string | null
  readonly default_entity_id: string | null
  readonly preferred_currency: string | null
  readonly preferred_locale: string | null
}

/** Employees with the ids of the roles they hold now. */
function employees({ db, tenantId }: Scope) {
  return db
    .selectFrom('tenants.employee as e')
    .select(employeeColumns)
    .select([
      sql<'invited' | 'active' | 'suspended' | 'ended'>`e.status`.as('status'),
      sql<string[]>`array(
        SELECT er.role_id FROM tenants.employee_role er
        WHERE er.tenant_id = e.tenant_id AND er.employee_id = e.id AND er.valid @> transaction_timestamp()
        ORDER BY er.role_id)`.as('role_ids'),
      sql<Date | null>`(
        SELECT max(i.expires_at) FROM tenants.invitation i
        WHERE i.tenant_id = e.tenant_id AND i.employee_id = e.id AND i.status = 'open')`.as('invitation_expires_at'),
      sql<boolean>`EXISTS (
        SELECT FROM tenants.till_pin p
        WHERE p.tenant_id = e.tenant_id AND p.employee_id = e.id AND p.hash IS NOT NULL)`.as('has_till_pin'),
    ])
    .where('e.tenant_id', '=', tenantId)
    .where('e.deleted_at', 'is', null)
}

/** A page of employees by id, and one row more when there is a next page. */
export function listEmployees(scope: Scope, limit: number, after: string | undefined) {
  return employees(scope)
    .$if(after !== undefined, (qb) => qb.where('e.id', '>', after ?? ''))
    .orderBy('e.id')
    .limit(limit + 1)
    .execute()
}

/** One employee with the roles they hold now. */
export function findEmployee(scope: Scope, id: string) {
  return employees(scope).where('e.id', '=', id).executeTakeFirst()
}

/** Makes the place of a person in the tenant. */
export async function insertEmployee(
  { db, tenantId }: Scope,
  row: { id: string; display_name: string } & (
    | { status: 'active'; user_id: string }
    | ({ status: 'invited'; invited_email: string } & Partial<Details>)
  ),
): Promise<void> {
  await db
    .insertInto('tenants.employee')
    .values({ tenant_id: tenantId, ...row })
    .execute()
}

/** Changes the fields given and counts the version up. */
export async function updateEmployee(
  { db, tenantId }: Scope,
  id: string,
  values: { display_name?: string; status?: 'active' | 'suspended' } & Partial<Details>,
): Promise<void> {
  await db
    .updateTable('tenants.employee')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** Gives roles to an employee from now on. */
export async function giveRoles(
  { db, tenantId }: Scope,
  employeeId: string,
  roles: readonly { id: string; role_id: string }[],
) {
  if (roles.length === 0) return
  await db
    .insertInto('tenants.employee_role')
    .values(
      roles.map((role) => ({
        tenant_id: tenantId,
        employee_id: employeeId,
        valid: sql`tstzrange(${now}, NULL)`,
        ...role,
      })),
    )
    .execute()
}

/** Ends the period in which an employee holds roles. A role given in this very microsecond is held for one. */
export async function takeRoles({ db, tenantId }: Scope, employeeId: string, roleIds: readonly string[]) {
  if (roleIds.length === 0) return
  await db
    .updateTable('tenants.employee_role')
    .set((eb) => ({
      valid: sql`tstzrange(lower(valid), greatest(${now}, lower(valid) + interval '1 microsecond'))`,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('employee_id', '=', employeeId)
    .where('role_id', 'in', roleIds)
    .where(sql<boolean>`upper_inf(valid)`)
    .execute()
}

/** How many active employees hold all permissions now, without counting one employee or one role. */
export async function countOwners(
  { db, tenantId }: Scope,
  except: { employeeId?: string; roleId?: string },
): Promise<number> {
  const row = await db
    .selectFrom('tenants.employee_role as er')
    .innerJoin('tenants.role as r', (join) =>
      join.onRef('r.tenant_id', '=', 'er.tenant_id').onRef('r.id', '=', 'er.role_id'),
    )
    .innerJoin('tenants.employee as e', (join) =>
      join.onRef('e.tenant_id', '=', 'er.tenant_id').onRef('e.id', '=', 'er.employee_id'),
    )
    .select(sql<number>`count(DISTINCT e.id)::int`.as('owners'))
    .where('er.tenant_id', '=', tenantId)
    .where(sql<boolean>`upper_inf(er.valid)`)
    .where(sql<boolean>`'*' = ANY (r.permissions)`)
    .where('r.deleted_at', 'is', null)
    .where('e.status', '=', 'active')
    .where('e.deleted_at', 'is', null)
    .$if(except.employeeId !== undefined, (qb) => qb.where('e.id', '!=', except.employeeId ?? ''))
    .$if(except.roleId !== undefined, (qb) => qb.where('r.id', '!=', except.roleId ?? ''))
    .executeTakeFirstOrThrow()
  return row.owners
}

const roleColumns = ['id', 'name', 'permissions', 'version', 'created_at', 'updated_at'] as const

/** A page of roles by id, and one row more when there is a next page. */
export function listRoles({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('tenants.role')
    .select(roleColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** Those of the given roles that exist. */
export async function findRoles({ db, tenantId }: Scope, ids: readonly string[]) {
  if (ids.length === 0) return []
  return db
    .selectFrom('tenants.role')
    .select(roleColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .execute()
}

/** Makes a role. */
export function insertRole({ db, tenantId }: Scope, row: { id: string; name: string; permissions: string[] }) {
  return db
    .insertInto('tenants.role')
    .values({ tenant_id: tenantId, ...row })
    .returning(roleColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateRole({ db, tenantId }: Scope, id: string, values: { name?: string; permissions?: string[] }) {
  return db
    .updateTable('tenants.role')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(roleColumns)
    .executeTakeFirstOrThrow()
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

/** A page of API keys by id, and one row more when there is a next page. */
export function listApiKeys({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('tenants.api_key')
    .select(apiKeyColumns)
    .where('tenant_id', '=', tenantId)
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** One API key with the hash of its secret, held until the end of the transaction. */
export function findApiKey({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('tenants.api_key')
    .select([...apiKeyColumns, 'secret_hash'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
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
