import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { booksNotFound, type closePeriodInput, type reopenPeriodInput } from './contract.ts'
import { changePeriod, findPeriodChange } from './journal-queries.ts'
import { periodRefusals, refusalOf } from './refusals.ts'

/** Closes a month and all before it. Waits for the journals that are being recorded. */
export async function closePeriod(context: CommandContext, input: z.output<typeof closePeriodInput>) {
  return change(context, 'close', input)
}

/** Reopens a month and all after it. */
export async function reopenPeriod(context: CommandContext, input: z.output<typeof reopenPeriodInput>) {
  return change(context, 'reopen', input)
}

async function change(
  context: CommandContext,
  action: 'close' | 'reopen',
  { id: entity_id, month, reason }: z.output<typeof closePeriodInput>,
) {
  assertInScope(context, { entityId: entity_id })
  const id = context.newId()
  const { code } = await changePeriod(context, {
    id,
    entity_id,
    action,
    month: `${month}-01`,
    reason: reason ?? null,
    actor_id: context.caller.userId,
  })
  if (code === booksNotFound.code) refuse(platformRefusals.notFound)
  if (code !== null) refuse(refusalOf(periodRefusals, code))
  const changed = await findPeriodChange(context, id)
  context.changed({
    resource: 'books',
    id: entity_id,
    old: { closed_through: changed.previous_closed_through },
    new: { closed_through: changed.closed_through },
  })
  return changed
}
