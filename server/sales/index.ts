export { constraints as salesConstraints } from './contract.ts'
export { salesOperations } from './operations.ts'
export { clockToleranceSetting, discountLimitSetting, overrideLimitSetting } from './settings.ts'
