import { z } from 'zod'
import { job } from '../platform/jobs.ts'
import { purge } from './proof-queries.ts'

const purgeLimit = 5_000

/** Forgets sessions, challenges, links, trusts, attempts and visits whose time is over, in bounded deletes. */
export const purgeIdentity = job({
  name: 'identity.purge',
  payload: z.unknown(),
  cron: '50 2 * * *',
  async handle({ databases, now }) {
    while ((await purge(databases.identity, now, purgeLimit)) === purgeLimit);
  },
})
