import type { z } from 'zod'
import { amountTooFine } from '../basket/index.ts'
import { sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { variantNotFound } from '../catalog/index.ts'
import { currencyMismatch } from '../payments/index.ts'
import { money, roundToMinorUnit, toText } from '../platform/money.ts'
import type { BatchContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import type { TaxedComponent } from '../tax/index.ts'
import { earlier, settle } from './checkout.ts'
import { type checkoutInput, totalsDoNotAddUp } from './contract.ts'
import { priceBasket } from './price-basket.ts'
import type { PlaceHeld } from './queries.ts'
import { quantityOfPart } from './read-lines.ts'
import { type Author, type DraftLine, decideReceipt, type Receipt, type ReceiptAmounts } from './receipt.ts'
import { recordReceipts } from './record.ts'
import { readWorld, type World } from './world.ts'

/** A line as the till printed it while it was offline. Amounts add up, or the slip is no slip. */
export interface SlipLine extends ReceiptAmounts {
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

/** A sale that was paid while the till was offline. */
export interface Slip {
  readonly id: string
  readonly device_id: string
  readonly sequence: string
  /** An open session of the register, a late one if need be. */
  readonly session_id: string
  readonly employee_id: string | null
  readonly customer_id: string | null
  readonly channel_id: string | null
  readonly made_at: Date
  readonly currency: string
  readonly is_price_with_tax: boolean
  readonly note: string | null
  readonly lines: readonly SlipLine[]
  readonly amounts: ReceiptAmounts
  readonly rounding: string
  readonly payments: z.output<typeof checkoutInput>['payments']
}

/** What the server would have refused, had it been asked. */
export interface OfflineException {
  readonly code: string
  /** Of the slip, from 1; null where it is about the whole. */
  readonly line: number | null
  readonly detail: string
}

export interface BookedSlip {
  readonly receipt: Receipt
  readonly exceptions: readonly OfflineException[]
}

/**
 * Books sales as they happened, in order and in one recording call, and says of each what the server would have refused. The caller holds
 * the registers, has checked the chain, and seals. Refuses only what cannot be: totals that do not add up, goods that the tenant
 * does not have, another currency, a session that is not open. With `from`, all are refused with `busy` where the register does
 * not stand there any more.
 */
export async function bookOffline(
  context: BatchContext,
  settings: Settings,
  slips: readonly { readonly slip: Slip; readonly by: Author }[],
  from?: { readonly registerId: string; readonly sequence: number },
): Promise<(BookedSlip | Refusal)[]> {
  const named = slips.map(({ slip }) => ({
    session_id: slip.session_id,
    customer_id: slip.customer_id ?? undefined,
    channel_id: slip.channel_id ?? undefined,
    lines: slip.lines.map(({ variant_id, batch_id }) => ({ variant_id, batch_id: batch_id ?? undefined })),
    payments: slip.payments,
  }))
  const world = await readWorld(context, settings, { named, answers: [] })
  if (from && world.sequences.get(from.registerId) !== BigInt(from.sequence)) refuse(platformRefusals.busy)
  const judged = slips.map(({ slip, by }) => {
    try {
      const exceptions = exceptionsOf(world, slip)
      return { decision: decide(world, slip, exceptions, by), exceptions }
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

function decide(world: World, slip: Slip, exceptions: readonly OfflineException[], by: Author) {
  const session = world.sessions.get(slip.session_id) ?? refuse(sessionNotFound)
  if (session.status !== 'open') refuse(sessionNotOpen)
  const register = world.registers.get(session.register_id)
  const place = world.places.get(session.branch_id)
  if (!register || !place) throw new Error('a session has no register or branch')
  if (slip.currency !== place.currency) refuse(currencyMismatch)
  assertAddsUp(slip, place.minor_unit)
  const settled = settle(world, place, {
    total: slip.amounts.total,
    given: slip.payments,
    asHappened: { rounding: slip.rounding },
  })
  const score = Math.max(0, 100 - 10 * exceptions.length)
  return decideReceipt(
    world,
    {
      id: slip.id,
      kind: 'sale',
      session,
      register,
      place,
      employee_id: slip.employee_id,
      customer_id: world.held.customers?.some(({ id }) => id === slip.customer_id) ? slip.customer_id : null,
      channel_id: world.held.channels?.some(({ id }) => id === slip.channel_id) ? slip.channel_id : null,
      original: null,
      made_at: earlier(slip.made_at, world.now),
      note: slip.note,
      isPriceWithTax: slip.is_price_with_tax,
      lines: slip.lines.map((line) => draftLine(world, line)),
      amounts: slip.amounts,
      settled,
      platform_fees: '0',
      fees_returned: '0',
      mayRefundOtherwise: false,
      offline: {
        device_id: slip.device_id,
        sequence: slip.sequence,
        score: String(score),
        notes: exceptions.length === 0 ? null : [...new Set(exceptions.map(({ code }) => code))].join(', '),
      },
    },
    by,
  )
}

function draftLine({ goods, held }: World, line: SlipLine): DraftLine {
  const found = goods.get(line.variant_id) ?? refuse(variantNotFound)
  const kit = (held.kit_lines ?? []).filter(({ kit_id }) => kit_id === line.variant_id)
  const parts = found.kind === 'kit' ? kit : [{ variant_id: line.variant_id, quantity: '1' }]
  const known = held.batches?.some(({ id, variant_id }) => id === line.batch_id && variant_id === line.variant_id)
  const { batch_id, ...printed } = line
  return {
    ...printed,
    of_line: null,
    hsn_code: found.hsn_code,
    price_source: 'slip',
    price_id: null,
    tax_class_id: found.tax_class_id,
    tax_class_code: held.taxes.classes?.find(({ id }) => id === found.tax_class_id)?.code ?? '',
    restock: null,
    stock: parts
      .filter((part) => goods.get(part.variant_id)?.kind === 'stocked')
      .map((part) => ({
        variant_id: part.variant_id,
        batch_id: known ? batch_id : 'fefo',
        change: { kind: 'issue', quantity: quantityOfPart(line.quantity, part.quantity), against: 'cost_of_sales' },
      })),
  }
}

function assertAddsUp({ lines, amounts, is_price_with_tax: isWithTax }: Slip, minorUnit: number): void {
  for (const [at, line] of lines.entries()) {
    const where = `line ${at + 1}`
    const gross = roundToMinorUnit(money(line.quantity).times(line.unit_price), minorUnit)
    const left = gross.minus(line.discount)
    if (!gross.equals(line.gross) || money(line.discount).isNegative() || left.isNegative())
      refuse(totalsDoNotAddUp, where)
    if (!left.equals(isWithTax ? line.total : line.net)) refuse(totalsDoNotAddUp, where)
    assertParts(line, where)
  }
  for (const field of ['gross', 'discount', 'net_discount', 'net', 'tax', 'total'] as const) {
    const sum = lines.reduce((all, line) => all.plus(line[field]), money('0'))
    if (!sum.equals(amounts[field])) refuse(totalsDoNotAddUp, field)
    if (sum.decimalPlaces() > minorUnit) refuse(amountTooFine)
  }
  assertParts(amounts, 'total')
}

function assertParts({ net, tax, total, taxes }: ReceiptAmounts, where: string): void {
  const sum = taxes.reduce((all: ReturnType<typeof money>, one: TaxedComponent) => all.plus(one.tax), money('0'))
  if (!sum.equals(tax) || !money(net).plus(tax).equals(total)) refuse(totalsDoNotAddUp, where)
}

/** What would have been refused of a slip: prices, goods, batches, tenders and days, on what the server knows now. */
function exceptionsOf(world: World, slip: Slip): OfflineException[] {
  const session = world.sessions.get(slip.session_id)
  const place = session && world.places.get(session.branch_id)
  if (!session || !place) return []
  return [
    ...priceFaults(world, place, slip),
    ...slip.lines.flatMap((line, at) => stockFaults(world, place, line, at)),
    ...faultsOf(() => settle(world, place, { total: slip.amounts.total, given: slip.payments }), null),
    ...dayFaults(world, place, slip),
    ...(session.late_of === null ? [] : [{ code: 'session_not_open', line: null, detail: 'The session had ended' }]),
  ]
}

function priceFaults(world: World, place: PlaceHeld, slip: Slip): OfflineException[] {
  return slip.lines.flatMap((line, at) => {
    const written = {
      variant_id: line.variant_id,
      quantity: line.quantity,
      ...(line.prescription === null ? {} : { prescription: line.prescription }),
      ...(line.price_reason === null ? {} : { unit_price: line.unit_price, price_reason: line.price_reason }),
    }
    let charged: string | undefined
    const refused = faultsOf(() => {
      const { totals } = priceBasket(world, place, { lines: [written] })
      charged = totals.lines[0]?.unit_price
    }, at + 1)
    if (refused.length > 0) return refused
    return charged !== undefined && !money(charged).equals(line.unit_price)
      ? [{ code: 'price_differs', line: at + 1, detail: `${line.unit_price} was charged, ${charged} was the price` }]
      : []
  })
}

function stockFaults({ stock, goods }: World, place: PlaceHeld, line: SlipLine, at: number): OfflineException[] {
  if (goods.get(line.variant_id)?.kind !== 'stocked') return []
  // What the slips before it left.
  const levels = [...(stock.shelves.get(`${place.id} ${line.variant_id}`)?.values() ?? [])]
  const level = levels.find(({ batch_id }) => batch_id === line.batch_id)
  const fault = (code: string, detail: string) => ({ code, line: at + 1, detail })
  const available = levels.reduce((sum, one) => sum.plus(one.available), money('0'))
  const isShort = available.lessThan(line.quantity) && !goods.get(line.variant_id)?.allows_negative_stock
  return [
    ...(line.batch_id !== null && level?.is_blocked ? [fault('batch_blocked', 'This batch may not be sold')] : []),
    ...(line.batch_id !== null && level?.expires_on && level.expires_on < place.today
      ? [fault('batch_expired', `It expired on ${level.expires_on}`)]
      : []),
    ...(isShort ? [fault('insufficient_stock', `${toText(available)} were left`)] : []),
  ]
}

function dayFaults({ held }: World, place: PlaceHeld, { made_at }: Slip): OfflineException[] {
  const closed = held.books?.[place.entity_id] ?? null
  const day = dayIn(place.time_zone, made_at)
  const isClosed = closed !== null && day <= closed
  return isClosed ? [{ code: 'period_closed', line: null, detail: `The books are closed through ${closed}` }] : []
}

function faultsOf(work: () => unknown, line: number | null): OfflineException[] {
  try {
    work()
    return []
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return [{ code: error.kind.code, line, detail: error.message }]
  }
}
