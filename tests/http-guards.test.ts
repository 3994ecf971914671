import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { expectProblem, type Received, type Sent, sendTo, signIn } from './harness/http.ts'
import { withClient } from './harness/postgres.ts'
import { hire, signUpOwner, signUpPerson, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { until } from './harness/until.ts'

let server: TestServer
let owner: TestOwner
const others: TestServer[] = []

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})

afterAll(async () => {
  for (const one of others) await one.close()
  await server.close()
})

/** Another server over the same database: accounts and sessions are the same. */
async function startAnother(env: Record<string, string>): Promise<TestServer> {
  const another = await startTestServer({ database: server.database, env })
  others.push(another)
  return another
}

const send = (request: Sent, to = server) => sendTo(to, request)
const asOwner = () => ({ cookie: owner.cookie })
const makeKey = async (name: string) => {
  const key = { name, permissions: ['*'], expires_at: '2036-01-01T00:00:00Z' }
  return { authorization: `Bearer ${(await owner.client.call('tenants.create-api-key', key)).secret}` }
}

describe('cookies', () => {
  const attributes = (response: Received) => String(response.headers['set-cookie']).split('; ')

  test('a session cookie over http is for this server’s pages only', async () => {
    const [value, ...rest] = attributes(await send(signIn(owner)))
    expect(value).toMatch(/^comptoir_session=[^;]{20,}$/)
    expect(rest.toSorted()).toEqual([expect.stringMatching(/^Expires=/), 'HttpOnly', 'Path=/', 'SameSite=Lax'])
  })

  test('with https it is bound to the host, and another name is not taken', async () => {
    const secure = await startAnother({ PUBLIC_URL: 'https://shop.example' })
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

describe('a body that comes slowly', () => {
  const sql = (text: string, values: unknown[]) =>
    withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)

  /** Sends the head and one byte, and gives how to send the rest and read the answer. */
  function begin(path: string, cookie: string, body: object) {
    const text = JSON.stringify(body)
    const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1')
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk
    })
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      `Cookie: ${cookie}`,
      `Comptoir-Tenant: ${owner.tenantId}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${text.slice(0, 1)}`)
    return async () => {
      socket.write(text.slice(1))
      await once(socket, 'close')
      return /"code":"(\w+)"/.exec(got)?.[1] ?? got.split('\r\n')[0]
    }
  }

  /** Begins a command once its caller was let in: the last use of the session is noted then. */
  async function beginAs({ cookie, userId }: { cookie: string; userId: string }, path: string, body: object) {
    await sql(`UPDATE identity.session SET used_at = now() - interval '1 hour' WHERE user_id = $1`, [userId])
    const finish = begin(path, cookie, body)
    await until('the head was read', async () => {
      const rows = await sql(
        `SELECT FROM identity.session WHERE user_id = $1 AND used_at > now() - interval '1 minute'`,
        [userId],
      )
      return rows.length > 0
    })
    return finish
  }

  test('of somebody who was suspended or signed out meanwhile does nothing; of anybody else it does', async () => {
    const role = (await owner.client.call('tenants.list-roles', {})).items.find(({ name }) => name === 'owner')
    const person = await signUpPerson(server)
    const employee = await hire(server, owner, person, [role?.id ?? ''])
    const newRole = () => ({ name: `late ${crypto.randomUUID()}`, permissions: ['*'] })
    const inTime = await beginAs(person, '/v1/roles', newRole())
    expect(await inTime()).toBe('HTTP/1.1 201 Created')

    const suspended = await beginAs(person, '/v1/roles', newRole())
    const { id, version } = employee
    await owner.client.call('tenants.update-employee', { id, version, status: 'suspended' })
    expect(await suspended()).toBe('tenant_not_found')

    const newPassword = { current_password: person.password, new_password: 'another horse battery' }
    const signedOut = await beginAs(person, '/v1/me/password', newPassword)
    await person.client.call('identity.sign-out', {})
    expect(await signedOut()).toBe('unauthenticated')
  })

  test('is not waited for when nobody was let in', async () => {
    const finish = begin('/v1/roles', 'comptoir_session=nobodys', { name: 'never', permissions: [] })
    expect(await finish()).toBe('unauthenticated')
  })
})

test('credentials that arrive together open to each what is theirs, and a bad one among them shuts nobody out', async () => {
  const other = await signUpOwner(server)
  const kinds = [
    { headers: asOwner(), expected: [200, owner.tenantId] },
    { headers: { cookie: other.cookie }, expected: [200, other.tenantId] },
    { headers: await makeKey('among others'), expected: [200, owner.tenantId] },
    { headers: { cookie: 'comptoir_session=unknown' }, expected: [401, undefined] },
    { headers: { cookie: other.cookie, 'comptoir-tenant': owner.tenantId }, expected: [404, undefined] },
    { headers: { ...asOwner(), 'comptoir-tenant': 'no-id' }, expected: [404, undefined] },
    { headers: {}, expected: [401, undefined] },
  ]
  const asked = Array.from({ length: 140 }, (_, at) => kinds[at % kinds.length]!)
  const answers = await Promise.all(asked.map(({ headers }) => send({ url: '/v1/tenant', headers })))
  const told = answers.map((answer) => [answer.statusCode, answer.json().id])
  expect(told).toEqual(asked.map(({ expected }) => expected))
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
    const shop = await startAnother({ PUBLIC_URL: 'http://shop.example' })
    const key = await makeKey('any site')
    const credential = { cookie: asOwner(), key: { ...key, ...asOwner() }, stranger: {} }
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
    const closed = await startAnother({ SIGN_UP: 'closed' })
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
    const limited = await startAnother(limits)
    const other = await signUpPerson(server)
    const key = await makeKey('limited')
    const ask = (headers: Record<string, string>, url = '/v1/tenant') =>
      times(4, (index): Sent => ({ url, headers, remoteAddress: from(index) }))
    expect(await answersTo(limited, ask(asOwner()))).toEqual([200, 200, 200, 429])
    expect(await answersTo(limited, ask(key))).toEqual([200, 200, 200, 429])
    expect(await answersTo(limited, ask({ cookie: other.cookie }, '/v1/me'))).toEqual([200, 200, 200, 429])
  })

  test.each([
    ['a stranger', { url: '/v1/me' }, 401, 3],
    ['a guessed key', { url: '/v1/me', headers: { authorization: 'Bearer guess' } }, 401, 15],
    ['an unknown route', { url: '/v1/nothing' }, 404, 15],
    ['a document', { url: '/v1/problems' }, 200, 15],
  ])('count %s by address', async (_, request, status, allowed) => {
    const limited = await startAnother(limits)
    const here = { ...request, remoteAddress: from(1) }
    const answers = await answersTo(limited, [...times(allowed + 1, () => here)])
    expect(answers).toEqual([...times(allowed, () => status), 429])
    const elsewhere = { ...request, remoteAddress: from(2) }
    expect(await answersTo(limited, [elsewhere, { ...here, url: '/livez' }])).toEqual([status, 200])
  })

  test('count attempts to sign in by address and by e-mail address, whatever its case', async () => {
    const limited = await startAnother(limits)
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
    const reset = (host: number): Sent => ({
      method: 'POST',
      url: '/v1/password-resets',
      body: { email: owner.email },
      remoteAddress: from(host),
    })
    expect(await answersTo(limited, [reset(10), reset(10), reset(10), reset(20), reset(21)])).toEqual([
      204, 204, 429, 204, 204,
    ])
    const neighbours = times(3, (index) =>
      signIn({ email: `v6-${index}@example.org`, password: 'x' }, { remoteAddress: `2001:db8::${index + 1}` }),
    )
    expect(await answersTo(limited, neighbours)).toEqual([401, 401, 429])
  })

  test('count tries at each till of a shop apart, and nobody elsewhere uses them up', async () => {
    const limited = await startAnother({ SIGN_IN_LIMIT_PER_MINUTE: '2' })
    const [till, other] = [uuidv7(), uuidv7()]
    const tryAt = (device_id: unknown, host: number): Sent => ({
      method: 'POST',
      url: '/v1/cashier-sessions',
      body: { device_id, credential: 'x', employee_id: uuidv7(), pin: '8317' },
      remoteAddress: from(host),
    })
    const atOne = [...times(3, () => tryAt(till, 1)), tryAt(other, 1), tryAt(till, 2)]
    expect(await answersTo(limited, atOne)).toEqual([422, 422, 429, 422, 422])
    const noTill = times(3, (index) => tryAt([index], 1))
    expect(await answersTo(limited, noTill)).toEqual([400, 400, 429])
  })

  test('believe X-Forwarded-For from a proxy they were told of, and from nobody else', async () => {
    const forwarded = (to: string, remoteAddress: string) => (index: number) =>
      signIn(
        { email: `${to}-${index}@example.org`, password: 'x' },
        { remoteAddress, headers: { 'x-forwarded-for': `192.0.2.1, 203.0.113.${index}` } },
      )
    const bare = await startAnother(limits)
    expect(await answersTo(bare, times(3, forwarded('bare', '127.0.0.1')))).toEqual([401, 401, 429])
    const behind = await startAnother({ ...limits, TRUST_PROXY: '127.0.0.1' })
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
