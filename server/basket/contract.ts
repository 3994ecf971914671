import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { amount, exact, id, line } from '../platform/schema.ts'

/** How many lines a basket holds at most. */
export const mostLines = 1_000

const percent = z.string().regex(/^(100(\.0{1,6})?|(0|[1-9]\d?)(\.\d{1,6})?)$/, {
  error: 'must be a decimal string from 0 to 100, in percent, with at most 6 decimals',
})
/** Why somebody did what is not usual. */
export const reason = line(200).meta({ description: 'Stays for ever: no names of persons.' })
/** What is taken off a line or a basket. */
export const reduction = z.union([z.strictObject({ percent }), z.strictObject({ amount })])
/** A quantity above zero. */
export const positive = exact.refine((text) => /[1-9]/.test(text), { error: 'must be above zero' })

/** What is said of a line at a till, but what is sold and how much of it. */
export const lineFields = {
  pack_id: id.optional(),
  unit_id: id.optional(),
  batch_id: id.optional().meta({ description: 'Else what expires first.' }),
  unit_price: exact.optional().meta({ description: 'In place of the list price, in the unit of the product.' }),
  price_reason: reason.optional(),
  discount: reduction.optional(),
  discount_reason: reason.optional(),
  prescription: line(100).optional().meta({
    personal: true,
    description: 'The number of the prescription, for goods that need one.',
  }),
}

export const basketEmpty = refusal('basket_empty', 422, 'A basket has at least one line')
export const basketTooLong = refusal('basket_too_long', 422, 'A basket holds at most 1,000 lines')
export const quantityNotPositive = refusal('quantity_not_positive', 422, 'A line is for more than nothing')
export const priceNeeded = refusal('price_needed', 422, 'There is no price for this: say what it costs')
export const priceZero = refusal(
  'price_zero',
  422,
  'Nothing is given away at its list price: change the price and say why',
)
export const priceNegative = refusal('price_negative', 422, 'A price is not below zero')
export const priceReasonNeeded = refusal('price_reason_needed', 422, 'Say why this is not charged at its list price')
export const discountBeyondLine = refusal(
  'discount_beyond_line',
  422,
  'A discount takes off no more than its line comes to',
)
export const discountBeyondBasket = refusal(
  'discount_beyond_basket',
  422,
  'A discount takes off no more than the basket comes to',
)
export const discountNotPositive = refusal('discount_not_positive', 422, 'A discount is more than nothing')
export const amountTooFine = refusal('amount_too_fine', 422, 'This amount has more decimals than its currency')
export const basketAmountTooLarge = refusal('basket_amount_too_large', 422, 'These amounts have more than 15 digits')
export const beyondSold = refusal('refund_beyond_sold', 409, 'No more comes back than was sold and is not back yet')
