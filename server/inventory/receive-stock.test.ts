import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct, unitOf } from '../../tests/harness/catalog.ts'
import { accountOf, readBooks } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { stockWorth } from '../../tests/harness/stock.ts'
import { supplierOf } from '../../tests/harness/stock-hints.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

type Line = Record<string, unknown>
const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
const receive = (lines: Line[], more: object = {}) =>
  owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: lines as never, ...more })
const balanceOf = async (purpose: string) => (await accountOf(owner, purpose))?.balance
const answerOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const today = '2026-11-01'

test('goods come in packs, into a new batch, at what was paid, owed to nobody by name yet', async () => {
  const { variant } = await makeProduct(owner, { is_expiry_tracked: true })
  const pack = await owner.client.call('catalog.add-pack', { variant_id: variant.id, name: 'Box', quantity: '7' })
  const supplier_id = await supplierOf(owner)
  const before = await balanceOf('goods_received_not_invoiced')
  const line = { variant_id: variant.id, quantity: '3', pack_id: pack.id, unit_cost: '10' }
  const batch = { batch_number: 'LOT 1', manufactured_on: '2026-01-31', expires_on: '2099-01-31' }
  const posting = await receive([{ ...line, ...batch }], { supplier_id, document_number: 'DN-7', document_on: today })
  expect(posting).toMatchObject({
    kind: 'receipt',
    document_type: 'stock_receipt',
    document_number: 'DN-7',
    document_on: today,
    party_id: supplier_id,
  })
  expect(posting.movements).toMatchObject([
    { quantity: '21', previous_quantity: '0', running_quantity: '21', value: '30.0000', unit_cost: '1.428571' },
  ])
  const { items } = await owner.client.call('inventory.list-levels', { variant_id: variant.id })
  expect(items).toMatchObject([{ batch_number: 'LOT 1', expires_on: '2099-01-31', on_hand: '21', available: '21' }])
  expect(Number(await balanceOf('goods_received_not_invoiced')) - Number(before)).toBe(-30)
  expect((await accountOf(owner, 'inventory', owner.branchId))?.balance).toBe(await stockWorth(server, owner))
})

test('a known batch is gone on with, and dates that were not said are its own', async () => {
  const variant_id = await newVariant({ is_expiry_tracked: true })
  const line = { variant_id, quantity: '1', unit_cost: '1', batch_number: 'L' }
  await receive([{ ...line, expires_on: '2099-01-31' }])
  await receive([line, { ...line, expires_on: '2099-01-31' }])
  const { items } = await owner.client.call('inventory.list-levels', { variant_id })
  expect(items).toMatchObject([{ on_hand: '3', version: '3' }])
})

test('what was there before the books is against the opening balances', async () => {
  const before = await balanceOf('opening_balances')
  await receive([{ variant_id: await newVariant(), quantity: '4', unit_cost: '2.5' }], { is_opening: true })
  expect(Number(await balanceOf('opening_balances')) - Number(before)).toBe(-10)
})

test('quantities are in any unit of the same kind', async () => {
  const variant_id = await newVariant({ unit: 'kg' })
  const line = { variant_id, quantity: '1500', unit_id: await unitOf(owner, 'g'), unit_cost: '0.002' }
  expect((await receive([line])).movements).toMatchObject([{ quantity: '1.5', value: '3.0000', unit_cost: '2' }])
})

test('what has expired comes in when a note says why', async () => {
  const variant_id = await newVariant({ is_expiry_tracked: true })
  const line = { variant_id, quantity: '1', unit_cost: '1', batch_number: 'L', expires_on: '2026-01-01' }
  expect(await answerOf(receive([line], { accepts_expired: true }))).toBe('400 invalid_input')
  await receive([line], { accepts_expired: true, note: 'Back from the fair' })
  const sale = { branch_id: owner.branchId, lines: [{ variant_id, quantity: '1', unit_cost: '1' }] }
  const returned = { ...sale, supplier_id: await supplierOf(owner) }
  expect(await answerOf(owner.client.call('inventory.return-stock', returned))).toBe('409 insufficient_stock')
})

test('a receipt of a closed month counts on the first open day, in stock and in the books', async () => {
  const other = await signUpOwner(server)
  const { client, branchId: branch_id, entityId } = other
  await client.call('ledger.close-period', { id: entityId, month: '2026-05' })
  const line = { variant_id: (await makeProduct(other)).variant.id, quantity: '1', unit_cost: '1' }
  const posting = await client.call('inventory.receive-stock', { branch_id, document_on: '2026-05-20', lines: [line] })
  expect(posting).toMatchObject({ document_on: '2026-05-20', movements: [{ effective_on: '2026-06-01' }] })
  const journal = await client.call('ledger.get-journal', { id: posting.id })
  expect(journal).toMatchObject({ document_on: '2026-05-20', effective_on: '2026-06-01' })
})

test('a receipt sent twice comes in once', async () => {
  const id = uuidv7()
  const lines = [{ variant_id: await newVariant(), quantity: '1', unit_cost: '1' }]
  expect(await receive(lines, { id })).toEqual(await receive(lines, { id }))
})

test('two who make the same batch at once make one, and only with the same dates', async () => {
  const variant_id = await newVariant({ is_expiry_tracked: true })
  const line = { variant_id, quantity: '1', unit_cost: '1', batch_number: 'L' }
  const days = ['2099-01-31', '2099-01-31', '2099-02-28', '2099-02-28']
  const answers = await Promise.all(days.map((expires_on) => answerOf(receive([{ ...line, expires_on }]))))
  const { items } = await owner.client.call('inventory.list-levels', { variant_id })
  expect(items).toMatchObject([{ on_hand: '2' }])
  expect(answers.toSorted()).toEqual(['409 batch_differs', '409 batch_differs', 'done', 'done'])
})

describe('a receipt is refused, with nothing written:', () => {
  let ids: Record<'plain' | 'expiring' | 'service' | 'kit' | 'box' | 'litre' | 'gone' | 'customer', string>
  beforeAll(async () => {
    const plain = (await makeProduct(owner)).variant.id
    const gone = await makeProduct(owner)
    await owner.client.call('catalog.delete-product', { id: gone.id, version: gone.version })
    const customer = { kind: 'person' as const, name: 'Amal', roles: ['customer' as const] }
    ids = {
      plain,
      gone: gone.variant.id,
      expiring: await newVariant({ is_expiry_tracked: true }),
      service: await newVariant({ kind: 'service' }),
      kit: await newVariant({ kind: 'kit' }),
      box: (await owner.client.call('catalog.add-pack', { variant_id: plain, name: 'Box', quantity: '7' })).id,
      litre: await unitOf(owner, 'l'),
      customer: (await owner.client.call('parties.create-party', customer)).id,
    }
    await receive([{ ...good(), batch_number: 'KNOWN', expires_on: '2099-01-31' }])
  })
  const good = () => ({ variant_id: ids.plain, quantity: '1', unit_cost: '1' })
  const lot = { batch_number: 'LOT', expires_on: '2099-01-31' }

  test.each<[what: string, answer: string, line: () => Line, more?: () => object]>([
    ['a quantity of zero', '400 invalid_input', () => ({ quantity: '0' })],
    ['a quantity below zero', '400 invalid_input', () => ({ quantity: '-1' })],
    ['a quantity with seven decimals', '400 invalid_input', () => ({ quantity: '0.0000001' })],
    ['a cost below zero', '400 invalid_input', () => ({ unit_cost: '-1' })],
    ['half a piece', '422 too_many_decimals', () => ({ quantity: '0.5' })],
    ['a unit of another kind', '422 unit_mismatch', () => ({ unit_id: ids.litre })],
    ['a unit of nobody', '422 unit_mismatch', () => ({ unit_id: uuidv7() })],
    ['a pack of another variant', '422 pack_not_found', () => ({ variant_id: ids.expiring, ...lot, pack_id: ids.box })],
    ['a variant of nobody', '422 variant_not_found', () => ({ variant_id: uuidv7() })],
    ['a variant that was deleted', '422 variant_not_found', () => ({ variant_id: ids.gone })],
    ['a service', '422 not_stocked', () => ({ variant_id: ids.service })],
    ['a kit', '422 not_stocked', () => ({ variant_id: ids.kit })],
    ['no batch for goods that expire', '422 batch_required', () => ({ variant_id: ids.expiring })],
    ['dates without a batch', '422 batch_required', () => ({ expires_on: '2099-01-31' })],
    [
      'no last day for goods that expire',
      '422 expiry_required',
      () => ({ variant_id: ids.expiring, batch_number: 'N' }),
    ],
    [
      'an expiry before manufacture',
      '422 expiry_before_manufacture',
      () => ({ ...lot, manufactured_on: '2099-02-01' }),
    ],
    ['a manufacture to come', '422 batch_not_made', () => ({ ...lot, manufactured_on: '2099-01-01' })],
    ['goods that have expired', '409 batch_expired', () => ({ ...lot, expires_on: '2026-01-01' })],
    ['other dates of a known batch', '409 batch_differs', () => ({ batch_number: 'KNOWN', expires_on: '2099-02-28' })],
    ['more than stock can be', '422 stock_out_of_range', () => ({ quantity: '9999999999999', pack_id: ids.box })],
    ['a branch of nobody', '422 branch_not_found', () => ({}), () => ({ branch_id: uuidv7() })],
    ['a supplier of nobody', '422 supplier_not_found', () => ({}), () => ({ supplier_id: uuidv7() })],
    ['a customer as supplier', '422 supplier_not_found', () => ({}), () => ({ supplier_id: ids.customer })],
    ['a day that has not come', '422 day_not_yet_come', () => ({}), () => ({ document_on: '2199-01-01' })],
    ['a day before all books', '422 date_out_of_range', () => ({}), () => ({ document_on: '1960-01-01' })],
  ])('%s', async (_, answer, line, more = () => ({})) => {
    const before = await counted()
    expect(await answerOf(receive([good(), { ...good(), ...line() }], more()))).toBe(answer)
    expect(await counted()).toEqual(before)
  })

  const counted = async () => {
    const { rows } = await withClient(server.database.superuserUrl, (client) =>
      client.query(
        `SELECT (SELECT count(*) FROM inventory.batch) AS batches, (SELECT count(*) FROM inventory.movement) AS movements,
                (SELECT count(*) FROM inventory.posting) AS postings, (SELECT sum(version) FROM inventory.level) AS versions`,
      ),
    )
    return [rows, await readBooks(server)]
  }
})
