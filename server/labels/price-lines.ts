import { type Money, money, roundToMinorUnit, toMinorText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { unitUnfit } from './contract.ts'

export interface Measure {
  readonly dimension: string
  /** In kilograms, litres, metres or square metres. */
  readonly size: string
}

export interface Priced {
  /** Of one, in the unit of the product. */
  readonly unit_price: string
  readonly currency: string
  readonly minor_unit: number
  readonly locale: string
}

const bases: Readonly<Record<string, string>> = { mass: 'kg', volume: 'l', length: 'm', area: 'm²' }

/**
 * What a label says of the price: of what bears it, and by kilogram, litre, metre or square metre where it is known how much
 * is in it, as directive 98/6/EC asks. `quantity` is in `unit`, the unit of the product; `content` is what is in one of it where
 * that is counted. Goods sold by measure have the price of their base alone. Refuses with `label_unit_unfit`.
 */
export function priceLines(
  { unit_price, ...currency }: Priced,
  { quantity, unit, content }: { quantity: string; unit: Measure; content: (Measure & { quantity: string }) | null },
): { price: string; by_measure: string | null } {
  if (content !== null && !(content.dimension in bases)) refuse(unitUnfit)
  const whole = money(unit_price).times(quantity)
  const inIt = content ? money(content.quantity).times(content.size) : money(unit.size)
  const base = bases[content?.dimension ?? unit.dimension]
  const perBase = base && `${written(money(unit_price).dividedBy(inIt), currency)} / ${base}`
  const isByMeasure = unit.dimension in bases && quantity === '1' && content === null
  if (perBase && isByMeasure) return { price: perBase, by_measure: null }
  return { price: written(whole, currency), by_measure: perBase ?? null }
}

function written(amount: Money, { currency, minor_unit, locale }: Omit<Priced, 'unit_price'>): string {
  const digits = { minimumFractionDigits: minor_unit, maximumFractionDigits: minor_unit }
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, ...digits })
  // A string keeps every digit; the types know only those that look like literals.
  return format.format(toMinorText(roundToMinorUnit(amount, minor_unit), minor_unit) as `${number}`)
}
