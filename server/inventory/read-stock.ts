import { z } from 'zod'
import { catalogPermissions, readGoods, variantNotFound } from '../catalog/index.ts'
import { holds } from '../platform/execute.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { readBranch } from '../tenants/index.ts'
import { hasBatch } from './batch-queries.ts'
import { batchNotFound, type listLevelsInput, type listMovementsInput } from './contract.ts'
import { findMovements, findPosting, listLevels, listMovements } from './read-queries.ts'

/** A posting with its movements in the caller's part of the tenant; `not_found` where there is none of them. */
export async function readPosting(context: QueryContext, id: string) {
  const found = (await findPosting(context, id)) ?? refuse(platformRefusals.notFound)
  const movements = await findMovements(context, found)
  if (movements.length === 0) refuse(platformRefusals.notFound)
  return { ...found, movements: movements.map((one) => withoutCosts(context, one)) }
}

/** A page of movements, the latest first. */
export async function readMovements(context: QueryContext, input: z.output<typeof listMovementsInput>) {
  await assertThere(context, input)
  const after = readCursor(input.cursor, z.tuple([instantKey, z.uuid(), z.int()]))
  const { items, next_cursor } = toPage(await listMovements(context, input, after), input.limit, (row) => [
    row.recorded_key,
    row.posting_id,
    row.line,
  ])
  return { items: items.map(({ recorded_key, ...row }) => withoutCosts(context, row)), next_cursor }
}

/** A page of what lies where. */
export async function readLevels(context: QueryContext, input: z.output<typeof listLevelsInput>) {
  await assertThere(context, input)
  const after = readCursor(input.cursor, z.tuple([z.uuid(), z.uuid(), z.uuid()]))
  const { items, next_cursor } = toPage(await listLevels(context, input, after), input.limit, (row) => [
    row.branch_id,
    row.variant_id,
    row.place,
  ])
  return { items: items.map(({ place, ...row }) => withoutCosts(context, row)), next_cursor }
}

/** Refuses to list what there is of nothing. */
export async function assertThere(
  context: QueryContext,
  given: { branch_id?: string | undefined; variant_id?: string | undefined; batch_id?: string | undefined },
): Promise<void> {
  const { branch_id, variant_id, batch_id } = given
  if (branch_id !== undefined) await readBranch(context, branch_id)
  if (variant_id !== undefined && !(await readGoods(context, [variant_id])).has(variant_id)) refuse(variantNotFound)
  if (batch_id !== undefined && !(await hasBatch(context, batch_id))) refuse(batchNotFound)
}

/** A time of recording as PostgreSQL writes it: a Date would cut the microseconds off. */
const instantKey = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/)

function withoutCosts<Row extends { unit_cost: string | null; value?: string | null }>(
  { caller }: QueryContext,
  row: Row,
): Row {
  if (holds(caller.permissions, catalogPermissions.viewCosts)) return row
  return { ...row, unit_cost: null, ...('value' in row ? { value: null } : {}) }
}
