import { expect, inject, test } from 'vitest'
import { createTestDatabase, withClient } from '../../tests/harness/postgres.ts'
import './database.ts'

test('a list of ids is read as it was written, the empty ones and those with nulls too', async () => {
  const ids = ['01900000-0000-7000-8000-000000000001', 'ffffffff-ffff-7fff-bfff-ffffffffffff']
  const lists = [[], [ids[0]], ids, [ids[0], null], [ids, ids]]
  const database = await createTestDatabase(inject('postgresPort'), { migrated: false })
  await withClient(database.superuserUrl, async (client) => {
    for (const list of lists) {
      const { rows } = await client.query('SELECT $1::uuid[] AS list', [list])
      expect(rows).toEqual([{ list }])
    }
  })
  await database.drop()
})
