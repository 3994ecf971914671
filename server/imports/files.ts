import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { uuidv7 } from '../platform/identifiers.ts'
import { refuse } from '../platform/refusal.ts'
import { defineSetting } from '../settings/index.ts'
import { fileIncomplete, fileNotFound, fileTooLarge, mostBytes } from './contract.ts'

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

const unfinished = '.part'

/**
 * Keeps what a stream brings, without ever holding all of it. The file is there whole, on the disk, when this returns, or not
 * at all. Refuses what is longer than `mostBytes`, empty, or breaks off.
 */
export async function keepStream(
  { directory, tenantId, mostBytes: most }: Omit<Place, 'sha256'> & { mostBytes: number },
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
      if (bytes > most) refuse(fileTooLarge)
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
    await rename(draft, pathOf({ directory, tenantId, sha256 }))
    for (const path of [folder, directory]) await sync(path)
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

/** Keeps a file that is on this machine already, unless it is kept: one that is being read stays as it is. Answers with its hash. */
export async function keepImportFile(place: Omit<Place, 'sha256'>, body: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(body).digest('hex')
  const kept = await stat(pathOf({ ...place, sha256 })).catch(undefinedIfAbsent)
  if (!kept) await keepStream({ ...place, mostBytes }, Readable.from([body]))
  return sha256
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

/** The files of a tenant that were written before a time, by hash. What broke off before then is removed. */
export async function keptBefore({ directory, tenantId }: Omit<Place, 'sha256'>, before: Date): Promise<string[]> {
  const folder = join(directory, tenantId)
  const found: string[] = []
  for (const name of (await readdir(folder).catch(undefinedIfAbsent)) ?? []) {
    const written = await stat(join(folder, name)).catch(undefinedIfAbsent)
    if (!written || written.mtime >= before) continue
    if (name.endsWith(unfinished)) await rm(join(folder, name), { force: true })
    else found.push(name)
  }
  return found
}

/** Where a file is kept, for people: under the data directory. */
export function storedPath(tenantId: string, sha256: string): string {
  return join('imports', tenantId, sha256)
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
