import { makeProduct } from './catalog.ts'
import type { TestOwner } from './server.ts'

/** What stock policies and alerts are about. */
export function replenishmentHints(owner: TestOwner): Readonly<Record<string, () => unknown>> {
  return {
    minimum_stock: () => '1',
    maximum_stock: () => '100',
    reorder_point: () => '10',
    reorder_quantity: () => '12',
    safety_stock: () => '2',
    economic_order_quantity: () => '24',
    service_level: () => '97.5',
    'replenishment.create-policy lead_time_days': () => '3',
    'replenishment.update-policy lead_time_days': () => '3',
    lead_time_deviation_days: () => '1',
    review_period_days: () => '7',
    target_days_of_supply: () => '30',
    order_cost: () => '73',
    storage_cost_monthly: () => '0.5',
    'replenishment.get-figures variant_id': () => scarce(owner),
  }
}

/** An open alert. */
export async function alertOf(owner: TestOwner): Promise<Record<string, unknown>> {
  const variant_id = await scarce(owner)
  await owner.client.call('replenishment.refresh-alerts', { branch_id: owner.branchId })
  const { items } = await owner.client.call('replenishment.list-alerts', { variant_id })
  return items[0] ?? {}
}

/** A variant of which there is less than is wanted. */
async function scarce({ client, branchId: branch_id }: TestOwner): Promise<string> {
  const variant_id = (await makeProduct({ client })).variant.id
  await client.call('inventory.receive-stock', { branch_id, lines: [{ variant_id, quantity: '3', unit_cost: '2' }] })
  await client.call('replenishment.create-policy', {
    variant_id,
    branch_id,
    valid_from: '2026-01-01',
    reorder_point: '5',
  })
  return variant_id
}
