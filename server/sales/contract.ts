import { z } from 'zod'
import { lineFields, mostLines, positive, reason, reduction } from '../basket/index.ts'
import { scannedText } from '../catalog/index.ts'
import { givenTenders } from '../payments/index.ts'
import { platformRefusals, refusal } from '../platform/refusal.ts'
import { amount, currencyCode, id, instant, line, paragraph, time } from '../platform/schema.ts'
import { defineSetting } from '../settings/index.ts'

export const permissions = {
  sell: 'sales.sell',
  discount: 'sales.discount',
  discountAny: 'sales.discount-any',
  overridePrice: 'sales.override-price',
  overrideAnyPrice: 'sales.override-any-price',
  refund: 'sales.refund',
  refundOtherwise: 'sales.refund-otherwise',
  voidBaskets: 'sales.void-baskets',
} as const

export const kinds = ['sale', 'refund', 'exchange'] as const
export const priceSources = ['list', 'override', 'open', 'barcode', 'slip', 'original'] as const
export const restocks = ['shelf', 'quarantine', 'none'] as const

/** Lines that are read at all; a basket holds fewer. */
const mostLinesRead = 20_000

const sum = amount.refine((text) => !text.startsWith('-'), { error: 'must not be below zero' })
const basketLine = z
  .strictObject({
    variant_id: id.optional().meta({ description: 'What is sold; or else what was scanned.' }),
    barcode: scannedText.optional().meta({
      description: 'As the scanner sent it: a barcode, GS1 with a batch, what a scale printed, or a SKU.',
    }),
    quantity: positive
      .optional()
      .meta({ description: 'In packs or the unit given, or else of what was scanned; one.' }),
    ...lineFields,
  })
  .refine(({ variant_id, barcode }) => variant_id !== undefined || barcode !== undefined, {
    error: 'must name a variant, or what was scanned',
    path: ['variant_id'],
  })
const basketFields = {
  lines: z
    .array(basketLine)
    .min(1)
    .max(mostLinesRead)
    .meta({ description: `At most ${mostLines}.` }),
  discount: reduction.optional().meta({ description: 'Off the whole basket, after the discounts of lines.' }),
  discount_reason: reason.optional(),
  expected_total: amount.optional().meta({ description: 'What the till showed; refused where it is not that.' }),
}
const receiptFields = {
  id: id.optional(),
  session_id: id.meta({ description: 'The open session of the register.' }),
  register_id: id.optional().meta({ description: 'That of the session, unless something is wrong.' }),
  device: z
    .strictObject({ id, sequence: z.int().min(1) })
    .optional()
    .meta({
      description: 'The device that is bound to the register, and the number it gives the receipt: the next one.',
    }),
  made_at: instant.optional().meta({ description: 'By the clock of the till.' }),
  currency: currencyCode.optional().meta({ description: 'That of the session, unless something is wrong.' }),
  note: paragraph(500).optional().meta({ description: 'Stays for ever: no names of persons.' }),
}

export const checkoutInput = z.strictObject({
  ...receiptFields,
  customer_id: id.optional(),
  channel_id: id.optional(),
  ticket_id: id.optional().meta({ description: 'The parked ticket that is sold; it cannot be sold again.' }),
  ...basketFields,
  shipping_cost: sum
    .optional()
    .meta({ description: 'What sending it costs the shop: told with its profit, not charged and not booked.' }),
  payments: givenTenders,
})

const returnedLine = z.strictObject({
  line: z.int().min(1).max(mostLines).meta({ description: 'Of the original.' }),
  quantity: positive.optional().meta({ description: 'In the unit of the product; all that is left unless given.' }),
  batch_id: id.optional().meta({ description: 'Of those that it left from.' }),
  restock: z.enum(restocks).default('shelf').meta({ description: 'Where the goods go; none: they did not come back.' }),
})
const returns = z.array(returnedLine).min(1).max(mostLines)
export const refundInput = z.strictObject({
  ...receiptFields,
  original_id: id.meta({ description: 'The sale or exchange.' }),
  reason,
  lines: returns,
  payments: givenTenders.meta({ description: 'What is given back, by which tender.' }),
})
export const exchangeInput = z.strictObject({
  ...receiptFields,
  original_id: id.meta({ description: 'The sale or exchange.' }),
  reason,
  returns,
  ...basketFields,
  payments: givenTenders.meta({ description: 'What is paid on top, or else given back.' }),
})

const component = z.object({
  jurisdiction_code: z.string(),
  name: z.string(),
  rate: z.string(),
  compound: z.boolean(),
  base: z.string(),
  tax: z.string(),
})
export const soldLine = z.object({
  line: z.int(),
  of_line: z.int().nullable().meta({ description: 'Of the original, where it comes back.' }),
  variant_id: id,
  name: z.string(),
  sku: z.string().nullable(),
  barcode: z.string().nullable(),
  hsn_code: z.string().nullable(),
  unit_code: z.string(),
  quantity: z.string().meta({ description: 'In that unit; below zero for what comes back.' }),
  list_price: z.string().nullable(),
  unit_price: z.string(),
  price_source: z.enum(priceSources),
  price_reason: z.string().nullable(),
  gross: z.string(),
  discount: z.string().meta({ description: 'Of the line, and its share of that of the basket.' }),
  discount_reason: z.string().nullable(),
  net: z.string(),
  tax: z.string(),
  total: z.string(),
  tax_class_code: z.string(),
  taxes: z.array(component),
  allocations: z.array(z.object({ variant_id: id, batch_id: id.nullable(), quantity: z.string() })),
  restock: z.enum(restocks).nullable(),
})
export const receipt = z.object({
  id,
  kind: z.enum(kinds),
  number: z.string(),
  sequence: z.string(),
  register_id: id,
  session_id: id,
  branch_id: id,
  entity_id: id,
  employee_id: id.nullable(),
  customer_id: id.nullable(),
  channel_id: id.nullable(),
  original_id: id.nullable(),
  is_offline: z.boolean(),
  is_price_with_tax: z.boolean(),
  currency: z.string(),
  base_currency: z.string(),
  fx_rate: z.string().nullable().meta({ description: 'To the base currency; null where nobody knew it.' }),
  gross: z.string(),
  discount: z.string(),
  net: z.string(),
  tax: z.string(),
  total: z.string(),
  rounding: z.string(),
  paid: z.string(),
  change: z.string(),
  taxes: z.array(component),
  lines: z.array(soldLine),
  payments: z.array(
    z.object({ id, kind: z.string(), tender_id: id, amount: z.string(), reference: z.string().nullable() }),
  ),
  made_at: time,
  recorded_at: time,
})

export const voidBasketInput = z.strictObject({
  id: id.optional(),
  session_id: id,
  reason,
  total: sum.meta({ description: 'What the till showed.' }),
  lines: z
    .array(z.strictObject({ variant_id: id.optional(), name: line(200), quantity: positive, total: sum }))
    .max(mostLines)
    .default([]),
})

export const totalDiffers = refusal('total_differs', 409, 'The basket does not come to what the till showed')
export const sessionOfAnotherRegister = refusal(
  'session_of_another_register',
  409,
  'This session is of another register',
)
export const clockOff = refusal('clock_off', 422, 'The clock of the till is wrong')
export const originalNotFound = refusal('original_not_found', 422, 'There is no such sale')
export const refundOfRefund = refusal('refund_of_refund', 422, 'What was given back is not given back again')
export const lineNotReturnable = refusal('line_not_returnable', 422, 'The original has no such line that was sold')
export const saleOfAnotherEntity = refusal(
  'sale_of_another_entity',
  422,
  'Goods come back to a branch of the legal entity that sold them',
)
export const batchNotReturnable = refusal('batch_not_returnable', 422, 'Not so much of it was sold of this batch')
const percent = z.number().min(0).max(100).meta({ description: 'a number from 0 to 100' })

/** How much whoever may discount takes off by themselves. */
export const discountLimitSetting = defineSetting({
  name: 'sales.discount-limit-percent',
  type: percent,
  default: 10,
  help: 'The most percent that discounts take off a line without the permission for any discount.',
  scopes: ['tenant', 'branch'],
})

/** How far whoever may change prices goes from the list price. */
export const overrideLimitSetting = defineSetting({
  name: 'sales.override-limit-percent',
  type: percent,
  default: 10,
  help: 'How many percent a price is changed by at most without the permission for any price.',
  scopes: ['tenant', 'branch'],
})

/** How wrong the clock of a till may be. */
export const clockToleranceSetting = defineSetting({
  name: 'sales.clock-tolerance-minutes',
  type: z.int().min(1).max(1_440),
  default: 15,
  help: 'How many minutes the time that a till says may be away from that of the server.',
  scopes: ['tenant', 'branch'],
})

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { void_pkey: platformRefusals.alreadyExists } as const
