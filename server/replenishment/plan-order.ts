import { type Money, money, roundTo, toText } from '../platform/money.ts'
import { daysOfSupply, economicOrderQuantity, monthlyTurnover, reorderPoint, safetyStock } from './formulas.ts'
import type { Demand } from './measure-demand.ts'
import { normalQuantile } from './normal-quantile.ts'
import type { PolicyValues } from './resolve-policy.ts'

/** A number that somebody may have given, what it is computed to be, and which of the two counts. */
export interface Figure {
  readonly given: string | null
  readonly computed: string | null
  readonly used: string | null
}

export interface Figures {
  readonly lead_time_days: string | null
  readonly lead_time_source: 'policy' | 'supplier' | null
  readonly lead_time_deviation_days: string
  readonly review_period_days: string
  readonly service_level: string
  readonly safety_stock: Figure
  readonly reorder_point: Figure
  readonly economic_order_quantity: Figure
  readonly days_of_supply: string | null
  readonly turnover_monthly: string | null
}

export interface Situation {
  readonly policy: PolicyValues
  /** In how many days the supplier delivers. */
  readonly supplierDays: string | null
  readonly demand: Demand
  /** On hand less what is reserved. */
  readonly available: string
  /** Of the unit that quantities are kept in. */
  readonly decimals: number
}

/** What is wanted where no policy says. */
const usualServiceLevel = '95'

/**
 * What is known of when to order: what a policy gives, what the demand gives, and what counts, which is the given one. The
 * reorder point is computed where a lead time is known; quantities are rounded up to what the unit takes.
 */
export function computeFigures({ policy, supplierDays, demand, available, decimals }: Situation): Figures {
  const days = policy.lead_time_days ?? supplierDays
  const [deviation, review] = [policy.lead_time_deviation_days ?? '0', policy.review_period_days ?? '0']
  const level = policy.service_level ?? usualServiceLevel
  const lead = days === null ? null : { days: money(days), deviation: money(deviation) }
  const [reviewDays, z] = [money(review), normalQuantile(money(level))]
  const up = (value: Money | null) => (value === null ? null : toText(roundTo(value, decimals, 'up')))
  const safety = figureOf(policy.safety_stock, up(lead && safetyStock(demand, { lead, reviewDays, z })))
  const point =
    lead && safety.used !== null ? reorderPoint(demand, { lead, reviewDays, safety: money(safety.used) }) : null
  return {
    lead_time_days: days === null ? null : text(days),
    lead_time_source: sourceOf(policy.lead_time_days, supplierDays),
    lead_time_deviation_days: text(deviation),
    review_period_days: text(review),
    service_level: text(level),
    safety_stock: safety,
    reorder_point: figureOf(policy.reorder_point, up(point)),
    economic_order_quantity: figureOf(policy.economic_order_quantity, up(economicOf(policy, demand))),
    days_of_supply: rounded(daysOfSupply(demand, money(available)), 1),
    turnover_monthly: rounded(
      monthlyTurnover({ sold: money(demand.sold), days: demand.days, averageStock: demand.average_stock }),
      4,
    ),
  }
}

export const orderRules = [
  'at_reorder_point',
  'below_minimum',
  'reorder_quantity',
  'up_to_maximum',
  'up_to_days_of_supply',
  'economic_order_quantity',
  'above_reorder_point',
  'raised_above_reorder_point',
  'cut_to_maximum',
  'rounded_up_to_pack',
] as const
export type OrderRule = (typeof orderRules)[number]

export interface PlannedOrder {
  /** In the unit of the product; `0` where nothing is to be ordered. */
  readonly quantity: string
  /** How many packs that is, where it is ordered by the pack. */
  readonly packs: string | null
  /** What decided, in the order in which it did. */
  readonly rules: readonly OrderRule[]
}

/**
 * What to order. Something, once what is available and on order has come down to the reorder point or below the minimum. How
 * much: the reorder quantity that is given, else what fills up to the maximum, else to so many days of supply, else the economic
 * quantity, else what fills up to the reorder point or the minimum and one more; at least so much in any case, for whoever orders
 * less is told to order again at once. It is then rounded up to whole packs, or to what the unit takes, or down where more would
 * exceed the maximum.
 */
export function planOrder(
  { policy, demand, decimals }: Pick<Situation, 'policy' | 'demand' | 'decimals'>,
  { figures, position, packSize }: { figures: Figures; position: string; packSize: string | null },
): PlannedOrder {
  const there = money(position)
  const [point, minimum] = [amountOf(figures.reorder_point.used), amountOf(policy.minimum_stock)]
  const isAtPoint = point !== null && there.lessThanOrEqualTo(point)
  const isBelow = minimum !== null && there.lessThan(minimum)
  if (!isAtPoint && !isBelow) return { quantity: '0', packs: null, rules: [] }
  const rules: OrderRule[] = [isAtPoint ? 'at_reorder_point' : 'below_minimum']
  const least = larger(point, minimum).plus(1).minus(there)
  const [rule, wanted] = wantedOf({ policy, demand, figures, there, least })
  rules.push(rule)
  let quantity = wanted
  if (quantity.lessThan(least)) {
    quantity = least
    rules.push('raised_above_reorder_point')
  }
  return inWholes(quantity, { room: amountOf(policy.maximum_stock)?.minus(there) ?? null, packSize, decimals, rules })
}

function wantedOf(given: {
  policy: PolicyValues
  demand: Demand
  figures: Figures
  there: Money
  least: Money
}): [OrderRule, Money] {
  const { policy, demand, figures, there, least } = given
  if (policy.reorder_quantity !== null) return ['reorder_quantity', money(policy.reorder_quantity)]
  if (policy.maximum_stock !== null) return ['up_to_maximum', money(policy.maximum_stock).minus(there)]
  if (policy.target_days_of_supply !== null && demand.mean.greaterThan(0))
    return ['up_to_days_of_supply', demand.mean.times(policy.target_days_of_supply).minus(there)]
  const economic = figures.economic_order_quantity.used
  if (economic !== null) return ['economic_order_quantity', money(economic)]
  return ['above_reorder_point', least]
}

/** In whole packs, or in what the unit takes: rounded up, or down where there is no room for more. */
function inWholes(
  quantity: Money,
  given: { room: Money | null; packSize: string | null; decimals: number; rules: readonly OrderRule[] },
): PlannedOrder {
  const { room, packSize, decimals, rules } = given
  const whole = (value: Money, mode: 'up' | 'down') =>
    packSize === null ? roundTo(value, decimals, mode) : roundTo(value.dividedBy(packSize), 0, mode).times(packSize)
  const up = whole(quantity, 'up')
  const isCut = room?.lessThan(up) ?? false
  const most = room?.greaterThan(0) ? room : money('0')
  const ordered = isCut ? whole(most.lessThan(quantity) ? most : quantity, 'down') : up
  const last: OrderRule[] = isCut ? ['cut_to_maximum'] : []
  if (!isCut && packSize !== null && !up.equals(quantity)) last.push('rounded_up_to_pack')
  const packs = packSize === null ? null : toText(ordered.dividedBy(packSize))
  return { quantity: toText(ordered), packs, rules: [...rules, ...last] }
}

function economicOf({ order_cost, storage_cost_monthly }: PolicyValues, demand: Demand): Money | null {
  if (order_cost === null || storage_cost_monthly === null) return null
  return economicOrderQuantity(demand, { order: money(order_cost), storageMonthly: money(storage_cost_monthly) })
}

function sourceOf(own: string | null, supplier: string | null): Figures['lead_time_source'] {
  if (own !== null) return 'policy'
  return supplier === null ? null : 'supplier'
}

function figureOf(given: string | null, computed: string | null): Figure {
  const own = given === null ? null : text(given)
  return { given: own, computed, used: own ?? computed }
}

function larger(one: Money | null, other: Money | null): Money {
  if (one === null || other === null) return one ?? other ?? money('0')
  return one.greaterThan(other) ? one : other
}

function amountOf(value: string | null): Money | null {
  return value === null ? null : money(value)
}

function rounded(value: Money | null, decimals: number): string | null {
  return value === null ? null : toText(roundTo(value, decimals, 'half_up'))
}

function text(value: string): string {
  return toText(money(value))
}
