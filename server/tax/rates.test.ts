import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  clientIn,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { dayIn } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let classes: Map<string, string>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  classes = await classesOf(owner)
})
afterAll(() => server.close())

async function classesOf({ client }: TestOwner) {
  const { items } = await client.call('tax.list-classes', {})
  return new Map(items.map(({ id, code }) => [code, id]))
}
const classId = (code: string) => classes.get(code) ?? `no class ${code}`
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'taken',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const begun = '2020-01-01'
const future = '2190-01-01'

let places = 0
/** A county of the tenant's own that has no rate yet. */
async function newPlace(): Promise<string> {
  const code = `US-CA-R${++places}`
  await owner.client.call('tax.create-jurisdiction', { code, name: 'Place', kind: 'county', parent_code: 'US-CA' })
  return code
}
const rateIn = (jurisdiction_code: string, change: object = {}) => ({
  jurisdiction_code,
  class_id: classId('standard'),
  name: 'County tax',
  rate: '1.25',
  valid_from: begun,
  ...change,
})
const create = (input: ReturnType<typeof rateIn> & { valid_through?: string }) =>
  owner.client.call('tax.create-rate', input)
const standardOn = async (at: string) => {
  const lines = [{ quantity: '1', unit_price: '100', class_id: classId('standard') }]
  const answer = await owner.client.call('tax.calculate', {
    branch_id: owner.branchId,
    at,
    prices_include_tax: false,
    lines,
  })
  return answer.tax
}

test('a legal entity begins with the tax classes of its country, and a second one adds what is missing', async () => {
  expect([...classes.keys()]).toEqual([
    'exempt',
    'out_of_scope',
    'reduced1',
    'reduced2',
    'reverse_charge',
    'standard',
    'super_reduced',
    'zero',
  ])
  await owner.client.call('tenants.create-entity', { legal_name: 'In Argentina', country: 'AR', currency: 'ARS' })
  const after = await classesOf(owner)
  expect([...after.keys()].filter((code) => !classes.has(code))).toEqual(['increased', 'reduced'])
  expect(after.get('standard')).toBe(classId('standard'))
  expect(await owner.client.call('tax.add-classes', { entity_id: owner.entityId })).toEqual({ items: [] })
})

test('two rates of a class in a place never share a day; they may touch', async () => {
  const place = await newPlace()
  await create(rateIn(place, { valid_through: '2020-12-31' }))
  expect(await codeOf(create(rateIn(place, { valid_from: '2020-12-31' })))).toBe('409 overlapping_validity')
  expect(await codeOf(create(rateIn(place, { valid_from: '2019-01-01' })))).toBe('409 overlapping_validity')
  const next = await create(rateIn(place, { valid_from: '2021-01-01', rate: '1.5' }))
  expect(next).toMatchObject({ rate: '1.5', valid_from: '2021-01-01', valid_through: null, compound: false })
  await create(rateIn(place, { class_id: classId('reduced1') }))
  const later = await create(rateIn(await newPlace(), { valid_from: future }))
  expect(later.jurisdiction_code).not.toBe(place)
})

describe('a rate is refused and not made:', () => {
  test.each<[string, object, string]>([
    ['below 0 %', { rate: '-0.1' }, '400 invalid_input'],
    ['above 100 %', { rate: '100.000001' }, '400 invalid_input'],
    ['finer than the column', { rate: '1.2345678' }, '400 invalid_input'],
    ['a number for a decimal string', { rate: 20 }, '400 invalid_input'],
    ['no number', { rate: 'twenty' }, '400 invalid_input'],
    ['ending before it begins', { valid_through: '2019-12-31' }, '422 period_crossed'],
    ['a day that is none', { valid_from: '2026-02-30' }, '400 invalid_input'],
    ['in a place nobody knows', { jurisdiction_code: 'US-ZZ' }, '422 tax_jurisdiction_not_found'],
    ['in a place that is no code', { jurisdiction_code: 'usa' }, '400 invalid_input'],
    ['of a class nobody knows', { class_id: '0190a0a0-0000-7000-8000-000000000000' }, '422 tax_class_not_found'],
  ])('%s', async (_, change, answer) => {
    const input = { ...rateIn('FR-CORSE'), jurisdiction_code: 'GB', ...change }
    expect(await codeOf(owner.client.request('tax.create-rate', input))).toBe(answer)
    const { items } = await owner.client.call('tax.list-rates', { jurisdiction_code: 'GB', on: '2026-01-01' })
    expect(items.filter(({ id }) => id !== null)).toEqual([])
  })

  test('of an exempt class, or of the class of another tenant', async () => {
    const other = await signUpOwner(server)
    const theirs = (await classesOf(other)).get('standard')
    expect(await codeOf(create(rateIn('GB', { class_id: theirs })))).toBe('422 tax_class_not_found')
    expect(await codeOf(create(rateIn('GB', { class_id: classId('exempt') })))).toBe('422 tax_class_not_found')
  })

  test('and the database keeps none outside 0 to 100 % either', async () => {
    const { id } = await create(rateIn(await newPlace(), { rate: '100' }))
    await create(rateIn(await newPlace(), { rate: '0' }))
    await withClient(server.database.superuserUrl, async (client) => {
      const put = (rate: string) =>
        client.query(
          `INSERT INTO tax.rate (tenant_id, id, jurisdiction_code, class_id, valid, name, rate, compound)
           SELECT tenant_id, gen_random_uuid(), 'XX', class_id, valid, name, $2, compound FROM tax.rate WHERE id = $1`,
          [id, rate],
        )
      await expect(put('100.000001')).rejects.toMatchObject({ constraint: 'rate_in_percent' })
      await expect(put('-0.000001')).rejects.toMatchObject({ constraint: 'rate_in_percent' })
    })
  })
})

test('a rate that has begun is ended and nothing else, and never in the past', async () => {
  const made = await create(rateIn(await newPlace()))
  const of = { id: made.id, version: made.version }
  expect(await codeOf(owner.client.call('tax.update-rate', { ...of, rate: '2' }))).toBe('409 tax_rate_begun')
  const end = (valid_through: string, version = 1) =>
    codeOf(owner.client.call('tax.end-rate', { id: made.id, version, valid_through }))
  expect(await end('2021-01-01')).toBe('422 tax_past_rewritten')
  expect(await end('2019-01-01')).toBe('422 period_crossed')
  expect(await end('2150-12-31')).toBe('taken')
  expect(await end('2151-12-31', 2)).toBe('422 tax_past_rewritten')
  expect(await end('2150-12-31')).toBe('412 version_conflict')
  expect(await owner.client.call('tax.get-rate', { id: made.id })).toMatchObject({
    rate: '1.25',
    valid_from: begun,
    valid_through: '2150-12-31',
    version: 2,
  })
})

test('not even the owner of the database rewrites the past of a rate', async () => {
  const { id } = await create(rateIn(await newPlace()))
  await withClient(server.database.superuserUrl, async (client) => {
    const change = (what: string) => client.query(`UPDATE tax.rate SET ${what} WHERE id = $1`, [id])
    for (const what of [
      'rate = 2',
      'compound = true',
      'deleted_at = now()',
      `jurisdiction_code = 'FR'`,
      `valid = daterange('2019-01-01', NULL)`,
      `valid = daterange('2020-01-01', '2021-01-01')`,
    ])
      await expect(change(what), what).rejects.toThrow('the past of a rate is not rewritten')
    await change(`valid = daterange('2020-01-01', '2190-01-01')`)
  })
})

test('a rate that has not begun is changed', async () => {
  const place = await newPlace()
  await create(rateIn(place, { valid_through: '2189-12-31' }))
  const made = await create(rateIn(place, { valid_from: future }))
  const change = (values: object, version: number) =>
    owner.client.call('tax.update-rate', { id: made.id, version, ...values })
  const changed = await change({ rate: '3', valid_from: '2190-02-01', valid_through: '2190-03-31' }, 1)
  expect(changed).toMatchObject({ rate: '3', valid_from: '2190-02-01', valid_through: '2190-03-31', version: 2 })
  expect(await codeOf(change({ valid_from: '2189-12-31' }, 2))).toBe('409 overlapping_validity')
  expect(await codeOf(change({ valid_through: '2190-01-31' }, 2))).toBe('422 period_crossed')
  expect(await change({ valid_through: null }, 2)).toMatchObject({ valid_through: null })
})

test('a rate that has not begun is taken back, and its days are free again', async () => {
  const place = await newPlace()
  const made = await create(rateIn(place, { valid_from: future }))
  const withdraw = (version: number) => codeOf(owner.client.call('tax.withdraw-rate', { id: made.id, version }))
  expect(await withdraw(2)).toBe('412 version_conflict')
  expect(await withdraw(1)).toBe('taken')
  expect(await codeOf(owner.client.call('tax.get-rate', { id: made.id }))).toBe('404 not_found')
  expect(await withdraw(2)).toBe('404 not_found')
  expect((await owner.client.call('tax.list-rates', { jurisdiction_code: place, on: future })).items).toEqual([])
  await create(rateIn(place, { valid_from: future, rate: '2' }))
  const old = await create(rateIn(await newPlace()))
  expect(await codeOf(owner.client.call('tax.withdraw-rate', { id: old.id, version: 1 }))).toBe('409 tax_rate_begun')
})

test('a rate that has begun in the zone where it is latest is changed no more, wherever the tenant is', async () => {
  const person = await signUpPerson(server)
  const tenant = { legal_name: 'West', country: 'NZ', currency: 'NZD', time_zone: 'Pacific/Pago_Pago' }
  const { id } = await person.client.call('tenants.create-tenant', tenant)
  const client = clientIn(server, person, id)
  const { items } = await client.call('tax.list-classes', {})
  const class_id = items.find(({ code }) => code === 'standard')?.id ?? ''
  const [here, latest] = ['Pacific/Pago_Pago', 'Pacific/Kiritimati'].map((zone) => dayIn(zone, new Date()))
  const begins = { jurisdiction_code: 'NZ', class_id, name: 'GST', rate: '17', valid_from: latest ?? '' }
  const made = await client.call('tax.create-rate', begins)
  const of = { id: made.id, version: 1 }
  expect(await codeOf(client.call('tax.update-rate', { ...of, rate: '99' }))).toBe('409 tax_rate_begun')
  expect(await codeOf(client.call('tax.withdraw-rate', of))).toBe('409 tax_rate_begun')
  const county = { code: 'NZ-X', name: 'X', kind: 'city', parent_code: 'NZ' } as const
  await client.call('tax.create-jurisdiction', county)
  const begun = await client.call('tax.create-rate', { ...begins, jurisdiction_code: 'NZ-X', valid_from: '2020-01-01' })
  const end = (valid_through = '') => codeOf(client.call('tax.end-rate', { id: begun.id, version: 1, valid_through }))
  expect(await end(here)).toBe('422 tax_past_rewritten')
  expect(await end(latest)).toBe('taken')
})

test('a rate of your own leaves the days that are over to the reference, and fills in those that it does not know', async () => {
  const own = { ...rateIn('GB'), rate: '1' }
  expect(await codeOf(create({ ...own, valid_from: '2018-01-01', valid_through: '2018-12-31' }))).toBe(
    '422 tax_past_rewritten',
  )
  const planned = await create({ ...own, valid_from: future })
  const move = { id: planned.id, version: 1, valid_from: '2018-01-01' }
  expect(await codeOf(owner.client.call('tax.update-rate', move))).toBe('422 tax_past_rewritten')
  expect(await codeOf(create({ ...own, valid_from: '1960-01-01', valid_through: '1960-12-31' }))).toBe('taken')
  expect(await codeOf(create({ ...rateIn('KW'), valid_from: '2018-01-01', valid_through: '2018-12-31' }))).toBe(
    '422 tax_past_rewritten',
  )
})

test('a rate of your own stands in for the reference on its days alone', async () => {
  await create({ ...rateIn('FR'), name: 'TVA', rate: '22', valid_from: '2030-01-01', valid_through: '2030-12-31' })
  expect(await standardOn('2029-12-31T22:59:59Z')).toBe('20.00')
  expect(await standardOn('2029-12-31T23:00:00Z')).toBe('22.00')
  expect(await standardOn('2030-12-31T23:00:00Z')).toBe('20.00')
  const { items } = await owner.client.call('tax.list-rates', { jurisdiction_code: 'FR', on: '2030-06-01' })
  expect(items.map(({ name, rate, rate_name }) => [name, rate, rate_name])).toEqual([
    ['TVA', '22', null],
    ['TVA', '5.5', 'reduced1'],
    ['TVA', '10', 'reduced2'],
    ['TVA', '20', 'standard'],
    ['TVA', '2.1', 'super_reduced'],
  ])
})

test('a class changes its name and nothing that days which are over depend on; codes are taken once', async () => {
  const books = { code: 'books', name: 'Books', treatment: 'taxed', rate_name: 'reduced1' } as const
  const made = await owner.client.call('tax.create-class', books)
  expect(await codeOf(owner.client.call('tax.create-class', books))).toBe('409 tax_class_code_taken')
  const of = { id: made.id, version: 1, name: 'Books and maps' }
  for (const change of [{ rate_name: 'super_reduced' }, { treatment: 'zero' }])
    expect(await codeOf(owner.client.request('tax.update-class', { ...of, ...change }))).toBe('400 invalid_input')
  const changed = await owner.client.call('tax.update-class', of)
  expect(changed).toMatchObject({ ...books, name: 'Books and maps', version: 2 })
  const misfit = { code: 'gifts', name: 'Gifts', treatment: 'exempt', rate_name: 'standard' } as const
  expect(await codeOf(owner.client.call('tax.create-class', misfit))).toBe('422 tax_rate_name_unused')
})
