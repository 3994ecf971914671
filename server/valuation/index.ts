export { valueDayInFuture } from './contract.ts'
export { valuationOperations } from './operations.ts'
export { noCategory, readTotals as readStockTotals, readValues as readStockValues } from './queries.ts'
export { baseCurrencySetting } from './settings.ts'
