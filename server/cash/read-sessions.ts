import { z } from 'zod'
import { holds } from '../platform/execute.ts'
import { money, toText } from '../platform/money.ts'
import type { Caller, QueryContext } from '../platform/operation.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { daysAfter } from '../platform/time.ts'
import { readRegister, registerNotFound } from '../registers/index.ts'
import { zoneOf } from '../tenants/index.ts'
import { type listSessionsInput, permissions, type sessionInFull, sessionNotFound } from './contract.ts'
import { countLinesOf, countsOf, listSessions, type SessionRow, stepsOf } from './queries.ts'
import { readSession } from './sessions.ts'

const lastNumber = z.tuple([z.string().regex(/^\d{1,18}$/)])

/** A page of sessions, the newest first. Refuses with `branch_not_found`, `register_not_found`, `session_not_found`. */
export async function readSessions(
  context: QueryContext,
  { cursor, from, through, ...filter }: z.output<typeof listSessionsInput>,
) {
  const [after] = readCursor(cursor, lastNumber) ?? []
  const timeZone = await zoneOf(context, filter.branch_id)
  const { register_id, late_of } = filter
  if (register_id !== undefined) await readRegister(context, register_id, registerNotFound)
  if (late_of !== undefined) await readSession(context, late_of, sessionNotFound)
  const days = { from: from ?? null, until: through === undefined ? null : daysAfter(through, 1), timeZone }
  const rows = await listSessions(context, { ...filter, days }, after)
  return toPage(rows.map(asSession), filter.limit, (row) => [row.number])
}

/** A session with its counts and what was done with it. */
export async function sessionInFullOf(context: QueryContext, id: string): Promise<z.input<typeof sessionInFull>> {
  const found = await readSession(context, id)
  const [counts, steps] = await Promise.all([countsOf(context, id), stepsOf(context, id)])
  const lines = await countLinesOf(
    context,
    counts.map((count) => count.id),
  )
  const isShown = seesExpected(context, found, counts)
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
 * True when the caller may see what is expected of a session: always, but in a blind one that is not closed. There only those do
 * who may approve variances, neither opened nor counted it, and cannot count it any more without its being noticed: once somebody has.
 */
export function seesExpected(
  { caller }: { readonly caller: Pick<Caller, 'permissions' | 'employeeId'> },
  { is_blind, status, opened_by }: Pick<SessionRow, 'is_blind' | 'status' | 'opened_by'>,
  counts: readonly { readonly actor_id: string }[],
): boolean {
  if (!is_blind || status === 'closed') return true
  const isTheirs = opened_by === caller.employeeId || counts.some(({ actor_id }) => actor_id === caller.employeeId)
  return counts.length > 0 && !isTheirs && holds(caller.permissions, permissions.approveVariance)
}

/** A session as clients read it. */
export function asSession({ entity_id, float_amount, variance_threshold, pay_out_limit, ...session }: SessionRow) {
  const limits = { variance_threshold: plain(variance_threshold), pay_out_limit: plain(pay_out_limit) }
  return { ...session, ...limits, float_amount: plain(float_amount) }
}

/** Without the zeros that columns fill up with. */
export function plain(text: string): string {
  return toText(money(text))
}
