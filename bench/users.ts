import { nameOf, typed } from './catalogue.ts'
import type { Counter } from './counter.ts'
import { assertSold, fillSales, openCounter } from './fill.ts'
import type { Result } from './report.ts'
import { hireCashiers, openShops } from './shops.ts'
import type { Benchmark, Stage } from './stage.ts'
import type { UsersAnswer, UsersLoad } from './users-loop.ts'

const mostUsers = 2_000
const usersOfShop = 100
const tillsOfShop = 20
const salesBefore = 200
/** seconds on average, in a run that is long enough for it */
const thinking = 5
const number = new Intl.NumberFormat('en')
const plain = { reference: null, ratio: null }

/** How long those at work wait for one server process, and how much memory it takes. */
export const usersBenchmark: Benchmark = {
  async run(stage, { seconds, note }) {
    // A short run has fewer.
    const users = Math.min(mostUsers, Math.ceil(seconds * (mostUsers / 10)))
    const url = await stage.startServer()
    const idle = await stage.serverMemory()
    const { shops, cookies: owners } = await openShops(url, { tenants: Math.ceil(users / usersOfShop), sessions: 1 })
    note(`Opening ${shops.length} shops …`)
    const counters: Counter[] = []
    const tills = Math.min(tillsOfShop, users)
    for (const shop of shops)
      counters.push(await openCounter(stage, url, { shop, cookie: owners[0]!, tills, isSearched: true }))
    await fillSales(stage, counters, { sales: salesBefore, note })
    note(`Signing in ${number.format(users)} users …`)
    const cookies = await hireCashiers(stage, url, shops, users)
    const ask = stage.start<UsersLoad, UsersAnswer>('users-loop.ts')
    const texts = Array.from({ length: 200 }, (_, at) => typed(nameOf(at), at, at % 8))
    const watch = await watchMemory(stage, idle)
    note(`They work for ${seconds} s …`)
    const load = { url, cookies, counters, texts, seconds, thinking: Math.min(thinking, seconds) }
    const answer = await ask(load).finally(watch.stop)
    const memory = await watch.result()
    await assertSold(stage, { sales: counters.length * salesBefore + answer.sales, cutOff: 0 })
    return resultsOf(`${number.format(users)} users`, answer, memory)
  },
}

interface Memory {
  readonly idle: number
  readonly 'before the users': number
  readonly peak: number
  readonly end: number
}

/** Looks every second at how much memory the server holds. */
async function watchMemory(stage: Stage, idle: number): Promise<{ stop(): void; result(): Promise<Memory> }> {
  const start = await stage.serverMemory()
  let peak = start
  const look = async () => {
    const held = await stage.serverMemory()
    peak = Math.max(peak, held)
    return held
  }
  let looking = Promise.resolve(start)
  const timer = setInterval(() => {
    looking = looking.then(look)
    looking.catch(() => {})
  }, 1_000)
  return {
    stop: () => clearInterval(timer),
    async result() {
      await looking
      const end = await look()
      return { idle, 'before the users': start, peak, end }
    },
  }
}

function resultsOf(users: string, { times, elapsed }: UsersAnswer, memory: Memory): Result[] {
  const all = Object.values(times).reduce((sum, { count }) => sum + count, 0)
  const doings = Object.entries(times).flatMap(([doing, { count, ...quantiles }]): Result[] => [
    { name: `${users}, ${doing}`, value: count / elapsed, unit: 'requests/s', ...plain },
    ...Object.entries(quantiles).map(([word, value]) => ({
      name: `${users}, ${doing} ${word}`,
      value,
      unit: 'ms',
      ...plain,
    })),
  ])
  const held = Object.entries(memory).map(([when, bytes]) => ({
    name: `memory of the server, ${when}`,
    value: bytes / 1_000_000,
    unit: 'MB',
    ...plain,
  }))
  return [{ name: `${users}, all requests`, value: all / elapsed, unit: 'requests/s', ...plain }, ...doings, ...held]
}
