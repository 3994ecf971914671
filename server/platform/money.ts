import { Decimal } from 'decimal.js'

// Amounts are numeric(19,4): 40 digits leave room for any product of an amount, a price and a rate.
const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP })

/** An exact decimal. Made of strings; it becomes a string again with `toText`. */
export type Money = Decimal

/** Reads a decimal string, e.g. of a numeric column. Throws what is not one: input is checked at the edge. */
export function money(text: string): Money {
  return new Exact(text)
}

/** Plain decimal notation, never an exponent and never -0. */
export function toText(amount: Money): string {
  return amount.isZero() ? '0' : amount.toFixed()
}

/** With four decimals, as columns of `numeric(19, 4)` come out. */
export function toColumnText(amount: Money): string {
  return amount.toFixed(4)
}

/**
 * Rounds to the minor unit of a currency, halves away from zero, as invoices and tills do.
 * `minorUnit` is the number of decimals of ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD.
 */
export function roundToMinorUnit(amount: Money, minorUnit: number): Money {
  return amount.toDecimalPlaces(minorUnit, Decimal.ROUND_HALF_UP)
}
