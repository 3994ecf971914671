import type { z } from 'zod'
import { holdBooksOpen } from '../ledger/index.ts'
import { correctPayments, type TenderKind } from '../payments/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import {
  type adjustInput,
  type approveInput,
  type fixInput,
  sameTender,
  sessionClosed,
  sessionNotCounted,
  sessionStillOpen,
  type stepInput,
  varianceLeft,
  varianceNone,
  varianceOwn,
} from './contract.ts'
import { asTexts, expectedOf, sizeOf, sumOf, variancesOf } from './expected.ts'
import { amountIn, drawerLine, outsideLine, placeOf } from './post.ts'
import { countLinesOf, countsOf, type SessionRow } from './queries.ts'
import { holdForStep } from './sessions.ts'
import { settle, takeStep, varianceLines } from './take-step.ts'

const pending = { status: 'pending_reconciliation', reconciliation: 'escalated' } as const

/** Explains a part of a variance by what was not recorded: that much more, or less, is expected then. */
export async function adjustSession(context: CommandContext, input: z.output<typeof adjustInput>) {
  const { id, version, tender_kind, against, reason } = input
  const old = await holdEscalated(context, id, version)
  const place = await placeOf(context, old.branch_id)
  const amount = amountIn(place, input.amount)
  const lines = [drawerLine(old, tender_kind, amount), outsideLine(place, against, amount.negated())]
  const detail = { tender_kind, against, amount: toText(amount) }
  const amount_impact = toText(amount.negated())
  return takeStep(
    context,
    old,
    { action: 'adjustment', ...pending, reason, amount_impact, detail },
    { place, document_type: 'cash_adjustment', lines },
  )
}

/**
 * Explains a part of a variance by a sale that was recorded as paid with another kind of tender than it was. Where it is named, its
 * payments are put right with it, so that money goes back the way it came.
 */
export async function fixTransaction(context: CommandContext, input: z.output<typeof fixInput>) {
  const { id, version, from, to, sale_id = null, tender_id, document_number = null, reason } = input
  const old = await holdEscalated(context, id, version)
  if (from === to) refuse(sameTender)
  const place = await placeOf(context, old.branch_id)
  const amount = amountIn(place, input.amount)
  if (sale_id !== null && tender_id !== undefined) {
    // Payments are locked after the books, and before accounts.
    await holdBooksOpen(context, [old.entity_id])
    const { reference = null, authorization_id = null } = input
    const paid = { from, to, amount, tender_id, reference, authorization_id }
    await correctPayments(context, { document_id: sale_id, session: old, ...paid })
  }
  const lines = [drawerLine(old, to, amount), drawerLine(old, from, amount.negated())]
  const detail = { from, to, amount: toText(amount), sale_id, document_number }
  return takeStep(
    context,
    old,
    { action: 'transaction_fix', ...pending, reason, amount_impact: '0', detail },
    { place, document_type: 'cash_transaction_fix', lines },
  )
}

/** Gives up what is left of a variance: what is short becomes an expense, what is over an income. */
export async function writeOffVariance(context: CommandContext, { id, version, reason }: z.output<typeof stepInput>) {
  const old = await holdEscalated(context, id, version)
  const place = await placeOf(context, old.branch_id)
  const { variances } = await standingOf(context, id)
  if (sizeOf(variances).isZero()) refuse(varianceNone)
  const lines = [
    ...[...variances].map(([kind, amount]) => drawerLine(old, kind, amount)),
    ...varianceLines(place, variances),
  ]
  const amount_impact = toText(sumOf(variances).negated())
  return takeStep(
    context,
    old,
    { action: 'write_off', ...pending, reason, amount_impact, detail: { variances: asTexts(variances) } },
    { place, document_type: 'cash_write_off', lines },
  )
}

/** Lets a session be counted once more. */
export async function requestRecount(context: CommandContext, { id, version, reason }: z.output<typeof stepInput>) {
  const old = await holdEscalated(context, id, version)
  return takeStep(context, old, { action: 'recount', ...pending, reconciliation: 'draft', reason })
}

/** Closes a session whose variance is explained or written off, but for what the threshold lets through. */
export async function approveSession(context: CommandContext, { id, version }: z.output<typeof approveInput>) {
  const old = await holdEscalated(context, id, version)
  const place = await placeOf(context, old.branch_id)
  const { counted, variances } = await standingOf(context, id)
  const left = sizeOf(variances)
  if (left.greaterThan(old.variance_threshold)) refuse(varianceLeft, `${toText(left)} ${old.currency} is left`)
  return settle(context, old, { action: 'approve', place, counted })
}

/**
 * Holds a session whose variance waits for somebody. Refuses one that is not counted, and whoever opened or counted it: nobody
 * explains or approves what they answer for themselves.
 */
async function holdEscalated(context: CommandContext, id: string, version: number): Promise<SessionRow> {
  const old = await holdForStep(context, id, version)
  if (old.status === 'open') refuse(sessionStillOpen)
  if (old.status === 'closed') refuse(sessionClosed)
  if (old.reconciliation !== 'escalated') refuse(sessionNotCounted)
  const { employeeId } = context.caller
  const counts = await countsOf(context, id)
  if (old.opened_by === employeeId || counts.some(({ actor_id }) => actor_id === employeeId)) refuse(varianceOwn)
  return old
}

/** What was counted last, and how far that is from what is expected now. */
async function standingOf(
  context: CommandContext,
  id: string,
): Promise<Record<'counted' | 'variances', ReadonlyMap<TenderKind, Money>>> {
  const last = (await countsOf(context, id)).at(-1)
  const lines = last ? await countLinesOf(context, [last.id]) : []
  const counted = new Map(lines.map((line) => [line.tender_kind, money(line.counted)]))
  return { counted, variances: variancesOf(await expectedOf(context, id), counted) }
}
