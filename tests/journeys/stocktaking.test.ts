import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../harness/catalog.ts'
import { employ, receive, sell } from '../harness/counts.ts'
import { accountOf } from '../harness/ledger.ts'
import { signUpOwner, startTestServer, type TestClient, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeBatch, stockWorth } from '../harness/stock.ts'

let server: TestServer
let owner: TestOwner
let cashier: TestClient
let manager: TestClient
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  cashier = (await employ(server, owner, 'cashier')).client
  manager = (await employ(server, owner, 'manager')).client
}, 60_000)
afterAll(() => server.close())

const balance = async (purpose: string, holder: string | null = null) =>
  (await accountOf(owner, purpose, holder))?.balance

/** Tea, rice by weight, and syrup in a batch, worth 118.65 together: 40.00, 30.35 (30.345) and 48.30. */
async function receiveGoods() {
  const [tea, rice] = [
    await makeProduct(owner, { name: 'Tea' }),
    await makeProduct(owner, { name: 'Rice', unit: 'kg' }),
  ]
  const syrup = await makeProduct(owner, { name: 'Syrup', is_expiry_tracked: true })
  const batch = { variant_id: syrup.variant.id, number: 'S1', expires_on: '2199-12-31' }
  const batch_id = await makeBatch(server, owner, batch)
  await receive(server, owner, [
    { variant_id: tea.variant.id, quantity: '12', unit_cost: '3.333333' },
    { variant_id: rice.variant.id, quantity: '25.5', unit_cost: '1.19' },
    { variant_id: syrup.variant.id, batch_id, quantity: '6', unit_cost: '8.05' },
  ])
  return { tea: tea.variant.id, rice: rice.variant.id, syrup: syrup.variant.id, batch_id }
}

/** The manager opens a blind count of everything; the cashier counts, and overlooks most of the tea. */
async function countFirst({ tea, rice, syrup, batch_id }: Awaited<ReturnType<typeof receiveGoods>>) {
  const made = await manager.call('counts.create-count', {
    branch_id: owner.branchId,
    is_blind: true,
    freezes_stock: true,
  })
  expect(made).toMatchObject({ number: '1', subject: 'everything', state: 'open', lines: 3, counted: 0 })
  await expect(sell(server, owner, { variant_id: tea, quantity: '1' })).rejects.toMatchObject({
    kind: { code: 'stock_frozen' },
  })
  const list = await cashier.call('counts.list-lines', { id: made.id })
  expect(list.items.map(({ name, expected }) => [name, expected])).toEqual([
    ['Rice', null],
    ['Syrup', null],
    ['Tea', null],
  ])
  const lines = [
    { variant_id: tea, quantity: '1' },
    { variant_id: rice, quantity: '25.25' },
    { variant_id: syrup, batch_id, quantity: '5' },
    { variant_id: syrup, batch_number: 'S2', expires_on: '2199-06-30', quantity: '2' },
  ]
  await cashier.call('counts.enter-lines', { id: made.id, lines })
  return cashier.call('counts.submit-count', { id: made.id, version: made.version })
}

test('a cashier counts blind, a manager sends back and approves, and the books have what is there to the cent', async () => {
  const goods = await receiveGoods()
  expect(await balance('inventory', owner.branchId)).toBe('118.6500')
  const first = await countFirst(goods)
  const { id } = first
  const own = cashier.call('counts.approve-count', { id, version: first.version })
  await expect(own).rejects.toMatchObject({ problem: { code: 'forbidden' } })

  const seen = await manager.call('counts.list-lines', { id, show: 'varying' })
  expect(seen.items.map(({ name, batch_number, variance }) => [name, batch_number, variance])).toEqual([
    ['Rice', null, '-0.25'],
    ['Syrup', 'S1', '-1'],
    ['Syrup', 'S2', '2'],
    ['Tea', null, '-11'],
  ])
  const far = seen.items.filter(({ name }) => name === 'Tea').map(({ id }) => id)
  const back = await manager.call('counts.send-back', {
    id,
    version: first.version,
    reason: 'Look behind the counter',
    line_ids: far,
  })
  expect((await cashier.call('counts.list-lines', { id, show: 'to_recount' })).items).toMatchObject([
    { name: 'Tea', counted: '1', requires_recount: true },
  ])
  await cashier.call('counts.enter-lines', { id, lines: [{ variant_id: goods.tea, quantity: '11' }] })
  const second = await cashier.call('counts.submit-count', { id, version: back.version })
  const approved = await manager.call('counts.approve-count', { id, version: second.version })
  expect(approved.steps.map(({ action }) => action)).toEqual(['open', 'submit', 'send_back', 'submit', 'approve'])

  // Lost: one of tea 3.33, 0.25 kg of rice 0.30, one of syrup 8.05. Found: two of syrup at 8.05.
  expect(await balance('stock_loss')).toBe('11.6800')
  expect(await balance('stock_gain')).toBe('-16.1000')
  expect(await balance('inventory', owner.branchId)).toBe('123.0700')
  expect(await stockWorth(server, owner)).toBe('123.0700')
  const { items: journals } = await owner.client.call('ledger.list-journals', { entity_id: owner.entityId, limit: 200 })
  expect(journals.filter(({ document_type }) => document_type === 'stock_count')).toMatchObject([
    { id, document_id: id, document_number: '1' },
  ])
  await sell(server, owner, { variant_id: goods.tea, quantity: '11' })
  expect(
    (await owner.client.call('counts.list-due', { branch_id: owner.branchId, not_counted_for_days: 30 })).items,
  ).toEqual([])

  const history = await owner.client.call('audit.list-resource-history', {
    resource_type: 'count',
    resource_id: id,
  })
  expect(history.items.map(({ event }) => event)).toContain('counts.approve-count')
})
