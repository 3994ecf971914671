import { Client } from 'pg'
import { uuidv7 } from '../server/platform/identifiers.ts'
import type { BatchContext, ItemContext } from '../server/platform/operation.ts'
import { now } from '../server/platform/time.ts'
import { checkout } from '../server/sales/checkout.ts'
import { checkoutInput } from '../server/sales/contract.ts'
import type { Settings } from '../server/settings/index.ts'
import { answerParent } from './child.ts'
import { quantileOf, type Sample } from './measure.ts'

/** A tenant with tills, goods that have a price, and the tender of its cash. */
export interface Counter {
  readonly tenantId: string
  readonly sessionIds: readonly string[]
  readonly variantIds: readonly string[]
  readonly cashId: string
}

export interface CheckoutLoop {
  /** Connection URL of the role of requests. */
  readonly url: string
  readonly clients: number
  readonly seconds: number
  /** Client number i sells in counters[i modulo their number]. */
  readonly counters: readonly Counter[]
  /** How many sales go into one transaction. */
  readonly batch: number
  /** How many a client sells at most; as many as it can unless given. */
  readonly most?: number
}

export interface CheckoutSample extends Sample {
  readonly sales: number
}

export const linesOfSale = 3

// Nobody has set anything: what is in force is what the code says.
const settings = {
  environment: 'bench',
  valueOf: (_: unknown, setting: { default: unknown }) => setting.default,
} as unknown as Settings
const sealed = checkout(settings)

/** Sells as the product does, without HTTP, answers to be kept and entries of the chain but for one a sale. */
answerParent(async (loop: CheckoutLoop): Promise<CheckoutSample> => {
  const connections = await Promise.all(Array.from({ length: loop.clients }, () => connect(loop.url)))
  const times: number[] = []
  const began = performance.now()
  const end = began + loop.seconds * 1000
  await Promise.all(
    connections.map(async (client, index) => {
      for (let at = began, sold = 0; at < end && sold < (loop.most ?? Number.POSITIVE_INFINITY); sold += loop.batch) {
        await sell(client, loop, index)
        const then = performance.now()
        times.push(then - at)
        at = then
      }
    }),
  )
  const elapsed = performance.now() - began
  await Promise.all(connections.map((client) => client.end()))
  const sorted = Float64Array.from(times).sort()
  const sales = sorted.length * loop.batch
  return {
    sales,
    perSecond: (sales / elapsed) * 1000,
    p50: quantileOf(sorted, 0.5),
    p99: quantileOf(sorted, 0.99),
  }
})

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, pipeline: true } as ConstructorParameters<typeof Client>[0])
  await client.connect()
  return client
}

async function sell(client: Client, loop: CheckoutLoop, index: number): Promise<void> {
  const counter = loop.counters[index % loop.counters.length]!
  const till = Math.floor(index / loop.counters.length)
  const { tenantId } = counter
  const context = { client, tenantId, now: now() } as unknown as BatchContext
  const inputs = Array.from({ length: loop.batch }, (_, at) =>
    checkoutInput.parse(saleAt(counter, till * loop.batch + at)),
  )
  const item = {
    now: context.now,
    caller: { userId: null, employeeId: null, permissions: new Set(['*']), scope: null },
    newId: uuidv7,
    changed: () => {},
  } as unknown as ItemContext
  const [, , { world }] = await Promise.all([
    client.query('BEGIN'),
    client.query({ name: 'tenant', text: 'SELECT platform.set_tenant($1)', values: [tenantId] }),
    sealed.read(context, inputs, []),
  ])
  const decisions = inputs.map((input) => sealed.decide(world, input, item).decision)
  const entries = decisions.map(({ output }) => ({
    event: 'sales.checkout',
    environment: 'bench',
    resource_type: 'sale',
    resource_id: output.id,
    new_values: { number: output.number, total: output.total },
  }))
  const answers = decisions.map(({ output }) => ({
    id: uuidv7(),
    request_hash: '00',
    answer: JSON.stringify({ status: 201, body: output }),
    impersonal_answer: null,
  }))
  await Promise.all([sealed.write(context, decisions, { answers, entries }), client.query('COMMIT')])
}

/** A basket of goods that are different ones, paid for with a note. */
export function saleAt({ sessionIds, variantIds, cashId }: Counter, till: number) {
  const first = Math.floor(Math.random() * variantIds.length)
  return {
    session_id: sessionIds[till % sessionIds.length]!,
    lines: Array.from({ length: linesOfSale }, (_, at) => ({
      variant_id: variantIds[(first + at * 7) % variantIds.length]!,
    })),
    payments: [{ tender_id: cashId, amount: '100' }],
  }
}
