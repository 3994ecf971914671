import { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { boundsCrossed, permissions } from './contract.ts'
import { amountsIn, ofBranch, ofPeriod, percentOf, periodOf } from './ground.ts'
import { readGoods } from './queries.ts'
import type { Report, Row } from './report.ts'
import { readHeldGoods } from './stock-queries.ts'
import { sumsReport } from './sums-report.ts'

const parameters = z.strictObject({
  ...ofPeriod('last_30_days'),
  ...ofBranch,
  by: z.enum(['revenue', 'quantity']).default('revenue').meta({ description: 'What the classes are shares of.' }),
  show: z.enum(['all', 'sold', 'slow']).default('all'),
  a_percent: z
    .int()
    .min(1)
    .max(99)
    .default(80)
    .meta({ description: 'Class A begins with the best seller and goes on to this share.' }),
  b_percent: z
    .int()
    .min(1)
    .max(100)
    .default(95)
    .meta({ description: 'Class B goes on from there to this share; C is the rest.' }),
})

const sold = sumsReport({
  name: 'best-sellers',
  title: 'Best and slow sellers',
  summary:
    'Goods by what they brought, in classes A, B and C by their share of it all. What lies in stock and was not sold in the period is slow.',
  permission: permissions.readSales,
  parameters,
  rollup: 'goods',
  groups: () => ['variant_id', 'currency'],
  period: periodOf,
  columns: [
    { name: 'rank', label: 'Rank', kind: 'count' },
    { name: 'class', label: 'Class', kind: 'text' },
    { name: 'product', label: 'Product', kind: 'text' },
    { name: 'sku', label: 'SKU', kind: 'text' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'quantity', label: 'Quantity', kind: 'quantity', of: { plus: ['quantity'] } },
    { name: 'revenue', label: 'Revenue without tax', kind: 'money', of: { plus: ['net'] } },
    { name: 'share_percent', label: 'Share, %', kind: 'percent' },
    { name: 'cumulative_percent', label: 'Share so far, %', kind: 'percent' },
    { name: 'on_hand', label: 'On hand', kind: 'quantity' },
  ],
  async describe() {
    return () => ({})
  },
})

/** What sold best, in classes by the share of it all, and what did not sell. Refuses with `report_bounds_crossed`. */
export const bestSellers: Report = {
  ...sold,
  async run(ground, given, most) {
    const asked = given as z.output<typeof parameters>
    if (asked.a_percent >= asked.b_percent) refuse(boundsCrossed)
    const [rows, held] = [await sold.run(ground, given, mostSold), await readHeldGoods(ground.context, ground.places)]
    const onHand = new Map(held.map(({ key, on_hand }) => [key.join(), on_hand]))
    const write = await amountsIn(
      ground,
      held.map(({ key }) => key[1]),
    )
    const known = new Set(rows.map(({ key }) => key.join()))
    const slow = held
      .filter(({ key }) => !known.has(key.join()))
      .map(({ key }): Row => {
        const [, currency] = key
        return { key, cells: { class: 'slow', currency, quantity: '0', revenue: write(money('0'), currency) } }
      })
    const shown = [
      ...(asked.show === 'slow' ? [] : classed(rows, asked)),
      ...(asked.show === 'sold' ? [] : slow.map((row) => () => row)),
    ].slice(0, most + 1)
    const all = shown.map((row) => row())
    const goods = await readGoods(ground.context, all.map(variantOf))
    return all.map((row) => {
      const one = goods.get(variantOf(row))
      const stock = onHand.get(row.key.join())
      const texts = { product: one?.name ?? null, sku: one?.sku ?? null, on_hand: stock ? toText(money(stock)) : '0' }
      return { key: row.key, cells: { ...row.cells, ...texts } }
    })
  },
}

/** Shares are of all goods that were sold. */
const mostSold = 10_000_000

function variantOf({ key: [variantId] }: Pick<Row, 'key'>): string {
  return variantId ?? ''
}

/**
 * Rows of each currency, the greatest first, each to be told with rank, share and class. A class takes whatever begins within its
 * share.
 */
function classed(rows: readonly Row[], { by, a_percent, b_percent }: z.output<typeof parameters>): (() => Row)[] {
  const zero = money('0')
  const sizeOf = (row: Row) => money(row.cells[by] ?? '0')
  const ofCurrencies = [...Map.groupBy(rows, ({ cells }) => cells.currency)].toSorted(([a], [b]) =>
    (a ?? '') < (b ?? '') ? -1 : 1,
  )
  return ofCurrencies.flatMap(([, own]) => {
    const sized = own.map((row) => ({ row, size: sizeOf(row) }))
    const sorted = sized.toSorted((a, b) => b.size.comparedTo(a.size) || (variantOf(a.row) < variantOf(b.row) ? -1 : 1))
    // What came back more than it was sold takes nothing off the shares of the others.
    const whole = sized.reduce((sum, { size }) => (size.greaterThan(0) ? sum.plus(size) : sum), zero)
    let soFar = zero
    return sorted.map(({ row, size }, index) => {
      const before = soFar
      if (size.greaterThan(0)) soFar = soFar.plus(size)
      const after = soFar
      return () => {
        const percentBefore = whole.isZero() ? whole : before.times(100).dividedBy(whole)
        const isWithin = (bound: number) => size.greaterThan(0) && percentBefore.lessThan(bound)
        const classes = [...(isWithin(a_percent) ? ['A'] : []), ...(isWithin(b_percent) ? ['B'] : []), 'C']
        return {
          key: row.key,
          cells: {
            ...row.cells,
            rank: `${index + 1}`,
            class: classes[0] ?? null,
            share_percent: percentOf(size, whole),
            cumulative_percent: percentOf(after, whole),
          },
        }
      }
    })
  })
}
