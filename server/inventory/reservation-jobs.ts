import { z } from 'zod'
import { type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { type Job, job } from '../platform/jobs.ts'
import { expireReservations } from './reservation-queries.ts'

/**
 * Every minute, makes available again what was kept for orders long enough, a transaction a tenant. Nobody waits for it:
 * whoever reserves or sells ends what is over of the goods at hand. What somebody is at work on is left to the next minute.
 */
export function expireReservationsJob(parts: {
  allTenants: (pool: Databases['jobs']) => Promise<string[]>
  writeAudit: AuditWriter
}): Job {
  return job({
    name: 'inventory.expire-reservations',
    payload: z.unknown(),
    cron: '* * * * *',
    skipsMissed: true,
    async handle({ databases, environment, inTenant }) {
      for (const tenantId of await parts.allTenants(databases.jobs)) {
        await inTenant(tenantId, async (tx) => {
          const ended = Map.groupBy(await expireReservations({ ...tx, tenantId }), (one) => one.reservation_id)
          const entries = [...ended].map(([id, lines]) =>
            systemEntry({
              event: 'inventory.expire-reservations',
              severity: 'info',
              environment,
              resource_type: 'reservation',
              resource_id: id,
              new_values: { expired: lines.map(({ line, quantity }) => ({ line, quantity })) },
            }),
          )
          if (entries.length > 0) await parts.writeAudit(tx, tenantId, entries)
        })
      }
    },
  })
}
