import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { employ } from '../../tests/harness/counts.ts'
import {
  enrollDevice,
  type Noted,
  type OfflineTill,
  offlineSale,
  openOfflineTill,
  playDevice,
  somethingToSell,
} from '../../tests/harness/devices.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { clientOf, signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { later, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let goods: Awaited<ReturnType<typeof somethingToSell>>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  goods = await somethingToSell(owner)
}, 60_000)
afterAll(() => server.close())

type Pushed = Awaited<ReturnType<OfflineTill['push']>>

const told = ({ slips }: Pushed) =>
  slips.map(({ outcome, code, exceptions }) => [code ?? outcome, ...exceptions.map(({ kind }) => kind)].join(' '))
const toldNotes = ({ notes }: Pushed) =>
  notes.map(({ outcome, code, exceptions }) =>
    [outcome, code, ...exceptions.map(({ kind }) => kind)].filter((one) => one !== null).join(' '),
  )
const sent = (...noted: Noted[]) => ({ notes: noted.map(({ sealed }) => sealed) })
const sale = (over = {}) => ({ ...offlineSale(goods), ...over })
const balance = async (purpose: string, holder: string) => (await accountOf(owner, purpose, holder))?.balance
const countOf = async (table: string, id: string) => {
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(`SELECT count(*)::integer AS count FROM ${table} WHERE id = $1`, [id]),
  )
  return rows[0]?.count
}

/** A device at a register where nobody has opened a session, and the session that it opens by itself. */
async function closedTill(over: Record<string, unknown> = {}) {
  const device = await enrollDevice(owner)
  const sessionId = uuidv7()
  const at = { deviceId: device.id, credential: device.credential, registerId: device.register_id }
  const till = playDevice(owner.client, { ...at, sessionId, cashierId: owner.employeeId })
  const opened = await till.note({ kind: 'session', id: sessionId, float_amount: '50', currency: 'EUR', ...over })
  return { till, sessionId, opened }
}

async function customerOf(till: OfflineTill, customer: Record<string, unknown>) {
  return till.note({ kind: 'customer', id: uuidv7(), customer: { kind: 'person', ...customer } })
}

describe('a session that was opened offline', () => {
  test('is there before its sales, with its float out of the safe, once, at the time it was', async () => {
    const made_at = later(now(), -7_200_000).toISOString()
    const { till, sessionId, opened } = await closedTill({ made_at })
    const safe = Number(await balance('safe', owner.branchId))
    const slips = [await till.sealWith({ sale: sale(), notes: [opened] }), await till.sealWith({ sale: sale() })]
    const answers = await Promise.all([1, 2, 3, 4].map(() => till.push(slips, sent(opened))))
    expect(answers.flatMap(toldNotes).toSorted()).toEqual([...Array(3).fill('already_taken'), 'taken'])
    expect(answers.flatMap(told).filter((one) => one === 'booked')).toHaveLength(2)
    const session = await owner.client.call('cash.get-session', { id: sessionId })
    expect(session).toMatchObject({ status: 'open', opened_by: owner.employeeId, opened_at: made_at, late_of: null })
    expect(await balance('cash', sessionId)).toBe('74.0000')
    expect(Number(await balance('safe', owner.branchId)) - (safe || 0)).toBe(-50)
    await till.push([], { ended: till.ended() })
    expect(await owner.client.call('sync.get-certificate', { id: sessionId })).toMatchObject({ is_complete: true })
  })

  test('while another is open there is that one: its float is paid in, its sales are booked there', async () => {
    const { till, sessionId, opened } = await closedTill()
    const open = await owner.client.call('cash.open-session', { register_id: till.registerId, float_amount: '10' })
    const slip = await till.sealWith({ sale: sale(), notes: [opened] })
    const answer = await till.push([slip], { ...sent(opened), ended: till.ended() })
    expect(toldNotes(answer)).toEqual(['taken session_already_open'])
    expect(answer.slips[0]).toMatchObject({ outcome: 'booked', session_id: open.id })
    expect(await balance('cash', open.id)).toBe('72.0000')
    expect(await countOf('cash.session', sessionId)).toBe(0)
    // Later slips find it, too.
    expect(told(await till.push([await till.sealWith({ sale: sale() })]))).toEqual(['booked'])
    await till.push([], { ended: till.ended() })
    expect(await owner.client.call('sync.get-certificate', { id: open.id })).toMatchObject({ is_complete: true })
  })

  test('strands no sale where its note is lost, damaged, or says what cannot be', async () => {
    const lost = await closedTill()
    const lostBody = { notes: [{ ...lost.opened.sealed, body: '' }] }
    const damaged = await closedTill()
    const damagedBody = { notes: [{ ...damaged.opened.sealed, body: damaged.opened.sealed.body.replace('50', '60') }] }
    const fine = await closedTill({ float_amount: '0.001' })
    const foreign = await closedTill({ currency: 'MAD' })
    const found: string[] = []
    for (const [{ till, sessionId, opened }, notes] of [
      [lost, lostBody],
      [damaged, damagedBody],
      [fine, sent(fine.opened)],
      [foreign, sent(foreign.opened)],
    ] as const) {
      const answer = await till.push([await till.sealWith({ sale: sale(), notes: [opened] })], notes)
      found.push(`${toldNotes(answer)}: ${told(answer)}`)
      expect(answer.slips[0]?.session_id).toBe(sessionId)
      expect(await balance('cash', sessionId)).toBe('12.0000')
    }
    expect(found).toEqual([
      'kept note_lost note_lost: booked',
      'kept hash_mismatch hash_mismatch: booked',
      'kept cash_amount_too_fine cash_amount_too_fine: booked',
      'kept currency_mismatch currency_mismatch: booked',
    ])
  })

  test('by somebody who may not is opened, and raised', async () => {
    const accountant = await employ(server, owner, 'accountant')
    const { till, opened } = await closedTill({ cashier_id: accountant.id })
    expect(toldNotes(await till.push([], sent(opened)))).toEqual(['taken permission_withdrawn'])
  })
})

describe('a customer who was added offline', () => {
  test('is there before the sale that names them', async () => {
    const till = await openOfflineTill(owner)
    const noted = await customerOf(till, { first_name: 'Amina', last_name: 'Tazi', email: `${uuidv7()}@example.org` })
    const slip = await till.sealWith({ sale: sale({ customer_id: noted.named.id }), notes: [noted] })
    const answer = await till.push([slip], sent(noted))
    expect([toldNotes(answer), told(answer)]).toEqual([['taken'], ['booked']])
    expect(await owner.client.call('parties.get-party', { id: noted.named.id })).toMatchObject({ name: 'Amina Tazi' })
    const sold = await owner.client.call('sales.get-sale', { id: answer.slips[0]?.sale_id ?? '' })
    expect(sold).toMatchObject({ customer_id: noted.named.id })
  })

  test('twice, or without a name, holds nothing up: the row is kept, and gone once it is settled', async () => {
    const till = await openOfflineTill(owner)
    const email = `${uuidv7()}@example.org`
    await owner.client.call('parties.create-party', { kind: 'person', name: 'Known already', email })
    const twice = await customerOf(till, { name: 'Known again', email })
    const nameless = await customerOf(till, {})
    const odd = await customerOf(till, { name: 'Odd', phone: 'none' })
    const slips = [
      await till.sealWith({ sale: sale({ customer_id: twice.named.id }), notes: [twice, nameless, odd] }),
      await till.sealWith({ sale: sale() }),
    ]
    const answer = await till.push(slips, sent(twice, nameless, odd))
    expect(toldNotes(answer).map((one) => one.split(' ')[0])).toEqual(['kept', 'kept', 'kept'])
    expect(told(answer)).toEqual(['booked customer_not_found', 'booked'])
    expect(toldNotes(await till.push(slips, sent(twice, nameless, odd)))[0]).toMatch(/^already_kept /)
    const { items } = await owner.client.call('sync.list-exceptions', { is_resolved: false, limit: 200 })
    const raised = items.find(({ note }) => note?.subject_id === twice.named.id)
    expect(raised).toMatchObject({ sale_id: null, session_id: null, receipt_number: null, note: { kind: 'customer' } })
    const id = raised?.note?.id ?? ''
    expect((await owner.client.call('sync.get-note', { id })).body).toContain('Known again')
    const manager = await employ(server, owner, 'manager')
    await manager.client.call('sync.resolve-exception', {
      ...{ id: raised?.id ?? '', outcome: 'corrected', reason: 'It is the same customer' },
    })
    expect((await owner.client.call('sync.get-note', { id })).body).toBeNull()
  })

  test('is in no row that stays', async () => {
    const till = await openOfflineTill(owner)
    const noted = await customerOf(till, { name: 'Zebulon Unforgettable' })
    await till.push([await till.sealWith({ sale: sale(), notes: [noted] })], sent(noted))
    const { rows } = await withClient(server.database.superuserUrl, (client) =>
      client.query(`SELECT (SELECT count(*)::integer FROM sync.note n WHERE n::text ILIKE '%zebulon%')
        + (SELECT count(*)::integer FROM sync.slip s WHERE s::text ILIKE '%zebulon%')
        + (SELECT count(*)::integer FROM audit.entry a WHERE a::text ILIKE '%zebulon%') AS count`),
    )
    expect(rows[0]?.count).toBe(0)
  })
})

describe('a ticket that was parked offline', () => {
  const lines = () => [{ variant_id: goods.variant_id, quantity: '1' }]

  test('is parked, taken up and sold in its order, once', async () => {
    const till = await openOfflineTill(owner)
    const id = uuidv7()
    const parked = await till.note({ kind: 'ticket', id, action: 'park', ticket: { label: 'Table 4', lines: lines() } })
    const taken = await till.note({ kind: 'ticket', id, action: 'take' })
    const slip = await till.sealWith({ sale: sale({ ticket_id: id }), notes: [parked, taken] })
    const answer = await till.push([slip], sent(parked, taken))
    expect([toldNotes(answer), told(answer)]).toEqual([['taken', 'taken'], ['booked']])
    const ticket = await owner.client.call('tickets.get-ticket', { id })
    expect(ticket.state).toBe('sold')
    expect(ticket.steps.map(({ action }) => action)).toEqual(['park', 'take', 'sell'])
    expect(ticket.steps.at(-1)?.sale_id).toBe(answer.slips[0]?.sale_id)
    expect(toldNotes(await till.push([slip], sent(parked, taken)))).toEqual(['already_taken', 'already_taken'])
  })

  test('is the one that the server parked, where the till did not hear its answer', async () => {
    const till = await openOfflineTill(owner)
    const id = uuidv7()
    await owner.client.call('tickets.park-ticket', { id, branch_id: owner.branchId, lines: lines() })
    const parked = await till.note({ kind: 'ticket', id, action: 'park', ticket: { lines: lines() } })
    expect(toldNotes(await till.push([], sent(parked)))).toEqual(['taken'])
    expect((await owner.client.call('tickets.get-ticket', { id })).steps.map(({ action }) => action)).toEqual(['park'])
  })

  test('and that somebody else discarded meanwhile is an exception, and its sale is booked', async () => {
    const till = await openOfflineTill(owner)
    const id = uuidv7()
    const parked = await till.note({ kind: 'ticket', id, action: 'park', ticket: { lines: lines() } })
    await till.push([], sent(parked))
    const { version } = await owner.client.call('tickets.get-ticket', { id })
    await owner.client.call('tickets.discard-ticket', { id, version, reason: 'Nobody came' })
    const taken = await till.note({ kind: 'ticket', id, action: 'take' })
    const slip = await till.sealWith({ sale: sale({ ticket_id: id }), notes: [parked, taken] })
    const answer = await till.push([slip], sent(parked, taken))
    expect(toldNotes(answer)).toEqual(['already_taken', 'kept ticket_discarded ticket_discarded'])
    expect(told(answer)).toEqual(['booked ticket_discarded'])
  })
})

describe('notes are sealed with the slip after them', () => {
  test('a slip whose note is left out waits, with all that comes after it', async () => {
    const { till, opened } = await closedTill()
    const slips = [await till.sealWith({ sale: sale(), notes: [opened] }), await till.sealWith({ sale: sale() })]
    await expect(till.push(slips)).rejects.toMatchObject({ problem: { status: 409, code: 'note_missing' } })
    expect(told(await till.push(slips, sent(opened)))).toEqual(['booked', 'booked'])
  })

  test('a note that came by itself is known when its slip comes', async () => {
    const { till, opened } = await closedTill()
    expect(toldNotes(await till.push([], sent(opened)))).toEqual(['taken'])
    expect(told(await till.push([await till.sealWith({ sale: sale(), notes: [opened] })]))).toEqual(['booked'])
  })

  test('notes of slips after a gap wait with them', async () => {
    const till = await openOfflineTill(owner)
    const first = await till.sealWith({ sale: sale() })
    const gone = await till.sealWith({ sale: sale() })
    const noted = await customerOf(till, { name: 'Comes later' })
    const last = await till.sealWith({ sale: sale(), notes: [noted] })
    const answer = await till.push([first, last], sent(noted))
    expect([told(answer), toldNotes(answer)]).toEqual([['booked', 'sequence_gap'], ['refused note_missing']])
    expect(await countOf('parties.party', noted.named.id)).toBe(0)
    const whole = await till.push([gone, last], sent(noted))
    expect([told(whole), toldNotes(whole)]).toEqual([['booked', 'booked'], ['taken']])
  })
})

test('a slip of a format that this server does not know is kept, says so, and holds nothing up', async () => {
  const till = await openOfflineTill(owner)
  const slips = [await till.seal(sale(), { format: 9 }), await till.seal(sale())]
  const answer = await till.push(slips)
  expect(told(answer)).toEqual(['format_unknown', 'booked'])
  expect(answer).toMatchObject({ formats: [1, 2], server_version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  const { items } = await owner.client.call('sync.list-set-aside', { branch_id: owner.branchId, limit: 200 })
  const kept = items.find(({ hash }) => hash === slips[0]?.hash)
  expect((await owner.client.call('sync.get-set-aside', { id: kept?.id ?? '' })).body).toBe(slips[0]?.body)
})

describe('a device needs nobody who is signed in', () => {
  const as = ({ credential }: Pick<OfflineTill, 'credential'>) =>
    clientOf(server, { authorization: `Bearer ${credential}`, 'comptoir-tenant': owner.tenantId })

  test('it asks where it stands and sends its queue, and may nothing else', async () => {
    const { till, sessionId, opened } = await closedTill()
    const device = as(till)
    const before = await device.call('sync.get-standing', { id: till.deviceId })
    expect(before).toMatchObject({ next_sequence: 1, head_hash: till.head().hash, session: null, formats: [1, 2] })
    const slips = [await till.sealWith({ sale: sale(), notes: [opened] })]
    const { deviceId: device_id, credential } = till
    await device.call('sync.push', { device_id, credential, slips, ...sent(opened) })
    expect(await device.call('sync.get-standing', { id: device_id })).toMatchObject({
      ...{ next_sequence: 2, head_hash: slips[0]?.hash, register_id: till.registerId },
      session: { id: sessionId, opened_by: owner.employeeId, float_amount: '50.0000', currency: 'EUR' },
    })
    await expect(device.call('sales.list-sales', {})).rejects.toMatchObject({ problem: { code: 'forbidden' } })
    await expect(device.call('identity.get-me', {})).rejects.toMatchObject({ problem: { status: 401 } })
  })

  test('once it is revoked it is told so, and a credential of nobody opens nothing', async () => {
    const till = await openOfflineTill(owner)
    const { id, version } = await owner.client.call('registers.get-device', { id: till.deviceId })
    await owner.client.call('registers.revoke-device', { id, version })
    await expect(as(till).call('sync.get-standing', { id })).rejects.toMatchObject({
      problem: { status: 409, code: 'device_revoked' },
    })
    await expect(as({ credential: 'cd_nobody' }).call('sync.get-standing', { id })).rejects.toMatchObject({
      problem: { status: 401, code: 'unauthenticated' },
    })
    const elsewhere = await signUpOwner(server)
    const other = { authorization: `Bearer ${till.credential}`, 'comptoir-tenant': elsewhere.tenantId }
    await expect(clientOf(server, other).call('sync.get-standing', { id })).rejects.toMatchObject({
      problem: { status: 401 },
    })
  })
})
