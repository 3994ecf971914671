import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { TestDatabase } from '../harness/postgres.ts'
import { burst, stepsBefore } from './burst.ts'
import { openShop, openShops } from './open-shops.ts'
import type { Report } from './report.ts'
import { startServers } from './servers.ts'
import type { Shop } from './shop.ts'
import { kindOf, shrink } from './shrink.ts'
import { checkInvariants, takeSteps } from './simulate.ts'
import { type Event, firstSteps, type Step, stepsOf } from './steps.ts'
import { Failure, type World } from './world.ts'

export interface Options {
  readonly seed: number
  readonly operations: number
  readonly servers: number
  readonly shops: number
}

const between = 500
const bursts = 3
/** One of each kind, at the beginning of the first rounds, whatever else the seed has. */
const crashes: readonly Event[] = [
  { do: 'crash', what: 'server', server: 0, when: 'working' },
  { do: 'crash', what: 'connections', server: 0, when: 'working' },
]
/** How much is told of what went before where no shorter story was found. */
const lastLines = 40

type Ground = Pick<World, 'database' | 'superuser' | 'servers'>

/** Simulates shops on a database of its own. Answers what was done; throws what went wrong, with its seed and its story. */
export async function simulate(database: TestDatabase, options: Options): Promise<Report> {
  return simulateOn(database, options).catch((error: Error) => {
    throw new Error(`seed ${options.seed} failed: ${error.message}\nagain: ${againOf(options)}`, { cause: error })
  })
}

/** The command that takes the same steps again. */
function againOf({ seed, operations, servers, shops }: Options): string {
  return `node tests/simulation/run.ts --seed ${seed} --operations ${operations} --servers ${servers} --shops ${shops}`
}

async function simulateOn(database: TestDatabase, options: Options): Promise<Report> {
  const servers = await startServers(database, options.servers)
  const superuser = new pg.Pool({ connectionString: database.superuserUrl, max: 4 })
  const ground = { database, superuser, servers }
  try {
    const world = worldOf(ground, await openShops(ground, options.shops))
    const taken: (Step | Event)[] = []
    await run(world, options, taken).catch(async (error) => {
      throw error instanceof Failure ? new Error(await storyOf(world, options, { error, taken })) : error
    })
    return reportOf(world, options)
  } finally {
    await superuser.end()
    await servers.close()
  }
}

function worldOf(ground: Ground, shops: readonly (Shop | undefined)[]): World {
  const counters = { sent: 0, unknown: 0, working: 0, jumps: 0, crashes: { server: 0, connections: 0 } }
  return { ...ground, shops, story: [], outcomes: new Map(), id: randomUUID(), crash: undefined, ...counters }
}

function reportOf({ sent, unknown, outcomes, crashes, jumps }: World, { seed }: Options): Report {
  const lines = [
    ...[...outcomes].toSorted().map(([name, times]) => `  ${name}: ${times}`),
    `  servers killed: ${crashes.server}, connections cut: ${crashes.connections}, jumps of the clocks: ${jumps}`,
    `${sent} operations of seed ${seed} went as the model says, ${unknown} of them sent again after a crash`,
  ]
  return { sent, outcomes, crashes, jumps, text: lines.join('\n') }
}

async function run(world: World, { seed, operations, shops }: Options, taken: (Step | Event)[]): Promise<void> {
  const all = stepsOf(seed, shops)
  const take = async (steps: readonly (Step | Event)[]) => {
    const from = taken.length
    taken.push(...steps)
    await takeSteps(world, steps, from)
    await checkInvariants(world, taken.length)
  }
  await take(firstSteps(shops))
  let known = 0
  for (let round = 0; world.sent < operations; round++) {
    if (world.sent >= 2 * known) {
      await gatherStatistics(world)
      known = world.sent
    }
    const steps = Array.from({ length: between }, () => all.next().value as Step)
    await take([...crashes.slice(round, round + 1), ...steps])
  }
  await take(stepsBefore(shops))
  for (let at = 0; at < bursts; at++) {
    await burst(world, seed + at, taken.length)
    await checkInvariants(world, taken.length)
  }
}

/**
 * PostgreSQL does it for itself every five seconds, in which shops take hundreds of steps here: until then plans that were made of
 * empty tables read all rows of a tenant for each sale. The five times of a run are a hundredth of what PostgreSQL does in it.
 */
async function gatherStatistics({ superuser }: World): Promise<void> {
  await superuser.query('ANALYZE')
}

/** What went wrong, and the shortest story found in which it goes wrong, or else what went before. */
async function storyOf(
  world: World,
  options: Options,
  { error, taken }: { error: Failure; taken: readonly (Step | Event)[] },
): Promise<string> {
  const what = error.isOfBurst
    ? `when many wanted the same at once, after ${error.at} steps, ${error.message}`
    : `at step ${error.at}, ${error.message}`
  // At once: whoever does not wait for the short story knows what it was.
  process.stderr.write(`seed ${options.seed} failed: ${what}\n${againOf(options)}\n`)
  // Whatever keeps a shorter story from being looked for, such as a server that is gone: what went wrong is told all the same.
  const found = error.isOfBurst
    ? undefined
    : await shortStoryOf(world, options, { error, taken }).catch(() => undefined)
  const isOfIt = ({ shop }: World['story'][number]) => shop === undefined || shop === error.shop
  const last = world.story.filter(isOfIt).slice(-lastLines)
  const told = found
    ? [`the shortest story found, of ${found.story.length} steps:`, ...found.story, found.message]
    : ['no shorter story was found; this is what went before:', ...last.map(({ line }) => line)]
  return [what, ...told].join('\n')
}

async function shortStoryOf(
  ground: Ground,
  { shops }: Options,
  { error, taken }: { error: Failure; taken: readonly (Step | Event)[] },
) {
  const steps = taken.slice(0, error.at + 1).filter((step) => !('shop' in step) || step.shop === error.shop)
  const tryOut = async (some: readonly (Step | Event)[]) => {
    await ground.servers.clock.reset()
    const alone = Array.from({ length: error.shop + 1 }, (): Shop | undefined => undefined)
    alone[error.shop] = await openShop(ground, error.shop)
    const world = worldOf(ground, alone)
    const failed = await takeSteps(world, some)
      .then(() => checkInvariants(world, some.length))
      .catch((one: unknown) => one)
    const isSame = failed instanceof Failure && kindOf(failed.message) === kindOf(error.message)
    return isSame ? { message: failed.message, story: world.story.map(({ line }) => line) } : undefined
  }
  return shrink(steps, firstSteps(shops).length / shops, tryOut)
}
