import type { RoundingRule, TaxComponent } from './calculate-tax.ts'
import {
  assertTaxable,
  componentsOf,
  type Jurisdiction,
  type OwnRate,
  pathOf,
  type ReferenceRate,
  ruleOf,
  type Treatment,
} from './stack.ts'

type OfDay<T> = T & { readonly today: string }

/** What is known of the taxes of branches: where they stand, what they lie in, the rates of days, and the classes. */
export interface TaxesHeld {
  readonly standing: readonly {
    readonly branch_id: string
    readonly today: string
    readonly codes: readonly string[]
  }[]
  readonly jurisdictions: readonly Jurisdiction[] | null
  readonly own: readonly OfDay<OwnRate>[] | null
  readonly reference: readonly OfDay<ReferenceRate>[] | null
  readonly classes:
    | readonly {
        readonly id: string
        readonly code: string
        readonly treatment: Treatment
        readonly rate_name: string | null
      }[]
    | null
}

/** How a branch taxes on a day: its rule of rounding, whether its prices include their taxes, and the taxes of a class. */
export interface TaxGround {
  readonly rule: RoundingRule
  readonly isPriceWithTax: boolean
  taxesOf(classId: string): { readonly code: string; readonly components: readonly TaxComponent[] }
}

/** The taxes of a branch; `set` is whether its prices include them, where somebody said so. Throws what `tax` refuses with. */
export function taxGroundOf(
  { standing, jurisdictions, own, reference, classes }: TaxesHeld,
  { id, today, set }: { readonly id: string; readonly today: string; readonly set: () => boolean | null },
): TaxGround {
  const codes = standing.find(({ branch_id }) => branch_id === id)?.codes ?? []
  const known = jurisdictions ?? []
  const path = pathOf(codes, known)
  assertTaxable(path, known)
  const { prices_include_tax, ...rule } = ruleOf(codes, known)
  const rates = {
    own: (own ?? []).filter((one) => one.today === today),
    reference: (reference ?? []).filter((one) => one.today === today),
  }
  const stacks = new Map<string, { code: string; components: readonly TaxComponent[] }>()
  return {
    rule,
    isPriceWithTax: set() ?? prices_include_tax,
    taxesOf(classId) {
      const made = stacks.get(classId)
      if (made) return made
      const found = (classes ?? []).find((one) => one.id === classId)
      if (!found) throw new Error('a product has no tax class')
      const stack = { code: found.code, components: componentsOf(path, found, rates) }
      stacks.set(classId, stack)
      return stack
    },
  }
}
