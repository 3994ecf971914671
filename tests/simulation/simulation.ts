import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { TestDatabase } from '../harness/postgres.ts'
import { burst } from './burst.ts'
import { openShop, openShops } from './open-shops.ts'
import { startServers } from './servers.ts'
import type { Shop } from './shop.ts'
import { shrink } from './shrink.ts'
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

type Ground = Pick<World, 'database' | 'superuser' | 'servers'>

/** Simulates shops on a database of its own. Answers what was done; throws what went wrong, with its seed and its story. */
export async function simulate(database: TestDatabase, options: Options): Promise<string> {
  const servers = await startServers(database, options.servers)
  const superuser = new pg.Pool({ connectionString: database.superuserUrl, max: 4 })
  const ground = { database, superuser, servers }
  try {
    const world = worldOf(ground, await openShops(ground, options.shops))
    const taken: (Step | Event)[] = []
    await run(world, options, taken).catch(async (error) => {
      throw error instanceof Failure ? new Error(await reportOf(ground, options, { error, taken })) : error
    })
    const outcomes = [...world.outcomes].toSorted().map(([name, times]) => `  ${name}: ${times}`)
    const { sent, unknown } = world
    const all = `${sent} operations of seed ${options.seed} went as the model says, ${unknown} of them sent again after a crash`
    return [...outcomes, all].join('\n')
  } finally {
    await superuser.end()
    await servers.close()
  }
}

function worldOf(ground: Ground, shops: readonly (Shop | undefined)[]): World {
  const counters = { sent: 0, unknown: 0, working: 0, crash: undefined }
  return { ...ground, shops, story: [], outcomes: new Map(), id: randomUUID(), ...counters }
}

async function run(world: World, { seed, operations, shops }: Options, taken: (Step | Event)[]): Promise<void> {
  const all = stepsOf(seed, shops)
  let next: (Step | Event)[] = firstSteps(shops)
  while (world.sent < operations) {
    const from = taken.length
    taken.push(...next)
    await takeSteps(world, next, from)
    await checkInvariants(world, taken.length)
    next = Array.from({ length: between }, () => all.next().value as Step)
  }
  for (let at = 0; at < bursts; at++) {
    await burst(world, seed + at)
    await checkInvariants(world, taken.length)
  }
}

/** The seed, what went wrong, and the shortest story found in which it goes wrong. */
async function reportOf(
  ground: Ground,
  { seed, operations, servers, shops }: Options,
  { error, taken }: { error: Failure; taken: readonly (Step | Event)[] },
): Promise<string> {
  const again = `node tests/simulation/run.ts --seed ${seed} --operations ${operations} --servers ${servers} --shops ${shops}`
  // At once: whoever does not wait for the short story knows what it was.
  process.stderr.write(`seed ${seed} failed at step ${error.at}: ${error.message}\n${again}\n`)
  const steps = taken.slice(0, error.at + 1).filter((step) => !('shop' in step) || step.shop === error.shop)
  const tryOut = async (some: readonly (Step | Event)[]) => {
    await ground.servers.clock.reset()
    const alone = Array.from({ length: error.shop + 1 }, (): Shop | undefined => undefined)
    alone[error.shop] = await openShop(ground, error.shop)
    const world = worldOf(ground, alone)
    const failed = await takeSteps(world, some).then(
      () =>
        checkInvariants(world, some.length).then(
          () => undefined,
          (one) => one,
        ),
      (one) => one,
    )
    const isSame = failed instanceof Failure && kindOf(failed.message) === kindOf(error.message)
    return isSame ? { message: failed.message, story: world.story.map(({ line }) => line) } : undefined
  }
  const found = await shrink(steps, firstSteps(shops).length / shops, tryOut)
  const told = found
    ? [`the shortest story found, of ${found.story.length} steps:`, ...found.story, found.message]
    : ['it did not go wrong again in a shop of its own']
  return [`seed ${seed} failed at step ${error.at}: ${error.message}`, ...told, `again: ${again}`].join('\n')
}

/** What is wrong, whatever the numbers. */
function kindOf(message: string): string {
  return (message.split('\n')[0] ?? '').replaceAll(/[\d.]+/g, '#').slice(0, 80)
}
