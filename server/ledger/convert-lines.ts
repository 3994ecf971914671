import { rateOutOfRange } from '../fx/index.ts'
import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { journalUnbalanced, roundingAccountMissing } from './contract.ts'
import type { Line, LineAccount } from './round-lines.ts'

/** A line as it comes in: an amount of its account's currency, or one of another currency, or both. */
export interface GivenLine {
  readonly account_id: string
  readonly amount?: string | undefined
  readonly transaction_currency?: string | undefined
  readonly transaction_amount?: string | undefined
  readonly fx_rate?: string | undefined
}

/** What a line was in another currency, and what one unit of that was worth. */
interface Foreign {
  readonly currency: string
  readonly amount: string
  readonly rate: string
}

export interface ConvertedLine extends Line {
  readonly foreign?: Foreign | undefined
}

/** The same as ledger.record takes it; `line` counts from 1. */
export interface ForeignAmount extends Foreign {
  readonly line: number
}

interface Books {
  readonly accountOf: (id: string) => LineAccount | undefined
  readonly roundingAccountOf: (currency: string) => string | undefined
  /** What one unit of `from` is worth in `to` on the day of the document. */
  readonly rateOf: (from: string, to: string) => string
}

const rateDecimals = 18

/**
 * Gives each line that was made in another currency its amount: transaction amount times rate, rounded to the minor unit of
 * its account's currency, halves away from zero. The rate is the one given, or the one between the two amounts when both
 * are given, or that of the day. What rounding leaves over, at most half a minor unit for each line converted, goes to the
 * account for rounding differences; what rounds to zero is left out. A line whose account is not known stays as it is:
 * whoever records it says so. Throws `journal_unbalanced`, `rounding_account_missing`, and what `rateOf` throws.
 */
export function convertLines(given: readonly GivenLine[], books: Books): readonly ConvertedLine[] {
  assertBalancedAbroad(given)
  const lines: ConvertedLine[] = []
  const sums = new Map<string, { sum: Money; tolerance: Money }>()
  for (const line of given) {
    const account = books.accountOf(line.account_id)
    if (!account) return given.map(({ account_id, amount = '0' }) => ({ account_id, amount }))
    const { amount, isRounded, foreign } = convert(line, account, books)
    const { sum, tolerance } = sums.get(account.currency) ?? { sum: money('0'), tolerance: money('0') }
    const spare = isRounded ? money(`0.5e-${account.minor_unit}`) : money('0')
    sums.set(account.currency, { sum: sum.plus(amount), tolerance: tolerance.plus(spare) })
    if (!isRounded || !amount.isZero()) lines.push({ account_id: line.account_id, amount: toText(amount), foreign })
  }
  for (const [currency, { sum, tolerance }] of sums) {
    if (sum.isZero() || tolerance.isZero()) continue
    if (sum.abs().greaterThan(tolerance))
      refuse(journalUnbalanced, `debits less credits are ${toText(sum)} ${currency}`)
    const account_id = books.roundingAccountOf(currency) ?? refuse(roundingAccountMissing)
    lines.push({ account_id, amount: toText(sum.negated()) })
  }
  return lines
}

/** Rounding mends no mistake: a journal made in one foreign currency balances in it. */
function assertBalancedAbroad(given: readonly GivenLine[]): void {
  const [currency, ...others] = new Set(given.map((line) => line.transaction_currency))
  if (currency === undefined || others.length > 0) return
  const sum = given.reduce<Money>((all, line) => all.plus(line.transaction_amount ?? '0'), money('0'))
  if (!sum.isZero()) refuse(journalUnbalanced, `debits less credits are ${toText(sum)} ${currency}`)
}

/** Puts what lines were in other currencies apart from them; nothing where there is none. */
export function splitLines(lines: readonly ConvertedLine[]): { lines: Line[]; foreign_amounts?: ForeignAmount[] } {
  const foreign_amounts = lines.flatMap(({ foreign }, index) => (foreign ? [{ line: index + 1, ...foreign }] : []))
  const plain = lines.map(({ account_id, amount }) => ({ account_id, amount }))
  return foreign_amounts.length > 0 ? { lines: plain, foreign_amounts } : { lines: plain }
}

function convert(
  { amount, transaction_currency: currency, transaction_amount: foreign = '0', fx_rate }: GivenLine,
  account: LineAccount,
  { rateOf }: Books,
): { amount: Money; isRounded: boolean; foreign?: Foreign } {
  if (currency === undefined) return { amount: money(amount ?? '0'), isRounded: false }
  if (amount !== undefined) {
    const rate = fx_rate ?? rateBetween(foreign, amount)
    return { amount: money(amount), isRounded: false, foreign: { currency, amount: foreign, rate } }
  }
  // The account's own currency has no rate; ledger.record refuses the line.
  const rate = fx_rate ?? (currency === account.currency ? '1' : rateOf(currency, account.currency))
  const converted = roundToMinorUnit(money(foreign).times(rate), account.minor_unit)
  return { amount: converted, isRounded: true, foreign: { currency, amount: foreign, rate } }
}

/** The rate that leads from one amount to the other; 1 where nothing does, and then ledger.record refuses the line. */
function rateBetween(foreign: string, amount: string): string {
  if (money(foreign).isZero() || money(foreign).isNegative() !== money(amount).isNegative()) return '1'
  const rate = money(amount).dividedBy(foreign).toDecimalPlaces(rateDecimals)
  return rate.isZero() ? refuse(rateOutOfRange, `${foreign} for ${amount} is no rate`) : toText(rate)
}
