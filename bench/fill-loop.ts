import { writeAudit } from '../server/audit/index.ts'
import { inTransaction, withRetries } from '../server/platform/database.ts'
import { repetitionOf } from '../server/platform/idempotency.ts'
import { Refusal } from '../server/platform/refusal.ts'
import { runItems } from '../server/platform/run-items.ts'
import { answerParent } from './child.ts'
import { basketOf, type Counter } from './counter.ts'
import { callerAt, type Environment, openProduct } from './product.ts'

export interface FillLoop {
  /** Of the product, with the database that is sold in. */
  readonly environment: Environment
  readonly counters: readonly Counter[]
  /** In each of the counters. */
  readonly sales: number
  /** How many go into one transaction. */
  readonly list: number
}

/** One is decided while the other is written. */
const listsAtOnce = 2
const secret = Buffer.from('the bench repeats nothing')
/** A long list may take its time, and the next one waits for its goods. */
const patience = { STATEMENT_TIMEOUT_MS: '3600000', LOCK_TIMEOUT_MS: '600000' }

/** Sells by the same path as a batch of the server, in lists that are longer; leaves no connection. */
answerParent(async ({ environment, counters, sales, list }: FillLoop): Promise<object> => {
  const product = await openProduct({ ...environment, ...patience })
  try {
    for (const counter of counters) await sellAt(product, counter, { sales, list })
    return {}
  } finally {
    await product.databases.end()
  }
})

async function sellAt(
  product: Awaited<ReturnType<typeof openProduct>>,
  counter: Counter,
  { sales, list }: Pick<FillLoop, 'sales' | 'list'>,
): Promise<void> {
  const { databases, checkout, config } = product
  const callerOf = await callerAt(product, counter)
  const auditing = { writeAudit, environment: config.environment }
  let sold = 0
  const itemAt = (till: number) => {
    const input = checkout.input.parse(basketOf(counter, till))
    const caller = callerOf()
    return { input, caller, repetition: repetitionOf(checkout, caller, input, { key: undefined, secret }) }
  }
  const sellLists = async () => {
    while (sold < sales) {
      const from = sold
      sold = Math.min(sales, from + list)
      const items = Array.from({ length: sold - from }, (_, at) => itemAt(from + at))
      await withRetries(
        () =>
          inTransaction(databases.app, counter.tenantId, async (tx) => {
            const outcomes = await runItems(tx, checkout, counter.tenantId, items, auditing)
            const refused = outcomes.find((one) => one instanceof Refusal)
            if (refused) throw refused
          }),
        () => {},
      )
    }
  }
  await Promise.all(Array.from({ length: listsAtOnce }, sellLists))
}
