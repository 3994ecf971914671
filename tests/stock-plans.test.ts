import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parseConfig } from '../server/platform/config.ts'
import { type Databases, openDatabases, type Transaction } from '../server/platform/database.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { dayIn, daysAfter, now } from '../server/platform/time.ts'
import { readPolicies } from '../server/replenishment/queries.ts'
import { readMovedDays, readStock, type StockKey } from '../server/replenishment/stock-queries.ts'
import { readBatches, readValues } from '../server/valuation/queries.ts'
import { plannings, plansOf } from './harness/plans.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { fillStock } from './harness/stock-history.ts'

const tenantId = uuidv7()
const [today, lastMonth] = [dayIn('UTC', now()), daysAfter(dayIn('UTC', now()), -30)]

let database: TestDatabase
let databases: Databases
let branchIds: string[]
let keys: StockKey[]

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    await client.query(
      `SELECT inventory.make_partitions(date_trunc('month', now() - interval '91 days')::date, now()::date)`,
    )
    const filled = await fillStock(client, tenantId, { branches: 4, variants: 3_000, movements: 10 })
    branchIds = filled.branchIds
    keys = filled.variantIds.slice(0, 50).map((variant_id) => ({ branch_id: branchIds[1] ?? '', variant_id }))
    await fillStock(client, uuidv7(), { branches: 1, variants: 200, movements: 2 })
    await countTables(client)
  })
}, 120_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

type Scope = Transaction & { tenantId: string }

const reads: [what: string, run: (scope: Scope) => Promise<unknown>][] = [
  ['the first page of stock', (scope) => readStock(scope, { branchIds }, { limit: 51, after: undefined })],
  ['a page in the middle', (scope) => readStock(scope, { branchIds }, { limit: 51, after: keys[20] })],
  [
    'a page of one branch',
    (scope) => readStock(scope, { branchIds: branchIds.slice(2, 3) }, { limit: 51, after: keys[20] }),
  ],
  [
    'the stock of a variant',
    (scope) => readStock(scope, { branchIds, variantId: keys[0]?.variant_id }, { limit: 51, after: undefined }),
  ],
  [
    'what a page sold',
    (scope) =>
      readMovedDays(
        scope,
        keys.map((key) => ({ ...key, since: lastMonth })),
      ),
  ],
  ['values of a page today', (scope) => readValues(scope, { branchIds, on: today }, { limit: 51, after: keys[20] })],
  [
    'values of a page a month ago',
    (scope) => readValues(scope, { branchIds, on: lastMonth }, { limit: 51, after: keys[20] }),
  ],
  ['batches of a page a month ago', (scope) => readBatches(scope, { keys, on: lastMonth })],
  [
    'policies of a page',
    (scope) =>
      readPolicies(scope, { branchIds, variantIds: keys.map((key) => key.variant_id), from: today, until: today }),
  ],
]

const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)'

describe.each(plannings)('with %s, as the role of requests', (planning) => {
  test.each(reads)('%s are read without a scan of a big table, and no more of any than they need', async (_, run) => {
    const plan = await plansOf(databases, tenantId, run, { planning, explain })
    expect(plan).not.toMatch(/Seq Scan on (cost|level|variant|product)/)
    // The months to come are empty.
    expect(plan).not.toMatch(/Seq Scan on movement\S* \S+ \(actual rows=(?!0\.00)/)
    expect(plan).not.toMatch(/Seq Scan on movement.*\n.*Filter.*\n *Rows Removed/)
    const read = [
      ...plan.matchAll(/Scan .*on (?:cost|level|movement\w*|variant|product)\b.*rows=([\d.]+) loops=(\d+)/g),
    ]
    for (const [line, rows, loops] of read)
      expect(Number(rows) * Number(loops), `${line}\n${plan}`).toBeLessThanOrEqual(1_000)
  })
})
