import type { z } from 'zod'
import { holdBooksOpen, postByPurpose } from '../ledger/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import { branchNotFound, findBranch } from '../tenants/index.ts'
import { nothingReceived, type writeOffInput } from './contract.ts'
import { holdTransfer } from './hold-transfer.ts'
import type { TransferRow } from './queries.ts'
import { numberOf } from './read-transfers.ts'
import { everythingOpen, settleParts, stateAfter } from './settle-parts.ts'
import { partsOf } from './step-queries.ts'
import { minorUnitOf, onTheWay, readGiven, recordStep } from './take-step.ts'

/** Gives up what is short: its value leaves the way for the losses. */
export async function writeOffShortage(
  context: CommandContext,
  { id, version, loss_id = context.newId(), lines, reason }: z.output<typeof writeOffInput>,
) {
  const transfer = await holdTransfer(context, { id, version }, { action: 'write_off', side: 'either' })
  const parts = await partsOf(context, id)
  const given = lines ? await readGiven(context, parts, lines) : everythingOpen(parts)
  const minorUnit = await minorUnitOf(context, transfer)
  const settled = settleParts(parts, given, { kind: 'written_off', minorUnit })
  if (settled.outcomes.length === 0) refuse(nothingReceived)
  const loss = settled.outcomes.reduce((sum: Money, outcome) => sum.plus(outcome.value), money('0'))
  if (!loss.isZero()) await postLoss(context, transfer, { id: loss_id, loss, reason })
  const state = stateAfter(settled.left, { before: transfer.state, isLast: true })
  return recordStep(context, transfer, { id: loss_id, action: 'write_off', state, reason, settled })
}

async function postLoss(
  context: CommandContext,
  transfer: TransferRow,
  { id, loss, reason }: { id: string; loss: Money; reason: string },
): Promise<void> {
  const { entity_id, currency } = transfer
  const branch = (await findBranch(context, transfer.to_branch_id)) ?? refuse(branchNotFound)
  const document_on = dayIn(branch.time_zone, context.now)
  const closed = (await holdBooksOpen(context, [entity_id])).get(entity_id) ?? null
  await postByPurpose(context, [
    {
      id,
      entity_id,
      currency,
      document_type: 'transfer',
      document_id: transfer.id,
      document_number: numberOf(transfer.number),
      document_on,
      effective_on: closed !== null && document_on <= closed ? daysAfter(closed, 1) : document_on,
      description: reason,
      actor_id: context.caller.userId,
      lines: [
        { purpose: 'stock_loss', holder: null, amount: toText(loss) },
        { purpose: onTheWay, holder: null, amount: toText(loss.negated()) },
      ],
      by: context,
    },
  ])
}
