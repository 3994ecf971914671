import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const batchColumns = [
  'id',
  'variant_id',
  'number',
  'manufactured_on',
  'expires_on',
  'supplier_id',
  'is_blocked',
  'version',
  'created_at',
  'updated_at',
] as const

/** A batch as it is kept. */
export type BatchRow = Awaited<ReturnType<typeof findBatches>>[number]

export interface BatchFilter {
  readonly variant_id?: string | undefined
  readonly supplier_id?: string | undefined
  /** What the number begins with. */
  readonly number?: string | undefined
  readonly expires_from?: string | undefined
  readonly expires_until?: string | undefined
  readonly is_expired?: boolean | undefined
  readonly is_blocked?: boolean | undefined
  readonly is_in_stock?: boolean | undefined
  /** Those that lie or lay in one of these; null: wherever they are. */
  readonly branchIds: readonly string[] | null
  /** What day it is, for what is expired. */
  readonly today: string
  readonly limit: number
}

/** The query for a page of batches, first to expire first, and one row more when there is a next page. */
export function listBatches(
  { db, tenantId }: Scope,
  filter: BatchFilter,
  after: readonly [expiresOn: string | null, id: string] | undefined,
) {
  const { variant_id, supplier_id, number, is_expired, is_blocked, is_in_stock, branchIds, today } = filter
  const { expires_from, expires_until } = filter
  const lies = (where: RawBuilder<SqlBool>) => sql<SqlBool>`EXISTS (
    SELECT FROM inventory.level l
    WHERE l.tenant_id = ${tenantId} AND l.batch_id = inventory.batch.id
      AND (${branchIds}::uuid[] IS NULL OR l.branch_id = ANY (${branchIds}::uuid[])) AND ${where})`
  return (
    db
      .selectFrom('inventory.batch')
      .select(batchColumns)
      .where('tenant_id', '=', tenantId)
      .$if(variant_id !== undefined, (qb) => qb.where('variant_id', '=', variant_id ?? ''))
      .$if(supplier_id !== undefined, (qb) => qb.where('supplier_id', '=', supplier_id ?? ''))
      // The highest code point is behind everything that begins with the prefix.
      .$if(number !== undefined, (qb) =>
        qb
          .where(sql<SqlBool>`number COLLATE "C" >= ${number}`)
          .where(sql<SqlBool>`number COLLATE "C" < ${`${number}\u{10ffff}`}`),
      )
      .$if(expires_from !== undefined, (qb) => qb.where('expires_on', '>=', expires_from ?? ''))
      .$if(expires_until !== undefined, (qb) => qb.where('expires_on', '<=', expires_until ?? ''))
      .$if(is_expired !== undefined, (qb) =>
        qb.where(sql<SqlBool>`coalesce(expires_on < ${today}::date, false) = ${is_expired}`),
      )
      .$if(is_blocked !== undefined, (qb) => qb.where('is_blocked', '=', is_blocked ?? false))
      .$if(branchIds !== null, (qb) => qb.where(lies(sql`true`)))
      .$if(is_in_stock !== undefined, (qb) => qb.where(sql<SqlBool>`${lies(sql`l.on_hand <> 0`)} = ${is_in_stock}`))
      .$if(after !== undefined, (qb) => qb.where(behind(after ?? [null, ''])))
      .orderBy('expires_on')
      .orderBy('id')
      .limit(filter.limit + 1)
  )
}

/** Those that never expire come last. */
function behind([expiresOn, id]: readonly [string | null, string]) {
  return expiresOn === null
    ? sql<SqlBool>`expires_on IS NULL AND id > ${id}::uuid`
    : sql<SqlBool>`((expires_on, id) > (${expiresOn}::date, ${id}::uuid) OR expires_on IS NULL)`
}

/** These batches, by id. */
export function findBatches({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('inventory.batch')
    .select(batchColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .execute()
}

/** The names of these batches, of those that lie or lay in a branch that the caller works with. */
export function lookUpBatches(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  ids: readonly string[],
) {
  return db
    .selectFrom('inventory.batch as b')
    .select(['b.id', 'b.variant_id', 'b.number', 'b.expires_on', 'b.is_blocked'])
    .where('b.tenant_id', '=', tenantId)
    .where('b.id', '=', sql<string>`any(${ids}::uuid[])`)
    .$if(scope !== null, (qb) =>
      qb.where(sql<SqlBool>`EXISTS (
        SELECT FROM inventory.level l
        WHERE l.tenant_id = b.tenant_id AND l.batch_id = b.id AND l.branch_id = ANY (${scope?.branchIds}::uuid[]))`),
    )
    .orderBy('b.id')
    .execute()
}

/** The batches that bear one of these numbers in small letters or capitals, of a supplier or of any, by id. */
export function findBatchesOfLots(
  { db, tenantId }: Scope,
  { numbers, supplierId }: { numbers: readonly string[]; supplierId: string | null },
) {
  // The batch notes who was the first to deliver it.
  const cameFrom = sql<SqlBool>`EXISTS (
    SELECT FROM inventory.movement m JOIN inventory.posting p ON p.tenant_id = m.tenant_id AND p.id = m.posting_id
    WHERE m.tenant_id = ${tenantId} AND m.batch_id = inventory.batch.id AND p.kind = 'receipt' AND p.party_id = ${supplierId})`
  return db
    .selectFrom('inventory.batch')
    .select(batchColumns)
    .where('tenant_id', '=', tenantId)
    .where(sql<SqlBool>`number_in_capitals = any(array(SELECT upper(n) FROM unnest(${numbers}::text[]) n))`)
    .$if(supplierId !== null, (qb) => qb.where((eb) => eb.or([eb('supplier_id', '=', supplierId), cameFrom])))
    .orderBy('id')
    .execute()
}

/** One batch, held until the end of the transaction. */
export function lockBatch({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('inventory.batch')
    .select(batchColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/** Holds batches and all that lies of them until the end of the transaction: nobody sells, blocks or releases any meanwhile. */
export async function holdBatches(
  { client, tenantId }: Pick<Transaction, 'client'> & { tenantId: string },
  ids: readonly string[],
): Promise<void> {
  await client.query({
    name: 'inventory-hold-batches',
    text: 'SELECT inventory.hold_batches($1, $2)',
    values: [tenantId, ids],
  })
}

export interface BatchValues {
  readonly number?: string
  readonly manufactured_on?: string | null
  readonly expires_on?: string | null
}

/** Changes the fields given and counts the version up. */
export function updateBatch({ db, tenantId }: Scope, id: string, values: BatchValues) {
  return db
    .updateTable('inventory.batch')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(batchColumns)
    .executeTakeFirstOrThrow()
}

/** What lies where of these batches, in these branches or in all of them. */
export function levelsOfBatches(
  { db, tenantId }: Scope,
  batchIds: readonly string[],
  branchIds: readonly string[] | null,
) {
  return db
    .selectFrom('inventory.level as l')
    .leftJoin('inventory.cost as c', (on) =>
      on
        .onRef('c.tenant_id', '=', 'l.tenant_id')
        .onRef('c.branch_id', '=', 'l.branch_id')
        .onRef('c.variant_id', '=', 'l.variant_id'),
    )
    .select([
      'l.batch_id',
      'l.branch_id',
      'l.on_hand',
      'l.reserved',
      sql<string>`l.available`.as('available'),
      // Costs are weighed over all batches of a branch, so each has its share.
      sql<string | null>`round(c.value * l.on_hand / nullif(c.quantity, 0), 6)`.as('value'),
    ])
    .where('l.tenant_id', '=', tenantId)
    .where('l.batch_id', '=', sql<string>`any(${batchIds}::uuid[])`)
    .$if(branchIds !== null, (qb) => qb.where('l.branch_id', '=', sql<string>`any(${branchIds}::uuid[])`))
    .orderBy('l.branch_id')
    .execute()
}

/** Who blocked and released a batch, oldest first. */
export function blocksOf({ db, tenantId }: Scope, batchId: string) {
  return db
    .selectFrom('inventory.batch_block')
    .select(['number', sql<'block' | 'release'>`action`.as('action'), 'reason', 'actor_id', 'recorded_at'])
    .where('tenant_id', '=', tenantId)
    .where('batch_id', '=', batchId)
    .orderBy('number')
    .execute()
}

export interface BatchNumber {
  readonly variant_id: string
  readonly number: string
}

/** Those of these batches that there are. */
export function findBatchesByNumber({ db, tenantId }: Scope, wanted: readonly BatchNumber[]) {
  const given = sql<boolean>`(variant_id, number) IN (SELECT * FROM unnest(${wanted.map((one) => one.variant_id)}::uuid[], ${wanted.map((one) => one.number)}::text[]))`
  return db
    .selectFrom('inventory.batch')
    .select([...batchColumns, 'unit_cost'])
    .where('tenant_id', '=', tenantId)
    .where(given)
    .execute()
}

/** Whether there is such a batch. */
export async function hasBatch({ db, tenantId }: Scope, id: string): Promise<boolean> {
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
    .returning([...batchColumns, 'unit_cost'])
    .execute()
}

function byNumber(one: BatchNumber, other: BatchNumber): number {
  return `${one.variant_id} ${one.number}` < `${other.variant_id} ${other.number}` ? -1 : 1
}
