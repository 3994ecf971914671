import type { z } from 'zod'
import { holds } from '../platform/execute.ts'
import { money, toText } from '../platform/money.ts'
import type { Caller, QueryContext } from '../platform/operation.ts'
import { permissions, type sessionInFull } from './contract.ts'
import { countLinesOf, countsOf, type SessionRow, stepsOf } from './queries.ts'
import { readSession } from './sessions.ts'

/** A session with its counts and what was done with it. */
export async function sessionInFullOf(context: QueryContext, id: string): Promise<z.input<typeof sessionInFull>> {
  const found = await readSession(context, id)
  const [counts, steps] = await Promise.all([countsOf(context, id), stepsOf(context, id)])
  const lines = await countLinesOf(
    context,
    counts.map((count) => count.id),
  )
  const isShown = seesExpected(context, found)
  return {
    ...asSession(found),
    counts: counts.map(({ id: countId, ...count }) => ({
      ...count,
      lines: lines
        .filter((line) => line.count_id === countId)
        .map(({ tender_kind, expected, counted, denominations }) => ({
          tender_kind,
          counted: plain(counted),
          expected: isShown ? plain(expected) : null,
          variance: isShown ? toText(money(counted).minus(expected)) : null,
          denominations,
        })),
    })),
    steps: steps.map((step) => {
      const isTold = isShown || step.action === 'open' || step.action === 'close'
      const { amount_impact, detail } = step
      return {
        ...step,
        amount_impact: amount_impact !== null && isTold ? plain(amount_impact) : null,
        detail: isTold ? detail : {},
      }
    }),
  }
}

/**
 * True when the caller may see what is expected of a session: always, but in a blind one that is not closed, where only those
 * who may approve variances do, unless they opened it.
 */
export function seesExpected(
  { caller }: { readonly caller: Pick<Caller, 'permissions' | 'employeeId'> },
  { is_blind, status, opened_by }: Pick<SessionRow, 'is_blind' | 'status' | 'opened_by'>,
): boolean {
  if (!is_blind || status === 'closed') return true
  return holds(caller.permissions, permissions.approveVariance) && opened_by !== caller.employeeId
}

/** A session as clients read it. */
export function asSession({ entity_id, float_amount, ...session }: SessionRow) {
  return { ...session, float_amount: plain(float_amount) }
}

/** Without the zeros that columns fill up with. */
export function plain(text: string): string {
  return toText(money(text))
}
