import type { z } from 'zod'
import { balancesOf } from '../ledger/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { drawerShort, drawerShortBlind, payOutBeyondLimit, sessionNotOpen } from './contract.ts'
import type { dropInput, payInInput, payOutInput } from './movement-contract.ts'
import { amountIn, drawerLine, outsideLine, placeOf, postForSession } from './post.ts'
import { findMovement, paidOutBy, type SessionRow } from './queries.ts'
import { plain } from './read-sessions.ts'
import { type HeldSession, holdSessions, insertMovement, type NewMovement } from './record-queries.ts'
import { assertMayWorkOn, readSession } from './sessions.ts'

/** Puts cash into the drawer that is no sale. */
export function payIn(
  context: CommandContext,
  { id, pay_in_id = context.newId(), from, ...rest }: z.output<typeof payInInput>,
) {
  return moveCash(context, { ...rest, id: pay_in_id, session_id: id, kind: 'pay_in', against: from })
}

/** Takes cash out of the drawer that is no refund. */
export function payOut(
  context: CommandContext,
  { id, pay_out_id = context.newId(), to, ...rest }: z.output<typeof payOutInput>,
) {
  return moveCash(context, { ...rest, id: pay_out_id, session_id: id, kind: 'pay_out', against: to })
}

/** Takes cash out of the drawer into the safe, without a look at what is expected. */
export function dropCash(
  context: CommandContext,
  { id, drop_id = context.newId(), ...rest }: z.output<typeof dropInput>,
) {
  return moveCash(context, { ...rest, id: drop_id, session_id: id, kind: 'drop', against: 'safe' })
}

interface OfflineMovement extends Pick<NewMovement, 'id' | 'kind' | 'against' | 'reason'> {
  readonly amount: Money
}

/**
 * Books cash that came into the drawer of a session or left it while the server was out of reach: nobody's limit holds it
 * up, nor that the session is a late one. The session is held.
 */
export async function moveOffline(
  context: CommandContext,
  session: Pick<HeldSession, 'id' | 'number' | 'branch_id'>,
  { id, kind, amount, against, reason }: OfflineMovement,
): Promise<void> {
  const place = await placeOf(context, session.branch_id)
  const intoDrawer = kind === 'pay_in' ? amount : amount.negated()
  await postForSession(context, session, {
    ...{ id, place, document_type: kind === 'pay_in' ? 'cash_pay_in' : 'cash_pay_out', description: reason },
    lines: [drawerLine(session, 'cash', intoDrawer), outsideLine(place, against, intoDrawer.negated())],
  })
  const made = { id, session_id: session.id, kind, amount: toText(amount), against, reason }
  await insertMovement(context, { ...made, actor_id: context.caller.employeeId })
  context.changed({ resource: 'cash_movement', id, new: made })
}

/** How much cash the books say is in the drawer of a session. */
export async function cashIn(context: CommandContext, sessionId: string): Promise<Money> {
  const balances = await balancesOf(context, sessionId)
  return money(balances.find(({ purpose }) => purpose === 'cash')?.balance ?? '0')
}

async function moveCash(context: CommandContext, movement: Omit<NewMovement, 'actor_id'>) {
  const { id, session_id, kind, against, reason } = movement
  await holdSessions(context, [session_id], 'shared')
  const session = await readSession(context, session_id)
  assertMayWorkOn(context, session)
  // A late session has no drawer: what it takes was in that of the first.
  if (session.status !== 'open' || session.late_of !== null) refuse(sessionNotOpen)
  const place = await placeOf(context, session.branch_id)
  const amount = amountIn(place, movement.amount)
  const intoDrawer = kind === 'pay_in' ? amount : amount.negated()
  const posting = {
    id,
    place,
    document_type: `cash_${kind}`,
    description: reason,
    lines: [drawerLine(session, 'cash', intoDrawer), outsideLine(place, against, intoDrawer.negated())],
  } as const
  await postForSession(context, session, posting).catch((error) => refuseUnseen(session, error))
  // Its account is locked by now: nobody else pays out of it meanwhile.
  if (kind === 'pay_out' && against !== 'safe') await assertWithinLimit(context, session, amount)
  await insertMovement(context, { ...movement, amount: toText(amount), actor_id: context.caller.employeeId })
  const made = (await findMovement(context, id)) ?? missing()
  const told = { ...made, amount: plain(made.amount) }
  context.changed({ resource: 'cash_movement', id, new: told })
  return told
}

/** Who counts blind does not find out by trying what is expected, or leaves a trace in the audit chain. */
function refuseUnseen({ is_blind }: SessionRow, error: unknown): never {
  if (is_blind && error instanceof Refusal && error.kind === drawerShort) refuse(drawerShortBlind)
  throw error
}

/** Refuses with `pay_out_beyond_limit` what whoever opened a session pays out of it beyond its limit, or what is short could leave so. */
async function assertWithinLimit(context: CommandContext, session: SessionRow, amount: Money): Promise<void> {
  const { employeeId } = context.caller
  if (session.opened_by !== employeeId) return
  const paid = money(await paidOutBy(context, session.id, employeeId)).plus(amount)
  const { pay_out_limit, currency } = session
  if (paid.greaterThan(pay_out_limit))
    refuse(payOutBeyondLimit, `It would come to ${toText(paid)} ${currency}, beyond ${toText(money(pay_out_limit))}`)
}

function missing(): never {
  throw new Error('a movement of cash was not recorded')
}
