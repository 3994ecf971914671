import type { HeldSession } from '../cash/index.ts'
import { booksRefusals } from '../ledger/index.ts'
import { money, toText } from '../platform/money.ts'
import type { Change, CommandContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, type RefusalKind } from '../platform/refusal.ts'
import {
  bookOffline,
  bookRefundOffline,
  namedByRefund,
  namedBySale,
  type OfflineException,
  type Slip as OfflineSlip,
  type RefundSlip,
} from '../sales/index.ts'
import type { Settings } from '../settings/index.ts'
import { beginAttempt, endAttempt, undoAttempt } from './record-queries.ts'
import type { Slip, SlipSale } from './slip.ts'

/** Something that the server would have refused. */
export interface Raised {
  /** The code it would have refused with. */
  readonly kind: string
  /** Of the receipt, from 1; null when it is about the whole of it. */
  readonly line: number | null
  readonly detail: string
}

/** A sale that was paid offline, ready to be booked. */
export interface SlipToBook {
  readonly slip: Slip
  /** The open session it is booked in. */
  readonly session: HeldSession
  /** Its number in the register. */
  readonly number: number
  /** Null when the employee it names is none. */
  readonly cashierId: string | null
  /** What they may do now in the branch. */
  readonly permissions: ReadonlySet<string>
  /** When it counts as made: what the till's clock said, unless that cannot be. */
  readonly madeAt: Date
  /** What is known to be wrong about it already. */
  readonly raised: readonly Raised[]
}

interface Booked {
  /** Null of a refund of which nothing was left to come back: only its money is booked. */
  readonly saleId: string | null
  readonly raised: readonly Raised[]
}

/** Where a register stood when its slips were judged. */
interface Start {
  readonly registerId: string
  readonly sequence: number
}

/** What is wrong with the books, and not with a slip: it waits until somebody has put that right. */
const toWaitFor: readonly RefusalKind[] = booksRefusals

/** True for a refusal that slips wait for. */
export function isToWaitFor({ kind }: Refusal): boolean {
  return toWaitFor.includes(kind)
}

/**
 * Books sales and refunds as they happened, in order, in the transaction of the context: sales that follow one another in one
 * call, or, when they are refused as a whole, one by one, so that only what is wrong is not booked. A refusal only where a receipt
 * cannot be written down at all, as when it names goods that there are not; the first that slips wait for is the last of the
 * results. Refuses with `busy` where the register has moved meanwhile.
 */
export async function bookSlips(
  context: CommandContext,
  settings: Settings,
  slips: readonly SlipToBook[],
  from: Start,
): Promise<(Booked | Refusal)[]> {
  const results: (Booked | Refusal)[] = []
  // All of it is held with the first, in the order of locks: what comes later waits for nobody.
  const also = slips.map(namedBy)
  let { sequence } = from
  for (const run of runsOf(slips)) {
    const at = { ...from, sequence }
    const together = await attempt(context, settings, run, { from: at, also })
    const booked = together instanceof Refusal ? await oneByOne(context, settings, run, { from: at, also }) : together
    results.push(...booked)
    for (const [index, one] of booked.entries())
      if (!(one instanceof Refusal) && one.saleId !== null) sequence = Math.max(sequence, run[index]?.number ?? 0)
    const last = booked.at(-1)
    if (last instanceof Refusal && isToWaitFor(last)) break
  }
  return results
}

/** Sales that follow one another, and each refund by itself: it finds the sales before it. */
function runsOf(slips: readonly SlipToBook[]): SlipToBook[][] {
  const runs: SlipToBook[][] = []
  for (const one of slips) {
    const last = runs.at(-1)
    if (last && one.slip.sale && last.at(-1)?.slip.sale) last.push(one)
    else runs.push([one])
  }
  return runs
}

interface Holding {
  readonly from: Start
  readonly also: readonly ReturnType<typeof namedBySale>[]
}

async function oneByOne(
  context: CommandContext,
  settings: Settings,
  slips: readonly SlipToBook[],
  { from, also }: Holding,
): Promise<(Booked | Refusal)[]> {
  const results: (Booked | Refusal)[] = []
  let { sequence } = from
  for (const slip of slips) {
    const found = await attempt(context, settings, [slip], { from: { ...from, sequence }, also })
    const [alone] = found instanceof Refusal ? [found] : found
    if (!alone) throw new Error('a slip was neither booked nor refused')
    results.push(alone)
    if (!(alone instanceof Refusal)) sequence = Math.max(sequence, slip.number)
    else if (isToWaitFor(alone)) break
  }
  return results
}

/** Books slips, or leaves nothing of them when they are refused as a whole. */
async function attempt(
  context: CommandContext,
  settings: Settings,
  slips: readonly SlipToBook[],
  holding: Holding,
): Promise<(Booked | Refusal)[] | Refusal> {
  const changes: Change[] = []
  const by = { ...context, changed: (change: Change) => changes.push(change) }
  await beginAttempt(context)
  try {
    const found = await book(by, settings, slips, holding)
    const waiting = found.find((one) => one instanceof Refusal && isToWaitFor(one))
    // What comes after one that waits is not booked before it.
    if (waiting instanceof Refusal && slips.length > 1) throw waiting
    await endAttempt(context)
    for (const change of changes) context.changed(change)
    return found
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind === platformRefusals.busy) throw error
    await undoAttempt(context)
    return error
  }
}

async function book(
  context: CommandContext,
  settings: Settings,
  slips: readonly SlipToBook[],
  { from, also }: Holding,
): Promise<(Booked | Refusal)[]> {
  const [first] = slips
  const refund = first && asRefunded(first)
  if (refund) {
    const { receipt, exceptions } = await bookRefundOffline(context, settings, refund, { from, also })
    return [{ saleId: receipt?.id ?? null, raised: exceptions.map(asRaised) }]
  }
  const sold = slips.map((slip) => ({ slip: asSold(slip), by: context }))
  const found = await bookOffline(context, settings, sold, { from, also })
  return found.map((one) =>
    one instanceof Refusal ? one : { saleId: one.receipt.id, raised: one.exceptions.map(asRaised) },
  )
}

function asRaised({ code, line, detail }: OfflineException): Raised {
  return { kind: code, line, detail }
}

function namedBy(one: SlipToBook) {
  const refund = asRefunded(one)
  return refund ? namedByRefund(refund) : namedBySale(asSold(one))
}

/** A refund as sales book it; undefined of a sale. */
function asRefunded({
  slip,
  session,
  number,
  cashierId,
  permissions,
  madeAt,
  raised,
}: SlipToBook): RefundSlip | undefined {
  if (!slip.refund) return undefined
  const { id, original_id, currency, reason, lines, total, rounding, tenders } = slip.refund
  return {
    ...{ id, original_id, currency, reason, total, rounding, device_id: slip.device_id, sequence: String(number) },
    ...{ session_id: session.id, employee_id: cashierId, permissions, made_at: madeAt },
    found: raised.map(({ kind }) => kind),
    lines: lines.map(({ batch_id, ...one }) => ({ ...one, ...(batch_id === null ? {} : { batch_id }) })),
    payments: paymentsOf(tenders),
  }
}

/** What was handed over by each tender; one that nothing was given with says nothing. */
function paymentsOf(tenders: SlipSale['tenders']): OfflineSlip['payments'] {
  return tenders
    .filter(({ amount }) => !money(amount).isZero())
    .map(({ tender_id, amount, reference }) => ({
      ...{ tender_id, amount },
      ...(reference === null ? {} : { reference }),
    }))
}

/** A slip as sales book it. */
function asSold({ slip, session, number, cashierId, permissions, madeAt, raised }: SlipToBook): OfflineSlip {
  const { sale } = slip
  if (!sale) throw new Error('a refund is not booked as a sale')
  const { id, customer_id, channel_id, ticket_id, currency, lines, rounding, prices_include_tax } = sale
  return {
    ...{ id, customer_id, channel_id, ticket_id, currency, rounding },
    device_id: slip.device_id,
    sequence: String(number),
    session_id: session.id,
    employee_id: cashierId,
    permissions,
    made_at: madeAt,
    found: raised.map(({ kind }) => kind),
    is_price_with_tax: prices_include_tax,
    note: null,
    lines: lines.map(({ components, ...line }) => ({ ...line, ...amountsOf(line), taxes: components })),
    amounts: { ...amountsOf(sale), taxes: taxesOf(sale) },
    payments: paymentsOf(sale.tenders),
  }
}

type Amounts = Pick<SlipSale, 'gross' | 'line_discount' | 'basket_discount' | 'net_discount' | 'net' | 'tax' | 'total'>

function amountsOf({ gross, line_discount, basket_discount, net_discount, net, tax, total }: Amounts) {
  const discount = toText(money(line_discount).plus(money(basket_discount)))
  return { gross, discount, net_discount, net, tax, total }
}

/** The taxes of a sale: those of its lines, by what they are. */
function taxesOf({ lines }: SlipSale) {
  const all = lines.flatMap(({ components }) => components)
  const kindOf = ({ jurisdiction_code, name, rate, compound }: (typeof all)[number]) =>
    JSON.stringify([jurisdiction_code, name, toText(money(rate)), compound])
  return [...Map.groupBy(all, kindOf).values()].flatMap((same) =>
    same.slice(0, 1).map((one) => ({
      ...one,
      base: sum(same.map(({ base }) => base)),
      tax: sum(same.map(({ tax }) => tax)),
    })),
  )
}

function sum(amounts: readonly string[]): string {
  return toText(amounts.reduce((total, amount) => total.plus(money(amount)), money('0')))
}
