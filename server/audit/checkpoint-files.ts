import { closeSync, existsSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '../platform/explain.ts'
import { type Checkpoint, readCheckpoint, type SignedCheckpoint } from './checkpoint.ts'

const mostCharactersInLine = 64 << 20

/** The line of a checkpoint in a file of checkpoints and in an export. */
export function checkpointLine({ body, signature }: SignedCheckpoint): string {
  return `${JSON.stringify({ type: 'checkpoint', body, signature })}\n`
}

/**
 * Appends a checkpoint to the file of its tenant under the directory and waits until the disk has it. This copy lies
 * outside of the database, so that whoever owns the database cannot change both.
 */
export function keepCheckpoint(directory: string, tenantId: string, checkpoint: SignedCheckpoint): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = openSync(pathOf(directory, tenantId), 'a+', 0o600)
  try {
    // A line that a power cut left half must not swallow this one.
    writeSync(file, endsWithLine(file) ? checkpointLine(checkpoint) : `\n${checkpointLine(checkpoint)}`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The checkpoints of a tenant that this installation kept outside of the database. */
export function keptCheckpoints(directory: string, tenantId: string): Promise<CheckpointFile> {
  const path = pathOf(directory, tenantId)
  return existsSync(path) ? readCheckpointFile(path) : Promise.resolve({ checkpoints: [], unreadable: [] })
}

export interface CheckpointFile {
  readonly checkpoints: readonly Checkpoint[]
  /** Lines that hold nothing known, as a write that was cut short leaves one. */
  readonly unreadable: readonly string[]
}

/** The checkpoints in a file of lines, an export included. Throws `OperatorError` for a file that cannot be read. */
export async function readCheckpointFile(path: string): Promise<CheckpointFile> {
  const checkpoints: Checkpoint[] = []
  const unreadable: string[] = []
  for await (const { text, source } of linesOf(path)) {
    if (/^{"type":"(?:entry|key|export)",/.test(text)) continue
    const checkpoint = parseCheckpoint(parseLine(text), source)
    if (checkpoint) checkpoints.push(checkpoint)
    else unreadable.push(source)
  }
  return { checkpoints, unreadable }
}

/**
 * The lines of a file that are not empty, one after the other. Only a line feed ends a line: the text of an entry may hold
 * every other separator that Unicode knows. Throws `OperatorError` for a file that cannot be read, or a line of 64 MiB.
 */
export async function* linesOf(path: string): AsyncGenerator<{ text: string; source: string }> {
  let stream: ReturnType<FileHandle['createReadStream']> | undefined
  try {
    stream = (await open(path)).createReadStream({ encoding: 'utf8' })
    let number = 0
    let unfinished = ''
    for await (const chunk of stream as AsyncIterable<string>) {
      const [head = '', ...others] = chunk.split('\n')
      let line = unfinished + head
      if (line.length > mostCharactersInLine)
        throw new OperatorError(`${path} has a line that is too long to be one of an export or of checkpoints.`)
      for (const next of others) {
        number++
        if (!isEmpty(line)) yield { text: line, source: `line ${number} of ${path}` }
        line = next
      }
      unfinished = line
    }
    if (!isEmpty(unfinished)) yield { text: unfinished, source: `line ${number + 1} of ${path}` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new OperatorError(`${path} cannot be read (${(error as Error).message}).`, { cause: error })
  } finally {
    // Whoever reads may stop early, and nothing else would close the file then.
    stream?.destroy()
  }
}

function isEmpty(line: string): boolean {
  return line === '' || line === '\r'
}

/** The object on a line; undefined when it is none. */
export function parseLine(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** The checkpoint that a line holds; undefined when it holds none. */
export function parseCheckpoint(line: Record<string, unknown> | undefined, source: string): Checkpoint | undefined {
  const { type, body, signature } = { ...line }
  if (type !== 'checkpoint' || typeof body !== 'string' || typeof signature !== 'string') return undefined
  return readCheckpoint({ body, signature }, source)
}

function endsWithLine(file: number): boolean {
  const { size } = fstatSync(file)
  if (size === 0) return true
  const last = Buffer.alloc(1)
  readSync(file, last, 0, 1, size - 1)
  return last.toString() === '\n'
}

function pathOf(directory: string, tenantId: string): string {
  return join(directory, `${tenantId}.jsonl`)
}
