import type { LineAmounts, RefundedLine } from '../../server/basket/share-refund.ts'
import { cashDue } from '../../server/payments/settle-tenders.ts'
import { money, toMinorText, toText } from '../../server/platform/money.ts'
import type { Receipt } from '../../server/receipts/receipt.ts'
import { receiptNumberOf } from '../../server/registers/receipt-number.ts'
import { call } from '../api.ts'
import { cashRoundingOf } from '../sales/kept.ts'
import { refundOf } from '../sales/refund.ts'
import type { AtTill } from './cashier.ts'
import { holdChain, readChain, sealNext } from './chain.ts'
import type { KeptOnDevice } from './kept-on-device.ts'
import { isEverythingSent, isOutOfReach } from './shift.ts'
import { readFact, type Sold, store, writeFact } from './store.ts'

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
  readonly total: string
  /** In cash, rounded as cash is. */
  readonly due: string
  readonly rounding: string
}

/** How much of each line of a sale came back on this device before. */
export async function backSoFar(sold: Sold): Promise<ReadonlyMap<number, LineAmounts>> {
  const refunds = (await store.sold.toArray()).filter(({ originalId }) => originalId === sold.id)
  const back = new Map<number, LineAmounts>()
  for (const { ofLine = 0, quantity, amounts } of refunds.flatMap(({ lines }) => lines)) {
    const before = back.get(ofLine)
    const more = { ...amounts, quantity }
    back.set(ofLine, before ? addUp(before, more) : more)
  }
  return back
}

/** Computes what comes back, as the server does. Throws the refusal of more than is left. */
export function refundingOf(
  kept: KeptOnDevice,
  sold: Sold,
  returned: readonly Returned[],
  back: ReadonlyMap<number, LineAmounts>,
): Refunding {
  const { minor_unit } = kept.ground.branch
  const lines = returned.map((one) => {
    const line = sold.lines.find(({ line }) => line === one.line)
    if (!line) throw new Error('the sale has no such line')
    const whole = { ...line.amounts, quantity: line.quantity }
    const amounts = refundOf(whole, back.get(one.line), { quantity: one.quantity, minor_unit })
    return { ...one, name: line.name, amounts }
  })
  const total = toMinorText(
    lines.reduce((sum, { amounts }) => sum.plus(money(amounts.total)), money('0')),
    minor_unit,
  )
  const due = toMinorText(money(cashDue(total, cashRoundingOf(kept.ground))), minor_unit)
  return { lines, total, due, rounding: toMinorText(money(due).minus(money(total)), minor_unit) }
}

/** Gives money back in cash for goods of a sale of this device: at the server, or sealed here for later. */
export async function giveBack(asked: {
  readonly kept: KeptOnDevice
  readonly cashier: AtTill
  readonly sold: Sold
  readonly refunding: Refunding
  readonly reason: string
  readonly now: Date
}): Promise<Sold> {
  const { kept, cashier, sold, refunding, reason, now } = asked
  const id = crypto.randomUUID()
  const cash = kept.ground.tenders.find(({ kind, is_active }) => kind === 'cash' && is_active)
  if (!cash) throw new Error('there is no tender of cash')
  return holdChain(async () => {
    const session = await readFact('session')
    if (!session) throw new Error('no session is open here')
    const { device, head } = await readChain()
    const as = (sequence: number, isSealed: boolean) =>
      soldOf(asked, { id, sequence, isSealed, sessionId: session.id, code: device.registerCode, tender: cash.name })
    if (!session.isNoted && cashier.isSignedIn && (await isEverythingSent())) {
      try {
        const made = await call(
          'sales.refund',
          {
            ...{ id, session_id: session.id, original_id: sold.id, reason, made_at: now.toISOString() },
            device: { id: device.id, sequence: head.nextSequence },
            lines: refunding.lines.map(({ line, quantity, restock }) => ({ line, quantity, restock })),
            payments: [{ tender_id: cash.id, amount: refunding.due }],
          },
          { idempotencyKey: id },
        )
        const done = as(Number(made.sequence), false)
        await store.sold.put(done)
        await writeFact('head', { ...head, nextSequence: Number(made.sequence) + 1 })
        return done
      } catch (error) {
        if (!isOutOfReach(error)) throw error
      }
    }
    const refund = {
      ...{ id, original_id: sold.id, currency: kept.ground.branch.currency, reason },
      ...{ total: refunding.total, rounding: refunding.rounding, due: refunding.due },
      lines: refunding.lines.map(({ line, quantity, restock }) => ({ line, quantity, restock, batch_id: null })),
      tenders: [{ tender_id: cash.id, amount: refunding.due, reference: null }],
    }
    const moment = { cashier_id: cashier.employeeId, made_at: now.toISOString() }
    const { sequence } = await sealNext({ ...moment, session_id: session.id, refund }, (at) => as(at, true))
    return as(sequence, true)
  })
}

function soldOf(
  asked: Parameters<typeof giveBack>[0],
  at: { id: string; sequence: number; isSealed: boolean; sessionId: string; code: string; tender: string },
): Sold {
  const { sold, refunding, cashier, now } = asked
  const { id, sequence, isSealed, sessionId, code, tender } = at
  const number = receiptNumberOf(code, String(sequence))
  const minus = (text: string) => toText(money(text).negated())
  const net = refunding.lines.reduce((sum, { amounts }) => sum.plus(money(amounts.net)), money('0'))
  const { minor_unit } = asked.kept.ground.branch
  const receipt: Receipt = {
    ...sold.receipt,
    ...{ kind: 'refund', number, original_number: sold.number, made_at: now, cashier: cashier.name, change: '0' },
    lines: refunding.lines.map(({ line, quantity, name, amounts }) => ({
      ...{ name, sku: sold.receipt.lines[line - 1]?.sku ?? null, unit: sold.receipt.lines[line - 1]?.unit ?? null },
      ...{
        quantity: minus(quantity),
        unit_price: sold.receipt.lines[line - 1]?.unit_price ?? '',
        discount: '0',
        batches: [],
      },
      amount: minus(toText(money(amounts.gross).minus(money(amounts.discount)))),
    })),
    ...{
      discount: '0',
      net: toMinorText(net.negated(), minor_unit),
      tax: minus(toText(money(refunding.total).minus(net))),
    },
    ...{ rounding: minus(refunding.rounding), total: minus(refunding.due), taxes: [] },
    payments: [{ name: tender, amount: minus(refunding.due), reference: null }],
  }
  return {
    ...{
      id,
      kind: 'refund',
      sequence,
      number,
      sessionId,
      originalId: sold.id,
      madeAt: now.toISOString(),
      isSealed,
      receipt,
    },
    total: receipt.total,
    lines: refunding.lines.map(({ line, name, quantity, amounts }, index) => ({
      ...{ line: index + 1, ofLine: line, name, quantity, total: amounts.total, amounts },
    })),
  }
}

function addUp(one: LineAmounts, other: LineAmounts): LineAmounts {
  const plus = (a: string, b: string) => toText(money(a).plus(money(b)))
  return {
    quantity: plus(one.quantity, other.quantity),
    gross: plus(one.gross, other.gross),
    discount: plus(one.discount, other.discount),
    net_discount: plus(one.net_discount, other.net_discount),
    net: plus(one.net, other.net),
    taxes: one.taxes.map((tax, at) => plus(tax, other.taxes[at] ?? '0')),
  }
}
