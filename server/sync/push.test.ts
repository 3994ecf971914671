import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { employ } from '../../tests/harness/counts.ts'
import { enrollDevice, offlineSale, openOfflineTill, playDevice, somethingToSell } from '../../tests/harness/devices.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { later, now } from '../platform/time.ts'
import { type SealedSlip, sealSlip } from '../registers/index.ts'

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

type Till = Awaited<ReturnType<typeof openOfflineTill>>

async function seal(till: Till, count: number): Promise<SealedSlip[]> {
  const slips: SealedSlip[] = []
  while (slips.length < count) slips.push(await till.seal(sale()))
  return slips
}

const outcomes = (answer: { slips: { outcome: string; code: string | null }[] }) =>
  answer.slips.map(({ outcome, code }) => code ?? outcome)

async function slipsOf({ registerId }: Pick<Till, 'registerId'>): Promise<unknown[]> {
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'SELECT sequence::integer, fault FROM sync.slip WHERE register_id = $1 ORDER BY sequence, recorded_at',
      [registerId],
    ),
  )
  return rows.map(({ sequence, fault }) => fault ?? sequence)
}

test('a queue is booked in order, once, and the register goes on from there', async () => {
  const till = await openOfflineTill(owner)
  const slips = await seal(till, 3)
  const first = await till.push(slips.slice(0, 2))
  expect(first).toMatchObject({ missing: [], next_sequence: 3, head_hash: slips[1]?.hash })
  expect(outcomes(first)).toEqual(['booked', 'booked'])
  const again = await till.push(slips)
  expect(outcomes(again)).toEqual(['already_booked', 'already_booked', 'booked'])
  expect(again.slips[0]?.sale_id).toBe(first.slips[0]?.sale_id)
  expect(outcomes(await till.push([...slips, slips[0] as SealedSlip]))).toEqual(Array(4).fill('already_booked'))
  expect(await slipsOf(till)).toEqual([1, 2, 3])
  const register = await owner.client.call('registers.get-register', { id: till.registerId })
  expect(register).toMatchObject({ last_sequence: '3' })
  const device = await owner.client.call('registers.get-device', { id: till.deviceId })
  expect(device).toMatchObject({ next_sequence: 4, head_hash: slips[2]?.hash })
})

test('of a queue sent eight times at once each slip is booked once', async () => {
  const till = await openOfflineTill(owner)
  const slips = await seal(till, 10)
  const answers = await Promise.all(Array.from({ length: 8 }, () => till.push(slips)))
  const booked = answers.flatMap(outcomes).filter((outcome) => outcome === 'booked')
  expect(booked).toHaveLength(10)
  expect(await slipsOf(till)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

describe('a gap', () => {
  test('refuses what comes after it, names what is missing, and writes nothing of it', async () => {
    const till = await openOfflineTill(owner)
    const slips = await seal(till, 6)
    const [one, , three, four, , six] = slips as [
      SealedSlip,
      SealedSlip,
      SealedSlip,
      SealedSlip,
      SealedSlip,
      SealedSlip,
    ]
    const answer = await till.push([one, three, four, six])
    expect(outcomes(answer)).toEqual(['booked', 'sequence_gap', 'sequence_gap', 'sequence_gap'])
    expect(answer).toMatchObject({
      next_sequence: 2,
      missing: [
        { first: 2, last: 2 },
        { first: 5, last: 5 },
      ],
    })
    expect(await slipsOf(till)).toEqual([1])
    await expect(till.push([three, four, six])).rejects.toMatchObject({
      problem: { status: 409, code: 'sequence_gap', detail: 'Missing: 2, 5. The next is 2' },
    })
    expect(outcomes(await till.push(slips))).toEqual(['already_booked', ...Array(5).fill('booked')])
  })
})

describe('what cannot be what was sealed is set aside, and the rest is booked', () => {
  test('a text that was changed, figures that do not add up, a session of nobody, another currency', async () => {
    const till = await openOfflineTill(owner)
    const changed = await till.seal(sale())
    const slips = [
      await till.seal(sale()),
      await till.seal({ ...sale(), total: '1.00' }),
      await till.seal(sale(), { session_id: crypto.randomUUID() }),
      await till.seal(sale({ currency: 'MAD' })),
      await till.seal('no sale'),
      await till.seal(sale(), { device_id: crypto.randomUUID() }),
      await till.seal(sale()),
    ]
    const queue = [{ ...changed, body: changed.body.replaceAll('12.00', '1.00') }, ...slips]
    const found = [
      ...['hash_mismatch', 'booked', 'totals_differ', 'session_unknown', 'currency_differs'],
      ...['unreadable', 'device_unknown', 'booked'],
    ]
    expect(outcomes(await till.push(queue))).toEqual(found)
    const again = await till.push(queue)
    expect(outcomes(again)).toEqual(found.map((one) => (one === 'booked' ? 'already_booked' : one)))
    expect(new Set(again.slips.map(({ outcome }) => outcome))).toEqual(new Set(['already_booked', 'already_set_aside']))
  })

  test('its text is kept, sealed, for whoever settles it, once', async () => {
    const till = await openOfflineTill(owner)
    const slip = await till.seal('Amina paid')
    await till.push([slip])
    const { items } = await owner.client.call('sync.list-set-aside', { is_resolved: false, limit: 1 })
    const [{ id = '' } = {}] = items
    expect(items).toMatchObject([{ code: 'unreadable', sequence: 1, register_id: till.registerId, hash: slip.hash }])
    expect(await owner.client.call('sync.get-set-aside', { id })).toMatchObject({ body: slip.body, resolution: null })
    const { rows } = await withClient(server.database.superuserUrl, (client) =>
      client.query('SELECT sealed FROM sync.kept_text WHERE id = $1', [id]),
    )
    expect(rows[0]?.sealed).toMatch(/^v1\./)
    const settled = { id, outcome: 'dismissed', reason: 'A test of the till' } as const
    const answer = await owner.client.call('sync.resolve-set-aside', settled)
    expect(answer).toMatchObject({ resolution: { outcome: 'dismissed', actor_id: owner.employeeId } })
    const twice = owner.client.call('sync.resolve-set-aside', settled)
    await expect(twice).rejects.toMatchObject(refusedAs('already_resolved'))
  })

  test('another slip under a number that is taken', async () => {
    const till = await openOfflineTill(owner)
    const [first] = await seal(till, 1)
    await till.push([first as SealedSlip])
    const other = await sealSlip(first?.previous_hash ?? '', { sequence: 1, sale: 'another' })
    expect(outcomes(await till.push([other, await till.seal(sale())]))).toEqual(['sequence_taken', 'booked'])
    expect(outcomes(await till.push([other]))).toEqual(['sequence_taken'])
    expect(await slipsOf(till)).toEqual([1, 'sequence_taken', 2])
  })
})

describe('what the server would have refused is booked, and raised', () => {
  test('a clock that is hours off, ahead and behind', async () => {
    const till = await openOfflineTill(owner)
    const at = (hours: number) => ({ made_at: later(now(), hours * 3_600_000).toISOString() })
    const slips = [await till.seal(sale(), at(5)), await till.seal(sale(), at(-5)), await till.seal(sale())]
    const answer = await till.push(slips)
    expect(outcomes(answer)).toEqual(['booked', 'booked', 'booked'])
    expect(answer.slips.map(({ exceptions }) => exceptions.map(({ kind }) => kind))).toEqual([
      ['clock_off'],
      ['clock_off'],
      [],
    ])
  })

  test('a session that has ended: the sale goes to a late one, and somebody who may settles it, once', async () => {
    const till = await openOfflineTill(owner)
    const [first, second] = (await seal(till, 2)) as [SealedSlip, SealedSlip]
    await till.push([first])
    const { version } = await owner.client.call('cash.get-session', { id: till.sessionId })
    const override_reason = 'The tablet fell into the sea'
    await owner.client.call('cash.close-session', { id: till.sessionId, version, override_reason })
    const answer = await till.push([second])
    const [{ session_id = null, exceptions = [], sale_id = null } = {}] = answer.slips
    expect(exceptions.map(({ kind }) => kind)).toEqual(['session_not_open'])
    expect(session_id).not.toBe(till.sessionId)
    const late = await owner.client.call('cash.get-session', { id: session_id ?? '' })
    expect(late).toMatchObject({ late_of: till.sessionId, status: 'open', register_id: till.registerId })

    const filter = { session_id: session_id ?? '', kind: 'session_not_open', is_resolved: false }
    const { items } = await owner.client.call('sync.list-exceptions', filter)
    expect(items).toMatchObject([{ sale_id, device_id: till.deviceId, resolution: null }])
    const [{ id = '' } = {}] = items
    const { client: cashier } = await employ(server, owner, 'cashier')
    const settled = { id, outcome: 'accepted', reason: 'It was dried' } as const
    await expect(cashier.call('sync.resolve-exception', settled)).rejects.toMatchObject(refusedAs('forbidden'))
    await expect(owner.client.call('sync.resolve-exception', settled)).rejects.toMatchObject(refusedAs('exception_own'))
    const { client: manager } = await employ(server, owner, 'manager')
    await manager.call('sync.resolve-exception', settled)
    await expect(manager.call('sync.resolve-exception', settled)).rejects.toMatchObject(refusedAs('already_resolved'))
    expect((await owner.client.call('sync.list-exceptions', filter)).items).toEqual([])
    expect(await owner.client.call('sync.get-exception', { id })).toMatchObject({
      resolution: { reason: 'It was dried' },
    })
  })
})

describe('a device', () => {
  test('with another credential, off its register or revoked sends nothing', async () => {
    const till = await openOfflineTill(owner)
    const slips = await seal(till, 1)
    const push = (over = {}) =>
      owner.client.call('sync.push', { device_id: till.deviceId, credential: till.credential, slips, ...over })
    await expect(push({ credential: 'guessed' })).rejects.toMatchObject(refusedAs('device_credential_wrong'))
    await expect(push({ device_id: crypto.randomUUID() })).rejects.toMatchObject(refusedAs('device_not_found'))
    const { version } = await owner.client.call('registers.get-device', { id: till.deviceId })
    const unbind = (over = {}) => owner.client.call('registers.unbind-device', { id: till.deviceId, version, ...over })
    await expect(unbind()).rejects.toMatchObject(refusedAs('device_not_done'))
    const off = await unbind({ reason: 'It fell into the sea' })
    await expect(push()).rejects.toMatchObject(refusedAs('device_unbound'))
    await owner.client.call('registers.revoke-device', { id: till.deviceId, version: off.version })
    await expect(push()).rejects.toMatchObject(refusedAs('device_revoked'))
    expect(await slipsOf(till)).toEqual([])
  })

  test('that was revoked loses nothing: what it sealed before is brought by somebody who may', async () => {
    const till = await openOfflineTill(owner)
    const before = await till.seal(sale())
    const id = till.deviceId
    const early = owner.client.call('sync.recover-queue', { id, slips: [before] })
    await expect(early).rejects.toMatchObject(refusedAs('device_bound'))
    const { version } = await owner.client.call('registers.get-device', { id })
    await owner.client.call('registers.revoke-device', { id, version, reason: 'Stolen' })
    const after = await till.seal(sale(), { made_at: later(now(), 1_000).toISOString() })
    const answer = await owner.client.call('sync.recover-queue', { id, slips: [before, after] })
    expect(outcomes(answer)).toEqual(['booked', 'sealed_after_revocation'])
    expect(answer.slips[0]?.exceptions).toMatchObject([{ kind: 'device_revoked' }])
    const next = await enrollDevice(owner, till.registerId)
    expect(next).toMatchObject({ next_sequence: 3, head_hash: after.hash })
  })

  test('goes on from the receipts that the device before it sealed', async () => {
    const till = await openOfflineTill(owner)
    const [slip] = await seal(till, 1)
    await till.push([slip as SealedSlip], { ended: till.ended() })
    const { version } = await owner.client.call('registers.get-device', { id: till.deviceId })
    await owner.client.call('registers.unbind-device', { id: till.deviceId, version })
    const device = await enrollDevice(owner, till.registerId)
    const at = { ...till, deviceId: device.id, credential: device.credential }
    const next = playDevice(owner.client, at, { sequence: 1, hash: device.head_hash ?? '' })
    expect(outcomes(await next.push(await seal(next, 2)))).toEqual(['booked', 'booked'])
  })
})

test('10,000 slips at once are refused as a whole', async () => {
  const till = await openOfflineTill(owner)
  const [slip] = (await seal(till, 1)) as [SealedSlip]
  await expect(till.push(Array(10_000).fill(slip))).rejects.toMatchObject({
    problem: { status: 400, code: 'invalid_input' },
  })
  expect(await slipsOf(till)).toEqual([])
})
