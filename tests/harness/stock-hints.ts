import { makeProduct } from './catalog.ts'
import type { TestOwner } from './server.ts'

/** What operations on stock are about: goods of which there is something. */
export function stockHints(owner: TestOwner): Readonly<Record<string, () => unknown>> {
  const { client, branchId: branch_id } = owner
  const variant = async () => (await makeProduct(owner)).variant.id
  const received = async () => {
    const variant_id = await variant()
    const line = { variant_id, quantity: '20', unit_cost: '2.5', batch_number: crypto.randomUUID() }
    await client.call('inventory.receive-stock', { branch_id, lines: [line] })
    return variant_id
  }
  const listed = async () => {
    const variant_id = await received()
    const { items } = await client.call('inventory.list-levels', { branch_id, variant_id })
    return items[0]?.batch_id
  }
  return {
    batch_id: listed,
    supplier_id: () => supplierOf(owner),
    'inventory.receive-stock lines': async () => [
      {
        variant_id: await variant(),
        quantity: '12',
        unit_cost: '1.25',
        batch_number: crypto.randomUUID(),
        manufactured_on: '2026-01-01',
        expires_on: '2099-12-31',
      },
    ],
    'inventory.adjust-stock lines': async () => [{ variant_id: await received(), quantity: '2', direction: 'lost' }],
    'inventory.write-off-stock lines': async () => [{ variant_id: await received(), quantity: '2' }],
    'inventory.return-stock lines': async () => [{ variant_id: await received(), quantity: '2', unit_cost: '2.5' }],
    // A posting counts on the day it is made, and a list that names everything has it.
    'inventory.list-movements from': () => undefined,
    'inventory.list-movements until': () => undefined,
  }
}

/** A party that is a supplier. */
export async function supplierOf({ client }: Pick<TestOwner, 'client'>): Promise<string> {
  const party = { kind: 'organisation' as const, name: 'Makes wares', roles: ['supplier' as const] }
  return (await client.call('parties.create-party', party)).id
}

/** A posting, as of what was received. */
export async function postingOf(owner: TestOwner): Promise<Record<string, unknown>> {
  const lines = [{ variant_id: (await makeProduct(owner)).variant.id, quantity: '3', unit_cost: '2' }]
  return owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines })
}
