import type pg from 'pg'
import { money } from '../../server/platform/money.ts'
import { brokenInvariants } from '../simulation/invariants.ts'
import type { Known } from './load.ts'

/** What a table has of each thing that was sent, by its mark. */
interface Found {
  readonly mark: string
  readonly id: string
  readonly number: string | null
  readonly total: string | null
}

/** Counts of what had been sent and was not answered when somebody died. */
export interface InDoubt {
  readonly written: number
  readonly notWritten: number
}

/**
 * What is wrong with a database that nobody works in, a sentence each: nothing that was acknowledged may lack or be there
 * twice, nothing else may be there more than once, and all that belongs together must be there together.
 */
export async function judge(database: pg.Client, known: Known): Promise<{ faults: string[]; inDoubt: InDoubt }> {
  const faults: string[] = []
  for (const [what, query] of Object.entries(mustBeEmpty)) {
    const { rows } = await database.query(query)
    if (rows.length > 0) faults.push(`${what}: ${rows.length}, the first ${JSON.stringify(rows[0])}`)
  }
  for (const { id } of (await database.query<{ id: string }>('SELECT tenant_id AS id FROM audit.head')).rows)
    faults.push(...(await brokenInvariants(database, id)))
  const { rows } = await database.query<Found>(everythingMarked)
  const found = Map.groupBy(rows, ({ mark }) => mark)
  const slips = new Set((await database.query<{ id: string }>('SELECT sale_id AS id FROM sync.slip')).rows.map(idOf))
  const inDoubt = { written: 0, notWritten: 0 }
  for (const { task, id, number, total } of known.answered.values()) {
    if (task.saleIds) {
      const lacking = task.saleIds.filter((saleId) => !slips.has(saleId))
      if (lacking.length > 0) faults.push(`${task.mark} was acknowledged and has no ${lacking}`)
      continue
    }
    const [one, ...more] = found.get(task.mark) ?? []
    if (!one) faults.push(`${task.mark} was acknowledged and is not there`)
    else if (more.length > 0) faults.push(`${task.mark} was acknowledged and is there ${1 + more.length} times`)
    else if (one.id !== id || (number !== undefined && one.number !== number) || !isSameTotal(one.total, total))
      faults.push(`${task.mark} was answered ${id} ${number} ${total} and is ${one.id} ${one.number} ${one.total}`)
  }
  for (const { mark, saleIds } of [...known.open.values(), ...known.lost.values()]) {
    const copies = saleIds ? saleIds.filter((id) => slips.has(id)).length : (found.get(mark)?.length ?? 0)
    if (saleIds ? copies !== 0 && copies !== saleIds.length : copies > 1)
      faults.push(`${mark} was not answered and is there ${copies} times`)
    if (known.open.has(mark)) inDoubt[copies > 0 ? 'written' : 'notWritten']++
  }
  for (const mark of found.keys())
    if (![known.answered, known.open, known.lost].some((some) => some.has(mark))) faults.push(`nobody sent ${mark}`)
  return { faults, inDoubt }
}

const idOf = ({ id }: { id: string }) => id

/** True as well of what has no total. */
function isSameTotal(found: string | null, answered: string | undefined): boolean {
  return found === null || answered === undefined || money(found).equals(money(answered))
}

const everythingMarked = `
  SELECT note AS mark, id, number, total FROM sales.sale WHERE note IS NOT NULL
  UNION ALL SELECT reason, id, NULL, NULL FROM cash.movement
  UNION ALL SELECT legal_name, id, NULL, NULL FROM tenants.entity WHERE legal_name LIKE 'keyless entity %'
  UNION ALL SELECT description, id, NULL, NULL FROM ledger.journal WHERE document_type = 'journal_voucher'`

/** A query for each thing that must never be, beside what breaks an invariant: its rows are the faults. */
const mustBeEmpty = {
  'receipts that are not whole': `
    WITH line AS (
      SELECT sale_id, count(*) AS lines, sum(quantity) AS quantity, sum(total) AS total, sum(cost) AS cost FROM sales.line GROUP BY sale_id
    ), paid AS (SELECT document_id, sum(amount) AS amount FROM payments.payment GROUP BY document_id),
    moved AS (
      SELECT p.document_id, count(DISTINCT p.id) AS postings, -sum(m.quantity) AS quantity, -sum(m.value) AS cost
      FROM inventory.posting p JOIN inventory.movement m ON m.posting_id = p.id GROUP BY p.document_id
    ), booked AS (
      SELECT j.document_id, count(DISTINCT j.id) AS journals, sum(e.amount) AS amount
      FROM ledger.journal j JOIN ledger.entry e ON e.journal_id = j.id GROUP BY j.document_id
    ), sealed AS (SELECT resource_id, count(*) AS entries FROM audit.entry WHERE resource_type IN ('sale', 'refund') GROUP BY resource_id)
    SELECT s.id, s.number, s.note, line.*, paid.amount AS paid, moved.*, booked.*, sealed.entries
    FROM sales.sale s
    LEFT JOIN line ON line.sale_id = s.id
    LEFT JOIN paid ON paid.document_id = s.id
    LEFT JOIN moved ON moved.document_id = s.id
    LEFT JOIN booked ON booked.document_id = s.id
    LEFT JOIN sealed ON sealed.resource_id = s.id::text
    WHERE (line.lines, line.total, line.cost, paid.amount, moved.postings, moved.quantity, moved.cost, booked.journals, booked.amount, sealed.entries)
      IS DISTINCT FROM
      (CASE s.kind WHEN 'sale' THEN 3 ELSE 1 END, s.total, s.cost, s.total + s.rounding, 1, line.quantity, s.cost, 1, 0, 1)`,
  'what belongs to a receipt that is not there': `
    WITH part AS (
      SELECT 'payment' AS part, document_id::text AS id FROM payments.payment
      UNION ALL SELECT 'posting', document_id::text FROM inventory.posting WHERE kind IN ('sale', 'return')
      UNION ALL SELECT 'journal', document_id::text FROM ledger.journal WHERE document_type IN ('sale', 'refund')
      UNION ALL SELECT 'audit entry', resource_id FROM audit.entry WHERE resource_type IN ('sale', 'refund')
      UNION ALL SELECT 'slip', sale_id::text FROM sync.slip
      UNION ALL SELECT 'stored answer', answer -> 'body' ->> 'id' FROM platform.idempotency_key WHERE answer -> 'body' ->> 'number' IS NOT NULL
    )
    SELECT part.* FROM part LEFT JOIN sales.sale s ON s.id::text = part.id WHERE s.id IS NULL`,
  'receipts with a key and no stored answer, or offline ones without a slip': `
    WITH stored AS (SELECT DISTINCT answer -> 'body' ->> 'id' AS id FROM platform.idempotency_key)
    SELECT s.id, s.note FROM sales.sale s
    LEFT JOIN stored ON stored.id = s.id::text
    LEFT JOIN sync.slip p ON p.sale_id = s.id
    WHERE CASE WHEN s.is_offline THEN p.id IS NULL ELSE s.note NOT LIKE 'keyless %' AND stored.id IS NULL END`,
  'drawers that are not what the ledger holds for them': `
    SELECT s.number, a.purpose, a.balance, s.float_amount, p.paid, m.moved FROM cash.session s
    JOIN ledger.account a ON a.holder_type = 'session' AND a.holder_id = s.id
    LEFT JOIN LATERAL (
      SELECT sum(p.amount) AS paid FROM payments.payment p JOIN payments.tender t ON t.id = p.tender_id
      WHERE p.session_id = s.id AND (t.kind = 'cash') = (a.purpose = 'cash')) p ON true
    LEFT JOIN LATERAL (SELECT sum(m.amount) AS moved FROM cash.movement m WHERE m.session_id = s.id AND a.purpose = 'cash') m ON true
    WHERE a.balance <> CASE a.purpose WHEN 'cash' THEN s.float_amount ELSE 0 END + coalesce(p.paid, 0) + coalesce(m.moved, 0)`,
  'books that do not balance': `
    SELECT entity_id, sum(balance) FROM ledger.account GROUP BY entity_id HAVING sum(balance) <> 0`,
  'cash that was paid in without its journal or its entry in the chain': `
    SELECT m.id FROM cash.movement m
    WHERE (SELECT count(*) FROM ledger.journal j JOIN ledger.entry e ON e.journal_id = j.id WHERE j.id = m.id) <> 2
       OR (SELECT count(*) FROM audit.entry e WHERE e.event = 'cash.pay-in' AND e.resource_type = 'cash_movement' AND e.resource_id = m.id::text) <> 1`,
  'journals without their entry in the chain, or the other way round': `
    SELECT j.id, e.resource_id FROM (SELECT id FROM ledger.journal WHERE document_type = 'journal_voucher') j
    FULL JOIN (SELECT resource_id FROM audit.entry WHERE event = 'ledger.post-journal' AND resource_type = 'journal') e ON e.resource_id = j.id::text
    WHERE j.id IS NULL OR e.resource_id IS NULL`,
  'legal entities without books, or not as often in the chain as they were made': `
    SELECT e.id FROM tenants.entity e
    WHERE NOT EXISTS (SELECT FROM ledger.book b WHERE b.id = e.id)
       OR e.legal_name LIKE 'keyless %' AND 2 <> (
         SELECT count(*) FROM audit.entry a WHERE a.event = 'tenants.create-entity' AND a.resource_id = e.id::text)`,
} as const
