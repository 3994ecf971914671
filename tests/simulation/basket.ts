import { divide, shareOut } from './amounts.ts'

export interface RungLine {
  readonly quantity: number
  /** Of one, with tax. */
  readonly price: bigint
  /** In tenths of a percent. */
  readonly rate: bigint
}

export interface RungUp {
  readonly lines: readonly { readonly total: bigint; readonly tax: bigint }[]
  readonly total: bigint
  readonly tax: bigint
}

/**
 * What a basket comes to where each rate of tax is rounded once for the whole receipt, and its tax shared out to the lines that
 * bear it.
 */
export function ringUp(lines: readonly RungLine[]): RungUp {
  const totals = lines.map(({ quantity, price }) => BigInt(quantity) * price)
  const taxes = lines.map(() => 0n)
  for (const rate of new Set(lines.map((line) => line.rate))) {
    const bearing = lines.flatMap((line, at) => (line.rate === rate ? [at] : []))
    const tops = bearing.map((at) => (totals[at] ?? 0n) * rate)
    const bottom = 1000n + rate
    const tax = divide(sum(tops), bottom)
    for (const [position, share] of shareOut(tax, tops, bottom).entries()) taxes[bearing[position] ?? 0] = share
  }
  return {
    lines: lines.map((_, at) => ({ total: totals[at] ?? 0n, tax: taxes[at] ?? 0n })),
    total: sum(totals),
    tax: sum(taxes),
  }
}

/** The part of an amount that comes back with so many more, when some of it is back: in proportion, so that all of it adds up. */
export function shareBack(
  whole: { quantity: number; amount: bigint },
  back: { quantity: number; amount: bigint },
  quantity: number,
): bigint {
  return divide(whole.amount * BigInt(back.quantity + quantity), BigInt(whole.quantity)) - back.amount
}

/** The sum of amounts. */
export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
