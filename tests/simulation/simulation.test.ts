import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../harness/postgres.ts'
import { simulate } from './simulation.ts'

test('shops do what a plain model of them does, whatever happens to them', { timeout: 600_000 }, async () => {
  const database = await createTestDatabase(inject('postgresPort'))
  const report = await simulate(database, { seed: 7, operations: 2_500, servers: 1, shops: 3 })
  await database.drop()
  expect(report).toContain('went as the model says')
})
