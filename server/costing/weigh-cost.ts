import { type Money, money, roundTo, roundToMinorUnit, toText } from '../platform/money.ts'

/**
 * What a branch has of a variant: how much, what it is worth in the books, and the unit cost that what is sold below zero is
 * valued at. The value is in whole minor units; without a quantity there is none.
 */
export interface CostState {
  readonly quantity: string
  readonly value: string
  readonly last_cost: string
}

/** What a sold quantity left with, and what of it has come back since. */
export interface Departure {
  readonly quantity: string
  readonly value: string
  readonly returned_quantity: string
  readonly returned_value: string
}

/** Something that comes or goes; quantities are above zero. `against` is the purpose of the other account. */
export type CostChange =
  | { readonly kind: 'receipt'; readonly quantity: string; readonly unit_cost: string; readonly against: string }
  | { readonly kind: 'arrival'; readonly quantity: string; readonly value: string; readonly against: string }
  | { readonly kind: 'return'; readonly quantity: string; readonly of: Departure | null }
  | { readonly kind: 'found'; readonly quantity: string }
  | { readonly kind: 'issue'; readonly quantity: string; readonly against: string }
  | {
      readonly kind: 'supplier_return'
      readonly quantity: string
      readonly unit_cost: string
      readonly against: string
    }

export const costRules = [
  'moving_average',
  'last_unit_takes_the_rest',
  'below_zero_at_last_cost',
  'cover_settles_the_difference',
  'return_at_the_cost_it_left_with',
  'return_at_last_cost',
  'found_at_last_cost',
  'supplier_return_at_average',
] as const
export type CostRule = (typeof costRules)[number]

export interface Weighed {
  readonly state: CostState
  /** By how much the value of the stock changes: what the movement is worth. */
  readonly value: string
  /** What a unit came or went at, to six decimals. */
  readonly unit_cost: string
  /** What is posted: amounts above zero are debits. They add up to zero, and none is zero. */
  readonly lines: readonly { readonly purpose: string; readonly amount: string }[]
  /** The rules that decided, in the order of `costRules`. */
  readonly rules: readonly CostRule[]
}

/**
 * Weighted average cost. What comes in adds its value; what goes out takes its share of the value, rounded to the minor unit
 * of the currency, and the last unit takes what is left, so that no value stays where no quantity is. What goes out below
 * zero goes at the last known unit cost; what comes in then first covers that, and the difference between the two costs is
 * posted to the cost of sales. What a customer brings back comes in at what it left with, whatever the cost is now.
 */
export function weighCost(state: CostState, change: CostChange, minorUnit: number): Weighed {
  const before = read(state, minorUnit)
  const quantity = money(change.quantity)
  if (quantity.isNegative() || quantity.isZero()) throw new Error('what comes and goes is above zero')
  switch (change.kind) {
    case 'receipt':
      return comeIn(
        before,
        { quantity, value: round(before, quantity.times(change.unit_cost)), against: change.against },
        [],
      )
    case 'arrival':
      return comeIn(before, { quantity, value: money(change.value), against: change.against }, [])
    case 'found': {
      const value = round(before, quantity.times(before.lastCost))
      return comeIn(before, { quantity, value, against: 'stock_gain' }, ['found_at_last_cost'])
    }
    case 'return': {
      const value = change.of
        ? shareOf(before, { of: change.of, back: quantity })
        : round(before, quantity.times(before.lastCost))
      const rule = change.of ? 'return_at_the_cost_it_left_with' : 'return_at_last_cost'
      return comeIn(before, { quantity, value, against: 'cost_of_sales' }, [rule])
    }
    case 'issue': {
      const { value, rules } = worthOf(before, quantity)
      return goOut(before, { quantity, value, rules, lines: [[change.against, value]] })
    }
    case 'supplier_return': {
      const { value, rules } = worthOf(before, quantity)
      const credit = round(before, quantity.times(change.unit_cost))
      const lines: Line[] = [
        [change.against, credit],
        ['purchase_price_variance', value.minus(credit)],
      ]
      return goOut(before, { quantity, value, rules: [...rules, 'supplier_return_at_average'], lines })
    }
  }
}

type Line = readonly [purpose: string, amount: Money]

interface State {
  readonly minorUnit: number
  readonly quantity: Money
  readonly value: Money
  readonly lastCost: Money
}

function read({ quantity, value, last_cost }: CostState, minorUnit: number): State {
  return { minorUnit, quantity: money(quantity), value: money(value), lastCost: money(last_cost) }
}

function comeIn(from: State, given: { quantity: Money; value: Money; against: string }, rules: CostRule[]): Weighed {
  const after = from.quantity.plus(given.quantity)
  const isCovering = from.quantity.isNegative()
  const worth = isCovering ? coveredValue(from, given) : from.value.plus(given.value)
  const settled = from.value.plus(given.value).minus(worth)
  const value = worth.minus(from.value)
  const unitCost = unit(given.value, given.quantity)
  return answer({
    state: { quantity: after, value: worth, lastCost: isAboveZero(after) ? unit(worth, after) : unitCost },
    value,
    unitCost,
    lines: [
      ['inventory', value],
      [given.against, given.value.negated()],
      ['cost_of_sales', settled],
    ],
    rules: isCovering ? [...rules, 'cover_settles_the_difference'] : ['moving_average', ...rules],
  })
}

/** What stock is worth after something has come in below zero: still owed at the old cost, or left at the new one. */
function coveredValue(from: State, given: { quantity: Money; value: Money }): Money {
  const after = from.quantity.plus(given.quantity)
  if (after.isZero()) return money('0')
  if (after.isNegative()) return round(from, from.value.times(after).dividedBy(from.quantity))
  return round(from, given.value.times(after).dividedBy(given.quantity))
}

function worthOf(from: State, leaving: Money): { value: Money; rules: CostRule[] } {
  if (leaving.lessThan(from.quantity))
    return { value: round(from, from.value.times(leaving).dividedBy(from.quantity)), rules: ['moving_average'] }
  const there = isAboveZero(from.quantity)
  const rest = there ? leaving.minus(from.quantity) : leaving
  const value = (there ? from.value : money('0')).plus(round(from, rest.times(from.lastCost)))
  const rules: CostRule[] = there ? ['last_unit_takes_the_rest'] : []
  return { value, rules: rest.isZero() ? rules : [...rules, 'below_zero_at_last_cost'] }
}

function goOut(from: State, given: { quantity: Money; value: Money; rules: CostRule[]; lines: Line[] }): Weighed {
  const after = from.quantity.minus(given.quantity)
  const worth = from.value.minus(given.value)
  return answer({
    state: { quantity: after, value: worth, lastCost: isAboveZero(after) ? unit(worth, after) : from.lastCost },
    value: given.value.negated(),
    unitCost: unit(given.value, given.quantity),
    lines: [['inventory', given.value.negated()], ...given.lines],
    rules: given.rules,
  })
}

/** The part of what something left with that comes back; the last part is all that is left of it. */
function shareOf(from: State, { of, back }: { of: Departure; back: Money }): Money {
  const [rest, left] = [money(of.quantity).minus(of.returned_quantity), money(of.value).minus(of.returned_value)]
  if (back.greaterThan(rest)) throw new Error('more comes back than has left')
  return back.equals(rest) ? left : round(from, left.times(back).dividedBy(rest))
}

function round({ minorUnit }: State, amount: Money): Money {
  return roundToMinorUnit(amount, minorUnit)
}

function isAboveZero(quantity: Money): boolean {
  return quantity.isPositive() && !quantity.isZero()
}

function unit(value: Money, quantity: Money): Money {
  return roundTo(value.dividedBy(quantity), 6, 'half_up')
}

function answer(given: {
  state: Omit<State, 'minorUnit'>
  value: Money
  unitCost: Money
  lines: readonly Line[]
  rules: readonly CostRule[]
}): Weighed {
  const { quantity, value, lastCost } = given.state
  return {
    state: { quantity: toText(quantity), value: toText(value), last_cost: toText(lastCost) },
    value: toText(given.value),
    unit_cost: toText(given.unitCost),
    lines: joined(given.lines),
    rules: costRules.filter((rule) => given.rules.includes(rule)),
  }
}

/** One line for each account, those that come to nothing left out. */
function joined(lines: readonly Line[]): Weighed['lines'] {
  const sums = new Map<string, Money>()
  for (const [purpose, amount] of lines) sums.set(purpose, (sums.get(purpose) ?? money('0')).plus(amount))
  return [...sums].filter(([, sum]) => !sum.isZero()).map(([purpose, sum]) => ({ purpose, amount: toText(sum) }))
}
