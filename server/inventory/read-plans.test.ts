import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { mostRowsOf, plannings, plansOf } from '../../tests/harness/plans.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { fillTrace } from '../../tests/harness/traces.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { listBatches } from './batch-queries.ts'
import { findMovements, findPosting, listLevels, listMovements, type MovementFilter } from './read-queries.ts'
import { holdsStock } from './stock-queries.ts'

const tenantId = uuidv7()
const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)'

let database: TestDatabase
let databases: Databases
let sample: { posting_id: string; branch_id: string; variant_id: string; batch_id: string; recorded: string }

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    await fillTrace(client, uuidv7(), { batches: 10, movements: 5_000 })
    await fillTrace(client, tenantId, { batches: 2_000, movements: 60_000 })
    await client.query('SET session_replication_role = replica')
    await client.query(
      `INSERT INTO tenants.branch (tenant_id, id, entity_id, code, name, time_zone)
       SELECT tenant_id, branch_id, branch_id, branch_id::text, 'Of many', 'UTC' FROM inventory.movement GROUP BY tenant_id, branch_id`,
    )
    await client.query(
      `INSERT INTO inventory.level (tenant_id, id, branch_id, variant_id, batch_id, on_hand)
       SELECT tenant_id, gen_random_uuid(), branch_id, variant_id, batch_id, count(*)
       FROM inventory.movement GROUP BY tenant_id, branch_id, variant_id, batch_id`,
    )
    await countTables(client)
    // Of the branch in the middle: after the last one there is too little left for a page to be worth an index.
    const { rows } = await client.query(
      `SELECT posting_id, branch_id, variant_id, batch_id, (recorded_at AT TIME ZONE 'UTC')::text AS recorded FROM inventory.movement
       WHERE tenant_id = $1 AND branch_id = (
         SELECT branch_id FROM inventory.movement WHERE tenant_id = $1 GROUP BY branch_id ORDER BY branch_id OFFSET 3 LIMIT 1)
       ORDER BY recorded_at OFFSET 4000 LIMIT 1`,
      [tenantId],
    )
    sample = rows[0]
  })
}, 120_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

type Scope = Transaction & { tenantId: string }
type Caller = Parameters<typeof listMovements>[0]['caller']
const everywhere = { scope: null } as unknown as Caller
const inOneBranch = () => ({ scope: { branchIds: [sample.branch_id] } }) as unknown as Caller
const movements =
  (filter: () => Partial<MovementFilter>, caller: () => Caller = () => everywhere, isLater = false) =>
  (scope: Scope) =>
    listMovements(
      { ...scope, caller: caller() },
      { limit: 50, ...filter() },
      isLater ? [sample.recorded, sample.posting_id, 1] : undefined,
    )
const levels = (scope: Scope, filter: object = {}, after?: [string, string, string]) =>
  listLevels({ ...scope, caller: everywhere }, { include_empty: false, limit: 50, ...filter }, after)

const reads: [what: string, most: number, run: (scope: Scope) => Promise<unknown>][] = [
  ['the latest movements', 1_000, movements(() => ({}))],
  ['a later page of them', 1_000, movements(() => ({}), undefined, true)],
  ['those of a branch', 110, movements(() => ({ branch_id: sample.branch_id }))],
  ['those that somebody sees who works in one', 110, movements(() => ({}), inOneBranch)],
  ['those of a variant', 110, movements(() => ({ variant_id: sample.variant_id }))],
  [
    'those of a variant in a branch',
    110,
    movements(() => ({ variant_id: sample.variant_id, branch_id: sample.branch_id })),
  ],
  ['those of a batch', 110, movements(() => ({ batch_id: sample.batch_id }))],
  ['those of a document', 10, movements(() => ({ document_id: sample.posting_id }))],
  ['a posting', 1, (scope) => findPosting({ ...scope, caller: everywhere }, sample.posting_id)],
  ['its movements', 2, (scope) => findMovements({ ...scope, caller: everywhere }, { id: sample.posting_id })],
  ['what lies where', 60, (scope) => levels(scope)],
  ['a later page of it', 60, (scope) => levels(scope, {}, [sample.branch_id, sample.variant_id, sample.batch_id])],
  ['what lies of a variant', 60, (scope) => levels(scope, { variant_id: sample.variant_id })],
  ['what lies of a batch', 60, (scope) => levels(scope, { batch_id: sample.batch_id })],
  ['whether anything lies of a variant', 1, (scope) => holdsStock(scope, [sample.variant_id])],
  [
    'the batches that expire first',
    60,
    (scope) => listBatches(scope, { branchIds: null, today: '2026-01-01', limit: 50 }, undefined).execute(),
  ],
]

describe.each(plannings)('with %s, as the role of requests', (planning) => {
  test.each(reads)('%s: at most %d rows are read at a place', async (_, most, run) => {
    const plan = await plansOf(databases, tenantId, run, { planning, explain })
    expect(plan).not.toMatch(/Seq Scan on (level|batch|posting)/)
    expect(mostRowsOf(plan, 'level|batch|posting|movement\\w*'), plan).toBeLessThanOrEqual(most)
  })
})
