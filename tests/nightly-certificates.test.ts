import { symbols } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { compose, type Product } from '../server/compose.ts'
import { parseConfig } from '../server/platform/config.ts'
import { nobody } from '../server/platform/identifiers.ts'
import { createLog } from '../server/platform/log.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { temporaryDirectory } from './harness/process.ts'
import { signUpOwner, type TestOwner, testKey } from './harness/server.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let database: TestDatabase
let product: Product
let owners: TestOwner[]
let lines: Record<string, unknown>[] = []

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  directory = await temporaryDirectory()
  const log = createLog('warn')
  Object.assign(log, { [symbols.streamSym]: { write: (line: string) => lines.push(JSON.parse(line)) } })
  const config = parseConfig({ DATA_DIR: directory.path, SIGN_IN_LIMIT_PER_MINUTE: '1000000' })
  const options = { config, urls: database.roleUrls, authSecret: 'e'.repeat(40), signingKeys: () => [testKey], log }
  product = await compose(options)
  const url = await product.http.listen({ host: '127.0.0.1', port: 0 })
  owners = [await signUpOwner({ url }), await signUpOwner({ url })]
})
afterAll(async () => {
  await product?.http.close()
  await product?.databases.end()
  await database?.drop()
  await directory?.remove()
})
beforeEach(() => {
  lines = []
})

async function run(): Promise<void> {
  const nightly = product.jobs.find(({ name }) => name === 'integrity.certify-tenants')
  if (!nightly) throw new Error('the job is not registered')
  await product.runJob(nightly, {})
}

const sql = (text: string, values: unknown[] = []) =>
  withClient(database.superuserUrl, async (superuser) => {
    await superuser.query("SET session_replication_role = 'replica'")
    return (await superuser.query(text, values)).rows
  })
const newest = (owner: TestOwner) =>
  owner.client.call('integrity.list-certificates', { limit: 1 }).then(({ items }) => items[0])
const alarms = () => lines.filter(({ level }) => level === 50)

async function gauge(line: string): Promise<string | undefined> {
  const text = await product.metrics.registry.metrics()
  return new RegExp(`^comptoir_integrity_broken_tenants\\{line="${line}"\\} (\\d+)$`, 'm').exec(text)?.[1]
}

/** The last entries of a chain, those of integrity alone. */
const entriesOf = (tenantId: string) =>
  sql(
    `SELECT event, severity, body::jsonb -> 'new_values' AS said FROM audit.entry
     WHERE tenant_id = $1 AND event LIKE 'integrity.%' ORDER BY seq`,
    [tenantId],
  )

test('every tenant has a certificate each night, with its entry in the chain, and the gauge says that all hold', async () => {
  expect(await gauge('ledger')).toBeUndefined()
  await run()
  expect(alarms()).toEqual([])
  for (const owner of owners) {
    const made = await newest(owner)
    expect(made).toMatchObject({ reason: 'nightly', verdict: 'holds' })
    expect(await entriesOf(owner.tenantId)).toMatchObject([
      { event: 'integrity.create-certificate', severity: 'info', said: { verdict: 'holds', broken: [] } },
    ])
  }
  expect([await gauge('ledger'), await gauge('not_taken')]).toEqual(['0', '0'])
  expect(await entriesOf(nobody)).toMatchObject([
    { event: 'integrity.certify-tenants', said: { tenants: 2, broken: 0 } },
  ])
})

test('a tenant that is not whole raises an alarm by its name, and the others have theirs', async () => {
  const [broken, whole] = owners as [TestOwner, TestOwner]
  const raise = (by: number) =>
    sql(`UPDATE ledger.account SET balance = balance + $2 WHERE tenant_id = $1 AND purpose = 'sales'`, [
      broken.tenantId,
      by,
    ])
  await raise(1)
  await run()
  await raise(-1)
  const certificate = await newest(broken)
  expect(certificate).toMatchObject({ verdict: 'broken' })
  expect(await newest(whole)).toMatchObject({ verdict: 'holds' })
  expect(alarms()).toMatchObject([{ msg: 'a tenant is not whole', tenantId: broken.tenantId, broken: ['ledger'] }])
  expect([await gauge('ledger'), await gauge('stock')]).toEqual(['1', '0'])
  expect((await entriesOf(nobody)).slice(-2)).toMatchObject([
    {
      ...{ event: 'integrity.tenant-broken', severity: 'critical' },
      said: { certificate_id: certificate?.id, broken: ['ledger'] },
    },
    { event: 'integrity.certify-tenants', said: { broken: 1, failed: 0, lines: { ledger: 1 } } },
  ])
  expect((await entriesOf(broken.tenantId)).at(-1)).toMatchObject({ severity: 'critical' })
  await run()
  expect(await gauge('ledger')).toBe('0')
})

test('certificates that cannot be taken are counted, and the job goes on', async () => {
  await sql('REVOKE SELECT ON cash.step FROM comptoir_app')
  await run()
  await sql('GRANT SELECT ON cash.step TO comptoir_app')
  expect(
    alarms()
      .map(({ msg, tenantId }) => [msg, tenantId])
      .toSorted(),
  ).toEqual(owners.map(({ tenantId }) => ['a certificate could not be taken', tenantId]).toSorted())
  expect(await gauge('not_taken')).toBe('2')
})
