import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { createProbeTable, probeOperations, whileGateClosed } from './harness/probe.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { until } from './harness/until.ts'

let database: TestDatabase
let proxy: Server
let server: TestServer
let owner: TestOwner
/** How many more COMMITs pass before one reaches PostgreSQL and its answer does not come back. */
let commitsToPass = Number.POSITIVE_INFINITY

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  await createProbeTable(database.ownerUrl)
  proxy = createServer(forward)
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as { port: number }
  const app = new URL(database.roleUrls.app)
  app.port = String(port)
  const throughProxy = { ...database, roleUrls: { ...database.roleUrls, app: app.href } }
  server = await startTestServer({ database: throughProxy, more: { operations: probeOperations } })
  owner = await signUpOwner(server)
})
afterAll(async () => {
  await server.close()
  proxy.close()
  await database.drop()
})

function forward(client: Socket): void {
  const postgres = connect(inject('postgresPort'), '127.0.0.1')
  let lost = false
  client.on('data', (data) => {
    if (data.includes('COMMIT\0') && commitsToPass-- === 0) lost = true
    postgres.write(data)
  })
  postgres.on('data', (data) => {
    if (lost) client.destroy()
    else client.write(data)
  })
  for (const [one, other] of [
    [client, postgres],
    [postgres, client],
  ] as const) {
    one.on('close', () => other.destroy())
    one.on('error', () => other.destroy())
  }
}

async function post(path: string, name: string, key?: string): Promise<number> {
  const response = await fetch(`${server.url}/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: owner.cookie,
      'comptoir-tenant': owner.tenantId,
      ...(key ? { 'idempotency-key': key } : {}),
    },
    body: JSON.stringify({ name }),
  })
  await response.arrayBuffer()
  return response.status
}

const countOf = (name: string) =>
  withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM probe.thing WHERE name = $1', [name])
    return rows[0].n as number
  })

test.each(['things', 'slow-things'])('a COMMIT whose answer is lost is not run again: POST /v1/%s', async (path) => {
  const name = `lost ${uuidv7()}`
  commitsToPass = 0
  expect(await post(path, name)).toBe(503)
  expect(await countOf(name)).toBe(1)
})

test('nor for a batch: nothing is there twice, and a key tells what happened', async () => {
  const names = Array.from({ length: 6 }, () => `batch ${uuidv7()}`)
  const keyOf = (index: number) => (index < 3 ? `key-${names[index]?.slice(6)}` : undefined)
  let sent: Promise<number[]> = Promise.resolve([])
  let blocker: Promise<number> = Promise.resolve(0)
  // The one at the gate passes, the batch behind it is the one whose answer is lost.
  commitsToPass = 1
  await whileGateClosed(database.superuserUrl, async (waiting) => {
    blocker = post('things', 'first at the gate')
    await until('one call stands at the gate', async () => (await waiting()) > 0)
    sent = Promise.all(names.map((name, index) => post('things', name, keyOf(index))))
    await until('the others wait behind it', async () => {
      const { values } = await server.product.metrics.batchWaiting.get()
      return values.reduce((sum, one) => sum + one.value, 0) === names.length
    })
  })
  expect(await blocker).toBe(201)
  // Those with a key are told what happened, the others that it is not known.
  expect(await sent).toEqual([201, 201, 201, 503, 503, 503])
  expect(await Promise.all(names.map(countOf))).toEqual(names.map(() => 1))
  const again = await Promise.all(names.slice(0, 3).map((name, index) => post('things', name, keyOf(index))))
  expect(again).toEqual([201, 201, 201])
  expect(await Promise.all(names.map(countOf))).toEqual(names.map(() => 1))
})
