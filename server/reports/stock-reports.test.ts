import { afterAll, beforeAll, expect, test } from 'vitest'
import { countedTill } from '../../tests/harness/cash.ts'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { employ } from '../../tests/harness/counts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { documentsOf, runReport, tablesOf } from '../../tests/harness/reports.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { makeGoods, openTill, sell } from '../../tests/harness/till.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

const today = () => dayIn('Europe/Paris', now())
const keyOf = (...parts: (string | null)[]) => JSON.stringify(parts)
const cellsOf = async (report: string, parameters = {}) =>
  (await runReport(owner.client, report, parameters)).rows.map(({ cells }) => cells)

async function expectDocuments(report: string, parameters = {}): Promise<Record<string, Record<string, string>>> {
  const { told, summed } = await tablesOf(owner.client, report, parameters)
  expect(summed, report).toEqual(told)
  return told
}

async function expiring(days: number, quantity: string, unit_cost: string, variant_id?: string): Promise<string> {
  const id = variant_id ?? (await makeProduct(owner, { is_expiry_tracked: true })).variant.id
  const lot = { batch_number: `L${days}`, expires_on: daysAfter(today(), 1), quantity, unit_cost }
  await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: [{ variant_id: id, ...lot }] })
  // What has expired is not received any more.
  await withClient(server.database.superuserUrl, (client) =>
    client.query('UPDATE inventory.batch SET expires_on = $1 WHERE tenant_id = $2 AND number = $3', [
      ...[daysAfter(today(), days), owner.tenantId, lot.batch_number],
    ]),
  )
  return id
}

test('stock is low at its reorder point, the most specific that is set, and not above it', async () => {
  owner = await signUpOwner(server)
  const { client, branchId: branch_id } = owner
  const policy = (values: object) =>
    client.call('replenishment.create-policy', { valid_from: '2026-01-01', reorder_point: '5', ...values })
  const [at, above, below, special, none] = [
    await makeGoods(owner, { name: 'At', stock: '5' }),
    await makeGoods(owner, { name: 'Above', stock: '6' }),
    await makeGoods(owner, { name: 'Below', stock: '4' }),
    await makeGoods(owner, { name: 'Special', stock: '7' }),
    await makeGoods(owner, { name: 'None', stock: '0' }),
  ]
  await policy({})
  await policy({ variant_id: special, branch_id, reorder_point: '7' })
  await policy({ variant_id: none, branch_id, reorder_point: '2' })
  await policy({ variant_id: above, reorder_point: '1' })
  const told = await expectDocuments('low-stock')
  expect(Object.keys(told).toSorted()).toEqual(
    [at, below, special, none].map((variant_id) => keyOf(branch_id, variant_id)).toSorted(),
  )
  expect(await cellsOf('low-stock')).toContainEqual(
    expect.objectContaining({ product: 'At', on_hand: '5', available: '5', reorder_point: '5', source: 'set' }),
  )
})

test('quantities of goods in different units are never added up', async () => {
  owner = await signUpOwner(server)
  const { client } = owner
  const { items } = await client.call('catalog.list-units', { limit: 200 })
  const [pieces = '', kilos = ''] = items.map(({ code }) => code)
  for (const [unit, stock] of [
    [pieces, '3'],
    [pieces, '1'],
    [kilos, '2'],
  ] as const) {
    const variant_id = await makeGoods(owner, { name: `In ${unit}`, stock, unit })
    await client.call('replenishment.create-policy', { variant_id, valid_from: '2026-01-01', reorder_point: '5' })
  }
  const { totals } = await runReport(client, 'low-stock')
  const told = totals?.map(({ currency, unit, cells }) => [currency, unit, cells.on_hand])
  expect(told?.toSorted()).toEqual(
    [
      [null, pieces, '4'],
      [null, kilos, '2'],
    ].toSorted(),
  )
})

test('stock that nobody sets a point for any more is low at the one of the last alerts', async () => {
  owner = await signUpOwner(server)
  const { client } = owner
  const variant_id = await makeGoods(owner, { name: 'Left', stock: '3' })
  const policy = { variant_id, valid_from: '2026-01-01', reorder_point: '5' }
  const { id, version } = await client.call('replenishment.create-policy', policy)
  await client.call('replenishment.refresh-alerts', {})
  await client.call('replenishment.update-policy', { id, version, valid_through: '2026-01-31' })
  expect(await cellsOf('low-stock')).toMatchObject([{ product: 'Left', reorder_point: '5', source: 'computed' }])
  await client.call('replenishment.refresh-alerts', {})
  expect(await cellsOf('low-stock')).toEqual([])
})

test('batches are told by days to expiry, with their share of the value', async () => {
  owner = await signUpOwner(server)
  const one = await expiring(-1, '3', '2')
  await expiring(0, '10', '1.333333')
  await expiring(30, '1', '3', one)
  await expiring(31, '5', '4')
  await expiring(90, '7', '1')
  await expiring(91, '100', '1')
  const told = await expectDocuments('expiring-stock')
  expect(told).toEqual({
    // Costs are averaged over the batches of goods: (3 × 2 + 1 × 3) ÷ 4 each.
    [keyOf(owner.branchId, '-1')]: { batches: '1', quantity: '3', value: '6.75' },
    [keyOf(owner.branchId, '0')]: { batches: '2', quantity: '11', value: '15.58' },
    [keyOf(owner.branchId, '31')]: { batches: '1', quantity: '5', value: '20' },
    [keyOf(owner.branchId, '61')]: { batches: '1', quantity: '7', value: '7' },
  })
  const rows = await cellsOf('expiring-stock', { days: 100 })
  expect(rows.map(({ expires_in }) => expires_in)).toEqual(['expired', '0–30', '31–60', '61–90', '91–100'])
  const [row] = (await runReport(owner.client, 'expiring-stock')).rows
  const documents = await documentsOf(owner.client, { report: 'expiring-stock', key: row?.key ?? '', figure: 'value' })
  expect(documents).toMatchObject([{ kind: 'batch', number: 'L-1', day: daysAfter(today(), -1), amount: '6.75' }])
})

test('stock is worth what valuation says, by branch and by category', async () => {
  owner = await signUpOwner(server)
  const { client } = owner
  const category = (await client.call('catalog.create-category', { name: 'Sweet' })).id
  await makeGoods(owner, { category_id: category, stock: '3', cost: '2.5' })
  await makeGoods(owner, { stock: '4', cost: '1.2345' })
  await makeGoods(owner, { stock: '0' })
  const [total] = (await client.call('valuation.list-totals', {})).items
  const byBranch = await expectDocuments('stock-value')
  expect(byBranch).toEqual({ [keyOf(owner.branchId, 'EUR')]: { variants: '2', value: '12.44' } })
  expect(total).toMatchObject({ value: '12.44', variants: 2 })
  const byCategory = await expectDocuments('stock-value', { by: 'category' })
  expect(Object.values(byCategory)).toEqual([
    { variants: '1', value: '4.94' },
    { variants: '1', value: '7.5' },
  ])
  expect((await cellsOf('stock-value', { by: 'category' })).map((cells) => cells.category)).toEqual([null, 'Sweet'])
  const yesterday = daysAfter(today(), -1)
  expect(await expectDocuments('stock-value', { on: yesterday })).toEqual({
    [keyOf(owner.branchId, 'EUR')]: { variants: '0', value: '0' },
  })
})

test('cashiers are told apart by what their counts found, and blind counts are not told before they are closed', async () => {
  owner = await signUpOwner(server)
  const [first, second] = [await employ(server, owner, 'cashier'), await employ(server, owner, 'cashier')]
  await countedTill(owner, first.client, '190')
  await countedTill(owner, first.client, '203')
  await countedTill(owner, second.client, '200')
  const told = await expectDocuments('cash-variances')
  expect(told).toEqual({
    [keyOf(first.id, 'EUR')]: {
      ...{ sessions: '2', expected: '400', counted: '393' },
      ...{ short: '-10', over: '3', variance: '-7' },
    },
    [keyOf(second.id, 'EUR')]: {
      ...{ sessions: '1', expected: '200', counted: '200' },
      ...{ short: '0', over: '0', variance: '0' },
    },
  })
  await setHere(owner.client, 'cash.blind-count', true)
  await countedTill(owner, second.client, '20')
  expect(await expectDocuments('cash-variances')).toEqual(told)
})

test('best sellers are in classes by their share, and what was not sold is slow', async () => {
  owner = await signUpOwner(server)
  const till = await openTill(owner)
  const sold = async (name: string, price: string) => {
    const variant_id = await makeGoods(owner, { name, price, stock: '10' })
    await sell(owner, till, [{ variant_id }])
  }
  for (const [name, price] of [
    ['Most', '120'],
    ['More', '24'],
    ['Less', '9.6'],
    ['Least', '1.2'],
  ] as const)
    await sold(name, price)
  await makeGoods(owner, { name: 'Never', stock: '2' })
  await makeGoods(owner, { name: 'Nowhere', stock: '0' })
  const rows = await cellsOf('best-sellers')
  expect(
    rows.map((cells) => [cells.rank, cells.class, cells.product, cells.revenue, cells.cumulative_percent]),
  ).toEqual([
    ['1', 'A', 'Most', '100.00', '77.52'],
    ['2', 'A', 'More', '20.00', '93.02'],
    ['3', 'B', 'Less', '8.00', '99.22'],
    ['4', 'C', 'Least', '1.00', '100'],
    [null, 'slow', 'Never', '0.00', null],
  ])
  const bounds = await cellsOf('best-sellers', { a_percent: 50, b_percent: 78, show: 'sold', by: 'quantity' })
  expect(bounds.map((cells) => cells.class)).toEqual(['A', 'A', 'B', 'B'])
  expect((await cellsOf('best-sellers', { show: 'slow' })).map((cells) => cells.product)).toEqual(['Never'])
  await expectDocuments('best-sellers')
  const crossed = runReport(owner.client, 'best-sellers', { a_percent: 95, b_percent: 80 })
  await expect(crossed).rejects.toMatchObject({ problem: { status: 422, code: 'report_bounds_crossed' } })
})
