import { type LineAmounts, type RefundedLine, shareRefund } from '../../server/basket/share-refund.ts'
import { money, toMinorText } from '../../server/platform/money.ts'

/** What comes back for a quantity of a line of a sale of this device, after what came back of it before. */
export function refundOf(
  sold: LineAmounts,
  back: LineAmounts | undefined,
  quantity: { readonly quantity: string; readonly minor_unit: number },
): RefundedLine {
  const nothing = { quantity: '0', gross: '0', discount: '0', net_discount: '0', net: '0' }
  return shareRefund(sold, back ?? { ...nothing, taxes: sold.taxes.map(() => '0') }, quantity)
}

/** An amount over the tenders that a sale was paid with, each up to what is left of it, in their order. */
export function spread(total: string, paid: ReadonlyMap<string, string>, minorUnit: number): Record<string, string> {
  let rest = money(total)
  const spreadOver: Record<string, string> = {}
  for (const [tender, left] of paid) {
    if (!money(left).greaterThan(0)) continue
    const part = rest.lessThan(left) ? rest : money(left)
    if (part.greaterThan(0)) spreadOver[tender] = toMinorText(part, minorUnit)
    rest = rest.minus(part)
  }
  return spreadOver
}
