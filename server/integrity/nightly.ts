import { Gauge } from 'prom-client'
import { z } from 'zod'
import { lastRun, type Sealing } from '../audit/index.ts'
import { type AuditEntry, type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { nobody, uuidv7 } from '../platform/identifiers.ts'
import { type JobContext, job } from '../platform/jobs.ts'
import { traceOf } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { type LineCode, lineCodes } from './contract.ts'
import { changeOf, keepCertificate, type Taken, takeCertificate } from './take-certificate.ts'

/** The event of the entry that each run leaves in the platform's chain; `new_values` counts what it found. */
const runEvent = 'integrity.certify-tenants'

/** The gauge is made from this. */
const runValues = z.object({
  tenants: z.int(),
  failed: z.int(),
  broken: z.int(),
  lines: z.partialRecord(z.enum(lineCodes), z.int()),
})

interface Certifying {
  readonly sealing: Sealing
  /** Lists the tenants as the jobs role. */
  readonly allTenants: (pool: Databases['jobs']) => Promise<string[]>
  readonly writeAudit: AuditWriter
}

/**
 * Takes a certificate of every tenant each night, one after the other. One that cannot be taken stops no other. What is broken stays
 * broken, so the job raises an alert and does not fail: a line in the log, the gauge, and critical entries in the chain of the
 * tenant and in the platform's.
 */
export function certifyTenantsJob({ sealing, allTenants, writeAudit }: Certifying) {
  return job({
    name: runEvent,
    payload: z.unknown(),
    cron: '10 4 * * *',
    async handle(context) {
      const tenants = await allTenants(context.databases.jobs)
      const lines: Partial<Record<LineCode, number>> = {}
      const alerts: AuditEntry[] = []
      let failed = 0
      for (const tenantId of tenants) {
        const taken = await certify(context, { sealing, writeAudit }, tenantId)
        if (!taken) failed++
        else if (taken.says.verdict === 'broken') {
          const { broken } = changeOf(taken).new
          for (const code of broken) lines[code] = (lines[code] ?? 0) + 1
          const told = { ...named('tenant', tenantId), new_values: { certificate_id: taken.id, broken } }
          alerts.push({ ...entryOf(context, 'integrity.tenant-broken', 'critical'), ...told })
        }
      }
      const found = { tenants: tenants.length, failed, broken: alerts.length, lines }
      const run = { ...entryOf(context, runEvent, 'info'), new_values: found }
      await context.inTenant(nobody, (tx) => writeAudit(tx, nobody, [...alerts, run]))
    },
  })
}

/** Adds the gauge of what the last nightly certificates found, read from the platform's chain as every server sees it. */
export function watchCertificates({ registry }: Metrics, databases: Databases): void {
  new Gauge({
    name: 'comptoir_integrity_broken_tenants',
    help: 'Tenants whose last nightly certificate found a line broken, by line, and those of which none could be taken.',
    labelNames: ['line'],
    registers: [registry],
    async collect() {
      // Without its database this gauge is empty; the others must still tell why.
      this.reset()
      const body = await lastRun(databases.read, runEvent).catch(() => undefined)
      const found = body === undefined ? undefined : runValues.safeParse(JSON.parse(body).new_values).data
      if (!found) return
      for (const line of lineCodes) this.set({ line }, found.lines[line] ?? 0)
      this.set({ line: 'not_taken' }, found.failed)
    },
  })
}

async function certify(
  context: JobContext,
  { sealing, writeAudit }: Pick<Certifying, 'sealing' | 'writeAudit'>,
  tenantId: string,
): Promise<Taken | undefined> {
  const { databases, log, inTenant } = context
  try {
    const taken = await takeCertificate(databases.checks, sealing, { tenantId, id: uuidv7(), reason: 'nightly' })
    const { id, new: new_values } = changeOf(taken)
    const isBroken = new_values.verdict === 'broken'
    const entry = { ...entryOf(context, 'integrity.create-certificate', isBroken ? 'critical' : 'info'), new_values }
    await inTenant(tenantId, async (tx) => {
      await keepCertificate(tx, sealing, { tenantId, taken })
      await writeAudit(tx, tenantId, [{ ...entry, ...named('certificate', id) }])
    })
    if (isBroken) log.error({ tenantId, certificateId: id, broken: new_values.broken }, 'a tenant is not whole')
    return taken
  } catch (error) {
    log.error({ tenantId, err: traceOf(error) }, 'a certificate could not be taken')
    return undefined
  }
}

function entryOf({ environment }: JobContext, event: string, severity: AuditEntry['severity']): AuditEntry {
  return systemEntry({ event, severity, environment, new_values: null })
}

function named(resource_type: string, resource_id: string) {
  return { resource_type, resource_id }
}
