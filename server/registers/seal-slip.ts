/**
 * What a till seals while it is offline. This file imports nothing and uses only what Node and browsers both have, so that
 * the till and the server share it.
 */

/** A receipt as a device sealed it: the exact text, and where it stands in the chain of its register. */
export interface SealedSlip {
  readonly sequence: number
  /** Hash of the slip before it, in lower-case hex; `firstHash` before the first. */
  readonly previous_hash: string
  /** Canonical JSON; see `canonicalText`. */
  readonly body: string
  readonly hash: string
}

/** What a chain begins with: 32 zero bytes, in hex. */
export const firstHash = '00'.repeat(32)

const hashBytes = 32

/** Seals what a slip says, after the slip with `previousHash`. Throws for what canonical JSON cannot carry. */
export async function sealSlip(
  previousHash: string,
  content: { readonly sequence: number; readonly [field: string]: unknown },
): Promise<SealedSlip> {
  const body = canonicalText(content)
  return { sequence: content.sequence, previous_hash: previousHash, body, hash: await hashSlip(previousHash, body) }
}

/** What a device noted beside its receipts: the exact text, and the hash by which the next slip names it. */
export interface SealedNote {
  /** Canonical JSON; empty where the device has lost it. */
  readonly body: string
  readonly hash: string
}

/** Seals a note. Its hash is in a chain that stays, so a note about a person has a salt. Throws for what canonical JSON cannot carry. */
export async function sealNote(content: { readonly [field: string]: unknown }): Promise<SealedNote> {
  const body = canonicalText(content)
  return { body, hash: await hashSlip(firstHash, body) }
}

/** `sha256(previous hash || body in UTF-8)`, in lower-case hex. Throws for a previous hash that is none. */
export async function hashSlip(previousHash: string, body: string): Promise<string> {
  if (!/^[0-9a-f]{64}$/.test(previousHash)) throw new Error('a hash has 64 hexadecimal digits in small letters')
  const text = new TextEncoder().encode(body)
  const bytes = new Uint8Array(hashBytes + text.length)
  for (let at = 0; at < hashBytes; at++)
    bytes[at] = digitAt(previousHash, at * 2) * 16 + digitAt(previousHash, at * 2 + 1)
  bytes.set(text, hashBytes)
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function digitAt(hash: string, at: number): number {
  return '0123456789abcdef'.indexOf(hash[at] ?? '')
}

/**
 * The one text of a value: no blanks, members in the order of their names' UTF-16 units, as RFC 8785, 3.2.3; of numbers
 * only whole ones, since amounts are strings. Throws for anything else, and for text that UTF-8 cannot carry.
 */
export function canonicalText(value: unknown): string {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Error('a slip holds whole numbers only')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('a slip holds well-formed text only')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object') throw new Error('a slip holds JSON only')
  const members = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${canonicalText(name)}:${canonicalText(member)}`)
  return `{${members.join(',')}}`
}

/** The value of a canonical text; undefined for every other text, such as one that names a member twice. */
export function readCanonicalText(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return canonicalText(value) === text ? value : undefined
  } catch {
    return undefined
  }
}
