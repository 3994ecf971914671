import type { z } from 'zod'
import { categoryNotFound, findCategory, readGoods, variantNotFound } from '../catalog/index.ts'
import { freezeStock, notStocked, stockFrozen } from '../inventory/index.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { nextNumber, readBranch } from '../tenants/index.ts'
import {
  alreadyBeingCounted,
  countTooLarge,
  type createCountInput,
  mostLines,
  nothingToCount,
  type subjects,
} from './contract.ts'
import { countAbout, totalsOf } from './queries.ts'
import { countInFullOf } from './read-counts.ts'
import { chooseVariants, openCount } from './record-queries.ts'
import { freezeHoursSetting } from './settings.ts'

const day = 86_400_000
type Input = z.output<typeof createCountInput>

/** Opens a count of what the input chooses, and freezes it where that is asked for. */
export async function createCount(context: CommandContext, settings: Settings, input: Input) {
  const { branch_id, category_id = null, variant_ids, not_counted_for_days = null, is_blind, notes = null } = input
  await readBranch(context, branch_id)
  if (category_id !== null && !(await findCategory(context, category_id))) refuse(categoryNotFound)
  if (variant_ids) await assertStocked(context, variant_ids)
  const variantIds = await chooseVariants(context, {
    branch_id,
    variant_ids: variant_ids ?? null,
    category_id,
    is_due: isDue(input),
    counted_before: countedBefore(context, not_counted_for_days),
  })
  if (variantIds.length === 0) refuse(nothingToCount)
  if (variantIds.length > mostLines) refuse(countTooLarge)
  const id = input.id ?? context.newId()
  await assertNotCounted(context, variantIds, { branchId: branch_id, besides: id })
  const frozen_until = input.freezes_stock ? await frozenUntil(context, settings, branch_id) : null
  if (frozen_until) await freeze(context, variantIds, { countId: id, branchId: branch_id, until: frozen_until })
  const number = await nextNumber(context, 'counts.count')
  const head = { id, number, branch_id, subject: subjectOf(input), category_id, not_counted_for_days, is_blind }
  const author = { step_id: context.newId(), actor_id: context.caller.employeeId }
  await openCount(context, { ...head, frozen_until, notes, ...author }, variantIds)
  if ((await totalsOf(context, id)).lines > mostLines) refuse(countTooLarge)
  const made = await countInFullOf(context, id)
  context.changed({ resource: 'count', id, new: made })
  return made
}

/** Goods by the ids of their variants. Refuses what there is not, and what has no stock. */
export async function assertStocked(context: QueryContext, variantIds: readonly string[]) {
  const goods = await readGoods(context, variantIds)
  for (const id of variantIds) if ((goods.get(id) ?? refuse(variantNotFound)).kind !== 'stocked') refuse(notStocked)
  return goods
}

/** Refuses with `already_being_counted` what a count that is not over is about, beside the one given. */
export async function assertNotCounted(
  context: QueryContext,
  variantIds: readonly string[],
  where: { branchId: string; besides: string },
): Promise<void> {
  const number = await countAbout(context, variantIds, where)
  if (number !== undefined) refuse(alreadyBeingCounted, `Count ${number} is about some of this and not over`)
}

/** Freezes stock for a count. Refuses with `stock_frozen` what something else freezes. */
export async function freeze(
  context: CommandContext,
  variantIds: readonly string[],
  { countId, branchId, until }: { countId: string; branchId: string; until: Date },
): Promise<void> {
  const keys = variantIds.map((variant_id) => ({ branch_id: branchId, variant_id }))
  if ((await freezeStock(context, keys, { by: countId, until })).length > 0) refuse(stockFrozen)
}

/** What was last counted before this is due, where that is so many days. */
export function countedBefore({ now }: Pick<QueryContext, 'now'>, days: number | null): Date | null {
  return days === null ? null : later(now, -days * day)
}

async function frozenUntil(context: CommandContext, settings: Settings, branchId: string): Promise<Date> {
  return later(context.now, (await settings.read(context, freezeHoursSetting, { branchId })) * 3_600_000)
}

function isDue({ requires_recount, not_counted_for_days }: Input): boolean {
  return requires_recount || not_counted_for_days !== undefined
}

function subjectOf(input: Input): (typeof subjects)[number] {
  if (isDue(input)) return 'due'
  if (input.variant_ids) return 'variants'
  return input.category_id ? 'category' : 'everything'
}
