import type { z } from 'zod'
import { basketAmountTooLarge } from '../basket/index.ts'
import { announcePosting, type PlannedPosting, type StockLine } from '../inventory/index.ts'
import type { Settled } from '../payments/index.ts'
import { money, toText } from '../platform/money.ts'
import type { ItemContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { receiptNumberOf } from '../registers/index.ts'
import type { TaxedComponent } from '../tax/index.ts'
import type { kinds, priceSources, receipt, restocks } from './contract.ts'
import { journalOf } from './journal.ts'
import type { AccountHeld, OriginalHeld, PlaceHeld, RegisterHeld, SessionHeld, TenderHeld } from './queries.ts'
import { auditOf, daysOf, documentOf, outputOf, saleRow } from './receipt-rows.ts'
import { type CostedLine, costedLine, planPostings, sumOf } from './receipt-stock.ts'
import type { World } from './world.ts'

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
  /** Which of its lines is about the cash of the session. */
  readonly drawer: number
  readonly accounts: readonly (AccountHeld & { readonly main_id: string; readonly type: 'branch' | 'session' })[]
  readonly sequence: bigint
  readonly output: Receipt
}

/** Decides a receipt whose amounts stand: plans its stock, numbers it, and comes to its journal. Moves the world on. */
export function decideReceipt(world: World, draft: ReceiptDraft, by: Author): Decision {
  const postings = planPostings(world, draft, by)
  const last = world.sequences.get(draft.register.id) ?? 0n
  const sequence = draft.offline ? BigInt(draft.offline.sequence) : last + 1n
  world.sequences.set(draft.register.id, sequence > last ? sequence : last)
  const number = receiptNumberOf(draft.register.code, String(sequence))
  const days = daysOf(world, draft)
  const lines = draft.lines.map((line, at) => costedLine(line, at, postings))
  const sale = saleRow(world, draft, { number, sequence, days, cost: sumOf(lines.map(({ cost }) => cost)) })
  assertFits(sale, lines)
  const payments = draft.settled.payments.map((payment) => ({ id: by.newId(), ...payment }))
  const tenders = tendersOf(world)
  const { journal, drawer, accounts } = journalOf(world, {
    by,
    head: { id: draft.id, document_number: number, ...days, session: draft.session, place: draft.place },
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
    drawer,
    accounts,
    sequence,
    output,
  }
}

/** Refuses what no column holds: costs and the total in another currency, which nobody has bounded, and quantities. */
function assertFits({ cost, base_total }: { cost: string; base_total: string | null }, lines: readonly CostedLine[]) {
  const amounts = [cost, base_total ?? '0', ...lines.map((line) => line.cost)]
  const quantities = lines.map(({ quantity }) => quantity)
  const fits = (limit: string) => (one: string) => money(one).abs().lessThan(limit)
  if (!amounts.every(fits('1e15')) || !quantities.every(fits('1e13'))) refuse(basketAmountTooLarge)
}

/** The tenders of the tenant by their ids. */
export function tendersOf({ held }: World): ReadonlyMap<string, TenderHeld> {
  return new Map(held.tenders.map((one) => [one.id, one]))
}

/** What a line is among the sales of the books: without tax and before discounts. */
function salesOf({ net, net_discount }: DraftLine): string {
  return toText(money(net).plus(net_discount))
}
