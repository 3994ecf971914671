import type { z } from 'zod'
import { toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { useRegister } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { findTenant } from '../tenants/index.ts'
import type { openSessionInput } from './contract.ts'
import { amountIn, drawerLine, outsideLine, placeOf, postForSession } from './post.ts'
import { sessionInFullOf } from './read-sessions.ts'
import { insertSession } from './record-queries.ts'
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

async function limitsOf(context: CommandContext, settings: Settings, branchId: string) {
  const set = await settings.read(context, varianceThresholdSetting, { branchId })
  const variance_threshold = set ?? (await findTenant(context))?.cash_variance_threshold ?? '0'
  const pay_out_limit = (await settings.read(context, payOutLimitSetting, { branchId })) ?? variance_threshold
  return { variance_threshold, pay_out_limit }
}
