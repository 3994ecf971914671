import { faultsOfShop } from './check-shop.ts'
import { brokenInvariants } from './invariants.ts'
import { type Answered, send, strike } from './send.ts'
import type { Servers } from './servers.ts'
import type { Done, Shop } from './shop.ts'
import type { Event, Step, Steps } from './steps.ts'
import type { Answer, Turn } from './turn.ts'
import { close, judge, moveCash, open, tally } from './turn-cash.ts'
import { count, enter, moveCount } from './turn-counts.ts'
import { push, seal } from './turn-offline.ts'
import { changePrice, changeTax } from './turn-prices.ts'
import { refund } from './turn-refunds.ts'
import { sell, sellParked } from './turn-sales.ts'
import { receive } from './turn-stock.ts'
import { moveTicket, park } from './turn-tickets.ts'
import { moveTransfer, transfer } from './turn-transfers.ts'
import { Failure, type World } from './world.ts'

type Plans = {
  [K in Exclude<keyof Steps, 'replay'>]: (
    shop: Shop,
    step: Steps[K],
    clock: Servers['clock'],
  ) => Iterable<Turn | string>
}

const plans: Plans = {
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
  seal,
  push,
  price: changePrice,
  tax: changeTax,
}

interface Placed {
  readonly step: Step
  readonly at: number
}

/** Takes steps, those of a shop one after the other and those of different shops at once, between what happens to all. Throws a `Failure`. */
export async function takeSteps(world: World, steps: readonly (Step | Event)[], from = 0): Promise<void> {
  let together: Placed[] = []
  let crash: (Event & { do: 'crash' }) | undefined
  for (const [position, step] of steps.entries()) {
    const at = from + position
    if (step.do !== 'clock' && step.do !== 'crash') {
      together.push({ step, at })
      continue
    }
    await takeTogether(world, together, crash)
    together = []
    crash = step.do === 'crash' ? step : undefined
    if (step.do === 'clock') await jump(world, step.hours)
  }
  await takeTogether(world, together, crash)
}

const day = 24
const [firstHour, lastHour, mostDays] = [9, 19, 8]

/** Lets the clocks jump, as long as it stays a day of work and no more than some days after the first. */
async function jump(world: World, hours: number): Promise<void> {
  const { story } = world
  const { clock } = world.servers
  const then = new Date(clock.now() + hours * 3_600_000)
  const days = Math.floor((then.getTime() - clock.began) / (day * 3_600_000))
  if (then.getUTCHours() < firstHour || then.getUTCHours() >= lastHour || days < 0 || days > mostDays) return
  await clock.jump(hours * 3_600_000)
  world.jumps += 1
  story.push({ shop: undefined, line: `all clocks jump by ${hours} hours, to ${then.toISOString().slice(0, 16)}` })
}

async function takeTogether(world: World, placed: readonly Placed[], crash: (Event & { do: 'crash' }) | undefined) {
  const byShop = [...Map.groupBy(placed, ({ step }) => step.shop).values()]
  world.working = byShop.length
  const taking = Promise.allSettled(
    byShop.map(async (mine) => {
      await takeInTurn(world, mine).finally(() => {
        world.working -= 1
      })
    }),
  )
  if (crash) {
    const now = { isOver: strike(world, crash), overAt: undefined as number | undefined }
    world.crash = now
    const what = crash.what === 'server' ? 'a server is killed and started again' : 'all connections are cut'
    world.story.push({ shop: undefined, line: `${what} while they work` })
    await now.isOver
    now.overAt = performance.now()
  }
  const results = await taking
  world.crash = undefined
  const failed = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (failed.length > 0) throw failed.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))[0]
}

async function takeInTurn(world: World, placed: readonly Placed[]): Promise<void> {
  for (const { step, at } of placed) {
    const shop = world.shops[step.shop]
    if (!shop) continue
    const faults = await takeStep(world, shop, step).catch((error: Error) => [error.message])
    if (faults.length > 0) throw new Failure(faults.join('\n'), { at, shop: step.shop })
  }
}

async function takeStep(world: World, shop: Shop, step: Step): Promise<string[]> {
  if (step.do === 'replay') return replay(world, { shop, at: step.shop }, step)
  const plan = plans[step.do] as (shop: Shop, step: Step, clock: Servers['clock']) => Iterable<Turn | string>
  for (const turn of plan(shop, step, world.servers.clock)) {
    if (typeof turn === 'string') {
      tellOf(world, { shop, at: step.shop }, { who: 'cashier', told: turn }, undefined)
      noteOutcome(world, step.do, 'done')
      continue
    }
    const faults = await takeTurn(world, { shop, at: step.shop, kind: step.do }, turn)
    if (faults.length > 0) return faults
  }
  return []
}

interface Of {
  readonly shop: Shop
  /** Its place among the shops. */
  readonly at: number
}

type Plan = keyof Plans

const mostDone = 20

/** Sends a command and holds what comes of it against the model. */
async function takeTurn(world: World, { shop, at, kind }: Of & { kind: Plan }, turn: Turn): Promise<string[]> {
  const { expected, who, operation, input } = turn
  const command = { who, operation, input, key: `${world.id}-${world.sent}` }
  world.sent += 1
  const answer = await send(world, shop, command)
  const tell = (what: string | undefined) => tellOf(world, { shop, at }, turn, what)
  noteOutcome(world, `${kind} ${operation}`, outcomeOf(answer))
  if ('refused' in answer) {
    const { code, detail } = answer.refused
    tell(code)
    const wanted = 'code' in expected ? expected.code : 'success'
    if (wanted !== code) return [`expected ${wanted}, was refused with ${code}: ${detail}`]
  } else if ('code' in expected) {
    tell('done')
    return [`expected ${expected.code}, was done: ${JSON.stringify(answer.body).slice(0, 400)}`]
  } else {
    const differing = differences(expected.answer, answer.body)
    tell(differing.length > 0 ? 'another answer' : expected.apply(answer.body as Answer))
    if (differing.length > 0) return differing
    shop.done = [...shop.done, { ...command, body: answer.body }].slice(-mostDone)
  }
  return faultsOfShop(world.superuser, shop, turn.shelves ?? [])
}

function tellOf(
  world: World,
  { shop, at }: Of,
  { who, told }: Pick<Turn, 'who' | 'told'>,
  what: string | undefined,
): void {
  const line = `${who} of ${shop.name} ${told}${what === undefined ? '' : ` → ${what}`}`
  world.story.push({ shop: at, line })
}

/** Counts what came of something. */
export function noteOutcome({ outcomes }: World, what: string, outcome: string): void {
  const name = `${what} ${outcome}`
  outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
}

/** The code of a refusal, or `done`. */
export function outcomeOf(answer: Answered): string {
  return 'refused' in answer ? answer.refused.code : 'done'
}

/** Sends again what was done: it is answered as it was then, and nothing changes. Or something else under its key, which is refused. */
async function replay(world: World, { shop, at }: Of, { back, isOther }: Steps['replay']): Promise<string[]> {
  const done: Done | undefined = shop.done.at(-1 - (back % Math.max(shop.done.length, 1)))
  if (!done) return []
  const hasNote = done.operation === 'sales.checkout' || done.operation === 'sales.refund'
  if (isOther && !hasNote) return []
  world.sent += 1
  const input = isOther ? { ...done.input, note: 'Another' } : done.input
  const answer = await send(world, shop, { ...done, input })
  const told = isOther ? `sends another ${done.operation} under a known key` : `sends ${done.operation} again`
  const outcome = outcomeOf(answer)
  tellOf(world, { shop, at }, { who: done.who, told }, outcome === 'done' ? 'as before' : outcome)
  noteOutcome(world, isOther ? 'replay of another' : 'replay', outcome)
  return [...faultsOfReplay(done, isOther, answer), ...(await faultsOfShop(world.superuser, shop, []))]
}

function faultsOfReplay({ operation, body }: Done, isOther: boolean, answer: Answered): string[] {
  if (isOther) return outcomeOf(answer) === 'idempotency_key_reused' ? [] : ['a key was used twice']
  if ('refused' in answer) return [`sent again, ${operation} was refused: ${answer.refused.code}`]
  return answer.isReplayed ? differences(body, answer.body) : [`sent again, ${operation} was done again`]
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
