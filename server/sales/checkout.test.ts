import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshEan, makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let till: Till
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
})
afterAll(() => server?.close())

const rowsOf = (text: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)
const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const onHand = async (variant_id: string) =>
  (await owner.client.call('inventory.list-levels', { variant_id })).items.map(({ on_hand }) => on_hand)

/** What the journal of a receipt posted, by purpose and holder. */
async function journalOf(id: string): Promise<Record<string, string>> {
  const rows = await rowsOf(
    `SELECT a.purpose, a.holder_type, e.amount FROM ledger.entry e JOIN ledger.account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
     WHERE e.tenant_id = $1 AND e.journal_id = $2`,
    [owner.tenantId, id],
  )
  return Object.fromEntries(
    rows.map(({ purpose, holder_type, amount }) => [`${purpose}${holder_type ? ` of ${holder_type}` : ''}`, amount]),
  )
}

test('a sale for cash: stock, money, tax and cost are booked in one journal, with a receipt and change', async () => {
  const variant_id = await makeGoods(owner, { price: '12', stock: '10', cost: '5' })
  const receipt = await sell(owner, till, [{ variant_id, quantity: '2' }], { paid: '50' })
  expect(receipt).toMatchObject({
    kind: 'sale',
    number: `${till.code}-000001`,
    sequence: '1',
    session_id: till.session_id,
    currency: 'EUR',
    gross: '24.00',
    discount: '0.00',
    net: '20.00',
    tax: '4.00',
    total: '24.00',
    paid: '50.00',
    change: '26.00',
    lines: [{ line: 1, variant_id, quantity: '2', list_price: '12', unit_price: '12', price_source: 'list' }],
    payments: [
      { kind: 'payment', amount: '50.00' },
      { kind: 'change', amount: '-26.00' },
    ],
  })
  expect(await onHand(variant_id)).toEqual(['8'])
  expect(await journalOf(receipt.id)).toEqual({
    'cash of session': '24.0000',
    sales: '-20.0000',
    vat_collected: '-4.0000',
    cost_of_sales: '10.0000',
    'inventory of branch': '-10.0000',
  })
  const [row] = await rowsOf('SELECT cost, profit FROM sales.sale WHERE id = $1', [receipt.id])
  expect(row).toEqual({ cost: '10.0000', profit: '10.0000' })
})

test('a sale sent twice is sold once, and answers the same', async () => {
  const variant_id = await makeGoods(owner)
  const id = uuidv7()
  const [first, second] = await Promise.all([
    sell(owner, till, [{ variant_id }], { id }),
    sell(owner, till, [{ variant_id }], { id }),
  ])
  expect(second).toEqual(first)
  expect(await sell(owner, till, [{ variant_id }], { id })).toEqual(first)
  expect(await answerOf(sell(owner, till, [{ variant_id, quantity: '2' }], { id }))).toMatch(/idempotency_key_reused/)
  expect(await onHand(variant_id)).toEqual(['9'])
})

test('receipts of a register are numbered without a gap, refused sales or not', async () => {
  const own = await openTill(owner)
  const variant_id = await makeGoods(owner, { stock: '20' })
  const results = await Promise.allSettled(Array.from({ length: 30 }, () => sell(owner, own, [{ variant_id }])))
  const sequences = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value.sequence] : []))
  expect(sequences.map(BigInt).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    Array.from({ length: 20 }, (_, at) => BigInt(at + 1)),
  )
})

test('a batch of sales takes one reading and one recording statement, whatever the number', async () => {
  const variant_id = await makeGoods(owner, { stock: '1000' })
  await sell(owner, till, [{ variant_id }])
  const transactions = await watchTransactions(() =>
    Promise.all(Array.from({ length: 40 }, () => sell(owner, till, [{ variant_id }]))),
  )
  const selling = transactions.filter((texts) => texts.includes('sales-record'))
  expect(selling.length).toBeGreaterThan(0)
  expect(selling.length).toBeLessThan(40)
  for (const texts of selling) expect(texts).toEqual(['BEGIN', 'set-tenant', 'sales-hold', 'sales-record', 'COMMIT'])
})

/** The statements of the transactions that requests ran meanwhile, by their names. */
async function watchTransactions(work: () => Promise<unknown>): Promise<string[][]> {
  const transactions: string[][] = []
  const pool = server.product.databases.app
  const watched = new Set<object>()
  const watch = (client: { query: (...args: never[]) => unknown }) => {
    if (watched.has(client)) return
    watched.add(client)
    const query = client.query.bind(client)
    let open: string[] = []
    client.query = (...args) => {
      const [first] = args as unknown as [string | { text: string; name?: string }]
      const text = typeof first === 'string' ? first : (first.name ?? first.text)
      if (text.startsWith('BEGIN')) {
        open = []
        transactions.push(open)
      }
      open.push(text)
      if (text === 'COMMIT' || text === 'ROLLBACK') open = []
      return query(...args)
    }
  }
  pool.on('acquire', watch as never)
  await work()
  pool.off('acquire', watch as never)
  return transactions
}

describe('what is sold', () => {
  test('what a scanner read is sold: a barcode, a SKU', async () => {
    const code = freshEan()
    const sku = `SKU-${uuidv7()}`
    const variant_id = await makeGoods(owner, { variants: [{ sku, barcodes: [code] }] })
    const receipt = await sell(owner, till, [{ barcode: code }, { barcode: sku.toLowerCase(), quantity: '2' }])
    expect(receipt.lines).toMatchObject([
      { variant_id, barcode: code, quantity: '1' },
      { variant_id, quantity: '2' },
    ])
  })

  test('a kit is sold as its parts are in stock, and a service without any', async () => {
    const part = await makeGoods(owner, { stock: '6', cost: '2' })
    const kit = await makeGoods(owner, { kind: 'kit', stock: '0', price: '30' })
    const { id, version } = await owner.client.call('catalog.get-variant', { id: kit })
    await owner.client.call('catalog.set-kit-lines', { id, version, lines: [{ variant_id: part, quantity: '3' }] })
    const service = await makeGoods(owner, { kind: 'service', stock: '0', price: '6' })
    const receipt = await sell(owner, till, [{ variant_id: kit, quantity: '2' }, { variant_id: service }])
    expect(receipt).toMatchObject({ total: '66.00' })
    expect(receipt.lines[0]?.allocations).toEqual([{ variant_id: part, batch_id: null, quantity: '6' }])
    expect(await onHand(part)).toEqual([])
    expect(await answerOf(sell(owner, till, [{ variant_id: kit }]))).toBe('409 insufficient_stock')
  })

  test('what expires first is sold first, or the batch that is named', async () => {
    const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true })
    const batch = (batch_number: string, expires_on: string) =>
      ({ variant_id, quantity: '2', unit_cost: '1', batch_number, expires_on }) as const
    await owner.client.call('inventory.receive-stock', {
      branch_id: owner.branchId,
      lines: [batch('LATE', '2198-01-01'), batch('SOON', '2197-01-01')],
    })
    const { items } = await owner.client.call('inventory.list-levels', { variant_id })
    const late = items.find(({ batch_number }) => batch_number === 'LATE')?.batch_id ?? ''
    await sell(owner, till, [{ variant_id }, { variant_id, batch_id: late }])
    const left = (await owner.client.call('inventory.list-levels', { variant_id })).items
    expect(left.map((one) => `${one.batch_number} ${one.on_hand}`).toSorted()).toEqual(['LATE 1', 'SOON 1'])
  })
})

describe('what is charged', () => {
  test('discounts of lines and basket and a changed price add up to what is paid', async () => {
    const variant_id = await makeGoods(owner, { price: '10' })
    const receipt = await sell(
      owner,
      till,
      [
        { variant_id, quantity: '3', discount: { percent: '10' }, discount_reason: 'Regular' },
        { variant_id, unit_price: '8', price_reason: 'Scratched' },
      ],
      { discount: { amount: '5' } },
    )
    expect(receipt).toMatchObject({ gross: '38.00', discount: '8.00', total: '30.00' })
    expect(receipt.lines[1]).toMatchObject({ unit_price: '8', price_source: 'override', price_reason: 'Scratched' })
    const journal = await journalOf(receipt.id)
    expect(journal).toMatchObject({ 'cash of session': '30.0000', sales: '-31.6700', discounts_given: '6.6700' })
  })

  test('several tenders pay one sale, each into its own account of the session', async () => {
    const variant_id = await makeGoods(owner, { price: '100' })
    const receipt = await sell(owner, till, [{ variant_id }], {
      payments: [
        { tender_id: till.tenders.card, amount: '60' },
        { tender_id: till.tenders.cash, amount: '50' },
      ],
    })
    expect(receipt).toMatchObject({ paid: '110.00', change: '10.00' })
    expect(await journalOf(receipt.id)).toMatchObject({
      'card_clearing of session': '60.0000',
      'cash of session': '40.0000',
    })
  })

  test('a channel keeps its commission', async () => {
    const variant_id = await makeGoods(owner, { price: '100' })
    const channel = await owner.client.call('channels.create-channel', {
      name: `Fair ${uuidv7()}`,
      type: 'retail',
      commission_rate: '12.5',
    } as never)
    const receipt = await sell(owner, till, [{ variant_id }], { channel_id: channel.id })
    expect(await journalOf(receipt.id)).toMatchObject({ platform_fees: '12.5000', platform_clearing: '-12.5000' })
  })
})

describe('what is refused is not sold', () => {
  const cases: [string, string, () => Promise<unknown>][] = [
    ['an unknown barcode', '404 barcode_unknown', () => sell(owner, till, [{ barcode: '4006381333931' }])],
    ['neither', '400 invalid_input', () => sell(owner, till, [{ quantity: '1' }])],
    ['somebody else’s goods', '422 variant_not_found', () => sell(owner, till, [{ variant_id: uuidv7() }])],
    [
      'goods without a price',
      '422 price_needed',
      async () => sell(owner, till, [{ variant_id: (await makeProduct(owner)).variant.id }]),
    ],
    [
      'too little',
      '422 payment_short',
      async () => sell(owner, till, [{ variant_id: await makeGoods(owner) }], { paid: '11.99' }),
    ],
    [
      'change from a card',
      '422 payment_over',
      async () =>
        sell(owner, till, [{ variant_id: await makeGoods(owner) }], {
          payments: [{ tender_id: till.tenders.card, amount: '13' }],
        }),
    ],
    [
      'an unknown session',
      '422 session_not_found',
      async () => sell(owner, { ...till, session_id: uuidv7() }, [{ variant_id: await makeGoods(owner) }]),
    ],
    [
      'another currency',
      '422 currency_mismatch',
      async () => sell(owner, till, [{ variant_id: await makeGoods(owner) }], { currency: 'MAD' }),
    ],
    [
      'a clock that is hours off',
      '422 clock_off',
      async () => sell(owner, till, [{ variant_id: await makeGoods(owner) }], { made_at: '2026-01-01T00:00:00Z' }),
    ],
    [
      'another total',
      '409 total_differs',
      async () => sell(owner, till, [{ variant_id: await makeGoods(owner) }], { expected_total: '11' }),
    ],
    [
      'more than there is',
      '409 insufficient_stock',
      async () => sell(owner, till, [{ variant_id: await makeGoods(owner), quantity: '11' }]),
    ],
    [
      '10,000 lines',
      '422 basket_too_long',
      async () => {
        const variant_id = await makeGoods(owner)
        return sell(
          owner,
          till,
          Array.from({ length: 10_000 }, () => ({ variant_id })),
        )
      },
    ],
    [
      'an unknown customer',
      '422 customer_not_found',
      async () => sell(owner, till, [{ variant_id: await makeGoods(owner) }], { customer_id: uuidv7() }),
    ],
    [
      'an unknown channel',
      '422 channel_not_found',
      async () => sell(owner, till, [{ variant_id: await makeGoods(owner) }], { channel_id: uuidv7() }),
    ],
  ]
  test.each(cases)('%s: %s', async (_, expected, attempt) => {
    const count = async () => (await rowsOf('SELECT count(*)::int AS n FROM sales.sale', []))[0].n
    const before = await count()
    expect(await answerOf(attempt())).toBe(expected)
    expect(await count()).toBe(before)
  })

  test('a discount or a price beyond what somebody may', async () => {
    const variant_id = await makeGoods(owner)
    const person = await signUpPerson(server)
    const roles = (await owner.client.call('tenants.list-roles', {})).items
    await hire(server, owner, person, [roles.find(({ name }) => name === 'cashier')?.id ?? ''])
    const cashier = { ...owner, client: clientIn(server, person, owner.tenantId) }
    const sold = (line: object) => answerOf(sell(cashier, till, [{ variant_id, ...line }]))
    expect(await sold({ discount: { percent: '10' } })).toBe('done')
    expect(await sold({ discount: { percent: '10.01' } })).toBe('403 discount_beyond_permission')
    expect(await sold({ unit_price: '11.5', price_reason: 'Why' })).toBe('403 price_beyond_permission')
  })
})
