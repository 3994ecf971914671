import { z } from 'zod'
import { type AuditEntry, type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { type Job, job } from '../platform/jobs.ts'
import type { Change } from '../platform/operation.ts'
import { hasUnits } from './queries.ts'
import { addUsualUnits } from './units.ts'

/**
 * Gives the usual units to tenants that have none, which are those made before there was a catalogue, whenever a server
 * starts. One transaction a tenant; a tenant that has a unit is left as it is.
 */
export function addMissingUnits(parts: {
  allTenants: (pool: Databases['jobs']) => Promise<string[]>
  writeAudit: AuditWriter
}): Job {
  return job({
    name: 'catalog.add-missing-units',
    payload: z.unknown(),
    atStart: true,
    async handle({ databases, environment, inTenant }) {
      for (const tenantId of await parts.allTenants(databases.jobs)) {
        await inTenant(tenantId, async (tx) => {
          if (await hasUnits({ ...tx, tenantId })) return
          const entries: AuditEntry[] = []
          const changed = ({ resource, id, new: new_values }: Change) =>
            void entries.push(
              systemEntry({
                event: 'catalog.add-missing-units',
                severity: 'info',
                environment,
                resource_type: resource,
                resource_id: id,
                new_values,
              }),
            )
          await addUsualUnits({ ...tx, tenantId, newId: () => uuidv7(), changed }, { id: tenantId })
          if (entries.length > 0) await parts.writeAudit(tx, tenantId, entries)
        })
      }
    },
  })
}
