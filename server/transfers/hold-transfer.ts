import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { type Action, finished, notOnTheWay, notPending, notShort, otherSide, type State } from './contract.ts'
import { findTransfer, type TransferRow } from './queries.ts'
import { isSeen } from './read-transfers.ts'

/** What may be done with a transfer, by its state. */
const allowed: Readonly<Record<State, readonly (Action | 'update')[]>> = {
  pending: ['update', 'dispatch', 'cancel'],
  in_transit: ['receive', 'cancel'],
  short: ['receive', 'take_back', 'write_off'],
  completed: [],
  cancelled: [],
}

const otherwise: Readonly<Record<Action | 'update', RefusalKind>> = {
  update: notPending,
  dispatch: notPending,
  receive: notOnTheWay,
  take_back: notShort,
  write_off: notShort,
  cancel: finished,
}

/**
 * Holds a transfer until the end of the transaction, for an action of the branch that sends it, that gets it, or of either.
 * Refuses with `not_found`, `transfer_of_other_side`, `version_conflict`, and with what its state stands against.
 */
export async function holdTransfer(
  context: CommandContext,
  { id, version }: { id: string; version: number },
  { action, side }: { action: Action | 'update'; side: 'from' | 'to' | 'either' },
): Promise<TransferRow> {
  const found = (await findTransfer(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (!isSeen(context.caller, found)) refuse(platformRefusals.notFound)
  const branchId = side === 'to' ? found.to_branch_id : found.from_branch_id
  const { scope } = context.caller
  if (side !== 'either' && scope !== null && !scope.branchIds.includes(branchId)) refuse(otherSide)
  if (found.version !== version) refuse(platformRefusals.versionConflict)
  if (!allowed[found.state].includes(action)) refuse(otherwise[action])
  return found
}
