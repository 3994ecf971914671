import type { LineAmounts, RefundedLine } from '../../server/basket/share-refund.ts'
import { type GivenTender, type LeftOfSale, type Settled, settleTenders } from '../../server/payments/settle-tenders.ts'
import { money, toMinorText, toText } from '../../server/platform/money.ts'
import type { Receipt } from '../../server/receipts/receipt.ts'
import { receiptNumberOf } from '../../server/registers/receipt-number.ts'
import { cashRoundingOf } from '../sales/kept.ts'
import { refundOf } from '../sales/refund.ts'
import { usualRefund, withCashRounded } from '../sales/refund-cash.ts'
import { callAsCashier } from './call-as-cashier.ts'
import type { AtTill } from './cashier.ts'
import { holdChain, isEverythingSent, type Moment, moveOn, readChain, sealNext } from './chain.ts'
import type { KeptOnDevice } from './kept-on-device.ts'
import { assertAllowedOffline } from './offline-tenders.ts'
import { settledFor } from './sell.ts'
import { isOutOfReach } from './shift.ts'
import { followAfter } from './standing.ts'
import { readFact, type Session, type Sold, store } from './store.ts'

/** What of a sale of this device comes back. */
export interface Returned {
  readonly line: number
  /** In the unit of the product. */
  readonly quantity: string
  readonly restock: 'shelf' | 'quarantine' | 'none'
}

/** What is given back for it. */
export interface Refunding {
  readonly lines: readonly (Returned & { readonly name: string; readonly amounts: RefundedLine })[]
  /** Above zero, before cash is rounded. */
  readonly total: string
  readonly given: readonly GivenTender[]
  readonly settled: Settled
  /** Above zero. */
  readonly due: string
}

/** What came back of a sale on this device before, and what is left of it. */
export interface SoFar {
  /** By its line. */
  readonly back: ReadonlyMap<number, LineAmounts>
  readonly left: LeftOfSale
}

/** Reads what the device knows of the refunds of a sale. */
export async function soFarOf(sold: Sold): Promise<SoFar> {
  const refunds = await store.sold.where({ originalId: sold.id }).toArray()
  const back = new Map<number, LineAmounts>()
  for (const { ofLine = 0, quantity, amounts } of refunds.flatMap(({ lines }) => lines)) {
    const before = back.get(ofLine)
    const more = { ...amounts, quantity }
    back.set(ofLine, before ? addUp(before, more) : more)
  }
  const paid = new Map<string, string>()
  for (const { tender_id, amount } of [sold, ...refunds].flatMap(({ settled }) => settled.payments))
    paid.set(tender_id, plus(paid.get(tender_id) ?? '0', amount))
  const total = [sold, ...refunds].map(({ settled }) => settled.total).reduce(plus)
  const rounded = refunds.map(({ settled }) => settled.rounding).reduce(plus, '0')
  return { back, left: { paid, total, rounded } }
}

/**
 * Computes what comes back and by which tenders, as the server does: by those it was paid with unless one is named. Throws the
 * refusal of more than is left.
 */
export function refundingOf(
  kept: KeptOnDevice,
  { sold, returned, soFar }: { readonly sold: Sold; readonly returned: readonly Returned[]; readonly soFar: SoFar },
  by: { readonly tenderId: string | undefined; readonly permissions: ReadonlySet<string> },
): Refunding {
  const { minor_unit } = kept.ground.branch
  const lines = returned.map((one) => {
    const line = sold.lines.find(({ line }) => line === one.line)
    if (!line) throw new Error('the sale has no such line')
    const whole = { ...line.amounts, quantity: line.quantity }
    const amounts = refundOf(whole, soFar.back.get(one.line), { quantity: one.quantity, minor_unit })
    return { ...one, name: line.name, amounts }
  })
  const total = toMinorText(
    lines.reduce((sum, { amounts }) => sum.plus(money(amounts.total)), money('0')),
    minor_unit,
  )
  const till = {
    currency: { code: kept.ground.branch.currency, minor_unit },
    rounding: cashRoundingOf(kept.ground),
    tenders: new Map(kept.ground.tenders.map((one) => [one.id, one])),
    mayRefundOtherwise: by.permissions.has('*') || by.permissions.has('sales.refund-otherwise'),
  }
  const left = { ...soFar.left, minorUnit: minor_unit }
  const amounts = by.tenderId
    ? withCashRounded(total, { [by.tenderId]: total }, { left, till })
    : usualRefund(total, left, till)
  const given = Object.entries(amounts).map(([tender_id, amount]) => ({ tender_id, amount }))
  const settled = settleTenders({ ...till, total: toText(money(total).negated()), origin: soFar.left, given })
  return { lines, total, given, settled, due: toMinorText(money(settled.due).negated(), minor_unit) }
}

interface GivingBack {
  /** Of the refund: however often it is sent, it is made once. */
  readonly id: string
  readonly kept: KeptOnDevice
  readonly cashier: AtTill
  readonly sold: Sold
  readonly refunding: Refunding
  readonly reason: string
  readonly now: Date
}

/** Gives money back for goods of a sale of this device: at the server, or sealed here for later. */
export async function giveBack(asked: GivingBack): Promise<Sold> {
  const { id } = asked
  return holdChain(async () => {
    const session = await readFact('session')
    if (!session) throw new Error('no session is open here')
    const again = await store.sold.get(id)
    if (again) return again
    if (!session.isNoted && (await isEverythingSent())) {
      try {
        return await giveBackAtServer(asked, { id, session })
      } catch (error) {
        followAfter(error)
        if (!isOutOfReach(error)) throw error
      }
    }
    return seal(asked, { id, session })
  })
}

async function giveBackAtServer(asked: GivingBack, { id, session }: { id: string; session: Session }): Promise<Sold> {
  const { cashier, sold, refunding, reason, now } = asked
  const { device, head } = await readChain()
  const made = await callAsCashier(
    cashier,
    'sales.refund',
    {
      ...{ id, session_id: session.id, original_id: sold.id, reason, made_at: now.toISOString() },
      device: { id: device.id, sequence: head.nextSequence },
      lines: refunding.lines.map(({ line, quantity, restock }) => ({ line, quantity, restock })),
      payments: refunding.given.map((one) => ({ ...one })),
    },
    { idempotencyKey: id },
  )
  const at = { id, sequence: Number(made.sequence), isSealed: false, sessionId: session.id, code: device.registerCode }
  const done = soldOf(asked, at)
  await moveOn(done)
  return done
}

async function seal(asked: GivingBack, { id, session }: { id: string; session: Session }): Promise<Sold> {
  const { kept, cashier, sold, refunding, reason, now } = asked
  assertAllowedOffline(kept.ground, refunding.given)
  const { device } = await readChain()
  const refund = {
    ...{ id, original_id: sold.id, currency: kept.ground.branch.currency, reason },
    ...{ total: refunding.total, rounding: negated(refunding.settled.rounding), due: refunding.due },
    lines: refunding.lines.map(({ line, quantity, restock }) => ({ line, quantity, restock, batch_id: null })),
    tenders: refunding.given.map(({ tender_id, amount }) => ({ tender_id, amount, reference: null })),
  }
  const moment: Moment = { cashier_id: cashier.employeeId, made_at: now.toISOString() }
  const as = (sequence: number) =>
    soldOf(asked, { id, sequence, isSealed: true, sessionId: session.id, code: device.registerCode })
  const { sequence } = await sealNext({ ...moment, session_id: session.id, refund }, as)
  return as(sequence)
}

function soldOf(
  asked: GivingBack,
  at: { id: string; sequence: number; isSealed: boolean; sessionId: string; code: string },
): Sold {
  const { sold, refunding, now } = asked
  const { code, ...rest } = at
  const number = receiptNumberOf(code, String(at.sequence))
  const receipt = receiptOf(asked, number)
  return {
    ...rest,
    ...{ kind: 'refund', number, originalId: sold.id, madeAt: now.toISOString(), receipt, total: receipt.total },
    settled: settledFor(negated(refunding.total), refunding.settled),
    lines: refunding.lines.map(({ line, name, quantity, amounts }, index) => ({
      ...{ line: index + 1, ofLine: line, name, quantity, total: amounts.total, amounts },
    })),
  }
}

/** What the customer takes along. */
function receiptOf({ kept, cashier, sold, refunding, now }: GivingBack, number: string): Receipt {
  const { branch, tenders } = kept.ground
  const { settled } = refunding
  const text = (amount: string) => toMinorText(money(amount), branch.minor_unit)
  const net = refunding.lines.reduce((sum, { amounts }) => sum.plus(money(amounts.net)), money('0'))
  return {
    ...sold.receipt,
    ...{ kind: 'refund', number, original_number: sold.number, made_at: now, cashier: cashier.name, change: '0' },
    lines: refunding.lines.map(({ line, quantity, name, amounts }) => ({
      ...{ name, sku: sold.receipt.lines[line - 1]?.sku ?? null, unit: sold.receipt.lines[line - 1]?.unit ?? null },
      ...{ quantity: negated(quantity), unit_price: sold.receipt.lines[line - 1]?.unit_price ?? '' },
      ...{ discount: '0', batches: [], amount: toText(money(amounts.discount).minus(money(amounts.gross))) },
    })),
    ...{ discount: '0', net: text(toText(net.negated())), tax: toText(net.minus(money(refunding.total))), taxes: [] },
    ...{ rounding: text(settled.rounding), total: text(settled.due) },
    payments: refunding.given.map(({ tender_id, amount }) => ({
      name: tenders.find(({ id }) => id === tender_id)?.name ?? '',
      ...{ amount: text(negated(amount)), reference: null },
    })),
  }
}

const plus = (one: string, other: string) => toText(money(one).plus(money(other)))
const negated = (text: string) => toText(money(text).negated())

function addUp(one: LineAmounts, other: LineAmounts): LineAmounts {
  return {
    quantity: plus(one.quantity, other.quantity),
    gross: plus(one.gross, other.gross),
    discount: plus(one.discount, other.discount),
    net_discount: plus(one.net_discount, other.net_discount),
    net: plus(one.net, other.net),
    taxes: one.taxes.map((tax, at) => plus(tax, other.taxes[at] ?? '0')),
  }
}
