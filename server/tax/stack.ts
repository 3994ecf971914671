import { refuse } from '../platform/refusal.ts'
import type { RoundingRule, TaxComponent } from './calculate-tax.ts'
import { jurisdictionNotFound, type kinds, rateNotFound, type treatments } from './contract.ts'
import type { Jurisdiction } from './queries.ts'

export type Kind = (typeof kinds)[number]
export type Treatment = (typeof treatments)[number]

/** A reference rate on some day; the tax `none` says that the place raises none. */
export interface ReferenceRate {
  readonly jurisdiction_code: string
  readonly rate_name: string
  readonly tax: string
  readonly rate: string
}

/** A rate of the tenant's own on some day. */
export interface OwnRate {
  readonly jurisdiction_code: string
  readonly class_id: string
  readonly name: string
  readonly rate: string
  readonly compound: boolean
}

/**
 * The jurisdictions that raise a tax where these are the innermost, the outermost first: each with those around it, up to
 * one whose taxes stand in for its parent's. `known` holds them all. Throws the refusal `tax_jurisdiction_not_found`.
 */
export function pathOf(codes: readonly string[], known: readonly Jurisdiction[]): Jurisdiction[] {
  const byCode = new Map(known.map((one) => [one.code, one]))
  const path = new Map<string, Jurisdiction>()
  for (const code of codes) {
    const chain: Jurisdiction[] = []
    for (let next: string | null = code; next !== null; ) {
      const found: Jurisdiction =
        byCode.get(next) ?? refuse(jurisdictionNotFound, `There is no tax jurisdiction ${next}`)
      chain.unshift(found)
      next = found.adds_to_parent ? found.parent_code : null
    }
    for (const one of chain) path.set(one.code, one)
  }
  const depth = (one: Jurisdiction): number => {
    const parent = one.parent_code === null ? undefined : path.get(one.parent_code)
    return parent ? depth(parent) + 1 : 0
  }
  return [...path.values()].toSorted((a, b) => depth(a) - depth(b))
}

/** How bills are rounded where these are the innermost jurisdictions: as the first of them says, or the place around it. */
export function ruleOf(
  codes: readonly string[],
  known: readonly Jurisdiction[],
): RoundingRule & { prices_include_tax: boolean } {
  const byCode = new Map(known.map((one) => [one.code, one]))
  let one = byCode.get(codes[0] ?? '')
  while (one?.own) one = byCode.get(one.parent_code ?? '')
  if (!one || one.rounding === null || one.rounding_mode === null || one.rounding_of === null)
    refuse(jurisdictionNotFound)
  return {
    rounding: one.rounding,
    rounding_mode: one.rounding_mode,
    rounding_of: one.rounding_of,
    prices_include_tax: one.prices_include_tax ?? true,
  }
}

/**
 * The taxes of a class along a path. In each jurisdiction the tenant's own rate stands in for the reference rate that the
 * class takes. Throws the refusal `tax_rate_not_found` where no jurisdiction knows the class: nobody guesses a rate.
 */
export function componentsOf(
  path: readonly Jurisdiction[],
  taxClass: { id: string; code: string; treatment: Treatment; rate_name: string | null },
  rates: { own: readonly OwnRate[]; reference: readonly ReferenceRate[] },
): TaxComponent[] {
  if (taxClass.treatment === 'zero') {
    const code = path[0]?.code ?? refuse(jurisdictionNotFound)
    return [{ jurisdiction_code: code, name: taxClass.code, rate: '0', compound: false }]
  }
  if (taxClass.treatment !== 'taxed') return []
  const found = path.flatMap(({ code }) => {
    const own = rates.own.find((one) => one.jurisdiction_code === code && one.class_id === taxClass.id)
    if (own) return { ...own, raised: true }
    const known = rates.reference.find((one) => one.jurisdiction_code === code && one.rate_name === taxClass.rate_name)
    return known ? { ...known, name: known.tax, compound: false, raised: known.tax !== 'none' } : []
  })
  if (found.length === 0)
    refuse(
      rateNotFound,
      `There is no rate for the class ${taxClass.code} in ${path.at(-1)?.code ?? 'no place'} on this day`,
    )
  return found
    .filter(({ raised }) => raised)
    .map(({ jurisdiction_code, name, rate, compound }) => ({ jurisdiction_code, name, rate: plain(rate), compound }))
}

/** Without the zeros behind the last digit that a column of six decimals fills up with. */
export function plain(rate: string): string {
  return rate.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
}
