import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { day, exact, id, line, pageInput, paragraph, time, version } from '../platform/schema.ts'

export const permissions = {
  viewTransfers: 'transfers.view-transfers',
  viewValues: 'transfers.view-values',
  sendTransfers: 'transfers.send-transfers',
  receiveTransfers: 'transfers.receive-transfers',
  writeOffShortages: 'transfers.write-off-shortages',
} as const

export const states = ['pending', 'in_transit', 'short', 'completed', 'cancelled'] as const
export type State = (typeof states)[number]
export const actions = ['dispatch', 'receive', 'write_off', 'take_back', 'cancel'] as const
export type Action = (typeof actions)[number]

const mostLines = 500
const quantity = z.string()
const notes = paragraph(2_000).meta({ personal: true })
const reason = line(200).meta({ description: 'Why; names of people do not belong here, it stays.' })
const packOrUnit = {
  pack_id: id.optional().meta({ description: 'The pack that is counted; the unit of the product unless given.' }),
  unit_id: id.optional().meta({ description: 'The unit that is counted; that of the product unless given.' }),
}

export const byId = z.strictObject({ id })

const step = z.object({
  id: id.meta({ description: 'Also that of the posting in the stock, or of the journal of a loss.' }),
  action: z.enum(actions),
  state: z.enum(states),
  reason: z.string().nullable(),
  actor_id: id.nullable(),
  recorded_at: time,
})
const header = {
  id,
  number: z.string(),
  entity_id: id,
  from_branch_id: id,
  to_branch_id: id,
  state: z.enum(states),
  notes: z.string().nullable().meta({ personal: true }),
  expected_on: z.iso.date().nullable(),
  requested_by: id.nullable(),
  dispatched_by: id.nullable(),
  dispatched_at: time.nullable(),
  received_by: id.nullable().meta({ description: 'Who received last.' }),
  received_at: time.nullable(),
  steps: z.array(step),
  version,
  created_at: time,
  updated_at: time,
}
const quantities = {
  sent_quantity: quantity,
  arrived_quantity: quantity,
  damaged_quantity: quantity.meta({ description: 'What came damaged, and is still on the way in the books.' }),
  written_off_quantity: quantity,
  taken_back_quantity: quantity,
  open_quantity: quantity.meta({ description: 'What is still on the way.' }),
}
const part = z.object({
  id,
  batch_id: id.nullable(),
  batch_number: z.string().nullable(),
  expires_on: z.iso.date().nullable(),
  ...quantities,
})
const transferLine = z.object({
  id,
  position: z.int(),
  variant_id: id,
  batch_id: id.nullable().meta({ description: 'The batch that was asked for; null: what expires first.' }),
  name: z.string(),
  sku: z.string().nullable(),
  quantity: quantity.meta({ description: 'In the unit of the product.' }),
  given_quantity: quantity.meta({ description: 'As it was asked for, in the pack or unit named.' }),
  pack_id: id.nullable(),
  unit_id: id.nullable(),
  ...quantities,
  parts: z.array(part).meta({ description: 'What left of it, by batch.' }),
})
export const transferNumber = z.object({
  id,
  number: header.number,
  from_branch_id: id,
  to_branch_id: id,
  state: header.state,
})
export const transferHeader = z.object(header)
export const transfer = z.object({ ...header, lines: z.array(transferLine) })

/** The number of a transfer as people read it. */
const number = z.string().regex(/^TR-\d{6,15}$/, { error: 'must be the number of a transfer such as TR-000042' })
export const listTransfersInput = z.strictObject({
  number: number.optional(),
  branch_id: id.optional().meta({ description: 'Those from it and to it.' }),
  direction: z
    .enum(['out', 'in'])
    .optional()
    .meta({ description: 'Of the branch: those from it, or those to it; both unless given.' }),
  state: z.enum(states).optional(),
  variant_id: id.optional(),
  batch_id: id.optional().meta({ description: 'Those it was asked for in, or left in.' }),
  ...pageInput,
})

const newLine = z.strictObject({
  variant_id: id,
  batch_id: id.optional().meta({ description: 'What expires first unless given.' }),
  quantity: exact,
  ...packOrUnit,
})
const newLines = z.array(newLine).min(1).max(mostLines)
const expectedOn = day.meta({ description: 'The day it is expected to arrive.' })
export const createTransferInput = z.strictObject({
  id: id.optional(),
  from_branch_id: id,
  to_branch_id: id,
  notes: notes.optional(),
  expected_on: expectedOn.optional(),
  lines: newLines,
})
export const updateTransferInput = z.strictObject({
  id,
  version,
  to_branch_id: id.optional(),
  notes: notes.nullable().optional(),
  expected_on: expectedOn.nullable().optional(),
  lines: newLines.optional().meta({ description: 'All of them; they replace those there are.' }),
})
export const dispatchInput = z.strictObject({ id, version, dispatch_id: id.optional() })
export const receiveInput = z.strictObject({
  id,
  version,
  receipt_id: id.optional(),
  lines: z
    .array(
      z.strictObject({
        part_id: id,
        quantity: exact.default('0').meta({ description: 'What came and goes into the stock.' }),
        damaged_quantity: exact.default('0').meta({ description: 'What came damaged and does not.' }),
        ...packOrUnit,
      }),
    )
    .max(mostLines * 4)
    .optional()
    .meta({ description: 'What came of each part; everything that is open unless given.' }),
  is_last: z
    .boolean()
    .default(true)
    .meta({ description: 'Nothing more is expected: what has not come is short from now on.' }),
  reason: reason.optional(),
})
/** Some of what is open, or all of it. */
const openLines = z
  .array(z.strictObject({ part_id: id, quantity: exact, ...packOrUnit }))
  .min(1)
  .max(mostLines * 4)
  .optional()
  .meta({ description: 'What of it; everything that is open unless given.' })
export const takeBackInput = z.strictObject({
  id,
  version,
  return_id: id.optional(),
  lines: openLines,
  reason: reason.optional(),
})
export const writeOffInput = z.strictObject({ id, version, loss_id: id.optional(), lines: openLines, reason })
export const cancelInput = z.strictObject({ id, version, cancellation_id: id.optional(), reason: reason.optional() })

export const listInTransitInput = z.strictObject({
  branch_id: id.optional().meta({ description: 'What is on its way from it or to it.' }),
  variant_id: id.optional(),
  ...pageInput,
})
export const inTransit = z.object({
  from_branch_id: id,
  to_branch_id: id,
  variant_id: id,
  quantity,
  value: z.string().meta({ description: 'In the currency of the legal entity of the branches.' }),
  currency: z.string(),
  transfers: z.int().meta({ description: 'How many transfers it is part of.' }),
})
export const listDestinationsInput = z.strictObject({ from_branch_id: id, ...pageInput })
export const destination = z.object({ id, code: z.string(), name: z.string() })

export const partNotFound = refusal('transfer_part_not_found', 422, 'Nothing of this transfer left as this part')
export const toSameBranch = refusal('transfer_to_same_branch', 422, 'A transfer goes to another branch')
export const betweenEntities = refusal(
  'transfer_between_entities',
  422,
  'A transfer stays within one legal entity; to another one goods are sold',
)
export const partTwice = refusal('transfer_part_twice', 422, 'A part of a transfer is named once')
export const overReceipt = refusal('transfer_over_receipt', 422, 'More came of a part than is on the way')
export const nothingReceived = refusal('transfer_nothing_received', 422, 'Say what came, or that nothing more will')
export const notPending = refusal('transfer_not_pending', 409, 'The transfer is no longer pending')
export const notOnTheWay = refusal('transfer_not_on_the_way', 409, 'Nothing of the transfer is on the way')
export const notShort = refusal('transfer_not_short', 409, 'The transfer has no shortage to settle')
export const partlyReceived = refusal(
  'transfer_partly_received',
  409,
  'Part of the transfer was received: receive the rest as short, and take it back',
)
export const otherSide = refusal('transfer_of_other_side', 403, 'This is for the other branch of the transfer')
export const finished = refusal('transfer_finished', 409, 'The transfer is completed or cancelled')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { transfer_between_two_branches: toSameBranch } as const
