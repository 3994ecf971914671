import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { plannings, plansOf } from '../../tests/harness/plans.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { fillTrace } from '../../tests/harness/traces.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { listDocuments, sumByBranch, sumByParty } from './trace-queries.ts'

const tenantId = uuidv7()
let batchIds: string[]
let database: TestDatabase
let databases: Databases

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    batchIds = await fillTrace(client, tenantId, { batches: 4_000, movements: 200_000 })
    await fillTrace(client, uuidv7(), { batches: 10, movements: 5_000 })
    await countTables(client)
  })
}, 120_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

type Scope = Transaction & { tenantId: string }
const subject = () => ({ batchIds: batchIds.slice(0, 2), branchIds: null })
const reads: [what: string, run: (scope: Scope) => Promise<unknown>][] = [
  ['what moved by branch, and between branches', (scope) => sumByBranch(scope, subject())],
  ['whom it came from and went to', (scope) => sumByParty(scope, subject(), { limit: 50 })],
  ['the documents', (scope) => listDocuments(scope, subject(), { limit: 50 })],
  [
    'the documents of the next page',
    (scope) => {
      const after = [batchIds[0] ?? '', '2026-01-02T03:04:05.678901Z', uuidv7(), uuidv7()] as const
      return listDocuments(scope, subject(), { limit: 50, after })
    },
  ],
]

describe.each(plannings)('with %s, as the role of requests', (planning) => {
  test.each(reads)('%s is read without reading a table', async (_, run) => {
    const plan = await plansOf(databases, tenantId, run, { planning })
    expect(plan).toMatch(/Index/)
    // Months in which nothing moved cost nothing.
    expect(plan).not.toMatch(/Seq Scan on (movement|posting).*cost=0\.00\.\.(?!0\.00)/)
  })
})
