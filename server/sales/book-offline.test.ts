import { afterAll, beforeAll, expect, test } from 'vitest'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { blockBatch } from '../../tests/harness/stock.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { inTransaction, withRetries } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Employee } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import { type BookedSlip, bookOffline, type Slip } from './book-offline.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let sequence = 0
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
})
afterAll(() => server?.close())

/** A slip of one line at 12.00, 2.00 of it tax. */
function slipOf(variant_id: string, more: { slip?: Partial<Slip>; line?: object } = {}): Slip {
  const taxes = [{ jurisdiction_code: 'FR', name: 'TVA', rate: '20', compound: false, base: '10.00', tax: '2.00' }]
  const amounts = { gross: '12', discount: '0', net_discount: '0', net: '10', tax: '2', total: '12', taxes }
  const names = { name: 'As printed', sku: null, barcode: null, unit_code: 'piece' }
  const price = { quantity: '1', list_price: '12', unit_price: '12', price_reason: null, discount_reason: null }
  return {
    id: uuidv7(),
    device_id: uuidv7(),
    sequence: String(++sequence),
    session_id: till.session_id,
    employee_id: owner.employeeId,
    customer_id: null,
    channel_id: null,
    made_at: now(),
    currency: 'EUR',
    is_price_with_tax: true,
    note: null,
    lines: [{ variant_id, ...names, ...price, batch_id: null, prescription: null, ...amounts, ...more.line }],
    amounts,
    rounding: '0',
    payments: [{ tender_id: till.tenders.cash ?? '', amount: '12' }],
    ...more.slip,
  }
}

async function book(slips: readonly Slip[]): Promise<(BookedSlip | Refusal)[]> {
  const { product } = server
  const by = { caller: { userId: owner.userId } as Employee, newId: uuidv7, changed: () => {} }
  return withRetries(
    () =>
      inTransaction(product.databases.app, owner.tenantId, (tx) =>
        bookOffline(
          { ...tx, tenantId: owner.tenantId, now: now() },
          product.settings,
          slips.map((slip) => ({ slip, by })),
        ),
      ),
    () => {},
  )
}

const codesOf = (booked: readonly (BookedSlip | Refusal)[]) =>
  booked.map((one) => (one instanceof Refusal ? one.kind.code : one.exceptions.map(({ code }) => code)))
const onHand = async (variant_id: string) =>
  (await owner.client.call('inventory.list-levels', { variant_id })).items.map(({ on_hand }) => on_hand)

test('what was sold offline is booked as it happened, and says what would have been refused', async () => {
  const variant_id = await makeGoods(owner, { stock: '1' })
  const cheap = await makeGoods(owner, { price: '15' })
  const booked = await book([slipOf(variant_id), slipOf(variant_id), slipOf(cheap)])
  expect(codesOf(booked)).toEqual([[], ['insufficient_stock'], ['price_differs']])
  expect(await onHand(variant_id)).toEqual(['-1'])
  const [first] = booked
  expect(first instanceof Refusal ? first : first?.receipt).toMatchObject({
    is_offline: true,
    sequence: '1',
    total: '12.00',
    number: `${till.code}-000001`,
  })
})

test('a recalled batch that was sold offline is booked of that batch', async () => {
  const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true })
  const lot = { variant_id, quantity: '3', unit_cost: '1', batch_number: 'R', expires_on: '2197-01-01' }
  await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: [lot] })
  const [level] = (await owner.client.call('inventory.list-levels', { variant_id })).items
  const batch_id = level?.batch_id ?? ''
  await blockBatch(server, owner, batch_id)
  expect(codesOf(await book([slipOf(variant_id, { line: { batch_id } })]))).toEqual([['batch_blocked']])
  expect(await onHand(variant_id)).toEqual(['2'])
})

test('only what cannot be is set aside: totals that do not add up, goods of nobody, another currency', async () => {
  const variant_id = await makeGoods(owner)
  const wrong = slipOf(variant_id, { line: { total: '13' } })
  const booked = await book([
    wrong,
    slipOf(uuidv7()),
    slipOf(variant_id, { slip: { currency: 'MAD' } }),
    slipOf(variant_id),
  ])
  expect(codesOf(booked)).toEqual(['totals_do_not_add_up', 'variant_not_found', 'currency_mismatch', []])
  expect(await onHand(variant_id)).toEqual(['9'])
  const next = await sell(owner, till, [{ variant_id }])
  expect(BigInt(next.sequence)).toBe(BigInt(sequence) + 1n)
})
