import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Client, type QueryResultRow } from 'pg'
import { configVariables, parseConfig } from '../server/platform/config.ts'
import { openInstallation } from '../server/platform/installation.ts'
import { loadSecrets } from '../server/platform/secrets.ts'
import type { Result } from './report.ts'

export interface Benchmark {
  /** `seconds` bounds each row; `file` is one of the user's; what is imported is undone where they ask for it; `note` tells how far it is. */
  run(
    stage: Stage,
    options: {
      seconds: number
      sales: number
      file: string | undefined
      isUndone: boolean
      note: (line: string) => void
    },
  ): Promise<Result[]>
}

/** Puts a question to a process and gives its answer; one at a time. */
export type Ask<Question, Answer> = (question: Question) => Promise<Answer>

const root = join(import.meta.dirname, '..')
// Groups of their own: Ctrl-C in the terminal reaches this process, which then ends the others in order.
const detached = true

/**
 * What a benchmark plays on: a PostgreSQL of its own with the product's settings, and processes beside it. Nothing runs
 * until it is opened; whatever it starts ends with `close`.
 */
// holds: PostgreSQL, processes and a temporary directory
export class Stage {
  readonly #closers: (() => Promise<unknown>)[] = []
  #closed: Promise<void> | undefined
  #directory = ''
  #ownerUrl = ''
  #server: { process: ChildProcess; stop: () => Promise<void> } | undefined

  /** Starts PostgreSQL in a new temporary directory. */
  async open(): Promise<void> {
    this.#directory = await this.#hold(mkdtemp(join(tmpdir(), 'comptoir-bench-')), removeDirectory)
    const opening = openInstallation(parseConfig({ DATA_DIR: this.#directory }), () => {})
    this.#ownerUrl = (await this.#hold(opening, (installation) => installation.stop())).ownerUrl
  }

  /** Ends every process, last started first, and removes the directory; idempotent, also while something is being opened. */
  close(): Promise<void> {
    this.#closed ??= closeAll(this.#closers)
    return this.#closed
  }

  isClosing(): boolean {
    return this.#closed !== undefined
  }

  /** The environment in which the product uses this PostgreSQL; everything else is as the product has it by default. */
  environment(database?: string): Record<string, string | undefined> {
    const url = new URL(this.#ownerUrl)
    if (database !== undefined) url.pathname = database
    return {
      ...process.env,
      // An empty variable counts as unset: what is measured does not depend on whose terminal this is.
      ...Object.fromEntries(configVariables.map((name) => [name, ''])),
      DATABASE_URL: url.href,
      DATA_DIR: join(this.#directory, 'server'),
      PORT: '0',
      LOG_LEVEL: 'warn',
      SIGN_UP: 'open',
      RATE_LIMIT_PER_MINUTE: '10000000',
      SIGN_IN_LIMIT_PER_MINUTE: '10000000',
    }
  }

  /** Starts the product as `npm start` does; gives its address. */
  async startServer(): Promise<string> {
    this.#server = this.#launch(process.execPath, ['server/main.ts'], { env: this.environment() })
    const { process: server } = this.#server
    const failed = failureOf(server, 'The server')
    let printed = ''
    const address = new Promise<string>((resolve) => {
      server.stdout?.on('data', (chunk) => {
        printed += printed.length < 10_000 ? chunk : ''
        const [, found] = /serves on (\S+)/.exec(printed) ?? []
        // Not its name, which would be looked up for each connection.
        if (found) resolve(found.replace('localhost', '127.0.0.1'))
      })
    })
    return Promise.race([address, failed])
  }

  /** Ends the product; its database stays. */
  async stopServer(): Promise<void> {
    await this.#server?.stop()
  }

  /** How many bytes of memory the process of the product holds. */
  async serverMemory(): Promise<number> {
    const printed = await this.runProgram('ps', ['-o', 'rss=', '-p', String(this.#server?.process.pid)])
    const bytes = Number(printed) * 1024
    if (!(bytes > 0)) throw new Error('ps does not say how much memory the server holds')
    return bytes
  }

  /** Runs a script of this folder, one that calls `answerParent`, as a process of its own. */
  start<Question extends object, Answer>(script: string): Ask<Question, Answer> {
    // What it leaves in temporary files goes with the directory.
    const env = { ...process.env, TMPDIR: this.#directory }
    const child = fork(join(import.meta.dirname, script), { detached, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#keep(child)
    const failed = failureOf(child, `bench/${script}`)
    return async (question) => {
      child.send(question)
      const [answer] = await Promise.race([once(child, 'message'), failed])
      return answer
    }
  }

  /** Runs a program to its end; gives what it printed, or undefined when there is no such program. */
  async runProgram(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string | undefined> {
    const { process: program } = this.#launch(command, args, { env: { ...process.env, ...env } })
    const failed = failureOf(program, command)
    try {
      return await Promise.race([program.stdout ? text(program.stdout) : '', failed])
    } catch (error) {
      if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined
      throw error
    }
  }

  /** Connection URL of the superuser, whom row-level security does not bind. */
  superuserUrl(database: string): string {
    const password = encodeURIComponent(loadSecrets(this.#directory).superuser)
    return `postgresql://postgres:${password}@127.0.0.1:${new URL(this.#ownerUrl).port}/${database}?sslmode=disable`
  }

  /** Connection URL of the role of requests, once the product has been started. */
  appUrl(): string {
    const { app } = loadSecrets(join(this.#directory, 'server'))
    return `postgresql://comptoir_app:${app}@127.0.0.1:${new URL(this.#ownerUrl).port}/comptoir?sslmode=disable`
  }

  /** Runs SQL as the superuser; gives the rows of its one statement. */
  async query<Row extends QueryResultRow>(database: string, sql: string): Promise<Row[]> {
    const client = new Client({ connectionString: this.superuserUrl(database) })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** Remembers how to close something from before it is open. */
  async #hold<T>(opening: Promise<T>, stop: (opened: T) => Promise<unknown>): Promise<T> {
    this.#closers.push(() => opening.then(stop, () => {}))
    const opened = await opening
    if (this.isClosing()) throw new Error('the benchmark is being ended')
    return opened
  }

  #launch(command: string, args: string[], options: SpawnOptions) {
    const child = spawn(command, args, { ...options, cwd: root, detached, stdio: ['ignore', 'pipe', 'pipe'] })
    return { process: child, stop: this.#keep(child) }
  }

  #keep(child: ChildProcess): () => Promise<void> {
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve())
    })
    const stop = () => endProcess(child, ended)
    this.#closers.push(stop)
    if (this.isClosing()) child.kill()
    return stop
  }
}

async function removeDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 })
}

async function closeAll(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const stop of closers.toReversed()) {
    await stop().catch((error: Error) => process.stderr.write(`While ending the benchmark: ${error.message}\n`))
  }
}

/** Rejects, with the end of what it complained of, when a process cannot start or ends otherwise than with success. */
function failureOf(child: ChildProcess, name: string): Promise<never> {
  let complaints = ''
  child.stderr?.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4_000)
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(new Error(`${name} cannot be started: ${cause.message}`, { cause })))
    child.once('close', (code, signal) => {
      if (code !== 0) reject(new Error(`${name} ended with ${signal ?? `exit code ${code}`}\n${complaints}`))
    })
  })
  failed.catch(() => {})
  return failed
}

async function endProcess(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(impatient)
}
