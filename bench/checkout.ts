import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { type CheckoutLoop, type CheckoutSample, type Counter, saleAt } from './checkout-loop.ts'
import type { Load, LoadAnswer, LoadRequest } from './load.ts'
import { measure, type Subject } from './measure.ts'
import { openShops, type Shop } from './shops.ts'
import type { Ask, Benchmark, Stage } from './stage.ts'
import { fillShelf } from './stock-fill.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
const clientCounts = [1, 16, 64, 256] as const
/** Sales that arrive at once commit together: a server has few batches of one tenant under way, and many of twenty. */
const mostBatches = { 1: 4, [tenants]: 32 } as const

/** How fast is sold: through the two functions of a sale, alone and in batches, and through the whole product. */
export const checkoutBenchmark: Benchmark = {
  name: 'checkout',
  summary: 'sales of three lines for cash, by 1 to 256 clients, through the functions and over HTTP',
  async run(stage, options) {
    const yardsticks = await openTpcb(stage, options)
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants, sessions: Math.max(...clientCounts) })
    options.note('Opening tills …')
    const counters: Counter[] = []
    for (const [at, shop] of shops.entries())
      counters.push(await openCounter(stage, url, { shop, cookie: cookies[0]!, tills: at === 0 ? 64 : 4 }))
    await stage.query('comptoir', 'VACUUM ANALYZE')
    const tally = { sales: 0, cutOff: 0 }
    const ask = stage.start<CheckoutLoop, CheckoutSample>('checkout-loop.ts')
    const load = stage.start<Load, LoadAnswer>('load.ts')
    const places = [counters.slice(0, 1), counters]
    const functions = places.flatMap((some) =>
      clientCounts.map((clients) => inProcess(stage, ask, { counters: some, clients, tally })),
    )
    const requests = places.flatMap((some) =>
      clientCounts.map((clients) => overHttp(load, { url, cookies: cookies.slice(0, clients), counters: some, tally })),
    )
    const results = await measure([...yardsticks, ...functions, ...requests], options)
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

/** Through the functions that the server calls, with as many sales under way as there are clients, in batches. */
function inProcess(
  stage: Stage,
  ask: Ask<CheckoutLoop, CheckoutSample>,
  { counters, clients, tally }: Where & { clients: number },
): Subject {
  const batches = Math.min(clients, mostBatches[counters.length as 1] ?? 1)
  const batch = clients / batches
  return {
    name: `in process, ${placesOf(counters)}, ${clients} clients`,
    unit: 'sales/s',
    async run(seconds) {
      const sample = await ask({ url: stage.appUrl(), clients: batches, seconds, counters, batch })
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
  const requests = cookies.map((cookie, index): LoadRequest => {
    const counter = counters[index % counters.length]!
    return {
      method: 'POST',
      path: '/v1/sales',
      headers: { cookie, 'comptoir-tenant': counter.tenantId, 'content-type': 'application/json' },
      body: JSON.stringify(saleAt(counter, Math.floor(index / counters.length))),
    }
  })
  return {
    name: `http, ${placesOf(counters)}, ${cookies.length} clients`,
    unit: 'sales/s',
    async run(seconds) {
      const answer = await load({ url, connections: cookies.length, seconds, status: 201, requests })
      tally.sales += answer.answered
      tally.cutOff += answer.sent - answer.answered
      return answer
    },
    against,
  }
}

/** A tenant with tills in its branch, goods on the shelf, and a price for each. */
export async function openCounter(
  stage: Stage,
  url: string,
  { shop, cookie, tills }: { shop: Shop; cookie: string; tills: number },
): Promise<Counter> {
  const { tenantId, branch } = shop
  const client = createClient<Operations>({ url, headers: { cookie, 'comptoir-tenant': tenantId } })
  const { goods } = await fillShelf(stage, shop, { goods: 500, batches: 1, branches: 1, parties: 1 })
  await stage.query(
    'comptoir',
    `WITH list AS (
       INSERT INTO pricing.price_list (tenant_id, id, code, name, currency, includes_tax)
       VALUES ('${tenantId}', gen_random_uuid(), 'BENCH', 'Bench', 'MAD', true) RETURNING tenant_id, id)
     INSERT INTO pricing.price (tenant_id, id, price_list_id, variant_id, min_quantity, unit_price, valid)
     SELECT l.tenant_id, gen_random_uuid(), l.id, v.id, 0, 12, daterange('2026-01-01', NULL)
     FROM list l JOIN catalog.variant v ON v.tenant_id = l.tenant_id`,
  )
  const sessionIds: string[] = []
  for (let number = 1; number <= tills; number++) {
    const register = { branch_id: branch.id, code: `B${number}`, name: `Till ${number}` }
    const { id } = await client.call('registers.create-register', register)
    sessionIds.push((await client.call('cash.open-session', { register_id: id, float_amount: '0' })).id)
  }
  const { items } = await client.call('payments.list-tenders', { limit: 50 })
  const cashId = items.find(({ kind }) => kind === 'cash')?.id ?? ''
  return { tenantId, sessionIds, variantIds: goods.map(({ variant_id }) => variant_id), cashId }
}

/** Every sale that was counted is there, but for requests cut off at the end of a round; drawers and stock tie with the sales. */
async function assertSold(stage: Stage, { sales, cutOff }: { sales: number; cutOff: number }): Promise<void> {
  const [found] = await stage.query<{ sales: number; untied: number; lines: number }>(
    'comptoir',
    `SELECT (SELECT count(*)::int FROM sales.sale) AS sales,
            (SELECT count(*)::int FROM ledger.account a
             JOIN (SELECT tenant_id, session_id, sum(paid - change) AS sum FROM sales.sale GROUP BY 1, 2) s
               ON s.tenant_id = a.tenant_id AND s.session_id = a.holder_id AND a.purpose = 'cash'
             WHERE a.balance <> s.sum) AS untied,
            (SELECT count(*)::int FROM sales.line l
             WHERE NOT EXISTS (SELECT FROM inventory.movement m WHERE m.tenant_id = l.tenant_id AND m.posting_id = l.sale_id)) AS lines`,
  )
  const recorded = found?.sales ?? 0
  if (recorded >= sales && recorded <= sales + cutOff && found?.untied === 0 && found.lines === 0) return
  throw new Error(
    `${sales} sales were counted, ${recorded} recorded; ${found?.untied} drawers, ${found?.lines} lines do not tie`,
  )
}
