import { sql } from 'kysely'
import { together } from '../platform/database.ts'
import type { ErrorKind, outcomes } from './contract.ts'
import type { Preview, Scope } from './queries.ts'
import type { Made } from './target.ts'

const now = sql<Date>`transaction_timestamp()`

export interface NewError {
  readonly id: string
  readonly import_id: string
  readonly run: number
  readonly row_number: number
  readonly column_name: string | null
  readonly field: string | null
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
  readonly original_value: string | null
  readonly suggested_value: string | null
}

/** Notes errors of rows. */
export async function insertErrors({ client, tenantId }: Scope, errors: readonly NewError[]): Promise<void> {
  if (errors.length === 0) return
  await client.query({
    name: 'imports-insert-errors',
    text: `INSERT INTO imports.error (tenant_id, id, import_id, run, row_number, column_name, field, kind, code, message, original_value, suggested_value)
           SELECT $1, e.* FROM jsonb_to_recordset($2) AS e (id uuid, import_id uuid, run integer, row_number integer, column_name text,
             field text, kind text, code text, message text, original_value text, suggested_value text)`,
    values: [tenantId, JSON.stringify(errors)],
  })
}

const errorColumns = [
  'id',
  'row_number',
  'column_name as column',
  'field',
  sql<ErrorKind>`kind`.as('kind'),
  'code',
  'message',
  'original_value',
  'suggested_value',
  'is_resolved',
] as const

export interface ErrorFilter {
  readonly id: string
  readonly run: number
  readonly row_number?: number | undefined
  readonly code?: string | undefined
  readonly is_resolved?: boolean | undefined
  readonly limit: number
}

/** A page of the errors of a run, by row, and one more when there is a next page. */
export function listErrors(
  { db, tenantId }: Scope,
  { id, run, row_number, code, is_resolved, limit }: ErrorFilter,
  after: readonly [row: number, id: string] | undefined,
) {
  return db
    .selectFrom('imports.error')
    .select(errorColumns)
    .where('tenant_id', '=', tenantId)
    .where('import_id', '=', id)
    .where('run', '=', run)
    .$if(row_number !== undefined, (qb) => qb.where('row_number', '=', row_number ?? 0))
    .$if(code !== undefined, (qb) => qb.where('code', '=', code ?? ''))
    .$if(is_resolved !== undefined, (qb) => qb.where('is_resolved', '=', is_resolved ?? false))
    .$if(after !== undefined, (qb) =>
      qb.where((eb) => eb(eb.refTuple('row_number', 'id'), '>', eb.tuple(after?.[0] ?? 0, after?.[1] ?? ''))),
    )
    .orderBy('row_number')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** In which ways the rows of a run are wrong, and how many in each, the most frequent first. */
export function countErrors({ db, tenantId }: Scope, { id, run }: Pick<ErrorFilter, 'id' | 'run'>) {
  return db
    .selectFrom('imports.error')
    .select([
      'column_name as column',
      'field',
      sql<ErrorKind>`kind`.as('kind'),
      'code',
      sql<number>`count(DISTINCT row_number)::integer`.as('rows'),
      sql<number>`count(suggested_value)::integer`.as('suggestions'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('import_id', '=', id)
    .where('run', '=', run)
    .where('is_resolved', '=', false)
    .groupBy(['column_name', 'field', 'kind', 'code'])
    .orderBy('rows', 'desc')
    .orderBy('code')
    .orderBy('field')
    .limit(mostCounted)
    .execute()
}

const mostCounted = 100

/** Says of the errors of a row that they are resolved; answers whether there were any that were not. */
export async function resolveErrors(
  { db, tenantId }: Scope,
  { id, run, row_number }: Pick<ErrorFilter, 'id' | 'run'> & { row_number: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('imports.error')
    .set((eb) => ({ is_resolved: true, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('import_id', '=', id)
    .where('run', '=', run)
    .where('row_number', '=', row_number)
    .where('is_resolved', '=', false)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** The rows of a run that have an error, in their order, after one, at most so many. */
export async function rejectedRows(
  { client, tenantId }: Scope,
  { id, run, after, most }: { id: string; run: number; after: number; most: number },
): Promise<{ row_number: number; reasons: string }[]> {
  const { rows } = await client.query({
    name: 'imports-rejected-rows',
    text: `SELECT row_number, string_agg(coalesce(column_name || ': ', '') || message, '; ' ORDER BY id) AS reasons
           FROM imports.error
           WHERE tenant_id = $1 AND import_id = $2 AND run = $3 AND row_number > $4 AND NOT is_resolved
           GROUP BY row_number ORDER BY row_number LIMIT $5`,
    values: [tenantId, id, run, after, most],
  })
  return rows
}

/** Puts a value in the place of a cell. */
export async function putFix(
  { client, tenantId }: Scope,
  fix: { import_id: string; row_number: number; column: string; value: string },
): Promise<void> {
  await client.query({
    name: 'imports-put-fix',
    text: `INSERT INTO imports.fix AS f (tenant_id, import_id, row_number, column_name, value) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (tenant_id, import_id, row_number, column_name)
           DO UPDATE SET value = excluded.value, version = f.version + 1, updated_at = excluded.updated_at`,
    values: [tenantId, fix.import_id, fix.row_number, fix.column, fix.value],
  })
}

/**
 * Puts a value in the place of all cells of a column that a run found wrong in one way, or without a value what is suggested for
 * each; answers in how many rows.
 */
export async function putFixesAlike(
  { client, tenantId }: Scope,
  fix: {
    import_id: string
    run: number
    column: string
    code: string
    original_value: string | null
    value: string | null
  },
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'imports-put-fixes-alike',
    text: `INSERT INTO imports.fix AS f (tenant_id, import_id, row_number, column_name, value)
           SELECT DISTINCT ON (e.row_number) $1::uuid, $2::uuid, e.row_number, e.column_name, coalesce($7::text, e.suggested_value)
           FROM imports.error e
           WHERE e.tenant_id = $1 AND e.import_id = $2 AND e.run = $3 AND e.column_name = $4 AND e.code = $5 AND NOT e.is_resolved
             AND ($6::text IS NULL OR e.original_value = $6) AND coalesce($7::text, e.suggested_value) IS NOT NULL
           ORDER BY e.row_number, e.id
           ON CONFLICT (tenant_id, import_id, row_number, column_name)
           DO UPDATE SET value = excluded.value, version = f.version + 1, updated_at = excluded.updated_at`,
    values: [tenantId, fix.import_id, fix.run, fix.column, fix.code, fix.original_value, fix.value],
  })
  return rowCount ?? 0
}

/** The cells of an import that were put right, by row. */
export async function readFixes(
  { client, tenantId }: Scope,
  importId: string,
): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  const { rows } = await client.query<{ row_number: number; column_name: string; value: string }>({
    name: 'imports-read-fixes',
    text: 'SELECT row_number, column_name, value FROM imports.fix WHERE tenant_id = $1 AND import_id = $2',
    values: [tenantId, importId],
  })
  const fixes = new Map<number, Map<string, string>>()
  for (const { row_number, column_name, value } of rows)
    fixes.set(row_number, (fixes.get(row_number) ?? new Map()).set(column_name, value))
  return fixes
}

export type NewProvenance = Omit<Made, 'old'> & {
  readonly provenanceId: string
  readonly row_number: number
  readonly old?: Made['old']
}

/** Calls imports.record. */
export async function recordProvenance(
  { client, tenantId }: Scope,
  importId: string,
  rows: readonly NewProvenance[],
): Promise<void> {
  if (rows.length === 0) return
  const recorded = rows.map((one) => ({
    id: one.provenanceId,
    row_number: one.row_number,
    resource: one.resource,
    resource_id: one.id,
    what: one.what,
    version_after: one.version_after ?? null,
    old_values: one.old ?? null,
  }))
  await client.query({
    name: 'imports-record',
    text: 'SELECT imports.record($1, $2, $3)',
    values: [tenantId, importId, JSON.stringify(recorded)],
  })
}

/** A page of what rows became, of an import in the order of rows or of a thing the last first, and one more when there is a next page. */
export function listProvenance(
  { db, tenantId }: Scope,
  {
    import_id,
    resource_id,
    limit,
  }: { import_id?: string | undefined; resource_id?: string | undefined; limit: number },
  after: readonly [row: number, id: string] | undefined,
) {
  return db
    .selectFrom('imports.provenance as p')
    .innerJoin('imports.import as i', (on) =>
      on.onRef('i.tenant_id', '=', 'p.tenant_id').onRef('i.id', '=', 'p.import_id'),
    )
    .select([
      'p.id',
      'p.import_id',
      'i.name as import_name',
      'i.sha256',
      'p.row_number',
      'p.resource',
      'p.resource_id',
      sql<(typeof outcomes)[number]>`p.what`.as('what'),
      'p.created_at',
    ])
    .where('p.tenant_id', '=', tenantId)
    .$if(import_id !== undefined, (qb) =>
      qb
        .where('p.import_id', '=', import_id ?? '')
        .orderBy('p.row_number')
        .orderBy('p.id'),
    )
    .$if(resource_id !== undefined, (qb) => qb.where('p.resource_id', '=', resource_id ?? '').orderBy('p.id', 'desc'))
    .$if(after !== undefined && import_id !== undefined, (qb) =>
      qb.where((eb) => eb(eb.refTuple('p.row_number', 'p.id'), '>', eb.tuple(after?.[0] ?? 0, after?.[1] ?? ''))),
    )
    .$if(after !== undefined && import_id === undefined, (qb) => qb.where('p.id', '<', after?.[1] ?? ''))
    .limit(limit + 1)
    .execute()
}

/** What postings of stock, and their journals, come to: by branch, and by account. Read in the transaction that made them. */
export async function sumsOfPostings(
  { client, tenantId }: Scope,
  postingIds: readonly string[],
): Promise<Pick<Preview, 'stock' | 'ledger'>> {
  const stockOf = client.query<Preview['stock'][number]>({
    name: 'imports-stock-of-postings',
    text: `SELECT branch_id, sum(quantity)::text AS quantity, sum(value)::text AS value FROM inventory.movement
           WHERE tenant_id = $1 AND posting_id IN (
             SELECT id FROM inventory.posting WHERE tenant_id = $1 AND (id = ANY ($2::uuid[]) OR document_id = ANY ($2::uuid[])))
           GROUP BY branch_id ORDER BY branch_id`,
    values: [tenantId, postingIds],
  })
  const ledgerOf = client.query<Preview['ledger'][number]>({
    name: 'imports-ledger-of-postings',
    text: `SELECT a.id AS account_id, a.code, a.name, sum(e.amount)::text AS amount
           FROM ledger.entry e JOIN ledger.account a ON a.tenant_id = $1 AND a.id = e.account_id
           WHERE e.tenant_id = $1 AND e.journal_id = ANY ($2::uuid[]) GROUP BY a.id, a.code, a.name ORDER BY a.code, a.id`,
    values: [tenantId, postingIds],
  })
  const [stock, ledger] = await together([stockOf, ledgerOf] as const)
  return { stock: stock.rows, ledger: ledger.rows }
}
