import { type LineAmounts, type RefundedLine, shareRefund } from '../../server/basket/share-refund.ts'

/** What comes back for a quantity of a line of a sale of this device, after what came back of it before. */
export function refundOf(
  sold: LineAmounts,
  back: LineAmounts | undefined,
  quantity: { readonly quantity: string; readonly minor_unit: number },
): RefundedLine {
  const nothing = { quantity: '0', gross: '0', discount: '0', net_discount: '0', net: '0' }
  return shareRefund(sold, back ?? { ...nothing, taxes: sold.taxes.map(() => '0') }, quantity)
}
