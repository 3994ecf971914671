import type { z } from 'zod'
import { sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { currencyMismatch } from '../payments/index.ts'
import type { ItemContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import {
  deviceUnbound,
  registerHasDevice,
  registerInactive,
  registerNotFound,
  sequenceGap,
  sequenceTaken,
} from '../registers/index.ts'
import { type checkoutInput, clockOff, clockToleranceSetting, sessionOfAnotherRegister } from './contract.ts'
import type { PlaceHeld, RegisterHeld, SessionHeld } from './queries.ts'
import { settingOf, type World } from './world.ts'

type Input = z.output<typeof checkoutInput>

/** Where a receipt is made: its session, register and branch, and when. */
export interface Till {
  readonly session: SessionHeld
  readonly register: RegisterHeld
  readonly place: PlaceHeld
  readonly made_at: Date
}

/**
 * The session, register and branch of a receipt. Refuses what is not open, not theirs, in another currency, at another time or
 * under a number that is not the next one.
 */
export function tillOf(
  world: World,
  input: Pick<Input, 'session_id' | 'register_id' | 'device' | 'made_at' | 'currency'>,
  context: Pick<ItemContext, 'caller'>,
): Till {
  const session = world.sessions.get(input.session_id) ?? refuse(sessionNotFound)
  assertInScope(context, { branchId: session.branch_id }, sessionNotFound)
  if (input.register_id !== undefined) assertRegister(world, session, input.register_id, context)
  if (session.status !== 'open' || session.late_of !== null) refuse(sessionNotOpen)
  const register = world.registers.get(session.register_id)
  const place = world.places.get(session.branch_id)
  if (!register || !place) throw new Error('a session has no register or branch')
  if (!register.is_active) refuse(registerInactive)
  assertNumbered(world, register, input.device)
  if (input.currency !== undefined && input.currency !== place.currency) refuse(currencyMismatch)
  const made_at = input.made_at === undefined ? world.now : new Date(input.made_at)
  const away = Math.abs(made_at.getTime() - world.now.getTime())
  if (away > settingOf(world, clockToleranceSetting, place.id) * 60_000)
    refuse(clockOff, `it is ${world.now.toISOString()}`)
  // A clock that is a little fast does not sell tomorrow.
  return { session, register, place, made_at: earlier(made_at, world.now) }
}

function assertRegister({ held }: World, session: SessionHeld, id: string, context: Pick<ItemContext, 'caller'>): void {
  const named = held.registers_named?.find((one) => one.id === id) ?? refuse(registerNotFound)
  assertInScope(context, { branchId: named.branch_id }, registerNotFound)
  if (session.register_id !== id) refuse(sessionOfAnotherRegister)
}

/** Numbers are given away by one: by the device of a register, where it has one, and else by the server. */
function assertNumbered({ sequences }: World, { id, device_id }: RegisterHeld, device: Input['device']): void {
  if (device_id === null && device !== undefined) refuse(deviceUnbound)
  if (device_id === null) return
  if (device?.id !== device_id) refuse(registerHasDevice)
  const next = (sequences.get(id) ?? 0n) + 1n
  if (BigInt(device.sequence) > next) refuse(sequenceGap, `the next is ${next}`)
  if (BigInt(device.sequence) < next) refuse(sequenceTaken, `the next is ${next}`)
}

/** The first of two times. */
export function earlier(one: Date, other: Date): Date {
  return one.getTime() > other.getTime() ? other : one
}
