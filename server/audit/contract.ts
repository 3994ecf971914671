import { z } from 'zod'
import { severities } from '../platform/operation.ts'
import { refusal } from '../platform/refusal.ts'
import { id, instant, line, page, pageInput, time } from '../platform/schema.ts'

export const permissions = {
  viewEntries: 'audit.view-entries',
  viewVerifications: 'audit.view-verifications',
} as const

const resourceType = line(100)
const resourceId = line(200)
/** The number of an entry in its chain, as text: it outgrows a double one day. */
const seq = z.string().regex(/^[1-9]\d{0,17}$/, { error: 'must be the number of an entry' })
/** To the microsecond, because the hashed text says it so. */
const recordedAt = z.iso.datetime()

export const entry = z.object({
  seq: z.string(),
  recorded_at: recordedAt,
  event: z.string(),
  severity: z.enum(severities),
  environment: z.string().nullable(),
  actor_id: z.uuid().nullable(),
  session_id: z.uuid().nullable(),
  api_key_id: z.uuid().nullable(),
  request_id: z.string().nullable(),
  resource_type: z.string().nullable(),
  resource_id: z.string().nullable(),
  input: z.unknown(),
  old_values: z.unknown(),
  new_values: z.unknown(),
  refusal: z.string().nullable(),
  hash: z.string(),
})
export const entryPage = page(entry)

export const entryBySeq = z.strictObject({ seq })

export const listEntriesInput = z
  .strictObject({
    resource_type: resourceType.optional(),
    resource_id: resourceId.optional(),
    actor_id: id.optional(),
    event: line(100).optional(),
    severity: z.enum(severities).optional(),
    from: instant.optional(),
    until: instant.optional(),
    ...pageInput,
  })
  .refine(({ resource_id, resource_type }) => resource_id === undefined || resource_type !== undefined, {
    path: ['resource_type'],
    error: 'must be given with resource_id',
  })

export const resourceHistoryInput = z.strictObject({
  resource_type: resourceType,
  resource_id: resourceId,
  ...pageInput,
})

/** Where a page of entries begins: time and number of the entry before it. */
export const entryCursor = z.tuple([instant, seq])

export const verification = z.object({
  id,
  started_at: time,
  finished_at: time,
  entries: z.string(),
  intact: z.boolean(),
  first_broken_seq: z.string().nullable(),
  reason: z.string().nullable(),
})
export const listVerificationsInput = z.strictObject({ intact: z.boolean().optional(), ...pageInput })

export const fromAfterUntil = refusal('from_after_until', 422, 'The time from which is later than the time until which')
