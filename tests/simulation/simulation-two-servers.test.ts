import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../harness/postgres.ts'
import { whatLacks } from './report.ts'
import { simulate } from './simulation.ts'

test('shops do so, too, whose requests go to two servers on one database', { timeout: 600_000 }, async () => {
  const database = await createTestDatabase(inject('postgresPort'))
  const report = await simulate(database, { seed: 8, operations: 10_000, servers: 2, shops: 3 })
  await database.drop()
  expect(whatLacks(report, { times: 10 })).toEqual([])
})
