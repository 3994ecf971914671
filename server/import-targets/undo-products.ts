import { changeProduct, deleteCategory, deleteProducts, type HoldsStock, removeBarcode } from '../catalog/index.ts'
import { handBack, type ImportedThing, type Restored } from '../imports/index.ts'
import { postStock } from '../inventory/index.ts'
import { derivedUuid } from '../platform/identifiers.ts'
import type { CommandContext } from '../platform/operation.ts'
import { createPrice, takeBackPrices } from '../pricing/index.ts'
import {
  findInUse,
  movementsOfPostings,
  postingsThere,
  pricesBefore,
  undoDocument,
  versionsOf,
} from './product-queries.ts'

/**
 * Takes back what rows made: first stock, by postings that correct it on the same day, then prices, barcodes, products and
 * categories. What was changed says again what it said before.
 */
export async function undoProducts(
  context: CommandContext,
  holdsStock: HoldsStock,
  things: readonly ImportedThing[],
): Promise<void> {
  const of = (resource: string) => things.filter((one) => one.resource === resource)
  const idsOf = (resource: string) => [...new Set(of(resource).map((one) => one.resource_id))]
  await takeOut(context, idsOf('posting'))
  await undoPrices(context, of('price'))
  for (const [id, version] of await versionsOf(context, 'barcode', idsOf('barcode')))
    await removeBarcode(context, { id, version })
  await undoAll(context, holdsStock, of('product'))
  await undoCategories(context, new Set(idsOf('category')))
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

async function undoAll(
  context: CommandContext,
  holdsStock: HoldsStock,
  things: readonly ImportedThing[],
): Promise<void> {
  const touched = things.filter(({ what }) => what !== 'skipped')
  const made = new Set(touched.filter(({ what }) => what === 'created').map((one) => one.resource_id))
  const versions = new Map(
    await versionsOf(
      context,
      'product',
      touched.map((one) => one.resource_id),
    ),
  )
  const restored: Restored[] = []
  for (const { resource_id: id, old, version_after } of touched) {
    const version = versions.get(id)
    // What goes anyway is not changed first.
    if (version === undefined || !old || made.has(id)) continue
    const { version: next } = await changeProduct(context, holdsStock, { id, version, ...old })
    versions.set(id, next)
    const before = { id, version: (version_after ?? 0) - 1 }
    restored.push({ resource: 'product', before, now: { id, version: next } })
  }
  await handBack(context, restored)
  const ends = [...made].flatMap((id) => {
    const version = versions.get(id)
    return version === undefined ? [] : [{ id, version }]
  })
  if (ends.length > 0) await deleteProducts(context, holdsStock, ends)
}

async function undoPrices(context: CommandContext, things: readonly ImportedThing[]): Promise<void> {
  if (things.length === 0) return
  const taken = await takeBackPrices(
    context,
    things.map((one) => one.resource_id),
  )
  const before = await pricesBefore(context, [...taken.keys()])
  const restored: Restored[] = []
  for (const [takenId, { today }] of taken) {
    const old = before.get(takenId)
    // Its last day may have gone by meanwhile.
    if (!old || (old.valid_through && old.valid_through < today)) continue
    const { id: oldId, price_list_id, variant_id, unit_price, valid_through } = old
    const input = {
      price_list_id: price_list_id ?? '',
      variant_id: variant_id ?? '',
      unit_price: unit_price ?? '0',
      ...(valid_through ? { valid_through } : {}),
    }
    const { id } = await createPrice(context, { ...input, min_quantity: '0', valid_from: today, replaces: true })
    if (oldId) restored.push({ resource: 'price', before: { id: oldId, version: 1 }, now: { id, version: 1 } })
  }
  await handBack(context, restored)
}

/** Takes out of stock what postings put there. One that several batches of rows share is taken out with the first of them. */
async function takeOut(context: CommandContext, postingIds: readonly string[]): Promise<void> {
  if (postingIds.length === 0) return
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
