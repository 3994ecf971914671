export { cashierOperations } from './operations.ts'
export { verifierSealer } from './seal-verifier.ts'
export { pinSessionHoursSetting, verifierHoursSetting } from './settings.ts'
