import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { employ } from '../../tests/harness/counts.ts'
import { providedTender } from '../../tests/harness/payment-hints.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { neighbourOf } from '../../tests/harness/transfers.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { money, toText } from '../platform/money.ts'
import { dayIn, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let terminal: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  terminal = await providedTender(owner, 'terminal')
}, 60_000)
afterAll(() => server?.close())

const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const rowsOf = (text: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)

async function journalOf(id: string): Promise<Record<string, string>> {
  const rows = await rowsOf(
    `SELECT a.purpose, e.amount FROM ledger.entry e JOIN ledger.account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
     WHERE e.journal_id = $1`,
    [id],
  )
  return Object.fromEntries(rows.map(({ purpose, amount }) => [purpose, amount]))
}

interface Shop {
  readonly owner: TestOwner
  readonly till: Till
}

/** Gives back so much of the first line by a tender. */
function giveBack(
  { owner: { client }, till: at }: Shop,
  original_id: string,
  given: { line?: number; quantity?: string; payments: object[]; session_id?: string },
) {
  const { line = 1, quantity, payments, session_id = at.session_id } = given
  return client.call('sales.refund', {
    ...{ original_id, session_id, reason: 'Brought back', payments: payments as never },
    lines: [{ line, ...(quantity === undefined ? {} : { quantity }) }],
  })
}

describe('cash is rounded', () => {
  async function shopIn(currency: string, country: string): Promise<Shop> {
    const one = await signUpOwner(server, { currency, country, time_zone: 'Europe/Paris' })
    return { owner: one, till: await openTill(one) }
  }

  test('to the coins there are, on a sale and on all that comes back of it as one', async () => {
    const shop = await shopIn('CHF', 'CH')
    const cash = (amount: string) => [{ tender_id: shop.till.tenders.cash ?? '', amount }]
    const variant_id = await makeGoods(shop.owner, { price: '1.03', currency: 'CHF' })
    const lines = Array.from({ length: 5 }, () => ({ variant_id }))
    const one = await sell(shop.owner, shop.till, [{ variant_id }], { payments: cash('1.05') })
    expect(one).toMatchObject({ total: '1.03', rounding: '0.02', paid: '1.05', change: '0.00' })
    expect(await journalOf(one.id)).toMatchObject({ cash: '1.0500', rounding_differences: '-0.0200' })
    expect(await shop.owner.client.call('sales.get-sale', { id: one.id })).toMatchObject({ rounding: '0.02' })

    const sale = await sell(shop.owner, shop.till, lines, { payments: cash('5.15') })
    expect(await answerOf(giveBack(shop, sale.id, { payments: cash('1.03') }))).toBe('422 no_such_coins')
    expect(await answerOf(giveBack(shop, sale.id, { payments: cash('1.00') }))).toBe('422 refund_differs')
    for (const [at, amount] of ['1.05', '1.00', '1.05', '1.00', '1.05'].entries()) {
      const back = await giveBack(shop, sale.id, { line: at + 1, payments: cash(amount) })
      expect(back).toMatchObject({ total: '-1.03', payments: [{ amount: `-${amount}` }] })
    }
    expect(
      await rowsOf('SELECT sum(amount)::text AS left FROM payments.payment WHERE origin_id = $1', [sale.id]),
    ).toEqual([{ left: '0.0000' }])
  })

  test('so that nobody gains crowns by bringing half of them back one by one', async () => {
    const shop = await shopIn('SEK', 'SE')
    const cash = (amount: string) => [{ tender_id: shop.till.tenders.cash ?? '', amount }]
    const variant_id = await makeGoods(shop.owner, { price: '0.50', currency: 'SEK' })
    const sale = await sell(shop.owner, shop.till, [{ variant_id, quantity: '5' }], { payments: cash('3') })
    for (const amount of ['1', '0', '1', '0', '1'])
      await giveBack(shop, sale.id, { quantity: '1', payments: cash(amount) })
    const [left] = await rowsOf('SELECT sum(amount) AS sum FROM payments.payment WHERE origin_id = $1', [sale.id])
    expect(left.sum).toBe('0.0000')
    expect(await answerOf(giveBack(shop, sale.id, { payments: cash('0') }))).toBe('409 refund_beyond_sold')
  })
})

test('a piece comes back whole, and what no column holds is refused', async () => {
  const variant_id = await makeGoods(owner, { price: '100' })
  const cash = (amount: string) => ({ tender_id: till.tenders.cash ?? '', amount })
  const sale = await sell(owner, till, [{ variant_id }])
  const half = giveBack({ owner, till }, sale.id, { quantity: '0.5', payments: [cash('50')] })
  expect(await answerOf(half)).toBe('422 too_many_decimals')
  const much = cash('999999999999999')
  expect(await answerOf(sell(owner, till, [{ variant_id }], { payments: [much, much] }))).toBe(
    '422 amount_out_of_range',
  )
})

test('a part of a line comes back for what its own amounts say', async () => {
  const variant_id = await makeGoods(owner, { price: '12' })
  const sale = await sell(owner, till, [{ variant_id, quantity: '3', discount: { amount: '1' } }])
  const cash = (amount: string) => [{ tender_id: till.tenders.cash ?? '', amount }]
  for (const amount of ['11.67', '11.66', '11.67']) {
    const { lines } = await giveBack({ owner, till }, sale.id, { quantity: '1', payments: cash(amount) })
    const [{ gross = '', discount = '', total = '' } = {}] = lines
    expect(toText(money(gross).minus(discount))).toBe(`-${amount}`)
    expect(total).toBe(`-${amount}`)
  }
})

describe('a provider', () => {
  const ask = (amount: string, more: object = {}, client = owner.client) =>
    client.call('payments.authorize', {
      ...{ tender_id: terminal, branch_id: owner.branchId, amount, currency: 'EUR' },
      ...more,
    })
  const byCard = (amount: string, authorization_id: string) => [{ tender_id: terminal, amount, authorization_id }]
  const goodsAt = (price: string, stock = '10') => makeGoods(owner, { price, stock })

  test.each<[what: string, answer: string, asked: string, paid: string]>([
    ['approves just what is due', 'done', '20', '20'],
    ['approved something else', '422 authorization_differs', '19', '20'],
    ['declined', '409 authorization_not_approved', '20.01', '20.01'],
  ])('%s: %s', async (_, answer, asked, paid) => {
    const variant_id = await goodsAt(paid)
    const { id } = await ask(asked)
    expect(await answerOf(sell(owner, till, [{ variant_id }], { payments: byCard(paid, id) }))).toBe(answer)
  })

  test('is asked for each sale, which names what it approved once', async () => {
    const variant_id = await goodsAt('20')
    const { id } = await ask('20')
    const payments = byCard('20', id)
    expect(
      await answerOf(sell(owner, till, [{ variant_id }], { payments: [{ tender_id: terminal, amount: '20' }] })),
    ).toBe('422 authorization_required')
    expect(await answerOf(sell(owner, till, [{ variant_id }], { payments: byCard('20', uuidv7()) }))).toBe(
      '422 authorization_not_found',
    )
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => answerOf(sell(owner, till, [{ variant_id }], { payments }))),
    )
    expect(answers.toSorted()).toEqual([...Array.from({ length: 3 }, () => '409 authorization_used'), 'done'])
  })

  test('approved it still, where the sale beside it in a batch named it and was refused', async () => {
    const variant_id = await goodsAt('20')
    const scarce = await goodsAt('20', '1')
    const { id } = await ask('40')
    const first = sell(owner, till, [{ variant_id }])
    const refused = answerOf(sell(owner, till, [{ variant_id: scarce, quantity: '2' }], { payments: byCard('40', id) }))
    const sold = answerOf(sell(owner, till, [{ variant_id, quantity: '2' }], { payments: byCard('40', id) }))
    await first
    // Whichever of the two came first.
    expect([await refused, await sold]).toEqual([
      expect.stringMatching(/insufficient_stock|authorization_used/),
      'done',
    ])
  })

  test('gives back for the sale that was charged, by somebody who may', async () => {
    const variant_id = await goodsAt('30')
    const [mine, other, unused] = [await ask('30'), await ask('30'), await ask('30')]
    const sale = await sell(owner, till, [{ variant_id }], { payments: byCard('30', mine.id) })
    const next = await sell(owner, till, [{ variant_id }], { payments: byCard('30', other.id) })
    const here = { branch_id: owner.branchId, amount: '30' }
    const back = (charge_id: string, sale_id: string, client = owner.client, more: object = {}) =>
      client.call('payments.authorize-refund', { charge_id, sale_id, ...here, ...more })
    const cashier = (await employ(server, owner, 'cashier')).client
    expect(await answerOf(back(mine.id, sale.id, cashier))).toBe('403 forbidden')
    const elsewhere = { branch_ids: [await neighbourOf(owner)] }
    const manager = (await employ(server, owner, 'manager', elsewhere)).client
    expect(await answerOf(back(mine.id, sale.id, manager, { branch_id: elsewhere.branch_ids[0] }))).toBe(
      '404 not_found',
    )
    expect(await answerOf(back(unused.id, sale.id))).toBe('422 paid_sale_not_found')

    const wrong = await back(other.id, next.id)
    const right = await back(mine.id, sale.id)
    // Not even whoever may give back otherwise.
    const shop = { owner, till }
    expect(await answerOf(giveBack(shop, sale.id, { payments: byCard('30', wrong.id) }))).toBe(
      '422 authorization_differs',
    )
    expect(await answerOf(giveBack(shop, sale.id, { payments: byCard('30', right.id) }))).toBe('done')
  })
})

describe('prices', () => {
  test('without tax get it on top, in the books and on what comes back', async () => {
    const one = await signUpOwner(server)
    const shop = { owner: one, till: await openTill(one) }
    await setHere(one.client, 'tax.prices-include-tax', false)
    const variant_id = await makeGoods(one, { price: '12' })
    const sale = await sell(one, shop.till, [{ variant_id, quantity: '3', discount: { amount: '1' } }])
    expect(sale).toMatchObject({ is_price_with_tax: false, gross: '30.00', net: '29.00', tax: '5.80', total: '34.80' })
    expect(await journalOf(sale.id)).toMatchObject({ sales: '-30.0000', discounts_given: '1.0000', cash: '34.8000' })
    const cash = (amount: string) => [{ tender_id: shop.till.tenders.cash ?? '', amount }]
    const back = await giveBack(shop, sale.id, { quantity: '1', payments: cash('11.60') })
    expect(back.lines[0]).toMatchObject({ gross: '-10.00', discount: '-0.33', net: '-9.67', tax: '-1.93' })
  })

  test('in another currency than what all is shown in, with the rate of the day, or without one', async () => {
    const one = await signUpOwner(server)
    const shop = { owner: one, till: await openTill(one) }
    await setHere(one.client, 'valuation.base-currency', 'MAD')
    const variant_id = await makeGoods(one, { price: '12' })
    expect(await sell(one, shop.till, [{ variant_id }])).toMatchObject({ base_currency: 'MAD', fx_rate: null })
    const today = dayIn('Europe/Paris', now())
    const rates = (rate: string) => ({ rates: [{ base: 'EUR', quote: 'MAD', quoted_on: today, rate }] })
    await one.client.call('fx.record-rates', rates('10.5'))
    const sale = await sell(one, shop.till, [{ variant_id, quantity: '2' }])
    expect(sale).toMatchObject({ base_currency: 'MAD', fx_rate: '10.5' })
    await one.client.call('fx.record-rates', rates('11'))
    const cash = [{ tender_id: shop.till.tenders.cash ?? '', amount: '12' }]
    const back = await giveBack(shop, sale.id, { quantity: '1', payments: cash })
    const read = (id: string) => one.client.call('sales.get-sale', { id })
    expect([(await read(sale.id)).base_total, (await read(back.id)).base_total]).toEqual(['252', '-126'])
    expect((await read(back.id)).fx_rate).toBe('10.5')
  })
})

describe('money back in an exchange', () => {
  test.each<[what: string, price: string, payments: [tender: string, amount: string][], answer: string]>([
    ['where the other costs less', '20', [['cash', '10']], 'done'],
    ['by another tender, for somebody who may', '20', [['card', '10']], 'done'],
    ['too much', '20', [['cash', '11']], '422 refund_differs'],
    ['none where it costs the same', '30', [], 'done'],
    ['none for nothing', '30', [['cash', '1']], '422 payment_not_due'],
  ])('%s', async (_, price, payments, answer) => {
    const [old, other] = [await makeGoods(owner, { price: '30' }), await makeGoods(owner, { price })]
    const sale = await sell(owner, till, [{ variant_id: old }])
    const exchange = owner.client.call('sales.exchange', {
      ...{ original_id: sale.id, session_id: till.session_id, reason: 'Too big' },
      returns: [{ line: 1, restock: 'quarantine' }],
      lines: [{ variant_id: other }],
      payments: payments.map(([tender, amount]) => ({ tender_id: till.tenders[tender] ?? '', amount })),
    })
    expect(await answerOf(exchange)).toBe(answer)
  })

  test('needs the permission to sell, too', async () => {
    const role = await owner.client.call('tenants.create-role', {
      name: `Only back ${uuidv7()}`,
      permissions: ['sales.refund'],
    })
    const { client } = await employ(server, owner, role.name)
    const variant_id = await makeGoods(owner)
    const { id: original_id } = await sell(owner, till, [{ variant_id }])
    const given = { original_id, session_id: till.session_id, reason: 'Too big', returns: [{ line: 1 }] }
    expect(await answerOf(client.call('sales.exchange', { ...given, lines: [{ variant_id }], payments: [] }))).toBe(
      '403 forbidden',
    )
  })
})

test('goods of one branch are held there only, whatever others sell at once', async () => {
  const branchId = await neighbourOf(owner)
  const here = await makeGoods(owner, { stock: '100' })
  const next = await openTill({ ...owner, branchId })
  const priced = await makeGoods({ ...owner, branchId }, { stock: '100' })
  await Promise.all(
    Array.from({ length: 6 }, () => [
      sell(owner, till, [{ variant_id: here }]),
      sell({ ...owner, branchId }, next, [{ variant_id: priced }]),
    ]).flat(),
  )
  const rows = await rowsOf('SELECT branch_id FROM inventory.cost WHERE variant_id = ANY ($1)', [[here, priced]])
  expect(rows).toHaveLength(2)
})
