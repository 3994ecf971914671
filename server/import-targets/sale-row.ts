import { z } from 'zod'
import { givenDocument } from '../history/index.ts'
import { money } from '../platform/money.ts'
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
  fx_rate: document.fx_rate,
  platform_fees: document.platform_fees,
  shipping_cost: document.shipping_cost,
  data_quality_score: document.data_quality_score,
  is_validated: z.boolean().optional(),
  validation_notes: document.validation_notes,
  note: document.note,
})
export type SaleRow = z.output<typeof saleRow>

const headFields = [
  ...(['original', 'customer', 'channel', 'currency', 'fx_rate', 'platform_fees', 'shipping_cost'] as const),
  ...(['data_quality_score', 'is_validated', 'validation_notes', 'note'] as const),
] as const
const figures: ReadonlySet<string> = new Set(['fx_rate', 'platform_fees', 'shipping_cost', 'data_quality_score'])

/** What rows say of their whole document. */
export type SaleHead = Pick<SaleRow, (typeof headFields)[number]>

/**
 * What the rows of a document say of it as a whole, each thing once however many rows repeat it; an empty cell says nothing.
 * `contradicted` names the fields of which they say different things: 5 and 5.00 are the same.
 */
export function headOf(rows: readonly SaleRow[]): {
  readonly head: SaleHead
  readonly contradicted: readonly string[]
} {
  const contradicted: string[] = []
  const said = headFields.flatMap((field) => {
    const [first, ...others] = rows.flatMap((row) => row[field] ?? [])
    if (first === undefined) return []
    if (others.some((one) => one !== first && !(figures.has(field) && money(`${one}`).equals(money(`${first}`)))))
      contradicted.push(field)
    return [[field, first] as const]
  })
  return { head: Object.fromEntries(said) as SaleHead, contradicted }
}

/** What a document is, by its number: a credit, an adjustment of the books, or a sale. */
export function kindOf(row: Pick<SaleRow, 'number' | 'original'>, options: SaleOptions) {
  const begins = (prefix: string | undefined) => prefix !== undefined && row.number.startsWith(prefix)
  if (begins(options.adjustment_prefix)) return 'adjustment'
  if (row.original !== undefined) return 'refund'
  return begins(options.credit_prefix) ? 'credit' : 'sale'
}
