import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyChain } from '../server/audit/index.ts'
import { verifyBooks } from '../server/ledger/index.ts'
import { inReadTransaction } from '../server/platform/database.ts'
import { withClient } from './harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

const writers = 64
const rounds = 4

let server: TestServer
let owner: TestOwner
let invited = 0
let roleId: string
let accounts: string[]

beforeAll(async () => {
  server = await startTestServer({ env: { LOCK_TIMEOUT_MS: '60000', DATABASE_POOL_SIZE: '16' } })
  owner = await signUpOwner(server)
  const books = await owner.client.call('ledger.list-accounts', { entity_id: owner.entityId, limit: 7 })
  accounts = books.items.map(({ id }) => id)
  roleId = (await owner.client.call('tenants.create-role', { name: 'all', permissions: ['*'] })).id
})
afterAll(() => server.close())

/** What the writers send, each its own kind: master data, grants, keys, batches, and things that are refused. */
const kinds: ((writer: number, round: number) => Promise<unknown>)[] = [
  (writer, round) => owner.client.call('tenants.create-branch', branch(`B${writer}-${round}`)),
  (writer, round) => owner.client.call('tenants.create-branch', branch(`C${writer % 3}-${round}`)),
  (writer, round) => owner.client.call('tenants.create-role', { name: `role ${writer}-${round}`, permissions: ['*'] }),
  async () => {
    const { version } = await owner.client.call('tenants.get-tenant', {})
    return owner.client.call('tenants.update-tenant', { version, legal_name: `Shop ${version}` })
  },
  async () => {
    const { version } = await owner.client.call('tenants.get-role', { id: roleId })
    return owner.client.call('tenants.update-role', { id: roleId, version, name: `all ${version}` })
  },
  (_, round) =>
    owner.client.call('tenants.add-employee', {
      email: `invited-${invited++}@example.org`,
      display_name: `E${round}`,
      role_ids: [roleId],
    }),
  async () => {
    const made = { name: 'key', permissions: ['*'], expires_at: '2036-01-01T00:00:00Z' }
    const { id, version } = await owner.client.call('tenants.create-api-key', made)
    return owner.client.call('tenants.revoke-api-key', { id, version })
  },
  async () => {
    const { version } = await owner.client.call('tenants.get-entity', { id: owner.entityId })
    return owner.client.call('tenants.update-entity', { id: owner.entityId, version, legal_name: `Entity ${version}` })
  },
  (writer, round) => owner.client.call('ledger.post-journal', journal(writer, writer + round + 1)),
  async (writer, round) => {
    const { id } = await owner.client.call('ledger.post-journal', journal(writer + round + 1, writer))
    return owner.client.call('ledger.reverse-journal', { id, document_on: '2026-01-16' })
  },
]

const journal = (from: number, to: number) => ({
  entity_id: owner.entityId,
  document_on: '2026-01-15',
  lines: [
    { account_id: account(from), amount: '2.50' },
    { account_id: account(to), amount: '-2.50' },
  ],
})

/** An account of the books, one of a few that all writers post to, in any order. */
const account = (number: number) => accounts[number % accounts.length] ?? ''

const branch = (code: string) => ({ entity_id: owner.entityId, code, name: code, time_zone: 'Europe/Paris' })

test('64 writers of different commands in one tenant: no deadlock reaches one, and the chain is whole', {
  timeout: 120_000,
}, async () => {
  const refused: string[] = []
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let round = 0; round < rounds; round++) {
        await kinds[writer % kinds.length]?.(writer, round).catch(({ problem }) => refused.push(problem?.code))
      }
    }),
  )
  // Two changed the same thing, or took the same code: what they are told of each other, and nothing else.
  expect([...new Set(refused)].toSorted()).toEqual(['branch_code_taken', 'version_conflict'])
  expect(refused.length).toBeLessThan(writers * rounds)

  await withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS entries, count(DISTINCT seq)::int AS numbers, count(DISTINCT previous_hash)::int AS links,
              max(seq)::int AS last, count(DISTINCT event)::int AS events
       FROM audit.entry WHERE tenant_id = $1`,
      [owner.tenantId],
    )
    const { entries, numbers, links, last, events } = rows[0]
    expect({ numbers, links, last }, 'no gap, no fork').toEqual({ numbers: entries, links: entries, last: entries })
    expect(entries).toBeGreaterThan((writers * rounds) / 2)
    expect(events).toBe(11)
  })
  await withClient(server.database.roleUrls.app, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
    expect(await verifyChain(client, owner.tenantId)).toMatchObject({ intact: true })
  })
  const readers = server.product.databases.read
  const books = await verifyBooks(
    (work) => inReadTransaction(readers, owner.tenantId, (tx) => work(tx.client)),
    owner.tenantId,
  )
  expect(books).toMatchObject({ intact: true })
  const { values } = await server.product.metrics.retries.get()
  expect(values.filter((one) => one.labels.reason === '40P01')).toEqual([])
})
