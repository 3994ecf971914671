import type { z } from 'zod'
import { toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { drawerShort, type dropInput, type payInInput, type payOutInput, sessionNotOpen } from './contract.ts'
import { expectedOf } from './expected.ts'
import { amountIn, drawerLine, outsideLine, placeOf, postForSession } from './post.ts'
import { findMovement } from './queries.ts'
import { plain } from './read-sessions.ts'
import { holdSessions, insertMovement, type NewMovement } from './record-queries.ts'
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

async function moveCash(context: CommandContext, movement: Omit<NewMovement, 'actor_id'>) {
  const { id, session_id, kind, against, reason } = movement
  await holdSessions(context, [session_id], 'shared')
  const session = await readSession(context, session_id)
  assertMayWorkOn(context, session)
  if (session.status !== 'open') refuse(sessionNotOpen)
  const place = await placeOf(context, session.branch_id)
  const amount = amountIn(place, movement.amount)
  const intoDrawer = kind === 'pay_in' ? amount : amount.negated()
  await postForSession(context, session, {
    id,
    place,
    document_type: `cash_${kind}`,
    description: reason,
    lines: [drawerLine(session, 'cash', intoDrawer), outsideLine(place, against, intoDrawer.negated())],
  })
  // Its account is locked by now: nobody else takes the same cash out.
  if (kind !== 'pay_in' && (await expectedOf(context, session_id)).get('cash')?.isNegative()) refuse(drawerShort)
  await insertMovement(context, { ...movement, amount: toText(amount), actor_id: context.caller.employeeId })
  const made = (await findMovement(context, id)) ?? missing()
  const told = { ...made, amount: plain(made.amount) }
  context.changed({ resource: 'cash_movement', id, new: told })
  return told
}

function missing(): never {
  throw new Error('a movement of cash was not recorded')
}
