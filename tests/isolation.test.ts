import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { parseConfig } from '../server/platform/config.ts'
import { inReadTransaction, inTransaction, openDatabases } from '../server/platform/database.ts'
import { nobody, uuidv7 } from '../server/platform/identifiers.ts'
import { type Operation, routeOf } from '../server/platform/operation.ts'
import type { Operations } from '../server/registry.ts'
import { tenantlessFunctions } from './harness/catalogue.ts'
import {
  attempt,
  functionLeaks,
  notAllowed,
  openWorld,
  type Role,
  tableLeaks,
  viewLeaks,
  type World,
} from './harness/leaks.ts'
import { createTestDatabase, withClient } from './harness/postgres.ts'
import { insertion, literal, type Row, rowToPoint } from './harness/rows.ts'
import { createSampler, placeInput } from './harness/samples.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

const contexts: [context: string, tenantOf: (world: World) => string | null][] = [
  ['a transaction of tenant B', ({ b }) => b],
  ['a transaction of the nil tenant', () => nobody],
  ['a transaction without a tenant', () => null],
]

let server: TestServer
let ownerA: TestOwner
let ownerB: TestOwner
let world: World

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

  test.each<[Role]>([['app'], ['read'], ['owner']])(
    'comptoir_%s is refused by every definer function',
    async (role) => {
      expect(await functionLeaks(world, role, tenantOf(world))).toEqual([])
    },
  )
})

test('there is something to see: in its own transaction a tenant has rows in every tenant table', async () => {
  const { superuser, sessions, tables } = world
  for (const role of ['owner', 'app', 'read'] as const) {
    const readable = await superuser.query(
      `SELECT name FROM our_table WHERE class = 'tenant' AND has_table_privilege('comptoir_${role}', oid, 'SELECT')`,
    )
    const names = readable.rows.map((row) => row.name)
    expect(names, role).toEqual(expect.arrayContaining(['tenants.branch', 'audit.entry']))
    if (role === 'owner') expect(names.length).toBe(tables.filter((table) => table.class === 'tenant').length)
    for (const name of names) {
      const { count } = await attempt(sessions[role], world.a, `SELECT FROM ${name}`)
      expect(count, `${role} reads ${name}`).toBeGreaterThan(0)
    }
  }
})

// As a later module may add one: the matrix covers it without a word about it here.
const laterTable = `
  CREATE TYPE tenants.later_kind AS ENUM ('first', 'second');
  CREATE TABLE tenants.later (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    parent_id uuid,
    branch_id uuid,
    kind tenants.later_kind NOT NULL,
    status text NOT NULL DEFAULT 'open',
    code text,
    owed numeric(19, 4) NOT NULL,
    opened_on date NOT NULL,
    closed_on date NOT NULL,
    valid daterange NOT NULL,
    lines jsonb NOT NULL,
    CONSTRAINT later_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT later_valid_key UNIQUE (tenant_id, branch_id, valid WITHOUT OVERLAPS),
    CONSTRAINT later_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES tenants.later (tenant_id, id),
    CONSTRAINT later_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
    CONSTRAINT later_kind_not_first CHECK (kind <> 'first'),
    CONSTRAINT later_status_known CHECK (status IN ('closed', 'open') AND (status = 'closed') = (code IS NOT NULL)),
    CONSTRAINT later_code_is_iso CHECK (code ~ '^[A-Z]{3}$'),
    CONSTRAINT later_owed_negative CHECK (owed < 0),
    CONSTRAINT later_closed_after_opened CHECK (closed_on > opened_on),
    CONSTRAINT later_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array')
  );
  COMMENT ON TABLE tenants.later IS 'class: tenant. Added by a later module.';
  GRANT SELECT, INSERT, UPDATE ON tenants.later TO comptoir_app;
  CALL platform.isolate('tenants.later');
  ALTER TABLE tenants.later OWNER TO comptoir_owner`

test('the checks report isolation that is broken', async () => {
  const scratch = await createTestDatabase(inject('postgresPort'))
  await withClient(scratch.superuserUrl, (client) => client.query(laterTable))
  const broken = await openWorld(scratch, { a: uuidv7(), b: uuidv7() })
  try {
    const { superuser, b } = broken
    expect(await tableLeaks(broken, 'app', b)).toEqual([])
    await superuser.query(`
      ALTER TABLE tenants.branch DISABLE ROW LEVEL SECURITY;
      ALTER TABLE tenants.later DISABLE ROW LEVEL SECURITY;
      ALTER TABLE tenants.role NO FORCE ROW LEVEL SECURITY;
      CREATE POLICY open ON tenants.entity FOR SELECT USING (true);
      CREATE VIEW tenants.read_open AS SELECT tenant_id, id FROM tenants.employee;
      GRANT SELECT ON tenants.read_open TO comptoir_app;
      CREATE FUNCTION tenants.open(p_tenant uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER
        AS 'SELECT count(*) FROM tenants.branch WHERE tenant_id = p_tenant';
      GRANT EXECUTE ON FUNCTION tenants.open(uuid) TO comptoir_app`)
    const tablesOf = (leaks: string[]) => [...new Set(leaks.map((leak) => / (\w+\.\w+) /.exec(leak)?.[1]))].toSorted()
    const byApp = await tableLeaks(broken, 'app', b)
    expect(tablesOf(byApp)).toEqual(['tenants.branch', 'tenants.entity', 'tenants.later'])
    expect(new Set(byApp.filter((leak) => leak.includes('branch')).map((leak) => leak.split(' ')[0]))).toEqual(
      new Set(['SELECT', 'INSERT', 'UPDATE']),
    )
    expect(tablesOf(await tableLeaks(broken, 'owner', null))).toEqual([
      'tenants.branch',
      'tenants.entity',
      'tenants.later',
      'tenants.role',
    ])
    expect(await viewLeaks(broken, 'app', b)).toEqual([
      // They show branches, which are open now.
      expect.stringContaining('tenants.read_branch'),
      expect.stringContaining('tenants.read_open'),
      expect.stringContaining('tenants.read_place'),
    ])
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
      const own = await world.rows.newRow(table, world.b, columns)
      const optional = table.references
        .flatMap((one) => one.columns)
        .filter((name) => own[name] === null && !columns.includes(name))
      const pointing = (key: Row): Row =>
        Object.fromEntries(columns.slice(1).map((column, at) => [column, key[targetColumns[at + 1] ?? ''] ?? null]))
      const theirs = pointing(await world.rows.someRow(targetTable, world.a))
      const none = pointing(await world.rows.newRow(targetTable, world.a))
      const empty = Object.fromEntries(optional.map((name) => [name, null]))
      const there = await rowToPoint(world.superuser, table, world.b, { ...empty, ...none })
      const equations = (row: Row, names: readonly string[]) =>
        names.map((name) => `"${name}" = ${literal(row[name] ?? null)}`)
      const change = (key: Row) => {
        const set = equations(key, [...optional, ...Object.keys(key)]).join(', ')
        return there
          ? [`UPDATE ${table.name} SET ${set} WHERE ${equations(there, table.primaryKey).join(' AND ')}`]
          : []
      }
      const statements = (key: Row) => [insertion(table, { ...own, ...key }), ...change(key)]
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
    const call = `SELECT FROM ${name.replaceAll(/\b(text|bytea|uuid|date|jsonb|integer|timestamp with time zone)\b/g, 'NULL::$1')}`
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
    // The names of settings are everybody's; what is set under them is proved in server/settings.
    const onOne = operations().filter(
      (operation) => routeOf(operation).pathFields.length > 0 && !operation.name.startsWith('settings.'),
    )
    expect(onOne.map((operation) => operation.name)).toEqual(
      expect.arrayContaining(['tenants.get-branch', 'tenants.revoke-api-key']),
    )
    for (const operation of onOne) {
      const input = await sampler.inputOf(operation)
      await expect(ownerB.client.request(operation.name, input), operation.name).rejects.toMatchObject({
        problem: { status: 404, code: 'not_found' },
      })
      // With the version it was read with: had anything changed, this would be refused.
      const headers = { cookie: await sampler.cookieOf(operation), 'comptoir-tenant': ownerA.tenantId }
      const itsOwn = createClient<Operations>({ url: server.url, headers })
      expect((await itsOwn.request(operation.name, input)).status, operation.name).toBeLessThan(300)
    }
  })

  test('every operation in a tenant answers 404 tenant_not_found when the tenant asked for is another one', async () => {
    const inTenant = operations().filter(({ scope }) => scope === 'tenant')
    for (const operation of inTenant) {
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
    for (const operation of inTenant) {
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
    const hire = { email: 'probe@example.org', display_name: 'Probe' }
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
