import { bestSellers } from './best-sellers.ts'
import { cashVariances } from './cash-variances.ts'
import { grossMargin } from './gross-margin.ts'
import type { Report } from './report.ts'
import { customerValue, salesByMonth, takings, taxSummary } from './sales-reports.ts'
import { expiringStock, lowStock, stockValue } from './stock-reports.ts'

/** Every report. A new one is one more here. */
export const reports: readonly Report[] = [
  salesByMonth,
  takings,
  ...grossMargin,
  bestSellers,
  customerValue,
  taxSummary,
  stockValue,
  lowStock,
  expiringStock,
  cashVariances,
]
