import type pg from 'pg'
import { symbols } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { compose, type Product } from '../server/compose.ts'
import { catalogueFaults } from '../server/platform/catalogue-faults.ts'
import { parseConfig } from '../server/platform/config.ts'
import { nobody } from '../server/platform/identifiers.ts'
import { createLog } from '../server/platform/log.ts'
import { makeProduct } from './harness/catalog.ts'
import { lastSeq } from './harness/chain.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { temporaryDirectory } from './harness/process.ts'
import { signUpOwner, type TestOwner, testKey } from './harness/server.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let database: TestDatabase
let product: Product
let lines: Record<string, unknown>[] = []
let owner: TestOwner
let other: TestOwner

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  const log = createLog('warn')
  Object.assign(log, { [symbols.streamSym]: { write: (line: string) => lines.push(JSON.parse(line)) } })
  directory = await temporaryDirectory()
  const limits = { RATE_LIMIT_PER_MINUTE: '1000000', SIGN_IN_LIMIT_PER_MINUTE: '1000000' }
  const config = parseConfig({ DATA_DIR: directory.path, ...limits })
  const signingKeys = () => [testKey]
  product = await compose({ config, urls: database.roleUrls, authSecret: 'd'.repeat(40), signingKeys, log })
  const url = await product.http.listen({ host: '127.0.0.1', port: 0 })
  owner = await signUpOwner({ url })
  other = await signUpOwner({ url })
})
afterAll(async () => {
  await product.http.close()
  await product.databases.end()
  await database.drop()
  await directory.remove()
})
beforeEach(() => {
  lines = []
})

async function run(): Promise<void> {
  const nightly = product.jobs.find(({ name }) => name === 'audit.verify-chains')
  if (!nightly) throw new Error('the job is not registered')
  await product.runJob(nightly, {})
}

const asSuperuser = <T>(work: (client: pg.Client) => Promise<T>) => withClient(database.superuserUrl, work)
const alarms = () => lines.filter(({ level }) => level === 50)

/** What the gauge shows: broken chains, chains not verified, broken books, broken stock, faults of isolation. */
async function gauge(): Promise<(number | undefined)[]> {
  const text = await product.metrics.registry.metrics()
  return ['broken_chain', 'unverified_chain', 'broken_books', 'broken_stock', 'isolation'].map((kind) => {
    const found = new RegExp(`^comptoir_audit_faults\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  })
}

/** The entries that the platform's chain got since a number, without those of requests. */
async function platformEntries(): Promise<{ event: string; severity: string; body: Record<string, unknown> }[]> {
  return asSuperuser(async (client) => {
    const { rows } = await client.query(
      `SELECT event, severity, body::json AS body FROM audit.entry WHERE tenant_id = $1 AND event SIMILAR TO '(audit|ledger|inventory).%' ORDER BY seq`,
      [nobody],
    )
    return rows
  })
}

/** What only somebody with the superuser's password can do: past every guard. */
async function tamper(...statements: string[]): Promise<void> {
  await asSuperuser(async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    for (const statement of statements) await client.query(statement)
  })
}

const verificationsOf = (one: TestOwner) => one.client.call('audit.list-verifications', {})
const latest = async (one: TestOwner) => (await verificationsOf(one)).items[0]

test('before the first night the gauge says nothing', async () => {
  expect(await gauge()).toEqual([undefined, undefined, undefined, undefined, undefined])
})

test('on intact chains it leaves a row for each, a count in the platform’s chain, and no alarm', async () => {
  const { items } = await owner.client.call('audit.list-entries', { limit: 200 })
  await run()
  expect(alarms()).toEqual([])
  expect(await gauge()).toEqual([0, 0, 0, 0, 0])
  const found = await verificationsOf(owner)
  expect(found.items).toMatchObject([
    { intact: true, entries: `${items.length}`, first_broken_seq: null, reason: null },
  ])
  expect((await verificationsOf(other)).items).toHaveLength(1)
  const rows = await asSuperuser((client) => client.query('SELECT tenant_id, intact FROM audit.verification'))
  expect(rows.rows.map((row) => row.tenant_id).toSorted()).toEqual([nobody, owner.tenantId, other.tenantId].toSorted())
  expect(await platformEntries()).toMatchObject([
    {
      event: 'audit.verify-chains',
      severity: 'info',
      body: {
        environment: 'local',
        new_values: {
          chains: 3,
          broken_chains: 0,
          unverified_chains: 0,
          broken_books: 0,
          broken_stock: 0,
          catalogue_faults: 0,
        },
      },
    },
  ])
})

describe('on a broken chain it raises an alarm, keeps what it found and goes on:', () => {
  const changeByte = "UPDATE audit.entry SET body = overlay(body PLACING '~' FROM 10 FOR 1) WHERE"
  const removeAll = (table: string) => `DELETE FROM audit.${table} WHERE tenant_id = '${owner.tenantId}'`

  // what a superuser does to the owner's chain, and the first link that it breaks
  test.each([
    { what: 'one changed byte', seq: '3', broken: () => [`${changeByte} tenant_id = '${owner.tenantId}' AND seq = 3`] },
    { what: 'an entry removed', seq: '2', broken: () => [`${removeAll('entry')} AND seq = 2`] },
    { what: 'the whole chain gone', seq: '1', broken: () => [removeAll('entry'), removeAll('head')] },
  ])('$what', async ({ broken, seq }) => {
    const before = (await platformEntries()).length
    await tamper(
      'CREATE TABLE public.kept_entry AS SELECT * FROM audit.entry',
      'CREATE TABLE public.kept_head AS SELECT * FROM audit.head',
      ...broken(),
    )
    await run()
    const found = await latest(owner)
    await tamper(
      ...['entry', 'head'].flatMap((table) => [
        removeAll(table),
        `INSERT INTO audit.${table} SELECT * FROM public.kept_${table} WHERE tenant_id = '${owner.tenantId}'`,
        `DROP TABLE public.kept_${table}`,
      ]),
    )
    expect(alarms()).toMatchObject([{ msg: 'an audit chain is broken', tenantId: owner.tenantId, seq }])
    expect(await gauge()).toEqual([1, 0, 0, 0, 0])
    expect(found).toMatchObject({ intact: false, first_broken_seq: seq, entries: `${Number(seq) - 1}` })
    expect(found?.reason).toBe(alarms()[0]?.reason)
    expect(await latest(other)).toMatchObject({ intact: true })
    expect((await platformEntries()).slice(before)).toMatchObject([
      {
        event: 'audit.chain-broken',
        severity: 'critical',
        body: { resource_type: 'tenant', resource_id: owner.tenantId, new_values: { seq, reason: found?.reason } },
      },
      { event: 'audit.verify-chains', severity: 'info', body: { new_values: { chains: 3, broken_chains: 1 } } },
    ])
    const { items } = await owner.client.call('audit.list-verifications', { intact: false })
    expect([items[0], items.some((one) => one.intact)]).toEqual([found, false])
  })

  test('the platform’s own, which takes the alarm nevertheless', async () => {
    const first = `tenant_id = '${nobody}' AND seq = 1`
    const [{ body }] = (await asSuperuser((client) => client.query(`SELECT body FROM audit.entry WHERE ${first}`))).rows
    await tamper(`${changeByte} ${first}`)
    await run()
    await tamper(`UPDATE audit.entry SET body = '${body}' WHERE ${first}`)
    expect(alarms()).toMatchObject([{ tenantId: nobody, seq: '1' }])
    expect((await platformEntries()).at(-2)).toMatchObject({
      event: 'audit.chain-broken',
      body: { resource_type: 'platform', resource_id: nobody },
    })
    expect(await latest(owner)).toMatchObject({ intact: true })
  })
})

test('a forged checkpoint raises an alarm about a chain whose links all hold', async () => {
  const { seq } = await owner.client.call('audit.create-checkpoint', {})
  const forge = `UPDATE audit.checkpoint SET signature = set_byte(signature, 9, get_byte(signature, 9) # 1) WHERE tenant_id = '${owner.tenantId}'`
  const before = (await platformEntries()).length
  await tamper(forge)
  await run()
  await tamper(forge)
  const fault = {
    seq: null,
    reason: expect.stringMatching(`^the checkpoint of entry ${seq} .+ was not signed by the key`),
  }
  expect(alarms()).toMatchObject([{ msg: 'an audit chain is broken', tenantId: owner.tenantId, ...fault }])
  expect(await gauge()).toEqual([1, 0, 0, 0, 0])
  expect(await latest(owner)).toMatchObject({
    intact: false,
    first_broken_seq: null,
    entries: `${await lastSeq(database.superuserUrl, owner.tenantId)}`,
    reason: alarms()[0]?.reason,
  })
  expect((await platformEntries()).slice(before)).toMatchObject([
    {
      event: 'audit.chain-broken',
      severity: 'critical',
      body: { resource_type: 'tenant', resource_id: owner.tenantId, new_values: fault },
    },
    { event: 'audit.verify-chains', body: { new_values: { broken_chains: 1, broken_books: 0 } } },
  ])
  lines = []
  await run()
  expect(alarms()).toEqual([])
  expect(await latest(owner)).toMatchObject({ intact: true })
})

test('books that do not tie raise an alarm, and the chains and the books of others are verified', async () => {
  const { items } = await owner.client.call('ledger.list-accounts', { entity_id: owner.entityId })
  const account = items[0]?.id ?? ''
  const raise = (amount: string) =>
    `UPDATE ledger.account SET balance = balance + ${amount} WHERE tenant_id = '${owner.tenantId}' AND id = '${account}'`
  const before = (await platformEntries()).length
  await tamper(raise('7'))
  await run()
  await tamper(raise('-7'))
  const reason = expect.stringMatching(`^account ${account}: its balance is 7.0000 after 0 entries`)
  expect(alarms()).toMatchObject([{ msg: 'the books of a tenant do not tie', tenantId: owner.tenantId, reason }])
  expect(await gauge()).toEqual([0, 0, 1, 0, 0])
  expect((await platformEntries()).slice(before)).toMatchObject([
    {
      event: 'ledger.books-broken',
      severity: 'critical',
      body: { resource_type: 'tenant', resource_id: owner.tenantId, new_values: { reason } },
    },
    { event: 'audit.verify-chains', severity: 'info', body: { new_values: { broken_chains: 0, broken_books: 1 } } },
  ])
  expect(await latest(owner)).toMatchObject({ intact: true })
  lines = []
  await run()
  expect(alarms()).toEqual([])
  expect(await gauge()).toEqual([0, 0, 0, 0, 0])
})

test('stock that does not tie raises an alarm', async () => {
  const variant_id = (await makeProduct(owner)).variant.id
  const lines = [{ variant_id, quantity: '3', unit_cost: '2' }]
  await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines })
  const raise = (quantity: string) =>
    `UPDATE inventory.level SET on_hand = on_hand + ${quantity} WHERE variant_id = '${variant_id}'`
  const before = (await platformEntries()).length
  await tamper(raise('1'))
  await run()
  await tamper(raise('-1'))
  const reason = expect.stringMatching(/^level .+: there are 4.000000 after 1 movements, they say 3.000000 after 1$/)
  expect(alarms()).toMatchObject([{ msg: 'the goods of a tenant do not tie', tenantId: owner.tenantId, reason }])
  expect(await gauge()).toEqual([0, 0, 0, 1, 0])
  expect((await platformEntries()).slice(before)).toMatchObject([
    {
      event: 'inventory.stock-broken',
      severity: 'critical',
      body: { resource_type: 'tenant', resource_id: owner.tenantId, new_values: { reason } },
    },
    { event: 'audit.verify-chains', severity: 'info', body: { new_values: { broken_books: 0, broken_stock: 1 } } },
  ])
})

test('books that cannot be read count as broken, and the chains are verified', async () => {
  await asSuperuser((client) => client.query('REVOKE SELECT ON ledger.journal FROM comptoir_app'))
  await run()
  await asSuperuser((client) => client.query('GRANT SELECT ON ledger.journal TO comptoir_app'))
  expect(
    alarms()
      .map(({ msg, tenantId }) => [msg, tenantId])
      .toSorted(),
  ).toEqual([owner, other].map(({ tenantId }) => ['the books of a tenant could not be proved', tenantId]).toSorted())
  expect(await gauge()).toEqual([0, 0, 2, 0, 0])
  expect(await latest(owner)).toMatchObject({ intact: true })
})

test('tables that no longer isolate tenants raise an alarm, and the next night after the mending there is none', async () => {
  await asSuperuser((client) => client.query('ALTER TABLE tenants.branch DISABLE ROW LEVEL SECURITY'))
  await run()
  const fault = 'tenants.branch does not enforce row-level security'
  expect(alarms()).toMatchObject([{ msg: 'the database does not isolate tenants', fault }])
  expect(await gauge()).toEqual([0, 0, 0, 0, 1])
  expect((await platformEntries()).at(-2)).toMatchObject({
    event: 'audit.isolation-broken',
    severity: 'critical',
    body: { new_values: { faults: [fault] } },
  })
  await asSuperuser((client) => client.query('ALTER TABLE tenants.branch ENABLE ROW LEVEL SECURITY'))
  lines = []
  await run()
  expect(alarms()).toEqual([])
  expect(await gauge()).toEqual([0, 0, 0, 0, 0])
})

test('the role of jobs sees the faults that the owner sees', async () => {
  const breaches = `ALTER TABLE tenants.branch DISABLE ROW LEVEL SECURITY;
    CREATE POLICY open ON tenants.entity FOR SELECT USING (true);
    GRANT DELETE ON tenants.role TO comptoir_app;
    DROP TRIGGER append_only ON audit.verification;
    GRANT EXECUTE ON FUNCTION audit.record(uuid, jsonb) TO PUBLIC`
  const mended = `ALTER TABLE tenants.branch ENABLE ROW LEVEL SECURITY;
    DROP POLICY open ON tenants.entity;
    REVOKE DELETE ON tenants.role FROM comptoir_app;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.verification FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
    REVOKE EXECUTE ON FUNCTION audit.record(uuid, jsonb) FROM PUBLIC`
  await asSuperuser((client) => client.query(breaches))
  try {
    const seen = await Promise.all(
      [database.ownerUrl, database.roleUrls.jobs].map((url) => withClient(url, catalogueFaults)),
    )
    expect(seen[0]).toHaveLength(5)
    expect(seen[1]).toEqual(seen[0])
  } finally {
    await asSuperuser((client) => client.query(mended))
  }
})

test('a tenant whose row is gone from the directory is verified, and its absence raises an alarm', async () => {
  await owner.client.call('audit.create-checkpoint', {})
  const row = `tenants.directory WHERE kind = 'tenant' AND tenant_id = '${owner.tenantId}'`
  const changeByte = `UPDATE audit.entry SET body = overlay(body PLACING chr(ascii(substr(body, 10, 1)) # 1) FROM 10 FOR 1)
    WHERE tenant_id = '${owner.tenantId}' AND seq = 3`
  const before = await gauge()
  await tamper(`CREATE TABLE public.kept AS SELECT * FROM ${row}`, `DELETE FROM ${row}`, changeByte)
  await run()
  await tamper('INSERT INTO tenants.directory SELECT * FROM public.kept', 'DROP TABLE public.kept', changeByte)
  expect(before).toEqual([0, 0, 0, 0, 0])
  const reason = `tenant ${owner.tenantId} has checkpoints and is not in the directory; at entry 3: `
  expect(alarms()).toMatchObject([{ tenantId: owner.tenantId, seq: '3', reason: expect.stringContaining(reason) }])
  expect(await gauge()).toEqual([1, 0, 0, 0, 0])
  lines = []
  await run()
  expect(alarms()).toEqual([])
})

test('it reads the primary: what the readers of a replica see raises no alarm', async () => {
  await asSuperuser((client) => client.query('REVOKE SELECT ON audit.head, ledger.journal FROM comptoir_read'))
  await run()
  await asSuperuser((client) => client.query('GRANT SELECT ON audit.head, ledger.journal TO comptoir_read'))
  expect(alarms()).toEqual([])
})

test('a chain that cannot be read is counted and said, and the others are verified', async () => {
  const count = async () => (await verificationsOf(other)).items.length
  const before = await count()
  await asSuperuser((client) => client.query('REVOKE SELECT ON audit.head FROM comptoir_app'))
  await run()
  await asSuperuser((client) => client.query('GRANT SELECT ON audit.head TO comptoir_app'))
  expect(alarms().map(({ msg }) => msg)).toEqual(Array(3).fill('an audit chain could not be verified'))
  expect(await gauge()).toEqual([0, 3, 0, 0, 0])
  await run()
  expect(await count()).toBe(before + 1)
})

test('finds a chain intact to which commands write meanwhile', async () => {
  lines = []
  let writing = true
  const write = async () => {
    for (let version = 1; writing; version++) {
      await owner.client.call('tenants.update-tenant', { version, legal_name: `Shop ${version}` })
    }
  }
  const writer = write()
  for (let time = 0; time < 5; time++) await run()
  writing = false
  await writer
  expect(alarms()).toEqual([])
  expect((await verificationsOf(owner)).items.slice(0, 5).map((one) => one.intact)).toEqual(Array(5).fill(true))
})

test('verifications are paged newest first', async () => {
  const all = (await verificationsOf(owner)).items
  expect(all.length).toBeGreaterThan(8)
  expect(all.map((one) => one.started_at)).toEqual(
    all
      .map((one) => one.started_at)
      .toSorted()
      .toReversed(),
  )
  const first = await owner.client.call('audit.list-verifications', { limit: 3 })
  const rest = await owner.client.call('audit.list-verifications', { cursor: first.next_cursor ?? '' })
  expect([...first.items, ...rest.items]).toEqual(all)
})
