import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stockedBatch } from '../../tests/harness/batches.ts'
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
import { documentOf, makeBatch, post } from '../../tests/harness/stock.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const refused = (code: string) => ({ problem: { code } })
const numbersOf = ({ items }: { items: readonly { number: string }[] }) => items.map(({ number }) => number)
const sell = (branch_id: string, variant_id: string, batch_id: string) =>
  post(
    server,
    owner,
    documentOf('sale', [
      { branch_id, variant_id, batch_id, change: { kind: 'issue', quantity: '1', against: 'cost_of_sales' } },
    ]),
  )

describe('a list of batches', () => {
  let variant_id: string
  let supplier_id: string
  beforeAll(async () => {
    variant_id = (await makeProduct(owner)).variant.id
    supplier_id = (
      await owner.client.call('parties.create-party', {
        kind: 'organisation',
        name: 'Atlas Labs',
        roles: ['supplier'],
      })
    ).id
    await stockedBatch(owner, { variant_id, number: 'LOT-b', expires_on: '2020-02-01' })
    await stockedBatch(owner, { variant_id, number: 'LOT-a', expires_on: '2198-01-01' })
    await makeBatch(server, owner, { variant_id, number: 'lot-c' })
    await makeBatch(server, owner, { variant_id, number: '100%_X', expires_on: '2198-01-01' })
  })
  const list = async (filter: object) =>
    numbersOf(await owner.client.call('inventory.list-batches', { variant_id, ...filter }))

  test('is in the order in which they expire, page by page, those that never do last', async () => {
    const all = await list({})
    expect(all).toEqual(['LOT-b', 'LOT-a', '100%_X', 'lot-c'])
    const paged: string[] = []
    let cursor: string | null | undefined
    while (cursor !== null) {
      const input: object = cursor === undefined ? { limit: 1 } : { limit: 1, cursor }
      const page = await owner.client.call('inventory.list-batches', { variant_id, ...input })
      paged.push(...numbersOf(page))
      cursor = page.next_cursor
    }
    expect(paged).toEqual(all)
  })

  test.each<[filter: object, found: string[]]>([
    [{ number: 'LOT-' }, ['LOT-b', 'LOT-a']],
    [{ number: 'lot' }, ['lot-c']],
    [{ number: '100%_' }, ['100%_X']],
    [{ number: '%' }, []],
    [{ expires_until: '2020-02-01' }, ['LOT-b']],
    [{ expires_until: '2020-01-31' }, []],
    [{ expires_from: '2020-02-01', expires_until: '2020-02-01' }, ['LOT-b']],
    [{ expires_from: '2020-02-02' }, ['LOT-a', '100%_X']],
    [{ is_expired: true }, ['LOT-b']],
    [{ is_expired: false }, ['LOT-a', '100%_X', 'lot-c']],
    [{ is_in_stock: true }, ['LOT-b', 'LOT-a']],
    [{ is_in_stock: false }, ['100%_X', 'lot-c']],
    [{ is_blocked: true }, []],
  ])('by %o', async (filter, found) => {
    expect(await list(filter)).toEqual(found)
  })

  test('by branch and supplier, with what lies there', async () => {
    expect(await list({ branch_id: owner.branchId, is_expired: true })).toEqual(['LOT-b'])
    expect(await list({ supplier_id })).toEqual([])
    await expect(list({ branch_id: variant_id })).rejects.toMatchObject(refused('batch_branch_not_found'))
    const { items } = await owner.client.call('inventory.list-batches', { variant_id, number: 'LOT-b' })
    expect(items[0]?.levels).toEqual([
      { branch_id: owner.branchId, on_hand: '10', reserved: '0', available: '10', value: '15' },
    ])
  })
})

describe('a batch is corrected', () => {
  const make = async () => {
    const { id } = await stockedBatch(owner, { expires_on: '2198-01-01' })
    return owner.client.call('inventory.get-batch', { id })
  }

  test('with a reason; the audit entry holds it, and what was there before', async () => {
    const { id, version, number } = await make()
    const given = { number: `N-${id}`, manufactured_on: '2026-01-05', expires_on: '2197-06-30' }
    const changed = await owner.client.call('inventory.update-batch', { id, version, reason: 'Misread', ...given })
    expect(changed).toMatchObject({ ...given, version: version + 1 })
    const { items } = await owner.client.call('audit.list-resource-history', {
      resource_type: 'batch',
      resource_id: id,
    })
    expect(items.slice(1)).toMatchObject([
      {
        event: 'inventory.update-batch',
        input: { reason: 'Misread' },
        old_values: { number, manufactured_on: null, expires_on: '2198-01-01' },
        new_values: given,
      },
    ])
  })

  test('not so that it expires before it was made, not into another one, and not by who read an older one', async () => {
    const batch = await make()
    const { id, version } = batch
    const update = (more: object) =>
      owner.client.call('inventory.update-batch', { id, version, reason: 'Misread', ...more })
    await expect(update({ manufactured_on: '2198-01-02' })).rejects.toMatchObject(refused('expiry_before_manufacture'))
    await expect(update({ manufactured_on: '2026-01-02', expires_on: '2026-01-01' })).rejects.toMatchObject(
      refused('expiry_before_manufacture'),
    )
    await expect(update({ manufactured_on: '2190-01-01' })).rejects.toMatchObject(refused('batch_not_made'))
    await makeBatch(server, owner, { variant_id: batch.variant_id, number: 'Taken' })
    await expect(update({ number: 'Taken' })).rejects.toMatchObject(refused('batch_number_taken'))
    await expect(update({ version: version + 1, number: 'X' })).rejects.toMatchObject(refused('version_conflict'))
    await expect(update({ reason: ' ' })).rejects.toMatchObject(refused('invalid_input'))
    expect(await owner.client.call('inventory.get-batch', { id })).toEqual(batch)
  })

  test('a product whose batches expire keeps a last day', async () => {
    const { variant } = await makeProduct(owner, { is_expiry_tracked: true })
    const { id } = await stockedBatch(owner, { variant_id: variant.id, expires_on: '2198-01-01' })
    const update = { id, version: 1, reason: 'Misread', expires_on: null }
    await expect(owner.client.call('inventory.update-batch', update)).rejects.toMatchObject(refused('expiry_required'))
  })
})

test('a blocked batch is sold nowhere until it is released, and the batch tells who, when and why', async () => {
  const { id, variant_id } = await stockedBatch(owner)
  const change = (name: 'block' | 'release', reason: string) =>
    owner.client.call(`inventory.${name}-batch`, { id, reason })
  await expect(change('release', 'Why not')).rejects.toMatchObject(refused('batch_not_blocked'))
  expect(await change('block', 'Broken seals')).toMatchObject({ is_blocked: true, version: 2 })
  await expect(change('block', 'Again')).rejects.toMatchObject(refused('batch_already_blocked'))
  await expect(sell(owner.branchId, variant_id, id)).rejects.toMatchObject({ kind: { code: 'batch_blocked' } })
  expect(await change('release', 'Seals are fine')).toMatchObject({ is_blocked: false, version: 3 })
  await sell(owner.branchId, variant_id, id)
  const { blocks } = await owner.client.call('inventory.get-batch', { id })
  expect(blocks).toMatchObject([
    { number: 1, action: 'block', reason: 'Broken seals', actor_id: owner.userId },
    { number: 2, action: 'release', reason: 'Seals are fine', actor_id: owner.userId },
  ])
  const { items } = await owner.client.call('audit.list-resource-history', { resource_type: 'batch', resource_id: id })
  expect(items.slice(1)).toMatchObject([
    { event: 'inventory.block-batch', old_values: { is_blocked: false }, new_values: { is_blocked: true } },
    { event: 'inventory.release-batch', old_values: { is_blocked: true }, new_values: { is_blocked: false } },
  ])
})

test('who works in a branch sees what lies there, and of what lies elsewhere nothing', async () => {
  const branch = { entity_id: owner.entityId, code: 'B2', name: 'Second', time_zone: 'Europe/Paris' }
  const second = await owner.client.call('tenants.create-branch', branch)
  const here = await stockedBatch({ ...owner, branchId: second.id })
  const there = await stockedBatch(owner)
  const person = await signUpPerson(server)
  const roles = (await owner.client.call('tenants.list-roles', {})).items
  const manager = roles.find(({ name }) => name === 'manager')?.id ?? ''
  await hire(server, owner, person, [manager], { branch_ids: [second.id] })
  const client = clientIn(server, person, owner.tenantId)
  expect((await client.call('inventory.list-batches', {})).items.map(({ id }) => id)).toEqual([here.id])
  expect(await client.call('inventory.get-batch', { id: here.id })).toMatchObject({ id: here.id })
  await expect(client.call('inventory.get-batch', { id: there.id })).rejects.toMatchObject(refused('not_found'))
  const block = client.call('inventory.block-batch', { id: here.id, reason: 'Broken' })
  await expect(block).rejects.toMatchObject(refused('out_of_scope'))
})
