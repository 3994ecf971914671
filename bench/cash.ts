import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { fillSales, openCounter } from './fill.ts'
import { measure, quantileOf, type Sample, type Subject } from './measure.ts'
import { openShops } from './shops.ts'
import type { Benchmark } from './stage.ts'

const mostSales = 5_000
const salesOfStep = 50

type Client = ReturnType<typeof createClient<Operations>>

/** How long whoever counts a drawer waits: for reports of a session of 5,000 sales, and for its end. */
export const cashBenchmark: Benchmark = {
  async run(stage, options) {
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants: 1, sessions: 1 })
    const shop = shops[0]!
    const cookie = cookies[0]!
    const client = createClient<Operations>({ url, headers: { cookie, 'comptoir-tenant': shop.tenantId } })
    const register = { branch_id: shop.branch.id, code: 'R1', name: 'Bench' }
    const { id: register_id } = await client.call('registers.create-register', register)
    const counter = await openCounter(stage, url, { shop, cookie, tills: 0 })
    // A short run sells less.
    const share = Math.ceil((mostSales / salesOfStep) * Math.min(1, options.seconds / 10))
    const sell = (id: string) =>
      fillSales(stage, [{ ...counter, sessionIds: [id] }], { sales: share * salesOfStep, note: options.note })
    return measure(shift(client, { register_id, sales: share * salesOfStep, sell }), options)
  },
}

/** A session is filled before the first row of a round, and closed by the second. */
function shift(
  client: Client,
  { register_id, sales, sell }: { register_id: string; sales: number; sell: (sessionId: string) => Promise<void> },
): Subject[] {
  let id = ''
  let version = 0
  return [
    {
      name: `X-report of ${sales} sales`,
      unit: 'reports/s',
      async run(seconds) {
        const opened = await client.call('cash.open-session', { register_id, float_amount: '100' })
        id = opened.id
        version = opened.version
        await sell(id)
        return timed(seconds, () => client.call('cash.get-x-report', { id }))
      },
    },
    {
      name: `close and count ${sales} sales`,
      unit: 'sessions/s',
      async run() {
        const report = await client.call('cash.get-x-report', { id })
        if (report.sales.sales !== sales) throw new Error(`${report.sales.sales} of ${sales} sales are in the session`)
        return timed(0, async () => {
          const closed = await client.call('cash.close-session', { id, version })
          const tenders = [{ tender_kind: 'cash' as const, counted: report.expected }]
          const done = await client.call('cash.count-session', { id, version: closed.version, tenders })
          if (done.status !== 'closed') throw new Error('the session does not tie')
        })
      },
    },
    {
      name: `Z-report of ${sales} sales`,
      unit: 'reports/s',
      run: (seconds) => timed(seconds, () => client.call('cash.get-z-report', { id })),
    },
  ]
}

/** Runs something again and again, one after the other, at least once. */
async function timed(seconds: number, work: () => Promise<unknown>): Promise<Sample> {
  const times: number[] = []
  const began = performance.now()
  do {
    const from = performance.now()
    await work()
    times.push(performance.now() - from)
  } while (performance.now() < began + seconds * 1000)
  const sorted = Float64Array.from(times).sort()
  const perSecond = (times.length / (performance.now() - began)) * 1000
  return { perSecond, p50: quantileOf(sorted, 0.5), p95: quantileOf(sorted, 0.95) }
}
