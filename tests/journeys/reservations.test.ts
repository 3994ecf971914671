import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { makeProduct } from '../harness/catalog.ts'
import { clientWith, signUpOwner, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ env: { LOCK_TIMEOUT_MS: '60000' } })
})
afterAll(() => server?.close())

test('200 clients reserve 50 units: 50 of them get one, the others are told that nothing is left', async () => {
  const owner = await signUpOwner(server)
  const { branchId: branch_id, client } = owner
  const variant_id = (await makeProduct(owner, { is_expiry_tracked: true })).variant.id
  const batch = (batch_number: string, expires_on: string, quantity: string) =>
    ({ variant_id, quantity, unit_cost: '2.50', batch_number, expires_on }) as const
  await client.call('inventory.receive-stock', {
    branch_id,
    lines: [batch('B', '2198-01-01', '30'), batch('A', '2197-01-01', '20')],
  })

  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      clientWith(server, owner.cookie)
        .call('inventory.reserve-stock', {
          branch_id,
          document_type: 'order',
          document_id: uuidv7(),
          lines: [{ variant_id, quantity: '1' }],
        })
        .then(
          ({ lines }) => `got ${lines.map((line) => line.quantity).join()}`,
          ({ problem }) => `${problem.status} ${problem.code}: ${problem.detail}`,
        ),
    ),
  )
  const counts = Map.groupBy(answers, (answer) => answer)
  expect([...counts].map(([answer, all]) => `${all.length} ${answer}`).toSorted()).toEqual([
    '150 409 insufficient_stock: line 1: 0 left',
    '50 got 1',
  ])

  const levels = (await client.call('inventory.list-levels', { variant_id })).items
  expect(levels.map((one) => `${one.batch_number} ${one.on_hand} ${one.reserved} ${one.available}`).toSorted()).toEqual(
    ['A 20 20 0', 'B 30 30 0'],
  )
  const kept = await client.call('inventory.list-reservations', { variant_id, limit: 200 })
  expect(kept.items).toHaveLength(50)

  await client.call('inventory.release-reservation', { id: kept.items[0]?.id ?? '' })
  const next = { branch_id, document_type: 'order', document_id: uuidv7(), lines: [{ variant_id, quantity: '1' }] }
  expect((await client.call('inventory.reserve-stock', next)).lines).toHaveLength(1)
})
