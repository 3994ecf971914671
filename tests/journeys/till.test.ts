import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { employ } from '../harness/counts.ts'
import { watchDatabase } from '../harness/fingerprint.ts'
import { signUpOwner, startTestServer, type TestClient, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeGoods } from '../harness/till.ts'

let server: TestServer
let superuser: pg.Client
let owner: TestOwner
let cashier: { id: string; client: TestClient }
let manager: { id: string; client: TestClient }
let tenders: Readonly<Record<string, string>>
/** At 120 and 60 MAD, with 20 percent tax in it. */
let goods: { dear: string; cheap: string }
beforeAll(async () => {
  server = await startTestServer()
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await superuser.connect()
  owner = await signUpOwner(server, { country: 'MA', currency: 'MAD', time_zone: 'Africa/Casablanca' })
  cashier = await employ(server, owner, 'cashier', { branch_ids: [owner.branchId] })
  manager = await employ(server, owner, 'manager', { branch_ids: [owner.branchId] })
  const { items } = await owner.client.call('payments.list-tenders', { limit: 50 })
  tenders = Object.fromEntries(items.map((one) => [one.code, one.id]))
  const inMorocco = { currency: 'MAD', stock: '100' }
  goods = {
    dear: await makeGoods(owner, { ...inMorocco, price: '120', cost: '70' }),
    cheap: await makeGoods(owner, { ...inMorocco, price: '60', cost: '30' }),
  }
  const found = { branch_id: owner.branchId, amount: '2000', reason: 'Counted on the first day' }
  await owner.client.call('cash.move-safe', { ...found, kind: 'put_in', against: 'opening_balances' })
}, 60_000)
afterAll(async () => {
  await superuser?.end()
  await server?.close()
})

/** What the books hold, by purpose, for a holder or for all. */
async function books(holderId: string | null): Promise<Record<string, string>> {
  const { items } = await owner.client.call('ledger.list-accounts', { entity_id: owner.entityId, limit: 200 })
  const held = items.filter((one) => one.holder_id === holderId && one.purpose !== null)
  return Object.fromEntries(held.map(({ purpose, balance }) => [String(purpose), balance]))
}

async function openTill(client: TestClient, code: string) {
  const register = { branch_id: owner.branchId, code, name: 'Front' }
  const { id: register_id } = await owner.client.call('registers.create-register', register)
  return client.call('cash.open-session', { register_id, float_amount: '500' })
}

type Given = [code: string, amount: string, reference?: string]
const paid = (given: readonly Given[]) =>
  given.map(([code, amount, reference]) => ({
    tender_id: tenders[code] ?? '',
    amount,
    ...(reference ? { reference } : {}),
  }))
const sell = (session_id: string, lines: readonly object[], ...given: Given[]) =>
  cashier.client.call('sales.checkout', { session_id, lines: lines as never, payments: paid(given) })
const refund = (session_id: string, original_id: string, quantity: string, ...given: Given[]) =>
  manager.client.call('sales.refund', {
    ...{ session_id, original_id, reason: 'Broken', lines: [{ line: 1, quantity }], payments: paid(given) },
  })

/** A morning and an afternoon: four tenders, a discount, a refund, a basket given up, coins from the safe, a bill and a drop. */
async function work(id: string) {
  const { dear, cheap } = goods
  const first = await sell(id, [{ variant_id: dear, quantity: '5' }], ['cash', '640'])
  await sell(id, [{ variant_id: dear, quantity: '4' }], ['card', '380'], ['cash', '100'])
  await sell(id, [{ variant_id: cheap, quantity: '2' }], ['mobile_wallet', '120'])
  const reduced = { variant_id: dear, quantity: '10', discount: { percent: '5' }, discount_reason: 'Regular customer' }
  await sell(id, [reduced], ['bank_transfer', '1140', 'VIR-2044'])
  const back = await refund(id, first.id, '1', ['cash', '120'])
  await cashier.client.call('sales.void-basket', { session_id: id, reason: 'No money on them', total: '75', lines: [] })
  const { client } = cashier
  await client.call('cash.pay-in', { id, amount: '100', reason: 'Coins from the safe' })
  await client.call('cash.pay-out', { id, amount: '35', reason: 'Water for the shop' })
  await client.call('cash.drop-cash', { id, amount: '500', reason: 'Half past two' })
  expect([first.number, back.number, first.change]).toEqual(['R1-000001', 'R1-000005', '40.00'])
  return first
}

/** What the report says was sold, and who sold it; 2340 sold, 120 of it given back. */
const sold = () => ({
  ...{ sales: 4, refunds: 1, exchanges: 0, offline: 0, first_number: 'R1-000001', last_number: 'R1-000005' },
  ...{ gross: '2280', discount: '60', net: '1850', tax: '370', total: '2220', refunded: '-120', rounding: '0' },
  taxes: [{ name: expect.any(String), rate: '20', base: '1850', tax: '370' }],
  cashiers: expect.arrayContaining([
    { employee_id: cashier.id, receipts: 4, total: '2340' },
    { employee_id: manager.id, receipts: 1, total: '-120' },
  ]),
  voids: { baskets: 1, total: '75' },
})

/** Float 500, sold 600 and 100, given back 120, in 100, out 35, dropped 500: 645.00 in cash, of which 585.00 are there. */
const count = (id: string, version: number) =>
  cashier.client.call('cash.count-session', {
    ...{ id, version },
    tenders: [
      {
        ...{ tender_kind: 'cash', counted: '585' },
        denominations: [
          { value: '200', quantity: 2 },
          { value: '50', quantity: 3 },
          { value: '5', quantity: 7 },
        ],
      },
      { tender_kind: 'card', counted: '380' },
      { tender_kind: 'mobile_wallet', counted: '120' },
      { tender_kind: 'bank_transfer', counted: '1140' },
    ],
  })

/** What payments, receipts and books say of a session, beside its report. */
async function evidenceOf(id: string) {
  const { items: payments } = await owner.client.call('payments.list-payments', { session_id: id, limit: 200 })
  const { items: receipts } = await owner.client.call('sales.list-sales', { session_id: id, limit: 200 })
  const sum = (amounts: readonly string[]) => amounts.reduce((all, amount) => all + Number(amount), 0)
  return {
    payments: Object.fromEntries(
      Object.entries(tenders).map(([code, tender_id]) => [
        code,
        sum(payments.filter((one) => one.tender_id === tender_id).map(({ amount }) => amount)),
      ]),
    ),
    numbers: receipts.map(({ number }) => number).toSorted(),
    totals: sum(receipts.map(({ total }) => total)),
    tax: sum(receipts.map(({ tax }) => tax)),
  }
}

describe('a shift with four tenders and a refund', () => {
  let id: string
  let version: number
  let first: Awaited<ReturnType<typeof work>>
  beforeAll(async () => {
    const opened = await openTill(cashier.client, 'R1')
    id = opened.id
    version = opened.version
    first = await work(id)
  })

  test('its X-report is what the books, the payments and the receipts say', async () => {
    const x = await cashier.client.call('cash.get-x-report', { id })
    expect(x.tenders.map(({ tender_kind, expected, balance }) => [tender_kind, expected, balance])).toEqual([
      ['cash', '645', '645'],
      ['card', '380', '380'],
      ['mobile_wallet', '120', '120'],
      ['bank_transfer', '1140', '1140'],
    ])
    expect(await books(id)).toEqual({
      ...{ cash: '645.0000', card_clearing: '380.0000' },
      ...{ mobile_wallet_clearing: '120.0000', cash_in_transit: '1140.0000' },
    })
    expect(x.sales).toEqual(sold())
    expect(await evidenceOf(id)).toEqual({
      payments: { cash: 580, card: 380, mobile_wallet: 120, bank_transfer: 1140, cheque: 0 },
      numbers: [1, 2, 3, 4, 5].map((number) => `R1-00000${number}`),
      ...{ totals: 2220, tax: 370 },
    })
    // 500 float, 100 in, 35 out and 500 dropped are no payments.
    expect(Number(x.tenders[0]?.expected)).toBe(580 + 500 + 100 - 35 - 500)
  })

  test('more cash than is in the drawer is not given back', async () => {
    const { dear } = goods
    const big = await sell(id, [{ variant_id: dear, quantity: '8' }], ['card', '960'])
    const before = await books(id)
    const giving = manager.client.call('sales.refund', {
      ...{ session_id: id, original_id: big.id, reason: 'Broken', lines: [{ line: 1 }] },
      payments: paid([['cash', '960']]),
    })
    await expect(giving).rejects.toMatchObject({ problem: { status: 409, code: 'drawer_short' } })
    expect(await books(id)).toEqual(before)
    await refund(id, big.id, '8', ['card', '960'])
  })

  test('once it has ended, nothing is sold, given back, exchanged or given up in it, and nothing is written', async () => {
    version = (await cashier.client.call('cash.close-session', { id, version })).version
    const fingerprint = await watchDatabase(superuser, {
      tables: ['identity.visit'],
      rows: {},
      columns: { 'identity.session': ['used_at', 'updated_at'] },
    })
    const line = { variant_id: goods.cheap }
    const returned = { session_id: id, original_id: first.id, reason: 'Broken' }
    const before = await fingerprint()
    const late: (() => Promise<unknown>)[] = [
      () => sell(id, [line], ['cash', '60']),
      () => refund(id, first.id, '1', ['cash', '120']),
      () =>
        manager.client.call('sales.exchange', {
          ...{ ...returned, returns: [{ line: 1, quantity: '1' }], lines: [line] },
          payments: paid([['cash', '60']]),
        }),
      () => cashier.client.call('sales.void-basket', { session_id: id, reason: 'Too late', total: '60', lines: [] }),
      () => cashier.client.call('cash.pay-in', { id, amount: '1', reason: 'Too late' }),
    ]
    for (const attempt of late)
      await expect(attempt()).rejects.toMatchObject({ problem: { status: 409, code: 'session_not_open' } })
    expect(await fingerprint()).toBe(before)
  })

  test('60 short against a threshold of 50, it waits for somebody else, and all agrees to the cent in the end', async () => {
    const escalated = await count(id, version)
    expect(escalated).toMatchObject({ reconciliation: 'escalated', variance_threshold: '50' })
    const own = cashier.client.call('cash.approve-session', { id, version: escalated.version })
    await expect(own).rejects.toMatchObject({ problem: { status: 403, code: 'forbidden' } })

    const off = { id, version: escalated.version, reason: 'Searched twice, not found' }
    const writtenOff = await manager.client.call('cash.write-off-variance', off)
    const closed = await manager.client.call('cash.approve-session', { id, version: writtenOff.version })
    expect(closed).toMatchObject({ status: 'closed', reconciliation: 'closed', offline_transaction_count: 0 })
    expect(closed.steps.map(({ action }) => action)).toEqual([
      ...['open', 'close', 'count', 'escalation', 'write_off', 'approve'],
    ])

    const z = await manager.client.call('cash.get-z-report', { id })
    expect(z).toMatchObject({ expected: '2285', counted: '2225', variance: '-60', register_code: 'R1' })
    expect(z.tenders[0]).toMatchObject({
      ...{ expected: '645', counted: '585', variance: '-60', written_off: '-60', balance: '0' },
      movements: [
        { document_type: 'cash_drop', given: '500' },
        { document_type: 'cash_float', received: '500' },
        { document_type: 'cash_pay_in', received: '100' },
        { document_type: 'cash_pay_out', given: '35' },
        { document_type: 'cash_write_off', given: '60' },
        { document_type: 'refund', given: '120' },
        { document_type: 'sale', received: '700', entries: 2 },
      ],
    })
    // With the eight that were sold and given back by card since.
    const also = { sales: 5, refunds: 2, last_number: 'R1-000007', refunded: '-1080' }
    expect(z.sales).toMatchObject({ ...also, net: '1850', tax: '370', total: '2220', discount: '60' })
    const emptied = Object.values(await books(id))
    expect(emptied).toEqual(emptied.map(() => '0.0000'))
    // The safe had 2000, gave 500 and 100, and got 500 and what was counted.
    expect((await books(owner.branchId)).safe).toBe('2485.0000')
    expect(await books(null)).toMatchObject({
      ...{ cash: '0.0000', card_clearing: '380.0000', mobile_wallet_clearing: '120.0000' },
      ...{ cash_in_transit: '1140.0000', cash_short: '60.0000', other_expenses: '35.0000' },
      ...{ sales: '-2800.0000', sales_returns: '900.0000', discounts_given: '50.0000', vat_collected: '-370.0000' },
    })
    const evidence = await evidenceOf(id)
    expect([evidence.totals, evidence.tax, evidence.payments.card]).toEqual([2220, 370, 380])
  })

  test.each([
    ['en-GB', ['R1-000001 – R1-000007', 'Written off', 'Searched twice, not found', '1,850.00', '370.00']],
    ['fr-MA', ['Paniers abandonnés (1)', 'Passage en perte ou profit', 'Searched twice, not found']],
    ['es-ES', ['Cestas abandonadas (1)', 'Searched twice, not found']],
    ['ar-MA', ['سلال ملغاة', 'Searched twice, not found']],
  ])('its printed report in %s tells sales, steps and reasons', async (locale, texts) => {
    const { html } = await manager.client.call('cash.print-z-report', { id, locale })
    for (const text of [...texts, 'Karim']) expect(html).toContain(text)
  })

  test('the register goes on with the next shift', async () => {
    const [session] = (await owner.client.call('cash.list-sessions', {})).items
    const next = { register_id: session?.register_id ?? '', float_amount: '500' }
    await expect(cashier.client.call('cash.open-session', next)).resolves.toMatchObject({ status: 'open' })
  })
})

test('nobody approves the variance of their own drawer, though they may approve those of others', async () => {
  const { id, version } = await openTill(manager.client, 'R2')
  const { version: closed } = await manager.client.call('cash.close-session', { id, version })
  const short = [{ tender_kind: 'cash' as const, counted: '440' }]
  const other = await employ(server, owner, 'manager', { branch_ids: [owner.branchId] })
  const escalated = await other.client.call('cash.count-session', { id, version: closed, tenders: short })
  const own = { id, version: escalated.version, reason: 'Mine' }
  for (const attempt of [
    () => manager.client.call('cash.write-off-variance', own),
    () => manager.client.call('cash.approve-session', { id, version: escalated.version }),
  ])
    await expect(attempt()).rejects.toMatchObject({ problem: { status: 403, code: 'variance_own' } })
  const off = await owner.client.call('cash.write-off-variance', own)
  await expect(owner.client.call('cash.approve-session', { id, version: off.version })).resolves.toMatchObject({
    status: 'closed',
  })
})
