import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { verifyChain } from '../server/audit/index.ts'
import { nobody } from '../server/platform/identifiers.ts'
import {
  type MigrateOptions,
  migrateDown,
  migrateUp,
  migrationNames,
  migrationStatus,
  pendingMigrations,
} from '../server/platform/migrate.ts'
import { DatabaseRefused, type RoleKind, roleKinds } from '../server/platform/roles.ts'
import { prepareDatabase } from '../server/prepare.ts'
import { rolePresets } from '../server/role-presets.ts'
import { schemaDump } from '../tools/schema.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { signUpOwner, startTestServer } from './harness/server.ts'
import { until } from './harness/until.ts'

const names = migrationNames()
const port = inject('postgresPort')
const databases: TestDatabase[] = []
const roles: string[] = []

afterAll(async () => {
  for (const database of databases) await database.drop()
  await asSuperuser(async (client) => {
    for (const role of roles) await client.query(`DROP ROLE IF EXISTS ${role}`)
  })
})

async function makeDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const database = await createTestDatabase(port, options)
  databases.push(database)
  return database
}

const emptyDatabase = () => makeDatabase({ migrated: false })

async function asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(databases[0]?.superuserUrl ?? '')
  url.pathname = '/postgres'
  return withClient(url.href, work)
}

const optionsOf = ({ ownerUrl, roleUrls }: TestDatabase): MigrateOptions => ({
  ownerUrl,
  roleUrls,
  rolePrefix: 'comptoir',
})

/** A role of this file alone, dropped at its end. */
async function makeRole(name: string, attributes: string): Promise<string> {
  roles.push(name)
  await asSuperuser((client) => client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}' ${attributes}`))
  return name
}

const password = 'of this file'

function urlAs(url: string, role: string): string {
  const other = new URL(url)
  other.username = role
  other.password = encodeURIComponent(password)
  return other.href
}

/** Options as an installation with another prefix would have them on this database. */
function optionsWithPrefix(database: TestDatabase, rolePrefix: string): MigrateOptions {
  const url = (kind: string) => urlAs(database.ownerUrl, `${rolePrefix}_${kind}`)
  const roleUrls = Object.fromEntries(roleKinds.map((kind) => [kind, url(kind)])) as Record<RoleKind, string>
  return { ownerUrl: url('owner'), roleUrls, rolePrefix }
}

/** The platform's audit entries about migrations, in order, and whether the chain is whole. */
async function platformChain(ownerUrl: string) {
  return withClient(ownerUrl, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT platform.set_tenant($1)', [nobody])
    const { rows } = await client.query(
      'SELECT event, resource_id FROM audit.entry WHERE tenant_id = $1 ORDER BY seq',
      [nobody],
    )
    await client.query('COMMIT')
    const verdict = await verifyChain(client, nobody)
    return { entries: rows.map((row) => `${row.event} ${row.resource_id}`), verdict }
  })
}

const presetEntries = rolePresets.map(({ name }) => `platform.load-role-presets ${name}`)
const loadEntries = ['currencies', 'countries', 'tax jurisdictions', 'tax rates'].map(
  (list) => `platform.load-reference ${list}`,
)
const upEntries = (migrations: readonly string[]) => migrations.map((name) => `platform.migrate-up ${name}`)
const sincePlatform = names.filter((name) => name > '0002')

describe('up and down', () => {
  let database: TestDatabase
  let options: MigrateOptions
  let first: string
  beforeAll(async () => {
    database = await emptyDatabase()
    options = optionsOf(database)
    expect(await migrateUp(options)).toEqual(names)
    first = await schemaDump(database.ownerUrl)
  })

  test('up made something to compare: tables, policies, functions', () => {
    for (const part of ['CREATE TABLE tenants.branch', 'CREATE POLICY tenant_isolation', 'FUNCTION audit.record'])
      expect(first).toContain(part)
    expect(first.split('\n').length).toBeGreaterThan(300)
  })

  test.each(names.map((_, at) => [at + 1]))('down %i and up again leaves an identical schema', async (count) => {
    expect(await migrateDown(options, count)).toEqual(names.slice(-count).toReversed())
    expect((await migrationStatus(database.ownerUrl)).map((one) => one.appliedAt !== null)).toEqual(
      names.map((_, at) => at < names.length - count),
    )
    expect(await migrateUp(options)).toEqual(names.slice(-count))
    expect(await schemaDump(database.ownerUrl)).toBe(first)
  })

  test('down step by step leaves nothing but the list of migrations and the job tables; up again makes the same schema', async () => {
    for (const name of names.toReversed()) expect(await migrateDown(options, 1)).toEqual([name])
    expect(await migrateDown(options, 1)).toEqual([])
    const left = await withClient(database.superuserUrl, (client) =>
      client.query(`
        SELECT format('relation %s', c.oid::regclass) AS what FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_|^information_schema$|^graphile_worker$' AND c.relkind IN ('r', 'p', 'v', 'm')
        UNION ALL SELECT format('function %s', p.oid::regprocedure) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname !~ '^pg_|^information_schema$|^graphile_worker$'
        UNION ALL SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'
        UNION ALL SELECT format('extension %s', extname) FROM pg_extension
        UNION ALL SELECT format('default privileges of %s', defaclrole::regrole) FROM pg_default_acl
        ORDER BY 1`),
    )
    expect(left.rows.map((row) => row.what)).toEqual([
      'extension plpgsql',
      'relation platform.migration',
      'schema graphile_worker',
      'schema platform',
      'schema public',
    ])
    expect(await migrateUp(options)).toEqual(names)
    expect(await schemaDump(database.ownerUrl)).toBe(first)
  })

  test('a database at the newest migration is left alone, and one that lacks any says so', async () => {
    const own = await makeDatabase()
    const app = new pg.Pool({ connectionString: own.roleUrls.app, max: 1 })
    try {
      const before = await platformChain(own.ownerUrl)
      expect(await migrateUp(optionsOf(own))).toEqual([])
      expect(await platformChain(own.ownerUrl)).toEqual(before)
      expect(await pendingMigrations(app)).toBe(false)
      await migrateDown(optionsOf(own), 1)
      expect(await pendingMigrations(app)).toBe(true)
      await migrateUp(optionsOf(own))
      expect(await pendingMigrations(app)).toBe(false)
    } finally {
      await app.end()
    }
  })
})

describe('a migration that fails', () => {
  const stopAt = (object: string, event: 'ddl_command_end' | 'sql_drop') => {
    const objects = event === 'sql_drop' ? 'pg_event_trigger_dropped_objects()' : 'pg_event_trigger_ddl_commands()'
    return `CREATE FUNCTION public.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM ${objects} WHERE object_identity = '${object}') THEN RAISE EXCEPTION 'stopped at ${object}'; END IF;
      END $$;
      CREATE EVENT TRIGGER stop ON ${event} EXECUTE FUNCTION public.stop()`
  }
  const letGo = 'DROP EVENT TRIGGER stop; DROP FUNCTION public.stop()'

  test('on the way up leaves none of the migrations, and the next start runs them all', async () => {
    const database = await emptyDatabase()
    await withClient(database.superuserUrl, (client) => client.query(stopAt('tenants.role', 'ddl_command_end')))
    await expect(migrateUp(optionsOf(database))).rejects.toThrow('stopped at tenants.role')
    expect((await migrationStatus(database.ownerUrl)).filter((one) => one.appliedAt)).toEqual([])
    await withClient(database.superuserUrl, (client) => client.query(letGo))
    expect(await migrateUp(optionsOf(database))).toEqual(names)
    expect((await platformChain(database.ownerUrl)).entries).toEqual(upEntries(names))
  })

  test('on the way down leaves schema and audit chain as they were', async () => {
    const database = await makeDatabase()
    const before = { schema: await schemaDump(database.ownerUrl), chain: await platformChain(database.ownerUrl) }
    await withClient(database.superuserUrl, (client) => client.query(stopAt('tenants.role', 'sql_drop')))
    const count = names.length - names.indexOf('0004_tenants')
    await expect(migrateDown(optionsOf(database), count)).rejects.toThrow('stopped at tenants.role')
    await withClient(database.superuserUrl, (client) => client.query(letGo))
    expect({ schema: await schemaDump(database.ownerUrl), chain: await platformChain(database.ownerUrl) }).toEqual(
      before,
    )
  })
})

describe('two at the same time', () => {
  test('both wait for whoever migrates, say so, and each migration runs once', async () => {
    const database = await emptyDatabase()
    const waiting: string[] = []
    const start = (who: string) => migrateUp({ ...optionsOf(database), onWait: () => waiting.push(who) })
    const ran = await withClient(database.ownerUrl, async (holder) => {
      await holder.query("SELECT pg_advisory_lock(hashtext('comptoir migrate'))")
      const both = Promise.all([start('one'), start('another')])
      await until('both wait', () => waiting.length === 2)
      await holder.query("SELECT pg_advisory_unlock(hashtext('comptoir migrate'))")
      return both
    })
    expect(waiting.toSorted()).toEqual(['another', 'one'])
    expect(ran.toSorted((a, b) => b.length - a.length)).toEqual([names, []])
    expect((await platformChain(database.ownerUrl)).entries).toEqual(upEntries(names))
  })

  test('without a third both succeed as well, whoever is first', async () => {
    const database = await emptyDatabase()
    const ran = await Promise.all([migrateUp(optionsOf(database)), migrateUp(optionsOf(database))])
    expect(ran.flat().toSorted()).toEqual(names)
    expect(
      await withClient(
        database.ownerUrl,
        async (client) => (await client.query('SELECT name FROM platform.migration ORDER BY id')).rows,
      ),
    ).toEqual(names.map((name) => ({ name })))
  })
})

describe('a database that cannot be used is refused with a sentence, and stays as it was', () => {
  let database: TestDatabase
  let empty: string
  beforeAll(async () => {
    database = await emptyDatabase()
    empty = await schemaDump(database.superuserUrl)
    await makeRole('bypass_owner', 'CREATEROLE BYPASSRLS')
    await makeRole('open_owner', 'CREATEROLE')
    await makeRole('open_app', 'BYPASSRLS')
    await makeRole('lean_owner', '')
    await makeRole('other_owner', 'CREATEROLE')
  })

  const refused: [what: string, options: (database: TestDatabase) => MigrateOptions, sentence: RegExp][] = [
    [
      'a superuser as owner',
      (one) => ({ ...optionsOf(one), ownerUrl: one.superuserUrl }),
      /^DATABASE_URL signs in as postgres, a superuser .*CREATE ROLE comptoir_owner LOGIN CREATEROLE/,
    ],
    [
      'an owner with BYPASSRLS',
      (one) => optionsWithPrefix(one, 'bypass'),
      /^DATABASE_URL signs in as bypass_owner, .*BYPASSRLS/,
    ],
    [
      'a role of requests with BYPASSRLS',
      (one) => optionsWithPrefix(one, 'open'),
      /^The role open_app is a superuser or has BYPASSRLS/,
    ],
    [
      'an owner without CREATEROLE while roles are missing',
      (one) => optionsWithPrefix(one, 'lean'),
      /^The role lean_app is missing and the owner may not create roles/,
    ],
    [
      'a missing role whose address signs in as somebody else',
      (one) => ({ ...optionsWithPrefix(one, 'other'), roleUrls: one.roleUrls }),
      /^The role other_app is missing; the address given for it signs in as comptoir_app/,
    ],
  ]

  test.each(refused)('%s', async (_, options, sentence) => {
    const thrown = await migrateUp(options(database)).then(String, (error) => error)
    expect(thrown).toBeInstanceOf(DatabaseRefused)
    expect(thrown.message).toMatch(sentence)
    expect(thrown.message).not.toContain('\n')
    expect(await schemaDump(database.superuserUrl)).toBe(empty)
  })

  test('one that newer code migrated: up, down and status name the migration they do not know', async () => {
    const newer = await makeDatabase()
    const before = await schemaDump(newer.ownerUrl)
    await withClient(newer.ownerUrl, (client) =>
      client.query("INSERT INTO platform.migration (name, run_on) VALUES ('9999_future', now())"),
    )
    for (const run of [
      () => migrateUp(optionsOf(newer)),
      () => migrateDown(optionsOf(newer), 1),
      () => migrationStatus(newer.ownerUrl),
    ]) {
      const thrown = await run().then(String, (error) => error)
      expect(thrown).toBeInstanceOf(DatabaseRefused)
      expect(thrown.message).toMatch(
        /^The database was migrated by a newer Comptoir \(9999_future\); start that version/,
      )
    }
    expect(await schemaDump(newer.ownerUrl)).toBe(before)
  })
})

test('another role prefix makes an installation of its own beside the first, and neither enters the other', async () => {
  const first = await makeDatabase()
  const second = await emptyDatabase()
  await makeRole('till_owner', 'CREATEROLE')
  roles.push(...roleKinds.map((kind) => `till_${kind}`))
  await asSuperuser((client) => client.query(`ALTER DATABASE ${second.name} OWNER TO till_owner`))
  const options = optionsWithPrefix(second, 'till')
  expect(await migrateUp(options)).toEqual(names)

  const dump = await schemaDump(options.ownerUrl)
  expect(dump).not.toContain('comptoir_')
  // Grants are listed by the names of the roles, and so in another order.
  const sorted = (text: string) => text.split('\n').toSorted()
  expect(sorted(dump.replaceAll(/\btill_(?=owner|app|identity|jobs|read)/g, 'comptoir_'))).toEqual(
    sorted(await schemaDump(first.ownerUrl)),
  )

  const stranger = urlAs(first.ownerUrl, 'till_app')
  for (const [url, at] of [
    [stranger, 'first'],
    [pathOf(first.roleUrls.app, second.name), 'second'],
  ] as const) {
    await withClient(url, async (client) => {
      for (const table of ['tenants.branch', 'audit.entry', 'platform.migration']) {
        await expect(client.query(`SELECT FROM ${table}`), at).rejects.toMatchObject({ code: '42501' })
      }
    })
  }
  await withClient(options.roleUrls.app, (client) => client.query('SELECT FROM tenants.branch'))
  expect((await platformChain(options.ownerUrl)).entries).toEqual(upEntries(names))
})

function pathOf(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

describe('the platform’s audit chain', () => {
  test('holds an entry for each migration, up and down, and verifies', async () => {
    const database = await emptyDatabase()
    const options = optionsOf(database)
    await migrateUp(options)
    expect(await platformChain(database.ownerUrl)).toEqual({
      entries: upEntries(names),
      verdict: { intact: true, entries: BigInt(names.length) },
    })

    // As far down as the chain itself stays.
    await migrateDown(options, sincePlatform.length - 1)
    await migrateUp(options)
    const taken = sincePlatform.slice(1)
    expect(await platformChain(database.ownerUrl)).toEqual({
      entries: [...upEntries(names), ...taken.map((name) => `platform.migrate-down ${name}`), ...upEntries(taken)],
      verdict: { intact: true, entries: BigInt(names.length + 2 * taken.length) },
    })
  })

  test('gets the entry that a process which died after its migration could not write', async () => {
    const database = await makeDatabase()
    const last = names.at(-1) ?? ''
    await withClient(database.ownerUrl, (client) =>
      client.query('UPDATE platform.migration SET run_on = now() WHERE name = $1', [last]),
    )
    expect(await migrateUp(optionsOf(database))).toEqual([])
    const { entries, verdict } = await platformChain(database.ownerUrl)
    expect(entries).toEqual([...upEntries(names), ...presetEntries, ...loadEntries, ...upEntries([last])])
    expect(verdict.intact).toBe(true)
  })
})

test('entries from before severity was a column get it from what was hashed, and the chain stays whole', async () => {
  const database = await makeDatabase()
  const options = optionsOf(database)
  const search = names.findIndex((name) => name.endsWith('_audit_search'))
  await migrateDown(options, names.length - search)
  const entries = ['info', 'notice', 'warning', 'critical'].map((severity) => ({ event: 'probe.happened', severity }))
  await withClient(database.ownerUrl, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT platform.set_tenant($1)', [nobody])
    const silent = { event: 'probe.happened' }
    await client.query('SELECT FROM audit.record($1, $2)', [nobody, JSON.stringify([...entries, silent])])
    await client.query('COMMIT')
  })
  await withClient(database.superuserUrl, async (client) => {
    // One that somebody ruined is for the verifier to tell, and stops no migration.
    await client.query("SET session_replication_role = 'replica'")
    await client.query("UPDATE audit.entry SET body = 'ruined' WHERE body LIKE '%probe%' AND body LIKE '%critical%'")
    await migrateUp(options)
    const { rows } = await client.query("SELECT severity FROM audit.entry WHERE event = 'probe.happened' ORDER BY seq")
    expect(rows.map(({ severity }) => severity)).toEqual(['info', 'notice', 'warning', 'info', 'info'])
    const others = "event LIKE 'platform.%' AND severity IS DISTINCT FROM body::json ->> 'severity'"
    expect((await client.query(`SELECT FROM audit.entry WHERE ${others}`)).rowCount).toBe(0)
  })
  const reason = expect.stringContaining('hash')
  expect((await platformChain(database.ownerUrl)).verdict).toMatchObject({ intact: false, reason })
})

describe('the files of db/functions', () => {
  test('are applied again when they changed, and only then', async () => {
    const database = await makeDatabase()
    const lines: string[] = []
    const options = { ...optionsOf(database), log: (line: string) => lines.push(line) }
    const before = await schemaDump(database.ownerUrl)
    await migrateUp(options)
    expect(lines.filter((line) => line.startsWith('functions of'))).toEqual([])

    await withClient(database.ownerUrl, async (client) => {
      await client.query(
        `CREATE OR REPLACE FUNCTION tenants.tenants_of_user(p_user uuid) RETURNS SETOF uuid LANGUAGE sql AS 'SELECT p_user'`,
      )
      await client.query("DELETE FROM platform.function_file WHERE name = 'tenants.sql'")
    })
    expect(await schemaDump(database.ownerUrl)).not.toBe(before)
    await migrateUp(options)
    expect(lines.filter((line) => line.startsWith('functions of'))).toEqual(['functions of tenants.sql applied'])
    expect(await schemaDump(database.ownerUrl)).toBe(before)
    await migrateUp(options)
    expect(lines.filter((line) => line.startsWith('functions of'))).toHaveLength(1)
  })
})

test.each(['0012_reference_data', '0016_foreign_amounts'])(
  '%s adds constraints to tables with rows each by itself, not valid at first, and validates them',
  (name) => {
    const text = readFileSync(join(import.meta.dirname, '../db/migrations', `${name}.sql`), 'utf8')
    const [up = ''] = text.replaceAll(/--(?! Down Migration).*/g, '').split('-- Down Migration')
    const altering = up.split(';').filter((statement) => /ALTER TABLE/.test(statement))
    const adding = altering.filter((statement) => statement.includes('ADD CONSTRAINT'))
    expect(adding).toHaveLength(2)
    for (const statement of adding) {
      const [, table, constraint] =
        /^\s*ALTER TABLE (\S+)\s+ADD CONSTRAINT (\w+)\s[\s\S]+\sNOT VALID$/.exec(statement) ?? []
      expect(statement).not.toMatch(/ADD COLUMN|ADD CONSTRAINT[\s\S]*ADD CONSTRAINT/)
      expect(altering.map((one) => one.trim())).toContain(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${constraint}`)
    }
  },
)

test('constraints that were added to the entries hold on every month of them', async () => {
  const database = await makeDatabase()
  await withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT count(DISTINCT conrelid)::int AS tables, count(*)::int AS constraints, bool_and(convalidated) AS validated
       FROM pg_constraint WHERE conname IN ('entry_foreign_amount_complete', 'entry_foreign_amount_same_side')`,
    )
    const { rows: months } = await client.query(
      "SELECT count(*)::int AS count FROM pg_inherits WHERE inhparent = 'ledger.entry'::regclass",
    )
    const tables = months[0].count + 1
    expect(rows).toEqual([{ tables, constraints: tables * 2, validated: true }])
  })
})

test('a legal entity in a currency and a country that no list knows stays as it was, and both are listed nowhere', async () => {
  const database = await makeDatabase()
  const options = optionsOf(database)
  await migrateDown(options, names.length - names.indexOf('0007_ledger'))
  await withClient(database.superuserUrl, (client) =>
    client.query(`
      INSERT INTO tenants.tenant (tenant_id, legal_name, locale, time_zone) VALUES ('01900000-0000-7000-8000-000000000001', 'Old', 'en', 'UTC');
      INSERT INTO tenants.entity (tenant_id, id, legal_name, country, currency)
      VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002', 'Old', 'ZZ', 'ANG')`),
  )
  expect((await prepareDatabase(options)).migrations).toContain('0007_ledger')
  await withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query('SELECT country, currency FROM tenants.entity')
    expect(rows).toEqual([{ country: 'ZZ', currency: 'ANG' }])
  })
  const server = await startTestServer({ database })
  try {
    const owner = await signUpOwner(server)
    const { items } = await owner.client.call('reference.list-currencies', {})
    expect(items.map(({ code }) => code)).not.toContain('ANG')
    const another = owner.client.call('tenants.create-entity', { legal_name: 'New', country: 'ZZ', currency: 'EUR' })
    await expect(another).rejects.toMatchObject({ problem: { code: 'unknown_country' } })
  } finally {
    await server.close()
  }
})

test('of roles whose names differ in capitals only the later is renamed, and says when', async () => {
  const database = await makeDatabase()
  const options = optionsOf(database)
  await migrateDown(options, names.length - names.indexOf('0018_limits_of_places'))
  await withClient(database.superuserUrl, async (client) => {
    const id = (end: string) => `'01900000-0000-7000-8000-0000000000${end}'`
    const role = (end: string, name: string) => `(${id('01')}, ${id(end)}, '${name}', '{}', '2020-01-01')`
    await client.query(`INSERT INTO tenants.tenant (tenant_id, legal_name, locale, time_zone) VALUES (${id('01')}, 'Old', 'en', 'UTC');
      INSERT INTO tenants.role (tenant_id, id, name, permissions, updated_at) VALUES ${role('02', 'Waiter')}, ${role('03', 'waiter')}`)
    await migrateUp(options)
    const select = `SELECT name, version, updated_at > '2020-01-01' AS later FROM tenants.role ORDER BY id`
    const renamed = { name: 'waiter 00000003', version: 2, later: true }
    expect((await client.query(select)).rows).toEqual([{ name: 'Waiter', version: 1, later: false }, renamed])
  })
})
