import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct, unitOf } from '../../tests/harness/catalog.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { documentOf, makeBatch, post, stockWorth } from '../../tests/harness/stock.ts'
import { neighbourOf, stockUp } from '../../tests/harness/transfers.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let way: { from_branch_id: string; to_branch_id: string }
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  way = { from_branch_id: owner.branchId, to_branch_id: await neighbourOf(owner) }
})
afterAll(() => server?.close())

interface Line {
  variant_id: string
  quantity: string
  batch_id?: string
  pack_id?: string
  unit_id?: string
}

const problem = (code: string) => ({ problem: { code } })
const query = async (text: string, values: unknown[]) =>
  (await withClient(server.database.superuserUrl, (client) => client.query(text, values))).rows
const balance = async (purpose: string) => (await accountOf(owner, purpose))?.balance ?? 'none'
const onHand = async (branchId: string, variantId: string) => {
  const rows = await query(
    'SELECT coalesce(trim_scale(sum(on_hand)), 0)::text AS sum FROM inventory.level WHERE branch_id = $1 AND variant_id = $2',
    [branchId, variantId],
  )
  return rows[0].sum as string
}
const blocked = (batchId: string) => query('UPDATE inventory.batch SET is_blocked = true WHERE id = $1', [batchId])

async function newGoods(quantity = '10', unit_cost = '1') {
  const { variant } = await makeProduct(owner)
  await stockUp(server, owner, { variant_id: variant.id, quantity, unit_cost })
  return variant.id
}
const plan = (lines: Line[], more: object = {}) =>
  owner.client.call('transfers.create-transfer', { ...way, lines, ...more })
const dispatch = ({ id, version }: { id: string; version: number }, more: object = {}) =>
  owner.client.call('transfers.dispatch-transfer', { id, version, ...more })
const receive = ({ id, version }: { id: string; version: number }, more: object = {}) =>
  owner.client.call('transfers.receive-transfer', { id, version, ...more })
const cancel = ({ id, version }: { id: string; version: number }, more: object = {}) =>
  owner.client.call('transfers.cancel-transfer', { id, version, ...more })
async function sent(quantity = '5', unit_cost = '1') {
  const variant_id = await newGoods('10', unit_cost)
  const transfer = await dispatch(await plan([{ variant_id, quantity }]))
  return { transfer, variant_id, part_id: transfer.lines[0]?.parts[0]?.id ?? '' }
}

describe('nothing is planned that cannot be moved:', () => {
  const piece = async (more: object) => [{ variant_id: await newGoods(), quantity: '1', ...more }]
  const elsewhere = async () => {
    const other = { legal_name: 'Two', country: 'FR', currency: 'EUR' }
    const { id } = await owner.client.call('tenants.create-entity', other)
    const branch = { entity_id: id, code: 'TWO', name: 'Two', time_zone: 'Europe/Paris' }
    return (await owner.client.call('tenants.create-branch', branch)).id
  }
  test.each<[code: string, input: () => Promise<{ lines?: Line[]; from_branch_id?: string; to_branch_id?: string }>]>([
    ['transfer_to_same_branch', async () => ({ to_branch_id: way.from_branch_id })],
    ['transfer_between_entities', async () => ({ to_branch_id: await elsewhere() })],
    ['branch_not_found', async () => ({ to_branch_id: uuidv7() })],
    ['branch_not_found', async () => ({ from_branch_id: uuidv7() })],
    ['branch_not_found', async () => ({ to_branch_id: (await signUpOwner(server)).branchId })],
    ['variant_not_found', async () => ({ lines: await piece({ variant_id: uuidv7() }) })],
    [
      'not_stocked',
      async () => ({ lines: await piece({ variant_id: (await makeProduct(owner, { kind: 'service' })).variant.id }) }),
    ],
    [
      'not_stocked',
      async () => ({ lines: await piece({ variant_id: (await makeProduct(owner, { kind: 'kit' })).variant.id }) }),
    ],
    ['batch_not_found', async () => ({ lines: await piece({ batch_id: uuidv7() }) })],
    [
      'batch_not_found',
      async () => ({
        lines: await piece({ batch_id: await makeBatch(server, owner, { variant_id: await newGoods() }) }),
      }),
    ],
    ['quantity_zero', async () => ({ lines: await piece({ quantity: '0' }) })],
    ['too_many_decimals', async () => ({ lines: await piece({ quantity: '0.5' }) })],
    ['unit_mismatch', async () => ({ lines: await piece({ unit_id: await unitOf(owner, 'kg') }) })],
    ['pack_not_found', async () => ({ lines: await piece({ pack_id: uuidv7() }) })],
    ['invalid_input', async () => ({ lines: await piece({ quantity: '-1' }) })],
    ['invalid_input', async () => ({ lines: [] })],
  ])('%s', async (code, input) => {
    const before = await query('SELECT count(*) FROM transfers.transfer', [])
    const bad = { lines: [{ variant_id: await newGoods(), quantity: '1' }], ...way, ...(await input()) }
    await expect(owner.client.call('transfers.create-transfer', bad)).rejects.toMatchObject(problem(code))
    expect(await query('SELECT count(*) FROM transfers.transfer', [])).toEqual(before)
  })
})

test('a plan holds no stock; one that is more than there is is refused when it leaves, with what is left', async () => {
  const variant_id = await newGoods('10')
  const [one, two] = [await plan([{ variant_id, quantity: '6' }]), await plan([{ variant_id, quantity: '5' }])]
  expect(await onHand(way.from_branch_id, variant_id)).toBe('10')
  await dispatch(one)
  await expect(dispatch(two)).rejects.toMatchObject({
    problem: { code: 'insufficient_stock', detail: expect.stringContaining('4 left') },
  })
  expect((await owner.client.call('transfers.get-transfer', { id: two.id })).state).toBe('pending')
  expect(await onHand(way.from_branch_id, variant_id)).toBe('4')
})

test('a pending plan is changed, lines and all, and keeps what goods were called; a dispatched one is not', async () => {
  const { id: product_id, variant, version } = { ...(await makeProduct(owner, { name: 'Tea' })) }
  await stockUp(server, owner, { variant_id: variant.id, quantity: '24' })
  const pack = { variant_id: variant.id, name: 'Of six', quantity: '6' }
  const { id: pack_id } = await owner.client.call('catalog.add-pack', pack)
  const planned = await plan([{ variant_id: variant.id, quantity: '1' }], { notes: 'Soon' })
  const changed = await owner.client.call('transfers.update-transfer', {
    id: planned.id,
    version: planned.version,
    notes: null,
    expected_on: '2030-01-01',
    lines: [{ variant_id: variant.id, quantity: '2', pack_id }],
  })
  expect(changed).toMatchObject({ notes: null, expected_on: '2030-01-01', version: planned.version + 1 })
  expect(changed.lines).toMatchObject([{ name: 'Tea', quantity: '12', given_quantity: '2', pack_id, position: 1 }])
  await owner.client.call('catalog.update-product', { id: product_id, version, name: 'Green tea' })
  const gone = await dispatch(changed)
  expect(gone.lines).toMatchObject([{ name: 'Tea', sent_quantity: '12' }])
  const late = { id: gone.id, version: gone.version, notes: 'Too late' }
  await expect(owner.client.call('transfers.update-transfer', late)).rejects.toMatchObject(
    problem('transfer_not_pending'),
  )
})

test('a pending transfer is cancelled and moves nothing', async () => {
  const variant_id = await newGoods('10')
  const cancelled = await cancel(await plan([{ variant_id, quantity: '6' }]), { reason: 'Not needed' })
  expect(cancelled).toMatchObject({ state: 'cancelled', steps: [{ action: 'cancel', reason: 'Not needed' }] })
  expect(await onHand(way.from_branch_id, variant_id)).toBe('10')
  for (const step of [dispatch, receive, cancel])
    await expect(step(cancelled)).rejects.toMatchObject({ problem: { status: 409 } })
})

test('a transfer that is called back brings the same batches and the same value home, whatever the cost is by then', async () => {
  const { variant } = await makeProduct(owner)
  const variant_id = variant.id
  const batch_id = await makeBatch(server, owner, { variant_id, expires_on: '2199-01-01' })
  await stockUp(server, owner, { variant_id, batch_id, quantity: '3', unit_cost: '3.333333' })
  const [transit, worth] = [await balance('transfers_in_transit'), await stockWorth(server, owner)]
  const gone = await dispatch(await plan([{ variant_id, quantity: '2' }]))
  expect(await balance('transfers_in_transit')).not.toBe(transit)
  await stockUp(server, owner, { variant_id, batch_id, quantity: '10', unit_cost: '9' })
  expect((await cancel(gone)).state).toBe('cancelled')
  expect(await balance('transfers_in_transit')).toBe(transit)
  const [{ difference }] = await query('SELECT ($1::numeric - $2::numeric)::text AS difference', [
    await stockWorth(server, owner),
    worth,
  ])
  expect(difference).toBe('90.0000')
  expect(
    await query('SELECT trim_scale(on_hand)::text AS on_hand FROM inventory.level WHERE batch_id = $1', [batch_id]),
  ).toEqual([{ on_hand: '13' }])
})

test('what is on its way is not taken out of the catalogue, nor tracked otherwise', async () => {
  const product = await makeProduct(owner)
  const [variant_id, id] = [product.variant.id, product.id]
  await stockUp(server, owner, { variant_id, quantity: '2' })
  const gone = await dispatch(await plan([{ variant_id, quantity: '2' }]))
  const end = () => owner.client.call('catalog.delete-product', { id, version: 1 })
  const track = { id, version: 1, is_expiry_tracked: true }
  await expect(end()).rejects.toMatchObject(problem('variant_in_stock'))
  await expect(owner.client.call('catalog.update-product', track)).rejects.toMatchObject(problem('variant_in_stock'))
  const short = await receive(gone, { lines: [] })
  await owner.client.call('transfers.write-off-shortage', { id: gone.id, version: short.version, reason: 'Lost' })
  await end()
})

test('what was partly received is not called back', async () => {
  const { transfer, part_id } = await sent('5')
  const half = await receive(transfer, { lines: [{ part_id, quantity: '2' }], is_last: false })
  expect(half).toMatchObject({ state: 'in_transit', lines: [{ arrived_quantity: '2', open_quantity: '3' }] })
  await expect(cancel(half)).rejects.toMatchObject(problem('transfer_partly_received'))
  const rest = await receive(half)
  expect(rest).toMatchObject({ state: 'completed', lines: [{ arrived_quantity: '5', open_quantity: '0' }] })
})

test('a transfer of which nothing comes is short, and written off it leaves nothing on the way', async () => {
  const [transit, loss] = [await balance('transfers_in_transit'), await balance('stock_loss')]
  const { transfer } = await sent('5', '2')
  const short = await receive(transfer, { lines: [] })
  expect(short.state).toBe('short')
  const { id, version } = short
  const lost = await owner.client.call('transfers.write-off-shortage', { id, version, reason: 'Stolen' })
  expect(lost).toMatchObject({ state: 'completed', lines: [{ written_off_quantity: '5', open_quantity: '0' }] })
  expect(await balance('transfers_in_transit')).toBe(transit)
  expect(
    await query('SELECT $1::numeric - $2::numeric AS lost', [await balance('stock_loss'), loss === 'none' ? 0 : loss]),
  ).toEqual([{ lost: '10.0000' }])
})

describe('a receipt is refused:', () => {
  test.each<[code: string, lines: (part_id: string) => object[], more?: object]>([
    ['transfer_over_receipt', (part_id) => [{ part_id, quantity: '6' }]],
    ['transfer_over_receipt', (part_id) => [{ part_id, quantity: '5', damaged_quantity: '1' }]],
    [
      'transfer_part_twice',
      (part_id) => [
        { part_id, quantity: '1' },
        { part_id, quantity: '1' },
      ],
    ],
    ['transfer_part_not_found', () => [{ part_id: uuidv7(), quantity: '1' }]],
    ['transfer_nothing_received', (part_id) => [{ part_id, quantity: '0' }], { is_last: false }],
    ['too_many_decimals', (part_id) => [{ part_id, quantity: '0.5' }]],
    ['version_conflict', (part_id) => [{ part_id, quantity: '1' }], { version: 1 }],
    ['invalid_input', (part_id) => [{ part_id, quantity: '-1' }]],
  ])('%s', async (code, lines, more = {}) => {
    const { transfer, part_id, variant_id } = await sent('5')
    await expect(receive(transfer, { lines: lines(part_id), ...more })).rejects.toMatchObject(problem(code))
    expect(await onHand(way.to_branch_id, variant_id)).toBe('0')
    expect((await owner.client.call('transfers.get-transfer', { id: transfer.id })).version).toBe(transfer.version)
  })
})

test('nothing is received before it left, or settled before it is short', async () => {
  const planned = await plan([{ variant_id: await newGoods(), quantity: '1' }])
  await expect(receive(planned)).rejects.toMatchObject(problem('transfer_not_on_the_way'))
  const { id, version } = await dispatch(planned)
  const settle = [
    owner.client.call('transfers.write-off-shortage', { id, version, reason: 'Too early' }),
    owner.client.call('transfers.take-back-shortage', { id, version }),
  ]
  for (const one of await Promise.allSettled(settle)) {
    expect(one).toMatchObject({ status: 'rejected', reason: problem('transfer_not_short') })
  }
})

test('a batch that is blocked or expired arrives all the same, is named to leave, and is not sold where it arrives', async () => {
  const { variant } = await makeProduct(owner)
  const variant_id = variant.id
  const [bad, old] = [
    await makeBatch(server, owner, { variant_id, expires_on: '2199-01-01' }),
    await makeBatch(server, owner, { variant_id, expires_on: '2020-01-01' }),
  ]
  for (const batch_id of [bad, old]) await stockUp(server, owner, { variant_id, batch_id, quantity: '5' })
  const gone = await dispatch(
    await plan([
      { variant_id, batch_id: bad, quantity: '2' },
      { variant_id, batch_id: old, quantity: '2' },
    ]),
  )
  await blocked(bad)
  expect((await receive(gone)).state).toBe('completed')
  const sale = (batch_id: string) =>
    post(
      server,
      owner,
      documentOf('sale', [
        {
          branch_id: way.to_branch_id,
          variant_id,
          batch_id,
          change: { kind: 'issue', quantity: '1', against: 'cost_of_sales' },
        },
      ]),
    )
  await expect(sale(bad)).rejects.toMatchObject({ kind: { code: 'batch_blocked' } })
  await expect(sale(old)).rejects.toMatchObject({ kind: { code: 'batch_expired' } })
  await expect(dispatch(await plan([{ variant_id, quantity: '1' }]))).rejects.toMatchObject(
    problem('insufficient_stock'),
  )
})

describe('at once,', () => {
  test('two who receive the same goods book them once', async () => {
    const { transfer, variant_id } = await sent('5')
    const results = await Promise.allSettled([receive(transfer), receive(transfer), receive(transfer)])
    const codes = results.map((one) => (one.status === 'fulfilled' ? one.value.state : one.reason.problem.code))
    expect(codes.toSorted()).toEqual(['completed', 'version_conflict', 'version_conflict'])
    expect(await onHand(way.to_branch_id, variant_id)).toBe('5')
  })

  test('a transfer is dispatched or cancelled, never both', async () => {
    for (let round = 0; round < 5; round++) {
      const variant_id = await newGoods('10')
      const planned = await plan([{ variant_id, quantity: '4' }])
      const results = await Promise.allSettled([dispatch(planned), cancel(planned)])
      const done = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value.state] : []))
      expect(done).toHaveLength(1)
      expect(await onHand(way.from_branch_id, variant_id)).toBe(done[0] === 'in_transit' ? '6' : '10')
    }
  })

  test('transfers that cross between two branches leave no deadlock, and their numbers no gap', async () => {
    const variants = [await newGoods('40'), await newGoods('40')]
    const there = { from_branch_id: way.to_branch_id, to_branch_id: way.from_branch_id }
    for (const variant_id of variants)
      await stockUp(server, owner, { variant_id, quantity: '40', branch_id: way.to_branch_id })
    const numbers = await Promise.all(
      Array.from({ length: 16 }, async (_, at) => {
        const lines = (at % 2 ? variants : variants.toReversed()).map((variant_id) => ({ variant_id, quantity: '1' }))
        const planned = await plan(lines, at % 3 ? {} : there)
        expect((await receive(await dispatch(planned))).state).toBe('completed')
        return planned.number
      }),
    )
    const counted = numbers.toSorted().map((number) => BigInt(number.slice(3)))
    expect(counted.map((number) => number - (counted[0] ?? 0n))).toEqual(counted.map((_, at) => BigInt(at)))
  })
})

test('a step sent twice with an id of its maker is taken once', async () => {
  const variant_id = await newGoods('10')
  const [id, dispatch_id, receipt_id] = [uuidv7(), uuidv7(), uuidv7()]
  const input = { ...way, id, lines: [{ variant_id, quantity: '4' }] }
  const planned = await owner.client.call('transfers.create-transfer', input)
  expect(await owner.client.call('transfers.create-transfer', input)).toEqual(planned)
  const gone = await dispatch(planned, { dispatch_id })
  expect(await dispatch(planned, { dispatch_id })).toEqual(gone)
  const come = await receive(gone, { receipt_id })
  expect(await receive(gone, { receipt_id })).toEqual(come)
  expect(come.steps.map((step) => step.id)).toEqual([dispatch_id, receipt_id])
  expect(await onHand(way.from_branch_id, variant_id)).toBe('6')
  expect(await onHand(way.to_branch_id, variant_id)).toBe('4')
})

test('transfers are listed by branch, direction, state, goods, batch and number, newest first and page by page', async () => {
  const { variant } = await makeProduct(owner)
  const variant_id = variant.id
  const batch_id = await makeBatch(server, owner, { variant_id })
  await stockUp(server, owner, { variant_id, batch_id, quantity: '9' })
  const one = await dispatch(await plan([{ variant_id, quantity: '1' }]))
  const two = await plan([{ variant_id, batch_id, quantity: '1' }])
  const list = async (filter: object) =>
    (await owner.client.call('transfers.list-transfers', filter)).items.map(({ id }) => id)
  const both = [two.id, one.id]
  expect(await list({ variant_id })).toEqual(both)
  expect(await list({ batch_id })).toEqual(both)
  expect(await list({ variant_id, branch_id: way.to_branch_id })).toEqual(both)
  expect(await list({ variant_id, branch_id: way.to_branch_id, direction: 'in' })).toEqual(both)
  expect(await list({ variant_id, branch_id: way.to_branch_id, direction: 'out' })).toEqual([])
  expect(await list({ variant_id, state: 'in_transit' })).toEqual([one.id])
  expect(await list({ number: two.number })).toEqual([two.id])
  const first = await owner.client.call('transfers.list-transfers', { variant_id, limit: 1 })
  expect(first.items.map(({ id }) => id)).toEqual([two.id])
  expect(await list({ variant_id, limit: 1, cursor: first.next_cursor ?? '' })).toEqual([one.id])
})

test('the audit chain says what moved, and nothing that was written about it', async () => {
  const variant_id = await newGoods()
  const planned = await plan([{ variant_id, quantity: '1' }], { notes: 'Ask Zineb at the gate' })
  const gone = await dispatch(planned)
  const { items } = await owner.client.call('audit.list-resource-history', {
    resource_type: 'transfer',
    resource_id: planned.id,
  })
  expect(items.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['transfers.create-transfer', 'transfers.dispatch-transfer']),
  )
  expect(JSON.stringify(items)).not.toContain('Zineb')
  const postings = await query('SELECT kind, document_number FROM inventory.posting WHERE id = $1', [gone.steps[0]?.id])
  expect(postings).toEqual([{ kind: 'dispatch', document_number: planned.number }])
  expect(JSON.stringify(items)).toContain(gone.steps[0]?.id)
})
