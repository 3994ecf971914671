import { z } from 'zod'
import { day, id, line, locale, pageInput, time } from '../platform/schema.ts'
import { kinds, soldLine } from './contract.ts'

export const permissions = { viewSales: 'sales.view-sales', printReceipts: 'sales.print-receipts' } as const

export const statuses = ['completed', 'partly_refunded', 'refunded'] as const
export const formats = ['html', 'escpos'] as const

const hidden = 'Null for those who may not see costs.'
const amount = z.string().meta({ description: 'Below zero where money went back.' })

export const byId = z.strictObject({ id })
const days = {
  from: day
    .optional()
    .meta({ description: 'The first day, in the zone of the branch asked for or else of the tenant.' }),
  through: day.optional().meta({ description: 'The last day.' }),
}
export const listSalesInput = z.strictObject({
  ...days,
  branch_id: id.optional(),
  register_id: id.optional(),
  session_id: id.optional(),
  employee_id: id.optional().meta({ description: 'Who sold.' }),
  customer_id: id.optional(),
  channel_id: id.optional(),
  variant_id: id.optional().meta({ description: 'With a line of this.' }),
  kind: z.enum(kinds).optional(),
  status: z.enum(statuses).optional().meta({ description: 'A page may hold fewer than asked for then.' }),
  number: line(40).optional().meta({ description: 'How that of the receipt begins, in capitals or not.' }),
  is_offline: z.boolean().optional(),
  ...pageInput,
})

export const listVoidedBasketsInput = z.strictObject({
  ...days,
  branch_id: id.optional(),
  register_id: id.optional(),
  session_id: id.optional(),
  employee_id: id.optional().meta({ description: 'Who gave it up.' }),
  ...pageInput,
})
const voided = {
  id,
  register_id: id,
  session_id: id,
  branch_id: id,
  employee_id: id,
  reason: z.string(),
  currency: z.string(),
  total: z.string().meta({ description: 'What the till showed.' }),
  recorded_at: time,
}
export const voidedBasket = z.object({ ...voided, line_count: z.int() })
export const voidedBasketInFull = z.object({
  ...voided,
  lines: z.array(z.object({ variant_id: id.nullable(), name: z.string(), quantity: z.string(), total: z.string() })),
})

const head = {
  id,
  kind: z.enum(kinds),
  number: z.string(),
  status: z.enum(statuses).meta({ description: 'How much of what it sold came back.' }),
  register_id: id,
  session_id: id,
  branch_id: id,
  entity_id: id,
  employee_id: id.nullable(),
  customer_id: id.nullable(),
  channel_id: id.nullable(),
  original_id: id.nullable(),
  is_offline: z.boolean(),
  currency: z.string(),
  gross: amount,
  discount: amount,
  net: amount,
  tax: amount,
  total: amount,
  rounding: amount,
  tender_kinds: z.array(z.string()).meta({ description: 'What was paid with, or given back by.' }),
  is_validated: z
    .boolean()
    .meta({ description: 'Nothing is left to be settled of what the server would have refused.' }),
  made_at: time,
  recorded_at: time,
}
export const saleItem = z.object(head)
export const saleNumber = z.object({ id, kind: head.kind, number: z.string(), branch_id: id, made_at: time })

const component = z.object({
  jurisdiction_code: z.string(),
  name: z.string(),
  rate: z.string(),
  base: z.string(),
  tax: z.string(),
})
export const saleInFull = z.object({
  ...head,
  sequence: z.string(),
  root_id: id.nullable().meta({ description: 'The sale that it all began with.' }),
  device_id: id.nullable(),
  sold_on: z.iso.date().meta({ description: 'The day in the zone of the branch.' }),
  effective_on: z.iso.date().meta({ description: 'The day it counts on in the books.' }),
  is_price_with_tax: z.boolean(),
  net_discount: amount.meta({ description: 'The discount without the tax in it.' }),
  paid: amount,
  change: amount,
  base_currency: z.string(),
  fx_rate: z.string().nullable().meta({ description: 'To the base currency; null where nobody knew it.' }),
  base_total: z.string().nullable(),
  platform_fees: amount.meta({ description: 'What the channel keeps.' }),
  fees_returned: amount,
  payment_fees: amount.meta({ description: 'Zero: what providers of payments keep is in no sale yet.' }),
  shipping_cost: amount.meta({ description: 'As it was told; not booked.' }),
  cost: z
    .string()
    .nullable()
    .meta({ description: `What the goods cost. ${hidden}` }),
  profit: z
    .string()
    .nullable()
    .meta({ description: `Net less cost, fees and shipping. ${hidden}` }),
  data_quality_score: z.string().meta({ description: 'From 0 to 100.' }),
  validation_notes: z.string().nullable().meta({ description: 'What was raised when it was booked.' }),
  note: z.string().nullable(),
  taxes: z.array(component),
  lines: z.array(
    z.object({
      ...soldLine.omit({ taxes: true }).shape,
      taxes: z.array(component),
      net_discount: amount,
      tax_class_id: id,
      price_id: id.nullable(),
      prescription: z.string().nullable().meta({ personal: true }),
      cost: z.string().nullable().meta({ description: hidden }),
      returned: z.string().meta({ description: 'How much of it came back, in the same unit.' }),
    }),
  ),
  payments: z.array(
    z.object({
      id,
      kind: z.string(),
      tender_id: id,
      code: z.string(),
      name: z.string(),
      tender_kind: z.string(),
      amount,
      reference: z.string().nullable(),
      authorization_id: id.nullable().meta({ description: 'What the provider approved; a refund by it names this.' }),
      is_standing: z
        .boolean()
        .meta({ description: 'False for what was recorded wrongly, and for the reversal that took it back.' }),
    }),
  ),
  returns: z
    .array(z.object({ id, kind: z.enum(kinds), number: z.string(), total: amount, made_at: time }))
    .meta({ description: 'The receipts by which goods of it came back.' }),
  printed: z.int().meta({ description: 'How often its receipt was printed.' }),
})

const personal = (schema: z.ZodType<string | null>) => schema.meta({ personal: true })
export const receiptTold = z.object({
  kind: z.enum(kinds),
  number: z.string(),
  original_number: z.string().nullable(),
  copy: z.int().nullable().meta({ description: 'Which copy the next print is; null: none, but the receipt.' }),
  made_at: time,
  time_zone: z.string(),
  currency: z.string(),
  minor_unit: z.int(),
  seller: z.object({
    legal_name: z.string(),
    tax_number: z.string().nullable(),
    branch_name: z.string(),
    address: z.string().nullable(),
    phone: z.string().nullable(),
  }),
  register: z.string(),
  cashier: personal(z.string().nullable()),
  customer: personal(z.string().nullable()),
  prices_include_tax: z.boolean(),
  lines: z
    .array(
      z.object({
        name: z.string(),
        sku: z.string().nullable(),
        quantity: z.string(),
        unit: z.string().nullable(),
        unit_price: z.string(),
        discount: z.string(),
        amount: z.string(),
        batches: z.array(z.object({ number: z.string(), expires_on: z.iso.date().nullable() })).readonly(),
      }),
    )
    .readonly(),
  discount: z.string(),
  net: z.string(),
  tax: z.string(),
  rounding: z.string(),
  total: z.string(),
  taxes: z.array(z.object({ name: z.string(), rate: z.string(), base: z.string(), tax: z.string() })).readonly(),
  payments: z.array(z.object({ name: z.string(), amount: z.string(), reference: z.string().nullable() })).readonly(),
  change: z.string(),
})
export const printReceiptInput = z.strictObject({
  id,
  format: z.enum(formats),
  locale: locale
    .optional()
    .meta({ description: 'Arabic, English, French or Spanish; that of the tenant unless given.' }),
  columns: z
    .union([z.literal(32), z.literal(42), z.literal(48)])
    .default(42)
    .meta({ description: 'Letters side by side on the paper of a printer: 32 on 58 mm, 42 or 48 on 80 mm.' }),
})
export const printed = z.object({
  id,
  number: z.int().meta({ description: 'The how many-th print it is.' }),
  copy: z.int().nullable(),
  content_type: z.enum(['text/html; charset=utf-8', 'application/octet-stream']),
  encoding: z.enum(['utf-8', 'base64']),
  content: z.string().nullable().meta({ personal: true }),
})
