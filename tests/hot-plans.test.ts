import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Explained, explainRequests, hearAll, hearPlans, type PlanNode } from './harness/auto-explain.ts'
import { bigTables, multiplyGoods, multiplySales } from './harness/many-sales.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { clientIn, signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { makeGoods, openTill, sell, type Till } from './harness/till.ts'

const rowsOfSales = 100_000
const products = 100_000
const found = 30_000

let database: TestDatabase
let owner: TestOwner
let till: Till
let heard: readonly Explained[]
const servers: TestServer[] = []
const goods: string[] = []

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  await explainRequests(database, 'force_generic_plan')
  const server = await startServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  for (const name of ['Thé vert', 'Café moulu', 'Huile d’olive'])
    goods.push(await makeGoods(owner, { name, stock: '1000' }))
  await asSuperuser((client) => multiplyGoods(client, owner.tenantId, { products, found }))
  await asSuperuser(countTables)
  for (const { work } of hot) await work()
  await asSuperuser((client) => multiplySales(client, owner.tenantId, rowsOfSales))
}, 300_000)
afterAll(async () => {
  for (const server of servers) await server.close()
  await database?.drop()
})

const asSuperuser = (work: Parameters<typeof withClient>[1]) => withClient(database.superuserUrl, work)

/** Its connections plan as those are told that begin now. */
async function startServer(): Promise<TestServer> {
  const server = await startTestServer({ database })
  servers.push(server)
  heard = hearPlans(server.product.databases.app)
  return server
}

async function hearEverything(): Promise<void> {
  for (const { product } of servers) await hearAll(product.databases.app)
}

const basket = () => goods.map((variant_id) => ({ variant_id }))

async function sellTwice(): Promise<void> {
  const { id } = await sell(owner, till, basket())
  await sell(owner, till, basket(), { id })
}

async function giveBack(): Promise<void> {
  const { id } = await sell(owner, till, basket())
  await owner.client.call('sales.refund', {
    session_id: till.session_id,
    original_id: id,
    reason: 'Brought back',
    lines: [{ line: 1 }],
    payments: [{ tender_id: till.tenders.cash ?? '', amount: '12' }],
  })
}

interface Hot {
  readonly what: string
  readonly work: () => Promise<unknown>
  /** Statements that are run for it. */
  readonly runs: readonly string[]
  /** How many rows one place of a plan reads at most. */
  readonly most: number
}

const hot: readonly Hot[] = [
  {
    what: 'a sale',
    work: () => sell(owner, till, basket()),
    runs: [
      'SELECT sales.hold(',
      'SELECT FROM inventory.cost c',
      'INSERT INTO sales.sale ',
      'INSERT INTO sales.line ',
      'INSERT INTO inventory.posting ',
      'UPDATE inventory.level l',
      'INSERT INTO inventory.movement ',
      'INSERT INTO payments.payment ',
      'INSERT INTO ledger.journal ',
      'INSERT INTO ledger.entry ',
      'INSERT INTO platform.idempotency_key ',
      'INSERT INTO audit.entry ',
    ],
    most: 100,
  },
  { what: 'a sale that is sent again', work: sellTwice, runs: ['FROM platform.idempotency_key k'], most: 100 },
  {
    what: 'goods that come back',
    work: giveBack,
    runs: ['FROM sales.sale s WHERE s.tenant_id = p_tenant AND s.id = ANY'],
    most: 100,
  },
  {
    what: 'a stock look-up',
    work: () => owner.client.call('inventory.list-levels', { variant_id: goods[0] }),
    runs: ['from "inventory"."level"'],
    most: 100,
  },
  // All that a shift sold: few baskets.
  {
    what: 'how a drawer stands',
    work: () => owner.client.call('cash.get-x-report', { id: till.session_id }),
    runs: ['SELECT a.purpose, j.document_type'],
    most: 200,
  },
  // Of 250 that are nearly as good, all terms: every word here is on a third of the goods.
  {
    what: 'a search',
    work: () => owner.client.call('catalog.search', { text: 'cafe moul', limit: 20 }),
    runs: ['catalog.term'],
    most: 5_000,
  },
]

const states: readonly [plans: string, prepare: () => Promise<unknown>][] = [
  ['plans that were made while nothing was sold', async () => {}],
  ['plans for any values', () => asSuperuser(countTables)],
  [
    'plans for the values at hand',
    async () => {
      await explainRequests(database, 'force_custom_plan')
      owner = { ...owner, client: clientIn(await startServer(), owner, owner.tenantId) }
    },
  ],
]

describe.each(states)('by %s, as the role of requests,', (_, prepare) => {
  beforeAll(prepare, 120_000)

  test.each(hot)(
    '$what reads no big table by scanning it, and no more of any than it needs',
    async ({ work, runs, most }) => {
      await hearEverything()
      const from = heard.length
      await work()
      await hearEverything()
      const plans = heard.slice(from)
      expect(runs.filter((text) => !plans.some((one) => one['Query Text'].includes(text)))).toEqual([])
      expect(plans.flatMap((one) => greedyPlaces(one, most))).toEqual([])
    },
  )
})

/** The places of a plan that read more of a big table than so many rows, or than the pages that those may lie on. */
function greedyPlaces({ 'Query Text': text, Plan }: Explained, most: number): string[] {
  return placesOf(Plan).flatMap((place) => {
    const table = `${place.Schema}.${place['Relation Name']?.replace(/_\d{4}_\d{2}$/, '')}`
    if (!place['Node Type'].endsWith('Scan') || !bigTables.includes(table)) return []
    const loops = place['Actual Loops']
    const removed = (place['Rows Removed by Filter'] ?? 0) + (place['Rows Removed by Index Recheck'] ?? 0)
    const rows = Math.round((place['Actual Rows'] + removed) * loops)
    const pages = place['Shared Hit Blocks'] + place['Shared Read Blocks']
    if (rows <= most && pages <= 50 + 10 * (rows + loops)) return []
    const by = place['Index Cond'] ?? 'all of it'
    return [
      `${place['Node Type']} of ${table} by ${by}: ${rows} rows on ${pages} pages, in ${text.trim().slice(0, 200)}`,
    ]
  })
}

function placesOf(place: PlanNode): PlanNode[] {
  return [place, ...(place.Plans ?? []).flatMap(placesOf)]
}
