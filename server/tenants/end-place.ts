import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { type employee, lastOwner } from './contract.ts'
import { assertPerson, changePlaces } from './grants.ts'
import type { endEmployeeInput } from './people-contract.ts'
import { clearTillPin, closeInvitations, endEmployee, revokeKeysOf } from './people-queries.ts'
import { lockTenant, unregister } from './queries.ts'
import { countOwners } from './role-queries.ts'
import { findEmployee, takeRoles } from './staff-queries.ts'
import { assertMayGive } from './update-employee.ts'

/** Ends the caller's own place in the tenant. */
export async function leaveTenant(context: CommandContext) {
  assertPerson(context)
  await lockTenant(context)
  const old = (await findEmployee(context, context.caller.employeeId, null)) ?? refuse(platformRefusals.notFound)
  return endPlace(context, old)
}

/** Ends the place of an employee, or takes their invitation back; nobody removes somebody who may do more. */
export async function removeEmployee(context: CommandContext, { id, version }: z.output<typeof endEmployeeInput>) {
  await lockTenant(context)
  const old = (await findEmployee(context, id, context.caller.scope)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  await assertMayGive(context, old.role_ids)
  return endPlace(context, old)
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
