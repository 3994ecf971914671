import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
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

type Input<N extends 'sales.refund' | 'sales.exchange'> = Parameters<typeof owner.client.call<N>>[1]

const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const cash = (amount: string) => [{ tender_id: till.tenders.cash ?? '', amount }]
const refund = (original_id: string, lines: Input<'sales.refund'>['lines'], amount: string, more: object = {}) =>
  owner.client.call('sales.refund', {
    session_id: till.session_id,
    original_id,
    reason: 'Brought back',
    lines,
    payments: cash(amount),
    ...more,
  })
const levelsOf = async (variant_id: string) =>
  (await owner.client.call('inventory.list-levels', { variant_id })).items
    .map((one) => `${one.batch_number ?? '-'} ${one.on_hand} ${one.available}`)
    .toSorted()
const rowsOf = (text: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)
const balances = async () =>
  Object.fromEntries(
    (
      await rowsOf(
        'SELECT purpose, sum(balance) AS sum FROM ledger.account WHERE tenant_id = $1 AND purpose IS NOT NULL GROUP BY 1',
        [owner.tenantId],
      )
    ).map(({ purpose, sum }) => [purpose, Number(sum)]),
  )

/** Goods of two batches, of which 2 and 3 are there, the first at 4 each and the other at 6. */
async function inTwoBatches() {
  const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true, price: '12' })
  const batch = (batch_number: string, expires_on: string, quantity: string, unit_cost: string) =>
    ({ variant_id, quantity, unit_cost, batch_number, expires_on }) as const
  await owner.client.call('inventory.receive-stock', {
    branch_id: owner.branchId,
    lines: [batch('A', '2197-01-01', '2', '4'), batch('B', '2198-01-01', '3', '6')],
  })
  return variant_id
}

test('what is refunded leaves books, stock, drawer and tax as if it had never been sold', async () => {
  const variant_id = await inTwoBatches()
  const before = await balances()
  const sale = await sell(owner, till, [{ variant_id, quantity: '4', discount: { amount: '1' } }])
  expect(await levelsOf(variant_id)).toEqual(['B 1 1'])
  const first = await refund(sale.id, [{ line: 1, quantity: '1' }], '11.75')
  expect(first).toMatchObject({
    kind: 'refund',
    original_id: sale.id,
    total: '-11.75',
    lines: [{ of_line: 1, quantity: '-1', restock: 'shelf' }],
    payments: [{ kind: 'refund', amount: '-11.75' }],
  })
  expect(await levelsOf(variant_id)).toEqual(['B 2 2'])
  await refund(sale.id, [{ line: 1 }], '35.25')
  expect(await levelsOf(variant_id)).toEqual(['A 2 2', 'B 3 3'])
  const after = await balances()
  const turnover = (after.sales ?? 0) + (after.sales_returns ?? 0) - (before.sales ?? 0) - (before.sales_returns ?? 0)
  expect(turnover).toBeCloseTo(0, 6)
  for (const purpose of ['cash', 'vat_collected', 'discounts_given', 'cost_of_sales', 'inventory'])
    expect(after[purpose] ?? 0, purpose).toBeCloseTo(before[purpose] ?? 0, 6)
})

test('never more comes back than was sold, whoever asks at once', async () => {
  const variant_id = await makeGoods(owner)
  const sale = await sell(owner, till, [{ variant_id, quantity: '5' }])
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => answerOf(refund(sale.id, [{ line: 1, quantity: '1' }], '12'))),
  )
  expect(answers.toSorted()).toEqual([
    ...Array.from({ length: 3 }, () => '409 refund_beyond_sold'),
    ...Array.from({ length: 5 }, () => 'done'),
  ])
  expect(await levelsOf(variant_id)).toEqual(['- 10 10'])
})

test('never more is given back than was paid, and by the tender it was paid with', async () => {
  const variant_id = await makeGoods(owner)
  const sale = await sell(owner, till, [{ variant_id, quantity: '2' }])
  expect(await answerOf(refund(sale.id, [{ line: 1, quantity: '1' }], '12.01'))).toBe('422 refund_differs')
  expect(await answerOf(refund(sale.id, [{ line: 1, quantity: '3' }], '36'))).toBe('409 refund_beyond_sold')
  const back = await refund(sale.id, [{ line: 1, quantity: '1' }], '12')
  expect(await answerOf(refund(back.id, [{ line: 1 }], '12'))).toBe('422 refund_of_refund')
  expect(await answerOf(refund(uuidv7(), [{ line: 1 }], '12'))).toBe('422 original_not_found')
  expect(await answerOf(refund(sale.id, [{ line: 2 }], '12'))).toBe('422 line_not_returnable')
})

test('goods go back to the batch that is named, into quarantine, or nowhere', async () => {
  const variant_id = await inTwoBatches()
  const sale = await sell(owner, till, [{ variant_id, quantity: '5' }])
  const [a] = sale.lines[0]?.allocations ?? []
  await refund(sale.id, [{ line: 1, quantity: '1', batch_id: a?.batch_id ?? '' }], '12')
  expect(await levelsOf(variant_id)).toEqual(['A 1 1'])
  await refund(sale.id, [{ line: 1, quantity: '2', restock: 'quarantine' }], '24')
  expect(await levelsOf(variant_id)).toEqual(['A 1 1', 'B 2 0'])
  await refund(sale.id, [{ line: 1, quantity: '1', restock: 'none' }], '12')
  expect(await levelsOf(variant_id)).toEqual(['A 1 1', 'B 2 0'])
})

test('an exchange takes back and sells in one receipt; what is paid on top is one payment', async () => {
  const old = await makeGoods(owner, { price: '12' })
  const other = await makeGoods(owner, { price: '30' })
  const sale = await sell(owner, till, [{ variant_id: old }])
  const exchange = (payments: object[], more: object = {}) =>
    owner.client.call('sales.exchange', {
      session_id: till.session_id,
      original_id: sale.id,
      reason: 'Too small',
      returns: [{ line: 1 }],
      lines: [{ variant_id: other }],
      payments: payments as never,
      ...more,
    })
  expect(await answerOf(exchange(cash('17')))).toBe('422 payment_short')
  const done = await exchange(cash('20'))
  expect(done).toMatchObject({ kind: 'exchange', total: '18.00', paid: '20.00', change: '2.00' })
  expect(done.lines.map(({ of_line, quantity }) => [of_line, quantity])).toEqual([
    [1, '-1'],
    [null, '1'],
  ])
  expect(await levelsOf(old)).toEqual(['- 10 10'])
  expect(await levelsOf(other)).toEqual(['- 9 9'])
  expect(await answerOf(exchange(cash('18')))).toBe('409 refund_beyond_sold')
  // What was got in exchange comes back for all that was paid, first and then.
  expect(await refund(done.id, [{ line: 2 }], '30')).toMatchObject({ total: '-30.00' })
})

test('a basket that is given up leaves a trace and sells nothing', async () => {
  const { variant } = await makeProduct(owner)
  const voided = await owner.client.call('sales.void-basket', {
    session_id: till.session_id,
    reason: 'Left without paying',
    total: '12.00',
    lines: [{ name: variant.id, quantity: '1', total: '12.00' }],
  })
  expect(voided).toMatchObject({ register_id: till.register_id, total: '12.00' })
})
