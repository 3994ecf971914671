import { z } from 'zod'
import { money, roundTo, toText } from '../platform/money.ts'
import { dayIn } from '../platform/time.ts'
import { needed, permissions } from './contract.ts'
import { averageOf, ofBranch } from './ground.ts'
import { readNames } from './queries.ts'
import { sumsReport } from './sums-report.ts'

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
