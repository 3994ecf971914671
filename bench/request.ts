import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import type { Load, LoadAnswer, LoadRequest } from './load.ts'
import { measure, type Subject } from './measure.ts'
import type { Benchmark, Stage } from './stage.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
const clientCounts = [32, 64] as const

/** How fast a request is from end to end: one that reads a row, and one that writes one. */
export const requestBenchmark: Benchmark = {
  name: 'request',
  summary: 'an authenticated one-row query and a one-row command over HTTP',
  async run(stage, options) {
    const yardsticks = await openTpcb(stage)
    const server = await stage.startServer()
    const shops = await openShops(server.answer, tenants)
    const bare = await stage.start<number>('bare-route.ts', shops[0]!.branch)
    const bareUrl = `http://127.0.0.1:${bare.answer}`
    const ledger = { sent: 0, answered: 0 }
    const before = await countBranches(stage)
    const subjects = [
      ...yardsticks,
      ...clientCounts.flatMap((clients) => [
        bareRoute(stage, bareUrl, clients, 'GET', shops),
        query(stage, server.answer, clients, shops),
      ]),
      ...clientCounts.flatMap((clients) => [
        bareRoute(stage, bareUrl, clients, 'POST', shops),
        command(stage, server.answer, clients, shops.slice(0, 1), ledger),
        command(stage, server.answer, clients, shops, ledger),
      ]),
    ]
    const results = await measure(subjects, options)
    assertWritten((await countBranches(stage)) - before, ledger)
    return results
  },
}

interface Shop {
  readonly headers: Record<string, string>
  readonly branch: { id: string; entity_id: string; time_zone: string }
}

/** One person with tenants of their own, each with its first branch. */
async function openShops(url: string, count: number): Promise<Shop[]> {
  const person = { email: 'bench@example.org', password: 'correct horse battery' }
  const stranger = createClient<Operations>({ url })
  await stranger.call('identity.sign-up', { name: 'Amina Bench', ...person })
  const { headers } = await stranger.request('identity.sign-in', person)
  const cookie = headers.getSetCookie()[0]!.split(';')[0]!
  const client = createClient<Operations>({ url, headers: { cookie } })
  const shops: Shop[] = []
  for (let number = 1; number <= count; number++) {
    const place = { country: 'MA', currency: 'MAD', time_zone: 'Africa/Casablanca' }
    const { id, branch_id } = await client.call('tenants.create-tenant', { legal_name: `Shop ${number}`, ...place })
    const tenant = { 'comptoir-tenant': id }
    const branch = await client.call('tenants.get-branch', { id: branch_id }, { headers: tenant })
    shops.push({ headers: { cookie, ...tenant }, branch })
  }
  return shops
}

function query(stage: Stage, url: string, clients: number, [shop]: readonly Shop[]): Subject {
  const request: LoadRequest = { method: 'GET', path: `/v1/branches/${shop!.branch.id}`, headers: shop!.headers }
  return {
    name: `query, 1 tenant, ${clients} clients`,
    unit: 'requests/s',
    run: (seconds) => load(stage, { url, connections: clients, seconds, status: 200, requests: [request] }),
    against: { 'bare route': bareName('GET', clients), driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

function command(
  stage: Stage,
  url: string,
  clients: number,
  shops: readonly Shop[],
  ledger: { sent: number; answered: number },
): Subject {
  const requests = shops.map((shop): LoadRequest => ({ method: 'POST', path: '/v1/branches', ...newBranch(shop) }))
  return {
    name: `command, ${shops.length} ${shops.length === 1 ? 'tenant' : 'tenants'}, ${clients} clients`,
    unit: 'requests/s',
    async run(seconds) {
      const answer = await load(stage, { url, connections: clients, seconds, status: 201, requests })
      ledger.sent += answer.sent
      ledger.answered += answer.answered
      return answer
    },
    against: { 'bare route': bareName('POST', clients), driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

/** A Fastify without plugins that answers a constant as long as the answers of the product, to the same requests. */
function bareRoute(
  stage: Stage,
  url: string,
  clients: number,
  method: 'GET' | 'POST',
  [shop]: readonly Shop[],
): Subject {
  const request: LoadRequest = {
    method,
    path: '/',
    ...(method === 'POST' ? newBranch(shop!) : { headers: shop!.headers }),
  }
  const status = method === 'POST' ? 201 : 200
  return {
    name: bareName(method, clients),
    unit: 'requests/s',
    run: (seconds) => load(stage, { url, connections: clients, seconds, status, requests: [request] }),
  }
}

function bareName(method: 'GET' | 'POST', clients: number): string {
  return `bare ${method} route, ${clients} clients`
}

function newBranch({ headers, branch }: Shop) {
  const { entity_id, time_zone } = branch
  return {
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ entity_id, code: '{unique}', name: 'Branch {unique}', time_zone }),
  }
}

function load(stage: Stage, question: Load): Promise<LoadAnswer> {
  return stage.ask<LoadAnswer>('load.ts', question)
}

async function countBranches(stage: Stage): Promise<number> {
  const [row] = await stage.query<{ count: number }>('comptoir', 'SELECT count(*)::int AS count FROM tenants.branch')
  return row!.count
}

/** Every answer stands for one row; of the commands cut off at the end of a round some were committed, some not. */
function assertWritten(written: number, { sent, answered }: { sent: number; answered: number }): void {
  if (written >= answered && written <= sent) return
  throw new Error(`${sent} commands were sent and ${answered} answered, but ${written} rows were written`)
}
