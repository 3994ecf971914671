import type pg from 'pg'
import { symbols } from 'pino'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { verifyChain } from '../server/audit/index.ts'
import { compose, type Product } from '../server/compose.ts'
import { parseConfig } from '../server/platform/config.ts'
import { nobody, uuidv7 } from '../server/platform/identifiers.ts'
import { createLog } from '../server/platform/log.ts'
import { type Sent, sendTo } from './harness/http.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { hire, signUpOwner, signUpPerson, type TestOwner, type TestPerson, testKey } from './harness/server.ts'

const lines: string[] = []
const personal = { name: 'Zineb Personal', email: 'zineb.stranger@example.org', password: 'a guess that was wrong' }

let database: TestDatabase
let product: Product
let closed: Product
let owner: TestOwner
let clerk: TestPerson
let key: string

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  product = await makeServer({})
  closed = await makeServer({ SIGN_UP: 'closed' })
  const url = await product.http.listen({ host: '127.0.0.1', port: 0 })
  owner = await signUpOwner({ url })
  clerk = await signUpPerson({ url })
  const role = await owner.client.call('tenants.create-role', {
    name: 'clerk',
    permissions: ['tenants.view-tenant', 'tenants.manage-roles'],
  })
  await hire({ database, product }, owner, clerk, [role.id])
  const made = { name: 'sync', permissions: ['tenants.view-tenant'], expires_at: '2036-01-01T00:00:00Z' }
  key = (await owner.client.call('tenants.create-api-key', made)).secret ?? ''
})
afterAll(async () => {
  for (const one of [product, closed]) {
    await one.http.close()
    await one.databases.end()
  }
  await database.drop()
})

/** A server whose log is kept. */
function makeServer(env: Record<string, string>): Promise<Product> {
  const log = createLog('warn')
  Object.assign(log, { [symbols.streamSym]: { write: (line: string) => lines.push(line) } })
  const limits = { RATE_LIMIT_PER_MINUTE: '1000000', SIGN_IN_LIMIT_PER_MINUTE: '1000000', LOCK_TIMEOUT_MS: '100' }
  const config = parseConfig({ ENVIRONMENT: 'staging', ...limits, ...env })
  return compose({ config, urls: database.roleUrls, authSecret: 'e'.repeat(40), signingKeys: () => [testKey], log })
}

const asSuperuser = <T>(work: (client: pg.Client) => Promise<T>) => withClient(database.superuserUrl, work)

interface Entry {
  readonly tenant_id: string
  readonly severity: string
  readonly text: string
  readonly body: Record<string, unknown>
}

/** The entries that some work left in any chain, in the order they were recorded. */
async function entriesOf(work: () => Promise<unknown>): Promise<Entry[]> {
  const heads = await asSuperuser((client) => client.query('SELECT tenant_id, seq FROM audit.head'))
  await work()
  const { rows } = await asSuperuser((client) =>
    client.query(
      `SELECT e.tenant_id, e.severity, e.body AS text, e.body::json AS body FROM audit.entry e
       LEFT JOIN unnest($1::uuid[], $2::bigint[]) AS head (tenant_id, seq) USING (tenant_id)
       WHERE e.seq > coalesce(head.seq, 0) ORDER BY e.recorded_at, e.seq`,
      [heads.rows.map((row) => row.tenant_id), heads.rows.map((row) => row.seq)],
    ),
  )
  return rows
}

const as = (person: TestPerson) => ({ cookie: person.cookie, 'comptoir-tenant': owner.tenantId })
const withKey = () => ({ authorization: `Bearer ${key}` })
const send = async (request: Sent, at: Product = product) => {
  const response = await sendTo({ product: at }, request)
  return `${response.statusCode} ${response.statusCode < 300 ? '' : response.json().code}`.trim()
}
const post = (url: string, body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  url,
  body,
  headers,
})
const shop = { legal_name: 'Shop', time_zone: 'Europe/Paris', country: 'FR', currency: 'EUR' }
const role = (permissions: string[]) => post('/v1/roles', { name: 'mine', permissions }, as(clerk))
const guess = (email: string) => post('/v1/sessions', { email, password: personal.password })

describe('a refusal leaves an entry of severity warning:', () => {
  // what was tried, as the answer says no; the event, and the chain it is in
  const cases: [what: string, request: () => Sent, answer: string, event: string, chain: 'tenant' | 'platform'][] = [
    [
      'a command an employee may not give',
      () => post('/v1/branches', { name: 'Mine' }, as(clerk)),
      '403 forbidden',
      'tenants.create-branch',
      'tenant',
    ],
    [
      'a search an employee may not make',
      () => ({ url: '/v1/employees', headers: as(clerk) }),
      '403 forbidden',
      'tenants.list-employees',
      'tenant',
    ],
    [
      'a look into the audit chain itself',
      () => ({ url: '/v1/audit/entries', headers: as(clerk) }),
      '403 forbidden',
      'audit.list-entries',
      'tenant',
    ],
    ['a grant of more than one holds', () => role(['*']), '403 grants_too_much', 'tenants.create-role', 'tenant'],
    [
      'a command a key may not give',
      () => post('/v1/roles', {}, withKey()),
      '403 forbidden',
      'tenants.create-role',
      'tenant',
    ],
    [
      'a key in place of a person',
      () => post('/v1/tenants', shop, withKey()),
      '403 forbidden',
      'tenants.create-tenant',
      'tenant',
    ],
    ['a wrong password', () => guess(owner.email), '401 wrong_credentials', 'identity.sign-in', 'platform'],
    ['an unknown address', () => guess(personal.email), '401 wrong_credentials', 'identity.sign-in', 'platform'],
  ]

  test.each(cases)('%s', async (what, request, answer, event, chain) => {
    const sent = request()
    const entries = await entriesOf(async () => expect(await send(sent)).toBe(answer))
    const byKey = sent.headers?.authorization !== undefined
    const actor = chain === 'platform' ? null : (byKey ? owner : clerk).userId
    // A known person finds it in their log, so it is about them; who tried it is not known.
    const about = what === 'a wrong password' ? owner.userId : null
    expect(entries).toMatchObject([
      {
        tenant_id: chain === 'platform' ? nobody : owner.tenantId,
        severity: 'warning',
        body: {
          event,
          severity: 'warning',
          environment: 'staging',
          refusal: answer.split(' ')[1],
          actor_id: actor,
          session_id: actor === clerk.userId ? expect.any(String) : null,
          api_key_id: byKey ? expect.any(String) : null,
          request_id: expect.any(String),
          resource_type: about && 'user',
          resource_id: about,
          input: null,
          old_values: null,
          new_values: about && { security_event: 'sign_in_failed' },
        },
      },
    ])
  })

  test('a sign-up where sign-up is closed', async () => {
    const entries = await entriesOf(async () => {
      expect(await send(post('/v1/users', personal), closed)).toBe('403 sign_up_closed')
    })
    expect(entries).toMatchObject([
      { tenant_id: nobody, body: { event: 'identity.sign-up', refusal: 'sign_up_closed' } },
    ])
  })
})

test.each<[what: string, request: () => Sent, answer: string]>([
  ['nobody', () => ({ url: '/v1/employees' }), '401 unauthenticated'],
  ['a thing that is not there', () => ({ url: `/v1/branches/${uuidv7()}`, headers: as(clerk) }), '404 not_found'],
  ['input that is none', () => post('/v1/roles', { name: 1 }, as(clerk)), '400 invalid_input'],
  ['a sign-in without a password', () => post('/v1/sessions', { email: owner.email }), '400 invalid_input'],
  [
    'a tenant of others',
    () => ({ url: '/v1/employees', headers: { ...as(clerk), 'comptoir-tenant': uuidv7() } }),
    '404 tenant_not_found',
  ],
  ['a permission there is not', () => role(['tenants.fly']), '422 unknown_permission'],
])('a refusal that tells nothing of somebody’s intentions leaves none: %s', async (_, request, answer) => {
  expect(await entriesOf(async () => expect(await send(request())).toBe(answer))).toEqual([])
})

test('a command that is refused in the end leaves its refusal, and nothing of what it had written', async () => {
  const entries = await entriesOf(() => send(role(['*'])))
  expect(entries).toHaveLength(1)
  expect(entries[0]?.body).not.toHaveProperty('input.permissions')
})

test('what changes who may do what is of severity notice, other commands are of severity info', async () => {
  const { client } = owner
  const severities: string[] = []
  const entries = await entriesOf(async () => {
    const [{ id = '' } = {}] = (await client.call('tenants.list-entities', {})).items
    await client.call('tenants.update-entity', { id, version: 1, legal_name: 'New name' })
    const viewer = await client.call('tenants.create-role', { name: 'viewer', permissions: ['tenants.view-tenant'] })
    await client.call('tenants.update-role', { id: viewer.id, version: 1, name: 'reader' })
    const made = { name: 'k', permissions: ['tenants.view-tenant'], expires_at: '2036-01-01T00:00:00Z' }
    const apiKey = await client.call('tenants.create-api-key', made)
    await client.call('tenants.revoke-api-key', { id: apiKey.id, version: apiKey.version })
    await client.call('tenants.update-employee', { id: owner.employeeId, version: 1, display_name: 'Boss' })
    const { cookie } = await signIn(owner)
    await send({ method: 'DELETE', url: '/v1/sessions/current', headers: { cookie } })
  })
  for (const { body } of entries) severities.push(`${body.event} ${body.severity}`)
  expect(severities).toEqual([
    'tenants.update-entity info',
    'tenants.create-role notice',
    'tenants.update-role notice',
    'tenants.create-api-key notice',
    'tenants.revoke-api-key notice',
    'tenants.update-employee notice',
    // Once for signing in, once for the device that nobody had seen before.
    'identity.sign-in notice',
    'identity.sign-in notice',
    'identity.sign-out notice',
  ])
})

async function signIn({ email, password }: TestPerson): Promise<{ cookie: string }> {
  const { headers } = await sendTo({ product }, post('/v1/sessions', { email, password }))
  return { cookie: String(headers['set-cookie']).split(';')[0] ?? '' }
}

test('no entry of any chain holds an address, a name, a password, a token or a key', async () => {
  const { rows } = await asSuperuser((client) => client.query('SELECT body FROM audit.entry'))
  expect(rows.length).toBeGreaterThan(30)
  const secrets = [owner.cookie, clerk.cookie].map((cookie) => decodeURIComponent(cookie.split('=')[1] ?? ''))
  const never = [
    ...Object.values(personal),
    owner.email,
    clerk.email,
    owner.password,
    'Amina Test',
    'Karim',
    'Boss',
    key,
    ...secrets,
  ]
  expect(never.filter((value) => value.length < 4)).toEqual([])
  expect(rows.filter(({ body }) => never.some((value) => body.includes(value)))).toEqual([])
})

test.each<[what: string, chain: () => string, request: () => Sent, answer: string]>([
  ['the tenant’s', () => owner.tenantId, () => ({ url: '/v1/employees', headers: as(clerk) }), '403 forbidden'],
  ['the platform’s', () => nobody, () => guess(owner.email), '401 wrong_credentials'],
])(
  'while %s chain cannot be written the caller is told the same, and the log says what is missing',
  async (_, chain, request, answer) => {
    lines.length = 0
    const entries = await entriesOf(() =>
      asSuperuser(async (client) => {
        await client.query('BEGIN')
        await client.query('SELECT FROM audit.head WHERE tenant_id = $1 FOR UPDATE', [chain()])
        expect(await send(request())).toBe(answer)
        await client.query('ROLLBACK')
      }),
    )
    expect(entries).toEqual([])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 50,
        tenantId: chain(),
        code: answer.split(' ')[1],
        msg: 'a refusal could not be entered in the audit chain',
      },
    ])
  },
)

test('many refusals at once stand in a chain that verifies', async () => {
  const requests = Array.from({ length: 40 }, () => ({ url: '/v1/employees', headers: as(clerk) }))
  const entries = await entriesOf(() => Promise.all(requests.map((request) => send(request))))
  expect(entries).toHaveLength(40)
  await withClient(database.roleUrls.app, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
    expect(await verifyChain(client, owner.tenantId)).toMatchObject({ intact: true })
  })
})
