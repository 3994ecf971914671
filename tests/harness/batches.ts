import { uuidv7 } from '../../server/platform/identifiers.ts'
import { makeProduct } from './catalog.ts'
import type { Hints } from './hints.ts'
import type { Input } from './samples.ts'
import type { TestOwner, TestServer } from './server.ts'
import { documentOf, makeBatch, post } from './stock.ts'

/** A batch of a new product with some stock of it in the owner's branch. */
export async function stockedBatch(
  server: TestServer,
  owner: TestOwner,
  { quantity = '10', ...batch }: { quantity?: string; number?: string; expires_on?: string; variant_id?: string } = {},
): Promise<{ id: string; variant_id: string }> {
  const variant_id = batch.variant_id ?? (await makeProduct(owner)).variant.id
  const id = await makeBatch(server, owner, { ...batch, variant_id })
  const change = { kind: 'receipt', quantity, unit_cost: '1.5', against: 'goods_received_not_invoiced' } as const
  await post(server, owner, documentOf('receipt', [{ branch_id: owner.branchId, variant_id, batch_id: id, change }]))
  return { id, variant_id }
}

/** Values of fields that name batches and recalls. */
export function batchHints(server: TestServer, owner: TestOwner): Hints {
  const batch = async () => (await stockedBatch(server, owner)).id
  return {
    batch_id: batch,
    batch_ids: async () => [await batch()],
    lot_numbers: () => [],
    recall_id: async () => (await recallOf(server, owner)).id,
    expires_until: () => '2199-12-31',
    manufactured_on: () => '2026-01-02',
    expires_on: () => '2199-12-31',
    // A trace is of a recall or of a batch.
    ...Object.fromEntries(
      ['trace', 'list-parties', 'list-documents', 'export-documents'].map((name) => [
        `recalls.${name} batch_id`,
        () => undefined,
      ]),
    ),
    supplier_id: async () =>
      (await owner.client.call('parties.create-party', { kind: 'person', name: `Of ${uuidv7()}`, roles: ['supplier'] }))
        .id,
  }
}

/** Batches and recalls that an operation can be done to. */
export function batchMakers(server: TestServer, owner: TestOwner): Record<string, () => Promise<Input>> {
  const read = async (id: string) => (await owner.client.request('inventory.get-batch', { id })).body as Input
  const made = async () => read((await stockedBatch(server, owner)).id)
  return {
    'inventory.get-batch': made,
    'inventory.update-batch': made,
    'inventory.block-batch': made,
    async 'inventory.release-batch'() {
      const { id } = await stockedBatch(server, owner)
      return owner.client.call('inventory.block-batch', { id, reason: 'To be released' })
    },
  }
}

async function recallOf(server: TestServer, owner: TestOwner) {
  const { id } = await stockedBatch(server, owner)
  return owner.client.call('recalls.open-recall', { severity: 'class_2', reason: 'Of the hint', batch_ids: [id] })
}
