import { accountTypes, type Chart, type ChartTable } from './chart.ts'
import { argentina } from './chart-argentina.ts'
import { colombia } from './chart-colombia.ts'
import { france } from './chart-france.ts'
import { international } from './chart-international.ts'
import { mexico } from './chart-mexico.ts'
import { morocco } from './chart-morocco.ts'

const internationalChart = toChart(international)

/** All preset charts, each with its accounts in the order of their codes. */
export const charts: readonly Chart[] = [
  ...[morocco, france, mexico, colombia, argentina].map(toChart),
  internationalChart,
]

// The overseas departments of France keep their books by the French plan.
const chartIdOfCountry: Readonly<Record<string, string>> = {
  MA: 'morocco',
  FR: 'france',
  GF: 'france',
  GP: 'france',
  MQ: 'france',
  RE: 'france',
  YT: 'france',
  MX: 'mexico',
  CO: 'colombia',
  AR: 'argentina',
}

/** The chart that businesses of a country (ISO 3166-1 alpha-2, upper case) use; the international one elsewhere. */
export function chartOf(country: string): Chart {
  return charts.find(({ id }) => id === chartIdOfCountry[country]) ?? internationalChart
}

function toChart({ accounts, ...head }: ChartTable): Chart {
  const flat = accountTypes.flatMap((type) =>
    accounts[type].map(([code, name, purpose]) => ({ code, name, type, ...(purpose && { purpose }) })),
  )
  return { ...head, accounts: flat.toSorted((one, other) => (one.code < other.code ? -1 : 1)) }
}
