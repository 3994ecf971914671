import { refusal } from '../platform/refusal.ts'

export const amountOutOfRange = refusal(
  'amount_out_of_range',
  422,
  'Nobody pays so much: amounts have at most 15 digits',
)
export const authorizationRequired = refusal(
  'authorization_required',
  422,
  'The provider of this tender is asked first',
)
export const cashStepInvalid = refusal(
  'cash_step_invalid',
  409,
  'The step that cash is rounded to is not an amount of this currency; set it again',
)
export const currencyMismatch = refusal('currency_mismatch', 422, 'It is paid in the currency of the document')
export const noSuchCoins = refusal('no_such_coins', 422, 'There are no coins for this amount of cash')
export const paymentNotDue = refusal('payment_not_due', 422, 'Nothing is due')
export const paymentOver = refusal('payment_over', 422, 'That is more than is due, and change is given on cash only')
export const paymentShort = refusal('payment_short', 422, 'That is less than is due')
export const referenceRequired = refusal(
  'reference_required',
  422,
  'This tender needs the number of what was handed over',
)
export const refundDiffers = refusal('refund_differs', 422, 'What is given back is not what is due')
export const refundExceedsPaid = refusal('refund_exceeds_paid', 409, 'No more is given back than was paid')
export const tenderInactive = refusal('tender_inactive', 409, 'This tender takes no more payments')
export const tenderNotFound = refusal('tender_not_found', 422, 'There is no such tender')
export const tooManyDecimalsPaid = refusal('amount_too_precise', 422, 'The currency has fewer decimals')
