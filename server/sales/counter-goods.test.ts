import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshEan, printed } from '../../tests/harness/catalog.ts'
import { employ } from '../../tests/harness/counts.ts'
import { leftByRefusals, watchDatabase } from '../../tests/harness/fingerprint.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { blockBatch } from '../../tests/harness/stock.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { neighbourOf } from '../../tests/harness/transfers.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let superuser: pg.Client
let fingerprint: () => Promise<string>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await superuser.connect()
  fingerprint = await watchDatabase(superuser, leftByRefusals)
}, 60_000)
afterAll(async () => {
  await superuser.end()
  await server.close()
})

const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const cash = (amount: string) => [{ tender_id: till.tenders.cash ?? '', amount }]
const levelsOf = async (variant_id: string, branch_id = owner.branchId) =>
  (await owner.client.call('inventory.list-levels', { variant_id, branch_id })).items
    .map((one) => `${one.batch_number ?? '-'} ${one.on_hand} ${one.available}`)
    .toSorted()
const refund = (original_id: string, amount: string, line: object = {}, more: object = {}) =>
  owner.client.call('sales.refund', {
    ...{ session_id: till.session_id, original_id, reason: 'Brought back', payments: cash(amount) },
    lines: [{ line: 1, ...line }],
    ...more,
  })

describe('what a label says', () => {
  const item = () => `0${String(++items).padStart(4, '0')}`
  let items = 0
  const gtin = (code: string) => code.padStart(14, '0')

  beforeAll(() => setHere(owner.client, 'catalog.in-store-codes', ['21IIIIIWW.WWWC', '22IIIIIPPP.PPC']))

  /** Ham at 13.00 a kilogram, with its codes. */
  async function ham() {
    const [ean, number] = [freshEan(), item()]
    const variant_id = await makeGoods(owner, { unit: 'kg', price: '13', variants: [{ barcodes: [ean] }] })
    await owner.client.call('catalog.add-barcode', { variant_id, code: number, kind: 'in_store' })
    return { variant_id, ean, number }
  }

  test.each<[what: string, code: (ham: { ean: string; number: string }) => string, sold: object]>([
    [
      'a weight',
      ({ number }) => printed(`21${number}01250`),
      { quantity: '1.25', total: '16.25', price_source: 'list' },
    ],
    [
      'a price',
      ({ number }) => printed(`22${number}00995`),
      { quantity: '0.765', total: '9.95', price_source: 'barcode' },
    ],
    ['a price of GS1', ({ ean }) => `(01)${gtin(ean)}(3922)0995`, { quantity: '0.765', total: '9.95' }],
    ['one in the currency of the till', ({ ean }) => `(01)${gtin(ean)}(3932)9780995`, { total: '9.95' }],
    ['weight and price', ({ ean }) => `(01)${gtin(ean)}(3103)001250(3922)1625`, { quantity: '1.25', total: '16.25' }],
  ])('%s', async (_, code, sold) => {
    const receipt = await sell(owner, till, [{ barcode: code(await ham()) }])
    expect(receipt.lines[0]).toMatchObject(sold)
  })

  test.each<[what: string, answer: string, code: (ham: { ean: string; number: string }) => string, more?: object]>([
    ['another currency', '422 currency_mismatch', ({ ean }) => `(01)${gtin(ean)}(3932)8400995`],
    ['less than the list', '422 price_reason_needed', ({ ean }) => `(01)${gtin(ean)}(3103)001250(3922)0001`],
    ['next to nothing', '422 price_reason_needed', ({ ean }) => `(01)${gtin(ean)}(3922)0`],
    [
      'less, with a reason of somebody who may not',
      '403 price_beyond_permission',
      ({ ean }) => `(01)${gtin(ean)}(3103)001250(3922)0001`,
      { price_reason: 'Says the label' },
    ],
  ])('%s: %s', async (_, answer, code, more = {}) => {
    const { client } = await employ(server, owner, 'cashier')
    const barcode = code(await ham())
    expect(await answerOf(sell({ ...owner, client }, till, [{ barcode, ...more }]))).toBe(answer)
  })

  test('no price for goods that are counted, whatever somebody types', async () => {
    const ean = freshEan()
    await makeGoods(owner, { price: '500', variants: [{ barcodes: [ean] }] })
    const { client } = await employ(server, owner, 'cashier')
    const barcode = `(01)${gtin(ean)}(3922)1`
    expect(await answerOf(sell({ ...owner, client }, till, [{ barcode }]))).toBe('422 price_reason_needed')
    const [line] = (await sell(owner, till, [{ barcode, price_reason: 'Of a sale' }])).lines
    expect(line).toMatchObject({ price_source: 'override', unit_price: '0.01' })
    expect(await answerOf(sell(owner, till, [{ barcode: '\u0000' }]))).toBe('400 invalid_input')
  })

  test('a lot, of which it is then sold', async () => {
    const ean = freshEan()
    const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true, variants: [{ barcodes: [ean] }] })
    const lot = (batch_number: string, expires_on: string) =>
      ({ variant_id, quantity: '2', unit_cost: '1', batch_number, expires_on }) as const
    await owner.client.call('inventory.receive-stock', {
      branch_id: owner.branchId,
      lines: [lot('SOON', '2197-01-01'), lot('L-7', '2198-01-01')],
    })
    const { id } = await sell(owner, till, [{ barcode: `(01)${gtin(ean)}(17)980101(10)L-7` }])
    expect(await levelsOf(variant_id)).toEqual(['L-7 1 1', 'SOON 2 2'])
    const receipt = await owner.client.call('sales.get-receipt', { id })
    expect(receipt.lines[0]?.batches).toEqual([{ number: 'L-7', expires_on: '2198-01-01' }])
    const { content } = await owner.client.call('sales.print-receipt', { id, format: 'html', locale: 'en-GB' })
    expect(content).toContain('Batch L-7, expires 1 Jan 2198')
  })
})

test('a customer of a group pays its price, and others that of everybody', async () => {
  const { client } = owner
  const variant_id = await makeGoods(owner, { price: '12' })
  const group = await client.call('parties.create-group', { code: `PRO-${uuidv7()}`.slice(0, 20), name: 'Trade' })
  const party = await client.call('parties.create-party', { kind: 'person', name: 'Ali', roles: ['customer'] })
  const role = party.roles.find((one) => one.role === 'customer')
  await client.call('parties.set-role', {
    ...{ id: party.id, role: 'customer', version: role?.version ?? 0, group_id: group.id },
  })
  const list = { code: uuidv7(), name: 'Trade', currency: 'EUR', includes_tax: true, customer_group_id: group.id }
  const { id: price_list_id } = await client.call('pricing.create-price-list', list)
  const price = { price_list_id, variant_id, unit_price: '10', valid_from: dayIn('Europe/Paris', now()) }
  await client.call('pricing.create-price', price)
  expect(await sell(owner, till, [{ variant_id }], { customer_id: party.id })).toMatchObject({ total: '10.00' })
  expect(await sell(owner, till, [{ variant_id }])).toMatchObject({ total: '12.00' })
})

describe('goods come back', () => {
  test('as the parts of a kit, each at its cost', async () => {
    const part = await makeGoods(owner, { stock: '6', cost: '2' })
    const kit = await makeGoods(owner, { kind: 'kit', stock: '0', price: '30' })
    const { id, version } = await owner.client.call('catalog.get-variant', { id: kit })
    await owner.client.call('catalog.set-kit-lines', { id, version, lines: [{ variant_id: part, quantity: '3' }] })
    const sale = await sell(owner, till, [{ variant_id: kit, quantity: '2' }])
    expect(await answerOf(refund(sale.id, '15', { quantity: '0.5' }))).toBe('422 too_many_decimals')
    const back = await refund(sale.id, '30', { quantity: '1' })
    expect(back.lines[0]?.allocations).toEqual([{ variant_id: part, batch_id: null, quantity: '-3' }])
    expect(await levelsOf(part)).toEqual(['- 3 3'])
    await refund(sale.id, '30', { restock: 'quarantine' })
    expect(await levelsOf(part)).toEqual(['- 6 3'])
  })

  test('to another branch of the legal entity, and to no other', async () => {
    const variant_id = await makeGoods(owner, { stock: '5' })
    const sale = await sell(owner, till, [{ variant_id, quantity: '2' }])
    const branchId = await neighbourOf(owner)
    const next = await openTill({ ...owner, branchId }, { float: '50' })
    await refund(sale.id, '12', { quantity: '1' }, { session_id: next.session_id })
    expect(await levelsOf(variant_id)).toEqual(['- 3 3'])
    expect(await levelsOf(variant_id, branchId)).toEqual(['- 1 1'])
    const entity = { legal_name: 'Another', country: 'FR', currency: 'EUR' }
    const { id: entity_id } = await owner.client.call('tenants.create-entity', entity)
    const place = { entity_id, code: 'FAR', name: 'Far', time_zone: 'Europe/Paris' }
    const far = await owner.client.call('tenants.create-branch', place)
    const there = await openTill({ ...owner, branchId: far.id })
    expect(await answerOf(refund(sale.id, '12', {}, { session_id: there.session_id }))).toBe(
      '422 sale_of_another_entity',
    )
  })

  test('damaged, though the books know of less than nothing there', async () => {
    const variant_id = await makeGoods(owner, { stock: '1', variants: [{ allows_negative_stock: true }] })
    const sale = await sell(owner, till, [{ variant_id, quantity: '3' }])
    expect(await levelsOf(variant_id)).toEqual(['- -2 -2'])
    await refund(sale.id, '12', { quantity: '1', restock: 'quarantine' })
    expect(await levelsOf(variant_id)).toEqual(['- -1 -2'])
    await refund(sale.id, '24', { restock: 'quarantine' })
    expect(await levelsOf(variant_id)).toEqual(['- 1 -2'])
  })
})

describe('what is sold on prescription', () => {
  test('is sold with its number only, a kit of it, too, and the number goes with the customer', async () => {
    const { client } = owner
    const customer = await client.call('parties.create-party', { kind: 'person', name: 'Zineb', roles: ['customer'] })
    const variant_id = await makeGoods(owner, { is_prescription_only: true })
    const kit = await makeGoods(owner, { kind: 'kit', stock: '0', price: '30' })
    const { id, version } = await client.call('catalog.get-variant', { id: kit })
    await client.call('catalog.set-kit-lines', { id, version, lines: [{ variant_id, quantity: '1' }] })
    const sold = (line: object) => sell(owner, till, [line as never], { customer_id: customer.id })
    expect(await answerOf(sold({ variant_id }))).toBe('422 prescription_required')
    expect(await answerOf(sold({ variant_id: kit }))).toBe('422 prescription_required')
    const sale = await sold({ variant_id, prescription: 'RX-2026-0815' })
    const read = async () => (await client.call('sales.get-sale', { id: sale.id })).lines[0]?.prescription
    expect(await read()).toBe('RX-2026-0815')
    const ticket = await client.call('tickets.park-ticket', {
      ...{ branch_id: owner.branchId, customer_id: customer.id, label: 'Zineb' },
      lines: [{ variant_id, quantity: '1', prescription: 'RX-2026-0816' }],
    })
    await client.call('parties.anonymise-party', { id: customer.id, version: customer.version })
    expect(await read()).toBe(null)
    const left = await client.call('tickets.get-ticket', { id: ticket.id })
    expect(left).toMatchObject({ label: null, lines: [{ variant_id, quantity: '1' }] })
    expect(left.lines[0]).not.toHaveProperty('prescription')
    expect(await answerOf(sold({ variant_id, prescription: 'RX' }))).toBe('422 customer_not_found')
  })
})

describe('a parked ticket', () => {
  const park = async (variant_id: string) =>
    owner.client.call('tickets.park-ticket', { branch_id: owner.branchId, lines: [{ variant_id, quantity: '1' }] })

  test('that is sold stays sold: nobody puts it back, changes or sells it again', async () => {
    const variant_id = await makeGoods(owner)
    const { id } = await park(variant_id)
    const { version } = await owner.client.call('tickets.take-ticket', { id, version: 1 })
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => answerOf(sell(owner, till, [{ variant_id }], { ticket_id: id }))),
    )
    expect(answers.toSorted()).toEqual(['409 ticket_sold', '409 ticket_sold', 'done'])
    expect(await levelsOf(variant_id)).toEqual(['- 9 9'])
    const ticket = await owner.client.call('tickets.get-ticket', { id })
    const [sale] = (await owner.client.call('sales.list-sales', { variant_id })).items
    expect(ticket).toMatchObject({ state: 'sold' })
    expect(ticket.steps.at(-1)).toMatchObject({ action: 'sell', sale_id: sale?.id, register_id: till.register_id })
    const step = { id, version: version + 1 }
    expect(await answerOf(owner.client.call('tickets.put-back-ticket', step))).toBe('409 ticket_sold')
    expect(await answerOf(owner.client.call('tickets.take-ticket', step))).toBe('409 ticket_sold')
    expect(await answerOf(owner.client.call('tickets.discard-ticket', { ...step, reason: 'Why' }))).toBe(
      '409 ticket_sold',
    )
    const lists = async (state: 'taken' | 'sold') =>
      (await owner.client.call('tickets.list-tickets', { state })).items.map((one) => one.id)
    expect([(await lists('taken')).includes(id), (await lists('sold')).includes(id)]).toEqual([false, true])
  })

  test('is of its branch, and a sale that is refused leaves it', async () => {
    const variant_id = await makeGoods(owner, { stock: '1' })
    const { id } = await park(variant_id)
    const next = await openTill({ ...owner, branchId: await neighbourOf(owner) })
    const line = { variant_id }
    expect(await answerOf(sell(owner, next, [line], { ticket_id: id }))).toBe('422 ticket_not_found')
    expect(await answerOf(sell(owner, till, [line], { ticket_id: uuidv7() }))).toBe('422 ticket_not_found')
    expect(await answerOf(sell(owner, till, [{ ...line, quantity: '2' }], { ticket_id: id }))).toBe(
      '409 insufficient_stock',
    )
    await owner.client.call('tickets.discard-ticket', { id, version: 1, reason: 'Left' })
    expect(await answerOf(sell(owner, till, [line], { ticket_id: id }))).toBe('409 ticket_discarded')
  })
})

test('baskets that were given up are found by day, till and person, with what was in them', async () => {
  const own = await openTill(owner)
  const variant_id = await makeGoods(owner)
  const given = {
    ...{ session_id: own.session_id, reason: 'Left without paying', total: '12.5' },
    lines: [{ variant_id, name: 'Tea', quantity: '1.50', total: '12.5' }],
  }
  const { id } = await owner.client.call('sales.void-basket', given)
  const full = await owner.client.call('sales.get-voided-basket', { id })
  expect(full).toMatchObject({
    ...{ register_id: own.register_id, employee_id: owner.employeeId, reason: given.reason, total: '12.50' },
    lines: [{ variant_id, name: 'Tea', quantity: '1.5', total: '12.50' }],
  })
  await owner.client.call('sales.void-basket', { session_id: own.session_id, reason: 'Changed their mind', total: '3' })
  const found = async (filter: object, client = owner.client) =>
    (await client.call('sales.list-voided-baskets', { register_id: own.register_id, ...filter })).items
  expect((await found({})).map(({ total, line_count }) => [total, line_count])).toEqual([
    ['3.00', 0],
    ['12.50', 1],
  ])
  const today = dayIn('Europe/Paris', now())
  expect(await found({ employee_id: owner.employeeId, from: today, through: today })).toHaveLength(2)
  expect(await found({ from: daysAfter(today, 1) })).toEqual([])
  const page = await owner.client.call('sales.list-voided-baskets', { register_id: own.register_id, limit: 1 })
  expect((await found({ cursor: page.next_cursor ?? '' })).map((one) => one.id)).toEqual([id])
  const elsewhere = { branch_ids: [await neighbourOf(owner)] }
  const { client } = await employ(server, owner, 'cashier', elsewhere)
  expect(await found({ register_id: undefined }, client)).toEqual([])
  expect(await answerOf(client.call('sales.get-voided-basket', { id }))).toBe('404 not_found')
  const refused = (more: object) => answerOf(owner.client.call('sales.void-basket', { ...given, ...more }))
  expect(await refused({ total: '12.005' })).toBe('422 amount_too_fine')
  expect(await refused({ total: '-12' })).toBe('400 invalid_input')
})

test('a copy says who sold as the receipt did, whatever the shop is called since', async () => {
  const one = await signUpOwner(server)
  const own = await openTill(one)
  const variant_id = await makeGoods(one)
  const sellerOf = async (id: string) => {
    const { seller, payments } = await one.client.call('sales.get-receipt', { id })
    return [seller.branch_name, seller.phone, payments[0]?.name]
  }
  const before = await sell(one, own, [{ variant_id }])
  const said = await sellerOf(before.id)
  const branch = await one.client.call('tenants.get-branch', { id: one.branchId })
  await one.client.call('tenants.update-branch', {
    ...{ id: one.branchId, version: branch.version, name: 'New name', phone: '+33 1 23 45 67 89' },
  })
  const { items } = await one.client.call('payments.list-tenders', {})
  const tender = items.find(({ code }) => code === 'cash')
  await one.client.call('payments.update-tender', { id: tender?.id ?? '', version: 1, name: 'Coins and notes' })
  const [after, again] = [await sell(one, own, [{ variant_id }]), await sell(one, own, [{ variant_id }])]
  expect(await sellerOf(before.id)).toEqual(said)
  expect(await sellerOf(after.id)).toEqual(['New name', '+33 1 23 45 67 89', 'Coins and notes'])
  const { rows } = await superuser.query('SELECT seller_id FROM sales.sale WHERE id = ANY ($1)', [
    [before.id, after.id, again.id],
  ])
  expect(new Set(rows.map(({ seller_id }) => seller_id)).size).toBe(2)
})

test('what sending costs the shop is told with the profit, and charged to nobody', async () => {
  const variant_id = await makeGoods(owner, { price: '12', cost: '5' })
  const { id, total } = await sell(owner, till, [{ variant_id }], { shipping_cost: '1.5' })
  expect(total).toBe('12.00')
  expect(await owner.client.call('sales.get-sale', { id })).toMatchObject({ shipping_cost: '1.50', profit: '3.50' })
  expect(await answerOf(sell(owner, till, [{ variant_id }], { shipping_cost: '1.505' }))).toBe('422 amount_too_fine')
})

describe('what is refused writes nothing', () => {
  /** Goods of one batch, so many days from its last one. */
  async function inBatch(days: number) {
    const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true })
    const expires_on = daysAfter(dayIn('Europe/Paris', now()), days)
    const line = { variant_id, quantity: '2', unit_cost: '1', batch_number: 'B', expires_on }
    await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: [line] })
    const [level] = (await owner.client.call('inventory.list-levels', { variant_id })).items
    return { variant_id, batch_id: level?.batch_id ?? '' }
  }

  async function closedTill() {
    const own = await openTill(owner)
    const session = await owner.client.call('cash.get-session', { id: own.session_id })
    await owner.client.call('cash.close-session', { id: session.id, version: session.version })
    return own
  }

  const cases: [what: string, answer: string, prepare: () => Promise<() => Promise<unknown>>][] = [
    [
      'an expired batch',
      '409 batch_expired',
      async () => {
        const line = await inBatch(1)
        await superuser.query(`UPDATE inventory.batch SET expires_on = '2020-01-01' WHERE id = $1`, [line.batch_id])
        return () => sell(owner, till, [line])
      },
    ],
    [
      'a recalled batch',
      '409 batch_blocked',
      async () => {
        const line = await inBatch(100)
        await blockBatch(server, owner, line.batch_id)
        return () => sell(owner, till, [line])
      },
    ],
    [
      'a register out of use',
      '409 register_inactive',
      async () => {
        const [own, variant_id] = [await openTill(owner), await makeGoods(owner)]
        await superuser.query('UPDATE registers.register SET is_active = false WHERE id = $1', [own.register_id])
        return () => sell(owner, own, [{ variant_id }])
      },
    ],
    [
      'goods that never lay here',
      '409 insufficient_stock',
      async () => {
        const variant_id = await makeGoods(owner, { stock: '0' })
        return () => sell(owner, till, [{ variant_id }])
      },
    ],
    [
      'an empty kit',
      '422 kit_empty',
      async () => {
        const variant_id = await makeGoods(owner, { kind: 'kit', stock: '0' })
        return () => sell(owner, till, [{ variant_id }])
      },
    ],
    [
      'goods that are not for sale',
      '422 not_sellable',
      async () => {
        const variant_id = await makeGoods(owner, { is_sellable: false })
        return () => sell(owner, till, [{ variant_id }])
      },
    ],
    [
      'a sale in a session that has ended',
      '409 session_not_open',
      async () => {
        const [own, variant_id] = [await closedTill(), await makeGoods(owner)]
        return () => sell(owner, own, [{ variant_id }])
      },
    ],
    [
      'a refund in one',
      '409 session_not_open',
      async () => {
        const [{ session_id }, variant_id] = [await closedTill(), await makeGoods(owner)]
        const { id } = await sell(owner, till, [{ variant_id }])
        return () => refund(id, '12', {}, { session_id })
      },
    ],
    [
      'a basket that is given up in one',
      '409 session_not_open',
      async () => {
        const { session_id } = await closedTill()
        return () => owner.client.call('sales.void-basket', { session_id, reason: 'Left', total: '1' })
      },
    ],
    [
      'a refund of too little',
      '422 refund_differs',
      async () => {
        const { id } = await sell(owner, till, [{ variant_id: await makeGoods(owner) }])
        return () => refund(id, '11.99')
      },
    ],
    [
      'a refund when all is back',
      '409 refund_beyond_sold',
      async () => {
        const { id } = await sell(owner, till, [{ variant_id: await makeGoods(owner) }])
        await refund(id, '12')
        return () => refund(id, '12')
      },
    ],
    [
      'an exchange that is paid short',
      '422 payment_short',
      async () => {
        const { id: original_id } = await sell(owner, till, [{ variant_id: await makeGoods(owner) }])
        const lines = [{ variant_id: await makeGoods(owner, { price: '20' }) }]
        const given = { original_id, session_id: till.session_id, reason: 'Too small', returns: [{ line: 1 }], lines }
        return () => owner.client.call('sales.exchange', { ...given, payments: cash('7') })
      },
    ],
  ]
  test.each(cases)('%s: %s', async (_, answer, prepare) => {
    const attempt = await prepare()
    const before = await fingerprint()
    expect(await answerOf(attempt())).toBe(answer)
    expect(await fingerprint()).toBe(before)
  })
})
