import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertPerson } from './grants.ts'
import type { updatePreferencesInput } from './people-contract.ts'
import { lockTenant } from './queries.ts'
import { findEmployee, updateEmployee } from './staff-queries.ts'
import { assertEntity } from './update-employee.ts'

/** Changes what an employee prefers for their own work. */
export async function changePreferences(
  context: CommandContext,
  { version, ...values }: z.output<typeof updatePreferencesInput>,
) {
  assertPerson(context)
  const id = context.caller.employeeId
  await lockTenant(context)
  const old = (await findEmployee(context, id)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  await assertEntity(context, values.default_entity_id)

  await updateEmployee(context, id, definedOf(values))
  const changed = (await findEmployee(context, id)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id, old, new: changed })
  return changed
}
