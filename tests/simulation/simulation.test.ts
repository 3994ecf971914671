import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../harness/postgres.ts'
import { whatLacks } from './report.ts'
import { simulate } from './simulation.ts'

test('shops do what a plain model of them does, whatever happens to them', { timeout: 600_000 }, async () => {
  const database = await createTestDatabase(inject('postgresPort'))
  const report = await simulate(database, { seed: 7, operations: 10_000, servers: 1, shops: 3 })
  await database.drop()
  expect(whatLacks(report, { times: 10 })).toEqual([])
})
