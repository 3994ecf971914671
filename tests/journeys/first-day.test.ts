import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../server/platform/client.ts'
import type { Operations } from '../../server/registry.ts'
import { hire, invitationTo, signUpOwner, signUpPerson, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const inTenYears = '2036-01-01T00:00:00Z'

test('an owner opens a branch, hires a colleague and gives an integration two permissions', async () => {
  const owner = await signUpOwner(server)
  const branch = await owner.client.call('tenants.create-branch', {
    entity_id: owner.entityId,
    code: 'GARE',
    name: 'Gare de Lyon',
    time_zone: 'Europe/Paris',
  })
  expect((await owner.client.call('tenants.list-branches', {})).items.map((one) => one.code)).toEqual(['MAIN', 'GARE'])

  const renamed = await owner.client.call('tenants.update-branch', {
    id: branch.id,
    version: branch.version,
    name: 'Gare du Nord',
  })
  expect(renamed).toMatchObject({ name: 'Gare du Nord', version: 2 })

  const role = await owner.client.call('tenants.create-role', {
    name: 'onlooker',
    permissions: ['tenants.view-tenant'],
  })
  const colleague = await signUpPerson(server)
  await hire(server, owner, colleague, [role.id])
  expect((await colleague.client.call('tenants.list-tenants', {})).items).toHaveLength(1)
  expect((await colleague.client.call('tenants.get-branch', { id: branch.id })).name).toBe('Gare du Nord')
  await expect(
    colleague.client.call('tenants.update-branch', { id: branch.id, version: 2, name: 'Mine' }),
  ).rejects.toMatchObject({ problem: { status: 403, code: 'forbidden' } })

  const key = await owner.client.call('tenants.create-api-key', {
    name: 'stock sync',
    permissions: ['tenants.view-tenant', 'tenants.manage-branches'],
    expires_at: inTenYears,
  })
  const integration = createClient<Operations>({ url: server.url, headers: { authorization: `Bearer ${key.secret}` } })
  await integration.call('tenants.update-branch', { id: branch.id, version: 2, name: 'By integration' })
  await expect(integration.call('tenants.list-roles', {})).resolves.toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({ name: 'owner' }),
      expect.objectContaining({ name: 'onlooker' }),
    ]),
  })
  await expect(integration.call('tenants.list-employees', {})).rejects.toMatchObject({ problem: { code: 'forbidden' } })
  await expect(integration.call('tenants.list-tenants', {})).rejects.toMatchObject({ problem: { code: 'forbidden' } })

  const successor = { name: 'heir', permissions: ['tenants.view-tenant'], expires_at: inTenYears }
  const maker = await owner.client.call('tenants.create-api-key', {
    ...successor,
    permissions: ['tenants.manage-api-keys'],
  })
  const keyMaker = createClient<Operations>({ url: server.url, headers: { authorization: `Bearer ${maker.secret}` } })
  await expect(
    keyMaker.call('tenants.create-api-key', { ...successor, permissions: ['tenants.manage-api-keys'] }),
  ).rejects.toMatchObject({ problem: { status: 403, code: 'grants_too_much' } })

  const revoked = await owner.client.call('tenants.revoke-api-key', { id: key.id, version: key.version })
  expect(await owner.client.call('tenants.revoke-api-key', { id: key.id, version: revoked.version })).toEqual(revoked)
  await expect(integration.call('tenants.get-tenant', {})).rejects.toMatchObject({
    problem: { status: 401, code: 'unauthenticated' },
  })
})

test('what is taken away is gone at the next request', async () => {
  const owner = await signUpOwner(server)
  const colleague = await signUpPerson(server)
  const role = await owner.client.call('tenants.create-role', {
    name: 'onlooker',
    permissions: ['tenants.view-tenant'],
  })
  const employee = await hire(server, owner, colleague, [role.id])
  await colleague.client.call('tenants.get-tenant', {})

  const bare = await owner.client.call('tenants.update-employee', {
    id: employee.id,
    version: employee.version,
    role_ids: [],
  })
  await expect(colleague.client.call('tenants.get-tenant', {})).rejects.toMatchObject({
    problem: { code: 'forbidden' },
  })

  await owner.client.call('tenants.update-employee', { id: employee.id, version: bare.version, status: 'suspended' })
  await expect(colleague.client.call('tenants.get-tenant', {})).rejects.toMatchObject({
    problem: { code: 'tenant_required' },
  })
  expect((await colleague.client.call('tenants.list-tenants', {})).items).toEqual([])

  await colleague.client.call('identity.sign-out', {})
  await expect(colleague.client.call('identity.get-me', {})).rejects.toMatchObject({
    problem: { code: 'unauthenticated' },
  })
})

test('nobody grants more than they hold, and the last owner stays', async () => {
  const owner = await signUpOwner(server)
  const manager = await signUpPerson(server)
  const role = await owner.client.call('tenants.create-role', {
    name: 'deputy',
    permissions: ['tenants.manage-employees', 'tenants.manage-roles', 'tenants.manage-api-keys', 'tenants.view-tenant'],
  })
  await hire(server, owner, manager, [role.id])
  const [ownerRole] = (await owner.client.call('tenants.list-roles', {})).items
  const tooMuch = { problem: { status: 403, code: 'grants_too_much' } }

  await expect(manager.client.call('tenants.create-role', { name: 'all', permissions: ['*'] })).rejects.toMatchObject(
    tooMuch,
  )
  await expect(
    manager.client.call('tenants.create-role', { name: 'b', permissions: ['tenants.manage-branches'] }),
  ).rejects.toMatchObject(tooMuch)
  await expect(
    manager.client.call('tenants.add-employee', {
      email: 'newcomer@example.org',
      display_name: 'N',
      role_ids: [ownerRole?.id ?? ''],
    }),
  ).rejects.toMatchObject(tooMuch)
  await expect(
    manager.client.call('tenants.create-api-key', { name: 'k', permissions: ['*'], expires_at: inTenYears }),
  ).rejects.toMatchObject(tooMuch)
  await expect(
    manager.client.call('tenants.update-employee', { id: owner.employeeId, version: 1, status: 'suspended' }),
  ).rejects.toMatchObject(tooMuch)
  await expect(
    owner.client.call('tenants.update-employee', { id: owner.employeeId, version: 1, status: 'suspended' }),
  ).rejects.toMatchObject({ problem: { code: 'last_owner' } })
  await expect(
    owner.client.call('tenants.create-role', { name: 'typo', permissions: ['tenants.fly'] }),
  ).rejects.toMatchObject({ problem: { code: 'unknown_permission' } })
})

test('an invitation touches nobody until they accept it', async () => {
  const [owner, stranger] = [await signUpOwner(server), await signUpOwner(server)]
  // Without naming a tenant: there is only one, and a stranger's invitation must not change that.
  const bare = createClient<Operations>({ url: server.url, headers: { cookie: owner.cookie } })
  const { email } = owner
  const invited = await stranger.client.call('tenants.add-employee', { email, display_name: 'Prey' })
  expect(invited.status).toBe('invited')
  expect(await bare.call('tenants.get-tenant', {})).toMatchObject({ id: owner.tenantId })
  expect((await bare.call('tenants.list-tenants', {})).items).toHaveLength(1)
  const there = createClient<Operations>({
    url: server.url,
    headers: { cookie: owner.cookie, 'comptoir-tenant': stranger.tenantId },
  })
  await expect(there.call('tenants.get-tenant', {})).rejects.toMatchObject({ problem: { code: 'tenant_not_found' } })
  await expect(
    stranger.client.call('tenants.update-employee', { id: invited.id, version: invited.version, status: 'active' }),
  ).rejects.toMatchObject({ problem: { code: 'invitation_open' } })

  const token = await invitationTo(server, email)
  const accepted = await bare.call('tenants.accept-invitation', { token })
  expect(accepted).toMatchObject({ id: invited.id, status: 'active' })
  expect((await bare.call('tenants.list-tenants', {})).items).toHaveLength(2)
})
