export { constraints as countConstraints } from './contract.ts'
export { countOperations } from './operations.ts'
export { freezeHoursSetting, tolerancePercentSetting, toleranceValueSetting } from './settings.ts'
