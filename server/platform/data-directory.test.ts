import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claimDataDirectory, DataDirectoryInUse, inspectDataDirectory, processStartTime } from './data-directory.ts'

let parent: string
let dataDir: string
const claimants: Claimant[] = []

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'data-directory-'))
  dataDir = join(parent, 'data')
})

afterEach(async () => {
  for (const claimant of claimants.splice(0)) await claimant.kill()
  await rm(parent, { recursive: true })
})

describe('claiming a data directory', () => {
  test('a missing directory is made, closed to other users', async () => {
    const claim = await claimDataDirectory(dataDir)
    const { mode } = await stat(dataDir)
    expect((mode & 0o777).toString(8)).toBe(process.getuid?.() === 0 ? '711' : '700')
    claim.release()
  })

  test('the owner can be seen while it holds the directory, and no longer after its release', async () => {
    expect(await inspectDataDirectory(dataDir)).toBeUndefined()
    const claim = await claimDataDirectory(dataDir)
    expect(await inspectDataDirectory(dataDir)).toEqual({ pid: process.pid })
    claim.release()
    claim.release()
    expect(await inspectDataDirectory(dataDir)).toBeUndefined()
    expect(await readdir(dataDir)).not.toContain('server.pid')
    const again = await claimDataDirectory(dataDir)
    again.release()
  })

  test('a second claim is refused in one sentence that names the owner and the way out', async () => {
    const owner = await startClaimant()
    expect(await owner.claim()).toBe('won')
    await expect(claimDataDirectory(dataDir)).rejects.toThrow(
      `The data directory ${dataDir} is in use by another server (process ${owner.pid}): ` +
        'stop it, or set DATA_DIR to another directory.',
    )
    expect(await inspectDataDirectory(dataDir)).toEqual({ pid: owner.pid })
  })

  test('a second claim within the same process is refused', async () => {
    const claim = await claimDataDirectory(dataDir)
    await expect(claimDataDirectory(dataDir)).rejects.toThrow(DataDirectoryInUse)
    claim.release()
  })

  test('a killed owner leaves nothing that blocks the next', async () => {
    const owner = await startClaimant()
    expect(await owner.claim()).toBe('won')
    await owner.kill()
    expect(await readdir(dataDir)).toContain('server.pid')
    expect(await inspectDataDirectory(dataDir)).toBeUndefined()
    const claim = await claimDataDirectory(dataDir)
    claim.release()
  })

  test.each([
    { name: 'of a process id that another process has now', content: { pid: process.ppid, startTime: 'long ago' } },
    { name: 'of our own process id in an earlier life', content: { pid: process.pid, startTime: 'long ago' } },
    { name: 'of a dead process', content: { pid: 2 ** 22 + 1, startTime: '1' } },
    { name: 'without a start time', content: { pid: process.ppid } },
    { name: 'that is half written', content: undefined },
  ])('a pid file $name is replaced', async ({ content }) => {
    await mkdir(dataDir)
    await writeFile(join(dataDir, 'server.pid'), content ? JSON.stringify(content) : '{"pid": 12')
    expect(await inspectDataDirectory(dataDir)).toBeUndefined()
    const claim = await claimDataDirectory(dataDir)
    expect(JSON.parse(await readFile(join(dataDir, 'server.pid'), 'utf8'))).toEqual({
      pid: process.pid,
      startTime: await processStartTime(process.pid),
    })
    claim.release()
  })

  test('a live owner keeps the directory even when its lock file was deleted', async () => {
    const owner = await startClaimant()
    expect(await owner.claim()).toBe('won')
    await rm(join(dataDir, 'server.lock'))
    await expect(claimDataDirectory(dataDir)).rejects.toThrow(`process ${owner.pid}`)
  })

  test('of many claims at the same moment over a stale file exactly one wins', async () => {
    await mkdir(dataDir)
    await writeFile(join(dataDir, 'server.pid'), JSON.stringify({ pid: process.ppid, startTime: 'long ago' }))
    const rivals = await Promise.all(Array.from({ length: 6 }, startClaimant))
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(rivals.map((rival) => rival.claim()))
      const winner = rivals[answers.indexOf('won')]
      expect(answers.toSorted()).toEqual([...Array(5).fill(`in use by ${winner?.pid}`), 'won'])
      await winner?.release()
    }
  })

  test('a place where no directory can be is refused in one sentence', async () => {
    await writeFile(dataDir, '')
    await expect(claimDataDirectory(dataDir)).rejects.toThrow(/^The data directory .* cannot be used \(.*\): /)
  })
})

interface Claimant {
  pid: number
  /** resolves to `won`, or to who holds the directory */
  claim(): Promise<string>
  release(): Promise<string>
  kill(): Promise<void>
}

/** Another process that claims and releases the directory when told to. */
async function startClaimant(): Promise<Claimant> {
  const script = `
    import { createInterface } from 'node:readline'
    import { claimDataDirectory } from ${JSON.stringify(new URL('data-directory.ts', import.meta.url).href)}
    let claim
    console.log('ready')
    for await (const order of createInterface(process.stdin)) {
      if (order === 'release') claim.release()
      else claim = await claimDataDirectory(order).catch((error) => error)
      console.log(order === 'release' ? 'released' : claim.release ? 'won' : 'in use by ' + claim.pid)
    }`
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  if (!child.stdout || !child.pid) throw new Error('the claimant did not start')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const answer = async (): Promise<string> => String((await lines.next()).value)
  const order = async (line: string): Promise<string> => {
    child.stdin?.write(`${line}\n`)
    return await answer()
  }
  const claimant: Claimant = {
    pid: child.pid,
    claim: () => order(dataDir),
    release: () => order('release'),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
  claimants.push(claimant)
  expect(await answer()).toBe('ready')
  return claimant
}
