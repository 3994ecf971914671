import { setImmediate as nextTurn } from 'node:timers/promises'
import { refusalOfDatabase } from './database.ts'
import type { Metrics } from './metrics.ts'
import type { Command } from './operation.ts'
import { platformRefusals, Refusal } from './refusal.ts'
import type { Item, Outcome } from './run-items.ts'

export interface BatcherOptions {
  /** Runs items of one tenant in one transaction. */
  run(command: Command, tenantId: string, items: readonly Item[]): Promise<Outcome[]>
  /** How many items of one operation and tenant may wait. */
  queueLimit: number
  metrics: Metrics
}

interface Waiting {
  readonly item: Item
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

const largestBatch = 500

/**
 * Group commit. The first call of a tenant goes with those of the same turn of the event loop; calls that arrive while they
 * are in flight wait and go together when they are done. A failure nobody foresaw rolls a batch back, and its items then run
 * one by one, so that it reaches only the item that causes it. When the database went away meanwhile, none is run again: it
 * may have been committed.
 */
export function createBatcher({ run, queueLimit, metrics }: BatcherOptions) {
  const queues = new Map<string, Waiting[]>()

  return (command: Command, tenantId: string, item: Item): Promise<Outcome> => {
    const name = `${tenantId} ${command.name}`
    const queue = queues.get(name)
    if (queue && queue.length >= queueLimit) throw new Refusal(platformRefusals.overloaded)
    return new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject }
      metrics.batchWaiting.inc({ operation: command.name })
      if (queue) {
        queue.push(waiting)
        return
      }
      queues.set(name, [waiting])
      void drain(command, tenantId, name)
    })
  }

  async function drain(command: Command, tenantId: string, name: string): Promise<void> {
    for (let queue = queues.get(name); queue && queue.length > 0; queue = queues.get(name)) {
      // What arrives in the same turn of the event loop goes along: callers whose answer lets them ask again, among others.
      await nextTurn()
      const batch = takeDistinct(queue)
      metrics.batchWaiting.dec({ operation: command.name }, batch.length)
      metrics.batchSize.observe({ operation: command.name }, batch.length)
      await commit(command, tenantId, batch)
    }
    queues.delete(name)
  }

  async function commit(command: Command, tenantId: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await run(
        command,
        tenantId,
        batch.map(({ item }) => item),
      )
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index]
        if (outcome) resolve(outcome)
        else reject(new Error(`${command.name} gave no outcome`))
      })
    } catch (error) {
      if (batch.length > 1 && mayBeOneItemsFault(error)) await commitOneByOne(command, tenantId, batch)
      else for (const { reject } of batch) reject(error)
    }
  }

  /** Gives up on the rest once the database lets two in a row wait in vain: it is busy, not they at fault. */
  async function commitOneByOne(command: Command, tenantId: string, batch: readonly Waiting[]): Promise<void> {
    let waitedInVain = 0
    for (const { item, resolve, reject } of batch) {
      if (waitedInVain === 2) {
        reject(new Refusal(platformRefusals.overloaded))
        continue
      }
      try {
        const [outcome] = await run(command, tenantId, [item])
        if (!outcome) throw new Error(`${command.name} gave no outcome`)
        waitedInVain = 0
        resolve(outcome)
      } catch (error) {
        waitedInVain = refusalOfDatabase(error) ? waitedInVain + 1 : 0
        reject(error)
      }
    }
  }
}

/** Not when the database went away: then the batch may have been committed, and running it again would double it. */
function mayBeOneItemsFault(error: unknown): boolean {
  return refusalOfDatabase(error)?.kind !== platformRefusals.unavailable
}

/** Takes the next batch off the queue; two items with the same key never share one, so the second finds the answer of the first. */
function takeDistinct(queue: Waiting[]): Waiting[] {
  const seen = new Set<string>()
  const batch: Waiting[] = []
  const later: Waiting[] = []
  for (const waiting of queue.splice(0)) {
    const { ids } = waiting.item.repetition
    if (batch.length === largestBatch || ids.some((id) => seen.has(id))) later.push(waiting)
    else {
      batch.push(waiting)
      for (const id of ids) seen.add(id)
    }
  }
  queue.push(...later)
  return batch
}

interface Call<Input, Output> {
  readonly input: Input
  resolve(output: Output): void
  reject(error: unknown): void
}

/**
 * Makes one read of many calls: those that arrive while `most` earlier reads are under way wait and are read together; a lone
 * one is read when its turn of the event loop ends. `read` answers with one output an input, in order. When it fails for several,
 * but for what is the database's, each is read alone, so that a failure reaches only the caller whom it concerns.
 */
export function readTogether<Input, Output>(
  read: (inputs: readonly Input[]) => Promise<readonly Output[]>,
  most: number,
): (input: Input) => Promise<Output> {
  const queue: Call<Input, Output>[] = []
  let underWay = 0

  return (input) =>
    new Promise((resolve, reject) => {
      queue.push({ input, resolve, reject })
      if (underWay === most) return
      underWay++
      void drain()
    })

  async function drain(): Promise<void> {
    // What arrives in the same turn of the event loop goes along.
    await nextTurn()
    while (queue.length > 0) await readFor(queue.splice(0, 100))
    underWay--
  }

  async function readFor(calls: readonly Call<Input, Output>[]): Promise<void> {
    try {
      const outputs = await read(calls.map(({ input }) => input))
      for (const [index, { resolve }] of calls.entries()) resolve(outputs[index] as Output)
    } catch (error) {
      // When the database is busy or away, it is for all of them; to ask it for each would keep those behind waiting.
      if (calls.length === 1 || refusalOfDatabase(error)) for (const { reject } of calls) reject(error)
      else for (const call of calls) await readFor([call])
    }
  }
}
