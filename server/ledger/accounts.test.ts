import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entityWithoutBooks } from '../../tests/harness/hints.ts'
import { openAccount, openAccounts, postJournal, readBooks } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { charts } from './charts.ts'

let server: TestServer
let owner: TestOwner

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const statusOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )

const good = () => ({ entity_id: owner.entityId, code: 'NEW', name: 'New', type: 'asset', currency: 'EUR' })

// name, change to a good account, answer
const refused: [name: string, change: object, answer: string][] = [
  ['a code that is taken', { code: 'TAKEN' }, '409 account_code_taken'],
  ['a purpose that is served', { purpose: 'cash' }, '409 account_purpose_taken'],
  ['a currency that is none', { currency: 'XXX' }, '422 unknown_currency'],
  ['a currency that was withdrawn', { currency: 'HRK' }, '422 unknown_currency'],
  ['a currency in small letters', { currency: 'eur' }, '400 invalid_input'],
  ['a floor above the ceiling', { floor: '0.01', ceiling: '0' }, '422 limits_crossed'],
  ['a code in small letters', { code: 'new' }, '400 invalid_input'],
  ['a type that is none', { type: 'debt' }, '400 invalid_input'],
  ['a purpose that is none', { purpose: 'fun' }, '400 invalid_input'],
  ['an entity of nobody', { entity_id: uuidv7() }, '422 books_not_found'],
]

describe('an account is refused and not opened:', () => {
  beforeAll(() => owner.client.call('ledger.create-account', { ...good(), code: 'TAKEN' } as never))

  test.each(refused)('%s', async (_, change, answer) => {
    const before = await readBooks(server)
    expect(await statusOf(owner.client.request('ledger.create-account', { ...good(), ...change }))).toBe(answer)
    expect(await readBooks(server)).toEqual(before)
  })
})

test('an account opens at zero; the same code is free in other books, the same purpose in another currency', async () => {
  const second = await owner.client.call('tenants.create-entity', {
    legal_name: 'Second',
    country: 'MA',
    currency: 'MAD',
  })
  const make = (values: object) => owner.client.request('ledger.create-account', { ...good(), code: 'D1', ...values })
  const { body } = await make({ purpose: 'cash', currency: 'USD', floor: '0', ceiling: '500' })
  expect(body).toMatchObject({
    ...{ code: 'D1', purpose: 'cash', currency: 'USD', floor: '0.0000', ceiling: '500.0000', version: 1 },
    ...{ balance: '0.0000', balance_version: '0', closed_at: null },
  })
  expect((await make({ entity_id: second.id })).status).toBe(201)
})

test('name and limits change, one version at a time; a balance outside of new limits stays where it is', async () => {
  const [id = '', other = ''] = await openAccounts(owner, 2)
  await postJournal(owner, [
    [id, '30'],
    [other, '-30'],
  ])
  const change = (version: number, values: object) =>
    owner.client.call('ledger.update-account', { id, version, ...values })
  expect(await change(1, { name: 'Till 1', ceiling: '20' })).toMatchObject({ version: 2, balance: '30.0000' })
  expect(await statusOf(change(1, { name: 'Till 2' }))).toBe('412 version_conflict')
  expect(await statusOf(change(2, { floor: '20.01' }))).toBe('422 limits_crossed')
  expect(await change(2, { ceiling: null, floor: '10' })).toMatchObject({ ceiling: null, floor: '10.0000', version: 3 })
  expect(await change(3, {})).toMatchObject({ name: 'Till 1', floor: '10.0000' })
  expect(await statusOf(change(4, { currency: 'USD' }))).toBe('400 invalid_input')
  expect(await statusOf(change(4, { balance: '0' }))).toBe('400 invalid_input')
})

test('an account is closed at zero only, takes nothing while closed, and may be closed and reopened again', async () => {
  const [id = '', other = ''] = await openAccounts(owner, 2)
  const { client } = owner
  const pay = (amount: string, back: string) =>
    postJournal(owner, [
      [id, amount],
      [other, back],
    ])
  await pay('0.01', '-0.01')
  expect(await statusOf(client.call('ledger.close-account', { id, version: 1 }))).toBe('409 account_not_empty')
  await pay('-0.01', '0.01')
  const closed = await client.call('ledger.close-account', { id, version: 1 })
  expect(closed).toMatchObject({ version: 2, closed_at: expect.stringMatching(/Z$/) })
  expect(await statusOf(pay('1', '-1'))).toBe('409 account_closed')
  const again = await client.call('ledger.close-account', { id, version: 2 })
  expect(again, 'closing twice keeps the first time').toMatchObject({ closed_at: closed.closed_at, version: 3 })
  expect(await client.call('ledger.reopen-account', { id, version: 3 })).toMatchObject({ closed_at: null, version: 4 })
  await pay('1', '-1')
  await pay('-1', '1')
  expect(await client.call('ledger.close-account', { id, version: 4 })).toMatchObject({ version: 5 })
  expect(await client.call('ledger.reopen-account', { id, version: 5 })).toMatchObject({ version: 6 })
  expect(await statusOf(client.call('ledger.reopen-account', { id, version: 1 }))).toBe('412 version_conflict')
})

test('accounts are listed by code, of one type or all, page by page', async () => {
  const fresh = await signUpOwner(server)
  const list = (more: object) => fresh.client.call('ledger.list-accounts', { entity_id: fresh.entityId, ...more })
  const all = (await list({ limit: 200 })).items
  expect(all.map(({ code }) => code)).toEqual(all.map(({ code }) => code).toSorted())
  const paged: typeof all = []
  let cursor: string | null = null
  do {
    const { items, next_cursor }: Awaited<ReturnType<typeof list>> = await list({ limit: 7, ...(cursor && { cursor }) })
    paged.push(...items)
    cursor = next_cursor
  } while (cursor !== null)
  expect(paged).toEqual(all)
  const equity = (await list({ type: 'equity', limit: 200 })).items
  expect(equity).toEqual(all.filter(({ type }) => type === 'equity'))
  expect(equity.length).toBeGreaterThan(0)
})

test.each([
  ['MA', 'MAD', 'morocco'],
  ['FR', 'EUR', 'france'],
  ['MX', 'MXN', 'mexico'],
  ['CO', 'COP', 'colombia'],
  ['AR', 'ARS', 'argentina'],
  ['JP', 'JPY', 'international'],
])('a tenant in %s begins with books in %s by the chart of %s', async (country, currency, chart) => {
  const person = await signUpPerson(server)
  const tenant = await person.client.call('tenants.create-tenant', {
    legal_name: 'Shop',
    time_zone: 'Europe/Paris',
    country,
    currency,
  })
  const headers = { cookie: person.cookie, 'comptoir-tenant': tenant.id }
  const get = async (path: string) => (await server.product.http.inject({ url: `/v1/${path}`, headers })).json()
  expect(await get(`books/${tenant.entity_id}`)).toMatchObject({ id: tenant.entity_id, chart, closed_through: null })
  const { items } = await get(`accounts?entity_id=${tenant.entity_id}&limit=200`)
  const preset = charts.find(({ id }) => id === chart)?.accounts ?? []
  expect(items.map(({ code, name, type, purpose }: Record<string, string>) => ({ code, name, type, purpose }))).toEqual(
    preset.map(({ code, name, type, purpose = null }) => ({ code, name, type, purpose })),
  )
  for (const one of items) expect([one.currency, one.floor, one.ceiling]).toEqual([currency, null, null])
})

describe('books of an entity that was there before the ledger', () => {
  test('are opened once, by the chart of its country or the one asked for', async () => {
    const [one, two] = [await entityWithoutBooks(server, owner), await entityWithoutBooks(server, owner)]
    const open = (values: { entity_id: string; chart?: 'france' }) => owner.client.call('ledger.open-books', values)
    expect(await open({ entity_id: one })).toMatchObject({ id: one, chart: 'morocco', closed_through: null })
    expect(await statusOf(open({ entity_id: one }))).toBe('409 books_exist')
    expect(await open({ entity_id: two, chart: 'france' })).toMatchObject({ chart: 'france' })
    expect(await statusOf(open({ entity_id: uuidv7() }))).toBe('422 entity_not_found')
    expect(await openAccount(owner, { entity_id: two })).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('opened twice at once are opened once', async () => {
    const entity_id = await entityWithoutBooks(server, owner)
    const answers = await Promise.all([1, 2].map(() => statusOf(owner.client.call('ledger.open-books', { entity_id }))))
    expect(answers.toSorted()).toEqual(['409 books_exist', 'done'])
    const { rows } = await withClient(server.database.superuserUrl, (client) =>
      client.query('SELECT count(*)::int AS count FROM ledger.account WHERE entity_id = $1', [entity_id]),
    )
    expect(rows[0].count).toBe(charts.find(({ id }) => id === 'morocco')?.accounts.length)
  })
})

test('charts are listed for every employee', async () => {
  const listed = (await owner.client.call('ledger.list-charts', {})).items
  expect(listed).toEqual(charts.map(({ id, name, locale, source }) => ({ id, name, locale, source })))
})
