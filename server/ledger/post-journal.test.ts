import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entityWithoutBooks } from '../../tests/harness/hints.ts'
import {
  balancesOf,
  type Lines,
  linesOf,
  openAccount,
  openAccounts,
  postJournal,
  readBooks,
} from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let other: TestOwner
/** Accounts, entities and journals by the names that the cases use. */
let named: Record<string, string>

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  other = await signUpOwner(server)
  const { client } = owner
  const second = await client.call('tenants.create-entity', { legal_name: 'Second', country: 'FR', currency: 'EUR' })
  const [debit = '', credit = '', closed = '', full = '', low = '', high = '', counter = ''] = await openAccounts(
    owner,
    7,
  )
  named = {
    ...{ debit, credit, closed, full, low, high, counter },
    drawer: await openAccount(owner, { floor: '0' }),
    customer: await openAccount(owner, { ceiling: '100.00' }),
    dollars: await openAccount(owner, { currency: 'USD' }),
    yen: await openAccount(owner, { currency: 'JPY' }),
    'more yen': await openAccount(owner, { currency: 'JPY' }),
    dinars: await openAccount(owner, { currency: 'KWD' }),
    'more dinars': await openAccount(owner, { currency: 'KWD' }),
    'of the second': await openAccount(owner, { entity_id: second.id }),
    'of another tenant': await openAccount(other),
    'of nobody': uuidv7(),
    'the second': second.id,
    'another tenant': other.entityId,
    nobody: uuidv7(),
    bookless: await entityWithoutBooks(server, owner),
    taken: uuidv7(),
  }
  await client.call('ledger.close-account', { id: closed, version: 1 })
  await postJournal(owner, lines('full 999999999999999.99, counter -999999999999999.99'))
  await postJournal(owner, lines('drawer 50.00, customer 50.00, credit -100.00'))
  await postJournal(owner, lines('low -20.00, high 20.00'))
  await client.call('ledger.update-account', { id: low, version: 1, floor: '-10.00', ceiling: '10.00' })
  await client.call('ledger.update-account', { id: high, version: 1, floor: '-10.00', ceiling: '10.00' })
  await postJournal(owner, lines('debit 1, credit -1'), { id: named.taken })
  await client.call('ledger.close-period', { id: owner.entityId, month: '2025-12' })
})
afterAll(() => server?.close())

/** Lines out of `account amount, account amount`, by the names above. */
function lines(text: string): Lines {
  if (text === '') return []
  return text.split(', ').map((one) => {
    const [, name = '', amount = ''] = /^(.*) (\S+)$/.exec(one) ?? []
    return [named[name] ?? name, amount] as const
  })
}

const many = (count: number) => Array.from({ length: count }, (_, at) => (at % 2 ? 'credit -1' : 'debit 1')).join(', ')
const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

const statusOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'posted',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )

interface Change extends Record<string, unknown> {
  lines?: string
  entity_id?: string
  id?: string
}

type Case = readonly [name: string, journal: Change, answer: string]

// name, change to a good journal (debit 10.00, credit -10.00, on 2026-03-02), answer
const refused: Case[] = [
  ['one cent is missing', { lines: 'debit 10.00, credit -9.99' }, '422 journal_unbalanced'],
  ['both sides are debits', { lines: 'debit 10.00, credit 10.00' }, '422 journal_unbalanced'],
  ['two currencies balance together', { lines: 'debit 10.00, dollars -10.00' }, '422 journal_unbalanced'],
  ['one currency of two balances', { lines: 'debit 1, credit -1, dollars 1' }, '422 journal_unbalanced'],

  ['a tenth of a yen', { lines: 'yen 10.1, more yen -10.1' }, '422 wrong_precision'],
  ['a tenth of a cent', { lines: 'debit 10.001, credit -10.001' }, '422 wrong_precision'],
  ['four decimals of a dinar', { lines: 'dinars 0.0001, more dinars -0.0001' }, '422 wrong_precision'],
  ['amounts that add up to whole cents', { lines: 'debit 0.005, debit 0.005, credit -0.01' }, '422 wrong_precision'],
  ['five decimals', { lines: 'debit 10.00001, credit -10.00001' }, '400 invalid_input'],
  ['an amount of zero', { lines: 'debit 10, credit -10, debit 0.00' }, '422 amount_zero'],
  ['an amount of less than zero and nothing', { lines: 'debit 10, credit -10, debit -0' }, '422 amount_zero'],
  ['16 digits', { lines: 'debit 1000000000000000, credit -1000000000000000' }, '400 invalid_input'],
  ['a balance of 16 digits', { lines: 'full 0.01, credit -0.01' }, '422 balance_out_of_range'],
  ['16 digits on the way', { lines: 'full 0.01, full -0.02, credit 0.01' }, '422 balance_out_of_range'],

  ['an account of nobody', { lines: 'of nobody 10.00, credit -10.00' }, '422 account_not_found'],
  ['an account of another tenant', { lines: 'of another tenant 10.00, credit -10.00' }, '422 account_not_found'],
  ['an account of another entity', { lines: 'of the second 10.00, credit -10.00' }, '422 account_of_another_entity'],
  ['a closed account', { lines: 'closed 10.00, credit -10.00' }, '409 account_closed'],
  ['an account that is no id', { lines: 'x 10.00, credit -10.00' }, '400 invalid_input'],

  ['no lines', { lines: '' }, '400 invalid_input'],
  ['one line', { lines: 'debit 10.00' }, '400 invalid_input'],
  ['1,001 lines', { lines: `${many(1_000)}, debit 1` }, '400 invalid_input'],
  ['10,000 lines', { lines: many(10_000) }, '400 invalid_input'],

  ['a day of a closed month', { document_on: '2025-12-31' }, '409 period_closed'],
  ['an effective day in a closed month', { effective_on: '2025-12-31' }, '409 period_closed'],
  ['a day more than a year ahead', { document_on: dayFromNow(368) }, '422 date_out_of_range'],
  ['an effective day more than a year ahead', { effective_on: dayFromNow(368) }, '422 date_out_of_range'],
  [
    'a document of far ahead that counts today',
    { document_on: dayFromNow(368), effective_on: dayFromNow(0) },
    '422 date_out_of_range',
  ],
  [
    'a document of before 1970 that counts today',
    { document_on: '1969-12-31', effective_on: dayFromNow(0) },
    '422 date_out_of_range',
  ],
  ['a day before 1970', { document_on: '1969-12-31' }, '422 date_out_of_range'],
  [
    'a late document before 1970',
    { document_on: '1969-12-31', if_closed: 'post_in_open_period' },
    '422 date_out_of_range',
  ],
  ['the 30th of February', { document_on: '2026-02-30' }, '400 invalid_input'],
  ['a day of the far future', { document_on: '2201-01-01' }, '400 invalid_input'],

  ['an entity without books', { entity_id: 'bookless' }, '422 books_not_found'],
  ['an entity of nobody', { entity_id: 'nobody' }, '422 books_not_found'],
  ['an entity of another tenant', { entity_id: 'another tenant' }, '422 books_not_found'],
  ['another entity than that of the accounts', { entity_id: 'the second' }, '422 account_of_another_entity'],
  ['the id of another journal', { id: 'taken' }, '422 idempotency_key_reused'],

  ['more than is in the drawer', { lines: 'drawer -50.01, debit 50.01' }, '409 balance_below_floor'],
  ['more than is in the drawer, in parts', { lines: 'drawer -50, drawer -1, debit 51' }, '409 balance_below_floor'],
  ['more than a customer may owe', { lines: 'customer 50.01, credit -50.01' }, '409 balance_above_ceiling'],
  ['further below the floor', { lines: 'low -0.01, credit 0.01' }, '409 balance_below_floor'],
  ['further above the ceiling', { lines: 'high 0.01, credit -0.01' }, '409 balance_above_ceiling'],
  ['from below the floor to above the ceiling', { lines: 'low 30.01, credit -30.01' }, '409 balance_above_ceiling'],

  ['rounded to nothing', { lines: 'debit 0.001, credit -0.001', round: true }, '422 too_few_lines'],
  [
    'rounded, with less than a cent missing',
    { lines: 'debit 10.004, credit -10', round: true },
    '422 journal_unbalanced',
  ],
  ['rounded, with a cent missing', { lines: 'debit 10.00, credit -9.99', round: true }, '422 journal_unbalanced'],
  [
    'rounded, without an account for differences',
    { lines: 'yen 0.5, yen 0.5, more yen -1', round: true },
    '422 rounding_account_missing',
  ],
]

/** Sends a journal of debit 10.00, credit -10.00 with a change to it; entity and id are names. */
function post({ lines: text = 'debit 10.00, credit -10.00', entity_id, id, ...more }: Change) {
  const known = { ...(entity_id && { entity_id: named[entity_id] }), ...(id && { id: named[id] }) }
  return postJournal(owner, lines(text), { ...more, ...known })
}

describe('a journal is refused and leaves nothing, neither row nor balance:', () => {
  test.each(refused)('%s', async (_, change, answer) => {
    const before = await readBooks(server)
    expect(await statusOf(post(change))).toBe(answer)
    expect(await readBooks(server)).toEqual(before)
  })
})

// name, change to a good journal, how its entries read
const accepted: Case[] = [
  ['a good one', {}, 'debit 10.0000, credit -10.0000'],
  ['zeros behind the decimals', { lines: 'debit 10.0000, credit -10' }, 'debit 10.0000, credit -10.0000'],
  ['an account twice', { lines: 'debit 3, debit 4, credit -7' }, 'debit 3.0000, debit 4.0000, credit -7.0000'],
  [
    'two currencies, each balanced',
    { lines: 'debit 1, yen 5, credit -1, more yen -5' },
    'debit 1.0000, yen 5.0000, credit -1.0000, more yen -5.0000',
  ],
  ['three decimals of a dinar', { lines: 'dinars 0.001, more dinars -0.001' }, 'dinars 0.0010, more dinars -0.0010'],
  ['a day almost a year ahead', { document_on: dayFromNow(365) }, 'debit 10.0000, credit -10.0000'],
  ['the first open day', { document_on: '2026-01-01' }, 'debit 10.0000, credit -10.0000'],
  ['all that is in the drawer', { lines: 'drawer -50, debit 50' }, 'drawer -50.0000, debit 50.0000'],
  [
    'out of the drawer and back',
    { lines: 'drawer -5, debit 5, drawer 5, debit -5' },
    'drawer -5.0000, debit 5.0000, drawer 5.0000, debit -5.0000',
  ],
  ['all that a customer may owe', { lines: 'customer 50, credit -50' }, 'customer 50.0000, credit -50.0000'],
  ['nearer to the floor', { lines: 'low 0.01, credit -0.01' }, 'low 0.0100, credit -0.0100'],
  ['nearer to the ceiling', { lines: 'high -0.01, credit 0.01' }, 'high -0.0100, credit 0.0100'],
  ['from below the floor into the limits', { lines: 'low 25, credit -25' }, 'low 25.0000, credit -25.0000'],
  ['rounded halves', { lines: 'debit 0.005, credit -0.005', round: true }, 'debit 0.0100, credit -0.0100'],
  [
    'rounded thirds, with a cent of difference',
    { lines: 'debit 3.3333, debit 3.3333, debit 3.3334, credit -10', round: true },
    'debit 3.3300, debit 3.3300, debit 3.3300, credit -10.0000, rounding differences 0.0100',
  ],
]

describe('a journal is posted:', () => {
  test.each(accepted)('%s', async (_, change, entries) => {
    const { items } = await owner.client.call('ledger.list-accounts', { entity_id: owner.entityId, limit: 200 })
    named['rounding differences'] = items.find((one) => one.purpose === 'rounding_differences')?.id ?? ''
    const nameOf = (id: string) => Object.keys(named).find((name) => named[name] === id)
    const posted = await post(change)
    expect(posted.entries.map((one) => `${nameOf(one.account_id)} ${one.amount}`).join(', ')).toBe(entries)
    expect(posted.entries.map((one) => one.line)).toEqual(posted.entries.map((_, at) => at + 1))
    expect(await owner.client.call('ledger.get-journal', { id: posted.id })).toEqual(posted)
    const last = new Map(posted.entries.map((one) => [one.account_id, one]))
    for (const { account_id, running_balance, account_version } of last.values()) {
      const account = await owner.client.call('ledger.get-account', { id: account_id })
      expect(account).toMatchObject({ balance: running_balance, balance_version: account_version })
    }
  })
})

test('a refusal says which line is wrong, by how much, and through which day the books are closed', async () => {
  const detailOf = (change: Change) => post(change).catch(({ problem }) => problem.detail)
  expect(await detailOf({ lines: 'debit 1, credit -1, dollars 2, of nobody 1' })).toBe('line 4')
  expect(await detailOf({ lines: 'debit 10.00, credit -9.99' })).toBe('debits less credits are 0.01 EUR')
  expect(await detailOf({ lines: 'debit 1, credit -1, dollars -2.50' })).toBe('debits less credits are -2.5 USD')
  expect(await detailOf({ document_on: '2025-12-31' })).toBe('the books are closed through 2025-12-31')
})

test('a late document counts on the first open day and keeps its own date', async () => {
  const late = { document_on: '2025-11-30', if_closed: 'post_in_open_period' }
  expect(await post(late)).toMatchObject({ document_on: '2025-11-30', effective_on: '2026-01-01' })
  const later = { ...late, document_on: '2026-04-01' }
  expect(await post(later), 'an open day stays').toMatchObject({
    document_on: '2026-04-01',
    effective_on: '2026-04-01',
  })
  const chosen = { document_on: '2026-04-03', effective_on: '2026-04-02' }
  expect(await post(chosen)).toMatchObject(chosen)
})

test('a journal without another document is its own; one with another keeps its number', async () => {
  const own = await post({})
  expect(own).toMatchObject({ document_type: 'journal_voucher', document_id: own.id, document_number: null })
  const invoice = { document_type: 'supplier_invoice', document_id: uuidv7(), document_number: 'F-2026/17' }
  const posted = await post(invoice)
  expect(posted).toMatchObject({ ...invoice, actor_id: owner.userId, reverses_id: null, reversed_by_id: null })
  const found = await owner.client.call('ledger.list-journals', {
    entity_id: owner.entityId,
    document_id: invoice.document_id,
  })
  expect(found.items.map(({ id }) => id)).toEqual([posted.id])
})

test('the same journal sent again is answered once more and posted once; another one under its id is refused', async () => {
  const id = uuidv7()
  const journal = {
    id,
    entity_id: owner.entityId,
    document_on: '2026-03-02',
    lines: linesOf(lines('debit 10.00, credit -10.00')),
  }
  const first = await owner.client.request('ledger.post-journal', journal)
  const after = await readBooks(server)
  const again = await owner.client.request('ledger.post-journal', journal)
  expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null])
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
  expect(again.body).toEqual(first.body)
  const [one, two] = await Promise.all([1, 2].map(() => owner.client.request('ledger.post-journal', journal)))
  expect([one?.body, two?.body]).toEqual([first.body, first.body])
  const other = { ...journal, document_on: '2026-03-03' }
  expect(await statusOf(owner.client.call('ledger.post-journal', other))).toBe('422 idempotency_key_reused')
  expect(await readBooks(server)).toEqual(after)
})

test('1,000 lines are posted at once', async () => {
  const ids = [named.debit ?? '', named.credit ?? '']
  const before = await balancesOf(server, ids)
  const posted = await post({ lines: many(1_000) })
  expect(posted.entries).toHaveLength(1_000)
  const [debit, credit] = (await balancesOf(server, ids)).map((balance, at) => Number(balance) - Number(before[at]))
  expect([debit, credit]).toEqual([500, -500])
})
