import { createPublicKey, verify } from 'node:crypto'
import { keyIdOf, type SigningKey } from '../platform/signing-keys.ts'

/** A public key of checkpoints, as the table and an export hold it. */
export interface PublicKey {
  readonly id: string
  /** 32 bytes. */
  readonly publicKey: Buffer
  /** The key before it, which signed that this one follows. */
  readonly endorsedBy: string | null
  readonly endorsement: Buffer | null
}

/** The public part of an installation's keys, given newest first; each but the last is endorsed by the one after it. */
export function publicKeysOf(keys: readonly SigningKey[]): PublicKey[] {
  return keys.map(({ id, publicKey }, index) => {
    const { [index + 1]: before } = keys
    const endorsement = before?.sign(endorsementText({ id, publicKey }, before.id)) ?? null
    return { id, publicKey, endorsedBy: before?.id ?? null, endorsement }
  })
}

/** True when the signature is that of the text by the key. */
export function isSigned(text: string, signature: Buffer, publicKey: Buffer): boolean {
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
      format: 'jwk',
    })
    return verify(null, Buffer.from(text), key, signature)
  } catch {
    return false
  }
}

/**
 * The keys that the roots vouch for, by id: the roots themselves, and every key endorsed by one that is vouched for.
 * Endorsements lead forward only: anybody can sign a key that is there already.
 */
export function vouchedFor(keys: readonly PublicKey[], roots: ReadonlySet<string>): Map<string, PublicKey> {
  const known = keys.filter(({ id, publicKey }) => id === keyIdOf(publicKey))
  const vouched = new Map(known.filter(({ id }) => roots.has(id)).map((key) => [key.id, key]))
  for (let before = -1; before !== vouched.size; ) {
    before = vouched.size
    for (const key of known) if (isEndorsed(key, vouched)) vouched.set(key.id, key)
  }
  return vouched
}

function isEndorsed(key: PublicKey, vouched: ReadonlyMap<string, PublicKey>): boolean {
  const by = key.endorsedBy === null ? undefined : vouched.get(key.endorsedBy)
  return (
    by !== undefined && key.endorsement !== null && isSigned(endorsementText(key, by.id), key.endorsement, by.publicKey)
  )
}

function endorsementText({ id, publicKey }: Pick<PublicKey, 'id' | 'publicKey'>, by: string): string {
  return `comptoir audit signing key ${id} ${publicKey.toString('base64')} follows ${by}`
}
