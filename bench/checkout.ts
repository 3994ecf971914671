import type { CheckoutLoop, CheckoutSample } from './checkout-loop.ts'
import { basketOf, type Counter } from './counter.ts'
import { assertSold, fillSales, openCounter } from './fill.ts'
import type { Load, LoadAnswer, LoadRequest } from './load.ts'
import { measure, type Subject, wantedOf } from './measure.ts'
import { openShops } from './shops.ts'
import type { Ask, Benchmark } from './stage.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
/** What was sold in a shop before it is measured. */
const salesBefore = { first: 2_000, others: 200 } as const
const clientCounts = [1, 16, 64, 256] as const
/** More than are sold, so that nobody sells the same one twice in a round. */
const basketsPerSecond = 2_000

/** How fast is sold: by commands of the product in the process of the clients, and through the whole of it. */
export const checkoutBenchmark: Benchmark = {
  async run(stage, options) {
    const yardsticks = await openTpcb(stage, options)
    const url = await stage.startServer()
    // A run too short for figures is one of some rows.
    const counts = options.seconds < 1 ? [wantedOf(64, options)] : clientCounts
    const { shops, cookies } = await openShops(url, {
      tenants: wantedOf(tenants, options),
      sessions: Math.max(...counts),
    })
    options.note('Opening tills …')
    const counters: Counter[] = []
    for (const [at, shop] of shops.entries())
      counters.push(
        await openCounter(stage, url, { shop, cookie: cookies[0]!, tills: wantedOf(at === 0 ? 64 : 4, options) }),
      )
    const [first, ...others] = counters
    // A short run fills less.
    const part = Math.min(1, options.seconds / 10)
    const sold = { first: Math.ceil(salesBefore.first * part), others: Math.ceil(salesBefore.others * part) }
    options.note(`Selling ${sold.first} baskets in the first shop, ${sold.others} in each of the others …`)
    await fillSales(stage, [first!], { sales: sold.first, note: options.note })
    await fillSales(stage, others, { sales: sold.others, note: options.note })
    const tally = { sales: sold.first + others.length * sold.others, cutOff: 0 }
    const ask = stage.start<CheckoutLoop, CheckoutSample>('checkout-loop.ts')
    const load = stage.start<Load, LoadAnswer>('load.ts')
    const places = [counters.slice(0, 1), counters]
    const commands = places.flatMap((some) =>
      counts.map((clients) => inProcess(ask, { environment: stage.environment(), counters: some, clients, tally })),
    )
    const requests = places.flatMap((some) =>
      counts.map((clients) => overHttp(load, { url, cookies: cookies.slice(0, clients), counters: some, tally })),
    )
    const results = await measure([...yardsticks, ...commands, ...requests], options)
    await assertSold(stage, tally)
    return results
  },
}

interface Where {
  readonly counters: readonly Counter[]
  readonly tally: { sales: number; cutOff: number }
}

const placesOf = (counters: readonly Counter[]) => (counters.length === 1 ? '1 tenant' : `${counters.length} tenants`)
const against = { pgbench: tpcb.pgbench, driver: tpcb.driver }

/** By the commands that the server runs for its requests: what so many clients sell at once goes together as it does there. */
export function inProcess(
  ask: Ask<CheckoutLoop, CheckoutSample>,
  { environment, counters, clients, tally, after = '' }: Where & Omit<CheckoutLoop, 'seconds'> & { after?: string },
): Subject {
  return {
    name: `in process, ${placesOf(counters)}, ${clients} clients${after}`,
    unit: 'sales/s',
    async run(seconds) {
      const sample = await ask({ environment, counters, clients, seconds })
      tally.sales += sample.sales
      return sample
    },
    against,
  }
}

function overHttp(
  load: Ask<Load, LoadAnswer>,
  { url, cookies, counters, tally }: Where & { url: string; cookies: readonly string[] },
): Subject {
  const requestOf = (cookie: string, index: number, baskets: number): LoadRequest => {
    const counter = counters[index % counters.length]!
    const till = Math.floor(index / counters.length)
    const basket = () => JSON.stringify({ ...basketOf(counter, till), id: '{id}' })
    return {
      method: 'POST',
      path: '/v1/sales',
      headers: { cookie, 'comptoir-tenant': counter.tenantId, 'content-type': 'application/json' },
      bodies: Array.from({ length: baskets }, basket),
    }
  }
  return {
    name: `http, ${placesOf(counters)}, ${cookies.length} clients`,
    unit: 'sales/s',
    async run(seconds) {
      const baskets = Math.ceil((basketsPerSecond * seconds) / cookies.length)
      const requests = cookies.map((cookie, index) => requestOf(cookie, index, baskets))
      const answer = await load({ url, connections: cookies.length, seconds, status: 201, requests })
      tally.sales += answer.answered
      tally.cutOff += answer.sent - answer.answered
      return answer
    },
    against,
  }
}
