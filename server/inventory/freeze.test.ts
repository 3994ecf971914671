import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { receive, sell } from '../../tests/harness/counts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { documentOf, post } from '../../tests/harness/stock.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { later, now } from '../platform/time.ts'
import { freezeStock, holdStock, unfreezeStock } from './stock-queries.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const refused = (code: string) => ({ kind: { code } })
const hour = 3_600_000
const newVariant = async () => (await makeProduct(owner)).variant.id
const inTenant = <T>(work: (scope: Parameters<typeof freezeStock>[0]) => Promise<T>) =>
  inTransaction(server.product.databases.app, owner.tenantId, (tx) => work({ ...tx, tenantId: owner.tenantId }))
const freeze = (variantIds: string[], by: string, until = later(now(), hour)) =>
  inTenant((scope) =>
    freezeStock(
      scope,
      variantIds.map((variant_id) => ({ branch_id: owner.branchId, variant_id })),
      { by, until },
    ),
  )
const onHand = async (variant_id: string) => {
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query('SELECT coalesce(sum(on_hand), 0)::float8 AS on_hand FROM inventory.level WHERE variant_id = $1', [
      variant_id,
    ]),
  )
  return rows[0].on_hand
}

test('frozen stock takes no movement, but what has left already and what froze it', async () => {
  const [variant_id, other, by] = [await newVariant(), await newVariant(), uuidv7()]
  const both = [variant_id, other].map((one) => ({ variant_id: one, quantity: '10' }))
  await receive(server, owner, both)
  expect(await freeze([variant_id], by)).toEqual([])
  await expect(sell(server, owner, { variant_id, quantity: '1' })).rejects.toMatchObject(refused('stock_frozen'))
  await expect(receive(server, owner, both)).rejects.toMatchObject({
    ...refused('stock_frozen'),
    message: expect.stringContaining('line 1'),
  })
  expect([await onHand(variant_id), await onHand(other)]).toEqual([10, 10])
  await sell(server, owner, { variant_id: other, quantity: '1' })
  await sell(server, owner, { variant_id, quantity: '2', is_already_sold: true })
  const line = {
    branch_id: owner.branchId,
    variant_id,
    batch_id: null,
    change: { kind: 'found', quantity: '1' } as const,
  }
  await post(server, owner, documentOf('count', [line], { document_id: by }))
  expect(await onHand(variant_id)).toBe(9)
  await inTenant((scope) => unfreezeStock(scope, by))
  await sell(server, owner, { variant_id, quantity: '1' })
  expect(await onHand(variant_id)).toBe(8)
})

test('what one document freezes no other does, and then freezes nothing; after its time it moves', async () => {
  const [one, two, first, second] = [await newVariant(), await newVariant(), uuidv7(), uuidv7()]
  expect(await freeze([one], first)).toEqual([])
  expect(await freeze([one], first)).toEqual([])
  expect(await freeze([two, one], second)).toEqual([{ branch_id: owner.branchId, variant_id: one }])
  await receive(server, owner, [{ variant_id: two, quantity: '1' }])
  await expect(receive(server, owner, [{ variant_id: one, quantity: '1' }])).rejects.toMatchObject(
    refused('stock_frozen'),
  )
  await freeze([one], first, later(now(), -hour))
  await receive(server, owner, [{ variant_id: one, quantity: '1' }])
  expect(await freeze([two, one], second)).toEqual([])
})

test('what was frozen or held and never there is not taken for goods that the branch had', async () => {
  const [variant_id, by] = [await newVariant(), uuidv7()]
  await freeze([variant_id], by)
  await inTenant((scope) => holdStock(scope, [{ branch_id: owner.branchId, variant_id }]))
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'SELECT variant_id FROM inventory.read_cost WHERE variant_id = $1 UNION ALL SELECT variant_id FROM inventory.read_stock WHERE variant_id = $1',
      [variant_id],
    ),
  )
  expect(rows).toEqual([])
})

test('a freeze waits for a sale under way, and whoever sells at once sells before it or not at all', async () => {
  const variants = await Promise.all(Array.from({ length: 4 }, newVariant))
  await receive(
    server,
    owner,
    variants.map((variant_id) => ({ variant_id, quantity: '20' })),
  )
  const by = uuidv7()
  const sales = Array.from({ length: 24 }, (_, at) =>
    sell(server, owner, { variant_id: variants[at % 4] ?? '', quantity: '1' }),
  )
  const frozen = freeze(variants, by).then(() => Promise.all(variants.map(onHand)))
  const results = await Promise.allSettled(sales)
  const codes = new Set(results.flatMap((one) => (one.status === 'rejected' ? [one.reason.kind.code] : [])))
  expect([...codes].filter((code) => code !== 'stock_frozen')).toEqual([])
  expect(await Promise.all(variants.map(onHand))).toEqual(await frozen)
})
