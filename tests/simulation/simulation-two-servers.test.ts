import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../harness/postgres.ts'
import { simulate } from './simulation.ts'

test('shops do so, too, whose requests go to two servers on one database', { timeout: 600_000 }, async () => {
  const database = await createTestDatabase(inject('postgresPort'))
  const report = await simulate(database, { seed: 8, operations: 2_500, servers: 2, shops: 3 })
  await database.drop()
  expect(report).toContain('went as the model says')
})
