export {
  amountTooFine,
  basketAmountTooLarge,
  basketEmpty,
  basketTooLong,
  beyondSold,
  discountBeyondBasket,
  discountBeyondLine,
  discountNotPositive,
  lineFields,
  mostLines,
  positive,
  priceNeeded,
  priceNegative,
  priceReasonNeeded,
  priceZero,
  quantityNotPositive,
  reason,
  reduction,
} from './contract.ts'
export { type LineAmounts, shareRefund } from './share-refund.ts'
export {
  type Basket,
  type BasketLine,
  type Reduction,
  type TotalledBasket,
  totalBasket,
} from './total-basket.ts'
