import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countedTill, makeRegister, openTill, takeTenders } from '../../tests/harness/cash.ts'
import { employ } from '../../tests/harness/counts.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { makeGoods, openTill as openCounter, sell } from '../../tests/harness/till.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { now } from '../platform/time.ts'
import { openLateSession } from './index.ts'

let server: TestServer
let owner: TestOwner
let cashier: TestClient
let manager: TestClient
let accountant: TestClient
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  cashier = (await employ(server, owner, 'cashier')).client
  manager = (await employ(server, owner, 'manager')).client
  accountant = (await employ(server, owner, 'accountant')).client
}, 60_000)
afterAll(() => server?.close())

const refusedAs = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const balance = async (purpose: string, holder: string | null = null) =>
  (await accountOf(owner, purpose, holder))?.balance ?? '0.0000'
const close = (client: TestClient, { id, version }: { id: string; version: number }) =>
  client.call('cash.close-session', { id, version })

describe('who is short and wants it not to show', () => {
  test('cannot move the threshold under a session that is open', async () => {
    const { id, version, variance_threshold } = await openTill(owner, manager)
    expect(variance_threshold).toBe('50')
    await setHere(owner.client, 'cash.variance-threshold', '999999')
    const closed = await close(manager, { id, version })
    const tenders = [{ tender_kind: 'cash' as const, counted: '100' }]
    const counted = await manager.call('cash.count-session', { id, version: closed.version, tenders })
    expect(counted).toMatchObject({ reconciliation: 'escalated', steps: { 3: { detail: { threshold: '50' } } } })
    const approving = accountant.call('cash.approve-session', { id, version: counted.version })
    expect(await refusedAs(approving)).toBe('409 variance_left')
    expect(await openTill(owner, manager)).toMatchObject({ variance_threshold: '999999', pay_out_limit: '999999' })
    await setHere(owner.client, 'cash.variance-threshold', undefined)
  })

  test('pays no more out of their own session than its limit, in all; somebody else who manages sessions does', async () => {
    const { id } = await openTill(owner, cashier)
    const out = (amount: string, to: 'safe' | 'other_expenses' = 'other_expenses', client = cashier) =>
      refusedAs(client.call('cash.pay-out', { id, amount, to, reason: 'Delivery' }))
    expect(await out('30')).toBe('done')
    expect(await out('20.01')).toBe('403 pay_out_beyond_limit')
    expect(await balance('cash', id)).toBe('170.0000')
    expect(await out('60', 'safe')).toBe('done')
    expect(await out('60', 'other_expenses', manager)).toBe('done')
    expect(await out('20')).toBe('done')
    await setHere(owner.client, 'cash.pay-out-limit', '120')
    const other = await openTill(owner, cashier)
    expect(other).toMatchObject({ variance_threshold: '50', pay_out_limit: '120' })
    await setHere(owner.client, 'cash.pay-out-limit', undefined)
    expect(await refusedAs(cashier.call('cash.pay-out', { id: other.id, amount: '110', reason: 'Rent' }))).toBe('done')
  })

  test('cannot drop more than there is and have the safe put right', async () => {
    const { client } = await employ(server, owner, 'manager')
    const right = (who: TestClient) =>
      who.call('cash.move-safe', {
        ...{ branch_id: owner.branchId, kind: 'take_out', amount: '60', against: 'cash_short', reason: 'Not there' },
      })
    await owner.client.call('cash.move-safe', {
      ...{ branch_id: owner.branchId, kind: 'put_in', amount: '5000', against: 'opening_balances', reason: 'Counted' },
    })
    const { id } = await openTill(owner, client)
    await client.call('cash.drop-cash', { id, amount: '100', reason: 'Too much' })
    expect(await refusedAs(right(client))).toBe('403 safe_own')
    expect(await refusedAs(right(owner.client)), 'who put in what lies there').toBe('403 safe_own')
    expect(await refusedAs(right(accountant))).toBe('done')
    // What they did is judged; from now on it is about what happens next.
    expect(await refusedAs(right(client))).toBe('done')
  })
})

test('more given back by card than taken is counted as such, and makes no income of it', async () => {
  const { id, version } = await openTill(owner, cashier)
  await takeTenders(server, owner, id, { cash: '100', card: '-40' })
  const before = { clearing: Number(await balance('card_clearing')), over: await balance('cash_over') }
  const closed = await close(cashier, { id, version })
  const tenders = [
    { tender_kind: 'cash' as const, counted: '300' },
    { tender_kind: 'card' as const, counted: '-40' },
  ]
  const done = await cashier.call('cash.count-session', { id, version: closed.version, tenders })
  expect(done).toMatchObject({ status: 'closed' })
  expect(Number(await balance('card_clearing')) - before.clearing).toBe(-40)
  expect(await balance('cash_over')).toBe(before.over)
  expect(await cashier.call('cash.get-z-report', { id })).toMatchObject({ expected: '260', variance: '0' })
})

test('no adjustment and no fix takes more cash out of a drawer than is in it', async () => {
  const { id, version } = await countedTill(owner, cashier, '100')
  const reason = 'Too much'
  const adjusting = manager.call('cash.adjust-session', {
    ...{ id, version, amount: '-200.01', against: 'other_expenses', reason },
  })
  expect(await refusedAs(adjusting)).toBe('409 drawer_short')
  const fixing = manager.call('cash.fix-transaction', { id, version, from: 'cash', to: 'card', amount: '201', reason })
  expect(await refusedAs(fixing)).toBe('409 drawer_short')
  expect(await balance('cash', id)).toBe('200.0000')
})

test('a late session is counted as the first one, and has no drawer', async () => {
  await setHere(owner.client, 'cash.blind-count', true)
  await setHere(owner.client, 'cash.variance-threshold', '7')
  const first = await openTill(owner, cashier)
  for (const name of ['cash.blind-count', 'cash.variance-threshold']) await setHere(owner.client, name, undefined)
  await close(cashier, first)
  const { id } = await inTransaction(server.product.databases.app, owner.tenantId, (tx) => {
    const scope = { ...tx, tenantId: owner.tenantId, now: now() }
    const by = { newId: uuidv7, changed: () => {} }
    return openLateSession(scope, { sessionId: first.id, by, actorId: owner.employeeId })
  })
  expect(await owner.client.call('cash.get-session', { id })).toMatchObject({
    ...{ late_of: first.id, is_blind: true, variance_threshold: '7', pay_out_limit: '7' },
  })
  const moved = { id, amount: '1', reason: 'Some' }
  for (const name of ['cash.pay-in', 'cash.pay-out', 'cash.drop-cash'] as const)
    expect(await refusedAs(owner.client.call(name, moved)), name).toBe('409 session_not_open')
  const basket = { session_id: id, reason: 'Left', total: '1', lines: [] }
  expect(await refusedAs(owner.client.call('sales.void-basket', basket))).toBe('409 session_not_open')
  const { items } = await owner.client.call('cash.list-sessions', { late_of: first.id })
  expect(items.map((one) => one.id)).toEqual([id])
})

test('sessions are found by what they wait for and by the day they were opened', async () => {
  const register_id = await makeRegister(owner)
  const { id, version } = await cashier.call('cash.open-session', { register_id, float_amount: '200' })
  const closed = await close(cashier, { id, version })
  const tenders = [{ tender_kind: 'cash' as const, counted: '100' }]
  await cashier.call('cash.count-session', { id, version: closed.version, tenders })
  const open = await cashier.call('cash.open-session', { register_id, float_amount: '0' })
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' }).format(
    open.opened_at ? new Date(open.opened_at) : now(),
  )
  const found = async (filter: object) =>
    (await owner.client.call('cash.list-sessions', { register_id, ...filter })).items.map((one) => one.id)
  expect(await found({ reconciliation: 'escalated' })).toEqual([id])
  expect(await found({ from: day, through: day })).toEqual([open.id, id])
  expect(await found({ through: '2020-01-01' })).toEqual([])
  expect(await found({ from: '2199-01-01', branch_id: owner.branchId })).toEqual([])
})

test('a final report says what register and branch were called when it was made', async () => {
  const register_id = await makeRegister(owner)
  const { id, version } = await cashier.call('cash.open-session', { register_id, float_amount: '10' })
  const closed = await close(cashier, { id, version })
  const tenders = [{ tender_kind: 'cash' as const, counted: '10' }]
  await cashier.call('cash.count-session', { id, version: closed.version, tenders })
  const z = await cashier.call('cash.get-z-report', { id })
  const register = await owner.client.call('registers.get-register', { id: register_id })
  const renamed = { id: register_id, version: register.version, name: 'Somewhere else' }
  await owner.client.call('registers.update-register', renamed)
  const { items } = await owner.client.call('tenants.list-branches', {})
  const branch = items.find((one) => one.id === owner.branchId)
  await owner.client.call('tenants.update-branch', { id: owner.branchId, version: branch?.version ?? 1, name: 'Moved' })
  expect(await cashier.call('cash.get-z-report', { id })).toEqual(z)
})

describe('a sale that was rung up as paid in cash and was paid by card', () => {
  let tender: (code: string) => string
  beforeAll(async () => {
    const { items } = await owner.client.call('payments.list-tenders', { limit: 50 })
    tender = (code) => items.find((one) => one.code === code)?.id ?? ''
  })
  const sold = async (price: string, paid: string) => {
    const till = await openCounter(owner)
    const sale = await sell(owner, till, [{ variant_id: await makeGoods(owner, { price }) }], { paid })
    return { sale, session: await close(owner.client, { id: till.session_id, version: 1 }) }
  }
  const countOf = ({ id, version }: { id: string; version: number }, cash: string, card: string) =>
    manager.call('cash.count-session', {
      ...{ id, version },
      tenders: [
        { tender_kind: 'cash', counted: cash },
        { tender_kind: 'card', counted: card },
      ],
    })

  test('is put right with its payments, and money goes back by card then', async () => {
    const { sale, session } = await sold('40', '50')
    const { id, version } = await countOf(session, '0', '40')
    const fix = { id, version, from: 'cash', to: 'card', amount: '40', sale_id: sale.id, reason: 'Slip found' } as const
    const fixing = (more: object) => refusedAs(accountant.call('cash.fix-transaction', { ...fix, ...more } as never))
    expect(await fixing({})).toBe('400 invalid_input')
    expect(await fixing({ tender_id: uuidv7() })).toBe('422 tender_not_found')
    expect(await fixing({ tender_id: tender('mobile_wallet') })).toBe('422 tender_of_another_kind')
    expect(await fixing({ tender_id: tender('card'), amount: '40.01' })).toBe('409 paid_otherwise')
    expect(await fixing({ tender_id: tender('card'), sale_id: uuidv7() })).toBe('422 sale_not_found')
    const fixed = await accountant.call('cash.fix-transaction', { ...fix, tender_id: tender('card') })
    expect(fixed.steps.at(-1)).toMatchObject({ action: 'transaction_fix', detail: { sale_id: sale.id, amount: '40' } })
    const approved = await accountant.call('cash.approve-session', { id, version: fixed.version })
    expect(approved).toMatchObject({ status: 'closed' })
    expect(await accountant.call('cash.get-z-report', { id })).toMatchObject({ expected: '40', variance: '0' })

    const told = await owner.client.call('sales.get-sale', { id: sale.id })
    expect(told.tender_kinds).toEqual(['card'])
    expect(
      told.payments.map(({ kind, code, amount, is_standing }) => `${kind} ${code} ${amount} ${is_standing}`),
    ).toEqual([
      ...['payment cash 50.00 false', 'change cash -10.00 false'],
      ...['reversal cash -50.00 false', 'reversal cash 10.00 false', 'payment card 40.00 true'],
    ])
    const printed = await owner.client.call('sales.get-receipt', { id: sale.id })
    expect(printed.payments, 'a copy says what the receipt said').toMatchObject([{ amount: '50.00' }])
    const { session_id } = await openCounter(owner, { float: '100' })
    await owner.client.call('tenants.create-role', { name: 'taker-back', permissions: ['sales.refund'] })
    const { client } = await employ(server, owner, 'taker-back')
    const back = (code: string) =>
      client.call('sales.refund', {
        ...{ session_id, original_id: sale.id, reason: 'Broken', lines: [{ line: 1 }] },
        payments: [{ tender_id: tender(code), amount: '40' }],
      })
    expect(await refusedAs(back('cash'))).toBe('409 refund_exceeds_paid')
    expect(await back('card')).toMatchObject({ total: '-40.00' })
  })

  test('is put right in part, and the rest stays what it was', async () => {
    const { sale, session } = await sold('100', '120')
    const { id, version } = await countOf(session, '30', '70')
    const fix = { id, version, from: 'cash', to: 'card', amount: '70', sale_id: sale.id, reason: 'Slip found' } as const
    await accountant.call('cash.fix-transaction', { ...fix, tender_id: tender('card'), reference: 'SLIP-9' })
    const { items } = await owner.client.call('payments.list-payments', { session_id: id })
    const sum = (code: string) =>
      items.filter((one) => one.tender_id === tender(code)).reduce((all, { amount }) => all + Number(amount), 0)
    expect([sum('cash'), sum('card')]).toEqual([30, 70])
    expect([await balance('cash', id), await balance('card_clearing', id)]).toEqual(['30.0000', '70.0000'])
    const { payments } = await owner.client.call('sales.get-sale', { id: sale.id })
    expect(
      payments.filter((one) => one.is_standing).map(({ code, amount, reference }) => [code, amount, reference]),
    ).toEqual([
      ['cash', '30.00', null],
      ['card', '70.00', 'SLIP-9'],
    ])
  })
})
