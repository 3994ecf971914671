import pg from 'pg'
import { symbols } from 'pino'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { compose, type Product } from '../server/compose.ts'
import { parseConfig } from '../server/platform/config.ts'
import { job } from '../server/platform/jobs.ts'
import { createLog } from '../server/platform/log.ts'
import { command, query } from '../server/platform/operation.ts'
import { signingKeyOf } from '../server/platform/signing-keys.ts'
import { type Sent, sendTo } from './harness/http.ts'
import { createTestDatabase, type TestDatabase } from './harness/postgres.ts'
import { until } from './harness/until.ts'

/** What nobody may find in a log, an audit entry or a metric. */
const personal = {
  email: 'zineb.personal@example.org',
  name: 'Zineb Personal',
  place: 'Zineb at the till',
  password: 'a very secret passphrase',
  guess: 'a wrong guess of a password',
  address: '203.0.113.77',
  device: 'Personal Telephone 7',
  cursor: 'personal-cursor',
}
/** Made on the way: session tokens, cookies, keys. */
const secrets: string[] = []
const lines: string[] = []
let serializationFailures = 1

const probe = {
  summary: 'A probe.',
  permission: null,
  reach: 'any',
  input: z.strictObject({}),
  output: z.null(),
} as const
const failing = job({
  name: 'test.fail',
  payload: z.unknown(),
  handle: () => Promise.reject(new Error(`cannot write to ${personal.email}`)),
})
const operations = [
  query({
    ...probe,
    name: 'test.break',
    route: 'GET /v1/test-break',
    handle: () =>
      Promise.reject(new TypeError(`no such ${personal.email}`, { cause: new Error(`because of ${personal.name}`) })),
  }),
  command({
    ...probe,
    name: 'test.misquote',
    route: 'POST /v1/test-misquote',
    handle: async ({ client }) => (await client.query('SELECT $1::text::uuid', [personal.email])) && null,
  }),
  command({
    ...probe,
    name: 'test.violate',
    route: 'POST /v1/test-violate',
    handle: async ({ client, tenantId }) =>
      (await client.query('UPDATE tenants.role SET name = NULL, permissions = $2 WHERE tenant_id = $1', [
        tenantId,
        [personal.email],
      ])) && null,
  }),
  command({
    ...probe,
    name: 'test.retry',
    route: 'POST /v1/test-retry',
    handle: async ({ client }) => {
      if (serializationFailures-- > 0) await client.query("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
      return null
    },
  }),
  command({
    ...probe,
    name: 'test.enqueue',
    route: 'POST /v1/test-enqueue',
    handle: async ({ enqueue }) => {
      enqueue(failing, { reason: personal.email }, { runAt: new Date('2026-01-01T00:00:00Z') })
      return null
    },
  }),
]

let database: TestDatabase
let superuser: pg.Client
let product: Product
let tenantId: string
let cookie: string

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  superuser = new pg.Client({ connectionString: database.superuserUrl })
  await superuser.connect()
  const log = createLog('trace')
  Object.assign(log, { [symbols.streamSym]: { write: (line: string) => lines.push(line) } })
  const config = parseConfig({ TRUST_PROXY: '127.0.0.1', DATA_DIR: '/nowhere' })
  const more = { operations, jobs: [failing] }
  const signingKeys = () => [signingKeyOf(Buffer.alloc(32, 3))]
  product = await compose({ config, urls: database.roleUrls, authSecret: 'c'.repeat(40), signingKeys, log, more })
  await liveADay()
})

afterAll(async () => {
  await product.http.close()
  await product.databases.end()
  await superuser.end()
  await database.drop()
})

const send = (request: Sent) =>
  sendTo(
    { product },
    {
      ...request,
      headers: {
        'user-agent': personal.device,
        'x-forwarded-for': personal.address,
        ...(cookie ? { cookie } : {}),
        ...request.headers,
      },
    },
  )
const post = (url: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  send({ method: 'POST', url, body, headers })

/** A day in which every personal value and every secret passes through, and much goes wrong. */
async function liveADay() {
  const { email, name, password, place } = personal
  await post('/v1/users', { email, name, password })
  await post('/v1/users', { email, name, password: 'short' })
  await post('/v1/sessions', { email, password: personal.guess })
  const session = await post('/v1/sessions', { email, password })
  cookie = String(session.headers['set-cookie']).split(';')[0] ?? ''
  secrets.push(decodeURIComponent(cookie.split('=')[1] ?? ''), cookie.split('=')[1] ?? '')

  const shop = { legal_name: 'Shop', time_zone: 'Europe/Paris', country: 'FR', currency: 'EUR' }
  const tenant = (await post('/v1/tenants', shop)).json()
  tenantId = tenant.id
  const employee = { display_name: place, version: 1 }
  await send({ method: 'PATCH', url: `/v1/employees/${tenant.employee_id}`, body: employee })
  await send({ method: 'PATCH', url: `/v1/employees/${tenant.employee_id}`, body: employee })
  await send({ url: '/v1/me' })
  await send({ url: `/v1/branches?cursor=${personal.cursor}` })

  const key = { name: 'till', permissions: ['*'], expires_at: '2036-01-01T00:00:00Z' }
  const { secret } = (await post('/v1/api-keys', key, { 'idempotency-key': 'made-once' })).json()
  secrets.push(secret)
  await post('/v1/api-keys', key, { 'idempotency-key': 'made-once' })
  await send({ url: '/v1/tenant', headers: { authorization: `Bearer ${secret}` } })
  await send({ url: '/v1/tenant', headers: { authorization: `Bearer ${secret}x` } })
  await send({ url: `/v1/nothing/${email}?name=${encodeURIComponent(name)}` })
  await send({ method: 'POST', url: '/v1/users', payload: `{"email":"${email}"` })
  for (const url of ['/v1/test-misquote', '/v1/test-violate', '/v1/test-retry', '/v1/test-enqueue']) await post(url)
  await send({ url: '/v1/test-break' })
}

function findIn(text: string): string[] {
  return [...Object.values(personal), ...secrets].filter((value) => text.includes(value))
}

describe('the log', () => {
  test('is JSON, one line a request, with its id, tenant, operation and status', () => {
    const entries = lines.map((line) => JSON.parse(line))
    const requests = entries.filter(({ msg }) => msg === 'request')
    for (const one of requests) {
      expect(one).toMatchObject({
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
        ms: expect.any(Number),
        status: expect.any(Number),
      })
    }
    const told = requests.map(({ operation, status, tenantId: where }) => `${operation} ${status} ${where ?? '-'}`)
    expect(told).toEqual(
      expect.arrayContaining([
        'identity.sign-up 204 -',
        'identity.sign-up 400 -',
        'identity.sign-in 401 -',
        'identity.sign-in 201 -',
        'tenants.create-tenant 201 -',
        `tenants.update-employee 200 ${tenantId}`,
        `tenants.update-employee 412 ${tenantId}`,
        `tenants.create-api-key 201 ${tenantId}`,
        'tenants.get-tenant 401 -',
        `test.break 500 ${tenantId}`,
      ]),
    )
  })

  test('holds nothing personal and no secret, of failures either', () => {
    expect(lines.length).toBeGreaterThan(15)
    expect(lines.filter((line) => findIn(line).length > 0)).toEqual([])
  })

  test('says of a bug where it is, under the request id that the client was given, and the client no more', async () => {
    const response = await send({ url: '/v1/test-break' })
    expect(response.statusCode).toBe(500)
    expect(findIn(response.body)).toEqual([])
    const requestId = response.json().instance.replace('urn:uuid:', '')
    const entry = lines.map((line) => JSON.parse(line)).find((one) => one.requestId === requestId && one.level === 50)
    expect(entry.err).toMatchObject({
      type: 'TypeError',
      stack: expect.stringMatching(/at .*observability\.test\.ts(\?\S+)?:\d+/),
    })
    expect(entry.err.cause.stack).toMatch(/observability\.test\.ts(\?\S+)?:\d+/)
  })

  test('says of an error of the database which rule it broke, not with what', () => {
    const errors = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 50)
    const codes = errors.map(({ err }) => `${err?.code} ${err?.table ?? '-'} ${err?.column ?? '-'}`)
    expect(codes).toEqual(expect.arrayContaining(['22P02 - -', '23502 role name']))
  })

  test('says of a failed job which one it was, and nothing of what it had', async () => {
    const { stop } = await product.startJobs()
    const failed = () => lines.find((line) => line.includes('"job":true') && line.includes('test.fail'))
    const line = await until('the job to fail', failed)
    await stop()
    expect(JSON.parse(line)).toMatchObject({ level: 50, job: true })
    expect(lines.flatMap(findIn)).toEqual([])
  })
})

describe('the metrics', () => {
  const read = async () => (await sendTo({ product }, { url: '/metrics' })).body
  const measured = (text: string, sample: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${sample} `))
        ?.split(' ')[1],
    )

  test('count requests by operation and status, their time and the sizes of batches', async () => {
    const before = await read()
    await send({ url: '/v1/me' })
    const [branch] = (await send({ url: '/v1/branches' })).json().items
    const opened = { entity_id: branch.entity_id, name: 'New', time_zone: 'Europe/Paris' }
    await Promise.all(['N1', 'N2', 'N3'].map((code) => post('/v1/branches', { ...opened, code })))
    const after = await read()
    const grown = (sample: string) => measured(after, sample) - (measured(before, sample) || 0)
    expect(grown('comptoir_requests_total{operation="identity.get-me",status="200"}')).toBe(1)
    expect(grown('comptoir_requests_total{operation="tenants.create-branch",status="201"}')).toBe(3)
    expect(grown('comptoir_request_duration_seconds_count{operation="tenants.create-branch"}')).toBe(3)
    expect(grown('comptoir_batch_size_sum{operation="tenants.create-branch"}')).toBe(3)
    expect(measured(after, 'comptoir_requests_total{operation="identity.sign-in",status="401"}')).toBe(1)
  })

  test('show pools, waiting and late jobs, and transactions run again', async () => {
    await post('/v1/test-enqueue')
    const text = await read()
    for (const pool of ['app', 'read', 'identity', 'jobs']) {
      const states = ['open', 'idle', 'waiting'].map((state) =>
        measured(text, `comptoir_pool_connections{pool="${pool}",state="${state}"}`),
      )
      for (const state of states) expect(state).toBeGreaterThanOrEqual(0)
    }
    expect(measured(text, 'comptoir_pool_connections{pool="app",state="open"}')).toBeGreaterThan(0)
    expect(measured(text, 'comptoir_job_queue{measure="due"}')).toBeGreaterThan(0)
    expect(measured(text, 'comptoir_job_queue{measure="lag_seconds"}')).toBeGreaterThan(60)
    expect(measured(text, 'comptoir_job_queue{measure="dead"}')).toBe(0)
    expect(measured(text, 'comptoir_transaction_retries_total{reason="40001"}')).toBe(1)
    await superuser.query('UPDATE graphile_worker._private_jobs SET attempts = max_attempts')
    expect(measured(await read(), 'comptoir_job_queue{measure="dead"}')).toBeGreaterThan(0)
  })

  test('name nobody: no ids, no unknown paths, nothing personal', async () => {
    const text = await read()
    expect(findIn(text)).toEqual([])
    expect(text).not.toContain(tenantId)
    expect(text).not.toContain('nothing')
  })
})

describe('what is kept', () => {
  test('an audit entry names personal values and secrets without showing them', async () => {
    const { rows } = await superuser.query('SELECT event, body FROM audit.entry ORDER BY recorded_at, seq')
    const events = new Set(rows.map(({ event }) => event))
    for (const event of ['identity.sign-up', 'identity.sign-in', 'tenants.update-employee', 'tenants.create-api-key']) {
      expect(events).toContain(event)
    }
    expect(rows.filter(({ body }) => findIn(body).length > 0)).toEqual([])
    const [signUp, renamed] = ['identity.sign-up', 'tenants.update-employee'].map((event) =>
      rows.find((row) => row.event === event),
    )
    expect(JSON.parse(signUp.body).input).toEqual({ email: '(personal)', name: '(personal)', password: '(secret)' })
    expect(JSON.parse(renamed.body)).toMatchObject({
      input: { display_name: '(personal)' },
      old_values: { display_name: '(personal)', status: 'active' },
      new_values: { display_name: '(personal)', version: 2 },
    })
  })

  test('a stored answer holds no secret, and its replay shows null in its place', async () => {
    const { rows } = await superuser.query('SELECT answer::text FROM platform.idempotency_key')
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ answer }) => secrets.some((secret) => answer.includes(secret)))).toEqual([])
    const key = { name: 'till', permissions: ['*'], expires_at: '2036-01-01T00:00:00Z' }
    const replay = await post('/v1/api-keys', key, { 'idempotency-key': 'made-once' })
    expect([replay.statusCode, replay.json().secret, replay.headers['idempotency-replayed']]).toEqual([
      201,
      null,
      'true',
    ])
  })

  test('passwords, session tokens and keys are nowhere in the database, in no column of no table', async () => {
    const tables = await superuser.query(
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'`,
    )
    for (const { name } of tables.rows) {
      const { rows } = await superuser.query(
        `SELECT count(*)::int AS found FROM ${name} t, unnest($1::text[]) AS given (value) WHERE position(given.value IN t::text) > 0`,
        [[personal.password, personal.guess, ...secrets]],
      )
      expect([name, rows[0].found]).toEqual([name, 0])
    }
  })
})
