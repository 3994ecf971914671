import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createClient } from '../../server/platform/client.ts'
import { roleKinds } from '../../server/platform/roles.ts'
import type { SealedSlip } from '../../server/registers/index.ts'
import type { Operations } from '../../server/registry.ts'
import { type OfflineTill, offlineSale, openOfflineTill, somethingToSell } from '../harness/devices.ts'
import { createTestDatabase, type TestDatabase, withClient } from '../harness/postgres.ts'
import { type ServerProcess, startServerProcess, temporaryDirectory } from '../harness/process.ts'
import { signUpOwner, type TestOwner } from '../harness/server.ts'
import { until } from '../harness/until.ts'

const sales = 500
let directory: { path: string; remove(): Promise<void> }
let database: TestDatabase
let servers: ServerProcess[] = []
let owner: TestOwner

/** Starts a server on the database, as the one before it that is gone. */
async function start(name: string): Promise<ServerProcess> {
  const urls = roleKinds.map((kind) => [`DATABASE_${kind.toUpperCase()}_URL`, database.roleUrls[kind]])
  const server = await startServerProcess({
    DATA_DIR: join(directory.path, name),
    ENCRYPTION_KEY: Buffer.alloc(32, 9).toString('base64'),
    DATABASE_URL: database.ownerUrl,
    AUTH_SECRET: 'the same secret before and after the crash',
    ...Object.fromEntries(urls),
  })
  servers.push(server)
  return server
}

beforeAll(async () => {
  directory = await temporaryDirectory()
  database = await createTestDatabase(inject('postgresPort'), {})
  owner = await signUpOwner(await start('first'))
}, 120_000)
afterAll(async () => {
  await Promise.all(servers.map((server) => server.end('SIGKILL')))
  servers = []
  await database.drop()
  await directory.remove()
})

/** Repeats itself, so that a failure does. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * sides)
  }
}

const clientAt = ({ url }: ServerProcess) =>
  createClient<Operations>({ url, headers: { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId } })

/** Sends a queue in pieces of any length that begin anywhere before its end, until all of it has arrived. */
async function send(till: OfflineTill, slips: readonly SealedSlip[], roll: (sides: number) => number): Promise<void> {
  let next = 1
  while (next <= slips.length) {
    const from = Math.max(0, next - 1 - roll(30) + roll(10))
    const chunk = slips.slice(from, from + 1 + roll(60))
    const server = servers.at(-1)
    if (!server) throw new Error('there is no server')
    try {
      const { deviceId: device_id, credential } = till
      next = (await clientAt(server).call('sync.push', { device_id, credential, slips: chunk })).next_sequence
    } catch (error) {
      const code = (error as { problem?: { code: string } }).problem?.code
      // Ahead of what has arrived: the till asks where the register stands. Without an answer it waits for the next server.
      if (code === 'sequence_gap') next = Math.max(1, next - roll(20))
      else if (code === undefined) await until('the next server', () => servers.at(-1) !== server, 60)
      else if (code !== 'busy' && code !== 'unavailable') throw error
    }
  }
}

function countOf(table: string, where: string): Promise<number> {
  return withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT count(*)::integer AS count FROM ${table} WHERE tenant_id = $1 AND ${where}`,
      [owner.tenantId],
    )
    return rows[0]?.count
  })
}

test('500 sales paid offline, sent twice at once in pieces around a crash, are 500 sales', async () => {
  const goods = await somethingToSell(owner, '400')
  const till = await openOfflineTill(owner)
  const slips: SealedSlip[] = []
  while (slips.length < sales) slips.push(await till.seal(offlineSale(goods)))

  const senders = [send(till, slips, dice(1)), send(till, slips, dice(2))]
  await until('a part of it is booked', async () => (await countOf('sync.slip', 'sale_id IS NOT NULL')) > 100, 60)
  await servers[0]?.end('SIGKILL')
  const server = await start('second')
  await Promise.all(senders)

  expect(await countOf('sync.slip', 'fault IS NULL')).toBe(sales)
  expect(await countOf('sync.slip', 'fault IS NOT NULL')).toBe(0)
  expect(await countOf('sales.sale', 'is_offline')).toBe(sales)
  const client = clientAt(server)
  const end = { device_id: till.deviceId, credential: till.credential, slips: [], ended: till.ended() }
  await client.call('sync.push', end)
  const certificate = await client.call('sync.get-certificate', { id: till.sessionId })
  expect(certificate).toMatchObject({ is_complete: true, receipts: sales, offline_receipts: sales, missing: [] })

  // What the shelf held, less what was sold: 100 below zero, which is booked, and raised.
  const { items: levels } = await client.call('inventory.list-levels', { variant_id: goods.variant_id })
  expect(levels.map(({ on_hand }) => on_hand)).toEqual(['-100'])
  expect(await countOf('sync.exception', "kind = 'insufficient_stock'")).toBe(100)
  const { items: accounts } = await client.call('ledger.list-accounts', { entity_id: owner.entityId, limit: 200 })
  const balanceOf = (purpose: string, holderId: string | null) =>
    accounts.find((one) => one.purpose === purpose && one.holder_id === holderId)?.balance
  expect(balanceOf('cash', till.sessionId)).toBe('6000.0000')
  expect(balanceOf('sales', null)).toBe('-5000.0000')
  expect(balanceOf('vat_collected', null)).toBe('-1000.0000')
}, 240_000)
