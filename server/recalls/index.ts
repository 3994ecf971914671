export { constraints as recallConstraints } from './contract.ts'
export { recallOperations } from './operations.ts'
export { assertNotRecalled } from './recalls.ts'
export { traceBatches } from './trace.ts'
