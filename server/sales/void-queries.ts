import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { SaleFilter } from './read-queries.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

export interface VoidedLine {
  readonly variant_id?: string | null
  readonly name: string
  readonly quantity: string
  readonly total: string
}

const equals = ['branch_id', 'register_id', 'session_id', 'employee_id'] as const

function voids({ db, tenantId }: Scope) {
  return db
    .selectFrom('sales.void as v')
    .innerJoin('reference.currency as c', 'c.code', 'v.currency')
    .select([
      'v.id',
      'v.register_id',
      'v.session_id',
      'v.branch_id',
      'v.employee_id',
      'v.reason',
      'v.currency',
      'c.minor_unit',
      'v.total',
      'v.recorded_at',
    ])
    .where('v.tenant_id', '=', tenantId)
}

/** Baskets that were given up at branches that the caller works with, the latest first, and one more when there is a next page. */
export function listVoids(
  { caller: { scope }, ...context }: Scope & { caller: Pick<Caller, 'scope'> },
  { days, ...filter }: Pick<SaleFilter, 'days' | (typeof equals)[number]>,
  { limit, after }: { limit: number; after: readonly unknown[] | undefined },
) {
  const midnight = (day: string | null) => sql<Date>`(${day}::date::timestamp AT TIME ZONE ${days.timeZone})`
  let query = voids(context)
    .select([
      sql<number>`jsonb_array_length(v.lines)`.as('line_count'),
      sql<string>`(v.recorded_at AT TIME ZONE 'UTC')::text`.as('recorded_key'),
    ])
    .$if(scope !== null, (qb) => qb.where('v.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(days.from !== null, (qb) => qb.where('v.recorded_at', '>=', midnight(days.from)))
    .$if(days.until !== null, (qb) => qb.where('v.recorded_at', '<', midnight(days.until)))
    .$if(after !== undefined, (qb) =>
      qb.where(
        sql<boolean>`(v.recorded_at, v.id) < (${after?.[0]}::timestamp AT TIME ZONE 'UTC', ${after?.[1]}::uuid)`,
      ),
    )
  for (const name of equals) {
    const value = filter[name]
    if (value !== undefined) query = query.where(`v.${name}`, '=', value)
  }
  return query
    .orderBy('v.recorded_at', 'desc')
    .orderBy('v.id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One basket that was given up, with what was in it. */
export function findVoid(scope: Scope, id: string) {
  return voids(scope).select(sql<VoidedLine[]>`v.lines`.as('lines')).where('v.id', '=', id).executeTakeFirst()
}

/** Records a basket that was given up. */
export async function recordVoid(
  { client, tenantId }: Pick<Transaction, 'client'> & Pick<Scope, 'tenantId'>,
  basket: unknown,
): Promise<void> {
  await client.query({
    name: 'sales-record-void',
    text: 'SELECT sales.record_void($1, $2)',
    values: [tenantId, JSON.stringify(basket)],
  })
}
