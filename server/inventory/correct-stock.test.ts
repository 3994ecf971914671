import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { blockBatch, documentOf, makeBatch, post, stockWorth } from '../../tests/harness/stock.ts'
import { supplierOf } from '../../tests/harness/stock-hints.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { money, toText } from '../platform/money.ts'
import { faultOfStock } from './index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

type Line = Record<string, unknown>
const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
const at = () => ({ branch_id: owner.branchId })
const receive = (variant_id: string, quantity: string, unit_cost: string, more: Line = {}) =>
  owner.client.call('inventory.receive-stock', { ...at(), lines: [{ variant_id, quantity, unit_cost, ...more }] })
const adjust = (lines: Line[], more: object = {}) =>
  owner.client.call('inventory.adjust-stock', { ...at(), reason: 'wrong_entry', lines: lines as never, ...more })
const writeOff = (lines: Line[], reason: 'damaged' | 'expired' | 'other' = 'damaged', more: object = {}) =>
  owner.client.call('inventory.write-off-stock', { ...at(), reason, lines: lines as never, ...more })
const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
/** By how much what the accounts of purposes hold is changed by something. */
async function moved(purposes: readonly string[], work: () => Promise<unknown>): Promise<string[]> {
  const balances = () => Promise.all(purposes.map(async (one) => (await accountOf(owner, one))?.balance ?? '0'))
  const before = await balances()
  await work()
  return (await balances()).map((balance, index) => toText(money(balance).minus(before[index] ?? '0')))
}
const sale = (variant_id: string, batch_id: string | null | 'fefo', quantity = '1', more: object = {}) =>
  documentOf('sale', [
    { ...at(), variant_id, batch_id, change: { kind: 'issue', quantity, against: 'cost_of_sales' }, ...more },
  ])
const sell = (...given: Parameters<typeof sale>) => post(server, owner, sale(...given))

test('what is found comes in at the last known cost, what is lost leaves at the average', async () => {
  const variant_id = await newVariant()
  await receive(variant_id, '10', '3')
  const found = () => adjust([{ variant_id, quantity: '2', direction: 'found' }], { reason: 'found' })
  expect(await moved(['stock_gain', 'stock_loss'], found)).toEqual(['-6', '0'])
  const lost = () => adjust([{ variant_id, quantity: '5', direction: 'lost' }], { reason: 'misplaced' })
  expect(await moved(['stock_gain', 'stock_loss'], lost)).toEqual(['0', '15'])
  const { items } = await owner.client.call('inventory.list-levels', { variant_id })
  expect(items).toMatchObject([{ on_hand: '7', unit_cost: '3' }])
})

test('a write-off takes what expires first, expired and blocked goods too, and expiry has an account of its own', async () => {
  const variant_id = await newVariant({ is_expiry_tracked: true })
  const old = await makeBatch(server, owner, { variant_id, expires_on: '2026-01-01', number: 'OLD' })
  await adjust([{ variant_id, quantity: '2', direction: 'found', batch_id: old }])
  await receive(variant_id, '3', '2', { batch_number: 'BAD', expires_on: '2099-01-01' })
  const { items } = await owner.client.call('inventory.list-levels', { variant_id })
  const bad = items.find(({ batch_number }) => batch_number === 'BAD')?.batch_id ?? ''
  await blockBatch(server, owner, bad)
  expect((await writeOff([{ variant_id, quantity: '3' }], 'expired')).movements).toMatchObject([
    { batch_id: old, quantity: '-2' },
    { batch_id: bad, quantity: '-1' },
  ])
  const write = () => writeOff([{ variant_id, quantity: '1', batch_id: bad }], 'expired')
  expect(await moved(['stock_expired', 'stock_loss'], write)).toEqual(['1.2', '0'])
})

test('goods go back at their average, and the difference to what the supplier gives back is a variance', async () => {
  const variant_id = await newVariant()
  await receive(variant_id, '10', '3')
  const supplier_id = await supplierOf(owner)
  const lines = [{ variant_id, quantity: '4', unit_cost: '2.5' }]
  const back = () => owner.client.call('inventory.return-stock', { ...at(), supplier_id, lines })
  expect(await moved(['goods_received_not_invoiced', 'purchase_price_variance'], back)).toEqual(['10', '2'])
})

describe('it is refused to', () => {
  test.each<[what: string, answer: string, send: (variant: string) => Promise<unknown>]>([
    [
      'lose what is not there',
      '409 insufficient_stock',
      (variant_id) => adjust([{ variant_id, quantity: '4', direction: 'lost' }]),
    ],
    [
      'lose of no batch what lies in one',
      '409 insufficient_stock',
      (variant_id) => adjust([{ variant_id, quantity: '1', direction: 'lost', without_batch: true }]),
    ],
    [
      'name a batch and none',
      '400 invalid_input',
      (variant_id) => writeOff([{ variant_id, quantity: '1', batch_id: uuidv7(), without_batch: true }]),
    ],
    [
      'write off of a batch of nobody',
      '422 batch_not_found',
      (variant_id) => writeOff([{ variant_id, quantity: '1', batch_id: uuidv7() }]),
    ],
    [
      'find goods that expire in no batch',
      '422 batch_required',
      (variant_id) => adjust([{ variant_id, quantity: '1', direction: 'found' }]),
    ],
    [
      'give another reason without a note',
      '400 invalid_input',
      (variant_id) => writeOff([{ variant_id, quantity: '1' }], 'other'),
    ],
    [
      'give a reason that is none',
      '400 invalid_input',
      (variant_id) => writeOff([{ variant_id, quantity: '1' }], 'damaged', { reason: 'bored' }),
    ],
    ['write off half a piece', '422 too_many_decimals', (variant_id) => writeOff([{ variant_id, quantity: '0.5' }])],
    [
      'write off on a day to come',
      '422 day_not_yet_come',
      (variant_id) => writeOff([{ variant_id, quantity: '1' }], 'damaged', { document_on: '2199-01-01' }),
    ],
    [
      'send back to a supplier of nobody',
      '422 supplier_not_found',
      (variant_id) =>
        owner.client.call('inventory.return-stock', {
          ...at(),
          supplier_id: uuidv7(),
          lines: [{ variant_id, quantity: '1', unit_cost: '1' }],
        }),
    ],
  ])('%s', async (_, answer, send) => {
    const variant_id = await newVariant({ is_expiry_tracked: true })
    await receive(variant_id, '3', '1', { batch_number: 'L', expires_on: '2099-01-01' })
    expect(await answerOf(send(variant_id))).toBe(answer)
    const { items } = await owner.client.call('inventory.list-movements', { variant_id })
    expect(items).toHaveLength(1)
  })
})

describe('a sale', () => {
  const refused = async (sending: Promise<unknown>) =>
    sending.then(
      () => 'done',
      ({ kind }) => kind.code,
    )

  test('takes no batch that is blocked or expired, named or not, unless it happened already', async () => {
    const variant_id = await newVariant({ is_expiry_tracked: true })
    const [old, bad] = [
      await makeBatch(server, owner, { variant_id, expires_on: '2026-01-01' }),
      await makeBatch(server, owner, { variant_id, expires_on: '2099-01-01' }),
    ]
    for (const batch_id of [old, bad]) await adjust([{ variant_id, quantity: '2', direction: 'found', batch_id }])
    await blockBatch(server, owner, bad)
    expect(await refused(sell(variant_id, old))).toBe('batch_expired')
    expect(await refused(sell(variant_id, bad))).toBe('batch_blocked')
    expect(await refused(sell(variant_id, 'fefo'))).toBe('insufficient_stock')
    for (const batch_id of [old, bad]) await sell(variant_id, batch_id, '3', { is_already_sold: true })
    const { items } = await owner.client.call('inventory.list-levels', { variant_id })
    expect(items.map(({ on_hand }) => on_hand)).toEqual(['-1', '-1'])
  })

  test('goes below zero where the variant may, or it happened already; what is missing lies in no batch', async () => {
    const product = await makeProduct(owner)
    const variant_id = product.variant.id
    await receive(variant_id, '2', '5', { batch_number: 'L' })
    expect(await refused(sell(variant_id, 'fefo', '3'))).toBe('insufficient_stock')
    const sold = await sell(variant_id, 'fefo', '3', { is_already_sold: true })
    expect(sold.movements).toMatchObject([
      { quantity: '-2', running_quantity: '0', value: '-10' },
      { batch_id: null, quantity: '-1', running_quantity: '-1', value: '-5' },
    ])
    expect(await refused(sell(variant_id, null, '1'))).toBe('insufficient_stock')
    const { version } = product.variant
    await owner.client.call('catalog.update-variant', { id: variant_id, version, allows_negative_stock: true })
    expect((await sell(variant_id, null, '1')).movements).toMatchObject([{ running_quantity: '-2' }])
  })
})

test('the books and the stock of the branch tie after all of it', async () => {
  expect((await accountOf(owner, 'inventory', owner.branchId))?.balance).toBe(await stockWorth(server, owner))
  expect(await faultOfStock(server.product.databases.checks, owner.tenantId)).toBeUndefined()
})
