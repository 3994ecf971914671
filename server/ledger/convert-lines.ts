import { rateOutOfRange } from '../fx/index.ts'
import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { journalUnbalanced, roundingAccountMissing } from './contract.ts'

export interface Line {
  readonly account_id: string
  readonly amount: string
}

export interface LineAccount {
  readonly currency: string
  readonly minor_unit: number
}

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

interface Computing {
  readonly accountOf: (id: string) => LineAccount | undefined
  readonly roundingAccountOf: (currency: string) => string | undefined
  /** What one unit of `from` is worth in `to` on the day of the document. */
  readonly rateOf: (from: string, to: string) => string
  /** Whether amounts that are given are rounded too; else ledger.record refuses those with too many decimals. */
  readonly round: boolean
}

/** The amounts of one currency. */
interface Sums {
  /** What was given, and what was converted after rounding: off by what rounding leaves, or the journal is wrong. */
  readonly given: Money
  readonly tolerance: Money
  /** What the lines come to. */
  readonly rounded: Money
}

const rateDecimals = 18

/**
 * Gives each line that was made in another currency its amount: transaction amount times rate, rounded to the minor unit of
 * its account's currency, halves away from zero. The rate is the one given, or the one between the two amounts when both
 * are given, or that of the day. With `round`, an amount that was given is rounded alike. What all rounding leaves over goes
 * to the account for rounding differences, one line a currency and none for zero; what rounds to zero is left out. A line
 * whose account is not known stays as it is: whoever records it says so. Throws `journal_unbalanced` when more is left than
 * half a minor unit for each line converted, `rounding_account_missing`, and what `rateOf` throws.
 */
export function convertLines(given: readonly GivenLine[], computing: Computing): readonly ConvertedLine[] {
  assertBalancedAbroad(given)
  const lines: ConvertedLine[] = []
  const sums = new Map<string, Sums>()
  for (const line of given) {
    const account = computing.accountOf(line.account_id)
    if (!account) return given.map(({ account_id, amount = '0' }) => ({ account_id, amount }))
    const { amount, isConverted, foreign } = convert(line, account, computing)
    const rounded = computing.round ? roundToMinorUnit(amount, account.minor_unit) : amount
    sums.set(account.currency, added(sums.get(account.currency), { amount, rounded, isConverted, ...account }))
    const mayVanish = isConverted || computing.round
    if (!mayVanish || !rounded.isZero()) lines.push({ account_id: line.account_id, amount: toText(rounded), foreign })
  }
  for (const [currency, { given: sum, tolerance, rounded }] of sums) {
    if (tolerance.isZero() && !computing.round) continue
    if (sum.abs().greaterThan(tolerance))
      refuse(journalUnbalanced, `debits less credits are ${toText(sum)} ${currency}`)
    if (rounded.isZero()) continue
    const account_id = computing.roundingAccountOf(currency) ?? refuse(roundingAccountMissing)
    lines.push({ account_id, amount: toText(rounded.negated()) })
  }
  return lines
}

function added(
  sums: Sums | undefined,
  line: { amount: Money; rounded: Money; isConverted: boolean; minor_unit: number },
): Sums {
  return {
    given: line.amount.plus(sums?.given ?? 0),
    tolerance: money(line.isConverted ? `0.5e-${line.minor_unit}` : '0').plus(sums?.tolerance ?? 0),
    rounded: line.rounded.plus(sums?.rounded ?? 0),
  }
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
  { rateOf, round }: Computing,
): { amount: Money; isConverted: boolean; foreign?: Foreign } {
  if (currency === undefined) return { amount: money(amount ?? '0'), isConverted: false }
  if (amount !== undefined) {
    const kept = round ? roundToMinorUnit(money(amount), account.minor_unit) : money(amount)
    const rate = fx_rate ?? rateBetween(money(foreign), kept)
    return { amount: money(amount), isConverted: false, foreign: { currency, amount: foreign, rate } }
  }
  // The account's own currency has no rate; ledger.record refuses the line.
  const rate = fx_rate ?? (currency === account.currency ? '1' : rateOf(currency, account.currency))
  const converted = roundToMinorUnit(money(foreign).times(rate), account.minor_unit)
  return { amount: converted, isConverted: true, foreign: { currency, amount: foreign, rate } }
}

/** The rate that leads from one amount to the other; 1 where nothing does, and then ledger.record refuses the line. */
function rateBetween(foreign: Money, amount: Money): string {
  if (foreign.isZero() || amount.isZero() || foreign.isNegative() !== amount.isNegative()) return '1'
  const rate = amount.dividedBy(foreign).toDecimalPlaces(rateDecimals)
  return rate.isZero() ? refuse(rateOutOfRange, `${toText(foreign)} for ${toText(amount)} is no rate`) : toText(rate)
}
