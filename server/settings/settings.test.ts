import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
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
import { setPlatform as setPlatformOf } from '../../tests/harness/settings.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { createSettings, defineSetting, type Setting, settingFaults } from './index.ts'

const everywhere = ['platform', 'tenant', 'branch'] as const
const define = <T>(name: string, type: z.ZodType<T>, fallback: T, more: Partial<Setting<T>> = {}) =>
  defineSetting({ name: `probe.${name}`, type, default: fallback, help: 'A probe.', scopes: everywhere, ...more })

const flag = define('flag', z.boolean(), false)
const count = define('count', z.int().min(1).max(365), 7)
const rate = define(
  'rate',
  z
    .string()
    .regex(/^\d+\.\d\d$/)
    .meta({ description: 'a number with 2 decimals' }),
  '0.50',
)
const choice = define('choice', z.enum(['line', 'document']), 'line')
const words = define('words', z.array(z.string().max(10)).max(3), [])
const maybe = define('maybe', z.boolean().nullable(), null)
const token = define('token', z.string().max(100), '', { secret: true })
const tenantOnly = define('tenant-only', z.boolean(), false, { scopes: ['tenant'] })
const slow = define('slow', z.int().min(1).max(9), 1, { scopes: ['platform'], requiresRestart: true })
const probes = [flag, count, rate, choice, words, maybe, token, tenantOnly, slow] as readonly Setting[]

const secret = 'a token nobody may see'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer({ more: { settings: probes } })
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const get = (name: string, place: object = {}) => owner.client.call('settings.get-setting', { name, ...place })
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.problem?.code ?? error.kind?.code ?? error,
  )

/** Sets a value over the version that is there. */
async function set(name: string, value: never | unknown, place: object = {}, by = owner.client) {
  const { version } = await by.call('settings.get-setting', { name, ...withoutTimes(place) })
  return by.call('settings.set-setting', { name, version, value: value as never, ...place })
}

async function unset(name: string, place: object = {}) {
  const { version } = await get(name, withoutTimes(place))
  return owner.client.call('settings.unset-setting', { name, version, ...place })
}

function withoutTimes(place: { valid_from?: unknown; valid_until?: unknown }) {
  const { valid_from: _, valid_until: __, ...rest } = place
  return rest
}

const setPlatform = (setting: Setting, value: unknown, environment = '') =>
  setPlatformOf(server, setting, value, environment)

const sql = (text: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)

/** Lets time pass: everything that was ever set was set that much earlier. Out of the way first, or rows would meet. */
async function letPass(interval: string) {
  const aside = 'withdrawn_by = withdrawn_by + 1000000 * version'
  await sql(
    `UPDATE settings.value SET ${aside}, valid = tstzrange(lower(valid) - $1::interval, upper(valid) - $1::interval)`,
    [interval],
  )
  await sql(`UPDATE settings.value SET ${aside.replace('+', '-')}`)
}

describe('a value', () => {
  test.each<[string, unknown, unknown[]]>([
    ['probe.flag', true, ['true', 1, null, [], ['x']]],
    ['probe.count', 30, [0, 366, 1.5, '30', true, null]],
    ['probe.rate', '1.25', ['1', '1.2', 1.25, '-1.00', '']],
    ['probe.choice', 'document', ['Line', '', 0, null]],
    ['probe.words', ['a', 'b'], ['a', ['far too long a word'], ['a', 'b', 'c', 'd']]],
    ['probe.maybe', true, ['null', 0]],
    ['probe.maybe', null, ['']],
  ])('of %s may be %j, and what it is not is refused by name', async (name, right, wrongs) => {
    for (const wrong of wrongs) {
      const { version } = await get(name)
      const refused = owner.client.call('settings.set-setting', { name, version, value: wrong as never })
      await expect(refused).rejects.toMatchObject({
        problem: { code: 'invalid_input', detail: expect.stringMatching(new RegExp(`^${name} takes .+`)) },
      })
    }
    expect(await set(name, right)).toMatchObject({ value: right, source: 'tenant', is_valid: true })
    await unset(name)
  })

  test('takes effect at once, for the tenant that set it and no other', async () => {
    const other = await signUpOwner(server)
    await set('probe.count', 12)
    expect(await get('probe.count')).toMatchObject({ value: 12, source: 'tenant' })
    expect(await other.client.call('settings.get-setting', { name: 'probe.count' })).toMatchObject({
      value: 7,
      source: 'default',
      version: 0,
    })
    await unset('probe.count')
    expect(await get('probe.count')).toMatchObject({ value: 7, source: 'default' })
  })

  test('of another process is seen by the next read of this one', async () => {
    const second = await startTestServer({ database: server.database, more: { settings: probes } })
    const there = clientIn(second, owner, owner.tenantId)
    await set('probe.count', 21, {}, there)
    expect((await get('probe.count')).value).toBe(21)
    await unset('probe.count')
    expect((await there.call('settings.get-setting', { name: 'probe.count' })).value).toBe(7)
    await second.close()
  })

  test('that is no longer what its setting takes is named, not replaced by a default', async () => {
    await set('probe.count', 300)
    const narrower = { ...count, type: z.int().min(1).max(30) }
    const { encryption } = server.product
    const upgraded = createSettings({ declared: [narrower], environment: 'local', encryption })
    const { tenantId } = owner
    const [read, faults] = await server.product.databases.app.connect().then(async (client) => {
      await client.query('BEGIN')
      await client.query('SELECT platform.set_tenant($1)', [tenantId])
      const read = await codeOf(upgraded.read({ client, tenantId }, narrower))
      const resolved = (await upgraded.resolve({ client, tenantId }, [narrower], null)).get(count.name)
      expect(resolved).toMatchObject({ value: 7, isValid: false, source: 'tenant' })
      const faults = await settingFaults(client, upgraded, tenantId)
      await client.query('ROLLBACK')
      client.release()
      return [read, faults]
    })
    expect(read).toBe('setting_invalid')
    expect(faults).toEqual([
      expect.stringMatching(/^what is set for probe\.count \([\da-f-]+\) no longer fits; set it again$/),
    ])
    await unset('probe.count')
  })
})

describe('a place', () => {
  test('inherits: branch from tenant, tenant from platform, platform from the code; an environment before any', async () => {
    const { branchId: branch_id } = owner
    const seen = async () => [
      (await get('probe.count')).value,
      (await get('probe.count', { branch_id })).value,
      (await get('probe.count', { branch_id })).source,
    ]
    expect(await seen()).toEqual([7, 7, 'default'])
    await setPlatform(count as Setting, 2)
    expect(await seen()).toEqual([2, 2, 'platform'])
    await setPlatform(count as Setting, 3, 'elsewhere')
    expect(await seen()).toEqual([2, 2, 'platform'])
    await setPlatform(count as Setting, 4, 'local')
    expect(await seen()).toEqual([4, 4, 'platform'])
    await set('probe.count', 5)
    expect(await seen()).toEqual([5, 5, 'tenant'])
    await set('probe.count', 6, { environment: 'local' })
    await set('probe.count', 99, { environment: 'staging' })
    expect(await seen()).toEqual([6, 6, 'tenant'])
    await set('probe.count', 8, { branch_id })
    expect(await seen()).toEqual([6, 8, 'branch'])
    await set('probe.count', 9, { branch_id, environment: 'local' })
    expect(await seen()).toEqual([6, 9, 'branch'])

    await unset('probe.count', { branch_id, environment: 'local' })
    await unset('probe.count', { branch_id })
    await unset('probe.count', { environment: 'local' })
    expect(await seen()).toEqual([5, 5, 'tenant'])
    await unset('probe.count')
    await setPlatform(count as Setting, undefined, 'local')
    await setPlatform(count as Setting, undefined)
    expect(await seen()).toEqual([7, 7, 'default'])
  })

  test('where a setting is not for is refused, and the platform is not for tenants', async () => {
    const { branchId: branch_id } = owner
    expect(await codeOf(set('probe.tenant-only', true, { branch_id }))).toBe('setting_not_here')
    expect(await codeOf(set('probe.slow', 2))).toBe('setting_not_here')
    expect(await codeOf(setPlatform(tenantOnly as Setting, true))).toBe('setting_not_here')
  })

  test('a setting that nobody declared, a branch of nobody and a branch of another tenant are not found', async () => {
    const stranger = await signUpOwner(server)
    expect(await codeOf(get('probe.nothing'))).toBe('setting_not_found')
    const version = 0
    expect(
      await codeOf(owner.client.call('settings.set-setting', { name: 'probe.nothing', version, value: true })),
    ).toBe('setting_not_found')
    for (const branch_id of [uuidv7(), stranger.branchId]) {
      const place = { name: 'probe.flag', branch_id }
      expect(await codeOf(owner.client.call('settings.get-setting', place))).toBe('setting_branch_not_found')
      expect(await codeOf(owner.client.call('settings.list-versions', place))).toBe('setting_branch_not_found')
      expect(await codeOf(owner.client.call('settings.list-settings', { branch_id }))).toBe('setting_branch_not_found')
      expect(await codeOf(owner.client.call('settings.set-setting', { ...place, version, value: true }))).toBe(
        'setting_branch_not_found',
      )
      expect(await codeOf(owner.client.call('settings.unset-setting', { ...place, version }))).toBe(
        'setting_branch_not_found',
      )
    }
  })

  test('is changed by who may manage settings, and seen by who may view them', async () => {
    const person = await signUpPerson(server)
    const role = await owner.client.call('tenants.create-role', {
      name: 'Viewer',
      permissions: ['settings.view-settings'],
    })
    await hire(server, owner, person, [role.id])
    const viewer = clientIn(server, person, owner.tenantId)
    const { items } = await viewer.call('settings.list-settings', {})
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['probe.flag', 'messaging.smtp-url']))
    expect(await codeOf(set('probe.flag', true, {}, viewer))).toBe('forbidden')
  })
})

describe('time', () => {
  const planned = '2090-01-01T00:00:00.000Z'
  const later = '2091-01-01T00:00:00.000Z'

  test('a planned value takes effect by itself, and until then the one before stays', async () => {
    await set('probe.count', 10)
    expect(await set('probe.count', 20, { valid_from: planned })).toMatchObject({ value: 10, next_change_at: planned })
    await letPass('100 years')
    expect(await get('probe.count')).toMatchObject({ value: 20, next_change_at: null })
    await unset('probe.count')
  })

  test('a value with an end gives way to the one before it', async () => {
    await set('probe.count', 10)
    await set('probe.count', 20, { valid_from: planned, valid_until: later })
    const [{ days }] = (await sql('SELECT ($1::date - current_date + 30) AS days', [planned])) as [{ days: number }]
    await letPass(`${days} days`)
    const during = (await get('probe.count')).value
    await letPass('12 months')
    expect([during, (await get('probe.count')).value]).toEqual([20, 10])
    await unset('probe.count')
  })

  test('what is over cannot be changed, nothing overlaps, and what was planned can be replaced', async () => {
    expect(await codeOf(set('probe.count', 10, { valid_from: '2020-01-01T00:00:00Z' }))).toBe('setting_in_past')
    await set('probe.count', 20, { valid_from: planned })
    expect(await codeOf(set('probe.count', 10, { valid_until: later }))).toBe('setting_overlaps')
    expect(await codeOf(set('probe.count', 10, { valid_from: later, valid_until: planned }))).toBe(
      'setting_period_empty',
    )
    await set('probe.count', 30, { valid_from: planned })
    const { items } = await owner.client.call('settings.list-versions', { name: 'probe.count', limit: 2 })
    expect(items).toMatchObject([
      { value: 30, valid_from: planned, withdrawn_by: null },
      { value: 20, valid_from: planned, withdrawn_by: items[0]?.version },
    ])
    await unset('probe.count', { valid_from: planned })
  })

  test('the database itself lets no two versions of one place overlap', async () => {
    await set('probe.flag', true)
    const copy = sql(
      `INSERT INTO settings.value (tenant_id, id, name, environment, is_set, value, valid, employee_id, version)
       SELECT tenant_id, gen_random_uuid(), name, environment, is_set, value, valid, employee_id, version + 1000
       FROM settings.value WHERE name = 'probe.flag' AND tenant_id = $1 AND upper(valid) IS NULL`,
      [owner.tenantId],
    )
    await expect(copy).rejects.toMatchObject({ code: '23P01', constraint: 'value_valid_key' })
    await unset('probe.flag')
  })
})

describe('a version', () => {
  test('is kept for ever, with who and when, and pages lose none', async () => {
    const values = [11, 12, 13]
    for (const value of values) await set('probe.count', value, { environment: 'history' })
    await unset('probe.count', { environment: 'history' })
    const kept: unknown[] = []
    let cursor: string | undefined
    do {
      const page = await owner.client.call('settings.list-versions', {
        name: 'probe.count',
        limit: 3,
        ...(cursor ? { cursor } : {}),
      })
      kept.push(...page.items.filter(({ environment }) => environment === 'history'))
      cursor = page.next_cursor ?? undefined
    } while (cursor)
    const at = { employee_id: owner.employeeId, created_at: expect.any(String), environment: 'history' }
    expect(kept).toMatchObject([
      { ...at, version: 4, is_set: false, value: null },
      { ...at, version: 3, is_set: true, value: 13 },
      { ...at, version: 2, value: 12 },
      { ...at, version: 1, value: 11 },
    ])
  })

  test('that was not the last one read is refused, and of two at once one', async () => {
    const { version } = await set('probe.flag', true)
    const stale = { name: 'probe.flag', version: version - 1, value: false }
    expect(await codeOf(owner.client.call('settings.set-setting', stale))).toBe('version_conflict')
    for (const name of ['probe.flag', 'probe.choice']) {
      const { version: read } = await get(name)
      const values = name === 'probe.flag' ? [true, false] : ['line', 'document']
      const both = values.map((value) =>
        codeOf(owner.client.call('settings.set-setting', { name, version: read, value })),
      )
      expect((await Promise.all(both)).toSorted()).toEqual(['done', 'version_conflict'])
    }
  })

  test('leaves old and new value in the audit chain', async () => {
    await set('probe.count', 40)
    await set('probe.count', 41)
    const { items } = await owner.client.call('audit.list-resource-history', {
      resource_type: 'setting',
      resource_id: 'probe.count',
      limit: 200,
    })
    expect(items.at(-1)).toMatchObject({
      event: 'settings.set-setting',
      severity: 'notice',
      old_values: { value: 40 },
      new_values: { value: 41, is_set: true },
    })
  })
})

describe('a secret', () => {
  const stored = () =>
    sql(`SELECT id, sealed, value FROM settings.value WHERE name = 'probe.token' AND tenant_id = $1`, [owner.tenantId])
  const readToken = async () => {
    const { databases, settings } = server.product
    const client = await databases.app.connect()
    try {
      await client.query('BEGIN')
      await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
      return await settings.read({ client, tenantId: owner.tenantId }, token)
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  }

  test('is sealed where it is kept, read by the code, and shown in no answer, version, entry or stored answer', async () => {
    const answer = await set('probe.token', secret)
    expect(answer).toMatchObject({ value: null, default: null, source: 'tenant', secret: true })
    expect(await readToken()).toBe(secret)
    expect(await stored()).toMatchObject([{ sealed: expect.stringMatching(/^v1\.[0-9a-f]{16}\./), value: null }])
    const told = JSON.stringify([
      answer,
      await get('probe.token'),
      await owner.client.call('settings.list-settings', {}),
      await owner.client.call('settings.list-versions', { name: 'probe.token' }),
      await sql('SELECT body FROM audit.entry'),
      await sql('SELECT answer FROM platform.idempotency_key'),
    ])
    expect(told).not.toContain(secret)
    const [entry] = await sql(
      `SELECT body FROM audit.entry WHERE resource_id = 'probe.token' ORDER BY seq DESC LIMIT 1`,
    )
    expect(JSON.parse(entry.body)).toMatchObject({ input: { value: '(secret)' }, new_values: { value: '(secret)' } })
  })

  test('does not open in another row, and the row is named', async () => {
    const [{ id, sealed }] = (await stored()) as [{ id: string; sealed: string }]
    const moved = uuidv7()
    await sql('UPDATE settings.value SET id = $1 WHERE id = $2', [moved, id])
    await expect(readToken()).rejects.toThrow(`settings.value.sealed, row ${moved}, does not open`)
    expect(await get('probe.token')).toMatchObject({ is_valid: false, source: 'tenant' })
    await sql('UPDATE settings.value SET id = $1, sealed = $3 WHERE id = $2', [id, moved, sealed])
    expect(await readToken()).toBe(secret)
  })

  test('is forgotten once another took its place', async () => {
    await set('probe.token', 'a second one')
    const rows = await stored()
    expect(rows.filter(({ sealed }) => sealed !== null)).toHaveLength(1)
    expect(await readToken()).toBe('a second one')
  })
})

test('a setting that needs a restart says that it waits for one, and which process it waits for', async () => {
  const { settings, databases } = server.product
  await settings.remember(databases.app)
  expect(await get('probe.slow')).toMatchObject({ requires_restart: true, pending_restart: false })
  await setPlatform(slow as Setting, 5)
  expect(await get('probe.slow')).toMatchObject({ value: 5, pending_restart: true, source: 'platform' })
  expect(await settings.pending(databases.app)).toEqual(['probe.slow'])
  const restarted = await startTestServer({ database: server.database, more: { settings: probes } })
  await restarted.product.settings.remember(restarted.product.databases.app)
  expect(await restarted.product.settings.pending(restarted.product.databases.app)).toEqual([])
  await restarted.close()
})

test('requests cannot write what is set for the installation', async () => {
  const write = server.product.databases.app.query('UPDATE settings.platform_value SET name = name')
  await expect(write).rejects.toMatchObject({ code: '42501' })
})

test.each([
  ['a name that is none', { name: 'Probe' }],
  ['a default that does not fit', { default: 'x' as never }],
  ['no place', { scopes: [] }],
  ['a restart for every change of a tenant', { requiresRestart: true }],
])('a declaration with %s is a mistake that the start tells', (_, wrong) => {
  expect(() => defineSetting({ ...count, ...wrong })).toThrow(/setting|probe\.count/)
})
