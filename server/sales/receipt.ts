import type { z } from 'zod'
import { drawerShort } from '../cash/index.ts'
import {
  announcePosting,
  noteStock,
  type PlannedPosting,
  refusalOfPosting,
  type StockLine,
  stockRefusals,
} from '../inventory/index.ts'
import { balanceBelowFloor, purposeRefusals } from '../ledger/index.ts'
import { amountOutOfRange, type Settled, tenderRefusals } from '../payments/index.ts'
import type { Seal } from '../platform/idempotency.ts'
import { money, toText } from '../platform/money.ts'
import type { BatchContext, ItemContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { receiptNumberOf } from '../registers/index.ts'
import type { TaxedComponent } from '../tax/index.ts'
import { ticketRefusals } from '../tickets/index.ts'
import type { kinds, priceSources, receipt, restocks } from './contract.ts'
import {
  type AccountHeld,
  type Fault,
  type OriginalHeld,
  type PlaceHeld,
  type RegisterHeld,
  recordSales,
  type SessionHeld,
  type TenderHeld,
} from './queries.ts'
import { costedLine, journalOf, planPostings, sumOf } from './receipt-postings.ts'
import { auditOf, daysOf, documentOf, outputOf, saleRow } from './receipt-rows.ts'
import { accountKey, type World } from './world.ts'

/** Beyond what columns of amounts hold. */
const largest = money('1e15')

const nothingSealed: Seal = { answers: [], entries: [] }

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
  /** What sending it costs the shop; nothing unless said. */
  readonly shipping_cost?: string
  /** The ticket that is sold with it. */
  readonly ticket_id?: string | undefined
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
  readonly prescriptions: readonly { readonly sale_id: string; readonly line: number; readonly number: string }[]
  readonly payments: Readonly<Record<string, unknown>>
  readonly postings: readonly PlannedPosting[]
  readonly journal: Readonly<Record<string, unknown>> | undefined
  /** Which of its lines is about the cash of the session. */
  readonly drawer: number
  readonly accounts: readonly (AccountHeld & { readonly main_id: string; readonly type: 'branch' | 'session' })[]
  readonly tickets: readonly Readonly<Record<string, unknown>>[]
  /** Who sells, where no receipt said so before. */
  readonly sellers: readonly { readonly id: string; readonly branch_id: string }[]
  readonly sequence: bigint
  readonly output: Receipt
}

/**
 * Decides a receipt whose amounts stand: plans its stock, numbers it, and comes to its journal. Moves the world on; refused, it
 * leaves it as it was. Refuses with `amount_out_of_range` what no column holds.
 */
export function decideReceipt(world: World, draft: ReceiptDraft, by: Author): Decision {
  const branch_id = draft.place.id
  const goBack = noteStock(
    world.stock,
    draft.lines.flatMap(({ stock }) => stock.map(({ variant_id }) => ({ branch_id, variant_id }))),
  )
  try {
    const decision = decide(world, draft, by)
    moveOn(world, draft, decision)
    return decision
  } catch (error) {
    goBack()
    throw error
  }
}

/** What the next receipt of the batch finds: its number, the accounts that are opened, and what was used up. */
function moveOn(world: World, draft: ReceiptDraft, { sequence, accounts, sellers, by }: Decision): void {
  const { register, settled, ticket_id } = draft
  const last = world.sequences.get(register.id) ?? 0n
  world.sequences.set(register.id, sequence > last ? sequence : last)
  for (const { id, branch_id } of sellers) world.sellers.set(branch_id, id)
  if (ticket_id !== undefined) {
    world.soldTickets.add(ticket_id)
    by.changed({ resource: 'ticket', id: ticket_id, new: { state: 'sold', sale_id: draft.id } })
  }
  for (const { main_id: _, type, ...account } of accounts) {
    world.accounts.set(accountKey(account), account)
    const { entity_id, currency, purpose, holder_id } = account
    by.changed({
      resource: 'account',
      id: account.id,
      new: { entity_id, currency, purpose, holder_id, holder_type: type },
    })
  }
  for (const { authorization_id } of settled.payments)
    if (authorization_id !== null) world.usedAuthorizations.add(authorization_id)
}

function decide(world: World, draft: ReceiptDraft, by: Author): Decision {
  const postings = planPostings(world, draft, by)
  const sequence = draft.offline ? BigInt(draft.offline.sequence) : (world.sequences.get(draft.register.id) ?? 0n) + 1n
  const number = receiptNumberOf(draft.register.code, String(sequence))
  const days = daysOf(world, draft)
  const lines = draft.lines.map((line, at) => costedLine(line, at, postings))
  const known = draft.place.seller_id ?? world.sellers.get(draft.place.id)
  const seller_id = known ?? by.newId()
  const sale = saleRow(world, draft, { number, sequence, days, seller_id, cost: sumOf(lines.map(({ cost }) => cost)) })
  const { paid, change, cost, base_total } = sale
  const amounts = [paid, change, cost, base_total ?? '0', ...lines.map((line) => line.cost)]
  if (amounts.some((one) => !money(one).abs().lessThan(largest))) refuse(amountOutOfRange)
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
    lines: lines.map(({ prescription: _, ...line }) => ({ sale_id: draft.id, ...line })),
    prescriptions: lines.flatMap(({ line, prescription: number }) =>
      number === null ? [] : [{ sale_id: draft.id, line, number }],
    ),
    payments: documentOf(draft, by, payments),
    postings: postings.map(({ posting }) => posting),
    journal,
    drawer,
    accounts,
    tickets: ticketOf(draft, by),
    sellers: known === undefined ? [{ id: seller_id, branch_id: draft.place.id }] : [],
    sequence,
    output,
  }
}

function ticketOf({ id: sale_id, ticket_id, register }: ReceiptDraft, by: Author): Decision['tickets'] {
  if (ticket_id === undefined) return []
  const step = { action: 'sell', register_id: register.id, reason: null, actor_id: by.caller.employeeId, content: null }
  return [{ id: ticket_id, sale_id, ...step }]
}

/** The tenders of the tenant by their ids. */
export function tendersOf({ held }: World): ReadonlyMap<string, TenderHeld> {
  return new Map(held.tenders.map((one) => [one.id, one]))
}

/** What a line is among the sales of the books: without tax and before discounts. */
function salesOf({ net, net_discount }: DraftLine): string {
  return toText(money(net).plus(net_discount))
}

/** Records receipts in one call, and what stays of their commands with them. Throws the refusal of what only the database found. */
export async function recordReceipts(
  context: BatchContext,
  decisions: readonly Decision[],
  { answers, entries }: Seal = nothingSealed,
): Promise<void> {
  const postings = decisions.flatMap((one) => one.postings)
  const heads = new Map<string, bigint>()
  for (const { sale, sequence } of decisions)
    if (sequence > (heads.get(sale.register_id) ?? 0n)) heads.set(sale.register_id, sequence)
  const fault = await recordSales(context, {
    accounts: decisions.flatMap((one) => one.accounts),
    sellers: decisions.flatMap((one) => one.sellers),
    tickets: decisions.flatMap((one) => one.tickets),
    sales: decisions.map((one) => one.sale),
    lines: decisions.flatMap((one) => one.lines),
    prescriptions: decisions.flatMap((one) => one.prescriptions),
    payments: decisions.map((one) => one.payments),
    postings: postings.map(({ posting }) => posting),
    journals: decisions.flatMap((one) => one.journal ?? []),
    registers: [...heads].map(([id, sequence]) => ({ id, last_sequence: String(sequence), head_hash: null })),
    answers,
    entries,
  })
  if (!fault) return
  const { drawer } = decisions.filter(({ journal }) => journal !== undefined)[fault.item - 1] ?? {}
  const isShort = fault.code === balanceBelowFloor.code && fault.detail === `line ${drawer}`
  throw isShort ? new Refusal(drawerShort) : refusalOfFault(fault, postings)
}

function refusalOfFault({ part, item, code, line, detail }: Fault, postings: Decision['postings']): Refusal {
  if (part === 'posting') return refusalOfPosting(postings[item - 1]?.moves ?? [], { code, line, available: detail })
  const known = [
    ...tenderRefusals,
    ...purposeRefusals,
    ...stockRefusals,
    ...ticketRefusals,
    platformRefusals.alreadyExists,
  ]
  const kind = known.find((one) => one.code === code)
  if (!kind) throw new Error(`a receipt was not recorded: ${part} ${item}: ${code} ${detail ?? ''}`)
  return new Refusal(kind, detail ?? undefined)
}
