import { z } from 'zod'
import { job } from '../platform/jobs.ts'
import { makePartitions } from './queries.ts'

const monthsAhead = 13

/** Keeps the partitions of the entries more than a year ahead of the calendar. */
export const makeLedgerPartitions = job({
  name: 'ledger.make-partitions',
  payload: z.unknown(),
  cron: '10 3 * * *',
  async handle({ databases, now }) {
    const until = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsAhead, 1))
    await makePartitions(databases.jobs, now.toISOString().slice(0, 10), until.toISOString().slice(0, 10))
  },
})
