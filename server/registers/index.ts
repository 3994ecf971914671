export { constraints as registerConstraints, registerInactive, registerNotFound } from './contract.ts'
export { withDevices } from './device-caller.ts'
export {
  credential,
  deviceBound,
  deviceConstraints,
  deviceCredentialWrong,
  deviceNotFound,
  deviceRevoked,
  deviceUnbound,
  registerHasDevice,
  sequenceGap,
  sequenceTaken,
} from './device-contract.ts'
export { deviceOperations } from './device-operations.ts'
export { bindingsOf, devicesOf } from './device-queries.ts'
export {
  authenticateDevice,
  type DeviceAtWork,
  type DeviceUse,
  holdRetiredDevice,
  proveDevice,
  type RetiredDevice,
  readBoundDevice,
} from './devices.ts'
export { registerOperations } from './operations.ts'
export { findRegister } from './queries.ts'
export { receiptNumberOf } from './receipt-number.ts'
export { readRegister, useRegister } from './registers.ts'
export {
  canonicalText,
  firstHash,
  hashSlip,
  readCanonicalText,
  type SealedNote,
  type SealedSlip,
  sealNote,
  sealSlip,
} from './seal-slip.ts'
