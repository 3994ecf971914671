import { base32 } from '@better-auth/utils/base32'
import { hashToken } from '../../server/identity/tokens.ts'
import { codeAt } from '../../server/identity/totp.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import type { Operation } from '../../server/platform/operation.ts'
import { withClient } from './postgres.ts'
import { signUpPerson, type TestPerson, type TestServer } from './server.ts'

type Input = Record<string, unknown>
type Place = Pick<TestServer, 'url' | 'database'>

export const anotherPassword = 'another horse battery'
const stepMs = 30_000

export interface Authenticator {
  readonly backupCodes: readonly string[]
  /** The code that was used up when it was confirmed. */
  readonly first: string
  /** The code of so many steps after the present one; of the next one it is good for as long as a test takes. */
  code(steps?: number): Promise<string>
}

/** Gives a person a second factor, confirmed with the present code: the next one, `code(1)`, is good for a sign-in. */
export async function enrolSecondFactor({ client, password }: TestPerson): Promise<Authenticator> {
  const { secret } = await client.call('identity.enrol-second-factor', { password })
  const { code } = authenticatorOf(secret)
  const first = await code()
  const { backup_codes: backupCodes } = await client.call('identity.confirm-second-factor', { code: first })
  return { backupCodes, first, code }
}

/** What an authenticator app shows that was given a secret. */
export function authenticatorOf(secret: string): Pick<Authenticator, 'code'> {
  const key = new TextDecoder().decode(base32.decode(secret))
  return { code: (steps = 0) => codeAt(key, Math.floor(Date.now() / stepMs) + steps) }
}

/** The token of a link for somebody, as the mail would bring it. */
export async function linkFor(
  { database }: Pick<TestServer, 'database'>,
  { userId }: Pick<TestPerson, 'userId'>,
  purpose: 'password_reset' | 'email_verification',
): Promise<string> {
  const token = `link-${uuidv7()}`
  await withClient(database.superuserUrl, (client) =>
    client.query(
      `INSERT INTO identity.proof (id, user_id, purpose, token_hash, expires_at)
       VALUES ($1, $2, $3, $4, now() + interval '30 minutes')`,
      [uuidv7(), userId, purpose, hashToken(token)],
    ),
  )
  return token
}

/** The answer to the password of somebody who has a second factor. */
export async function challengeOf({ client, email, password }: TestPerson): Promise<string> {
  const answer = await client.call('identity.sign-in', { email, password, device_name: 'Kitchen tablet' })
  if (answer.status !== 'second_factor_required') throw new Error('nobody asked for the second factor')
  return answer.challenge
}

const withSecondFactor = async (person: TestPerson) => {
  const { backupCodes } = await enrolSecondFactor(person)
  return { password: person.password, code: backupCodes[0] }
}

/** What the fields of operations on an account need, beside e-mail address and password of its person. */
const inputs: Record<string, (person: TestPerson, place: Place) => Promise<Input>> = {
  async 'identity.complete-sign-in'(person) {
    const { code } = await withSecondFactor(person)
    return { challenge: await challengeOf(person), code, trust_device: true }
  },
  'identity.disable-second-factor': withSecondFactor,
  'identity.replace-backup-codes': withSecondFactor,
  async 'identity.confirm-second-factor'({ client, password }) {
    const { secret } = await client.call('identity.enrol-second-factor', { password })
    return { code: await authenticatorOf(secret).code() }
  },
  'identity.change-password': async ({ password }) => ({
    current_password: password,
    new_password: anotherPassword,
  }),
  async 'identity.reset-password'(person, place) {
    return { token: await linkFor(place, person, 'password_reset'), password: anotherPassword }
  },
  async 'identity.verify-email'(person, place) {
    return { token: await linkFor(place, person, 'email_verification') }
  },
  async 'identity.revoke-session'({ client, email, password }) {
    const answer = await client.call('identity.sign-in', { email, password })
    return { id: answer.status === 'signed_in' ? answer.session_id : null }
  },
  async 'identity.revoke-trusted-device'({ userId }, { database }) {
    const id = uuidv7()
    await withClient(database.superuserUrl, (client) =>
      client.query(
        `INSERT INTO identity.trusted_device (id, user_id, token_hash, ip_address, user_agent, expires_at)
         VALUES ($1, $2, $3, '127.0.0.1', 'Sample', '2036-01-01')`,
        [id, userId, hashToken(id)],
      ),
    )
    return { id }
  },
}

/**
 * Operations on an account end sessions, set passwords and lock people out: each input is about somebody who was made for
 * it. `cookieOf` gives a session of the last one.
 */
export function createAccountSamples(server: Place) {
  const people = new Map<string, TestPerson>()
  return {
    isAbout: ({ name }: Operation) => name.startsWith('identity.'),
    async fieldsOf({ name }: Operation): Promise<Input> {
      const person = await signUpPerson(server)
      people.set(name, person)
      const { email, password } = person
      return { email, password, ...(await inputs[name]?.(person, server)) }
    },
    async cookieOf({ name }: Operation): Promise<string | undefined> {
      const person = people.get(name)
      if (!person) return undefined
      const { email, password } = person
      const answer = await person.client.request('identity.sign-in', { email, password }).catch(() => undefined)
      return answer?.headers.getSetCookie()[0]?.split(';')[0] ?? person.cookie
    },
  }
}
