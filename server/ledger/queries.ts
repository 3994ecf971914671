import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { AccountType, Chart } from './chart.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const bookColumns = ['id', 'chart', 'closed_through', 'created_at', 'updated_at'] as const

/** The books of a legal entity. */
export function findBook({ db, tenantId }: Scope, entityId: string) {
  return db
    .selectFrom('ledger.book')
    .select(bookColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', entityId)
    .executeTakeFirst()
}

/** Opens the books of a legal entity, which have no accounts yet. */
export function insertBook({ db, tenantId }: Scope, entityId: string, chart: Chart) {
  return db
    .insertInto('ledger.book')
    .values({ tenant_id: tenantId, id: entityId, chart: chart.id })
    .returning(bookColumns)
    .executeTakeFirstOrThrow()
}

const accountColumns = [
  'id',
  'entity_id',
  'code',
  'name',
  sql<AccountType>`type`.as('type'),
  'purpose',
  'currency',
  sql<'branch' | null>`holder_type`.as('holder_type'),
  'holder_id',
  'floor',
  'ceiling',
  'balance',
  'balance_version',
  'closed_at',
  'version',
  'created_at',
  'updated_at',
] as const

export interface NewAccount {
  readonly id: string
  readonly entity_id: string
  readonly code: string
  readonly name: string
  readonly type: AccountType
  readonly purpose: string | null
  readonly currency: string
  readonly floor: string | null
  readonly ceiling: string | null
}

/** Makes accounts, each with a balance of zero. */
export function insertAccounts({ db, tenantId }: Scope, accounts: readonly NewAccount[]) {
  return db
    .insertInto('ledger.account')
    .values(accounts.map((row) => ({ tenant_id: tenantId, ...row })))
    .returning(accountColumns)
    .execute()
}

/** A page of the accounts of a book by code, and one row more when there is a next page. */
export function listAccounts(
  { db, tenantId }: Scope,
  { entity_id, type, limit }: { entity_id: string; type?: string | undefined; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('ledger.account')
    .select(accountColumns)
    .where('tenant_id', '=', tenantId)
    .where('entity_id', '=', entity_id)
    .$if(type !== undefined, (qb) => qb.where('type', '=', type ?? ''))
    .$if(after !== undefined, (qb) => qb.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** One account; with `lock`, held until the end of the transaction. */
export function findAccount({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('ledger.account')
    .select(accountColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Changes the fields given and counts the version up. */
export function updateAccount(
  { db, tenantId }: Scope,
  id: string,
  values: { name?: string; floor?: string | null; ceiling?: string | null; closed_at?: Date | null },
) {
  return db
    .updateTable('ledger.account')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(accountColumns)
    .executeTakeFirstOrThrow()
}

/** The accounts given with their decimals, and the accounts for rounding differences of their books. */
export async function readRounding({ db, tenantId }: Scope, accountIds: readonly string[]) {
  const withDecimals = db
    .selectFrom('ledger.account as a')
    .innerJoin('reference.currency as c', 'c.code', 'a.currency')
    .select(['a.id', 'a.entity_id', 'a.currency', 'c.minor_unit'])
    .where('a.tenant_id', '=', tenantId)
  const accounts = await withDecimals.where('a.id', '=', sql<string>`any(${accountIds}::uuid[])`).execute()
  const rounding = await withDecimals
    .where('a.entity_id', '=', sql<string>`any(${accounts.map((row) => row.entity_id)}::uuid[])`)
    .where('a.purpose', '=', 'rounding_differences')
    .where('a.holder_id', 'is', null)
    .execute()
  return { accounts, rounding }
}
