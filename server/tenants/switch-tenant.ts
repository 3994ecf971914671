import type { CommandContext, Person } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { findPlaceOf, switchSession } from './people-queries.ts'
import { findTenant } from './queries.ts'
import { findEmployee, findRoles } from './staff-queries.ts'

/**
 * From the next request on the session works in this tenant, on every process, unless a request names another. Refuses
 * with `tenant_not_found` where the caller has no active place.
 */
export async function switchTenant(context: CommandContext<Person>, { tenant_id: tenantId }: { tenant_id: string }) {
  const { sessionId, userId } = context.caller
  if (sessionId === null) refuse(platformRefusals.forbidden)
  await context.enterTenant(tenantId)
  const scope = { ...context, tenantId }
  const place = await findPlaceOf(scope, userId)
  if (place?.status !== 'active') refuse(platformRefusals.tenantNotFound)
  const tenant = (await findTenant(scope)) ?? refuse(platformRefusals.tenantNotFound)
  const employee = (await findEmployee(scope, place.id)) ?? refuse(platformRefusals.tenantNotFound)
  const roles = await findRoles(scope, employee.role_ids)

  await switchSession(scope, sessionId)
  context.changed({ resource: 'session', id: sessionId })
  const permissions = [...new Set(roles.flatMap((role) => role.permissions))].toSorted()
  return { tenant, employee, roles, permissions, features: [] }
}
