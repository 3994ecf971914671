import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTill } from '../../tests/harness/cash.ts'
import { employ } from '../../tests/harness/counts.ts'
import { enrollDevice, offlineSale, openOfflineTill, playDevice, somethingToSell } from '../../tests/harness/devices.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import type { SealedSlip } from '../registers/index.ts'

let server: TestServer
let owner: TestOwner
let goods: Awaited<ReturnType<typeof somethingToSell>>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  goods = await somethingToSell(owner)
}, 60_000)
afterAll(() => server.close())

const sale = () => offlineSale(goods)
const certificateOf = (id: string) => owner.client.call('sync.get-certificate', { id })

test('a session without devices is complete', async () => {
  const { id } = await openTill(owner)
  expect(await certificateOf(id)).toMatchObject({ is_complete: true, receipts: 0, missing: [], devices: [] })
})

test('a session is complete once its device has said up to where it sealed, and all of it is here', async () => {
  const till = await openOfflineTill(owner)
  const slips = [await till.seal(sale()), await till.seal(sale()), await till.seal(sale())]
  await till.push(slips.slice(0, 1))
  expect(await certificateOf(till.sessionId)).toMatchObject({
    ...{ is_complete: false, missing: [], receipts: 1, offline_receipts: 1 },
    devices: [{ device_id: till.deviceId, stated_sequence: null }],
  })
  const ended = till.ended()
  await till.push([], { ended })
  expect(await certificateOf(till.sessionId)).toMatchObject({ is_complete: false, missing: [{ first: 2, last: 3 }] })

  const { version } = await owner.client.call('cash.get-session', { id: till.sessionId })
  const close = () => owner.client.call('cash.close-session', { id: till.sessionId, version })
  await expect(close()).rejects.toMatchObject({ problem: { code: 'certificate_incomplete' } })
  await till.push(slips, { ended })
  expect(await certificateOf(till.sessionId)).toMatchObject({
    ...{ is_complete: true, missing: [], receipts: 3, offline_receipts: 3, first_sequence: 1, last_sequence: 3 },
    devices: [{ stated_sequence: 3 }],
  })
  expect(await close()).toMatchObject({ status: 'pending_reconciliation', offline_transaction_count: 3 })
})

test('a slip that was set aside keeps a session from being complete until somebody settles it', async () => {
  const till = await openOfflineTill(owner)
  const slips = [await till.seal(sale()), await till.seal('unreadable')]
  await till.push(slips, { ended: till.ended() })
  const before = await certificateOf(till.sessionId)
  expect(before).toMatchObject({ is_complete: false, set_aside: [{ sequence: 2, code: 'unreadable' }] })
  const settled = { outcome: 'corrected', reason: 'Entered by hand' } as const
  await owner.client.call('sync.resolve-set-aside', { id: before.set_aside[0]?.id ?? '', ...settled })
  expect(await certificateOf(till.sessionId)).toMatchObject({ is_complete: true, set_aside: [] })
})

test('without a certificate only somebody who may closes, and says why; what comes later goes to a late session', async () => {
  const till = await openOfflineTill(owner)
  const [first, second] = [await till.seal(sale()), await till.seal(sale())] as [SealedSlip, SealedSlip]
  await till.push([first], { ended: till.ended() })
  const { version } = await owner.client.call('cash.get-session', { id: till.sessionId })
  const override = { id: till.sessionId, version, override_reason: 'The tablet broke' }
  const { client: cashier } = await employ(server, owner, 'cashier')
  await expect(cashier.call('cash.close-session', override)).rejects.toMatchObject({ problem: { status: 403 } })
  const closed = await owner.client.call('cash.close-session', override)
  expect(closed.steps.at(-1)).toMatchObject({
    action: 'close',
    reason: 'The tablet broke',
    detail: { certificate: 'overridden' },
  })
  const [{ session_id = null } = {}] = (await till.push([second])).slips
  expect(await certificateOf(session_id ?? '')).toMatchObject({ is_complete: true, receipts: 1 })
})

test('a device ends only sessions of its register', async () => {
  const till = await openOfflineTill(owner)
  const other = await openTill(owner)
  for (const session_id of [other.id, crypto.randomUUID()]) {
    const ended = till.push([], { ended: till.ended({ session_id }) })
    await expect(ended).rejects.toMatchObject({ problem: { status: 422, code: 'session_not_found' } })
  }
})

/** Ends a session at the counter, whatever is missing. */
async function close(id: string, override_reason = 'The tablet broke') {
  const { version } = await owner.client.call('cash.get-session', { id })
  return owner.client.call('cash.close-session', { id, version, override_reason })
}

async function replace(till: Awaited<ReturnType<typeof openOfflineTill>>, registerId = till.registerId) {
  const { version } = await owner.client.call('registers.get-device', { id: till.deviceId })
  await owner.client.call('registers.unbind-device', { id: till.deviceId, version, reason: 'The tablet broke' })
  return enrollDevice(owner, registerId)
}

test('numbers of another device do not stand for slips that never came', async () => {
  const till = await openOfflineTill(owner)
  await till.seal(sale())
  await till.seal(sale())
  await till.push([], { ended: till.ended() })
  await close(till.sessionId)
  const device = await replace(till)
  const { id: sessionId } = await owner.client.call('cash.open-session', {
    register_id: till.registerId,
    float_amount: '0',
  })
  const at = { ...till, deviceId: device.id, credential: device.credential, sessionId }
  const next = playDevice(owner.client, at)
  await next.push([await next.seal(sale()), await next.seal(sale()), await next.seal(sale())], { ended: next.ended() })
  expect(await certificateOf(till.sessionId)).toMatchObject({
    ...{ is_complete: false, missing: [{ first: 1, last: 2 }] },
    devices: [{ device_id: till.deviceId, stated_sequence: 2, is_here: false }],
  })
  expect(await certificateOf(sessionId)).toMatchObject({ is_complete: true, devices: [{ device_id: device.id }] })
})

test('a number alone says nothing: the slip that a device ended with has to be here', async () => {
  const till = await openOfflineTill(owner)
  await till.push([await till.seal(sale())], { ended: till.ended({ head_hash: 'ab'.repeat(32) }) })
  expect(await certificateOf(till.sessionId)).toMatchObject({
    ...{ is_complete: false, missing: [], devices: [{ stated_sequence: 1, is_here: false }] },
  })
})

test('a device that goes on after it ended a session has to end it again, and its last word counts', async () => {
  const till = await openOfflineTill(owner)
  await till.push([await till.seal(sale())], { ended: till.ended() })
  expect(await certificateOf(till.sessionId)).toMatchObject({ is_complete: true })
  await till.push([await till.seal(sale())])
  expect(await certificateOf(till.sessionId)).toMatchObject({
    is_complete: false,
    devices: [{ stated_sequence: null }],
  })
  await till.push([], { ended: till.ended({ last_sequence: 5000 }) })
  expect(await certificateOf(till.sessionId)).toMatchObject({ is_complete: false, missing: [{ first: 3, last: 5000 }] })
  await till.push([], { ended: till.ended() })
  await till.push([], { ended: till.ended() })
  expect(await certificateOf(till.sessionId)).toMatchObject({ is_complete: true, devices: [{ stated_sequence: 2 }] })
  const { variant_id, tender_id } = goods
  await owner.client.call('sales.checkout', {
    ...{ session_id: till.sessionId, device: till.next(), lines: [{ variant_id, quantity: '1' }] },
    payments: [{ tender_id, amount: '12' }],
  })
  expect(await certificateOf(till.sessionId)).toMatchObject({
    is_complete: false,
    devices: [{ stated_sequence: null }],
  })
  await till.push([], { ended: till.ended() })
  expect(await certificateOf(till.sessionId)).toMatchObject({ is_complete: true, receipts: 3, offline_receipts: 2 })
})

test('a late session asks only the devices that were there before its own one ended', async () => {
  const till = await openOfflineTill(owner)
  const slips = [await till.seal(sale()), await till.seal(sale())]
  await till.push(slips.slice(0, 1), { ended: till.ended() })
  await close(till.sessionId)
  await replace(till)
  const late = { id: till.deviceId, slips: slips.slice(1) }
  const [{ session_id = null } = {}] = (await owner.client.call('sync.recover-queue', late)).slips
  expect(await certificateOf(session_id ?? '')).toMatchObject({
    ...{ is_complete: true, receipts: 1, devices: [{ device_id: till.deviceId, is_here: true }] },
  })
})

test('whoever approves a session reads its certificate', async () => {
  const till = await openOfflineTill(owner)
  const { client } = await employ(server, owner, 'accountant')
  expect(await client.call('sync.get-certificate', { id: till.sessionId })).toMatchObject({ is_complete: false })
})
