import { join } from 'node:path'
import pg from 'pg'
import { parseConfig } from '../../server/platform/config.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../server/platform/embedded.ts'
import { roleUrls } from '../../server/platform/roles.ts'
import { prepareDatabase } from '../../server/prepare.ts'

const password = 'only for tests'
const secrets = {
  auth: 'a'.repeat(40),
  superuser: password,
  owner: password,
  app: password,
  identity: password,
  jobs: password,
  read: password,
}
const template = 'comptoir_template'

/** Starts a throw-away PostgreSQL with the owner role and a migrated template database. */
export async function startTestPostgres(directory: string): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({
    directory: join(directory, 'postgres'),
    password,
    log: () => {},
    durable: false,
    settings: {
      max_connections: 400,
      shared_buffers: '128MB',
      fsync: 'off',
      full_page_writes: 'off',
      deadlock_timeout: '100ms',
      // As an installation has it; see server/platform/installation.ts.
      autovacuum_naptime: '5s',
    },
  })
  await asSuperuser(server.port, async (client) => {
    await client.query(`CREATE ROLE comptoir_owner LOGIN CREATEROLE PASSWORD '${password}'`)
    await client.query(`CREATE DATABASE ${template} OWNER comptoir_owner`)
  })
  await prepareDatabase({ ...urlsOf(server.port, template), rolePrefix: 'comptoir' })
  return server
}

/** Connection URLs of the owner and the roles for one database of the test server. */
function urlsOf(port: number, database: string) {
  const ownerUrl = `postgresql://comptoir_owner:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  return { ownerUrl, roleUrls: roleUrls(ownerUrl, parseConfig({}), secrets) }
}

export interface TestDatabase {
  readonly name: string
  readonly ownerUrl: string
  readonly superuserUrl: string
  readonly roleUrls: ReturnType<typeof roleUrls>
  drop(): Promise<void>
}

let made = 0

/**
 * A database of its own for one test file, cloned from the template; `migrated: false` gives an empty one. With
 * `isCounted` what is planned is the same each time: ANALYZE reads all rows, up to 600,000 of a table, not 30,000 by chance,
 * and autovacuum stays away; call `countTables` once there are rows.
 */
export async function createTestDatabase(
  port: number,
  { migrated = true, isCounted = false } = {},
): Promise<TestDatabase> {
  const name = `test_${process.pid}_${++made}`
  const ofSuperuser = superuserUrl(port, name)
  // Files are copied: a third of the time that it takes to write them into the log page by page.
  const from = migrated ? `TEMPLATE ${template} STRATEGY FILE_COPY` : ''
  await asSuperuser(port, async (client) => {
    await client.query(`CREATE DATABASE ${name} ${from} OWNER comptoir_owner`)
    if (isCounted) await client.query(`ALTER DATABASE ${name} SET default_statistics_target = 2000`)
  })
  if (isCounted) await withClient(ofSuperuser, keepAutovacuumOut)
  return {
    name,
    ...urlsOf(port, name),
    superuserUrl: ofSuperuser,
    drop: () => asSuperuser(port, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  }
}

/** Vacuums and counts all tables of a database that is counted, partitions too that came since it was made. */
export async function countTables(superuser: pg.ClientBase): Promise<void> {
  await keepAutovacuumOut(superuser)
  await superuser.query('VACUUM (ANALYZE)')
}

async function keepAutovacuumOut(superuser: pg.ClientBase): Promise<void> {
  await superuser.query(
    `DO $$ DECLARE name regclass; BEGIN
       FOR name IN SELECT c.oid FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
         WHERE c.relkind = 'r' AND s.nspname NOT LIKE 'pg\\_%' AND s.nspname <> 'information_schema'
       LOOP EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name); END LOOP;
     END $$`,
  )
}

function superuserUrl(port: number, database: string): string {
  return `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
}

async function asSuperuser(port: number, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  await withClient(superuserUrl(port, 'postgres'), work)
}

/** Connects, works, disconnects. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
