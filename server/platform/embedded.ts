import { once } from 'node:events'
import { readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { processCommand, processStartTime } from './data-directory.ts'
import { type Cluster, openCluster } from './embedded-cluster.ts'

export interface EmbeddedPostgres {
  readonly port: number
  /** of the postmaster; another one after a restart */
  readonly pid: number
  /** connection URL of the superuser `postgres` for the given database (`postgres` when none is given) */
  superuserUrl(database?: string): string
  /** fast shutdown, waits until the postmaster is gone; idempotent, concurrent calls share one promise */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** of the cluster, e.g. DATA_DIR/postgres; the server's own log is written beside it, DATA_DIR/postgres.log */
  directory: string
  /** of the superuser; must be the one that the cluster was made with */
  password: string
  /** told what the supervisor does, and the end of the server's log when a start fails */
  log: (line: string) => void
  /** PostgreSQL's configuration parameters, given on its command line */
  settings?: Record<string, string | number>
  /** false makes the cluster without flushing it to disk, for throw-away ones; `fsync` stays what the settings say */
  durable?: boolean
  /** called when a server that had died serves again, on the same port */
  onRestart?: (port: number) => void
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1 and resolves when it answers; makes the cluster first when there is none.
 * A server left running by a dead process of ours is stopped first; one that dies later is started again.
 * The caller owns the directory (`claimDataDirectory`). Throws an error of one sentence when it cannot start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { directory, password, durable = true } = options
  const cluster = await openCluster({ directory, password, durable })
  await stopOrphan(cluster.directory, options.log)
  await disarmStalePidFile(cluster.directory)
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort()
    const launched = await launch({ cluster, port, options })
    if (!('failure' in launched)) return supervise({ cluster, port, options, first: launched })
    if (!launched.failure.includes(portTaken) || attempt === 5) throw new Error(launched.failure)
  }
}

/** The PostgreSQL server that runs on this cluster directory, whoever started it; undefined when there is none. */
export async function findEmbedded(directory: string): Promise<{ pid: number; port: number } | undefined> {
  const path = await realpath(directory).catch(() => undefined)
  const state = path && (await readPidFile(path))
  if (!path || !state || !(await isPostmasterOf(state.pid, path))) return undefined
  return { pid: state.pid, port: state.port }
}

interface Postmaster {
  pid: number
  /** resolves, when the process is gone, to how it ended */
  exited: Promise<string>
  isGone(): boolean
}

interface Launch {
  cluster: Cluster
  port: number
  options: EmbeddedOptions
  /** gives the launch up; what was started is stopped again */
  signal?: AbortSignal
}

const maxFailures = 5
const failureWindowMs = 60_000
const failureDelayMs = 250
const portTaken = 'could not create any TCP/IP sockets'

/** Starts the server again, on the same port, each time it dies without having been stopped. */
function supervise({ cluster, port, options, first }: Launch & { first: Postmaster }): EmbeddedPostgres {
  const { log, onRestart, password } = options
  const ending = new AbortController()
  let current = first
  let failures: number[] = []
  let restarting: Promise<void> | undefined
  let stopped: Promise<void> | undefined

  function watch(watched: Postmaster): void {
    void watched.exited.then((how) => {
      if (ending.signal.aborted) return
      log(`PostgreSQL (process ${watched.pid}) ended unexpectedly (${how}) and is started again.`)
      restarting = restart()
    })
  }

  async function restart(): Promise<void> {
    while (!ending.signal.aborted) {
      failures = [...failures.filter((time) => time > performance.now() - failureWindowMs), performance.now()]
      if (failures.length > maxFailures) {
        log(
          `PostgreSQL failed ${failures.length} times within a minute and is not started again, see ${cluster.logFile}.`,
        )
        return
      }
      await sleep((failures.length - 1) * failureDelayMs, undefined, { signal: ending.signal }).catch(() => undefined)
      if (ending.signal.aborted) return
      const launched = await launch({ cluster, port, options, signal: ending.signal })
      if ('failure' in launched) {
        if (!ending.signal.aborted) log(launched.failure)
        continue
      }
      current = launched
      log(`PostgreSQL runs again (process ${current.pid}, port ${port}).`)
      watch(current)
      onRestart?.(port)
      return
    }
  }

  async function end(): Promise<void> {
    ending.abort()
    await restarting
    await shutDown(current.pid, current.isGone)
  }

  watch(first)
  return {
    port,
    get pid() {
      return current.pid
    },
    superuserUrl: (database = 'postgres') => superuserUrl({ port, password, database }),
    stop: () => {
      stopped ??= end()
      return stopped
    },
  }
}

/** Long enough for the backends of a killed postmaster to notice that it is gone. */
const backendsLingerMs = 10_000

/** Starts the server and waits until it answers; the failure is a sentence, the log lines behind it are told first. */
async function launch(wanted: Launch): Promise<Postmaster | { failure: string }> {
  const giveUpAt = performance.now() + backendsLingerMs
  for (;;) {
    const launched = await launchOnce(wanted)
    if ('exited' in launched) return launched
    const { reason, lines } = launched
    if (!lines.some((line) => line.includes('pre-existing shared memory block')) || performance.now() > giveUpAt) {
      for (const line of lines.slice(-20)) wanted.options.log(line)
      return { failure: `PostgreSQL did not start (${reason}), its log is ${wanted.cluster.logFile}.` }
    }
    await sleep(100)
  }
}

async function launchOnce(wanted: Launch): Promise<Postmaster | { reason: string; lines: string[] }> {
  const { cluster } = wanted
  const log = await cluster.openLog()
  const { size } = await log.stat()
  const child = cluster.spawnPostgres(postgresArguments(wanted), ['ignore', log.fd, log.fd])
  let ending: string | undefined
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  void exited.then((how) => {
    ending = how
  })
  const postmaster = { pid: child.pid ?? 0, exited, isGone: () => ending !== undefined }
  const refusal = await untilReady(postmaster, wanted)
  await log.close()
  if (refusal === undefined) return postmaster
  await shutDown(postmaster.pid, postmaster.isGone)
  const lines = (await readFile(cluster.logFile)).subarray(size).toString().trim().split('\n')
  const fatal = lines.findLast((line) => /(FATAL|PANIC): /.test(line))?.replace(/^.*(FATAL|PANIC): +/, '')
  return { reason: refusal || fatal || (ending ?? 'unknown'), lines }
}

function postgresArguments({ cluster, port, options }: Launch): string[] {
  const ours = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', logging_collector: 'off' }
  const settings = Object.entries({ ...options.settings, ...ours })
  return ['-D', cluster.directory, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Waits until a superuser's query is answered; otherwise resolves to why not, empty when the log knows better. */
async function untilReady(postmaster: Postmaster, wanted: Launch): Promise<string | undefined> {
  const { cluster, port, options, signal } = wanted
  const url = superuserUrl({ port, password: options.password, database: 'postgres' })
  while (!postmaster.isGone()) {
    if (signal?.aborted) return 'it was told to stop'
    // Who answers on the port may be a rival that took it; only our own server writes this file.
    const state = await readPidFile(cluster.directory)
    if (state?.pid === postmaster.pid && state.status === 'ready') {
      const refusal = await tryConnection(url)
      if (refusal === undefined) return undefined
      if (!refusal.mayPass) return refusal.reason
    }
    await sleep(10)
  }
  return ''
}

async function tryConnection(url: string): Promise<{ mayPass: boolean; reason: string } | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return undefined
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    if (code === '28P01') return { mayPass: false, reason: 'the database was made with another superuser password' }
    const startingUp = '57P03'
    return { mayPass: [startingUp, 'ECONNREFUSED', 'ECONNRESET'].includes(code), reason: message }
  } finally {
    await client.end().catch(() => undefined)
  }
}

function superuserUrl(at: { port: number; password: string; database: string }): string {
  const password = encodeURIComponent(at.password)
  // Without `sslmode` a PGSSLMODE in the environment would ask for TLS, which this server does not speak.
  return `postgres://postgres:${password}@127.0.0.1:${at.port}/${encodeURIComponent(at.database)}?sslmode=disable`
}

async function stopOrphan(directory: string, log: (line: string) => void): Promise<void> {
  const orphan = await findEmbedded(directory)
  if (!orphan) return
  log(`PostgreSQL (process ${orphan.pid}) was left running by a server that was killed; it is stopped first.`)
  const startTime = await processStartTime(orphan.pid)
  await shutDown(orphan.pid, async () => (await processStartTime(orphan.pid)) !== startTime)
}

/** A fast shutdown; if that hangs, an immediate one, from which the next start recovers. */
async function shutDown(pid: number, isGone: () => boolean | Promise<boolean>): Promise<void> {
  const steps = [
    { signal: 'SIGINT', patienceMs: 60_000 },
    { signal: 'SIGQUIT', patienceMs: 10_000 },
  ] as const
  for (const { signal, patienceMs } of steps) {
    if (await isGone()) return
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
    const giveUpAt = performance.now() + patienceMs
    while (performance.now() < giveUpAt) {
      if (await isGone()) return
      await sleep(10)
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop: end it by hand.`)
}

async function readPidFile(directory: string): Promise<{ pid: number; port: number; status: string } | undefined> {
  const lines = (await readFile(pidFileOf(directory), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  return pid > 0 ? { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? '' } : undefined
}

function pidFileOf(directory: string): string {
  return join(directory, 'postmaster.pid')
}

/**
 * PostgreSQL refuses to start while any process of its user has the id in a pid file that a crash left behind. Our own
 * id there is harmless, because it takes its parent for no rival; the rest of the file stays, for through it PostgreSQL
 * notices when backends of the dead server still live.
 */
async function disarmStalePidFile(directory: string): Promise<void> {
  const path = pidFileOf(directory)
  const content = await readFile(path, 'utf8').catch(() => '')
  if (await readPidFile(directory)) await writeFile(path, content.replace(/^.*/, String(process.pid)))
  else await rm(path, { force: true })
}

/** The id in a pid file may have come to another process, another PostgreSQL even. */
async function isPostmasterOf(pid: number, directory: string): Promise<boolean> {
  const command = (await processCommand(pid)) ?? ''
  if (`${command} `.includes(`postgres -D ${directory} `)) return true
  // The directory was moved under a running server.
  return command.includes('postgres') && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === directory
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
