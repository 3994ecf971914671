import { betterAuth } from 'better-auth'
import type pg from 'pg'
import { uuidv7 } from '../platform/identifiers.ts'
import { hashPassword, verifyPassword } from './passwords.ts'

/** Code points are counted by the contract; one of them is at most this many units of a text. */
const longestPassword = 256

export type Auth = ReturnType<typeof createAuth>

/**
 * better-auth on its own pool, as the identity role. It makes and revokes sessions; its HTTP handler is not mounted, its
 * cookies are not used, and requests are authenticated by tenants.authenticate instead.
 */
export function createAuth(options: { pool: pg.Pool; secret: string; publicUrl: string }) {
  const times = { createdAt: 'created_at', updatedAt: 'updated_at' }
  return betterAuth({
    database: options.pool,
    secret: options.secret,
    baseURL: options.publicUrl,
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      // Without it a sign-up would tell whether an address has an account.
      autoSignIn: false,
      maxPasswordLength: longestPassword,
      password: { hash: hashPassword, verify: ({ hash, password }) => verifyPassword(hash, password) },
    },
    user: { fields: { ...times, emailVerified: 'email_verified' } },
    session: {
      cookieCache: { enabled: false },
      fields: {
        ...times,
        // It is given the hash of a token in place of the token; see openSession.
        token: 'token_hash',
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
      additionalFields: {
        kind: { type: 'string', required: true, input: false },
        deviceName: { type: 'string', required: false, input: false, fieldName: 'device_name' },
        usedAt: { type: 'date', required: true, input: false, fieldName: 'used_at' },
      },
    },
    account: {
      fields: {
        ...times,
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
      },
    },
    verification: { fields: { ...times, expiresAt: 'expires_at' } },
    advanced: {
      // Its tables are ours to migrate, and may be made only after this object is.
      database: { generateId: () => uuidv7(), validateSchema: false },
    },
  })
}
