import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { findTenant } from '../tenants/index.ts'
import {
  classNotFound,
  type createRateInput,
  type endRateInput,
  pastRewritten,
  periodCrossed,
  rateBegun,
  type updateRateInput,
  type withdrawRateInput,
} from './contract.ts'
import { jurisdictionOf } from './jurisdictions.ts'
import { findClasses } from './queries.ts'
import { deleteRate, findRate, hasReferenceRate, insertRate, type Period, updateRate } from './rate-queries.ts'
import { plain } from './stack.ts'

/**
 * Makes a rate of the tenant's own: on its days it stands in for the reference in its jurisdiction, for its class. Where
 * the reference has a rate it does so from today in the tenant's zone on, so that a wrong one is mended at once and the
 * days that are over stay; where there is none, earlier days may be filled in.
 */
export async function createRate(context: CommandContext, input: z.output<typeof createRateInput>) {
  const period = { valid_from: input.valid_from, valid_through: input.valid_through ?? null }
  assertInOrder(period)
  await jurisdictionOf(context, input.jurisdiction_code)
  const [taxClass] = await findClasses(context, [input.class_id])
  if (taxClass?.treatment !== 'taxed') refuse(classNotFound, taxClass && 'A class that is not taxed has no rates')
  await assertPastStays(context, { ...input, ...period, rate_name: taxClass.rate_name })
  const made = asAnswered(await insertRate(context, { ...input, ...period, id: input.id ?? context.newId() }))
  context.changed({ resource: 'tax_rate', id: made.id, new: made })
  return made
}

/** Changes a rate that has not begun. */
export async function changeRate(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateRateInput>,
) {
  const old = await lockRate(context, id, version)
  if (old.valid_from <= latestDay(context.now)) refuse(rateBegun)
  const given = definedOf(values)
  const period = {
    valid_from: given.valid_from ?? old.valid_from,
    valid_through: given.valid_through === undefined ? old.valid_through : given.valid_through,
  }
  assertInOrder(period)
  const [taxClass] = await findClasses(context, [old.class_id])
  await assertPastStays(context, { ...old, ...period, rate_name: taxClass?.rate_name ?? null })
  const changed = asAnswered(await updateRate(context, id, { ...given, ...period }))
  context.changed({ resource: 'tax_rate', id, old, new: changed })
  return changed
}

/** Takes back a rate that has not begun anywhere. */
export async function withdrawRate(context: CommandContext, { id, version }: z.output<typeof withdrawRateInput>) {
  const old = await lockRate(context, id, version)
  if (old.valid_from <= latestDay(context.now)) refuse(rateBegun)
  await deleteRate(context, id)
  context.changed({ resource: 'tax_rate', id, old })
  return old
}

/** Ends a rate on a day that is over nowhere yet. What it was until then it remains. */
export async function endRate(context: CommandContext, { id, version, valid_through }: z.output<typeof endRateInput>) {
  const old = await lockRate(context, id, version)
  assertInOrder({ valid_from: old.valid_from, valid_through })
  const lengthens = old.valid_through !== null && valid_through > old.valid_through
  const earliest = latestDay(context.now)
  if (lengthens) refuse(pastRewritten, 'A rate is not lengthened: make another that begins when it ends')
  if (valid_through < earliest) refuse(pastRewritten, `Somewhere it is ${earliest}: a rate ends on that day or later`)
  const ended = asAnswered(await updateRate(context, id, { valid_from: old.valid_from, valid_through }))
  context.changed({ resource: 'tax_rate', id, old, new: ended })
  return ended
}

/** The day that it is in the time zone of the tenant. */
export async function todayOf(context: QueryContext): Promise<string> {
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  return dayIn(tenant.time_zone, context.now)
}

/** The day where it is latest, 14 hours ahead of UTC: what begins later has begun in no branch. */
function latestDay(now: Date): string {
  return dayIn('Etc/GMT-14', now)
}

async function assertPastStays(
  context: QueryContext,
  rate: Period & { jurisdiction_code: string; rate_name: string | null },
): Promise<void> {
  const today = await todayOf(context)
  if (rate.valid_from < today && (await hasReferenceRate(context, rate, today)))
    refuse(pastRewritten, `There is a reference rate on days that are over: begin on ${today} or later`)
}

/** A rate as clients read it: without the zeros that its column fills up with. */
export function asAnswered<R extends { rate: string }>(row: R): R {
  return { ...row, rate: plain(row.rate) }
}

async function lockRate(context: CommandContext, id: string, version: number) {
  const old = (await findRate(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return asAnswered(old)
}

function assertInOrder({ valid_from, valid_through }: Period): void {
  if (valid_through !== null && valid_through < valid_from) refuse(periodCrossed)
}
