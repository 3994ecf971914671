import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'

let server: TestServer
let owner: TestOwner
let standard: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  standard = await classOf(owner, 'standard')
})
afterAll(() => server.close())

async function classOf({ client }: TestOwner, code: string): Promise<string> {
  const { items } = await client.call('tax.list-classes', {})
  return items.find((one) => one.code === code)?.id ?? `no class ${code}`
}

let branches = 0
async function openBranch(entity_id: string, time_zone: string): Promise<string> {
  const code = `B${++branches}`
  return (await owner.client.call('tenants.create-branch', { entity_id, code, name: code, time_zone })).id
}
const hundred = () => [{ quantity: '1', unit_price: '100', class_id: standard }]
const calculate = (branch_id: string, more: object = {}) =>
  owner.client.call('tax.calculate', { branch_id, prices_include_tax: false, lines: hundred(), ...more })

test.each([
  ['ES', 'EUR', '2012-08-31T22:30:00Z', ['Atlantic/Canary', '18'], ['Europe/Madrid', '21']],
  ['RU', 'RUB', '2025-12-31T15:00:00Z', ['Europe/Moscow', '20'], ['Asia/Vladivostok', '22']],
] as const)(
  'in %s the rate changes at midnight of each branch: one instant, two branches, two rates',
  async (country, currency, at, before, after) => {
    const entity = await owner.client.call('tenants.create-entity', { legal_name: country, country, currency })
    for (const [zone, rate] of [before, after]) {
      const { components } = await calculate(await openBranch(entity.id, zone), { at })
      expect(components.map((one) => one.rate)).toEqual([rate])
    }
  },
)

test('prices include the tax or not as is usual where the branch stands', async () => {
  const { prices_include_tax, gross } = await owner.client.call('tax.calculate', {
    branch_id: owner.branchId,
    lines: hundred(),
  })
  expect({ prices_include_tax, gross }).toEqual({ prices_include_tax: true, gross: '100.00' })
  const entity = await owner.client.call('tenants.create-entity', { legal_name: 'X', country: 'US', currency: 'USD' })
  const branch_id = await openBranch(entity.id, 'America/New_York')
  await owner.client.call('tax.set-branch-jurisdictions', { id: branch_id, codes: ['US-NY'] })
  expect(await owner.client.call('tax.calculate', { branch_id, lines: hundred() })).toMatchObject({
    prices_include_tax: false,
    net: '100.00',
    gross: '104.00',
    rounding: 'document',
    rounding_of: 'combined',
  })
})

test('whether prices include the tax is as the input says, then the branch, then the tenant, then the place', async () => {
  const { client, branchId: branch_id } = owner
  const other = await openBranch(owner.entityId, 'Europe/Paris')
  const include = async (id: string, more: object = {}) =>
    (await client.call('tax.calculate', { branch_id: id, lines: hundred(), ...more })).prices_include_tax
  const set = (value: unknown, place: object = {}) => setHere(client, 'tax.prices-include-tax', value, place)
  expect(await include(branch_id)).toBe(true)
  await set(false)
  expect([await include(branch_id), await include(other)]).toEqual([false, false])
  await set(true, { branch_id })
  expect([await include(branch_id), await include(other)]).toEqual([true, false])
  expect(await include(branch_id, { prices_include_tax: false })).toBe(false)
  await set(null, { branch_id: other })
  expect(await include(other), 'null: as is usual, whatever the tenant says').toBe(true)
  await set(undefined, { branch_id: other })
  expect(await include(other)).toBe(false)
  await set(undefined)
  await set(undefined, { branch_id })
  expect([await include(branch_id), await include(other)]).toEqual([true, true])
})

test('a branch stands where its entity is, or where it was put, with all that lies around', async () => {
  const id = await openBranch(owner.entityId, 'Europe/Paris')
  const read = () => owner.client.call('tax.get-branch-jurisdictions', { id })
  expect(await read()).toMatchObject({ id, codes: ['FR'], path: [{ code: 'FR', own: false, rounding: 'document' }] })
  await owner.client.call('tax.create-jurisdiction', {
    code: 'US-CA-LA',
    name: 'Los Angeles',
    kind: 'county',
    parent_code: 'US-CA',
  })
  await owner.client.call('tax.set-branch-jurisdictions', { id, codes: ['US-CA-LA'] })
  const { codes, path } = await read()
  expect([codes, path.map(({ code, own }) => [code, own])]).toEqual([
    ['US-CA-LA'],
    [
      ['US', false],
      ['US-CA', false],
      ['US-CA-LA', true],
    ],
  ])
  await owner.client.call('tax.set-branch-jurisdictions', { id, codes: ['GP'] })
  expect((await read()).path.map(({ code }) => code)).toEqual(['GP'])
})

describe('places are refused:', () => {
  const county = { code: 'US-TX-X', name: 'X', kind: 'county', parent_code: 'US-TX' } as const
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'taken',
      ({ problem }) => `${problem.status} ${problem.code}`,
    )
  test.each<[string, object, string]>([
    ['with a code of the reference', { code: 'US-CA' }, '409 tax_jurisdiction_exists'],
    ['in no place', { parent_code: 'US-ZZ' }, '422 tax_jurisdiction_not_found'],
    ['in another country', { code: 'FR-X' }, '422 tax_code_outside_parent'],
    ['of no kind', { kind: 'country' }, '400 invalid_input'],
  ])('%s', async (_, change, answer) => {
    expect(await codeOf(owner.client.request('tax.create-jurisdiction', { ...county, ...change }))).toBe(answer)
  })

  test('twice with the same code', async () => {
    await owner.client.call('tax.create-jurisdiction', county)
    expect(await codeOf(owner.client.call('tax.create-jurisdiction', county))).toBe('409 tax_jurisdiction_exists')
  })

  test('of a branch in two countries, or in a place nobody knows', async () => {
    const set = (codes: string[]) =>
      codeOf(owner.client.call('tax.set-branch-jurisdictions', { id: owner.branchId, codes }))
    expect(await set(['FR', 'US-CA'])).toBe('422 tax_jurisdictions_apart')
    expect(await set(['FR-ZZZ'])).toBe('422 tax_jurisdiction_not_found')
    expect(await set([])).toBe('400 invalid_input')
  })
})

describe('a calculation is refused:', () => {
  const line = { quantity: '2', unit_price: '10' }
  test.each<[string, object, string]>([
    ['in a currency nobody knows', { currency: 'XYZ' }, 'unknown_currency'],
    ['in a branch nobody knows', { branch_id: '0190a0a0-0000-7000-8000-000000000000' }, 'tax_branch_not_found'],
    ['at a time that is none', { at: '2026-13-01T00:00:00Z' }, 'invalid_input'],
    ['without lines', { lines: [] }, 'invalid_input'],
    ['on a day before every rate', { at: '1900-01-02T00:00:00Z' }, 'tax_rate_not_found'],
  ])('%s', async (_, change, code) => {
    const input = { branch_id: owner.branchId, lines: hundred(), ...change }
    await expect(owner.client.request('tax.calculate', input)).rejects.toMatchObject({ problem: { code } })
  })

  test.each<[string, object, string]>([
    ['a discount larger than its line', { discount: '20.01' }, 'discount_too_large'],
    ['a discount of the other sign', { discount: '-1' }, 'discount_too_large'],
    ['a negative price', { unit_price: '-1' }, 'invalid_input'],
    ['a price finer than six decimals', { unit_price: '0.0000001' }, 'invalid_input'],
    ['an exponent', { quantity: '1e3' }, 'invalid_input'],
    ['an amount no column holds', { quantity: '1000000000', unit_price: '1000000' }, 'amount_too_large'],
  ])('%s', async (_, change, code) => {
    const lines = [{ ...line, class_id: standard, ...change }]
    await expect(owner.client.request('tax.calculate', { branch_id: owner.branchId, lines })).rejects.toMatchObject({
      problem: { code },
    })
  })

  test('with the class, or in the branch, of another tenant', async () => {
    const other = await signUpOwner(server)
    const lines = [{ ...line, class_id: await classOf(other, 'standard') }]
    await expect(calculate(owner.branchId, { lines })).rejects.toMatchObject({
      problem: { code: 'tax_class_not_found' },
    })
    await expect(calculate(other.branchId)).rejects.toMatchObject({ problem: { code: 'tax_branch_not_found' } })
  })

  test('where the class has no rate: nobody guesses one', async () => {
    const id = await openBranch(owner.entityId, 'America/Guadeloupe')
    await owner.client.call('tax.set-branch-jurisdictions', { id, codes: ['GP'] })
    expect((await calculate(id)).components).toMatchObject([{ jurisdiction_code: 'GP', rate: '8.5' }])
    const lines = [{ ...line, class_id: await classOf(owner, 'reduced1') }]
    await expect(calculate(id, { lines })).rejects.toMatchObject({ problem: { code: 'tax_rate_not_found' } })
  })
})
