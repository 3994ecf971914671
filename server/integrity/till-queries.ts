import type { Snapshot } from './book-queries.ts'
import type { Sum } from './contract.ts'
import { type Found, mostNamed } from './line.ts'

/** How many sessions there are, how many of them are closed, and how many accounts are kept for them. */
export async function countSessions({ client, tenantId }: Snapshot) {
  const { rows } = await client.query<{ sessions: number; closed_sessions: number; drawer_accounts: number }>(
    `SELECT (SELECT count(*)::int FROM cash.session WHERE tenant_id = $1) AS sessions,
            (SELECT count(*)::int FROM cash.session WHERE tenant_id = $1 AND status = 'closed') AS closed_sessions,
            (SELECT count(*)::int FROM ledger.account WHERE tenant_id = $1 AND holder_type = 'session') AS drawer_accounts`,
    [tenantId],
  )
  return rows[0] ?? { sessions: 0, closed_sessions: 0, drawer_accounts: 0 }
}

// By session and purpose: what was done with its money, as floats, payments, movements and steps say it, without the books; what the
// journal of its closing took out; and what its accounts hold. $2 is the purpose of each kind of tender.
const drawers = `
  WITH purpose AS (SELECT key AS kind, value AS purpose FROM jsonb_each_text($2)),
  cash_purpose AS (SELECT purpose FROM purpose WHERE kind = 'cash'),
  done AS (
    SELECT id AS session_id, purpose, float_amount AS amount FROM cash.session, cash_purpose WHERE tenant_id = $1
    UNION ALL
    SELECT p.session_id, u.purpose, sum(p.amount) FROM payments.payment p
    JOIN payments.tender t ON t.tenant_id = $1 AND t.id = p.tender_id JOIN purpose u ON u.kind = t.kind
    WHERE p.tenant_id = $1 AND p.session_id IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT session_id, purpose, CASE kind WHEN 'pay_in' THEN amount ELSE -amount END FROM cash.movement, cash_purpose WHERE tenant_id = $1
    UNION ALL
    SELECT s.session_id, u.purpose, (s.detail ->> 'amount')::numeric FROM cash.step s JOIN purpose u ON u.kind = s.detail ->> 'tender_kind'
    WHERE s.tenant_id = $1 AND s.action = 'adjustment'
    UNION ALL
    -- A fix that names its sale put the payments right, which are counted above.
    SELECT s.session_id, u.purpose, CASE u.kind WHEN s.detail ->> 'to' THEN 1 ELSE -1 END * (s.detail ->> 'amount')::numeric
    FROM cash.step s JOIN purpose u ON u.kind IN (s.detail ->> 'to', s.detail ->> 'from')
    WHERE s.tenant_id = $1 AND s.action = 'transaction_fix' AND s.detail ->> 'sale_id' IS NULL
    UNION ALL
    SELECT s.session_id, u.purpose, v.value::numeric
    FROM cash.step s CROSS JOIN jsonb_each_text(s.detail -> 'variances') v JOIN purpose u ON u.kind = v.key
    WHERE s.tenant_id = $1 AND s.action = 'write_off'
    UNION ALL
    SELECT s.session_id, a.purpose, sum(e.amount) FROM cash.step s
    JOIN ledger.entry e ON e.tenant_id = $1 AND e.journal_id = s.journal_id
    JOIN ledger.account a ON a.tenant_id = $1 AND a.id = e.account_id AND a.holder_type = 'session' AND a.holder_id = s.session_id
    WHERE s.tenant_id = $1 AND s.action IN ('settle', 'approve') AND s.journal_id IS NOT NULL GROUP BY 1, 2
  ), should AS (SELECT session_id, purpose, sum(amount) AS amount FROM done GROUP BY 1, 2),
  held AS (
    SELECT holder_id AS session_id, purpose, min(currency) AS currency, sum(balance) AS balance FROM ledger.account
    WHERE tenant_id = $1 AND holder_type = 'session' GROUP BY 1, 2
  ), drawer AS (
    SELECT session_id, purpose, s.number, s.status, coalesce(s.currency, h.currency) AS currency, coalesce(o.amount, 0) AS amount,
           coalesce(h.balance, 0) AS balance
    FROM should o FULL JOIN held h USING (session_id, purpose)
    LEFT JOIN cash.session s ON s.tenant_id = $1 AND s.id = session_id
  )`

/** The drawers that do not hold what was done with them, and those of closed sessions that hold anything. */
export async function untiedDrawers(
  { client, tenantId }: Snapshot,
  purposes: Readonly<Record<string, string>>,
): Promise<Found> {
  const { rows } = await client.query(
    `${drawers}
     SELECT 'session' AS resource, session_id AS id, CASE WHEN balance = amount THEN 'left_over' ELSE 'drawer' END AS what,
            CASE WHEN balance = amount THEN '0' ELSE trim_scale(amount)::text END AS expected, trim_scale(balance)::text AS found,
            concat_ws(', ', 'session ' || number, purpose, currency, status) AS detail, (count(*) OVER ())::int AS total
     FROM drawer WHERE balance <> amount OR (status = 'closed' AND balance <> 0) ORDER BY session_id, purpose LIMIT $3`,
    [tenantId, JSON.stringify(purposes), mostNamed],
  )
  return rows
}

/** What all drawers should hold against what they do, by currency. */
export async function sumsOfDrawers(
  { client, tenantId }: Snapshot,
  purposes: Readonly<Record<string, string>>,
): Promise<Sum[]> {
  const { rows } = await client.query(
    `${drawers}
     SELECT 'drawers' AS what, currency, trim_scale(sum(amount))::text AS expected, trim_scale(sum(balance))::text AS found
     FROM drawer GROUP BY currency ORDER BY currency`,
    [tenantId, JSON.stringify(purposes)],
  )
  return rows
}

/** How many registers and receipts there are. */
export async function countReceipts({ client, tenantId }: Snapshot) {
  const { rows } = await client.query<{ registers: number; receipts: number }>(
    `SELECT (SELECT count(*)::int FROM registers.register WHERE tenant_id = $1) AS registers,
            (SELECT count(*)::float8 FROM sales.sale WHERE tenant_id = $1) AS receipts`,
    [tenantId],
  )
  return rows[0] ?? { registers: 0, receipts: 0 }
}

/**
 * The numbers of registers that no receipt has, from the first to where the register stands, and registers that stand before
 * their last receipt. A number that a slip took is taken, also where it was set aside.
 */
export async function missingReceipts({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `WITH taken AS (
       SELECT register_id, sequence AS number FROM sales.sale WHERE tenant_id = $1
       UNION SELECT register_id, number FROM sync.slip WHERE tenant_id = $1 AND number IS NOT NULL
     ), place AS (
       SELECT register_id, number, lag(number, 1, 0::bigint) OVER (PARTITION BY register_id ORDER BY number) AS before
       FROM (SELECT * FROM taken UNION SELECT id, last_sequence + 1 FROM registers.register WHERE tenant_id = $1) t
     ), fault AS (
       SELECT register_id, before + 1 AS first, number - 1 AS last, 'missing_receipts' AS what, (number - before - 1)::text AS expected, '0' AS found
       FROM place WHERE number > before + 1
       UNION ALL
       SELECT r.id, max(t.number), max(t.number), 'last_sequence', max(t.number)::text, r.last_sequence::text
       FROM registers.register r JOIN taken t ON t.register_id = r.id
       WHERE r.tenant_id = $1 GROUP BY r.id, r.last_sequence HAVING max(t.number) > r.last_sequence
     )
     SELECT 'register' AS resource, f.register_id AS id, f.what, f.expected, f.found,
            CASE WHEN f.what = 'last_sequence' THEN format('register %s', r.code)
                 WHEN f.first = f.last THEN format('register %s, number %s', r.code, f.first)
                 ELSE format('register %s, numbers %s to %s', r.code, f.first, f.last) END AS detail,
            (count(*) OVER ())::int AS total
     FROM fault f LEFT JOIN registers.register r ON r.tenant_id = $1 AND r.id = f.register_id
     ORDER BY r.code, f.first LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}
