import { makeProduct } from './catalog.ts'
import type { TestOwner } from './server.ts'

/** Values of fields of parked tickets, and ways to make what an operation on one is about, as `createSampler` takes them. */
export function ticketSamples(owner: TestOwner) {
  const { client, branchId: branch_id } = owner
  const lines = async () => [{ variant_id: (await makeProduct(owner)).variant.id, quantity: '2' }]
  const parked = async () => client.call('tickets.park-ticket', { branch_id, lines: await lines(), label: 'Table 4' })
  const customer = async () => {
    const party = { kind: 'person' as const, name: 'Zineb Qorchi', roles: ['customer' as const] }
    return (await client.call('parties.create-party', party)).id
  }
  const steps = ['park', 'change', 'list', 'take', 'put-back', 'discard']
  const operations = steps.map((step) => (step === 'list' ? 'tickets.list-tickets' : `tickets.${step}-ticket`))
  return {
    hints: {
      'sales.list-sales through': () => '2026-12-31',
      'sales.print-receipt columns': () => 42,
      ...Object.fromEntries(operations.map((name) => [`${name} customer_id`, customer])),
      ...Object.fromEntries(operations.map((name) => [`${name} lines`, lines])),
      ...Object.fromEntries(operations.map((name) => [`${name} discount`, () => ({ percent: '10' })])),
      ...Object.fromEntries(operations.map((name) => [`${name} total`, () => '24.50'])),
    },
    makers: {
      'tickets.put-back-ticket': async () => {
        const { id, version } = await parked()
        return client.call('tickets.take-ticket', { id, version })
      },
    },
  }
}
