import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, instant, pageInput, time } from '../platform/schema.ts'

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
  'An earlier checkpoint states another hash for the last entry; have the chain verified',
)
