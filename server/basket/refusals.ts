import { refusal } from '../platform/refusal.ts'

/** How many lines a basket holds at most. */
export const mostLines = 1_000

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
export const notSellable = refusal('not_sellable', 422, 'This is not for sale')
export const prescriptionRequired = refusal('prescription_required', 422, 'This is sold on prescription only')
export const kitEmpty = refusal('kit_empty', 422, 'Nothing is in this kit')
export const customerNotFound = refusal('customer_not_found', 422, 'There is no such customer')
export const discountBeyondPermission = refusal(
  'discount_beyond_permission',
  403,
  'That is more than you may take off; ask somebody who may',
)
export const priceBeyondPermission = refusal(
  'price_beyond_permission',
  403,
  'You may not change the price by so much; ask somebody who may',
)
