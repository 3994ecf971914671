import { expect, test } from 'vitest'
import { totalBasket } from './total-basket.ts'

test('a basket of a thousand lines is totalled, one of ten thousand refused', () => {
  const line = { quantity: '1', list_price: '0.99', components: [] }
  const rule = { rounding: 'line', rounding_mode: 'half_up', rounding_of: 'each' } as const
  const basket = { discount: { percent: '3' }, prices_include_tax: true, minor_unit: 2, rule }
  expect(totalBasket({ ...basket, lines: Array.from({ length: 1_000 }, () => line) }).total).toBe('960.30')
  expect(() => totalBasket({ ...basket, lines: Array.from({ length: 10_000 }, () => line) })).toThrow(
    'A basket holds at most 1,000 lines',
  )
})
