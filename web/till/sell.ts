import type { PricedBasket } from '../../server/basket/price-basket.ts'
import { nameOf } from '../../server/basket/read-lines.ts'
import type { GivenTender, Settled } from '../../server/payments/settle-tenders.ts'
import { money, toMinorText, toText } from '../../server/platform/money.ts'
import type { Receipt } from '../../server/receipts/receipt.ts'
import { receiptNumberOf } from '../../server/registers/receipt-number.ts'
import { type Input, problemOf } from '../api.ts'
import { saleOf } from '../sales/finish-sale.ts'
import { takeFromShelves } from '../sales/rules.ts'
import { type Basket, writtenLines } from './basket.ts'
import { callAsCashier } from './call-as-cashier.ts'
import type { AtTill } from './cashier.ts'
import { holdChain, isEverythingSent, moveOn, readChain, sealNext } from './chain.ts'
import type { KeptOnDevice } from './kept-on-device.ts'
import { assertAllowedOffline } from './offline-tenders.ts'
import { isOutOfReach } from './shift.ts'
import { followAfter } from './standing.ts'
import { readFact, type Session, type Sold, store } from './store.ts'

/** A basket that was rung up and paid, and by whom. */
export interface Paid {
  readonly kept: KeptOnDevice
  readonly cashier: AtTill
  readonly basket: Basket
  readonly priced: PricedBasket
  readonly given: readonly GivenTender[]
  readonly settled: Settled
  readonly now: Date
}

/**
 * Sells a basket: at the server where it answers and has all that was sealed here before, else sealed here for later. What is
 * refused is thrown and nothing is sold; who does not hear the answer seals the same sale, which the server knows by its id.
 */
export async function sell(paid: Paid): Promise<Sold> {
  return holdChain(async () => {
    const session = await readFact('session')
    if (!session) throw new Error('no session is open here')
    const again = await store.sold.get(paid.basket.id)
    if (again) return again
    if (!session.isNoted && (await isEverythingSent())) {
      const sold = await sellAtServer(paid, session)
      if (sold) return sold
    }
    return seal(paid, session)
  })
}

/** Undefined where the server does not answer, or not to this cashier. */
async function sellAtServer(paid: Paid, session: Session): Promise<Sold | undefined> {
  const { device, head } = await readChain()
  const input = checkoutOf(paid, session, { id: device.id, sequence: head.nextSequence })
  try {
    const receipt = await callAsCashier(paid.cashier, 'sales.checkout', input, { idempotencyKey: paid.basket.id })
    return await keepSold(paid, session, receipt.sequence)
  } catch (error) {
    if (isOutOfReach(error)) return undefined
    // It was sold, and this device could not write it down.
    if (problemOf(error)?.code === 'idempotency_key_reused') return soldBefore(paid, session)
    followAfter(error)
    throw error
  }
}

async function soldBefore(paid: Paid, session: Session): Promise<Sold> {
  const { sequence } = await callAsCashier(paid.cashier, 'sales.get-sale', { id: paid.basket.id })
  return keepSold(paid, session, sequence)
}

async function keepSold(paid: Paid, session: Session, sequence: string | number): Promise<Sold> {
  const { device } = await readChain()
  const at = { code: device.registerCode, sequence: Number(sequence), isSealed: false }
  const sold = soldOf(paid, session, at)
  await moveOn(sold)
  return sold
}

function checkoutOf(
  { basket, priced, given, now }: Paid,
  session: Session,
  device: { id: string; sequence: number },
): Input<'sales.checkout'> {
  const { id, lines, discount, discount_reason, customer_id, ticket_id } = basket
  return {
    ...{ id, session_id: session.id, device, made_at: now.toISOString(), lines: writtenLines(lines) },
    ...{ discount, discount_reason, customer_id, ticket_id },
    expected_total: priced.totals.total,
    payments: given.map((one) => ({ ...one })),
  }
}

async function seal(paid: Paid, session: Session): Promise<Sold> {
  const { kept, cashier, basket, priced, now } = paid
  assertAllowedOffline(kept.ground, paid.given)
  const { device } = await readChain()
  const about = { ...basket, lines: undefined }
  const sale = { ...saleOf(kept, about, priced, paid), ticket_id: basket.ticket_id ?? null }
  const moment = { cashier_id: cashier.employeeId, made_at: now.toISOString() }
  const as = (sequence: number) => soldOf(paid, session, { code: device.registerCode, sequence, isSealed: true })
  const { sequence } = await sealNext({ ...moment, session_id: session.id, sale }, as)
  return as(sequence)
}

function soldOf(paid: Paid, session: Session, at: { code: string; sequence: number; isSealed: boolean }): Sold {
  const { basket, priced, settled, now } = paid
  const number = receiptNumberOf(at.code, String(at.sequence))
  const receipt = receiptOf(paid, { number, register: at.code })
  return {
    ...{ id: basket.id, kind: 'sale', sequence: at.sequence, number, sessionId: session.id, originalId: null },
    ...{ madeAt: now.toISOString(), isSealed: at.isSealed, receipt, total: receipt.total },
    settled: settledFor(priced.totals.total, settled),
    lines: priced.lines.map(({ goods, quantity }, line) => ({
      ...{ line: line + 1, name: nameOf(goods), quantity },
      ...amountsForReturn(priced, line),
    })),
  }
}

/** What later refunds of it have to know of how it was paid. */
export function settledFor(total: string, { rounding, payments }: Settled): Sold['settled'] {
  return { total, rounding, payments: payments.map(({ tender_id, amount }) => ({ tender_id, amount })) }
}

/** What share of a line comes back is computed from. */
function amountsForReturn({ totals }: PricedBasket, at: number) {
  const line = totals.lines[at]
  if (!line) throw new Error('a line has no totals')
  const discount = toText(money(line.line_discount).plus(money(line.basket_discount)))
  const { gross, net_discount, net, total } = line
  return { total, amounts: { gross, discount, net_discount, net, taxes: line.components.map(({ tax }) => tax) } }
}

/** What the customer takes along. */
function receiptOf(paid: Paid, at: { number: string; register: string }): Receipt {
  const { kept, cashier, basket, priced, given, settled, now } = paid
  const { seller, branch, tenders } = kept.ground
  const { totals } = priced
  const text = (amount: string) => toMinorText(money(amount), branch.minor_unit)
  const shelves = takeFromShelves(kept, priced, now)
  return {
    ...{ kind: 'sale', ...at, original_number: null, copy: null, made_at: now, time_zone: branch.time_zone },
    ...{ currency: branch.currency, minor_unit: branch.minor_unit, seller, cashier: cashier.name },
    customer: basket.customer_id === undefined ? null : (kept.customer(basket.customer_id)?.name ?? null),
    prices_include_tax: priced.isPriceWithTax,
    lines: priced.lines.map((line, at) => ({
      ...{ name: nameOf(line.goods), sku: line.goods.sku, quantity: line.quantity },
      unit: line.goods.unit.code === 'piece' ? null : line.goods.unit.code,
      unit_price: totals.lines[at]?.unit_price ?? '',
      discount: sum(totals.lines[at]?.line_discount, totals.lines[at]?.basket_discount, text),
      amount: sum(totals.lines[at]?.gross, negated(totals.lines[at]), text),
      batches: batchesOf(
        kept,
        shelves.filter((one) => one.line === at + 1),
      ),
    })),
    discount: sum(totals.line_discount, totals.basket_discount, text),
    ...{ net: totals.net, tax: totals.tax, rounding: text(settled.rounding), total: text(settled.due) },
    taxes: totals.components.map(({ name, rate, base, tax }) => ({ name, rate, base, tax })),
    payments: given.map(({ tender_id, amount, reference = null }) => ({
      name: tenders.find(({ id }) => id === tender_id)?.name ?? '',
      ...{ amount: text(amount), reference },
    })),
    change: text(settled.change),
  }
}

function sum(one: string | undefined, other: string | undefined, text: (amount: string) => string): string {
  return text(toText(money(one ?? '0').plus(money(other ?? '0'))))
}

function negated(line: PricedBasket['totals']['lines'][number] | undefined): string {
  return toText(
    money(line?.line_discount ?? '0')
      .plus(money(line?.basket_discount ?? '0'))
      .negated(),
  )
}

function batchesOf(kept: KeptOnDevice, taken: ReturnType<typeof takeFromShelves>): Receipt['lines'][number]['batches'] {
  return taken.flatMap(({ variant_id, parts = [] }) =>
    parts.flatMap(({ batch_id }) => {
      const level = kept.stock(variant_id)?.levels.find((one) => one.batch_id === batch_id)
      return level?.number ? [{ number: level.number, expires_on: level.expires_on }] : []
    }),
  )
}
