import type { Transaction } from '../platform/database.ts'
import { holds } from '../platform/execute.ts'
import { findTenant, isHidden, permissionsOfEmployees } from '../tenants/index.ts'

/** What employees may do at the tills of a branch: of all that a PIN opens, what they hold, without what is switched off. */
export async function tillRightsIn(
  scope: Transaction & { readonly tenantId: string },
  {
    ids,
    branchId,
    tillPermissions,
  }: { readonly ids: readonly string[]; readonly branchId: string; readonly tillPermissions: readonly string[] },
): Promise<ReadonlyMap<string, string[]>> {
  const features = new Set((await findTenant(scope))?.features)
  const open = tillPermissions.filter((one) => !isHidden(one, { features })).toSorted()
  const found = await permissionsOfEmployees(scope, ids, branchId)
  return new Map([...found].map(([id, { permissions }]) => [id, open.filter((one) => holds(permissions, one))]))
}
