import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { currencyCode, day, exact, id, line, name, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  viewPrices: 'pricing.view-prices',
  managePrices: 'pricing.manage-prices',
} as const

const stamps = { version, created_at: time, updated_at: time }
const lastDay = day.meta({ description: 'The last day on which it counts.' })

export const byId = z.strictObject({ id })
export const listInput = z.strictObject(pageInput)
export const endInput = z.strictObject({ id, version })

const place = {
  branch_id: id.nullable(),
  channel_id: id.nullable(),
  customer_group_id: id.nullable(),
}
export const priceList = z.object({
  id,
  code: z.string(),
  name: z.string(),
  currency: z.string(),
  includes_tax: z.boolean(),
  ...place,
  ended_on: z.iso.date().nullable().meta({ description: 'The first day on which none of its prices counts any more.' }),
  ...stamps,
})
export const createPriceListInput = z.strictObject({
  id: id.optional(),
  code: line(40),
  name: name(100),
  currency: currencyCode,
  includes_tax: z.boolean().meta({ description: 'Whether tax is in its prices.' }),
  branch_id: id.optional().meta({ description: 'The branch it is for; all unless given.' }),
  channel_id: id.optional().meta({ description: 'The sales channel it is for; all unless given.' }),
  customer_group_id: id.optional().meta({ description: 'The group of customers it is for; all unless given.' }),
})
export const updatePriceListInput = z.strictObject({ id, version, name: name(100) })

export const price = z.object({
  id,
  price_list_id: id,
  variant_id: id,
  min_quantity: z.string(),
  unit_price: z.string(),
  valid_from: z.iso.date(),
  valid_through: z.iso.date().nullable(),
  withdrawn_at: time.nullable().meta({ description: 'When it was taken back; it counts no more, on no day.' }),
  ...stamps,
})
export const listPricesInput = z.strictObject({
  price_list_id: id.optional().meta({ description: 'Of all lists that the caller sees unless given.' }),
  variant_id: id.optional(),
  on: day
    .optional()
    .meta({ description: 'Those in force on this day; all unless given. A page may hold fewer than asked for then.' }),
  ...pageInput,
})
export const createPriceInput = z.strictObject({
  id: id.optional(),
  price_list_id: id,
  variant_id: id,
  min_quantity: exact.default('0').meta({ description: 'The quantity from which on it counts.' }),
  unit_price: exact.meta({ description: 'Of one, in the unit of the product.' }),
  valid_from: day,
  valid_through: lastDay.optional(),
  replaces: z.boolean().default(false).meta({
    description:
      'Ends the price that is in force on its first day, the day before, and takes it up again after the last day, if there is one; a price that begins on the same day is withdrawn.',
  }),
})
export const updatePriceInput = z.strictObject({
  id,
  version,
  min_quantity: exact.optional(),
  unit_price: exact.optional(),
  valid_from: day.optional(),
  valid_through: lastDay.nullable().optional(),
})
export const endPriceInput = z.strictObject({ id, version, valid_through: lastDay })

export const getPriceInput = z.strictObject({
  variant_id: id,
  quantity: exact.default('1'),
  branch_id: id.optional(),
  channel_id: id.optional(),
  customer_group_id: id.optional(),
  currency: currencyCode.optional().meta({ description: 'That of the legal entity of the branch unless given.' }),
  on: day.optional().meta({ description: 'Today in the branch, or else in the tenant, unless given.' }),
})
export const foundPrice = z.object({
  price_id: id,
  price_list_id: id,
  variant_id: id,
  unit_price: z.string(),
  currency: z.string(),
  includes_tax: z.boolean(),
  min_quantity: z.string(),
  valid_from: z.iso.date(),
  valid_through: z.iso.date().nullable(),
  on: z.iso.date(),
  ...place,
})

export const priceListCodeTaken = refusal('price_list_code_taken', 409, 'Another price list has this code')
export const priceListPlaceTaken = refusal(
  'price_list_place_taken',
  409,
  'There is a price list in this currency for this branch, channel and group',
)
export const priceListNotFound = refusal('price_list_not_found', 422, 'There is no such price list')
export const priceListEnded = refusal('price_list_ended', 409, 'This price list has ended')
export const branchNotFound = refusal('price_branch_not_found', 422, 'There is no such branch')
export const overlappingPrices = refusal(
  'overlapping_prices',
  409,
  'There is a price of this variant for this quantity on some of these days',
)
export const pricePeriodCrossed = refusal('price_period_crossed', 422, 'The last day of a period is before its first')
export const priceBegun = refusal('price_begun', 409, 'A price that has begun is ended or replaced, not changed')
export const priceWithdrawn = refusal('price_withdrawn', 409, 'This price was withdrawn')
export const pricePastRewritten = refusal('price_past_rewritten', 422, 'What was charged on days gone by stays')
export const currencyNeeded = refusal('currency_needed', 422, 'Say in which currency, or at which branch')
export const priceUnknown = refusal('price_unknown', 404, 'There is no price for this on this day')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  price_list_code_key: priceListCodeTaken,
  price_list_place_key: priceListPlaceTaken,
  price_valid_key: overlappingPrices,
} as const
