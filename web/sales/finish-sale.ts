import { assertWithin, limitOf } from '../../server/basket/limits.ts'
import type { PricedBasket } from '../../server/basket/price-basket.ts'
import { nameOf } from '../../server/basket/read-lines.ts'
import type { TotalledBasket } from '../../server/basket/total-basket.ts'
import { looksLikeGs1, readGs1 } from '../../server/codes/gs1.ts'
import { type GivenTender, type Settled, settleTenders } from '../../server/payments/settle-tenders.ts'
import { money, toMinorText } from '../../server/platform/money.ts'
import { cashRoundingOf, type Kept } from './kept.ts'

/** Throws the refusal of a discount or price beyond what somebody with these permissions may do by themselves. */
export function assertPermitted(
  { ground }: Kept,
  { totals }: Pick<PricedBasket, 'totals'>,
  permissions: ReadonlySet<string>,
): void {
  const may = (what: string) => permissions.has('*') || permissions.has(what)
  assertWithin(totals, {
    discount: limitOf(ground.settings.discount_limit_percent, {
      some: may('sales.discount'),
      any: may('sales.discount-any'),
    }),
    override: limitOf(ground.settings.override_limit_percent, {
      some: may('sales.override-price'),
      any: may('sales.override-any-price'),
    }),
  })
}

/**
 * What is due, what rounding in cash adds, and the change, of what was handed over. Throws the refusal of the checkout, as
 * `payment_short` with what is missing. What its provider has to be asked for first is refused without an authorization.
 */
export function settle({ ground }: Kept, total: string, given: readonly GivenTender[]): Settled {
  return settleTenders({
    total,
    given,
    currency: { code: ground.branch.currency, minor_unit: ground.branch.minor_unit },
    rounding: cashRoundingOf(ground),
    tenders: new Map(ground.tenders.map((one) => [one.id, one])),
  })
}

/** Who and what a sale is about beside its goods. */
export interface AboutSale {
  readonly id: string
  readonly customer_id?: string | undefined
  readonly channel_id?: string | undefined
  readonly discount_reason?: string | undefined
}

/** The `sale` of the slip that a device seals, of a basket that was rung up and paid. */
export function saleOf(
  { ground }: Kept,
  { id, customer_id, channel_id, discount_reason }: AboutSale,
  { lines, totals, isPriceWithTax }: PricedBasket,
  { given, settled }: { readonly given: readonly GivenTender[]; readonly settled: Settled },
) {
  const text = (amount: string) => toMinorText(money(amount), ground.branch.minor_unit)
  return {
    id,
    customer_id: customer_id ?? null,
    channel_id: channel_id ?? null,
    currency: ground.branch.currency,
    prices_include_tax: isPriceWithTax,
    lines: lines.map((line, at) => slipLine(line, totals.lines[at], discount_reason ?? null)),
    ...amountsOf(totals),
    rounding: text(settled.rounding),
    due: text(settled.due),
    paid: text(settled.paid),
    change: text(settled.change),
    tenders: given.map(({ tender_id, amount, reference = null }) => ({ tender_id, amount: text(amount), reference })),
  }
}

function slipLine(
  { goods, written, quantity, list_price, batch_id }: PricedBasket['lines'][number],
  totals: TotalledBasket['lines'][number] | undefined,
  reason: string | null,
) {
  if (!totals) throw new Error('a line has no totals')
  const { price_reason = null, discount_reason = reason, prescription = null } = written
  return {
    variant_id: goods.variant_id,
    name: nameOf(goods).slice(0, longestName),
    sku: goods.sku,
    barcode: written.barcode === undefined ? null : printable(written.barcode),
    unit_code: goods.unit.code,
    batch_id: batch_id === 'fefo' ? null : batch_id,
    quantity,
    list_price,
    unit_price: totals.unit_price,
    price_reason,
    discount_reason,
    prescription,
    ...amountsOf(totals),
    components: totals.components.map((one) => ({ ...one })),
  }
}

const longestName = 300

function amountsOf(totals: Omit<TotalledBasket, 'lines'>) {
  const { gross, line_discount, basket_discount, net_discount, net, tax, total } = totals
  return { gross, line_discount, basket_discount, net_discount, net, tax, total }
}

/** A code as a slip carries it: element strings in brackets, for what separates them is no text. */
function printable(code: string): string {
  if (!/\p{Cc}/u.test(code) || !looksLikeGs1(code)) return code
  const read = readGs1(code, '2000-01-01')
  return 'fault' in read ? code : read.elements.map(({ ai, value }) => `(${ai})${value}`).join('')
}
