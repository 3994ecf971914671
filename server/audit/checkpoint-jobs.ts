import { z } from 'zod'
import { systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { inTransaction } from '../platform/database.ts'
import { nobody } from '../platform/identifiers.ts'
import { type Job, job } from '../platform/jobs.ts'
import { addSigningKeys } from './checkpoint-queries.ts'
import { writeAudit } from './entry-queries.ts'
import { publicKeysOf } from './keys.ts'
import { makeCheckpoint, type Sealing } from './make-checkpoint.ts'

/**
 * Makes a checkpoint a day of every chain that moved, the platform's included. `tenants` lists all tenants. One that
 * fails stops no other: in the end it throws once, naming them.
 */
export function makeCheckpoints(sealing: Sealing, tenants: (databases: Databases) => Promise<string[]>): Job {
  return job({
    name: 'audit.make-checkpoints',
    payload: z.unknown(),
    cron: '20 3 * * *',
    async handle({ databases, inTenant, now }) {
      const contradicted: string[] = []
      const failed: { tenantId: string; error: unknown }[] = []
      for (const tenantId of [nobody, ...(await tenants(databases))]) {
        try {
          const found = await inTenant(tenantId, ({ client }) =>
            makeCheckpoint({ client, tenantId, now }, sealing, 'daily'),
          )
          if (!found) contradicted.push(tenantId)
        } catch (error) {
          failed.push({ tenantId, error })
        }
      }
      const sentences = [
        ...(contradicted.length > 0
          ? [`checkpoints contradict the chain of ${contradicted.join(', ')}: run comptoir verify`]
          : []),
        ...failed.map(({ tenantId, error }) => `no checkpoint of ${tenantId} was made: ${(error as Error).message}`),
      ]
      if (sentences.length > 0) throw new Error(sentences.join('; '), { cause: failed[0]?.error })
    },
  })
}

/** Makes the public keys of this installation known to its database, so that they can be noted down from the first day. */
export async function announceSigningKeys(databases: Databases, sealing: Sealing): Promise<void> {
  await inTransaction(databases.app, nobody, (tx) => addSigningKeys(tx, publicKeysOf(sealing.keys())))
}

/** Makes a key that was added known, and enters the rotation in the platform's chain. */
export async function announceRotation(databases: Databases, sealing: Sealing, environment: string): Promise<void> {
  const keys = publicKeysOf(sealing.keys())
  const rotation = systemEntry({
    event: 'audit.rotate-key',
    severity: 'notice',
    environment,
    resource_type: 'signing_key',
    resource_id: keys[0]?.id ?? null,
    new_values: null,
  })
  await inTransaction(databases.app, nobody, async (tx) => {
    await addSigningKeys(tx, keys)
    await writeAudit(tx, nobody, [rotation])
  })
}
