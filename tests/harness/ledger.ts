import type { PurposeJournal } from '../../server/ledger/index.ts'
import { holdBooksOpen, postByPurpose } from '../../server/ledger/index.ts'
import { type NewJournal, type Recorded, recordJournals } from '../../server/ledger/journal-queries.ts'
import { inTransaction, withRetries } from '../../server/platform/database.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { money, toText } from '../../server/platform/money.ts'
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

/** Posts a journal as the product does, by purpose: `amount` into the account of the owner's branch for its stock. */
export function postForBranch(
  { product }: TestServer,
  { tenantId, entityId, branchId }: TestOwner,
  amount: string,
  by: Partial<PurposeJournal['by']> = {},
): Promise<void> {
  const holder = { type: 'branch', id: branchId, code: 'MAIN', name: 'Main' } as const
  const journal = () => ({
    ...newJournal({}),
    entity_id: entityId,
    currency: 'EUR',
    effective_on: '2026-03-02',
    lines: [
      { purpose: 'inventory', holder, amount },
      { purpose: 'opening_balances', holder: null, amount: toText(money(amount).negated()) },
    ],
    by: { newId: uuidv7, changed: () => {}, ...by },
  })
  const once = () =>
    inTransaction(product.databases.app, tenantId, async (tx) => {
      await holdBooksOpen({ ...tx, tenantId }, [entityId])
      await postByPurpose({ ...tx, tenantId }, [journal()])
    })
  return withRetries(once, () => {})
}

/** The account that serves a purpose in the books of the owner, for all or for a branch. */
export async function accountOf({ client, entityId }: TestOwner, purpose: string, holderId: string | null = null) {
  const { items } = await client.call('ledger.list-accounts', { entity_id: entityId, limit: 200 })
  return items.find((one) => one.purpose === purpose && one.holder_id === holderId)
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
