import { holds } from '../platform/execute.ts'
import type { BatchContext, Caller, CommandContext, ItemContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { permissions, sessionNotFound, sessionNotOpen, sessionOfAnother } from './contract.ts'
import { findSession, type SessionRow } from './queries.ts'
import { type HeldSession, holdSessions, insertLateSession } from './record-queries.ts'

/** A session that the caller works with. Refuses with `not_found`, or as given. */
export async function readSession(
  context: QueryContext,
  id: string,
  kind: RefusalKind = platformRefusals.notFound,
): Promise<SessionRow> {
  const found = (await findSession(context, id)) ?? refuse(kind)
  assertInScope(context, { branchId: found.branch_id }, kind)
  return found
}

/**
 * Holds an open session for the time of a transaction, with others who sell in it or move its cash: nobody closes it
 * meanwhile. Comes before locks on stock and accounts. Refuses with `session_not_found`, `session_not_open`.
 */
export async function holdSession(context: BatchContext, id: string): Promise<HeldSession> {
  const held = (await holdSessions(context, [id], 'shared')).get(id) ?? refuse(sessionNotFound)
  if (held.status !== 'open') refuse(sessionNotOpen)
  return held
}

/** Holds a session that the caller works with for a step of its own. Refuses with `not_found`, `version_conflict`. */
export async function holdForStep(context: CommandContext, id: string, version: number): Promise<SessionRow> {
  await holdSessions(context, [id], 'alone')
  const found = await readSession(context, id)
  if (found.version !== version) refuse(platformRefusals.versionConflict)
  return found
}

/** Refuses with `session_of_another` who neither opened a session nor may manage those of others. */
export function assertMayWorkOn(
  { caller }: { readonly caller: Pick<Caller, 'employeeId' | 'permissions'> },
  { opened_by }: Pick<SessionRow, 'opened_by'>,
): void {
  if (opened_by !== caller.employeeId && !holds(caller.permissions, permissions.manageSessions))
    refuse(sessionOfAnother)
}

/**
 * The late session that takes what was sold in a session that has ended since: the one that is open, or a new one. It is held
 * as `holdSession` does. Refuses with `session_not_found` what is no session that has ended.
 */
export async function openLateSession(
  context: BatchContext,
  { sessionId, by, actorId }: { sessionId: string; by: Pick<ItemContext, 'newId' | 'changed'>; actorId: string | null },
): Promise<HeldSession> {
  const [id, step_id] = [by.newId(), by.newId()]
  const late = await insertLateSession(context, { session_id: sessionId, id, step_id, actor_id: actorId })
  if (!late) refuse(sessionNotFound)
  if (late.is_new) {
    const { opened_by, ...made } = (await findSession(context, late.id)) ?? refuse(sessionNotFound)
    by.changed({ resource: 'cash_session', id: late.id, new: made })
  }
  return holdSession(context, late.id)
}
