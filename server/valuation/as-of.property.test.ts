import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { documentOf, makeBatch, post } from '../../tests/harness/stock.ts'
import { type Money, money, toText } from '../platform/money.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const inDays = (days: number) => daysAfter(dayIn('Europe/Paris', now()), days)

interface Moved {
  readonly day: string
  readonly variant_id: string
  readonly batch_id: string | null
  readonly quantity: string
  readonly value: string
}

const operation = fc.record({
  variant: fc.nat(2),
  batch: fc.nat(1),
  daysAgo: fc.nat(6),
  cents: fc.integer({ min: 1, max: 999 }),
  quantity: fc.integer({ min: 1, max: 9 }),
  kind: fc.constantFrom('receipt', 'receipt', 'sale', 'write_off'),
})

/** The naive replay: all that counts until a day, added up. */
function replay(moved: readonly Moved[], day: string, keyOf: (one: Moved) => string) {
  const sums = new Map<string, { quantity: Money; value: Money }>()
  for (const one of moved.filter((other) => other.day <= day)) {
    const { quantity, value } = sums.get(keyOf(one)) ?? { quantity: money('0'), value: money('0') }
    sums.set(keyOf(one), { quantity: quantity.plus(one.quantity), value: value.plus(one.value) })
  }
  return sums
}

test('stock as of any day is what a naive replay of its movements says, and what the books say', async () => {
  const variants = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const variant_id = (await makeProduct(owner, { is_expiry_tracked: true })).variant.id
      const batches = await Promise.all(
        [1, 2].map(() => makeBatch(server, owner, { variant_id, expires_on: '2199-01-01' })),
      )
      return { variant_id, batches }
    }),
  )
  const moved: Moved[] = []
  const [operations = []] = fc.sample(fc.array(operation, { minLength: 90, maxLength: 90 }), {
    numRuns: 1,
    seed: 20_260_601,
  })
  for (const { variant, batch, daysAgo, cents, quantity, kind } of operations) {
    const { variant_id = '', batches = [] } = variants[variant] ?? {}
    const on = inDays(-daysAgo)
    const change =
      kind === 'receipt'
        ? { kind, quantity: String(quantity), unit_cost: `${cents / 100}`, against: 'goods_received_not_invoiced' }
        : {
            kind: 'issue' as const,
            quantity: String(quantity),
            against: kind === 'sale' ? 'cost_of_sales' : 'stock_loss',
          }
    const line = { branch_id: owner.branchId, variant_id, batch_id: batches[batch] ?? null, change: change as never }
    const posted = await post(server, owner, documentOf(kind, [line], { on })).catch((error) => {
      expect(error).toMatchObject({ kind: { code: 'insufficient_stock' } })
      return { movements: [] }
    })
    moved.push(...posted.movements.map((one) => ({ ...one, day: on })))
  }
  expect(moved.length).toBeGreaterThan(50)
  for (let daysAgo = 7; daysAgo >= 0; daysAgo -= 1) {
    const on = inDays(-daysAgo)
    const { items } = await owner.client.call('valuation.list-stock-values', { on })
    const replayed = replay(moved, on, ({ variant_id }) => variant_id)
    const there = [...replayed].filter(([, { quantity, value }]) => !(quantity.isZero() && value.isZero()))
    expect(Object.fromEntries(items.map((one) => [one.variant_id, [one.quantity, one.value]]))).toEqual(
      Object.fromEntries(there.map(([id, { quantity, value }]) => [id, [toText(quantity), value.toFixed(2)]])),
    )
    const lain = [...replay(moved, on, ({ batch_id }) => batch_id ?? '')].filter(
      ([, { quantity }]) => !quantity.isZero(),
    )
    const batches = items.flatMap((one) => one.batches)
    expect(Object.fromEntries(batches.map((one) => [one.batch_id, one.quantity]))).toEqual(
      Object.fromEntries(lain.map(([id, { quantity }]) => [id, toText(quantity)])),
    )
    for (const one of items.filter(({ unit_cost }) => unit_cost !== null)) {
      const sum = one.batches.reduce((all, { value }) => all.plus(value), money('0'))
      expect(sum.toFixed(2)).toBe(one.value)
    }
    const worth = [...replayed.values()].reduce((all, { value }) => all.plus(value), money('0')).toFixed(2)
    const totals = await owner.client.call('valuation.list-totals', { on })
    expect(totals.items.map(({ value }) => value)).toEqual([worth])
    expect(await bookedUntil(on), on).toBe(worth)
  }
})

/** What the account of the branch's stock said at the end of a day. */
async function bookedUntil(until: string): Promise<string> {
  const account = await accountOf(owner, 'inventory', owner.branchId)
  const { items } = await owner.client.call('ledger.get-trial-balance', {
    entity_id: owner.entityId,
    until,
    limit: 200,
  })
  return money(items.find(({ account_id }) => account_id === account?.id)?.closing_balance ?? '0').toFixed(2)
}
