import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { createClient } from '../server/platform/client.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { deadJobs, job, reviveJobs } from '../server/platform/jobs.ts'
import type { OperationMap } from '../server/platform/operation.ts'
import { command } from '../server/platform/operation.ts'
import { refusal, refuse } from '../server/platform/refusal.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { until } from './harness/until.ts'

const ran: { word: string; tenant: string; seenTenant: string }[] = []
let failuresLeft = 0
let release: () => void = () => {}
let gate: Promise<void> = Promise.resolve()

const sayWord = job({
  name: 'probe.say-word',
  payload: z.object({ tenant_id: z.uuid(), word: z.string() }),
  async handle({ inTenant }, { tenant_id: tenant, word }) {
    if (failuresLeft > 0) {
      failuresLeft--
      throw new Error('the probe was told to fail')
    }
    await gate
    const seenTenant = await inTenant(tenant, async ({ client }) => {
      const { rows } = await client.query('SELECT tenant_id FROM tenants.tenant')
      return rows.map((row) => row.tenant_id).join()
    })
    ran.push({ word, tenant, seenTenant })
  },
})

const refused = refusal('probe_refused', 409, 'The probe was told to refuse')
const enqueueWord = command({
  name: 'probe.enqueue-word',
  route: 'POST /v1/words',
  summary: 'Enqueue a word, and perhaps refuse afterwards.',
  permission: null,
  reach: 'any',
  input: z.strictObject({ word: z.string(), key: z.string().optional(), refuse: z.boolean().default(false) }),
  output: z.object({ word: z.string() }),
  async handle(context, { word, key, refuse: mustRefuse }) {
    context.enqueue(sayWord, { word }, key ? { key } : {})
    if (mustRefuse) refuse(refused)
    return { word }
  },
})

let database: TestDatabase
let server: TestServer
let owner: TestOwner
let worker: { stop(): Promise<void> }
type Probe = OperationMap<readonly [typeof enqueueWord]>
const probe = (one: TestOwner = owner) =>
  createClient<Probe>({ url: server.url, headers: { cookie: one.cookie, 'comptoir-tenant': one.tenantId } })

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  server = await startTestServer({ database, more: { operations: [enqueueWord], jobs: [sayWord] } })
  owner = await signUpOwner(server)
  worker = await server.product.startJobs()
})
afterAll(async () => {
  await worker.stop()
  await server.close()
  await database.drop()
})

const spoken = (word: string) => until(`the word ${word} is said`, () => ran.find((one) => one.word === word))

test('a job runs after its command commits, in the tenant of the command and no other', async () => {
  await signUpOwner(server)
  const word = uuidv7()
  await probe().call('probe.enqueue-word', { word })
  expect(await spoken(word)).toEqual({ word, tenant: owner.tenantId, seenTenant: owner.tenantId })
})

test('a command that is refused leaves no job', async () => {
  const [never, later] = [uuidv7(), uuidv7()]
  await expect(probe().call('probe.enqueue-word', { word: never, refuse: true })).rejects.toMatchObject({
    problem: { status: 409 },
  })
  await probe().call('probe.enqueue-word', { word: later })
  await spoken(later)
  expect(ran.map((one) => one.word)).not.toContain(never)
})

test('a failed job is tried again with back-off, and the counters say so', async () => {
  failuresLeft = 1
  const word = uuidv7()
  await probe().call('probe.enqueue-word', { word })
  const [waiting] = await until('the job failed once and waits', async () => {
    const { rows } = await server.product.databases.jobs.query(
      "SELECT run_at > now() AS later, max_attempts FROM graphile_worker.jobs WHERE task_identifier = 'probe.say-word' AND attempts = 1 AND locked_at IS NULL",
    )
    return rows.length > 0 ? rows : undefined
  })
  expect(waiting).toEqual({ later: true, max_attempts: 12 })
  await spoken(word)
  const { values } = await server.product.metrics.jobs.get()
  const count = (result: string) =>
    values.find((one) => one.labels.task === 'probe.say-word' && one.labels.result === result)?.value
  expect(count('failed')).toBe(1)
  expect(count('done')).toBeGreaterThan(0)
})

test('a job that used up its attempts is dead, visible, and can be given new ones', async () => {
  const word = uuidv7()
  failuresLeft = Number.POSITIVE_INFINITY
  await probe().call('probe.enqueue-word', { word })
  await until('the job failed', async () => {
    const { rowCount } = await server.product.databases.jobs.query(
      'UPDATE graphile_worker._private_jobs SET max_attempts = attempts WHERE attempts > 0 AND locked_at IS NULL',
    )
    return rowCount
  })
  const [dead] = await deadJobs(server.product.databases)
  expect(dead).toMatchObject({ task: 'probe.say-word', last_error: expect.stringContaining('told to fail') })
  expect((await server.product.metrics.registry.metrics()).split('\n')).toContain(
    'comptoir_job_queue{measure="dead"} 1',
  )

  failuresLeft = 0
  await withClient(database.superuserUrl, (client) =>
    client.query('UPDATE graphile_worker._private_jobs SET max_attempts = 5'),
  )
  await server.product.databases.jobs.query('UPDATE graphile_worker._private_jobs SET attempts = max_attempts')
  expect(await reviveJobs(server.product.databases, [dead?.id ?? ''])).toBe(1)
  await spoken(word)
})

test('jobs of one tenant with one key are one job, the last one', async () => {
  await worker.stop()
  const other = await signUpOwner(server)
  const word = uuidv7()
  await probe().call('probe.enqueue-word', { word: `${word} first`, key: 'daily' })
  await probe().call('probe.enqueue-word', { word: `${word} last`, key: 'daily' })
  await probe(other).call('probe.enqueue-word', { word: `${word} elsewhere`, key: 'daily' })
  worker = await server.product.startJobs()
  await spoken(`${word} last`)
  await spoken(`${word} elsewhere`)
  expect(ran.map((one) => one.word)).not.toContain(`${word} first`)
})

test('stopping waits for the job at work', async () => {
  const second = await server.product.startJobs()
  gate = new Promise((resolve) => {
    release = resolve
  })
  const word = uuidv7()
  await probe().call('probe.enqueue-word', { word })
  await until('a worker has taken it', async () => {
    const { rows } = await server.product.databases.jobs.query(
      'SELECT FROM graphile_worker.jobs WHERE locked_at IS NOT NULL',
    )
    return rows.length
  })
  const stopped = Promise.all([second.stop(), worker.stop()])
  release()
  await stopped
  expect(ran.map((one) => one.word)).toContain(word)
  worker = await server.product.startJobs()
})

test('a tenant cannot enqueue for another, and no request reads the queue', async () => {
  const other = await signUpOwner(server)
  await withClient(database.roleUrls.app, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
    await expect(
      client.query('SELECT platform.enqueue($1, $2)', [other.tenantId, '[{"task":"x"}]']),
    ).rejects.toMatchObject({ code: '42501' })
    await client.query('ROLLBACK')
    await expect(client.query('SELECT FROM graphile_worker._private_jobs')).rejects.toMatchObject({ code: '42501' })
  })
})
