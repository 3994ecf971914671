import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { amount, currencyCode, day, exact, id, instant, line, paragraph } from '../platform/schema.ts'

export const permissions = {
  viewDocuments: 'history.view-documents',
  recordDocuments: 'history.record-documents',
  reverseDocuments: 'history.reverse-documents',
} as const

/** A refund names the sale it is of, a credit does not know it, an adjustment is of amounts without goods. */
export const kinds = ['sale', 'refund', 'credit', 'adjustment'] as const
export type Kind = (typeof kinds)[number]
/** What a line does: a stock adjustment is a line below zero that cost nothing, on a sale. */
export const roles = ['sold', 'returned', 'stock_adjustment', 'adjustment'] as const
export type Role = (typeof roles)[number]

const mostDocuments = 200
const mostLines = 1_000

const signed = z.string().regex(/^-?(0|[1-9]\d{0,12})(\.\d{1,6})?$/, {
  error: 'must be a decimal string with at most 13 digits and 6 decimals',
})
const quantity = z
  .string()
  .regex(/^-?(?!0(\.0+)?$)(0|[1-9]\d{0,12})(\.\d{1,6})?$/, {
    error: 'must be a decimal string other than zero with at most 13 digits and 6 decimals',
  })
  .meta({ description: 'In the unit of the product; below zero for what came back.' })
const percent = z.string().regex(/^(100(\.0{1,6})?|(0|[1-9]\d?)(\.\d{1,6})?)$/, {
  error: 'must be a decimal string from 0 to 100, in percent, with at most 6 decimals',
})
const score = z.string().regex(/^(100(\.0{1,2})?|(0|[1-9]\d?)(\.\d{1,2})?)$/, {
  error: 'must be a decimal string from 0 to 100 with at most 2 decimals',
})
/** What one unit of a currency is worth in another, as numeric(36,18). */
const rate = z.string().regex(/^(?!0(\.0+)?$)(0|[1-9]\d{0,17})(\.\d{1,18})?$/, {
  error: 'must be a decimal string above zero with at most 18 digits and 18 decimals',
})

const givenLine = z.strictObject({
  variant_id: id.optional().meta({ description: 'What was sold; none on an adjustment.' }),
  name: line(200).optional().meta({ description: 'As it was printed.' }),
  sku: line(64).optional().meta({ description: 'As it came, in capitals or not.' }),
  quantity,
  unit_price: signed.meta({ description: 'As it came, with or without tax as the document says.' }),
  discount: amount.optional().meta({ description: 'Off the line, in its prices; below zero where it came back.' }),
  tax_class_id: id.optional().meta({ description: 'Kept; the rate is given.' }),
  tax_rate: percent.optional().meta({ description: 'In percent; without it nothing is known to be taxed.' }),
  tax: amount.optional().meta({ description: 'As the document says it; computed from the rate unless given.' }),
  unit_cost: exact.optional().meta({ description: 'What a unit cost, without tax.' }),
})

export const givenDocument = z.strictObject({
  id: id.optional(),
  kind: z.enum(kinds),
  source: line(60).meta({ description: 'The system or channel that the number is of.' }),
  number: line(60).meta({ description: 'As it came; unique in its source for each kind.' }),
  branch_id: id,
  customer_id: id.optional(),
  channel_id: id.optional(),
  original_id: id.optional().meta({ description: 'The sale, of a refund.' }),
  is_price_with_tax: z.boolean().default(true),
  currency: currencyCode.optional().meta({ description: 'That of the legal entity unless given.' }),
  fx_rate: rate.optional().meta({
    description: 'What a unit of it was worth in the currency of the legal entity; that of the day unless given.',
  }),
  effective_on: day
    .optional()
    .meta({ description: 'The day of business; that of made_at in the branch unless given.' }),
  made_at: instant.optional(),
  last_made_at: instant.optional().meta({ description: 'Of the last line, where lines have several times.' }),
  platform_fees: amount.optional().meta({ description: 'What the channel kept; below zero where it gave it back.' }),
  shipping_cost: amount
    .optional()
    .meta({ description: 'What sending it cost the shop: told with its profit, not booked.' }),
  data_quality_score: score.optional(),
  is_validated: z.boolean().default(false),
  validation_notes: paragraph(500).optional().meta({ description: 'Stays for ever: no names of persons.' }),
  note: paragraph(500).optional().meta({ description: 'Stays for ever: no names of persons.' }),
  reference: line(200).optional().meta({ description: 'Where it came from, such as a file and a row.' }),
  lines: z.array(givenLine).min(1).max(mostLines),
})
export type GivenDocument = z.output<typeof givenDocument>
export type GivenLine = GivenDocument['lines'][number]

const ledgerChoice = z.enum(['at_its_date', 'none']).meta({
  description: 'Post each document on its own day, or not at all.',
})
const stockChoice = z.enum(['none', 'move']).meta({
  description: 'Move the stock of today, at what it costs today; goods left already, so it may go below zero.',
})
export const recordInput = z.strictObject({
  ledger: ledgerChoice,
  stock: stockChoice.default('none'),
  documents: z.array(givenDocument).min(1).max(mostDocuments),
})
const refused = z.object({ code: z.string(), title: z.string(), detail: z.string() }).nullable()
export const recordedDocuments = z.object({
  items: z
    .array(
      z.object({
        id: id.nullable().meta({ description: 'Null where it was refused.' }),
        state: z.enum(['recorded', 'already_recorded', 'refused']),
        total: z.string().nullable().meta({ description: 'With tax, in its currency.' }),
        refused,
      }),
    )
    .meta({ description: 'One for each document of the list, in its order.' }),
})

export const reverseInput = z.strictObject({
  ids: z.array(id).min(1).max(mostDocuments),
  reason: line(200).meta({ description: 'Stays for ever: no names of persons.' }),
  if_closed: z.enum(['refuse', 'post_in_open_period']).default('refuse').meta({
    description: 'What to do where the books of that day are closed: refuse, or count on the first open day.',
  }),
})
export const reversedDocuments = z.object({
  items: z
    .array(z.object({ id: id.nullable(), reversal_id: id.nullable(), refused }))
    .meta({ description: 'One for each id, in their order; its ids are null where it was refused.' }),
})

export const originalNotFound = refusal('history_original_not_found', 422, 'There is no such sale to give back of')
export const originalMissing = refusal('original_missing', 422, 'A refund, and nothing else, names the sale it is of')
export const originalElsewhere = refusal(
  'original_elsewhere',
  422,
  'A refund is of the same legal entity and currency as its sale',
)
export const numberTaken = refusal('document_number_taken', 409, 'Another document of this source has this number')
export const dayMissing = refusal('day_missing', 422, 'A document says its day or the time it was made')
export const documentInFuture = refusal('document_in_future', 422, 'The day of the document has not come yet')
export const timesCrossed = refusal('times_crossed', 422, 'The last time must not be before the first')
export const goodsMissing = refusal('goods_missing', 422, 'A line names what was sold')
export const goodsOnAdjustment = refusal('goods_on_adjustment', 422, 'An adjustment has amounts, and no goods or taxes')
export const discountBeyondAmount = refusal('discount_beyond_amount', 422, 'The discount is more than the line')
export const taxBeyondAmount = refusal('tax_beyond_amount', 422, 'The tax does not fit the amount of the line')
export const documentAmountTooFine = refusal('document_amount_too_fine', 422, 'An amount has too many decimals')
export const documentTooLarge = refusal('document_too_large', 422, 'An amount has more than 15 digits')
export const totalOfOtherSign = refusal(
  'total_of_other_sign',
  422,
  'A sale comes to nothing below zero, a refund or a credit to nothing above',
)
export const alreadyTakenBack = refusal('already_taken_back', 409, 'This document was reversed already')
export const documentRefunded = refusal('document_refunded', 409, 'Refunds of this sale still count')
export const stockRevalued = refusal(
  'stock_revalued',
  409,
  'Its stock has been valued anew, and cannot be taken back at what it was worth',
)
