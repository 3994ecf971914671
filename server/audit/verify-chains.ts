import type pg from 'pg'
import { z } from 'zod'
import { type AuditEntry, systemEntry } from '../platform/audit-entry.ts'
import { catalogueFaults } from '../platform/catalogue-faults.ts'
import { nobody, uuidv7 } from '../platform/identifiers.ts'
import { type JobContext, job } from '../platform/jobs.ts'
import { traceOf } from '../platform/log.ts'
import { now } from '../platform/time.ts'
import { inSnapshot, recordVerification } from './verification-queries.ts'
import { type ChainVerdict, verifyChain } from './verify-chain.ts'
import { writeAudit } from './write-audit.ts'

/** The event of the entry that each run leaves in the platform's chain; `new_values` counts what it found. */
export const runEvent = 'audit.verify-chains'

/** The gauge of the faults is made from this. */
export const runValues = z.object({
  chains: z.int(),
  broken_chains: z.int(),
  unverified_chains: z.int(),
  catalogue_faults: z.int(),
})

type Finding = { intact: true } | { intact: false; seq: string; reason: string } | { error: unknown }

/**
 * Verifies, every night, the chain of the platform and of every tenant, one after the other, and whether the database
 * still isolates tenants. What is broken stays broken, so the job raises an alert and does not fail: a line in the log,
 * the gauge, and critical entries in the platform's chain. `allTenants` lists the tenants as the jobs role.
 */
export function verifyChainsJob(allTenants: (pool: pg.Pool) => Promise<string[]>) {
  return job({
    name: 'audit.verify-chains',
    payload: z.unknown(),
    cron: '30 3 * * *',
    async handle(context) {
      const faults = await isolationFaults(context)
      const chains = [nobody, ...(await allTenants(context.databases.jobs))]
      const counts = { broken_chains: 0, unverified_chains: 0 }
      const alerts: AuditEntry[] = faults.length > 0 ? [alert(context, 'audit.isolation-broken', { faults })] : []
      for (const tenantId of chains) {
        const finding = await verifyOne(context, tenantId)
        if ('error' in finding) counts.unverified_chains++
        else if (!finding.intact) {
          counts.broken_chains++
          const { seq, reason } = finding
          alerts.push({ ...alert(context, 'audit.chain-broken', { seq, reason }), ...named(tenantId) })
        }
      }
      const found = { chains: chains.length, ...counts, catalogue_faults: faults.length }
      await enter(context, [...alerts, { ...alert(context, runEvent, found), severity: 'info' }])
    },
  })
}

async function isolationFaults({ databases, log }: JobContext): Promise<string[]> {
  const client = await databases.jobs.connect()
  try {
    const faults = await catalogueFaults(client)
    for (const fault of faults) log.error({ fault }, 'the database does not isolate tenants')
    return faults
  } finally {
    client.release()
  }
}

/** Verifies one chain, keeps what came of it where its tenant can read it, and says in the log what is wrong. */
async function verifyOne({ databases, log, inTenant }: JobContext, tenantId: string): Promise<Finding> {
  try {
    const startedAt = now()
    const verdict = await inSnapshot(databases.app, tenantId, (client) => verifyChain(client, tenantId))
    const fault = faultOf(verdict)
    if (fault) log.error({ tenantId, ...fault }, 'an audit chain is broken')
    const found = {
      id: uuidv7(),
      started_at: startedAt,
      finished_at: now(),
      entries: String(verdict.intact ? verdict.entries : verdict.seq - 1n),
      intact: fault === undefined,
      first_broken_seq: fault?.seq ?? null,
      reason: fault?.reason ?? null,
    }
    await inTenant(tenantId, (tx) => recordVerification(tx, tenantId, found)).catch((error: unknown) =>
      log.error({ tenantId, err: traceOf(error) }, 'what a verification found could not be kept'),
    )
    return fault ? { intact: false, ...fault } : { intact: true }
  } catch (error) {
    log.error({ tenantId, err: traceOf(error) }, 'an audit chain could not be verified')
    return { error }
  }
}

function faultOf(verdict: ChainVerdict): { seq: string; reason: string } | undefined {
  if (!verdict.intact) return { seq: verdict.seq.toString(), reason: verdict.reason }
  // Making a tenant, and the platform, is the first entry of its chain.
  return verdict.entries === 0n ? { seq: '1', reason: 'the whole chain is missing' } : undefined
}

/** The platform's chain may be the broken one, and refuse another entry: the log and the row have said so already. */
async function enter({ inTenant, log }: JobContext, entries: readonly AuditEntry[]): Promise<void> {
  await inTenant(nobody, (tx) => writeAudit(tx, nobody, entries)).catch((error: unknown) =>
    log.error({ tenantId: nobody, err: traceOf(error) }, 'a verification could not be entered in the audit chain'),
  )
}

function alert({ environment }: JobContext, event: string, values: Record<string, unknown>): AuditEntry {
  return systemEntry({ event, severity: 'critical', environment, new_values: values })
}

function named(tenantId: string) {
  return { resource_type: tenantId === nobody ? 'platform' : 'tenant', resource_id: tenantId }
}
