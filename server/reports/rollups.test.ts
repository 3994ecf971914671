import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { employ } from '../../tests/harness/counts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { catchUpReports, documentsOf, runReport, tablesOf } from '../../tests/harness/reports.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { inTransaction } from '../platform/database.ts'
import { dayIn, now } from '../platform/time.ts'
import { faultOfReports } from './index.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let goods: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  goods = await makeGoods(owner, { stock: '1000' })
}, 60_000)
afterAll(() => server?.close())

const catchUp = () => catchUpReports(server)
const asSuperuser = (text: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)
const faultOf = ({ tenantId }: TestOwner) =>
  inTransaction(server.product.databases.app, tenantId, (tx) => faultOfReports({ ...tx, tenantId }))
const sellOne = (of = owner, at = till, variant_id = goods) => sell(of, at, [{ variant_id }])
const soldOf = async (client: TestClient) => (await runReport(client, 'sales-by-month')).totals?.[0]?.cells.sales ?? '0'
const cursorOf = async ({ tenantId }: TestOwner) =>
  (await asSuperuser('SELECT seq, is_whole, updated_at FROM reports.cursor WHERE tenant_id = $1', [tenantId]))[0]

test('sales that commit while the rollups are brought up are in them once', async () => {
  const before = Number(await soldOf(owner.client))
  await Promise.all([
    ...Array.from({ length: 40 }, () => sellOne()),
    ...Array.from({ length: 10 }, async (_, turn) => {
      for (let again = 0; again < turn; again++) await soldOf(owner.client)
      await catchUp()
    }),
  ])
  expect(await soldOf(owner.client)).toBe(`${before + 40}`)
  await catchUp()
  expect(await soldOf(owner.client)).toBe(`${before + 40}`)
  expect(await faultOf(owner)).toBeUndefined()
})

test('a run that finds nothing new writes nothing', async () => {
  await catchUp()
  const before = await cursorOf(owner)
  await catchUp()
  expect(await cursorOf(owner)).toEqual(before)
})

test('a run that fails half way leaves nothing of it, and the next one goes on', async () => {
  await catchUp()
  const before = await cursorOf(owner)
  await sellOne()
  const sold = await soldOf(owner.client)
  await asSuperuser(`CREATE FUNCTION reports.fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the disk is full''; END';
    CREATE TRIGGER fail BEFORE INSERT ON reports.taking FOR EACH ROW EXECUTE FUNCTION reports.fail()`)
  await expect(catchUp()).rejects.toThrow('the disk is full')
  expect(await cursorOf(owner)).toEqual(before)
  expect(await soldOf(owner.client)).toBe(sold)
  await asSuperuser('DROP TRIGGER fail ON reports.taking; DROP FUNCTION reports.fail()')
  await catchUp()
  expect(await soldOf(owner.client)).toBe(sold)
  expect(await faultOf(owner)).toBeUndefined()
})

describe('rollups that are not whole', () => {
  test('are not read: reports read documents until they are made anew', async () => {
    await catchUp()
    const sold = await soldOf(owner.client)
    await asSuperuser('UPDATE reports.trade SET sales = sales + 1 WHERE tenant_id = $1', [owner.tenantId])
    expect(await soldOf(owner.client)).not.toBe(sold)
    await asSuperuser('UPDATE reports.cursor SET is_whole = false WHERE tenant_id = $1', [owner.tenantId])
    expect(await soldOf(owner.client)).toBe(sold)
    await catchUp()
    expect(await soldOf(owner.client)).toBe(sold)
    expect(await faultOf(owner)).toBeUndefined()
  })

  test('are named, and made anew when somebody asks for it', async () => {
    await catchUp()
    const tables = ['trade SET net', 'goods SET net', 'tax SET sold_base', 'taking SET received']
    for (const table of tables) {
      await asSuperuser(`UPDATE reports.${table} = 0.01 WHERE tenant_id = $1`, [owner.tenantId])
      expect(await faultOf(owner)).toMatch(new RegExp(`^${table.split(' ')[0]} .*EUR`))
      await owner.client.call('reports.rebuild-rollups', {})
      expect(await faultOf(owner)).toBeUndefined()
    }
    await asSuperuser('DELETE FROM reports.goods WHERE tenant_id = $1', [owner.tenantId])
    expect(await faultOf(owner)).toMatch(/^goods /)
    await owner.client.call('reports.rebuild-rollups', {})
    expect(await faultOf(owner)).toBeUndefined()
  })
})

test('a branch that gets another calendar has its days told anew', async () => {
  const far = await signUpOwner(server)
  const at = await openTill(far)
  await sellOne(far, at, await makeGoods(far))
  await catchUp()
  const daysOf = async () =>
    (await runReport(far.client, 'takings', { period: 'last_7_days' })).rows.map(({ cells }) => cells.day)
  expect(await daysOf()).toEqual([dayIn('Europe/Paris', now())])
  // Between them it is never the same day as in Paris at both.
  for (const time_zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    const { version } = await far.client.call('tenants.get-branch', { id: far.branchId })
    await far.client.call('tenants.update-branch', { id: far.branchId, version, time_zone })
    await catchUp()
    const rows = await runReport(far.client, 'takings', { from: '2020-01-01', until: '2199-12-31' })
    expect(rows.rows.map(({ cells }) => cells.day)).toEqual([dayIn(time_zone, now())])
    expect(await faultOf(far)).toBeUndefined()
  }
})

test('a payment that is put right counts when that was done, and once', async () => {
  const shop = await signUpOwner(server)
  const cashier = await employ(server, shop, 'cashier')
  const manager = await employ(server, shop, 'manager')
  const atTill = { ...shop, client: cashier.client }
  const register = await shop.client.call('registers.create-register', {
    ...{ branch_id: shop.branchId, code: 'FIX', name: 'Fix' },
  })
  const session = await cashier.client.call('cash.open-session', { register_id: register.id, float_amount: '200' })
  const { items } = await shop.client.call('payments.list-tenders', { limit: 50 })
  const tenders = Object.fromEntries(items.map((one) => [one.code, one.id]))
  const variant_id = await makeGoods(shop, { price: '80' })
  const open = { register_id: register.id, session_id: session.id, code: 'FIX', tenders }
  const sale = await sell(atTill, open, [{ variant_id }], { payments: [{ tender_id: tenders.cash, amount: '80' }] })
  await catchUp()
  const closed = await cashier.client.call('cash.close-session', { id: session.id, version: 1 })
  const counted = await cashier.client.call('cash.count-session', {
    ...{ id: session.id, version: closed.version },
    tenders: [
      { tender_kind: 'cash', counted: '200' },
      { tender_kind: 'card', counted: '80' },
    ],
  })
  await manager.client.call('cash.fix-transaction', {
    ...{ id: session.id, version: counted.version, from: 'cash', to: 'card', amount: '80', reason: 'Paid by card' },
    ...{ sale_id: sale.id, tender_id: tenders.card ?? '' },
  })
  for (const when of ['not in the rollups yet', 'in the rollups']) {
    const { told, summed } = await tablesOf(shop.client, 'takings')
    const sums = Object.fromEntries(Object.entries(told).map(([key, row]) => [JSON.parse(key)[2], row]))
    expect(sums, when).toEqual({
      [tenders.cash ?? '']: { received: '80', given_back: '0', corrected: '-80', total: '0' },
      [tenders.card ?? '']: { received: '0', given_back: '0', corrected: '80', total: '80' },
    })
    expect(summed, when).toEqual(told)
    const row = (await runReport(shop.client, 'takings')).rows.find(({ cells }) => cells.corrected === '80.00')
    const [document] = await documentsOf(shop.client, { report: 'takings', key: row?.key ?? '', figure: 'corrected' })
    expect(document).toMatchObject({ id: sale.id, kind: 'correction', number: sale.number, amount: '80' })
    await catchUp()
  }
  expect(await faultOf(shop)).toBeUndefined()
})

test('rollups of one tenant are nothing to another', async () => {
  const other = await signUpOwner(server)
  await catchUp()
  expect(await soldOf(other.client)).toBe('0')
  const stranger = inTransaction(server.product.databases.app, other.tenantId, ({ client }) =>
    client.query('SELECT reports.catch_up($1, NULL)', [owner.tenantId]),
  )
  await expect(stranger).rejects.toThrow()
})
