import type { z } from 'zod'
import { channelNotFound, findChannel } from '../channels/index.ts'
import { findGroup, groupNotFound } from '../parties/index.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { assertCurrency } from '../reference/index.ts'
import { readBranch } from '../tenants/index.ts'
import {
  branchNotFound,
  type createPriceListInput,
  type endInput,
  priceListEnded,
  type updatePriceListInput,
} from './contract.ts'
import { daysOf } from './days.ts'
import { findPriceList, insertPriceList, updatePriceList } from './queries.ts'

/** Makes a price list. Whoever works in a part of the tenant makes those of branches in it. */
export async function createPriceList(context: CommandContext, input: z.output<typeof createPriceListInput>) {
  const { branch_id = null, channel_id = null, customer_group_id = null } = input
  if (branch_id === null && context.caller.scope !== null) refuse(platformRefusals.outOfScope)
  if (branch_id !== null) await readBranch(context, branch_id, branchNotFound)
  if (channel_id !== null && !(await findChannel(context, channel_id, { lock: 'share' }))) refuse(channelNotFound)
  if (customer_group_id !== null && !(await findGroup(context, customer_group_id, { lock: 'share' })))
    refuse(groupNotFound)
  await assertCurrency(context, input.currency)
  const row = { ...input, id: input.id ?? context.newId(), branch_id, channel_id, customer_group_id }
  const made = await insertPriceList(context, row)
  context.changed({ resource: 'price_list', id: made.id, new: made })
  return made
}

/** Renames a price list. */
export async function renamePriceList(
  context: CommandContext,
  { id, version, name }: z.output<typeof updatePriceListInput>,
) {
  const old = await lockPriceList(context, id, version)
  const changed = await updatePriceList(context, id, { name })
  context.changed({ resource: 'price_list', id, old, new: changed })
  return changed
}

/** Ends a price list: from today on none of its prices counts. What counted before stays to be read. */
export async function deletePriceList(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const old = await lockPriceList(context, id, version)
  const { today } = await daysOf(context, old)
  const ended = await updatePriceList(context, id, { ended_on: today })
  context.changed({ resource: 'price_list', id, old, new: ended })
  return ended
}

/** A price list that the caller may read, ended or not. Refuses with `not_found`, or as given. */
export async function readPriceList(
  context: QueryContext,
  id: string,
  missing: RefusalKind = platformRefusals.notFound,
  lock?: 'share' | 'update',
) {
  const found = (await findPriceList(context, id, lock)) ?? refuse(missing)
  if (found.branch_id !== null) assertInScope(context, { branchId: found.branch_id }, missing)
  return found
}

/** A price list that the caller may change, not ended: who works in a part of the tenant leaves those of the whole alone. */
export async function holdPriceList(
  context: CommandContext,
  id: string,
  missing: RefusalKind = platformRefusals.notFound,
  lock: 'share' | 'update' = 'share',
) {
  const found = await readPriceList(context, id, missing, lock)
  if (found.branch_id === null && context.caller.scope !== null) refuse(platformRefusals.outOfScope)
  if (found.ended_on !== null) refuse(priceListEnded)
  return found
}

async function lockPriceList(context: CommandContext, id: string, version: number) {
  const old = await holdPriceList(context, id, platformRefusals.notFound, 'update')
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return old
}
