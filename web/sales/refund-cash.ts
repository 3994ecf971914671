import { cashToGiveBack, type KnownTender, type LeftOfSale } from '../../server/payments/settle-tenders.ts'
import { money, type RoundingMode, toMinorText, toText } from '../../server/platform/money.ts'
import { spread } from './refund.ts'

/** How the drawer that money comes out of gives cash. */
export interface TillCash {
  readonly currency: { readonly code: string; readonly minor_unit: number }
  readonly rounding: { readonly step: string | null; readonly mode: RoundingMode }
  readonly tenders: ReadonlyMap<string, KnownTender>
  readonly mayRefundOtherwise: boolean
}

type Left = LeftOfSale & { readonly minorUnit: number }

/** What is given back of each tender unless somebody says otherwise: as it was paid, with cash rounded as the till rounds it. */
export function usualRefund(total: string, left: Left, till: TillCash | undefined): Record<string, string> {
  return withCashRounded(total, spread(total, left.paid, left.minorUnit), { left, till })
}

/** The same amounts, and of cash what is due beside the others, as the till rounds it. */
export function withCashRounded(
  total: string,
  given: Record<string, string>,
  { left, till }: { left: Left; till: TillCash | undefined },
): Record<string, string> {
  const cash = till && Object.keys(given).find((id) => till.tenders.get(id)?.kind === 'cash')
  const due = cash && cashBeside(total, given, { left, till })
  return cash && due ? { ...given, [cash]: due } : given
}

/** What the amounts given back have to come to: where some of it is cash, that is rounded. */
export function refundDue(
  total: string,
  given: Record<string, string>,
  { left, till }: { left: Left; till: TillCash | undefined },
): string {
  const hasCash = Object.entries(given).some(([id, text]) => text !== '' && till?.tenders.get(id)?.kind === 'cash')
  const cash = hasCash && till ? cashBeside(total, given, { left, till }) : undefined
  if (!till || cash === undefined) return total
  const all = othersOf(given, till).reduce((sum, { amount }) => sum.plus(amount), money(cash))
  return toText(all)
}

function cashBeside(
  total: string,
  given: Record<string, string>,
  { left, till }: { left: Left; till: TillCash },
): string | undefined {
  const due = { ...till, total: toText(money(total).negated()), origin: left, given: othersOf(given, till) }
  try {
    return toMinorText(money(cashToGiveBack(due)), left.minorUnit)
  } catch {
    // What cannot be given back so is refused by the server, which says why.
    return undefined
  }
}

function othersOf(given: Record<string, string>, till: TillCash) {
  return Object.entries(given).flatMap(([tender_id, amount]) =>
    till.tenders.get(tender_id)?.kind !== 'cash' && /^\d+(\.\d+)?$/.test(amount) ? [{ tender_id, amount }] : [],
  )
}
