import { type Money, money, roundTo, roundToMinorUnit, shareOut, toMinorText, toText } from '../platform/money.ts'
import { type FieldError, Refusal, type RefusalKind } from '../platform/refusal.ts'
import { calculateTax, type RoundingRule, type TaxComponent, type TaxedComponent } from '../tax/calculate-tax.ts'
import {
  amountTooFine,
  basketAmountTooLarge,
  basketEmpty,
  basketTooLong,
  discountBeyondBasket,
  discountBeyondLine,
  discountNotPositive,
  mostLines,
  priceNeeded,
  priceNegative,
  priceReasonNeeded,
  priceZero,
  quantityNotPositive,
} from './refusals.ts'

/** What is taken off: so many percent, from above 0 to 100, or an amount in the currency. */
export type Reduction = { readonly percent: string } | { readonly amount: string }

/** Goods or a kit, which is one line at the price of the kit. Decimal strings; prices as they are on the list, with tax or without. */
export interface BasketLine {
  readonly quantity: string
  /** What one costs by the price lists; null where none has a price. */
  readonly list_price: string | null
  /** The price is said at the counter: `unit_price` is then no override. */
  readonly is_open_price?: boolean | undefined
  /** What is charged for one instead of the list price. */
  readonly unit_price?: string | undefined
  /** Why it is. */
  readonly price_reason?: string | undefined
  readonly discount?: Reduction | undefined
  readonly components: readonly TaxComponent[]
}

export interface Basket {
  readonly lines: readonly BasketLine[]
  /** Taken off what all lines come to after their own discounts. */
  readonly discount?: Reduction | undefined
  readonly prices_include_tax: boolean
  /** Decimals of the currency. */
  readonly minor_unit: number
  readonly rule: RoundingRule
}

/** Amounts of a line or of all, with the decimals of the currency. */
interface Amounts {
  /** Quantity times list price, or times what is said at the counter. */
  readonly list_amount: string
  /** Quantity times what is charged for one, before discounts. */
  readonly gross: string
  /** The discounts of lines. */
  readonly line_discount: string
  /** The discount of the basket, or the line's share of it. */
  readonly basket_discount: string
  /** Both discounts without the tax in them: what the books call discounts given, and `net` plus this the sales. */
  readonly net_discount: string
  readonly net: string
  readonly tax: string
  readonly total: string
  /** Of each tax its base and its amount. */
  readonly components: readonly TaxedComponent[]
  /** In percent what the price charged, with all discounts, is below the list price: what limits of a till are about. */
  readonly discount_percent: string
}

export interface TotalledLine extends Amounts {
  /** What is charged for one. */
  readonly unit_price: string
  /** Charged at another price than the list's, by somebody's word. */
  readonly is_override: boolean
  /** In percent what the price charged is above the list price, or below it as a negative; 0 where it is the list price. */
  readonly override_percent: string
  /** In percent what the discounts of line and basket take off the price charged. */
  readonly reduction_percent: string
}

export interface TotalledBasket extends Amounts {
  readonly lines: readonly TotalledLine[]
}

/** Percentages are told with four decimals, the last one rounded up: what is beyond a limit never looks like the limit. */
const percentDecimals = 4
const noiseDecimals = 20
const largest = money('1e15')

/**
 * What a basket comes to, line by line and in all, exactly.
 *
 * A line comes to its quantity times its price, rounded to the minor unit, halves away from zero, less its discount,
 * rounded in the same way. The discount of the basket is taken off what is left of all lines together and shared out to
 * them by largest remainder, in proportion to what each comes to; so the lines make the basket to the last unit, and no line
 * falls below zero. Taxes are those of `calculateTax` on what is left.
 *
 * The percentages are those of exact amounts, not of rounded ones: a tenth off 9.99 is 10 %, though it is 1.00.
 *
 * Throws `basket_empty`, `basket_too_long`, `quantity_not_positive`, `price_needed`, `price_negative`,
 * `price_reason_needed`, `price_zero`, `discount_not_positive`, `discount_beyond_line`, `discount_beyond_basket`,
 * `amount_too_fine` or `basket_amount_too_large`, with the field at fault.
 */
export function totalBasket(basket: Basket): TotalledBasket {
  const { lines, discount, minor_unit } = basket
  if (lines.length === 0) fault(basketEmpty, 'lines')
  if (lines.length > mostLines) fault(basketTooLong, 'lines')
  const priced = lines.map((line, at) => priceLine(line, at, minor_unit))
  const left = sum(priced.map(({ gross, off }) => gross.minus(off)))
  const whole = takeOff(discount, left, minor_unit, { path: 'discount', beyond: discountBeyondBasket })
  const shares = shareOut(
    whole.amount,
    priced.map(({ gross, off }) => (left.isZero() ? left : gross.minus(off).times(whole.amount).dividedBy(left))),
    minor_unit,
  )
  const cut = priced.map((line, at) => ({ ...line, share: shares[at] ?? money('0') }))
  return addUp(basket, cut, whole.part)
}

interface PricedLine {
  readonly quantity: Money
  readonly list: Money
  readonly price: Money
  readonly isOverride: boolean
  readonly gross: Money
  /** The line's own discount, and which part of the line it is. */
  readonly off: Money
  readonly part: Money
}

function priceLine(line: BasketLine, at: number, minorUnit: number): PricedLine {
  const path = `lines.${at}`
  const quantity = money(line.quantity)
  if (!quantity.greaterThan(0)) fault(quantityNotPositive, `${path}.quantity`)
  const { price, list, isOverride } = chargeOf(line, path)
  const gross = roundToMinorUnit(quantity.times(price), minorUnit)
  if (!gross.lessThan(largest) || !quantity.times(list).lessThan(largest)) fault(basketAmountTooLarge, path)
  const { amount, part } = takeOff(line.discount, gross, minorUnit, {
    path: `${path}.discount`,
    beyond: discountBeyondLine,
  })
  return { quantity, list, price, isOverride, gross, off: amount, part }
}

function chargeOf({ list_price, unit_price, is_open_price = false, price_reason }: BasketLine, path: string) {
  const said = unit_price === undefined ? undefined : money(unit_price)
  const listed = list_price === null ? undefined : money(list_price)
  const price = said ?? listed ?? fault(priceNeeded, `${path}.unit_price`)
  if (price.isNegative() || listed?.isNegative()) fault(priceNegative, `${path}.unit_price`)
  if (is_open_price) return { price, list: price, isOverride: false }
  const list = listed ?? fault(priceNeeded, `${path}.unit_price`)
  const isOverride = !price.equals(list)
  if (isOverride && !price_reason) fault(priceReasonNeeded, `${path}.price_reason`)
  if (price.isZero() && !isOverride) fault(priceZero, `${path}.unit_price`)
  return { price, list, isOverride }
}

/** The amount that a reduction takes off, and which part of the whole that is. */
function takeOff(
  reduction: Reduction | undefined,
  whole: Money,
  minorUnit: number,
  { path, beyond }: { path: string; beyond: RefusalKind },
): { amount: Money; part: Money } {
  if (!reduction) return { amount: money('0'), part: money('0') }
  const said = money('percent' in reduction ? reduction.percent : reduction.amount)
  const field = `${path}.${'percent' in reduction ? 'percent' : 'amount'}`
  if (!said.greaterThan(0)) fault(discountNotPositive, field)
  if ('percent' in reduction) {
    if (said.greaterThan(100)) fault(beyond, field)
    return { amount: roundToMinorUnit(whole.times(said).dividedBy(100), minorUnit), part: said.dividedBy(100) }
  }
  if (said.decimalPlaces() > minorUnit) fault(amountTooFine, field)
  if (said.greaterThan(whole)) fault(beyond, field)
  return { amount: said, part: said.dividedBy(whole) }
}

function addUp(
  { lines, prices_include_tax, minor_unit, rule }: Basket,
  cut: readonly (PricedLine & { readonly share: Money })[],
  basketPart: Money,
): TotalledBasket {
  const text = (amount: Money) => toMinorText(amount, minor_unit)
  const asTaxed = (amount: Money, at: number) => ({
    quantity: '1',
    unit_price: toText(amount),
    components: lines[at]?.components ?? [],
  })
  const left = cut.map(({ gross, off, share }, at) => asTaxed(gross.minus(off).minus(share), at))
  const taxed = calculateTax({ lines: left, prices_include_tax, minor_unit, rule })
  const isReduced = cut.some(({ off, share }) => !off.plus(share).isZero())
  // Most baskets have no discount, and nothing has no taxes.
  const given = isReduced
    ? calculateTax({
        lines: cut.map(({ off, share }, at) => asTaxed(off.plus(share), at)),
        prices_include_tax,
        minor_unit,
        rule: { rounding: 'line', rounding_mode: 'half_up', rounding_of: 'combined' },
      })
    : { net: text(money('0')), lines: cut.map(() => ({ net: text(money('0')) })) }
  const judged = cut.map((line) => judge(line, basketPart))
  const totalled = cut.map((line, at): TotalledLine => {
    const { net = '', tax = '', gross = '', components = [] } = taxed.lines[at] ?? {}
    return {
      unit_price: toText(line.price),
      is_override: line.isOverride,
      list_amount: text(roundToMinorUnit(line.quantity.times(line.list), minor_unit)),
      gross: text(line.gross),
      line_discount: text(line.off),
      basket_discount: text(line.share),
      net_discount: given.lines[at]?.net ?? '',
      ...{ net, tax, total: gross, components },
      override_percent: line.isOverride ? percentOf(line.price.minus(line.list), line.list) : '0',
      reduction_percent: percentOf(line.part.plus(basketPart).minus(line.part.times(basketPart)), money('1')),
      discount_percent: percentOf(judged[at]?.lost ?? money('0'), judged[at]?.whole ?? money('0')),
    }
  })
  const all = (field: 'list_amount' | 'gross' | 'line_discount' | 'basket_discount') =>
    text(sum(totalled.map((line) => money(line[field]))))
  if (!money(taxed.gross).lessThan(largest) || !money(all('list_amount')).lessThan(largest))
    fault(basketAmountTooLarge, 'lines')
  return {
    list_amount: all('list_amount'),
    gross: all('gross'),
    line_discount: all('line_discount'),
    basket_discount: all('basket_discount'),
    net_discount: given.net,
    ...{ net: taxed.net, tax: taxed.tax, total: taxed.gross, components: taxed.components },
    discount_percent: percentOf(sum(judged.map(({ lost }) => lost)), sum(judged.map(({ whole }) => whole))),
    lines: totalled,
  }
}

/** What a line comes to at its list price, and how much less it comes to: nothing where it costs more. */
function judge({ quantity, list, price, part }: PricedLine, basketPart: Money): { whole: Money; lost: Money } {
  const whole = quantity.times(list)
  const kept = part.negated().plus(1).times(basketPart.negated().plus(1))
  const lost = whole.minus(quantity.times(price).times(kept))
  return { whole, lost: lost.isNegative() ? money('0') : lost }
}

function percentOf(part: Money, whole: Money): string {
  if (whole.isZero()) return part.greaterThan(0) ? '100' : '0'
  const exact = roundTo(part.times(100).dividedBy(whole), noiseDecimals, 'half_up')
  return toText(roundTo(exact, percentDecimals, 'up'))
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, amount) => total.plus(amount), money('0'))
}

function fault(kind: RefusalKind, path: string): never {
  const field: FieldError = { path, code: kind.code, message: kind.title }
  throw new Refusal(kind, undefined, [field])
}
