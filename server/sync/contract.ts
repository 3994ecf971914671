import { z } from 'zod'
import { platformRefusals, refusal } from '../platform/refusal.ts'
import { id, line, pageInput, time } from '../platform/schema.ts'
import { credential } from '../registers/index.ts'
import { noteKinds, sequence } from './slip.ts'

export const permissions = {
  push: 'sync.push',
  viewCertificates: 'sync.view-certificates',
  recoverQueues: 'sync.recover-queues',
  viewExceptions: 'sync.view-exceptions',
  resolveExceptions: 'sync.resolve-exceptions',
} as const

/** As many slips as one push takes; a longer queue comes in several. */
const mostSlips = 500
const mostBodyCharacters = 1_000_000
/** The bytes of a push: slips of some lines each. */
export const mostPushBytes = 16 << 20

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 in lower-case hexadecimal digits' })
  .meta({ description: 'SHA-256 in lower-case hex.' })
const exceptionKinds = z.string().meta({ description: 'What the server would have refused, by its code.' })
export const outcomes = ['accepted', 'corrected', 'dismissed'] as const

const sealedSlip = z.strictObject({
  sequence,
  previous_hash: hash,
  body: z
    .string()
    .max(mostBodyCharacters)
    .meta({ personal: true, description: 'Canonical JSON of the slip, as it was sealed.' }),
  hash,
})
const slips = z.array(sealedSlip).max(mostSlips).meta({
  description:
    'In the order in which they were sealed. Of one that the device has lost, its number, what it followed and what follows it, with an empty body.',
})
const sealedNote = z.strictObject({
  body: z
    .string()
    .max(mostBodyCharacters)
    .meta({ personal: true, description: 'Canonical JSON of the note, as it was sealed; empty where it is lost.' }),
  hash,
})
const noteKind = z.enum(noteKinds).nullable()
const notes = z.array(sealedNote).max(mostSlips).default([]).meta({
  description:
    'What the device noted beside its receipts, in order: those that its slips name, and those that none names yet.',
})
const ended = z
  .array(
    z.strictObject({
      session_id: id,
      last_sequence: z
        .int()
        .min(0)
        .meta({ description: 'Of the last receipt that it gave away itself, sealed or not.' }),
      head_hash: hash.meta({ description: 'Of the last slip that it sealed by then, or what it went on from.' }),
    }),
  )
  .max(20)
  .default([])
  .meta({ description: 'Sessions in which the device seals nothing more: their certificates rest on it.' })

export const pushInput = z.strictObject({ device_id: id, credential, slips, notes, ended })
export const recoverInput = z.strictObject({
  id,
  register_id: id.optional().meta({ description: 'The one that they were sealed for; else its last one.' }),
  slips,
  notes,
  ended,
})

const raised = z.object({ kind: exceptionKinds, line: z.int().nullable(), detail: z.string() })
const outcome = z.enum(['booked', 'already_booked', 'set_aside', 'already_set_aside', 'refused'])
const serverTold = {
  server_version: z.string(),
  formats: z.array(z.int()).meta({
    description: 'Of slips, that this server reads. What is of another is kept: update the till, or the server.',
  }),
  now: time.meta({ description: 'By the clock of the server.' }),
}
const range = z.object({ first: z.int(), last: z.int() })
export const pushed = z.object({
  slips: z.array(
    z.object({
      sequence: z.int(),
      outcome,
      code: z.string().nullable().meta({ description: 'Why it is not booked.' }),
      detail: z.string().nullable(),
      sale_id: id.nullable(),
      session_id: id
        .nullable()
        .meta({ description: 'The session it is booked in: a late one when its own had ended.' }),
      exceptions: z.array(raised).meta({ description: 'What is booked all the same, and somebody should look at.' }),
    }),
  ),
  notes: z.array(
    z.object({
      hash,
      kind: noteKind,
      id: id.nullable().meta({ description: 'The session, customer or ticket.' }),
      outcome: z.enum(['taken', 'already_taken', 'kept', 'already_kept', 'refused']).meta({
        description: 'kept: it was not done as it says, and somebody looks at it; refused: it waits with its slip.',
      }),
      code: z.string().nullable().meta({ description: 'Why it was not done.' }),
      session_id: id.nullable().meta({ description: 'The session that stands for the one it opened.' }),
      exceptions: z.array(raised),
    }),
  ),
  missing: z.array(range).meta({ description: 'Numbers that have to come first.' }),
  next_sequence: z.int().meta({ description: 'Of the slip that is expected next.' }),
  head_hash: hash.meta({ description: 'What that slip follows.' }),
  ...serverTold,
})

export const standing = z.object({
  device_id: id,
  branch_id: id,
  register_id: id,
  register_code: z.string(),
  next_sequence: z.int().meta({ description: 'Of the next receipt of the register.' }),
  head_hash: hash.meta({ description: 'What the next slip follows.' }),
  session: z
    .object({
      id,
      opened_by: id.nullable(),
      opened_at: time,
      float_amount: z.string(),
      currency: z.string(),
      status: z.literal('open'),
    })
    .nullable()
    .meta({ description: 'The one that is open on its register.' }),
  ...serverTold,
})
export const noteInFull = z.object({
  id,
  kind: noteKind,
  subject_id: id.nullable(),
  code: z.string().nullable().meta({ description: 'Why it was not done as it says.' }),
  device_id: id,
  register_id: id,
  branch_id: id,
  body: z
    .string()
    .nullable()
    .meta({ personal: true, description: 'The text as it came; null once it is settled, or where nobody kept it.' }),
  made_at: time.nullable(),
  received_at: time,
})

export const byId = z.strictObject({ id })
const resolution = z.object({
  id,
  outcome: z.enum(outcomes),
  reason: z.string(),
  actor_id: id,
  recorded_at: time,
})
export const exception = z.object({
  id,
  kind: exceptionKinds,
  line: z.int().nullable().meta({ description: 'Of the receipt, from 1; null when it is about the whole of it.' }),
  detail: z.string(),
  branch_id: id,
  register_id: id,
  device_id: id,
  session_id: id
    .nullable()
    .meta({ description: 'The session that the receipt is booked in, or that the note opened.' }),
  sale_id: id.nullable().meta({ description: 'The sale or refund; null of a note.' }),
  note: z
    .object({ id, kind: noteKind, subject_id: id.nullable() })
    .nullable()
    .meta({ description: 'What the device noted beside its receipts, where it is about that.' }),
  receipt_number: z.string().nullable(),
  printed_number: z.string().nullable().meta({ description: 'What the customer has on paper.' }),
  made_at: time.nullable().meta({ description: 'By the clock of the till.' }),
  raised_at: time,
  resolution: resolution.nullable(),
})
export const setAside = z.object({
  id,
  code: z.string(),
  detail: z.string(),
  branch_id: id,
  register_id: id,
  device_id: id,
  session_id: id.nullable().meta({ description: 'The session it says it is of, where it can be read.' }),
  sequence: z.int(),
  receipt_number: z.string(),
  hash,
  previous_hash: hash,
  received_at: time,
  resolution: resolution.nullable(),
})
export const setAsideInFull = setAside.extend({
  body: z.string().nullable().meta({ personal: true, description: 'The text as it came.' }),
})
const filter = {
  branch_id: id.optional(),
  is_resolved: z.boolean().optional(),
  ...pageInput,
}
export const listExceptionsInput = z.strictObject({ session_id: id.optional(), kind: line(60).optional(), ...filter })
export const listSetAsideInput = z.strictObject(filter)
export const resolveInput = z.strictObject({
  id,
  resolution_id: id.optional(),
  outcome: z.enum(outcomes),
  reason: line(500).meta({ description: 'What was found or done. Stays for ever: no names of persons.' }),
})

export const certificate = z.object({
  session_id: id,
  register_id: id,
  is_complete: z.boolean(),
  first_sequence: z
    .int()
    .nullable()
    .meta({ description: 'Of the receipts that are booked in it; null while there are none.' }),
  last_sequence: z.int().nullable(),
  receipts: z.int(),
  offline_receipts: z.int(),
  missing: z.array(range).meta({ description: 'Numbers of its receipts that are not here.' }),
  set_aside: z
    .array(z.object({ id, sequence: z.int(), code: z.string() }))
    .meta({ description: 'Slips that are not booked, and that nobody has settled yet.' }),
  devices: z
    .array(
      z.object({
        device_id: id,
        stated_sequence: z
          .int()
          .nullable()
          .meta({ description: 'Its last number when it ended the session; null: it has not, or went on since.' }),
        is_here: z.boolean().meta({ description: 'All that it sealed by then is here.' }),
        is_revoked: z.boolean(),
      }),
    )
    .meta({ description: 'The devices that could seal receipts in it.' }),
  issued_at: time,
})

export const slipOfAnotherRegister = refusal(
  'slip_of_another_register',
  409,
  'This was sealed for a register that the device was bound to before; somebody else has to bring it',
)
export const noteMissing = refusal('note_missing', 409, 'A note that was sealed with this slip has to come with it')
export const exceptionOwn = refusal(
  'exception_own',
  409,
  'Somebody else settles what is about your own sale, or what you brought',
)
export const alreadyResolved = refusal('already_resolved', 409, 'Somebody has settled this already')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  resolution_exception_id_key: alreadyResolved,
  resolution_slip_id_key: alreadyResolved,
  note_hash_key: platformRefusals.busy,
  sale_sequence_key: platformRefusals.busy,
  slip_booked_key: platformRefusals.busy,
  slip_hash_key: platformRefusals.busy,
  slip_sale_id_key: platformRefusals.busy,
} as const
