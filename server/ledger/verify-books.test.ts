import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inReadTransaction } from '../platform/database.ts'
import { verifyBooks } from './index.ts'

let server: TestServer
let owner: TestOwner
let accounts: Record<'cash' | 'sales' | 'bank', string>
let journals: string[]

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const { items } = await owner.client.call('ledger.list-accounts', { entity_id: owner.entityId, limit: 200 })
  const of = (purpose: string) => items.find((one) => one.purpose === purpose)?.id ?? ''
  accounts = { cash: of('cash'), sales: of('sales'), bank: of('bank') }
  journals = []
  for (const [debit, credit, amount, day] of [
    ['cash', 'sales', '10.00', '2026-11-02'],
    ['cash', 'sales', '20.00', '2026-11-01'],
    ['bank', 'cash', '25.00', '2026-11-03'],
  ] as const) {
    const journal = await owner.client.call('ledger.post-journal', {
      entity_id: owner.entityId,
      document_on: day,
      lines: [
        { account_id: accounts[debit], amount },
        { account_id: accounts[credit], amount: `-${amount}` },
      ],
    })
    journals.push(journal.id)
  }
  const abroad = (account_id: string, transaction_amount: string) => ({
    account_id,
    transaction_currency: 'USD',
    transaction_amount,
    fx_rate: '0.9',
  })
  const { id } = await owner.client.call('ledger.post-journal', {
    entity_id: owner.entityId,
    document_on: '2026-11-04',
    lines: [abroad(accounts.bank, '1000'), abroad(accounts.sales, '-1000')],
  })
  const reversal = await owner.client.call('ledger.reverse-journal', { id, document_on: '2026-11-05' })
  journals.push(id, reversal.id)
})
afterAll(() => server?.close())

const verify = () =>
  verifyBooks(
    (work) => inReadTransaction(server.product.databases.read, owner.tenantId, (tx) => work(tx.client)),
    owner.tenantId,
  )

const cash = `tenant_id = '$tenant' AND account_id = '$cash'`
const foreign = `tenant_id = '$tenant' AND journal_id = '$foreign' AND line = 1`
const reversal = `tenant_id = '$tenant' AND journal_id = '$reversal' AND line = 1`
const first = `tenant_id = '$tenant' AND journal_id = '$first'`

// what a superuser does to the tables, and what is named
const cases: [tampering: string, sql: string, named: { resource: string; id: string; reason: RegExp }][] = [
  [
    'an amount with its balances',
    `UPDATE ledger.entry SET amount = 11, running_balance = 11 WHERE ${cash} AND account_version = 1`,
    { resource: 'journal', id: '$first', reason: /sum to 1.0000 EUR/ },
  ],
  [
    'a whole journal, its amounts doubled',
    `UPDATE ledger.entry SET amount = amount * 2, running_balance = previous_balance + amount * 2 WHERE ${first}`,
    { resource: 'account', id: '', reason: /entry 2 does not begin at the balance of the entry before it/ },
  ],
  [
    'an entry taken away',
    `DELETE FROM ledger.entry WHERE ${cash} AND account_version = 2`,
    { resource: 'journal', id: '$second', reason: /it has 1 lines/ },
  ],
  [
    'a journal taken away, its entries left',
    `DELETE FROM ledger.journal WHERE tenant_id = '$tenant' AND id = '$third'`,
    { resource: 'account', id: '', reason: /has no journal/ },
  ],
  [
    'a journal taken away with its entries',
    `DELETE FROM ledger.entry WHERE tenant_id = '$tenant' AND journal_id = '$second';
     DELETE FROM ledger.journal WHERE tenant_id = '$tenant' AND id = '$second'`,
    { resource: 'account', id: '', reason: /entry 2 is missing|after 2 entries, they say/ },
  ],
  [
    'a balance',
    `UPDATE ledger.account SET balance = balance + 1 WHERE tenant_id = '$tenant' AND id = '$cash'`,
    { resource: 'account', id: '$cash', reason: /its balance is 6.0000 after 3 entries, they say 5.0000 after 3/ },
  ],
  [
    'a total of a day',
    `UPDATE ledger.daily_total SET debit = debit + 1 WHERE ${cash} AND effective_on = '2026-11-02'`,
    { resource: 'account', id: '$cash', reason: /the totals of 2026-11-02 are not the sums/ },
  ],
  [
    'the balance after the last entry, its check taken off',
    `ALTER TABLE ledger.entry DROP CONSTRAINT entry_balance_runs;
     UPDATE ledger.entry SET running_balance = 6 WHERE ${cash} AND account_version = 3`,
    { resource: 'account', id: '$cash', reason: /its balance is 5.0000/ },
  ],
  [
    'the numbers of lines',
    `UPDATE ledger.entry SET line = 2 WHERE ${first}`,
    { resource: 'journal', id: '$first', reason: /it has 2 lines/ },
  ],
  [
    'an entry that belongs to nothing put in',
    `INSERT INTO ledger.entry (tenant_id, account_id, account_version, journal_id, line, amount, previous_balance, running_balance, effective_on, recorded_at)
     VALUES ('$tenant', '$nothing', 1, '$nothing', 1, 1, 0, 1, '2026-11-01', now())`,
    { resource: 'account', id: '$nothing', reason: /has entries and is not there/ },
  ],
  [
    'the day through which the books are closed',
    `UPDATE ledger.book SET closed_through = '2026-09-30' WHERE tenant_id = '$tenant'`,
    { resource: 'books', id: '', reason: /closed through 2026-09-30, the last change says no day/ },
  ],
  [
    'what an entry was in another currency',
    `UPDATE ledger.entry SET transaction_amount = 12, transaction_currency = 'USD', fx_rate = 0.8 WHERE ${cash} AND account_version = 1`,
    { resource: 'journal', id: '$first', reason: /line 1: 12.0000 USD at 0.8\d* are not 10.0000 EUR/ },
  ],
  [
    'an amount abroad within a minor unit at a tiny rate',
    `UPDATE ledger.entry SET transaction_amount = 19000, transaction_currency = 'USD', fx_rate = 0.000001 WHERE ${foreign};
     UPDATE ledger.entry SET amount = 0.01, running_balance = previous_balance + 0.01 WHERE ${foreign}`,
    { resource: 'journal', id: '$foreign', reason: /line 1: 19000.0000 USD at 0.000001\d* are not 0.0100 EUR/ },
  ],
  [
    'an amount abroad by what rounding hides, on a reversal',
    `UPDATE ledger.entry SET transaction_amount = -1000.001 WHERE ${reversal}`,
    { resource: 'journal', id: '$reversal', reason: /line 1 does not take back that of journal \$foreign/ },
  ],
  [
    'the currency of a reversal',
    `UPDATE ledger.entry SET transaction_currency = 'GBP' WHERE ${reversal}`,
    { resource: 'journal', id: '$reversal', reason: /line 1 does not take back that of journal \$foreign/ },
  ],
  [
    'what a reversal was in another currency, taken away',
    `UPDATE ledger.entry SET transaction_currency = NULL, transaction_amount = NULL, fx_rate = NULL WHERE ${reversal}`,
    { resource: 'journal', id: '$reversal', reason: /line 1 does not take back that of journal \$foreign/ },
  ],
  [
    'an amount of a reversal doubled with its rate halved',
    `UPDATE ledger.entry SET transaction_amount = transaction_amount * 2, fx_rate = fx_rate / 2 WHERE ${reversal}`,
    { resource: 'journal', id: '$reversal', reason: /line 1 does not take back that of journal \$foreign/ },
  ],
  [
    'an amount of what was reversed doubled with its rate halved',
    `UPDATE ledger.entry SET transaction_amount = transaction_amount * 2, fx_rate = fx_rate / 2 WHERE ${foreign}`,
    { resource: 'journal', id: '$reversal', reason: /line 1 does not take back that of journal \$foreign/ },
  ],
  [
    'the lines of a reversal exchanged',
    `UPDATE ledger.entry SET line = 3 - line WHERE tenant_id = '$tenant' AND journal_id = '$reversal'`,
    { resource: 'journal', id: '$reversal', reason: /line 1 does not take back that of journal \$foreign/ },
  ],
  [
    'a currency that is none',
    `UPDATE ledger.entry SET transaction_amount = 10, transaction_currency = 'XXX', fx_rate = 1 WHERE ${cash} AND account_version = 1`,
    { resource: 'journal', id: '$first', reason: /line 1 is in no known currency/ },
  ],
  [
    'the day of an entry',
    `UPDATE ledger.entry SET effective_on = '2026-10-01' WHERE ${cash} AND account_version = 1`,
    { resource: 'journal', id: '$first', reason: /counts on another day/ },
  ],
]

test('books that nobody touched are intact, counted', async () => {
  expect(await verify()).toEqual({ intact: true, journals: 5, entries: 10 })
})

test.each(cases)('%s is found and named', async (_, sql, named) => {
  const names: Record<string, string> = {
    $tenant: owner.tenantId,
    $cash: accounts.cash,
    $nothing: '01900000-0000-7000-8000-000000000000',
    $first: journals[0] ?? '',
    $second: journals[1] ?? '',
    $third: journals[2] ?? '',
    $foreign: journals[3] ?? '',
    $reversal: journals[4] ?? '',
  }
  const fill = (text: string) => text.replaceAll(/\$\w+/g, (name) => names[name] ?? name)
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica; BEGIN')
    await client.query(fill(sql))
    // The verifier reads what is in this transaction: it is given this session.
    await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
    const verdict = await verifyBooks((work) => work(client), owner.tenantId)
    await client.query('ROLLBACK')
    expect(verdict).toMatchObject({ intact: false, resource: named.resource })
    if (verdict.intact) return
    expect(verdict.reason).toMatch(new RegExp(fill(named.reason.source.replaceAll('\\$', '$'))))
    if (named.id) expect(verdict.id).toBe(fill(named.id))
  })
  expect(await verify(), 'and nothing stayed of it').toMatchObject({ intact: true })
})
