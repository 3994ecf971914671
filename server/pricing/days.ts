import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { branchTimeZones, findBranch, findTenant } from '../tenants/index.ts'

/**
 * The day that it is where the prices of a list count. `today`: in the branch of the list, or else in the tenant; `latest`: the
 * day that it is already in some branch. One day for a list of a branch.
 */
export async function daysOf(
  context: QueryContext,
  { branch_id }: { readonly branch_id: string | null },
): Promise<{ today: string; latest: string }> {
  const branch = branch_id === null ? undefined : await findBranch(context, branch_id)
  if (branch) {
    const today = dayIn(branch.time_zone, context.now)
    return { today, latest: today }
  }
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  const today = dayIn(tenant.time_zone, context.now)
  const days = (await branchTimeZones(context)).map((zone) => dayIn(zone, context.now))
  return { today, latest: [today, ...days].toSorted().at(-1) ?? today }
}
