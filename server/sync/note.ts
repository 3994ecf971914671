import { z } from 'zod'
import { createPartyInput } from '../parties/index.ts'
import { amount, currencyCode, id, instant, line } from '../platform/schema.ts'
import { changeTicketInput } from '../tickets/index.ts'

const head = {
  format: z.literal(1),
  device_id: id,
  register_id: id,
  cashier_id: id.meta({ description: 'The employee at the till.' }),
  made_at: instant.meta({ description: 'By the clock of the till.' }),
}
/** Nobody finds out from the hash, which stays, who it is about: 16 random bytes in lower-case hex. */
const salt = z.string().regex(/^[0-9a-f]{32}$/)

const { id: _ticket, version: _version, register_id: _register, ...basket } = changeTicketInput.shape
const ofTicket = { ...head, kind: z.literal('ticket'), id, salt }

const sessionNote = z.strictObject({
  ...head,
  kind: z.literal('session'),
  id,
  float_amount: amount.refine((text) => !text.startsWith('-'), { error: 'must not be below zero' }),
  currency: currencyCode,
})
const customerNote = z.strictObject({
  ...head,
  kind: z.literal('customer'),
  id,
  salt,
  customer: createPartyInput.omit({ id: true, roles: true }),
})
const ticketNote = z.discriminatedUnion('action', [
  z.strictObject({ ...ofTicket, action: z.literal('park'), ticket: z.strictObject(basket) }),
  z.strictObject({ ...ofTicket, action: z.literal('change'), ticket: z.strictObject(basket) }),
  z.strictObject({ ...ofTicket, action: z.literal('take') }),
  z.strictObject({ ...ofTicket, action: z.literal('put_back') }),
  z.strictObject({ ...ofTicket, action: z.literal('discard'), reason: line(200) }),
])

/** What a device noted beside its receipts: a session it opened, a customer it added, what it did with a parked ticket. */
export const note = z.union([sessionNote, customerNote, ticketNote])

export type Note = z.output<typeof note>
export type SessionNote = z.output<typeof sessionNote>
export type CustomerNote = z.output<typeof customerNote>
export type TicketNote = z.output<typeof ticketNote>
