import type { CommandContext, Person } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { register } from './queries.ts'
import { findEmployee, findInvitation, updateEmployee } from './staff-queries.ts'

/** Takes up the place to which a tenant invited the person who asks: from now on it is one of their tenants. */
export async function acceptInvitation(
  context: CommandContext<Person>,
  { tenant_id: tenantId }: { tenant_id: string },
) {
  await context.enterTenant(tenantId)
  const scope = { ...context, tenantId }
  const { userId } = context.caller
  const invitation = (await findInvitation(scope, userId)) ?? refuse(platformRefusals.notFound)

  await updateEmployee(scope, invitation.id, { status: 'active' })
  await register(context, tenantId, 'user', userId)

  const accepted = (await findEmployee(scope, invitation.id, null)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id: invitation.id, new: accepted })
  return accepted
}
