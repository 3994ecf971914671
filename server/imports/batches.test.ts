import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { taxClassOf } from '../../tests/harness/catalog.ts'
import { beginImport, runImport } from '../../tests/harness/imports.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell } from '../../tests/harness/till.ts'
import { until } from '../../tests/harness/until.ts'
import { inTransaction } from '../platform/database.ts'
import type { JobContext } from '../platform/jobs.ts'
import { now } from '../platform/time.ts'
import { batchSize } from './work.ts'

/** What a batch takes beside its rows, and what each row takes. */
interface Costs {
  readonly beside: number
  readonly each: number
}

/** Lets so many batches go by on a machine whose clock says what rows cost; answers with how long each took. */
function run(size: ReturnType<typeof batchSize>, batches: number, { beside, each }: Costs) {
  return Array.from({ length: batches }, () => {
    const { rows } = size
    const ms = beside + rows * each
    size.note(rows, ms)
    return { rows, ms }
  })
}

const quick = fc.record({
  beside: fc.double({ min: 0.5, max: 40, noNaN: true }),
  each: fc.double({ min: 0.01, max: 12, noNaN: true }),
})

test('whatever rows cost, no batch takes 100 ms, and its time is used', () => {
  fc.assert(
    fc.property(quick, (costs) => {
      const batches = run(batchSize(), 80, costs)
      for (const { ms } of batches) expect(ms).toBeLessThan(100)
      const { rows, ms } = batches.slice(-3).reduce((a, b) => (a.rows > b.rows ? a : b))
      // One row more would be too long, all the time there is is used, or there are as many rows as may be.
      expect(rows >= 1_000 || ms >= 36 || rows * costs.each >= 4).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('a batch that takes long without any row is no reason to take one row at a time', () => {
  const slow = fc.record({
    beside: fc.double({ min: 45, max: 80, noNaN: true }),
    each: fc.double({ min: 0.02, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(slow, (costs) => {
      const batches = run(batchSize(), 80, costs)
      for (const { ms } of batches) expect(ms).toBeLessThan(100)
      const last = batches.slice(-3).map(({ rows }) => rows * costs.each)
      expect(Math.max(...last)).toBeGreaterThan(4)
    }),
    { numRuns: 500 },
  )
})

test('where rows begin to cost more, few batches are too long, and then none', () => {
  const times = fc.tuple(quick, fc.double({ min: 1, max: 3, noNaN: true }))
  fc.assert(
    fc.property(times, ([{ beside, each }, factor]) => {
      fc.pre(beside * factor < 60 && 2 * each * factor < 30)
      const size = batchSize()
      run(size, 80, { beside, each })
      const after = run(size, 40, { beside: beside * factor, each: each * factor })
      expect(after.filter(({ ms }) => ms >= 100).length).toBeLessThanOrEqual(10)
      expect(after.slice(-10).every(({ ms }) => ms < 100)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

describe('while an import of sales is committed', () => {
  let server: TestServer
  let owner: TestOwner
  beforeAll(async () => {
    server = await startTestServer()
    owner = await signUpOwner(server)
  })
  let jobs: { stop(): Promise<void> } | undefined
  afterAll(async () => {
    await jobs?.stop()
    await server.close()
  })

  const sql = async (text: string, values: unknown[] = []) =>
    withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)
  const waiting = () =>
    sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
  const get = (id: string) => owner.client.call('imports.get-import', { id })

  async function prepare(documents: number): Promise<string> {
    const lines = Array.from({ length: documents }, (_, at) => `N${documents}-${at},A1,Soap,1,2026-02-03 10:30:00,3.12`)
    const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice'
    const { id, version } = await beginImport(server, owner, { target: 'sales', text: [header, ...lines].join('\n') })
    const options = { branch_id: owner.branchId, tax_class_id: await taxClassOf(owner), ledger: 'at_its_date' }
    await owner.client.call('imports.map-import', { id, version, options: { ...options, unknown_products: 'make' } })
    return id
  }

  test('a sale that comes in the middle of a batch waits for that batch and for no other', async () => {
    const till = await openTill(owner)
    const variant_id = await makeGoods(owner, { stock: '1000' })
    const id = await prepare(40)
    const payload = { tenant_id: owner.tenantId, import_id: id }
    const job = server.product.jobs.find(({ name }) => name === 'imports.work')
    if (!job) throw new Error('there is no such job')
    await owner.client.call('imports.check-import', { id, version: (await get(id)).version })
    await server.product.runJob(job, payload)
    await owner.client.call('imports.commit-import', { id, version: (await get(id)).version })
    const { databases, log } = server.product
    let [sold, waited] = [0, 0]
    const context: JobContext = {
      ...{ databases, log, environment: 'test', lastAttempt: false, now: now() },
      async inTenant(tenantId, work) {
        let sale: Promise<unknown> | undefined
        const done = await inTransaction(databases.app, tenantId, async (tx) => {
          const made = await work(tx)
          // All that the batch locks is locked, and its commit comes next.
          let isSold = false
          sale = sell(owner, till, [{ variant_id }]).then(() => {
            isSold = true
          })
          const isWaiting = await until('the sale waits, or is recorded', async () =>
            isSold ? 'no' : (await waiting()).length > 0 && 'yes',
          )
          if (isWaiting === 'yes') waited += 1
          return made
        })
        // The next batch comes after it: should it wait for that one, it would wait for ever.
        await sale
        sold += 1
        return done
      },
    }
    await job.handle(context, payload)
    expect(await get(id)).toMatchObject({ status: 'committed', created_rows: 40, failed_rows: 0 })
    expect(sold).toBeGreaterThan(4)
    expect(waited).toBeGreaterThan(2)
    const { items } = await owner.client.call('inventory.list-levels', { variant_id, limit: 10 })
    expect(items.map(({ on_hand }) => on_hand)).toEqual([String(1000 - sold)])
  })

  test('tills go on selling, everything is recorded once, and the longest batch is told', async () => {
    const tills = [await openTill(owner), await openTill(owner)]
    const variant_id = await makeGoods(owner, { stock: '1000' })
    const id = await prepare(150)
    jobs = await server.product.startJobs()
    const { version } = await runImport(owner, id, 'imports.check-import')
    await owner.client.call('imports.commit-import', { id, version })
    const seen = new Set<number>()
    const sellOn = async (till: (typeof tills)[number]) => {
      let sold = 0
      for (; ; sold++) {
        const { status, processed_rows } = await get(id)
        if (status !== 'committing') return sold
        seen.add(processed_rows)
        await sell(owner, till, [{ variant_id }])
      }
    }
    const sold = (await Promise.all(tills.map(sellOn))).reduce((a, b) => a + b)
    const done = await get(id)
    expect(done).toMatchObject({ status: 'committed', created_rows: 150, failed_rows: 0, fault: null })
    expect(done.longest_hold_ms).toBeGreaterThan(0)
    expect(seen.size).toBeGreaterThan(1)
    const { items } = await owner.client.call('inventory.list-levels', { variant_id, limit: 10 })
    expect(items.map(({ on_hand }) => on_hand)).toEqual([String(1000 - sold)])
    const [books] = await sql(
      `SELECT (SELECT count(*)::int FROM history.document WHERE tenant_id = $1) AS documents,
         (SELECT count(*)::int FROM ledger.journal WHERE tenant_id = $1 AND id IN (SELECT id FROM history.document)) AS journals,
         (SELECT bool_and(a.balance = (SELECT coalesce(sum(e.amount), 0) FROM ledger.entry e
            WHERE e.tenant_id = $1 AND e.account_id = a.id)) FROM ledger.account a WHERE a.tenant_id = $1) AS adds_up`,
      [owner.tenantId],
    )
    expect(books).toEqual({ documents: 190, journals: 190, adds_up: true })
  })
})
