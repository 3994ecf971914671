import { z } from 'zod'
import { day, id, line, pageInput, time } from '../platform/schema.ts'
import { kinds, roles } from './contract.ts'

const hidden = 'Null for those who may not see costs, and where the cost of some line is not known.'
const amount = z.string().meta({ description: 'Without tax; below zero where it went back.' })
const nullable = { id: id.nullable(), text: z.string().nullable(), time: time.nullable() }

export const byId = z.strictObject({ id })
export const listInput = z.strictObject({
  branch_id: id.optional(),
  customer_id: id.optional(),
  kind: z.enum(kinds).optional(),
  source: line(60).optional(),
  number: line(60).optional().meta({ description: 'How it begins, in capitals as they are.' }),
  from: day.optional().meta({ description: 'The first day of business.' }),
  through: day.optional().meta({ description: 'The last one.' }),
  import_id: id.optional(),
  is_reversed: z.boolean().optional(),
  ...pageInput,
})
export const linesInput = z.strictObject({ id, ...pageInput })

const head = {
  id,
  kind: z.enum(kinds),
  source: z.string(),
  number: z.string(),
  entity_id: id,
  branch_id: id,
  customer_id: nullable.id,
  channel_id: nullable.id,
  original_id: nullable.id,
  currency: z.string(),
  gross_revenue: amount,
  discount: amount,
  net_revenue: amount,
  tax: z.string(),
  adjustment: z.string().meta({ description: 'What an adjustment comes to; it is no revenue.' }),
  total: z.string().meta({ description: 'With tax.' }),
  line_count: z.int(),
  data_quality_score: nullable.text,
  is_validated: z.boolean(),
  is_reversed: z.boolean().meta({ description: 'It counts nowhere any more.' }),
  effective_on: z.iso.date(),
  made_at: nullable.time,
  recorded_at: time,
}
export const document = z.object(head)

export const reversal = z.object({
  reversal_id: id,
  reason: z.string(),
  effective_on: z.iso.date(),
  actor_id: nullable.id,
  recorded_at: time,
})
export const documentInFull = z.object({
  ...head,
  edition: z.int().meta({ description: 'How many documents had this number, each reversed before the next.' }),
  is_price_with_tax: z.boolean(),
  exact_amount: z.string().meta({ description: 'Quantity times price of all lines, not rounded.' }),
  base_currency: z.string().meta({ description: 'That of the books of the legal entity.' }),
  fx_rate: z.string(),
  base_net: z.string(),
  base_tax: z.string(),
  base_total: z.string(),
  platform_fees: z.string(),
  shipping_cost: z.string(),
  cost_of_goods: nullable.text.meta({ description: hidden }),
  net_profit: nullable.text.meta({ description: hidden }),
  validation_notes: nullable.text,
  note: nullable.text,
  reference: nullable.text,
  import_id: nullable.id,
  is_stock_moved: z.boolean(),
  journal_id: nullable.id,
  last_made_at: nullable.time,
  actor_id: nullable.id,
  reversal: reversal.nullable(),
})

export const documentLine = z.object({
  line: z.int(),
  role: z.enum(roles).meta({
    description:
      'A stock adjustment is a line below zero that cost nothing, on a sale: goods that were lost, no return.',
  }),
  variant_id: nullable.id,
  name: nullable.text,
  sku: nullable.text,
  quantity: z.string(),
  unit_price: z.string(),
  exact_amount: z.string().meta({ description: 'Quantity times price, not rounded.' }),
  gross: z.string().meta({ description: 'The same, rounded; with or without tax as the document says.' }),
  discount: z.string(),
  net_discount: amount,
  tax_class_id: nullable.id,
  tax_rate: nullable.text.meta({ description: 'In percent; null where the document said none.' }),
  net: amount,
  tax: z.string(),
  total: z.string(),
  cost: nullable.text.meta({ description: 'Null for those who may not see costs, and where nobody knows.' }),
  allocations: z
    .array(z.object({ variant_id: id, batch_id: nullable.id, quantity: z.string() }))
    .meta({ description: 'What moved, where stock was moved; below zero for what came back.' }),
})

const text = z.string()
/** What the audit chain keeps of a document. */
export const recordedDocument = z.object({
  ...documentInFull.omit({
    reversal: true,
    is_reversed: true,
    net_revenue: true,
    total: true,
    net_profit: true,
    base_net: true,
    exact_amount: true,
    recorded_at: true,
  }).shape,
  content_sha256: text.meta({ description: 'Of all that the document and its lines say.' }),
  position: z.int(),
  made_at: nullable.text,
  last_made_at: nullable.text,
})
