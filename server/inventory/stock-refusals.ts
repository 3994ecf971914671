import { variantNotFound } from '../catalog/index.ts'
import { purposeRefusals } from '../ledger/index.ts'
import { platformRefusals, Refusal } from '../platform/refusal.ts'
import { branchNotFound } from '../tenants/index.ts'
import {
  batchBlocked,
  batchExpired,
  batchNotFound,
  dayNotYetCome,
  insufficientStock,
  notStocked,
  stockFrozen,
  stockOutOfRange,
  tooFewMovements,
  tooManyMovements,
} from './contract.ts'
import { type PlannedMove, refusalOfLine } from './plan-movements.ts'

/** What posting may refuse with, whatever the document. */
export const stockRefusals = [
  branchNotFound,
  variantNotFound,
  notStocked,
  batchNotFound,
  batchBlocked,
  batchExpired,
  insufficientStock,
  stockFrozen,
  dayNotYetCome,
  tooFewMovements,
  tooManyMovements,
  stockOutOfRange,
  platformRefusals.alreadyExists,
  ...purposeRefusals,
] as const

/** The refusal that inventory.record named by its code, with the line of the document. */
export function refusalOfPosting(
  moves: readonly PlannedMove[],
  { code, line, available }: { code: string; line: number | null; available: string | null },
): Refusal {
  const kind = stockRefusals.find((one) => one.code === code)
  if (!kind) throw new Error(`stock was not recorded: ${code}`)
  if (line === null) return new Refusal(kind)
  return refusalOfLine(kind, moves[line - 1] ?? { line }, available === null ? undefined : `${available} left`)
}
