/** What a policy may say; what it leaves to a wider one is null. */
export interface PolicyValues {
  readonly minimum_stock: string | null
  readonly maximum_stock: string | null
  readonly reorder_point: string | null
  readonly reorder_quantity: string | null
  readonly safety_stock: string | null
  readonly economic_order_quantity: string | null
  readonly service_level: string | null
  readonly supplier_id: string | null
  readonly pack_id: string | null
  readonly lead_time_days: string | null
  readonly lead_time_deviation_days: string | null
  readonly review_period_days: string | null
  readonly target_days_of_supply: string | null
  readonly order_cost: string | null
  readonly storage_cost_monthly: string | null
}

export const policyFields = [
  'minimum_stock',
  'maximum_stock',
  'reorder_point',
  'reorder_quantity',
  'safety_stock',
  'economic_order_quantity',
  'service_level',
  'supplier_id',
  'pack_id',
  'lead_time_days',
  'lead_time_deviation_days',
  'review_period_days',
  'target_days_of_supply',
  'order_cost',
  'storage_cost_monthly',
] as const satisfies readonly (keyof PolicyValues)[]

export interface PlacedPolicy extends PolicyValues {
  readonly id: string
  readonly branch_id: string | null
  readonly variant_id: string | null
}

export interface ResolvedPolicy extends PolicyValues {
  /** The policies that said something, the most specific first. */
  readonly policy_ids: readonly string[]
}

/**
 * What is wanted of a variant in a branch. Each value is that of the most specific policy that has it: of the variant in the
 * branch, then of the variant, then of the branch, then of the tenant. Policies of other places are passed over.
 */
export function resolvePolicy(
  policies: readonly PlacedPolicy[],
  at: { readonly branch_id: string; readonly variant_id: string },
): ResolvedPolicy {
  const ranked = policies
    .filter(({ branch_id }) => branch_id === null || branch_id === at.branch_id)
    .filter(({ variant_id }) => variant_id === null || variant_id === at.variant_id)
    .toSorted((one, other) => rankOf(other) - rankOf(one))
  const values = Object.fromEntries(
    policyFields.map((field) => [field, ranked.find((policy) => policy[field] !== null)?.[field] ?? null]),
  ) as unknown as PolicyValues
  const speaking = ranked.filter((policy) =>
    policyFields.some((field) => ranked.find((one) => one[field] !== null) === policy),
  )
  return { ...values, policy_ids: speaking.map(({ id }) => id) }
}

function rankOf({ branch_id, variant_id }: PlacedPolicy): number {
  return (variant_id === null ? 0 : 2) + (branch_id === null ? 0 : 1)
}
