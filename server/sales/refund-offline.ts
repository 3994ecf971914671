import { beyondSold } from '../basket/index.ts'
import { cashIn, drawerShort, moveOffline } from '../cash/index.ts'
import { authorizationRequired } from '../payments/index.ts'
import { holds } from '../platform/execute.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { type Judge, platformRefusals, Refusal, refusal, refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { assertRounding, type OfflineException, type Slip, tillOf } from './book-offline.ts'
import { settle } from './checkout.ts'
import { permissions, saleOfAnotherEntity, totalDiffers } from './contract.ts'
import { feesBack, originalOf, originOf, recordReturn, sumOf } from './give-back.ts'
import { judgeTill } from './judge-offline.ts'
import type { OriginalHeld } from './queries.ts'
import { decideReceipt, type Receipt, tendersOf } from './receipt.ts'
import { leftOfLines, type ReturnedLine, returnLines } from './return-lines.ts'
import type { Till } from './till.ts'
import { type Named, readWorld, type World } from './world.ts'

/** Never answered with: such a slip is set aside. */
const saleOfAnotherDevice = refusal(
  'sale_of_another_device',
  422,
  'While the server is out of reach, a till takes back only what it sold itself',
)

type OfSlip = 'id' | 'device_id' | 'sequence' | 'session_id' | 'employee_id' | 'permissions' | 'made_at' | 'currency'

/** What a till took back while it was offline. Its figures add up: whoever brings it has seen to that. */
export interface RefundSlip extends Pick<Slip, OfSlip | 'payments' | 'found'> {
  readonly original_id: string
  readonly reason: string
  readonly lines: readonly (ReturnedLine & { readonly quantity: string })[]
  /** What the till said came back, above zero. */
  readonly total: string
  /** What rounding in cash added to what was given back. */
  readonly rounding: string
}

export interface BookedRefund {
  /** Null where nothing of it was left to come back: then only the money is booked. */
  readonly receipt: Receipt | null
  readonly exceptions: readonly OfflineException[]
}

type Payments = Slip['payments']

/**
 * Books a refund as it happened, as far as the sale still has what came back: the receipt is of that, and never of more than was
 * sold. What was paid out beyond it, or less, is between the drawer and `customers`, as a movement of cash; what the books do not
 * have in the drawer comes from `cash_over`. Refuses what no till may do offline (the sale of another device, a provider that was
 * not asked), what is no refund, and an excess that was not paid in cash.
 */
export async function bookRefundOffline(
  context: CommandContext,
  settings: Settings,
  slip: RefundSlip,
  { from, also }: { from: { readonly registerId: string; readonly sequence: number }; also: readonly Named[] },
): Promise<BookedRefund> {
  const read = () => readWorld(context, settings, { named: [namedByRefund(slip), ...also], answers: [] })
  let world = await read()
  if (world.sequences.get(from.registerId) !== BigInt(from.sequence)) refuse(platformRefusals.busy)
  const till = tillOf(world, slip)
  const original = originalOf(world, slip.original_id, context)
  if (original.device_id !== slip.device_id) refuse(saleOfAnotherDevice)
  if (original.entity_id !== till.place.entity_id) refuse(saleOfAnotherEntity)
  assertOffline(world, slip.payments)
  assertRounding(world, till, slip)
  const exceptions: OfflineException[] = []
  const raise = (code: string, at: number | null, detail: string) =>
    exceptions.push({ code, line: at === null ? null : at + 1, detail })
  const judge: Judge = ({ kind, message }) => raise(kind.code, null, message)
  judgeTill(world, till, dayIn(till.place.time_zone, till.made_at), judge, raise)
  const lines = linesLeft(original, slip.lines, raise)
  const cash = cashOf(world, slip.payments)
  // Its account may be new then.
  if (await fillDrawer(context, till, { cash, raise })) world = await read()
  if (lines.length === 0) {
    if (!cash.equals(sum(slip.payments.map(({ amount }) => amount)))) refuse(beyondSold)
    await moveDifference(context, till, cash, slip)
    return { receipt: null, exceptions }
  }
  const returns = returnLines(original, lines, { goods: world.goods, minorUnit: till.place.minor_unit })
  const amounts = sumOf([...returns], till.place.minor_unit)
  const difference = money(slip.total).plus(amounts.total)
  const given = withoutDifference(world, slip.payments, difference)
  if (!difference.isZero())
    raise(totalDiffers.code, null, `${slip.total} was given back, ${toText(money(amounts.total).negated())} was due`)
  const mayRefundOtherwise = holds(slip.permissions, permissions.refundOtherwise)
  const settled = settle(world, till.place, {
    ...{ total: amounts.total, given, origin: originOf(world, original), mayRefundOtherwise, judge },
    asHappened: { rounding: toText(money(slip.rounding).negated()) },
  })
  const found = [...new Set([...slip.found, ...exceptions.map(({ code }) => code)])]
  const decision = decideReceipt(
    world,
    {
      ...till,
      ...{ id: slip.id, kind: 'refund', employee_id: slip.employee_id, original, note: slip.reason },
      ...{ customer_id: original.customer_id, channel_id: original.channel_id },
      ...{ isPriceWithTax: original.is_price_with_tax, lines: returns, amounts, settled, mayRefundOtherwise },
      ...feesBack(world, till, original, { back: returns, basket: undefined }),
      offline: {
        ...{ device_id: slip.device_id, sequence: slip.sequence },
        score: String(Math.max(0, 100 - 10 * found.length)),
        notes: found.length === 0 ? null : found.join(', '),
      },
    },
    context,
  )
  const receipt = await recordReturn(context, decision, lines).catch(asBusy)
  await moveDifference(context, till, difference, slip)
  return { receipt, exceptions }
}

/** What a refund that was made offline names. */
export function namedByRefund({ session_id, original_id, payments, made_at }: RefundSlip): Named {
  return { session_id, original_id, lines: [], payments, paid_at: made_at }
}

/** Refuses a tender of which only its provider can give back. */
function assertOffline(world: World, payments: Payments): void {
  const tenders = tendersOf(world)
  if (payments.some(({ tender_id }) => tenders.get(tender_id)?.provider)) refuse(authorizationRequired)
}

type Raise = (code: string, at: number | null, detail: string) => void

/** Of what came back, what the sale still has: of each line no more than is left, and nothing of one that is back already. */
function linesLeft(original: OriginalHeld, returned: RefundSlip['lines'], raise: Raise): RefundSlip['lines'] {
  const left = leftOfLines(original)
  return returned.flatMap((one, at) => {
    const most = left.get(one.line)
    if (most === undefined || !money(one.quantity).greaterThan(most)) {
      if (most !== undefined) left.set(one.line, most.minus(one.quantity))
      return [one]
    }
    raise(beyondSold.code, at, `${one.quantity} came back, and ${toText(most)} was left`)
    left.set(one.line, money('0'))
    return most.isZero() ? [] : [{ ...one, quantity: toText(most) }]
  })
}

/** The payments of the receipt: what cash was given back beyond it, or less, is another matter. */
function withoutDifference(world: World, payments: Payments, difference: Money): Payments {
  if (difference.isZero()) return payments
  let over = difference
  const isCash = cashTest(world)
  const changed = payments.toReversed().map((payment) => {
    if (!isCash(payment) || over.isZero()) return payment
    const amount = money(payment.amount)
    const taken = over.greaterThan(amount) ? amount : over
    over = over.minus(taken)
    return { ...payment, amount: toText(amount.minus(taken)) }
  })
  return over.isZero() ? changed.toReversed() : refuse(totalDiffers, 'What differs was not given back in cash')
}

/** Lets the drawer of a session hold what was taken out of it: it was there, or nobody could have paid it out. True where it did. */
async function fillDrawer(
  context: CommandContext,
  { session }: Till,
  { cash, raise }: { cash: Money; raise: Raise },
): Promise<boolean> {
  if (cash.isZero()) return false
  const amount = cash.minus(await cashIn(context, session.id))
  if (!amount.greaterThan(0)) return false
  raise(drawerShort.code, null, `By the books ${toText(amount)} of what was paid out was not in the drawer`)
  const reason = 'Paid out while the server was out of reach, and not in the drawer by the books'
  const move = { id: context.newId(), kind: 'pay_in', amount, against: 'cash_over', reason } as const
  await moveOffline(context, { ...session, number: String(session.number) }, move)
  return true
}

/** Books what was paid out beyond a receipt, or less than it, as what a customer owes, or is owed. */
async function moveDifference(
  context: CommandContext,
  { session }: Till,
  difference: Money,
  { sequence }: RefundSlip,
): Promise<void> {
  if (difference.isZero()) return
  const isOver = difference.greaterThan(0)
  await moveOffline(
    context,
    { ...session, number: String(session.number) },
    {
      ...{ id: context.newId(), kind: isOver ? 'pay_out' : 'pay_in', amount: difference.abs(), against: 'customers' },
      reason: `Given back offline ${isOver ? 'beyond' : 'short of'} what was left, receipt ${sequence}`,
    },
  )
}

function cashOf(world: World, payments: Payments): Money {
  return sum(payments.filter(cashTest(world)).map(({ amount }) => amount))
}

function cashTest(world: World): (payment: Payments[number]) => boolean {
  const tenders = tendersOf(world)
  return ({ tender_id }) => tenders.get(tender_id)?.kind === 'cash'
}

function sum(amounts: readonly string[]): Money {
  return amounts.reduce((all, one) => all.plus(one), money('0'))
}

/** Somebody else took of the same drawer meanwhile. */
function asBusy(error: unknown): never {
  if (error instanceof Refusal && error.kind === drawerShort) refuse(platformRefusals.busy)
  throw error
}
