import type { z } from 'zod'
import { allows, holds } from '../platform/execute.ts'
import type { CommandContext, Employee, Operation, Person, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { type featureList, type setFeaturesInput, tenant as tenantSchema, type workplace } from './contract.ts'
import { features, isHidden } from './features.ts'
import { findPlaceOf, switchSession } from './people-queries.ts'
import { findTenant, lockTenant, updateTenant } from './queries.ts'
import { findRoles } from './role-queries.ts'
import { findEmployee } from './staff-queries.ts'

/** What the product has, known once all modules have declared theirs. */
export interface Declared {
  operations(): readonly Operation[]
  knownPermissions(): ReadonlySet<string>
}

/** Where the caller works, in which roles, and what they may do there now. */
export async function getWorkplace(context: QueryContext, declared: Declared): Promise<z.input<typeof workplace>> {
  const { caller } = context
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  const employee = (await findEmployee(context, caller.employeeId, null)) ?? refuse(platformRefusals.notFound)
  const permissions = [...declared.knownPermissions()].filter(
    (permission) => holds(caller.permissions, permission) && !isHidden(permission, caller),
  )
  return {
    tenant,
    employee,
    roles: await findRoles(context, employee.role_ids),
    permissions: permissions.toSorted(),
    features: [...caller.features].toSorted(),
    operations: declared
      .operations()
      .filter((one) => allows(one, caller, isHidden))
      .map(({ name }) => name),
    device_id: caller.deviceId,
  }
}

/**
 * From the next request on the session works in this tenant, on every process, unless a request names another; answers
 * with the workplace it moved to. Refuses with `tenant_not_found` where the caller has no active place.
 */
export async function switchTenant(
  context: CommandContext<Person>,
  declared: Declared,
  { tenant_id: tenantId }: { tenant_id: string },
) {
  const { sessionId, userId } = context.caller
  if (sessionId === null) refuse(platformRefusals.forbidden)
  await context.enterTenant(tenantId)
  const there = { ...context, tenantId }
  const place = await findPlaceOf(there, userId)
  if (place?.status !== 'active') refuse(platformRefusals.tenantNotFound)
  const caller = await employeeAt(there, place.id)

  await switchSession(there, sessionId)
  context.changed({ resource: 'session', id: sessionId })
  return getWorkplace({ ...there, caller }, declared)
}

/** The person as a caller in a tenant that they did not ask in: as a request there would find them. */
async function employeeAt(context: QueryContext<Person>, employeeId: string): Promise<Employee> {
  const { tenantId } = context
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.tenantNotFound)
  const { role_ids, scope } = (await findEmployee(context, employeeId, null)) ?? refuse(platformRefusals.tenantNotFound)
  const permissions = new Set((await findRoles(context, role_ids)).flatMap((role) => role.permissions))
  const part = scope && { entityIds: scope.entity_ids, regionIds: scope.region_ids, branchIds: scope.branch_ids }
  return { ...context.caller, tenantId, employeeId, permissions, features: new Set(tenant.features), scope: part }
}

/** The features that can be switched, each on or off. */
export async function listFeatures(
  context: Pick<QueryContext, 'db' | 'tenantId'>,
): Promise<z.input<typeof featureList>> {
  return shown((await findTenant(context)) ?? refuse(platformRefusals.notFound))
}

/** Switches features on and off: those given are on. In force at the next request. */
export async function setFeatures(context: CommandContext, input: z.output<typeof setFeaturesInput>) {
  const old = (await lockTenant(context)) ?? refuse(platformRefusals.notFound)
  if (old.version !== input.version) refuse(platformRefusals.versionConflict)
  const changed = await updateTenant(context, { features: [...new Set(input.features)].toSorted() })
  const change = { old: { features: old.features }, new: { features: changed.features }, schema: tenantSchema }
  context.changed({ resource: 'tenant', id: context.tenantId, ...change })
  return shown(changed)
}

function shown({ version, features: on }: { version: number; features: string[] }): z.input<typeof featureList> {
  return { version, items: features.map(({ name, help }) => ({ name, help, is_on: on.includes(name) })) }
}
