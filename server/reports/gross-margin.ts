import { z } from 'zod'
import { needed, permissions } from './contract.ts'
import { ofBranch, ofPeriod, percentOf, periodOf } from './ground.ts'
import { readGoods, readNames } from './queries.ts'
import type { Formula } from './report.ts'
import { type SummedColumn, sumsReport } from './sums-report.ts'

const groups = { product: 'variant_id', category: 'category_id', branch: 'branch_id', day: 'day' } as const

/** What was earned on goods: what they were sold for less what they cost, by goods and by time. */
export const grossMargin = [
  marginReport({
    name: 'gross-margin',
    title: 'Gross margin',
    summary:
      'Revenue without tax, cost, and what is left, by product or category. What came back is taken off, and the margin is of goods whose cost is known.',
    by: ['product', 'category'],
    rollup: 'goods',
    quantity: { plus: ['quantity'] },
  }),
  marginReport({
    name: 'gross-margin-by-day',
    title: 'Gross margin by day and branch',
    summary:
      'Revenue without tax, cost, and what is left, by day or branch. What came back is taken off, and the margin is of goods whose cost is known.',
    by: ['day', 'branch'],
    rollup: 'trade',
    quantity: null,
  }),
] as const

function marginReport(given: {
  name: string
  title: string
  summary: string
  by: readonly [keyof typeof groups, keyof typeof groups]
  rollup: 'goods' | 'trade'
  quantity: Formula | null
}) {
  const { by, rollup, quantity, ...head } = given
  const isOfGoods = by.includes('product')
  const ofGoods: SummedColumn[] = [
    { name: 'product', label: 'Product', kind: 'text' },
    { name: 'sku', label: 'SKU', kind: 'text' },
    { name: 'category', label: 'Category', kind: 'text' },
  ]
  const ofTime: SummedColumn[] = [
    { name: 'day', label: 'Day', kind: 'day' },
    { name: 'branch', label: 'Branch', kind: 'text' },
  ]
  return sumsReport({
    ...head,
    permission: permissions.readSales,
    parameters: z.strictObject({ ...ofPeriod('this_month'), ...ofBranch, by: z.enum(by).default(by[0]) }),
    rollup,
    groups: (parameters) => [groups[parameters.by], 'currency'],
    period: periodOf,
    columns: [
      ...(isOfGoods ? ofGoods : ofTime),
      { name: 'currency', label: 'Currency', kind: 'text' },
      ...(quantity ? [{ name: 'quantity', label: 'Quantity', kind: 'quantity', of: quantity } as const] : []),
      { name: 'revenue', label: 'Revenue without tax', kind: 'money', of: { plus: ['net'] } },
      {
        name: 'uncosted',
        label: 'Revenue of unknown cost',
        kind: 'money',
        of: { plus: ['uncosted_net'] },
        needs: needed.costs,
      },
      { name: 'cost', label: 'Cost', kind: 'money', of: { plus: ['cost'] }, needs: needed.costs },
      {
        name: 'margin',
        label: 'Gross margin',
        kind: 'money',
        of: { plus: ['net'], minus: ['uncosted_net', 'cost'] },
        needs: needed.costs,
      },
      { name: 'margin_percent', label: 'Margin, %', kind: 'percent', needs: needed.costs },
    ],
    async describe({ context, places }, parts) {
      const branches = new Map(places.map(({ id, name }) => [id, name]))
      const goods = await readGoods(
        context,
        parts.flatMap(({ at }) => at.variant_id ?? []),
      )
      const categories = await readNames(context, 'category', [
        ...[...goods.values()].map((one) => one.category_id),
        ...parts.map(({ at }) => at.category_id ?? null),
      ])
      return ({ at, figures }) => {
        const one = goods.get(at.variant_id ?? '')
        const category = categories.get(one?.category_id ?? at.category_id ?? '') ?? null
        const texts = isOfGoods
          ? { product: one?.name ?? null, sku: one?.sku ?? null, category }
          : { day: at.day ?? null, branch: branches.get(at.branch_id ?? '') ?? null }
        const { revenue, uncosted, margin } = figures
        return { ...texts, margin_percent: percentOf(margin, revenue && uncosted && revenue.minus(uncosted)) }
      }
    },
  })
}
