import { drawerLine } from '../cash/index.ts'
import { type PlannedPosting, planStock, type StockDocument, type StockLine } from '../inventory/index.ts'
import { type PurposeJournal, purposeNotServed } from '../ledger/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { receiptNumberOf } from '../registers/index.ts'
import type { kinds } from './contract.ts'
import type { AccountHeld, Allocation, PlaceHeld, SessionHeld, TenderHeld } from './queries.ts'
import type { Author, DraftLine, ReceiptAmounts, ReceiptDraft } from './receipt.ts'
import type { Days } from './receipt-rows.ts'
import { accountKey, type World } from './world.ts'

interface PlannedPart {
  readonly posting: PlannedPosting
  /** The lines of the receipt that the lines of the document stand for. */
  readonly of: readonly { readonly at: number; readonly of?: number; readonly value?: string }[]
}

/** What comes back is planned before what leaves: it may leave again. */
export function planPostings(world: World, draft: ReceiptDraft, by: Author): PlannedPart[] {
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

/** A line with what it took from the shelves, and what that cost. */
export type CostedLine = Omit<DraftLine, 'stock'> & { line: number; cost: string; allocations: Allocation[] }

/** What of the stock was the line's: what of which batch, and at which cost. */
export function costedLine({ stock: _, ...line }: DraftLine, at: number, parts: readonly PlannedPart[]): CostedLine {
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

/** The sum of amounts. */
export function sumOf(amounts: readonly string[]): string {
  return toText(amounts.reduce((sum, one) => sum.plus(one), money('0')))
}

type Line = PurposeJournal['lines'][number]

export interface Booked {
  readonly by: Author
  readonly head: Days & {
    readonly id: string
    readonly document_number: string
    readonly session: SessionHeld
    readonly place: PlaceHeld
  }
  readonly kind: (typeof kinds)[number]
  readonly amounts: ReceiptAmounts
  readonly rounding: string
  readonly fees: string
  /** What came to the drawer by each payment, or left it. */
  readonly taken: readonly { readonly kind: TenderHeld['kind']; readonly amount: string }[]
  /** What the stock of the receipt posts. */
  readonly stock: readonly Line[]
  /** Of the sales of the receipt, what comes back; below zero. */
  readonly returned: string
}

export interface OpenedAccount extends AccountHeld {
  readonly main_id: string
  readonly type: 'branch' | 'session'
}

/**
 * The one journal of a receipt, as ledger.record takes it: what came by each tender to the accounts of the session, sales before
 * discounts and without tax, the discounts, tax, rounding in cash, what the channel keeps, and what the stock posts. What comes
 * back is on the account for returns. None where nothing has a value. Names the accounts of the session that are to be opened first.
 */
export function journalOf(
  world: World,
  booked: Booked,
): {
  journal: Readonly<Record<string, unknown>> | undefined
  /** Which of its lines, from 1, is about the cash of the session; 0 where none is. */
  drawer: number
  accounts: OpenedAccount[]
} {
  const { by, head, kind } = booked
  const { id, document_number, document_on, effective_on, place } = head
  const accounts: OpenedAccount[] = []
  const parts = joined(linesOf(booked))
  const lines = parts.map(({ amount, ...line }) => ({
    account_id: accountOf(world, { ...line, place, by, accounts }),
    amount,
  }))
  const drawer = parts.findIndex(({ purpose, holder }) => purpose === 'cash' && holder?.id === head.session.id) + 1
  if (lines.length === 0) return { journal: undefined, drawer, accounts }
  const document = { document_type: kind, document_id: id, document_number, document_on, effective_on }
  const journal = { id, entity_id: place.entity_id, ...document, description: null, actor_id: by.caller.userId }
  return { journal: { ...journal, if_closed: 'refuse', by_product: true, lines }, drawer, accounts }
}

function linesOf({ head: { session }, amounts, rounding, fees, taken, stock, returned }: Booked): Line[] {
  const drawer = { id: session.id, number: String(session.number) }
  const sold = money(amounts.net).plus(amounts.net_discount).minus(returned)
  const plain = (purpose: string, amount: Money): Line => ({ purpose, holder: null, amount: toText(amount) })
  return [
    ...taken.map(({ kind, amount }) => {
      const line = drawerLine(drawer, kind, money(amount))
      return { ...line, amount: toText(line.amount) }
    }),
    plain('sales', sold.negated()),
    plain('sales_returns', money(returned).negated()),
    plain('discounts_given', money(amounts.net_discount)),
    plain('vat_collected', money(amounts.tax).negated()),
    plain('rounding_differences', money(rounding).negated()),
    plain('platform_fees', money(fees)),
    plain('platform_clearing', money(fees).negated()),
    ...stock,
  ]
}

/** One line an account; those that come to nothing are left out. */
function joined(lines: readonly Line[]): Line[] {
  const sums = new Map<string, Line>()
  for (const line of lines) {
    const key = `${line.purpose} ${line.holder?.id ?? ''}`
    sums.set(key, { ...line, amount: toText(money(line.amount).plus(sums.get(key)?.amount ?? '0')) })
  }
  return [...sums.values()].filter(({ amount }) => amount !== '0')
}

function accountOf(
  world: World,
  {
    purpose,
    holder,
    place,
    by,
    accounts,
  }: Pick<Line, 'purpose' | 'holder'> & { place: PlaceHeld; by: Author; accounts: OpenedAccount[] },
): string {
  const wanted = { entity_id: place.entity_id, currency: place.currency, purpose, holder_id: holder?.id ?? null }
  const found = world.accounts.get(accountKey(wanted))
  if (found) return found.id
  const main = world.accounts.get(accountKey({ ...wanted, holder_id: null }))
  if (!main || !holder) refuse(purposeNotServed, `no account of the books serves ${purpose} in ${place.currency}`)
  const { type, code, name } = holder
  const opened = { ...wanted, id: by.newId(), main_id: main.id, type, code, name }
  accounts.push(opened)
  return opened.id
}
