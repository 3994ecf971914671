import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { type createRoleInput, lastOwner, type updateRoleInput } from './contract.ts'
import { assertMayGrant } from './grants.ts'
import { lockTenant } from './queries.ts'
import { countOwners, findRoles, insertRole, updateRole } from './staff-queries.ts'

/** Makes a role. */
export async function createRole(
  context: CommandContext,
  known: ReadonlySet<string>,
  input: z.output<typeof createRoleInput>,
) {
  assertMayGrant(context.caller.permissions, input.permissions, known)
  const created = await insertRole(context, { ...input, id: input.id ?? context.newId() })
  context.changed({ resource: 'role', id: created.id, new: created })
  return created
}

/** Changes a role, for everybody who holds it, at the next request. */
export async function changeRole(
  context: CommandContext,
  known: ReadonlySet<string>,
  { id, version, ...values }: z.output<typeof updateRoleInput>,
) {
  await lockTenant(context)
  const [old] = await findRoles(context, [id])
  if (!old) refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  assertMayGrant(context.caller.permissions, [...old.permissions, ...(values.permissions ?? [])], known)
  const staysOwner = (values.permissions ?? old.permissions).includes('*')
  if (!staysOwner && (await countOwners(context, { roleId: id })) === 0) refuse(lastOwner)

  const changed = await updateRole(context, id, definedOf(values))
  context.changed({ resource: 'role', id, old, new: changed })
  return changed
}
