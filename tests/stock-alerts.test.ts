import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeAudit } from '../server/audit/index.ts'
import { runJob } from '../server/platform/jobs.ts'
import { createLog } from '../server/platform/log.ts'
import { dayIn, daysAfter, now } from '../server/platform/time.ts'
import { refreshAlertsJob } from '../server/replenishment/jobs.ts'
import { allTenants } from '../server/tenants/index.ts'
import { makeProduct } from './harness/catalog.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from './harness/server.ts'
import { documentOf, makeBatch, moveStock, post } from './harness/stock.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
const inDays = (days: number) => daysAfter(dayIn('Europe/Paris', now()), days)
const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
const refresh = (more: object = {}) => owner.client.call('replenishment.refresh-alerts', more)

async function receive(variant_id: string, quantity: string, batch_id: string | null = null, of = owner) {
  const change = { kind: 'receipt', quantity, unit_cost: '2', against: 'goods_received_not_invoiced' } as const
  await post(server, of, documentOf('receipt', [{ branch_id: of.branchId, variant_id, batch_id, change }]))
}

async function issue(variant_id: string, quantity: string, batch_id: string | null = null) {
  const change = { kind: 'issue', quantity, against: 'stock_loss' } as const
  await post(server, owner, documentOf('write_off', [{ branch_id: owner.branchId, variant_id, batch_id, change }]))
}

const wants = (variant_id: string, reorder_point: string, of = owner) =>
  of.client.call('replenishment.create-policy', { variant_id, reorder_point, valid_from: '2026-01-01' })

async function alertsOf(variant_id: string, state: 'open' | 'all' | 'closed' | 'unacknowledged' = 'open') {
  const { items } = await owner.client.call('replenishment.list-alerts', { variant_id, state })
  return items.toReversed()
}

test('an alert is opened once, closed when what it is about is over, and opened anew when that comes again', async () => {
  const variant_id = await newVariant()
  await wants(variant_id, '5')
  await receive(variant_id, '10')
  await refresh()
  expect(await alertsOf(variant_id, 'all')).toEqual([])
  await issue(variant_id, '6')
  expect(await refresh()).toMatchObject({ opened: 1, closed: 0 })
  expect(await refresh()).toMatchObject({ opened: 0, closed: 0 })
  const [low] = await alertsOf(variant_id)
  expect(low).toMatchObject({
    kind: 'low',
    quantity: '4',
    threshold: '5',
    batch_id: null,
    horizon_days: null,
    closed_at: null,
  })
  await issue(variant_id, '4')
  expect(await refresh()).toMatchObject({ opened: 1, closed: 1 })
  expect(await alertsOf(variant_id)).toMatchObject([{ kind: 'out', quantity: '0' }])
  await receive(variant_id, '10')
  expect(await refresh()).toMatchObject({ opened: 0, closed: 1 })
  await issue(variant_id, '7')
  await refresh()
  expect(await alertsOf(variant_id, 'all')).toMatchObject([{ kind: 'low' }, { kind: 'out' }, { kind: 'low' }])
  expect((await alertsOf(variant_id, 'closed')).map(({ closed_at }) => closed_at === null)).toEqual([false, false])
})

test('however many refresh at once, an alert is there once', async () => {
  const variants = await Promise.all(Array.from({ length: 4 }, () => newVariant()))
  for (const variant of variants) {
    await wants(variant, '5')
    await receive(variant, '1')
  }
  const job = refreshAlertsJob({ settings: server.product.settings, allTenants, writeAudit })
  const asJob = () =>
    runJob(job, {}, { databases: server.product.databases, log: createLog('silent'), environment: 'test' })
  const results = await Promise.all([refresh(), asJob(), refresh(), asJob(), refresh(), refresh()])
  for (const variant of variants) expect(await alertsOf(variant, 'all')).toHaveLength(1)
  expect(results.flatMap((one) => one?.opened ?? []).every((opened) => opened === 0 || opened === 4)).toBe(true)
})

test('the job goes through all tenants, and what it did is in the chain of each', async () => {
  const other = await signUpOwner(server)
  const { variant } = await makeProduct(other)
  await wants(variant.id, '5', other)
  await receive(variant.id, '1', null, other)
  const job = refreshAlertsJob({ settings: server.product.settings, allTenants, writeAudit })
  await runJob(job, {}, { databases: server.product.databases, log: createLog('silent'), environment: 'test' })
  expect((await other.client.call('replenishment.list-alerts', {})).items).toMatchObject([{ kind: 'low' }])
  const { items } = await other.client.call('audit.list-entries', { event: 'replenishment.refresh-alerts' })
  expect(items).toMatchObject([{ new_values: { opened: 1, closed: 0 } }])
  await expect(alertsOf(variant.id, 'all')).rejects.toMatchObject(refused('variant_not_found'))
})

test('a batch has an alert for the shortest horizon it has come within, and one more once it has expired', async () => {
  const { client } = owner
  const variant_id = await newVariant({ is_expiry_tracked: true })
  const days: [days: number, alert: object | null][] = [
    [91, null],
    [90, { kind: 'expiring', horizon_days: 90 }],
    [31, { kind: 'expiring', horizon_days: 90 }],
    [30, { kind: 'expiring', horizon_days: 30 }],
    [7, { kind: 'expiring', horizon_days: 7 }],
    [0, { kind: 'expiring', horizon_days: 7 }],
    [-1, { kind: 'expired', horizon_days: null }],
  ]
  const batches: string[] = []
  for (const [at] of days) {
    const batch = await makeBatch(server, owner, { variant_id, expires_on: inDays(at) })
    await receive(variant_id, '5', batch)
    batches.push(batch)
  }
  await refresh()
  const found = new Map((await alertsOf(variant_id)).map((alert) => [alert.batch_id, alert]))
  for (const [at, [day, alert]] of days.entries())
    expect(found.get(batches[at] ?? '') ?? null, `${day} days`).toEqual(
      alert && expect.objectContaining({ ...alert, quantity: '5', expires_on: inDays(day) }),
    )
  await client.call('settings.set-setting', { name: 'replenishment.expiry-horizons-days', value: [7], version: 0 })
  await issue(variant_id, '5', batches[6])
  await refresh()
  const after = (await alertsOf(variant_id)).map(({ batch_id }) => batch_id)
  expect(after.toSorted()).toEqual([batches[4] ?? '', batches[5] ?? ''].toSorted())
})

test('the alert of a batch whose last day was corrected says the right day', async () => {
  const variant_id = await newVariant({ is_expiry_tracked: true })
  const id = await makeBatch(server, owner, { variant_id, expires_on: inDays(3) })
  await receive(variant_id, '5', id)
  await refresh()
  const { version } = await owner.client.call('inventory.get-batch', { id })
  await owner.client.call('inventory.update-batch', { id, version, expires_on: inDays(5), reason: 'Misread' })
  expect(await refresh()).toMatchObject({ opened: 1, closed: 1 })
  expect(await alertsOf(variant_id)).toMatchObject([{ kind: 'expiring', expires_on: inDays(5) }])
  expect(await refresh()).toMatchObject({ opened: 0, closed: 0 })
})

test('stock below zero has an alert whatever is wanted of it; what nobody wants is not out', async () => {
  const [negative, unwanted] = [await newVariant(), await newVariant()]
  const change = { kind: 'issue', quantity: '2', against: 'stock_loss' } as const
  const moves = [{ branch_id: owner.branchId, variant_id: negative, batch_id: null, change }]
  await moveStock(server, owner.tenantId, { kind: 'write_off', moves, below: true })
  await receive(unwanted, '1')
  await issue(unwanted, '1')
  await refresh()
  expect(await alertsOf(negative)).toMatchObject([{ kind: 'negative', quantity: '-2', threshold: null }])
  expect(await alertsOf(unwanted)).toEqual([])
})

test('somebody acknowledges an alert with a note that stays out of the audit chain; one that is over is past that', async () => {
  const { client, employeeId } = owner
  const variant_id = await newVariant()
  await wants(variant_id, '5')
  await receive(variant_id, '1')
  await refresh()
  const [{ id, version } = { id: '', version: 0 }] = await alertsOf(variant_id, 'unacknowledged')
  const acknowledge = { id, version, note: 'Ask Fatima' }
  expect(await client.call('replenishment.acknowledge-alert', acknowledge)).toMatchObject({
    acknowledged_by: employeeId,
    note: 'Ask Fatima',
    version: 2,
  })
  await expect(client.call('replenishment.acknowledge-alert', acknowledge)).rejects.toMatchObject(
    refused('version_conflict'),
  )
  expect(await alertsOf(variant_id, 'unacknowledged')).toEqual([])
  const history = await client.call('audit.list-resource-history', { resource_type: 'alert', resource_id: id })
  expect(JSON.stringify(history)).not.toContain('Fatima')
  await receive(variant_id, '100')
  await refresh()
  const over = client.call('replenishment.acknowledge-alert', { id, version: 3 })
  await expect(over).rejects.toMatchObject(refused('alert_closed'))
})

test('alerts are counted by kind, and who works in one branch finds those of no other', async () => {
  const { client, entityId: entity_id } = owner
  const place = { entity_id, code: 'A2', name: 'A2', time_zone: 'UTC' }
  const elsewhere = (await client.call('tenants.create-branch', place)).id
  const variant_id = await newVariant()
  await wants(variant_id, '5')
  await receive(variant_id, '1')
  await refresh({ branch_id: owner.branchId })
  const counts = await client.call('replenishment.count-alerts', { branch_id: owner.branchId })
  expect(counts.kinds.map(({ kind }) => kind)).toEqual(['low', 'out', 'negative', 'expiring', 'expired'])
  expect(counts.kinds[0]?.open).toBeGreaterThan(0)
  expect(counts.refreshed_at).not.toBeNull()
  const person = await signUpPerson(server)
  const { items: roles } = await client.call('tenants.list-roles', {})
  const manager = roles.find(({ name }) => name === 'manager')?.id ?? ''
  await hire(server, owner, person, [manager], { entity_ids: [], region_ids: [], branch_ids: [elsewhere] })
  const scoped = clientIn(server, person, owner.tenantId)
  expect((await scoped.call('replenishment.list-alerts', { state: 'all' })).items).toEqual([])
  const none = await scoped.call('replenishment.count-alerts', {})
  expect(none.kinds.map(({ open }) => open)).toEqual([0, 0, 0, 0, 0])
  const [{ id, version } = { id: '', version: 0 }] = await alertsOf(variant_id)
  await expect(scoped.call('replenishment.acknowledge-alert', { id, version })).rejects.toMatchObject(
    refused('not_found'),
  )
  for (const name of [
    'replenishment.list-alerts',
    'replenishment.count-alerts',
    'replenishment.refresh-alerts',
  ] as const)
    await expect(scoped.call(name, { branch_id: owner.branchId })).rejects.toMatchObject(refused('branch_not_found'))
  expect(await scoped.call('replenishment.refresh-alerts', {})).toMatchObject({ opened: 0, closed: 0 })
})
