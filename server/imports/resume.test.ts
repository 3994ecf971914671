import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct, taxClassOf } from '../../tests/harness/catalog.ts'
import { beginImport } from '../../tests/harness/imports.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inTransaction } from '../platform/database.ts'
import type { JobContext } from '../platform/jobs.ts'
import { now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let options: Record<string, string>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const list = { code: 'RETAIL', name: 'Retail', currency: 'EUR', includes_tax: true }
  await owner.client.call('pricing.create-price-list', list)
  options = { tax_class_id: await taxClassOf(owner), branch_id: owner.branchId }
})
afterAll(() => server.close())

class Crash extends Error {}

/** Works on an import as the worker does; dies after so many transactions, before or after the last has committed. */
async function work(importId: string, { lives = Number.POSITIVE_INFINITY, commits = false } = {}): Promise<void> {
  const { databases, log, jobs } = server.product
  let left = lives
  const context: JobContext = {
    databases,
    log,
    environment: 'test',
    lastAttempt: false,
    now: now(),
    async inTenant(tenantId, job) {
      left -= 1
      if (left >= 0) return inTransaction(databases.app, tenantId, job)
      if (commits && left === -1) await inTransaction(databases.app, tenantId, job)
      throw new Crash('the server died')
    },
  }
  const job = jobs.find(({ name }) => name === 'imports.work')
  await job?.handle(context, { tenant_id: owner.tenantId, import_id: importId }).catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error
  })
}

const get = (id: string) => owner.client.call('imports.get-import', { id })

async function begin(text: string) {
  const { id, version } = await beginImport(server, owner, { text })
  const mapped = await owner.client.call('imports.map-import', { id, version, options })
  await owner.client.call('imports.check-import', { id, version: mapped.version })
  await work(id)
  return get(id)
}

const stockOf = async () => {
  const { items } = await owner.client.call('inventory.list-levels', { limit: 200 })
  return items.map((one) => [one.variant_id, one.batch_number, one.on_hand, one.unit_cost].join(' ')).toSorted()
}
const booksOf = async () => {
  const { items } = await owner.client.call('ledger.get-trial-balance', { entity_id: owner.entityId, limit: 200 })
  return items.filter((one) => one.closing_balance !== '0.0000').map((one) => [one.code, one.closing_balance])
}
const productsOf = async () => {
  const { items } = await owner.client.call('catalog.list-products', { limit: 200 })
  return items.map(({ id, name, description, category_id, is_expiry_tracked }) => ({
    id,
    name,
    description,
    category_id,
    is_expiry_tracked,
  }))
}

test('whenever the server dies during a commit, it goes on after the last batch: each row is in once', async () => {
  const rows = Array.from({ length: 60 }, (_, at) => `R-${at},Article ${at},2,1.50`)
  const { id, version } = await begin(['SKU,Name,Qty,Unit cost', ...rows].join('\n'))
  await owner.client.call('imports.commit-import', { id, version })
  let deaths = 0
  while ((await get(id)).status === 'committing') {
    // Two transactions open the work; then it dies in the first batch, in the second, and so on, before and after its commit.
    await work(id, { lives: 2 + (deaths % 3), commits: deaths % 2 === 0 })
    deaths += 1
    expect(deaths).toBeLessThan(200)
  }
  expect(deaths).toBeGreaterThan(3)
  expect(await get(id)).toMatchObject({ status: 'committed', processed_rows: 60, created_rows: 60, failed_rows: 0 })
  const { items } = await owner.client.call('imports.list-provenance', { id, limit: 200 })
  const made = items.filter(({ resource }) => resource === 'product').map(({ row_number }) => row_number)
  expect(made).toEqual(Array.from({ length: 60 }, (_, at) => at + 2))
  expect(await booksOf()).toContainEqual(['890', '-180.0000'])

  const done = await get(id)
  await owner.client.call('imports.undo-import', { id, version: done.version })
  for (let death = 0; (await get(id)).status === 'undoing'; death++) {
    await work(id, { lives: 2 + (death % 2), commits: death % 2 === 0 })
    const left = (await productsOf()).length
    const progress_percent = Math.floor(((60 - left) / 60) * 100)
    const now = await get(id)
    if (now.status === 'undoing') expect(now).toMatchObject({ progress_percent })
    expect(death).toBeLessThan(200)
  }
  expect(await get(id)).toMatchObject({ status: 'undone', fault: null })
  expect(await stockOf()).toEqual([])
  expect(await booksOf()).toEqual([])
})

test('two workers on one import do its rows once', async () => {
  const rows = Array.from({ length: 40 }, (_, at) => `W-${at},Article ${at}`)
  const { id, version } = await begin(['SKU,Name', ...rows].join('\n'))
  await owner.client.call('imports.commit-import', { id, version })
  await Promise.all([work(id), work(id), work(id)])
  if ((await get(id)).status === 'committing') await work(id)
  expect(await get(id)).toMatchObject({ status: 'committed', created_rows: 40, failed_rows: 0 })
})

test('stopped, rows that are in stay, and a commit goes on after them', async () => {
  const rows = Array.from({ length: 50 }, (_, at) => `S-${at},Article ${at}`)
  const { id, version } = await begin(['SKU,Name', ...rows].join('\n'))
  await owner.client.call('imports.commit-import', { id, version })
  await work(id, { lives: 4 })
  const stopped = await owner.client.call('imports.stop-import', { id })
  expect(stopped.status).toBe('stopped')
  expect(stopped.created_rows).toBeGreaterThan(0)
  expect(stopped.created_rows).toBeLessThan(50)
  await work(id)
  expect((await get(id)).created_rows).toBe(stopped.created_rows)
  await owner.client.call('imports.commit-import', { id, version: stopped.version })
  await work(id)
  expect(await get(id)).toMatchObject({ status: 'committed', created_rows: 50 })
})

test('after an undo, stock, its worth, books and products are what they were', { timeout: 120_000 }, async () => {
  const known = await Promise.all(
    ['U-0', 'U-1'].map((sku) => makeProduct(owner, { name: `Known ${sku}`, variants: [{ sku }] })),
  )
  expect(known).toHaveLength(2)
  const row = fc.record({
    sku: fc.constantFrom('U-0', 'U-1', 'U-2', 'U-3', 'U-4'),
    name: fc.constantFrom('Tea', 'Coffee'),
    price: fc.constantFrom('', '1.10', '2.25'),
    quantity: fc.constantFrom('', '0', '1', '3', '7'),
    cost: fc.constantFrom('', '0.333', '1.1', '12.345678'),
    lot: fc.constantFrom('', 'A', 'B'),
    category: fc.constantFrom('', 'Food', 'Food > Drinks'),
  })
  let made = 0
  const property = fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), async (table) => {
    const before = { stock: await stockOf(), books: await booksOf(), products: await productsOf() }
    const lines = table.map((one) =>
      [one.sku, one.name, one.price, one.quantity, one.cost, one.lot, one.category].join(','),
    )
    // The last row makes each file another one.
    lines.push(`LAST-${++made},Last,,,,,`)
    const { id, version } = await begin(['SKU,Name,Price,Qty,Unit cost,Lot,Category', ...lines].join('\n'))
    await owner.client.call('imports.commit-import', { id, version })
    await work(id)
    const done = await get(id)
    expect(done.status).toBe('committed')
    await owner.client.call('imports.undo-import', { id, version: done.version })
    await work(id)
    expect(await get(id)).toMatchObject({ status: 'undone', fault: null })
    expect({ stock: await stockOf(), books: await booksOf(), products: await productsOf() }).toEqual(before)
  })
  await fc.assert(property, { numRuns: 12 })
})

test('others receive and change goods while rows are committed', async () => {
  const { variant } = await makeProduct(owner, { name: 'Live goods' })
  const rows = Array.from({ length: 60 }, (_, at) => `L-${at},Article ${at},2,1.50`)
  const { id, version } = await begin(['SKU,Name,Qty,Unit cost', ...rows].join('\n'))
  await owner.client.call('imports.commit-import', { id, version })
  const importing = work(id)
  let received = 0
  while ((await get(id)).status === 'committing') {
    const lines = [{ variant_id: variant.id, quantity: '1', unit_cost: '2' }]
    await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines })
    received += 1
  }
  await importing
  expect(received).toBeGreaterThan(2)
  expect(await get(id)).toMatchObject({ status: 'committed', created_rows: 60 })
  const { items } = await owner.client.call('inventory.list-levels', { variant_id: variant.id })
  expect(items.map(({ on_hand }) => on_hand)).toEqual([String(received)])
})
