import type { z } from 'zod'
import {
  amountTooFine,
  assertWithin,
  basketTooLong,
  limitOf,
  mostLines,
  nameOf,
  type PricedBasket,
  type PricedLine,
  priceBasket,
  quantityOfPart,
} from '../basket/index.ts'
import {
  authorizationDiffers,
  authorizationNotApproved,
  authorizationNotFound,
  authorizationUsed,
  cashRoundingModeSetting,
  cashRoundingOf,
  cashStepSetting,
  type LeftOfSale,
  type Settled,
  settleTenders,
} from '../payments/index.ts'
import { holds } from '../platform/execute.ts'
import { money, roundToMinorUnit, toText } from '../platform/money.ts'
import type { Caller, ItemContext, SealedBatch } from '../platform/operation.ts'
import { type Judge, refuse, refuseAtOnce } from '../platform/refusal.ts'
import type { Settings } from '../settings/index.ts'
import { ticketDiscarded, ticketNotFound, ticketSold } from '../tickets/index.ts'
import {
  type checkoutInput,
  discountLimitSetting,
  overrideLimitSetting,
  permissions,
  totalDiffers,
} from './contract.ts'
import type { PlaceHeld } from './queries.ts'
import {
  type Decision,
  type DraftLine,
  decideReceipt,
  type Receipt,
  type ReceiptAmounts,
  recordReceipts,
  tendersOf,
} from './receipt.ts'
import { tillOf } from './till.ts'
import { counterOf, readWorld, type SellableGoods, settingOf, type World } from './world.ts'

type Input = z.output<typeof checkoutInput>

/** Sells. Sales that arrive at once commit together: one statement holds and reads, one records. */
export function checkout(settings: Settings): SealedBatch<Input, World, Decision, Receipt> {
  return {
    async read(context, inputs, answerIds) {
      const named = inputs.map((input) => (input.lines.length > mostLines ? { ...input, lines: [] } : input))
      const world = await readWorld(context, settings, { named, answers: answerIds })
      return { world, answers: world.held.answers ?? [] }
    },

    decide(world, input, context) {
      const decision = decideSale(world, input, context)
      return { decision, output: decision.output }
    },

    write: recordReceipts,
  }
}

function decideSale(world: World, input: Input, context: ItemContext): Decision {
  if (input.lines.length > mostLines) refuse(basketTooLong)
  const till = tillOf(world, input, context)
  const { place } = till
  if (input.ticket_id !== undefined) assertSellable(world, place, input.ticket_id)
  if (input.shipping_cost !== undefined && money(input.shipping_cost).decimalPlaces() > place.minor_unit)
    refuse(amountTooFine)
  const basket = priceBasket(counterOf(world, place), input)
  assertPermitted(world, place, basket, context)
  const { total } = basket.totals
  if (input.expected_total !== undefined && !money(input.expected_total).equals(total))
    refuse(totalDiffers, `it comes to ${total}`)
  const settled = settle(world, place, { total, given: input.payments })
  return decideReceipt(
    world,
    {
      ...till,
      id: input.id ?? context.newId(),
      kind: 'sale',
      employee_id: context.caller.employeeId,
      customer_id: input.customer_id ?? null,
      channel_id: input.channel_id ?? null,
      original: null,
      note: input.note ?? null,
      isPriceWithTax: basket.isPriceWithTax,
      lines: draftLines(basket, input),
      amounts: amountsOf(basket.totals),
      settled,
      platform_fees: feesOf(world, place, input.channel_id, total),
      fees_returned: '0',
      shipping_cost: input.shipping_cost ?? '0',
      ticket_id: input.ticket_id,
      mayRefundOtherwise: false,
      offline: null,
    },
    context,
  )
}

/** Refuses a ticket that the branch does not have, or that was sold or discarded. */
export function assertSellable({ held, soldTickets }: World, place: PlaceHeld, id: string): void {
  const ticket = held.tickets?.find((one) => one.id === id)
  if (ticket?.branch_id !== place.id) refuse(ticketNotFound)
  if (ticket.state === 'sold' || soldTickets.has(id)) refuse(ticketSold)
  if (ticket.state === 'discarded') refuse(ticketDiscarded)
}

/** Refuses reductions and prices beyond what the caller may do. */
export function assertPermitted(
  world: World,
  place: PlaceHeld,
  { totals }: Pick<PricedBasket, 'totals'>,
  { caller, judge = refuseAtOnce }: { readonly caller: Pick<Caller, 'permissions'>; readonly judge?: Judge },
): void {
  const may = (some: string, any: string) => ({
    some: holds(caller.permissions, some),
    any: holds(caller.permissions, any),
  })
  const limits = {
    discount: limitOf(
      settingOf(world, discountLimitSetting, place.id),
      may(permissions.discount, permissions.discountAny),
    ),
    override: limitOf(
      settingOf(world, overrideLimitSetting, place.id),
      may(permissions.overridePrice, permissions.overrideAnyPrice),
    ),
  }
  assertWithin(totals, limits, judge)
}

/** What is paid against what is due, by the tenders of the tenant. */
export function settle(
  world: World,
  place: PlaceHeld,
  due: {
    readonly total: string
    readonly given: Input['payments']
    readonly origin?: LeftOfSale & { readonly id: string }
    readonly mayRefundOtherwise?: boolean
    readonly asHappened?: { readonly rounding: string }
    readonly judge?: Judge
  },
): Settled {
  const settled = settleTenders({
    ...due,
    currency: { code: place.currency, minor_unit: place.minor_unit },
    rounding: cashRoundingOf({
      set: settingOf(world, cashStepSetting, place.id),
      mode: settingOf(world, cashRoundingModeSetting, place.id),
      usual: place.cash_step,
    }),
    tenders: tendersOf(world),
  })
  const refunded = money(due.total).isNegative() ? (due.origin?.id ?? null) : undefined
  const used = new Set(world.usedAuthorizations)
  if (due.asHappened === undefined)
    for (const given of due.given) assertAuthorized(world.held, { place, refunded, used }, given)
  return settled
}

/** Refuses what its provider did not approve for just this: of money that goes back, for the sale that it goes back of. */
function assertAuthorized(
  { authorizations }: World['held'],
  {
    place,
    refunded,
    used,
  }: {
    readonly place: PlaceHeld
    readonly refunded: string | null | undefined
    /** By what comes before it. */
    readonly used: Set<string>
  },
  { authorization_id, tender_id, amount }: Input['payments'][number],
): void {
  if (authorization_id === undefined) return
  const found = authorizations.find(({ id }) => id === authorization_id) ?? refuse(authorizationNotFound)
  if (found.is_used || used.has(found.id)) refuse(authorizationUsed)
  if (found.status !== 'approved') refuse(authorizationNotApproved)
  const isSame =
    found.kind === (refunded === undefined ? 'charge' : 'refund') &&
    found.origin_id === (refunded ?? null) &&
    found.tender_id === tender_id &&
    found.branch_id === place.id &&
    found.currency === place.currency &&
    money(found.amount).equals(amount)
  if (!isSame) refuse(authorizationDiffers)
  used.add(found.id)
}

/** The lines of a basket as they go into a receipt. */
export function draftLines(basket: PricedBasket<SellableGoods>, input: Pick<Input, 'discount_reason'>): DraftLine[] {
  return basket.lines.map((line, at) => {
    const totals = basket.totals.lines[at]
    if (!totals) throw new Error('a line has no totals')
    const { goods, written } = line
    return {
      ...amountsOf(totals),
      of_line: null,
      variant_id: goods.variant_id,
      name: nameOf(goods),
      sku: goods.sku,
      barcode: written.barcode ?? null,
      hsn_code: goods.hsn_code,
      unit_code: goods.unit.code,
      quantity: line.quantity,
      list_price: line.list_price,
      unit_price: totals.unit_price,
      price_source: line.price_source,
      price_id: line.price_id,
      price_reason: written.price_reason ?? null,
      discount_reason: written.discount_reason ?? input.discount_reason ?? null,
      tax_class_id: goods.tax_class_id,
      tax_class_code: line.tax_class_code,
      restock: null,
      prescription: written.prescription ?? null,
      stock: stockOf(line),
    }
  })
}

/** What of the shelves a line that is sold takes; of a part that comes to nothing, nothing. */
export function stockOf({ goods, quantity, batch_id, parts }: PricedLine): DraftLine['stock'] {
  return parts.flatMap((part) => {
    const taken = quantityOfPart(quantity, part.quantity)
    const of = { variant_id: part.variant_id, batch_id: part.variant_id === goods.variant_id ? batch_id : 'fefo' }
    return taken === '0' ? [] : [{ ...of, change: { kind: 'issue', quantity: taken, against: 'cost_of_sales' } }]
  })
}

/** The amounts of a line or basket as a receipt keeps them: both discounts as one. */
export function amountsOf(totals: PricedBasket['totals'] | PricedBasket['totals']['lines'][number]): ReceiptAmounts {
  const { gross, line_discount, basket_discount, net_discount, net, tax, total, components } = totals
  const discount = toText(money(line_discount).plus(basket_discount))
  return { gross, discount, net_discount, net, tax, total, taxes: components }
}

/** What the channel keeps of a total, rounded halves away from zero. */
export function feesOf(world: World, place: PlaceHeld, channelId: string | undefined, total: string): string {
  const rate = world.held.channels?.find(({ id }) => id === channelId)?.commission_rate ?? '0'
  return toText(roundToMinorUnit(money(total).times(rate).dividedBy(100), place.minor_unit))
}
