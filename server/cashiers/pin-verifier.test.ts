import { pbkdf2Sync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { countPinTry, makePinVerifier, noTries, type PinTries, type PinVerifier, verifyPin } from './pin-verifier.ts'

const pin = '8317'
const lock = { failures: 5, minutes: 15, longest_minutes: 1_440 }
const issued_at = '2026-03-01T08:00:00.000Z'
const expires_at = '2026-03-04T08:00:00.000Z'
const noon = '2026-03-01T12:00:00.000Z'
const failed = (failures: number, lockouts = 0): PinTries => ({ failures, lockouts, locked_until: null })
const lockedUntil = (locked_until: string, lockouts = 1): PinTries => ({ failures: 5, lockouts, locked_until })

let verifier: PinVerifier
beforeAll(async () => {
  verifier = await makePinVerifier(pin, 1_000)
})

const judge = (tries: PinTries, typed: string, at = noon) =>
  verifyPin({ verifier, issued_at, expires_at, lock, tries, pin: typed, now: new Date(at) })

describe('a till without its server', () => {
  test.each<[what: string, tries: PinTries, typed: string, at: string, outcome: object]>([
    ['takes the right PIN', noTries, pin, noon, { outcome: 'accepted', tries: noTries }],
    ['counts a wrong one', noTries, '8318', noon, { outcome: 'wrong', tries: failed(1) }],
    ['counts another one on top', failed(3), '8318', noon, { outcome: 'wrong', tries: failed(4) }],
    ['forgets the wrong ones with the right one', failed(3, 2), pin, noon, { outcome: 'accepted', tries: noTries }],
    ['takes the right one at the last try', failed(4), pin, noon, { outcome: 'accepted', tries: noTries }],
    [
      'locks at the last wrong one, for a quarter of an hour',
      failed(4),
      '8318',
      noon,
      { outcome: 'wrong', tries: lockedUntil('2026-03-01T12:15:00.000Z') },
    ],
    [
      'locks twice as long after each lock',
      failed(4, 2),
      '8318',
      noon,
      { outcome: 'wrong', tries: lockedUntil('2026-03-01T13:00:00.000Z', 3) },
    ],
    [
      'locks for a day at most',
      failed(4, 40),
      '8318',
      noon,
      { outcome: 'wrong', tries: lockedUntil('2026-03-02T12:00:00.000Z', 41) },
    ],
    [
      'takes not even the right one while it is locked',
      lockedUntil('2026-03-01T12:00:01.000Z'),
      pin,
      noon,
      { outcome: 'locked', locked_until: '2026-03-01T12:00:01.000Z' },
    ],
    ['takes it once the lock is over', lockedUntil(noon), pin, noon, { outcome: 'accepted', tries: noTries }],
    ['counts anew once the lock is over', lockedUntil(noon), '8318', noon, { outcome: 'wrong', tries: failed(1, 1) }],
    [
      'takes it until its time is over',
      noTries,
      pin,
      '2026-03-04T07:59:59.999Z',
      { outcome: 'accepted', tries: noTries },
    ],
    ['takes nothing after its time', noTries, pin, expires_at, { outcome: 'expired' }],
    ['takes nothing by a clock that was set back', noTries, pin, '2026-03-01T07:44:59.999Z', { outcome: 'expired' }],
    ['takes nothing by a clock that knows no time', noTries, pin, '', { outcome: 'expired' }],
  ])('%s', async (_, tries, typed, at, outcome) => {
    expect(await judge(tries, typed, at)).toEqual(outcome)
  })

  test('has counted a try before it is judged', () => {
    const now = new Date(noon)
    expect(countPinTry({ lock, tries: failed(1), now })).toEqual({ tries: failed(2) })
    expect(countPinTry({ lock, tries: failed(4), now })).toEqual({ tries: lockedUntil('2026-03-01T12:15:00.000Z') })
  })
})

describe('a verifier', () => {
  test('is PBKDF2 with HMAC and SHA-256 over the PIN, as others compute it', () => {
    const expected = pbkdf2Sync(pin, Buffer.from(verifier.salt, 'hex'), verifier.iterations, 32, 'sha256')
    expect(verifier).toMatchObject({ algorithm: 'PBKDF2-HMAC-SHA-256', hash: expected.toString('hex') })
  })

  test('has a salt of its own, and is as slow as OWASP asks for', async () => {
    const [one, other] = await Promise.all([makePinVerifier(pin), makePinVerifier(pin)])
    expect(one.salt).toMatch(/^[0-9a-f]{32}$/)
    expect(one.salt).not.toBe(other.salt)
    expect(one.hash).not.toBe(other.hash)
    expect(one.iterations).toBeGreaterThanOrEqual(600_000)
  })
})
