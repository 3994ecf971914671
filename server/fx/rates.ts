import type { z } from 'zod'
import { money, roundToMinorUnit, toText } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { findCurrency, unknownCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import {
  type convertInput,
  type getRateInput,
  ownRate,
  rateDayInFuture,
  rateGivenTwice,
  rateNotFound,
  rateOfOneCurrency,
  rateOutOfRange,
  rateTooOld,
  type recordRatesInput,
} from './contract.ts'
import { findRates, type NewRate, readNewestQuotes, recordRates } from './queries.ts'
import { type Question, type Resolution, resolveRate } from './resolve-rate.ts'
import { maxAgeSetting } from './settings.ts'

type Scope = Pick<QueryContext, 'client' | 'db' | 'tenantId'>
/** A question that leaves the age of quotes to the usual one. */
type Asked = Omit<Question, 'maxAgeDays'>
type Resolved = Exclude<Resolution, { fault: string }>

/**
 * What is quoted for these days, read at once; the function it answers tells the rate between two currencies on one of
 * them, of quotes at most so old as `maxAgeDays` or else the setting says. That one throws `rate_not_found`,
 * `rate_too_old`, which names the newest day, `rate_out_of_range`, or `setting_invalid`.
 */
export async function readRates(
  scope: Scope,
  settings: Settings,
  { days, maxAgeDays: given }: { days: readonly string[]; maxAgeDays?: number | undefined },
): Promise<(question: Asked) => Resolved> {
  const quotes = Map.groupBy(await readNewestQuotes(scope, [...new Set(days)]), ({ on }) => on)
  const usual = given ?? (await settings.read(scope, maxAgeSetting).catch(asRefusal))
  return (question) => {
    const { from, to, on } = question
    const maxAgeDays = allowedAge(usual)
    const found = resolveRate(quotes.get(on) ?? [], { from, to, on, maxAgeDays })
    if (!('fault' in found)) return found
    const pair = `from ${from} to ${to}`
    if (found.fault === 'not_found') throw new Refusal(rateNotFound, `no quotes lead ${pair} on ${on}`)
    if (found.fault === 'out_of_range') throw new Refusal(rateOutOfRange, `the rate ${pair} is out of range`)
    throw new Refusal(
      rateTooOld,
      `the newest quotes ${pair} are of ${found.quoted_on}, more than ${maxAgeDays} days before ${on}`,
    )
  }
}

/** Many may be at work with one reading: only those that ask for a rate are refused. */
function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  throw error
}

function allowedAge(days: number | Refusal): number {
  if (days instanceof Refusal) throw days
  return days
}

/** The rate between two currencies on a day, and the quotes it was made of. */
export async function getRate(context: Scope, settings: Settings, input: z.output<typeof getRateInput>) {
  const { from, to, on, max_age_days: maxAgeDays } = input
  await assertKnown(context, [from, to])
  const rateOf = await readRates(context, settings, { days: [on], maxAgeDays })
  const { rate, quoted_on, path } = rateOf({ from, to, on })
  return { from, to, on, rate, quoted_on, path: [...path] }
}

/** An amount in another currency, rounded to its minor unit. */
export async function convertAmount(context: Scope, settings: Settings, input: z.output<typeof convertInput>) {
  const resolved = await getRate(context, settings, input)
  const { minor_unit } = (await findCurrency(context, input.to)) ?? refuse(unknownCurrency)
  const converted = roundToMinorUnit(money(input.amount).times(resolved.rate), minor_unit)
  return { ...resolved, amount: input.amount, converted: toText(converted) }
}

async function assertKnown(context: Scope, codes: readonly string[]): Promise<void> {
  for (const code of codes) if (!(await findCurrency(context, code))) refuse(unknownCurrency, `${code} is no currency`)
}

const dayMs = 86_400_000

/** Records rates that were entered by hand, all or none. One for a pair and day that has one supersedes it. */
export async function enterRates(context: CommandContext, { source, rates }: z.output<typeof recordRatesInput>) {
  const tomorrow = new Date(context.now.getTime() + dayMs).toISOString().slice(0, 10)
  const given = new Set<string>()
  for (const { base, quote, quoted_on } of rates) {
    if (base === quote) refuse(rateOfOneCurrency)
    if (quoted_on > tomorrow) refuse(rateDayInFuture, `${quoted_on} is after tomorrow`)
    // The other way round it is the same pair, and may contradict.
    const key = [...[base, quote].toSorted(), quoted_on].join(' ')
    if (given.has(key)) refuse(rateGivenTwice, `two rates are given for ${key}`)
    given.add(key)
  }
  const rows: NewRate[] = rates.map((rate) => ({
    id: context.newId(),
    ...rate,
    source,
    actor_id: context.caller.userId,
  }))
  const refusals = { already_exists: platformRefusals.alreadyExists, unknown_currency: unknownCurrency }
  for (const { code } of await recordRates(context, rows)) if (code !== null) refuse(refusals[code])
  const recorded = await findRates(
    context,
    rows.map(({ id }) => id),
  )
  for (const row of recorded) context.changed({ resource: 'rate', id: row.id, new: row, schema: ownRate })
  return { items: recorded }
}
