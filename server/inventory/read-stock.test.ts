import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
let other: string
let variant_id: string
let postings: string[]

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const { client, branchId, entityId: entity_id } = owner
  const branch = { entity_id, code: 'TWO', name: 'Two', time_zone: 'Europe/Paris' }
  other = (await client.call('tenants.create-branch', branch)).id
  variant_id = (await makeProduct(owner)).variant.id
  postings = []
  for (const [branch_id, quantity] of [
    [branchId, '5'],
    [other, '7'],
    [branchId, '4'],
  ] as const) {
    const lines = ['A', 'B'].map((batch_number) => ({ variant_id, quantity, unit_cost: '2', batch_number }))
    postings.push((await client.call('inventory.receive-stock', { branch_id, document_on: '2026-11-01', lines })).id)
  }
})
afterAll(() => server?.close())

const statusOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )

/** Somebody who may do these things in the second branch. */
async function worker(permissions: string[]): Promise<TestClient> {
  const person = await signUpPerson(server)
  const role = await owner.client.call('tenants.create-role', { name: permissions.join(), permissions })
  const scope = { entity_ids: [], region_ids: [], branch_ids: [other] }
  await hire(server, owner, person, [role.id], scope)
  return clientIn(server, person, owner.tenantId)
}

test('levels say what lies where, page after page', async () => {
  const all: string[] = []
  let cursor: string | null | undefined
  do {
    const page: Awaited<ReturnType<typeof levels>> = await levels(cursor ?? undefined)
    all.push(
      ...page.items.map((one) => `${one.branch_id === other ? 'two' : 'one'} ${one.batch_number} ${one.on_hand}`),
    )
    cursor = page.next_cursor
  } while (cursor)
  expect(all.toSorted()).toEqual(['one A 9', 'one B 9', 'two A 7', 'two B 7'])
})

const levels = (cursor?: string) =>
  owner.client.call('inventory.list-levels', { variant_id, limit: 1, ...(cursor === undefined ? {} : { cursor }) })

test('levels that are empty are listed when they are asked for', async () => {
  const gone = (await makeProduct(owner)).variant.id
  const { client, branchId: branch_id } = owner
  const line = { variant_id: gone, quantity: '1' }
  await client.call('inventory.receive-stock', { branch_id, lines: [{ ...line, unit_cost: '1' }] })
  await client.call('inventory.write-off-stock', { branch_id, reason: 'sample', lines: [line] })
  expect((await client.call('inventory.list-levels', { variant_id: gone })).items).toEqual([])
  const { items } = await client.call('inventory.list-levels', { variant_id: gone, include_empty: true })
  expect(items).toMatchObject([{ on_hand: '0', version: '2' }])
})

test('movements are listed latest first, page after page, with what lay there before and after', async () => {
  const list = (more: object) => owner.client.call('inventory.list-movements', { variant_id, ...more })
  const first = await list({ limit: 4 })
  const rest = await list({ limit: 4, cursor: first.next_cursor ?? '' })
  const all = [...first.items, ...rest.items]
  expect(all.map((one) => [one.posting_id, one.line, one.running_quantity])).toEqual([
    [postings[2], 2, '9'],
    [postings[2], 1, '9'],
    [postings[1], 2, '7'],
    [postings[1], 1, '7'],
    [postings[0], 2, '5'],
    [postings[0], 1, '5'],
  ])
  expect(all[0]).toMatchObject({ kind: 'receipt', document_id: postings[2], previous_quantity: '5', value: '8.0000' })
  expect(rest.next_cursor).toBeNull()
  expect((await list({ branch_id: other })).items).toHaveLength(2)
  expect((await list({ batch_id: all[0]?.batch_id })).items).toHaveLength(3)
  expect((await list({ document_id: postings[0] })).items).toHaveLength(2)
  expect((await list({ until: '2026-10-31' })).items).toEqual([])
})

test('who may not see costs sees stock without them', async () => {
  const client = await worker(['inventory.view-stock'])
  const { items } = await client.call('inventory.list-levels', { variant_id })
  expect(items.map(({ unit_cost }) => unit_cost)).toEqual([null, null])
  const movements = await client.call('inventory.list-movements', { variant_id })
  expect(movements.items).toMatchObject([
    { value: null, unit_cost: null },
    { value: null, unit_cost: null },
  ])
  const posting = await client.call('inventory.get-posting', { id: postings[1] ?? '' })
  expect(posting.movements).toMatchObject([{ value: null, unit_cost: null }, { value: null }])
})

test('who works in a branch finds the stock of no other, and moves none', async () => {
  const client = await worker(['inventory.view-stock', 'inventory.receive-stock', 'inventory.write-off-stock'])
  const { items } = await client.call('inventory.list-levels', {})
  expect(new Set(items.map(({ branch_id }) => branch_id))).toEqual(new Set([other]))
  expect(await statusOf(client.call('inventory.get-posting', { id: postings[0] ?? '' }))).toBe('404 not_found')
  const branch_id = owner.branchId
  const lines = [{ variant_id, quantity: '1', unit_cost: '1' }]
  expect(await statusOf(client.call('inventory.list-levels', { branch_id }))).toBe('422 branch_not_found')
  expect(await statusOf(client.call('inventory.receive-stock', { branch_id, lines }))).toBe('422 branch_not_found')
  const loss = { branch_id, reason: 'stolen' as const, lines: [{ variant_id, quantity: '1' }] }
  expect(await statusOf(client.call('inventory.write-off-stock', loss))).toBe('422 branch_not_found')
})
