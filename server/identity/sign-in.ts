import { z } from 'zod'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Caller, OutsideContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import { defineSetting } from '../settings/index.ts'
import { recordVisit } from './attempt-queries.ts'
import { assertRight, forgive } from './attempts.ts'
import {
  challengeInvalid,
  type completeSignInInput,
  type signedIn,
  type signInInput,
  wrongCode,
  wrongCredentials,
} from './contract.ts'
import { enqueueMail } from './mails.ts'
import { hashPassword, isWeak, verifyPassword } from './passwords.ts'
import type { Identity } from './people.ts'
import { insertChallenge, tryChallenge, useProof } from './proof-queries.ts'
import {
  type AccountRow,
  type Connection,
  findAccount,
  findAccountByEmail,
  isPassword,
  replacePassword,
  transact,
} from './queries.ts'
import { spendCode } from './second-factor.ts'
import { note, noteEvents, type SecurityEvent } from './security-log.ts'
import { insertTrustedDevice, useTrustedDevice } from './session-queries.ts'
import { hashToken, newToken } from './tokens.ts'

type Context = OutsideContext<Caller>
type SignedIn = z.input<typeof signedIn>

/** How long a browser stays signed in. */
export const sessionDaysSetting = defineSetting({
  name: 'identity.session-days',
  type: z.int().min(1).max(365),
  default: 7,
  help: 'How many days a browser stays signed in; it counts for sessions that begin from then on.',
  scopes: ['platform'],
})

/** How long a till stays signed in; also read wherever its session is lengthened. */
export const tillSessionDaysSetting = defineSetting({
  name: 'identity.till-session-days',
  type: z.int().min(1).max(365),
  default: 90,
  help: 'How many days after its last use a till stays signed in; a session that is open follows at its next use.',
  scopes: ['platform'],
})

const dayMs = 86_400_000
const daysOf = { browser: sessionDaysSetting, till: tillSessionDaysSetting }
/** A till's session is lengthened in its row; its cookie lasts as long as browsers keep one. */
const tillCookieMs = 400 * dayMs
const challengeMs = 5 * 60_000
const trustMs = 30 * dayMs

/**
 * Signs in with e-mail address and password: opens a session, or answers a challenge for the second factor. Refuses an
 * unknown address as a wrong password, with the same work.
 */
export async function signIn(
  identity: Identity,
  context: Context,
  { email, password, kind, device_name }: z.output<typeof signInInput>,
): Promise<SignedIn> {
  const { pool } = identity
  const deviceName = device_name ?? null
  const account = await findAccountByEmail(pool, email)
  const right = (await verifyPassword(account?.password, password)) && account !== undefined
  const attempt = { failed: 'sign_in_failed' as const, refusal: wrongCredentials }
  await assertRight(identity, context, { email, userId: account?.id, right, ...attempt })
  if (!account) refuse(wrongCredentials)
  const current = await strengthen(identity, account, { password, now: context.now })
  if (current.second_factor && !(await isTrusted(identity, context, account.id)))
    return challenge(identity, context, { account: current, kind, deviceName })
  const days = await identity.readSetting(daysOf[kind])
  return openSession(identity, context, { account: current, kind, days, deviceName, events: ['signed_in'] })
}

/** Ends a sign-in with a code of the authenticator app, or a backup code. */
export async function completeSignIn(
  identity: Identity,
  context: Context,
  { challenge: shown, code, trust_device: trusts }: z.output<typeof completeSignInInput>,
): Promise<SignedIn> {
  const { pool } = identity
  const { now } = context
  const proof = (await tryChallenge(pool, hashToken(shown), now)) ?? refuse(challengeInvalid)
  const account = (await findAccount(pool, proof.user_id)) ?? refuse(challengeInvalid)
  const kind = proof.session_kind ?? 'browser'
  // May refuse, so it comes before the code is used up.
  const days = await identity.readSetting(daysOf[kind])
  const spent = await spendCode(identity, { userId: account.id, code, now })
  const attempt = { failed: 'second_factor_failed' as const, refusal: wrongCode }
  await assertRight(identity, context, {
    email: account.email,
    userId: account.id,
    right: spent !== undefined,
    ...attempt,
  })
  if (!(await useProof(pool, proof.id, now))) refuse(challengeInvalid)
  const deviceName = proof.device_name
  const events: SecurityEvent[] = ['signed_in', spent === 'backup' ? 'backup_code_used' : 'second_factor_used']
  const answer = await openSession(identity, context, { account, kind, days, deviceName, events })
  if (trusts) await trustDevice(identity, context, { account, deviceName })
  return answer
}

/** Hashes a password anew that was hashed with less than is asked for today. */
async function strengthen(
  { pool }: Identity,
  account: AccountRow,
  { password, now }: { password: string; now: Date },
): Promise<AccountRow> {
  if (!isWeak(account.password)) return account
  const to = await hashPassword(password)
  const replaced = await replacePassword(pool, { userId: account.id, from: account.password, to, now })
  return replaced ? { ...account, password: to } : account
}

async function isTrusted({ pool }: Identity, { deviceToken, now }: Context, userId: string): Promise<boolean> {
  return deviceToken !== undefined && useTrustedDevice(pool, { userId, tokenHash: hashToken(deviceToken), now })
}

async function challenge(
  identity: Identity,
  context: Context,
  { account, kind, deviceName }: { account: AccountRow; kind: 'browser' | 'till'; deviceName: string | null },
): Promise<SignedIn> {
  const { now } = context
  const { id: userId } = account
  const { token, hash } = newToken()
  const expiresAt = later(now, challengeMs)
  const challenged = { id: uuidv7(), userId, tokenHash: hash, expiresAt, sessionKind: kind, deviceName, now }
  await whilePassword(identity, account, (client) => insertChallenge(client, challenged))
  await note(identity, context, userId, 'second_factor_asked')
  return { status: 'second_factor_required', challenge: token, expires_at: expiresAt }
}

/** Opens a session through better-auth, which is given the hash of the token to keep; the token goes into the cookie. */
async function openSession(
  identity: Identity,
  context: Context,
  opened: {
    account: AccountRow
    kind: 'browser' | 'till'
    days: number
    deviceName: string | null
    events: readonly SecurityEvent[]
  },
): Promise<SignedIn> {
  const { account, kind, days, deviceName, events } = opened
  const { auth, pool } = identity
  const { address, device, now, caller } = context
  const { token, hash } = newToken()
  const { internalAdapter } = await auth.$context
  const expiresAt = later(now, days * dayMs)
  const values = { token: hash.toString('hex'), expiresAt, ipAddress: address, userAgent: device }
  const more = { kind, deviceName, usedAt: now, createdAt: now, updatedAt: now }
  const session = await internalAdapter.createSession(account.id, false, { ...values, ...more }, true)
  // A password that was changed meanwhile has ended the sessions there were; this one came too late to be among them.
  if (!(await isPassword(pool, account.id, account.password))) {
    await internalAdapter.deleteSession(session.token)
    refuse(wrongCredentials)
  }
  await forgive(identity, account.email)
  const visit = { requestId: caller.requestId, userId: account.id, address, device, signedIn: true, now }
  const isNew = await recordVisit(pool, visit)
  context.identified(account.id, session.id)
  noteEvents(context, account.id, ...events, ...(isNew ? ['new_device' as const] : []))
  if (isNew) enqueueMail(context, { kind: 'new-device', userId: account.id })
  context.setSession({ token, expiresAt: kind === 'till' ? later(now, tillCookieMs) : expiresAt })
  return { status: 'signed_in', user_id: account.id, session_id: session.id, expires_at: expiresAt }
}

async function trustDevice(
  identity: Identity,
  context: Context,
  { account, deviceName }: { account: AccountRow; deviceName: string | null },
): Promise<void> {
  const { address, device, now } = context
  const { id: userId } = account
  const { token, hash } = newToken()
  const expiresAt = later(now, trustMs)
  const trusted = { id: uuidv7(), userId, tokenHash: hash, deviceName, address, device, expiresAt, now }
  await whilePassword(identity, account, (client) => insertTrustedDevice(client, trusted))
  noteEvents(context, userId, 'trusted_device_added')
  context.setDevice({ token, expiresAt })
}

/**
 * Does what the password gave the right to. One that was changed meanwhile is refused; a change that comes now waits, and
 * then ends what was done here.
 */
async function whilePassword(
  { pool }: Identity,
  { id, password }: AccountRow,
  work: (client: Connection) => Promise<void>,
): Promise<void> {
  await transact(pool, async (client) => {
    if (!(await isPassword(client, id, password))) refuse(wrongCredentials)
    await work(client)
  })
}
