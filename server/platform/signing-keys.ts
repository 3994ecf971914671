import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from './config.ts'
import { OperatorError } from './explain.ts'
import { writeOnce } from './secrets.ts'

const keysFile = z.strictObject({ keys: z.array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/)).min(1) })

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
  const seeds = auditSigningKeys ?? readSeeds(dataDir) ?? makeSeeds(dataDir)
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
  loadSigningKeys(config)
  const path = pathOf(config.dataDir)
  const draft = `${path}.new`
  // The draft is also the lock: of two rotations at once, the second would drop the key of the first.
  const handle = openDraft(draft)
  try {
    const seeds = [makeSeed(), ...(readSeeds(config.dataDir) ?? [])]
    writeFileSync(handle, format(seeds), { flush: true })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
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

function openDraft(draft: string): number {
  try {
    return openSync(draft, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new OperatorError(`Another process is adding a signing key; if there is none, delete ${draft}.`, {
      cause: error,
    })
  }
}

function makeSeeds(dataDir: string): string[] {
  mkdirSync(dataDir, { recursive: true })
  writeOnce(pathOf(dataDir), format([makeSeed()]))
  const kept = readSeeds(dataDir)
  if (!kept) throw new Error(`${pathOf(dataDir)} could not be written`)
  return kept
}

function readSeeds(dataDir: string): string[] | undefined {
  const path = pathOf(dataDir)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return keysFile.parse(JSON.parse(text)).keys
  } catch {
    // Without its cause, which would quote a key.
    throw new OperatorError(`${path} is damaged: restore it from a backup`)
  }
}

function makeSeed(): string {
  return randomBytes(32).toString('base64')
}

function format(keys: string[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'audit-signing-keys.json')
}
