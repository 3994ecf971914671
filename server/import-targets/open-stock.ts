import type { Made, TargetRow } from '../imports/index.ts'
import { receiveStock } from '../inventory/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refusal } from '../platform/refusal.ts'
import type { Group } from './commit-products.ts'
import { findOpened } from './product-queries.ts'
import { bringsStock, type ProductRow } from './product-row.ts'
import type { ProductWorld } from './product-world.ts'

const stockOpened = refusal('stock_opened', 409, 'It has stock there already, or had: count it instead')

interface Line {
  readonly row: TargetRow<ProductRow>
  readonly branch_id: string
  readonly variant_id: string
}

/** Refuses the groups that bring opening stock where something moved already: what lies there would be counted twice. */
export async function refuseOpened(
  context: CommandContext,
  world: ProductWorld,
  groups: readonly Group[],
): Promise<void> {
  const lines = groups.map((group) => ({ group, lines: linesOf(world, group) }))
  const opened = await findOpened(
    context,
    world.importId,
    lines.flatMap((one) => one.lines).map(({ branch_id, variant_id }) => ({ branch_id, variant_id })),
  )
  const places = new Set(opened.map(placeOf))
  for (const { group, lines: own } of lines)
    if (own.some((line) => places.has(placeOf(line)))) group.refused ??= new Refusal(stockOpened)
}

/** Puts opening stock on the shelves, a receipt for each branch; answers with the posting of each row that brings some. */
export async function openStock(
  context: CommandContext,
  world: ProductWorld,
  groups: readonly Group[],
): Promise<ReadonlyMap<number, Made>> {
  const postings = new Map<number, Made>()
  const byBranch = Map.groupBy(
    groups.flatMap((group) => linesOf(world, group)),
    (line) => line.branch_id,
  )
  for (const [branch_id, lines] of byBranch) {
    const { id } = await receiveStock(context, {
      branch_id,
      is_opening: true,
      accepts_expired: true,
      document_on: world.options.opened_on,
      note: 'Opening stock of an import',
      lines: lines.map(({ row: { values }, variant_id }) => ({
        variant_id,
        quantity: values.quantity ?? '0',
        unit_cost: values.unit_cost ?? '0',
        batch_number: values.batch_number,
        manufactured_on: values.manufactured_on,
        expires_on: values.expires_on,
      })),
    })
    for (const { row } of lines)
      postings.set(row.number, { resource: 'posting', id, what: 'created', name: `posting ${id}` })
  }
  return postings
}

function linesOf(world: ProductWorld, { rows, variantId }: Group): Line[] {
  if (variantId === undefined) return []
  return rows.flatMap((row) => {
    if (!bringsStock(row.values)) return []
    const { branch } = row.values
    const branchId = branch === undefined ? world.options.branch_id : world.branches.idOf(branch)
    return branchId === undefined ? [] : { row, branch_id: branchId, variant_id: variantId }
  })
}

function placeOf({ branch_id, variant_id }: { branch_id: string; variant_id: string }): string {
  return `${branch_id} ${variant_id}`
}
