import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendTo } from '../../tests/harness/http.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { systemEntry } from '../platform/audit-entry.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { severities } from '../platform/operation.ts'
import { writeAudit } from './entry-queries.ts'

type Filter = Omit<Parameters<TestOwner['client']['call']>[1], never> & Record<string, string>

interface Row {
  readonly seq: string
  readonly at: string
  readonly event: string
  readonly severity: string
  readonly actor_id: string | null
  readonly resource_type: string | null
  readonly resource_id: string | null
  readonly hash: string
}

const events = ['stock.count-shelf', 'stock.move-batch', 'sales.sell', 'sales.refund', 'cash.close-drawer']
const actors = [uuidv7(), uuidv7(), uuidv7()]
const resources = Array.from({ length: 30 }, (_, index) => ({
  type: ['shelf', 'batch', 'sale'][index % 3],
  id: uuidv7(),
}))

let server: TestServer
let owner: TestOwner
let other: TestOwner

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  other = await signUpOwner(server)
  await asApp(async (client) => {
    for (let batch = 0; batch < 30; batch++) await record(client, owner, batch * 100, 100)
    await record(client, other, 0, 50)
  })
})
afterAll(() => server.close())

function asApp<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(server.database.roleUrls.app, work)
}

/** Records entries in one transaction; what they hold is decided by their numbers. */
async function record(client: pg.Client, { tenantId }: TestOwner, from: number, count: number): Promise<void> {
  const entries = Array.from({ length: count }, (_, index) => {
    const number = from + index
    const resource = resources[number % 30]
    return {
      event: events[number % 5],
      severity: number % 97 === 0 ? severities[1 + (number % 3)] : 'info',
      actor_id: actors[number % 3],
      resource_type: resource?.type,
      resource_id: resource?.id,
      input: { number },
    }
  })
  await client.query('BEGIN')
  await client.query('SELECT platform.set_tenant($1)', [tenantId])
  await client.query('SELECT FROM audit.record($1, $2)', [tenantId, JSON.stringify(entries)])
  await client.query('COMMIT')
}

/** All entries of a tenant as the table holds them, newest first. */
async function chainOf({ tenantId }: TestOwner): Promise<Row[]> {
  return withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT seq, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, event, severity, actor_id,
              resource_type, resource_id, encode(hash, 'hex') AS hash
       FROM audit.entry WHERE tenant_id = $1 ORDER BY recorded_at DESC, seq DESC`,
      [tenantId],
    )
    return rows
  })
}

/** Pages through a search to its end; `between` runs after each page. */
async function readAll(input: Record<string, string>, limit: number, between = async () => {}): Promise<string[]> {
  const found: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await owner.client.call('audit.list-entries', {
      ...(input as Filter),
      limit,
      ...(cursor ? { cursor } : {}),
    })
    found.push(...page.items.map(({ seq }) => seq))
    cursor = page.next_cursor
    await between()
  }
  return found
}

describe('a search', () => {
  const [resource, actor] = [resources[4], actors[1] ?? '']
  const ofResource = { resource_type: resource?.type ?? '', resource_id: resource?.id ?? '' }
  const ofEvent = (event: string) => (row: Row) => row.event === event

  // the filter, given two moments of the chain; what it must find
  const filters: [
    what: string,
    filter: (from: string, until: string) => Record<string, string>,
    keeps: (row: Row) => boolean,
  ][] = [
    ['nothing', () => ({}), () => true],
    ['an event', () => ({ event: 'sales.sell' }), ofEvent('sales.sell')],
    ['an event of the product', () => ({ event: 'tenants.create-tenant' }), ofEvent('tenants.create-tenant')],
    ['an event that never was', () => ({ event: 'sales.fly' }), () => false],
    ['an actor', () => ({ actor_id: actor }), (row) => row.actor_id === actor],
    ['an actor who did nothing', () => ({ actor_id: uuidv7() }), () => false],
    ['a kind of resource', () => ({ resource_type: 'batch' }), (row) => row.resource_type === 'batch'],
    ['a resource', () => ofResource, (row) => row.resource_id === resource?.id],
    ['a resource of another kind', () => ({ ...ofResource, resource_type: 'sale' }), () => false],
    ...severities.map((severity): (typeof filters)[number] => [
      `severity ${severity}`,
      () => ({ severity }),
      (row) => row.severity === severity,
    ]),
    [
      'an event and an actor of a severity',
      () => ({ event: 'sales.refund', actor_id: actors[0] ?? '', severity: 'info' }),
      (row) => row.event === 'sales.refund' && row.actor_id === actors[0] && row.severity === 'info',
    ],
  ]

  test.each(filters)('for %s finds all of it, newest first, whatever the size of a page', async (_, filter, keeps) => {
    const chain = await chainOf(owner)
    const [from, until] = [chain[2_050]?.at ?? '', chain[950]?.at ?? '']
    const expected = chain.filter(keeps).map(({ seq }) => seq)
    expect(await readAll(filter(from, until), 200)).toEqual(expected)
    if (expected.length < 500) expect(await readAll(filter(from, until), 7)).toEqual(expected)

    const within = chain.filter((row) => keeps(row) && row.at >= from && row.at < until).map(({ seq }) => seq)
    expect(await readAll({ ...filter(from, until), from, until }, 200)).toEqual(within)
  })

  test('from counts and until does not, to the microsecond', async () => {
    const chain = await chainOf(owner)
    const at = chain[1_000]?.at ?? ''
    const count = chain.filter((row) => row.at === at).length
    expect(count).toBe(100)
    const found = async (range: Record<string, string>) => (await readAll(range, 200)).length
    expect(await found({ from: at })).toBe(chain.filter((row) => row.at >= at).length)
    expect((await found({ from: at })) + (await found({ until: at }))).toBe(chain.length)
    expect(await found({ from: at, until: at })).toBe(0)
  })

  test('meets every entry once while new ones arrive, late ones of older transactions too', async () => {
    const before = (await chainOf(owner)).map(({ seq }) => seq)
    await asApp(async (late) => {
      // Its entries carry the time at which it began.
      await late.query('BEGIN')
      await late.query('SELECT platform.set_tenant($1)', [owner.tenantId])
      let pages = 0
      const found = await readAll({}, 100, async () => {
        pages++
        await asApp((client) => record(client, owner, 5_000 + pages, 3))
        if (pages === 5) {
          await late.query('SELECT FROM audit.record($1, $2)', [owner.tenantId, '[{"event":"stock.late"}]'])
          await late.query('COMMIT')
        }
      })
      expect(pages).toBeGreaterThan(30)
      expect(found).toEqual(before)
      expect(new Set(found).size).toBe(found.length)
    })
    expect((await chainOf(owner)).length).toBeGreaterThan(before.length + 90)
  })
})

describe('an entry', () => {
  test('is shown as it was hashed: who, when, on what, with which input and values', async () => {
    const role = await owner.client.call('tenants.create-role', { name: 'Viewer', permissions: ['audit.view-entries'] })
    const { items } = await owner.client.call('audit.list-entries', { event: 'tenants.create-role' })
    const [row] = await chainOf(owner)
    expect(items).toEqual([
      {
        seq: row?.seq,
        recorded_at: row?.at,
        hash: row?.hash,
        event: 'tenants.create-role',
        severity: 'notice',
        environment: 'local',
        actor_id: owner.userId,
        session_id: expect.stringMatching(/^[\da-f-]{36}$/),
        api_key_id: null,
        request_id: expect.stringMatching(/^[\da-f-]{36}$/),
        resource_type: 'role',
        resource_id: role.id,
        input: { name: 'Viewer', permissions: ['audit.view-entries'] },
        old_values: null,
        new_values: expect.objectContaining({ name: 'Viewer', version: 1 }),
        refusal: null,
      },
    ])
    expect(await owner.client.call('audit.get-entry', { seq: row?.seq ?? '' })).toEqual(items[0])
  })

  test('whose body was ruined is shown with its number, and with nothing that nobody vouches for', async () => {
    await withClient(server.database.superuserUrl, async (client) => {
      await client.query("SET session_replication_role = 'replica'")
      await client.query("UPDATE audit.entry SET body = 'ruined' WHERE tenant_id = $1 AND seq = 20", [other.tenantId])
    })
    const shown = await other.client.call('audit.get-entry', { seq: '20' })
    expect(shown).toMatchObject({ seq: '20', event: '', actor_id: null, resource_id: null, input: null })
  })
})

describe('the history of a resource', () => {
  test('holds every command that changed it, oldest first, also one that changed several things', async () => {
    const [first] = (await other.client.call('tenants.list-branches', {})).items
    const branch = { resource_type: 'branch', resource_id: first?.id ?? '' }
    const names = ['Left bank', 'Right bank', 'The island']
    let version = first?.version ?? 0
    for (const name of names) {
      version = (await other.client.call('tenants.update-branch', { id: branch.resource_id, version, name })).version
    }
    const { items, next_cursor } = await other.client.call('audit.list-resource-history', branch)
    expect(next_cursor).toBeNull()
    const nameOf = (values: unknown) => (values as { name?: string } | null)?.name ?? null
    expect(items.map((one) => [one.event, nameOf(one.old_values), nameOf(one.new_values)])).toEqual([
      ['tenants.create-tenant', null, first?.name],
      ['tenants.update-branch', first?.name, 'Left bank'],
      ['tenants.update-branch', 'Left bank', 'Right bank'],
      ['tenants.update-branch', 'Right bank', 'The island'],
    ])
    expect(new Set(items.map((one) => one.request_id)).size).toBe(4)

    const pages: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await other.client.call('audit.list-resource-history', {
        ...branch,
        limit: 1,
        ...(cursor ? { cursor } : {}),
      })
      pages.push(...page.items.map(({ seq }) => seq))
      cursor = page.next_cursor
    }
    expect(pages).toEqual(items.map(({ seq }) => seq))
  })

  test('tells of two commands at once in the order of the chain, not of their beginnings', async () => {
    const { app } = server.product.databases
    const resource = { resource_type: 'parcel', resource_id: uuidv7() }
    const entry = (event: string) => ({
      ...systemEntry({ event, severity: 'info', environment: 'test', new_values: null }),
      ...resource,
    })
    await inTransaction(app, other.tenantId, async (late) => {
      // It has begun, and with that has its time.
      await late.client.query('SELECT now()')
      await inTransaction(app, other.tenantId, (tx) => writeAudit(tx, other.tenantId, [entry('test.began-second')]))
      await writeAudit(late, other.tenantId, [entry('test.began-first')])
    })
    const order = ['test.began-second', 'test.began-first']
    const whole = await other.client.call('audit.list-resource-history', resource)
    expect(whole.items.map(({ event }) => event)).toEqual(order)
    const [second, first] = whole.items
    expect((first?.recorded_at ?? '') < (second?.recorded_at ?? '')).toBe(true)
    const page = await other.client.call('audit.list-resource-history', { ...resource, limit: 1 })
    const rest = await other.client.call('audit.list-resource-history', { ...resource, cursor: page.next_cursor ?? '' })
    expect([...page.items, ...rest.items]).toEqual(whole.items)
    const newest = await other.client.call('audit.list-entries', { ...resource, limit: 1 })
    const older = await other.client.call('audit.list-entries', { ...resource, cursor: newest.next_cursor ?? '' })
    expect([...newest.items, ...older.items]).toEqual(whole.items.toReversed())
  })

  test('begins for all that came with the tenant in one command, whose first entry alone holds the input', async () => {
    const { items } = await other.client.call('audit.list-entries', { event: 'tenants.create-tenant' })
    const made = items.toReversed()
    const roles = made.filter((one) => one.resource_type === 'role')
    const types = [
      'tenant',
      'entity',
      'branch',
      ...roles.map(() => 'role'),
      'employee',
      'books',
      'tax_classes',
      'units',
      'tenders',
    ]
    expect(made.map((one) => one.resource_type)).toEqual(types)
    expect(new Set(made.map((one) => one.request_id)).size).toBe(1)
    expect(made.map((one) => one.input === null)).toEqual(made.map((_, index) => index > 0))
    expect(
      made.filter((one) => one === roles[0] || one.resource_type !== 'role').map((one) => one.new_values),
    ).toMatchObject([
      { legal_name: expect.any(String) },
      { country: 'FR', currency: 'EUR' },
      { code: 'MAIN' },
      { name: 'owner', permissions: ['*'] },
      { display_name: '(personal)', status: 'active' },
      { chart: 'france' },
      { items: expect.any(Array) },
      { items: expect.arrayContaining([expect.objectContaining({ code: 'piece' })]) },
      { items: expect.arrayContaining([expect.objectContaining({ code: 'cash' })]) },
    ])
    expect(JSON.stringify(made)).not.toContain('(undescribed)')
  })
})

test('a tenant sees its own chain whole, and no entry of another or of the platform', async () => {
  const everything = async (one: TestOwner) => {
    const hashes: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await one.client.call('audit.list-entries', { limit: 200, ...(cursor ? { cursor } : {}) })
      hashes.push(...page.items.map(({ hash }) => hash))
      cursor = page.next_cursor
    }
    return hashes
  }
  for (const one of [owner, other]) expect(await everything(one)).toEqual((await chainOf(one)).map(({ hash }) => hash))
  for (const event of ['platform.migrate-up', 'identity.sign-in']) {
    expect((await owner.client.call('audit.list-entries', { event })).items).toEqual([])
  }
  const notFound = { problem: { status: 404, code: 'not_found' } }
  await expect(other.client.call('audit.get-entry', { seq: '2000' })).rejects.toMatchObject(notFound)
  for (const one of [
    resources[0],
    { type: 'migration', id: '0001_platform' },
    { type: 'tenant', id: owner.tenantId },
  ]) {
    const named = { resource_type: one?.type ?? '', resource_id: one?.id ?? '' }
    if (one?.id !== resources[0]?.id)
      await expect(other.client.call('audit.list-resource-history', named)).rejects.toMatchObject(notFound)
  }
})

// operation, input, status and code of the refusal
const refused: [operation: string, input: Record<string, string | number>, answer: string][] = [
  ['audit.list-entries', { colour: 'blue' }, '400 invalid_input'],
  ['audit.list-entries', { severity: 'fatal' }, '400 invalid_input'],
  ['audit.list-entries', { actor_id: 'Amina' }, '400 invalid_input'],
  ['audit.list-entries', { from: 'yesterday' }, '400 invalid_input'],
  ['audit.list-entries', { resource_id: 'x' }, '400 invalid_input'],
  ['audit.list-entries', { limit: 201 }, '400 invalid_input'],
  ['audit.list-entries', { cursor: 'next' }, '400 invalid_cursor'],
  ['audit.list-entries', { cursor: cursorOf(['2026-01-01T00:00:00.000000Z', '1x']) }, '400 invalid_cursor'],
  ['audit.list-entries', { cursor: cursorOf(['0000-01-01T00:00:00.000000Z', '1']) }, '400 invalid_cursor'],
  ['audit.list-entries', { cursor: cursorOf([uuidv7()]) }, '400 invalid_cursor'],
  ['audit.list-entries', { from: '2026-02-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }, '422 from_after_until'],
  ...['abc', '0', '-1', '1.5', '1e3', '0x1', '01', '9'.repeat(19), "1' OR 1=1"].map((seq): (typeof refused)[number] => [
    'audit.get-entry',
    { seq },
    '400 invalid_input',
  ]),
  ['audit.get-entry', { seq: '9'.repeat(18) }, '404 not_found'],
  ['audit.list-resource-history', { resource_type: 'role', resource_id: uuidv7() }, '404 not_found'],
  ['audit.list-resource-history', { resource_type: 'a\0b', resource_id: 'x' }, '400 invalid_input'],
  ['audit.list-resource-history', { resource_type: 'role', resource_id: 'x', cursor: 'x' }, '400 invalid_cursor'],
  ['audit.list-verifications', { intact: 'perhaps' }, '400 invalid_input'],
  ['audit.list-checkpoints', { cursor: cursorOf([1.5, uuidv7()]) }, '400 invalid_cursor'],
  ['audit.read-chain', { from: '2026-02-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }, '422 from_after_until'],
  ['audit.list-verifications', { cursor: cursorOf(['x']) }, '400 invalid_cursor'],
]

function cursorOf(values: unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

test.each(refused)('%s refuses %j with %s', async (operation, input, answer) => {
  const [status, code] = answer.split(' ')
  await expect(owner.client.request(operation, input)).rejects.toMatchObject({
    problem: { status: Number(status), code },
  })
})

test('each search is open to those who hold its permission, and to nobody else', async () => {
  const roles = ['audit.view-entries', 'audit.view-verifications', 'tenants.view-tenant']
  const callers: [who: string, headers: Record<string, string>][] = [
    ['nobody', {}],
    ['owner', { cookie: owner.cookie }],
  ]
  for (const permission of roles) {
    const person = await signUpPerson(server)
    const role = await owner.client.call('tenants.create-role', { name: permission, permissions: [permission] })
    await hire(server, owner, person, [role.id])
    callers.push([permission, { cookie: person.cookie }])
  }
  const key = { name: 'auditor', permissions: ['audit.view-entries'], expires_at: '2036-01-01T00:00:00Z' }
  const { secret } = await owner.client.call('tenants.create-api-key', key)
  callers.push(['key for entries', { authorization: `Bearer ${secret}` }])

  const paths = ['entries', 'entries/1', `resources/tenant/${owner.tenantId}/entries`, 'verifications']
  const table: string[] = []
  for (const [who, headers] of callers) {
    const answers: number[] = []
    for (const path of paths) {
      const sent = { url: `/v1/audit/${path}`, headers: { ...headers, 'comptoir-tenant': owner.tenantId } }
      answers.push((await sendTo(server, sent)).statusCode)
    }
    table.push(`${who}: ${answers.join(' ')}`)
  }
  expect(table).toEqual([
    'nobody: 401 401 401 401',
    'owner: 200 200 200 200',
    'audit.view-entries: 200 200 200 403',
    'audit.view-verifications: 403 403 403 200',
    'tenants.view-tenant: 403 403 403 403',
    'key for entries: 200 200 200 403',
  ])
})
