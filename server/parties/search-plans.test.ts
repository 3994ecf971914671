import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, inReadTransaction, openDatabases } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { listParties, type PartyFilter } from './queries.ts'

const tenantId = uuidv7()
const parties = 20_000
let database: TestDatabase
let databases: Databases

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, fill)
}, 60_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

/** The parties of two tenants; a name is shared by one in a hundred, a number is of one alone. */
async function fill(client: pg.Client): Promise<void> {
  await client.query('SET session_replication_role = replica')
  await client.query(
    `WITH made AS (
       INSERT INTO parties.party (tenant_id, id, kind, name, sort_name)
       SELECT tenant.id, gen_random_uuid(), 'person', 'x', 'name' || n % 100 || ' no' || n
       FROM unnest(ARRAY[$1::uuid, gen_random_uuid()]) AS tenant (id), generate_series(1, $2::int) AS n
       RETURNING tenant_id, id, sort_name
     ), roles AS (
       INSERT INTO parties.party_role (tenant_id, id, party_id, role) SELECT tenant_id, gen_random_uuid(), id, 'customer' FROM made
     )
     INSERT INTO parties.term (tenant_id, party_id, term)
     SELECT tenant_id, id, unnest(ARRAY[sort_name, split_part(sort_name, ' ', 2)]) FROM made`,
    [tenantId, parties],
  )
  await countTables(client)
}

const after = ['name50', uuidv7()] as const
const searches: [what: string, filter: Partial<PartyFilter>, after: readonly [string, string] | undefined][] = [
  ['the first page', {}, undefined],
  ['a later page', {}, after],
  ['a word', { prefixes: ['no170'] }, undefined],
  ['two words', { prefixes: ['name7', 'no1907'] }, undefined],
  ['a word in a role', { prefixes: ['no1234'], role: 'customer' }, undefined],
]

test.each(searches)('%s reads an index, as the role of requests', async (_, filter, from) => {
  const plan = await inReadTransaction(databases.app, tenantId, async (tx) => {
    const query = listParties({ ...tx, tenantId }, { prefixes: [], limit: 50, ...filter }, from).compile()
    const text = `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) ${query.sql}`
    return (await tx.client.query({ text, values: [...query.parameters], rowMode: 'array' })).rows.join('\n')
  })
  expect(plan).not.toContain('Seq Scan')
  const read = [...plan.matchAll(/Scan.*\(actual rows=(\d+)/g)].map(([, rows]) => Number(rows))
  expect(Math.max(...read), plan).toBeLessThan(parties / 10)
})
