/** Numbers that follow from a seed alone. */
export interface Random {
  /** A whole number from 0 to `below` less one. */
  upTo(below: number): number
  /** One of these. */
  of<T>(choices: readonly T[]): T
  /** A copy in another order. */
  shuffled<T>(items: readonly T[]): T[]
}

/** Starts the numbers of a seed. Source of the generator: "mulberry32", Tommy Ettinger, public domain. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const upTo = (below: number) => Math.floor(next() * below)
  return {
    upTo,
    of: (choices) => choices[upTo(choices.length)]!,
    shuffled(items) {
      const rest = [...items]
      return items.flatMap(() => rest.splice(upTo(rest.length), 1))
    },
  }
}
