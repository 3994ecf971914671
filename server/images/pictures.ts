import { holds } from '../platform/execute.ts'
import type { QueryContext } from '../platform/operation.ts'
import { permissions } from './contract.ts'
import { primaryFilesOf } from './queries.ts'

/** The hash of the file that shows each of these variants, its own or else its product's; none to whoever may not see images. */
export async function picturesOf(
  context: QueryContext,
  variantIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (!holds(context.caller.permissions, permissions.viewImages)) return new Map()
  const rows = await primaryFilesOf(context, variantIds)
  return new Map(rows.map((row) => [row.variant_id, row.sha256]))
}
