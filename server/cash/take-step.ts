import type { TenderKind } from '../payments/index.ts'
import { purposeOfTender } from '../payments/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import type { PlaceOfBusiness } from '../tenants/index.ts'
import { asTexts, expectedOf, sumOf, variancesOf } from './expected.ts'
import { type DocumentType, drawerLine, type Line, outsideLine, postForSession } from './post.ts'
import type { SessionRow } from './queries.ts'
import { sessionInFullOf } from './read-sessions.ts'
import { type NewStep, recordStep } from './record-queries.ts'
import { namesOf } from './reports.ts'

type Step = Pick<NewStep, 'action' | 'status' | 'reconciliation' | 'offline_transaction_count'> &
  Partial<Pick<NewStep, 'reason' | 'amount_impact' | 'detail'>>

interface Posting {
  readonly place: PlaceOfBusiness
  readonly document_type: DocumentType
  readonly lines: readonly Line[]
}

/** Moves a session on that is held alone, with the journal of what that moves, and answers with it. */
export async function takeStep(context: CommandContext, old: SessionRow, step: Step, posting?: Posting) {
  const id = context.newId()
  const reason = step.reason ?? null
  const isPosted = posting ? await postForSession(context, old, { id, description: reason, ...posting }) : false
  await recordStep(context, {
    amount_impact: null,
    detail: {},
    ...step,
    reason,
    id,
    session_id: old.id,
    version: old.version,
    journal_id: isPosted ? id : null,
    actor_id: context.caller.employeeId,
  })
  const changed = await sessionInFullOf(context, old.id)
  context.changed({ resource: 'cash_session', id: old.id, old: asChanged(old), new: asChanged(changed, changed.steps) })
  return changed
}

/**
 * Closes a session: what was counted leaves its accounts, cash for the safe of the branch and the rest for the accounts it is
 * paid out from, and what little is over or short goes where that is kept. Its accounts are empty then.
 */
export async function settle(
  context: CommandContext,
  old: SessionRow,
  {
    action,
    place,
    counted,
  }: { action: 'settle' | 'approve'; place: PlaceOfBusiness; counted: ReadonlyMap<TenderKind, Money> },
) {
  const expected = await expectedOf(context, old.id)
  const variances = variancesOf(expected, counted)
  const lines = [
    ...[...expected].map(([kind, amount]) => drawerLine(old, kind, amount.negated())),
    ...[...counted].map(([kind, amount]) =>
      outsideLine(place, kind === 'cash' ? 'safe' : purposeOfTender[kind], amount),
    ),
    ...varianceLines(place, variances),
  ]
  const step = {
    action,
    status: 'closed',
    reconciliation: 'closed',
    amount_impact: toText(sumOf(variances).negated()),
    // Registers and branches are renamed; the final report stays as it was.
    detail: { variances: asTexts(variances), names: await namesOf(context, old) },
  } as const
  return takeStep(context, old, step, { place, document_type: 'cash_close', lines })
}

/** Where what is over or short is kept, as it leaves the drawer: short is an expense, over an income. */
export function varianceLines(place: PlaceOfBusiness, variances: ReadonlyMap<TenderKind, Money>): Line[] {
  const sums = { cash_short: money('0'), cash_over: money('0') }
  for (const variance of variances.values()) {
    const purpose = variance.isNegative() ? 'cash_short' : 'cash_over'
    sums[purpose] = sums[purpose].minus(variance)
  }
  return Object.entries(sums).map(([purpose, amount]) => outsideLine(place, purpose, amount))
}

function asChanged(
  { status, reconciliation, version }: Pick<SessionRow, 'status' | 'reconciliation' | 'version'>,
  steps?: readonly unknown[],
) {
  return { status, reconciliation, version, ...(steps ? { steps: steps.slice(-1) } : {}) }
}
