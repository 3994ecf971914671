import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { Caller, CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import {
  type createRoleInput,
  lastOwner,
  type resetRoleInput,
  role,
  roleNotReadyMade,
  type updateRoleInput,
} from './contract.ts'
import { type BusinessType, isHidden } from './features.ts'
import { assertKnown, assertMayGrant } from './grants.ts'
import { lockTenant } from './queries.ts'
import {
  countOwners,
  findRoles,
  insertRoles,
  presetPermissions,
  presetsOf,
  roleNames,
  updateRole,
} from './role-queries.ts'

/** Makes a role. */
export async function createRole(
  context: CommandContext,
  known: ReadonlySet<string>,
  { id = context.newId(), ...values }: z.output<typeof createRoleInput>,
) {
  assertKnown(context.caller, values.permissions, known)
  assertMayGrant(context.caller, values.permissions)
  await insertRoles(context, [{ id, ...values, preset: null }])
  const [created] = await findRoles(context, [id])
  if (!created) throw new Error('a role was not inserted')
  context.changed({ resource: 'role', id, new: created })
  return created
}

/** Makes the ready-made roles of a business type, but for those whose names are taken. Answers their ids by name. */
export async function createPresetRoles(
  context: Pick<CommandContext, 'client' | 'db' | 'tenantId' | 'newId' | 'changed'>,
  businessType: BusinessType,
): Promise<Map<string, string>> {
  const taken = await roleNames(context)
  const presets = await presetsOf(context, businessType)
  const names = presets.filter(({ folded }) => !taken.has(folded)).map(({ name }) => name)
  // Lists are in the order of ids, which are random within a millisecond.
  const ids = names.map(() => context.newId()).toSorted()
  const rows = names.map((name, at) => ({ id: ids[at] ?? context.newId(), name, permissions: [], preset: name }))
  await insertRoles(context, rows)
  for (const made of await findRoles(context, ids)) {
    context.changed({ resource: 'role', id: made.id, new: made, schema: role })
  }
  return new Map(rows.map(({ id, name }) => [name, id]))
}

/**
 * Changes a role, for everybody who holds it, at the next request. One that followed a ready-made role stops to when its
 * permissions are given. It keeps those of features that are switched off: nobody sees them to send them again.
 */
export async function changeRole(
  context: CommandContext,
  known: ReadonlySet<string>,
  { id, version, name, permissions }: z.output<typeof updateRoleInput>,
) {
  const old = await lockRole(context, { id, version })
  assertKnown(context.caller, permissions ?? [], known)
  const hidden = old.permissions.filter((permission) => isHidden(permission, context.caller))
  const wanted = permissions ? [...permissions, ...hidden] : old.permissions
  await assertMayBecome(context, old, wanted)

  await updateRole(context, id, {
    ...definedOf({ name }),
    ...(permissions ? { permissions: wanted, preset: null } : {}),
  })
  return changedRole(context, old)
}

/** Lets a role that was edited follow the ready-made role again that it began as, for everybody who holds it. */
export async function resetRole(context: CommandContext, { id, version }: z.output<typeof resetRoleInput>) {
  const old = await lockRole(context, { id, version })
  const preset = old.made_from ?? refuse(roleNotReadyMade)
  await assertMayBecome(context, old, await presetPermissions(context, preset))

  await updateRole(context, id, { permissions: [], preset })
  return changedRole(context, old)
}

type RoleRow = Awaited<ReturnType<typeof findRoles>>[number]

async function lockRole(context: CommandContext, { id, version }: { id: string; version: number }): Promise<RoleRow> {
  await lockTenant(context)
  const [found] = await findRoles(context, [id])
  if (!found) refuse(platformRefusals.notFound)
  if (found.version !== version) refuse(platformRefusals.versionConflict)
  return found
}

/** Refuses to give or take permissions that the caller does not hold, and to leave the tenant without an owner. */
async function assertMayBecome(context: CommandContext, old: RoleRow, wanted: readonly string[]): Promise<void> {
  assertMayGrant(context.caller, [...old.permissions, ...wanted])
  if (!wanted.includes('*') && (await countOwners(context, { roleId: old.id })) === 0) refuse(lastOwner)
}

async function changedRole(context: CommandContext, old: RoleRow): Promise<RoleRow> {
  const [changed] = await findRoles(context, [old.id])
  context.changed({ resource: 'role', id: old.id, old, new: changed })
  return withoutHidden(changed ?? old, context.caller)
}

/** A role, or an API key, without the permissions of features that are switched off. */
export function withoutHidden<R extends { permissions: string[] }>(row: R, caller: Caller): R {
  return { ...row, permissions: row.permissions.filter((permission) => !isHidden(permission, caller)) }
}
