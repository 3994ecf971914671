import { z } from 'zod'
import { type AuditEntry, type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { type Job, job } from '../platform/jobs.ts'
import type { Change } from '../platform/operation.ts'
import { hasTenders } from './tender-queries.ts'
import { addUsualTenders } from './tenders.ts'

/**
 * Gives the usual tenders to tenants that have none, which are those made before anything was paid, whenever a server starts. One
 * transaction a tenant; a tenant that has a tender is left as it is.
 */
export function addMissingTenders(parts: {
  allTenants: (pool: Databases['jobs']) => Promise<string[]>
  writeAudit: AuditWriter
}): Job {
  return job({
    name: 'payments.add-missing-tenders',
    payload: z.unknown(),
    atStart: true,
    async handle({ databases, environment, inTenant }) {
      for (const tenantId of await parts.allTenants(databases.jobs)) {
        await inTenant(tenantId, async (tx) => {
          if (await hasTenders({ ...tx, tenantId })) return
          const entries: AuditEntry[] = []
          const changed = ({ resource, id, new: new_values }: Change) =>
            void entries.push(
              systemEntry({
                event: 'payments.add-missing-tenders',
                severity: 'info',
                environment,
                resource_type: resource,
                resource_id: id,
                new_values,
              }),
            )
          await addUsualTenders({ ...tx, tenantId, newId: () => uuidv7(), changed }, { id: tenantId })
          if (entries.length > 0) await parts.writeAudit(tx, tenantId, entries)
        })
      }
    },
  })
}
