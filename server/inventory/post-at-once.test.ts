import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeBatch, moveStock } from '../../tests/harness/stock.ts'
import { until } from '../../tests/harness/until.ts'
import { faultOfStock } from './index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer({ env: { DATABASE_POOL_SIZE: '64', LOCK_TIMEOUT_MS: '60000' } })
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

test('64 clients who receive, lose and find the same goods at once see no error but that there is not enough', async () => {
  const { client, entityId: entity_id } = owner
  const branch = { entity_id, code: 'TWO', name: 'Two', time_zone: 'Europe/Paris' }
  const branches = [owner.branchId, (await client.call('tenants.create-branch', branch)).id]
  const variants = await Promise.all(Array.from({ length: 3 }, async () => (await makeProduct(owner)).variant.id))
  // Nobody has any of it yet, and no account for it: those who make stock, batches and accounts race, too.
  const send = (at: number) => {
    const branch_id = branches[at % 2] ?? ''
    const order = at % 3 === 0 ? variants : variants.toReversed()
    const lines = order.map((variant_id) => ({ variant_id, quantity: '1' }))
    const batch_number = at % 5 === 0 ? 'L' : `L ${at % 7}`
    if (at % 4 < 2) {
      const received = lines.map((line) => ({ ...line, unit_cost: `1.${at}`, ...(at % 8 < 4 ? { batch_number } : {}) }))
      return client.call('inventory.receive-stock', { branch_id, lines: received })
    }
    if (at % 4 === 2) return client.call('inventory.write-off-stock', { branch_id, reason: 'damaged', lines })
    const adjusted = lines.map((line, index) => ({
      ...line,
      direction: index % 2 ? ('lost' as const) : ('found' as const),
    }))
    return client.call('inventory.adjust-stock', { branch_id, reason: 'misplaced', lines: adjusted })
  }
  const answers = await Promise.all(
    Array.from({ length: 64 * 3 }, (_, at) =>
      send(at).then(
        () => 'done',
        ({ problem }) => problem.code as string,
      ),
    ),
  )
  expect([...new Set(answers)].toSorted()).toEqual(['done', 'insufficient_stock'])
  expect(answers.filter((one) => one === 'done').length).toBeGreaterThan(96)
  expect(await faultOfStock(server.product.databases.checks, owner.tenantId)).toBeUndefined()
})

const newVariant = async () => (await makeProduct(owner)).variant.id
/** Whether somebody waits for a lock. */
const isWaiting = () =>
  withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows.length > 0
  })
const against = 'other'
const accepted = { code: null, line: null, available: null }

test('of two who have goods first at the same time one waits, and weighs on what the other left', async () => {
  const variant_id = await newVariant()
  const place = { branch_id: owner.branchId, variant_id, batch_id: null }
  const sale = { kind: 'issue', quantity: '5', against } as const
  let sold: ReturnType<typeof moveStock> | undefined
  let isSold = false
  const received = await moveStock(server, owner.tenantId, {
    kind: 'receipt',
    moves: [{ ...place, change: { kind: 'receipt', quantity: '8', unit_cost: '20', against } }],
    async whileHeld() {
      sold ??= moveStock(server, owner.tenantId, { kind: 'sale', moves: [{ ...place, change: sale }], below: true })
      void sold.finally(() => {
        isSold = true
      })
      await until('the sale waits or is done', async () => isSold || (await isWaiting()))
    },
  })
  expect([received, await sold]).toEqual([accepted, accepted])
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query('SELECT quantity::float, value::float, last_cost::float FROM inventory.cost WHERE variant_id = $1', [
      variant_id,
    ]),
  )
  expect(rows).toEqual([{ quantity: 3, value: 60, last_cost: 20 }])
})

test('who sells goods while a batch of them comes in first, and another sells them too, meets no deadlock', async () => {
  const variant_id = await newVariant()
  const place = { branch_id: owner.branchId, variant_id }
  const coming = await makeBatch(server, owner, { variant_id })
  const there = await makeBatch(server, owner, { variant_id })
  const gaveUp: string[] = []
  const onRetry = ({ message }: Error) => gaveUp.push(message)
  const receive = (batch_id: string, whileHeld?: () => Promise<unknown>) =>
    moveStock(server, owner.tenantId, {
      kind: 'receipt',
      moves: [{ ...place, batch_id, change: { kind: 'receipt', quantity: '9', unit_cost: '2', against } }],
      ...(whileHeld && { whileHeld }),
    })
  const sell = (batch_id: string, whileHeld: () => Promise<unknown> = async () => {}) =>
    moveStock(server, owner.tenantId, {
      kind: 'sale',
      moves: [{ ...place, batch_id, change: { kind: 'issue', quantity: '1', against } }],
      ...{ whileHeld, onRetry },
    })
  await receive(there)
  const sales: ReturnType<typeof sell>[] = []
  const waits = () => until('somebody waits', isWaiting)
  await receive(coming, () => {
    sales[0] ??= sell(coming, () => {
      sales[1] ??= sell(there)
      return waits()
    })
    return waits()
  })
  expect([await sales[0], await sales[1]]).toEqual([accepted, accepted])
  expect(gaveUp).toEqual([])
})
