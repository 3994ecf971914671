import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { entityNotFound, invitationOpen, lastOwner, roleNotFound } from './contract.ts'
import { assertMayGrant } from './grants.ts'
import type { updateEmployeeInput } from './people-contract.ts'
import { findEntity, lockTenant } from './queries.ts'
import { countOwners, findEmployee, findRoles, giveRoles, takeRoles, updateEmployee } from './staff-queries.ts'

/** Renames, suspends or reactivates an employee, and sets the roles they hold; in force at the next request. */
export async function changeEmployee(
  context: CommandContext,
  known: ReadonlySet<string>,
  { id, version, role_ids: roles, ...values }: z.output<typeof updateEmployeeInput>,
) {
  await lockTenant(context)
  const old = (await findEmployee(context, id)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const roleIds = [...new Set(roles ?? old.role_ids)]
  const given = roleIds.filter((role) => !old.role_ids.includes(role))
  const taken = old.role_ids.filter((role) => !roleIds.includes(role))
  // Nobody changes the place of somebody who may do more.
  await assertMayGive(context, known, [...old.role_ids, ...given])
  await assertEntity(context, values.default_entity_id)
  // Only the invited person says yes, and there is nobody yet to suspend.
  if (old.status === 'invited' && values.status !== undefined) refuse(invitationOpen)
  const staysOwner = (values.status ?? old.status) === 'active' && (await grantAll(context, roleIds))
  if (!staysOwner && (await countOwners(context, { employeeId: id })) === 0) refuse(lastOwner)

  await updateEmployee(context, id, definedOf(values))
  await takeRoles(context, id, taken)
  await giveRoles(
    context,
    id,
    given.map((role) => ({ id: context.newId(), role_id: role })),
  )

  const changed = (await findEmployee(context, id)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id, old, new: changed })
  return changed
}

/** Refuses a legal entity that does not exist, or is outside the caller's part of the tenant. */
export async function assertEntity(context: CommandContext, id: string | null | undefined): Promise<void> {
  if (id === null || id === undefined) return
  assertInScope(context, { entityId: id }, entityNotFound)
  if (!(await findEntity(context, id))) refuse(entityNotFound)
}

/** Refuses roles that do not exist, and roles that grant or would take away what the caller does not hold. */
export async function assertMayGive(
  context: CommandContext,
  known: ReadonlySet<string>,
  roleIds: readonly string[],
): Promise<void> {
  const wanted = [...new Set(roleIds)]
  const roles = await findRoles(context, wanted)
  if (roles.length !== wanted.length) refuse(roleNotFound)
  assertMayGrant(
    context.caller.permissions,
    roles.flatMap((role) => role.permissions),
    known,
  )
}

async function grantAll(context: CommandContext, roleIds: readonly string[]): Promise<boolean> {
  return (await findRoles(context, roleIds)).some((role) => role.permissions.includes('*'))
}
