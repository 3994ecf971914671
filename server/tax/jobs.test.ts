import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const codesOf = async ({ client }: TestOwner) =>
  (await client.call('tax.list-classes', {})).items.map(({ code, version }) => `${code} ${version}`)

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
    const worker = await server.product.startJobs()
    await until('the job is done', async () => (await queued()) === 0)
    await worker.stop()
    expect(await codesOf(old), start).toEqual(before)
  }
  expect(await codesOf(other)).toEqual(['standard 2'])
  const { items } = await old.client.call('audit.list-entries', { event: 'tax.add-missing-classes' })
  expect(items.map(({ resource_id }) => resource_id)).toEqual([old.entityId])
})

async function queued(): Promise<number> {
  return withClient(server.database.superuserUrl, async (client) => {
    const text = `SELECT count(*)::integer AS jobs FROM graphile_worker.jobs WHERE task_identifier = 'tax.add-missing-classes'`
    const { rows } = await client.query<{ jobs: number }>(text)
    return rows[0]?.jobs ?? 0
  })
}
