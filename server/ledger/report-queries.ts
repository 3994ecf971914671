import { type SqlBool, sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { AccountType } from './chart.ts'

interface Scope extends Transaction {
  readonly tenantId: string
}

interface Days {
  readonly from?: string | undefined
  readonly until?: string | undefined
}

/** Debits and credits of an account up to and including an effective day, or of all days. */
export async function sumAccount({ db, tenantId }: Scope, accountId: string, on: string | undefined) {
  return db
    .selectFrom('ledger.daily_total')
    .select([
      sql<string>`coalesce(sum(debit), 0)::numeric(24, 4)`.as('debit'),
      sql<string>`coalesce(sum(credit), 0)::numeric(24, 4)`.as('credit'),
      sql<string>`coalesce(sum(debit - credit), 0)::numeric(24, 4)`.as('balance'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('account_id', '=', accountId)
    .$if(on !== undefined, (qb) => qb.where('effective_on', '<=', on ?? ''))
    .executeTakeFirstOrThrow()
}

/** The balance of an account before its effective day `from`; zero when there is no such day. */
export async function openingBalance({ db, tenantId }: Scope, accountId: string, from: string | undefined) {
  if (from === undefined) return '0.0000'
  const { balance } = await db
    .selectFrom('ledger.daily_total')
    .select(sql<string>`coalesce(sum(debit - credit), 0)::numeric(24, 4)`.as('balance'))
    .where('tenant_id', '=', tenantId)
    .where('account_id', '=', accountId)
    .where('effective_on', '<', from)
    .executeTakeFirstOrThrow()
  return balance
}

/**
 * A page of the entries of an account with their journals, and one more when there is a next page: in the order of their
 * effective days, or in that in which they were recorded.
 */
export function listEntries(
  { db, tenantId }: Scope,
  { id, from, until, order, limit }: Days & { id: string; order: 'effective' | 'recorded'; limit: number },
  after: { effective_on: string; account_version: string } | undefined,
) {
  const effective = order === 'effective'
  const next = effective
    ? sql<SqlBool>`(e.effective_on, e.account_version) > (${after?.effective_on}::date, ${after?.account_version}::bigint)`
    : sql<SqlBool>`e.account_version > ${after?.account_version}::bigint`
  return db
    .selectFrom('ledger.entry as e')
    .innerJoin('ledger.journal as j', (on) =>
      on.onRef('j.tenant_id', '=', 'e.tenant_id').onRef('j.id', '=', 'e.journal_id'),
    )
    .select([
      'e.account_id',
      'e.account_version',
      'e.line',
      'e.amount',
      'e.transaction_currency',
      'e.transaction_amount',
      'e.fx_rate',
      'e.previous_balance',
      'e.running_balance',
      'e.journal_id',
      'e.effective_on',
      'e.recorded_at',
      'j.document_type',
      'j.document_id',
      'j.document_number',
      'j.document_on',
      'j.description',
    ])
    .where('e.tenant_id', '=', tenantId)
    .where('e.account_id', '=', id)
    .$if(from !== undefined, (qb) => qb.where('e.effective_on', '>=', from ?? ''))
    .$if(until !== undefined, (qb) => qb.where('e.effective_on', '<=', until ?? ''))
    .$if(after !== undefined, (qb) => qb.where(next))
    .$if(effective, (qb) => qb.orderBy('e.effective_on'))
    .orderBy('e.account_version')
    .limit(limit + 1)
    .execute()
}

/** The balance of an account before an entry, in the order of a statement; zero when there is none. */
export async function balanceBefore(
  { db, tenantId }: Scope,
  accountId: string,
  order: 'effective' | 'recorded',
  entry: { effective_on: string; account_version: string; previous_balance: string } | undefined,
): Promise<string> {
  if (!entry || order === 'recorded') return entry?.previous_balance ?? '0'
  const ofTheDay = db
    .selectFrom('ledger.entry')
    .select(sql<string>`coalesce(sum(amount), 0)`.as('sum'))
    .where('tenant_id', '=', tenantId)
    .where('account_id', '=', accountId)
    .where('effective_on', '=', entry.effective_on)
    .where('account_version', '<', entry.account_version)
  const { balance } = await db
    .selectFrom('ledger.daily_total')
    .select(sql<string>`coalesce(sum(debit - credit), 0) + (${ofTheDay})`.as('balance'))
    .where('tenant_id', '=', tenantId)
    .where('account_id', '=', accountId)
    .where('effective_on', '<', entry.effective_on)
    .executeTakeFirstOrThrow()
  return balance
}

/** Opening balance, turnover and closing balance of the accounts of a book. */
function sumsByAccount({ db, tenantId }: Scope, entityId: string, { from, until }: Days) {
  const before = sql<SqlBool>`t.effective_on < ${from ?? null}::date`
  const within = sql<SqlBool>`(${from ?? null}::date IS NULL OR t.effective_on >= ${from ?? null}::date)`
  return db
    .selectFrom('ledger.account as a')
    .leftJoin('ledger.daily_total as t', (on) =>
      on
        .onRef('t.tenant_id', '=', 'a.tenant_id')
        .onRef('t.account_id', '=', 'a.id')
        .on(sql<SqlBool>`(${until ?? null}::date IS NULL OR t.effective_on <= ${until ?? null}::date)`),
    )
    .select([
      sql<string>`coalesce(sum(t.debit - t.credit) FILTER (WHERE ${before}), 0)::numeric(24, 4)`.as('opening_balance'),
      sql<string>`coalesce(sum(t.debit) FILTER (WHERE ${within}), 0)::numeric(24, 4)`.as('debit'),
      sql<string>`coalesce(sum(t.credit) FILTER (WHERE ${within}), 0)::numeric(24, 4)`.as('credit'),
      sql<string>`coalesce(sum(t.debit - t.credit), 0)::numeric(24, 4)`.as('closing_balance'),
      'a.currency',
    ])
    .where('a.tenant_id', '=', tenantId)
    .where('a.entity_id', '=', entityId)
}

/** A page of the trial balance by the codes of accounts, and one row more when there is a next page. */
export function listTrialBalance(
  scope: Scope,
  filter: Days & { entity_id: string; limit: number },
  after: string | undefined,
) {
  return sumsByAccount(scope, filter.entity_id, filter)
    .select(['a.id as account_id', 'a.code', 'a.name', sql<AccountType>`a.type`.as('type')])
    .$if(after !== undefined, (qb) => qb.where('a.code', '>', after ?? ''))
    .groupBy(['a.tenant_id', 'a.id'])
    .orderBy('a.code')
    .limit(filter.limit + 1)
    .execute()
}

/** The sums of the whole trial balance, by currency. */
export function totalTrialBalance(scope: Scope, filter: Days & { entity_id: string }) {
  return sumsByAccount(scope, filter.entity_id, filter).groupBy('a.currency').orderBy('a.currency').execute()
}

export interface HolderBalance {
  readonly purpose: string
  readonly account_id: string
  readonly currency: string
  readonly balance: string
}

/** What the accounts hold that are kept for a holder, by purpose. */
export async function balancesOf(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  holderId: string,
): Promise<HolderBalance[]> {
  const { rows } = await client.query({
    name: 'ledger-balances-of-holder',
    text: `SELECT purpose, id AS account_id, currency, balance FROM ledger.account
           WHERE tenant_id = $1 AND holder_id = $2 ORDER BY purpose, currency`,
    values: [tenantId, holderId],
  })
  return rows
}

/** What came to the accounts of a holder and left them, by purpose and kind of document. */
export async function sumsOf(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  holderId: string,
): Promise<{ purpose: string; document_type: string; entries: number; debit: string; credit: string }[]> {
  const { rows } = await client.query({
    name: 'ledger-sums-of-holder',
    text: `SELECT a.purpose, j.document_type, count(*)::integer AS entries,
                  coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0) AS debit,
                  coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0) AS credit
           FROM ledger.account a
           JOIN ledger.entry e ON e.tenant_id = $1 AND e.account_id = a.id
           JOIN ledger.journal j ON j.tenant_id = $1 AND j.id = e.journal_id
           WHERE a.tenant_id = $1 AND a.holder_id = $2
           GROUP BY a.purpose, j.document_type ORDER BY a.purpose, j.document_type`,
    values: [tenantId, holderId],
  })
  return rows
}
