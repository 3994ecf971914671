/**
 * How a till knows a PIN while the server is out of reach. This file imports nothing and uses only what Node and browsers both have,
 * so that the till and the server share it.
 */

/** What a PIN is known by: its salt and hash in lower-case hexadecimal digits, and how slowly the one came from the other. */
export interface PinVerifier {
  readonly algorithm: 'PBKDF2-HMAC-SHA-256'
  readonly iterations: number
  readonly salt: string
  readonly hash: string
}

/** Wrong PINs in a row that lock it, and for how long: twice as long after each lock, up to the longest, until it is right. */
export interface PinLock {
  readonly failures: number
  readonly minutes: number
  readonly longest_minutes: number
}

/** The tries at a PIN on one device since the last right one, which the device keeps; times as the server writes them. */
export interface PinTries {
  readonly failures: number
  readonly lockouts: number
  readonly locked_until: string | null
}

export type PinOutcome =
  | { readonly outcome: 'accepted'; readonly tries: PinTries }
  | { readonly outcome: 'wrong'; readonly tries: PinTries }
  | { readonly outcome: 'locked'; readonly locked_until: string }
  | { readonly outcome: 'expired' }

/** What a device keeps of a PIN that nobody got wrong. */
export const noTries: PinTries = { failures: 0, lockouts: 0, locked_until: null }

// OWASP Password Storage Cheat Sheet: PBKDF2-HMAC-SHA256 with 600,000 iterations.
const iterationsToday = 600_000
const saltBytes = 16
const hashBits = 256
const minuteMs = 60_000
/** How far the clock of a till may be behind when it fetches verifiers. */
const clockToleranceMs = 15 * minuteMs
const mostDoublings = 16

/** Makes what a PIN is known by; `iterations` are as many as are asked for today. Takes a good part of a second. */
export async function makePinVerifier(pin: string, iterations = iterationsToday): Promise<PinVerifier> {
  const salt = toHex(globalThis.crypto.getRandomValues(new Uint8Array(saltBytes)))
  return { algorithm: 'PBKDF2-HMAC-SHA-256', iterations, salt, hash: await derive(pin, { salt, iterations }) }
}

/**
 * Counts a try before it is judged, as one that fails: what to keep from then on. Of a PIN that is locked it says until when. Keep
 * it before `verifyPin`, so that a tab that is closed meanwhile has counted, too.
 */
export function countPinTry({
  lock,
  tries,
  now,
}: {
  readonly lock: PinLock
  readonly tries: PinTries
  readonly now: Date
}): { readonly tries: PinTries } | { readonly locked_until: string } {
  const until = tries.locked_until
  if (until !== null && Date.parse(until) > now.getTime()) return { locked_until: until }
  const failures = until === null ? tries.failures + 1 : 1
  if (failures < lock.failures) return { tries: { failures, lockouts: tries.lockouts, locked_until: null } }
  const minutes = Math.min(lock.minutes * 2 ** Math.min(tries.lockouts, mostDoublings), lock.longest_minutes)
  const locked_until = new Date(now.getTime() + minutes * minuteMs).toISOString()
  return { tries: { failures, lockouts: tries.lockouts + 1, locked_until } }
}

/**
 * Judges a PIN by what a device fetched, and says what to keep of the tries. A verifier is not taken after `expires_at`, nor by a
 * clock that stands before `issued_at`. The last try that the lock allows may still be the right one.
 */
export async function verifyPin(asked: {
  readonly verifier: PinVerifier
  readonly issued_at: string
  readonly expires_at: string
  readonly lock: PinLock
  readonly tries: PinTries
  readonly pin: string
  readonly now: Date
}): Promise<PinOutcome> {
  const { verifier, pin, now } = asked
  const isInTime =
    now.getTime() >= Date.parse(asked.issued_at) - clockToleranceMs && now.getTime() < Date.parse(asked.expires_at)
  if (!isInTime) return { outcome: 'expired' }
  const counted = countPinTry(asked)
  if ('locked_until' in counted) return { outcome: 'locked', locked_until: counted.locked_until }
  const isRight = (await derive(pin, verifier)) === verifier.hash
  return isRight ? { outcome: 'accepted', tries: noTries } : { outcome: 'wrong', tries: counted.tries }
}

async function derive(
  pin: string,
  { salt, iterations }: { readonly salt: string; readonly iterations: number },
): Promise<string> {
  const { subtle } = globalThis.crypto
  const key = await subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: fromHex(salt), iterations }
  return toHex(new Uint8Array(await subtle.deriveBits(how, key, hashBits)))
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function fromHex(text: string) {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => digitAt(text, at * 2) * 16 + digitAt(text, at * 2 + 1))
}

function digitAt(text: string, at: number): number {
  return '0123456789abcdef'.indexOf(text[at] ?? '')
}
