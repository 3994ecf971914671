import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { employ, receive } from '../../tests/harness/counts.ts'
import { offlineSale, openOfflineTill, somethingToSell } from '../../tests/harness/devices.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { documentOf, makeBatch, post } from '../../tests/harness/stock.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let elsewhere: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  elsewhere = await openBranch('ELSE')
  await trade()
}, 60_000)
afterAll(() => server.close())

const today = () => dayIn('Europe/Paris', now())
const dayOf = (client: TestClient, branch_id?: string) => client.call('overview.get-day', { branch_id })

async function openBranch(code: string): Promise<string> {
  const branch = { entity_id: owner.entityId, code, name: code, time_zone: 'Europe/Paris' }
  return (await owner.client.call('tenants.create-branch', branch)).id
}

/** Something of everything that the page tells, most of it in the branch of the owner. */
async function trade(): Promise<void> {
  const { client, branchId: branch_id } = owner
  const variant_id = await makeGoods(owner, { stock: '3' })
  await sell(owner, till, [{ variant_id }, { variant_id }])
  await sell(owner, till, [{ variant_id }])
  await client.call('replenishment.create-policy', { variant_id, reorder_point: '5', valid_from: '2026-01-01' })
  await stockBatches()
  await client.call('replenishment.refresh-alerts', {})
  await workOffline()
  const park = (label: string) =>
    client.call('tickets.park-ticket', { branch_id, label, lines: [{ variant_id, quantity: '1' }] })
  await park('First')
  const { id, version } = await park('Second')
  await client.call('tickets.take-ticket', { id, version })
  const ended = await openTill(owner)
  await client.call('cash.close-session', { id: ended.session_id, version: 1 })
}

/** Batches about each limit, of two variants and in two branches; one is gone. */
async function stockBatches(): Promise<void> {
  const [first = '', second = ''] = [await trackedVariant(), await trackedVariant()]
  for (const [index, days] of [-400, -1, 0, 30, 31, 60, 61, 90, 91].entries()) {
    const variant_id = index % 2 === 0 ? first : second
    const batch_id = await makeBatch(server, owner, { variant_id, expires_on: daysAfter(today(), days) })
    const goods = { variant_id, batch_id, quantity: `${index + 3}`, unit_cost: `${index + 1}.37` }
    await receive(server, owner, [goods])
    if (days === 31) await receive(server, owner, [{ ...goods, branch_id: elsewhere }])
  }
  const batch_id = await makeBatch(server, owner, { variant_id: first, expires_on: daysAfter(today(), 5) })
  await receive(server, owner, [{ variant_id: first, batch_id, quantity: '2' }])
  const change = { kind: 'issue', quantity: '2', against: 'stock_loss' } as const
  await post(
    server,
    owner,
    documentOf('write_off', [{ branch_id: owner.branchId, variant_id: first, batch_id, change }]),
  )
}

const trackedVariant = async () => (await makeProduct(owner, { is_expiry_tracked: true })).variant.id

/** Two sales beyond what there is, and one slip that nobody can read. */
async function workOffline(): Promise<void> {
  const { variant_id, tender_id } = await somethingToSell(owner, '1')
  const device = await openOfflineTill(owner)
  const beyond = () => device.seal(offlineSale({ variant_id, tender_id, quantity: '5' }))
  await device.push([await beyond(), await beyond(), await device.seal('no sale')])
}

const rowsOf = (text: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)

describe('every figure is what the rows say,', () => {
  test('of takings', async () => {
    const { takings } = await dayOf(owner.client)
    const { items } = await owner.client.call('sales.list-sales', { from: today(), through: today(), limit: 200 })
    const sum = items.reduce((total, one) => total.plus(one.total), money('0'))
    const figures = { receipts: items.length, sales: items.length, takings: toMinorText(sum, 2) }
    expect(takings).toMatchObject([{ currency: 'EUR', today: figures, last_week: { receipts: 0 } }])
    expect(takings?.[0]?.today.average_basket).toBe(toMinorText(roundToMinorUnit(sum.dividedBy(items.length), 2), 2))
    expect(takings?.[0]?.days.at(-1)).toEqual({ day: today(), takings: figures.takings, receipts: items.length })
  })

  test('of sessions', async () => {
    const { sessions } = await dayOf(owner.client)
    const { items } = await owner.client.call('cash.list-sessions', { limit: 200 })
    const open = items.filter((one) => one.status === 'open').toReversed()
    expect(open.length).toBeGreaterThan(1)
    expect(sessions).toEqual({
      open: open.length,
      draft: 1,
      escalated: 0,
      items: open.map(({ id, number, branch_id, register_id, late_of, opened_by, opened_at }) => ({
        ...{ id, number, branch_id, register_id, late_of, opened_by, opened_at },
      })),
    })
  })

  test('of alerts', async () => {
    const { items } = await owner.client.call('replenishment.list-alerts', { limit: 200 })
    const expired = items.find((one) => one.kind === 'expired')
    await owner.client.call('replenishment.acknowledge-alert', { id: expired?.id ?? '', version: 1 })
    const { alerts } = await dayOf(owner.client)
    const open = (kind: string) => items.filter((one) => one.kind === kind).length
    expect(alerts).toEqual(
      ['low', 'out', 'negative', 'expiring', 'expired'].map((kind) => ({
        ...{ kind, open: open(kind), unacknowledged: open(kind) - (kind === 'expired' ? 1 : 0) },
      })),
    )
    expect([open('out'), open('expiring'), open('expired')]).not.toContain(0)
  })

  test.each<[string, () => string | undefined]>([
    ['of one branch', () => owner.branchId],
    ['of all', () => undefined],
  ])('of batches that expire, %s', async (_, branchOf) => {
    const rows = await rowsOf(
      `SELECT l.batch_id, l.on_hand, c.value, c.quantity, b.expires_on::text AS expires_on
       FROM inventory.level l JOIN inventory.batch b ON b.id = l.batch_id
       JOIN inventory.cost c ON c.branch_id = l.branch_id AND c.variant_id = l.variant_id
       WHERE l.tenant_id = $1 AND ($2::uuid IS NULL OR l.branch_id = $2) AND l.on_hand > 0`,
      [owner.tenantId, branchOf()],
    )
    const between = (least: number, most: number) => {
      const [from, until] = [daysAfter(today(), least), daysAfter(today(), most)]
      const own = rows.filter((row) => row.expires_on >= from && row.expires_on <= until)
      const sum = (of: (row: Record<string, string>) => ReturnType<typeof money>) =>
        own.reduce((total, row) => total.plus(of(row)), money('0'))
      const value = sum((row) =>
        money(row.value ?? '')
          .times(row.on_hand ?? '')
          .dividedBy(row.quantity ?? ''),
      )
      return {
        batches: new Set(own.map((row) => row.batch_id)).size,
        quantity: toText(sum((row) => money(row.on_hand ?? ''))),
        value: toMinorText(roundToMinorUnit(value, 2), 2),
      }
    }
    const { expiring } = await dayOf(owner.client, branchOf())
    expect(expiring).toEqual([
      {
        currency: 'EUR',
        expired: between(-1_000, -1),
        within_30_days: between(0, 30),
        within_60_days: between(0, 60),
        within_90_days: between(0, 90),
      },
    ])
    const batches = ['expired', 'within_30_days', 'within_60_days', 'within_90_days'] as const
    expect(batches.map((name) => expiring?.[0]?.[name].batches)).toEqual([2, 2, 4, 6])
  })

  test('of what was sold offline, and goes down as it is settled', async () => {
    const open = { is_resolved: false, limit: 200 }
    const { items } = await owner.client.call('sync.list-exceptions', open)
    expect(items.length).toBeGreaterThan(1)
    expect((await dayOf(owner.client)).unsettled).toEqual({ exceptions: items.length, set_aside: 1 })
    const settler = await employ(server, owner, 'manager')
    const settled = { outcome: 'accepted', reason: 'Counted' } as const
    await settler.client.call('sync.resolve-exception', { id: items[0]?.id ?? '', ...settled })
    expect((await dayOf(owner.client)).unsettled).toEqual({ exceptions: items.length - 1, set_aside: 1 })
    const [aside] = await rowsOf('SELECT id FROM sync.slip WHERE tenant_id = $1 AND fault IS NOT NULL', [
      owner.tenantId,
    ])
    await settler.client.call('sync.resolve-set-aside', { id: aside.id, ...settled })
    expect((await dayOf(owner.client)).unsettled).toEqual({ exceptions: items.length - 1, set_aside: 0 })
  })

  test('of tickets', async () => {
    const { items } = await owner.client.call('tickets.list-tickets', { state: 'open', limit: 200 })
    expect((await dayOf(owner.client)).tickets).toEqual({ waiting: 1, oldest_at: items[0]?.created_at })
  })
})

const nothing = {
  takings: [{ currency: 'EUR', today: { takings: '0.00', receipts: 0, sales: 0, average_basket: null } }],
  sessions: { open: 0, draft: 0, escalated: 0, items: [] },
  alerts: ['low', 'out', 'negative', 'expiring', 'expired'].map((kind) => ({ kind, open: 0, unacknowledged: 0 })),
  expiring: [{ expired: { batches: 0, quantity: '0', value: '0.00' }, within_90_days: { batches: 0 } }],
  unsettled: { exceptions: 0, set_aside: 0 },
  tickets: { waiting: 0, oldest_at: null },
}

test('another tenant sees nothing of this one, and may not ask about its branches', async () => {
  const stranger = await signUpOwner(server)
  expect(await dayOf(stranger.client)).toMatchObject(nothing)
  for (const branch of [owner.branchId, uuidv7()])
    await expect(dayOf(stranger.client, branch)).rejects.toMatchObject({ problem: { code: 'branch_not_found' } })
})

test('who is confined to branches sees figures of those alone', async () => {
  const quiet = await openBranch('QUIET')
  const { client } = await employ(server, owner, 'manager', { branch_ids: [quiet] })
  expect(await dayOf(client)).toMatchObject(nothing)
  expect(await dayOf(client, quiet)).toMatchObject(nothing)
  await expect(dayOf(client, owner.branchId)).rejects.toMatchObject({ problem: { code: 'branch_not_found' } })
  const here = await employ(server, owner, 'manager', { branch_ids: [owner.branchId] })
  const { computed_at: _, ...ofOwner } = await dayOf(owner.client, owner.branchId)
  expect(await dayOf(here.client)).toMatchObject(ofOwner)
})

const parts = [
  ['takings', 'sales.view-sales'],
  ['sessions', 'cash.view-sessions'],
  ['alerts', 'replenishment.view-figures'],
  ['expiring', 'inventory.view-stock'],
  ['unsettled', 'sync.view-exceptions'],
  ['tickets', 'tickets.view-tickets'],
] as const

test('each part is there for those who hold its permission, and null for everybody else', async () => {
  const all = await dayOf(owner.client)
  for (const [part, permission] of parts) {
    await owner.client.call('tenants.create-role', { name: `Only ${part}`, permissions: [permission] })
    const { client } = await employ(server, owner, `Only ${part}`)
    const { computed_at: _, day: __, time_zone: ___, ...seen } = await dayOf(client)
    const others = Object.fromEntries(parts.map(([name]) => [name, null]))
    expect(seen).toEqual({ ...others, [part]: part === 'expiring' ? expect.any(Array) : all[part] })
  }
})

test('what expiring stock is worth is for those who may see values', async () => {
  await owner.client.call('tenants.create-role', { name: 'Shelves', permissions: ['inventory.view-stock'] })
  const { client } = await employ(server, owner, 'Shelves')
  expect((await dayOf(client)).expiring?.[0]?.expired).toMatchObject({ batches: 2, value: null })
})
