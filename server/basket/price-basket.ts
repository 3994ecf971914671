import { channelNotFound } from '../channels/refusals.ts'
import { type Money, money, roundTo, roundToMinorUnit, toText } from '../platform/money.ts'
import { type Judge, orElse, Refusal, refuseAtOnce } from '../platform/refusal.ts'
import { pickPrice } from '../pricing/pick-price.ts'
import type { TaxComponent } from '../tax/calculate-tax.ts'
import type { TaxGround } from '../tax/tax-ground.ts'
import type { Counter, CounterGoods, CounterPlace } from './counter.ts'
import { atLine, ofLine, type ReadLine, readLine, type WrittenLine } from './read-lines.ts'
import { customerNotFound } from './refusals.ts'
import { type BasketLine, type TotalledBasket, totalBasket } from './total-basket.ts'

export interface WrittenBasket {
  readonly lines: readonly WrittenLine[]
  readonly discount?: BasketLine['discount']
  readonly channel_id?: string | undefined
  readonly customer_id?: string | undefined
  /** How prices were taken of what was paid already; else as the branch takes them. */
  readonly prices_include_tax?: boolean | undefined
}

/** A line with its price and its taxes. */
export interface PricedLine<G extends CounterGoods = CounterGoods> extends ReadLine<G> {
  readonly quantity: string
  readonly list_price: string | null
  readonly price_source: 'list' | 'override' | 'open' | 'barcode'
  readonly price_id: string | null
  readonly tax_class_code: string
}

export interface PricedBasket<G extends CounterGoods = CounterGoods> {
  readonly lines: readonly PricedLine<G>[]
  readonly totals: TotalledBasket
  readonly isPriceWithTax: boolean
}

const priceDecimals = 6

/** Where nobody knows the taxes, there are none. */
const untaxed: TaxGround = {
  rule: { rounding: 'line', rounding_mode: 'half_up', rounding_of: 'each' },
  isPriceWithTax: true,
  taxesOf: () => ({ code: '', components: [] }),
}

/** Reads and prices a basket on what is held, and comes to its totals. */
export function priceBasket<G extends CounterGoods>(
  counter: Counter<G>,
  basket: WrittenBasket,
  judge: Judge = refuseAtOnce,
): PricedBasket<G> {
  const usual = orElse(judge, () => counter.taxes(), untaxed)
  const ground = { ...usual, isPriceWithTax: basket.prices_include_tax ?? usual.isPriceWithTax }
  const at = placeOfPrice(counter, basket, judge)
  const lines = basket.lines.map((written, position) => {
    const judgeLine: Judge = (found) => judge(ofLine(found, position))
    return atLine(position, () =>
      priceLine(counter, ground, at, { judge: judgeLine, read: readLine(counter, written, judgeLine) }),
    )
  })
  const totals = totalBasket({
    lines: lines.map((one) => one.basketLine),
    discount: basket.discount,
    prices_include_tax: ground.isPriceWithTax,
    minor_unit: counter.place.minor_unit,
    rule: ground.rule,
  })
  return { lines, totals, isPriceWithTax: usual.isPriceWithTax }
}

interface PlaceOfPrice {
  readonly branch_id: string
  readonly channel_id: string | null
  readonly customer_group_id: string | null
}

function placeOfPrice(counter: Counter, basket: WrittenBasket, judge: Judge): PlaceOfPrice {
  const { channel_id = null, customer_id } = basket
  const group = customer_id === undefined ? null : counter.groupOf(customer_id)
  if (group === undefined) judge(new Refusal(customerNotFound))
  if (channel_id !== null && !counter.hasChannel(channel_id)) judge(new Refusal(channelNotFound))
  return { branch_id: counter.place.id, channel_id, customer_group_id: group ?? null }
}

function priceLine<G extends CounterGoods>(
  counter: Counter<G>,
  ground: TaxGround,
  at: PlaceOfPrice,
  { read, judge }: { read: ReadLine<G>; judge: Judge },
): PricedLine<G> & { basketLine: BasketLine } {
  const { goods, written } = read
  const { code, components } = orElse(judge, () => ground.taxesOf(goods.tax_class_id), untaxed.taxesOf(''))
  const quantity = read.quantity ?? quantityOfPrice(counter, ground, at, read, components)
  const found = listPriceOf(counter, ground, at, { variantId: goods.variant_id, quantity, components })
  const printed = printedPriceOf(counter.place, read, { quantity, listPrice: found?.price ?? null })
  const source = printed?.source ?? sourceOf(read, found?.price ?? null)
  const basketLine: BasketLine = {
    quantity,
    list_price: found?.price ?? null,
    ...(isOpenPrice(read, found?.price ?? null) || printed?.source === 'barcode' ? { is_open_price: true } : {}),
    ...(written.unit_price === undefined ? {} : { unit_price: written.unit_price }),
    ...(printed === undefined ? {} : { unit_price: printed.unit_price }),
    ...(written.price_reason === undefined ? {} : { price_reason: written.price_reason }),
    ...(written.discount === undefined ? {} : { discount: written.discount }),
    components,
  }
  return {
    ...read,
    quantity,
    list_price: found?.price ?? null,
    price_source: source,
    price_id: source === 'list' ? (found?.id ?? null) : null,
    tax_class_code: code,
    basketLine,
  }
}

/**
 * A price that is said at the counter is no change of a price. What was paid already is one where somebody said why; whether it was
 * the right price otherwise is for whoever judges it.
 */
function isOpenPrice({ goods, written }: ReadLine, listPrice: string | null): boolean {
  const { was_paid, unit_price, price_reason } = written
  if (!was_paid || goods.is_open_price) return goods.is_open_price
  return price_reason === undefined || listPrice === null || money(unit_price ?? listPrice).equals(listPrice)
}

/** The price of one by a label: a change of the price where the label does not count by itself. */
function printedPriceOf(
  place: CounterPlace,
  read: ReadLine,
  { quantity, listPrice }: { quantity: string; listPrice: string | null },
): { unit_price: string; source: 'barcode' | 'override' } | undefined {
  const { written, printedPrice } = read
  if (printedPrice === null || written.unit_price !== undefined) return undefined
  const unit_price = toText(roundTo(money(printedPrice).dividedBy(quantity), priceDecimals, 'half_up'))
  const isByItself = labelCounts(place, read, { printed: money(printedPrice), quantity, listPrice })
  return { unit_price, source: isByItself ? 'barcode' : 'override' }
}

/**
 * Whether what labels say of a line counts by itself. Whoever sells may scan what they like, so it does only where a scale printed it
 * for these goods, where it comes to what the list says, or where anybody may say the price.
 */
export function labelCounts(
  { minor_unit }: CounterPlace,
  { goods, written, isOfScale, quantity: given }: ReadLine,
  { printed, quantity, listPrice }: { printed: Money; quantity: string; listPrice: string | null },
): boolean {
  if (isOfScale || goods.is_open_price) return true
  if (listPrice === null) return false
  // How much was bought was worked out from the price, and rounded to what the unit counts.
  const isMeasured = (given === null || written.was_paid === true) && goods.unit.dimension !== 'count'
  const rounded = isMeasured ? money(listPrice).times(money('10').pow(-goods.unit.decimals)).dividedBy(2) : money('0')
  const apart = roundToMinorUnit(money(listPrice).times(quantity), minor_unit).minus(printed).abs()
  return !apart.greaterThan(rounded.plus(money('10').pow(-minor_unit)))
}

function sourceOf({ goods, written }: ReadLine, listPrice: string | null): PricedLine['price_source'] {
  if (written.unit_price === undefined) return 'list'
  if (goods.is_open_price) return 'open'
  return listPrice !== null && money(written.unit_price).equals(money(listPrice)) ? 'list' : 'override'
}

/** How much a label with a price stands for: as much as the price buys, of what is measured; one of what is counted. */
function quantityOfPrice(
  counter: Counter,
  ground: TaxGround,
  at: PlaceOfPrice,
  { goods, printedPrice }: ReadLine,
  components: readonly TaxComponent[],
): string {
  const found = listPriceOf(counter, ground, at, { variantId: goods.variant_id, quantity: '1', components })
  if (goods.unit.dimension === 'count' || !found || money(found.price).isZero()) return '1'
  const bought = roundTo(money(printedPrice ?? '0').dividedBy(found.price), goods.unit.decimals, 'half_up')
  return bought.isZero() ? '1' : toText(bought)
}

/** The price of the lists that counts here, with its tax or without as prices are here. */
function listPriceOf(
  counter: Counter,
  { isPriceWithTax }: TaxGround,
  at: PlaceOfPrice,
  { variantId, quantity, components }: { variantId: string; quantity: string; components: readonly TaxComponent[] },
): { id: string; price: string } | undefined {
  const found = pickPrice(counter.pricesOf(variantId), { quantity, ...at })
  if (!found) return undefined
  const price = money(found.unit_price)
  if (found.includes_tax === isPriceWithTax) return { id: found.id, price: toText(price) }
  const factor = taxFactor(components)
  const other = isPriceWithTax ? price.times(factor) : price.dividedBy(factor)
  return { id: found.id, price: toText(roundTo(other, priceDecimals, 'half_up')) }
}

/** What a price without tax is multiplied with to have its taxes in it. */
function taxFactor(components: readonly TaxComponent[]): Money {
  let all = money('1')
  for (const { rate, compound } of components)
    all = all.plus((compound ? all : money('1')).times(money(rate)).dividedBy(100))
  return all
}
