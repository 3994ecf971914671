import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const refused = (code: string) => ({ problem: { code } })
const today = () => dayIn('Europe/Paris', now())
const inDays = (days: number) => daysAfter(today(), days)
let made = 0
const list = async (more: object = {}) =>
  (
    await owner.client.call('pricing.create-price-list', {
      code: `L${++made}`,
      name: 'List',
      currency: 'EUR',
      includes_tax: true,
      ...more,
    })
  ).id
const variant = async () => (await makeProduct(owner)).variant.id
const set = (price_list_id: string, variant_id: string, unit_price: string, more: object = {}) =>
  owner.client.call('pricing.create-price', { price_list_id, variant_id, unit_price, valid_from: today(), ...more })
/** A price that began on a day gone by; nobody makes one afterwards. */
const begun = async (price_list_id: string, variant_id: string, unit_price: string, from = '2026-01-01') => {
  const { id } = await set(price_list_id, variant_id, unit_price)
  await withClient(server.database.superuserUrl, (client) =>
    client.query('UPDATE pricing.price SET valid = daterange($1, upper(valid)) WHERE id = $2', [from, id]),
  )
  return { id }
}
const ask = (variant_id: string, more: object = {}) =>
  owner.client.call('pricing.get-price', { variant_id, branch_id: owner.branchId, ...more })

let general: string
beforeAll(async () => {
  general = await list()
})

test('the most specific list counts: group before channel before branch before all', async () => {
  const { client, branchId: branch_id } = owner
  const item = await variant()
  const channel_id = (await client.call('channels.create-channel', { name: 'Web', type: 'direct' })).id
  const customer_group_id = (await client.call('parties.create-group', { code: 'PRO', name: 'Trade' })).id
  await set(general, item, '10')
  await set(general, item, '9', { min_quantity: '12' })
  await set(await list({ branch_id }), item, '8')
  await set(await list({ channel_id }), item, '7')
  await set(await list({ customer_group_id, includes_tax: false }), item, '6.123456')
  expect(await ask(item, { branch_id: undefined, currency: 'EUR' })).toMatchObject({ unit_price: '10' })
  expect(await ask(item, { branch_id: undefined, currency: 'EUR', quantity: '12' })).toMatchObject({ unit_price: '9' })
  expect(await ask(item)).toMatchObject({ unit_price: '8', currency: 'EUR', includes_tax: true, on: today() })
  expect(await ask(item, { channel_id })).toMatchObject({ unit_price: '7', channel_id })
  expect(await ask(item, { channel_id, customer_group_id })).toMatchObject({
    unit_price: '6.123456',
    includes_tax: false,
  })
  await expect(ask(item, { branch_id: undefined })).rejects.toMatchObject(refused('currency_needed'))
  await expect(ask(item, { currency: 'MAD' })).rejects.toMatchObject(refused('price_unknown'))
  await expect(ask(item, { on: '2020-01-01' })).rejects.toMatchObject(refused('price_unknown'))
  await expect(ask(crypto.randomUUID())).rejects.toMatchObject(refused('variant_not_found'))
})

test('two prices of a variant for a quantity on a list share no day, however many are made at once', async () => {
  const item = await variant()
  await set(general, item, '10', { valid_from: '2031-01-01', valid_through: '2031-06-30' })
  const clashing = [
    { valid_from: '2031-06-30' },
    { valid_from: '2030-01-01', valid_through: '2031-01-01' },
    { valid_from: '2031-03-01', valid_through: '2031-03-01' },
    { valid_from: today() },
  ]
  for (const period of clashing)
    await expect(set(general, item, '11', period), JSON.stringify(period)).rejects.toMatchObject(
      refused('overlapping_prices'),
    )
  await set(general, item, '11', { valid_from: '2031-07-01' })
  await set(general, item, '9', { valid_from: '2031-01-01', min_quantity: '6' })
  const other = await variant()
  const tries = await Promise.allSettled(Array.from({ length: 6 }, () => set(general, other, '5')))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const others = tries.flatMap((tried) => (tried.status === 'rejected' ? [tried.reason] : []))
  expect(others).toMatchObject(others.map(() => refused('overlapping_prices')))
})

test('a price that replaces another ends it the day before, and what was charged stays', async () => {
  const item = await variant()
  const old = await begun(general, item, '10')
  await expect(set(general, item, '11', { replaces: true, valid_from: inDays(-3) })).rejects.toMatchObject(
    refused('price_past_rewritten'),
  )
  await set(general, item, '12', { replaces: true })
  expect(await owner.client.call('pricing.get-price-entry', { id: old.id })).toMatchObject({
    valid_through: inDays(-1),
    version: 2,
  })
  expect(await ask(item)).toMatchObject({ unit_price: '12' })
  expect(await ask(item, { on: inDays(-1) })).toMatchObject({ unit_price: '10' })
})

test('a slip is put right on the day of it: the price of today is withdrawn, counts no more and stays to be read', async () => {
  const { client } = owner
  const item = await variant()
  await begun(general, item, '10')
  const slip = await set(general, item, '1', { replaces: true })
  const right = await set(general, item, '11', { replaces: true })
  expect(await ask(item)).toMatchObject({ unit_price: '11', price_id: right.id })
  expect(await ask(item, { on: inDays(-1) })).toMatchObject({ unit_price: '10' })
  const kept = await client.call('pricing.get-price-entry', { id: slip.id })
  expect(kept).toMatchObject({ unit_price: '1', valid_from: today(), version: 2 })
  expect(kept.withdrawn_at).not.toBeNull()
  const change = { id: slip.id, version: 2 }
  for (const call of [
    () => client.call('pricing.end-price', { ...change, valid_through: today() }),
    () => client.call('pricing.update-price', { ...change, unit_price: '2' }),
    () => client.call('pricing.withdraw-price', change),
  ])
    await expect(call()).rejects.toMatchObject(refused('price_withdrawn'))
  const inForce = await client.call('pricing.list-prices', { price_list_id: general, on: today(), limit: 200 })
  expect(inForce.items.filter(({ variant_id }) => variant_id === item).map(({ id }) => id)).toEqual([right.id])
})

test('a price of today or later is withdrawn, one that began before is not', async () => {
  const { client } = owner
  const item = await variant()
  const old = await begun(general, item, '10')
  const planned = await set(general, item, '9', { min_quantity: '10', valid_from: inDays(5) })
  const withdraw = ({ id }: { id: string }) => client.call('pricing.withdraw-price', { id, version: 1 })
  await expect(withdraw(old)).rejects.toMatchObject(refused('price_begun'))
  expect((await withdraw(planned)).withdrawn_at).not.toBeNull()
  await set(general, item, '8', { min_quantity: '10', valid_from: inDays(5) })
})

test('a price for some days is followed by the one it stood in for, up to where that ended', async () => {
  const { client } = owner
  const item = await variant()
  const week = { replaces: true, valid_from: inDays(10), valid_through: inDays(16) }
  await set(general, item, '8', { valid_from: inDays(1) })
  await set(general, item, '6', week)
  const priceOn = async (days: number) => (await ask(item, { on: inDays(days) })).unit_price
  expect(await Promise.all([9, 10, 16, 17, 300].map(priceOn))).toEqual(['8', '6', '6', '8', '8'])
  // On the first day of the usual price, too; and one that ends is taken up only until then.
  await set(general, item, '5', { replaces: true, valid_from: inDays(17), valid_through: inDays(17) })
  expect(await Promise.all([16, 17, 18].map(priceOn))).toEqual(['6', '5', '8'])
  const ending = await variant()
  await set(general, ending, '3', { valid_from: inDays(10), valid_through: inDays(16) })
  await set(general, ending, '2', { replaces: true, valid_from: inDays(11), valid_through: inDays(12) })
  await set(general, ending, '1', { replaces: true, valid_from: inDays(15), valid_through: inDays(16) })
  const kept = (await client.call('pricing.list-prices', { price_list_id: general, limit: 200 })).items
  const periods = kept.filter(({ variant_id }) => variant_id === ending)
  expect(periods.map((one) => [one.unit_price, one.valid_from, one.valid_through]).sort()).toEqual([
    ['1', inDays(15), inDays(16)],
    ['2', inDays(11), inDays(12)],
    ['3', inDays(10), inDays(10)],
    ['3', inDays(13), inDays(14)],
  ])
})

test('nobody makes or moves a price into days gone by', async () => {
  const item = await variant()
  for (const more of [{ valid_from: inDays(-1) }, { valid_from: '2020-01-01', valid_through: '2020-12-31' }])
    await expect(set(general, item, '5', more)).rejects.toMatchObject(refused('price_past_rewritten'))
  const { id } = await set(general, item, '5', { valid_from: inDays(3) })
  const move = (valid_from: string) => owner.client.call('pricing.update-price', { id, version: 1, valid_from })
  await expect(move('2021-01-01')).rejects.toMatchObject(refused('price_past_rewritten'))
  await move(today())
  expect(await ask(item)).toMatchObject({ unit_price: '5' })
})

test('what goods cost that were deleted since, through a channel that ended since, is read for the days before', async () => {
  const { client } = owner
  const { id, version, variant: item } = await makeProduct(owner)
  await begun(general, item.id, '10')
  const channel = await client.call('channels.create-channel', { name: 'Gone by', type: 'direct' })
  const channelList = await list({ channel_id: channel.id })
  await begun(channelList, item.id, '9')
  const end = () => client.call('channels.delete-channel', { id: channel.id, version: 1 })
  await expect(end()).rejects.toMatchObject(refused('channel_in_use'))
  await client.call('pricing.delete-price-list', { id: channelList, version: 1 })
  await end()
  const before = { channel_id: channel.id, on: inDays(-1) }
  expect(await ask(item.id, before)).toMatchObject({ unit_price: '9' })
  await expect(ask(item.id, { channel_id: channel.id })).rejects.toMatchObject(refused('channel_not_found'))
  await expect(list({ channel_id: channel.id })).rejects.toMatchObject(refused('channel_not_found'))
  await client.call('catalog.delete-product', { id, version })
  expect(await ask(item.id, before)).toMatchObject({ unit_price: '9' })
  await expect(ask(item.id)).rejects.toMatchObject(refused('variant_not_found'))
})

test('a group of customers ends when nobody is in it and nothing is priced for it', async () => {
  const { client } = owner
  const group = await client.call('parties.create-group', { code: 'VIP', name: 'Very' })
  const { id } = await client.call('parties.create-party', { kind: 'person', name: 'Vip' })
  const member = { id, role: 'customer' } as const
  await client.call('parties.set-role', { ...member, version: 1, group_id: group.id })
  const groupList = await list({ customer_group_id: group.id })
  const end = () => client.call('parties.delete-group', { id: group.id, version: 1 })
  await expect(end()).rejects.toMatchObject(refused('customer_group_in_use'))
  await client.call('parties.end-role', { ...member, version: 2 })
  await expect(end()).rejects.toMatchObject(refused('customer_group_in_use'))
  await client.call('pricing.delete-price-list', { id: groupList, version: 1 })
  await end()
  await expect(list({ customer_group_id: group.id })).rejects.toMatchObject(refused('customer_group_not_found'))
  const [role] = (await client.call('parties.set-role', { ...member, version: 4 })).roles
  expect(role).toMatchObject({ group_id: null, ended_at: null })
  await client.call('parties.create-group', { code: 'VIP', name: 'Again' })
})

test('a price has begun when its day has come in the branch, or in any branch that it is for', async () => {
  // No two of these ever have the same day: 26 hours lie between them.
  const [first, last] = ['Pacific/Kiritimati', 'Etc/GMT+12'].map((zone) => dayIn(zone, now()))
  const branch = (code: string, time_zone: string) =>
    owner.client.call('tenants.create-branch', { entity_id: owner.entityId, code, name: code, time_zone })
  const [early, late] = [await branch('EARLY', 'Pacific/Kiritimati'), await branch('LATE', 'Etc/GMT+12')]
  const item = await variant()
  const change = ({ id }: { id: string }) =>
    owner.client.call('pricing.update-price', { id, version: 1, unit_price: '50' })
  const of = async (branch_id: string) => list({ branch_id, currency: 'GBP' })
  const there = await set(await of(early.id), item, '5', { valid_from: first })
  await expect(change(there)).rejects.toMatchObject(refused('price_begun'))
  const wide = await set(general, item, '5', { valid_from: first })
  await expect(change(wide)).rejects.toMatchObject(refused('price_begun'))
  const lateList = await of(late.id)
  const planned = await set(lateList, item, '5', { valid_from: first })
  expect(await change(planned)).toMatchObject({ unit_price: '50' })
  await set(lateList, item, '4', { valid_from: last, valid_through: last })
})

test('a price that has begun is not changed, and ends yesterday at the earliest', async () => {
  const { client } = owner
  const item = await variant()
  const { id } = await begun(general, item, '10')
  const change = client.call('pricing.update-price', { id, version: 1, unit_price: '1' })
  await expect(change).rejects.toMatchObject(refused('price_begun'))
  const end = (valid_through: string) => client.call('pricing.end-price', { id, version: 1, valid_through })
  await expect(end(inDays(-2))).rejects.toMatchObject(refused('price_past_rewritten'))
  await expect(end('2025-12-31')).rejects.toMatchObject(refused('price_period_crossed'))
  await end(inDays(-1))
  await expect(ask(item)).rejects.toMatchObject(refused('price_unknown'))
  const planned = await set(general, item, '10', { valid_from: inDays(10) })
  const moved = { id: planned.id, version: 1, unit_price: '11', valid_from: inDays(20), valid_through: inDays(30) }
  expect(await client.call('pricing.update-price', moved)).toMatchObject({ unit_price: '11', valid_from: inDays(20) })
})

test('there is one list for a place and currency; one that ended counts no more from that day on, and is read', async () => {
  const { client, branchId: branch_id } = owner
  await expect(list()).rejects.toMatchObject(refused('price_list_place_taken'))
  const dirham = await list({ currency: 'MAD', branch_id })
  const item = await variant()
  const { id } = await begun(dirham, item, '99.9')
  expect(await ask(item, { currency: 'MAD' })).toMatchObject({ unit_price: '99.9', price_list_id: dirham })
  await client.call('pricing.delete-price-list', { id: dirham, version: 1 })
  await expect(ask(item, { currency: 'MAD' })).rejects.toMatchObject(refused('price_unknown'))
  const yesterday = { currency: 'MAD', on: inDays(-1) }
  expect(await ask(item, yesterday)).toMatchObject({ unit_price: '99.9', price_list_id: dirham })
  expect(await client.call('pricing.get-price-list', { id: dirham })).toMatchObject({ ended_on: today() })
  const prices = async (on?: string) =>
    (await client.call('pricing.list-prices', { price_list_id: dirham, ...(on ? { on } : {}) })).items
  expect(await Promise.all([prices(), prices(inDays(-1)), prices(today())])).toMatchObject([[{ id }], [{ id }], []])
  const listed = (await client.call('pricing.list-price-lists', { limit: 200 })).items
  expect(listed.map((one) => one.id)).not.toContain(dirham)
  for (const change of [
    () => set(dirham, item, '1', { replaces: true }),
    () => client.call('pricing.end-price', { id, version: 1, valid_through: today() }),
    () => client.call('pricing.delete-price-list', { id: dirham, version: 2 }),
  ])
    await expect(change()).rejects.toMatchObject(refused('price_list_ended'))
  const next = await list({ currency: 'MAD', branch_id })
  await set(next, item, '100')
  expect(await ask(item, { currency: 'MAD' })).toMatchObject({ price_list_id: next })
  expect(await ask(item, yesterday)).toMatchObject({ price_list_id: dirham })
})

test('the prices of a variant are listed over all lists, those in force on a day page by page', async () => {
  const { client } = owner
  const item = await variant()
  const quantities = ['1', '2', '3']
  for (const min_quantity of quantities) await set(general, item, '5', { min_quantity })
  const other = await set(await list({ currency: 'JPY' }), item, '800')
  const planned = await set(general, item, '4', { min_quantity: '10', valid_from: inDays(5) })
  const all = await client.call('pricing.list-prices', { variant_id: item })
  expect(all.items).toHaveLength(5)
  expect(all.items.map(({ id }) => id)).toEqual(expect.arrayContaining([other.id, planned.id]))
  const found: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const asked = { variant_id: item, price_list_id: general, on: today(), limit: 1, ...(cursor ? { cursor } : {}) }
    const page = await client.call('pricing.list-prices', asked)
    found.push(...page.items.map(({ min_quantity }) => min_quantity))
    cursor = page.next_cursor
  }
  expect(found.toSorted()).toEqual(quantities)
  await expect(client.call('pricing.list-prices', { variant_id: crypto.randomUUID() })).rejects.toMatchObject(
    refused('variant_not_found'),
  )
  const change = (min_quantity: string) =>
    client.call('pricing.update-price', { id: planned.id, version: 1, min_quantity })
  await expect(change('2.5')).rejects.toMatchObject(refused('too_many_decimals'))
  expect(await change('20')).toMatchObject({ min_quantity: '20', unit_price: '4' })
})

test('a price is for a quantity that the unit of the product can count', async () => {
  const item = await variant()
  await set(general, item, '5')
  await expect(ask(item, { quantity: '0.5' })).rejects.toMatchObject(refused('too_many_decimals'))
  await expect(ask(item, { quantity: '0' })).rejects.toMatchObject(refused('quantity_zero'))
  expect(await ask(item, { quantity: '2.000' })).toMatchObject({ unit_price: '5' })
})

const wrong: [
  what: { unit_price?: string; min_quantity?: string; valid_from?: string; valid_through?: string },
  code: string,
][] = [
  [{ unit_price: '-1' }, 'invalid_input'],
  [{ unit_price: '1.1234567' }, 'invalid_input'],
  [{ unit_price: '12345678901234' }, 'invalid_input'],
  [{ min_quantity: '-1' }, 'invalid_input'],
  [{ min_quantity: '0.5' }, 'too_many_decimals'],
  [{ valid_from: '2030-01-02', valid_through: '2030-01-01' }, 'price_period_crossed'],
]

test.each(wrong)('a price with %j is refused: %s', async (more, code) => {
  const { unit_price = '1', ...rest } = more
  await expect(set(general, await variant(), unit_price, rest)).rejects.toMatchObject(refused(code))
})

test('who works in one branch sets its prices, reads those of all, and finds no list of another branch', async () => {
  const { client, entityId: entity_id, branchId } = owner
  const elsewhere = await client.call('tenants.create-branch', {
    entity_id,
    code: 'ELSE',
    name: 'Else',
    time_zone: 'UTC',
  })
  const [theirs, ours] = [
    await list({ branch_id: elsewhere.id, currency: 'USD' }),
    await list({ branch_id: branchId, currency: 'USD' }),
  ]
  const person = await signUpPerson(server)
  const roles = (await client.call('tenants.list-roles', {})).items
  const manager = roles.find(({ name }) => name === 'manager')?.id ?? ''
  await hire(server, owner, person, [manager], { entity_ids: [], region_ids: [], branch_ids: [branchId] })
  const scoped = clientIn(server, person, owner.tenantId)
  const item = await variant()
  const price = { variant_id: item, unit_price: '1', valid_from: today() }
  const seen = (await scoped.call('pricing.list-price-lists', { limit: 200 })).items.map(({ id }) => id)
  expect(seen).toEqual(expect.arrayContaining([ours, general]))
  expect(seen).not.toContain(theirs)
  await expect(scoped.call('pricing.get-price-list', { id: theirs })).rejects.toMatchObject(refused('not_found'))
  await expect(scoped.call('pricing.create-price', { ...price, price_list_id: theirs })).rejects.toMatchObject(
    refused('price_list_not_found'),
  )
  await expect(scoped.call('pricing.create-price', { ...price, price_list_id: general })).rejects.toMatchObject(
    refused('out_of_scope'),
  )
  await scoped.call('pricing.create-price', { ...price, price_list_id: ours })
  const foreign = await set(theirs, item, '2')
  const visible = (await scoped.call('pricing.list-prices', { variant_id: item })).items
  expect(visible.map(({ price_list_id }) => price_list_id)).toEqual([ours])
  await expect(scoped.call('pricing.get-price-entry', { id: foreign.id })).rejects.toMatchObject(refused('not_found'))
  await expect(scoped.call('pricing.get-price', { variant_id: item, branch_id: elsewhere.id })).rejects.toMatchObject(
    refused('price_branch_not_found'),
  )
})
