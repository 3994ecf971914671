import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { readBranch } from '../tenants/index.ts'
import {
  type createRegisterInput,
  type register,
  registerInactive,
  registerInUse,
  registerNotFound,
  type updateRegisterInput,
} from './contract.ts'
import { registerHasDevice } from './device-contract.ts'
import { findDeviceOf } from './device-queries.ts'
import { findRegister, insertRegister, type RegisterRow, updateRegister } from './queries.ts'
import { receiptNumberOf } from './receipt-number.ts'

/** Makes a register of a branch. */
export async function createRegister(context: CommandContext, input: z.output<typeof createRegisterInput>) {
  await readBranch(context, input.branch_id)
  const made = asRegister(await insertRegister(context, { ...input, id: input.id ?? context.newId() }))
  context.changed({ resource: 'register', id: made.id, new: made })
  return made
}

/** What others may still need a register for. */
export interface RegisterUse {
  /** Whether a session is open on it. */
  isInSession(context: QueryContext, registerId: string): Promise<boolean>
}

/** Changes the name of a register, or takes it out of use, once no session and no device is there any more. Code and branch stay: receipts carry them. */
export async function changeRegister(
  context: CommandContext,
  { isInSession }: RegisterUse,
  { id, version, ...values }: z.output<typeof updateRegisterInput>,
) {
  const old = asRegister(await readRegister(context, id, platformRefusals.notFound, 'update'))
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  if (values.is_active === false) {
    if (await isInSession(context, id)) refuse(registerInUse)
    if (await findDeviceOf(context, id)) refuse(registerHasDevice)
  }
  const changed = asRegister(await updateRegister(context, id, definedOf(values)))
  context.changed({ resource: 'register', id, old, new: changed })
  return changed
}

/** A register that the caller works with, held as asked. Refuses with `not_found`, or as given. */
export async function readRegister(
  context: QueryContext,
  id: string,
  kind: RefusalKind = platformRefusals.notFound,
  lock?: 'share' | 'update',
): Promise<RegisterRow> {
  const found = (await findRegister(context, id, lock)) ?? refuse(kind)
  assertInScope(context, { branchId: found.branch_id }, kind)
  return found
}

/**
 * A register that the caller names to work on, kept from being changed until the end of the transaction. Refuses with
 * `register_not_found`, `register_inactive`.
 */
export async function useRegister(context: CommandContext, id: string): Promise<RegisterRow> {
  const found = await readRegister(context, id, registerNotFound, 'share')
  if (!found.is_active) refuse(registerInactive)
  return found
}

/** A register as clients read it. */
export function asRegister(row: RegisterRow): z.input<typeof register> {
  const { code, last_sequence } = row
  return { ...row, last_receipt_number: last_sequence === '0' ? null : receiptNumberOf(code, last_sequence) }
}
