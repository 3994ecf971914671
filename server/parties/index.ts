export { constraints as partyConstraints, groupNotFound } from './contract.ts'
export { partyOperations } from './operations.ts'
export { findParties } from './queries.ts'
export { findGroup } from './role-queries.ts'
