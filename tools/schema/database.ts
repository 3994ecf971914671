import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '../../server/platform/embedded.ts'
import { migrateUp } from '../../server/platform/migrate.ts'
import { roleUrls } from '../../server/platform/roles.ts'
import { loadSecrets, type Secrets } from '../../server/platform/secrets.ts'

const ROLE_PREFIX = 'comptoir'

/** Runs `work` on a new database with every migration and function applied, then removes the whole server. */
export async function withMigratedDatabase<T>(work: (ownerUrl: string) => Promise<T>): Promise<T> {
  const parent = await mkdtemp(join(tmpdir(), 'comptoir-generate-'))
  // As root, PostgreSQL runs as another user.
  await chmod(parent, 0o711)
  try {
    return await withServer(parent, async (superuserUrl, secrets) => {
      const ownerUrl = await makeDatabase(superuserUrl, secrets.owner)
      const urls = roleUrls(ownerUrl, { roleUrls: noneGiven, rolePrefix: ROLE_PREFIX }, secrets)
      await migrateUp({ ownerUrl, roleUrls: urls, rolePrefix: ROLE_PREFIX })
      return work(ownerUrl)
    })
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

const noneGiven = { app: undefined, identity: undefined, jobs: undefined, read: undefined }

async function withServer<T>(parent: string, work: (superuserUrl: string, secrets: Secrets) => Promise<T>): Promise<T> {
  const secrets = loadSecrets(parent)
  const log: string[] = []
  const server = await startEmbedded({
    directory: join(parent, 'postgres'),
    password: secrets.superuser,
    log: (line) => log.push(line),
    durable: false,
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
  })
  try {
    return await work(server.superuserUrl(), secrets)
  } finally {
    await server.stop()
  }
}

/** Makes the owner and its database; answers the owner's connection URL. */
async function makeDatabase(superuserUrl: string, password: string): Promise<string> {
  const owner = `${ROLE_PREFIX}_owner`
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    await client.query(`CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD ${client.escapeLiteral(password)}`)
    await client.query(`CREATE DATABASE comptoir OWNER ${owner}`)
  } finally {
    await client.end()
  }
  const url = new URL(superuserUrl)
  url.username = owner
  url.password = password
  url.pathname = '/comptoir'
  return url.href
}
