import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { uuidv7 } from '../server/platform/identifiers.ts'
import type { Table } from './harness/catalogue.ts'
import { appendOnly, notAllowed, openWorld, type Role, type World } from './harness/leaks.ts'
import { createTestDatabase, type TestDatabase } from './harness/postgres.ts'

// who, how, and with which SQLSTATE PostgreSQL says no
const attempts: [role: Role, change: string, code: string][] = [
  ['app', 'UPDATE', notAllowed],
  ['app', 'DELETE', notAllowed],
  ['app', 'TRUNCATE', notAllowed],
  ['read', 'UPDATE', notAllowed],
  ['read', 'DELETE', notAllowed],
  ['read', 'TRUNCATE', notAllowed],
  ['identity', 'UPDATE', notAllowed],
  ['identity', 'DELETE', notAllowed],
  ['identity', 'TRUNCATE', notAllowed],
  ['jobs', 'UPDATE', notAllowed],
  ['jobs', 'DELETE', notAllowed],
  ['jobs', 'TRUNCATE', notAllowed],
  ['owner', 'UPDATE', appendOnly],
  ['owner', 'INSERT … ON CONFLICT DO UPDATE', appendOnly],
  ['owner', 'DELETE', appendOnly],
  ['owner', 'TRUNCATE', notAllowed],
  ['owner', 'TRUNCATE … CASCADE', notAllowed],
]

let database: TestDatabase
let world: World

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  world = await openWorld(database, { a: uuidv7(), b: uuidv7() })
})
afterAll(async () => {
  await world?.close()
  await database?.drop()
})

const appendOnlyTables = () => world.tables.filter((table) => table.appendOnly)

function statementOf(change: string, { name, primaryKey, columns }: Table): string {
  const [first = 'tenant_id'] = primaryKey
  if (change === 'UPDATE') return `UPDATE ${name} SET ${first} = ${first}`
  if (change === 'DELETE') return `DELETE FROM ${name}`
  if (change.startsWith('TRUNCATE')) return `TRUNCATE ${name}${change.endsWith('CASCADE') ? ' CASCADE' : ''}`
  const given = columns
    .filter((one) => !one.made || primaryKey.includes(one.name))
    .map((one) => `"${one.name}"`)
    .join(', ')
  return `INSERT INTO ${name} (${given}) SELECT ${given} FROM ${name} ON CONFLICT (${primaryKey.join(', ')}) DO UPDATE SET ${first} = excluded.${first}`
}

/** Tries a change in a transaction of tenant A, and keeps it if PostgreSQL lets it through; answers the SQLSTATE. */
async function changeForGood(role: Role, statement: string): Promise<string> {
  const client = world.sessions[role]
  await client.query('BEGIN')
  // The other roles may not even name a tenant.
  if (role === 'app' || role === 'read' || role === 'owner')
    await client.query('SELECT platform.set_tenant($1)', [world.a])
  const code = await client.query(statement).then(
    () => 'let through',
    (error) => String(error.code),
  )
  await client.query('COMMIT')
  return code
}

/** A digest of all rows of a table, whoever's they are. */
async function contentsOf({ name }: Table): Promise<{ rows: number; digest: string }> {
  const { rows } = await world.superuser.query(
    `SELECT count(*)::int AS rows, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS digest FROM ${name} t`,
  )
  return rows[0]
}

test('the audit chain and each of its months are append-only, and hold rows here', async () => {
  const names = appendOnlyTables().map((table) => table.name)
  expect(names).toContain('audit.entry')
  const months = await world.superuser.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit.entry'::regclass`,
  )
  expect(months.rowCount).toBeGreaterThanOrEqual(13)
  expect(names).toEqual(expect.arrayContaining(months.rows.map((row) => row.name)))
  for (const table of appendOnlyTables()) expect((await contentsOf(table)).rows, table.name).toBeGreaterThan(0)
})

test.each(attempts)('comptoir_%s cannot %s a row of an append-only table', async (role, change, code) => {
  for (const table of appendOnlyTables()) {
    const before = await contentsOf(table)
    expect(await changeForGood(role, statementOf(change, table)), table.name).toBe(code)
    expect(await contentsOf(table), table.name).toEqual(before)
  }
})

test('the owner cannot take the guard out of a session', async () => {
  await expect(world.sessions.owner.query('SET session_replication_role = replica')).rejects.toMatchObject({
    code: notAllowed,
  })
})

test('no right to a column lets a change through either', async () => {
  const { rows } = await world.superuser.query(
    `SELECT format('%s.%s', c.table, c.name) AS column FROM our_column c CROSS JOIN unnest(ARRAY['app', 'read', 'identity', 'jobs']) AS role (kind)
     WHERE c.append_only AND has_column_privilege('comptoir_' || role.kind, c.table_id, c.position, 'UPDATE')`,
  )
  expect(rows).toEqual([])
})

test('it is the trigger that stops the owner: without it a DELETE goes through, and these tests would see it', async () => {
  await world.superuser.query('BEGIN')
  try {
    await world.superuser.query('DROP TRIGGER append_only ON audit.entry; SET LOCAL ROLE comptoir_owner')
    await world.superuser.query('SELECT platform.set_tenant($1)', [world.a])
    const { rowCount } = await world.superuser.query('DELETE FROM audit.entry')
    expect(rowCount).toBeGreaterThan(0)
  } finally {
    await world.superuser.query('ROLLBACK')
  }
})
