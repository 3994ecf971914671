import { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { day, id } from '../platform/schema.ts'
import { dayIn } from '../platform/time.ts'
import { noCategory, readStockTotals, readStockValues, valueDayInFuture } from '../valuation/index.ts'
import { needed, permissions, rowUnknown } from './contract.ts'
import { amountsIn, ofBranch } from './ground.ts'
import { readMinorUnits, readNames } from './queries.ts'
import { type DocumentPage, type DocumentRow, type Ground, report } from './report.ts'
import { type PlaceToday, readExpiring, readExpiringBatches, readLevels, readLowStock } from './stock-queries.ts'

const levelFigures = z.enum(['on_hand', 'reserved', 'available'])

/** What is to be ordered: no more of it is available than its reorder point. */
export const lowStock = report({
  name: 'low-stock',
  title: 'Stock at or below its reorder point',
  summary:
    'Goods of which no more is available than the reorder point: the one that was set, else the one computed when alerts were last refreshed, else the minimum stock.',
  permission: permissions.readStock,
  parameters: z.strictObject({ ...ofBranch }),
  columns: [
    { name: 'branch', label: 'Branch', kind: 'text' },
    { name: 'product', label: 'Product', kind: 'text' },
    { name: 'sku', label: 'SKU', kind: 'text' },
    { name: 'unit', label: 'Unit', kind: 'text' },
    { name: 'on_hand', label: 'On hand', kind: 'quantity', is_figure: true },
    { name: 'reserved', label: 'Reserved', kind: 'quantity', is_figure: true },
    { name: 'available', label: 'Available', kind: 'quantity', is_figure: true },
    { name: 'reorder_point', label: 'Reorder point', kind: 'quantity' },
    { name: 'source', label: 'Set or computed', kind: 'text' },
  ],

  async run({ context, places }) {
    const names = new Map(places.map((place) => [place.id, place.name]))
    const today = (zone: string) => dayIn(zone, context.now)
    const rows = await readLowStock(
      context,
      places.map((place) => ({ ...place, today: today(place.time_zone) })),
    )
    return rows.map((row) => ({
      key: [row.branch_id, row.variant_id],
      cells: {
        branch: names.get(row.branch_id) ?? null,
        product: row.name,
        sku: row.sku,
        unit: row.unit,
        on_hand: toText(money(row.on_hand)),
        reserved: toText(money(row.reserved)),
        available: toText(money(row.available)),
        reorder_point: toText(money(row.reorder_point)),
        source: row.source,
      },
    }))
  },

  async drill({ context, places }, _, { key, figure, page }) {
    const { data: [branchId, variantId] = [] } = z.tuple([id, id]).safeParse(key)
    if (!branchId || !variantId || !places.some((place) => place.id === branchId)) return refuse(rowUnknown)
    return readLevels(context, { branchId, variantId, figure: levelFigures.parse(figure) }, page)
  },
})

const batchFigures = z.enum(['batches', 'quantity', 'value'])

/** What has expired and what will, and what it is worth. */
export const expiringStock = report({
  name: 'expiring-stock',
  title: 'Expiring stock',
  summary:
    'Batches of which there is something that have expired or will, by days to expiry, with their share of the value.',
  permission: permissions.readStock,
  parameters: z.strictObject({
    ...ofBranch,
    days: z.int().min(0).max(3_650).default(90).meta({ description: 'Within how many days from today.' }),
  }),
  columns: [
    { name: 'branch', label: 'Branch', kind: 'text' },
    { name: 'expires_in', label: 'Days to expiry', kind: 'text' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'batches', label: 'Batches', kind: 'count', is_figure: true },
    { name: 'quantity', label: 'Quantity', kind: 'quantity', is_figure: true },
    { name: 'value', label: 'Value', kind: 'money', is_figure: true, needs: needed.values },
  ],

  async run(ground, { days }) {
    const places = await placesToday(ground)
    const names = new Map(places.map((place) => [place.id, place.name]))
    const write = await amountsIn(
      ground,
      places.map(({ currency }) => currency),
    )
    return (await readExpiring(ground.context, places, days)).map((row) => ({
      key: [row.branch_id, `${row.from_days}`],
      cells: {
        branch: names.get(row.branch_id) ?? null,
        expires_in: daysOf(row.from_days, days),
        currency: row.currency,
        batches: row.batches,
        quantity: toText(money(row.quantity)),
        value: write(money(row.value), row.currency),
      },
    }))
  },

  async drill(ground, { days }, { key, figure, page }) {
    const { data: [branchId, fromDays] = [] } = z.tuple([id, z.string().regex(/^(-1|\d{1,4})$/)]).safeParse(key)
    if (branchId === undefined || fromDays === undefined) return refuse(rowUnknown)
    const places = (await placesToday(ground)).filter((place) => place.id === branchId)
    const at = { days, fromDays: money(fromDays).toNumber(), figure: batchFigures.parse(figure) }
    return readExpiringBatches(ground.context, places, at, page)
  },
})

async function placesToday({ context, places }: Ground): Promise<PlaceToday[]> {
  const minorUnits = await readMinorUnits(
    context,
    places.map(({ currency }) => currency),
  )
  return places.map((place) => ({
    ...place,
    today: dayIn(place.time_zone, context.now),
    minor_unit: minorUnits.get(place.currency) ?? 2,
  }))
}

function daysOf(from: number, most: number): string {
  if (from < 0) return 'expired'
  return `${from}–${Math.min(from === 0 ? 30 : from + 29, most)}`
}

/** How many stocks are read at once when those of a row are looked for. */
const atOnce = 1_000
const valueFigures = z.enum(['variants', 'value'])
type ValueFigure = z.output<typeof valueFigures>

/** What stock was worth at the end of a day. */
export const stockValue = report({
  name: 'stock-value',
  title: 'Stock valuation',
  summary: 'What stock was worth at the end of a day, in the currency of the books, by branch or category.',
  permission: permissions.readStock,
  parameters: z.strictObject({
    ...ofBranch,
    by: z.enum(['branch', 'category']).default('branch'),
    on: day.optional().meta({ description: 'At the end of this day; today unless given.' }),
  }),
  columns: [
    { name: 'branch', label: 'Branch', kind: 'text' },
    { name: 'category', label: 'Category', kind: 'text' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'variants', label: 'Stocks', kind: 'count', is_figure: true },
    { name: 'value', label: 'Value', kind: 'money', is_figure: true, needs: needed.values },
  ],

  async run(ground, { by, on = ground.today }, most) {
    const { context, places } = ground
    if (on > ground.today) refuse(valueDayInFuture)
    const branchIds = places.map(({ id }) => id)
    const rows = await readStockTotals(context, { by, branchIds, on }, { limit: most + 1, after: undefined })
    const write = await amountsIn(
      ground,
      rows.map(({ currency }) => currency),
    )
    const branches = new Map(places.map(({ id, name }) => [id, name]))
    const categories = await readNames(
      context,
      'category',
      rows.map(({ id }) => id),
    )
    return rows.map((row) => ({
      key: [row.id, row.currency],
      cells: {
        branch: by === 'branch' ? (branches.get(row.id) ?? null) : null,
        category: by === 'category' ? (categories.get(row.id) ?? null) : null,
        currency: row.currency,
        variants: `${row.variants}`,
        value: write(money(row.value), row.currency),
      },
    }))
  },

  async drill(ground, { by, on = ground.today }, { key, figure, page }) {
    const { data: [id, currency] = [] } = z.tuple([z.uuid(), z.string()]).safeParse(key)
    if (id === undefined) return refuse(rowUnknown)
    const places = ground.places.filter(
      (place) => place.currency === currency && (by === 'category' || place.id === id),
    )
    const ofCategory = id === noCategory ? null : id
    const categoryId = by === 'branch' ? undefined : ofCategory
    return readStocks({ ...ground, places }, { on, categoryId, figure: valueFigures.parse(figure) }, page)
  },
})

/** The next stocks that come to a figure; without a category of all goods, and with null of those that have none. */
async function readStocks(
  { context, places }: Ground,
  { on, categoryId, figure }: { on: string; categoryId: string | null | undefined; figure: ValueFigure },
  { limit, after }: DocumentPage,
): Promise<DocumentRow[]> {
  const branchIds = places.map(({ id }) => id)
  const found: DocumentRow[] = []
  let last = after && { branch_id: after[0], variant_id: after[1] }
  for (let isMore = true; isMore && found.length < limit; ) {
    const rows = await readStockValues(context, { branchIds, on }, { limit: atOnce, after: last })
    isMore = rows.length === atOnce
    last = rows.at(-1)
    for (const row of rows) {
      if (categoryId !== undefined && row.category_id !== categoryId) continue
      const isThere = !money(row.quantity).isZero()
      const amount = { value: row.value, variants: isThere ? '1' : '0' }[figure]
      if (money(amount).isZero()) continue
      const { branch_id, variant_id: id, sku: number, name } = row
      found.push({ id, kind: 'stock', number, name, branch_id, day: on, amount, at: [branch_id, id] })
    }
  }
  return found.slice(0, limit)
}
