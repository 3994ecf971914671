import { afterAll, beforeAll, expect, test } from 'vitest'
import { nobody, uuidv7 } from '../../server/platform/identifiers.ts'
import { loadPresets, rolePresets } from '../../server/role-presets.ts'
import { withClient } from '../harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestServer,
} from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const roleOf = async (client: TestClient, name: string) => {
  const { items } = await client.call('tenants.list-roles', {})
  return items.find((role) => role.name === name) ?? expect.unreachable(`there is no role ${name}`)
}
const problem = (code: string) => ({ problem: { code } })
const place = { time_zone: 'Africa/Casablanca', country: 'MA', currency: 'MAD' }

test('each business type begins with its ready-made roles; another type brings those that are missing', async () => {
  const person = await signUpPerson(server)
  for (const type of new Set(rolePresets.flatMap((preset) => preset.business_types))) {
    const tenant = await person.client.call('tenants.create-tenant', {
      ...place,
      legal_name: type,
      business_type: type,
    })
    const client = clientIn(server, person, tenant.id)
    const { items } = await client.call('tenants.list-roles', {})
    const expected = rolePresets.filter((preset) => preset.business_types.includes(type))
    expect(items.map(({ name, preset, permissions }) => ({ name, preset, permissions }))).toEqual(
      expected.map(({ name, permissions }) => ({ name, preset: name, permissions })),
    )
  }
  const [pharmacy] = (await person.client.call('tenants.list-tenants', {})).items
  const client = clientIn(server, person, pharmacy?.id ?? '')
  await client.call('tenants.update-tenant', { version: 1, business_type: 'restaurant' })
  const names = (await client.call('tenants.list-roles', {})).items.map(({ name }) => name)
  expect(names.toSorted()).toEqual(
    ['owner', 'manager', 'pharmacist', 'cashier', 'accountant', 'auditor', 'waiter', 'kitchen'].toSorted(),
  )
})

test('a ready-made role follows a new version at the next request, until somebody edits it', async () => {
  const owner = await signUpOwner(server)
  const roles = (await owner.client.call('tenants.list-roles', {})).items
  const [cashier, manager] = ['cashier', 'manager'].map((name) => roles.find((role) => role.name === name))
  const people = [await signUpPerson(server), await signUpPerson(server)] as const
  await hire(server, owner, people[0], [cashier?.id ?? ''])
  await hire(server, owner, people[1], [manager?.id ?? ''])
  const edited = await owner.client.call('tenants.update-role', {
    id: manager?.id ?? '',
    version: 1,
    permissions: ['tenants.view-tenant'],
  })
  expect(edited).toMatchObject({ name: 'manager', preset: null, permissions: ['tenants.view-tenant'] })

  const audits = (person: (typeof people)[number]) => person.client.call('audit.list-entries', {})
  await expect(audits(people[0])).rejects.toMatchObject(problem('forbidden'))
  const load = (presets: typeof rolePresets) =>
    withClient(server.database.ownerUrl, (client) => loadPresets(client, presets))
  await load(rolePresets.map((preset) => ({ ...preset, permissions: [...preset.permissions, 'audit.view-entries'] })))
  await audits(people[0])
  await expect(audits(people[1])).rejects.toMatchObject(problem('forbidden'))
  await load(rolePresets)
  await expect(audits(people[0])).rejects.toMatchObject(problem('forbidden'))
})

test('what changes of the ready-made roles is in the platform’s chain, with what they held and hold, and nothing else is', async () => {
  const entries = async () => {
    const { rows } = await withClient(server.database.superuserUrl, (client) =>
      client.query(
        `SELECT resource_id AS id, severity, body::jsonb -> 'old_values' AS old, body::jsonb -> 'new_values' AS new
         FROM audit.entry WHERE event = 'platform.load-role-presets' AND resource_type = 'role_preset' AND tenant_id = $1
         ORDER BY seq`,
        [nobody],
      ),
    )
    return rows
  }
  const load = (presets: typeof rolePresets) =>
    withClient(server.database.ownerUrl, (client) => loadPresets(client, presets))
  const start = await entries()
  expect(start.slice(0, rolePresets.length)).toMatchObject(
    rolePresets.map(({ name, permissions }) => ({ id: name, severity: 'notice', old: null, new: { permissions } })),
  )
  expect(await load(rolePresets)).toEqual([])
  expect(await entries()).toEqual(start)

  const wider = (name: string, permissions: readonly string[]) =>
    name === 'waiter' ? [...permissions, 'audit.view-entries'] : permissions
  const changed = rolePresets.map((preset) => ({ ...preset, permissions: wider(preset.name, preset.permissions) }))
  expect(await load(changed)).toEqual(['waiter'])
  expect(await load(changed)).toEqual([])
  expect(await load(rolePresets)).toEqual(['waiter'])
  const { permissions = [] } = rolePresets.find(({ name }) => name === 'waiter') ?? {}
  const [narrow, wide] = [{ permissions }, { permissions: wider('waiter', permissions) }]
  expect((await entries()).slice(start.length)).toMatchObject([
    { id: 'waiter', old: narrow, new: wide },
    { id: 'waiter', old: wide, new: narrow },
  ])
})

test('an edited role follows its ready-made role again once it is reset, whatever it is called by then', async () => {
  const { client } = await signUpOwner(server)
  const role = await roleOf(client, 'cashier')
  const edited = await client.call('tenants.update-role', {
    ...{ id: role.id, version: role.version },
    name: 'caissier',
    permissions: ['tenants.view-tenant', 'tenants.manage-tenant'],
  })
  expect(edited).toMatchObject({ preset: null, made_from: 'cashier' })
  const stale = client.call('tenants.reset-role', { id: role.id, version: role.version })
  await expect(stale).rejects.toMatchObject(problem('version_conflict'))
  const reset = await client.call('tenants.reset-role', { id: role.id, version: edited.version })
  expect(reset).toMatchObject({ name: 'caissier', preset: 'cashier', permissions: role.permissions, version: 3 })
  const { items } = await client.call('audit.list-resource-history', { resource_type: 'role', resource_id: role.id })
  expect(items.at(-1)).toMatchObject({
    event: 'tenants.reset-role',
    severity: 'notice',
    old_values: { preset: null, permissions: edited.permissions },
    new_values: { preset: 'cashier', permissions: role.permissions },
  })

  const own = await client.call('tenants.create-role', { name: 'own', permissions: ['tenants.view-tenant'] })
  expect(own.made_from).toBeNull()
  const refused = client.call('tenants.reset-role', { id: own.id, version: own.version })
  await expect(refused).rejects.toMatchObject(problem('role_not_ready_made'))
  await expect(client.call('tenants.reset-role', { id: uuidv7(), version: 1 })).rejects.toMatchObject(
    problem('not_found'),
  )
})

test('a role is reset by nobody who does not hold what it then grants, and the last owner stays one', async () => {
  const { client } = await signUpOwner(server)
  const owner = await signUpOwner(server)
  const manager = await roleOf(owner.client, 'manager')
  const narrow = await owner.client.call('tenants.update-role', {
    ...{ id: manager.id, version: manager.version },
    permissions: ['tenants.view-tenant'],
  })
  const keeper = await owner.client.call('tenants.create-role', {
    name: 'keeper of roles',
    permissions: ['tenants.view-tenant', 'tenants.manage-roles'],
  })
  const person = await signUpPerson(server)
  await hire(server, owner, person, [keeper.id])
  const asKeeper = clientIn(server, person, owner.tenantId)
  const back = { id: manager.id, version: narrow.version }
  await expect(asKeeper.call('tenants.reset-role', back)).rejects.toMatchObject(problem('grants_too_much'))
  await owner.client.call('tenants.reset-role', back)

  // Of the second tenant: all hang on one role that began as the cashier's.
  const cashier = await roleOf(client, 'cashier')
  const raised = await client.call('tenants.update-role', {
    ...{ id: cashier.id, version: cashier.version },
    permissions: ['*'],
  })
  const { items } = await client.call('tenants.list-employees', {})
  const { id, version } = items[0] ?? { id: '', version: 0 }
  await client.call('tenants.update-employee', { id, version, role_ids: [cashier.id] })
  const lower = client.call('tenants.reset-role', { id: cashier.id, version: raised.version })
  await expect(lower).rejects.toMatchObject(problem('last_owner'))
})

test('a ready-made role is given by nobody who does not hold what it grants', async () => {
  const owner = await signUpOwner(server)
  const roles = new Map((await owner.client.call('tenants.list-roles', {})).items.map(({ name, id }) => [name, id]))
  const manager = await signUpPerson(server)
  await hire(server, owner, manager, [roles.get('manager') ?? ''])
  const give = async (role: string) =>
    manager.client.call('tenants.add-employee', {
      email: `${role}@example.org`,
      display_name: role,
      role_ids: [roles.get(role) ?? ''],
    })
  await give('cashier')
  for (const role of ['owner', 'admin', 'accountant']) {
    await expect(give(role)).rejects.toMatchObject(problem('grants_too_much'))
  }
})

test('a feature switched off hides its operations and permissions, while the books are kept', async () => {
  const { client, entityId } = await signUpOwner(server)
  const role = await client.call('tenants.create-role', {
    name: 'bookkeeper',
    permissions: ['tenants.view-tenant', 'ledger.view-books'],
  })
  const key = await client.call('tenants.create-api-key', {
    name: 'bookkeeper',
    permissions: ['tenants.view-tenant', 'ledger.view-books'],
    expires_at: '2036-01-01T00:00:00Z',
  })
  const before = await client.call('tenants.get-workplace', {})
  expect(before.permissions).toContain('ledger.view-books')
  const { version } = await client.call('tenants.list-features', {})
  const features = await client.call('tenants.set-features', { version, features: ['tax'] })
  expect(features.items.map(({ name, is_on }) => [name, is_on])).toContainEqual(['ledger', false])

  await expect(client.call('ledger.get-books', { id: entityId })).rejects.toMatchObject({
    problem: { status: 404, code: 'not_found' },
  })
  await expect(client.request('ledger.post-journal', {})).rejects.toMatchObject(problem('not_found'))
  const after = await client.call('tenants.get-workplace', {})
  const isOfTheLedger = (name: string) => name.startsWith('ledger.')
  expect(after.permissions).toEqual(before.permissions.filter((name) => !isOfTheLedger(name)))
  expect(after.operations).toEqual(before.operations.filter((name) => !isOfTheLedger(name)))
  expect(after.features).toEqual(['tax'])

  expect(await client.call('tenants.get-role', { id: role.id })).toMatchObject({ permissions: ['tenants.view-tenant'] })
  const shown = { id: key.id, permissions: ['tenants.view-tenant'] }
  expect((await client.call('tenants.list-api-keys', {})).items).toMatchObject([shown])
  expect(await client.call('tenants.revoke-api-key', { id: key.id, version: key.version })).toMatchObject(shown)
  for (const permissions of [['ledger.view-books'], ['ledger.fly']]) {
    const grant = { name: permissions[0] ?? '', permissions }
    await expect(client.call('tenants.create-role', grant)).rejects.toMatchObject(problem('unknown_permission'))
    await expect(
      client.call('tenants.create-api-key', { ...grant, expires_at: '2036-01-01T00:00:00Z' }),
    ).rejects.toMatchObject(problem('unknown_permission'))
  }
  // Who edits the role does not see what the feature grants, and does not take it away.
  const permissions = ['tenants.view-tenant', 'tenants.manage-branches']
  await client.call('tenants.update-role', { id: role.id, version: 1, permissions })
  const second = await client.call('tenants.create-entity', { legal_name: 'Two', country: 'FR', currency: 'EUR' })

  await client.call('tenants.set-features', { version: features.version, features: ['ledger', 'tax'] })
  await client.call('ledger.get-books', { id: second.id })
  expect((await client.call('tenants.get-role', { id: role.id })).permissions).toEqual([
    ...permissions,
    'ledger.view-books',
  ])
  const { items } = await client.call('audit.list-entries', { limit: 200 })
  const switched = items.filter(({ event }) => event === 'tenants.set-features').toReversed()
  expect(switched).toMatchObject([
    { severity: 'notice', old_values: { features: ['ledger', 'tax'] }, new_values: { features: ['tax'] } },
    { severity: 'notice', old_values: { features: ['tax'] }, new_values: { features: ['ledger', 'tax'] } },
  ])
  expect(JSON.stringify(items)).not.toContain('(undescribed)')
  await expect(client.request('tenants.set-features', { version: 9, features: ['tenants'] })).rejects.toMatchObject(
    problem('invalid_input'),
  )
})

test('two roles have no names that differ in capitals or in the width of letters only', async () => {
  const { client } = await signUpOwner(server)
  const permissions = ['tenants.view-tenant']
  for (const name of ['Cashier', 'OWNER', 'ｏｗｎｅｒ', 'Ｏwner', '𝗼𝘄𝗻𝗲𝗿']) {
    await expect(client.call('tenants.create-role', { name, permissions })).rejects.toMatchObject({
      problem: { status: 409, code: 'role_name_taken' },
    })
  }
  const { id, version } = await client.call('tenants.create-role', { name: 'Straße', permissions })
  const renamed = client.call('tenants.update-role', { id, version, name: 'Manager' })
  await expect(renamed).rejects.toMatchObject(problem('role_name_taken'))
  await client.call('tenants.update-role', { id, version, name: 'STRASSE' })
  // What a business type brings passes over a role that somebody called so already.
  await client.call('tenants.create-role', { name: 'Waiter', permissions })
  const tenant = await client.call('tenants.get-tenant', {})
  await client.call('tenants.update-tenant', { version: tenant.version, business_type: 'restaurant' })
  const names = (await client.call('tenants.list-roles', {})).items.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['Waiter', 'kitchen']))
  expect(names).not.toContain('waiter')
  await client.call('tenants.create-role', { name: 'pharmaci\u017ft', permissions })
  await client.call('tenants.update-tenant', { version: tenant.version + 1, business_type: 'pharmacy' })
  const last = (await client.call('tenants.list-roles', {})).items.map(({ name }) => name)
  expect(last).toContain('pharmaci\u017ft')
  expect(last).not.toContain('pharmacist')
})

test('a domain belongs to one tenant of the installation, until it lets go', async () => {
  const [one, two] = [await signUpOwner(server), await signUpOwner(server)]
  const name = (owner: typeof one, version: number, domain: string | null) =>
    owner.client.call('tenants.update-tenant', { version, domain })
  expect(await name(one, 1, 'Shop.Example.ORG')).toMatchObject({ domain: 'shop.example.org' })
  await expect(name(two, 1, 'shop.example.org')).rejects.toMatchObject({
    problem: { status: 409, code: 'domain_taken' },
  })
  for (const bad of [
    'shop',
    '127.0.0.1',
    'shоp.example.org',
    '-a.example.org',
    'a..org',
    'https://a.org',
    ' a.org',
    '',
  ]) {
    await expect(name(two, 1, bad), bad).rejects.toMatchObject(problem('invalid_input'))
  }
  await name(two, 1, 'xn--caf-dma.example.org')
  await name(one, 2, 'other.example.org')
  await name(two, 2, 'shop.example.org')
  const both = await Promise.allSettled([name(one, 3, 'race.example.org'), name(two, 3, 'race.example.org')])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('how long data is kept has sane bounds', async () => {
  const { client } = await signUpOwner(server)
  expect(await client.call('tenants.get-tenant', {})).toMatchObject({
    business_type: 'retail',
    retention_financial_years: 10,
    retention_audit_years: 10,
    anonymisation_days: 365,
  })
  for (const bad of [{ retention_audit_years: 0 }, { retention_financial_years: 101 }, { anonymisation_days: 1 }]) {
    await expect(client.call('tenants.update-tenant', { version: 1, ...bad })).rejects.toMatchObject(
      problem('invalid_input'),
    )
  }
  await client.call('tenants.update-tenant', { version: 1, anonymisation_days: 730 })
})

test('a legal entity that is not active opens no more branches', async () => {
  const { client, entityId } = await signUpOwner(server)
  const entity = { id: entityId, version: 1, is_active: false, address: '1 rue du Port' }
  expect(await client.call('tenants.update-entity', entity)).toMatchObject({
    is_active: false,
    address: '1 rue du Port',
  })
  const branch = { entity_id: entityId, code: 'NEW', name: 'New', time_zone: 'UTC' }
  await expect(client.call('tenants.create-branch', branch)).rejects.toMatchObject(problem('entity_inactive'))
})
