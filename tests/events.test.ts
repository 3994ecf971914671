import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { knownTypes, nouns } from '../server/events/nouns.ts'
import { inTransaction } from '../server/platform/database.ts'
import { presetPermissions } from '../server/role-presets.ts'
import { type Listening, listen as open } from './harness/events.ts'
import { startServerProcess } from './harness/process.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestPerson,
  type TestServer,
  testAuthSecret,
} from './harness/server.ts'
import { makeGoods, openTill, sell } from './harness/till.ts'
import { until } from './harness/until.ts'

let server: TestServer
let owner: TestOwner
const listening: Listening[] = []
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterEach(() => {
  for (const one of listening.splice(0)) one.close()
})
afterAll(() => server.close())

async function listen(...given: Parameters<typeof open>): Promise<Listening> {
  const made = await open(...given)
  listening.push(made)
  return made
}
const headersOf = ({ cookie }: Pick<TestPerson, 'cookie'>, tenantId: string) => ({
  cookie,
  'comptoir-tenant': tenantId,
})
const listenAs = (person: Pick<TestPerson, 'cookie'>, { tenantId } = owner) =>
  listen(server, headersOf(person, tenantId))
let made = 0
const changeParties = (who = owner) => who.client.call('parties.create-party', { kind: 'person', name: `No ${++made}` })
const namesOf = (one: Listening) => [...new Set(one.events.flatMap(({ resources }) => resources))].toSorted()

async function hireAs(role: string, branchIds?: string[]): Promise<TestPerson> {
  const { items } = await owner.client.call('tenants.list-roles', { limit: 200 })
  const person = await signUpPerson(server)
  const scope = branchIds ? { entity_ids: [], region_ids: [], branch_ids: branchIds } : null
  await hire(server, owner, person, [items.find(({ name }) => name === role)?.id ?? ''], scope)
  return { ...person, client: clientIn(server, person, owner.tenantId) }
}

async function readingsOf(): Promise<number> {
  const text = await server.product.metrics.registry.metrics()
  return Number.parseInt(/comptoir_event_readings_total (\d+)/.exec(text)?.[1] ?? '0', 10)
}

async function listenersAt(count: number): Promise<unknown> {
  return until(`${count} listen`, async () =>
    (await server.product.metrics.registry.metrics()).includes(`comptoir_event_listeners ${count}\n`),
  )
}

test('a sale is told to whoever may see sales, stock and sessions, as nouns without ids, and nothing holds it back', async () => {
  const till = await openTill(owner)
  const variant = await makeGoods(owner)
  const mine = await listenAs(owner)
  expect(mine.headers.get('content-type')).toBe('text/event-stream')
  expect(mine.headers.get('content-encoding')).toBeNull()
  expect(mine.headers.get('cache-control')).toBe('no-store, no-transform')
  const { id } = await sell(owner, till, [{ variant_id: variant }])
  await mine.told('sales.sale')
  await mine.told('inventory.level')
  await mine.told('cash.session')
  expect(mine.text()).not.toContain(id)
  expect(mine.text()).not.toContain(variant)
})

test('an alert that a job opens is told, also to whoever works in one branch', async () => {
  const variant_id = await makeGoods(owner, { stock: '1' })
  const policy = { variant_id, reorder_point: '5', valid_from: '2026-01-01' }
  await owner.client.call('replenishment.create-policy', policy)
  const theirs = await listenAs(await hireAs('manager', [owner.branchId]))
  const job = server.product.jobs.find(({ name }) => name === 'replenishment.refresh-alerts')
  if (job) await server.product.runJob(job, {})
  await theirs.told('replenishment.alert')
})

test('a change that comes through one server is told by the other', async () => {
  const { database, dataDir } = server
  const urls = Object.entries(database.roleUrls).map(([kind, url]) => [`DATABASE_${kind.toUpperCase()}_URL`, url])
  const second = await startServerProcess({
    ...{ DATA_DIR: dataDir, DATABASE_URL: database.ownerUrl, AUTH_SECRET: testAuthSecret, JOBS_CONCURRENCY: '0' },
    ...Object.fromEntries(urls),
  })
  const there = await listen(second, headersOf(owner, owner.tenantId))
  await changeParties()
  await there.told('parties.party')
  // A stream that is open holds nothing up.
  expect(await second.end('SIGTERM')).toBe(0)
  await there.ended
}, 60_000)

test('however many listen to a tenant, its new entries are read once for all', async () => {
  const people = [owner, ...(await Promise.all(Array.from({ length: 9 }, () => hireAs('manager'))))]
  const all = await Promise.all(Array.from({ length: 100 }, (_, at) => listenAs(people[at % 10] ?? owner)))
  await listenersAt(100)
  const before = await readingsOf()
  await changeParties()
  await Promise.all(all.map((one) => one.told('parties.party')))
  expect((await readingsOf()) - before).toBe(1)
  for (const one of all) one.close()
  await listenersAt(0)
})

describe('nobody is told of', () => {
  test('what happens in another tenant', async () => {
    const other = await signUpOwner(server)
    const [mine, theirs] = [await listenAs(owner), await listenAs(other, other)]
    await changeParties(owner)
    await mine.told('parties.party')
    await other.client.call('catalog.create-category', { name: 'Soaps' })
    await theirs.told('catalog.category')
    expect(namesOf(theirs)).toEqual(['catalog.category'])
  })

  test('what they may not see', async () => {
    const clerk = await hireAs('cashier')
    const theirs = await listenAs(clerk)
    const setting = { name: 'sales.discount-limit-percent', version: 0, value: 7 }
    await owner.client.call('settings.set-setting', setting)
    await owner.client.call('ledger.create-account', {
      ...{ entity_id: owner.entityId, code: `X${++made}`, name: 'X', type: 'asset', currency: 'EUR' },
    })
    await changeParties()
    await theirs.told('parties.party')
    expect(namesOf(theirs)).toEqual(['parties.party'])
  })

  test('what was refused', async () => {
    const clerk = await hireAs('cashier')
    const mine = await listenAs(owner)
    const refused = clerk.client.call('catalog.create-category', { name: 'Mine' })
    await expect(refused).rejects.toMatchObject({ problem: { code: 'forbidden' } })
    await changeParties()
    await mine.told('parties.party')
    expect(namesOf(mine)).toEqual(['parties.party'])
  })

  test('what happens in branches elsewhere, also where an entry does not say where', async () => {
    const branch = { entity_id: owner.entityId, code: 'EVEN', name: 'Elsewhere', time_zone: 'Europe/Paris' }
    const { id: elsewhere } = await owner.client.call('tenants.create-branch', branch)
    const till = await openTill(owner)
    const variant = await makeGoods(owner)
    const [here, away] = [await hireAs('manager', [owner.branchId]), await hireAs('manager', [elsewhere])]
    const [mine, theirs] = [await listenAs(here), await listenAs(away)]
    await sell(owner, till, [{ variant_id: variant }])
    const { client } = owner
    await client.call('cash.pay-in', { id: till.session_id, amount: '5', reason: 'Coins' })
    const count = await client.call('counts.create-count', { branch_id: owner.branchId, variant_ids: [variant] })
    await client.call('counts.enter-lines', { id: count.id, lines: [{ variant_id: variant, quantity: '3' }] })
    for (const noun of ['sales.sale', 'inventory.level', 'counts.count', 'cash.session']) await mine.told(noun)
    await changeParties()
    await theirs.told('parties.party')
    expect(namesOf(theirs).filter((noun) => !noun.startsWith('parties.'))).toEqual([])
    // A session that is closed names no branch in its entry, and it is told where it is.
    const again = await listenAs(here)
    await client.call('cash.close-session', { id: till.session_id, version: 1 })
    await again.told('cash.session')

    const [from_branch_id, to_branch_id] = [owner.branchId, elsewhere]
    const lines = [{ variant_id: variant, quantity: '1' }]
    await client.call('transfers.create-transfer', { from_branch_id, to_branch_id, lines })
    await theirs.told('transfers.transfer')
  })
})

describe('whoever connects again', () => {
  test('is told in one message what they missed, and nothing twice', async () => {
    const first = await listenAs(owner)
    const last = first.events[0]?.id ?? ''
    first.close()
    await changeParties()
    await owner.client.call('catalog.create-category', { name: `Missed ${++made}` })
    const again = await listen(server, { ...headersOf(owner, owner.tenantId), 'last-event-id': last })
    await again.told('parties.party')
    expect(again.events.map(({ event, resources }) => [event, resources])).toEqual([
      ['ready', []],
      ['changed', ['catalog.category', 'parties.party']],
    ])
    const id = again.events.at(-1)?.id ?? ''
    const third = await listen(server, { cookie: owner.cookie }, { tenant_id: owner.tenantId, last_event_id: id })
    await changeParties()
    await third.told('parties.party')
    expect(third.events).toHaveLength(2)
  })

  test('is told to read all anew where too much was missed, or the number is none of this chain', async () => {
    const head = { ...headersOf(owner, owner.tenantId), 'last-event-id': '999999999' }
    const ahead = await listen(server, head)
    await until('it is told', () => ahead.events.some(({ event }) => event === 'reset'))
    const { databases } = server.product
    await inTransaction(databases.app, owner.tenantId, (tx) =>
      tx.client.query(
        `SELECT FROM audit.record($1, (SELECT jsonb_agg(jsonb_build_object('event', 'test.many', 'severity', 'info')) FROM generate_series(1, 10001)))`,
        [owner.tenantId],
      ),
    )
    await until(
      'the one who listens is told, too',
      () => ahead.events.filter((one) => one.event === 'reset').length > 1,
    )
    const late = await listen(server, { ...headersOf(owner, owner.tenantId), 'last-event-id': '1' })
    await until('it is told', () => late.events.some(({ event }) => event === 'reset'))
  })
})

describe('a stream is refused', () => {
  const refused = async (headers: Record<string, string>, query = '') => {
    const response = await fetch(`${server.url}/v1/events${query}`, { headers })
    return [response.status, ((await response.json()) as { code: string }).code]
  }

  test('without credentials, in a tenant of others, or where no tenant is named of several', async () => {
    const other = await signUpOwner(server)
    expect(await refused({})).toEqual([401, 'unauthenticated'])
    expect(await refused({ cookie: owner.cookie }, `?tenant_id=${other.tenantId}`)).toEqual([404, 'tenant_not_found'])
    expect(await refused(headersOf(owner, other.tenantId))).toEqual([404, 'tenant_not_found'])
    const person = await signUpPerson(server)
    expect(await refused({ cookie: person.cookie })).toEqual([400, 'tenant_required'])
  })

  test('to a person with twelve of them', async () => {
    const person = await hireAs('cashier')
    const twelve = await Promise.all(Array.from({ length: 12 }, () => listenAs(person)))
    expect(await refused(headersOf(person, owner.tenantId))).toEqual([429, 'too_many_requests'])
    twelve[0]?.close()
    await until('there is room', async () => {
      const next = await listenAs(person)
      return next.status === 200
    })
  })
})

test('a stream ends with its session, within a minute, and one whose owner is suspended at once', async () => {
  const [leaver, suspended] = [await hireAs('cashier'), await hireAs('cashier')]
  const [first, second] = [await listenAs(leaver), await listenAs(suspended)]
  const { items } = await owner.client.call('tenants.list-employees', { limit: 200 })
  const employee = items.find((one) => one.user_id === suspended.userId)
  if (!employee) throw new Error('nobody was hired')
  await owner.client.call('tenants.update-employee', {
    ...{ id: employee.id, version: employee.version, status: 'suspended' },
  })
  await second.ended
  await leaver.client.call('identity.sign-out', {})
  let hasEnded = false
  void first.ended.then(() => {
    hasEnded = true
  })
  await until('the stream ends', () => hasEnded, 60)
}, 90_000)

test('a server that closes ends its streams and waits for none', async () => {
  const { database } = server
  const another = await startTestServer({ database })
  const one = await listen(another, headersOf(owner, owner.tenantId))
  await another.close()
  await one.ended
  expect(one.events.map(({ event }) => event)).toEqual(['ready'])
})

test('every noun is told by a permission that exists, under the module that it is of', () => {
  for (const [name, { permission }] of Object.entries(nouns)) {
    expect(presetPermissions, name).toContain(permission)
    expect(permission.split('.')[0], name).toBe(name.split('.')[0])
  }
})

// What is the platform's alone, or is read by nobody's list.
// What was saved of reports is its owner's, and rollups change nothing. The last two are what a certificate names, and leave no entry.
const untold = [
  'checkpoint',
  'platform',
  'rates',
  'session',
  'signing_key',
  'encryption_key',
  'user',
  'saved_report',
  'report_rollups',
  'audit_chain',
  'database',
]

test('every type of thing that leaves an entry in a chain is told, or said not to be', () => {
  const root = join(import.meta.dirname, '../server')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!test)\.ts$/.test(file))
  const types = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/resource(?:_type)?: '([a-z_-]+)'/g)].map(([, type]) => type),
  )
  expect(types.length).toBeGreaterThan(100)
  expect([...new Set(types)].filter((type) => ![...knownTypes, ...untold].includes(type ?? ''))).toEqual([])
})
