import { z } from 'zod'
import { givenDocument } from '../history/index.ts'
import { id, line } from '../platform/schema.ts'

const document = givenDocument.shape
const soldLine = document.lines.element.shape

const prefix = z.string().min(1).max(10).optional()

/** What is asked beside the columns. */
export const saleOptionValues = z.strictObject({
  branch_id: id,
  source: document.source.default('import'),
  ledger: z.enum(['at_its_date', 'none']).default('none'),
  stock: z.enum(['none', 'move']).default('none'),
  is_price_with_tax: z.boolean().default(true),
  unknown_products: z.enum(['refuse', 'make']).default('refuse'),
  unknown_customers: z.enum(['refuse', 'make', 'leave_out']).default('refuse'),
  tax_class_id: id.optional(),
  service_codes: z
    .string()
    .max(1_000)
    .default('')
    .transform((text) => new Set(text.split(',').map((one) => one.trim()))),
  credit_prefix: prefix,
  adjustment_prefix: prefix,
})
export type SaleOptions = z.output<typeof saleOptionValues>

/** A row of invoice lines, by the schema of the operation that records documents. */
export const saleRow = z.strictObject({
  number: document.number,
  // A day, or a time on clocks of the branch, or a moment with its offset.
  made_at: z.string(),
  sku: soldLine.sku,
  name: soldLine.name,
  quantity: soldLine.quantity,
  unit_price: soldLine.unit_price,
  discount: soldLine.discount,
  tax_rate: soldLine.tax_rate,
  tax: soldLine.tax,
  unit_cost: soldLine.unit_cost,
  customer: line(60).optional(),
  original: document.number.optional(),
  channel: line(60).optional(),
  currency: document.currency,
  platform_fees: document.platform_fees,
  shipping_cost: document.shipping_cost,
})
export type SaleRow = z.output<typeof saleRow>

/** What a document is, by its number: a credit, an adjustment of the books, or a sale. */
export function kindOf(row: Pick<SaleRow, 'number' | 'original'>, options: SaleOptions) {
  const begins = (prefix: string | undefined) => prefix !== undefined && row.number.startsWith(prefix)
  if (begins(options.adjustment_prefix)) return 'adjustment'
  if (row.original !== undefined) return 'refund'
  return begins(options.credit_prefix) ? 'credit' : 'sale'
}
