import { describe, expect, test } from 'vitest'
import { type Money, money, roundTo, toText } from '../platform/money.ts'
import { daysOfSupply, economicOrderQuantity, monthlyTurnover, reorderPoint, safetyStock } from './formulas.ts'
import { normalQuantile } from './normal-quantile.ts'

const shown = (value: Money | null) => (value === null ? null : toText(roundTo(value, 4, 'half_up')))

describe('the economic order quantity', () => {
  test.each<[mean: string, order: string, storage: string, quantity: string | null]>([
    // √(2·3,650·73 ÷ 36) = 730 ÷ 6
    ['10', '73', '3', '121.6667'],
    // √(2·3,650·73 ÷ 9) = 730 ÷ 3
    ['10', '73', '0.75', '243.3333'],
    // Four times the demand, twice the quantity.
    ['40', '73', '3', '243.3333'],
    // √(2·182.5·20 ÷ 1.2) = √6,083.33…
    ['0.5', '20', '0.1', '77.9957'],
    // √(2·912.5·100 ÷ 24) = √7,604.166…
    ['2.5', '100', '2', '87.2019'],
    ['0', '100', '2', null],
    ['2.5', '0', '2', null],
    ['2.5', '100', '0', null],
  ])('of %s a day, an order at %s, storing at %s a month is %s', (mean, order, storage, quantity) => {
    const costs = { order: money(order), storageMonthly: money(storage) }
    expect(shown(economicOrderQuantity({ mean: money(mean) }, costs))).toBe(quantity)
  })
})

describe('the safety stock', () => {
  test.each<
    [percent: string, mean: string, deviation: string, lead: string, late: string, review: string, stock: string]
  >([
    // Half of all cases need none.
    ['50', '10', '3', '4', '1', '0', '0'],
    // 1.644854·√(4·3²) = 1.644854·6
    ['95', '10', '3', '4', '0', '0', '9.8691'],
    // 1.644854·√(4·3² + 10²·1.2²) = 1.644854·√180
    ['95', '10', '3', '4', '1.2', '0', '22.068'],
    // 2.326348·√((3 + 7)·2² + 5²·0.5²) = 2.326348·√46.25
    ['99', '5', '2', '3', '0.5', '7', '15.8209'],
    // Demand that never changes, delivery that is never late.
    ['99', '5', '0', '3', '0', '7', '0'],
    // Delivery alone: 1.644854·√(10²·2²)
    ['95', '10', '0', '4', '2', '0', '32.8971'],
  ])('at %s %%, %s ± %s a day, %s ± %s days and a look every %s is %s', (percent, mean, deviation, ...rest) => {
    const [lead, late, review, stock] = rest
    const given = {
      lead: { days: money(lead), deviation: money(late) },
      reviewDays: money(review),
      z: normalQuantile(money(percent)),
    }
    expect(shown(safetyStock({ mean: money(mean), deviation: money(deviation) }, given))).toBe(stock)
  })
})

test.each<[mean: string, lead: string, review: string, safety: string, point: string]>([
  ['10', '4', '0', '9.8691', '49.8691'],
  ['5', '3', '7', '15.8209', '65.8209'],
  ['0', '30', '7', '0', '0'],
  ['2.4', '0', '0', '3', '3'],
])('the reorder point of %s a day, %s days, a look every %s and a safety stock of %s is %s', (...row) => {
  const [mean, lead, review, safety, point] = row
  const given = { lead: { days: money(lead) }, reviewDays: money(review), safety: money(safety) }
  expect(shown(reorderPoint({ mean: money(mean) }, given))).toBe(point)
})

test.each<[stock: string, mean: string, days: string | null]>([
  ['30', '4', '7.5'],
  ['0', '4', '0'],
  ['-8', '4', '-2'],
  ['30', '0', null],
])('%s last at %s a day for %s days', (stock, mean, days) => {
  expect(shown(daysOfSupply({ mean: money(mean) }, money(stock)))).toBe(days)
})

test.each<[sold: string, days: number, average: string, turnover: string | null]>([
  // 73 days are 2.4 months: 120 ÷ 2.4 = 50 a month, of 25.
  ['120', 73, '25', '2'],
  // A year: 1,200 ÷ 12 = 100 a month, of 300.
  ['1200', 365, '300', '0.3333'],
  ['0', 73, '25', '0'],
  ['120', 73, '0', null],
])('%s sold in %s days out of %s on average turn the stock over %s times a month', (sold, days, average, turnover) => {
  expect(shown(monthlyTurnover({ sold: money(sold), days, averageStock: money(average) }))).toBe(turnover)
})
