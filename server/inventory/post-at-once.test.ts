import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { receive, sell } from '../../tests/harness/counts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { documentOf, makeBatch, post } from '../../tests/harness/stock.ts'
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

const newVariants = (length: number) =>
  Promise.all(Array.from({ length }, async () => (await makeProduct(owner)).variant.id))

test('of those who have goods first at the same time each weighs on what the others left', async () => {
  const variants = await newVariants(16)
  await Promise.all(
    variants.flatMap((variant_id, at) => [
      sell(server, owner, { variant_id, quantity: '5', is_already_sold: true }),
      receive(server, owner, [{ variant_id, quantity: '5', unit_cost: '20' }]),
      ...(at % 2 ? [] : [receive(server, owner, [{ variant_id, quantity: '3', unit_cost: '7' }])]),
    ]),
  )
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      `SELECT DISTINCT quantity::integer AS quantity, value BETWEEN 21 AND 60 AS is_worth_it, last_cost = round(value / quantity, 6) AS is_average
       FROM inventory.cost WHERE variant_id = ANY ($1) AND quantity <> 0`,
      [variants],
    ),
  )
  expect(rows).toEqual([{ quantity: 3, is_worth_it: true, is_average: true }])
  expect(await faultOfStock(server.product.databases.checks, owner.tenantId)).toBeUndefined()
})

test('who sells goods while their first batches come in meets no deadlock, and stock ties', async () => {
  const { branchId: branch_id } = owner
  const gaveUp: string[] = []
  const send = (kind: 'receipt' | 'sale', line: Omit<Parameters<typeof documentOf>[1][number], 'branch_id'>) =>
    post(server, owner, documentOf(kind, [{ branch_id, ...line }]), ({ message }) => gaveUp.push(message))
  const come = { kind: 'receipt', quantity: '9', unit_cost: '2', against: 'goods_received_not_invoiced' } as const
  const go = { kind: 'issue', quantity: '1', against: 'cost_of_sales' } as const
  for (const variant_id of await newVariants(10)) {
    const batches = await Promise.all([1, 2, 3].map(() => makeBatch(server, owner, { variant_id })))
    const sent = batches.flatMap((batch_id) => [
      send('receipt', { variant_id, batch_id, change: come }),
      ...[1, 2, 3].map(() => send('sale', { variant_id, batch_id: 'fefo', change: go })),
    ])
    const codes = (await Promise.allSettled(sent)).map((one) => (one.status === 'rejected' ? one.reason.kind?.code : ''))
    expect([...new Set(codes)].filter((code) => code !== '' && code !== 'insufficient_stock')).toEqual([])
  }
  expect(gaveUp.filter((message) => message.includes('deadlock'))).toEqual([])
  expect(await faultOfStock(server.product.databases.checks, owner.tenantId)).toBeUndefined()
})
