import type pg from 'pg'
import type { Sum } from './contract.ts'
import { type Found, mostNamed } from './line.ts'

/** A connection in the transaction that a certificate is taken in. */
export interface Snapshot {
  readonly client: Pick<pg.ClientBase, 'query'>
  readonly tenantId: string
}

/** How many accounts, journals and entries there are. */
export async function countBooks({ client, tenantId }: Snapshot) {
  const { rows } = await client.query<{ accounts: number; journals: number; entries: number }>(
    `SELECT (SELECT count(*)::float8 FROM ledger.account WHERE tenant_id = $1) AS accounts,
            (SELECT count(*)::float8 FROM ledger.journal WHERE tenant_id = $1) AS journals,
            (SELECT count(*)::float8 FROM ledger.entry WHERE tenant_id = $1) AS entries`,
    [tenantId],
  )
  return rows[0] ?? { accounts: 0, journals: 0, entries: 0 }
}

/** The journals whose entries do not sum to nothing, by currency. */
export async function unbalancedJournals({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `SELECT 'journal' AS resource, journal_id AS id, 'sum' AS what, '0' AS expected, trim_scale(amount)::text AS found,
            currency AS detail, (count(*) OVER ())::int AS total
     FROM (
       SELECT e.journal_id, a.currency, sum(e.amount) AS amount FROM ledger.entry e
       LEFT JOIN ledger.account a ON a.tenant_id = $1 AND a.id = e.account_id
       WHERE e.tenant_id = $1 GROUP BY 1, 2) j
     WHERE amount <> 0 ORDER BY journal_id, currency LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}

/** The accounts whose balance is not the sum of their entries, and those that entries name and that are not there. */
export async function untiedAccounts({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `SELECT 'account' AS resource, coalesce(a.id, e.account_id) AS id, 'balance' AS what, trim_scale(coalesce(e.amount, 0))::text AS expected,
            trim_scale(a.balance)::text AS found, concat_ws(' ', a.code, a.currency) AS detail, (count(*) OVER ())::int AS total
     FROM (SELECT * FROM ledger.account WHERE tenant_id = $1) a
     FULL JOIN (SELECT account_id, sum(amount) AS amount FROM ledger.entry WHERE tenant_id = $1 GROUP BY 1) e ON e.account_id = a.id
     WHERE a.balance IS DISTINCT FROM coalesce(e.amount, 0) ORDER BY 2 LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}

/** Debits against credits of all accounts, by currency. */
export async function sumsOfBooks({ client, tenantId }: Snapshot): Promise<Sum[]> {
  const { rows } = await client.query(
    `SELECT 'debits_and_credits' AS what, a.currency, trim_scale(sum(t.debit))::text AS expected, trim_scale(sum(t.credit))::text AS found
     FROM ledger.daily_total t JOIN ledger.account a ON a.tenant_id = $1 AND a.id = t.account_id
     WHERE t.tenant_id = $1 GROUP BY a.currency ORDER BY a.currency`,
    [tenantId],
  )
  return rows
}

/** How many levels, weighed costs and movements there are. */
export async function countStock({ client, tenantId }: Snapshot) {
  const { rows } = await client.query<{ levels: number; costs: number; movements: number }>(
    `SELECT (SELECT count(*)::float8 FROM inventory.level WHERE tenant_id = $1) AS levels,
            (SELECT count(*)::float8 FROM inventory.cost WHERE tenant_id = $1) AS costs,
            (SELECT count(*)::float8 FROM inventory.movement WHERE tenant_id = $1) AS movements`,
    [tenantId],
  )
  return rows[0] ?? { levels: 0, costs: 0, movements: 0 }
}

/** The levels that are not the sum of their movements, and those that movements name and that are not there. */
export async function untiedLevels({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `SELECT 'level' AS resource, coalesce(l.id, m.level_id) AS id, 'quantity' AS what, trim_scale(coalesce(m.quantity, 0))::text AS expected,
            trim_scale(l.on_hand)::text AS found,
            format('branch %s, variant %s%s', l.branch_id, l.variant_id, ', batch ' || l.batch_id) AS detail, (count(*) OVER ())::int AS total
     FROM (SELECT * FROM inventory.level WHERE tenant_id = $1) l
     FULL JOIN (SELECT level_id, sum(quantity) AS quantity FROM inventory.movement WHERE tenant_id = $1 GROUP BY 1) m ON m.level_id = l.id
     WHERE l.on_hand IS DISTINCT FROM coalesce(m.quantity, 0) ORDER BY 2 LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}

/** The variants whose stock in a branch is weighed at another value than that of their movements. */
export async function untiedCosts({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `SELECT 'variant' AS resource, variant_id AS id, 'value' AS what, trim_scale(coalesce(m.value, 0))::text AS expected,
            trim_scale(c.value)::text AS found, format('branch %s', branch_id) AS detail, (count(*) OVER ())::int AS total
     FROM (SELECT * FROM inventory.cost WHERE tenant_id = $1) c
     FULL JOIN (SELECT branch_id, variant_id, sum(value) AS value FROM inventory.movement WHERE tenant_id = $1 GROUP BY 1, 2) m
       USING (branch_id, variant_id)
     WHERE c.value IS DISTINCT FROM coalesce(m.value, 0) ORDER BY branch_id, variant_id LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}

// What the stock of each branch is worth, and what its account holds.
const worthOfBranches = `
  SELECT branch_id, coalesce(b.currency, p.currency) AS currency, coalesce(s.worth, 0) AS worth, coalesce(b.balance, 0) AS balance
  FROM (SELECT c.branch_id, sum(c.value) AS worth FROM inventory.cost c WHERE c.tenant_id = $1 GROUP BY c.branch_id) s
  FULL JOIN (
    SELECT h.holder_id AS branch_id, h.currency, sum(h.balance) AS balance FROM ledger.read_holder_balance h
    WHERE h.tenant_id = $1 AND h.holder_type = 'branch' AND h.purpose = 'inventory' GROUP BY 1, 2) b USING (branch_id)
  LEFT JOIN (
    SELECT r.id AS branch_id, e.currency FROM tenants.branch r JOIN tenants.entity e ON e.tenant_id = $1 AND e.id = r.entity_id
    WHERE r.tenant_id = $1) p USING (branch_id)`

/** The branches whose account of stock holds something else than their stock is worth. */
export async function untiedBranches({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `SELECT 'branch' AS resource, branch_id AS id, 'stock_account' AS what, trim_scale(worth)::text AS expected,
            trim_scale(balance)::text AS found, currency AS detail, (count(*) OVER ())::int AS total
     FROM (${worthOfBranches}) w WHERE worth <> balance ORDER BY branch_id, currency LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}

/** What stock is worth against what its accounts hold, by currency. */
export async function sumsOfStock({ client, tenantId }: Snapshot): Promise<Sum[]> {
  const { rows } = await client.query(
    `SELECT 'stock_value' AS what, currency, trim_scale(sum(worth))::text AS expected, trim_scale(sum(balance))::text AS found
     FROM (${worthOfBranches}) w GROUP BY currency ORDER BY currency`,
    [tenantId],
  )
  return rows
}
