import { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { id } from '../platform/schema.ts'
import { dayIn } from '../platform/time.ts'
import { permissions, rowUnknown } from './contract.ts'
import { ofBranch } from './ground.ts'
import { report } from './report.ts'
import { readLevels, readLowStock } from './stock-queries.ts'

const figures = z.enum(['on_hand', 'reserved', 'available'])

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
    return readLevels(context, { branchId, variantId, figure: figures.parse(figure) }, page)
  },
})
