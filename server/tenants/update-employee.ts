import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { type employee, entityNotFound, invitationOpen, lastOwner, roleNotFound } from './contract.ts'
import { assertMayConfine, assertMayGrant, assertPerson, changePlaces } from './grants.ts'
import type { endEmployeeInput, updateEmployeeInput, updatePreferencesInput } from './people-contract.ts'
import { clearTillPin, closeInvitations, endCashierSessions, endEmployee, revokeKeysOf } from './people-queries.ts'
import { findSeenEntity, lockTenant, unregister } from './queries.ts'
import { countOwners, findRoles } from './role-queries.ts'
import { findEmployee, giveRoles, takeRoles, updateEmployee } from './staff-queries.ts'

/** Renames, suspends or reactivates an employee, and sets their roles and scope; in force at the next request. */
export async function changeEmployee(
  context: CommandContext,
  { id, version, role_ids: roles, scope, ...values }: z.output<typeof updateEmployeeInput>,
) {
  await lockTenant(context)
  const old = (await findEmployee(context, id, context.caller.scope)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const roleIds = [...new Set(roles ?? old.role_ids)]
  const given = roleIds.filter((role) => !old.role_ids.includes(role))
  const taken = old.role_ids.filter((role) => !roleIds.includes(role))
  // Nobody changes the place of somebody who may do more.
  await assertMayGive(context, [...old.role_ids, ...given])
  const wanted = scope === undefined ? old.scope : scope
  assertMayConfine(context.caller, wanted)
  await assertEntity(context, values.default_entity_id)
  // Only the invited person says yes, and there is nobody yet to suspend.
  if (old.status === 'invited' && values.status !== undefined) refuse(invitationOpen)
  const isInCharge = (values.status ?? old.status) === 'active' && wanted === null
  const staysOwner = isInCharge && (await grantAll(context, roleIds))
  if (!staysOwner && (await countOwners(context, { employeeId: id })) === 0) refuse(lastOwner)

  await updateEmployee(context, id, { ...definedOf(values), is_scoped: wanted !== null })
  if (values.status === 'suspended') await endCashierSessions(context, { employeeId: id })
  await changePlaces(context, id, { old: old.scope, wanted })
  await takeRoles(context, id, taken)
  await giveRoles(
    context,
    id,
    given.map((role) => ({ id: context.newId(), role_id: role })),
  )

  const changed = (await findEmployee(context, id, null)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id, old, new: changed })
  return changed
}

/** Changes what an employee prefers for their own work. */
export async function changePreferences(context: CommandContext, values: z.output<typeof updatePreferencesInput>) {
  assertPerson(context)
  const id = context.caller.employeeId
  await lockTenant(context)
  const old = (await findEmployee(context, id, null)) ?? refuse(platformRefusals.notFound)
  await assertEntity(context, values.default_entity_id)

  await updateEmployee(context, id, definedOf(values))
  const changed = (await findEmployee(context, id, null)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id, old, new: changed })
  return changed
}

/** Ends the caller's own place in the tenant. */
export async function leaveTenant(context: CommandContext) {
  assertPerson(context)
  await lockTenant(context)
  const old = (await findEmployee(context, context.caller.employeeId, null)) ?? refuse(platformRefusals.notFound)
  return endPlace(context, old)
}

/** Ends the place of an employee, or takes their invitation back; nobody removes somebody who may do more. */
export async function removeEmployee(context: CommandContext, { id, version }: z.output<typeof endEmployeeInput>) {
  const old = await findManaged(context, id)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return endPlace(context, old)
}

/**
 * The employee with this id, for a change by somebody else, with the tenant's row locked. Refuses with `not_found` who works
 * beyond the caller's part of the tenant, and with `grants_too_much` who may do more than the caller.
 */
export async function findManaged(context: CommandContext, id: string) {
  await lockTenant(context)
  const found = (await findEmployee(context, id, context.caller.scope)) ?? refuse(platformRefusals.notFound)
  await assertMayGive(context, found.role_ids)
  return found
}

/**
 * Ends a place with all that hangs on it: roles, invitation, keys, PIN. The tenant's row is locked already. Refuses with
 * `last_owner` when nobody would hold all permissions any more. Who comes back is given a new place.
 */
export async function endPlace(context: CommandContext, old: z.input<typeof employee>) {
  const { id } = old
  if ((await countOwners(context, { employeeId: id })) === 0) refuse(lastOwner)

  const ended = { ...old, ...(await endEmployee(context, id)) }
  await takeRoles(context, id, old.role_ids)
  await changePlaces(context, id, { old: old.scope, wanted: null })
  await clearTillPin(context, id)
  for (const hash of await closeInvitations(context, id, 'cancelled')) {
    await unregister(context, context.tenantId, 'invitation', hash.toString('hex'))
  }
  for (const hash of await revokeKeysOf(context, id)) {
    await unregister(context, context.tenantId, 'api_key', hash.toString('hex'))
  }
  if (old.user_id !== null) await unregister(context, context.tenantId, 'user', old.user_id)
  context.changed({ resource: 'employee', id, old, new: ended })
  return ended
}

/** Refuses a legal entity that does not exist, or that the caller does not see. */
export async function assertEntity(context: CommandContext, id: string | null | undefined): Promise<void> {
  if (id === null || id === undefined) return
  if (!(await findSeenEntity(context, id))) refuse(entityNotFound)
}

/** Refuses roles that do not exist, and roles that grant or would take away what the caller does not hold. */
export async function assertMayGive(context: CommandContext, roleIds: readonly string[]): Promise<void> {
  const wanted = [...new Set(roleIds)]
  const roles = await findRoles(context, wanted)
  if (roles.length !== wanted.length) refuse(roleNotFound)
  assertMayGrant(
    context.caller,
    roles.flatMap((role) => role.permissions),
  )
}

async function grantAll(context: CommandContext, roleIds: readonly string[]): Promise<boolean> {
  return (await findRoles(context, roleIds)).some((role) => role.permissions.includes('*'))
}
