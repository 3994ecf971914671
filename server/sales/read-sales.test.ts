import { afterAll, beforeAll, expect, test } from 'vitest'
import { employ } from '../../tests/harness/counts.ts'
import { readEscpos } from '../../tests/harness/escpos.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { neighbourOf } from '../../tests/harness/transfers.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let cashier: TestClient
let neighbour: TestClient
let tea: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner, { float: '100' })
  tea = await makeGoods(owner, { price: '12', stock: '1000', cost: '5', name: 'Thé vert <b>&' })
  cashier = (await employ(server, owner, 'cashier', { branch_ids: [owner.branchId] })).client
  neighbour = (await employ(server, owner, 'cashier', { branch_ids: [await neighbourOf(owner)] })).client
}, 60_000)
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
const idsOf = async (filter: object, client = owner.client) =>
  (await client.call('sales.list-sales', { limit: 200, ...filter })).items.map(({ id }) => id)
const refund = (original_id: string, quantity: string) =>
  owner.client.call('sales.refund', {
    original_id,
    session_id: till.session_id,
    reason: 'Not to their taste',
    lines: [{ line: 1, quantity }],
    payments: [{ tender_id: till.tenders.cash ?? '', amount: `${12 * Number(quantity)}` }],
  })

test('a sale is read with every figure of it, its cost only by those who may see costs', async () => {
  const customer = await owner.client.call('parties.create-party', { kind: 'person', name: 'Ali', roles: ['customer'] })
  const channel = await owner.client.call('channels.create-channel', {
    name: 'Counter',
    type: 'direct',
    commission_rate: '10',
  })
  const { id } = await sell(owner, till, [{ variant_id: tea, quantity: '2', discount: { percent: '50' } }], {
    paid: '20',
    customer_id: customer.id,
    channel_id: channel.id,
  })
  const sale = await owner.client.call('sales.get-sale', { id })
  expect(sale).toMatchObject({
    ...{ id, kind: 'sale', status: 'completed', customer_id: customer.id, channel_id: channel.id },
    ...{ register_id: till.register_id, session_id: till.session_id, branch_id: owner.branchId },
    ...{ gross: '24.00', discount: '12.00', net_discount: '10.00', net: '10.00', tax: '2.00', total: '12.00' },
    ...{ paid: '20.00', change: '8.00', rounding: '0.00', cost: '10.00', platform_fees: '1.20', profit: '-1.20' },
    ...{ payment_fees: '0.00', shipping_cost: '0.00', currency: 'EUR', base_currency: 'EUR', fx_rate: '1' },
    ...{ base_total: '12', is_validated: true, tender_kinds: ['cash'], sold_on: dayIn('Europe/Paris', now()) },
    taxes: [{ rate: '20', base: '10.00', tax: '2.00' }],
    lines: [
      {
        ...{ variant_id: tea, quantity: '2', list_price: '12', unit_price: '12', gross: '24.00', discount: '12.00' },
        ...{ net: '10.00', tax: '2.00', total: '12.00', cost: '10.00', returned: '0' },
        allocations: [{ variant_id: tea, quantity: '2' }],
      },
    ],
    payments: [
      { kind: 'payment', code: 'cash', amount: '20.00' },
      { kind: 'change', amount: '-8.00' },
    ],
    returns: [],
    printed: 0,
  })
  for (const filter of [{ customer_id: customer.id }, { channel_id: channel.id }])
    expect(await idsOf(filter)).toEqual([id])
  expect(await cashier.call('sales.get-sale', { id })).toMatchObject({
    ...{ total: '12.00', cost: null, profit: null },
    lines: [{ total: '12.00', cost: null }],
  })
  for (const name of ['get-sale', 'get-receipt'] as const)
    await expect(neighbour.call(`sales.${name}`, { id })).rejects.toMatchObject(refused('not_found'))
})

test('the list finds sales by day, till, people, channel, goods, number and status, the latest first', async () => {
  const own = await openTill(owner)
  const variant_id = await makeGoods(owner)
  const first = await sell(owner, own, [{ variant_id }])
  const second = await sell(owner, own, [{ variant_id: tea, quantity: '3' }])
  const today = dayIn('Europe/Paris', now())
  expect(await idsOf({ register_id: own.register_id })).toEqual([second.id, first.id])
  expect(await idsOf({ session_id: own.session_id, variant_id })).toEqual([first.id])
  expect(await idsOf({ number: second.number })).toEqual([second.id])
  expect(await idsOf({ number: `${own.code.toLowerCase()}-0` })).toEqual([second.id, first.id])
  expect(await idsOf({ employee_id: owner.employeeId, register_id: own.register_id, from: today })).toHaveLength(2)
  expect(await idsOf({ branch_id: owner.branchId, register_id: own.register_id, through: today })).toHaveLength(2)
  expect(await idsOf({ register_id: own.register_id, from: daysAfter(today, 1) })).toEqual([])
  expect(await idsOf({ register_id: own.register_id, through: daysAfter(today, -1) })).toEqual([])
  const page = await owner.client.call('sales.list-sales', { register_id: own.register_id, limit: 1 })
  const next = { register_id: own.register_id, limit: 1, cursor: page.next_cursor ?? '' }
  expect((await owner.client.call('sales.list-sales', next)).items.map(({ id }) => id)).toEqual([first.id])

  const back = await refund(second.id, '1')
  const inOwn = { session_id: own.session_id }
  expect(await idsOf({ session_id: till.session_id, kind: 'refund' })).toContain(back.id)
  expect(await idsOf({ ...inOwn, kind: 'refund' })).toEqual([])
  expect(await idsOf({ ...inOwn, is_offline: true })).toEqual([])
  expect(await idsOf({ ...inOwn, is_offline: false })).toHaveLength(2)
  expect(await idsOf({ ...inOwn, status: 'partly_refunded' })).toEqual([second.id])
  await refund(second.id, '2')
  expect(await idsOf({ ...inOwn, status: 'refunded' })).toEqual([second.id])
  expect(await idsOf({ ...inOwn, status: 'completed' })).toEqual([first.id])
  const sale = await owner.client.call('sales.get-sale', { id: second.id })
  expect(sale).toMatchObject({ status: 'refunded', lines: [{ returned: '3' }], returns: [{ id: back.id }, {}] })
  expect(await owner.client.call('sales.get-sale', { id: back.id })).toMatchObject({
    ...{ kind: 'refund', status: 'completed', original_id: second.id, total: '-12.00' },
  })
})

test('a list tells whoever works in another branch of no till or session that there is', async () => {
  const { register_id, session_id } = await openTill(owner)
  const manager = (await employ(server, owner, 'manager', { branch_ids: [await neighbourOf(owner)] })).client
  const lists = [
    'sales.list-sales',
    'sales.list-voided-baskets',
    'cash.list-sessions',
    'payments.list-payments',
  ] as const
  for (const name of lists) {
    const filters = [
      ...(name === 'payments.list-payments' ? [] : [{ register_id }]),
      name === 'cash.list-sessions' ? { late_of: session_id } : { session_id },
    ]
    for (const filter of filters) {
      const nothing = Object.fromEntries(Object.keys(filter).map((field) => [field, uuidv7()]))
      const codes = await Promise.all(
        [filter, nothing].map((given) => manager.call(name, given).catch((error) => error.problem.code)),
      )
      expect([name, ...codes]).toEqual([name, codes[1], expect.stringMatching(/(register|session)_not_found$/)])
    }
  }
})

test('the first print is the receipt, every other says which copy it is, however many print at once', async () => {
  const { id, number } = await sell(owner, till, [{ variant_id: tea }])
  expect(await cashier.call('sales.get-receipt', { id })).toMatchObject({ copy: null, number, total: '12.00' })
  const print = { id, format: 'html', locale: 'en' } as const
  const first = await cashier.call('sales.print-receipt', print)
  expect(first).toMatchObject({ number: 1, copy: null, encoding: 'utf-8' })
  expect(first.content).toContain('Thé vert &lt;b&gt;&amp;')
  expect(first.content).not.toContain('COPY')
  const copies = await Promise.all(Array.from({ length: 4 }, () => cashier.call('sales.print-receipt', print)))
  expect(copies.map(({ copy }) => copy ?? 0).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
  for (const { copy, content } of copies) expect(content).toContain(`COPY ${copy}`)
  expect(await owner.client.call('sales.get-sale', { id })).toMatchObject({ printed: 5 })
  await expect(neighbour.call('sales.print-receipt', print)).rejects.toMatchObject(refused('not_found'))
})

test('a printer gets the receipt in the language asked for, and opens the drawer with the first', async () => {
  const { id } = await sell(owner, till, [{ variant_id: tea }], { paid: '20' })
  const print = async () => {
    const { content } = await owner.client.call('sales.print-receipt', { id, format: 'escpos', locale: 'fr-FR' })
    return readEscpos(Buffer.from(content ?? '', 'base64'))
  }
  const first = await print()
  const said = first.lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))
  expect(said).toEqual(
    expect.arrayContaining(['Thé vert <b>&', '1 x 12,00 | 12,00', 'Total TTC EUR | 12,00', 'Rendu | 8,00']),
  )
  const second = await print()
  expect(second.lines.map((line) => line.trim())).toContain('DUPLICATA 1')
  expect([first.drawers, second.drawers]).toEqual([1, 0])
})
