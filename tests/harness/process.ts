import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { processCommand, processStartTime } from '../../server/platform/data-directory.ts'
import { withClient } from './postgres.ts'
import { until } from './until.ts'

const root = join(import.meta.dirname, '../..')
/** A start makes much that lasts: with room for it the collector copies it once, a seventh less of a start. */
export const node = [process.execPath, '--min-semi-space-size=32', '--max-semi-space-size=64']

/** A program of the test. */
export interface Launched {
  readonly child: ChildProcess
  readonly pid: number
  /** Everything it printed so far, on both streams. */
  output(): string
  /** Exit code, or the signal that ended it, once both streams are closed. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export interface LaunchOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** A process group of its own, as a terminal gives to what it starts. */
  readonly group?: boolean
  readonly uid?: number
  readonly gid?: number
}

// holds: a server process
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  readonly demo: { email: string; password: string } | undefined
  /** Everything it printed so far, on both streams. */
  output(): string
  /** Sends a signal and waits for the end; gives the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** A temporary data directory; `remove` deletes it. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'comptoir-data-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Makes a clone of this checkout, with its packages installed; installing them is proved by bootstrap.test.ts. */
export async function cloneCheckout(path: string): Promise<void> {
  const passedOver = ['node_modules', '.git', '.data'].map((name) => join(root, name))
  await cp(root, path, { recursive: true, filter: (source) => !passedOver.includes(source) })
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'))
}

/** Works as the superuser of the embedded PostgreSQL that runs in a data directory. */
export async function asSuperuser<T>(dataDir: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(await superuserUrl(dataDir), work)
}

/** A connection as the superuser of the embedded PostgreSQL that runs in a data directory; the caller ends it. */
export async function connectAsSuperuser(dataDir: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await superuserUrl(dataDir) })
  await client.connect()
  return client
}

async function superuserUrl(dataDir: string): Promise<string> {
  const { superuser } = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'))
  const { port } = (await readPostmaster(dataDir)) ?? {}
  return `postgresql://postgres:${superuser}@127.0.0.1:${port}/comptoir?sslmode=disable`
}

/** The environment of a child: this one's, without what would steer the product, and with what the test gives. */
export function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  // The folder of what was compiled saves a third of each of the hundred starts.
  const { PATH, HOME, LANG, TMPDIR, NODE_COMPILE_CACHE } = process.env
  // What fills the demo is proved by demo.test.ts.
  const quiet = { DEMO: 'empty' }
  const limits = { RATE_LIMIT_PER_MINUTE: '1000000', SIGN_IN_LIMIT_PER_MINUTE: '1000000', ECB_RATES_URL: 'none' }
  return { PATH, HOME, LANG, TMPDIR, NODE_COMPILE_CACHE, ...quiet, ...limits, ...env }
}

/** Starts a program. */
export function launch([command = '', ...args]: string[], options: LaunchOptions = {}): Launched {
  const { env = {}, cwd = root, group = false, ...account } = options
  const child = spawn(command, args, {
    ...account,
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: group,
  })
  const [output, errors] = [collect(child.stdout), collect(child.stderr)]
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return { child, pid: child.pid ?? 0, output: () => output() + errors(), ended }
}

/** Runs the product's command line to its end, with a text on its standard input. */
export async function runCli(
  args: string[],
  env: Record<string, string>,
  input = '',
): Promise<{ code: number | null; output: string; errors: string }> {
  const [command = '', ...options] = node
  const child = spawn(command, [...options, 'server/cli.ts', ...args], {
    cwd: root,
    env: environment(env),
    stdio: [input === '' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(input)
  const [output, errors] = [collect(child.stdout), collect(child.stderr)]
  const [code] = await once(child, 'close')
  return { code, output: output(), errors: errors() }
}

/** Starts `node server/main.ts` without waiting for it to serve. */
export function launchServer(env: Record<string, string>, account: { uid?: number; gid?: number } = {}): Launched {
  return launch([...node, 'server/main.ts'], { env: { PORT: '0', LOG_LEVEL: 'warn', ...env }, ...account })
}

/** Starts a server process and waits until it serves. Fails with what it printed when it ends instead. */
export function startServerProcess(env: Record<string, string>): Promise<ServerProcess> {
  return untilServing(launchServer(env))
}

/** Waits until a launched server serves. Fails with what it printed when it ends instead. */
export async function untilServing({ child, pid, output, ended }: Launched): Promise<ServerProcess> {
  const url = await until(
    'the server prints its address',
    () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended:\n${output()}`)
      return /Press Ctrl-C/.test(output()) && /serves on (\S+)/.exec(output())?.[1]
    },
    60,
  )
  const [, email, password] = /Demo sign-in: (\S+) with the password (\S+)/.exec(output()) ?? []
  return {
    url: url.replace('localhost', '127.0.0.1'),
    pid,
    demo: email && password ? { email, password } : undefined,
    output,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
      return child.exitCode
    },
  }
}

/** Process id and port of the embedded PostgreSQL that runs in a data directory, if one does, and whether it takes connections. */
export async function readPostmaster(
  dataDir: string,
): Promise<{ pid: number; port: number; isReady: boolean } | undefined> {
  const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return pid > 0 && (await processStartTime(pid)) !== undefined
    ? { pid, port, isReady: lines[7]?.trim() === 'ready' }
    : undefined
}

/** The processes whose command line names this path, as `id command`. */
export async function processesAt(path: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await processIds()) {
    const command = await processCommand(pid)
    if (command?.includes(path) && (await processStartTime(pid)) !== undefined) found.push(`${pid} ${command}`)
  }
  return found
}

/** The processes that another one started, with their command lines. */
export async function childrenOf(parent: number): Promise<{ pid: number; command: string }[]> {
  const found: { pid: number; command: string }[] = []
  for (const pid of await processIds()) {
    if ((await parentOf(pid)) === parent) found.push({ pid, command: (await processCommand(pid)) ?? '' })
  }
  return found
}

async function parentOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') {
    const list = launch(['ps', '-o', 'ppid=', '-p', String(pid)])
    await list.ended
    return Number(list.output())
  }
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1])
}

async function processIds(): Promise<number[]> {
  if (process.platform === 'linux') return (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const list = launch(['ps', '-A', '-o', 'pid='])
  await list.ended
  return list.output().trim().split(/\s+/).map(Number)
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}
