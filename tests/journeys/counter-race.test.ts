import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { clientWith, signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeGoods, openTill, sell } from '../harness/till.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ env: { LOCK_TIMEOUT_MS: '60000' } })
})
afterAll(() => server?.close())

const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'sold',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const tally = (answers: readonly string[]) =>
  [...Map.groupBy(answers, (answer) => answer)].map(([answer, all]) => `${all.length} ${answer}`).toSorted()

test('200 clients race for 50 units at four tills: exactly 50 are sold, and money and stock say so', async () => {
  const owner = await signUpOwner(server)
  const variant_id = await makeGoods(owner, { stock: '50', price: '12' })
  const tills = [await openTill(owner), await openTill(owner), await openTill(owner), await openTill(owner)]
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) => {
      const client = clientWith(server, owner.cookie)
      const till = tills[at % tills.length]
      if (!till) throw new Error('there is no till')
      return answerOf(sell({ ...owner, client }, till, [{ variant_id }], { paid: '12' }))
    }),
  )
  expect(tally(answers)).toEqual(['150 409 insufficient_stock', '50 sold'])
  expect((await owner.client.call('inventory.list-levels', { variant_id })).items).toEqual([])
  const { items } = await owner.client.call('payments.list-payments', { limit: 200 })
  expect(items.map(({ amount }) => amount)).toEqual(Array.from({ length: 50 }, () => '12.0000'))
})

test('two tenants that sell at once and guess ids of each other’s never meet', async () => {
  const owners = [await signUpOwner(server), await signUpOwner(server)] as [TestOwner, TestOwner]
  const shops = await Promise.all(
    owners.map(async (owner) => ({
      owner,
      till: await openTill(owner),
      variant_id: await makeGoods(owner, { stock: '100' }),
    })),
  )
  const [one, other] = shops
  if (!one || !other) throw new Error('there are two shops')
  const original = await sell(other.owner, other.till, [{ variant_id: other.variant_id }])
  const mixed = [
    () => sell(one.owner, other.till, [{ variant_id: one.variant_id }]),
    () => sell(one.owner, one.till, [{ variant_id: other.variant_id }]),
    () =>
      sell(one.owner, one.till, [{ variant_id: one.variant_id }], {
        payments: [{ tender_id: other.till.tenders.cash, amount: '12' }],
      }),
    () =>
      one.owner.client.call('sales.refund', {
        session_id: one.till.session_id,
        original_id: original.id,
        reason: 'Guessed',
        lines: [{ line: 1 }],
        payments: [{ tender_id: one.till.tenders.cash ?? '', amount: '12' }],
      }),
  ]
  const honest = shops.flatMap((shop) =>
    Array.from({ length: 20 }, () => answerOf(sell(shop.owner, shop.till, [{ variant_id: shop.variant_id }]))),
  )
  const guessed = await Promise.all(Array.from({ length: 5 }, () => mixed.map((attempt) => answerOf(attempt()))).flat())
  expect(tally(guessed)).toEqual([
    '5 422 original_not_found',
    '5 422 session_not_found',
    '5 422 tender_not_found',
    '5 422 variant_not_found',
  ])
  expect(tally(await Promise.all(honest))).toEqual(['40 sold'])
  // The id of a sale is the client's own: the same one in two tenants is two sales.
  const id = uuidv7()
  for (const shop of shops) await sell(shop.owner, shop.till, [{ variant_id: shop.variant_id }], { id })
})
