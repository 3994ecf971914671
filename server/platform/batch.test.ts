import { expect, test } from 'vitest'
import { createBatcher, readTogether } from './batch.ts'
import { createMetrics } from './metrics.ts'
import type { Caller, Command } from './operation.ts'
import type { Item, Outcome } from './run-items.ts'

const outcomesOf = async (
  run: (inputs: readonly number[]) => Promise<readonly number[]>,
  inputs: readonly number[],
) => {
  const calls: number[][] = []
  const double = readTogether((some: readonly number[]) => {
    calls.push([...some])
    return run(some)
  }, 1)
  const settled = await Promise.allSettled(inputs.map(double))
  return {
    calls,
    outcomes: settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
  }
}

const doubles = async (inputs: readonly number[]) => inputs.map((input) => 2 * input)

test('calls that arrive together are one, each with its own answer', async () => {
  expect(await outcomesOf(doubles, [3, 1, 2])).toEqual({ calls: [[3, 1, 2]], outcomes: [6, 2, 4] })
})

test('no more than a hundred go together', async () => {
  const inputs = Array.from({ length: 150 }, (_, at) => at)
  const { calls, outcomes } = await outcomesOf(doubles, inputs)
  expect(calls.map(({ length }) => length)).toEqual([100, 50])
  expect(outcomes).toEqual(inputs.map((input) => 2 * input))
})

test('what one of them breaks, it breaks for itself', async () => {
  const run = async (inputs: readonly number[]) => {
    if (inputs.includes(2)) throw new Error('two is too much')
    return doubles(inputs)
  }
  expect(await outcomesOf(run, [1, 2, 3])).toEqual({
    calls: [[1, 2, 3], [1], [2], [3]],
    outcomes: [2, 'two is too much', 6],
  })
})

test('when the database is away or busy, none is asked for alone', async () => {
  const run = async () => {
    throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' })
  }
  expect((await outcomesOf(run, [1, 2, 3])).calls).toEqual([[1, 2, 3]])
})

const caller: Caller = {
  ...{
    requestId: 'a request',
    userId: null,
    sessionId: null,
    apiKeyId: null,
    deviceId: null,
    tenantId: null,
    employeeId: null,
  },
  ...{ permissions: new Set(), scope: null, features: new Set() },
}

test('those who ask at once commit together, and again when their answers come', async () => {
  const sizes: number[] = []
  const run = async (_command: Command, _tenantId: string, items: readonly Item[]): Promise<Outcome[]> => {
    sizes.push(items.length)
    return items.map(() => ({ status: 201, body: null, replayed: false }))
  }
  const commit = createBatcher({ run, queueLimit: 10, metrics: createMetrics() })
  const item: Item = { input: {}, caller, repetition: { ids: [], requestHash: Buffer.alloc(0) } }
  const askTwice = async () => {
    for (const _ of [1, 2]) await commit({ name: 'probe.ask' } as Command, 'a tenant', item)
  }
  await Promise.all(Array.from({ length: 5 }, askTwice))
  expect(sizes).toEqual([5, 5])
})
