import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import type { OperationMap } from '../server/platform/operation.ts'
import { purgeIdempotencyKeys } from '../server/tenants/index.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { createProbeTable, probeOperations, whileGateClosed } from './harness/probe.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from './harness/server.ts'
import { until } from './harness/until.ts'

type Probe = OperationMap<typeof probeOperations>

let database: TestDatabase
let servers: TestServer[]
let owner: TestOwner

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  await createProbeTable(database.ownerUrl)
  const options = { database, more: { operations: probeOperations }, env: { LOCK_TIMEOUT_MS: '1500' } }
  servers = [await startTestServer(options), await startTestServer(options)]
  owner = await signUpOwner(serverAt(0))
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await database.drop()
})

function serverAt(index: number): TestServer {
  const server = servers[index % servers.length]
  if (!server) throw new Error('no server')
  return server
}

interface Posted {
  status: number
  body: { id: string; name: string; code?: string }
  replayed: boolean
}

/** Posts a thing, to either server, with or without a key. */
async function post(
  path: string,
  body: object,
  { key, at = 0, as = owner }: { key?: string; at?: number; as?: TestOwner } = {},
): Promise<Posted> {
  const response = await fetch(`${serverAt(at).url}/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: as.cookie,
      'comptoir-tenant': as.tenantId,
      ...(key ? { 'idempotency-key': `"${key}"` } : {}),
    },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    body: (await response.json()) as Posted['body'],
    replayed: response.headers.get('idempotency-replayed') === 'true',
  }
}

const countOf = (name: string) =>
  withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM probe.thing WHERE name = $1', [name])
    return rows[0].n as number
  })

// A batchable command and one in a transaction of its own keep the same promises.
describe.each(['things', 'slow-things'])('POST /v1/%s', (path) => {
  test('the same key and input replays the first answer, on either server', async () => {
    const key = uuidv7()
    const name = `replay ${key}`
    const first = await post(path, { name }, { key })
    const second = await post(path, { name }, { key, at: 1 })
    expect(first).toMatchObject({ status: 201, replayed: false })
    expect(second).toEqual({ ...first, replayed: true })
    expect(await countOf(name)).toBe(1)
  })

  test('the same key with another input is refused and writes nothing', async () => {
    const key = uuidv7()
    await post(path, { name: `one ${key}` }, { key })
    const second = await post(path, { name: `two ${key}` }, { key, at: 1 })
    expect(second).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
    expect(await countOf(`two ${key}`)).toBe(0)
  })

  test('twenty duplicates at once on two servers happen once and get one answer', async () => {
    const key = uuidv7()
    const name = `storm ${key}`
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => post(path, { name }, { key, at })))
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 201))
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
    expect(await countOf(name)).toBe(1)
  })

  test('an id made by the client is a key of its own', async () => {
    const id = uuidv7()
    const name = `own id ${id}`
    const first = await post(path, { id, name })
    expect(await post(path, { id, name }, { at: 1 })).toEqual({ ...first, replayed: true })
    expect(await post(path, { id, name }, { key: uuidv7() })).toEqual({ ...first, replayed: true })
    expect(await post(path, { id, name: 'another' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    })
    const storm = uuidv7()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => post(path, { id: storm, name: `storm ${storm}` }, { at })),
    )
    expect(answers.map((answer) => [answer.status, answer.body.id])).toEqual(answers.map(() => [201, storm]))
    expect(await countOf(`storm ${storm}`)).toBe(1)
  })

  test('keys belong to one actor, one tenant and one operation', async () => {
    const key = uuidv7()
    const other = await signUpOwner(serverAt(0))
    const colleague = await signUpPerson(serverAt(0))
    const [role] = (await owner.client.call('tenants.list-roles', {})).items
    await hire(serverAt(0), owner, colleague, [role?.id ?? ''])
    const everybody = [owner, other, { ...owner, cookie: colleague.cookie }]
    const answers = await Promise.all(everybody.map((as) => post(path, { name: `scope ${key}` }, { key, as })))
    const elsewhere = await post(path === 'things' ? 'slow-things' : 'things', { name: `scope ${key}` }, { key })
    expect(new Set([...answers, elsewhere].map((answer) => answer.body.id)).size).toBe(4)
    expect(await countOf(`scope ${key}`)).toBe(4)
  })
})

test('a duplicate that arrives while the first is in flight gets its answer', async () => {
  const key = uuidv7()
  const name = `in flight ${key}`
  let both: Promise<Posted[]> = Promise.resolve([])
  await whileGateClosed(database.superuserUrl, async (waiting) => {
    const first = post('slow-things', { name, id: key }, { key })
    await until('the first stands at the gate', async () => (await waiting()) === 1)
    both = Promise.all([first, post('slow-things', { name, id: key }, { key, at: 1 })])
    await until('the second waits for it', async () => (await waiting()) === 2)
  })
  const [first, second] = await both
  expect(first).toMatchObject({ status: 201, replayed: false })
  expect(second).toEqual({ ...first, replayed: true })
  expect(await countOf(name)).toBe(1)
})

test('a duplicate that waits past the lock timeout is told to come back', async () => {
  const key = uuidv7()
  const name = `wait ${key}`
  let first: Promise<Posted> | undefined
  let late: Posted | undefined
  await whileGateClosed(database.superuserUrl, async (waiting) => {
    first = post('slow-things', { name, id: key }, { key })
    await until('the first stands at the gate', async () => (await waiting()) === 1)
    late = await post('slow-things', { name, id: key }, { key, at: 1 })
  })
  expect(late).toMatchObject({ status: 409, body: { code: 'busy' } })
  // The first one waited at the gate for as long, and was itself told to come back.
  const firstStatus = (await first)?.status
  const again = await post('slow-things', { name, id: key }, { key })
  expect([201, 409]).toContain(firstStatus)
  expect(again.status).toBe(201)
  expect(await countOf(name)).toBe(1)
})

test('a refusal is not kept: the same key may succeed later', async () => {
  const key = uuidv7()
  const viewer = await signUpOwner(serverAt(0))
  const entity = uuidv7()
  const branch = { entity_id: entity, code: 'LATER', name: 'Later', time_zone: 'Europe/Paris' }
  expect(await post('branches', branch, { key, as: viewer })).toMatchObject({
    status: 422,
    body: { code: 'entity_not_found' },
  })
  await viewer.client.call('tenants.create-entity', {
    id: entity,
    legal_name: 'Later SARL',
    country: 'FR',
    currency: 'EUR',
  })
  expect(await post('branches', branch, { key, as: viewer })).toMatchObject({ status: 201, replayed: false })
})

test('a repeated change of a version replays instead of losing to itself', async () => {
  const key = uuidv7()
  const change = { id: owner.branchId, version: 1, name: 'Once' }
  const first = await owner.client.request('tenants.update-branch', change, { idempotencyKey: key })
  const second = await owner.client.request('tenants.update-branch', change, { idempotencyKey: key })
  expect(second.body).toEqual(first.body)
  expect(second.headers.get('etag')).toBe('"2"')
  await expect(owner.client.call('tenants.update-branch', change)).rejects.toMatchObject({ problem: { status: 412 } })
})

test('the same key with another secret is refused, and what is kept of a secret cannot be tried out', async () => {
  const key = uuidv7()
  const change = { name: 'messaging.reply-to', version: 0 }
  const set = (value: string, at = 0) =>
    clientIn(serverAt(at), owner, owner.tenantId).request(
      'settings.set-setting',
      { ...change, value },
      { idempotencyKey: key },
    )
  await set('first@example.org')
  expect((await set('first@example.org', 1)).headers.get('idempotency-replayed')).toBe('true')
  await expect(set('second@example.org')).rejects.toMatchObject({ problem: { code: 'idempotency_key_reused' } })
  const guess = createHash('sha256')
    .update(JSON.stringify({ ...change, value: 'first@example.org' }))
    .digest()
  await withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query('SELECT request_hash FROM platform.idempotency_key WHERE tenant_id = $1', [
      owner.tenantId,
    ])
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ request_hash }) => guess.equals(request_hash))).toEqual([])
  })
})

test("another person's id is taken, and says no more than that", async () => {
  const id = uuidv7()
  const [role] = (await owner.client.call('tenants.list-roles', {})).items
  const colleague = await signUpPerson(serverAt(0))
  await hire(serverAt(0), owner, colleague, [role?.id ?? ''])
  await post('things', { id, name: 'mine' })
  const theirs = await post('things', { id, name: 'mine' }, { as: { ...owner, cookie: colleague.cookie } })
  expect(theirs).toMatchObject({ status: 409, body: { code: 'already_exists' } })
})

test('making a tenant happens once, and its secret answers are not kept', async () => {
  const person = await signUpPerson(serverAt(0))
  const id = uuidv7()
  const input = { id, legal_name: 'Twice SARL', time_zone: 'Europe/Paris', country: 'FR', currency: 'EUR' }
  const made = await Promise.all([
    person.client.call('tenants.create-tenant', input),
    person.client.call('tenants.create-tenant', input),
  ])
  expect(made[1]).toEqual(made[0])
  expect((await person.client.call('tenants.list-tenants', {})).items).toHaveLength(1)

  const client = createClient<Probe>({ url: serverAt(0).url, headers: { cookie: person.cookie } })
  const key = { id: uuidv7(), name: 'k', permissions: ['*'], expires_at: '2036-01-01T00:00:00Z' }
  const first = (await client.request('tenants.create-api-key', key)).body as { secret: string | null }
  const second = (await client.request('tenants.create-api-key', key)).body as { secret: string | null }
  expect(first.secret).toMatch(/^ck_/)
  expect(second).toEqual({ ...first, secret: null })
})

test('answers are forgotten after 30 days, by the job, and not before', async () => {
  const [old, recent] = [uuidv7(), uuidv7()]
  await post('things', { name: 'old' }, { key: old })
  await post('things', { name: 'recent' }, { key: recent })
  await withClient(database.superuserUrl, (client) =>
    client.query(
      `UPDATE platform.idempotency_key SET created_at = now() - CASE WHEN answer -> 'body' ->> 'name' = 'old' THEN interval '31 days' ELSE interval '29 days' END
       WHERE tenant_id = $1`,
      [owner.tenantId],
    ),
  )
  await serverAt(0).product.runJob(purgeIdempotencyKeys, {})
  expect(await post('things', { name: 'recent' }, { key: recent })).toMatchObject({ replayed: true })
  expect(await post('things', { name: 'old' }, { key: old })).toMatchObject({ status: 201, replayed: false })
})
