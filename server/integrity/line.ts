import type { Difference, LineCode, Sum } from './contract.ts'

/** How many of what differs a certificate names. */
export const mostNamed = 200

/** What a look at one part of a tenant found. */
export type Line = {
  readonly code: LineCode
  readonly verdict: 'holds' | 'broken' | 'not_applicable'
  readonly counted: Record<string, number>
  readonly sums: Sum[]
  /** How many differ, beyond those that are named, too. */
  readonly differences: number
  readonly first: Difference[]
}

/** What differs of one kind: the first `mostNamed`, each with how many there are in all. */
export type Found = readonly (Difference & { readonly total: number })[]

/** A fault that another verifier names in a sentence. */
export interface Fault {
  readonly resource: string
  readonly id: string | null
  readonly reason: string
}

/**
 * Makes a line of what was counted and of what differs. A fault is one difference more, unless the thing it names is among
 * the others already. Without anything to look at, it is not applicable.
 */
export function lineOf(
  code: LineCode,
  { counted, sums = [] }: { counted: Record<string, number>; sums?: Sum[] },
  found: readonly Found[],
  faults: readonly Fault[] = [],
): Line {
  const named = new Set(found.flat().map(({ id }) => id))
  const more = faults
    .filter(({ id }) => id === null || !named.has(id))
    .map(({ resource, id, reason }) => ({ resource, id, what: 'fault', expected: null, found: null, detail: reason }))
  const differences = found.reduce((sum, some) => sum + (some[0]?.total ?? 0), more.length)
  const first = [...found.flat().map(({ total: _, ...one }) => one), ...more].slice(0, mostNamed)
  const isEmpty = Object.values(counted).every((count) => count === 0)
  const whole = isEmpty ? 'not_applicable' : 'holds'
  return { code, verdict: differences > 0 ? 'broken' : whole, counted, sums, differences, first }
}
