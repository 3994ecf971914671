import { type Money, money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { beyondSold, quantityNotPositive } from './refusals.ts'

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
 * rest to the last unit. What is taxed, `gross` less `discount`, is shared as it is on the line: the price with its taxes, of
 * which the net is what is left, or the price without them. Throws `refund_beyond_sold` of more than is left, and `quantity_not_positive`.
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
  const tax = sum(taxes)
  const isWithTax = money(sold.gross).minus(sold.discount).equals(totalOf(sold))
  const left = isWithTax ? share(toText(totalOf(sold)), toText(totalOf(back))) : share(sold.net, back.net)
  const net = isWithTax ? left.minus(tax) : left
  // Shares of a small discount, each rounded, could come to a unit less than nothing.
  const gross = share(sold.gross, back.gross)
  const discount = gross.lessThan(left) ? money('0') : gross.minus(left)
  return {
    quantity,
    gross: text(left.plus(discount)),
    discount: text(discount),
    net_discount: text(share(sold.net_discount, back.net_discount)),
    net: text(net),
    taxes: taxes.map(text),
    tax: text(tax),
    total: text(net.plus(tax)),
  }
}

function totalOf({ net, taxes }: LineAmounts): Money {
  return money(net).plus(sum(taxes.map(money)))
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, amount) => total.plus(amount), money('0'))
}
