import { z } from 'zod'
import { createProductInput, readBarcode } from '../catalog/index.ts'
import { receiveStockInput } from '../inventory/index.ts'
import { Refusal } from '../platform/refusal.ts'
import { day, exact, id, line } from '../platform/schema.ts'
import { createPriceInput } from '../pricing/index.ts'

const product = createProductInput.shape
const variant = product.variants.unwrap().element.shape
const stock = receiveStockInput.shape.lines.element.shape

/** What is asked beside the columns. */
export const productOptionValues = z.strictObject({
  tax_class_id: id.optional(),
  unit_id: id.optional(),
  branch_id: id.optional(),
  price_list_id: id.optional(),
  opened_on: day.optional(),
})
export type ProductOptions = z.output<typeof productOptionValues>

/** A row of products, by the schemas of the operations that make them. */
export const productRow = z.strictObject({
  name: product.name,
  sku: variant.sku,
  barcodes: variant.barcodes,
  details: product.description,
  category: line(800).optional(),
  tax_class: line(100).optional(),
  unit: line(60).optional(),
  kind: product.kind.default('stocked'),
  price: createPriceInput.shape.unit_price.optional(),
  quantity: exact.optional(),
  unit_cost: stock.unit_cost.optional(),
  batch_number: stock.batch_number,
  expires_on: stock.expires_on,
  manufactured_on: stock.manufactured_on,
  branch: line(100).optional(),
  is_expiry_tracked: z.boolean().optional(),
  is_prescription_only: z.boolean().optional(),
})
export type ProductRow = z.output<typeof productRow>

/** Names the product that a row is of. */
export function productKey({ sku, barcodes, name }: Pick<ProductRow, 'sku' | 'barcodes' | 'name'>): string {
  if (sku !== undefined) return `sku ${sku}`
  const [barcode] = barcodes
  if (barcode === undefined) return `name ${name}`
  const read = barcodeKeyOf(barcode)
  return `barcode ${read instanceof Refusal ? barcode : read.key}`
}

/** Whether a row brings opening stock. */
export function bringsStock({ quantity }: Pick<ProductRow, 'quantity'>): boolean {
  return quantity !== undefined && /[1-9]/.test(quantity)
}

/** The key by which a barcode is looked up, or what is wrong with it. */
export function barcodeKeyOf(code: string): { key: string } | Refusal {
  try {
    return readBarcode(code)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
