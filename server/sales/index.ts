export { type BookedSlip, bookOffline, type OfflineException, type Slip, type SlipLine } from './book-offline.ts'
export {
  constraints as salesConstraints,
  permissions as salesPermissions,
  receipt,
  totalsDoNotAddUp,
} from './contract.ts'
export { numbersMissing, receiptsNumbered, receiptsOfSession } from './number-queries.ts'
export { salesOperations } from './operations.ts'
export { saleReads } from './read-operations.ts'
export { clockToleranceSetting, discountLimitSetting, overrideLimitSetting } from './settings.ts'
export type { Ground } from './world.ts'
