export { constraints as registerConstraints, registerInactive, registerNotFound } from './contract.ts'
export {
  credential,
  deviceConstraints,
  deviceCredentialWrong,
  deviceNotFound,
  deviceRevoked,
  deviceUnbound,
} from './device-contract.ts'
export { deviceOperations } from './device-operations.ts'
export { authenticateDevice, type DeviceAtWork, readRevokedDevice } from './devices.ts'
export { registerOperations } from './operations.ts'
export { findRegister, type RegisterRow } from './queries.ts'
export { receiptNumberOf } from './receipt-number.ts'
export { useRegister } from './registers.ts'
export { firstHash, hashSlip, readCanonicalText, type SealedSlip, sealSlip } from './seal-slip.ts'
