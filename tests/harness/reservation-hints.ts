import { makeProduct } from './catalog.ts'
import type { TestOwner } from './server.ts'

/** What operations on reservations and quarantine are about: goods of which there is something. */
export function reservationHints(owner: TestOwner): Readonly<Record<string, () => unknown>> {
  return {
    'inventory.reserve-stock expires_at': () => daysFromNow(2),
    'inventory.reserve-stock lines': async () => [{ variant_id: (await received(owner)).variant_id, quantity: '2' }],
    'inventory.extend-reservation expires_at': () => daysFromNow(3),
    'inventory.quarantine-stock lines': async () => [{ ...(await received(owner)), quantity: '2' }],
    ...Object.fromEntries(
      ['release-reservation', 'release-from-quarantine', 'write-off-quarantine'].map((name) => [
        `inventory.${name} lines`,
        () => [{ line: 1, quantity: '1' }],
      ]),
    ),
  }
}

async function received(owner: TestOwner): Promise<{ variant_id: string; batch_id: string }> {
  const { client, branchId: branch_id } = owner
  const variant_id = (await makeProduct(owner)).variant.id
  const line = { variant_id, quantity: '20', unit_cost: '2.5', batch_number: crypto.randomUUID() }
  const { movements } = await client.call('inventory.receive-stock', { branch_id, lines: [line] })
  return { variant_id, batch_id: movements[0]?.batch_id ?? '' }
}

function daysFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString()
}
