import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, line, name, pageInput, time, version } from '../platform/schema.ts'

export const devicePermissions = {
  viewDevices: 'registers.view-devices',
  enrollDevices: 'registers.enroll-devices',
  bindDevices: 'registers.bind-devices',
  revokeDevices: 'registers.revoke-devices',
} as const

const reason = line(200).meta({ description: 'Why; names of people do not belong here, it stays.' })
const hash = z.string().meta({ description: 'SHA-256 in lower-case hex; 64 zeros before the first slip.' })

/** What a device proves itself with. */
export const credential = z
  .string()
  .min(1)
  .max(200)
  .meta({ secret: true, description: 'As the device got it when it was enrolled.' })

export const deviceById = z.strictObject({ id })
export const device = z.object({
  id,
  branch_id: id,
  name: z.string(),
  register_id: id.nullable().meta({ description: 'The register it is bound to.' }),
  register_code: z.string().nullable(),
  next_sequence: z
    .int()
    .nullable()
    .meta({ description: 'Of the next receipt of its register; null while it is unbound.' }),
  head_hash: hash
    .nullable()
    .meta({ description: 'What the next slip that it seals follows; null while it is unbound.' }),
  revoked_at: time.nullable(),
  version,
  created_at: time,
  updated_at: time,
})
export const enrolledDevice = device.extend({
  credential: z
    .string()
    .nullable()
    .meta({ secret: true, description: 'Shown once; null when the answer is replayed.' }),
})
export const deviceStep = z.object({
  id,
  number: z.int(),
  action: z.enum(['enroll', 'bind', 'unbind', 'revoke']),
  register_id: id.nullable(),
  last_sequence: z.int().nullable().meta({ description: 'Where the receipts of that register stood.' }),
  head_hash: hash.nullable(),
  reason: z.string().nullable(),
  actor_id: id.nullable(),
  recorded_at: time,
})

export const listDevicesInput = z.strictObject({
  branch_id: id.optional(),
  is_revoked: z.boolean().optional(),
  ...pageInput,
})
export const listDeviceStepsInput = z.strictObject({ id, ...pageInput })
export const enrollDeviceInput = z.strictObject({
  id: id.optional(),
  branch_id: id.meta({ description: 'Where it stands; it is bound to registers of that branch.' }),
  name: name(100),
})
export const bindDeviceInput = z.strictObject({ id, version, register_id: id })
export const unbindDeviceInput = z.strictObject({
  id,
  version,
  reason: reason.optional().meta({
    description: 'Why; needed while the device has not said that all it sealed is here. Stays: no names of people.',
  }),
})
export const revokeDeviceInput = z.strictObject({ id, version, reason: reason.optional() })

export const deviceNotFound = refusal('device_not_found', 422, 'There is no such device')
export const deviceCredentialWrong = refusal('device_credential_wrong', 403, 'This is not the credential of the device')
export const deviceRevoked = refusal('device_revoked', 409, 'The device was revoked')
export const deviceUnbound = refusal('device_unbound', 409, 'The device is bound to no register')
export const deviceNotDone = refusal(
  'device_not_done',
  409,
  'The device has not said that all it sealed is here; say why it is taken off all the same',
)
export const deviceBound = refusal('device_bound', 409, 'The device is bound to a register; unbind it first')
export const registerHasDevice = refusal('register_has_device', 409, 'A device is bound to this register')
export const sequenceTaken = refusal('sequence_taken', 409, 'Another receipt has this number')
export const sequenceGap = refusal('sequence_gap', 409, 'Receipts are missing before this number')
export const registerElsewhere = refusal('register_elsewhere', 422, 'The register is of another branch than the device')

/** Constraint names of devices and the refusals they stand for. */
export const deviceConstraints = { device_register_id_key: registerHasDevice } as const
