import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
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
