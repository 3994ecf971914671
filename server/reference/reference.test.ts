import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countries } from 'countries-list'
import { data } from 'currency-codes'
import iso from 'i18n-iso-countries'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { countryLists } from './lists.ts'
import { type LoadedReference, loadReference } from './load-reference.ts'

// What the package of 2024-06-25 says otherwise, and why we do not follow it.
const differences: [code: string, ours: string | undefined, why: string][] = [
  ['ANG', undefined, 'withdrawn in 2025: Curaçao and Sint Maarten pay in XCG'],
  ['XCG', '532, 2 decimals', 'the Caribbean guilder, since 2025'],
  ['XAD', '396, 2 decimals', 'the Arab Accounting Dinar, since 2025'],
  ['XAG', undefined, 'silver: nothing is paid in it'],
  ['XAU', undefined, 'gold: nothing is paid in it'],
  ['XBA', undefined, 'a unit of bond markets'],
  ['XBB', undefined, 'a unit of bond markets'],
  ['XBC', undefined, 'a unit of bond markets'],
  ['XBD', undefined, 'a unit of bond markets'],
  ['XDR', undefined, 'the drawing rights of the IMF, between states'],
  ['XPD', undefined, 'palladium: nothing is paid in it'],
  ['XPT', undefined, 'platinum: nothing is paid in it'],
  ['XSU', undefined, 'the Sucre, between states'],
  ['XTS', undefined, 'reserved for tests'],
  ['XUA', undefined, 'a unit of account of the African Development Bank'],
  ['XXX', undefined, 'stands for no currency'],
  ['BGN', undefined, 'withdrawn in 2026: Bulgaria pays in EUR'],
]

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

test('the currencies are those of ISO 4217 with its numbers and decimals, but for the differences listed', async () => {
  const expected = new Map(data.map(({ code, number, digits }) => [code, `${number}, ${digits} decimals`]))
  for (const [code, ours] of differences) {
    expect(expected.get(code), `${code} differs still`).not.toBe(ours)
    if (ours === undefined) expected.delete(code)
    else expected.set(code, ours)
  }
  const { items } = await owner.client.call('reference.list-currencies', {})
  const used = items.filter((row) => row.withdrawn_on === null)
  const ours = used.map((row) => [row.code, `${row.number}, ${row.minor_unit} decimals`] as const)
  expect(new Map(ours.toSorted())).toEqual(new Map([...expected].toSorted()))
  for (const { code, name, symbol } of items) expect(`${name}${symbol}`, code).toMatch(/^\S.*\S$/)
  const numbers = items.flatMap((row) => row.number ?? [])
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('the countries are those of ISO 3166-1, each with a currency of today', async () => {
  const { items } = await owner.client.call('reference.list-countries', {})
  expect(items.map(({ code }) => code)).toEqual(Object.keys(iso.getAlpha2Codes()).toSorted())
  const { items: currencies } = await owner.client.call('reference.list-currencies', {})
  const used = new Set(currencies.filter((row) => row.withdrawn_on === null).map(({ code }) => code))
  for (const country of items) {
    const { code, alpha_3, number, name, currency } = country
    expect([alpha_3, number]).toEqual([iso.alpha2ToAlpha3(code), iso.alpha2ToNumeric(code)])
    const listed = countries[code as keyof typeof countries]
    expect([name, currency]).toEqual([listed.name, listed.currency[0] ?? null])
    expect(currency === null ? code === 'AQ' : used.has(currency), `${code} pays in ${currency}`).toBe(true)
  }
})

test('the European Union has 27 members, and had 28 until 2020', async () => {
  const { items } = await owner.client.call('reference.list-countries', {})
  const members = (on: string) =>
    items.filter(
      ({ eu_since, eu_until }) => eu_since !== null && eu_since <= on && (eu_until === null || on < eu_until),
    )
  expect(members('2026-01-01')).toHaveLength(27)
  expect(members('2020-01-30')).toHaveLength(28)
  expect(members('1958-01-01').map(({ code }) => code)).toEqual(['BE', 'DE', 'FR', 'IT', 'LU', 'NL'])
})

const refused: [what: string, place: { country: string; currency: string }, problem: string][] = [
  ['a country that is none', { country: 'ZZ', currency: 'EUR' }, 'unknown_country'],
  ['a country of another list', { country: 'UK', currency: 'GBP' }, 'unknown_country'],
  ['a currency that is none', { country: 'FR', currency: 'XXX' }, 'unknown_currency'],
  ['a currency that was withdrawn', { country: 'HR', currency: 'HRK' }, 'unknown_currency'],
]

test.each(refused)('no tenant and no legal entity is made with %s', async (_, place, code) => {
  const person = await signUpPerson(server)
  const business = { legal_name: 'Nowhere', time_zone: 'Europe/Paris', ...place }
  await expect(person.client.call('tenants.create-tenant', business)).rejects.toMatchObject({
    problem: { status: 422, code },
  })
  await expect(owner.client.call('tenants.create-entity', { legal_name: 'Nowhere', ...place })).rejects.toMatchObject({
    problem: { status: 422, code },
  })
  expect((await person.client.call('tenants.list-tenants', {})).items).toEqual([])
})

const load = (from?: string) => loadReference({ ownerUrl: server.database.ownerUrl }, countryLists, from)
const changes = (loaded: LoadedReference[]) => loaded.filter(({ changed }) => changed > 0)
const chain = () =>
  withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      "SELECT resource_id FROM audit.entry WHERE event = 'platform.load-reference' ORDER BY seq",
    )
    return rows.map((row) => row.resource_id)
  })

test('loading again changes nothing and leaves no entry; a file that changed is loaded, once, and leaves one', async () => {
  const before = await chain()
  expect(before).toEqual(expect.arrayContaining(countryLists.map(({ name }) => name)))
  expect(changes(await load())).toEqual([])
  expect(await chain()).toEqual(before)

  const folder = await mkdtemp(join(tmpdir(), 'comptoir-reference-'))
  try {
    await cp(join(import.meta.dirname, '../../db/reference'), folder, { recursive: true })
    const file = join(folder, 'countries.csv')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('Ivory Coast', "Côte d'Ivoire").replace('Türkiye', 'Türkiye 2'))
    const [one, two] = await Promise.all([load(folder), load(folder)])
    expect([...changes(one), ...changes(two)]).toEqual([{ name: 'countries', rows: 250, changed: 2 }])
    expect(await chain()).toEqual([...before, 'countries'])
    expect(changes(await load())).toEqual([{ name: 'countries', rows: 250, changed: 2 }])

    await writeFile(file, text.replace('MAR,504', 'MAR,5o4').replace('Ivory Coast', 'Elsewhere'))
    await expect(load(folder)).rejects.toThrow(/countries\.csv, line \d+: number /)
    await writeFile(file, `${text}XX,XXX\n`)
    await expect(load(folder)).rejects.toThrow(/countries\.csv: .*line 252/)
    expect(changes(await load()), 'and nothing of it stayed').toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
