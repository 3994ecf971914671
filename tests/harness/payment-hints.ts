import { newPayment, paidFor, record, tendersOfOwner } from './payments.ts'
import type { TestOwner, TestServer } from './server.ts'
import { makeGoods, openTill, sell } from './till.ts'

type Input = Record<string, unknown>

/** What operations on tenders, payments and authorizations are about. */
export function paymentHints(owner: TestOwner): Readonly<Record<string, () => unknown>> {
  let made = 0
  return {
    tender_id: async () => (await tendersOfOwner(owner)).cash,
    'payments.create-tender code': () => `tender_${Date.now()}_${++made}`,
    'payments.create-tender kind': () => 'card',
    'payments.list-payments from': () => '2026-01-01T00:00:00Z',
    'payments.list-payments until': () => '2036-01-01T00:00:00Z',
    'payments.authorize tender_id': () => sampledTender(owner),
    // The simulator judges by the cents: it approves these.
    'payments.authorize amount': () => `${++made}.50`,
    'payments.authorize-refund sale_id': async () => (await chargeOf(owner)).sale_id,
    'payments.authorize-refund amount': () => `${++made}.50`,
  }
}

/** Makes what cannot be made through the collection it is in. */
export function paymentMakers(server: TestServer, owner: TestOwner): Readonly<Record<string, () => Promise<Input>>> {
  return {
    async 'payments.get-payment'() {
      const { cash = '' } = await tendersOfOwner(owner)
      const payment = newPayment(cash, '12.5')
      await record(server, owner.tenantId, [paidFor(owner, [payment])])
      return owner.client.call('payments.get-payment', { id: payment.id })
    },
    'payments.authorize-refund': () => chargeOf(owner),
    async 'payments.activate-tender'() {
      const code = `idle_${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}`
      const { id, version } = await owner.client.call('payments.create-tender', { code, name: 'Idle', kind: 'card' })
      return owner.client.call('payments.deactivate-tender', { id, version })
    },
  }
}

/** The id of a card tender of which the simulator is asked. */
export async function providedTender({ client }: TestOwner, code = 'sampled'): Promise<string> {
  const tender = { code, name: 'Terminal', kind: 'card', provider: 'simulator' } as const
  return (await client.call('payments.create-tender', tender)).id
}

/** The same of a tender that is made once for an owner. */
export async function sampledTender(owner: TestOwner): Promise<string> {
  return (await tendersOfOwner(owner)).sampled ?? providedTender(owner)
}

const charges = new Map<string, Promise<{ charge_id: string; sale_id: string }>>()

/** A charge of much, and the sale that was paid with it. */
function chargeOf(owner: TestOwner): Promise<{ charge_id: string; sale_id: string }> {
  const known = charges.get(owner.branchId) ?? payByCard(owner)
  charges.set(owner.branchId, known)
  return known
}

async function payByCard(owner: TestOwner) {
  const amount = '90000.00'
  const charge = { tender_id: await sampledTender(owner), branch_id: owner.branchId, amount, currency: 'EUR' }
  const { id } = await owner.client.call('payments.authorize', charge)
  const goods = [{ variant_id: await makeGoods(owner, { price: amount }) }]
  const payments = [{ tender_id: charge.tender_id, amount, authorization_id: id }]
  return { charge_id: id, sale_id: (await sell(owner, await openTill(owner), goods, { payments })).id }
}
