import { searchVariants } from '../server/catalog/search-queries.ts'
import { askedTerms } from '../server/catalog/terms.ts'
import { allocateBatches } from '../server/inventory/allocate-batches.ts'
import { postStock } from '../server/inventory/index.ts'
import { parseConfig } from '../server/platform/config.ts'
import {
  type Databases,
  inReadTransaction,
  inTransaction,
  openDatabases,
  type Transaction,
} from '../server/platform/database.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import type { CommandContext, QueryContext } from '../server/platform/operation.ts'
import { now } from '../server/platform/time.ts'
import { readDocuments, readParties, traceBatches } from '../server/recalls/index.ts'
import { type Catalogue, fillCatalogue } from './catalogue.ts'
import { fillShelf } from './fill.ts'
import { measure, quantileOf, type Sample, type Subject, wantedOf } from './measure.ts'
import type { Shelf } from './shelf.ts'
import { openShops } from './shops.ts'
import type { Ask, Benchmark, Stage } from './stage.ts'
import type { StockLoop, StockSample } from './stock-loop.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
/** As in the benchmark of the ledger: a server has few lists of one tenant under way. */
const clientsOfList = { 1: 32, 10: 8, 100: 4 } as const
const clientsOfAll = 32
const lists = [1, 10, 100] as const
const mostProducts = 100_000
const mostArchived = 1_000_000
const linesOfList = 10_000

/** How fast stock is moved, goods are found, batches are traced, and a long list is served from what expires first. */
export const stockBenchmark: Benchmark = {
  async run(stage, options) {
    const { seconds, note } = options
    const yardsticks = await openTpcb(stage, options)
    const { shops } = await openShops(await stage.startServer(), {
      tenants: wantedOf(tenants, options) + 3,
      sessions: 1,
    })
    const [archive, searched, served, ...sellers] = shops
    // A short run fills less.
    const part = Math.min(1, seconds / 10)
    const products = Math.ceil(mostProducts * part)
    note(`Making ${products} products …`)
    const catalogue = await fillCatalogue(stage, searched!.tenantId, products)
    const { rows, megabytes } = catalogue.terms
    note(`They are found by ${rows} terms, ${Math.round(megabytes)} MB with the index`)
    const shelves: Shelf[] = []
    for (const shop of sellers)
      shelves.push(await fillShelf(stage, shop, { goods: 500, batches: 2, branches: 1, parties: 20 }))
    const shelf = await fillShelf(stage, archive!, { goods: 1_000, batches: 1, branches: 3, parties: 500 })
    const ask = stage.start<StockLoop, StockSample>('stock-loop.ts')
    const tally = { movements: 0 }
    note(`Recording ${Math.ceil(mostArchived * part)} movements …`)
    await fillArchive(stage, ask, { shelf, movements: Math.ceil(mostArchived * part), note })
    const long = await fillShelf(stage, served!, { goods: 2_000, batches: 5, branches: 1, parties: 1 })
    await stage.query('comptoir', 'VACUUM ANALYZE')
    const databases = openDatabases(urlsOf(stage.appUrl()), parseConfig({}), () => {})
    try {
      const recording = lists.flatMap((list) =>
        [1, sellers.length].map((count) => recorder(stage, ask, shelves.slice(0, count), { list, tally })),
      )
      const reading = [
        ...searchers(databases, searched!.tenantId, catalogue, products),
        ...tracers(databases, shelf),
        ...serving(databases, long),
      ]
      const results = await measure([...yardsticks, ...recording, ...reading], options)
      await assertTied(stage, shelves, tally.movements)
      return results
    } finally {
      await databases.end()
    }
  },
}

function recorder(
  stage: Stage,
  ask: Ask<StockLoop, StockSample>,
  shelves: readonly Shelf[],
  { list, tally }: { list: (typeof lists)[number]; tally: { movements: number } },
): Subject {
  const clients = shelves.length === 1 ? clientsOfList[list] : clientsOfAll
  return {
    name: `list of ${list}, ${shelves.length === 1 ? '1 tenant' : `${shelves.length} tenants`}, ${clients} clients`,
    unit: 'movements/s',
    async run(seconds) {
      const sample = await ask({
        url: stage.appUrl(),
        clients,
        seconds,
        shelves,
        documents: 1,
        lines: list,
        firstGoodsEvery: 0,
      })
      tally.movements += sample.movements
      return sample
    },
    against: { pgbench: tpcb.pgbench, driver: tpcb.driver },
  }
}

/** Sales of four lines, 250 in a call; one line in ten is of the first goods, so that there is a batch that is everywhere. */
async function fillArchive(
  stage: Stage,
  ask: Ask<StockLoop, StockSample>,
  { shelf, movements, note }: { shelf: Shelf; movements: number; note: (line: string) => void },
): Promise<void> {
  const began = performance.now()
  let written = 0
  while (written < movements) {
    const calls = { documents: 250, lines: 4, firstGoodsEvery: 10 }
    const sample = await ask({ url: stage.appUrl(), clients: 3, seconds: 0.5, shelves: [shelf], ...calls })
    written += sample.movements
  }
  note(`${written} movements were recorded in ${Math.round((performance.now() - began) / 1000)} s`)
}

/** What people type, one after the other, each in a transaction of its own: in all, in what is sellable, within a category. */
function searchers({ app }: Databases, tenantId: string, catalogue: Catalogue, products: number): Subject[] {
  const searcher = (
    within: string,
    texts: readonly string[],
    filter: { is_sellable?: boolean; category_id?: string },
  ) => {
    let turn = 0
    // Where every word is common, some are not found.
    const missed = new Set<string>()
    return timed(`search in ${products} products${within}`, 'searches/s', async () => {
      const text = texts[turn++ % texts.length]!
      const hits = await inReadTransaction(app, tenantId, (tx) =>
        searchVariants({ ...tx, tenantId }, askedTerms(text), { limit: 20, ...filter }),
      )
      if (hits.length === 0) missed.add(text)
      if (missed.size * 50 > texts.length) throw new Error(`nothing was found for ${[...missed].join(', ')}`)
    })
  }
  return [
    searcher('', catalogue.texts, {}),
    searcher(', what is sellable', catalogue.texts, { is_sellable: true }),
    searcher(', within a category', catalogue.textsInCategory, { category_id: catalogue.categoryId }),
  ]
}

/** What a screen of a recall shows first: sums by branch, transfers, a page of parties and one of documents. */
function tracers({ app }: Databases, { tenantId, goods }: Shelf): Subject[] {
  const trace = (what: string, batchId: string) => {
    const batchIds = [batchId]
    return timed(`trace of a batch of ${what} of all movements`, 'traces/s', () =>
      inReadTransaction(app, tenantId, async (tx) => {
        const context = asEmployee(tx, tenantId)
        const subject = { batchIds, branchIds: null, batches: [] }
        await Promise.all([
          traceBatches(context, subject),
          readParties(context, subject, { limit: 50 }, undefined),
          readDocuments(context, subject, { limit: 50 }, undefined),
        ])
      }),
    )
  }
  return [trace('a thousandth', goods[1]!.batch_id), trace('a tenth', goods[0]!.batch_id)]
}

/** A list of 10,000 lines, 2,000 goods in five batches each: the rule alone, and a sale of it posted with its journal. */
function serving({ app }: Databases, { tenantId, branchIds: [branch_id = ''], goods }: Shelf): Subject[] {
  const stock = goods.map((one) => ({ ...one, available: '1000', expires_on: '2036-01-01', is_blocked: false }))
  const wanted = Array.from({ length: linesOfList }, (_, at) => ({
    variant_id: goods[(at * 5) % goods.length]!.variant_id,
    quantity: '3',
  }))
  const lines = wanted.map(({ variant_id, quantity }) => ({
    branch_id,
    variant_id,
    batch_id: 'fefo' as const,
    change: { kind: 'issue' as const, quantity, against: 'cost_of_sales' },
  }))
  const head = { document_type: 'sale', document_number: null, party_id: null, reason: null, on: null }
  return [
    timed(`FEFO of ${linesOfList} lines, the rule`, 'lists/s', async () => {
      const allocated = allocateBatches(wanted, { stock, today: '2026-01-15' })
      if (allocated.some(({ fault }) => fault !== null)) throw new Error('something was missing')
    }),
    timed(`FEFO of ${linesOfList} lines, posted`, 'lists/s', async () => {
      const id = uuidv7()
      await inTransaction(app, tenantId, (tx) =>
        postStock(asEmployee(tx, tenantId), { ...head, id, document_id: id, kind: 'sale', lines }),
      )
    }),
  ]
}

/** Runs something again and again, one after the other, at least once a round. */
function timed(name: string, unit: string, work: () => Promise<unknown>): Subject {
  return {
    name,
    unit,
    async run(seconds): Promise<Sample> {
      const times: number[] = []
      const began = performance.now()
      for (let at = began; times.length === 0 || at < began + seconds * 1000; ) {
        await work()
        const done = performance.now()
        times.push(done - at)
        at = done
      }
      const sorted = Float64Array.from(times).sort()
      const perSecond = (sorted.length / (performance.now() - began)) * 1000
      return { perSecond, p50: quantileOf(sorted, 0.5), p95: quantileOf(sorted, 0.95) }
    },
  }
}

/** All work is that of the role of requests. */
function urlsOf(url: string): Parameters<typeof openDatabases>[0] {
  return { app: url, read: url, identity: url, jobs: url }
}

/** Who may do everything in a tenant; what is announced is dropped. */
function asEmployee(tx: Transaction, tenantId: string): CommandContext & QueryContext {
  const caller = { userId: null, permissions: new Set(['*']), scope: null, features: new Set(), tenantId }
  return { ...tx, tenantId, now: now(), caller, newId: uuidv7, changed: () => {} } as unknown as CommandContext
}

/** Every movement that was counted is there, and what lies in each place is what came and went. */
async function assertTied(stage: Stage, shelves: readonly Shelf[], movements: number): Promise<void> {
  const ids = shelves.map(({ tenantId }) => `'${tenantId}'`).join(', ')
  const [found] = await stage.query<{ sales: number; untied: number }>(
    'comptoir',
    `SELECT (SELECT count(*)::int FROM inventory.movement WHERE quantity < 0 AND tenant_id IN (${ids})) AS sales,
            (SELECT count(*)::int FROM inventory.level l
             LEFT JOIN (SELECT tenant_id, level_id, sum(quantity) AS sum, count(*) AS count FROM inventory.movement GROUP BY 1, 2) m
               ON m.tenant_id = l.tenant_id AND m.level_id = l.id
             WHERE l.on_hand <> coalesce(m.sum, 0) OR l.version <> coalesce(m.count, 0)) AS untied`,
  )
  if (found?.sales === movements && found.untied === 0) return
  throw new Error(`${movements} movements were counted, ${found?.sales} recorded; ${found?.untied} places do not tie`)
}
