import type pg from 'pg'

/** An account whose entries, balance or daily totals do not agree, or a journal that does not balance. */
export interface Fault {
  readonly id: string
  readonly reason: string
}

export interface Checked {
  /** The last id that was looked at; null when there was none left. */
  readonly last: string | null
  readonly count: number
  readonly fault: Fault | null
}

/**
 * Checks the next accounts after an id, in the order of their ids, in one statement and so in one snapshot: versions without
 * a gap, balances that run, a balance that is their end, entries that have a journal, daily totals that are their sums.
 */
export async function checkAccounts(
  client: pg.ClientBase,
  tenantId: string,
  after: string | null,
  limit: number,
): Promise<Checked> {
  const { rows } = await client.query(
    `WITH batch AS (
       SELECT a.id, a.balance, a.balance_version FROM ledger.account a
       WHERE a.tenant_id = $1 AND ($2::uuid IS NULL OR a.id > $2) ORDER BY a.id LIMIT $3
     ), entry AS (
       SELECT e.account_id, e.account_version, e.amount, e.previous_balance, e.running_balance, e.effective_on,
              row_number() OVER w AS position, lag(e.running_balance, 1, 0::numeric) OVER w AS balance_before,
              EXISTS (SELECT FROM ledger.journal j WHERE j.tenant_id = $1 AND j.id = e.journal_id AND j.recorded_at = e.recorded_at) AS has_journal
       FROM ledger.entry e JOIN batch b ON b.id = e.account_id
       WHERE e.tenant_id = $1
       WINDOW w AS (PARTITION BY e.account_id ORDER BY e.account_version)
     ), sums AS (
       SELECT e.account_id, e.effective_on, sum(greatest(e.amount, 0)) AS debit, sum(greatest(-e.amount, 0)) AS credit
       FROM entry e GROUP BY 1, 2
     ), totals AS (
       SELECT t.account_id, t.effective_on, t.debit, t.credit
       FROM ledger.daily_total t JOIN batch b ON b.id = t.account_id WHERE t.tenant_id = $1
     ), fault AS (
       SELECT account_id AS id, 1 AS rank, account_version::text AS place,
              CASE WHEN account_version <> position THEN format('entry %s is missing', position)
                   WHEN previous_balance <> balance_before THEN format('entry %s does not begin at the balance of the entry before it', account_version)
                   ELSE format('entry %s has no journal', account_version) END AS reason
       FROM entry WHERE account_version <> position OR previous_balance <> balance_before OR NOT has_journal
       UNION ALL
       SELECT b.id, 2, '', format('its balance is %s after %s entries, they say %s after %s', b.balance, b.balance_version, coalesce(sum(e.amount), 0), count(e))
       FROM batch b LEFT JOIN entry e ON e.account_id = b.id GROUP BY b.id, b.balance, b.balance_version
       HAVING b.balance <> coalesce(sum(e.amount), 0) OR b.balance_version <> count(e)
           OR b.balance <> coalesce(max(e.running_balance) FILTER (WHERE e.position = b.balance_version), 0)
       UNION ALL
       SELECT account_id, 3, effective_on::text, format('the totals of %s are not the sums of its entries', effective_on)
       FROM sums s FULL JOIN totals t USING (account_id, effective_on)
       WHERE (s.debit, s.credit) IS DISTINCT FROM (t.debit, t.credit)
     ), first_fault AS (
       SELECT id, reason FROM fault ORDER BY id, rank, length(place), place LIMIT 1
     )
     SELECT (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last, (SELECT count(*)::int FROM entry) AS count,
            (SELECT json_build_object('id', id, 'reason', reason) FROM first_fault) AS fault`,
    [tenantId, after, limit],
  )
  return rows[0]
}

/**
 * Checks the next journals after an id, in the order of their ids, in one statement: at least two lines that sum to zero
 * in each currency, on accounts of its own entity, effective on its day; what was made in another currency times its rate,
 * rounded, is the amount; and a reversal takes back what it reverses, line by line, in both amounts and at its rates.
 */
export async function checkJournals(
  client: pg.ClientBase,
  tenantId: string,
  after: string | null,
  limit: number,
): Promise<Checked> {
  const { rows } = await client.query(
    `WITH batch AS (
       SELECT j.id, j.entity_id, j.effective_on, j.recorded_at, j.reverses_id FROM ledger.journal j
       WHERE j.tenant_id = $1 AND ($2::uuid IS NULL OR j.id > $2) ORDER BY j.id LIMIT $3
     ), line AS (
       SELECT b.id, b.reverses_id, a.currency, e.account_id, e.amount, e.line, e.transaction_currency, e.transaction_amount, e.fx_rate,
              e.effective_on <> b.effective_on OR a.entity_id IS DISTINCT FROM b.entity_id AS is_foreign
       FROM batch b
       LEFT JOIN ledger.entry e ON e.tenant_id = $1 AND e.journal_id = b.id AND e.recorded_at = b.recorded_at
       LEFT JOIN ledger.account a ON a.tenant_id = $1 AND a.id = e.account_id
     ), taken_back AS (
       SELECT b.id, b.reverses_id, e.account_id, e.amount, e.line, e.transaction_currency, e.transaction_amount, e.fx_rate
       FROM batch b
       JOIN ledger.journal o ON o.tenant_id = $1 AND o.id = b.reverses_id
       JOIN ledger.entry e ON e.tenant_id = $1 AND e.journal_id = o.id AND e.recorded_at = o.recorded_at
     ), fault AS (
       SELECT id, 1 AS rank, format('it has %s lines, numbered up to %s', count(line), max(line)) AS reason
       FROM line GROUP BY id HAVING count(line) < 2 OR max(line) <> count(line) OR count(DISTINCT line) <> count(line)
       UNION ALL
       SELECT id, 2, 'a line counts on another day, or on an account that is not of its entity' FROM line WHERE is_foreign
       UNION ALL
       SELECT l.id, 3, format('line %s: %s %s at %s are not %s %s', l.line, l.transaction_amount, l.transaction_currency, l.fx_rate, l.amount, l.currency)
       FROM line l JOIN reference.currency c ON c.code = l.currency
       WHERE num_nonnulls(l.transaction_currency, l.transaction_amount, l.fx_rate) > 0
         AND (l.amount = round(l.transaction_amount * l.fx_rate, c.minor_unit)
              AND sign(l.transaction_amount) = sign(l.amount) AND l.fx_rate > 0 AND l.transaction_currency <> l.currency) IS NOT TRUE
       UNION ALL
       SELECT l.id, 4, format('line %s is in no known currency', l.line) FROM line l
       WHERE NOT EXISTS (SELECT FROM reference.currency c WHERE c.code = coalesce(l.transaction_currency, l.currency))
       UNION ALL
       SELECT id, 5, format('line %s does not take back that of journal %s', line, coalesce(l.reverses_id, t.reverses_id))
       FROM (SELECT * FROM line WHERE reverses_id IS NOT NULL) l FULL JOIN taken_back t USING (id, line)
       WHERE (l.account_id, l.amount, l.transaction_currency, l.transaction_amount, l.fx_rate)
             IS DISTINCT FROM (t.account_id, -t.amount, t.transaction_currency, -t.transaction_amount, t.fx_rate)
       UNION ALL
       SELECT id, 6, format('its lines sum to %s %s', sum(amount), currency) FROM line GROUP BY id, currency HAVING sum(amount) <> 0
     ), first_fault AS (
       SELECT id, reason FROM fault ORDER BY id, rank, length(reason), reason LIMIT 1
     )
     SELECT (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last, (SELECT count(*)::int FROM batch) AS count,
            (SELECT json_build_object('id', id, 'reason', reason) FROM first_fault) AS fault`,
    [tenantId, after, limit],
  )
  return rows[0]
}

/** The first account that entries name and that is not there. Skips from account to account along an index. */
export async function findMissingAccount(client: pg.ClientBase, tenantId: string): Promise<Fault | undefined> {
  const { rows } = await client.query(
    `WITH RECURSIVE used AS (
       (SELECT e.account_id AS id FROM ledger.entry e WHERE e.tenant_id = $1 ORDER BY e.account_id LIMIT 1)
       UNION ALL
       SELECT (SELECT e.account_id FROM ledger.entry e WHERE e.tenant_id = $1 AND e.account_id > used.id ORDER BY e.account_id LIMIT 1)
       FROM used WHERE used.id IS NOT NULL
     )
     SELECT id, 'it has entries and is not there' AS reason FROM used
     WHERE id IS NOT NULL AND NOT EXISTS (SELECT FROM ledger.account a WHERE a.tenant_id = $1 AND a.id = used.id) LIMIT 1`,
    [tenantId],
  )
  return rows[0]
}

/** The first book that is not closed through the day that its last closing or reopening says. */
export async function findWrongClosing(client: pg.ClientBase, tenantId: string): Promise<Fault | undefined> {
  const { rows } = await client.query(
    `SELECT b.id, format('they are closed through %s, the last change says %s', coalesce(b.closed_through::text, 'no day'), coalesce(c.closed_through::text, 'no day')) AS reason
     FROM ledger.book b
     LEFT JOIN LATERAL (
       SELECT p.closed_through FROM ledger.period_change p WHERE p.tenant_id = $1 AND p.entity_id = b.id ORDER BY p.id DESC LIMIT 1) c ON true
     WHERE b.tenant_id = $1 AND b.closed_through IS DISTINCT FROM c.closed_through ORDER BY b.id LIMIT 1`,
    [tenantId],
  )
  return rows[0]
}
