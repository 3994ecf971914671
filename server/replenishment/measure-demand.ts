import { type Money, money, toText } from '../platform/money.ts'
import { daysAfter } from '../platform/time.ts'

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
  let [sold, squares, stocks, empty] = [money('0'), money('0'), money('0'), 0]
  let stock = money(onHand)
  let end = until
  /** Notes the stock of the days from one on until what was noted before; it did not change between. */
  const note = (first: string) => {
    const days = daysBetween(first, end)
    if (days <= 0) return
    if (stock.greaterThan(0)) stocks = stocks.plus(stock.times(days))
    else empty += days
    end = daysAfter(first, -1)
  }
  for (const { day, sold: ofDay, change } of movements.toSorted((a, b) => (a.day < b.day ? 1 : -1))) {
    if (day < from) break
    note(day)
    stock = stock.minus(change)
    if (day > until) continue
    sold = sold.plus(ofDay)
    squares = squares.plus(money(ofDay).pow(2))
  }
  note(from)
  const days = Math.max(daysBetween(from, until), 0)
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

/** How many days there are from one to another, both included. */
function daysBetween(first: string, last: string): number {
  return Math.trunc((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1
}

function deviationOf({ count, mean, squares }: Record<'count' | 'mean' | 'squares', Money>): Money {
  const spread = squares.minus(mean.pow(2).times(count))
  // What 40 digits leave over of a demand that never changes may be below zero.
  return spread.greaterThan(0) ? spread.dividedBy(count.minus(1)).sqrt() : money('0')
}
