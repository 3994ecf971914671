import { z } from 'zod'
import { quantity } from '../catalog/index.ts'
import { refusal } from '../platform/refusal.ts'
import { id, instant, line, pageInput, time } from '../platform/schema.ts'
import { noteMissing, withNote, writeOffFields } from './contract.ts'

export const reservationPermissions = {
  viewReservations: 'inventory.view-reservations',
  reserveStock: 'inventory.reserve-stock',
  quarantineStock: 'inventory.quarantine-stock',
  releaseQuarantine: 'inventory.release-from-quarantine',
} as const

/** Why goods are in quarantine. */
export const quarantineReasons = ['expired', 'damaged', 'suspect', 'recalled', 'returned', 'inspection'] as const
const note = line(200).meta({ description: 'Stays for ever: no names of persons.' })
const lineNumber = z.int().min(1).max(10_000)
/** What one reservation may ask for; inventory.reserve takes the batches of all of it. */
const mostLines = 500

export const byId = z.strictObject({ id })

const keptLine = z.object({
  line: z.int(),
  item: z.int().meta({ description: 'Which of the lines that were asked for it serves, from 1.' }),
  variant_id: id,
  batch_id: id.nullable(),
  quantity: z.string(),
  open: z.string().meta({ description: 'What of it is still kept.' }),
})
const head = { id, branch_id: id, actor_id: id.nullable(), recorded_at: time }

export const reservation = z.object({
  ...head,
  document_type: z.string(),
  document_id: id,
  lines: z.array(keptLine.extend({ expires_at: time })),
})
export const reserveStockInput = z.strictObject({
  id: id.optional(),
  branch_id: id,
  document_type: z
    .string()
    .regex(/^[a-z][a-z_]{0,39}$/, { error: 'must be a word such as order or quotation' })
    .meta({ description: 'What it is kept for.' }),
  document_id: id,
  expires_at: instant.optional().meta({
    description: 'Until when it is kept; as long as inventory.reservation-days says unless given.',
  }),
  lines: z
    .array(
      z.strictObject({
        variant_id: id,
        batch_id: id.optional().meta({ description: 'Those that expire first unless given.' }),
        quantity,
        pack_id: id.optional(),
        unit_id: id.optional(),
      }),
    )
    .min(1)
    .max(mostLines),
})
const partLines = z
  .array(z.strictObject({ line: lineNumber, quantity: quantity.optional() }))
  .min(1)
  .max(mostLines)
  .optional()
  .meta({
    description: 'Lines of it, with all that is open of them unless a quantity is given; all of it unless given.',
  })
export const releaseInput = z.strictObject({ id, lines: partLines, note: note.optional() })
export const extendReservationInput = z.strictObject({ id, expires_at: instant })
const status = z
  .enum(['open', 'all'])
  .default('open')
  .meta({ description: 'Those of which something is still kept, or all there ever were.' })
export const listReservationsInput = z.strictObject({
  branch_id: id.optional(),
  variant_id: id.optional(),
  document_id: id.optional(),
  status,
  ...pageInput,
})

export const quarantine = z.object({
  ...head,
  reason: z.enum(quarantineReasons),
  note: z.string().nullable(),
  lines: z.array(keptLine),
})
export const quarantineStockInput = z.strictObject({
  id: id.optional(),
  branch_id: id,
  reason: z.enum(quarantineReasons),
  note: note.optional(),
  lines: z
    .array(
      z.strictObject({
        variant_id: id,
        batch_id: id.optional().meta({ description: 'For goods that are kept in batches.' }),
        quantity,
        pack_id: id.optional(),
        unit_id: id.optional(),
      }),
    )
    .min(1)
    .max(mostLines),
})
export const quarantineExpiredInput = z.strictObject({ branch_id: id, note: note.optional() })
export const quarantinedExpired = z.object({
  quarantine: quarantine.nullable().meta({ description: 'Null where nothing that is available has expired.' }),
})
export const writeOffQuarantineInput = z
  .strictObject({
    id,
    write_off_id: id.optional(),
    ...writeOffFields,
    lines: partLines,
  })
  .refine(withNote, noteMissing)
export const listQuarantineInput = z.strictObject({
  branch_id: id.optional(),
  variant_id: id.optional(),
  reason: z.enum(quarantineReasons).optional(),
  status,
  ...pageInput,
})

export const reservationOver = refusal('reservation_over', 409, 'Nothing of it is kept any more')
export const reservationLineNotFound = refusal('reservation_line_not_found', 422, 'It has no such line')
export const moreThanReserved = refusal('more_than_reserved', 409, 'Not that much of it is kept any more')
export const expiryOutOfRange = refusal(
  'expiry_out_of_range',
  422,
  'Goods are kept until a time to come, and no longer than inventory.reservation-days',
)
