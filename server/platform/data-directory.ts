import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { chown, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const runFile = promisify(execFile)

/** Another live process owns the data directory; the message is one sentence for the operator. */
export class DataDirectoryInUse extends Error {
  /** The owner's process id, unless it has not yet written it or cannot be seen from here. */
  readonly pid: number | undefined

  constructor(dataDir: string, pid: number | undefined) {
    const owner = pid === undefined ? 'another process' : `another server (process ${pid})`
    super(`The data directory ${dataDir} is in use by ${owner}: stop it, or set DATA_DIR to another directory.`)
    this.name = 'DataDirectoryInUse'
    this.pid = pid
  }
}

/**
 * Makes the data directory this process's own until `release()` (idempotent) or its death, and writes `server.pid` into it.
 * A missing directory is made, open to nobody else; made by root, others may pass through it, because PostgreSQL
 * runs as another user in a folder below. Throws `DataDirectoryInUse`, or an error of one sentence when it cannot be written.
 */
export async function claimDataDirectory(dataDir: string): Promise<{ release(): void }> {
  const directory = await makeDirectory(dataDir)
  const lock = await takeLock(dataDir, join(directory, 'server.lock'))
  // Also with the lock in hand: someone may have deleted the lock file, or the file system may know no locks.
  const owner = await inspectDataDirectory(directory)
  if (!lock || owner) {
    lock?.close()
    throw new DataDirectoryInUse(dataDir, (owner ?? (await waitForOwner(directory)))?.pid)
  }
  const pidFile = join(directory, 'server.pid')
  const record = { pid: process.pid, startTime: await processStartTime(process.pid) }
  await writeFile(`${pidFile}.new`, `${JSON.stringify(record)}\n`, { mode: 0o644 })
  await rename(`${pidFile}.new`, pidFile)
  heldLocks.add(lock)
  return {
    release() {
      if (!heldLocks.delete(lock)) return
      rmSync(pidFile, { force: true })
      lock.close()
    },
  }
}

/** The live server that owns the data directory, seen through its `server.pid`; undefined when there is none. */
export async function inspectDataDirectory(dataDir: string): Promise<{ pid: number } | undefined> {
  const record = await readRecord(join(dataDir, 'server.pid'))
  if (!record) return undefined
  const startTime = await processStartTime(record.pid)
  return startTime !== undefined && startTime === record.startTime ? { pid: record.pid } : undefined
}

/**
 * When a process started, as text that differs between two processes that had the same id one after the other;
 * undefined when no such process runs (a zombie does not run).
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const line = await listProcess(pid, 'stat=,lstart=')
    return line === undefined || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
  }
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (line === undefined) return undefined
  // The second field is the command's name in parentheses and may itself hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

/** The command line of a process, its arguments joined by spaces; undefined when it cannot be seen. */
export async function processCommand(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return await listProcess(pid, 'command=')
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return line?.replaceAll('\0', ' ').trim()
}

async function listProcess(pid: number, format: string): Promise<string | undefined> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
  const listed = await runFile('ps', ['-ww', '-o', format, '-p', String(pid)], { env }).catch(() => undefined)
  return listed?.stdout.trim() || undefined
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

// A lock whose handle is collected as garbage would be let go.
const heldLocks = new Set<DatabaseSync>()

async function makeDirectory(dataDir: string): Promise<string> {
  try {
    // The last folder by itself: where nothing can be made, as in /proc, Node's recursive mkdir never ends.
    await mkdir(dirname(dataDir), { recursive: true })
    await mkdir(dataDir, { mode: process.getuid?.() === 0 ? 0o711 : 0o700 }).catch(ignoreExisting)
    return await realpath(dataDir)
  } catch (error) {
    throw unusable(dataDir, error)
  }
}

/**
 * A pid file alone cannot be taken over safely: between judging it stale and replacing it, a rival may do the same.
 * SQLite's exclusive transaction is a lock of the operating system's: one wins, it ends with its process however that
 * dies, and it holds between containers that share the volume but not the process ids. The file stays empty.
 */
async function takeLock(dataDir: string, path: string): Promise<DatabaseSync | undefined> {
  let lock: DatabaseSync | undefined
  try {
    // Without a moment of patience two that start together can both be told "busy".
    lock = new DatabaseSync(path, { timeout: 250 })
    if (process.getuid?.() === 0) {
      const { uid, gid } = await stat(dataDir)
      await chown(path, uid, gid)
    }
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    const busy = 5
    if ((error as { errcode?: number }).errcode === busy) return undefined
    throw unusable(dataDir, error)
  }
}

/** The rival may hold the lock and not yet have written who it is. */
async function waitForOwner(directory: string): Promise<{ pid: number } | undefined> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const owner = await inspectDataDirectory(directory)
    if (owner) return owner
    await sleep(20)
  }
  return undefined
}

async function readRecord(path: string): Promise<{ pid: number; startTime: string } | undefined> {
  try {
    const record = JSON.parse(await readFile(path, 'utf8'))
    return Number.isInteger(record.pid) && typeof record.startTime === 'string' ? record : undefined
  } catch {
    return undefined
  }
}

function unusable(dataDir: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(
    `The data directory ${dataDir} cannot be used (${reason}): make it writable for this user, or set DATA_DIR to another directory.`,
    { cause: error },
  )
}
