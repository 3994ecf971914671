import { answerParent } from './child.ts'
import { basketOf, type Counter } from './counter.ts'
import { quantileOf, type Sample } from './measure.ts'
import { callerAt, type Environment, openProduct } from './product.ts'

export interface CheckoutLoop {
  /** Of the product, with the database that is sold in. */
  readonly environment: Environment
  /** Client number i sells in counters[i modulo their number]. */
  readonly counters: readonly Counter[]
  readonly clients: number
  readonly seconds: number
}

export interface CheckoutSample extends Sample {
  readonly sales: number
}

/** Sells as the server does once a request is authenticated and its body read: each client one basket after the other. */
answerParent(async ({ environment, counters, clients, seconds }: CheckoutLoop): Promise<CheckoutSample> => {
  const { DATABASE_URL: database = '' } = environment
  const product = await (products.get(database) ?? open(environment, database))
  const callers = await Promise.all(counters.map((counter) => callerAt(product, counter)))
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      const at = index % counters.length
      const till = Math.floor(index / counters.length)
      for (let from = began; from < end; ) {
        const input = basketOf(counters[at]!, till)
        await product.execute({ operation: product.checkout, input, caller: callers[at]!() })
        const then = performance.now()
        times.push(then - from)
        from = then
      }
    }),
  )
  const elapsed = performance.now() - began
  const sorted = Float64Array.from(times).sort()
  return {
    sales: sorted.length,
    perSecond: (sorted.length / elapsed) * 1000,
    p50: quantileOf(sorted, 0.5),
    p99: quantileOf(sorted, 0.99),
  }
})

const products = new Map<string, ReturnType<typeof openProduct>>()

/** Connections stay from one round to the next, as those of the yardsticks do. */
function open(environment: Environment, database: string): ReturnType<typeof openProduct> {
  const opening = openProduct(environment).then((product) => {
    product.databases.app.options.idleTimeoutMillis = 0
    return product
  })
  products.set(database, opening)
  return opening
}
