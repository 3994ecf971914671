import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { type byVersion, type createGroupInput, groupInUse, groupNotFound, type updateGroupInput } from './contract.ts'
import { emptyGroup, findGroup, insertGroup, isGroupHeld, lockGroup, updateGroup } from './group-queries.ts'
import type { Scope } from './queries.ts'

type Input<T extends z.ZodType> = z.output<T>

/** What others may still need a customer group for. */
export interface GroupUse {
  /** Whether there are price lists for it. */
  isPriced(context: QueryContext, groupId: string): Promise<boolean>
}

/** Makes a customer group. */
export async function createGroup(context: CommandContext, input: Input<typeof createGroupInput>) {
  const made = await insertGroup(context, { ...input, id: input.id ?? context.newId() })
  context.changed({ resource: 'customer_group', id: made.id, new: made })
  return made
}

/** Renames a customer group. */
export async function changeGroup(context: CommandContext, { id, version, ...values }: Input<typeof updateGroupInput>) {
  const old = await holdGroup(context, id, version)
  const changed = await updateGroup(context, id, definedOf(values))
  context.changed({ resource: 'customer_group', id, old, new: changed })
  return changed
}

/** Ends a customer group that nobody is in and nothing is priced for. Roles that ended, and those of deleted parties, leave it. */
export async function deleteGroup(
  context: CommandContext,
  { isPriced }: GroupUse,
  { id, version }: Input<typeof byVersion>,
) {
  const old = await holdGroup(context, id, version)
  if ((await isGroupHeld(context, id)) || (await isPriced(context, id))) refuse(groupInUse)
  await emptyGroup(context, id)
  const ended = await updateGroup(context, id, { deleted_at: context.now })
  context.changed({ resource: 'customer_group', id, old })
  return ended
}

/** Refuses a customer group that there is not; one that there is stays until the end of the transaction when it is held. */
export async function assertGroup(context: Scope, id: string, lock?: 'share'): Promise<void> {
  if (!(await findGroup(context, id, lock ? { lock } : {}))) refuse(groupNotFound)
}

async function holdGroup(context: CommandContext, id: string, version: number) {
  const old = (await lockGroup(context, id)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return old
}
