import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOfRecording, historySnapshot, oldSale, publishedSums, recordHistory } from '../../tests/harness/history.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods } from '../../tests/harness/till.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let tea: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tea = await makeGoods(owner, { stock: '0' })
})
afterAll(() => server?.close())

const reason = 'The file was wrong'
const reverse = async (of: TestOwner, ids: readonly string[], more: object = {}) =>
  (await of.client.call('history.reverse-documents', { ids: [...ids], reason, ...more })).items
const codesOf = (items: Awaited<ReturnType<typeof reverse>>) => items.map(({ refused }) => refused?.code ?? 'done')

test('what was taken back counts nowhere, says why, and leaves its number to another document', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  const before = await historySnapshot(server, one.tenantId)
  const document = oldSale(one, goods, { id: uuidv7(), number: 'A-1', platform_fees: '1.25' })
  await recordHistory(one, [document])
  expect(await publishedSums(server, one.tenantId)).toMatchObject({ lines: 1, total: '12.5000' })
  const [reversed] = await reverse(one, [document.id])
  expect(reversed).toMatchObject({ id: document.id, refused: null })
  expect(await publishedSums(server, one.tenantId)).toMatchObject({ lines: 0, total: '0' })
  expect(await historySnapshot(server, one.tenantId)).toEqual(before)
  const found = await one.client.call('history.get-document', { id: document.id })
  expect(found).toMatchObject({
    is_reversed: true,
    edition: 1,
    reversal: { reversal_id: reversed?.reversal_id, reason, effective_on: '2026-02-03' },
  })
  const other = { ...document, id: uuidv7(), lines: [{ variant_id: goods, quantity: '2', unit_price: '12.50' }] }
  expect(await recordHistory(one, [other])).toMatchObject([{ state: 'recorded', total: '25.00' }])
  expect(await one.client.call('history.get-document', { id: other.id })).toMatchObject({ number: 'A-1', edition: 2 })
  const { items } = await one.client.call('history.list-documents', { number: 'A-1', is_reversed: false })
  expect(items.map(({ id }) => id)).toEqual([other.id])
})

test('a document is taken back once, and a sale not while its refunds count', async () => {
  const [sale, refund] = [uuidv7(), uuidv7()]
  await recordHistory(owner, [
    oldSale(owner, tea, { id: sale }),
    oldSale(owner, tea, {
      id: refund,
      kind: 'refund',
      number: 'C-7',
      original_id: sale,
      lines: [{ variant_id: tea, quantity: '-1', unit_price: '12.50' }],
    }),
  ])
  const [refused] = await reverse(owner, [sale])
  expect(refused).toMatchObject({ reversal_id: null, refused: { code: 'document_refunded', detail: 'by C-7' } })
  expect(codesOf(await reverse(owner, [sale, refund, sale]))).toEqual(['done', 'done', 'already_taken_back'])
  expect(codesOf(await reverse(owner, [refund, uuidv7()]))).toEqual(['already_taken_back', 'not_found'])
  const more = oldSale(owner, tea, {
    kind: 'refund',
    original_id: sale,
    lines: [{ variant_id: tea, quantity: '-1', unit_price: '12.50' }],
  })
  expect(await codeOfRecording(owner, more)).toBe('history_original_not_found')
})

test('of many who take the same documents back at once one does', async () => {
  const ids = Array.from({ length: 4 }, () => uuidv7())
  await recordHistory(
    owner,
    ids.map((id) => oldSale(owner, tea, { id })),
  )
  const before = await publishedSums(server, owner.tenantId)
  const answers = await Promise.all(
    Array.from({ length: 4 }, (_, at) => reverse(owner, at % 2 === 0 ? ids : ids.toReversed())),
  )
  expect(answers.flatMap(codesOf).toSorted()).toEqual([
    ...Array(12).fill('already_taken_back'),
    ...Array(4).fill('done'),
  ])
  expect((await publishedSums(server, owner.tenantId))?.lines).toBe((before?.lines ?? 0) - 4)
})

test('a refund and the reversal of its sale at the same moment are never both recorded', async () => {
  for (let round = 0; round < 4; round++) {
    const sale = uuidv7()
    await recordHistory(owner, [oldSale(owner, tea, { id: sale })])
    const lines = [{ variant_id: tea, quantity: '-1', unit_price: '12.50' }]
    const [refunded, [reversed]] = await Promise.all([
      codeOfRecording(owner, oldSale(owner, tea, { kind: 'refund', original_id: sale, lines })),
      reverse(owner, [sale]),
    ])
    const outcome = [refunded, reversed?.refused?.code ?? 'done']
    expect([
      ['recorded', 'document_refunded'],
      ['history_original_not_found', 'done'],
    ]).toContainEqual(outcome)
  }
})

test('where the books are closed it is refused, or counts on the first open day', async () => {
  const one = await signUpOwner(server)
  const goods = await makeGoods(one, { stock: '0' })
  const [posted, unposted] = [uuidv7(), uuidv7()]
  const made_at = '2026-01-10T10:00:00Z'
  await recordHistory(one, [oldSale(one, goods, { id: posted, made_at })])
  await recordHistory(one, [oldSale(one, goods, { id: unposted, made_at })], { ledger: 'none' })
  await one.client.call('ledger.close-period', { id: one.entityId, month: '2026-01' })
  expect(codesOf(await reverse(one, [posted, unposted]))).toEqual(['period_closed', 'done'])
  expect(codesOf(await reverse(one, [posted], { if_closed: 'post_in_open_period' }))).toEqual(['done'])
  expect(await one.client.call('history.get-document', { id: posted })).toMatchObject({
    reversal: { effective_on: '2026-02-01' },
  })
})

test('stock moves only when that is asked for, of what expires first, at what it costs today, and comes back as it left', async () => {
  const one = await signUpOwner(server)
  const drops = await makeGoods(one, { stock: '0', is_expiry_tracked: true })
  const receive = (batch_number: string, expires_on: string, unit_cost: string) =>
    one.client.call('inventory.receive-stock', {
      branch_id: one.branchId,
      lines: [{ variant_id: drops, quantity: '2', unit_cost, batch_number, expires_on }],
    })
  await receive('LATE', '2036-01-01', '3')
  await receive('EARLY', '2035-01-01', '2')
  const before = await historySnapshot(server, one.tenantId)
  const id = uuidv7()
  const sale = oldSale(one, drops, {
    id,
    lines: [
      { variant_id: drops, quantity: '3', unit_price: '10' },
      { variant_id: drops, quantity: '-3', unit_price: '0' },
    ],
  })
  await recordHistory(one, [{ ...sale, id: uuidv7(), number: 'unmoved' }], { ledger: 'none' })
  expect(await historySnapshot(server, one.tenantId)).toEqual(before)
  await recordHistory(one, [sale], { stock: 'move' })
  const found = await one.client.call('history.get-document', { id })
  expect(found).toMatchObject({ is_stock_moved: true, cost_of_goods: '7.50', net_profit: '22.50' })
  const { items } = await one.client.call('history.list-lines', { id })
  // Three left, then the last one, and two that nobody had.
  expect(items.map(({ cost, allocations }) => [cost, allocations.map(({ quantity }) => quantity)])).toEqual([
    ['7.50', ['2', '1']],
    ['7.50', ['1', '2']],
  ])
  const stock = await one.client.call('inventory.list-levels', { branch_id: one.branchId })
  expect(stock.items.filter(({ on_hand }) => Number(on_hand) !== 0)).toMatchObject([{ on_hand: '-2' }])
  const entry = await one.client.call('ledger.get-journal', { id })
  expect(entry.entries.map(({ amount }) => amount).toSorted()).toEqual(
    ['30.0000', '-30.0000', '-15.0000', '7.5000', '7.5000'].toSorted(),
  )
  expect(codesOf(await reverse(one, [id]))).toEqual(['done'])
  expect(await historySnapshot(server, one.tenantId)).toEqual(before)
})

const quantity = fc.integer({ min: 1, max: 7 })
const line = fc.record({
  goods: fc.integer({ min: 0, max: 2 }),
  quantity: fc.oneof(
    quantity,
    quantity.map((value) => -value),
  ),
  unit_price: fc.constantFrom('0', '0.333', '2.5', '12.99'),
  tax_rate: fc.constantFrom(undefined, '5.5', '20'),
})
const documents = fc.array(
  fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 4 }), fees: fc.constantFrom('0', '0.55') }),
  { minLength: 1, maxLength: 6 },
)

test('taking everything back leaves every balance of the books, each day of them, and all stock as they were', {
  timeout: 120_000,
}, async () => {
  const one = await signUpOwner(server)
  await fc.assert(
    fc.asyncProperty(
      documents,
      fc.array(fc.tuple(fc.constantFrom('0', '3', '9'), fc.constantFrom('3.33', '1.07')), {
        minLength: 3,
        maxLength: 3,
      }),
      async (sold, stocks) => {
        const goods = await Promise.all(stocks.map(([stock, cost]) => makeGoods(one, { stock, cost })))
        const before = await historySnapshot(server, one.tenantId)
        const made = sold.map(({ lines, fees }, at) => {
          const sum = lines.reduce((all, each) => all + each.quantity * Number(each.unit_price), 0)
          return oldSale(one, '', {
            id: uuidv7(),
            kind: sum < 0 ? 'credit' : 'sale',
            made_at: `2026-02-0${(at % 5) + 1}T10:00:00Z`,
            platform_fees: fees,
            lines: lines.map((each) => ({
              ...each,
              goods: undefined,
              variant_id: goods[each.goods],
              quantity: String(each.quantity),
            })),
          })
        })
        const half = Math.ceil(made.length / 2)
        const states = [
          ...(await recordHistory(one, made.slice(0, half), { stock: 'move' })),
          ...(await (half < made.length
            ? recordHistory(one, made.slice(half), { stock: 'move', ledger: 'none' })
            : [])),
        ]
        expect(states.map(({ refused }) => refused)).toEqual(made.map(() => null))
        expect(await historySnapshot(server, one.tenantId)).not.toEqual(before)
        const ids = made.map(({ id }) => id).toSorted()
        expect(codesOf(await reverse(one, ids))).toEqual(ids.map(() => 'done'))
        expect(await historySnapshot(server, one.tenantId)).toEqual(before)
      },
    ),
    { numRuns: 12 },
  )
})
