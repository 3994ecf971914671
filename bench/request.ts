import type { Load, LoadAnswer, LoadRequest } from './load.ts'
import { measure, type Subject } from './measure.ts'
import { openShops, type Shop } from './shops.ts'
import type { Ask, Benchmark, Stage } from './stage.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
const clientCounts = [32, 64] as const

/** How fast a request is from end to end: one that reads a row, and one that writes one. */
export const requestBenchmark: Benchmark = {
  async run(stage, options) {
    const yardsticks = await openTpcb(stage, options)
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants, sessions: Math.max(...clientCounts) })
    const bareUrl = await stage.start<object, string>('bare-route.ts')(shops[0]!.branch)
    const load = stage.start<Load, LoadAnswer>('load.ts')
    const tally = { sent: 0, answered: 0 }
    const before = await countBranches(stage)
    const subjects = clientCounts.flatMap((clients) => {
      const product = { load, url, cookies: cookies.slice(0, clients) }
      const bare = { ...product, url: bareUrl }
      const [first] = shops
      return [
        bareRoute({ ...bare, shop: first!, method: 'GET' }),
        query({ ...product, shop: first! }),
        bareRoute({ ...bare, shop: first!, method: 'POST' }),
        command({ ...product, shops: [first!], tally }),
        command({ ...product, shops, tally }),
      ]
    })
    const results = await measure([...yardsticks, ...subjects], options)
    assertWritten((await countBranches(stage)) - before, tally)
    return results
  },
}

/** Where a load goes, and the clients it comes from, each with a session of its own. */
interface Target {
  readonly load: Ask<Load, LoadAnswer>
  readonly url: string
  readonly cookies: readonly string[]
}

/** What was sent to be written, and what of it was answered. */
interface Tally {
  sent: number
  answered: number
}

function query({ load, url, cookies, shop }: Target & { shop: Shop }): Subject {
  const requests = cookies.map((cookie) => readOf(shop, cookie))
  return {
    name: `query, 1 tenant, ${cookies.length} clients`,
    unit: 'requests/s',
    run: (seconds) => load({ url, connections: cookies.length, seconds, status: 200, requests }),
    against: { 'bare route': bareName('GET', cookies.length), driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

function command({ load, url, cookies, shops, tally }: Target & { shops: readonly Shop[]; tally: Tally }): Subject {
  const requests = cookies.map((cookie, index) => writeOf(shops[index % shops.length]!, cookie))
  return {
    name: `command, ${shops.length === 1 ? '1 tenant' : `${shops.length} tenants`}, ${cookies.length} clients`,
    unit: 'requests/s',
    async run(seconds) {
      const answer = await load({ url, connections: cookies.length, seconds, status: 201, requests })
      tally.sent += answer.sent
      tally.answered += answer.answered
      return answer
    },
    against: { 'bare route': bareName('POST', cookies.length), driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

/** A Fastify without plugins that answers a constant as long as the product's answers, to the same requests. */
function bareRoute(target: Target & { shop: Shop; method: 'GET' | 'POST' }): Subject {
  const { load, url, cookies, shop, method } = target
  const requests = cookies.map((cookie) => (method === 'GET' ? readOf(shop, cookie) : writeOf(shop, cookie)))
  const status = method === 'GET' ? 200 : 201
  return {
    name: bareName(method, cookies.length),
    unit: 'requests/s',
    run: (seconds) => load({ url, connections: cookies.length, seconds, status, requests }),
  }
}

function bareName(method: 'GET' | 'POST', clients: number): string {
  return `bare ${method} route, ${clients} clients`
}

function readOf({ tenantId, branch }: Shop, cookie: string): LoadRequest {
  return { method: 'GET', path: `/v1/branches/${branch.id}`, headers: { cookie, 'comptoir-tenant': tenantId } }
}

function writeOf({ tenantId, branch }: Shop, cookie: string): LoadRequest {
  const { entity_id, time_zone } = branch
  return {
    method: 'POST',
    path: '/v1/branches',
    headers: { cookie, 'comptoir-tenant': tenantId, 'content-type': 'application/json' },
    bodies: [JSON.stringify({ entity_id, code: '{unique}', name: 'Branch {unique}', time_zone })],
  }
}

async function countBranches(stage: Stage): Promise<number> {
  const [row] = await stage.query<{ count: number }>('comptoir', 'SELECT count(*)::int AS count FROM tenants.branch')
  return row!.count
}

/** Each answer stands for one row; of the commands cut off at the end of a round some were committed, some were not. */
function assertWritten(written: number, { sent, answered }: Tally): void {
  if (written >= answered && written <= sent) return
  throw new Error(`${sent} commands were sent and ${answered} answered, but ${written} rows were written`)
}
