import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { endCashierSessions, readBranch, registerInDirectory } from '../tenants/index.ts'
import { registerNotFound } from './contract.ts'
import {
  type bindDeviceInput,
  type device,
  deviceBound,
  deviceCredentialWrong,
  deviceNotDone,
  deviceNotFound,
  deviceRevoked,
  deviceUnbound,
  type enrollDeviceInput,
  registerElsewhere,
  registerHasDevice,
  type revokeDeviceInput,
  type unbindDeviceInput,
} from './device-contract.ts'
import {
  type DeviceRow,
  findDevice,
  findDeviceOf,
  findLastStep,
  insertDevice,
  type NewDeviceStep,
  recordDeviceStep,
  updateDevice,
} from './device-queries.ts'
import { readRegister, useRegister } from './registers.ts'
import { firstHash } from './seal-slip.ts'

const credentialBytes = 32

/** Makes a device of a branch. Its credential is in this answer and nowhere else. */
export async function enrollDevice(context: CommandContext, input: z.output<typeof enrollDeviceInput>) {
  await readBranch(context, input.branch_id)
  const id = input.id ?? context.newId()
  const credential = `cd_${randomBytes(credentialBytes).toString('base64url')}`
  const { branch_id, name } = input
  await insertDevice(context, { id, branch_id, name, credential_hash: hashCredential(credential) })
  await registerInDirectory(context, context.tenantId, 'device', id)
  await takeDown(context, id, { action: 'enroll' })
  const made = asDevice(await readDevice(context, id))
  context.changed({ resource: 'device', id, new: made })
  return { ...made, credential }
}

/** Binds a device to a register of its branch: it numbers the receipts from there, after the last one there is. */
export async function bindDevice(context: CommandContext, input: z.output<typeof bindDeviceInput>) {
  const old = await holdDevice(context, input)
  if (old.revoked_at !== null) refuse(deviceRevoked)
  const register = await useRegister(context, input.register_id)
  if (register.branch_id !== old.branch_id) refuse(registerElsewhere)
  if (old.register_id === register.id) return asDevice(old)
  if (old.register_id !== null) refuse(deviceBound)
  if (await findDeviceOf(context, register.id)) refuse(registerHasDevice)
  return moveOn(context, old, { action: 'bind', register_id: register.id })
}

/** What others know of devices. */
export interface DeviceUse {
  /** Whether a device has said that all it sealed in the session that is open on a register is here. */
  isDone(context: QueryContext, device: { readonly id: string; readonly registerId: string }): Promise<boolean>
}

/** Takes a device off its register, and whoever switched in there by PIN off the device; with a reason, where it has not said that all it sealed is here. */
export async function unbindDevice(
  context: CommandContext,
  { isDone }: DeviceUse,
  input: z.output<typeof unbindDeviceInput>,
) {
  const old = await holdDevice(context, input)
  const registerId = old.register_id ?? refuse(deviceUnbound)
  if (input.reason === undefined && !(await isDone(context, { id: old.id, registerId }))) refuse(deviceNotDone)
  return moveOn(context, old, { action: 'unbind', reason: input.reason })
}

/** Revokes the credential of a device, from the next request on, and takes it off its register. */
export async function revokeDevice(context: CommandContext, input: z.output<typeof revokeDeviceInput>) {
  const old = await holdDevice(context, input)
  if (old.revoked_at !== null) return asDevice(old)
  return moveOn(context, old, { action: 'revoke', reason: input.reason })
}

/** A device that the caller works with. Refuses with `not_found`. */
export async function readDevice(context: QueryContext, id: string, lock?: 'share' | 'update'): Promise<DeviceRow> {
  const found = (await findDevice(context, id, lock)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return found
}

/** A device that is bound, and where the receipts of its register stand. */
export interface DeviceAtWork {
  readonly id: string
  readonly branchId: string
  readonly registerId: string
  readonly registerCode: string
  readonly lastSequence: number
}

/** One that is off its register: since when, and whether it was revoked, or may still be at work at another one. */
export interface RetiredDevice extends DeviceAtWork {
  readonly retiredAt: Date
  readonly revokedAt: Date | null
}

/**
 * The device with this credential, for whoever is not signed in yet: it is at a register, and `hold` keeps it there until the end
 * of the transaction. Refuses with `device_not_found`, also for another credential, so that nobody learns which devices there are;
 * `device_revoked`, `device_unbound`.
 */
export async function proveDevice(
  scope: Pick<QueryContext, 'db' | 'tenantId'>,
  { id, credential }: { readonly id: string; readonly credential: string },
  hold = false,
): Promise<{ id: string; branchId: string }> {
  const found = (await findDevice(scope, id, hold ? 'update' : undefined)) ?? refuse(deviceNotFound)
  if (!timingSafeEqual(found.credential_hash, hashCredential(credential))) refuse(deviceNotFound)
  if (found.revoked_at !== null) refuse(deviceRevoked)
  if (found.register_id === null) refuse(deviceUnbound)
  return { id, branchId: found.branch_id }
}

/**
 * The device with this credential, held until the end of the transaction, so that what it sealed is booked by one at a time.
 * Refuses with `device_not_found`, `device_credential_wrong`, `device_revoked`, `device_unbound`.
 */
export async function authenticateDevice(
  context: CommandContext,
  { id, credential }: { readonly id: string; readonly credential: string },
): Promise<DeviceAtWork> {
  const found = (await findDevice(context, id, 'update')) ?? refuse(deviceNotFound)
  assertInScope(context, { branchId: found.branch_id }, deviceNotFound)
  if (!timingSafeEqual(found.credential_hash, hashCredential(credential))) refuse(deviceCredentialWrong)
  if (found.revoked_at !== null) refuse(deviceRevoked)
  // What was read beside the lock may be older than it: the device may have been bound while this waited.
  const { register_id, register_code, last_sequence, branch_id } = (await findDevice(context, id)) ?? found
  if (register_id === null || register_code === null) refuse(deviceUnbound)
  return {
    id,
    branchId: branch_id,
    registerId: register_id,
    registerCode: register_code,
    lastSequence: last_sequence ?? 0,
  }
}

/** A device that is bound to a register, as it stands now. Refuses with `not_found`, `device_revoked`, `device_unbound`. */
export async function readBoundDevice(context: QueryContext, id: string): Promise<DeviceAtWork> {
  const { branch_id, revoked_at, register_id, register_code, last_sequence } = await readDevice(context, id)
  if (revoked_at !== null) refuse(deviceRevoked)
  if (register_id === null || register_code === null) refuse(deviceUnbound)
  const at = { registerId: register_id, registerCode: register_code, lastSequence: last_sequence ?? 0 }
  return { id, branchId: branch_id, ...at }
}

/**
 * A device that is off a register, held until the end of the transaction, as it was at work there: somebody else brings what it
 * sealed. The register is the one it was bound to last, unless another is named. Refuses with `not_found`, `register_not_found`,
 * `device_bound` while it may send that itself, and `device_unbound` where it never was at work.
 */
export async function holdRetiredDevice(
  context: CommandContext,
  { id, registerId }: { readonly id: string; readonly registerId: string | undefined },
): Promise<RetiredDevice> {
  const found = await readDevice(context, id, 'update')
  if (registerId !== undefined) await readRegister(context, registerId, registerNotFound)
  const step = (await findLastStep(context, id, registerId)) ?? refuse(deviceUnbound)
  if (found.register_id === step.id) refuse(deviceBound)
  return {
    id,
    branchId: found.branch_id,
    registerId: step.id,
    registerCode: step.code,
    lastSequence: step.last_sequence,
    retiredAt: step.recorded_at,
    revokedAt: found.revoked_at,
  }
}

/** A device as clients read it. */
export function asDevice({ credential_hash: _, last_sequence, head_hash, ...row }: DeviceRow): z.input<typeof device> {
  const isBound = row.register_id !== null
  return {
    ...row,
    next_sequence: isBound ? (last_sequence ?? 0) + 1 : null,
    head_hash: isBound ? (head_hash?.toString('hex') ?? firstHash) : null,
  }
}

async function holdDevice(context: CommandContext, { id, version }: { id: string; version: number }) {
  const found = await readDevice(context, id, 'update')
  if (found.version !== version) refuse(platformRefusals.versionConflict)
  return found
}

async function moveOn(
  context: CommandContext,
  old: DeviceRow,
  {
    action,
    register_id = null,
    reason,
  }: { action: 'bind' | 'unbind' | 'revoke'; register_id?: string | null; reason?: string | undefined },
) {
  await takeDown(context, old.id, { action, register_id: register_id ?? old.register_id, reason: reason ?? null })
  await updateDevice(context, old.id, { registerId: register_id, isRevoked: action === 'revoke' })
  if (action !== 'bind') await endCashierSessions(context, { deviceId: old.id })
  const changed = asDevice(await readDevice(context, old.id))
  context.changed({ resource: 'device', id: old.id, old: asDevice(old), new: changed })
  return changed
}

async function takeDown(
  context: CommandContext,
  deviceId: string,
  step: Pick<NewDeviceStep, 'action'> & Partial<Pick<NewDeviceStep, 'register_id' | 'reason'>>,
): Promise<void> {
  const ofActor = { id: context.newId(), device_id: deviceId, actor_id: context.caller.employeeId }
  await recordDeviceStep(context, { register_id: null, reason: null, ...step, ...ofActor })
}

/** The hash under which a credential is kept: it is random, so a plain SHA-256 does. */
export function hashCredential(credential: string): Buffer {
  return createHash('sha256').update(credential).digest()
}
