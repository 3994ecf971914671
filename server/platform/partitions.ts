import type pg from 'pg'
import { z } from 'zod'
import { job } from './jobs.ts'

const monthsAhead = 13

/**
 * Makes the monthly partitions of every module that has some, this month's and those of the next thirteen; makes none
 * twice. A module has some when its schema has a function `make_partitions(date, date)`.
 */
export async function makePartitions(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query(
    `SELECT format('%I.make_partitions', n.nspname) AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = 'make_partitions' AND p.prokind = 'f' AND pg_get_function_identity_arguments(p.oid) = 'p_from date, p_until date'
     ORDER BY 1`,
  )
  for (const { name } of rows) {
    await client.query(`SELECT ${name}(now()::date, (now() + make_interval(months => $1))::date)`, [monthsAhead])
  }
}

/** Keeps the partitions more than a year ahead of the calendar. */
export const makePartitionsJob = job({
  name: 'platform.make-partitions',
  payload: z.unknown(),
  cron: '10 3 * * *',
  async handle({ databases }) {
    await makePartitions(databases.jobs)
  },
})
