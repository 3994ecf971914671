import { z } from 'zod'
import { outsideCommand, personQuery } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { me, signedIn, signInInput, signUpClosed, signUpInput, wrongCredentials } from './contract.ts'
import type { People } from './people.ts'

export interface SignUp {
  /** False: accounts are made by those who run the server, and by those who were invited to a tenant. */
  readonly signUpOpen: boolean
  isInvited(invitation: { token: string; email: string }): Promise<boolean>
}

/** The operations of identity. */
export function identityOperations(people: People, { signUpOpen, isInvited }: SignUp) {
  return [
    outsideCommand({
      name: 'identity.sign-up',
      route: 'POST /v1/users',
      summary: 'Make an account. The answer is the same when the address has one already.',
      severity: 'notice',
      scope: 'anyone',
      guessable: true,
      input: signUpInput,
      output: z.null(),
      refusals: [signUpClosed],
      async handle(_, { invitation: token, ...person }) {
        const mayCome = signUpOpen || (token !== undefined && (await isInvited({ token, email: person.email })))
        if (!mayCome) refuse(signUpClosed)
        await people.signUp(person)
        return null
      },
    }),
    outsideCommand({
      name: 'identity.sign-in',
      route: 'POST /v1/sessions',
      summary: 'Sign in with e-mail and password; sets the session cookie.',
      severity: 'notice',
      scope: 'anyone',
      guessable: true,
      input: signInInput,
      output: signedIn,
      refusals: [wrongCredentials],
      async handle(context, { email, password }) {
        const session = await people.signIn({ email, password, address: context.address, device: context.device })
        context.identified(session.userId, session.sessionId)
        context.changed({ resource: 'session', id: session.sessionId })
        context.setSession(session)
        return { user_id: session.userId, expires_at: session.expiresAt }
      },
    }),
    outsideCommand({
      name: 'identity.sign-out',
      route: 'DELETE /v1/sessions/current',
      summary: 'End this session.',
      severity: 'notice',
      scope: 'person',
      input: z.strictObject({}),
      output: z.null(),
      async handle(context) {
        const { sessionId } = context.caller
        if (sessionId) await people.endSession(sessionId)
        context.changed({ resource: 'session', id: sessionId ?? '' })
        context.setSession(null)
        return null
      },
    }),
    personQuery({
      name: 'identity.get-me',
      route: 'GET /v1/me',
      summary: 'Who is signed in.',
      input: z.strictObject({}),
      output: me,
      async handle({ caller }) {
        const user = (await people.find(caller.userId)) ?? refuse(platformRefusals.notFound)
        return { user_id: user.id, name: user.name, email: user.email }
      },
    }),
  ] as const
}
