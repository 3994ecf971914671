import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parseConfig } from '../server/platform/config.ts'
import { inReadTransaction, inTransaction, openDatabases } from '../server/platform/database.ts'
import { nobody, uuidv7 } from '../server/platform/identifiers.ts'
import { type Operation, routeOf } from '../server/platform/operation.ts'
import {
  openCatalogue,
  readFunctions,
  readTables,
  readViews,
  type Table,
  tenantlessFunctions,
} from './harness/catalogue.ts'
import { createTestDatabase, type TestDatabase } from './harness/postgres.ts'
import { createRowMaker, insertion, literal, type RowMaker } from './harness/rows.ts'
import { createSampler, placeInput } from './harness/samples.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

type Role = 'app' | 'read' | 'owner' | 'identity' | 'jobs'

/** A database with rows of two tenants in every tenant table: what is A's must not be reached from B. */
interface World {
  readonly superuser: pg.Client
  readonly sessions: Readonly<Record<Role, pg.Client>>
  readonly tables: readonly Table[]
  readonly rows: RowMaker
  readonly a: string
  readonly b: string
}

async function openWorld(database: TestDatabase, { a, b }: { a: string; b: string }) {
  const connect = async (connectionString: string) => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    return client
  }
  const { app, read, identity, jobs } = database.roleUrls
  const superuser = await connect(database.superuserUrl)
  await openCatalogue(superuser)
  const tables = await readTables(superuser)
  const rows = createRowMaker(superuser, tables)
  await rows.fillAll(a)
  await rows.fillAll(b)
  const sessions = {
    app: await connect(app),
    read: await connect(read),
    owner: await connect(database.ownerUrl),
    identity: await connect(identity),
    jobs: await connect(jobs),
  }
  const close = () => Promise.all([superuser, ...Object.values(sessions)].map((client) => client.end()))
  return { superuser, sessions, tables, rows, a, b, close }
}

interface Attempt {
  readonly count: number
  readonly rows?: readonly Record<string, unknown>[]
  readonly code?: string
  readonly error?: string
}

/** Runs one statement in a transaction of a tenant, or of none, and takes it back. */
async function attempt(client: pg.Client, tenantId: string | null, statement: string): Promise<Attempt> {
  await client.query('BEGIN')
  try {
    if (tenantId !== null) await client.query('SELECT platform.set_tenant($1)', [tenantId])
    const { rowCount, rows } = await client.query(statement)
    return { count: rowCount ?? 0, rows }
  } catch (thrown) {
    const { code = '', message, constraint = '', detail = '' } = thrown as pg.DatabaseError
    return { count: 0, code, error: `${code} ${constraint} ${message} ${detail}` }
  } finally {
    await client.query('ROLLBACK')
  }
}

const notAllowed = '42501'
const appendOnly = '23001'

/** Nothing came of it, for the right reason. */
function isHarmless({ count, code }: Attempt): boolean {
  return count === 0 && (code === undefined || code === notAllowed || code === appendOnly)
}

const contexts: [context: string, tenantOf: (world: World) => string | null][] = [
  ['a transaction of tenant B', ({ b }) => b],
  ['a transaction of the nil tenant', () => nobody],
  ['a transaction without a tenant', () => null],
]

// The tables of a world that a role reaches from a transaction of `own`, and how; empty when tenant A is isolated.
async function tableLeaks(world: World, role: Role, own: string | null): Promise<string[]> {
  const leaks: string[] = []
  const a = literal(world.a)
  const me = literal(own)
  for (const table of world.tables.filter((one) => one.class === 'tenant')) {
    const { name } = table
    const copy = insertion(table, await world.rows.someRow(table, world.a))
    const statements = [
      `SELECT FROM ${name} WHERE tenant_id = ${a}`,
      `SELECT FROM ${name} WHERE tenant_id IS DISTINCT FROM ${me}`,
      `SELECT FROM ${name} WHERE 1 / (CASE WHEN tenant_id = ${a} THEN 0 ELSE 1 END) = 0`,
      copy,
      `${copy} ON CONFLICT DO NOTHING`,
      `${copy} ON CONFLICT (${table.primaryKey.join(', ')}) DO UPDATE SET tenant_id = excluded.tenant_id`,
      insertion(table, await world.rows.newRow(table, world.a)),
      `UPDATE ${name} SET tenant_id = tenant_id WHERE tenant_id = ${a}`,
      `UPDATE ${name} SET tenant_id = tenant_id WHERE tenant_id IS DISTINCT FROM ${me}`,
      `UPDATE ${name} SET tenant_id = ${me} WHERE tenant_id = ${a}`,
      `UPDATE ${name} SET tenant_id = ${a} WHERE tenant_id = ${me}`,
      `DELETE FROM ${name} WHERE tenant_id = ${a}`,
      `DELETE FROM ${name} WHERE tenant_id IS DISTINCT FROM ${me}`,
    ]
    for (const statement of statements) {
      const answer = await attempt(world.sessions[role], own, statement)
      if (!isHarmless(answer)) leaks.push(`${statement}: ${answer.error ?? `${answer.count} rows`}`)
    }
  }
  return leaks
}

// The views through which a role sees rows that are not of `own`; one without tenant_id must not be readable at all.
async function viewLeaks(world: World, role: Role, own: string | null): Promise<string[]> {
  const leaks: string[] = []
  for (const { name, hasTenant } of await readViews(world.superuser)) {
    const condition = hasTenant ? `WHERE tenant_id IS DISTINCT FROM ${literal(own)}` : ''
    const { count, code } = await attempt(world.sessions[role], own, `SELECT FROM ${name} ${condition}`)
    if (hasTenant ? count > 0 : code !== notAllowed) leaks.push(`${name}: ${count} rows`)
  }
  return leaks
}

const plainArguments: Readonly<Record<string, string>> = {
  jsonb: "'[]'",
  text: "''",
  integer: '0',
  'timestamp with time zone': 'now()',
}

// The definer functions that a role may call for tenant A, or for no tenant, from a transaction of `own`.
async function functionLeaks(world: World, role: Role, own: string | null): Promise<string[]> {
  const leaks: string[] = []
  for (const { name, definer, grantees, argumentTypes } of await readFunctions(world.superuser)) {
    if (!definer || name in tenantlessFunctions || !(role === 'owner' || grantees.includes(`comptoir_${role}`)))
      continue
    const others = argumentTypes.slice(1).map((type) => `${plainArguments[type] ?? 'NULL'}::${type}`)
    for (const tenant of [literal(world.a), 'NULL']) {
      const call = `SELECT FROM ${name.split('(')[0]}(${[`${tenant}::uuid`, ...others].join(', ')})`
      const { count, code, error } = await attempt(world.sessions[role], own, call)
      if (code !== notAllowed) leaks.push(`${call}: ${error ?? `${count} rows`}`)
    }
  }
  return leaks
}

let server: TestServer
let ownerA: TestOwner
let ownerB: TestOwner
let world: Awaited<ReturnType<typeof openWorld>>

beforeAll(async () => {
  server = await startTestServer()
  ownerA = await signUpOwner(server)
  ownerB = await signUpOwner(server)
  world = await openWorld(server.database, { a: ownerA.tenantId, b: ownerB.tenantId })
})
afterAll(async () => {
  await world?.close()
  await server?.close()
})

describe.each(contexts)('from %s, of another tenant', (_, tenantOf) => {
  test.each<[Role]>([['app'], ['read'], ['owner']])(
    'comptoir_%s sees, adds, changes and deletes no row of any table',
    async (role) => {
      expect(await tableLeaks(world, role, tenantOf(world))).toEqual([])
    },
  )

  test.each<[Role]>([['app'], ['read']])('comptoir_%s sees nothing through any view', async (role) => {
    expect(await viewLeaks(world, role, tenantOf(world))).toEqual([])
  })

  test.each<[Role]>([['app'], ['owner']])('comptoir_%s is refused by every definer function', async (role) => {
    expect(await functionLeaks(world, role, tenantOf(world))).toEqual([])
  })
})

test('there is something to see: in its own transaction a tenant has rows in every tenant table', async () => {
  for (const [role, mustRead] of [
    ['owner', () => true],
    ['app', ({ name }: Table) => name.startsWith('tenants.')],
  ] as const) {
    for (const table of world.tables.filter((one) => one.class === 'tenant' && mustRead(one))) {
      const { count } = await attempt(world.sessions[role], world.a, `SELECT FROM ${table.name}`)
      expect(count, `${role} reads ${table.name}`).toBeGreaterThan(0)
    }
  }
})

test('the checks report isolation that is broken', async () => {
  const scratch = await createTestDatabase(inject('postgresPort'))
  const broken = await openWorld(scratch, { a: uuidv7(), b: uuidv7() })
  try {
    const { superuser, b } = broken
    expect(await tableLeaks(broken, 'app', b)).toEqual([])
    await superuser.query(`
      ALTER TABLE tenants.branch DISABLE ROW LEVEL SECURITY;
      ALTER TABLE tenants.role NO FORCE ROW LEVEL SECURITY;
      CREATE POLICY open ON tenants.entity FOR SELECT USING (true);
      CREATE VIEW tenants.read_open AS SELECT tenant_id, id FROM tenants.employee;
      GRANT SELECT ON tenants.read_open TO comptoir_app;
      CREATE FUNCTION tenants.open(p_tenant uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER
        AS 'SELECT count(*) FROM tenants.branch WHERE tenant_id = p_tenant';
      GRANT EXECUTE ON FUNCTION tenants.open(uuid) TO comptoir_app`)
    const tablesOf = (leaks: string[]) => [...new Set(leaks.map((leak) => / (\w+\.\w+) /.exec(leak)?.[1]))].toSorted()
    const byApp = await tableLeaks(broken, 'app', b)
    expect(tablesOf(byApp)).toEqual(['tenants.branch', 'tenants.entity'])
    expect(new Set(byApp.filter((leak) => leak.includes('branch')).map((leak) => leak.split(' ')[0]))).toEqual(
      new Set(['SELECT', 'INSERT', 'UPDATE']),
    )
    expect(tablesOf(await tableLeaks(broken, 'owner', null))).toEqual([
      'tenants.branch',
      'tenants.entity',
      'tenants.role',
    ])
    expect(await viewLeaks(broken, 'app', b)).toEqual([expect.stringContaining('tenants.read_open')])
    expect(await functionLeaks(broken, 'app', b)).toEqual([
      expect.stringContaining('tenants.open'),
      expect.stringContaining('tenants.open'),
    ])
  } finally {
    await broken.close()
    await scratch.drop()
  }
})

test('pointing at a row of another tenant is refused exactly as pointing at none', async () => {
  const probed: string[] = []
  for (const table of world.tables.filter((one) => one.class === 'tenant')) {
    for (const { constraint, columns, target, targetColumns } of table.references) {
      const targetTable = world.tables.find((one) => one.name === target)
      if (targetTable?.class !== 'tenant' || columns.length === 1) continue
      const own = await world.rows.newRow(table, world.b)
      const pointing = (key: Record<string, string | null>) =>
        Object.fromEntries(columns.slice(1).map((column, at) => [column, key[targetColumns[at + 1] ?? ''] ?? null]))
      const theirs = pointing(await world.rows.someRow(targetTable, world.a))
      const none = pointing(await world.rows.newRow(targetTable, world.a))
      const statements = (key: Record<string, string | null>) => [
        insertion(table, { ...own, ...key }),
        `UPDATE ${table.name} SET ${Object.entries(key)
          .map(([column, value]) => `"${column}" = ${literal(value)}`)
          .join(', ')}`,
      ]
      for (const role of ['app', 'owner'] as const) {
        for (const [at, statement] of statements(theirs).entries()) {
          const atTheirs = await attempt(world.sessions[role], world.b, statement)
          const atNone = await attempt(world.sessions[role], world.b, statements(none)[at] ?? '')
          expect(atTheirs.code, `${role}: ${statement}`).toMatch(/^(23503|42501|23001)$/)
          expect(withoutIds(atTheirs.error)).toBe(withoutIds(atNone.error))
          if (atTheirs.code === '23503') probed.push(constraint)
        }
      }
    }
  }
  expect(probed).toEqual(
    expect.arrayContaining(['branch_entity_id_fkey', 'employee_role_role_id_fkey', 'api_key_employee_id_fkey']),
  )
})

test('functions that know no tenant open nothing of another one', async () => {
  const { app } = world.sessions
  const token = literal(decodeURIComponent(ownerB.cookie.split('=')[1] ?? ''))
  const asking = await attempt(app, null, `SELECT * FROM tenants.authenticate(${token}, NULL, ${literal(world.a)})`)
  expect(asking.rows).toMatchObject([{ user_id: ownerB.userId, tenant_id: null, employee_id: null, permissions: [] }])
  expect(await attempt(app, null, `SELECT * FROM tenants.authenticate(NULL, NULL, ${literal(world.a)})`)).toEqual({
    count: 0,
    rows: [],
  })
  const theirs = await attempt(app, null, `SELECT * FROM tenants.tenants_of_user(${literal(ownerB.userId)}) AS id`)
  expect(theirs.rows).toEqual([{ id: world.b }])
  for (const [name, { roles }] of Object.entries(tenantlessFunctions)) {
    const call = `SELECT FROM ${name.replaceAll(/\b(text|bytea|uuid|date)\b/g, 'NULL::$1')}`
    for (const role of ['app', 'read', 'identity', 'jobs'] as const) {
      const { code } = await attempt(world.sessions[role], null, call)
      expect(code === notAllowed, `${role}: ${call}`).toBe(!roles.includes(`comptoir_${role}`))
    }
  }
})

test('each role reads its own ground and no other: identity, the job tables and the directory are closed to requests', async () => {
  const jobTables = await world.superuser.query(
    `SELECT format('graphile_worker.%I', relname) AS name FROM pg_class WHERE relnamespace = 'graphile_worker'::regnamespace AND relkind IN ('r', 'p')`,
  )
  const all = [
    ...world.tables,
    ...jobTables.rows.map((row): { name: string; class: 'jobs' } => ({ name: row.name, class: 'jobs' })),
  ]
  const tenants = (table: { class: string | null }) => table.class === 'tenant' || table.class === 'shared'
  const grounds: [Role, (table: (typeof all)[number]) => boolean][] = [
    ['app', (table) => tenants(table) || table.name === 'platform.migration'],
    ['read', tenants],
    ['identity', ({ name }) => name.startsWith('identity.')],
    ['jobs', (table) => table.class === 'jobs'],
  ]
  for (const [role, isOpen] of grounds) {
    const beyond: string[] = []
    for (const table of all.filter((one) => !isOpen(one))) {
      const { code } = await attempt(world.sessions[role], null, `SELECT FROM ${table.name}`)
      if (code !== notAllowed) beyond.push(table.name)
    }
    expect(beyond, role).toEqual([])
  }
  expect(all.map((table) => table.name)).toEqual(
    expect.arrayContaining(['identity.session', 'tenants.directory', 'graphile_worker._private_jobs']),
  )
})

test('a pooled connection keeps nothing of the tenant before: not bare, not after a failure, not in a cached plan', async () => {
  const config = parseConfig({})
  const databases = openDatabases(server.database.roleUrls, { ...config, poolSize: 1 }, () => {})
  const { app } = databases
  const branches = { name: 'branches', text: 'SELECT tenant_id, pg_backend_pid() AS pid FROM tenants.branch' }
  const seen = async (query: (statement: typeof branches) => Promise<pg.QueryResult>) => [
    ...new Set((await query(branches)).rows.map((row) => row.tenant_id)),
  ]
  const inTenant = (tenantId: string) =>
    inTransaction(app, tenantId, (tx) => seen((statement) => tx.client.query(statement)))
  const bare = () => seen((statement) => app.query(statement))
  try {
    const pid = (await app.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    // Ten times, so that PostgreSQL settles on one plan for all tenants.
    for (let time = 0; time < 10; time++) expect(await inTenant(world.a)).toEqual([world.a])
    expect(await bare()).toEqual([])
    expect(await inTenant(world.b)).toEqual([world.b])
    expect(await inReadTransaction(app, world.a, (tx) => seen((statement) => tx.client.query(statement)))).toEqual([
      world.a,
    ])
    expect(await bare()).toEqual([])
    await expect(inTransaction(app, world.a, (tx) => tx.client.query('SELECT 1 / 0'))).rejects.toThrow(
      'division by zero',
    )
    expect(await bare()).toEqual([])
    await expect(inTransaction(app, world.a, () => Promise.reject(new Error('given up')))).rejects.toThrow('given up')
    expect(await bare()).toEqual([])
    await app.query('SELECT platform.set_tenant($1)', [world.a])
    expect(await bare()).toEqual([])
    expect(await inTenant(world.b)).toEqual([world.b])
    expect((await app.query('SELECT pg_backend_pid() AS pid')).rows[0].pid).toBe(pid)
  } finally {
    await databases.end()
  }
})

describe('over HTTP', () => {
  const operations = () => server.product.operations

  test('every operation on one resource answers 404 to the id of another tenant, and the resource is untouched', async () => {
    const sampler = createSampler(server, ownerA)
    const onOne = operations().filter((operation) => routeOf(operation).pathFields.length > 0)
    expect(onOne.map((operation) => operation.name)).toEqual(
      expect.arrayContaining(['tenants.get-branch', 'tenants.revoke-api-key']),
    )
    for (const operation of onOne) {
      const input = await sampler.inputOf(operation)
      await expect(ownerB.client.request(operation.name, input), operation.name).rejects.toMatchObject({
        problem: { status: 404, code: 'not_found' },
      })
      // With the version it was read with: had anything changed, this would be refused.
      expect((await ownerA.client.request(operation.name, input)).status, operation.name).toBeLessThan(300)
    }
  })

  test('every operation answers 404 tenant_not_found when the tenant asked for is another one', async () => {
    for (const operation of operations().filter(({ scope }) => scope !== 'anyone')) {
      expect(await statusOf(operation, { cookie: ownerB.cookie, 'comptoir-tenant': world.a }), operation.name).toEqual([
        404,
        'tenant_not_found',
      ])
    }
    const key = await ownerA.client.call('tenants.create-api-key', {
      name: 'key',
      permissions: ['*'],
      expires_at: '2036-01-01T00:00:00Z',
    })
    for (const operation of operations().filter(({ scope }) => scope !== 'anyone')) {
      const headers = { authorization: `Bearer ${key.secret}`, 'comptoir-tenant': world.b }
      expect(await statusOf(operation, headers), operation.name).toEqual([404, 'tenant_not_found'])
    }
  })

  test('no list and no summary holds an id of another tenant', async () => {
    const ids = new Set<string>()
    for (const table of world.tables.filter((one) => one.class === 'tenant')) {
      const row = await world.rows.someRow(table, world.a)
      for (const { name, type } of table.columns) if (type === 'uuid' && row[name]) ids.add(row[name])
    }
    const sampler = createSampler(server, ownerB)
    const queries = operations().filter(
      (one) => one.kind === 'query' && one.scope !== 'anyone' && routeOf(one).pathFields.length === 0,
    )
    for (const operation of queries) {
      const answer = JSON.stringify(
        (await ownerB.client.request(operation.name, await sampler.inputOf(operation))).body,
      )
      expect(
        [...ids].filter((id) => answer.includes(id)),
        operation.name,
      ).toEqual([])
    }
    const theirs = JSON.stringify(await ownerA.client.call('tenants.list-branches', {}))
    expect([...ids].some((id) => theirs.includes(id))).toBe(true)
  })

  test('naming another tenant’s row in a field is refused as naming none', async () => {
    const { entity_id } = await ownerA.client.call('tenants.get-branch', { id: ownerA.branchId })
    const roleOfA = (await ownerA.client.call('tenants.list-roles', {})).items[0]?.id ?? ''
    const branch = { code: 'PROBE', name: 'Probe', time_zone: 'Europe/Paris' }
    const hire = { user_id: ownerA.userId, display_name: 'Probe' }
    const cases: [operation: string, theirs: object, none: object, code: string][] = [
      ['tenants.create-branch', { ...branch, entity_id }, { ...branch, entity_id: uuidv7() }, 'entity_not_found'],
      ['tenants.add-employee', { ...hire, role_ids: [roleOfA] }, { ...hire, role_ids: [uuidv7()] }, 'role_not_found'],
      [
        'tenants.update-employee',
        { id: ownerB.employeeId, version: 1, role_ids: [roleOfA] },
        { id: ownerB.employeeId, version: 1, role_ids: [uuidv7()] },
        'role_not_found',
      ],
    ]
    for (const [operation, theirs, none, code] of cases) {
      for (const input of [theirs, none]) {
        await expect(ownerB.client.request(operation, input)).rejects.toMatchObject({ problem: { status: 422, code } })
      }
    }
  })

  test('an id and an idempotency key that another tenant used are free', async () => {
    const input = { id: uuidv7(), name: 'twin', permissions: ['tenants.view-tenant'] }
    for (const owner of [ownerA, ownerB]) {
      const { status, headers } = await owner.client.request('tenants.create-role', input, {
        idempotencyKey: 'the-same',
      })
      expect([status, headers.get('idempotency-replayed')]).toEqual([201, null])
    }
  })

  async function statusOf(operation: Operation, headers: Record<string, string>): Promise<[number, string]> {
    const { method, url } = placeInput(operation, { id: uuidv7() })
    const body =
      method === 'GET' || method === 'DELETE'
        ? {}
        : { body: '{}', headers: { ...headers, 'content-type': 'application/json' } }
    const response = await fetch(new URL(url.split('?')[0] ?? '', server.url), { method, headers, ...body })
    return [response.status, ((await response.json()) as { code: string }).code]
  }
})

function withoutIds(error: string | undefined): string | undefined {
  return error?.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
}
