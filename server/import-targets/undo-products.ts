import { changeProduct, deleteCategory, deleteProduct, type HoldsStock, removeBarcode } from '../catalog/index.ts'
import type { Former } from '../imports/index.ts'
import { postStock } from '../inventory/index.ts'
import { derivedUuid } from '../platform/identifiers.ts'
import type { CommandContext } from '../platform/operation.ts'
import { createPrice, takeBackPrice } from '../pricing/index.ts'
import { findInUse, movementsOfPostings, postingsThere, undoDocument, versionsOf } from './product-queries.ts'

/**
 * Takes back what rows made: first stock, by postings that correct it on the same day, then prices, barcodes, products and
 * categories. What was changed says again what it said before.
 */
export async function undoProducts(
  context: CommandContext,
  holdsStock: HoldsStock,
  formers: readonly Former[],
): Promise<void> {
  const of = (resource: string) => formers.filter((one) => one.resource === resource)
  await takeOut(context, [...new Set(of('posting').map((one) => one.resource_id))])
  for (const former of of('price')) await undoPrice(context, former)
  const barcodes = of('barcode').map((one) => one.resource_id)
  for (const [id, version] of await versionsOf(context, 'barcode', barcodes))
    await removeBarcode(context, { id, version })
  await undoAll(context, holdsStock, of('product'))
  await undoCategories(context, new Set(of('category').map((one) => one.resource_id)))
}

/** Those that lie in others go first; a category that somebody uses meanwhile stays. */
async function undoCategories(context: CommandContext, ids: Set<string>): Promise<void> {
  const versions = await versionsOf(context, 'category', [...ids])
  for (let left = ids.size + 1; ids.size < left; ) {
    left = ids.size
    for (const id of ids) {
      const version = versions.get(id)
      if (version !== undefined && (await findInUse(context, id))) continue
      if (version !== undefined) await deleteCategory(context, { id, version })
      ids.delete(id)
    }
  }
}

async function undoAll(context: CommandContext, holdsStock: HoldsStock, formers: readonly Former[]): Promise<void> {
  const ids = formers.filter(({ what }) => what !== 'skipped').map((one) => one.resource_id)
  const versions = new Map(await versionsOf(context, 'product', ids))
  for (const { resource_id: id, what, old } of formers) {
    const version = versions.get(id)
    if (version === undefined || what === 'skipped') continue
    if (what === 'created') await deleteProduct(context, holdsStock, { id, version })
    else if (old) versions.set(id, (await changeProduct(context, holdsStock, { id, version, ...old })).version)
  }
}

async function undoPrice(context: CommandContext, { resource_id, old }: Former): Promise<void> {
  const taken = await takeBackPrice(context, resource_id)
  if (!taken || !old) return
  const { price_list_id, variant_id, unit_price, valid_through } = old as Record<string, string | null>
  // Its last day may have gone by meanwhile.
  if (valid_through && valid_through < taken.today) return
  const input = {
    price_list_id: price_list_id ?? '',
    variant_id: variant_id ?? '',
    unit_price: unit_price ?? '0',
    ...(valid_through ? { valid_through } : {}),
  }
  await createPrice(context, { ...input, min_quantity: '0', valid_from: taken.today, replaces: true })
}

/** Takes out of stock what postings put there. One that several batches of rows share is taken out with the first of them. */
async function takeOut(context: CommandContext, postingIds: readonly string[]): Promise<void> {
  const reversals = new Map(postingIds.map((id) => [id, derivedUuid(undoDocument, context.tenantId, id)]))
  const done = new Set(await postingsThere(context, [...reversals.values()]))
  const open = postingIds.filter((id) => !done.has(reversals.get(id) ?? ''))
  const moved = Map.groupBy(await movementsOfPostings(context, open), (one) => one.posting_id)
  for (const [postingId, movements] of moved) {
    const id = reversals.get(postingId) ?? ''
    await postStock(context, {
      id,
      kind: 'adjustment',
      document_type: undoDocument,
      document_id: postingId,
      document_number: null,
      party_id: null,
      reason: null,
      on: movements[0]?.document_on ?? null,
      lines: movements.map(({ branch_id, variant_id, batch_id, quantity }) => ({
        branch_id,
        variant_id,
        batch_id,
        change: { kind: 'issue', quantity, against: 'opening_balances' },
      })),
    })
  }
}
