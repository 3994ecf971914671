import type { z } from 'zod'
import { categoryNotFound, findCategory, findVariants, readGoods, variantNotFound } from '../catalog/index.ts'
import { definedOf } from '../platform/defined.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { readBranch } from '../tenants/index.ts'
import {
  type createPolicyInput,
  policyLimitsCrossed,
  policyPackNotFound,
  policyPeriodCrossed,
  policySupplierNotFound,
  type updatePolicyInput,
} from './contract.ts'
import { findPolicy, insertPolicy, isSupplier, updatePolicy } from './queries.ts'
import type { PolicyValues } from './resolve-policy.ts'
import { readPackSizes } from './stock-queries.ts'

type Kept = NonNullable<Awaited<ReturnType<typeof findPolicy>>>

/** Makes a policy. Whoever works in a part of the tenant makes those of branches in it. */
export async function createPolicy(context: CommandContext, input: z.output<typeof createPolicyInput>) {
  const { id = context.newId(), branch_id = null, variant_id = null, valid_through = null, ...values } = input
  if (branch_id === null && context.caller.scope !== null) refuse(platformRefusals.outOfScope)
  if (branch_id !== null) await readBranch(context, branch_id)
  if (variant_id !== null && (await findVariants(context, [variant_id])).length === 0) refuse(variantNotFound)
  const row = { ...definedOf(values), id, branch_id, variant_id, valid_from: input.valid_from, valid_through }
  await assertSound(context, row)
  const made = asPolicy(await insertPolicy(context, row))
  context.changed({ resource: 'policy', id, new: made })
  return made
}

/** Changes a policy, or ends it by its last day. */
export async function changePolicy(context: CommandContext, input: z.output<typeof updatePolicyInput>) {
  const { id, version, ...values } = input
  await readPolicy(context, id)
  const old = asPolicy((await findPolicy(context, id, true)) ?? refuse(platformRefusals.notFound))
  if (old.branch_id === null && context.caller.scope !== null) refuse(platformRefusals.outOfScope)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const given = definedOf(values)
  await assertSound(context, { ...old, ...given }, given)
  const { valid_from, valid_through } = { ...old, ...given }
  const changed = asPolicy(await updatePolicy(context, id, { ...given, valid_from, valid_through }))
  context.changed({ resource: 'policy', id, old, new: changed })
  return changed
}

/** A policy that the caller may read. */
export async function readPolicy(context: QueryContext, id: string) {
  const found = (await findPolicy(context, id)) ?? refuse(platformRefusals.notFound)
  if (found.branch_id !== null) assertInScope(context, { branchId: found.branch_id })
  return asPolicy(found)
}

/** Refuses a filter that names what the caller does not work with, or what there is not; goods that are gone had stock. */
export async function assertNamed(
  context: QueryContext,
  named: {
    readonly branch_id?: string | undefined
    readonly variant_id?: string | undefined
    readonly category_id?: string | undefined
    readonly supplier_id?: string | undefined
  },
): Promise<void> {
  const { branch_id, variant_id, category_id, supplier_id } = named
  if (branch_id !== undefined) await readBranch(context, branch_id)
  if (variant_id !== undefined && !(await readGoods(context, [variant_id])).has(variant_id)) refuse(variantNotFound)
  if (category_id !== undefined && !(await findCategory(context, category_id))) refuse(categoryNotFound)
  if (supplier_id !== undefined && !(await isSupplier(context, supplier_id))) refuse(policySupplierNotFound)
}

/** A policy as clients read it: without the zeros that its columns fill up with. */
export function asPolicy(row: Kept): Kept {
  const exact = numbers.map((field) => [field, row[field] === null ? null : toText(money(row[field]))])
  return { ...row, ...Object.fromEntries(exact) }
}

const numbers = [
  'minimum_stock',
  'maximum_stock',
  'reorder_point',
  'reorder_quantity',
  'safety_stock',
  'economic_order_quantity',
  'service_level',
  'lead_time_days',
  'lead_time_deviation_days',
  'review_period_days',
  'target_days_of_supply',
  'order_cost',
  'storage_cost_monthly',
] as const

interface Whole extends Partial<PolicyValues> {
  readonly variant_id: string | null
  readonly valid_from: string
  readonly valid_through: string | null
}

/** Refuses what contradicts itself, and names that lead nowhere where they are given. */
async function assertSound(context: CommandContext, whole: Whole, given: Partial<PolicyValues> = whole): Promise<void> {
  const { valid_from, valid_through, variant_id, maximum_stock, minimum_stock, reorder_point } = whole
  if (valid_through !== null && valid_through < valid_from) refuse(policyPeriodCrossed)
  for (const limit of [minimum_stock, reorder_point])
    if (limit && maximum_stock && money(limit).greaterThan(maximum_stock)) refuse(policyLimitsCrossed)
  if (given.supplier_id && !(await isSupplier(context, given.supplier_id))) refuse(policySupplierNotFound)
  if (!given.pack_id) return
  const [pack] = await readPackSizes(context, [given.pack_id])
  if (!pack || pack.variant_id !== variant_id) refuse(policyPackNotFound)
}
