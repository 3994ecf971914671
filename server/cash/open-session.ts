import type { z } from 'zod'
import { currencyMismatch } from '../payments/index.ts'
import { toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { useRegister } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { findTenant } from '../tenants/index.ts'
import { type openSessionInput, sessionNotFound } from './contract.ts'
import { moveOffline } from './move-cash.ts'
import { amountIn, drawerLine, outsideLine, placeOf, postForSession } from './post.ts'
import { findOpenSession, findSession } from './queries.ts'
import { sessionInFullOf } from './read-sessions.ts'
import { insertSession } from './record-queries.ts'
import { holdSession } from './sessions.ts'
import { blindCountSetting, payOutLimitSetting, varianceThresholdSetting } from './settings.ts'

/**
 * Opens a session on a register: its float comes out of the safe of the branch. How it is counted and its limits are settled
 * now, so that nobody moves them to fit what is in the drawer.
 */
export async function openSession(
  context: CommandContext,
  settings: Settings,
  { id = context.newId(), register_id, float_amount }: z.output<typeof openSessionInput>,
) {
  const { branch_id } = await useRegister(context, register_id)
  const place = await placeOf(context, branch_id)
  const float = amountIn(place, float_amount)
  const step_id = context.newId()
  const number = await insertSession(context, {
    id,
    step_id,
    register_id,
    branch_id,
    entity_id: place.entity_id,
    currency: place.currency,
    float_amount: toText(float),
    is_blind: await settings.read(context, blindCountSetting, { branchId: branch_id }),
    ...(await limitsOf(context, settings, branch_id)),
    actor_id: context.caller.employeeId,
  })
  const session = { id, number }
  await postForSession(context, session, {
    id: step_id,
    place,
    document_type: 'cash_float',
    description: null,
    lines: [drawerLine(session, 'cash', float), outsideLine(place, 'safe', float.negated())],
  })
  const made = await sessionInFullOf(context, id)
  context.changed({ resource: 'cash_session', id, new: made })
  return made
}

/** A session that somebody opened on a register while the server was out of reach. */
export interface OfflineSession {
  readonly id: string
  readonly register_id: string
  readonly branch_id: string
  /** Out of the safe. */
  readonly float_amount: string
  /** Null: that of the branch. */
  readonly currency: string | null
  /** The employee; null when nobody is known by the name the device gave. */
  readonly opened_by: string | null
  readonly opened_at: Date
}

/**
 * Books a session as it was opened, its float out of the safe. Where one is open on the register already, that stands for it: a
 * register has one drawer, into which the float went. Answers with the session that stands for it. Refuses an amount that cannot be
 * and another currency; a session that somebody else opens at the same moment violates `session_open_key`.
 */
export async function bookOfflineSession(
  context: CommandContext,
  settings: Settings,
  { id, register_id, branch_id, float_amount, currency, opened_by, opened_at }: OfflineSession,
): Promise<string> {
  const place = await placeOf(context, branch_id)
  if (currency !== null && currency !== place.currency)
    refuse(currencyMismatch, `The books are kept in ${place.currency}`)
  const float = amountIn(place, float_amount)
  const open = await findOpenSession(context, register_id)
  if (open) {
    const session = await holdSession(context, open.id)
    const reason = 'The float of a session that a device opened offline'
    if (!float.isZero())
      await moveOffline(context, session, { id, kind: 'pay_in', amount: float, against: 'safe', reason })
    return session.id
  }
  const step_id = context.newId()
  const number = await insertSession(context, {
    ...{ id, step_id, register_id, branch_id, entity_id: place.entity_id, currency: place.currency },
    ...{ float_amount: toText(float), actor_id: opened_by, opened_at },
    is_blind: await settings.read(context, blindCountSetting, { branchId: branch_id }),
    ...(await limitsOf(context, settings, branch_id)),
  })
  const session = { id, number }
  await postForSession(context, session, {
    ...{ id: step_id, place, document_type: 'cash_float', description: null },
    lines: [drawerLine(session, 'cash', float), outsideLine(place, 'safe', float.negated())],
  })
  const { opened_by: _, ...made } = (await findSession(context, id)) ?? refuse(sessionNotFound)
  context.changed({ resource: 'cash_session', id, new: made })
  return id
}

async function limitsOf(context: CommandContext, settings: Settings, branchId: string) {
  const set = await settings.read(context, varianceThresholdSetting, { branchId })
  const variance_threshold = set ?? (await findTenant(context))?.cash_variance_threshold ?? '0'
  const pay_out_limit = (await settings.read(context, payOutLimitSetting, { branchId })) ?? variance_threshold
  return { variance_threshold, pay_out_limit }
}
