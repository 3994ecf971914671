import { z } from 'zod'
import { amount, currencyCode, exact, id, instant, line } from '../platform/schema.ts'

/** As many lines as a basket may have. */
const mostLines = 1_000
const mostTenders = 20
const mostTaxes = 20

/** An amount not below zero. */
const sum = amount.refine((text) => !text.startsWith('-'), { error: 'must not be below zero' })
const percent = z.string().regex(/^(100(\.0{1,6})?|(0|[1-9]\d?)(\.\d{1,6})?)$/)
/** A JSON whole number: sequences of a register. */
export const sequence = z.int().min(1)

const taxOfLine = z.strictObject({
  jurisdiction_code: line(64),
  name: line(100),
  rate: percent,
  compound: z.boolean(),
  base: amount,
  tax: sum,
})

/** What a line came to, as `totalBasket` answers it. */
const amounts = {
  gross: sum.meta({ description: 'Quantity times unit price, before discounts.' }),
  line_discount: sum,
  basket_discount: sum.meta({ description: 'The share of the line in the discount of the basket.' }),
  net_discount: sum.meta({ description: 'Both discounts without the tax in them.' }),
  net: amount.meta({ description: 'Below zero where several taxes are rounded up on next to nothing.' }),
  tax: sum,
  total: sum,
}

const slipLine = z.strictObject({
  variant_id: id,
  name: line(300).meta({ description: 'As it was printed.' }),
  sku: line(100).nullable(),
  barcode: line(100).nullable(),
  unit_code: line(40),
  batch_id: id.nullable(),
  quantity: exact,
  list_price: exact.nullable(),
  unit_price: exact.meta({ description: 'What was charged for one.' }),
  price_reason: line(200).nullable(),
  discount_reason: line(200).nullable(),
  prescription: line(100).nullable(),
  ...amounts,
  components: z.array(taxOfLine).max(mostTaxes),
})

const slipTender = z.strictObject({
  tender_id: id,
  amount: sum.meta({ description: 'What was handed over, change included.' }),
  reference: line(60).nullable(),
})

const slipSale = z.strictObject({
  id,
  customer_id: id.nullable(),
  channel_id: id.nullable(),
  currency: currencyCode,
  prices_include_tax: z.boolean(),
  lines: z.array(slipLine).min(1).max(mostLines),
  ...amounts,
  rounding: amount.meta({ description: 'What rounding in cash added.' }),
  due: sum,
  paid: sum,
  change: sum,
  tenders: z.array(slipTender).max(mostTenders),
})

/** What a device seals when a sale was paid offline: what was sold, what was charged, and who paid how. */
export const slip = z.strictObject({
  format: z.literal(1),
  sequence,
  device_id: id,
  register_id: id,
  session_id: id,
  cashier_id: id.meta({ description: 'The employee at the till.' }),
  made_at: instant.meta({ description: 'By the clock of the till.' }),
  sale: slipSale,
})

export type Slip = z.output<typeof slip>
export type SlipSale = Slip['sale']
export type SlipLine = SlipSale['lines'][number]
