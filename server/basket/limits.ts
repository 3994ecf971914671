import { type Money, money } from '../platform/money.ts'
import { type Judge, Refusal, refuseAtOnce } from '../platform/refusal.ts'
import { ofLine } from './read-lines.ts'
import { discountBeyondPermission, priceBeyondPermission } from './refusals.ts'
import type { TotalledBasket } from './total-basket.ts'

/** In percent, what somebody takes off or changes by at most; zero: nothing at all. */
export interface Limits {
  readonly discount: Money
  readonly override: Money
}

const beyondAny = money('1e15')

/** What somebody may: anything, as much as is set, or nothing. */
export function limitOf(setPercent: number, may: { readonly some: boolean; readonly any: boolean }): Money {
  if (may.any) return beyondAny
  return may.some ? money(String(setPercent)) : money('0')
}

/** Refuses reductions and prices beyond the limits, with `discount_beyond_permission` and `price_beyond_permission`. */
export function assertWithin(
  totals: Pick<TotalledBasket, 'lines'>,
  { discount, override }: Limits,
  judge: Judge = refuseAtOnce,
): void {
  for (const [at, line] of totals.lines.entries()) {
    if (money(line.reduction_percent).greaterThan(discount))
      judge(ofLine(new Refusal(discountBeyondPermission, `${line.reduction_percent} percent`), at))
    if (line.is_override && (override.isZero() || money(line.override_percent).abs().greaterThan(override)))
      judge(ofLine(new Refusal(priceBeyondPermission, `${line.override_percent} percent`), at))
  }
}
