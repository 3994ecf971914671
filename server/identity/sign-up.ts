import { APIError } from 'better-auth/api'
import type { z } from 'zod'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Caller, OutsideContext, Person } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import { linkInvalid, type signUpInput, type verifyEmailInput } from './contract.ts'
import { enqueueMail } from './mails.ts'
import { assertPassword } from './passwords.ts'
import type { Identity } from './people.ts'
import { endProofs, findProof, insertLink, useProof } from './proof-queries.ts'
import { type Connection, findAccountByEmail, findUser, markEmailVerified, transact } from './queries.ts'
import { deleteSecondFactor } from './second-factor-queries.ts'
import { note, noteEvents, type SecurityEvent } from './security-log.ts'
import { deleteSessions, deleteTrustedDevices, isSession } from './session-queries.ts'
import { hashToken, linkToken } from './tokens.ts'

const verificationMs = 86_400_000

/** Makes an account. A stranger does not learn whether the address had one; its owner is told by mail. */
export async function signUp(
  identity: Identity,
  context: OutsideContext<Caller>,
  { name, email, password }: z.output<typeof signUpInput>,
) {
  assertPassword(password, { email, name })
  const madeId = await makeAccount(identity, { name, email, password })
  const isNew = (await findAccountByEmail(identity.pool, email))?.id === madeId
  await sendLink(identity, context, { email, kind: isNew ? 'welcome' : 'known-address' }, (userId) =>
    noteEvents(context, userId, isNew ? 'signed_up' : 'sign_up_repeated'),
  )
  return null
}

/** Sends the link that verifies the address of who is signed in. */
export async function requestVerification(identity: Identity, context: OutsideContext<Person>) {
  const user = (await findUser(identity.pool, context.caller.userId)) ?? refuse(platformRefusals.notFound)
  await sendLink(identity, context, { email: user.email, kind: 'verify-email' }, (userId) =>
    noteEvents(context, userId, 'email_verification_requested'),
  )
  return null
}

/**
 * Verifies an address by the link that was sent to it. Whoever opens it owns the address; the account may have been made
 * by anybody, unless who is signed in to it opens the link. So, the first time, all but the password goes: see `evict`.
 */
export async function verifyEmail(
  identity: Identity,
  context: OutsideContext<Caller>,
  { token }: z.output<typeof verifyEmailInput>,
) {
  const { sessionToken, now } = context
  const shown = { purpose: 'email_verification' as const, tokenHash: hashToken(token), now }
  const proof = (await findProof(identity.pool, shown)) ?? refuse(linkInvalid)
  const { user_id: userId } = proof
  const ended = await transact(identity.pool, async (client) => {
    if (!(await useProof(client, proof.id, now))) refuse(linkInvalid)
    if (!(await markEmailVerified(client, userId, now))) return []
    const tokenHash = sessionToken === undefined ? undefined : hashToken(sessionToken)
    return tokenHash && (await isSession(client, { userId, tokenHash, now })) ? [] : evict(client, userId, now)
  })
  await note(identity, context, userId, 'email_verified', ...ended)
  if (ended.includes('second_factor_disabled')) enqueueMail(context, { kind: 'second-factor-disabled', userId })
  return null
}

/** Ends sessions, trusted devices, sign-ins that wait, and the second factor; answers what of it there was. */
async function evict(client: Connection, userId: string, now: Date): Promise<SecurityEvent[]> {
  const sessions = await deleteSessions(client, userId, null)
  const devices = await deleteTrustedDevices(client, userId, null)
  await endProofs(client, userId, 'second_factor', now)
  const events: SecurityEvent[] = (await deleteSecondFactor(client, userId)) ? ['second_factor_disabled'] : []
  if (devices > 0) events.push('trusted_device_revoked')
  if (sessions > 0) events.push('session_revoked')
  return events
}

/** The id of the account that was made. Of an address that has one, better-auth hashes the password and invents an id. */
async function makeAccount(
  { auth, pool }: Identity,
  person: { name: string; email: string; password: string },
): Promise<string | undefined> {
  try {
    return (await auth.api.signUpEmail({ body: person })).user.id
  } catch (error) {
    // It answers 422 to whatever the database refuses. Only when somebody else signed this address up between its look
    // and its insert is there an account now.
    if (!(error instanceof APIError && error.statusCode === 422)) throw error
    if (await findAccountByEmail(pool, person.email)) return undefined
    // Its status is not one of ours: the request was right.
    throw new Error('an account could not be made', { cause: error })
  }
}

async function sendLink(
  { pool, secret }: Identity,
  context: OutsideContext<Caller>,
  { email, kind }: { email: string; kind: 'welcome' | 'known-address' | 'verify-email' },
  noted: (userId: string) => void,
): Promise<void> {
  const { caller, address, device, now } = context
  const id = uuidv7()
  const expiresAt = later(now, verificationMs)
  const { userId, asked } = await insertLink(pool, {
    id,
    email,
    purpose: 'email_verification',
    tokenHash: hashToken(linkToken(secret, id)),
    expiresAt,
    now,
    visit: { requestId: caller.requestId, address, device },
  })
  if (asked) noted(asked)
  enqueueMail(context, { kind, userId, link: { id, expiresAt } })
}
