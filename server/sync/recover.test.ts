import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTill } from '../../tests/harness/cash.ts'
import { employ } from '../../tests/harness/counts.ts'
import {
  enrollDevice,
  type OfflineTill,
  offlineSale,
  openOfflineTill,
  playDevice,
  somethingToSell,
} from '../../tests/harness/devices.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'
import { later, now } from '../platform/time.ts'
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

const sale = (over = {}) => offlineSale({ ...goods, ...over })
const refusedAs = (code: string) => ({ problem: { code } })

async function seal(till: OfflineTill, count: number): Promise<SealedSlip[]> {
  const slips: SealedSlip[] = []
  while (slips.length < count) slips.push(await till.seal(sale()))
  return slips
}

/** What became of slips, and what was raised of each. */
function told({ slips }: { slips: { outcome: string; code: string | null; exceptions: { kind: string }[] }[] }) {
  return slips.map(({ outcome, code, exceptions }) =>
    [code ?? outcome, ...exceptions.map(({ kind }) => kind)].join(' '),
  )
}

async function unbind({ deviceId: id }: OfflineTill) {
  const { version } = await owner.client.call('registers.get-device', { id })
  return owner.client.call('registers.unbind-device', { id, version, reason: 'The tablet broke' })
}

/** Another device at the register of a till, in the same session. */
async function replace(till: OfflineTill): Promise<OfflineTill> {
  await unbind(till)
  const { id: deviceId, credential, next_sequence, head_hash } = await enrollDevice(owner, till.registerId)
  const from = { sequence: (next_sequence ?? 0) - 1, hash: head_hash ?? '' }
  return playDevice(owner.client, { ...till, deviceId, credential }, from)
}

const recover = (till: OfflineTill, slips: SealedSlip[], over = {}) =>
  owner.client.call('sync.recover-queue', { id: till.deviceId, slips, ...over })

describe('a device that broke and was replaced before it sent what it sealed', () => {
  test('loses nothing: all is booked, under the next numbers where the new one has given theirs away', async () => {
    const old = await openOfflineTill(owner)
    await old.push(await seal(old, 2))
    const queue = await seal(old, 4)
    const next = await replace(old)
    await next.push(await seal(next, 2), { ended: next.ended() })

    expect(told(await recover(old, queue))).toEqual([
      ...['booked device_unbound number_taken', 'booked device_unbound number_taken'],
      ...['booked device_unbound number_taken', 'booked device_unbound number_taken'],
    ])
    expect(told(await recover(old, queue))).toEqual(Array(4).fill('already_booked'))
    const filter = { session_id: old.sessionId, kind: 'number_taken', limit: 200 }
    const { items } = await owner.client.call('sync.list-exceptions', filter)
    expect(items.map((one) => [one.printed_number?.slice(-6), one.receipt_number?.slice(-6)]).toSorted()).toEqual([
      ...[
        ['000003', '000005'],
        ['000004', '000006'],
        ['000005', '000007'],
        ['000006', '000008'],
      ],
    ])
    expect(told(await next.push(await seal(next, 1)))).toEqual(['booked number_taken'])
    const { next_sequence } = await next.push([], { ended: next.ended() })
    expect(next_sequence).toBe(10)
    await recover(old, [], { ended: old.ended() })
    expect(await owner.client.call('sync.get-certificate', { id: old.sessionId })).toMatchObject({
      ...{ is_complete: true, missing: [], receipts: 9, offline_receipts: 9 },
    })
  })

  test('and one of whose sales cannot be booked: its number is known to be taken', async () => {
    const old = await openOfflineTill(owner)
    const queue = [
      await old.seal(sale()),
      await old.seal(sale({ variant_id: crypto.randomUUID() })),
      await old.seal(sale()),
    ]
    const next = await replace(old)
    await next.push(await seal(next, 1), { ended: next.ended() })
    expect(told(await recover(old, queue, { ended: old.ended() }))).toEqual([
      ...['booked device_unbound number_taken', 'variant_not_found', 'booked device_unbound number_taken'],
    ])
    const certificate = () => owner.client.call('sync.get-certificate', { id: old.sessionId })
    const { set_aside, ...before } = await certificate()
    expect(before).toMatchObject({ is_complete: false, missing: [], last_sequence: 4, receipts: 3 })
    const settled = { outcome: 'corrected', reason: 'Entered by hand' } as const
    await owner.client.call('sync.resolve-set-aside', { id: set_aside[0]?.id ?? '', ...settled })
    expect(await certificate()).toMatchObject({ is_complete: true, missing: [] })
  })

  test('keeps the new one in its own chain, whichever is sent first', async () => {
    const old = await openOfflineTill(owner)
    const queue = await seal(old, 3)
    const next = await replace(old)
    const others = await seal(next, 2)
    expect(told(await recover(old, queue))).toEqual(Array(3).fill('booked device_unbound'))
    expect(await owner.client.call('registers.get-device', { id: next.deviceId })).toMatchObject({
      ...{ next_sequence: 4, head_hash: others[0]?.previous_hash },
    })
    expect(told(await next.push(others))).toEqual(Array(2).fill('booked number_taken'))
  })

  test('sends in pieces: what comes too early waits for what is before it', async () => {
    const old = await openOfflineTill(owner)
    const [one, ...rest] = (await seal(old, 4)) as [SealedSlip, ...SealedSlip[]]
    const next = await replace(old)
    await next.push(await seal(next, 9))
    await expect(recover(old, rest)).rejects.toMatchObject(refusedAs('sequence_gap'))
    expect(told(await recover(old, [one, ...rest]))).toEqual(Array(4).fill('booked device_unbound number_taken'))
  })
})

describe('a device that went to another register before it sent what it sealed', () => {
  test('leaves that for somebody who brings it, and what it seals there is booked', async () => {
    const till = await openOfflineTill(owner)
    const queue = await seal(till, 2)
    const { version } = await unbind(till)
    const other = await openTill(owner)
    const bind = { id: till.deviceId, version, register_id: other.register_id }
    await owner.client.call('registers.bind-device', bind)
    const there = playDevice(owner.client, { ...till, registerId: other.register_id, sessionId: other.id })
    const slips = await seal(there, 1)
    await expect(there.push(queue)).rejects.toMatchObject(refusedAs('slip_of_another_register'))
    const mixed = await there.push([...queue, ...slips])
    expect(told(mixed)).toEqual(['slip_of_another_register', 'slip_of_another_register', 'booked'])
    await expect(recover(till, queue)).rejects.toMatchObject(refusedAs('device_bound'))
    const brought = { register_id: till.registerId }
    expect(told(await recover(till, queue, brought))).toEqual(Array(2).fill('booked device_unbound'))
    expect(await owner.client.call('registers.get-device', { id: till.deviceId })).toMatchObject({
      ...{ register_id: other.register_id, next_sequence: 2, head_hash: slips[0]?.hash },
    })
  })

  test('and came back sends both: none is lost, none sticks', async () => {
    const till = await openOfflineTill(owner)
    const queue = await seal(till, 2)
    const { id, version } = await unbind(till)
    const other = await openTill(owner)
    const moved = await owner.client.call('registers.bind-device', { id, version, register_id: other.register_id })
    await expect(till.push(queue)).rejects.toMatchObject(refusedAs('slip_of_another_register'))
    const off = await owner.client.call('registers.unbind-device', { id, version: moved.version, reason: 'A mistake' })
    await owner.client.call('registers.bind-device', { id, version: off.version, register_id: till.registerId })
    expect(told(await till.push([...queue, ...(await seal(till, 1))]))).toEqual(['booked', 'booked', 'booked'])
  })
})

test('what a device sealed after it was taken off is booked and raised, and not settled by whoever brought or sold it', async () => {
  const till = await openOfflineTill(owner)
  const { id: cashier_id, client: cashier } = await employ(server, owner, 'manager')
  await unbind(till)
  const late = await till.seal(sale(), { cashier_id, made_at: later(now(), 2_000).toISOString() })
  const { slips } = await recover(till, [late])
  expect(slips).toMatchObject([{ outcome: 'booked', exceptions: [{ kind: 'device_unbound' }] }])
  expect(slips[0]?.exceptions[0]?.detail).toMatch(/after its device had been taken off/)
  const { items } = await owner.client.call('sync.list-exceptions', { session_id: slips[0]?.session_id ?? '' })
  const settled = { id: items[0]?.id ?? '', outcome: 'accepted', reason: 'Nobody had told the cashier' } as const
  for (const own of [owner.client, cashier])
    await expect(own.call('sync.resolve-exception', settled)).rejects.toMatchObject(refusedAs('exception_own'))
  const { client: other } = await employ(server, owner, 'manager')
  expect(await other.call('sync.resolve-exception', settled)).toMatchObject({ resolution: { outcome: 'accepted' } })
})

describe('what came damaged', () => {
  const aside = async () => (await owner.client.call('sync.list-set-aside', { is_resolved: false, limit: 200 })).items

  test('is booked under its number once it comes as it was sealed, and nobody has to settle it', async () => {
    const till = await openOfflineTill(owner)
    const [one, two, three] = (await seal(till, 3)) as [SealedSlip, SealedSlip, SealedSlip]
    const damaged = { ...two, body: two.body.replace('12.00', '21.00') }
    expect(told(await till.push([one, damaged, three]))).toEqual(['booked', 'hash_mismatch', 'booked'])
    expect(told(await till.push([one, damaged, three]))).toEqual(['already_booked', 'hash_mismatch', 'already_booked'])
    expect(await aside()).toContainEqual(expect.objectContaining({ register_id: till.registerId, sequence: 2 }))
    const { slips, next_sequence } = await till.push([one, two, three], { ended: till.ended() })
    expect(told({ slips })).toEqual(['already_booked', 'booked', 'already_booked'])
    expect(next_sequence).toBe(4)
    expect((await aside()).filter(({ register_id }) => register_id === till.registerId)).toEqual([])
    expect(await owner.client.call('sync.get-certificate', { id: till.sessionId })).toMatchObject({ is_complete: true })
    const { number } = await owner.client.call('sales.get-sale', { id: slips[1]?.sale_id ?? '' })
    expect(number).toMatch(/-000002$/)
  })

  test('in the same push, too; and is raised where somebody had settled it before', async () => {
    const till = await openOfflineTill(owner)
    const [one, two] = (await seal(till, 2)) as [SealedSlip, SealedSlip]
    expect(told(await till.push([{ ...one, body: '' }, one]))).toEqual(['hash_mismatch', 'booked'])
    await till.push([{ ...two, body: '' }])
    const [{ id = '' } = {}] = (await aside()).filter(({ register_id }) => register_id === till.registerId)
    await owner.client.call('sync.resolve-set-aside', { id, outcome: 'corrected', reason: 'Entered by hand' })
    expect(told(await till.push([two]))).toEqual(['booked settled_before'])
  })
})

test('while an account that a sale needs is closed, the queue waits, and is booked when it is open again', async () => {
  const other = await signUpOwner(server)
  const till = await openOfflineTill(other)
  const slips = [await till.seal(offlineSale(await somethingToSell(other)))]
  const { items } = await other.client.call('ledger.list-accounts', { entity_id: other.entityId, limit: 200 })
  const { id = '', version = 0 } = items.find(({ purpose }) => purpose === 'sales') ?? {}
  const closed = await other.client.call('ledger.close-account', { id, version })
  const state = () => other.client.call('registers.get-register', { id: till.registerId })
  await expect(till.push(slips)).rejects.toMatchObject(refusedAs('account_closed'))
  expect(await state()).toMatchObject({ last_sequence: '0' })
  await other.client.call('ledger.reopen-account', { id, version: closed.version })
  expect(told(await till.push(slips))).toEqual(['booked'])
})

test('a queue that meets a register that has moved is told to come again', async () => {
  const till = await openOfflineTill(owner)
  const slips = await seal(till, 1)
  const { superuserUrl } = server.database
  await withClient(superuserUrl, async (client) => {
    await client.query('BEGIN')
    await client.query('UPDATE registers.register SET last_sequence = last_sequence + 1 WHERE id = $1', [
      till.registerId,
    ])
    const pushed = till.push(slips).catch((error: unknown) => error)
    const isWaiting = async () => {
      const { rows } = await withClient(superuserUrl, (other) =>
        other.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"),
      )
      return rows.length > 0
    }
    await until('the push waits for the register', isWaiting, 60)
    await client.query('COMMIT')
    expect(await pushed).toMatchObject(refusedAs('busy'))
  })
  expect(told(await till.push(slips))).toEqual(['booked number_taken'])
})
