import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { OperatorError } from './explain.ts'
import { addSeed, loadSeeds } from './secrets.ts'

/** An Ed25519 key of this installation. Its private part is inside `sign` and comes out nowhere. */
export interface SigningKey {
  /** The first 16 hex digits of the SHA-256 of the public key. */
  readonly id: string
  /** The 32 bytes of the public key. */
  readonly publicKey: Buffer
  sign(text: string): Buffer
}

/**
 * The keys of this installation, the newest first, which is the one that signs: from AUDIT_SIGNING_KEY, or from
 * `DATA_DIR/audit-signing-keys.json`, made on first use (mode 0600). Two processes that make it at once agree on one.
 */
export function loadSigningKeys({ auditSigningKeys, dataDir }: Pick<Config, 'auditSigningKeys' | 'dataDir'>) {
  const seeds = auditSigningKeys ?? loadSeeds(pathOf(dataDir))
  return seeds.map((seed) => signingKeyOf(Buffer.from(seed, 'base64')))
}

/**
 * Puts a new key in front of those in the file and answers them all. The others stay: what they signed is checked with
 * them. Throws `OperatorError` when the keys come from the environment, or another process is adding one.
 */
export function addSigningKey(config: Pick<Config, 'auditSigningKeys' | 'dataDir'>): SigningKey[] {
  if (config.auditSigningKeys) {
    throw new OperatorError(
      'The signing keys come from AUDIT_SIGNING_KEY: put a new one, 32 random bytes in base64, and a comma in front of those there, and restart the server.',
    )
  }
  addSeed(pathOf(config.dataDir), 'a signing key')
  return loadSigningKeys(config)
}

/** The key that a seed of 32 bytes makes. */
export function signingKeyOf(seed: Buffer): SigningKey {
  // A private key in PKCS #8 is a fixed head and the seed.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url')
  return { id: keyIdOf(publicKey), publicKey, sign: (text) => sign(null, Buffer.from(text), privateKey) }
}

/** The id of a public key: the first 16 hex digits of its SHA-256. */
export function keyIdOf(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16)
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'audit-signing-keys.json')
}
