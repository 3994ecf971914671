import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './until.ts'

const root = join(import.meta.dirname, '../..')

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

/** The environment of a child: this one's, without what would steer the product, and with what the test gives. */
export function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR } = process.env
  return { PATH, HOME, LANG, TMPDIR, RATE_LIMIT_PER_MINUTE: '1000000', SIGN_IN_LIMIT_PER_MINUTE: '1000000', ...env }
}

/** Runs the product's command line to its end. */
export async function runCli(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, ['server/cli.ts', ...args], {
    cwd: root,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = [collect(child.stdout), collect(child.stderr)]
  const [code] = await once(child, 'close')
  return { code, output: output(), errors: errors() }
}

/** Starts `node server/main.ts` without waiting for it to serve. */
export function launchServer(env: Record<string, string>): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: root,
    env: environment({ PORT: '0', LOG_LEVEL: 'warn', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = [collect(child.stdout), collect(child.stderr)]
  return { child, output: () => output() + errors() }
}

/** Starts a server process and waits until it serves. Fails with what it printed when it ends instead. */
export async function startServerProcess(env: Record<string, string>): Promise<ServerProcess> {
  const { child, output } = launchServer(env)
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
    pid: child.pid ?? 0,
    demo: email && password ? { email, password } : undefined,
    output,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'close')
        child.kill(signal)
        await ended
      }
      return child.exitCode
    },
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}
