export { type CashRule, roundCash, usualCashRule } from './cash-rounding.ts'
export {
  amountTooFine,
  basketAmountTooLarge,
  basketEmpty,
  basketTooLong,
  beyondSold,
  discountBeyondBasket,
  discountBeyondLine,
  discountNotPositive,
  mostLines,
  paymentNegative,
  paymentOver,
  paymentShort,
  priceNeeded,
  priceNegative,
  priceReasonNeeded,
  priceZero,
  quantityNotPositive,
} from './contract.ts'
export { type Settlement, settlePayment, type Tendered } from './settle-payment.ts'
export { type LineAmounts, type RefundedLine, shareRefund } from './share-refund.ts'
export {
  type Basket,
  type BasketLine,
  type Reduction,
  type TotalledBasket,
  type TotalledLine,
  totalBasket,
} from './total-basket.ts'
