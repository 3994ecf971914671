import type { z } from 'zod'
import { maxAgeSetting, type Quote, resolveRate } from '../fx/index.ts'
import {
  announcePosting,
  firstOpenDay,
  type PlannedPosting,
  planStock,
  type StockDocument,
  type StockLine,
} from '../inventory/index.ts'
import type { Settled } from '../payments/index.ts'
import { money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import type { ItemContext } from '../platform/operation.ts'
import { dayIn } from '../platform/time.ts'
import { receiptNumberOf } from '../registers/index.ts'
import type { TaxedComponent } from '../tax/index.ts'
import type { kinds, priceSources, receipt, restocks } from './contract.ts'
import { journalOf } from './journal.ts'
import type {
  AccountHeld,
  Allocation,
  OriginalHeld,
  PlaceHeld,
  RegisterHeld,
  SessionHeld,
  TenderHeld,
} from './queries.ts'
import { settingOf, type World } from './world.ts'

export type Author = Pick<ItemContext, 'caller' | 'changed' | 'newId'>
export type Receipt = z.input<typeof receipt>

/** Amounts of a line or of a whole receipt, below zero for what comes back. */
export interface ReceiptAmounts {
  readonly gross: string
  readonly discount: string
  readonly net_discount: string
  readonly net: string
  readonly tax: string
  readonly total: string
  readonly taxes: readonly TaxedComponent[]
}

/** A line before its stock is planned. */
export interface DraftLine extends ReceiptAmounts {
  readonly of_line: number | null
  readonly variant_id: string
  readonly name: string
  readonly sku: string | null
  readonly barcode: string | null
  readonly hsn_code: string | null
  readonly unit_code: string
  readonly quantity: string
  readonly list_price: string | null
  readonly unit_price: string
  readonly price_source: (typeof priceSources)[number]
  readonly price_id: string | null
  readonly price_reason: string | null
  readonly discount_reason: string | null
  readonly tax_class_id: string
  readonly tax_class_code: string
  readonly restock: (typeof restocks)[number] | null
  readonly prescription: string | null
  /** What leaves the shelf, or comes back to it; `of` is the place among the allocations of the original. */
  readonly stock: readonly (Omit<StockLine, 'branch_id'> & { readonly of?: number; readonly value?: string })[]
}

/** A receipt before its stock is planned and its number is taken. */
export interface ReceiptDraft {
  readonly id: string
  readonly kind: (typeof kinds)[number]
  readonly session: SessionHeld
  readonly register: RegisterHeld
  readonly place: PlaceHeld
  readonly employee_id: string | null
  readonly customer_id: string | null
  readonly channel_id: string | null
  readonly original: Pick<OriginalHeld, 'id' | 'root_id' | 'base_currency' | 'fx_rate'> | null
  readonly made_at: Date
  readonly note: string | null
  readonly isPriceWithTax: boolean
  readonly lines: readonly DraftLine[]
  readonly amounts: ReceiptAmounts
  readonly settled: Settled
  readonly platform_fees: string
  readonly fees_returned: string
  readonly mayRefundOtherwise: boolean
  /** What a device numbered and recorded by itself; null: the server does. */
  readonly offline: {
    readonly device_id: string
    readonly sequence: string
    readonly score: string
    readonly notes: string | null
  } | null
}

/** A receipt as sales.record takes it, with its output. */
export interface Decision {
  readonly by: Author
  readonly sale: Readonly<Record<string, unknown>> & { readonly id: string; readonly register_id: string }
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  readonly payments: Readonly<Record<string, unknown>>
  readonly postings: readonly PlannedPosting[]
  readonly journal: Readonly<Record<string, unknown>> | undefined
  readonly accounts: readonly (AccountHeld & { readonly main_id: string; readonly type: 'branch' | 'session' })[]
  readonly sequence: bigint
  readonly output: Receipt
}

/** Decides a receipt whose amounts stand: plans its stock, numbers it, and comes to its journal. Moves the world on. */
export function decideReceipt(world: World, draft: ReceiptDraft, by: Author): Decision {
  const postings = planPostings(world, draft, by)
  const sequence = draft.offline ? BigInt(draft.offline.sequence) : (world.sequences.get(draft.register.id) ?? 0n) + 1n
  world.sequences.set(draft.register.id, sequence)
  const number = receiptNumberOf(draft.register.code, String(sequence))
  const days = daysOf(world, draft)
  const lines = draft.lines.map((line, at) => costedLine(line, at, postings))
  const sale = saleRow(world, draft, { number, sequence, days, cost: sumOf(lines.map(({ cost }) => cost)) })
  const payments = draft.settled.payments.map((payment) => ({ id: by.newId(), ...payment }))
  const tenders = tendersOf(world)
  const { journal, accounts } = journalOf(world, {
    by,
    head: { id: draft.id, document_number: number, ...days, session: draft.session as SessionHeld, place: draft.place },
    amounts: draft.amounts,
    kind: draft.kind,
    rounding: draft.settled.rounding,
    fees: sale.platform_fees,
    taken: payments.map(({ tender_id, amount }) => ({ kind: tenders.get(tender_id)?.kind ?? 'other', amount })),
    stock: postings.flatMap(({ posting }) => posting.journal?.lines ?? []),
    returned: sumOf(draft.lines.filter(({ of_line }) => of_line !== null).map(salesOf)),
  })
  for (const { posting } of postings) announcePosting(by, posting.posting)
  const output = outputOf(world, draft, { sale, lines, payments })
  by.changed({ resource: draft.kind, id: draft.id, new: auditOf(output) })
  return {
    by,
    sale,
    lines: lines.map((line) => ({ sale_id: draft.id, ...line })),
    payments: documentOf(draft, by, payments),
    postings: postings.map(({ posting }) => posting),
    journal,
    accounts,
    sequence,
    output,
  }
}

/** The tenders of the tenant by their ids. */
export function tendersOf({ held }: World): ReadonlyMap<string, TenderHeld> {
  return new Map(held.tenders.map((one) => [one.id, one]))
}

interface PlannedPart {
  readonly posting: PlannedPosting
  /** The lines of the receipt that the lines of the document stand for. */
  readonly of: readonly { readonly at: number; readonly of?: number; readonly value?: string }[]
}

/** What comes back is planned before what leaves: it may leave again. */
function planPostings(world: World, draft: ReceiptDraft, by: Author): PlannedPart[] {
  const back = partOf(draft, true)
  const out = partOf(draft, false)
  const parts: PlannedPart[] = []
  for (const { kind, lines, of } of [back, out]) {
    if (lines.length === 0) continue
    const isSecond = kind === 'return' && out.lines.length > 0
    const document: StockDocument = {
      id: isSecond ? by.newId() : draft.id,
      kind,
      document_type: draft.kind,
      document_id: draft.id,
      document_number: receiptNumberOf(draft.register.code, nextSequence(world, draft)),
      party_id: draft.customer_id,
      reason: null,
      on: dayIn(draft.place.time_zone, draft.made_at),
      lines,
    }
    parts.push({ posting: planStock(world.stock, document, by), of })
  }
  return parts
}

function nextSequence(world: World, { offline, register }: ReceiptDraft): string {
  return offline?.sequence ?? String((world.sequences.get(register.id) ?? 0n) + 1n)
}

function partOf({ lines, place, offline }: ReceiptDraft, isBack: boolean) {
  const mine = lines.flatMap((line, at) =>
    (line.of_line !== null) === isBack ? line.stock.map((one) => ({ ...one, at })) : [],
  )
  return {
    kind: isBack ? ('return' as const) : ('sale' as const),
    lines: mine.map(
      ({ variant_id, batch_id, change }): StockLine => ({
        branch_id: place.id,
        variant_id,
        batch_id,
        change,
        is_already_sold: offline !== null,
      }),
    ),
    of: mine.map(({ at, of, value }) => ({
      at,
      ...(of === undefined ? {} : { of }),
      ...(value === undefined ? {} : { value }),
    })),
  }
}

type CostedLine = Omit<DraftLine, 'stock'> & { line: number; cost: string; allocations: Allocation[] }

/** What of the stock was the line's: what of which batch, and at which cost. */
function costedLine({ stock: _, ...line }: DraftLine, at: number, parts: readonly PlannedPart[]): CostedLine {
  const mine = parts.flatMap(({ posting, of }) =>
    posting.posted.movements.flatMap((movement) => {
      const source = of[movement.line - 1]
      return source?.at === at ? [{ movement, source }] : []
    }),
  )
  return {
    ...line,
    line: at + 1,
    cost: sumOf(mine.map(({ movement }) => toText(money(movement.value).negated()))),
    allocations: mine.map(({ movement: { variant_id, batch_id, quantity, value }, source }) => ({
      variant_id,
      batch_id,
      quantity: toText(money(quantity).negated()),
      value: toText(money(source.value ?? value).negated()),
      ...(source.of === undefined ? {} : { of: source.of }),
    })),
  }
}

interface Numbered {
  readonly number: string
  readonly sequence: bigint
  readonly days: Days
  readonly cost: string
}

function saleRow(world: World, draft: ReceiptDraft, { number, sequence, days, cost }: Numbered) {
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
    employee_id: draft.employee_id,
    customer_id: draft.customer_id,
    channel_id: draft.channel_id,
    original_id: original?.id ?? null,
    root_id: original?.root_id ?? null,
    device_id: offline?.device_id ?? null,
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
    shipping_cost: '0',
    is_validated: offline?.notes == null,
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
  const base_currency = settingOf(world, world.baseCurrency, place.id) ?? place.currency
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
function daysOf({ stock }: World, { place, made_at }: ReceiptDraft): Days {
  const document_on = dayIn(place.time_zone, made_at)
  return { document_on, effective_on: firstOpenDay(stock, place.entity_id, document_on) }
}

function documentOf(draft: ReceiptDraft, by: Author, payments: readonly object[]) {
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

function outputOf(
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
  return {
    ...sale,
    kind,
    fx_rate: sale.fx_rate,
    rounding: text(sale.rounding),
    paid: text(sale.paid),
    change: text(sale.change),
    taxes: [...amounts.taxes],
    lines: lines.map((line) => ({ ...line, taxes: [...line.taxes] })),
    payments: payments.map((payment) => ({ ...payment, amount: text(payment.amount) })),
    made_at,
    recorded_at: world.now,
  }
}

/** Lines and payments are in their own tables, and as many as they like. */
function auditOf({ lines, payments, taxes: _, ...head }: Receipt) {
  return { ...head, lines: lines.length, payments: payments.length }
}

/** What a line is among the sales of the books: without tax and before discounts. */
function salesOf({ net, net_discount }: DraftLine): string {
  return toText(money(net).plus(net_discount))
}

function sumOf(amounts: readonly string[]): string {
  return toText(amounts.reduce((sum, one) => sum.plus(one), money('0')))
}
