import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

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

/** Makes a file that only this user can read, whole or not at all; one that is there stays as it is. */
export function writeOnce(path: string, text: string): void {
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
