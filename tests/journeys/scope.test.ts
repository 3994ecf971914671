import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../server/platform/client.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import type { Operations } from '../../server/registry.ts'
import { withClient } from '../harness/postgres.ts'
import { hire, signUpOwner, signUpPerson, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

interface Scope {
  entity_ids: string[]
  region_ids: string[]
  branch_ids: string[]
}
const nowhere: Scope = { entity_ids: [], region_ids: [], branch_ids: [] }
const problem = (code: string) => ({ problem: { code } })

/** Two legal entities with two branches each; one branch of each lies in the region of the north. */
async function makeChain() {
  const owner = await signUpOwner(server)
  const { client } = owner
  const north = await client.call('tenants.create-region', { code: 'NORTH', name: 'The north' })
  const other = await client.call('tenants.create-entity', { legal_name: 'Two', country: 'MA', currency: 'MAD' })
  const open = async (entity_id: string, code: string, region_id?: string) => {
    const branch = { entity_id, code, name: code, time_zone: 'Europe/Paris', ...(region_id ? { region_id } : {}) }
    return (await client.call('tenants.create-branch', branch)).id
  }
  return {
    owner,
    other: other.id,
    north: north.id,
    lille: await open(owner.entityId, 'LILLE', north.id),
    tanger: await open(other.id, 'TANGER', north.id),
    agadir: await open(other.id, 'AGADIR'),
  }
}

async function hireAs(owner: TestOwner, role: string, scope: Scope | null) {
  const person = await signUpPerson(server)
  const { items } = await owner.client.call('tenants.list-roles', {})
  const roleId = items.find(({ name }) => name === role)?.id ?? ''
  const employee = await hire(server, owner, person, [roleId], scope)
  return { ...person, employee }
}

test('an employee scoped to one branch works there, and finds nothing of the rest', async () => {
  const { owner, other, lille, agadir } = await makeChain()
  const { client, employee } = await hireAs(owner, 'manager', { ...nowhere, branch_ids: [lille] })
  expect(employee.scope).toEqual({ ...nowhere, branch_ids: [lille] })

  expect((await client.call('tenants.list-branches', {})).items.map(({ id }) => id)).toEqual([lille])
  await client.call('tenants.update-branch', { id: lille, version: 1, phone: '+33 3 20 00 00 00' })
  await expect(client.call('tenants.update-branch', { id: agadir, version: 1, phone: '1' })).rejects.toMatchObject({
    problem: { status: 404, code: 'not_found' },
  })

  // The legal entity of the branch is no secret; its books are.
  expect((await client.call('tenants.list-entities', {})).items.map(({ id }) => id)).toEqual([owner.entityId])
  await client.call('tenants.get-entity', { id: owner.entityId })
  await expect(client.call('tenants.get-entity', { id: other })).rejects.toMatchObject(problem('not_found'))
  await expect(client.call('ledger.get-books', { id: owner.entityId })).rejects.toMatchObject(problem('not_found'))
  const opening = { entity_id: owner.entityId, code: 'NEW', name: 'New', time_zone: 'UTC' }
  await expect(client.call('tenants.create-branch', opening)).rejects.toMatchObject(problem('entity_not_found'))

  await expect(client.call('tenants.create-region', { code: 'S', name: 'South' })).rejects.toMatchObject({
    problem: { status: 403, code: 'out_of_scope' },
  })
  const move = { id: lille, version: 2, region_id: null }
  await expect(client.call('tenants.update-branch', move)).rejects.toMatchObject(problem('out_of_scope'))
  const workplace = await client.call('tenants.get-workplace', {})
  expect(workplace.employee.scope).toEqual(employee.scope)
  expect(workplace.operations).toContain('tenants.update-branch')
  expect(workplace.operations).not.toContain('tenants.create-region')
})

test('who is scoped manages those whose part lies within theirs, and gives no more than that', async () => {
  const { owner, north, lille, tanger, agadir } = await makeChain()
  const local = await hireAs(owner, 'cashier', { ...nowhere, branch_ids: [lille] })
  const beyond = await hireAs(owner, 'cashier', { ...nowhere, branch_ids: [agadir] })
  const { client } = await hireAs(owner, 'manager', { ...nowhere, region_ids: [north] })

  const seen = (await client.call('tenants.list-employees', {})).items.map(({ id }) => id)
  expect(seen).toContain(local.employee.id)
  expect(seen).not.toContain(beyond.employee.id)
  expect(seen).not.toContain(owner.employeeId)
  const suspend = (id: string, version: number) =>
    client.call('tenants.update-employee', { id, version, status: 'suspended' })
  await expect(suspend(beyond.employee.id, 2)).rejects.toMatchObject(problem('not_found'))
  await expect(suspend(owner.employeeId, 1)).rejects.toMatchObject(problem('not_found'))

  const { id, version } = local.employee
  const confine = (scope: Scope | null) => client.call('tenants.update-employee', { id, version, scope })
  for (const wider of [null, { ...nowhere, branch_ids: [agadir] }, { ...nowhere, entity_ids: [owner.entityId] }]) {
    await expect(confine(wider)).rejects.toMatchObject({ problem: { status: 403, code: 'grants_too_much' } })
  }
  expect(await confine({ ...nowhere, branch_ids: [tanger] })).toMatchObject({ scope: { branch_ids: [tanger] } })
  expect((await local.client.call('tenants.list-branches', {})).items.map((branch) => branch.id)).toEqual([tanger])
  const newcomer = { email: 'newcomer@example.org', display_name: 'New' }
  await expect(client.call('tenants.add-employee', newcomer)).rejects.toMatchObject(problem('grants_too_much'))
  await client.call('tenants.add-employee', { ...newcomer, scope: { ...nowhere, region_ids: [north] } })
})

test('a region gives its branches of every legal entity, a branch that leaves it is gone at the next request', async () => {
  const { owner, north, lille, tanger } = await makeChain()
  const { client } = await hireAs(owner, 'manager', { ...nowhere, region_ids: [north] })
  expect((await client.call('tenants.list-branches', {})).items.map(({ id }) => id)).toEqual([lille, tanger])
  expect((await client.call('tenants.list-entities', {})).items).toHaveLength(2)
  await owner.client.call('tenants.update-branch', { id: tanger, version: 1, region_id: null })
  expect((await client.call('tenants.list-branches', {})).items.map(({ id }) => id)).toEqual([lille])
  expect((await client.call('tenants.list-entities', {})).items).toHaveLength(1)
})

test('a region is seen by whoever works in the tenant, and is nothing to others', async () => {
  const { owner, north, agadir } = await makeChain()
  const { client } = await hireAs(owner, 'cashier', { ...nowhere, branch_ids: [agadir] })
  expect(await client.call('tenants.get-region', { id: north })).toMatchObject({ code: 'NORTH', name: 'The north' })
  const stranger = await signUpOwner(server)
  await expect(stranger.client.call('tenants.get-region', { id: north })).rejects.toMatchObject(problem('not_found'))
})

test('a branch that is removed leaves its employees with nothing, not with everything', async () => {
  const { owner, lille } = await makeChain()
  const { client } = await hireAs(owner, 'manager', { ...nowhere, branch_ids: [lille] })
  await withClient(server.database.superuserUrl, (db) =>
    db.query('UPDATE tenants.branch SET deleted_at = now() WHERE tenant_id = $1 AND id = $2', [owner.tenantId, lille]),
  )
  expect((await client.call('tenants.list-branches', {})).items).toEqual([])
  expect((await client.call('tenants.list-entities', {})).items).toEqual([])
  await expect(client.call('tenants.create-region', { code: 'S', name: 'South' })).rejects.toMatchObject(
    problem('out_of_scope'),
  )
})

test('an accountant of one legal entity posts in its books only, and learns nothing of accounts elsewhere', async () => {
  const { owner, other } = await makeChain()
  const accountsOf = async (entity_id: string) =>
    (await owner.client.call('ledger.list-accounts', { entity_id, limit: 2 })).items.map(({ id }) => id)
  const [ours, theirs] = [await accountsOf(owner.entityId), await accountsOf(other)]
  const { client } = await hireAs(owner, 'accountant', { ...nowhere, entity_ids: [owner.entityId] })
  const post = (entity_id: string, accounts: readonly string[]) =>
    client.call('ledger.post-journal', {
      entity_id,
      document_type: 'note',
      document_on: '2026-02-03',
      lines: accounts.map((account_id, at) => ({ account_id, amount: at === 0 ? '5' : '-5' })),
    })
  await post(owner.entityId, ours)
  for (const entityId of [other, uuidv7()]) {
    await expect(post(entityId, theirs)).rejects.toMatchObject(problem('books_not_found'))
  }
  for (const account of [theirs[0] ?? '', uuidv7()]) {
    await expect(post(owner.entityId, [ours[0] ?? '', account])).rejects.toMatchObject(problem('account_not_found'))
  }
  const inTheirs = await owner.client.call('ledger.post-journal', {
    entity_id: other,
    document_type: 'note',
    document_on: '2026-02-03',
    lines: theirs.map((account_id, at) => ({ account_id, amount: at === 0 ? '5' : '-5' })),
  })
  const reversal = { id: inTheirs.id, document_type: 'note', document_on: '2026-02-03' }
  await expect(client.call('ledger.reverse-journal', reversal)).rejects.toMatchObject({
    problem: { status: 404, code: 'not_found' },
  })
})

test('an API key acts within the scope of who made it, also after that has changed', async () => {
  const { owner, lille, agadir } = await makeChain()
  const { client, employee } = await hireAs(owner, 'owner', { ...nowhere, branch_ids: [lille] })
  const key = await client.call('tenants.create-api-key', {
    name: 'till',
    permissions: ['*'],
    expires_at: '2036-01-01T00:00:00Z',
  })
  const till = createClient<Operations>({ url: server.url, headers: { authorization: `Bearer ${key.secret}` } })
  const branches = async () => (await till.call('tenants.list-branches', {})).items.map(({ id }) => id)
  expect(await branches()).toEqual([lille])
  await expect(till.call('audit.list-entries', {})).rejects.toMatchObject(problem('out_of_scope'))
  const scope = { ...nowhere, branch_ids: [agadir] }
  await owner.client.call('tenants.update-employee', { id: employee.id, version: employee.version, scope })
  expect(await branches()).toEqual([agadir])
})

test('the last owner keeps the whole tenant, and a place that does not exist confines nobody', async () => {
  const { owner, lille } = await makeChain()
  const { client, employeeId: id } = owner
  await hireAs(owner, 'owner', { ...nowhere, branch_ids: [lille] })
  const confine = (scope: Scope) => client.call('tenants.update-employee', { id, version: 1, scope })
  await expect(confine({ ...nowhere, branch_ids: [lille] })).rejects.toMatchObject(problem('last_owner'))
  await hireAs(owner, 'owner', null)
  await expect(confine({ ...nowhere, branch_ids: [uuidv7()] })).rejects.toMatchObject(problem('branch_not_found'))
  await expect(confine({ ...nowhere, region_ids: [uuidv7()] })).rejects.toMatchObject(problem('region_not_found'))
  await expect(confine({ ...nowhere, entity_ids: [uuidv7()] })).rejects.toMatchObject(problem('entity_not_found'))
  await expect(confine(nowhere)).rejects.toMatchObject(problem('invalid_input'))
  await confine({ ...nowhere, branch_ids: [lille, lille] })
  await expect(client.call('tenants.update-tenant', { version: 1, locale: 'fr' })).rejects.toMatchObject(
    problem('out_of_scope'),
  )
})
