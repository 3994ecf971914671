export { bookOffline, namedBySale, type OfflineException, type Slip } from './book-offline.ts'
export {
  clockToleranceSetting,
  constraints as salesConstraints,
  discountLimitSetting,
  overrideLimitSetting,
  permissions as salesPermissions,
} from './contract.ts'

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
export { bookRefundOffline, namedByRefund, type RefundSlip } from './refund-offline.ts'
