import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { ecbSlice, importRates } from '../../tests/harness/rates.ts'
import { startTestServer, type TestServer } from '../../tests/harness/server.ts'
import { inTransaction } from '../platform/database.ts'
import { nobody } from '../platform/identifiers.ts'
import { runJob } from '../platform/jobs.ts'
import { findPublicGap } from './queries.ts'

/** What the bank answers next. */
let answer: { status: number; body: string | Buffer } = { status: 200, body: '' }
let bank: Server
let server: TestServer
const open: (() => Promise<void>)[] = []

beforeAll(async () => {
  bank = createServer((_, response) => response.writeHead(answer.status).end(answer.body))
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve))
  const { port } = bank.address() as AddressInfo
  server = await startTestServer({ env: { ECB_RATES_URL: `http://127.0.0.1:${port}/rates` } })
})
afterAll(async () => {
  await server?.close()
  bank?.close()
})
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A server on a database without rates. */
async function freshServer(): Promise<{ fresh: TestServer; database: TestDatabase }> {
  const database = await createTestDatabase(inject('postgresPort'))
  const fresh = await startTestServer({ database })
  open.push(async () => {
    await fresh.close()
    await database.drop()
  })
  return { fresh, database }
}

const ratesIn = (database: TestDatabase) =>
  withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT format('%s/%s %s %s #%s', base, quote, trim_scale(rate), quoted_on, revision) AS rate
       FROM fx.public_rate ORDER BY quoted_on, quote, revision`,
    )
    return rows.map(({ rate }) => rate as string)
  })

const entriesIn = (database: TestDatabase) =>
  withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      "SELECT body::jsonb -> 'new_values' AS values FROM audit.entry WHERE event = 'fx.import-rates' ORDER BY seq",
    )
    return rows.map(({ values }) => values)
  })

test('a file that comes in again changes nothing; a rate that the bank corrected is a new revision when asked for', async () => {
  const { fresh, database } = await freshServer()
  const first = await importRates(fresh, ecbSlice)
  expect(first).toMatchObject({ days: 170, recorded: first.rates, corrected: 0, differing: 0, unknown: [] })
  const nothing = { ...first, recorded: 0 }
  expect(await importRates(fresh, ecbSlice)).toEqual(nothing)
  expect(await ratesIn(database)).toHaveLength(first.rates)

  const corrected = ecbSlice.toString('utf8').replace('2026-04-13,1.1684,', '2026-04-13,1.1685,')
  expect(await importRates(fresh, corrected), 'without being asked to').toEqual({ ...nothing, differing: 1 })
  expect(await importRates(fresh, corrected, { corrects: true })).toEqual({ ...nothing, corrected: 1 })
  expect(await importRates(fresh, ecbSlice), 'an older file').toEqual({ ...nothing, differing: 1 })
  const dollars = (await ratesIn(database)).filter((line) => line.startsWith('EUR/USD') && line.includes('2026-04-13'))
  expect(dollars).toEqual(['EUR/USD 1.1684 2026-04-13 #1', 'EUR/USD 1.1685 2026-04-13 #2'])
  expect(await importRates(fresh, corrected, { corrects: true })).toEqual(nothing)
  expect(await entriesIn(database), 'one entry for each import that changed something').toEqual([
    first,
    { ...nothing, corrected: 1 },
  ])
})

test('a file with a wrong line leaves nothing, its right lines included', async () => {
  const { fresh, database } = await freshServer()
  const text = ecbSlice.toString('utf8').replace('1999-01-04,1.1789', '1999-01-04,1.17x9')
  await expect(importRates(fresh, text)).rejects.toThrow(/^line 171: "1.17x9" is not a rate of USD/)
  expect(await ratesIn(database)).toEqual([])
  expect(await entriesIn(database)).toEqual([])
})

test('a currency that is not known here is passed over and told', async () => {
  const { fresh, database } = await freshServer()
  const imported = await importRates(fresh, 'Date,USD,QQQ,\n2026-03-06,1.25,3,\n')
  expect(imported).toMatchObject({ rates: 1, days: 1, recorded: 1, unknown: ['QQQ'] })
  expect(await ratesIn(database)).toEqual(['EUR/USD 1.25 2026-03-06 #1'])
})

test('two imports at once record each rate once', async () => {
  const { fresh, database } = await freshServer()
  const both = await Promise.all([importRates(fresh, ecbSlice), importRates(fresh, ecbSlice)])
  const rates = await ratesIn(database)
  expect(both.map(({ recorded }) => recorded).toSorted((a, b) => a - b)).toEqual([0, rates.length])
  expect(rates.filter((line) => !line.endsWith('#1'))).toEqual([])
})

test('a history of 27 years and 41 currencies comes in whole', async () => {
  const { fresh, database } = await freshServer()
  const codes = (ecbSlice.toString('utf8').split('\n')[0] ?? '').split(',').slice(1, -1)
  const lines = Array.from({ length: 6_983 }, (_, index) => {
    // From a Monday on, five days a week.
    const days = Math.floor(index / 5) * 7 + (index % 5)
    const day = new Date(Date.UTC(1999, 0, 4) + days * 86_400_000).toISOString().slice(0, 10)
    return `${day},${codes.map((_, column) => `${column + 1}.${1_000 + (index % 9_000)}`).join()},`
  })
  const history = [`Date,${codes.join()},`, ...lines.toReversed(), ''].join('\n')
  const whole = { rates: 6_983 * 41, days: 6_983, corrected: 0, differing: 0, unknown: [] }
  expect(await importRates(fresh, history)).toEqual({ ...whole, recorded: 6_983 * 41 })
  expect(await importRates(fresh, history)).toEqual({ ...whole, recorded: 0 })
  const { rows } = await withClient(database.superuserUrl, (client) =>
    client.query('SELECT count(*)::int AS count, count(DISTINCT quoted_on)::int AS days FROM fx.public_rate'),
  )
  expect(rows).toEqual([{ count: 286_303, days: 6_983 }])
})

const fileOf = (day: string, rate: string) =>
  `<Envelope><Cube><Cube time='${day}'><Cube currency='USD' rate='${rate}'/></Cube></Cube></Envelope>`
const daily = fileOf('2026-03-06', '1.25')

/** Runs the job that fetches rates; answers the warnings it logged. */
async function fetchNow(warnings: Record<string, unknown>[] = []) {
  const fetching = server.product.jobs.find(({ name }) => name === 'fx.fetch-ecb-rates')
  if (!fetching) throw new Error('there is no such job')
  const log = pino({ base: null, level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line)) })
  await runJob(fetching, {}, { databases: server.product.databases, log, environment: 'test' })
  return warnings
}

test.each([
  ['answers with an error', { status: 503, body: daily }, 'it answered 503'],
  ['answers with a web page', { status: 200, body: '<html>Maintenance</html>' }, 'There are no rates in it.'],
  [
    'answers without end',
    { status: 200, body: Buffer.alloc(17 * 1024 * 1024, ' ') },
    'it sent more than 16777216 bytes',
  ],
])(
  'when the bank %s, the job fails with a clear line, records nothing, and the next one makes up for it',
  async (_, wrong, reason) => {
    const warnings: Record<string, unknown>[] = []
    const before = await ratesIn(server.database)

    answer = wrong
    await expect(fetchNow(warnings)).rejects.toThrow(reason)
    expect(warnings).toMatchObject([
      { level: 40, reason, msg: 'the rates of the European Central Bank could not be fetched' },
    ])
    expect(await ratesIn(server.database)).toEqual(before)

    answer = { status: 200, body: daily }
    expect(await fetchNow()).toEqual([])
    expect(await ratesIn(server.database)).toEqual(['EUR/USD 1.25 2026-03-06 #1'])
  },
)

test('the job corrects nothing that is recorded, and says so', async () => {
  await importRates(server, 'Date,USD,\n2026-03-06,1.25,\n')
  answer = { status: 200, body: fileOf('2026-03-06', '1.26') }
  expect(await fetchNow()).toMatchObject([
    { level: 40, differing: 1, command: expect.stringContaining('--corrections') },
  ])
  expect(await ratesIn(server.database)).toEqual(['EUR/USD 1.25 2026-03-06 #1'])
})

test('days that the file of the job does not reach back to are warned of, until the history is imported', async () => {
  const { fresh, database } = await freshServer()
  await importRates(fresh, 'Date,USD,\n2026-01-05,1.2,\n2025-12-24,1.2,\n2025-12-23,1.2,\n')
  await importRates(fresh, 'Date,USD,\n2026-01-12,1.2,\n')
  const gap = () => inTransaction(fresh.product.databases.app, nobody, ({ client }) => findPublicGap(client, 7))
  expect(await gap()).toEqual({ after: '2025-12-24', before: '2026-01-05' })
  await importRates(fresh, 'Date,USD,\n2025-12-29,1.2,\n')
  expect(await gap()).toBeUndefined()
  expect(await ratesIn(database)).toHaveLength(5)
})

test('the job warns of such days', async () => {
  await importRates(server, 'Date,USD,\n2026-03-06,1.25,\n')
  answer = { status: 200, body: fileOf('2026-06-15', '1.3') }
  const missing = {
    level: 40,
    after: '2026-03-06',
    before: '2026-06-15',
    command: expect.stringContaining('import-fx'),
  }
  expect(await fetchNow()).toMatchObject([missing])
  expect(await fetchNow(), 'the day after too').toMatchObject([missing])
})

test('with ECB_RATES_URL=none there is no job', async () => {
  const { fresh } = await freshServer()
  expect(fresh.product.jobs.map(({ name }) => name)).not.toContain('fx.fetch-ecb-rates')
})

test('only the platform records public rates, and nobody changes one', async () => {
  const { rejects } = expect(
    withClient(server.database.roleUrls.app, async (client) => {
      await client.query('BEGIN')
      await client.query("SELECT platform.set_tenant('01900000-0000-7000-8000-000000000001')")
      await client.query("SELECT fx.record_public('01900000-0000-7000-8000-000000000001', '[]', true)")
    }),
  )
  await rejects.toMatchObject({ code: '42501' })
  await expect(
    withClient(server.database.ownerUrl, (client) => client.query('UPDATE fx.public_rate SET rate = 1')),
  ).rejects.toMatchObject({ code: '23001' })
})
