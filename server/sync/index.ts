export { certificateOf, isDone } from './certificate.ts'
export { constraints as syncConstraints } from './contract.ts'
export { syncOperations } from './operations.ts'
export { salesUnsettled } from './queries.ts'
