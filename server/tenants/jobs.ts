import { z } from 'zod'
import { nobody } from '../platform/identifiers.ts'
import { job } from '../platform/jobs.ts'
import { forgetEndedSessions } from './people-queries.ts'
import { allTenants, purgeAnswers } from './queries.ts'

const purgeLimit = 5_000

/** Forgets the answers of commands older than 30 days, one tenant a transaction, in bounded deletes. */
export const purgeIdempotencyKeys = job({
  name: 'tenants.purge-idempotency-keys',
  payload: z.unknown(),
  cron: '40 2 * * *',
  async handle({ databases, inTenant }) {
    for (const tenantId of [nobody, ...(await allTenants(databases.jobs))]) {
      for (let purged = purgeLimit; purged === purgeLimit; ) {
        purged = await inTenant(tenantId, (tx) => purgeAnswers(tx, tenantId, purgeLimit))
      }
    }
  },
})

/** Forgets in which tenant those sessions worked that are over, in bounded deletes. */
export const forgetSessionTenants = job({
  name: 'tenants.forget-session-tenants',
  payload: z.unknown(),
  cron: '50 2 * * *',
  async handle({ databases }) {
    for (let forgotten = purgeLimit; forgotten === purgeLimit; ) {
      forgotten = await forgetEndedSessions(databases.jobs, purgeLimit)
    }
  },
})
