import type { Hints } from './hints.ts'
import type { TestOwner } from './server.ts'
import { makeGoods, openTill, sell, type Till } from './till.ts'

const tills = new WeakMap<object, Promise<Till>>()

/** A till that stays open for whoever has to try an operation. */
function tillOf(owner: TestOwner): Promise<Till> {
  const known = tills.get(owner.client) ?? openTill(owner)
  tills.set(owner.client, known)
  return known
}

/** What operations that sell and take back are about: goods at 12.00, sold for cash. */
export function saleHints(owner: TestOwner): Hints {
  const cash = (amount: string) => async () => [{ tender_id: (await tillOf(owner)).tenders.cash, amount }]
  const goods = async () => [{ variant_id: await makeGoods(owner), quantity: '1' }]
  const sold = async () => (await sell(owner, await tillOf(owner), await goods())).id
  const ofReceipts = ['sales.checkout', 'sales.refund', 'sales.exchange'].flatMap((name): [string, () => unknown][] => [
    [`${name} session_id`, async () => (await tillOf(owner)).session_id],
    [`${name} currency`, () => 'EUR'],
    [`${name} made_at`, () => undefined],
    [`${name} expected_total`, () => undefined],
    [`${name} discount`, () => undefined],
    [`${name} customer_id`, () => undefined],
    [`${name} channel_id`, () => undefined],
    [`${name} original_id`, sold],
  ])
  return {
    ...Object.fromEntries(ofReceipts),
    'sales.checkout lines': goods,
    'sales.checkout payments': cash('12'),
    'sales.refund lines': () => [{ line: 1, quantity: '1' }],
    'sales.refund payments': cash('12'),
    'sales.exchange returns': () => [{ line: 1 }],
    'sales.exchange lines': goods,
    'sales.exchange payments': cash('0'),
    'sales.void-basket session_id': async () => (await tillOf(owner)).session_id,
    'sales.void-basket lines': () => [],
    'sales.void-basket total': () => '12.00',
  }
}
