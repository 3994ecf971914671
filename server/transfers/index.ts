export { constraints as transferConstraints } from './contract.ts'
export { transferOperations } from './operations.ts'
export { type BatchTransfer, transfersOfBatches } from './trace-queries.ts'
