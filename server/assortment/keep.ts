import type { z } from 'zod'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { branchNotFound, findEntity, readBranch } from '../tenants/index.ts'
import type { listCustomerChangesInput, listCustomersInput, listGoodsChangesInput, listGoodsInput } from './contract.ts'
import { changesCursorOf, readPageCursor, toKeptPage, windowOf } from './cursor.ts'
import { findCustomers, listCustomers } from './customer-queries.ts'
import { findKeptGoods, type GoodsPlace, listGoods, variantsOf } from './goods-queries.ts'
import { chainHead, changedThings } from './queries.ts'
import { listStock, stockChangedAfter } from './stock-queries.ts'

/** What entries are about that change goods or their prices. */
const goodsTypes = ['variant', 'product', 'pack', 'barcode', 'price', 'image']
/** What entries are about that change the small lists. */
const groundTypes = [
  ...['tenant', 'entity', 'branch', 'branch_jurisdictions', 'setting', 'category', 'unit', 'units', 'price_list'],
  ...['channel', 'customer_group', 'tender', 'tenders', 'register', 'device'],
  ...['tax_class', 'tax_classes', 'tax_rate', 'tax_jurisdiction'],
]

/** A page of all goods of the tenant, as they are sold in a branch. Refuses with `branch_not_found`. */
export async function readGoodsPage(context: QueryContext, input: z.output<typeof listGoodsInput>) {
  const place = await placeOf(context, input.branch_id)
  const list = `goods ${place.branch_id}` as const
  const from = readPageCursor(input.cursor, list)
  const seq = from?.seq ?? (await chainHead(context))
  const rows = await listGoods(context, place, { limit: input.page_size, after: from?.after ?? null })
  return toKeptPage(rows, { list, limit: input.page_size, seq, idOf: (row) => row.variant_id, now: context.now })
}

/** The goods that were changed since. Refuses with `branch_not_found` and `cursor_outdated`. */
export async function readGoodsChanges(context: QueryContext, input: z.output<typeof listGoodsChangesInput>) {
  const place = await placeOf(context, input.branch_id)
  const list = `goods ${place.branch_id}` as const
  const { after, through, has_more } = windowOf(input.since, list, await chainHead(context))
  const things = await changedThings(context, { after, through, types: [...goodsTypes, ...groundTypes] })
  const ids = await variantsOf(context, things)
  const items = ids.length === 0 ? [] : await findKeptGoods(context, place, ids)
  return {
    items,
    removed: without(
      ids,
      items.map((row) => row.variant_id),
    ),
    changes_cursor: changesCursorOf(list, through),
    has_more,
    is_ground_changed: things.some(({ type }) => groundTypes.includes(type)),
    as_of: context.now,
  }
}

/** A page of all that lies in a branch. Refuses with `branch_not_found`. */
export async function readStockPage(context: QueryContext, input: z.output<typeof listGoodsInput>) {
  const { branch_id, page_size: limit } = input
  await readBranch(context, branch_id)
  const list = `stock ${branch_id}` as const
  const from = readPageCursor(input.cursor, list)
  const seq = from?.seq ?? (await chainHead(context))
  const rows = await listStock(context, { branch_id, limit, after: from?.after ?? null })
  return toKeptPage(rows, { list, limit, seq, idOf: (row) => row.variant_id, now: context.now })
}

/** What lies in a branch of whatever moved since, all at once. Refuses with `branch_not_found` and `cursor_outdated`. */
export async function readStockChanges(context: QueryContext, input: z.output<typeof listGoodsChangesInput>) {
  const { branch_id } = input
  await readBranch(context, branch_id)
  const list = `stock ${branch_id}` as const
  const head = await chainHead(context)
  const { after } = windowOf(input.since, list, head)
  const rows = after === head ? [] : await stockChangedAfter(context, { branch_id, seq: after })
  return {
    items: rows.filter(({ levels }) => levels.length > 0),
    removed: rows.flatMap(({ levels, variant_id }) => (levels.length === 0 ? [variant_id] : [])),
    changes_cursor: changesCursorOf(list, head),
    has_more: false,
    as_of: context.now,
  }
}

/** A page of all customers of the tenant. */
export async function readCustomersPage(
  context: QueryContext,
  { page_size: limit, cursor }: z.output<typeof listCustomersInput>,
) {
  const from = readPageCursor(cursor, 'customers')
  const seq = from?.seq ?? (await chainHead(context))
  const rows = await listCustomers(context, { limit, after: from?.after ?? null })
  return toKeptPage(rows, { list: 'customers', limit, seq, idOf: (row) => row.id, now: context.now })
}

/** The customers that were changed since. Refuses with `cursor_outdated`. */
export async function readCustomerChanges(context: QueryContext, { since }: z.output<typeof listCustomerChangesInput>) {
  const { after, through, has_more } = windowOf(since, 'customers', await chainHead(context))
  const things = await changedThings(context, { after, through, types: ['party'] })
  const ids = things.map(({ id }) => id)
  const items = ids.length === 0 ? [] : await findCustomers(context, ids)
  return {
    items,
    removed: without(
      ids,
      items.map((row) => row.id),
    ),
    changes_cursor: changesCursorOf('customers', through),
    has_more,
    as_of: context.now,
  }
}

async function placeOf(context: QueryContext, branchId: string): Promise<GoodsPlace> {
  const branch = await readBranch(context, branchId)
  const { currency } = (await findEntity(context, branch.entity_id)) ?? refuse(branchNotFound)
  return { branch_id: branch.id, currency, today: dayIn(branch.time_zone, context.now) }
}

function without(ids: readonly string[], there: readonly string[]): string[] {
  const known = new Set(there)
  return ids.filter((id) => !known.has(id))
}
