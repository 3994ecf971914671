import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { ColumnLook, ColumnMatch, DateOrder, DecimalSign, SheetFormat, SheetNote } from '../sheets/index.ts'
import type { modes, Status } from './contract.ts'
import type { ImportedThing } from './target.ts'

const now = sql<Date>`transaction_timestamp()`
const atWork = ['checking', 'trying', 'committing', 'undoing'] as const

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** How numbers, days and codes are written in a file. */
export interface Conventions {
  readonly decimal?: DecimalSign | undefined
  readonly date_order?: DateOrder | undefined
  readonly are_codes_floats?: boolean | undefined
}

export type Mapping = Readonly<Record<string, string>>
export type OptionValues = Readonly<Record<string, string | boolean>>

const importColumns = [
  'i.id',
  'i.name',
  'i.target',
  sql<Status>`i.status`.as('status'),
  'i.file_name',
  'i.sha256',
  sql<number>`f.bytes::float8`.as('bytes'),
  sql<SheetFormat>`i.format`.as('format'),
  sql<Looks>`i.looks`.as('looks'),
  'i.signature',
  sql<Mapping>`i.mapping`.as('mapping'),
  sql<Conventions>`i.conventions`.as('conventions'),
  sql<OptionValues>`i.options`.as('options'),
  sql<Readonly<Record<string, number>>>`i.scattered`.as('scattered'),
  sql<(typeof modes)[number]>`i.mode`.as('mode'),
  'i.template_id',
  'i.first_import_id',
  'i.run',
  'i.total_rows',
  'i.processed_rows',
  'i.failed_rows',
  'i.created_rows',
  'i.updated_rows',
  'i.skipped_rows',
  'i.cursor_row',
  'i.completeness_score',
  'i.accuracy_score',
  'i.data_quality_score',
  sql<Preview | null>`i.preview`.as('preview'),
  'i.fault',
  'i.fault_code',
  'i.longest_hold_ms',
  'i.check_ms',
  'i.dry_run_ms',
  'i.commit_ms',
  'i.began_at',
  'i.worked_at',
  'i.committed_at',
  'i.undone_at',
  'i.expires_at',
  'i.expired_at',
  'i.employee_id',
  'i.user_id',
  'i.version',
  'i.created_at',
  'i.updated_at',
] as const

/** How the columns of a file look, and which fields they seem to be. Samples are emptied when the file is purged. */
export interface Looks {
  readonly columns: readonly ColumnLook[]
  readonly suggestions: readonly ColumnMatch[]
  readonly notes?: readonly SheetNote[]
}

/** An import as it is kept, with the size of its file. */
export type ImportRow = NonNullable<Awaited<ReturnType<typeof findImport>>>

export interface Preview {
  readonly created_rows: number
  readonly updated_rows: number
  readonly skipped_rows: number
  readonly failed_rows: number
  readonly made: Record<string, number>
  readonly stock: { readonly branch_id: string; readonly quantity: string; readonly value: string }[]
  readonly ledger: {
    readonly account_id: string
    readonly code: string
    readonly name: string
    readonly amount: string
  }[]
}

function selectImports(db: Scope['db'], tenantId: string) {
  return db
    .selectFrom('imports.import as i')
    .innerJoin('imports.file as f', (on) =>
      on.onRef('f.tenant_id', '=', 'i.tenant_id').onRef('f.sha256', '=', 'i.sha256'),
    )
    .select(importColumns)
    .where('i.tenant_id', '=', tenantId)
}

/** One import; with `lock`, held until the end of the transaction. */
export function findImport({ db, tenantId }: Scope, id: string, lock = false) {
  return selectImports(db, tenantId)
    .where('i.id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate('i'))
    .executeTakeFirst()
}

/** A page of imports, the last first, and one row more when there is a next page. */
export function listImports(
  { db, tenantId }: Scope,
  { target, status, limit }: { target?: string | undefined; status?: Status | undefined; limit: number },
  after: string | undefined,
) {
  return selectImports(db, tenantId)
    .$if(target !== undefined, (qb) => qb.where('i.target', '=', target ?? ''))
    .$if(status !== undefined, (qb) => qb.where('i.status', '=', status ?? ''))
    .$if(after !== undefined, (qb) => qb.where('i.id', '<', after ?? ''))
    .orderBy('i.id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** The import that brought a file in and was not undone, if there is one. */
export async function findFirstImport(
  { db, tenantId }: Scope,
  { target, sha256 }: Pick<ImportRow, 'target' | 'sha256'>,
): Promise<string | undefined> {
  const found = await db
    .selectFrom('imports.import')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('target', '=', target)
    .where('sha256', '=', sha256)
    .where('status', 'in', ['committing', 'committed', 'undoing', 'stopped'])
    .executeTakeFirst()
  return found?.id
}

export interface NewImport {
  readonly id: string
  readonly name: string
  readonly target: string
  readonly status: Status
  readonly file_name: string
  readonly sha256: string
  readonly format: SheetFormat
  readonly looks: Looks
  readonly signature: string
  readonly mapping: Mapping
  readonly conventions: Conventions
  readonly options: OptionValues
  readonly mode: (typeof modes)[number]
  readonly template_id: string | null
  readonly first_import_id: string | null
  readonly expires_at: Date
  readonly employee_id: string
  readonly user_id: string
}

/** Makes an import. */
export async function insertImport({ db, tenantId }: Scope, row: NewImport): Promise<void> {
  const { format, looks, mapping, conventions, options, ...plain } = row
  const kept = { format, looks, mapping, conventions, options }
  const texts = Object.fromEntries(
    Object.entries(kept).map(([name, value]) => [name, JSON.stringify(value)]),
  ) as Record<keyof typeof kept, string>
  await db
    .insertInto('imports.import')
    .values({ tenant_id: tenantId, ...plain, ...texts })
    .execute()
}

type Plain = Omit<
  ImportRow,
  'id' | 'bytes' | 'format' | 'looks' | 'mapping' | 'conventions' | 'options' | 'preview' | 'version'
>
type Kept = Pick<ImportRow, 'format' | 'looks' | 'mapping' | 'conventions' | 'options' | 'preview'>
export type ImportValues = Partial<Plain & Kept>

/**
 * Lets the running transaction commit before the disk has it. Should the machine fail at that moment, what it did is lost whole, with
 * its place in the audit chain and the cursor of the import, which does it again; whatever commits later takes it to the disk.
 */
export async function commitWithoutWaiting({ client }: Pick<Scope, 'client'>): Promise<void> {
  await client.query({ name: 'imports-commit-without-waiting', text: 'SET LOCAL synchronous_commit = off' })
}

/** Changes the fields given; the version counts up only where what somebody decided changes. */
export async function updateImport(
  { db, tenantId }: Scope,
  id: string,
  values: ImportValues,
  counting = true,
): Promise<void> {
  const { format, looks, mapping, conventions, options, preview, ...plain } = values
  const kept = Object.entries({ format, looks, mapping, conventions, options, preview }).filter(
    ([, one]) => one !== undefined,
  )
  await db
    .updateTable('imports.import')
    .set((eb) => ({
      ...plain,
      ...Object.fromEntries(kept.map(([name, value]) => [name, value === null ? null : JSON.stringify(value)])),
      ...(counting ? { version: eb('version', '+', 1) } : {}),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** The imports of a tenant that were being worked on, and not since a time. */
export async function findAbandoned({ db, tenantId }: Scope, before: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('imports.import')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('status', 'in', [...atWork])
    .where((eb) => eb.or([eb('worked_at', 'is', null), eb('worked_at', '<', before)]))
    .execute()
  return rows.map(({ id }) => id)
}

/** Notes a file and holds it until the end of the transaction: nobody purges it meanwhile. */
export async function putFile({ client, tenantId }: Scope, sha256: string, bytes: number): Promise<void> {
  await client.query({
    name: 'imports-put-file',
    text: `INSERT INTO imports.file AS f (tenant_id, sha256, bytes) VALUES ($1, $2, $3)
           ON CONFLICT (tenant_id, sha256) DO UPDATE SET purged_at = NULL, version = f.version + 1, updated_at = excluded.updated_at`,
    values: [tenantId, sha256, bytes],
  })
}

/** What the last rows before one became, whole rows, at most about so many things, the last first. */
export async function thingsBefore(
  { client, tenantId }: Scope,
  { id, before, most }: { id: string; before: number; most: number },
): Promise<ImportedThing[]> {
  const { rows } = await client.query<ImportedThing>({
    name: 'imports-things-before',
    text: `SELECT p.row_number, p.resource, p.resource_id, p.what, p.version_after, f.old_values AS old
           FROM imports.provenance p
           LEFT JOIN imports.former f ON f.tenant_id = $1 AND f.id = p.id
           WHERE p.tenant_id = $1 AND p.import_id = $2 AND p.row_number < $3 AND p.row_number >= coalesce((
             SELECT row_number FROM imports.provenance WHERE tenant_id = $1 AND import_id = $2 AND row_number < $3
             ORDER BY row_number DESC, id DESC OFFSET $4 - 1 LIMIT 1), 0)
           ORDER BY p.row_number DESC, p.id DESC`,
    values: [tenantId, id, before, most],
  })
  return rows
}

/** A thing of an undone import that says again what it said before: which it was then, and which it is now. */
export interface Restored {
  readonly resource: string
  readonly before: { readonly id: string; readonly version: number }
  readonly now: { readonly id: string; readonly version: number }
}

/** The rows of imports that stand of which these things came as they were before; what they said before those rows, of things that are others now. */
export async function rowsOfRestored({ client, tenantId }: Scope, restored: readonly Restored[]) {
  const { rows } = await client.query<
    Pick<ImportedThing, 'row_number' | 'resource' | 'what' | 'old'> & { import_id: string; id: string; version: number }
  >({
    name: 'imports-rows-of-restored',
    text: `SELECT DISTINCT ON (p.import_id, w.resource, w.before -> 'id') p.import_id, p.row_number, p.resource, p.what,
             (w.now ->> 'id')::uuid AS id, (w.now ->> 'version')::int AS version,
             CASE WHEN w.now -> 'id' <> w.before -> 'id' THEN f.old_values END AS old
           FROM jsonb_to_recordset($2) AS w (resource text, before jsonb, now jsonb)
           JOIN imports.provenance p ON p.tenant_id = $1 AND p.resource = w.resource AND p.resource_id = (w.before ->> 'id')::uuid
             AND p.version_after = (w.before ->> 'version')::int
           JOIN imports.import i ON i.tenant_id = $1 AND i.id = p.import_id AND i.status IN ('committing', 'committed', 'stopped')
           LEFT JOIN imports.former f ON f.tenant_id = $1 AND f.id = p.id
           ORDER BY p.import_id, w.resource, w.before -> 'id', p.id`,
    values: [tenantId, JSON.stringify(restored)],
  })
  return rows
}
