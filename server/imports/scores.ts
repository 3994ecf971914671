import { money, toMinorText } from '../platform/money.ts'

/** How much of a whole a part is, in percent with two decimals; nothing of nothing is 0. */
export function percentOf(part: number, whole: number): string {
  return whole === 0
    ? '0.00'
    : toMinorText(
        money(`${part}`)
          .times(100)
          .dividedBy(money(`${whole}`)),
        2,
      )
}

/** The mean of two scores in percent. */
export function meanOf(one: string, other: string): string {
  return toMinorText(money(one).plus(money(other)).dividedBy(2), 2)
}
