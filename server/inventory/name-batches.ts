import { type Goods, variantNotFound } from '../catalog/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { type BatchNumber, findBatchesByNumber, insertBatches } from './batch-queries.ts'
import { batchDiffers, expiryBeforeManufacture, expiryRequired } from './contract.ts'
import { refusalOfLine } from './plan-movements.ts'

/** A batch as it is printed on goods that were found; a day that is not said is null. */
export interface NamedBatch extends BatchNumber {
  /** Of what is refused, from 1. */
  readonly line: number
  readonly manufactured_on: string | null
  readonly expires_on: string | null
}

/** What naming batches may refuse with. */
export const batchNameRefusals = [variantNotFound, batchDiffers, expiryRequired, expiryBeforeManufacture] as const

/**
 * The ids of batches by what is printed on them, in order; those that nobody knew are made. Refuses with `batch_differs` days
 * that are not those of the batch, with `expiry_required` new batches of goods that expire, and days in the wrong order.
 */
export async function nameBatches(
  context: CommandContext,
  named: readonly NamedBatch[],
  goods: ReadonlyMap<string, Goods>,
): Promise<string[]> {
  if (named.length === 0) return []
  const known = await find(context, named)
  const missing = new Map<string, NamedBatch>()
  for (const one of named) {
    assertSame(known.get(keyOf(one)) ?? missing.get(keyOf(one)), one)
    if (known.has(keyOf(one)) || missing.has(keyOf(one))) continue
    assertComplete(one, goods.get(one.variant_id))
    missing.set(keyOf(one), one)
  }
  const rows = [...missing.values()].map(({ line, ...one }) => ({
    ...one,
    id: context.newId(),
    supplier_id: null,
    unit_cost: null,
  }))
  const made = await insertBatches(context, rows)
  for (const batch of made) context.changed({ resource: 'batch', id: batch.id, new: batch })
  const all = missing.size === 0 ? known : await find(context, named)
  return named.map((one) => {
    const batch = all.get(keyOf(one))
    // Somebody else made one meanwhile, and may have given it other days.
    assertSame(batch, one)
    return batch?.id ?? missingBatch()
  })
}

async function find(context: CommandContext, named: readonly NamedBatch[]) {
  return new Map((await findBatchesByNumber(context, named)).map((batch) => [keyOf(batch), batch]))
}

type Days = Pick<NamedBatch, 'manufactured_on' | 'expires_on'>

function assertSame(batch: Days | undefined, named: NamedBatch): void {
  const { manufactured_on, expires_on } = named
  const differs =
    (manufactured_on !== null && manufactured_on !== batch?.manufactured_on) ||
    (expires_on !== null && expires_on !== batch?.expires_on)
  if (batch && differs) throw refusalOfLine(batchDiffers, named)
}

function assertComplete(named: NamedBatch, goods: Goods | undefined): void {
  const { manufactured_on, expires_on } = named
  if (!goods) throw refusalOfLine(variantNotFound, named)
  if (goods.is_expiry_tracked && expires_on === null) throw refusalOfLine(expiryRequired, named)
  if (manufactured_on !== null && expires_on !== null && expires_on < manufactured_on)
    throw refusalOfLine(expiryBeforeManufacture, named)
}

function keyOf({ variant_id, number }: BatchNumber): string {
  return `${variant_id} ${number}`
}

function missingBatch(): never {
  throw new Error('a batch was neither found nor made')
}
