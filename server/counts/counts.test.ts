import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { employ, receive, sell, submittedCount } from '../../tests/harness/counts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { makeBatch } from '../../tests/harness/stock.ts'

let server: TestServer
let owner: TestOwner
let counter: TestClient
let counterId: string
let manager: TestClient
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const cashier = await employ(server, owner, 'cashier')
  counter = cashier.client
  counterId = cashier.id
  manager = (await employ(server, owner, 'manager')).client
}, 60_000)
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
/** Goods of which so much is there. */
async function stocked(quantity = '10', more: object = {}): Promise<string> {
  const variant_id = await newVariant(more)
  await receive(server, owner, [{ variant_id, quantity }])
  return variant_id
}
const open = (variant_ids: string[], more: object = {}) =>
  owner.client.call('counts.create-count', { branch_id: owner.branchId, variant_ids, ...more })
const enter = (
  id: string,
  lines: { variant_id: string; quantity: string; [more: string]: unknown }[],
  client = counter,
) => client.call('counts.enter-lines', { id, lines } as never)
const submit = (id: string, version: number, more: object = {}) =>
  counter.call('counts.submit-count', { id, version, ...more })
const submittedByCounter = (line: { variant_id: string; quantity: string; branch_id?: string }) =>
  submittedCount({ owner: owner.client, counter }, { branch_id: owner.branchId, ...line })
const approve = ({ id, version }: { id: string; version: number }, client = manager) =>
  client.call('counts.approve-count', { id, version })
const linesOf = async (
  id: string,
  show: 'all' | 'uncounted' | 'to_recount' | 'varying' = 'all',
  client = owner.client,
) => (await client.call('counts.list-lines', { id, show, limit: 200 })).items
async function onHand(variant_id: string): Promise<string[]> {
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'SELECT trim_scale(on_hand)::text AS on_hand FROM inventory.level WHERE variant_id = $1 ORDER BY place',
      [variant_id],
    ),
  )
  return rows.map((row) => row.on_hand)
}

test('a count is posted by how much it differs, and what moved since it was counted stays on top', async () => {
  const [variant_id, same, more] = [await stocked(), await stocked(), await stocked()]
  const { id, version } = await open([variant_id, same, more])
  await enter(id, [
    { variant_id, quantity: '7' },
    { variant_id: same, quantity: '10' },
    { variant_id: more, quantity: '12' },
  ])
  await sell(server, owner, { variant_id, quantity: '2' })
  await receive(server, owner, [{ variant_id: more, quantity: '1' }])
  const lines = await linesOf(id, 'varying')
  expect(lines.map(({ variance, moved }) => [variance, moved])).toEqual(
    expect.arrayContaining([
      ['-3', '-2'],
      ['2', '1'],
    ]),
  )
  const submitted = await submit(id, version)
  expect(submitted).toMatchObject({ state: 'submitted', lines: 3, counted: 3, varying: 2, number: expect.any(String) })
  expect(await approve(submitted)).toMatchObject({
    state: 'approved',
    steps: [{ action: 'open' }, { action: 'submit' }, { action: 'approve' }],
  })
  expect([await onHand(variant_id), await onHand(same), await onHand(more)]).toEqual([['5'], ['10'], ['13']])
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'SELECT p.kind, p.document_number, count(*)::int AS movements FROM inventory.posting p JOIN inventory.movement m ON m.posting_id = p.id WHERE p.id = $1 GROUP BY 1, 2',
      [id],
    ),
  )
  expect(rows).toEqual([{ kind: 'count', document_number: submitted.number, movements: 2 }])
})

test('counted again, the last one counts and the others are kept', async () => {
  const variant_id = await stocked()
  const { id } = await open([variant_id])
  const [first] = (await enter(id, [{ variant_id, quantity: '4' }])).lines
  await sell(server, owner, { variant_id, quantity: '1' })
  const [line] = (await enter(id, [{ variant_id, quantity: '9' }], manager)).lines
  expect(line).toMatchObject({ id: first?.id, counted: '9', expected: '9', variance: '0', times_counted: 2 })
  const { items } = await owner.client.call('counts.list-entries', { id: line?.id ?? '' })
  expect(items).toMatchObject([
    { number: 1, counted: '4', expected: '10', actor_id: counterId },
    { number: 2, counted: '9', expected: '9' },
  ])
})

test('whoever counts blind sees what the books say only when the count is over', async () => {
  const variant_id = await stocked()
  const { id, version } = await open([variant_id], { is_blind: true })
  const [line] = (await enter(id, [{ variant_id, quantity: '8' }])).lines
  const nothing = { expected: null, variance: null, moved: null }
  expect(line).toMatchObject({ counted: '8', ...nothing })
  expect(await linesOf(id, 'all', counter)).toMatchObject([nothing])
  expect(await counter.call('counts.get-count', { id })).toMatchObject({ varying: null, counted: 1 })
  expect((await counter.call('counts.list-entries', { id: line?.id ?? '' })).items).toMatchObject([{ expected: null }])
  await expect(linesOf(id, 'varying', counter)).rejects.toMatchObject(refused('forbidden'))
  expect(await linesOf(id, 'varying', manager)).toMatchObject([{ expected: '10', variance: '-2' }])
  await approve(await submit(id, version))
  expect(await linesOf(id, 'varying', counter)).toMatchObject([{ expected: '10', variance: '-2', moved: null }])
})

describe('batches', () => {
  test('each is a line; one that was not listed is found by its number, or made', async () => {
    const variant_id = await newVariant({ is_expiry_tracked: true })
    const a = await makeBatch(server, owner, { variant_id, number: 'A', expires_on: '2199-01-01' })
    const b = await makeBatch(server, owner, { variant_id, number: 'B', expires_on: '2199-02-01' })
    await receive(server, owner, [{ variant_id, quantity: '5', batch_id: a }])
    const { id, version } = await open([variant_id])
    expect(await linesOf(id)).toMatchObject([{ batch_id: a, batch_number: 'A', expected: '5' }])
    const { lines } = await enter(id, [
      { variant_id, batch_id: a, quantity: '0' },
      { variant_id, batch_number: 'B', quantity: '2' },
      { variant_id, batch_number: 'C', expires_on: '2199-03-01', quantity: '4' },
    ])
    expect(lines.map(({ batch_number, variance }) => [batch_number, variance])).toEqual([
      ['A', '-5'],
      ['B', '2'],
      ['C', '4'],
    ])
    expect(lines[1]?.batch_id).toBe(b)
    await approve(await submit(id, version))
    expect((await onHand(variant_id)).toSorted()).toEqual(['0', '2', '4'])
    const wrong: [line: object, code: string][] = [
      [{ quantity: '1' }, 'batch_required'],
      [{ quantity: '1', batch_number: 'D' }, 'expiry_required'],
      [{ quantity: '1', batch_number: 'C', expires_on: '2199-03-02' }, 'batch_differs'],
      [{ quantity: '1', batch_number: 'E', manufactured_on: '2190-01-01', expires_on: '2199-01-01' }, 'batch_not_made'],
      [
        { quantity: '1', batch_number: 'E', manufactured_on: '2030-01-02', expires_on: '2030-01-01' },
        'expiry_before_manufacture',
      ],
      [
        { quantity: '1', batch_id: await makeBatch(server, owner, { variant_id: await newVariant() }) },
        'batch_not_found',
      ],
    ]
    const again = await open([variant_id])
    for (const [line, code] of wrong)
      await expect(enter(again.id, [{ variant_id, quantity: '1', ...line }]), code).rejects.toMatchObject(refused(code))
  })

  test('goods that were nowhere in the list are found in a count of a whole category, not in one of chosen goods', async () => {
    const category_id = (await owner.client.call('catalog.create-category', { name: 'Counted' })).id
    const below = (await owner.client.call('catalog.create-category', { name: 'Below', parent_id: category_id })).id
    const [listed, hidden, other] = [
      await stocked('10', { category_id: below }),
      await newVariant({ category_id }),
      await newVariant(),
    ]
    const { id } = await owner.client.call('counts.create-count', {
      branch_id: owner.branchId,
      category_id,
      freezes_stock: true,
    })
    expect(await linesOf(id)).toMatchObject([{ variant_id: listed }])
    await enter(id, [{ variant_id: hidden, quantity: '1' }])
    await expect(receive(server, owner, [{ variant_id: hidden, quantity: '1' }])).rejects.toMatchObject({
      kind: { code: 'stock_frozen' },
    })
    await expect(enter(id, [{ variant_id: other, quantity: '1' }])).rejects.toMatchObject(
      refused('variant_not_in_count'),
    )
    const chosen = await open([other])
    await expect(enter(chosen.id, [{ variant_id: await newVariant(), quantity: '1' }])).rejects.toMatchObject(
      refused('variant_not_in_count'),
    )
  })
})

describe('what is frozen', () => {
  test('does not move until approval; what was paid offline does, and is counted again', async () => {
    const variant_id = await stocked('1')
    const made = await open([variant_id], { freezes_stock: true })
    expect(made.frozen_until).not.toBeNull()
    await expect(sell(server, owner, { variant_id, quantity: '1' })).rejects.toMatchObject({
      kind: { code: 'stock_frozen' },
    })
    await enter(made.id, [{ variant_id, quantity: '0' }])
    await sell(server, owner, { variant_id, quantity: '1', is_already_sold: true })
    const submitted = await submit(made.id, made.version)
    await expect(approve(submitted)).rejects.toMatchObject(refused('count_outdated'))
    const [line] = await linesOf(made.id)
    expect(line).toMatchObject({ variance: '-1', moved: '-1' })
    const back = await manager.call('counts.send-back', {
      id: made.id,
      version: submitted.version,
      reason: 'Sold offline',
      line_ids: [line?.id ?? ''],
    })
    await enter(made.id, [{ variant_id, quantity: '0' }])
    await approve(await submit(made.id, back.version))
    expect(await onHand(variant_id)).toEqual(['0'])
    await receive(server, owner, [{ variant_id, quantity: '1' }])
  })

  test('moves again when the freeze is lifted or the count cancelled, and one count freezes what no other does', async () => {
    const [variant_id, other] = [await stocked(), await stocked()]
    const made = await open([variant_id, other], { freezes_stock: true })
    const reason = 'Nobody counts'
    await expect(counter.call('counts.lift-freeze', { ...pick(made), reason })).rejects.toMatchObject(
      refused('forbidden'),
    )
    const lifted = await manager.call('counts.lift-freeze', { ...pick(made), reason })
    expect(lifted).toMatchObject({ frozen_until: null, state: 'open' })
    await sell(server, owner, { variant_id, quantity: '1' })
    await expect(manager.call('counts.lift-freeze', { ...pick(lifted), reason })).rejects.toMatchObject(
      refused('count_not_frozen'),
    )
    await manager.call('counts.cancel-count', { ...pick(lifted), reason })
    const again = await open([variant_id], { freezes_stock: true })
    await manager.call('counts.cancel-count', { ...pick(again), reason })
    await sell(server, owner, { variant_id, quantity: '1' })
    expect(await onHand(variant_id)).toEqual(['8'])
  })
})

const pick = ({ id, version }: { id: string; version: number }) => ({ id, version })

describe('what is too far from the books', () => {
  test('is counted again before approval, once', async () => {
    const name = 'counts.tolerance-percent'
    const { version } = await owner.client.call('settings.get-setting', { name })
    const set = await owner.client.call('settings.set-setting', { name, version, value: '10' })
    const [far, near] = [await stocked(), await stocked()]
    const made = await open([far, near])
    await enter(made.id, [
      { variant_id: far, quantity: '5' },
      { variant_id: near, quantity: '9' },
    ])
    const submitted = await submit(made.id, made.version)
    expect(await linesOf(made.id, 'to_recount')).toMatchObject([{ variant_id: far, requires_recount: true }])
    await expect(approve(submitted)).rejects.toMatchObject(refused('recount_required'))
    const back = await manager.call('counts.send-back', { ...pick(submitted), reason: 'Too far' })
    await expect(submit(made.id, back.version)).rejects.toMatchObject(refused('recount_required'))
    await enter(made.id, [{ variant_id: far, quantity: '6' }])
    const again = await submit(made.id, back.version)
    expect(again.to_recount).toBe(0)
    await approve(again)
    expect([await onHand(far), await onHand(near)]).toEqual([['6'], ['9']])
    await owner.client.call('settings.set-setting', { name, version: set.version, value: null })
  })
})

test('what is kept for somebody is not counted away, unless its time is over', async () => {
  const variant_id = await stocked()
  const document = { branch_id: owner.branchId, document_type: 'order', document_id: crypto.randomUUID() }
  const lines = [{ variant_id, quantity: '4' }]
  const kept = await owner.client.call('inventory.reserve-stock', { ...document, lines })
  const submitted = await submittedByCounter({ variant_id, quantity: '3' })
  await expect(approve(submitted)).rejects.toMatchObject({
    problem: { code: 'reserved_stock_missing', detail: expect.stringContaining('3 would be left, 4 is kept') },
  })
  expect(await onHand(variant_id)).toEqual(['10'])
  expect(await owner.client.call('counts.get-count', { id: submitted.id })).toMatchObject({ state: 'submitted' })
  // No job has run since.
  await withClient(server.database.superuserUrl, (client) =>
    client.query('UPDATE inventory.reservation_line SET expires_at = now() WHERE reservation_id = $1', [kept.id]),
  )
  await approve(submitted)
  expect(await onHand(variant_id)).toEqual(['3'])
  const other = await stocked()
  const sold = await submittedByCounter({ variant_id: other, quantity: '2' })
  await sell(server, owner, { variant_id: other, quantity: '3' })
  await expect(approve(sold)).rejects.toMatchObject(refused('count_outdated'))
})

test('what is due: never counted, asked for, or left over by a cancelled count', async () => {
  const { branch_id } = await branchOfItsOwn()
  const [never, asked] = [await newVariant(), await newVariant()]
  await receive(
    server,
    owner,
    [never, asked].map((variant_id) => ({ variant_id, quantity: '3', branch_id })),
  )
  const due = async (days?: number) => {
    const { items } = await owner.client.call('counts.list-due', {
      branch_id,
      ...(days === undefined ? {} : { not_counted_for_days: days }),
    })
    return items.map(({ variant_id, requires_recount, reason }) => [variant_id, requires_recount, reason])
  }
  expect(await due()).toEqual([])
  expect(await due(30)).toHaveLength(2)
  await owner.client.call('counts.require-recount', { branch_id, variant_ids: [asked], reason: 'Not on its shelf' })
  expect(await due()).toEqual([[asked, true, 'Not on its shelf']])
  const made = await owner.client.call('counts.create-count', { branch_id, requires_recount: true })
  expect(made.subject).toBe('due')
  expect(await linesOf(made.id)).toMatchObject([{ variant_id: asked }])
  await enter(made.id, [{ variant_id: asked, quantity: '3' }])
  await approve(await submit(made.id, made.version))
  expect(await due(30)).toEqual([[never, false, null]])
  const second = await submittedByCounter({ branch_id, variant_id: never, quantity: '1' })
  const [line] = await linesOf(second.id)
  const back = await owner.client.call('counts.send-back', {
    ...pick(second),
    reason: 'Again',
    line_ids: [line?.id ?? ''],
  })
  await owner.client.call('counts.cancel-count', { ...pick(back), reason: 'Closing time' })
  expect(await due()).toEqual([[never, true, `count ${second.number} was cancelled`]])
})

test('what somebody asks to be counted again after it was counted is still due when the count is approved', async () => {
  const { branch_id } = await branchOfItsOwn()
  const variant_id = await newVariant()
  const lines = [{ variant_id, quantity: '3' }]
  await receive(server, owner, [{ variant_id, quantity: '3', branch_id }])
  const { id, version } = await owner.client.call('counts.create-count', { branch_id, variant_ids: [variant_id] })
  await enter(id, lines)
  const reason = 'Not on its shelf'
  await owner.client.call('counts.require-recount', { branch_id, variant_ids: [variant_id], reason })
  await approve(await submit(id, version))
  expect((await owner.client.call('counts.list-due', { branch_id })).items).toMatchObject([{ variant_id, reason }])
})

test('what left the catalogue is not in a count of everything', async () => {
  const { branch_id } = await branchOfItsOwn()
  const [kept, ended] = [await makeProduct(owner), await makeProduct(owner)]
  const lines = [kept, ended].map(({ variant: { id: variant_id } }) => ({ variant_id, quantity: '1' }))
  const given = lines.map((line) => ({ ...line, branch_id }))
  await receive(server, owner, given)
  await owner.client.call('inventory.write-off-stock', { branch_id, reason: 'lost', lines })
  await owner.client.call('catalog.delete-product', { id: ended.id, version: 1 })
  const { id } = await owner.client.call('counts.create-count', { branch_id })
  expect((await linesOf(id)).map(({ variant_id }) => variant_id)).toEqual([kept.variant.id])
})

let branches = 0
async function branchOfItsOwn() {
  const branch = {
    entity_id: owner.entityId,
    code: `B${++branches}`,
    name: 'Other',
    time_zone: 'Europe/Paris',
  }
  return { branch_id: (await owner.client.call('tenants.create-branch', branch)).id }
}

describe('it is refused', () => {
  test('to approve what one counted or submitted, to approve twice, or what is not submitted', async () => {
    const variant_id = await stocked()
    const made = await open([variant_id])
    await expect(approve(made)).rejects.toMatchObject(refused('count_not_submitted'))
    await enter(made.id, [{ variant_id, quantity: '1' }], manager)
    await enter(made.id, [{ variant_id, quantity: '8' }])
    const submitted = await owner.client.call('counts.submit-count', pick(made))
    await expect(approve(submitted)).rejects.toMatchObject(refused('count_approved_by_counter'))
    await expect(approve(submitted, owner.client)).rejects.toMatchObject(refused('count_approved_by_counter'))
    await expect(approve(submitted, counter)).rejects.toMatchObject(refused('forbidden'))
    const other = (await employ(server, owner, 'manager')).client
    const approved = await approve(submitted, other)
    await expect(approve(submitted, other)).rejects.toMatchObject(refused('version_conflict'))
    await expect(approve(approved, other)).rejects.toMatchObject(refused('count_not_submitted'))
    await expect(enter(made.id, [{ variant_id, quantity: '1' }])).rejects.toMatchObject(refused('count_not_open'))
    await expect(manager.call('counts.cancel-count', { ...pick(approved), reason: 'Late' })).rejects.toMatchObject(
      refused('count_closed'),
    )
    expect(await onHand(variant_id)).toEqual(['8'])
  })

  test('to count twice at once, nothing, services, or what nobody knows', async () => {
    const variant_id = await stocked()
    const service = await newVariant({ kind: 'service' })
    const made = await open([variant_id])
    const others = await signUpOwner(server)
    const wrong: [variants: string[], code: string][] = [
      [[variant_id], 'already_being_counted'],
      [[service], 'not_stocked'],
      [[crypto.randomUUID()], 'variant_not_found'],
      [[(await makeProduct(others)).variant.id], 'variant_not_found'],
    ]
    for (const [variants, code] of wrong) await expect(open(variants), code).rejects.toMatchObject(refused(code))
    const { branch_id } = await branchOfItsOwn()
    await expect(owner.client.call('counts.create-count', { branch_id })).rejects.toMatchObject(
      refused('nothing_to_count'),
    )
    const strange = owner.client.call('counts.create-count', { branch_id: others.branchId })
    await expect(strange).rejects.toMatchObject(refused('branch_not_found'))
    await expect(submit(made.id, made.version)).rejects.toMatchObject(refused('nothing_counted'))
    const two = await open([await stocked(), await stocked()])
    const [line] = await linesOf(two.id)
    await enter(two.id, [{ variant_id: line?.variant_id ?? '', quantity: '10' }])
    await expect(submit(two.id, two.version)).rejects.toMatchObject(refused('lines_not_counted'))
    expect(await submit(two.id, two.version, { leaves_out_uncounted: true })).toMatchObject({
      state: 'submitted',
      counted: 1,
    })
    await expect(manager.call('counts.send-back', { id: two.id, version: 2, reason: 'Why' })).rejects.toMatchObject(
      refused('nothing_to_recount'),
    )
  })

  test.each<[lines: object[], code: string]>([
    [[{ quantity: '1.5' }], 'too_many_decimals'],
    [[{ quantity: '-1' }], 'invalid_input'],
    [[{ quantity: '1.0000001' }], 'invalid_input'],
    [[{ quantity: '' }], 'invalid_input'],
    [[{ quantity: 1 }], 'invalid_input'],
    [[], 'invalid_input'],
    [[{ quantity: '1' }, { quantity: '2' }], 'place_twice'],
    [[{ quantity: '1', variant_id: crypto.randomUUID() }], 'variant_not_found'],
    [[{ quantity: '1', batch_id: crypto.randomUUID() }], 'batch_not_found'],
    [[{ quantity: '1', pack_id: crypto.randomUUID() }], 'pack_not_found'],
    [[{ quantity: '1', unit_id: crypto.randomUUID() }], 'unit_mismatch'],
  ])('to enter %j, and nothing of it is entered', async (lines, code) => {
    const variant_id = await stocked()
    const { id } = await open([variant_id])
    const given = lines.map((line) => ({ variant_id, quantity: '1', ...line }))
    await expect(enter(id, [...given])).rejects.toMatchObject(refused(code))
    expect(await linesOf(id)).toMatchObject([{ counted: null, times_counted: 0 }])
  })

  test('to whoever works in another branch, as if there were no such count', async () => {
    const { branch_id } = await branchOfItsOwn()
    const { client } = await employ(server, owner, 'manager', { branch_ids: [branch_id] })
    const variant_id = await stocked()
    const made = await open([variant_id])
    const [line] = await linesOf(made.id)
    const calls = [
      client.call('counts.get-count', { id: made.id }),
      client.call('counts.list-lines', { id: made.id }),
      client.call('counts.list-entries', { id: line?.id ?? '' }),
      enter(made.id, [{ variant_id, quantity: '1' }], client),
      approve(made, client),
      client.call('counts.cancel-count', { ...pick(made), reason: 'Mine' }),
    ]
    for (const call of await Promise.allSettled(calls)) expect(call).toMatchObject({ reason: refused('not_found') })
    expect((await client.call('counts.list-counts', {})).items).toEqual([])
  })
})

describe('at once', () => {
  test('two who approve post once, and sales meanwhile stay on top', async () => {
    const variant_id = await stocked('100')
    const submitted = await submittedByCounter({ variant_id, quantity: '90' })
    const approvers = [manager, (await employ(server, owner, 'manager')).client]
    const sales = Array.from({ length: 8 }, () => sell(server, owner, { variant_id, quantity: '1' }))
    const results = await Promise.allSettled(approvers.map((client) => approve(submitted, client)))
    await Promise.all(sales)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(results.flatMap((one) => (one.status === 'rejected' ? [one.reason.problem.code] : []))).toEqual([
      'version_conflict',
    ])
    expect(await onHand(variant_id)).toEqual(['82'])
  })

  test('many who count different lines, and an unlisted batch, all are heard', async () => {
    const variants = await Promise.all(Array.from({ length: 6 }, () => stocked()))
    const { id } = await open(variants)
    const counters = [counter, manager, owner.client]
    const batch = { batch_number: 'X', quantity: '2' }
    await Promise.all(
      variants.flatMap((variant_id, at) => {
        const client = counters[at % counters.length] ?? counter
        return [
          enter(id, [{ variant_id, quantity: `${at}` }], client),
          enter(id, [{ variant_id: variants[0] ?? '', ...batch }], client),
        ]
      }),
    )
    const lines = await linesOf(id)
    expect(lines).toHaveLength(7)
    expect(lines.every(({ counted }) => counted !== null)).toBe(true)
    expect(lines.find(({ batch_number }) => batch_number === 'X')).toMatchObject({ counted: '2', times_counted: 6 })
  })

  test('of counts that are opened of the same goods there is one', async () => {
    const variants = [await stocked(), await stocked()]
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => open(variants)))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const codes = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason.problem.code] : []))
    expect(new Set(codes)).toEqual(new Set(['already_being_counted']))
  })
})
