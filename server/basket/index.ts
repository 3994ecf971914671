export { lineFields, positive, reason, reduction } from './contract.ts'
export type { Counter, CounterGoods, CounterPlace, CounterPrice } from './counter.ts'
export { assertWithin, limitOf } from './limits.ts'
export { labelCounts, type PricedBasket, type PricedLine, priceBasket } from './price-basket.ts'
export { atLine, nameOf, quantityOfPart, type WrittenLine } from './read-lines.ts'
export {
  amountTooFine,
  basketAmountTooLarge,
  basketEmpty,
  basketTooLong,
  beyondSold,
  customerNotFound,
  discountBeyondBasket,
  discountBeyondLine,
  discountBeyondPermission,
  discountNotPositive,
  kitEmpty,
  mostLines,
  notSellable,
  prescriptionRequired,
  priceBeyondPermission,
  priceNeeded,
  priceNegative,
  priceReasonNeeded,
  priceZero,
  quantityNotPositive,
} from './refusals.ts'
export { type LineAmounts, shareRefund } from './share-refund.ts'
export {
  type Basket,
  type BasketLine,
  type Reduction,
  totalBasket,
} from './total-basket.ts'
