import type { z } from 'zod'
import { type AuditEntry, systemEntry } from '../platform/audit-entry.ts'
import { OperatorError } from '../platform/explain.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { type QueuedJob, queuedJob } from '../platform/jobs.ts'
import type { OutsideContext, Person } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import { assertPasswordOf, assertRight } from './attempts.ts'
import {
  type codeInput,
  type passwordAndCodeInput,
  type passwordInput,
  secondFactorActive,
  secondFactorInactive,
  securityChange,
  wrongCode,
} from './contract.ts'
import { enqueueMail } from './mails.ts'
import type { Identity } from './people.ts'
import { endProofs } from './proof-queries.ts'
import { type AccountRow, findAccountByEmail, transact } from './queries.ts'
import {
  confirmSecret,
  deleteSecondFactor,
  enterSecret,
  findSecondFactor,
  replaceBackupCodes,
  spendBackupCode,
  spendStep,
} from './second-factor-queries.ts'
import { note } from './security-log.ts'
import { deleteSessions, deleteTrustedDevices } from './session-queries.ts'
import { keyedHash } from './tokens.ts'
import { enrolmentOf, newBackupCodes, newSecret, plainBackupCode, stepOf } from './totp.ts'

type Context = OutsideContext<Person>

const issuer = 'Comptoir'

/** Makes a secret for an authenticator app. It counts for nothing until a code of it is shown. */
export async function enrol(identity: Identity, context: Context, { password }: z.output<typeof passwordInput>) {
  const account = await assertPasswordOf(identity, context, password)
  const secret = newSecret()
  const sealed = identity.encryption.seal(secret, placeOf(account.id))
  if (!(await enterSecret(identity.pool, { userId: account.id, secret: sealed, now: context.now })))
    refuse(secondFactorActive)
  await note(identity, context, account.id, 'second_factor_enrolled')
  return enrolmentOf(secret, { issuer, account: account.email })
}

/** Makes the second factor active by its first code; answers the backup codes, which are shown this once. */
export async function confirm(identity: Identity, context: Context, { code }: z.output<typeof codeInput>) {
  const { now, caller } = context
  const { userId } = caller
  const factor = (await findSecondFactor(identity.pool, userId)) ?? refuse(secondFactorInactive)
  if (factor.confirmed_at !== null) refuse(secondFactorActive)
  const secret = identity.encryption.open(factor.secret, placeOf(userId))
  const step = (await stepOf(secret, plainCode(code), now)) ?? refuse(wrongCode)
  const codes = newBackupCodes()
  await transact(identity.pool, async (client) => {
    if (!(await confirmSecret(client, { userId, secret: factor.secret, step, now }))) refuse(secondFactorActive)
    await replaceBackupCodes(client, { userId, codes: hashesOf(identity, userId, codes), now })
  })
  await note(identity, context, userId, 'second_factor_confirmed')
  return { backup_codes: codes }
}

/** Takes the second factor away, and with it the devices that were trusted to do without. */
export async function disable(
  identity: Identity,
  context: Context,
  { password, code }: z.output<typeof passwordAndCodeInput>,
) {
  const account = await assertPasswordAndCode(identity, context, { password, code })
  await transact(identity.pool, async (client) => {
    await deleteSecondFactor(client, account.id)
    await deleteTrustedDevices(client, account.id, null)
  })
  await note(identity, context, account.id, 'second_factor_disabled')
  enqueueMail(context, { kind: 'second-factor-disabled', userId: account.id })
  return null
}

/**
 * Takes the second factor from somebody who has lost it, with all sessions and trusted devices: whoever comes in next
 * shows the password. Answers the job of the mail that tells the person, and the entry for the platform's chain, where the
 * security log finds it. Throws `OperatorError` for an
 * address that has no account, and for an account without a second factor.
 */
export async function resetSecondFactor(
  { pool }: Identity,
  { email, environment }: { email: string; environment: string },
): Promise<{ jobs: QueuedJob[]; entry: AuditEntry }> {
  const account = await findAccountByEmail(pool, email.toLowerCase())
  if (!account) throw new OperatorError(`${email} has no account here.`)
  await transact(pool, async (client) => {
    if (!(await deleteSecondFactor(client, account.id))) throw new OperatorError(`${email} has no second factor.`)
    await deleteTrustedDevices(client, account.id, null)
    await deleteSessions(client, account.id, null)
    await endProofs(client, account.id, 'second_factor', now())
  })
  const jobs: QueuedJob[] = []
  enqueueMail(
    { caller: { requestId: uuidv7() }, enqueue: (job, payload = {}) => jobs.push(queuedJob(job, payload)) },
    { kind: 'second-factor-disabled', userId: account.id },
  )
  const entry = systemEntry({
    event: 'identity.reset-second-factor',
    severity: 'warning',
    environment,
    resource_type: 'user',
    resource_id: account.id,
    new_values: securityChange.parse({ security_event: 'second_factor_disabled' }),
  })
  return { jobs, entry }
}

/** Makes ten new backup codes; the old ones are good no more. */
export async function regenerateBackupCodes(
  identity: Identity,
  context: Context,
  { password, code }: z.output<typeof passwordAndCodeInput>,
) {
  const account = await assertPasswordAndCode(identity, context, { password, code })
  const codes = newBackupCodes()
  const replaced = { userId: account.id, codes: hashesOf(identity, account.id, codes), now: context.now }
  await transact(identity.pool, (client) => replaceBackupCodes(client, replaced))
  await note(identity, context, account.id, 'backup_codes_replaced')
  return { backup_codes: codes }
}

/**
 * Uses a code up, of the app or a backup code; undefined when it is wrong, was used, or is of a step before one that was.
 * Of two at once with the same code one gets through.
 */
export async function spendCode(
  { pool, encryption, secret: key }: Identity,
  { userId, code, now }: { userId: string; code: string; now: Date },
): Promise<'app' | 'backup' | undefined> {
  const plain = plainCode(code)
  if (!/^\d{6}$/.test(plain)) {
    const codeHash = keyedHash(key, 'backup code', `${userId} ${plainBackupCode(code)}`)
    return (await spendBackupCode(pool, { userId, codeHash, now })) ? 'backup' : undefined
  }
  const factor = await findSecondFactor(pool, userId)
  if (!factor?.confirmed_at) return undefined
  const step = await stepOf(encryption.open(factor.secret, placeOf(userId)), plain, now)
  if (step === undefined) return undefined
  return (await spendStep(pool, { userId, secret: factor.secret, step, now })) ? 'app' : undefined
}

async function assertPasswordAndCode(
  identity: Identity,
  context: Context,
  { password, code }: { password: string; code: string },
): Promise<AccountRow> {
  const account = await assertPasswordOf(identity, context, password)
  if (!account.second_factor) refuse(secondFactorInactive)
  const spent = await spendCode(identity, { userId: account.id, code, now: context.now })
  await assertRight(identity, context, {
    email: account.email,
    userId: account.id,
    right: spent !== undefined,
    failed: 'second_factor_failed',
    refusal: wrongCode,
  })
  return account
}

function hashesOf({ secret }: Identity, userId: string, codes: readonly string[]) {
  return codes.map((code) => ({
    id: uuidv7(),
    hash: keyedHash(secret, 'backup code', `${userId} ${plainBackupCode(code)}`),
  }))
}

function plainCode(code: string): string {
  return code.replaceAll(/\s/g, '')
}

function placeOf(userId: string) {
  return { table: 'identity.second_factor', column: 'secret', row: userId }
}
