export { constraints as replenishmentConstraints } from './contract.ts'
export { refreshAlertsJob } from './jobs.ts'
export { replenishmentOperations } from './operations.ts'
export { demandWindowSetting, expiryHorizonsSetting } from './settings.ts'
