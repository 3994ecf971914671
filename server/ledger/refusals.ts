import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { unknownCurrency } from '../reference/index.ts'
import {
  accountClosed,
  accountHeld,
  accountNotFound,
  accountOfAnotherEntity,
  alreadyReversed,
  amountZero,
  balanceAboveCeiling,
  balanceBelowFloor,
  balanceOutOfRange,
  booksNotFound,
  currencyNotForeign,
  dateOutOfRange,
  datesCrossed,
  foreignAmountsDiffer,
  journalUnbalanced,
  periodAlreadyClosed,
  periodClosed,
  periodNotClosed,
  periodNotOver,
  purposeNotServed,
  reversalNotReversible,
  tooFewLines,
  tooManyLines,
  wrongPrecision,
} from './contract.ts'

/** What ledger.record answers in place of a day, in the order in which it looks. */
export const recordingRefusals = [
  platformRefusals.alreadyExists,
  platformRefusals.notFound,
  reversalNotReversible,
  alreadyReversed,
  booksNotFound,
  tooFewLines,
  tooManyLines,
  dateOutOfRange,
  periodClosed,
  accountNotFound,
  accountOfAnotherEntity,
  accountClosed,
  accountHeld,
  amountZero,
  wrongPrecision,
  unknownCurrency,
  currencyNotForeign,
  foreignAmountsDiffer,
  journalUnbalanced,
  balanceBelowFloor,
  balanceAboveCeiling,
  balanceOutOfRange,
] as const

/** What may be wrong with books and their accounts whatever is posted; somebody has to put it right. */
export const booksRefusals = [
  booksNotFound,
  purposeNotServed,
  accountClosed,
  balanceBelowFloor,
  balanceAboveCeiling,
  balanceOutOfRange,
] as const

/** What may be wrong with a journal that the product posts by purpose. */
export const purposeRefusals = [...booksRefusals, dateOutOfRange] as const

/** What ledger.change_period answers, about books that are there. */
export const periodRefusals = [periodAlreadyClosed, periodNotOver, periodNotClosed] as const

/** The refusal that a function of the database named by its code. */
export function refusalOf(refusals: readonly RefusalKind[], code: string): RefusalKind {
  const found = refusals.find((one) => one.code === code)
  if (!found) throw new Error(`the ledger answered with an unknown code ${code}`)
  return found
}

/** Refuses a stretch of days that ends before it begins. */
export function assertInOrder({ from, until }: { from?: string | undefined; until?: string | undefined }): void {
  if (from !== undefined && until !== undefined && from > until) refuse(datesCrossed)
}
