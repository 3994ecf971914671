import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject as provided, test } from 'vitest'
import { z } from 'zod'
import { query } from '../server/platform/operation.ts'
import { createTestDatabase, withClient } from './harness/postgres.ts'
import {
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
  type TestServerOptions,
} from './harness/server.ts'
import { until } from './harness/until.ts'

interface Sent {
  method?: string
  url: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  payload?: string | Readable
  remoteAddress?: string
}

const held = { release: () => {} }
const plain = { permission: null, input: z.strictObject({}), output: z.object({ value: z.string() }) }
const probes = [
  query({
    ...plain,
    name: 'test.break',
    route: 'GET /v1/test-break',
    summary: 'Throws.',
    handle: () => Promise.reject(new Error('the secret plan of person@example.org')),
  }),
  query({
    ...plain,
    name: 'test.sleep',
    route: 'GET /v1/test-sleep',
    summary: 'Takes long.',
    handle: async ({ client }) => (await client.query('SELECT pg_sleep(20)::text AS value')).rows[0],
  }),
  query({
    ...plain,
    name: 'test.hold',
    route: 'GET /v1/test-hold',
    summary: 'Waits until it is released.',
    handle: () =>
      new Promise<{ value: string }>((resolve) => {
        held.release = () => resolve({ value: 'released' })
      }),
  }),
  ...([true, false] as const).map((analytic) =>
    query({
      ...plain,
      name: `test.read-${analytic}`,
      route: `GET /v1/test-read-${analytic}`,
      summary: 'Says where it runs.',
      analytic,
      handle: async ({ client }) =>
        (await client.query("SELECT current_user || ' in ' || current_database() AS value")).rows[0],
    }),
  ),
]

let server: TestServer
let owner: TestOwner
const open: TestServer[] = []

beforeAll(async () => {
  server = await startTestServer({ more: { operations: probes } })
  owner = await signUpOwner(server)
})

afterAll(async () => {
  for (const one of open) await one.close()
  await server.close()
})

/** Another server over the same database: accounts and sessions are the same. */
async function startAnother(options: Partial<TestServerOptions>): Promise<TestServer> {
  const another = await startTestServer({ database: server.database, more: { operations: probes }, ...options })
  open.push(another)
  return another
}

function send({ body, payload, headers, ...request }: Sent, to = server) {
  const content = payload ?? (body === undefined ? undefined : JSON.stringify(body))
  return to.product.http.inject({
    method: 'GET',
    ...request,
    headers: { ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(content === undefined ? {} : { payload: content }),
  })
}

const signIn = (person: { email: string; password: string }, more: Partial<Sent> = {}): Sent => ({
  method: 'POST',
  url: '/v1/sessions',
  body: { email: person.email, password: person.password },
  ...more,
})
const asOwner = () => ({ cookie: owner.cookie })

function expectProblem(response: Awaited<ReturnType<typeof send>>, status: number, code: string) {
  expect(`${response.statusCode} ${response.json().code}`).toBe(`${status} ${code}`)
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(Object.keys(response.json())).toEqual(
    expect.arrayContaining(['type', 'title', 'status', 'code', 'detail', 'instance']),
  )
}

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
    ['the root', 302, () => ({ url: '/' })],
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
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|script-src[^;]*\*/)
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

  test('what is not HTTP gets a problem too', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.end('BREW /coffee\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('application/problem+json')
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 400, code: 'malformed_request' })
  })
})

describe('cookies', () => {
  const attributes = (response: Awaited<ReturnType<typeof send>>) => String(response.headers['set-cookie']).split('; ')

  test('a session cookie over http is for this server’s pages only', async () => {
    const [value, ...rest] = attributes(await send(signIn(owner)))
    expect(value).toMatch(/^comptoir_session=[^;]{20,}$/)
    expect(rest.toSorted()).toEqual([expect.stringMatching(/^Expires=/), 'HttpOnly', 'Path=/', 'SameSite=Lax'])
  })

  test('with https it is bound to the host, and another name is not taken', async () => {
    const secure = await startAnother({ env: { PUBLIC_URL: 'https://shop.example' } })
    const response = await send(signIn(owner), secure)
    const [value = '', ...rest] = attributes(response)
    expect(value).toMatch(/^__Host-comptoir_session=/)
    expect(rest.toSorted()).toEqual([
      expect.stringMatching(/^Expires=/),
      'HttpOnly',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ])
    expect(response.headers['strict-transport-security']).toMatch(/max-age=\d{7,}/)
    expect((await send({ url: '/v1/me', headers: { cookie: value } }, secure)).statusCode).toBe(200)
    expect((await send({ url: '/v1/me', headers: { cookie: value.replace('__Host-', '') } }, secure)).statusCode).toBe(
      401,
    )
  })

  test('signing out takes the cookie back and ends the session', async () => {
    const [cookie = ''] = attributes(await send(signIn(owner)))
    const out = await send({ method: 'DELETE', url: '/v1/sessions/current', headers: { cookie } })
    expect(attributes(out)).toEqual(
      expect.arrayContaining(['comptoir_session=', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT']),
    )
    expectProblem(await send({ url: '/v1/me', headers: { cookie } }), 401, 'unauthenticated')
  })
})

describe('a page of another site', () => {
  const own = 'http://localhost:80'
  const cases: [headers: Record<string, string>, who: 'cookie' | 'key' | 'stranger', answer: string][] = [
    [{}, 'cookie', 'allowed'],
    [{ 'sec-fetch-site': 'same-origin', origin: own }, 'cookie', 'allowed'],
    [{ 'sec-fetch-site': 'same-origin' }, 'cookie', 'allowed'],
    [{ 'sec-fetch-site': 'none' }, 'cookie', 'allowed'],
    [{ origin: own }, 'cookie', 'allowed'],
    [{ origin: 'http://shop.example' }, 'cookie', 'allowed'],
    [{ 'sec-fetch-site': 'cross-site' }, 'cookie', 'cross_site'],
    [{ 'sec-fetch-site': 'same-site' }, 'cookie', 'cross_site'],
    [{ 'sec-fetch-site': 'nonsense' }, 'cookie', 'cross_site'],
    [{ 'sec-fetch-site': 'cross-site', origin: own }, 'cookie', 'cross_site'],
    [{ 'sec-fetch-site': 'none', origin: 'https://elsewhere.example' }, 'cookie', 'cross_site'],
    [{ origin: 'https://elsewhere.example' }, 'cookie', 'cross_site'],
    [{ origin: 'https://shop.example' }, 'cookie', 'cross_site'],
    [{ origin: 'http://shop.example.elsewhere.example' }, 'cookie', 'cross_site'],
    [{ origin: 'http://localhost:81' }, 'cookie', 'cross_site'],
    [{ origin: 'null' }, 'cookie', 'cross_site'],
    [{ origin: '' }, 'cookie', 'cross_site'],
    [{ origin: 'https://elsewhere.example' }, 'stranger', 'cross_site'],
    [{ 'sec-fetch-site': 'cross-site' }, 'stranger', 'cross_site'],
    [{ origin: 'https://elsewhere.example' }, 'key', 'allowed'],
    [{ 'sec-fetch-site': 'cross-site' }, 'key', 'allowed'],
  ]

  test('cannot make a browser change anything; an API key may come from anywhere', async () => {
    const shop = await startAnother({ env: { PUBLIC_URL: 'http://shop.example' } })
    const key = await owner.client.call('tenants.create-api-key', {
      name: 'any site',
      permissions: ['*'],
      expires_at: '2036-01-01T00:00:00Z',
    })
    const credential = { cookie: asOwner(), key: { authorization: `Bearer ${key.secret}`, ...asOwner() }, stranger: {} }
    const answers = cases.map(async ([headers, who]) => {
      const body = who === 'stranger' ? { email: 'x' } : { name: `role ${crypto.randomUUID()}`, permissions: ['*'] }
      const url = who === 'stranger' ? '/v1/sessions' : '/v1/roles'
      const response = await send(
        { method: 'POST', url, body, headers: { ...headers, ...credential[who], host: 'localhost:80' } },
        shop,
      )
      return [headers, who, response.statusCode === 201 ? 'allowed' : response.json().code]
    })
    expect(await Promise.all(answers)).toEqual(cases)
  })

  test('reads nothing either: no answer lets it', async () => {
    const { headers } = await send({ url: '/v1/me', headers: { ...asOwner(), origin: 'https://elsewhere.example' } })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(headers['cross-origin-resource-policy']).toBe('same-origin')
  })
})

describe('guessing', () => {
  test('an unknown account and a wrong password get the same answer', async () => {
    const answers = await Promise.all(
      [
        { ...owner, password: 'wrong password' },
        { email: 'nobody@example.org', password: 'wrong password' },
        { ...owner, password: 'x' },
      ].map(async (person) => {
        const response = await send(signIn(person))
        expectProblem(response, 401, 'wrong_credentials')
        const { 'x-request-id': _, date: __, ...headers } = response.headers
        return { body: { ...response.json(), instance: '' }, headers }
      }),
    )
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  })

  test('signing up a known address answers as for an unknown one and changes nothing', async () => {
    const signUp = async (email: string) => {
      const { statusCode, body, headers } = await send({
        method: 'POST',
        url: '/v1/users',
        body: { name: 'Impostor', email, password: 'a password of mine' },
      })
      const { 'x-request-id': _, date: __, ...same } = headers
      return { statusCode, body, same }
    }
    const unknown = await signUp('somebody-new@example.org')
    expect(unknown.statusCode).toBe(204)
    expect(await signUp(owner.email)).toEqual(unknown)
    expect(await signUp(owner.email.toUpperCase())).toEqual(unknown)
    expect((await send(signIn({ email: owner.email, password: 'a password of mine' }))).statusCode).toBe(401)
    expect((await send(signIn({ ...owner, email: owner.email.toUpperCase() }))).statusCode).toBe(201)
    expect((await send({ url: '/v1/me', headers: asOwner() })).json().name).not.toBe('Impostor')
  })

  test('nobody signs up where sign-up is closed', async () => {
    const closed = await startAnother({ env: { SIGN_UP: 'closed' } })
    const body = { name: 'A', email: 'too-late@example.org', password: 'correct horse battery' }
    expectProblem(await send({ method: 'POST', url: '/v1/users', body }, closed), 403, 'sign_up_closed')
    expectProblem(await send(signIn(body)), 401, 'wrong_credentials')
  })
})

describe('rate limits', () => {
  const limits = { RATE_LIMIT_PER_MINUTE: '3', SIGN_IN_LIMIT_PER_MINUTE: '2' }
  const answersTo = async (to: TestServer, requests: Sent[]) => {
    const found: number[] = []
    for (const request of requests) {
      const response = await send(request, to)
      found.push(response.statusCode)
      if (response.statusCode !== 429) continue
      expectProblem(response, 429, 'too_many_requests')
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(response.headers['retry-after'])).toBeLessThanOrEqual(60)
    }
    return found
  }
  const times = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index))
  const from = (host: number) => `198.51.100.${host}`

  test('count an account wherever it comes from, and a key apart from its maker', async () => {
    const limited = await startAnother({ env: limits })
    const other = await signUpPerson(server)
    const key = await owner.client.call('tenants.create-api-key', {
      name: 'limited',
      permissions: ['*'],
      expires_at: '2036-01-01T00:00:00Z',
    })
    const ask = (headers: Record<string, string>, url = '/v1/tenant') =>
      times(4, (index): Sent => ({ url, headers, remoteAddress: from(index) }))
    expect(await answersTo(limited, ask(asOwner()))).toEqual([200, 200, 200, 429])
    expect(await answersTo(limited, ask({ authorization: `Bearer ${key.secret}` }))).toEqual([200, 200, 200, 429])
    expect(await answersTo(limited, ask({ cookie: other.cookie }, '/v1/me'))).toEqual([200, 200, 200, 429])
  })

  test.each([
    ['requests of strangers', { url: '/v1/me' }, 401],
    ['guessed keys', { url: '/v1/me', headers: { authorization: 'Bearer guess' } }, 401],
    ['unknown routes', { url: '/v1/nothing' }, 404],
    ['documents', { url: '/v1/problems' }, 200],
  ])('count %s by address', async (_, request, status) => {
    const limited = await startAnother({ env: limits })
    const answers = await answersTo(
      limited,
      times(17, () => ({ ...request, remoteAddress: from(1) })),
    )
    expect(answers).toEqual([...times(15, () => status), 429, 429])
    expect(
      await answersTo(limited, [
        { ...request, remoteAddress: from(2) },
        { url: '/livez', remoteAddress: from(1) },
      ]),
    ).toEqual([status, 200])
  })

  test('count attempts to sign in by address and by e-mail address, whatever its case', async () => {
    const limited = await startAnother({ env: limits })
    const stranger = (index: number) =>
      signIn({ email: `nobody-${index}@example.org`, password: 'x' }, { remoteAddress: from(1) })
    expect(await answersTo(limited, times(3, stranger))).toEqual([401, 401, 429])
    const guess = (index: number) =>
      signIn(
        { email: index % 2 ? owner.email : owner.email.toUpperCase(), password: 'x' },
        { remoteAddress: from(10 + index) },
      )
    expect(await answersTo(limited, times(3, guess))).toEqual([401, 401, 429])
    expect(await answersTo(limited, [signIn(owner, { remoteAddress: from(20) })])).toEqual([429])
    const neighbours = times(3, (index) =>
      signIn({ email: `v6-${index}@example.org`, password: 'x' }, { remoteAddress: `2001:db8::${index + 1}` }),
    )
    expect(await answersTo(limited, neighbours)).toEqual([401, 401, 429])
  })

  test('believe X-Forwarded-For from a proxy they were told of, and from nobody else', async () => {
    const forwarded = (to: string, remoteAddress: string) => (index: number) =>
      signIn(
        { email: `${to}-${index}@example.org`, password: 'x' },
        { remoteAddress, headers: { 'x-forwarded-for': `192.0.2.1, 203.0.113.${index}` } },
      )
    const bare = await startAnother({ env: limits })
    expect(await answersTo(bare, times(3, forwarded('bare', '127.0.0.1')))).toEqual([401, 401, 429])
    const behind = await startAnother({ env: { ...limits, TRUST_PROXY: '127.0.0.1' } })
    expect(await answersTo(behind, times(3, forwarded('behind', '127.0.0.1')))).toEqual([401, 401, 401])
    expect(
      await answersTo(
        behind,
        times(3, (index) => forwarded(`same-${index}`, '127.0.0.1')(9)),
      ),
    ).toEqual([401, 401, 429])
    expect(await answersTo(behind, times(3, forwarded('around', from(7))))).toEqual([401, 401, 429])
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
  test('says why on readyz while its database is not migrated, and refuses operations', async () => {
    const database = await createTestDatabase(provided('postgresPort'), { migrated: false })
    const bare = await startAnother({ database })
    expect(await send({ url: '/readyz' }, bare).then((response) => [response.statusCode, response.json()])).toEqual([
      503,
      { status: 'not ready', reason: 'the database is not migrated to this version' },
    ])
    expect((await send({ url: '/livez' }, bare)).statusCode).toBe(200)
    expect((await send({ url: '/metrics' }, bare)).statusCode).toBe(200)
    await open.splice(open.indexOf(bare), 1)[0]?.close()
    await database.drop()
  })

  test('says so while its database cannot be reached, and serves again when it can', async () => {
    const database = await createTestDatabase(provided('postgresPort'))
    const lonely = await startAnother({ database })
    const person = await signUpPerson(lonely)
    const me = () => send({ url: '/v1/me', headers: { cookie: person.cookie } }, lonely)
    const asSuperuser = (statement: string) =>
      withClient(server.database.superuserUrl, (client) =>
        client.query(
          `${statement}; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}'`,
        ),
      )
    await asSuperuser(`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS false`)

    await until('the lost database to be seen', async () => (await send({ url: '/readyz' }, lonely)).statusCode === 503)
    expect((await send({ url: '/readyz' }, lonely)).json()).toEqual({
      status: 'not ready',
      reason: 'the database cannot be reached',
    })
    const refused = await me()
    expectProblem(refused, 503, 'unavailable')
    expect(refused.headers['retry-after']).toBe('1')
    for (const url of ['/livez', '/metrics', '/v1/openapi.json'])
      expect([url, (await send({ url }, lonely)).statusCode]).toEqual([url, 200])

    await asSuperuser(`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS true`)
    await until('the server to serve again', async () => (await me()).statusCode === 200)
    await open.splice(open.indexOf(lonely), 1)[0]?.close()
    await database.drop()
  })

  test('refuses when nothing listens where the database should be', async () => {
    const nothing = createServer().listen(0, '127.0.0.1')
    await once(nothing, 'listening')
    const { port } = nothing.address() as { port: number }
    nothing.close()
    const move = (url: string) => url.replace(/:\d+\//, `:${port}/`)
    const { roleUrls } = server.database
    const moved = {
      app: move(roleUrls.app),
      identity: move(roleUrls.identity),
      jobs: move(roleUrls.jobs),
      read: move(roleUrls.read),
    }
    const nowhere = await startAnother({ database: { ...server.database, roleUrls: moved } })
    expect((await send({ url: '/readyz' }, nowhere)).json().reason).toBe('the database cannot be reached')
    expectProblem(await send({ url: '/v1/me', headers: asOwner() }, nowhere), 503, 'unavailable')
    expectProblem(await send(signIn(owner), nowhere), 503, 'unavailable')
  })

  test('refuses operations while it waits, and answers the machine room', async () => {
    const waiting = await startAnother({})
    waiting.product.state.wait = 'another process migrates the database'
    for (const { name, route } of waiting.product.operations) {
      const [method = '', url = ''] = route.split(' ')
      const response = await send(
        { method, url, headers: asOwner(), ...(method === 'POST' ? { body: {} } : {}) },
        waiting,
      )
      expect([name, response.statusCode, response.json().code, response.headers['retry-after']]).toEqual([
        name,
        503,
        'unavailable',
        '1',
      ])
    }
    expect((await send({ url: '/readyz' }, waiting)).json()).toEqual({
      status: 'not ready',
      reason: 'another process migrates the database',
    })
    for (const url of ['/livez', '/metrics', '/v1/openapi.json', '/v1/problems', '/docs/'])
      expect((await send({ url }, waiting)).statusCode).toBe(200)
  })

  test('finishes what it began and refuses what comes after, with a problem', async () => {
    const closing = await startTestServer({ database: server.database, more: { operations: probes } })
    const socket = connect(Number(new URL(closing.url).port), '127.0.0.1')
    const ask = (path: string) =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${owner.cookie}\r\n\r\n`)
    held.release = () => {}
    const idle = held.release
    ask('/v1/test-hold')
    await until('the request to arrive', () => held.release !== idle)
    closing.product.state.wait = 'the server is stopping'
    const closed = closing.product.http.close()
    ask('/v1/me')
    const answers = text(socket)
    await new Promise((resolve) => setImmediate(resolve))
    held.release()
    const [, first, second] = (await answers).split('HTTP/1.1 ')
    expect(first).toMatch(/^200 OK[^]*released/)
    expect(second).toMatch(/^503 [^]*application\/problem\+json[^]*"unavailable"/)
    await closed
    await closing.close()
  })
})

describe('the database behind a query', () => {
  test('is given up on after the statement timeout: 503, and the server goes on', async () => {
    const hasty = await startAnother({ env: { STATEMENT_TIMEOUT_MS: '100' } })
    const response = await send({ url: '/v1/test-sleep', headers: asOwner() }, hasty)
    expectProblem(response, 503, 'overloaded')
    expect(response.headers['retry-after']).toBe('1')
    expect((await send({ url: '/v1/me', headers: asOwner() }, hasty)).statusCode).toBe(200)
  })

  test('is the one for reading when the query is analytic', async () => {
    const replica = await createTestDatabase(provided('postgresPort'))
    const roleUrls = { ...server.database.roleUrls, read: replica.roleUrls.read }
    const split = await startAnother({ database: { ...server.database, roleUrls } })
    const where = async (analytic: boolean) =>
      (await send({ url: `/v1/test-read-${analytic}`, headers: asOwner() }, split)).json().value
    expect(await where(false)).toBe(`comptoir_app in ${server.database.name}`)
    expect(await where(true)).toBe(`comptoir_read in ${replica.name}`)
    await open.splice(open.indexOf(split), 1)[0]?.close()
    await replica.drop()
  })
})

describe('metrics', () => {
  test('are shown to this machine only, and with a token to its holder only', async () => {
    const answer = async (to: TestServer, request: Partial<Sent>) =>
      (await send({ url: '/metrics', ...request }, to)).statusCode
    expect(await answer(server, {})).toBe(200)
    expect(await answer(server, { remoteAddress: '203.0.113.1' })).toBe(401)
    expect(await answer(server, { headers: { 'x-forwarded-for': '203.0.113.1' } })).toBe(401)
    const behind = await startAnother({ env: { TRUST_PROXY: '127.0.0.1' } })
    expect(await answer(behind, { headers: { 'x-forwarded-for': '203.0.113.1' } })).toBe(401)
    const token = 'a token of metrics'
    const guarded = await startAnother({ env: { METRICS_TOKEN: token } })
    const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` }, remoteAddress: '203.0.113.1' })
    expect(await answer(guarded, bearer(token))).toBe(200)
    for (const wrong of [{}, bearer('a token of nobody!'), bearer(''), bearer(`${token} `), { headers: asOwner() }])
      expect(await answer(guarded, wrong)).toBe(401)
  })
})
