import type { z } from 'zod'
import type { CommandContext, Person } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertPlace } from '../reference/index.ts'
import { insertBranches } from './branch-queries.ts'
import { branch, type createTenantInput, employee, entity, tenantsClosed } from './contract.ts'
import { featuresOf } from './features.ts'
import type { EntityMade } from './places.ts'
import { insertEntity, insertTenant, register } from './queries.ts'
import { createPresetRoles } from './roles.ts'
import { findEmployee, giveRoles, insertEmployee } from './staff-queries.ts'

export interface TenantDependencies {
  readonly people: { find(userId: string): Promise<{ name: string } | undefined> }
  readonly entityMade: EntityMade
  /** False: nobody makes a tenant but the operator, whose commands run with true. */
  readonly signUpOpen: boolean
}

/** Makes a tenant with its first legal entity and branch; the maker becomes its owner. */
export async function createTenant(
  context: CommandContext<Person>,
  { people, entityMade, signUpOpen }: TenantDependencies,
  input: z.output<typeof createTenantInput>,
) {
  // An invitation opens a place, not the server.
  if (!signUpOpen) refuse(tenantsClosed)
  const owner = (await people.find(context.caller.userId)) ?? refuse(platformRefusals.notFound)
  await assertPlace(context, input)
  const tenantId = input.id ?? context.newId()
  await context.enterTenant(tenantId)
  const scope = { ...context, tenantId }
  const entityId = context.newId()
  const branchId = context.newId()
  const employeeId = context.newId()

  const tenant = await insertTenant(scope, {
    tenant_id: tenantId,
    legal_name: input.legal_name,
    locale: input.locale,
    time_zone: input.time_zone,
    business_type: input.business_type,
    features: featuresOf(input.business_type),
  })
  const firstEntity = await insertEntity(scope, {
    id: entityId,
    legal_name: input.legal_name,
    country: input.country,
    currency: input.currency,
    tax_number: null,
    address: null,
  })
  const branches = await insertBranches(scope, [
    {
      id: branchId,
      entity_id: entityId,
      code: 'MAIN',
      name: input.branch_name ?? input.legal_name.slice(0, 100),
      time_zone: input.time_zone,
      address: null,
      phone: null,
      region_id: null,
    },
  ])
  await insertEmployee(scope, {
    id: employeeId,
    user_id: context.caller.userId,
    display_name: owner.name,
    status: 'active',
  })
  await register(context, tenantId, 'tenant', tenantId)
  await register(context, tenantId, 'user', context.caller.userId)

  const created = { ...tenant, entity_id: entityId, branch_id: branchId, employee_id: employeeId }
  context.changed({ resource: 'tenant', id: tenantId, new: created })
  context.changed({ resource: 'entity', id: entityId, new: firstEntity, schema: entity })
  context.changed({ resource: 'branch', id: branchId, new: branches.get(branchId), schema: branch })
  const roles = await createPresetRoles(scope, input.business_type)
  const ownerRole = roles.get('owner') ?? noOwner()
  await giveRoles(scope, employeeId, [{ id: context.newId(), role_id: ownerRole }])
  context.changed({
    resource: 'employee',
    id: employeeId,
    new: await findEmployee(scope, employeeId, null),
    schema: employee,
  })
  await entityMade(scope, firstEntity)
  return created
}

function noOwner(): never {
  throw new Error('the ready-made roles are not loaded')
}
