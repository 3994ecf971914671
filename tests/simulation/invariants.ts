import type pg from 'pg'

interface Invariant {
  readonly always: string
  /** Finds rows where it does not hold: $1 is the tenant. */
  readonly text: string
}

const invariants: readonly Invariant[] = [
  {
    always: 'movements add up to the stock of each batch',
    text: `SELECT l.id, l.on_hand, m.quantity FROM inventory.level l LEFT JOIN (
        SELECT level_id, sum(quantity) AS quantity, count(*) AS times FROM inventory.movement WHERE tenant_id = $1 GROUP BY 1) m ON m.level_id = l.id
      WHERE l.tenant_id = $1 AND (l.on_hand <> coalesce(m.quantity, 0) OR l.version <> coalesce(m.times, 0))`,
  },
  {
    always: 'entries add up to the balance of each account',
    text: `SELECT a.code, a.balance, e.amount FROM ledger.account a LEFT JOIN (
        SELECT account_id, sum(amount) AS amount, count(*) AS times FROM ledger.entry WHERE tenant_id = $1 GROUP BY 1) e ON e.account_id = a.id
      WHERE a.tenant_id = $1 AND (a.balance <> coalesce(e.amount, 0) OR a.balance_version <> coalesce(e.times, 0))`,
  },
  {
    always: 'entries of each journal add up to nothing, and none is without a journal',
    text: `SELECT e.journal_id, sum(e.amount), count(j.id) FROM ledger.entry e LEFT JOIN ledger.journal j ON j.tenant_id = e.tenant_id AND j.id = e.journal_id
      WHERE e.tenant_id = $1 GROUP BY 1 HAVING sum(e.amount) <> 0 OR count(j.id) < count(*)`,
  },
  {
    always: 'movements are worth what the account of the stock of each branch holds',
    text: `SELECT b.id, m.value, a.balance FROM tenants.branch b
      LEFT JOIN (SELECT branch_id, sum(value) AS value FROM inventory.movement WHERE tenant_id = $1 GROUP BY 1) m ON m.branch_id = b.id
      LEFT JOIN (SELECT holder_id, sum(balance) AS balance FROM ledger.account WHERE tenant_id = $1 AND purpose = 'inventory' GROUP BY 1) a ON a.holder_id = b.id
      WHERE b.tenant_id = $1 AND coalesce(m.value, 0) <> coalesce(a.balance, 0)`,
  },
  {
    always: 'movements add up to what is weighed of each variant in each branch',
    text: `SELECT c.branch_id, c.variant_id FROM inventory.cost c LEFT JOIN (
        SELECT branch_id, variant_id, sum(quantity) AS quantity, sum(value) AS value FROM inventory.movement WHERE tenant_id = $1 GROUP BY 1, 2) m
        USING (branch_id, variant_id)
      WHERE c.tenant_id = $1 AND (c.quantity <> coalesce(m.quantity, 0) OR c.value <> coalesce(m.value, 0))`,
  },
  {
    always: 'each session that is not over has what was paid and moved in it, and the others have nothing',
    text: `SELECT s.number, s.status, a.cash, p.cash, p.card, a.card FROM cash.session s
      LEFT JOIN LATERAL (SELECT coalesce(sum(a.balance) FILTER (WHERE a.purpose = 'cash'), 0) AS cash,
          coalesce(sum(a.balance) FILTER (WHERE a.purpose <> 'cash'), 0) AS card
        FROM ledger.account a WHERE a.tenant_id = $1 AND a.holder_id = s.id) a ON true
      LEFT JOIN LATERAL (SELECT coalesce(sum(p.amount) FILTER (WHERE t.kind = 'cash'), 0) AS cash, coalesce(sum(p.amount) FILTER (WHERE t.kind <> 'cash'), 0) AS card
        FROM payments.payment p JOIN payments.tender t ON t.tenant_id = p.tenant_id AND t.id = p.tender_id
        WHERE p.tenant_id = $1 AND p.session_id = s.id) p ON true
      LEFT JOIN LATERAL (SELECT coalesce(sum(CASE m.kind WHEN 'pay_in' THEN m.amount ELSE -m.amount END), 0) AS cash FROM cash.movement m
        WHERE m.tenant_id = $1 AND m.session_id = s.id) m ON true
      LEFT JOIN LATERAL (SELECT coalesce(sum(t.amount_impact), 0) AS off FROM cash.step t
        WHERE t.tenant_id = $1 AND t.session_id = s.id AND t.action = 'write_off') w ON true
      WHERE s.tenant_id = $1 AND CASE WHEN s.status = 'closed' THEN a.cash <> 0 OR a.card <> 0
        -- What is written off does not say of which of the two it is.
        WHEN w.off <> 0 THEN a.cash + a.card <> s.float_amount + p.cash + p.card + m.cash - w.off
        ELSE a.cash <> s.float_amount + p.cash + m.cash OR a.card <> p.card END`,
  },
  {
    always: 'no more comes back of a sale than was sold and paid',
    text: `SELECT s.number FROM sales.sale s JOIN sales.line l ON l.tenant_id = s.tenant_id AND l.sale_id = s.id AND l.of_line IS NULL
      JOIN sales.sale r ON r.tenant_id = s.tenant_id AND r.original_id = s.id
      JOIN sales.line b ON b.tenant_id = r.tenant_id AND b.sale_id = r.id AND b.of_line = l.line
      WHERE s.tenant_id = $1 GROUP BY s.number, l.line, l.quantity, l.total
      HAVING l.quantity + sum(b.quantity) < 0 OR l.total + sum(b.total) < 0
        OR (l.quantity + sum(b.quantity) = 0 AND l.total + sum(b.total) <> 0)`,
  },
  {
    always: 'what is left of what was paid for a sale is what its receipts come to',
    text: `SELECT p.origin_id FROM payments.payment p WHERE p.tenant_id = $1 GROUP BY p.origin_id
      HAVING sum(p.amount) < 0 OR sum(p.amount) <> (SELECT sum(s.total + s.rounding) FROM sales.sale s
        WHERE s.tenant_id = $1 AND (s.id = p.origin_id OR s.root_id = p.origin_id))`,
  },
  {
    always: 'receipts of a register are numbered from 1 without a gap',
    text: `SELECT r.code, r.last_sequence, s.times, s.last FROM registers.register r LEFT JOIN (
        SELECT register_id, count(DISTINCT sequence) AS times, max(sequence) AS last FROM sales.sale WHERE tenant_id = $1 GROUP BY 1) s ON s.register_id = r.id
      WHERE r.tenant_id = $1 AND (r.last_sequence <> coalesce(s.times, 0) OR r.last_sequence <> coalesce(s.last, 0))`,
  },
  {
    always: 'each receipt has its journal, net and tax are its total, and its lines are the receipt',
    text: `SELECT s.number FROM sales.sale s
      LEFT JOIN (SELECT sale_id, sum(net) AS net, sum(tax) AS tax, sum(total) AS total FROM sales.line WHERE tenant_id = $1 GROUP BY 1) l ON l.sale_id = s.id
      WHERE s.tenant_id = $1 AND (s.net + s.tax <> s.total OR (s.net, s.tax, s.total) IS DISTINCT FROM (l.net, l.tax, l.total)
        OR NOT EXISTS (SELECT FROM ledger.journal j WHERE j.tenant_id = $1 AND j.document_id = s.id))`,
  },
  {
    always: 'tax collected is the tax of all receipts',
    text: `SELECT 1 WHERE (SELECT -coalesce(sum(balance), 0) FROM ledger.account WHERE tenant_id = $1 AND purpose = 'vat_collected')
      <> (SELECT coalesce(sum(tax), 0) FROM sales.sale WHERE tenant_id = $1)`,
  },
  {
    always: 'each entry of the chain follows the one before it, up to the head',
    text: `SELECT e.seq FROM (
        SELECT seq, hash, previous_hash, body, lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER w AS before, row_number() OVER w AS place
        FROM audit.entry WHERE tenant_id = $1 WINDOW w AS (ORDER BY seq)) e
      WHERE e.place <> e.seq OR e.previous_hash <> e.before OR e.hash <> sha256(e.previous_hash || convert_to(e.body, 'UTF8'))
      UNION ALL SELECT h.seq FROM audit.head h WHERE h.tenant_id = $1
        AND h.seq <> 0 AND NOT EXISTS (SELECT FROM audit.entry e WHERE e.tenant_id = $1 AND e.seq = h.seq AND e.hash = h.hash)
      UNION ALL SELECT max(e.seq) FROM audit.entry e WHERE e.tenant_id = $1
        HAVING max(e.seq) IS DISTINCT FROM (SELECT nullif(h.seq, 0) FROM audit.head h WHERE h.tenant_id = $1)`,
  },
]

/** What does not hold in a tenant of what always should, by plain sums over its rows. */
export async function brokenInvariants(superuser: Pick<pg.ClientBase, 'query'>, tenantId: string): Promise<string[]> {
  const broken: string[] = []
  for (const { always, text } of invariants) {
    const { rows } = await superuser.query(`${text} LIMIT 3`, [tenantId])
    if (rows.length > 0) broken.push(`not so: ${always}: ${rows.map((row) => JSON.stringify(row)).join(', ')}`)
  }
  return broken
}
