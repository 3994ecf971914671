export { valuationOperations } from './operations.ts'
export { baseCurrencySetting } from './settings.ts'
