import { APIError } from 'better-auth/api'
import type pg from 'pg'
import { refuse } from '../platform/refusal.ts'
import { type Auth, addressHeader } from './auth.ts'
import { wrongCredentials } from './contract.ts'
import { deleteSession, findSession, findUser, type UserRow } from './queries.ts'

/** What other modules and the command line may do with people. */
export type People = ReturnType<typeof createPeople>

/** The doors of identity over one better-auth and its pool. */
export function createPeople(auth: Auth, pool: pg.Pool) {
  return {
    find: (userId: string): Promise<UserRow | undefined> => findUser(pool, userId),

    /** Makes an account. Says nothing when the address has one already: a stranger must not learn that. */
    async signUp(person: { name: string; email: string; password: string }): Promise<void> {
      await auth.api.signUpEmail({ body: person })
    },

    /** Opens a session. Refuses with `wrong_credentials`, in the same time for an unknown address as for a wrong password. */
    async signIn(person: { email: string; password: string; address: string; device: string }) {
      const headers = new Headers({ [addressHeader]: person.address, 'user-agent': person.device })
      const { token, user } = await auth.api
        .signInEmail({ body: { email: person.email, password: person.password }, headers })
        .catch((error: unknown) => {
          if (error instanceof APIError && error.statusCode < 500) refuse(wrongCredentials)
          throw error
        })
      const session = await findSession(pool, token)
      if (!session) throw new Error('the session that was just made is gone')
      return { token, userId: user.id, sessionId: session.id, expiresAt: session.expires_at }
    },

    endSession: (sessionId: string): Promise<void> => deleteSession(pool, sessionId),
  }
}
