import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { TestDatabase } from '../harness/postgres.ts'
import { openShops } from './open-shops.ts'
import { startServers } from './servers.ts'
import { checkInvariants, Failure, takeSteps, type World } from './simulate.ts'
import { firstSteps, type Step, stepsOf } from './steps.ts'

export interface Options {
  readonly seed: number
  readonly operations: number
  readonly servers: number
  readonly shops: number
}

const between = 500

/** Simulates shops on a database of its own. Answers what was done; throws what went wrong, with its seed and its story. */
export async function simulate(database: TestDatabase, options: Options): Promise<string> {
  const servers = await startServers(database, options.servers)
  const superuser = new pg.Pool({ connectionString: database.superuserUrl, max: 4 })
  try {
    const shops = await openShops({ database, servers }, options.shops)
    const world: World = { database, superuser, servers, shops, story: [], outcomes: new Map(), id: randomUUID(), sent: 0 }
    const taken: Step[] = []
    await run(world, options, taken).catch((error) => {
      throw error instanceof Failure ? new Error(reportOf(world, options, error)) : error
    })
    const outcomes = [...world.outcomes].toSorted().map(([name, times]) => `  ${name}: ${times}`)
    return [...outcomes, `${world.sent} operations of seed ${options.seed} went as the model says`].join('\n')
  } finally {
    await superuser.end()
    await servers.close()
  }
}

async function run(world: World, { seed, operations, shops }: Options, taken: Step[]): Promise<void> {
  const all = stepsOf(seed, shops)
  let next = firstSteps(shops)
  while (world.sent < operations) {
    const from = taken.length
    taken.push(...next)
    await takeSteps(world, next, from)
    await checkInvariants(world, taken.length)
    console.error('DEV', world.sent, performance.now() | 0)
    next = Array.from({ length: between }, () => all.next().value as Step)
  }
}

function reportOf(world: World, { seed, operations, servers }: Options, { message, shop }: Failure): string {
  const name = world.shops[shop]?.name ?? ''
  const story = world.story.filter((line) => line.includes(` of ${name} `)).slice(-20)
  return [
    `seed ${seed}: ${message}`,
    ...story,
    `again: node tests/simulation/run.ts --seed ${seed} --operations ${operations} --servers ${servers}`,
  ].join('\n')
}
