import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { ProviderName, TenderKind } from './contract.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const columns = [
  'id',
  'code',
  'name',
  sql<TenderKind>`kind`.as('kind'),
  sql<ProviderName | null>`provider`.as('provider'),
  'needs_reference',
  'opens_drawer',
  'is_active',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of tenders by code, and one row more when there is a next page. */
export function listTenders(
  { db, tenantId }: Scope,
  { is_active, limit }: { is_active?: boolean | undefined; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('payments.tender')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .$if(is_active !== undefined, (qb) => qb.where('is_active', '=', is_active === true))
    .$if(after !== undefined, (qb) => qb.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** One tender; held until the end of the transaction if `lock`. */
export function findTender({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('payments.tender')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Whether the tenant has any tender. */
export async function hasTenders({ db, tenantId }: Scope): Promise<boolean> {
  const found = await db
    .selectFrom('payments.tender')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

export interface NewTender {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly kind: TenderKind
  readonly provider: ProviderName | null
  readonly needs_reference: boolean
  readonly opens_drawer: boolean
}

/** Makes a tender. */
export function insertTender({ db, tenantId }: Scope, row: NewTender) {
  return db
    .insertInto('payments.tender')
    .values({ tenant_id: tenantId, ...row })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Makes the tenders whose code is not taken; answers with those. */
export function insertMissingTenders({ db, tenantId }: Scope, rows: readonly NewTender[]) {
  return db
    .insertInto('payments.tender')
    .values(rows.map((row) => ({ tenant_id: tenantId, ...row })))
    .onConflict((conflict) => conflict.columns(['tenant_id', 'code']).doNothing())
    .returning(columns)
    .execute()
}

export interface TenderChange {
  readonly name?: string
  readonly needs_reference?: boolean
  readonly opens_drawer?: boolean
  readonly is_active?: boolean
}

/** Changes a tender and counts the version up. */
export function updateTender({ db, tenantId }: Scope, id: string, values: TenderChange) {
  return db
    .updateTable('payments.tender')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow()
}
