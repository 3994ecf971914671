import { z } from 'zod'
import type { SigningKey } from '../platform/signing-keys.ts'
import { checkpointReasons } from './contract.ts'
import { isSigned, type PublicKey } from './keys.ts'

const signedBody = z.strictObject({
  format: z.literal(1),
  tenant_id: z.uuid(),
  seq: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  time_us: z.int().min(0),
  key_id: z.string().regex(/^[0-9a-f]{16}$/),
  reason: z.enum(checkpointReasons),
})

/** What a checkpoint states: at this time, the chain of this tenant had this hash at this entry. */
export type CheckpointBody = z.output<typeof signedBody>

/** A checkpoint as the table and the files hold it. `body` is the exact text that was signed. */
export interface SignedCheckpoint {
  readonly body: string
  /** In base64. */
  readonly signature: string
}

/** A checkpoint that was read, with its place in words. */
export interface Checkpoint extends CheckpointBody, SignedCheckpoint {
  readonly name: string
}

/** States where a chain stands, signed. */
export function signCheckpoint(
  { sign, id }: SigningKey,
  stated: { tenantId: string; seq: number; hash: string; at: Date; reason: CheckpointBody['reason'] },
): SignedCheckpoint {
  const { tenantId: tenant_id, seq, hash, reason } = stated
  const time_us = stated.at.getTime() * 1_000
  const statement: CheckpointBody = { format: 1, tenant_id, seq, hash, time_us, key_id: id, reason }
  const body = JSON.stringify(statement)
  return { body, signature: sign(body).toString('base64') }
}

/** Reads a checkpoint; `source` says where it was found. Undefined when its text is not that of a checkpoint. */
export function readCheckpoint({ body, signature }: SignedCheckpoint, source: string): Checkpoint | undefined {
  try {
    const statement = signedBody.parse(JSON.parse(body))
    const day = new Date(statement.time_us / 1_000).toISOString().slice(0, 10)
    return { ...statement, body, signature, name: `checkpoint of entry ${statement.seq} made on ${day} (${source})` }
  } catch {
    return undefined
  }
}

/** What is wrong with a checkpoint by itself, in one sentence; undefined when a key of the given ones signed it. */
export function faultOfSignature(checkpoint: Checkpoint, keys: ReadonlyMap<string, PublicKey>): string | undefined {
  const { name, body, signature, key_id: keyId } = checkpoint
  const key = keys.get(keyId)
  if (!key) return `the ${name} is signed by the key ${keyId}, which no key of yours vouches for`
  if (!isSigned(body, Buffer.from(signature, 'base64'), key.publicKey))
    return `the ${name} was not signed by the key ${keyId}: it is forged or damaged`
  return undefined
}

/** Checkpoints by the entry they speak of; the same statement found in two places counts once. */
function byEntry(checkpoints: readonly Checkpoint[]): Map<number, Checkpoint[]> {
  const found = new Map<number, Checkpoint[]>()
  for (const checkpoint of checkpoints) {
    const there = found.get(checkpoint.seq) ?? []
    if (!there.some(({ hash }) => hash === checkpoint.hash)) found.set(checkpoint.seq, [...there, checkpoint])
  }
  return found
}

/** Holds checkpoints against a chain that is walked in order. `matched` and `newest` tell what they proved so far. */
export function createComparison(checkpoints: readonly Checkpoint[]) {
  const expected = byEntry(checkpoints)
  const comparison = {
    matched: 0,
    newest: undefined as Checkpoint | undefined,
    /** One sentence when a checkpoint states another hash for this entry. */
    faultAt(seq: number, hash: string): string | undefined {
      const stated = expected.get(seq)
      if (!stated) return undefined
      const other = stated.find((one) => one.hash !== hash)
      if (other) {
        const from = (comparison.newest?.seq ?? 0) + 1
        return `the ${other.name} states another hash for entry ${seq}: an entry from ${from} to ${seq} was changed and the chain written anew`
      }
      comparison.matched += stated.length
      comparison.newest = stated[0]
      return undefined
    },
  }
  return comparison
}
