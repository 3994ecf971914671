import { daysAfter } from '../platform/time.ts'
import type { Period } from './report.ts'

const units = ['day', 'month', 'year'] as const
type Unit = (typeof units)[number]

/** Days that are read as so many days, months or years; those of sign -1 are taken off again. */
export interface Span extends Period {
  readonly unit: Unit
  readonly sign: 1 | -1
}

/**
 * The days of a period as few spans of sums: whole years and months where there are such, and of one that is mostly within it what is
 * outside is taken off.
 */
export function spansOf(period: Period, unit: Unit = 'year'): Span[] {
  const { from, until } = period
  if (from > until) return []
  if (unit === 'day') return [{ unit, sign: 1, from, until }]
  const first = firstOf(unit, from) === from ? from : nextOf(unit, from)
  const end = firstOf(unit, daysAfter(until, 1))
  if (first > end) return within(unit, period)
  const whole: Span[] = first < end ? [{ unit, sign: 1, from: first, until: daysAfter(end, -1) }] : []
  const [head, tail] = [
    { from, until: daysAfter(first, -1) },
    { from: end, until },
  ]
  return [...within(unit, head), ...whole, ...within(unit, tail)]
}

/** Days of one year or month: in smaller spans, or all of it less the others, whichever are fewer. */
function within(unit: 'month' | 'year', { from, until }: Period): Span[] {
  if (from > until) return []
  const smaller = unit === 'year' ? 'month' : 'day'
  const [first, last] = [firstOf(unit, from), daysAfter(nextOf(unit, from), -1)]
  const added = spansOf({ from, until }, smaller)
  const others = [
    ...spansOf({ from: first, until: daysAfter(from, -1) }, smaller),
    ...spansOf({ from: daysAfter(until, 1), until: last }, smaller),
  ]
  const left: Span[] = [
    { unit, sign: 1, from: first, until: last },
    ...others.map((one) => ({ ...one, sign: one.sign === 1 ? (-1 as const) : (1 as const) })),
  ]
  return sizeOf(added) <= sizeOf(left) ? added : left
}

const longest = { day: 1, month: 31, year: 366 } as const

/** How many days, months and years are read. */
function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { unit, from, until }) => {
    const days = (Date.parse(until) - Date.parse(from)) / 86_400_000 + 1
    return sum + Math.ceil(days / longest[unit])
  }, 0)
}

function firstOf(unit: 'month' | 'year', day: string): string {
  return unit === 'year' ? `${day.slice(0, 4)}-01-01` : `${day.slice(0, 7)}-01`
}

function nextOf(unit: 'month' | 'year', day: string): string {
  return firstOf(unit, daysAfter(firstOf(unit, day), longest[unit]))
}
