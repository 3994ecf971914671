import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const columns = [
  'id',
  'report',
  'name',
  'parameters',
  'is_shared',
  'employee_id',
  'version',
  'created_at',
  'updated_at',
] as const

/** The next saved reports that an employee sees, their own and shared ones of these reports, and one more where there are more. */
export function listSaved(
  { db, tenantId }: Scope,
  filter: { employeeId: string; reports: readonly string[]; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('reports.saved')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .where('report', '=', sql<string>`any(${filter.reports}::text[])`)
    .where((eb) => eb.or([eb('employee_id', '=', filter.employeeId), eb('is_shared', '=', true)]))
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(filter.limit + 1)
    .execute()
}

/** One saved report, held until the end of the transaction. */
export function lockSaved({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('reports.saved')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

interface SavedValues {
  readonly name: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly is_shared: boolean
}

/** Saves a report. */
export function insertSaved(
  { db, tenantId }: Scope,
  { parameters, ...row }: SavedValues & { id: string; report: string; employee_id: string },
) {
  return db
    .insertInto('reports.saved')
    .values({ tenant_id: tenantId, ...row, parameters: JSON.stringify(parameters) })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Changes a saved report, or removes it at a time, and counts its version up. */
export function updateSaved(
  { db, tenantId }: Scope,
  id: string,
  { parameters, ...values }: Partial<SavedValues> & { deleted_at?: Date },
) {
  return db
    .updateTable('reports.saved')
    .set((eb) => ({
      ...values,
      ...(parameters && { parameters: JSON.stringify(parameters) }),
      version: eb('version', '+', 1),
      updated_at: sql<Date>`transaction_timestamp()`,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow()
}
