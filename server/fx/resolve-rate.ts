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

/** Decimals of a computed rate: the smallest crosses of real currencies, about 1e-7, keep eleven digits. */
const rateDecimals = 18
const [leastRate, beyondRates] = [money('1e-18'), money('1e18')]
const dayMs = 86_400_000

/**
 * What one `from` is worth in `to`. `quotes` holds the newest quote on or before the day for each pair of currencies,
 * whichever way round, and origin. Of all paths of at most three quotes the shortest is taken; among those as short, the one
 * with the most of the tenant's own quotes, then the one whose oldest quote is the newest, then by the alphabet. A pair has
 * one path: that of the currency earlier in the alphabet to the later one, walked back for the other way, so that what leads
 * there and what leads back are inverse. The rate is the product of the direct quotes divided by the product of the inverse
 * ones, divided once, to 18 decimals.
 */
export function resolveRate(quotes: readonly Quote[], question: Question): Resolution {
  const { from, to, on, maxAgeDays } = question
  if (from === to) return { rate: '1', quoted_on: on, path: [] }
  const isFresh = ({ quoted_on }: Quote) => Date.parse(on) - Date.parse(quoted_on) <= maxAgeDays * dayMs
  const path = pathBetween(quotes.filter(isFresh), from, to)
  if (path) return rateOf(path)
  const stale = pathBetween(quotes, from, to)
  return stale ? { fault: 'too_old', quoted_on: oldestOf(stale) } : { fault: 'not_found' }
}

function rateOf(path: readonly Leg[]): Resolution {
  const product = (legs: readonly Leg[]) => legs.reduce<Money>((all, leg) => all.times(leg.rate), money('1'))
  const exact = product(path.filter(({ inverse }) => !inverse)).dividedBy(
    product(path.filter(({ inverse }) => inverse)),
  )
  if (exact.lessThanOrEqualTo(leastRate) || exact.greaterThanOrEqualTo(beyondRates)) return { fault: 'out_of_range' }
  return { rate: toText(exact.toDecimalPlaces(rateDecimals)), quoted_on: oldestOf(path), path }
}

function pathBetween(quotes: readonly Quote[], from: string, to: string): readonly Leg[] | undefined {
  if (from < to) return bestPath(quotes, from, to)
  return bestPath(quotes, to, from)
    ?.toReversed()
    .map((leg) => ({ ...leg, inverse: !leg.inverse }))
}

function bestPath(quotes: readonly Quote[], from: string, to: string): readonly Leg[] | undefined {
  const legs = quotes.flatMap((quote) => [
    { ...quote, inverse: false },
    { ...quote, inverse: true },
  ])
  for (const paths of [pathsOfOne, pathsOfTwo, pathsOfThree]) {
    const [first, ...others] = paths(legs, from, to)
    if (first) return others.reduce((best, path) => (isBetter(path, best) ? path : best), first)
  }
  return undefined
}

function pathsOfOne(legs: readonly Leg[], from: string, to: string): Leg[][] {
  return legs.filter((leg) => startOf(leg) === from && endOf(leg) === to).map((leg) => [leg])
}

function pathsOfTwo(legs: readonly Leg[], from: string, to: string): Leg[][] {
  const last = Map.groupBy(
    legs.filter((leg) => endOf(leg) === to),
    startOf,
  )
  const first = legs.filter((leg) => startOf(leg) === from)
  return first.flatMap((leg) => (last.get(endOf(leg)) ?? []).map((next) => [leg, next]))
}

/** Only asked where two quotes do not lead there: no currency is then both next to the first and next to the last. */
function pathsOfThree(legs: readonly Leg[], from: string, to: string): Leg[][] {
  const [first, last] = [
    Map.groupBy(
      legs.filter((leg) => startOf(leg) === from),
      endOf,
    ),
    Map.groupBy(
      legs.filter((leg) => endOf(leg) === to),
      startOf,
    ),
  ]
  return legs.flatMap((leg) =>
    (first.get(startOf(leg)) ?? []).flatMap((before) =>
      (last.get(endOf(leg)) ?? []).map((after) => [before, leg, after]),
    ),
  )
}

function startOf({ base, quote, inverse }: Leg): string {
  return inverse ? quote : base
}

function endOf({ base, quote, inverse }: Leg): string {
  return inverse ? base : quote
}

/** Whether one of two paths as long goes before the other. */
function isBetter(one: readonly Leg[], other: readonly Leg[]): boolean {
  for (const rank of [ownLegs, oldestOf]) {
    const [a, b] = [rank(one), rank(other)]
    if (a !== b) return a > b
  }
  return wordsOf(one) < wordsOf(other)
}

function ownLegs(path: readonly Leg[]): number {
  return path.filter(({ origin }) => origin === 'own').length
}

function oldestOf(path: readonly Leg[]): string {
  return path.map(({ quoted_on }) => quoted_on).toSorted()[0] ?? ''
}

/** The currencies on the way, and the quotes for paths through the same ones. */
function wordsOf(path: readonly Leg[]): string {
  return [...path.map(endOf), ...path.map(({ base, quote, rate }) => `${base}/${quote} ${rate}`)].join()
}
