import { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import { permissions } from './contract.ts'
import { ofBranch, ofPeriod, periodOf } from './ground.ts'
import { sumsReport } from './sums-report.ts'

/** What was taxed at which rate, sales and what came back apart. */
export const taxSummary = sumsReport({
  name: 'tax-summary',
  title: 'Tax by rate',
  summary:
    'What each rate was raised on and what it came to, of sales and of what came back. What bears no tax has no name.',
  permission: permissions.readSales,
  parameters: z.strictObject({ ...ofPeriod('last_month'), ...ofBranch }),
  rollup: 'tax',
  groups: () => ['jurisdiction_code', 'name', 'rate', 'currency'],
  period: periodOf,
  columns: [
    { name: 'jurisdiction', label: 'Jurisdiction', kind: 'text' },
    { name: 'tax_name', label: 'Tax', kind: 'text' },
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
      rate: at.name ? toText(money(at.rate ?? '0')) : null,
    })
  },
})
