import { z } from 'zod'
import { type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { type Job, job } from '../platform/jobs.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Settings } from '../settings/index.ts'
import { refreshAlerts } from './alerts.ts'

/**
 * Opens and closes the alerts about stock every hour, one tenant a transaction; what it did is in the tenant's chain. A tenant
 * whose settings do not fit keeps its alerts as they are, and the others go on.
 */
export function refreshAlertsJob(parts: {
  settings: Settings
  allTenants: (pool: Databases['jobs']) => Promise<string[]>
  writeAudit: AuditWriter
}): Job {
  return job({
    name: 'replenishment.refresh-alerts',
    payload: z.unknown(),
    cron: '10 * * * *',
    skipsMissed: true,
    async handle({ databases, environment, now, log, inTenant }) {
      for (const tenantId of await parts.allTenants(databases.jobs)) {
        const refreshed = inTenant(tenantId, async (tx) => {
          const new_values = await refreshAlerts({ ...tx, tenantId, now }, parts.settings, null)
          if (new_values.opened + new_values.closed === 0) return
          const entry = systemEntry({
            event: 'replenishment.refresh-alerts',
            severity: 'info',
            environment,
            resource_type: 'alert_refresh',
            resource_id: tenantId,
            new_values,
          })
          await parts.writeAudit(tx, tenantId, [entry])
        })
        await refreshed.catch((error: unknown) => {
          if (!(error instanceof Refusal)) throw error
          log.warn(
            { tenant: tenantId, reason: error.kind.code },
            'the alerts about the stock of a tenant stay as they were',
          )
        })
      }
    },
  })
}
