/** The kinds of business that a tenant may be. */
export const businessTypes = ['pharmacy', 'retail', 'restaurant', 'service', 'wholesale', 'manufacturing'] as const
export type BusinessType = (typeof businessTypes)[number]

interface Feature {
  /** The module of this name; without it its operations and permissions are as if they did not exist. */
  readonly name: string
  readonly help: string
  /** The business types that begin with it. */
  readonly startsWith: readonly BusinessType[]
}

/**
 * What a tenant can switch on and off. The modules that are not named here belong to every tenant. A tenant that is there
 * already begins with a new feature only if a migration adds it.
 */
export const features: readonly Feature[] = [
  {
    name: 'ledger',
    help: 'Accounts, journals and reports. The books are kept without it too.',
    startsWith: businessTypes,
  },
  { name: 'tax', help: 'Tax rates and what they come to.', startsWith: businessTypes },
]

/** The names of the features, which are names of modules. */
const switchable: ReadonlySet<string> = new Set(features.map(({ name }) => name))

/** True when a permission, or an operation, belongs to a feature that is switched off. */
export function isHidden(name: string, { features: on }: { readonly features: ReadonlySet<string> }): boolean {
  const [module = ''] = name.split('.')
  return switchable.has(module) && !on.has(module)
}

/** The features that a business of this type begins with. */
export function featuresOf(type: BusinessType): string[] {
  return features.filter(({ startsWith }) => startsWith.includes(type)).map(({ name }) => name)
}
