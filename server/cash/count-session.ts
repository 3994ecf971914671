import type { z } from 'zod'
import type { TenderKind } from '../payments/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import type { PlaceOfBusiness } from '../tenants/index.ts'
import {
  type countSessionInput,
  denominationsDiffer,
  sessionClosed,
  sessionStillOpen,
  tenderNotCounted,
  tenderTwice,
  varianceEscalated,
} from './contract.ts'
import { asTexts, expectedOf, sizeOf, sumOf, variancesOf } from './expected.ts'
import { amountIn, placeOf } from './post.ts'
import { countsOf, type Denomination, type SessionRow, stepsOf } from './queries.ts'
import { insertCount } from './record-queries.ts'
import { assertMayWorkOn, holdForStep, readSession } from './sessions.ts'
import { settle, takeStep } from './take-step.ts'

type Input = z.output<typeof countSessionInput>

/**
 * Counts a session that has ended. Within the threshold it closes; beyond it waits for somebody who may approve the variance
 * and neither opened nor counted it. So does what somebody counts a second time, or had
 * counted again: they may know by then what to come to.
 */
export async function countSession(context: CommandContext, { id, version, notes, tenders }: Input) {
  const old = await holdForStep(context, id, version)
  assertMayWorkOn(context, old)
  assertCountable(old)
  const isAgain = await hasLookedAt(context, id)
  const place = await placeOf(context, old.branch_id)
  const expected = await expectedOf(context, id)
  const lines = countedLines(place, tenders)
  const counted = new Map(lines.map(({ tender_kind, amount }) => [tender_kind, amount]))
  for (const [kind, amount] of expected) if (!amount.isZero() && !counted.has(kind)) refuse(tenderNotCounted, kind)
  await insertCount(context, {
    id: context.newId(),
    session_id: id,
    notes: notes ?? null,
    actor_id: context.caller.employeeId,
    lines: lines.map(({ tender_kind, amount, denominations }) => ({
      tender_kind,
      expected: toText(expected.get(tender_kind) ?? money('0')),
      counted: toText(amount),
      denominations,
    })),
  })
  const pending = { status: 'pending_reconciliation', reconciliation: 'draft' } as const
  await takeStep(context, old, { action: 'count', ...pending })
  const variances = variancesOf(expected, counted)
  const seen = await readSession(context, id)
  const isWithin = sizeOf(variances).lessThanOrEqualTo(old.variance_threshold)
  if (isWithin && !isAgain) return settle(context, seen, { action: 'settle', place, counted })
  return takeStep(context, seen, {
    action: 'escalation',
    ...pending,
    reconciliation: 'escalated',
    amount_impact: toText(sumOf(variances)),
    detail: { variances: asTexts(variances), threshold: toText(money(old.variance_threshold)) },
  })
}

/** Whether somebody has counted a session before, or has had it counted again. */
async function hasLookedAt(context: CommandContext, id: string): Promise<boolean> {
  const asked = (await stepsOf(context, id)).filter(({ action }) => action === 'recount')
  return [...asked, ...(await countsOf(context, id))].some(({ actor_id }) => actor_id === context.caller.employeeId)
}

function assertCountable({ status, reconciliation }: Pick<SessionRow, 'status' | 'reconciliation'>): void {
  if (status === 'open') refuse(sessionStillOpen)
  if (status === 'closed') refuse(sessionClosed)
  if (reconciliation === 'escalated') refuse(varianceEscalated)
}

interface CountedLine {
  readonly tender_kind: TenderKind
  readonly amount: Money
  readonly denominations: readonly Denomination[]
}

/** What was counted of each kind of tender, checked: coins and notes add up, and there are such amounts in the currency. */
function countedLines(place: PlaceOfBusiness, tenders: Input['tenders']): CountedLine[] {
  if (new Set(tenders.map(({ tender_kind }) => tender_kind)).size < tenders.length) refuse(tenderTwice)
  return tenders.map(({ tender_kind, counted, denominations = [] }) => {
    const amount = amountIn(place, counted)
    const values = denominations.map(({ value, quantity }) => ({ value: amountIn(place, value), quantity }))
    const sum = values.reduce((total, { value, quantity }) => total.plus(value.times(quantity)), money('0'))
    if (values.length > 0 && !sum.equals(amount))
      refuse(
        denominationsDiffer,
        `${tender_kind}: coins and notes come to ${toText(sum)}, counted is ${toText(amount)}`,
      )
    return { tender_kind, amount, denominations: values.map((one) => ({ ...one, value: toText(one.value) })) }
  })
}
