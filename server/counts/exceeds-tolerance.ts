import { money } from '../platform/money.ts'

/** How far what was counted may be from the books; null: as far as it may be. */
export interface Tolerance {
  /** Of what the books say. */
  readonly percent: string | null
  /** In the currency of the books. */
  readonly value: string | null
}

/** True when a line is farther from the books than either limit allows. Found where nothing should be is beyond any percentage. */
export function exceedsTolerance(
  line: { readonly expected: string; readonly counted: string; readonly unit_cost: string },
  { percent, value }: Tolerance,
): boolean {
  const variance = money(line.counted).minus(line.expected).abs()
  if (variance.isZero()) return false
  const isFar = percent !== null && variance.times(100).greaterThan(money(line.expected).abs().times(percent))
  return isFar || (value !== null && variance.times(line.unit_cost).greaterThan(value))
}
