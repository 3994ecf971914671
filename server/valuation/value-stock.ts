import { z } from 'zod'
import { categoryNotFound, findCategory, readGoods, variantNotFound } from '../catalog/index.ts'
import { money, roundTo, shareOut, toMinorText, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { id, readCursor, sparsePage, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { dayIn } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import { type listStockValuesInput, type listTotalsInput, type stockValue, valueDayInFuture } from './contract.ts'
import { inBaseCurrency } from './in-base-currency.ts'
import {
  type BatchRow,
  type BranchRow,
  noCategory,
  readBatches,
  readBranches,
  readTotals,
  readValues,
  type ValuedRow,
} from './queries.ts'

/** How many stocks a page looks through at most for those of which there was something. */
const mostRead = 4_000
const leastAtOnce = 100

/** A page of what stock was worth at the end of a day, by branch and variant, what was not there left out. */
export async function listStockValues(
  context: QueryContext,
  settings: Settings,
  {
    branch_id,
    variant_id: variantId,
    category_id,
    on: day,
    currency,
    limit,
    cursor,
  }: z.output<typeof listStockValuesInput>,
) {
  const from = readCursor(cursor, z.tuple([id, id]))
  const { branches, on } = await placesOn(context, branch_id, day)
  if (variantId !== undefined && !(await readGoods(context, [variantId])).has(variantId)) refuse(variantNotFound)
  if (category_id !== undefined && !(await findCategory(context, category_id))) refuse(categoryNotFound)
  const branchIds = branches.map((branch) => branch.id)
  const toBase = await inBaseCurrency(context, settings, {
    currency,
    currencies: branches.map((one) => one.currency),
    on,
  })
  const page = await sparsePage<ValuedRow>({ limit, mostRead, atOnce: Math.max(limit + 1, leastAtOnce) }, from, {
    read: (atOnce, after) => {
      const [branch = '', variant = ''] = (after ?? []) as string[]
      const key = after === undefined ? undefined : { branch_id: branch, variant_id: variant }
      return readValues(context, { branchIds, variantId, on }, { limit: atOnce, after: key })
    },
    keep: (row) =>
      !(money(row.quantity).isZero() && money(row.value).isZero()) &&
      (category_id === undefined || row.category_id === category_id),
    key: (row) => [row.branch_id, row.variant_id],
  })
  const batches = Map.groupBy(await readBatches(context, { keys: page.items, on }), keyOf)
  return {
    ...page,
    items: page.items.map((row) => asValue(row, { on, batches: batches.get(keyOf(row)) ?? [], toBase })),
  }
}

/** A page of what stock was worth together at the end of a day. */
export async function listTotals(
  context: QueryContext,
  settings: Settings,
  { by, branch_id, on: day, currency, limit, cursor }: z.output<typeof listTotalsInput>,
) {
  // Goods without a category stand under the nil id, which is no id of anything.
  const after = readCursor(cursor, z.tuple([z.uuid(), z.string().regex(/^[A-Z]{3}$/)]))
  const { branches, on } = await placesOn(context, branch_id, day)
  const toBase = await inBaseCurrency(context, settings, {
    currency,
    currencies: branches.map((one) => one.currency),
    on,
  })
  const rows = await readTotals(
    context,
    { by, branchIds: branches.map((one) => one.id), on },
    { limit: limit + 1, after },
  )
  const page = toPage(rows, limit, (row) => [row.id, row.currency])
  const items = page.items.map(({ minor_unit, value, ...row }) => ({
    ...row,
    by,
    id: row.id === noCategory ? null : row.id,
    on,
    value: toMinorText(money(value), minor_unit),
    ...toBase({ value, currency: row.currency }),
  }))
  return { ...page, items }
}

type ToBase = Awaited<ReturnType<typeof inBaseCurrency>>

function asValue(
  { minor_unit, ...row }: ValuedRow,
  { on, batches, toBase }: { on: string; batches: readonly BatchRow[]; toBase: ToBase },
): z.input<typeof stockValue> {
  const [quantity, value] = [money(row.quantity), money(row.value)]
  const shares = quantity.isZero()
    ? batches.map(() => quantity)
    : shareOut(
        value,
        batches.map((batch) => value.times(batch.quantity).dividedBy(quantity)),
        minor_unit,
      )
  return {
    ...row,
    on,
    quantity: toText(quantity),
    unit_cost: quantity.isZero() ? null : toText(roundTo(value.dividedBy(quantity), 6, 'half_up')),
    value: toMinorText(value, minor_unit),
    ...toBase(row),
    batches: batches.map(({ batch_id, number, expires_on, quantity: part }, at) => ({
      batch_id,
      number,
      expires_on,
      quantity: toText(money(part)),
      value: toMinorText(shares[at] ?? quantity, minor_unit),
    })),
  }
}

/** The branches that the caller asks about, and the day: today where it is latest. Refuses a day that has begun nowhere. */
async function placesOn(
  context: QueryContext,
  branchId: string | undefined,
  day: string | undefined,
): Promise<{ branches: BranchRow[]; on: string }> {
  if (branchId !== undefined) assertInScope(context, { branchId }, branchNotFound)
  const own = branchId === undefined ? (context.caller.scope?.branchIds ?? null) : [branchId]
  const branches = await readBranches(context, own)
  if (branchId !== undefined && branches.length === 0) refuse(branchNotFound)
  const todays = branches.map(({ time_zone }) => dayIn(time_zone, context.now)).toSorted()
  const today = todays.at(-1) ?? dayIn('UTC', context.now)
  if (day !== undefined && day > today) refuse(valueDayInFuture)
  return { branches, on: day ?? today }
}

function keyOf({ branch_id, variant_id }: { branch_id: string; variant_id: string }): string {
  return `${branch_id} ${variant_id}`
}
