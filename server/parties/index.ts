export {
  addAddressInput,
  address as partyAddress,
  addTaxNumberInput,
  constraints as partyConstraints,
  createPartyInput,
  groupNotFound,
  permissions as partyPermissions,
  setRoleInput,
  taxNumber as partyTaxNumber,
} from './contract.ts'
export { createParties, type NewParty } from './create-parties.ts'
export { addAddress, addTaxNumber, endTaxNumber, removeAddress } from './details.ts'
export { findGroup } from './group-queries.ts'
export { partyOperations } from './operations.ts'
export { changeParty, createParty, deleteParties, type ForgetParty } from './parties.ts'
export { findParties } from './queries.ts'
export { isSupplier } from './role-queries.ts'
export { endRole, setRole } from './roles.ts'
