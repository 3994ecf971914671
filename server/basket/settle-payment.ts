import { type Money, money, toMinorText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { type CashRule, toCash } from './cash-rounding.ts'
import { amountTooFine, paymentNegative, paymentOver, paymentShort } from './contract.ts'

/** What somebody pays with one tender: for cash what is handed over. */
export interface Tendered {
  readonly is_cash: boolean
  readonly amount: string
}

/** Amounts with the decimals of the currency. */
export interface Settlement {
  /** What rounding in cash adds to the total, or takes off it as a negative. */
  readonly rounding: string
  /** The total with it: what is paid less the change. */
  readonly due: string
  /** All that is handed over. */
  readonly paid: string
  /** What of it goes back, in cash. */
  readonly change: string
}

/**
 * What is paid against what is owed. What other tenders leave is rounded as cash is, when there is cash among them;
 * change comes out of cash alone. Throws `payment_short`, `payment_over` when other tenders alone come to more than is
 * owed, `payment_negative` and `amount_too_fine`, with the payment at fault.
 */
export function settlePayment(
  total: string,
  tendered: readonly Tendered[],
  { cash_rule, minor_unit }: { cash_rule: CashRule | null; minor_unit: number },
): Settlement {
  for (const [at, { amount }] of tendered.entries()) assertAmount(money(amount), at, minor_unit)
  const cash = tendered.filter(({ is_cash }) => is_cash)
  const inCash = sumOf(cash)
  const paid = sumOf(tendered)
  const left = money(total).minus(paid).plus(inCash)
  if (left.isNegative()) throw new Refusal(paymentOver, `${toMinorText(left.negated(), minor_unit)} too much`)
  const due = cash.length > 0 ? toCash(left, cash_rule) : left
  const change = inCash.minus(due)
  if (change.isNegative()) throw new Refusal(paymentShort, `${toMinorText(change.negated(), minor_unit)} are missing`)
  const rounding = due.minus(left)
  const text = (amount: Money) => toMinorText(amount, minor_unit)
  return { rounding: text(rounding), due: text(money(total).plus(rounding)), paid: text(paid), change: text(change) }
}

function assertAmount(amount: Money, at: number, minorUnit: number): void {
  const kind = amount.isNegative() ? paymentNegative : amountTooFine
  if (!amount.isNegative() && amount.decimalPlaces() <= minorUnit) return
  throw new Refusal(kind, undefined, [{ path: `payments.${at}.amount`, code: kind.code, message: kind.title }])
}

function sumOf(tendered: readonly Tendered[]): Money {
  return tendered.reduce((sum, { amount }) => sum.plus(money(amount)), money('0'))
}
