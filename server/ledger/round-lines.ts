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

/**
 * Rounds each amount to the minor unit of its account's currency, halves away from zero, and adds a line a currency with
 * what the rounded amounts leave over, on the account for rounding differences. What rounds to zero is left out.
 * Lines with an account that is not known stay as they are: whoever records them says which. Throws the refusals
 * `journal_unbalanced` when the exact amounts of a currency do not sum to zero, for rounding mends no mistake, and
 * `rounding_account_missing`.
 */
export function roundLines(
  lines: readonly Line[],
  accountOf: (id: string) => LineAccount | undefined,
  roundingAccountOf: (currency: string) => string | undefined,
): readonly Line[] {
  const sums = new Map<string, { exact: Money; rounded: Money }>()
  const rounded: Line[] = []
  for (const line of lines) {
    const account = accountOf(line.account_id)
    if (!account) return lines
    const exact = money(line.amount)
    const amount = roundToMinorUnit(exact, account.minor_unit)
    const sum = sums.get(account.currency) ?? { exact: money('0'), rounded: money('0') }
    sums.set(account.currency, { exact: sum.exact.plus(exact), rounded: sum.rounded.plus(amount) })
    if (!amount.isZero()) rounded.push({ ...line, amount: toText(amount) })
  }
  for (const [currency, { exact, rounded: sum }] of sums) {
    if (!exact.isZero()) refuse(journalUnbalanced, `debits less credits are ${toText(exact)} ${currency}`)
    if (sum.isZero()) continue
    const account_id = roundingAccountOf(currency) ?? refuse(roundingAccountMissing)
    rounded.push({ account_id, amount: toText(sum.negated()) })
  }
  return rounded
}
