import { type Money, money } from '../platform/money.ts'

const daysInYear = money('365')
const monthsInYear = money('12')

/** What was asked of goods, a day. */
export interface DailyDemand {
  readonly mean: Money
  /** The standard deviation of a day. */
  readonly deviation: Money
}

/** How long goods are on their way, in days. */
export interface LeadTime {
  readonly days: Money
  readonly deviation: Money
}

/**
 * The quantity with the least cost of ordering and storing: √(2·D·S ÷ H), with D what is asked for in a year, S what an order
 * costs and H what storing one costs for a year. Harris, "How Many Parts to Make at Once", Factory 10 (1913), 135-136, known
 * as Wilson's formula. Nothing where nothing is asked for, or where storing or ordering costs nothing.
 */
export function economicOrderQuantity(
  { mean }: Pick<DailyDemand, 'mean'>,
  { order, storageMonthly }: { order: Money; storageMonthly: Money },
): Money | null {
  if (!mean.greaterThan(0) || !order.greaterThan(0) || !storageMonthly.greaterThan(0)) return null
  const [yearly, storing] = [mean.times(daysInYear), storageMonthly.times(monthsInYear)]
  return order.times(2).times(yearly).dividedBy(storing).sqrt()
}

/**
 * What is kept against demand and delivery that are not as expected: z·√(T·σd² + d²·σL²), with z the quantile of the service
 * level, T the days from one look at the stock to the arrival of what the next one orders, d and σd mean and deviation of the
 * demand of a day, σL the deviation of the lead time. Silver, Pyke and Thomas, Inventory and Production Management in Supply
 * Chains, 4th ed., 6.10, for demand and lead time that do not depend on one another.
 */
export function safetyStock(
  { mean, deviation }: DailyDemand,
  { lead, reviewDays, z }: { lead: LeadTime; reviewDays: Money; z: Money },
): Money {
  const ofDemand = lead.days.plus(reviewDays).times(deviation.pow(2))
  const ofDelivery = mean.pow(2).times(lead.deviation.pow(2))
  return z.times(ofDemand.plus(ofDelivery).sqrt())
}

/**
 * The stock at which more is ordered: what is expected to go until that arrives, and the safety stock: d·T + SS. The same
 * book, 6.5 for a stock that is looked at all the time, 6.9 for one that is looked at every so many days.
 */
export function reorderPoint(
  { mean }: Pick<DailyDemand, 'mean'>,
  { lead, reviewDays, safety }: { lead: Pick<LeadTime, 'days'>; reviewDays: Money; safety: Money },
): Money {
  return mean.times(lead.days.plus(reviewDays)).plus(safety)
}

/** For how many days what there is lasts: stock ÷ demand of a day. Nothing where nothing is asked for. */
export function daysOfSupply({ mean }: Pick<DailyDemand, 'mean'>, stock: Money): Money | null {
  return mean.greaterThan(0) ? stock.dividedBy(mean) : null
}

/**
 * How often the stock is sold in a month: what was sold in `days`, for a twelfth of a year, ÷ the average stock meanwhile.
 * Nothing where there was no stock.
 */
export function monthlyTurnover(given: { sold: Money; days: number; averageStock: Money }): Money | null {
  const { sold, days, averageStock } = given
  if (!averageStock.greaterThan(0)) return null
  const months = money(String(days)).times(monthsInYear).dividedBy(daysInYear)
  return sold.dividedBy(months).dividedBy(averageStock)
}
