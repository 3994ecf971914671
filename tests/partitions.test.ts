import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from './harness/postgres.ts'
import { startTestServer, type TestServer } from './harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

async function runJob(): Promise<void> {
  const nightly = server.product.jobs.find(({ name }) => name === 'platform.make-partitions')
  if (!nightly) throw new Error('the job is not registered')
  await server.product.runJob(nightly, {})
}

/** Each partition with its month, its keys and indexes, its policy and its grants, as text. */
async function partitions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT format('%s %s %s rls=%s policies=%s grants=%s', c.oid::regclass, pg_get_expr(c.relpartbound, c.oid),
              array(SELECT regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \\S+', 'INDEX') FROM pg_index i WHERE i.indrelid = c.oid ORDER BY 1),
              c.relrowsecurity AND c.relforcerowsecurity,
              (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid), c.relacl) AS line
     FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
     WHERE c.relispartition AND c.relkind = 'r' ORDER BY 1`,
  )
  return rows.map(({ line }) => line)
}

test('every partitioned table has this month and the next thirteen; a lost one is made again by the job, none twice', async () => {
  await withClient(server.database.superuserUrl, async (client) => {
    const { rows: tables } = await client.query(
      `SELECT p.partrelid::regclass::text AS name,
              (SELECT count(*)::int FROM pg_inherits WHERE inhparent = p.partrelid) AS months,
              (SELECT min(h.inhrelid::regclass::text) FROM pg_inherits h WHERE h.inhparent = p.partrelid) AS first,
              (SELECT max(h.inhrelid::regclass::text) FROM pg_inherits h WHERE h.inhparent = p.partrelid) AS last,
              to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM') AS this_month
       FROM pg_partitioned_table p ORDER BY 1`,
    )
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['audit.entry', 'ledger.entry']))
    const before = await partitions(client)
    for (const { name, months, first, last, this_month } of tables) {
      expect([name, months, first]).toEqual([name, 14, `${name}_${this_month}`])
      await client.query(`DROP TABLE ${last}`)
    }
    expect(await partitions(client)).toHaveLength(before.length - tables.length)
    await runJob()
    expect(await partitions(client)).toEqual(before)
    await runJob()
    expect(await partitions(client)).toEqual(before)
  })
})
