export { createAuthenticate } from './authenticate.ts'
export {
  branchesOfEntity,
  branchTimeZones,
  findBranch,
  type PlaceOfBusiness,
  placesOfBusiness,
} from './branch-queries.ts'
export {
  branchNotFound,
  constraints as tenantConstraints,
  employeeNotFound,
  entityNotFound,
  tillPinLocked,
  wrongTillPin,
} from './contract.ts'
export { type BusinessType, businessTypes, isHidden } from './features.ts'
export { isInvited } from './invitations.ts'
export { forgetSessionTenants, purgeIdempotencyKeys } from './jobs.ts'
export { placeOperations } from './operations.ts'
export { pin } from './people-contract.ts'
export { peopleOperations } from './people-operations.ts'
export { endCashierSessions, openCashierSession, tenantOfDevice } from './people-queries.ts'
export { type EntityMade, localeOf, readBranch, zoneOf } from './places.ts'
export { allTenants, findEntity, findTenant, nextNumber, register as registerInDirectory } from './queries.ts'
export { type EmployeeAt, loadRolePresets, permissionsOfEmployees, type RolePreset } from './role-queries.ts'
export { staffOperations } from './staff-operations.ts'
export { namesOfEmployees, pinHoldersIn } from './staff-queries.ts'
export { findWorker, type Hashing, provePin, tillPinLimits } from './till-pin.ts'
