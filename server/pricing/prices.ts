import { z } from 'zod'
import { type Goods, quantityOf, readGoods, variantNotFound } from '../catalog/index.ts'
import { definedOf } from '../platform/defined.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readCursor, sparsePage, toPage } from '../platform/schema.ts'
import { daysAfter } from '../platform/time.ts'
import {
  type createPriceInput,
  type endInput,
  type endPriceInput,
  type listPricesInput,
  priceBegun,
  priceListNotFound,
  pricePastRewritten,
  pricePeriodCrossed,
  price as priceSchema,
  priceWithdrawn,
  type updatePriceInput,
} from './contract.ts'
import { daysOf } from './days.ts'
import { endPricesOn, findPrices, withdrawPrices } from './many-price-queries.ts'
import { holdPriceList, readPriceList } from './price-lists.ts'
import { findPrice, insertPrice, listPrices, lockPriceOn, type Period, updatePrice, withdrawPrice } from './queries.ts'

/**
 * A page of the prices of a list, of a variant on all lists, or of both. Those in force on a day are picked out of the others: it may hold fewer than asked for, and
 * there is a next one all the same.
 */
export async function readPrices(context: QueryContext, input: z.output<typeof listPricesInput>) {
  const { on, limit, cursor, ...filter } = input
  const { price_list_id, variant_id } = filter
  const [first] = readCursor(cursor, z.tuple([z.uuid()])) ?? []
  const list = price_list_id === undefined ? undefined : await readPriceList(context, price_list_id, priceListNotFound)
  if (variant_id !== undefined && !(await readGoods(context, [variant_id])).has(variant_id)) refuse(variantNotFound)
  const read = async (many: number, after: string | undefined) =>
    (await listPrices(context, { ...filter, limit: many }, after)).map(asPrice)
  const key = (row: { id: string }) => [row.id]
  if (on === undefined) return toPage(await read(limit + 1, first), limit, key)
  if (list && list.ended_on !== null && on >= list.ended_on) return { items: [], next_cursor: null }
  return sparsePage({ limit, atOnce: 500, mostRead: 5_000 }, first === undefined ? undefined : [first], {
    read: (many, after) => read(many, after?.[0] as string | undefined),
    keep: (row) =>
      row.withdrawn_at === null && row.valid_from <= on && (row.valid_through === null || row.valid_through >= on),
    key,
  })
}

/**
 * Makes a price; with `replaces`, what is in force on its first day ends the day before, and what begins on that day, too, is
 * withdrawn: so a slip is put right on the day of it. What was in force goes on after the last day of the new one.
 */
export async function createPrice(
  context: CommandContext,
  { replaces, id = context.newId(), ...input }: z.output<typeof createPriceInput>,
) {
  const list = await holdPriceList(context, input.price_list_id, priceListNotFound)
  const goods = (await readGoods(context, [input.variant_id])).get(input.variant_id)
  if (!goods || goods.is_deleted) refuse(variantNotFound)
  const min_quantity = leastOf(goods, input.min_quantity)
  const row = { ...input, id, min_quantity, valid_through: input.valid_through ?? null }
  assertInOrder(row)
  assertNotPast(row, await daysOf(context, list))
  if (replaces) await makeRoom(context, row)
  const made = asPrice(await insertPrice(context, row))
  context.changed({ resource: 'price', id, new: made })
  return made
}

/** Changes a price that has not begun. */
export async function changePrice(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updatePriceInput>,
) {
  const { old, days } = await lockPrice(context, id, version)
  if (old.valid_from <= days.latest) refuse(priceBegun)
  const given = definedOf(values)
  const period = {
    valid_from: given.valid_from ?? old.valid_from,
    valid_through: given.valid_through === undefined ? old.valid_through : given.valid_through,
  }
  assertInOrder(period)
  assertNotPast(period, days)
  const goods = (await readGoods(context, [old.variant_id])).get(old.variant_id) ?? refuse(variantNotFound)
  const min_quantity = leastOf(goods, given.min_quantity ?? old.min_quantity)
  const changed = asPrice(await updatePrice(context, id, { ...given, ...period, min_quantity }))
  context.changed({ resource: 'price', id, old, new: changed })
  return changed
}

/** Ends a price, yesterday at the earliest: what was charged before stays. */
export async function endPrice(
  context: CommandContext,
  { id, version, valid_through }: z.output<typeof endPriceInput>,
) {
  const { old, days } = await lockPrice(context, id, version)
  const { valid_from } = old
  assertInOrder({ valid_from, valid_through })
  const lengthens = old.valid_through !== null && valid_through > old.valid_through
  if (lengthens || valid_through < daysAfter(days.today, -1)) refuse(pricePastRewritten)
  const ended = asPrice(await updatePrice(context, id, { valid_from, valid_through }))
  context.changed({ resource: 'price', id, old, new: ended })
  return ended
}

/** Takes a price back that begins today at the earliest. What was charged with it stays in its documents. */
export async function withdraw(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const { old, days } = await lockPrice(context, id, version)
  if (old.valid_from < days.today) refuse(priceBegun)
  const withdrawn = asPrice(await withdrawPrice(context, id))
  context.changed({ resource: 'price', id, old, new: withdrawn })
  return withdrawn
}

/**
 * Takes prices back in the name of whatever made them: each is withdrawn where it begins today or later, else it ends yesterday.
 * Answers by id with what they were and the day from which others may count; what counts no more already is left out.
 */
export async function takeBackPrices(context: CommandContext, ids: readonly string[]) {
  const listIds = new Set((await findPrices(context, ids)).map((one) => one.price_list_id))
  const days = new Map<string, string>()
  for (const id of [...listIds].toSorted()) {
    const list = await readPriceList(context, id)
    if (list.ended_on !== null) continue
    await holdPriceList(context, id)
    days.set(id, (await daysOf(context, list)).today)
  }
  const held = (await findPrices(context, ids, true)).flatMap((price) => {
    const today = days.get(price.price_list_id)
    if (today === undefined || price.withdrawn_at !== null) return []
    const isOver = price.valid_through !== null && price.valid_through < today
    return isOver ? [] : [{ ...asPrice(price), today }]
  })
  const begins = held.filter((one) => one.valid_from >= one.today)
  const changed = begins.length === 0 ? [] : await withdrawPrices(context, begins.map(idOf))
  const ends = Map.groupBy(
    held.filter((one) => one.valid_from < one.today),
    (one) => one.today,
  )
  for (const [today, ended] of ends)
    changed.push(...(await endPricesOn(context, ended.map(idOf), daysAfter(today, -1))))
  const changedById = new Map(changed.map((one) => [one.id, asPrice(one)]))
  for (const { today, ...old } of held)
    context.changed({ resource: 'price', id: old.id, old, new: changedById.get(old.id), schema: priceSchema })
  return new Map(held.map((one) => [one.id, one]))
}

function idOf({ id }: { id: string }): string {
  return id
}

/** A price as clients read it: without the zeros that its columns fill up with. */
export function asPrice<P extends { min_quantity: string; unit_price: string }>(row: P): P {
  return { ...row, min_quantity: toText(money(row.min_quantity)), unit_price: toText(money(row.unit_price)) }
}

/** Parts the price that is in force on the first day of a new one: what it was before, and what it is after it. */
async function makeRoom(
  context: CommandContext,
  row: Period & { price_list_id: string; variant_id: string; min_quantity: string },
): Promise<void> {
  const old = await lockPriceOn(context, row, row.valid_from)
  if (!old) return
  const period = { valid_from: old.valid_from, valid_through: daysAfter(row.valid_from, -1) }
  const replaced =
    old.valid_from === row.valid_from ? withdrawPrice(context, old.id) : updatePrice(context, old.id, period)
  const ended = asPrice(await replaced)
  context.changed({ resource: 'price', id: old.id, old: asPrice(old), new: ended, schema: priceSchema })
  if (row.valid_through === null || (old.valid_through !== null && old.valid_through <= row.valid_through)) return
  const { price_list_id, variant_id, min_quantity, unit_price, valid_through } = old
  const rest = { price_list_id, variant_id, min_quantity, unit_price, valid_through }
  const after = { ...rest, id: context.newId(), valid_from: daysAfter(row.valid_through, 1) }
  const goesOn = asPrice(await insertPrice(context, after))
  context.changed({ resource: 'price', id: goesOn.id, new: goesOn, schema: priceSchema })
}

/** From which quantity on a price counts: one that its unit can count, or 0 for whatever is sold. */
function leastOf(goods: Goods, quantity: string): string {
  return money(quantity).isZero() ? '0' : quantityOf(goods, { quantity })
}

async function lockPrice(context: CommandContext, id: string, version: number) {
  const found = (await findPrice(context, id)) ?? refuse(platformRefusals.notFound)
  const list = await holdPriceList(context, found.price_list_id)
  const old = (await findPrice(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  if (old.withdrawn_at !== null) refuse(priceWithdrawn)
  return { old: asPrice(old), days: await daysOf(context, list) }
}

function assertInOrder({ valid_from, valid_through }: Period): void {
  if (valid_through !== null && valid_through < valid_from) refuse(pricePeriodCrossed)
}

function assertNotPast({ valid_from }: Period, { today }: { today: string }): void {
  if (valid_from < today) refuse(pricePastRewritten)
}
