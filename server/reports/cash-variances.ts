import { z } from 'zod'
import { money } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { id } from '../platform/schema.ts'
import { namesOfEmployees } from '../tenants/index.ts'
import { readVarianceSessions, readVariances } from './cash-queries.ts'
import { permissions, rowUnknown } from './contract.ts'
import { amountsIn, ofBranch, ofPeriod, periodOf } from './ground.ts'
import { report } from './report.ts'

const figures = z.enum(['sessions', 'expected', 'counted', 'short', 'over', 'variance'])

/** Who had too much or too little in the drawer. */
export const cashVariances = report({
  name: 'cash-variances',
  title: 'Cash variances by cashier',
  summary:
    'What the last counts of sessions found beside what the books expected then, by who opened them, on the day they did.',
  permission: permissions.readCash,
  parameters: z.strictObject({ ...ofPeriod('this_month'), ...ofBranch }),
  columns: [
    { name: 'cashier', label: 'Cashier', kind: 'text' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'sessions', label: 'Sessions', kind: 'count', is_figure: true },
    { name: 'expected', label: 'Expected', kind: 'money', is_figure: true },
    { name: 'counted', label: 'Counted', kind: 'money', is_figure: true },
    { name: 'short', label: 'Short', kind: 'money', is_figure: true },
    { name: 'over', label: 'Over', kind: 'money', is_figure: true },
    { name: 'variance', label: 'Variance', kind: 'money', is_figure: true },
  ],

  async run(ground, parameters) {
    const rows = await readVariances(ground.context, ground.places, periodOf(parameters, ground.today))
    const names = await namesOfEmployees(
      ground.context,
      rows.flatMap(({ opened_by }) => opened_by ?? []),
    )
    const write = await amountsIn(
      ground,
      rows.map(({ currency }) => currency),
    )
    return rows.map(({ opened_by, currency, sessions, expected, counted, short, over }) => ({
      key: [opened_by, currency],
      cells: {
        cashier: names.get(opened_by ?? '') ?? null,
        currency,
        sessions,
        expected: write(money(expected), currency),
        counted: write(money(counted), currency),
        short: write(money(short), currency),
        over: write(money(over), currency),
        variance: write(money(short).plus(over), currency),
      },
    }))
  },

  async drill({ context, places, today }, parameters, { key, figure, page }) {
    const { data: [openedBy, currency] = [] } = z.tuple([id.nullable(), z.string()]).safeParse(key)
    if (openedBy === undefined || currency === undefined) return refuse(rowUnknown)
    const at = { openedBy, currency, figure: figures.parse(figure) }
    return readVarianceSessions(context, { places, period: periodOf(parameters, today) }, at, page)
  },
})
