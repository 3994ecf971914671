import type { Caller, OutsideContext, Person } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse, refuseFor } from '../platform/refusal.ts'
import { forgetFailures, isLocked, recordFailure } from './attempt-queries.ts'
import { lockedOut, wrongPassword } from './contract.ts'
import { verifyPassword } from './passwords.ts'
import type { Identity } from './people.ts'
import { type AccountRow, findAccount } from './queries.ts'
import { noteEvents, type SecurityEvent } from './security-log.ts'
import { keyedHash } from './tokens.ts'

/**
 * Lets pass who was right, unless the address is locked; refuses everybody else and counts. It does the same work for a
 * known address and an unknown one, and while an address is locked also for a right and a wrong password. Who is locked out
 * is told for how long, which is that of the address, known or not.
 */
export async function assertRight(
  { pool, secret }: Identity,
  context: OutsideContext<Caller>,
  attempt: {
    email: string
    userId: string | undefined
    right: boolean
    failed: SecurityEvent
    refusal: RefusalKind
  },
): Promise<void> {
  const { caller, address, device, now } = context
  const { email, userId, right, failed, refusal } = attempt
  const key = keyOf(secret, email)
  const wasLocked = await isLocked(pool, key, now)
  if (right && !wasLocked) return
  const visit = userId === undefined ? undefined : { requestId: caller.requestId, userId, address, device }
  const found = await recordFailure(pool, { key, now, visit })
  if (userId !== undefined) noteEvents(context, userId, failed, ...(found.justLocked ? ['locked_out' as const] : []))
  if (found.lockedSeconds === null) refuse(refusal)
  refuseFor(lockedOut, found.lockedSeconds)
}

/** Asks somebody who is signed in for the password again. Refuses with `wrong_password`, and with `locked_out`. */
export async function assertPasswordOf(
  identity: Identity,
  context: OutsideContext<Person>,
  password: string,
): Promise<AccountRow> {
  const account = (await findAccount(identity.pool, context.caller.userId)) ?? refuse(platformRefusals.notFound)
  const right = await verifyPassword(account.password, password)
  const attempt = { failed: 'password_check_failed' as const, refusal: wrongPassword }
  await assertRight(identity, context, { email: account.email, userId: account.id, right, ...attempt })
  return account
}

/** Forgets the failed attempts at an address: its person has signed in, or proved to own it. */
export function forgive({ pool, secret }: Identity, email: string): Promise<void> {
  return forgetFailures(pool, keyOf(secret, email))
}

function keyOf(secret: string, email: string): Buffer {
  return keyedHash(secret, 'attempts at an address', email)
}
