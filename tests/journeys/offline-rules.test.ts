import { afterAll, beforeAll, expect, test } from 'vitest'
import { later, now } from '../../server/platform/time.ts'
import { employ } from '../harness/counts.ts'
import { offlineSale, openOfflineTill, somethingToSell } from '../harness/devices.ts'
import { withClient } from '../harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeGoods } from '../harness/till.ts'
import { neighbourOf } from '../harness/transfers.ts'

let server: TestServer
let owner: TestOwner
let tender_id: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tender_id = (await somethingToSell(owner)).tender_id
}, 60_000)
afterAll(() => server.close())

type Till = Awaited<ReturnType<typeof openOfflineTill>>

/** Pays for something offline, sends it, and answers what became of it. */
async function sellOffline(till: Till, sold: Parameters<typeof offlineSale>[0], over = {}) {
  const { slips } = await till.push([await till.seal(offlineSale(sold), over)])
  const [slip] = slips
  if (!slip) throw new Error('nothing became of a slip')
  return { ...slip, kinds: slip.exceptions.map(({ kind }) => kind) }
}

test('a batch that is recalled while the till is offline: its sale is booked, raised, and found by the recall', async () => {
  const variant_id = await makeGoods(owner, { price: '12', stock: '0', is_expiry_tracked: true })
  const lot = { variant_id, quantity: '10', unit_cost: '5', batch_number: 'LOT-1', expires_on: '2198-01-31' }
  const receipt = { branch_id: owner.branchId, lines: [lot] }
  const batch_id = (await owner.client.call('inventory.receive-stock', receipt)).movements[0]?.batch_id ?? ''
  const till = await openOfflineTill(owner)
  const sealed = await till.seal(offlineSale({ variant_id, tender_id, batch_id, quantity: '3' }))

  const severity = 'class_1' as const
  const recall = { severity, reason: 'Wrong strength on the label', batch_ids: [batch_id] }
  await owner.client.call('recalls.open-recall', recall)
  const { slips } = await till.push([sealed])
  expect(slips).toMatchObject([{ outcome: 'booked', exceptions: [{ kind: 'batch_blocked', line: 1 }] }])
  const { items: levels } = await owner.client.call('inventory.list-levels', { variant_id })
  expect(levels).toMatchObject([{ batch_id, on_hand: '7' }])
  const { items } = await owner.client.call('recalls.list-documents', { batch_id })
  expect(items).toContainEqual(expect.objectContaining({ document_id: slips[0]?.sale_id }))

  const [found] = (await owner.client.call('sync.list-exceptions', { kind: 'batch_blocked', is_resolved: false })).items
  const { client: pharmacist } = await employ(server, owner, 'manager')
  const settled = { id: found?.id ?? '', outcome: 'corrected', reason: 'The customer brought it back' } as const
  expect(await pharmacist.call('sync.resolve-exception', settled)).toMatchObject({
    ...{ sale_id: slips[0]?.sale_id, receipt_number: expect.stringMatching(/-000001$/) },
    resolution: { outcome: 'corrected' },
  })
})

test('more than there is, another price, and somebody who may not sell any more: booked, and raised', async () => {
  const variant_id = await makeGoods(owner, { price: '12', stock: '1' })
  const { id: cashier_id } = await employ(server, owner, 'cashier')
  const till = await openOfflineTill(owner)
  expect(await sellOffline(till, { variant_id, tender_id }, { cashier_id })).toMatchObject({
    outcome: 'booked',
    kinds: [],
  })
  const { version } = await owner.client.call('tenants.get-employee', { id: cashier_id })
  await owner.client.call('tenants.update-employee', { id: cashier_id, version, status: 'suspended' })
  const second = await sellOffline(till, { variant_id, tender_id, unit_price: '9.00' }, { cashier_id })
  expect(second).toMatchObject({ outcome: 'booked' })
  expect(second.kinds.toSorted()).toEqual(['insufficient_stock', 'permission_withdrawn', 'price_differs'])
  const third = await sellOffline(till, { variant_id, tender_id }, { cashier_id: crypto.randomUUID() })
  expect(third.kinds.toSorted()).toEqual(['cashier_unknown', 'insufficient_stock'])
  expect(await owner.client.call('ledger.list-accounts', { entity_id: owner.entityId, limit: 200 })).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({ purpose: 'cash', holder_id: till.sessionId, balance: '33.0000' }),
    ]),
  })
})

test('what a cashier may not do, or not here, is raised, and the sale says so', async () => {
  const variant_id = await makeGoods(owner, { price: '12' })
  const till = await openOfflineTill(owner)
  const branch_ids = [await neighbourOf(owner)]
  const { id: cashier_id } = await employ(server, owner, 'cashier', { branch_ids })
  const { lines, ...sale } = offlineSale({ variant_id, tender_id, unit_price: '0.01' })
  const changed = { ...sale, lines: lines.map((line) => ({ ...line, list_price: '12.00', price_reason: 'A friend' })) }
  const { slips } = await till.push([await till.seal(changed, { cashier_id })])
  const [{ outcome = '', exceptions = [], sale_id = null } = {}] = slips
  expect([outcome, ...exceptions.map(({ kind }) => kind)]).toEqual([
    'booked',
    'out_of_scope',
    'price_beyond_permission',
  ])
  expect(await owner.client.call('sales.get-sale', { id: sale_id ?? '' })).toMatchObject({
    ...{ is_validated: false, data_quality_score: '80.00', validation_notes: 'out_of_scope, price_beyond_permission' },
  })
})

test('a clock that runs on after its session ended, or backwards from one receipt to the next, is raised', async () => {
  const variant_id = await makeGoods(owner, { price: '12' })
  await withClient(server.database.superuserUrl, (client) =>
    client.query("UPDATE pricing.price SET valid = daterange('2020-01-01', upper(valid)) WHERE variant_id = $1", [
      variant_id,
    ]),
  )
  const till = await openOfflineTill(owner)
  const minutesAgo = (minutes: number) => ({ made_at: later(now(), -minutes * 60_000).toISOString() })
  const seal = (minutes: number) => till.seal(offlineSale({ variant_id, tender_id }), minutesAgo(minutes))
  const { version } = await owner.client.call('cash.get-session', { id: till.sessionId })
  await owner.client.call('cash.close-session', { id: till.sessionId, version, override_reason: 'Out of reach' })
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    const ago = "transaction_timestamp() - interval '2 hours'"
    await client.query(`UPDATE cash.step SET recorded_at = ${ago} WHERE session_id = $1`, [till.sessionId])
    await client.query(`UPDATE cash.session SET opened_at = ${ago} - interval '9 hours' WHERE id = $1`, [
      till.sessionId,
    ])
  })
  const pushed = [
    ...(await till.push([await seal(200), await seal(195), await seal(240)])).slips,
    ...(await till.push([await seal(270), await seal(100)])).slips,
  ]
  const kinds = pushed.map(({ exceptions }) =>
    exceptions.map(({ kind }) => kind).filter((kind) => kind === 'clock_off'),
  )
  expect(kinds).toEqual([[], [], ['clock_off'], ['clock_off'], ['clock_off']])
  expect(pushed.at(-1)?.exceptions).toContainEqual(
    expect.objectContaining({ kind: 'clock_off', detail: expect.stringContaining('after its session ended') }),
  )
})

test('goods that there are not are set aside, and the rest is booked', async () => {
  const variant_id = await makeGoods(owner)
  const till = await openOfflineTill(owner)
  const sale = (id: string) => offlineSale({ variant_id: id, tender_id })
  const unknown = sale(crypto.randomUUID())
  const twice = sale(variant_id)
  const queue = [
    await till.seal(sale(variant_id)),
    await till.seal(unknown),
    await till.seal(twice),
    await till.seal(twice),
    await till.seal(sale(variant_id)),
  ]
  const { slips } = await till.push(queue)
  expect(slips.map(({ outcome, code }) => code ?? outcome)).toEqual([
    ...['booked', 'variant_not_found', 'booked', 'already_exists', 'booked'],
  ])
})

test('a sale that the server sold while its answer was lost is one sale, and the queue goes on', async () => {
  const variant_id = await makeGoods(owner, { stock: '5' })
  const till = await openOfflineTill(owner)
  const sale = offlineSale({ variant_id, tender_id })
  const lost = await owner.client.call('sales.checkout', {
    ...{ id: sale.id, session_id: till.sessionId, device: { id: till.deviceId, sequence: 1 } },
    lines: [{ variant_id, quantity: '1' }],
    payments: [{ tender_id, amount: '12' }],
  })
  const queue = [await till.seal(sale), await till.seal(offlineSale({ variant_id, tender_id }))]
  const { slips, next_sequence } = await till.push(queue)
  expect(slips).toMatchObject([
    { outcome: 'already_booked', sale_id: lost.id, exceptions: [] },
    { outcome: 'booked', exceptions: [] },
  ])
  expect(next_sequence).toBe(3)
  expect((await till.push(queue)).slips.map(({ outcome }) => outcome)).toEqual(['already_booked', 'already_booked'])
  const { items } = await owner.client.call('inventory.list-levels', { variant_id })
  expect(items).toMatchObject([{ on_hand: '3' }])
})

test('a sale that the server sold otherwise than the till did is one sale, and raised', async () => {
  const variant_id = await makeGoods(owner, { price: '12', stock: '5' })
  const till = await openOfflineTill(owner)
  const sale = offlineSale({ variant_id, tender_id, unit_price: '9.00' })
  await owner.client.call('sales.checkout', {
    ...{ id: sale.id, session_id: till.sessionId, device: { id: till.deviceId, sequence: 1 } },
    lines: [{ variant_id, quantity: '1' }],
    payments: [{ tender_id, amount: '12' }],
  })
  const queue = [await till.seal(sale), await till.seal(sale)]
  const { slips } = await till.push(queue)
  expect(slips).toMatchObject([
    {
      outcome: 'already_booked',
      exceptions: [{ kind: 'sold_otherwise', detail: expect.stringContaining('for 12, the till for 9') }],
    },
    { outcome: 'set_aside', code: 'already_exists' },
  ])
  expect((await till.push(queue)).slips.map(({ outcome }) => outcome)).toEqual(['already_booked', 'already_set_aside'])
  expect((await till.push([await till.seal(offlineSale({ variant_id, tender_id }))])).slips).toMatchObject([
    { outcome: 'booked', exceptions: [] },
  ])
})

test('while a queue is on its way its device sells on, and both are numbered without a gap', async () => {
  const variant_id = await makeGoods(owner, { price: '12', stock: '9' })
  const till = await openOfflineTill(owner)
  const sell = (device?: { id: string; sequence: number }) =>
    owner.client.call('sales.checkout', {
      ...{ session_id: till.sessionId, lines: [{ variant_id, quantity: '1' }] },
      ...{ payments: [{ tender_id, amount: '12' }], ...(device ? { device } : {}) },
    })
  const first = await till.seal(offlineSale({ variant_id, tender_id }))
  await expect(sell({ id: till.deviceId, sequence: 2 })).rejects.toMatchObject({ problem: { code: 'sequence_gap' } })
  await till.push([first])
  expect(await sell(till.next())).toMatchObject({ sequence: '2' })
  const third = await till.seal(offlineSale({ variant_id, tender_id }))
  expect(await till.push([third], { ended: till.ended() })).toMatchObject({
    next_sequence: 4,
    slips: [{ outcome: 'booked' }],
  })
  expect(await owner.client.call('sync.get-certificate', { id: till.sessionId })).toMatchObject({
    ...{ is_complete: true, missing: [], receipts: 3, offline_receipts: 2 },
  })
})

test('a sale of a month that is closed is booked on the first open day, and raised', async () => {
  const other = await signUpOwner(server)
  const goods = await somethingToSell(other)
  const till = await openOfflineTill(other)
  // The session has been open, and the goods had their price, since the year before.
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query("UPDATE cash.session SET opened_at = '2025-12-30T08:00:00Z' WHERE id = $1", [till.sessionId])
    const valid = "UPDATE pricing.price SET valid = daterange('2025-12-30', upper(valid)) WHERE variant_id = $1"
    await client.query(valid, [goods.variant_id])
  })
  const sealed = await till.seal(offlineSale(goods), { made_at: '2025-12-31T10:00:00Z' })
  await other.client.call('ledger.close-period', { id: other.entityId, month: '2025-12' })
  const { slips } = await till.push([sealed])
  expect(slips).toMatchObject([{ outcome: 'booked' }])
  expect(slips[0]?.exceptions.map(({ kind }) => kind)).toEqual(['period_closed'])
})
