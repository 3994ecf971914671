import { expect, test } from 'vitest'
import { exceedsTolerance } from './exceeds-tolerance.ts'

// What the books say, what was counted, what one is worth; percent and value that are allowed, - for no limit; beyond?
test.each<[expected: string, counted: string, cost: string, percent: string, value: string, beyond: boolean]>([
  ['100', '98', '1', '-', '-', false],
  ['100', '98', '1', '2', '-', false],
  ['100', '97.999999', '1', '2', '-', true],
  ['100', '102', '1', '2', '-', false],
  ['100', '103', '1', '2', '-', true],
  ['100', '100', '1', '0', '0', false],
  ['100', '99', '1', '0', '-', true],
  ['0', '1', '1', '50', '-', true],
  ['-4', '0', '1', '50', '-', true],
  ['100', '98', '10', '-', '20', false],
  ['100', '98', '10.01', '-', '20', true],
  ['100', '98', '0', '-', '0', false],
  ['100', '90', '0.01', '5', '20', true],
  ['1000', '999', '50', '5', '20', true],
  ['0.1', '0.3', '0.1', '-', '0.02', false],
])(
  '%s in the books, %s counted at %s, allowed %s percent and %s: %s',
  (expected, counted, unit_cost, percent, value, beyond) => {
    const limit = (text: string) => (text === '-' ? null : text)
    expect(exceedsTolerance({ expected, counted, unit_cost }, { percent: limit(percent), value: limit(value) })).toBe(
      beyond,
    )
  },
)
