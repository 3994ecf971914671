import { z } from 'zod'
import { type Caller, type OutsideContext, outsideCommand, personQuery } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { settingInvalid } from '../settings/index.ts'
import * as contract from './contract.ts'
import { passwordOperations } from './password-operations.ts'
import type { People } from './people.ts'
import { findAccount } from './queries.ts'
import { secondFactorOperations } from './second-factor-operations.ts'
import { listEvents, note } from './security-log.ts'
import { sessionOperations } from './session-operations.ts'
import { completeSignIn, signIn } from './sign-in.ts'
import { requestVerification, signUp, verifyEmail } from './sign-up.ts'

export interface SignUpRules {
  /** False: accounts are made by those who run the server, and by whom `isInvited` knows. */
  readonly signUpOpen: boolean
  /** Whether this token invites whoever has this address. */
  readonly isInvited?: (invitation: string, email: string) => Promise<boolean>
}

/** The operations of identity. */
export function identityOperations(people: People, rules: SignUpRules) {
  return [
    ...signingOperations(people, rules),
    ...accountOperations(people),
    ...passwordOperations(people),
    ...sessionOperations(people),
    ...secondFactorOperations(people),
  ] as const
}

function signingOperations(people: People, rules: SignUpRules) {
  return [
    outsideCommand({
      name: 'identity.sign-up',
      route: 'POST /v1/users',
      summary: 'Make an account. The answer is the same when the address has one already.',
      severity: 'notice',
      scope: 'anyone',
      guessable: true,
      input: contract.signUpInput,
      output: z.null(),
      refusals: [contract.signUpClosed, contract.passwordRefused],
      handle: (context, input) => signUpByRules(people, rules, context, input),
    }),
    outsideCommand({
      name: 'identity.sign-in',
      route: 'POST /v1/sessions',
      summary: 'Sign in with e-mail and password; sets the session cookie, or asks for the second factor.',
      severity: 'notice',
      scope: 'anyone',
      guessable: true,
      input: contract.signInInput,
      output: contract.signedIn,
      refusals: [contract.wrongCredentials, contract.lockedOut, settingInvalid],
      handle: (context, input) => signIn(people.identity, context, input),
    }),
    outsideCommand({
      name: 'identity.complete-sign-in',
      route: 'POST /v1/sessions/second-factor',
      summary: 'Show the second factor: a code of the authenticator app, or a backup code; sets the session cookie.',
      severity: 'notice',
      scope: 'anyone',
      guessable: true,
      input: contract.completeSignInInput,
      output: contract.signedIn,
      refusals: [
        contract.challengeInvalid,
        contract.wrongCode,
        contract.wrongCredentials,
        contract.lockedOut,
        settingInvalid,
      ],
      handle: (context, input) => completeSignIn(people.identity, context, input),
    }),
    outsideCommand({
      name: 'identity.sign-out',
      route: 'DELETE /v1/sessions/current',
      summary: 'End this session.',
      severity: 'notice',
      scope: 'person',
      forCashiers: true,
      input: z.strictObject({}),
      output: z.null(),
      async handle(context) {
        const { sessionId, userId } = context.caller
        if (sessionId) await people.endSession(userId, sessionId)
        await note(people.identity, context, userId, 'signed_out')
        context.setSession(null)
        return null
      },
    }),
  ] as const
}

function accountOperations(people: People) {
  return [
    personQuery({
      name: 'identity.get-me',
      route: 'GET /v1/me',
      summary: 'Who is signed in.',
      forCashiers: true,
      input: z.strictObject({}),
      output: contract.me,
      async handle({ caller }) {
        const user = (await findAccount(people.identity.pool, caller.userId)) ?? refuse(platformRefusals.notFound)
        return { ...user, user_id: user.id, device_id: caller.deviceId }
      },
    }),
    outsideCommand({
      name: 'identity.request-email-verification',
      route: 'POST /v1/email-verifications',
      summary: 'Send the link that verifies the e-mail address of who is signed in.',
      scope: 'person',
      guessable: true,
      input: z.strictObject({}),
      output: z.null(),
      handle: (context) => requestVerification(people.identity, context),
    }),
    outsideCommand({
      name: 'identity.verify-email',
      route: 'POST /v1/email-verifications/completion',
      summary: 'Verify an e-mail address by the token of the link that was sent to it.',
      scope: 'anyone',
      guessable: true,
      input: contract.verifyEmailInput,
      output: z.null(),
      refusals: [contract.linkInvalid],
      handle: (context, input) => verifyEmail(people.identity, context, input),
    }),
    personQuery({
      name: 'identity.list-security-events',
      route: 'GET /v1/me/security-events',
      summary: 'What happened to the account of who is signed in, newest first.',
      input: contract.listInput,
      output: contract.securityEventPage,
      handle: (context, input) => listEvents(people.identity, context, input),
    }),
  ] as const
}

async function signUpByRules(
  { identity }: People,
  { signUpOpen, isInvited }: SignUpRules,
  context: OutsideContext<Caller>,
  input: z.output<typeof contract.signUpInput>,
): Promise<null> {
  const { invitation, email } = input
  const isGuest = invitation !== undefined && (await isInvited?.(invitation, email))
  if (!signUpOpen && !isGuest) refuse(contract.signUpClosed)
  return signUp(identity, context, input)
}
