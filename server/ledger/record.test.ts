import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entityWithoutBooks } from '../../tests/harness/hints.ts'
import {
  accountOf,
  balancesOf,
  linesOf,
  newJournal,
  openAccount,
  openAccounts,
  postForBranch,
  readBooks,
  record,
} from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { NewJournal } from './journal-queries.ts'
import { recordingRefusals } from './refusals.ts'

let server: TestServer
let owner: TestOwner
let debit: string
let credit: string

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const [one = '', two = ''] = await openAccounts(owner, 2)
  debit = one
  credit = two
  await owner.client.call('ledger.close-period', { id: owner.entityId, month: '2025-12' })
})
afterAll(() => server?.close())

/** A journal that moves an amount from one account to another. */
function move(amount: string, from = credit, to = debit, more: Partial<NewJournal> = {}): NewJournal {
  const back = amount.startsWith('-') ? amount.slice(1) : `-${amount}`
  const lines = [
    [to, amount],
    [from, back],
  ] as const
  return newJournal({ entity_id: owner.entityId, lines: linesOf(lines), ...more })
}

const reversalOf = (reverses_id: string, more: Partial<NewJournal> = {}) => newJournal({ reverses_id, ...more })

const codesOf = async (journals: NewJournal[]) =>
  (await record(server, owner.tenantId, journals)).map(({ code }) => code ?? 'ok')

const entriesOf = async (account: string) =>
  (await owner.client.call('ledger.get-statement', { id: account, order: 'recorded', limit: 200 })).items.map((one) => [
    one.journal_id,
    one.account_version,
    one.amount,
    one.running_balance,
  ])

test('an empty list is answered by an empty list', async () => {
  const before = await readBooks(server)
  expect(await record(server, owner.tenantId, [])).toEqual([])
  expect(await readBooks(server)).toEqual(before)
})

test('journals are applied in order, each on the balances that the one before it left', async () => {
  const drawer = await openAccount(owner, { floor: '0', ceiling: '100' })
  const journals = ['60', '-60.01', '50', '40', '-100', '100'].map((amount) => move(amount, credit, drawer))
  expect(await codesOf(journals)).toEqual(['ok', 'balance_below_floor', 'balance_above_ceiling', 'ok', 'ok', 'ok'])
  expect(await entriesOf(drawer)).toEqual([
    [journals[0]?.id, '1', '60.0000', '60.0000'],
    [journals[3]?.id, '2', '40.0000', '100.0000'],
    [journals[4]?.id, '3', '-100.0000', '0.0000'],
    [journals[5]?.id, '4', '100.0000', '100.0000'],
  ])
})

// Which of three journals in a call is refused, early (before its lines are looked at), on its lines, or by a limit.
const wrong: [where: number, how: string, change: (journal: NewJournal) => NewJournal][] = [0, 1, 2].flatMap(
  (where) => [
    [where, 'books_not_found', (journal) => ({ ...journal, entity_id: uuidv7() })],
    [
      where,
      'account_not_found',
      (journal) => ({ ...journal, lines: [...(journal.lines ?? []), ...linesOf([[uuidv7(), '1']])] }),
    ],
    [where, 'too_few_lines', (journal) => ({ ...journal, lines: [] })],
    [
      where,
      'journal_unbalanced',
      (journal) => ({
        ...journal,
        lines: linesOf([
          [debit, '1'],
          [credit, '-2'],
          [debit, '3'],
        ]),
      }),
    ],
    [where, 'not_found', () => reversalOf(uuidv7())],
  ],
)

test.each(wrong)(
  'journal %i of three refused with %s leaves no trace, and the others are as if alone',
  async (where, code, change) => {
    const accounts = await openAccounts(owner, 2)
    const [from = '', to = ''] = accounts
    const good = ['1', '2', '3'].map((amount) => move(amount, from, to))
    const sent = good.map((journal, at) => (at === where ? change(journal) : journal))
    const before = await readBooks(server)
    expect(await codesOf(sent)).toEqual(sent.map((_, at) => (at === where ? code : 'ok')))
    const kept = good.filter((_, at) => at !== where)
    let balance = 0
    const expected = kept.map(({ id, lines }, at) => {
      const amount = Number(lines?.[0]?.amount)
      balance += amount
      return [id, String(at + 1), amount.toFixed(4), balance.toFixed(4)]
    })
    expect(await entriesOf(to)).toEqual(expected)
    const after = await readBooks(server)
    expect([after.journals - before.journals, after.entries - before.entries]).toEqual([2, 4])
  },
)

describe('within one call', () => {
  test('an id is recorded once; after a refused one it is still free', async () => {
    const id = uuidv7()
    const journals = [
      move('1', credit, debit, { id, lines: [] }),
      move('2', credit, debit, { id }),
      move('3', credit, debit, { id }),
    ]
    expect(await codesOf(journals)).toEqual(['too_few_lines', 'ok', 'already_exists'])
    expect(await codesOf([move('4', credit, debit, { id })])).toEqual(['already_exists'])
    expect((await owner.client.call('ledger.get-journal', { id })).entries[0]?.amount).toBe('2.0000')
  })

  test('a journal is reversed once; after a refused reversal it still can be', async () => {
    const journal = move('1')
    await record(server, owner.tenantId, [journal])
    const closed = reversalOf(journal.id, { document_on: '2025-12-31' })
    expect(await codesOf([closed, reversalOf(journal.id), reversalOf(journal.id)])).toEqual([
      'period_closed',
      'ok',
      'already_reversed',
    ])
    expect(await codesOf([reversalOf(journal.id)])).toEqual(['already_reversed'])
  })

  test('two reversals of two journals and a journal between them are told apart', async () => {
    const [one, two, three] = [move('1'), move('2'), move('4')]
    await record(server, owner.tenantId, [one, two])
    const before = await balancesOf(server, [debit])
    expect(await codesOf([reversalOf(one.id), three, reversalOf(two.id)])).toEqual(['ok', 'ok', 'ok'])
    expect(Number((await balancesOf(server, [debit]))[0]) - Number(before[0])).toBe(4 - 3)
  })

  test('a journal of the same call is not there yet for its reversal', async () => {
    const journal = move('1')
    expect(await codesOf([journal, reversalOf(journal.id)])).toEqual(['ok', 'not_found'])
  })

  test('1,000 lines are taken and 1,001 are not, whoever calls', async () => {
    const pairs = (count: number) =>
      linesOf(Array.from({ length: count }, (_, at) => [at % 2 ? credit : debit, at % 2 ? '-1' : '1']))
    const ten = move('1', credit, debit, { lines: pairs(10_000) })
    const most = move('1', credit, debit, { lines: pairs(1_000) })
    const more = move('1', credit, debit, { lines: pairs(1_002) })
    expect(await codesOf([ten, most, more])).toEqual(['too_many_lines', 'ok', 'too_many_lines'])
  })
})

// A journal with two things wrong, and which of them is named.
const twice: [first: string, then: string, journal: () => Partial<NewJournal>][] = [
  ['already_exists', 'not_found', () => ({ id: known.taken, reverses_id: uuidv7() })],
  ['not_found', 'period_closed', () => ({ reverses_id: uuidv7(), ...inClosedMonth })],
  ['reversal_not_reversible', 'period_closed', () => ({ reverses_id: known.reversal, ...inClosedMonth })],
  ['already_reversed', 'period_closed', () => ({ reverses_id: known.reversed, ...inClosedMonth })],
  ['books_not_found', 'too_few_lines', () => ({ entity_id: known.bookless, lines: [] })],
  ['too_few_lines', 'date_out_of_range', () => ({ ...lines([debit, '1']), document_on: '1969-12-31' })],
  ['too_many_lines', 'date_out_of_range', () => ({ ...lines(...tooMany()), document_on: '1969-12-31' })],
  ['date_out_of_range', 'period_closed', () => ({ ...lines([debit, '1'], [credit, '-1']), document_on: '1969-12-31' })],
  ['period_closed', 'account_not_found', () => ({ ...lines([uuidv7(), '1'], [credit, '-1']), ...inClosedMonth })],
  ['account_not_found', 'amount_zero', () => lines([uuidv7(), '0'], [credit, '-1'])],
  ['account_of_another_entity', 'account_closed', () => lines([known.closedElsewhere, '1'], [credit, '-1'])],
  ['account_closed', 'amount_zero', () => lines([known.closed, '0'], [credit, '-1'])],
  ['account_held', 'amount_zero', () => lines([known.held, '0'], [credit, '-1'])],
  ['amount_zero', 'account_not_found, a line below', () => lines([debit, '0'], [uuidv7(), '-1'])],
  ['amount_zero', 'journal_unbalanced', () => lines([debit, '0'], [credit, '-1'])],
  ['wrong_precision', 'journal_unbalanced', () => lines([debit, '0.001'], [credit, '-1'])],
  ['unknown_currency', 'foreign_amounts_differ', () => foreign('XXX', '-1')],
  ['currency_not_foreign', 'foreign_amounts_differ', () => foreign('EUR', '-1')],
  ['foreign_amounts_differ', 'journal_unbalanced', () => foreign('USD', '-1')],
  ['journal_unbalanced', 'balance_below_floor', () => lines([known.empty, '-1'], [credit, '2'])],
  ['balance_below_floor', 'balance_above_ceiling, a line below', () => lines([known.empty, '-1'], [known.full, '1'])],
  ['balance_above_ceiling', 'balance_below_floor, a line below', () => lines([known.full, '1'], [known.empty, '-1'])],
  ['balance_below_floor', 'balance_out_of_range', () => lines(...beyond(known.empty, '-').concat(beyond(credit, '')))],
  ['balance_above_ceiling', 'balance_out_of_range', () => lines(...beyond(known.full, '').concat(beyond(credit, '-')))],
  ['balance_out_of_range', 'nothing else', () => lines(...beyond(debit, '').concat(beyond(credit, '-')))],
]

const inClosedMonth = { document_on: '2025-12-31' }
const lines = (...given: (readonly [string, string])[]) => ({ entity_id: owner.entityId, lines: linesOf(given) })
/** Out of balance, and the first line made in another currency. */
const foreign = (currency: string, amount: string) => ({
  ...lines([debit, '2'], [credit, '-1']),
  foreign_amounts: [{ line: 1, currency, amount, rate: '1' }],
})
const tooMany = () => Array.from({ length: 1_001 }, () => [uuidv7(), '1'] as const)
const beyond = (account: string, sign: string) => [1, 2].map(() => [account, `${sign}999999999999999`] as const)

/** What the table above names. */
let known: Record<
  'taken' | 'reversal' | 'reversed' | 'bookless' | 'closed' | 'closedElsewhere' | 'held' | 'empty' | 'full',
  string
>

describe('of two things that are wrong with a journal, the first is named:', () => {
  beforeAll(async () => {
    const { client } = owner
    const second = await client.call('tenants.create-entity', { legal_name: 'Second', country: 'FR', currency: 'EUR' })
    await postForBranch(server, owner, '1')
    const journal = move('1')
    const reversal = reversalOf(journal.id)
    await record(server, owner.tenantId, [journal])
    await record(server, owner.tenantId, [reversal])
    known = {
      taken: journal.id,
      reversed: journal.id,
      reversal: reversal.id,
      bookless: await entityWithoutBooks(server, owner),
      closed: await openAccount(owner),
      closedElsewhere: await openAccount(owner, { entity_id: second.id }),
      held: (await accountOf(owner, 'inventory', owner.branchId))?.id ?? '',
      empty: await openAccount(owner, { floor: '0' }),
      full: await openAccount(owner, { ceiling: '0' }),
    }
    for (const id of [known.closed, known.closedElsewhere]) {
      await client.call('ledger.close-account', { id, version: 1 })
    }
  })

  test.each(twice)('%s before %s', async (first, _, journal) => {
    const before = await readBooks(server)
    expect(await codesOf([newJournal(journal())])).toEqual([first])
    expect(await readBooks(server)).toEqual(before)
  })

  test('every refusal is in the table, in the order in which the contract lists them', () => {
    const named = [...new Set(twice.map(([first]) => first))]
    expect(named).toEqual(recordingRefusals.map(({ code }) => code))
  })
})
