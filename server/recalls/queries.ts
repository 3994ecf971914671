import { type SqlBool, sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Outcome, Severity, State } from './contract.ts'

const now = sql<Date>`transaction_timestamp()`

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const recallColumns = [
  'id',
  'number',
  sql<State>`CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END`.as('state'),
  sql<Severity>`severity`.as('severity'),
  'reason',
  'authority_reference',
  'supplier_id',
  'opened_by',
  'opened_at',
  sql<Outcome | null>`outcome`.as('outcome'),
  'result',
  'closed_by',
  'closed_at',
  'version',
  'created_at',
  'updated_at',
] as const

/** A recall as it is kept. */
export type RecallRow = NonNullable<Awaited<ReturnType<typeof findRecall>>>

/** A page of recalls, newest first, and one row more when there is a next page. */
export function listRecalls(
  { db, tenantId }: Scope,
  { state, batch_id, limit }: { state?: State | undefined; batch_id?: string | undefined; limit: number },
  before: string | undefined,
) {
  const isAboutBatch = sql<SqlBool>`EXISTS (
    SELECT FROM recalls.recall_batch b
    WHERE b.tenant_id = ${tenantId} AND b.recall_id = recalls.recall.id AND b.batch_id = ${batch_id ?? null}::uuid)`
  return db
    .selectFrom('recalls.recall')
    .select(recallColumns)
    .where('tenant_id', '=', tenantId)
    .$if(state === 'open', (qb) => qb.where('closed_at', 'is', null))
    .$if(state === 'closed', (qb) => qb.where('closed_at', 'is not', null))
    .$if(batch_id !== undefined, (qb) => qb.where(isAboutBatch))
    .$if(before !== undefined, (qb) => qb.where('number', '<', before ?? '0'))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One recall; with `lock`, held until the end of the transaction. */
export function findRecall({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('recalls.recall')
    .select(recallColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface NewRecall {
  readonly id: string
  readonly number: string
  readonly severity: Severity
  readonly reason: string
  readonly authority_reference: string | null
  readonly supplier_id: string | null
  readonly opened_by: string | null
}

/** Opens a recall. */
export function insertRecall({ db, tenantId }: Scope, row: NewRecall) {
  return db
    .insertInto('recalls.recall')
    .values({ tenant_id: tenantId, ...row, opened_at: now })
    .returning(recallColumns)
    .executeTakeFirstOrThrow()
}

/** Closes a recall and counts its version up. */
export function updateRecall(
  { db, tenantId }: Scope,
  id: string,
  values: { outcome: Outcome; result: string; closed_by: string | null },
) {
  return db
    .updateTable('recalls.recall')
    .set((eb) => ({ ...values, closed_at: now, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(recallColumns)
    .executeTakeFirstOrThrow()
}

/** Counts the version of a recall up: what it is about was changed. */
export function touchRecall({ db, tenantId }: Scope, id: string) {
  return db
    .updateTable('recalls.recall')
    .set((eb) => ({ version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(recallColumns)
    .executeTakeFirstOrThrow()
}

/** Adds batches to a recall. */
export async function insertBatches(
  { db, tenantId }: Scope,
  recallId: string,
  rows: readonly { batch_id: string; was_blocked: boolean }[],
): Promise<void> {
  await db
    .insertInto('recalls.recall_batch')
    .values(rows.map((row) => ({ tenant_id: tenantId, recall_id: recallId, ...row })))
    .execute()
}

/** What a recall is about. */
export function batchesOf({ db, tenantId }: Scope, recallId: string) {
  return db
    .selectFrom('recalls.recall_batch')
    .select(['batch_id', 'was_blocked'])
    .where('tenant_id', '=', tenantId)
    .where('recall_id', '=', recallId)
    .orderBy('batch_id')
    .execute()
}

/** Has open recalls leave these batches blocked when they end. */
export async function keepBlocked({ client, tenantId }: Scope, batchIds: readonly string[]): Promise<void> {
  await client.query({
    name: 'recalls-keep-blocked',
    text: `UPDATE recalls.recall_batch b SET was_blocked = true, version = b.version + 1, updated_at = transaction_timestamp()
           FROM recalls.recall r
           WHERE b.tenant_id = $1 AND b.batch_id = ANY ($2::uuid[]) AND NOT b.was_blocked
             AND r.tenant_id = $1 AND r.id = b.recall_id AND r.closed_at IS NULL`,
    values: [tenantId, batchIds],
  })
}

/** Of these batches, those that open recalls other than this one are about. */
export function heldByOthers({ db, tenantId }: Scope, batchIds: readonly string[], recallId: string | null) {
  return db
    .selectFrom('recalls.recall_batch as b')
    .innerJoin('recalls.recall as r', (join) =>
      join.onRef('r.tenant_id', '=', 'b.tenant_id').onRef('r.id', '=', 'b.recall_id'),
    )
    .select(['b.batch_id', 'b.was_blocked'])
    .where('b.tenant_id', '=', tenantId)
    .where('b.batch_id', '=', sql<string>`any(${batchIds}::uuid[])`)
    .where('r.closed_at', 'is', null)
    .$if(recallId !== null, (qb) => qb.where('r.id', '<>', recallId))
    .execute()
}
