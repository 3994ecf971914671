import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const registerColumns = [
  'id',
  'branch_id',
  'code',
  'name',
  'is_active',
  'last_sequence',
  'version',
  'created_at',
  'updated_at',
] as const

export type RegisterRow = NonNullable<Awaited<ReturnType<typeof findRegister>>>

/** A page of the registers of branches that the caller works with, by code, and one row more when there is a next page. */
export function listRegisters(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: { branch_id?: string | undefined; is_active?: boolean | undefined; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('registers.register')
    .select(registerColumns)
    .where('tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) => qb.where('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(filter.branch_id !== undefined, (qb) => qb.where('branch_id', '=', filter.branch_id ?? ''))
    .$if(filter.is_active !== undefined, (qb) => qb.where('is_active', '=', filter.is_active ?? true))
    .$if(after !== undefined, (qb) => qb.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(filter.limit + 1)
    .execute()
}

/** One register; `share` keeps it from being changed, `update` holds it for a change. */
export function findRegister({ db, tenantId }: Scope, id: string, lock?: 'share' | 'update') {
  return db
    .selectFrom('registers.register')
    .select(registerColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock === 'share', (qb) => qb.forShare())
    .$if(lock === 'update', (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Makes a register that has given out no receipt yet. */
export function insertRegister(
  { db, tenantId }: Scope,
  row: { id: string; branch_id: string; code: string; name: string },
) {
  return db
    .insertInto('registers.register')
    .values({ tenant_id: tenantId, ...row })
    .returning(registerColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateRegister({ db, tenantId }: Scope, id: string, values: { name?: string; is_active?: boolean }) {
  return db
    .updateTable('registers.register')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(registerColumns)
    .executeTakeFirstOrThrow()
}
