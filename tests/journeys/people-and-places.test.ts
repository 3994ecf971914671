import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../server/platform/client.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import type { Operations } from '../../server/registry.ts'
import { forgetSessionTenants } from '../../server/tenants/index.ts'
import { waitForMail } from '../harness/mail.ts'
import { withClient } from '../harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestPerson,
  type TestServer,
  tokenIn,
} from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const problem = (code: string) => ({ problem: { code } })
const inCasablanca = { time_zone: 'Africa/Casablanca', country: 'MA', currency: 'MAD' }

/** A client that names no tenant. */
const bareClient = ({ cookie }: Pick<TestPerson, 'cookie'>) =>
  createClient<Operations>({ url: server.url, headers: { cookie } })

const roleNamed = async (client: TestClient, name: string) =>
  (await client.call('tenants.list-roles', {})).items.find((role) => role.name === name)?.id ?? ''

/** What somebody may and may not do where they are now. */
async function can(client: TestClient) {
  const attempts = {
    seeBranches: () => client.call('tenants.list-branches', {}),
    seeStaff: () => client.call('tenants.list-employees', {}),
    makeRoles: () => client.call('tenants.create-role', { name: uuidv7(), permissions: ['tenants.view-tenant'] }),
  }
  const may: Record<string, boolean> = {}
  for (const [what, attempt] of Object.entries(attempts)) {
    may[what] = await attempt().then(
      () => true,
      (error) => {
        expect(error).toMatchObject(problem('forbidden'))
        return false
      },
    )
  }
  return may
}

test('one person owns a restaurant and a shop, is a cashier in a third tenant, and switches between them', async () => {
  const person = await signUpPerson(server)
  const here = bareClient(person)
  const make = (legal_name: string, business_type: 'restaurant' | 'retail') =>
    here.call('tenants.create-tenant', { legal_name, business_type, ...inCasablanca })
  const restaurant = await make('Chez Amina', 'restaurant')
  const shop = await make('Amina Textiles', 'retail')

  const pharmacy = await signUpOwner(server)
  const { email } = person
  await pharmacy.client.call('tenants.add-employee', {
    email,
    display_name: 'Amina at the till',
    role_ids: [await roleNamed(pharmacy.client, 'cashier')],
  })
  expect((await here.call('tenants.list-tenants', {})).items).toHaveLength(2)
  const worker = await server.product.startJobs()
  const letter = await waitForMail(server, email, 'invites you to').finally(() => worker.stop())
  await here.call('tenants.accept-invitation', { token: tokenIn(letter.text) })
  expect((await here.call('tenants.list-tenants', {})).items.map(({ id }) => id).toSorted()).toEqual(
    [restaurant.id, shop.id, pharmacy.tenantId].toSorted(),
  )
  await expect(here.call('tenants.get-tenant', {})).rejects.toMatchObject(problem('tenant_required'))

  const everything = { seeBranches: true, seeStaff: true, makeRoles: true }
  const places: [tenantId: string, role: string, may: object, branch: string][] = [
    [restaurant.id, 'owner', everything, 'Chez Amina'],
    [pharmacy.tenantId, 'cashier', { seeBranches: true, seeStaff: false, makeRoles: false }, ''],
    [shop.id, 'owner', everything, 'Amina Textiles'],
  ]
  for (const [tenantId, role, may, branch] of places) {
    const switched = await here.call('tenants.switch-tenant', { tenant_id: tenantId })
    expect(switched).toMatchObject({ tenant: { id: tenantId }, employee: { user_id: person.userId, status: 'active' } })
    expect(switched.roles.map(({ name }) => name)).toEqual([role])
    expect(switched).toEqual(await here.call('tenants.get-workplace', {}))
    expect(await can(here)).toEqual(may)
    const branches = (await here.call('tenants.list-branches', {})).items.map(({ name }) => name)
    if (branch) expect(branches).toEqual([branch])
    else expect(branches).not.toContain('Chez Amina')
  }
  // A request may still name another one, and an id of one place is nothing in the others.
  expect(await clientIn(server, person, restaurant.id).call('tenants.get-tenant', {})).toMatchObject({
    legal_name: 'Chez Amina',
  })
  expect(await here.call('tenants.get-tenant', {})).toMatchObject({ legal_name: 'Amina Textiles' })
  await expect(here.call('tenants.get-branch', { id: restaurant.branch_id })).rejects.toMatchObject(
    problem('not_found'),
  )
})

describe('switching', () => {
  test('is of one session: another device of the same person stays where it is', async () => {
    const person = await signUpOwner(server)
    const second = await bareClient(person).call('tenants.create-tenant', { legal_name: 'Second', ...inCasablanca })
    const { headers } = await bareClient(person).request('identity.sign-in', {
      email: person.email,
      password: person.password,
    })
    const phone = bareClient({ cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '' })
    await bareClient(person).call('tenants.switch-tenant', { tenant_id: second.id })
    await phone.call('tenants.switch-tenant', { tenant_id: person.tenantId })
    expect(await bareClient(person).call('tenants.get-tenant', {})).toMatchObject({ id: second.id })
    expect(await phone.call('tenants.get-tenant', {})).toMatchObject({ id: person.tenantId })
  })

  test('goes nowhere one has no place, and says the same of a tenant that does not exist', async () => {
    const [person, stranger] = [await signUpOwner(server), await signUpOwner(server)]
    for (const tenant_id of [stranger.tenantId, uuidv7()]) {
      await expect(bareClient(person).call('tenants.switch-tenant', { tenant_id })).rejects.toMatchObject({
        problem: { status: 404, code: 'tenant_not_found', detail: 'You have no place in that tenant' },
      })
    }
    expect(await bareClient(person).call('tenants.get-tenant', {})).toMatchObject({ id: person.tenantId })
  })

  test('is forgotten once the session is over, and not before', async () => {
    const [stays, goes] = [await signUpOwner(server), await signUpOwner(server)]
    const switched = () =>
      withClient(server.database.superuserUrl, async (client) => {
        const tenants = [stays.tenantId, goes.tenantId]
        const { rows } = await client.query(
          'SELECT tenant_id AS id FROM tenants.session_tenant WHERE tenant_id = ANY ($1)',
          [tenants],
        )
        return rows.map(({ id }) => id)
      })
    for (const { client, tenantId } of [stays, goes])
      await client.call('tenants.switch-tenant', { tenant_id: tenantId })
    await goes.client.call('identity.sign-out', {})
    expect(await switched()).toHaveLength(2)
    await server.product.runJob(forgetSessionTenants, {})
    expect(await switched()).toEqual([stays.tenantId])
  })

  test('a place that was lost leaves the session in none, not in another one', async () => {
    const [person, boss] = [await signUpOwner(server), await signUpOwner(server)]
    const place = await hire(server, boss, person, [await roleNamed(boss.client, 'cashier')])
    const here = bareClient(person)
    await here.call('tenants.switch-tenant', { tenant_id: boss.tenantId })
    const { id, version } = place
    const suspended = await boss.client.call('tenants.update-employee', { id, version, status: 'suspended' })
    await expect(here.call('tenants.list-branches', {})).rejects.toMatchObject(problem('tenant_required'))
    const back = await boss.client.call('tenants.update-employee', {
      id,
      version: suspended.version,
      status: 'active',
    })
    await here.call('tenants.list-branches', {})
    await boss.client.call('tenants.remove-employee', { id, version: back.version })
    await expect(here.call('tenants.list-branches', {})).rejects.toMatchObject(problem('tenant_required'))
    await expect(here.call('tenants.switch-tenant', { tenant_id: boss.tenantId })).rejects.toMatchObject(
      problem('tenant_not_found'),
    )
    await here.call('tenants.switch-tenant', { tenant_id: person.tenantId })
    await here.call('tenants.list-branches', {})
  })
})

test('who signed up and lost the connection signs in again, and makes the tenant once with the same id', async () => {
  const person = await signUpPerson(server)
  const id = uuidv7()
  const tenant = { id, legal_name: 'Made once', ...inCasablanca }
  const first = await person.client.call('tenants.create-tenant', tenant)
  const { headers } = await person.client.request('identity.sign-in', {
    email: person.email,
    password: person.password,
  })
  const again = bareClient({ cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '' })
  expect(await again.call('tenants.create-tenant', tenant)).toEqual(first)
  expect((await again.call('tenants.list-tenants', {})).items).toMatchObject([{ id, legal_name: 'Made once' }])
  const both = await Promise.all([again, person.client].map((one) => one.call('tenants.create-tenant', tenant)))
  expect(both).toEqual([first, first])
})

test('an API key does what its two permissions say, in its tenant, and nothing else', async () => {
  const owner = await signUpOwner(server)
  const { secret } = await owner.client.call('tenants.create-api-key', {
    name: 'stock sync',
    permissions: ['tenants.view-tenant', 'tenants.manage-branches'],
    expires_at: '2036-01-01T00:00:00Z',
  })
  const program = createClient<Operations>({ url: server.url, headers: { authorization: `Bearer ${secret}` } })
  const { id, version } = await program.call('tenants.get-branch', { id: owner.branchId })
  await program.call('tenants.update-branch', { id, version, name: 'By a program' })
  const { permissions } = await program.call('tenants.get-workplace', {})
  expect(permissions).toEqual(['tenants.manage-branches', 'tenants.view-tenant'])
  const beyond = [
    () => program.call('tenants.list-employees', {}),
    () => program.call('tenants.create-role', { name: 'more', permissions: ['tenants.view-tenant'] }),
    () => program.call('tenants.switch-tenant', { tenant_id: owner.tenantId }),
    () => program.call('tenants.leave-tenant', {}),
  ]
  for (const attempt of beyond) await expect(attempt()).rejects.toMatchObject(problem('forbidden'))
})

test('an employee scoped to one branch works there, chooses a default in their part only, and invites nobody wider', async () => {
  const owner = await signUpOwner(server)
  const other = await owner.client.call('tenants.create-entity', {
    legal_name: 'Other',
    country: 'FR',
    currency: 'EUR',
  })
  const branch = await owner.client.call('tenants.create-branch', {
    entity_id: other.id,
    code: 'NORD',
    name: 'Nord',
    time_zone: 'Europe/Paris',
  })
  const local = await signUpPerson(server)
  const scope = { branch_ids: [branch.id] }
  await hire(server, owner, local, [await roleNamed(owner.client, 'manager')], scope)
  const here = bareClient(local)
  expect((await here.call('tenants.list-branches', {})).items.map(({ name }) => name)).toEqual(['Nord'])
  await expect(here.call('tenants.get-branch', { id: owner.branchId })).rejects.toMatchObject(problem('not_found'))
  await expect(here.call('tenants.update-my-preferences', { default_entity_id: owner.entityId })).rejects.toMatchObject(
    problem('entity_not_found'),
  )
  const preferred = { default_entity_id: other.id }
  expect(await here.call('tenants.update-my-preferences', preferred)).toMatchObject(preferred)
  const cashier = { role_ids: [await roleNamed(owner.client, 'cashier')], display_name: 'Cashier' }
  await expect(here.call('tenants.add-employee', { ...cashier, email: 'wider@example.org' })).rejects.toMatchObject(
    problem('grants_too_much'),
  )
  const invited = await here.call('tenants.add-employee', { ...cashier, email: 'local@example.org', scope })
  expect(invited).toMatchObject({ status: 'invited', scope })
  await expect(here.call('tenants.remove-employee', { id: owner.employeeId, version: 1 })).rejects.toMatchObject(
    problem('not_found'),
  )
})

test('managers say of a place what they like, and an employee says what they prefer', async () => {
  const owner = await signUpOwner(server)
  const person = await signUpPerson(server)
  const { id, version } = await hire(server, owner, person)
  const set = await owner.client.call('tenants.update-employee', {
    id,
    version,
    department: 'Front of house',
    default_entity_id: owner.entityId,
    preferred_currency: 'EUR',
    preferred_locale: 'fr-FR',
  })
  expect(set).toMatchObject({ department: 'Front of house', default_entity_id: owner.entityId })
  const mine = await person.client.call('tenants.update-my-preferences', {
    preferred_currency: 'MAD',
    preferred_locale: null,
  })
  expect(mine).toMatchObject({ department: 'Front of house', preferred_currency: 'MAD', preferred_locale: null })
  for (const [wrong, code] of [
    [{ preferred_currency: 'ZZZ' }, 'unknown_currency'],
    [{ default_entity_id: uuidv7() }, 'entity_not_found'],
    [{ department: 'Boss' }, 'invalid_input'],
  ] as const) {
    await expect(person.client.request('tenants.update-my-preferences', wrong)).rejects.toMatchObject(problem(code))
  }
})

test('employees are found by a part of their name or of the address invited, and by whether their place is open', async () => {
  const owner = await signUpOwner(server)
  const { client } = owner
  await client.call('tenants.add-employee', { email: 'leila_100-off@example.org', display_name: 'Leïla Bennani' })
  const found = async (filter: { search?: string; status?: 'active' | 'invited' }) =>
    (await client.call('tenants.list-employees', filter)).items.map(({ display_name }) => display_name)
  expect(await found({ search: 'LEÏLA' })).toEqual(['Leïla Bennani'])
  expect(await found({ search: 'LEILA_100-OFF@' })).toEqual(['Leïla Bennani'])
  expect(await found({ search: 'leila%off' })).toEqual([])
  expect(await found({ status: 'invited' })).toEqual(['Leïla Bennani'])
  expect(await found({ status: 'active', search: 'bennani' })).toEqual([])
  expect(await found({})).toHaveLength(2)
})

test('the last owner cannot leave, and a role that grants what its giver lacks is refused', async () => {
  const owner = await signUpOwner(server)
  const deputy = await signUpPerson(server)
  const { client } = owner
  const role = await client.call('tenants.create-role', {
    name: 'deputy',
    permissions: ['tenants.manage-employees', 'tenants.manage-roles', 'tenants.view-tenant'],
  })
  await hire(server, owner, deputy, [role.id])
  await expect(client.call('tenants.leave-tenant', {})).rejects.toMatchObject(problem('last_owner'))
  const here = bareClient(deputy)
  const tooMuch = problem('grants_too_much')
  for (const permissions of [['*'], ['tenants.manage-api-keys']]) {
    await expect(here.call('tenants.create-role', { name: 'more', permissions })).rejects.toMatchObject(tooMuch)
  }
  const boss = { email: 'boss@example.org', display_name: 'Boss', role_ids: [await roleNamed(client, 'owner')] }
  await expect(here.call('tenants.add-employee', boss)).rejects.toMatchObject(tooMuch)

  const partner = await signUpPerson(server)
  await hire(server, owner, partner, boss.role_ids)
  await client.call('tenants.leave-tenant', {})
  await expect(bareClient(partner).call('tenants.leave-tenant', {})).rejects.toMatchObject(problem('last_owner'))
})
