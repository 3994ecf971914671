import { newPayment, paidFor, record, tendersOfOwner } from './payments.ts'
import type { TestOwner, TestServer } from './server.ts'

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
