import { createHash, createHmac, randomBytes } from 'node:crypto'

const tokenBytes = 32

/** A token of 256 random bits, and the hash under which it is kept. */
export function newToken(): { token: string; hash: Buffer } {
  const token = randomBytes(tokenBytes).toString('base64url')
  return { token, hash: hashToken(token) }
}

/** The hash under which a random token is kept: nobody finds 256 bits by trying, so a plain SHA-256 does. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** The purposes for which the server's secret makes keys; each has its own. */
type Purpose = 'attempts at an address' | 'backup code' | 'link'

/** An HMAC under the server's secret, for what could be found by trying: addresses, short codes. */
export function keyedHash(secret: string, purpose: Purpose, text: string): Buffer {
  const key = createHmac('sha256', secret).update(`comptoir: ${purpose}`).digest()
  return createHmac('sha256', key).update(text).digest()
}

/** The token of a link, made from its id, so that it stands in no table and no queue on its way into the mail. */
export function linkToken(secret: string, proofId: string): string {
  return keyedHash(secret, 'link', proofId).toString('base64url')
}
