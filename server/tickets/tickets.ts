import type { z } from 'zod'
import { basketTooLong, mostLines } from '../basket/index.ts'
import { quantityOf, readGoods, variantNotFound } from '../catalog/index.ts'
import { channelNotFound, findChannel } from '../channels/index.ts'
import { findParties } from '../parties/index.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { findRegister } from '../registers/index.ts'
import { nextNumber, readBranch } from '../tenants/index.ts'
import {
  type changeTicketInput,
  type parkTicketInput,
  ticketCustomerNotFound,
  ticketDiscarded,
  ticketNotTaken,
  ticketRegisterNotFound,
  ticketSold,
  ticketTaken,
} from './contract.ts'
import { type Content, findTicket, holdTicket, type NewStep, recordStep, stepsOf, type TicketRow } from './queries.ts'

const refusals: Readonly<Record<string, RefusalKind>> = {
  ticket_not_found: platformRefusals.notFound,
  ticket_taken: ticketTaken,
  ticket_not_taken: ticketNotTaken,
  ticket_discarded: ticketDiscarded,
  ticket_sold: ticketSold,
}

type Given = Omit<z.output<typeof changeTicketInput>, 'id' | 'version' | 'register_id'>

/** Parks a basket at a branch. */
export async function parkTicket(context: CommandContext, input: z.output<typeof parkTicketInput>) {
  const { id = context.newId(), branch_id, register_id, ...given } = input
  await readBranch(context, branch_id)
  await assertRegister(context, register_id, branch_id)
  const content = await contentOf(context, given)
  const number = await nextNumber(context, 'tickets.ticket')
  await record(context, { id, action: 'park', register_id, content: { ...content, number, branch_id } })
  const made = await ticketInFullOf(context, id)
  context.changed({ resource: 'ticket', id, new: made })
  return made
}

/** Parks a ticket again with what is on it now, whether it waited or was taken up. */
export async function changeTicket(
  context: CommandContext,
  { id, version, register_id, ...given }: z.output<typeof changeTicketInput>,
) {
  return moveOn(context, { id, version, register_id, action: 'change', content: () => contentOf(context, given) })
}

interface Move {
  readonly id: string
  readonly version: number
  readonly register_id?: string | undefined
  readonly action: NewStep['action']
  readonly reason?: string
  /** What is on it from now; asked for once the ticket may be moved on. */
  readonly content?: () => Promise<Content>
}

/**
 * Moves a ticket on and answers with it. Refuses with `ticket_taken`, `ticket_not_taken`, `ticket_sold` or `ticket_discarded` what its state
 * does not allow, before `version_conflict`: who comes second wants to know that, not to read it again.
 */
export async function moveOn(context: CommandContext, { version, ...step }: Move) {
  const { id, action } = step
  await holdTicket(context, id)
  const old = await ticketInFullOf(context, id)
  if (old.state === 'discarded') refuse(ticketDiscarded)
  if (old.state === 'sold') refuse(ticketSold)
  if (old.state === 'taken' && action === 'take') refuse(ticketTaken)
  if (old.state === 'open' && action === 'put_back') refuse(ticketNotTaken)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  await assertRegister(context, step.register_id, old.branch_id)
  await record(context, { ...step, content: await step.content?.() })
  const changed = await ticketInFullOf(context, id)
  context.changed({ resource: 'ticket', id, old, new: changed })
  return changed
}

/** A ticket with its lines and what was done with it, of a branch that the caller works with. Refuses with `not_found`. */
export async function ticketInFullOf(context: QueryContext, id: string) {
  const found: TicketRow = (await findTicket(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return { ...found, steps: await stepsOf(context, id) }
}

/** A customer that there is or was. Refuses with `ticket_customer_not_found`. */
export async function assertCustomer(context: QueryContext, id: string): Promise<void> {
  if ((await findParties(context, [id])).length === 0) refuse(ticketCustomerNotFound)
}

async function record(
  context: CommandContext,
  step: Pick<NewStep, 'id' | 'action'> & {
    register_id?: string | undefined
    reason?: string
    content?: NewStep['content'] | undefined
  },
): Promise<void> {
  const { register_id = null, reason = null, content = null, id, action } = step
  const actor_id = context.caller.employeeId
  const code = await recordStep(context, { id, action, register_id, reason, actor_id, content })
  if (code !== null) refuse(refusals[code] ?? platformRefusals.internal)
}

async function assertRegister(context: QueryContext, id: string | undefined, branchId: string): Promise<void> {
  if (id !== undefined && (await findRegister(context, id))?.branch_id !== branchId) refuse(ticketRegisterNotFound)
}

/** What a ticket is about, with the names of its goods. Refuses what there is not, and quantities that cannot be. */
async function contentOf(context: CommandContext, given: Given): Promise<Content> {
  const { label = null, customer_id = null, channel_id = null, lines, total = null } = given
  if (lines.length > mostLines) refuse(basketTooLong)
  if (customer_id !== null && !(await isCustomer(context, customer_id))) refuse(ticketCustomerNotFound)
  if (channel_id !== null && !(await findChannel(context, channel_id))) refuse(channelNotFound)
  const goods = await readGoods(context, [...new Set(lines.map((line) => line.variant_id))])
  const names = lines.map((line) => {
    const one = goods.get(line.variant_id) ?? refuse(variantNotFound)
    quantityOf(one, line)
    return one.name
  })
  const { discount = null, discount_reason = null } = given
  return { label, customer_id, channel_id, total, names, lines, discount, discount_reason }
}

async function isCustomer(context: CommandContext, id: string): Promise<boolean> {
  const [found] = await findParties(context, [id])
  return found !== undefined && found.deleted_at === null
}
