import type { z } from 'zod'
import { findVariants, variantNotFound } from '../catalog/index.ts'
import { definedOf } from '../platform/defined.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { dayIn, later } from '../platform/time.ts'
import { findTenant } from '../tenants/index.ts'
import {
  type createPriceInput,
  type endInput,
  type endPriceInput,
  priceBegun,
  priceListNotFound,
  pricePastRewritten,
  pricePeriodCrossed,
  price as priceSchema,
  priceWithdrawn,
  type updatePriceInput,
} from './contract.ts'
import { holdPriceList } from './price-lists.ts'
import { findPrice, insertPrice, lockPriceOn, type Period, updatePrice, withdrawPrice } from './queries.ts'

/**
 * Makes a price; with `replaces`, what is in force on its first day ends the day before, and what begins on that day, too, is
 * withdrawn: so a slip is put right on the day of it.
 */
export async function createPrice(
  context: CommandContext,
  { replaces, id = context.newId(), ...input }: z.output<typeof createPriceInput>,
) {
  await holdPriceList(context, input.price_list_id, priceListNotFound)
  if ((await findVariants(context, [input.variant_id])).length === 0) refuse(variantNotFound)
  const row = { ...input, id, valid_through: input.valid_through ?? null }
  assertInOrder(row)
  if (replaces) await endBefore(context, row)
  const made = asPrice(await insertPrice(context, row))
  context.changed({ resource: 'price', id, new: made })
  return made
}

/** Changes a price that has not begun. */
export async function changePrice(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updatePriceInput>,
) {
  const old = await lockPrice(context, id, version)
  if (old.valid_from <= (await todayOf(context))) refuse(priceBegun)
  const given = definedOf(values)
  const period = {
    valid_from: given.valid_from ?? old.valid_from,
    valid_through: given.valid_through === undefined ? old.valid_through : given.valid_through,
  }
  assertInOrder(period)
  const changed = asPrice(await updatePrice(context, id, { ...given, ...period }))
  context.changed({ resource: 'price', id, old, new: changed })
  return changed
}

/** Ends a price, yesterday at the earliest: what was charged before stays. */
export async function endPrice(
  context: CommandContext,
  { id, version, valid_through }: z.output<typeof endPriceInput>,
) {
  const old = await lockPrice(context, id, version)
  const { valid_from } = old
  assertInOrder({ valid_from, valid_through })
  const lengthens = old.valid_through !== null && valid_through > old.valid_through
  if (lengthens || valid_through < dayBefore(await todayOf(context))) refuse(pricePastRewritten)
  const ended = asPrice(await updatePrice(context, id, { valid_from, valid_through }))
  context.changed({ resource: 'price', id, old, new: ended })
  return ended
}

/** Takes a price back that begins today at the earliest. What was charged with it stays in its documents. */
export async function withdraw(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const old = await lockPrice(context, id, version)
  if (old.valid_from < (await todayOf(context))) refuse(priceBegun)
  const withdrawn = asPrice(await withdrawPrice(context, id))
  context.changed({ resource: 'price', id, old, new: withdrawn })
  return withdrawn
}

/** The day that it is in the time zone of the tenant. */
export async function todayOf(context: QueryContext): Promise<string> {
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  return dayIn(tenant.time_zone, context.now)
}

/** A price as clients read it: without the zeros that its columns fill up with. */
export function asPrice<P extends { min_quantity: string; unit_price: string }>(row: P): P {
  return { ...row, min_quantity: toText(money(row.min_quantity)), unit_price: toText(money(row.unit_price)) }
}

async function endBefore(
  context: CommandContext,
  row: { price_list_id: string; variant_id: string; min_quantity: string; valid_from: string },
): Promise<void> {
  if (row.valid_from < (await todayOf(context))) refuse(pricePastRewritten)
  const old = await lockPriceOn(context, row, row.valid_from)
  if (!old) return
  const period = { valid_from: old.valid_from, valid_through: dayBefore(row.valid_from) }
  const replaced =
    old.valid_from === row.valid_from ? withdrawPrice(context, old.id) : updatePrice(context, old.id, period)
  const ended = asPrice(await replaced)
  context.changed({ resource: 'price', id: old.id, old: asPrice(old), new: ended, schema: priceSchema })
}

async function lockPrice(context: CommandContext, id: string, version: number) {
  const found = (await findPrice(context, id)) ?? refuse(platformRefusals.notFound)
  await holdPriceList(context, found.price_list_id)
  const old = (await findPrice(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  if (old.withdrawn_at !== null) refuse(priceWithdrawn)
  return asPrice(old)
}

function dayBefore(day: string): string {
  return later(new Date(`${day}T00:00:00Z`), -86_400_000)
    .toISOString()
    .slice(0, 10)
}

function assertInOrder({ valid_from, valid_through }: Period): void {
  if (valid_through !== null && valid_through < valid_from) refuse(pricePeriodCrossed)
}
