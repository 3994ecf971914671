import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifierSealer } from '../server/cashiers/index.ts'
import { hashPassword, verifyPassword as verifyPasswordOf } from '../server/identity/index.ts'
import { createClient } from '../server/platform/client.ts'
import { inTransaction, type Transaction } from '../server/platform/database.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { now } from '../server/platform/time.ts'
import type { Operations } from '../server/registry.ts'
import { checkTillPin, type Hashing, isTrivial, setTillPin } from '../server/tenants/till-pin.ts'
import { withClient } from './harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from './harness/server.ts'

const pin = '8317'
const wrong = { problem: { status: 403, code: 'wrong_till_pin' } }
const locked = { problem: { status: 403, code: 'till_pin_locked' } }

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer({ env: { DATABASE_POOL_SIZE: '6' } })
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const sealVerifier: Hashing['sealVerifier'] = (place, tried) => verifierSealer(server.product)(place, tried)

const asSuperuser = (statement: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, (client) => client.query(statement, values))

/** A manager with a PIN, and the till of a cashier who asks for it. */
async function atTheTill(): Promise<{ manager: TestClient; managerId: string; till: TestClient; cashierId: string }> {
  const [manager, cashier] = [await signUpPerson(server), await signUpPerson(server)]
  const role = await owner.client.call('tenants.create-role', {
    name: `approver ${manager.userId}`,
    permissions: ['tenants.view-tenant', 'tenants.manage-branches'],
  })
  const { id: managerId } = await hire(server, owner, manager, [role.id])
  const { id: cashierId } = await hire(server, owner, cashier)
  await manager.client.call('tenants.set-till-pin', { pin })
  return { manager: manager.client, managerId, till: clientIn(server, cashier, owner.tenantId), cashierId }
}

const ask = (till: TestClient, employeeId: string, tried: string, branchId = owner.branchId) =>
  till.call('tenants.check-till-pin', { branch_id: branchId, employee_id: employeeId, pin: tried })

test('a PIN says who approves at a till that somebody else signed in to, and what they may do', async () => {
  const { till, managerId } = await atTheTill()
  expect(await ask(till, managerId, pin)).toMatchObject({
    employee_id: managerId,
    display_name: 'Karim',
    permissions: ['tenants.manage-branches', 'tenants.view-tenant'],
    scope: null,
  })
  await expect(ask(till, managerId, '8318')).rejects.toMatchObject(wrong)
})

describe('an approval is of one branch:', () => {
  const none = { entity_ids: [], region_ids: [], branch_ids: [] }
  const unknownBranch = { problem: { status: 422, code: 'branch_not_found' } }
  const unknownEmployee = { problem: { status: 422, code: 'employee_not_found' } }
  let codes = 0

  async function openBranch() {
    const { client, entityId: entity_id } = owner
    const region = await client.call('tenants.create-region', { code: `R${++codes}`, name: 'Of one branch' })
    const branch = { entity_id, region_id: region.id, code: `B${codes}`, name: 'Another', time_zone: 'UTC' }
    return { regionId: region.id, branchId: (await client.call('tenants.create-branch', branch)).id }
  }

  test('whoever works elsewhere approves nothing there, and nobody asks for another branch', async () => {
    const { till, managerId, cashierId } = await atTheTill()
    const { branchId, regionId } = await openBranch()
    const confine = async (id: string, scope: object) => {
      const { version } = await owner.client.call('tenants.get-employee', { id })
      await owner.client.call('tenants.update-employee', { id, version, scope: { ...none, ...scope } })
    }
    await confine(managerId, { region_ids: [regionId] })
    await expect(ask(till, managerId, pin)).rejects.toMatchObject(unknownEmployee)
    expect(await ask(till, managerId, pin, branchId)).toMatchObject({ scope: { ...none, region_ids: [regionId] } })
    for (const scope of [{ entity_ids: [owner.entityId] }, { branch_ids: [branchId] }]) {
      await confine(managerId, scope)
      expect(await ask(till, managerId, pin, branchId)).toMatchObject({ scope: { ...none, ...scope } })
    }

    await confine(cashierId, { branch_ids: [owner.branchId] })
    await expect(ask(till, managerId, pin, branchId)).rejects.toMatchObject(unknownBranch)
    await expect(ask(till, managerId, pin, uuidv7())).rejects.toMatchObject(unknownBranch)
    await expect(ask(owner.client, managerId, pin, uuidv7())).rejects.toMatchObject(unknownBranch)
  })

  test('it says nothing of what is switched off', async () => {
    const boss = await signUpOwner(server)
    const { client } = boss
    await client.call('tenants.set-till-pin', { pin })
    const may = async () => (await ask(client, boss.employeeId, pin, boss.branchId)).permissions
    expect(await may()).toEqual((await client.call('tenants.get-workplace', {})).permissions)
    expect(await may()).toContain('ledger.view-books')
    const { version } = await client.call('tenants.list-features', {})
    await client.call('tenants.set-features', { version, features: ['tax'] })
    expect(await may()).not.toContain('ledger.view-books')
    expect(await may()).toEqual((await client.call('tenants.get-workplace', {})).permissions)
  })
})

test.each([
  ...['0000', '99999999', '1234', '4321', '7890', '8901', '2109', '12345678', '1212', '90909', '123123', '48154815'],
])('a PIN that is tried first is refused: %s', async (tried) => {
  expect(isTrivial(tried)).toBe(true)
  await expect(owner.client.call('tenants.set-till-pin', { pin: tried })).rejects.toMatchObject({
    problem: { status: 422, code: 'trivial_pin' },
  })
})

test.each(['8317', '1235', '1223', '20481', '19840217'])('a PIN that is not among them is taken: %s', (tried) => {
  expect(isTrivial(tried)).toBe(false)
})

test.each(['831', '831783178', '83 17', '83a7', '٨٣١٧', ''])('what is no PIN is refused: %j', async (tried) => {
  await expect(owner.client.call('tenants.set-till-pin', { pin: tried })).rejects.toMatchObject({
    problem: { code: 'invalid_input' },
  })
})

describe('wrong PINs', () => {
  test('lock it after the fifth, for a quarter of an hour, even for the right one', async () => {
    const { till, managerId } = await atTheTill()
    for (let count = 0; count < 5; count++) await expect(ask(till, managerId, '8318')).rejects.toMatchObject(wrong)
    await expect(ask(till, managerId, '8318')).rejects.toMatchObject(locked)
    await expect(ask(till, managerId, pin)).rejects.toMatchObject(locked)
    const { rows } = await asSuperuser(
      `SELECT locked_until - now() BETWEEN interval '14 minutes' AND interval '15 minutes' AS is_a_quarter
       FROM tenants.till_pin WHERE employee_id = $1`,
      [managerId],
    )
    expect(rows).toEqual([{ is_a_quarter: true }])

    const past = "locked_until = now() - interval '1 second'"
    await asSuperuser(`UPDATE tenants.till_pin SET ${past} WHERE employee_id = $1`, [managerId])
    await expect(ask(till, managerId, '8318')).rejects.toMatchObject(wrong)
    expect(await ask(till, managerId, pin)).toMatchObject({ employee_id: managerId })
  })

  test('lock it twice as long each time, up to a day, until it is right', async () => {
    const { till, managerId } = await atTheTill()
    const minutesLocked = async () => {
      for (let count = 0; count < 5; count++) await expect(ask(till, managerId, '8318')).rejects.toMatchObject(wrong)
      await expect(ask(till, managerId, pin)).rejects.toMatchObject(locked)
      const { rows } = await asSuperuser(
        'SELECT ceil(extract(epoch FROM locked_until - now()) / 60)::int AS minutes FROM tenants.till_pin WHERE employee_id = $1',
        [managerId],
      )
      const past = "locked_until = now() - interval '1 second'"
      await asSuperuser(`UPDATE tenants.till_pin SET ${past} WHERE employee_id = $1`, [managerId])
      return rows[0].minutes
    }
    const minutes: number[] = []
    for (let count = 0; count < 3; count++) minutes.push(await minutesLocked())
    await asSuperuser('UPDATE tenants.till_pin SET lockouts = lockouts + 30 WHERE employee_id = $1', [managerId])
    expect([...minutes, await minutesLocked()]).toEqual([15, 30, 60, 1_440])
    await ask(till, managerId, pin)
    expect(await minutesLocked()).toBe(15)
  })

  test('in a row are what counts: a right one begins anew', async () => {
    const { till, managerId } = await atTheTill()
    for (let round = 0; round < 2; round++) {
      for (let count = 0; count < 4; count++) await expect(ask(till, managerId, '8318')).rejects.toMatchObject(wrong)
      expect(await ask(till, managerId, pin)).toMatchObject({ employee_id: managerId })
    }
  })

  test('at once do not slip by: of twenty, five are tried', async () => {
    const { till, managerId } = await atTheTill()
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => ask(till, managerId, '8318')))
    const codes = results.map((one) => (one.status === 'rejected' ? one.reason.problem.code : 'approved'))
    expect(codes.filter((code) => code === 'wrong_till_pin')).toHaveLength(5)
    expect(codes.filter((code) => code === 'till_pin_locked')).toHaveLength(15)
  })

  test('are in the audit chain of the tenant, each with whose PIN it was, and none with the PIN', async () => {
    const { till, managerId, cashierId } = await atTheTill()
    for (let count = 0; count < 6; count++) await expect(ask(till, managerId, '731942')).rejects.toThrow()
    const { rows } = await asSuperuser(
      `SELECT tenant_id, body::json->>'refusal' AS refusal, body::json->>'severity' AS severity
       FROM audit.entry WHERE body::json->>'event' = 'tenants.check-till-pin' AND body::json->>'resource_id' = $1 ORDER BY seq`,
      [managerId],
    )
    const entry = { tenant_id: owner.tenantId, severity: 'warning' }
    expect(rows).toEqual([
      ...Array.from({ length: 5 }, () => ({ ...entry, refusal: 'wrong_till_pin' })),
      { ...entry, refusal: 'till_pin_locked' },
    ])
    expect(cashierId).not.toBe(managerId)
    // An identifier may hold the same digits.
    const leaks = await asSuperuser(`SELECT FROM audit.entry WHERE body ~ '[^0-9a-f.-](731942|${pin})[^0-9a-f-]'`)
    expect(leaks.rowCount).toBe(0)
  })
})

test('a new PIN, or none, ends a lock; clearing it leaves nothing to try', async () => {
  const { till, manager, managerId } = await atTheTill()
  for (let count = 0; count < 5; count++) await expect(ask(till, managerId, '8318')).rejects.toMatchObject(wrong)
  await manager.call('tenants.set-till-pin', { pin: '5926' })
  await ask(till, managerId, '5926')
  await expect(ask(till, managerId, pin)).rejects.toMatchObject(wrong)
  await owner.client.call('tenants.clear-till-pin', { id: managerId })
  await expect(ask(till, managerId, '5926')).rejects.toMatchObject(wrong)
  expect(await owner.client.call('tenants.get-employee', { id: managerId })).toMatchObject({ has_till_pin: false })
  await manager.call('tenants.set-till-pin', { pin })
  await manager.call('tenants.clear-my-till-pin', {})
  await expect(ask(till, managerId, pin)).rejects.toMatchObject(wrong)
})

test('who has no PIN, who is suspended and who left approve nothing', async () => {
  const { till, managerId, cashierId } = await atTheTill()
  await expect(ask(till, cashierId, pin)).rejects.toMatchObject(wrong)
  const { version } = await owner.client.call('tenants.get-employee', { id: managerId })
  const suspended = await owner.client.call('tenants.update-employee', { id: managerId, version, status: 'suspended' })
  await expect(ask(till, managerId, pin)).rejects.toMatchObject(wrong)
  await owner.client.call('tenants.remove-employee', { id: managerId, version: suspended.version })
  await expect(ask(till, managerId, pin)).rejects.toMatchObject({
    problem: { status: 422, code: 'employee_not_found' },
  })
})

test('an API key has no PIN, and asks nobody for theirs', async () => {
  const key = await owner.client.call('tenants.create-api-key', {
    name: 'key',
    permissions: ['*'],
    expires_at: '2036-01-01T00:00:00Z',
  })
  const program = createClient<Operations>({ url: server.url, headers: { authorization: `Bearer ${key.secret}` } })
  for (const [name, input] of [
    ['tenants.set-till-pin', { pin }],
    ['tenants.clear-my-till-pin', {}],
    ['tenants.check-till-pin', { branch_id: owner.branchId, employee_id: owner.employeeId, pin }],
    ['tenants.update-my-preferences', {}],
  ] as const) {
    await expect(program.request(name, input)).rejects.toMatchObject({ problem: { status: 403, code: 'forbidden' } })
  }
})

test('a PIN is kept as an argon2id hash, and no stored hash of a request gives it away', async () => {
  const key = 'pin-set-once'
  await owner.client.call('tenants.set-till-pin', { pin: '904417' }, { idempotencyKey: key })
  const { rows } = await asSuperuser('SELECT hash FROM tenants.till_pin WHERE employee_id = $1', [owner.employeeId])
  expect(rows).toEqual([{ hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/) }])
  const guessed = await asSuperuser(
    `SELECT FROM platform.idempotency_key k, generate_series(904000, 905000) AS tried
     WHERE k.request_hash = sha256(convert_to('{"pin":"' || tried || '"}', 'UTF8'))`,
  )
  expect(guessed.rowCount).toBe(0)
})

test('nothing of the tenant is locked while a PIN is hashed', async () => {
  const { till, managerId } = await atTheTill()
  const { databases } = server.product
  const rename = async () => {
    const { id, version } = await owner.client.call('tenants.get-employee', { id: managerId })
    await owner.client.call('tenants.update-employee', { id, version, display_name: `Renamed ${version}` })
    await ask(till, managerId, pin)
  }
  // Hashing that takes as long as somebody else needs to change the same employee, and to try the same PIN.
  const slow: Hashing = {
    hashPassword: (password) => rename().then(() => hashPassword(password)),
    verifyPassword: (stored, password) => rename().then(() => verifyPasswordOf(stored, password)),
    sealVerifier,
  }
  const transaction = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(databases.app, owner.tenantId, work)
  const caller = { ...callerOf(owner), employeeId: managerId }
  const context = { caller, tenantId: owner.tenantId, now: now(), transaction, changed() {} }

  const asked = { branch_id: owner.branchId, employee_id: managerId, pin }
  const check = (hashing: Hashing) => checkTillPin(context as never, { hashing, known: new Set() }, asked)
  expect((await check(slow)).employee_id).toBe(managerId)
  await transaction((tx) => setTillPin({ ...context, ...tx, newId: uuidv7 } as never, slow, { pin }))
})

test('who is suspended, or whose PIN is cleared, while it is hashed approves nothing', async () => {
  const { managerId } = await atTheTill()
  const transaction = <T>(work: (tx: Transaction) => Promise<T>) =>
    inTransaction(server.product.databases.app, owner.tenantId, work)
  const context = { caller: callerOf(owner), tenantId: owner.tenantId, now: now(), transaction, changed() {} }
  const asked = { branch_id: owner.branchId, employee_id: managerId, pin }
  const meanwhile = (work: () => Promise<unknown>) => {
    const verifyPassword: Hashing['verifyPassword'] = (stored, password) =>
      work().then(() => verifyPasswordOf(stored, password))
    return checkTillPin(
      context as never,
      { hashing: { hashPassword, verifyPassword, sealVerifier }, known: new Set() },
      asked,
    )
  }
  const setStatus = async (status: 'active' | 'suspended') => {
    const { version } = await owner.client.call('tenants.get-employee', { id: managerId })
    await owner.client.call('tenants.update-employee', { id: managerId, version, status })
  }
  const refused = { kind: { code: 'wrong_till_pin' } }
  await expect(meanwhile(() => setStatus('suspended'))).rejects.toMatchObject(refused)
  await setStatus('active')
  const clear = () => owner.client.call('tenants.clear-till-pin', { id: managerId })
  await expect(meanwhile(clear)).rejects.toMatchObject(refused)
})

function callerOf({ userId, tenantId }: TestOwner) {
  const features = new Set<string>()
  const caller = {
    requestId: uuidv7(),
    userId,
    sessionId: null,
    apiKeyId: null,
    deviceId: null,
    tenantId,
    features,
    scope: null,
  }
  return { ...caller, permissions: new Set(['*']) }
}
