import { z } from 'zod'
import { type Money, money, roundTo, toMinorText, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { day, id } from '../platform/schema.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { readBranch, zoneOf } from '../tenants/index.ts'
import { periodCrossed, periodIncomplete } from './contract.ts'
import { readMinorUnits, readPlaces, readRollups } from './queries.ts'
import type { Ground, Period } from './report.ts'

const periods = [
  'today',
  'yesterday',
  'last_7_days',
  'last_30_days',
  'this_month',
  'last_month',
  'this_year',
  'last_year',
] as const

/** The parameter that leaves one branch of those that the caller works with. */
export const ofBranch = {
  branch_id: id.optional().meta({ description: 'One branch; unless given, all that the caller works with.' }),
}

/** The parameters of what is about some days, as saved ones move on with the calendar or stay. */
export function ofPeriod(usual: (typeof periods)[number]) {
  return {
    period: z.enum(periods).default(usual).meta({ description: 'Days up to today; from and until take its place.' }),
    from: day.optional().meta({ description: 'The first day, in the time zone of each branch.' }),
    until: day.optional().meta({ description: 'The last day.' }),
  }
}

/** What a report rests on. Refuses with `branch_not_found`. */
export async function groundOf(
  context: QueryContext,
  settings: Settings,
  { branch_id }: { readonly branch_id?: string | undefined },
): Promise<Ground> {
  if (branch_id !== undefined) await readBranch(context, branch_id)
  const own = branch_id === undefined ? (context.caller.scope?.branchIds ?? null) : [branch_id]
  return {
    context,
    settings,
    places: await readPlaces(context, own),
    today: dayIn(await zoneOf(context, branch_id), context.now),
    rollups: await readRollups(context),
  }
}

/** The days that parameters ask for. Refuses with `report_period_incomplete` and `report_period_crossed`. */
export function periodOf(
  { period, from, until }: { period: (typeof periods)[number]; from?: string | undefined; until?: string | undefined },
  today: string,
): Period {
  if (from !== undefined && until !== undefined) return from <= until ? { from, until } : refuse(periodCrossed)
  if (from !== undefined || until !== undefined) return refuse(periodIncomplete)
  const [month, year] = [`${today.slice(0, 7)}-01`, `${today.slice(0, 4)}-01-01`]
  const [before, yearBefore] = [daysAfter(month, -1), daysAfter(year, -1)]
  const known: Record<(typeof periods)[number], Period> = {
    today: { from: today, until: today },
    yesterday: { from: daysAfter(today, -1), until: daysAfter(today, -1) },
    last_7_days: { from: daysAfter(today, -6), until: today },
    last_30_days: { from: daysAfter(today, -29), until: today },
    this_month: { from: month, until: today },
    last_month: { from: `${before.slice(0, 7)}-01`, until: before },
    this_year: { from: year, until: today },
    last_year: { from: `${yearBefore.slice(0, 4)}-01-01`, until: yearBefore },
  }
  return known[period]
}

/** The days of a month (YYYY-MM) within a period. */
export function monthWithin(month: string, { from, until }: Period): Period {
  const first = `${month}-01`
  const last = daysAfter(`${daysAfter(first, 31).slice(0, 7)}-01`, -1)
  return { from: first > from ? first : from, until: last < until ? last : until }
}

/** Writes amounts with the decimals of their currency, and with more where they have more. */
export async function amountsIn(
  { context }: Pick<Ground, 'context'>,
  currencies: readonly string[],
): Promise<(amount: Money, currency: string) => string> {
  const minorUnits = await readMinorUnits(context, [...new Set(currencies)])
  return (amount, currency) => {
    const minorUnit = minorUnits.get(currency) ?? 2
    return amount.decimalPlaces() > minorUnit ? toText(amount) : toMinorText(amount, minorUnit)
  }
}

/** A part of a whole in percent, with two decimals; null of nothing. */
export function percentOf(part: Money | undefined, whole: Money | undefined): string | null {
  if (!part || !whole || whole.isZero()) return null
  return toText(roundTo(part.times(100).dividedBy(whole), 2, 'half_up'))
}

/** What each of so many comes to, with the decimals of the currency; null of none. */
export function averageOf(
  { sum, count }: { sum: Money | undefined; count: Money | undefined },
  write: (amount: Money) => string,
): string | null {
  if (!sum || !count || count.isZero()) return null
  const decimals = write(money('0')).split('.')[1]?.length ?? 0
  return write(roundTo(sum.dividedBy(count), decimals, 'half_up'))
}
