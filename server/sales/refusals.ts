import * as basket from '../basket/index.ts'
import { sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { quantityRefusals, scanRefusals, variantNotFound } from '../catalog/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { stockRefusals } from '../inventory/index.ts'
import { tenderRefusals } from '../payments/index.ts'
import type { RefusalKind } from '../platform/refusal.ts'
import { registerInactive } from '../registers/index.ts'
import * as contract from './contract.ts'

/** What selling may be refused with. */
export const checkoutRefusals = once([
  sessionNotFound,
  sessionNotOpen,
  registerInactive,
  contract.clockOff,
  contract.lineUnnamed,
  contract.notSellable,
  contract.prescriptionRequired,
  contract.kitEmpty,
  contract.totalDiffers,
  contract.discountBeyondPermission,
  contract.priceBeyondPermission,
  contract.customerNotFound,
  channelNotFound,
  variantNotFound,
  ...quantityRefusals,
  ...scanRefusals,
  basket.basketEmpty,
  basket.basketTooLong,
  basket.quantityNotPositive,
  basket.priceNeeded,
  basket.priceNegative,
  basket.priceReasonNeeded,
  basket.priceZero,
  basket.discountNotPositive,
  basket.discountBeyondLine,
  basket.discountBeyondBasket,
  basket.amountTooFine,
  basket.basketAmountTooLarge,
  ...tenderRefusals,
  ...stockRefusals,
])

/** What taking goods back may be refused with. */
export const refundRefusals = once([
  contract.originalNotFound,
  contract.refundOfRefund,
  contract.saleOfAnotherEntity,
  contract.lineNotReturnable,
  contract.batchNotReturnable,
  basket.beyondSold,
  ...checkoutRefusals,
])

function once(kinds: readonly RefusalKind[]): RefusalKind[] {
  return [...new Map(kinds.map((one) => [one.code, one])).values()]
}
