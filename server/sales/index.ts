export { type BookedSlip, bookOffline, type OfflineException, type Slip, type SlipLine } from './book-offline.ts'
export { constraints as salesConstraints, receipt, totalsDoNotAddUp } from './contract.ts'
export { salesOperations } from './operations.ts'
export { clockToleranceSetting, discountLimitSetting, overrideLimitSetting } from './settings.ts'
