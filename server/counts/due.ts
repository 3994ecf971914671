import type { z } from 'zod'
import { readGoods } from '../catalog/index.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { readBranch } from '../tenants/index.ts'
import type { listDueInput, requireRecountInput } from './contract.ts'
import { assertStocked, countedBefore } from './create-count.ts'
import { listDue } from './queries.ts'
import { markForRecount } from './record-queries.ts'

/** A page of what is to be counted in a branch, with what it is called, and one row more when there is a next page. */
export async function readDue(
  context: QueryContext,
  { branch_id, not_counted_for_days, limit }: z.output<typeof listDueInput>,
  after: readonly [string, string] | undefined,
) {
  await readBranch(context, branch_id)
  const filter = { branchId: branch_id, countedBefore: countedBefore(context, not_counted_for_days ?? null), limit }
  const rows = await listDue(context, filter, after)
  const goods = await readGoods(context, [...new Set(rows.map((row) => row.variant_id))])
  return rows.map((row) => {
    const { name = '', sku = null } = goods.get(row.variant_id) ?? {}
    return { ...row, name, sku }
  })
}

/** Says that goods of a branch are to be counted again, as whoever could not find them does. */
export async function requireRecount(context: CommandContext, input: z.output<typeof requireRecountInput>) {
  await readBranch(context, input.branch_id)
  await assertStocked(context, input.variant_ids)
  await markForRecount(context, input)
  context.changed({ resource: 'recount', id: context.newId(), new: input })
  return input
}
