import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stockedBatch } from '../../tests/harness/batches.ts'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeBatch } from '../../tests/harness/stock.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const refused = (code: string) => ({ problem: { code } })
const because = { severity: 'class_1', reason: 'Glass in it' } as const
const open = (more: object) => owner.client.call('recalls.open-recall', { ...because, ...more })
const close = (recall: { id: string; version: number }, outcome: 'released' | 'kept_blocked') =>
  owner.client.call('recalls.close-recall', { ...recall, outcome, result: 'All bags were opened' })
const isBlocked = async (id: string) => (await owner.client.call('inventory.get-batch', { id })).is_blocked
const numberOf = ({ number }: { number: string }) => Number(number.slice(3))
const idAndVersion = ({ id, version }: { id: string; version: number }) => ({ id, version })

describe('a recall', () => {
  test('has the next number, who opened it, its batches, blocked, and an entry for each in the audit chain', async () => {
    const [one, two] = [await stockedBatch(owner), await stockedBatch(owner)]
    const first = await open({ batch_ids: [one.id], authority_reference: 'RAPEX 7/26' })
    const second = await open({ batch_ids: [two.id] })
    expect(numberOf(second)).toBe(numberOf(first) + 1)
    expect(first.number).toMatch(/^RC-\d{6}$/)
    expect(first).toMatchObject({
      ...because,
      state: 'open',
      authority_reference: 'RAPEX 7/26',
      opened_by: owner.userId,
      batches: [{ batch_id: one.id, is_blocked: true, was_blocked: false }],
    })
    expect(await owner.client.call('recalls.get-recall', { id: first.id })).toEqual(first)
    const { items } = await owner.client.call('audit.list-resource-history', {
      resource_type: 'batch',
      resource_id: one.id,
    })
    expect(items.slice(1)).toMatchObject([
      { event: 'recalls.open-recall', old_values: { is_blocked: false }, new_values: { is_blocked: true } },
    ])
    const { blocks } = await owner.client.call('inventory.get-batch', { id: one.id })
    expect(blocks).toMatchObject([{ action: 'block', reason: `Recall ${first.number}: Glass in it` }])
  })

  test('is about the lots of a supplier by their numbers, whatever the product', async () => {
    const supplier_id = (await owner.client.call('parties.create-party', { kind: 'person', name: 'Atlas' })).id
    const ours = await stockedBatch(owner, { number: 'S-77' })
    const others = await stockedBatch(owner, { number: 'S-77' })
    const all = await open({ lot_numbers: ['S-77'] })
    expect(new Set(all.batches.map(({ batch_id }) => batch_id))).toEqual(new Set([ours.id, others.id]))
    await expect(open({ lot_numbers: ['S-77'], supplier_id })).rejects.toMatchObject(refused('recall_batch_not_found'))
  })

  test('is about the lots of everybody who delivered them, not of the first alone', async () => {
    const supplier = (name: string) =>
      owner.client.call('parties.create-party', { kind: 'organisation', name, roles: ['supplier'] })
    const [first, second] = [await supplier('Atlas'), await supplier('Rif')]
    const [one, other] = [(await makeProduct(owner)).variant.id, (await makeProduct(owner)).variant.id]
    const receive = async (variant_id: string, supplier_id: string) => {
      const line = { variant_id, quantity: '5', unit_cost: '1', batch_number: 'TWICE' }
      await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, supplier_id, lines: [line] })
    }
    await receive(one, first.id)
    await receive(one, second.id)
    await receive(other, second.id)
    const { batches } = await open({ lot_numbers: ['TWICE'], supplier_id: second.id })
    expect(new Set(batches.map(({ variant_id }) => variant_id))).toEqual(new Set([one, other]))
    const of = await open({ lot_numbers: ['TWICE'], supplier_id: first.id })
    expect(of.batches.map(({ variant_id }) => variant_id)).toEqual([one])
  })

  test('is about a lot however it was typed, in small letters or capitals', async () => {
    const typed = [await stockedBatch(owner, { number: 'lot-é9' }), await stockedBatch(owner, { number: 'LOT-É9' })]
    const { batches } = await open({ lot_numbers: ['Lot-é9'] })
    expect(new Set(batches.map(({ batch_id }) => batch_id))).toEqual(new Set(typed.map(({ id }) => id)))
  })

  test('takes more batches while it is open, and none twice', async () => {
    const [one, two] = [await stockedBatch(owner), await stockedBatch(owner)]
    const recall = await open({ batch_ids: [one.id] })
    const add = (batch_id: string, version: number) =>
      owner.client.call('recalls.add-batches', { id: recall.id, version, batch_ids: [batch_id] })
    const more = await add(two.id, recall.version)
    expect(more.batches).toMatchObject([one, two].map(({ id }) => ({ batch_id: id, is_blocked: true })))
    await expect(add(two.id, more.version)).rejects.toMatchObject(refused('recall_batch_taken'))
    await expect(add(two.id, recall.version)).rejects.toMatchObject(refused('version_conflict'))
    const closed = await close(idAndVersion(more), 'kept_blocked')
    await expect(add(two.id, closed.version)).rejects.toMatchObject(refused('recall_closed'))
  })

  test.each<[what: string, input: () => object, code: string]>([
    ['no batch at all', () => ({}), 'recall_batches_missing'],
    ['an unknown batch', () => ({ batch_ids: [crypto.randomUUID()] }), 'recall_batch_not_found'],
    ['an unknown number', () => ({ lot_numbers: ['nobody has it'] }), 'recall_batch_not_found'],
    ['an unknown supplier', () => ({ supplier_id: crypto.randomUUID() }), 'recall_supplier_not_found'],
  ])('of %s is refused, and its number is not used up', async (_, input, code) => {
    const [last] = (await owner.client.call('recalls.list-recalls', { limit: 1 })).items
    await expect(open(input())).rejects.toMatchObject(refused(code))
    const { id } = await stockedBatch(owner)
    expect(numberOf(await open({ batch_ids: [id] }))).toBe(numberOf(last ?? { number: 'RC-0' }) + 1)
  })

  test('is found by its state and by its batch', async () => {
    const { id } = await stockedBatch(owner)
    const recall = await open({ batch_ids: [id] })
    const list = async (filter: object) => (await owner.client.call('recalls.list-recalls', filter)).items
    expect(await list({ batch_id: id, state: 'open' })).toMatchObject([{ id: recall.id }])
    await close(idAndVersion(recall), 'released')
    expect(await list({ batch_id: id, state: 'open' })).toEqual([])
    expect(await list({ batch_id: id, state: 'closed' })).toMatchObject([
      { id: recall.id, outcome: 'released', closed_by: owner.userId, result: 'All bags were opened' },
    ])
  })
})

describe('what is recalled', () => {
  test('is released with the recall and not before', async () => {
    const { id } = await stockedBatch(owner)
    const recall = await open({ batch_ids: [id] })
    const release = owner.client.call('inventory.release-batch', { id, reason: 'Looks fine' })
    await expect(release).rejects.toMatchObject(refused('batch_recalled'))
    expect(await isBlocked(id)).toBe(true)
    expect((await close(idAndVersion(recall), 'released')).batches).toMatchObject([{ is_blocked: false }])
    await expect(close({ id: recall.id, version: 2 }, 'released')).rejects.toMatchObject(refused('recall_closed'))
  })

  test('stays blocked where the recall says so, and is then released by hand', async () => {
    const { id } = await stockedBatch(owner)
    await close(idAndVersion(await open({ batch_ids: [id] })), 'kept_blocked')
    expect(await isBlocked(id)).toBe(true)
    await owner.client.call('inventory.release-batch', { id, reason: 'Destroyed' })
    expect(await isBlocked(id)).toBe(false)
  })

  test('stays blocked when something else had blocked it before', async () => {
    const { id } = await stockedBatch(owner)
    await owner.client.call('inventory.block-batch', { id, reason: 'Seals' })
    const recall = await open({ batch_ids: [id] })
    expect(recall.batches).toMatchObject([{ was_blocked: true }])
    await close(idAndVersion(recall), 'released')
    expect(await isBlocked(id)).toBe(true)
  })

  test('stays blocked when one of several recalls ended so, whichever is closed last', async () => {
    const { id } = await stockedBatch(owner)
    const [kept, released] = [await open({ batch_ids: [id] }), await open({ batch_ids: [id] })]
    await close(idAndVersion(kept), 'kept_blocked')
    const { batches } = await close(idAndVersion(released), 'released')
    expect(batches).toMatchObject([{ is_blocked: true, was_blocked: true }])
    await owner.client.call('inventory.release-batch', { id, reason: 'Tested again' })
    await close(idAndVersion(await open({ batch_ids: [id] })), 'released')
    expect(await isBlocked(id)).toBe(false)
  })

  test('stays blocked until the last of several recalls is closed, also when they close at once', async () => {
    const { id } = await stockedBatch(owner)
    const recalls = [await open({ batch_ids: [id] }), await open({ batch_ids: [id] }), await open({ batch_ids: [id] })]
    await close(idAndVersion(recalls[0] ?? expect.unreachable()), 'released')
    expect(await isBlocked(id)).toBe(true)
    await Promise.all(recalls.slice(1).map((one) => close(idAndVersion(one), 'released')))
    expect(await isBlocked(id)).toBe(false)
  })
})

test('a trace is of a recall, of one of its batches or of a batch, and of one that there is', async () => {
  const [{ id: batch_id }, { id: another }] = [await stockedBatch(owner), await stockedBatch(owner)]
  const trace = (input: object) => owner.client.call('recalls.trace', input)
  await expect(trace({})).rejects.toMatchObject(refused('trace_subject_missing'))
  const { id: recall_id } = await open({ batch_ids: [batch_id, another] })
  await expect(trace({ batch_id: recall_id })).rejects.toMatchObject(refused('recall_batch_not_found'))
  await expect(trace({ recall_id: batch_id })).rejects.toMatchObject(refused('recall_not_found'))
  const { id: stranger } = await stockedBatch(owner)
  await expect(trace({ recall_id, batch_id: stranger })).rejects.toMatchObject(refused('recall_batch_not_found'))
  expect((await trace({ recall_id })).batches).toHaveLength(2)
  expect(await trace({ recall_id, batch_id })).toEqual(await trace({ batch_id }))
})

test('a trace says where goods are on their way, what came back and what was lost', async () => {
  const { id: batch_id, variant_id } = await stockedBatch(owner)
  const other = { entity_id: owner.entityId, code: 'AWAY', name: 'Away', time_zone: 'Europe/Paris' }
  const to = (await owner.client.call('tenants.create-branch', other)).id
  const lines = [{ variant_id, batch_id, quantity: '6' }]
  const way = { from_branch_id: owner.branchId, to_branch_id: to }
  const planned = await owner.client.call('transfers.create-transfer', { ...way, lines })
  const { id } = planned
  const sent = await owner.client.call('transfers.dispatch-transfer', { id, version: planned.version })
  const part_id = sent.lines[0]?.parts[0]?.id ?? ''
  const trace = () => owner.client.call('recalls.trace', { batch_id })
  const none = { arrived: '0', taken_back: '0', lost_in_transit: '0' }
  const head = { ...way, document_type: 'transfer', document_id: id, document_number: planned.number, batch_id }
  const leaving = await trace()
  expect(leaving.transfers).toEqual([{ ...head, ...none, dispatched: '6', in_transit: '6' }])
  expect(leaving.total).toMatchObject({ on_hand: '4', in_transit: '6', lost_in_transit: '0' })
  const part = (quantity: string) => [{ part_id, quantity }]
  const { version } = await owner.client.call('transfers.receive-transfer', {
    ...{ id, version: sent.version, lines: part('2') },
    is_last: true,
    reason: 'Boxes are missing',
  })
  const back = { id, version, lines: part('3'), reason: 'Never left' }
  const short = await owner.client.call('transfers.take-back-shortage', back)
  const lost = { id, version: short.version, lines: part('1'), reason: 'Stolen' }
  await owner.client.call('transfers.write-off-shortage', lost)
  const ended = await trace()
  const parts = { arrived: '2', taken_back: '3', in_transit: '0', lost_in_transit: '1' }
  expect(ended.transfers).toEqual([{ ...head, ...parts, dispatched: '6' }])
  expect(ended.total).toMatchObject({ on_hand: '9', in_transit: '0', lost_in_transit: '1' })
})

test('a batch that never was anywhere has an empty trace', async () => {
  const { variant_id } = await stockedBatch(owner)
  const batch_id = await makeBatch(server, owner, { variant_id })
  expect(await owner.client.call('recalls.trace', { batch_id })).toMatchObject({
    branches: [],
    transfers: [],
    total: { received: '0', sold: '0', on_hand: '0' },
  })
})
