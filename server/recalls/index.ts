export { constraints as recallConstraints } from './contract.ts'
export { recallOperations } from './operations.ts'
export { assertNotRecalled } from './recalls.ts'
export { readDocuments, readParties, traceBatches } from './trace.ts'
