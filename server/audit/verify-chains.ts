import type pg from 'pg'
import { z } from 'zod'
import { type AuditEntry, systemEntry } from '../platform/audit-entry.ts'
import { catalogueFaults } from '../platform/catalogue-faults.ts'
import { nobody, uuidv7 } from '../platform/identifiers.ts'
import { type JobContext, job } from '../platform/jobs.ts'
import { traceOf } from '../platform/log.ts'
import { now } from '../platform/time.ts'
import { writeAudit } from './entry-queries.ts'
import { type KnownChain, knownChains } from './known-chains.ts'
import type { Sealing } from './make-checkpoint.ts'
import { recordVerification } from './verification-queries.ts'
import { type TenantVerdict, verifyTenant } from './verify-tenant.ts'

/** The event of the entry that each run leaves in the platform's chain; `new_values` counts what it found. */
export const runEvent = 'audit.verify-chains'

/** The gauge of the faults is made from this. */
export const runValues = z.object({
  chains: z.int(),
  broken_chains: z.int(),
  unverified_chains: z.int(),
  broken_books: z.int(),
  // Runs of older versions did not look at stock.
  broken_stock: z.int().default(0),
  catalogue_faults: z.int(),
})

type Finding = { intact: true } | { intact: false; seq: string | null; reason: string } | { error: unknown }

export interface Verifying {
  /** Lists the tenants as the jobs role. */
  readonly allTenants: (pool: pg.Pool) => Promise<string[]>
  readonly sealing: Sealing
  /** What is wrong with the books of a tenant; undefined when they are proved. */
  readonly faultOfBooks: FaultOf
  /** The same of its stock. */
  readonly faultOfStock: FaultOf
}

type FaultOf = (pool: pg.Pool, tenantId: string) => Promise<string | undefined>

/**
 * Verifies, every night, the chain of the platform and of every tenant with its checkpoints, one after the other, then
 * the tenant's books and stock, and whether the database still isolates tenants; a tenant too of which only kept checkpoints tell.
 * It reads the primary: a replica that lags lacks entries of which checkpoints speak. What is broken stays broken, so the job raises an
 * alert and does not fail: a line in the log, the gauge, and critical entries in the platform's chain.
 */
export function verifyChainsJob({ allTenants, sealing, faultOfBooks, faultOfStock }: Verifying) {
  return job({
    name: 'audit.verify-chains',
    payload: z.unknown(),
    cron: '30 3 * * *',
    async handle(context) {
      const faults = await isolationFaults(context)
      const tenants = await allTenants(context.databases.jobs)
      const chains = knownChains(tenants, { directory: sealing.directory, files: [] })
      const counts = { broken_chains: 0, unverified_chains: 0, broken_books: 0, broken_stock: 0 }
      const alerts: AuditEntry[] = faults.length > 0 ? [alert(context, 'audit.isolation-broken', { faults })] : []
      for (const chain of chains) {
        const { tenantId } = chain
        const finding = await verifyOne(context, sealing, chain)
        if ('error' in finding) counts.unverified_chains++
        else if (!finding.intact) {
          counts.broken_chains++
          const { seq, reason } = finding
          alerts.push({ ...alert(context, 'audit.chain-broken', { seq, reason }), ...named(tenantId) })
        }
        if (tenantId === nobody) continue
        const books = await faultIn(context, 'the books', faultOfBooks, tenantId)
        if (books !== undefined) {
          counts.broken_books++
          alerts.push({ ...alert(context, 'ledger.books-broken', { reason: books }), ...named(tenantId) })
        }
        const stock = await faultIn(context, 'the goods', faultOfStock, tenantId)
        if (stock !== undefined) {
          counts.broken_stock++
          alerts.push({ ...alert(context, 'inventory.stock-broken', { reason: stock }), ...named(tenantId) })
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
async function verifyOne(
  { databases, log, inTenant }: JobContext,
  { keys, directory }: Sealing,
  { tenantId, fault: missing }: KnownChain,
): Promise<Finding> {
  try {
    const startedAt = now()
    const verdict = await lend(databases.checks, (client) =>
      verifyTenant(client, tenantId, { keys: keys(), directory, files: [] }),
    )
    const fault = faultOf(verdict, missing)
    if (fault) log.error({ tenantId, ...fault }, 'an audit chain is broken')
    const found = {
      id: uuidv7(),
      started_at: startedAt,
      finished_at: now(),
      entries: String(verdict.brokenAt === null ? verdict.entries : verdict.brokenAt - 1n),
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

function faultOf(
  { brokenAt, faults }: TenantVerdict,
  missing: string | undefined,
): { seq: string | null; reason: string } | undefined {
  const reasons = [...(missing ? [missing] : []), ...faults]
  return reasons.length > 0 ? { seq: brokenAt?.toString() ?? null, reason: reasons.join('; ') } : undefined
}

async function faultIn(
  { databases, log }: JobContext,
  what: string,
  faultOf: FaultOf,
  tenantId: string,
): Promise<string | undefined> {
  try {
    const reason = await faultOf(databases.checks, tenantId)
    if (reason !== undefined) log.error({ tenantId, reason }, `${what} of a tenant do not tie`)
    return reason
  } catch (error) {
    log.error({ tenantId, err: traceOf(error) }, `${what} of a tenant could not be proved`)
    return 'they could not be proved'
  }
}

/** A connection for short transactions, one after the other. */
async function lend<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    const result = await work(client)
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
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
