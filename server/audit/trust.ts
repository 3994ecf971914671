import type { SigningKey } from '../platform/signing-keys.ts'
import { type Checkpoint, faultOfSignature, readCheckpoint } from './checkpoint.ts'
import { keptCheckpoints } from './checkpoint-files.ts'
import type { CheckpointRow } from './checkpoint-queries.ts'
import { listSigningKeys, readHashes } from './checkpoint-queries.ts'
import { type PublicKey, publicKeysOf, vouchedFor } from './keys.ts'

type Scope = Parameters<typeof readHashes>[0]

/** The keys that are believed: those of the installation, and those in the database that they endorsed, by id. */
export function believedKeys(own: readonly SigningKey[], others: readonly PublicKey[]): Map<string, PublicKey> {
  const ours = publicKeysOf(own)
  return vouchedFor([...ours, ...others], new Set(ours.map(({ id }) => id)))
}

/** What is wrong with a row of the table beside its signature, in one sentence; `read` is what its body says. */
export function faultOfRow(row: CheckpointRow, read: Checkpoint | undefined, tenantId: string): string | undefined {
  if (!read) return `the checkpoint of entry ${row.seq} in the database is not one`
  const same =
    read.tenant_id === tenantId &&
    read.seq === row.seq &&
    read.hash === row.hash &&
    read.reason === row.reason &&
    read.key_id === row.key_id
  return same ? undefined : `the ${read.name} has a column that differs from its body`
}

/**
 * True when nothing that was signed speaks against the chain as it is: every checkpoint in the tenant's file and the
 * newest of the table state hashes that it still has, and the table's is by a key that is believed. What else signed a
 * line of the file is not heard. An entry may be gone where a checkpoint says that retention dropped it. `last` is the
 * number of the chain's last entry.
 */
export async function chainAgrees(
  scope: Scope,
  { keys: own, directory }: { keys: readonly SigningKey[]; directory: string },
  { newest, last }: { newest: CheckpointRow | undefined; last: number },
): Promise<boolean> {
  const keys = believedKeys(own, await listSigningKeys(scope))
  const believed = (checkpoint: Checkpoint) => faultOfSignature(checkpoint, keys) === undefined
  const inTable = newest && readCheckpoint(newest, 'in the database')
  if (newest && (faultOfRow(newest, inTable, scope.tenantId) || !inTable || !believed(inTable))) return false
  const { checkpoints } = await keptCheckpoints(directory, scope.tenantId)
  const stated = [...checkpoints, ...(inTable ? [inTable] : [])].filter(({ tenant_id }) => tenant_id === scope.tenantId)
  const hashes = await readHashes(
    scope,
    stated.map(({ seq }) => seq),
  )
  const retained = Math.max(
    0,
    ...stated.filter((one) => one.reason === 'retention' && believed(one)).map(({ seq }) => seq),
  )
  // Signatures are checked of the few that contradict the chain, not of a thousand that do not.
  return !stated.some((one) => {
    const hash = hashes.get(one.seq)
    const dropped = hash === undefined && one.seq <= retained && one.seq <= last
    return hash !== one.hash && !dropped && believed(one)
  })
}
