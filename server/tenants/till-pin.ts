import type { z } from 'zod'
import type { CommandContext, Employee, OutsideContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { employeeNotFound, tillPinLocked, trivialPin, wrongTillPin } from './contract.ts'
import { assertPerson } from './grants.ts'
import type { checkTillPinInput, setTillPinInput } from './people-contract.ts'
import { clearTillPin, forgetPinFailures, isPinLocked, putTillPin, tryTillPin } from './people-queries.ts'
import { findRoles } from './role-queries.ts'
import { findEmployee } from './staff-queries.ts'

/** How PINs are hashed: as passwords are. */
export interface Hashing {
  hashPassword(password: string): Promise<string>
  /** False, in the same time, when there is no hash. */
  verifyPassword(stored: string | null | undefined, password: string): Promise<boolean>
}

/** Wrong PINs in a row that lock it, and for how long. */
const limits = { failures: 5, minutes: 15 }

/** Sets the caller's PIN for shared tills. A lock on the earlier one is gone with it. */
export async function setTillPin(
  context: CommandContext,
  { hashPassword }: Hashing,
  { pin }: z.output<typeof setTillPinInput>,
) {
  assertPerson(context)
  if (isTrivial(pin)) refuse(trivialPin)
  const id = context.caller.employeeId
  // Before the first row is locked: hashing takes longer than all the rest.
  const hash = await hashPassword(pin)

  await putTillPin(context, { id: context.newId(), employee_id: id, hash })
  context.changed({ resource: 'employee', id })
  return null
}

/** Clears the caller's own PIN. */
export async function clearOwnTillPin(context: CommandContext) {
  assertPerson(context)
  return removeTillPin(context, { id: context.caller.employeeId })
}

/** Clears the PIN of an employee, set or not. */
export async function removeTillPin(context: CommandContext, { id }: { id: string }) {
  const within = id === context.caller.employeeId ? null : context.caller.scope
  if (!(await findEmployee(context, id, within))) refuse(platformRefusals.notFound)
  await clearTillPin(context, id)
  context.changed({ resource: 'employee', id })
  return null
}

/**
 * Says who approves with this PIN at a shared till, and what they may do. Each try is counted before it is judged, so
 * that tries at once cannot slip by, and stays counted when it is refused: the fifth wrong one locks the PIN for a
 * quarter of an hour. Nothing is locked while the PIN is hashed.
 */
export async function checkTillPin(
  context: OutsideContext<Employee>,
  { verifyPassword }: Hashing,
  { employee_id: id, pin }: z.output<typeof checkTillPinInput>,
) {
  const { tenantId } = context
  const hash = await context.transaction(async (tx) => {
    const scope = { ...tx, tenantId }
    if (!(await findEmployee(scope, id, null))) refuse(employeeNotFound)
    // Of a refusal it says who it was about.
    context.changed({ resource: 'employee', id })
    const tried = await tryTillPin(scope, id, limits)
    if (tried === undefined && (await isPinLocked(scope, id))) refuse(tillPinLocked)
    return tried
  })
  if (!(await verifyPassword(hash, pin))) refuse(wrongTillPin)

  return context.transaction(async (tx) => {
    const scope = { ...tx, tenantId }
    await forgetPinFailures(scope, id)
    const employee = (await findEmployee(scope, id, null)) ?? refuse(employeeNotFound)
    const roles = await findRoles(scope, employee.role_ids)
    return {
      employee_id: id,
      display_name: employee.display_name,
      role_ids: employee.role_ids,
      permissions: [...new Set(roles.flatMap((role) => role.permissions))].toSorted(),
    }
  })
}

/** True for what is tried first: two digits by turns, a part and the same again, digits in their order. */
export function isTrivial(pin: string): boolean {
  const half = pin.slice(0, pin.length / 2)
  const takesTurns = [...pin].every((digit, at) => at < 2 || digit === pin[at - 2])
  return (
    takesTurns || pin === half + half || ['01234567890123456', '65432109876543210'].some((row) => row.includes(pin))
  )
}
