import { money } from '../platform/money.ts'

/** For what a price list is: each of the three, or all of them where it is null. */
export interface Place {
  readonly branch_id: string | null
  readonly channel_id: string | null
  readonly customer_group_id: string | null
}

/** A price that is in force, with the place its list is for. */
export interface Candidate extends Place {
  readonly min_quantity: string
}

/**
 * The price that counts for a quantity sold at a place: of the lists that are for this place or for a wider one, those for the
 * customer's group go first, then those for the sales channel, then those for the branch; on the list that is most specific
 * so, the price of the largest quantity that is reached. A list that has no price for so little leaves it to the next.
 */
export function pickPrice<C extends Candidate>(
  candidates: readonly C[],
  { quantity, ...place }: Place & { quantity: string },
): C | undefined {
  const asked = money(quantity)
  const fitting = candidates.filter((one) => isFor(one, place) && !asked.lessThan(money(one.min_quantity)))
  const [first] = fitting.toSorted(
    (a, b) => specificityOf(b) - specificityOf(a) || money(b.min_quantity).comparedTo(money(a.min_quantity)),
  )
  return first
}

const dimensions = ['customer_group_id', 'channel_id', 'branch_id'] as const

function isFor(list: Place, place: Place): boolean {
  return dimensions.every((name) => list[name] === null || list[name] === place[name])
}

/** The group weighs more than channel and branch together, the channel more than the branch. */
function specificityOf(list: Place): number {
  return dimensions.reduce((sum, name) => sum * 2 + (list[name] === null ? 0 : 1), 0)
}
