import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { mostRowsOf, plannings, plansOf } from '../../tests/harness/plans.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { findFile, findImage, imagesOf, notedFiles, primaryFilesOfProducts, purgeFiles } from './queries.ts'

const tenantId = uuidv7()
const files = 20_000
const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)'

let database: TestDatabase
let databases: Databases
let productId: string
let productIds: string[]
let hashes: string[]

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    await fill(client, uuidv7(), 1_000)
    await fill(client, tenantId, files)
    await countTables(client)
    const { rows } = await client.query('SELECT product_id, sha256 FROM images.image WHERE tenant_id = $1 LIMIT 50', [
      tenantId,
    ])
    productId = rows[0].product_id
    const products = 'SELECT DISTINCT product_id FROM images.image WHERE tenant_id = $1 LIMIT 20'
    productIds = (await client.query(products, [tenantId])).rows.map((row) => row.product_id)
    hashes = rows.map((row) => row.sha256)
  })
}, 120_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

/** Files of old, each as a picture of two products, three a product. */
async function fill(client: pg.Client, of: string, many: number): Promise<void> {
  await client.query(
    `INSERT INTO images.file (tenant_id, sha256, type, bytes, width, height, updated_at)
     SELECT $1::uuid, encode(sha256(($1::uuid::text || n)::bytea), 'hex'), 'image/png', 1000, 100, 100, now() - interval '1 year'
     FROM generate_series(1, $2::integer) AS n`,
    [of, many],
  )
  await client.query(
    `WITH product AS (SELECT p.n, gen_random_uuid() AS id FROM generate_series(0, $2::integer * 2 / 3) AS p (n)),
       image AS (
         INSERT INTO images.image (tenant_id, id, product_id, sha256, position, is_primary)
         SELECT $1::uuid, gen_random_uuid(), p.id, encode(sha256(($1::uuid::text || (i.n / 2 + 1))::bytea), 'hex'), i.n % 3, i.n % 3 = 0
         FROM generate_series(0, $2::integer * 2 - 1) AS i (n) JOIN product p ON p.n = i.n / 3)
     INSERT INTO catalog.product (tenant_id, id, kind, name, unit_id, tax_class_id, is_expiry_tracked, is_prescription_only,
       is_open_price, is_sellable, is_discontinued)
     SELECT $1::uuid, id, 'stocked', 'Item ' || n, id, id, false, false, false, true, false FROM product`,
    [of, many],
  )
}

type Scope = Transaction & { tenantId: string }
const reads: [what: string, most: number, run: (scope: Scope) => Promise<unknown>][] = [
  ['the images of a product', 3, (scope) => imagesOf(scope, productId)],
  ['the pictures of 20 products', 20, (scope) => primaryFilesOfProducts(scope, productIds)],
  ['one image', 1, (scope) => findImage(scope, uuidv7())],
  ['a file', 1, (scope) => findFile(scope, hashes[7] ?? '')],
  ['which of 50 files are noted', 50, (scope) => notedFiles(scope, hashes)],
]

describe.each(plannings)('with %s, as the role of requests', (planning) => {
  test.each(reads)('%s: at most %d rows are read', async (_, most, run) => {
    const plan = await plansOf(databases, tenantId, run, { planning, explain })
    expect(plan).not.toContain('Seq Scan on')
    expect(mostRowsOf(plan, 'image|file'), plan).toBeLessThanOrEqual(most)
  })

  test('whether old files are used is looked up by key, or read once', async () => {
    const run = (scope: Scope) => purgeFiles(scope, new Date('2026-01-01'), 100)
    const plan = await plansOf(databases, tenantId, run, { planning, explain })
    expect(mostRowsOf(plan, 'image|file|product'), plan).toBeLessThanOrEqual(2 * files)
  })
})
