export { constraints as transferConstraints } from './contract.ts'
export { transferOperations } from './operations.ts'
export { isOnTheWay } from './queries.ts'
export { type BatchTransfer, transfersOfBatches } from './trace-queries.ts'
