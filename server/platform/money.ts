import { Decimal } from 'decimal.js'

// Amounts are numeric(19,4): 40 digits leave room for any product of an amount, a price and a rate.
const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP })

/** An exact decimal. Made of strings; it becomes a string again with `toText`. */
export type Money = Decimal

const mostKnown = 10_000
const known = new Map<string, Money>()

/**
 * Reads a decimal string, e.g. of a numeric column. Throws what is not one: input is checked at the edge. Decimals never change,
 * so those read lately are kept: reading one costs more than most that is done with it.
 */
export function money(text: string): Money {
  const found = known.get(text)
  if (found) return found
  const made = new Exact(text)
  if (known.size === mostKnown) known.clear()
  known.set(text, made)
  return made
}

/** Plain decimal notation, never an exponent and never -0. */
export function toText(amount: Money): string {
  return amount.isZero() ? '0' : amount.toFixed()
}

/** With four decimals, as columns of `numeric(19, 4)` come out. */
export function toColumnText(amount: Money): string {
  return amount.toFixed(4)
}

/** With the decimals of its currency, as a document shows it; never -0. */
export function toMinorText(amount: Money, minorUnit: number): string {
  return (amount.isZero() ? amount.abs() : amount).toFixed(minorUnit)
}

/**
 * Rounds to the minor unit of a currency, halves away from zero, as invoices and tills do.
 * `minorUnit` is the number of decimals of ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD.
 */
export function roundToMinorUnit(amount: Money, minorUnit: number): Money {
  return roundTo(amount, minorUnit, 'half_up')
}

/** What is done with the part that does not fit: halves away from zero, halves to the even digit, cut off, or up. */
export type RoundingMode = 'half_up' | 'half_even' | 'down' | 'up'

const modes = {
  half_up: Decimal.ROUND_HALF_UP,
  half_even: Decimal.ROUND_HALF_EVEN,
  down: Decimal.ROUND_DOWN,
  up: Decimal.ROUND_UP,
} as const

/** Rounds to a number of decimals. Every mode treats an amount and its negative alike: `down` is towards zero. */
export function roundTo(amount: Money, decimals: number, mode: RoundingMode): Money {
  return amount.toDecimalPlaces(decimals, modes[mode])
}

/**
 * Splits a rounded total in proportion to exact parts, by largest remainder: each part is cut to the minor unit, and
 * what is left of the total goes, a unit each, to the parts that lost most by it, of equal ones to the first. The
 * total must be less than one unit away from the sum of the parts; no part then is a whole unit away from its exact
 * value, and the negatives of all parts get the negatives of all shares.
 */
export function shareOut(total: Money, parts: readonly Money[], minorUnit: number): Money[] {
  const shares = parts.map((part) => roundTo(part, minorUnit, 'down'))
  const left = shares.reduce((rest, share) => rest.minus(share), total)
  const unit = new Exact(10).pow(-minorUnit).times(left.isNegative() ? -1 : 1)
  const lost = parts.map((part, at) => ({ at, by: part.minus(shares[at] ?? 0).times(unit) }))
  const first = lost.toSorted((a, b) => b.by.comparedTo(a.by) || a.at - b.at).slice(0, left.dividedBy(unit).toNumber())
  const extra = new Set(first.map(({ at }) => at))
  return shares.map((share, at) => (extra.has(at) ? share.plus(unit) : share))
}
