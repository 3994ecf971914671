import { z } from 'zod'
import { lineFields, mostLines, positive, reason, reduction } from '../basket/index.ts'
import { scannedText } from '../catalog/index.ts'
import { refusal } from '../platform/refusal.ts'
import { amount, id, line, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  viewTickets: 'tickets.view-tickets',
  parkTickets: 'tickets.park-tickets',
  discardTickets: 'tickets.discard-tickets',
} as const

export const states = ['open', 'taken', 'sold', 'discarded'] as const
export const actions = ['park', 'change', 'take', 'put_back', 'sell', 'discard'] as const

/** Lines that are read at all; a ticket holds as many as a basket. */
const mostLinesRead = 20_000
const register = id.meta({ description: 'At which till; one of the branch.' })

/** As a checkout takes it, but for what was scanned: whoever parks knows what that is. */
const ticketLine = z.strictObject({
  variant_id: id,
  barcode: scannedText.optional(),
  quantity: positive,
  ...lineFields,
})
const contentFields = {
  label: line(60).optional().meta({ personal: true, description: 'What it is found by, such as a table or a name.' }),
  customer_id: id.optional(),
  channel_id: id.optional(),
  lines: z
    .array(ticketLine)
    .min(1)
    .max(mostLinesRead)
    .meta({ description: `At most ${mostLines}.` }),
  discount: reduction.optional().meta({ description: 'Off the whole basket.' }),
  discount_reason: reason.optional(),
  total: amount.optional().meta({ description: 'What the till showed, for the list of tickets.' }),
}

export const byId = z.strictObject({ id })
const head = {
  id,
  number: z.string().meta({ description: '1, 2, 3 in the tenant.' }),
  branch_id: id,
  label: z.string().nullable().meta({ personal: true }),
  customer_id: id.nullable(),
  channel_id: id.nullable(),
  total: z.string().nullable(),
  names: z.array(z.string()).meta({ description: 'What the goods of its lines are called, in their order.' }),
  state: z.enum(states),
  version,
  created_at: time,
  updated_at: time,
}
export const ticket = z.object(head)
export const ticketInFull = z.object({
  ...head,
  lines: z.array(ticketLine).meta({ personal: true, description: 'As a checkout takes them.' }),
  discount: reduction.nullable(),
  discount_reason: z.string().nullable(),
  steps: z.array(
    z.object({
      number: z.int(),
      action: z.enum(actions),
      register_id: id.nullable(),
      reason: z.string().nullable(),
      total: z.string().nullable(),
      sale_id: id.nullable().meta({ description: 'The sale that it became.' }),
      actor_id: id.nullable().meta({ description: 'The employee.' }),
      recorded_at: time,
    }),
  ),
})
export const listTicketsInput = z.strictObject({
  branch_id: id.optional(),
  state: z.enum(states).default('open'),
  customer_id: id.optional(),
  ...pageInput,
})
export const parkTicketInput = z.strictObject({
  id: id.optional(),
  branch_id: id,
  register_id: register.optional(),
  ...contentFields,
})
export const changeTicketInput = z.strictObject({ id, version, register_id: register.optional(), ...contentFields })
export const stepInput = z.strictObject({ id, version, register_id: register.optional() })
export const discardTicketInput = z.strictObject({ ...stepInput.shape, reason })

export const ticketTaken = refusal('ticket_taken', 409, 'Somebody has taken this ticket up')
export const ticketNotTaken = refusal('ticket_not_taken', 409, 'Nobody has taken this ticket up')
export const ticketSold = refusal('ticket_sold', 409, 'This ticket was sold')
export const ticketNotFound = refusal('ticket_not_found', 422, 'The branch has no such ticket')
export const ticketDiscarded = refusal('ticket_discarded', 409, 'This ticket was discarded')
export const ticketCustomerNotFound = refusal('ticket_customer_not_found', 422, 'There is no such customer')
export const ticketRegisterNotFound = refusal('ticket_register_not_found', 422, 'The branch has no such register')

/** What selling a ticket may be refused with. */
export const ticketRefusals = [ticketNotFound, ticketSold, ticketDiscarded] as const
