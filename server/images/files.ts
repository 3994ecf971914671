import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { uuidv7 } from '../platform/identifiers.ts'

/** Where a file is kept: under the directory, in the folder of its tenant, by the hash of what is in it. */
export interface Place {
  readonly directory: string
  readonly tenantId: string
  readonly sha256: string
}

const unfinished = '.part'

/** Keeps a file. It is there whole, on the disk, when this returns, or not at all. */
export async function keepFile(place: Place, bytes: Buffer): Promise<void> {
  const folder = join(place.directory, place.tenantId)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `${uuidv7()}${unfinished}`)
  try {
    await writeAndSync(draft, bytes)
    await rename(draft, pathOf(place))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  for (const path of [folder, place.directory]) await sync(path)
}

/** What is in a file; undefined when there is none. */
export async function readKept(place: Place): Promise<Buffer | undefined> {
  return readFile(pathOf(place)).catch(undefinedIfAbsent)
}

/** Removes a file, if it is there. */
export async function removeKept(place: Place): Promise<void> {
  await rm(pathOf(place), { force: true })
}

/**
 * The files of a tenant that were last written before a time, by their hash. What a crash left half written before then is
 * removed.
 */
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

/** Removes a file that was last written before a time. One that is kept anew meanwhile stays. */
export async function removeOlder(place: Place, before: Date): Promise<void> {
  const aside = `${pathOf(place)}.${uuidv7()}${unfinished}`
  await rename(pathOf(place), aside)
  if ((await stat(aside)).mtime >= before) await rename(aside, pathOf(place))
  else await rm(aside)
}

function pathOf({ directory, tenantId, sha256 }: Place): string {
  return join(directory, tenantId, sha256)
}

async function writeAndSync(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
