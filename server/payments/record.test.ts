import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hold, newPayment, paidFor, record, tendersOfOwner } from '../../tests/harness/payments.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { NewPayment, PaidDocument } from './payment-queries.ts'

let server: TestServer
let owner: TestOwner
let tenders: Record<string, string>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tenders = await tendersOfOwner(owner)
})
afterAll(() => server?.close())

const pay = (tender: string, amount: string, more: Partial<NewPayment> = {}) =>
  newPayment(tenders[tender] ?? tender, amount, more)
const change = (amount: string, tender = 'cash') => pay(tender, amount, { kind: 'change' })
const sale = (payments: readonly NewPayment[], more: Partial<PaidDocument> = {}) => paidFor(owner, payments, more)
const refundOf = (origin: PaidDocument, payments: readonly NewPayment[], more: Partial<PaidDocument> = {}) =>
  sale(payments, { document_type: 'refund', origin_id: origin.document_id, ...more })
const reversal = (of: NewPayment | undefined, more: Partial<NewPayment> = {}): NewPayment => ({
  id: uuidv7(),
  tender_id: of?.tender_id ?? '',
  kind: 'reversal',
  amount: of?.amount.startsWith('-') ? of.amount.slice(1) : `-${of?.amount}`,
  reverses_id: of?.id ?? null,
  ...more,
})
const codesOf = async (documents: readonly PaidDocument[]) =>
  (await record(server, owner.tenantId, documents)).map(({ code }) => code ?? 'ok')
const listed = async (origin: PaidDocument) =>
  (await owner.client.call('payments.list-payments', { origin_id: origin.document_id })).items

test('an empty list is answered by an empty list, and a document without payments is recorded', async () => {
  expect(await record(server, owner.tenantId, [])).toEqual([])
  expect(await codesOf([sale([])])).toEqual(['ok'])
})

test('what is paid with several tenders is recorded whole, with its change, and read by its document', async () => {
  const cheque = pay('cheque', '15', { reference: '0012' })
  const paid = sale([pay('card', '10'), cheque, pay('cash', '10'), change('-5')])
  expect(await record(server, owner.tenantId, [paid])).toEqual([{ code: null, line: null, available: null }])
  const { items } = await owner.client.call('payments.list-payments', { document_id: paid.document_id })
  const rows = items.toSorted((a, b) => a.line - b.line)
  expect(rows.map(({ kind, amount, reference }) => [kind, amount, reference])).toEqual([
    ['payment', '10.0000', null],
    ['payment', '15.0000', '0012'],
    ['payment', '10.0000', null],
    ['change', '-5.0000', null],
  ])
  expect(await owner.client.call('payments.get-payment', { id: cheque.id })).toEqual(rows[1])
})

test('documents are judged one by one, and one that is refused leaves nothing', async () => {
  const first = sale([pay('cash', '10')])
  const again = sale(first.payments)
  const wrong = sale([pay('cash', '10'), pay(uuidv7(), '5')])
  const last = sale([pay('card', '3')])
  expect(await record(server, owner.tenantId, [first, again, wrong, last])).toEqual([
    { code: null, line: null, available: null },
    { code: 'already_exists', line: 1, available: null },
    { code: 'tender_not_found', line: 2, available: null },
    { code: null, line: null, available: null },
  ])
  expect(await listed(wrong)).toEqual([])
  expect(await codesOf([first])).toEqual(['already_exists'])
})

describe('refused is', () => {
  const rows: [what: string, code: string, document: () => PaidDocument][] = [
    ['a branch that there is not', 'branch_not_found', () => sale([pay('cash', '1')], { branch_id: uuidv7() })],
    ['a currency that there is not', 'unknown_currency', () => sale([pay('cash', '1')], { currency: 'ZZZ' })],
    ['a part of a centime', 'wrong_precision', () => sale([pay('cash', '1.005')])],
    ['nothing', 'amount_out_of_range', () => sale([pay('cash', '0')])],
    ['a payment that goes out', 'amount_out_of_range', () => sale([pay('cash', '-1', { kind: 'payment' })])],
    ['change that comes in', 'amount_out_of_range', () => sale([pay('cash', '1', { kind: 'change' })])],
    ['a kind that there is not', 'kind_unclear', () => sale([pay('cash', '1', { kind: 'gift' as never })])],
    ['change by card', 'change_not_cash', () => sale([pay('card', '9'), change('-1', 'card')])],
    ['change on a card', 'change_exceeds_cash', () => sale([pay('card', '9'), change('-1')])],
    ['more change than cash', 'change_exceeds_cash', () => sale([pay('cash', '9'), change('-10')])],
    ['a cheque without a number', 'reference_required', () => sale([pay('cheque', '9')])],
    [
      'an authorization that there is not',
      'authorization_not_found',
      () => sale([pay('card', '9', { authorization_id: uuidv7() })]),
    ],
    ['a reversal of nothing', 'payment_not_found', () => sale([reversal(pay('cash', '9'))])],
  ]
  test.each(rows)('%s', async (_, code, document) => {
    expect(await codesOf([document()])).toEqual([code])
  })

  test('a tender that takes no more, but it gives back', async () => {
    const made = await owner.client.call('payments.create-tender', { code: 'old_card', name: 'Old', kind: 'card' })
    const paid = sale([newPayment(made.id, '9')])
    expect(await codesOf([paid])).toEqual(['ok'])
    await owner.client.call('payments.deactivate-tender', { id: made.id, version: made.version })
    expect(await codesOf([sale([newPayment(made.id, '9')])])).toEqual(['tender_inactive'])
    expect(await codesOf([refundOf(paid, [newPayment(made.id, '-9')])])).toEqual(['ok'])
  })
})

describe('a refund', () => {
  test('never exceeds what was paid with its tender, and what is left is told', async () => {
    const paid = sale([pay('card', '10'), pay('cash', '20'), change('-5')])
    const back = [refundOf(paid, [pay('cash', '-10')]), refundOf(paid, [pay('cash', '-6')])]
    expect(await record(server, owner.tenantId, [paid, ...back])).toEqual([
      { code: null, line: null, available: null },
      { code: null, line: null, available: null },
      { code: 'refund_exceeds_paid', line: 1, available: '5' },
    ])
    expect(await codesOf([refundOf(paid, [pay('cash', '-5')]), refundOf(paid, [pay('card', '-10')])])).toEqual([
      'ok',
      'ok',
    ])
    expect(await codesOf([refundOf(paid, [pay('cash', '-0.01')])])).toEqual(['refund_exceeds_paid'])
  })

  test('goes by another tender where it may, and still never exceeds what was paid', async () => {
    const paid = sale([pay('card', '10')])
    const may_refund_otherwise = true
    expect(await codesOf([paid, refundOf(paid, [pay('cash', '-10')])])).toEqual(['ok', 'refund_exceeds_paid'])
    expect(await codesOf([refundOf(paid, [pay('cash', '-7')], { may_refund_otherwise })])).toEqual(['ok'])
    const rest = await record(server, owner.tenantId, [refundOf(paid, [pay('card', '-4')], { may_refund_otherwise })])
    expect(rest).toEqual([{ code: 'refund_exceeds_paid', line: 1, available: '3' }])
  })

  test('counts what an exchange paid on top', async () => {
    const paid = sale([pay('card', '10')])
    const exchange = sale([pay('card', '2')], { document_type: 'exchange', origin_id: paid.document_id })
    expect(await codesOf([paid, exchange, refundOf(paid, [pay('card', '-12')])])).toEqual(['ok', 'ok', 'ok'])
  })

  test('by sixteen at once gives back what was paid, once', async () => {
    const paid = sale([pay('cash', '50')])
    await codesOf([paid])
    const answers = await Promise.all(Array.from({ length: 16 }, () => codesOf([refundOf(paid, [pay('cash', '-10')])])))
    expect(answers.flat().filter((code) => code === 'ok')).toHaveLength(5)
    expect(new Set(answers.flat())).toEqual(new Set(['ok', 'refund_exceeds_paid']))
    const { paid: left } = await hold(server, owner.tenantId, { documents: [paid.document_id] })
    expect(left).toEqual([{ document_id: paid.document_id, tender_id: tenders.cash, amount: '0.0000' }])
  })
})

describe('a reversal', () => {
  test('is a row of its own that points at what it takes back, once', async () => {
    const paid = sale([pay('card', '10')])
    const [wrong] = paid.payments
    const correction = [reversal(wrong), pay('cash', '10')]
    const fix = { document_type: 'correction', origin_id: paid.document_id }
    expect(await codesOf([paid])).toEqual(['ok'])
    expect(await codesOf([sale(correction, fix)])).toEqual(['ok'])
    expect(await codesOf([sale([reversal(wrong), pay('cash', '10')], fix)])).toEqual(['payment_already_reversed'])
    const rows = await listed(paid)
    expect(rows.find(({ id }) => id === wrong?.id)?.reversed_by_id).toBe(correction[0]?.id)
    expect(await codesOf([refundOf(paid, [pay('card', '-10')]), refundOf(paid, [pay('cash', '-10')])])).toEqual([
      'refund_exceeds_paid',
      'ok',
    ])
  })

  test('takes back just what it points at, and nothing that was given back meanwhile', async () => {
    const paid = sale([pay('card', '10')])
    const [only] = paid.payments
    expect(await codesOf([paid])).toEqual(['ok'])
    expect(await codesOf([sale([reversal(only, { amount: '-9' })])])).toEqual(['reversal_differs'])
    expect(await codesOf([refundOf(paid, [pay('card', '-4')]), sale([reversal(only)])])).toEqual([
      'ok',
      'refund_exceeds_paid',
    ])
    expect(await codesOf([sale([reversal(reversal(only))])])).toEqual(['payment_not_found'])
  })
})

test('what happened already is booked as it happened', async () => {
  const is_late = true
  const made_at = '2026-01-02T10:00:00.000Z'
  const late = sale([pay('cheque', '9')], { is_late, made_at })
  expect(await codesOf([late, refundOf(late, [pay('cash', '-20')], { is_late })])).toEqual(['ok', 'ok'])
  const rows = await listed(late)
  expect(rows.map((row) => [row.amount, row.is_late]).toSorted()).toEqual([
    ['-20.0000', true],
    ['9.0000', true],
  ])
  expect(rows.find(({ amount }) => amount === '9.0000')?.made_at).toBe(made_at)
})

test('the tenders and what is left are held together', async () => {
  const paid = sale([pay('card', '10'), pay('cash', '20'), change('-5')])
  await codesOf([paid, refundOf(paid, [pay('card', '-4')])])
  const held = await hold(server, owner.tenantId, { documents: [paid.document_id] })
  expect(held.tenders.map(({ code }) => code)).toEqual(expect.arrayContaining(Object.keys(tenders)))
  expect(new Map(held.paid.map(({ tender_id, amount }) => [tender_id, amount]))).toEqual(
    new Map([
      [tenders.card, '6.0000'],
      [tenders.cash, '15.0000'],
    ]),
  )
  expect(held.authorizations).toEqual([])
})
