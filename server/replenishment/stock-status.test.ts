import { expect, test } from 'vitest'
import { stockStatus, stockStatuses } from './stock-status.ts'

// on hand, available, discontinued, minimum, reorder point, maximum
const table: [facts: string, status: string][] = [
  ['10 10 - - - -', 'in_stock'],
  ['-1 -1 - - - -', 'negative'],
  ['-0.000001 -0.000001 - 5 10 20', 'negative'],
  ['-1 -1 yes - - -', 'negative'],
  ['0 0 yes - 10 -', 'discontinued'],
  ['10 10 yes 20 30 5', 'discontinued'],
  ['0 0 - - - -', 'out'],
  ['0 0 - 5 10 -', 'out'],
  ['0 0 - - 0 -', 'out'],
  ['0 -3 - - - -', 'out'],
  ['5 0 - - - -', 'reserved'],
  ['5 0 - 5 10 -', 'reserved'],
  ['5 -1 - - - 4', 'reserved'],
  ['4 4 - 5 - -', 'below_minimum'],
  ['9 4 - 5 10 8', 'below_minimum'],
  ['5 5 - 5 - -', 'in_stock'],
  ['5 5 - 5 10 -', 'low'],
  ['10 10 - 5 10 -', 'low'],
  ['10.000001 10.000001 - 5 10 -', 'in_stock'],
  ['30 10 - - 10 20', 'low'],
  ['1 1 - - 0 -', 'in_stock'],
  ['20 20 - - - 20', 'in_stock'],
  ['20.5 20.5 - 5 10 20', 'overstock'],
  ['21 11 - 5 10 20', 'overstock'],
  ['1 1 - 0 - 0', 'overstock'],
]

test.each(table)('%s is %s', (facts, status) => {
  const [on_hand = '', available = '', discontinued, ...limits] = facts.split(' ')
  const [minimum_stock = null, reorder_point = null, maximum_stock = null] = limits.map((one) =>
    one === '-' ? null : one,
  )
  const is_discontinued = discontinued === 'yes'
  expect(stockStatus({ on_hand, available, is_discontinued, minimum_stock, reorder_point, maximum_stock })).toBe(status)
})

test('every status is in the table', () => {
  expect(new Set(table.map(([, status]) => status))).toEqual(new Set(stockStatuses))
})
