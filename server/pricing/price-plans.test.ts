import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { mostRowsOf, plannings, plansOf } from '../../tests/harness/plans.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { findPrice, hasPriceLists, listPriceLists, listPrices, lockPriceOn, readPrices } from './queries.ts'

const tenantId = uuidv7()
const goods = 4_000
const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)'

let database: TestDatabase
let databases: Databases
let lists: string[]
let variants: string[]
let channels: string[]

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    await fill(client, uuidv7(), 500)
    await fill(client, tenantId, goods)
    await countTables(client)
    const idsOf = async (text: string) => (await client.query(text, [tenantId])).rows.map(({ id }) => id as string)
    lists = await idsOf('SELECT id FROM pricing.price_list WHERE tenant_id = $1 ORDER BY id')
    channels = await idsOf(
      'SELECT channel_id AS id FROM pricing.price_list WHERE tenant_id = $1 AND channel_id IS NOT NULL',
    )
    variants = await idsOf('SELECT DISTINCT variant_id AS id FROM pricing.price WHERE tenant_id = $1 ORDER BY 1')
  })
}, 120_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

/** Five lists, on each of them two prices of everything now and four of days gone by. */
async function fill(client: pg.Client, of: string, many: number): Promise<void> {
  await client.query(
    `INSERT INTO pricing.price_list (tenant_id, id, code, name, currency, includes_tax, channel_id)
     SELECT $1, gen_random_uuid(), 'L' || n, 'List', 'EUR', true, CASE WHEN n > 1 THEN gen_random_uuid() END
     FROM generate_series(1, 5) AS n`,
    [of],
  )
  await client.query(
    `INSERT INTO pricing.price (tenant_id, id, price_list_id, variant_id, min_quantity, unit_price, valid)
     SELECT $1, gen_random_uuid(), l.id, v.id, q.n, 10, daterange(('2024-01-01'::date + 100 * p.n), CASE WHEN p.n < 2 THEN '2024-01-01'::date + 100 * (p.n + 1) END)
     FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2::integer)) AS v
     CROSS JOIN pricing.price_list l CROSS JOIN generate_series(0, 1) AS q (n) CROSS JOIN generate_series(0, 2) AS p (n)
     WHERE l.tenant_id = $1`,
    [of, many],
  )
}

type Scope = Transaction & { tenantId: string }
const on = '2026-06-30'
const everywhere = { caller: { scope: null } }
const page = () => ({ price_list_id: lists[2] ?? '', limit: 50 })
const key = () => ({ price_list_id: lists[2] ?? '', variant_id: variants[7] ?? '', min_quantity: '1' })

const reads: [what: string, most: number, run: (scope: Scope) => Promise<unknown>][] = [
  ['what one thing costs', 10, (scope) => readPrices(scope, variants.slice(7, 8), { on, currency: 'EUR' })],
  ['what 50 things cost', 500, (scope) => readPrices(scope, variants.slice(100, 150), { on, currency: 'EUR' })],
  ['the price that a new one replaces', 1, (scope) => lockPriceOn(scope, key(), on)],
  ['one price', 1, (scope) => findPrice(scope, uuidv7())],
  ['the prices of a list', 50, (scope) => listPrices({ ...scope, ...everywhere }, page(), undefined)],
  [
    'a later page of them',
    50,
    (scope) => listPrices({ ...scope, ...everywhere }, page(), '80000000-0000-4000-8000-000000000000'),
  ],
  [
    'the prices of a variant on all lists',
    30,
    (scope) => listPrices({ ...scope, ...everywhere }, { variant_id: variants[7], limit: 50 }, undefined),
  ],
  ['the lists', 51, (scope) => listPriceLists({ ...scope, ...everywhere }, 50, undefined)],
  ['whether a channel has lists', 5, (scope) => hasPriceLists(scope, 'channel_id', channels[0] ?? '')],
]

describe.each(plannings)('with %s, as the role of requests', (planning) => {
  test.each(reads)('%s: at most %d prices are read', async (_, most, run) => {
    const plan = await plansOf(databases, tenantId, run, { planning, explain })
    expect(plan).not.toMatch(/Seq Scan on price /)
    expect(mostRowsOf(plan, 'price'), plan).toBeLessThanOrEqual(most)
  })
})
