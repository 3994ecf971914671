export { constraints as partyConstraints, groupNotFound } from './contract.ts'
export { partyOperations } from './operations.ts'
export { findGroup, isSupplier } from './role-queries.ts'
