import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
const newVariant = async () => (await makeProduct(owner)).variant.id
const create = (input: object) =>
  owner.client.call('replenishment.create-policy', { valid_from: '2026-01-01', ...input } as { valid_from: string })

test('two policies for a variant in a branch share no day, whether they name both, one or neither', async () => {
  const { branchId: branch_id } = owner
  const variant_id = await newVariant()
  for (const place of [{ branch_id, variant_id }, { branch_id }, { variant_id }, {}]) {
    await create({ ...place, minimum_stock: '1', valid_through: '2026-06-30' })
    await expect(create({ ...place, valid_from: '2026-06-30' }), JSON.stringify(place)).rejects.toMatchObject(
      refused('overlapping_policies'),
    )
    const next = await create({ ...place, valid_from: '2026-07-01' })
    const earlier = { id: next.id, version: 1, valid_from: '2026-06-01' }
    await expect(owner.client.call('replenishment.update-policy', earlier)).rejects.toMatchObject(
      refused('overlapping_policies'),
    )
  }
  const other = await newVariant()
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => create({ variant_id: other })))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a policy is changed value by value, ends by its last day, and is shown without the zeros of its columns', async () => {
  const variant_id = await newVariant()
  const made = await create({ variant_id, reorder_point: '10.50', service_level: '97.5', lead_time_days: '3' })
  expect(made).toMatchObject({ reorder_point: '10.5', service_level: '97.5', lead_time_days: '3', minimum_stock: null })
  const change = { id: made.id, version: 1, reorder_point: null, maximum_stock: '99', valid_through: '2026-12-31' }
  expect(await owner.client.call('replenishment.update-policy', change)).toMatchObject({
    reorder_point: null,
    maximum_stock: '99',
    lead_time_days: '3',
    valid_from: '2026-01-01',
    valid_through: '2026-12-31',
    version: 2,
  })
  await expect(owner.client.call('replenishment.update-policy', change)).rejects.toMatchObject(
    refused('version_conflict'),
  )
  const on = async (day: string) =>
    (await owner.client.call('replenishment.list-policies', { variant_id, on: day })).items.length
  expect([await on('2026-12-31'), await on('2027-01-01')]).toEqual([1, 0])
})

test.each<[values: object, code: string]>([
  [{ valid_through: '2025-12-31' }, 'policy_period_crossed'],
  [{ minimum_stock: '6', maximum_stock: '5' }, 'policy_limits_crossed'],
  [{ reorder_point: '5.000001', maximum_stock: '5' }, 'policy_limits_crossed'],
  [{ minimum_stock: '-1' }, 'invalid_input'],
  [{ reorder_quantity: '0' }, 'invalid_input'],
  [{ economic_order_quantity: '0.000' }, 'invalid_input'],
  [{ reorder_point: '1.1234567' }, 'invalid_input'],
  [{ service_level: '49.9' }, 'invalid_input'],
  [{ service_level: '100' }, 'invalid_input'],
  [{ lead_time_days: '12.345' }, 'invalid_input'],
  [{ branch_id: crypto.randomUUID() }, 'branch_not_found'],
  [{ variant_id: crypto.randomUUID() }, 'variant_not_found'],
  [{ supplier_id: crypto.randomUUID() }, 'policy_supplier_not_found'],
  [{ pack_id: crypto.randomUUID() }, 'policy_pack_not_found'],
])('a policy with %j is refused: %s', async (values, code) => {
  const before = (await owner.client.call('replenishment.list-policies', { limit: 200 })).items.length
  await expect(create({ variant_id: await newVariant(), ...values })).rejects.toMatchObject(refused(code))
  expect((await owner.client.call('replenishment.list-policies', { limit: 200 })).items).toHaveLength(before)
})

test('a pack is of the variant of the policy, a supplier is one who sells', async () => {
  const { client } = owner
  const [variant_id, other] = [await newVariant(), await newVariant()]
  const pack = await client.call('catalog.add-pack', { variant_id: other, name: 'Box', quantity: '6' })
  await expect(create({ variant_id, pack_id: pack.id })).rejects.toMatchObject(refused('policy_pack_not_found'))
  await create({ variant_id: other, pack_id: pack.id })
  const party = (role: 'customer' | 'supplier') =>
    client.call('parties.create-party', { kind: 'organisation', name: `A ${role}`, roles: [role] })
  await expect(create({ variant_id, supplier_id: (await party('customer')).id })).rejects.toMatchObject(
    refused('policy_supplier_not_found'),
  )
  await create({ variant_id, supplier_id: (await party('supplier')).id })
})

test('who works in one branch sets its policies, reads those of all, and finds none of another branch', async () => {
  const { client, entityId: entity_id, branchId } = owner
  const place = { entity_id, code: 'ELSE', name: 'Else', time_zone: 'UTC' }
  const elsewhere = (await client.call('tenants.create-branch', place)).id
  const variant_id = await newVariant()
  const theirs = await create({ variant_id, branch_id: elsewhere })
  const general = await create({ variant_id })
  const person = await signUpPerson(server)
  const { items: roles } = await client.call('tenants.list-roles', {})
  const manager = roles.find(({ name }) => name === 'manager')?.id ?? ''
  await hire(server, owner, person, [manager], { entity_ids: [], region_ids: [], branch_ids: [branchId] })
  const scoped = clientIn(server, person, owner.tenantId)
  const seen = (await scoped.call('replenishment.list-policies', { variant_id })).items.map(({ id }) => id)
  expect(seen).toEqual([general.id])
  await expect(scoped.call('replenishment.get-policy', { id: theirs.id })).rejects.toMatchObject(refused('not_found'))
  await expect(
    scoped.call('replenishment.update-policy', { id: theirs.id, version: 1, minimum_stock: '1' }),
  ).rejects.toMatchObject(refused('not_found'))
  await expect(
    scoped.call('replenishment.update-policy', { id: general.id, version: 1, minimum_stock: '1' }),
  ).rejects.toMatchObject(refused('out_of_scope'))
  const policy = { variant_id, valid_from: '2026-01-01' }
  await expect(scoped.call('replenishment.create-policy', policy)).rejects.toMatchObject(refused('out_of_scope'))
  await expect(scoped.call('replenishment.create-policy', { ...policy, branch_id: elsewhere })).rejects.toMatchObject(
    refused('branch_not_found'),
  )
  await scoped.call('replenishment.create-policy', { ...policy, branch_id: branchId })
})
