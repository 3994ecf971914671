import { chmod, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'

const memory = '/dev/shm'
const prefix = 'comptoir-scratch-'
/** For the files of a run, and for its programs beside them. */
const wantedBytes = 8e9

/**
 * Has whatever makes temporary files from here on, this process and those it starts, make them in memory where there is room: a
 * database is made of two thousand files, and a disk takes ten times as long to copy them. Answers with how to remove it all.
 */
export async function keepFilesInMemory(): Promise<() => Promise<void>> {
  if (!(await hasRoom())) return async () => {}
  // Unpacked once on a machine, not for each run.
  process.env.CHROMIUM_PATH ??= await chromium.executablePath()
  await removeLeftovers()
  const before = process.env.TMPDIR
  const directory = await mkdtemp(join(memory, `${prefix}${process.pid}-`))
  // As the usual folder is: some tests start the product as another user.
  await chmod(directory, 0o1777)
  process.env.TMPDIR = directory
  return async () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function hasRoom(): Promise<boolean> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  const options = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, path, type]) => path === memory && type === 'tmpfs')?.[3]
  // Some tests run what they write.
  if (options === undefined || options.split(',').includes('noexec')) return false
  const { bavail, bsize } = await statfs(memory)
  return Math.min(bavail * bsize, process.availableMemory()) > wantedBytes
}

/** What runs left that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(memory)) {
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length).split('-')[0])))
      await rm(join(memory, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
