import { labelCounts, type PricedBasket, type PricedLine, priceBasket, type WrittenLine } from '../basket/index.ts'
import { sessionNotOpen } from '../cash/index.ts'
import { planMovements, stockFrozen } from '../inventory/index.ts'
import { type Money, money, roundTo, toText } from '../platform/money.ts'
import { type Judge, Refusal } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { registerInactive } from '../registers/index.ts'
import type { TaxedComponent } from '../tax/index.ts'
import type { OfflineException, Slip, SlipLine } from './book-offline.ts'
import { assertPermitted, settle, stockOf } from './checkout.ts'
import type { PlaceHeld } from './queries.ts'
import type { Till } from './till.ts'
import { counterOf, type SellableGoods, type World } from './world.ts'

/** What the server makes of a sale that was paid offline, and what it would have refused or done otherwise. */
export interface JudgedSlip {
  readonly lines: readonly PricedLine<SellableGoods>[]
  readonly settled: ReturnType<typeof settle>
  readonly exceptions: readonly OfflineException[]
}

/**
 * Judges a slip with the rules of the checkout, on the prices and taxes of its day and on what slips before it left of the stock: none
 * of them refuses, each is told. Refuses only what there is no such thing of: goods, tenders.
 */
export function judgeOffline(world: World, till: Till, slip: Slip): JudgedSlip {
  const exceptions: OfflineException[] = []
  const judge: Judge = (found) => exceptions.push(asException(found, slip))
  const raise = (code: string, at: number | null, detail: string) =>
    exceptions.push({ code, line: at === null ? null : at + 1, detail })
  const place = { ...till.place, today: dayIn(till.place.time_zone, till.made_at) }
  judgeTill(world, till, place.today, judge, raise)
  const basket = judgeBasket(world, place, slip, judge)
  if (basket.isPriceWithTax !== slip.is_price_with_tax)
    raise('tax_differs', null, `Prices are ${basket.isPriceWithTax ? 'with' : 'without'} tax here`)
  for (const [at, line] of slip.lines.entries()) {
    const priced = basket.lines[at]
    const totals = basket.totals.lines[at]
    if (!priced || !totals) throw new Error('a line was not priced')
    const price = faultOfPrice(place, line, priced)
    if (price) raise(price.code, at, price.detail)
    if (!isTaxedAs(line, totals)) raise('tax_differs', at, `${line.tax} of tax was charged, ${totals.tax} is due`)
  }
  judgeStock(world, place, basket.lines, raise)
  const { total } = slip.amounts
  const settled = settle(world, place, {
    ...{ total, given: slip.payments, asHappened: { rounding: slip.rounding }, judge },
  })
  return { lines: basket.lines, settled, exceptions }
}

type Raise = (code: string, at: number | null, detail: string) => void

function asException({ kind, message, fields }: Refusal, { lines }: Slip): OfflineException {
  const path = `${fields?.[0]?.path}.`
  const at = lines.findIndex((_, position) => path.startsWith(`lines.${position}.`))
  return { code: kind.code, line: at < 0 ? null : at + 1, detail: message }
}

/** Tells what would be refused of where a receipt was made: its register, its session, and the books of its day. */
export function judgeTill(
  { held }: World,
  { register, session, place }: Till,
  day: string,
  judge: Judge,
  raise: Raise,
): void {
  if (!register.is_active) judge(new Refusal(registerInactive))
  if (session.late_of !== null) judge(new Refusal(sessionNotOpen, 'The session had ended'))
  const closed = held.books?.[place.entity_id] ?? null
  if (closed !== null && day <= closed) raise('period_closed', null, `The books are closed through ${closed}`)
}

/** Prices the slip as a basket at what was charged, and judges what was taken off or changed by whoever stood at the till. */
function judgeBasket(world: World, place: PlaceHeld, slip: Slip, judge: Judge): PricedBasket<SellableGoods> {
  const left = sum(slip.lines.map(({ gross, line_discount }) => money(gross).minus(line_discount)))
  const off = sum(slip.lines.map(({ basket_discount }) => money(basket_discount)))
  const basket = priceBasket(
    counterOf(world, place),
    {
      lines: slip.lines.map((line) => asWritten(line, place)),
      ...{ discount: reductionOf(off, left, place), prices_include_tax: slip.is_price_with_tax },
      ...{ customer_id: slip.customer_id ?? undefined, channel_id: slip.channel_id ?? undefined },
    },
    judge,
  )
  assertPermitted(world, place, basket, { caller: { permissions: slip.permissions }, judge })
  return basket
}

function asWritten(line: SlipLine, place: PlaceHeld): WrittenLine {
  const { variant_id, quantity, unit_price } = line
  return {
    ...{ variant_id, quantity, unit_price, was_paid: true },
    barcode: line.barcode ?? undefined,
    batch_id: line.batch_id ?? undefined,
    price_reason: line.price_reason ?? undefined,
    prescription: line.prescription ?? undefined,
    discount: reductionOf(money(line.line_discount), money(line.gross), place),
  }
}

const percentDecimals = 20

/** The smallest percentage that comes to what was taken off: a slip does not say which it was, and a limit is about that. */
function reductionOf(off: Money, whole: Money, { minor_unit }: PlaceHeld): { percent: string } | undefined {
  if (off.isZero()) return undefined
  const least = off.minus(`5e-${minor_unit + 1}`)
  return { percent: toText(roundTo(least.times(100).dividedBy(whole), percentDecimals, 'up')) }
}

/** What is wrong with what was charged for one of a line. */
function faultOfPrice(
  place: PlaceHeld,
  line: SlipLine,
  priced: PricedLine,
): { code: string; detail: string } | undefined {
  const { unit_price, list_price, price_reason } = line
  if (priced.goods.is_open_price && priced.printedPrice === null) return undefined
  const due = dueFor(place, line, priced)
  if (due === null) return { code: 'price_needed', detail: 'There was no price for this' }
  if (money(unit_price).equals(due))
    return due.isZero() && price_reason === null
      ? { code: 'price_zero', detail: 'It was given away at its list price' }
      : undefined
  // Changed from the right price, with a word why: whether that was permitted is judged by itself.
  if (price_reason !== null && list_price !== null && money(list_price).equals(due)) return undefined
  return { code: 'price_differs', detail: `${unit_price} was charged, ${toText(due)} was the price` }
}

/** What one costs by its label, where that counts, or else by the lists. */
function dueFor(place: PlaceHeld, { gross, price_reason }: SlipLine, priced: PricedLine): Money | null {
  const { printedPrice, quantity, list_price } = priced
  const listed = list_price === null ? null : money(list_price)
  if (printedPrice === null || price_reason !== null) return listed
  const label = money(printedPrice)
  const labels = label.isZero() ? label : roundTo(money(gross).dividedBy(label), 0, 'half_up')
  const printed = label.times(labels.isZero() ? 1 : labels)
  if (!labelCounts(place, priced, { printed, quantity, listPrice: list_price })) return listed
  return roundTo(printed.dividedBy(quantity), 6, 'half_up')
}

type Taxed = Pick<SlipLine, 'net' | 'tax'> & { readonly components: readonly TaxedComponent[] }

function isTaxedAs({ net, tax, taxes }: SlipLine, due: Taxed): boolean {
  const kinds = (all: readonly TaxedComponent[]) =>
    all
      .map((one) => [one.jurisdiction_code, toText(money(one.rate)), one.compound, toText(money(one.tax))].join())
      .toSorted()
  return (
    money(net).equals(due.net) &&
    money(tax).equals(due.tax) &&
    kinds(taxes).join('\n') === kinds(due.components).join('\n')
  )
}

/** Plans the stock of all lines in order, as it will be booked. */
function judgeStock({ held, stock, goods }: World, place: PlaceHeld, lines: readonly PricedLine[], raise: Raise): void {
  const parts = lines.flatMap((line, at) =>
    stockOf(line).map((part) => ({ at, line: { ...part, branch_id: place.id, is_already_sold: true } })),
  )
  const tell = (code: string, { at, line }: (typeof parts)[number], what: string) =>
    raise(code, at, `${goods.get(line.variant_id)?.name}: ${what}`)
  for (const part of parts) {
    const isFrozen = held.frozen?.some((one) => one.branch_id === place.id && one.variant_id === part.line.variant_id)
    if (isFrozen) tell(stockFrozen.code, part, 'It is being counted')
  }
  const judge: Judge = ({ kind, message, fields }) => {
    const [{ path = '', message: what = message } = {}] = fields ?? []
    const part = parts.find((_, at) => path === `lines.${at}`)
    if (part) tell(kind.code, part, what)
  }
  planMovements(
    stock.shelves,
    { kind: 'sale', lines: parts.map(({ line }) => line) },
    {
      dayIn: () => place.today,
      allowsBelowZero: (id) => goods.get(id)?.allows_negative_stock ?? false,
      judge,
    },
  )
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((all, one) => all.plus(one), money('0'))
}
