import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { roleKinds } from '../server/platform/roles.ts'
import { runImportCrashes } from './crash/import-crashes.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { temporaryDirectory } from './harness/process.ts'
import { testAuthSecret } from './harness/server.ts'

const kills = 5
const seed = 7

let database: TestDatabase
let directory: { path: string; remove(): Promise<void> }
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  directory = await temporaryDirectory()
})
afterAll(async () => {
  await database.drop()
  await directory.remove()
})

// The seed chooses the file and when the server is killed; `npm run crash -- --imports` takes others, and any number of kills.
test('kill -9 of a server that commits or takes back an import loses, doubles and halves no row', async () => {
  const urls = roleKinds.map((kind) => [`DATABASE_${kind.toUpperCase()}_URL`, database.roleUrls[kind]])
  const report = await runImportCrashes({
    ...{ kills, seed },
    place: {
      env: {
        ...{ DATA_DIR: directory.path, DATABASE_URL: database.ownerUrl, AUTH_SECRET: testAuthSecret },
        ...{ ENCRYPTION_KEY: Buffer.alloc(32, 9).toString('base64') },
        ...Object.fromEntries(urls),
      },
      asSuperuser: (work) => withClient(database.superuserUrl, work),
    },
  })
  expect(report.committing).toHaveLength(kills)
  expect(report.undoing).toHaveLength(2)
  expect(
    report.committing.every((cursor) => cursor > 0 && cursor < report.rows),
    'all in the middle',
  ).toBe(true)
}, 300_000)
