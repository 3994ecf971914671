import { bestSellers } from './best-sellers.ts'
import { cashVariances } from './cash-variances.ts'
import { customerValue } from './customer-value.ts'
import { expiringStock } from './expiring-stock.ts'
import { grossMargin } from './gross-margin.ts'
import { lowStock } from './low-stock.ts'
import type { Report } from './report.ts'
import { salesByMonth } from './sales-by-month.ts'
import { stockValue } from './stock-value.ts'
import { takings } from './takings.ts'
import { taxSummary } from './tax-summary.ts'

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
