import type pg from 'pg'
import { ClientError } from '../../server/platform/client.ts'
import type { TestDatabase } from '../harness/postgres.ts'
import { faultsOfShop } from './check-shop.ts'
import { brokenInvariants } from './invariants.ts'
import type { Servers } from './servers.ts'
import type { Shop } from './shop.ts'
import type { Step, Steps } from './steps.ts'
import type { Turn } from './turn.ts'
import { close, judge, moveCash, open, tally } from './turn-cash.ts'
import { count, enter, moveCount } from './turn-counts.ts'
import { changePrice, changeTax } from './turn-prices.ts'
import { refund, sell, sellParked } from './turn-sales.ts'
import { receive } from './turn-stock.ts'
import { moveTicket, park } from './turn-tickets.ts'
import { moveTransfer, transfer } from './turn-transfers.ts'

/** Everything a simulation works with. */
export interface World {
  readonly database: TestDatabase
  readonly superuser: pg.Pool
  readonly servers: Servers
  readonly shops: readonly (Shop | undefined)[]
  /** What happened, a line each. */
  readonly story: string[]
  /** How often what came of which operation. */
  readonly outcomes: Map<string, number>
  /** Makes keys of commands its own. */
  readonly id: string
  sent: number
}

/** What went otherwise than the model says. */
export class Failure extends Error {
  readonly at: number
  readonly shop: number

  constructor(message: string, { at, shop }: { at: number; shop: number }) {
    super(message)
    this.at = at
    this.shop = shop
  }
}

const plans: { [K in keyof Steps]: (shop: Shop, step: Steps[K], clock: Servers['clock']) => Iterable<Turn> } = {
  open,
  moveCash,
  close,
  tally,
  judge,
  sell,
  refund,
  receive,
  park,
  moveTicket,
  sellParked,
  transfer,
  moveTransfer,
  count,
  enter,
  moveCount,
  price: changePrice,
  tax: changeTax,
}

/** Takes steps, those of a shop one after the other and those of different shops at once. Throws a `Failure`. */
export async function takeSteps(world: World, steps: readonly Step[], from = 0): Promise<void> {
  const byShop = Map.groupBy(
    steps.map((step, at) => ({ step, at: from + at })),
    ({ step }) => step.shop,
  )
  const results = await Promise.allSettled([...byShop.values()].map((mine) => takeInTurn(world, mine)))
  const failed = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  for (const one of failed) console.error('DEV', one.shop, one.message, world.story.filter((line) => line.includes(` of ${world.shops[one.shop]?.name} `)).slice(-4))
  if (failed.length > 0) throw failed.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))[0]
}

async function takeInTurn(world: World, steps: readonly { step: Step; at: number }[]): Promise<void> {
  for (const { step, at } of steps) {
    const shop = world.shops[step.shop]
    if (!shop) continue
    const plan = plans[step.do] as (shop: Shop, step: Step, clock: Servers['clock']) => Iterable<Turn>
    for (const turn of plan(shop, step, world.servers.clock)) {
      const faults = await takeTurn(world, shop, turn)
      if (faults.length > 0) throw new Failure(faults.join('\n'), { at, shop: step.shop })
    }
  }
}

/** Sends a command and holds what comes of it against the model. */
export async function takeTurn(world: World, shop: Shop, turn: Turn): Promise<string[]> {
  const { expected, who, operation, input } = turn
  const key = `${world.id}-${world.sent}`
  const server = world.servers.all[world.sent % world.servers.all.length]
  world.sent += 1
  const person = shop.people[who]
  const told = `${who} of ${shop.name} ${turn.told}`
  const answer = await server
    ?.client(person.cookie, shop.tenantId)
    .request(operation, input, { idempotencyKey: key })
    .then(
      ({ body }) => ({ body }),
      (error: unknown) => {
        if (error instanceof ClientError) return { refused: error.problem }
        throw error
      },
    )
  if (!answer) throw new Error('there is no server')
  const outcome = `${operation} ${'refused' in answer ? answer.refused.code : 'done'}`
  world.outcomes.set(outcome, (world.outcomes.get(outcome) ?? 0) + 1)
  if ('refused' in answer) {
    const { code, detail } = answer.refused
    world.story.push(`${told} → ${code}`)
    const wanted = 'code' in expected ? expected.code : 'success'
    if (wanted !== code) return [`expected ${wanted}, was refused with ${code}: ${detail}`]
  } else if ('code' in expected) {
    world.story.push(`${told} → done`)
    return [`expected ${expected.code}, was done: ${JSON.stringify(answer.body).slice(0, 2_000)}`]
  } else {
    const differing = differences(expected.answer, answer.body)
    if (differing.length > 0) {
      world.story.push(`${told} → another answer`)
      return differing
    }
    const made = expected.apply(answer.body)
    world.story.push(made === undefined ? told : `${told} → ${made}`)
  }
  return faultsOfShop(world.superuser, shop, turn.shelves ?? [])
}

/** Looks at every invariant of every shop. Throws a `Failure`. */
export async function checkInvariants(world: World, at: number): Promise<void> {
  for (const [position, shop] of world.shops.entries()) {
    const broken = shop ? await brokenInvariants(world.superuser, shop.tenantId) : []
    if (broken.length > 0) throw new Failure(broken.join('\n'), { at, shop: position })
  }
}

/** Where an answer is not what is expected of it; what is not expected may be anything. */
function differences(expected: unknown, actual: unknown, path = 'answer'): string[] {
  if (expected === null || typeof expected !== 'object')
    return expected === actual ? [] : [`${path}: expected ${String(expected)}, was ${JSON.stringify(actual)}`]
  if (actual === null || typeof actual !== 'object') return [`${path}: expected an object, was ${String(actual)}`]
  const length =
    Array.isArray(expected) && Array.isArray(actual) && expected.length !== actual.length
      ? [`${path}: expected ${expected.length}, were ${actual.length}`]
      : []
  return [
    ...length,
    ...Object.entries(expected).flatMap(([name, value]) =>
      differences(value, (actual as Record<string, unknown>)[name], `${path}.${name}`),
    ),
  ]
}
