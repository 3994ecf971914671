import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countedTill, makeRegister, openTill, takeTenders } from '../../tests/harness/cash.ts'
import { employ } from '../../tests/harness/counts.ts'
import { accountOf, readBooks } from '../../tests/harness/ledger.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { now } from '../platform/time.ts'
import {
  findSession,
  type HeldSession,
  openLateSession,
  type SessionRow,
  sessionNotFound,
  sessionNotOpen,
} from './index.ts'

let server: TestServer
let owner: TestOwner
let cashier: TestClient
let cashierId: string
let other: TestClient
let manager: TestClient
let accountant: TestClient
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const first = await employ(server, owner, 'cashier')
  cashier = first.client
  cashierId = first.id
  other = (await employ(server, owner, 'cashier')).client
  manager = (await employ(server, owner, 'manager')).client
  accountant = (await employ(server, owner, 'accountant')).client
}, 60_000)
afterAll(() => server?.close())

const refusedAs = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const open = (float_amount = '200', client = cashier) => openTill(owner, client, float_amount)
const xOf = (id: string, client = owner.client) => client.call('cash.get-x-report', { id })
const close = ({ id, version }: { id: string; version: number }, client = cashier) =>
  client.call('cash.close-session', { id, version })
type Tender = { tender_kind: 'cash' | 'card' | 'mobile_wallet'; counted: string; denominations?: object[] }
const count = ({ id, version }: { id: string; version: number }, tenders: Tender[], client = cashier) =>
  client.call('cash.count-session', { id, version, tenders } as never)
const cash = (counted: string): Tender[] => [{ tender_kind: 'cash', counted }]
const balance = async (purpose: string, holder: string | null = null) =>
  (await accountOf(owner, purpose, holder))?.balance ?? '0.0000'
/** All but the chain, which keeps that somebody was not allowed something. */
async function booksOf() {
  const { auditEntries, ...books } = await readBooks(server)
  return books
}
/** A session of the cashier's whose cash is this much short of 200. */
const short = (by: number) => countedTill(owner, cashier, `${200 - by}`)

test('a float comes out of the safe, and the drawer is what the books hold for the session', async () => {
  const before = await balance('safe', owner.branchId)
  const opened = await open('150.50')
  expect(opened).toMatchObject({
    ...{ status: 'open', reconciliation: null, float_amount: '150.5', opened_by: cashierId, currency: 'EUR' },
    ...{ late_of: null, is_blind: false, offline_transaction_count: null, version: 1, counts: [] },
    steps: [{ number: 1, action: 'open', amount_impact: '150.5', actor_id: cashierId }],
  })
  expect(await balance('cash', opened.id)).toBe('150.5000')
  expect(Number(before) - Number(await balance('safe', owner.branchId))).toBe(150.5)
  await takeTenders(server, owner, opened.id, { cash: '40', card: '25.30' })
  await takeTenders(server, owner, opened.id, { cash: '-10' })
  const report = await xOf(opened.id)
  expect(report).toMatchObject({ expected: '205.8', counted: null, variance: null, offline_transaction_count: 0 })
  expect(report.tenders).toMatchObject([
    {
      ...{ tender_kind: 'cash', expected: '180.5', balance: '180.5' },
      movements: [
        { document_type: 'cash_float', entries: 1, received: '150.5', given: '0' },
        { document_type: 'refund', entries: 1, received: '0', given: '10' },
        { document_type: 'sale', entries: 1, received: '40', given: '0' },
      ],
    },
    { tender_kind: 'card', expected: '25.3', balance: '25.3' },
  ])
})

test('a register has one open session, however many are opened at once', async () => {
  const register_id = await makeRegister(owner)
  const opened = await Promise.all(
    Array.from({ length: 6 }, () => refusedAs(cashier.call('cash.open-session', { register_id, float_amount: '10' }))),
  )
  expect(opened.toSorted()).toEqual([...Array.from({ length: 5 }, () => '409 session_already_open'), 'done'])
})

test('a session sent twice is opened once', async () => {
  const session = { id: uuidv7(), register_id: await makeRegister(owner), float_amount: '10' }
  const [one, two] = [
    await cashier.call('cash.open-session', session),
    await cashier.call('cash.open-session', session),
  ]
  expect(two).toEqual(one)
})

test('cash comes in, goes out and is dropped with a reason, each with its journal, and never more than there is', async () => {
  const { id } = await open('100')
  const [safe, expenses] = [await balance('safe', owner.branchId), await balance('other_expenses')]
  const paidIn = { id, pay_in_id: uuidv7(), amount: '30', reason: 'Change from the safe' }
  const first = await cashier.call('cash.pay-in', paidIn)
  expect(first).toMatchObject({ id: paidIn.pay_in_id, kind: 'pay_in', amount: '30', against: 'safe' })
  expect(await cashier.call('cash.pay-in', paidIn), 'sent twice').toEqual(first)
  await cashier.call('cash.pay-out', { id, amount: '12.40', reason: 'Light bulbs' })
  await cashier.call('cash.drop-cash', { id, amount: '80', reason: 'Too much in the drawer' })
  expect(await balance('cash', id)).toBe('37.6000')
  expect(Number(await balance('safe', owner.branchId)) - Number(safe)).toBeCloseTo(50)
  expect(Number(await balance('other_expenses')) - Number(expenses)).toBeCloseTo(12.4)
  const before = await readBooks(server)
  const out = (amount: string) => refusedAs(cashier.call('cash.pay-out', { id, amount, reason: 'Too much' }))
  expect(await out('37.61')).toBe('409 drawer_short')
  expect(await readBooks(server)).toEqual(before)
  expect(await Promise.all([out('20'), out('20'), out('20')])).toContain('409 drawer_short')
  const { items } = await cashier.call('cash.list-movements', { id })
  expect(items.map(({ kind, amount }) => `${kind} ${amount}`)).toEqual(
    expect.arrayContaining(['pay_in 30', 'pay_out 12.4', 'drop 80', 'pay_out 20']),
  )
  expect(items).toHaveLength(4)
})

describe('refused, and nothing is written:', () => {
  let mine: { id: string; version: number }
  let ended: { id: string; version: number }
  let register_id: string
  beforeAll(async () => {
    mine = await open()
    ended = await close(await open())
    register_id = await makeRegister(owner)
  })
  const pay = (more: object, client = cashier) =>
    client.call('cash.pay-in', { id: mine.id, amount: '1', reason: 'Some', ...more })
  const counted = (tenders: object[], more: object = {}) =>
    cashier.call('cash.count-session', { id: ended.id, version: ended.version, tenders, ...more } as never)
  const notes = (denominations: object[]) => counted([{ tender_kind: 'cash', counted: '200', denominations }])
  const floatOf = (float_amount: string) => cashier.call('cash.open-session', { register_id, float_amount })

  test.each<[what: string, answer: string, send: () => Promise<unknown>]>([
    ['a float below zero', '400 invalid_input', () => floatOf('-1')],
    ['a float of half a cent', '422 cash_amount_too_fine', () => floatOf('1.005')],
    ['a float no books can keep', '422 cash_amount_too_large', () => floatOf('999999999999999')],
    [
      'a register of nobody',
      '422 register_not_found',
      () => cashier.call('cash.open-session', { register_id: uuidv7(), float_amount: '1' }),
    ],
    ['nothing paid in', '400 invalid_input', () => pay({ amount: '0.00' })],
    ['less than nothing paid in', '400 invalid_input', () => pay({ amount: '-5' })],
    ['a pay-in of half a cent', '422 cash_amount_too_fine', () => pay({ amount: '0.005' })],
    ['a pay-in without a reason', '400 invalid_input', () => pay({ reason: ' ' })],
    ['a pay-in into what is closed', '409 session_not_open', () => pay({ id: ended.id })],
    ['a pay-in into the session of another', '403 session_of_another', () => pay({}, other)],
    ['the end of the session of another', '403 session_of_another', () => close(mine, other)],
    ['the end of what has ended', '409 session_not_open', () => close(ended)],
    ['the end of what was changed since', '412 version_conflict', () => close({ ...mine, version: 9 })],
    ['a count of what is open', '409 session_still_open', () => count(mine, cash('200'))],
    ['a count of the session of another', '403 session_of_another', () => count(ended, cash('200'), other)],
    [
      'a count that leaves out what is expected',
      '422 tender_not_counted',
      () => counted([{ tender_kind: 'card', counted: '0' }]),
    ],
    ['a kind of tender counted twice', '422 tender_twice', () => counted([...cash('200'), ...cash('200')])],
    ['a count below zero', '400 invalid_input', () => counted(cash('-1'))],
    ['a count of half a cent', '422 cash_amount_too_fine', () => counted(cash('200.005'))],
    ['notes that do not add up', '422 denominations_differ', () => notes([{ value: '20', quantity: 9 }])],
    ['a coin that there is not', '422 cash_amount_too_fine', () => notes([{ value: '0.001', quantity: 200_000 }])],
    ['a coin of three cents', '400 invalid_input', () => notes([{ value: '0.03', quantity: 1 }])],
    ['no note at all', '400 invalid_input', () => notes([{ value: '200', quantity: 0 }])],
    ['half a note', '400 invalid_input', () => notes([{ value: '400', quantity: 0.5 }])],
    [
      'approval of what nobody counted',
      '409 session_not_counted',
      () => manager.call('cash.approve-session', { id: ended.id, version: ended.version }),
    ],
    [
      'a final report of what is not closed',
      '409 session_not_reconciled',
      () => manager.call('cash.get-z-report', { id: ended.id }),
    ],
    [
      'approval by a cashier',
      '403 forbidden',
      () => other.call('cash.approve-session', { id: ended.id, version: ended.version }),
    ],
  ])('%s', async (_, answer, send) => {
    const before = await booksOf()
    expect(await refusedAs(send())).toBe(answer)
    expect(await booksOf()).toEqual(before)
  })
})

test('within the threshold a session closes once it is counted: its accounts are empty, its cash is in the safe', async () => {
  const { id, version } = await open()
  await takeTenders(server, owner, id, { cash: '100', card: '60', mobile_wallet: '15' })
  const closed = await close({ id, version })
  expect(closed).toMatchObject({ status: 'pending_reconciliation', reconciliation: 'draft' })
  const [safe, clearing, lost] = [
    Number(await balance('safe', owner.branchId)),
    Number(await balance('card_clearing')),
    Number(await balance('cash_short')),
  ]
  const denominations = [
    { value: '50', quantity: 5 },
    { value: '0.5', quantity: 50 },
  ]
  const done = await count(closed, [
    { tender_kind: 'cash', counted: '275.00', denominations },
    { tender_kind: 'card', counted: '60' },
    { tender_kind: 'mobile_wallet', counted: '15' },
  ])
  expect(done).toMatchObject({ status: 'closed', reconciliation: 'closed', closed_by: cashierId })
  expect(done.steps.map(({ action }) => action)).toEqual(['open', 'close', 'count', 'settle'])
  for (const purpose of ['cash', 'card_clearing', 'mobile_wallet_clearing'])
    expect(await balance(purpose, id), purpose).toBe('0.0000')
  expect(Number(await balance('safe', owner.branchId)) - safe).toBe(275)
  expect(Number(await balance('card_clearing')) - clearing).toBe(60)
  expect(Number(await balance('cash_short')) - lost).toBe(25)
  const z = await cashier.call('cash.get-z-report', { id })
  expect(z).toMatchObject({ expected: '375', counted: '350', variance: '-25', denominations })
  expect(z.tenders[0]).toMatchObject({ expected: '300', counted: '275', variance: '-25', balance: '0' })
  expect(await cashier.call('cash.get-z-report', { id })).toEqual(z)
  expect(await refusedAs(xOf(id))).toBe('409 session_closed')
  await expect(takeTenders(server, owner, id, { cash: '1' })).rejects.toMatchObject({
    kind: sessionNotOpen,
  })
})

test('what is over of one tender does not make up for what is short of another', async () => {
  const { id, version } = await open()
  await takeTenders(server, owner, id, { cash: '40', card: '60' })
  const done = await count(await close({ id, version }), [
    { tender_kind: 'cash', counted: '200' },
    { tender_kind: 'card', counted: '100' },
  ])
  expect(done).toMatchObject({ status: 'pending_reconciliation', reconciliation: 'escalated' })
  expect(done.steps.at(-1)).toMatchObject({
    action: 'escalation',
    amount_impact: '0',
    detail: { variances: { cash: '-40', card: '40' }, threshold: '50' },
  })
  const fix = { id, version: done.version, from: 'cash', to: 'card', amount: '40', reason: 'Rung up as cash' } as const
  const fixed = await manager.call('cash.fix-transaction', fix)
  expect(await balance('cash', id)).toBe('200.0000')
  expect(await balance('card_clearing', id)).toBe('100.0000')
  const approved = await manager.call('cash.approve-session', { id, version: fixed.version })
  expect(approved).toMatchObject({ status: 'closed' })
  expect(await manager.call('cash.get-z-report', { id })).toMatchObject({ expected: '300', variance: '0' })
})

test('the threshold is that of the tenant, unless one is set, and what is exactly on it closes', async () => {
  expect(await short(50)).toMatchObject({ status: 'closed' })
  expect(await short(50.01)).toMatchObject({ reconciliation: 'escalated' })
  const set = (value: string | undefined) => setHere(owner.client, 'cash.variance-threshold', value)
  await set('10')
  expect(await short(11)).toMatchObject({ reconciliation: 'escalated' })
  await set('0')
  expect(await short(0)).toMatchObject({ status: 'closed' })
  await set(undefined)
  expect(await short(11)).toMatchObject({ status: 'closed' })
})

describe('beyond the threshold', () => {
  const steps = (id: string, version: number): [operation: string, input: object][] => [
    ['cash.adjust-session', { id, version, amount: '-1', against: 'other_expenses', reason: 'Mine' }],
    ['cash.fix-transaction', { id, version, from: 'cash', to: 'card', amount: '1', reason: 'Mine' }],
    ['cash.write-off-variance', { id, version, reason: 'Mine' }],
    ['cash.request-recount', { id, version, reason: 'Mine' }],
    ['cash.approve-session', { id, version }],
  ]

  test('nobody explains or approves what they opened or counted, whatever they may do else', async () => {
    const own = await countedTill(owner, manager, '100')
    const countedByManager = await count(await close(await open()), cash('100'), manager)
    const opened = await close(await open('200', manager), manager)
    const countedByOwner = await count(opened, cash('100'), owner.client)
    const before = await booksOf()
    for (const { id, version } of [own, countedByManager, countedByOwner])
      for (const [operation, input] of steps(id, version))
        expect(await refusedAs(manager.request(operation, input)), operation).toBe('403 variance_own')
    expect(await booksOf()).toEqual(before)
  })

  test('it is explained, written off and approved by somebody else, step by step, each with its journal', async () => {
    const escalated = await short(100)
    const { id } = escalated
    expect(await refusedAs(count(escalated, cash('200')))).toBe('409 variance_escalated')
    const early = manager.call('cash.approve-session', { id, version: escalated.version })
    await expect(early).rejects.toMatchObject({ problem: { code: 'variance_left', detail: '100 EUR is left' } })
    const expenses = Number(await balance('other_expenses'))
    const adjustment = {
      id,
      version: escalated.version,
      amount: '-30',
      against: 'other_expenses',
      reason: 'Taxi',
    } as const
    const adjusted = await accountant.call('cash.adjust-session', adjustment)
    expect(Number(await balance('other_expenses')) - expenses).toBe(30)
    const lost = Number(await balance('cash_short'))
    const off = await manager.call('cash.write-off-variance', { id, version: adjusted.version, reason: 'Not found' })
    expect(Number(await balance('cash_short')) - lost).toBe(70)
    expect(await balance('cash', id)).toBe('100.0000')
    const again = manager.call('cash.write-off-variance', { id, version: off.version, reason: 'Not found' })
    expect(await refusedAs(again)).toBe('409 variance_none')
    const done = await manager.call('cash.approve-session', { id, version: off.version })
    expect(done.steps.map(({ action, amount_impact }) => [action, amount_impact])).toEqual([
      ['open', '200'],
      ['close', null],
      ['count', null],
      ['escalation', '-100'],
      ['adjustment', '30'],
      ['write_off', '70'],
      ['approve', '0'],
    ])
    expect(done.steps.filter(({ journal_id }) => journal_id !== null).map(({ action }) => action)).toEqual([
      ...['open', 'adjustment', 'write_off', 'approve'],
    ])
    expect(await manager.call('cash.get-z-report', { id })).toMatchObject({
      ...{ expected: '170', counted: '100', variance: '-70' },
      tenders: [{ written_off: '-70', balance: '0' }],
    })
  })

  const recount = async () => {
    const { id, version } = await short(100)
    return manager.call('cash.request-recount', { id, version, reason: 'A roll of coins' })
  }

  test('somebody else may count it once more, and then it closes where it fits', async () => {
    const sent = await recount()
    expect(sent).toMatchObject({ status: 'pending_reconciliation', reconciliation: 'draft' })
    const done = await count(sent, cash('199'), owner.client)
    expect(done).toMatchObject({ status: 'closed' })
    expect(done.counts.map(({ number, lines }) => [number, lines[0]?.counted])).toEqual([
      [1, '100'],
      [2, '199'],
    ])
  })

  test('what the same person counts again, or who had it counted again, somebody else approves all the same', async () => {
    const again = await count(await recount(), cash('200'))
    expect(again).toMatchObject({ reconciliation: 'escalated' })
    const approved = await manager.call('cash.approve-session', { id: again.id, version: again.version })
    expect(approved).toMatchObject({ status: 'closed' })
    expect(await count(await recount(), cash('200'), manager)).toMatchObject({ reconciliation: 'escalated' })
  })
})

test('nobody sees what is expected of a blind session before it is counted, and its counter not until it is closed', async () => {
  const set = (value: boolean) => setHere(owner.client, 'cash.blind-count', value)
  await set(true)
  const { id, version } = await open()
  await set(false)
  for (const client of [cashier, manager, owner.client]) expect(await refusedAs(xOf(id, client))).toBe('403 forbidden')
  const drop = (amount: string) => cashier.call('cash.drop-cash', { id, amount, reason: 'How much is there?' })
  expect(await refusedAs(drop('200.01'))).toBe('403 drawer_short_blind')
  const { items } = await owner.client.call('audit.list-entries', { event: 'cash.drop-cash' })
  expect(items[0], 'the try is kept').toMatchObject({ refusal: 'drawer_short_blind', severity: 'warning' })
  const escalated = await count(await close({ id, version }), cash('100'))
  expect(escalated.counts[0]?.lines[0]).toMatchObject({ counted: '100', expected: null, variance: null })
  expect(escalated.steps.at(-1)).toMatchObject({ action: 'escalation', amount_impact: null, detail: {} })
  expect(await xOf(id, manager)).toMatchObject({ expected: '200' })
  const seen = await manager.call('cash.get-session', { id })
  expect(seen.counts[0]?.lines[0]).toMatchObject({ expected: '200', variance: '-100' })
  const off = await manager.call('cash.write-off-variance', { id, version: seen.version, reason: 'Not found' })
  await manager.call('cash.approve-session', { id, version: off.version })
  expect(await cashier.call('cash.get-z-report', { id })).toMatchObject({ variance: '-100' })
})

describe('late sessions', () => {
  const read = (id: string): Promise<SessionRow> =>
    inTransaction(server.product.databases.app, owner.tenantId, async (tx) => {
      return (await findSession({ ...tx, tenantId: owner.tenantId }, id)) ?? expect.unreachable('there is no session')
    })
  const late = (sessionId: string): Promise<HeldSession> =>
    inTransaction(server.product.databases.app, owner.tenantId, (tx) => {
      const scope = { ...tx, tenantId: owner.tenantId, now: now() }
      return openLateSession(scope, { sessionId, by: { newId: uuidv7, changed: () => {} }, actorId: owner.employeeId })
    })

  test('what arrives after the end goes to one late session, however many arrive at once, and it is reconciled as others', async () => {
    const ended = await close(await open())
    const opened = await Promise.all([1, 2, 3, 4].map(() => late(ended.id)))
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1)
    const [one] = opened
    expect(one).toMatchObject({ late_of: ended.id, register_id: ended.register_id, status: 'open' })
    await takeTenders(server, owner, one?.id ?? '', { card: '35' })
    const { version } = await read(one?.id ?? '')
    const closed = await close({ id: one?.id ?? '', version }, owner.client)
    const tenders: Tender[] = [...cash('0'), { tender_kind: 'card', counted: '35' }]
    expect(await count(closed, tenders, owner.client)).toMatchObject({ status: 'closed', late_of: ended.id })
    const next = await late(one?.id ?? '')
    expect(next.late_of, 'late for the first one').toBe(ended.id)
    expect(next.id).not.toBe(one?.id)
  })

  test('a session that is open needs none', async () => {
    const { id } = await open()
    await expect(late(id)).rejects.toMatchObject({ kind: sessionNotFound })
    await expect(late(uuidv7())).rejects.toMatchObject({ kind: sessionNotFound })
  })
})
