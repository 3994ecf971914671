import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { roleKinds } from '../server/platform/roles.ts'
import type { Operations } from '../server/registry.ts'
import { listen } from './harness/events.ts'
import { beginImport, runImport, untilEnded } from './harness/imports.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'
import { signUpOwner, type TestOwner } from './harness/server.ts'
import { until } from './harness/until.ts'

let directory: { path: string; remove(): Promise<void> }
let database: TestDatabase
/** Works on nothing: what it takes the others do. */
let door: ServerProcess
let first: ServerProcess
let second: ServerProcess
let owner: TestOwner

beforeAll(async () => {
  directory = await temporaryDirectory()
  database = await createTestDatabase(inject('postgresPort'))
  const urls = roleKinds.map((kind) => [`DATABASE_${kind.toUpperCase()}_URL`, database.roleUrls[kind]])
  const env = {
    ENCRYPTION_KEY: Buffer.alloc(32, 9).toString('base64'),
    DATABASE_URL: database.ownerUrl,
    AUTH_SECRET: 'the same secret for all of the servers',
    ...Object.fromEntries(urls),
  }
  await mkdir(join(directory.path, 'imports'))
  const start = async (name: string, more = {}) => {
    const DATA_DIR = join(directory.path, name)
    await mkdir(DATA_DIR)
    // In common, as where both reach one disk.
    await symlink(join(directory.path, 'imports'), join(DATA_DIR, 'imports'))
    return startServerProcess({ ...env, DATA_DIR, ...more })
  }
  door = await start('door', { JOBS_CONCURRENCY: '0' })
  first = await start('first')
  second = await start('second')
  owner = await signUpOwner(door)
})
afterAll(async () => {
  for (const server of [door, first, second]) await server.end('SIGKILL')
  await database.drop()
  await directory.remove()
})

/** The owner as a client of one of the servers. */
function at({ url }: ServerProcess): TestOwner {
  const headers = { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId }
  return { ...owner, client: createClient<Operations>({ url, headers }) }
}

const productsAt = async (server: ServerProcess) =>
  (await at(server).client.call('catalog.list-products', { limit: 5 })).items.length
const fileOf = (name: string, count: number) =>
  `SKU,Name\n${Array.from({ length: count }, (_, row) => `${name}-${row},Thing ${row}\n`).join('')}`

async function checked(text: string) {
  const { items: classes } = await at(second).client.call('tax.list-classes', {})
  const begun = await beginImport(door, at(door), { text })
  const options = { tax_class_id: classes[0]?.id ?? '' }
  await at(second).client.call('imports.map-import', { id: begun.id, version: begun.version, options })
  const found = await runImport(at(door), begun.id, 'imports.check-import')
  expect(found).toMatchObject({ status: 'checked', failed_rows: 0 })
  return begun.id
}

test('a file that one server took is read, followed, committed and taken back at others', async () => {
  const id = await checked(fileOf('BOTH', 300))
  const events = await listen(first, { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId })
  expect(await runImport(at(second), id, 'imports.commit-import')).toMatchObject({
    status: 'committed',
    created_rows: 300,
  })
  await events.told('imports.import')
  events.close()
  expect([await productsAt(door), await productsAt(first)]).toEqual([5, 5])
  expect(await runImport(at(first), id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
  expect([await productsAt(door), await productsAt(second)]).toEqual([0, 0])
  expect(await at(door).client.call('imports.get-import', { id })).toMatchObject({ status: 'undone' })
})

test('of a server that is killed while it commits, another goes on with the import, and every row is in once', async () => {
  const rows = 4_000
  const id = await checked(fileOf('KILL', rows))
  // Nobody but the first can take it.
  process.kill(second.pid, 'SIGSTOP')
  const { client } = at(door)
  const { version } = await client.call('imports.get-import', { id })
  await client.call('imports.commit-import', { id, version })
  const get = () => client.call('imports.get-import', { id })
  await until('some rows are in', async () => (await get()).processed_rows > 0)
  await first.end('SIGKILL')
  const left = await get()
  expect(left).toMatchObject({ status: 'committing' })
  expect(left.processed_rows).toBeLessThan(rows)
  process.kill(second.pid, 'SIGCONT')
  // As if it had been silent for long enough, and a minute had begun.
  await withClient(database.superuserUrl, async (sql) => {
    await sql.query(`UPDATE imports.import SET worked_at = now() - interval '1 minute' WHERE id = $1`, [id])
    await sql.query(`SELECT graphile_worker.add_job('imports.resume-abandoned', '{}')`)
  })
  const done = await untilEnded({ client }, id)
  expect(done).toMatchObject({ status: 'committed', created_rows: rows, failed_rows: 0, fault: null })
  const made = await withClient(database.superuserUrl, (sql) =>
    sql.query(
      `SELECT count(*)::int AS products, count(DISTINCT sku)::int AS skus FROM catalog.variant WHERE sku LIKE 'KILL-%'`,
    ),
  )
  expect(made.rows).toEqual([{ products: rows, skus: rows }])
  expect(await runImport({ client }, id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
  expect(await productsAt(second)).toBe(0)
})
