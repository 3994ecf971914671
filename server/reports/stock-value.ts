import { z } from 'zod'
import { money } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { day } from '../platform/schema.ts'
import { noCategory, readStockTotals, readStockValues, valueDayInFuture } from '../valuation/index.ts'
import { needed, permissions, rowUnknown } from './contract.ts'
import { amountsIn, ofBranch } from './ground.ts'
import { readNames } from './queries.ts'
import { type DocumentPage, type DocumentRow, type Ground, report } from './report.ts'

/** How many stocks are read at once when those of a row are looked for. */
const atOnce = 1_000
const figures = z.enum(['variants', 'value'])
type Figure = z.output<typeof figures>

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
    const categoryId = by === 'branch' ? undefined : id === noCategory ? null : id
    return readStocks({ ...ground, places }, { on, categoryId, figure: figures.parse(figure) }, page)
  },
})

/** The next stocks that come to a figure; without a category of all goods, and with null of those that have none. */
async function readStocks(
  { context, places }: Ground,
  { on, categoryId, figure }: { on: string; categoryId: string | null | undefined; figure: Figure },
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
      const amount = figure === 'value' ? row.value : money(row.quantity).isZero() ? '0' : '1'
      if (money(amount).isZero()) continue
      const { branch_id, variant_id: id, sku: number, name } = row
      found.push({ id, kind: 'stock', number, name, branch_id, day: on, amount, at: [branch_id, id] })
    }
  }
  return found.slice(0, limit)
}
