import { refuse } from '../platform/refusal.ts'
import type { RoundingRule, TaxComponent } from './calculate-tax.ts'
import type { kinds, treatments } from './contract.ts'
import { jurisdictionNotFound, jurisdictionsApart, placeTooWide, rateNotFound } from './refusals.ts'

export type Kind = (typeof kinds)[number]
export type Treatment = (typeof treatments)[number]

/** A place that may raise taxes, with its rule of rounding where it has one. */
export interface Jurisdiction {
  readonly code: string
  readonly name: string
  readonly kind: Kind
  readonly parent_code: string | null
  readonly adds_to_parent: boolean
  readonly needs_inner_place: boolean
  readonly own: boolean
  readonly rounding: RoundingRule['rounding'] | null
  readonly rounding_mode: RoundingRule['rounding_mode'] | null
  readonly rounding_of: RoundingRule['rounding_of'] | null
  readonly prices_include_tax: boolean | null
  readonly rule_source: string | null
}

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

/**
 * Refuses a path along which too much or too little would be taxed: `tax_jurisdictions_apart` where a place stands in for
 * one that is in the path as well, `tax_place_too_wide` where a country is in it without the state that taxes too.
 */
export function assertTaxable(path: readonly Jurisdiction[], known: readonly Jurisdiction[]): void {
  const inPath = new Set(path.map(({ code }) => code))
  const parents = new Map(known.map(({ code, parent_code }) => [code, parent_code]))
  for (const { code, adds_to_parent, needs_inner_place } of path) {
    for (let outer = parents.get(code); !adds_to_parent && outer; outer = parents.get(outer))
      if (inPath.has(outer)) refuse(jurisdictionsApart, `The taxes of ${code} stand in for those of ${outer}`)
    if (needs_inner_place && !path.some((one) => one.parent_code === code && isDivision(one)))
      refuse(placeTooWide, `The states or provinces of ${code} tax too: say in which of them the branch stands`)
  }
}

function isDivision({ kind }: Jurisdiction): boolean {
  return kind === 'state' || kind === 'province' || kind === 'territory'
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
 * class takes; one that raises no tax raises none on any class. A place of the tenant's own without a rate for the class
 * leaves it alone. Throws the refusal `tax_rate_not_found` where a place of the reference does not know the class, or
 * nothing in the path does: nobody guesses a rate.
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
  const unknown = (code: string) =>
    refuse(rateNotFound, `There is no rate for the class ${taxClass.code} in ${code} on this day`)
  const found = path.flatMap(({ code, own: isOwn }) => {
    const own = rates.own.find((one) => one.jurisdiction_code === code && one.class_id === taxClass.id)
    if (own) return { ...own, raised: true }
    const here = rates.reference.filter((one) => one.jurisdiction_code === code)
    const known = here.find(({ rate_name, tax }) => tax === 'none' || rate_name === taxClass.rate_name)
    if (known) return { ...known, name: known.tax, compound: false, raised: known.tax !== 'none' }
    return isOwn ? [] : unknown(code)
  })
  if (found.length === 0) unknown(path.at(-1)?.code ?? 'no place')
  return found
    .filter(({ raised }) => raised)
    .map(({ jurisdiction_code, name, rate, compound }) => ({ jurisdiction_code, name, rate: plain(rate), compound }))
}

/** Without the zeros behind the last digit that a column of six decimals fills up with. */
export function plain(rate: string): string {
  return rate.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
}
