export { bookOffline, type Slip } from './book-offline.ts'
export { constraints as salesConstraints, permissions as salesPermissions } from './contract.ts'
export {
  lastNumberGiven,
  numbersGiven,
  numbersMissing,
  receiptsOfSession,
  salesMadeAt,
  salesOfSession,
} from './number-queries.ts'
export { saleReads, salesOperations } from './operations.ts'
export { forgetCustomer as forgetCustomerOfSales } from './queries.ts'
export { paymentsOf } from './read-queries.ts'
export { clockToleranceSetting, discountLimitSetting, overrideLimitSetting } from './settings.ts'
