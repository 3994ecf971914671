import type { Books, LedgerLoop, LedgerSample } from './ledger-loop.ts'
import type { Load, LoadAnswer, LoadRequest } from './load.ts'
import { measure, type Subject, wantedOf } from './measure.ts'
import { openShops } from './shops.ts'
import type { Ask, Benchmark, Stage } from './stage.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
/** How many clients post to one tenant. Those of a server post single journals; it has few batches of a tenant under way. */
const clientsOfBatch = { 1: 32, 10: 8, 100: 4 } as const
const clientsOfAll = 32
const accountsEach = 1_000

/** How fast journals of two lines are recorded: alone and in batches, in one tenant and in many, on one account and many. */
export const ledgerBenchmark: Benchmark = {
  async run(stage, options) {
    const yardsticks = await openTpcb(stage, options)
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, {
      tenants: wantedOf(tenants, options),
      sessions: wantedOf(clientsOfAll, options),
    })
    const books: Books[] = []
    for (const shop of shops) books.push(await openAccounts(stage, shop.tenantId))
    const tally = { journals: 0, cutOff: 0 }
    const ask = stage.start<LedgerLoop, LedgerSample>('ledger-loop.ts')
    const journals = (where: Where) => subject(stage, ask, books, tally, where)
    const plain = batches.flatMap((batch) =>
      [1, books.length].flatMap((count) => [true, false].map((hot) => journals({ batch, count, hot, sealed: false }))),
    )
    const sealed = batches.map((batch) => journals({ batch, count: 1, hot: false, sealed: true }))
    const load = stage.start<Load, LoadAnswer>('load.ts')
    const commands = [true, false].map((hot) => command({ load, url, cookies, books: books[0]!, hot, tally }))
    const results = await measure([...yardsticks, ...plain, ...sealed, ...commands], options)
    await assertRecorded(stage, tally)
    return results
  },
}

const batches = [1, 10, 100] as const

interface Where {
  readonly batch: (typeof batches)[number]
  readonly count: number
  readonly hot: boolean
  readonly sealed: boolean
}

function subject(
  stage: Stage,
  ask: Ask<LedgerLoop, LedgerSample>,
  books: readonly Books[],
  tally: { journals: number; cutOff: number },
  { batch, count, hot, sealed }: Where,
): Subject {
  const clients = count === 1 ? clientsOfBatch[batch] : clientsOfAll
  const places = `${count === 1 ? '1 tenant' : `${count} tenants`}, ${hot ? '1 hot account' : 'many accounts'}, ${clients} clients`
  return {
    name: `batch ${batch}, ${places}${sealed ? ', sealed' : ''}`,
    unit: 'journals/s',
    async run(seconds) {
      const url = stage.appUrl()
      const sample = await ask({ url, clients, seconds, books: books.slice(0, count), batch, hot, sealed })
      tally.journals += sample.journals
      return sample
    },
    against: { driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

/** Single journals from many clients through the whole product, which records those that arrive at once together. */
function command(from: {
  load: Ask<Load, LoadAnswer>
  url: string
  cookies: readonly string[]
  books: Books
  hot: boolean
  tally: { journals: number; cutOff: number }
}): Subject {
  const { load, url, cookies, books, hot, tally } = from
  const requests = cookies.map((cookie, index) => postOf(books, cookie, hot ? 0 : 2 * index, 2 * index + 1))
  return {
    name: `POST /v1/journals, 1 tenant, ${hot ? '1 hot account' : 'many accounts'}, ${cookies.length} clients`,
    unit: 'journals/s',
    async run(seconds) {
      const answer = await load({ url, connections: cookies.length, seconds, status: 201, requests })
      tally.journals += answer.answered
      tally.cutOff += answer.sent - answer.answered
      return answer
    },
    against: { driver: tpcb.driver, pgbench: tpcb.pgbench },
  }
}

function postOf({ tenantId, entityId, accounts }: Books, cookie: string, debit: number, credit: number): LoadRequest {
  return {
    method: 'POST',
    path: '/v1/journals',
    headers: { cookie, 'comptoir-tenant': tenantId, 'content-type': 'application/json' },
    bodies: [
      JSON.stringify({
        id: '{id}',
        entity_id: entityId,
        document_on: '2026-01-15',
        lines: [
          { account_id: accounts[debit], amount: '12.50' },
          { account_id: accounts[credit], amount: '-12.50' },
        ],
      }),
    ],
  }
}

async function openAccounts(stage: Stage, tenantId: string): Promise<Books> {
  const [entity] = await stage.query<{ id: string; accounts: string[] }>(
    'comptoir',
    `WITH made AS (
       INSERT INTO ledger.account (tenant_id, id, entity_id, code, name, type, currency)
       SELECT b.tenant_id, gen_random_uuid(), b.id, 'BENCH-' || n, 'Bench', 'asset', 'MAD'
       FROM ledger.book b, generate_series(1, ${accountsEach}) n WHERE b.tenant_id = '${tenantId}'
       RETURNING entity_id, id)
     SELECT entity_id AS id, array_agg(id) AS accounts FROM made GROUP BY 1`,
  )
  if (!entity) throw new Error('a tenant has no books')
  return { tenantId, entityId: entity.id, accounts: entity.accounts }
}

/** Every journal that was counted is there, but for requests cut off at the end of a round, and the accounts tie. */
async function assertRecorded(stage: Stage, { journals, cutOff }: { journals: number; cutOff: number }): Promise<void> {
  const [found] = await stage.query<{ journals: number; untied: number }>(
    'comptoir',
    `SELECT (SELECT count(*)::int FROM ledger.journal) AS journals,
            (SELECT count(*)::int FROM ledger.account a
             LEFT JOIN (SELECT tenant_id, account_id, sum(amount) AS sum, count(*) AS count FROM ledger.entry GROUP BY 1, 2) e
               ON e.tenant_id = a.tenant_id AND e.account_id = a.id
             WHERE a.balance <> coalesce(e.sum, 0) OR a.balance_version <> coalesce(e.count, 0)) AS untied`,
  )
  const recorded = found?.journals ?? 0
  if (recorded >= journals && recorded <= journals + cutOff && found?.untied === 0) return
  throw new Error(`${journals} journals were counted, ${recorded} recorded; ${found?.untied} accounts do not tie`)
}
