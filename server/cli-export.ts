import { rmSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import { checkpointLine, entryLineOf, headerLineOf, keyLineOf } from './audit/index.ts'
import { connectTo } from './cli-session.ts'
import { interruptedExitCode } from './cli-support.ts'
import { ClientError } from './platform/client.ts'
import { OperatorError } from './platform/explain.ts'
import { now } from './platform/time.ts'
import type { Operations } from './registry.ts'

export interface ExportOptions {
  readonly url: string
  readonly headers: Record<string, string>
  /** ISO 8601 with a zone; undefined: from the first entry, or to the last. */
  readonly from: string | undefined
  readonly until: string | undefined
  readonly out: string
}

type Request = <N extends keyof Operations & string>(
  name: N,
  input: z.input<Operations[N]['input']>,
) => Promise<{ body: z.output<Operations[N]['output']>; headers: Headers }>
type Call = <N extends keyof Operations & string>(
  name: N,
  input: z.input<Operations[N]['input']>,
) => Promise<z.output<Operations[N]['output']>>

type Checkpoint = z.output<Operations['audit.list-checkpoints']['output']>['items'][number]

const pageSize = 1_000
const pauseMs = 2_000
const patience = 60

/**
 * Exports the entries of a span of time, those up to the next checkpoint, the checkpoints and the keys, page by page.
 * The file gets its name when it is whole: until then, and after an interruption, there is none.
 * Throws `OperatorError` when there is nothing to export or the file cannot be written.
 */
export async function exportChain(options: ExportOptions) {
  const { call, request } = callerOf(options)
  const { from = null, until = null } = options
  // Before anything else is read: what the server recorded later need not be in the file.
  const keys = await request('audit.list-signing-keys', {})
  const exported_at = new Date(keys.headers.get('date') ?? now()).toISOString()
  const span = { ...(from === null ? {} : { from }), ...(until === null ? {} : { until }) }
  const found = await call('audit.read-chain', { ...span, page_size: 1 })
  if (found.from_seq === null || found.until_seq === null)
    throw new OperatorError('No entry was recorded in that time: there is nothing to export.')
  const checkpoints = await checkpointsUntil(call, found.from_seq, found.until_seq)
  const whole = { from_seq: found.from_seq, until_seq: Math.max(found.until_seq, checkpoints.at(-1)?.seq ?? 0) }
  await writeWhole(options.out, async (file) => {
    await file.write(headerLineOf({ from, until, ...whole, exported_at }))
    await file.write(keys.body.items.map(keyLineOf).join(''))
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const given = cursor === undefined ? {} : { cursor }
      const page = await call('audit.read-chain', { ...whole, ...given, page_size: pageSize })
      await file.write(page.items.map(entryLineOf).join(''))
      cursor = page.next_cursor
    }
    await file.write(checkpoints.map(checkpointLine).join(''))
  })
  return { ...whole, checkpoints: checkpoints.length, proved: checkpoints.at(-1)?.seq }
}

/** The checkpoints from the entry before the slice to the first one that covers its end. */
async function checkpointsUntil(call: Call, first: number, last: number): Promise<Checkpoint[]> {
  const found: Checkpoint[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const given = cursor === undefined ? {} : { cursor }
    const page = await call('audit.list-checkpoints', { from_seq: Math.max(1, first - 1), limit: 200, ...given })
    found.push(...page.items)
    const covering = found.findIndex(({ seq }) => seq >= last)
    if (covering >= 0) return found.slice(0, covering + 1)
    cursor = page.next_cursor
  }
  return found
}

/** Asks the server again while it says that it is asked too much. */
function callerOf({ url, headers }: ExportOptions): { call: Call; request: Request } {
  const server = connectTo({ url, headers })
  const request: Request = async (name, input) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await server.request(name, input)) as never
      } catch (error) {
        const isBusy = error instanceof ClientError && [429, 503].includes(error.problem.status)
        if (!isBusy || attempt > patience) throw error
        await pause(pauseMs)
      }
    }
  }
  return { request, call: async (name, input) => (await request(name, input)).body }
}

async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const draft = `${path}.part-${process.pid}`
  const interrupt = () => {
    rmSync(draft, { force: true })
    process.exit(interruptedExitCode)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, interrupt)
  try {
    const file = await open(draft, 'wx')
    try {
      await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new OperatorError(`${path} cannot be written (${(error as Error).message}).`, { cause: error })
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}
