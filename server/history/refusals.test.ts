import { afterAll, beforeAll, expect, test } from 'vitest'
import { entityWithoutBooks } from '../../tests/harness/hints.ts'
import { codeOfRecording, oldSale, publishedSums, recordHistory } from '../../tests/harness/history.ts'
import { readBooks } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods } from '../../tests/harness/till.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let tea: string
let syrup: string
let sale: string
let credit: string
let otherBranch: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tea = await makeGoods(owner, { stock: '0' })
  syrup = await makeGoods(owner, { stock: '0', is_expiry_tracked: true })
  sale = uuidv7()
  credit = uuidv7()
  const back = { kind: 'credit', lines: [{ variant_id: tea, quantity: '-1', unit_price: '1' }] }
  await recordHistory(owner, [oldSale(owner, tea, { id: sale }), oldSale(owner, tea, { id: credit, ...back })])
  const entity = { legal_name: 'The other one', country: 'FR', currency: 'EUR' }
  const entity_id = (await owner.client.call('tenants.create-entity', entity)).id
  const branch = { entity_id, code: 'OTHER', name: 'Other', time_zone: 'Europe/Paris' }
  otherBranch = (await owner.client.call('tenants.create-branch', branch)).id
})
afterAll(() => server?.close())

const line = (change: object = {}) => ({ lines: [{ variant_id: tea, quantity: '1', unit_price: '12.50', ...change }] })
const back = (change: object = {}) => ({ ...line({ quantity: '-1' }), kind: 'refund', ...change })

const cases: [what: string, code: string, change: () => object, more?: object][] = [
  ['a branch that is not there', 'branch_not_found', () => ({ branch_id: uuidv7() })],
  ['a customer who is not there', 'customer_not_found', () => ({ customer_id: uuidv7() })],
  ['a channel that is not there', 'channel_not_found', () => ({ channel_id: uuidv7() })],
  ['goods that are not there', 'variant_not_found', () => line({ variant_id: uuidv7() })],
  ['a tax class that is not there', 'tax_class_not_found', () => line({ tax_class_id: uuidv7() })],
  ['a currency that is none', 'unknown_currency', () => ({ currency: 'QQQ' })],
  ['a currency without a rate', 'rate_not_found', () => ({ currency: 'GBP' })],
  ['no day', 'day_missing', () => ({ made_at: undefined })],
  ['a day that has not come', 'document_in_future', () => ({ effective_on: '2199-01-01' })],
  ['a day before there are books', 'date_out_of_range', () => ({ effective_on: '1969-12-31' })],
  ['a last time before the first', 'times_crossed', () => ({ last_made_at: '2026-02-03T10:29:59Z' })],
  [
    'a last time without the first',
    'times_crossed',
    () => ({ made_at: undefined, last_made_at: '2026-02-03T10:30:00Z' }),
  ],
  ['a line without goods', 'goods_missing', () => line({ variant_id: undefined })],
  ['an adjustment of goods', 'goods_on_adjustment', () => ({ kind: 'adjustment' })],
  ['a sale below zero', 'total_of_other_sign', () => line({ quantity: '-1' })],
  ['a credit above zero', 'total_of_other_sign', () => ({ kind: 'credit' })],
  ['a refund of nothing', 'original_missing', () => back()],
  ['a credit of a sale', 'original_missing', () => back({ kind: 'credit', original_id: sale })],
  ['a refund of a sale that is not there', 'history_original_not_found', () => back({ original_id: uuidv7() })],
  ['a refund of a credit', 'history_original_not_found', () => back({ original_id: credit })],
  [
    'a refund in another currency',
    'original_elsewhere',
    () => back({ original_id: sale, currency: 'GBP', fx_rate: '1.1' }),
  ],
  ['a refund of another legal entity', 'original_elsewhere', () => back({ original_id: sale, branch_id: otherBranch })],
  ['fees with too many decimals', 'document_amount_too_fine', () => ({ platform_fees: '0.001' })],
  ['a discount of more than the line', 'discount_beyond_amount', () => line({ discount: '13' })],
  ['an id that another one has', 'already_exists', () => ({ id: sale })],
  ['half a piece that moves', 'too_many_decimals', () => line({ quantity: '0.5' }), { stock: 'move' }],
  [
    'goods that expire, came back and are of no batch',
    'batch_required',
    () => back({ kind: 'credit', ...line({ variant_id: syrup, quantity: '-1' }) }),
    { stock: 'move' },
  ],
]

test.each(cases)('%s is refused as %s, and the document beside it is recorded', async (_, code, change, more) => {
  const before = await publishedSums(server, owner.tenantId)
  const wrong = oldSale(owner, tea, change())
  const items = await recordHistory(owner, [wrong, oldSale(owner, tea)], more)
  expect(items.map(({ state, refused }) => refused?.code ?? state)).toEqual([code, 'recorded'])
  expect(items[0]).toMatchObject({ id: null, total: null })
  expect((await publishedSums(server, owner.tenantId))?.lines).toBe((before?.lines ?? 0) + 1)
})

test('a refund of a sale that was refused is refused with it, and the next sale is recorded', async () => {
  const id = uuidv7()
  const items = await recordHistory(owner, [
    oldSale(owner, tea, { id, ...line({ tax: '99' }) }),
    oldSale(owner, tea, back({ original_id: id })),
    oldSale(owner, tea),
  ])
  expect(items.map(({ state, refused }) => refused?.code ?? state)).toEqual([
    'tax_beyond_amount',
    'history_original_not_found',
    'recorded',
  ])
})

test('what only the books find wrong refuses the whole list, and leaves nothing', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  const { items } = await one.client.call('ledger.list-accounts', { entity_id: one.entityId, limit: 200 })
  const { id = '', version = 0 } = items.find(({ purpose }) => purpose === 'sales') ?? {}
  await one.client.call('ledger.close-account', { id, version })
  const before = await readBooks(server)
  const documents = [oldSale(one, goods), oldSale(one, goods)]
  await expect(recordHistory(one, documents)).rejects.toMatchObject({ problem: { code: 'account_closed' } })
  expect(await readBooks(server)).toMatchObject({ journals: before.journals, entries: before.entries })
  expect(await publishedSums(server, one.tenantId)).toMatchObject({ lines: 0 })
  expect(await codeOfRecording(one, documents[0] ?? {}, { ledger: 'none' })).toBe('recorded')
})

test('a legal entity without books has documents that are not posted', async () => {
  const entity_id = await entityWithoutBooks(server, owner)
  const branch = { entity_id, code: `B${Date.now() % 10_000}`, name: 'Without books', time_zone: 'Africa/Casablanca' }
  const branch_id = (await owner.client.call('tenants.create-branch', branch)).id
  const document = oldSale(owner, tea, { branch_id })
  await expect(recordHistory(owner, [document])).rejects.toMatchObject({ problem: { code: 'books_not_found' } })
  expect(await codeOfRecording(owner, document, { ledger: 'none' })).toBe('recorded')
})
