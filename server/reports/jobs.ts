import { z } from 'zod'
import type { Databases } from '../platform/database.ts'
import { type Job, job } from '../platform/jobs.ts'
import { catchUp, isBehind } from './queries.ts'

/** How many entries of a chain one transaction goes on by. */
const entriesAtOnce = 10_000

/**
 * Adds to the rollups of every tenant what was sold since, every minute. What a transaction added moved the cursor past it, so a
 * run that failed half way is gone on with, and nothing counts twice.
 */
export function catchUpReports({ allTenants }: { allTenants: (pool: Databases['jobs']) => Promise<string[]> }): Job {
  return job({
    name: 'reports.catch-up',
    payload: z.unknown(),
    cron: '* * * * *',
    skipsMissed: true,
    atStart: true,
    async handle({ databases, inTenant }) {
      for (const tenantId of await allTenants(databases.jobs)) {
        if (!(await inTenant(tenantId, (tx) => isBehind({ ...tx, tenantId })))) continue
        const goOn = () => inTenant(tenantId, (tx) => catchUp({ ...tx, tenantId }, entriesAtOnce))
        while ((await goOn()) > 0n);
      }
    },
  })
}
