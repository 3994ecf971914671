import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type pg from 'pg'
import { makePartitions } from '../../server/platform/partitions.ts'
import { roleKinds } from '../../server/platform/roles.ts'
import { type TestDatabase, withClient } from '../harness/postgres.ts'
import {
  environment,
  type Launched,
  node,
  type ServerProcess,
  temporaryDirectory,
  untilServing,
} from '../harness/process.ts'
import { clientOf, type TestClient } from '../harness/server.ts'

const root = join(import.meta.dirname, '../..')
/** What servers of one database share. */
export const sharedSecrets = {
  AUTH_SECRET: 'the same secret for all servers of the simulation',
  ENCRYPTION_KEY: Buffer.alloc(32, 9).toString('base64'),
}

/** A server process that can be killed and started again; its address changes then. */
export interface Server {
  url(): string
  isUp(): boolean
  client(cookie: string, tenantId: string): TestClient
  /** A client of nobody, to sign in with. */
  stranger(): TestClient
  kill(): Promise<void>
  start(): Promise<void>
}

/** Server processes on one database, and the one clock of all of them and of the database. */
export interface Servers {
  readonly all: readonly Server[]
  readonly clock: {
    readonly began: number
    now(): number
    jump(milliseconds: number): Promise<void>
    reset(): Promise<void>
  }
  close(): Promise<void>
}

/**
 * When every run begins, whatever day it is: prices, taxes, batches and months are the same then each time. Within the eight days of
 * a run the clocks of Europe go forward, and a month ends. It is a morning, so that no day ends but by a jump.
 */
const began = Date.parse('2026-03-27T09:00:00Z')

/** Starts server processes on a database. When one does not start, none is left, nor anything of them. */
export async function startServers(database: TestDatabase, count: number): Promise<Servers> {
  await fakeClock(database)
  const directory = await temporaryDirectory()
  let ahead = 0
  const all: ReturnType<typeof makeServer>[] = []
  const setClock = async (milliseconds: number) => {
    ahead = milliseconds
    await withClient(database.superuserUrl, (client) =>
      client.query('UPDATE simulation.clock SET ahead = make_interval(secs => $1)', [ahead / 1000]),
    )
    await Promise.all(all.map((server) => server.setClock(ahead)))
  }
  const reset = () => setClock(began - Date.now())
  const close = async () => {
    await Promise.all(all.map((server) => server.kill()))
    await directory.remove()
  }
  try {
    await reset()
    // Those that were made with the database are of the months from today on.
    await withClient(database.ownerUrl, makePartitions)
    for (let at = 0; at < count; at++)
      all.push(makeServer({ database, dataDir: join(directory.path, String(at)), ahead: () => ahead }))
    await Promise.all(all.map((server) => server.start()))
  } catch (error) {
    await close()
    throw error
  }
  const now = () => Date.now() + ahead
  return { all, clock: { began, now, jump: (milliseconds) => setClock(ahead + milliseconds), reset }, close }
}

interface Made {
  readonly database: TestDatabase
  readonly dataDir: string
  ahead(): number
}

function makeServer({ database, dataDir, ahead }: Made): Server & { setClock(milliseconds: number): Promise<void> } {
  /** Known from the moment on that it runs, so that it is ended when it does not come to serve. */
  let program: Program | undefined
  let serving: ServerProcess | undefined
  const clients = new Map<string, TestClient>()
  const url = () => serving?.url ?? ''
  const clientWith = (headers: Record<string, string>) => {
    if (!serving) throw new Error('the server is down')
    return clientOf(serving, headers)
  }
  return {
    url,
    isUp: () => serving !== undefined,
    client(cookie, tenantId) {
      const key = `${url()} ${cookie} ${tenantId}`
      const known = clients.get(key)
      if (known) return known
      const made = clientWith({ cookie, 'comptoir-tenant': tenantId })
      clients.set(key, made)
      return made
    },
    stranger: () => clientWith({}),
    async start() {
      program = spawnServer(environmentOf(database, dataDir))
      await program.setClock(ahead())
      serving = await untilServing(program)
    },
    async kill() {
      const killed = program
      program = undefined
      serving = undefined
      killed?.child.kill('SIGKILL')
      await killed?.ended
    },
    async setClock(milliseconds) {
      await program?.setClock(milliseconds)
    },
  }
}

type Program = Launched & { setClock(milliseconds: number): Promise<void> }

function spawnServer(env: Record<string, string>): Program {
  const [command = '', ...options] = node
  const child = spawn(command, [...options, '--import', join(import.meta.dirname, 'clock.ts'), 'server/main.ts'], {
    cwd: root,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(String(chunk)))
  const output = () => printed.join('')
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return {
    ...{ child, pid: child.pid ?? 0, output, ended },
    async setClock(milliseconds) {
      const told = once(child, 'message')
      const gone = ended.then((how) => {
        throw new Error(`a server ended (${how}) before its clock was set:\n${output()}`)
      })
      // Whoever is gone hears nothing; that is told below.
      child.send(milliseconds, () => undefined)
      await Promise.race([told, gone])
    },
  }
}

function environmentOf(database: TestDatabase, dataDir: string): Record<string, string> {
  const urls = roleKinds.map((kind) => [`DATABASE_${kind.toUpperCase()}_URL`, database.roleUrls[kind]])
  return {
    ...{ DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn', DATABASE_URL: database.ownerUrl, JOBS_CONCURRENCY: '0' },
    ...sharedSecrets,
    ...Object.fromEntries(urls),
  }
}

/** Lets the database take its time from a row. CURRENT_TIMESTAMP is what the two functions are without it. */
async function fakeClock({ superuserUrl }: TestDatabase): Promise<void> {
  await withClient(superuserUrl, (client) =>
    client.query(`
      CREATE SCHEMA simulation;
      GRANT USAGE ON SCHEMA simulation TO PUBLIC;
      CREATE TABLE simulation.clock (ahead interval NOT NULL);
      INSERT INTO simulation.clock VALUES ('0');
      CREATE FUNCTION simulation.time() RETURNS timestamptz STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        LANGUAGE plpgsql AS 'BEGIN RETURN CURRENT_TIMESTAMP + (SELECT ahead FROM simulation.clock); END';
      CREATE OR REPLACE FUNCTION pg_catalog.transaction_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT simulation.time()';
      CREATE OR REPLACE FUNCTION pg_catalog.now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT simulation.time()';`),
  )
}

/** Cuts all connections of servers to a database. */
export async function cutConnections(superuser: pg.Pool): Promise<void> {
  await superuser.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'comptoir%'`,
  )
}
