import { afterAll, beforeAll, expect, test } from 'vitest'
import { balancesOf, openAccount, openAccounts, postJournal, readBooks } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let other: TestOwner
let debit: string
let credit: string

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  other = await signUpOwner(server)
  const [one = '', two = ''] = await openAccounts(owner, 2)
  debit = one
  credit = two
  await owner.client.call('ledger.close-period', { id: owner.entityId, month: '2020-12' })
})
afterAll(() => server?.close())

const post = (amount = '12.34', more = {}) => {
  const lines = [
    [debit, amount],
    [credit, `-${amount}`],
  ] as const
  return postJournal(owner, lines, more)
}

const reverse = (id: string, more: object = {}, by = owner) =>
  by.client.call('ledger.reverse-journal', { id, document_on: '2026-03-05', ...more })

const statusOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'reversed',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )

/** Sends calls so that they share one batch: they arrive while another one waits for an account that is locked. */
async function inOneBatch(account: string, first: () => Promise<unknown>, calls: (() => Promise<unknown>)[]) {
  const { batchWaiting } = server.product.metrics
  const waiting = async () => (await batchWaiting.get()).values.reduce((sum, { value }) => sum + value, 0)
  return withClient(server.database.superuserUrl, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT FROM ledger.account WHERE id = $1 FOR UPDATE', [account])
    const blocked = first()
    await until('the first call waits for the account', async () => {
      const { rows } = await client.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return rows.length > 0
    })
    const sent = calls.map((call) => statusOf(call()))
    await until('the others wait behind it', async () => (await waiting()) === calls.length)
    await client.query('COMMIT')
    await blocked
    return Promise.all(sent)
  })
}

test('a reversal restores every balance and day total, with the signs changed, and both journals point at each other', async () => {
  const before = await balancesOf(server, [debit, credit])
  const journal = await post('12.34', { document_number: 'F-1' })
  const reversal = await reverse(journal.id, { description: 'Keyed in twice' })
  expect(reversal).toMatchObject({
    entity_id: owner.entityId,
    reverses_id: journal.id,
    reversed_by_id: null,
    document_type: 'reversal',
    document_id: reversal.id,
    document_on: '2026-03-05',
    effective_on: '2026-03-05',
    description: 'Keyed in twice',
    actor_id: owner.userId,
  })
  expect(reversal.entries.map((one) => [one.account_id, one.line, one.amount])).toEqual([
    [debit, 1, '-12.3400'],
    [credit, 2, '12.3400'],
  ])
  expect(await balancesOf(server, [debit, credit])).toEqual(before)
  const reversed = await owner.client.call('ledger.get-journal', { id: journal.id })
  expect(reversed).toEqual({ ...journal, reversed_by_id: reversal.id })
  const asOf = (on: string) => owner.client.call('ledger.get-balance', { id: debit, on })
  const [between, after] = [await asOf('2026-03-04'), await asOf('2026-03-05')]
  expect([between.debit, between.credit, between.balance]).toEqual(['12.3400', '0.0000', '12.3400'])
  expect([after.debit, after.credit, after.balance]).toEqual(['12.3400', '12.3400', '0.0000'])
})

test('a journal with several lines on one account and two currencies is reversed line by line', async () => {
  const [dollars = '', more = ''] = await openAccounts(owner, 2, { currency: 'USD' })
  const ids = [debit, credit, dollars, more]
  const before = await balancesOf(server, ids)
  const journal = await postJournal(owner, [
    [debit, '1.00'],
    [dollars, '7.00'],
    [debit, '2.00'],
    [more, '-7.00'],
    [credit, '-3.00'],
  ])
  const { entries } = await reverse(journal.id)
  expect(entries.map((one) => [one.account_id, one.amount])).toEqual([
    [debit, '-1.0000'],
    [dollars, '-7.0000'],
    [debit, '-2.0000'],
    [more, '7.0000'],
    [credit, '3.0000'],
  ])
  expect(await balancesOf(server, ids)).toEqual(before)
})

test('a journal of a month that was closed since is reversed on an open day', async () => {
  const fresh = await signUpOwner(server)
  const [one = '', two = ''] = await openAccounts(fresh, 2)
  const lines = [
    [one, '5.00'],
    [two, '-5.00'],
  ] as const
  const journal = await postJournal(fresh, lines, { document_on: '2026-01-15' })
  await fresh.client.call('ledger.close-period', { id: fresh.entityId, month: '2026-01' })
  expect(await statusOf(reverse(journal.id, { document_on: '2026-01-31' }, fresh))).toBe('409 period_closed')
  const late = { document_on: '2026-01-31', if_closed: 'post_in_open_period' }
  expect(await reverse(journal.id, late, fresh)).toMatchObject({
    document_on: '2026-01-31',
    effective_on: '2026-02-01',
  })
  const asOf = async (on: string) => (await fresh.client.call('ledger.get-balance', { id: one, on })).balance
  expect([await asOf('2026-01-31'), await asOf('2026-02-01')], 'January stays as it was').toEqual(['5.0000', '0.0000'])
})

// what it is about, the journal to reverse, changes, answer
const refused: [name: string, target: () => Promise<string>, change: object, answer: string][] = [
  ['a journal that was reversed', async () => reversedOnce(), {}, '409 already_reversed'],
  ['a reversal', async () => (await reverse((await post()).id)).id, {}, '409 reversal_not_reversible'],
  ['a journal of nobody', async () => uuidv7(), {}, '404 not_found'],
  ['a journal of another tenant', async () => journalOfAnother(), {}, '404 not_found'],
  ['what left the drawer since', async () => spentDeposit(), {}, '409 balance_below_floor'],
  ['a repayment that the credit limit needs', async () => neededRepayment(), {}, '409 balance_above_ceiling'],
  ['a journal on an account that is closed', async () => onClosedAccount(), {}, '409 account_closed'],
  ['into a closed month', async () => (await post()).id, { document_on: '2020-12-31' }, '409 period_closed'],
  ['before 1970', async () => (await post()).id, { document_on: '1969-12-31' }, '422 date_out_of_range'],
  ['on no day', async () => (await post()).id, { document_on: '2026-02-30' }, '400 invalid_input'],
  ['under the id of another journal', async () => (await post()).id, { reversal_id: 'taken' }, '409 already_exists'],
  ['under its own id', async () => (await post()).id, { reversal_id: 'own' }, '409 already_exists'],
]

test.each(refused)('nobody reverses %s, and nothing is left of the try', async (_, target, change, answer) => {
  const id = await target()
  const taken = (await post()).id
  const ids: Record<string, string> = { taken, own: id }
  const given = (change as { reversal_id?: string }).reversal_id
  const before = await readBooks(server)
  expect(await statusOf(reverse(id, { ...change, ...(given && { reversal_id: ids[given] }) }))).toBe(answer)
  expect(await readBooks(server)).toEqual(before)
})

async function reversedOnce() {
  const { id } = await post()
  await reverse(id)
  return id
}

async function journalOfAnother() {
  const [one = '', two = ''] = await openAccounts(other, 2)
  const lines = [
    [one, '1'],
    [two, '-1'],
  ] as const
  return (await postJournal(other, lines)).id
}

async function spentDeposit() {
  const drawer = await openAccount(owner, { floor: '0' })
  const move = (amount: string, back: string) =>
    postJournal(owner, [
      [drawer, amount],
      [credit, back],
    ])
  const { id } = await move('50', '-50')
  await move('-20', '20')
  return id
}

async function neededRepayment() {
  const customer = await openAccount(owner, { ceiling: '100' })
  const move = (amount: string, back: string) =>
    postJournal(owner, [
      [customer, amount],
      [credit, back],
    ])
  await move('100', '-100')
  const { id } = await move('-40', '40')
  await move('30', '-30')
  return id
}

async function onClosedAccount() {
  const [account = '', back = ''] = await openAccounts(owner, 2)
  const { id } = await postJournal(owner, [
    [account, '5'],
    [account, '-5'],
    [back, '1'],
    [credit, '-1'],
  ])
  await owner.client.call('ledger.close-account', { id: account, version: 1 })
  return id
}

test('of two who reverse a journal at once, one is answered and the other refused', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await post()
    const answers = await Promise.all([statusOf(reverse(id)), statusOf(reverse(id))])
    expect(answers.toSorted()).toEqual(['409 already_reversed', 'reversed'])
  }
})

test('of two reversals in one batch, the first one is recorded', async () => {
  const blocker = await post('1.00')
  const journal = await post('2.00')
  const before = await readBooks(server)
  const answers = await inOneBatch(debit, () => reverse(blocker.id), [
    () => reverse(journal.id, { document_on: '2026-03-06' }),
    () => reverse(journal.id, { document_on: '2026-03-07' }),
    () => reverse(uuidv7()),
  ])
  expect(answers).toEqual(['reversed', '409 already_reversed', '404 not_found'])
  const after = await readBooks(server)
  expect([after.journals - before.journals, after.entries - before.entries]).toEqual([2, 4])
  const { reversed_by_id } = await owner.client.call('ledger.get-journal', { id: journal.id })
  const reversal = await owner.client.call('ledger.get-journal', { id: reversed_by_id ?? '' })
  expect(reversal.document_on).toBe('2026-03-06')
})

test('the same reversal sent again under its id is answered once more; another one under it is refused', async () => {
  const journal = await post()
  const input = { id: journal.id, reversal_id: uuidv7(), document_on: '2026-03-05' }
  const first = await owner.client.request('ledger.reverse-journal', input)
  const after = await readBooks(server)
  const again = await owner.client.request('ledger.reverse-journal', input)
  expect([again.headers.get('idempotency-replayed'), again.body]).toEqual(['true', first.body])
  expect(first.body).toMatchObject({ id: input.reversal_id })
  const another = { ...input, document_on: '2026-03-06' }
  expect(await statusOf(owner.client.call('ledger.reverse-journal', another))).toBe('422 idempotency_key_reused')
  expect(await readBooks(server)).toEqual(after)
})
