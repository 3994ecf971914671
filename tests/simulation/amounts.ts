/** Divides whole numbers, halves away from zero. */
export function divide(part: bigint, by: bigint): bigint {
  const [top, bottom] = [part < 0n ? -part : part, by < 0n ? -by : by]
  const rounded = (2n * top + bottom) / (2n * bottom)
  return part < 0n === by < 0n ? rounded : -rounded
}

/** Whole units of so many decimals as the product writes amounts: 1250 with two is `12.50`. */
export function write(units: bigint, decimals: number): string {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  return `${units < 0n ? '-' : ''}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''}`
}

/** The other way round; throws what has more decimals than these. */
export function read(text: string, decimals: number): bigint {
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === '' || /[1-9]/.test(part.slice(decimals)))
    throw new Error(`${text} is no amount of ${decimals} decimals`)
  const units = BigInt(whole + part.slice(0, decimals).padEnd(decimals, '0'))
  return sign === '-' ? -units : units
}

/**
 * Shares a rounded total out to parts of one fraction: each gets its whole units, and what is left goes, a unit each, to those that
 * lost most, of equal ones to the first. None is below zero.
 */
export function shareOut(total: bigint, tops: readonly bigint[], bottom: bigint): bigint[] {
  const shares = tops.map((top) => top / bottom)
  const lost = tops.map((top, at) => ({ at, by: top % bottom }))
  // Sorting keeps the order of equal ones.
  const order = lost.toSorted((a, b) => Number(b.by > a.by) - Number(a.by > b.by))
  let left = total - shares.reduce((sum, share) => sum + share, 0n)
  for (const { at } of order) {
    if (left === 0n) break
    shares[at] = (shares[at] ?? 0n) + 1n
    left -= 1n
  }
  return shares
}

/** Numbers that look like chance and come back with the seed (mulberry32): each call below `most`. */
export function chance(seed: number): (most: number) => number {
  let state = seed | 0
  return (most) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * most)
  }
}
