import type { z } from 'zod'
import { type Money, money, roundToMinorUnit, toMinorText } from '../platform/money.ts'
import { daysAfter } from '../platform/time.ts'
import type { takings } from './contract.ts'
import type { TakingsRow } from './queries.ts'

const zero = money('0')
const daysShown = 14
const hoursOfDay = 24

/** The takings of one currency, made of what was read of all; `today` is the day that the last one is shown as. */
export function takingsOf(
  all: readonly TakingsRow[],
  { currency, minorUnit, today }: { currency: string; minorUnit: number; today: string },
): z.input<typeof takings> {
  const rows = all.filter((row) => row.currency === currency)
  const at = (daysAgo: number) => rows.filter((row) => row.days_ago === daysAgo)
  const takenIn = (some: readonly TakingsRow[]) =>
    toMinorText(
      sumOf(some, (row) => row.takings),
      minorUnit,
    )
  const inHour = (daysAgo: number, hour: number) => takenIn(at(daysAgo).filter((row) => row.hour === hour))
  return {
    currency,
    today: figuresOf(at(0), minorUnit),
    last_week_so_far: figuresOf(
      at(7).filter((row) => row.is_so_far),
      minorUnit,
    ),
    last_week: figuresOf(at(7), minorUnit),
    hours: Array.from({ length: hoursOfDay }, (_, hour) => ({
      hour,
      today: inHour(0, hour),
      last_week: inHour(7, hour),
    })),
    days: Array.from({ length: daysShown }, (_, index) => {
      const some = at(daysShown - 1 - index)
      const receipts = some.reduce((sum, row) => sum + row.receipts, 0)
      return { day: daysAfter(today, index + 1 - daysShown), takings: takenIn(some), receipts }
    }),
  }
}

function figuresOf(rows: readonly TakingsRow[], minorUnit: number) {
  const sales = rows.reduce((sum, row) => sum + row.sales, 0)
  const sold = sumOf(rows, (row) => row.sold)
  const average = sales === 0 ? null : roundToMinorUnit(sold.dividedBy(sales), minorUnit)
  return {
    takings: toMinorText(
      sumOf(rows, (row) => row.takings),
      minorUnit,
    ),
    receipts: rows.reduce((sum, row) => sum + row.receipts, 0),
    sales,
    average_basket: average && toMinorText(average, minorUnit),
  }
}

function sumOf(rows: readonly TakingsRow[], amountOf: (row: TakingsRow) => string): Money {
  return rows.reduce((sum, row) => sum.plus(amountOf(row)), zero)
}
