import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type QueryResultRow } from 'pg'
import { configVariables, parseConfig } from '../server/platform/config.ts'
import { openInstallation } from '../server/platform/installation.ts'
import { loadSecrets } from '../server/platform/secrets.ts'
import type { Result } from './report.ts'

export interface Benchmark {
  readonly name: string
  readonly summary: string
  /** `seconds` bounds each row; `note` tells how far it is. */
  run(stage: Stage, options: { seconds: number; note: (line: string) => void }): Promise<Result[]>
}

/** A child that has answered what it was asked, and runs on until stopped. */
export interface Child<Answer> {
  readonly answer: Answer
  readonly pid: number
  stop(): Promise<void>
}

/** What a benchmark plays on: a PostgreSQL of its own with the product's settings, and processes beside it. */
export interface Stage {
  /** Starts PostgreSQL in a new temporary directory. */
  open(): Promise<void>
  /** Ends every process and removes the directory; idempotent, also while something is still being opened. */
  close(): Promise<void>
  isClosing(): boolean
  /** The environment in which the product uses this PostgreSQL; `more` overrules it. */
  environment(more?: Record<string, string>): Record<string, string>
  /** Starts the product, as `npm start` does; answers with its address. */
  startServer(more?: Record<string, string>): Promise<Child<string>>
  /** Runs a script of this folder (see `child.ts`) as a process of its own; gives its answer to the question. */
  start<Answer>(script: string, question: unknown): Promise<Child<Answer>>
  /** The same for a process that has nothing to do after its answer. */
  ask<Answer>(script: string, question: unknown): Promise<Answer>
  /** Runs another program to its end; gives what it printed, or undefined when there is no such program. */
  runProgram(command: string, args: readonly string[], env?: Record<string, string>): Promise<string | undefined>
  /** Connection URL of the superuser, whom row-level security does not bind. */
  superuserUrl(database: string): string
  /** One statement as the superuser; rows. */
  query<Row extends QueryResultRow>(database: string, text: string): Promise<Row[]>
}

const root = join(import.meta.dirname, '..')

/** Makes a stage; nothing runs until it is opened. */
export function createStage(): Stage {
  const closers: (() => Promise<unknown>)[] = []
  let closed: Promise<void> | undefined
  let directory = ''
  let ownerUrl = ''

  const stage: Stage = {
    async open() {
      directory = await hold(mkdtemp(join(tmpdir(), 'comptoir-bench-')), (path) =>
        rm(path, { recursive: true, force: true, maxRetries: 5 }),
      )
      const installation = await hold(
        openInstallation(parseConfig({ DATA_DIR: directory }), () => {}),
        (opened) => opened.stop(),
      )
      ownerUrl = installation.ownerUrl
    },
    close() {
      closed ??= closeAll(closers)
      return closed
    },
    isClosing: () => closed !== undefined,
    environment: (more) => ({
      ...ownEnvironment(),
      // An empty variable counts as unset: what is measured does not depend on whose terminal this is.
      ...Object.fromEntries(configVariables.map((name) => [name, ''])),
      DATABASE_URL: ownerUrl,
      DATA_DIR: join(directory, 'server'),
      PORT: '0',
      LOG_LEVEL: 'warn',
      SIGN_UP: 'open',
      RATE_LIMIT_PER_MINUTE: '10000000',
      SIGN_IN_LIMIT_PER_MINUTE: '10000000',
      ...more,
    }),
    startServer(more) {
      const spawned = spawn(process.execPath, ['server/main.ts'], {
        cwd: root,
        env: stage.environment(more),
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      return holdChild(spawned, 'The server', (answer) => {
        let printed = ''
        spawned.stdout.on('data', (chunk) => {
          printed = `${printed}${chunk}`.slice(-10_000)
          const address = /serves on (\S+)/.exec(printed)?.[1]
          if (address) answer(address)
        })
      })
    },
    start<Answer>(script: string, question: unknown) {
      const forked = fork(join(import.meta.dirname, script), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
      return holdChild<Answer>(forked, `bench/${script}`, (answer) => {
        forked.once('message', answer as (message: unknown) => void)
        forked.send(question as object)
      })
    },
    async ask<Answer>(script: string, question: unknown) {
      const child = await stage.start<Answer>(script, question)
      await child.stop()
      return child.answer
    },
    async runProgram(command, args, env = {}) {
      const spawned = spawn(command, args, { env: { ...ownEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
      let printed = ''
      spawned.stdout.on('data', (chunk) => {
        printed += chunk
      })
      const child = holdChild<string>(spawned, command, (answer) =>
        spawned.once('close', (code) => code === 0 && answer(printed)),
      )
      return child.then(
        ({ answer }) => answer,
        (error) => {
          if (error.cause?.code === 'ENOENT') return undefined
          throw error
        },
      )
    },
    superuserUrl(database) {
      const password = encodeURIComponent(loadSecrets(directory).superuser)
      return `postgresql://postgres:${password}@127.0.0.1:${new URL(ownerUrl).port}/${database}?sslmode=disable`
    },
    async query<Row extends QueryResultRow>(database: string, text: string) {
      const client = new Client({ connectionString: stage.superuserUrl(database) })
      client.on('error', () => {})
      await client.connect()
      try {
        return (await client.query<Row>(text)).rows
      } finally {
        await client.end()
      }
    },
  }
  return stage

  /** Remembers how to close what is being opened, from before it is open. */
  async function hold<T>(opening: Promise<T>, close: (opened: T) => Promise<unknown>): Promise<T> {
    closers.push(() => opening.then(close, () => {}))
    const opened = await opening
    if (closed) throw new Error('the benchmark is being ended')
    return opened
  }

  async function holdChild<Answer>(
    child: ChildProcess,
    name: string,
    listen: (answer: (answer: Answer) => void) => void,
  ): Promise<Child<Answer>> {
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve())
    })
    const stop = () => endChild(child, ended)
    void hold(Promise.resolve(), stop).catch(() => {})
    if (closed) await stop()
    const answer = await answerOf(child, name, listen)
    return { answer, pid: child.pid ?? 0, stop }
  }
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

async function closeAll(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  // Last opened, first closed.
  for (const close of closers.toReversed()) {
    await close().catch((error: Error) => process.stderr.write(`While ending the benchmark: ${error.message}\n`))
  }
}

/** Resolves to the child's answer; rejects, with the end of what it complained of, when it ends without one. */
function answerOf<Answer>(
  child: ChildProcess,
  name: string,
  listen: (answer: (answer: Answer) => void) => void,
): Promise<Answer> {
  let complaints = ''
  child.stderr?.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4_000)
  })
  return new Promise((resolve, reject) => {
    listen(resolve)
    child.once('error', (cause) => reject(new Error(`${name} cannot be started: ${cause.message}`, { cause })))
    child.once('close', (code, signal) =>
      reject(new Error(`${name} ended (${signal ?? `exit code ${code}`})\n${complaints}`)),
    )
  })
}

async function endChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(impatient)
}
