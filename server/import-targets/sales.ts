import type { HoldsStock } from '../catalog/index.ts'
import { alreadyTakenBack, reverseDocuments } from '../history/index.ts'
import type { ImportedThing, Target } from '../imports/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Settings } from '../settings/index.ts'
import { commitSales } from './commit-sales.ts'
import { findPartyDependents } from './party-queries.ts'
import { findProductDependents } from './product-queries.ts'
import { saleFields, saleOptions } from './sale-fields.ts'
import { findClosedDocuments, findRefundsElsewhere, findRefundsWithin } from './sale-queries.ts'
import { type SaleRow, saleOptionValues, saleRow } from './sale-row.ts'
import { isLookedUp, judgeSale, lookUpJudged, openSaleWorld, type SaleWorld } from './sale-world.ts'
import { undoParties } from './undo-parties.ts'
import { undoProducts } from './undo-products.ts'

/**
 * Sales that were made before or elsewhere, by the lines of their invoices: rows with one number are one document. Negative rows of
 * an ordinary invoice at price 0 adjust stock, and are no returns.
 */
export function saleTarget(parts: { holdsStock: HoldsStock; settings: Settings }): Target<SaleRow, SaleWorld> {
  return {
    name: 'sales',
    title: 'Sales history',
    datasets: ['earlier_documents', 'earlier_lines', 'products', 'variants', 'customers'],
    fields: saleFields,
    options: saleOptions,
    optionValues: saleOptionValues,
    row: saleRow,
    documentField: 'number',
    // The customers that are made have a code, which is one of their terms.
    permissions: ({ act, options }) => [
      act === 'undo' ? 'history.reverse-documents' : 'history.record-documents',
      ...(options.unknown_products === 'make' ? ['catalog.manage-products'] : []),
      ...(options.unknown_customers === 'make' ? ['parties.manage-parties', 'parties.manage-terms'] : []),
    ],
    // Two lines of an invoice may say the same.
    keyOf: () => undefined,
    open: openSaleWorld,
    isLookedUp,
    lookUp: (context, world, rows) =>
      lookUpJudged(
        context,
        world,
        rows.map(({ values }) => values),
      ),
    judge: judgeSale,
    commit: (context, world, rows) => commitSales(context, parts.settings, world, rows),
    async dependents(context, importId, most) {
      const found = [
        await findRefundsElsewhere(context, importId, most),
        await findClosedDocuments(context, importId, most),
        await findProductDependents(context, importId, most),
        await findPartyDependents(context, importId, most),
      ]
      return found.flat().slice(0, most)
    },
    undo: (context, things) => undoSales(context, parts.holdsStock, things),
  }
}

/** Reverses the documents, then deletes the goods and customers that were made for them. */
async function undoSales(
  context: CommandContext,
  holdsStock: HoldsStock,
  things: readonly ImportedThing[],
): Promise<void> {
  const of = (resource: string) => things.filter((one) => one.resource === resource && one.what === 'created')
  const ids = [...new Set(of('history_document').map((one) => one.resource_id))]
  // A refund whose row is before that of its sale is not among the last, and goes with it all the same.
  const all = [...new Set([...ids, ...(await findRefundsWithin(context, ids))])]
  const reversed = await reverseDocuments(context, all, { reason: 'Import undone', if_closed: 'refuse' })
  const refused = reversed.find((one) => one instanceof Refusal && one.kind !== alreadyTakenBack)
  if (refused) throw refused
  await undoProducts(context, holdsStock, of('product'))
  await undoParties(context, of('party'))
}
