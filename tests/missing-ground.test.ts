import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { migrateDown, migrationNames } from '../server/platform/migrate.ts'
import { prepareDatabase } from '../server/prepare.ts'
import { createTestDatabase, withClient } from './harness/postgres.ts'
import { clientIn, signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { until } from './harness/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const codesOf = async ({ client }: TestOwner) =>
  (await client.call('tax.list-classes', {})).items.map(({ code, version }) => `${code} ${version}`)

const unitsOf = async ({ client }: TestOwner) =>
  (await client.call('catalog.list-units', { limit: 200 })).items.map(({ code }) => code)

test('a tenant from before there were tax classes has them after a start; one that has some is left alone', async () => {
  const old = await signUpOwner(server)
  const other = await signUpOwner(server)
  const [before, name] = [await codesOf(old), { id: '', version: 1, name: 'Usual' }]
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('DELETE FROM tax.class WHERE tenant_id = $1', [old.tenantId])
    await client.query(`DELETE FROM tax.class WHERE tenant_id = $1 AND code <> 'standard'`, [other.tenantId])
  })
  const [left] = (await other.client.call('tax.list-classes', {})).items
  await other.client.call('tax.update-class', { ...name, id: left?.id ?? '' })
  expect(await codesOf(old)).toEqual([])

  for (const start of ['first', 'second']) {
    await workUntilDone(server)
    expect(await codesOf(old), start).toEqual(before)
  }
  expect(await codesOf(other)).toEqual(['standard 2'])
  const { items } = await old.client.call('audit.list-entries', { event: 'tax.add-missing-classes' })
  expect(items.map(({ resource_id }) => resource_id)).toEqual([old.entityId])
})

test('a tenant from before there was a catalogue has the usual units after a start; one that has some is left alone', async () => {
  const [old, other] = [await signUpOwner(server), await signUpOwner(server)]
  const before = await unitsOf(old)
  expect(before).toContain('piece')
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('DELETE FROM catalog.unit WHERE tenant_id = $1', [old.tenantId])
    await client.query(`DELETE FROM catalog.unit WHERE tenant_id = $1 AND code <> 'kg'`, [other.tenantId])
  })
  for (const start of ['first', 'second']) {
    await workUntilDone(server)
    expect(await unitsOf(old), start).toEqual(before)
  }
  expect(await unitsOf(other)).toEqual(['kg'])
  const { items } = await old.client.call('audit.list-entries', { event: 'catalog.add-missing-units' })
  expect(items.map(({ resource_type }) => resource_type)).toEqual(['units'])
})

test('a tenant from before features and ready-made roles keeps its owner, and has both features and tax classes', async () => {
  const database = await createTestDatabase(inject('postgresPort'))
  const earlier = await startTestServer({ database })
  const owner = await signUpOwner(earlier)
  const { items: before } = await owner.client.call('tax.list-classes', {})
  await earlier.close()
  const { ownerUrl, roleUrls } = database
  const options = { ownerUrl, roleUrls, rolePrefix: 'comptoir' }
  const names = migrationNames()
  await migrateDown(options, names.length - names.indexOf('0010_reach'))
  await prepareDatabase(options)
  const later = await startTestServer({ database })
  try {
    await workUntilDone(later)
    const client = clientIn(later, owner, owner.tenantId)
    expect((await client.call('tenants.list-features', {})).items).toMatchObject([
      { name: 'ledger', is_on: true },
      { name: 'tax', is_on: true },
    ])
    const { items } = await client.call('tax.list-classes', {})
    expect(items.map(({ code }) => code)).toEqual(before.map(({ code }) => code))
    expect((await client.call('catalog.list-units', {})).items).not.toEqual([])
    const { items: roles } = await client.call('tenants.list-roles', {})
    expect(roles.find(({ name }) => name === 'owner')).toMatchObject({ permissions: ['*'], preset: null })
  } finally {
    await later.close()
    await database.drop()
  }
})

async function workUntilDone({ product, database }: TestServer): Promise<void> {
  const worker = await product.startJobs()
  await until('what was missing is added', async () => (await queued(database)) === 0)
  await worker.stop()
}

async function queued(database: TestServer['database']): Promise<number> {
  return withClient(database.superuserUrl, async (client) => {
    const text = `SELECT count(*)::integer AS jobs FROM graphile_worker.jobs WHERE task_identifier ~ '[.]add-missing-'`
    const { rows } = await client.query<{ jobs: number }>(text)
    return rows[0]?.jobs ?? 0
  })
}
