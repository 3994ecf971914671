import { afterAll, beforeAll, expect, test } from 'vitest'
import { newJournal, openAccount, readBooks, record } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { importRates } from '../../tests/harness/rates.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { now } from '../platform/time.ts'
import { postJournalInput } from './contract.ts'
import { faultOfBooks } from './index.ts'
import { postJournals } from './post-journals.ts'

let server: TestServer
let owner: TestOwner
/** In euros, as the books are. */
let bank: string
let sales: string
let dollars: string

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  await importRates(server, 'Date,USD,JPY,\n2026-03-06,1.25,160,\n2026-03-05,1.6,150,\n')
  bank = await openAccount(owner)
  sales = await openAccount(owner, { type: 'income' })
  dollars = await openAccount(owner, { currency: 'USD' })
})
afterAll(() => server?.close())

const abroad = (account_id: string, transaction_amount: string, more: object = {}) => ({
  account_id,
  transaction_currency: 'USD',
  transaction_amount,
  ...more,
})
const post = (lines: { account_id: string; amount?: string }[], more: object = {}) =>
  owner.client.call('ledger.post-journal', { entity_id: owner.entityId, document_on: '2026-03-06', lines, ...more })

interface Entry {
  amount: string
  transaction_currency: string | null
  transaction_amount: string | null
  fx_rate: string | null
}
const told = (entries: readonly Entry[]) =>
  entries.map(({ amount, transaction_amount, transaction_currency, fx_rate }) =>
    transaction_currency === null
      ? amount
      : `${amount} for ${transaction_amount} ${transaction_currency} at ${fx_rate}`,
  )

test('a journal in dollars is kept in euros at the rate of its day, and keeps what it was in dollars', async () => {
  const journal = await post([abroad(bank, '100'), abroad(sales, '-100')])
  const expected = [
    '80.0000 for 100.0000 USD at 0.800000000000000000',
    '-80.0000 for -100.0000 USD at 0.800000000000000000',
  ]
  expect(told(journal.entries)).toEqual(expected)
  const read = await owner.client.call('ledger.get-journal', { id: journal.id })
  expect(told(read.entries)).toEqual(expected)
  const statement = await owner.client.call('ledger.get-statement', { id: bank })
  expect(told(statement.items)).toEqual([expected[0]])
})

test('on a Sunday the rate of Friday counts; the day is that of the document, not the day it counts', async () => {
  const lines = [abroad(bank, '10'), abroad(sales, '-10')]
  const sunday = await post(lines, { document_on: '2026-03-08', effective_on: '2026-03-12' })
  expect(told(sunday.entries)[0]).toBe('8.0000 for 10.0000 USD at 0.800000000000000000')
  const thursday = await post(lines, { document_on: '2026-03-05' })
  expect(told(thursday.entries)[0]).toBe('6.2500 for 10.0000 USD at 0.625000000000000000')
})

test('how old the rate may be is as the tenant has set; what does not fit refuses journals abroad alone', async () => {
  const lines = [abroad(bank, '10'), abroad(sales, '-10')]
  const plain = [
    { account_id: bank, amount: '1' },
    { account_id: sales, amount: '-1' },
  ]
  const late = (more: typeof lines | typeof plain = lines) =>
    post(more, { document_on: '2026-03-20' }).then(
      () => 'posted',
      ({ problem }) => problem.code,
    )
  expect(await late()).toBe('rate_too_old')
  await setHere(owner.client, 'fx.max-age-days', 14)
  expect(await late()).toBe('posted')
  const keep = (value: string) =>
    withClient(server.database.superuserUrl, (client) =>
      client.query(`UPDATE settings.value SET value = $2 WHERE tenant_id = $1 AND name = 'fx.max-age-days'`, [
        owner.tenantId,
        value,
      ]),
    )
  await keep('"long"')
  expect(await Promise.all([late(plain), late(), late(plain)])).toEqual(['posted', 'setting_invalid', 'posted'])
  await keep('14')
  await setHere(owner.client, 'fx.max-age-days', undefined)
})

test('how old rates may be is read once for a list of journals', async () => {
  const { databases, settings } = server.product
  let reads = 0
  const counting: typeof settings = {
    ...settings,
    read: (...asked) => {
      reads++
      return settings.read(...asked)
    },
  }
  const journal = postJournalInput.parse({
    entity_id: owner.entityId,
    document_on: '2026-03-06',
    document_type: 'sample',
    lines: [abroad(bank, '10'), abroad(sales, '-10')],
  })
  await inTransaction(databases.app, owner.tenantId, (tx) =>
    postJournals(counting).read({ ...tx, tenantId: owner.tenantId, now: now() }, [journal, journal, journal]),
  )
  expect(reads).toBe(1)
})

test('lines at home and abroad stand in one journal; a cent that rounding leaves has its account', async () => {
  const mixed = await post([abroad(bank, '100', { fx_rate: '0.8888' }), { account_id: sales, amount: '-88.88' }])
  expect(told(mixed.entries)).toEqual(['88.8800 for 100.0000 USD at 0.888800000000000000', '-88.8800'])
  const thirds = await post([abroad(bank, '0.02'), abroad(sales, '-0.01'), abroad(sales, '-0.01')])
  expect(told(thirds.entries)).toHaveLength(3)
  const left = await post([abroad(bank, '0.03'), ...['-0.01', '-0.01', '-0.01'].map((one) => abroad(sales, one))])
  expect(told(left.entries).at(-1)).toBe('0.0100')
  const { items } = await owner.client.call('ledger.list-accounts', { entity_id: owner.entityId, limit: 200 })
  const rounding = items.find(({ purpose }) => purpose === 'rounding_differences')
  expect(left.entries.at(-1)?.account_id).toBe(rounding?.id)
})

test('a reversal takes back both amounts at the same rate, whatever the rate is by then', async () => {
  const journal = await post([abroad(bank, '40', { fx_rate: '0.777' }), abroad(sales, '-40', { fx_rate: '0.777' })])
  const reversal = await owner.client.call('ledger.reverse-journal', { id: journal.id, document_on: '2026-03-20' })
  expect(told(reversal.entries)).toEqual([
    '-31.0800 for -40.0000 USD at 0.777000000000000000',
    '31.0800 for 40.0000 USD at 0.777000000000000000',
  ])
})

test('a foreign journal, a plain one and a reversal are recorded in one list, each as it is', async () => {
  const first = await post([abroad(bank, '5'), abroad(sales, '-5')])
  const [plain, foreign, reversal] = [uuidv7(), uuidv7(), uuidv7()]
  const lines = [
    { account_id: bank, amount: '4' },
    { account_id: sales, amount: '-4' },
  ]
  const amounts = [{ line: 2, currency: 'JPY', amount: '-640', rate: '0.00625' }]
  const { entityId: entity_id } = owner
  const recorded = await record(server, owner.tenantId, [
    newJournal({ id: plain, entity_id, lines }),
    newJournal({ id: reversal, reverses_id: first.id }),
    newJournal({ id: foreign, entity_id, lines, foreign_amounts: amounts }),
  ])
  expect(recorded.map(({ code }) => code)).toEqual([null, null, null])
  const entries = async (id: string) => told((await owner.client.call('ledger.get-journal', { id })).entries)
  expect(await entries(plain)).toEqual(['4.0000', '-4.0000'])
  expect(await entries(foreign)).toEqual(['4.0000', '-4.0000 for -640.0000 JPY at 0.006250000000000000'])
  expect((await entries(reversal))[0]).toBe('-4.0000 for -5.0000 USD at 0.800000000000000000')
})

const usd = (amount: string, rate: string, more: object = {}) => ({ line: 1, currency: 'USD', amount, rate, ...more })
test.each([
  ['amounts that differ by more than a minor unit', '80.02', usd('100', '0.8'), 'foreign_amounts_differ'],
  ['amounts on two sides', '80', usd('-100', '0.8'), 'foreign_amounts_differ'],
  ['a rate of zero', '80', usd('100', '0'), 'foreign_amounts_differ'],
  ['a rate below zero', '80', usd('-100', '-0.8'), 'foreign_amounts_differ'],
  ['a currency that is none', '80', usd('100', '0.8', { currency: 'XXX' }), 'unknown_currency'],
  ['the currency of the account', '80', usd('80', '1', { currency: 'EUR' }), 'currency_not_foreign'],
  ['a foreign amount with too many decimals', '80', usd('16000.5', '0.005', { currency: 'JPY' }), 'wrong_precision'],
])('ledger.record refuses %s, and names the line', async (_, amount, foreign, code) => {
  const before = await readBooks(server)
  const lines = [
    { account_id: bank, amount },
    { account_id: sales, amount: `-${amount}` },
  ]
  const journal = newJournal({ entity_id: owner.entityId, lines, foreign_amounts: [foreign] })
  expect(await record(server, owner.tenantId, [journal])).toEqual([{ effective_on: null, code, detail: 'line 1' }])
  expect(await readBooks(server)).toEqual(before)
})

test('amounts may differ by the minor unit that rounding leaves', async () => {
  const journal = await post([
    abroad(bank, '100', { fx_rate: '0.8', amount: '80.01' }),
    { account_id: sales, amount: '-80.01' },
  ])
  expect(told(journal.entries)[0]).toBe('80.0100 for 100.0000 USD at 0.800000000000000000')
})

const refused: [
  what: string,
  lines: () => { account_id: string; amount?: string }[],
  problem: string,
  more?: object,
][] = [
  ['no amount at all', () => [{ account_id: bank }, { account_id: sales, amount: '-1' }], '400 invalid_input'],
  [
    'a currency without its amount',
    () => [
      { account_id: bank, transaction_currency: 'USD', amount: '1' },
      { account_id: sales, amount: '-1' },
    ],
    '400 invalid_input',
  ],
  [
    'a rate without a currency',
    () => [
      { account_id: bank, fx_rate: '1', amount: '1' },
      { account_id: sales, amount: '-1' },
    ],
    '400 invalid_input',
  ],
  ['a rate of zero', () => [abroad(bank, '1', { fx_rate: '0.0' }), abroad(sales, '-1')], '400 invalid_input'],
  [
    'a rate with nineteen decimals',
    () => [abroad(bank, '1', { fx_rate: '0.1234567890123456789' }), abroad(sales, '-1')],
    '400 invalid_input',
  ],
  ['a journal that does not balance', () => [abroad(bank, '100'), abroad(sales, '-99')], '422 journal_unbalanced'],
  [
    'a difference beyond rounding',
    () => [abroad(bank, '100'), { account_id: sales, amount: '-79.98' }],
    '422 journal_unbalanced',
  ],
  [
    'a currency that no quotes lead to',
    () => [abroad(bank, '1', { transaction_currency: 'MAD' }), { account_id: sales, amount: '-1' }],
    '422 rate_not_found',
  ],
  [
    'a day whose quotes are too old',
    () => [abroad(bank, '1'), abroad(sales, '-1')],
    '422 rate_too_old',
    { document_on: '2026-03-20' },
  ],
  [
    'a day before all quotes',
    () => [abroad(bank, '1'), abroad(sales, '-1')],
    '422 rate_not_found',
    { document_on: '2026-03-01' },
  ],
  ['the account’s own currency', () => [abroad(dollars, '1'), abroad(dollars, '-1')], '422 currency_not_foreign'],
]
test.each(refused)('%s is refused and leaves nothing', async (_, lines, problem, more) => {
  const before = await readBooks(server)
  const [status, code] = problem.split(' ')
  await expect(post(lines(), more)).rejects.toMatchObject({ problem: { status: Number(status), code } })
  expect(await readBooks(server)).toEqual({ ...before, auditEntries: expect.anything() })
})

test('rounding and converting go together', async () => {
  const journal = await post(
    [abroad(bank, '10.01'), { account_id: sales, amount: '-8.0049' }, { account_id: sales, amount: '-0.0031' }],
    {
      round: true,
    },
  )
  expect(told(journal.entries)[0]).toBe('8.0100 for 10.0100 USD at 0.800000000000000000')
  expect(told(journal.entries).slice(1).toSorted()).toEqual(['-0.0100', '-8.0000'])
})

test('the books that all this left are proved', async () => {
  expect(await faultOfBooks(server.product.databases.checks, owner.tenantId)).toBeUndefined()
})
