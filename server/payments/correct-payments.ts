import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import {
  paidOtherwise,
  saleNotPaidHere,
  type TenderKind,
  tenderNotFound,
  tenderOfAnotherKind,
  tenderRefusals,
} from './contract.ts'
import { listPayments, type NewPayment, recordPayments } from './payment-queries.ts'
import { findTender } from './tender-queries.ts'

export interface Correction {
  readonly document_id: string
  /** The session that it was paid in. */
  readonly session: { readonly id: string; readonly branch_id: string; readonly currency: string }
  readonly from: TenderKind
  readonly to: TenderKind
  readonly amount: Money
  /** What it was paid with, of the kind in `to`. */
  readonly tender_id: string
  readonly reference: string | null
  readonly authorization_id: string | null
}

/** More than a document ever has. */
const mostPayments = 1_000

/**
 * Puts right what a document was paid with: what was recorded wrongly is reversed by rows that point at it, and paid anew.
 * Refuses with `sale_not_found` what was not paid in the session, with `paid_otherwise` where it was not so much with that kind, and as
 * payments are refused. The caller posts what it moves.
 */
export async function correctPayments(context: CommandContext, correction: Correction): Promise<void> {
  const { document_id, session, from, to, amount, tender_id, reference, authorization_id } = correction
  const rows = await listPayments(
    context,
    { document_id, session_id: session.id, limit: mostPayments },
    { branchIds: null, after: undefined },
  )
  const origin_id = rows[0]?.origin_id ?? refuse(saleNotPaidHere)
  const tender = (await findTender(context, tender_id)) ?? refuse(tenderNotFound)
  if (tender.kind !== to) refuse(tenderOfAnotherKind, `${tender.code} is ${tender.kind}`)
  const standing = rows
    .filter((row) => row.kind !== 'reversal' && row.reversed_by_id === null)
    .toSorted((one, other) => one.line - other.line)
  const payments: NewPayment[] = []
  let left = amount
  for (const [id, some] of Map.groupBy(standing, (row) => row.tender_id)) {
    const paid = some.reduce((sum, row) => sum.plus(row.amount), money('0'))
    if (left.isZero() || !paid.greaterThan('0') || (await findTender(context, id))?.kind !== from) continue
    const moved = left.greaterThan(paid) ? paid : left
    left = left.minus(moved)
    for (const row of some) {
      const undone = { kind: 'reversal', amount: toText(money(row.amount).negated()), reverses_id: row.id } as const
      payments.push({ id: context.newId(), tender_id: id, ...undone })
    }
    const rest = { reference: some.find((row) => row.reference !== null)?.reference ?? null }
    if (!moved.equals(paid)) payments.push(paymentOf(context, id, paid.minus(moved), rest))
  }
  if (!left.isZero()) refuse(paidOtherwise, `${toText(left)} of it was not`)
  payments.push(paymentOf(context, tender_id, amount, { reference, authorization_id }))
  const { branch_id, currency } = session
  const document = { document_type: 'correction', document_id, origin_id, branch_id, session_id: session.id, currency }
  const [recorded] = await recordPayments(context, [{ ...document, actor_id: context.caller.userId, payments }])
  if (!recorded || recorded.code === null) return
  const kind = tenderRefusals.find(({ code }) => code === recorded.code)
  if (!kind) throw new Error(`payments were not corrected: ${recorded.code}`)
  throw new Refusal(kind)
}

function paymentOf(
  { newId }: CommandContext,
  tender_id: string,
  amount: Money,
  more: Pick<NewPayment, 'reference' | 'authorization_id'>,
): NewPayment {
  return { id: newId(), tender_id, kind: 'payment', amount: toText(amount), ...more }
}
