import type { z } from 'zod'
import { holdSession, sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import type { voidBasketInput } from './contract.ts'
import { recordVoid } from './queries.ts'

/** Notes a basket that was given up before it was paid: nothing of it is sold, and nobody does it without a trace. */
export async function voidBasket(context: CommandContext, input: z.output<typeof voidBasketInput>) {
  const { lines, ...head } = input
  const session = await holdSession(context, input.session_id)
  assertInScope(context, { branchId: session.branch_id }, sessionNotFound)
  if (session.late_of !== null) refuse(sessionNotOpen)
  const basket = {
    ...head,
    id: input.id ?? context.newId(),
    register_id: session.register_id,
    branch_id: session.branch_id,
    employee_id: context.caller.employeeId,
    currency: session.currency,
  }
  await recordVoid(context, { ...basket, lines })
  context.changed({ resource: 'voided_basket', id: basket.id, new: { ...basket, lines: lines.length } })
  return basket
}
