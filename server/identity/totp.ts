import { randomBytes, randomInt } from 'node:crypto'
import { base32 } from '@better-auth/utils/base32'
import { createOTP } from '@better-auth/utils/otp'

/** RFC 4226, 4: 160 bits are recommended, the output of SHA-1. */
const secretBytes = 20
const digits = 6
const stepMs = 30_000
/** RFC 6238, 5.2: one step of delay is accepted, and one for a clock that is ahead. */
const steps = [-1, 0, 1]

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const codeCount = 10
const codeLength = 10

/** The secret of an authenticator app: 160 random bits, written as text because better-auth's helper takes no bytes. */
export function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url')
}

/** What an authenticator app takes: the secret in base32 to type, and the address in the QR code. */
export function enrolmentOf(secret: string, { issuer, account }: { issuer: string; account: string }) {
  return {
    secret: base32.encode(secret, { padding: false }),
    url: createOTP(secret, { digits, period: stepMs / 1000 }).url(issuer, account),
  }
}

/** The time step (RFC 6238, 4.2) of which this is the code, among now and its neighbours; undefined for none. */
export async function stepOf(secret: string, code: string, now: Date): Promise<number | undefined> {
  const step = Math.floor(now.getTime() / stepMs)
  const candidates = await Promise.all(
    steps.map(async (one) => [step + one, await codeAt(secret, step + one)] as const),
  )
  return candidates.find(([, expected]) => expected === code)?.[0]
}

/** The code of a time step. */
export function codeAt(secret: string, step: number): Promise<string> {
  return createOTP(secret, { digits }).hotp(step)
}

/** Ten codes of 49 random bits, as abcde-fghjk, without letters that look like others. */
export function newBackupCodes(): string[] {
  return Array.from({ length: codeCount }, () => {
    const text = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join('')
    return `${text.slice(0, codeLength / 2)}-${text.slice(codeLength / 2)}`
  })
}

/** A backup code as it is hashed, however it was typed: lower case, without dash and blanks. */
export function plainBackupCode(code: string): string {
  return code.toLowerCase().replaceAll(/[\s-]/g, '')
}
