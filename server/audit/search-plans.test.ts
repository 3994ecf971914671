import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, inReadTransaction, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { findEntry, resourceHistory, searchEntries } from './entry-queries.ts'

const tenantId = uuidv7()
const [actor, resource] = [uuidv7(), uuidv7()]
const rowsPerMonth = 6_000

let database: TestDatabase
let databases: Databases
/** The months that hold rows. */
let filled: string[] = []

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, fill)
})
afterAll(async () => {
  await databases.end()
  await database.drop()
})

/** Three months of two tenants. What is looked for is one row in a hundred; severities are as rare as in life. */
async function fill(client: pg.Client): Promise<void> {
  await client.query(
    `INSERT INTO audit.entry (tenant_id, seq, recorded_at, event, severity, actor_id, resource_type, resource_id, body, previous_hash, hash)
     SELECT tenant.id, month * $4::int + n, date_trunc('month', now()) + make_interval(months => month, mins => n),
            'sales.event-' || n % 100, CASE WHEN n % 200 = 0 THEN 'warning' ELSE 'info' END,
            CASE WHEN n % 100 = 0 THEN $2::uuid ELSE gen_random_uuid() END,
            'sale', CASE WHEN n % 100 = 0 THEN $3 ELSE gen_random_uuid()::text END,
            '{}', sha256(n::text::bytea), sha256((tenant.id || '-' || month || '-' || n)::bytea)
     FROM unnest(ARRAY[$1::uuid, gen_random_uuid()]) AS tenant (id), generate_series(0, 2) AS month, generate_series(1, $4::int) AS n
     ON CONFLICT DO NOTHING`,
    [tenantId, actor, resource, rowsPerMonth],
  )
  await countTables(client)
  const { rows } = await client.query(
    'SELECT DISTINCT tableoid::regclass::text AS name FROM audit.entry WHERE tenant_id = $1',
    [tenantId],
  )
  filled = rows.map(({ name }) => name.replace('audit.', ''))
}

// PostgreSQL names what ATTACH makes after the columns.
const byTime = /_tenant_id_recorded_at_seq_idx/
const cursor = [new Date().toISOString(), '9'] as const
const scopeOf = (tx: Transaction) => ({ ...tx, tenantId })
type Scope = ReturnType<typeof scopeOf>
const search = (filter: Parameters<typeof searchEntries>[1]) => (scope: Scope) =>
  searchEntries(scope, filter, 50, undefined)

const searches: [what: string, query: (scope: Scope) => ReturnType<typeof searchEntries>, index: RegExp][] = [
  ['everything', search({}), byTime],
  ['the next page', (scope) => searchEntries(scope, {}, 50, cursor), byTime],
  ['an event', search({ event: 'sales.event-1' }), /_tenant_id_event_recorded_at_seq_idx/],
  ['an actor', search({ actor_id: actor }), /_tenant_id_actor_id_recorded_at_seq_idx/],
  ['a resource', search({ resource_type: 'sale', resource_id: resource }), /_tenant_id_resource_type_resource_id/],
  ['a severity', search({ severity: 'warning' }), /_tenant_id_severity_recorded_at_seq_idx/],
  ['severity info', search({ severity: 'info' }), byTime],
  ['a time', search({ from: cursor[0], until: '2036-01-01T00:00:00Z' }), byTime],
  [
    'the history of a resource',
    (scope) => resourceHistory(scope, { type: 'sale', id: resource }, 50, undefined),
    /_tenant_id_resource_type_resource_id/,
  ],
  ['the number of an entry', (scope) => findEntry(scope, '7'), /_pkey|_tenant_id_seq_/],
]

describe.each([
  ['planned for its values', (text: string) => `EXPLAIN ${text}`],
  ['planned once for all values', (text: string) => `EXPLAIN (GENERIC_PLAN) ${text}`],
])('%s, as the role of requests', (how, explain) => {
  test.each(searches)(
    'a search for %s reads a range of one index a month and sorts nothing',
    async (_, query, index) => {
      const plan = await inReadTransaction(databases.app, tenantId, async (tx) => {
        const { sql, parameters } = query(scopeOf(tx)).compile()
        const values = how === 'planned for its values' ? [...parameters] : undefined
        const { rows } = await tx.client.query({ text: explain(sql), values: values as unknown[], rowMode: 'array' })
        return rows.join('\n')
      })
      // Merging months that are each in order is no sort.
      expect(plan).not.toMatch(/\bSort {2}\(/)
      // Of an empty month the planner reads whatever it likes.
      const scans = [...plan.matchAll(/-> {2}(.*Scan.*) on (\w+)/g)].filter(([, , month = '']) =>
        filled.includes(month),
      )
      expect(scans.length, plan).toBeGreaterThan(0)
      for (const [, scan] of scans)
        expect(scan).toMatch(new RegExp(`^Index Scan(?: Backward)? using \\S+(?:${index.source})`))
    },
  )
})

test('a page of the newest reads no more than the page, in the newest month alone', async () => {
  const plan = await inReadTransaction(databases.app, tenantId, async (tx) => {
    const { sql, parameters } = searchEntries(scopeOf(tx), { actor_id: actor }, 20, undefined).compile()
    const text = `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) ${sql}`
    return (await tx.client.query({ text, values: [...parameters], rowMode: 'array' })).rows.join('\n')
  })
  const read = [...plan.matchAll(/Index Scan.*\(actual rows=(\d+)/g)].map(([, rows]) => Number(rows))
  expect(read.reduce((sum, rows) => sum + rows, 0)).toBe(21)
  expect(plan).toContain('never executed')
})
