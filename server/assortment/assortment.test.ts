import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { fetchKept, refreshKept, type Store } from '../../tests/harness/kept.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { makeGoods, openTill, sell } from '../../tests/harness/till.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

const today = () => dayIn('Europe/Paris', now())

/** What a till has of a store, in one order, without where it stands. */
function told({ ground, goods, stock, customers }: Store) {
  const { as_of: _, ...lists } = ground as Store['ground'] & { as_of: string }
  const sorted = (rows: Map<string, unknown>) => [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { lists, goods: sorted(goods), stock: sorted(stock), customers: sorted(customers) }
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    ({ problem }: { problem: { status: number; code: string } }) => `${problem.status} ${problem.code}`,
  )

/** Changes all kinds of things in a row, some of which make others vanish. */
async function work(owner: TestOwner, till: Awaited<ReturnType<typeof openTill>>, at: number): Promise<void> {
  const { client, branchId } = owner
  const variant_id = await makeGoods(owner, { name: `Goods ${at}`, price: '3', stock: '5' })
  const variant = await client.call('catalog.get-variant', { id: variant_id })
  const { items } = await client.call('pricing.list-prices', { variant_id })
  const [price] = items
  await client.call('pricing.create-price', {
    ...{ price_list_id: price?.price_list_id ?? '', variant_id, unit_price: '2.5' },
    ...{ valid_from: daysAfter(today(), 1), replaces: true },
  })
  await client.call('catalog.add-barcode', { variant_id, code: `W${at}`, kind: 'internal' })
  await sell(owner, till, [{ variant_id, quantity: at % 2 === 0 ? '5' : '2' }])
  if (at % 2 === 1) {
    const document = { document_type: 'order', document_id: variant_id } as const
    const lines = [{ variant_id, quantity: '1' }]
    await client.call('inventory.reserve-stock', { branch_id: branchId, ...document, lines })
  }
  const product = await client.call('catalog.get-product', { id: variant.product_id })
  await client.call('catalog.update-product', {
    ...{ id: product.id, version: product.version, name: `Renamed ${at}`, is_sellable: at % 3 !== 0 },
  })
  const { variant: gone, ...doomed } = await makeProduct(owner, { name: `Doomed ${at}` })
  await client.call('catalog.delete-product', { id: doomed.id, version: doomed.version })
  expect(gone.product_id).toBe(doomed.id)
  const party = await client.call('parties.create-party', { kind: 'person', first_name: `Amina ${at}`, last_name: 'B' })
  await (at % 2 === 0
    ? client.call('parties.update-party', { id: party.id, version: party.version, phone: '+212600000001' })
    : client.call('parties.delete-party', { id: party.id, version: party.version }))
  if (at < 100 && at % 2 === 0) await setHere(client, 'sales.discount-limit-percent', 5 + (at % 7))
}

test('what a till fetched while others were writing, and all changes since, are what it would fetch now', async () => {
  const owner = await signUpOwner(server)
  const tills = [await openTill(owner), await openTill(owner), await openTill(owner)]
  await makeGoods(owner)
  let isWriting = true
  const writers = tills.map(async (till, writer) => {
    for (let at = 0; at < 6; at++) await work(owner, till, writer * 100 + at)
  })
  const written = Promise.all(writers).finally(() => {
    isWriting = false
  })
  // Small pages, so that much changes behind and before the one that is read.
  const store = await fetchKept(owner.client, owner.branchId, 3)
  let refreshed = 0
  while (isWriting) {
    await refreshKept(owner.client, owner.branchId, store)
    refreshed += 1
  }
  await written
  await refreshKept(owner.client, owner.branchId, store)
  expect(refreshed).toBeGreaterThan(1)
  const fresh = await fetchKept(owner.client, owner.branchId)
  expect(told(store)).toEqual(told(fresh))
  expect(fresh.goods.size).toBe(19)
  expect(fresh.customers.size).toBe(9)
})

test('a batch that is blocked or made known changes the stock of a till; what was sold out is removed from it', async () => {
  const owner = await signUpOwner(server)
  const { client, branchId } = owner
  const { variant } = await makeProduct(owner, { is_expiry_tracked: true })
  const expires_on = daysAfter(today(), 90)
  await client.call('inventory.receive-stock', {
    branch_id: branchId,
    lines: [{ variant_id: variant.id, quantity: '4', unit_cost: '1', batch_number: 'L1', expires_on }],
  })
  const store = await fetchKept(client, branchId)
  const level = { number: 'L1', expires_on, is_blocked: false, on_hand: '4', available: '4' }
  expect(store.stock.get(variant.id)?.levels).toMatchObject([level])

  const { items } = await client.call('inventory.list-batches', { variant_id: variant.id })
  await client.call('inventory.block-batch', { id: items[0]?.id ?? '', reason: 'Dented' })
  await refreshKept(client, branchId, store)
  expect(store.stock.get(variant.id)?.levels).toMatchObject([{ ...level, is_blocked: true }])

  const plain = await makeGoods(owner, { stock: '2' })
  await refreshKept(client, branchId, store)
  expect(store.stock.get(plain)?.levels).toMatchObject([{ batch_id: null, on_hand: '2' }])
  await sell(owner, await openTill(owner), [{ variant_id: plain, quantity: '2' }])
  await refreshKept(client, branchId, store)
  expect(store.stock.has(plain)).toBe(false)
})

test('a till knows the prices that are to come, and only those of lists for its branch in its currency', async () => {
  const owner = await signUpOwner(server)
  const { client, branchId } = owner
  const variant_id = await makeGoods(owner, { price: '9' })
  const list = (more: object) =>
    client.call('pricing.create-price-list', { code: 'X', name: 'X', currency: 'EUR', includes_tax: true, ...more })
  const other = await client.call('tenants.create-branch', {
    ...{ entity_id: owner.entityId, code: 'B2', name: 'Lyon', time_zone: 'Europe/Paris' },
  })
  const [elsewhere, abroad, here] = [
    await list({ code: 'LYON', branch_id: other.id }),
    await list({ code: 'USD', currency: 'USD' }),
    await list({ code: 'HERE', branch_id: branchId }),
  ]
  const price = (price_list_id: string, unit_price: string, valid_from = today()) =>
    client.call('pricing.create-price', { price_list_id, variant_id, unit_price, valid_from })
  await price(elsewhere.id, '1')
  await price(abroad.id, '2')
  await price(here.id, '3', daysAfter(today(), 3))
  const { goods, ground } = await fetchKept(client, branchId)
  expect(
    goods
      .get(variant_id)
      ?.prices.map((one) => one.unit_price)
      .toSorted(),
  ).toEqual(['3', '9'])
  expect(ground.price_lists.map(({ id }) => id)).toContain(here.id)
  expect(ground.price_lists.map(({ id }) => id)).not.toContain(elsewhere.id)
})

test('a cursor of another list, of another branch, or from before a restored backup is refused, and says what to do', async () => {
  const { client, branchId } = await signUpOwner(server)
  const { cursors } = await fetchKept(client, branchId)
  const changes = (since: string) =>
    problemOf(client.call('assortment.list-goods-changes', { branch_id: branchId, since }))
  const cursorOf = (key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url')
  expect(await changes(cursors.goods)).toBeUndefined()
  expect(await changes(cursors.stock)).toBe('400 invalid_cursor')
  expect(await changes('AAAA')).toBe('400 invalid_cursor')
  expect(await changes(cursorOf(['changes', 'goods elsewhere', 0]))).toBe('400 invalid_cursor')
  expect(await changes(cursorOf(['changes', `goods ${branchId}`, 1_000_000]))).toBe('410 cursor_outdated')
})
