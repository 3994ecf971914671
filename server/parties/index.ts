export {
  constraints as partyConstraints,
  createPartyInput,
  groupNotFound,
  permissions as partyPermissions,
} from './contract.ts'
export { findGroup } from './group-queries.ts'
export { partyOperations } from './operations.ts'
export { createParty } from './parties.ts'
export { findParties } from './queries.ts'
export { isSupplier } from './role-queries.ts'
