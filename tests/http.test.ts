import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { query } from '../server/platform/operation.ts'
import { expectProblem, type Sent, sendTo, signIn } from './harness/http.ts'
import { createTestDatabase, type TestDatabase } from './harness/postgres.ts'
import {
  signUpOwner,
  startTestServer,
  type TestOwner,
  type TestServer,
  type TestServerOptions,
} from './harness/server.ts'
import { until } from './harness/until.ts'

const held: { release?: () => void } = {}
const plain = {
  summary: 'A probe.',
  permission: null,
  reach: 'any',
  input: z.strictObject({}),
  output: z.object({ value: z.string() }),
} as const
const place = "SELECT current_user || ' in ' || current_database() AS value"
const probes = [
  query({
    ...plain,
    name: 'test.break',
    route: 'GET /v1/test-break',
    handle: () => Promise.reject(new Error('the secret plan of person@example.org')),
  }),
  query({
    ...plain,
    name: 'test.sleep',
    route: 'GET /v1/test-sleep',
    handle: async ({ client }) => (await client.query('SELECT pg_sleep(20)::text AS value')).rows[0],
  }),
  query({
    ...plain,
    name: 'test.hold',
    route: 'GET /v1/test-hold',
    handle: () =>
      new Promise<{ value: string }>((resolve) => {
        held.release = () => resolve({ value: 'released' })
      }),
  }),
  query({
    ...plain,
    name: 'test.read',
    route: 'GET /v1/test-read',
    handle: async ({ client }) => (await client.query(place)).rows[0],
  }),
  query({
    ...plain,
    name: 'test.analyse',
    route: 'GET /v1/test-analyse',
    analytic: true,
    handle: async ({ client }) => (await client.query(place)).rows[0],
  }),
]

let server: TestServer
let owner: TestOwner
const others: TestServer[] = []
const databases: TestDatabase[] = []

beforeAll(async () => {
  server = await startTestServer({ more: { operations: probes } })
  owner = await signUpOwner(server)
})

afterAll(async () => {
  for (const one of others) await one.close()
  for (const one of databases) await one.drop()
  await server.close()
})

/** Another server over the same database: accounts and sessions are the same. */
async function startAnother(options: TestServerOptions): Promise<TestServer> {
  const another = await startTestServer({ database: server.database, more: { operations: probes }, ...options })
  others.push(another)
  return another
}

const send = (request: Sent, to = server) => sendTo(to, request)
const asOwner = () => ({ cookie: owner.cookie })

describe('every kind of answer', () => {
  const kinds: [what: string, status: number, request: () => Sent][] = [
    ['a query', 200, () => ({ url: '/v1/tenant', headers: asOwner() })],
    [
      'a command',
      201,
      () => ({ method: 'POST', url: '/v1/roles', headers: asOwner(), body: { name: 'viewer', permissions: ['*'] } }),
    ],
    [
      'an empty answer',
      204,
      () => ({
        method: 'POST',
        url: '/v1/users',
        body: { name: 'A', email: 'a@example.org', password: 'correct horse battery' },
      }),
    ],
    ['HEAD', 200, () => ({ method: 'HEAD', url: '/v1/tenant', headers: asOwner() })],
    ['bad input', 400, () => ({ url: '/v1/branches?limit=0', headers: asOwner() })],
    ['a stranger', 401, () => ({ url: '/v1/tenant' })],
    [
      'another site',
      403,
      () => ({ method: 'POST', url: '/v1/roles', headers: { ...asOwner(), 'sec-fetch-site': 'cross-site' }, body: {} }),
    ],
    ['an unknown route', 404, () => ({ url: '/v1/nothing' })],
    ['an unknown page', 404, () => ({ url: '/wp-login.php' })],
    ['a path that is not UTF-8', 404, () => ({ url: '/v1/branches/%FF' })],
    ['a wrong method', 404, () => ({ method: 'PUT', url: '/v1/branches', headers: asOwner(), body: {} })],
    [
      'OPTIONS',
      404,
      () => ({ method: 'OPTIONS', url: '/v1/branches', headers: { origin: 'https://elsewhere.example' } }),
    ],
    ['a body too large', 413, () => ({ method: 'POST', url: '/v1/sessions', payload: ' '.repeat(1_048_577) })],
    [
      'another media type',
      415,
      () => ({
        method: 'POST',
        url: '/v1/sessions',
        payload: '',
        headers: { 'content-type': 'text/xml', 'content-length': '1' },
      }),
    ],
    ['a bug of ours', 500, () => ({ url: '/v1/test-break', headers: asOwner() })],
    ['livez', 200, () => ({ url: '/livez' })],
    ['readyz', 200, () => ({ url: '/readyz' })],
    ['metrics', 200, () => ({ url: '/metrics' })],
    ['the page of the app', 200, () => ({ url: '/' })],
    ['an address of the app', 200, () => ({ url: '/stock/batches', headers: { accept: 'text/html' } })],
    ['a file that is not there', 404, () => ({ url: '/assets/none.js' })],
    ['the documents', 200, () => ({ url: '/docs/' })],
    ['a file of the documents', 200, () => ({ url: '/docs/static/swagger-ui.css' })],
    ['the OpenAPI document', 200, () => ({ url: '/v1/openapi.json' })],
    ['the problems', 200, () => ({ url: '/v1/problems' })],
  ]

  test.each(kinds)('%s has the security headers', async (_, status, request) => {
    const { statusCode, headers } = await send(request())
    expect(statusCode).toBe(status)
    const policy = String(headers['content-security-policy'])
    for (const directive of ["default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy).toContain(directive)
    expect(policy).not.toMatch(/'unsafe-eval'|script-src[^;]*unsafe-inline|script-src[^;]*\*/)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
    for (const name of ['x-powered-by', 'server', 'access-control-allow-origin', 'strict-transport-security'])
      expect(headers).not.toHaveProperty(name)
    if (status >= 400) expect(headers['content-type']).toMatch(/^application\/problem\+json/)
    if (status >= 400 || request().headers?.cookie) expect(headers['cache-control']).toBe('no-store')
  })

  test('a bug of ours tells the client nothing but where to look in the log', async () => {
    const response = await send({ url: '/v1/test-break', headers: asOwner() })
    expectProblem(response, 500, 'internal')
    expect(response.body).not.toMatch(/secret plan|@|\.ts/)
    expect(response.json().instance).toBe(`urn:uuid:${response.headers['x-request-id']}`)
  })

  test('HEAD sends the headers of GET without a body, to the same callers only', async () => {
    const get = await send({ url: '/v1/tenant', headers: asOwner() })
    const head = await send({ method: 'HEAD', url: '/v1/tenant', headers: asOwner() })
    expect(head.body).toBe('')
    expect(head.headers.etag).toBe(get.headers.etag)
    expect((await send({ method: 'HEAD', url: '/v1/tenant' })).statusCode).toBe(401)
  })

  test('an answer is compressed when it is long and the client takes it', async () => {
    const whole = await send({ url: '/v1/problems' })
    for (const [encoding, unpack] of [
      ['gzip', gunzipSync],
      ['br', brotliDecompressSync],
    ] as const) {
      const packed = await send({ url: '/v1/problems', headers: { 'accept-encoding': encoding } })
      expect(packed.headers).toMatchObject({
        'content-encoding': encoding,
        vary: expect.stringContaining('accept-encoding'),
      })
      expect(unpack(packed.rawPayload).toString()).toBe(whole.body)
    }
    expect((await send({ url: '/livez', headers: { 'accept-encoding': 'gzip' } })).headers).not.toHaveProperty(
      'content-encoding',
    )
  })

  test('a body counts as too large from its first byte over one mebibyte, announced or not', async () => {
    const bodyOf = (bytes: number) => JSON.stringify({ email: 'x'.repeat(bytes - 12) })
    const request = { method: 'POST', url: '/v1/sessions' }
    expectProblem(await send({ ...request, payload: bodyOf(1_048_576) }), 400, 'invalid_input')
    expectProblem(await send({ ...request, payload: bodyOf(1_048_577) }), 413, 'body_too_large')
    expectProblem(await send({ ...request, payload: Readable.from([bodyOf(1_048_577)]) }), 413, 'body_too_large')
  })

  test('what is not HTTP is told so, and no more', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.end('BREW /coffee\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*"statusCode":400}$/s)
    expect((await send({ url: '/livez' })).statusCode).toBe(200)
  })
})

describe('resources', () => {
  test('carry an ETag that If-Match takes, once', async () => {
    const made = await send({
      method: 'POST',
      url: '/v1/entities',
      headers: asOwner(),
      body: { legal_name: 'Tagged', country: 'FR', currency: 'EUR' },
    })
    const url = `/v1/entities/${made.json().id}`
    expect([made.headers.etag, (await send({ url, headers: asOwner() })).headers.etag]).toEqual(['"1"', '"1"'])
    const change = (tag: string, legal_name: string) =>
      send({ method: 'PATCH', url, headers: { ...asOwner(), 'if-match': tag }, body: { legal_name } })
    const first = await change('"1"', 'Changed')
    expect([first.statusCode, first.headers.etag]).toEqual([200, '"2"'])
    expectProblem(await change('"1"', 'Lost'), 412, 'version_conflict')
    expect((await send({ url, headers: asOwner() })).json()).toMatchObject({ legal_name: 'Changed', version: 2 })
    expect((await send({ url: '/v1/entities', headers: asOwner() })).headers).not.toHaveProperty('etag')
  })

  test('are walked page by page exactly once each while new ones come in at the end', async () => {
    const walker = await signUpOwner(server)
    const headers = { cookie: walker.cookie }
    const add = (code: string) =>
      walker.client.call('tenants.create-branch', {
        entity_id: walker.entityId,
        code,
        name: code,
        time_zone: 'Europe/Paris',
      })
    await Promise.all(Array.from({ length: 119 }, (_, index) => add(`B${index}`)))
    const page = async (limit: number, cursor: string | null) => {
      const response = await send({ url: `/v1/branches?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`, headers })
      return response.json() as { items: { id: string }[]; next_cursor: string | null }
    }
    const walk = async (limit: number, atEach: (pages: number) => Promise<unknown>) => {
      const seen: string[] = []
      let pages = 0
      for (let cursor: string | null | undefined; cursor !== null; pages++) {
        const found = await page(limit, cursor ?? null)
        seen.push(...found.items.map(({ id }) => id))
        cursor = found.next_cursor
        await atEach(pages)
      }
      return { seen, pages }
    }
    const before = await walk(40, async () => {})
    expect(before).toMatchObject({ pages: 3, seen: { length: 120 } })
    const during = await walk(7, (pages) => (pages < 10 ? add(`NEW${pages}`) : Promise.resolve()))
    expect(during.seen.slice(0, 120)).toEqual(before.seen)
    expect(new Set(during.seen).size).toBe(130)
    expect(during.seen).toEqual(during.seen.toSorted())
    expect((await walk(200, async () => {})).seen).toEqual(during.seen)
  })
})

describe('a server that cannot serve', () => {
  const unready = (reason: string) => ({ status: 'not ready', reason })

  test('says on readyz that its database is not migrated', async () => {
    const bare = await startAnother({ database: await makeDatabase({ migrated: false }) })
    const readyz = await send({ url: '/readyz' }, bare)
    expect(readyz.statusCode).toBe(503)
    expect(readyz.json()).toEqual(unready('the database is not migrated to this version'))
    for (const url of ['/livez', '/metrics']) expect([url, (await send({ url }, bare)).statusCode]).toEqual([url, 200])
  })

  test('refuses while its database cannot be reached, and serves again when it can', async () => {
    const relay = await startRelay(inject('postgresPort'))
    const lonely = await startAnother({ database: throughPort(server.database, relay.port) })
    const me = () => send({ url: '/v1/me', headers: asOwner() }, lonely)
    expect((await me()).statusCode).toBe(200)
    await relay.cut()
    await until('the loss to be seen', async () => (await send({ url: '/readyz' }, lonely)).statusCode === 503)
    expect((await send({ url: '/readyz' }, lonely)).json()).toEqual(unready('the database cannot be reached'))
    for (const refused of [await me(), await send(signIn(owner), lonely)]) {
      expectProblem(refused, 503, 'unavailable')
      expect(refused.headers['retry-after']).toBe('1')
    }
    for (const url of ['/livez', '/metrics'])
      expect([url, (await send({ url }, lonely)).statusCode]).toEqual([url, 200])
    await relay.mend()
    await until('the server to serve again', async () => (await me()).statusCode === 200)
    expect((await send({ url: '/readyz' }, lonely)).statusCode).toBe(200)
    await relay.cut()
  })

  test('refuses operations while it waits, and answers the machine room', async () => {
    const waiting = await startAnother({})
    waiting.product.state.wait = 'another process migrates the database'
    for (const { route } of waiting.product.operations) {
      const [method = '', url = ''] = route.split(' ')
      const refused = await send({ method, url, headers: asOwner(), body: method === 'POST' ? {} : undefined }, waiting)
      expectProblem(refused, 503, 'unavailable')
      expect(refused.headers['retry-after']).toBe('1')
    }
    expect((await send({ url: '/readyz' }, waiting)).json()).toEqual(unready('another process migrates the database'))
    for (const url of ['/livez', '/metrics', '/v1/openapi.json', '/v1/problems', '/docs/']) {
      expect([url, (await send({ url }, waiting)).statusCode]).toEqual([url, 200])
    }
  })

  test('finishes what it began and refuses with a problem what comes after', async () => {
    const closing = await startAnother({})
    const socket = connect(Number(new URL(closing.url).port), '127.0.0.1')
    const ask = (path: string) =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${owner.cookie}\r\n\r\n`)
    ask('/v1/test-hold')
    await until('the request to arrive', () => held.release)
    closing.product.state.wait = 'the server is stopping'
    const closed = closing.product.http.close()
    ask('/v1/me')
    const answers = text(socket)
    await once(closing.product.http.server, 'request')
    held.release?.()
    const [, first, second] = (await answers).split('HTTP/1.1 ')
    expect(first).toMatch(/^200 OK.*released/s)
    expect(second).toMatch(/^503 .*application\/problem\+json.*"unavailable"/s)
    await closed
  })
})

describe('the database behind a query', () => {
  test('is given up on after the statement timeout: 503, and the server goes on', async () => {
    const hasty = await startAnother({ env: { STATEMENT_TIMEOUT_MS: '100' } })
    const refused = await send({ url: '/v1/test-sleep', headers: asOwner() }, hasty)
    expectProblem(refused, 503, 'overloaded')
    expect(refused.headers['retry-after']).toBe('1')
    expect((await send({ url: '/v1/me', headers: asOwner() }, hasty)).statusCode).toBe(200)
  })

  test('is the one for reading when the query is analytic', async () => {
    const replica = await makeDatabase()
    const roleUrls = { ...server.database.roleUrls, read: replica.roleUrls.read }
    const split = await startAnother({ database: { ...server.database, roleUrls } })
    const answer = async (url: string) => (await send({ url, headers: asOwner() }, split)).json().value
    expect(await answer('/v1/test-read')).toBe(`comptoir_app in ${server.database.name}`)
    expect(await answer('/v1/test-analyse')).toBe(`comptoir_read in ${replica.name}`)
  })
})

describe('metrics', () => {
  const stranger = { remoteAddress: '203.0.113.1' }
  const relayed = { headers: { 'x-forwarded-for': '203.0.113.1' } }
  const answer = async (to: TestServer, request: Partial<Sent>) =>
    (await send({ url: '/metrics', ...request }, to)).statusCode

  test('are shown to this machine only', async () => {
    expect(await answer(server, {})).toBe(200)
    for (const request of [stranger, relayed]) expect(await answer(server, request)).toBe(401)
    const behind = await startAnother({ env: { TRUST_PROXY: '127.0.0.1' } })
    expect(await answer(behind, relayed)).toBe(401)
  })

  test('are shown to the holder of the token only, where there is one', async () => {
    const token = 'a token of metrics'
    const guarded = await startAnother({ env: { METRICS_TOKEN: token } })
    const bearer = (value: string) => ({ ...stranger, headers: { authorization: `Bearer ${value}` } })
    expect(await answer(guarded, bearer(token))).toBe(200)
    const wrong = [{}, bearer('a token of nobody!'), bearer(''), bearer(`${token}x`), { headers: asOwner() }]
    for (const request of wrong) expect(await answer(guarded, request)).toBe(401)
  })
})

async function makeDatabase(options?: { migrated: boolean }): Promise<TestDatabase> {
  const database = await createTestDatabase(inject('postgresPort'), options)
  databases.push(database)
  return database
}

/** The same database by another port. */
function throughPort(database: TestDatabase, port: number): TestDatabase {
  const moved = Object.entries(database.roleUrls).map(([role, url]) => [role, url.replace(/:\d+\//, `:${port}/`)])
  return { ...database, roleUrls: Object.fromEntries(moved) }
}

/** A port that leads to another one until it is cut. */
async function startRelay(to: number) {
  const open = new Set<Socket>()
  const relay = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.pipe(other)
      socket.on('error', () => other.destroy()).on('close', () => open.delete(socket))
    }
  })
  const listen = async (port: number) => {
    relay.listen(port, '127.0.0.1')
    await once(relay, 'listening')
    return (relay.address() as { port: number }).port
  }
  const port = await listen(0)
  return {
    port,
    mend: () => listen(port),
    async cut() {
      const closed = once(relay, 'close')
      relay.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
