import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noTries, type PinVerifier, verifyPin } from '../../server/cashiers/pin-verifier.ts'
import { later, now } from '../../server/platform/time.ts'
import { employWithPin, type SharedTill, shareTill, switchIn } from '../harness/cashiers.ts'
import { freshId } from '../harness/hints.ts'
import { withClient } from '../harness/postgres.ts'
import { clientOf, signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

const pin = '8317'
const wrong = '8318'
const refusedWith = (status: number, code: string) => ({ problem: { status, code } })

let server: TestServer
let owner: TestOwner
let stranger: TestOwner
/** A branch beside the owner's. */
let elsewhere: string
let till: SharedTill & { version: number }
beforeAll(async () => {
  server = await startTestServer({ env: { DATABASE_POOL_SIZE: '6' } })
  owner = await signUpOwner(server)
  stranger = await signUpOwner(server)
  const branch = { entity_id: owner.entityId, code: 'ELSE', name: 'Elsewhere', time_zone: 'UTC' }
  elsewhere = (await owner.client.call('tenants.create-branch', branch)).id
  till = await shareTill(owner)
}, 60_000)
afterAll(() => server.close())

const asSuperuser = (statement: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, (client) => client.query(statement, values))

const cashierWithPin = (branchId?: string) =>
  employWithPin(server, owner, { role: 'cashier', pin, ...(branchId ? { branchIds: [branchId] } : {}) })

const look = ({ id, credential }: SharedTill) =>
  clientOf(server).call('cashiers.list-cashiers', { device_id: id, credential })

async function heldOf(employeeId: string, at: SharedTill = till) {
  return (await look(at)).items.find((one) => one.employee_id === employeeId)
}

describe('a till lets nobody in', () => {
  test('who works in another branch or another tenant, or nowhere', async () => {
    const outsider = await cashierWithPin(elsewhere)
    await stranger.client.call('tenants.set-till-pin', { pin })
    for (const employeeId of [outsider.id, stranger.employeeId, freshId()]) {
      const asked = switchIn(server, till, { employeeId, pin })
      await expect(asked).rejects.toMatchObject(refusedWith(422, 'employee_not_found'))
    }
    const there = await shareTill(owner, elsewhere)
    expect((await switchIn(server, there, { employeeId: outsider.id, pin })).session).toMatchObject({
      branch: { id: elsewhere, code: 'ELSE' },
    })
  })

  test('without its credential, as if there were no such till', async () => {
    const { id: employeeId } = await cashierWithPin()
    const other = await shareTill(stranger)
    for (const shown of [
      { ...till, credential: other.credential },
      { ...till, id: other.id },
      { ...till, id: freshId() },
    ]) {
      const unknown = refusedWith(422, 'device_not_found')
      await expect(switchIn(server, shown, { employeeId, pin })).rejects.toMatchObject(unknown)
      await expect(look(shown)).rejects.toMatchObject(unknown)
    }
  })

  test('once it is off its register, or revoked', async () => {
    const { id: employeeId } = await cashierWithPin()
    const gone = await shareTill(owner)
    const { id, version } = gone
    const off = await owner.client.call('registers.unbind-device', { id, version, reason: 'Repair' })
    await expect(switchIn(server, gone, { employeeId, pin })).rejects.toMatchObject(refusedWith(409, 'device_unbound'))
    await expect(look(gone)).rejects.toMatchObject(refusedWith(409, 'device_unbound'))
    await owner.client.call('registers.revoke-device', { id, version: off.version })
    await expect(switchIn(server, gone, { employeeId, pin })).rejects.toMatchObject(refusedWith(409, 'device_revoked'))
    await expect(look(gone)).rejects.toMatchObject(refusedWith(409, 'device_revoked'))
  })

  test('who has no PIN, or is suspended', async () => {
    const { id, client } = await cashierWithPin()
    await client.call('tenants.clear-my-till-pin', {})
    const asked = () => switchIn(server, till, { employeeId: id, pin })
    await expect(asked()).rejects.toMatchObject(refusedWith(403, 'wrong_till_pin'))
    await client.call('tenants.set-till-pin', { pin })
    const { version } = await owner.client.call('tenants.get-employee', { id })
    await owner.client.call('tenants.update-employee', { id, version, status: 'suspended' })
    await expect(asked()).rejects.toMatchObject(refusedWith(403, 'wrong_till_pin'))
  })
})

describe('wrong PINs', () => {
  test('at once do not slip by: of twenty, five are tried, and then none at any till', async () => {
    const { id: employeeId } = await cashierWithPin()
    const tills = [till, await shareTill(owner)]
    const tries = Array.from({ length: 20 }, (_, at) =>
      switchIn(server, tills[at % 2] ?? till, { employeeId, pin: wrong }),
    )
    const codes = (await Promise.allSettled(tries)).map((one) =>
      one.status === 'rejected' ? one.reason.problem.code : 'switched in',
    )
    expect(codes.filter((code) => code === 'wrong_till_pin')).toHaveLength(5)
    expect(codes.filter((code) => code === 'till_pin_locked')).toHaveLength(15)
    const locked = refusedWith(403, 'till_pin_locked')
    await expect(switchIn(server, till, { employeeId, pin })).rejects.toMatchObject(locked)
    const approval = { branch_id: owner.branchId, employee_id: employeeId, pin }
    await expect(owner.client.call('tenants.check-till-pin', approval)).rejects.toMatchObject(locked)
    expect((await heldOf(employeeId))?.locked_until).not.toBeNull()
  })

  test('are counted with those of approvals', async () => {
    const { id: employeeId, client } = await cashierWithPin()
    const approval = { branch_id: owner.branchId, employee_id: employeeId, pin: wrong }
    const no = refusedWith(403, 'wrong_till_pin')
    for (let count = 0; count < 3; count++)
      await expect(owner.client.call('tenants.check-till-pin', approval)).rejects.toMatchObject(no)
    for (let count = 0; count < 2; count++)
      await expect(switchIn(server, till, { employeeId, pin: wrong })).rejects.toMatchObject(no)
    await expect(switchIn(server, till, { employeeId, pin })).rejects.toMatchObject(refusedWith(403, 'till_pin_locked'))
    await client.call('tenants.set-till-pin', { pin })
    expect((await switchIn(server, till, { employeeId, pin })).session).toMatchObject({ employee_id: employeeId })
  })

  test('are in the audit chain of the tenant, as is who switched in, and no PIN or credential', async () => {
    const { id: employeeId } = await cashierWithPin()
    await expect(switchIn(server, till, { employeeId, pin: '731942' })).rejects.toThrow()
    await expect(switchIn(server, { ...till, credential: 'another' }, { employeeId, pin })).rejects.toThrow()
    const { session } = await switchIn(server, till, { employeeId, pin })
    const { rows } = await asSuperuser(
      `SELECT body::json->>'resource_type' AS type, body::json->>'resource_id' AS id, body::json->>'refusal' AS refusal,
              body::json->>'severity' AS severity, body::json->>'session_id' AS session, body
       FROM audit.entry WHERE tenant_id = $1 AND body::json->>'event' = 'cashiers.switch-cashier' ORDER BY seq DESC LIMIT 4`,
      [owner.tenantId],
    )
    const warning = { severity: 'warning', session: null }
    const notice = { severity: 'notice', session: session.session_id, refusal: null }
    expect(rows).toMatchObject([
      { type: 'session', id: session.session_id, ...notice },
      { type: 'employee', id: employeeId, ...notice },
      { type: 'device', id: till.id, refusal: 'device_not_found', ...warning },
      { type: 'employee', id: employeeId, refusal: 'wrong_till_pin', ...warning },
    ])
    const said = JSON.stringify(rows)
    for (const secret of ['731942', `"${pin}"`, till.credential, 'Karim']) expect(said).not.toContain(secret)
  })
})

test('of two who switch in at once at one till, one is signed in there', async () => {
  const cashiers = await Promise.all([cashierWithPin(), cashierWithPin()])
  const sessions = await Promise.all(cashiers.map(({ id: employeeId }) => switchIn(server, till, { employeeId, pin })))
  const found = await Promise.allSettled(sessions.map(({ client }) => client.call('identity.get-me', {})))
  expect(found.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

describe('what a till knows PINs by', () => {
  test('is good for the right PIN, for as long as is set, and is no hash the server goes by', async () => {
    const { id: employeeId } = await cashierWithPin()
    const { items, issued_at, expires_at, lock, branch } = await look(till)
    expect(branch).toMatchObject({ id: owner.branchId })
    expect(Date.parse(expires_at) - Date.parse(issued_at)).toBe(96 * 3_600_000)
    const held = items.find((one) => one.employee_id === employeeId)
    expect(held).toMatchObject({ display_name: 'Karim', locked_until: null })
    expect(held?.permissions).toContain('sales.sell')
    const verifier = held?.verifier as PinVerifier
    const judge = (typed: string, at = now()) =>
      verifyPin({ verifier, issued_at, expires_at, lock, tries: noTries, pin: typed, now: at })
    expect(await judge(pin)).toMatchObject({ outcome: 'accepted' })
    expect(await judge(wrong)).toMatchObject({ outcome: 'wrong' })
    expect(await judge(pin, later(now(), 97 * 3_600_000))).toEqual({ outcome: 'expired' })
    expect(JSON.stringify(items)).not.toContain('argon2')
    expect(lock).toEqual({ failures: 5, minutes: 15, longest_minutes: 1_440 })
  })

  test('is of those who work at its branch and may do something at a till', async () => {
    const [here, there] = [await cashierWithPin(owner.branchId), await cashierWithPin(elsewhere)]
    const idle = await employWithPin(server, owner, { role: 'cashier', pin })
    const { version } = await owner.client.call('tenants.get-employee', { id: idle.id })
    await owner.client.call('tenants.update-employee', { id: idle.id, version, role_ids: [] })
    await stranger.client.call('tenants.set-till-pin', { pin })
    const ids = (await look(till)).items.map(({ employee_id }) => employee_id)
    expect(ids).toContain(here.id)
    for (const other of [there.id, idle.id, stranger.employeeId]) expect(ids).not.toContain(other)
  })

  test('goes with the PIN, and with the place of its holder', async () => {
    const { client } = owner
    const changes: ((id: string) => object)[] = [
      () => ({ status: 'suspended' }),
      () => ({ scope: { entity_ids: [], region_ids: [], branch_ids: [elsewhere] } }),
    ]
    for (const change of changes) {
      const { id } = await cashierWithPin()
      expect(await heldOf(id)).toBeDefined()
      const { version } = await client.call('tenants.get-employee', { id })
      await client.call('tenants.update-employee', { id, version, ...change(id) })
      expect(await heldOf(id)).toBeUndefined()
    }
    const cashier = await cashierWithPin()
    const before = await heldOf(cashier.id)
    await cashier.client.call('tenants.set-till-pin', { pin: '9426' })
    expect((await heldOf(cashier.id))?.verifier?.hash).not.toBe(before?.verifier?.hash)
    await client.call('tenants.clear-till-pin', { id: cashier.id })
    expect(await heldOf(cashier.id)).toBeUndefined()
  })

  test('is made when a PIN from before is used at the server, and sealed where it is kept', async () => {
    const { id: employeeId } = await cashierWithPin()
    const asBefore = () =>
      asSuperuser('UPDATE tenants.till_pin SET verifier = NULL WHERE employee_id = $1', [employeeId])
    const approval = { branch_id: owner.branchId, employee_id: employeeId, pin }
    for (const use of [
      () => switchIn(server, till, { employeeId, pin }),
      () => owner.client.call('tenants.check-till-pin', approval),
    ]) {
      await asBefore()
      expect(await heldOf(employeeId)).toMatchObject({ verifier: null })
      await use()
      const held = await heldOf(employeeId)
      expect(held?.verifier?.iterations).toBeGreaterThanOrEqual(600_000)
      const { rows } = await asSuperuser('SELECT verifier FROM tenants.till_pin WHERE employee_id = $1', [employeeId])
      expect(rows[0].verifier).toMatch(/^v1\.[0-9a-f]{16}\./)
      expect(rows[0].verifier).not.toContain(held?.verifier?.hash)
    }
  })
})
