import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { AccountType, Chart } from './chart.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope extends Transaction {
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
  sql<'branch' | 'session' | null>`holder_type`.as('holder_type'),
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

/** Makes accounts, each with a balance of zero; `unlessTaken` leaves out those whose code or purpose another one has. */
export function insertAccounts(
  { db, tenantId }: Pick<Scope, 'db' | 'tenantId'>,
  accounts: readonly NewAccount[],
  { unlessTaken = false } = {},
) {
  return db
    .insertInto('ledger.account')
    .values(accounts.map((row) => ({ tenant_id: tenantId, ...row })))
    .$if(unlessTaken, (qb) => qb.onConflict((on) => on.doNothing()))
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

/** Who an account is kept for. `code` and `name` go into the account's own when it is opened. */
export interface Holder {
  readonly type: 'branch' | 'session'
  readonly id: string
  readonly code: string
  readonly name: string
}

/** What an account is found by: of the books of a legal entity, in its currency, for a holder or for all. */
export interface Purposed {
  readonly entity_id: string
  readonly currency: string
  readonly purpose: string
  readonly holder: Holder | null
}

/**
 * Passes the gates of books, so that they are not closed before the end of the transaction, and answers with the day through
 * which each is closed. Books that are not there are left out.
 */
export async function holdOpen({ client, tenantId, onHold }: Scope, entityIds: readonly string[]) {
  onHold?.()
  const { rows } = await client.query({
    name: 'ledger-hold-open',
    text: 'SELECT id, closed_through FROM ledger.hold_open($1, $2::uuid[])',
    values: [tenantId, entityIds],
  })
  return new Map<string, string | null>(rows.map((row) => [row.id, row.closed_through]))
}

export interface PurposedAccount {
  readonly id: string | null
  readonly main_id: string | null
  readonly chart: string | null
}

/**
 * The accounts that serve purposes, in the order asked for: `id` is null where a holder has none yet, `main_id` where no
 * account of the books serves the purpose at all; `chart` is that of the books.
 */
export async function findPurposed(
  { client, tenantId }: Scope,
  wanted: readonly Purposed[],
): Promise<PurposedAccount[]> {
  const { rows } = await client.query({
    name: 'ledger-find-purposed',
    text: `SELECT CASE WHEN w.holder_id IS NULL THEN m.id ELSE h.id END AS id, m.id AS main_id, b.chart
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[])
                WITH ORDINALITY AS w (entity_id, currency, purpose, holder_type, holder_id, position)
           LEFT JOIN ledger.book b ON b.tenant_id = $1 AND b.id = w.entity_id
           LEFT JOIN ledger.account m ON m.tenant_id = $1 AND m.entity_id = w.entity_id AND m.purpose = w.purpose
                     AND m.currency = w.currency AND m.holder_id IS NULL
           LEFT JOIN ledger.account h ON h.tenant_id = $1 AND h.entity_id = w.entity_id AND h.purpose = w.purpose
                     AND h.currency = w.currency AND h.holder_type = w.holder_type AND h.holder_id = w.holder_id
           ORDER BY w.position`,
    values: [
      tenantId,
      wanted.map((one) => one.entity_id),
      wanted.map((one) => one.currency),
      wanted.map((one) => one.purpose),
      wanted.map((one) => one.holder?.type ?? null),
      wanted.map((one) => one.holder?.id ?? null),
    ],
  })
  return rows
}

/**
 * Opens accounts of holders under those that serve the purpose for all: with their code and the holder's, or where that is
 * taken or too long with a part of the holder's id. What another transaction opens meanwhile is waited for and left out of
 * the answer, and so is one whose code another transaction takes meanwhile: it is opened by asking again.
 */
export async function openHolderAccounts(
  { client, tenantId }: Scope,
  accounts: readonly { id: string; main_id: string; holder: Holder }[],
) {
  const { rows } = await client.query<{ id: string; code: string; name: string; purpose: string; currency: string }>({
    name: 'ledger-open-holder-accounts',
    text: `INSERT INTO ledger.account (tenant_id, id, entity_id, code, name, type, purpose, currency, holder_type, holder_id, floor)
           SELECT $1, n.id, m.entity_id,
                  CASE WHEN length(m.code) + length(n.code) > 31
                         OR EXISTS (SELECT FROM ledger.account o WHERE o.tenant_id = $1 AND o.entity_id = m.entity_id AND o.code = m.code || '.' || n.code)
                       THEN left(m.code, 15) || '.' || upper(right(replace(n.holder_id::text, '-', ''), 16))
                       ELSE m.code || '.' || n.code END,
                  left(m.name || ' – ' || n.name, 200), m.type, m.purpose, m.currency, n.type, n.holder_id,
                  CASE WHEN n.type = 'session' AND m.purpose = 'cash' THEN 0 END
           FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[])
                AS n (id, main_id, type, holder_id, code, name)
           JOIN ledger.account m ON m.tenant_id = $1 AND m.id = n.main_id
           ORDER BY m.id, n.holder_id
           ON CONFLICT DO NOTHING
           RETURNING id, entity_id, code, name, type, purpose, currency, holder_type, holder_id`,
    values: [
      tenantId,
      accounts.map((one) => one.id),
      accounts.map((one) => one.main_id),
      accounts.map((one) => one.holder.type),
      accounts.map((one) => one.holder.id),
      accounts.map((one) => one.holder.code),
      accounts.map((one) => one.holder.name),
    ],
  })
  return rows
}
