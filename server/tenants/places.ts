import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import type { createEntityInput, updateBranchInput, updateEntityInput, updateTenantInput } from './contract.ts'
import {
  findBranch,
  findEntity,
  insertEntity,
  lockTenant,
  updateBranch,
  updateEntity,
  updateTenant,
} from './queries.ts'
import { assertPlace } from './reference.ts'

/** Changes the tenant's own data. */
export async function changeTenant(
  context: CommandContext,
  { version, ...values }: z.output<typeof updateTenantInput>,
) {
  const old = (await lockTenant(context)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = await updateTenant(context, definedOf(values))
  context.changed({ resource: 'tenant', id: context.tenantId, old, new: changed })
  return changed
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
  const old = (await findEntity(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = await updateEntity(context, id, definedOf(values))
  context.changed({ resource: 'entity', id, old, new: changed })
  return changed
}

/** Changes a branch. Its code and entity stay: documents were numbered and booked under them. */
export async function changeBranch(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateBranchInput>,
) {
  const old = (await findBranch(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = await updateBranch(context, id, definedOf(values))
  context.changed({ resource: 'branch', id, old, new: changed })
  return changed
}
