import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { nothingReceived, type receiveInput, type takeBackInput } from './contract.ts'
import { holdTransfer } from './hold-transfer.ts'
import { everythingOpen, settleParts, stateAfter } from './settle-parts.ts'
import { partsOf } from './step-queries.ts'
import { minorUnitOf, postArrivals, readGiven, recordStep } from './take-step.ts'

/** Takes what came into the stock of the branch it was sent to; also what is found of a transfer that was short. */
export async function receiveTransfer(
  context: CommandContext,
  { id, version, receipt_id = context.newId(), lines, is_last, reason }: z.output<typeof receiveInput>,
) {
  const transfer = await holdTransfer(context, { id, version }, { action: 'receive', side: 'to' })
  const parts = await partsOf(context, id)
  const given = lines ? await readGiven(context, parts, lines) : everythingOpen(parts)
  const minorUnit = await minorUnitOf(context, transfer)
  const settled = settleParts(parts, given, { kind: 'arrived', minorUnit })
  const isNews = settled.outcomes.length > 0 || (is_last && transfer.state === 'in_transit')
  if (!isNews) refuse(nothingReceived)
  const branchId = transfer.to_branch_id
  await postArrivals(context, transfer, { id: receipt_id, branchId, parts, outcomes: settled.outcomes })
  const state = stateAfter(settled.left, { before: transfer.state, isLast: is_last })
  return recordStep(context, transfer, { id: receipt_id, action: 'receive', state, reason: reason ?? null, settled })
}

/** Takes what is short back into the stock of the branch that sent it, because it was sent back or never left. */
export async function takeBackShortage(
  context: CommandContext,
  { id, version, return_id = context.newId(), lines, reason }: z.output<typeof takeBackInput>,
) {
  const transfer = await holdTransfer(context, { id, version }, { action: 'take_back', side: 'from' })
  const parts = await partsOf(context, id)
  const given = lines ? await readGiven(context, parts, lines) : everythingOpen(parts)
  const minorUnit = await minorUnitOf(context, transfer)
  const settled = settleParts(parts, given, { kind: 'taken_back', minorUnit })
  if (settled.outcomes.length === 0) refuse(nothingReceived)
  const branchId = transfer.from_branch_id
  await postArrivals(context, transfer, { id: return_id, branchId, parts, outcomes: settled.outcomes })
  const state = stateAfter(settled.left, { before: transfer.state, isLast: true })
  return recordStep(context, transfer, { id: return_id, action: 'take_back', state, reason: reason ?? null, settled })
}
