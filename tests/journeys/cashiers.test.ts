import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Operation, routeOf } from '../../server/platform/operation.ts'
import { permissionsOf } from '../../server/registry.ts'
import { tillPermissions } from '../../server/till-permissions.ts'
import { employWithPin, type SharedTill, shareTill, switchIn } from '../harness/cashiers.ts'
import { somethingToSell } from '../harness/devices.ts'
import { freshId } from '../harness/hints.ts'
import { withClient } from '../harness/postgres.ts'
import { inputSchemaOf } from '../harness/samples.ts'
import { clientOf, signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

const pin = '8317'
const nobody = { problem: { status: 401, code: 'unauthenticated' } }
const refusedWith = (status: number, code: string) => ({ problem: { status, code } })

let server: TestServer
let owner: TestOwner
let stranger: TestOwner
/** A branch beside the owner's. */
let elsewhere: string
beforeAll(async () => {
  server = await startTestServer({ env: { DATABASE_POOL_SIZE: '6' } })
  owner = await signUpOwner(server)
  stranger = await signUpOwner(server)
  const branch = { entity_id: owner.entityId, code: 'ELSE', name: 'Elsewhere', time_zone: 'UTC' }
  elsewhere = (await owner.client.call('tenants.create-branch', branch)).id
  await owner.client.call('tenants.set-till-pin', { pin })
  await stranger.client.call('tenants.set-till-pin', { pin })
}, 60_000)
afterAll(() => server.close())

const asSuperuser = (statement: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, (client) => client.query(statement, values))

const cashierWithPin = (branchIds?: string[]) =>
  employWithPin(server, owner, { role: 'cashier', pin, ...(branchIds ? { branchIds } : {}) })

test('a cashier switches in with what the till has, sells, and gives the till to the next one', async () => {
  const till = await shareTill(owner)
  const first = await cashierWithPin([owner.branchId, elsewhere])
  const second = await cashierWithPin()
  const { client, session } = await switchIn(server, till, { employeeId: first.id, pin })
  expect(session).toMatchObject({ device_id: till.id, employee_id: first.id, branch: { id: owner.branchId } })
  expect(await client.call('identity.get-me', {})).toMatchObject({ device_id: till.id })
  const workplace = await client.call('tenants.get-workplace', {})
  expect(workplace).toMatchObject({ device_id: till.id, employee: { id: first.id }, permissions: session.permissions })
  expect(workplace.operations).toContain('sales.checkout')

  const { variant_id, tender_id } = await somethingToSell(owner)
  const drawer = await client.call('cash.open-session', { register_id: till.register_id, float_amount: '0' })
  const device = { id: till.id, sequence: till.next_sequence ?? 0 }
  const sale = { session_id: drawer.id, lines: [{ variant_id }], payments: [{ tender_id, amount: '12' }], device }
  expect(await client.call('sales.checkout', sale)).toMatchObject({ total: '12.00' })

  const next = await switchIn(server, till, { employeeId: second.id, pin })
  await expect(client.call('tenants.get-workplace', {})).rejects.toMatchObject(nobody)
  expect(await next.client.call('cash.get-session', { id: drawer.id })).toMatchObject({ opened_by: first.id })
  expect(await owner.client.call('identity.get-me', {})).toMatchObject({ device_id: null })
})

describe('a PIN opens', () => {
  test('nothing but what a till needs, even to who holds everything', async () => {
    const till = await shareTill(owner)
    const { client, session } = await switchIn(server, till, { employeeId: owner.employeeId, pin })
    expect(session.permissions).toEqual(tillPermissions.toSorted())
    const opened: string[] = []
    // Signing out comes last.
    const asked = server.product.operations
      .filter(({ scope }) => scope !== 'anyone')
      .toSorted((one) => (one.name === 'identity.sign-out' ? 1 : -1))
    for (const operation of asked) {
      const answer = await client.request(operation.name, namesNothing(operation)).catch((error) => error.problem)
      if (answer.status !== 403) opened.push(operation.name)
    }
    const needs = (operation: Operation) =>
      operation.permission === null ? operation.forCashiers : tillPermissions.includes(operation.permission)
    const expected = server.product.operations.filter(
      (one) => one.scope !== 'anyone' && one.reach !== 'tenant' && needs(one),
    )
    expect(opened.toSorted()).toEqual(expected.map(({ name }) => name).toSorted())
    expect(opened).toEqual(expect.arrayContaining(['identity.get-me', 'identity.sign-out', 'sales.refund']))
    expect(opened.filter((name) => /password|second-factor|tenant$|api-key|role|setting|ledger/.test(name))).toEqual([])
  })

  test('no more than its holder may do', async () => {
    const till = await shareTill(owner)
    const cashier = await cashierWithPin()
    const { client, session } = await switchIn(server, till, { employeeId: cashier.id, pin })
    const held = (await cashier.client.call('tenants.get-workplace', {})).permissions
    expect(session.permissions).toEqual(held.filter((one) => tillPermissions.includes(one)))
    expect(session.permissions).not.toContain('cash.approve-variance')
    const drawer = { id: freshId(), version: 1 }
    await expect(client.call('cash.approve-session', drawer)).rejects.toMatchObject(refusedWith(403, 'forbidden'))
  })

  test('the branch of the device alone', async () => {
    const here = await shareTill(owner)
    const there = await shareTill(owner, elsewhere)
    const { client } = await switchIn(server, here, { employeeId: owner.employeeId, pin })
    const { items } = await client.call('registers.list-registers', { limit: 200 })
    expect(items.map(({ id }) => id)).toContain(here.register_id)
    expect(new Set(items.map(({ branch_id }) => branch_id))).toEqual(new Set([owner.branchId]))
    const other = client.call('registers.get-register', { id: there.register_id })
    await expect(other).rejects.toMatchObject(refusedWith(404, 'not_found'))
  })

  test('no other tenant, though its holder has a place there', async () => {
    const till = await shareTill(owner)
    const { cookie } = await switchIn(server, till, { employeeId: owner.employeeId, pin })
    const second = await owner.client.call('tenants.create-tenant', {
      ...{ legal_name: 'A second one', time_zone: 'UTC', country: 'FR', currency: 'EUR' },
    })
    for (const tenant of [second.id, stranger.tenantId]) {
      const there = clientOf(server, { cookie, 'comptoir-tenant': tenant })
      await expect(there.call('tenants.get-workplace', {})).rejects.toMatchObject(refusedWith(404, 'tenant_not_found'))
    }
    const here = clientOf(server, { cookie })
    expect((await here.call('tenants.get-workplace', {})).tenant.id).toBe(owner.tenantId)
  })
})

test('all that a PIN opens is asked for by some operation', () => {
  const known = permissionsOf(server.product.operations)
  expect(tillPermissions.filter((one) => !known.has(one))).toEqual([])
})

describe('a session of a cashier ends at once', () => {
  type Case = {
    till: SharedTill
    employeeId: string
    sessionId: string
    client: Awaited<ReturnType<typeof switchIn>>['client']
  }
  const deviceNow = async ({ till: { id } }: Case) => {
    const { version } = await owner.client.call('registers.get-device', { id })
    return { id, version, reason: 'Taken elsewhere' }
  }
  const changeEmployee = async ({ employeeId: id }: Case, change: object) => {
    const { version } = await owner.client.call('tenants.get-employee', { id })
    await owner.client.call('tenants.update-employee', { id, version, ...change })
  }
  const toElsewhere = { scope: { entity_ids: [], region_ids: [], branch_ids: [] as string[] } }
  const ownPins = new Map<string, { client: TestOwner['client'] }>()

  test.each<[what: string, end: (one: Case) => Promise<unknown>, undo?: (one: Case) => Promise<unknown>]>([
    ['when the device is revoked', async (one) => owner.client.call('registers.revoke-device', await deviceNow(one))],
    [
      'when the device is taken off its register, for good',
      async (one) => owner.client.call('registers.unbind-device', await deviceNow(one)),
      async (one) => {
        const { items } = await owner.client.call('registers.list-registers', { limit: 200 })
        const { items: devices } = await owner.client.call('registers.list-devices', { limit: 200 })
        const free = items.find(
          ({ id, branch_id }) => branch_id === owner.branchId && !devices.some((d) => d.register_id === id),
        )
        const { id, version } = await deviceNow(one)
        await owner.client.call('registers.bind-device', { id, version, register_id: free?.id ?? '' })
      },
    ],
    [
      'when another PIN is set',
      async (one) => ownPins.get(one.employeeId)?.client.call('tenants.set-till-pin', { pin: '9426' }),
    ],
    ['when the PIN is cleared', (one) => owner.client.call('tenants.clear-till-pin', { id: one.employeeId })],
    [
      'when the employee is suspended, for good',
      (one) => changeEmployee(one, { status: 'suspended' }),
      (one) => changeEmployee(one, { status: 'active' }),
    ],
    [
      'when the employee works elsewhere',
      (one) => changeEmployee(one, { scope: { ...toElsewhere.scope, branch_ids: [elsewhere] } }),
    ],
    [
      'when the employee leaves',
      async ({ employeeId: id }) => {
        const { version } = await owner.client.call('tenants.get-employee', { id })
        await owner.client.call('tenants.remove-employee', { id, version })
      },
    ],
    [
      'when its time is over',
      ({ sessionId }) =>
        asSuperuser("UPDATE identity.session SET expires_at = now() - interval '1 second' WHERE id = $1", [sessionId]),
    ],
    ['when they sign out', ({ client }) => client.call('identity.sign-out', {})],
    [
      'when its person ends it from somewhere else',
      async ({ employeeId, sessionId }) => {
        const { client } = ownPins.get(employeeId) ?? owner
        const { items } = await client.call('identity.list-sessions', { limit: 50 })
        expect(items.find(({ id }) => id === sessionId)).toMatchObject({ kind: 'cashier' })
        await client.call('identity.revoke-session', { id: sessionId })
      },
    ],
  ])('%s', async (_, end, undo) => {
    const till = await shareTill(owner)
    const cashier = await cashierWithPin()
    ownPins.set(cashier.id, cashier)
    const { client, session } = await switchIn(server, till, { employeeId: cashier.id, pin })
    const one = { till, employeeId: cashier.id, sessionId: session.session_id, client }
    expect((await client.call('tenants.get-workplace', {})).device_id).toBe(till.id)
    await end(one)
    await expect(client.call('tenants.get-workplace', {})).rejects.toMatchObject(nobody)
    await undo?.(one)
    await expect(client.call('tenants.get-workplace', {})).rejects.toMatchObject(nobody)
  })

  test('and no use makes it last longer than was set for the branch', async () => {
    const hours = { name: 'cashiers.pin-session-hours', value: 3, version: 0 }
    await owner.client.call('settings.set-setting', { ...hours, branch_id: owner.branchId })
    const till = await shareTill(owner)
    const { client, session } = await switchIn(server, till, { employeeId: owner.employeeId, pin })
    const at = [session.session_id]
    await asSuperuser("UPDATE identity.session SET used_at = now() - interval '1 hour' WHERE id = $1", at)
    await client.call('tenants.get-workplace', {})
    const { rows } = await asSuperuser(
      `SELECT used_at > now() - interval '5 minutes' AS was_used, kind,
              expires_at BETWEEN now() + interval '2 hours 55 minutes' AND now() + interval '3 hours' AS in_three_hours
       FROM identity.session WHERE id = $1`,
      at,
    )
    expect(rows).toEqual([{ was_used: true, kind: 'cashier', in_three_hours: true }])
  })
})

function namesNothing(operation: Operation) {
  const ids = routeOf(operation).pathFields.map((name) => [name, freshId()])
  return { ...Object.fromEntries(ids), ...('version' in (inputSchemaOf(operation).properties ?? {}) && { version: 1 }) }
}
