import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { overReceipt, partNotFound, partTwice, type State } from './contract.ts'

/** What left in one batch, as far as it is still on the way. Values are in whole minor units. */
export interface OpenPart {
  readonly id: string
  readonly open_quantity: string
  readonly open_value: string
  /** What of it came damaged. */
  readonly damaged_quantity: string
}

/** What somebody says of a part; quantities are not negative and in the unit of the product. */
export interface Given {
  readonly part_id: string
  readonly quantity: string
  readonly damaged_quantity: string
}

/** What becomes of a part: it leaves the way with its value. Damaged goods stay on it until somebody settles them. */
export interface Outcome {
  readonly part_id: string
  readonly kind: 'arrived' | 'damaged' | 'written_off' | 'taken_back'
  readonly quantity: string
  readonly value: string
}

export interface Settled {
  /** In the order given, what leaves the way before what is damaged; nothing of a part of which nothing is said. */
  readonly outcomes: readonly Outcome[]
  /** All parts as they are afterwards. */
  readonly left: readonly OpenPart[]
}

/**
 * Takes parts off the way. Each takes its share of the value that is open, rounded to the minor unit; the last of a part
 * takes the rest, so that nothing is left on the way where no goods are. Refuses with `transfer_part_not_found`,
 * `transfer_part_twice`, and `transfer_over_receipt` of more than is open, with what is.
 */
export function settleParts(
  parts: readonly OpenPart[],
  given: readonly Given[],
  { kind, minorUnit }: { kind: 'arrived' | 'written_off' | 'taken_back'; minorUnit: number },
): Settled {
  const left = new Map(parts.map((part) => [part.id, part]))
  const named = new Set<string>()
  const outcomes = given.flatMap((one): Outcome[] => {
    const part = left.get(one.part_id)
    if (!part) throw new Refusal(partNotFound)
    if (named.has(part.id)) throw new Refusal(partTwice)
    named.add(part.id)
    const open = money(part.open_quantity)
    const [gone, damaged] = [money(one.quantity), money(one.damaged_quantity)]
    const rest = open.minus(gone)
    // What came damaged before may turn out to be good, but not become damaged twice.
    const known = smaller(money(part.damaged_quantity), rest)
    if (rest.isNegative() || rest.minus(known).lessThan(damaged))
      throw new Refusal(
        overReceipt,
        `${toText(open)} on the way, ${toText(money(part.damaged_quantity))} of it damaged`,
      )
    const value = rest.isZero()
      ? money(part.open_value)
      : roundToMinorUnit(money(part.open_value).times(gone).dividedBy(open), minorUnit)
    left.set(part.id, {
      id: part.id,
      open_quantity: toText(rest),
      open_value: toText(money(part.open_value).minus(value)),
      damaged_quantity: toText(known.plus(damaged)),
    })
    return [
      ...(gone.isZero() ? [] : [{ part_id: part.id, kind, quantity: toText(gone), value: toText(value) }]),
      ...(damaged.isZero()
        ? []
        : [{ part_id: part.id, kind: 'damaged' as const, quantity: toText(damaged), value: '0' }]),
    ]
  })
  return { outcomes, left: [...left.values()] }
}

/** What is open of parts, as if somebody had said so of each. */
export function everythingOpen(parts: readonly OpenPart[]): Given[] {
  return parts
    .filter((part) => !money(part.open_quantity).isZero())
    .map((part) => ({ part_id: part.id, quantity: part.open_quantity, damaged_quantity: '0' }))
}

/**
 * The state of a transfer of which this is left: completed when nothing is; short when nothing more is expected, because
 * somebody says so, said so before, or all that is left came damaged; else it stays in transit.
 */
export function stateAfter(left: readonly OpenPart[], { before, isLast }: { before: State; isLast: boolean }): State {
  const open = left.filter((part) => !money(part.open_quantity).isZero())
  if (open.length === 0) return 'completed'
  const isHere = open.every((part) => money(part.open_quantity).equals(part.damaged_quantity))
  return isLast || isHere || before === 'short' ? 'short' : 'in_transit'
}

function smaller(one: Money, other: Money): Money {
  return one.lessThan(other) ? one : other
}
