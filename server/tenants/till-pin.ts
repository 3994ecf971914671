import type { z } from 'zod'
import type { Transaction } from '../platform/database.ts'
import { holds } from '../platform/execute.ts'
import type { Caller, CommandContext, Employee, OutsideContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { findBranch } from './branch-queries.ts'
import { branchNotFound, employeeNotFound, tillPinLocked, trivialPin, wrongTillPin } from './contract.ts'
import { isHidden } from './features.ts'
import { assertPerson } from './grants.ts'
import type { checkTillPinInput, setTillPinInput } from './people-contract.ts'
import { clearTillPin, forgetPinFailures, isPinLocked, putTillPin, tryTillPin } from './people-queries.ts'
import { findRoles } from './role-queries.ts'
import { type Confines, findEmployee } from './staff-queries.ts'
import { findManaged } from './update-employee.ts'

/** How PINs are hashed: as passwords are. */
export interface Hashing {
  hashPassword(password: string): Promise<string>
  /** False, in the same time, when there is no hash. */
  verifyPassword(stored: string | null | undefined, password: string): Promise<boolean>
  /** What devices know a PIN by while the server is out of reach, sealed for the row of this employee. */
  sealVerifier(place: { tenantId: string; employeeId: string }, pin: string): Promise<string>
}

/** Wrong PINs in a row that lock it, and for how long: twice as long each time, until it is right. */
export const tillPinLimits = { failures: 5, minutes: 15, longestMinutes: 1_440 }

/** Sets the caller's PIN for shared tills. A lock on the earlier one is gone with it. */
export async function setTillPin(
  context: CommandContext,
  { hashPassword, sealVerifier }: Hashing,
  { pin }: z.output<typeof setTillPinInput>,
) {
  assertPerson(context)
  if (isTrivial(pin)) refuse(trivialPin)
  const id = context.caller.employeeId
  // Before the first row is locked: hashing takes longer than all the rest.
  const place = { tenantId: context.tenantId, employeeId: id }
  const [hash, verifier] = await Promise.all([hashPassword(pin), sealVerifier(place, pin)])

  await putTillPin(context, { id: context.newId(), employee_id: id, hash, verifier })
  context.changed({ resource: 'employee', id })
  return null
}

/** Clears the caller's own PIN. */
export async function clearOwnTillPin(context: CommandContext) {
  assertPerson(context)
  return removeTillPin(context, { id: context.caller.employeeId })
}

/** Clears the PIN of an employee, set or not; nobody clears that of somebody who may do more. */
export async function removeTillPin(context: CommandContext, { id }: { id: string }) {
  if (id !== context.caller.employeeId) await findManaged(context, id)
  await clearTillPin(context, id)
  context.changed({ resource: 'employee', id })
  return null
}

/**
 * Says who approves with this PIN at a shared till of a branch, and what they may do, if both they and whoever asks work
 * there. Tries are counted as `provePin` says.
 */
export async function checkTillPin(
  context: OutsideContext<Employee>,
  { hashing, known }: { hashing: Hashing; known: ReadonlySet<string> },
  { branch_id: branchId, employee_id: id, pin }: z.output<typeof checkTillPinInput>,
) {
  assertPerson(context)
  const { caller } = context
  assertInScope(context, { branchId }, branchNotFound)
  return provePin(context, hashing, { employeeId: id, pin }, async (scope) => {
    const approver = await findWorker(scope, { id, branchId })
    return async () => {
      const roles = await findRoles(scope, approver.role_ids)
      const held = new Set(roles.flatMap((role) => role.permissions))
      return {
        employee_id: id,
        display_name: approver.display_name,
        role_ids: approver.role_ids,
        scope: approver.scope,
        permissions: [...known].filter((one) => holds(held, one) && !isHidden(one, caller)).toSorted(),
      }
    }
  })
}

type TenantScope = Transaction & { readonly tenantId: string }

/**
 * Tries a PIN. `prepare` refuses whoever has no place there, before the try and again when the PIN was right; what it answers is
 * then done, in the transaction in which the failures are forgotten. Each try is counted before it is judged, so that tries at
 * once cannot slip by, and stays counted when it is refused: the fifth wrong one locks the PIN for a quarter of an hour, and each
 * lock after that lasts twice as long, up to a day, until the PIN is right or set anew. Nothing is locked while the PIN is
 * hashed. Refuses with `wrong_till_pin` and `till_pin_locked`.
 */
export async function provePin<T>(
  context: Pick<OutsideContext<Caller>, 'transaction' | 'changed' | 'tenantId'>,
  { verifyPassword, sealVerifier }: Hashing,
  { employeeId, pin }: { employeeId: string; pin: string },
  prepare: (scope: TenantScope) => Promise<() => Promise<T>>,
): Promise<T> {
  const { tenantId } = context
  const tried = await context.transaction(async (tx) => {
    const scope = { ...tx, tenantId }
    await prepare(scope)
    // Of a refusal it says who it was about.
    context.changed({ resource: 'employee', id: employeeId })
    const found = await tryTillPin(scope, employeeId, tillPinLimits)
    if (found === undefined && (await isPinLocked(scope, employeeId))) refuse(tillPinLocked)
    return found
  })
  if (!(await verifyPassword(tried?.hash, pin)) || tried === undefined) refuse(wrongTillPin)
  const verifier = tried.lacks_verifier ? await sealVerifier({ tenantId, employeeId }, pin) : undefined

  return context.transaction(async (tx) => {
    const scope = { ...tx, tenantId }
    const finish = await prepare(scope)
    // While it was hashed, the place may have ended or been suspended, and the PIN may have become another.
    if (!(await forgetPinFailures(scope, employeeId, { hash: tried.hash, verifier }))) refuse(wrongTillPin)
    return finish()
  })
}

/** An employee who works in a branch. Refuses a branch that is not there, and somebody who does not work there. */
export async function findWorker(scope: TenantScope, { id, branchId }: Record<'id' | 'branchId', string>) {
  const branch = (await findBranch(scope, branchId)) ?? refuse(branchNotFound)
  const employee = (await findEmployee(scope, id, null)) ?? refuse(employeeNotFound)
  if (!worksIn(employee.scope, branch)) refuse(employeeNotFound)
  return employee
}

function worksIn(scope: Confines | null, branch: { id: string; entity_id: string; region_id: string | null }): boolean {
  if (scope === null || scope.branch_ids.includes(branch.id) || scope.entity_ids.includes(branch.entity_id)) return true
  return branch.region_id !== null && scope.region_ids.includes(branch.region_id)
}

/** True for what is tried first: two digits by turns, a part and the same again, digits in their order. */
export function isTrivial(pin: string): boolean {
  const half = pin.slice(0, pin.length / 2)
  const takesTurns = [...pin].every((digit, at) => at < 2 || digit === pin[at - 2])
  return (
    takesTurns || pin === half + half || ['01234567890123456', '65432109876543210'].some((row) => row.includes(pin))
  )
}
