import { Client } from 'pg'
import { valueMovements } from '../server/costing/index.ts'
import { holdStock, recordPostings } from '../server/inventory/stock-queries.ts'
import { answerParent } from './child.ts'
import { quantileOf, type Sample } from './measure.ts'
import { headOf, type Shelf } from './shelf.ts'

export interface StockLoop {
  /** Connection URL of the role of requests. */
  readonly url: string
  readonly clients: number
  readonly seconds: number
  /** Client number i works in shelves[i modulo their number], there in the branch whose turn it is. */
  readonly shelves: readonly Shelf[]
  /** How many documents go into one call, and so into one transaction; and how many movements each has. */
  readonly documents: number
  readonly lines: number
  /** One movement in so many is of the first goods; 0: as many as of any. */
  readonly firstGoodsEvery: number
}

export interface StockSample extends Sample {
  readonly movements: number
}

/** Records sales of stock as the product does: what is sold is held, weighed and recorded in one transaction. */
answerParent(async (loop: StockLoop): Promise<StockSample> => {
  // For each round anew: PostgreSQL has a hundred connections, and the yardsticks and the server need theirs.
  const connections = await Promise.all(Array.from({ length: loop.clients }, () => connect(loop.url)))
  const times: number[] = []
  const began = performance.now()
  const end = began + loop.seconds * 1000
  await Promise.all(
    connections.map(async (client, index) => {
      for (let now = began; now < end; ) {
        await post(client, loop, index)
        const then = performance.now()
        times.push(then - now)
        now = then
      }
    }),
  )
  const elapsed = performance.now() - began
  await Promise.all(connections.map((client) => client.end()))
  const sorted = Float64Array.from(times).sort()
  const movements = sorted.length * loop.documents * loop.lines
  return {
    movements,
    perSecond: (movements / elapsed) * 1000,
    p50: quantileOf(sorted, 0.5),
    p99: quantileOf(sorted, 0.99),
  }
})

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, pipeline: true } as ConstructorParameters<typeof Client>[0])
  await client.connect()
  return client
}

async function post(client: Client, loop: StockLoop, index: number): Promise<void> {
  const shelf = loop.shelves[index % loop.shelves.length]!
  const { tenantId, branchIds } = shelf
  const branch_id = branchIds[Math.floor(index / loop.shelves.length) % branchIds.length]!
  const scope = { client, tenantId } as unknown as Parameters<typeof holdStock>[0]
  const drafts = Array.from({ length: loop.documents }, () =>
    Array.from({ length: loop.lines }, () => ({ ...goodsOf(shelf, loop.firstGoodsEvery), branch_id })),
  )
  const [, , held] = await Promise.all([
    client.query('BEGIN'),
    client.query({ name: 'tenant', text: 'SELECT platform.set_tenant($1)', values: [tenantId] }),
    holdStock(scope, drafts.flat()),
  ])
  const costs = new Map(held.map((one) => [one.variant_id, one]))
  const change = { kind: 'issue', quantity: '1', against: 'cost_of_sales' } as const
  const { movements } = valueMovements(
    drafts.flat().map((one) => ({ ...one, change })),
    { stateOf: ({ variant_id }) => costs.get(variant_id)!, minorUnitOf: () => 2 },
  )
  const postings = drafts.map((_, at) => ({
    ...headOf('sale', shelf),
    movements: movements.slice(at * loop.lines, (at + 1) * loop.lines),
  }))
  const [recorded] = await Promise.all([recordPostings(scope, postings), client.query('COMMIT')])
  const refused = recorded.find(({ code }) => code !== null)
  if (refused) throw new Error(`a posting was refused: ${refused.code}`)
}

function goodsOf({ goods }: Shelf, firstGoodsEvery: number) {
  const isFirst = firstGoodsEvery > 0 && Math.random() * firstGoodsEvery < 1
  return goods[isFirst ? 0 : Math.floor(Math.random() * goods.length)]!
}
