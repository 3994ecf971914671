import type { z } from 'zod'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Caller, OutsideContext, Person } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import { assertPasswordOf, forgive } from './attempts.ts'
import {
  type changePasswordInput,
  linkInvalid,
  passwordReused,
  type requestResetInput,
  type resetPasswordInput,
  wrongPassword,
} from './contract.ts'
import { enqueueMail } from './mails.ts'
import { assertPassword, hashPassword, verifyPassword } from './passwords.ts'
import type { Identity } from './people.ts'
import { endProofs, findProof, insertLink, useProof } from './proof-queries.ts'
import {
  type AccountRow,
  type Connection,
  findAccount,
  formerPasswords,
  keepFormerPassword,
  markEmailVerified,
  replacePassword,
  transact,
} from './queries.ts'
import { deleteSecondFactor } from './second-factor-queries.ts'
import { note, noteEvents } from './security-log.ts'
import { deleteSessions, deleteTrustedDevices } from './session-queries.ts'
import { hashToken, linkToken } from './tokens.ts'

const resetMs = 30 * 60_000
/** With the present one, the last five. */
const keptPasswords = 4

/** Sets another password for somebody who knows the present one; ends the person's other sessions. */
export async function changePassword(
  identity: Identity,
  context: OutsideContext<Person>,
  input: z.output<typeof changePasswordInput>,
) {
  const { now, caller } = context
  const account = await assertPasswordOf(identity, context, input.current_password)
  const hash = await newHash(identity, account, input.new_password)
  await transact(identity.pool, async (client) => {
    if (!(await setPassword(client, account, { hash, now, keptSession: caller.sessionId }))) refuse(wrongPassword)
  })
  await note(identity, context, account.id, 'password_changed')
  enqueueMail(context, { kind: 'password-changed', userId: account.id })
  return null
}

/** Sends a link with which a password is set. An unknown address gets the same answer for the same work, and no mail. */
export async function requestReset(
  { pool, secret }: Identity,
  context: OutsideContext<Caller>,
  { email }: z.output<typeof requestResetInput>,
) {
  const { caller, address, device, now } = context
  const id = uuidv7()
  const expiresAt = later(now, resetMs)
  const { userId, asked } = await insertLink(pool, {
    id,
    email,
    purpose: 'password_reset',
    tokenHash: hashToken(linkToken(secret, id)),
    expiresAt,
    now,
    visit: { requestId: caller.requestId, address, device },
  })
  if (asked) noteEvents(context, asked, 'password_reset_requested')
  enqueueMail(context, { kind: 'password-reset', userId, link: { id, expiresAt } })
  return null
}

/**
 * Sets a password by a link, which is used up by it: ends all sessions and the lockout. Whoever got the mail owns the
 * address, so it counts as verified. The second factor stays, unless the address was not verified before: then whoever
 * signed up with it, and made the second factor, may have been anybody.
 */
export async function resetPassword(
  identity: Identity,
  context: OutsideContext<Caller>,
  { token, password }: z.output<typeof resetPasswordInput>,
) {
  const { now } = context
  const shown = { purpose: 'password_reset' as const, tokenHash: hashToken(token), now }
  const proof = (await findProof(identity.pool, shown)) ?? refuse(linkInvalid)
  const account = (await findAccount(identity.pool, proof.user_id)) ?? refuse(linkInvalid)
  const hash = await newHash(identity, account, password)
  const disabled = await transact(identity.pool, async (client) => {
    if (!(await useProof(client, proof.id, now))) refuse(linkInvalid)
    // First, as the link that verifies does: the two wait for each other here, and nowhere else.
    const isFirst = await markEmailVerified(client, account.id, now)
    if (!(await setPassword(client, account, { hash, now, keptSession: null }))) refuse(linkInvalid)
    return isFirst && (await deleteSecondFactor(client, account.id))
  })
  await forgive(identity, account.email)
  await note(identity, context, account.id, 'password_reset', ...(disabled ? ['second_factor_disabled' as const] : []))
  enqueueMail(context, { kind: 'password-changed', userId: account.id })
  if (disabled) enqueueMail(context, { kind: 'second-factor-disabled', userId: account.id })
  return null
}

/** The hash of a password that this person may set. Refuses with `password_refused` and `password_reused`. */
async function newHash({ pool }: Identity, account: AccountRow, password: string): Promise<string> {
  assertPassword(password, account)
  const last = [account.password, ...(await formerPasswords(pool, account.id))]
  for (const one of last) if (await verifyPassword(one, password)) refuse(passwordReused)
  return hashPassword(password)
}

/** False when the password was changed by somebody else meanwhile. */
async function setPassword(
  client: Connection,
  { id: userId, password: from }: AccountRow,
  { hash, now, keptSession }: { hash: string; now: Date; keptSession: string | null },
): Promise<boolean> {
  if (!(await replacePassword(client, { userId, from, to: hash, now }))) return false
  await keepFormerPassword(client, { id: uuidv7(), userId, password: from, keep: keptPasswords })
  await deleteSessions(client, userId, keptSession)
  await deleteTrustedDevices(client, userId, null)
  for (const purpose of ['second_factor', 'password_reset'] as const) await endProofs(client, userId, purpose, now)
  return true
}
