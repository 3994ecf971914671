import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { type addEmployeeInput, userNotFound } from './contract.ts'
import { assertMayConfine, changePlaces } from './grants.ts'
import { findEmployee, giveRoles, insertEmployee } from './staff-queries.ts'
import { assertMayGive } from './update-employee.ts'

/** Invites a person to a place in the tenant, with roles. Until they accept it, nothing of it touches them. */
export async function addEmployee(
  context: CommandContext,
  { userExists }: { userExists: boolean },
  input: z.output<typeof addEmployeeInput>,
) {
  if (!userExists) refuse(userNotFound)
  await assertMayGive(context, input.role_ids)
  assertMayConfine(context.caller, input.scope)

  const id = input.id ?? context.newId()
  await insertEmployee(context, {
    id,
    user_id: input.user_id,
    display_name: input.display_name,
    status: 'invited',
    is_scoped: input.scope !== null,
  })
  await changePlaces(context, id, { old: null, wanted: input.scope })
  await giveRoles(
    context,
    id,
    [...new Set(input.role_ids)].map((role) => ({ id: context.newId(), role_id: role })),
  )

  const added = (await findEmployee(context, id, null)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id, new: added })
  return added
}
