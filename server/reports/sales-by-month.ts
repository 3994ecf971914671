import { z } from 'zod'
import { permissions } from './contract.ts'
import { averageOf, ofBranch, ofPeriod, periodOf } from './ground.ts'
import { sumsReport } from './sums-report.ts'

/** How many sales a month had, what they came to, and what each came to. */
export const salesByMonth = sumsReport({
  name: 'sales-by-month',
  title: 'Sales by month',
  summary: 'How many receipts there were in each month, what they came to, and what a sale came to on average.',
  permission: permissions.readSales,
  parameters: z.strictObject({
    ...ofPeriod('this_year'),
    ...ofBranch,
    by_branch: z.boolean().default(false).meta({ description: 'A row for each branch.' }),
  }),
  rollup: 'trade',
  groups: ({ by_branch }) => (by_branch ? ['month', 'branch_id', 'currency'] : ['month', 'currency']),
  period: periodOf,
  columns: [
    { name: 'month', label: 'Month', kind: 'month' },
    { name: 'branch', label: 'Branch', kind: 'text' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'sales', label: 'Sales', kind: 'count', of: { plus: ['sales'] } },
    { name: 'refunds', label: 'Refunds', kind: 'count', of: { plus: ['refunds'] } },
    { name: 'exchanges', label: 'Exchanges', kind: 'count', of: { plus: ['exchanges'] } },
    { name: 'sold', label: 'Sold', kind: 'money', of: { plus: ['sold'] } },
    { name: 'refunded', label: 'Refunded', kind: 'money', of: { plus: ['refunded'] } },
    { name: 'exchanged', label: 'Exchanged', kind: 'money', of: { plus: ['exchanged'] } },
    { name: 'revenue', label: 'Revenue with tax', kind: 'money', of: { plus: ['net', 'tax'] } },
    { name: 'net', label: 'Revenue without tax', kind: 'money', of: { plus: ['net'] } },
    { name: 'tax', label: 'Tax', kind: 'money', of: { plus: ['tax'] } },
    { name: 'average', label: 'Average sale', kind: 'money' },
  ],
  async describe({ places }) {
    const names = new Map(places.map(({ id, name }) => [id, name]))
    return ({ at, figures: { sold, sales }, write }) => ({
      month: at.month ?? null,
      branch: names.get(at.branch_id ?? '') ?? null,
      average: averageOf({ sum: sold, count: sales }, write),
    })
  },
})
