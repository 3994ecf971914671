import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { offlineRefund, offlineSale, openOfflineTill, somethingToSell } from '../../tests/harness/devices.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import type { SealedSlip } from '../registers/index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
}, 60_000)
afterAll(() => server.close())

type Till = Awaited<ReturnType<typeof openOfflineTill>>
type Pushed = Awaited<ReturnType<Till['push']>>

const told = ({ slips }: Pushed) =>
  slips.map(({ outcome, code, exceptions }) => [code ?? outcome, ...exceptions.map(({ kind }) => kind)].join(' '))
const balance = async (purpose: string, holder: string | null = null) =>
  (await accountOf(owner, purpose, holder))?.balance ?? '0.0000'

async function world(quantity = '3') {
  const goods = await somethingToSell(owner, '10')
  const till = await openOfflineTill(owner)
  const sale = offlineSale({ ...goods, quantity })
  const onHand = async () => {
    const { items } = await owner.client.call('inventory.list-levels', { variant_id: goods.variant_id })
    return items.map(({ on_hand }) => on_hand).join()
  }
  const giveBack = (over: Partial<Parameters<typeof offlineRefund>[0]> = {}) =>
    offlineRefund({ original_id: sale.id, tender_id: goods.tender_id, ...over })
  return { goods, till, sale, onHand, giveBack }
}

/** A till where cash lies that the server knows of. */
async function tillWithFloat() {
  const till = await openOfflineTill(owner)
  await owner.client.call('cash.pay-in', { id: till.sessionId, amount: '100', reason: 'Change' })
  return till
}

test('a refund of a sale in the same queue is booked after it, once, however it is sent', async () => {
  const { till, sale, giveBack, onHand, goods } = await world()
  const queue = [
    await till.sealWith({ sale }),
    await till.sealWith({ refund: giveBack({ quantity: '2', total: '24.00' }) }),
    await till.sealWith({ sale: offlineSale(goods) }),
    await till.sealWith({ refund: giveBack({ restock: 'quarantine' }) }),
  ]
  const answers = await Promise.all([1, 2, 3, 4].map(() => till.push(queue)))
  const booked = answers.flatMap(({ slips }) => slips).filter(({ outcome }) => outcome === 'booked')
  expect(booked).toHaveLength(4)
  expect(told(await till.push(queue))).toEqual(Array(4).fill('already_booked'))
  expect(await onHand()).toBe('9')
  expect(await balance('cash', till.sessionId)).toBe('12.0000')
  const refund = await owner.client.call('sales.get-sale', { id: booked[1]?.sale_id ?? '' })
  expect(refund).toMatchObject({ kind: 'refund', total: '-24.00', is_offline: true, original_id: sale.id })
  await till.push([], { ended: till.ended() })
  const certificate = await owner.client.call('sync.get-certificate', { id: till.sessionId })
  expect(certificate).toMatchObject({ is_complete: true, receipts: 4, missing: [] })
})

test('a refund of what the same device sold while the server was there is booked', async () => {
  const { till, goods, onHand } = await world()
  const sold = await owner.client.call('sales.checkout', {
    ...{ session_id: till.sessionId, device: till.next(), lines: [{ variant_id: goods.variant_id }] },
    payments: [{ tender_id: goods.tender_id, amount: '12' }],
  })
  const refund = offlineRefund({ original_id: sold.id, tender_id: goods.tender_id })
  expect(told(await till.push([await till.sealWith({ refund })]))).toEqual(['booked'])
  expect(await onHand()).toBe('10')
  expect(await balance('cash', till.sessionId)).toBe('0.0000')
})

describe('when another till took some of it back meanwhile', () => {
  async function raced(before: string, more: Parameters<typeof offlineRefund>[0] | object) {
    const { till, sale, giveBack, onHand, goods } = await world()
    await till.push([await till.sealWith({ sale })])
    const other = await tillWithFloat()
    await owner.client.call('sales.refund', {
      ...{ session_id: other.sessionId, device: other.next(), original_id: sale.id, reason: 'Not wanted' },
      lines: [{ line: 1, quantity: before }],
      payments: [{ tender_id: goods.tender_id, amount: String(12 * Number(before)) }],
    })
    const owed = await balance('customers')
    const answer = await till.push([
      await till.sealWith({ refund: giveBack(more) }),
      await till.sealWith({ sale: offlineSale(goods) }),
    ])
    const { items } = await owner.client.call('cash.list-movements', { id: till.sessionId })
    return {
      told: told(answer),
      onHand: await onHand(),
      drawer: await balance('cash', till.sessionId),
      owed: Number(await balance('customers')) - Number(owed),
      moved: items.map(({ kind, amount, against }) => `${kind} ${amount} ${against}`),
      certificate: await owner.client.call('sync.get-certificate', { id: till.sessionId }),
    }
  }

  test('no more comes back than was sold, and the money that left is owed by customers', async () => {
    expect(await raced('2', { quantity: '2', total: '24.00' })).toMatchObject({
      ...{ told: ['booked refund_beyond_sold total_differs', 'booked'], onHand: '9', drawer: '24.0000', owed: 12 },
      moved: ['pay_out 12 customers'],
    })
  })

  test('where nothing is left, its money is booked and its slip set aside', async () => {
    expect(await raced('3', { quantity: '1', total: '12.00' })).toMatchObject({
      ...{ told: ['refund_beyond_sold', 'booked'], onHand: '9', drawer: '36.0000', owed: 12 },
      moved: ['pay_out 12 customers'],
      certificate: { is_complete: false, set_aside: [{ code: 'refund_beyond_sold' }] },
    })
  })
})

describe('what no till may take back offline is set aside, with a reason', () => {
  test('a sale of another till, a refund, nothing known, another sum, a line there is not', async () => {
    const { till, sale, giveBack, goods } = await world()
    const other = await openOfflineTill(owner)
    const theirs = offlineSale(goods)
    await other.push([await other.sealWith({ sale: theirs })])
    const ours = giveBack()
    const queue: SealedSlip[] = []
    const refunds = [
      giveBack({ original_id: theirs.id }),
      giveBack({ original_id: crypto.randomUUID() }),
      { ...giveBack(), due: '13.00' },
      { ...giveBack(), lines: [{ line: 7, quantity: '1', batch_id: null, restock: 'shelf' }] },
      giveBack({ currency: 'MAD' }),
      ours,
      giveBack({ original_id: ours.id }),
    ]
    queue.push(await till.sealWith({ sale }))
    for (const refund of refunds) queue.push(await till.sealWith({ refund }))
    const found = [
      ...['booked', 'sale_of_another_device', 'original_not_found', 'totals_differ', 'line_not_returnable'],
      ...['currency_differs', 'booked', 'refund_of_refund'],
    ]
    expect(told(await till.push(queue))).toEqual(found)
    expect(await balance('cash', till.sessionId)).toBe('24.0000')
  })
})

test('what was paid out of a drawer that is empty by the books is booked all the same, and raised', async () => {
  const { till, sale, giveBack } = await world('1')
  const first = await till.sealWith({ sale })
  await till.push([first])
  await owner.client.call('cash.drop-cash', { id: till.sessionId, amount: '12', reason: 'To the safe' })
  expect(told(await till.push([await till.sealWith({ refund: giveBack() })]))).toEqual(['booked drawer_short'])
  expect(await balance('cash', till.sessionId)).toBe('0.0000')
})

test('a refund of a session that has ended is booked in a late one', async () => {
  const { till, sale, giveBack, onHand } = await world('1')
  const refund = await (async () => {
    await till.push([await till.sealWith({ sale })])
    return till.sealWith({ refund: giveBack() })
  })()
  const { version } = await owner.client.call('cash.get-session', { id: till.sessionId })
  await owner.client.call('cash.close-session', { id: till.sessionId, version, override_reason: 'The tablet is away' })
  const answer = await till.push([refund])
  expect(told(answer)).toEqual(['booked session_not_open drawer_short'])
  expect(answer.slips[0]?.session_id).not.toBe(till.sessionId)
  expect(await onHand()).toBe('10')
})

test('a refund that the server made itself is known again', async () => {
  const { till, sale, giveBack, goods } = await world('1')
  await till.push([await till.sealWith({ sale })])
  const refund = giveBack()
  const device = { id: till.deviceId, sequence: till.head().sequence + 1 }
  await owner.client.call('sales.refund', {
    ...{ id: refund.id, session_id: till.sessionId, device, original_id: sale.id, reason: 'Not wanted' },
    lines: [{ line: 1 }],
    payments: [{ tender_id: goods.tender_id, amount: '12' }],
  })
  expect(told(await till.push([await till.sealWith({ refund })]))).toEqual(['already_booked'])
  expect(await balance('cash', till.sessionId)).toBe('0.0000')
})
