import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { watchDatabase } from './harness/fingerprint.ts'
import { createTestDatabase, type TestDatabase } from './harness/postgres.ts'

let database: TestDatabase
let superuser: pg.Client
let fingerprint: () => Promise<string>

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { migrated: false })
  superuser = new pg.Client({ connectionString: database.superuserUrl })
  await superuser.connect()
  await superuser.query(
    `CREATE TABLE thing (id int PRIMARY KEY, name text, seen int);
     CREATE TABLE part (id int, name text) PARTITION BY LIST (name);
     CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');
     CREATE TABLE part_b PARTITION OF part FOR VALUES IN ('b');
     CREATE TABLE chatter (id int);
     INSERT INTO thing VALUES (1, 'one', 0), (2, 'two', 0), (3, 'passing', 0);
     INSERT INTO part VALUES (1, 'a');`,
  )
  fingerprint = await watchDatabase(superuser, {
    tables: ['public.chatter'],
    rows: { 'public.thing': "t.name = 'passing'" },
    columns: { 'public.thing': ['seen'] },
  })
})

afterAll(async () => {
  await superuser.end()
  await database.drop()
})

test.each([
  ['a row that comes', "INSERT INTO thing VALUES (4, 'four', 0)"],
  ['a row that goes', 'DELETE FROM thing WHERE id = 1'],
  ['a value that changes', "UPDATE thing SET name = 'zwei' WHERE id = 2"],
  [
    'a row that comes again under its key',
    "INSERT INTO thing VALUES (2, '', 0) ON CONFLICT (id) DO UPDATE SET name = 'deux'",
  ],
  ['a row that moves to another partition', "UPDATE part SET name = 'b'"],
  ['a row that comes straight into a partition', "INSERT INTO part_a VALUES (3, 'a')"],
  ['a partition that is emptied', 'TRUNCATE part_a'],
  ['a row that is no exception any more', "UPDATE thing SET name = 'three' WHERE id = 3"],
  ['a table that is emptied', 'TRUNCATE part'],
])('%s changes the fingerprint', async (_, statement) => {
  const before = await fingerprint()
  const { rowCount } = await superuser.query(statement)
  expect(rowCount === null || rowCount > 0).toBe(true)
  const after = await fingerprint()
  expect(after).not.toBe(before)
  expect(after.split('\n').filter((line) => !before.split('\n').includes(line))).toHaveLength(1)
})

test.each([
  ['what is rolled back', 'BEGIN; DELETE FROM thing; INSERT INTO thing VALUES (9); ROLLBACK'],
  ['what is put back as it was', 'DELETE FROM thing WHERE id = 2', "INSERT INTO thing VALUES (2, 'deux', 7)"],
  ['a statement that finds no row', 'DELETE FROM thing WHERE id = 77'],
  [
    'a row, a column or a table that is left out',
    "INSERT INTO thing VALUES (8, 'passing', 0)",
    'UPDATE thing SET seen = 5',
  ],
  ['another table that is left out', 'INSERT INTO chatter VALUES (1)'],
])('%s does not', async (_, ...statements) => {
  const before = await fingerprint()
  for (const statement of statements) await superuser.query(statement)
  expect(await fingerprint()).toBe(before)
})
