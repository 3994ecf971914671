import { type Money, money, type RoundingMode, roundTo, toText } from '../platform/money.ts'

/** How amounts paid in cash are rounded: to a multiple of the step; null: not at all. */
export interface CashRounding {
  readonly step: string | null
  readonly mode: RoundingMode
}

/** How cash is rounded, of what is set (null: nothing, "0": not at all) and what is usual for the currency. */
export function cashRoundingOf({
  set,
  mode,
  usual,
}: {
  set: string | null
  mode: RoundingMode
  usual: string | null
}): CashRounding {
  const step = money(set ?? usual ?? '0')
  return { step: step.isZero() ? null : toText(step), mode }
}

/** An amount as it is paid in cash. Without a step it stays as it is. */
export function roundCash(amount: Money, { step, mode }: CashRounding): Money {
  return step === null ? amount : roundTo(amount.dividedBy(step), 0, mode).times(step)
}

/** The nearest amount that can be paid in cash, whatever favours whom; halves away from zero unless they go to the even one. */
export function nearestCash(amount: Money, { step, mode }: CashRounding): Money {
  return roundCash(amount, { step, mode: mode === 'half_even' ? mode : 'half_up' })
}

/** The most that can be paid in cash of an amount. */
export function floorCash(amount: Money, { step }: CashRounding): Money {
  return roundCash(amount, { step, mode: 'down' })
}

/** True when there are coins for the amount. */
export function isPayable(amount: Money, { step }: CashRounding): boolean {
  return step === null || amount.modulo(money(step)).isZero()
}
