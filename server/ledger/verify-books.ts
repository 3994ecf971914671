import type pg from 'pg'
import { inReadTransaction } from '../platform/database.ts'
import { type Checked, checkAccounts, checkJournals, findMissingAccount, findWrongClosing } from './verify-queries.ts'

export type BooksVerdict =
  | { intact: true; journals: number; entries: number }
  | { intact: false; resource: 'account' | 'journal' | 'books'; id: string; reason: string }

const accountsAtOnce = 100
const journalsAtOnce = 2_000

/**
 * Proves that the books of a tenant tie: every journal balances, every account is the sum of its entries, which run without
 * a gap, the totals by day are too, and books are closed as their last change says. Names the first account, journal or
 * books that do not, and why. It does not know what the documents said: a journal that was removed or altered with all
 * that follows from it ties as well, and so does what an entry was in another currency when it was altered to what makes
 * the same amount, with its rate or without, and nothing has reversed it. Reads in batches, each in a snapshot of its own, so that it may run beside the tills.
 * `read` runs its work in a transaction of the tenant.
 */
export async function verifyBooks(
  read: <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>,
  tenantId: string,
): Promise<BooksVerdict> {
  const journals = await checkAll((after) => read((client) => checkJournals(client, tenantId, after, journalsAtOnce)))
  if (journals.fault) return { intact: false, resource: 'journal', ...journals.fault }
  const accounts = await checkAll((after) => read((client) => checkAccounts(client, tenantId, after, accountsAtOnce)))
  if (accounts.fault) return { intact: false, resource: 'account', ...accounts.fault }
  const missing = await read((client) => findMissingAccount(client, tenantId))
  if (missing) return { intact: false, resource: 'account', ...missing }
  const closing = await read((client) => findWrongClosing(client, tenantId))
  if (closing) return { intact: false, resource: 'books', ...closing }
  return { intact: true, journals: journals.count, entries: accounts.count }
}

/** What `verifyBooks` finds broken through a pool of readers, in a sentence; undefined when the books are proved. */
export async function faultOfBooks(pool: pg.Pool, tenantId: string): Promise<string | undefined> {
  const verdict = await verifyBooks((work) => inReadTransaction(pool, tenantId, ({ client }) => work(client)), tenantId)
  return verdict.intact ? undefined : `${verdict.resource} ${verdict.id}: ${verdict.reason}`
}

async function checkAll(check: (after: string | null) => Promise<Checked>) {
  let count = 0
  let after: string | null = null
  for (;;) {
    const checked = await check(after)
    count += checked.count
    if (checked.fault || checked.last === null) return { count, fault: checked.fault }
    after = checked.last
  }
}
