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
  priceNeeded,
  priceNegative,
  priceReasonNeeded,
  priceZero,
  quantityNotPositive,
} from './contract.ts'
export { type LineAmounts, shareRefund } from './share-refund.ts'
export {
  type Basket,
  type BasketLine,
  type Reduction,
  type TotalledBasket,
  totalBasket,
} from './total-basket.ts'
