import type { z } from 'zod'
import { type Goods, quantityOf, readGoods, variantNotFound } from '../catalog/index.ts'
import { batchesOfVariants, batchNotFound, notStocked } from '../inventory/index.ts'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { branchNotFound, nextNumber, type PlaceOfBusiness, placesOfBusiness } from '../tenants/index.ts'
import { betweenEntities, type createTransferInput, toSameBranch, type updateTransferInput } from './contract.ts'
import { holdTransfer } from './hold-transfer.ts'
import { insertTransfer, type NewLine, putLines, updateTransfer } from './queries.ts'
import { readTransfer } from './read-transfers.ts'

type Line = z.output<typeof createTransferInput>['lines'][number]

/** Makes a transfer from one of the caller's branches. It holds no stock until it is dispatched. */
export async function createTransfer(context: CommandContext, input: z.output<typeof createTransferInput>) {
  const { id = context.newId(), from_branch_id, to_branch_id, notes = null, expected_on = null } = input
  assertInScope(context, { branchId: from_branch_id }, branchNotFound)
  const { entity_id, currency } = await assertWay(context, { from_branch_id, to_branch_id })
  const lines = await linesOf(context, input.lines)
  const place = { from_branch_id, to_branch_id, entity_id, currency }
  const number = await nextNumber(context, 'transfers.transfer')
  await insertTransfer(context, { id, number, ...place, notes, expected_on, requested_by: context.caller.userId })
  await putLines(context, id, lines)
  const made = await readTransfer(context, id)
  context.changed({ resource: 'transfer', id, new: made })
  return made
}

/** Changes a pending transfer; lines that are given replace those there are. */
export async function changeTransfer(
  context: CommandContext,
  { id, version, lines, ...values }: z.output<typeof updateTransferInput>,
) {
  const held = await holdTransfer(context, { id, version }, { action: 'update', side: 'from' })
  const old = await readTransfer(context, id)
  if (values.to_branch_id !== undefined)
    await assertWay(context, { from_branch_id: held.from_branch_id, to_branch_id: values.to_branch_id })
  const replacing = lines && (await linesOf(context, lines))
  await updateTransfer(context, id, definedOf(values))
  if (replacing) await putLines(context, id, replacing)
  const changed = await readTransfer(context, id)
  context.changed({ resource: 'transfer', id, old, new: changed })
  return changed
}

/** Refuses a way that no goods go; answers with the branch that sends. */
async function assertWay(
  context: CommandContext,
  { from_branch_id, to_branch_id }: Record<'from_branch_id' | 'to_branch_id', string>,
): Promise<PlaceOfBusiness> {
  const places = await placesOfBusiness(context, [from_branch_id, to_branch_id])
  const from = places.get(from_branch_id) ?? refuse(branchNotFound)
  const to = places.get(to_branch_id) ?? refuse(branchNotFound)
  if (from.id === to.id) refuse(toSameBranch)
  if (from.entity_id !== to.entity_id) refuse(betweenEntities)
  return from
}

/** Lines as they are kept, with what the goods are called today. Refuses what cannot be moved. */
async function linesOf(context: CommandContext, given: readonly Line[]): Promise<NewLine[]> {
  const goods = await readGoods(
    context,
    given.map((line) => line.variant_id),
  )
  const batches = await batchesOfVariants(
    context,
    given.flatMap((line) => line.batch_id ?? []),
  )
  return given.map((line, at) => {
    const found = goods.get(line.variant_id) ?? refuse(variantNotFound)
    if (found.kind !== 'stocked') throw new Refusal(notStocked, `line ${at + 1}: ${notStocked.title}`)
    if (line.batch_id && batches.get(line.batch_id) !== line.variant_id) refuse(batchNotFound)
    return {
      id: context.newId(),
      position: at + 1,
      variant_id: line.variant_id,
      batch_id: line.batch_id ?? null,
      name: found.name,
      sku: found.sku,
      ...countedOf(found, line),
    }
  })
}

function countedOf(goods: Goods, { quantity, pack_id, unit_id }: Line) {
  return {
    quantity: quantityOf(goods, { quantity, pack_id, unit_id }),
    given_quantity: quantity,
    pack_id: pack_id ?? null,
    unit_id: unit_id ?? null,
  }
}
