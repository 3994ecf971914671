import type pg from 'pg'
import type { Sheet } from './sales-sheet.ts'

interface Which {
  readonly tenantId: string
  readonly id: string
}

/** What is not as it has to be after a file came in once: documents, lines, books, stock, goods, customers, provenance, errors. */
export async function judgeImport(client: pg.Client, { tenantId, id }: Which, sheet: Sheet): Promise<string[]> {
  const counted = await client.query(
    `SELECT i.status, i.total_rows AS rows, i.processed_rows AS processed, i.created_rows AS created, i.failed_rows AS failed,
       (SELECT count(*)::int FROM history.document WHERE tenant_id = $1) AS documents,
       (SELECT count(DISTINCT number)::int FROM history.document WHERE tenant_id = $1) AS numbers,
       (SELECT count(*)::int FROM history.line WHERE tenant_id = $1) AS lines,
       (SELECT trim_scale(sum(exact_amount))::text FROM history.line WHERE tenant_id = $1) AS exact,
       (SELECT trim_scale(sum(total))::text FROM history.line WHERE tenant_id = $1) AS rounded,
       (SELECT trim_scale(balance)::text FROM ledger.account WHERE tenant_id = $1 AND purpose = 'history_clearing') AS booked,
       (SELECT count(*)::int FROM ledger.journal WHERE tenant_id = $1 AND id IN (SELECT id FROM history.document)) AS journals,
       (SELECT count(*)::int FROM catalog.variant WHERE tenant_id = $1 AND deleted_at IS NULL) AS goods,
       (SELECT count(*)::int FROM parties.party WHERE tenant_id = $1 AND deleted_at IS NULL) AS customers,
       (SELECT count(*)::int FROM imports.error WHERE tenant_id = $1 AND import_id = $2 AND run = i.run) AS errors
     FROM imports.import i WHERE i.tenant_id = $1 AND i.id = $2`,
    [tenantId, id],
  )
  const failed = sheet.rows - sheet.goodRows
  const expected = {
    ...{ status: 'committed', rows: sheet.rows, processed: sheet.rows, created: sheet.goodRows, failed },
    ...{ documents: sheet.documents, numbers: sheet.documents, lines: sheet.goodRows },
    ...{ exact: sheet.exact, rounded: sheet.rounded, booked: sheet.rounded, journals: sheet.documents },
    ...{ goods: sheet.sold.size, customers: sheet.customers, errors: failed },
  }
  const noted = await client.query(
    `SELECT resource, what, count(*)::int AS count, count(DISTINCT row_number)::int AS rows, count(DISTINCT resource_id)::int AS things
     FROM imports.provenance WHERE tenant_id = $1 AND import_id = $2 GROUP BY resource, what ORDER BY resource`,
    [tenantId, id],
  )
  const provenance = [
    {
      resource: 'history_document',
      what: 'created',
      count: sheet.goodRows,
      rows: sheet.goodRows,
      things: sheet.documents,
    },
    { resource: 'party', what: 'created', count: sheet.customers, things: sheet.customers },
    { resource: 'product', what: 'created', count: sheet.sold.size, things: sheet.sold.size },
  ]
  const stock = await client.query(
    `SELECT v.sku, trim_scale(sum(l.on_hand))::text AS on_hand FROM inventory.level l
     JOIN catalog.variant v ON v.tenant_id = l.tenant_id AND v.id = l.variant_id
     WHERE l.tenant_id = $1 GROUP BY v.sku ORDER BY v.sku`,
    [tenantId],
  )
  const left = [...sheet.sold].map(([sku, quantity]) => ({ sku, on_hand: `-${quantity}` }))
  return [
    ...differences('counts', counted.rows[0], expected),
    ...differences(
      'provenance',
      noted.rows.map(({ rows, ...one }) => (one.resource === 'history_document' ? { ...one, rows } : one)),
      provenance,
    ),
    ...differences(
      'stock',
      stock.rows,
      left.toSorted((a, b) => (a.sku < b.sku ? -1 : 1)),
    ),
    ...(await judgeSums(client, tenantId)),
  ]
}

/** What is left of a file that was taken back, or was taken back twice. */
export async function judgeUndo(client: pg.Client, { tenantId, id }: Which, sheet: Sheet): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT i.status, i.fault,
       (SELECT count(*)::int FROM history.reversal WHERE tenant_id = $1) AS reversals,
       (SELECT count(*)::int FROM history.read_document WHERE tenant_id = $1) AS documents,
       (SELECT count(*)::int FROM ledger.account WHERE tenant_id = $1 AND balance <> 0) AS booked,
       (SELECT count(*)::int FROM ledger.daily_total WHERE tenant_id = $1 AND debit <> credit) AS days,
       (SELECT count(*)::int FROM inventory.level WHERE tenant_id = $1 AND on_hand <> 0) AS stocked,
       (SELECT count(*)::int FROM catalog.variant WHERE tenant_id = $1 AND deleted_at IS NULL) AS goods,
       (SELECT count(*)::int FROM parties.party WHERE tenant_id = $1 AND deleted_at IS NULL) AS customers
     FROM imports.import i WHERE i.tenant_id = $1 AND i.id = $2`,
    [tenantId, id],
  )
  const nothing = { documents: 0, booked: 0, days: 0, stocked: 0, goods: 0, customers: 0 }
  const expected = { status: 'undone', fault: null, reversals: sheet.documents, ...nothing }
  return [...differences('after the undo', rows[0], expected), ...(await judgeSums(client, tenantId))]
}

/** Balances and stock that are not the sum of what was recorded. */
async function judgeSums(client: pg.Client, tenantId: string): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT 'account ' || a.code AS what FROM ledger.account a
       LEFT JOIN ledger.entry e ON e.tenant_id = a.tenant_id AND e.account_id = a.id
       WHERE a.tenant_id = $1 GROUP BY a.id, a.code, a.balance, a.balance_version
       HAVING a.balance <> coalesce(sum(e.amount), 0) OR a.balance_version <> count(e.amount)
     UNION ALL
     SELECT 'journal ' || e.journal_id FROM ledger.entry e WHERE e.tenant_id = $1 GROUP BY e.journal_id HAVING sum(e.amount) <> 0
     UNION ALL
     SELECT 'level ' || l.id FROM inventory.level l
       LEFT JOIN inventory.movement m ON m.tenant_id = l.tenant_id AND m.level_id = l.id
       WHERE l.tenant_id = $1 GROUP BY l.id, l.on_hand, l.version
       HAVING l.on_hand <> coalesce(sum(m.quantity), 0) OR l.version <> count(m.quantity)`,
    [tenantId],
  )
  return rows.map(({ what }) => `${what} does not add up`)
}

function differences(what: string, found: unknown, expected: unknown): string[] {
  const [is, should] = [JSON.stringify(sorted(found)), JSON.stringify(sorted(expected))]
  return is === should ? [] : [`${what}: ${is} in place of ${should}`]
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
