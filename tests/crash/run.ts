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
  readonly kills: Readonly<Record<Victim, number>>
  /** Of those, how many hit what had just come up again. */
  readonly twofold: number
  readonly answered: number
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
    const tally = { twofold: 0, inDoubt: { written: 0, notWritten: 0 } }
    const plan = planKills(seed, kills)
    for (const kill of plan) {
      at++
      tell(`${at} ${JSON.stringify(kill)}`)
      const { written, notWritten } = await experiment(world, kill)
      tell(`  of what was not answered ${written} were written, ${notWritten} were not`)
      tally.inDoubt.written += written
      tally.inDoubt.notWritten += notWritten
      tally.twofold += kill.isTwofold ? 1 : 0
    }
    await world.load.stop()
    await judgeAll(world)
    const verified = await runCli(['verify'], { DATA_DIR: directory.path })
    if (verified.code !== 0 || verified.errors !== '') throw new Error(verified.output + verified.errors)
    const counts = Object.groupBy(plan, ({ victim }) => victim)
    const answered = world.load.known.answered.size
    return { seed, kills: mapOf(counts), ...tally, answered }
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

/** Kills under load, waits until everything serves again without help, and looks at what is there. */
async function experiment(world: World, kill: Kill): Promise<InDoubt> {
  const { load, dataDir } = world
  await load.answers(kill.answers)
  const former = await readPostmaster(dataDir)
  const { moment } = await watchFor(kill, dataDir)
  const { dying, strike } = await aim(kill, dataDir, world.server)
  await load.answers(1)
  await moment()
  load.pause()
  strike()
  await untilGone(dying)
  if (isStarted(kill.victim)) {
    await world.server.end('SIGKILL')
    if (kill.isTwofold) {
      const { ended, ...again } = launchServer({ DATA_DIR: dataDir })
      await killWhileRecovering(dataDir, again, former?.pid ?? 0)
      await ended
    }
    world.server = await startServerProcess({ DATA_DIR: dataDir })
  }
  await until('the server serves again', () => isServing(world.server), 60)
  await load.settled()
  const inDoubt = await judgeAll(world)
  load.resume()
  return inDoubt
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

function mapOf(kills: Partial<Record<Victim, Kill[]>>): Record<Victim, number> {
  const count = (victim: Victim) => kills[victim]?.length ?? 0
  return {
    'the server': count('the server'),
    PostgreSQL: count('PostgreSQL'),
    both: count('both'),
    'a part of PostgreSQL': count('a part of PostgreSQL'),
  }
}
