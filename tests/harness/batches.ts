import { makeProduct } from './catalog.ts'
import type { Hints } from './hints.ts'
import type { Input } from './samples.ts'
import type { TestOwner } from './server.ts'

interface Received {
  readonly variant_id?: string
  readonly number?: string
  readonly quantity?: string
  readonly expires_on?: string
}

/** A batch that was received in the owner's branch, of a new product unless one is named; goods that expired, too. */
export async function stockedBatch(
  { client, branchId: branch_id }: Pick<TestOwner, 'client' | 'branchId'>,
  { quantity = '10', number = crypto.randomUUID(), expires_on, ...given }: Received = {},
): Promise<{ id: string; variant_id: string }> {
  const variant_id = given.variant_id ?? (await makeProduct({ client })).variant.id
  const line = { variant_id, quantity, unit_cost: '1.5', batch_number: number, ...(expires_on ? { expires_on } : {}) }
  const expired = { accepts_expired: true, note: 'As it was found' }
  const receipt = await client.call('inventory.receive-stock', { branch_id, lines: [line], ...expired })
  return { id: receipt.movements[0]?.batch_id ?? '', variant_id }
}

/** Values of fields that name batches and recalls. */
export function batchHints(owner: TestOwner): Hints {
  let batchId = ''
  return {
    batch_ids: async () => [(await stockedBatch(owner)).id],
    lot_numbers: () => [],
    recall_id: async () => {
      batchId = (await stockedBatch(owner)).id
      const recall = { severity: 'class_2' as const, reason: 'Of the hint', batch_ids: [batchId] }
      return (await owner.client.call('recalls.open-recall', recall)).id
    },
    expires_until: () => '2199-12-31',
    manufactured_on: () => '2026-01-02',
    expires_on: () => '2199-12-31',
    // Of the recall that was named before it.
    ...Object.fromEntries(
      ['trace', 'list-parties', 'list-documents', 'export-documents'].map((name) => [
        `recalls.${name} batch_id`,
        () => batchId,
      ]),
    ),
  }
}

/** Batches that an operation can be done to. */
export function batchMakers(owner: TestOwner): Record<string, () => Promise<Input>> {
  const received = async () => owner.client.call('inventory.get-batch', { id: (await stockedBatch(owner)).id })
  return {
    'inventory.get-batch': received,
    'inventory.update-batch': received,
    'inventory.block-batch': received,
    'inventory.release-batch': async () =>
      owner.client.call('inventory.block-batch', { id: (await stockedBatch(owner)).id, reason: 'To be released' }),
  }
}
