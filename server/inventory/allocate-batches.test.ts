import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { money } from '../platform/money.ts'
import { allocateBatches, type BatchStock, isExpired, type Wanted } from './allocate-batches.ts'

const today = '2026-06-15'

/** `a 5 2026-07-01, b 3 - blocked`: batch, available, last day or -, and whether it is blocked. `.` is no batch. */
function stockOf(text: string, variant_id = 'v'): BatchStock[] {
  return text.split(',').map((part) => {
    const [batch = '', available = '', day = '', blocked] = part.trim().split(/\s+/)
    const batch_id = batch === '.' ? null : batch
    return { variant_id, batch_id, available, expires_on: day === '-' ? null : day, is_blocked: blocked === 'blocked' }
  })
}

/** `4; 2 of a`: what is asked for, line by line. */
function wantedOf(text: string, variant_id = 'v'): Wanted[] {
  return text.split(';').map((part) => {
    const [quantity = '', , batch_id = null] = part.trim().split(/\s+/)
    return { variant_id, quantity, batch_id }
  })
}

function told(stock: string, wanted: string): string {
  const allocations = allocateBatches(wantedOf(wanted), { stock: stockOf(stock), today })
  return allocations
    .map(({ parts, missing, fault }) => {
      const taken = parts.map(({ batch_id, quantity }) => `${batch_id ?? '.'} ${quantity}`)
      return [...taken, ...(fault ? [`${fault} ${missing}`] : [])].join(' + ')
    })
    .join('; ')
}

describe('first expired, first out', () => {
  test.each<[what: string, stock: string, wanted: string, taken: string]>([
    ['the first to expire goes first', 'b 5 2026-08-01, a 5 2026-07-01', '3', 'a 3'],
    ['one after the other', 'b 5 2026-08-01, a 5 2026-07-01', '7', 'a 5 + b 2'],
    ['what never expires goes last', 'b 5 -, a 5 2030-01-01', '6', 'a 5 + b 1'],
    ['of equal ones the older', 'b 5 2026-07-01, a 5 2026-07-01', '6', 'a 5 + b 1'],
    ['what is in no batch', '. 5 -', '2.5', '. 2.5'],
    ['lines share what there is', 'a 5 2026-07-01, b 5 2026-08-01', '4; 4', 'a 4; a 1 + b 3'],
    ['too little is told', 'a 5 2026-07-01', '4; 4', 'a 4; a 1 + insufficient_stock 3'],
    ['on its last day it may be sold', 'a 5 2026-06-15', '1', 'a 1'],
    ['the day after it may not', 'a 5 2026-06-14', '1', 'insufficient_stock 1'],
    ['an expired one is passed over', 'a 5 2026-06-14, b 5 2026-09-01', '6', 'b 5 + insufficient_stock 1'],
    ['a blocked one is passed over', 'a 5 2026-07-01 blocked, b 5 -', '1', 'b 1'],
    ['a named one', 'a 5 2026-07-01, b 5 2026-08-01', '2 of b', 'b 2'],
    [
      'a named one is not made up for by others',
      'a 5 2026-07-01, b 1 2026-08-01',
      '2 of b',
      'b 1 + insufficient_stock 1',
    ],
    ['a named one that is expired', 'a 5 2026-06-14', '2 of a', 'batch_expired 2'],
    ['a named one that is blocked', 'a 5 2026-07-01 blocked', '2 of a', 'batch_blocked 2'],
    ['blocked says more than expired', 'a 5 2026-01-01 blocked', '2 of a', 'batch_blocked 2'],
    ['a named one that is not here', 'a 5 2026-07-01', '2 of z', 'insufficient_stock 2'],
    ['whoever names one comes first', 'a 5 2026-07-01, b 5 -', '5; 3 of a', 'a 2 + b 3; a 3'],
    ['nothing is taken of what is owed already', 'a -2 2026-07-01, b 0 2026-07-02, c 3 -', '2', 'c 2'],
    ['parts of a unit', 'a 0.000001 2026-07-01, b 1 -', '0.5', 'a 0.000001 + b 0.499999'],
    ['nothing there', 'a 0 2026-07-01', '1', 'insufficient_stock 1'],
  ])('%s', (_, stock, wanted, taken) => {
    expect(told(stock, wanted)).toBe(taken)
  })

  test('a variant takes nothing from another', () => {
    const stock = [...stockOf('a 5 2026-07-01', 'v'), ...stockOf('b 5 2026-07-01', 'w')]
    const [v, w, x] = allocateBatches([...wantedOf('6', 'v'), ...wantedOf('5', 'w'), ...wantedOf('1', 'x')], {
      stock,
      today,
    })
    expect(v).toEqual({ parts: [{ batch_id: 'a', quantity: '5' }], missing: '1', fault: 'insufficient_stock' })
    expect(w).toEqual({ parts: [{ batch_id: 'b', quantity: '5' }], missing: '0', fault: null })
    expect(x).toEqual({ parts: [], missing: '1', fault: 'insufficient_stock' })
  })
})

const quantity = fc.integer({ min: 1, max: 40_000_000 }).map((millionths) => (millionths / 1_000_000).toFixed(6))
const variant = fc.constantFrom('v', 'w')
const stocks = fc
  .array(
    fc.record({
      variant_id: variant,
      available: fc.oneof(quantity, fc.constantFrom('0', '-3')),
      expires_on: fc.constantFrom(null, '2026-06-13', '2026-06-14', '2026-06-15', '2026-06-16', '2027-01-01'),
      is_blocked: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((rows) => rows.map((row, at) => ({ ...row, batch_id: `b${String(at).padStart(2, '0')}` })))
const wishes = fc.array(
  fc.record({
    variant_id: variant,
    quantity,
    batch_id: fc.option(
      fc.nat({ max: 14 }).map((at) => `b${String(at).padStart(2, '0')}`),
      { freq: 2 },
    ),
  }),
  { maxLength: 12 },
)
const isFit = (row: BatchStock) =>
  !row.is_blocked && !isExpired(row.expires_on, today) && money(row.available).isPositive()
const sum = (quantities: readonly string[]) => quantities.reduce((total, one) => total.plus(money(one)), money('0'))

describe('whatever lies there and is asked for,', () => {
  test('each line gets what it asked for, or is told what is missing; no batch gives more than it has', () => {
    fc.assert(
      fc.property(stocks, wishes, (stock, wanted) => {
        const allocations = allocateBatches(wanted, { stock, today })
        for (const [at, { parts, missing }] of allocations.entries())
          expect(sum([...parts.map((part) => part.quantity), missing])).toEqual(money(wanted[at]?.quantity ?? '0'))
        for (const row of stock) {
          const taken = allocations.flatMap(({ parts }) => parts.filter(({ batch_id }) => batch_id === row.batch_id))
          const given = sum(taken.map((part) => part.quantity))
          expect(given.isZero() || (isFit(row) && given.lessThanOrEqualTo(money(row.available)))).toBe(true)
        }
      }),
    )
  })

  test('nothing is missing while some of it may be sold, and nothing is taken before what expires earlier is gone', () => {
    fc.assert(
      fc.property(stocks, wishes, (stock, wanted) => {
        const free = wanted.map((one) => ({ ...one, batch_id: null }))
        const allocations = allocateBatches(free, { stock, today })
        const taken = allocations.flatMap(({ parts }) => parts)
        for (const row of stock.filter(isFit)) {
          const given = sum(taken.filter(({ batch_id }) => batch_id === row.batch_id).map((part) => part.quantity))
          if (given.equals(money(row.available))) continue
          const later = stock.filter(
            (one) => one.variant_id === row.variant_id && (one.expires_on ?? '9999') > (row.expires_on ?? '9999'),
          )
          expect(taken.filter(({ batch_id }) => later.some((one) => one.batch_id === batch_id))).toEqual([])
          for (const [at, { missing }] of allocations.entries())
            if (free[at]?.variant_id === row.variant_id) expect(missing).toBe('0')
        }
      }),
    )
  })

  test('the order in which the stock is read changes nothing', () => {
    fc.assert(
      fc.property(stocks, wishes, (stock, wanted) => {
        const turned = allocateBatches(wanted, { stock: stock.toReversed(), today })
        expect(turned).toEqual(allocateBatches(wanted, { stock, today }))
      }),
    )
  })
})

test('ten thousand lines that name nothing or a batch of their own are served out of ten thousand batches', () => {
  const numbers = Array.from({ length: 10_000 }, (_, at) => at)
  const stock = numbers.map((at) => ({ ...dated, batch_id: `b${at}`, available: '1' }))
  const free = allocateBatches(
    numbers.map(() => ({ variant_id: 'v', quantity: '1' })),
    { stock, today },
  )
  const named = allocateBatches(
    numbers.map((at) => ({ variant_id: 'v', quantity: '1', batch_id: `b${at}` })),
    { stock, today },
  )
  expect(new Set(free.flatMap(({ parts }) => parts.map(({ batch_id }) => batch_id))).size).toBe(10_000)
  expect(named.map(({ parts }) => parts[0]?.batch_id)).toEqual(stock.map(({ batch_id }) => batch_id))
})
const dated = { variant_id: 'v', expires_on: '2027-01-01', is_blocked: false }
