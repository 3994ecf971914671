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
} from './contract.ts'
import { jurisdictionOf } from './jurisdictions.ts'
import { findClasses } from './queries.ts'
import { findRate, insertRate, type Period, updateRate } from './rate-queries.ts'
import { plain } from './stack.ts'

/** Makes a rate of the tenant's own: on its days it stands in for the reference in its jurisdiction, for its class. */
export async function createRate(context: CommandContext, input: z.output<typeof createRateInput>) {
  const period = { valid_from: input.valid_from, valid_through: input.valid_through ?? null }
  assertInOrder(period)
  await jurisdictionOf(context, input.jurisdiction_code)
  const [taxClass] = await findClasses(context, [input.class_id])
  if (taxClass?.treatment !== 'taxed') refuse(classNotFound, taxClass && 'A class that is not taxed has no rates')
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
  const today = await todayOf(context)
  if (old.valid_from <= today) refuse(rateBegun)
  const given = definedOf(values)
  const period = {
    valid_from: given.valid_from ?? old.valid_from,
    valid_through: given.valid_through === undefined ? old.valid_through : given.valid_through,
  }
  assertInOrder(period)
  const changed = asAnswered(await updateRate(context, id, { ...given, ...period }))
  context.changed({ resource: 'tax_rate', id, old, new: changed })
  return changed
}

/** Ends a rate today or later. What it was until then it remains. */
export async function endRate(context: CommandContext, { id, version, valid_through }: z.output<typeof endRateInput>) {
  const old = await lockRate(context, id, version)
  assertInOrder({ valid_from: old.valid_from, valid_through })
  const lengthens = old.valid_through !== null && valid_through > old.valid_through
  if (lengthens || valid_through < (await todayOf(context))) refuse(pastRewritten)
  const ended = asAnswered(await updateRate(context, id, { valid_from: old.valid_from, valid_through }))
  context.changed({ resource: 'tax_rate', id, old, new: ended })
  return ended
}

/** The day that it is in the time zone of the tenant. */
export async function todayOf(context: QueryContext): Promise<string> {
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  return dayIn(tenant.time_zone, context.now)
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
