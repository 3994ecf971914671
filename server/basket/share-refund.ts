import { type Money, money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { beyondSold, quantityNotPositive } from './contract.ts'

/** What was sold on a line, or what was taken back of it so far: amounts with the decimals of the currency. */
export interface LineAmounts {
  readonly quantity: string
  readonly gross: string
  readonly discount: string
  readonly net_discount: string
  readonly net: string
  /** Of each tax of the line, in its order. */
  readonly taxes: readonly string[]
}

export interface RefundedLine extends LineAmounts {
  readonly tax: string
  /** Net and tax. */
  readonly total: string
}

/**
 * What comes back for a quantity of a line: each amount in proportion to what is back then, rounded, halves away from zero,
 * less what came back before. So the refunds of a line never come to more than was paid for it, and the last one takes the
 * rest to the last unit. Throws `refund_beyond_sold` of more than is left, and `quantity_not_positive`.
 */
export function shareRefund(
  sold: LineAmounts,
  back: LineAmounts,
  { quantity, minor_unit }: { quantity: string; minor_unit: number },
): RefundedLine {
  const asked = money(quantity)
  const whole = money(sold.quantity)
  const then = asked.plus(money(back.quantity))
  if (!asked.greaterThan(0)) throw new Refusal(quantityNotPositive)
  if (then.greaterThan(whole))
    throw new Refusal(beyondSold, `${toText(whole.minus(money(back.quantity)))} can still be returned`)
  const share = (amount: string, before: string): Money =>
    roundToMinorUnit(money(amount).times(then).dividedBy(whole), minor_unit).minus(money(before))
  const text = (amount: Money) => toMinorText(amount, minor_unit)

  const taxes = sold.taxes.map((tax, at) => share(tax, back.taxes[at] ?? '0'))
  const net = share(sold.net, back.net)
  const tax = taxes.reduce((sum, one) => sum.plus(one), money('0'))
  return {
    quantity,
    gross: text(share(sold.gross, back.gross)),
    discount: text(share(sold.discount, back.discount)),
    net_discount: text(share(sold.net_discount, back.net_discount)),
    net: text(net),
    taxes: taxes.map(text),
    tax: text(tax),
    total: text(net.plus(tax)),
  }
}
