import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Scope as Part } from '../platform/operation.ts'

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

/** What is said of a place beside roles and scope. */
interface Details {
  readonly department: string | null
  readonly default_entity_id: string | null
  readonly preferred_currency: string | null
  readonly preferred_locale: string | null
}

/** What an employee is confined to, by ids. */
export interface Confines {
  entity_ids: string[]
  region_ids: string[]
  branch_ids: string[]
}

const idsOf = (column: 'entity_id' | 'region_id' | 'branch_id') =>
  sql`coalesce(jsonb_agg(${sql.ref(`s.${column}`)} ORDER BY s.id) FILTER (WHERE ${sql.ref(`s.${column}`)} IS NOT NULL), '[]')`

/** True for an employee whose part of the tenant lies within this one. */
export function liesWithin(part: Part | null) {
  if (part === null) return sql<boolean>`true`
  return sql<boolean>`(e.is_scoped AND NOT EXISTS (
    SELECT FROM tenants.employee_scope s
    WHERE s.tenant_id = e.tenant_id AND s.employee_id = e.id AND s.valid @> transaction_timestamp()
      AND (s.entity_id = any(${part.entityIds}::uuid[])) IS NOT TRUE
      AND (s.region_id = any(${part.regionIds}::uuid[])) IS NOT TRUE
      AND (s.branch_id = any(${part.branchIds}::uuid[])) IS NOT TRUE))`
}

/** The locale that an employee prefers; null where they said none. */
export async function preferredLocale({ db, tenantId }: Scope, employeeId: string): Promise<string | null> {
  const row = await db
    .selectFrom('tenants.employee')
    .select('preferred_locale')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', employeeId)
    .executeTakeFirst()
  return row?.preferred_locale ?? null
}

/** What employees are called today, those who have left, too. */
export async function namesOfEmployees(
  { db, tenantId }: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('tenants.employee')
    .select(['id', 'display_name'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${[...new Set(ids)]}::uuid[])`)
    .execute()
  return new Map(rows.map(({ id, display_name }) => [id, display_name]))
}

/** What employees are called, by these ids of theirs or of their users, those who have left, too; of a user who came back, as now. */
export async function lookUpEmployees(
  { client, tenantId }: Pick<Transaction, 'client'> & { readonly tenantId: string },
  ids: readonly string[],
): Promise<{ id: string; employee_id: string; display_name: string }[]> {
  const { rows } = await client.query({
    name: 'look-up-employees',
    text: `SELECT DISTINCT ON (asked.id) asked.id, e.id AS employee_id, e.display_name
           FROM unnest($2::uuid[]) AS asked (id)
           JOIN tenants.employee e ON e.tenant_id = $1 AND (e.id = asked.id OR e.user_id = asked.id)
           ORDER BY asked.id, e.deleted_at DESC NULLS FIRST, e.id DESC`,
    values: [tenantId, ids],
  })
  return rows
}

/** Employees with the ids of the roles they hold now, and what they are confined to. */
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
      sql<Confines | null>`CASE WHEN e.is_scoped THEN (
        SELECT jsonb_build_object('entity_ids', ${idsOf('entity_id')}, 'region_ids', ${idsOf('region_id')}, 'branch_ids', ${idsOf('branch_id')})
        FROM tenants.employee_scope s
        WHERE s.tenant_id = e.tenant_id AND s.employee_id = e.id AND s.valid @> transaction_timestamp()) END`.as(
        'scope',
      ),
    ])
    .where('e.tenant_id', '=', tenantId)
    .where('e.deleted_at', 'is', null)
}

interface ListedEmployees {
  readonly search?: string | undefined
  readonly status?: 'invited' | 'active' | 'suspended' | undefined
  readonly limit: number
  readonly after: string | undefined
}

/** A page of the employees within a part of the tenant by id, and one row more when there is a next page. */
export function listEmployees(scope: Scope, within: Part | null, { search, status, limit, after }: ListedEmployees) {
  return employees(scope)
    .where(liesWithin(within))
    .$if(status !== undefined, (qb) => qb.where('e.status', '=', status ?? ''))
    .$if(search !== undefined, (qb) =>
      qb.where(sql<boolean>`strpos(lower(concat_ws(' ', e.display_name, e.invited_email)), lower(${search})) > 0`),
    )
    .$if(after !== undefined, (qb) => qb.where('e.id', '>', after ?? ''))
    .orderBy('e.id')
    .limit(limit + 1)
    .execute()
}

/** One employee with the roles they hold now, if they are within that part of the tenant. */
export function findEmployee(scope: Scope, id: string, within: Part | null) {
  return employees(scope).where('e.id', '=', id).where(liesWithin(within)).executeTakeFirst()
}

/** The active employees with a PIN who work in a branch, by id: what devices know the PIN by, sealed, and until when it is locked. */
export function pinHoldersIn({ db, tenantId }: Scope, branchId: string) {
  return db
    .selectFrom('tenants.employee as e')
    .innerJoin('tenants.till_pin as p', (join) =>
      join.onRef('p.tenant_id', '=', 'e.tenant_id').onRef('p.employee_id', '=', 'e.id'),
    )
    .select(['e.id', 'e.display_name', 'p.verifier'])
    .select(
      sql<Date | null>`CASE WHEN p.locked_until > transaction_timestamp() THEN p.locked_until END`.as('locked_until'),
    )
    .where('e.tenant_id', '=', tenantId)
    .where('e.status', '=', 'active')
    .where('e.deleted_at', 'is', null)
    .where('p.hash', 'is not', null)
    .where(sql<boolean>`(NOT e.is_scoped OR EXISTS (
      SELECT FROM tenants.employee_scope s
      JOIN tenants.branch b ON b.tenant_id = s.tenant_id AND b.id = ${branchId}
      WHERE s.tenant_id = e.tenant_id AND s.employee_id = e.id AND s.valid @> transaction_timestamp()
        AND (s.branch_id = b.id OR s.entity_id = b.entity_id OR s.region_id = b.region_id)))`)
    .orderBy('e.id')
    .execute()
}

/** Makes the place of a person in the tenant. */
export async function insertEmployee(
  { db, tenantId }: Scope,
  row: { id: string; display_name: string; is_scoped?: boolean } & (
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
  values: { display_name?: string; status?: 'active' | 'suspended'; is_scoped?: boolean } & Partial<Details>,
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

/** Confines an employee to a few places more, from now on. */
export async function confine(
  { db, tenantId }: Scope,
  employeeId: string,
  places: readonly { id: string; entity_id?: string; region_id?: string; branch_id?: string }[],
) {
  if (places.length === 0) return
  await db
    .insertInto('tenants.employee_scope')
    .values(
      places.map((place) => ({
        tenant_id: tenantId,
        employee_id: employeeId,
        valid: sql`tstzrange(${now}, NULL)`,
        ...place,
      })),
    )
    .execute()
}

/** Ends the periods of the places that an employee was confined to, but for those they keep. */
export async function release({ db, tenantId }: Scope, employeeId: string, kept: Confines) {
  await db
    .updateTable('tenants.employee_scope')
    .set((eb) => ({
      valid: sql`tstzrange(lower(valid), greatest(${now}, lower(valid) + interval '1 microsecond'))`,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('employee_id', '=', employeeId)
    .where(sql<boolean>`upper_inf(valid)`)
    .where(sql<boolean>`(entity_id = any(${kept.entity_ids}::uuid[])) IS NOT TRUE
      AND (region_id = any(${kept.region_ids}::uuid[])) IS NOT TRUE
      AND (branch_id = any(${kept.branch_ids}::uuid[])) IS NOT TRUE`)
    .execute()
}
