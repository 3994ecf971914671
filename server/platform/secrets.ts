import { randomBytes } from 'node:crypto'
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { OperatorError } from './explain.ts'

const secretsFile = z.strictObject({
  auth: z.string(),
  superuser: z.string(),
  owner: z.string(),
  app: z.string(),
  identity: z.string(),
  jobs: z.string(),
  read: z.string(),
})

/** Generated once per installation: the key of sessions and the passwords of the database roles. */
export type Secrets = z.infer<typeof secretsFile>

/** Reads `DATA_DIR/secrets.json`, making it on first use (mode 0600). Two processes that make it at once agree on one. */
export function loadSecrets(dataDir: string): Secrets {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, 'secrets.json')
  return read(path) ?? make(path)
}

function read(path: string): Secrets | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const parsed = secretsFile.safeParse(parseJson(text))
  if (!parsed.success) throw new Error(`${path} is damaged: restore it from a backup`)
  return parsed.data
}

function make(path: string): Secrets {
  const names = Object.keys(secretsFile.shape)
  const secrets = Object.fromEntries(names.map((name) => [name, randomBytes(32).toString('base64url')]))
  writeOnce(path, `${JSON.stringify(secrets, null, 2)}\n`)
  const kept = read(path)
  if (!kept) throw new Error(`${path} could not be written`)
  return kept
}

const seedsFile = z.strictObject({ keys: z.array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/)).min(1) })

/**
 * Keys of 32 bytes in base64, the newest first, from a file that is made with one on first use (mode 0600). Two processes
 * that make it at once agree on one. Throws `OperatorError` for a damaged file.
 */
export function loadSeeds(path: string): string[] {
  return readSeeds(path) ?? makeSeeds(path)
}

/**
 * Puts a new key in front of those in the file; the others stay. `what` is what the file holds, as "a signing key".
 * Throws `OperatorError` when another process is adding one.
 */
export function addSeed(path: string, what: string): void {
  loadSeeds(path)
  const draft = `${path}.new`
  // The draft is also the lock: of two rotations at once, the second would drop the key of the first.
  const handle = openDraft(draft, what)
  try {
    writeFileSync(handle, formatSeeds([makeSeed(), ...loadSeeds(path)]), { flush: true })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
}

function openDraft(draft: string, what: string): number {
  try {
    return openSync(draft, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new OperatorError(`Another process is adding ${what}; if there is none, delete ${draft}.`, { cause: error })
  }
}

function makeSeeds(path: string): string[] {
  mkdirSync(dirname(path), { recursive: true })
  writeOnce(path, formatSeeds([makeSeed()]))
  const kept = readSeeds(path)
  if (!kept) throw new Error(`${path} could not be written`)
  return kept
}

function readSeeds(path: string): string[] | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const parsed = seedsFile.safeParse(parseJson(text))
  // Without what was wrong with it, which would quote a key.
  if (!parsed.success) throw new OperatorError(`${path} is damaged: restore it from a backup`)
  return parsed.data.keys
}

function makeSeed(): string {
  return randomBytes(32).toString('base64')
}

function formatSeeds(keys: string[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`
}

/** Makes a file that only this user can read, whole or not at all; one that is there stays as it is. */
function writeOnce(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
