import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { money, toText } from '../platform/money.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let goods: string[]
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  goods = [
    await makeGoods(owner, { price: '0.99', stock: '100000', cost: '0.333333' }),
    await makeGoods(owner, { price: '12.345', stock: '100000', cost: '7.77' }),
    await makeGoods(owner, { price: '7', stock: '100000', cost: '1' }),
  ]
})
afterAll(() => server?.close())

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
  isCard: fc.boolean(),
  back: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
})

/** Gives back so many of the first line, as often as there is something left. */
async function giveBack(sale: Awaited<ReturnType<typeof sell>>, tender: string, quantities: readonly number[]) {
  let left = money(sale.lines[0]?.quantity ?? '0')
  for (const wanted of quantities) {
    if (!left.greaterThan(0)) return
    const quantity = left.lessThan(wanted) ? left : money(String(wanted))
    left = left.minus(quantity)
    const refund = (amount: string) =>
      owner.client.call('sales.refund', {
        session_id: till.session_id,
        original_id: sale.id,
        reason: 'Any',
        lines: [{ line: 1, quantity: toText(quantity), restock: 'shelf' }],
        payments: [{ tender_id: till.tenders[tender] ?? '', amount }],
      })
    // What is due is what the refusal says.
    const { problem } = await refund('999999').then(
      () => ({ problem: { detail: '' } }),
      (error: { problem: { detail: string } }) => error,
    )
    const [due] = /^[\d.]+/.exec(problem.detail) ?? []
    if (due === undefined || money(due).isZero()) continue
    await refund(due)
  }
}

test('after any sales and refunds drawers, stock, books and tax tie with the receipts', async () => {
  await fc.assert(
    fc.asyncProperty(step, async ({ lines, off, isCard, back }) => {
      const tender = isCard ? 'card' : 'cash'
      const input = lines.map((one) => ({
        variant_id: goods[one.goods] ?? '',
        quantity: String(one.quantity),
        ...(one.percent === null ? {} : { discount: { percent: String(one.percent) } }),
      }))
      const more = off === null ? {} : { discount: { percent: String(off) } }
      const { problem } = await sell(owner, till, input, { ...more, payments: [] }).then(
        () => ({ problem: { detail: '' } }),
        (error: { problem: { detail: string } }) => error,
      )
      const [due = '0'] = /^[\d.]+/.exec(problem.detail) ?? []
      const payments = [{ tender_id: till.tenders[tender], amount: due }]
      const sale = await sell(owner, till, input, { ...more, payments })
      expect(sale.total).toBe(money(due).toFixed(2))
      await giveBack(sale, tender, back)
    }),
    { numRuns: 25 },
  )

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
      LEFT JOIN (SELECT posting_id, -sum(value) AS cost FROM inventory.movement GROUP BY 1) m ON m.posting_id = s.id
      WHERE (s.net, s.tax, s.cost) IS DISTINCT FROM (l.net, l.tax, coalesce(m.cost, 0)) OR l.cost <> s.cost
        OR s.tax <> (SELECT coalesce(sum((t.value ->> 'tax')::numeric), 0) FROM jsonb_array_elements(s.taxes) t)`),
    'net, tax and cost of a receipt are those of its lines, its taxes and its stock',
  ).toEqual([])
  const [tax] = await rowsOf(`
    SELECT (SELECT -sum(balance) FROM ledger.account WHERE purpose = 'vat_collected') AS booked, (SELECT sum(tax) FROM sales.sale) AS printed`)
  expect(tax.booked).toBe(tax.printed)
  const [books] = await rowsOf('SELECT sum(balance) AS sum FROM ledger.account')
  expect(Number(books.sum)).toBe(0)
  expect(
    await rowsOf(`
      SELECT o.id FROM sales.sale o JOIN sales.sale r ON r.tenant_id = o.tenant_id AND r.root_id = o.id
      GROUP BY o.id, o.total HAVING o.total + sum(r.total) < 0`),
    'no more came back than was paid',
  ).toEqual([])
})
