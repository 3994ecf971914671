import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { kindOf, shrink } from './shrink.ts'

test('what goes wrong is of the same kind whatever its numbers, ids and rows', () => {
  const told: ((number: number) => string)[] = [
    (number) => `the books hold ${number} on cash ${randomUUID()}, the model ${number + 1}\nand more: ${number}`,
    () => `answer.lines.0.allocations.0.batch_id: expected ${randomUUID()}, was "${randomUUID()}"`,
    (number) => `not so: movements add up to the stock of each batch: {"id":"${randomUUID()}","on_hand":"${number}"}`,
    (number) => `expected success, was refused with drawer_short: there are ${number}.50`,
  ]
  for (const tell of told) expect(kindOf(tell(7))).toBe(kindOf(tell(1234)))
  expect(new Set(told.map((tell) => kindOf(tell(7)))).size).toBe(told.length)
})

test('a long list of steps is left with those that make it go wrong', async () => {
  const steps = Array.from({ length: 300 }, (_, at) => at)
  const tryOut = async (some: readonly number[]) => (some.includes(0) && some.includes(290) ? some : undefined)
  expect(await shrink(steps, 1, tryOut)).toEqual([0, 290])
  expect(await shrink(steps, 1, async () => undefined)).toBeUndefined()
})

test('no shorter list is looked for once the first ones took too long', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const steps = Array.from({ length: 300 }, (_, at) => at)
  const tried: number[] = []
  const tryOut = async (some: readonly number[]) => {
    tried.push(some.length)
    vi.advanceTimersByTime(100_000)
    return undefined
  }
  expect(await shrink(steps, 1, tryOut)).toBeUndefined()
  expect(tried).toEqual([17, 65])
})
