import { type Money, money, type RoundingMode, roundTo } from '../platform/money.ts'

/** How amounts paid in cash are rounded: to a multiple of the step; null: not at all. */
export interface CashRounding {
  readonly step: string | null
  readonly mode: RoundingMode
}

/** An amount as it is paid in cash. Without a step it stays as it is. */
export function roundCash(amount: Money, { step, mode }: CashRounding): Money {
  return step === null ? amount : roundTo(amount.dividedBy(step), 0, mode).times(step)
}

/** The most that can be paid in cash of an amount. */
export function floorCash(amount: Money, { step }: CashRounding): Money {
  return roundCash(amount, { step, mode: 'down' })
}

/** True when there are coins for the amount. */
export function isPayable(amount: Money, { step }: CashRounding): boolean {
  return step === null || amount.modulo(money(step)).isZero()
}
