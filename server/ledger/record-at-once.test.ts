import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Account,
  balancesOf,
  linesOf,
  newJournal,
  openAccount,
  openAccounts,
  readBooks,
  record,
} from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { changePeriod, type NewJournal, recordJournals } from './journal-queries.ts'

const writers = 64

let server: TestServer
let owner: TestOwner
let retries: string[]

beforeAll(async () => {
  server = await startTestServer({ env: { DATABASE_POOL_SIZE: String(writers), LOCK_TIMEOUT_MS: '60000' } })
  owner = await signUpOwner(server)
  retries = []
})
afterAll(() => server?.close())

function move(from: string, to: string, amount: string, more: Partial<NewJournal> = {}): NewJournal {
  const lines = [
    [to, amount],
    [from, `-${amount}`],
  ] as const
  return newJournal({ entity_id: owner.entityId, lines: linesOf(lines), ...more })
}

const codesOf = async (journals: readonly NewJournal[]) =>
  (
    await record(server, owner.tenantId, journals, (error) => retries.push((error as { code?: string }).code ?? ''))
  ).map(({ code }) => code ?? 'ok')

/** Sends a call while a transaction in which `first` was done is open; ends that once the call waits for it. */
async function whileOpen<T>(
  first: (tx: Transaction) => Promise<unknown>,
  call: () => Promise<T>,
  end: 'commit' | 'give up' = 'commit',
): Promise<T> {
  let second: Promise<T> | undefined
  const opened = inTransaction(server.product.databases.app, owner.tenantId, async (tx) => {
    await first(tx)
    second = call()
    second.catch(() => {})
    await until('the call waits for a lock', () =>
      withClient(server.database.superuserUrl, async (client) => {
        const { rows } = await client.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        return rows.length > 0
      }),
    )
    if (end === 'give up') throw new Error('given up')
  })
  if (end === 'commit') await opened
  else await expect(opened).rejects.toThrow('given up')
  return second as Promise<T>
}

const recordIn = (journals: readonly NewJournal[]) => (tx: Transaction) =>
  recordJournals({ ...tx, tenantId: owner.tenantId }, journals)

const periodChange = (action: 'close' | 'reopen', month: string) => ({
  id: uuidv7(),
  entity_id: owner.entityId,
  action,
  month,
  reason: 'a test',
  actor_id: null,
})

/** Numbers that look random and are the same in every run. */
function* numbers(below: number): Generator<number, never> {
  for (let state = 42; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    yield Math.floor((state / 2_147_483_648) * below)
  }
}

test('64 writers on shared accounts, in any order: no deadlock, nothing lost, every balance the sum of its entries', async () => {
  const ids = await openAccounts(owner, 8)
  const next = numbers(ids.length)
  const pick = () => ids[next.next().value] ?? ''
  const before = await readBooks(server)
  const calls = Array.from({ length: writers }, () => [1, 2, 3, 4].map(() => move(pick(), pick(), '1.25')))
  const codes = (await Promise.all(calls.map((journals) => codesOf(journals)))).flat()
  expect(codes).toEqual(codes.map(() => 'ok'))
  expect(retries).not.toContain('40P01')
  const after = await readBooks(server)
  expect([after.journals - before.journals, after.entries - before.entries]).toEqual([writers * 4, writers * 8])
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      `SELECT a.id, a.balance, a.balance_version, sum(e.amount) AS sum, count(*) AS count, max(e.account_version) AS last,
              count(DISTINCT e.account_version) AS versions
       FROM ledger.account a JOIN ledger.entry e ON e.tenant_id = a.tenant_id AND e.account_id = a.id
       WHERE a.id = ANY ($1) GROUP BY a.tenant_id, a.id`,
      [ids],
    ),
  )
  expect(rows).toHaveLength(ids.length)
  for (const row of rows) {
    expect(row.balance).toBe(row.sum)
    expect([row.count, row.last, row.versions]).toEqual([row.balance_version, row.balance_version, row.balance_version])
  }
  expect(after.accounts.reduce((sum: number, one: Account) => sum + Number(one.balance), 0)).toBe(0)
})

test('an id recorded at once on different accounts is recorded once: the other is tried again and refused', async () => {
  const [one = '', two = '', three = '', four = ''] = await openAccounts(owner, 4)
  const id = uuidv7()
  const first = move(one, two, '1', { id })
  retries = []
  const codes = await whileOpen(recordIn([first]), () => codesOf([move(three, four, '1', { id })]))
  expect([codes, retries]).toEqual([['already_exists'], ['40001']])
  expect(await balancesOf(server, [one, two, three, four])).toEqual(['-1.0000', '1.0000', '0.0000', '0.0000'])
})

test('an id whose first writer gave up is free', async () => {
  const [one = '', two = '', three = '', four = ''] = await openAccounts(owner, 4)
  const id = uuidv7()
  const again = () => codesOf([move(three, four, '1', { id })])
  expect(await whileOpen(recordIn([move(one, two, '1', { id })]), again, 'give up')).toEqual(['ok'])
  expect(await balancesOf(server, [one, two, three, four])).toEqual(['0.0000', '0.0000', '-1.0000', '1.0000'])
})

test('a journal reversed at once is reversed once: the other is tried again and refused', async () => {
  const [one = '', two = ''] = await openAccounts(owner, 2)
  const journal = move(one, two, '1')
  await codesOf([journal])
  retries = []
  const reversal = () => [newJournal({ reverses_id: journal.id })]
  const codes = await whileOpen(recordIn(reversal()), () => codesOf(reversal()))
  expect([codes, retries]).toEqual([['already_reversed'], ['40001']])
  expect(await balancesOf(server, [one, two])).toEqual(['0.0000', '0.0000'])
})

test('closing a month waits for the journals that are being recorded', async () => {
  const [one = '', two = ''] = await openAccounts(owner, 2)
  const late = move(one, two, '1', { document_on: '2021-01-31' })
  const close = () => owner.client.call('ledger.close-period', { id: owner.entityId, month: '2021-01' })
  expect(await whileOpen(recordIn([late]), close)).toMatchObject({ closed_through: '2021-01-31' })
  expect((await owner.client.call('ledger.get-journal', { id: late.id })).effective_on).toBe('2021-01-31')
})

test('a journal waits for the month that is being closed, and is refused', async () => {
  const [one = '', two = ''] = await openAccounts(owner, 2)
  const closing = (tx: Transaction) =>
    changePeriod({ ...tx, tenantId: owner.tenantId }, periodChange('close', '2021-02-01'))
  const late = () => move(one, two, '1', { document_on: '2021-02-28' })
  expect(await whileOpen(closing, () => codesOf([late()]))).toEqual(['period_closed'])
  const posted = await record(server, owner.tenantId, [{ ...late(), if_closed: 'post_in_open_period' }])
  expect(posted).toEqual([{ effective_on: '2021-03-01', code: null, detail: null }])
})

test('while a month is closed under load, no entry gets into it once the closing was answered', async () => {
  const ids = await openAccounts(owner, 4)
  const [one = '', two = '', three = '', four = ''] = ids
  const entriesOfMarch = () =>
    withClient(server.database.superuserUrl, async (client) => {
      const { rows } = await client.query(
        `SELECT count(*)::int AS count FROM ledger.entry WHERE account_id = ANY ($1) AND effective_on BETWEEN '2021-03-01' AND '2021-03-31'`,
        [ids],
      )
      return rows[0].count as number
    })
  let closed = false
  let recorded = 0
  let refused = 0
  let refusedAfter = 0
  const write = async (from: string, to: string) => {
    while (refusedAfter < 40) {
      const wasClosed = closed
      const [code] = await codesOf([move(from, to, '0.01', { document_on: '2021-03-15' })])
      if (code === 'ok') recorded++
      else refused++
      if (wasClosed) {
        expect(code).toBe('period_closed')
        refusedAfter++
      }
    }
  }
  const load = [write(one, two), write(two, one), write(three, four), write(one, four)]
  await until('some journals are recorded', () => recorded > 20)
  await owner.client.call('ledger.close-period', { id: owner.entityId, month: '2021-03' })
  const atClosing = await entriesOfMarch()
  closed = true
  await Promise.all(load)
  expect(await entriesOfMarch()).toBe(atClosing)
  expect(atClosing).toBe(recorded * 2)
  expect(refused).toBeGreaterThanOrEqual(40)
})

test('a month is closed although writers who never pause record into it', async () => {
  const ids = await openAccounts(owner, 8)
  let open = true
  const writers = Array.from({ length: 16 }, (_, writer) =>
    withClient(server.database.roleUrls.app, async (client) => {
      const text = 'SELECT code FROM ledger.record($1, $2)'
      while (open) {
        const [from = '', to = ''] = [ids[writer % 8], ids[(writer + 3) % 8]]
        const journals = JSON.stringify([move(from, to, '0.01', { document_on: '2021-05-15' })])
        await client.query('BEGIN')
        await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
        const { rows } = await client.query(text, [owner.tenantId, journals])
        await client.query('COMMIT')
        if (rows[0].code === 'period_closed') return
      }
    }),
  )
  // Cancelled by the statement timeout if it had to wait for a moment without writers.
  const closing = owner.client.call('ledger.close-period', { id: owner.entityId, month: '2021-05' })
  closing.catch(() => {
    open = false
  })
  // The writers end when they are refused.
  await Promise.all([closing, ...writers])
  expect(await closing).toMatchObject({ closed_through: '2021-05-31' })
})

test('of 200 buyers at 1.00 each from a drawer of 50.00, exactly 50 are served', async () => {
  const drawer = await openAccount(owner, { floor: '0' })
  const outside = await openAccount(owner)
  await codesOf([move(outside, drawer, '50.00')])
  const codes = (await Promise.all(Array.from({ length: 200 }, () => codesOf([move(drawer, outside, '1.00')])))).flat()
  expect(codes.filter((code) => code === 'ok')).toHaveLength(50)
  expect(codes.filter((code) => code === 'balance_below_floor')).toHaveLength(150)
  expect(await balancesOf(server, [drawer, outside])).toEqual(['0.0000', '0.0000'])
})

test('of 200 buyers over HTTP, exactly as many as the credit limit allows', async () => {
  const customer = await openAccount(owner, { ceiling: '50' })
  const outside = await openAccount(owner)
  const buy = () =>
    owner.client.call('ledger.post-journal', {
      entity_id: owner.entityId,
      document_on: '2026-03-02',
      lines: linesOf([
        [customer, '1'],
        [outside, '-1'],
      ]),
    })
  const answers = await Promise.allSettled(Array.from({ length: 200 }, buy))
  const codes = answers.map((one) => (one.status === 'fulfilled' ? 'ok' : one.reason.problem.code))
  expect(codes.filter((code) => code === 'ok')).toHaveLength(50)
  expect(codes.filter((code) => code === 'balance_above_ceiling')).toHaveLength(150)
  expect(await balancesOf(server, [customer])).toEqual(['50.0000'])
})
