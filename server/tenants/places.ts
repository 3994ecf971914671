import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { assertPlace } from '../reference/index.ts'
import { findBranch, findRegion, insertRegion, updateBranch, updateRegion } from './branch-queries.ts'
import {
  branchNotFound,
  type createEntityInput,
  type createRegionInput,
  domainTaken,
  type updateBranchInput,
  type updateEntityInput,
  type updateRegionInput,
  type updateTenantInput,
} from './contract.ts'
import { assertMayMoveBranches } from './create-branches.ts'
import {
  claimDomain,
  findEntity,
  findTenant,
  insertEntity,
  lockTenant,
  unregister,
  updateEntity,
  updateTenant,
} from './queries.ts'
import { createPresetRoles } from './roles.ts'
import { preferredLocale } from './staff-queries.ts'

/** Changes the tenant's own data. Another business type brings the ready-made roles that the tenant lacks. */
export async function changeTenant(
  context: CommandContext,
  { version, ...values }: z.output<typeof updateTenantInput>,
) {
  const old = (await lockTenant(context)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const { domain, business_type: businessType = old.business_type } = values
  if (domain !== undefined && domain !== old.domain) await changeDomain(context, { old: old.domain, wanted: domain })
  const changed = await updateTenant(context, definedOf(values))
  context.changed({ resource: 'tenant', id: context.tenantId, old, new: changed })
  if (businessType !== old.business_type) await createPresetRoles(context, businessType)
  return changed
}

async function changeDomain(context: CommandContext, { old, wanted }: Record<'old' | 'wanted', string | null>) {
  if (wanted !== null && !(await claimDomain(context, context.tenantId, wanted))) refuse(domainTaken)
  if (old !== null) await unregister(context, context.tenantId, 'domain', old)
}

/** What else a new legal entity needs, in the same transaction: modules above this one open its books. */
export type EntityMade = (
  scope: Pick<CommandContext, 'client' | 'db' | 'tenantId' | 'newId' | 'changed'>,
  entity: { id: string; country: string; currency: string },
) => Promise<unknown>

/** Makes a legal entity. */
export async function createEntity(
  context: CommandContext,
  entityMade: EntityMade,
  input: z.output<typeof createEntityInput>,
) {
  await assertPlace(context, input)
  const created = await insertEntity(context, {
    ...input,
    id: input.id ?? context.newId(),
    tax_number: input.tax_number ?? null,
    address: input.address ?? null,
  })
  context.changed({ resource: 'entity', id: created.id, new: created })
  await entityMade(context, created)
  return created
}

/** Changes a legal entity. Its country and currency stay: books were kept in them. */
export async function changeEntity(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateEntityInput>,
) {
  assertInScope(context, { entityId: id })
  const old = (await findEntity(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = await updateEntity(context, id, definedOf(values))
  context.changed({ resource: 'entity', id, old, new: changed })
  return changed
}

/** A branch that the caller works with. Refuses with `branch_not_found`, or as given. */
export async function readBranch(
  context: Pick<QueryContext, 'db' | 'tenantId' | 'caller'>,
  id: string,
  kind: RefusalKind = branchNotFound,
) {
  assertInScope(context, { branchId: id }, kind)
  return (await findBranch(context, id)) ?? refuse(kind)
}

/** The zone that days are meant in: that of a branch, or else of the tenant. Refuses with `branch_not_found`. */
export async function zoneOf(context: QueryContext, branchId: string | undefined): Promise<string> {
  if (branchId !== undefined) return (await readBranch(context, branchId)).time_zone
  return (await findTenant(context))?.time_zone ?? 'UTC'
}

/** The locale that the caller reads: the one they prefer, or else that of the tenant. */
export async function localeOf(context: QueryContext): Promise<string> {
  const preferred = await preferredLocale(context, context.caller.employeeId)
  return preferred ?? (await findTenant(context))?.locale ?? 'en'
}

/** Changes a branch. Its code and entity stay: documents were numbered and booked under them. */
export async function changeBranch(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateBranchInput>,
) {
  assertInScope(context, { branchId: id })
  const old = (await findBranch(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const { region_id: regionId = old.region_id } = values
  if (regionId !== old.region_id) assertMayMoveBranches(context)
  const changed = await updateBranch(context, id, definedOf(values))
  context.changed({ resource: 'branch', id, old, new: changed })
  return changed
}

/** Makes a region. */
export async function createRegion(context: CommandContext, input: z.output<typeof createRegionInput>) {
  const created = await insertRegion(context, { ...input, id: input.id ?? context.newId() })
  context.changed({ resource: 'region', id: created.id, new: created })
  return created
}

/** Changes a region. */
export async function changeRegion(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateRegionInput>,
) {
  const old = (await findRegion(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = await updateRegion(context, id, definedOf(values))
  context.changed({ resource: 'region', id, old, new: changed })
  return changed
}
