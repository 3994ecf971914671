import { expect, test } from 'vitest'
import { roundTo, toText } from '../platform/money.ts'
import { type DayOfMovements, measureDemand } from './measure-demand.ts'

/** `05-01 4 -4`: day, sold, change. */
function movements(text: string): DayOfMovements[] {
  return text
    .split(',')
    .filter((one) => one.trim() !== '')
    .map((one) => {
      const [day = '', sold = '', change = ''] = one.trim().split(/\s+/)
      return { day: `2026-${day}`, sold, change }
    })
}

test.each<
  [
    what: string,
    moved: string,
    onHand: string,
    days: number,
    mean: string,
    deviation: string,
    empty: number,
    average: string,
  ]
>([
  // 4, 0, 2, 6, 0: mean 2.4, √(27.2 ÷ 4) = √6.8; stock 20, 20, 18, 12, 12.
  ['days without sales count', '05-01 4 -4, 05-03 2 -2, 05-04 6 -6', '12', 5, '2.4', '2.6077', 0, '16.4'],
  // Sold out on the 3rd, 10 came on the 5th: 4, 2, 0, 0, 10.
  [
    'days on which nothing was left are noted',
    '05-02 2 -2, 05-03 2 -2, 05-05 0 10',
    '10',
    5,
    '0.8',
    '1.0954',
    2,
    '3.2',
  ],
  ['what moved later is walked back over', '05-05 3 -3, 05-06 9 -9', '1', 5, '0.6', '1.3416', 0, '12.4'],
  ['what is no sale is no demand', '05-02 0 -7', '3', 5, '0', '0', 0, '4.4'],
  [
    'the same every day deviates by nothing',
    '05-01 2 -2, 05-02 2 -2, 05-03 2 -2, 05-04 2 -2, 05-05 2 -2',
    '1',
    5,
    '2',
    '0',
    0,
    '5',
  ],
  ['below zero is nothing left', '05-05 4 -4', '-1', 5, '0.8', '1.7889', 1, '2.4'],
  ['nothing moved', '', '0', 5, '0', '0', 5, '0'],
])('%s', (_, moved, onHand, days, mean, deviation, empty, average) => {
  const found = measureDemand(movements(moved), { from: '2026-05-01', until: '2026-05-05', onHand })
  const shown = (value: typeof found.mean) => toText(roundTo(value, 4, 'half_up'))
  expect({
    ...found,
    mean: shown(found.mean),
    deviation: shown(found.deviation),
    average_stock: shown(found.average_stock),
  }).toMatchObject({ days, mean, deviation, out_of_stock_days: empty, average_stock: average })
})

test('one day has no deviation', () => {
  const day = { from: '2026-05-01', until: '2026-05-01', onHand: '5' }
  expect(measureDemand(movements('05-01 3 -3'), day)).toMatchObject({ days: 1, sold: '3', out_of_stock_days: 0 })
  expect(measureDemand(movements('05-01 3 -3'), day).deviation.isZero()).toBe(true)
})
