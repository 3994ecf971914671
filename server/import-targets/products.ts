import { fitsDecimals, type HoldsStock } from '../catalog/index.ts'
import type { Fault, Target } from '../imports/index.ts'
import { Refusal } from '../platform/refusal.ts'
import { commitProducts } from './commit-products.ts'
import { productFields, productOptions } from './product-fields.ts'
import { findProductDependents } from './product-queries.ts'
import {
  barcodeKeyOf,
  bringsStock,
  type ProductRow,
  productKey,
  productOptionValues,
  productRow,
} from './product-row.ts'
import { type Named, openProductWorld, type ProductWorld, pathOf } from './product-world.ts'
import { undoProducts } from './undo-products.ts'

const deepest = 8

/**
 * Products with their barcodes, prices and opening stock. A product that is there, by its SKU, a barcode or, without both, its
 * name, is changed where the row says something else, and skipped where it does not.
 */
export function productTarget(parts: { holdsStock: HoldsStock }): Target<ProductRow, ProductWorld> {
  return {
    name: 'products',
    title: 'Products',
    datasets: ['products', 'variants', 'prices', 'batches', 'stock_levels'],
    fields: productFields,
    options: productOptions,
    optionValues: productOptionValues,
    row: productRow,
    permissions: ({ fields }) => [
      'catalog.manage-products',
      ...(fields.has('price') ? ['pricing.manage-prices'] : []),
      ...(fields.has('quantity') ? ['inventory.receive-stock'] : []),
    ],
    keyOf(row) {
      const batch = [row.branch, row.batch_number].filter((part) => part !== undefined).join(' ')
      return `${productKey(row)}\u0000${batch}`
    },
    open: openProductWorld as Target<ProductRow, ProductWorld>['open'],
    judge: judgeProduct,
    commit: (context, world, rows) => commitProducts(context, parts.holdsStock, world, rows),
    dependents: findProductDependents,
    undo: (context, things) => undoProducts(context, parts.holdsStock, things),
  }
}

function judgeProduct(world: ProductWorld, row: ProductRow): Fault[] {
  const faults: Fault[] = [
    ...unknown('tax_class', row.tax_class, world.classes),
    ...unknown('unit', row.unit, world.units),
    ...unknown('branch', row.branch, world.branches),
  ]
  if (row.tax_class === undefined && world.options.tax_class_id === undefined)
    faults.push({ field: 'tax_class', kind: 'missing', code: 'missing', message: 'It needs a tax class' })
  if (row.category !== undefined && pathOf(row.category).length > deepest)
    faults.push({ field: 'category', kind: 'invalid', code: 'category_too_deep', message: 'A path has eight names' })
  for (const code of row.barcodes) {
    const read = barcodeKeyOf(code)
    if (read instanceof Refusal)
      faults.push({ field: 'barcodes', kind: 'invalid', code: read.kind.code, message: read.message })
  }
  return [...faults, ...(bringsStock(row) ? judgeStock(world, row) : [])]
}

function judgeStock(world: ProductWorld, row: ProductRow): Fault[] {
  const faults: Fault[] = []
  const say = (field: string, code: string, message: string) => faults.push({ field, kind: 'invalid', code, message })
  const unitId = row.unit === undefined ? world.unitId : world.units.idOf(row.unit)
  const decimals = unitId === undefined ? undefined : world.decimals.get(unitId)
  if (row.kind !== 'stocked') say('quantity', 'not_stocked', 'Only goods that are stocked have stock')
  if (row.branch === undefined && world.options.branch_id === undefined)
    faults.push({ field: 'branch', kind: 'missing', code: 'missing', message: 'Say where the stock lies' })
  if (decimals !== undefined && !fitsDecimals(row.quantity ?? '0', decimals))
    say('quantity', 'too_many_decimals', `The unit has ${decimals} decimals`)
  const isOfBatch = row.is_expiry_tracked || row.expires_on !== undefined || row.manufactured_on !== undefined
  if (isOfBatch && row.batch_number === undefined)
    say('batch_number', 'batch_required', 'Goods that expire come in batches: say which')
  if (row.is_expiry_tracked && row.expires_on === undefined)
    say('expires_on', 'expiry_required', 'Goods that expire have a last day: say which')
  if (row.manufactured_on !== undefined && row.expires_on !== undefined && row.expires_on < row.manufactured_on)
    say('expires_on', 'expiry_before_manufacture', 'It expires before it was made')
  return faults
}

function unknown(field: string, text: string | undefined, things: Named): Fault[] {
  if (text === undefined || things.idOf(text) !== undefined) return []
  const message = `There is no ${field.replace('_', ' ')} of this name`
  return [{ field, kind: 'reference', code: `${field}_unknown`, message, suggestion: things.nearest(text) }]
}
