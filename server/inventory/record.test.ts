import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeBatch, moveStock, newPosting, recordStock } from '../../tests/harness/stock.ts'
import type { Move } from '../costing/index.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { blockBatches, type NewMovement, type NewPosting } from './stock-queries.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const newVariant = async () => (await makeProduct(owner)).variant.id
const record = (postings: NewPosting[]) => recordStock(server, owner.tenantId, postings)
const query = async (text: string, values: unknown[]) =>
  (await withClient(server.database.superuserUrl, (client) => client.query(text, values))).rows

/** A movement at one euro a unit. */
function movement(variant_id: string, quantity: string, more: Partial<NewMovement> = {}): NewMovement {
  const at = { branch_id: owner.branchId, variant_id, batch_id: null }
  return { ...at, quantity, value: quantity, unit_cost: '1', last_cost: '1', ...more }
}
const posting = (
  variant: string,
  quantity: string,
  more: Partial<NewMovement> = {},
  values: Partial<NewPosting> = {},
) => newPosting({ movements: [movement(variant, quantity, more)], ...values })
const levelsOf = (variant: string) =>
  query('SELECT on_hand, available, version FROM inventory.level WHERE variant_id = $1 ORDER BY place', [variant])
const movementsOf = (variant: string) =>
  query(
    `SELECT quantity, previous_quantity, running_quantity, value, level_version, line
     FROM inventory.movement WHERE variant_id = $1 ORDER BY level_id, level_version`,
    [variant],
  )
const codes = async (postings: NewPosting[]) => (await record(postings)).map(({ code }) => code ?? 'ok')

test('an empty list is answered by an empty list', async () => {
  expect(await record([])).toEqual([])
})

test('postings are applied in order, each on what the one before it left, and a refused one leaves no trace', async () => {
  const variant = await newVariant()
  const sold = posting(variant, '-7')
  const answers = await record([posting(variant, '10'), sold, posting(variant, '-4'), posting(variant, '-3'), sold])
  expect(answers).toEqual([
    { code: null, line: null, available: null },
    { code: null, line: null, available: null },
    { code: 'insufficient_stock', line: 1, available: '3' },
    { code: null, line: null, available: null },
    { code: 'already_exists', line: null, available: null },
  ])
  expect(await levelsOf(variant)).toEqual([{ on_hand: '0.000000', available: '0.000000', version: '3' }])
  expect(await movementsOf(variant)).toMatchObject([
    {
      quantity: '10.000000',
      previous_quantity: '0.000000',
      running_quantity: '10.000000',
      level_version: '1',
      line: 1,
    },
    { quantity: '-7.000000', previous_quantity: '10.000000', running_quantity: '3.000000', level_version: '2' },
    { quantity: '-3.000000', previous_quantity: '3.000000', running_quantity: '0.000000', level_version: '3' },
  ])
  expect(await codes([sold])).toEqual(['already_exists'])
  const cost = 'SELECT quantity, value, last_cost, version FROM inventory.cost WHERE variant_id = $1'
  expect(await query(cost, [variant])).toEqual([
    { quantity: '0.000000', value: '0.0000', last_cost: '1.000000', version: '3' },
  ])
})

test('a posting is recorded whole or not at all, and those around it are as if it had not been there', async () => {
  const [one, two, three] = [await newVariant(), await newVariant(), await newVariant()]
  const half = newPosting({
    movements: [movement(one, '5'), movement(two, '5'), movement(two, '-6'), movement(three, '1')],
  })
  const answers = await record([posting(one, '2'), half, posting(two, '1')])
  expect(answers[1]).toEqual({ code: 'insufficient_stock', line: 3, available: '0' })
  expect(await levelsOf(one)).toMatchObject([{ on_hand: '2.000000', version: '1' }])
  expect(await levelsOf(two)).toMatchObject([{ on_hand: '1.000000', version: '1' }])
  expect(await levelsOf(three)).toEqual([])
})

describe('a posting is refused:', () => {
  const otherBatch = async () => makeBatch(server, owner, { variant_id: await newVariant() })
  test.each<[code: string, change: () => Promise<Partial<NewMovement>> | Partial<NewMovement>]>([
    ['quantity_zero', () => ({ quantity: '0', value: '0' })],
    ['wrong_precision', () => ({ quantity: '0.0000001' })],
    ['wrong_precision', () => ({ value: '1.00001' })],
    ['branch_not_found', () => ({ branch_id: uuidv7() })],
    ['branch_not_found', async () => ({ branch_id: (await signUpOwner(server)).branchId })],
    ['variant_not_found', () => ({ variant_id: uuidv7() })],
    ['batch_not_found', () => ({ batch_id: uuidv7() })],
    ['batch_not_found', async () => ({ batch_id: await otherBatch() })],
    ['insufficient_stock', () => ({ quantity: '-1' })],
    ['stock_out_of_range', () => ({ quantity: '10000000000000' })],
    ['cost_out_of_step', () => ({ quantity: '-1', value: '-1', may_go_below_zero: true })],
  ])('%s', async (code, change) => {
    const variant = await newVariant()
    const before = code === 'cost_out_of_step' ? [posting(variant, '1', { value: '2' })] : []
    expect(await codes([...before, posting(variant, '1', await change())])).toEqual([...before.map(() => 'ok'), code])
    expect(await movementsOf(variant)).toHaveLength(before.length)
  })

  test('too_few_movements', async () => {
    expect(await codes([newPosting({})])).toEqual(['too_few_movements'])
  })
})

test('stock goes below zero only where the movement may', async () => {
  const variant = await newVariant()
  expect(await codes([posting(variant, '-2', { may_go_below_zero: true }), posting(variant, '-1')])).toEqual([
    'ok',
    'insufficient_stock',
  ])
  expect(await levelsOf(variant)).toMatchObject([{ on_hand: '-2.000000' }])
  expect(await codes([posting(variant, '1')])).toEqual(['ok'])
})

describe('batches', () => {
  const today = () =>
    query(
      `SELECT (now() AT TIME ZONE 'Europe/Paris')::date::text AS day, ((now() AT TIME ZONE 'Europe/Paris')::date - 1)::text AS before`,
      [],
    )

  test('an expired one is not sold from the day after its last, and is written off all the same', async () => {
    const variant_id = await newVariant()
    const [{ day, before }] = (await today()) as [{ day: string; before: string }]
    const last = await makeBatch(server, owner, { variant_id, expires_on: day })
    const gone = await makeBatch(server, owner, { variant_id, expires_on: before })
    await codes([posting(variant_id, '5', { batch_id: last }), posting(variant_id, '5', { batch_id: gone })])
    const out = (batch_id: string, kind: 'sale' | 'write_off') => posting(variant_id, '-1', { batch_id }, { kind })
    expect(await codes([out(last, 'sale'), out(gone, 'sale'), out(gone, 'write_off')])).toEqual([
      'ok',
      'batch_expired',
      'ok',
    ])
  })

  test('a blocked one is not sold until it is released, and every change is kept', async () => {
    const variant_id = await newVariant()
    const batch_id = await makeBatch(server, owner, { variant_id })
    await codes([posting(variant_id, '5', { batch_id })])
    const change = (action: 'block' | 'release') =>
      inTransaction(server.product.databases.app, owner.tenantId, (tx) =>
        blockBatches({ ...tx, tenantId: owner.tenantId }, [
          { id: uuidv7(), batch_id, action, reason: 'Recall 7', actor_id: owner.employeeId },
        ]),
      )
    const sale = () => posting(variant_id, '-1', { batch_id }, { kind: 'sale' })
    expect(await change('release')).toEqual([{ number: null, code: 'not_blocked', freed: null }])
    expect(await change('block')).toEqual([{ number: 1, code: null, freed: [] }])
    expect(await change('block')).toEqual([{ number: null, code: 'already_blocked', freed: null }])
    expect(await codes([sale()])).toEqual(['batch_blocked'])
    expect(await change('release')).toEqual([{ number: 2, code: null, freed: [] }])
    expect(await codes([sale()])).toEqual(['ok'])
    expect(await levelsOf(variant_id)).toMatchObject([{ on_hand: '4.000000' }])
  })
})

test('many who sell the same goods at once sell what there is and no more, and values tie to movements', async () => {
  const variants = [await newVariant(), await newVariant()]
  const move = (variant_id: string, change: Move['change']): Move => ({
    branch_id: owner.branchId,
    variant_id,
    batch_id: null,
    change,
  })
  // Nobody has any of it yet: those who make the stock race, too.
  const receipts = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      moveStock(server, owner.tenantId, {
        kind: 'receipt',
        moves: (at % 2 ? variants : variants.toReversed()).map((one) =>
          move(one, { kind: 'receipt', quantity: '5', unit_cost: `${at + 1}.333333`, against: 'suppliers' }),
        ),
      }),
    ),
  )
  expect(receipts.map(({ code }) => code)).toEqual(receipts.map(() => null))
  const sales = await Promise.all(
    Array.from({ length: 64 }, (_, at) =>
      moveStock(server, owner.tenantId, {
        kind: 'sale',
        moves: (at % 2 ? variants : variants.toReversed()).map((one) =>
          move(one, { kind: 'issue', quantity: '1', against: 'cost_of_sales' }),
        ),
      }),
    ),
  )
  expect(sales.filter(({ code }) => code === null)).toHaveLength(50)
  expect(new Set(sales.map(({ code }) => code))).toEqual(new Set([null, 'insufficient_stock']))
  for (const variant of variants) {
    expect(await levelsOf(variant)).toMatchObject([{ on_hand: '0.000000', version: '60' }])
    const [tie] = await query(
      `SELECT sum(m.quantity)::text AS moved, sum(m.value)::text AS worth, c.quantity, c.value, count(*)::text AS count, c.version
       FROM inventory.cost c JOIN inventory.movement m USING (tenant_id, branch_id, variant_id)
       WHERE c.variant_id = $1 GROUP BY c.quantity, c.value, c.version`,
      [variant],
    )
    expect(tie).toEqual({
      moved: '0.000000',
      worth: '0.0000',
      quantity: '0.000000',
      value: '0.0000',
      count: '60',
      version: '60',
    })
  }
})
