import type { Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { SigningKey } from '../platform/signing-keys.ts'
import { type CheckpointBody, signCheckpoint } from './checkpoint.ts'
import { keepCheckpoint } from './checkpoint-files.ts'
import {
  addSigningKeys,
  type CheckpointRow,
  readHash,
  readNewestCheckpoint,
  readStanding,
  recordCheckpoint,
} from './checkpoint-queries.ts'
import { publicKeysOf } from './keys.ts'
import { chainAgrees } from './trust.ts'

/** What checkpoints are made with. */
export interface Sealing {
  /** The keys of the installation, the newest first, which signs. */
  keys(): readonly SigningKey[]
  /** Where each checkpoint is kept outside of the database, a file a tenant. */
  readonly directory: string
}

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
  readonly now: Date
}

/**
 * Makes a checkpoint of where the chain stands, or answers the one there is when nothing happened since. Answers undefined
 * for a chain without entries, and signs nothing when a checkpoint contradicts the chain, in the table or in the file, or
 * when the head has another hash than its own entry. So the copy in the file, written before the commit, is true also
 * when the commit fails.
 */
export async function makeCheckpoint(
  scope: Scope,
  sealing: Sealing,
  reason: Exclude<CheckpointBody['reason'], 'retention'>,
): Promise<{ made: boolean; checkpoint: CheckpointRow } | undefined> {
  const { newest, last } = await readStanding(scope)
  if (!last || !(await agrees(scope, sealing, { newest, last: last.seq }))) return undefined
  if (newest && !newest.moved) return { made: false, checkpoint: newest }
  if ((await readHash(scope, last.seq)) !== last.hash) return undefined
  const checkpoint = await seal(scope, sealing, { ...last, reason })
  if (checkpoint) return { made: true, checkpoint }
  // Somebody made one at the same moment.
  const other = await readNewestCheckpoint(scope)
  return other?.hash === last.hash ? { made: false, checkpoint: other } : undefined
}

/**
 * Makes the checkpoint from which a chain can be verified once the partitions up to this entry are dropped. Answers
 * undefined when there is no such entry, and when a checkpoint contradicts the chain.
 */
export async function makeRetentionCheckpoint(
  scope: Scope,
  sealing: Sealing,
  seq: number,
): Promise<CheckpointRow | undefined> {
  const { newest, last } = await readStanding(scope)
  if (!last || !(await agrees(scope, sealing, { newest, last: last.seq }))) return undefined
  const hash = await readHash(scope, seq)
  return hash === undefined ? undefined : seal(scope, sealing, { seq, hash, reason: 'retention' })
}

async function seal(
  scope: Scope,
  sealing: Sealing,
  stated: { seq: number; hash: string; reason: CheckpointBody['reason'] },
): Promise<CheckpointRow | undefined> {
  const keys = sealing.keys()
  const [key] = keys
  if (!key) throw new Error('there is no key to sign with')
  const signed = signCheckpoint(key, { ...stated, tenantId: scope.tenantId, at: scope.now })
  await addSigningKeys(scope, publicKeysOf(keys))
  keepCheckpoint(sealing.directory, scope.tenantId, signed)
  return recordCheckpoint(scope, { id: uuidv7(), ...signed })
}

function agrees(
  scope: Scope,
  { keys, directory }: Sealing,
  chain: Parameters<typeof chainAgrees>[2],
): Promise<boolean> {
  return chainAgrees(scope, { keys: keys(), directory }, chain)
}
