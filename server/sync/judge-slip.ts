import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'
import { calculateTax } from '../tax/index.ts'
import type { SlipLine, SlipRefund, SlipSale } from './slip.ts'

type Sale = Omit<SlipSale, 'ticket_id'>

const summed = ['gross', 'line_discount', 'basket_discount', 'net_discount', 'net', 'tax', 'total'] as const

/**
 * What of a sale's figures does not add up, in one sentence; undefined when all do. Nothing is asked that the law or the prices of
 * that day decided: lines come to their quantity times their price less discounts, each tax to its rate of what it is raised
 * on, taxes to the tax of their line, lines to the sale, and what was paid to what was due. `minorUnit`: the decimals of the
 * currency.
 */
export function judgeSlip(sale: Sale, minorUnit: number): string | undefined {
  for (const [at, line] of sale.lines.entries()) {
    const fault = judgeLine(line, sale.prices_include_tax, minorUnit)
    if (fault !== undefined) return `Line ${at + 1}: ${fault}.`
  }
  for (const field of summed) {
    const total = sum(sale.lines.map((line) => line[field]))
    if (!total.equals(money(sale[field])))
      return `The lines make ${toText(total)} of ${field}, the sale says ${sale[field]}.`
  }
  return judgePayment(sale, minorUnit)
}

function judgeLine(line: SlipLine, includesTax: boolean, minorUnit: number): string | undefined {
  const figures = [...summed.map((field) => line[field]), ...line.components.flatMap(({ base, tax }) => [base, tax])]
  const fine = figures.find((figure) => money(figure).decimalPlaces() > minorUnit)
  if (fine !== undefined) return `${fine} is finer than the currency`
  if (money(line.quantity).isZero()) return 'there is nothing of it'
  const gross = roundToMinorUnit(money(line.quantity).times(money(line.unit_price)), minorUnit)
  if (!gross.equals(money(line.gross))) return `quantity times price is ${toText(gross)}, not ${line.gross}`
  const off = sum([line.line_discount, line.basket_discount])
  const left = gross.minus(off)
  if (left.isNegative()) return `${toText(off)} is taken off ${toText(gross)}`
  const charged = includesTax ? line.total : line.net
  if (!left.equals(money(charged))) return `${toText(left)} is left after discounts, not ${charged}`
  if (!sum([line.net, line.tax]).equals(money(line.total))) return 'net and tax do not make the total'
  if (!sum(line.components.map(({ tax }) => tax)).equals(money(line.tax))) return 'its taxes do not make its tax'
  return judgeTaxes(line, { includesTax, minorUnit, charged, off: toText(off) })
}

/**
 * What of a line's taxes does not follow from their rates. How a tax is rounded is for the place to say: the unit that a document
 * has left over may fall to any of its lines, so that each is as exact as its last digit.
 */
function judgeTaxes(
  { components, net, net_discount }: SlipLine,
  { includesTax, minorUnit, charged, off }: { includesTax: boolean; minorUnit: number; charged: string; off: string },
): string | undefined {
  const taxed = (amount: string, rounding_of: 'each' | 'combined') =>
    calculateTax({
      lines: [{ quantity: '1', unit_price: amount, components }],
      prices_include_tax: includesTax,
      minor_unit: minorUnit,
      rule: { rounding: 'line', rounding_mode: 'half_up', rounding_of },
    })
  let before = money('0')
  const exact = taxed(charged, 'each').components
  for (const [at, { name, rate, compound, base, tax }] of components.entries()) {
    const on = compound ? before.plus(net) : money(net)
    if (!on.equals(base)) return `${name} is raised on ${toText(on)}, not ${base}`
    const due = money(exact[at]?.tax ?? '0')
    if (due.minus(tax).abs().greaterThan(`1e-${minorUnit}`)) return `${rate} % of ${name} is ${toText(due)}, not ${tax}`
    before = before.plus(tax)
  }
  const netOff = taxed(off, 'combined').net
  return money(netOff).equals(net_discount)
    ? undefined
    : `${off} of discounts is ${netOff} without its tax, not ${net_discount}`
}

function judgePayment(sale: Sale, minorUnit: number): string | undefined {
  const { total, rounding, due, paid, change, tenders } = sale
  const fine = [rounding, due, paid, change, ...tenders.map((tender) => tender.amount)].find(
    (figure) => money(figure).decimalPlaces() > minorUnit,
  )
  if (fine !== undefined) return `${fine} is finer than the currency.`
  if (!sum([total, rounding]).equals(money(due))) return `${total} and ${rounding} of rounding do not make ${due}.`
  const given = sum(tenders.map((tender) => tender.amount))
  if (!given.equals(money(paid))) return `The tenders make ${toText(given)}, the sale says ${paid}.`
  if (!money(paid).minus(money(change)).equals(money(due))) return `${paid} less ${change} is not ${due}.`
  return undefined
}

/**
 * What of a refund's figures does not add up, in one sentence; undefined when all do. What a line of it comes to follows from the
 * sale, which is asked when it is booked.
 */
export function judgeRefund({ total, rounding, due, tenders }: SlipRefund, minorUnit: number): string | undefined {
  const fine = [total, rounding, due, ...tenders.map((tender) => tender.amount)].find(
    (figure) => money(figure).decimalPlaces() > minorUnit,
  )
  if (fine !== undefined) return `${fine} is finer than the currency.`
  if (!sum([total, rounding]).equals(money(due))) return `${total} and ${rounding} of rounding do not make ${due}.`
  const given = sum(tenders.map((tender) => tender.amount))
  if (!given.equals(money(due))) return `The tenders make ${toText(given)}, the refund says ${due}.`
  return undefined
}

function sum(amounts: readonly string[]): Money {
  return amounts.reduce((total, amount) => total.plus(money(amount)), money('0'))
}
