import type pg from 'pg'
import type { Encryption } from '../platform/encryption.ts'
import type { Setting } from '../settings/index.ts'
import type { Auth } from './auth.ts'
import { verifyPassword } from './passwords.ts'
import { findAccountByEmail, findUser, type UserRow } from './queries.ts'
import { sessionTokens } from './session-queries.ts'

/** What identity works with. */
export interface Identity {
  readonly auth: Auth
  /** Signs in as the identity role. */
  readonly pool: pg.Pool
  /** The secret from which the keys of hashes and links are made. */
  readonly secret: string
  /** Seals the secrets of authenticator apps. */
  readonly encryption: Encryption
  readonly publicUrl: string
  /** Reads a setting of the installation, which the identity role does not see. Refuses with `setting_invalid`. */
  readSetting<T>(setting: Setting<T>): Promise<T>
}

/** What other modules and the command line may do with people. */
export type People = ReturnType<typeof createPeople>

/** The doors of identity. */
export function createPeople(identity: Identity) {
  const { pool, auth } = identity
  const endSessions = async (tokens: string[]): Promise<number> => {
    // better-auth knows a session by what it was given as its token: the hash.
    if (tokens.length > 0) await (await auth.$context).internalAdapter.deleteSessions(tokens)
    return tokens.length
  }
  return {
    /** For the operations and jobs of identity itself. */
    identity,

    find: (userId: string): Promise<UserRow | undefined> => findUser(pool, userId),

    /** The id of the person with this address, if the password is theirs. For the machine's own operator: it counts no failures. */
    async checkPassword({ email, password }: { email: string; password: string }): Promise<string | undefined> {
      const account = await findAccountByEmail(pool, email)
      const right = await verifyPassword(account?.password, password)
      return right ? account?.id : undefined
    },

    /** Ends a session of a person; false when it is none of theirs. What shows its token is refused from the next request on. */
    async endSession(userId: string, sessionId: string): Promise<boolean> {
      return (await endSessions(await sessionTokens(pool, { userId, only: sessionId }))) > 0
    },

    /** Ends all sessions of a person but one; returns how many. */
    async endOtherSessions(userId: string, except: string | null): Promise<number> {
      return endSessions(await sessionTokens(pool, { userId, except }))
    },
  }
}
