import { type Money, money, toText } from '../platform/money.ts'

/** A quoted rate: one `base` is worth `rate` units of `quote`. */
export interface Quote {
  readonly base: string
  readonly quote: string
  /** A decimal above zero. */
  readonly rate: string
  /** The day it was quoted for, ISO 8601. */
  readonly quoted_on: string
  readonly source: string
  readonly origin: 'own' | 'public'
}

/** One step of a path; `inverse` where the quote was divided by. */
export interface Leg extends Quote {
  readonly inverse: boolean
}

export type Resolution =
  | { readonly rate: string; readonly quoted_on: string; readonly path: readonly Leg[] }
  | { readonly fault: 'not_found' }
  | { readonly fault: 'out_of_range' }
  | { readonly fault: 'too_old'; readonly quoted_on: string }

export interface Question {
  readonly from: string
  readonly to: string
  /** The day asked for, ISO 8601. */
  readonly on: string
  /** How many days before it a quote may be. */
  readonly maxAgeDays: number
}

const mostLegs = 3
/** Decimals of a computed rate: the smallest crosses of real currencies, about 1e-7, keep eleven digits. */
const rateDecimals = 18
const beyondRates = money('1e18')
const dayMs = 86_400_000

/**
 * What one `from` is worth in `to`. `quotes` holds the newest quote on or before the day for each pair and origin. The
 * path is the shortest, of at most three quotes; among those as short, the one with the most of the tenant's own quotes,
 * then the one whose oldest quote is the newest, then direct ones before inverse ones, then by the alphabet. The rate is
 * the product of the direct quotes divided by the product of the inverse ones, divided once, to 18 decimals.
 */
export function resolveRate(quotes: readonly Quote[], question: Question): Resolution {
  const { from, to, on, maxAgeDays } = question
  if (from === to) return { rate: '1', quoted_on: on, path: [] }
  const isFresh = ({ quoted_on }: Quote) => Date.parse(on) - Date.parse(quoted_on) <= maxAgeDays * dayMs
  const path = findPath(legsOf(quotes.filter(isFresh)), from, to)
  if (path) return rateOf(path)
  const stale = findPath(legsOf(quotes), from, to)
  return stale ? { fault: 'too_old', quoted_on: oldestOf(stale) } : { fault: 'not_found' }
}

function rateOf(path: readonly Leg[]): Resolution {
  const product = (legs: readonly Leg[]) => legs.reduce<Money>((all, leg) => all.times(leg.rate), money('1'))
  const exact = product(path.filter(({ inverse }) => !inverse)).dividedBy(
    product(path.filter(({ inverse }) => inverse)),
  )
  const rate = exact.toDecimalPlaces(rateDecimals)
  if (rate.isZero() || rate.greaterThanOrEqualTo(beyondRates)) return { fault: 'out_of_range' }
  return { rate: toText(rate), quoted_on: oldestOf(path), path }
}

function legsOf(quotes: readonly Quote[]): Map<string, Leg[]> {
  const legs = quotes.flatMap((quote) => [
    { ...quote, inverse: false },
    { ...quote, inverse: true },
  ])
  return Map.groupBy(legs, startOf)
}

function startOf({ base, quote, inverse }: Leg): string {
  return inverse ? quote : base
}

function endOf({ base, quote, inverse }: Leg): string {
  return inverse ? base : quote
}

/** Widens the search by one quote at a time and keeps the best path to each currency, so the first to arrive is the shortest. */
function findPath(legs: Map<string, Leg[]>, from: string, to: string): readonly Leg[] | undefined {
  const reached = new Set([from])
  let paths = new Map<string, readonly Leg[]>([[from, []]])
  for (let length = 1; length <= mostLegs; length++) {
    const next = new Map<string, readonly Leg[]>()
    for (const [currency, path] of paths) {
      for (const leg of legs.get(currency) ?? []) {
        const end = endOf(leg)
        if (reached.has(end)) continue
        const longer = [...path, leg]
        const known = next.get(end)
        if (!known || isBetter(longer, known)) next.set(end, longer)
      }
    }
    const found = next.get(to)
    if (found) return found
    for (const currency of next.keys()) reached.add(currency)
    paths = next
  }
  return undefined
}

/** Whether one of two paths as long goes before the other. */
function isBetter(one: readonly Leg[], other: readonly Leg[]): boolean {
  for (const rank of [ownLegs, oldestOf, directLegs]) {
    const [a, b] = [rank(one), rank(other)]
    if (a !== b) return a > b
  }
  return one.map(endOf).join() < other.map(endOf).join()
}

function ownLegs(path: readonly Leg[]): number {
  return path.filter(({ origin }) => origin === 'own').length
}

function directLegs(path: readonly Leg[]): number {
  return path.filter(({ inverse }) => !inverse).length
}

function oldestOf(path: readonly Leg[]): string {
  return path.map(({ quoted_on }) => quoted_on).toSorted()[0] ?? ''
}
