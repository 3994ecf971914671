import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { providedTender } from '../../tests/harness/payment-hints.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'

let server: TestServer
let owner: TestOwner
let till: Till
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
})
afterAll(() => server?.close())

type Lines = Parameters<typeof owner.client.call<'sales.refund'>>[1]['lines']
type Payments = Parameters<typeof owner.client.call<'sales.refund'>>[1]['payments']

const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const cash = (amount: string) => [{ tender_id: till.tenders.cash ?? '', amount }]
const refund = (original_id: string, lines: Lines, payments: Payments) =>
  owner.client.call('sales.refund', {
    session_id: till.session_id,
    original_id,
    reason: 'Brought back',
    lines,
    payments,
  })
const roundTo = (step: string, mode = 'half_up') =>
  Promise.all([
    setHere(owner.client, 'payments.cash-step', step),
    setHere(owner.client, 'payments.cash-rounding-mode', mode),
  ])
const leftOf = async (origin_id: string) => {
  const { items } = await owner.client.call('payments.list-payments', { origin_id, limit: 50 })
  return items.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0) / 100
}

/** Gives back what these refunds are due, and answers what that was. */
async function backOf(original_id: string, parts: readonly Lines[]) {
  const due: string[] = []
  for (const lines of parts) {
    const { problem } = await refund(original_id, lines, cash('999999')).catch((error) => error)
    const [amount = ''] = /^[\d.]+(?= is to be given back in cash)/.exec(problem.detail) ?? []
    const done = await refund(original_id, lines, cash(amount))
    expect(Number(done.total) + Number(done.rounding)).toBeCloseTo(-Number(amount), 6)
    due.push(amount)
  }
  return due
}

describe('in parts a sale gives back in cash what was paid for it', () => {
  const piece = [{ line: 1, quantity: '1' }]

  test('of one line, whatever each piece rounds to', async () => {
    await roundTo('1')
    const variant_id = await makeGoods(owner, { price: '0.50' })
    const sale = await sell(owner, till, [{ variant_id, quantity: '6' }])
    expect(sale).toMatchObject({ total: '3.00', rounding: '0.00' })
    expect(await backOf(sale.id, Array(6).fill(piece))).toEqual(['1', '0', '1', '0', '1', '0'])
    expect(await leftOf(sale.id)).toBe(0)
  })

  test('of several lines, the last one too', async () => {
    await roundTo('0.05')
    const lines = await Promise.all(
      ['1.03', '1.03', '1.03', '1.03', '1.03'].map((price) => makeGoods(owner, { price })),
    )
    const sale = await sell(
      owner,
      till,
      lines.map((variant_id) => ({ variant_id })),
    )
    expect(sale.total).toBe('5.15')
    const parts = lines.map((_, at) => [{ line: at + 1 }])
    expect(await backOf(sale.id, parts)).toEqual(['1.05', '1', '1.05', '1', '1.05'])
    expect(await leftOf(sale.id)).toBe(0)
  })

  test('where cash is always rounded up', async () => {
    await roundTo('0.05', 'up')
    const variant_id = await makeGoods(owner, { price: '1.01' })
    const sale = await sell(owner, till, [{ variant_id, quantity: '3' }])
    expect(sale).toMatchObject({ total: '3.03', rounding: '0.02' })
    expect(await backOf(sale.id, Array(3).fill(piece))).toEqual(['1', '1', '1.05'])
    expect(await leftOf(sale.id)).toBe(0)
  })

  test('and of what was got in exchange with what was not exchanged', async () => {
    await roundTo('1')
    const variant_id = await makeGoods(owner, { price: '0.50' })
    const other = await makeGoods(owner, { price: '0.50' })
    const sale = await sell(owner, till, [{ variant_id, quantity: '2' }])
    const exchange = await owner.client.call('sales.exchange', {
      session_id: till.session_id,
      original_id: sale.id,
      reason: 'Too small',
      returns: piece,
      lines: [{ variant_id: other }],
      payments: [],
    })
    expect(await backOf(exchange.id, [[{ line: 2 }]])).toEqual(['1'])
    expect(await backOf(sale.id, [piece])).toEqual(['0'])
    expect(await leftOf(sale.id)).toBe(0)
  })
})

test('what a refund prints adds up in itself', async () => {
  await roundTo('0')
  const variant_id = await makeGoods(owner)
  const sale = await sell(owner, till, [{ variant_id, quantity: '3', discount: { amount: '1' } }])
  expect(sale).toMatchObject({ net: '29.17', tax: '5.83', total: '35.00' })
  for (const [due, net, tax] of [
    ['11.67', '-9.73', '-1.94'],
    ['11.66', '-9.71', '-1.95'],
    ['11.67', '-9.73', '-1.94'],
  ]) {
    const back = await refund(sale.id, [{ line: 1, quantity: '1' }], cash(due ?? ''))
    expect([back.net, back.tax, back.total]).toEqual([net, tax, `-${due}`])
    expect(Number(back.gross) - Number(back.discount)).toBeCloseTo(-Number(due), 6)
  }
})

test('no part of a piece comes back, wherever it goes', async () => {
  await roundTo('0')
  const variant_id = await makeGoods(owner)
  const kit = await makeGoods(owner, { kind: 'kit', stock: '0', price: '30' })
  const { id, version } = await owner.client.call('catalog.get-variant', { id: kit })
  await owner.client.call('catalog.set-kit-lines', { id, version, lines: [{ variant_id, quantity: '2' }] })
  const loose = await makeGoods(owner, { unit: 'kg' })
  const sale = await sell(owner, till, [{ variant_id, quantity: '2' }, { variant_id: kit }, { variant_id: loose }])
  for (const restock of ['shelf', 'quarantine', 'none'] as const)
    for (const line of [1, 2])
      expect(await answerOf(refund(sale.id, [{ line, quantity: '0.5', restock }], cash('6')))).toBe(
        '422 too_many_decimals',
      )
  expect(await refund(sale.id, [{ line: 3, quantity: '0.5' }], cash('6'))).toMatchObject({ total: '-6.00' })
  expect(await refund(sale.id, [{ line: 1, quantity: '2.000' }], cash('24'))).toMatchObject({ total: '-24.00' })
})

test('what comes back damaged is taken out of reach, though stock is below zero', async () => {
  const variant_id = await makeGoods(owner, { stock: '1' })
  const { version } = await owner.client.call('catalog.get-variant', { id: variant_id })
  await owner.client.call('catalog.update-variant', { id: variant_id, version, allows_negative_stock: true })
  const sale = await sell(owner, till, [{ variant_id, quantity: '5' }])
  await refund(sale.id, [{ line: 1, quantity: '1', restock: 'quarantine' }], cash('12'))
  const { items } = await owner.client.call('inventory.list-levels', { variant_id })
  expect(items).toMatchObject([{ on_hand: '-3', available: '-4' }])
  const kept = await owner.client.call('inventory.list-quarantine', { variant_id })
  expect(kept.items).toMatchObject([{ reason: 'returned', lines: [{ variant_id, quantity: '1', open: '1' }] }])
})

test('money goes back by the charge that paid the sale, and by no other', async () => {
  const tender_id = await providedTender(owner, 'terminal')
  const variant_id = await makeGoods(owner)
  const place = { branch_id: owner.branchId, amount: '12.00' }
  async function sellByCard() {
    const { id } = await owner.client.call('payments.authorize', { tender_id, currency: 'EUR', ...place })
    const payments = [{ tender_id, amount: '12', authorization_id: id }]
    return { charge_id: id, sale_id: (await sell(owner, till, [{ variant_id }], { payments })).id }
  }
  const [mine, other] = [await sellByCard(), await sellByCard()]
  const authorized = async (sold: typeof mine) =>
    (await owner.client.call('payments.authorize-refund', { ...sold, ...place })).id
  const back = (authorization_id: string) =>
    refund(mine.sale_id, [{ line: 1 }], [{ tender_id, amount: '12', authorization_id }])
  expect(await answerOf(back(await authorized(other)))).toBe('422 authorization_differs')
  expect(await answerOf(back(mine.charge_id))).toBe('409 authorization_used')
  expect(await back(await authorized(mine))).toMatchObject({ total: '-12.00' })
})

test('what no column holds is refused, and not an error', async () => {
  const variant_id = await makeGoods(owner, { price: '1', cost: '9999999999999', stock: '1' })
  const { version } = await owner.client.call('catalog.get-variant', { id: variant_id })
  await owner.client.call('catalog.update-variant', { id: variant_id, version, allows_negative_stock: true })
  const selling = (quantity: string, payments: Payments) =>
    answerOf(sell(owner, till, [{ variant_id, quantity }], { payments }))
  const most = cash('999999999999999')
  expect(await selling('1', [...most, ...most])).toBe('422 amount_out_of_range')
  expect(await selling('1000', cash('1000'))).toBe('422 amount_out_of_range')
})
