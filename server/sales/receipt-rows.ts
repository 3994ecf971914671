import { maxAgeSetting, type Quote, resolveRate } from '../fx/index.ts'
import { firstOpenDay } from '../inventory/index.ts'
import { money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import { dayIn } from '../platform/time.ts'
import { baseCurrencySetting } from '../valuation/index.ts'
import type { PlaceHeld } from './queries.ts'
import type { Author, Receipt, ReceiptAmounts, ReceiptDraft } from './receipt.ts'
import type { CostedLine } from './receipt-postings.ts'
import { settingOf, type World } from './world.ts'

interface Numbered {
  readonly number: string
  readonly sequence: bigint
  readonly days: Days
  readonly seller_id: string
  readonly cost: string
}

/** A receipt as sales.record takes it. */
export function saleRow(world: World, draft: ReceiptDraft, { number, sequence, days, seller_id, cost }: Numbered) {
  const { session, register, place, original, settled, amounts, offline } = draft
  const { taxes, ...sums } = amounts
  const base = baseOf(world, draft)
  return {
    id: draft.id,
    kind: draft.kind,
    number,
    sequence: String(sequence),
    register_id: register.id,
    session_id: session.id,
    branch_id: place.id,
    entity_id: place.entity_id,
    seller_id,
    employee_id: draft.employee_id,
    customer_id: draft.customer_id,
    channel_id: draft.channel_id,
    original_id: original?.id ?? null,
    root_id: original?.root_id ?? null,
    device_id: offline === null ? register.device_id : offline.device_id,
    is_offline: offline !== null,
    is_price_with_tax: draft.isPriceWithTax,
    currency: place.currency,
    ...base,
    ...sums,
    taxes,
    rounding: settled.rounding,
    paid: toText(money(settled.due).plus(settled.change)),
    change: settled.change,
    cost,
    platform_fees: draft.platform_fees,
    fees_returned: draft.fees_returned,
    payment_fees: '0',
    shipping_cost: draft.shipping_cost ?? '0',
    data_quality_score: offline?.score ?? '100',
    validation_notes: offline?.notes ?? null,
    note: draft.note,
    effective_on: days.effective_on,
    made_at: draft.made_at.toISOString(),
  }
}

/** The total in the currency that sales of all legal entities are shown in; without a rate it stays unknown, and the sale goes on. */
function baseOf(world: World, { place, original, amounts }: ReceiptDraft) {
  if (original) return baseAt(world, place, { ...original, total: amounts.total })
  const base_currency = settingOf(world, baseCurrencySetting, place.id) ?? place.currency
  if (base_currency === place.currency) return { base_currency, fx_rate: '1', base_total: amounts.total }
  const quotes: readonly Quote[] = (world.held.quotes ?? []).filter(({ on }) => on === place.today)
  const maxAgeDays = settingOf(world, maxAgeSetting, place.id)
  const found = resolveRate(quotes, { from: place.currency, to: base_currency, on: place.today, maxAgeDays })
  const fx_rate = 'fault' in found ? null : found.rate
  return baseAt(world, place, { base_currency, fx_rate, total: amounts.total })
}

function baseAt(
  world: World,
  { minor_unit }: PlaceHeld,
  { base_currency, fx_rate, total }: { base_currency: string; fx_rate: string | null; total: string },
) {
  const decimals = world.held.minor_units?.[base_currency] ?? minor_unit
  const base_total = fx_rate === null ? null : toText(roundToMinorUnit(money(total).times(fx_rate), decimals))
  return { base_currency, fx_rate, base_total }
}

export interface Days {
  readonly document_on: string
  readonly effective_on: string
}

/** The day of a receipt in its branch, and the one it counts on: the first open one, where the books are closed. */
export function daysOf({ stock }: World, { place, made_at }: ReceiptDraft): Days {
  const document_on = dayIn(place.time_zone, made_at)
  return { document_on, effective_on: firstOpenDay(stock, place.entity_id, document_on) }
}

/** What was paid, as payments.record takes it. */
export function documentOf(draft: ReceiptDraft, by: Author, payments: readonly object[]) {
  return {
    document_type: draft.kind,
    document_id: draft.id,
    origin_id: draft.original?.root_id ?? draft.id,
    branch_id: draft.place.id,
    session_id: draft.session.id,
    currency: draft.place.currency,
    actor_id: by.caller.userId,
    made_at: draft.made_at.toISOString(),
    is_late: draft.offline !== null,
    may_refund_otherwise: draft.mayRefundOtherwise,
    payments,
  }
}

/** A receipt as it is answered. */
export function outputOf(
  world: World,
  { place, made_at, amounts, kind }: ReceiptDraft,
  {
    sale,
    lines,
    payments,
  }: {
    sale: ReturnType<typeof saleRow>
    lines: readonly CostedLine[]
    payments: readonly { id: string; kind: string; tender_id: string; amount: string; reference: string | null }[]
  },
): Receipt {
  const text = (amount: string) => toMinorText(money(amount), place.minor_unit)
  const written = ({ gross, discount, net, tax, total }: Omit<ReceiptAmounts, 'net_discount' | 'taxes'>) => ({
    gross: text(gross),
    discount: text(discount),
    net: text(net),
    tax: text(tax),
    total: text(total),
  })
  return {
    ...sale,
    ...written(sale),
    kind,
    fx_rate: sale.fx_rate,
    rounding: text(sale.rounding),
    paid: text(sale.paid),
    change: text(sale.change),
    taxes: [...amounts.taxes],
    lines: lines.map((line) => ({ ...line, ...written(line), taxes: [...line.taxes] })),
    payments: payments.map((payment) => ({ ...payment, amount: text(payment.amount) })),
    made_at,
    recorded_at: world.now,
  }
}

/** Lines and payments are in their own tables, and as many as they like. */
export function auditOf({ lines, payments, taxes: _, ...head }: Receipt) {
  return { ...head, lines: lines.length, payments: payments.length }
}
