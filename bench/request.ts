import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import type { Load, LoadAnswer, LoadRequest } from './load.ts'
import { measure, type Subject } from './measure.ts'
import type { Ask, Benchmark, Stage } from './stage.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
const clientCounts = [32, 64] as const

/** How fast a request is from end to end: one that reads a row, and one that writes one. */
export const requestBenchmark: Benchmark = {
  name: 'request',
  summary: 'an authenticated one-row query and a one-row command over HTTP',
  async run(stage, options) {
    const yardsticks = await openTpcb(stage)
    const url = await stage.startServer()
    const shops = await openShops(url, tenants)
    const bareUrl = await stage.start<object, string>('bare-route.ts')(shops[0]!.branch)
    const load = stage.start<Load, LoadAnswer>('load.ts')
    const tally = { sent: 0, answered: 0 }
    const before = await countBranches(stage)
    const subjects = clientCounts.flatMap((clients) => [
      bareRoute({ load, url: bareUrl, clients, request: readOf(shops[0]!), kind: 'GET' }),
      query({ load, url, clients, shop: shops[0]! }),
      bareRoute({ load, url: bareUrl, clients, request: writeOf(shops[0]!), kind: 'POST' }),
      command({ load, url, clients, shops: shops.slice(0, 1), tally }),
      command({ load, url, clients, shops, tally }),
    ])
    const results = await measure([...yardsticks, ...subjects], options)
    assertWritten((await countBranches(stage)) - before, tally)
    return results
  },
}

interface Shop {
  readonly headers: Record<string, string>
  readonly branch: { id: string; entity_id: string; time_zone: string }
}

/** What was sent to be written, and what of it was answered. */
interface Tally {
  sent: number
  answered: number
}

interface Target {
  readonly load: Ask<Load, LoadAnswer>
  readonly url: string
  readonly clients: number
}

/** One person with tenants of their own, each with its first branch. */
async function openShops(url: string, count: number): Promise<Shop[]> {
  const person = { email: 'bench@example.org', password: 'correct horse battery' }
  const place = { country: 'MA', currency: 'MAD', time_zone: 'Africa/Casablanca' }
  const stranger = createClient<Operations>({ url })
  await stranger.call('identity.sign-up', { name: 'Amina Bench', ...person })
  const { headers } = await stranger.request('identity.sign-in', person)
  const cookie = headers.getSetCookie()[0]!.split(';')[0]!
  const client = createClient<Operations>({ url, headers: { cookie } })
  const shops: Shop[] = []
  for (let number = 1; number <= count; number++) {
    const { id, branch_id } = await client.call('tenants.create-tenant', { legal_name: `Shop ${number}`, ...place })
    const tenant = { 'comptoir-tenant': id }
    const branch = await client.call('tenants.get-branch', { id: branch_id }, { headers: tenant })
    shops.push({ headers: { cookie, ...tenant }, branch })
  }
  return shops
}

function readOf({ headers, branch }: Shop): LoadRequest {
  return { method: 'GET', path: `/v1/branches/${branch.id}`, headers }
}

function writeOf({ headers, branch }: Shop): LoadRequest {
  const { entity_id, time_zone } = branch
  return {
    method: 'POST',
    path: '/v1/branches',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ entity_id, code: '{unique}', name: 'Branch {unique}', time_zone }),
  }
}

function query({ load, url, clients, shop }: Target & { shop: Shop }): Subject {
  return {
    name: `query, 1 tenant, ${clients} clients`,
    unit: 'requests/s',
    run: (seconds) => load({ url, connections: clients, seconds, status: 200, requests: [readOf(shop)] }),
    against: { 'bare route': bareName('GET', clients), driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

function command({ load, url, clients, shops, tally }: Target & { shops: readonly Shop[]; tally: Tally }): Subject {
  return {
    name: `command, ${shops.length === 1 ? '1 tenant' : `${shops.length} tenants`}, ${clients} clients`,
    unit: 'requests/s',
    async run(seconds) {
      const answer = await load({ url, connections: clients, seconds, status: 201, requests: shops.map(writeOf) })
      tally.sent += answer.sent
      tally.answered += answer.answered
      return answer
    },
    against: { 'bare route': bareName('POST', clients), driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

/** A Fastify without plugins that answers a constant as long as the product's answers, to the same requests. */
function bareRoute(target: Target & { request: LoadRequest; kind: 'GET' | 'POST' }): Subject {
  const { load, url, clients, request, kind } = target
  const status = kind === 'GET' ? 200 : 201
  return {
    name: bareName(kind, clients),
    unit: 'requests/s',
    run: (seconds) => load({ url, connections: clients, seconds, status, requests: [request] }),
  }
}

function bareName(kind: 'GET' | 'POST', clients: number): string {
  return `bare ${kind} route, ${clients} clients`
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
