import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { money, toText } from '../platform/money.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

interface Shop {
  readonly owner: TestOwner
  readonly till: Till
  readonly goods: readonly string[]
}

async function openShop(place: { country: string; currency: string }): Promise<Shop> {
  const owner = await signUpOwner(server, { ...place, time_zone: 'Europe/Paris' })
  const { currency } = place
  const goods = [
    await makeGoods(owner, { price: '0.99', stock: '100000', cost: '0.333333', currency }),
    await makeGoods(owner, { price: '12.345', stock: '100000', cost: '7.77', currency }),
    await makeGoods(owner, { price: '7', stock: '100000', cost: '1', currency }),
  ]
  const till = await openTill(owner)
  // No more goes back out of a drawer than is in it.
  await sell(owner, till, [{ variant_id: goods[2] ?? '', quantity: '1000' }])
  return { owner, till, goods }
}

const rowsOf = (text: string) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text)).rows)

const line = fc.record({
  goods: fc.nat(2),
  quantity: fc.integer({ min: 1, max: 7 }),
  percent: fc.option(fc.integer({ min: 1, max: 60 })),
})
const step = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  off: fc.option(fc.integer({ min: 1, max: 30 })),
  tender: fc.constantFrom('cash', 'card', 'both'),
  exchanged: fc.option(line),
  back: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
})

/** More than anything costs, in coins of any currency: what is due is what the refusal of it tells. */
const much = '100000'

interface Problem {
  readonly code: string
  readonly detail: string
}

const attempt = <T>(sending: Promise<T>): Promise<{ done?: T; problem?: Problem }> =>
  sending.then(
    (done) => ({ done }),
    ({ problem }: { problem: Problem }) => ({ problem }),
  )

const asLine = (
  { goods }: Shop,
  { goods: at, quantity, percent }: { goods: number; quantity: number; percent: number | null },
) => ({
  variant_id: goods[at] ?? '',
  quantity: String(quantity),
  ...(percent === null ? {} : { discount: { percent: String(percent) } }),
})

/** Pays in cash, with change; by card; or half by card and the rest in cash. */
async function buy(
  shop: Shop,
  { lines, off, tender }: { lines: readonly object[]; off: number | null; tender: string },
) {
  const { owner, till } = shop
  const more = off === null ? {} : { discount: { percent: String(off) } }
  const { problem } = await attempt(sell(owner, till, lines as never, { ...more, expected_total: '0.01' }))
  const total = /[\d.]+$/.exec(problem?.detail ?? '')?.[0] ?? '0.01'
  const half = toText(money(total).dividedBy(2).toDecimalPlaces(2))
  const byCard = { card: total, both: half }[tender] ?? '0'
  const paying = (inCash: string) => [
    ...(byCard === '0' ? [] : [{ tender_id: till.tenders.card, amount: byCard }]),
    ...(tender === 'card' ? [] : [{ tender_id: till.tenders.cash, amount: inCash }]),
  ]
  const paid = await attempt(sell(owner, till, lines as never, { ...more, payments: paying(much) }))
  // Where so little is left for cash that no coin is due.
  const sale = paid.done ?? (await sell(owner, till, lines as never, { ...more, payments: paying('0') }))
  expect(sale.total).toBe(money(total).toFixed(2))
  return sale
}

/** Gives back what is due in cash. */
async function settled<T>({ till }: Shop, send: (payments: { tender_id: string; amount: string }[]) => Promise<T>) {
  const cash = (amount: string) => [{ tender_id: till.tenders.cash ?? '', amount }]
  const { done, problem } = await attempt(send(cash(much)))
  if (done !== undefined) return done
  // So little is due that no coin is.
  if (problem?.code === 'payment_not_due') return send(cash('0'))
  const [due] = /^[\d.]+/.exec(problem?.detail ?? '') ?? []
  if (due === undefined) throw new Error(`${problem?.code}: ${problem?.detail}`)
  return send(cash(due))
}

/** Brings one of the first line back for something else. */
function swap(shop: Shop, original_id: string, wanted: object) {
  const given = { original_id, session_id: shop.till.session_id, reason: 'Any', lines: [wanted] as never }
  return settled(shop, (payments) =>
    shop.owner.client.call('sales.exchange', { ...given, returns: [{ line: 1, quantity: '1' }], payments }),
  )
}

/** Gives back so many of the first line, as often as there is something left, and then all that is left of it. */
async function giveBack(shop: Shop, { id, left }: { id: string; left: number }, quantities: readonly number[]) {
  let rest = left
  for (const wanted of [...quantities, left]) {
    const quantity = Math.min(wanted, rest)
    if (quantity === 0 || quantities.length === 0) return
    rest -= quantity
    await settled(shop, (payments) =>
      shop.owner.client.call('sales.refund', {
        ...{ original_id: id, session_id: shop.till.session_id, reason: 'Any', payments },
        lines: [{ line: 1, quantity: String(quantity), restock: 'shelf' }],
      }),
    )
  }
}

test.each([
  { country: 'FR', currency: 'EUR' },
  { country: 'CH', currency: 'CHF' },
  { country: 'SE', currency: 'SEK' },
])(
  'after any sales, refunds and exchanges drawers, stock, books and tax tie with the receipts: %o',
  async (place) => {
    const shop = await openShop(place)
    await fc.assert(
      fc.asyncProperty(step, async ({ lines, off, tender, exchanged, back }) => {
        const sale = await buy(shop, { lines: lines.map((one) => asLine(shop, one)), off, tender })
        if (exchanged !== null) await swap(shop, sale.id, asLine(shop, exchanged))
        await giveBack(shop, { id: sale.id, left: (lines[0]?.quantity ?? 0) - (exchanged === null ? 0 : 1) }, back)
      }),
      { numRuns: 10 },
    )

    await assertBooksTie()
    await assertPaymentsTie()
  },
  120_000,
)

async function assertBooksTie(): Promise<void> {
  expect(
    await rowsOf(`
      SELECT a.purpose, a.balance, p.sum FROM ledger.account a
      LEFT JOIN (SELECT p.tenant_id, p.session_id, CASE t.kind WHEN 'cash' THEN 'cash' ELSE 'card_clearing' END AS purpose, sum(p.amount)
                 FROM payments.payment p JOIN payments.tender t ON t.tenant_id = p.tenant_id AND t.id = p.tender_id GROUP BY 1, 2, 3) p
        ON p.tenant_id = a.tenant_id AND p.session_id = a.holder_id AND p.purpose = a.purpose
      WHERE a.holder_type = 'session' AND a.balance <> coalesce(p.sum, 0)`),
    'each drawer has what was paid into it',
  ).toEqual([])
  expect(
    await rowsOf(`
      SELECT l.sale_id, l.line FROM sales.line l LEFT JOIN LATERAL (
        SELECT sum((a.value ->> 'quantity')::numeric) AS quantity FROM jsonb_array_elements(l.allocations) a) a ON true
      WHERE l.quantity <> a.quantity`),
    'each line took from the shelf what it says',
  ).toEqual([])
  expect(
    await rowsOf(`
      SELECT s.id FROM sales.sale s
      JOIN (SELECT tenant_id, sale_id, sum(net) AS net, sum(tax) AS tax, sum(cost) AS cost FROM sales.line GROUP BY 1, 2) l
        ON l.tenant_id = s.tenant_id AND l.sale_id = s.id
      LEFT JOIN (SELECT p.document_id, -sum(m.value) AS cost FROM inventory.movement m
                 JOIN inventory.posting p ON p.tenant_id = m.tenant_id AND p.id = m.posting_id GROUP BY 1) m ON m.document_id = s.id
      WHERE (s.net, s.tax, s.cost) IS DISTINCT FROM (l.net, l.tax, coalesce(m.cost, 0)) OR l.cost <> s.cost
        OR s.tax <> (SELECT coalesce(sum((t.value ->> 'tax')::numeric), 0) FROM jsonb_array_elements(s.taxes) t)`),
    'net, tax and cost of a receipt are those of its lines, its taxes and its stock',
  ).toEqual([])
  const [tax] = await rowsOf(`
    SELECT (SELECT -sum(balance) FROM ledger.account WHERE purpose = 'vat_collected') AS booked, (SELECT sum(tax) FROM sales.sale) AS printed`)
  expect(tax.booked).toBe(tax.printed)
  const [books] = await rowsOf('SELECT sum(balance) AS sum FROM ledger.account')
  expect(Number(books.sum)).toBe(0)
}

async function assertPaymentsTie(): Promise<void> {
  expect(
    await rowsOf(`
      SELECT o.id FROM sales.sale o JOIN sales.sale r ON r.tenant_id = o.tenant_id AND r.root_id = o.id
      GROUP BY o.id, o.total HAVING o.total + sum(r.total) < 0`),
    'no more came back than was paid',
  ).toEqual([])
  expect(
    await rowsOf(`
      SELECT p.origin_id, sum(p.amount) FROM payments.payment p GROUP BY p.origin_id
      HAVING sum(p.amount) <> (SELECT sum(s.total + s.rounding) FROM sales.sale s WHERE s.id = p.origin_id OR s.root_id = p.origin_id) OR sum(p.amount) < 0`),
    'what is left of each sale is what its receipts come to',
  ).toEqual([])
  expect(
    await rowsOf(`
      SELECT s.root_id FROM sales.sale s WHERE s.total < 0 GROUP BY s.root_id
      HAVING abs(sum(s.rounding)) > 1 OR (SELECT sum(r.total) FROM sales.sale r WHERE r.id = s.root_id OR r.root_id = s.root_id) = 0
        AND (SELECT sum(p.amount) FROM payments.payment p WHERE p.origin_id = s.root_id) >= 1`),
    'rounding in cash never adds up, and nothing is kept of what is all back',
  ).toEqual([])
}
