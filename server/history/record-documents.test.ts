import { afterAll, beforeAll, expect, test } from 'vitest'
import { oldSale, publishedSums, recordHistory } from '../../tests/harness/history.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods } from '../../tests/harness/till.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let tea: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tea = await makeGoods(owner, { stock: '0' })
})
afterAll(() => server?.close())

const balanceOf = async (of: TestOwner, purpose: string) => (await accountOf(of, purpose))?.balance

test('a document is posted once on its own day, as its rounded lines come to', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  const document = oldSale(one, goods, {
    id: uuidv7(),
    number: '536365',
    made_at: '2026-01-31T23:30:00Z',
    last_made_at: '2026-01-31T23:31:00Z',
    platform_fees: '3.10',
    shipping_cost: '4',
    reference: 'sales.csv, row 2',
    lines: [
      { variant_id: goods, name: 'Tea of old', sku: '85123A', quantity: '3', unit_price: '2.335', tax_rate: '20' },
      {
        variant_id: goods,
        sku: '85123a',
        quantity: '10',
        unit_price: '12',
        discount: '20',
        tax_rate: '20',
        unit_cost: '4',
      },
      { variant_id: goods, quantity: '-7', unit_price: '0' },
    ],
  })
  expect(await recordHistory(one, [document])).toEqual([
    { id: document.id, state: 'recorded', total: '107.01', refused: null },
  ])
  const found = await one.client.call('history.get-document', { id: document.id })
  expect(found).toMatchObject({
    kind: 'sale',
    number: '536365',
    // Half an hour after midnight in Paris.
    effective_on: '2026-02-01',
    gross_revenue: '105.84',
    discount: '16.67',
    net_revenue: '89.17',
    tax: '17.84',
    total: '107.01',
    exact_amount: '127.005',
    line_count: 3,
    cost_of_goods: null,
    net_profit: null,
    base_currency: 'EUR',
    fx_rate: '1',
    base_total: '107.01',
    journal_id: document.id,
    is_stock_moved: false,
    reversal: null,
  })
  const { items: lines } = await one.client.call('history.list-lines', { id: document.id })
  expect(
    lines.map(({ role, exact_amount, net, tax, total, cost }) => [role, exact_amount, net, tax, total, cost]),
  ).toEqual([
    ['sold', '7.005', '5.84', '1.17', '7.01', null],
    ['sold', '120', '83.33', '16.67', '100.00', '40.00'],
    ['stock_adjustment', '0', '0.00', '0.00', '0.00', null],
  ])
  const journals = await one.client.call('ledger.list-journals', { entity_id: one.entityId, document_id: document.id })
  expect(journals.items).toMatchObject([
    { id: document.id, document_type: 'history_sale', document_number: '536365', effective_on: '2026-02-01' },
  ])
  const purposes = [
    'history_clearing',
    'platform_fees',
    'sales',
    'discounts_given',
    'vat_collected',
    'rounding_differences',
  ]
  expect(await Promise.all(purposes.map((purpose) => balanceOf(one, purpose)))).toEqual([
    '103.9100',
    '3.1000',
    '-105.8400',
    '16.6700',
    '-17.8400',
    '0.0000',
  ])
  expect(await publishedSums(server, one.tenantId)).toEqual({
    lines: 3,
    exact: '127.005',
    net: '89.1700',
    tax: '17.8400',
    total: '107.0100',
  })
})
