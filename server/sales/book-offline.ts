import type { z } from 'zod'
import type { PricedLine } from '../basket/index.ts'
import { sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { withBatches } from '../inventory/index.ts'
import { cashStepSetting, currencyMismatch } from '../payments/index.ts'
import { money } from '../platform/money.ts'
import type { BatchContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refusal, refuse } from '../platform/refusal.ts'
import type { Settings } from '../settings/index.ts'
import { assertSellable, feesOf, stockOf } from './checkout.ts'
import type { checkoutInput } from './contract.ts'
import { type JudgedSlip, judgeOffline } from './judge-offline.ts'
import {
  type Author,
  type Decision,
  type DraftLine,
  decideReceipt,
  type Receipt,
  type ReceiptAmounts,
  recordReceipts,
} from './receipt.ts'
import { earlier, type Till } from './till.ts'
import { type Named, readWorld, type SellableGoods, settingOf, type World } from './world.ts'

/** Never answered with: such a slip is set aside. */
const totalsDiffer = refusal('totals_differ', 422, 'The amounts of this slip do not add up')

/** A line as the till printed it while it was offline; `discount` is both of them. */
export interface SlipLine extends ReceiptAmounts {
  readonly line_discount: string
  readonly basket_discount: string
  readonly variant_id: string
  readonly name: string
  readonly sku: string | null
  readonly barcode: string | null
  readonly unit_code: string
  readonly quantity: string
  readonly list_price: string | null
  readonly unit_price: string
  readonly price_reason: string | null
  readonly discount_reason: string | null
  readonly batch_id: string | null
  readonly prescription: string | null
}

/** A sale that was paid while the till was offline. Its figures add up: whoever brings it has seen to that. */
export interface Slip {
  readonly id: string
  readonly device_id: string
  readonly sequence: string
  /** An open session of the register, a late one if need be. */
  readonly session_id: string
  readonly employee_id: string | null
  /** Of whoever stood at the till, as they are now. */
  readonly permissions: ReadonlySet<string>
  readonly customer_id: string | null
  readonly channel_id: string | null
  /** The parked ticket that was sold; left out where somebody else sold or discarded it. */
  readonly ticket_id?: string | null
  readonly made_at: Date
  readonly currency: string
  readonly is_price_with_tax: boolean
  readonly note: string | null
  readonly lines: readonly SlipLine[]
  readonly amounts: ReceiptAmounts
  readonly rounding: string
  readonly payments: z.output<typeof checkoutInput>['payments']
  /** What whoever brings it found wrong already, by its codes. */
  readonly found: readonly string[]
}

/** What the server would have refused, had it been asked. */
export interface OfflineException {
  readonly code: string
  /** Of the slip, from 1; null where it is about the whole. */
  readonly line: number | null
  readonly detail: string
}

interface Holding {
  /** Where the register has to stand. */
  readonly from?: { readonly registerId: string; readonly sequence: number }
  /** What comes later in the same transaction, held now so that all of it is locked in one order. */
  readonly also?: readonly Named[]
}

export interface BookedSlip {
  readonly receipt: Receipt
  readonly exceptions: readonly OfflineException[]
}

/**
 * Books sales as they happened, in order and in one recording call, and says of each what the server would have refused. The caller holds
 * the registers, has checked the chain and that figures add up, and seals. Refuses only what cannot be: goods and tenders that the
 * tenant does not have, another currency, a session that is not open, rounding that no cash is rounded by. With `from`, all are
 * refused with `busy` where the register does not stand there any more.
 */
export async function bookOffline(
  context: BatchContext,
  settings: Settings,
  slips: readonly { readonly slip: Slip; readonly by: Author }[],
  { from, also = [] }: Holding = {},
): Promise<(BookedSlip | Refusal)[]> {
  const named = [...slips.map(({ slip }) => namedBySale(slip)), ...also]
  const world = await readWorld(context, settings, { named, answers: [] })
  if (from && world.sequences.get(from.registerId) !== BigInt(from.sequence)) refuse(platformRefusals.busy)
  const { stock, places, held } = world
  for (const id of places.keys()) stock.shelves = withBatches(stock.shelves, id, held.batches ?? [])
  const judged = slips.map(({ slip, by }) => {
    try {
      return decide(world, slip, by)
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
    }
  })
  const booked = judged.flatMap((one) => (one instanceof Refusal ? [] : [one.decision]))
  if (booked.length > 0) await recordReceipts(context, booked)
  return judged.map((one) =>
    one instanceof Refusal ? one : { receipt: one.decision.output, exceptions: one.exceptions },
  )
}

/** What a sale that was paid offline names. */
export function namedBySale(slip: Slip): Named {
  return {
    session_id: slip.session_id,
    customer_id: slip.customer_id ?? undefined,
    channel_id: slip.channel_id ?? undefined,
    ticket_id: slip.ticket_id ?? undefined,
    lines: slip.lines.map(({ variant_id, barcode, batch_id }) => ({
      ...{ variant_id, barcode: barcode ?? undefined, batch_id: batch_id ?? undefined },
    })),
    payments: slip.payments,
    paid_at: slip.made_at,
  }
}

function decide(world: World, slip: Slip, by: Author): Pick<JudgedSlip, 'exceptions'> & { decision: Decision } {
  const till = tillOf(world, slip)
  assertRounding(world, till, slip)
  const judged = judgeOffline(world, till, slip)
  const { lines, settled } = judged
  const ticket = judgeTicket(world, till, slip.ticket_id)
  const exceptions = [...judged.exceptions, ...ticket.exceptions]
  const found = [...slip.found, ...exceptions.map(({ code }) => code)]
  const { customers, channels, ended } = world.held
  const decision = decideReceipt(
    world,
    {
      ...till,
      id: slip.id,
      kind: 'sale',
      employee_id: slip.employee_id,
      customer_id: idOfKnown(slip.customer_id, customers, ended.customers),
      channel_id: idOfKnown(slip.channel_id, channels, ended.channels),
      original: null,
      note: slip.note,
      isPriceWithTax: slip.is_price_with_tax,
      lines: slip.lines.map((line, at) => draftLine(line, lines[at])),
      amounts: slip.amounts,
      settled,
      ticket_id: ticket.id,
      platform_fees: feesOf(world, till.place, slip.channel_id ?? undefined, slip.amounts.total),
      fees_returned: '0',
      mayRefundOtherwise: false,
      offline: {
        device_id: slip.device_id,
        sequence: slip.sequence,
        score: String(Math.max(0, 100 - 10 * found.length)),
        notes: found.length === 0 ? null : [...new Set(found)].join(', '),
      },
    },
    by,
  )
  return { decision, exceptions }
}

/** The ticket that a sale was of, if it still waits or was taken up. */
function judgeTicket(
  world: World,
  { place }: Till,
  id: string | null | undefined,
): { id: string | undefined; exceptions: readonly OfflineException[] } {
  if (id === null || id === undefined) return { id: undefined, exceptions: [] }
  try {
    assertSellable(world, place, id)
    return { id, exceptions: [] }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { id: undefined, exceptions: [{ code: error.kind.code, line: null, detail: error.message }] }
  }
}

/** Who or what has ended since stays on the receipt. */
function idOfKnown(
  id: string | null,
  known: readonly { readonly id: string }[] | null,
  ended: readonly string[] | null,
): string | null {
  return id !== null && (known?.some((one) => one.id === id) || ended?.includes(id)) ? id : null
}

/** The session, register and branch of a receipt that was made offline. Refuses what is not open, and another currency. */
export function tillOf(world: World, slip: Pick<Slip, 'session_id' | 'currency' | 'made_at'>): Till {
  const session = world.sessions.get(slip.session_id) ?? refuse(sessionNotFound)
  if (session.status !== 'open') refuse(sessionNotOpen)
  const register = world.registers.get(session.register_id)
  const place = world.places.get(session.branch_id)
  if (!register || !place) throw new Error('a session has no register or branch')
  if (slip.currency !== place.currency) refuse(currencyMismatch)
  return { session, register, place, made_at: earlier(slip.made_at, world.now) }
}

/**
 * Refuses rounding that no cash is rounded by: without any cash, or by as much as the step that is in force, the usual one of the
 * currency, and a hundred of its smallest units, which is as far as they go.
 */
export function assertRounding(
  world: World,
  { place }: Till,
  { rounding, payments }: Pick<Slip, 'rounding' | 'payments'>,
): void {
  const by = money(rounding).abs()
  if (by.isZero()) return
  const cash = world.held.tenders.filter(({ kind }) => kind === 'cash').map(({ id }) => id)
  if (!payments.some(({ tender_id }) => cash.includes(tender_id)))
    refuse(totalsDiffer, `${rounding} of rounding in cash, and nothing of it is paid in cash`)
  const steps = [
    settingOf(world, cashStepSetting, place.id) ?? '0',
    place.cash_step ?? '0',
    `1e${2 - place.minor_unit}`,
  ]
  if (!steps.some((step) => by.lessThan(step))) refuse(totalsDiffer, `${rounding} is more than cash is rounded by`)
}

function draftLine({ batch_id: _, ...printed }: SlipLine, line: PricedLine<SellableGoods> | undefined): DraftLine {
  if (!line) throw new Error('a line was not priced')
  const { line_discount: _line, basket_discount: _basket, ...amounts } = printed
  return {
    ...amounts,
    of_line: null,
    hsn_code: line.goods.hsn_code,
    price_source: 'slip',
    price_id: null,
    tax_class_id: line.goods.tax_class_id,
    tax_class_code: line.tax_class_code,
    restock: null,
    stock: stockOf(line),
  }
}
