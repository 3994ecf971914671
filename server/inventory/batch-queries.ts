import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'

interface Scope extends Transaction {
  readonly tenantId: string
}

const batchColumns = [
  'id',
  'variant_id',
  'number',
  'manufactured_on',
  'expires_on',
  'supplier_id',
  'unit_cost',
  'is_blocked',
  'version',
  'created_at',
  'updated_at',
] as const

export interface BatchNumber {
  readonly variant_id: string
  readonly number: string
}

/** Those of these batches that there are. */
export function findBatchesByNumber({ db, tenantId }: Scope, wanted: readonly BatchNumber[]) {
  const given = sql<boolean>`(variant_id, number) IN (SELECT * FROM unnest(${wanted.map((one) => one.variant_id)}::uuid[], ${wanted.map((one) => one.number)}::text[]))`
  return db.selectFrom('inventory.batch').select(batchColumns).where('tenant_id', '=', tenantId).where(given).execute()
}

/** Whether there is such a batch. */
export async function hasBatch({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>, id: string): Promise<boolean> {
  const found = await db
    .selectFrom('inventory.batch')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
  return found !== undefined
}

/** Of these batches, the variant of each that there is. */
export async function batchesOfVariants(
  { db, tenantId }: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('inventory.batch')
    .select(['id', 'variant_id'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
  return new Map(rows.map((row) => [row.id, row.variant_id]))
}

export interface NewBatch extends BatchNumber {
  readonly id: string
  readonly manufactured_on: string | null
  readonly expires_on: string | null
  readonly supplier_id: string | null
  /** What one was bought at, in the unit of the product, where that is known. */
  readonly unit_cost: string | null
}

/** Makes batches, in the order of their numbers. Those whose number is taken meanwhile are left out of the answer. */
export async function insertBatches({ db, tenantId }: Scope, rows: readonly NewBatch[]) {
  if (rows.length === 0) return []
  return db
    .insertInto('inventory.batch')
    .values(rows.toSorted(byNumber).map((row) => ({ tenant_id: tenantId, ...row })))
    .onConflict((conflict) => conflict.columns(['tenant_id', 'variant_id', 'number']).doNothing())
    .returning(batchColumns)
    .execute()
}

function byNumber(one: BatchNumber, other: BatchNumber): number {
  return `${one.variant_id} ${one.number}` < `${other.variant_id} ${other.number}` ? -1 : 1
}
