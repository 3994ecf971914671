import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'
import { Refusal, type RefusalKind } from '../platform/refusal.ts'
import {
  discountBeyondAmount,
  documentAmountTooFine,
  documentTooLarge,
  type GivenLine,
  goodsMissing,
  goodsOnAdjustment,
  type Kind,
  type Role,
  taxBeyondAmount,
} from './contract.ts'

/** A line with its amounts in the currency of the document, rounded. Those of what came back are below zero. */
export interface TotalledLine {
  readonly role: Role
  readonly given: GivenLine
  readonly quantity: string
  readonly unit_price: string
  readonly gross: Money
  readonly discount: Money
  readonly net_discount: Money
  readonly net: Money
  readonly tax: Money
  /** Null where nobody knows. */
  readonly cost: Money | null
}

/** What lines come to. Sold and returned are of goods, without tax and before discounts. */
export interface DocumentSums {
  readonly sold: Money
  readonly returned: Money
  readonly discount: Money
  readonly tax: Money
  readonly adjustment: Money
  readonly total: Money
  /** Null where the cost of some line is not known. */
  readonly cost: Money | null
}

interface Rules {
  readonly kind: Kind
  readonly isPriceWithTax: boolean
  readonly minorUnit: number
}

const zero = money('0')
const hundred = money('100')
const beyondAmounts = money('1e15')

/**
 * The amounts of lines. Quantity times price is rounded once a line to the minor unit, halves away from zero, and so is the tax of
 * the line; a document is the sum of its rounded lines. Tax is what the line says, or comes of its rate. Throws the refusal of
 * the first line that is wrong, with its place.
 */
export function totalLines(lines: readonly GivenLine[], rules: Rules): TotalledLine[] {
  return lines.map((line, at) => totalLine(line, { ...rules, at }))
}

function totalLine(given: GivenLine, rules: Rules & { at: number }): TotalledLine {
  const { kind, isPriceWithTax, minorUnit, at } = rules
  assertOfKind(given, kind, at)
  const [quantity, price] = [money(given.quantity), money(given.unit_price)]
  const round = (exact: Money) => roundToMinorUnit(exact, minorUnit)
  const gross = round(quantity.times(price))
  if (gross.abs().greaterThanOrEqualTo(beyondAmounts)) throw refusalOf(documentTooLarge, at)
  const discount = given.discount === undefined ? zero : fine(given.discount, rules)
  const paid = gross.minus(discount)
  if (!discount.isZero() && (isOpposite(discount, gross) || isOpposite(paid, gross) || gross.isZero()))
    throw refusalOf(discountBeyondAmount, at)
  const tax = given.tax === undefined ? round(taxOf(paid, given, isPriceWithTax)) : fine(given.tax, rules)
  const net = isPriceWithTax ? paid.minus(tax) : paid
  if (isOpposite(tax, paid) || isOpposite(net, paid) || (paid.isZero() && !tax.isZero()))
    throw refusalOf(taxBeyondAmount, at)
  return {
    role: roleOf(kind, { quantity, price }),
    given,
    quantity: toText(quantity),
    unit_price: toText(price),
    gross,
    discount,
    net_discount: discount.isZero() || !isPriceWithTax ? discount : round(withoutTax(discount, { given, net, paid })),
    net,
    tax,
    cost: kind === 'adjustment' ? zero : costOf(given, quantity, round),
  }
}

function assertOfKind(given: GivenLine, kind: Kind, at: number): void {
  const { variant_id, discount, tax_class_id, tax_rate, tax, unit_cost } = given
  if (kind !== 'adjustment') {
    if (variant_id === undefined) throw refusalOf(goodsMissing, at)
  } else if ([variant_id, discount, tax_class_id, tax_rate, tax, unit_cost].some((one) => one !== undefined))
    throw refusalOf(goodsOnAdjustment, at)
}

function roleOf(kind: Kind, { quantity, price }: { quantity: Money; price: Money }): Role {
  if (kind === 'adjustment') return 'adjustment'
  if (!quantity.isNegative()) return 'sold'
  return kind === 'sale' && price.isZero() ? 'stock_adjustment' : 'returned'
}

function taxOf(paid: Money, { tax_rate }: GivenLine, isPriceWithTax: boolean): Money {
  if (tax_rate === undefined) return zero
  const rate = money(tax_rate)
  return rate.isZero() ? zero : paid.times(rate).dividedBy(isPriceWithTax ? hundred.plus(rate) : hundred)
}

/** What of a discount was off the amount without tax. */
function withoutTax(discount: Money, { given, net, paid }: { given: GivenLine; net: Money; paid: Money }): Money {
  if (given.tax_rate !== undefined) return discount.times(hundred).dividedBy(hundred.plus(given.tax_rate))
  return paid.isZero() ? discount : discount.times(net).dividedBy(paid)
}

function costOf({ unit_cost }: GivenLine, quantity: Money, round: (exact: Money) => Money): Money | null {
  return unit_cost === undefined ? null : round(quantity.times(unit_cost))
}

/** An amount that was given, which a document has in whole minor units. */
function fine(text: string, { minorUnit, at }: { minorUnit: number; at: number }): Money {
  const amount = money(text)
  if (!roundToMinorUnit(amount, minorUnit).equals(amount)) throw refusalOf(documentAmountTooFine, at)
  return amount
}

function isOpposite(one: Money, other: Money): boolean {
  return !one.isZero() && !other.isZero() && one.isNegative() !== other.isNegative()
}

function refusalOf(kind: RefusalKind, at: number): Refusal {
  const message = `line ${at + 1}: ${kind.title}`
  return new Refusal(kind, message, [{ path: `lines.${at}`, code: kind.code, message }])
}

/** The sums of a document. Throws `document_too_large`. */
export function sumLines(lines: readonly TotalledLine[]): DocumentSums {
  const sum = (of: readonly TotalledLine[], amount: (line: TotalledLine) => Money) =>
    of.reduce((all, one) => all.plus(amount(one)), zero)
  const goods = lines.filter(({ role }) => role !== 'adjustment')
  const before = ({ net, net_discount }: TotalledLine) => net.plus(net_discount)
  const sums = {
    sold: sum(
      goods.filter(({ role }) => role !== 'returned'),
      before,
    ),
    returned: sum(
      goods.filter(({ role }) => role === 'returned'),
      before,
    ),
    discount: sum(lines, ({ net_discount }) => net_discount),
    tax: sum(lines, ({ tax }) => tax),
    adjustment: sum(
      lines.filter(({ role }) => role === 'adjustment'),
      ({ net }) => net,
    ),
    total: sum(lines, ({ net, tax }) => net.plus(tax)),
  }
  if (Object.values(sums).some((amount) => amount.abs().greaterThanOrEqualTo(beyondAmounts)))
    throw new Refusal(documentTooLarge)
  return { ...sums, cost: costOfGoods(lines) }
}

/** What the goods of lines cost; what was lost is no cost of what was sold. Null where some line's is not known. */
export function costOfGoods(lines: readonly Pick<TotalledLine, 'role' | 'cost'>[]): Money | null {
  return lines
    .filter(({ role }) => role !== 'stock_adjustment')
    .reduce<Money | null>((all, { cost }) => (all === null || cost === null ? null : all.plus(cost)), zero)
}
