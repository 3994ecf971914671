import type pg from 'pg'
import { inReading } from '../platform/database.ts'
import type { SigningKey } from '../platform/signing-keys.ts'
import { type Checkpoint, createComparison, faultOfSignature, readCheckpoint } from './checkpoint.ts'
import { type CheckpointFile, keptCheckpoints } from './checkpoint-files.ts'
import { allCheckpoints, listSigningKeys } from './checkpoint-queries.ts'
import { believedKeys, faultOfRow } from './trust.ts'
import { verifyChain } from './verify-chain.ts'
import type { Reading } from './verify-queries.ts'

export interface TenantVerdict {
  readonly entries: bigint
  /** The first entry of the chain that does not hold or is gone; null when the links all hold. */
  readonly brokenAt: bigint | null
  /** One sentence each; empty when all is well. */
  readonly faults: readonly string[]
  /** How many checkpoints agree with the chain, and the last entry that one speaks of. */
  readonly checkpoints: number
  readonly proved: number
  /** The last statement that was signed of the chain, if one holds; its name says where it was found. */
  readonly newest: Checkpoint | undefined
  /** What could not be read and proves nothing. */
  readonly notes: readonly string[]
}

/**
 * Verifies the chain of a tenant, then every checkpoint there is of it: in the table, in the file of this installation,
 * and in the files given. The keys of the installation, and those that they endorsed, are the ones believed. `client` is
 * a connection that may read as the tenant and is in no transaction, unless `reading` says how it is read. Whoever gives a snapshot
 * that is open reads the files before it, and no directory: what is stated later is of entries that it does not have.
 */
export async function verifyTenant(
  client: pg.ClientBase,
  tenantId: string,
  trusted: { keys: readonly SigningKey[]; directory: string | undefined; files: readonly CheckpointFile[] },
  reading: Reading = inReading,
): Promise<TenantVerdict> {
  const [rows, tableKeys] = await reading(client, tenantId, async () => [
    await allCheckpoints({ client, tenantId }),
    await listSigningKeys({ client }),
  ])
  const keys = believedKeys(trusted.keys, tableKeys)
  const { directory } = trusted
  const kept = directory === undefined ? [] : [await keptCheckpoints(directory, tenantId)]
  const files = [...kept, ...trusted.files]
  const table = rows.map((row) => ({ row, checkpoint: readCheckpoint(row, 'in the database') }))
  const found = [...table.map(({ checkpoint }) => checkpoint), ...files.flatMap(({ checkpoints }) => checkpoints)]
    .filter((checkpoint) => checkpoint !== undefined)
    .filter((checkpoint) => checkpoint.tenant_id === tenantId)
  const signatures = found.map((checkpoint) => ({ checkpoint, fault: faultOfSignature(checkpoint, keys) }))
  const believed = signatures.filter(({ fault }) => fault === undefined).map(({ checkpoint }) => checkpoint)

  const comparison = createComparison(believed)
  const verdict = await verifyChain(client, tenantId, {
    faultAt: comparison.faultAt,
    reading,
    retained: (seq) => believed.find((one) => one.reason === 'retention' && one.seq === seq)?.hash,
  })
  const links = verdict.intact ? faultsOfEnd(believed, verdict.entries) : [verdict]
  return {
    entries: verdict.intact ? verdict.entries : 0n,
    brokenAt: links[0]?.seq ?? null,
    faults: [
      ...links.map(({ seq, reason }) => `at entry ${seq}: ${reason}`),
      ...table.flatMap(({ row, checkpoint }) => faultOfRow(row, checkpoint, tenantId) ?? []),
      ...signatures.flatMap(({ fault }) => fault ?? []),
    ],
    checkpoints: comparison.matched,
    proved: comparison.newest?.seq ?? 0,
    newest: comparison.newest,
    notes: files.flatMap(({ unreadable }) =>
      unreadable.map((source) => `${source} is no checkpoint and proves nothing`),
    ),
  }
}

/** A chain whose end was cut off, head included, is empty, or shorter than a checkpoint says. */
function faultsOfEnd(checkpoints: readonly Checkpoint[], entries: bigint): { seq: bigint; reason: string }[] {
  const seq = entries + 1n
  const last = checkpoints.toSorted((a, b) => a.seq - b.seq).find((one) => BigInt(one.seq) > entries)
  return [
    // Making a tenant, and the platform, is the first entry of its chain.
    ...(entries === 0n ? [{ seq, reason: 'the whole chain is missing' }] : []),
    ...(last ? [{ seq, reason: `the ${last.name} speaks of entry ${last.seq}, the chain ends at ${entries}` }] : []),
  ]
}
