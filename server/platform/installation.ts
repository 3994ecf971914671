import { join } from 'node:path'
import pg from 'pg'
import type { Config } from './config.ts'
import { claimDataDirectory } from './data-directory.ts'
import { findEmbedded, startEmbedded } from './embedded.ts'
import { loadEncryptionKeys } from './encryption.ts'
import { OperatorError } from './explain.ts'
import { roleKinds, roleUrls } from './roles.ts'
import { loadSecrets, type Secrets } from './secrets.ts'
import { loadSigningKeys, type SigningKey } from './signing-keys.ts'

/** The database this installation uses, and how each role reaches it. */
export interface Installation {
  readonly ownerUrl: string
  readonly urls: ReturnType<typeof roleUrls>
  readonly authSecret: string
  /** The keys of the audit chain's checkpoints, the newest first; read anew, so that a rotation counts at once. */
  signingKeys(): readonly SigningKey[]
  readonly embedded: boolean
  /** Stops what was started here: the embedded PostgreSQL, after it the claim on the data directory. */
  stop(): Promise<void>
}

/**
 * Durable, and sized for a small machine; `random_page_cost` is that of a solid-state disk. Tables are looked at for new statistics
 * every few seconds, as plans made while a shop had no goods read all of them for each sale; see docs/decisions/0045.
 */
const settings = {
  max_connections: 100,
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_completion_target: 0.9,
  random_page_cost: 1.1,
  autovacuum_naptime: '5s',
  timezone: 'UTC',
}

/**
 * Opens the database: an external one by DATABASE_URL, or the embedded one, which is started and made on first use.
 * Throws `OperatorError` when the data directory cannot be used, by another live server for one, or PostgreSQL does not start.
 */
export async function openInstallation(config: Config, log: (line: string) => void): Promise<Installation> {
  const claim = await forOperator(() => claimDataDirectory(config.dataDir))
  const release = async () => claim.release()
  try {
    if (config.databaseUrl) return await external(config, config.databaseUrl, release)
    return await startOwn(config, log, release)
  } catch (error) {
    await release()
    throw error
  }
}

/** The same for a command beside a running server: joins its embedded PostgreSQL, or starts it for the time of the command. */
export async function joinInstallation(config: Config, log: (line: string) => void): Promise<Installation> {
  if (config.databaseUrl) return external(config, config.databaseUrl, async () => {})
  const running = await findEmbedded(clusterOf(config))
  if (!running) return openInstallation(config, log)
  const secrets = await secretsOf(config)
  return embedded(config, { port: running.port, secrets, ...(await keysOf(config, secrets)) }, async () => {})
}

async function startOwn(config: Config, log: (line: string) => void, release: () => Promise<void>) {
  const secrets = await secretsOf(config)
  const keys = await keysOf(config, secrets)
  const directory = clusterOf(config)
  const server = await forOperator(() => startEmbedded({ directory, password: secrets.superuser, log, settings }))
  try {
    await makeOwner(server.superuserUrl(), config.rolePrefix, secrets.owner)
  } catch (error) {
    await server.stop()
    throw error
  }
  return embedded(config, { port: server.port, secrets, ...keys }, async () => {
    await server.stop()
    await release()
  })
}

/** What the data directory and PostgreSQL's start say when they fail is a sentence for the operator. */
async function forOperator<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error
    throw new OperatorError(error.message, { cause: error })
  }
}

function secretsOf(config: Config): Promise<Secrets> {
  return forOperator(() => loadSecrets(config.dataDir))
}

/** What signs sessions and checkpoints. Keys that cannot be read stop the start, not the first checkpoint or mail. */
async function keysOf(config: Config, secrets: Secrets) {
  await forOperator(() => loadSigningKeys(config))
  await forOperator(() => loadEncryptionKeys(config))
  return { authSecret: config.authSecret ?? secrets.auth, signingKeys: () => loadSigningKeys(config) }
}

function clusterOf(config: Config): string {
  return join(config.dataDir, 'postgres')
}

async function external(config: Config, databaseUrl: string, stop: () => Promise<void>): Promise<Installation> {
  const given = Object.entries(config.roleUrls).map(([kind, url]) => [kind, url && asLibpqMeans(url)])
  const secrets = await secretsOf(config)
  const ownerUrl = asLibpqMeans(databaseUrl)
  const urls = roleUrls(ownerUrl, { ...config, roleUrls: Object.fromEntries(given) }, secrets)
  assertUsable('DATABASE_URL', ownerUrl)
  for (const kind of roleKinds) {
    const variable = `DATABASE_${kind.toUpperCase()}_URL`
    assertUsable(variable, urls[kind])
    assertSignsInAs(`${config.rolePrefix}_${kind}`, variable, urls[kind])
  }
  return { ownerUrl, urls, ...(await keysOf(config, secrets)), embedded: false, stop }
}

/** The driver by itself takes all of these for `verify-full`, with a warning. */
function asLibpqMeans(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  const mode = url.searchParams.get('sslmode') ?? ''
  if (['prefer', 'require', 'verify-ca'].includes(mode)) url.searchParams.set('uselibpqcompat', 'true')
  return url.href
}

/** Any other role may be one that row-level security does not bind, or that lacks what was granted to this one. */
function assertSignsInAs(role: string, variable: string, url: string): void {
  const name = decodeURIComponent(new URL(url).username)
  if (name === role) return
  throw new OperatorError(`${variable} signs in as ${name}: it must be ${role}, or set DATABASE_ROLE_PREFIX.`)
}

/** The driver reads certificates and judges `sslmode` when it is given an address. */
function assertUsable(variable: string, url: string): void {
  try {
    new pg.Client({ connectionString: url })
  } catch (error) {
    throw new OperatorError(`${variable} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

function embedded(
  config: Config,
  { port, secrets, ...keys }: { port: number; secrets: Secrets } & Pick<Installation, 'authSecret' | 'signingKeys'>,
  stop: () => Promise<void>,
): Installation {
  // Without `sslmode` a PGSSLMODE in the environment would ask for TLS, which this server does not speak.
  const ownerUrl = `postgresql://${config.rolePrefix}_owner:${secrets.owner}@127.0.0.1:${port}/comptoir?sslmode=disable`
  const urls = roleUrls(ownerUrl, config, secrets)
  return { ownerUrl, urls, ...keys, embedded: true, stop }
}

/** Makes the owner and its database on a new embedded cluster; the owner is no superuser, so isolation binds it too. */
async function makeOwner(superuserUrl: string, rolePrefix: string, password: string): Promise<void> {
  const owner = `${rolePrefix}_owner`
  const client = new pg.Client({ connectionString: superuserUrl })
  // A lost connection fails the query at work; without a listener it would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [owner])
    if (role.rowCount === 0)
      await client.query(`CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD ${client.escapeLiteral(password)}`)
    const database = await client.query("SELECT FROM pg_database WHERE datname = 'comptoir'")
    if (database.rowCount === 0) await client.query(`CREATE DATABASE comptoir OWNER ${owner}`)
  } finally {
    await client.end()
  }
}
