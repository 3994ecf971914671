import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import type { OperationMap } from '../server/platform/operation.ts'
import type { Operations } from '../server/registry.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { createProbeTable, probeOperations, whileGateClosed } from './harness/probe.ts'
import { hire, signUpOwner, signUpPerson, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { until } from './harness/until.ts'

type Probe = OperationMap<typeof probeOperations>

// Nobody waits in vain at the gate, however slow the machine.
const env = { BATCH_QUEUE_LIMIT: '40', LOCK_TIMEOUT_MS: '60000', STATEMENT_TIMEOUT_MS: '60000' }

let database: TestDatabase
let server: TestServer
let owner: TestOwner

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  await createProbeTable(database.ownerUrl)
  server = await startTestServer({ database, more: { operations: probeOperations }, env })
  owner = await signUpOwner(server)
})
afterAll(async () => {
  await server.close()
  await database.drop()
})

const probe = (one: Pick<TestOwner, 'cookie' | 'tenantId'> = owner) =>
  createClient<Probe>({ url: server.url, headers: { cookie: one.cookie, 'comptoir-tenant': one.tenantId } })

const codeOf = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? 'done' : (result.reason as { problem: { code: string } }).problem.code

/** Sends the calls so that they share one batch: they arrive while an earlier one stands at the closed gate. */
async function together(calls: (() => Promise<unknown>)[]): Promise<string[]> {
  const sizesBefore = await batchSizes()
  let results: Promise<PromiseSettledResult<unknown>[]> = Promise.resolve([])
  let blocker: Promise<unknown> = Promise.resolve()
  await whileGateClosed(database.superuserUrl, async (waiting) => {
    blocker = probe().call('probe.create-thing', { name: 'first at the gate' })
    await until('one call stands at the gate', async () => (await waiting()) > 0)
    results = Promise.allSettled(calls.map((call) => call()))
    await until('the others wait behind it', async () => (await waitingCalls()) === calls.length)
  })
  await blocker
  const codes = (await results).map(codeOf)
  const sizes = await batchSizes()
  expect(sizes.sum - sizesBefore.sum, 'every call was counted in a batch once').toBe(calls.length + 1)
  expect(sizes.count - sizesBefore.count, 'the blocker, then all the others together').toBe(2)
  return codes
}

async function waitingCalls(): Promise<number> {
  return (await server.product.metrics.batchWaiting.get()).values.reduce((sum, one) => sum + one.value, 0)
}

async function batchSizes(): Promise<{ count: number; sum: number }> {
  const { values } = await server.product.metrics.batchSize.get()
  const total = (suffix: string) =>
    values
      .filter((one) => one.metricName?.endsWith(suffix) && one.labels.operation === 'probe.create-thing')
      .reduce((sum, one) => sum + one.value, 0)
  return { count: total('_count'), sum: total('_sum') }
}

const rowsOf = (sql: string, values: unknown[]) =>
  withClient(database.superuserUrl, async (client) => (await client.query(sql, values)).rows)

test('calls that arrive while one is in flight commit together, each with its own answer, audit entry and key', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `thing-${index}`)
  const answers: unknown[] = []
  const codes = await together(
    names.map(
      (name) => async () => answers.push(await probe().call('probe.create-thing', { name }, { idempotencyKey: name })),
    ),
  )
  expect(codes).toEqual(names.map(() => 'done'))
  expect(answers).toHaveLength(30)
  const things = await rowsOf('SELECT name, id FROM probe.thing WHERE tenant_id = $1 AND name LIKE $2', [
    owner.tenantId,
    'thing-%',
  ])
  expect(things.map((row) => row.name).toSorted()).toEqual(names.toSorted())
  const entries = await rowsOf(
    "SELECT DISTINCT body::json -> 'input' ->> 'name' AS name FROM audit.entry WHERE tenant_id = $1 AND event = 'probe.create-thing'",
    [owner.tenantId],
  )
  expect(entries.map((row) => row.name)).toEqual(expect.arrayContaining(names))
  const keys = await rowsOf(
    "SELECT answer -> 'body' ->> 'name' AS name FROM platform.idempotency_key WHERE tenant_id = $1",
    [owner.tenantId],
  )
  expect(keys.map((row) => row.name)).toEqual(expect.arrayContaining(names))
})

test.each([
  ['refuse when decided', 'probe_refused'],
  ['refuse when recorded', 'probe_refused'],
  ['break when recorded', 'internal'],
] as const)('an item that must %s drops out alone', async (behave, code) => {
  const before = await probe().call('probe.count-things', {})
  const codes = await together(
    Array.from(
      { length: 9 },
      (_, index) => () =>
        probe().call(
          'probe.create-thing',
          { name: `${behave} ${index}`, behave: index === 4 ? behave : 'write' },
          { idempotencyKey: `${behave.replaceAll(' ', '-')}-${index}` },
        ),
    ),
  )
  expect(codes).toEqual(Array.from({ length: 9 }, (_, index) => (index === 4 ? code : 'done')))
  const after = await probe().call('probe.count-things', {})
  expect(after.things, 'eight of them, and the one at the gate').toBe(before.things + 9)
  const entries = await rowsOf(
    "SELECT body::json -> 'input' ->> 'name' AS name FROM audit.entry WHERE tenant_id = $1 AND body LIKE $2",
    [owner.tenantId, `%${behave} %`],
  )
  expect(
    entries.map((row) => row.name).filter((name) => name === `${behave} 4`),
    'a dropped item leaves no entry',
  ).toEqual([])
})

test('two calls with one key in one batch happen once and get one answer', async () => {
  const answers: unknown[] = []
  await Promise.all(
    [1, 2, 3].map(async () =>
      answers.push(await probe().call('probe.create-thing', { name: 'twin' }, { idempotencyKey: 'twin' })),
    ),
  )
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(await rowsOf("SELECT FROM probe.thing WHERE tenant_id = $1 AND name = 'twin'", [owner.tenantId])).toHaveLength(
    1,
  )
})

test('a caller without the permission is refused before the batch and disturbs nobody', async () => {
  const clerk = await signUpPerson(server)
  const role = await owner.client.call('tenants.create-role', { name: 'clerk', permissions: ['tenants.view-tenant'] })
  await hire(server, owner, clerk, [role.id])
  const results = await Promise.allSettled([
    probe().call('probe.create-thing', { name: 'by the owner' }),
    probe({ cookie: clerk.cookie, tenantId: owner.tenantId }).call('probe.create-thing', { name: 'by the clerk' }),
  ])
  expect(results.map(codeOf)).toEqual(['done', 'forbidden'])
})

test('a lone call goes at once, in a batch of one', async () => {
  const before = await batchSizes()
  await probe().call('probe.create-thing', { name: 'alone' })
  const after = await batchSizes()
  expect({ count: after.count - before.count, sum: after.sum - before.sum }).toEqual({ count: 1, sum: 1 })
})

test('tenants do not wait for each other', async () => {
  const other = await signUpOwner(server)
  let both: Promise<unknown> = Promise.resolve()
  await whileGateClosed(database.superuserUrl, async (waiting) => {
    both = Promise.all([
      probe().call('probe.create-thing', { name: 'a' }),
      probe(other).call('probe.create-thing', { name: 'b' }),
    ])
    await until('both tenants stand at the gate', async () => (await waiting()) === 2)
  })
  await both
})

test('beyond the bound of the queue a call is told to come back', async () => {
  let results: Promise<PromiseSettledResult<unknown>[]> = Promise.resolve([])
  await whileGateClosed(database.superuserUrl, async (waiting) => {
    const blocker = probe().call('probe.create-thing', { name: 'blocker' })
    await until('one call stands at the gate', async () => (await waiting()) > 0)
    let refused = 0
    const calls = Array.from({ length: 45 }, () => probe().call('probe.create-thing', { name: 'queued' }))
    for (const call of calls) call.catch(() => refused++)
    results = Promise.allSettled([blocker, ...calls])
    await until('all of them wait or are refused', async () => (await waitingCalls()) + refused === 45)
    expect(refused).toBe(5)
    const response = await fetch(`${server.url}/v1/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: owner.cookie, 'comptoir-tenant': owner.tenantId },
      body: '{"name":"too late"}',
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.json()).toMatchObject({ code: 'overloaded' })
  })
  const codes = (await results).map(codeOf)
  expect(codes.filter((code) => code === 'done')).toHaveLength(41)
  expect(codes.filter((code) => code === 'overloaded')).toHaveLength(5)
})

test('two people who made up the same id share a batch: one has it, the other is told that it is taken', async () => {
  const colleague = await signUpPerson(server)
  const [role] = (await owner.client.call('tenants.list-roles', {})).items
  await hire(server, owner, colleague, [role?.id ?? ''])
  const id = uuidv7()
  const open = (cookie: string, code: string, own?: string) =>
    createClient<Operations>({ url: server.url, headers: { cookie, 'comptoir-tenant': owner.tenantId } }).call(
      'tenants.create-branch',
      { ...(own ? { id: own } : {}), entity_id: owner.entityId, code, name: code, time_zone: 'Europe/Paris' },
    )
  let results: Promise<PromiseSettledResult<unknown>[]> = Promise.resolve([])
  await withClient(database.superuserUrl, async (client) => {
    // Holds back the first batch at its foreign key, so that the two meet in the second one.
    await client.query('BEGIN')
    await client.query('SELECT FROM tenants.entity WHERE id = $1 FOR UPDATE', [owner.entityId])
    const first = open(owner.cookie, 'FIRST')
    await until('the first batch waits', async () => {
      const { rows } = await client.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
      return rows.length
    })
    results = Promise.allSettled([first, open(owner.cookie, 'MINE', id), open(colleague.cookie, 'THEIRS', id)])
    await until('the two wait behind it', async () => (await waitingCalls()) === 2)
    await client.query('COMMIT')
  })
  const [, mine, theirs] = await results
  const [won, lost] = mine?.status === 'fulfilled' ? [mine, theirs] : [theirs, mine]
  expect(won).toMatchObject({ status: 'fulfilled', value: { id } })
  expect(lost).toMatchObject({ status: 'rejected', reason: { problem: { status: 409, code: 'already_exists' } } })
  const rows = await rowsOf('SELECT code FROM tenants.branch WHERE tenant_id = $1 AND id = $2', [owner.tenantId, id])
  expect(rows).toEqual([{ code: (won as PromiseFulfilledResult<{ code: string }>).value.code }])
  const entries = await rowsOf('SELECT FROM audit.entry WHERE tenant_id = $1 AND resource_id = $2', [
    owner.tenantId,
    id,
  ])
  expect(entries).toHaveLength(1)
})
