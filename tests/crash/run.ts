import { createClient } from '../../server/platform/client.ts'
import type { Operations } from '../../server/registry.ts'
import {
  asSuperuser,
  launchServer,
  readPostmaster,
  runCli,
  type ServerProcess,
  startServerProcess,
  temporaryDirectory,
} from '../harness/process.ts'
import { until } from '../harness/until.ts'
import { makeClients } from './clients.ts'
import { type InDoubt, judge } from './judge.ts'
import { aim, isStarted, type Kill, killWhileRecovering, planKills, untilGone, type Victim, watchFor } from './kill.ts'
import { impatient, type Load, startLoad } from './load.ts'
import { randomOf } from './random.ts'
import { openShop } from './shop.ts'

export interface CrashReport {
  readonly seed: number
  /** How many times each of them was seen to be gone. */
  readonly kills: Readonly<Record<Victim, number>>
  /** How many times what had just come up again was seen to be gone before it served. */
  readonly twofold: number
  /** Of those, how many came while receipts were seen to commit. */
  readonly atCommit: number
  readonly answered: number
  /** How many requests were under way when somebody died, where they were fewest. */
  readonly leastUnderWay: number
  /** What was under way when somebody died. */
  readonly inDoubt: InDoubt
}

interface Options {
  readonly seed: number
  readonly kills: number
  readonly tell?: (line: string) => void
}

/**
 * Kills the server, PostgreSQL, a part of it or both so many times while 32 clients sell, and looks after each time at
 * everything there is. Throws with what is wrong, and with the seed.
 */
export async function runCrashes({ seed, kills, tell = () => {} }: Options): Promise<CrashReport> {
  const directory = await temporaryDirectory()
  const world = await openWorld(directory.path, seed)
  let at = 0
  try {
    const killed = { 'the server': 0, PostgreSQL: 0, both: 0, 'a part of PostgreSQL': 0 }
    const tally = {
      twofold: 0,
      atCommit: 0,
      leastUnderWay: Number.POSITIVE_INFINITY,
      inDoubt: { written: 0, notWritten: 0 },
    }
    for (const kill of planKills(seed, kills)) {
      at++
      tell(`${at} ${JSON.stringify(kill)}`)
      const { inDoubt, isAtCommit, isTwofold, underWay } = await experiment(world, kill)
      const { written, notWritten } = inDoubt
      tell(`  of ${underWay} under way ${written} were written, ${notWritten} were not`)
      killed[kill.victim]++
      tally.inDoubt.written += written
      tally.inDoubt.notWritten += notWritten
      tally.twofold += isTwofold ? 1 : 0
      tally.atCommit += isAtCommit ? 1 : 0
      tally.leastUnderWay = Math.min(tally.leastUnderWay, underWay)
    }
    await world.load.stop()
    await judgeAll(world)
    const verified = await runCli(['verify'], { DATA_DIR: directory.path })
    if (verified.code !== 0 || verified.errors !== '') throw new Error(verified.output + verified.errors)
    return { seed, kills: killed, ...tally, answered: world.load.known.answered.size }
  } catch (error) {
    const repeat = `npm run crash -- --kills ${kills} --seed ${seed}`
    throw new Error(`kill ${at}, ${repeat}:\n${(error as Error).message}\n${world.server.output()}`, { cause: error })
  } finally {
    world.load.pause()
    await world.server.end('SIGTERM')
    await directory.remove()
  }
}

/** A shop under load on a server that is killed now and then. */
interface World {
  readonly dataDir: string
  server: ServerProcess
  readonly load: Load
}

async function openWorld(dataDir: string, seed: number): Promise<World> {
  const world = { dataDir, server: await startServerProcess({ DATA_DIR: dataDir }) }
  const { url, demo } = world.server
  const { headers } = await createClient<Operations>({ url }).request('identity.sign-in', demo ?? {})
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  // One client for all servers that there will be, so that the routes are read once.
  const http = createClient<Operations>({ url, headers: { cookie }, fetch: impatient(url, () => world.server.url) })
  const clients = makeClients(await openShop(http), randomOf(seed))
  await assertDurable(dataDir)
  return Object.assign(world, { load: startLoad(clients, http) })
}

/** What is proved here holds only where what was committed was flushed. */
async function assertDurable(dataDir: string): Promise<void> {
  await asSuperuser(dataDir, async (database) => {
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      const { rows } = await database.query(`SHOW ${setting}`)
      if (rows[0][setting] !== 'on') throw new Error(`${setting} is ${rows[0][setting]}`)
    }
  })
}

/** What was seen of one kill. */
interface Seen {
  readonly inDoubt: InDoubt
  readonly isAtCommit: boolean
  readonly isTwofold: boolean
  /** Requests that somebody waited for. */
  readonly underWay: number
}

/** Kills under load, waits until everything serves again without help, and looks at what is there. */
async function experiment(world: World, kill: Kill): Promise<Seen> {
  const { load, dataDir } = world
  await load.answers(kill.answers)
  const former = await readPostmaster(dataDir)
  const { moment } = await watchFor(kill, dataDir)
  const { dying, choose, strike, spare } = await aim(kill, dataDir, world.server)
  let isAtCommit: boolean
  try {
    await load.answers(1)
    isAtCommit = await moment()
    await choose()
    load.pause()
  } catch (error) {
    spare()
    throw error
  }
  const underWay = load.underWay()
  if (!strike()) throw new Error('nobody was killed')
  await untilGone(dying)
  let isTwofold = false
  if (isStarted(kill.victim)) {
    await world.server.end('SIGKILL')
    isTwofold = kill.isTwofold && (await startAndKill(dataDir, former?.pid ?? 0))
    world.server = await startServerProcess({ DATA_DIR: dataDir })
  }
  await until('the server serves again', () => isServing(world.server), 60)
  await load.settled()
  const inDoubt = await judgeAll(world)
  load.resume()
  return { inDoubt, isAtCommit, isTwofold, underWay }
}

async function startAndKill(dataDir: string, former: number): Promise<boolean> {
  const { child, pid, ended } = launchServer({ DATA_DIR: dataDir })
  try {
    return await killWhileRecovering(dataDir, { pid }, former)
  } finally {
    // Should it not have been killed, nothing of it stays behind.
    child.kill('SIGTERM')
    await ended
  }
}

async function judgeAll({ dataDir, load }: World): Promise<InDoubt> {
  const { faults, inDoubt } = await asSuperuser(dataDir, (database) => judge(database, load.known))
  if (faults.length > 0) throw new Error(faults.slice(0, 20).join('\n'))
  return inDoubt
}

async function isServing({ url }: ServerProcess): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}
