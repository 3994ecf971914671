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

/** A sale as the first format has it. */
export const slipSale = z.strictObject({
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

/** What is sold as it is in the first format, and perhaps of a parked ticket. */
const slipSaleOfTicket = z.strictObject({
  ...slipSale.shape,
  ticket_id: id.nullable().meta({ description: 'The ticket that was taken up and sold.' }),
})

const positive = exact.refine((text) => /[1-9]/.test(text), { error: 'must be above zero' })
const refundLine = z.strictObject({
  line: z.int().min(1).max(mostLines).meta({ description: 'Of the original.' }),
  quantity: positive.meta({ description: 'In the unit of the product.' }),
  batch_id: id.nullable().meta({ description: 'Of those that it left from.' }),
  restock: z.enum(['shelf', 'quarantine', 'none']).meta({ description: 'Where the goods went.' }),
})

const slipRefund = z.strictObject({
  id,
  original_id: id.meta({ description: 'The sale or exchange, which the same device numbered.' }),
  currency: currencyCode,
  reason: line(200).meta({ description: 'Stays for ever: no names of persons.' }),
  lines: z.array(refundLine).min(1).max(mostLines),
  total: sum.meta({ description: 'What came back was worth, with its taxes.' }),
  rounding: amount.meta({ description: 'What rounding in cash added to what was given back.' }),
  due: sum,
  tenders: z.array(slipTender).max(mostTenders).meta({ description: 'What was given back, by which tender.' }),
})

/** What devices note beside their receipts. */
export const noteKinds = ['session', 'customer', 'ticket'] as const
export const noteHash = z.string().regex(/^[0-9a-f]{64}$/)
const noteNamed = z.strictObject({ kind: z.enum(noteKinds), id, hash: noteHash })

const head = {
  sequence,
  device_id: id,
  register_id: id,
  session_id: id,
  cashier_id: id.meta({ description: 'The employee at the till.' }),
  made_at: instant.meta({ description: 'By the clock of the till.' }),
}
const notes = z
  .array(noteNamed)
  .max(200)
  .meta({ description: 'What was noted since the slip before, in order: it is sealed with this one.' })

/** The formats that are read. What is of another is kept, and read once a server knows it. */
export const formats = [1, 2] as const

const slipOfFirst = z
  .strictObject({ format: z.literal(1), ...head, sale: slipSale })
  .transform(({ sale, ...slip }) => ({
    ...slip,
    ...{ notes: [] as z.output<typeof notes>, sale: { ...sale, ticket_id: null }, refund: null },
  }))
const slipOfSale = z
  .strictObject({ format: z.literal(2), ...head, notes, sale: slipSaleOfTicket })
  .transform((slip) => ({ ...slip, refund: null }))
const slipOfRefund = z
  .strictObject({ format: z.literal(2), ...head, notes, refund: slipRefund })
  .transform((slip) => ({ ...slip, sale: null }))

/** What a device seals when it sold or took back offline: what, for how much, who paid or was paid how, and what it noted before. */
export const slip = z.union([slipOfFirst, slipOfSale, slipOfRefund])

export type Slip = z.output<typeof slip>
export type SlipSale = NonNullable<Slip['sale']>
export type SlipLine = SlipSale['lines'][number]
export type SlipRefund = NonNullable<Slip['refund']>

/** What a slip is of: the sale or refund that it says was made. */
export function documentOf({ sale, refund }: Slip): SlipSale | SlipRefund {
  const found = sale ?? refund
  if (!found) throw new Error('a slip is of a sale or of a refund')
  return found
}
