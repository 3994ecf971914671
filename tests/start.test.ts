import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdir, readdir, stat } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { processStartTime } from '../server/platform/data-directory.ts'
import type { Operations } from '../server/registry.ts'
import {
  asSuperuser,
  cloneCheckout,
  type Launched,
  launch,
  launchServer,
  processesAt,
  readPostmaster,
  type ServerProcess,
  temporaryDirectory,
  untilServing,
} from './harness/process.ts'
import { until } from './harness/until.ts'

const repository = join(import.meta.dirname, '..')
const isRoot = process.getuid?.() === 0
const nobody = 65_534
const normalUser = { uid: (isRoot && nobody) || userInfo().uid, gid: (isRoot && nobody) || userInfo().gid }
const stackTrace = /\n\s+at /

/** Every directory and process of these tests, to see at the end that nothing is left. */
const directories: { path: string; remove(): Promise<void> }[] = []
const launches: Launched[] = []

async function newDirectory(): Promise<string> {
  const directory = await temporaryDirectory()
  directories.push(directory)
  return directory.path
}

function noted(launched: Launched): Launched {
  launches.push(launched)
  return launched
}

const launchIn = (dataDir: string, env: Record<string, string> = {}) =>
  noted(launchServer({ DATA_DIR: dataDir, ...env }))
const startIn = (dataDir: string, env: Record<string, string> = {}) => untilServing(launchIn(dataDir, env))

/** As a terminal does on Ctrl-C: everything in the foreground gets the signal. */
function pressCtrlC({ pid }: { pid: number }): void {
  process.kill(-pid, 'SIGINT')
}

async function signIn({ url, demo }: ServerProcess) {
  const { headers } = await createClient<Operations>({ url }).request('identity.sign-in', demo)
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return createClient<Operations>({ url, headers: { cookie } })
}

async function branchNames(server: ServerProcess): Promise<string[]> {
  return (await (await signIn(server)).call('tenants.list-branches', {})).items.map((branch) => branch.name)
}

async function openBranch(server: ServerProcess, code: string): Promise<unknown> {
  const client = await signIn(server)
  const [entity] = (await client.call('tenants.list-entities', {})).items
  return client.call('tenants.create-branch', { entity_id: entity?.id ?? '', code, name: code, time_zone: 'UTC' })
}

const statusOf = (url: string, path: string) =>
  fetch(url + path).then(
    (response) => response.status,
    () => 'no answer' as const,
  )

/** What a stopped server leaves of its processes: nothing, and no file that says otherwise. */
async function expectStopped(dataDir: string): Promise<void> {
  expect(await processesAt(dataDir)).toEqual([])
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
  expect(existsSync(join(dataDir, 'server.pid'))).toBe(false)
}

async function expectRefusal(launched: Launched, sentence: RegExp): Promise<void> {
  expect(await launched.ended).toBe(1)
  expect(launched.output()).toMatch(sentence)
  expect(launched.output()).not.toMatch(stackTrace)
}

/** A data directory in which a server ran, with a demo, for the tests that need no fresh one. */
let used: string

beforeAll(async () => {
  used = await newDirectory()
  const server = await startIn(used)
  await server.end('SIGTERM')
})

afterEach(async () => {
  // Only a failed test leaves a server running.
  for (const { child } of launches) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
})

afterAll(async () => {
  for (const { ended } of launches) await ended
  const alive = (await Promise.all(directories.map(({ path }) => processesAt(path)))).flat()
  for (const line of alive) process.kill(Number.parseInt(line, 10), 'SIGKILL')
  for (const directory of directories) await directory.remove()
  expect(alive, 'processes left running').toEqual([])
})

describe('npm start in a fresh clone', () => {
  let clone: string
  const npmStart = () =>
    noted(launch(['npm', '--prefix', clone, 'start'], { cwd: tmpdir(), env: { PORT: '0' }, group: true }))

  beforeAll(async () => {
    clone = join(await newDirectory(), 'clone')
    await cloneCheckout(clone)
  })

  test('serves, says where, how to sign in and how to stop; Ctrl-C ends it and PostgreSQL; a second start finds all again', async () => {
    const first = npmStart()
    const server = await untilServing(first)
    expect(server.output()).toMatch(
      /\n {2}Comptoir serves on http:\/\/localhost:\d+\n {2}Demo sign-in: \S+@\S+ with the password \S{16,} \(Pharmacie du Port\)\n {2}Press Ctrl-C to stop\.\n/,
    )
    expect(await statusOf(server.url, '/readyz')).toBe(200)
    await openBranch(server, 'KEPT')
    const postmaster = await readPostmaster(join(clone, '.data'))
    pressCtrlC(first)
    expect(await first.ended).toBe(0)
    expect(first.output()).toMatch(/\n {2}Comptoir has stopped\.\n/)
    expect(await processStartTime(postmaster?.pid ?? 0)).toBeUndefined()
    await expectStopped(join(clone, '.data'))

    const second = npmStart()
    const again = await untilServing(second)
    expect(again.demo).toEqual(server.demo)
    expect(await branchNames(again)).toContain('KEPT')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    await expectStopped(join(clone, '.data'))
  })
})

describe('a signal', () => {
  test('lets a request in flight be answered, then PostgreSQL stops; a second and a third change nothing', async () => {
    const launched = launchIn(used, { LOCK_TIMEOUT_MS: '60000' })
    const server = await untilServing(launched)
    const answer = await asSuperuser(used, async (superuser) => {
      await superuser.query('BEGIN; LOCK TABLE tenants.branch IN ACCESS EXCLUSIVE MODE')
      const inFlight = openBranch(server, 'IN-FLIGHT').then(
        () => 'answered',
        (error) => error,
      )
      await until('the request waits for the lock', async () => {
        const { rows } = await superuser.query('SELECT FROM pg_locks WHERE NOT granted')
        return rows.length > 0
      })
      launched.child.kill('SIGINT')
      await until('the server drains', async () => (await statusOf(server.url, '/readyz')) !== 200)
      launched.child.kill('SIGINT')
      launched.child.kill('SIGTERM')
      await until('the server takes nobody in', async () => (await statusOf(server.url, '/livez')) !== 200)
      await superuser.query('COMMIT')
      return { inFlight }
    })
    expect(await answer.inFlight).toBe('answered')
    expect(await launched.ended).toBe(0)
    expect(launched.output()).not.toMatch(stackTrace)
    await expectStopped(used)

    const again = await startIn(used)
    expect(await branchNames(again)).toContain('IN-FLIGHT')
    expect(await again.end('SIGTERM')).toBe(0)
    await expectStopped(used)
  })

  test('that comes with the end of the terminal stops PostgreSQL too', async () => {
    const launched = launchIn(used)
    await untilServing(launched)
    launched.child.stdout?.destroy()
    launched.child.stderr?.destroy()
    launched.child.kill('SIGHUP')
    expect(await launched.ended).toBe(0)
    await expectStopped(used)
  })

  test.each([
    {
      at: 'PostgreSQL makes its files',
      signal: 'SIGINT',
      reached: async (dataDir: string) => (await readdir(dataDir)).some((name) => name.startsWith('postgres.new-')),
    },
    {
      at: 'PostgreSQL starts',
      signal: 'SIGTERM',
      reached: async (dataDir: string) => (await readPostmaster(dataDir)) !== undefined,
    },
    {
      at: 'the database is being migrated',
      signal: 'SIGINT',
      reached: async (_: string, { output }: Launched) => output().includes('0001_platform'),
    },
  ] as const)('while $at ends the start cleanly, and the next one works', async ({ signal, reached }) => {
    const dataDir = await newDirectory()
    const launched = launchIn(dataDir, { LOG_LEVEL: 'info' })
    await until('the start is that far', () => reached(dataDir, launched))
    launched.child.kill(signal)
    expect(await launched.ended).toBe(0)
    expect(launched.output()).not.toMatch(/serves on|\n\s+at /)
    await expectStopped(dataDir)
    const server = await startIn(dataDir)
    expect(await branchNames(server)).toEqual(['Agdal'])
    await server.end('SIGINT')
    await expectStopped(dataDir)
  })
})

describe('after a kill -9', () => {
  test.each([
    { victims: 'the server, whose PostgreSQL lives on', both: false },
    { victims: 'the server and PostgreSQL', both: true },
  ])('of $victims, the next start serves with all data', async ({ both }) => {
    const before = await startIn(used)
    const code = both ? 'TWO-KILLED' : 'ONE-KILLED'
    await openBranch(before, code)
    const { pid = 0 } = (await readPostmaster(used)) ?? {}
    await before.end('SIGKILL')
    if (both) process.kill(pid, 'SIGKILL')
    else expect(await processStartTime(pid), 'PostgreSQL is an orphan').toBeDefined()

    const after = await startIn(used)
    expect(await processStartTime(pid)).toBeUndefined()
    expect(after.demo).toEqual(before.demo)
    expect(await branchNames(after)).toContain(code)
    expect(await after.end('SIGINT')).toBe(0)
    await expectStopped(used)
  })
})

describe('one clear sentence and exit code 1 for', () => {
  test('a busy port, and PostgreSQL is not left running', async () => {
    const rival = createServer().listen(0, '127.0.0.1')
    await once(rival, 'listening')
    const { port } = rival.address() as AddressInfo
    await expectRefusal(
      launchIn(used, { PORT: String(port) }),
      new RegExp(`^Port ${port} is in use by another program: stop that one, or set PORT to a free one\\.\n$`),
    )
    rival.close()
    await expectStopped(used)
  })

  test('a data directory in use, and the server that uses it is not disturbed', async () => {
    const server = await startIn(used)
    const postmaster = await readPostmaster(used)
    await expectRefusal(
      launchIn(used),
      new RegExp(`^The data directory ${used} is in use by another server \\(process ${server.pid}\\): stop it, .+\n$`),
    )
    expect(await statusOf(server.url, '/readyz')).toBe(200)
    expect(await readPostmaster(used)).toEqual(postmaster)
    expect(await server.end('SIGINT')).toBe(0)
    await expectStopped(used)
  })

  test('a wrong environment, which names every wrong value', async () => {
    const wrong = { PORT: 'many', DATABASE_POOL_SIZE: '1', LOG_LEVEL: 'loud', PUBLIC_URL: 'shop', AUTH_SECRET: 'short' }
    const launched = launchIn(used, wrong)
    await expectRefusal(launched, /^The configuration is wrong:\n( {2}[A-Z_]+ .+\n)+$/)
    expect(Array.from(launched.output().matchAll(/^ {2}([A-Z_]+) /gm), ([, name]) => name).toSorted()).toEqual(
      Object.keys(wrong).toSorted(),
    )
    await expectStopped(used)
  })

  test.each([
    { host: '192.0.2.1', sentence: /^This machine does not have the address 192\.0\.2\.1: set HOST to one .+\n$/ },
    { host: 'no-such-host.invalid', sentence: /^The name no-such-host\.invalid is not known .+ HOST.+\n$/ },
  ])('the address $host', async ({ host, sentence }) => {
    const dataDir = await newDirectory()
    await expectRefusal(launchIn(dataDir, { HOST: host }), sentence)
    await expectStopped(dataDir)
  })

  test('a data directory with a demo that others would reach', async () => {
    const sentence = /^\S+ holds the demo tenant, which only this machine may reach: set DATA_DIR .+\n$/
    await expectRefusal(launchIn(used, { HOST: '0.0.0.0' }), sentence)
    await expectRefusal(launchIn(used, { PUBLIC_URL: 'https://shop.example.org' }), sentence)
  })

  // The last one that uses this data directory.
  test('a database that is newer than the code', async () => {
    const name = '9999_from_the_future'
    const change = async (text: string) => {
      const server = await startIn(used)
      await asSuperuser(used, (client) => client.query(text, [name]))
      await server.end('SIGTERM')
    }
    await change("INSERT INTO platform.migration (name, run_on) VALUES ($1, '2099-01-01')")
    const refused = launchIn(used)
    await expectRefusal(refused, new RegExp(`^The database was migrated by a newer Comptoir \\(${name}\\).+\n$`))
    await expectStopped(used)
  })

  test('a data directory that this user may not write', async () => {
    const dataDir = join(await newDirectory(), 'data')
    await mkdir(dataDir, { mode: 0o555 })
    await expectRefusal(
      launchAsNormalUser(dataDir),
      new RegExp(`^The data directory ${dataDir} cannot be used \\(.+\\): make it writable for this user, .+\n$`),
    )
    expect(await readdir(dataDir)).toEqual([])
  })
})

test('an address that others reach has no demo, and nobody signs up there', async () => {
  const dataDir = await newDirectory()
  const server = await startIn(dataDir, { HOST: '0.0.0.0' })
  expect(server.demo).toBeUndefined()
  expect(existsSync(join(dataDir, 'demo.json'))).toBe(false)
  const person = { name: 'Amina', email: 'amina@example.org', password: 'correct horse battery' }
  const signUp = createClient<Operations>({ url: server.url }).call('identity.sign-up', person)
  await expect(signUp).rejects.toMatchObject({ problem: { status: 403, code: 'sign_up_closed' } })
  expect(await server.end('SIGTERM')).toBe(0)
  await expectStopped(dataDir)
})

test('a normal user starts and stops it, and owns all its files', async () => {
  const dataDir = await newDirectory()
  await chown(dataDir, normalUser.uid, normalUser.gid)
  const server = await untilServing(launchAsNormalUser(dataDir))
  expect(await branchNames(server)).toEqual(['Agdal'])
  expect(await server.end('SIGINT')).toBe(0)
  await expectStopped(dataDir)
  for (const name of await readdir(dataDir)) expect((await stat(join(dataDir, name))).uid, name).toBe(normalUser.uid)
})

/** Where the tests run as root, as somebody who may do nothing but, if need be, read a clone in root's home. */
function launchAsNormalUser(dataDir: string): Launched {
  const server = [process.execPath, 'server/main.ts']
  const env = { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' }
  if (!isRoot) return noted(launch(server, { env }))
  const mayRead = spawnSync(process.execPath, ['--check', join(repository, 'server/cli-session.ts')], normalUser)
  if (mayRead.status === 0) return noted(launch(server, { env, ...normalUser }))
  const readsAll = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  const account = [`--reuid=${normalUser.uid}`, `--regid=${normalUser.gid}`, '--clear-groups', ...readsAll]
  return noted(launch(['setpriv', ...account, '--', ...server], { env }))
}
