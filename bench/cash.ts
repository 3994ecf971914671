import { drawerLine, holdSession } from '../server/cash/index.ts'
import { holdBooksOpen, postByPurpose } from '../server/ledger/index.ts'
import { createClient } from '../server/platform/client.ts'
import { parseConfig } from '../server/platform/config.ts'
import { type Databases, inTransaction, openDatabases } from '../server/platform/database.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { money, toText } from '../server/platform/money.ts'
import { dayIn, now } from '../server/platform/time.ts'
import type { Operations } from '../server/registry.ts'
import { measure, quantileOf, type Sample, type Subject } from './measure.ts'
import { openShops, type Shop } from './shops.ts'
import type { Benchmark, Stage } from './stage.ts'

const mostSales = 5_000
const salesOfCall = 250
const tender = { cash: '7', card: '12.5' } as const

type Client = ReturnType<typeof createClient<Operations>>

/** How long whoever counts a drawer waits: for reports of a session of 5,000 sales, and for its end. */
export const cashBenchmark: Benchmark = {
  name: 'cash',
  summary: 'reports of a session of 5,000 sales, and closing it',
  async run(stage, options) {
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants: 1, sessions: 1 })
    const shop = shops[0]!
    const headers = { cookie: cookies[0]!, 'comptoir-tenant': shop.tenantId }
    const client = createClient<Operations>({ url, headers })
    const register = { branch_id: shop.branch.id, code: 'R1', name: 'Bench' }
    const { id: register_id } = await client.call('registers.create-register', register)
    // A short run sells less.
    const sales = Math.ceil(mostSales * Math.min(1, options.seconds / 10))
    const databases = openDatabases(urlsOf(stage), parseConfig({}), () => {})
    try {
      return await measure(shift(client, databases, { shop, register_id, sales }), options)
    } finally {
      await databases.end()
    }
  },
}

/** A session is filled before the first row of a round, and closed by the second. */
function shift(
  client: Client,
  databases: Databases,
  { shop, register_id, sales }: { shop: Shop; register_id: string; sales: number },
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
        for (let sold = 0; sold < sales; sold += salesOfCall)
          await sell(databases, shop, { id, count: Math.min(salesOfCall, sales - sold) })
        return timed(seconds, () => client.call('cash.get-x-report', { id }))
      },
    },
    {
      name: `close and count ${sales} sales`,
      unit: 'sessions/s',
      run: () =>
        timed(0, async () => {
          const closed = await client.call('cash.close-session', { id, version })
          const counted = { cash: toText(money(tender.cash).times(sales).plus(100)), card: product(tender.card, sales) }
          const tenders = (['cash', 'card'] as const).map((tender_kind) => ({
            tender_kind,
            counted: counted[tender_kind],
          }))
          const done = await client.call('cash.count-session', { id, version: closed.version, tenders })
          if (done.status !== 'closed') throw new Error('the session does not tie')
        }),
    },
    {
      name: `Z-report of ${sales} sales`,
      unit: 'reports/s',
      run: (seconds) => timed(seconds, () => client.call('cash.get-z-report', { id })),
    },
  ]
}

/** Books what sales were paid with, a journal each, in one transaction. */
async function sell(
  { app }: Databases,
  { tenantId }: Shop,
  { id, count }: { id: string; count: number },
): Promise<void> {
  await inTransaction(app, tenantId, async (tx) => {
    const scope = { ...tx, tenantId, now: now() }
    const session = await holdSession(scope, id)
    await holdBooksOpen(scope, [session.entity_id])
    const today = dayIn('UTC', scope.now)
    const lines = [
      drawerLine(session, 'cash', money(tender.cash)),
      drawerLine(session, 'card', money(tender.card)),
      { purpose: 'sales', holder: null, amount: money(tender.cash).plus(tender.card).negated() },
    ].map((line) => ({ ...line, amount: toText(line.amount) }))
    const sale = () => {
      const document = { id: uuidv7(), document_type: 'sale', document_number: null, description: null, actor_id: null }
      const days = { document_on: today, effective_on: today }
      const { entity_id, currency } = session
      const by = { newId: uuidv7, changed: () => {} }
      return { ...document, ...days, document_id: document.id, entity_id, currency, lines, by }
    }
    await postByPurpose(scope, Array.from({ length: count }, sale))
  })
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

function product(text: string, count: number): string {
  return toText(money(text).times(count))
}

function urlsOf(stage: Stage) {
  const url = stage.appUrl()
  return { app: url, read: url, identity: url, jobs: url }
}
