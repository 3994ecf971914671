import { z } from 'zod'
import { permissions } from './contract.ts'
import { ofBranch, ofPeriod, periodOf } from './ground.ts'
import { readNames } from './queries.ts'
import { sumsReport } from './sums-report.ts'

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
