import { expect, test } from 'vitest'
import { runCrashes } from './crash/run.ts'

const kills = 28
const seed = 7

// The seed chooses who is killed when; `npm run crash` takes others, and any number of kills.
test('kill -9 of the server, of PostgreSQL and of both while 32 clients sell loses, doubles and halves nothing', async () => {
  const report = await runCrashes({ kills, seed })
  expect(report.kills).toEqual({ 'the server': 7, PostgreSQL: 7, both: 7, 'a part of PostgreSQL': 7 })
  expect(report.twofold, 'some hit what had just come up again').toBeGreaterThan(0)
  expect(report.atCommit, 'some came in the middle of a commit').toBeGreaterThan(0)
  expect(report.leastUnderWay, 'it was under load each time').toBeGreaterThanOrEqual(24)
  expect(report.inDoubt.written + report.inDoubt.notWritten, 'all were struck at work').toBeGreaterThan(kills)
}, 600_000)
