import { z } from 'zod'
import { type AuditEntry, type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { type Job, job } from '../platform/jobs.ts'
import type { Change } from '../platform/operation.ts'
import { addClassesOf } from './classes.ts'
import { findEntitiesWithoutClasses } from './queries.ts'

/**
 * Gives the tax classes of their countries to tenants that have none, which are those made before there were tax classes,
 * whenever a server starts. One transaction a tenant; a tenant that has a class is left as it is.
 */
export function addMissingClasses(parts: {
  allTenants: (pool: Databases['jobs']) => Promise<string[]>
  writeAudit: AuditWriter
}): Job {
  return job({
    name: 'tax.add-missing-classes',
    payload: z.unknown(),
    atStart: true,
    async handle({ databases, environment, inTenant }) {
      for (const tenantId of await parts.allTenants(databases.jobs)) {
        await inTenant(tenantId, async (tx) => {
          const entries: AuditEntry[] = []
          const changed = ({ resource, id, new: new_values }: Change) =>
            entries.push(
              systemEntry({
                event: 'tax.add-missing-classes',
                severity: 'info',
                environment,
                resource_type: resource,
                resource_id: id,
                new_values,
              }),
            )
          const scope = { ...tx, tenantId, newId: () => uuidv7(), changed: (change: Change) => void changed(change) }
          for (const entity of await findEntitiesWithoutClasses(scope)) await addClassesOf(scope, entity)
          if (entries.length > 0) await parts.writeAudit(tx, tenantId, entries)
        })
      }
    },
  })
}
