import type { z } from 'zod'
import type { StockLine } from '../inventory/index.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { branchNotFound, findBranch } from '../tenants/index.ts'
import { type cancelInput, type dispatchInput, partlyReceived } from './contract.ts'
import { holdTransfer } from './hold-transfer.ts'
import { linesOf } from './queries.ts'
import { everythingOpen, settleParts } from './settle-parts.ts'
import { partsOf } from './step-queries.ts'
import { minorUnitOf, onTheWay, postArrivals, postGoods, recordStep } from './take-step.ts'

/** Sends a transfer off: its goods leave the stock, batch by batch, and are on the way with the value they left with. */
export async function dispatchTransfer(
  context: CommandContext,
  { id, version, dispatch_id = context.newId() }: z.output<typeof dispatchInput>,
) {
  const transfer = await holdTransfer(context, { id, version }, { action: 'dispatch', side: 'from' })
  if (!(await findBranch(context, transfer.to_branch_id))) refuse(branchNotFound)
  const lines = await linesOf(context, id)
  const movements = await postGoods(context, transfer, {
    id: dispatch_id,
    kind: 'dispatch',
    lines: lines.map(({ variant_id, batch_id, quantity }): StockLine => {
      const change = { kind: 'issue', quantity: toText(money(quantity)), against: onTheWay } as const
      return { branch_id: transfer.from_branch_id, variant_id, batch_id: batch_id ?? 'fefo', change }
    }),
  })
  const parts = movements.map(({ line, variant_id, batch_id, quantity, value }) => ({
    id: context.newId(),
    line_id: lines[line - 1]?.id ?? '',
    variant_id,
    batch_id,
    quantity: toText(money(quantity).negated()),
    value: toText(money(value).negated()),
  }))
  const step = { id: dispatch_id, action: 'dispatch', state: 'in_transit', reason: null } as const
  return recordStep(context, transfer, { ...step, parts })
}

/** Cancels a transfer. What is on the way comes back to where it left, in its batches and with its value. */
export async function cancelTransfer(
  context: CommandContext,
  { id, version, cancellation_id = context.newId(), reason }: z.output<typeof cancelInput>,
) {
  const transfer = await holdTransfer(context, { id, version }, { action: 'cancel', side: 'from' })
  const parts = await partsOf(context, id)
  if (parts.some((part) => part.open_quantity !== part.quantity || !money(part.damaged_quantity).isZero()))
    refuse(partlyReceived)
  const minorUnit = await minorUnitOf(context, transfer)
  const settled = settleParts(parts, everythingOpen(parts), { kind: 'taken_back', minorUnit })
  const branchId = transfer.from_branch_id
  await postArrivals(context, transfer, { id: cancellation_id, branchId, parts, outcomes: settled.outcomes })
  return recordStep(context, transfer, {
    id: cancellation_id,
    action: 'cancel',
    state: 'cancelled',
    reason: reason ?? null,
    settled,
  })
}
