import { type BasketLine, type TotalledBasket, totalBasket } from '../basket/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { type Money, money, roundTo, roundToMinorUnit, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { pickPrice } from '../pricing/index.ts'
import type { TaxComponent } from '../tax/index.ts'
import type { priceSources } from './contract.ts'
import { customerNotFound } from './contract.ts'
import type { PlaceHeld } from './queries.ts'
import { atLine, type ReadLine, readLine, type WrittenLine } from './read-lines.ts'
import { type TaxGround, taxGroundOf, type World } from './world.ts'

export interface WrittenBasket {
  readonly lines: readonly WrittenLine[]
  readonly discount?: BasketLine['discount']
  readonly channel_id?: string | undefined
  readonly customer_id?: string | undefined
}

/** A line with its price and its taxes. */
export interface PricedLine extends ReadLine {
  readonly quantity: string
  readonly list_price: string | null
  readonly price_source: (typeof priceSources)[number]
  readonly price_id: string | null
  readonly tax_class_code: string
}

export interface PricedBasket {
  readonly lines: readonly PricedLine[]
  readonly totals: TotalledBasket
  readonly isPriceWithTax: boolean
}

const priceDecimals = 6

/** Reads and prices a basket on what is held, and comes to its totals. */
export function priceBasket(world: World, place: PlaceHeld, basket: WrittenBasket): PricedBasket {
  const ground = taxGroundOf(world, place)
  const at = placeOfPrice(world, place, basket)
  const lines = basket.lines.map((written, position) =>
    atLine(position, () => priceLine(world, ground, at, readLine(world, place, written))),
  )
  const totals = totalBasket({
    lines: lines.map((one) => one.basketLine),
    discount: basket.discount,
    prices_include_tax: ground.isPriceWithTax,
    minor_unit: place.minor_unit,
    rule: ground.rule,
  })
  return { lines, totals, isPriceWithTax: ground.isPriceWithTax }
}

interface PlaceOfPrice {
  readonly place: PlaceHeld
  readonly branch_id: string
  readonly channel_id: string | null
  readonly customer_group_id: string | null
}

function placeOfPrice({ held }: World, place: PlaceHeld, basket: WrittenBasket): PlaceOfPrice {
  const { channel_id = null, customer_id } = basket
  const customer = held.customers?.find(({ id }) => id === customer_id)
  if (customer_id !== undefined && !customer) refuse(customerNotFound)
  if (channel_id !== null && !held.channels?.some(({ id }) => id === channel_id)) refuse(channelNotFound)
  return { place, branch_id: place.id, channel_id, customer_group_id: customer?.group_id ?? null }
}

function priceLine(
  world: World,
  ground: TaxGround,
  at: PlaceOfPrice,
  read: ReadLine,
): PricedLine & { basketLine: BasketLine } {
  const { goods, written } = read
  const { code, components } = ground.taxesOf(goods.tax_class_id)
  const quantity = read.quantity ?? quantityOfPrice(world, ground, at, read, components)
  const found = listPriceOf(world, ground, at, { variantId: goods.variant_id, quantity, components })
  const printed = printedPriceOf(at.place, read, { quantity, listPrice: found?.price ?? null })
  const source = printed?.source ?? sourceOf(read, found?.price ?? null)
  const basketLine: BasketLine = {
    quantity,
    list_price: found?.price ?? null,
    ...(goods.is_open_price || printed?.source === 'barcode' ? { is_open_price: true } : {}),
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
 * The price of one by a label. Whoever sells may scan what they like, so it counts by itself only where a scale printed it for these
 * goods, where it comes to what the list says, or where anybody may say the price; any other is a change of the price.
 */
function printedPriceOf(
  { minor_unit }: PlaceHeld,
  { goods, written, printedPrice, isOfScale, quantity: given }: ReadLine,
  { quantity, listPrice }: { quantity: string; listPrice: string | null },
): { unit_price: string; source: 'barcode' | 'override' } | undefined {
  if (printedPrice === null || written.unit_price !== undefined) return undefined
  const printed = money(printedPrice)
  const unit_price = toText(roundTo(printed.dividedBy(quantity), priceDecimals, 'half_up'))
  const list = money(listPrice ?? '0')
  // How much was bought was worked out from the price, and rounded to what the unit counts.
  const isMeasured = given === null && goods.unit.dimension !== 'count'
  const rounded = isMeasured ? list.times(money('10').pow(-goods.unit.decimals)).dividedBy(2) : money('0')
  const apart = roundToMinorUnit(list.times(quantity), minor_unit).minus(printed).abs()
  const isAsListed = listPrice !== null && !apart.greaterThan(rounded.plus(money('10').pow(-minor_unit)))
  return { unit_price, source: isOfScale || goods.is_open_price || isAsListed ? 'barcode' : 'override' }
}

function sourceOf({ goods, written }: ReadLine, listPrice: string | null): PricedLine['price_source'] {
  if (written.unit_price === undefined) return 'list'
  if (goods.is_open_price) return 'open'
  return listPrice !== null && money(written.unit_price).equals(money(listPrice)) ? 'list' : 'override'
}

/** How much a label with a price stands for: as much as the price buys, of what is measured; one of what is counted. */
function quantityOfPrice(
  world: World,
  ground: TaxGround,
  at: PlaceOfPrice,
  { goods, printedPrice }: ReadLine,
  components: readonly TaxComponent[],
): string {
  const found = listPriceOf(world, ground, at, { variantId: goods.variant_id, quantity: '1', components })
  if (goods.unit.dimension === 'count' || !found || money(found.price).isZero()) return '1'
  const bought = roundTo(money(printedPrice ?? '0').dividedBy(found.price), goods.unit.decimals, 'half_up')
  return bought.isZero() ? '1' : toText(bought)
}

/** The price of the lists that counts here, with its tax or without as prices are here. */
function listPriceOf(
  { held }: World,
  { isPriceWithTax }: TaxGround,
  at: PlaceOfPrice,
  { variantId, quantity, components }: { variantId: string; quantity: string; components: readonly TaxComponent[] },
): { id: string; price: string } | undefined {
  const { currency, today } = at.place
  const candidates = (held.prices ?? []).filter(
    (one) => one.variant_id === variantId && one.currency === currency && one.today === today,
  )
  const found = pickPrice(candidates, { quantity, ...at })
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
