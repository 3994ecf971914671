import { z } from 'zod'
import { severities } from '../platform/operation.ts'
import { refusal, refuse } from '../platform/refusal.ts'
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

/** Refuses a span of time that ends before it begins. */
export function assertInOrder({ from, until }: { from?: string | undefined; until?: string | undefined }): void {
  if (from !== undefined && until !== undefined && new Date(from) > new Date(until)) refuse(fromAfterUntil)
}

// Checkpoints, keys and export

export const checkpointPermissions = {
  createCheckpoint: 'audit.create-checkpoint',
  exportEntries: 'audit.export-entries',
} as const

/** Why a checkpoint was made: by the clock, on demand, or because what lies before it is about to be dropped. */
export const checkpointReasons = ['daily', 'requested', 'retention'] as const

const entryNumber = z.int().min(1).max(9_007_199_254_740_991)
const hash = z.string().meta({ description: 'SHA-256, 64 hex digits' })

export const listCheckpointsInput = z.strictObject({ from_seq: entryNumber.optional(), ...pageInput })
export const checkpoint = z.object({
  id,
  seq: entryNumber,
  hash,
  reason: z.enum(checkpointReasons),
  key_id: z.string(),
  body: z.string().meta({ description: 'The exact text that was signed' }),
  signature: z.string().meta({ description: 'Ed25519, base64' }),
  created_at: time,
})

export const signingKey = z.object({
  id: z.string().meta({ description: 'The first 16 hex digits of the SHA-256 of the public key' }),
  public_key: z.string().meta({ description: 'Ed25519, 32 bytes in base64' }),
  endorsed_by: z.string().nullable(),
  endorsement: z.string().nullable().meta({ description: 'Signature of the key before it, base64' }),
  created_at: time,
})

export const readChainInput = z.strictObject({
  from_seq: entryNumber.optional(),
  until_seq: entryNumber.optional().meta({ description: 'The last entry, included' }),
  from: instant.optional(),
  until: instant.optional().meta({ description: 'Not included' }),
  page_size: z.int().min(1).max(1_000).default(500),
  cursor: pageInput.cursor,
})
export const chainSlice = z.object({
  items: z.array(z.object({ seq: entryNumber, body: z.string(), previous_hash: hash, hash })),
  from_seq: entryNumber.nullable().meta({ description: 'The first entry of the whole slice; null when it is empty' }),
  until_seq: entryNumber.nullable().meta({ description: 'The last entry of the whole slice; null when it is empty' }),
  next_cursor: z.string().nullable(),
})

export const chainContradictsCheckpoint = refusal(
  'chain_contradicts_checkpoint',
  409,
  'The chain differs from what an earlier checkpoint or its own head states; have it verified',
)
