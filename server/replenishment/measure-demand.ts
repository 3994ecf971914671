import { type Money, money, toText } from '../platform/money.ts'
import { daysLater } from './days.ts'

/** What moved on a day: what was sold, above zero, and by how much the stock changed in all. */
export interface DayOfMovements {
  readonly day: string
  readonly sold: string
  readonly change: string
}

export interface Demand {
  readonly from: string
  readonly until: string
  readonly days: number
  readonly sold: string
  readonly mean: Money
  readonly deviation: Money
  /** On how many days nothing was left at the end of the day. */
  readonly out_of_stock_days: number
  readonly average_stock: Money
}

/**
 * The demand of each day from `from` until `until`, days without sales included, told from the movements since `from` and
 * from what is on hand now: mean, deviation (of a sample, n − 1), and the stock at the end of each day, walked back from now.
 */
export function measureDemand(
  movements: readonly DayOfMovements[],
  { from, until, onHand }: { from: string; until: string; onHand: string },
): Demand {
  const byDay = new Map(movements.map((one) => [one.day, one]))
  let stock = movements.filter(({ day }) => day > until).reduce((left, { change }) => left.minus(change), money(onHand))
  let [days, sold, squares, stocks, empty] = [0, money('0'), money('0'), money('0'), 0]
  for (let day = until; day >= from; day = daysLater(day, -1)) {
    const { sold: ofDay = '0', change = '0' } = byDay.get(day) ?? {}
    days += 1
    sold = sold.plus(ofDay)
    squares = squares.plus(money(ofDay).pow(2))
    if (stock.greaterThan(0)) stocks = stocks.plus(stock)
    else empty += 1
    stock = stock.minus(change)
  }
  const count = money(String(Math.max(days, 1)))
  const mean = sold.dividedBy(count)
  return {
    from,
    until,
    days,
    sold: toText(sold),
    mean,
    deviation: days > 1 ? deviationOf({ count, mean, squares }) : money('0'),
    out_of_stock_days: empty,
    average_stock: stocks.dividedBy(count),
  }
}

function deviationOf({ count, mean, squares }: Record<'count' | 'mean' | 'squares', Money>): Money {
  const spread = squares.minus(mean.pow(2).times(count))
  // What 40 digits leave over of a demand that never changes may be below zero.
  return spread.greaterThan(0) ? spread.dividedBy(count.minus(1)).sqrt() : money('0')
}
