import type { Hints } from './hints.ts'
import type { TestOwner } from './server.ts'
import { makeGoods, openTill, sell, type Till } from './till.ts'

const tills = new Map<string, Promise<Till>>()

/** A till that stays open for whoever has to try an operation. */
function tillOf(owner: TestOwner): Promise<Till> {
  const known = tills.get(owner.branchId) ?? openTill(owner)
  tills.set(owner.branchId, known)
  return known
}

const batches = new Map<string, Promise<{ variant_id: string; batch_id: string }>>()

/** Goods at 12.00 that lie in one batch. */
function batchOf(owner: TestOwner): Promise<{ variant_id: string; batch_id: string }> {
  const known = batches.get(owner.branchId) ?? stockBatch(owner)
  batches.set(owner.branchId, known)
  return known
}

async function stockBatch(owner: TestOwner) {
  const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true })
  const lot = { variant_id, quantity: '10000', unit_cost: '1', batch_number: 'SOLD', expires_on: '2197-01-01' }
  const received = await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: [lot] })
  return { variant_id, batch_id: received.movements[0]?.batch_id ?? '' }
}

/** What operations that sell and take back are about: goods at 12.00, sold for cash. */
export function saleHints(owner: TestOwner): Hints {
  const cash = (amount: string) => async () => [{ tender_id: (await tillOf(owner)).tenders.cash, amount }]
  const goods = async () => [{ variant_id: await makeGoods(owner), quantity: '1' }]
  const sold = async () => {
    const { variant_id } = await batchOf(owner)
    return (await sell(owner, await tillOf(owner), [{ variant_id }])).id
  }
  const customer = async () =>
    (await owner.client.call('parties.create-party', { kind: 'person', name: 'Who buys', roles: ['customer'] })).id
  const back = async () => [{ line: 1, quantity: '1', batch_id: (await batchOf(owner)).batch_id }]
  const ofReceipts = ['sales.checkout', 'sales.refund', 'sales.exchange'].flatMap((name): [string, () => unknown][] => [
    [`${name} session_id`, async () => (await tillOf(owner)).session_id],
    [`${name} register_id`, async () => (await tillOf(owner)).register_id],
    [`${name} device`, () => undefined],
    [`${name} currency`, () => 'EUR'],
    [`${name} made_at`, () => undefined],
    [`${name} expected_total`, () => undefined],
    [`${name} discount`, () => undefined],
    [`${name} original_id`, sold],
  ])
  return {
    ...Object.fromEntries(ofReceipts),
    'sales.list-voided-baskets through': () => '2036-12-31',
    'sales.list-voided-baskets register_id': async () => (await tillOf(owner)).register_id,
    'sales.list-voided-baskets session_id': async () => (await tillOf(owner)).session_id,
    'sales.list-sales register_id': async () => (await tillOf(owner)).register_id,
    'sales.list-sales session_id': async () => (await tillOf(owner)).session_id,
    'payments.list-payments session_id': async () => (await tillOf(owner)).session_id,
    'sales.checkout lines': goods,
    'sales.checkout customer_id': customer,
    'sales.list-sales customer_id': customer,
    'sales.checkout ticket_id': async () => {
      const lines = [{ variant_id: await makeGoods(owner), quantity: '1' }]
      return (await owner.client.call('tickets.park-ticket', { branch_id: owner.branchId, lines })).id
    },
    'sales.checkout shipping_cost': () => '1.50',
    'sales.checkout payments': cash('12'),
    'sales.refund lines': back,
    'sales.refund payments': cash('12'),
    'sales.exchange returns': back,
    'sales.exchange lines': goods,
    'sales.exchange payments': cash('0'),
    'sales.void-basket session_id': async () => (await tillOf(owner)).session_id,
    'sales.void-basket lines': async () => [
      { variant_id: await makeGoods(owner), name: 'Tea', quantity: '1', total: '12.00' },
    ],
    'sales.void-basket total': () => '12.00',
  }
}
