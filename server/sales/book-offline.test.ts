import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checked, makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { bookSlips, type Ringing, type Rung, ringUp, vat } from '../../tests/harness/slips.ts'
import { blockBatch } from '../../tests/harness/stock.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { dayIn, later, now } from '../platform/time.ts'
import type { BookedSlip, Slip } from './book-offline.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let sequence = 0
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  await setHere(owner.client, 'catalog.in-store-codes', ['22IIIIIPPP.PPC'])
}, 60_000)
afterAll(() => server?.close())

const cashier = new Set(['sales.sell', 'sales.discount'])
const yesterday = () => later(now(), -86_400_000)
const on = (at: Date) => dayIn('Europe/Paris', at)
/** As the till of these tests rings it up, under its next number. */
const ring = (rung: readonly Rung[], more?: Ringing) =>
  ringUp({ till, employeeId: owner.employeeId, sequence: ++sequence }, rung, more)
const book = (slips: readonly Slip[]) => bookSlips(server, owner, slips)

/** What is wrong with each slip: the line, and what with it. */
const codesOf = (booked: readonly (BookedSlip | Refusal)[]) =>
  booked.map((one) =>
    one instanceof Refusal
      ? `refused ${one.kind.code}`
      : one.exceptions.map(({ code, line }) => (line === null ? code : `${line} ${code}`)).join(', '),
  )
const levelsOf = async (variant_id: string) =>
  (await owner.client.call('inventory.list-levels', { variant_id })).items.map(({ batch_id, on_hand }) => ({
    batch_id,
    on_hand,
  }))
const asSuperuser = (text: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, (client) => client.query(text, values))

/** Goods in one batch; answers with both. */
async function makeBatch(quantity = '10', expires_on = '2197-01-01', more: object = {}) {
  const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true })
  const lot = { variant_id, quantity, unit_cost: '1', batch_number: uuidv7().slice(-8), expires_on: '2197-01-01' }
  const received = await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: [lot] })
  const batch_id = received.movements[0]?.batch_id ?? ''
  if (expires_on !== lot.expires_on)
    await asSuperuser('UPDATE inventory.batch SET expires_on = $2 WHERE id = $1', [batch_id, expires_on])
  return { variant_id, batch_id, lot: lot.batch_number, ...more }
}

async function blocked(batch: { variant_id: string; batch_id: string; lot: string }) {
  await blockBatch(server, owner, batch.batch_id)
  return batch
}

/** A kit of these goods, at 12.00. */
async function kitOf(variant_id: string, quantity = '2', unit = 'piece') {
  const kit = await makeGoods(owner, { kind: 'kit', stock: '0', unit })
  const { id, version } = await owner.client.call('catalog.get-variant', { id: kit })
  await owner.client.call('catalog.set-kit-lines', { id, version, lines: [{ variant_id, quantity }] })
  return kit
}

const made = (call: Promise<{ id: string }>) => call.then(({ id }) => id)
const makeChannel = () =>
  made(
    owner.client.call('channels.create-channel', {
      ...{ name: `Fair ${uuidv7()}`, type: 'retail', commission_rate: '12.5' },
    } as never),
  )
async function makeCustomer(group_id?: string) {
  const { id } = await owner.client.call('parties.create-party', { kind: 'person', name: 'A', roles: ['customer'] })
  if (group_id) await owner.client.call('parties.set-role', { id, role: 'customer', version: 1, group_id })
  return id
}

/** Goods at 12.00, and at 10.00 on a list that is for somebody. */
async function pricedFor(place: { customer_group_id: string } | { channel_id: string }) {
  const variant_id = await makeGoods(owner)
  const list = { code: `L${++sequence}`, name: 'Special', currency: 'EUR', includes_tax: true, ...place }
  const price_list_id = await made(owner.client.call('pricing.create-price-list', list))
  const price = { price_list_id, variant_id, unit_price: '10', valid_from: on(now()) }
  await owner.client.call('pricing.create-price', price)
  return variant_id
}

async function setProduct(variant_id: string, column: string, value: unknown) {
  await asSuperuser(
    `UPDATE catalog.product SET ${column} = $2 WHERE id = (SELECT product_id FROM catalog.variant WHERE id = $1)`,
    [variant_id, value],
  )
  return variant_id
}

type Case = [what: string, expected: string, rung: () => Promise<Slip>]

describe('an ordinary sale raises nothing', () => {
  const cases: Case[] = [
    ['at the price of the list', '', async () => ring([{ variant_id: await makeGoods(owner) }], { paid: '20' })],
    [
      'at the price of a group',
      '',
      async () => {
        const group = { code: `G${++sequence}`, name: 'Regulars' }
        const customer_group_id = await made(owner.client.call('parties.create-group', group))
        const variant_id = await pricedFor({ customer_group_id })
        return ring([{ variant_id, list_price: '10' }], { customer_id: await makeCustomer(customer_group_id) })
      },
    ],
    [
      'at the price of a channel',
      '',
      async () => {
        const channel_id = await makeChannel()
        return ring([{ variant_id: await pricedFor({ channel_id }), list_price: '10' }], { channel_id })
      },
    ],
    [
      'at a price said at the counter',
      '',
      async () => {
        const variant_id = await setProduct(await makeGoods(owner), 'is_open_price', true)
        return ring([{ variant_id, list_price: null, unit_price: '7.77', is_open_price: true }])
      },
    ],
    [
      'at the price on a label, twice',
      '',
      async () => {
        const variant_id = await makeGoods(owner)
        const item = `4${String(++sequence).padStart(4, '0')}`
        await owner.client.call('catalog.add-barcode', { variant_id, code: item, kind: 'in_store' })
        const line = { variant_id, quantity: '2', unit_price: '19.95', is_open_price: true }
        return ring([{ ...line, barcode: checked(`22${item}01995`) }])
      },
    ],
    [
      'at the price of its day, which is another one today',
      '',
      async () => {
        const variant_id = await makeGoods(owner)
        await asSuperuser(
          `INSERT INTO pricing.price (tenant_id, id, price_list_id, variant_id, unit_price, min_quantity, valid)
           SELECT tenant_id, gen_random_uuid(), price_list_id, variant_id, 11, min_quantity, daterange('2020-01-01', lower(valid))
           FROM pricing.price WHERE variant_id = $1`,
          [variant_id],
        )
        return ring([{ variant_id, list_price: '11' }], { made_at: yesterday() })
      },
    ],
    [
      'with discounts up to the limit, as they are rounded',
      '',
      async () => {
        const variant_id = await makeGoods(owner, { price: '9.99' })
        const rung = { variant_id, list_price: '9.99', discount: { percent: '5' } }
        return ring([rung, rung, rung], { discount: { percent: '5.25' }, permissions: cashier })
      },
    ],
    [
      'with a price that somebody changed who may',
      '',
      async () => ring([{ variant_id: await makeGoods(owner), unit_price: '3', price_reason: 'Dented' }]),
    ],
    [
      'of a batch on its last day',
      '',
      async () => {
        const { variant_id, batch_id } = await makeBatch('10', on(yesterday()))
        await asSuperuser(
          "UPDATE pricing.price SET valid = daterange('2020-01-01', upper(valid)) WHERE variant_id = $1",
          [variant_id],
        )
        return ring([{ variant_id }, { variant_id, batch_id }], { made_at: yesterday() })
      },
    ],
    [
      'of all that there is, in several lines',
      '',
      async () => {
        const variant_id = await makeGoods(owner, { stock: '5' })
        return ring([{ variant_id, quantity: '3' }, { variant_id: await kitOf(variant_id) }])
      },
    ],
    [
      'of goods that may go below zero',
      '',
      async () => {
        const variant_id = await makeGoods(owner, { stock: '0' })
        await asSuperuser('UPDATE catalog.variant SET allows_negative_stock = true WHERE id = $1', [variant_id])
        return ring([{ variant_id }])
      },
    ],
  ]
  test.each(cases)('%s', async (_, expected, rung) => {
    expect(codesOf(await book([await rung()]))).toEqual([expected])
  })
})

describe('what would have been refused is booked and raised', () => {
  const cases: Case[] = [
    [
      'more than there is',
      '1 insufficient_stock',
      async () => ring([{ variant_id: await makeGoods(owner, { stock: '0' }) }]),
    ],
    [
      'more than there is, in several lines',
      '2 insufficient_stock',
      async () => {
        const variant_id = await makeGoods(owner, { stock: '5' })
        return ring([
          { variant_id, quantity: '3' },
          { variant_id, quantity: '3' },
        ])
      },
    ],
    [
      'more than there is of the batch that is named',
      '1 insufficient_stock',
      async () => {
        const { variant_id, batch_id } = await makeBatch('1')
        const lot = { variant_id, quantity: '9', unit_cost: '1', batch_number: 'B', expires_on: '2197-01-01' }
        await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: [lot] })
        return ring([{ variant_id, batch_id, quantity: '3' }])
      },
    ],
    ['a recalled batch', '1 batch_blocked', async () => ring([await blocked(await makeBatch())])],
    [
      'a recalled batch of which nothing is left',
      '1 batch_blocked, 1 insufficient_stock',
      async () => {
        const batch = await makeBatch('1')
        await sell(owner, till, [{ variant_id: batch.variant_id }])
        sequence += 1
        return ring([await blocked(batch)])
      },
    ],
    [
      'goods of which only a recalled batch is left',
      '1 batch_blocked',
      async () => ring([{ variant_id: (await blocked(await makeBatch())).variant_id, quantity: '3' }]),
    ],
    [
      'goods of which only an expired batch is left, and not enough',
      '1 batch_expired, 1 insufficient_stock',
      async () => ring([{ variant_id: (await makeBatch('2', '2020-01-01')).variant_id, quantity: '3' }]),
    ],
    [
      'so little of a kit that nothing of its parts leaves the shelf',
      '1 too_many_decimals',
      async () => {
        const part = await makeGoods(owner, { unit: 'kg' })
        return ring([{ variant_id: await kitOf(part, '0.001', 'kg'), quantity: '0.0004' }])
      },
    ],
    [
      'goods that are being counted',
      '1 stock_frozen',
      async () => {
        const variant_id = await makeGoods(owner)
        const count = { branch_id: owner.branchId, variant_ids: [variant_id], freezes_stock: true }
        await owner.client.call('counts.create-count', count)
        return ring([{ variant_id }])
      },
    ],
    [
      'a batch that there is not',
      '1 batch_not_found',
      async () => ring([{ variant_id: await makeGoods(owner), batch_id: uuidv7() }]),
    ],
    [
      'a kit with a part that was recalled',
      '2 batch_blocked',
      async () => {
        const { variant_id } = await blocked(await makeBatch())
        return ring([{ variant_id: await makeGoods(owner) }, { variant_id: await kitOf(variant_id) }])
      },
    ],
    [
      'a kit with nothing in it',
      '1 kit_empty',
      async () => ring([{ variant_id: await makeGoods(owner, { kind: 'kit', stock: '0' }) }]),
    ],
    ['another price', '1 price_differs', async () => ring([{ variant_id: await makeGoods(owner, { price: '15' }) }])],
    [
      'a price that was changed from another one',
      '1 price_beyond_permission, 1 price_differs',
      async () => {
        const variant_id = await makeGoods(owner, { price: '15' })
        const permissions = new Set(['sales.sell', 'sales.override-price'])
        return ring([{ variant_id, unit_price: '11.50', price_reason: 'Dented' }], { permissions })
      },
    ],
    [
      'goods without a price',
      '1 price_needed',
      async () => ring([{ variant_id: (await makeProduct(owner, { kind: 'service' })).variant.id }]),
    ],
    [
      'goods for nothing',
      '1 price_zero',
      async () => ring([{ variant_id: await makeGoods(owner, { price: '0' }), list_price: '0', is_open_price: true }]),
    ],
    [
      'a price that the cashier may not change',
      '1 price_beyond_permission',
      async () =>
        ring([{ variant_id: await makeGoods(owner), unit_price: '0.01', price_reason: 'Why not' }], {
          permissions: cashier,
        }),
    ],
    [
      'a discount that the cashier may not give, all of a line and of the basket',
      '1 discount_beyond_permission, 2 discount_beyond_permission',
      async () => {
        const variant_id = await makeGoods(owner)
        const lines = [{ variant_id, discount: { percent: '100' } }, { variant_id }]
        return ring(lines, { discount: { amount: '1.30' }, permissions: cashier })
      },
    ],
    [
      'both discounts together',
      '1 discount_beyond_permission',
      async () =>
        ring([{ variant_id: await makeGoods(owner), quantity: '9', discount: { percent: '10' } }], {
          ...{ discount: { percent: '10' }, permissions: cashier },
        }),
    ],
    [
      'no tax where there is one',
      '1 tax_differs',
      async () => ring([{ variant_id: await makeGoods(owner), components: [] }]),
    ],
    [
      'the tax of another rate',
      '1 tax_differs',
      async () => ring([{ variant_id: await makeGoods(owner), components: [{ ...vat, rate: '5.5' }] }]),
    ],
    [
      'prices without tax where they are with it',
      'tax_differs, 1 price_differs',
      async () => ring([{ variant_id: await makeGoods(owner) }], { prices_include_tax: false }),
    ],
    [
      'a customer that there is not',
      'customer_not_found',
      async () => ring([{ variant_id: await makeGoods(owner) }], { customer_id: uuidv7() }),
    ],
    [
      'a channel that there is not',
      'channel_not_found',
      async () => ring([{ variant_id: await makeGoods(owner) }], { channel_id: uuidv7() }),
    ],
    [
      'goods on prescription without one, and not for sale',
      '1 not_sellable, 1 prescription_required',
      async () => {
        const variant_id = await setProduct(await makeGoods(owner), 'is_prescription_only', true)
        return ring([{ variant_id: await setProduct(variant_id, 'is_sellable', false) }])
      },
    ],
    [
      'cash that is rounded otherwise',
      'rounding_differs',
      async () => ring([{ variant_id: await makeGoods(owner) }], { rounding: '-0.02' }),
    ],
    [
      'change of what was paid by card',
      'payment_over, payment_not_due',
      async () => {
        const payments = [{ tender_id: till.tenders.card ?? '', amount: '50' }]
        return ring([{ variant_id: await makeGoods(owner) }], { payments })
      },
    ],
    [
      'a tender that takes no more, without its reference',
      'tender_inactive, reference_required',
      async () => {
        const tender_id = till.tenders.bank_transfer ?? ''
        await asSuperuser('UPDATE payments.tender SET is_active = false, needs_reference = true WHERE id = $1', [
          tender_id,
        ])
        return ring([{ variant_id: await makeGoods(owner) }], { payments: [{ tender_id, amount: '12' }] })
      },
    ],
  ]
  test.each(cases)('%s: %s', async (_, expected, rung) => {
    const slip = await rung()
    expect(codesOf(await book([slip]))).toEqual([expected])
    const { rows } = await asSuperuser(
      'SELECT validation_notes AS notes, data_quality_score::text AS score FROM sales.sale WHERE id = $1',
      [slip.id],
    )
    const codes = expected.split(', ').map((one) => one.replace(/^\d+ /, ''))
    const score = `${100 - 10 * codes.length}.00`
    expect(rows).toEqual([{ notes: [...new Set(codes)].join(', '), score }])
  })
})

test('what was sold offline is booked as it happened, each on what those before it left', async () => {
  const variant_id = await makeGoods(owner, { stock: '1' })
  const slips = [ring([{ variant_id }]), ring([{ variant_id }], { found: ['clock_off'] })]
  const booked = await book(slips)
  expect(codesOf(booked)).toEqual(['', '1 insufficient_stock'])
  expect(await levelsOf(variant_id)).toEqual([{ batch_id: null, on_hand: '-1' }])
  const [first] = booked
  expect(first instanceof Refusal ? first : first?.receipt).toMatchObject({
    ...{ is_offline: true, sequence: slips[0]?.sequence, total: '12.00' },
    number: `${till.code}-${slips[0]?.sequence.padStart(6, '0')}`,
  })
  expect(await owner.client.call('sales.get-sale', { id: slips[1]?.id ?? '' })).toMatchObject({
    ...{ data_quality_score: '80.00', validation_notes: 'clock_off, insufficient_stock' },
  })
})

test('what nobody may sell is booked of its batch, so that its recall finds it, and only what is not there of none', async () => {
  const { variant_id, batch_id } = await blocked(await makeBatch('2'))
  const slip = ring([{ variant_id, quantity: '3' }])
  await book([slip])
  const { lines } = await owner.client.call('sales.get-sale', { id: slip.id })
  expect(lines).toMatchObject([
    {
      allocations: [
        { batch_id, quantity: '2' },
        { batch_id: null, quantity: '1' },
      ],
    },
  ])
  expect(await levelsOf(variant_id)).toEqual([{ batch_id: null, on_hand: '-1' }])
})

test('a channel keeps its commission, and a customer who is gone stays on the receipt', async () => {
  const variant_id = await makeGoods(owner, { price: '100' })
  const customer_id = await makeCustomer()
  await owner.client.call('parties.delete-party', { id: customer_id, version: 1 })
  const channel_id = await makeChannel()
  const slip = ring([{ variant_id, list_price: '100' }], { customer_id, channel_id })
  expect(codesOf(await book([slip]))).toEqual(['customer_not_found'])
  const sale = await owner.client.call('sales.get-sale', { id: slip.id })
  expect(sale).toMatchObject({ customer_id, channel_id, platform_fees: '12.50' })
})

test('a register that is out of use is raised', async () => {
  const other = await openTill(owner)
  await asSuperuser('UPDATE registers.register SET is_active = false WHERE id = $1', [other.register_id])
  const slip = ring([{ variant_id: await makeGoods(owner) }], { session_id: other.session_id })
  expect(codesOf(await book([slip]))).toEqual(['register_inactive'])
})

test('only what cannot be is refused, and the rest is booked', async () => {
  const variant_id = await makeGoods(owner)
  const card = [{ tender_id: till.tenders.card ?? '', amount: '11.98' }]
  const booked = await book([
    ring([{ variant_id }], { rounding: '-1.00' }),
    ring([{ variant_id }], { rounding: '-0.02', payments: card }),
    ring([{ variant_id: uuidv7() }]),
    ring([{ variant_id }], { currency: 'MAD' }),
    ring([{ variant_id }], { payments: [{ tender_id: uuidv7(), amount: '12' }] }),
    ring([{ variant_id }]),
  ])
  expect(codesOf(booked)).toEqual([
    ...['refused totals_differ', 'refused totals_differ', 'refused variant_not_found', 'refused currency_mismatch'],
    ...['refused tender_not_found', ''],
  ])
  expect(await levelsOf(variant_id)).toEqual([{ batch_id: null, on_hand: '9' }])
  const next = await sell(owner, till, [{ variant_id }])
  expect(BigInt(next.sequence)).toBe(BigInt(sequence) + 1n)
})
