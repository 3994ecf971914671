import { z } from 'zod'
import { money, roundTo, toText } from '../platform/money.ts'
import { dayIn } from '../platform/time.ts'
import { needed, permissions } from './contract.ts'
import { averageOf, ofBranch, ofPeriod, periodOf } from './ground.ts'
import { readNames } from './queries.ts'
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
    { name: 'adjusted', label: 'Adjustments, no revenue', kind: 'money', of: { plus: ['adjusted'] } },
    {
      name: 'with_adjustments',
      label: 'Total with adjustments',
      kind: 'money',
      of: { plus: ['net', 'tax', 'adjusted'] },
    },
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

/** What came in and went back on each day, in each branch, with each tender. */
export const takings = sumsReport({
  name: 'takings',
  title: 'Takings',
  summary:
    'What was received and given back, by day, branch and tender. Payments put right later count when that was done.',
  permission: permissions.readSales,
  parameters: z.strictObject({ ...ofPeriod('this_month'), ...ofBranch }),
  rollup: 'taking',
  groups: () => ['day', 'branch_id', 'tender_id', 'currency'],
  period: periodOf,
  columns: [
    { name: 'day', label: 'Day', kind: 'day' },
    { name: 'branch', label: 'Branch', kind: 'text' },
    { name: 'tender', label: 'Tender', kind: 'text' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'received', label: 'Received less change', kind: 'money', of: { plus: ['received'] } },
    { name: 'given_back', label: 'Given back', kind: 'money', of: { plus: ['given_back'] } },
    { name: 'corrected', label: 'Corrected', kind: 'money', of: { plus: ['corrected'] } },
    { name: 'total', label: 'Total', kind: 'money', of: { plus: ['received', 'given_back', 'corrected'] } },
  ],
  async describe({ context, places }, parts) {
    const branches = new Map(places.map(({ id, name }) => [id, name]))
    const tenders = await readNames(
      context,
      'tender',
      parts.map(({ at }) => at.tender_id ?? null),
    )
    return ({ at }) => ({
      day: at.day ?? null,
      branch: branches.get(at.branch_id ?? '') ?? null,
      tender: tenders.get(at.tender_id ?? '') ?? null,
    })
  },
})

/** What was taxed at which rate, sales and what came back apart. */
export const taxSummary = sumsReport({
  name: 'tax-summary',
  title: 'Tax by rate',
  summary:
    'What each rate was raised on and what it came to, of sales and of what came back. What bears no tax has no name, and neither has that of earlier sales.',
  permission: permissions.readSales,
  parameters: z.strictObject({ ...ofPeriod('last_month'), ...ofBranch }),
  rollup: 'tax',
  groups: () => ['jurisdiction_code', 'name', 'rate', 'currency'],
  period: periodOf,
  columns: [
    { name: 'jurisdiction', label: 'Jurisdiction', kind: 'text' },
    { name: 'tax_name', label: 'Tax name', kind: 'text' },
    { name: 'rate', label: 'Rate', kind: 'percent' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'sold_base', label: 'Sold, base', kind: 'money', of: { plus: ['sold_base'] } },
    { name: 'sold_tax', label: 'Sold, tax', kind: 'money', of: { plus: ['sold_tax'] } },
    { name: 'returned_base', label: 'Returned, base', kind: 'money', of: { plus: ['returned_base'] } },
    { name: 'returned_tax', label: 'Returned, tax', kind: 'money', of: { plus: ['returned_tax'] } },
    { name: 'base', label: 'Base', kind: 'money', of: { plus: ['sold_base', 'returned_base'] } },
    { name: 'tax', label: 'Tax', kind: 'money', of: { plus: ['sold_tax', 'returned_tax'] } },
  ],
  async describe() {
    return ({ at }) => ({
      jurisdiction: at.jurisdiction_code || null,
      tax_name: at.name || null,
      rate: at.name || at.rate !== '0' ? toText(money(at.rate ?? '0')) : null,
    })
  },
})

const dayMilliseconds = 86_400_000

/** What each customer brought since they came. */
export const customerValue = sumsReport({
  name: 'customer-value',
  title: 'Customer lifetime value',
  summary: 'What each customer bought, less what came back, since when and how often; those who brought most first.',
  permission: permissions.readSales,
  parameters: z.strictObject({ ...ofBranch }),
  rollup: 'customer',
  groups: () => ['customer_id', 'currency'],
  period: () => null,
  greatest: { plus: ['sold', 'returned'] },
  columns: [
    { name: 'customer', label: 'Customer', kind: 'text', needs: needed.parties },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'first_on', label: 'First sale', kind: 'day' },
    { name: 'last_on', label: 'Last sale', kind: 'day' },
    { name: 'sales', label: 'Sales', kind: 'count', of: { plus: ['sales'] } },
    { name: 'returns', label: 'Refunds and exchanges', kind: 'count', of: { plus: ['returns'] } },
    { name: 'sold', label: 'Sold', kind: 'money', of: { plus: ['sold'] } },
    { name: 'returned', label: 'Refunded and exchanged', kind: 'money', of: { plus: ['returned'] } },
    { name: 'revenue', label: 'Revenue with tax', kind: 'money', of: { plus: ['sold', 'returned'] } },
    { name: 'average', label: 'Average sale', kind: 'money' },
    { name: 'days_between', label: 'Days between sales', kind: 'quantity' },
  ],
  async describe({ context, places }, parts) {
    const names = await readNames(
      context,
      'customer',
      parts.map(({ at }) => at.customer_id ?? null),
    )
    // Customers may have bought in several zones; a day is told in that of the first branch.
    const zone = places[0]?.time_zone ?? 'UTC'
    return ({ at, times: { first_at, last_at }, figures: { sales, sold }, write }) => ({
      customer: names.get(at.customer_id ?? '') ?? null,
      first_on: first_at ? dayIn(zone, first_at) : null,
      last_on: last_at ? dayIn(zone, last_at) : null,
      average: averageOf({ sum: sold, count: sales }, write),
      days_between: daysBetween(first_at, last_at, `${sales}`),
    })
  },
})

function daysBetween(first: Date | null | undefined, last: Date | null | undefined, sales: string): string | null {
  const gaps = money(sales).minus(1)
  if (!first || !last || !gaps.greaterThan(0)) return null
  const days = money(`${last.getTime() - first.getTime()}`).dividedBy(dayMilliseconds)
  return toText(roundTo(days.dividedBy(gaps), 1, 'half_up'))
}
