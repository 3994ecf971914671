import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'
import { type Judge, Refusal, type RefusalKind, refusal, refuse, refuseAtOnce } from '../platform/refusal.ts'
import { type CashRounding, floorCash, isPayable, nearestCash, roundCash } from './cash-rounding.ts'
import type { PaymentKind, ProviderName, TenderKind } from './contract.ts'
import {
  amountOutOfRange,
  authorizationRequired,
  cashStepInvalid,
  currencyMismatch,
  noSuchCoins,
  paymentNotDue,
  paymentOver,
  paymentShort,
  referenceRequired,
  refundDiffers,
  refundExceedsPaid,
  tenderInactive,
  tenderNotFound,
  tooManyDecimalsPaid,
} from './refusals.ts'

/** What the rule knows of a tender. */
export interface KnownTender {
  readonly id: string
  readonly kind: TenderKind
  readonly provider: ProviderName | null
  readonly needs_reference: boolean
  readonly is_active: boolean
}

/** What somebody hands over, or is given back. Never below zero; zero only of cash. */
export interface GivenTender {
  readonly tender_id: string
  readonly amount: string
  readonly currency?: string | undefined
  readonly reference?: string | undefined
  readonly authorization_id?: string | undefined
}

export interface Due {
  /** With tax; below zero when the customer gets money back. */
  readonly total: string
  readonly currency: { readonly code: string; readonly minor_unit: number }
  readonly rounding: CashRounding
  readonly given: readonly GivenTender[]
  readonly tenders: ReadonlyMap<string, KnownTender>
  /** The sale that money goes back of; of no account otherwise. */
  readonly origin?: LeftOfSale
  /** Whether it may be given back by another tender than it was paid with. */
  readonly mayRefundOtherwise?: boolean
  /**
   * It happened already, as offline, with this rounding: tenders that take no more, have no reference or were not authorized are
   * taken as they are, and so is what was given back, were it change of another tender than cash.
   */
  readonly asHappened?: { readonly rounding: string }
  /** Told of what would be refused of what happened already. */
  readonly judge?: Judge
}

/** What is left of a sale, after all exchanges and refunds of it so far. */
export interface LeftOfSale {
  /** What its payments come to, by tender. */
  readonly paid: ReadonlyMap<string, string>
  /** What its totals come to, before cash was rounded. */
  readonly total: string
  /** What rounding kept of the cash that was due back so far; below zero where it gave more. */
  readonly rounded: string
}

/** A payment as payments.record takes it, without its id. */
export interface SettledPayment {
  readonly kind: Exclude<PaymentKind, 'reversal'>
  readonly tender_id: string
  /** With the sign it has for the drawer. */
  readonly amount: string
  readonly reference: string | null
  readonly authorization_id: string | null
}

export interface Settled {
  /** What cash rounding adds to the total. */
  readonly rounding: string
  /** The total after cash rounding; what the payments come to. */
  readonly due: string
  /** What was handed over; zero when the customer gets money back. */
  readonly paid: string
  readonly change: string
  readonly payments: readonly SettledPayment[]
}

interface Judged {
  readonly given: GivenTender
  readonly tender: KnownTender
  readonly amount: Money
}

const zero = money('0')
/** Never answered with: it is what somebody should look at. */
const roundingDiffers = refusal('rounding_differs', 422, 'Cash is rounded otherwise here')
/** What amounts of the database are below. */
const beyondAny = money('1e15')

/**
 * Judges what a document is paid with. What others pay out counts first; the rest is due in cash, rounded as cash of the
 * currency is, and change is given on cash alone, by the last tender of cash. Refuses whatever does not come to just what is
 * due. Money that goes back goes by the tenders it came with, at most as much as is left of each.
 */
export function settleTenders(due: Due): Settled {
  const judged = due.given.map((given) => judge(due, given))
  if (!sumOf(judged).lessThan(beyondAny)) refuse(amountOutOfRange)
  const total = money(due.total)
  return total.isNegative() && !total.isZero() ? giveBack(due, judged, total.negated()) : takeIn(due, judged, total)
}

/** What is due in cash of an amount that is paid in nothing else. */
export function cashDue(total: string, rounding: CashRounding): string {
  return toText(roundCash(money(total), rounding))
}

/**
 * What goes back in cash beside what other tenders give back, as `settleTenders` then asks for it. Takes what is due with the other
 * tenders alone.
 */
export function cashToGiveBack(due: Due): string {
  const others = due.given.map((given) => judge(due, given))
  return toText(cashGivenBack(due, others, money(due.total).negated().minus(sumOf(others))))
}

function judge(due: Due, given: GivenTender): Judged {
  const { currency, rounding, tenders, asHappened } = due
  const tender = tenders.get(given.tender_id) ?? refuse(tenderNotFound)
  const amount = money(given.amount)
  if (given.currency !== undefined && given.currency !== currency.code) refuse(currencyMismatch)
  if (!roundToMinorUnit(amount, currency.minor_unit).equals(amount)) refuse(tooManyDecimalsPaid)
  if (asHappened !== undefined || tender.kind !== 'cash') return { given, tender, amount }
  assertCoins(rounding, currency)
  if (!isPayable(amount, rounding)) refuse(noSuchCoins)
  return { given, tender, amount }
}

/** Refuses a step of which no amount of the currency is a multiple, nor the step one of its smallest amount. */
function assertCoins({ step }: CashRounding, { code, minor_unit }: Due['currency']): void {
  if (step === null) return
  const unit = money('10').pow(-minor_unit)
  if (!unit.modulo(step).isZero() && !money(step).modulo(unit).isZero())
    refuse(cashStepInvalid, `${step} ${code} is set, which is not a multiple of ${toText(unit)}`)
}

/** Tells what is wrong, or refuses it; of what happened already only a judge wants to know. */
function tell({ asHappened, judge: told }: Due, kind: RefusalKind, detail?: string): void {
  const found = new Refusal(kind, detail)
  if (told) told(found)
  else if (asHappened === undefined) refuseAtOnce(found)
}

function takeIn(due: Due, judged: readonly Judged[], total: Money): Settled {
  for (const one of judged) assertTaken(due, one)
  const cash = judged.filter(isCash)
  const rest = total.minus(sumOf(judged.filter((one) => !isCash(one))))
  if (rest.isNegative() && !rest.isZero()) tell(due, paymentOver)
  if (judged.some((one) => !isCash(one) && one.amount.isZero())) tell(due, paymentNotDue)
  const rounding = cash.length === 0 ? zero : roundingOf(due, rest)
  const usual = cash.length === 0 ? zero : roundCash(rest, due.rounding).minus(rest)
  if (!rounding.equals(usual)) tell(due, roundingDiffers, `${toText(rounding)} in place of ${toText(usual)}`)
  const dueInCash = rest.plus(rounding)
  const change = sumOf(cash).minus(dueInCash)
  if (change.isNegative() && !change.isZero()) refuse(paymentShort, `${toText(change.negated())} is missing`)
  if (!isPayable(change, due.rounding)) tell(due, noSuchCoins)
  if (!change.isZero() && (cash.length === 0 || dueInCash.isZero())) tell(due, paymentNotDue)
  const last = cash.at(-1)?.tender ?? [...due.tenders.values()].find(({ kind }) => kind === 'cash')
  const payments = judged.flatMap((one) => (one.amount.isZero() ? [] : [paymentOf(one, 'payment', one.amount)]))
  return {
    rounding: toText(rounding),
    due: toText(total.plus(rounding)),
    paid: toText(sumOf(judged)),
    change: toText(change),
    payments: change.isZero() ? payments : [...payments, changeOf(last ?? refuse(paymentOver), change)],
  }
}

/** Gives an amount back. */
function giveBack(due: Due, judged: readonly Judged[], owed: Money): Settled {
  const { asHappened } = due
  if (asHappened === undefined) for (const one of judged) if (needsAuthorization(one)) refuse(authorizationRequired)
  const rest = owed.minus(sumOf(judged.filter((one) => !isCash(one))))
  const cash = judged.filter(isCash)
  if ((rest.isNegative() && !rest.isZero()) || judged.some((one) => !isCash(one) && one.amount.isZero()))
    refuse(refundDiffers)
  const dueInCash = cash.length === 0 ? rest : cashGivenBack(due, judged, rest)
  if (cash.length === 0 ? !rest.isZero() : !sumOf(cash).equals(dueInCash))
    refuse(refundDiffers, `${toText(dueInCash)} is to be given back${cash.length === 0 ? ' still' : ' in cash'}`)
  assertLeft(due, judged)
  const rounding = rest.minus(dueInCash)
  return {
    rounding: toText(rounding),
    due: toText(owed.negated().plus(rounding)),
    paid: '0',
    change: '0',
    payments: judged.flatMap((one) => (one.amount.isZero() ? [] : [paymentOf(one, 'refund', one.amount.negated())])),
  }
}

/**
 * What goes back in cash. The refunds of a sale are rounded as one, to the nearest coin whatever favours whom when it is paid: what
 * was rounded before makes up for what is rounded now. Whoever brings back the last of what was paid in cash gets what is left
 * of it, and nobody gets more than that. So in any parts it is what was paid, and never half a coin more than is due on the way.
 */
function cashGivenBack(due: Due, judged: readonly Judged[], rest: Money): Money {
  if (due.asHappened !== undefined) return rest.minus(roundingOf(due, rest))
  if (rest.isZero()) return zero
  const near = notBelowZero(nearestCash(rest.plus(due.origin?.rounded ?? zero), due.rounding))
  const { left, worth } = leftForCash(due, judged)
  // More than was ever paid in cash: no rounding makes it less.
  if (rest.greaterThan(worth)) return near
  const most = floorCash(notBelowZero(left), due.rounding)
  return rest.equals(worth) || near.greaterThan(most) ? most : near
}

/** What may still go back in cash, and what it was worth before it was rounded: what the other tenders do not cover. */
function leftForCash({ origin, tenders, mayRefundOtherwise }: Due, judged: readonly Judged[]) {
  const { paid = new Map<string, string>(), total = '0' } = origin ?? {}
  const all = sumOfLeft(paid.values())
  const others = [...paid].flatMap(([id, left]) =>
    tenders.get(id)?.kind === 'cash' ? [] : [notBelowZero(money(left))],
  )
  const covered = sumOfLeft(others)
  const most = covered.lessThan(all) ? covered : notBelowZero(all)
  const byOthers = mayRefundOtherwise ? sumOf(judged.filter((one) => !isCash(one))) : most
  return { left: all.minus(byOthers), worth: money(total).minus(byOthers) }
}

/** Refuses to give back more than is left, by tender and in all; tells so of what was given back already. */
function assertLeft(due: Due, judged: readonly Judged[]): void {
  const { origin, mayRefundOtherwise = false } = due
  const paid = origin?.paid ?? new Map<string, string>()
  const all = sumOfLeft(paid.values())
  if (sumOf(judged).greaterThan(all)) tell(due, refundExceedsPaid, `${toText(all)} is left`)
  if (mayRefundOtherwise) return
  for (const [id, some] of Map.groupBy(judged, ({ tender }) => tender.id)) {
    const most = notBelowZero(money(paid.get(id) ?? '0'))
    if (sumOf(some).greaterThan(most)) tell(due, refundExceedsPaid, `${toText(most)} is left of what was paid with it`)
  }
}

function assertTaken(due: Due, one: Judged): void {
  if (!one.tender.is_active) tell(due, tenderInactive)
  if (one.tender.needs_reference && one.given.reference === undefined) tell(due, referenceRequired)
  if (needsAuthorization(one)) tell(due, authorizationRequired)
}

function needsAuthorization({ tender, given }: Judged): boolean {
  return tender.provider !== null && given.authorization_id === undefined
}

/** What rounding adds to what is due in cash. */
function roundingOf({ rounding, asHappened }: Due, rest: Money): Money {
  return asHappened === undefined ? roundCash(rest, rounding).minus(rest) : money(asHappened.rounding)
}

function paymentOf({ given, tender }: Judged, kind: 'payment' | 'refund', amount: Money): SettledPayment {
  const { reference = null, authorization_id = null } = given
  return { kind, tender_id: tender.id, amount: toText(amount), reference, authorization_id }
}

function changeOf(tender: KnownTender, change: Money): SettledPayment {
  const amount = toText(change.negated())
  return { kind: 'change', tender_id: tender.id, amount, reference: null, authorization_id: null }
}

function isCash({ tender }: Judged): boolean {
  return tender.kind === 'cash'
}

function sumOf(judged: readonly Judged[]): Money {
  return judged.reduce((sum, { amount }) => sum.plus(amount), zero)
}

function sumOfLeft(left: Iterable<string | Money>): Money {
  return [...left].reduce<Money>((sum, amount) => sum.plus(amount), zero)
}

function notBelowZero(amount: Money): Money {
  return amount.isNegative() ? zero : amount
}
