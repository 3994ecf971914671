import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { documentOf, makeBatch, post } from '../../tests/harness/stock.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
const inDays = (days: number) => daysAfter(dayIn('Europe/Paris', now()), days)
const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
interface Place {
  readonly variant_id: string
  readonly branch_id?: string
  readonly batch_id?: string | null
}
const placed = ({ variant_id, branch_id = owner.branchId, batch_id = null }: Place) => ({
  branch_id,
  variant_id,
  batch_id,
})

function receive(at: Place, [quantity, unit_cost]: [string, string], on = 0) {
  const change = { kind: 'receipt', quantity, unit_cost, against: 'goods_received_not_invoiced' } as const
  return post(server, owner, documentOf('receipt', [{ ...placed(at), change }], { on: inDays(on) }))
}

function sell(at: Place, quantity: string, on = 0) {
  const change = { kind: 'issue', quantity, against: 'cost_of_sales' } as const
  return post(server, owner, documentOf('sale', [{ ...placed(at), change }], { on: inDays(on) }))
}

const valuesOf = async (variant_id: string, more: object = {}) =>
  (await owner.client.call('valuation.list-stock-values', { variant_id, ...more })).items

test('stock is worth on a day what had come and gone by then, whenever that was recorded', async () => {
  const variant_id = await newVariant()
  await receive({ variant_id }, ['10', '2'], -20)
  await sell({ variant_id }, '4', -5)
  // Recorded after the sale, for a day before it: costs are weighed in the order of recording.
  await receive({ variant_id }, ['6', '4'], -10)
  const on = async (days: number) =>
    (await valuesOf(variant_id, { on: inDays(days) })).map(({ quantity, value, unit_cost }) => [
      quantity,
      value,
      unit_cost,
    ])
  expect(await on(-21)).toEqual([])
  expect(await on(-20)).toEqual([['10', '20.00', '2']])
  expect(await on(-10)).toEqual([['16', '44.00', '2.75']])
  expect(await on(-5)).toEqual([['12', '36.00', '3']])
  expect(await on(0)).toEqual([['12', '36.00', '3']])
  await expect(on(2)).rejects.toMatchObject(refused('value_day_in_future'))
})

test('batches share the value of the stock to the cent', async () => {
  const variant_id = await newVariant({ is_expiry_tracked: true })
  const [late, soon] = [
    await makeBatch(server, owner, { variant_id, expires_on: '2199-01-01', number: 'LATE' }),
    await makeBatch(server, owner, { variant_id, expires_on: '2198-01-01', number: 'SOON' }),
  ]
  await receive({ variant_id, batch_id: late }, ['1', '1'], -3)
  await receive({ variant_id, batch_id: soon }, ['2', '4.5'], -2)
  // 10.00 for three: 3.33 and 6.67.
  expect(await valuesOf(variant_id)).toMatchObject([
    {
      value: '10.00',
      batches: [
        { batch_id: soon, number: 'SOON', expires_on: '2198-01-01', quantity: '2', value: '6.67' },
        { batch_id: late, number: 'LATE', quantity: '1', value: '3.33' },
      ],
    },
  ])
  expect(await valuesOf(variant_id, { on: inDays(-3) })).toMatchObject([
    { value: '1.00', batches: [{ batch_id: late, quantity: '1', value: '1.00' }] },
  ])
})

test('values are shown in the base currency at the rate of the day; a rate that is missing is said', async () => {
  const { client } = owner
  const variant_id = await newVariant()
  await receive({ variant_id }, ['10', '2'], -20)
  await client.call('fx.record-rates', {
    rates: [{ base: 'EUR', quote: 'MAD', quoted_on: inDays(-8), rate: '10.5555' }],
  })
  expect(await valuesOf(variant_id)).toMatchObject([
    { currency: 'EUR', base_currency: 'EUR', base_value: '20.00', rate: '1' },
  ])
  expect(await valuesOf(variant_id, { currency: 'MAD', on: inDays(-3) })).toMatchObject([
    {
      value: '20.00',
      currency: 'EUR',
      base_currency: 'MAD',
      base_value: '211.11',
      rate: '10.5555',
      missing_rate: null,
    },
  ])
  expect(await valuesOf(variant_id, { currency: 'MAD', on: inDays(-9) })).toMatchObject([
    { value: '20.00', base_currency: 'MAD', base_value: null, rate: null, missing_rate: 'rate_not_found' },
  ])
  expect(await valuesOf(variant_id, { currency: 'MAD' })).toMatchObject([{ missing_rate: 'rate_too_old' }])
  await expect(valuesOf(variant_id, { currency: 'ZZZ' })).rejects.toMatchObject(refused('unknown_currency'))
  await client.call('settings.set-setting', { name: 'valuation.base-currency', value: 'MAD', version: 0 })
  expect(await valuesOf(variant_id, { on: inDays(-3) })).toMatchObject([{ base_value: '211.11' }])
})

test('totals by branch, legal entity and category are the sums of what is listed, page by page', async () => {
  const other = await signUpOwner(server)
  const { client } = other
  const make = async (more: object) => (await makeProduct(other, more)).variant.id
  const entity = await client.call('tenants.create-entity', { legal_name: 'South', country: 'MA', currency: 'MAD' })
  const place = { entity_id: entity.id, name: 'South', time_zone: 'Europe/Madrid' }
  const south = (await client.call('tenants.create-branch', { ...place, code: 'SOUTH' })).id
  const category_id = (await client.call('catalog.create-category', { name: 'Kept' })).id
  const [kept, loose] = [await make({ category_id }), await make({})]
  const receipts: [string, string, string, string][] = [
    [other.branchId, kept, '3', '1.11'],
    [other.branchId, loose, '2', '5'],
    [south, kept, '4', '10'],
  ]
  for (const [branch_id, variant_id, quantity, unit_cost] of receipts) {
    const change = { kind: 'receipt', quantity, unit_cost, against: 'goods_received_not_invoiced' } as const
    await post(server, other, documentOf('receipt', [{ branch_id, variant_id, batch_id: null, change }]))
  }
  await client.call('fx.record-rates', { rates: [{ base: 'EUR', quote: 'MAD', quoted_on: inDays(0), rate: '10' }] })
  const totals = async (by: 'branch' | 'entity' | 'category') => {
    const all: unknown[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await client.call('valuation.list-totals', {
        by,
        limit: 1,
        currency: 'EUR',
        ...(cursor ? { cursor } : {}),
      })
      all.push(...page.items.map((one) => [one.id, one.variants, one.value, one.currency, one.base_value]))
      cursor = page.next_cursor
    }
    return all
  }
  const inEuros = [other.branchId, 2, '13.33', 'EUR', '13.33']
  const inDirhams = [south, 1, '40.00', 'MAD', '4.00']
  expect(await totals('branch')).toEqual(expect.arrayContaining([inEuros, inDirhams]))
  expect(await totals('entity')).toEqual(
    expect.arrayContaining([inEuros.with(0, other.entityId), inDirhams.with(0, entity.id)]),
  )
  expect(await totals('category')).toEqual([
    [null, 1, '10.00', 'EUR', '10.00'],
    [category_id, 1, '3.33', 'EUR', '3.33'],
    [category_id, 1, '40.00', 'MAD', '4.00'],
  ])
  expect(
    (await client.call('valuation.list-totals', { on: inDays(-1) })).items.map(({ value, variants }) => [
      value,
      variants,
    ]),
  ).toEqual([
    ['0.00', 0],
    ['0.00', 0],
  ])
  // Different currencies, and nothing says which one is the base.
  expect((await client.call('valuation.list-totals', {})).items[0]).toMatchObject({
    base_currency: null,
    base_value: null,
  })
})

test('values are for who may see them, and of the branches that they work in', async () => {
  const { client, entityId: entity_id } = owner
  const place = { entity_id, code: 'V2', name: 'V2', time_zone: 'Europe/Madrid' }
  const elsewhere = (await client.call('tenants.create-branch', place)).id
  const variant_id = await newVariant()
  await receive({ variant_id }, ['1', '1'])
  await receive({ variant_id, branch_id: elsewhere }, ['2', '1'])
  const { items: roles } = await client.call('tenants.list-roles', {})
  const hired = async (role: string) => {
    const person = await signUpPerson(server)
    const id = roles.find(({ name }) => name === role)?.id ?? ''
    await hire(server, owner, person, [id], { entity_ids: [], region_ids: [], branch_ids: [elsewhere] })
    return clientIn(server, person, owner.tenantId)
  }
  const manager = await hired('manager')
  const listed = await manager.call('valuation.list-stock-values', {})
  expect(listed.items.map(({ branch_id, variant_id: of, quantity }) => [branch_id, of, quantity])).toEqual([
    [elsewhere, variant_id, '2'],
  ])
  expect((await manager.call('valuation.list-totals', {})).items).toMatchObject([{ id: elsewhere, value: '2.00' }])
  const cashier = await hired('cashier')
  for (const name of ['valuation.list-stock-values', 'valuation.list-totals'] as const) {
    await expect(manager.call(name, { branch_id: owner.branchId })).rejects.toMatchObject(refused('branch_not_found'))
    await expect(cashier.call(name, {})).rejects.toMatchObject(refused('forbidden'))
  }
})
