import { money } from '../platform/money.ts'

/** Every status that stock can have, the most pressing first. */
export const stockStatuses = [
  'negative',
  'discontinued',
  'out',
  'reserved',
  'below_minimum',
  'low',
  'overstock',
  'in_stock',
] as const
export type StockStatus = (typeof stockStatuses)[number]

export interface StockFacts {
  readonly on_hand: string
  readonly available: string
  readonly is_discontinued: boolean
  readonly minimum_stock: string | null
  readonly maximum_stock: string | null
  readonly reorder_point: string | null
}

/**
 * What is to be said of the stock of a variant in a branch; of several things the most pressing. Below zero is a mistake
 * before anything else. What is discontinued is not ordered again, so it is neither out nor low. `out` is nothing there,
 * `reserved` nothing that is not promised. Under the minimum is worse than at the reorder point; a reorder point of zero is
 * reached by what is out alone. More on hand than the maximum is overstock.
 */
export function stockStatus(facts: StockFacts): StockStatus {
  const [onHand, available] = [money(facts.on_hand), money(facts.available)]
  const { minimum_stock: minimum, maximum_stock: maximum, reorder_point: reorder } = facts
  if (onHand.lessThan(0)) return 'negative'
  if (facts.is_discontinued) return 'discontinued'
  if (onHand.isZero()) return 'out'
  if (!available.greaterThan(0)) return 'reserved'
  if (minimum !== null && available.lessThan(minimum)) return 'below_minimum'
  if (reorder !== null && available.lessThanOrEqualTo(reorder)) return 'low'
  if (maximum !== null && onHand.greaterThan(maximum)) return 'overstock'
  return 'in_stock'
}
