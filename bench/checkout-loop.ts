import { Client } from 'pg'
import { uuidv7 } from '../server/platform/identifiers.ts'
import type { BatchContext, ItemContext } from '../server/platform/operation.ts'
import { now } from '../server/platform/time.ts'
import { checkout } from '../server/sales/checkout.ts'
import { checkoutInput } from '../server/sales/contract.ts'
import type { Settings } from '../server/settings/index.ts'
import { answerParent } from './child.ts'
import { type Counter, saleAt } from './counter.ts'
import { quantileOf, type Sample } from './measure.ts'

export interface CheckoutLoop {
  /** Connection URL of the role of requests. */
  readonly url: string
  readonly clients: number
  readonly seconds: number
  /** Client number i sells in counters[i modulo their number]. */
  readonly counters: readonly Counter[]
  /** How many sales go into one transaction. */
  readonly batch: number
  /** How many they sell at most, all together; as many as they can unless given. */
  readonly most?: number
}

export interface CheckoutSample extends Sample {
  readonly sales: number
}

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
  const most = loop.most ?? Number.POSITIVE_INFINITY
  let sales = 0
  await Promise.all(
    connections.map(async (client, index) => {
      for (let at = began; at < end && sales < most; ) {
        const count = Math.min(loop.batch, most - sales)
        sales += count
        await sell(client, loop, { index, count })
        const then = performance.now()
        times.push(then - at)
        at = then
      }
    }),
  )
  const elapsed = performance.now() - began
  await Promise.all(connections.map((client) => client.end()))
  const sorted = Float64Array.from(times).sort()
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

async function sell(
  client: Client,
  loop: CheckoutLoop,
  { index, count }: { index: number; count: number },
): Promise<void> {
  const counter = loop.counters[index % loop.counters.length]!
  const till = Math.floor(index / loop.counters.length)
  const { tenantId } = counter
  const context = { client, tenantId, now: now() } as unknown as BatchContext
  const inputs = Array.from({ length: count }, (_, at) => checkoutInput.parse(saleAt(counter, till * loop.batch + at)))
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
