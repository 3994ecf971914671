import { availableParallelism } from 'node:os'
import { type Algorithm, hash, verify } from '@node-rs/argon2'
import { dictionary } from '@zxcvbn-ts/language-common'
import { refuse } from '../platform/refusal.ts'
import { passwordRefused } from './contract.ts'

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane. The native module hashes off the event loop. */
const argon2id = { algorithm: 2 as Algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const { memoryCost, timeCost, parallelism } = argon2id
/** No password has it: it stands in for the hash of somebody who is not known, so that looking takes as long. */
const nobodysHash = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Hashing takes a processor for as long as it lasts; one is left for those who are at work. */
const lanes = Math.max(1, availableParallelism() - 1)
const waiting: (() => void)[] = []
let hashing = 0

const fewestCharacters = 6
/** Shorter parts of a name or an address are in many words. */
const shortestPart = 4

/** Hashes a password. Unicode is taken in NFKC (NIST SP 800-63B-4, 3.1.1.2), so that every keyboard types the same. */
export function hashPassword(password: string): Promise<string> {
  return inLane(() => hash(password.normalize('NFKC'), argon2id))
}

/** True when the password is the one that was hashed; false, in the same time, when there is no hash. */
export function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  return inLane(() => verify(stored ?? nobodysHash, password.normalize('NFKC')))
}

async function inLane<T>(work: () => Promise<T>): Promise<T> {
  if (hashing === lanes) await new Promise<void>((resolve) => waiting.push(resolve))
  else hashing++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else hashing--
  }
}

/** True when a hash was made with less memory, fewer passes or another algorithm than today's. */
export function isWeak(stored: string): boolean {
  const [, memory, passes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),/.exec(stored) ?? []
  return memory === undefined || passes === undefined || BigInt(memory) < memoryCost || BigInt(passes) < timeCost
}

/** Refuses with `password_refused` what guessers try first: passwords of many people, and those made of who one is. */
export function assertPassword(password: string, person: { email: string; name: string }): void {
  const text = password.normalize('NFKC').toLowerCase()
  if (isCommon(text)) refuse(passwordRefused, 'Many people use this password, or one nearly like it')
  const plain = withoutSigns(text)
  const parts = [person.email, person.email.split('@')[0] ?? '', person.name, ...person.name.split(' ')]
  if (parts.map((part) => withoutSigns(part.normalize('NFKC').toLowerCase())).some((part) => holds(plain, part)))
    refuse(passwordRefused, 'A password may not contain the name or the e-mail address')
}

/**
 * True for a password of the list, for one of the list between digits and signs, for one repeated, and for a text of few
 * different characters or in the order of the alphabet. `text` is in lower case.
 */
function isCommon(text: string): boolean {
  const core = text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const [, repeated = ''] = /^(.+?)\1+$/su.exec(text) ?? []
  return (
    new Set(text).size < fewestCharacters ||
    isInOrder(text) ||
    [text, core, repeated].some((part) => part !== '' && commonPasswords().has(part))
  )
}

/** True when nearly every character follows the one before, as in 123456789012 or abcdefghijkl, up or down. */
function isInOrder(text: string): boolean {
  const steps = [...text].slice(1).map((character, index) => (character.codePointAt(0) ?? 0) - text.charCodeAt(index))
  return [1, -1].some((step) => steps.filter((one) => one === step).length >= steps.length - 2)
}

let common: ReadonlySet<string> | undefined

function commonPasswords(): ReadonlySet<string> {
  common ??= new Set(dictionary['passwords-common'])
  return common
}

function withoutSigns(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, '')
}

function holds(text: string, part: string): boolean {
  return part.length >= shortestPart && text.includes(part)
}
