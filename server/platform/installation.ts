import { join } from 'node:path'
import pg from 'pg'
import type { Config } from './config.ts'
import { claimDataDirectory } from './data-directory.ts'
import { findEmbedded, startEmbedded } from './embedded.ts'
import { roleUrls } from './roles.ts'
import { loadSecrets, type Secrets } from './secrets.ts'

/** The database this installation uses, and how each role reaches it. */
export interface Installation {
  readonly ownerUrl: string
  readonly urls: ReturnType<typeof roleUrls>
  readonly authSecret: string
  readonly embedded: boolean
  /** Stops what was started here: the embedded PostgreSQL, after it the claim on the data directory. */
  stop(): Promise<void>
}

/** Durable, and sized for a small machine; `random_page_cost` is that of a solid-state disk. */
const settings = {
  max_connections: 100,
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_completion_target: 0.9,
  random_page_cost: 1.1,
  timezone: 'UTC',
}

/**
 * Opens the database: an external one by DATABASE_URL, or the embedded one, which is started and made on first use.
 * A second server on the same data directory is refused with `DataDirectoryInUse`.
 */
export async function openInstallation(config: Config, log: (line: string) => void): Promise<Installation> {
  const claim = await claimDataDirectory(config.dataDir)
  try {
    const secrets = loadSecrets(config.dataDir)
    if (config.databaseUrl) return external(config, config.databaseUrl, secrets, async () => claim.release())
    const server = await startEmbedded({ directory: clusterOf(config), password: secrets.superuser, log, settings })
    await makeOwner(server.superuserUrl(), config.rolePrefix, secrets.owner)
    return embedded(config, server.port, secrets, async () => {
      await server.stop()
      claim.release()
    })
  } catch (error) {
    claim.release()
    throw error
  }
}

/** The same for a command beside a running server: joins its embedded PostgreSQL, or starts it for the time of the command. */
export async function joinInstallation(config: Config, log: (line: string) => void): Promise<Installation> {
  if (config.databaseUrl) return external(config, config.databaseUrl, loadSecrets(config.dataDir), async () => {})
  const running = await findEmbedded(clusterOf(config))
  if (!running) return openInstallation(config, log)
  return embedded(config, running.port, loadSecrets(config.dataDir), async () => {})
}

function clusterOf(config: Config): string {
  return join(config.dataDir, 'postgres')
}

function external(config: Config, ownerUrl: string, secrets: Secrets, stop: () => Promise<void>): Installation {
  const urls = roleUrls(ownerUrl, config, secrets)
  return { ownerUrl, urls, authSecret: config.authSecret ?? secrets.auth, embedded: false, stop }
}

function embedded(config: Config, port: number, secrets: Secrets, stop: () => Promise<void>): Installation {
  const ownerUrl = `postgresql://${config.rolePrefix}_owner:${secrets.owner}@127.0.0.1:${port}/comptoir`
  return { ...external(config, ownerUrl, secrets, stop), embedded: true }
}

/** Makes the owner and its database on a new embedded cluster; the owner is no superuser, so isolation binds it too. */
async function makeOwner(superuserUrl: string, rolePrefix: string, password: string): Promise<void> {
  const owner = `${rolePrefix}_owner`
  const client = new pg.Client({ connectionString: superuserUrl })
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
