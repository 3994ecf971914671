import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'

export interface Line {
  readonly account_id: string
  readonly amount: string
}

export interface LineAccount {
  readonly currency: string
  readonly minor_unit: number
}

/**
 * Rounds each amount to the minor unit of its account's currency, halves away from zero, and adds a line a currency with
 * what the rounded amounts leave over, on the account for rounding differences. What rounds to zero is left out. The sum
 * of a currency stays what it was, rounded: a journal that did not balance still does not.
 * `accountOf` gives undefined for an account that is not known, whose line stays as it is. Answers null when there is no
 * account for rounding differences and one is needed.
 */
export function roundLines(
  lines: readonly Line[],
  accountOf: (id: string) => LineAccount | undefined,
  roundingAccountOf: (currency: string) => string | undefined,
): Line[] | null {
  const left = new Map<string, { exact: Money; rounded: Money; minorUnit: number }>()
  const rounded: Line[] = []
  for (const line of lines) {
    const account = accountOf(line.account_id)
    if (!account) {
      rounded.push(line)
      continue
    }
    const exact = money(line.amount)
    const amount = roundToMinorUnit(exact, account.minor_unit)
    const sums = left.get(account.currency) ?? { exact: money('0'), rounded: money('0'), minorUnit: account.minor_unit }
    left.set(account.currency, { ...sums, exact: sums.exact.plus(exact), rounded: sums.rounded.plus(amount) })
    if (!amount.isZero()) rounded.push({ ...line, amount: toText(amount) })
  }
  for (const [currency, { exact, rounded: sum, minorUnit }] of left) {
    const difference = roundToMinorUnit(exact, minorUnit).minus(sum)
    if (difference.isZero()) continue
    const account_id = roundingAccountOf(currency)
    if (account_id === undefined) return null
    rounded.push({ account_id, amount: toText(difference) })
  }
  return rounded
}
