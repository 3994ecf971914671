import { type NewJournal, type Recorded, recordJournals } from '../../server/ledger/journal-queries.ts'
import { inTransaction, withRetries } from '../../server/platform/database.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { withClient } from './postgres.ts'
import type { TestOwner, TestServer } from './server.ts'

/** An account and an amount each; debits are above zero. */
export type Lines = readonly (readonly [account: string, amount: string])[]

interface AccountValues {
  entity_id?: string
  currency?: string
  floor?: string
  ceiling?: string
  type?: 'asset' | 'liability' | 'equity' | 'income' | 'expense'
}

let made = 0

/** Opens an account in the books of the owner, in euros unless told. Answers its id. */
export async function openAccount(owner: TestOwner, values: AccountValues = {}): Promise<string> {
  const code = `TEST-${++made}`
  const account = { entity_id: owner.entityId, code, name: code, type: 'asset', currency: 'EUR', ...values } as const
  return (await owner.client.call('ledger.create-account', account)).id
}

/** Opens several accounts alike. */
export async function openAccounts(owner: TestOwner, count: number, values: AccountValues = {}): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) ids.push(await openAccount(owner, values))
  return ids
}

/** Lines as `ledger.post-journal` takes them. */
export function linesOf(lines: Lines) {
  return lines.map(([account_id, amount]) => ({ account_id, amount }))
}

/** Posts a journal over HTTP, on 2026-03-02 unless told. */
export function postJournal(owner: TestOwner, lines: Lines, more: object = {}) {
  const journal = { entity_id: owner.entityId, document_on: '2026-03-02', lines: linesOf(lines), ...more }
  return owner.client.call('ledger.post-journal', journal)
}

/** A journal as ledger.record takes it. */
export function newJournal(values: Partial<NewJournal>): NewJournal {
  const id = values.id ?? uuidv7()
  return {
    id,
    document_type: 'test',
    document_id: id,
    document_number: null,
    document_on: '2026-03-02',
    effective_on: null,
    if_closed: 'refuse',
    description: null,
    actor_id: null,
    ...values,
  }
}

/** Calls ledger.record as requests do: in a transaction of the tenant, run again when PostgreSQL gave it up. */
export function record(
  { product }: TestServer,
  tenantId: string,
  journals: readonly NewJournal[],
  onRetry: (error: Error) => void = () => {},
): Promise<Recorded[]> {
  const once = () =>
    inTransaction(product.databases.app, tenantId, (tx) => recordJournals({ ...tx, tenantId }, journals))
  return withRetries(once, onRetry)
}

export interface Account {
  readonly id: string
  readonly balance: string
  readonly balance_version: string
}

/** Everything the ledger and the audit chains hold, counted, and every balance. */
export function readBooks(server: TestServer) {
  return withClient(server.database.superuserUrl, async (client) => {
    const [counts, accounts] = [
      await client.query(
        `SELECT (SELECT count(*)::int FROM ledger.journal) AS journals, (SELECT count(*)::int FROM ledger.entry) AS entries,
                (SELECT jsonb_build_array(count(*), sum(debit), sum(credit)) FROM ledger.daily_total) AS "dailyTotals",
                (SELECT count(*)::int FROM audit.entry) AS "auditEntries"`,
      ),
      await client.query<Account>('SELECT id, balance, balance_version FROM ledger.account ORDER BY id'),
    ]
    return { ...counts.rows[0], accounts: accounts.rows }
  })
}

/** The balance of each account, in the order of the ids given. */
export async function balancesOf(server: TestServer, ids: readonly string[]): Promise<string[]> {
  const { accounts } = await readBooks(server)
  return ids.map((id) => accounts.find((one: Account) => one.id === id)?.balance ?? 'none')
}
