import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { z } from 'zod'
import { inReadTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { refuse } from '../platform/refusal.ts'
import { defineSetting } from '../settings/index.ts'
import { readRows, writeSheet } from '../sheets/index.ts'
import { fileIncomplete, fileNotFound, fileTooLarge } from './contract.ts'
import type { ImportRow } from './queries.ts'
import { readFixes, rejectedRows } from './row-queries.ts'

/** How long files of imports are kept. */
export const fileDaysSetting = defineSetting({
  name: 'imports.file-days',
  type: z.int().min(1).max(3_650).meta({ description: 'a number of days from 1 to 3650' }),
  default: 90,
  help: 'How many days an imported file is kept, with what it says of people; an import can be undone as long.',
  scopes: ['platform', 'tenant'],
})

/** Where a file is kept: under the directory, in the folder of its tenant, by the hash of what is in it. */
export interface Place {
  readonly directory: string
  readonly tenantId: string
  readonly sha256: string
}

/** What a stream is kept as. `noteSent` is told of a file that is there already, so that no purge takes it meanwhile. */
interface Keeping extends Omit<Place, 'sha256'> {
  readonly mostBytes: number
  readonly noteSent?: (file: { sha256: string; bytes: number }) => Promise<void>
}

const unfinished = '.part'
const isHash = /^[0-9a-f]{64}$/
const rowsAtOnce = 1_000

/**
 * Keeps what a stream brings, without ever holding all of it. The file is there whole, on the disk, when this returns, or not
 * at all; one that is there already stays as it is, for it may be being read. Refuses what is longer than `mostBytes`, empty, or
 * breaks off.
 */
export async function keepStream(
  { directory, tenantId, mostBytes, noteSent }: Keeping,
  source: Readable,
): Promise<{ sha256: string; bytes: number }> {
  const folder = join(directory, tenantId)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `${uuidv7()}${unfinished}`)
  const hash = createHash('sha256')
  let bytes = 0
  const measured = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > mostBytes) refuse(fileTooLarge)
      hash.update(chunk)
      yield chunk
    }
  }
  try {
    await pipeline(source, measured, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true })).catch(
      (error: NodeJS.ErrnoException) =>
        error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET'
          ? refuse(fileIncomplete)
          : Promise.reject(error),
    )
    if (bytes === 0) refuse(fileIncomplete, 'The file is empty')
    const sha256 = hash.digest('hex')
    const path = pathOf({ directory, tenantId, sha256 })
    const isKept = async () => (await stat(path).catch(undefinedIfAbsent))?.size === bytes
    const wasKept = await isKept()
    if (wasKept) await noteSent?.({ sha256, bytes })
    // A purge that was at it took it before that was noted.
    if (wasKept && (await isKept())) await rm(draft)
    else await rename(draft, path)
    for (const one of [folder, directory]) await sync(one)
    return { sha256, bytes }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Where a file is, or would be. */
export function pathOf({ directory, tenantId, sha256 }: Place): string {
  return join(directory, tenantId, sha256)
}

/** The path of a file, and its size. Refuses with `import_file_not_found`. */
export async function findKept(place: Place): Promise<{ path: string; bytes: number }> {
  const path = pathOf(place)
  const found = await stat(path).catch(undefinedIfAbsent)
  return found ? { path, bytes: found.size } : refuse(fileNotFound)
}

/** Removes a file, if it is there. */
export async function removeKept(place: Place): Promise<void> {
  await rm(pathOf(place), { force: true })
}

/** The files of a tenant that were written before a time. What broke off before then is removed. */
export async function keptBefore(
  { directory, tenantId }: Omit<Place, 'sha256'>,
  before: Date,
): Promise<{ sha256: string; bytes: number; sent_at: Date }[]> {
  const folder = join(directory, tenantId)
  const found: { sha256: string; bytes: number; sent_at: Date }[] = []
  for (const name of (await readdir(folder).catch(undefinedIfAbsent)) ?? []) {
    const written = await stat(join(folder, name)).catch(undefinedIfAbsent)
    if (!written || written.mtime >= before) continue
    if (name.endsWith(unfinished)) await rm(join(folder, name), { force: true })
    else if (isHash.test(name)) found.push({ sha256: name, bytes: written.size, sent_at: written.mtime })
  }
  return found
}

/** Where a file is kept, for people: under the data directory. */
export function storedPath(tenantId: string, sha256: string): string {
  return join('imports', tenantId, sha256)
}

interface Rejected {
  readonly pool: pg.Pool
  readonly tenantId: string
  readonly found: Pick<ImportRow, 'id' | 'run' | 'format'>
  readonly path: string
}

/**
 * The rows that have an error by the last run, as they stand in the file and with the cells that were put right, under the same
 * header line: mended, they can be imported as a file of their own.
 */
export function rejectedFile(parts: Rejected): { stream: Readable; type: string; extension: string } {
  const { format } = parts.found
  const columns = format.columns.map((name) => ({ name }))
  if (format.kind === 'xlsx') {
    const stream = writeSheet({ kind: 'xlsx', columns }, rejectedCells(parts))
    return { stream, type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', extension: 'xlsx' }
  }
  const head = format.header_row === null ? null : columns
  const { delimiter, quote, encoding } = format
  const stream = writeSheet(
    { kind: 'csv', columns: head, format: { delimiter, quote: quote ?? '"', encoding }, isVerbatim: true },
    rejectedCells(parts),
  )
  return { stream, type: 'text/csv', extension: 'csv' }
}

async function* rejectedCells({ pool, tenantId, found, path }: Rejected) {
  const read = <T>(work: (scope: Parameters<typeof rejectedRows>[0]) => Promise<T>) =>
    inReadTransaction(pool, tenantId, (tx) => work({ ...tx, tenantId }))
  const fixes = await read((scope) => readFixes(scope, found.id))
  const { columns } = found.format
  let wanted: number[] = []
  let after = 0
  const more = async () => {
    const rows = await read((scope) => rejectedRows(scope, { id: found.id, run: found.run, after, most: rowsAtOnce }))
    wanted = rows.map(({ row_number }) => row_number)
    after = wanted.at(-1) ?? after
  }
  await more()
  for await (const chunk of readRows(path, found.format)) {
    const rejected: string[][] = []
    for (const { number, cells } of chunk) {
      while (wanted[0] !== undefined && wanted[0] < number) wanted.shift()
      if (wanted.length === 0) await more()
      if (wanted.length === 0) break
      if (wanted[0] !== number) continue
      wanted.shift()
      const fixed = fixes.get(number)
      rejected.push(fixed ? columns.map((name, at) => fixed.get(name) ?? cells[at] ?? '') : [...cells])
    }
    if (rejected.length > 0) yield rejected
    if (wanted.length === 0) {
      await more()
      if (wanted.length === 0) return
    }
  }
}

async function sync(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
