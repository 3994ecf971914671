export { constraints as partyConstraints, groupNotFound } from './contract.ts'
export { findGroup } from './group-queries.ts'
export { partyOperations } from './operations.ts'
export { findParties } from './queries.ts'
