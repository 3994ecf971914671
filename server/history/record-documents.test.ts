import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOfRecording, oldSale, publishedSums, recordHistory } from '../../tests/harness/history.ts'
import { accountOf, readBooks } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
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

const fullSale = (one: TestOwner, goods: string) =>
  oldSale(one, goods, {
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

test('a document is posted once on its own day, as its rounded lines come to', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  const document = fullSale(one, goods)
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

test('what was free, given back or adjusted counts as what it is', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  const line = { variant_id: goods, quantity: '-2', unit_price: '12.50', tax_rate: '20' }
  const sale = oldSale(one, goods, { id: uuidv7(), lines: [{ ...line, quantity: '3' }] })
  const items = await recordHistory(one, [
    sale,
    oldSale(one, goods, { kind: 'refund', number: 'C1', original_id: sale.id, lines: [line] }),
    oldSale(one, goods, { kind: 'credit', number: 'C2', lines: [line] }),
    oldSale(one, goods, {
      kind: 'adjustment',
      number: 'A563185',
      lines: [{ name: 'Adjust bad debt', quantity: '1', unit_price: '-11062.06' }],
    }),
    oldSale(one, goods, { lines: [{ variant_id: goods, quantity: '5', unit_price: '0' }] }),
    oldSale(one, goods, { lines: [{ variant_id: goods, quantity: '-5', unit_price: '0' }] }),
  ])
  expect(items.map(({ state, total }) => [state, total])).toEqual([
    ['recorded', '37.50'],
    ['recorded', '-25.00'],
    ['recorded', '-25.00'],
    ['recorded', '-11062.06'],
    ['recorded', '0.00'],
    ['recorded', '0.00'],
  ])
  const roles = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'SELECT kind, role, sum(net) AS net FROM history.read_line WHERE tenant_id = $1 GROUP BY 1, 2 ORDER BY 1, 2',
      [one.tenantId],
    ),
  )
  expect(roles.rows).toEqual([
    { kind: 'adjustment', role: 'adjustment', net: '-11062.0600' },
    { kind: 'credit', role: 'returned', net: '-20.8300' },
    { kind: 'refund', role: 'returned', net: '-20.8300' },
    { kind: 'sale', role: 'sold', net: '31.2500' },
    { kind: 'sale', role: 'stock_adjustment', net: '0.0000' },
  ])
  const purposes = ['history_clearing', 'sales', 'sales_returns', 'vat_collected', 'bad_debts']
  expect(await Promise.all(purposes.map((purpose) => balanceOf(one, purpose)))).toEqual([
    '-11074.5600',
    '-31.2500',
    '41.6600',
    '2.0900',
    '11062.0600',
  ])
  const free = await one.client.call('history.get-document', { id: items[4]?.id ?? '' })
  expect(free).toMatchObject({ journal_id: null, gross_revenue: '0.00' })
})

test('a document that comes again is there already; another one with its number is refused', async () => {
  const document = oldSale(owner, tea, { number: 'N-1', note: 'By post', customer_id: undefined })
  const [first] = await recordHistory(owner, [document])
  const before = await readBooks(server)
  const again = {
    ...document,
    made_at: '2026-02-03T11:30:00+01:00',
    lines: [{ variant_id: tea, quantity: '1.0', unit_price: '12.5' }],
  }
  expect(await recordHistory(owner, [again])).toEqual([{ ...first, state: 'already_recorded' }])
  expect(await readBooks(server)).toMatchObject({ journals: before.journals, accounts: before.accounts })
  const other = { ...document, lines: [{ variant_id: tea, quantity: '2', unit_price: '12.5' }] }
  expect(await codeOfRecording(owner, other)).toBe('document_number_taken')
  // Another source, another kind, other capitals: another number.
  const free = [
    { source: 'shop' },
    { number: 'n-1' },
    { kind: 'credit', lines: [{ ...other.lines[0], quantity: '-1' }] },
  ]
  expect(await Promise.all(free.map((change) => codeOfRecording(owner, { ...document, ...change })))).toEqual(
    free.map(() => 'recorded'),
  )
  const twice = oldSale(owner, tea)
  expect((await recordHistory(owner, [twice, twice])).map(({ state }) => state)).toEqual([
    'recorded',
    'already_recorded',
  ])
  const id = uuidv7()
  const states = await recordHistory(owner, [oldSale(owner, tea, { id }), oldSale(owner, tea, { id })])
  expect(states.map(({ state, refused }) => refused?.code ?? state)).toEqual(['recorded', 'already_exists'])
})

test('of many who record the same numbers at once one does, and the others are told so', async () => {
  const documents = Array.from({ length: 5 }, () => oldSale(owner, tea, { number: uuidv7() }))
  const answers = await Promise.all(Array.from({ length: 6 }, () => recordHistory(owner, documents)))
  for (const at of documents.keys()) {
    const states = answers.map((items) => items[at])
    expect(states.map((one) => one?.state).toSorted()).toEqual([...Array(5).fill('already_recorded'), 'recorded'])
    expect(new Set(states.map((one) => one?.id)).size).toBe(1)
  }
  const number = uuidv7()
  const different = await Promise.all(
    Array.from({ length: 6 }, (_, at) =>
      codeOfRecording(
        owner,
        oldSale(owner, tea, { number, lines: [{ variant_id: tea, quantity: `${at + 1}`, unit_price: '1' }] }),
      ),
    ),
  )
  expect(different.toSorted()).toEqual([...Array(5).fill('document_number_taken'), 'recorded'])
})

test('a document of a closed month is refused by itself, and recorded where it is not to be posted', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  await one.client.call('ledger.close-period', { id: one.entityId, month: '2026-01' })
  const documents = ['2026-01-31', '2026-02-01'].map((effective_on) => ({
    ...oldSale(one, goods),
    made_at: undefined,
    effective_on,
  }))
  const [late, open] = await recordHistory(one, documents)
  expect(late).toMatchObject({
    state: 'refused',
    id: null,
    refused: { code: 'period_closed', detail: 'the books are closed through 2026-01-31' },
  })
  expect(open).toMatchObject({ state: 'recorded' })
  const [unposted] = await recordHistory(one, documents, { ledger: 'none' })
  expect(unposted).toMatchObject({ state: 'recorded' })
  const found = await one.client.call('history.get-document', { id: unposted?.id ?? '' })
  expect(found).toMatchObject({ journal_id: null, made_at: null, effective_on: '2026-01-31' })
  expect(await balanceOf(one, 'history_clearing')).toBe('12.5000')
})

test('what was made in another currency is posted in that of the books, at its rate, with what rounding leaves', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  const sale = { currency: 'GBP', fx_rate: '1.165', platform_fees: '0.07' }
  const lines = [{ variant_id: goods, quantity: '1', unit_price: '10.15', tax_rate: '20' }]
  const [{ id } = { id: '' }] = await recordHistory(one, [oldSale(one, goods, { ...sale, lines })])
  expect(await one.client.call('history.get-document', { id: id ?? '' })).toMatchObject({
    currency: 'GBP',
    base_currency: 'EUR',
    fx_rate: '1.165',
    total: '10.15',
    base_tax: '1.97',
    base_total: '11.82',
    base_net: '9.85',
  })
  const { entries } = await one.client.call('ledger.get-journal', { id: id ?? '' })
  expect(entries.map((entry) => [entry.amount, entry.transaction_currency, entry.transaction_amount])).toEqual([
    ['11.7400', 'GBP', '10.0800'],
    ['0.0800', 'GBP', '0.0700'],
    ['-9.8600', 'GBP', '-8.4600'],
    ['-1.9700', 'GBP', '-1.6900'],
    ['0.0100', null, null],
  ])
  expect(await codeOfRecording(one, oldSale(one, goods, { currency: 'GBP' }))).toBe('rate_not_found')
})

test('books that were opened before there was an account for it open it when it is first needed', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  await withClient(server.database.superuserUrl, (client) =>
    client.query(`DELETE FROM ledger.account WHERE tenant_id = $1 AND purpose = 'history_clearing'`, [one.tenantId]),
  )
  expect(await balanceOf(one, 'history_clearing')).toBeUndefined()
  await recordHistory(one, [oldSale(one, goods), oldSale(one, goods)])
  expect(await accountOf(one, 'history_clearing')).toMatchObject({ code: '4672', balance: '25.0000' })
})

test('an entry of the audit chain says what a document says, and all of its lines by their digest', async () => {
  const [{ id } = { id: '' }] = await recordHistory(owner, [oldSale(owner, tea)])
  const { items } = await owner.client.call('audit.list-entries', {
    resource_type: 'history_document',
    resource_id: id ?? '',
  })
  expect(items).toHaveLength(1)
  const [digest] = await withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT encode(content_sha256, 'hex') AS digest FROM history.document WHERE id = $1`,
      [id],
    )
    return rows.map((row) => row.digest)
  })
  expect(items[0]).toMatchObject({ event: 'history.record-documents' })
  expect(JSON.stringify(items[0])).not.toContain('(undescribed)')
  expect(JSON.stringify(items[0])).toContain(digest)
})
